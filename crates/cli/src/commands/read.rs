//! `neweid read`: what the card says, and whether to believe it.

use host_lib::Card;

use crate::Manner;
use crate::arguments::{Read, ReadingCodes};
use crate::card_file;
use crate::codes::{CodeName, CodeReader};
use crate::document::Outcome;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::trust::Grounds;
use crate::walk::{self, Plan};

pub(crate) fn run(arguments: &Read, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let source = &arguments.card;
    let plan = Plan::from_selection(&arguments.what)?;
    let grounds = Grounds::read(&arguments.trust)?;
    let existing = Existing::by_force(arguments.force);
    if let Some(path) = &arguments.portrait_out {
        files::must_be_free(path, existing)?;
    }
    let mut codes = reading_codes(arguments.codes, manner);
    let mut card = Card::open(card_file::insert(&source.card, source.trace.as_deref())?)?;
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
        Outcome::Reading(walk.into_reading(Some(source.card.display().to_string()), portrait_file)),
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
