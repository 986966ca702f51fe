//! Secure messaging: recorded traces, both ends against each other, and what neither end accepts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail so"
)]

mod support;

use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};
use proptest::prelude::*;
use secure_channel::{
    Error, SecureMessaging, SessionKeys, SymmetricCipher,
    secure_messaging::{Chip, Terminal},
};
use support::Vector;

type Channel = (SecureMessaging<Terminal>, SecureMessaging<Chip>);

fn channel(cipher: SymmetricCipher) -> Channel {
    let keys = || {
        let size = cipher.key_size();
        SessionKeys::from_bytes(cipher, &vec![0x11; size], &vec![0x22; size]).unwrap()
    };
    (SecureMessaging::new(keys()), SecureMessaging::new(keys()))
}

/// The whole of one exchange, as both ends see it.
fn exchange(
    (terminal, chip): &mut Channel,
    command: &CommandApdu,
    response: &ResponseApdu,
) -> (CommandApdu, ResponseApdu) {
    let protected = terminal.wrap(command).unwrap();
    assert_eq!(chip.unwrap(&protected).unwrap(), *command);
    let answer = chip.wrap(response).unwrap();
    assert_eq!(terminal.unwrap(&answer).unwrap(), *response);
    (protected, answer)
}

fn read() -> CommandApdu {
    CommandApdu::new(0x00, 0xB0, 0x81, 0x00).with_ne(256)
}

fn ok(data: &[u8]) -> ResponseApdu {
    ResponseApdu::new(data, StatusWord::OK)
}

#[test]
fn recorded_traces_are_reproduced_by_each_end() {
    for path in [
        "gmrtd/aes-128-read-card-security.json",
        "gmrtd/aes-256-read-com.json",
    ] {
        let trace = Vector::open(path);
        let cipher = match trace.number("key_size") {
            128 => SymmetricCipher::Aes128,
            256 => SymmetricCipher::Aes256,
            other => panic!("{other}"),
        };
        let keys = || {
            SessionKeys::from_bytes(
                cipher,
                &trace.bytes("key_encryption"),
                &trace.bytes("key_authentication"),
            )
            .unwrap()
        };
        let mut ends: Channel = (SecureMessaging::new(keys()), SecureMessaging::new(keys()));
        // The recording starts amid a session.
        for _ in 0..trace.number("counter") / 2 {
            exchange(&mut ends, &read(), &ok(&[]));
        }
        let (mut terminal, mut chip) = ends;
        for exchange in trace.list("exchanges") {
            let plain = CommandApdu::parse(&exchange.bytes("plain_command")).unwrap();
            let command = terminal.wrap(&plain).unwrap();
            assert_eq!(command.to_bytes(), exchange.bytes("command"));
            let recorded = ResponseApdu::parse(&exchange.bytes("response")).unwrap();
            let response = terminal.unwrap(&recorded).unwrap();
            assert_eq!(response.to_bytes(), exchange.bytes("plain_response"));

            let recorded = CommandApdu::parse(&exchange.bytes("command")).unwrap();
            assert_eq!(chip.unwrap(&recorded).unwrap(), plain);
            let answer = chip.wrap(&response).unwrap();
            assert_eq!(answer.to_bytes(), exchange.bytes("response"));
        }
    }
}

#[test]
fn every_case_of_an_apdu_survives_the_channel() {
    for cipher in SymmetricCipher::ALL {
        let mut ends = channel(cipher);
        let header = || CommandApdu::new(0x00, 0xB0, 0x01, 0x02);
        let odd = || CommandApdu::new(0x00, 0xB1, 0x01, 0x02);
        let proprietary = || CommandApdu::new(0x80, 0x20, 0x80, 0x00);
        let chained = || CommandApdu::new(0x10, 0x86, 0x00, 0x00);
        for command in [
            header(),
            header().with_ne(1),
            header().with_ne(256),
            header().with_ne(257),
            header().with_ne(65_536),
            header().with_data([0x54]),
            header().with_data(vec![0xA5; 15]).with_ne(256),
            header().with_data(vec![0xA5; 16]).with_ne(256),
            header().with_data(vec![0xA5; 255]).with_ne(256),
            header().with_data(vec![0xA5; 60_000]).with_ne(65_536),
            odd().with_data([0x54, 0x01, 0x00]).with_ne(256),
            proprietary().with_data([0x06, 0x00]),
            chained().with_data([0x7C, 0x00]).with_ne(256),
        ] {
            for response in [
                ok(&[]),
                ok(&[0x53]),
                ok(&[0x53; 16]),
                ok(&vec![0x53; 60_000]),
                ResponseApdu::new([], StatusWord::SECURITY_STATUS_NOT_SATISFIED),
                ResponseApdu::new([1, 2], StatusWord::END_OF_FILE_REACHED),
            ] {
                exchange(&mut ends, &command, &response);
            }
        }
    }
}

