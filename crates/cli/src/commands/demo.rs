//! `neweid demo`: the whole walk in one process. A specimen card is issued in memory, opened with its access code, read over an
//! encrypted channel, and proven genuine. Then with PIN1 for an agency that may read spouse and parents, from which its holder
//! withholds one; for another agency, which may not, and is told why; and with its MRZ. Nothing is left behind. With `--pcsc` the card goes into a
//! virtual reader, and the walk through the smart-card service as it would with a real one.

mod story;

use std::time::Duration;

use applet_sim::{Chip, Environment, MemoryStore};
use host_lib::{Cancel, Card, Groups, LostList, Options, TransportError};
use issuer::{Issuer, Profile, TestPki};
use transport::vpcd::{Inserted, VirtualReader};
use transport::{CardDevice, Interface};

use crate::Manner;
use crate::arguments::Demo;
use crate::card_file::{self, Transport};
use crate::codes::{CodeName, CodeReader};
use crate::commands::issue::{codes, personalise, system_randomness};
use crate::document::{CardPlace, Outcome};
use crate::exit::Exit;
use crate::failure::{Failure, ReaderFault};
use crate::interrupt;
use crate::progress;
use crate::reader::Showing;
use crate::slot::Slot;
use crate::trust::{self, Grounds};
use crate::walk::{self, Plan};
use story::Story;

/// How long the driver of the virtual reader may take to accept the card.
const DRIVER: Duration = Duration::from_secs(3);

/// How long the service may take to see it.
const SERVICE: Duration = Duration::from_secs(10);

pub(crate) fn run(arguments: &Demo, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let failed = |error| Failure::issuing(None, error);
    let mut rng = system_randomness();
    let pki = TestPki::create(&mut rng).map_err(failed)?;
    let mut story = Story::begin(&mut rng)?;
    let trust_points = story.trust_points()?;
    let issued = Issuer::new(&pki)
        .accepting(&trust_points)
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
    let public = Plan {
        eid: Groups::public().and(Groups::household()),
        icao: false,
    };
    let travel = Plan {
        eid: Groups::none(),
        icao: true,
    };
    let desk = if arguments.pcsc {
        Desk::virtual_reader(chip, arguments.vpcd.as_deref())?
    } else {
        Desk::in_memory(chip)
    };
    let Desk {
        transport,
        place,
        cancel,
        inserted,
    } = desk;
    let transport = card_file::with_trace(transport, arguments.trace.as_deref())?;
    let options = progress::shown(Options::new().cancelled_by(cancel), manner);
    let mut card = Card::open_with(transport, options)?;
    let mut walk = walk::read(&mut card, &[public], &mut reader, &grounds)?;
    for visit in story.visits(&mut rng)? {
        walk.append(visit.run(&mut card, &mut reader, &grounds)?);
    }
    walk.append(walk::read(&mut card, &[travel], &mut reader, &grounds)?);
    // The host lets go of the card before it is taken out of the reader.
    drop(card);
    drop(inserted);
    let exit = walk.exit();
    let mut reading = walk.into_reading(place, None);
    reading.codes = Some(codes);
    Ok((Outcome::Reading(reading), exit))
}

/// The specimen on a reader. What comes first is dropped first: the card leaves the virtual reader last.
struct Desk {
    transport: Transport,
    place: CardPlace,
    cancel: Cancel,
    inserted: Option<Inserted<Specimen>>,
}

type Specimen = Chip<MemoryStore>;

impl Desk {
    fn in_memory(chip: Specimen) -> Self {
        Self {
            transport: card_file::on_a_reader(chip),
            place: CardPlace::memory(),
            cancel: Cancel::new(),
            inserted: None,
        }
    }

    /// Puts the specimen into a virtual reader and opens it through the PC/SC reader that shows it then.
    fn virtual_reader(mut chip: Specimen, vpcd: Option<&str>) -> Result<Self, Failure> {
        let slot = Slot::all(vpcd, 1)?.remove(0);
        let cancel = interrupt::armed();
        let atr = chip.power_on(Interface::Contactless);
        chip.power_off();
        let showing = Showing::begin(&atr, &cancel)?;
        let reader = VirtualReader::at(slot.address, Interface::Contactless);
        let inserted = reader
            .insert(chip)
            .map_err(|error| TransportError::Other(error.to_string()))?;
        inserted
            .wait_until_connected(DRIVER)
            .map_err(|error| ReaderFault::NoVpcd {
                address: slot.shown.clone(),
                reason: error.to_string(),
            })?;
        let Some((transport, name)) = showing.open(&atr, SERVICE, &cancel)? else {
            return Err(ReaderFault::NotShown {
                address: slot.shown,
            }
            .into());
        };
        Ok(Self {
            transport,
            place: CardPlace::reader(name),
            cancel,
            inserted: Some(inserted),
        })
    }
}
