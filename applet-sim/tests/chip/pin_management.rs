//! Changing, unblocking, deactivating and activating PIN1.

use iso7816::{CommandApdu, StatusWord};
use secure_channel::Password;

use crate::{
    card::{self, EF_GDO, wrong},
    passwords::{attempt, state, tries, with},
    reader::{CAM, EID, GM, Reader},
    zones::AUTHENTICATION_TERMINAL,
};

const OK: StatusWord = StatusWord::OK;
const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;

pub(crate) fn reset_retry_counter(p1: u8, data: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, 0x2C, p1, 0x03).with_data(data)
}

const ACTIVATE: CommandApdu = CommandApdu::new(0x00, 0x44, 0x10, 0x03);
const DEACTIVATE: CommandApdu = CommandApdu::new(0x00, 0x04, 0x10, 0x03);

#[test]
fn pin1_is_changed_in_a_local_pin1_session_alone() {
    let new = Password::pin("112233").unwrap();
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::pin1());
    assert_eq!(
        reader.send(&reset_retry_counter(0x02, b"112233")).status,
        OK
    );
    assert_eq!(attempt(&mut reader, &card::pin1()), tries(2));
    assert_eq!(attempt(&mut reader, &new), OK);

    let change = reset_retry_counter(0x02, b"445566");
    for password in [card::can(), card::mrz(), card::puk()] {
        reader.reset();
        reader.pace(GM, &password);
        assert_eq!(reader.send(&change).status, DENIED, "{password:?}");
    }
    reader.reset();
    assert_eq!(reader.send(&change).status, DENIED, "without a session");
    reader.try_pace(GM, &new, AUTHENTICATION_TERMINAL).unwrap();
    assert_eq!(reader.send(&change).status, DENIED, "in a terminal session");
    assert_eq!(attempt(&mut reader, &new), OK);
}

#[test]
fn no_session_manages_another_password_than_pin1() {
    let mut reader = Reader::new(&card::image());
    for password in [card::can(), card::mrz(), card::pin1(), card::puk()] {
        reader.reset();
        reader.pace(GM, &password);
        for other in [0x01, 0x02, 0x04] {
            for command in [
                CommandApdu::new(0x00, 0x2C, 0x02, other).with_data(*b"112233"),
                CommandApdu::new(0x00, 0x2C, 0x03, other),
                CommandApdu::new(0x00, 0x04, 0x10, other),
                CommandApdu::new(0x00, 0x44, 0x10, other),
            ] {
                assert_eq!(reader.send(&command).status, DENIED, "{command:?}");
            }
        }
    }
    for password in [card::can(), card::mrz(), card::pin1(), card::puk()] {
        assert_eq!(attempt(&mut reader, &password), OK, "{password:?}");
    }
}

#[test]
fn a_new_pin1_is_six_digits() {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::pin1());
    for bad in [
        &b""[..],
        b"12345",
        b"1234567",
        b"12345a",
        b"12345 ",
        &[0xFF; 6],
    ] {
        assert_eq!(
            reader.send(&reset_retry_counter(0x02, bad)).status,
            StatusWord::INCORRECT_DATA
        );
    }
    assert_eq!(
        attempt(&mut reader, &card::pin1()),
        OK,
        "nothing was changed"
    );
}

#[test]
fn malformed_management_commands_are_refused_before_anything_else() {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::puk());
    for (p1, p2, status) in [
        (0x00, 0x03, StatusWord::INCORRECT_P1_P2),
        (0x01, 0x03, StatusWord::INCORRECT_P1_P2),
        (0x04, 0x03, StatusWord::INCORRECT_P1_P2),
        (0x03, 0x00, StatusWord::REFERENCE_NOT_FOUND),
        (0x03, 0x05, StatusWord::REFERENCE_NOT_FOUND),
    ] {
        assert_eq!(
            reader.send(&CommandApdu::new(0x00, 0x2C, p1, p2)).status,
            status
        );
    }
    assert_eq!(
        reader.send(&reset_retry_counter(0x03, b"112233")).status,
        StatusWord::WRONG_LENGTH
    );
    for ins in [0x04, 0x44] {
        assert_eq!(
            reader.send(&CommandApdu::new(0x00, ins, 0x00, 0x03)).status,
            StatusWord::INCORRECT_P1_P2
        );
        assert_eq!(
            reader.send(&CommandApdu::new(0x00, ins, 0x10, 0x05)).status,
            StatusWord::REFERENCE_NOT_FOUND
        );
        let with_data = CommandApdu::new(0x00, ins, 0x10, 0x03).with_data([1]);
        assert_eq!(reader.send(&with_data).status, StatusWord::WRONG_LENGTH);
    }
}

#[test]
fn the_puk_unblocks_pin1_and_leaves_its_value_alone() {
    let mut reader = with(|image| image.passwords.pin1_tries = 0);
    reader.pace(GM, &card::puk());
    assert_eq!(
        reader.send(&reset_retry_counter(0x02, b"112233")).status,
        DENIED,
        "the PUK does not change PIN1"
    );
    assert_eq!(reader.send(&reset_retry_counter(0x03, &[])).status, OK);
    assert_eq!(state(&mut reader, &card::pin1()), OK);
    assert_eq!(attempt(&mut reader, &card::pin1()), OK);
}

#[test]
fn only_a_local_puk_session_unblocks_pin1() {
    let mut reader = with(|image| image.passwords.pin1_tries = 2);
    for password in [card::can(), card::mrz()] {
        reader.reset();
        reader.pace(GM, &password);
        assert_eq!(
            reader.send(&reset_retry_counter(0x03, &[])).status,
            DENIED,
            "{password:?}"
        );
    }
    reader.reset();
    assert_eq!(
        reader.send(&reset_retry_counter(0x03, &[])).status,
        DENIED,
        "without a session"
    );
    assert_eq!(state(&mut reader, &card::pin1()), tries(2));
    reader.reset();
    reader.pace(GM, &card::pin1());
    assert_eq!(
        reader.send(&reset_retry_counter(0x03, &[])).status,
        DENIED,
        "PIN1 itself"
    );
}