#[test]
fn the_class_byte_keeps_its_chaining_bit() {
    let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
    for (plain, protected) in [(0x00, 0x0C), (0x10, 0x1C), (0x80, 0x8C)] {
        let command = CommandApdu::new(plain, 0x86, 0, 0)
            .with_data([0x7C, 0x00])
            .with_ne(256);
        let wrapped = terminal.wrap(&command).unwrap();
        assert_eq!(wrapped.cla(), protected);
        assert_eq!(chip.unwrap(&wrapped).unwrap().cla(), plain);
        terminal.unwrap(&chip.wrap(&ok(&[])).unwrap()).unwrap();
    }
    for unprotectable in [0x0C, 0x04, 0x40, 0x60] {
        let command = CommandApdu::new(unprotectable, 0x86, 0, 0);
        assert!(matches!(
            terminal.wrap(&command),
            Err(Error::InvalidInput(_))
        ));
    }
    assert!(terminal.is_open());
}

#[test]
fn the_outer_length_fields_follow_the_plain_command() {
    let (mut terminal, _) = channel(SymmetricCipher::Aes128);
    for (command, extended) in [
        (read(), false),
        (read().with_ne(65_536), true),
        (read().with_ne(300), true),
        (
            CommandApdu::new(0, 0xD6, 0, 0).with_data(vec![0; 223]),
            false,
        ),
        // 240 bytes with padding, three of header and indicator, ten of checksum make 254.
        (
            CommandApdu::new(0, 0xD6, 0, 0).with_data(vec![0; 239]),
            false,
        ),
        (
            CommandApdu::new(0, 0xD6, 0, 0).with_data(vec![0; 240]),
            true,
        ),
    ] {
        let (mut fresh, _) = channel(SymmetricCipher::Aes128);
        let wrapped = fresh.wrap(&command).unwrap();
        assert_eq!(wrapped.is_extended(), extended, "{command:?}");
        assert_eq!(wrapped.ne(), Some(if extended { 65_536 } else { 256 }));
    }
    let too_long = CommandApdu::new(0, 0xD6, 0, 0).with_data(vec![0; 65_535]);
    assert_eq!(terminal.wrap(&too_long), Err(Error::TooLong));
    assert!(terminal.is_open());
    assert_eq!(terminal.send_sequence_counter().value(), 0);
}

#[test]
fn the_counter_advances_with_every_message_and_never_repeats() {
    let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
    let mut seen = 0;
    for _ in 0..50 {
        let protected = terminal.wrap(&read()).unwrap();
        assert_eq!(terminal.send_sequence_counter().value(), seen + 1);
        chip.unwrap(&protected).unwrap();
        assert_eq!(chip.send_sequence_counter().value(), seen + 1);
        let answer = chip.wrap(&ok(&[1])).unwrap();
        assert_eq!(chip.send_sequence_counter().value(), seen + 2);
        terminal.unwrap(&answer).unwrap();
        assert_eq!(terminal.send_sequence_counter().value(), seen + 2);
        seen += 2;
    }
}

#[test]
fn the_same_command_never_looks_the_same_twice() {
    let mut ends = channel(SymmetricCipher::Aes256);
    let command = CommandApdu::new(0, 0xB0, 0, 0)
        .with_data([0; 32])
        .with_ne(256);
    let (command_1, response_1) = exchange(&mut ends, &command, &ok(&[0; 32]));
    let (command_2, response_2) = exchange(&mut ends, &command, &ok(&[0; 32]));
    assert_ne!(command_1.data()[3..35], command_2.data()[3..35]);
    assert_ne!(response_1.data[3..35], response_2.data[3..35]);
    assert_ne!(command_1.data()[3..35], response_1.data[3..35]);
}

