//! Public keys and what they verify.

mod curve;

use core::ops::RangeInclusive;

use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, ID_RSASSA_PSS, RSA_ENCRYPTION};
use der::asn1::BitString;
use der::{Decode, Encode};
use ecdsa::signature::hazmat::PrehashVerifier;
use rsa::BoxedUint;
use rsa::pkcs1::RsaPublicKeyRef;
use rsa::traits::PublicKeyParts;
use sha2::{Sha256, Sha384, Sha512};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

pub use curve::Curve;

use crate::Error;
use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm};

/// Shorter moduli can be factored, longer ones only cost time.
pub(crate) const RSA_BITS: RangeInclusive<usize> = 2048..=8192;

/// A public key that was found to be one: a point of its curve, or an RSA modulus of acceptable size.
///
/// It compares by value. Two encodings of one point are one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(Inner);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Inner {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
    BrainpoolP256r1(ecdsa::VerifyingKey<bp256::BrainpoolP256r1>),
    BrainpoolP384r1(ecdsa::VerifyingKey<bp384::BrainpoolP384r1>),
    Rsa {
        key: rsa::PublicKey,
        /// The key announces itself as RSASSA-PSS, so it must not be used with PKCS#1 v1.5 (RFC 4055 §1.2).
        pss_only: bool,
    },
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`Error::UnsupportedKey`], [`Error::UnsupportedCurve`], [`Error::ExplicitCurve`], [`Error::RsaKeySize`],
    /// [`Error::PublicKey`] or [`Error::Malformed`].
    pub fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, Error> {
        let key = spki.subject_public_key.as_bytes().ok_or(Error::PublicKey)?;
        match spki.algorithm.oid {
            ID_EC_PUBLIC_KEY => {
                let parameters = spki.algorithm.parameters.as_ref();
                let parameters = parameters.ok_or(Error::AlgorithmParameters(ID_EC_PUBLIC_KEY))?;
                Self::from_point(Curve::from_parameters(parameters)?, key)
            }
            RSA_ENCRYPTION => Self::from_rsa(key, false),
            ID_RSASSA_PSS => Self::from_rsa(key, true),
            oid => Err(Error::UnsupportedKey(oid)),
        }
    }

    /// Reads a point in the encoding of SEC 1 §2.3.3 and checks that it lies on the curve.
    ///
    /// # Errors
    /// [`Error::PublicKey`].
    pub fn from_point(curve: Curve, point: &[u8]) -> Result<Self, Error> {
        let invalid = |_| Error::PublicKey;
        Ok(Self(match curve {
            Curve::P256 => {
                Inner::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(invalid)?)
            }
            Curve::P384 => {
                Inner::P384(p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(invalid)?)
            }
            Curve::P521 => {
                Inner::P521(p521::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(invalid)?)
            }
            Curve::BrainpoolP256r1 => Inner::BrainpoolP256r1(
                ecdsa::VerifyingKey::<bp256::BrainpoolP256r1>::from_sec1_bytes(point)
                    .map_err(invalid)?,
            ),
            Curve::BrainpoolP384r1 => Inner::BrainpoolP384r1(
                ecdsa::VerifyingKey::<bp384::BrainpoolP384r1>::from_sec1_bytes(point)
                    .map_err(invalid)?,
            ),
        }))
    }

    /// An RSA key from its modulus and public exponent, both big-endian: how a card names them (ISO/IEC 7816-8).
    ///
    /// # Errors
    /// [`Error::RsaKeySize`], [`Error::PublicKey`].
    pub fn from_rsa_numbers(modulus: &[u8], public_exponent: &[u8]) -> Result<Self, Error> {
        Self::from_rsa_parts(modulus, public_exponent, false)
    }

    fn from_rsa(der: &[u8], pss_only: bool) -> Result<Self, Error> {
        let parts = RsaPublicKeyRef::from_der(der).map_err(Error::malformed("RSA public key"))?;
        let (modulus, exponent) = (parts.modulus, parts.public_exponent);
        Self::from_rsa_parts(modulus.as_bytes(), exponent.as_bytes(), pss_only)
    }

    fn from_rsa_parts(modulus: &[u8], exponent: &[u8], pss_only: bool) -> Result<Self, Error> {
        let modulus = BoxedUint::from_be_slice_vartime(modulus);
        let exponent = BoxedUint::from_be_slice_vartime(exponent);
        let bits = usize::try_from(modulus.bit_width_vartime()).unwrap_or(usize::MAX);
        if !RSA_BITS.contains(&bits) {
            return Err(Error::RsaKeySize { bits });
        }
        let key = rsa::PublicKey::new(modulus, exponent).map_err(|_| Error::PublicKey)?;
        Ok(Self(Inner::Rsa { key, pss_only }))
    }

    /// The curve, if it is an elliptic-curve key.
    #[must_use]
    pub fn curve(&self) -> Option<Curve> {
        match &self.0 {
            Inner::P256(_) => Some(Curve::P256),
            Inner::P384(_) => Some(Curve::P384),
            Inner::P521(_) => Some(Curve::P521),
            Inner::BrainpoolP256r1(_) => Some(Curve::BrainpoolP256r1),
            Inner::BrainpoolP384r1(_) => Some(Curve::BrainpoolP384r1),
            Inner::Rsa { .. } => None,
        }
    }

    /// The length of the field or of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        match &self.0 {
            Inner::P256(_) | Inner::BrainpoolP256r1(_) => 256,
            Inner::P384(_) | Inner::BrainpoolP384r1(_) => 384,
            Inner::P521(_) => 521,
            Inner::Rsa { key, .. } => usize::try_from(key.n().bit_width_vartime()).unwrap_or(0),
        }
    }

    /// The modulus of an RSA key, most significant byte first, if the key announces itself as `rsaEncryption`, which leaves
    /// open what it is used with (RFC 4055 §1.2).
    #[must_use]
    pub fn rsa_modulus(&self) -> Option<Box<[u8]>> {
        self.rsa().map(PublicKeyParts::n_bytes)
    }

    /// The public exponent of such a key, most significant byte first.
    #[must_use]
    pub fn rsa_public_exponent(&self) -> Option<Box<[u8]>> {
        self.rsa().map(PublicKeyParts::e_bytes)
    }

    /// The point of an elliptic-curve key, uncompressed (SEC 1 §2.3.3).
    #[must_use]
    pub fn point(&self) -> Option<Box<[u8]>> {
        match &self.0 {
            Inner::P256(key) => Some(key.to_sec1_bytes()),
            Inner::P384(key) => Some(key.to_sec1_bytes()),
            Inner::P521(key) => Some(key.to_sec1_bytes()),
            Inner::BrainpoolP256r1(key) => Some(key.to_sec1_bytes()),
            Inner::BrainpoolP384r1(key) => Some(key.to_sec1_bytes()),
            Inner::Rsa { .. } => None,
        }
    }

    /// The key as a SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7), an elliptic curve by its name.
    ///
    /// # Errors
    /// [`Error::PublicKey`].
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        let spki = self.to_spki(false)?;
        spki.to_der().map_err(Error::malformed("public key"))
    }

    /// An RSA key that may be used with any padding.
    pub(crate) fn rsa(&self) -> Option<&rsa::PublicKey> {
        match &self.0 {
            Inner::Rsa {
                key,
                pss_only: false,
            } => Some(key),
            _ => None,
        }
    }

    /// The key as a SubjectPublicKeyInfo, on request with the parameters of its curve written out.
    pub(crate) fn to_spki(&self, explicit: bool) -> Result<SubjectPublicKeyInfoOwned, Error> {
        let malformed = Error::malformed("public key");
        if let Inner::Rsa { key, pss_only } = &self.0 {
            let mut spki =
                SubjectPublicKeyInfoOwned::from_key(key).map_err(|_| Error::PublicKey)?;
            if *pss_only {
                spki.algorithm = AlgorithmIdentifierOwned {
                    oid: ID_RSASSA_PSS,
                    parameters: None,
                };
            }
            return Ok(spki);
        }
        let point = self.point().ok_or(Error::PublicKey)?;
        let curve = self.curve().ok_or(Error::PublicKey)?;
        Ok(SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned {
                oid: ID_EC_PUBLIC_KEY,
                parameters: Some(curve.to_parameters(explicit).map_err(&malformed)?),
            },
            subject_public_key: BitString::from_bytes(&point).map_err(&malformed)?,
        })
    }

    /// An identifier of the key for certificates: the first 160 bits of the SHA-256 of the public key (RFC 7093 §2,
    /// method 1). RFC 5280 suggests SHA-1; identifiers are only ever compared with each other.
    pub(crate) fn identifier(&self) -> Result<Vec<u8>, Error> {
        let spki = self.to_spki(false)?;
        let mut identifier = DigestAlgorithm::Sha256.digest(spki.subject_public_key.raw_bytes());
        identifier.truncate(20);
        Ok(identifier)
    }

    /// Verifies a signature over `message`.
    ///
    /// # Errors
    /// [`Error::KeyMismatch`] if the algorithm does not go with the key, [`Error::Signature`] if it does not verify.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.verify_hash(algorithm, &algorithm.digest().digest(message), signature)
    }

    /// The same over a hash that was computed piece by piece.
    pub(crate) fn verify_hash(
        &self,
        algorithm: SignatureAlgorithm,
        hash: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        match (&self.0, algorithm) {
            (Inner::P256(key), SignatureAlgorithm::Ecdsa(_)) => {
                prehash::<_, p256::ecdsa::DerSignature>(key, hash, signature)
            }
            (Inner::P384(key), SignatureAlgorithm::Ecdsa(_)) => {
                prehash::<_, p384::ecdsa::DerSignature>(key, hash, signature)
            }
            (Inner::P521(key), SignatureAlgorithm::Ecdsa(_)) => {
                prehash::<_, p521::ecdsa::DerSignature>(key, hash, signature)
            }
            (Inner::BrainpoolP256r1(key), SignatureAlgorithm::Ecdsa(_)) => {
                prehash::<_, bp256::r1::ecdsa::DerSignature>(key, hash, signature)
            }
            (Inner::BrainpoolP384r1(key), SignatureAlgorithm::Ecdsa(_)) => {
                prehash::<_, bp384::r1::ecdsa::DerSignature>(key, hash, signature)
            }
            (
                Inner::Rsa {
                    key,
                    pss_only: false,
                },
                SignatureAlgorithm::RsaPkcs1(digest),
            ) => pkcs1(key, digest, hash, signature),
            (Inner::Rsa { key, .. }, SignatureAlgorithm::RsaPss { digest, salt_len }) => {
                pss(key, digest, usize::from(salt_len), hash, signature)
            }
            _ => Err(Error::KeyMismatch),
        }
    }
}

