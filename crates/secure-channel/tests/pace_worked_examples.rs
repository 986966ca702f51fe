//! PACE against the worked examples that the standards publish, byte for byte, each role by itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail so"
)]

mod support;

use iso7816::{CommandApdu, ResponseApdu};
use secure_channel::{
    Curve, EcPrivateKey, EcPublicKey, Error, Password, PasswordId, SecureMessaging, SessionKeys,
    SymmetricCipher,
    kdf::{self, Purpose},
    pace::{self, Mapping, PaceProtocol, PaceSuite},
    secure_messaging::{Chip, Terminal},
};
use support::{ScriptedRng, Vector};

const fn suite(mapping: Mapping) -> PaceSuite {
    PaceSuite {
        protocol: PaceProtocol {
            mapping,
            cipher: SymmetricCipher::Aes128,
        },
        curve: Curve::BrainpoolP256r1,
    }
}

const GENERIC: PaceSuite = suite(Mapping::Generic);
const CHIP_AUTHENTICATION: PaceSuite = suite(Mapping::ChipAuthentication);

fn generic() -> Vector {
    Vector::open("icao-9303-11/pace-ecdh-gm.json")
}

fn chip_authentication() -> Vector {
    Vector::open("icao-9303-11/pace-ecdh-cam.json")
}

fn extended_access_control() -> Vector {
    Vector::open("bsi-eac/ecdh.json")
}

fn mrz(example: &Vector) -> Password {
    Password::mrz(
        example.text("document_number"),
        example.text("date_of_birth"),
        example.text("date_of_expiry"),
    )
    .unwrap()
}

fn session_keys(example: &Vector) -> SessionKeys {
    SessionKeys::from_bytes(
        SymmetricCipher::Aes128,
        &example.bytes("key_encryption"),
        &example.bytes("key_authentication"),
    )
    .unwrap()
}

/// Runs the terminal alone: its commands must be the published ones.
fn terminal(
    example: &Vector,
    suite: PaceSuite,
    password: &Password,
    steps: [(CommandApdu, ResponseApdu); 4],
) -> pace::terminal::Established {
    let [nonce, map, agree, authenticate] = steps;
    let mut rng = ScriptedRng::new([
        example.bytes("terminal_mapping_private_key"),
        example.bytes("terminal_private_key"),
    ]);
    let (state, command) = pace::terminal::start(suite, password);
    assert_eq!(command, nonce.0);
    let (state, command) = state.map_nonce(&nonce.1, &mut rng).unwrap();
    assert_eq!(command, map.0);
    let (state, command) = state.agree(&map.1, &mut rng).unwrap();
    assert_eq!(command, agree.0);
    let (state, command) = state.authenticate(&agree.1).unwrap();
    assert_eq!(command, authenticate.0);
    let established = state.finish(&authenticate.1).unwrap();
    assert!(rng.is_used_up());
    assert_eq!(established.session_keys, session_keys(example));
    assert_eq!(
        established.id_picc.as_bytes(),
        &example.bytes("chip_public_key")[1..33]
    );
    established
}

/// Runs the chip alone: its responses must be the published ones.
fn chip(
    example: &Vector,
    suite: PaceSuite,
    password: Password,
    static_key: Option<EcPrivateKey>,
    steps: [(CommandApdu, ResponseApdu); 4],
) -> pace::chip::Established {
    let [nonce, map, agree, last] = steps;
    let mut rng = ScriptedRng::new([
        example.bytes("nonce"),
        example.bytes("chip_mapping_private_key"),
        example.bytes("chip_private_key"),
    ]);
    let id = password.id();
    let mut chip = pace::chip::Pace::select(suite, password, static_key).unwrap();
    for (command, response) in [nonce, map, agree] {
        let answer = chip.general_authenticate(command.data(), &mut rng).unwrap();
        let pace::chip::Answer::Continue(data) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(data, response.data);
    }
    let answer = chip.general_authenticate(last.0.data(), &mut rng).unwrap();
    let pace::chip::Answer::Token(token) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(token.password(), id);
    let (data, established) = token.verify(&[]).unwrap();
    assert_eq!(data, last.1.data);
    assert!(chip.next_step().is_none());
    assert!(rng.is_used_up());
    assert_eq!(established.session_keys, session_keys(example));
    assert_eq!(
        established.id_picc.as_bytes(),
        &example.bytes("chip_public_key")[1..33]
    );
    established
}

fn without_set_at(example: &Vector) -> [(CommandApdu, ResponseApdu); 4] {
    let [_, steps @ ..] = <[_; 5]>::try_from(example.trace("trace")).unwrap();
    steps
}

fn steps(example: &Vector) -> [(CommandApdu, ResponseApdu); 4] {
    example.trace("pace").try_into().unwrap()
}

