//! Terminal Authentication version 2: the terminal signs a challenge of the chip, and with it the
//! ephemeral key that Chip Authentication will use (TR-03110-2 §3.3, TR-03110-3 A.7, B.3 and B.14).
//!
//! The signature binds three things to each other: this very PACE session (ID_PICC, the chip's
//! compressed ephemeral key), the terminal's ephemeral key, and the auxiliary data against which the
//! chip will compare what it stores. Certificates are not this module's: before it, the chip has
//! verified a chain of them and knows the terminal's public key under its name.
//!
//! The terminal's private key need not be here. [`AwaitingSignature`](terminal::AwaitingSignature)
//! shows the [`SignedData`]; a signature made by a security module or a distant server leads on.
//! What comes out at the end, a [`CommittedKey`](terminal::CommittedKey), is the only key with which
//! Chip Authentication version 2 can be started.
//!
//! ```
//! use iso7816::{CommandApdu, ResponseApdu, StatusWord};
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! use secure_channel::{
//!     Curve, EcPrivateKey, Error, SymmetricCipher,
//!     auxiliary_data::{AuxiliaryData, Date},
//!     chip_authentication::{self, ChipAuthenticationProtocol, terminal::EphemeralKey},
//!     terminal_authentication::{TerminalAuthenticationProtocol, chip, terminal},
//! };
//!
//! let mut numbers = ChaCha20Rng::seed_from_u64(1);
//! let protocol = TerminalAuthenticationProtocol::EcdsaSha256;
//! let terminal_key = EcPrivateKey::generate(Curve::P256, &mut numbers)?;
//! let chip_key = EcPrivateKey::generate(Curve::P256, &mut numbers)?;
//! // Both sides know the chip's ephemeral key from PACE.
//! let id_picc = EcPrivateKey::generate(Curve::P256, &mut numbers)?.public_key()?.compress();
//!
//! // The chip: what it makes of each command, after it has verified the terminal's certificate.
//! let mut chip = chip::TerminalAuthentication::default();
//! let mut authenticated = None;
//! let mut chip_numbers = ChaCha20Rng::seed_from_u64(2);
//! let mut send = |command: CommandApdu| {
//!     let data = match command.ins() {
//!         0x22 => {
//!             let key = chip::TerminalKey {
//!                 holder_reference: b"TWAGENCY00001".to_vec(),
//!                 protocol,
//!                 public_key: terminal_key.public_key()?,
//!             };
//!             chip.select(key, command.data()).map(|()| Vec::new())?
//!         }
//!         0x84 => chip.challenge(&mut chip_numbers).as_bytes().to_vec(),
//!         _ => {
//!             authenticated = Some(chip.external_authenticate(&id_picc, command.data())?);
//!             Vec::new()
//!         }
//!     };
//!     Ok::<_, Error>(ResponseApdu::new(data, StatusWord::OK))
//! };
//!
//! // The terminal wants to know whether the holder was born in 2008 or earlier.
//! let auxiliary_data = AuxiliaryData::builder().date_of_birth(Date::parse("20081231")?).build()?;
//! let ephemeral = EphemeralKey::generate(Curve::P256, &mut numbers)?;
//! let (state, command) =
//!     terminal::start(protocol, b"TWAGENCY00001", &id_picc, ephemeral, auxiliary_data)?;
//! let (state, command) = state.request_challenge(&send(command)?)?;
//! let state = state.receive(&send(command)?)?;
//! // Here the data may travel to whoever holds the key.
//! let signature = state.signed_data().sign(protocol, &terminal_key, &mut numbers)?;
//! let (state, command) = state.authenticate(&signature)?;
//! let committed = state.finish(&send(command)?)?;
//!
//! // Chip Authentication takes the key to which the signature committed, and no other.
//! let protocol = ChipAuthenticationProtocol { cipher: SymmetricCipher::Aes128 };
//! let static_key = chip_key.public_key()?;
//! let (state, command) =
//!     chip_authentication::terminal::start_version_2(protocol, static_key, committed)?;
//! let authenticated = authenticated.expect("the signature was right");
//! let agreed = chip_authentication::chip::version_2(
//!     protocol, &chip_key, &authenticated, command.data(), &mut numbers,
//! )?;
//! let (keys, proven) = state.finish(&ResponseApdu::new(agreed.response, StatusWord::OK))?;
//! assert_eq!(keys, agreed.session_keys);
//!
//! // And the chip can say yes without saying when: its holder was born in 1990.
//! assert!(authenticated.auxiliary_data().is_born_by(Date::parse("19900101")?)?);
//! # Ok::<(), Error>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use iso7816::tlv::Tag;
use rand_core::CryptoRng;

use crate::{
    CompressedPublicKey, EcPrivateKey, EcPublicKey, Error, Hash, auxiliary_data::AuxiliaryData,
    ecdsa,
};

pub mod chip;
pub mod terminal;

const MECHANISM: Tag = Tag(0x80);
const PUBLIC_KEY_REFERENCE: Tag = Tag(0x83);
const COMPRESSED_EPHEMERAL_KEY: Tag = Tag(0x91);

/// Longest certificate holder reference: country, mnemonic, sequence number (TR-03110-3 table 15).
const MAX_HOLDER_REFERENCE: usize = 16;

/// A Terminal Authentication protocol: ECDSA in plain format with one of these hash functions,
/// `id-TA-ECDSA-SHA-…` (TR-03110-3 table 18).
///
/// SHA-1, SHA-224 and RSA, which the table and its neighbour list too, are too weak or not of our cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerminalAuthenticationProtocol {
    /// `id-TA-ECDSA-SHA-256`.
    EcdsaSha256,
    /// `id-TA-ECDSA-SHA-384`.
    EcdsaSha384,
    /// `id-TA-ECDSA-SHA-512`.
    EcdsaSha512,
}

