//! VERIFY and COMPARE of auxiliary data: yes or no instead of a date of birth, a date of expiry or a place
//! (TR-03110-3 B.6, B.14.9 and B.14.10).
//!
//! The terminal has named its value before it signed, so it has one value of each kind a session, and
//! cannot narrow down the holder's by asking again.

use iso7816::{CommandApdu, StatusWord};
use secure_channel::auxiliary_data::{Date, Kind};

use super::Answer;
use crate::{
    access::{self, Compare},
    chip::Chip,
    error::Error,
    memory::NonVolatileMemory,
    store::StoreError,
};

/// A well-formed VERIFY or COMPARE. They differ in the answer to a value that does not agree.
pub(crate) struct CompareAuxiliaryData {
    kind: Kind,
    failed: StatusWord,
}

/// VERIFY, P1-P2 8000.
pub(super) fn verify(apdu: &CommandApdu) -> Result<CompareAuxiliaryData, Error> {
    parse(apdu, 0x8000, StatusWord::AUTHENTICATION_FAILED)
}

/// COMPARE, P1-P2 0000.
pub(super) fn compare(apdu: &CommandApdu) -> Result<CompareAuxiliaryData, Error> {
    parse(apdu, 0x0000, StatusWord::COMPARISON_FAILED)
}

fn parse(
    apdu: &CommandApdu,
    p1_p2: u16,
    failed: StatusWord,
) -> Result<CompareAuxiliaryData, Error> {
    if apdu.p1_p2() != p1_p2 {
        return Err(Error::IncorrectParameters);
    }
    if apdu.data().is_empty() {
        return Err(Error::WrongLength);
    }
    let kind = Kind::from_command_data(apdu.data())?;
    Ok(CompareAuxiliaryData { kind, failed })
}

impl<M: NonVolatileMemory> Chip<M> {
    pub(super) fn compare_auxiliary_data(
        &mut self,
        compare: &CompareAuxiliaryData,
    ) -> Result<Answer, Error> {
        let grant = access::grant(Compare(compare.kind), &self.security_status()?)?;
        let asked = &self.commitment()?.auxiliary_data;
        let stored = self
            .persistent
            .reference_data(&grant)?
            .ok_or(Error::ReferenceNotFound)?;
        let date = || Date::from_bytes(&stored).ok_or(StoreError::Corrupt { offset: 0 });
        let agrees = match compare.kind {
            Kind::DateOfBirth => asked.is_born_by(date()?)?,
            Kind::DateOfExpiry => asked.is_valid_with(date()?)?,
            Kind::MunicipalityId => asked.is_in_municipality(&stored)?,
        };
        Ok(if agrees {
            Answer::done()
        } else {
            Answer::status(compare.failed)
        })
    }
}
