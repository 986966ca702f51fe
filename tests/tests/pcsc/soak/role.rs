//! This program again, as another process: what is measured has to be by itself.

use std::path::PathBuf;
use std::process::Command;

use super::{cards, planted};

const ROLE: &str = "NEWEID_SOAK_ROLE";

/// What this process is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// To serve the cards.
    Cards,
    /// To open cards without a reader, and measure itself.
    Measured,
}

const ROLES: [(Role, &str); 2] = [(Role::Cards, "cards"), (Role::Measured, "measured")];

/// Starts this program in a role.
pub(crate) fn command(role: Role) -> Command {
    let program = std::env::current_exe().expect("the program's own path");
    let mut command = Command::new(program);
    let mut names = ROLES.iter();
    let name = names.find(|(known, _)| *known == role).expect("a role").1;
    command.env(ROLE, name);
    command
}

/// Plays the role that this process was started in, if it was.
pub(crate) fn play() -> bool {
    let Ok(name) = std::env::var(ROLE) else {
        return false;
    };
    let mut arguments = std::env::args_os().skip(1);
    match ROLES.iter().find(|(_, known)| *known == name) {
        Some((Role::Cards, _)) => {
            let folder = arguments.next().expect("a folder");
            cards::serve(&PathBuf::from(folder));
        }
        Some((Role::Measured, _)) => planted::be_measured(),
        None => panic!("{ROLE}={name}"),
    }
    true
}
