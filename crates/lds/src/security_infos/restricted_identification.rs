//! RestrictedIdentificationInfo and its domain parameters. TR-03110-3 annex A.1.1.4.

use const_oid::ObjectIdentifier;
use der::Sequence;

use crate::{domain_parameters::AlgorithmIdentifier, oid};

/// One key with which the chip makes sector-specific pseudonyms.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct RestrictedIdentificationInfo {
    /// Key agreement and hash, for example [`oid::ID_RI_ECDH_SHA_256`].
    pub protocol: ObjectIdentifier,
    /// Version, key and condition.
    pub params: ProtocolParams,
    /// Longest sector public key that the chip takes, in bits.
    pub max_key_len: Option<u32>,
}

/// `ProtocolParams` of Restricted Identification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Sequence)]
pub struct ProtocolParams {
    /// 1.
    pub version: u8,
    /// Which key.
    pub key_id: u64,
    /// Whether the terminal needs an explicit right to use it.
    pub authorized_only: bool,
}

/// The parameters of the key by which a card can be revoked.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct RestrictedIdentificationDomainParameterInfo {
    /// [`oid::ID_RI_DH`] or [`oid::ID_RI_ECDH`].
    pub protocol: ObjectIdentifier,
    /// The parameters.
    pub domain_parameter: AlgorithmIdentifier,
}

/// Whether this names a hash, as a RestrictedIdentificationInfo does.
pub(super) fn is_restricted_identification_protocol(protocol: &ObjectIdentifier) -> bool {
    matches!(protocol.parent(), Some(oid::ID_RI_DH | oid::ID_RI_ECDH))
}
