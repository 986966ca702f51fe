//! The test PKI: who signs simulated cards, and the lists that take something back.
//!
//! Everything in it is marked as a test: its country signing CAs carry the critical private
//! extension [`pki::oid::TEST_ANCHOR`], so that a verifier takes them only where somebody asked for
//! test anchors by name.

use pki::builder::{
    CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey,
    RevocationListBuilder,
};
use pki::{Certificate, RevocationList, RevocationReason, SerialNumber, Time, TrustStore};
use rand_core::CryptoRng;

use crate::error::Error;
use crate::profile::CardNumber;

pub(crate) mod directory;

/// A certificate and its private key.
#[derive(Clone, Debug)]
pub struct Authority {
    certificate: Certificate,
    key: PrivateKey,
}

impl Authority {
    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The private key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    fn new(
        certificate: impl FnOnce(&PrivateKey, &mut dyn CryptoRng) -> Result<Certificate, pki::Error>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Error> {
        let key = PrivateKey::generate(KeyType::P256, rng);
        Ok(Self {
            certificate: certificate(&key, rng)?,
            key,
        })
    }
}

/// Which document signer signs a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signer {
    /// The one in use.
    Current,
    /// The one whose CA came after a change of key: it is reached from the old anchor by the link
    /// certificate.
    AfterRollover,
    /// One whose certificate has expired.
    Expired,
    /// One that the revocation list names.
    Revoked,
    /// One of another, unknown country signing CA with the same name.
    Foreign,
}

impl Signer {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Current,
        Self::AfterRollover,
        Self::Expired,
        Self::Revoked,
        Self::Foreign,
    ];
}

/// The keys, certificates and lists behind the cards of a test.
///
/// Made from a random generator and nothing else, so that a seeded one makes the same PKI again.
/// The dates are fixed: valid from 2015 to the end of 2049, the expired signer until the end of
/// 2025.
///
/// ```
/// use issuer::{Signer, TestPki};
/// use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
///
/// let pki = TestPki::create(&mut ChaCha20Rng::from_seed([7; 32]))?;
/// assert_eq!(pki.trust_store()?.anchors().count(), 1);
/// let revoked = pki.signer(Signer::Revoked).certificate().serial_number();
/// assert!(pki.revocation_lists()[0].is_revoked(&revoked).is_some());
/// # Ok::<(), issuer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TestPki {
    country_signing_ca: Authority,
    successor: Authority,
    link: Certificate,
    foreign: Authority,
    current: Authority,
    after_rollover: Authority,
    expired: Authority,
    revoked: Authority,
    foreign_signer: Authority,
    lists: [RevocationList; 2],
    lost_card_register: Authority,
}

/// The subject and issuer of every certificate is an office of Taiwan.
const COUNTRY: &str = "TW";
/// As the machine-readable zone writes it.
const MRZ_COUNTRY: &str = "TWN";
const ORGANIZATION: &str = "內政部（測試）";

impl TestPki {
    /// A new PKI, all of whose keys come from `rng`.
    ///
    /// # Errors
    /// None in practice: the profiles of the certificates are fixed.
    pub fn create(rng: &mut dyn CryptoRng) -> Result<Self, Error> {
        let period = Period::new()?;
        let ca = || {
            let name = name("New eID Test CSCA")?;
            let builder = CertificateBuilder::new(CertificateProfile::CountrySigningCa, name);
            Ok::<_, pki::Error>(builder.mrz_country(MRZ_COUNTRY).test_anchor())
        };
        let country_signing_ca = Authority::new(
            |key, rng| ca()?.validity(period.start, period.end).self_sign(key, rng),
            rng,
        )?;
        let successor = Authority::new(
            |key, rng| {
                ca()?
                    .validity(period.rollover, period.end)
                    .self_sign(key, rng)
            },
            rng,
        )?;
        let foreign = Authority::new(
            |key, rng| ca()?.validity(period.start, period.end).self_sign(key, rng),
            rng,
        )?;
        let link = CertificateBuilder::new(CertificateProfile::Link, name("New eID Test CSCA")?)
            .validity(period.rollover, period.end)
            .mrz_country(MRZ_COUNTRY)
            .test_anchor()
            .issue(
                &successor.key.public_key()?,
                &country_signing_ca.certificate,
                &country_signing_ca.key,
                rng,
            )?;
        let mut signer = |common_name: &str, issuer: &Authority, end: Time| {
            let name = name(common_name)?;
            let builder = CertificateBuilder::new(CertificateProfile::DocumentSigner, name)
                .validity(period.start.max(issuer.certificate.not_before()), end)
                .mrz_country(MRZ_COUNTRY)
                .document_types(["I"]);
            let issue = |key: &PrivateKey, rng: &mut dyn CryptoRng| {
                builder.issue(&key.public_key()?, &issuer.certificate, &issuer.key, rng)
            };
            Authority::new(issue, rng)
        };
        let current = signer(
            "New eID Test Document Signer 1",
            &country_signing_ca,
            period.end,
        )?;
        let expired = signer(
            "New eID Test Document Signer 2",
            &country_signing_ca,
            period.expired,
        )?;
        let revoked = signer(
            "New eID Test Document Signer 3",
            &country_signing_ca,
            period.end,
        )?;
        let after_rollover = signer("New eID Test Document Signer 4", &successor, period.end)?;
        let foreign_signer = signer("New eID Test Document Signer 1", &foreign, period.end)?;
        let lists = [
            RevocationListBuilder::new(1, period.list, period.end)
                .revoke(
                    revoked.certificate.serial_number().clone(),
                    period.list,
                    RevocationReason::KeyCompromise,
                )
                .sign(
                    &country_signing_ca.certificate,
                    &country_signing_ca.key,
                    rng,
                )?,
            RevocationListBuilder::new(1, period.list, period.end).sign(
                &successor.certificate,
                &successor.key,
                rng,
            )?,
        ];
        let lost_card_register = Authority::new(
            |key, rng| {
                let name = name("New eID Test Lost Card Register")?;
                CertificateBuilder::new(CertificateProfile::CountrySigningCa, name)
                    .validity(period.start, period.end)
                    .test_anchor()
                    .self_sign(key, rng)
            },
            rng,
        )?;
        Ok(Self {
            country_signing_ca,
            successor,
            link,
            foreign,
            current,
            after_rollover,
            expired,
            revoked,
            foreign_signer,
            lists,
            lost_card_register,
        })
    }

