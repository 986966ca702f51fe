//! The directory files of a cryptographic information application (ISO/IEC 7816-15:2016): which keys, certificates and passwords a
//! card has, and how they are named in its commands.
//!
//! What is read is what the application of the New eID says, and what any other card of the standard says in the same way: objects
//! that stand in files of their own (EF.PrKDF, EF.CDF, EF.AODF), to which EF.OD leads. Objects of another kind than a private key of
//! RSA or of an elliptic curve, an X.509 certificate or a password are passed over, and so are data behind what is known.
//!
//! ```
//! use hex_literal::hex;
//! use lds::cryptographic_information::{Directory, EfOd};
//!
//! let od = EfOd::parse(&hex!("A0 06 30 04 04 02 4402  A4 06 30 04 04 02 4404"))?;
//! assert_eq!(od.path(Directory::PrivateKeys).unwrap().0, 0x4402);
//! assert_eq!(od.path(Directory::AuthenticationObjects), None);
//! # Ok::<(), lds::Error>(())
//! ```

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use der::asn1::{AnyRef, BitStringRef, OctetStringRef, Utf8StringRef};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use iso7816::{Aid, FileId};

use crate::Error;

/// Application identifier (ISO/IEC 7816-15 §5.1): PKCS#15, as readers look for it.
pub const APPLICATION_ID: Aid = Aid::from_array([
    0xA0, 0x00, 0x00, 0x00, 0x63, 0x50, 0x4B, 0x43, 0x53, 0x2D, 0x31, 0x35,
]);

/// Most bytes of one directory file.
pub const MAX_DIRECTORY_LEN: usize = 16 * 1024;
/// Most objects in one directory file.
pub const MAX_OBJECTS: usize = 64;

const OD: &str = "EF.OD";
const PRKDF: &str = "EF.PrKDF";
const CDF: &str = "EF.CDF";
const AODF: &str = "EF.AODF";

/// The kinds of objects that have a file of their own (§8.3: CIOChoice).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Directory {
    /// EF.PrKDF: private keys.
    PrivateKeys,
    /// EF.PuKDF: public keys.
    PublicKeys,
    /// EF.CDF: the holder's certificates.
    Certificates,
    /// EF.AODF: what authenticates the holder.
    AuthenticationObjects,
}

impl Directory {
    const fn number(self) -> u8 {
        match self {
            Self::PrivateKeys => 0,
            Self::PublicKeys => 1,
            Self::Certificates => 4,
            Self::AuthenticationObjects => 8,
        }
    }
}

/// EF.OD (5031): where the other directory files are (§8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EfOd(Vec<(u8, FileId)>);

impl EfOd {
    /// File identifier.
    pub const FILE_ID: FileId = FileId(0x5031);

    /// Reads the file.
    ///
    /// # Errors
    /// Broken DER, a path that is no file identifier, too much of anything.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut paths = Vec::new();
        for object in objects(OD, bytes)? {
            let Tag::ContextSpecific { number, .. } = object.tag() else {
                return Err(Error::malformed(OD, "an entry is no CIOChoice"));
            };
            let Ok(number) = u8::try_from(number.value()) else {
                continue;
            };
            let mut reader = reader(OD, object.value())?;
            paths.push((number, path(OD, &mut reader)?));
        }
        Ok(Self(paths))
    }

    /// The file with the objects of this kind. A card may have several; this is the first.
    #[must_use]
    pub fn path(&self, directory: Directory) -> Option<FileId> {
        let mut paths = self.0.iter();
        paths
            .find(|(number, _)| *number == directory.number())
            .map(|(_, path)| *path)
    }
}

/// What a private key may be used for (§8.4.1: KeyUsageFlags).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyUsageFlags(u16);

impl KeyUsageFlags {
    /// Deciphering of data.
    pub const DECIPHER: Self = Self(1 << 1);
    /// Signatures.
    pub const SIGN: Self = Self(1 << 2);
    /// Deciphering of keys.
    pub const KEY_DECIPHER: Self = Self(1 << 5);
    /// Signatures by which the holder commits himself.
    pub const NON_REPUDIATION: Self = Self(1 << 9);

