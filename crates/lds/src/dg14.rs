//! DG14 and DG15 of the ICAO application: keys of the chip. Doc 9303-10 8th edition sections 4.7.14 and 4.7.15.

use alloc::vec::Vec;

use iso7816::{
    FileId, ShortFileId,
    tlv::{self, Tag, TlvReader},
};

use crate::{Error, SecurityInfos, SubjectPublicKeyInfo};

/// DG14: the SecurityInfos of the ICAO application, covered by EF.SOD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg14 {
    security_infos: SecurityInfos,
}

impl Dg14 {
    /// Tag of the data group.
    pub const TAG: Tag = Tag(0x6E);
    /// File identifier.
    pub const FILE_ID: FileId = FileId(0x010E);
    /// Short file identifier.
    pub const SHORT_FILE_ID: ShortFileId = ShortFileId::new(0x0E);

    /// A data group with these entries.
    pub fn new(security_infos: SecurityInfos) -> Self {
        Self { security_infos }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Broken TLV, and as [`SecurityInfos::parse`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        SecurityInfos::parse(contents("DG14", Self::TAG, bytes)?).map(Self::new)
    }

    /// The contents of the file.
    ///
    /// # Errors
    /// As [`SecurityInfos::to_der`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(tlv::encode(Self::TAG, &self.security_infos.to_der()?))
    }

    /// The entries.
    pub fn security_infos(&self) -> &SecurityInfos {
        &self.security_infos
    }
}

/// DG15: the public key for Active Authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg15 {
    public_key: SubjectPublicKeyInfo,
}

impl Dg15 {
    /// Tag of the data group.
    pub const TAG: Tag = Tag(0x6F);
    /// File identifier.
    pub const FILE_ID: FileId = FileId(0x010F);
    /// Short file identifier.
    pub const SHORT_FILE_ID: ShortFileId = ShortFileId::new(0x0F);

    /// A data group with this key.
    pub fn new(public_key: SubjectPublicKeyInfo) -> Self {
        Self { public_key }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Broken TLV or DER.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        SubjectPublicKeyInfo::from_der(contents("DG15", Self::TAG, bytes)?).map(Self::new)
    }

    /// The contents of the file.
    ///
    /// # Errors
    /// As [`SubjectPublicKeyInfo::to_der`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(tlv::encode(Self::TAG, &self.public_key.to_der()?))
    }

    /// The key.
    pub fn public_key(&self) -> &SubjectPublicKeyInfo {
        &self.public_key
    }
}

/// What stands inside the single outer object of a data group.
fn contents<'a>(structure: &'static str, tag: Tag, bytes: &'a [u8]) -> Result<&'a [u8], Error> {
    let mut reader = TlvReader::new(bytes);
    let group = reader.expect(tag).map_err(Error::tlv(structure))?;
    reader.finish().map_err(Error::tlv(structure))?;
    Ok(group.value)
}
