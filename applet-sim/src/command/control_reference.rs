//! What a control reference template says (ISO/IEC 7816-4 §11.5.11, 7816-8 §11.2): an algorithm, and a key.

use iso7816::tlv::{Tag, TlvReader};

use crate::error::Error;

const ALGORITHM: Tag = Tag(0x80);
const PRIVATE_KEY: Tag = Tag(0x84);

/// DO 84 and perhaps DO 80, each of one byte.
pub(super) struct ControlReference {
    pub(super) algorithm: Option<u8>,
    pub(super) key: u8,
}

impl ControlReference {
    /// Reads the data objects of a template, in whatever order, each at most once and no others.
    pub(super) fn parse(data: &[u8]) -> Result<Self, Error> {
        let (mut algorithm, mut key) = (None, None);
        for object in TlvReader::new(data).strict() {
            let object = object.map_err(|_| Error::IncorrectData)?;
            let place = match object.tag {
                ALGORITHM => &mut algorithm,
                PRIVATE_KEY => &mut key,
                _ => return Err(Error::IncorrectData),
            };
            let &[value] = object.value else {
                return Err(Error::IncorrectData);
            };
            if place.replace(value).is_some() {
                return Err(Error::IncorrectData);
            }
        }
        let key = key.ok_or(Error::IncorrectData)?;
        Ok(Self { algorithm, key })
    }
}
