//! Restricted Identification: who gets which identifier, and for which sector.

use std::{fs, path::Path};

use cvc::{Chat, Right, Role, TerminalType};
use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{
    Curve, EcPrivateKey, Hash, Password,
    restricted_identification::{
        RestrictedIdentificationProtocol, Sector, SectorIdentifier, SectorPublicKey, authority,
        terminal::{self, set_authentication_template},
    },
};

use crate::{
    agency::{everything, only, sectors},
    card,
    reader::{CAM, EID, Reader},
    terminal_authentication::{Office, office_with, pace},
};

const OK: StatusWord = StatusWord::OK;
const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
const FAILED: StatusWord = StatusWord::AUTHENTICATION_FAILED;
const INCORRECT: StatusWord = StatusWord::INCORRECT_DATA;
const NOT_FOUND: StatusWord = StatusWord::REFERENCE_NOT_FOUND;
const SHA_256: RestrictedIdentificationProtocol = RestrictedIdentificationProtocol::EcdhSha256;

/// The key ids of EF.CardSecurity.
const REVOCATION: u8 = 1;
const PSEUDONYM: u8 = 2;

fn key(curve: Curve, seed: u64) -> EcPrivateKey {
    EcPrivateKey::generate(curve, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap()
}

fn sector(seed: u64) -> SectorPublicKey {
    SectorPublicKey::new(SHA_256, key(Curve::P256, seed).public_key().unwrap()).unwrap()
}

/// An agency with these rights, whose certificate names these sectors.
fn agency(rights: Chat, named: [Option<&SectorPublicKey>; 2]) -> Office {
    let digests = named.map(|sector| sector.map(|sector| sector.digest(Hash::Sha256)));
    let [first, second] = &digests;
    office_with(rights, sectors([first.as_deref(), second.as_deref()]))
}

/// An agency that may everything, in one sector.
fn in_sector(sector: &SectorPublicKey) -> Office {
    agency(everything(Role::Terminal), [Some(sector), None])
}

/// Its terminal, opened with PIN1.
fn opened(office: &Office) -> Reader {
    let mut reader = Reader::new(&office.image);
    office.open(&mut reader, &card::pin1(), everything(Role::Terminal));
    reader
}

fn select(reader: &mut Reader, key_id: u8) -> StatusWord {
    let command = set_authentication_template(SHA_256, Some(&[key_id]));
    reader.send(&command).status
}

fn step(
    reader: &mut Reader,
    which: Sector,
    sector: &SectorPublicKey,
) -> Result<SectorIdentifier, StatusWord> {
    let (state, command) = terminal::start(SHA_256, which, sector);
    let response = reader.send(&command);
    if !response.status.is_ok() {
        assert!(response.data.is_empty());
        return Err(response.status);
    }
    Ok(state.finish(&response).unwrap())
}

/// Both commands, for the first sector; the status word of the one that is refused.
fn identifier(
    reader: &mut Reader,
    key_id: u8,
    sector: &SectorPublicKey,
) -> Result<SectorIdentifier, StatusWord> {
    match select(reader, key_id) {
        OK => step(reader, Sector::First, sector),
        refused => Err(refused),
    }
}

/// What a terminal may send that has written the data objects itself.
fn raw(reader: &mut Reader, data: &[u8]) -> ResponseApdu {
    let data = tlv::encode(tlv::Tag(0x7C), data);
    let command = CommandApdu::new(0x00, 0x86, 0x00, 0x00).with_data(data);
    reader.send(&command.with_ne(256))
}

/// The test of AusweisApp's simulated card: its key, the command, and the answer.
#[test]
fn the_card_answers_as_the_simulated_card_of_ausweisapp_does() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/ausweisapp/simulated-card.json");
    let vectors: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let bytes = |name: &str| -> Vec<u8> {
        let text = vectors["restricted_identification"][name].as_str().unwrap();
        let digits = text.as_bytes().chunks(2);
        digits
            .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    };
    let command_data = bytes("command_data");
    // 7C 82 xx xx A0 82 xx xx
    let object = tlv::encode(tlv::Tag(0x7F49), &command_data[8..]);
    let hash = Hash::Sha256.digest(&[&object]);
    let mut office = office_with(everything(Role::Terminal), sectors([Some(&hash), None]));
    office.image.keys.revocation =
        EcPrivateKey::from_bytes(Curve::BrainpoolP256r1, &bytes("private_key")).ok();
    let mut reader = opened(&office);
    let select = CommandApdu::parse(&bytes("set_authentication_template")).unwrap();
    assert_eq!(reader.send(&select).status, OK);
    let command = CommandApdu::new(0x00, 0x86, 0x00, 0x00).with_data(command_data);
    let response = reader.send(&command.with_ne(256));
    assert_eq!(response, ResponseApdu::new(bytes("response_data"), OK));
}

