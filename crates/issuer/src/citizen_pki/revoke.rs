//! Revocation, suspension (停用) and its end (復用), and the lists that say so.

use core::fmt;

use pki::builder::RevocationListBuilder;
use pki::{
    Certificate, DigestAlgorithm, Revocation, RevocationList, RevocationReason, SerialNumber,
    SignatureAlgorithm, Time,
};
use rand_core::CryptoRng;

use super::{Authority, CertificationError, CitizenPki, Desk, ListIssuer, check_in_force};
use crate::error::Error;
use crate::operator_log::Action;

/// What happens to a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It is revoked, or on hold.
    Revoked(Revocation),
    /// It is no longer on hold.
    Released(Time),
}

/// Every reason and its name in RFC 5280 §5.3.1.
const REASONS: [(RevocationReason, &str); 9] = [
    (RevocationReason::Unspecified, "unspecified"),
    (RevocationReason::KeyCompromise, "keyCompromise"),
    (RevocationReason::CaCompromise, "cACompromise"),
    (RevocationReason::AffiliationChanged, "affiliationChanged"),
    (RevocationReason::Superseded, "superseded"),
    (
        RevocationReason::CessationOfOperation,
        "cessationOfOperation",
    ),
    (RevocationReason::CertificateHold, "certificateHold"),
    (RevocationReason::PrivilegeWithdrawn, "privilegeWithdrawn"),
    (RevocationReason::AaCompromise, "aACompromise"),
];
/// The name that RFC 5280 has for the end of a hold.
const REMOVE_FROM_LIST: &str = "removeFromCRL";

impl Event {
    /// What a certificate is after all that happened to it.
    pub(super) fn outcome(events: &[Self]) -> Option<Revocation> {
        let mut outcome = None::<Revocation>;
        for event in events {
            outcome = match (event, outcome) {
                (Self::Released(_), _) => None,
                // Nothing that the key did since the beginning of the hold was to be believed; that stays so.
                (Self::Revoked(event), Some(held)) => Some(Revocation {
                    date: held.date.min(event.date),
                    reason: event.reason,
                }),
                (Self::Revoked(event), None) => Some(*event),
            };
        }
        outcome
    }

    /// What the issuer signs, so that nobody but it revokes and releases: no certificate and no list begins with this word.
    fn to_be_signed(self, serial: &SerialNumber, number: usize) -> String {
        format!("revocation {serial} {number} {self}")
    }

    /// One line with the signature of the issuer.
    fn signed(
        self,
        serial: &SerialNumber,
        number: usize,
        issuer: &Authority,
        rng: &mut dyn CryptoRng,
    ) -> Result<String, Error> {
        let text = self.to_be_signed(serial, number);
        let signature = issuer.key.sign(text.as_bytes(), rng)?;
        Ok(format!("{self} {}\n", hex(&signature)))
    }

    /// Reads and verifies what [`Self::signed`] writes.
    pub(super) fn read(
        text: &str,
        serial: &SerialNumber,
        number: usize,
        issuer: &Certificate,
    ) -> Option<Self> {
        let (event, signature) = text.strip_suffix('\n')?.rsplit_once(' ')?;
        let event = Self::parse(event)?;
        let text = event.to_be_signed(serial, number);
        let algorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
        let key = issuer.public_key().ok()?;
        let verified = key.verify(algorithm, text.as_bytes(), &bytes(signature)?);
        verified.is_ok().then_some(event)
    }

    /// Reads what `Display` writes: seconds since 1970 and the name of a reason.
    fn parse(text: &str) -> Option<Self> {
        let (date, reason) = text.split_once(' ')?;
        let date = Time::from_unix_seconds(date.parse().ok()?).ok()?;
        if reason == REMOVE_FROM_LIST {
            return Some(Self::Released(date));
        }
        let (reason, _) = REASONS.into_iter().find(|(_, name)| *name == reason)?;
        Some(Self::Revoked(Revocation { date, reason }))
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, name) = match self {
            Self::Released(date) => (date, REMOVE_FROM_LIST),
            Self::Revoked(Revocation { date, reason }) => {
                let mut known = REASONS.into_iter();
                let known = known.find(|(known, _)| known == reason);
                (date, known.map_or("unspecified", |(_, name)| name))
            }
        };
        write!(f, "{} {name}", date.unix_seconds())
    }
}

impl CitizenPki {
    /// Revokes a certificate of a person or of a generation since `date`; with [`RevocationReason::CertificateHold`] (停用)
    /// until it is released or revoked for good. The next list says so.
    ///
    /// # Errors
    /// [`CertificationError::UnknownCertificate`], [`CertificationError::Revoked`], [`CertificationError::OnHold`],
    /// [`CertificationError::Reason`], [`CertificationError::RevocationDate`]; [`Error::Io`].
    pub fn revoke(
        &mut self,
        serial: &SerialNumber,
        reason: RevocationReason,
        date: Time,
        desk: &mut Desk<'_>,
    ) -> Result<(), Error> {
        let (certificate, issuer) = self.find(serial)?;
        if !applies(reason, issuer) {
            return Err(CertificationError::Reason { reason }.into());
        }
        let (from, to) = (certificate.not_before(), desk.now);
        if date < from || to < date {
            return Err(CertificationError::RevocationDate { from, to }.into());
        }
        match (self.check_not_revoked(serial), reason) {
            (Ok(()), _) => {}
            (Err(CertificationError::OnHold(_)), other)
                if other != RevocationReason::CertificateHold => {}
            (Err(error), _) => return Err(error.into()),
        }
        let event = Event::Revoked(Revocation { date, reason });
        self.happens(serial, issuer, event, Action::Revoke, desk)
    }