    /// Whether all of `other` are among these.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A private key, as EF.PrKDF describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateKeyObject {
    /// For people.
    pub label: Option<String>,
    /// What the key has in common with its certificate.
    pub id: Vec<u8>,
    /// What it may be used for.
    pub usage: KeyUsageFlags,
    /// How commands name it (DO 84 of MANAGE SECURITY ENVIRONMENT).
    pub reference: Option<u8>,
    /// What kind of key it is.
    pub algorithm: KeyAlgorithm,
    /// Which authentication object stands before it.
    pub auth_id: Option<Vec<u8>>,
    /// How many uses one authentication is good for; without a limit if it is not said.
    pub user_consent: Option<u8>,
}

/// The kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// RSA, with the bits of its modulus.
    Rsa {
        /// Bits of the modulus.
        modulus_length: u32,
    },
    /// An elliptic curve; which one is said by the certificate.
    EllipticCurve,
}

/// An X.509 certificate, as EF.CDF describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateObject {
    /// For people.
    pub label: Option<String>,
    /// What the certificate has in common with its key.
    pub id: Vec<u8>,
    /// Where it is.
    pub path: FileId,
}

/// A password, as EF.AODF describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordObject {
    /// For people.
    pub label: Option<String>,
    /// What keys name that it stands before.
    pub auth_id: Option<Vec<u8>>,
    /// How commands name it (P2 of VERIFY).
    pub reference: u8,
    /// Fewest characters.
    pub min_length: u16,
    /// Most characters, where there is a limit.
    pub max_length: Option<u16>,
}

/// Reads EF.PrKDF (§8.4).
///
/// # Errors
/// Broken DER, or a description that lacks what the standard demands.
pub fn private_keys(bytes: &[u8]) -> Result<Vec<PrivateKeyObject>, Error> {
    let mut keys = Vec::new();
    for object in objects(PRKDF, bytes)? {
        let is_rsa = object.tag() == Tag::Sequence;
        let is_elliptic = is_tagged(object, TagNumber(0));
        if !is_rsa && !is_elliptic {
            continue;
        }
        let mut parts = Parts::of(PRKDF, object)?;
        let mut class = parts.class()?;
        let id = octets(PRKDF, &mut class)?;
        let usage = KeyUsageFlags(flags(PRKDF, &mut class)?);
        let mut reference = None;
        while let Some(value) = next(PRKDF, &mut class)? {
            // native and accessFlags come before it, and what has a tag of its own behind.
            if value.tag() == Tag::Integer {
                reference = Some(small(PRKDF, value)?);
            }
        }
        let mut attributes = parts.attributes()?;
        let algorithm = if is_rsa {
            let _value = sequence(PRKDF, &mut attributes)?;
            KeyAlgorithm::Rsa {
                modulus_length: number(PRKDF, &mut attributes)?,
            }
        } else {
            KeyAlgorithm::EllipticCurve
        };
        keys.push(PrivateKeyObject {
            label: parts.label,
            id,
            usage,
            reference,
            algorithm,
            auth_id: parts.auth_id,
            user_consent: parts.user_consent,
        });
    }
    Ok(keys)
}

/// Reads EF.CDF (§8.7).
///
/// # Errors
/// Broken DER, or a description that lacks what the standard demands.
pub fn certificates(bytes: &[u8]) -> Result<Vec<CertificateObject>, Error> {
    let mut certificates = Vec::new();
    for object in objects(CDF, bytes)? {
        if object.tag() != Tag::Sequence {
            continue;
        }
        let mut parts = Parts::of(CDF, object)?;
        let id = octets(CDF, &mut parts.class()?)?;
        let mut attributes = parts.attributes()?;
        certificates.push(CertificateObject {
            label: parts.label,
            id,
            path: path(CDF, &mut attributes)?,
        });
    }
    Ok(certificates)
}

