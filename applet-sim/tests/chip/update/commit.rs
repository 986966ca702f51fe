//! What the write that completes EF.SOD demands, and what becomes of the shadows.

use applet_sim::{CardImage, MemoryStore};
use cvc::Right;
use iso7816::{CommandApdu, StatusWord, tlv};
use lds::{DigestAlgorithm, LdsSecurityObject};
use sha2::{Digest, Sha224, Sha384, Sha512};

use super::{
    Groups, INCORRECT, OK, OUTSIDE, SOD, UPDATABLE, around, at_the_counter, contents,
    contents_after, d6, group, household_office, household_rights, open, sha_256, sod, sod_with,
    write,
};
use crate::{
    card,
    reader::{EID, Reader},
};

/// All groups of a card, with new contents of these.
fn with_new(image: &CardImage, numbers: &[u8]) -> Groups {
    let mut groups = image.eid.groups.clone();
    for number in numbers {
        groups.insert(*number, group(*number, &format!("new DG{number}")));
    }
    groups
}

/// Writes the groups that differ from those of the image.
fn write_new(reader: &mut Reader, image: &CardImage, groups: &Groups) {
    for (number, contents) in groups {
        if image.eid.groups.get(number) != Some(contents) {
            assert_eq!(write(reader, *number, contents), OK);
        }
    }
}

#[test]
fn all_groups_that_change_are_replaced_at_once() {
    let (image, mut reader) = at_the_counter();
    let groups = with_new(&image, &UPDATABLE);
    write_new(&mut reader, &image, &groups);
    assert_eq!(write(&mut reader, SOD, &sod(&groups)), OK);
    for number in UPDATABLE {
        assert_eq!(reader.read_file(number).as_ref(), Ok(&groups[&number]));
    }
    assert_eq!(contents_after(reader), (groups.clone(), sod(&groups)));
}

#[test]
fn one_session_may_update_twice() {
    let (image, mut reader) = at_the_counter();
    let first = with_new(&image, &[12]);
    write_new(&mut reader, &image, &first);
    assert_eq!(write(&mut reader, SOD, &sod(&first)), OK);
    let second = with_new(&image, &[12, 13]);
    assert_eq!(write(&mut reader, 13, &second[&13]), OK);
    assert_eq!(write(&mut reader, SOD, &sod(&second)), OK);
    assert_eq!(contents_after(reader), (second.clone(), sod(&second)));
}

#[test]
fn hashes_may_be_of_sha_256_384_and_512_and_of_nothing_weaker() {
    type Hash = fn(&[u8]) -> Vec<u8>;
    let functions: [(DigestAlgorithm, Hash, StatusWord); 4] = [
        (
            DigestAlgorithm::Sha384,
            |it| Sha384::digest(it).to_vec(),
            OK,
        ),
        (
            DigestAlgorithm::Sha512,
            |it| Sha512::digest(it).to_vec(),
            OK,
        ),
        (
            DigestAlgorithm::Sha224,
            |it| Sha224::digest(it).to_vec(),
            INCORRECT,
        ),
        // The function is refused before a hash is looked at.
        (DigestAlgorithm::Sha1, |_| vec![0; 20], INCORRECT),
    ];
    for (algorithm, hash, expected) in functions {
        let (image, mut reader) = at_the_counter();
        let groups = with_new(&image, &[12]);
        let hashes = groups.iter().map(|(n, it)| (*n, hash(it))).collect();
        write_new(&mut reader, &image, &groups);
        let status = write(&mut reader, SOD, &sod_with(algorithm, hashes));
        assert_eq!(status, expected, "{algorithm:?}");
        let updated = contents_after(reader).0 == groups;
        assert_eq!(updated, expected == OK, "{algorithm:?}");
    }
}

/// Hashes of these groups, changed.
fn changed(groups: &Groups, change: impl FnOnce(&mut Vec<(u8, Vec<u8>)>)) -> Vec<u8> {
    let mut hashes = sha_256(groups);
    change(&mut hashes);
    sod_with(DigestAlgorithm::Sha256, hashes)
}

fn flip(number: u8) -> impl FnOnce(&mut Vec<(u8, Vec<u8>)>) {
    move |hashes| {
        let mut hashes = hashes.iter_mut();
        let (_, hash) = hashes.find(|(n, _)| *n == number).unwrap();
        *hash.last_mut().unwrap() ^= 1;
    }
}

