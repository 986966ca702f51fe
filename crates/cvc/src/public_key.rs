//! Public keys in certificates, and the keys that sign and verify.

use alloc::vec::Vec;

use iso7816::tlv::{Tag, TlvReader, encode, push};
use lds::{EcParameters, StandardizedDomainParameters};
use rand_core::CryptoRng;
use secure_channel::{Curve, EcPrivateKey, EcPublicKey, Hash, ecdsa};

use crate::object::{OBJECT_IDENTIFIER, PUBLIC_KEY, finish, next, only, optional};
use crate::{Error, Field, SignatureAlgorithm};

const PRIME_OR_MODULUS: Tag = Tag::context(1);
const FIRST_COEFFICIENT_OR_EXPONENT: Tag = Tag::context(2);
const SECOND_COEFFICIENT: Tag = Tag::context(3);
const BASE_POINT: Tag = Tag::context(4);
const ORDER: Tag = Tag::context(5);
const PUBLIC_POINT: Tag = Tag::context(6);
const COFACTOR: Tag = Tag::context(7);

/// Longest number of a curve, in bytes: 521 bits.
const MAX_FIELD: usize = 66;
/// Longest modulus: 4096 bits, more than A.7.3.2 knows.
const MAX_MODULUS: usize = 512;
/// A.7.3.2: an exponent has at most 32 bits.
const MAX_EXPONENT: usize = 4;

/// DO 7F49 of a certificate or request (TR-03110-3 D.3): what it says, not whether it is a key.
/// [`PublicKey::verifying_key`] makes it one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// D.3.3.
    Ec(EcKeyObject),
    /// D.3.1: read and named, not used.
    Rsa(RsaKeyObject),
}

/// An elliptic-curve key as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcKeyObject {
    algorithm: SignatureAlgorithm,
    parameters: Option<EcParameters>,
    point: Vec<u8>,
}

impl EcKeyObject {
    /// The curve's numbers, if they are there.
    #[must_use]
    pub const fn parameters(&self) -> Option<&EcParameters> {
        self.parameters.as_ref()
    }
}

