//! MSE:Set AT and GENERAL AUTHENTICATE: suites, malformed data, order of the steps. None of it
//! costs a try.

use applet_sim::PaceSuite;
use iso7816::{CommandApdu, StatusWord, tlv};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{
    Curve, EcPrivateKey, Password, SymmetricCipher,
    pace::{Mapping, PaceProtocol},
};

use crate::{
    card,
    reader::{GM, Reader},
    zones::{AUTHENTICATION_TERMINAL, INSPECTION_SYSTEM},
};

const OK: StatusWord = StatusWord::OK;
const GM_OID: [u8; 12] = [
    0x80, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02,
];

fn set_at(reader: &mut Reader, parts: &[&[u8]]) -> StatusWord {
    reader
        .plain(&CommandApdu::new(0x00, 0x22, 0xC1, 0xA4).with_data(parts.concat()))
        .status
}

fn general_authenticate(cla: u8, data: &[u8]) -> CommandApdu {
    CommandApdu::new(cla, 0x86, 0x00, 0x00)
        .with_data(data)
        .with_ne(256)
}

fn suite(mapping: Mapping, cipher: SymmetricCipher, curve: Curve) -> PaceSuite {
    PaceSuite {
        protocol: PaceProtocol { mapping, cipher },
        curve,
    }
}

#[test]
fn every_suite_of_the_profile_runs() {
    for curve in Curve::ALL {
        for cipher in [SymmetricCipher::Aes128, SymmetricCipher::Aes256] {
            let suites = [Mapping::Generic, Mapping::ChipAuthentication]
                .map(|mapping| suite(mapping, cipher, curve));
            let mut image = card::image();
            image.options.suites = suites.into();
            let mut rng = ChaCha20Rng::seed_from_u64(4);
            image.keys.generation = EcPrivateKey::generate(curve, &mut rng).unwrap();
            for suite in suites {
                let mut reader = Reader::new(&image);
                let proof = reader.pace(suite, &card::pin1());
                if let Some(proof) = proof {
                    proof
                        .verify(&image.keys.generation.public_key().unwrap())
                        .unwrap();
                }
                assert_eq!(
                    reader.read_file(0x1D),
                    Ok(image.master_file.card_security.clone()),
                    "{suite:?}"
                );
            }
        }
    }
}

/// DO 65 with an authorization extension that nobody knows.
const EXTENSIONS: &[u8] = &[
    0x65, 0x0A, 0x73, 0x08, 0x06, 0x03, 0x2A, 0x03, 0x04, 0x53, 0x01, 0x01,
];

#[test]
fn data_objects_come_in_any_order_and_the_parameters_may_be_left_out() {
    let mut reader = Reader::new(&card::image());
    for parts in [
        &[&GM_OID[..], &[0x83, 0x01, 0x02]][..],
        &[&[0x83, 0x01, 0x02], &GM_OID],
        &[&[0x84, 0x01, 0x0C], &[0x83, 0x01, 0x02], &GM_OID],
        &[&GM_OID, &[0x83, 0x01, 0x02], AUTHENTICATION_TERMINAL],
        &[
            &GM_OID,
            &[0x83, 0x01, 0x02],
            AUTHENTICATION_TERMINAL,
            EXTENSIONS,
        ],
    ] {
        assert_eq!(set_at(&mut reader, parts), OK, "{parts:02X?}");
    }
}

#[test]
fn missing_parameters_select_12_where_there_are_several() {
    let mut image = card::image();
    let aes = SymmetricCipher::Aes128;
    image.options.suites = vec![
        suite(Mapping::Generic, aes, Curve::BrainpoolP256r1),
        suite(Mapping::Generic, aes, Curve::P256),
        suite(Mapping::Generic, SymmetricCipher::Aes256, Curve::P384),
    ];
    let mut reader = Reader::new(&image);
    reader.pace(GM, &card::can());
    reader.reset();
    reader.pace(
        suite(Mapping::Generic, SymmetricCipher::Aes256, Curve::P384),
        &card::can(),
    );

    image.options.suites.remove(1);
    image
        .options
        .suites
        .push(suite(Mapping::ChipAuthentication, aes, Curve::P256));
    let mut reader = Reader::new(&image);
    reader.pace(
        suite(Mapping::Generic, aes, Curve::BrainpoolP256r1),
        &card::can(),
    );
}