/// Verifies `signature` over a hash that is already computed, whatever the key.
fn prehash<K, S>(key: &K, hash: &[u8], signature: &[u8]) -> Result<(), Error>
where
    K: PrehashVerifier<S>,
    S: for<'a> TryFrom<&'a [u8]>,
{
    let signature = S::try_from(signature).map_err(|_| Error::Signature)?;
    key.verify_prehash(hash, &signature)
        .map_err(|_| Error::Signature)
}

fn pkcs1(
    key: &rsa::PublicKey,
    digest: DigestAlgorithm,
    hash: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    use rsa::pkcs1v15::{Signature, VerifyingKey};
    let key = key.clone();
    match digest {
        DigestAlgorithm::Sha256 => {
            prehash::<_, Signature>(&VerifyingKey::<Sha256>::new(key), hash, signature)
        }
        DigestAlgorithm::Sha384 => {
            prehash::<_, Signature>(&VerifyingKey::<Sha384>::new(key), hash, signature)
        }
        DigestAlgorithm::Sha512 => {
            prehash::<_, Signature>(&VerifyingKey::<Sha512>::new(key), hash, signature)
        }
    }
}

fn pss(
    key: &rsa::PublicKey,
    digest: DigestAlgorithm,
    salt_len: usize,
    hash: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    use rsa::pss::{Signature, VerifyingKey};
    let key = key.clone();
    match digest {
        DigestAlgorithm::Sha256 => {
            let key = VerifyingKey::<Sha256>::new_with_salt_len(key, salt_len);
            prehash::<_, Signature>(&key, hash, signature)
        }
        DigestAlgorithm::Sha384 => {
            let key = VerifyingKey::<Sha384>::new_with_salt_len(key, salt_len);
            prehash::<_, Signature>(&key, hash, signature)
        }
        DigestAlgorithm::Sha512 => {
            let key = VerifyingKey::<Sha512>::new_with_salt_len(key, salt_len);
            prehash::<_, Signature>(&key, hash, signature)
        }
    }
}
