//! Signed files on their way through passive authentication.

use std::sync::OnceLock;

use lds::{LdsSecurityObject, SecurityInfos};
use pki::builder::{
    CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey,
    RevocationListBuilder, SignedDataBuilder, ef_sod,
};
use pki::{
    Certificate, DigestAlgorithm, PassiveAuthentication, RevocationList, RevocationReason, Time,
    TrustStore, oid,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{Input, mutation::mutate};

/// What a damaged document was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// A check failed.
    Refused,
    /// Every check passed: the damage, if any, did not touch what is signed.
    Authentic,
}

/// Damages a signed file, its data group and its revocation list as the input
/// says, and verifies them. Whoever passes for authentic must have exactly the
/// contents that were signed, and a signer that is not revoked.
///
/// # Panics
///
/// If that does not hold.
pub fn fuzz_security_objects(data: &[u8]) -> Judged {
    let country = Country::shared();
    let mut input = Input(data);
    let revoked = input.byte() % 4 == 0;
    let document = &country.documents[usize::from(revoked)];
    let list = mutate(&country.list, &mut input);
    let lists: Vec<_> = RevocationList::from_der(&list).into_iter().collect();
    let passive = PassiveAuthentication::new(&country.trust, country.now);
    let passive = passive.with_revocation_lists(&lists);

    let authentic = if input.byte() % 2 == 0 {
        let file = mutate(&document.sod, &mut input);
        let group = mutate(GROUP, &mut input);
        match passive.security_object(&file, &[(1, &group)]).into_result() {
            Ok(object) => {
                assert_eq!(group, GROUP, "a forged data group passed");
                assert_eq!(*object, country.object, "a forged EF.SOD passed");
                true
            }
            Err(_) => false,
        }
    } else {
        let file = mutate(&document.card_security, &mut input);
        match passive.security_infos(&file).into_result() {
            Ok(infos) => {
                assert_eq!(*infos, country.infos, "a forged EF.CardSecurity passed");
                true
            }
            Err(_) => false,
        }
    };
    assert!(!(authentic && revoked), "a revoked signer passed");
    match authentic {
        true => Judged::Authentic,
        false => Judged::Refused,
    }
}

const GROUP: &[u8] = b"\x61\x10the signed group";

/// A country with two document signers, the second of them revoked.
struct Country {
    trust: TrustStore,
    now: Time,
    list: Vec<u8>,
    object: LdsSecurityObject,
    infos: SecurityInfos,
    documents: [Document; 2],
}

struct Document {
    sod: Vec<u8>,
    card_security: Vec<u8>,
}

impl Country {
    fn shared() -> &'static Self {
        static COUNTRY: OnceLock<Country> = OnceLock::new();
        COUNTRY.get_or_init(|| Self::found().expect("a country can be founded"))
    }

    fn found() -> Result<Self, pki::Error> {
        let mut rng = ChaCha20Rng::seed_from_u64(9303);
        let (from, to) = (
            Time::utc(2026, 1, 1, 0, 0, 0)?,
            Time::utc(2041, 1, 1, 0, 0, 0)?,
        );
        let ca_key = PrivateKey::generate(KeyType::P256, &mut rng);
        let name = DistinguishedName::new("TW", "Fuzzed CSCA")?;
        let ca = CertificateBuilder::new(CertificateProfile::CountrySigningCa, name)
            .validity(from, to)
            .self_sign(&ca_key, &mut rng)?;

        let hash = DigestAlgorithm::Sha256.digest(GROUP);
        let object = LdsSecurityObject::new(lds::DigestAlgorithm::Sha256, [(1, hash)])
            .expect("one group with a hash of the right length");
        let infos = SecurityInfos::parse(SECURITY_INFOS).expect("well-formed SecurityInfos");

        let mut signers: Vec<Certificate> = Vec::new();
        let mut documents = Vec::new();
        for number in 1..=2 {
            let key = PrivateKey::generate(KeyType::P256, &mut rng);
            let name = DistinguishedName::new("TW", &format!("Fuzzed signer {number}"))?;
            let signer = CertificateBuilder::new(CertificateProfile::DocumentSigner, name)
                .validity(from, to)
                .issue(&key.public_key()?, &ca, &ca_key, &mut rng)?;
            let mut sign = |content_type, content: &[u8]| {
                SignedDataBuilder::new(content_type, content).sign(&signer, &key, &mut rng)
            };
            let content = object.to_der().expect("a security object in DER");
            documents.push(Document {
                sod: ef_sod(&sign(oid::LDS_SECURITY_OBJECT, &content)?)?,
                card_security: sign(oid::SECURITY_OBJECT, SECURITY_INFOS)?,
            });
            signers.push(signer);
        }
        let list = RevocationListBuilder::new(1, from, to)
            .revoke(
                signers[1].serial_number(),
                from,
                RevocationReason::KeyCompromise,
            )
            .sign(&ca, &ca_key, &mut rng)?;
        let mut trust = TrustStore::new();
        trust.add_anchor(ca)?;
        Ok(Self {
            trust,
            now: Time::utc(2026, 11, 24, 12, 0, 0)?,
            list: list.as_der().to_vec(),
            object,
            infos,
            documents: documents.try_into().map_err(drop).expect("two of them"),
        })
    }
}

/// PACEInfo: PACE-ECDH-GM with AES-128, version 2, parameter id 12.
const SECURITY_INFOS: &[u8] =
    b"\x31\x14\x30\x12\x06\x0A\x04\x00\x7F\x00\x07\x02\x02\x04\x02\x02\x02\x01\x02\x02\x01\x0C";