#[test]
fn a_sector_gets_the_same_identifier_every_time_and_every_sector_another_one() {
    let (health, tax) = (sector(1), sector(2));
    let of = |sector: &SectorPublicKey, key_id| {
        identifier(&mut opened(&in_sector(sector)), key_id, sector).unwrap()
    };
    let all = [
        of(&health, PSEUDONYM),
        of(&health, REVOCATION),
        of(&tax, PSEUDONYM),
        of(&tax, REVOCATION),
    ];
    assert_eq!(of(&health, PSEUDONYM), all[0]);
    assert_eq!(of(&health, REVOCATION), all[1]);
    for (index, one) in all.iter().enumerate() {
        assert!(!all[index + 1..].contains(one), "{index}");
    }
    let mut other = in_sector(&health);
    other.image.keys.pseudonym = Some(key(Curve::P256, 3));
    let other = identifier(&mut opened(&other), PSEUDONYM, &health).unwrap();
    assert_ne!(other, all[0], "another card");
}

#[test]
fn an_identifier_is_what_the_keys_agree_on_and_the_authorities_find_a_lost_card_by_it() {
    let (sector_key, revocation_key) = (key(Curve::P256, 4), key(Curve::P256, 5));
    let public = revocation_key.public_key().unwrap();
    let sector = authority::sector_public_key(SHA_256, &sector_key, &public).unwrap();
    let office = in_sector(&sector);
    let mut reader = opened(&office);
    let found = identifier(&mut reader, REVOCATION, &sector).unwrap();
    let card_key = office.image.keys.revocation.as_ref().unwrap();
    let transformed = authority::revoke(&revocation_key, &card_key.public_key().unwrap()).unwrap();
    let listed = authority::sector_identifier(SHA_256, &sector_key, &transformed).unwrap();
    assert_eq!(found, listed);
    // The same authorities do not find out the pseudonym: its key never left the card.
    assert_ne!(identifier(&mut reader, PSEUDONYM, &sector).unwrap(), listed);
}

#[test]
fn a_terminal_that_moves_asks_for_both_of_its_sectors() {
    let (old, new) = (sector(1), sector(2));
    let office = agency(everything(Role::Terminal), [Some(&old), Some(&new)]);
    let mut reader = opened(&office);
    assert_eq!(select(&mut reader, PSEUDONYM), OK);
    let first = step(&mut reader, Sector::First, &old).unwrap();
    let second = step(&mut reader, Sector::Second, &new).unwrap();
    let alone = |sector| identifier(&mut opened(&in_sector(sector)), PSEUDONYM, sector).unwrap();
    assert_eq!((first, second), (alone(&old), alone(&new)));
    // Each in its place, and not both in one command.
    assert_eq!(select(&mut reader, PSEUDONYM), OK);
    assert_eq!(step(&mut reader, Sector::Second, &old).err(), Some(FAILED));
    assert_eq!(select(&mut reader, PSEUDONYM), OK);
    let content = |sector: &SectorPublicKey| {
        let object = sector.to_data_object();
        tlv::find(&object, tlv::Tag(0x7F49))
            .unwrap()
            .unwrap()
            .to_vec()
    };
    let both = [
        tlv::encode(tlv::Tag(0xA0), &content(&old)),
        tlv::encode(tlv::Tag(0xA2), &content(&new)),
    ];
    assert_eq!(raw(&mut reader, &both.concat()).status, INCORRECT);
}

