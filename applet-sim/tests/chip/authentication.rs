//! Chip Authentication and Active Authentication in the ICAO application.

use iso7816::{CommandApdu, StatusWord};
use secure_channel::{
    Curve, EcPrivateKey, EcPublicKey, Error, SymmetricCipher,
    active_authentication::{self, Hash},
    chip_authentication::{
        ChipAuthenticationProtocol,
        terminal::{self, EphemeralKey},
    },
};

use crate::{
    card,
    reader::{EID, GM, ICAO, Reader},
};

const AES_128: ChipAuthenticationProtocol = ChipAuthenticationProtocol {
    cipher: SymmetricCipher::Aes128,
};
const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;

fn set_at(key_id: Option<u8>) -> CommandApdu {
    terminal::set_authentication_template(AES_128, key_id.as_ref().map(core::slice::from_ref))
}

fn in_icao_application() -> Reader {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::mrz());
    assert_eq!(reader.select_application(ICAO), StatusWord::OK);
    reader
}

fn ephemeral_key(data: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, 0x86, 0x00, 0x00)
        .with_data(data)
        .with_ne(256)
}

/// Runs Chip Authentication as a terminal that takes `public` for the chip's key, then reads DG1
/// over the new channel.
fn chip_authentication(reader: &mut Reader, public: EcPublicKey) -> Result<Vec<u8>, Error> {
    assert_eq!(reader.send(&set_at(Some(2))).status, StatusWord::OK);
    let ephemeral = EphemeralKey::generate(Curve::P256, &mut reader.rng)?;
    let (waiting, command) = terminal::start_version_1(AES_128, public, ephemeral)?;
    let response = reader.send(&command);
    assert_eq!(response.data, [0x7C, 0x00]);
    let old = reader.channel.take().unwrap();
    let mut unconfirmed = waiting.finish(&response, old).map_err(|(error, _)| error)?;
    let wrapped = unconfirmed.wrap(&CommandApdu::new(0x00, 0xB0, 0x81, 0x00).with_ne(256))?;
    let response = reader.transmit(&wrapped);
    let (channel, response, _) = unconfirmed.confirm(&response)?;
    reader.channel = Some(channel);
    Ok(response.data)
}

#[test]
fn chip_authentication_restarts_the_channel_with_new_keys() {
    let image = card::image();
    let mut reader = in_icao_application();
    let public = image
        .keys
        .chip_individual
        .unwrap()
        .key
        .public_key()
        .unwrap();
    let dg1 = image.icao.unwrap().dg1;
    assert_eq!(chip_authentication(&mut reader, public), Ok(dg1.clone()));
    assert_eq!(reader.read_file(1), Ok(dg1), "session and selection go on");
}

#[test]
fn a_chip_without_the_private_key_cannot_follow_into_the_new_channel() {
    let mut reader = in_icao_application();
    let other = EcPrivateKey::generate(Curve::P256, &mut reader.rng)
        .unwrap()
        .public_key()
        .unwrap();
    assert!(chip_authentication(&mut reader, other).is_err());
}

#[test]
fn the_key_is_found_with_and_without_its_identifier_but_not_under_another() {
    let mut reader = in_icao_application();
    assert_eq!(reader.send(&set_at(None)).status, StatusWord::OK);
    assert_eq!(reader.send(&set_at(Some(2))).status, StatusWord::OK);
    assert_eq!(
        reader.send(&set_at(Some(1))).status,
        StatusWord::REFERENCE_NOT_FOUND
    );
    let aes_256 = ChipAuthenticationProtocol {
        cipher: SymmetricCipher::Aes256,
    };
    let command = terminal::set_authentication_template(aes_256, None);
    assert_eq!(
        reader.send(&command).status,
        StatusWord::INCORRECT_DATA,
        "DG14 announces AES-128"
    );
}

#[test]
fn chip_authentication_runs_only_where_the_icao_application_is_open() {
    let mut reader = Reader::new(&card::image());
    assert_eq!(
        reader.send(&set_at(None)).status,
        DENIED,
        "without a session"
    );
    reader.pace(GM, &card::mrz());
    assert_eq!(
        reader.send(&set_at(None)).status,
        StatusWord::REFERENCE_NOT_FOUND,
        "in the master file"
    );
    for password in [card::can(), card::pin1(), card::puk()] {
        reader.reset();
        reader.pace(GM, &password);
        reader.select_application(EID);
        assert_eq!(reader.send(&set_at(None)).status, DENIED, "{password:?}");
    }
}

