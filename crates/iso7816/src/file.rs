//! Names of files and applications.

use core::fmt;

/// Why a byte or byte string names no file or application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// Short file identifiers are 1 to 30.
    #[error("short file identifier {0} is not in 1..=30")]
    ShortFileId(u8),
    /// Application identifiers have 1 to 16 bytes.
    #[error("an application identifier has 1 to 16 bytes, not {0}")]
    AidLength(usize),
}

/// A file identifier (ISO/IEC 7816-4:2020, 7.2.2.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u16);

impl FileId {
    /// The master file, `3F00`.
    pub const MF: Self = Self(0x3F00);
    /// EF.DIR, `2F00`: the applications of the card.
    pub const EF_DIR: Self = Self(0x2F00);
    /// EF.ATR/INFO, `2F01`: what the card can do.
    pub const EF_ATR_INFO: Self = Self(0x2F01);
    /// `3FFF`, in a path the current DF; never a file's own identifier.
    pub const CURRENT_DF: Self = Self(0x3FFF);

    /// The two bytes as they are sent.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl From<[u8; 2]> for FileId {
    fn from(bytes: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(bytes))
    }
}

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileId({:04X})", self.0)
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

/// A short EF identifier, 1 to 30 (ISO/IEC 7816-4:2020, 7.2.2.3). Zero means
/// the current file and 31 nothing at all, so neither is one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortFileId(u8);

impl ShortFileId {
    /// A short identifier known to be in range when the program is written.
    ///
    /// # Panics
    ///
    /// Outside 1..=30; in a constant that is a compile error. For input use
    /// `TryFrom<u8>`.
    #[must_use]
    pub const fn new(value: u8) -> Self {
        assert!(
            value >= 1 && value <= 30,
            "a short file identifier is 1..=30"
        );
        Self(value)
    }

    /// What READ BINARY and its kin put into P1: bit 8 set, bits 7 and 6
    /// clear, then the identifier. `None` if P1 has another form.
    #[must_use]
    pub const fn from_p1(p1: u8) -> Option<Self> {
        match p1 {
            0x81..=0x9E => Some(Self(p1 & 0x1F)),
            _ => None,
        }
    }

    /// The value for P1 of READ BINARY and its kin.
    #[must_use]
    pub const fn to_p1(self) -> u8 {
        0x80 | self.0
    }

    /// The number, 1 to 30.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for ShortFileId {
    type Error = IdentifierError;

    fn try_from(value: u8) -> Result<Self, IdentifierError> {
        match value {
            1..=30 => Ok(Self(value)),
            _ => Err(IdentifierError::ShortFileId(value)),
        }
    }
}

impl fmt::Debug for ShortFileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShortFileId({:02X})", self.0)
    }
}

impl fmt::Display for ShortFileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.0)
    }
}

/// An application identifier, 1 to 16 bytes (ISO/IEC 7816-4:2020, 12.2.3).
///
/// ```
/// use iso7816::Aid;
///
/// const ICAO: Aid = Aid::from_array([0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01]);
/// assert_eq!(ICAO.to_string(), "A0000002471001");
/// assert_eq!(Aid::new(ICAO.as_bytes()), Ok(ICAO));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aid {
    // The bytes beyond `length` are zero, so that derived comparisons hold.
    bytes: [u8; Self::MAX],
    length: u8,
}

impl Aid {
    /// The longest identifier in bytes.
    pub const MAX: usize = 16;

    /// An identifier of these bytes.
    ///
    /// # Errors
    ///
    /// [`IdentifierError::AidLength`] unless there are 1 to 16 of them.
    pub fn new(bytes: &[u8]) -> Result<Self, IdentifierError> {
        let error = IdentifierError::AidLength(bytes.len());
        let mut aid = Self {
            bytes: [0; Self::MAX],
            length: u8::try_from(bytes.len()).map_err(|_| error)?,
        };
        match aid.bytes.get_mut(..bytes.len()) {
            Some(target) if !bytes.is_empty() => target.copy_from_slice(bytes),
            _ => return Err(error),
        }
        Ok(aid)
    }

