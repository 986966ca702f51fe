//! GENERATE ASYMMETRIC KEY PAIR (ISO/IEC 7816-8 §11.2), with an odd instruction: its data are a template.

use alloc::vec::Vec;

use iso7816::{
    CommandApdu,
    tlv::{self, Tag, TlvReader},
};

use super::{Answer, control_reference::ControlReference};
use crate::{
    access::{self, GenerateKey, ReadPublicKey},
    chip::Chip,
    cia::{HolderKey, HolderPublicKey, KeyKind, directory_files::der::oid},
    error::Error,
    memory::NonVolatileMemory,
    objects::{FileRef, Slot},
};

/// A well-formed GENERATE ASYMMETRIC KEY PAIR.
pub(crate) enum GenerateKeyPair {
    /// P1 80: a new key pair.
    Generate(Slot, KeyKind),
    /// P1 81: the public key of the one that is there.
    Read(Slot),
}

impl TryFrom<&CommandApdu> for GenerateKeyPair {
    type Error = Error;

    fn try_from(apdu: &CommandApdu) -> Result<Self, Error> {
        if !matches!(apdu.p1_p2(), 0x8000 | 0x8100) {
            return Err(Error::IncorrectParameters);
        }
        if apdu.data().is_empty() {
            return Err(Error::WrongLength);
        }
        let (slot, kind) = template(apdu.data())?;
        match (apdu.p1(), kind) {
            (0x80, kind) => {
                let kind = kind.unwrap_or(KeyKind::Rsa2048);
                // Decipherment is RSA.
                if slot == Slot::Decipherment && kind != KeyKind::Rsa2048 {
                    return Err(Error::IncorrectData);
                }
                Ok(Self::Generate(slot, kind))
            }
            (_, None) => Ok(Self::Read(slot)),
            (_, Some(_)) => Err(Error::IncorrectData),
        }
    }
}

/// One control reference template: that of the slot, with DO 84 and perhaps DO 80.
fn template(data: &[u8]) -> Result<(Slot, Option<KeyKind>), Error> {
    let mut objects = TlvReader::new(data).strict();
    let malformed = |_| Error::IncorrectData;
    let template = objects.read().map_err(malformed)?;
    let template = template.ok_or(Error::IncorrectData)?;
    objects.finish().map_err(malformed)?;
    let mut slots = Slot::ALL.into_iter();
    let slot = slots
        .find(|slot| Tag(slot.template().into()) == template.tag)
        .ok_or(Error::IncorrectData)?;
    let ControlReference { algorithm, key } = ControlReference::parse(template.value)?;
    let kind = algorithm
        .map(|kind| KeyKind::from_reference(kind).ok_or(Error::IncorrectData))
        .transpose()?;
    if key != slot.reference() {
        return Err(Error::ReferenceNotFound);
    }
    Ok((slot, kind))
}

impl<M: NonVolatileMemory> Chip<M> {
    pub(super) fn generate_key_pair(&mut self, command: &GenerateKeyPair) -> Result<Answer, Error> {
        self.check_active(self.volatile.selection.directory)?;
        let status = self.security_status()?;
        let public = match *command {
            GenerateKeyPair::Generate(slot, kind) => {
                let grant = access::grant(GenerateKey(slot), &status)?;
                self.check_application()?;
                let key = HolderKey::generate(kind, &mut *self.environment.rng)?;
                let public = key.public_key()?;
                self.persistent.replace_holder_key(grant, &key)?;
                if let Some(session) = &mut self.volatile.session {
                    // It was for the old key.
                    session.shadows.take(FileRef::certificate(slot));
                }
                public
            }
            GenerateKeyPair::Read(slot) => {
                let grant = access::grant(ReadPublicKey(slot), &status)?;
                self.check_application()?;
                let public = self.persistent.holder_public_key(&grant)?;
                public.ok_or(Error::ReferenceNotFound)?
            }
        };
        Ok(Answer::data(data_object(&public)))
    }
}

/// Public key data object 7F49 (ISO/IEC 7816-8 §11.2, table 3).
fn data_object(key: &HolderPublicKey) -> Vec<u8> {
    let parts: [(u32, &[u8]); 2] = match key {
        HolderPublicKey::Rsa { modulus, exponent } => [(0x81, modulus), (0x82, exponent)],
        HolderPublicKey::P256(point) => [(0x06, oid::PRIME256V1), (0x86, point.as_uncompressed())],
    };
    let mut object = Vec::new();
    tlv::push_with(&mut object, Tag(0x7F49), |object| {
        for (tag, value) in parts {
            tlv::push(object, Tag(tag), value);
        }
    });
    object
}
