//! Secure channels of electronic identity documents, for both ends of the wire: PACE, Chip
//! Authentication, Active Authentication and AES secure messaging, as ICAO Doc 9303-11 (8th edition)
//! and BSI TR-03110 (version 2.2x) define them.
#![no_std]

extern crate alloc;

pub mod active_authentication;
pub mod chip_authentication;
mod cipher;
mod curve;
mod dynamic_authentication_data;
mod error;
pub mod kdf;
mod keys;
pub mod pace;
mod password;
mod secret;
pub mod secure_messaging;
mod session_keys;

pub use cipher::SymmetricCipher;
pub use curve::Curve;
pub use error::Error;
pub use keys::{CompressedPublicKey, EcPrivateKey, EcPublicKey};
pub use password::{Password, PasswordId};
pub use secret::SecretBytes;
pub use secure_messaging::{SecureMessaging, SendSequenceCounter};
pub use session_keys::SessionKeys;

use alloc::vec::Vec;
use iso7816::{CommandApdu, ResponseApdu};

/// Proof that the chip holds the private key to a static public key.
///
/// Only the protocols of this crate make one, from a key that the caller gave as signed. Whoever holds
/// it still has to bind that key to the document by passive authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipAuthenticated {
    static_key: EcPublicKey,
}

impl ChipAuthenticated {
    pub(crate) const fn new(static_key: EcPublicKey) -> Self {
        Self { static_key }
    }

    /// The public key to which the chip proved to hold the private key.
    #[must_use]
    pub const fn static_key(&self) -> &EcPublicKey {
        &self.static_key
    }
}

/// GENERAL AUTHENTICATE (TR-03110-3 B.14.2), chained unless it is the protocol's last.
fn general_authenticate(data: Vec<u8>, chained: bool) -> CommandApdu {
    CommandApdu::new(if chained { 0x10 } else { 0x00 }, 0x86, 0x00, 0x00)
        .with_data(data)
        .with_ne(256)
}

/// The data of a response with status word 9000.
fn accepted(response: &ResponseApdu) -> Result<&[u8], Error> {
    if response.status.is_ok() {
        Ok(&response.data)
    } else {
        Err(Error::Refused(response.status))
    }
}
