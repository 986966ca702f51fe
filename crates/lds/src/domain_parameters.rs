//! Domain parameters and public keys as data. TR-03110-3 annex A.2.1, A.4.1.1; TR-03111 v2.1 section 5; ANSI X9.62.
//!
//! The same curve is written in three styles: by a standardized identifier (EF.CardAccess, EF.CardSecurity), by the
//! object identifier of a named curve (certificates), and with every number spelt out (DG14, TR-03110-3 annex
//! A.2.1.3). [`DomainParameters::standardized`] tells for all three which curve it is; explicit parameters that are
//! not, number for number, those of a known curve are nobody's: whoever chooses the numbers can choose a weak curve.

use alloc::vec::Vec;

use const_oid::ObjectIdentifier;
use der::{
    Decode, Encode, Sequence, Tag, Tagged,
    asn1::{Any, BitString, OctetString, Uint},
};
use hex_literal::hex;

use crate::{Error, oid};

/// `AlgorithmIdentifier`, parameters kept as they came.
pub type AlgorithmIdentifier = spki::AlgorithmIdentifierOwned;

/// Longest field element that is read, in bytes: P-521 rounded up.
const MAX_FIELD_LEN: usize = 72;

/// An identifier of TR-03110-3 table 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StandardizedDomainParameters(u8);

impl StandardizedDomainParameters {
    /// NIST P-256, the curve of every card of this profile.
    pub const SECP256R1: Self = Self(12);
    /// brainpoolP256r1.
    pub const BRAINPOOLP256R1: Self = Self(13);
    /// NIST P-384.
    pub const SECP384R1: Self = Self(15);

    /// The parameters with this number, if table 4 has assigned it.
    pub const fn new(id: u8) -> Option<Self> {
        match id {
            0..=2 | 8..=18 => Some(Self(id)),
            _ => None,
        }
    }

    /// The number.
    pub const fn id(self) -> u8 {
        self.0
    }

    /// The name in table 4.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "1024-bit MODP Group with 160-bit Prime Order Subgroup",
            1 => "2048-bit MODP Group with 224-bit Prime Order Subgroup",
            2 => "2048-bit MODP Group with 256-bit Prime Order Subgroup",
            8 => "NIST P-192",
            9 => "BrainpoolP192r1",
            10 => "NIST P-224",
            11 => "BrainpoolP224r1",
            12 => "NIST P-256",
            13 => "BrainpoolP256r1",
            14 => "BrainpoolP320r1",
            15 => "NIST P-384",
            16 => "BrainpoolP384r1",
            17 => "BrainpoolP512r1",
            _ => "NIST P-521",
        }
    }
}

/// The parameters of an [`AlgorithmIdentifier`], read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DomainParameters {
    /// `standardizedDomainParameters` with a number of table 4.
    Standardized(StandardizedDomainParameters),
    /// `id-ecPublicKey` with the object identifier of a curve.
    NamedCurve(ObjectIdentifier),
    /// `id-ecPublicKey` with explicit numbers.
    Explicit(EcParameters),
}

