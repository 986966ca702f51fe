//! Hash and signature algorithms: those of ICAO Doc 9303-12, 8th edition, §4, less the ones that no longer protect.
//!
//! SHA-1 is refused with its own error: a chosen-prefix collision costs less than a passport, so a SHA-1 signature does not
//! say which of two documents the issuer saw. SHA-224 is left out because no issuer is known to need it.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ECDSA_WITH_SHA_512, ID_MGF_1, ID_RSASSA_PSS, ID_SHA_1,
    ID_SHA_256, ID_SHA_384, ID_SHA_512, RSA_ENCRYPTION, SHA_1_WITH_RSA_ENCRYPTION,
    SHA_256_WITH_RSA_ENCRYPTION, SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION,
};
use der::{Any, Decode, Encode};
use rsa::pkcs1::RsaPssParams;
use sha2::{Digest, Sha256, Sha384, Sha512};
use spki::AlgorithmIdentifierOwned;

use crate::Error;

const MD5: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.5");
const MD5_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4");
const ECDSA_WITH_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");

/// A hash algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestAlgorithm {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl DigestAlgorithm {
    /// The algorithm behind an object identifier.
    ///
    /// # Errors
    /// [`Error::BrokenDigest`] for SHA-1 and MD5, [`Error::UnsupportedDigest`] for others.
    pub fn from_oid(oid: ObjectIdentifier) -> Result<Self, Error> {
        match oid {
            ID_SHA_256 => Ok(Self::Sha256),
            ID_SHA_384 => Ok(Self::Sha384),
            ID_SHA_512 => Ok(Self::Sha512),
            ID_SHA_1 | MD5 => Err(Error::BrokenDigest(oid)),
            _ => Err(Error::UnsupportedDigest(oid)),
        }
    }

    /// Its object identifier.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => ID_SHA_256,
            Self::Sha384 => ID_SHA_384,
            Self::Sha512 => ID_SHA_512,
        }
    }

    /// The length of a hash in bytes.
    #[must_use]
    pub fn output_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The hash of `message`.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    /// Reads an AlgorithmIdentifier. RFC 5754 §2: parameters absent, but NULL is to be accepted.
    ///
    /// # Errors
    /// As [`Self::from_oid`], and [`Error::AlgorithmParameters`].
    pub fn from_identifier(identifier: &AlgorithmIdentifierOwned) -> Result<Self, Error> {
        let digest = Self::from_oid(identifier.oid)?;
        absent_or_null(identifier)?;
        Ok(digest)
    }

    /// Its AlgorithmIdentifier. RFC 5754 §2: parameters absent.
    #[must_use]
    pub fn to_identifier(self) -> AlgorithmIdentifierOwned {
        AlgorithmIdentifierOwned {
            oid: self.oid(),
            parameters: None,
        }
    }
}

/// A hash that is computed piece by piece.
#[derive(Clone)]
pub struct Hasher(Inner);

#[derive(Clone)]
enum Inner {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    /// A hash over nothing yet.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self(match algorithm {
            DigestAlgorithm::Sha256 => Inner::Sha256(Sha256::new()),
            DigestAlgorithm::Sha384 => Inner::Sha384(Sha384::new()),
            DigestAlgorithm::Sha512 => Inner::Sha512(Sha512::new()),
        })
    }

    /// The next piece.
    pub fn update(&mut self, piece: &[u8]) {
        match &mut self.0 {
            Inner::Sha256(hasher) => hasher.update(piece),
            Inner::Sha384(hasher) => hasher.update(piece),
            Inner::Sha512(hasher) => hasher.update(piece),
        }
    }

    /// The hash of all pieces in their order.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            Inner::Sha256(hasher) => hasher.finalize().to_vec(),
            Inner::Sha384(hasher) => hasher.finalize().to_vec(),
            Inner::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

/// A signature algorithm together with its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// ECDSA (BSI TR-03111) with a DER-encoded signature.
    Ecdsa(DigestAlgorithm),
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 §8.1) with MGF1 over the same hash.
    RsaPss {
        /// The hash of the message and of MGF1.
        digest: DigestAlgorithm,
        /// The length of the salt in bytes.
        salt_len: u8,
    },
}

