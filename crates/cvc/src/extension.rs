//! Certificate extensions.

use alloc::vec::Vec;
use core::fmt;

use iso7816::tlv::{Tag, TlvReader, encode, push};

use crate::object::{
    DATA_TEMPLATE, DISCRETIONARY_DATA, EXTENSIONS, OBJECT_IDENTIFIER, finish, next, only, optional,
};
use crate::oid::{ID_DESCRIPTION, ID_SECTOR, Oid};
use crate::{Error, Field};

const FIRST_HASH: Tag = Tag::context(0);
const SECOND_HASH: Tag = Tag::context(1);

/// DO 65 (TR-03110-3 C.3). None is critical, and what is unknown is kept as it stands. One identifier is there at most
/// once: two answers to one question are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions(Vec<Extension>);

/// DO 73.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extension {
    /// C.3.1: authorizations beyond those of the CHAT; any identifier with a DO 53 and nothing else.
    Authorization(Oid, AuthorizationBits),
    /// TR-03110-4 §2.2.6: the hash of the certificate description.
    Description(ExtensionHash),
    /// C.3.2.1: the hashes of the sector public keys for Restricted Identification, one of them at least.
    TerminalSector {
        /// DO 80.
        first: Option<ExtensionHash>,
        /// DO 81.
        second: Option<ExtensionHash>,
    },
    /// Anything else.
    Unknown(UnknownExtension),
}

/// An extension that is only carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownExtension {
    oid: Oid,
    objects: Vec<u8>,
}

/// A hash of 20 to 64 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtensionHash(Vec<u8>);

impl ExtensionHash {
    /// A hash by the algorithm that signs the certificate.
    ///
    /// # Errors
    /// [`Error::Malformed`] unless it has 20 to 64 bytes.
    pub fn new(field: Field, hash: &[u8]) -> Result<Self, Error> {
        if !(20..=64).contains(&hash.len()) {
            return Err(Error::malformed(field, "a hash has 20 to 64 bytes"));
        }
        Ok(Self(hash.to_vec()))
    }

    /// The hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ExtensionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExtensionHash(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// A bit map that may grow to the left (C.3.1): bits that are not there are zero.
///
/// ```
/// use cvc::AuthorizationBits;
///
/// let granted: AuthorizationBits = [0, 2, 11].into_iter().collect();
/// assert_eq!(granted.as_bytes(), [0x08, 0x05]);
/// let both = granted.intersection(&[2, 3].into_iter().collect());
/// assert!(both.is_set(2) && !both.is_set(0) && !both.is_set(3) && !both.is_set(11));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationBits(Vec<u8>);

impl AuthorizationBits {
    /// The longest that is read, in bytes.
    pub const MAX: usize = 64;

    /// Takes the value of a DO 53.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is empty, [`Error::TooLong`].
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        let field = Field::AuthorizationBits;
        match value.len() {
            0 => Err(Error::malformed(field, "there are no bits")),
            1..=Self::MAX => Ok(Self(value.to_vec())),
            _ => Err(Error::TooLong {
                field,
                limit: Self::MAX,
            }),
        }
    }

    /// The value of the DO 53, bit 0 the lowest of the last byte.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether this bit is set.
    #[must_use]
    pub fn is_set(&self, bit: u32) -> bool {
        let byte = self.0.iter().rev().nth((bit / 8) as usize);
        byte.is_some_and(|byte| byte >> (bit % 8) & 1 == 1)
    }

    /// The bits that are set in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let pairs = self.0.iter().rev().zip(other.0.iter().rev());
        let mut bytes: Vec<u8> = pairs.map(|(a, b)| a & b).collect();
        bytes.reverse();
        Self(bytes)
    }

    /// Whether every bit of this one is set in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let missing = core::iter::repeat(&0);
        let others = other.0.iter().rev().chain(missing);
        self.0.iter().rev().zip(others).all(|(a, b)| a & !b == 0)
    }

    /// The numbers of the bits that are set, the lowest first.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        (0..8 * self.0.len() as u32).filter(|bit| self.is_set(*bit))
    }
}