#[test]
fn malformed_templates_and_unknown_references_are_told_apart() {
    let mut reader = Reader::new(&card::image());
    let can = &[0x83, 0x01, 0x02][..];
    let mut other_oid = GM_OID;
    other_oid[11] = 0x01;
    for parts in [
        &[][..],
        &[can],
        &[&GM_OID],
        &[&GM_OID[..11], can],
        &[&other_oid, can],
        &[&GM_OID, &[0x83, 0x00]],
        &[&GM_OID, &[0x83, 0x02, 0x00, 0x02]],
        &[&GM_OID, can, can],
        &[&GM_OID, can, &[0x84, 0x00]],
        &[&GM_OID, can, &[0x85, 0x00]],
        &[&GM_OID, can, &[0x7F, 0x4C, 0x00]],
        &[&GM_OID, can, &[0x65, 0x00]],
        &[&GM_OID, can, EXTENSIONS],
        &[&GM_OID, can, AUTHENTICATION_TERMINAL, &[0x65, 0x00]],
        &[&GM_OID, can, &[0x00]],
    ] {
        assert_eq!(
            set_at(&mut reader, parts),
            StatusWord::INCORRECT_DATA,
            "{parts:02X?}"
        );
    }
    for parts in [
        &[&GM_OID[..], &[0x83, 0x01, 0x00]][..],
        &[&GM_OID, &[0x83, 0x01, 0x05]],
        &[&GM_OID, can, &[0x84, 0x01, 0x0D]],
        &[&GM_OID, can, &[0x84, 0x02, 0x00, 0x0C]],
    ] {
        assert_eq!(
            set_at(&mut reader, parts),
            StatusWord::REFERENCE_NOT_FOUND,
            "{parts:02X?}"
        );
    }
    for p1_p2 in [
        [0x00, 0x00],
        [0x81, 0xA6],
        [0xC1, 0xB6],
        [0x41, 0xA6],
        [0xF3, 0x01],
    ] {
        let command = CommandApdu::new(0x00, 0x22, p1_p2[0], p1_p2[1])
            .with_data([GM_OID.as_slice(), can].concat());
        assert_eq!(reader.plain(&command).status, StatusWord::INCORRECT_P1_P2);
    }
}

#[test]
fn a_terminal_names_a_password_that_its_kind_may_use() {
    let mut reader = Reader::new(&card::image());
    let mut without_can = AUTHENTICATION_TERMINAL.to_vec();
    *without_can.last_mut().unwrap() = 0xEF;
    for (chat, password, expected) in [
        (AUTHENTICATION_TERMINAL, card::can(), OK),
        (AUTHENTICATION_TERMINAL, card::pin1(), OK),
        (
            AUTHENTICATION_TERMINAL,
            card::mrz(),
            StatusWord::INCORRECT_DATA,
        ),
        (
            AUTHENTICATION_TERMINAL,
            card::puk(),
            StatusWord::INCORRECT_DATA,
        ),
        (&without_can, card::can(), StatusWord::INCORRECT_DATA),
        (&without_can, card::pin1(), OK),
        (INSPECTION_SYSTEM, card::mrz(), OK),
        (INSPECTION_SYSTEM, card::pin1(), StatusWord::INCORRECT_DATA),
    ] {
        assert_eq!(
            reader.set_at(GM, &password, chat),
            expected,
            "{password:?} {chat:02X?}"
        );
    }
}

#[test]
fn what_is_malformed_or_out_of_order_ends_the_run_and_costs_no_try() {
    let pin = card::pin1();
    let mut reader = Reader::new(&card::image());
    let point = EcPrivateKey::generate(Curve::P256, &mut reader.rng)
        .unwrap()
        .public_key()
        .unwrap();
    let mapping = tlv::encode(
        tlv::Tag(0x7C),
        &tlv::encode(tlv::Tag(0x81), point.as_uncompressed()),
    );
    let mut off_curve = mapping.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    let refused = StatusWord::INCORRECT_DATA;
    let nonce = general_authenticate(0x10, &[0x7C, 0x00]);
    for (commands, expected) in [
        (vec![general_authenticate(0x10, &[])], refused),
        (
            vec![general_authenticate(0x10, &[0x7C, 0x02, 0x81, 0x00])],
            refused,
        ),
        (
            vec![general_authenticate(0x10, &[0x7C, 0x00, 0x00])],
            refused,
        ),
        (vec![general_authenticate(0x10, &mapping)], refused),
        (vec![nonce.clone(), nonce.clone()], refused),
        (
            vec![nonce.clone(), general_authenticate(0x10, &off_curve)],
            refused,
        ),
        (
            vec![
                nonce.clone(),
                general_authenticate(0x10, &[0x7C, 0x03, 0x81, 0x01, 0x00]),
            ],
            refused,
        ),
        (
            vec![
                nonce.clone(),
                general_authenticate(0x10, &[0x7C, 0x0A, 0x85, 0x08, 0, 0, 0, 0, 0, 0, 0, 0]),
            ],
            refused,
        ),
        (
            vec![
                nonce.clone(),
                CommandApdu::new(0x10, 0x86, 0x00, 0x01).with_data(mapping.clone()),
            ],
            StatusWord::INCORRECT_P1_P2,
        ),
    ] {
        assert_eq!(reader.set_at(GM, &pin, &[]), OK);
        let (last, first) = commands.split_last().unwrap();
        for command in first {
            assert_eq!(reader.plain(command).status, OK);
        }
        let response = reader.plain(last);
        assert_eq!(response.status, expected, "{last:?}");
        assert!(response.data.is_empty());
    }
    assert_eq!(reader.set_at(GM, &pin, &[]), OK, "all tries are there");
}

