//! EF.CardAccess (011C): the SecurityInfos a terminal needs before it has a channel. TR-03110-3 annex A.1.2.1.

use alloc::vec::Vec;

use iso7816::{FileId, ShortFileId};

use crate::{Error, SecurityInfos};

/// EF.CardAccess. It is not signed: after PACE a terminal compares it with what is (Doc 9303-11 section 9.2.11).
///
/// ```
/// use hex_literal::hex;
///
/// // PACE-ECDH-GM with AES-128 on brainpoolP256r1, as many documents announce it
/// let file = lds::EfCardAccess::parse(&hex!("31143012060A04007F0007020204020202010202010D"))?;
/// let pace = file.security_infos().pace_infos().next().expect("one PACEInfo");
/// assert_eq!((pace.version, pace.parameter_id), (2, Some(13)));
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EfCardAccess {
    security_infos: SecurityInfos,
}

impl EfCardAccess {
    /// File identifier.
    pub const FILE_ID: FileId = FileId(0x011C);
    /// Short file identifier.
    pub const SHORT_FILE_ID: ShortFileId = ShortFileId::new(0x1C);

    /// A file with these entries.
    pub fn new(security_infos: SecurityInfos) -> Self {
        Self { security_infos }
    }

    /// Reads the file. What follows the SET is ignored: some chips deliver the unused rest of a fixed-size file.
    ///
    /// # Errors
    /// As [`SecurityInfos::parse`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        SecurityInfos::parse_prefix(bytes).map(|(security_infos, _)| Self { security_infos })
    }

    /// The contents of the file.
    ///
    /// # Errors
    /// As [`SecurityInfos::to_der`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.security_infos.to_der()
    }

    /// The entries.
    pub fn security_infos(&self) -> &SecurityInfos {
        &self.security_infos
    }
}
