//! The subcommands, one file each.

mod agency;
mod ask;
mod ca;
mod card;
mod cert;
mod cert_desk;
mod completions;
mod conformance;
mod decrypt;
mod demo;
mod doctor;
mod inventory;
pub(crate) mod issue;
mod log;
mod login_demo;
mod man;
mod pin;
mod read;
mod readers;
mod sign;
mod sim;
mod update;
mod verify;
mod verify_signature;

use std::io::Write;

use crate::Manner;
use crate::arguments::{Command, PinAction};
use crate::document;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{show, terminal};

impl Command {
    /// The name of the subcommand, as the JSON documents have it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Issue(_) => "issue",
            Self::Read(_) => "read",
            Self::Verify(_) => "verify",
            Self::Ask(_) => "ask",
            Self::Update(_) => "update",
            Self::Inventory(_) => "inventory",
            Self::Pin(pin) => match pin.action {
                PinAction::Status(_) => "pin status",
                PinAction::Change(_) => "pin change",
                PinAction::Unblock(_) => "pin unblock",
            },
            Self::Agency(agency) => agency.action.name(),
            Self::Card(card) => card.action.name(),
            Self::Ca(ca) => ca.action.name(),
            Self::Cert(cert) => cert.action.name(),
            Self::Sign(_) => "sign",
            Self::VerifySignature(_) => "verify-signature",
            Self::LoginDemo(demo) => demo.action.name(),
            Self::Decrypt(_) => "decrypt",
            Self::Log(_) => "log verify",
            Self::Conformance(_) => "conformance",
            Self::Demo(_) => "demo",
            Self::Sim(_) => "sim",
            Self::Readers => "readers",
            Self::Doctor => "doctor",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }
}

/// Carries out a subcommand and shows its outcome.
pub(crate) fn run(command: &Command, manner: Manner) -> Result<Exit, Failure> {
    let (outcome, exit) = match command {
        Command::Issue(arguments) => issue::run(arguments)?,
        Command::Read(arguments) => read::run(arguments, manner)?,
        Command::Verify(arguments) => verify::run(arguments, manner)?,
        Command::Ask(arguments) => ask::run(arguments, manner)?,
        Command::Update(arguments) => update::run(arguments, manner)?,
        Command::Inventory(arguments) => inventory::run(arguments, manner)?,
        Command::Pin(arguments) => pin::run(&arguments.action, manner)?,
        Command::Agency(arguments) => agency::run(&arguments.action)?,
        Command::Card(arguments) => card::run(&arguments.action, manner)?,
        Command::Ca(arguments) => ca::run(&arguments.action)?,
        Command::Cert(arguments) => cert::run(&arguments.action, manner)?,
        Command::Sign(arguments) => sign::run(arguments, manner)?,
        Command::VerifySignature(arguments) => verify_signature::run(arguments)?,
        Command::LoginDemo(arguments) => login_demo::run(&arguments.action, manner)?,
        Command::Decrypt(arguments) => decrypt::run(arguments, manner)?,
        Command::Log(arguments) => log::run(&arguments.action)?,
        Command::Conformance(arguments) => conformance::run(arguments, manner)?,
        Command::Demo(arguments) => demo::run(arguments, manner)?,
        Command::Sim(arguments) => sim::run(arguments, manner)?,
        Command::Readers => readers::run()?,
        Command::Doctor => doctor::run(),
        Command::Completions(arguments) => completions::run(arguments, manner),
        Command::Man(arguments) => man::run(arguments, manner)?,
    };
    if manner.json {
        document::print(command.name(), &outcome, exit)?;
    } else {
        let mut out = terminal::out();
        show::print(&outcome, manner.language, &mut out)
            .and_then(|()| out.flush())
            .map_err(Failure::Output)?;
    }
    Ok(exit)
}
