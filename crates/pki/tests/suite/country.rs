//! A country to try things on: a CA, a document signer, a revocation list and a document.

use lds::LdsSecurityObject;
use pki::builder::{
    CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey,
    RevocationListBuilder, SignedDataBuilder, ef_sod,
};
use pki::{
    Certificate, DigestAlgorithm, Error, PassiveAuthentication, RevocationList, Time, TrustStore,
    Verdict, oid,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub(crate) const DG1: &[u8] = b"\x61\x0cinvented MRZ";
pub(crate) const DG2: &[u8] = b"\x75\x10invented picture";

pub(crate) fn day(year: u16, month: u8, day: u8) -> Time {
    Time::utc(year, month, day, 0, 0, 0).unwrap()
}

/// The moment at which the tests verify.
pub(crate) fn now() -> Time {
    Time::utc(2026, 11, 24, 12, 0, 0).unwrap()
}

pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

/// Another one for every key, so that no two certificates of a test get the same serial number.
fn rng_for(key: &PrivateKey) -> ChaCha20Rng {
    let seed = DigestAlgorithm::Sha256.digest(key.expose_pkcs8_pem().unwrap().as_bytes());
    ChaCha20Rng::from_seed(seed.try_into().unwrap())
}

pub(crate) fn name(common_name: &str) -> DistinguishedName {
    DistinguishedName::new("TW", common_name).unwrap()
}

/// A certificate and its key.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificate: Certificate,
    pub(crate) key: PrivateKey,
}

#[derive(Clone)]
pub(crate) struct Country {
    pub(crate) csca: Identity,
    pub(crate) signer: Identity,
    pub(crate) list: RevocationList,
    /// Trusts this country alone.
    pub(crate) trust: TrustStore,
}

pub(crate) fn csca_builder() -> CertificateBuilder {
    CertificateBuilder::new(CertificateProfile::CountrySigningCa, name("Test CSCA"))
        .validity(day(2026, 1, 1), day(2041, 1, 1))
        .mrz_country("TWN")
        .distribution_point("https://pki.example/csca.crl")
}

pub(crate) fn signer_builder() -> CertificateBuilder {
    CertificateBuilder::new(CertificateProfile::DocumentSigner, name("Test signer 1"))
        .validity(day(2026, 2, 1), day(2036, 5, 1))
        .mrz_country("TWN")
        .document_types(["ID"])
        .distribution_point("https://pki.example/csca.crl")
}

impl Identity {
    pub(crate) fn self_signed(builder: &CertificateBuilder, key: PrivateKey) -> Self {
        Self {
            certificate: builder.self_sign(&key, &mut rng_for(&key)).unwrap(),
            key,
        }
    }

    pub(crate) fn issue(&self, builder: &CertificateBuilder, key: PrivateKey) -> Self {
        let public_key = key.public_key().unwrap();
        let certificate = builder
            .issue(
                &public_key,
                &self.certificate,
                &self.key,
                &mut rng_for(&key),
            )
            .unwrap();
        Self { certificate, key }
    }

    pub(crate) fn list(&self, builder: &RevocationListBuilder) -> RevocationList {
        builder
            .sign(&self.certificate, &self.key, &mut rng(93))
            .unwrap()
    }

    /// EF.SOD over DG1 and DG2.
    pub(crate) fn sod(&self) -> Vec<u8> {
        ef_sod(&self.sign(oid::LDS_SECURITY_OBJECT, &security_object())).unwrap()
    }

    pub(crate) fn sign(
        &self,
        content_type: const_oid::ObjectIdentifier,
        content: &[u8],
    ) -> Vec<u8> {
        SignedDataBuilder::new(content_type, content)
            .signing_time(day(2026, 3, 1))
            .sign(&self.certificate, &self.key, &mut rng(94))
            .unwrap()
    }
}

/// The LDS security object over DG1 and DG2.
pub(crate) fn security_object() -> Vec<u8> {
    let hash = |group| DigestAlgorithm::Sha256.digest(group);
    LdsSecurityObject::new(
        lds::DigestAlgorithm::Sha256,
        [(1, hash(DG1)), (2, hash(DG2))],
    )
    .and_then(|object| object.to_der())
    .unwrap()
}

pub(crate) fn p256(seed: u8) -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &mut rng(seed))
}

/// A current list that names nobody.
pub(crate) fn list_builder() -> RevocationListBuilder {
    RevocationListBuilder::new(7, day(2026, 11, 1), day(2027, 1, 30))
}

impl Country {
    pub(crate) fn new() -> Self {
        Self::with_keys(p256(1), p256(2))
    }

    pub(crate) fn with_keys(csca: PrivateKey, signer: PrivateKey) -> Self {
        Self::with(&csca_builder(), csca, &signer_builder(), signer)
    }

    pub(crate) fn with(
        csca: &CertificateBuilder,
        csca_key: PrivateKey,
        signer: &CertificateBuilder,
        signer_key: PrivateKey,
    ) -> Self {
        let csca = Identity::self_signed(csca, csca_key);
        let signer = csca.issue(signer, signer_key);
        let list = csca.list(&list_builder());
        let mut trust = TrustStore::new();
        if !csca.certificate.is_test_anchor() {
            trust.add_anchor(csca.certificate.clone()).unwrap();
        }
        Self {
            csca,
            signer,
            list,
            trust,
        }
    }

    /// Verifies a document of this country, with its list, today.
    pub(crate) fn verify(&self, ef_sod: &[u8]) -> Verdict<LdsSecurityObject> {
        let lists = [self.list.clone()];
        PassiveAuthentication::new(&self.trust, now())
            .with_revocation_lists(&lists)
            .security_object(ef_sod, &[(1, DG1), (2, DG2)])
    }
}

/// Everything that failed.
pub(crate) fn errors<T>(verdict: &Verdict<T>) -> Vec<Error> {
    assert_eq!(verdict.is_authentic(), verdict.report().is_ok());
    verdict.report().errors().cloned().collect()
}
