//! Private keys of a test PKI.

use core::fmt;

use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, RSA_ENCRYPTION};
use der::{Decode, SecretDocument};
use ecdsa::signature::hazmat::PrehashSigner;
use elliptic_curve::Generate;
use pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, PrivateKeyInfoRef};
use rand_core::CryptoRng;
use rsa::signature::RandomizedSigner;
use rsa::traits::PublicKeyParts;
use sha2::{Sha256, Sha384, Sha512};
use signature::SignatureEncoding;
use spki::SubjectPublicKeyInfoOwned;
use zeroize::Zeroizing;

use crate::{Curve, DigestAlgorithm, Error, PublicKey, SignatureAlgorithm};

/// A kind of key that can be generated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyType {
    /// NIST P-256.
    #[default]
    P256,
    /// NIST P-384.
    P384,
    /// brainpoolP256r1.
    BrainpoolP256r1,
}

/// A private key and the algorithm that it signs with. It wipes itself, and prints nothing.
#[derive(Clone)]
pub struct PrivateKey {
    inner: Inner,
    algorithm: SignatureAlgorithm,
}

#[derive(Clone)]
enum Inner {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    BrainpoolP256r1(ecdsa::SigningKey<bp256::BrainpoolP256r1>),
    Rsa(Box<rsa::PrivateKey>),
}

impl PrivateKey {
    /// A fresh key. It signs with SHA-256, with P-384 with SHA-384.
    #[must_use]
    pub fn generate(key_type: KeyType, rng: &mut dyn CryptoRng) -> Self {
        Self::from_inner(match key_type {
            KeyType::P256 => Inner::P256(p256::ecdsa::SigningKey::generate_from_rng(rng)),
            KeyType::P384 => Inner::P384(p384::ecdsa::SigningKey::generate_from_rng(rng)),
            KeyType::BrainpoolP256r1 => {
                Inner::BrainpoolP256r1(ecdsa::SigningKey::generate_from_rng(rng))
            }
        })
    }

    /// A fresh RSA key with the public exponent 65537, for RSASSA-PKCS1-v1_5 with SHA-256. Finding primes takes
    /// seconds where the arithmetic is not optimised.
    ///
    /// # Errors
    /// [`Error::RsaKeySize`] outside 2048 to 8192 bits, [`Error::PrivateKey`] if no primes are found.
    pub fn generate_rsa(bits: usize, rng: &mut dyn CryptoRng) -> Result<Self, Error> {
        if !crate::public_key::RSA_BITS.contains(&bits) {
            return Err(Error::RsaKeySize { bits });
        }
        let key = rsa::PrivateKey::new(rng, bits).map_err(|_| Error::PrivateKey)?;
        Ok(Self::from_inner(Inner::Rsa(Box::new(key))))
    }

