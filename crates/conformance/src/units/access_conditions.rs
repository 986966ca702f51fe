//! Unit `EAC2_ISO7816_L`: effective access conditions (TR-03105-3.3, 3.7). What a terminal may is what its certificate, that of
//! its document verifier and the CHAT of PACE all say.

pub(super) mod frame;
mod reading;
pub(super) mod special_functions;
mod unauthenticated;
pub(super) mod updating;

use crate::Case;

pub(super) fn cases() -> Vec<Case> {
    let parts = [
        reading::cases(),
        unauthenticated::cases(),
        updating::cases(),
        special_functions::cases(),
    ];
    parts.into_iter().flatten().collect()
}
