//! The secure channel: what ends it, what does not, and how refusals travel.

use iso7816::{CommandApdu, ResponseApdu, StatusWord};
use secure_channel::pace::terminal;

use crate::{
    card,
    reader::{EID, GM, Reader},
};

const READ: CommandApdu = CommandApdu::new(0x00, 0xB0, 0x9D, 0x00);

fn in_session() -> Reader {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::can());
    reader
}

/// True if EF.CardSecurity can still be read through the channel.
fn is_open(reader: &mut Reader) -> bool {
    let Some(channel) = reader.channel.as_mut() else {
        return false;
    };
    let Ok(wrapped) = channel.wrap(&READ.with_ne(10)) else {
        return false;
    };
    let response = reader.plain(&wrapped);
    reader
        .channel
        .as_mut()
        .unwrap()
        .unwrap(&response)
        .is_ok_and(|response| response.status.is_ok())
}

#[test]
fn refusals_inside_the_channel_are_protected_and_keep_it() {
    let mut reader = in_session();
    for (command, status) in [
        (
            CommandApdu::new(0x00, 0xA4, 0x02, 0x0C).with_data([0x99, 0x99]),
            StatusWord::FILE_NOT_FOUND,
        ),
        (
            CommandApdu::new(0x00, 0xA4, 0x05, 0x0C),
            StatusWord::INCORRECT_P1_P2,
        ),
        (
            CommandApdu::new(0x00, 0xB0, 0x9B, 0x00).with_ne(1),
            StatusWord::SECURITY_STATUS_NOT_SATISFIED,
        ),
        (
            CommandApdu::new(0x00, 0xB0, 0x00, 0x00),
            StatusWord::WRONG_LENGTH,
        ),
        (
            CommandApdu::new(0x00, 0xFE, 0x00, 0x00),
            StatusWord::INS_NOT_SUPPORTED,
        ),
        (
            CommandApdu::new(0x00, 0xC0, 0x00, 0x00).with_ne(256),
            StatusWord::INS_NOT_SUPPORTED,
        ),
        (
            CommandApdu::new(0x00, 0xC2, 0x00, 0x00).with_data([1]),
            StatusWord::INS_NOT_SUPPORTED,
        ),
        (
            CommandApdu::new(0x00, 0x22, 0xC1, 0xA4),
            StatusWord::INCORRECT_DATA,
        ),
        (
            CommandApdu::new(0x10, 0x86, 0x00, 0x00)
                .with_data([0x7C, 0x00])
                .with_ne(256),
            StatusWord::CONDITIONS_NOT_SATISFIED,
        ),
    ] {
        assert_eq!(reader.send(&command).status, status, "{command:?}");
        assert!(is_open(&mut reader));
    }
}

#[test]
fn a_plain_command_ends_the_session_and_is_processed_without_it() {
    for (command, status) in [
        (CommandApdu::new(0x00, 0xA4, 0x00, 0x0C), StatusWord::OK),
        (
            CommandApdu::new(0x00, 0xB0, 0x9D, 0x00).with_ne(256),
            StatusWord::SECURITY_STATUS_NOT_SATISFIED,
        ),
        (
            CommandApdu::new(0x00, 0xFE, 0x00, 0x00),
            StatusWord::INS_NOT_SUPPORTED,
        ),
        (
            CommandApdu::new(0x80, 0x00, 0x00, 0x00),
            StatusWord::CLA_NOT_SUPPORTED,
        ),
        (
            CommandApdu::new(0x01, 0xA4, 0x00, 0x0C),
            StatusWord::LOGICAL_CHANNEL_NOT_SUPPORTED,
        ),
        (
            CommandApdu::new(0x04, 0xA4, 0x00, 0x0C),
            StatusWord::SECURE_MESSAGING_NOT_SUPPORTED,
        ),
    ] {
        let mut reader = in_session();
        assert_eq!(reader.plain(&command), ResponseApdu::new([], status));
        assert!(!is_open(&mut reader), "{command:?}");
    }
    let mut reader = in_session();
    assert_eq!(reader.raw(&[0x00]).status, StatusWord::WRONG_LENGTH);
    assert!(!is_open(&mut reader), "even what is no command");
}

#[test]
fn the_end_of_a_session_leads_back_to_the_master_file() {
    let mut reader = in_session();
    assert_eq!(reader.select_application(EID), StatusWord::OK);
    assert_eq!(reader.select_file(0x0102), StatusWord::OK);
    let read = CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_ne(256);
    assert_eq!(
        reader.plain(&read).status,
        StatusWord::COMMAND_NOT_ALLOWED,
        "no file is selected any more"
    );
    reader.channel = None;
    assert_eq!(
        reader.select_file(0x011C),
        StatusWord::OK,
        "EF.CardAccess, in the master file"
    );
}

