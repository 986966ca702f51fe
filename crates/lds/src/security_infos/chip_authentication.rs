//! ChipAuthenticationInfo and its companions. TR-03110-3 annex A.1.1.2; Doc 9303-11 section 9.2.5 and 9.2.6.

use const_oid::ObjectIdentifier;
use der::Sequence;

use crate::{
    domain_parameters::{AlgorithmIdentifier, SubjectPublicKeyInfo},
    oid,
};

/// One way in which the chip can do Chip Authentication.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct ChipAuthenticationInfo {
    /// Key agreement, cipher and MAC, for example [`oid::ID_CA_ECDH_AES_CBC_CMAC_128`].
    pub protocol: ObjectIdentifier,
    /// 1, 2 or 3.
    pub version: u8,
    /// Which key, where the chip has several.
    pub key_id: Option<u64>,
}

/// Domain parameters for Chip Authentication version 2 and 3.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct ChipAuthenticationDomainParameterInfo {
    /// [`oid::ID_CA_DH`] or [`oid::ID_CA_ECDH`].
    pub protocol: ObjectIdentifier,
    /// The parameters.
    pub domain_parameter: AlgorithmIdentifier,
    /// Which key they belong to.
    pub key_id: Option<u64>,
}

/// A static public key of the chip. It proves something only where it was found signed.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct ChipAuthenticationPublicKeyInfo {
    /// [`oid::ID_PK_DH`] or [`oid::ID_PK_ECDH`].
    pub protocol: ObjectIdentifier,
    /// The key with its domain parameters.
    pub chip_authentication_public_key: SubjectPublicKeyInfo,
    /// Which key this is, where the chip has several.
    pub key_id: Option<u64>,
}

/// Whether this is a Chip Authentication protocol down to the cipher, as a ChipAuthenticationInfo carries it.
pub(super) fn is_chip_authentication_protocol(protocol: &ObjectIdentifier) -> bool {
    matches!(protocol.parent(), Some(oid::ID_CA_DH | oid::ID_CA_ECDH))
}