/// An RSA key as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaKeyObject {
    algorithm: SignatureAlgorithm,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl PublicKey {
    /// A key without domain parameters, for the certificate of a DV or terminal.
    #[must_use]
    pub fn inheriting(key: &VerifyingKey) -> Self {
        Self::Ec(EcKeyObject {
            algorithm: key.algorithm,
            parameters: None,
            point: key.key.as_uncompressed().to_vec(),
        })
    }

    /// A key with domain parameters, for a CVCA or a request.
    #[must_use]
    pub fn explicit(key: &VerifyingKey) -> Self {
        let id = StandardizedDomainParameters::new(key.key.curve().parameter_id());
        Self::Ec(EcKeyObject {
            algorithm: key.algorithm,
            parameters: id.and_then(EcParameters::of),
            point: key.key.as_uncompressed().to_vec(),
        })
    }

    /// The signature algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::Ec(key) => key.algorithm,
            Self::Rsa(key) => key.algorithm,
        }
    }

    /// Whether domain parameters are there.
    #[must_use]
    pub const fn has_domain_parameters(&self) -> bool {
        matches!(self, Self::Ec(key) if key.parameters.is_some())
    }

    /// The key, on its own curve or, where it brings none, on the inherited one.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`], [`Error::UnsupportedCurve`], [`Error::DomainParametersMissing`] or
    /// [`Error::InvalidKey`].
    pub fn verifying_key(&self, inherited: Option<Curve>) -> Result<VerifyingKey, Error> {
        let algorithm = self.algorithm();
        algorithm.hash()?;
        let Self::Ec(key) = self else {
            return Err(Error::UnsupportedAlgorithm {
                field: Field::PublicKeyAlgorithm,
                algorithm,
            });
        };
        let curve = match &key.parameters {
            Some(parameters) => parameters
                .standardized()
                .and_then(|id| Curve::from_parameter_id(id.id()))
                .ok_or(Error::UnsupportedCurve)?,
            None => inherited.ok_or(Error::DomainParametersMissing)?,
        };
        let key = EcPublicKey::from_uncompressed(curve, &key.point)
            .map_err(|reason| Error::InvalidKey { reason })?;
        VerifyingKey::new(algorithm, key)
    }

    /// Reads a DO 7F49.
    ///
    /// # Errors
    /// [`Error::Tlv`], [`Error::Malformed`] or [`Error::TooLong`].
    pub fn parse(object: &[u8]) -> Result<Self, Error> {
        let reader = only(object, PUBLIC_KEY, Field::PublicKey, 2 * MAX_MODULUS)?;
        Self::read(reader)
    }

    pub(crate) fn read(mut reader: TlvReader<'_>) -> Result<Self, Error> {
        let oid = next(&mut reader, OBJECT_IDENTIFIER, Field::PublicKeyAlgorithm)?;
        let algorithm = SignatureAlgorithm::parse(oid.value)?;
        let key = if algorithm.is_ecdsa() {
            Self::Ec(read_ec(&mut reader, algorithm)?)
        } else {
            let modulus = next(&mut reader, PRIME_OR_MODULUS, Field::Modulus)?.value;
            let exponent = next(
                &mut reader,
                FIRST_COEFFICIENT_OR_EXPONENT,
                Field::PublicExponent,
            )?
            .value;
            Self::Rsa(RsaKeyObject {
                algorithm,
                modulus: number(Field::Modulus, modulus, MAX_MODULUS)?.to_vec(),
                exponent: number(Field::PublicExponent, exponent, MAX_EXPONENT)?.to_vec(),
            })
        };
        finish(reader, Field::PublicKey)?;
        Ok(key)
    }

    /// The DO 7F49.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut value = encode(OBJECT_IDENTIFIER, self.algorithm().oid().as_bytes());
        match self {
            Self::Ec(key) => {
                if let Some(parameters) = &key.parameters {
                    push(&mut value, PRIME_OR_MODULUS, parameters.prime());
                    push(
                        &mut value,
                        FIRST_COEFFICIENT_OR_EXPONENT,
                        zero_as_a_byte(parameters.a()),
                    );
                    push(
                        &mut value,
                        SECOND_COEFFICIENT,
                        zero_as_a_byte(parameters.b()),
                    );
                    push(&mut value, BASE_POINT, parameters.base_point());
                    push(&mut value, ORDER, parameters.order());
                }
                push(&mut value, PUBLIC_POINT, &key.point);
                let cofactor = key.parameters.as_ref().and_then(EcParameters::cofactor);
                if let Some(cofactor) = cofactor {
                    push(&mut value, COFACTOR, cofactor);
                }
            }
            Self::Rsa(key) => {
                push(&mut value, PRIME_OR_MODULUS, &key.modulus);
                push(&mut value, FIRST_COEFFICIENT_OR_EXPONENT, &key.exponent);
            }
        }
        encode(PUBLIC_KEY, &value)
    }
}

/// All domain parameters are there, except perhaps the cofactor, or none is.
fn read_ec(
    reader: &mut TlvReader<'_>,
    algorithm: SignatureAlgorithm,
) -> Result<EcKeyObject, Error> {
    let field = Field::DomainParameters;
    let prime = optional(reader, PRIME_OR_MODULUS, field)?;
    let numbers = match prime {
        None => None,
        Some(prime) => {
            let prime = nonzero(prime.value)?;
            let a = next(reader, FIRST_COEFFICIENT_OR_EXPONENT, field)?.value;
            let b = next(reader, SECOND_COEFFICIENT, field)?.value;
            let base_point = next(reader, BASE_POINT, field)?.value;
            let order = next(reader, ORDER, field)?.value;
            let (a, b) = (number(field, a, MAX_FIELD)?, number(field, b, MAX_FIELD)?);
            Some((prime, a, b, point(field, base_point)?, nonzero(order)?))
        }
    };
    let public = next(reader, PUBLIC_POINT, Field::PublicPoint)?.value;
    let public = point(Field::PublicPoint, public)?.to_vec();
    let parameters = match numbers {
        None => None,
        Some((prime, a, b, base_point, order)) => {
            let cofactor = optional(reader, COFACTOR, field)?
                .map(|object| nonzero(object.value))
                .transpose()?;
            let parameters = EcParameters::new(prime, a, b, base_point, order, cofactor);
            Some(parameters.map_err(|_| Error::TooLong {
                field,
                limit: MAX_FIELD,
            })?)
        }
    };
    Ok(EcKeyObject {
        algorithm,
        parameters,
        point: public,
    })
}

