//! The facial record of ISO/IEC 19794-5:2005, section 5: all numbers big-endian, all lengths in bytes.
//!
//! ```text
//! facial record header   "FAC\0" "010\0"  record length (4)  number of images (2)
//! facial information     block length (4)  feature points (2)  gender eye-colour hair-colour (1 each)
//!                        properties (3)  expression (2)  pose (3)  pose uncertainty (3)
//! feature points         8 each
//! image information      image type, data type (1 each)  width height (2 each)
//!                        colour space, source type (1 each)  device type, quality (2 each)
//! image data
//! ```

use alloc::vec::Vec;

use crate::{Error, Image, ImageFormat, Sex};

const STRUCTURE: &str = "facial record (ISO/IEC 19794-5)";
const FORMAT_IDENTIFIER: &[u8; 4] = b"FAC\0";
const VERSION: &[u8; 4] = b"010\0";
const RECORD_HEADER_LEN: usize = 14;
const FACIAL_INFORMATION_LEN: usize = 20;
const FEATURE_POINT_LEN: usize = 8;
const IMAGE_INFORMATION_LEN: usize = 12;

/// Most images of one record.
const MAX_IMAGES: u16 = 4;

/// Passports in the field count up to eight bytes less in the record length than there are.
const LENGTH_SLACK: usize = 8;

/// `Face Image Type`, ISO/IEC 19794-5 section 5.7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaceImageType {
    /// Basic.
    Basic,
    /// Full frontal, the type for travel documents.
    FullFrontal,
    /// Token frontal.
    TokenFrontal,
    /// Anything else.
    Other(u8),
}

/// One image of a face with what its record says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaceImage {
    image: Image,
    sex: Sex,
    image_type: FaceImageType,
}

impl FaceImage {
    /// A full frontal image.
    pub fn new(image: Image, sex: Sex) -> Self {
        Self {
            image,
            sex,
            image_type: FaceImageType::FullFrontal,
        }
    }

    /// The image. Format and size are the image's own, whatever the record says.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// The sex in the record.
    pub fn sex(&self) -> Sex {
        self.sex
    }

    /// The kind of image.
    pub fn image_type(&self) -> FaceImageType {
        self.image_type
    }
}

/// Takes bytes from the front.
fn take<'a>(rest: &mut &'a [u8], len: usize) -> Result<&'a [u8], Error> {
    let (taken, remaining) = rest
        .split_at_checked(len)
        .ok_or(Error::malformed(STRUCTURE, "ends too early"))?;
    *rest = remaining;
    Ok(taken)
}

fn take_array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Error> {
    take(rest, N)?
        .try_into()
        .map_err(|_| Error::malformed(STRUCTURE, "ends too early"))
}

pub(super) fn parse(record: &[u8]) -> Result<Vec<FaceImage>, Error> {
    let mut rest = record;
    if take(&mut rest, 4)? != FORMAT_IDENTIFIER {
        return Err(Error::malformed(
            STRUCTURE,
            "the format identifier is not FAC",
        ));
    }
    if take(&mut rest, 4)? != VERSION {
        return Err(Error::malformed(STRUCTURE, "the version is not 010"));
    }
    let record_len = u32::from_be_bytes(take_array(&mut rest)?) as usize;
    if record_len > record.len() || record.len() - record_len > LENGTH_SLACK {
        return Err(Error::malformed(
            STRUCTURE,
            "the record length does not match",
        ));
    }
    let count = u16::from_be_bytes(take_array(&mut rest)?);
    if !(1..=MAX_IMAGES).contains(&count) {
        return Err(Error::malformed(
            STRUCTURE,
            "the number of images is not from 1 to 4",
        ));
    }
    let mut faces = Vec::new();
    for _ in 0..count {
        faces.push(parse_image(&mut rest)?);
    }
    if rest.len() > LENGTH_SLACK {
        return Err(Error::malformed(
            STRUCTURE,
            "something follows the last image",
        ));
    }
    Ok(faces)
}

fn parse_image(rest: &mut &[u8]) -> Result<FaceImage, Error> {
    let start = *rest;
    let block_len = u32::from_be_bytes(take_array(rest)?) as usize;
    let mut block = start.get(..block_len).ok_or(Error::malformed(
        STRUCTURE,
        "the block length reaches beyond the record",
    ))?;
    *rest = start.get(block_len..).unwrap_or_default();

    let [_, _, _, _, points_high, points_low, gender, ..] =
        take_array::<FACIAL_INFORMATION_LEN>(&mut block)?;
    let points = usize::from(u16::from_be_bytes([points_high, points_low]));
    take(&mut block, points * FEATURE_POINT_LEN)?;
    let [image_type, data_type, ..] = take_array::<IMAGE_INFORMATION_LEN>(&mut block)?;
    if data_type > 1 {
        return Err(Error::malformed(
            STRUCTURE,
            "the image data type is neither JPEG nor JPEG 2000",
        ));
    }
    Ok(FaceImage {
        image: Image::new(block)?,
        sex: match gender {
            1 => Sex::Male,
            2 => Sex::Female,
            _ => Sex::Unspecified,
        },
        image_type: match image_type {
            0 => FaceImageType::Basic,
            1 => FaceImageType::FullFrontal,
            2 => FaceImageType::TokenFrontal,
            other => FaceImageType::Other(other),
        },
    })
}

pub(super) fn build(face: &FaceImage) -> Vec<u8> {
    let image = face.image.as_bytes();
    // An image is at most 512 KiB long, so no length overflows its field.
    let block_len = FACIAL_INFORMATION_LEN + IMAGE_INFORMATION_LEN + image.len();
    let record_len = RECORD_HEADER_LEN + block_len;
    let mut record = Vec::with_capacity(record_len);
    record.extend(FORMAT_IDENTIFIER);
    record.extend(VERSION);
    record.extend((record_len as u32).to_be_bytes());
    record.extend(1u16.to_be_bytes());

    record.extend((block_len as u32).to_be_bytes());
    record.extend(0u16.to_be_bytes());
    record.push(match face.sex {
        Sex::Male => 1,
        Sex::Female => 2,
        Sex::Unspecified => 0,
    });
    // Colours of eyes and hair, properties, expression, pose: all unspecified.
    record.resize(RECORD_HEADER_LEN + FACIAL_INFORMATION_LEN, 0);

    record.push(match face.image_type {
        FaceImageType::Basic => 0,
        FaceImageType::FullFrontal => 1,
        FaceImageType::TokenFrontal => 2,
        FaceImageType::Other(other) => other,
    });
    record.push(match face.image.format() {
        ImageFormat::Jpeg => 0,
        ImageFormat::Jp2 | ImageFormat::Jpeg2000Codestream => 1,
    });
    record.extend(face.image.width().to_be_bytes());
    record.extend(face.image.height().to_be_bytes());
    // Colour space 24-bit RGB; source and device unspecified; quality is reserved.
    record.extend([1, 0, 0, 0, 0, 0]);
    record.extend(image);
    record
}
