//! The template 7C that GENERAL AUTHENTICATE carries, and the public key data object of tokens.

use alloc::vec::Vec;

use iso7816::tlv::{self, Tag, TlvReader};

use crate::{EcPublicKey, Error};

const TEMPLATE: Tag = Tag(0x7C);
const PUBLIC_KEY: Tag = Tag(0x7F49);
const OBJECT_IDENTIFIER: Tag = Tag(0x06);
const PUBLIC_POINT: Tag = Tag(0x86);

/// Encodes the template around the given objects.
pub(crate) fn encode(objects: &[(Tag, &[u8])]) -> Vec<u8> {
    let mut content = Vec::new();
    for (tag, value) in objects {
        tlv::push(&mut content, *tag, value);
    }
    tlv::encode(TEMPLATE, &content)
}

/// The values of required and optional objects.
pub(crate) type Values<'a, const R: usize, const O: usize> = ([&'a [u8]; R], [Option<&'a [u8]>; O]);

/// Decodes a template: `required` tags exactly once each, `optional` ones at most once, none else,
/// in any order (TR-03110-3 B.14). Values come back in the order of `required`, then `optional`.
pub(crate) fn decode<const R: usize, const O: usize>(
    data: &[u8],
    required: [Tag; R],
    optional: [Tag; O],
) -> Result<Values<'_, R, O>, Error> {
    const MALFORMED: Error = Error::Malformed("dynamic authentication data");
    let mut outer = TlvReader::new(data);
    let template = outer
        .next()
        .and_then(Result::ok)
        .filter(|tlv| tlv.tag == TEMPLATE);
    let content = template.ok_or(MALFORMED)?.value;
    if outer.next().is_some() {
        return Err(MALFORMED);
    }
    objects(TlvReader::new(content), required, optional).ok_or(MALFORMED)
}

/// The values of a list of objects: `required` tags exactly once each, `optional` ones at most once,
/// none else, in any order. `None` if it is otherwise.
pub(crate) fn objects<'a, const R: usize, const O: usize>(
    reader: TlvReader<'a>,
    required: [Tag; R],
    optional: [Tag; O],
) -> Option<Values<'a, R, O>> {
    let mut found_required = [None; R];
    let mut found_optional = [None; O];
    for object in reader {
        let object = object.ok()?;
        let slot = required
            .iter()
            .zip(&mut found_required)
            .chain(optional.iter().zip(&mut found_optional))
            .find_map(|(tag, slot)| (*tag == object.tag).then_some(slot))?;
        if slot.replace(object.value).is_some() {
            return None;
        }
    }
    let mut values: [&[u8]; R] = [&[]; R];
    for (value, found) in values.iter_mut().zip(found_required) {
        *value = found?;
    }
    Some((values, found_optional))
}

/// The public key data object over which authentication tokens are computed: object identifier and
/// point without domain parameters (TR-03110-3 D.3).
pub(crate) fn public_key_data_object(oid: &[u8], key: &EcPublicKey) -> Vec<u8> {
    let mut content = Vec::new();
    tlv::push(&mut content, OBJECT_IDENTIFIER, oid);
    tlv::push(&mut content, PUBLIC_POINT, key.as_uncompressed());
    tlv::encode(PUBLIC_KEY, &content)
}
