//! Random commands: the chip answers each, never panics, and loses nothing by it.

use iso7816::{CommandApdu, ResponseApdu, StatusWord};
use proptest::prelude::*;
use transport::CardDevice;

use crate::{
    card,
    reader::{EID, GM, ICAO, Reader},
};

/// Bytes that are, or nearly are, commands.
fn command() -> impl Strategy<Value = Vec<u8>> {
    let ins = prop_oneof![
        4 => prop::sample::select(&[0x04, 0x22, 0x2C, 0x44, 0x86, 0x88, 0xA4, 0xB0, 0xB1, 0xC0, 0xC2][..]),
        1 => any::<u8>(),
    ];
    let cla = prop_oneof![
        6 => prop::sample::select(&[0x00, 0x10, 0x0C, 0x1C][..]),
        1 => any::<u8>(),
    ];
    let parameters = prop_oneof![
        3 => prop::sample::select(&[
            [0x00, 0x00], [0x04, 0x0C], [0x02, 0x04], [0x08, 0x00], [0xC1, 0xA4], [0x41, 0xA4], [0x02, 0x03], [0x03, 0x03],
            [0x10, 0x03], [0x9C, 0x00], [0x9D, 0x00], [0x82, 0x00],
        ][..]),
        1 => any::<[u8; 2]>(),
    ];
    let data = prop_oneof![
        2 => Just(vec![]),
        1 => prop::sample::select(&[EID, ICAO, &[0x01, 0x02], &[0x54, 0x01, 0x00], &[0x7C, 0x00], b"123456"][..]).prop_map(<[u8]>::to_vec),
        1 => reference().prop_map(|r| [&[0x80, 0x0A][..], &GM.protocol.oid(), &[0x83, 0x01, r]].concat()),
        1 => prop::collection::vec(any::<u8>(), 0..80),
        1 => prop::collection::vec(prop::sample::select(&[0x7C, 0x80, 0x81, 0x83, 0x85, 0x87, 0x8E, 0x99, 0x00, 0x01, 0x02, 0x08][..]), 0..40),
    ];
    let ne = prop_oneof![Just(0u32), Just(256), Just(65_536), 1u32..300];
    let formed = (cla, ins, parameters, data, ne).prop_map(|(cla, ins, [p1, p2], data, ne)| {
        CommandApdu::new(cla, ins, p1, p2)
            .with_data(data)
            .with_ne(ne)
            .to_bytes()
    });
    let damaged = (
        formed.boxed(),
        any::<prop::sample::Index>(),
        any::<u8>(),
        0..6u8,
    )
        .prop_map(|(mut bytes, at, value, how)| {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = value,
                1 => bytes.truncate(at),
                2 => bytes.push(value),
                _ => {}
            }
            bytes
        });
    prop_oneof![8 => damaged, 1 => prop::collection::vec(any::<u8>(), 0..300)]
}

fn reference() -> impl Strategy<Value = u8> {
    0u8..6
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn plain_commands_are_answered_and_cost_nothing(commands in prop::collection::vec(command(), 1..60)) {
        let mut reader = Reader::new(&card::image());
        let before = reader.chip.memory().durable_bytes().to_vec();
        for command in commands {
            let response = reader.chip.process(&command);
            prop_assert!((2..=0x7FFF).contains(&response.len()), "{:02X?}", command);
            let status = ResponseApdu::parse(&response).unwrap().status;
            prop_assert!(matches!(status.0 >> 8, 0x61..=0x6F | 0x90));
            prop_assert!(status != StatusWord::UNKNOWN, "{:02X?}: no diagnosis", command);
        }
        prop_assert_eq!(reader.chip.memory().durable_bytes(), before);
    }

    #[test]
    fn protected_commands_are_answered_in_the_channel_and_cost_nothing(
        who in 0usize..3,
        commands in prop::collection::vec(command(), 1..40),
    ) {
        let mut reader = Reader::new(&card::image());
        let start = |reader: &mut Reader| {
            reader.reset();
            reader.pace(GM, &[card::can(), card::mrz(), card::puk()][who]);
        };
        start(&mut reader);
        for command in commands {
            let Ok(mut command) = CommandApdu::parse(&command) else { continue };
            if command.ins() == 0x44 || command.ins() == 0x2C {
                command = CommandApdu::new(command.cla(), 0x20, command.p1(), command.p2());
            }
            let Ok(wrapped) = reader.channel.as_mut().unwrap().wrap(&command) else { continue };
            let response = reader.transmit(&wrapped);
            match reader.channel.as_mut().unwrap().unwrap(&response) {
                Ok(response) => prop_assert!(response.status != StatusWord::UNKNOWN, "{:?}", command),
                // A class byte that no channel carries: the session is over.
                Err(_) => {
                    prop_assert!(response.data.is_empty() && response.status.is_error(), "{:?} {:?}", command, response);
                    start(&mut reader);
                }
            }
        }
        reader.reset();
        for password in [card::pin1(), card::puk()] {
            prop_assert_eq!(reader.set_at(GM, &password, &[]), StatusWord::OK);
        }
    }
}
