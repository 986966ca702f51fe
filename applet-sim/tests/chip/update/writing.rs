//! How shadows are written, one command at a time.

use iso7816::{CommandApdu, StatusWord, tlv};

use super::{
    Groups, INCORRECT, OK, OUTSIDE, SOD, at_the_counter, contents_after, d6, d7, group,
    household_office, household_rights, open, sod, write,
};
use crate::{card, reader::Reader};

const FULL: StatusWord = StatusWord::NOT_ENOUGH_MEMORY;
const LENGTH: StatusWord = StatusWord::WRONG_LENGTH;
const PARAMETERS: StatusWord = StatusWord::INCORRECT_P1_P2;

fn apdu(ins: u8, p1_p2: u16, data: &[u8]) -> CommandApdu {
    let [p1, p2] = p1_p2.to_be_bytes();
    CommandApdu::new(0x00, ins, p1, p2).with_data(data)
}

/// The groups of a card with a new household address.
fn moved(old: &Groups) -> Groups {
    let mut groups = old.clone();
    groups.insert(12, group(12, "new DG12"));
    groups
}

#[test]
fn commands_are_refused_by_their_form_before_anything_else() {
    let (_, mut reader) = at_the_counter();
    let offset = [0x54, 0x01, 0x00];
    let object = |offset: &[u8], data: &[u8]| [offset, data].concat();
    for (command, expected) in [
        (apdu(0xD6, 0x8C00, &[]), LENGTH),
        (apdu(0xD6, 0x8000, &[0x6C]), PARAMETERS),
        (apdu(0xD6, 0x9F00, &[0x6C]), PARAMETERS),
        (apdu(0xD6, 0xAC00, &[0x6C]), PARAMETERS),
        (apdu(0xD6, 0x8A00, &[0x6A]), StatusWord::FILE_NOT_FOUND),
        (apdu(0xD6, 0x0000, &[0x6C]), StatusWord::COMMAND_NOT_ALLOWED),
        (
            apdu(0xD7, 0x0000, &object(&offset, &[0x53, 0x01, 0x6C])),
            StatusWord::COMMAND_NOT_ALLOWED,
        ),
        (
            apdu(0xD7, 0x001F, &object(&offset, &[0x53, 0x01, 0x6C])),
            PARAMETERS,
        ),
        (
            apdu(0xD7, 0x010E, &object(&offset, &[0x53, 0x01, 0x6E])),
            StatusWord::FILE_NOT_FOUND,
        ),
        (apdu(0xD7, 0x000C, &[]), INCORRECT),
        (apdu(0xD7, 0x000C, &offset), INCORRECT),
        (
            apdu(0xD7, 0x000C, &object(&offset, &[0x53, 0x00])),
            INCORRECT,
        ),
        (
            apdu(0xD7, 0x000C, &object(&offset, &[0x53, 0x02, 0x6C])),
            INCORRECT,
        ),
        (
            apdu(0xD7, 0x000C, &object(&offset, &[0x73, 0x01, 0x6C])),
            INCORRECT,
        ),
        (
            apdu(0xD7, 0x000C, &object(&[0x53, 0x01, 0x6C], &offset)),
            INCORRECT,
        ),
        (
            apdu(0xD7, 0x000C, &object(&[0x54, 0x00], &[0x53, 0x01, 0x6C])),
            INCORRECT,
        ),
        (
            apdu(
                0xD7,
                0x000C,
                &object(&[0x54, 0x05, 0, 0, 0, 0, 0], &[0x53, 0x01, 0x6C]),
            ),
            INCORRECT,
        ),
        (
            apdu(
                0xD7,
                0x000C,
                &object(&offset, &[0x53, 0x01, 0x6C, 0x53, 0x01, 0x00]),
            ),
            INCORRECT,
        ),
    ] {
        assert_eq!(reader.send(&command).status, expected, "{command:?}");
    }
    let with_le = d6(12, 0, [0x6C]).with_ne(256);
    assert_eq!(reader.send(&with_le).status, OK, "Le is ignored");
    assert_eq!(
        reader.send(&d6(12, 0, [0x6C])).status,
        OK,
        "nothing is lost by that"
    );
}

