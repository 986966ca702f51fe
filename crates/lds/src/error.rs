//! What can be wrong with a file, and where.

use alloc::string::String;

use crate::eid::{FieldName, GroupNumber};

/// Why a file, a group or a single value was refused.
///
/// The texts name the structure, the field and the position, never the personal data in it: an error may be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The DER encoding of a structure is broken or has another shape than the standard gives it.
    #[error("{structure}: {reason}")]
    Der {
        /// The standard's name of the structure.
        structure: &'static str,
        /// What the decoder found, with the offset inside the structure.
        reason: der::Error,
    },

    /// A simple TLV structure is broken.
    #[error("{structure}: {reason}")]
    Tlv {
        /// The standard's name of the structure.
        structure: &'static str,
        /// What the reader found, with the offset inside the structure.
        reason: iso7816::tlv::TlvError,
    },

    /// A well-formed structure that says something its standard does not allow.
    #[error("{structure}: {reason}")]
    Malformed {
        /// The standard's name of the structure.
        structure: &'static str,
        /// Which rule is broken.
        reason: &'static str,
    },

    /// More elements or bytes than this crate is willing to read.
    #[error("{structure}: more than {limit} {what}")]
    TooLarge {
        /// The standard's name of the structure.
        structure: &'static str,
        /// What there is too much of: bytes, elements, images.
        what: &'static str,
        /// The limit that was passed.
        limit: usize,
    },

    /// A field of an eID group is missing.
    #[error("eID {group}: the field {field} is missing")]
    MissingField {
        /// The group.
        group: GroupNumber,
        /// The first field that is missing.
        field: FieldName,
    },

    /// An eID group holds something behind its last field.
    #[error("eID {group}: something follows the last field")]
    UnexpectedField {
        /// The group.
        group: GroupNumber,
    },

    /// A field of an eID group does not hold what it should.
    #[error("eID {group}, field {field}: {reason}")]
    Field {
        /// The group.
        group: GroupNumber,
        /// The field.
        field: FieldName,
        /// What is wrong with the value.
        reason: ValueError,
    },

    /// A line of the machine readable zone is wrong.
    #[error("MRZ line {line}, column {column}: {reason}")]
    Mrz {
        /// Line, from 1.
        line: u8,
        /// Column, from 1.
        column: u8,
        /// What is wrong there.
        reason: &'static str,
    },

    /// A value cannot be written into the machine readable zone.
    #[error("MRZ {field}: {reason}")]
    MrzField {
        /// The field, in the words of Doc 9303-5.
        field: &'static str,
        /// What is wrong with the value.
        reason: String,
    },

    /// A single value is wrong.
    #[error(transparent)]
    Value(#[from] ValueError),
}

impl Error {
    pub(crate) fn der(structure: &'static str) -> impl FnOnce(der::Error) -> Self {
        move |reason| Self::Der { structure, reason }
    }

    pub(crate) fn tlv(structure: &'static str) -> impl FnOnce(iso7816::tlv::TlvError) -> Self {
        move |reason| Self::Tlv { structure, reason }
    }

    pub(crate) const fn malformed(structure: &'static str, reason: &'static str) -> Self {
        Self::Malformed { structure, reason }
    }
}

/// Why a single value (a name, a number, a date, a picture) was refused.
///
/// Positions count characters from 1. The value itself is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// An empty value where one is required.
    #[error("must not be empty")]
    Empty,

    /// Too many characters.
    #[error("{found} characters, at most {limit} are allowed")]
    TooLong {
        /// Characters (grapheme clusters) found.
        found: usize,
        /// The limit.
        limit: usize,
    },

    /// Another number of characters or bytes than the format has.
    #[error("has {found} characters, must have {expected}")]
    Length {
        /// Characters found.
        found: usize,
        /// Characters the format has.
        expected: usize,
    },

    /// A character that this value cannot hold.
    #[error("character {position} (U+{character:04X}): {reason}")]
    Character {
        /// Position, from 1.
        position: usize,
        /// The Unicode scalar value.
        character: u32,
        /// Why it is refused.
        reason: &'static str,
    },

    /// Not valid UTF-8.
    #[error("not valid UTF-8")]
    Utf8,

    /// The check digit does not match.
    #[error("the check digit does not match")]
    CheckDigit,

    /// The calendar has no such day.
    #[error("{0}")]
    Date(&'static str),

    /// Not one of the values that the field knows.
    #[error("{0}")]
    Unknown(&'static str),

    /// Not an image this crate knows, or one whose header is broken.
    #[error("image: {0}")]
    Image(&'static str),
}
