//! The list of functions, the one thing that the module exports.

use cryptoki_sys as ck;

use super::memory::write;
use super::{general, guard, not_supported, objects, sessions, signing};

/// The version of the standard.
pub(super) const CRYPTOKI: ck::CK_VERSION = ck::CK_VERSION {
    major: 2,
    minor: 40,
};

static LIST: ck::CK_FUNCTION_LIST = ck::CK_FUNCTION_LIST {
    version: CRYPTOKI,
    C_Initialize: Some(general::C_Initialize),
    C_Finalize: Some(general::C_Finalize),
    C_GetInfo: Some(general::C_GetInfo),
    C_GetFunctionList: Some(C_GetFunctionList),
    C_GetSlotList: Some(general::C_GetSlotList),
    C_GetSlotInfo: Some(general::C_GetSlotInfo),
    C_GetTokenInfo: Some(general::C_GetTokenInfo),
    C_GetMechanismList: Some(general::C_GetMechanismList),
    C_GetMechanismInfo: Some(general::C_GetMechanismInfo),
    C_InitToken: Some(not_supported::C_InitToken),
    C_InitPIN: Some(not_supported::C_InitPIN),
    C_SetPIN: Some(sessions::C_SetPIN),
    C_OpenSession: Some(sessions::C_OpenSession),
    C_CloseSession: Some(sessions::C_CloseSession),
    C_CloseAllSessions: Some(sessions::C_CloseAllSessions),
    C_GetSessionInfo: Some(sessions::C_GetSessionInfo),
    C_GetOperationState: Some(not_supported::C_GetOperationState),
    C_SetOperationState: Some(not_supported::C_SetOperationState),
    C_Login: Some(sessions::C_Login),
    C_Logout: Some(sessions::C_Logout),
    C_CreateObject: Some(not_supported::C_CreateObject),
    C_CopyObject: Some(not_supported::C_CopyObject),
    C_DestroyObject: Some(not_supported::C_DestroyObject),
    C_GetObjectSize: Some(objects::C_GetObjectSize),
    C_GetAttributeValue: Some(objects::C_GetAttributeValue),
    C_SetAttributeValue: Some(objects::C_SetAttributeValue),
    C_FindObjectsInit: Some(objects::C_FindObjectsInit),
    C_FindObjects: Some(objects::C_FindObjects),
    C_FindObjectsFinal: Some(objects::C_FindObjectsFinal),
    C_EncryptInit: Some(not_supported::C_EncryptInit),
    C_Encrypt: Some(not_supported::C_Encrypt),
    C_EncryptUpdate: Some(not_supported::C_EncryptUpdate),
    C_EncryptFinal: Some(not_supported::C_EncryptFinal),
    C_DecryptInit: Some(signing::C_DecryptInit),
    C_Decrypt: Some(signing::C_Decrypt),
    C_DecryptUpdate: Some(signing::C_DecryptUpdate),
    C_DecryptFinal: Some(signing::C_DecryptFinal),
    C_DigestInit: Some(not_supported::C_DigestInit),
    C_Digest: Some(not_supported::C_Digest),
    C_DigestUpdate: Some(not_supported::C_DigestUpdate),
    C_DigestKey: Some(not_supported::C_DigestKey),
    C_DigestFinal: Some(not_supported::C_DigestFinal),
    C_SignInit: Some(signing::C_SignInit),
    C_Sign: Some(signing::C_Sign),
    C_SignUpdate: Some(signing::C_SignUpdate),
    C_SignFinal: Some(signing::C_SignFinal),
    C_SignRecoverInit: Some(not_supported::C_SignRecoverInit),
    C_SignRecover: Some(not_supported::C_SignRecover),
    C_VerifyInit: Some(not_supported::C_VerifyInit),
    C_Verify: Some(not_supported::C_Verify),
    C_VerifyUpdate: Some(not_supported::C_VerifyUpdate),
    C_VerifyFinal: Some(not_supported::C_VerifyFinal),
    C_VerifyRecoverInit: Some(not_supported::C_VerifyRecoverInit),
    C_VerifyRecover: Some(not_supported::C_VerifyRecover),
    C_DigestEncryptUpdate: Some(not_supported::C_DigestEncryptUpdate),
    C_DecryptDigestUpdate: Some(not_supported::C_DecryptDigestUpdate),
    C_SignEncryptUpdate: Some(not_supported::C_SignEncryptUpdate),
    C_DecryptVerifyUpdate: Some(not_supported::C_DecryptVerifyUpdate),
    C_GenerateKey: Some(not_supported::C_GenerateKey),
    C_GenerateKeyPair: Some(not_supported::C_GenerateKeyPair),
    C_WrapKey: Some(not_supported::C_WrapKey),
    C_UnwrapKey: Some(not_supported::C_UnwrapKey),
    C_DeriveKey: Some(not_supported::C_DeriveKey),
    C_SeedRandom: Some(sessions::C_SeedRandom),
    C_GenerateRandom: Some(sessions::C_GenerateRandom),
    C_GetFunctionStatus: Some(not_supported::C_GetFunctionStatus),
    C_CancelFunction: Some(not_supported::C_CancelFunction),
    C_WaitForSlotEvent: Some(general::C_WaitForSlotEvent),
};

/// Where applications begin: the list of all functions (PKCS#11 v2.40, 5.4).
///
/// # Safety
/// `list` is null, or points to room for a pointer.
// SAFETY: the name is the standard's, and nothing else in a process that loads the module has it without being such a module itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut ck::CK_FUNCTION_LIST) -> ck::CK_RV {
    guard(|| {
        let pointer = &raw const LIST;
        // SAFETY: null, or room for it. Applications read the list only; the type of C has no way to say so.
        unsafe { write(list, pointer.cast_mut()) }
    })
}
