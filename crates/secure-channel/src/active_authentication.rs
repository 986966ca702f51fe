//! Active Authentication: the chip signs eight bytes that the terminal chose (Doc 9303-11 §6.1).
//!
//! INTERNAL AUTHENTICATE (00 88 00 00) carries the challenge. Our cards answer with an ECDSA signature
//! in plain format; foreign documents may use RSA, which feature `rsa` verifies.

use alloc::vec::Vec;

use iso7816::CommandApdu;
use rand_core::CryptoRng;

use crate::{ChipAuthenticated, EcPrivateKey, EcPublicKey, Error, ecdsa};

pub use crate::Hash;

#[cfg(feature = "rsa")]
pub mod rsa;

/// Length in bytes of the challenge, RND.IFD.
pub const CHALLENGE_SIZE: usize = 8;

/// The challenge of the terminal.
pub type Challenge = [u8; CHALLENGE_SIZE];

/// INTERNAL AUTHENTICATE with this challenge. `ne` is 256 unless the signature is longer.
#[must_use]
pub fn internal_authenticate(challenge: &Challenge, ne: u32) -> CommandApdu {
    CommandApdu::new(0x00, 0x88, 0x00, 0x00)
        .with_data(challenge.as_slice())
        .with_ne(ne)
}

/// Signs a challenge on the chip: ECDSA in plain format `r ‖ s` (TR-03111 §5.2.1).
///
/// The signature's nonce is derived from key, challenge and 32 bytes from `rng`: neither a fault that
/// repeats a signature nor a weak generator alone reveals the key.
///
/// # Errors
/// None in practice.
pub fn sign(
    key: &EcPrivateKey,
    hash: Hash,
    challenge: &Challenge,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    ecdsa::sign(key, hash, challenge, rng)
}

/// Verifies an ECDSA signature in plain format over the challenge.
///
/// `key` comes from DG15, whose hash passive authentication verifies.
///
/// # Errors
/// [`Error::NotAuthentic`] if the signature does not verify.
pub fn verify(
    key: &EcPublicKey,
    hash: Hash,
    challenge: &Challenge,
    signature: &[u8],
) -> Result<ChipAuthenticated, Error> {
    ecdsa::verify(key, hash, challenge, signature)?;
    Ok(ChipAuthenticated::new(key.clone()))
}
