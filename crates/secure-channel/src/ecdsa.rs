//! ECDSA in plain format `r ‖ s` (TR-03111 §5.2.1), over messages that others define: the challenge of Active
//! Authentication, the body of a card-verifiable certificate, the response of Terminal Authentication.

use alloc::vec::Vec;

use rand_core::CryptoRng;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::{EcPrivateKey, EcPublicKey, Error, secret::SecretBytes};

/// The hash of a signature, as ActiveAuthenticationInfo and the algorithms of Terminal Authentication name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-1; only old documents use it.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// Length in bytes of a digest.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of the concatenation of `parts`.
    #[must_use]
    pub fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        fn run<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut digest = D::new();
            for part in parts {
                digest.update(part);
            }
            digest.finalize().to_vec()
        }
        match self {
            Self::Sha1 => run::<Sha1>(parts),
            Self::Sha224 => run::<Sha224>(parts),
            Self::Sha256 => run::<Sha256>(parts),
            Self::Sha384 => run::<Sha384>(parts),
            Self::Sha512 => run::<Sha512>(parts),
        }
    }
}

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