#[test]
fn a_sector_that_the_certificate_does_not_name_is_refused() {
    let (own, foreign) = (sector(1), sector(2));
    let office = in_sector(&own);
    let mut reader = opened(&office);
    for key_id in [REVOCATION, PSEUDONYM] {
        assert_eq!(
            identifier(&mut reader, key_id, &foreign).err(),
            Some(FAILED)
        );
        assert!(identifier(&mut reader, key_id, &own).is_ok());
    }
    // After a failure the protocol is over.
    assert_eq!(select(&mut reader, PSEUDONYM), OK);
    assert_eq!(
        step(&mut reader, Sector::First, &foreign).err(),
        Some(FAILED)
    );
    let over = step(&mut reader, Sector::First, &own).err();
    assert_eq!(over, Some(StatusWord::CONDITIONS_NOT_SATISFIED));
    // A certificate with no sectors at all.
    let nowhere = crate::terminal_authentication::office(everything(Role::Terminal));
    let mut reader = opened(&nowhere);
    assert_eq!(identifier(&mut reader, PSEUDONYM, &own).err(), Some(FAILED));
}

#[test]
fn a_pseudonym_needs_the_right_and_the_revocation_check_none() {
    let health = sector(1);
    let (all, right) = (everything(Role::Terminal), Right::RestrictedIdentification);
    for (certified, confirmed, pseudonym) in [
        (only(&[right]), all, Ok(())),
        (all, only(&[right]), Ok(())),
        (all.without(right), all, Err(DENIED)),
        (all, all.without(right), Err(DENIED)),
        (only(&[]), only(&[]), Err(DENIED)),
    ] {
        let office = agency(certified, [Some(&health), None]);
        let mut reader = Reader::new(&office.image);
        office.open(&mut reader, &card::pin1(), confirmed);
        for (key_id, expected) in [(REVOCATION, Ok(())), (PSEUDONYM, pseudonym)] {
            // Either key can be named; what the terminal may do with it is judged where it does it (B.14.2).
            assert_eq!(select(&mut reader, key_id), OK);
            let got = step(&mut reader, Sector::First, &health).map(|_| ());
            assert_eq!(got, expected, "{key_id} {certified:?} {confirmed:?}");
        }
        // After a refusal the protocol is over.
        if pseudonym.is_err() {
            let over = step(&mut reader, Sector::First, &health).err();
            assert_eq!(over, Some(StatusWord::CONDITIONS_NOT_SATISFIED));
        }
    }
}

#[test]
fn the_can_serves_a_terminal_that_may_use_it_and_no_other() {
    let health = sector(1);
    let all = everything(Role::Terminal);
    for (certified, expected) in [(all, Ok(())), (all.without(Right::CanAllowed), Err(DENIED))] {
        let office = agency(certified, [Some(&health), None]);
        let mut reader = Reader::new(&office.image);
        office.open(&mut reader, &card::can(), all);
        for key_id in [REVOCATION, PSEUDONYM] {
            let given = identifier(&mut reader, key_id, &health).map(|_| ());
            assert_eq!(given, expected);
        }
    }
}

#[test]
fn a_signature_terminal_gets_no_identifier() {
    let health = sector(1);
    let chat = Chat::all(TerminalType::SignatureTerminal, Role::Terminal);
    let office = agency(chat, [Some(&health), None]);
    let mut reader = Reader::new(&office.image);
    office.open(&mut reader, &card::pin1(), chat);
    for key_id in [REVOCATION, PSEUDONYM] {
        assert_eq!(select(&mut reader, key_id), DENIED);
    }
}

#[test]
fn there_is_no_identifier_before_chip_authentication_nor_in_a_local_session() {
    let health = sector(1);
    let office = in_sector(&health);
    let mut reader = Reader::new(&office.image);
    let denied = |reader: &mut Reader, when: &str| {
        for key_id in [REVOCATION, PSEUDONYM] {
            assert_eq!(select(reader, key_id), DENIED, "{when}");
            let (_, command) = terminal::start(SHA_256, Sector::First, &health);
            let status = reader.send(&command).status;
            assert_eq!(status, StatusWord::CONDITIONS_NOT_SATISFIED, "{when}");
        }
    };
    denied(&mut reader, "in plain");
    let (id_picc, _) = pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    denied(&mut reader, "after PACE");
    assert_eq!(office.chain(&mut reader), OK);
    let nothing = secure_channel::auxiliary_data::AuxiliaryData::none();
    let committed = office
        .authenticate_asking(&mut reader, &id_picc, nothing, |signature| signature)
        .unwrap();
    denied(&mut reader, "after Terminal Authentication");
    office.prove_chip(&mut reader, committed).unwrap();
    assert!(identifier(&mut reader, PSEUDONYM, &health).is_ok());
    let passwords: [Password; 4] = [card::can(), card::pin1(), card::mrz(), card::puk()];
    for password in passwords {
        reader.reset();
        reader.pace(CAM, &password);
        denied(&mut reader, "in a local session");
    }
}

