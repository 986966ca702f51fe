//! Reading data objects.

use core::iter::FusedIterator;

use super::{Tag, TlvError};

/// One data object, borrowed from the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The tag.
    pub tag: Tag,
    /// The value.
    pub value: &'a [u8],
    /// Tag, length and value as they stand in the input.
    pub raw: &'a [u8],
    /// Where the data object begins in the outermost input.
    pub offset: usize,
    /// Where its value begins in the outermost input.
    pub value_offset: usize,
    strict: bool,
}

impl<'a> Tlv<'a> {
    /// A reader over the data objects inside this one. It is as strict as the
    /// reader this one came from, and its errors give offsets in the outermost
    /// input. Each call descends one level, so the caller's own code bounds
    /// the depth.
    #[must_use]
    pub const fn children(&self) -> TlvReader<'a> {
        TlvReader {
            rest: self.value,
            offset: self.value_offset,
            strict: self.strict,
        }
    }

    /// Where the data object ends in the outermost input.
    #[must_use]
    pub const fn end(&self) -> usize {
        self.offset + self.raw.len()
    }
}

/// Walks over a string of data objects. Nothing is copied; a length field that
/// reaches beyond the input is an error.
///
/// As an iterator it yields each data object, and after an error nothing more.
/// [`expect`](Self::expect), [`optional`](Self::optional) and
/// [`finish`](Self::finish) read a fixed structure instead.
#[derive(Clone, Debug)]
pub struct TlvReader<'a> {
    rest: &'a [u8],
    offset: usize,
    strict: bool,
}

impl<'a> TlvReader<'a> {
    /// A reader over these bytes that accepts any definite length, even with
    /// leading zeros, as BER does.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            offset: 0,
            strict: false,
        }
    }

    /// The same reader accepting the shortest length field alone, as DER does.
    #[must_use]
    pub const fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// The bytes not read yet.
    #[must_use]
    pub const fn remaining(&self) -> &'a [u8] {
        self.rest
    }

    /// Where the next data object begins in the outermost input.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Whether everything has been read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next data object, without reading it. `None` at the end.
    ///
    /// # Errors
    ///
    /// [`TlvError`] if what is next is no data object.
    pub fn peek(&self) -> Result<Option<Tag>, TlvError> {
        Ok(self.parse()?.map(|tlv| tlv.tag))
    }

    /// The next data object, or `None` at the end.
    ///
    /// # Errors
    ///
    /// [`TlvError`] if what is next is no data object; the reader then stays
    /// where it is.
    pub fn read(&mut self) -> Result<Option<Tlv<'a>>, TlvError> {
        let tlv = self.parse()?;
        if let Some(tlv) = tlv {
            self.advance(tlv.raw.len());
        }
        Ok(tlv)
    }

    /// The next data object, which must have this tag.
    ///
    /// # Errors
    ///
    /// [`TlvError::Missing`] at the end, [`TlvError::UnexpectedTag`] if
    /// another one is next.
    pub fn expect(&mut self, expected: Tag) -> Result<Tlv<'a>, TlvError> {
        match self.parse()? {
            Some(tlv) if tlv.tag == expected => {
                self.advance(tlv.raw.len());
                Ok(tlv)
            }
            Some(tlv) => Err(TlvError::UnexpectedTag {
                offset: tlv.offset,
                expected,
                found: tlv.tag,
            }),
            None => Err(TlvError::Missing {
                offset: self.offset,
                expected,
            }),
        }
    }

    /// The next data object if it has this tag; otherwise `None`, and it stays
    /// unread.
    ///
    /// # Errors
    ///
    /// [`TlvError`] if what is next is no data object.
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Tlv<'a>>, TlvError> {
        match self.parse()? {
            Some(tlv) if tlv.tag == tag => {
                self.advance(tlv.raw.len());
                Ok(Some(tlv))
            }
            _ => Ok(None),
        }
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    ///
    /// [`TlvError::Trailing`] if something is.
    pub const fn finish(self) -> Result<(), TlvError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(TlvError::Trailing {
                offset: self.offset,
                extra: self.rest.len(),
            })
        }
    }

    fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
        self.offset += count;
    }

    fn parse(&self) -> Result<Option<Tlv<'a>>, TlvError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut fields = Fields {
            bytes: self.rest,
            position: 0,
            base: self.offset,
        };
        let tag = fields.tag()?;
        let length = fields.length(self.strict)?;
        let header = fields.position;
        let value_offset = self.offset + header;
        let available = self.rest.len() - header;
        let truncated = TlvError::ValueTruncated {
            offset: value_offset,
            length,
            available,
        };
        let end = header.checked_add(length).ok_or(truncated)?;
        let raw = self.rest.get(..end).ok_or(truncated)?;
        let value = raw.get(header..).ok_or(truncated)?;
        Ok(Some(Tlv {
            tag,
            value,
            raw,
            offset: self.offset,
            value_offset,
            strict: self.strict,
        }))
    }
}

