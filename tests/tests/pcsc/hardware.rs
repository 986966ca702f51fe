//! The same flows on a card in a real reader, when somebody chooses so:
//!
//! ```sh
//! export NEWEID_TEST_READER="ACS ACR1252"        # the reader's name, or a part of it
//! export NEWEID_TEST_PROFILE=holder.toml         # what the card was issued from
//! export NEWEID_TEST_PKI=specimen-pki            # the folder of its test PKI
//! cargo test -p neweid-tests --test pcsc -- hardware
//! ```
//!
//! Flows that use the card up run only where `NEWEID_TEST_USE_UP=1` says so as well. Where no reader is
//! chosen, the flows run here on a simulated card of a profile and a folder, so that this way in cannot
//! rot.

use std::env;
use std::path::Path;

use host_lib::{LostList, Time};
use issuer::{AgencyPki, TestPki};
use libtest_mimic::Trial;
use neweid_tests::cards::{Holder, Ministry, TestCard, Trust, rng, specimen_toml};
use neweid_tests::flows::table::FLOWS;
use neweid_tests::flows::walk;
use transport::pcsc::{PcscCard, PcscOptions, PcscService};
use transport::{CardTransport, Interface};

use crate::slot::Slot;
use crate::{trial, trials};

pub(crate) fn trials() -> Vec<Trial> {
    match Chosen::from_environment() {
        Some(_) => FLOWS
            .iter()
            .filter(|flow| !flow.needs_the_image)
            .filter(|flow| !flow.uses_up_the_card || env::var_os("NEWEID_TEST_USE_UP").is_some())
            .map(|flow| {
                trial(format!("hardware::{}", flow.name), || {
                    let chosen = Chosen::from_environment().expect("chosen above");
                    let (subject, trust) = chosen.subject();
                    (flow.run)(&mut chosen.open(), &subject, &trust);
                })
            })
            .collect(),
        None => trials!(hardware: a_card_of_a_profile_and_a_folder_is_walked),
    }
}

/// Whether the tests are to run on hardware, and so with the machine's own service.
pub(crate) fn is_chosen() -> bool {
    Chosen::from_environment().is_some()
}

struct Chosen {
    reader: String,
    profile: String,
    pki: String,
}

impl Chosen {
    fn from_environment() -> Option<Self> {
        let reader = env::var("NEWEID_TEST_READER").ok()?;
        let needed = |name: &str| {
            env::var(name).unwrap_or_else(|_| panic!("NEWEID_TEST_READER needs {name} as well"))
        };
        Some(Self {
            reader,
            profile: needed("NEWEID_TEST_PROFILE"),
            pki: needed("NEWEID_TEST_PKI"),
        })
    }

    fn subject(&self) -> (TestCard, Trust) {
        let toml = std::fs::read_to_string(&self.profile)
            .unwrap_or_else(|error| panic!("{}: {error}", self.profile));
        (TestCard::from_toml(&toml), trust_of(Path::new(&self.pki)))
    }

    fn open(&self) -> PcscCard {
        let readers = PcscService::connect().and_then(|service| service.readers());
        let readers = readers.expect("the readers");
        let found = readers
            .iter()
            .find(|reader| reader.name.contains(&self.reader));
        let reader = found.unwrap_or_else(|| panic!("no {} among {readers:?}", self.reader));
        PcscCard::open(&reader.name, PcscOptions::new()).expect("a card")
    }
}

/// What a verifier has to be given for the cards of a folder's test PKI.
fn trust_of(folder: &Path) -> Trust {
    // The folder of the anchors has the keys of the test PKI in another one.
    let keys = folder.join("issuer");
    let pki = TestPki::load(&keys).unwrap_or_else(|error| panic!("{}: {error}", keys.display()));
    let now = Time::utc(2026, 6, 1, 4, 0, 0).expect("a time");
    let list = pki.lost_card_list([], &mut rng(1)).expect("a list");
    let register = pki.lost_card_trust_store().expect("a store");
    Trust {
        anchors: pki.trust_store().expect("a store"),
        lists: pki.revocation_lists().to_vec(),
        lost: LostList::new(list, &register, now).expect("a list"),
        now,
        ministry: Ministry::Folder(keys.join("agencies")),
    }
}

fn a_card_of_a_profile_and_a_folder_is_walked() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = folder.path().join("issuer");
    let pki = TestPki::load_or_create(&keys, &mut rng(8)).expect("a test PKI");
    let toml = specimen_toml("wang-xiaoming");
    let profile = issuer::Profile::from_toml(toml).expect("a profile");
    let today = issuer::specimen::agencies_since();
    let agencies = AgencyPki::load_or_create(&keys.join("agencies"), &mut rng(10), today);
    let trust_points = agencies.expect("an agency PKI").trust_points();
    let trust_points = trust_points.expect("a CVCA");
    let issuer = issuer::Issuer::new(&pki).accepting(&trust_points);
    let issued = issuer.issue_single(&profile, &mut rng(9));
    let inserted =
        Slot::FIRST.insert_image(issued.expect("a card").image(), Interface::Contactless);
    let mut card = Slot::FIRST.open(PcscOptions::new());
    let trust = trust_of(folder.path());
    card.reset().expect("the card is there");
    walk::every_check_passes_and_every_field_is_true(&mut card, &Holder::new(toml), &trust);
    drop((card, inserted));
}
