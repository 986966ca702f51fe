//! Class bytes, lengths, chaining, GET RESPONSE and ENVELOPE.

use iso7816::{CommandApdu, ResponseApdu, StatusWord};

use crate::{
    card,
    reader::{EID, GM, Reader},
};

const OK: StatusWord = StatusWord::OK;

fn envelope(cla: u8, part: &[u8]) -> CommandApdu {
    CommandApdu::new(cla, 0xC2, 0x00, 0x00).with_data(part)
}

fn get_response() -> CommandApdu {
    CommandApdu::new(0x00, 0xC0, 0x00, 0x00).with_ne(256)
}

#[test]
fn class_bytes_are_judged_before_instructions() {
    let mut reader = Reader::new(&card::image());
    for cla in 0x00..=0xFF_u8 {
        let expected = match cla {
            0x00 | 0x10 => StatusWord::INS_NOT_SUPPORTED,
            0x0C | 0x1C => StatusWord::SM_OBJECTS_INCORRECT,
            0x20..=0x3F | 0x80..=0xFF => StatusWord::CLA_NOT_SUPPORTED,
            0x40..=0x7F => StatusWord::LOGICAL_CHANNEL_NOT_SUPPORTED,
            cla if cla & 3 != 0 => StatusWord::LOGICAL_CHANNEL_NOT_SUPPORTED,
            _ => StatusWord::SECURE_MESSAGING_NOT_SUPPORTED,
        };
        assert_eq!(
            reader.raw(&[cla, 0xFE, 0x00, 0x00]).status,
            expected,
            "CLA {cla:02X}"
        );
    }
}

#[test]
fn every_instruction_but_the_profiles_is_unknown() {
    let mut reader = Reader::new(&card::image());
    let known = [
        0x04, 0x20, 0x22, 0x24, 0x2A, 0x2C, 0x33, 0x44, 0x47, 0x82, 0x84, 0x86, 0x88, 0xA4, 0xB0,
        0xB1, 0xC0, 0xC2, 0xD6, 0xD7, 0xE6,
    ];
    for ins in 0x00..=0xFF_u8 {
        let status = reader.raw(&[0x00, ins, 0x00, 0x00]).status;
        assert_eq!(
            status != StatusWord::INS_NOT_SUPPORTED,
            known.contains(&ins),
            "INS {ins:02X}: {status}"
        );
    }
}

#[test]
fn malformed_and_overlong_commands_have_a_wrong_length() {
    let mut reader = Reader::new(&card::image());
    for bytes in [
        &[][..],
        &[0x00],
        &[0x00, 0xA4, 0x00],
        &[0x00, 0xA4, 0x00, 0x0C, 0x05, 0x00],
        &[0x00, 0xA4, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        assert_eq!(
            reader.raw(bytes).status,
            StatusWord::WRONG_LENGTH,
            "{bytes:02X?}"
        );
    }
    let longest = CommandApdu::new(0x00, 0x22, 0xC1, 0xA4).with_data(vec![0x80; 0x7FFF - 7]);
    assert_eq!(longest.to_bytes().len(), 0x7FFF);
    assert_eq!(reader.plain(&longest).status, StatusWord::INCORRECT_DATA);
    let too_long = CommandApdu::new(0x00, 0x22, 0xC1, 0xA4).with_data(vec![0x80; 0x7FFF - 6]);
    assert_eq!(reader.plain(&too_long).status, StatusWord::WRONG_LENGTH);
}

#[test]
fn a_card_without_extended_length_refuses_it() {
    let mut image = card::image();
    image.options.extended_length = false;
    let mut reader = Reader::new(&image);
    let extended = CommandApdu::new(0x00, 0xB0, 0x9C, 0x00).with_ne(257);
    assert_eq!(reader.plain(&extended).status, StatusWord::WRONG_LENGTH);
    assert_eq!(reader.read_short(0x1C).status, OK);
    reader.pace(GM, &card::can());
    assert_eq!(reader.read_short(0x1D).status, OK);
}

#[test]
fn a_chained_command_is_put_together() {
    let mut reader = Reader::new(&card::image());
    let (first, second) = EID.split_at(4);
    assert_eq!(
        reader.plain(&CommandApdu::new(0x10, 0xA4, 0x04, 0x0C).with_data(first)),
        ResponseApdu::ok([])
    );
    assert_eq!(
        reader
            .plain(&CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(second))
            .status,
        OK
    );
    assert_eq!(
        reader.select_file(0x011C),
        StatusWord::FILE_NOT_FOUND,
        "the eID application is selected"
    );
}

#[test]
fn chained_commands_travel_protected_each_by_itself() {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::can());
    let (first, second) = EID.split_at(4);
    assert_eq!(
        reader.send(&CommandApdu::new(0x10, 0xA4, 0x04, 0x0C).with_data(first)),
        ResponseApdu::ok([])
    );
    assert_eq!(
        reader
            .send(&CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(second))
            .status,
        OK
    );
    assert!(reader.read_file(2).is_ok());
}

