//! DG2 of the ICAO application: the face. Doc 9303-10 8th edition section 4.7.2.
//!
//! A biometric information template (ISO/IEC 7816-11, CBEFF) around a facial record of ISO/IEC 19794-5:2005, around a
//! JPEG or JPEG 2000 image. The younger encoding of ISO/IEC 39794-5 is recognised and refused by name.

mod facial_record;

use alloc::vec::Vec;

use iso7816::{
    FileId, ShortFileId,
    tlv::{self, Tag, Tlv, TlvReader},
};

pub use facial_record::{FaceImage, FaceImageType};

use crate::Error;

const STRUCTURE: &str = "DG2";
const GROUP_TEMPLATE: Tag = Tag(0x7F61);
const INFORMATION_TEMPLATE: Tag = Tag(0x7F60);
const HEADER_TEMPLATE: Tag = Tag(0xA1);
const NUMBER_OF_INSTANCES: Tag = Tag(0x02);
const DATA_BLOCK: Tag = Tag(0x5F2E);
const DATA_BLOCK_39794: Tag = Tag(0x7F2E);
const HEADER_VERSION: Tag = Tag(0x80);
const BIOMETRIC_TYPE: Tag = Tag(0x81);
const FORMAT_OWNER: Tag = Tag(0x87);
const FORMAT_TYPE: Tag = Tag(0x88);

/// ISO/IEC JTC 1/SC 37.
const OWNER_SC37: [u8; 2] = [0x01, 0x01];
/// Facial image of ISO/IEC 19794-5.
const TYPE_FACE: [u8; 2] = [0x00, 0x08];

/// Most templates, and most faces altogether.
const MAX_INSTANCES: usize = 9;

/// DG2: one or more images of the holder's face.
///
/// ```
/// use lds::{Dg2, FaceImage, Image, Sex};
///
/// # let mut codestream = vec![0xFF, 0x4F, 0xFF, 0x51, 0x00, 0x29, 0x00, 0x00];
/// # for number in [35u32, 45, 0, 0, 35, 45, 0, 0] {
/// #     codestream.extend(number.to_be_bytes());
/// # }
/// # codestream.extend([0, 1, 7, 1, 1]);
/// let portrait = Image::new(codestream)?;              // a JPEG or JPEG 2000 file
/// let group = Dg2::new(FaceImage::new(portrait, Sex::Female));
/// let read = Dg2::parse(&group.to_bytes())?;
/// assert_eq!(read.portrait().width(), 35);
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg2 {
    first: FaceImage,
    others: Vec<FaceImage>,
}

impl Dg2 {
    /// Tag of the data group.
    pub const TAG: Tag = Tag(0x75);
    /// File identifier.
    pub const FILE_ID: FileId = FileId(0x0102);
    /// Short file identifier.
    pub const SHORT_FILE_ID: ShortFileId = ShortFileId::new(0x02);

    /// A data group with one face.
    pub fn new(face: FaceImage) -> Self {
        Self {
            first: face,
            others: Vec::new(),
        }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Broken TLV, a template of another kind than a face, a broken facial record, something that is no image, or no
    /// face at all.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut outer = TlvReader::new(bytes);
        let group = outer.expect(Self::TAG).map_err(Error::tlv(STRUCTURE))?;
        outer.finish().map_err(Error::tlv(STRUCTURE))?;
        let mut inner = group.children();
        let group = inner
            .expect(GROUP_TEMPLATE)
            .map_err(Error::tlv(STRUCTURE))?;
        inner.finish().map_err(Error::tlv(STRUCTURE))?;

        let mut templates = group.children();
        let count = templates
            .expect(NUMBER_OF_INSTANCES)
            .map_err(Error::tlv(STRUCTURE))?;
        let [count] = *count.value else {
            return Err(Error::malformed(
                STRUCTURE,
                "the number of instances is not one byte",
            ));
        };
        let count = usize::from(count);
        if !(1..=MAX_INSTANCES).contains(&count) {
            return Err(Error::malformed(
                STRUCTURE,
                "the number of instances is not from 1 to 9",
            ));
        }
        let mut faces = Vec::new();
        for _ in 0..count {
            let template = templates
                .expect(INFORMATION_TEMPLATE)
                .map_err(Error::tlv(STRUCTURE))?;
            faces.extend(facial_record::parse(data_block(&template)?)?);
        }
        templates.finish().map_err(Error::tlv(STRUCTURE))?;
        if faces.len() > MAX_INSTANCES {
            return Err(Error::TooLarge {
                structure: STRUCTURE,
                what: "faces",
                limit: MAX_INSTANCES,
            });
        }
        let mut faces = faces.into_iter();
        match faces.next() {
            Some(first) => Ok(Self {
                first,
                others: faces.collect(),
            }),
            None => Err(Error::malformed(STRUCTURE, "no face at all")),
        }
    }

