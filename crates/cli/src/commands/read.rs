//! `neweid read`: what the card says, and whether to believe it.

use host_lib::{Consent, Groups};

use crate::Manner;
use crate::agency::visit::{self, Visitor};
use crate::arguments::{Read, ReadingCodes};
use crate::codes::{CodeName, CodeReader};
use crate::document::Outcome;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::session::{self, Opener};
use crate::trust::{self, Grounds};
use crate::walk::{self, Plan};

pub(crate) fn run(arguments: &Read, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let plan = Plan::from_selection(&arguments.what)?;
    let grounds = Grounds::read(&arguments.trust)?;
    let existing = Existing::by_force(arguments.force);
    if let Some(path) = &arguments.portrait_out {
        files::must_be_free(path, existing)?;
    }
    let mut codes = reading_codes(arguments.codes, manner);
    let (mut walk, place) = match &arguments.agency.agency {
        None => {
            session::ask_ahead(&arguments.card, &plan.codes(), &mut codes)?;
            let (mut card, place) = arguments.card.open(manner)?;
            (walk::read(&mut card, &[plan], &mut codes, &grounds)?, place)
        }
        Some(path) => {
            let mut visitor = Visitor::open(path)?;
            let consent = agree(arguments, plan, &visitor, manner)?;
            let log = arguments.agency.consent_log.as_deref();
            visit::note(log, &consent, trust::now()?.unix_seconds())?;
            let code = Opener::of_agency(&consent).code();
            session::ask_ahead(&arguments.card, &[code], &mut codes)?;
            let (mut card, place) = arguments.card.open(manner)?;
            let walk =
                walk::read_as_agency(&mut card, &mut visitor, consent, None, &mut codes, &grounds)?;
            (walk, place)
        }
    };

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

/// What the agency asks for, and the holder's answer.
fn agree(
    arguments: &Read,
    plan: Plan,
    visitor: &Visitor,
    manner: Manner,
) -> Result<Consent, Failure> {
    if plan.icao {
        return Err(Failure::Usage {
            zh: "ICAO 區由持卡人以機器可讀區開啟，不經由機關：請勿與 --agency 併用。".to_owned(),
            en: "The ICAO zone opens to the machine-readable zone, not to an agency: leave --agency out."
                .to_owned(),
        });
    }
    let chosen = !arguments.what.zone.is_empty() || !arguments.what.groups.is_empty();
    let groups = if chosen { plan.eid } else { Groups::none() };
    let request = visitor.request(groups, arguments.agency.with_can)?;
    visit::consent(request, chosen, manner.language)
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
