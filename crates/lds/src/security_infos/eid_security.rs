//! EIDSecurityInfo: hashes of groups of the eID application. TR-03110-3 annex A.1.1.8.

use alloc::vec::Vec;

use const_oid::ObjectIdentifier;
use der::{Sequence, asn1::PrintableString};

use crate::{domain_parameters::AlgorithmIdentifier, lds_security_object::DataGroupHash};

/// Hashes of groups of the eID application, as TR-03110 keeps them in EF.ChipSecurity.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct EidSecurityInfo {
    /// [`crate::oid::ID_EID_SECURITY`].
    pub protocol: ObjectIdentifier,
    /// The hashes.
    pub eid_security_object: EidSecurityObject,
    /// Version of the application.
    pub eid_version_info: Option<EidVersionInfo>,
}

/// Algorithm and hashes.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct EidSecurityObject {
    /// The hash algorithm.
    pub hash_algorithm: AlgorithmIdentifier,
    /// One hash for each group.
    pub data_group_hash_values: Vec<DataGroupHash>,
}

/// Version of the eID application.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct EidVersionInfo {
    /// Version of the application.
    pub eid_version: PrintableString,
    /// Version of Unicode.
    pub unicode_version: PrintableString,
}
