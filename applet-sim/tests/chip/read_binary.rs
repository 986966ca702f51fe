//! READ BINARY: offsets, short identifiers, Le.

use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};

use crate::{
    card,
    reader::{CAM, EID, GM, Reader},
};

const CARD_ACCESS: u8 = 0x9C;

fn read(reader: &mut Reader, p1: u8, p2: u8, ne: u32) -> ResponseApdu {
    reader.send(&CommandApdu::new(0x00, 0xB0, p1, p2).with_ne(ne))
}

fn read_odd(reader: &mut Reader, p1_p2: u16, data: &[u8], ne: u32) -> ResponseApdu {
    let [p1, p2] = p1_p2.to_be_bytes();
    reader.send(
        &CommandApdu::new(0x00, 0xB1, p1, p2)
            .with_data(data)
            .with_ne(ne),
    )
}

/// A terminal with PIN1 in the eID application, whose long group is the current file.
fn at_long_group() -> (Reader, Vec<u8>) {
    let image = card::image();
    let mut reader = Reader::new(&image);
    reader.pace(CAM, &card::pin1());
    reader.select_application(EID);
    assert_eq!(
        reader.select_file(0x0100 | u16::from(card::LONG_GROUP)),
        StatusWord::OK
    );
    (reader, image.eid.groups[&card::LONG_GROUP].clone())
}

#[test]
fn le_says_how_much_and_a_shorter_file_says_so() {
    let mut reader = Reader::new(&card::image());
    let file = card::image().master_file.card_access;
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 0, 10),
        ResponseApdu::ok(&file[..10])
    );
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 0, 200),
        ResponseApdu::ok(file.clone())
    );
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 0, 201),
        ResponseApdu::new(file.clone(), StatusWord::END_OF_FILE_REACHED)
    );
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 0, 256),
        ResponseApdu::ok(file.clone()),
        "Le 00 means all that fits"
    );
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 0, 65_536),
        ResponseApdu::ok(file.clone())
    );
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 190, 11),
        ResponseApdu::new(&file[190..], StatusWord::END_OF_FILE_REACHED)
    );
}

#[test]
fn an_offset_at_or_past_the_end_is_refused() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 199, 1).status,
        StatusWord::OK
    );
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 200, 1).status,
        StatusWord::WRONG_P1_P2
    );
    assert_eq!(
        read(&mut reader, 0x00, 200, 256).status,
        StatusWord::WRONG_P1_P2
    );
    assert_eq!(
        read(&mut reader, 0x7F, 0xFF, 256).status,
        StatusWord::WRONG_P1_P2
    );
}

#[test]
fn a_short_identifier_makes_the_file_current() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(
        read(&mut reader, 0x00, 0x00, 1).status,
        StatusWord::COMMAND_NOT_ALLOWED
    );
    assert_eq!(read(&mut reader, CARD_ACCESS, 0, 1).status, StatusWord::OK);
    assert_eq!(
        read(&mut reader, 0x00, 0x01, 4).data,
        card::image().master_file.card_access[1..5]
    );
    for (short_id, label) in [(0x1E, "EF.DIR:"), (0x01, "EF.ATR/INFO:")] {
        assert!(
            read(&mut reader, 0x80 | short_id, 0, 256)
                .data
                .starts_with(label.as_bytes())
        );
    }
}

#[test]
fn an_unknown_short_identifier_is_not_found_and_an_impossible_one_refused() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(
        read(&mut reader, 0x82, 0, 1).status,
        StatusWord::FILE_NOT_FOUND
    );
    for impossible in [0x80, 0x9F, 0xA1, 0xDC, 0xFF] {
        assert_eq!(
            read(&mut reader, impossible, 0, 1).status,
            StatusWord::INCORRECT_P1_P2,
            "P1 {impossible:02X}"
        );
    }
}

#[test]
fn a_missing_le_or_a_data_field_is_a_wrong_length() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(
        reader.raw(&[0x00, 0xB0, CARD_ACCESS, 0x00]).status,
        StatusWord::WRONG_LENGTH
    );
    assert_eq!(
        reader
            .raw(&[0x00, 0xB0, CARD_ACCESS, 0x00, 0x01, 0x00, 0x00])
            .status,
        StatusWord::WRONG_LENGTH
    );
}

