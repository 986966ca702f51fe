//! DG1 of the ICAO application: the machine readable zone. Doc 9303-10 8th edition section 4.7.1.

use alloc::vec::Vec;

use iso7816::{
    FileId, ShortFileId,
    tlv::{self, Tag, TlvReader},
};

use crate::{Error, Mrz};

const STRUCTURE: &str = "DG1";
const MRZ: Tag = Tag(0x5F1F);

/// DG1 of a TD1 card.
///
/// ```
/// let mrz = lds::Mrz::parse(
///     "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
/// )?;
/// let file = lds::Dg1::new(mrz).to_bytes();
/// assert_eq!(file[..5], [0x61, 0x5D, 0x5F, 0x1F, 0x5A]);
/// assert_eq!(lds::Dg1::parse(&file)?.mrz().document_number(), "D23145890");
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg1 {
    mrz: Mrz,
}

impl Dg1 {
    /// Tag of the data group.
    pub const TAG: Tag = Tag(0x61);
    /// File identifier.
    pub const FILE_ID: FileId = FileId(0x0101);
    /// Short file identifier.
    pub const SHORT_FILE_ID: ShortFileId = ShortFileId::new(0x01);

    /// A data group with this zone.
    pub fn new(mrz: Mrz) -> Self {
        Self { mrz }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Broken TLV, or a zone that is not a correct TD1 zone.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut outer = TlvReader::new(bytes);
        let group = outer.expect(Self::TAG).map_err(Error::tlv(STRUCTURE))?;
        outer.finish().map_err(Error::tlv(STRUCTURE))?;
        let mut inner = group.children();
        let zone = inner.expect(MRZ).map_err(Error::tlv(STRUCTURE))?;
        inner.finish().map_err(Error::tlv(STRUCTURE))?;
        let text = core::str::from_utf8(zone.value)
            .map_err(|_| Error::malformed(STRUCTURE, "the MRZ is not ASCII"))?;
        if text.len() != crate::mrz::MRZ_LEN {
            return Err(Error::malformed(
                STRUCTURE,
                "the MRZ does not have 90 characters",
            ));
        }
        Mrz::parse(text).map(Self::new)
    }

    /// The contents of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        tlv::encode(Self::TAG, &tlv::encode(MRZ, self.mrz.as_str().as_bytes()))
    }

    /// The machine readable zone.
    pub fn mrz(&self) -> &Mrz {
        &self.mrz
    }
}
