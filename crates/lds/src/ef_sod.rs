//! EF.SOD (011D): the signed hashes of an application's data groups. ICAO Doc 9303-10 8th edition section 4.6.2.

use const_oid::ObjectIdentifier;
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged, asn1::AnyRef};

use crate::{Error, LdsSecurityObject, oid};

const STRUCTURE: &str = "EF.SOD";

/// The version of a SignedData whose content is not plain data (RFC 5652 section 5.1).
const SIGNED_DATA_VERSION: u8 = 3;

const FILE: Tag = Tag::Application {
    constructed: true,
    number: TagNumber(23),
};

/// `[number]`, constructed.
const fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// What EF.SOD says, believed by nobody: the signature around it is neither read nor verified here. To know whether it is
/// true is the business of the `pki` crate. This is for the one who has no anchors and asks another question: a chip, whether
/// the hashes that it is about to store are those of its files.
///
/// ```text
/// EF.SOD ::= [APPLICATION 23] ContentInfo        -- 77, exactly, nothing behind it
/// ContentInfo { id-signedData, [0] SignedData { version 3, digestAlgorithms,
///     { id-icao-mrtd-security-ldsSecurityObject, [0] OCTET STRING { LDSSecurityObject } },
///     certificates [0] OPTIONAL, crls [1] OPTIONAL, signerInfos } }
/// ```
///
/// DER only. Algorithms, certificates, lists and signatures are passed over as they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EfSod {
    security_object: LdsSecurityObject,
}

impl EfSod {
    /// The longest file that is read, in bytes.
    pub const MAX_LEN: usize = 0x1_0000;

    /// Reads the file, tag 77 included.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Der`] for broken DER and for elements that are missing or superfluous,
    /// [`Error::Malformed`] for another type or version, and whatever [`LdsSecurityObject::parse`] refuses.
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        if file.len() > Self::MAX_LEN {
            return Err(Error::TooLarge {
                structure: STRUCTURE,
                what: "bytes",
                limit: Self::MAX_LEN,
            });
        }
        let content_info = only(only(file, FILE)?, Tag::Sequence)?;
        let mut content_info = reader(content_info)?;
        typed(&mut content_info, oid::ID_SIGNED_DATA)?;
        let signed_data = last(content_info, context(0))?;

        let mut signed_data = reader(only(signed_data, Tag::Sequence)?)?;
        let version = u8::decode(&mut signed_data).map_err(Error::der(STRUCTURE))?;
        if version != SIGNED_DATA_VERSION {
            return Err(Error::malformed(STRUCTURE, "another version of SignedData"));
        }
        element(&mut signed_data, Tag::Set)?;
        let mut content = reader(element(&mut signed_data, Tag::Sequence)?)?;
        for optional in [context(0), context(1)] {
            if Tag::peek(&signed_data).is_ok_and(|tag| tag == optional) {
                element(&mut signed_data, optional)?;
            }
        }
        last(signed_data, Tag::Set)?;

        typed(&mut content, oid::ID_ICAO_MRTD_SECURITY_LDS_SECURITY_OBJECT)?;
        let content = only(last(content, context(0))?, Tag::OctetString)?;
        let security_object = LdsSecurityObject::parse(content)?;
        Ok(Self { security_object })
    }

    /// The hashes. Whoever signed them may be anybody.
    pub fn unverified_security_object(&self) -> &LdsSecurityObject {
        &self.security_object
    }
}

fn reader(value: &[u8]) -> Result<SliceReader<'_>, Error> {
    SliceReader::new(value).map_err(Error::der(STRUCTURE))
}

/// The value of the next element, which has this tag.
fn element<'a>(reader: &mut SliceReader<'a>, tag: Tag) -> Result<&'a [u8], Error> {
    let any = AnyRef::decode(reader).map_err(Error::der(STRUCTURE))?;
    any.tag().assert_eq(tag).map_err(Error::der(STRUCTURE))?;
    Ok(any.value())
}

/// The same, with nothing behind it.
fn last<'a>(mut reader: SliceReader<'a>, tag: Tag) -> Result<&'a [u8], Error> {
    let value = element(&mut reader, tag)?;
    reader.finish().map_err(Error::der(STRUCTURE))?;
    Ok(value)
}

/// The value of the one element that these bytes are.
fn only(bytes: &[u8], tag: Tag) -> Result<&[u8], Error> {
    last(reader(bytes)?, tag)
}