/// An unsigned integer (D.2.1.1): big-endian, no zeros in front.
fn number(field: Field, bytes: &[u8], limit: usize) -> Result<&[u8], Error> {
    match bytes {
        [] => Err(Error::malformed(field, "a number is empty")),
        [0, _, ..] => Err(Error::malformed(field, "a number begins with zeros")),
        _ if bytes.len() > limit => Err(Error::TooLong { field, limit }),
        _ => Ok(bytes),
    }
}

fn nonzero(bytes: &[u8]) -> Result<&[u8], Error> {
    let field = Field::DomainParameters;
    match number(field, bytes, MAX_FIELD)? {
        [0] => Err(Error::malformed(field, "a number is zero")),
        bytes => Ok(bytes),
    }
}

/// A coefficient may be zero, which is one byte.
const fn zero_as_a_byte(number: &[u8]) -> &[u8] {
    if number.is_empty() { &[0] } else { number }
}

/// The form of an uncompressed point (D.2.1.2); whether it is on a curve shows when there is one.
fn point(field: Field, bytes: &[u8]) -> Result<&[u8], Error> {
    let limit = 1 + 2 * MAX_FIELD;
    match bytes {
        _ if bytes.len() > limit => Err(Error::TooLong { field, limit }),
        [0x04, _, ..] if bytes.len() % 2 == 1 => Ok(bytes),
        _ => Err(Error::malformed(field, "not an uncompressed point")),
    }
}

/// A public key that verifies: an algorithm that is supported, and a point on its curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    algorithm: SignatureAlgorithm,
    hash: Hash,
    key: EcPublicKey,
}

impl VerifyingKey {
    /// This key with this algorithm.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`].
    pub fn new(algorithm: SignatureAlgorithm, key: EcPublicKey) -> Result<Self, Error> {
        Ok(Self {
            algorithm,
            hash: algorithm.hash()?,
            key,
        })
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The hash of the algorithm.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.key.curve()
    }

    /// The key itself.
    #[must_use]
    pub const fn key(&self) -> &EcPublicKey {
        &self.key
    }

    /// Verifies a signature in plain format over any message: a certificate body, the response of a terminal.
    ///
    /// # Errors
    /// [`Error::Signature`] for [`Field::Signature`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        ecdsa::verify(&self.key, self.hash, message, signature).map_err(|_| Error::Signature {
            field: Field::Signature,
        })
    }
}

/// A private key with its algorithm, in software. For keys that live elsewhere there are the `signed_by` functions.
#[derive(Debug)]
pub struct SigningKey {
    key: EcPrivateKey,
    public: VerifyingKey,
}

impl SigningKey {
    /// This key with this algorithm.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`].
    pub fn new(algorithm: SignatureAlgorithm, key: EcPrivateKey) -> Result<Self, Error> {
        let public = key
            .public_key()
            .map_err(|reason| Error::InvalidKey { reason })?;
        Ok(Self {
            public: VerifyingKey::new(algorithm, public)?,
            key,
        })
    }

    /// The public key.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// The private key, for storing it. It leaves this type's protection there.
    #[must_use]
    pub const fn private_key(&self) -> &EcPrivateKey {
        &self.key
    }

    /// Signs a message: plain format `r ‖ s` (TR-03111 §5.2.1).
    ///
    /// # Errors
    /// [`Error::NotSigned`]; none in practice.
    pub fn sign(&self, message: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
        ecdsa::sign(&self.key, self.public.hash, message, rng).map_err(|reason| Error::NotSigned {
            field: Field::Signature,
            reason,
        })
    }
}
