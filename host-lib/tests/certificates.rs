//! The natural-person certificate through the host library, on the simulated chip; what it signs is held against OpenSSL.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

mod support;

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use applet_sim::{
    ApplicationState, CardImage, CertRead, CryptographicInformationApplication, HolderKey,
    HolderSlot, KeyKind,
};
use host_lib::{
    AccessCode, Card, CardTransport, DenialReason, Error, ErrorCode, File, FunctionState, KeySlot,
    Pin2, ProvenSession,
};
use issuer::{CitizenPki, Desk, OperatorLog, Publication, Subject, SubjectSerialNumber};
use pki::{Certificate, DeciphermentChallenge, DigestAlgorithm, ProvenKey, SignatureAlgorithm};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use signing::{
    EnvelopedData, KeyTransportAlgorithm, MessageDigest, OaepDigest, Oid, RejectionSecret,
    SignedDataBuilder, SigningKey,
};
use support::{World, insert, now};

const PIN2: &str = "86427531";

fn pin2() -> Pin2 {
    Pin2::parse(PIN2).unwrap()
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

/// A world whose card has keys for everything, of RSA and of P-256, and certificates for them.
struct Desks {
    world: World,
    keys: [HolderKey; 3],
    certificates: Vec<Vec<u8>>,
    root: Certificate,
    authority: Certificate,
    folder: tempfile::TempDir,
}

/// The image with these keys, and these certificates or none.
fn image<'a>(
    world: &'a mut World,
    keys: &[HolderKey; 3],
    certificates: &[Vec<u8>],
) -> &'a CardImage {
    let slot = |index: usize| HolderSlot {
        key: Some(keys[index].clone()),
        certificate: certificates.get(index).cloned(),
    };
    let image = world.card.image_mut();
    image.passwords.pin2 = Some(PIN2.as_bytes().to_vec().into());
    image.cia = Some(CryptographicInformationApplication {
        signature: slot(0),
        authentication: slot(1),
        decipherment: slot(2),
        state: ApplicationState::Activated,
    });
    image
}

/// Runs `work` in a session of this code whose chip is proven.
fn with_card<R>(
    world: &World,
    code: AccessCode,
    work: impl FnOnce(&mut ProvenSession<'_, '_, Box<dyn CardTransport>>) -> R,
) -> R {
    let transport: Box<dyn CardTransport> = Box::new(insert(world.image()));
    let mut card = Card::open(transport).unwrap();
    let mut session = card.pace(code).unwrap();
    let mut proven = session.prove_chip(&world.verifier()).unwrap();
    work(&mut proven)
}

fn can(world: &World) -> AccessCode {
    AccessCode::can(world.can()).unwrap()
}

const RSA: SignatureAlgorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);

/// Keys are made, the card proves that it has them, an authority certifies them, and the card gets the certificates.
fn desks() -> &'static Desks {
    static DESKS: OnceLock<Desks> = OnceLock::new();
    DESKS.get_or_init(|| {
        let mut rng = rng(5);
        let mut key = |kind| HolderKey::generate(kind, &mut rng).unwrap();
        let keys = [
            key(KeyKind::Rsa2048),
            key(KeyKind::P256),
            key(KeyKind::Rsa2048),
        ];
        let mut world = World::new();
        image(&mut world, &keys, &[]);

        let proven = with_card(&world, can(&world), |proven| {
            let mut application = proven.certificates().unwrap();
            let mut keys = Vec::new();
            for (slot, algorithm) in [(KeySlot::Signature, RSA), (KeySlot::Authentication, ECDSA)] {
                let unlocked = application.verify_pin2(&pin2()).unwrap();
                let request = unlocked.request(slot, algorithm).unwrap();
                assert_eq!(request.public_key(), &application.public_key(slot).unwrap());
                keys.push(ProvenKey::from(&request));
            }
            let key = application.public_key(KeySlot::KeyDecipherment).unwrap();
            let challenge = DeciphermentChallenge::new(&key, &mut self::rng(6)).unwrap();
            let mut unlocked = application.verify_pin2(&pin2()).unwrap();
            let oaep = KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha256);
            let answer = unlocked.decipher(oaep, challenge.cryptogram()).unwrap();
            keys.push(challenge.answered(&answer.unwrap()).unwrap());
            keys
        });

        let folder = tempfile::tempdir().unwrap();
        let mut log = OperatorLog::open(&folder.path().join("log"), &mut rng).unwrap();
        let mut desk = Desk {
            log: &mut log,
            now: now(),
            rng: &mut rng,
        };
        let publication = Publication::at("http://citizen-pki.test/").unwrap();
        let path = folder.path().join("ca");
        let mut pki = CitizenPki::open_or_create(&path, &publication, &mut desk).unwrap();
        let serial = SubjectSerialNumber::parse("0000000123456789").unwrap();
        let subject = Subject::new("王小明", serial, "6789").unwrap();
        let certificates: Vec<_> = issuer::KeySlot::ALL
            .into_iter()
            .zip(&proven)
            .map(|(slot, key)| {
                let issued = pki.issue(&subject, slot, key, None, &mut desk).unwrap();
                issued.certificate().clone()
            })
            .collect();
        let chain = pki.chain_for(&certificates[0]).unwrap().map(Clone::clone);
        let [authority, root] = chain;
        let der: Vec<_> = certificates.iter().map(|it| it.as_der().to_vec()).collect();
        image(&mut world, &keys, &der);
        Desks {
            world,
            keys,
            certificates: der,
            root,
            authority,
            folder,
        }
    })
}

