//! PACEInfo and PACEDomainParameterInfo. TR-03110-3 annex A.1.1.1; Doc 9303-11 section 9.2.1 and 9.2.2.

use const_oid::ObjectIdentifier;
use der::Sequence;

use crate::{domain_parameters::AlgorithmIdentifier, oid};

/// One way in which the chip can do PACE.
///
/// Some chips leave out the parameter identifier even with standardized parameters; then the single
/// PACEDomainParameterInfo, or the terminal's default, has to say which they are.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct PaceInfo {
    /// Key agreement, mapping, cipher and MAC, for example [`oid::ID_PACE_ECDH_GM_AES_CBC_CMAC_128`].
    pub protocol: ObjectIdentifier,
    /// 2; version 1 is deprecated.
    pub version: u8,
    /// A standardized domain parameter (TR-03110-3 table 4: 0 to 31), or the number of a PACEDomainParameterInfo.
    pub parameter_id: Option<u64>,
}

/// Explicit domain parameters for PACE. They are unsigned in EF.CardAccess: a terminal must not use them unless it
/// knows them (TR-03110-3 annex A.2.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct PaceDomainParameterInfo {
    /// Key agreement and mapping, for example [`oid::ID_PACE_ECDH_GM`].
    pub protocol: ObjectIdentifier,
    /// The parameters.
    pub domain_parameter: AlgorithmIdentifier,
    /// The number by which a PACEInfo refers to them.
    pub parameter_id: Option<u64>,
}

/// Whether this is a PACE protocol down to the cipher, as a PACEInfo carries it.
pub(super) fn is_pace_protocol(protocol: &ObjectIdentifier) -> bool {
    [
        oid::ID_PACE_DH_GM,
        oid::ID_PACE_ECDH_GM,
        oid::ID_PACE_DH_IM,
        oid::ID_PACE_ECDH_IM,
        oid::ID_PACE_ECDH_CAM,
    ]
    .iter()
    .any(|mapping| protocol.parent().as_ref() == Some(mapping))
}