impl TerminalAuthenticationProtocol {
    /// Every protocol this crate knows.
    pub const ALL: [Self; 3] = [Self::EcdsaSha256, Self::EcdsaSha384, Self::EcdsaSha512];

    /// The value of the protocol's object identifier, 0.4.0.127.0.7.2.2.2.2 and the hash's arc.
    #[must_use]
    pub const fn oid(self) -> [u8; 10] {
        let hash = match self {
            Self::EcdsaSha256 => 3,
            Self::EcdsaSha384 => 4,
            Self::EcdsaSha512 => 5,
        };
        [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02, 0x02, hash]
    }

    /// The protocol with this object identifier value, if it is one we support.
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.oid() == oid)
    }

    /// The hash function.
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self {
            Self::EcdsaSha256 => Hash::Sha256,
            Self::EcdsaSha384 => Hash::Sha384,
            Self::EcdsaSha512 => Hash::Sha512,
        }
    }
}

/// r_PICC: the eight bytes that the chip wants to see signed (TR-03110-3 B.14.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; Challenge::SIZE]);

impl Challenge {
    /// Length in bytes.
    pub const SIZE: usize = 8;

    /// A challenge as received.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        Self(bytes)
    }

    /// The challenge as sent.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::SIZE] {
        &self.0
    }
}

/// What the terminal signs: `ID_PICC ‖ r_PICC ‖ Comp(PK_PCD) ‖ A_PCD` (TR-03110-2 §3.3.1 step 5).
#[derive(Clone, PartialEq, Eq)]
pub struct SignedData(Vec<u8>);

impl SignedData {
    /// Puts the parts together: the chip's compressed ephemeral key from PACE, its challenge, the
    /// terminal's compressed ephemeral key for Chip Authentication, and the auxiliary data as sent.
    #[must_use]
    pub fn new(
        id_picc: &CompressedPublicKey,
        challenge: &Challenge,
        ephemeral_key: &CompressedPublicKey,
        auxiliary_data: &AuxiliaryData,
    ) -> Self {
        Self(
            [
                id_picc.as_bytes(),
                challenge.as_bytes(),
                ephemeral_key.as_bytes(),
                auxiliary_data.as_bytes(),
            ]
            .concat(),
        )
    }

    /// The message, not yet hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The message's hash, for a security module that signs hashes.
    #[must_use]
    pub fn digest(&self, protocol: TerminalAuthenticationProtocol) -> Vec<u8> {
        protocol.hash().digest(&[&self.0])
    }

    /// Signs with a key at hand: ECDSA in plain format `r ‖ s` (TR-03111 §5.2.1).
    ///
    /// The signature's nonce is derived from key, message and 32 bytes from `rng`.
    ///
    /// # Errors
    /// None in practice.
    pub fn sign(
        &self,
        protocol: TerminalAuthenticationProtocol,
        key: &EcPrivateKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        ecdsa::sign(key, protocol.hash(), &self.0, rng)
    }

    /// Verifies a signature in plain format.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] if it does not verify.
    pub fn verify(
        &self,
        protocol: TerminalAuthenticationProtocol,
        key: &EcPublicKey,
        signature: &[u8],
    ) -> Result<(), Error> {
        ecdsa::verify(key, protocol.hash(), &self.0, signature)
    }
}

impl fmt::Debug for SignedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedData({} bytes)", self.0.len())
    }
}
