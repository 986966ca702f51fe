//! Key derivation (TR-03110-3 A.2.3, Doc 9303-11 §9.7.1).

use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::{SecretBytes, SymmetricCipher};

/// What a derived key is for: the counter that enters the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// K_Enc, counter 1.
    Encryption,
    /// K_MAC, counter 2.
    Authentication,
    /// K_π, which encrypts the nonce of PACE, counter 3.
    Password,
}

/// `KDF(K, [r], c)`: the first bytes of `H(K ‖ r ‖ c)` that make a key of the cipher.
///
/// H is SHA-1 for 128-bit keys and SHA-256 for longer ones. The nonce `r` occurs in Chip
/// Authentication version 2 only; elsewhere it is empty.
#[must_use]
pub fn derive(
    cipher: SymmetricCipher,
    secret: &[u8],
    nonce: &[u8],
    purpose: Purpose,
) -> SecretBytes {
    let counter: u32 = match purpose {
        Purpose::Encryption => 1,
        Purpose::Authentication => 2,
        Purpose::Password => 3,
    };
    let mut key = match cipher {
        SymmetricCipher::Aes128 => hash::<Sha1>(secret, nonce, counter),
        SymmetricCipher::Aes192 | SymmetricCipher::Aes256 => hash::<Sha256>(secret, nonce, counter),
    };
    // A vector is wiped over its whole capacity, so the cut bytes are wiped as well.
    key.as_mut_vec().truncate(cipher.key_size());
    key
}

fn hash<D: Digest>(secret: &[u8], nonce: &[u8], counter: u32) -> SecretBytes {
    let mut digest = D::new()
        .chain_update(secret)
        .chain_update(nonce)
        .chain_update(counter.to_be_bytes())
        .finalize();
    let key = digest.to_vec().into();
    digest.as_mut_slice().zeroize();
    key
}
