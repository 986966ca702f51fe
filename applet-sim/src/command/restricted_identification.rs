//! Restricted Identification: the identifier of this card in the sector of the terminal (TR-03110-3 B.4).
//!
//! Two keys, and both are this card's own: one whose identifier stands in lists of revoked cards, for
//! every authenticated terminal, and one for pseudonyms, for those that are authorised. So a service
//! that asks whether a card was revoked does not get a pseudonym by the way.

use secure_channel::restricted_identification::{RestrictedIdentificationProtocol, chip};

use super::Answer;
use crate::{
    access::{self, SelectKey, Use},
    chip::Chip,
    error::Error,
    memory::NonVolatileMemory,
    objects::KeyRef,
    volatile::{Commitment, Protocol},
};

/// The protocol that EF.CardSecurity announces.
pub(super) const PROTOCOL: RestrictedIdentificationProtocol =
    RestrictedIdentificationProtocol::EcdhSha256;

/// The key with an identifier of EF.CardSecurity. There are two, so the terminal has to name one.
pub(super) fn key(id: Option<u8>) -> Result<KeyRef, Error> {
    match id {
        Some(1) => Ok(KeyRef::Revocation),
        Some(2) => Ok(KeyRef::Pseudonym),
        Some(_) => Err(Error::ReferenceNotFound),
        None => Err(Error::IncorrectData),
    }
}

impl<M: NonVolatileMemory> Chip<M> {
    pub(super) fn select_restricted_identification(
        &mut self,
        key: KeyRef,
    ) -> Result<Answer, Error> {
        let grant = access::grant(SelectKey(key), &self.security_status()?)?;
        if !self.persistent.has_key(&grant)? {
            return Err(Error::ReferenceNotFound);
        }
        self.volatile.protocol = Protocol::RestrictedIdentification { key };
        Ok(Answer::done())
    }

    /// One step. Whether this terminal may use the key is judged here, as TR-03110-3 B.14.2 has it; the
    /// key stays selected, for the terminal's other sector.
    pub(super) fn identify(&mut self, key: KeyRef, data: &[u8]) -> Result<Answer, Error> {
        let grant = access::grant(Use(key), &self.security_status()?)?;
        let private_key = self
            .persistent
            .key(&grant)?
            .ok_or(Error::ReferenceNotFound)?;
        let answer = chip::identify(PROTOCOL, &private_key, &self.commitment()?.sector, data)?;
        self.volatile.protocol = Protocol::RestrictedIdentification { key };
        Ok(Answer::data(answer))
    }

    /// To what the terminal of this session is bound.
    pub(super) fn commitment(&self) -> Result<&Commitment, Error> {
        let session = self.volatile.session.as_ref();
        session
            .and_then(|session| session.commitment.as_deref())
            .ok_or(Error::ConditionsNotSatisfied)
    }
}