/// A terminal that holds the right to groups 12 and 13 has written a new group 12, and sends this EF.SOD.
fn refused(what: &str, new_sod: impl FnOnce(&CardImage, &Groups) -> Vec<u8>) {
    let office = household_office(&[12, 13]);
    let image = &office.image;
    let mut reader = Reader::new(image);
    open(
        &office,
        &mut reader,
        &card::can(),
        household_rights(),
        &UPDATABLE,
    );
    let groups = with_new(image, &[12]);
    write_new(&mut reader, image, &groups);
    let file = new_sod(image, &groups);
    assert_eq!(write(&mut reader, SOD, &file), INCORRECT, "{what}");
    // All shadows are gone: neither the rest of one nor EF.SOD for them is taken.
    assert_eq!(reader.send(&d6(12, 1, [0])).status, OUTSIDE, "{what}");
    assert_eq!(write(&mut reader, SOD, &sod(&groups)), INCORRECT, "{what}");
    assert_eq!(reader.read_file(12).as_ref(), Ok(&image.eid.groups[&12]));
    assert_eq!(reader.read_file(SOD).as_ref(), Ok(&image.eid.sod));
    let before = contents(reader.chip.memory().clone());
    assert_eq!(
        before,
        (image.eid.groups.clone(), image.eid.sod.clone()),
        "{what}"
    );
    // From the beginning it works.
    write_new(&mut reader, image, &groups);
    assert_eq!(write(&mut reader, SOD, &sod(&groups)), OK, "{what}");
    assert_eq!(contents_after(reader).0, groups, "{what}");
}

#[test]
fn an_ef_sod_that_does_not_agree_with_every_group_is_refused() {
    refused("the old one", |image, _| image.eid.sod.clone());
    refused("a wrong hash of the new group", |_, groups| {
        changed(groups, flip(12))
    });
    refused("a wrong hash of a group that stays", |_, groups| {
        changed(groups, flip(4))
    });
    refused("no hash of the new group", |_, groups| {
        changed(groups, |hashes| hashes.retain(|(n, _)| *n != 12))
    });
    refused("no hash of a group that stays", |_, groups| {
        changed(groups, |hashes| hashes.retain(|(n, _)| *n != 5))
    });
    for absent in [1, 10, 14, 15, 16] {
        refused("a hash of a group that is not there", |_, groups| {
            changed(groups, |hashes| hashes.push((absent, vec![0; 32])))
        });
    }
}

#[test]
fn groups_to_which_there_is_no_right_stay_as_they_are() {
    // Nobody could write them; that EF.SOD says they are others does not make it so.
    for number in [2, 3, 4, 5, 6, 7, 8, 9, 11] {
        refused("another group that stays", |image, _| {
            sod(&with_new(image, &[12, number]))
        });
    }
    refused("a group that was not written", |image, _| {
        sod(&with_new(image, &[12, 13]))
    });
}

#[test]
fn what_is_no_ef_sod_is_refused() {
    let hashes = |groups: &Groups| {
        let object = LdsSecurityObject::new(DigestAlgorithm::Sha256, sha_256(groups));
        object.unwrap().to_der().unwrap()
    };
    refused("nothing in it", |_, _| vec![0x77, 0x00]);
    refused("something else in it", |_, _| {
        tlv::encode(tlv::Tag(0x77), &[0x5A; 700])
    });
    refused("the hashes alone", |_, groups| {
        tlv::encode(tlv::Tag(0x77), &hashes(groups))
    });
    refused("nothing signed", |_, _| around(&[]));
    refused("something behind the hashes", |_, groups| {
        around(&[&hashes(groups)[..], &[0x05, 0x00]].concat())
    });
    refused("an unknown version", |_, groups| {
        let mut object = hashes(groups);
        let version = object.windows(3).position(|it| it == [2, 1, 0]).unwrap();
        object[version + 2] = 2;
        around(&object)
    });
    refused("something behind the object", |_, groups| {
        let good = sod(groups);
        let inner = tlv::find(&good, tlv::Tag(0x77)).unwrap().unwrap();
        tlv::encode(tlv::Tag(0x77), &[inner, &[0x05, 0x00]].concat())
    });
}

#[test]
fn an_update_with_a_group_that_is_not_complete_is_refused() {
    let (image, mut reader) = at_the_counter();
    let groups = with_new(&image, &[12]);
    write_new(&mut reader, &image, &groups);
    assert_eq!(write(&mut reader, 13, &group(13, "new DG13")[..50]), OK);
    // Neither with the old hash of group 13, nor with that of the part.
    assert_eq!(write(&mut reader, SOD, &sod(&groups)), INCORRECT);
    let mut part = with_new(&image, &[13]);
    part.get_mut(&13).unwrap().truncate(50);
    assert_eq!(write(&mut reader, 13, &part[&13]), OK);
    assert_eq!(write(&mut reader, SOD, &sod(&part)), INCORRECT);
    assert_eq!(contents_after(reader), (image.eid.groups, image.eid.sod));
}

#[test]
fn ef_sod_alone_may_be_signed_anew() {
    let (image, mut reader) = at_the_counter();
    let groups = image.eid.groups;
    let hashes = groups
        .iter()
        .map(|(n, it)| (*n, Sha512::digest(it).to_vec()));
    let anew = sod_with(DigestAlgorithm::Sha512, hashes.collect());
    assert_eq!(write(&mut reader, SOD, &anew), OK);
    assert_eq!(contents_after(reader), (groups, anew));
}

