//! Ctrl-C, SIGTERM and the like.

use std::sync::OnceLock;

use host_lib::Cancel;

use crate::exit::Exit;

/// A switch that an interruption turns from now on: what is under way ends before its next exchange with the card, and is
/// never left in the middle of one. Whoever interrupts a second time does not want to wait even for that.
///
/// Until this is called, an interruption ends the program as the operating system has it. It is not called before somebody
/// has been asked for a code: a prompt waits for a line, and would not see the switch.
pub(crate) fn armed() -> Cancel {
    static SWITCH: OnceLock<Cancel> = OnceLock::new();
    SWITCH
        .get_or_init(|| {
            let switch = Cancel::new();
            let turned = switch.clone();
            // A system that allows no handler ends the program at once, which is not wrong either.
            let _ = ctrlc::set_handler(move || {
                if turned.is_cancelled() {
                    std::process::exit(Exit::Cancelled.code().into());
                }
                turned.cancel();
            });
            switch
        })
        .clone()
}
