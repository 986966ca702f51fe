//! DEACTIVATE FILE, ACTIVATE FILE, TERMINATE DF, and the lock that PIN1's deactivation is.

use applet_sim::{ApplicationState, CardImage};
use cvc::Right;
use iso7816::{CommandApdu, StatusWord};
use secure_channel::Password;

use super::{
    ACTIVATE, ACTIVATE_PIN1, AUTHENTICATION, CIA, CONDITIONS, DEACTIVATE, DEACTIVATE_PIN1, DENIED,
    OK, PIN2, SIGNATURE, TERMINATE, at_the_authority, authenticate, authority, change, cia,
    decipher, enter, every_right, generate, image, pin2_state, reader, reopened,
    reset_retry_counter, set, sign, status, verify, with_pin2,
};
use crate::{
    agency::only,
    card,
    passwords::tries,
    reader::{EID, GM, Reader},
};

const DEACTIVATED: StatusWord = StatusWord::DEACTIVATED;
const TERMINATED: StatusWord = StatusWord::TERMINATED;

fn in_state(state: ApplicationState) -> CardImage {
    let mut image = image();
    cia(&mut image).state = state;
    image
}

/// What SELECT says to a session of this password on this card from now on.
fn selected(reader: &mut Reader, password: &Password) -> StatusWord {
    reader.reset();
    reader.pace(GM, password);
    reader.select_application(CIA)
}

/// What needs the application to be activated.
fn everything_else() -> Vec<CommandApdu> {
    let read = |short_id: u8| CommandApdu::new(0x00, 0xB0, 0x80 | short_id, 0x00).with_ne(256);
    let select = |id: [u8; 2]| CommandApdu::new(0x00, 0xA4, 0x02, 0x0C).with_data(id);
    let mut all: Vec<CommandApdu> = [0x11, 0x12, 1, 2, 3, 4, 0x0B, 0x0C, 0x0D]
        .into_iter()
        .map(read)
        .collect();
    all.extend([
        select([0x50, 0x31]),
        select([0x43, 0x31]),
        CommandApdu::new(0x00, 0xD6, 0x8B, 0x00).with_data([0x30]),
        set(0xB6, 0x11, SIGNATURE),
        set(0xA4, 0x31, AUTHENTICATION),
        set(0xB8, 0x41, 0x83),
        sign(&[7; 32]),
        authenticate(&[7; 32]),
        decipher(&[7; 256]),
        generate(0x80, 0xB6, SIGNATURE, None),
        generate(0x81, 0xB6, SIGNATURE, None),
        change(b"11223344"),
        reset_retry_counter(0x02, b"11223344"),
        reset_retry_counter(0x03, &[]),
        DEACTIVATE,
    ]);
    all
}

#[test]
fn the_holder_switches_it_off_and_on_by_pin1_or_by_pin2() {
    for (password, pin2) in [(card::pin1(), false), (card::can(), true)] {
        let mut reader = reader(&image());
        enter(&mut reader, &password);
        if pin2 {
            assert_eq!(verify(&mut reader, PIN2), OK);
        }
        assert_eq!(status(&mut reader, &DEACTIVATE), OK);
        let mut reader = reopened(&reader.chip.into_memory());
        assert_eq!(selected(&mut reader, &password), DEACTIVATED);
        if pin2 {
            assert_eq!(status(&mut reader, &ACTIVATE), DENIED);
            assert_eq!(verify(&mut reader, PIN2), OK);
        }
        assert_eq!(status(&mut reader, &ACTIVATE), OK);
        let mut reader = reopened(&reader.chip.into_memory());
        assert_eq!(selected(&mut reader, &password), OK);
    }
}

#[test]
fn nobody_else_switches_it() {
    for state in [ApplicationState::Activated, ApplicationState::Deactivated] {
        let command = match state {
            ApplicationState::Activated => DEACTIVATE,
            _ => ACTIVATE,
        };
        let mut reader = reader(&in_state(state));
        for password in [card::can(), card::puk()] {
            enter(&mut reader, &password);
            assert_eq!(status(&mut reader, &command), DENIED, "{password:?}");
        }
        let mut office = authority(every_right());
        cia(&mut office.image).state = state;
        let mut reader = super::reader(&office.image);
        office.open(&mut reader, &card::pin1(), every_right());
        reader.select_application(CIA);
        assert_eq!(status(&mut reader, &command), DENIED, "a terminal");
        assert_eq!(verify(&mut reader, PIN2), OK);
        assert_eq!(status(&mut reader, &command), OK, "with PIN2");
    }
}

#[test]
fn a_deactivated_application_verifies_pin2_and_does_nothing_else() {
    let mut reader = reader(&in_state(ApplicationState::Deactivated));
    for password in [card::can(), card::pin1(), card::puk()] {
        enter(&mut reader, &password);
        for verified in [false, true] {
            if verified {
                assert_eq!(verify(&mut reader, PIN2), OK);
            }
            for command in everything_else() {
                assert_eq!(status(&mut reader, &command), CONDITIONS, "{command:?}");
            }
        }
        assert_eq!(pin2_state(&mut reader), OK);
    }
    enter(&mut reader, &card::can());
    assert_eq!(verify(&mut reader, b"99999999"), tries(2));
}

#[test]
fn switching_it_on_again_gives_everything_back() {
    let mut reader = with_pin2(&image());
    assert_eq!(status(&mut reader, &DEACTIVATE), OK);
    assert_eq!(
        status(&mut reader, &set(0xA4, 0x31, AUTHENTICATION)),
        CONDITIONS
    );
    assert_eq!(status(&mut reader, &ACTIVATE), OK);
    assert_eq!(status(&mut reader, &ACTIVATE), OK, "as it was");
    assert_eq!(status(&mut reader, &set(0xA4, 0x31, AUTHENTICATION)), OK);
    assert_eq!(reader.send(&authenticate(&[7; 32])).status, OK);
}