impl FromIterator<u32> for AuthorizationBits {
    /// The shortest map with these bits; those that lie beyond [`AuthorizationBits::MAX`] bytes are left out.
    fn from_iter<I: IntoIterator<Item = u32>>(bits: I) -> Self {
        let mut bytes = alloc::vec![0u8];
        for bit in bits {
            let index = (bit / 8) as usize;
            if index >= Self::MAX {
                continue;
            }
            if bytes.len() <= index {
                bytes.resize(index + 1, 0);
            }
            if let Some(byte) = bytes.get_mut(index) {
                *byte |= 1 << (bit % 8);
            }
        }
        bytes.reverse();
        Self(bytes)
    }
}

impl fmt::Debug for AuthorizationBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorizationBits(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))?;
        f.write_str(")")
    }
}

impl Extension {
    /// The object identifier.
    #[must_use]
    pub const fn oid(&self) -> Oid {
        match self {
            Self::Authorization(oid, _) => *oid,
            Self::Description(_) => ID_DESCRIPTION,
            Self::TerminalSector { .. } => ID_SECTOR,
            Self::Unknown(unknown) => unknown.oid,
        }
    }

    fn read(mut reader: TlvReader<'_>) -> Result<Self, Error> {
        let oid = next(&mut reader, OBJECT_IDENTIFIER, Field::ExtensionIdentifier)?;
        let oid = Oid::parse(Field::ExtensionIdentifier, oid.value)?;
        let hash = |reader: &mut TlvReader<'_>, tag, field| {
            let object = optional(reader, tag, field)?;
            object
                .map(|object| ExtensionHash::new(field, object.value))
                .transpose()
        };
        match oid {
            ID_DESCRIPTION => {
                let field = Field::DescriptionHash;
                let object = next(&mut reader, FIRST_HASH, field)?;
                finish(reader, field)?;
                ExtensionHash::new(field, object.value).map(Self::Description)
            }
            ID_SECTOR => {
                let field = Field::TerminalSector;
                let first = hash(&mut reader, FIRST_HASH, field)?;
                let second = hash(&mut reader, SECOND_HASH, field)?;
                finish(reader, field)?;
                if first.is_none() && second.is_none() {
                    return Err(Error::malformed(field, "there is no hash"));
                }
                Ok(Self::TerminalSector { first, second })
            }
            _ => {
                let objects = reader.remaining();
                if let Some(bits) = optional(&mut reader, DISCRETIONARY_DATA, Field::Extension)?
                    && reader.is_empty()
                {
                    return Ok(Self::Authorization(
                        oid,
                        AuthorizationBits::parse(bits.value)?,
                    ));
                }
                while reader
                    .read()
                    .map_err(Error::tlv(Field::Extension))?
                    .is_some()
                {}
                Ok(Self::Unknown(UnknownExtension {
                    oid,
                    objects: objects.to_vec(),
                }))
            }
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut value = encode(OBJECT_IDENTIFIER, self.oid().as_bytes());
        match self {
            Self::Authorization(_, bits) => push(&mut value, DISCRETIONARY_DATA, bits.as_bytes()),
            Self::Description(hash) => push(&mut value, FIRST_HASH, hash.as_bytes()),
            Self::TerminalSector { first, second } => {
                for (tag, hash) in [(FIRST_HASH, first), (SECOND_HASH, second)] {
                    if let Some(hash) = hash {
                        push(&mut value, tag, hash.as_bytes());
                    }
                }
            }
            Self::Unknown(unknown) => value.extend_from_slice(&unknown.objects),
        }
        push(out, DATA_TEMPLATE, &value);
    }
}

impl Extensions {
    /// The most extensions that are read.
    pub const MAX_COUNT: usize = 16;
    /// The longest DO 65 that is read, in bytes.
    pub const MAX: usize = 1024;