#[test]
fn an_interrupted_chain_is_forgotten_and_the_interruption_carried_out() {
    let mut reader = Reader::new(&card::image());
    let (first, second) = EID.split_at(4);
    let begin = CommandApdu::new(0x10, 0xA4, 0x04, 0x0C).with_data(first);
    let end = CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(second);
    for (between, expected) in [
        (CommandApdu::new(0x00, 0xB0, 0x9C, 0x00).with_ne(1), OK),
        (CommandApdu::new(0x00, 0xA4, 0x00, 0x0C), OK),
        (
            CommandApdu::new(0x00, 0xFE, 0x00, 0x00),
            StatusWord::INS_NOT_SUPPORTED,
        ),
        (
            CommandApdu::new(0x80, 0xFE, 0x00, 0x00),
            StatusWord::CLA_NOT_SUPPORTED,
        ),
    ] {
        assert_eq!(reader.plain(&begin).status, OK);
        assert_eq!(reader.plain(&between).status, expected);
        assert_eq!(
            reader.plain(&end).status,
            StatusWord::FILE_NOT_FOUND,
            "only the second half of the name"
        );
    }
}

#[test]
fn a_chain_begun_in_the_channel_does_not_end_outside_it() {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::can());
    let (first, second) = EID.split_at(4);
    assert_eq!(
        reader
            .send(&CommandApdu::new(0x10, 0xA4, 0x04, 0x0C).with_data(first))
            .status,
        OK
    );
    let end = CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(second);
    assert_eq!(reader.plain(&end).status, StatusWord::FILE_NOT_FOUND);
}

#[test]
fn a_chain_that_grows_too_long_is_refused_and_forgotten() {
    let mut reader = Reader::new(&card::image());
    let part = CommandApdu::new(0x10, 0x22, 0xC1, 0xA4).with_data(vec![0x80; 0x3FFF]);
    assert_eq!(reader.plain(&part).status, OK);
    assert_eq!(reader.plain(&part).status, OK);
    assert_eq!(reader.plain(&part).status, StatusWord::WRONG_LENGTH);
    assert_eq!(reader.plain(&part).status, OK, "a new chain begins");
}

#[test]
fn an_answer_that_le_is_too_small_for_is_fetched_in_parts() {
    let mut reader = Reader::new(&card::image());
    let whole = reader.plain(
        &CommandApdu::new(0x00, 0xA4, 0x02, 0x04)
            .with_data([0x01, 0x1C])
            .with_ne(256),
    );
    let first = reader.plain(
        &CommandApdu::new(0x00, 0xA4, 0x02, 0x04)
            .with_data([0x01, 0x1C])
            .with_ne(5),
    );
    assert_eq!((first.data.len(), first.status), (5, StatusWord(0x610E)));
    let second = reader.plain(&get_response().with_ne(4));
    assert_eq!((second.data.len(), second.status), (4, StatusWord(0x610A)));
    let third = reader.plain(&get_response());
    assert_eq!(third.status, OK);
    assert_eq!([first.data, second.data, third.data].concat(), whole.data);
    assert_eq!(
        reader.plain(&get_response()).status,
        StatusWord::CONDITIONS_NOT_SATISFIED,
        "nothing is left"
    );
}

#[test]
fn another_command_discards_what_was_not_fetched() {
    let mut reader = Reader::new(&card::image());
    reader.plain(
        &CommandApdu::new(0x00, 0xA4, 0x02, 0x04)
            .with_data([0x01, 0x1C])
            .with_ne(5),
    );
    assert_eq!(
        reader
            .plain(&CommandApdu::new(0x00, 0xA4, 0x00, 0x0C))
            .status,
        OK
    );
    assert_eq!(
        reader.plain(&get_response()).status,
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
}

#[test]
fn malformed_get_response_is_refused() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(
        reader
            .plain(&CommandApdu::new(0x00, 0xC0, 0x00, 0x01).with_ne(1))
            .status,
        StatusWord::INCORRECT_P1_P2
    );
    assert_eq!(
        reader
            .plain(&CommandApdu::new(0x00, 0xC0, 0x00, 0x00))
            .status,
        StatusWord::WRONG_LENGTH
    );
    let with_data = CommandApdu::new(0x00, 0xC0, 0x00, 0x00)
        .with_data([1])
        .with_ne(1);
    assert_eq!(reader.plain(&with_data).status, StatusWord::WRONG_LENGTH);
}

