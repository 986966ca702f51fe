//! `neweid verify`: the checks, and nothing personal.

use host_lib::Card;

use crate::Manner;
use crate::arguments::Verify;
use crate::card_file;
use crate::commands::read::reading_codes;
use crate::document::Outcome;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::trust::Grounds;
use crate::walk::{self, Plan};

pub(crate) fn run(arguments: &Verify, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let source = &arguments.card;
    let plan = Plan::from_selection(&arguments.what)?;
    let grounds = Grounds::read(&arguments.trust)?;
    let mut codes = reading_codes(arguments.codes, manner);
    let mut card = Card::open(card_file::insert(&source.card, source.trace.as_deref())?)?;
    let mut walk = walk::read(&mut card, &[plan], &mut codes, &grounds)?;
    for opened in &mut walk.sessions {
        opened.groups = None;
    }
    let exit = walk.exit();
    Ok((
        Outcome::Reading(walk.into_reading(Some(source.card.display().to_string()), None)),
        exit,
    ))
}
