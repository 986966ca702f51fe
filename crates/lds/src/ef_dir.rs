//! EF.DIR (2F00): the applications on the card. ISO/IEC 7816-4 section 12.2.2 (2020), Doc 9303-10 section 3.11.2.

use alloc::vec::Vec;

use iso7816::{
    Aid, FileId, ShortFileId,
    tlv::{self, Tag, TlvReader},
};

use crate::Error;

const STRUCTURE: &str = "EF.DIR";
const APPLICATION_TEMPLATE: Tag = Tag(0x61);
const APPLICATION_IDENTIFIER: Tag = Tag(0x4F);

/// Most application templates that are read.
const MAX_APPLICATIONS: usize = 32;

/// The application identifiers of EF.DIR, in the order of the file.
///
/// The card writes exactly one `61 {4F AID}` for each application, without padding; reading also takes templates with
/// further data objects (labels, paths) and a tail of zeros or FF bytes.
///
/// ```
/// use hex_literal::hex;
///
/// let dir = lds::EfDir::new([iso7816::Aid::from_array(hex!("A0000002471001"))])?;
/// assert_eq!(dir.to_bytes(), hex!("61 09 4F 07 A0000002471001"));
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EfDir {
    aids: Vec<Aid>,
}

impl EfDir {
    /// File identifier.
    pub const FILE_ID: FileId = FileId(0x2F00);
    /// Short file identifier.
    pub const SHORT_FILE_ID: ShortFileId = ShortFileId::new(0x1E);

    /// A directory of these applications.
    ///
    /// # Errors
    /// The same application twice, or more than 32.
    pub fn new(aids: impl IntoIterator<Item = Aid>) -> Result<Self, Error> {
        let mut list = Vec::new();
        for aid in aids {
            if list.len() == MAX_APPLICATIONS {
                return Err(Error::TooLarge {
                    structure: STRUCTURE,
                    what: "applications",
                    limit: MAX_APPLICATIONS,
                });
            }
            if list.contains(&aid) {
                return Err(Error::malformed(STRUCTURE, "an application stands twice"));
            }
            list.push(aid);
        }
        Ok(Self { aids: list })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Broken TLV, a template without application identifier, and what [`new`](Self::new) refuses.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let padding = bytes
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, 0x00 | 0xFF))
            .count();
        // An identifier may itself end in zeros: cut the tail only where the file cannot be read with it.
        Self::parse_exact(bytes).or_else(|error| {
            let unpadded = |cut: usize| bytes.get(..bytes.len() - cut).map(Self::parse_exact);
            (1..=padding)
                .find_map(|cut| unpadded(cut)?.ok())
                .ok_or(error)
        })
    }

    fn parse_exact(bytes: &[u8]) -> Result<Self, Error> {
        let mut aids = Vec::new();
        for template in TlvReader::new(bytes) {
            let template = template.map_err(Error::tlv(STRUCTURE))?;
            if template.tag != APPLICATION_TEMPLATE {
                return Err(Error::malformed(
                    STRUCTURE,
                    "something that is not an application template",
                ));
            }
            let mut aid = None;
            for object in template.children() {
                let object = object.map_err(Error::tlv(STRUCTURE))?;
                if object.tag == APPLICATION_IDENTIFIER && aid.replace(object.value).is_some() {
                    return Err(Error::malformed(
                        STRUCTURE,
                        "two identifiers in one application template",
                    ));
                }
            }
            let aid = aid.ok_or(Error::malformed(
                STRUCTURE,
                "an application template without identifier",
            ))?;
            aids.push(Aid::new(aid).map_err(|_| {
                Error::malformed(STRUCTURE, "an application identifier has 1 to 16 bytes")
            })?);
        }
        Self::new(aids)
    }

    /// The contents of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = Vec::new();
        for aid in &self.aids {
            tlv::push(
                &mut file,
                APPLICATION_TEMPLATE,
                &tlv::encode(APPLICATION_IDENTIFIER, aid.as_bytes()),
            );
        }
        file
    }

    /// The application identifiers.
    pub fn aids(&self) -> &[Aid] {
        &self.aids
    }

    /// Whether this application is on the card.
    pub fn contains(&self, aid: &Aid) -> bool {
        self.aids.contains(aid)
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    #[test]
    fn templates_with_labels_and_a_padded_tail_are_read() {
        let file = hex!("61 0E 4F 07 A0000002471001 50 03 414243 61 06 4F 04 A0000000 FFFF");
        let dir = EfDir::parse(&file).unwrap();
        assert_eq!(
            dir.aids(),
            [
                Aid::from_array(hex!("A0000002471001")),
                Aid::from_array(hex!("A0000000"))
            ]
        );
        assert!(dir.contains(&Aid::from_array(hex!("A0000000"))));
        assert_eq!(
            EfDir::parse(&hex!("61064F04A0000000 0000000000"))
                .unwrap()
                .aids()
                .len(),
            1
        );
        assert!(EfDir::parse(&[]).unwrap().aids().is_empty());
    }

    #[test]
    fn each_application_stands_once_under_an_identifier_of_1_to_16_bytes() {
        for bad in [
            &hex!("61 02 4F 00")[..],
            &hex!("61 13 4F 11 0102030405060708090A0B0C0D0E0F1011"),
            &hex!("61 03 50 01 41"),
            &hex!("61 06 4F 01 01 4F 01 02"),
            &hex!("61 03 4F 01 01 61 03 4F 01 01"),
            &hex!("62 03 4F 01 01"),
            &hex!("61 04 4F 01 01"),
            &hex!("61 03 4F 01 01 61"),
        ] {
            assert!(EfDir::parse(bad).is_err(), "{bad:02X?}");
        }
        let many = |count: u8| EfDir::new((0..count).map(|number| Aid::from_array([0xA0, number])));
        assert!(many(32).is_ok() && many(33).is_err());
    }
}
