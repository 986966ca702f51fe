//! Reading and writing C's memory.

use cryptoki_sys as ck;

use crate::error::{Refusal, Result};
use crate::module::Given;

/// The longest input that is taken for one, in bytes or values. A length beyond is no length but an error of the caller.
const LONGEST: usize = isize::MAX as usize / 64;

/// What an input of C says. Null is nothing, if nothing is announced.
///
/// # Safety
/// `pointer` is null, or points to `length` values that nobody writes to during the call.
pub(super) unsafe fn slice<'a, T>(pointer: *const T, length: ck::CK_ULONG) -> Result<&'a [T]> {
    let length = usize::try_from(length).map_err(|_| Refusal::ARGUMENTS_BAD)?;
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() || length > LONGEST || !pointer.is_aligned() {
        return Err(Refusal::ARGUMENTS_BAD);
    }
    // SAFETY: not null and aligned, as was just seen; the length is the caller's promise.
    Ok(unsafe { core::slice::from_raw_parts(pointer, length) })
}

/// Writes one value.
///
/// # Safety
/// `pointer` is null, or points to a value that can be written.
pub(super) unsafe fn write<T>(pointer: *mut T, value: T) -> Result<()> {
    if pointer.is_null() || !pointer.is_aligned() {
        return Err(Refusal::ARGUMENTS_BAD);
    }
    // SAFETY: not null and aligned, as was just seen; that it can be written is the caller's promise. What was there is not dropped:
    // C need not have put a value there.
    unsafe { pointer.write(value) };
    Ok(())
}

/// Reads one value.
///
/// # Safety
/// `pointer` is null, or points to a value.
pub(super) unsafe fn read<T: Copy>(pointer: *const T) -> Result<T> {
    if pointer.is_null() || !pointer.is_aligned() {
        return Err(Refusal::ARGUMENTS_BAD);
    }
    // SAFETY: not null and aligned, as was just seen; that there is a value is the caller's promise.
    Ok(unsafe { pointer.read() })
}

/// Copies values to C.
///
/// # Safety
/// `to` is null, or points to room for as many values as `from` has.
pub(super) unsafe fn copy<T: Copy>(from: &[T], to: *mut T) -> Result<()> {
    if from.is_empty() {
        return Ok(());
    }
    if to.is_null() || !to.is_aligned() {
        return Err(Refusal::ARGUMENTS_BAD);
    }
    // SAFETY: not null and aligned, as was just seen; the room is the caller's promise, and it does not overlap with ours.
    unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), to, from.len()) };
    Ok(())
}

fn length(length: usize) -> ck::CK_ULONG {
    ck::CK_ULONG::try_from(length).unwrap_or(ck::CK_ULONG::MAX)
}

/// Hands a list over by the convention of two calls: without room, how many there are.
///
/// # Safety
/// `count` is null, or points to a number; `to` is null, or points to room for that many values.
pub(super) unsafe fn list<T: Copy>(
    values: &[T],
    to: *mut T,
    count: *mut ck::CK_ULONG,
) -> Result<()> {
    // SAFETY: the caller's promise.
    let room = unsafe { read(count) }?;
    // SAFETY: the caller's promise.
    unsafe { write(count, length(values.len())) }?;
    if to.is_null() {
        return Ok(());
    }
    if usize::try_from(room).is_ok_and(|room| room < values.len()) {
        return Err(Refusal::BUFFER_TOO_SMALL);
    }
    // SAFETY: the room that the caller promises is enough.
    unsafe { copy(values, to) }
}

/// The room that a caller has: `None` if it only asks for the length.
///
/// # Safety
/// `count` is null, or points to a number.
pub(super) unsafe fn room(to: *mut ck::CK_BYTE, count: *mut ck::CK_ULONG) -> Result<Option<usize>> {
    // SAFETY: the caller's promise.
    let room = unsafe { read(count) }?;
    Ok((!to.is_null()).then(|| usize::try_from(room).unwrap_or(usize::MAX)))
}

/// Hands over what came of an operation.
///
/// # Safety
/// `count` is null, or points to a number; `to` is null, or points to the room that [`room`] read.
pub(super) unsafe fn hand_over(
    given: Given,
    to: *mut ck::CK_BYTE,
    count: *mut ck::CK_ULONG,
) -> Result<()> {
    let known = match &given {
        Given::Bytes(bytes) => bytes.len(),
        Given::Length(known) | Given::TooSmall(known) => *known,
    };
    // SAFETY: the caller's promise.
    unsafe { write(count, length(known)) }?;
    match given {
        // SAFETY: no more than the room, which the operation was told.
        Given::Bytes(bytes) => unsafe { copy(&bytes, to) },
        Given::Length(_) => Ok(()),
        Given::TooSmall(_) => Err(Refusal::BUFFER_TOO_SMALL),
    }
}

/// Text as PKCS#11 has it: filled up with blanks, and cut between two characters where it is too long.
pub(super) fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut padded = [b' '; N];
    let mut end = text.len().min(N);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let fitting = text.as_bytes().get(..end).unwrap_or_default();
    for (to, from) in padded.iter_mut().zip(fitting) {
        *to = *from;
    }
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(padded::<4>("ab"), *b"ab  ");
        assert_eq!(padded::<4>("abcde"), *b"abcd");
        assert_eq!(padded::<4>("自然"), *"自 ".as_bytes());
        assert_eq!(padded::<3>(""), *b"   ");
    }

    #[test]
    fn a_null_pointer_is_nothing_only_where_nothing_is_announced() {
        let null = core::ptr::null::<u8>();
        // SAFETY: null is allowed.
        assert_eq!(unsafe { slice(null, 0) }, Ok(&[][..]));
        // SAFETY: null is allowed.
        assert_eq!(unsafe { slice(null, 1) }, Err(Refusal::ARGUMENTS_BAD));
        let byte = 7u8;
        // SAFETY: the length is refused before anything is read.
        let refused = unsafe { slice(&raw const byte, ck::CK_ULONG::MAX) };
        assert_eq!(refused, Err(Refusal::ARGUMENTS_BAD));
    }
}
