//! Begin and end, slots and tokens.

use std::sync::Arc;

use cryptoki_sys as ck;
use transport::pcsc::PcscService;

use super::memory::{list, padded, read, write};
use super::{enter, guard, process};
use crate::configuration::Configuration;
use crate::error::{Refusal, Result};
use crate::log::Log;
use crate::module::{Module, PIN2_DIGITS};

const MANUFACTURER: &str = "New eID";
const VERSION: ck::CK_VERSION = ck::CK_VERSION { major: 0, minor: 1 };

pub(super) unsafe extern "C" fn C_Initialize(arguments: ck::CK_VOID_PTR) -> ck::CK_RV {
    guard(|| {
        if !arguments.is_null() {
            // SAFETY: null, or what C_Initialize takes.
            let arguments = unsafe { read(arguments.cast::<ck::CK_C_INITIALIZE_ARGS>()) }?;
            accept(&arguments)?;
        }
        process::begin(|| {
            let configuration = match Configuration::find() {
                Ok(configuration) => configuration,
                Err(error) => {
                    // Nothing says where to log, and silence would leave everybody guessing.
                    eprintln!("neweid-pkcs11: {error}");
                    return Err(Refusal::GENERAL_ERROR);
                }
            };
            let log = Log::open(configuration.log.as_deref());
            Module::new(configuration, Arc::new(PcscService::new()), log)
        })
    })
}

/// Threads and locks are the operating system's here, whatever the flags say: locks that an application offers are for libraries that know
/// none, and p11-kit asks every module to create no threads, among them those of readers, which cannot do without. What is held against
/// the standard is that locks come all or none. pReserved is not looked at: p11-kit hands over what its configuration says there.
fn accept(arguments: &ck::CK_C_INITIALIZE_ARGS) -> Result<()> {
    let given = [
        arguments.CreateMutex.is_some(),
        arguments.DestroyMutex.is_some(),
        arguments.LockMutex.is_some(),
        arguments.UnlockMutex.is_some(),
    ];
    match given.contains(&true) && given.contains(&false) {
        true => Err(Refusal::ARGUMENTS_BAD),
        false => Ok(()),
    }
}

pub(super) unsafe extern "C" fn C_Finalize(reserved: ck::CK_VOID_PTR) -> ck::CK_RV {
    guard(|| match reserved.is_null() {
        true => process::end(),
        false => Err(Refusal::ARGUMENTS_BAD),
    })
}

pub(super) unsafe extern "C" fn C_GetInfo(info: *mut ck::CK_INFO) -> ck::CK_RV {
    enter("C_GetInfo", |_| {
        let value = ck::CK_INFO {
            cryptokiVersion: super::list::CRYPTOKI,
            manufacturerID: padded(MANUFACTURER),
            flags: 0,
            libraryDescription: padded("New eID certificate module"),
            libraryVersion: VERSION,
        };
        // SAFETY: null, or room for it.
        unsafe { write(info, value) }
    })
}

pub(super) unsafe extern "C" fn C_GetSlotList(
    with_card: ck::CK_BBOOL,
    slots: *mut ck::CK_SLOT_ID,
    count: *mut ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_GetSlotList", |module| {
        let found = module.slots(with_card != ck::CK_FALSE)?;
        // SAFETY: what C promises.
        unsafe { list(&found, slots, count) }
    })
}

pub(super) unsafe extern "C" fn C_GetSlotInfo(
    slot: ck::CK_SLOT_ID,
    info: *mut ck::CK_SLOT_INFO,
) -> ck::CK_RV {
    enter("C_GetSlotInfo", |module| {
        let (name, has_card) = module.slot_info(slot)?;
        let present = if has_card { ck::CKF_TOKEN_PRESENT } else { 0 };
        let value = ck::CK_SLOT_INFO {
            slotDescription: padded(&name),
            manufacturerID: padded(MANUFACTURER),
            flags: ck::CKF_REMOVABLE_DEVICE | ck::CKF_HW_SLOT | present,
            hardwareVersion: ck::CK_VERSION { major: 0, minor: 0 },
            firmwareVersion: ck::CK_VERSION { major: 0, minor: 0 },
        };
        // SAFETY: null, or room for it.
        unsafe { write(info, value) }
    })
}

pub(super) unsafe extern "C" fn C_GetTokenInfo(
    slot: ck::CK_SLOT_ID,
    info: *mut ck::CK_TOKEN_INFO,
) -> ck::CK_RV {
    enter("C_GetTokenInfo", |module| {
        let token = module.token_info(slot)?;
        let value = ck::CK_TOKEN_INFO {
            label: padded("New eID"),
            manufacturerID: padded(MANUFACTURER),
            model: padded("New eID"),
            serialNumber: padded(&token.serial_number),
            flags: token.flags,
            ulMaxSessionCount: ck::CK_EFFECTIVELY_INFINITE,
            ulSessionCount: token.sessions,
            ulMaxRwSessionCount: ck::CK_EFFECTIVELY_INFINITE,
            ulRwSessionCount: token.read_write_sessions,
            ulMaxPinLen: PIN2_DIGITS.1,
            ulMinPinLen: PIN2_DIGITS.0,
            ulTotalPublicMemory: ck::CK_UNAVAILABLE_INFORMATION,
            ulFreePublicMemory: ck::CK_UNAVAILABLE_INFORMATION,
            ulTotalPrivateMemory: ck::CK_UNAVAILABLE_INFORMATION,
            ulFreePrivateMemory: ck::CK_UNAVAILABLE_INFORMATION,
            hardwareVersion: ck::CK_VERSION { major: 0, minor: 0 },
            firmwareVersion: ck::CK_VERSION { major: 0, minor: 0 },
            utcTime: padded(""),
        };
        // SAFETY: null, or room for it.
        unsafe { write(info, value) }
    })
}

pub(super) unsafe extern "C" fn C_GetMechanismList(
    slot: ck::CK_SLOT_ID,
    mechanisms: *mut ck::CK_MECHANISM_TYPE,
    count: *mut ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_GetMechanismList", |module| {
        let found = module.mechanisms(slot)?;
        // SAFETY: what C promises.
        unsafe { list(&found, mechanisms, count) }
    })
}

pub(super) unsafe extern "C" fn C_GetMechanismInfo(
    slot: ck::CK_SLOT_ID,
    mechanism: ck::CK_MECHANISM_TYPE,
    info: *mut ck::CK_MECHANISM_INFO,
) -> ck::CK_RV {
    enter("C_GetMechanismInfo", |module| {
        let (bits, flags) = module.mechanism_info(slot, mechanism)?;
        let value = ck::CK_MECHANISM_INFO {
            ulMinKeySize: bits,
            ulMaxKeySize: bits,
            flags,
        };
        // SAFETY: null, or room for it.
        unsafe { write(info, value) }
    })
}

pub(super) unsafe extern "C" fn C_WaitForSlotEvent(
    flags: ck::CK_FLAGS,
    slot: *mut ck::CK_SLOT_ID,
    reserved: ck::CK_VOID_PTR,
) -> ck::CK_RV {
    enter("C_WaitForSlotEvent", |module| {
        if slot.is_null() || !reserved.is_null() {
            return Err(Refusal::ARGUMENTS_BAD);
        }
        let id = module.wait_for_slot_event(flags & ck::CKF_DONT_BLOCK == 0)?;
        // SAFETY: not null, so room for it.
        unsafe { write(slot, id) }
    })
}
