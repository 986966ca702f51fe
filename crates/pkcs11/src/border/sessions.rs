//! Sessions, PIN2, random numbers.

use cryptoki_sys as ck;

use super::enter;
use super::memory::{copy, slice, write};
use crate::error::Refusal;

pub(super) unsafe extern "C" fn C_OpenSession(
    slot: ck::CK_SLOT_ID,
    flags: ck::CK_FLAGS,
    _application: ck::CK_VOID_PTR,
    // Nothing here calls back.
    _notify: ck::CK_NOTIFY,
    session: *mut ck::CK_SESSION_HANDLE,
) -> ck::CK_RV {
    enter("C_OpenSession", |module| {
        if session.is_null() {
            return Err(Refusal::ARGUMENTS_BAD);
        }
        if flags & ck::CKF_SERIAL_SESSION == 0 {
            return Err(Refusal::SESSION_PARALLEL_NOT_SUPPORTED);
        }
        let handle = module.open_session(slot, flags & ck::CKF_RW_SESSION != 0)?;
        // SAFETY: not null, so room for it.
        unsafe { write(session, handle) }
    })
}

pub(super) unsafe extern "C" fn C_CloseSession(session: ck::CK_SESSION_HANDLE) -> ck::CK_RV {
    enter("C_CloseSession", |module| module.close_session(session))
}

pub(super) unsafe extern "C" fn C_CloseAllSessions(slot: ck::CK_SLOT_ID) -> ck::CK_RV {
    enter("C_CloseAllSessions", |module| {
        module.close_all_sessions(slot)
    })
}

pub(super) unsafe extern "C" fn C_GetSessionInfo(
    session: ck::CK_SESSION_HANDLE,
    info: *mut ck::CK_SESSION_INFO,
) -> ck::CK_RV {
    enter("C_GetSessionInfo", |module| {
        let (slot, state, read_write) = module.session_info(session)?;
        let may_write = if read_write { ck::CKF_RW_SESSION } else { 0 };
        let value = ck::CK_SESSION_INFO {
            slotID: slot,
            state,
            flags: ck::CKF_SERIAL_SESSION | may_write,
            ulDeviceError: 0,
        };
        // SAFETY: null, or room for it.
        unsafe { write(info, value) }
    })
}

pub(super) unsafe extern "C" fn C_Login(
    session: ck::CK_SESSION_HANDLE,
    user: ck::CK_USER_TYPE,
    pin: *mut ck::CK_UTF8CHAR,
    length: ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_Login", |module| {
        // There is no pad: PIN2 comes from the application.
        if pin.is_null() {
            return Err(Refusal::ARGUMENTS_BAD);
        }
        // SAFETY: what C promises.
        let pin = unsafe { slice(pin, length) }?;
        module.login(session, user, pin)
    })
}

pub(super) unsafe extern "C" fn C_Logout(session: ck::CK_SESSION_HANDLE) -> ck::CK_RV {
    enter("C_Logout", |module| module.logout(session))
}

pub(super) unsafe extern "C" fn C_SetPIN(
    session: ck::CK_SESSION_HANDLE,
    old: *mut ck::CK_UTF8CHAR,
    old_length: ck::CK_ULONG,
    new: *mut ck::CK_UTF8CHAR,
    new_length: ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_SetPIN", |module| {
        if old.is_null() || new.is_null() {
            return Err(Refusal::ARGUMENTS_BAD);
        }
        // SAFETY: what C promises.
        let old = unsafe { slice(old, old_length) }?;
        // SAFETY: what C promises.
        let new = unsafe { slice(new, new_length) }?;
        module.set_pin(session, old, new)
    })
}

pub(super) unsafe extern "C" fn C_SeedRandom(
    session: ck::CK_SESSION_HANDLE,
    _seed: *mut ck::CK_BYTE,
    _length: ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_SeedRandom", |module| {
        module.require_session(session)?;
        Err(Refusal::RANDOM_SEED_NOT_SUPPORTED)
    })
}

pub(super) unsafe extern "C" fn C_GenerateRandom(
    session: ck::CK_SESSION_HANDLE,
    to: *mut ck::CK_BYTE,
    length: ck::CK_ULONG,
) -> ck::CK_RV {
    enter("C_GenerateRandom", |module| {
        let length = usize::try_from(length).map_err(|_| Refusal::ARGUMENTS_BAD)?;
        if to.is_null() && length > 0 {
            return Err(Refusal::ARGUMENTS_BAD);
        }
        let bytes = module.generate_random(session, length)?;
        // SAFETY: room for as many as were asked for.
        unsafe { copy(&bytes, to) }
    })
}
