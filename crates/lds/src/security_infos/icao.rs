//! The two entries that only ICAO defines. Doc 9303-11 section 9.2.3 and 9.2.9.

use const_oid::ObjectIdentifier;
use der::{Sequence, asn1::OctetString};

use crate::{EfDir, Error};

/// With which signature algorithm the chip does Active Authentication. Needed when the key is an elliptic-curve key.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct ActiveAuthenticationInfo {
    /// [`crate::oid::ID_AA`].
    pub protocol: ObjectIdentifier,
    /// 1.
    pub version: u8,
    /// For example [`crate::oid::ECDSA_PLAIN_SHA_256`].
    pub signature_algorithm: ObjectIdentifier,
}

/// A signed copy of EF.DIR.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct EfDirInfo {
    /// [`crate::oid::ID_EFDIR`].
    pub protocol: ObjectIdentifier,
    /// The contents of EF.DIR.
    pub ef_dir: OctetString,
}

impl EfDirInfo {
    /// Reads the copy.
    ///
    /// # Errors
    /// If it is not an EF.DIR.
    pub fn ef_dir(&self) -> Result<EfDir, Error> {
        EfDir::parse(self.ef_dir.as_bytes())
    }
}
