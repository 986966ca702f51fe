//! `neweid demo`: the whole walk in one process. A specimen card is issued in memory, opened with its access code, its PIN1 and
//! its MRZ, read over an encrypted channel, and proven genuine. Nothing is left behind.

use applet_sim::{Chip, Environment};
use host_lib::{Card, Groups, LostList};
use issuer::{Issuer, Profile, TestPki};

use crate::Manner;
use crate::arguments::Demo;
use crate::card_file;
use crate::codes::{CodeName, CodeReader};
use crate::commands::issue::{codes, personalise, system_randomness};
use crate::document::{CardPlace, Outcome};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::trust::{self, Grounds};
use crate::walk::{self, Plan};

pub(crate) fn run(arguments: &Demo, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let failed = |error| Failure::issuing(None, error);
    let mut rng = system_randomness();
    let pki = TestPki::create(&mut rng).map_err(failed)?;
    let issued = Issuer::new(&pki)
        .issue_single(&Profile::default_specimen(), &mut rng)
        .map_err(failed)?;
    let memory = personalise(issued.image())?;
    let chip = Chip::open(memory, Environment::system()).map_err(Failure::Chip)?;

    let codes = codes(issued.codes(), issued.mrz());
    let known = codes
        .iter()
        .filter_map(|code| Some((CodeName::of(code.name)?, code.value.clone())));
    let mut reader = CodeReader::knowing(manner.language, known);
    let time = trust::now()?;
    let none_lost = pki.lost_card_list([], &mut rng).map_err(failed)?;
    let grounds = Grounds {
        store: pki.trust_store().map_err(failed)?,
        revocation_lists: pki.revocation_lists().to_vec(),
        lost: Some(LostList::new(
            none_lost,
            &pki.lost_card_trust_store().map_err(failed)?,
            time,
        )?),
        time,
    };
    let plans = [
        Plan {
            eid: Groups::public().and(Groups::household()),
            icao: false,
        },
        Plan {
            eid: Groups::protected(),
            icao: false,
        },
        Plan {
            eid: Groups::none(),
            icao: true,
        },
    ];
    let mut card = Card::open(card_file::with_trace(
        card_file::on_a_reader(chip),
        arguments.trace.as_deref(),
    )?)?;
    let walk = walk::read(&mut card, &plans, &mut reader, &grounds)?;
    let exit = walk.exit();
    let mut reading = walk.into_reading(CardPlace::memory(), None);
    reading.codes = Some(codes);
    Ok((Outcome::Reading(reading), exit))
}