/// Reads EF.AODF (§8.9).
///
/// # Errors
/// Broken DER, or a description that lacks what the standard demands.
pub fn passwords(bytes: &[u8]) -> Result<Vec<PasswordObject>, Error> {
    let mut passwords = Vec::new();
    for object in objects(AODF, bytes)? {
        if object.tag() != Tag::Sequence {
            continue;
        }
        let mut parts = Parts::of(AODF, object)?;
        let auth_id = match next(AODF, &mut parts.class()?)? {
            Some(value) if value.tag() == Tag::OctetString => Some(value.value().to_owned()),
            _ => None,
        };
        let mut attributes = parts.attributes()?;
        let _flags = flags(AODF, &mut attributes)?;
        let _kind = next(AODF, &mut attributes)?;
        let min_length = number(AODF, &mut attributes)?;
        let _stored_length: u16 = number(AODF, &mut attributes)?;
        let (mut max_length, mut reference) = (None, 0);
        while let Some(value) = next(AODF, &mut attributes)? {
            match value.tag() {
                Tag::Integer => max_length = Some(small(AODF, value)?),
                Tag::ContextSpecific {
                    number: TagNumber(0),
                    ..
                } => {
                    reference = match value.value() {
                        [reference] | [0, reference] => *reference,
                        _ => {
                            return Err(Error::malformed(
                                AODF,
                                "a pwdReference of more than a byte",
                            ));
                        }
                    };
                }
                _ => {}
            }
        }
        passwords.push(PasswordObject {
            label: parts.label,
            auth_id,
            reference,
            min_length,
            max_length,
        });
    }
    Ok(passwords)
}

/// What all objects have in common (§8.2: CIO), and the rest of one.
struct Parts<'a> {
    structure: &'static str,
    label: Option<String>,
    auth_id: Option<Vec<u8>>,
    user_consent: Option<u8>,
    rest: SliceReader<'a>,
}

impl<'a> Parts<'a> {
    fn of(structure: &'static str, object: AnyRef<'a>) -> Result<Self, Error> {
        let mut rest = reader(structure, object.value())?;
        let mut common = sequence(structure, &mut rest)?;
        let mut parts = Self {
            structure,
            label: None,
            auth_id: None,
            user_consent: None,
            rest,
        };
        while let Some(value) = next(structure, &mut common)? {
            match value.tag() {
                Tag::Utf8String => {
                    let text: Utf8StringRef<'_> =
                        value.decode_as().map_err(Error::der(structure))?;
                    parts.label = Some(text.as_str().to_owned());
                }
                Tag::OctetString => parts.auth_id = Some(value.value().to_owned()),
                Tag::Integer => parts.user_consent = Some(small(structure, value)?),
                _ => {}
            }
        }
        Ok(parts)
    }

    /// The attributes of the class.
    fn class(&mut self) -> Result<SliceReader<'a>, Error> {
        sequence(self.structure, &mut self.rest)
    }

    /// The attributes of the type, `[1]`; those of the subclass, `[0]`, come before.
    fn attributes(&mut self) -> Result<SliceReader<'a>, Error> {
        while let Some(value) = next(self.structure, &mut self.rest)? {
            if is_tagged(value, TagNumber(1)) {
                let mut inner = reader(self.structure, value.value())?;
                return sequence(self.structure, &mut inner);
            }
        }
        Err(Error::malformed(
            self.structure,
            "an object without typeAttributes",
        ))
    }
}

/// The objects of a file, one behind the other. A byte 00 or FF where one would begin is the unused tail.
fn objects<'a>(structure: &'static str, bytes: &'a [u8]) -> Result<Vec<AnyRef<'a>>, Error> {
    if bytes.len() > MAX_DIRECTORY_LEN {
        return Err(Error::TooLarge {
            structure,
            what: "bytes",
            limit: MAX_DIRECTORY_LEN,
        });
    }
    let mut reader = reader(structure, bytes)?;
    let mut objects = Vec::new();
    while !matches!(reader.peek_byte(), None | Some(0x00 | 0xFF)) {
        if objects.len() == MAX_OBJECTS {
            return Err(Error::TooLarge {
                structure,
                what: "objects",
                limit: MAX_OBJECTS,
            });
        }
        objects.push(AnyRef::decode(&mut reader).map_err(Error::der(structure))?);
    }
    Ok(objects)
}