/// A card of its own, for a test that changes something.
fn own_world(change: impl FnOnce(&mut CardImage)) -> World {
    let desks = desks();
    let mut world = World::new();
    image(&mut world, &desks.keys, &desks.certificates);
    change(world.card.image_mut());
    world
}

/// OpenSSL's word on a message; what it found is its output.
fn openssl(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let mut command = Command::new("openssl");
    let output = command.args(arguments).current_dir(folder).output();
    let output = output.expect("openssl is installed by make setup");
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn write_pem(folder: &Path, name: &str, der: &[u8]) {
    std::fs::write(folder.join("der"), der).unwrap();
    openssl(
        folder,
        &["x509", "-inform", "DER", "-in", "der", "-out", name],
    )
    .unwrap();
}

#[test]
fn keys_and_certificates_are_listed() {
    let desks = desks();
    with_card(&desks.world, can(&desks.world), |proven| {
        let mut application = proven.certificates().unwrap();
        assert_eq!(application.state(), FunctionState::Activated);
        let slots: Vec<_> = application.slots().collect();
        assert_eq!(
            slots.iter().map(|it| it.slot).collect::<Vec<_>>(),
            KeySlot::ALL
        );
        assert!(slots.iter().all(|slot| slot.has_certificate));
        let mut unlocked = application.verify_pin2(&pin2()).unwrap();
        for (slot, der) in KeySlot::ALL.into_iter().zip(&desks.certificates) {
            assert_eq!(unlocked.certificate(slot).unwrap().as_der(), der);
        }
    });
}

#[test]
fn certificates_are_read_before_pin2_where_the_card_gives_them_to_everybody() {
    let open = own_world(|image| image.options.cert_read = CertRead::AfterPace);
    with_card(&open, can(&open), |proven| {
        let mut application = proven.certificates().unwrap();
        for (slot, der) in KeySlot::ALL.into_iter().zip(&desks().certificates) {
            assert_eq!(application.certificate(slot).unwrap().as_der(), der);
        }
    });
    let closed = own_world(|image| image.options.cert_read = CertRead::AfterPin2);
    with_card(&closed, can(&closed), |proven| {
        let mut application = proven.certificates().unwrap();
        for slot in KeySlot::ALL {
            let refused = application.certificate(slot).unwrap_err();
            let Error::AccessDenied { file, reason } = refused else {
                panic!("{refused}");
            };
            assert_eq!(file, File::Certificate(slot));
            assert_eq!(reason, DenialReason::NeedsPin2);
        }
    });
    let off = own_world(|image| {
        image.options.cert_read = CertRead::AfterPace;
        image.cia.as_mut().unwrap().state = ApplicationState::Deactivated;
    });
    with_card(&off, can(&off), |proven| {
        let mut application = proven.certificates().unwrap();
        let refused = application.certificate(KeySlot::Signature).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::CertificatesOff);
    });
}