/// Every way to address and to cut a file leads to the same contents.
#[test]
fn a_file_is_written_by_any_form_of_the_command() {
    type Way = fn(&mut Reader, &[u8]);
    let ways: [(&str, Way); 5] = [
        ("short identifiers, offsets in P2", |reader, file| {
            for (part, offset) in file.chunks(90).zip((0..).step_by(90)) {
                assert_eq!(reader.send(&d6(12, offset, part)).status, OK);
            }
        }),
        ("the current file, offsets of 15 bits", |reader, file| {
            let (first, rest) = file.split_at(1);
            assert_eq!(reader.send(&d6(12, 0, first)).status, OK);
            for (part, offset) in rest.chunks(7).zip((1..).step_by(7)) {
                let command = apdu(0xD6, offset, part);
                assert_eq!(reader.send(&command).status, OK);
            }
        }),
        (
            "file identifiers, offsets in data objects",
            |reader, file| {
                for (part, offset) in file.chunks(60).zip((0..).step_by(60)) {
                    let mut objects = vec![0x54, 0x01, offset];
                    tlv::push(&mut objects, tlv::Tag(0x53), part);
                    assert_eq!(reader.send(&apdu(0xD7, 0x010C, &objects)).status, OK);
                }
            },
        ),
        ("a file that was selected", |reader, file| {
            assert_eq!(reader.select_file(0x010C), OK);
            for (part, offset) in file.chunks(100).zip((0..).step_by(100)) {
                let whole = d7(0, offset, part);
                assert_eq!(reader.send(&whole).status, OK);
            }
        }),
        ("one command in a chain of parts", |reader, file| {
            let whole = d7(12, 0, file);
            let parts: Vec<_> = whole.data().chunks(50).collect();
            let (last, parts) = parts.split_last().unwrap();
            for part in parts {
                let part = CommandApdu::new(0x10, 0xD7, 0x00, 12).with_data(*part);
                assert_eq!(reader.send(&part).status, OK);
            }
            let last = CommandApdu::new(0x00, 0xD7, 0x00, 12).with_data(*last);
            assert_eq!(reader.send(&last).status, OK);
        }),
    ];
    for (name, way) in ways {
        let (image, mut reader) = at_the_counter();
        let groups = moved(&image.eid.groups);
        way(&mut reader, &groups[&12]);
        assert_eq!(write(&mut reader, SOD, &sod(&groups)), OK, "{name}");
        assert_eq!(
            contents_after(reader),
            (groups.clone(), sod(&groups)),
            "{name}"
        );
    }
}

#[test]
fn what_is_read_is_the_old_contents_until_ef_sod_is_complete() {
    let (image, mut reader) = at_the_counter();
    let groups = moved(&image.eid.groups);
    let new_sod = sod(&groups);
    assert_eq!(write(&mut reader, 12, &groups[&12]), OK);
    assert_eq!(reader.read_file(12).unwrap(), image.eid.groups[&12]);
    let (last, first) = new_sod.split_last().unwrap();
    assert_eq!(write(&mut reader, SOD, first), OK);
    assert_eq!(reader.read_file(12).unwrap(), image.eid.groups[&12]);
    assert_eq!(reader.read_file(SOD).unwrap(), image.eid.sod);
    let offset = u32::try_from(first.len()).unwrap();
    assert_eq!(reader.send(&d7(SOD, offset, &[*last])).status, OK);
    assert_eq!(reader.read_file(12).unwrap(), groups[&12]);
    assert_eq!(reader.read_file(SOD).unwrap(), new_sod);
}

#[test]
fn a_file_is_written_from_its_first_byte_to_its_last() {
    let (image, mut reader) = at_the_counter();
    let groups = moved(&image.eid.groups);
    let file = &groups[&12];
    let length = u32::try_from(file.len()).unwrap();
    let mut status = |command| reader.send(&command).status;
    assert_eq!(
        status(d7(12, 1, &file[1..])),
        OUTSIDE,
        "it has no beginning"
    );
    assert_eq!(status(d7(12, 0, &file[..50])), OK);
    assert_eq!(status(d7(12, 51, &file[51..])), OUTSIDE, "a gap");
    assert_eq!(status(d7(12, 49, &file[49..])), OUTSIDE, "written already");
    assert_eq!(status(d7(12, u32::MAX, &file[50..])), OUTSIDE);
    let behind = [&file[50..], &[0]].concat();
    assert_eq!(status(d7(12, 50, &behind)), INCORRECT, "behind its end");
    // What was refused has not changed anything.
    assert_eq!(status(d7(12, 50, &file[50..])), OK);
    assert_eq!(status(d7(12, length, &[0])), OUTSIDE, "it is complete");
    assert_eq!(write(&mut reader, SOD, &sod(&groups)), OK);
    assert_eq!(contents_after(reader).0, groups);
}

