//! The common frame of all groups: tag, SEQUENCE, salt, fields in order.

use alloc::{borrow::Cow, vec::Vec};
use core::fmt;

use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged, asn1::AnyRef};
use iso7816::tlv;

use super::{FieldName, GroupNumber};
use crate::{Error, Image, PartialDate, ValueError};

/// Bytes of a salt.
pub const SALT_LEN: usize = 16;

/// Longest group that is read, in bytes.
pub const MAX_GROUP_LEN: usize = crate::MAX_IMAGE_LEN + 64;

/// The random salt of a group. It must be drawn anew whenever the group is written.
///
/// It is as secret as the group: whoever knows it can try out low-entropy fields against the hash in EF.SOD.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; SALT_LEN]);

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// One field, for whoever shows or prints all of them alike.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldValue<'a> {
    /// A text; empty if the field is.
    Text(Cow<'a, str>),
    /// A date.
    Date(PartialDate),
    /// A date that is not stated.
    NoDate,
    /// An image.
    Image(&'a Image),
    /// No image on the card.
    NoImage,
}

impl fmt::Debug for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(..)",
            Self::Date(_) => "Date(..)",
            Self::NoDate => "NoDate",
            Self::Image(_) => "Image(..)",
            Self::NoImage => "NoImage",
        })
    }
}

impl FieldValue<'_> {
    /// Whether the field is empty.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::NoDate | Self::NoImage => true,
            Self::Date(_) | Self::Image(_) => false,
        }
    }

    fn push(&self, to: &mut Vec<u8>) {
        match self {
            Self::Text(text) => tlv::push(to, UTF8_STRING, text.as_bytes()),
            Self::Date(date) => tlv::push(to, NUMERIC_STRING, date.to_yyyymmdd().as_bytes()),
            Self::NoDate => tlv::push(to, NUMERIC_STRING, &[]),
            Self::Image(image) => tlv::push(to, OCTET_STRING, image.as_bytes()),
            Self::NoImage => tlv::push(to, OCTET_STRING, &[]),
        }
    }
}

const OCTET_STRING: tlv::Tag = tlv::Tag(0x04);
const UTF8_STRING: tlv::Tag = tlv::Tag(0x0C);
const NUMERIC_STRING: tlv::Tag = tlv::Tag(0x12);
const SEQUENCE: tlv::Tag = tlv::Tag(0x30);

/// Writes a group.
pub(super) fn encode<'a>(
    group: GroupNumber,
    salt: &Salt,
    fields: impl IntoIterator<Item = FieldValue<'a>>,
) -> Vec<u8> {
    let mut sequence = tlv::encode(OCTET_STRING, &salt.0);
    let mut field = Vec::new();
    for (value, number) in fields.into_iter().zip(0xA0..) {
        field.clear();
        value.push(&mut field);
        tlv::push(&mut sequence, tlv::Tag(number), &field);
    }
    tlv::encode(
        tlv::Tag(group.tag().into()),
        &tlv::encode(SEQUENCE, &sequence),
    )
}

/// Reads the fields of a group one after the other.
pub(super) struct FieldReader<'a> {
    group: GroupNumber,
    reader: SliceReader<'a>,
    next: u32,
}

impl<'a> FieldReader<'a> {
    /// Opens the frame and takes out the salt.
    pub(super) fn new(group: GroupNumber, bytes: &'a [u8]) -> Result<(Self, Salt), Error> {
        const STRUCTURE: &str = "eID data group";
        if bytes.len() > MAX_GROUP_LEN {
            return Err(Error::TooLarge {
                structure: STRUCTURE,
                what: "bytes",
                limit: MAX_GROUP_LEN,
            });
        }
        let outer = AnyRef::from_der(bytes).map_err(Error::der(STRUCTURE))?;
        let tag = Tag::Application {
            constructed: true,
            number: TagNumber(group.number().into()),
        };
        outer.tag().assert_eq(tag).map_err(Error::der(STRUCTURE))?;
        let sequence = AnyRef::from_der(outer.value()).map_err(Error::der(STRUCTURE))?;
        sequence
            .tag()
            .assert_eq(Tag::Sequence)
            .map_err(Error::der(STRUCTURE))?;
        let mut reader = SliceReader::new(sequence.value()).map_err(Error::der(STRUCTURE))?;
        let salt = AnyRef::decode(&mut reader).map_err(Error::der(STRUCTURE))?;
        salt.tag()
            .assert_eq(Tag::OctetString)
            .map_err(Error::der(STRUCTURE))?;
        let salt = salt
            .value()
            .try_into()
            .map_err(|_| Error::malformed(STRUCTURE, "the salt does not have 16 bytes"))?;
        Ok((
            Self {
                group,
                reader,
                next: 0,
            },
            Salt(salt),
        ))
    }

