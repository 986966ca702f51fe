//! PIN2: who may verify, change and unblock it, and what that costs.

use iso7816::{CommandApdu, StatusWord};
use secure_channel::Password;
use transport::{CardDevice, Interface};

use super::{
    BLOCKED, CIA, CONDITIONS, DENIED, INCORRECT, NO_REFERENCE, OK, PIN2, WRONG_PIN2,
    at_the_authority, authority, change, enter, every_right, image, pin2_state, reader,
    reset_retry_counter, status, verify, with_pin2,
};
use crate::{
    card,
    passwords::tries,
    reader::{GM, Reader},
};

const NEW_PIN2: &[u8] = b"998877665544";

#[test]
fn a_wrong_pin2_costs_a_try_and_the_right_one_restores_them_all() {
    let mut reader = reader(&image());
    enter(&mut reader, &card::can());
    assert_eq!(pin2_state(&mut reader), tries(3));
    assert_eq!(verify(&mut reader, WRONG_PIN2), tries(2));
    assert_eq!(pin2_state(&mut reader), tries(2));
    assert_eq!(verify(&mut reader, WRONG_PIN2), tries(1));
    assert_eq!(verify(&mut reader, PIN2), OK);
    assert_eq!(pin2_state(&mut reader), OK);
    enter(&mut reader, &card::can());
    assert_eq!(pin2_state(&mut reader), tries(3), "in the next session");
}

#[test]
fn the_third_wrong_one_blocks_it() {
    let mut reader = reader(&image());
    enter(&mut reader, &card::can());
    for left in [2, 1, 0] {
        assert_eq!(verify(&mut reader, WRONG_PIN2), tries(left));
    }
    for digits in [WRONG_PIN2, PIN2, &[]] {
        assert_eq!(verify(&mut reader, digits), BLOCKED);
    }
}

#[test]
fn a_wrong_pin2_takes_the_verified_state_back() {
    let mut reader = with_pin2(&image());
    assert_eq!(reader.read_short(0x0B).status, OK);
    assert_eq!(verify(&mut reader, WRONG_PIN2), tries(2));
    assert_eq!(pin2_state(&mut reader), tries(2));
    assert_eq!(reader.read_short(0x0B).status, DENIED);
}

#[test]
fn what_is_not_eight_to_twelve_digits_costs_nothing() {
    let mut reader = reader(&image());
    enter(&mut reader, &card::can());
    for malformed in [
        &b"1357246"[..],
        b"1357246813572",
        b"1357246a",
        b"13572468\xFF\xFF\xFF\xFF",
        b"135 2468",
    ] {
        assert_eq!(verify(&mut reader, malformed), INCORRECT);
    }
    assert_eq!(pin2_state(&mut reader), tries(3));
}

#[test]
fn no_longer_and_no_shorter_pin2_is_the_right_one() {
    let mut image = image();
    image.passwords.pin2 = Some(b"1357246813".to_vec().into());
    let mut reader = reader(&image);
    enter(&mut reader, &card::can());
    assert_eq!(verify(&mut reader, b"13572468"), tries(2));
    assert_eq!(verify(&mut reader, b"135724681300"), tries(1));
    assert_eq!(verify(&mut reader, b"1357246813"), OK);
}

#[test]
fn over_the_contactless_interface_the_last_try_is_for_who_knows_pin1() {
    let mut image = image();
    image.passwords.pin2_tries = 1;
    let try_it = |interface, password: &Password, digits: &[u8]| {
        let mut reader = Reader::new(&image);
        reader.chip.power_on(interface);
        reader.pace(GM, password);
        assert_eq!(reader.select_application(CIA), OK);
        let outcome = verify(&mut reader, digits);
        (outcome, pin2_state(&mut reader))
    };
    for digits in [PIN2, WRONG_PIN2] {
        assert_eq!(
            try_it(Interface::Contactless, &card::can(), digits),
            (CONDITIONS, tries(1)),
            "right or wrong, it costs nothing"
        );
    }
    for (interface, password) in [
        (Interface::Contactless, card::pin1()),
        (Interface::Contact, card::can()),
    ] {
        assert_eq!(try_it(interface, &password, PIN2), (OK, OK));
        assert_eq!(
            try_it(interface, &password, WRONG_PIN2),
            (tries(0), BLOCKED)
        );
    }
}

#[test]
fn a_second_pace_forgets_it() {
    let mut image = image();
    image.passwords.pin1_tries = 1;
    let mut reader = with_pin2(&image);
    reader.pace(GM, &card::pin1());
    assert_eq!(pin2_state(&mut reader), tries(3));
}

#[test]
fn it_is_changed_by_who_has_just_given_it() {
    let mut reader = reader(&image());
    enter(&mut reader, &card::can());
    assert_eq!(status(&mut reader, &change(NEW_PIN2)), DENIED);
    assert_eq!(verify(&mut reader, PIN2), OK);
    for malformed in [&b""[..], b"1234567", b"1234567890123", b"12345678a"] {
        assert_eq!(status(&mut reader, &change(malformed)), INCORRECT);
    }
    assert_eq!(status(&mut reader, &change(NEW_PIN2)), OK);
    assert_eq!(pin2_state(&mut reader), tries(3), "not verified any more");
    assert_eq!(verify(&mut reader, PIN2), tries(2));
    assert_eq!(verify(&mut reader, NEW_PIN2), OK);
}