    /// An identifier known when the program is written; a wrong length is a
    /// compile error.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "N <= 16 holds at compile time")]
    pub const fn from_array<const N: usize>(array: [u8; N]) -> Self {
        const {
            assert!(N >= 1 && N <= Self::MAX, "an AID has 1 to 16 bytes");
        }
        let mut bytes = [0; Self::MAX];
        let mut i = 0;
        while i < N {
            bytes[i] = array[i];
            i += 1;
        }
        Self {
            bytes,
            length: N as u8,
        }
    }

    /// The bytes as they are sent.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        // `length` is 1..=16, so the whole array is never the wrong answer.
        self.bytes
            .get(..usize::from(self.length))
            .unwrap_or(&self.bytes)
    }
}

impl AsRef<[u8]> for Aid {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl TryFrom<&[u8]> for Aid {
    type Error = IdentifierError;

    fn try_from(bytes: &[u8]) -> Result<Self, IdentifierError> {
        Self::new(bytes)
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aid({self})")
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn short_file_identifiers_are_1_to_30() {
        for value in 0..=u8::MAX {
            let valid = (1..=30).contains(&value);
            assert_eq!(ShortFileId::try_from(value).is_ok(), valid);
            let p1 = ShortFileId::from_p1(0x80 | (value & 0x7F));
            assert_eq!(p1.is_some(), (1..=30).contains(&(value & 0x7F)));
        }
        assert_eq!(ShortFileId::from_p1(0x1C), None);
        assert_eq!(ShortFileId::from_p1(0x9C), Some(ShortFileId::new(0x1C)));
        assert_eq!(ShortFileId::new(0x1C).to_p1(), 0x9C);
        for value in [1, 30] {
            assert_eq!(ShortFileId::new(value).value(), value);
        }
        for value in [0, 31] {
            assert!(std::panic::catch_unwind(|| ShortFileId::new(value)).is_err());
        }
    }

    #[test]
    fn application_identifiers_have_1_to_16_bytes() {
        assert_eq!(Aid::new(&[]), Err(IdentifierError::AidLength(0)));
        assert_eq!(Aid::new(&[1; 17]), Err(IdentifierError::AidLength(17)));
        assert_eq!(Aid::new(&[1; 300]), Err(IdentifierError::AidLength(300)));
        for length in 1..=16 {
            let bytes = [0xA0; 16];
            assert_eq!(
                Aid::new(&bytes[..length]).unwrap().as_bytes(),
                &bytes[..length]
            );
        }
        assert_ne!(Aid::from_array([1, 0]), Aid::from_array([1]));
        assert_eq!(Aid::from_array([1; 16]).as_bytes(), [1; 16]);
        assert_eq!(Ok(Aid::from_array([1, 2])), Aid::new(&[1, 2]));
    }

    #[test]
    fn reserved_file_identifiers_are_those_of_the_standard() {
        assert_eq!(FileId::MF.to_bytes(), [0x3F, 0x00]);
        assert_eq!(FileId::EF_DIR.to_bytes(), [0x2F, 0x00]);
        assert_eq!(FileId::EF_ATR_INFO.to_bytes(), [0x2F, 0x01]);
        assert_eq!(FileId::CURRENT_DF.to_bytes(), [0x3F, 0xFF]);
        assert_eq!(FileId::from([0x01, 0x1C]), FileId(0x011C));
    }

    #[test]
    fn identifiers_print_as_the_standards_write_them() {
        assert_eq!(
            format!("{} {:?}", FileId(0x011C), FileId::MF),
            "011C FileId(3F00)"
        );
        assert_eq!(format!("{}", ShortFileId::new(0x1C)), "1C");
        assert_eq!(format!("{:?}", Aid::from_array([0xE8, 0x07])), "Aid(E807)");
    }
}