impl<'a> Iterator for TlvReader<'a> {
    type Item = Result<Tlv<'a>, TlvError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.read();
        if item.is_err() {
            self.advance(self.rest.len());
        }
        item.transpose()
    }
}

impl FusedIterator for TlvReader<'_> {}

/// Tag and length field of the data object at the beginning of `bytes`.
struct Fields<'a> {
    bytes: &'a [u8],
    position: usize,
    /// The offset of `bytes` in the outermost input.
    base: usize,
}

impl Fields<'_> {
    fn byte(&mut self) -> Result<u8, TlvError> {
        let byte = self.bytes.get(self.position).ok_or(TlvError::Truncated {
            offset: self.base + self.position,
        })?;
        self.position += 1;
        Ok(*byte)
    }

    fn tag(&mut self) -> Result<Tag, TlvError> {
        let invalid = TlvError::InvalidTag { offset: self.base };
        let mut number = u32::from(self.byte()?);
        if number & 0x1F == 0x1F {
            for position in 1.. {
                if position == 3 {
                    return Err(invalid);
                }
                let byte = self.byte()?;
                number = number << 8 | u32::from(byte);
                if byte & 0x80 == 0 {
                    break;
                }
            }
        }
        let tag = Tag(number);
        if tag.is_well_formed() {
            Ok(tag)
        } else {
            Err(invalid)
        }
    }

    fn length(&mut self, strict: bool) -> Result<usize, TlvError> {
        let offset = self.base + self.position;
        let first = self.byte()?;
        let count = match first {
            0..=0x7F => return Ok(usize::from(first)),
            0x80 => return Err(TlvError::IndefiniteLength { offset }),
            0x81..=0x84 => first & 0x7F,
            _ => return Err(TlvError::LengthTooLong { offset }),
        };
        let mut length = 0u32;
        for _ in 0..count {
            length = length << 8 | u32::from(self.byte()?);
        }
        // The shortest form of a length from 128 on has no leading zero byte.
        if strict && (length < 0x80 || length >> (8 * (count - 1)) == 0) {
            return Err(TlvError::LengthNotMinimal { offset });
        }
        usize::try_from(length).map_err(|_| TlvError::LengthTooLong { offset })
    }
}