#[test]
fn offset_0_begins_anew_and_the_last_contents_count() {
    let (image, mut reader) = at_the_counter();
    let groups = moved(&image.eid.groups);
    assert_eq!(
        write(&mut reader, 12, &group(12, "another")),
        OK,
        "complete"
    );
    assert_eq!(
        write(&mut reader, 12, &group(12, "a third")[..70]),
        OK,
        "begun"
    );
    assert_eq!(write(&mut reader, 12, &groups[&12]), OK);
    assert_eq!(
        write(&mut reader, SOD, &sod(&image.eid.groups)[..70]),
        OK,
        "begun"
    );
    assert_eq!(write(&mut reader, SOD, &sod(&groups)), OK);
    assert_eq!(contents_after(reader).0, groups);
}

#[test]
fn what_is_no_data_object_of_the_files_own_tag_is_refused_at_once() {
    let (_, mut reader) = at_the_counter();
    let mut status = |short_id, data: &[u8]| reader.send(&d6(short_id, 0, data)).status;
    assert_eq!(status(12, &[0x6B, 0x00]), INCORRECT, "the tag of DG11");
    assert_eq!(status(12, &[0x77, 0x00]), INCORRECT, "the tag of EF.SOD");
    assert_eq!(status(SOD, &[0x7D, 0x00]), INCORRECT);
    assert_eq!(status(SOD, &[0x30, 0x00]), INCORRECT, "without its tag");
    assert_eq!(status(12, &[0x6C, 0x80]), INCORRECT, "an indefinite length");
    assert_eq!(
        status(12, &[0x6C, 0x81, 0x05]),
        INCORRECT,
        "not the shortest length"
    );
    assert_eq!(status(12, &[0x6C, 0x85, 0, 0, 0, 0, 1]), INCORRECT);
    assert_eq!(
        status(12, &[0x6C, 0x01, 0x05, 0x00]),
        INCORRECT,
        "two objects"
    );
    assert_eq!(status(12, &[0x6C, 0x81]), OK, "it may go on well");
    assert_eq!(status(SOD, &[0x77]), OK);
}

#[test]
fn a_file_of_more_than_8192_bytes_is_refused_as_soon_as_it_says_so() {
    let (image, mut reader) = at_the_counter();
    let status = |reader: &mut Reader, data: &[u8]| reader.send(&d7(12, 0, data)).status;
    assert_eq!(status(&mut reader, &[0x6C, 0x82, 0x1F, 0xFD]), FULL);
    assert_eq!(
        status(&mut reader, &[0x6C, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]),
        FULL
    );
    let whole = tlv::encode(tlv::Tag(0x6C), &[0xA5; 8189]);
    assert_eq!(status(&mut reader, &whole), FULL, "8193 bytes at once");
    let mut groups = image.eid.groups;
    groups.insert(12, tlv::encode(tlv::Tag(0x6C), &[0xA5; 8188]));
    assert_eq!(write(&mut reader, 12, &groups[&12]), OK, "8192 bytes");
    assert_eq!(write(&mut reader, SOD, &sod(&groups)), OK);
    assert_eq!(contents_after(reader).0, groups);
}

#[test]
fn a_group_that_the_card_does_not_have_is_not_made() {
    let mut office = household_office(&[12, 13]);
    office.image.eid.groups.remove(&13);
    office.image.eid.sod = sod(&office.image.eid.groups);
    let mut reader = Reader::new(&office.image);
    open(
        &office,
        &mut reader,
        &card::can(),
        household_rights(),
        &[12, 13],
    );
    let status = reader.send(&d6(13, 0, [0x6D])).status;
    assert_eq!(status, StatusWord::FILE_NOT_FOUND);
    assert_eq!(reader.send(&d6(12, 0, [0x6C])).status, OK);
}

#[test]
fn parts_in_and_out_of_the_session_never_join() {
    let (image, mut reader) = at_the_counter();
    let whole = d7(12, 0, &group(12, "new DG12"));
    let (first, second) = whole.data().split_at(100);
    let first = CommandApdu::new(0x10, 0xD7, 0x00, 12).with_data(first);
    assert_eq!(reader.send(&first).status, OK);
    let second = CommandApdu::new(0x00, 0xD7, 0x00, 12).with_data(second);
    let status = reader.plain(&second).status;
    assert!(status.is_error(), "{status}");
    assert_eq!(contents_after(reader).0, image.eid.groups);
}
