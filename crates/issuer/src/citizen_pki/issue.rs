//! Certificates of persons, and their renewal.

use pki::{ProvenKey, PublicKey, SerialNumber, Time};

use super::generation::last_moment;
use super::{
    CertificationError, CitizenCertificate, CitizenPki, Desk, KeySlot, Subject,
    certificate_profile, check_in_force,
};
use crate::error::Error;
use crate::operator_log::Action;

/// A person's certificate lives for five years, as the real one's does.
const CERTIFICATE_DAYS: u32 = 5 * 365 + 1;

impl CitizenPki {
    /// Certifies a key of a person's card. The name is the register's and not the request's; what the request proves is
    /// that the card has the key. Without `validity` it is five years from now, or until the end of the authority.
    ///
    /// # Errors
    /// [`CertificationError`]: a key that is not of the slot's kind, weak, or already certified; a certificate in force in
    /// the same slot; a validity outside the authority's. [`Error::Io`].
    pub fn issue(
        &mut self,
        subject: &Subject,
        slot: KeySlot,
        key: &ProvenKey,
        validity: Option<(Time, Time)>,
        desk: &mut Desk<'_>,
    ) -> Result<CitizenCertificate, Error> {
        let other = |it: &CitizenCertificate| {
            it.subject.serial_number() == subject.serial_number()
                && it.subject.tail_of_national_id() != subject.tail_of_national_id()
        };
        if self.certificates().any(other) {
            return Err(CertificationError::OtherSubject.into());
        }
        if let Some(serial) = self.in_force(subject, slot, desk.now, None) {
            return Err(CertificationError::AlreadyCertified { slot, serial }.into());
        }
        let application = Application {
            subject,
            slot,
            key: key.public_key(),
            validity,
        };
        self.certify(&application, Action::Certify, desk)
    }

    /// Certifies a new key for the same person and slot. The certificate before it stays in force until it ends or is
    /// revoked (as superseded), so that nobody is without one meanwhile.
    ///
    /// # Errors
    /// [`CertificationError::UnknownCertificate`], [`CertificationError::Revoked`], [`CertificationError::OnHold`],
    /// [`CertificationError::Expired`], [`CertificationError::Renewed`]; and as [`CitizenPki::issue`].
    pub fn renew(
        &mut self,
        serial: &SerialNumber,
        key: &ProvenKey,
        validity: Option<(Time, Time)>,
        desk: &mut Desk<'_>,
    ) -> Result<CitizenCertificate, Error> {
        let old = self.renewable(serial, desk.now)?.clone();
        let application = Application {
            subject: &old.subject,
            slot: old.slot,
            key: key.public_key(),
            validity,
        };
        self.certify(&application, Action::RenewCertificate, desk)
    }

    /// The certificate, if [`renew`](Self::renew) would take it now. Whoever has the card make a key, which ends the one before, asks first.
    ///
    /// # Errors
    /// As [`renew`](Self::renew), the new key aside.
    pub fn renewable(
        &self,
        serial: &SerialNumber,
        now: Time,
    ) -> Result<&CitizenCertificate, Error> {
        let old = self.certificate(serial)?;
        self.check_not_revoked(serial)?;
        let not_after = old.certificate.not_after();
        let serial = serial.clone();
        if not_after < now {
            return Err(CertificationError::Expired { serial, not_after }.into());
        }
        match self.in_force(&old.subject, old.slot, now, Some(&serial)) {
            Some(successor) => Err(CertificationError::Renewed { serial, successor }.into()),
            None => Ok(old),
        }
    }

    fn certify(
        &mut self,
        application: &Application<'_>,
        action: Action,
        desk: &mut Desk<'_>,
    ) -> Result<CitizenCertificate, Error> {
        let Application {
            subject,
            slot,
            key,
            validity,
        } = *application;
        let (generation, issuer) = self.newest()?;
        check_in_force(&issuer.certificate, desk.now)?;
        self.check_not_revoked(&issuer.certificate.serial_number())?;
        slot.check(key)?;
        self.check_unused(key)?;
        let (first, last) = (
            issuer.certificate.not_before(),
            issuer.certificate.not_after(),
        );
        let (from, to) = match validity {
            Some(asked) => asked,
            None => (desk.now, last_moment(desk.now, CERTIFICATE_DAYS)?.min(last)),
        };
        if from < first || last < to || to < from {
            return Err(CertificationError::OutsideValidity {
                from,
                to,
                first,
                last,
            }
            .into());
        }
        let certificate =
            certificate_profile::end_entity(subject, slot, &self.publication, generation)?
                .validity(from, to)
                .issue(key, &issuer.certificate, &issuer.key, desk.rng)?;
        let serial = certificate.serial_number();
        let issued = CitizenCertificate {
            certificate,
            subject: subject.clone(),
            slot,
            generation,
        };
        let object = desk.log.certificate_reference(&serial);
        desk.logged(action, &object, || {
            self.directory.put_issued(&issued.certificate)
        })?;
        self.certificates.insert(serial, issued.clone());
        Ok(issued)
    }

    /// A certificate of this person and slot, other than `except`, that has not ended and is not revoked for good.
    fn in_force(
        &self,
        subject: &Subject,
        slot: KeySlot,
        now: Time,
        except: Option<&SerialNumber>,
    ) -> Option<SerialNumber> {
        let mut found = self.certificates.iter().filter(|(serial, it)| {
            it.slot == slot
                && it.subject.serial_number() == subject.serial_number()
                && now <= it.certificate.not_after()
                && except != Some(*serial)
                && !matches!(
                    self.check_not_revoked(serial),
                    Err(CertificationError::Revoked(_))
                )
        });
        found.next().map(|(serial, _)| serial.clone())
    }

    /// A key names one person and one use. Who could have it certified twice could say of either signature that it was
    /// the other.
    fn check_unused(&self, key: &PublicKey) -> Result<(), Error> {
        let persons = self.certificates().map(CitizenCertificate::certificate);
        let mut authorities = self.generations().chain([self.root()]);
        let certified = |it: &pki::Certificate| it.public_key().as_ref() == Ok(key);
        if persons.into_iter().any(certified) || authorities.any(certified) {
            return Err(CertificationError::KeyUsed.into());
        }
        Ok(())
    }
}

/// What is to be certified.
struct Application<'a> {
    subject: &'a Subject,
    slot: KeySlot,
    key: &'a PublicKey,
    validity: Option<(Time, Time)>,
}