/// The value of the only data object with this tag, at the top level of
/// `bytes`; `None` if there is none. All of `bytes` is read, so the answer
/// never depends on what a malformed rest might mean.
///
/// # Errors
///
/// [`TlvError::Duplicate`] if the tag is there twice, or any other
/// [`TlvError`] if `bytes` is not a string of data objects.
pub fn find(bytes: &[u8], tag: Tag) -> Result<Option<&[u8]>, TlvError> {
    let mut found = None;
    for tlv in TlvReader::new(bytes) {
        let tlv = tlv?;
        if tlv.tag == tag && found.replace(tlv.value).is_some() {
            return Err(TlvError::Duplicate {
                offset: tlv.offset,
                tag,
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn error(bytes: &[u8]) -> TlvError {
        TlvReader::new(bytes).read().unwrap_err()
    }

    #[test]
    fn tags_of_one_to_three_bytes_and_lengths_of_one_to_five_are_read() {
        let bytes = hex!("8700 7F4981020102 DF81018200010A 5F2D8300000243 44 0184000000011E");
        let objects: Result<alloc::vec::Vec<_>, _> = TlvReader::new(&bytes)
            .map(|tlv| tlv.map(|tlv| (tlv.tag, tlv.value)))
            .collect();
        assert_eq!(
            objects.unwrap(),
            [
                (Tag(0x87), &[][..]),
                (Tag(0x7F49), &[1, 2][..]),
                (Tag(0xDF8101), &[0x0A][..]),
                (Tag(0x5F2D), &[0x43, 0x44][..]),
                (Tag(0x01), &[0x1E][..]),
            ]
        );
    }

    #[test]
    fn one_length_byte_reaches_to_127() {
        let bytes = [&[0x04, 0x7F][..], &[0xAB; 0x7F]].concat();
        assert_eq!(find(&bytes, Tag(0x04)), Ok(Some(&[0xAB; 0x7F][..])));
    }

    #[test]
    fn errors_give_the_offset_of_the_fault() {
        assert_eq!(error(&hex!("87")), TlvError::Truncated { offset: 1 });
        assert_eq!(error(&hex!("7F")), TlvError::Truncated { offset: 1 });
        assert_eq!(error(&hex!("7F49")), TlvError::Truncated { offset: 2 });
        assert_eq!(error(&hex!("878201")), TlvError::Truncated { offset: 3 });
        assert_eq!(error(&hex!("0000")), TlvError::InvalidTag { offset: 0 });
        assert_eq!(
            error(&hex!("7F81818100")),
            TlvError::InvalidTag { offset: 0 }
        );
        assert_eq!(error(&hex!("7F0000")), TlvError::InvalidTag { offset: 0 });
        assert_eq!(
            error(&hex!("30800000")),
            TlvError::IndefiniteLength { offset: 1 }
        );
        assert_eq!(
            error(&hex!("30850000000001FF")),
            TlvError::LengthTooLong { offset: 1 }
        );
        assert_eq!(error(&hex!("30FF")), TlvError::LengthTooLong { offset: 1 });
        assert_eq!(
            error(&hex!("3084FFFFFFFF00")),
            TlvError::ValueTruncated {
                offset: 6,
                length: 0xFFFF_FFFF,
                available: 1
            }
        );
    }

    #[test]
    fn errors_inside_a_template_give_the_offset_in_the_outermost_input() {
        let bytes = hex!("0400 7F4E07 7F4904 810101 86");
        let mut reader = TlvReader::new(&bytes);
        reader.read().unwrap();
        let outer = reader.read().unwrap().unwrap();
        let inner = outer.children().read().unwrap().unwrap();
        assert_eq!((inner.offset, inner.value_offset), (5, 8));
        let mut innermost = inner.children();
        innermost.read().unwrap();
        assert_eq!(innermost.read(), Err(TlvError::Truncated { offset: 12 }));
    }

    #[test]
    fn only_the_strict_reader_insists_on_the_shortest_length() {
        for bytes in [
            &hex!("04810100")[..],
            &hex!("0482000100")[..],
            &[&hex!("04820080")[..], &[0; 128]].concat(),
        ] {
            assert!(TlvReader::new(bytes).read().is_ok());
            let error = TlvReader::new(bytes).strict().read().unwrap_err();
            assert_eq!(error, TlvError::LengthNotMinimal { offset: 1 });
        }
        let nested = hex!("30040481 0100");
        let sequence = TlvReader::new(&nested).strict().read().unwrap().unwrap();
        assert_eq!(
            sequence.children().read(),
            Err(TlvError::LengthNotMinimal { offset: 3 })
        );
    }

    #[test]
    fn a_fixed_structure_is_read_in_order_and_to_its_end() {
        let bytes = hex!("800101 810102");
        let mut reader = TlvReader::new(&bytes);
        assert_eq!(reader.peek(), Ok(Some(Tag(0x80))));
        assert_eq!(
            reader.expect(Tag(0x81)),
            Err(TlvError::UnexpectedTag {
                offset: 0,
                expected: Tag(0x81),
                found: Tag(0x80)
            })
        );
        assert_eq!(reader.optional(Tag(0x81)), Ok(None));
        assert_eq!(reader.expect(Tag(0x80)).unwrap().value, [1]);
        assert_eq!(
            reader.clone().finish(),
            Err(TlvError::Trailing {
                offset: 3,
                extra: 3
            })
        );
        assert_eq!(reader.optional(Tag(0x81)).unwrap().unwrap().value, [2]);
        assert_eq!(reader.optional(Tag(0x82)), Ok(None));
        assert_eq!(
            reader.expect(Tag(0x82)),
            Err(TlvError::Missing {
                offset: 6,
                expected: Tag(0x82)
            })
        );
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn the_iterator_ends_after_an_error() {
        let mut reader = TlvReader::new(&[0x80, 0x05, 0x01]);
        assert!(reader.next().unwrap().is_err());
        assert!(reader.next().is_none());
    }

    #[test]
    fn find_looks_at_the_top_level_and_refuses_a_second_one() {
        let bytes = hex!("3003 800101 8101FF");
        assert_eq!(find(&bytes, Tag(0x81)), Ok(Some(&[0xFF][..])));
        assert_eq!(find(&bytes, Tag(0x80)), Ok(None));
        let twice = hex!("810101 810102");
        assert_eq!(
            find(&twice, Tag(0x81)),
            Err(TlvError::Duplicate {
                offset: 3,
                tag: Tag(0x81)
            })
        );
        assert_eq!(
            find(&hex!("810101 82"), Tag(0x81)),
            Err(TlvError::Truncated { offset: 4 })
        );
    }
}
