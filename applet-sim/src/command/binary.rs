//! What READ BINARY and UPDATE BINARY have in common (ISO/IEC 7816-4 §11.3): which file, and from where.

use iso7816::{
    CommandApdu, FileId, ShortFileId,
    tlv::{Tag, TlvReader},
};

use crate::{
    access, chip::Chip, error::Error, memory::NonVolatileMemory, objects::FileRef,
    volatile::Selection,
};

/// DO 54, the offset in a command with an odd instruction.
const OFFSET: Tag = Tag(0x54);
/// DO 53, the bytes of the file in such a command or in its answer.
pub(super) const DISCRETIONARY_DATA: Tag = Tag(0x53);

/// Which file is meant.
pub(super) enum Source {
    Current,
    ShortId(ShortFileId),
    Id(FileId),
}

/// P1-P2 of an even instruction: an offset of 15 bits in the current file, or a short identifier and an
/// offset of 8 bits.
pub(super) fn even_form(apdu: &CommandApdu) -> Result<(Source, usize), Error> {
    if apdu.p1() & 0x80 == 0 {
        return Ok((Source::Current, usize::from(apdu.p1_p2())));
    }
    let short_id = ShortFileId::from_p1(apdu.p1()).ok_or(Error::IncorrectParameters)?;
    Ok((Source::ShortId(short_id), usize::from(apdu.p2())))
}

/// P1-P2 of an odd instruction: 0000 for the current file, a short identifier alone, or a file identifier.
pub(super) fn odd_source(apdu: &CommandApdu) -> Result<Source, Error> {
    Ok(match apdu.p1_p2() {
        0 => Source::Current,
        value @ 1..=30 => {
            let short_id = ShortFileId::try_from((value & 0x1F) as u8);
            Source::ShortId(short_id.map_err(|_| Error::IncorrectParameters)?)
        }
        31 => return Err(Error::IncorrectParameters),
        value => Source::Id(FileId(value)),
    })
}

/// DO 54, of one to four bytes.
pub(super) fn offset(objects: &mut TlvReader<'_>) -> Result<usize, Error> {
    let offset = objects.expect(OFFSET).map_err(|_| Error::IncorrectData)?;
    if !(1..=4).contains(&offset.value.len()) {
        return Err(Error::IncorrectData);
    }
    let bytes = offset.value.iter();
    let offset = bytes.fold(0u32, |value, byte| value << 8 | u32::from(*byte));
    usize::try_from(offset).map_err(|_| Error::OffsetOutsideFile)
}

impl<M: NonVolatileMemory> Chip<M> {
    /// The file, which need not be on this card.
    pub(super) fn source(&self, source: &Source) -> Result<FileRef, Error> {
        let Selection { directory, file } = self.volatile.selection;
        let mut candidates = access::files_of(directory);
        match source {
            Source::Current => file.ok_or(Error::NoCurrentFile),
            Source::ShortId(id) => candidates
                .find(|file| file.short_id() == Some(*id))
                .ok_or(Error::FileNotFound),
            Source::Id(id) => candidates
                .find(|file| file.id == *id)
                .ok_or(Error::FileNotFound),
        }
    }
}
