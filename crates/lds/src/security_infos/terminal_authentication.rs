//! TerminalAuthenticationInfo. TR-03110-3 annex A.1.1.3.

use const_oid::ObjectIdentifier;
use der::Sequence;

use super::FileIdentifier;

/// That the chip checks terminals, and in which version.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct TerminalAuthenticationInfo {
    /// [`crate::oid::ID_TA`].
    pub protocol: ObjectIdentifier,
    /// 1 or 2.
    pub version: u8,
    /// Where EF.CVCA is, in version 1 alone and only if it is not 011C.
    pub ef_cvca: Option<FileIdentifier>,
}