#[test]
fn the_token_is_taken_in_one_form_only() {
    let pin = card::pin1();
    let mut reader = Reader::new(&card::image());
    for token in [
        &[0x7C, 0x02, 0x85, 0x00][..],
        &[0x7C, 0x09, 0x85, 0x07, 0, 0, 0, 0, 0, 0, 0],
        &[0x7C, 0x00],
    ] {
        reader.pace_up_to_the_token(GM, &pin);
        assert_eq!(
            reader.send(&general_authenticate(0x00, token)).status,
            StatusWord::INCORRECT_DATA
        );
    }
    // As one of a chain that goes on, although it is the last.
    let command = reader.pace_up_to_the_token(GM, &pin);
    let chained = general_authenticate(0x10, command.data());
    assert_eq!(
        reader.send(&chained).status,
        StatusWord::LAST_COMMAND_OF_CHAIN_EXPECTED
    );
    assert_eq!(
        reader.send(&command).status,
        StatusWord::CONDITIONS_NOT_SATISFIED,
        "the run is over"
    );
    assert_eq!(reader.set_at(GM, &pin, &[]), OK, "no try was spent");
}

#[test]
fn without_mse_set_at_general_authenticate_has_nothing_to_do() {
    let mut reader = Reader::new(&card::image());
    let nonce = general_authenticate(0x10, &[0x7C, 0x00]);
    assert_eq!(
        reader.plain(&nonce).status,
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
    assert_eq!(reader.set_at(GM, &card::can(), &[]), OK);
    assert_eq!(set_at(&mut reader, &[&GM_OID]), StatusWord::INCORRECT_DATA);
    assert_eq!(
        reader.plain(&nonce).status,
        StatusWord::CONDITIONS_NOT_SATISFIED,
        "a failed MSE:Set AT deselects"
    );
}

#[test]
fn any_other_command_between_the_steps_ends_the_run() {
    let mut reader = Reader::new(&card::image());
    for between in [
        CommandApdu::new(0x00, 0xA4, 0x00, 0x0C),
        CommandApdu::new(0x00, 0xB0, 0x9C, 0x00).with_ne(1),
        CommandApdu::new(0x00, 0xB0, 0x00, 0x00),
        CommandApdu::new(0x00, 0xFE, 0x00, 0x00),
        CommandApdu::new(0x80, 0xA4, 0x00, 0x0C),
    ] {
        let command = reader.pace_up_to_the_token(GM, &card::pin1());
        reader.plain(&between);
        assert_eq!(
            reader.plain(&command).status,
            StatusWord::CONDITIONS_NOT_SATISFIED,
            "{between:?}"
        );
    }
    let command = reader.pace_up_to_the_token(GM, &card::pin1());
    reader.reset();
    assert_eq!(
        reader.plain(&command).status,
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
}

#[test]
fn a_token_is_good_for_one_try() {
    let mut reader = Reader::new(&card::image());
    let command = reader.pace_up_to_the_token(GM, &Password::pin("000000").unwrap());
    assert_eq!(reader.plain(&command).status, StatusWord::wrong_secret(2));
    assert_eq!(
        reader.plain(&command).status,
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
    assert_eq!(
        reader.set_at(GM, &card::pin1(), &[]),
        StatusWord::wrong_secret(2)
    );
}

#[test]
fn impossible_suites_cannot_be_personalised() {
    let aes = SymmetricCipher::Aes128;
    let twice = vec![
        suite(Mapping::Generic, aes, Curve::P256),
        suite(Mapping::Generic, SymmetricCipher::Aes256, Curve::P256),
    ];
    let without_key = vec![suite(Mapping::ChipAuthentication, aes, Curve::P384)];
    for suites in [vec![], twice, without_key] {
        let mut image = card::image();
        image.options.suites = suites;
        assert!(
            image
                .personalise(applet_sim::MemoryStore::default())
                .is_err()
        );
    }
}