#[test]
fn a_command_whose_checksum_is_wrong_or_missing_ends_the_channel_with_a_plain_answer() {
    let protected = |reader: &mut Reader| {
        reader
            .channel
            .as_mut()
            .unwrap()
            .wrap(&READ.with_ne(10))
            .unwrap()
    };
    let mut reader = in_session();
    let mut changed = protected(&mut reader).to_bytes();
    let last = changed.len() - 2;
    changed[last] ^= 1;
    assert_eq!(
        reader.raw(&changed),
        ResponseApdu::new([], StatusWord::SM_OBJECTS_INCORRECT)
    );
    assert!(!is_open(&mut reader));

    let next = CommandApdu::new(0x0C, 0xB0, 0x9D, 0x00)
        .with_data([0x8E, 0x00])
        .with_ne(256);
    let refused = reader.plain(&next).status;
    assert_eq!(
        refused,
        StatusWord::SM_OBJECTS_INCORRECT,
        "as without any session"
    );

    let mut reader = in_session();
    let missing = CommandApdu::new(0x0C, 0xB0, 0x9D, 0x00)
        .with_data([0x97, 0x01, 0x0A])
        .with_ne(256);
    assert_eq!(
        reader.plain(&missing),
        ResponseApdu::new([], StatusWord::SM_OBJECTS_MISSING)
    );
    assert!(!is_open(&mut reader));

    let mut reader = in_session();
    let header_changed = protected(&mut reader);
    let moved = CommandApdu::new(0x0C, 0xB0, 0x9C, 0x00)
        .with_data(header_changed.data())
        .with_ne(256);
    assert_eq!(
        reader.plain(&moved).status,
        StatusWord::SM_OBJECTS_INCORRECT
    );
    assert!(!is_open(&mut reader));
}

#[test]
fn a_command_that_is_sent_again_ends_the_channel() {
    let mut reader = in_session();
    let wrapped = reader
        .channel
        .as_mut()
        .unwrap()
        .wrap(&READ.with_ne(10))
        .unwrap();
    assert_eq!(reader.plain(&wrapped).status, StatusWord::OK);
    assert_eq!(
        reader.plain(&wrapped),
        ResponseApdu::new([], StatusWord::SM_OBJECTS_INCORRECT)
    );
    assert!(!is_open(&mut reader));
}

#[test]
fn without_a_channel_protected_commands_are_incorrect() {
    let mut reader = in_session();
    let wrapped = reader
        .channel
        .as_mut()
        .unwrap()
        .wrap(&READ.with_ne(10))
        .unwrap();
    reader.reset();
    assert_eq!(
        reader.plain(&wrapped),
        ResponseApdu::new([], StatusWord::SM_OBJECTS_INCORRECT)
    );
}

#[test]
fn the_old_channel_does_not_survive_the_second_pace() {
    let mut image = card::image();
    image.passwords.pin1_tries = 1;
    let mut reader = Reader::new(&image);
    reader.pace(GM, &card::can());
    assert!(!reader.set_at(GM, &card::pin1(), &[]).is_error());
    let keys = reader.run_pace(GM, &card::pin1()).unwrap().session_keys;
    assert!(
        !is_open(&mut reader),
        "the old keys are not accepted any more"
    );
    drop(keys);

    let mut reader = Reader::new(&image);
    reader.pace(GM, &card::can());
    reader.pace(GM, &card::pin1());
    assert!(
        is_open(&mut reader),
        "the new ones are, from the next command on"
    );
}

#[test]
fn a_failed_second_pace_keeps_the_first_channel_at_every_step() {
    let mut image = card::image();
    image.passwords.puk_tries = 1;
    let mut reader = Reader::new(&image);
    reader.pace(GM, &card::can());
    let nonce = CommandApdu::new(0x10, 0x86, 0x00, 0x00)
        .with_data([0x7C, 0x00])
        .with_ne(256);
    let garbage = CommandApdu::new(0x10, 0x86, 0x00, 0x00)
        .with_data([0x7C, 0x02, 0x81, 0x00])
        .with_ne(256);
    assert!(!reader.set_at(GM, &card::puk(), &[]).is_error());
    assert_eq!(reader.send(&garbage).status, StatusWord::INCORRECT_DATA);
    assert!(is_open(&mut reader));
    assert!(!reader.set_at(GM, &card::puk(), &[]).is_error());
    assert_eq!(reader.send(&nonce).status, StatusWord::OK);
    assert_eq!(reader.send(&garbage).status, StatusWord::INCORRECT_DATA);
    assert!(is_open(&mut reader));
    assert_eq!(
        reader.set_at(GM, &card::puk(), &[]),
        StatusWord::wrong_secret(1),
        "no try was spent"
    );
}

#[test]
fn a_plain_step_inside_a_protected_run_of_pace_ends_everything() {
    let mut image = card::image();
    image.passwords.pin1_tries = 1;
    let mut reader = Reader::new(&image);
    reader.pace(GM, &card::can());
    assert!(!reader.set_at(GM, &card::pin1(), &[]).is_error());
    let (_, command) = terminal::start(GM, &card::pin1());
    assert_eq!(reader.send(&command).status, StatusWord::OK);
    assert_eq!(
        reader.plain(&command).status,
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
    assert!(!is_open(&mut reader));
}
