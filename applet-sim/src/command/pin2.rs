//! VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER for PIN2 (ISO/IEC 7816-4 §11.6). It is local to its
//! application, and unlike the passwords of PACE it comes as it is, under secure messaging.

use alloc::vec::Vec;
use iso7816::{CommandApdu, StatusWord};
use transport::Interface;
use zeroize::Zeroizing;

use super::Answer;
use crate::{
    access::{self, ChangePin2, UnblockPin2, VerifyPin2},
    chip::Chip,
    cia::{self, PIN2_REFERENCE},
    error::Error,
    image::ApplicationState,
    memory::NonVolatileMemory,
    objects::Directory,
    security_status::{Pin2Status, VerifiedPassword},
};

/// A well-formed command for PIN2.
pub(crate) enum Pin2Command {
    /// VERIFY; without digits it asks for the state.
    Verify(Zeroizing<Vec<u8>>),
    /// CHANGE REFERENCE DATA, P1 01: new digits alone. P1 00 would have the old ones before them, and nothing between.
    Change(Zeroizing<Vec<u8>>),
    /// RESET RETRY COUNTER, P1 02: new digits, with all tries.
    Replace(Zeroizing<Vec<u8>>),
    /// RESET RETRY COUNTER, P1 03: the old digits, with all tries.
    Unblock,
}

/// VERIFY of the interindustry class.
pub(super) fn verify(apdu: &CommandApdu) -> Result<Pin2Command, Error> {
    check(apdu, 0x00)?;
    Ok(Pin2Command::Verify(digits(apdu)))
}

/// CHANGE REFERENCE DATA.
pub(super) fn change(apdu: &CommandApdu) -> Result<Pin2Command, Error> {
    check(apdu, 0x01)?;
    Ok(Pin2Command::Change(digits(apdu)))
}

/// RESET RETRY COUNTER with the reference of PIN2.
pub(super) fn reset_retry_counter(apdu: &CommandApdu) -> Result<Pin2Command, Error> {
    match (apdu.p1(), apdu.data()) {
        (0x02, _) => Ok(Pin2Command::Replace(digits(apdu))),
        (0x03, []) => Ok(Pin2Command::Unblock),
        (0x03, _) => Err(Error::WrongLength),
        _ => Err(Error::IncorrectParameters),
    }
}

fn check(apdu: &CommandApdu, p1: u8) -> Result<(), Error> {
    match (apdu.p1(), apdu.p2()) {
        (found, _) if found != p1 => Err(Error::IncorrectParameters),
        (_, PIN2_REFERENCE) => Ok(()),
        _ => Err(Error::ReferenceNotFound),
    }
}

fn digits(apdu: &CommandApdu) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(apdu.data().to_vec())
}

impl<M: NonVolatileMemory> Chip<M> {
    pub(super) fn pin2(&mut self, command: Pin2Command) -> Result<Answer, Error> {
        match command {
            Pin2Command::Verify(digits) => self.verify_pin2(&digits),
            Pin2Command::Change(digits) => self.change_pin2(&digits),
            Pin2Command::Replace(digits) => self.unblock_pin2(Some(&digits)),
            Pin2Command::Unblock => self.unblock_pin2(None),
        }
    }

    /// Compares PIN2 once a try is paid for, or says what it would say.
    fn verify_pin2(&mut self, digits: &[u8]) -> Result<Answer, Error> {
        if self.volatile.selection.directory == Directory::Cia
            && self.persistent.application_state()? == Some(ApplicationState::Terminated)
        {
            return Err(Error::ConditionsNotSatisfied);
        }
        let grant = access::grant(VerifyPin2, &self.security_status()?)?;
        let tries_left = self.tries_left_in_application()?;
        if digits.is_empty() {
            return Ok(Answer::status(match self.pin2_status() {
                Pin2Status::NotVerified if tries_left == 0 => return Err(Error::Blocked),
                Pin2Status::NotVerified => StatusWord::wrong_secret(tries_left),
                Pin2Status::Verified | Pin2Status::VerifiedForSignature => StatusWord::OK,
            }));
        }
        if !cia::is_pin2(digits) {
            return Err(Error::IncorrectData);
        }
        if tries_left == 1 && self.is_pin2_suspended() {
            return Err(Error::Suspended);
        }
        self.set_pin2_status(Pin2Status::NotVerified);
        let attempt = self.persistent.begin_pin2_attempt(&grant)?;
        if !self.persistent.is_pin2(&attempt, digits)? {
            return Err(Error::WrongSecret {
                tries_left: attempt.tries_left(),
            });
        }
        self.persistent.succeed(attempt)?;
        self.set_pin2_status(Pin2Status::VerifiedForSignature);
        Ok(Answer::done())
    }

    /// Over the contactless interface the last try is for who knows PIN1: nobody blocks the PIN2 of a card in somebody
    /// else's pocket (as TR-03110-2 §2.2.1 has it for the PIN).
    fn is_pin2_suspended(&self) -> bool {
        let session = self.volatile.session.as_ref();
        let password = session.and_then(|session| session.status.password);
        self.interface() != Some(Interface::Contact) && password != Some(VerifiedPassword::Pin1)
    }

    fn change_pin2(&mut self, digits: &[u8]) -> Result<Answer, Error> {
        self.check_active(self.volatile.selection.directory)?;
        let grant = access::grant(ChangePin2, &self.security_status()?)?;
        self.tries_left_in_application()?;
        if !cia::is_pin2(digits) {
            return Err(Error::IncorrectData);
        }
        self.persistent.change_pin2(grant, digits)?;
        self.set_pin2_status(Pin2Status::NotVerified);
        Ok(Answer::done())
    }

    fn unblock_pin2(&mut self, digits: Option<&[u8]>) -> Result<Answer, Error> {
        self.check_active(self.volatile.selection.directory)?;
        let grant = access::grant(UnblockPin2, &self.security_status()?)?;
        self.tries_left_in_application()?;
        if digits.is_some_and(|digits| !cia::is_pin2(digits)) {
            return Err(Error::IncorrectData);
        }
        self.persistent.unblock_pin2(grant, digits)?;
        Ok(Answer::done())
    }

    /// Tries left for PIN2, which there is in its own application alone.
    fn tries_left_in_application(&self) -> Result<u8, Error> {
        self.check_application()?;
        self.persistent
            .pin2_tries_left()?
            .ok_or(Error::ReferenceNotFound)
    }

    fn pin2_status(&self) -> Pin2Status {
        let session = self.volatile.session.as_ref();
        session
            .map(|session| session.status.pin2)
            .unwrap_or_default()
    }

    pub(super) fn set_pin2_status(&mut self, status: Pin2Status) {
        if let Some(session) = &mut self.volatile.session {
            session.status.pin2 = status;
        }
    }

    /// What has a local reference has it in its own directory (ISO/IEC 7816-4 §10.2.1).
    pub(super) fn check_application(&self) -> Result<(), Error> {
        if self.volatile.selection.directory == Directory::Cia {
            Ok(())
        } else {
            Err(Error::ReferenceNotFound)
        }
    }
}
