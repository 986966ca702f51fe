//! Portraits: recognised and measured, not decoded.
//!
//! The format is told by the first bytes and the size is read from the header, with bounded work, so that a text file
//! or a picture of another kind never becomes a portrait. Whether the pixels decode is for whoever shows them.

use alloc::vec::Vec;
use core::fmt;

use crate::ValueError;

/// Longest image that is accepted, in bytes. A 600 dpi portrait of an identity card is below 100 kB.
pub const MAX_IMAGE_LEN: usize = 512 * 1024;

/// Most header segments or boxes that are looked at.
const MAX_SEGMENTS: usize = 256;

/// How an image is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageFormat {
    /// JPEG, ISO/IEC 10918-1.
    Jpeg,
    /// JPEG 2000 in its file format JP2, ISO/IEC 15444-1 annex I.
    Jp2,
    /// JPEG 2000, the bare codestream, ISO/IEC 15444-1 annex A.
    Jpeg2000Codestream,
}

impl ImageFormat {
    /// Media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Jp2 => "image/jp2",
            Self::Jpeg2000Codestream => "image/j2c",
        }
    }

    /// File name extension, without dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Jp2 => "jp2",
            Self::Jpeg2000Codestream => "j2c",
        }
    }
}

/// A portrait with its format and size.
///
/// ```
/// use lds::{Image, ImageFormat};
///
/// // the smallest header that tells a size: a JPEG 2000 codestream of 35 by 45 pixels
/// let mut codestream = vec![0xFF, 0x4F, 0xFF, 0x51, 0x00, 0x29, 0x00, 0x00];
/// for number in [35u32, 45, 0, 0, 35, 45, 0, 0] {
///     codestream.extend(number.to_be_bytes());
/// }
/// codestream.extend([0, 1, 7, 1, 1]);
/// let image = Image::new(codestream)?;
/// assert_eq!((image.format(), image.width(), image.height()), (ImageFormat::Jpeg2000Codestream, 35, 45));
/// assert!(Image::new(b"not a picture".to_vec()).is_err());
/// # Ok::<(), lds::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    bytes: Vec<u8>,
    format: ImageFormat,
    width: u16,
    height: u16,
}

impl Image {
    /// Recognises and measures an image.
    ///
    /// # Errors
    /// An unknown format, a broken header, a size of zero or above 65535 pixels, or more than [`MAX_IMAGE_LEN`] bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, ValueError> {
        let bytes = bytes.into();
        if bytes.len() > MAX_IMAGE_LEN {
            return Err(ValueError::Image("longer than 512 KiB"));
        }
        let (format, width, height) = if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            let (width, height) =
                jpeg_size(&bytes).ok_or(ValueError::Image("JPEG without a usable frame header"))?;
            (ImageFormat::Jpeg, u32::from(width), u32::from(height))
        } else if bytes.starts_with(JP2_SIGNATURE) {
            let (width, height) =
                jp2_size(&bytes).ok_or(ValueError::Image("JP2 without a usable image header"))?;
            (ImageFormat::Jp2, width, height)
        } else if bytes.starts_with(&[0xFF, 0x4F, 0xFF, 0x51]) {
            let (width, height) = codestream_size(&bytes).ok_or(ValueError::Image(
                "JPEG 2000 codestream with a broken SIZ marker",
            ))?;
            (ImageFormat::Jpeg2000Codestream, width, height)
        } else {
            return Err(ValueError::Image("neither JPEG nor JPEG 2000"));
        };
        match (u16::try_from(width), u16::try_from(height)) {
            (Ok(width @ 1..), Ok(height @ 1..)) => Ok(Self {
                bytes,
                format,
                width,
                height,
            }),
            _ => Err(ValueError::Image(
                "width and height are from 1 to 65535 pixels",
            )),
        }
    }

    /// The image as it came.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The image as it came.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// How it is encoded.
    pub fn format(&self) -> ImageFormat {
        self.format
    }

    /// Width in pixels.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u16 {
        self.height
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Image({:?}, {} by {} pixels, {} bytes)",
            self.format,
            self.width,
            self.height,
            self.bytes.len()
        )
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u16::from_be_bytes)
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u32::from_be_bytes)
}

/// Walks the marker segments up to the frame header. ISO/IEC 10918-1 annex B.
fn jpeg_size(bytes: &[u8]) -> Option<(u16, u16)> {
    let mut at = 2;
    for _ in 0..MAX_SEGMENTS {
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        // Any number of FF bytes may stand before a marker.
        let marker = loop {
            at += 1;
            match *bytes.get(at)? {
                0xFF => {}
                marker => break marker,
            }
        };
        at += 1;
        match marker {
            // TEM and restart markers stand alone.
            0x01 | 0xD0..=0xD7 => continue,
            // A second start, the end, or pixels before any frame header.
            0x00 | 0xD8..=0xDA => return None,
            // Frame headers, without DHT (C4), JPG (C8) and DAC (CC) which share the range.
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                let segment = bytes.get(at..at.checked_add(usize::from(be16(bytes, at)?))?)?;
                let components = usize::from(*segment.get(7)?);
                if components == 0 || segment.len() != 8 + 3 * components {
                    return None;
                }
                return Some((be16(segment, 5)?, be16(segment, 3)?));
            }
            _ => {}
        }
        let len = be16(bytes, at)?;
        if len < 2 {
            return None;
        }
        at = at.checked_add(usize::from(len))?;
    }
    None
}