impl SignatureAlgorithm {
    /// Its hash.
    #[must_use]
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Ecdsa(digest) | Self::RsaPkcs1(digest) | Self::RsaPss { digest, .. } => digest,
        }
    }

    /// Reads the algorithm of a certificate or a revocation list.
    pub(crate) fn from_identifier(identifier: &AlgorithmIdentifierOwned) -> Result<Self, Error> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        let algorithm = match identifier.oid {
            ECDSA_WITH_SHA_256 => Self::Ecdsa(Sha256),
            ECDSA_WITH_SHA_384 => Self::Ecdsa(Sha384),
            ECDSA_WITH_SHA_512 => Self::Ecdsa(Sha512),
            SHA_256_WITH_RSA_ENCRYPTION => Self::RsaPkcs1(Sha256),
            SHA_384_WITH_RSA_ENCRYPTION => Self::RsaPkcs1(Sha384),
            SHA_512_WITH_RSA_ENCRYPTION => Self::RsaPkcs1(Sha512),
            ID_RSASSA_PSS => return Self::from_pss(identifier),
            SHA_1_WITH_RSA_ENCRYPTION | ECDSA_WITH_SHA_1 | MD5_WITH_RSA => {
                return Err(Error::BrokenDigest(identifier.oid));
            }
            oid => return Err(Error::UnsupportedSignatureAlgorithm(oid)),
        };
        absent_or_null(identifier)?;
        Ok(algorithm)
    }

    /// Reads the algorithm of a CMS signer, where the hash stands beside it: RFC 3370 §3.2 lets RSA leave it out.
    ///
    /// # Errors
    /// [`Error::DigestContradiction`], or that the algorithm is not supported.
    pub fn from_signer(
        identifier: &AlgorithmIdentifierOwned,
        digest: DigestAlgorithm,
    ) -> Result<Self, Error> {
        if identifier.oid == RSA_ENCRYPTION {
            absent_or_null(identifier)?;
            return Ok(Self::RsaPkcs1(digest));
        }
        let algorithm = Self::from_identifier(identifier)?;
        if algorithm.digest() != digest {
            return Err(Error::DigestContradiction);
        }
        Ok(algorithm)
    }

    fn from_pss(identifier: &AlgorithmIdentifierOwned) -> Result<Self, Error> {
        let unsupported = || Error::AlgorithmParameters(ID_RSASSA_PSS);
        let parameters = identifier.parameters.as_ref().ok_or_else(unsupported)?;
        let der = parameters
            .to_der()
            .map_err(Error::malformed("RSASSA-PSS parameters"))?;
        let parameters = RsaPssParams::<Any>::from_der(&der)
            .map_err(Error::malformed("RSASSA-PSS parameters"))?;
        let digest = DigestAlgorithm::from_oid(parameters.hash.oid)?;
        let mask = parameters.mask_gen;
        // The library that verifies has one hash for both, and no issuer is known to mix them.
        let mask_digest = mask.parameters.map(|inner| inner.oid);
        if mask.oid != ID_MGF_1 || mask_digest != Some(digest.oid()) {
            return Err(unsupported());
        }
        Ok(Self::RsaPss {
            digest,
            salt_len: parameters.salt_len,
        })
    }

    /// Its AlgorithmIdentifier.
    ///
    /// # Errors
    /// [`Error::Malformed`], if it cannot be encoded.
    pub fn to_identifier(self) -> Result<AlgorithmIdentifierOwned, Error> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        let (oid, parameters) = match self {
            Self::Ecdsa(Sha256) => (ECDSA_WITH_SHA_256, None),
            Self::Ecdsa(Sha384) => (ECDSA_WITH_SHA_384, None),
            Self::Ecdsa(Sha512) => (ECDSA_WITH_SHA_512, None),
            Self::RsaPkcs1(Sha256) => (SHA_256_WITH_RSA_ENCRYPTION, Some(Any::null())),
            Self::RsaPkcs1(Sha384) => (SHA_384_WITH_RSA_ENCRYPTION, Some(Any::null())),
            Self::RsaPkcs1(Sha512) => (SHA_512_WITH_RSA_ENCRYPTION, Some(Any::null())),
            Self::RsaPss { digest, salt_len } => {
                let parameters = match digest {
                    Sha256 => RsaPssParams::new::<sha2::Sha256>(salt_len),
                    Sha384 => RsaPssParams::new::<sha2::Sha384>(salt_len),
                    Sha512 => RsaPssParams::new::<sha2::Sha512>(salt_len),
                };
                let parameters = Any::encode_from(&parameters)
                    .map_err(Error::malformed("RSASSA-PSS parameters"))?;
                (ID_RSASSA_PSS, Some(parameters))
            }
        };
        Ok(AlgorithmIdentifierOwned { oid, parameters })
    }
}

