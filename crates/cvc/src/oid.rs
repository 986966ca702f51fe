//! Object identifiers, as the bytes that certificates carry.

use core::fmt;

use crate::{Error, Field};

/// An object identifier in its DER encoding, without tag and length.
///
/// Not `const_oid`'s: a UUID is one number of 128 bits, and its numbers have 32.
///
/// ```
/// assert_eq!(cvc::oid::ID_AT.to_string(), "0.4.0.127.0.7.3.1.2.2");
/// assert_eq!(cvc::oid::ID_GROUP_UPDATE.to_string(), "2.25.159211892903705683704592282071388839458");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid {
    bytes: [u8; Self::MAX],
    len: u8,
}

impl Oid {
    /// The longest that is read, in bytes.
    pub const MAX: usize = 32;

    /// Takes the value of a DO 06.
    ///
    /// # Errors
    /// [`Error::Malformed`] or [`Error::TooLong`] with this field: empty, too long, a number that begins with zeros or
    /// does not end.
    pub fn parse(field: Field, bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > Self::MAX {
            return Err(Error::TooLong {
                field,
                limit: Self::MAX,
            });
        }
        let ends = |byte: &u8| byte & 0x80 == 0;
        let mut first = true;
        for byte in bytes {
            if first && *byte == 0x80 {
                return Err(Error::malformed(field, "a number begins with zeros"));
            }
            first = ends(byte);
        }
        if !bytes.last().is_some_and(ends) {
            return Err(Error::malformed(field, "no complete object identifier"));
        }
        let mut oid = Self {
            bytes: [0; Self::MAX],
            len: bytes.len() as u8,
        };
        for (to, from) in oid.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        Ok(oid)
    }

    /// One of the constants below: `prefix` followed by `suffix`. Too long a one does not compile.
    pub(crate) const fn constant(prefix: &[u8], suffix: &[u8]) -> Self {
        let mut bytes = [0; Self::MAX];
        let (head, rest) = bytes.split_at_mut(prefix.len());
        head.copy_from_slice(prefix);
        rest.split_at_mut(suffix.len()).0.copy_from_slice(suffix);
        Self {
            bytes,
            len: (prefix.len() + suffix.len()) as u8,
        }
    }

    /// The value of the DO 06.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.len))
            .unwrap_or(&self.bytes)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = 0u128;
        let mut first = true;
        for byte in self.as_bytes() {
            // A number of more than 128 bits has no use, and its upper ones are not shown.
            number = number << 7 | u128::from(byte & 0x7F);
            if byte & 0x80 != 0 {
                continue;
            }
            if first {
                let root = (number / 40).min(2);
                write!(f, "{root}.{}", number - 40 * root)?;
                first = false;
            } else {
                write!(f, ".{number}")?;
            }
            number = 0;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

/// `bsi-de`, 0.4.0.127.0.7.
const BSI_DE: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07];
/// `id-TA`, 0.4.0.127.0.7.2.2.2; algorithms follow.
pub(crate) const ID_TA: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02];

/// `id-IS`, inspection systems (TR-03110-4 §2.1.3.2).
pub const ID_IS: Oid = Oid::constant(BSI_DE, &[3, 1, 2, 1]);
/// `id-AT`, authentication terminals (TR-03110-4 §2.2.3.2).
pub const ID_AT: Oid = Oid::constant(BSI_DE, &[3, 1, 2, 2]);
/// `id-ST`, signature terminals.
pub const ID_ST: Oid = Oid::constant(BSI_DE, &[3, 1, 2, 3]);

/// `id-description`, the hash of the certificate description (TR-03110-4 §2.2.6).
pub const ID_DESCRIPTION: Oid = Oid::constant(BSI_DE, &[3, 1, 3, 1]);
/// `id-plainFormat`, terms of usage as plain text.
pub const ID_PLAIN_FORMAT: Oid = Oid::constant(BSI_DE, &[3, 1, 3, 1, 1]);
/// `id-htmlFormat`, terms of usage as HTML.
pub const ID_HTML_FORMAT: Oid = Oid::constant(BSI_DE, &[3, 1, 3, 1, 2]);
/// `id-pdfFormat`, terms of usage as PDF.
pub const ID_PDF_FORMAT: Oid = Oid::constant(BSI_DE, &[3, 1, 3, 1, 3]);
/// `id-sector`, the terminal sector for Restricted Identification (annex C.3.2.1).
pub const ID_SECTOR: Oid = Oid::constant(BSI_DE, &[3, 1, 3, 2]);
/// `id-eIDAccess` (TR-03110-4 table 5). Our card has neither of its functions; the bits are carried.
pub const ID_EID_ACCESS: Oid = Oid::constant(BSI_DE, &[3, 1, 2, 2, 1]);
/// `id-specialFunctions` (TR-03110-4 table 6). As above.
pub const ID_SPECIAL_FUNCTIONS: Oid = Oid::constant(BSI_DE, &[3, 1, 2, 2, 2]);

/// The right to replace groups of the eID application on a card in use, an authorization extension of this project: bit
/// n − 1 stands for group n, as in the bit maps of id-eIDAccess.
///
/// TR-03110-4 §2.2.3.2 has bits for writing groups 17 to 22 alone, which are the groups that change on a German card; on
/// this card groups 3, 6, 7, 11, 12 and 13 do. An extension leaves the meaning of the CHAT's bits alone, so that a card of
/// the other kind never takes our right for one of its own. The identifier is a random UUID under 2.25 (ITU-T X.667),
/// 77c7185f-53d6-4eb5-a2fa-c400e8d6de22: nobody had to be asked for it and nobody else has it.
pub const ID_GROUP_UPDATE: Oid = Oid::constant(
    &[0x69],
    &[
        0x81, 0xEF, 0xC7, 0x8C, 0x97, 0xEA, 0xBD, 0xB2, 0xBA, 0xEB, 0xA2, 0xFD, 0xB1, 0x80, 0x8E,
        0xC6, 0xDB, 0xBC, 0x22,
    ],
);