#[test]
fn a_document_that_the_card_has_signed_is_accepted_by_openssl_and_pin2_is_good_for_one() {
    let desks = desks();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write_pem(path, "root.pem", desks.root.as_der());
    write_pem(path, "authority.pem", desks.authority.as_der());
    let algorithms = [
        RSA,
        SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512),
        SignatureAlgorithm::RsaPss {
            digest: DigestAlgorithm::Sha384,
            salt_len: 48,
        },
    ];
    with_card(&desks.world, can(&desks.world), |proven| {
        let mut application = proven.certificates().unwrap();
        for algorithm in algorithms {
            let unlocked = application.verify_pin2(&pin2()).unwrap();
            let mut key = unlocked.signature_key(algorithm).unwrap();
            let builder = SignedDataBuilder::new(Oid::DATA)
                .signing_time(now())
                .certificate(&desks.authority);
            let message = builder.attached(b"I hereby apply.", &mut key).unwrap();
            std::fs::write(path.join("message.der"), &message).unwrap();
            let arguments = [
                "cms",
                "-verify",
                "-inform",
                "DER",
                "-in",
                "message.der",
                "-CAfile",
                "root.pem",
                "-certfile",
                "authority.pem",
                "-purpose",
                "any",
                "-attime",
                "1796000000",
            ];
            assert_eq!(
                openssl(path, &arguments).unwrap(),
                b"I hereby apply.",
                "{algorithm:?}"
            );
            let mut changed = message.clone();
            let at = changed.windows(5).position(|it| it == b"apply").unwrap();
            changed[at] ^= 1;
            std::fs::write(path.join("message.der"), changed).unwrap();
            assert!(openssl(path, &arguments).is_err());

            // A second signature is refused before the card is asked.
            let second = builder.attached(b"And again.", &mut key).unwrap_err();
            assert!(second.to_string().contains("PIN2"), "{second}");
        }
    });
}

#[test]
fn a_login_goes_on_for_the_session() {
    let desks = desks();
    with_card(&desks.world, can(&desks.world), |proven| {
        let mut application = proven.certificates().unwrap();
        let mut unlocked = application.verify_pin2(&pin2()).unwrap();
        let algorithm = unlocked.algorithm(KeySlot::Authentication).unwrap();
        assert_eq!(algorithm, ECDSA);
        let mut key = unlocked.authentication_key(algorithm).unwrap();
        let certificate = key.certificate().clone();
        for message in [b"one".as_slice(), b"two", b"three"] {
            let hash = algorithm.digest().digest(message);
            let signature = key.sign(&hash).unwrap();
            certificate
                .public_key()
                .unwrap()
                .verify(algorithm, message, &signature)
                .unwrap();
        }
        let short = key.sign(&[0; 20]).unwrap_err();
        assert!(short.to_string().contains("hash"), "{short}");
    });
}

#[test]
fn a_hash_is_signed_as_the_card_signs_it() {
    let desks = desks();
    with_card(&desks.world, can(&desks.world), |proven| {
        let mut application = proven.certificates().unwrap();
        let described = application.private_key(KeySlot::Signature).unwrap();
        assert_eq!(described.user_consent, Some(1));
        assert_eq!(described.label.as_deref(), Some("signature"));
        let object = application.certificate_object(KeySlot::Signature);
        assert_eq!(object.unwrap().id, described.id);
        let keys = [KeySlot::Signature, KeySlot::Authentication]
            .map(|slot| application.public_key(slot).unwrap());

        let mut unlocked = application.verify_pin2(&pin2()).unwrap();
        let hash = ECDSA.digest().digest(b"login");
        let plain = unlocked.authenticate(ECDSA, &hash).unwrap();
        assert_eq!(plain.len(), 64);
        let sequence = pki::ecdsa_sig_value(&plain).unwrap();
        keys[1].verify(ECDSA, b"login", &sequence).unwrap();
        let other = unlocked.authenticate(RSA, &hash).unwrap_err();
        assert_eq!(other.code(), ErrorCode::KeyMissing);
        let short = unlocked.authenticate(ECDSA, &hash[1..]).unwrap_err();
        assert_eq!(short.code(), ErrorCode::ApiMisuse);

        let signature = unlocked.sign(RSA, &hash).unwrap();
        keys[0].verify(RSA, b"login", &signature).unwrap();
    });
}

