//! Private keys, wherever they are: on a card, most of all.

use core::fmt;

use const_oid::db::rfc4519::SERIAL_NUMBER;
use pki::{Certificate, SignatureAlgorithm};
use zeroize::Zeroizing;

use crate::{Failure, asn1};

/// A private key that signs, with its certificate.
pub trait SigningKey {
    /// The certificate of the key.
    fn certificate(&self) -> &Certificate;

    /// The algorithm that it signs with.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Signs a hash that was computed with the algorithm's own. The signature is as messages carry it: RSA as long as the modulus, ECDSA as a
    /// DER-encoded `ECDSA-Sig-Value` (see [`ecdsa_sig_value`]).
    ///
    /// # Errors
    /// Why the key could not be used.
    fn sign(&mut self, hash: &[u8]) -> Result<Vec<u8>, Failure>;
}

/// A private key that decrypts, with its certificate.
pub trait DecryptionKey {
    /// The certificate of the key.
    fn certificate(&self) -> &Certificate;

    /// Decrypts a cryptogram. `None`, or whatever else (implicit rejection), if it does not decrypt: the two are not told apart.
    ///
    /// # Errors
    /// Why the key could not be used, which must not depend on the cryptogram.
    fn decrypt(
        &mut self,
        algorithm: KeyTransportAlgorithm,
        cryptogram: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Failure>;
}

/// How a key for the content is encrypted for its recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyTransportAlgorithm {
    /// RSAES-PKCS1-v1_5 (RFC 8017 §7.2).
    RsaesPkcs1,
    /// RSAES-OAEP (RFC 8017 §7.1) with MGF1 over the same hash and an empty label.
    RsaesOaep(OaepDigest),
}

/// A hash in RSAES-OAEP. That SHA-1 is broken as a hash of documents does not concern it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OaepDigest {
    /// SHA-1, what is meant if nothing is said.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// What a certificate must allow its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyPurpose {
    /// To sign documents and declarations: keyUsage nonRepudiation, which X.509 calls contentCommitment by now.
    ContentCommitment,
    /// To log in: keyUsage digitalSignature *without* nonRepudiation, so that nobody ever signs a declaration by logging in.
    Authentication,
}

impl KeyPurpose {
    /// Whether the certificate says so. One without key usage says nothing.
    #[must_use]
    pub fn is_allowed_by(self, certificate: &Certificate) -> bool {
        certificate.key_usage().is_some_and(|usage| match self {
            Self::ContentCommitment => usage.non_repudiation(),
            Self::Authentication => usage.digital_signature() && !usage.non_repudiation(),
        })
    }
}

impl fmt::Display for KeyPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentCommitment => "for signatures (nonRepudiation)",
            Self::Authentication => "for authentication (digitalSignature alone)",
        })
    }
}

/// The serialNumber in the subject of a certificate (X.520 §5.2.9), by which an issuer tells people of one name apart and knows one person again in
/// the next certificate. Not the number of the certificate. `None` unless there is exactly one.
#[must_use]
pub fn subject_serial_number(certificate: &Certificate) -> Option<String> {
    let mut numbers = certificate
        .subject()
        .iter()
        .filter(|attribute| attribute.oid == SERIAL_NUMBER);
    match (numbers.next(), numbers.next()) {
        (Some(only), None) => {
            let text = core::str::from_utf8(only.value.value()).ok()?;
            Some(text.to_owned())
        }
        _ => None,
    }
}

/// The DER that messages carry of an ECDSA signature that is r and s, each as long as the field: what a card answers. `None` if it is no such
/// pair of numbers.
///
/// ```
/// let answer = [[0; 31].as_slice(), &[0x80], &[0; 31], &[0x01]].concat();
/// let der = signing::ecdsa_sig_value(&answer);
/// assert_eq!(der.as_deref(), Some(&[0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x01][..]));
/// ```
#[must_use]
pub fn ecdsa_sig_value(plain: &[u8]) -> Option<Vec<u8>> {
    if plain.is_empty() || !plain.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = plain.split_at(plain.len() / 2);
    let integer = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let digits = number.get(zeros..).unwrap_or_default();
        let first = digits.first()?;
        let sign: &[u8] = if first & 0x80 != 0 { &[0] } else { &[] };
        Some(asn1::element(0x02, &[sign, digits]))
    };
    Some(asn1::sequence(&[&integer(r)?, &integer(s)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_odd_lengths_are_no_signature() {
        assert_eq!(ecdsa_sig_value(&[]), None);
        assert_eq!(ecdsa_sig_value(&[1, 2, 3]), None);
        assert_eq!(ecdsa_sig_value(&[0, 0, 1, 1]), None);
        assert!(ecdsa_sig_value(&[0, 1, 1, 1]).is_some());
    }

    #[test]
    fn numbers_are_positive_and_as_short_as_possible() {
        let der = [0x30, 0x08, 2, 2, 0, 0x80, 2, 2, 0x7f, 0];
        assert_eq!(ecdsa_sig_value(&[0, 0x80, 0x7f, 0]), Some(der.to_vec()));
    }
}