/// Sends a command in envelopes of this size and fetches the response.
fn in_envelopes(reader: &mut Reader, command: &CommandApdu, size: usize) -> ResponseApdu {
    let bytes = command.to_bytes();
    let mut parts = bytes.chunks(size).peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let response = reader.plain(&envelope(if last { 0x00 } else { 0x10 }, part));
        assert!(response.data.is_empty());
        assert_eq!(response.status.sw1(), if last { 0x61 } else { 0x90 });
    }
    let mut whole = Vec::new();
    loop {
        let part = reader.plain(&get_response());
        whole.extend_from_slice(&part.data);
        if part.status.sw1() != 0x61 {
            assert_eq!(part.status, OK);
            return ResponseApdu::parse(&whole).unwrap();
        }
    }
}

#[test]
fn an_extended_command_travels_in_envelopes_and_its_answer_with_get_response() {
    let image = card::image();
    let mut reader = Reader::new(&image);
    let command = CommandApdu::new(0x00, 0xB0, 0x9C, 0x00).with_ne(1000);
    for size in [1, 3, 255] {
        let response = in_envelopes(&mut reader, &command, size);
        assert_eq!(
            response,
            ResponseApdu::new(
                image.master_file.card_access.clone(),
                StatusWord::END_OF_FILE_REACHED
            )
        );
    }
    let refused = in_envelopes(
        &mut reader,
        &CommandApdu::new(0x00, 0xB0, 0x9D, 0x00).with_ne(1000),
        255,
    );
    assert_eq!(
        refused,
        ResponseApdu::new([], StatusWord::SECURITY_STATUS_NOT_SATISFIED)
    );
}

#[test]
fn envelopes_and_get_response_leave_the_channel_alone() {
    let image = card::image();
    let mut reader = Reader::new(&image);
    reader.pace(GM, &card::can());
    let command = CommandApdu::new(0x00, 0xB0, 0x9D, 0x00).with_ne(2000);
    let wrapped = reader.channel.as_mut().unwrap().wrap(&command).unwrap();
    let response = in_envelopes(&mut reader, &wrapped, 20);
    let response = reader.channel.as_mut().unwrap().unwrap(&response).unwrap();
    assert_eq!(response.data, image.master_file.card_security);
    assert_eq!(
        reader.plain(&get_response()).status,
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
    assert_eq!(reader.read_short(0x1D).status, OK);
}

#[test]
fn a_plain_command_in_an_envelope_ends_the_session_like_any_other() {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::can());
    in_envelopes(&mut reader, &CommandApdu::new(0x00, 0xA4, 0x00, 0x0C), 255);
    assert_eq!(
        reader
            .plain(&CommandApdu::new(0x00, 0xB0, 0x9D, 0x00).with_ne(1))
            .status,
        StatusWord::SECURITY_STATUS_NOT_SATISFIED
    );
}

#[test]
fn malformed_envelopes_and_contents_are_refused() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(
        reader
            .plain(&CommandApdu::new(0x00, 0xC2, 0x00, 0x00))
            .status,
        StatusWord::WRONG_LENGTH
    );
    assert_eq!(
        reader
            .plain(&CommandApdu::new(0x00, 0xC2, 0x01, 0x00).with_data([0]))
            .status,
        StatusWord::INCORRECT_P1_P2
    );
    for (inner, status) in [
        (&[0x00][..], StatusWord::WRONG_LENGTH),
        (&[0x80, 0xA4, 0x00, 0x0C], StatusWord::CLA_NOT_SUPPORTED),
        (
            &[0x00, 0xC2, 0x00, 0x00, 0x01, 0x00],
            StatusWord::INS_NOT_SUPPORTED,
        ),
        (
            &[0x00, 0xC0, 0x00, 0x00, 0x00],
            StatusWord::INS_NOT_SUPPORTED,
        ),
    ] {
        assert_eq!(
            reader.plain(&envelope(0x00, inner)).status,
            StatusWord(0x6102)
        );
        assert_eq!(reader.plain(&get_response()).data, status.to_bytes());
    }
    let part = envelope(0x10, &[0; 0x3FFF]);
    assert_eq!(reader.plain(&part).status, OK);
    assert_eq!(reader.plain(&part).status, OK);
    assert_eq!(reader.plain(&part).status, StatusWord::WRONG_LENGTH);
}

#[test]
fn a_protected_answer_longer_than_its_le_is_refused_with_the_right_one() {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::can());
    let select = CommandApdu::new(0x00, 0xA4, 0x00, 0x04);
    let whole = reader.send(&select.clone().with_ne(256));
    assert_eq!(whole.status, OK);
    let length = u32::try_from(whole.data.len()).unwrap();
    for too_small in [1, length - 1] {
        let refused = reader.send(&select.clone().with_ne(too_small));
        assert_eq!(refused.status.exact_ne(), Some(length));
        assert!(refused.data.is_empty());
    }
    assert_eq!(reader.send(&select.with_ne(length)), whole);
}
