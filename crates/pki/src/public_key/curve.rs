//! Elliptic curves: by name, or recognised from explicit domain parameters.
//!
//! ICAO Doc 9303-12, 8th edition, §4.1.3 has the parameters of document signers and country signing CAs written out. Only
//! the named curves are computed on: written-out parameters have to match one of them in every value, the base point
//! included, because whoever may choose the base point can sign for any public key.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{SECP_256_R_1, SECP_384_R_1, SECP_521_R_1};
use der::asn1::{BitString, OctetStringRef, UintRef};
use der::{Any, Decode, Encode, Sequence, Tag, Tagged};
use hex_literal::hex;

use crate::Error;

const BRAINPOOL_P256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7");
const BRAINPOOL_P384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.11");
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");

/// A curve that signatures are verified on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// brainpoolP256r1.
    BrainpoolP256r1,
    /// brainpoolP384r1.
    BrainpoolP384r1,
}

impl Curve {
    /// Its object identifier.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => SECP_256_R_1,
            Self::P384 => SECP_384_R_1,
            Self::P521 => SECP_521_R_1,
            Self::BrainpoolP256r1 => BRAINPOOL_P256R1,
            Self::BrainpoolP384r1 => BRAINPOOL_P384R1,
        }
    }

    /// The curve behind an object identifier.
    ///
    /// # Errors
    /// [`Error::UnsupportedCurve`].
    pub fn from_oid(oid: ObjectIdentifier) -> Result<Self, Error> {
        let known = DOMAIN_PARAMETERS.iter().map(|known| known.curve);
        let mut matching = known.filter(|curve| curve.oid() == oid);
        matching.next().ok_or(Error::UnsupportedCurve(oid))
    }

    /// EcpkParameters: the name, or everything written out.
    pub(crate) fn to_parameters(self, explicit: bool) -> der::Result<Any> {
        let mut known = DOMAIN_PARAMETERS.iter();
        match known.find(|known| explicit && known.curve == self) {
            Some(known) => Any::encode_from(&EcParameters {
                version: 1,
                field: FieldId {
                    field_type: PRIME_FIELD,
                    parameters: Any::encode_from(&UintRef::new(known.prime)?)?,
                },
                curve: Coefficients {
                    a: OctetStringRef::new(known.a)?,
                    b: OctetStringRef::new(known.b)?,
                    seed: None,
                },
                base: OctetStringRef::new(known.base)?,
                order: UintRef::new(known.order)?,
                cofactor: Some(UintRef::new(&[1])?),
            }),
            None => Any::encode_from(&self.oid()),
        }
    }

    /// Reads EcpkParameters (ANSI X9.62, RFC 3279 §2.3.5): a name, or everything written out.
    pub(crate) fn from_parameters(parameters: &Any) -> Result<Self, Error> {
        match parameters.tag() {
            Tag::ObjectIdentifier => {
                let oid = parameters.decode_as::<ObjectIdentifier>();
                Self::from_oid(oid.map_err(Error::malformed("curve name"))?)
            }
            Tag::Sequence => {
                let der = parameters
                    .to_der()
                    .map_err(Error::malformed("curve parameters"))?;
                let explicit = EcParameters::from_der(&der)
                    .map_err(Error::malformed("explicit curve parameters"))?;
                explicit.curve().ok_or(Error::ExplicitCurve)
            }
            _ => Err(Error::ExplicitCurve),
        }
    }
}

/// `ECParameters` (RFC 3279 §2.3.5).
#[derive(Sequence)]
struct EcParameters<'a> {
    version: u8,
    field: FieldId,
    curve: Coefficients<'a>,
    base: &'a OctetStringRef,
    order: UintRef<'a>,
    #[asn1(optional = "true")]
    cofactor: Option<UintRef<'a>>,
}

#[derive(Sequence)]
struct FieldId {
    field_type: ObjectIdentifier,
    parameters: Any,
}

