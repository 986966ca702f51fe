//! New contents of files on their way in.
//!
//! A terminal writes *shadows*: in the eID application what is read stays the old contents until EF.SOD,
//! written last, is complete; a certificate of the holder takes its place by itself. Shadows belong to the session and end with it. What each is to become long, its own outermost
//! tag and length field say; it is written from its first byte to its last, without gaps. Offset 0 begins
//! anew. A refused write leaves the shadows as they were.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use iso7816::tlv::{TlvError, TlvReader};
use lds::eid::{DataGroup, Dg11, Dg13};
use lds::{Date, DigestAlgorithm, EfSod, LdsSecurityObject};
use secure_channel::auxiliary_data::Kind;
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::{cia::MAX_CERTIFICATE, error::Error, objects::FileRef};

/// The longest new contents of a file in bytes. The groups that change hold text, less than 3000 bytes;
/// EF.SOD holds a certificate. With seven files that change it limits what all shadows take up.
const MAX_LENGTH: usize = 0x2000;

/// Tag of a certificate (RFC 5280 §4.1).
const SEQUENCE: u8 = 0x30;

/// Tag of EF.SOD (Doc 9303-10 §4.6.2).
const EF_SOD: u8 = 0x77;

/// What a terminal has written in this session and not completed. Wiped when dropped.
#[derive(Default)]
pub(crate) struct Shadows {
    shadows: Vec<Shadow>,
}

/// The new contents of a file, as far as they are there.
struct Shadow {
    file: FileRef,
    bytes: Zeroizing<Vec<u8>>,
}

/// How far a shadow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// There is more to come.
    Partial,
    /// It is the one data object that the file has to be.
    Complete,
}

impl Shadows {
    /// Takes the next bytes of a file.
    ///
    /// # Errors
    /// [`Error::OffsetOutsideFile`] unless they begin at 0 or where the shadow ends, and at the end of a
    /// complete one; [`Error::IncorrectData`] if they make no data object with the file's tag, or go on
    /// behind it; [`Error::NotEnoughMemory`] if that is longer than a file can be.
    pub(crate) fn write(
        &mut self,
        file: FileRef,
        offset: usize,
        data: &[u8],
    ) -> Result<Progress, Error> {
        let old = self.contents(file).unwrap_or_default();
        let head = match offset {
            0 => &[],
            _ if offset == old.len() && progress(file, old)? == Progress::Partial => old,
            _ => return Err(Error::OffsetOutsideFile),
        };
        if head.len() + data.len() > max_length(file) {
            return Err(Error::NotEnoughMemory);
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(head.len() + data.len()));
        bytes.extend_from_slice(head);
        bytes.extend_from_slice(data);
        let progress = progress(file, &bytes)?;
        self.shadows.retain(|shadow| shadow.file != file);
        self.shadows.push(Shadow { file, bytes });
        Ok(progress)
    }

    /// The shadow of a file.
    pub(crate) fn contents(&self, file: FileRef) -> Option<&[u8]> {
        let mut shadows = self.shadows.iter();
        let shadow = shadows.find(|shadow| shadow.file == file)?;
        Some(&shadow.bytes)
    }

    /// Takes the shadow of a file out.
    pub(crate) fn take(&mut self, file: FileRef) -> Zeroizing<Vec<u8>> {
        let place = self.shadows.iter().position(|shadow| shadow.file == file);
        let shadow = place.map(|place| self.shadows.swap_remove(place));
        shadow.map(|shadow| shadow.bytes).unwrap_or_default()
    }

    /// Drops the shadows of certificates but that of this file: one is written at a time.
    pub(crate) fn keep_certificate(&mut self, file: Option<FileRef>) {
        self.shadows
            .retain(|shadow| shadow.file.slot().is_none() || Some(shadow.file) == file);
    }

    /// Every shadow, or in its place [`Error::IncorrectData`] if it is not complete.
    pub(crate) fn files(&self) -> impl Iterator<Item = Result<(FileRef, &[u8]), Error>> {
        self.shadows
            .iter()
            .map(|Shadow { file, bytes }| match progress(*file, bytes)? {
                Progress::Complete => Ok((*file, bytes.as_slice())),
                Progress::Partial => Err(Error::IncorrectData),
            })
    }
}

fn max_length(file: FileRef) -> usize {
    match file.slot() {
        Some(_) => MAX_CERTIFICATE,
        None => MAX_LENGTH,
    }
}

