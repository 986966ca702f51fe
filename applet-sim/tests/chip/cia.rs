//! The cryptographic information application: the natural-person certificate.

mod certificates;
mod decipherment;
mod directory_files;
mod generation;
mod life_cycle;
mod pin2;
mod power;
mod security_environment;
mod select;
mod signatures;

use std::sync::OnceLock;

use applet_sim::{
    CardImage, CryptographicInformationApplication, HolderKey, HolderSlot, KeyKind, MemoryStore,
};
use cvc::{Chat, Right};
use iso7816::{CommandApdu, StatusWord, tlv};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::Password;
use transport::{CardDevice, Interface};

use crate::{
    agency::only,
    card,
    reader::{GM, Reader},
    terminal_authentication::{Office, office},
};

const OK: StatusWord = StatusWord::OK;
const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
const CONDITIONS: StatusWord = StatusWord::CONDITIONS_NOT_SATISFIED;
const INCORRECT: StatusWord = StatusWord::INCORRECT_DATA;
const NO_REFERENCE: StatusWord = StatusWord::REFERENCE_NOT_FOUND;
const NOT_FOUND: StatusWord = StatusWord::FILE_NOT_FOUND;
const BLOCKED: StatusWord = StatusWord::AUTHENTICATION_METHOD_BLOCKED;

const CIA: &[u8] = b"\xA0\x00\x00\x00\x63PKCS-15";
const PIN2: &[u8] = b"13572468";
const WRONG_PIN2: &[u8] = b"13572469";

const SIGNATURE: u8 = 0x81;
const AUTHENTICATION: u8 = 0x82;
const DECIPHERMENT: u8 = 0x83;
/// Short identifiers of the certificates.
const CERTIFICATES: [u8; 3] = [0x0B, 0x0C, 0x0D];

/// One of two RSA keys, drawn once for all tests.
fn rsa(number: usize) -> HolderKey {
    static KEYS: [OnceLock<HolderKey>; 2] = [const { OnceLock::new() }; 2];
    let draw = || {
        let mut rng = ChaCha20Rng::seed_from_u64(500 + number as u64);
        HolderKey::generate(KeyKind::Rsa2048, &mut rng).unwrap()
    };
    KEYS[number].get_or_init(draw).clone()
}

fn p256(seed: u64) -> HolderKey {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    HolderKey::generate(KeyKind::P256, &mut rng).unwrap()
}

fn public_key_info(key: &HolderKey) -> Vec<u8> {
    key.public_key().unwrap().subject_public_key_info()
}

/// What has the form of a certificate for this key, this many bytes long.
fn certificate(public_key_info: &[u8], length: usize) -> Vec<u8> {
    let of = |filling: usize| {
        let sequence = |parts: &[&[u8]]| tlv::encode(tlv::Tag(0x30), &parts.concat());
        let empty = sequence(&[]);
        let extensions = tlv::encode(tlv::Tag(0xA3), &vec![0xAB; filling]);
        let body = sequence(&[
            &[0xA0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x05],
            &empty,
            &empty,
            &empty,
            &empty,
            public_key_info,
            &extensions,
        ]);
        sequence(&[&body, &empty, &[0x03, 0x02, 0x00, 0x01]])
    };
    let filled = (0..length).map(of).find(|it| it.len() == length);
    filled.unwrap()
}

/// RSA for signatures and decipherment, P-256 for authentication, a certificate for each.
fn image() -> CardImage {
    let slot = |key: HolderKey, length| HolderSlot {
        certificate: Some(certificate(&public_key_info(&key), length)),
        key: Some(key),
    };
    let mut image = card::image();
    image.eid.groups.retain(|number, _| *number == 2);
    image.icao = None;
    image.passwords.pin2 = Some(PIN2.to_vec().into());
    image.cia = Some(CryptographicInformationApplication {
        signature: slot(rsa(0), 900),
        authentication: slot(p256(502), 700),
        decipherment: slot(rsa(1), 800),
        ..CryptographicInformationApplication::default()
    });
    image
}

fn cia(image: &mut CardImage) -> &mut CryptographicInformationApplication {
    image.cia.as_mut().unwrap()
}

fn slots(image: &mut CardImage) -> [&mut HolderSlot; 3] {
    let cia = cia(image);
    [
        &mut cia.signature,
        &mut cia.authentication,
        &mut cia.decipherment,
    ]
}