#[test]
fn the_chip_answers_6987_where_the_checksum_is_missing_and_6988_where_objects_are_wrong() {
    let mac = |objects: &[u8]| {
        // Objects under a checksum that is right, made by a terminal of our own.
        let mut bytes = objects.to_vec();
        bytes.extend_from_slice(&checksum(1, &[0x0C, 0xB0, 0x00, 0x00], objects));
        bytes
    };
    let le = tlv::encode(tlv::Tag(0x97), &[0x00]);
    let cryptogram = tlv::encode(tlv::Tag(0x87), &[&[0x01][..], &[0; 16]].concat());
    let missing = Error::ObjectsMissing;
    let incorrect = Error::ObjectsIncorrect;
    for (data, error, what) in [
        (vec![], missing, "nothing at all"),
        (le.clone(), missing, "no checksum"),
        (
            [&le[..], &[0x8E, 0x08], &[0; 8]].concat(),
            incorrect,
            "a wrong checksum",
        ),
        (
            [&le[..], &[0x8E, 0x04], &[0; 4]].concat(),
            incorrect,
            "a short checksum",
        ),
        (
            [&mac(&le)[..], &le].concat(),
            incorrect,
            "an object after the checksum",
        ),
        (mac(&[&le[..], &le].concat()), incorrect, "Le twice"),
        (
            mac(&[&le[..], &cryptogram].concat()),
            incorrect,
            "Le before the data",
        ),
        (
            mac(&tlv::encode(tlv::Tag(0x97), &[])),
            incorrect,
            "an empty Le",
        ),
        (
            mac(&tlv::encode(tlv::Tag(0x97), &[0, 1, 0])),
            incorrect,
            "Le of three bytes",
        ),
        (
            mac(&tlv::encode(tlv::Tag(0x81), &[0x54])),
            incorrect,
            "data in the clear",
        ),
        (
            mac(&tlv::encode(tlv::Tag(0x99), &[0x90, 0x00])),
            incorrect,
            "a status",
        ),
        (mac(&cryptogram), incorrect, "a cryptogram without padding"),
        (
            mac(&tlv::encode(tlv::Tag(0x85), &[0; 16])),
            incorrect,
            "DO 85 with an even INS",
        ),
        (
            mac(&tlv::encode(
                tlv::Tag(0x87),
                &[&[0x02][..], &[0; 16]].concat(),
            )),
            incorrect,
            "another padding indicator",
        ),
        (
            mac(&tlv::encode(tlv::Tag(0x87), &[0x01, 1, 2, 3])),
            incorrect,
            "part of a block",
        ),
        (
            mac(&tlv::encode(tlv::Tag(0x87), &[0x01])),
            incorrect,
            "no block",
        ),
        (
            mac(&tlv::encode(tlv::Tag(0x87), &[])),
            incorrect,
            "no padding indicator",
        ),
        (
            mac(&[0x97, 0x05, 0x00]),
            incorrect,
            "an object longer than the data",
        ),
    ] {
        let (_, mut chip) = channel(SymmetricCipher::Aes128);
        let command = CommandApdu::new(0x0C, 0xB0, 0, 0)
            .with_data(data)
            .with_ne(256);
        assert_eq!(chip.unwrap(&command), Err(error), "{what}");
        assert!(!chip.is_open());
        assert_eq!(chip.unwrap(&command), Err(Error::ChannelClosed));
        assert_eq!(chip.wrap(&ok(&[])), Err(Error::ChannelClosed));
    }
    assert_eq!(missing.status_word(), StatusWord::SM_OBJECTS_MISSING);
    assert_eq!(incorrect.status_word(), StatusWord::SM_OBJECTS_INCORRECT);
    // The twin: the same way of making a checksum is accepted where the objects are right.
    let (_, mut chip) = channel(SymmetricCipher::Aes128);
    let command = CommandApdu::new(0x0C, 0xB0, 0, 0)
        .with_data(mac(&le))
        .with_ne(256);
    assert_eq!(chip.unwrap(&command).unwrap().ne(), Some(256));
}

/// DO 8E under the number and the keys of [`channel`], made with the CMAC crate. `header` is that of
/// the command, or nothing for a response.
fn checksum(number: u128, header: &[u8], objects: &[u8]) -> Vec<u8> {
    use cmac::{Cmac, KeyInit, Mac};
    let mut mac = Cmac::<aes::Aes128>::new_from_slice(&[0x22; 16]).unwrap();
    mac.update(&number.to_be_bytes());
    for part in [header, objects]
        .into_iter()
        .filter(|part| !part.is_empty())
    {
        let mut part = part.to_vec();
        part.push(0x80);
        part.resize(part.len().next_multiple_of(16), 0);
        mac.update(&part);
    }
    tlv::encode(tlv::Tag(0x8E), &mac.finalize().into_bytes()[..8])
}