impl DomainParameters {
    /// Reads an elliptic-curve AlgorithmIdentifier.
    ///
    /// # Errors
    /// Another algorithm, implicit or missing parameters, an unassigned number, broken DER.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Self, Error> {
        const STRUCTURE: &str = "AlgorithmIdentifier";
        let parameters = algorithm
            .parameters
            .as_ref()
            .ok_or(Error::malformed(STRUCTURE, "the parameters are missing"))?;
        match algorithm.oid {
            oid::STANDARDIZED_DOMAIN_PARAMETERS => {
                let id: u8 = parameters.decode_as().map_err(Error::der(STRUCTURE))?;
                StandardizedDomainParameters::new(id)
                    .map(Self::Standardized)
                    .ok_or(Error::malformed(
                        STRUCTURE,
                        "no standardized domain parameters have this number",
                    ))
            }
            oid::ID_EC_PUBLIC_KEY => match parameters.tag() {
                Tag::ObjectIdentifier => parameters
                    .decode_as()
                    .map(Self::NamedCurve)
                    .map_err(Error::der(STRUCTURE)),
                Tag::Sequence => EcParameters::from_any(parameters).map(Self::Explicit),
                _ => Err(Error::malformed(
                    STRUCTURE,
                    "the curve is neither named nor explicit",
                )),
            },
            _ => Err(Error::malformed(STRUCTURE, "not an elliptic-curve key")),
        }
    }

    /// Writes the AlgorithmIdentifier in this style.
    ///
    /// # Errors
    /// Only if a number is too long for DER.
    pub fn to_algorithm(&self) -> Result<AlgorithmIdentifier, Error> {
        let (oid, parameters) = match self {
            Self::Standardized(id) => {
                (oid::STANDARDIZED_DOMAIN_PARAMETERS, Any::encode_from(&id.0))
            }
            Self::NamedCurve(curve) => (oid::ID_EC_PUBLIC_KEY, Any::encode_from(curve)),
            Self::Explicit(parameters) => (
                oid::ID_EC_PUBLIC_KEY,
                parameters
                    .to_wire()
                    .and_then(|wire| Any::encode_from(&wire)),
            ),
        };
        let parameters = parameters.map_err(Error::der("AlgorithmIdentifier"))?;
        Ok(AlgorithmIdentifier {
            oid,
            parameters: Some(parameters),
        })
    }

    /// Which of the curves this project speaks these parameters are: P-256, P-384 or brainpoolP256r1. The
    /// standardized style answers with any number of table 4.
    pub fn standardized(&self) -> Option<StandardizedDomainParameters> {
        match self {
            Self::Standardized(id) => Some(*id),
            Self::NamedCurve(oid::SECP256R1) => Some(StandardizedDomainParameters::SECP256R1),
            Self::NamedCurve(oid::SECP384R1) => Some(StandardizedDomainParameters::SECP384R1),
            Self::NamedCurve(oid::BRAINPOOLP256R1) => {
                Some(StandardizedDomainParameters::BRAINPOOLP256R1)
            }
            Self::NamedCurve(_) => None,
            Self::Explicit(parameters) => parameters.standardized(),
        }
    }
}

/// `ECParameters` over a prime field, ANSI X9.62 (RFC 3279 section 2.3.5). Numbers are big-endian without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcParameters {
    prime: Vec<u8>,
    a: Vec<u8>,
    b: Vec<u8>,
    /// The base point as an encoded point, compressed or not, whatever its source wrote.
    base_point: Vec<u8>,
    order: Vec<u8>,
    /// Absent in some documents, and 1 for every curve here.
    cofactor: Option<Vec<u8>>,
}

impl EcParameters {
    /// The numbers of a curve, for the three that [`StandardizedDomainParameters`] has constants for.
    ///
    /// ```
    /// use lds::{EcParameters, StandardizedDomainParameters};
    /// let p256 = EcParameters::of(StandardizedDomainParameters::SECP256R1).expect("a curve we know");
    /// assert_eq!(p256.standardized(), Some(StandardizedDomainParameters::SECP256R1));
    /// ```
    pub fn of(id: StandardizedDomainParameters) -> Option<Self> {
        CURVES
            .iter()
            .find(|curve| curve.id == id)
            .map(|curve| Self {
                prime: curve.prime.to_vec(),
                a: curve.a.to_vec(),
                b: curve.b.to_vec(),
                base_point: [&[0x04], curve.x, curve.y].concat(),
                order: curve.order.to_vec(),
                cofactor: Some([1].to_vec()),
            })
    }

    /// These numbers, big-endian, as another encoding than ASN.1 spells them (TR-03110-3 D.3.3). Whether they are those of
    /// a curve is what [`EcParameters::standardized`] answers.
    ///
    /// # Errors
    /// If a number is longer than any curve of TR-03111 has.
    pub fn new(
        prime: &[u8],
        a: &[u8],
        b: &[u8],
        base_point: &[u8],
        order: &[u8],
        cofactor: Option<&[u8]>,
    ) -> Result<Self, Error> {
        let numbers = [prime, a, b, order, cofactor.unwrap_or_default()];
        check_lengths(&numbers, base_point)?;
        Ok(Self {
            prime: trim(prime).to_vec(),
            a: trim(a).to_vec(),
            b: trim(b).to_vec(),
            base_point: base_point.to_vec(),
            order: trim(order).to_vec(),
            cofactor: cofactor.map(|cofactor| trim(cofactor).to_vec()),
        })
    }

    /// The prime modulus p.
    pub fn prime(&self) -> &[u8] {
        &self.prime
    }

    /// The first coefficient a.
    pub fn a(&self) -> &[u8] {
        &self.a
    }

