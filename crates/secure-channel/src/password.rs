//! The passwords of PACE.

use alloc::{borrow::ToOwned, string::String};
use core::fmt;

use sha1::{Digest, Sha1};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    Error, SymmetricCipher,
    kdf::{self, Purpose},
    secret::SecretBytes,
};

/// Which password: the reference in DO 83 of MSE:Set AT (TR-03110-3 B.14.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PasswordId {
    /// Machine-readable zone, 1.
    Mrz = 1,
    /// Card access number, 2.
    Can = 2,
    /// Personal identification number, 3.
    Pin = 3,
    /// PIN unblock key, 4.
    Puk = 4,
}

impl PasswordId {
    /// The reference as a byte.
    #[must_use]
    pub const fn reference(self) -> u8 {
        self as u8
    }

    /// The password with this reference.
    #[must_use]
    pub const fn from_reference(reference: u8) -> Option<Self> {
        match reference {
            1 => Some(Self::Mrz),
            2 => Some(Self::Can),
            3 => Some(Self::Pin),
            4 => Some(Self::Puk),
            _ => None,
        }
    }
}

/// Longest password accepted, in bytes.
const MAX_LENGTH: usize = 64;

/// A password in the encoding f(π) that enters the key derivation (TR-03110-3 table 5). Wiped when
/// dropped.
pub struct Password {
    id: PasswordId,
    encoded: SecretBytes,
}

impl Password {
    /// The card access number, as printed.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] unless it is 1 to 64 printable ASCII characters.
    pub fn can(can: &str) -> Result<Self, Error> {
        Self::characters(PasswordId::Can, can)
    }

    /// The personal identification number.
    ///
    /// # Errors
    /// As for [`Password::can`].
    pub fn pin(pin: &str) -> Result<Self, Error> {
        Self::characters(PasswordId::Pin, pin)
    }

    /// The PIN unblock key.
    ///
    /// # Errors
    /// As for [`Password::can`].
    pub fn puk(puk: &str) -> Result<Self, Error> {
        Self::characters(PasswordId::Puk, puk)
    }

    /// The machine-readable zone: document number, date of birth and date of expiry, the dates as
    /// YYMMDD, all without check digits (Doc 9303-11 §4.3.2 and §9.7.2).
    ///
    /// A document number of fewer than nine characters is filled with `<`; a longer one, which a
    /// TD1 card continues in its optional data, is taken whole.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for characters that no machine-readable zone has or dates that are not
    /// six characters long.
    pub fn mrz(document_number: &str, birth: &str, expiry: &str) -> Result<Self, Error> {
        if document_number.is_empty() || document_number.len() > 22 {
            return Err(Error::InvalidInput(
                "the document number has 1 to 22 characters",
            ));
        }
        if birth.len() != 6 || expiry.len() != 6 {
            return Err(Error::InvalidInput(
                "dates in the machine-readable zone are YYMMDD",
            ));
        }
        let mut padded = Zeroizing::new(document_number.to_owned());
        while padded.len() < 9 {
            padded.push('<');
        }
        let mut information = Zeroizing::new(String::with_capacity(48));
        for field in [padded.as_str(), birth, expiry] {
            information.push_str(field);
            information.push(check_digit(field)?);
        }
        Ok(Self::mrz_information(&information))
    }

    /// The MRZ information: document number, birth and expiry date, each with its check digit.
    #[must_use]
    pub fn mrz_information(information: &str) -> Self {
        let mut digest = Sha1::digest(information.as_bytes());
        let encoded = digest.to_vec().into();
        digest.as_mut_slice().zeroize();
        Self {
            id: PasswordId::Mrz,
            encoded,
        }
    }

    /// A password in its encoded form f(π), as a chip stores it: the characters of CAN, PIN or PUK;
    /// for the MRZ the 20 bytes of the hash.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the length cannot be right.
    pub fn from_encoded(id: PasswordId, encoded: &[u8]) -> Result<Self, Error> {
        let right = match id {
            PasswordId::Mrz => encoded.len() == 20,
            _ => (1..=MAX_LENGTH).contains(&encoded.len()),
        };
        if !right {
            return Err(Error::InvalidInput(
                "the password does not have a possible length",
            ));
        }
        Ok(Self {
            id,
            encoded: encoded.into(),
        })
    }

    /// Which password this is.
    #[must_use]
    pub const fn id(&self) -> PasswordId {
        self.id
    }

    /// The encoded form f(π), for storing it on a card. It leaves this type's protection.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        &self.encoded
    }

    /// K_π, which encrypts the nonce.
    pub(crate) fn key(&self, cipher: SymmetricCipher) -> SecretBytes {
        kdf::derive(cipher, &self.encoded, &[], Purpose::Password)
    }

    fn characters(id: PasswordId, characters: &str) -> Result<Self, Error> {
        if !characters.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
            return Err(Error::InvalidInput(
                "a password consists of printable ASCII characters",
            ));
        }
        Self::from_encoded(id, characters.as_bytes())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Password({:?}, ..)", self.id)
    }
}

/// Check digit with the weights 7, 3, 1 (Doc 9303-3 §4.9).
fn check_digit(field: &str) -> Result<char, Error> {
    let mut sum = 0;
    for (character, weight) in field.bytes().zip([7, 3, 1].into_iter().cycle()) {
        let value = match character {
            b'0'..=b'9' => character - b'0',
            b'A'..=b'Z' => character - b'A' + 10,
            b'<' => 0,
            _ => {
                return Err(Error::InvalidInput(
                    "a character no machine-readable zone has",
                ));
            }
        };
        sum += u32::from(value) * weight;
    }
    char::from_digit(sum % 10, 10).ok_or(Error::InvalidInput("the check digit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mrz_of_doc_9303_yields_its_published_information() {
        // Doc 9303-11 appendix D.2 and G.1 give the MRZ information with check digits.
        let given = Password::mrz("T22000129", "640812", "101031").unwrap();
        let published = Password::mrz_information("T22000129364081251010318");
        assert_eq!(*given.encoded, *published.encoded);
    }

    #[test]
    fn short_document_numbers_are_filled_and_long_ones_taken_whole() {
        let short = Password::mrz("L898902C", "690806", "940623").unwrap();
        let published = Password::mrz_information("L898902C<369080619406236");
        assert_eq!(*short.encoded, *published.encoded);
        let long = Password::mrz("D23145890734", "340712", "950712").unwrap();
        let published = Password::mrz_information("D23145890734934071279507122");
        assert_eq!(*long.encoded, *published.encoded);
    }

    #[test]
    fn impossible_passwords_are_refused() {
        assert!(Password::can("").is_err());
        assert!(Password::can("12345６").is_err());
        assert!(Password::pin(&"1".repeat(65)).is_err());
        assert!(Password::mrz("l898902c", "690806", "940623").is_err());
        assert!(Password::mrz("L898902C", "6908061", "940623").is_err());
        assert!(Password::from_encoded(PasswordId::Mrz, &[0; 19]).is_err());
        assert!(Password::can("123456").is_ok());
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let shown = alloc::format!("{:?}", Password::pin("135790").unwrap());
        assert_eq!(shown, "Password(Pin, ..)");
    }
}