    /// The contents of the file: one template for each face.
    pub fn to_bytes(&self) -> Vec<u8> {
        // There are at most nine faces.
        let mut group = tlv::encode(NUMBER_OF_INSTANCES, &[1 + self.others.len() as u8]);
        for face in self.faces() {
            tlv::push_with(&mut group, INFORMATION_TEMPLATE, |template| {
                tlv::push_with(template, HEADER_TEMPLATE, |header| {
                    tlv::push(header, HEADER_VERSION, &[0x01, 0x01]);
                    tlv::push(header, BIOMETRIC_TYPE, &[0x02]);
                    tlv::push(header, FORMAT_OWNER, &OWNER_SC37);
                    tlv::push(header, FORMAT_TYPE, &TYPE_FACE);
                });
                tlv::push(template, DATA_BLOCK, &facial_record::build(face));
            });
        }
        tlv::encode(Self::TAG, &tlv::encode(GROUP_TEMPLATE, &group))
    }

    /// Every face.
    pub fn faces(&self) -> impl Iterator<Item = &FaceImage> {
        core::iter::once(&self.first).chain(&self.others)
    }

    /// The first image, which is the one to show.
    pub fn portrait(&self) -> &crate::Image {
        self.first.image()
    }
}

/// Checks the header of a biometric information template and returns its data block.
fn data_block<'a>(template: &Tlv<'a>) -> Result<&'a [u8], Error> {
    let mut reader = template.children();
    let header = reader
        .expect(HEADER_TEMPLATE)
        .map_err(Error::tlv(STRUCTURE))?;
    let (mut owner, mut kind) = (None, None);
    for object in header.children() {
        let object = object.map_err(Error::tlv(STRUCTURE))?;
        match object.tag {
            FORMAT_OWNER => owner = Some(object.value),
            FORMAT_TYPE => kind = Some(object.value),
            // Biometric type: when it is stated, bit 2 says that it is a face.
            BIOMETRIC_TYPE if object.value != [0x02] => {
                return Err(Error::malformed(
                    STRUCTURE,
                    "the biometric type is not a face",
                ));
            }
            _ => {}
        }
    }
    if owner != Some(&OWNER_SC37[..]) {
        return Err(Error::malformed(
            STRUCTURE,
            "the format owner is not ISO/IEC JTC 1/SC 37",
        ));
    }
    let block = reader.read().map_err(Error::tlv(STRUCTURE))?;
    reader.finish().map_err(Error::tlv(STRUCTURE))?;
    match block {
        Some(block) if block.tag == DATA_BLOCK => {
            if kind != Some(&TYPE_FACE[..]) {
                return Err(Error::malformed(
                    STRUCTURE,
                    "the format is not ISO/IEC 19794-5",
                ));
            }
            Ok(block.value)
        }
        Some(block) if block.tag == DATA_BLOCK_39794 => Err(Error::malformed(
            STRUCTURE,
            "the face is encoded as ISO/IEC 39794-5, which is not read",
        )),
        _ => Err(Error::malformed(
            STRUCTURE,
            "the biometric data block is missing",
        )),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::{Image, Sex};

    fn group() -> Vec<u8> {
        let mut codestream = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0];
        for number in [35u32, 45, 0, 0, 35, 45, 0, 0] {
            codestream.extend(number.to_be_bytes());
        }
        codestream.extend([0, 1, 7, 1, 1]);
        Dg2::new(FaceImage::new(Image::new(codestream).unwrap(), Sex::Male)).to_bytes()
    }

    fn find(bytes: &[u8], pattern: &[u8]) -> usize {
        bytes
            .windows(pattern.len())
            .position(|window| window == pattern)
            .unwrap()
    }

    fn refused(bytes: &[u8]) -> &'static str {
        match Dg2::parse(bytes) {
            Err(Error::Malformed { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_template_is_the_one_of_doc_9303_10() {
        let file = group();
        assert_eq!(
            file[..14],
            hex_literal::hex!("75 78 7F61 75 02 01 01 7F60 6F A1 0F 80")
        );
        let header = find(&file, &[0xA1, 0x0F]);
        assert_eq!(
            file[header..header + 17],
            hex_literal::hex!("A1 0F 80020101 810102 87020101 88020008")
        );
        let record = find(&file, b"FAC\x00010\x00");
        assert_eq!(file[record - 3..record], [0x5F, 0x2E, 0x5B]);
        assert_eq!(
            file[record + 8..record + 14],
            [0, 0, 0, 0x5B, 0, 1],
            "record length, one image"
        );
        assert_eq!(
            file[record + 14..record + 21],
            [0, 0, 0, 0x4D, 0, 0, 1],
            "block length, no points, male"
        );
        assert_eq!(
            file[record + 34..record + 40],
            [1, 1, 0, 35, 0, 45],
            "full frontal, JPEG 2000, 35 by 45"
        );
    }

    #[test]
    fn feature_points_are_skipped_and_small_length_faults_of_real_passports_tolerated() {
        let file = group();
        let record = find(&file, b"FAC\0");
        let mut short = file.clone();
        short[record + 11] -= 8;
        assert!(Dg2::parse(&short).is_ok());
        short[record + 11] -= 1;
        assert_eq!(refused(&short), "the record length does not match");
        let mut long = file;
        long[record + 11] += 1;
        assert_eq!(refused(&long), "the record length does not match");
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let file = group();
        let record = find(&file, b"FAC\0");
        let with = |index: usize, value: u8| {
            let mut bytes = file.clone();
            bytes[index] = value;
            bytes
        };
        assert_eq!(
            refused(&with(7, 0)),
            "the number of instances is not from 1 to 9"
        );
        assert_eq!(
            refused(&with(7, 10)),
            "the number of instances is not from 1 to 9"
        );
        assert_eq!(
            refused(&with(record, b'X')),
            "the format identifier is not FAC"
        );
        assert_eq!(refused(&with(record + 5, b'3')), "the version is not 010");
        assert_eq!(
            refused(&with(record + 13, 0)),
            "the number of images is not from 1 to 4"
        );
        assert_eq!(
            refused(&with(record + 13, 5)),
            "the number of images is not from 1 to 4"
        );
        assert_eq!(
            refused(&with(record + 14, 0xFF)),
            "the block length reaches beyond the record"
        );
        assert_eq!(
            refused(&with(record + 19, 0xFF)),
            "ends too early",
            "255 feature points"
        );
        assert_eq!(
            refused(&with(record + 35, 2)),
            "the image data type is neither JPEG nor JPEG 2000"
        );
        let fingerprint = find(&file, &[0x81, 0x01, 0x02]) + 2;
        assert_eq!(
            refused(&with(fingerprint, 8)),
            "the biometric type is not a face"
        );
        let owner = find(&file, &[0x87, 0x02]) + 2;
        assert_eq!(
            refused(&with(owner, 2)),
            "the format owner is not ISO/IEC JTC 1/SC 37"
        );
        let kind = find(&file, &[0x88, 0x02]) + 3;
        assert_eq!(refused(&with(kind, 9)), "the format is not ISO/IEC 19794-5");
        assert_eq!(
            refused(&with(record - 3, 0x7F)),
            "the face is encoded as ISO/IEC 39794-5, which is not read"
        );
        let image = find(&file, &[0xFF, 0x4F]);
        assert_eq!(
            Dg2::parse(&with(image, 0)),
            Err(Error::Value(crate::ValueError::Image(
                "neither JPEG nor JPEG 2000"
            )))
        );
    }
}