#[test]
fn the_puk_gives_the_tries_back_and_nothing_else_does() {
    let mut image = image();
    image.passwords.pin2_tries = 0;
    let mut reader = reader(&image);
    for password in [card::can(), card::pin1()] {
        enter(&mut reader, &password);
        for command in [
            reset_retry_counter(0x03, &[]),
            reset_retry_counter(0x02, NEW_PIN2),
        ] {
            assert_eq!(status(&mut reader, &command), DENIED);
        }
    }
    enter(&mut reader, &card::puk());
    assert_eq!(pin2_state(&mut reader), BLOCKED);
    assert_eq!(status(&mut reader, &reset_retry_counter(0x03, &[])), OK);
    assert_eq!(pin2_state(&mut reader), tries(3), "and it is not verified");
    assert_eq!(verify(&mut reader, PIN2), OK, "the same value");
    assert_eq!(status(&mut reader, &reset_retry_counter(0x03, &[])), OK);
    assert_eq!(pin2_state(&mut reader), OK, "as before");
}

#[test]
fn the_puk_gives_it_a_new_value() {
    let mut image = image();
    image.passwords.pin2_tries = 0;
    let mut reader = reader(&image);
    enter(&mut reader, &card::puk());
    for malformed in [&b""[..], b"1234567", b"12345678a"] {
        let command = reset_retry_counter(0x02, malformed);
        assert_eq!(status(&mut reader, &command), INCORRECT);
    }
    assert_eq!(pin2_state(&mut reader), BLOCKED);
    let command = reset_retry_counter(0x02, NEW_PIN2);
    assert_eq!(status(&mut reader, &command), OK);
    enter(&mut reader, &card::can());
    assert_eq!(pin2_state(&mut reader), tries(3));
    assert_eq!(verify(&mut reader, NEW_PIN2), OK);
}

#[test]
fn the_puk_changes_nothing_from_another_directory() {
    let mut reader = reader(&image());
    reader.pace(GM, &card::puk());
    let unblock = reset_retry_counter(0x03, &[]);
    assert_eq!(status(&mut reader, &unblock), NO_REFERENCE);
}

#[test]
fn a_terminal_verifies_it_too_and_does_not_unblock_it() {
    let office = authority(every_right());
    let mut reader = at_the_authority(&office, &card::can(), every_right());
    assert_eq!(verify(&mut reader, WRONG_PIN2), tries(2));
    assert_eq!(verify(&mut reader, PIN2), OK);
    let unblock = reset_retry_counter(0x03, &[]);
    assert_eq!(status(&mut reader, &unblock), DENIED);
}

#[test]
fn an_application_without_pin2_says_so() {
    let mut image = image();
    image.passwords.pin2 = None;
    let mut reader = reader(&image);
    enter(&mut reader, &card::can());
    assert_eq!(verify(&mut reader, PIN2), NO_REFERENCE);
    assert_eq!(pin2_state(&mut reader), NO_REFERENCE);
    enter(&mut reader, &card::puk());
    let unblock = reset_retry_counter(0x02, PIN2);
    assert_eq!(status(&mut reader, &unblock), NO_REFERENCE);
}

#[test]
fn malformed_commands_are_refused_by_their_form() {
    let mut reader = with_pin2(&image());
    let command = |ins, p1, p2| CommandApdu::new(0x00, ins, p1, p2).with_data(PIN2);
    for (command, expected) in [
        (command(0x20, 0x01, 0x81), StatusWord::INCORRECT_P1_P2),
        (command(0x20, 0x00, 0x82), NO_REFERENCE),
        (command(0x20, 0x00, 0x03), NO_REFERENCE),
        (command(0x24, 0x00, 0x81), StatusWord::INCORRECT_P1_P2),
        (command(0x24, 0x01, 0x82), NO_REFERENCE),
        (command(0x2C, 0x00, 0x81), StatusWord::INCORRECT_P1_P2),
        (command(0x2C, 0x01, 0x81), StatusWord::INCORRECT_P1_P2),
        (command(0x2C, 0x03, 0x81), StatusWord::WRONG_LENGTH),
    ] {
        assert_eq!(status(&mut reader, &command), expected, "{command:?}");
    }
    assert_eq!(pin2_state(&mut reader), OK);
}

#[test]
fn pin1_and_puk_are_no_business_of_these_commands() {
    let mut reader = with_pin2(&image());
    for reference in [0x01, 0x02, 0x03, 0x04] {
        let command = CommandApdu::new(0x00, 0x20, 0x00, reference).with_data(*b"246802");
        assert_eq!(status(&mut reader, &command), NO_REFERENCE);
    }
}
