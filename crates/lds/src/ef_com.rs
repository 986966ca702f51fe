//! EF.COM (011E): version of the logical data structure and list of data groups. Doc 9303-10 section 4.6.1.
//!
//! It is not signed. What counts is the list in EF.SOD; a reader must not conclude anything from this one alone.

use alloc::{string::String, vec::Vec};

use iso7816::{
    FileId, ShortFileId,
    tlv::{self, Tag, TlvReader},
};

use crate::Error;

const STRUCTURE: &str = "EF.COM";
const COMMON: Tag = Tag(0x60);
const LDS_VERSION: Tag = Tag(0x5F01);
const UNICODE_VERSION: Tag = Tag(0x5F36);
const TAG_LIST: Tag = Tag(0x5C);

/// EF.COM of the ICAO application.
///
/// ```
/// use hex_literal::hex;
///
/// // The example of Doc 9303-10: LDS 1.6 (as numbered there), Unicode 4.0.0, DG1 and DG2.
/// let com = lds::EfCom::parse(&hex!("60145F0104303130365F36063034303030305C026175"))?;
/// assert_eq!(com.lds_version(), "0106");
/// assert_eq!(com.data_groups().collect::<Vec<_>>(), [1, 2]);
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EfCom {
    lds_version: String,
    unicode_version: String,
    tags: Vec<u8>,
}

/// Tags of data groups 1 to 16, Doc 9303-10 table 34.
const DATA_GROUP_TAGS: [u8; 16] = [
    0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70,
];

/// The tag of a data group of the ICAO application, 1 to 16.
pub fn data_group_tag(number: u8) -> Option<u8> {
    usize::from(number)
        .checked_sub(1)
        .and_then(|index| DATA_GROUP_TAGS.get(index))
        .copied()
}

/// The number of the data group of the ICAO application with this tag.
pub fn data_group_number(tag: u8) -> Option<u8> {
    (1..=16).find(|number| data_group_tag(*number) == Some(tag))
}

impl EfCom {
    /// File identifier.
    pub const FILE_ID: FileId = FileId(0x011E);
    /// Short file identifier.
    pub const SHORT_FILE_ID: ShortFileId = ShortFileId::new(0x1E);

    /// Version 1.7 of the logical data structure over these data groups, Unicode 4.0.0.
    ///
    /// # Errors
    /// A number outside 1 to 16.
    pub fn new(data_groups: impl IntoIterator<Item = u8>) -> Result<Self, Error> {
        let tags = data_groups
            .into_iter()
            .map(|number| {
                data_group_tag(number).ok_or(Error::malformed(STRUCTURE, "no such data group"))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            lds_version: "0107".into(),
            unicode_version: "040000".into(),
            tags,
        })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Broken TLV, a missing object, versions that are not four and six digits, a tag that is no data group's.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut outer = TlvReader::new(bytes);
        let common = match (outer.next(), outer.next()) {
            (Some(Ok(common)), None) if common.tag == COMMON => common,
            (Some(Err(error)), _) | (_, Some(Err(error))) => {
                return Err(Error::tlv(STRUCTURE)(error));
            }
            _ => {
                return Err(Error::malformed(
                    STRUCTURE,
                    "not exactly one object with tag 60",
                ));
            }
        };
        let object = |tag: Tag, missing: &'static str| {
            let mut found = None;
            for object in TlvReader::new(common.value) {
                let object = object.map_err(Error::tlv(STRUCTURE))?;
                if object.tag == tag && found.replace(object.value).is_some() {
                    return Err(Error::malformed(STRUCTURE, "an object stands twice"));
                }
            }
            found.ok_or(Error::malformed(STRUCTURE, missing))
        };
        let lds_version = object(LDS_VERSION, "the LDS version is missing")?;
        let unicode_version = object(UNICODE_VERSION, "the Unicode version is missing")?;
        let tags = object(TAG_LIST, "the tag list is missing")?;
        if tags.iter().any(|tag| data_group_number(*tag).is_none()) {
            return Err(Error::malformed(
                STRUCTURE,
                "a tag in the list is no data group's",
            ));
        }
        Ok(Self {
            lds_version: digits(lds_version, 4).ok_or(Error::malformed(
                STRUCTURE,
                "the LDS version is not 4 digits",
            ))?,
            unicode_version: digits(unicode_version, 6).ok_or(Error::malformed(
                STRUCTURE,
                "the Unicode version is not 6 digits",
            ))?,
            tags: tags.to_vec(),
        })
    }

    /// The contents of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        tlv::push(&mut body, LDS_VERSION, self.lds_version.as_bytes());
        tlv::push(&mut body, UNICODE_VERSION, self.unicode_version.as_bytes());
        tlv::push(&mut body, TAG_LIST, &self.tags);
        tlv::encode(COMMON, &body)
    }

    /// Version of the logical data structure, four digits: `0107` is 1.7.
    pub fn lds_version(&self) -> &str {
        &self.lds_version
    }

    /// Version of Unicode, six digits.
    pub fn unicode_version(&self) -> &str {
        &self.unicode_version
    }

    /// The numbers of the data groups, in the order of the list.
    pub fn data_groups(&self) -> impl Iterator<Item = u8> {
        self.tags.iter().filter_map(|tag| data_group_number(*tag))
    }
}

fn digits(bytes: &[u8], len: usize) -> Option<String> {
    let all_digits = bytes.len() == len && bytes.iter().all(u8::is_ascii_digit);
    all_digits.then(|| bytes.iter().map(|byte| char::from(*byte)).collect())
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    #[test]
    fn tags_and_numbers_of_data_groups_belong_together() {
        for number in 1..=16 {
            assert_eq!(
                data_group_number(data_group_tag(number).unwrap()),
                Some(number)
            );
        }
        assert_eq!(
            (
                data_group_tag(0),
                data_group_tag(17),
                data_group_number(0x62)
            ),
            (None, None, None)
        );
        assert_eq!(
            (data_group_tag(2), data_group_tag(14)),
            (Some(0x75), Some(0x6E))
        );
    }

    #[test]
    fn broken_files_are_refused() {
        for bad in [
            &hex!("55021234")[..],
            &hex!("60155F010530313036305F36063034303030305C026175"),
            &hex!("60135F0104303130365F360530343030305C026175"),
            &hex!("60145F0104303130415F36063034303030305C026175"),
            &hex!("60145F0104303130365F36063034303030305C026162"),
            &hex!("600F5F36063034303030305C0461756E6F"),
            &hex!("60145F0104303130365F36063034303030305C02617500"),
            &hex!("60185F0104303130365F36063034303030305C0261755C026175"),
        ] {
            assert!(EfCom::parse(bad).is_err(), "{bad:02X?}");
        }
        assert!(EfCom::new([17]).is_err());
        assert_eq!(
            EfCom::new([1, 2, 14]).unwrap().to_bytes(),
            hex!("60155F0104303130375F36063034303030305C0361756E")
        );
    }
}