/// The chip knows no order of updates: whoever may write may write back. docs/threat-model.md says so.
#[test]
fn an_earlier_state_can_be_written_back_by_whoever_has_the_right() {
    let (image, mut reader) = at_the_counter();
    let groups = with_new(&image, &[12]);
    write_new(&mut reader, &image, &groups);
    assert_eq!(write(&mut reader, SOD, &sod(&groups)), OK);
    assert_eq!(write(&mut reader, 12, &image.eid.groups[&12]), OK);
    assert_eq!(write(&mut reader, SOD, &image.eid.sod), OK);
    assert_eq!(contents_after(reader), (image.eid.groups, image.eid.sod));
}

/// However a session ends, a shadow never gets into the next one.
#[test]
fn the_end_of_the_session_discards_what_was_not_completed() {
    type End = fn(&mut Reader);
    let ends: [(&str, End); 4] = [
        ("a plain command", |reader| {
            reader.raw(&[0x00, 0xA4, 0x00, 0x0C]);
        }),
        ("a reset", Reader::reset),
        ("a wrong checksum", |reader| {
            let mut command = reader.protected(&d6(SOD, 0, [0x77])).to_bytes();
            let last = command.len() - 2;
            command[last] ^= 1;
            let status = reader.raw(&command).status;
            assert_eq!(status, StatusWord::SM_OBJECTS_INCORRECT);
        }),
        ("what is no command", |reader| {
            assert_eq!(reader.raw(&[0x00]).status, StatusWord::WRONG_LENGTH);
        }),
    ];
    for (name, end) in ends {
        let office = household_office(&UPDATABLE);
        let mut reader = Reader::new(&office.image);
        open(
            &office,
            &mut reader,
            &card::can(),
            household_rights(),
            &UPDATABLE,
        );
        let groups = with_new(&office.image, &[12]);
        write_new(&mut reader, &office.image, &groups);
        let new_sod = sod(&groups);
        assert_eq!(write(&mut reader, SOD, &new_sod[..100]), OK);
        end(&mut reader);
        reader.channel = None;
        open(
            &office,
            &mut reader,
            &card::can(),
            household_rights(),
            &UPDATABLE,
        );
        assert_eq!(reader.send(&d6(SOD, 100, [0])).status, OUTSIDE, "{name}");
        assert_eq!(write(&mut reader, SOD, &new_sod), INCORRECT, "{name}");
        assert_eq!(contents_after(reader).0, office.image.eid.groups, "{name}");
    }
}

#[test]
fn a_memory_without_room_keeps_the_old_contents_and_goes_on() {
    let office = household_office(&UPDATABLE);
    let fits = |capacity| office.image.personalise(MemoryStore::new(capacity)).ok();
    // The least capacity in which the card fits, and what certificates change; not one long group more.
    let least = (10_000..)
        .step_by(64)
        .find(|it| fits(*it).is_some())
        .unwrap();
    let mut reader = Reader::with_memory(fits(least + 512).unwrap()).unwrap();
    open(
        &office,
        &mut reader,
        &card::can(),
        household_rights(),
        &UPDATABLE,
    );
    let mut groups = office.image.eid.groups.clone();
    groups.insert(12, tlv::encode(tlv::Tag(0x6C), &[0xA5; 8000]));
    assert_eq!(write(&mut reader, 12, &groups[&12]), OK);
    let status = write(&mut reader, SOD, &sod(&groups));
    assert_eq!(status, StatusWord::NOT_ENOUGH_MEMORY);
    let groups = with_new(&office.image, &[12]);
    assert_eq!(
        write(&mut reader, 12, &groups[&12]),
        OK,
        "the session goes on"
    );
    assert_eq!(write(&mut reader, SOD, &sod(&groups)), OK);
    assert_eq!(contents_after(reader).0, groups);
}

/// A session that may no longer write cannot complete what it began when it could.
#[test]
fn a_right_is_looked_at_again_when_the_update_is_completed() {
    let rights = household_rights().with(Right::PinManagement);
    let mut office = household_office(&[12]);
    office.terminal = office.verifier.terminal_to_update(rights, &[12]);
    let mut reader = Reader::new(&office.image);
    open(&office, &mut reader, &card::pin1(), rights, &[12]);
    let groups = with_new(&office.image, &[12]);
    write_new(&mut reader, &office.image, &groups);
    let new_sod = sod(&groups);
    assert_eq!(write(&mut reader, SOD, &new_sod[..400]), OK);
    // The terminal deactivates PIN1, and with it goes what PIN1 opened.
    let deactivate = CommandApdu::new(0x00, 0x04, 0x10, 0x03);
    assert_eq!(reader.send(&deactivate).status, OK);
    let rest = super::d7(SOD, 400, &new_sod[400..]);
    let status = reader.send(&rest).status;
    assert_eq!(status, super::DENIED);
    reader.reset();
    reader.pace(crate::reader::GM, &card::can());
    assert_eq!(reader.select_application(EID), OK);
    assert_eq!(
        reader.read_file(12).as_ref(),
        Ok(&office.image.eid.groups[&12])
    );
}
