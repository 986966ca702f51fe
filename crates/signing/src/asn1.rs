//! DER, read strictly and written canonically.
//!
//! What was signed is looked at where it stands, so fields are slices of the message. Decoders of whole structures would take them apart and
//! put them together again.

use der::asn1::{AnyRef, OctetStringRef, Utf8StringRef};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

use crate::{Error, Oid};

/// The tag `[number]` of a constructed element.
pub(crate) const fn constructed(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// The tag `[number]` of a primitive element.
pub(crate) const fn primitive(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(number),
    }
}

/// The elements inside a constructed one, taken in their order.
pub(crate) struct Elements<'a> {
    what: &'static str,
    reader: SliceReader<'a>,
}

impl<'a> Elements<'a> {
    /// Those of a SEQUENCE that is all of `der`.
    pub(crate) fn of_sequence(what: &'static str, der: &'a [u8]) -> Result<Self, Error> {
        Self::of(what, Tag::Sequence, der)
    }

    /// Those of an element with this tag that is all of `der`.
    pub(crate) fn of(what: &'static str, tag: Tag, der: &'a [u8]) -> Result<Self, Error> {
        let element = AnyRef::from_der(der).map_err(Error::malformed(what))?;
        element
            .tag()
            .assert_eq(tag)
            .map_err(Error::malformed(what))?;
        Self::inside(what, element.value())
    }

    /// Those that stand one after the other in `contents`.
    pub(crate) fn inside(what: &'static str, contents: &'a [u8]) -> Result<Self, Error> {
        let reader = SliceReader::new(contents).map_err(Error::malformed(what))?;
        Ok(Self { what, reader })
    }

    fn malformed(&self) -> impl Fn(der::Error) -> Error + use<> {
        Error::malformed(self.what)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reader.is_finished()
    }

    /// The whole next element, its tag and length included.
    pub(crate) fn raw(&mut self) -> Result<&'a [u8], Error> {
        let malformed = self.malformed();
        let raw = self.reader.tlv_bytes().map_err(&malformed)?;
        // Reading it once more holds its own header to DER.
        AnyRef::from_der(raw).map_err(&malformed)?;
        Ok(raw)
    }

    /// The contents of the next element, which must have this tag.
    pub(crate) fn contents(&mut self, tag: Tag) -> Result<&'a [u8], Error> {
        let malformed = self.malformed();
        let element = AnyRef::decode(&mut self.reader).map_err(&malformed)?;
        element.tag().assert_eq(tag).map_err(&malformed)?;
        Ok(element.value())
    }

    /// The contents of the next element, if it has this tag.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<&'a [u8]>, Error> {
        if self.is_empty() || Tag::peek(&self.reader).map_err(self.malformed())? != tag {
            return Ok(None);
        }
        self.contents(tag).map(Some)
    }

    /// The elements of the next one, which must be a SEQUENCE.
    pub(crate) fn sequence(&mut self) -> Result<Elements<'a>, Error> {
        let contents = self.contents(Tag::Sequence)?;
        Elements::inside(self.what, contents)
    }

    pub(crate) fn oid(&mut self) -> Result<Oid, Error> {
        let contents = self.contents(Tag::ObjectIdentifier)?;
        Oid::from_contents(contents).ok_or_else(|| self.malformed()(der::ErrorKind::Failed.into()))
    }

    pub(crate) fn octets(&mut self) -> Result<&'a [u8], Error> {
        Ok(self.decode::<&OctetStringRef>()?.as_bytes())
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Error> {
        self.decode::<Utf8StringRef<'a>>().map(|text| text.as_str())
    }

    /// The next element as a value of this type.
    pub(crate) fn decode<T: Decode<'a, Error = der::Error>>(&mut self) -> Result<T, Error> {
        T::decode(&mut self.reader).map_err(self.malformed())
    }

    /// Nothing follows.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let malformed = self.malformed();
        self.reader.finish().map_err(malformed)
    }
}

/// The one element that `contents` is.
pub(crate) fn only<'a, T: Decode<'a, Error = der::Error>>(
    what: &'static str,
    der: &'a [u8],
) -> Result<T, Error> {
    T::from_der(der).map_err(Error::malformed(what))
}

/// An element with this identifier octet and these contents, one after the other.
pub(crate) fn element(identifier: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|part| part.len()).sum();
    let digits = length.to_be_bytes();
    let leading = digits.iter().take_while(|byte| **byte == 0).count();
    let digits = digits.get(leading..).unwrap_or_default();
    let mut out = Vec::with_capacity(length + 2 + digits.len());
    out.push(identifier);
    if length < 0x80 {
        out.push(length as u8);
    } else {
        out.push(0x80 | digits.len() as u8);
        out.extend(digits);
    }
    contents.iter().for_each(|part| out.extend(*part));
    out
}

pub(crate) fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    element(0x30, elements)
}

/// A SET OF, in the order of DER.
pub(crate) fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    let elements: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    element(0x31, &elements)
}

pub(crate) fn octet_string(octets: &[u8]) -> Vec<u8> {
    element(0x04, &[octets])
}

/// A number below 128.
pub(crate) fn small_integer(number: u8) -> Vec<u8> {
    element(0x02, &[&[number & 0x7f]])
}

pub(crate) fn utf8_string(text: &str) -> Vec<u8> {
    element(0x0c, &[text.as_bytes()])
}

/// Whether the elements of a SET OF stand in the order of DER.
pub(crate) fn is_sorted(elements: &[&[u8]]) -> bool {
    elements.windows(2).all(|pair| match pair {
        [first, second] => first <= second,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_possible() {
        assert_eq!(element(4, &[&[7; 127]]).get(..2), Some(&[4, 127][..]));
        assert_eq!(element(4, &[&[7; 128]]).get(..3), Some(&[4, 0x81, 128][..]));
        assert_eq!(
            element(4, &[&[7; 100], &[8; 200]]).get(..4),
            Some(&[4, 0x82, 1, 44][..])
        );
    }

    #[test]
    fn what_is_written_is_read_and_a_rest_is_refused() {
        let der = sequence(&[&small_integer(1), &octet_string(b"ab")]);
        let mut elements = Elements::of_sequence("test", &der).unwrap();
        assert_eq!(elements.decode::<u8>().unwrap(), 1);
        assert_eq!(elements.optional(constructed(0)).unwrap(), None);
        let unfinished = Elements::of_sequence("test", &der).unwrap();
        assert!(unfinished.finish().is_err());
        assert_eq!(elements.octets().unwrap(), b"ab");
        elements.finish().unwrap();
        let longer = [&der[..], &[0]].concat();
        assert!(Elements::of_sequence("test", &longer).is_err());
        assert!(Elements::of("test", Tag::Set, &der).is_err());
    }

    #[test]
    fn a_length_that_is_too_long_for_its_number_is_refused() {
        let mut elements = Elements::inside("test", &[0x04, 0x81, 0x01, 0x00]).unwrap();
        assert!(elements.raw().is_err());
    }
}