    /// The second coefficient b.
    pub fn b(&self) -> &[u8] {
        &self.b
    }

    /// The base point G, encoded as it came.
    pub fn base_point(&self) -> &[u8] {
        &self.base_point
    }

    /// The order of the base point.
    pub fn order(&self) -> &[u8] {
        &self.order
    }

    /// The cofactor, if it is given.
    pub fn cofactor(&self) -> Option<&[u8]> {
        self.cofactor.as_deref()
    }

    /// Which curve these numbers are, compared one by one. A compressed base point is compared with the same point.
    pub fn standardized(&self) -> Option<StandardizedDomainParameters> {
        let cofactor_is_one = self
            .cofactor
            .as_deref()
            .is_none_or(|cofactor| cofactor == [1]);
        CURVES
            .iter()
            .find(|curve| {
                cofactor_is_one
                    && self.prime == curve.prime
                    && self.a == curve.a
                    && self.b == curve.b
                    && self.order == curve.order
                    && curve.is_base_point(&self.base_point)
            })
            .map(|curve| curve.id)
    }

    /// Reads `ECParameters`.
    ///
    /// # Errors
    /// Broken DER, a field that is no prime field, numbers longer than any curve of TR-03111 has.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        EcParametersWire::from_der(der)
            .map_err(Error::der(Self::STRUCTURE))
            .and_then(Self::from_wire)
    }

    /// Writes `ECParameters`, version 1, without seed.
    ///
    /// # Errors
    /// Only if a number is too long for DER.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        self.to_wire()
            .and_then(|wire| wire.to_der())
            .map_err(Error::der(Self::STRUCTURE))
    }

    const STRUCTURE: &str = "ECParameters";

    fn from_any(any: &Any) -> Result<Self, Error> {
        any.decode_as::<EcParametersWire>()
            .map_err(Error::der(Self::STRUCTURE))
            .and_then(Self::from_wire)
    }

    fn from_wire(wire: EcParametersWire) -> Result<Self, Error> {
        if !(1..=3).contains(&wire.version) {
            return Err(Error::malformed(Self::STRUCTURE, "unknown version"));
        }
        if wire.field_id.field_type != oid::PRIME_FIELD {
            return Err(Error::malformed(Self::STRUCTURE, "not over a prime field"));
        }
        let numbers = [
            wire.field_id.parameters.as_bytes(),
            wire.curve.a.as_bytes(),
            wire.curve.b.as_bytes(),
            wire.order.as_bytes(),
            wire.cofactor.as_ref().map_or(&[], Uint::as_bytes),
        ];
        check_lengths(&numbers, wire.base.as_bytes())?;
        Ok(Self {
            prime: wire.field_id.parameters.as_bytes().to_vec(),
            a: trim(wire.curve.a.as_bytes()).to_vec(),
            b: trim(wire.curve.b.as_bytes()).to_vec(),
            base_point: wire.base.as_bytes().to_vec(),
            order: wire.order.as_bytes().to_vec(),
            cofactor: wire.cofactor.map(|cofactor| cofactor.as_bytes().to_vec()),
        })
    }

    fn to_wire(&self) -> der::Result<EcParametersWire> {
        // X9.62: field elements are octet strings of the length of the prime.
        let element = |number: &[u8]| {
            let mut bytes = alloc::vec![0; self.prime.len().saturating_sub(number.len())];
            bytes.extend_from_slice(number);
            OctetString::new(bytes)
        };
        Ok(EcParametersWire {
            version: 1,
            field_id: FieldId {
                field_type: oid::PRIME_FIELD,
                parameters: Uint::new(&self.prime)?,
            },
            curve: CurveWire {
                a: element(&self.a)?,
                b: element(&self.b)?,
                seed: None,
            },
            base: OctetString::new(self.base_point.clone())?,
            order: Uint::new(&self.order)?,
            cofactor: self.cofactor.as_deref().map(Uint::new).transpose()?,
        })
    }
}

#[derive(Sequence)]
struct EcParametersWire {
    version: u8,
    field_id: FieldId,
    curve: CurveWire,
    base: OctetString,
    order: Uint,
    cofactor: Option<Uint>,
}

#[derive(Sequence)]
struct FieldId {
    field_type: ObjectIdentifier,
    parameters: Uint,
}

