//! The steps that are one command, the same whenever it is sent.

use iso7816::{CommandApdu, ins, tlv};
use neweid_tests::fuzzing::marked_card::PIN1;
use neweid_tests::terminal::{EID, ICAO};

use super::super::step::{Directory, Manage, Step};

const OTHER_PIN1: &str = "135790";

/// The command of a step that is one and the same whenever it is sent.
pub(super) fn command(step: &Step) -> CommandApdu {
    let apdu = |ins, p1, p2| CommandApdu::new(0x00, ins, p1, p2);
    match step {
        Step::Select(Directory::MasterFile) => apdu(ins::SELECT, 0x00, 0x0C),
        Step::Select(Directory::Eid) => apdu(ins::SELECT, 0x04, 0x0C).with_data(EID),
        Step::Select(Directory::Icao) => apdu(ins::SELECT, 0x04, 0x0C).with_data(ICAO),
        Step::SelectFile(id) => apdu(ins::SELECT, 0x02, 0x0C).with_data([0x01, *id]),
        Step::Read {
            short_id,
            offset,
            ne,
        } => apdu(ins::READ_BINARY, 0x80 | short_id, *offset).with_ne(*ne),
        Step::ReadOdd {
            short_id,
            offset,
            ne,
        } => apdu(ins::READ_BINARY_ODD, 0x00, *short_id)
            .with_data(tlv::encode(tlv::Tag(0x54), &offset.to_be_bytes()))
            .with_ne(*ne),
        Step::ReadCurrent { offset } => {
            let [p1, p2] = offset.to_be_bytes();
            apdu(ins::READ_BINARY, p1, p2).with_ne(256)
        }
        Step::Update { short_id, odd } => {
            let tag = match short_id {
                0x1D => 0x77,
                group => 0x60 + group,
            };
            let start = [tag, 0x40, 0xEE, 0xEE];
            if *odd {
                let mut data = tlv::encode(tlv::Tag(0x54), &[0]);
                tlv::push(&mut data, tlv::Tag(0x53), &start);
                apdu(ins::UPDATE_BINARY_ODD, 0x00, *short_id).with_data(data)
            } else {
                apdu(ins::UPDATE_BINARY, 0x80 | short_id, 0x00).with_data(start)
            }
        }
        Step::Manage(manage) => match manage {
            Manage::Change => apdu(ins::RESET_RETRY_COUNTER, 0x02, 0x03).with_data(OTHER_PIN1),
            Manage::ChangeBack => apdu(ins::RESET_RETRY_COUNTER, 0x02, 0x03).with_data(PIN1),
            Manage::Unblock => apdu(ins::RESET_RETRY_COUNTER, 0x03, 0x03),
            Manage::Activate => apdu(ins::ACTIVATE, 0x10, 0x03),
            Manage::Deactivate => apdu(ins::DEACTIVATE, 0x10, 0x03),
        },
        Step::Ask { kind, verify: true } => kind.verify(),
        Step::Ask {
            kind,
            verify: false,
        } => kind.compare(),
        _ => unreachable!("more than one command"),
    }
}