/// T=0 leaves Le out behind data, and fetches what is announced.
#[test]
fn without_le_the_odd_instruction_announces_what_there_is() {
    let image = card::image();
    let mut reader = Reader::new(&image);
    let announced = reader.raw(&[0x00, 0xB1, 0x00, 0x1C, 0x03, 0x54, 0x01, 0x00]);
    assert!(announced.data.is_empty());
    let available = announced.status.bytes_available().expect("61xx");
    let fetched = reader.raw(&[0x00, 0xC0, 0x00, 0x00, (available & 0xFF) as u8]);
    let whole = read_odd(&mut reader, 0x001C, &[0x54, 0x01, 0x00], 256);
    assert_eq!(whole.status, StatusWord::OK);
    assert_eq!(fetched.data, whole.data);
    assert!(fetched.data.ends_with(&image.master_file.card_access));
}

#[test]
fn a_file_that_may_not_be_read_answers_alike_at_any_offset_and_length() {
    let mut reader = Reader::new(&card::image());
    for (p1, p2) in [(0x9D, 0x00), (0x9D, 0xFF)] {
        for ne in [1, 255, 256, 65_536] {
            assert_eq!(
                read(&mut reader, p1, p2, ne).status,
                StatusWord::SECURITY_STATUS_NOT_SATISFIED
            );
        }
    }
    for offset in [
        &[0x54, 0x01, 0x00][..],
        &[0x54, 0x04, 0xFF, 0xFF, 0xFF, 0xFF],
    ] {
        let response = read_odd(&mut reader, 0x001D, offset, 256);
        assert_eq!(response.status, StatusWord::SECURITY_STATUS_NOT_SATISFIED);
    }
}

#[test]
fn a_long_file_is_read_past_the_offset_of_fifteen_bits() {
    let (mut reader, file) = at_long_group();
    assert_eq!(
        read(&mut reader, 0x7F, 0xFF, 20).data,
        file[0x7FFF..0x7FFF + 20]
    );
    let response = read_odd(&mut reader, 0, &[0x54, 0x02, 0x80, 0x00], 22);
    assert_eq!(
        response,
        ResponseApdu::ok(tlv::encode(tlv::Tag(0x53), &file[0x8000..0x8000 + 20]))
    );
    let last = u16::try_from(file.len() - 1).unwrap().to_be_bytes();
    let response = read_odd(&mut reader, 0, &[0x54, 0x02, last[0], last[1]], 22);
    assert_eq!(
        response,
        ResponseApdu::new(
            [0x53, 0x01, file[file.len() - 1]],
            StatusWord::END_OF_FILE_REACHED
        )
    );
    let end = u16::try_from(file.len()).unwrap().to_be_bytes();
    assert_eq!(
        read_odd(&mut reader, 0, &[0x54, 0x02, end[0], end[1]], 22).status,
        StatusWord::WRONG_P1_P2
    );
    assert_eq!(reader.read_file(card::LONG_GROUP), Ok(file));
}

#[test]
fn the_odd_form_takes_short_identifiers_and_identifiers() {
    let mut reader = Reader::new(&card::image());
    let zero = [0x54, 0x01, 0x00];
    for p1_p2 in [0x001C, 0x011C] {
        assert!(
            read_odd(&mut reader, p1_p2, &zero, 256)
                .data
                .windows(13)
                .any(|w| w == b"EF.CardAccess")
        );
    }
    assert!(
        read_odd(&mut reader, 0x0000, &zero, 256).status.is_ok(),
        "it became the current file"
    );
    assert_eq!(
        read_odd(&mut reader, 0x001F, &zero, 256).status,
        StatusWord::INCORRECT_P1_P2
    );
    assert_eq!(
        read_odd(&mut reader, 0x0101, &zero, 256).status,
        StatusWord::FILE_NOT_FOUND
    );
}

