//! Signing and decrypting.

use core::mem::size_of;

use cryptoki_sys as ck;

use super::enter;
use super::memory::{hand_over, read, room, slice};
use crate::error::Result;
use crate::mechanism::Parameters;

/// A mechanism and its parameters. Which structure they are follows from the mechanism, and their size is held against it.
///
/// # Safety
/// `mechanism` is null, or points to one whose parameter has as many bytes as it says.
unsafe fn mechanism(
    mechanism: *const ck::CK_MECHANISM,
) -> Result<(ck::CK_MECHANISM_TYPE, Parameters)> {
    // SAFETY: the caller's promise.
    let mechanism = unsafe { read(mechanism) }?;
    let is = |size: usize| usize::try_from(mechanism.ulParameterLen) == Ok(size);
    let parameters = match mechanism.mechanism {
        _ if mechanism.ulParameterLen == 0 => Parameters::None,
        ck::CKM_RSA_PKCS_PSS
        | ck::CKM_SHA256_RSA_PKCS_PSS
        | ck::CKM_SHA384_RSA_PKCS_PSS
        | ck::CKM_SHA512_RSA_PKCS_PSS
            if is(size_of::<ck::CK_RSA_PKCS_PSS_PARAMS>()) =>
        {
            let pss = mechanism.pParameter.cast::<ck::CK_RSA_PKCS_PSS_PARAMS>();
            // SAFETY: the caller's promise; the size is that of the structure.
            let pss = unsafe { read(pss) }?;
            Parameters::Pss {
                hash: pss.hashAlg,
                mgf: pss.mgf,
                salt_len: pss.sLen,
            }
        }
        ck::CKM_RSA_PKCS_OAEP if is(size_of::<ck::CK_RSA_PKCS_OAEP_PARAMS>()) => {
            let oaep = mechanism.pParameter.cast::<ck::CK_RSA_PKCS_OAEP_PARAMS>();
            // SAFETY: the caller's promise; the size is that of the structure.
            let oaep = unsafe { read(oaep) }?;
            Parameters::Oaep {
                hash: oaep.hashAlg,
                mgf: oaep.mgf,
                source: oaep.source,
                source_len: oaep.ulSourceDataLen,
            }
        }
        _ => Parameters::Unknown,
    };
    Ok((mechanism.mechanism, parameters))
}

pub(super) unsafe extern "C" fn C_SignInit(
    session: ck::CK_SESSION_HANDLE,
    with: *mut ck::CK_MECHANISM,
    key: ck::CK_OBJECT_HANDLE,
) -> ck::CK_RV {
    enter("C_SignInit", |module| {
        // SAFETY: what C promises.
        let (with, parameters) = unsafe { mechanism(with) }?;
        module.sign_init(session, with, parameters, key)
    })
}

pub(super) unsafe extern "C" fn C_Sign(
    session: ck::CK_SESSION_HANDLE,
    data: *mut ck::CK_BYTE,
    length: ck::CK_ULONG,
    signature: *mut ck::CK_BYTE,
    count: *mut ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_Sign", |module| {
        // SAFETY: what C promises.
        let data = unsafe { slice(data, length) }?;
        // SAFETY: what C promises.
        let room = unsafe { room(signature, count) }?;
        let given = module.sign(session, data, room)?;
        // SAFETY: what C promises.
        unsafe { hand_over(given, signature, count) }
    })
}

pub(super) unsafe extern "C" fn C_SignUpdate(
    session: ck::CK_SESSION_HANDLE,
    data: *mut ck::CK_BYTE,
    length: ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_SignUpdate", |module| {
        // SAFETY: what C promises.
        let data = unsafe { slice(data, length) }?;
        module.sign_update(session, data)
    })
}

pub(super) unsafe extern "C" fn C_SignFinal(
    session: ck::CK_SESSION_HANDLE,
    signature: *mut ck::CK_BYTE,
    count: *mut ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_SignFinal", |module| {
        // SAFETY: what C promises.
        let room = unsafe { room(signature, count) }?;
        let given = module.sign_final(session, room)?;
        // SAFETY: what C promises.
        unsafe { hand_over(given, signature, count) }
    })
}

pub(super) unsafe extern "C" fn C_DecryptInit(
    session: ck::CK_SESSION_HANDLE,
    with: *mut ck::CK_MECHANISM,
    key: ck::CK_OBJECT_HANDLE,
) -> ck::CK_RV {
    enter("C_DecryptInit", |module| {
        // SAFETY: what C promises.
        let (with, parameters) = unsafe { mechanism(with) }?;
        module.decrypt_init(session, with, parameters, key)
    })
}

pub(super) unsafe extern "C" fn C_Decrypt(
    session: ck::CK_SESSION_HANDLE,
    cryptogram: *mut ck::CK_BYTE,
    length: ck::CK_ULONG,
    plain: *mut ck::CK_BYTE,
    count: *mut ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_Decrypt", |module| {
        // SAFETY: what C promises.
        let cryptogram = unsafe { slice(cryptogram, length) }?;
        // SAFETY: what C promises.
        let room = unsafe { room(plain, count) }?;
        let given = module.decrypt(session, cryptogram, room)?;
        // SAFETY: what C promises.
        unsafe { hand_over(given, plain, count) }
    })
}

pub(super) unsafe extern "C" fn C_DecryptUpdate(
    session: ck::CK_SESSION_HANDLE,
    piece: *mut ck::CK_BYTE,
    length: ck::CK_ULONG,
    _plain: *mut ck::CK_BYTE,
    count: *mut ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_DecryptUpdate", |module| {
        // SAFETY: what C promises.
        let piece = unsafe { slice(piece, length) }?;
        // SAFETY: what C promises.
        unsafe { read(count) }?;
        module.decrypt_update(session, piece)?;
        // SAFETY: what C promises. Nothing comes out before the end.
        unsafe { super::memory::write(count, 0) }
    })
}

pub(super) unsafe extern "C" fn C_DecryptFinal(
    session: ck::CK_SESSION_HANDLE,
    plain: *mut ck::CK_BYTE,
    count: *mut ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_DecryptFinal", |module| {
        // SAFETY: what C promises.
        let room = unsafe { room(plain, count) }?;
        let given = module.decrypt_final(session, room)?;
        // SAFETY: what C promises.
        unsafe { hand_over(given, plain, count) }
    })
}
