//! The module of this process, and of no other: what a child inherits by fork is not initialised (PKCS#11 v2.40, 5.4).

use std::process;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Refusal, Result};
use crate::module::Module;

/// The place for the module of one process.
struct Place {
    process: u32,
    module: Mutex<Option<Arc<Module>>>,
}

/// The place of the process that used the module last. A child leaves its parent's where it is: threads that have not come along may
/// hold its locks, and what it would drop belongs to the parent.
static PLACE: AtomicPtr<Place> = AtomicPtr::new(core::ptr::null_mut());

/// The place of this process, if it has one.
fn place() -> Option<&'static Place> {
    let pointer = PLACE.load(Ordering::Acquire);
    // SAFETY: what is stored there is null, or comes from `Box::leak` in `own_place` and is never freed or written to as a whole.
    let place = unsafe { pointer.as_ref() }?;
    (place.process == process::id()).then_some(place)
}

/// The place of this process, made if it has none. Once for each process, so it is never freed.
fn own_place() -> &'static Place {
    if let Some(place) = place() {
        return place;
    }
    let before = PLACE.load(Ordering::Acquire);
    let made: *mut Place = Box::leak(Box::new(Place {
        process: process::id(),
        module: Mutex::new(None),
    }));
    let stored = PLACE.compare_exchange(before, made, Ordering::AcqRel, Ordering::Acquire);
    let there = match stored {
        Ok(_) => made,
        // Another thread of this process was faster.
        Err(there) => there,
    };
    // SAFETY: both come from `Box::leak`, here or in the other thread, and are never freed.
    unsafe { &*there }
}

fn lock(place: &Place) -> MutexGuard<'_, Option<Arc<Module>>> {
    place.module.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The module, if it is initialised.
pub(super) fn module() -> Result<Arc<Module>> {
    let place = place().ok_or(Refusal::CRYPTOKI_NOT_INITIALIZED)?;
    lock(place).clone().ok_or(Refusal::CRYPTOKI_NOT_INITIALIZED)
}

/// Initialises it.
pub(super) fn begin(make: impl FnOnce() -> Result<Module>) -> Result<()> {
    let mut place = lock(own_place());
    if place.is_some() {
        return Err(Refusal::CRYPTOKI_ALREADY_INITIALIZED);
    }
    *place = Some(Arc::new(make()?));
    Ok(())
}

/// Ends it.
pub(super) fn end() -> Result<()> {
    let place = place().ok_or(Refusal::CRYPTOKI_NOT_INITIALIZED)?;
    let module = lock(place).take();
    let module = module.ok_or(Refusal::CRYPTOKI_NOT_INITIALIZED)?;
    module.stop();
    Ok(())
}
