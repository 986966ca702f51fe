//! Portraits: which format, how many pixels, whether the file is complete.
//!
//! The card stores the picture's file as it is. Nothing here decodes pixels; only the few header
//! fields are read that tell a portrait from something else.

/// What the header of a picture says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PictureHeader {
    /// The file format.
    pub format: PictureFormat,
    /// Columns of pixels.
    pub width: u32,
    /// Rows of pixels.
    pub height: u32,
}

/// The two formats that ICAO Doc 9303-10 and ISO/IEC 19794-5 allow for portraits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PictureFormat {
    /// ISO/IEC 10918-1.
    Jpeg,
    /// ISO/IEC 15444-1, in a JP2 file or as a bare codestream.
    Jpeg2000,
}

impl PictureHeader {
    /// Reads the header; `None` if the bytes are not a complete file of one of the two formats.
    ///
    /// ```
    /// use issuer::{PictureFormat, PictureHeader};
    ///
    /// let header = PictureHeader::read(issuer::specimen::PORTRAIT_300_DPI).ok_or("not a picture")?;
    /// assert_eq!(header.format, PictureFormat::Jpeg);
    /// assert_eq!((header.width, header.height), (413, 531));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (format, (width, height)) = match bytes {
            [0xFF, 0xD8, ..] => (PictureFormat::Jpeg, jpeg_size(bytes)?),
            [0xFF, 0x4F, 0xFF, 0x51, ..] => (PictureFormat::Jpeg2000, codestream_size(bytes)?),
            _ => (PictureFormat::Jpeg2000, jp2_size(bytes)?),
        };
        (width > 0 && height > 0).then_some(Self {
            format,
            width,
            height,
        })
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u32> {
    let pair: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(u16::from_be_bytes(pair).into())
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_be_bytes(four))
}

/// Walks the marker segments (ISO/IEC 10918-1, annex B) to the frame header; the file must end
/// with the end-of-image marker.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    if !bytes.ends_with(&[0xFF, 0xD9]) {
        return None;
    }
    let mut at = 2;
    loop {
        let marker = u16_at(bytes, at)?;
        match marker {
            // Fill bytes before a marker.
            0xFFFF => at += 1,
            // A start of frame: C0 to CF without the tables C4 and CC and the reserved C8.
            0xFFC0..=0xFFCF if !matches!(marker, 0xFFC4 | 0xFFC8 | 0xFFCC) => {
                return Some((u16_at(bytes, at + 7)?, u16_at(bytes, at + 5)?));
            }
            // The scan starts, or something without a length: too late for a frame header.
            0xFFDA | 0xFFD0..=0xFFD9 | 0..=0xFEFF => return None,
            _ => at = at.checked_add(2 + u16_at(bytes, at + 2)? as usize)?,
        }
    }
}

/// The boxes of a JP2 file (ISO/IEC 15444-1, annex I): signature, file type, and the codestream,
/// which must be complete.
fn jp2_size(bytes: &[u8]) -> Option<(u32, u32)> {
    const SIGNATURE: [u8; 12] = [0, 0, 0, 12, b'j', b'P', b' ', b' ', 0x0D, 0x0A, 0x87, 0x0A];
    let mut rest = bytes.strip_prefix(&SIGNATURE)?;
    loop {
        let kind = rest.get(4..8)?;
        let (header, length) = match u32_at(rest, 0)? {
            // Runs to the end of the file.
            0 => (8, rest.len()),
            1 => (
                16,
                usize::try_from((u64::from(u32_at(rest, 8)?) << 32) | u64::from(u32_at(rest, 12)?))
                    .ok()?,
            ),
            length => (8, length as usize),
        };
        if length < header {
            return None;
        }
        let (whole, next) = rest.split_at_checked(length)?;
        if kind == b"jp2c" {
            return codestream_size(whole.get(header..)?);
        }
        rest = next;
    }
}

/// The SIZ segment of a codestream (ISO/IEC 15444-1, A.5.1); it must end with the EOC marker.
fn codestream_size(bytes: &[u8]) -> Option<(u32, u32)> {
    if !bytes.starts_with(&[0xFF, 0x4F, 0xFF, 0x51]) || !bytes.ends_with(&[0xFF, 0xD9]) {
        return None;
    }
    let width = u32_at(bytes, 8)?.checked_sub(u32_at(bytes, 16)?)?;
    let height = u32_at(bytes, 12)?.checked_sub(u32_at(bytes, 20)?)?;
    Some((width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: &[u8] = include_bytes!("../assets/specimen-600dpi.jpg");
    const JP2: &[u8] = include_bytes!("../assets/specimen-300dpi.jp2");

    #[test]
    fn both_formats_tell_their_size() {
        let jpeg = PictureHeader {
            format: PictureFormat::Jpeg,
            width: 827,
            height: 1063,
        };
        assert_eq!(PictureHeader::read(JPEG), Some(jpeg));
        let jp2 = PictureHeader {
            format: PictureFormat::Jpeg2000,
            width: 413,
            height: 531,
        };
        assert_eq!(PictureHeader::read(JP2), Some(jp2));
    }

    #[test]
    fn a_bare_codestream_is_a_picture_too() {
        let start = JP2
            .windows(4)
            .position(|w| w == [0xFF, 0x4F, 0xFF, 0x51])
            .unwrap();
        let header = PictureHeader::read(&JP2[start..]).unwrap();
        assert_eq!(
            (header.format, header.width),
            (PictureFormat::Jpeg2000, 413)
        );
    }

    #[test]
    fn a_broken_off_file_is_refused() {
        for picture in [JPEG, JP2] {
            for length in [0, 1, 2, 11, 20, 100, picture.len() / 2, picture.len() - 1] {
                assert_eq!(PictureHeader::read(&picture[..length]), None, "{length}");
            }
        }
    }

    #[test]
    fn other_files_are_refused() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x9d\0\0\x02\x13";
        assert_eq!(PictureHeader::read(png), None);
        assert_eq!(PictureHeader::read(b"GIF89a"), None);
        assert_eq!(PictureHeader::read(&[0xFF, 0xD8, 0xFF, 0xD9]), None);
    }

    #[test]
    fn hostile_lengths_end_the_walk() {
        let mut bytes = vec![0xFF, 0xD8];
        bytes.extend([0xFF, 0xE0, 0x00, 0x00].repeat(4));
        bytes.extend([0xFF, 0xD9]);
        assert_eq!(PictureHeader::read(&bytes), None);
        let mut jp2 = JP2[..12].to_vec();
        jp2.extend([0, 0, 0, 0, b'x', b'x', b'x', b'x']);
        assert_eq!(PictureHeader::read(&jp2), None);
    }
}
