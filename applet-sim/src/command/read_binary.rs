//! READ BINARY (ISO/IEC 7816-4 §11.3.3), with the offset in P1-P2 or in a data object.

use alloc::vec;
use iso7816::{
    CommandApdu, StatusWord, ins,
    tlv::{self, TlvReader},
};

use super::{
    Answer,
    binary::{self, DISCRETIONARY_DATA, Source},
};
use crate::{
    access::{self, Read},
    chip::Chip,
    error::Error,
    memory::NonVolatileMemory,
};

/// A well-formed READ BINARY.
pub(crate) struct ReadBinary {
    source: Source,
    offset: usize,
    /// Response bytes that the terminal expects at most.
    expected: Expected,
    /// The bytes are to be wrapped in DO 53.
    wrapped: bool,
}

/// The meaning of Le: as much as there is and fits, or this many bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    All(usize),
    Exactly(usize),
}

impl TryFrom<&CommandApdu> for ReadBinary {
    type Error = Error;

    fn try_from(apdu: &CommandApdu) -> Result<Self, Error> {
        let odd = apdu.ins() == ins::READ_BINARY_ODD;
        let (source, offset) = if odd {
            odd_form(apdu)?
        } else {
            if !apdu.data().is_empty() {
                return Err(Error::WrongLength);
            }
            binary::even_form(apdu)?
        };
        let ne = match apdu.ne() {
            Some(ne) => ne,
            // T=0 has no room for Le behind data (ISO/IEC 7816-3:2006, 12.2.4); what there is is
            // announced with 61xx.
            None if odd => 0x100,
            None => return Err(Error::WrongLength),
        };
        let count = usize::try_from(ne).map_err(|_| Error::WrongLength)?;
        let expected = match ne {
            0x100 | 0x1_0000 => Expected::All(count),
            _ => Expected::Exactly(count),
        };
        Ok(Self {
            source,
            offset,
            expected,
            wrapped: odd,
        })
    }
}

/// P1-P2 and an offset in DO 54, the only data object.
fn odd_form(apdu: &CommandApdu) -> Result<(Source, usize), Error> {
    let source = binary::odd_source(apdu)?;
    let mut objects = TlvReader::new(apdu.data()).strict();
    let offset = binary::offset(&mut objects)?;
    objects.finish().map_err(|_| Error::IncorrectData)?;
    Ok((source, offset))
}

impl<M: NonVolatileMemory> Chip<M> {
    /// Reads from a file. Whether the file may be read is decided before anything about it is told.
    pub(super) fn read_binary(&mut self, read: ReadBinary, room: usize) -> Result<Answer, Error> {
        let file = self.source(&read.source)?;
        self.check_active(file.directory)?;
        let grant = access::grant(Read(file), &self.security_status()?)?;
        let size = self
            .persistent
            .file_length(&grant)?
            .ok_or(Error::FileNotFound)?;
        self.volatile.make_current(file);
        let available = size.checked_sub(read.offset).filter(|bytes| *bytes > 0);
        let available = available.ok_or(Error::OffsetOutsideFile)?;

        let space = match read.expected {
            Expected::All(count) => count.min(room),
            Expected::Exactly(count) => count,
        }
        .min(Self::MAX_RESPONSE_DATA);
        let space = if read.wrapped {
            inside_object(space)?
        } else {
            space
        };
        let space = self.faults.bytes_read(space);
        let mut data = vec![0; available.min(space)];
        self.persistent.read_file(&grant, read.offset, &mut data)?;
        let ended_early = data.len() < space && matches!(read.expected, Expected::Exactly(_));
        let data = if read.wrapped {
            tlv::encode(DISCRETIONARY_DATA, &data)
        } else {
            data
        };
        let status = if ended_early {
            StatusWord::END_OF_FILE_REACHED
        } else {
            StatusWord::OK
        };
        Ok(Answer { data, status })
    }
}

/// The longest value of a data object that takes up at most `space` bytes.
fn inside_object(space: usize) -> Result<usize, Error> {
    let fits = |value: &usize| tlv::encoded_len(DISCRETIONARY_DATA, *value) <= space;
    // Tag and length take two to five bytes.
    (space.saturating_sub(5)..space)
        .rev()
        .find(fits)
        .filter(|value| *value > 0)
        .ok_or(Error::WrongLength)
}