#[test]
fn the_terminal_refuses_authentic_responses_with_wrong_objects() {
    let status = tlv::encode(tlv::Tag(0x99), &[0x90, 0x00]);
    let other = tlv::encode(tlv::Tag(0x99), &[0x6A, 0x82]);
    let cryptogram = tlv::encode(tlv::Tag(0x87), &[&[0x01][..], &[0; 16]].concat());
    for (objects, error, what) in [
        (vec![], Error::ObjectsMissing, "a checksum alone"),
        (cryptogram.clone(), Error::ObjectsMissing, "no status"),
        (
            other,
            Error::ObjectsIncorrect,
            "another status than the one outside",
        ),
        (
            tlv::encode(tlv::Tag(0x99), &[0x90]),
            Error::ObjectsIncorrect,
            "half a status",
        ),
        (
            [&status[..], &status].concat(),
            Error::ObjectsIncorrect,
            "the status twice",
        ),
        (
            [&status[..], &cryptogram].concat(),
            Error::ObjectsIncorrect,
            "the status first",
        ),
        (
            [&cryptogram[..], &status].concat(),
            Error::ObjectsIncorrect,
            "no padding",
        ),
        (
            tlv::encode(tlv::Tag(0x97), &[0x00]),
            Error::ObjectsIncorrect,
            "an Le",
        ),
    ] {
        let (mut terminal, _) = channel(SymmetricCipher::Aes128);
        terminal.wrap(&read()).unwrap();
        let data = [&objects[..], &checksum(2, &[], &objects)].concat();
        assert_eq!(terminal.unwrap(&ok(&data)), Err(error), "{what}");
        assert!(!terminal.is_open());
    }
    // The twin.
    let (mut terminal, _) = channel(SymmetricCipher::Aes128);
    terminal.wrap(&read()).unwrap();
    let data = [&status[..], &checksum(2, &[], &status)].concat();
    assert_eq!(terminal.unwrap(&ok(&data)), Ok(ok(&[])));
}

#[test]
fn a_plain_command_closes_the_chips_channel() {
    for cla in [0x00, 0x04, 0x08, 0x10, 0x4C, 0x60] {
        let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
        let protected = terminal.wrap(&read()).unwrap();
        let [_, ins, p1, p2] = protected.header();
        let command = CommandApdu::new(cla, ins, p1, p2).with_data(protected.data());
        assert_eq!(
            chip.unwrap(&command),
            Err(Error::ObjectsIncorrect),
            "{cla:02X}"
        );
        assert!(!chip.is_open());
    }
}

#[test]
fn a_class_byte_without_secure_messaging_is_refused_even_with_a_right_checksum() {
    let le = tlv::encode(tlv::Tag(0x97), &[0x00]);
    for (cla, accepted) in [
        (0x0C, true),
        (0x1C, true),
        (0x00, false),
        (0x04, false),
        (0x08, false),
        (0x4C, false),
        (0x6C, false),
    ] {
        let (_, mut chip) = channel(SymmetricCipher::Aes128);
        let data = [&le[..], &checksum(1, &[cla, 0xB0, 0x00, 0x00], &le)].concat();
        let command = CommandApdu::new(cla, 0xB0, 0, 0).with_data(data);
        assert_eq!(chip.unwrap(&command).is_ok(), accepted, "{cla:02X}");
        assert_eq!(chip.is_open(), accepted);
    }
}

#[test]
fn data_of_an_even_instruction_is_never_taken_as_ber_tlv() {
    // The cryptogram in DO 85 of an odd instruction, put under even ones with a right checksum.
    let (mut terminal, _) = channel(SymmetricCipher::Aes128);
    let odd = CommandApdu::new(0x00, 0xB1, 0, 0).with_data([0x54, 0x01, 0x00]);
    let wrapped = terminal.wrap(&odd).unwrap();
    let cryptogram = &wrapped.data()[..18];
    assert_eq!(cryptogram[..2], [0x85, 0x10]);
    for (ins, accepted) in [(0xB1, true), (0xB0, false)] {
        let (_, mut chip) = channel(SymmetricCipher::Aes128);
        let data = [
            cryptogram,
            &checksum(1, &[0x0C, ins, 0x00, 0x00], cryptogram),
        ]
        .concat();
        let command = CommandApdu::new(0x0C, ins, 0, 0).with_data(data);
        assert_eq!(chip.unwrap(&command).is_ok(), accepted, "{ins:02X}");
    }
}

