//! The key pairs of set 14 that are shorter than the authority's: on P-224, which no other part of this project speaks.
//!
//! They are there to be refused. The domain parameters are in the certificate, which is what makes it dangerous: without them
//! the point has not the length of one, and every card refuses it.

use cvc::SignatureAlgorithm;
use iso7816::tlv::{self, Tag};
use p224::ecdsa::signature::hazmat::PrehashSigner;
use p224::ecdsa::{Signature, SigningKey};
use rand_core::Rng;
use secure_channel::Hash;

use crate::Authorities;

/// P-224 (SEC 2, 2.6.1) as DO 81 to 85 of a public key (TR-03110-3 D.3.3).
const DOMAIN_PARAMETERS: [(u32, &[u8]); 5] = [
    (
        0x81,
        &[
            0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
        ],
    ),
    (
        0x82,
        &[
            0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE,
        ],
    ),
    (
        0x83,
        &[
            0xB4, 0x05, 0x0A, 0x85, 0x0C, 0x04, 0xB3, 0xAB, 0xF5, 0x41, 0x32, 0x56, 0x50, 0x44,
            0xB0, 0xB7, 0xD7, 0xBF, 0xD8, 0xBA, 0x27, 0x0B, 0x39, 0x43, 0x23, 0x55, 0xFF, 0xB4,
        ],
    ),
    (
        0x84,
        &[
            0x04, 0xB7, 0x0E, 0x0C, 0xBD, 0x6B, 0xB4, 0xBF, 0x7F, 0x32, 0x13, 0x90, 0xB9, 0x4A,
            0x03, 0xC1, 0xD3, 0x56, 0xC2, 0x11, 0x22, 0x34, 0x32, 0x80, 0xD6, 0x11, 0x5C, 0x1D,
            0x21, 0xBD, 0x37, 0x63, 0x88, 0xB5, 0xF7, 0x23, 0xFB, 0x4C, 0x22, 0xDF, 0xE6, 0xCD,
            0x43, 0x75, 0xA0, 0x5A, 0x07, 0x47, 0x64, 0x44, 0xD5, 0x81, 0x99, 0x85, 0x00, 0x7E,
            0x34,
        ],
    ),
    (
        0x85,
        &[
            0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0x16, 0xA2, 0xE0, 0xB8, 0xF0, 0x3E, 0x13, 0xDD, 0x29, 0x45, 0x5C, 0x5C, 0x2A, 0x3D,
        ],
    ),
];

/// A key pair on P-224.
pub(super) struct ShortKey(SigningKey);

impl ShortKey {
    /// The key pair of this name, if it is one of these.
    pub(super) fn find(authorities: &Authorities, name: &str) -> Option<Self> {
        if !matches!(name, "DV_KEY_14b" | "IS_KEY_14b") {
            return None;
        }
        let mut rng = authorities.rng(name);
        core::iter::repeat_with(|| {
            let mut scalar = [0; 28];
            rng.fill_bytes(&mut scalar);
            SigningKey::from_slice(&scalar).ok()
        })
        .flatten()
        .next()
        .map(Self)
    }

    /// What DO 7F49 holds.
    pub(super) fn object(&self, algorithm: SignatureAlgorithm) -> Vec<u8> {
        let mut object = tlv::encode(Tag(0x06), algorithm.oid().as_bytes());
        for (tag, number) in DOMAIN_PARAMETERS {
            tlv::push(&mut object, Tag(tag), number);
        }
        let point = self.0.verifying_key().to_encoded_point(false);
        tlv::push(&mut object, Tag(0x86), point.as_bytes());
        tlv::push(&mut object, Tag(0x87), &[0x01]);
        object
    }

    /// Signs a message.
    pub(super) fn sign(&self, hash: Hash, message: &[u8]) -> Result<Vec<u8>, p224::ecdsa::Error> {
        let signature: Signature = self.0.sign_prehash(&hash.digest(&[message]))?;
        Ok(signature.to_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use p224::ecdsa::signature::hazmat::PrehashVerifier;

    use super::*;

    #[test]
    fn a_short_key_signs_and_stands_in_its_certificate() {
        let authorities = Authorities::specimen().unwrap();
        let key = ShortKey::find(&authorities, "DV_KEY_14b").unwrap();
        let point = key.0.verifying_key().to_encoded_point(false);
        let parent = authorities.certificate("DV_CERT_14b").unwrap();
        let mut places = parent.body.windows(57);
        assert!(places.any(|bytes| bytes == point.as_bytes()));

        let child = authorities.certificate("IS_CERT_14a").unwrap();
        let [0x5F, 0x37, 56, signature @ ..] = &child.signature[..] else {
            panic!("{:02X?}", child.signature)
        };
        let signature = Signature::from_slice(signature).unwrap();
        let digest = Hash::Sha256.digest(&[&child.body]);
        key.0
            .verifying_key()
            .verify_prehash(&digest, &signature)
            .unwrap();
    }
}
