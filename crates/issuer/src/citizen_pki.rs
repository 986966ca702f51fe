//! The natural-person PKI (自然人憑證, Citizen Digital Certificate): who says whose key signs.
//!
//! A root certifies the certification authority (憑證管理中心), which certifies persons, a certificate for each key of a
//! card. The authority renews its own key from time to time, under the name that it has always had: every *generation* has
//! the same distinguished name, byte for byte, as the real one's have. So a path or a list is found by the key identifier,
//! and never by the name. Older generations certify nobody any more, and keep signing their lists.
//!
//! This is the test PKI's counterpart for persons: keys in software, nobody's real name. The root is marked as a test.

use core::fmt;
use std::collections::BTreeMap;

use pki::builder::PrivateKey;
use pki::{Certificate, Revocation, RevocationList, SerialNumber, Time};
use rand_core::CryptoRng;

mod certificate_profile;
mod directory;
mod error;
mod generation;
mod issue;
mod load;
#[cfg(test)]
mod power_cut;
mod publication;
mod revoke;
mod slot;
mod subject;

pub use error::CertificationError;
pub use publication::Publication;
pub use slot::KeySlot;
pub use subject::{Subject, SubjectSerialNumber};

use directory::Directory;
use revoke::Event;

use crate::error::Error;
use crate::operator_log::{Action, OperatorLog};

/// Whose revocation list, whose certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListIssuer {
    /// The root: it revokes generations.
    Root,
    /// A generation, counted from 1: it revokes certificates of persons.
    Generation(u32),
}

impl fmt::Display for ListIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("root"),
            Self::Generation(number) => write!(f, "generation-{number}"),
        }
    }
}

/// Who acts, when, and with which randomness: every change of the PKI is written into the operator log before it begins
/// and when it is done.
pub struct Desk<'a> {
    /// The log; it names certificates by a keyed hash, and persons not at all.
    pub log: &'a mut OperatorLog,
    /// Now.
    pub now: Time,
    /// Randomness for keys, serial numbers and signatures.
    pub rng: &'a mut dyn CryptoRng,
}

impl Desk<'_> {
    fn logged(
        &mut self,
        action: Action,
        object: &str,
        write: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        let begun = self.log.begin(action, object, self.now, self.rng)?;
        write()?;
        self.log.done(begun, self.now, self.rng)
    }
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// A certificate of an authority and its private key.
#[derive(Debug)]
struct Authority {
    certificate: Certificate,
    key: PrivateKey,
}

/// A certificate of a person.
#[derive(Clone)]
pub struct CitizenCertificate {
    certificate: Certificate,
    subject: Subject,
    slot: KeySlot,
    generation: u32,
}

impl CitizenCertificate {
    /// The certificate itself.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whose it is.
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Which key of the card it is about.
    pub const fn slot(&self) -> KeySlot {
        self.slot
    }

    /// The generation that issued it.
    pub const fn generation(&self) -> u32 {
        self.generation
    }
}

/// Without whose it is.
impl fmt::Debug for CitizenCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CitizenCertificate")
            .field("slot", &self.slot)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// The natural-person PKI of a directory.
///
/// Keys of authorities are RSA and sign with PKCS#1 v1.5 and SHA-256, as the real ones': 4096 bits for the root, 2048 for
/// the first two generations, 4096 from the third on. Persons' keys are RSA-2048 or on P-256 (see [`KeySlot`]).
///
/// ```
/// use issuer::{CitizenPki, Desk, KeySlot, OperatorLog, Publication, Profile, Subject, SubjectSerialNumber};
/// use issuer::ListIssuer;
/// use pki::builder::{KeyType, PrivateKey};
/// use pki::{CertificationRequestInfo, ProvenKey, RevocationReason, Time};
/// use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
///
/// let folder = tempfile::tempdir()?;
/// let (mut rng, now) = (ChaCha20Rng::from_seed([7; 32]), Time::utc(2026, 12, 1, 8, 0, 0)?);
/// let mut log = OperatorLog::open(&folder.path().join("log"), &mut rng)?;
/// let mut desk = Desk { log: &mut log, now, rng: &mut rng };
/// let publication = Publication::at("http://citizen-pki.test/")?;
/// let mut pki = CitizenPki::open_or_create(&folder.path().join("ca"), &publication, &mut desk)?;
///
/// // The card makes a key and signs the request; who it is, the authority knows.
/// let card = PrivateKey::generate(KeyType::P256, desk.rng);
/// let info = CertificationRequestInfo::new(&card.public_key()?)?;
/// let request = info.signed(card.algorithm(), &card.sign(info.to_be_signed(), desk.rng)?)?;
/// let number = SubjectSerialNumber::random(desk.rng);
/// let subject = Subject::of(Profile::default_specimen().holder(), number)?;
/// let key = ProvenKey::from(&request);
/// let issued = pki.issue(&subject, KeySlot::Signature, &key, None, &mut desk)?;
/// let serial = issued.certificate().serial_number();
///
/// // The card is lost.
/// pki.revoke(&serial, RevocationReason::KeyCompromise, now, &mut desk)?;
/// let list = pki.publish_list(ListIssuer::Generation(1), now.plus_days(1)?, &mut desk)?;
/// assert!(list.is_revoked(&serial).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CitizenPki {
    directory: Directory,
    publication: Publication,
    root: Authority,
    /// The oldest first.
    generations: Vec<Authority>,
    certificates: BTreeMap<SerialNumber, CitizenCertificate>,
    /// What happened to a certificate, of a person or of a generation, in its order.
    events: BTreeMap<SerialNumber, Vec<Event>>,
    /// The newest list of each authority, and its number.
    lists: BTreeMap<ListIssuer, (u64, RevocationList)>,
}

