//! Password Authenticated Connection Establishment over elliptic curves, with generic mapping and
//! chip authentication mapping (TR-03110-2 §3.2, TR-03110-3 A.3 and B.1, Doc 9303-11 §4.4).
//!
//! The terminal drives: [`terminal`] is a chain of types, one for each answer it waits for. The chip
//! is driven: [`chip::Pace`] is one object that falls back to idle on anything unexpected.

use alloc::vec::Vec;
use core::fmt;

use iso7816::tlv::Tag;
use rand_core::CryptoRng;

use crate::{
    ChipAuthenticated, Curve, EcPrivateKey, EcPublicKey, Error, SessionKeys, SymmetricCipher,
    cipher::{self, Aes, BLOCK, MAC},
    dynamic_authentication_data as data,
    secret::SecretBytes,
};

pub mod chip;
pub mod terminal;

const ENCRYPTED_NONCE: Tag = Tag(0x80);
const TERMINAL_MAPPING_DATA: Tag = Tag(0x81);
const CHIP_MAPPING_DATA: Tag = Tag(0x82);
const TERMINAL_PUBLIC_KEY: Tag = Tag(0x83);
const CHIP_PUBLIC_KEY: Tag = Tag(0x84);
const TERMINAL_TOKEN: Tag = Tag(0x85);
const CHIP_TOKEN: Tag = Tag(0x86);
const CURRENT_REFERENCE: Tag = Tag(0x87);
const PREVIOUS_REFERENCE: Tag = Tag(0x88);
const CHIP_AUTHENTICATION_DATA: Tag = Tag(0x8A);

/// How the nonce becomes a generator (Doc 9303-11 §4.4.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mapping {
    /// Generic mapping (GM).
    Generic,
    /// Chip authentication mapping (CAM): generic mapping whose key the chip afterwards binds to its
    /// static key.
    ChipAuthentication,
}

/// A PACE protocol over elliptic curves: `id-PACE-ECDH-GM-…` or `id-PACE-ECDH-CAM-…` with AES.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PaceProtocol {
    /// The mapping.
    pub mapping: Mapping,
    /// The cipher of nonce, tokens and channel.
    pub cipher: SymmetricCipher,
}

impl PaceProtocol {
    /// The value of the protocol's object identifier, below 0.4.0.127.0.7.2.2.4, as DO 80 of
    /// MSE:Set AT carries it (Doc 9303-11 §9.5.2 and tables there).
    #[must_use]
    pub const fn oid(self) -> [u8; 10] {
        let mapping = match self.mapping {
            Mapping::Generic => 2,
            Mapping::ChipAuthentication => 6,
        };
        [
            0x04,
            0x00,
            0x7F,
            0x00,
            0x07,
            0x02,
            0x02,
            0x04,
            mapping,
            self.cipher.oid_arc(),
        ]
    }

    /// The protocol with this object identifier value, if it is one we support.
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        [Mapping::Generic, Mapping::ChipAuthentication]
            .into_iter()
            .flat_map(|mapping| SymmetricCipher::ALL.map(|cipher| Self { mapping, cipher }))
            .find(|protocol| protocol.oid() == oid)
    }
}

/// A protocol together with the domain parameters it runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PaceSuite {
    /// The protocol.
    pub protocol: PaceProtocol,
    /// The curve.
    pub curve: Curve,
}

/// The four GENERAL AUTHENTICATE commands of PACE (TR-03110-3 B.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Step 1, the chip sends the encrypted nonce.
    EncryptedNonce,
    /// Step 2, mapping data is exchanged.
    MapNonce,
    /// Step 3, ephemeral public keys are exchanged.
    KeyAgreement,
    /// Step 4, authentication tokens are exchanged.
    MutualAuthentication,
}

impl Step {
    /// Whether the command of this step ends the command chain.
    #[must_use]
    pub const fn is_last(self) -> bool {
        matches!(self, Self::MutualAuthentication)
    }
}

/// The ephemeral generator G̃. Whoever learns it can search for the password, so it is wiped.
#[derive(Debug)]
struct MappedGenerator {
    curve: Curve,
    point: SecretBytes,
}

impl MappedGenerator {
    /// Generic mapping: G̃ = s·G + H, H being the shared point of the mapping keys.
    fn new(nonce: &[u8], own: &EcPrivateKey, peer: &EcPublicKey) -> Result<Self, Error> {
        let shared = own.multiply(peer)?;
        let point = own.curve().arithmetic().map(nonce, &shared)?;
        Ok(Self {
            curve: own.curve(),
            point,
        })
    }

