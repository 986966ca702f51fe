//! Restricted Identification: the identifier of this card in the sector of the terminal (TR-03110-3 B.4).
//!
//! Two keys, and both are this card's own: one whose identifier stands in lists of revoked cards, for
//! every authenticated terminal, and one for pseudonyms, for those that are authorised. So a service
//! that asks whether a card was revoked does not get a pseudonym by the way.

use secure_channel::{
    EcPrivateKey,
    restricted_identification::{RestrictedIdentificationProtocol, chip},
};

use super::Answer;
use crate::{
    access::{self, Use},
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
        let grant = access::grant(Use(key), &self.security_status()?)?;
        let key = self
            .persistent
            .key(&grant)?
            .ok_or(Error::ReferenceNotFound)?;
        self.volatile.protocol = Protocol::RestrictedIdentification { key };
        Ok(Answer::done())
    }

    /// One step. The key stays selected, for the terminal's other sector.
    pub(super) fn identify(&mut self, key: EcPrivateKey, data: &[u8]) -> Result<Answer, Error> {
        let answer = chip::identify(PROTOCOL, &key, &self.commitment()?.sector, data)?;
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
