//! The LDS security object: the hash of every data group. ICAO Doc 9303-10 8th edition section 4.6.2.3.
//!
//! It is the content that EF.SOD signs. The signature around it is the business of the `pki` crate.

use alloc::{string::String, vec::Vec};

use der::{
    Decode, Encode, Sequence, ValueOrd,
    asn1::{OctetString, PrintableString},
};

use crate::{Error, domain_parameters::AlgorithmIdentifier, oid};

const STRUCTURE: &str = "LDSSecurityObject";

/// `ub-DataGroups`.
const MAX_DATA_GROUPS: u8 = 16;

/// The hash functions that Doc 9303-12 section 4.1.6.2 names, and SHA-1, which the oldest documents still carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// SHA-1. Whether to accept it is for the verifier to say.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// The algorithm with this object identifier.
    pub fn from_oid(oid: &const_oid::ObjectIdentifier) -> Option<Self> {
        Some(match *oid {
            oid::ID_SHA1 => Self::Sha1,
            oid::ID_SHA224 => Self::Sha224,
            oid::ID_SHA256 => Self::Sha256,
            oid::ID_SHA384 => Self::Sha384,
            oid::ID_SHA512 => Self::Sha512,
            _ => return None,
        })
    }

    /// Its object identifier.
    pub const fn oid(self) -> const_oid::ObjectIdentifier {
        match self {
            Self::Sha1 => oid::ID_SHA1,
            Self::Sha224 => oid::ID_SHA224,
            Self::Sha256 => oid::ID_SHA256,
            Self::Sha384 => oid::ID_SHA384,
            Self::Sha512 => oid::ID_SHA512,
        }
    }

    /// Length of a hash, in bytes.
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// `DataGroupHash ::= SEQUENCE { dataGroupNumber INTEGER, dataGroupHashValue OCTET STRING }`.
#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub struct DataGroupHash {
    /// 1 to 16.
    pub data_group_number: u8,
    /// The hash over the whole file, tag and length included.
    pub data_group_hash_value: OctetString,
}

/// `LDSVersionInfo`, in version 1 of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdsVersionInfo {
    /// For example `0108`.
    pub lds_version: String,
    /// For example `040000`.
    pub unicode_version: String,
}

/// `LDSSecurityObject`, version 0 or 1.
///
/// ```
/// use lds::{DigestAlgorithm, LdsSecurityObject};
///
/// let object = LdsSecurityObject::new(DigestAlgorithm::Sha256, [(1, vec![0xAA; 32]), (2, vec![0xBB; 32])])?;
/// let read = LdsSecurityObject::parse(&object.to_der()?)?;
/// assert_eq!(read.hash(2), Some(&[0xBB; 32][..]));
/// assert_eq!(read.hash(3), None);
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdsSecurityObject {
    digest_algorithm: DigestAlgorithm,
    /// Sorted by number.
    hashes: Vec<DataGroupHash>,
    version_info: Option<LdsVersionInfo>,
}

#[derive(Sequence)]
struct Wire {
    version: u8,
    hash_algorithm: AlgorithmIdentifier,
    data_group_hash_values: Vec<DataGroupHash>,
    lds_version_info: Option<VersionInfoWire>,
}

#[derive(Sequence)]
struct VersionInfoWire {
    lds_version: PrintableString,
    unicode_version: PrintableString,
}

impl LdsSecurityObject {
    /// An object of version 0 over these hashes, given as (data group number, hash).
    ///
    /// # Errors
    /// A number outside 1 to 16, a number twice, a hash of the wrong length, or none at all.
    pub fn new(
        digest_algorithm: DigestAlgorithm,
        hashes: impl IntoIterator<Item = (u8, Vec<u8>)>,
    ) -> Result<Self, Error> {
        let mut list = Vec::new();
        for (data_group_number, hash) in hashes {
            let data_group_hash_value = OctetString::new(hash).map_err(Error::der(STRUCTURE))?;
            list.push(DataGroupHash {
                data_group_number,
                data_group_hash_value,
            });
        }
        Self::checked(digest_algorithm, list, None)
    }

    /// The same object in version 1, with the versions of LDS and Unicode. They must be four and six digits.
    ///
    /// # Errors
    /// Anything but digits, or another length.
    pub fn with_version_info(mut self, version_info: LdsVersionInfo) -> Result<Self, Error> {
        let digits =
            |text: &str, len| text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(&version_info.lds_version, 4) || !digits(&version_info.unicode_version, 6) {
            return Err(Error::malformed(
                STRUCTURE,
                "the versions are four and six digits",
            ));
        }
        self.version_info = Some(version_info);
        Ok(self)
    }

