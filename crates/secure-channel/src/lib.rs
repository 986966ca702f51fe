//! Secure channels of electronic identity documents, for both ends of the wire: PACE, Terminal and Chip
//! Authentication, Restricted Identification, Active Authentication and AES secure messaging, as ICAO
//! Doc 9303-11 (8th edition) and BSI TR-03110 (version 2.2x) define them.
//!
//! The terminal drives and is made of types, one for each answer it waits for: no step can be left
//! out. Nothing says "genuine chip" but a [`ChipAuthenticated`], which only a verified proof yields,
//! and Chip Authentication 2 starts with nothing but the key to which an accepted signature of Terminal
//! Authentication committed. The chip is driven: its objects fall back to idle or closed on anything
//! unexpected.
//!
//! What this crate is not: it knows no files, no access rules and no retry counters (it tells a chip
//! when to count, see [`pace::chip::ReceivedToken`]), it parses no certificates, it does no input or
//! output. Elliptic curves, AES, CMAC and hashes are RustCrypto's. Of the standards' many suites it has
//! ECDH over three curves with AES; no 3DES, no finite-field groups, no integrated mapping.
//!
//! A terminal and a chip that share an access code, in one process:
//!
//! ```
//! use iso7816::{CommandApdu, ResponseApdu, StatusWord};
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! use secure_channel::{
//!     Curve, Error, Password, SecureMessaging, SymmetricCipher,
//!     pace::{Mapping, PaceProtocol, PaceSuite, chip, terminal},
//!     secure_messaging::{Chip, Terminal},
//! };
//!
//! let protocol = PaceProtocol { mapping: Mapping::Generic, cipher: SymmetricCipher::Aes128 };
//! let suite = PaceSuite { protocol, curve: Curve::P256 };
//! // A real program takes the operating system's generator.
//! let (mut numbers, mut chip_numbers) = (ChaCha20Rng::seed_from_u64(1), ChaCha20Rng::seed_from_u64(2));
//!
//! // The chip, after MSE:Set AT. This closure is what it makes of each GENERAL AUTHENTICATE.
//! let mut pace = chip::Pace::select(suite, Password::can("123456")?, None)?;
//! let mut chip_keys = None;
//! let mut send = |command: CommandApdu| match pace.general_authenticate(command.data(), &mut chip_numbers)? {
//!     chip::Answer::Continue(data) => Ok::<_, Error>(ResponseApdu::new(data, StatusWord::OK)),
//!     chip::Answer::Token(token) => {
//!         // Here a chip counts the try, before anything is compared.
//!         let (data, established) = token.verify(&[])?;
//!         chip_keys = Some(established.session_keys);
//!         Ok(ResponseApdu::new(data, StatusWord::OK))
//!     }
//! };
//!
//! // The terminal: each answer leads to the next command.
//! let (state, command) = terminal::start(suite, &Password::can("123456")?);
//! let (state, command) = state.map_nonce(&send(command)?, &mut numbers)?;
//! let (state, command) = state.agree(&send(command)?, &mut numbers)?;
//! let (state, command) = state.authenticate(&send(command)?)?;
//! let established = state.finish(&send(command)?)?;
//!
//! // Both now speak under the new keys.
//! let mut terminal = SecureMessaging::<Terminal>::new(established.session_keys);
//! let mut chip = SecureMessaging::<Chip>::new(chip_keys.expect("PACE has succeeded"));
//! let read = CommandApdu::new(0x00, 0xB0, 0x9D, 0x00).with_ne(256);
//! let protected = terminal.wrap(&read)?;
//! assert_eq!(chip.unwrap(&protected)?, read);
//! let answer = chip.wrap(&ResponseApdu::new(*b"hello", StatusWord::OK))?;
//! assert_eq!(terminal.unwrap(&answer)?.data, b"hello");
//! # Ok::<(), Error>(())
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`pace`] | Password Authenticated Connection Establishment, generic and chip authentication mapping |
//! | [`terminal_authentication`] | Terminal Authentication, version 2 |
//! | [`auxiliary_data`] | what a terminal asks the chip to compare: age, validity, municipality |
//! | [`chip_authentication`] | Chip Authentication, version 1 and 2 |
//! | [`restricted_identification`] | pseudonyms, another one in each sector, and their revocation |
//! | [`active_authentication`] | Active Authentication: ECDSA, and RSA for foreign documents (feature `rsa`) |
//! | [`ecdsa`] | signatures in plain format over any message |
//! | [`secure_messaging`] | the channel: [`SecureMessaging`] from [`SessionKeys`] |
//! | [`kdf`] | key derivation |
//! | [`EcPublicKey`], [`EcPrivateKey`], [`Curve`] | validated keys on the supported curves |
//! | [`Password`] | CAN, PIN, PUK and MRZ in the encoding that PACE takes |
//! | [`Error`] | everything that can be refused, and the chip's status word for it |
//!
//! Randomness comes in as an argument and is drawn in a documented order, so that every run can be
//! replayed; the tests run each role by itself against the standards' worked examples, byte for byte.

#![no_std]

extern crate alloc;

pub mod active_authentication;
pub mod auxiliary_data;
pub mod chip_authentication;
mod cipher;
mod curve;
mod dynamic_authentication_data;
pub mod ecdsa;
mod error;
mod hash;
pub mod kdf;
mod keys;
pub mod pace;
mod password;
pub mod restricted_identification;
mod secret;
pub mod secure_messaging;
mod session_keys;
pub mod terminal_authentication;

pub use cipher::SymmetricCipher;
pub use curve::Curve;
pub use error::Error;
pub use hash::Hash;
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