    /// The country signing CA: the anchor that a verifier installs.
    pub fn country_signing_ca(&self) -> &Authority {
        &self.country_signing_ca
    }

    /// The country signing CA's next key.
    pub fn successor(&self) -> &Authority {
        &self.successor
    }

    /// The next key's certificate, signed with the old key.
    pub fn link_certificate(&self) -> &Certificate {
        &self.link
    }

    /// A document signer.
    pub fn signer(&self, signer: Signer) -> &Authority {
        match signer {
            Signer::Current => &self.current,
            Signer::AfterRollover => &self.after_rollover,
            Signer::Expired => &self.expired,
            Signer::Revoked => &self.revoked,
            Signer::Foreign => &self.foreign_signer,
        }
    }

    /// The revocation lists of both keys of the country signing CA.
    pub fn revocation_lists(&self) -> &[RevocationList] {
        &self.lists
    }

    /// A trust store with the anchor of this PKI and its link certificate.
    ///
    /// # Errors
    /// None in practice: the store takes what this PKI makes.
    pub fn trust_store(&self) -> Result<TrustStore, Error> {
        let mut store = TrustStore::with_test_anchors();
        store.add_anchor(self.country_signing_ca.certificate.clone())?;
        store.add_link(self.link.clone())?;
        Ok(store)
    }

    /// Who keeps the list of lost cards (掛失). Not the country signing CA: cards are lost every
    /// day, and the key that says so must be at hand, while the CA's key lies in a safe.
    pub fn lost_card_register(&self) -> &Authority {
        &self.lost_card_register
    }

    /// A trust store with the register alone. A register must not sign documents, and a country
    /// signing CA no list of lost cards, so each has a store of its own.
    ///
    /// # Errors
    /// None in practice: the store takes what this PKI makes.
    pub fn lost_card_trust_store(&self) -> Result<TrustStore, Error> {
        let mut store = TrustStore::with_test_anchors();
        store.add_anchor(self.lost_card_register.certificate.clone())?;
        Ok(store)
    }

    /// A list of lost cards, in the form of a revocation list (RFC 5280) that the register signs.
    ///
    /// Each entry is a card number (證件號碼), taken as the positive integer whose bytes are the
    /// number's ASCII characters. The form is that of certificate lists so that signing, dating and
    /// distributing are what they are for those; a reader looks a card up without asking anybody.
    ///
    /// # Errors
    /// None in practice.
    pub fn lost_card_list<'a>(
        &self,
        lost: impl IntoIterator<Item = &'a CardNumber>,
        rng: &mut dyn CryptoRng,
    ) -> Result<RevocationList, Error> {
        let period = Period::new()?;
        let mut list = RevocationListBuilder::new(1, period.list, period.end);
        for number in lost {
            let serial = SerialNumber::from_be_bytes(number.as_str().as_bytes());
            list = list.revoke(serial, period.list, RevocationReason::CertificateHold);
        }
        let register = &self.lost_card_register;
        Ok(list.sign(&register.certificate, &register.key, rng)?)
    }
}

/// The fixed dates.
struct Period {
    start: Time,
    rollover: Time,
    expired: Time,
    list: Time,
    end: Time,
}

impl Period {
    fn new() -> Result<Self, pki::Error> {
        Ok(Self {
            start: Time::utc(2015, 1, 1, 0, 0, 0)?,
            rollover: Time::utc(2020, 1, 1, 0, 0, 0)?,
            expired: Time::utc(2025, 12, 31, 23, 59, 59)?,
            list: Time::utc(2026, 1, 1, 0, 0, 0)?,
            end: Time::utc(2049, 12, 31, 23, 59, 59)?,
        })
    }
}

fn name(common_name: &str) -> Result<DistinguishedName, pki::Error> {
    DistinguishedName::new(COUNTRY, common_name)?.organization(ORGANIZATION)
}
