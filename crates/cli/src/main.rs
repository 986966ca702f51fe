//! `neweid`: issues, reads and verifies New eID cards.
//!
//! The program is a thin face over the libraries: arguments and help in two languages ([`arguments`], [`help`]), codes that
//! never touch the command line ([`codes`]), text for people ([`terminal`]) or JSON for programs ([`document`]), and one exit
//! code per class of outcome ([`exit`]). A card comes from a file or from a reader ([`source`], [`reader`]). Each subcommand is
//! a file of [`commands`].

mod agency;
mod arguments;
mod authorities;
mod card_file;
mod certificates;
mod citizens;
mod codes;
mod commands;
mod doctor;
mod document;
mod exit;
mod failure;
mod faults;
mod files;
mod help;
mod interrupt;
mod language;
mod message_file;
mod path_report;
mod pki_folder;
mod progress;
mod reader;
mod reading;
mod register;
mod session;
mod show;
mod slot;
mod source;
mod specimens;
mod terminal;
mod trust;
mod walk;

use std::io::Write;
use std::process::ExitCode;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Language;

/// How results are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// In which language.
    pub(crate) language: Language,
    /// As one JSON document.
    pub(crate) json: bool,
}

fn main() -> ExitCode {
    let (language, json) = help::peek();
    let manner = Manner {
        language: language.unwrap_or_else(Language::of_the_locale),
        json,
    };
    let (name, outcome) = match help::parse(manner.language) {
        Ok(arguments) => (
            Some(arguments.command.name()),
            commands::run(&arguments.command, manner),
        ),
        Err(error) if help::is_help(&error) => {
            return match error.print() {
                Ok(()) => Exit::Success.into(),
                Err(_) => Exit::Internal.into(),
            };
        }
        Err(error) => (None, Err(Failure::usage(&error))),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            complain(name, &failure, manner);
            failure.exit().into()
        }
    }
}

/// Says what went wrong: to programs as a JSON document on standard output, to people on standard error. A stream that is
/// gone leaves the exit code to say it.
fn complain(command: Option<&'static str>, failure: &Failure, manner: Manner) {
    if manner.json {
        let _ = document::print_failure(command, failure);
        return;
    }
    if failure.is_closed_pipe() {
        return;
    }
    let language = manner.language;
    let mut err = anstream::AutoStream::auto(std::io::stderr());
    let what = failure.what(language);
    // Only the lines are this program's own; what stands in them may come from a file or a card.
    let lines: Vec<String> = what.lines().map(terminal::harmless).collect();
    let code = terminal::styled(terminal::BAD, failure.code());
    let _ = writeln!(err, "{code}  {}", lines.join("\n"));
    let _ = writeln!(err, "{}", failure.remedy(language));
}