#[test]
fn a_malformed_offset_object_is_incorrect_data() {
    let mut reader = Reader::new(&card::image());
    for data in [
        &[][..],
        &[0x54],
        &[0x54, 0x00],
        &[0x54, 0x05, 0, 0, 0, 0, 0],
        &[0x53, 0x01, 0x00],
        &[0x54, 0x01, 0, 0],
    ] {
        let command = CommandApdu::new(0x00, 0xB1, 0x00, 0x1C)
            .with_data(data)
            .with_ne(256);
        assert_eq!(
            reader.plain(&command).status,
            StatusWord::INCORRECT_DATA,
            "{data:02X?}"
        );
    }
}

#[test]
fn the_answer_is_never_longer_than_le_with_the_object_around_it_counted() {
    let (mut reader, _) = at_long_group();
    for ne in (3..=300).chain([1000, 20_000, 65_536]) {
        let response = read_odd(&mut reader, 0, &[0x54, 0x01, 0x00], ne);
        assert!(response.data.len() <= ne as usize, "Le {ne}");
        // Le 00 asks for what fits into the protected response.
        let least = match ne {
            256 => 200,
            65_536 => 32_000,
            ne => ne as usize - 2,
        };
        assert!(
            response.data.len() >= least,
            "Le {ne}: {}",
            response.data.len()
        );
    }
    for ne in [1, 2] {
        assert_eq!(
            read_odd(&mut reader, 0, &[0x54, 0x01, 0x00], ne).status,
            StatusWord::WRONG_LENGTH,
            "no room"
        );
    }
}

#[test]
fn under_the_channel_le_00_gives_what_fits_into_a_short_response() {
    let (mut reader, file) = at_long_group();
    let command = CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_ne(256);
    let wrapped = reader.channel.as_mut().unwrap().wrap(&command).unwrap();
    assert_eq!(wrapped.ne(), Some(256));
    let response = reader.plain(&wrapped);
    assert!(response.data.len() <= 256);
    assert_eq!(response.status, StatusWord::OK);
    let response = reader.channel.as_mut().unwrap().unwrap(&response).unwrap();
    assert_eq!(response.data, file[..223]);
}

#[test]
fn a_read_that_the_channel_cannot_carry_at_once_is_fetched_with_get_response() {
    let (mut reader, file) = at_long_group();
    let command = CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_ne(250);
    let wrapped = reader.channel.as_mut().unwrap().wrap(&command).unwrap();
    let first = reader.plain(&wrapped);
    assert_eq!(first.data.len(), 256);
    assert_eq!(first.status.sw1(), 0x61);
    let rest = reader.plain(&CommandApdu::new(0x00, 0xC0, 0x00, 0x00).with_ne(256));
    let whole = ResponseApdu::new([first.data, rest.data].concat(), rest.status);
    let response = reader.channel.as_mut().unwrap().unwrap(&whole).unwrap();
    assert_eq!(response, ResponseApdu::ok(&file[..250]));
}

#[test]
fn extended_length_gives_as_much_as_the_chip_announces_and_no_more() {
    for ne in [40_000, 65_535, 65_536] {
        let (mut reader, file) = at_long_group();
        let command = CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_ne(ne);
        let wrapped = reader.protected(&command);
        let response = reader.plain(&wrapped);
        assert!(
            response.data.len() + 2 <= 0x7FFF,
            "{} bytes for Le {ne}",
            response.data.len()
        );
        let response = reader.channel.as_mut().unwrap().unwrap(&response).unwrap();
        assert!(response.data.len() > 32_000);
        assert_eq!(response, ResponseApdu::ok(&file[..response.data.len()]));
    }
}

#[test]
fn plain_reads_of_public_files_are_cut_where_the_response_ends() {
    let mut image = card::image();
    image.master_file.card_access = card::contents("EF.CardAccess", 1000);
    let mut reader = Reader::new(&image);
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 0, 256).data,
        image.master_file.card_access[..256]
    );
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 0, 999).data,
        image.master_file.card_access[..999]
    );
    reader.pace(GM, &card::can());
    assert_eq!(
        read(&mut reader, CARD_ACCESS, 0, 65_536).data,
        image.master_file.card_access
    );
}