#[test]
fn the_terminal_selects_the_protocol_as_doc_9303_does() {
    for (example, suite) in [
        (generic(), GENERIC),
        (chip_authentication(), CHIP_AUTHENTICATION),
    ] {
        let [(published, _), ..] = <[_; 5]>::try_from(example.trace("trace")).unwrap();
        let command =
            pace::terminal::set_authentication_template(suite.protocol, PasswordId::Mrz, None, &[]);
        assert_eq!(command, published);
    }
}

#[test]
fn the_terminal_reproduces_the_generic_mapping_of_doc_9303() {
    let example = generic();
    let established = terminal(&example, GENERIC, &mrz(&example), without_set_at(&example));
    assert!(established.chip_authentication.is_none());
    assert!(established.certification_authority_references.is_empty());
}

#[test]
fn the_chip_reproduces_the_generic_mapping_of_doc_9303() {
    let example = generic();
    chip(
        &example,
        GENERIC,
        mrz(&example),
        None,
        without_set_at(&example),
    );
}

#[test]
fn the_terminal_reproduces_the_chip_authentication_mapping_of_doc_9303() {
    let example = chip_authentication();
    let pending = || {
        let password = mrz(&example);
        terminal(
            &example,
            CHIP_AUTHENTICATION,
            &password,
            without_set_at(&example),
        )
        .chip_authentication
        .unwrap()
    };
    let key = |name| EcPublicKey::from_uncompressed(Curve::BrainpoolP256r1, &example.bytes(name));

    let static_key = key("static_public_key").unwrap();
    let proven = pending().verify(&static_key).unwrap();
    assert_eq!(*proven.static_key(), static_key);

    let another = key("chip_public_key").unwrap();
    assert!(matches!(
        pending().verify(&another),
        Err(Error::NotAuthentic(_))
    ));
}

#[test]
fn the_chip_reproduces_the_chip_authentication_mapping_of_doc_9303() {
    let example = chip_authentication();
    let static_key =
        EcPrivateKey::from_bytes(Curve::BrainpoolP256r1, &example.bytes("static_private_key"))
            .unwrap();
    // The document prints the public half only; the vector's private half is computed.
    let public = static_key.public_key().unwrap();
    assert_eq!(public.as_uncompressed(), example.bytes("static_public_key"));
    let steps = without_set_at(&example);
    chip(
        &example,
        CHIP_AUTHENTICATION,
        mrz(&example),
        Some(static_key),
        steps,
    );
}

#[test]
fn the_terminal_reproduces_the_example_of_extended_access_control() {
    let example = extended_access_control();
    let pin = Password::pin(example.text("pin")).unwrap();
    let established = terminal(&example, GENERIC, &pin, steps(&example));

    // The example goes on with MSE:Set DST, of which it prints the encrypted data …
    let mut channel = SecureMessaging::<Terminal>::new(established.session_keys);
    let command = CommandApdu::new(0x00, 0x22, 0x81, 0xB6);
    let data = example.bytes("first_command_data");
    let protected = channel.wrap(&command.with_data(data)).unwrap();
    let cryptogram = example.bytes("first_command_cryptogram");
    assert_eq!(protected.data()[..3], [0x87, 0x11, 0x01]);
    assert_eq!(protected.data()[3..19], cryptogram);
    // … and the chip's answer.
    let response = ResponseApdu::parse(&example.bytes("first_response")).unwrap();
    let plain = channel.unwrap(&response).unwrap();
    assert!(plain.data.is_empty() && plain.status.is_ok());
}

#[test]
fn the_chip_reproduces_the_example_of_extended_access_control() {
    let example = extended_access_control();
    let pin = Password::pin(example.text("pin")).unwrap();
    let established = chip(&example, GENERIC, pin, None, steps(&example));

    let mut terminal = SecureMessaging::<Terminal>::new(session_keys(&example));
    let mut channel = SecureMessaging::<Chip>::new(established.session_keys);
    let command =
        CommandApdu::new(0x00, 0x22, 0x81, 0xB6).with_data(example.bytes("first_command_data"));
    let received = channel.unwrap(&terminal.wrap(&command).unwrap()).unwrap();
    assert_eq!(received, command);
    let answer = channel
        .wrap(&ResponseApdu::parse(&[0x90, 0x00]).unwrap())
        .unwrap();
    assert_eq!(answer.to_bytes(), example.bytes("first_response"));
}

#[test]
fn keys_derive_as_in_the_examples() {
    for example in [generic(), chip_authentication(), extended_access_control()] {
        let secret = example.bytes("shared_secret");
        let derive = |purpose| kdf::derive(SymmetricCipher::Aes128, &secret, &[], purpose);
        assert_eq!(
            *derive(Purpose::Encryption),
            example.bytes("key_encryption")
        );
        assert_eq!(
            *derive(Purpose::Authentication),
            example.bytes("key_authentication")
        );
    }
    let password = mrz(&generic());
    let key = kdf::derive(
        SymmetricCipher::Aes128,
        password.expose_secret(),
        &[],
        Purpose::Password,
    );
    assert_eq!(*key, generic().bytes("key_password"));
}
