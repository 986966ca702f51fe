//! Cards with the natural-person certificate: keys of one kind, and certificates that an authority has issued for them.

use std::sync::OnceLock;

use applet_sim::{
    ApplicationState, CardImage, CertRead, CryptographicInformationApplication, HolderKey,
    HolderSlot, KeyKind,
};
use host_lib::{AccessCode, Card, KeySlot, Pin2};
use issuer::{CitizenPki, Desk, OperatorLog, Publication, Subject, SubjectSerialNumber};
use pki::{Certificate, DeciphermentChallenge, DigestAlgorithm, ProvenKey, SignatureAlgorithm};
use signing::{KeyTransportAlgorithm, OaepDigest};

use super::{TestCard, insert, rng, trust};

/// PIN2 of these cards.
pub const PIN2: &str = "86427531";

/// Keys, certificates and who issued them.
#[derive(Debug)]
pub struct Certified {
    keys: [HolderKey; 3],
    /// For signatures, for authentication, for decipherment.
    pub certificates: [Certificate; 3],
    /// The authority that issued them, and the root above it.
    pub chain: [Certificate; 2],
}

/// The keys of RSA, or those of P-256 (and RSA for decipherment), made once in a process.
pub fn certified(kind: KeyKind) -> &'static Certified {
    static RSA: OnceLock<Certified> = OnceLock::new();
    static P256: OnceLock<Certified> = OnceLock::new();
    let (place, seed) = match kind {
        KeyKind::Rsa2048 => (&RSA, 40),
        KeyKind::P256 => (&P256, 41),
    };
    place.get_or_init(|| certify(kind, seed))
}

/// 王小明's card with these keys and certificates.
pub fn card(kind: KeyKind, cert_read: CertRead) -> TestCard {
    let Certified {
        keys, certificates, ..
    } = certified(kind);
    TestCard::default_specimen().changed(|image| {
        image.options.cert_read = cert_read;
        fill(image, keys, certificates);
    })
}

fn fill(image: &mut CardImage, keys: &[HolderKey; 3], certificates: &[Certificate]) {
    let slot = |at: usize| HolderSlot {
        key: Some(keys[at].clone()),
        certificate: certificates.get(at).map(|it| it.as_der().to_vec()),
    };
    image.passwords.pin2 = Some(PIN2.as_bytes().to_vec().into());
    image.cia = Some(CryptographicInformationApplication {
        signature: slot(0),
        authentication: slot(1),
        decipherment: slot(2),
        state: ApplicationState::Activated,
    });
}

/// The card proves that it has the keys, and an authority certifies them.
fn certify(kind: KeyKind, seed: u64) -> Certified {
    let mut numbers = rng(seed);
    let mut key = |kind| HolderKey::generate(kind, &mut numbers).expect("a key");
    let keys = [key(kind), key(kind), key(KeyKind::Rsa2048)];
    let bare = TestCard::default_specimen().changed(|image| fill(image, &keys, &[]));
    let proven = prove(&bare, kind);

    let folder = tempfile::tempdir().expect("a folder");
    let mut log = OperatorLog::open(&folder.path().join("log"), &mut rng(seed)).expect("a log");
    let mut desk = Desk {
        log: &mut log,
        now: trust().now,
        rng: &mut numbers,
    };
    let publication = Publication::at("http://citizen-pki.test/").expect("a place");
    let mut pki = CitizenPki::open_or_create(&folder.path().join("ca"), &publication, &mut desk)
        .expect("an authority");
    let serial = SubjectSerialNumber::parse("0000000123456789").expect("a number");
    let subject = Subject::new("王小明", serial, "6789").expect("a subject");
    let slots = issuer::KeySlot::ALL;
    let certificates = [0, 1, 2].map(|at| {
        let issued = pki.issue(&subject, slots[at], &proven[at], None, &mut desk);
        issued.expect("a certificate").certificate().clone()
    });
    let chain = pki.chain_for(&certificates[0]).expect("a chain");
    let chain = chain.map(Clone::clone);
    Certified {
        keys,
        certificates,
        chain,
    }
}

fn prove(bare: &TestCard, kind: KeyKind) -> [ProvenKey; 3] {
    let algorithm = match kind {
        KeyKind::Rsa2048 => SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
        KeyKind::P256 => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
    };
    let pin2 = Pin2::parse(PIN2).expect("PIN2");
    let mut card = Card::open(insert(bare.image())).expect("a card");
    let code = AccessCode::can(bare.issued.codes().can()).expect("a code");
    let mut session = card.pace(code).expect("a session");
    let mut proven = session.prove_chip(&trust().verifier()).expect("a proof");
    let mut application = proven.certificates().expect("an application");
    let mut request = |slot| {
        let unlocked = application.verify_pin2(&pin2).expect("PIN2");
        let request = unlocked.request(slot, algorithm).expect("a request");
        ProvenKey::from(&request)
    };
    let signature = request(KeySlot::Signature);
    let authentication = request(KeySlot::Authentication);
    let key = application.public_key(KeySlot::KeyDecipherment);
    let challenge = DeciphermentChallenge::new(&key.expect("a key"), &mut rng(42));
    let challenge = challenge.expect("a challenge");
    let mut unlocked = application.verify_pin2(&pin2).expect("PIN2");
    let oaep = KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha256);
    let answer = unlocked.decipher(oaep, challenge.cryptogram());
    let answer = answer.expect("an answer").expect("a plain text");
    let decipherment = challenge.answered(&answer).expect("the key");
    [signature, authentication, decipherment]
}
