//! Who may write what.

use applet_sim::Lockout;
use cvc::{Right, Role};
use iso7816::{CommandApdu, StatusWord};
use secure_channel::Password;

use super::{
    DENIED, OK, SOD, UPDATABLE, d6, household_office, household_rights, office_with, open, pace,
};
use crate::{
    agency::{Says, day, everything, only},
    card,
    reader::{CAM, EID, GM, Reader},
    terminal_authentication::Office,
};

const NOT_FOUND: StatusWord = StatusWord::FILE_NOT_FOUND;

const NOTHING: [u8; 0] = [];

/// What a session may write, of all that has a short identifier; after checking that everything else is
/// refused with 6982, or 6A82 where the profile has no such file.
fn writable(reader: &mut Reader) -> Vec<u8> {
    reader.select_application(EID);
    let mut writable = Vec::new();
    for short_id in 1..=0x1E {
        // The first byte of the file, no more: nothing is ever complete.
        let tag = if short_id == SOD {
            0x77
        } else {
            0x60 + short_id
        };
        let expected = match short_id {
            2..=9 | 11..=13 | SOD => DENIED,
            _ => NOT_FOUND,
        };
        match reader.send(&d6(short_id, 0, [tag])).status {
            OK => writable.push(short_id),
            status => assert_eq!(status, expected, "{short_id:02X}"),
        }
    }
    writable
}

fn at(office: &Office, password: &Password, confirmed: &[u8]) -> Reader {
    let mut reader = Reader::new(&office.image);
    open(office, &mut reader, password, household_rights(), confirmed);
    reader
}

#[test]
fn a_terminal_writes_exactly_what_chain_holder_and_profile_allow() {
    let all: Vec<u8> = (1..=16).collect();
    for (certified, confirmed, expected) in [
        (vec![3, 12], vec![3, 12], vec![3, 12, SOD]),
        (vec![3, 12], vec![12, 13], vec![12, SOD]),
        (vec![3], vec![], vec![]),
        (vec![], vec![3], vec![]),
        (vec![3], vec![12], vec![]),
        (all.clone(), all.clone(), [&UPDATABLE[..], &[SOD]].concat()),
        // Groups that never change: the right to them is none, to EF.SOD as well.
        (vec![2, 4, 5, 8, 9], all.clone(), vec![]),
    ] {
        let office = household_office(&certified);
        let mut reader = at(&office, &card::can(), &confirmed);
        assert_eq!(
            writable(&mut reader),
            expected,
            "{certified:?} {confirmed:?}"
        );
    }
}

#[test]
fn a_document_verifier_hands_on_no_more_than_it_has() {
    let mut office = household_office(&[3, 12]);
    let says = Says {
        name: b"TWTESTDV00001",
        chat: everything(Role::DvDomestic),
        from: day(2026, 2, 1),
        until: day(2026, 12, 1),
    };
    office.verifier = office.ministry.certify_to_update(&says, 102, &[12, 13]);
    office.terminal = office
        .verifier
        .terminal_to_update(household_rights(), &[3, 12]);
    let mut reader = at(&office, &card::can(), &UPDATABLE);
    assert_eq!(writable(&mut reader), [12, SOD]);
}

#[test]
fn the_can_is_enough_for_a_terminal_that_may_use_it_and_for_no_other() {
    let office = household_office(&[12]);
    assert_eq!(writable(&mut at(&office, &card::can(), &[12])), [12, SOD]);
    assert_eq!(writable(&mut at(&office, &card::pin1(), &[12])), [12, SOD]);
    // It said in PACE that it may, and its certificate does not.
    let office = office_with(household_rights().without(Right::CanAllowed), &[12]);
    assert_eq!(writable(&mut at(&office, &card::can(), &[12])), NOTHING);
    assert_eq!(writable(&mut at(&office, &card::pin1(), &[12])), [12, SOD]);
}

