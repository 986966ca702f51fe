//! What the card cannot do, or must not be asked for by an application: making and changing objects, secret keys, hashes and public
//! operations, which every application has itself.

use cryptoki_sys as ck;

use super::enter;
use crate::error::{Refusal, Result};
use crate::module::Module;

/// `functions!(answer: name(types);)`: functions that all answer the same.
macro_rules! functions {
    ($answer:path: $($name:ident($($type:ty),*);)+) => {
        $(pub(super) unsafe extern "C" fn $name($(_: $type),*) -> ck::CK_RV {
            enter(stringify!($name), $answer)
        })+
    };
}

fn not_supported(_: &Module) -> Result<()> {
    Err(Refusal::FUNCTION_NOT_SUPPORTED)
}

/// What version 1 of the standard had for sessions in parallel.
fn not_parallel(_: &Module) -> Result<()> {
    Err(Refusal::FUNCTION_NOT_PARALLEL)
}

functions! { not_parallel:
    C_GetFunctionStatus(ck::CK_SESSION_HANDLE);
    C_CancelFunction(ck::CK_SESSION_HANDLE);
}

functions! { not_supported:
    C_InitToken(ck::CK_SLOT_ID, *mut ck::CK_UTF8CHAR, ck::CK_ULONG, *mut ck::CK_UTF8CHAR);
    C_InitPIN(ck::CK_SESSION_HANDLE, *mut ck::CK_UTF8CHAR, ck::CK_ULONG);
    C_GetOperationState(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_SetOperationState(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, ck::CK_OBJECT_HANDLE, ck::CK_OBJECT_HANDLE);
    C_CreateObject(ck::CK_SESSION_HANDLE, *mut ck::CK_ATTRIBUTE, ck::CK_ULONG, *mut ck::CK_OBJECT_HANDLE);
    C_CopyObject(ck::CK_SESSION_HANDLE, ck::CK_OBJECT_HANDLE, *mut ck::CK_ATTRIBUTE, ck::CK_ULONG, *mut ck::CK_OBJECT_HANDLE);
    C_DestroyObject(ck::CK_SESSION_HANDLE, ck::CK_OBJECT_HANDLE);
    C_EncryptInit(ck::CK_SESSION_HANDLE, *mut ck::CK_MECHANISM, ck::CK_OBJECT_HANDLE);
    C_Encrypt(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_EncryptUpdate(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_EncryptFinal(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_DigestInit(ck::CK_SESSION_HANDLE, *mut ck::CK_MECHANISM);
    C_Digest(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_DigestUpdate(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG);
    C_DigestKey(ck::CK_SESSION_HANDLE, ck::CK_OBJECT_HANDLE);
    C_DigestFinal(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_SignRecoverInit(ck::CK_SESSION_HANDLE, *mut ck::CK_MECHANISM, ck::CK_OBJECT_HANDLE);
    C_SignRecover(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_VerifyInit(ck::CK_SESSION_HANDLE, *mut ck::CK_MECHANISM, ck::CK_OBJECT_HANDLE);
    C_Verify(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_BYTE, ck::CK_ULONG);
    C_VerifyUpdate(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG);
    C_VerifyFinal(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG);
    C_VerifyRecoverInit(ck::CK_SESSION_HANDLE, *mut ck::CK_MECHANISM, ck::CK_OBJECT_HANDLE);
    C_VerifyRecover(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_DigestEncryptUpdate(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_DecryptDigestUpdate(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_SignEncryptUpdate(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_DecryptVerifyUpdate(ck::CK_SESSION_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_GenerateKey(ck::CK_SESSION_HANDLE, *mut ck::CK_MECHANISM, *mut ck::CK_ATTRIBUTE, ck::CK_ULONG, *mut ck::CK_OBJECT_HANDLE);
    C_GenerateKeyPair(ck::CK_SESSION_HANDLE, *mut ck::CK_MECHANISM, *mut ck::CK_ATTRIBUTE, ck::CK_ULONG, *mut ck::CK_ATTRIBUTE, ck::CK_ULONG, *mut ck::CK_OBJECT_HANDLE, *mut ck::CK_OBJECT_HANDLE);
    C_WrapKey(ck::CK_SESSION_HANDLE, *mut ck::CK_MECHANISM, ck::CK_OBJECT_HANDLE, ck::CK_OBJECT_HANDLE, *mut ck::CK_BYTE, *mut ck::CK_ULONG);
    C_UnwrapKey(ck::CK_SESSION_HANDLE, *mut ck::CK_MECHANISM, ck::CK_OBJECT_HANDLE, *mut ck::CK_BYTE, ck::CK_ULONG, *mut ck::CK_ATTRIBUTE, ck::CK_ULONG, *mut ck::CK_OBJECT_HANDLE);
    C_DeriveKey(ck::CK_SESSION_HANDLE, *mut ck::CK_MECHANISM, ck::CK_OBJECT_HANDLE, *mut ck::CK_ATTRIBUTE, ck::CK_ULONG, *mut ck::CK_OBJECT_HANDLE);
}
