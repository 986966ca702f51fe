//! `neweid completions`: what a shell needs to complete the command line.

use crate::Manner;
use crate::arguments::Completions;
use crate::document::{Outcome, Script};
use crate::exit::Exit;
use crate::help;

pub(crate) fn run(arguments: &Completions, manner: Manner) -> (Outcome, Exit) {
    let mut script = Vec::new();
    let mut command = help::command(manner.language);
    clap_complete::generate(arguments.shell, &mut command, "neweid", &mut script);
    let script = Script {
        shell: arguments.shell.to_string(),
        script: String::from_utf8_lossy(&script).into_owned(),
    };
    (Outcome::Script(script), Exit::Success)
}