    /// The name of the field that comes next.
    fn name(&self) -> FieldName {
        // Readers ask for exactly the fields of their group; the list and they are tested against each other.
        let index = self.next as usize;
        let fields = self.group.fields();
        fields
            .get(index)
            .or(fields.last())
            .copied()
            .unwrap_or(FieldName::Name)
    }

    fn field(&mut self, tag: Tag, reason: &'static str) -> Result<&'a [u8], Error> {
        let (group, field) = (self.group, self.name());
        let wrong = || Error::Field {
            group,
            field,
            reason: ValueError::Unknown(reason),
        };
        if self.reader.is_finished() {
            return Err(Error::MissingField { group, field });
        }
        let any = AnyRef::decode(&mut self.reader).map_err(Error::der("eID data group"))?;
        let expected = Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(self.next),
        };
        if any.tag() != expected {
            return Err(Error::MissingField { group, field });
        }
        self.next += 1;
        let value = AnyRef::from_der(any.value()).map_err(|_| wrong())?;
        if value.tag() != tag {
            Err(wrong())
        } else {
            Ok(value.value())
        }
    }

    fn parse<T>(&self, value: Result<T, ValueError>) -> Result<T, Error> {
        // `next` already counts the field that was just read.
        let index = (self.next as usize).saturating_sub(1);
        let field = self
            .group
            .fields()
            .get(index)
            .copied()
            .unwrap_or(FieldName::Name);
        value.map_err(|reason| Error::Field {
            group: self.group,
            field,
            reason,
        })
    }

    /// A text field, turned into its type.
    pub(super) fn text<T>(
        &mut self,
        parse: impl FnOnce(&'a str) -> Result<T, ValueError>,
    ) -> Result<T, Error> {
        let bytes = self.field(Tag::Utf8String, "is not one UTF8String")?;
        let value = core::str::from_utf8(bytes)
            .map_err(|_| ValueError::Utf8)
            .and_then(parse);
        self.parse(value)
    }

    /// A text field that may be empty.
    pub(super) fn optional_text<T>(
        &mut self,
        parse: impl FnOnce(&'a str) -> Result<T, ValueError>,
    ) -> Result<Option<T>, Error> {
        self.text(|text| {
            if text.is_empty() {
                Ok(None)
            } else {
                parse(text).map(Some)
            }
        })
    }

    /// A date that may be empty.
    pub(super) fn optional_date(&mut self) -> Result<Option<PartialDate>, Error> {
        let bytes = self.field(Tag::NumericString, "is not one NumericString")?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let date = core::str::from_utf8(bytes)
            .map_err(|_| ValueError::Utf8)
            .and_then(str::parse);
        self.parse(date).map(Some)
    }

    /// A date that must be there.
    pub(super) fn date(&mut self) -> Result<PartialDate, Error> {
        let date = self.optional_date()?;
        self.parse(date.ok_or(ValueError::Empty))
    }

    /// An image that may be empty.
    pub(super) fn optional_image(&mut self) -> Result<Option<Image>, Error> {
        let bytes = self.field(Tag::OctetString, "is not one OCTET STRING")?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.parse(Image::new(bytes)).map(Some)
    }

    /// Makes a value of several fields fail at the last one read.
    pub(super) fn check<T>(&self, value: Result<T, ValueError>) -> Result<T, Error> {
        self.parse(value)
    }

    /// Nothing may follow.
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.reader.is_finished() {
            Ok(())
        } else {
            Err(Error::UnexpectedField { group: self.group })
        }
    }
}