    /// Reads a PKCS#8 key: an elliptic-curve key of a [`KeyType`], or RSA of 2048 to 8192 bits.
    ///
    /// # Errors
    /// [`Error::PrivateKey`], [`Error::UnsupportedCurve`], [`Error::UnsupportedKey`] or [`Error::RsaKeySize`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        let invalid = |_| Error::PrivateKey;
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| Error::PrivateKey)?;
        let inner = match info.algorithm.oid {
            ID_EC_PUBLIC_KEY => {
                let curve = info.algorithm.parameters_oid();
                match Curve::from_oid(curve.map_err(|_| Error::PrivateKey)?)? {
                    Curve::P256 => {
                        Inner::P256(p256::ecdsa::SigningKey::from_pkcs8_der(der).map_err(invalid)?)
                    }
                    Curve::P384 => {
                        Inner::P384(p384::ecdsa::SigningKey::from_pkcs8_der(der).map_err(invalid)?)
                    }
                    Curve::BrainpoolP256r1 => Inner::BrainpoolP256r1(
                        ecdsa::SigningKey::from_pkcs8_der(der).map_err(invalid)?,
                    ),
                    other => return Err(Error::UnsupportedCurve(other.oid())),
                }
            }
            RSA_ENCRYPTION => {
                let key = rsa::PrivateKey::from_pkcs8_der(der).map_err(invalid)?;
                let bits = usize::try_from(key.n().bit_width_vartime()).unwrap_or(usize::MAX);
                if !crate::public_key::RSA_BITS.contains(&bits) {
                    return Err(Error::RsaKeySize { bits });
                }
                Inner::Rsa(Box::new(key))
            }
            oid => return Err(Error::UnsupportedKey(oid)),
        };
        Ok(Self::from_inner(inner))
    }

    /// Reads a PKCS#8 key in the textual encoding of RFC 7468 ("PRIVATE KEY"), as `openssl genpkey` writes it.
    ///
    /// # Errors
    /// As [`Self::from_pkcs8_der`].
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, Error> {
        let (label, document) = SecretDocument::from_pem(pem).map_err(|_| Error::PrivateKey)?;
        if label != "PRIVATE KEY" {
            return Err(Error::PrivateKey);
        }
        Self::from_pkcs8_der(document.as_bytes())
    }

    /// The key itself, as PKCS#8 in the textual encoding of RFC 7468. Whoever has it can sign.
    ///
    /// # Errors
    /// [`Error::PrivateKey`], if it cannot be encoded.
    pub fn expose_pkcs8_pem(&self) -> Result<Zeroizing<String>, Error> {
        let line_ending = pkcs8::LineEnding::LF;
        match &self.inner {
            Inner::P256(key) => key.to_pkcs8_pem(line_ending),
            Inner::P384(key) => key.to_pkcs8_pem(line_ending),
            Inner::BrainpoolP256r1(key) => key.to_pkcs8_pem(line_ending),
            Inner::Rsa(key) => key.to_pkcs8_pem(line_ending),
        }
        .map_err(|_| Error::PrivateKey)
    }

    /// Signs with this algorithm from now on.
    ///
    /// # Errors
    /// [`Error::KeyMismatch`] if it does not go with the key.
    pub fn with_algorithm(mut self, algorithm: SignatureAlgorithm) -> Result<Self, Error> {
        let is_rsa = matches!(self.inner, Inner::Rsa(_));
        let for_rsa = !matches!(algorithm, SignatureAlgorithm::Ecdsa(_));
        if is_rsa != for_rsa {
            return Err(Error::KeyMismatch);
        }
        self.algorithm = algorithm;
        Ok(self)
    }

    /// The algorithm that it signs with.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Its public key.
    ///
    /// # Errors
    /// [`Error::PublicKey`], if it cannot be encoded.
    pub fn public_key(&self) -> Result<PublicKey, Error> {
        let document = match &self.inner {
            Inner::P256(key) => key.verifying_key().to_public_key_der(),
            Inner::P384(key) => key.verifying_key().to_public_key_der(),
            Inner::BrainpoolP256r1(key) => key.verifying_key().to_public_key_der(),
            Inner::Rsa(key) => key.to_public_key().to_public_key_der(),
        }
        .map_err(|_| Error::PublicKey)?;
        let spki = SubjectPublicKeyInfoOwned::from_der(document.as_bytes())
            .map_err(Error::malformed("public key"))?;
        PublicKey::from_spki(&spki)
    }

    /// Signs `message`. ECDSA takes no randomness (RFC 6979); RSA blinds with it, and salts with it in RSASSA-PSS.
    ///
    /// # Errors
    /// [`Error::PrivateKey`], if the key is damaged.
    pub fn sign(&self, message: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
        let hash = self.algorithm.digest().digest(message);
        match &self.inner {
            Inner::P256(key) => ecdsa::<_, p256::ecdsa::DerSignature>(key, &hash),
            Inner::P384(key) => ecdsa::<_, p384::ecdsa::DerSignature>(key, &hash),
            Inner::BrainpoolP256r1(key) => ecdsa::<_, bp256::r1::ecdsa::DerSignature>(key, &hash),
            Inner::Rsa(key) => self.sign_rsa(key, message, rng),
        }
    }

    fn sign_rsa(
        &self,
        key: &rsa::PrivateKey,
        message: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        use rsa::pkcs1v15::SigningKey as Pkcs1;
        use rsa::pss::SigningKey as Pss;
        let key = key.clone();
        match self.algorithm {
            SignatureAlgorithm::RsaPkcs1(digest) => match digest {
                DigestAlgorithm::Sha256 => randomized(&Pkcs1::<Sha256>::new(key), message, rng),
                DigestAlgorithm::Sha384 => randomized(&Pkcs1::<Sha384>::new(key), message, rng),
                DigestAlgorithm::Sha512 => randomized(&Pkcs1::<Sha512>::new(key), message, rng),
            },
            SignatureAlgorithm::RsaPss { digest, salt_len } => {
                let salt = usize::from(salt_len);
                match digest {
                    DigestAlgorithm::Sha256 => {
                        randomized(&Pss::<Sha256>::new_with_salt_len(key, salt), message, rng)
                    }
                    DigestAlgorithm::Sha384 => {
                        randomized(&Pss::<Sha384>::new_with_salt_len(key, salt), message, rng)
                    }
                    DigestAlgorithm::Sha512 => {
                        randomized(&Pss::<Sha512>::new_with_salt_len(key, salt), message, rng)
                    }
                }
            }
            SignatureAlgorithm::Ecdsa(_) => Err(Error::KeyMismatch),
        }
    }

    fn from_inner(inner: Inner) -> Self {
        let algorithm = match &inner {
            Inner::P256(_) | Inner::BrainpoolP256r1(_) => {
                SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256)
            }
            Inner::P384(_) => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384),
            Inner::Rsa(_) => SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
        };
        Self { inner, algorithm }
    }
}

fn ecdsa<K, S>(key: &K, hash: &[u8]) -> Result<Vec<u8>, Error>
where
    K: PrehashSigner<S>,
    S: SignatureEncoding,
{
    let signature = key.sign_prehash(hash).map_err(|_| Error::PrivateKey)?;
    Ok(signature.to_vec())
}

fn randomized<K, S>(key: &K, message: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error>
where
    K: RandomizedSigner<S>,
    S: SignatureEncoding,
{
    let signature = key.try_sign_with_rng(rng, message);
    Ok(signature.map_err(|_| Error::PrivateKey)?.to_vec())
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
