//! `neweid read`: what the card says, and whether to believe it.

use crate::Manner;
use crate::arguments::{Read, ReadingCodes};
use crate::codes::{CodeName, CodeReader};
use crate::document::Outcome;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::session;
use crate::trust::Grounds;
use crate::walk::{self, Plan};

pub(crate) fn run(arguments: &Read, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let plan = Plan::from_selection(&arguments.what)?;
    let grounds = Grounds::read(&arguments.trust)?;
    let existing = Existing::by_force(arguments.force);
    if let Some(path) = &arguments.portrait_out {
        files::must_be_free(path, existing)?;
    }
    let mut codes = reading_codes(arguments.codes, manner);
    session::ask_ahead(&arguments.card, &plan.codes(), &mut codes)?;
    let (mut card, place) = arguments.card.open(manner)?;
    let mut walk = walk::read(&mut card, &[plan], &mut codes, &grounds)?;

    let mut portrait_file = None;
    if let Some(path) = &arguments.portrait_out {
        let portrait = walk
            .portrait
            .take()
            .ok_or_else(|| Failure::NoPortrait { path: path.clone() })?;
        files::write(path, portrait.as_bytes(), existing)?;
        portrait_file = Some(path.display().to_string());
    }
    let exit = walk.exit();
    Ok((
        Outcome::Reading(walk.into_reading(place, portrait_file)),
        exit,
    ))
}

/// The codes that open a card for reading.
pub(crate) fn reading_codes(codes: ReadingCodes, manner: Manner) -> CodeReader {
    let flags = [
        (CodeName::Can, codes.can_stdin),
        (CodeName::Pin, codes.pin_stdin),
        (CodeName::Mrz, codes.mrz_stdin),
    ];
    CodeReader::new(manner.language, &flags)
}