    /// An ephemeral key pair over this generator.
    fn key_pair(&self, rng: &mut dyn CryptoRng) -> Result<(EcPrivateKey, EcPublicKey), Error> {
        let private = EcPrivateKey::generate(self.curve, rng)?;
        let point = self
            .curve
            .arithmetic()
            .multiply(private.expose_secret(), &self.point)?;
        let public = EcPublicKey::from_uncompressed(self.curve, &point)?;
        Ok((private, public))
    }
}

/// The session keys and both authentication tokens (TR-03110-2 §3.2.1 steps 3c and 3d).
struct KeyAgreement {
    keys: SessionKeys,
    terminal_token: [u8; MAC],
    chip_token: [u8; MAC],
}

impl fmt::Debug for KeyAgreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyAgreement(..)")
    }
}

impl KeyAgreement {
    fn new(
        protocol: PaceProtocol,
        own: &EcPrivateKey,
        peer: &EcPublicKey,
        terminal_key: &EcPublicKey,
        chip_key: &EcPublicKey,
    ) -> Result<Self, Error> {
        let secret = own.agree(peer)?;
        let keys = SessionKeys::derive(protocol.cipher, &secret, &[]);
        // Each side's token covers the other side's key.
        let token = |key| keys.token(&data::public_key_data_object(&protocol.oid(), key));
        Ok(Self {
            terminal_token: token(chip_key)?,
            chip_token: token(terminal_key)?,
            keys,
        })
    }
}

/// The IV of the encrypted chip authentication data, E(K_Enc, −1) (Doc 9303-11 §4.4.3.5).
fn chip_authentication_iv(aes: &Aes) -> [u8; BLOCK] {
    aes.encrypt_block([0xFF; BLOCK])
}

/// The chip's proof under chip authentication mapping, CA_IC = SK_IC⁻¹ · SK_Map mod n, encrypted.
fn encrypt_chip_authentication_data(
    keys: &SessionKeys,
    static_key: &EcPrivateKey,
    mapping_key: &EcPrivateKey,
) -> Result<Vec<u8>, Error> {
    let mut proof = static_key
        .curve()
        .arithmetic()
        .quotient(mapping_key.expose_secret(), static_key.expose_secret())?;
    cipher::pad(proof.as_mut_vec());
    let aes = keys.encryption()?;
    aes.encrypt(chip_authentication_iv(&aes), &mut proof)?;
    Ok(proof.to_vec())
}

/// The chip's claim under chip authentication mapping, still to be held against a static public key
/// that the caller knows to be signed.
///
/// The claim alone proves nothing: read EF.CardSecurity over the new channel, verify its signature,
/// and give [`PendingChipAuthentication::verify`] the key found there.
#[derive(Debug)]
#[must_use = "the chip is genuine only once this proof is verified against the signed key"]
pub struct PendingChipAuthentication {
    mapping_key: EcPublicKey,
    proof: EcPrivateKey,
}

impl PendingChipAuthentication {
    fn decrypt(keys: &SessionKeys, mapping_key: EcPublicKey, data: &[u8]) -> Result<Self, Error> {
        const MALFORMED: Error = Error::ChipMisbehaved("encrypted chip authentication data");
        let aes = keys.encryption()?;
        let mut proof = SecretBytes::from(data);
        aes.decrypt(chip_authentication_iv(&aes), &mut proof)
            .map_err(|_| MALFORMED)?;
        let proof = cipher::unpad(proof).ok_or(MALFORMED)?;
        let proof = EcPrivateKey::from_bytes(mapping_key.curve(), &proof).map_err(|_| MALFORMED)?;
        Ok(Self { mapping_key, proof })
    }

    /// Checks PK_Map = CA_IC · PK_IC (Doc 9303-11 §4.4.3.5.2).
    ///
    /// `static_key` must come from a signed file, EF.CardSecurity.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] if the chip does not hold the private key to `static_key`.
    pub fn verify(self, static_key: &EcPublicKey) -> Result<ChipAuthenticated, Error> {
        const WRONG: Error = Error::NotAuthentic("the chip does not hold the static private key");
        if static_key.curve() != self.mapping_key.curve() {
            return Err(WRONG);
        }
        let mapped = self.proof.multiply(static_key)?;
        if *mapped == *self.mapping_key.as_uncompressed() {
            Ok(ChipAuthenticated::new(static_key.clone()))
        } else {
            Err(WRONG)
        }
    }
}
