//! UPDATE BINARY of certificates: who may, for which key, and all or nothing.

use cvc::{Chat, Right};
use iso7816::{CommandApdu, StatusWord, tlv};

use super::{
    CERTIFICATES, CIA, DENIED, INCORRECT, NOT_FOUND, OK, PIN2, at_the_authority, authority,
    certificate, enter, every_right, generate, image, p256, public_key_info, reader, reopened, rsa,
    slots, verify,
};
use crate::{
    agency::only,
    card,
    reader::{EID, Reader},
};

const FULL: StatusWord = StatusWord::NOT_ENOUGH_MEMORY;
const OUTSIDE: StatusWord = StatusWord::WRONG_P1_P2;

fn d7(short_id: u8, offset: usize, data: &[u8]) -> CommandApdu {
    let offset = u32::try_from(offset).unwrap();
    let mut objects = tlv::encode(tlv::Tag(0x54), &offset.to_be_bytes());
    tlv::push(&mut objects, tlv::Tag(0x53), data);
    CommandApdu::new(0x00, 0xD7, 0x00, short_id).with_data(objects)
}

fn write_from(reader: &mut Reader, short_id: u8, contents: &[u8], from: usize) -> StatusWord {
    let mut status = OK;
    for (part, offset) in contents.chunks(200).zip((0..).step_by(200)) {
        if offset >= from && status.is_ok() {
            status = reader.send(&d7(short_id, offset, part)).status;
        }
    }
    status
}

fn write(reader: &mut Reader, short_id: u8, contents: &[u8]) -> StatusWord {
    write_from(reader, short_id, contents, 0)
}

fn ready_with(office: &crate::terminal_authentication::Office, rights: Chat) -> Reader {
    let mut reader = at_the_authority(office, &card::pin1(), rights);
    assert_eq!(verify(&mut reader, PIN2), OK);
    reader
}

fn ready(rights: Chat) -> Reader {
    ready_with(&authority(rights), rights)
}

/// The keys of the card, and what stands in its certificates.
fn keys() -> [Vec<u8>; 3] {
    [rsa(0), p256(502), rsa(1)].map(|key| public_key_info(&key))
}

fn old() -> [Vec<u8>; 3] {
    slots(&mut image()).map(|slot| slot.certificate.clone().unwrap())
}

#[test]
fn a_certificate_of_the_slots_key_takes_the_place_of_the_old_one() {
    let mut reader = ready(every_right());
    for ((short_id, key), old) in CERTIFICATES.into_iter().zip(keys()).zip(old()) {
        let new = certificate(&key, 1111);
        let (last, first) = (&new[1000..], &new[..1000]);
        assert_eq!(write(&mut reader, short_id, first), OK);
        assert_eq!(reader.read_file(short_id), Ok(old), "until it is complete");
        assert_eq!(reader.send(&d7(short_id, 1000, last)).status, OK);
        assert_eq!(reader.read_file(short_id), Ok(new));
    }
    let mut reader = reopened(&reader.chip.into_memory());
    enter(&mut reader, &card::can());
    assert_eq!(verify(&mut reader, PIN2), OK);
    for (short_id, key) in CERTIFICATES.into_iter().zip(keys()) {
        assert_eq!(reader.read_file(short_id), Ok(certificate(&key, 1111)));
    }
}

#[test]
fn a_certificate_of_another_key_is_refused_in_whatever_slot() {
    let mut reader = ready(every_right());
    for (place, short_id) in CERTIFICATES.into_iter().enumerate() {
        for (other, key) in keys().into_iter().enumerate() {
            if other != place {
                let wrong = certificate(&key, 1111);
                assert_eq!(write(&mut reader, short_id, &wrong), INCORRECT);
            }
        }
        let mut key = keys()[place].clone();
        let last = key.len() - 1;
        key[last] ^= 1;
        let wrong = certificate(&key, 1111);
        assert_eq!(write(&mut reader, short_id, &wrong), INCORRECT);
        assert_eq!(reader.read_file(short_id), Ok(old()[place].clone()));
    }
}

#[test]
fn what_is_no_certificate_is_refused_when_it_is_complete() {
    let mut reader = ready(every_right());
    for wrong in [
        &[0x30, 0x00][..],
        &[0x30, 0x02, 0x30, 0x00],
        &tlv::encode(tlv::Tag(0x30), &keys()[0]),
    ] {
        assert_eq!(write(&mut reader, 0x0B, wrong), INCORRECT, "{wrong:02X?}");
    }
    // Another tag, a length field that is not the shortest, bytes behind the end.
    for wrong in [&[0x31, 0x00][..], &[0x30, 0x81, 0x02], &[0x30, 0x00, 0x00]] {
        assert_eq!(reader.send(&d7(0x0B, 0, wrong)).status, INCORRECT);
    }
    assert_eq!(reader.read_file(0x0B), Ok(old()[0].clone()));
}

#[test]
fn a_certificate_has_at_most_4096_bytes() {
    let mut reader = ready(every_right());
    let [key, ..] = keys();
    let longest = certificate(&key, 4096);
    assert_eq!(write(&mut reader, 0x0B, &longest), OK);
    assert_eq!(write(&mut reader, 0x0B, &certificate(&key, 4097)), FULL);
    assert_eq!(reader.read_file(0x0B), Ok(longest));
}

