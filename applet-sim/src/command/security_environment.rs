//! MANAGE SECURITY ENVIRONMENT in the cryptographic information application: which key the next security
//! operations use, and with which algorithm (ISO/IEC 7816-4 §11.5.11).

use super::{Answer, control_reference::ControlReference};
use crate::{
    access::{self, Denied, SelectKey},
    chip::Chip,
    cia::Algorithm,
    error::Error,
    memory::NonVolatileMemory,
    objects::{Directory, KeyRef, Slot},
};

/// A well-formed MSE:Set DST, AT or CT, P1 41.
pub(crate) struct SetEnvironment {
    /// The slot for the template that P2 names.
    slot: Slot,
    algorithm: Algorithm,
    key: u8,
}

/// DO 80 and DO 84, each of one byte, in whatever order.
pub(super) fn parse(slot: Slot, data: &[u8]) -> Result<SetEnvironment, Error> {
    let ControlReference { algorithm, key } = ControlReference::parse(data)?;
    let algorithm = algorithm.and_then(Algorithm::from_reference);
    Ok(SetEnvironment {
        slot,
        algorithm: algorithm.ok_or(Error::IncorrectData)?,
        key,
    })
}

impl<M: NonVolatileMemory> Chip<M> {
    /// Selects key and algorithm. Whatever was selected before for this use is forgotten, even if this fails.
    pub(super) fn set_environment(&mut self, set: &SetEnvironment) -> Result<Answer, Error> {
        let slot = set.slot;
        if let Some(session) = &mut self.volatile.session {
            session.environment.set(slot, None);
        }
        self.check_active(self.volatile.selection.directory)?;
        let grant = access::grant(SelectKey(KeyRef::Holder(slot)), &self.security_status()?)?;
        self.check_application()?;
        let kind = self.persistent.holder_key_kind(&grant)?;
        let kind = kind
            .filter(|_| set.key == slot.reference())
            .ok_or(Error::ReferenceNotFound)?;
        if !set.algorithm.suits(slot, kind) {
            return Err(Error::IncorrectData);
        }
        let session = self.volatile.session.as_mut().ok_or(Denied)?;
        session.environment.set(slot, Some(set.algorithm));
        Ok(Answer::done())
    }

    /// MSE:Set AT with an algorithm of one byte: elsewhere protocols have object identifiers.
    pub(super) fn set_authentication_environment(
        &mut self,
        set: &SetEnvironment,
    ) -> Result<Answer, Error> {
        if self.volatile.selection.directory != Directory::Cia {
            return Err(Error::IncorrectData);
        }
        self.set_environment(set)
    }

    /// The algorithm for a slot.
    pub(super) fn selected_algorithm(&self, slot: Slot) -> Result<Algorithm, Error> {
        let session = self.volatile.session.as_ref();
        session
            .and_then(|session| session.environment.algorithm(slot))
            .ok_or(Error::ConditionsNotSatisfied)
    }
}
