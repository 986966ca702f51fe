//! ECDSA in plain format `r ‖ s` (TR-03111 §5.2.1), over messages that others define: the challenge of Active
//! Authentication, the body of a card-verifiable certificate, the response of Terminal Authentication.

use alloc::vec::Vec;

use crate::{EcPrivateKey, EcPublicKey, Error, secret::SecretBytes};
use rand_core::CryptoRng;

pub use crate::Hash;

/// Signs a message.
///
/// The signature's nonce is derived from key, message and 32 bytes from `rng`: neither a fault that
/// repeats a signature nor a weak generator alone reveals the key.
///
/// # Errors
/// None in practice.
pub fn sign(
    key: &EcPrivateKey,
    hash: Hash,
    message: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let mut entropy = SecretBytes::zeros(32);
    rng.fill_bytes(&mut entropy);
    key.curve()
        .arithmetic()
        .sign(key.expose_secret(), &hash.digest(&[message]), &entropy)
}

/// Verifies a signature over a message.
///
/// # Errors
/// [`Error::NotAuthentic`] if the signature does not verify.
pub fn verify(
    key: &EcPublicKey,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let digest = hash.digest(&[message]);
    key.curve()
        .arithmetic()
        .verify(key.as_uncompressed(), &digest, signature)
}