#[derive(Sequence)]
struct Coefficients<'a> {
    a: &'a OctetStringRef,
    b: &'a OctetStringRef,
    #[asn1(optional = "true")]
    seed: Option<BitString>,
}

impl EcParameters<'_> {
    fn curve(&self) -> Option<Curve> {
        let prime = self.field.parameters.decode_as::<UintRef<'_>>().ok()?;
        let cofactor_is_one = self
            .cofactor
            .as_ref()
            .is_none_or(|cofactor| cofactor.as_bytes() == [1]);
        if self.field.field_type != PRIME_FIELD
            || !(1..=3).contains(&self.version)
            || !cofactor_is_one
        {
            return None;
        }
        let known = DOMAIN_PARAMETERS.iter().find(|known| {
            same_number(known.prime, prime.as_bytes())
                && same_number(known.a, self.curve.a.as_bytes())
                && same_number(known.b, self.curve.b.as_bytes())
                && same_number(known.order, self.order.as_bytes())
                && same_point(known.base, self.base.as_bytes())
        })?;
        Some(known.curve)
    }
}

/// Field elements are found with and without their leading zeros.
fn same_number(known: &[u8], found: &[u8]) -> bool {
    fn significant(mut bytes: &[u8]) -> &[u8] {
        while let [0, rest @ ..] = bytes {
            bytes = rest;
        }
        bytes
    }
    significant(known) == significant(found)
}

/// The base point, uncompressed or compressed (SEC 1 §2.3.3).
fn same_point(known: &[u8], found: &[u8]) -> bool {
    if known == found {
        return true;
    }
    let Some((x, y)) = known
        .get(1..)
        .and_then(|coordinates| coordinates.split_at_checked(coordinates.len() / 2))
    else {
        return false;
    };
    let odd = y.last().is_some_and(|last| last & 1 == 1);
    found.split_first() == Some((&if odd { 3 } else { 2 }, x))
}

struct DomainParameters {
    curve: Curve,
    prime: &'static [u8],
    a: &'static [u8],
    b: &'static [u8],
    order: &'static [u8],
    /// Uncompressed.
    base: &'static [u8],
}