fn is_tagged(value: AnyRef<'_>, wanted: TagNumber) -> bool {
    matches!(value.tag(), Tag::ContextSpecific { number, .. } if number == wanted)
}

fn reader<'a>(structure: &'static str, bytes: &'a [u8]) -> Result<SliceReader<'a>, Error> {
    SliceReader::new(bytes).map_err(Error::der(structure))
}

fn next<'a>(
    structure: &'static str,
    reader: &mut SliceReader<'a>,
) -> Result<Option<AnyRef<'a>>, Error> {
    if reader.is_finished() {
        return Ok(None);
    }
    AnyRef::decode(reader)
        .map(Some)
        .map_err(Error::der(structure))
}

fn sequence<'a>(
    structure: &'static str,
    reader: &mut SliceReader<'a>,
) -> Result<SliceReader<'a>, Error> {
    let value = AnyRef::decode(reader).map_err(Error::der(structure))?;
    let inner = value
        .tag()
        .assert_eq(Tag::Sequence)
        .and_then(|_| SliceReader::new(value.value()));
    inner.map_err(Error::der(structure))
}

fn octets(structure: &'static str, reader: &mut SliceReader<'_>) -> Result<Vec<u8>, Error> {
    let value = <&OctetStringRef>::decode(reader).map_err(Error::der(structure))?;
    Ok(value.as_bytes().to_owned())
}

fn number<T>(structure: &'static str, reader: &mut SliceReader<'_>) -> Result<T, Error>
where
    T: for<'a> Decode<'a, Error = der::Error>,
{
    T::decode(reader).map_err(Error::der(structure))
}

/// A number whose size is that of what takes it.
fn small<T>(structure: &'static str, value: AnyRef<'_>) -> Result<T, Error>
where
    T: for<'a> der::DecodeValue<'a, Error = der::Error> + der::FixedTag,
{
    value.decode_as().map_err(Error::der(structure))
}

/// Named bits; the first of them is the lowest here.
fn flags(structure: &'static str, reader: &mut SliceReader<'_>) -> Result<u16, Error> {
    let bits = BitStringRef::decode(reader).map_err(Error::der(structure))?;
    let named = bits.bits().take(16).enumerate();
    Ok(named
        .filter(|(_, set)| *set)
        .fold(0, |flags, (index, _)| flags | 1 << index))
}

