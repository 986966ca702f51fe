//! INTERNAL AUTHENTICATE: Active Authentication (Doc 9303-11 §6.1).

use iso7816::CommandApdu;
use secure_channel::{
    Curve,
    active_authentication::{self, Hash},
};

use super::Answer;
use crate::{
    access::{self, Use},
    chip::Chip,
    error::Error,
    memory::NonVolatileMemory,
    objects::{Directory, KeyRef},
};

/// The terminal's challenge.
pub(crate) struct Challenge(active_authentication::Challenge);

impl TryFrom<&CommandApdu> for Challenge {
    type Error = Error;

    fn try_from(apdu: &CommandApdu) -> Result<Self, Error> {
        if apdu.p1_p2() != 0x0000 {
            return Err(Error::IncorrectParameters);
        }
        let challenge = apdu.data().try_into().map_err(|_| Error::WrongLength)?;
        Ok(Self(challenge))
    }
}

impl<M: NonVolatileMemory> Chip<M> {
    /// Signs the challenge with the key whose public half is in DG15.
    pub(super) fn internal_authenticate(&mut self, challenge: Challenge) -> Result<Answer, Error> {
        let grant = access::grant(Use(KeyRef::ActiveAuthentication), &self.security_status()?)?;
        if self.volatile.selection.directory != Directory::Icao {
            return Err(Error::ReferenceNotFound);
        }
        let key = self
            .persistent
            .key(&grant)?
            .ok_or(Error::ReferenceNotFound)?;
        // As long as the curve, as DG14 announces (TR-03111 §4.1.3).
        let hash = match key.curve() {
            Curve::P256 | Curve::BrainpoolP256r1 => Hash::Sha256,
            Curve::P384 => Hash::Sha384,
        };
        let rng = &mut *self.environment.rng;
        let signature = active_authentication::sign(&key, hash, &challenge.0, rng)?;
        Ok(Answer::data(signature))
    }
}
