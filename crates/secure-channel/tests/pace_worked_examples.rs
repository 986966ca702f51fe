//! PACE against the worked examples that the standards publish, byte for byte, each role by itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail so")]

mod support;

use secure_channel::{
    Curve, Password, PasswordId, SessionKeys, SymmetricCipher,
    kdf::{self, Purpose},
    pace::{self, Mapping, PaceProtocol, PaceSuite},
};
use support::{ScriptedRng, Vector};

const GENERIC: PaceSuite = PaceSuite {
    protocol: PaceProtocol {
        mapping: Mapping::Generic,
        cipher: SymmetricCipher::Aes128,
    },
    curve: Curve::BrainpoolP256r1,
};

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

#[test]
fn the_terminal_reproduces_the_generic_mapping_of_doc_9303() {
    let example = Vector::open("icao-9303-11/pace-ecdh-gm.json");
    let [set_at, nonce, map, agree, authenticate] = example.trace("trace").try_into().unwrap();
    let mut rng = ScriptedRng::new([
        example.bytes("terminal_mapping_private_key"),
        example.bytes("terminal_private_key"),
    ]);

    let command = pace::terminal::set_authentication_template(
        GENERIC.protocol,
        PasswordId::Mrz,
        Some(GENERIC.curve),
        &[],
    );
    assert_eq!(command, set_at.0);
    let (state, command) = pace::terminal::start(GENERIC, &mrz(&example));
    assert_eq!(command, nonce.0);
    let (state, command) = state.map_nonce(&nonce.1, &mut rng).unwrap();
    assert_eq!(command, map.0);
    let (state, command) = state.agree(&map.1, &mut rng).unwrap();
    assert_eq!(command, agree.0);
    let (state, command) = state.authenticate(&agree.1).unwrap();
    assert_eq!(command, authenticate.0);
    let established = state.finish(&authenticate.1).unwrap();

    assert_eq!(established.session_keys, session_keys(&example));
    assert_eq!(
        established.id_picc.as_bytes(),
        &example.bytes("chip_public_key")[1..33]
    );
    assert!(established.chip_authentication.is_none());
    assert!(rng.is_used_up());
}

#[test]
fn the_chip_reproduces_the_generic_mapping_of_doc_9303() {
    let example = Vector::open("icao-9303-11/pace-ecdh-gm.json");
    let [_, nonce, map, agree, last] = example.trace("trace").try_into().unwrap();
    let mut rng = ScriptedRng::new([
        example.bytes("nonce"),
        example.bytes("chip_mapping_private_key"),
        example.bytes("chip_private_key"),
    ]);

    let mut chip = pace::chip::Pace::select(GENERIC, mrz(&example), None).unwrap();
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
    assert_eq!(token.password(), PasswordId::Mrz);
    let (data, established) = token.verify(&[]).unwrap();

    assert_eq!(data, last.1.data);
    assert_eq!(established.session_keys, session_keys(&example));
    assert_eq!(
        established.id_picc.as_bytes(),
        &example.bytes("chip_public_key")[1..33]
    );
    assert!(chip.next_step().is_none());
}

#[test]
fn keys_derive_as_in_the_example_of_doc_9303() {
    let example = Vector::open("icao-9303-11/pace-ecdh-gm.json");
    let secret = example.bytes("shared_secret");
    let derive = |secret, purpose| kdf::derive(SymmetricCipher::Aes128, secret, &[], purpose);
    assert_eq!(
        *derive(&secret, Purpose::Encryption),
        example.bytes("key_encryption")
    );
    assert_eq!(
        *derive(&secret, Purpose::Authentication),
        example.bytes("key_authentication")
    );
    let password = mrz(&example);
    assert_eq!(
        *derive(password.expose_secret(), Purpose::Password),
        example.bytes("key_password")
    );
}