#[test]
fn a_point_that_is_on_no_curve_is_refused_even_if_the_certificate_names_it() {
    let good = sector(1).to_data_object();
    let good = tlv::find(&good, tlv::Tag(0x7F49)).unwrap().unwrap();
    // 86 41 04 x y, 87 01 01: the last byte of y.
    let mut bad = good.to_vec();
    let last = bad.len() - 4;
    bad[last] ^= 1;
    let other_curve = key(Curve::P384, 1).public_key().unwrap();
    let other_curve = SectorPublicKey::new(SHA_256, other_curve)
        .unwrap()
        .to_data_object();
    let other_curve = tlv::find(&other_curve, tlv::Tag(0x7F49)).unwrap().unwrap();
    for (content, expected) in [(good, OK), (&bad, INCORRECT), (other_curve, INCORRECT)] {
        let hash = Hash::Sha256.digest(&[&tlv::encode(tlv::Tag(0x7F49), content)]);
        let office = office_with(everything(Role::Terminal), sectors([Some(&hash), None]));
        let mut reader = opened(&office);
        assert_eq!(select(&mut reader, PSEUDONYM), OK);
        let answer = raw(&mut reader, &tlv::encode(tlv::Tag(0xA0), content));
        assert_eq!(answer.status, expected);
        assert_eq!(answer.data.is_empty(), expected != OK);
    }
}

#[test]
fn the_terminal_names_the_key_and_the_protocol_that_the_card_announces() {
    let health = sector(1);
    let mut office = in_sector(&health);
    let mut reader = opened(&office);
    let named = |protocol, key_id: Option<&[u8]>| set_authentication_template(protocol, key_id);
    for (command, expected) in [
        (named(SHA_256, None), INCORRECT),
        (named(SHA_256, Some(&[])), INCORRECT),
        (named(SHA_256, Some(&[0])), NOT_FOUND),
        (named(SHA_256, Some(&[3])), NOT_FOUND),
        (named(SHA_256, Some(&[0, 2])), NOT_FOUND),
        (
            named(RestrictedIdentificationProtocol::EcdhSha384, Some(&[2])),
            INCORRECT,
        ),
        (named(SHA_256, Some(&[2])), OK),
    ] {
        assert_eq!(reader.send(&command).status, expected, "{command:?}");
    }
    let chained = terminal::start(SHA_256, Sector::First, &health)
        .1
        .to_bytes();
    let chained = CommandApdu::parse(&[&[0x10], &chained[1..]].concat()).unwrap();
    assert_eq!(
        reader.send(&chained).status,
        StatusWord::LAST_COMMAND_OF_CHAIN_EXPECTED
    );
    assert_eq!(select(&mut reader, PSEUDONYM), OK);
    assert_eq!(raw(&mut reader, &[]).status, INCORRECT);
    // Whatever comes in between ends it.
    assert_eq!(select(&mut reader, PSEUDONYM), OK);
    assert_eq!(reader.select_application(EID), OK);
    let over = step(&mut reader, Sector::First, &health).err();
    assert_eq!(over, Some(StatusWord::CONDITIONS_NOT_SATISFIED));
    // The session is what it was, and the eID application as good a place as the master file.
    assert!(reader.read_file(3).is_ok());
    assert!(identifier(&mut reader, PSEUDONYM, &health).is_ok());

    // A card that has no such keys.
    office.image.keys.revocation = None;
    office.image.keys.pseudonym = None;
    let mut reader = opened(&office);
    for key_id in [REVOCATION, PSEUDONYM] {
        assert_eq!(select(&mut reader, key_id), NOT_FOUND);
    }
    assert_eq!(reader.select_application(EID), OK);
    assert!(reader.read_file(3).is_ok(), "the rest works");
}