    /// Ends the hold of a certificate (復用): the next list does not name it.
    ///
    /// # Errors
    /// [`CertificationError::UnknownCertificate`], [`CertificationError::NotOnHold`], [`CertificationError::Revoked`];
    /// [`Error::Io`].
    pub fn release(&mut self, serial: &SerialNumber, desk: &mut Desk<'_>) -> Result<(), Error> {
        let (_, issuer) = self.find(serial)?;
        match self.check_not_revoked(serial) {
            Err(CertificationError::OnHold(_)) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return Err(CertificationError::NotOnHold(serial.clone()).into()),
        }
        let event = Event::Released(desk.now);
        self.happens(serial, issuer, event, Action::ReleaseHold, desk)
    }

    /// Signs the next revocation list of an authority: a full one, with the next number, current from now until
    /// `next_update`. What was revoked stays on it after the certificate's end, so that an old signature can be judged.
    ///
    /// # Errors
    /// [`CertificationError::UnknownIssuer`], [`CertificationError::AuthorityExpired`], [`CertificationError::NextUpdate`],
    /// [`CertificationError::Clock`] if the list in force is of later; [`Error::Io`].
    pub fn publish_list(
        &mut self,
        issuer: ListIssuer,
        next_update: Time,
        desk: &mut Desk<'_>,
    ) -> Result<RevocationList, Error> {
        let now = desk.now;
        let authority = self.authority(issuer)?;
        check_in_force(&authority.certificate, now)?;
        if next_update <= now {
            return Err(CertificationError::NextUpdate { this_update: now }.into());
        }
        let number = match self.lists.get(&issuer) {
            Some((_, list)) if now < list.this_update() => {
                let before = list.this_update();
                return Err(CertificationError::Clock { now, before }.into());
            }
            Some((number, _)) => number + 1,
            None => 1,
        };
        let mut list = RevocationListBuilder::new(number, now, next_update);
        for (serial, events) in &self.events {
            let (_, its_issuer) = self.find(serial)?;
            if let Some(it) = Event::outcome(events).filter(|_| its_issuer == issuer) {
                list = list.revoke(serial.clone(), it.date, it.reason);
            }
        }
        let list = list.sign(&authority.certificate, &authority.key, desk.rng)?;
        let object = issuer.to_string();
        desk.logged(Action::PublishRevocationList, &object, || {
            self.directory.put_list(issuer, number, &list)
        })?;
        self.lists.insert(issuer, (number, list.clone()));
        Ok(list)
    }

    /// Whether a certificate is neither revoked nor on hold.
    pub(super) fn check_not_revoked(
        &self,
        serial: &SerialNumber,
    ) -> Result<(), CertificationError> {
        match self.revocation(serial).map(|it| it.reason) {
            None => Ok(()),
            Some(RevocationReason::CertificateHold) => {
                Err(CertificationError::OnHold(serial.clone()))
            }
            Some(_) => Err(CertificationError::Revoked(serial.clone())),
        }
    }

    /// A certificate issued here, and who revokes it.
    pub(super) fn find(&self, serial: &SerialNumber) -> Result<(&Certificate, ListIssuer), Error> {
        if let Some(person) = self.certificates.get(serial) {
            let issuer = ListIssuer::Generation(person.generation);
            return Ok((&person.certificate, issuer));
        }
        let mut generations = self.generations();
        let generation = generations.find(|it| it.serial_number() == *serial);
        let generation = generation.map(|it| (it, ListIssuer::Root));
        generation.ok_or_else(|| CertificationError::UnknownCertificate(serial.clone()).into())
    }

    fn happens(
        &mut self,
        serial: &SerialNumber,
        issuer: ListIssuer,
        event: Event,
        action: Action,
        desk: &mut Desk<'_>,
    ) -> Result<(), Error> {
        let object = desk.log.certificate_reference(serial);
        let number = self.events.get(serial).map_or(0, Vec::len) + 1;
        let signed = event.signed(serial, number, self.authority(issuer)?, desk.rng)?;
        desk.logged(action, &object, || {
            self.directory.put_event(serial, number, &signed)
        })?;
        self.events.entry(serial.clone()).or_default().push(event);
        Ok(())
    }
}

/// A person's key is not an authority's, and the other way round; an authority is not on hold, because what it certified
/// could neither be believed nor refused; none here is an attribute authority.
fn applies(reason: RevocationReason, issuer: ListIssuer) -> bool {
    use RevocationReason::{AaCompromise, CaCompromise, CertificateHold, KeyCompromise};
    match (reason, issuer) {
        (AaCompromise, _) => false,
        (CaCompromise, issuer) => issuer == ListIssuer::Root,
        (KeyCompromise | CertificateHold, issuer) => issuer != ListIssuer::Root,
        _ => true,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
    digits.map(byte).collect()
}
