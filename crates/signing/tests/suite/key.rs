// Keys in software, for tests and examples: a library that has one invites to leave the card out.

use std::fs;

use p256::ecdsa::signature::hazmat::{PrehashSigner, RandomizedPrehashSigner};
use pkcs8::DecodePrivateKey;
use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rsa::{pkcs1v15, pss};
use sha2::{Sha256, Sha384, Sha512};
use signature::SignatureEncoding;
use signing::{DecryptionKey, Failure, KeyTransportAlgorithm, OaepDigest, SigningKey};
use zeroize::Zeroizing;

/// A private key of the test person and a certificate for it.
pub(crate) struct SoftwareKey {
    certificate: Certificate,
    key: Key,
    algorithm: SignatureAlgorithm,
}

enum Key {
    P256(p256::ecdsa::SigningKey),
    Rsa(rsa::PrivateKey),
}

/// What stands in a file of `vectors/`.
pub(crate) fn vector(path: &str) -> String {
    let path = format!("{}/../../vectors/{path}.pem", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).expect(&path)
}

/// One of the certificates of the test person, or of its issuers.
pub(crate) fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(&vector(&format!("signing/{name}"))).expect(name)
}

#[allow(dead_code, reason = "no example needs all of them")]
impl SoftwareKey {
    /// The key for signatures.
    pub(crate) fn signature() -> Self {
        Self::p256("signature-p256", "signature-p256-key")
    }

    /// The key for authentication.
    pub(crate) fn authentication() -> Self {
        Self::p256("authentication-p256", "authentication-p256-key")
    }

    /// The key for decryption.
    pub(crate) fn decipherment() -> Self {
        Self::rsa("decipherment-rsa", 3)
    }

    pub(crate) fn p256(name: &str, key: &str) -> Self {
        let key = p256::ecdsa::SigningKey::from_pkcs8_pem(&vector(&format!("signing/{key}")));
        Self {
            certificate: certificate(name),
            key: Key::P256(key.expect("a key")),
            algorithm: SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
        }
    }

    pub(crate) fn rsa(name: &str, key: u8) -> Self {
        let key = rsa::PrivateKey::from_pkcs8_pem(&vector(&format!("keys/rsa-2048-{key}")));
        Self {
            certificate: certificate(name),
            key: Key::Rsa(key.expect("a key")),
            algorithm: SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
        }
    }

    pub(crate) fn with_algorithm(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}

fn ecdsa(key: &p256::ecdsa::SigningKey, hash: &[u8]) -> Vec<u8> {
    let signature: p256::ecdsa::DerSignature = key.sign_prehash(hash).expect("a signature");
    signature.to_vec()
}

impl SigningKey for SoftwareKey {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&mut self, hash: &[u8]) -> Result<Vec<u8>, Failure> {
        use DigestAlgorithm as Digest;
        let key = match &self.key {
            Key::P256(key) => return Ok(ecdsa(key, hash)),
            Key::Rsa(key) => key.clone(),
        };
        let rng = &mut rng();
        Ok(match self.algorithm {
            SignatureAlgorithm::RsaPss { digest, salt_len } => {
                let salt = usize::from(salt_len);
                match digest {
                    Digest::Sha256 => pss::SigningKey::<Sha256>::new_with_salt_len(key, salt)
                        .sign_prehash_with_rng(rng, hash),
                    Digest::Sha384 => pss::SigningKey::<Sha384>::new_with_salt_len(key, salt)
                        .sign_prehash_with_rng(rng, hash),
                    Digest::Sha512 => pss::SigningKey::<Sha512>::new_with_salt_len(key, salt)
                        .sign_prehash_with_rng(rng, hash),
                }?
                .to_vec()
            }
            other => match other.digest() {
                Digest::Sha256 => pkcs1v15::SigningKey::<Sha256>::new(key).sign_prehash(hash),
                Digest::Sha384 => pkcs1v15::SigningKey::<Sha384>::new(key).sign_prehash(hash),
                Digest::Sha512 => pkcs1v15::SigningKey::<Sha512>::new(key).sign_prehash(hash),
            }?
            .to_vec(),
        })
    }
}

impl DecryptionKey for SoftwareKey {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn decrypt(
        &mut self,
        algorithm: KeyTransportAlgorithm,
        cryptogram: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let Key::Rsa(key) = &self.key else {
            return Ok(None);
        };
        let rng = &mut rng();
        let decrypted = match algorithm {
            KeyTransportAlgorithm::RsaesPkcs1 => key.pkcs1v15_decrypt_with_rng(rng, cryptogram),
            KeyTransportAlgorithm::RsaesOaep(digest) => match digest {
                OaepDigest::Sha1 => key.oaep_decrypt_with_rng::<sha1::Sha1, _>(rng, cryptogram),
                OaepDigest::Sha256 => key.oaep_decrypt_with_rng::<Sha256, _>(rng, cryptogram),
                OaepDigest::Sha384 => key.oaep_decrypt_with_rng::<Sha384, _>(rng, cryptogram),
                OaepDigest::Sha512 => key.oaep_decrypt_with_rng::<Sha512, _>(rng, cryptogram),
            },
        };
        Ok(decrypted.ok().map(Zeroizing::new))
    }
}
