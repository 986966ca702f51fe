//! What can be wrong with an APDU, and where.

use core::fmt;

/// A field of a command or response APDU (ISO/IEC 7816-4:2020, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApduField {
    /// CLA, INS, P1 and P2.
    Header,
    /// Lc, the number of command data bytes.
    Lc,
    /// The command or response data.
    Data,
    /// Le, the number of response bytes expected.
    Le,
    /// SW1 and SW2.
    StatusWord,
}

impl fmt::Display for ApduField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Lc => "Lc field",
            Self::Data => "data field",
            Self::Le => "Le field",
            Self::StatusWord => "status word",
        })
    }
}

/// Why a byte string is no APDU, or why an APDU cannot be built. Offsets are
/// in bytes from the beginning of the APDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApduError {
    /// The input ends inside a field.
    #[error("{field} at offset {offset} needs {needed} bytes, only {available} are there")]
    Truncated {
        /// The field that is incomplete.
        field: ApduField,
        /// Where the field begins.
        offset: usize,
        /// The bytes that the field should have.
        needed: usize,
        /// The bytes that it has.
        available: usize,
    },
    /// The lengths are consistent, but bytes follow the last field.
    #[error("{extra} bytes too many at offset {offset}, after the {after}")]
    Trailing {
        /// The last field that was understood.
        after: ApduField,
        /// Where the surplus begins.
        offset: usize,
        /// How many bytes are left over.
        extra: usize,
    },
    /// Lc is present and zero. A command without data has no Lc field.
    #[error("Lc field at offset {offset} is zero; a command without data has none")]
    ZeroLc {
        /// Where the Lc field begins.
        offset: usize,
    },
    /// The data cannot be expressed by the length fields.
    #[error("{length} data bytes are more than the {maximum} an APDU can carry")]
    DataTooLong {
        /// The bytes that were given.
        length: usize,
        /// The most that is possible.
        maximum: usize,
    },
}