#[test]
fn each_certificate_needs_its_own_right() {
    for (rights, allowed) in [
        (
            only(&[Right::InstallQualifiedCertificate]),
            [true, false, false],
        ),
        (only(&[Right::InstallCertificate]), [false, true, true]),
        (only(&[Right::PinManagement]), [false, false, false]),
    ] {
        let mut reader = ready(rights);
        for ((short_id, key), allowed) in CERTIFICATES.into_iter().zip(keys()).zip(allowed) {
            let expected = if allowed { OK } else { DENIED };
            let found = write(&mut reader, short_id, &certificate(&key, 999));
            assert_eq!(found, expected, "{short_id:02X}");
        }
    }
}

#[test]
fn without_pin2_or_without_a_terminal_nothing_is_written() {
    let [key, ..] = keys();
    let new = certificate(&key, 999);
    let office = authority(every_right());
    let mut terminal = at_the_authority(&office, &card::pin1(), every_right());
    assert_eq!(write(&mut terminal, 0x0B, &new), DENIED);
    let mut reader = reader(&image());
    for password in [card::can(), card::pin1(), card::puk()] {
        enter(&mut reader, &password);
        assert_eq!(verify(&mut reader, PIN2), OK);
        assert_eq!(write(&mut reader, 0x0B, &new), DENIED);
        // The directory files are written by nobody.
        assert_eq!(write(&mut reader, 0x04, &new), DENIED);
    }
    assert_eq!(verify(&mut terminal, PIN2), OK);
    assert_eq!(write(&mut terminal, 0x04, &new), DENIED);
    assert_eq!(write(&mut terminal, 0x0B, &new), OK);
}

#[test]
fn a_slot_without_a_key_takes_no_certificate() {
    let mut office = authority(every_right());
    for slot in slots(&mut office.image) {
        (slot.key, slot.certificate) = (None, None);
    }
    let mut reader = ready_with(&office, every_right());
    let [key, ..] = keys();
    assert_eq!(write(&mut reader, 0x0B, &certificate(&key, 999)), NOT_FOUND);
}

#[test]
fn it_is_written_from_its_first_byte_to_its_last_without_gaps() {
    let mut reader = ready(every_right());
    let [key, ..] = keys();
    let new = certificate(&key, 999);
    assert_eq!(reader.send(&d7(0x0B, 200, &new[200..])).status, OUTSIDE);
    assert_eq!(reader.send(&d7(0x0B, 0, &new[..200])).status, OK);
    assert_eq!(reader.send(&d7(0x0B, 100, &new[100..])).status, OUTSIDE);
    assert_eq!(reader.send(&d7(0x0B, 201, &new[201..])).status, OUTSIDE);
    assert_eq!(reader.send(&d7(0x0B, 200, &new[200..])).status, OK);
    assert_eq!(reader.send(&d7(0x0B, 999, &[0])).status, OUTSIDE);
    assert_eq!(reader.read_file(0x0B), Ok(new));
}

/// What happens while a certificate is being written.
type Between<'a> = &'a dyn Fn(&mut Reader);

#[test]
fn another_file_or_a_selection_or_a_new_key_drops_what_was_begun() {
    let [key, ..] = keys();
    let new = certificate(&key, 999);
    let other = certificate(&keys()[1], 999);
    let read_another = |reader: &mut Reader| assert_eq!(reader.read_short(0x04).status, OK);
    let write_another = |reader: &mut Reader| {
        assert_eq!(reader.send(&d7(0x0C, 0, &other[..100])).status, OK);
    };
    let select_another = |reader: &mut Reader| assert_eq!(reader.select_file(0x4333), OK);
    let reselect = |reader: &mut Reader| {
        assert_eq!(reader.select_application(CIA), OK);
        assert_eq!(verify(reader, PIN2), OK);
    };
    let leave = |reader: &mut Reader| {
        assert_eq!(reader.select_application(EID), OK);
        assert_eq!(reader.select_application(CIA), OK);
        assert_eq!(verify(reader, PIN2), OK);
    };
    let renew = |reader: &mut Reader| {
        let command = generate(0x80, 0xB6, 0x81, Some(0x31));
        assert_eq!(reader.send(&command).status, OK);
    };
    let nothing = |_: &mut Reader| {};
    let all: [(Between<'_>, StatusWord); 7] = [
        (&nothing, OK),
        (&read_another, OUTSIDE),
        (&write_another, OUTSIDE),
        (&select_another, OUTSIDE),
        (&reselect, OUTSIDE),
        (&leave, OUTSIDE),
        (&renew, OUTSIDE),
    ];
    for (number, (between, expected)) in all.into_iter().enumerate() {
        let mut reader = ready(every_right());
        assert_eq!(reader.send(&d7(0x0B, 0, &new[..200])).status, OK);
        between(&mut reader);
        let found = write_from(&mut reader, 0x0B, &new, 200);
        assert_eq!(found, expected, "{number}");
    }
}

#[test]
fn the_end_of_the_session_drops_it_too() {
    let [key, ..] = keys();
    let new = certificate(&key, 999);
    let office = authority(every_right());
    let mut reader = ready_with(&office, every_right());
    assert_eq!(write(&mut reader, 0x0B, &new[..800]), OK);
    reader.reset();
    office.open(&mut reader, &card::pin1(), every_right());
    assert_eq!(reader.select_application(CIA), OK);
    assert_eq!(verify(&mut reader, PIN2), OK);
    assert_eq!(write_from(&mut reader, 0x0B, &new, 800), OUTSIDE);
    assert_eq!(reader.read_file(0x0B), Ok(old()[0].clone()));
}
