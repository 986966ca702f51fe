//! INTERNAL AUTHENTICATE: Active Authentication (Doc 9303-11 §6.1), and in the cryptographic information application
//! the holder's authentication.

use secure_channel::{
    Curve,
    active_authentication::{self, Challenge, Hash},
};

use super::Answer;
use crate::{
    access::{self, Use},
    chip::Chip,
    error::Error,
    memory::NonVolatileMemory,
    objects::{Directory, KeyRef},
};

impl<M: NonVolatileMemory> Chip<M> {
    pub(super) fn internal_authenticate(&mut self, data: &[u8]) -> Result<Answer, Error> {
        if self.volatile.selection.directory == Directory::Cia {
            return self.authenticate_holder(data);
        }
        let challenge = data.try_into().map_err(|_| Error::WrongLength)?;
        self.authenticate_actively(&challenge)
    }

    /// Signs the challenge with the key whose public half is in DG15.
    fn authenticate_actively(&mut self, challenge: &Challenge) -> Result<Answer, Error> {
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
        let signature = active_authentication::sign(&key, hash, challenge, rng)?;
        Ok(Answer::data(signature))
    }
}
