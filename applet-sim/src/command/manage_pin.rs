//! RESET RETRY COUNTER, ACTIVATE and DEACTIVATE for PIN1 (TR-03110-3 B.14.11 to B.14.13).

use alloc::vec::Vec;
use iso7816::CommandApdu;
use secure_channel::PasswordId;
use zeroize::Zeroizing;

use super::Answer;
use crate::{
    access::{self, ChangePin1, Denied, SwitchPin1, UnblockPin1},
    chip::Chip,
    error::Error,
    image::PIN1_DIGITS,
    memory::NonVolatileMemory,
};

/// A well-formed RESET RETRY COUNTER for PIN1.
pub(crate) enum ResetRetryCounter {
    /// P1 02: a new PIN1, with all its tries.
    Change(Zeroizing<Vec<u8>>),
    /// P1 03: the old PIN1, with all its tries.
    Unblock,
}

impl TryFrom<&CommandApdu> for ResetRetryCounter {
    type Error = Error;

    fn try_from(apdu: &CommandApdu) -> Result<Self, Error> {
        let reset = match apdu.p1() {
            0x02 => Self::Change(Zeroizing::new(apdu.data().to_vec())),
            0x03 => Self::Unblock,
            _ => return Err(Error::IncorrectParameters),
        };
        check_reference(apdu)?;
        if matches!(reset, Self::Unblock) && !apdu.data().is_empty() {
            return Err(Error::WrongLength);
        }
        Ok(reset)
    }
}

/// ACTIVATE or DEACTIVATE, P1 10, P2 a password, no data.
pub(super) fn switch(apdu: &CommandApdu, switch: SwitchPin1) -> Result<SwitchPin1, Error> {
    if apdu.p1() != 0x10 {
        return Err(Error::IncorrectParameters);
    }
    check_reference(apdu)?;
    if apdu.data().is_empty() {
        Ok(switch)
    } else {
        Err(Error::WrongLength)
    }
}

/// P2 names PIN1. The other passwords are printed or chosen once: no rule lets anybody manage them.
fn check_reference(apdu: &CommandApdu) -> Result<(), Error> {
    match PasswordId::from_reference(apdu.p2()) {
        Some(PasswordId::Pin) => Ok(()),
        Some(PasswordId::Mrz | PasswordId::Can | PasswordId::Puk) => Err(Error::Denied(Denied)),
        None => Err(Error::ReferenceNotFound),
    }
}

impl<M: NonVolatileMemory> Chip<M> {
    /// Changes or unblocks PIN1.
    pub(super) fn reset_retry_counter(
        &mut self,
        reset: ResetRetryCounter,
    ) -> Result<Answer, Error> {
        let status = self.security_status()?;
        match reset {
            ResetRetryCounter::Change(pin) => {
                let grant = access::grant(ChangePin1, &status)?;
                if pin.len() != PIN1_DIGITS || !pin.iter().all(u8::is_ascii_digit) {
                    return Err(Error::IncorrectData);
                }
                self.persistent.change_pin1(grant, &pin)?;
            }
            ResetRetryCounter::Unblock => {
                self.persistent
                    .unblock_pin1(access::grant(UnblockPin1, &status)?)?;
            }
        }
        Ok(Answer::done())
    }

    /// Activates or deactivates PIN1. A session that PIN1 opened ends to mean anything when it is
    /// deactivated.
    pub(super) fn switch_pin1(&mut self, switch: SwitchPin1) -> Result<Answer, Error> {
        let grant = access::grant(switch, &self.security_status()?)?;
        self.persistent.switch_pin1(grant)?;
        if let (SwitchPin1::Off, Some(session)) = (switch, &mut self.volatile.session) {
            session.status.password = None;
        }
        Ok(Answer::done())
    }
}