#[test]
fn a_transport_pin_is_changed_once_and_then_pin1_works() {
    let mut reader = with(|image| image.passwords.pin1 = card::transport_pin());
    assert_eq!(state(&mut reader, &card::transport_pin()), OK);
    reader.reset();
    let refused = reader.set_at(GM, &card::transport_pin(), AUTHENTICATION_TERMINAL);
    assert_eq!(
        refused,
        StatusWord::INCORRECT_DATA,
        "no terminal may use it"
    );
    assert_eq!(
        attempt(&mut reader, &wrong(&card::transport_pin())),
        tries(2)
    );
    assert_eq!(attempt(&mut reader, &card::transport_pin()), OK);
    assert_eq!(reader.send(&DEACTIVATE).status, DENIED);
    assert_eq!(reader.send(&reset_retry_counter(0x03, &[])).status, DENIED);
    assert_eq!(
        reader.send(&reset_retry_counter(0x02, b"13579")).status,
        StatusWord::INCORRECT_DATA
    );
    assert_eq!(
        reader
            .send(&reset_retry_counter(0x02, card::PIN1.as_bytes()))
            .status,
        OK
    );
    assert_eq!(reader.select_application(EID), OK);
    assert_eq!(
        reader.read_file(2),
        Err(DENIED),
        "the session stays what it was"
    );
    reader.reset();
    reader.pace(CAM, &card::pin1());
    assert_eq!(reader.select_file(EF_GDO), OK, "for PIN1 alone");
    assert_eq!(reader.select_application(EID), OK);
    assert!(reader.read_file(2).is_ok());
}

#[test]
fn the_holder_locks_pin1_and_unlocks_it_with_the_puk() {
    let mut reader = Reader::new(&card::image());
    reader.pace(CAM, &card::pin1());
    assert_eq!(reader.select_application(EID), OK);
    assert!(reader.read_file(2).is_ok());
    assert_eq!(reader.send(&DEACTIVATE).status, OK);
    assert_eq!(
        reader.read_file(2),
        Err(DENIED),
        "at once, in the same session"
    );
    assert_eq!(reader.send(&ACTIVATE).status, DENIED);

    assert_eq!(state(&mut reader, &card::pin1()), StatusWord::DEACTIVATED);
    for pin in [card::pin1(), wrong(&card::pin1())] {
        assert_eq!(
            attempt(&mut reader, &pin),
            StatusWord::REFERENCE_DATA_NOT_USABLE
        );
    }
    assert_eq!(
        attempt(&mut reader, &card::can()),
        OK,
        "PACE with the CAN still works"
    );
    assert_eq!(reader.send(&ACTIVATE).status, DENIED);
    assert_eq!(attempt(&mut reader, &card::puk()), OK);
    assert_eq!(reader.send(&DEACTIVATE).status, DENIED);
    assert_eq!(reader.send(&ACTIVATE).status, OK);
    assert_eq!(
        attempt(&mut reader, &card::pin1()),
        OK,
        "with all the tries it had"
    );
}

#[test]
fn unblocking_does_not_activate_and_activating_does_not_unblock() {
    let mut reader = with(|image| {
        image.passwords.pin1_tries = 0;
        image.passwords.pin1_active = false;
    });
    reader.pace(GM, &card::puk());
    assert_eq!(reader.send(&reset_retry_counter(0x03, &[])).status, OK);
    assert_eq!(state(&mut reader, &card::pin1()), StatusWord::DEACTIVATED);

    let mut reader = with(|image| {
        image.passwords.pin1_tries = 0;
        image.passwords.pin1_active = false;
    });
    reader.pace(GM, &card::puk());
    assert_eq!(reader.send(&ACTIVATE).status, OK);
    assert_eq!(state(&mut reader, &card::pin1()), tries(0));
}

/// CHAT of a signature terminal, which may use CAN, PIN1 and PUK (TR-03110-4 §2.3).
const SIGNATURE_TERMINAL: &[u8] = &[
    0x7F, 0x4C, 0x0E, 0x06, 0x09, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x03, 0x53, 0x01,
    0x03,
];

#[test]
fn each_management_command_works_in_its_own_session_and_in_no_other() {
    let change = reset_retry_counter(0x02, card::PIN1.as_bytes());
    let unblock = reset_retry_counter(0x03, &[]);
    let holder: &[&CommandApdu] = &[&change, &DEACTIVATE];
    let helper: &[&CommandApdu] = &[&unblock, &ACTIVATE];
    for (password, chat, allowed) in [
        (None, &[][..], &[][..]),
        (Some(card::can()), &[], &[]),
        (Some(card::mrz()), &[], &[]),
        (Some(card::pin1()), &[], holder),
        (Some(card::puk()), &[], helper),
        (Some(card::can()), SIGNATURE_TERMINAL, &[]),
        (Some(card::pin1()), SIGNATURE_TERMINAL, &[]),
        (Some(card::puk()), SIGNATURE_TERMINAL, &[]),
    ] {
        for command in [&change, &unblock, &ACTIVATE, &DEACTIVATE] {
            let mut reader = Reader::new(&card::image());
            if let Some(password) = &password {
                reader.try_pace(GM, password, chat).unwrap();
            }
            let expected = if allowed.contains(&command) {
                OK
            } else {
                DENIED
            };
            assert_eq!(
                reader.send(command).status,
                expected,
                "{password:?} {chat:02x?} {command:?}"
            );
        }
    }
}
