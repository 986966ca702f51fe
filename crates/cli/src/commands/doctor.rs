//! `neweid doctor`: what is missing, and the command that fixes it.

use crate::doctor;
use crate::document::{Examined, Outcome};
use crate::exit::Exit;

pub(crate) fn run() -> (Outcome, Exit) {
    let checks = doctor::examine();
    let exit = doctor::exit(&checks);
    (Outcome::Examined(Examined { checks }), exit)
}
