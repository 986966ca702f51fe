//! Lists of revoked pseudonyms, held against what the chip's own half of Restricted Identification answers.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

use host_lib::LostList;
use iso7816::{ResponseApdu, StatusWord};
use issuer::{CardNumber, CardRegister, Sectors, SubjectSerialNumber};
use pki::{RevocationList, Time, TrustStore};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, Sector, SectorIdentifier, SectorPublicKey, TerminalSector,
    chip, terminal,
};
use secure_channel::{Curve, EcPrivateKey, EcPublicKey, Hash};
use tempfile::TempDir;

const PROTOCOL: RestrictedIdentificationProtocol = RestrictedIdentificationProtocol::EcdhSha256;

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn period() -> (Time, Time) {
    let today = Time::utc(2026, 11, 25, 8, 0, 0).unwrap();
    (today, today.plus_days(7).unwrap())
}

/// What a card with this key answers a terminal of the sector.
fn answer(card: &EcPrivateKey, sector: &SectorPublicKey) -> SectorIdentifier {
    let permitted = TerminalSector {
        hash: Hash::Sha256,
        first: Some(sector.digest(Hash::Sha256)),
        second: None,
    };
    let (state, command) = terminal::start(PROTOCOL, Sector::First, sector);
    let answer = chip::identify(PROTOCOL, card, &permitted, command.data()).unwrap();
    state
        .finish(&ResponseApdu::new(answer, StatusWord::OK))
        .unwrap()
}

fn card(seed: u8) -> EcPrivateKey {
    EcPrivateKey::generate(Curve::P256, &mut rng(seed)).unwrap()
}

fn lost(sectors: &Sectors, name: &str, list: RevocationList) -> host_lib::Result<LostList> {
    let mut trust = TrustStore::with_test_anchors();
    trust
        .add_anchor(sectors.certificate(name).unwrap())
        .unwrap();
    LostList::new(list, &trust, period().0)
}

#[test]
fn a_lost_cards_answer_is_on_the_list_of_every_sector_and_no_other_cards() {
    let folder = TempDir::new().unwrap();
    let sectors = Sectors::open(folder.path(), &mut rng(1)).unwrap();
    let lost_cards: Vec<EcPublicKey> = (10..13).map(|n| card(n).public_key().unwrap()).collect();
    for name in ["BANK", "CLINIC"] {
        let sector = sectors.enter(name, &mut rng(2)).unwrap();
        let list = sectors
            .list(name, &lost_cards, 4, period(), &mut rng(3))
            .unwrap();
        assert_eq!((list.len(), list.number()), (3, &[4][..]));
        let list = lost(&sectors, name, list).unwrap();
        for n in 10..13 {
            let answer = answer(&card(n), &sector);
            assert_eq!(
                sectors
                    .identifier(name, &card(n).public_key().unwrap())
                    .unwrap(),
                answer
            );
            assert!(list.contains_pseudonym(answer.as_bytes()).unwrap());
        }
        for n in 13..30 {
            assert!(
                !list
                    .contains_pseudonym(answer(&card(n), &sector).as_bytes())
                    .unwrap()
            );
        }
    }
}

#[test]
fn the_list_of_one_sector_says_nothing_in_another_and_is_refused_there() {
    let folder = TempDir::new().unwrap();
    let sectors = Sectors::open(folder.path(), &mut rng(1)).unwrap();
    let (bank, clinic) = (
        sectors.enter("BANK", &mut rng(2)).unwrap(),
        sectors.enter("CLINIC", &mut rng(3)).unwrap(),
    );
    let key = card(10);
    assert_ne!(answer(&key, &bank), answer(&key, &clinic));
    let public = [key.public_key().unwrap()];
    let list = sectors
        .list("BANK", &public, 1, period(), &mut rng(4))
        .unwrap();
    assert!(lost(&sectors, "CLINIC", list.clone()).is_err());
    let list = lost(&sectors, "BANK", list).unwrap();
    assert!(
        !list
            .contains_pseudonym(answer(&key, &clinic).as_bytes())
            .unwrap()
    );
}

#[test]
fn a_sector_stays_the_same_when_it_is_opened_again() {
    let folder = TempDir::new().unwrap();
    let make = |seed| {
        let sectors = Sectors::open(folder.path(), &mut rng(seed)).unwrap();
        let key = sectors.enter("BANK", &mut rng(seed)).unwrap();
        (
            key,
            sectors.certificate("BANK").unwrap(),
            sectors.names().unwrap(),
        )
    };
    let first = make(1);
    assert_eq!(first, make(7));
    assert_eq!(first.2, ["BANK"]);
}

#[test]
fn the_register_of_cards_knows_the_keys_that_it_was_given() {
    let folder = TempDir::new().unwrap();
    let register = CardRegister::at(&folder.path().join("cards"));
    let number = |text| CardNumber::parse(text).unwrap();
    assert!(register.cards().unwrap().is_empty());
    let key = card(10).public_key().unwrap();
    register.enter(&number("AAA000002"), Some(&key)).unwrap();
    register.enter(&number("AAA000001"), None).unwrap();
    assert_eq!(
        register.revocation_key(&number("AAA000002")).unwrap(),
        Some(key)
    );
    assert_eq!(register.revocation_key(&number("AAA000001")).unwrap(), None);
    assert!(register.revocation_key(&number("AAA000003")).is_err());
    assert_eq!(
        register.cards().unwrap(),
        [number("AAA000001"), number("AAA000002")]
    );
    std::fs::write(folder.path().join("cards/AAA000002"), "nonsense").unwrap();
    assert!(register.revocation_key(&number("AAA000002")).is_err());
}

#[test]
fn the_register_of_cards_forgets_nobody_who_was_certified_under_a_number() {
    let folder = TempDir::new().unwrap();
    let register = CardRegister::at(&folder.path().join("cards"));
    let number = CardNumber::parse("AAA000001").unwrap();
    let subject = |text| SubjectSerialNumber::parse(text).unwrap();
    let (one, other) = (subject("0000000000000001"), subject("0000000000000002"));
    assert_eq!(register.subjects(&number).unwrap(), []);
    register.enter_subject(&number, &one).unwrap();
    let alone = std::slice::from_ref(&one);
    assert_eq!(register.subjects(&number).unwrap(), alone);
    register.enter_subject(&number, &other).unwrap();
    assert_eq!(register.subjects(&number).unwrap(), [one.clone(), other]);
    assert_eq!(register.cards().unwrap(), []);
    // What is damaged is neither read in part nor written over.
    let path = folder.path().join("cards/AAA000001.subject");
    std::fs::write(&path, "0000000000000001\n000000000000000").unwrap();
    assert!(register.subjects(&number).is_err());
    assert!(register.enter_subject(&number, &one).is_err());
    assert_eq!(std::fs::read(&path).unwrap().len(), 32);
}