#[test]
fn commands_and_responses_alternate() {
    let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
    assert_eq!(terminal.unwrap(&ok(&[1])), Err(Error::OutOfStep));
    let protected = terminal.wrap(&read()).unwrap();
    assert_eq!(terminal.wrap(&read()), Err(Error::OutOfStep));
    chip.unwrap(&protected).unwrap();
    assert_eq!(chip.unwrap(&protected), Err(Error::OutOfStep));
    // None of that used up a number or closed anything.
    terminal.unwrap(&chip.wrap(&ok(&[])).unwrap()).unwrap();
    assert_eq!(
        terminal.send_sequence_counter(),
        chip.send_sequence_counter()
    );
    // A chip that answers twice has a fault of its own and stops.
    assert_eq!(chip.wrap(&ok(&[])), Err(Error::OutOfStep));
    assert!(!chip.is_open());
}

#[test]
fn replayed_swapped_and_reflected_messages_close_the_channel() {
    let record = || {
        let mut ends = channel(SymmetricCipher::Aes128);
        let first = exchange(&mut ends, &read(), &ok(&[1]));
        (ends, first)
    };
    // A command for the second time.
    let ((_, mut chip), (command, _)) = record();
    assert_eq!(chip.unwrap(&command), Err(Error::ObjectsIncorrect));
    assert!(!chip.is_open());
    // A response for the second time.
    let ((mut terminal, _), (_, response)) = record();
    terminal.wrap(&read()).unwrap();
    assert_eq!(terminal.unwrap(&response), Err(Error::ObjectsIncorrect));
    assert!(!terminal.is_open());
    assert_eq!(terminal.wrap(&read()), Err(Error::ChannelClosed));
    // The second command before the first.
    let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
    terminal.wrap(&read()).unwrap();
    let silence = ResponseApdu::new([], StatusWord::WRONG_LENGTH);
    assert!(terminal.unwrap(&silence).is_err());
    let second = terminal.wrap(&read()).unwrap();
    assert_eq!(chip.unwrap(&second), Err(Error::ObjectsIncorrect));
    // A channel with other keys.
    let ((mut terminal, _), _) = record();
    let (_, mut other) = channel(SymmetricCipher::Aes192);
    assert_eq!(
        other.unwrap(&terminal.wrap(&read()).unwrap()),
        Err(Error::ObjectsIncorrect)
    );
    // A response that nobody asked for.
    let ((mut terminal, _), (_, response)) = record();
    assert_eq!(terminal.unwrap(&response), Err(Error::OutOfStep));
}

#[test]
fn an_unprotected_error_keeps_the_terminal_in_step() {
    let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
    // The chip accepts the command and then answers with an unprotected error: it has numbered its
    // answer all the same.
    chip.unwrap(&terminal.wrap(&read()).unwrap()).unwrap();
    chip.wrap(&ok(&[])).unwrap();
    let status = StatusWord::WRONG_LENGTH;
    let refused = terminal.unwrap(&ResponseApdu::new([], status));
    assert_eq!(refused, Err(Error::UnprotectedStatus(status)));
    assert!(terminal.is_open());
    exchange(&mut (terminal, chip), &read(), &ok(&[1, 2, 3]));
}

#[test]
fn a_terminal_can_go_on_without_a_response_and_stay_in_step() {
    let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
    assert_eq!(terminal.skip_response(), Err(Error::OutOfStep));
    chip.unwrap(&terminal.wrap(&read()).unwrap()).unwrap();
    chip.wrap(&ok(&[])).unwrap();
    terminal.skip_response().unwrap();
    exchange(&mut (terminal, chip), &read(), &ok(&[1, 2, 3]));

    let (mut terminal, _) = channel(SymmetricCipher::Aes128);
    terminal.close();
    assert_eq!(terminal.skip_response(), Err(Error::ChannelClosed));
}

