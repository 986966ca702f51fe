//! What a card reader needs on this machine: looked at ([`facts`]), then judged ([`judge`]), each thing with the command that
//! fixes it on Debian and Ubuntu.
//!
//! Nothing is changed, nothing runs as root, and no code is asked for: a card in a reader is asked for EF.CardAccess, which it
//! shows to everybody.

mod facts;
mod judge;
mod service;
mod sockets;
mod virtual_reader;

use crate::document::{MachineCheck, Verdict};
use crate::exit::Exit;

/// Looks at the machine.
pub(crate) fn examine() -> Vec<MachineCheck> {
    judge::all(&facts::collect())
}

/// The exit code for what was found: that of a missing reader where no card can be read.
pub(crate) fn exit(checks: &[MachineCheck]) -> Exit {
    if checks.iter().any(|check| check.verdict == Verdict::Problem) {
        Exit::Reader
    } else {
        Exit::Success
    }
}