#[test]
fn what_openssl_has_encrypted_is_decrypted() {
    let desks = desks();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write_pem(path, "holder.pem", &desks.certificates[2]);
    std::fs::write(path.join("plain"), "for your eyes only").unwrap();
    with_card(&desks.world, can(&desks.world), |proven| {
        let mut application = proven.certificates().unwrap();
        let mut unlocked = application.verify_pin2(&pin2()).unwrap();
        let mut key = unlocked.decipher_key().unwrap();
        let secret = RejectionSecret::new([7; 32]);
        for options in [
            &[][..],
            &["-keyopt", "rsa_padding_mode:oaep"],
            &[
                "-keyopt",
                "rsa_padding_mode:oaep",
                "-keyopt",
                "rsa_oaep_md:sha256",
            ],
        ] {
            let mut arguments = vec![
                "cms",
                "-encrypt",
                "-binary",
                "-aes-256-cbc",
                "-in",
                "plain",
                "-outform",
                "DER",
                "-out",
                "secret.der",
                "-recip",
                "holder.pem",
            ];
            arguments.extend(options);
            openssl(path, &arguments).unwrap();
            let message = std::fs::read(path.join("secret.der")).unwrap();
            let opened = EnvelopedData::parse(&message).unwrap();
            let opened = opened.decrypt(&mut key, &secret).unwrap();
            assert_eq!(*opened.content, b"for your eyes only", "{options:?}");
        }
    });
}

#[test]
fn a_wrong_pin2_costs_a_try_and_the_puk_gives_them_back() {
    let world = own_world(|_| {});
    let transport: Box<dyn CardTransport> = Box::new(insert(world.image()));
    let mut card = Card::open(transport).unwrap();
    let verifier = world.verifier();
    let wrong = Pin2::parse("11111111").unwrap();
    {
        // With PIN1, so that the last try is had without contacts, too.
        let mut session = card.pace(AccessCode::pin(world.pin1()).unwrap()).unwrap();
        let mut proven = session.prove_chip(&verifier).unwrap();
        let mut application = proven.certificates().unwrap();
        for left in [2, 1, 0] {
            let error = application.verify_pin2(&wrong).unwrap_err();
            assert_eq!(
                (error.code(), error.tries_left()),
                (ErrorCode::WrongPin2, Some(left))
            );
            assert_eq!(application.pin2_status().unwrap().tries_left(), Some(left));
        }
        let blocked = application.verify_pin2(&pin2()).unwrap_err();
        assert_eq!(blocked.code(), ErrorCode::Pin2Blocked);
    }
    card.pace(AccessCode::puk(world.puk()).unwrap())
        .unwrap()
        .unblock_pin2()
        .unwrap();
    {
        let mut session = card.pace(can(&world)).unwrap();
        let mut proven = session.prove_chip(&verifier).unwrap();
        let mut application = proven.certificates().unwrap();
        let unlocked = application.verify_pin2(&pin2()).unwrap();
        unlocked
            .change_pin2(&Pin2::parse("123456789012").unwrap())
            .unwrap();
        assert_eq!(
            application.verify_pin2(&pin2()).unwrap_err().tries_left(),
            Some(2)
        );
        assert!(
            application
                .verify_pin2(&Pin2::parse("123456789012").unwrap())
                .is_ok()
        );
    }
    {
        let mut session = card.pace(AccessCode::puk(world.puk()).unwrap()).unwrap();
        let mut proven = session.prove_chip(&verifier).unwrap();
        proven.replace_pin2(&pin2()).unwrap();
        assert!(
            proven.certificates().is_err(),
            "the PUK opens no certificates"
        );
    }
    let mut session = card.pace(can(&world)).unwrap();
    let mut proven = session.prove_chip(&verifier).unwrap();
    assert!(proven.certificates().unwrap().verify_pin2(&pin2()).is_ok());
}

#[test]
fn without_contacts_the_last_try_needs_pin1() {
    let world = own_world(|image| image.passwords.pin2_tries = 1);
    with_card(&world, can(&world), |proven| {
        let mut application = proven.certificates().unwrap();
        let error = application.verify_pin2(&pin2()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Pin2Suspended);
    });
    with_card(&world, AccessCode::pin(world.pin1()).unwrap(), |proven| {
        assert!(proven.certificates().unwrap().verify_pin2(&pin2()).is_ok());
    });
}