    /// These extensions, in this order.
    ///
    /// # Errors
    /// [`Error::Malformed`] if an identifier is there twice, [`Error::TooLong`].
    pub fn new(extensions: impl IntoIterator<Item = Extension>) -> Result<Self, Error> {
        let mut all = Self::default();
        for extension in extensions {
            all.add(extension)?;
        }
        if all.to_value().len() > Self::MAX {
            return Err(Error::TooLong {
                field: Field::CertificateExtensions,
                limit: Self::MAX,
            });
        }
        Ok(all)
    }

    fn add(&mut self, extension: Extension) -> Result<(), Error> {
        let field = Field::ExtensionIdentifier;
        if self.get(&extension.oid()).is_some() {
            return Err(Error::malformed(field, "it is there twice"));
        }
        if self.0.len() == Self::MAX_COUNT {
            return Err(Error::TooLong {
                field: Field::CertificateExtensions,
                limit: Self::MAX_COUNT,
            });
        }
        self.0.push(extension);
        Ok(())
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Extension> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The extension with this identifier.
    #[must_use]
    pub fn get(&self, oid: &Oid) -> Option<&Extension> {
        self.0.iter().find(|extension| extension.oid() == *oid)
    }

    /// The authorization extensions.
    pub fn authorizations(&self) -> impl Iterator<Item = (Oid, &AuthorizationBits)> {
        self.0.iter().filter_map(|extension| match extension {
            Extension::Authorization(oid, bits) => Some((*oid, bits)),
            _ => None,
        })
    }

    /// The hash of the certificate description.
    #[must_use]
    pub fn description(&self) -> Option<&ExtensionHash> {
        self.0.iter().find_map(|extension| match extension {
            Extension::Description(hash) => Some(hash),
            _ => None,
        })
    }

    /// The hashes of the first and the second sector public key.
    #[must_use]
    pub fn terminal_sector(&self) -> [Option<&ExtensionHash>; 2] {
        let sectors = self.0.iter().find_map(|extension| match extension {
            Extension::TerminalSector { first, second } => Some([first.as_ref(), second.as_ref()]),
            _ => None,
        });
        sectors.unwrap_or_default()
    }

    /// Reads a DO 65.
    ///
    /// # Errors
    /// [`Error::Tlv`], [`Error::Malformed`] or [`Error::TooLong`]; never because an extension is unknown.
    pub fn parse(object: &[u8]) -> Result<Self, Error> {
        let field = Field::CertificateExtensions;
        Self::read(only(object, EXTENSIONS, field, Self::MAX + 4)?)
    }

    /// Reads the value of a DO 65.
    ///
    /// # Errors
    /// As [`Extensions::parse`].
    pub fn parse_value(value: &[u8]) -> Result<Self, Error> {
        Self::read(TlvReader::new(value).strict())
    }

    pub(crate) fn read(mut reader: TlvReader<'_>) -> Result<Self, Error> {
        if reader.remaining().len() > Self::MAX {
            return Err(Error::TooLong {
                field: Field::CertificateExtensions,
                limit: Self::MAX,
            });
        }
        let mut all = Self::default();
        while !reader.is_empty() {
            let template = next(&mut reader, DATA_TEMPLATE, Field::Extension)?;
            all.add(Extension::read(template.children())?)?;
        }
        if all.is_empty() {
            return Err(Error::malformed(
                Field::CertificateExtensions,
                "it is there and empty",
            ));
        }
        Ok(all)
    }

    /// The value of the DO 65.
    #[must_use]
    pub fn to_value(&self) -> Vec<u8> {
        let mut value = Vec::new();
        self.0
            .iter()
            .for_each(|extension| extension.write(&mut value));
        value
    }

    /// Appends the DO 65, or nothing if there are no extensions.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if !self.is_empty() {
            push(out, EXTENSIONS, &self.to_value());
        }
    }
}
