//! What the holder's keys do: PSO:COMPUTE DIGITAL SIGNATURE, PSO:DECIPHER (ISO/IEC 7816-8 §11) and INTERNAL
//! AUTHENTICATE.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::Answer;
use crate::{
    access::{self, AccessGrant, Use},
    chip::Chip,
    error::Error,
    memory::NonVolatileMemory,
    objects::{KeyRef, Slot},
    security_status::Pin2Status,
};

/// Padding indicator of a cryptogram: no further indication (ISO/IEC 7816-4 §10.4).
const NO_INDICATION: u8 = 0x00;

impl<M: NonVolatileMemory> Chip<M> {
    /// Signs a hash value for the holder. Whatever comes of it, the next signature needs PIN2 anew: he signs once for
    /// each time that he gives it.
    pub(super) fn compute_digital_signature(&mut self, value: &[u8]) -> Result<Answer, Error> {
        self.signature(Slot::Signature, value)
    }

    /// Signs a hash value that authenticates the holder.
    pub(super) fn authenticate_holder(&mut self, value: &[u8]) -> Result<Answer, Error> {
        self.signature(Slot::Authentication, value)
    }

    fn signature(&mut self, slot: Slot, value: &[u8]) -> Result<Answer, Error> {
        let grant = self.grant_use(slot)?;
        let algorithm = self.selected_algorithm(slot)?;
        if algorithm.hash().map(|hash| hash.size()) != Some(value.len()) {
            return Err(Error::IncorrectData);
        }
        if slot == Slot::Signature {
            self.set_pin2_status(Pin2Status::Verified);
        }
        let key = self.persistent.holder_key(&grant)?;
        let key = key.ok_or(Error::ReferenceNotFound)?;
        let signature = key.sign(algorithm, value, &mut *self.environment.rng)?;
        Ok(Answer::data(signature))
    }

    /// Deciphers a cryptogram behind its padding indicator.
    pub(super) fn decipher(&mut self, data: &[u8]) -> Result<Answer, Error> {
        let grant = self.grant_use(Slot::Decipherment)?;
        let algorithm = self.selected_algorithm(Slot::Decipherment)?;
        let Some((&NO_INDICATION, cryptogram)) = data.split_first() else {
            return Err(Error::IncorrectData);
        };
        let key = self.persistent.holder_key(&grant)?;
        let key = key.ok_or(Error::ReferenceNotFound)?;
        let text: Zeroizing<Vec<u8>> =
            key.decipher(algorithm, cryptogram, &mut *self.environment.rng)?;
        Ok(Answer::data(text.to_vec()))
    }

    fn grant_use(&self, slot: Slot) -> Result<AccessGrant<Use>, Error> {
        self.check_active(self.volatile.selection.directory)?;
        let grant = access::grant(Use(KeyRef::Holder(slot)), &self.security_status()?)?;
        self.check_application()?;
        Ok(grant)
    }
}