#[test]
fn the_function_is_switched_off_and_on_and_the_identity_stays_readable() {
    let world = own_world(|_| {});
    let transport: Box<dyn CardTransport> = Box::new(insert(world.image()));
    let mut card = Card::open(transport).unwrap();
    let verifier = world.verifier();
    let mut session = card.pace(AccessCode::pin(world.pin1()).unwrap()).unwrap();
    {
        let mut proven = session.prove_chip(&verifier).unwrap();
        proven.certificates().unwrap().disable().unwrap();
        let mut application = proven.certificates().unwrap();
        assert_eq!(application.state(), FunctionState::Deactivated);
        let mut unlocked = application.verify_pin2(&pin2()).unwrap();
        let refused = unlocked.certificate(KeySlot::Signature).unwrap_err();
        assert!(matches!(
            refused,
            Error::CertificatesUnusable(FunctionState::Deactivated)
        ));
        assert_eq!(refused.code(), ErrorCode::CertificatesOff);
    }
    let read = session.read(host_lib::Groups::public()).unwrap();
    assert!(read.verify(&verifier).accept().is_ok());
    drop(session);

    // PIN2 switches it on again, in a session of the access code.
    let mut session = card.pace(can(&world)).unwrap();
    let mut proven = session.prove_chip(&verifier).unwrap();
    let mut application = proven.certificates().unwrap();
    assert!(application.enable().is_err(), "without PIN1");
    application.verify_pin2(&pin2()).unwrap().enable().unwrap();
    let application = proven.certificates().unwrap();
    assert_eq!(application.state(), FunctionState::Activated);
    assert_eq!(application.slots().count(), 3);
}

#[test]
fn a_terminated_function_and_a_card_without_it_say_so() {
    let over = own_world(|image| {
        image.cia = Some(CryptographicInformationApplication {
            state: ApplicationState::Terminated,
            ..CryptographicInformationApplication::default()
        });
    });
    with_card(&over, can(&over), |proven| {
        let mut application = proven.certificates().unwrap();
        assert_eq!(application.state(), FunctionState::Terminated);
        let refused = application.verify_pin2(&pin2()).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::CertificatesOver);
    });
    let without = own_world(|image| image.cia = None);
    with_card(&without, can(&without), |proven| {
        let refused = proven.certificates().unwrap_err();
        assert_eq!(refused.code(), ErrorCode::NoCertificates);
    });
}

#[test]
fn an_algorithm_of_another_key_is_refused_before_the_card_is_asked() {
    let desks = desks();
    with_card(&desks.world, can(&desks.world), |proven| {
        let mut application = proven.certificates().unwrap();
        let mut unlocked = application.verify_pin2(&pin2()).unwrap();
        assert_eq!(
            unlocked.authentication_key(RSA).unwrap_err().code(),
            ErrorCode::KeyMissing
        );
        let odd_salt = SignatureAlgorithm::RsaPss {
            digest: DigestAlgorithm::Sha256,
            salt_len: 20,
        };
        assert_eq!(
            unlocked.signature_key(odd_salt).unwrap_err().code(),
            ErrorCode::KeyMissing
        );
    });
}

#[test]
fn a_detached_signature_over_a_stream_is_accepted_by_openssl() {
    let desks = desks();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write_pem(path, "root.pem", desks.root.as_der());
    let content = vec![0x42; 300_000];
    std::fs::write(path.join("content"), &content).unwrap();
    with_card(&desks.world, can(&desks.world), |proven| {
        let mut application = proven.certificates().unwrap();
        let unlocked = application.verify_pin2(&pin2()).unwrap();
        let mut key = unlocked.signature_key(RSA).unwrap();
        let digest = MessageDigest::read(DigestAlgorithm::Sha256, &mut content.as_slice()).unwrap();
        let builder = SignedDataBuilder::new(Oid::DATA).certificate(&desks.authority);
        let signature = builder.detached(&digest, &mut key).unwrap();
        std::fs::write(path.join("signature.der"), signature).unwrap();
    });
    let verified = openssl(
        path,
        &[
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "signature.der",
            "-content",
            "content",
            "-CAfile",
            "root.pem",
            "-purpose",
            "any",
            "-attime",
            "1796000000",
        ],
    );
    assert_eq!(verified.unwrap(), content);
    let _ = &desks.folder;
}