impl CitizenPki {
    /// The root's certificate: what a verifier installs as an anchor, on purpose, for a test.
    pub fn root(&self) -> &Certificate {
        &self.root.certificate
    }

    /// The certificates of the generations, the oldest first; the last one certifies.
    pub fn generations(&self) -> impl ExactSizeIterator<Item = &Certificate> {
        self.generations.iter().map(|it| &it.certificate)
    }

    /// Where everything is published.
    pub const fn publication(&self) -> &Publication {
        &self.publication
    }

    /// Every certificate of a person, in the order of their serial numbers.
    pub fn certificates(&self) -> impl Iterator<Item = &CitizenCertificate> {
        self.certificates.values()
    }

    /// The certificate with this serial number.
    ///
    /// # Errors
    /// [`CertificationError::UnknownCertificate`].
    pub fn certificate(&self, serial: &SerialNumber) -> Result<&CitizenCertificate, Error> {
        let known = self.certificates.get(serial);
        known.ok_or_else(|| CertificationError::UnknownCertificate(serial.clone()).into())
    }

    /// The certificates from the one that issued this one up to the root: what a signer sends along.
    ///
    /// # Errors
    /// [`CertificationError::UnknownCertificate`] if it was not issued here.
    pub fn chain_for(&self, certificate: &Certificate) -> Result<[&Certificate; 2], Error> {
        let issuer = certificate.authority_key_identifier();
        let mut generations = self.generations();
        let issuer =
            generations.find(|it| issuer.is_some() && it.subject_key_identifier() == issuer);
        let unknown = || CertificationError::UnknownCertificate(certificate.serial_number());
        Ok([issuer.ok_or_else(unknown)?, self.root()])
    }

    /// Since when and why a certificate, of a person or of a generation, is revoked or on hold.
    pub fn revocation(&self, serial: &SerialNumber) -> Option<Revocation> {
        Event::outcome(self.events.get(serial)?)
    }

    /// The newest revocation list of an authority.
    pub fn list(&self, issuer: ListIssuer) -> Option<&RevocationList> {
        self.lists.get(&issuer).map(|(_, list)| list)
    }

    fn authority(&self, issuer: ListIssuer) -> Result<&Authority, CertificationError> {
        let unknown = CertificationError::UnknownIssuer(issuer);
        match issuer {
            ListIssuer::Root => Ok(&self.root),
            ListIssuer::Generation(number) => {
                let index = (number as usize).checked_sub(1);
                index
                    .and_then(|index| self.generations.get(index))
                    .ok_or(unknown)
            }
        }
    }

    /// The number of the generation that certifies, and its key.
    fn newest(&self) -> Result<(u32, &Authority), Error> {
        let newest = self.generations.last();
        let newest = newest.ok_or(Error::Internal("a PKI without a generation"))?;
        Ok((self.generations.len() as u32, newest))
    }
}

/// Whether a certificate of an authority is valid now.
fn check_in_force(authority: &Certificate, now: Time) -> Result<(), CertificationError> {
    let (before, not_after) = (authority.not_before(), authority.not_after());
    if now < before {
        return Err(CertificationError::Clock { now, before });
    }
    if not_after < now {
        return Err(CertificationError::AuthorityExpired { not_after });
    }
    Ok(())
}