#[test]
fn an_unprotected_answer_that_ends_the_session_closes_the_terminals_channel() {
    for status in [0x6987, 0x6988, 0x9000, 0x6100, 0x6282, 0x63C1, 0x1234] {
        let (mut terminal, _) = channel(SymmetricCipher::Aes128);
        terminal.wrap(&read()).unwrap();
        let status = StatusWord(status);
        let refused = terminal.unwrap(&ResponseApdu::new([], status));
        assert_eq!(refused, Err(Error::UnprotectedStatus(status)));
        assert!(!terminal.is_open());
    }
}

#[test]
fn a_response_without_status_object_is_refused() {
    let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
    chip.unwrap(&terminal.wrap(&read()).unwrap()).unwrap();
    let answer = chip.wrap(&ok(&[1])).unwrap();
    // DO 87 of 19 bytes, DO 99 of 4, DO 8E of 10: without DO 99 the checksum is wrong, without DO 8E
    // it is missing.
    let without_status = [&answer.data[..19], &answer.data[23..]].concat();
    assert_eq!(
        terminal.unwrap(&ok(&without_status)),
        Err(Error::ObjectsIncorrect)
    );
    let (mut terminal, _) = channel(SymmetricCipher::Aes128);
    terminal.wrap(&read()).unwrap();
    assert_eq!(
        terminal.unwrap(&ok(&answer.data[..23])),
        Err(Error::ObjectsMissing)
    );
    assert!(!terminal.is_open());
}

#[test]
fn rekeying_needs_a_channel_that_is_open_and_idle() {
    let keys = || SessionKeys::from_bytes(SymmetricCipher::Aes128, &[3; 16], &[4; 16]).unwrap();
    let (terminal, chip) = channel(SymmetricCipher::Aes128);
    let mut ends = (terminal.rekey(keys()).unwrap(), chip.rekey(keys()).unwrap());
    exchange(&mut ends, &read(), &ok(&[1]));

    let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
    chip.unwrap(&terminal.wrap(&read()).unwrap()).unwrap();
    let (error, mut terminal) = terminal.rekey(keys()).unwrap_err();
    assert_eq!(error, Error::OutOfStep);
    let (error, mut chip) = chip.rekey(keys()).unwrap_err();
    assert_eq!(error, Error::OutOfStep);
    terminal.unwrap(&chip.wrap(&ok(&[])).unwrap()).unwrap();

    terminal.close();
    let (error, _) = terminal.rekey(keys()).unwrap_err();
    assert_eq!(error, Error::ChannelClosed);
}

#[test]
fn debug_output_shows_no_key() {
    let (terminal, _) = channel(SymmetricCipher::Aes128);
    let keys = SessionKeys::from_bytes(SymmetricCipher::Aes128, &[17; 16], &[34; 16]).unwrap();
    for shown in [format!("{terminal:?}"), format!("{keys:?}")] {
        assert!(!shown.contains("17, 17") && !shown.contains("1111") && !shown.contains("34, 34"));
    }
}

fn ciphers() -> impl Strategy<Value = SymmetricCipher> {
    prop::sample::select(&SymmetricCipher::ALL[..])
}

fn commands() -> impl Strategy<Value = CommandApdu> {
    let cla = prop::sample::select(&[0x00_u8, 0x10, 0x80, 0x90][..]);
    let data = prop::collection::vec(any::<u8>(), 0..600);
    (cla, any::<[u8; 3]>(), data, 0_u32..=65_536).prop_map(|(cla, [ins, p1, p2], data, ne)| {
        CommandApdu::new(cla, ins, p1, p2)
            .with_data(data)
            .with_ne(ne)
    })
}

fn responses() -> impl Strategy<Value = ResponseApdu> {
    (prop::collection::vec(any::<u8>(), 0..600), any::<u16>())
        .prop_map(|(data, status)| ResponseApdu::new(data, StatusWord(status)))
}

