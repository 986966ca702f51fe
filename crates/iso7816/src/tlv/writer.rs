//! Writing data objects.

use alloc::vec::Vec;

use super::Tag;

/// Appends a data object with the shortest length field.
pub fn push(out: &mut Vec<u8>, tag: Tag, value: &[u8]) {
    out.reserve(encoded_len(tag, value.len()));
    push_header(out, tag, value.len());
    out.extend_from_slice(value);
}

/// Appends a template: a data object whose value `write` appends.
///
/// ```
/// use iso7816::tlv::{Tag, push, push_with};
///
/// let mut out = Vec::new();
/// push_with(&mut out, Tag(0x7C), |out| push(out, Tag(0x81), &[0xAA]));
/// assert_eq!(out, [0x7C, 0x03, 0x81, 0x01, 0xAA]);
/// ```
pub fn push_with(out: &mut Vec<u8>, tag: Tag, write: impl FnOnce(&mut Vec<u8>)) {
    let mut value = Vec::new();
    write(&mut value);
    push(out, tag, &value);
}

/// A data object with the shortest length field.
///
/// ```
/// use iso7816::tlv::{Tag, encode};
///
/// assert_eq!(encode(Tag(0x5F1F), &[0x31]), [0x5F, 0x1F, 0x01, 0x31]);
/// assert_eq!(encode(Tag(0x04), &[0; 200])[..3], [0x04, 0x81, 200]);
/// ```
#[must_use]
pub fn encode(tag: Tag, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, tag, value);
    out
}

/// The bytes that a data object with a value of `length` bytes has in all.
#[must_use]
pub const fn encoded_len(tag: Tag, length: usize) -> usize {
    let more = if length < 0x80 {
        0
    } else {
        significant_bytes(length)
    };
    tag.encoded_len() + 1 + more + length
}

const fn significant_bytes(number: usize) -> usize {
    (usize::BITS - number.leading_zeros()).div_ceil(8) as usize
}

fn push_header(out: &mut Vec<u8>, tag: Tag, length: usize) {
    let tag_bytes = tag.0.to_be_bytes();
    out.extend(tag_bytes.iter().skip(tag_bytes.len() - tag.encoded_len()));
    if let Ok(length @ 0..=0x7F) = u8::try_from(length) {
        out.push(length);
        return;
    }
    let length_bytes = length.to_be_bytes();
    let count = significant_bytes(length);
    // At most eight bytes, so the count fits its seven bits.
    out.push(0x80 | count as u8);
    out.extend(length_bytes.iter().skip(length_bytes.len() - count));
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;
    use std::vec;

    #[test]
    fn the_length_field_is_the_shortest() {
        for (length, header) in [
            (0x00, &hex!("0400")[..]),
            (0x7F, &hex!("047F")),
            (0x80, &hex!("048180")),
            (0xFF, &hex!("0481FF")),
            (0x100, &hex!("04820100")),
            (0xFFFF, &hex!("0482FFFF")),
            (0x1_0000, &hex!("0483010000")),
            (0x100_0000, &hex!("048401000000")),
        ] {
            let bytes = encode(Tag(0x04), &vec![0; length]);
            assert_eq!(bytes[..header.len()], *header);
            assert_eq!(bytes.len(), header.len() + length);
            assert_eq!(bytes.len(), encoded_len(Tag(0x04), length));
        }
    }

    #[test]
    fn tags_keep_all_their_bytes() {
        assert_eq!(encode(Tag(0x7F49), &[]), hex!("7F4900"));
        assert_eq!(encode(Tag(0xDF8101), &[5]), hex!("DF81010105"));
    }
}
