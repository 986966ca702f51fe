//! The keys of a secure channel.

use core::fmt;

use subtle::ConstantTimeEq;

use crate::{
    Error, SymmetricCipher,
    cipher::{Aes, MAC},
    kdf::{self, Purpose},
    secret::SecretBytes,
};

/// The pair K_Enc, K_MAC that a key agreement yields. Wiped when dropped.
pub struct SessionKeys {
    cipher: SymmetricCipher,
    encryption: SecretBytes,
    authentication: SecretBytes,
}

impl SessionKeys {
    /// Takes two keys as they are, for instance published ones.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] unless both keys have the cipher's length.
    pub fn from_bytes(
        cipher: SymmetricCipher,
        encryption: &[u8],
        authentication: &[u8],
    ) -> Result<Self, Error> {
        if encryption.len() != cipher.key_size() || authentication.len() != cipher.key_size() {
            return Err(Error::InvalidInput(
                "the key does not have the cipher's length",
            ));
        }
        Ok(Self {
            cipher,
            encryption: encryption.into(),
            authentication: authentication.into(),
        })
    }

    /// Derives both keys from a shared secret; `nonce` is empty except in Chip Authentication
    /// version 2.
    pub(crate) fn derive(cipher: SymmetricCipher, secret: &[u8], nonce: &[u8]) -> Self {
        Self {
            cipher,
            encryption: kdf::derive(cipher, secret, nonce, Purpose::Encryption),
            authentication: kdf::derive(cipher, secret, nonce, Purpose::Authentication),
        }
    }

    /// The cipher.
    #[must_use]
    pub const fn cipher(&self) -> SymmetricCipher {
        self.cipher
    }

    pub(crate) fn encryption(&self) -> Result<Aes, Error> {
        Aes::new(self.cipher, &self.encryption)
    }

    pub(crate) fn authentication(&self) -> Result<Aes, Error> {
        Aes::new(self.cipher, &self.authentication)
    }

    /// An authentication token: the checksum over a public key data object
    /// (TR-03110-3 A.2.4 and D.3).
    pub(crate) fn token(&self, public_key_data_object: &[u8]) -> Result<[u8; MAC], Error> {
        Ok(self.authentication()?.mac(&[public_key_data_object]))
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKeys({:?}, ..)", self.cipher)
    }
}

impl PartialEq for SessionKeys {
    fn eq(&self, other: &Self) -> bool {
        self.cipher == other.cipher
            && bool::from(
                self.encryption.ct_eq(&other.encryption)
                    & self.authentication.ct_eq(&other.authentication),
            )
    }
}

impl Eq for SessionKeys {}