#[test]
fn no_bit_of_a_short_exchange_can_change() {
    let command = CommandApdu::new(0x00, 0xA4, 0x02, 0x04)
        .with_data([0x01, 0x1C])
        .with_ne(256);
    let response = ResponseApdu::new([0x6F, 0x00], StatusWord::OK);
    let (protected, answer) = exchange(&mut channel(SymmetricCipher::Aes128), &command, &response);
    for bit in 0..(4 + protected.data().len()) * 8 {
        let mut bytes = [&protected.header()[..], protected.data()].concat();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let [cla, ins, p1, p2, data @ ..] = &bytes[..] else {
            unreachable!()
        };
        let wrong = CommandApdu::new(*cla, *ins, *p1, *p2)
            .with_data(data)
            .with_ne(256);
        let (_, mut chip) = channel(SymmetricCipher::Aes128);
        assert!(chip.unwrap(&wrong).is_err() && !chip.is_open(), "bit {bit}");
    }
    for bit in 0..answer.to_bytes().len() * 8 {
        let mut bytes = answer.to_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (mut terminal, _) = channel(SymmetricCipher::Aes128);
        terminal.wrap(&command).unwrap();
        let refused = terminal.unwrap(&ResponseApdu::parse(&bytes).unwrap());
        assert!(refused.is_err() && !terminal.is_open(), "bit {bit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_conversation_survives_the_channel(
        cipher in ciphers(),
        conversation in prop::collection::vec((commands(), responses()), 1..8),
    ) {
        let mut ends = channel(cipher);
        for (command, response) in &conversation {
            let (wrapped, answer) = exchange(&mut ends, command, response);
            // What travels is what a reader can carry.
            prop_assert_eq!(CommandApdu::parse(&wrapped.to_bytes()).unwrap(), wrapped);
            prop_assert_eq!(ResponseApdu::parse(&answer.to_bytes()).unwrap(), answer);
        }
    }

    #[test]
    fn no_bit_of_a_protected_command_can_change(
        cipher in ciphers(),
        command in commands(),
        at in any::<prop::sample::Index>(),
    ) {
        let (mut terminal, mut chip) = channel(cipher);
        let wrapped = terminal.wrap(&command).unwrap();
        let mut bytes = wrapped.header().to_vec();
        bytes.extend_from_slice(wrapped.data());
        let bit = at.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let [cla, ins, p1, p2, data @ ..] = &bytes[..] else { unreachable!() };
        let wrong = CommandApdu::new(*cla, *ins, *p1, *p2).with_data(data).with_ne(256);
        let refused = chip.unwrap(&wrong);
        prop_assert!(matches!(refused, Err(Error::ObjectsIncorrect | Error::ObjectsMissing)));
        prop_assert!(!chip.is_open());
    }

    #[test]
    fn no_bit_of_a_protected_response_can_change(
        cipher in ciphers(),
        command in commands(),
        response in responses(),
        at in any::<prop::sample::Index>(),
    ) {
        let (mut terminal, mut chip) = channel(cipher);
        chip.unwrap(&terminal.wrap(&command).unwrap()).unwrap();
        let mut bytes = chip.wrap(&response).unwrap().to_bytes();
        let bit = at.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let refused = terminal.unwrap(&ResponseApdu::parse(&bytes).unwrap());
        prop_assert!(matches!(refused, Err(Error::ObjectsIncorrect | Error::ObjectsMissing)));
        prop_assert!(!terminal.is_open());
    }

    #[test]
    fn no_message_can_be_cut_short(
        command in commands(),
        response in responses(),
        at in any::<prop::sample::Index>(),
    ) {
        let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
        let wrapped = terminal.wrap(&command).unwrap();
        let answer = {
            let (_, mut honest) = channel(SymmetricCipher::Aes128);
            honest.unwrap(&wrapped).unwrap();
            honest.wrap(&response).unwrap()
        };
        let [cla, ins, p1, p2] = wrapped.header();
        let cut = &wrapped.data()[..at.index(wrapped.data().len())];
        prop_assert!(chip.unwrap(&CommandApdu::new(cla, ins, p1, p2).with_data(cut)).is_err());
        let cut = &answer.data[..at.index(answer.data.len())];
        prop_assert!(terminal.unwrap(&ResponseApdu::new(cut, answer.status)).is_err());
    }

    #[test]
    fn garbage_never_panics_and_never_opens(
        data in prop::collection::vec(any::<u8>(), 0..100),
        cla in any::<u8>(),
        status in any::<u16>(),
    ) {
        let (mut terminal, mut chip) = channel(SymmetricCipher::Aes128);
        let command = CommandApdu::new(cla, 0xB0, 0, 0).with_data(data.clone());
        prop_assert!(chip.unwrap(&command).is_err());
        terminal.wrap(&read()).unwrap();
        prop_assert!(terminal.unwrap(&ResponseApdu::new(data, StatusWord(status))).is_err());
    }
}