/// `Path`: the identifier of a file, alone or as the last of a path.
fn path(structure: &'static str, reader: &mut SliceReader<'_>) -> Result<FileId, Error> {
    let mut path = sequence(structure, reader)?;
    let steps = octets(structure, &mut path)?;
    match steps.as_slice() {
        [.., high, low] => Ok(FileId(u16::from_be_bytes([*high, *low]))),
        _ => Err(Error::malformed(
            structure,
            "a path that is no file identifier",
        )),
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;
    use iso7816::tlv;
    use proptest::prelude::*;

    use super::*;

    /// A data object around others.
    fn object(tag: u32, parts: &[&[u8]]) -> Vec<u8> {
        tlv::encode(tlv::Tag(tag), &parts.concat())
    }

    const COMMON: [u8; 12] = hex!("0C 04 7369676E  04 01 01  02 01 01");
    const PATH: [u8; 8] = hex!("30 06 04 04 3F00 4331");

    /// A key, RSA or not, with what may stand before and behind what is read.
    fn key(rsa: bool) -> Vec<u8> {
        let class = hex!("04 01 45  03 03 06 2040  01 01 FF  03 02 03 B8  02 02 0081  A1 00");
        let subclass = object(0xA0, &[&object(0x30, &[])]);
        let length: &[u8] = if rsa { &hex!("02 02 0800") } else { &[] };
        let attributes = object(0xA1, &[&object(0x30, &[&PATH, length])]);
        let tag = if rsa { 0x30 } else { 0xA0 };
        object(
            tag,
            &[
                &object(0x30, &[&COMMON]),
                &object(0x30, &[&class]),
                &subclass,
                &attributes,
            ],
        )
    }

    fn certificate() -> Vec<u8> {
        object(
            0x30,
            &[
                &object(0x30, &[&COMMON]),
                &hex!("30 03 04 01 45"),
                &object(0xA1, &[&object(0x30, &[&PATH])]),
            ],
        )
    }

    fn password() -> Vec<u8> {
        // pwdFlags, pwdType, minLength 8, storedLength 12, maxLength 12, pwdReference 81, padChar.
        let attributes =
            hex!("03 02 04 10  0A 01 01  02 01 08  02 01 0C  02 01 0C  80 02 0081  04 01 00");
        object(
            0x30,
            &[
                &object(0x30, &[&COMMON]),
                &hex!("30 03 04 01 01"),
                &object(0xA1, &[&object(0x30, &[&attributes])]),
            ],
        )
    }

    #[test]
    fn keys_are_read_with_how_commands_name_them() {
        let unknown = hex!("A7 02 05 00");
        let file = [&key(true)[..], &unknown, &key(false), &[0; 4]].concat();
        let keys = private_keys(&file).unwrap();
        assert_eq!(keys.len(), 2);
        let rsa = &keys[0];
        assert_eq!(rsa.label.as_deref(), Some("sign"));
        assert_eq!(rsa.id, [0x45]);
        assert_eq!((rsa.reference, rsa.user_consent), (Some(0x81), Some(1)));
        assert_eq!(rsa.auth_id.as_deref(), Some(&[1][..]));
        assert_eq!(
            rsa.algorithm,
            KeyAlgorithm::Rsa {
                modulus_length: 2048
            }
        );
        for (flags, set) in [
            (KeyUsageFlags::SIGN, true),
            (KeyUsageFlags::NON_REPUDIATION, true),
            (KeyUsageFlags::DECIPHER, false),
            (KeyUsageFlags::KEY_DECIPHER, false),
        ] {
            assert_eq!(rsa.usage.contains(flags), set, "{flags:?}");
        }
        assert_eq!(keys[1].algorithm, KeyAlgorithm::EllipticCurve);
        assert_eq!(keys[1].reference, Some(0x81));
    }

    #[test]
    fn certificates_and_passwords_are_read() {
        let found = certificates(&certificate()).unwrap();
        assert_eq!((found.len(), found[0].path), (1, FileId(0x4331)));
        assert_eq!(found[0].id, [0x45]);

        let found = passwords(&password()).unwrap();
        assert_eq!(found.len(), 1);
        let password = &found[0];
        assert_eq!(password.reference, 0x81);
        assert_eq!((password.min_length, password.max_length), (8, Some(12)));
        assert_eq!(password.auth_id.as_deref(), Some(&[1][..]));
    }

    #[test]
    fn what_is_broken_or_too_much_is_refused() {
        let whole = key(true);
        for length in 1..whole.len() {
            assert!(private_keys(&whole[..length]).is_err(), "{length}");
        }
        let many = certificate().repeat(MAX_OBJECTS + 1);
        assert!(matches!(
            certificates(&many),
            Err(Error::TooLarge {
                what: "objects",
                ..
            })
        ));
        let long = [0; MAX_DIRECTORY_LEN + 1];
        assert!(matches!(
            passwords(&long),
            Err(Error::TooLarge { what: "bytes", .. })
        ));
        assert!(
            EfOd::parse(&hex!("A0 05 30 03 04 01 02")).is_err(),
            "a path of one byte"
        );
        assert!(
            EfOd::parse(&hex!("30 06 30 04 04 02 4402")).is_err(),
            "no CIOChoice"
        );
    }

    proptest! {
        #[test]
        fn no_input_is_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = EfOd::parse(&bytes);
            let _ = private_keys(&bytes);
            let _ = certificates(&bytes);
            let _ = passwords(&bytes);
        }

        #[test]
        fn no_changed_byte_is_a_panic(at in 0_usize..400, byte: u8) {
            let mut file = [key(true), certificate(), password()].concat();
            let at = at % file.len();
            file[at] = byte;
            let _ = private_keys(&file);
            let _ = certificates(&file);
            let _ = passwords(&file);
        }
    }
}
