//! Verification of Active Authentication with RSA: ISO/IEC 9796-2 digital signature scheme 1 with
//! partial message recovery (Doc 9303-11 §6.1.2.1).
//!
//! Only foreign documents use it. The chip's own half of the message comes back out of the signature;
//! the challenge is the other half.

use rsa::{BoxedUint, PublicKey, hazmat, pkcs8::DecodePublicKey, traits::PublicKeyParts};
use subtle::ConstantTimeEq;

use super::{Challenge, Hash};
use crate::Error;

/// The first byte of a recovered message: partial recovery, no padding.
const HEADER: u8 = 0x6A;

/// Verifies a signature over the challenge with the key of DG15, a DER SubjectPublicKeyInfo.
///
/// The hash is the one that the signature's trailer names.
///
/// # Errors
/// [`Error::Malformed`] for a key that is not RSA of 1024 to 8192 bits, [`Error::NotAuthentic`] if the
/// signature does not verify.
pub fn verify(
    subject_public_key_info: &[u8],
    challenge: &Challenge,
    signature: &[u8],
) -> Result<(), Error> {
    const WRONG: Error = Error::NotAuthentic("the ISO/IEC 9796-2 signature does not verify");
    let key = PublicKey::from_public_key_der(subject_public_key_info)
        .map_err(|_| Error::Malformed("the RSA public key"))?;
    let message = recover(&key, signature).ok_or(WRONG)?;
    let (hash, trailer) = match *message {
        [.., 0xBC] => (Hash::Sha1, 1),
        [.., 0x33, 0xCC] => (Hash::Sha1, 2),
        [.., 0x38, 0xCC] => (Hash::Sha224, 2),
        [.., 0x34, 0xCC] => (Hash::Sha256, 2),
        [.., 0x36, 0xCC] => (Hash::Sha384, 2),
        [.., 0x35, 0xCC] => (Hash::Sha512, 2),
        _ => return Err(WRONG),
    };
    let (&header, message) = message.split_first().ok_or(WRONG)?;
    let (message, _) = message
        .len()
        .checked_sub(trailer)
        .and_then(|length| message.split_at_checked(length))
        .ok_or(WRONG)?;
    let (recovered, digest) = message
        .len()
        .checked_sub(hash.size())
        .and_then(|length| message.split_at_checked(length))
        .ok_or(WRONG)?;
    if header == HEADER && bool::from(hash.digest(&[recovered, challenge]).ct_eq(digest)) {
        Ok(())
    } else {
        Err(WRONG)
    }
}

/// The message representative, as long as the modulus: the public operation's result or, since signers
/// may publish the smaller of S and n − S, its negative; whichever ends as a representative must.
fn recover(key: &PublicKey, signature: &[u8]) -> Option<alloc::vec::Vec<u8>> {
    let modulus = key.n().as_ref();
    if signature.len() != key.size() {
        return None;
    }
    let signature = BoxedUint::from_be_slice(signature, modulus.bits_precision()).ok()?;
    if signature >= *modulus {
        return None;
    }
    let opened = hazmat::rsa_encrypt(key, &signature).ok()?;
    let ends_right = |number: &BoxedUint| {
        number
            .to_be_bytes()
            .last()
            .is_some_and(|byte| byte & 0x0F == 0x0C)
    };
    let message = if ends_right(&opened) {
        opened
    } else {
        modulus.wrapping_sub(&opened)
    };
    let bytes = message.to_be_bytes();
    bytes
        .get(bytes.len().checked_sub(key.size())?..)
        .map(<[u8]>::to_vec)
}
