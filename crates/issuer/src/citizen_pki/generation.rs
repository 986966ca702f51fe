//! The root and the generations of the authority.

use std::collections::BTreeMap;
use std::path::Path;

use pki::Time;
use pki::builder::PrivateKey;
use rand_core::CryptoRng;

use super::directory::Directory;
use super::{
    Authority, CitizenPki, Desk, ListIssuer, Publication, certificate_profile, check_in_force,
};
use crate::error::Error;
use crate::operator_log::Action;

/// The root's certificate lives for thirty years.
const ROOT_DAYS: u32 = 30 * 365 + 7;
/// A generation's for twenty: as long as what it certifies has to be verified, and then some. It certifies for about a
/// third of that, until the next one begins.
const GENERATION_DAYS: u32 = 20 * 365 + 5;

/// Bits of the modulus, as the real authorities chose: the first two generations began when 2048 bits were what verifiers
/// and cards could take; what begins later has to hold longer.
fn modulus_bits(issuer: ListIssuer) -> usize {
    match issuer {
        ListIssuer::Generation(1 | 2) => 2048,
        ListIssuer::Root | ListIssuer::Generation(_) => 4096,
    }
}

impl CitizenPki {
    /// Loads the PKI of `directory`, or makes a new one there: a root and the first generation, valid from now on.
    ///
    /// Where a machine stopped in the middle of making one, it is made to its end: a key that lies there without its
    /// certificate is the one that is certified.
    ///
    /// # Errors
    /// [`Error::Io`], [`super::CertificationError::Damaged`]; [`super::CertificationError::Exists`] if the PKI that is there is
    /// published elsewhere.
    pub fn open_or_create(
        directory: &Path,
        publication: &Publication,
        desk: &mut Desk<'_>,
    ) -> Result<Self, Error> {
        let directory = Directory::open(directory)?;
        Self::create_in(directory, publication, desk)
    }

    pub(super) fn create_in(
        directory: Directory,
        publication: &Publication,
        desk: &mut Desk<'_>,
    ) -> Result<Self, Error> {
        directory.put_publication(publication)?;
        let mut pki = if directory.has_certificate(ListIssuer::Root) {
            Self::load(directory)?
        } else {
            let root = new_root(&directory, desk)?;
            Self {
                directory,
                publication: publication.clone(),
                root,
                generations: Vec::new(),
                certificates: BTreeMap::new(),
                events: BTreeMap::new(),
                lists: BTreeMap::new(),
            }
        };
        if pki.generations.is_empty() {
            pki.begin_generation(desk)?;
        }
        Ok(pki)
    }

    /// Begins the next generation: a new key under the same name, certified by the root. From now on it certifies persons;
    /// the ones before keep signing their revocation lists.
    ///
    /// # Errors
    /// [`super::CertificationError::AuthorityExpired`] after the root's end, [`super::CertificationError::Clock`] before the
    /// beginning of the generation in use, [`Error::Io`].
    pub fn begin_generation(&mut self, desk: &mut Desk<'_>) -> Result<u32, Error> {
        check_in_force(&self.root.certificate, desk.now)?;
        if let Some(newest) = self.generations.last() {
            let before = newest.certificate.not_before();
            if desk.now < before {
                let now = desk.now;
                return Err(super::CertificationError::Clock { now, before }.into());
            }
        }
        let number = self.generations.len() as u32 + 1;
        let issuer = ListIssuer::Generation(number);
        let (directory, root) = (&self.directory, &self.root);
        let key = key_for(directory, issuer, desk.rng)?;
        let end = last_moment(desk.now, GENERATION_DAYS)?;
        let certificate = certificate_profile::generation(&self.publication)?
            .validity(desk.now, end.min(root.certificate.not_after()))
            .issue(&key.public_key()?, &root.certificate, &root.key, desk.rng)?;
        desk.logged(Action::BeginGeneration, &issuer.to_string(), || {
            directory.put_key(issuer, &key)?;
            directory.put_certificate(issuer, &certificate)
        })?;
        self.generations.push(Authority { certificate, key });
        Ok(number)
    }
}

fn new_root(directory: &Directory, desk: &mut Desk<'_>) -> Result<Authority, Error> {
    let issuer = ListIssuer::Root;
    let key = key_for(directory, issuer, desk.rng)?;
    let certificate = certificate_profile::root()?
        .validity(desk.now, last_moment(desk.now, ROOT_DAYS)?)
        .self_sign(&key, desk.rng)?;
    desk.logged(Action::BeginGeneration, &issuer.to_string(), || {
        directory.put_key(issuer, &key)?;
        directory.put_certificate(issuer, &certificate)
    })?;
    Ok(Authority { certificate, key })
}

/// The key that lies there without its certificate, or a new one.
fn key_for(
    directory: &Directory,
    issuer: ListIssuer,
    rng: &mut dyn CryptoRng,
) -> Result<PrivateKey, Error> {
    let bits = modulus_bits(issuer);
    match directory.key(issuer, bits)? {
        Some(key) => Ok(key),
        None => Ok(PrivateKey::generate_rsa(bits, rng)?),
    }
}

/// The last second of a certificate that is valid for so many days: both ends of a validity count (RFC 5280 §4.1.2.5).
pub(super) fn last_moment(first: Time, days: u32) -> Result<Time, pki::Error> {
    let after = first.plus_days(days)?;
    Time::from_unix_seconds(after.unix_seconds() - 1)
}