fn absent_or_null(identifier: &AlgorithmIdentifierOwned) -> Result<(), Error> {
    match &identifier.parameters {
        None => Ok(()),
        Some(parameters) if parameters.to_ref().is_null() => Ok(()),
        Some(_) => Err(Error::AlgorithmParameters(identifier.oid)),
    }
}

#[cfg(test)]
mod tests {
    use der::asn1::AnyRef;

    use super::*;

    const ALL: [SignatureAlgorithm; 7] = [
        SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
        SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384),
        SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512),
        SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
        SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512),
        SignatureAlgorithm::RsaPss {
            digest: DigestAlgorithm::Sha256,
            salt_len: 32,
        },
        SignatureAlgorithm::RsaPss {
            digest: DigestAlgorithm::Sha512,
            salt_len: 20,
        },
    ];

    #[test]
    fn every_algorithm_survives_its_identifier() {
        for algorithm in ALL {
            let identifier = algorithm.to_identifier().unwrap();
            assert_eq!(
                SignatureAlgorithm::from_identifier(&identifier),
                Ok(algorithm)
            );
            assert_eq!(
                SignatureAlgorithm::from_signer(&identifier, algorithm.digest()),
                Ok(algorithm)
            );
        }
    }

    #[test]
    fn a_signer_whose_two_hashes_differ_is_refused() {
        let identifier = ALL[0].to_identifier().unwrap();
        assert_eq!(
            SignatureAlgorithm::from_signer(&identifier, DigestAlgorithm::Sha512),
            Err(Error::DigestContradiction)
        );
    }

    #[test]
    fn sha_1_is_refused_by_name_wherever_it_appears() {
        for oid in [SHA_1_WITH_RSA_ENCRYPTION, ECDSA_WITH_SHA_1] {
            let identifier = AlgorithmIdentifierOwned {
                oid,
                parameters: None,
            };
            assert_eq!(
                SignatureAlgorithm::from_identifier(&identifier),
                Err(Error::BrokenDigest(oid))
            );
        }
        assert_eq!(
            DigestAlgorithm::from_oid(ID_SHA_1),
            Err(Error::BrokenDigest(ID_SHA_1))
        );
        // RSASSA-PSS without parameters means SHA-1 (RFC 8017, appendix A.2.3).
        let defaults = AlgorithmIdentifierOwned {
            oid: ID_RSASSA_PSS,
            parameters: Some(Any::new(der::Tag::Sequence, Vec::new()).unwrap()),
        };
        assert_eq!(
            SignatureAlgorithm::from_identifier(&defaults),
            Err(Error::BrokenDigest(ID_SHA_1))
        );
    }

    #[test]
    fn parameters_where_none_belong_are_refused() {
        let mut identifier = ALL[0].to_identifier().unwrap();
        identifier.parameters = Some(Any::null());
        assert!(SignatureAlgorithm::from_identifier(&identifier).is_ok());
        identifier.parameters = Some(Any::new(der::Tag::OctetString, vec![1]).unwrap());
        assert_eq!(
            SignatureAlgorithm::from_identifier(&identifier),
            Err(Error::AlgorithmParameters(ECDSA_WITH_SHA_256))
        );
    }

    #[test]
    fn pss_with_two_different_hashes_is_refused() {
        let mixed = RsaPssParams::<AnyRef<'_>> {
            mask_gen: RsaPssParams::new::<Sha512>(32).mask_gen,
            ..RsaPssParams::new::<Sha256>(32)
        };
        let identifier = AlgorithmIdentifierOwned {
            oid: ID_RSASSA_PSS,
            parameters: Some(Any::encode_from(&mixed).unwrap()),
        };
        assert_eq!(
            SignatureAlgorithm::from_identifier(&identifier),
            Err(Error::AlgorithmParameters(ID_RSASSA_PSS))
        );
    }
}