const JP2_SIGNATURE: &[u8] = b"\x00\x00\x00\x0CjP  \x0D\x0A\x87\x0A";

/// Finds the image header box inside the JP2 header box. ISO/IEC 15444-1 annex I.
fn jp2_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let file_type = bytes.get(JP2_SIGNATURE.len()..)?;
    if file_type.get(4..8)? != b"ftyp" {
        return None;
    }
    let header = find_box(file_type, b"jp2h")?;
    let image_header = find_box(header, b"ihdr")?;
    // Height comes first.
    Some((be32(image_header, 4)?, be32(image_header, 0)?))
}

/// The contents of the first box of this type.
fn find_box<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    let mut rest = bytes;
    for _ in 0..MAX_SEGMENTS {
        let (header, len) = match be32(rest, 0)? {
            // To the end of the file.
            0 => (8, rest.len()),
            // A 64-bit length follows the type.
            1 if be32(rest, 8)? == 0 => (16, usize::try_from(be32(rest, 12)?).ok()?),
            1 => return None,
            len => (8, usize::try_from(len).ok()?),
        };
        if len < header {
            return None;
        }
        let (this, next) = rest.split_at_checked(len)?;
        if this.get(4..8)? == kind {
            return this.get(header..);
        }
        rest = next;
    }
    None
}

/// Reads the SIZ marker, which stands first. ISO/IEC 15444-1 section A.5.1.
fn codestream_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let segment = bytes.get(4..4 + usize::from(be16(bytes, 4)?))?;
    let components = usize::from(be16(segment, 36)?);
    if components == 0 || segment.len() != 38 + 3 * components {
        return None;
    }
    let width = be32(segment, 4)?.checked_sub(be32(segment, 12)?)?;
    let height = be32(segment, 8)?.checked_sub(be32(segment, 16)?)?;
    Some((width, height))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    const JPEG: &[u8] = &[
        0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xFF, 0xC2, 0, 17, 8, 0x02, 0x0D, 0x01, 0x9D, 3,
        1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1, 0xFF, 0xDA,
    ];

    fn refused(bytes: &[u8]) -> bool {
        matches!(Image::new(bytes), Err(ValueError::Image(_)))
    }

    #[test]
    fn a_jpeg_is_measured_from_its_frame_header() {
        let image = Image::new(JPEG).unwrap();
        assert_eq!(
            (image.format(), image.width(), image.height()),
            (ImageFormat::Jpeg, 413, 525)
        );
        assert_eq!(image.as_bytes(), JPEG);
    }

    #[test]
    fn a_jpeg_without_frame_header_or_size_is_refused() {
        for len in 0..JPEG.len() - 2 {
            assert!(refused(&JPEG[..len]), "cut at {len}");
        }
        let with = |index: usize, value: u8| {
            let mut bytes = JPEG.to_vec();
            bytes[index] = value;
            bytes
        };
        assert!(refused(&with(10, 0xC4)), "a table is no frame header");
        assert!(refused(&with(10, 0xDA)), "pixels before the frame header");
        assert!(
            refused(&with(5, 1)),
            "a segment shorter than its length field"
        );
        assert!(refused(&with(18, 4)), "another number of components");
        let mut flat = JPEG.to_vec();
        flat[14..16].fill(0);
        assert!(refused(&flat), "no height");
    }

    #[test]
    fn a_jp2_is_measured_from_its_image_header_box() {
        let mut file = JP2_SIGNATURE.to_vec();
        file.extend(b"\0\0\0\x14ftypjp2 \0\0\0\0jp2 \0\0\0\x09xml !\0\0\0\x1Ejp2h\0\0\0\x16ihdr");
        file.extend([0, 0, 2, 13, 0, 0, 1, 157, 0, 3, 7, 7, 0, 0]);
        let image = Image::new(file.clone()).unwrap();
        assert_eq!(
            (image.format(), image.width(), image.height()),
            (ImageFormat::Jp2, 413, 525)
        );
        for len in 12..file.len() {
            assert!(refused(&file[..len]), "cut at {len}");
        }
        let mut huge = file.clone();
        let header = file.len() - 14;
        huge[header] = 1;
        assert!(refused(&huge), "taller than 65535 pixels");
    }

    #[test]
    fn a_codestream_is_measured_without_its_offset() {
        let mut file = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 47, 0, 0];
        for number in [423u32, 525, 10, 0, 423, 525, 0, 0] {
            file.extend(number.to_be_bytes());
        }
        file.extend([0, 3, 7, 1, 1, 7, 1, 1, 7, 1, 1]);
        let image = Image::new(file.clone()).unwrap();
        assert_eq!(
            (image.format(), image.width(), image.height()),
            (ImageFormat::Jpeg2000Codestream, 413, 525)
        );
        for len in 0..file.len() {
            assert!(refused(&file[..len]), "cut at {len}");
        }
        file[16..20].copy_from_slice(&424u32.to_be_bytes());
        assert!(refused(&file), "the offset lies outside the picture");
    }

    #[test]
    fn other_files_are_not_portraits() {
        for other in [
            &b"\x89PNG\r\n\x1A\n"[..],
            b"GIF89a",
            b"%PDF-1.7",
            b"",
            b"\xFF\xD8",
            b"BM",
        ] {
            assert!(refused(other));
        }
        let mut long = JPEG.to_vec();
        long.resize(MAX_IMAGE_LEN, 0);
        assert!(!refused(&long));
        long.push(0);
        assert!(refused(&long));
    }
}