/// How much of a file these bytes are.
fn progress(file: FileRef, bytes: &[u8]) -> Result<Progress, Error> {
    let [_, number] = file.id.to_bytes();
    // 60 + n for group n (docs/chip-profile.md, section 4).
    let tag = if file == FileRef::EID_SOD {
        EF_SOD
    } else if file.slot().is_some() {
        SEQUENCE
    } else {
        0x60 + (number & 0x1F)
    };
    if bytes.first() != Some(&tag) {
        return Err(Error::IncorrectData);
    }
    let mut reader = TlvReader::new(bytes).strict();
    match reader.read() {
        Ok(Some(_)) if reader.is_empty() => Ok(Progress::Complete),
        Err(TlvError::ValueTruncated { offset, length, .. })
            if length.saturating_add(offset) > max_length(file) =>
        {
            Err(Error::NotEnoughMemory)
        }
        Err(TlvError::Truncated { .. } | TlvError::ValueTruncated { .. }) => Ok(Progress::Partial),
        _ => Err(Error::IncorrectData),
    }
}

/// What the chip will answer questions with once a file has these contents: where the holder lives follows from DG13, when he was
/// born and until when the card is valid from DG11. `None` for what they do not say, in whatever way: a chip that went on with what
/// was true before the holder moved would lie, so it does not know any more.
pub(crate) fn reference_data(file: FileRef, contents: &[u8]) -> Vec<(Kind, Option<Vec<u8>>)> {
    if file == FileRef::group(Dg11::NUMBER.number()) {
        let group = Dg11::decode(contents).ok();
        let birth = group
            .as_ref()
            .and_then(|group| group.birth_date.latest_possible());
        let expiry = group.as_ref().and_then(|group| group.renewal_date);
        let digits = |day: Date| day.to_yyyymmdd().into_bytes();
        return Vec::from([
            (Kind::DateOfBirth, birth.map(digits)),
            (Kind::DateOfExpiry, expiry.map(digits)),
        ]);
    }
    if file == FileRef::group(Dg13::NUMBER.number()) {
        let group = Dg13::decode(contents).ok();
        let area = group.and_then(|group| group.area);
        let village = area.map(|area| area.village().as_str().as_bytes().to_vec());
        return Vec::from([(Kind::MunicipalityId, village)]);
    }
    Vec::new()
}

/// The hashes in a new EF.SOD.
pub(crate) struct Hashes {
    object: LdsSecurityObject,
    function: fn(&[u8]) -> Vec<u8>,
}

impl Hashes {
    /// The numbers that a hash can have (Doc 9303-10 §4.6.2.3).
    pub(crate) const NUMBERS: RangeInclusive<u8> = 1..=16;

    /// Looks for the hashes in the EF.SOD of an update.
    ///
    /// # Errors
    /// [`Error::IncorrectData`] if there are none, or by a function that proves nothing.
    pub(crate) fn of(shadows: &Shadows) -> Result<Self, Error> {
        let file = shadows.contents(FileRef::EID_SOD).unwrap_or_default();
        let sod = EfSod::parse(file).map_err(|_| Error::IncorrectData)?;
        let object = sod.unverified_security_object().clone();
        let function = match object.digest_algorithm() {
            DigestAlgorithm::Sha256 => |bytes: &[u8]| Sha256::digest(bytes).to_vec(),
            DigestAlgorithm::Sha384 => |bytes: &[u8]| Sha384::digest(bytes).to_vec(),
            DigestAlgorithm::Sha512 => |bytes: &[u8]| Sha512::digest(bytes).to_vec(),
            DigestAlgorithm::Sha1 | DigestAlgorithm::Sha224 => return Err(Error::IncorrectData),
        };
        Ok(Self { object, function })
    }

    /// What group `number` must hash to; `None` if it must not be there.
    pub(crate) fn expected(&self, number: u8) -> Option<&[u8]> {
        self.object.hash(number)
    }

    /// The hash of a group's contents.
    pub(crate) fn hash(&self, contents: &[u8]) -> Vec<u8> {
        (self.function)(contents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_leaves_the_chip_without_an_answer_rather_than_with_the_old_one() {
        let nonsense = [0x6B, 0x00];
        assert_eq!(
            reference_data(FileRef::group(11), &nonsense),
            [(Kind::DateOfBirth, None), (Kind::DateOfExpiry, None)]
        );
        assert_eq!(
            reference_data(FileRef::group(13), &nonsense),
            [(Kind::MunicipalityId, None)]
        );
        for other in [3, 6, 7, 12] {
            assert!(reference_data(FileRef::group(other), &nonsense).is_empty());
        }
        assert!(reference_data(FileRef::EID_SOD, &nonsense).is_empty());
    }
}