    fn checked(
        digest_algorithm: DigestAlgorithm,
        mut hashes: Vec<DataGroupHash>,
        version_info: Option<LdsVersionInfo>,
    ) -> Result<Self, Error> {
        if hashes.is_empty() {
            return Err(Error::malformed(STRUCTURE, "no data group at all"));
        }
        if hashes
            .iter()
            .any(|hash| hash.data_group_number == 0 || hash.data_group_number > MAX_DATA_GROUPS)
        {
            return Err(Error::malformed(
                STRUCTURE,
                "a data group number is not from 1 to 16",
            ));
        }
        if hashes.iter().any(|hash| {
            hash.data_group_hash_value.as_bytes().len() != digest_algorithm.output_len()
        }) {
            return Err(Error::malformed(
                STRUCTURE,
                "a hash does not have the length of its algorithm",
            ));
        }
        hashes.sort_by_key(|hash| hash.data_group_number);
        if hashes
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a.data_group_number == b.data_group_number))
        {
            return Err(Error::malformed(
                STRUCTURE,
                "a data group number stands twice",
            ));
        }
        Ok(Self {
            digest_algorithm,
            hashes,
            version_info,
        })
    }

    /// Reads the DER encoding.
    ///
    /// # Errors
    /// Broken DER, an unknown hash algorithm, and everything that [`new`](Self::new) refuses.
    pub fn parse(der: &[u8]) -> Result<Self, Error> {
        let wire = Wire::from_der(der).map_err(Error::der(STRUCTURE))?;
        match (wire.version, &wire.lds_version_info) {
            (0, None) | (1, Some(_)) => {}
            (0, Some(_)) => {
                return Err(Error::malformed(
                    STRUCTURE,
                    "version 0 has no LDSVersionInfo",
                ));
            }
            (1, None) => {
                return Err(Error::malformed(
                    STRUCTURE,
                    "version 1 needs an LDSVersionInfo",
                ));
            }
            _ => return Err(Error::malformed(STRUCTURE, "unknown version")),
        }
        let digest_algorithm = DigestAlgorithm::from_oid(&wire.hash_algorithm.oid)
            .ok_or(Error::malformed(STRUCTURE, "unknown hash algorithm"))?;
        if wire
            .hash_algorithm
            .parameters
            .is_some_and(|parameters| !parameters.is_null())
        {
            return Err(Error::malformed(
                STRUCTURE,
                "a hash algorithm has no parameters",
            ));
        }
        let version_info = wire.lds_version_info.map(|info| LdsVersionInfo {
            lds_version: info.lds_version.as_str().into(),
            unicode_version: info.unicode_version.as_str().into(),
        });
        Self::checked(digest_algorithm, wire.data_group_hash_values, version_info)
    }

    /// The DER encoding, data groups in ascending order, the hash algorithm without parameters (RFC 5754 section 2).
    ///
    /// # Errors
    /// Only if DER cannot carry a value.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        let err = Error::der(STRUCTURE);
        let lds_version_info = match &self.version_info {
            None => None,
            Some(info) => Some(VersionInfoWire {
                lds_version: PrintableString::new(&info.lds_version)
                    .map_err(Error::der(STRUCTURE))?,
                unicode_version: PrintableString::new(&info.unicode_version)
                    .map_err(Error::der(STRUCTURE))?,
            }),
        };
        Wire {
            version: u8::from(lds_version_info.is_some()),
            hash_algorithm: AlgorithmIdentifier {
                oid: self.digest_algorithm.oid(),
                parameters: None,
            },
            data_group_hash_values: self.hashes.clone(),
            lds_version_info,
        }
        .to_der()
        .map_err(err)
    }

    /// The hash function.
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.digest_algorithm
    }

    /// The hash of a data group, if it is listed.
    pub fn hash(&self, data_group_number: u8) -> Option<&[u8]> {
        self.hashes
            .iter()
            .find(|hash| hash.data_group_number == data_group_number)
            .map(|hash| hash.data_group_hash_value.as_bytes())
    }

    /// Every (data group number, hash), in ascending order.
    pub fn hashes(&self) -> impl Iterator<Item = (u8, &[u8])> {
        self.hashes.iter().map(|hash| {
            (
                hash.data_group_number,
                hash.data_group_hash_value.as_bytes(),
            )
        })
    }

    /// Versions of LDS and Unicode, in version 1.
    pub fn version_info(&self) -> Option<&LdsVersionInfo> {
        self.version_info.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn refused(hashes: Vec<(u8, Vec<u8>)>) -> &'static str {
        match LdsSecurityObject::new(DigestAlgorithm::Sha256, hashes) {
            Err(Error::Malformed { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    fn wire(version: u8, numbers: &[u8], info: bool) -> Vec<u8> {
        Wire {
            version,
            hash_algorithm: AlgorithmIdentifier {
                oid: oid::ID_SHA256,
                parameters: None,
            },
            data_group_hash_values: numbers
                .iter()
                .map(|number| DataGroupHash {
                    data_group_number: *number,
                    data_group_hash_value: OctetString::new(vec![0; 32]).unwrap(),
                })
                .collect(),
            lds_version_info: info.then(|| VersionInfoWire {
                lds_version: PrintableString::new("0108").unwrap(),
                unicode_version: PrintableString::new("040000").unwrap(),
            }),
        }
        .to_der()
        .unwrap()
    }

    #[test]
    fn numbers_are_from_1_to_16_and_stand_once() {
        assert!(
            LdsSecurityObject::new(
                DigestAlgorithm::Sha256,
                [(1, vec![0; 32]), (16, vec![0; 32])]
            )
            .is_ok()
        );
        assert_eq!(
            refused(vec![(0, vec![0; 32])]),
            "a data group number is not from 1 to 16"
        );
        assert_eq!(
            refused(vec![(17, vec![0; 32])]),
            "a data group number is not from 1 to 16"
        );
        assert_eq!(
            refused(vec![(3, vec![0; 32]), (3, vec![1; 32])]),
            "a data group number stands twice"
        );
        assert_eq!(refused(vec![]), "no data group at all");
        assert!(LdsSecurityObject::parse(&wire(0, &[2, 1], false)).is_ok());
        for numbers in [&[0][..], &[17], &[1, 2, 1], &[]] {
            assert!(
                LdsSecurityObject::parse(&wire(0, numbers, false)).is_err(),
                "{numbers:?}"
            );
        }
    }

    #[test]
    fn a_hash_has_the_length_of_its_algorithm() {
        assert_eq!(
            refused(vec![(1, vec![0; 31])]),
            "a hash does not have the length of its algorithm"
        );
        assert_eq!(
            refused(vec![(1, vec![0; 33])]),
            "a hash does not have the length of its algorithm"
        );
        for algorithm in [
            DigestAlgorithm::Sha1,
            DigestAlgorithm::Sha224,
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha384,
            DigestAlgorithm::Sha512,
        ] {
            assert_eq!(DigestAlgorithm::from_oid(&algorithm.oid()), Some(algorithm));
            let object =
                LdsSecurityObject::new(algorithm, [(1, vec![7; algorithm.output_len()])]).unwrap();
            assert_eq!(
                LdsSecurityObject::parse(&object.to_der().unwrap()).unwrap(),
                object
            );
        }
    }

    #[test]
    fn version_1_has_a_version_info_and_version_0_has_none() {
        assert!(LdsSecurityObject::parse(&wire(0, &[1], false)).is_ok());
        assert!(LdsSecurityObject::parse(&wire(1, &[1], true)).is_ok());
        assert!(LdsSecurityObject::parse(&wire(0, &[1], true)).is_err());
        assert!(LdsSecurityObject::parse(&wire(1, &[1], false)).is_err());
        assert!(LdsSecurityObject::parse(&wire(2, &[1], true)).is_err());
        let info = |lds: &str| LdsVersionInfo {
            lds_version: lds.into(),
            unicode_version: "040000".into(),
        };
        let object = LdsSecurityObject::new(DigestAlgorithm::Sha256, [(1, vec![0; 32])]).unwrap();
        assert!(object.clone().with_version_info(info("1.8")).is_err());
        let object = object.with_version_info(info("0108")).unwrap();
        assert_eq!(object.to_der().unwrap(), wire(1, &[1], true));
    }

    #[test]
    fn an_unknown_hash_algorithm_or_one_with_parameters_is_refused() {
        let der = wire(0, &[1], false);
        let position = der
            .windows(2)
            .position(|bytes| bytes == [0x04, 0x02])
            .unwrap();
        let mut other = der;
        other[position + 2] = 0x07;
        assert_eq!(
            LdsSecurityObject::parse(&other),
            Err(Error::malformed(STRUCTURE, "unknown hash algorithm"))
        );
    }
}