#[test]
fn the_self_lock_locks_it_and_the_unlock_leaves_it_as_the_holder_had_it() {
    for off in [false, true] {
        let state = if off {
            ApplicationState::Deactivated
        } else {
            ApplicationState::Activated
        };
        let mut reader = reader(&in_state(state));
        enter(&mut reader, &card::pin1());
        assert_eq!(status(&mut reader, &DEACTIVATE_PIN1), OK);
        assert_eq!(selected(&mut reader, &card::can()), DEACTIVATED);
        assert_eq!(verify(&mut reader, PIN2), OK);
        assert_eq!(
            status(&mut reader, &ACTIVATE),
            CONDITIONS,
            "PIN2 does not undo it"
        );
        assert_eq!(status(&mut reader, &sign(&[7; 32])), CONDITIONS);
        assert_eq!(reader.select_application(EID), OK);
        assert_eq!(
            reader.read_short(2).status,
            OK,
            "the identity is still read"
        );
        assert_eq!(selected(&mut reader, &card::puk()), DEACTIVATED);
        assert_eq!(status(&mut reader, &ACTIVATE_PIN1), OK);
        let expected = if off { DEACTIVATED } else { OK };
        assert_eq!(selected(&mut reader, &card::can()), expected);
    }
}

#[test]
fn a_lock_by_the_authority_works_at_once_in_its_own_session() {
    let office = authority(every_right());
    let mut reader = at_the_authority(&office, &card::pin1(), every_right());
    assert_eq!(verify(&mut reader, PIN2), OK);
    assert_eq!(status(&mut reader, &DEACTIVATE_PIN1), OK);
    let command = generate(0x80, 0xB6, SIGNATURE, Some(0x31));
    assert_eq!(status(&mut reader, &command), CONDITIONS);
}

/// The terminal that may terminate it.
fn terminator(image: impl FnOnce(&mut CardImage)) -> Reader {
    let mut office = authority(only(&[Right::PinManagement]));
    image(&mut office.image);
    let mut reader = reader(&office.image);
    office.open(&mut reader, &card::pin1(), only(&[Right::PinManagement]));
    assert!(!reader.select_application(CIA).is_error());
    reader
}

#[test]
fn a_terminated_application_is_empty_and_stays_so() {
    let mut reader = terminator(|_| {});
    assert_eq!(status(&mut reader, &TERMINATE), OK);
    let mut reader = reopened(&reader.chip.into_memory());
    for password in [card::can(), card::pin1(), card::puk()] {
        assert_eq!(selected(&mut reader, &password), TERMINATED);
        for command in everything_else() {
            assert_eq!(status(&mut reader, &command), CONDITIONS, "{command:?}");
        }
        for command in [ACTIVATE, TERMINATE] {
            assert_eq!(status(&mut reader, &command), CONDITIONS);
        }
        assert_eq!(verify(&mut reader, PIN2), CONDITIONS);
        assert_eq!(pin2_state(&mut reader), CONDITIONS);
    }
    // Not even the self-lock brings it back.
    enter(&mut reader, &card::pin1());
    assert_eq!(status(&mut reader, &DEACTIVATE_PIN1), OK);
    assert_eq!(selected(&mut reader, &card::puk()), TERMINATED);
    assert_eq!(status(&mut reader, &ACTIVATE_PIN1), OK);
    assert_eq!(selected(&mut reader, &card::can()), TERMINATED);
}

#[test]
fn one_that_is_switched_off_or_locked_can_be_terminated_too() {
    let mut off = terminator(|image| cia(image).state = ApplicationState::Deactivated);
    assert_eq!(status(&mut off, &TERMINATE), OK);
    let mut reader = terminator(|_| {});
    assert_eq!(status(&mut reader, &DEACTIVATE_PIN1), OK);
    assert_eq!(status(&mut reader, &TERMINATE), OK);
    assert_eq!(selected(&mut reader, &card::can()), TERMINATED);
}

#[test]
fn only_the_right_to_manage_pins_terminates_it() {
    let mut reader = reader(&image());
    for password in [card::can(), card::pin1(), card::puk()] {
        enter(&mut reader, &password);
        assert_eq!(verify(&mut reader, PIN2), OK);
        assert_eq!(status(&mut reader, &TERMINATE), DENIED);
    }
    let rights = every_right().without(Right::PinManagement);
    let office = authority(rights);
    let mut reader = at_the_authority(&office, &card::pin1(), rights);
    assert_eq!(verify(&mut reader, PIN2), OK);
    assert_eq!(status(&mut reader, &TERMINATE), DENIED);
}

#[test]
fn malformed_ones_are_refused_by_their_form() {
    let mut reader = with_pin2(&image());
    for ins in [0x04, 0x44, 0xE6] {
        for (p1, p2) in [(0x00, 0x01), (0x01, 0x00), (0x02, 0x0C)] {
            let command = CommandApdu::new(0x00, ins, p1, p2);
            let found = status(&mut reader, &command);
            assert_eq!(found, StatusWord::INCORRECT_P1_P2, "{command:?}");
        }
        let named = CommandApdu::new(0x00, ins, 0x00, 0x00).with_data([0x43, 0x31]);
        assert_eq!(status(&mut reader, &named), StatusWord::WRONG_LENGTH);
    }
    assert_eq!(selected(&mut reader, &card::can()), OK);
}
