//! `neweid pin`: tries left, change, unblock.

use applet_sim::{PIN1_TRIES, PUK_TRIES};
use host_lib::{PasswordStatus, Pin};

use crate::Manner;
use crate::arguments::{PinAction, PinChange, PinStatus, PinUnblock};
use crate::codes::{CodeName, CodeReader};
use crate::document::{Changed, Done, Outcome, PasswordName, PasswordTries, Tries};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading::password_state;
use crate::session;
use crate::trust::Grounds;

pub(crate) fn run(action: &PinAction, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let outcome = match action {
        PinAction::Status(arguments) => status(arguments, manner)?,
        PinAction::Change(arguments) => change(arguments, manner)?,
        PinAction::Unblock(arguments) => unblock(arguments, manner)?,
    };
    Ok((outcome, Exit::Success))
}

fn status(arguments: &PinStatus, manner: Manner) -> Result<Outcome, Failure> {
    let (mut card, place) = arguments.card.open(manner)?;
    let pin = tries(PasswordName::Pin, card.pin_status()?, PIN1_TRIES);
    let puk = tries(PasswordName::Puk, card.puk_status()?, PUK_TRIES);
    let passwords = [pin, puk].into_iter().flatten().collect();
    Ok(Outcome::Tries(Tries { place, passwords }))
}

/// Nothing for a password that the card does not have.
fn tries(name: PasswordName, status: PasswordStatus, all: u8) -> Option<PasswordTries> {
    let (state, tries_left) = password_state(status, all)?;
    Some(PasswordTries {
        name,
        state,
        tries_left,
    })
}

/// The new PIN1 is asked for and checked before the old one spends a try, and sent only to a chip that has proven itself.
fn change(arguments: &PinChange, manner: Manner) -> Result<Outcome, Failure> {
    let flags = [
        (CodeName::Can, arguments.can_stdin),
        (CodeName::Pin, arguments.pin_stdin),
        (CodeName::NewPin, arguments.new_pin_stdin),
    ];
    let mut codes = CodeReader::new(manner.language, &flags);
    let grounds = Grounds::read(&arguments.trust)?;
    let needed = [CodeName::Pin, CodeName::NewPin];
    session::ask_ahead(&arguments.card, &needed, &mut codes)?;
    let (mut card, place) = arguments.card.open(manner)?;
    let mut session = session::to_change_pin(&mut card, &mut codes)?;
    let mut proven = session.prove_chip(&grounds.verifier())?;
    let new = Pin::parse(&codes.obtain_new(CodeName::NewPin)?)?;
    proven.change_pin(&new)?;
    Ok(Outcome::Changed(Changed {
        place,
        done: Done::PinChanged,
    }))
}

fn unblock(arguments: &PinUnblock, manner: Manner) -> Result<Outcome, Failure> {
    let flags = [
        (CodeName::Can, arguments.can_stdin),
        (CodeName::Puk, arguments.puk_stdin),
    ];
    let mut codes = CodeReader::new(manner.language, &flags);
    session::ask_ahead(&arguments.card, &[CodeName::Puk], &mut codes)?;
    let (mut card, place) = arguments.card.open(manner)?;
    session::with_puk(&mut card, &mut codes)?.unblock_pin()?;
    Ok(Outcome::Changed(Changed {
        place,
        done: Done::PinUnblocked,
    }))
}