#[test]
fn a_bad_ephemeral_key_keeps_the_old_channel() {
    let mut reader = in_icao_application();
    let mut point = EcPrivateKey::generate(Curve::P256, &mut reader.rng)
        .unwrap()
        .public_key()
        .unwrap()
        .as_uncompressed()
        .to_vec();
    point[64] ^= 1;
    let mut off_curve = vec![0x7C, 0x43, 0x80, 0x41];
    off_curve.extend_from_slice(&point);
    for data in [
        &off_curve[..],
        &[0x7C, 0x00],
        &[0x7C, 0x02, 0x80, 0x00],
        &[],
    ] {
        assert_eq!(reader.send(&set_at(None)).status, StatusWord::OK);
        assert_eq!(
            reader.send(&ephemeral_key(data)).status,
            StatusWord::INCORRECT_DATA
        );
        assert_eq!(
            reader.send(&ephemeral_key(data)).status,
            StatusWord::CONDITIONS_NOT_SATISFIED,
            "the run is over"
        );
        assert!(reader.read_file(1).is_ok());
    }
}

#[test]
fn under_secure_messaging_only_what_is_answered_has_an_le() {
    let mut reader = in_icao_application();
    let asking = set_at(None).with_ne(256);
    assert_eq!(reader.send(&asking).status, StatusWord::WRONG_LENGTH);

    let ephemeral = EphemeralKey::generate(Curve::P256, &mut reader.rng).unwrap();
    let point = ephemeral.public_key().as_uncompressed();
    let data = [&[0x7C, 0x43, 0x80, 0x41], point].concat();
    let silent = CommandApdu::new(0x00, 0x86, 0x00, 0x00).with_data(data.clone());
    assert_eq!(reader.send(&set_at(None)).status, StatusWord::OK);
    assert_eq!(reader.send(&silent).status, StatusWord::WRONG_LENGTH);
    assert_eq!(
        reader.send(&ephemeral_key(&data)).status,
        StatusWord::CONDITIONS_NOT_SATISFIED,
        "the run is over"
    );
    assert!(reader.read_file(1).is_ok(), "the old keys stay");
}

#[test]
fn chip_authentication_is_one_command_and_no_chain() {
    let mut reader = in_icao_application();
    assert_eq!(reader.send(&set_at(None)).status, StatusWord::OK);
    let chained = CommandApdu::new(0x10, 0x86, 0x00, 0x00)
        .with_data([0x7C, 0x00])
        .with_ne(256);
    assert_eq!(
        reader.send(&chained).status,
        StatusWord::LAST_COMMAND_OF_CHAIN_EXPECTED
    );
}

#[test]
fn active_authentication_signs_the_challenge_with_the_key_of_dg15() {
    let image = card::image();
    let public = image
        .keys
        .active_authentication
        .unwrap()
        .public_key()
        .unwrap();
    let mut reader = in_icao_application();
    let challenge = *b"nonsense";
    let first = reader.send(&active_authentication::internal_authenticate(
        &challenge, 256,
    ));
    assert_eq!(first.status, StatusWord::OK);
    active_authentication::verify(&public, Hash::Sha256, &challenge, &first.data).unwrap();
    assert!(
        active_authentication::verify(&public, Hash::Sha256, b"nonsensf", &first.data).is_err()
    );
    let second = reader.send(&active_authentication::internal_authenticate(
        &challenge, 256,
    ));
    assert_ne!(first.data, second.data, "randomised");
}

#[test]
fn active_authentication_is_refused_elsewhere_and_malformed() {
    let challenge = active_authentication::internal_authenticate(&[0; 8], 256);
    let mut reader = Reader::new(&card::image());
    assert_eq!(reader.send(&challenge).status, DENIED, "without a session");
    reader.pace(GM, &card::pin1());
    assert_eq!(
        reader.send(&challenge).status,
        DENIED,
        "in a session of PIN1"
    );
    reader.reset();
    reader.pace(GM, &card::mrz());
    assert_eq!(
        reader.send(&challenge).status,
        StatusWord::REFERENCE_NOT_FOUND,
        "in the master file"
    );
    assert_eq!(reader.select_application(ICAO), StatusWord::OK);
    for length in [0, 7, 9] {
        let command = CommandApdu::new(0x00, 0x88, 0x00, 0x00)
            .with_data(vec![0; length])
            .with_ne(256);
        assert_eq!(reader.send(&command).status, StatusWord::WRONG_LENGTH);
    }
    let command = CommandApdu::new(0x00, 0x88, 0x00, 0x01)
        .with_data([0; 8])
        .with_ne(256);
    assert_eq!(reader.send(&command).status, StatusWord::INCORRECT_P1_P2);
}

#[test]
fn a_card_without_these_keys_does_not_find_them() {
    let mut image = card::image();
    image.keys.chip_individual = None;
    image.keys.active_authentication = None;
    let mut reader = Reader::new(&image);
    reader.pace(GM, &card::mrz());
    assert_eq!(reader.select_application(ICAO), StatusWord::OK);
    assert_eq!(
        reader.send(&set_at(None)).status,
        StatusWord::REFERENCE_NOT_FOUND
    );
    let challenge = active_authentication::internal_authenticate(&[0; 8], 256);
    assert_eq!(
        reader.send(&challenge).status,
        StatusWord::REFERENCE_NOT_FOUND
    );
}
