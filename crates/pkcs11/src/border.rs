//! The border to C: every function of PKCS#11 v2.40, and the list of them.
//!
//! Each function reads what its pointers point to, has [`Module`](crate::Module) do the work, and writes what comes of it. What C has
//! promised (a pointer is null, or points to as many values as it is said to) cannot be checked; everything else is.
#![allow(
    unsafe_code,
    reason = "pointers of C can be read and written in no other way"
)]
#![allow(
    non_snake_case,
    clippy::missing_safety_doc,
    reason = "names and contracts are those of the standard"
)]

mod general;
mod list;
mod memory;
mod not_supported;
mod objects;
mod process;
mod sessions;
mod signing;

pub use list::C_GetFunctionList;

use std::panic::{AssertUnwindSafe, catch_unwind};

use cryptoki_sys as ck;

use crate::error::{Refusal, Result};
use crate::module::Module;

/// Runs a function of an initialised module. A panic becomes a return value: it must not unwind into C.
fn enter(name: &str, work: impl FnOnce(&Module) -> Result<()>) -> ck::CK_RV {
    guard(|| {
        let module = process::module()?;
        let outcome = work(&module);
        match &outcome {
            Ok(()) => module.log().line(format_args!("{name}: CKR_OK")),
            Err(refusal) => module.log().line(format_args!("{name}: {refusal}")),
        }
        outcome
    })
}

/// A panic becomes a return value.
fn guard(work: impl FnOnce() -> Result<()>) -> ck::CK_RV {
    // What a panic leaves half done is behind locks that are taken all the same (see `PoisonError::into_inner`), and every operation is
    // taken out of its session before it is carried out.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => ck::CKR_OK,
        Ok(Err(refusal)) => refusal.0,
        Err(_) => Refusal::GENERAL_ERROR.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_does_not_cross_the_border() {
        assert_eq!(guard(|| panic!("on purpose")), ck::CKR_GENERAL_ERROR);
        assert_eq!(guard(|| Ok(())), ck::CKR_OK);
        assert_eq!(guard(|| Err(Refusal::NO_EVENT)), ck::CKR_NO_EVENT);
    }
}