/// A card in a contact reader, where PIN2 is never suspended.
fn reader(image: &CardImage) -> Reader {
    let mut reader = Reader::new(image);
    reader.chip.power_on(Interface::Contact);
    reader
}

fn reopened(memory: &MemoryStore) -> Reader {
    let mut reader = Reader::with_memory(memory.clone()).unwrap();
    reader.chip.power_on(Interface::Contact);
    reader
}

/// The application, in a session of this password.
fn enter(reader: &mut Reader, password: &Password) {
    reader.reset();
    reader.pace(GM, password);
    assert!(!reader.select_application(CIA).is_error());
}

/// A fresh card with the application selected in a session of the CAN, and PIN2 verified.
fn with_pin2(image: &CardImage) -> Reader {
    let mut reader = reader(image);
    enter(&mut reader, &card::can());
    assert_eq!(verify(&mut reader, PIN2), OK);
    reader
}

fn status(reader: &mut Reader, command: &CommandApdu) -> StatusWord {
    let response = reader.send(command);
    assert!(response.data.is_empty(), "{response:?}");
    response.status
}

fn verify_command(digits: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, 0x20, 0x00, 0x81).with_data(digits)
}

fn verify(reader: &mut Reader, digits: &[u8]) -> StatusWord {
    status(reader, &verify_command(digits))
}

/// What VERIFY without data says.
fn pin2_state(reader: &mut Reader) -> StatusWord {
    status(reader, &CommandApdu::new(0x00, 0x20, 0x00, 0x81))
}

fn change(digits: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, 0x24, 0x01, 0x81).with_data(digits)
}

fn reset_retry_counter(p1: u8, digits: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, 0x2C, p1, 0x81).with_data(digits)
}

/// MSE:Set with P2 B6, A4 or B8.
fn set(template: u8, algorithm: u8, key: u8) -> CommandApdu {
    let objects = [0x80, 0x01, algorithm, 0x84, 0x01, key];
    CommandApdu::new(0x00, 0x22, 0x41, template).with_data(objects)
}

fn sign(value: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, 0x2A, 0x9E, 0x9A)
        .with_data(value)
        .with_ne(256)
}

fn authenticate(value: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, 0x88, 0x00, 0x00)
        .with_data(value)
        .with_ne(256)
}

fn decipher(cryptogram: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, 0x2A, 0x80, 0x86)
        .with_data([&[0x00], cryptogram].concat())
        .with_ne(65_536)
}

/// GENERATE ASYMMETRIC KEY PAIR, P1 80 or 81.
fn generate(p1: u8, template: u8, key: u8, algorithm: Option<u8>) -> CommandApdu {
    let mut objects = vec![0x84, 0x01, key];
    if let Some(algorithm) = algorithm {
        objects.extend([0x80, 0x01, algorithm]);
    }
    CommandApdu::new(0x00, 0x47, p1, 0x00)
        .with_data(tlv::encode(tlv::Tag(template.into()), &objects))
        .with_ne(65_536)
}

const DEACTIVATE: CommandApdu = CommandApdu::new(0x00, 0x04, 0x00, 0x00);
const ACTIVATE: CommandApdu = CommandApdu::new(0x00, 0x44, 0x00, 0x00);
const TERMINATE: CommandApdu = CommandApdu::new(0x00, 0xE6, 0x00, 0x00);
const DEACTIVATE_PIN1: CommandApdu = CommandApdu::new(0x00, 0x04, 0x10, 0x03);
const ACTIVATE_PIN1: CommandApdu = CommandApdu::new(0x00, 0x44, 0x10, 0x03);

/// Who installs certificates of both kinds, with the CAN or with PIN1.
fn every_right() -> Chat {
    only(&[
        Right::CanAllowed,
        Right::InstallQualifiedCertificate,
        Right::InstallCertificate,
        Right::PinManagement,
    ])
}

/// A certification authority whose terminal has these rights, and our card.
fn authority(rights: Chat) -> Office {
    let mut office = office(rights);
    let trust_points = office.image.eid.trust_points.take();
    office.image = image();
    office.image.eid.trust_points = trust_points;
    office
}

/// Its terminal in the application, before PIN2.
fn at_the_authority(office: &Office, password: &Password, rights: Chat) -> Reader {
    let mut reader = reader(&office.image);
    office.open(&mut reader, password, rights);
    assert_eq!(reader.select_application(CIA), OK);
    reader
}
