//! The names of public keys.

use alloc::string::String;
use core::{fmt, str::FromStr};

use crate::{Error, Field};

/// Country code, mnemonic and sequence number of a public key (TR-03110-3 A.7.1), 7 to 16 bytes of ISO/IEC 8859-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Reference {
    bytes: [u8; Self::MAX],
    len: u8,
}

impl Reference {
    const COUNTRY: usize = 2;
    const SEQUENCE: usize = 5;
    const MAX: usize = 16;

    fn parse(field: Field, value: &[u8]) -> Result<Self, Error> {
        let refused = |reason| Err(Error::malformed(field, reason));
        if !(Self::COUNTRY + Self::SEQUENCE..=Self::MAX).contains(&value.len()) {
            return refused("a reference has 7 to 16 characters");
        }
        let mut bytes = [0; Self::MAX];
        for (to, from) in bytes.iter_mut().zip(value) {
            *to = *from;
        }
        let reference = Self {
            bytes,
            len: value.len() as u8,
        };
        let (country, mnemonic, sequence) = reference.parts();
        if !country.iter().all(u8::is_ascii_uppercase) {
            return refused("the country code is not two letters A to Z");
        }
        // Annex D.2.1.4 leaves these codes unassigned.
        if mnemonic
            .iter()
            .any(|byte| matches!(byte, 0x00..=0x1F | 0x7F..=0x9F))
        {
            return refused("the mnemonic holds a code that is no character");
        }
        if !sequence
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        {
            return refused("the sequence number is not five digits or letters A to Z");
        }
        Ok(reference)
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.len))
            .unwrap_or(&self.bytes)
    }

    fn parts(&self) -> (&[u8], &[u8], &[u8]) {
        let bytes = self.as_bytes();
        let (country, rest) = bytes.split_at_checked(Self::COUNTRY).unwrap_or_default();
        let end = rest.len().saturating_sub(Self::SEQUENCE);
        let (mnemonic, sequence) = rest.split_at_checked(end).unwrap_or_default();
        (country, mnemonic, sequence)
    }
}

/// ISO/IEC 8859-1 is the beginning of Unicode.
fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

macro_rules! reference {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Reference);

        impl $name {
            /// Reads the name: two letters of a country, up to nine characters, five digits or letters.
            ///
            /// # Errors
            /// [`Error::Malformed`] for anything else.
            pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
                Reference::parse(Field::$name, bytes).map(Self)
            }

            /// The name's bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            /// The country, ISO 3166-1 alpha-2.
            #[must_use]
            pub fn country_code(&self) -> String {
                text(self.0.parts().0)
            }

            /// The holder's mnemonic.
            #[must_use]
            pub fn mnemonic(&self) -> String {
                text(self.0.parts().1)
            }

            /// The sequence number.
            #[must_use]
            pub fn sequence_number(&self) -> String {
                text(self.0.parts().2)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let mut bytes = [0; Reference::MAX];
                let mut len = 0;
                for character in text.chars() {
                    let byte = u8::try_from(u32::from(character)).map_err(|_| {
                        Error::malformed(Field::$name, "a character is not of ISO/IEC 8859-1")
                    })?;
                    let Some(to) = bytes.get_mut(len) else {
                        len += 1;
                        break;
                    };
                    *to = byte;
                    len += 1;
                }
                match bytes.get(..len) {
                    Some(bytes) => Self::parse(bytes),
                    None => Err(Error::malformed(
                        Field::$name,
                        "a reference has 7 to 16 characters",
                    )),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&text(self.as_bytes()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

reference! {
    /// DO 5F20: the name of the key in a certificate.
    ///
    /// ```
    /// let reference: cvc::CertificateHolderReference = "TWMOICVCA00001".parse()?;
    /// assert_eq!(reference.country_code(), "TW");
    /// assert_eq!(reference.mnemonic(), "MOICVCA");
    /// assert_eq!(reference.sequence_number(), "00001");
    /// # Ok::<(), cvc::Error>(())
    /// ```
    CertificateHolderReference
}

reference! {
    /// DO 42: the name of the key that signed a certificate.
    CertificationAuthorityReference
}

impl From<CertificateHolderReference> for CertificationAuthorityReference {
    /// A holder as the authority of the certificates that it signs.
    fn from(reference: CertificateHolderReference) -> Self {
        Self(reference.0)
    }
}

impl PartialEq<CertificateHolderReference> for CertificationAuthorityReference {
    fn eq(&self, holder: &CertificateHolderReference) -> bool {
        self.0 == holder.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn the_shortest_and_the_longest_name() {
        for good in [
            "TW00001",
            "TWABCDEFGHI0000Z",
            "DEDVeIDDTR101201",
            "DE Ä_.é00000",
        ] {
            let reference: CertificateHolderReference = good.parse().unwrap();
            assert_eq!(reference.to_string(), good);
        }
        for bad in [
            "",
            "TW0000",
            "TWABCDEFGHIJ00001",
            "TWABCDEFGHIJKLMNOPQRSTUVW00001",
            "tw00001",
            "T100001",
            "TWx0000a",
            "TWx0000 ",
            "TW\u{7F}00001",
            "TW\u{9F}00001",
            "TW\u{1F}00001",
            "TW部00001",
        ] {
            assert!(
                bad.parse::<CertificationAuthorityReference>().is_err(),
                "{bad}"
            );
        }
    }
}
