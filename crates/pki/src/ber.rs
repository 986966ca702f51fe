//! Indefinite lengths (BER) made definite (DER).
//!
//! Foreign security objects use them; signatures, however, are over DER. What already is DER comes out byte for byte as it
//! went in, so signatures are verified over the issuer's own bytes.

use core::ops::Range;
use std::borrow::Cow;

use der::{Decode, Encode, EncodingRules, Header, Length, Reader, SliceReader, Tag};

use crate::Error;

/// Deeper than any honest object, and far from the end of the stack.
const MAX_DEPTH: usize = 32;

const WHAT: &str = "BER encoding";

/// The outermost element of `input` with every length in it definite, and constructed octet strings joined. What is DER comes out as it went in.
///
/// # Errors
/// [`Error::Malformed`] or [`Error::TooDeep`].
pub fn to_definite(input: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let mut output = Vec::with_capacity(input.len());
    let end = element(input, 0..input.len(), 0, &mut output)?;
    if end != input.len() {
        return Err(Error::malformed(WHAT)(der::ErrorKind::Failed.into()));
    }
    Ok(if output == input {
        Cow::Borrowed(input)
    } else {
        Cow::Owned(output)
    })
}

/// Appends the element at the start of `range` to `output` and returns where it ends.
fn element(
    input: &[u8],
    range: Range<usize>,
    depth: usize,
    output: &mut Vec<u8>,
) -> Result<usize, Error> {
    let head = Head::read(input, range.clone())?;
    if !head.constructed {
        output.extend(input.get(range.start..head.end).unwrap_or_default());
        return Ok(head.end);
    }
    if depth == MAX_DEPTH {
        return Err(Error::TooDeep { limit: MAX_DEPTH });
    }
    let mut body = Vec::with_capacity(head.contents.len());
    let mut position = head.contents.start;
    while position < head.contents.end {
        let start = body.len();
        position = element(input, position..head.contents.end, depth + 1, &mut body)?;
        if head.tag == Tag::OctetString {
            // X.690 §8.7.3: a constructed octet string is the concatenation of the octet strings in it.
            let segment = body.split_off(start);
            let segment = <&der::asn1::OctetStringRef>::from_der(&segment);
            body.extend(segment.map_err(Error::malformed(WHAT))?.as_bytes());
        }
    }
    let length = Length::try_from(body.len()).map_err(Error::malformed(WHAT))?;
    Header::new(head.tag, length)
        .encode_to_vec(output)
        .map_err(Error::malformed(WHAT))?;
    output.append(&mut body);
    Ok(head.end)
}

/// Where an element's contents and the element itself end.
struct Head {
    tag: Tag,
    constructed: bool,
    contents: Range<usize>,
    /// Behind the end-of-contents octets, if there are any.
    end: usize,
}

impl Head {
    fn read(input: &[u8], range: Range<usize>) -> Result<Self, Error> {
        let malformed = Error::malformed(WHAT);
        let bytes = input.get(range.clone()).unwrap_or_default();
        let mut reader =
            SliceReader::new_with_encoding_rules(bytes, EncodingRules::Ber).map_err(&malformed)?;
        let constructed = reader.peek_byte().is_some_and(|first| first & 0x20 != 0);
        let tag = Tag::decode(&mut reader).map_err(&malformed)?;
        let indefinite = reader.peek_byte() == Some(0x80);
        // Of an indefinite length the decoder searches the end, and counts the two end-of-contents octets.
        let length = Length::decode(&mut reader).map_err(&malformed)?;
        let start = range.start + usize::try_from(reader.position()).map_err(&malformed)?;
        reader.read_slice(length).map_err(&malformed)?;
        let end = range.start + usize::try_from(reader.position()).map_err(&malformed)?;
        let contents_end = if indefinite {
            end.saturating_sub(2)
        } else {
            end
        };
        Ok(Self {
            tag,
            constructed,
            contents: start..contents_end,
            end,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn what_is_definite_is_not_touched() {
        let der = hex!("30 0a 02 01 05 04 02 aa bb 31 01 00").to_vec();
        // The last element is malformed inside of a primitive only; constructed ones are walked.
        assert!(to_definite(&der).is_err());
        let der = hex!("30 09 02 01 05 04 02 aa bb 31 00");
        assert!(matches!(to_definite(&der), Ok(Cow::Borrowed(same)) if same == der));
    }

    #[test]
    fn indefinite_lengths_become_definite_at_every_level() {
        let ber = hex!("30 80 02 01 05 a0 80 30 80 05 00 00 00 00 00 00 00");
        let der = hex!("30 09 02 01 05 a0 04 30 02 05 00");
        assert_eq!(to_definite(&ber).unwrap(), &der[..]);
    }

    #[test]
    fn segments_of_an_octet_string_are_joined() {
        let ber = hex!("24 80 04 02 01 02 24 05 04 03 03 04 05 04 00 00 00");
        assert_eq!(
            to_definite(&ber).unwrap(),
            &hex!("04 05 01 02 03 04 05")[..]
        );
    }

    #[test]
    fn a_segment_that_is_no_octet_string_is_refused() {
        assert!(to_definite(&hex!("24 80 02 01 01 00 00")).is_err());
    }

    #[test]
    fn a_missing_end_and_bytes_behind_the_end_are_refused() {
        assert!(to_definite(&hex!("30 80 02 01 05")).is_err());
        assert!(to_definite(&hex!("30 80 02 01 05 00 00 00")).is_err());
        assert!(to_definite(&hex!("30 03 02 01 05 00")).is_err());
        assert!(to_definite(&[]).is_err());
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| {
            let mut ber = [0x30, 0x80].repeat(levels);
            ber.extend([0, 0].repeat(levels));
            ber
        };
        assert!(to_definite(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(
            to_definite(&nested(MAX_DEPTH + 1)),
            Err(Error::TooDeep { limit: MAX_DEPTH })
        );
    }
}
