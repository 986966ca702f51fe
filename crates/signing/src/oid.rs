//! Object identifiers, as the bytes that messages carry.

use core::fmt;
use std::borrow::Cow;

use const_oid::ObjectIdentifier;

use crate::asn1;

/// An object identifier: a content type, an attribute, an algorithm.
///
/// Not `const_oid`'s: a UUID is one number of 128 bits, and its numbers have 32.
///
/// ```
/// use signing::Oid;
///
/// assert_eq!(Oid::DATA.to_string(), "1.2.840.113549.1.7.1");
/// assert_eq!(Oid::LOGIN_CHALLENGE.to_string(), "2.25.132565126796381111580877071513855182337.1");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Cow<'static, [u8]>);

/// The longest that is read, in bytes.
const MAX_LENGTH: usize = 48;

/// `id-data` and its neighbours, PKCS #7.
macro_rules! pkcs7 {
    ($number:literal) => {
        Self::constant(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, $number])
    };
}

/// Attributes of PKCS #9.
macro_rules! pkcs9 {
    ($($number:literal),+) => {
        Self::constant(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, $($number),+])
    };
}

/// The arc of this project's messages, 2.25 followed by the random UUID 63bb1d5e-ce28-4fa4-821b-095f5ce3c601 (ITU-T X.667): nobody had to be asked
/// for it and nobody else has it.
macro_rules! project {
    ($number:literal) => {
        Self::constant(&[
            0x69, 0x81, 0xc7, 0xbb, 0x8e, 0xd7, 0xd9, 0xe2, 0xc2, 0xbe, 0xc9, 0x82, 0x8d, 0xc2,
            0xab, 0xf5, 0xe7, 0x8f, 0x8c, 0x01, $number,
        ])
    };
}

impl Oid {
    /// `id-data`, content without a structure (RFC 5652 §4): a document.
    pub const DATA: Self = pkcs7!(1);
    /// The content type of a [`LoginChallenge`](crate::login::LoginChallenge), of this project.
    pub const LOGIN_CHALLENGE: Self = project!(1);
    /// The content type of a [`Consent`](crate::consent::Consent), of this project.
    pub const CONSENT: Self = project!(2);

    /// `id-signedData` (RFC 5652 §5).
    pub const SIGNED_DATA: Self = pkcs7!(2);
    /// `id-envelopedData` (RFC 5652 §6).
    pub const ENVELOPED_DATA: Self = pkcs7!(3);
    /// `id-ct-authEnvelopedData` (RFC 5083 §2).
    pub const AUTH_ENVELOPED_DATA: Self = pkcs9!(0x10, 0x01, 0x17);

    /// `id-contentType` (RFC 5652 §11.1).
    pub const CONTENT_TYPE: Self = pkcs9!(3);
    /// `id-messageDigest` (RFC 5652 §11.2).
    pub const MESSAGE_DIGEST: Self = pkcs9!(4);
    /// `id-signingTime` (RFC 5652 §11.3).
    pub const SIGNING_TIME: Self = pkcs9!(5);
    /// `id-aa-signingCertificateV2` (RFC 5035 §3).
    pub const SIGNING_CERTIFICATE_V2: Self = pkcs9!(0x10, 0x02, 0x2f);
    /// `id-aa-CMSAlgorithmProtect` (RFC 6211 §2).
    pub const ALGORITHM_PROTECTION: Self = pkcs9!(0x34);

    const fn constant(bytes: &'static [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }

    /// From the contents of an OBJECT IDENTIFIER: numbers that begin without zeros, the last of them complete.
    pub(crate) fn from_contents(contents: &[u8]) -> Option<Self> {
        let mut first = true;
        for byte in contents {
            if first && *byte == 0x80 {
                return None;
            }
            first = byte & 0x80 == 0;
        }
        let fits = (1..=MAX_LENGTH).contains(&contents.len());
        (first && fits).then(|| Self(Cow::Owned(contents.to_vec())))
    }

    /// The whole element.
    pub(crate) fn to_der(&self) -> Vec<u8> {
        asn1::element(0x06, &[&self.0])
    }

    /// Whether only the modules that know its meaning may sign this type: what a person signs as a login is no document, and no consent.
    pub(crate) fn is_reserved(&self) -> bool {
        *self == Self::LOGIN_CHALLENGE || *self == Self::CONSENT
    }
}

impl From<ObjectIdentifier> for Oid {
    fn from(oid: ObjectIdentifier) -> Self {
        Self(Cow::Owned(oid.as_bytes().to_vec()))
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = 0u128;
        let mut first = true;
        for byte in self.0.iter() {
            // A number of more than 128 bits has no use, and its upper ones are not shown.
            number = number << 7 | u128::from(byte & 0x7f);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_the_numbers_of_the_standards() {
        for (oid, text) in [
            (Oid::SIGNED_DATA, "1.2.840.113549.1.7.2"),
            (Oid::ENVELOPED_DATA, "1.2.840.113549.1.7.3"),
            (Oid::AUTH_ENVELOPED_DATA, "1.2.840.113549.1.9.16.1.23"),
            (Oid::CONTENT_TYPE, "1.2.840.113549.1.9.3"),
            (Oid::MESSAGE_DIGEST, "1.2.840.113549.1.9.4"),
            (Oid::SIGNING_TIME, "1.2.840.113549.1.9.5"),
            (Oid::SIGNING_CERTIFICATE_V2, "1.2.840.113549.1.9.16.2.47"),
            (Oid::ALGORITHM_PROTECTION, "1.2.840.113549.1.9.52"),
        ] {
            assert_eq!(oid.to_string(), text);
            assert_eq!(oid, Oid::from(ObjectIdentifier::new_unwrap(text)));
        }
    }

    #[test]
    fn incomplete_padded_empty_and_endless_ones_are_refused() {
        for wrong in [&[][..], &[0x2a, 0x86], &[0x2a, 0x80, 0x01], &[1; 49]] {
            assert_eq!(Oid::from_contents(wrong), None);
        }
        assert!(Oid::from_contents(&[0x2a, 0x86, 0x48]).is_some());
    }
}
