//! Reading data objects so that an error names the field.

use iso7816::tlv::{Tag, Tlv, TlvReader};

use crate::{Error, Field};

/// The one data object that `bytes` are, no longer than `limit`.
pub(crate) fn only(
    bytes: &[u8],
    tag: Tag,
    field: Field,
    limit: usize,
) -> Result<TlvReader<'_>, Error> {
    if bytes.len() > limit {
        return Err(Error::TooLong { field, limit });
    }
    let mut reader = TlvReader::new(bytes).strict();
    let object = next(&mut reader, tag, field)?;
    reader.finish().map_err(Error::tlv(field))?;
    Ok(object.children())
}

/// The next data object, which must be there.
pub(crate) fn next<'a>(
    reader: &mut TlvReader<'a>,
    tag: Tag,
    field: Field,
) -> Result<Tlv<'a>, Error> {
    reader.expect(tag).map_err(Error::tlv(field))
}

/// The next data object if it has this tag.
pub(crate) fn optional<'a>(
    reader: &mut TlvReader<'a>,
    tag: Tag,
    field: Field,
) -> Result<Option<Tlv<'a>>, Error> {
    reader.optional(tag).map_err(Error::tlv(field))
}

/// Nothing may be left in a template.
pub(crate) fn finish(reader: TlvReader<'_>, field: Field) -> Result<(), Error> {
    reader.finish().map_err(Error::tlv(field))
}

pub(crate) const OBJECT_IDENTIFIER: Tag = Tag(0x06);
pub(crate) const AUTHORITY_REFERENCE: Tag = Tag(0x42);
pub(crate) const DISCRETIONARY_DATA: Tag = Tag(0x53);
pub(crate) const HOLDER_REFERENCE: Tag = Tag(0x5F20);
pub(crate) const EXPIRATION_DATE: Tag = Tag(0x5F24);
pub(crate) const EFFECTIVE_DATE: Tag = Tag(0x5F25);
pub(crate) const PROFILE_IDENTIFIER: Tag = Tag(0x5F29);
pub(crate) const SIGNATURE: Tag = Tag(0x5F37);
pub(crate) const EXTENSIONS: Tag = Tag(0x65);
pub(crate) const AUTHENTICATION: Tag = Tag(0x67);
pub(crate) const DATA_TEMPLATE: Tag = Tag(0x73);
pub(crate) const CV_CERTIFICATE: Tag = Tag(0x7F21);
pub(crate) const PUBLIC_KEY: Tag = Tag(0x7F49);
pub(crate) const AUTHORIZATION_TEMPLATE: Tag = Tag(0x7F4C);
pub(crate) const CERTIFICATE_BODY: Tag = Tag(0x7F4E);
