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
    sign_hash_value(key, &hash.digest(&[message]), rng)
}

/// Signs what somebody else has hashed (TR-03111 §4.2.1.1 from step 3 on). Of a value that is longer than
/// the order of the curve the leftmost bits count.
///
/// # Errors
/// None in practice, for a value that is no shorter than half the order.
pub fn sign_hash_value(
    key: &EcPrivateKey,
    value: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let mut entropy = SecretBytes::zeros(32);
    rng.fill_bytes(&mut entropy);
    key.curve()
        .arithmetic()
        .sign(key.expose_secret(), value, &entropy)
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
