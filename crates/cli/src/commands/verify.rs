//! `neweid verify`: the checks, and nothing personal.

use crate::Manner;
use crate::arguments::Verify;
use crate::commands::read::reading_codes;
use crate::document::Outcome;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session;
use crate::trust::Grounds;
use crate::walk::{self, Plan};

pub(crate) fn run(arguments: &Verify, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let plan = Plan::from_selection(&arguments.what)?;
    let grounds = Grounds::read(&arguments.trust)?;
    let mut codes = reading_codes(arguments.codes, manner);
    session::ask_ahead(&arguments.card, &plan.codes(), &mut codes)?;
    let (mut card, place) = arguments.card.open(manner)?;
    let mut walk = walk::read(&mut card, &[plan], &mut codes, &grounds)?;
    for opened in &mut walk.sessions {
        opened.groups = None;
    }
    let exit = walk.exit();
    Ok((Outcome::Reading(walk.into_reading(place, None)), exit))
}