/// An object identifier, which is this one.
fn typed(reader: &mut SliceReader<'_>, expected: ObjectIdentifier) -> Result<(), Error> {
    let found = ObjectIdentifier::decode(reader).map_err(Error::der(STRUCTURE))?;
    if found == expected {
        Ok(())
    } else {
        Err(Error::malformed(STRUCTURE, "content of another type"))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use hex_literal::hex;
    use iso7816::tlv::{self, Tag};

    use super::*;
    use crate::DigestAlgorithm;

    /// id-signedData and id-icao-mrtd-security-ldsSecurityObject.
    const SIGNED_DATA: &[u8] = &hex!("06092A864886F70D010702");
    const SECURITY_OBJECT: &[u8] = &hex!("060667810801 0101");

    fn wrapped(tag: u32, parts: &[&[u8]]) -> Vec<u8> {
        tlv::encode(Tag(tag), &parts.concat())
    }

    fn hashes() -> LdsSecurityObject {
        LdsSecurityObject::new(DigestAlgorithm::Sha256, [(11, vec![0xAA; 32])]).unwrap()
    }

    /// The elements of a file, each to be replaced.
    struct Parts {
        version: Vec<u8>,
        content: Vec<u8>,
        certificates: Vec<u8>,
        lists: Vec<u8>,
        signers: Vec<u8>,
    }

    impl Parts {
        fn new() -> Self {
            let octets = wrapped(0x04, &[&hashes().to_der().unwrap()]);
            Self {
                version: hex!("020103").to_vec(),
                content: wrapped(0x30, &[SECURITY_OBJECT, &wrapped(0xA0, &[&octets])]),
                certificates: hex!("A0023000").to_vec(),
                lists: vec![],
                signers: hex!("31023000").to_vec(),
            }
        }

        fn file(&self) -> Vec<u8> {
            let algorithms = hex!("3100");
            let signed_data = wrapped(
                0x30,
                &[
                    &self.version,
                    &algorithms,
                    &self.content,
                    &self.certificates,
                    &self.lists,
                    &self.signers,
                ],
            );
            let info = wrapped(0x30, &[SIGNED_DATA, &wrapped(0xA0, &[&signed_data])]);
            wrapped(0x77, &[&info])
        }
    }

    #[test]
    fn the_hashes_are_found_whoever_signed_them() {
        let mut parts = Parts::new();
        let found = EfSod::parse(&parts.file()).unwrap();
        assert_eq!(found.unverified_security_object(), &hashes());
        parts.lists = hex!("A1023000").to_vec();
        assert!(EfSod::parse(&parts.file()).is_ok(), "with lists");
        parts.certificates = vec![];
        assert!(EfSod::parse(&parts.file()).is_ok(), "without certificates");
    }

    #[test]
    fn what_is_missing_superfluous_or_something_else_is_refused() {
        let good = Parts::new().file();
        let refuse = |what: &str, change: &dyn Fn(&mut Parts)| {
            let mut parts = Parts::new();
            change(&mut parts);
            assert!(EfSod::parse(&parts.file()).is_err(), "{what}");
        };
        refuse("version 1", &|parts| {
            parts.version = hex!("020101").to_vec();
        });
        refuse("no signers", &|parts| parts.signers.clear());
        refuse("two sets of signers", &|parts| {
            parts.signers = parts.signers.repeat(2);
        });
        refuse("certificates twice", &|parts| {
            parts.certificates = parts.certificates.repeat(2);
        });
        refuse("lists before certificates", &|parts| {
            parts.lists = parts.certificates.clone();
            parts.certificates = hex!("A1023000").to_vec();
        });
        refuse("detached content", &|parts| {
            parts.content = wrapped(0x30, &[SECURITY_OBJECT]);
        });
        refuse("content of another type", &|parts| {
            let octets = wrapped(0x04, &[&hashes().to_der().unwrap()]);
            parts.content = wrapped(0x30, &[SIGNED_DATA, &wrapped(0xA0, &[&octets])]);
        });
        refuse("octets in pieces", &|parts| {
            let octets = wrapped(0x24, &[&wrapped(0x04, &[&hashes().to_der().unwrap()])]);
            parts.content = wrapped(0x30, &[SECURITY_OBJECT, &wrapped(0xA0, &[&octets])]);
        });
        refuse("something behind the hashes", &|parts| {
            let mut object = hashes().to_der().unwrap();
            object.extend([0x05, 0x00]);
            let octets = wrapped(0x04, &[&object]);
            parts.content = wrapped(0x30, &[SECURITY_OBJECT, &wrapped(0xA0, &[&octets])]);
        });
        assert!(EfSod::parse(&good[1..]).is_err(), "without its tag");
        assert!(EfSod::parse(&[&good[..], &[0x00]].concat()).is_err());
        for end in 0..good.len() {
            assert!(EfSod::parse(&good[..end]).is_err(), "cut at {end}");
        }
        let mut another_tag = good.clone();
        another_tag[0] = 0x6B;
        assert!(EfSod::parse(&another_tag).is_err(), "another tag");
        let mut long = vec![0x77, 0x83, 0x01, 0x00, 0x00];
        long.resize(EfSod::MAX_LEN + 1, 0);
        let error = EfSod::parse(&long).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    }
}