#[derive(Sequence)]
struct CurveWire {
    a: OctetString,
    b: OctetString,
    seed: Option<BitString>,
}

fn check_lengths(numbers: &[&[u8]], base_point: &[u8]) -> Result<(), Error> {
    if numbers.iter().any(|number| number.len() > MAX_FIELD_LEN)
        || base_point.len() > 2 * MAX_FIELD_LEN
    {
        return Err(Error::malformed(
            EcParameters::STRUCTURE,
            "a number is longer than any curve of TR-03111",
        ));
    }
    Ok(())
}

fn trim(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

struct Curve {
    id: StandardizedDomainParameters,
    prime: &'static [u8],
    a: &'static [u8],
    b: &'static [u8],
    x: &'static [u8],
    y: &'static [u8],
    order: &'static [u8],
}

impl Curve {
    fn is_base_point(&self, point: &[u8]) -> bool {
        let y_is_odd = self.y.last().is_some_and(|byte| byte & 1 == 1);
        match point.split_first() {
            Some((0x04, coordinates)) => coordinates
                .strip_prefix(self.x)
                .is_some_and(|y| y == self.y),
            Some((0x02, x)) => x == self.x && !y_is_odd,
            Some((0x03, x)) => x == self.x && y_is_odd,
            _ => false,
        }
    }
}

/// SEC 2 v2 (P-256, P-384) and RFC 5639 section 3.4 (brainpoolP256r1).
const CURVES: &[Curve] = &[
    Curve {
        id: StandardizedDomainParameters::SECP256R1,
        prime: &hex!("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"),
        a: &hex!("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc"),
        b: &hex!("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
        x: &hex!("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
        y: &hex!("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
        order: &hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    },
    Curve {
        id: StandardizedDomainParameters::SECP384R1,
        prime: &hex!(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff"
        ),
        a: &hex!(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc"
        ),
        b: &hex!(
            "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"
        ),
        x: &hex!(
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
        ),
        y: &hex!(
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
        ),
        order: &hex!(
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        ),
    },
    Curve {
        id: StandardizedDomainParameters::BRAINPOOLP256R1,
        prime: &hex!("a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377"),
        a: &hex!("7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9"),
        b: &hex!("26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6"),
        x: &hex!("8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262"),
        y: &hex!("547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997"),
        order: &hex!("a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"),
    },
];

/// `SubjectPublicKeyInfo`, RFC 5280 section 4.1. Nothing here checks the key: that a point lies on its curve is for
/// the crate that computes with it.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct SubjectPublicKeyInfo {
    algorithm: AlgorithmIdentifier,
    subject_public_key: BitString,
}

impl SubjectPublicKeyInfo {
    /// An elliptic-curve key: parameters in the wanted style and an encoded point.
    ///
    /// # Errors
    /// Only if a number is too long for DER.
    pub fn ec(parameters: &DomainParameters, point: &[u8]) -> Result<Self, Error> {
        Ok(Self {
            algorithm: parameters.to_algorithm()?,
            subject_public_key: BitString::from_bytes(point)
                .map_err(Error::der("SubjectPublicKeyInfo"))?,
        })
    }

    /// Reads the DER encoding.
    ///
    /// # Errors
    /// Broken DER.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Decode::from_der(der).map_err(Error::der("SubjectPublicKeyInfo"))
    }

    /// The DER encoding; the bytes it was read from, since DER has only one.
    ///
    /// # Errors
    /// Only if a number is too long for DER.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        Encode::to_der(self).map_err(Error::der("SubjectPublicKeyInfo"))
    }

    /// Algorithm and parameters, unread.
    pub fn algorithm(&self) -> &AlgorithmIdentifier {
        &self.algorithm
    }

    /// The parameters of an elliptic-curve key.
    ///
    /// # Errors
    /// As [`DomainParameters::from_algorithm`].
    pub fn domain_parameters(&self) -> Result<DomainParameters, Error> {
        DomainParameters::from_algorithm(&self.algorithm)
    }

    /// The contents of the BIT STRING: an encoded point, or the DER of an RSA or DH key.
    ///
    /// # Errors
    /// If it is not a whole number of bytes.
    pub fn public_key(&self) -> Result<&[u8], Error> {
        self.subject_public_key.as_bytes().ok_or(Error::malformed(
            "SubjectPublicKeyInfo",
            "the key is not a whole number of bytes",
        ))
    }
}
