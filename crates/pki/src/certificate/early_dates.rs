//! Dates before 1970, for which the decoder has no value.

use core::ops::Range;

use der::{Decode, Header, Reader, SliceReader, Tag};

/// The first moment that the decoder knows, in the two forms of RFC 5280 §4.1.2.5.
const UTC_TIME: &[u8] = b"700101000000Z";
const GENERALIZED_TIME: &[u8] = b"19700101000000Z";

/// A copy of a certificate in which a validity that begins or ends before 1970 begins or ends with 1970.
///
/// Nobody verifies for a moment before 1970 ([`Time`](crate::Time) has none), so the copy says the same. It is for reading
/// alone; the signature is over the bytes as issued. `None` if there is no such date, or no certificate.
pub(super) fn moved_to_1970(der: &[u8]) -> Option<Vec<u8>> {
    let mut copy = der.to_vec();
    for (tag, range) in dates(der).ok()? {
        let date = copy.get_mut(range)?;
        match tag {
            // RFC 5280 §4.1.2.5.1: the years 50 to 99 are those of the 20th century.
            Tag::UtcTime if (b"50"..b"70").contains(&date.first_chunk()?) => {
                date.copy_from_slice(same_length(UTC_TIME, date.len())?);
            }
            Tag::GeneralizedTime if date.first_chunk()? < b"1970" => {
                date.copy_from_slice(same_length(GENERALIZED_TIME, date.len())?);
            }
            _ => {}
        }
    }
    (copy != der).then_some(copy)
}

fn same_length(date: &'static [u8], length: usize) -> Option<&'static [u8]> {
    (date.len() == length).then_some(date)
}

/// Where notBefore and notAfter lie.
fn dates(der: &[u8]) -> der::Result<[(Tag, Range<usize>); 2]> {
    let mut reader = SliceReader::new(der)?;
    Header::decode(&mut reader)?;
    Header::decode(&mut reader)?;
    if Tag::peek(&reader)? != Tag::Integer {
        reader.tlv_bytes()?;
    }
    // Serial number, algorithm, issuer; then the validity.
    for _ in 0..3 {
        reader.tlv_bytes()?;
    }
    Header::decode(&mut reader)?;
    let mut date = || -> der::Result<_> {
        let header = Header::decode(&mut reader)?;
        let start = usize::try_from(reader.position())?;
        let length = reader.read_slice(header.length())?.len();
        Ok((header.tag(), start..start + length))
    };
    Ok([date()?, date()?])
}
