//! The private key of a terminal or an authority as text.

use cvc::SigningKey;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use secure_channel::{Curve, EcPrivateKey};
use zeroize::Zeroizing;

use super::signing_key;
use crate::error::Error;

/// A key on P-256, as PKCS#8 in the textual encoding of RFC 7468. Whoever has it can sign.
///
/// # Errors
/// [`Error::Internal`] for a key on another curve: the agency PKI has none.
pub fn expose_signing_key_pem(key: &SigningKey) -> Result<Zeroizing<String>, Error> {
    let scalar = key.private_key().expose_secret();
    let key = p256::SecretKey::from_slice(scalar);
    let pem = key
        .ok()
        .and_then(|key| key.to_pkcs8_pem(LineEnding::LF).ok());
    pem.ok_or(Error::Internal("a key of the agency PKI has no PEM form"))
}

/// Reads a key on P-256, as [`expose_signing_key_pem`] and `openssl genpkey` write it. It signs with ECDSA and SHA-256.
///
/// # Errors
/// [`Error::AgencyKey`] for anything else.
pub fn signing_key_from_pem(pem: &str) -> Result<SigningKey, Error> {
    let key = p256::SecretKey::from_pkcs8_pem(pem).map_err(|_| Error::AgencyKey)?;
    let scalar = Zeroizing::new(key.to_bytes());
    signing_key(EcPrivateKey::from_bytes(Curve::P256, &scalar)?)
}