#[test]
fn a_terminal_that_may_read_everything_writes_nothing() {
    let office = office_with(everything(Role::Terminal), &[]);
    let mut reader = Reader::new(&office.image);
    let rights = everything(Role::Terminal);
    open(&office, &mut reader, &card::pin1(), rights, &UPDATABLE);
    assert_eq!(writable(&mut reader), NOTHING);
}

#[test]
fn a_terminal_that_may_write_a_group_need_not_be_able_to_read_it() {
    let office = office_with(only(&[Right::CanAllowed]), &[12]);
    let mut reader = at(&office, &card::can(), &[12]);
    assert_eq!(reader.read_short(12).status, DENIED);
    assert_eq!(writable(&mut reader), [12, SOD]);
}

#[test]
fn nobody_writes_without_both_proofs() {
    let office = household_office(&UPDATABLE);
    let mut reader = Reader::new(&office.image);
    assert_eq!(writable(&mut reader), NOTHING, "in plain");
    for (suite, password) in [
        (GM, card::can()),
        (GM, card::mrz()),
        (GM, card::puk()),
        (CAM, card::pin1()),
    ] {
        reader.reset();
        reader.pace(suite, &password);
        assert_eq!(writable(&mut reader), NOTHING, "in a local session");
    }
    reader.reset();
    let id_picc = pace(&mut reader, &card::pin1(), household_rights(), &UPDATABLE);
    assert_eq!(writable(&mut reader), NOTHING, "after PACE");
    assert_eq!(office.chain(&mut reader), OK);
    assert_eq!(writable(&mut reader), NOTHING, "after the chain");
    let committed = office.authenticate(&mut reader, &id_picc, |it| it);
    assert_eq!(
        writable(&mut reader),
        NOTHING,
        "after Terminal Authentication"
    );
    office.prove_chip(&mut reader, committed.unwrap()).unwrap();
    assert_eq!(writable(&mut reader), [&UPDATABLE[..], &[SOD]].concat());
}

#[test]
fn a_locked_card_is_not_written() {
    for (lockout, expected) in [(Lockout::Password, vec![12, SOD]), (Lockout::Card, vec![])] {
        let mut office = household_office(&[12]);
        office.image.options.lockout = lockout;
        office.image.passwords.pin1_tries = 0;
        assert_eq!(writable(&mut at(&office, &card::can(), &[12])), expected);
    }
}

#[test]
fn a_session_that_loses_its_password_loses_its_updates() {
    let rights = household_rights().with(Right::PinManagement);
    let office = office_with(rights, &[12]);
    let mut reader = Reader::new(&office.image);
    open(&office, &mut reader, &card::pin1(), rights, &[12]);
    assert_eq!(writable(&mut reader), [12, SOD]);
    let deactivate = CommandApdu::new(0x00, 0x04, 0x10, 0x03);
    assert_eq!(reader.send(&deactivate).status, OK);
    assert_eq!(writable(&mut reader), NOTHING);
}

#[test]
fn no_other_file_is_ever_written() {
    let rights = everything(Role::Terminal);
    let mut office = office_with(rights, &UPDATABLE);
    office.image.icao = card::image().icao;
    let mut reader = Reader::new(&office.image);
    open(&office, &mut reader, &card::pin1(), rights, &UPDATABLE);
    let master_file = CommandApdu::new(0x00, 0xA4, 0x00, 0x0C);
    assert_eq!(reader.send(&master_file).status, OK);
    for short_id in [0x01, 0x1B, 0x1C, 0x1D, 0x1E] {
        assert_eq!(
            reader.send(&d6(short_id, 0, [0x77])).status,
            DENIED,
            "{short_id:02X}"
        );
    }
    assert_eq!(reader.select_file(0x2F02), OK, "EF.GDO");
    let current = CommandApdu::new(0x00, 0xD6, 0x00, 0x00).with_data([0x5A]);
    assert_eq!(reader.send(&current).status, DENIED);
}
