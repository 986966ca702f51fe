//! Objects: finding them, and their attributes.

use cryptoki_sys as ck;

use super::enter;
use super::memory::{copy, slice, write};
use crate::error::{Refusal, Result};
use crate::object::{Attribute, Object};

/// A template that says what objects shall be like.
///
/// # Safety
/// What C promises: so many attributes, each with as many bytes as it says.
unsafe fn template(
    attributes: *const ck::CK_ATTRIBUTE,
    count: ck::CK_ULONG,
) -> Result<Vec<(ck::CK_ATTRIBUTE_TYPE, Vec<u8>)>> {
    // SAFETY: the caller's promise.
    let attributes = unsafe { slice(attributes, count) }?;
    let mut template = Vec::new();
    for attribute in attributes {
        let value = attribute.pValue.cast::<u8>().cast_const();
        // SAFETY: the caller's promise.
        let value = unsafe { slice(value, attribute.ulValueLen) }?;
        template.push((attribute.type_, value.to_vec()));
    }
    Ok(template)
}

pub(super) unsafe extern "C" fn C_FindObjectsInit(
    session: ck::CK_SESSION_HANDLE,
    attributes: *mut ck::CK_ATTRIBUTE,
    count: ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_FindObjectsInit", |module| {
        // SAFETY: what C promises.
        let template = unsafe { template(attributes, count) }?;
        module.find_objects_init(session, &template)
    })
}

pub(super) unsafe extern "C" fn C_FindObjects(
    session: ck::CK_SESSION_HANDLE,
    objects: *mut ck::CK_OBJECT_HANDLE,
    most: ck::CK_ULONG,
    count: *mut ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_FindObjects", |module| {
        if count.is_null() || (objects.is_null() && most > 0) {
            return Err(Refusal::ARGUMENTS_BAD);
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let found = module.find_objects(session, most)?;
        // SAFETY: no more than there is room for.
        unsafe { copy(&found, objects) }?;
        let found = ck::CK_ULONG::try_from(found.len()).unwrap_or(0);
        // SAFETY: not null, so room for it.
        unsafe { write(count, found) }
    })
}

pub(super) unsafe extern "C" fn C_FindObjectsFinal(session: ck::CK_SESSION_HANDLE) -> ck::CK_RV {
    enter("C_FindObjectsFinal", |module| {
        module.find_objects_final(session)
    })
}

pub(super) unsafe extern "C" fn C_GetAttributeValue(
    session: ck::CK_SESSION_HANDLE,
    object: ck::CK_OBJECT_HANDLE,
    attributes: *mut ck::CK_ATTRIBUTE,
    count: ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_GetAttributeValue", |module| {
        // SAFETY: what C promises. A copy, since the original is written to.
        let wanted = unsafe { slice(attributes, count) }?.to_vec();
        module.with_object(session, object, |object| {
            let mut outcome = Ok(());
            for (at, attribute) in wanted.iter().enumerate() {
                // SAFETY: `at` is below the number that C promises.
                let place = unsafe { attributes.add(at) };
                // SAFETY: the place is one of C's, and its room is what it says.
                let written = unsafe { hand_over(object, attribute, place) };
                // All are looked at; the first trouble is told.
                outcome = outcome.and(written);
            }
            outcome
        })?
    })
}

/// # Safety
/// `place` can be written; the value of `attribute` is null, or room for as many bytes as it says.
unsafe fn hand_over(
    object: &Object,
    attribute: &ck::CK_ATTRIBUTE,
    place: *mut ck::CK_ATTRIBUTE,
) -> Result<()> {
    let (length, outcome) = match object.attribute(attribute.type_) {
        Attribute::Sensitive => (None, Err(Refusal::ATTRIBUTE_SENSITIVE)),
        Attribute::None => (None, Err(Refusal::ATTRIBUTE_TYPE_INVALID)),
        Attribute::Value(value) => {
            let length = ck::CK_ULONG::try_from(value.len()).ok();
            if attribute.pValue.is_null() {
                (length, Ok(()))
            } else if length.is_some_and(|length| length <= attribute.ulValueLen) {
                // SAFETY: the room is enough.
                (length, unsafe { copy(value, attribute.pValue.cast()) })
            } else {
                (None, Err(Refusal::BUFFER_TOO_SMALL))
            }
        }
    };
    let changed = ck::CK_ATTRIBUTE {
        ulValueLen: length.unwrap_or(ck::CK_UNAVAILABLE_INFORMATION),
        ..*attribute
    };
    // SAFETY: the caller's promise.
    unsafe { write(place, changed) }?;
    outcome
}

pub(super) unsafe extern "C" fn C_GetObjectSize(
    session: ck::CK_SESSION_HANDLE,
    object: ck::CK_OBJECT_HANDLE,
    size: *mut ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_GetObjectSize", |module| {
        module.with_object(session, object, |_| ())?;
        // SAFETY: null, or room for it. The card does not say how much it takes.
        unsafe { write(size, ck::CK_UNAVAILABLE_INFORMATION) }
    })
}

pub(super) unsafe extern "C" fn C_SetAttributeValue(
    session: ck::CK_SESSION_HANDLE,
    object: ck::CK_OBJECT_HANDLE,
    _attributes: *mut ck::CK_ATTRIBUTE,
    _count: ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_SetAttributeValue", |module| {
        module.with_object(session, object, |_| ())?;
        Err(Refusal::ACTION_PROHIBITED)
    })
}