const DOMAIN_PARAMETERS: &[DomainParameters] = &[
    // SP 800-186 §3.2.1.3
    DomainParameters {
        curve: Curve::P256,
        prime: &hex!("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"),
        a: &hex!("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc"),
        b: &hex!("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
        order: &hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        base: &hex!(
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342"
            "e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        ),
    },
    // SP 800-186 §3.2.1.4
    DomainParameters {
        curve: Curve::P384,
        prime: &hex!(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff"
            "0000000000000000ffffffff"
        ),
        a: &hex!(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff"
            "0000000000000000fffffffc"
        ),
        b: &hex!(
            "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d"
            "8a2ed19d2a85c8edd3ec2aef"
        ),
        order: &hex!(
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db2"
            "48b0a77aecec196accc52973"
        ),
        base: &hex!(
            "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f2"
            "5dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a14"
            "7ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
        ),
    },
    // SP 800-186 §3.2.1.5
    DomainParameters {
        curve: Curve::P521,
        prime: &hex!(
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        ),
        a: &hex!(
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc"
        ),
        b: &hex!(
            "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e15619"
            "3951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00"
        ),
        order: &hex!(
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa5186"
            "8783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        ),
        base: &hex!(
            "0400c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa1"
            "4b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66011839296a"
            "789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef426"
            "40c550b9013fad0761353c7086a272c24088be94769fd16650"
        ),
    },
    // RFC 5639 §3.4
    DomainParameters {
        curve: Curve::BrainpoolP256r1,
        prime: &hex!("a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377"),
        a: &hex!("7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9"),
        b: &hex!("26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6"),
        order: &hex!("a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"),
        base: &hex!(
            "048bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262547ef8"
            "35c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997"
        ),
    },
    // RFC 5639 §3.6
    DomainParameters {
        curve: Curve::BrainpoolP384r1,
        prime: &hex!(
            "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729"
            "901d1a71874700133107ec53"
        ),
        a: &hex!(
            "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a"
            "503ad4eb04a8c7dd22ce2826"
        ),
        b: &hex!(
            "04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb43902"
            "95dbc9943ab78696fa504c11"
        ),
        order: &hex!(
            "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af"
            "6b7fc3103b883202e9046565"
        ),
        base: &hex!(
            "041d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e0"
            "3436d646aaef87b2e247d4af1e8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec58"
            "64e19c054ff99129280e4646217791811142820341263c5315"
        ),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn explicit(known: &DomainParameters) -> EcParameters<'_> {
        EcParameters {
            version: 1,
            field: FieldId {
                field_type: PRIME_FIELD,
                parameters: Any::encode_from(&UintRef::new(known.prime).unwrap()).unwrap(),
            },
            curve: Coefficients {
                a: OctetStringRef::new(known.a).unwrap(),
                b: OctetStringRef::new(known.b).unwrap(),
                seed: None,
            },
            base: OctetStringRef::new(known.base).unwrap(),
            order: UintRef::new(known.order).unwrap(),
            cofactor: Some(UintRef::new(&[1]).unwrap()),
        }
    }

    #[test]
    fn each_curve_is_recognised_by_name_and_written_out() {
        for known in DOMAIN_PARAMETERS {
            for written_out in [false, true] {
                let parameters = known.curve.to_parameters(written_out).unwrap();
                assert_eq!(Curve::from_parameters(&parameters), Ok(known.curve));
            }
            let mut parameters = explicit(known);
            parameters.cofactor = None;
            assert_eq!(parameters.curve(), Some(known.curve));
        }
    }

    #[test]
    fn a_compressed_base_point_is_recognised_and_its_mirror_image_refused() {
        for known in DOMAIN_PARAMETERS {
            let half = known.base.len() / 2;
            let odd = known.base.last().unwrap() & 1;
            let mut base = known.base[..=half].to_vec();
            base[0] = 2 + odd;
            assert!(same_point(known.base, &base));
            base[0] = 3 - odd;
            assert!(!same_point(known.base, &base));
        }
    }

    #[test]
    fn one_changed_value_is_another_curve() {
        let known = &DOMAIN_PARAMETERS[3];
        let whole = || explicit(known);
        assert_eq!(whole().curve(), Some(Curve::BrainpoolP256r1));

        let flipped = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            bytes
        };
        let (a, b, order) = (flipped(known.a), flipped(known.b), flipped(known.order));
        let base = flipped(known.base);
        let mut parameters = whole();
        parameters.curve.a = OctetStringRef::new(&a).unwrap();
        assert_eq!(parameters.curve(), None);
        let mut parameters = whole();
        parameters.curve.b = OctetStringRef::new(&b).unwrap();
        assert_eq!(parameters.curve(), None);
        let mut parameters = whole();
        parameters.order = UintRef::new(&order).unwrap();
        assert_eq!(parameters.curve(), None);
        let mut parameters = whole();
        parameters.base = OctetStringRef::new(&base).unwrap();
        assert_eq!(parameters.curve(), None);
        let mut parameters = whole();
        parameters.cofactor = Some(UintRef::new(&[2]).unwrap());
        assert_eq!(parameters.curve(), None);
        let mut parameters = whole();
        parameters.field.field_type = SECP_256_R_1;
        assert_eq!(parameters.curve(), None);
    }

    #[test]
    fn an_unknown_name_and_an_implicit_curve_are_refused() {
        let secp256k1 = ObjectIdentifier::new_unwrap("1.3.132.0.10");
        let any = Any::encode_from(&secp256k1).unwrap();
        assert_eq!(
            Curve::from_parameters(&any),
            Err(Error::UnsupportedCurve(secp256k1))
        );
        assert_eq!(
            Curve::from_parameters(&Any::null()),
            Err(Error::ExplicitCurve)
        );
    }
}
