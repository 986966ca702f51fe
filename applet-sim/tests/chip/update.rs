//! UPDATE BINARY: new contents of the eID application, all or nothing.

mod commit;
mod power;
mod rights;
mod sequences;
mod writing;

use std::collections::BTreeMap;

use applet_sim::{CardImage, MemoryStore};
use cvc::{Chat, Extensions, Right, Role, group_update};
use iso7816::{CommandApdu, StatusWord, tlv};
use lds::{DigestAlgorithm, LdsSecurityObject};
use secure_channel::{CompressedPublicKey, Password, SecureMessaging};
use sha2::{Digest, Sha256};

use crate::{
    agency::{everything, only},
    card,
    reader::{EID, GM, Reader},
    terminal_authentication::{Office, office},
};

const OK: StatusWord = StatusWord::OK;
const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
const INCORRECT: StatusWord = StatusWord::INCORRECT_DATA;
const OUTSIDE: StatusWord = StatusWord::WRONG_P1_P2;

/// Short identifier of EF.SOD.
const SOD: u8 = 0x1D;
/// The groups that change in the life of a card (docs/chip-profile.md, section 4).
const UPDATABLE: [u8; 6] = [3, 6, 7, 11, 12, 13];

type Groups = BTreeMap<u8, Vec<u8>>;

/// A group as one data object of its tag.
fn group(number: u8, contents: &str) -> Vec<u8> {
    tlv::encode(
        tlv::Tag(0x60 + u32::from(number)),
        card::contents(contents, 200).as_slice(),
    )
}

fn sha_256(groups: &Groups) -> Vec<(u8, Vec<u8>)> {
    let hash = |contents: &Vec<u8>| Sha256::digest(contents).to_vec();
    groups.iter().map(|(n, it)| (*n, hash(it))).collect()
}

/// EF.SOD with the hashes of these groups. Nobody has signed it: the chip could not tell.
fn sod(groups: &Groups) -> Vec<u8> {
    sod_with(DigestAlgorithm::Sha256, sha_256(groups))
}

fn sod_with(algorithm: DigestAlgorithm, hashes: Vec<(u8, Vec<u8>)>) -> Vec<u8> {
    let object = LdsSecurityObject::new(algorithm, hashes).unwrap();
    around(&object.to_der().unwrap())
}

/// The rest of EF.SOD around its content.
fn around(object: &[u8]) -> Vec<u8> {
    let wrapped = |tag, parts: &[&[u8]]| tlv::encode(tlv::Tag(tag), &parts.concat());
    let content_type = [0x06, 0x06, 0x67, 0x81, 0x08, 0x01, 0x01, 0x01];
    let octets = wrapped(0x04, &[object]);
    let content = wrapped(0x30, &[&content_type, &wrapped(0xA0, &[&octets])]);
    let (version, algorithms, signers) = ([2, 1, 3], [0x31, 0], [0x31, 0]);
    let signed_data = wrapped(0x30, &[&version, &algorithms, &content, &signers]);
    let signed_data_type = [
        0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02,
    ];
    let info = wrapped(0x30, &[&signed_data_type, &wrapped(0xA0, &[&signed_data])]);
    wrapped(0x77, &[&info])
}

/// UPDATE BINARY by short identifier, the offset in P2.
fn d6(short_id: u8, offset: u8, data: impl Into<Vec<u8>>) -> CommandApdu {
    CommandApdu::new(0x00, 0xD6, 0x80 | short_id, offset).with_data(data)
}

/// UPDATE BINARY by short identifier, the offset in a data object.
fn d7(short_id: u8, offset: u32, data: &[u8]) -> CommandApdu {
    let mut objects = tlv::encode(tlv::Tag(0x54), &offset.to_be_bytes());
    tlv::push(&mut objects, tlv::Tag(0x53), data);
    CommandApdu::new(0x00, 0xD7, 0x00, short_id).with_data(objects)
}

/// What a household office needs, with the CAN as well as with PIN1.
fn household_rights() -> Chat {
    let reading: Vec<Right> = UPDATABLE.map(Right::ReadGroup).into();
    only(&reading).with(Right::CanAllowed)
}

/// A household office that may replace these groups, and a card whose EF.SOD agrees with its groups.
fn household_office(updates: &[u8]) -> Office {
    office_with(household_rights(), updates)
}

fn office_with(rights: Chat, updates: &[u8]) -> Office {
    let mut office = office(rights);
    office.terminal = office.verifier.terminal_to_update(rights, updates);
    let image = &mut office.image;
    image.icao = None;
    for (number, contents) in &mut image.eid.groups {
        *contents = group(*number, &format!("old DG{number}"));
    }
    image.eid.sod = sod(&image.eid.groups);
    office
}

/// PACE with a CHAT and the right to these updates.
fn pace(
    reader: &mut Reader,
    password: &Password,
    confirmed: Chat,
    updates: &[u8],
) -> CompressedPublicKey {
    let extension = group_update(updates.iter().copied());
    let extensions = Extensions::new([extension]).unwrap().to_value();
    let mut authorization = confirmed.to_bytes();
    tlv::push(&mut authorization, tlv::Tag(0x65), &extensions);
    let selected = reader.set_at(GM, password, &authorization);
    assert!(!selected.is_error(), "{selected}");
    let established = reader.run_pace(GM, password).unwrap();
    reader.channel = Some(SecureMessaging::new(established.session_keys));
    established.id_picc
}

/// Everything up to the terminal's rights, and the eID application.
fn open(
    office: &Office,
    reader: &mut Reader,
    password: &Password,
    confirmed: Chat,
    updates: &[u8],
) {
    let id_picc = pace(reader, password, confirmed, updates);
    assert_eq!(office.chain(reader), OK);
    let committed = office.authenticate(reader, &id_picc, |it| it).unwrap();
    office.prove_chip(reader, committed).unwrap();
    assert_eq!(reader.select_application(EID), OK);
}

/// A card at the counter of a household office that may replace everything that changes.
fn at_the_counter() -> (CardImage, Reader) {
    let office = household_office(&UPDATABLE);
    let mut reader = Reader::new(&office.image);
    open(
        &office,
        &mut reader,
        &card::can(),
        household_rights(),
        &UPDATABLE,
    );
    (office.image, reader)
}

/// Writes a whole file, two hundred bytes at a time; the status word of the last write, or of the first that
/// is refused.
fn write(reader: &mut Reader, short_id: u8, contents: &[u8]) -> StatusWord {
    let mut status = OK;
    for (part, offset) in contents.chunks(200).zip((0..).step_by(200)) {
        status = reader.send(&d7(short_id, offset, part)).status;
        if !status.is_ok() {
            break;
        }
    }
    status
}

/// Everything in the eID application of a card, as an agency reads it that may read all of it.
fn contents(memory: MemoryStore) -> (Groups, Vec<u8>) {
    let mut reader = Reader::with_memory(memory).unwrap();
    let office = office_with(everything(Role::Terminal), &[]);
    let rights = everything(Role::Terminal);
    open(&office, &mut reader, &card::pin1(), rights, &[]);
    let groups = (1..=16).filter_map(|n| match reader.read_file(n) {
        Ok(contents) => Some((n, contents)),
        Err(status) => {
            assert_eq!(status, StatusWord::FILE_NOT_FOUND, "DG{n}");
            None
        }
    });
    let groups = groups.collect();
    (groups, reader.read_file(SOD).unwrap())
}

/// The contents of the card in this reader, which is left without a session.
fn contents_after(reader: Reader) -> (Groups, Vec<u8>) {
    contents(reader.chip.into_memory())
}
