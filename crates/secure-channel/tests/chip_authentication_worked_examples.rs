//! Chip Authentication against published and independently computed figures, each role by itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail so"
)]

mod support;

use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};
use secure_channel::{
    Curve, EcPrivateKey, EcPublicKey, Error, SecureMessaging, SessionKeys, SymmetricCipher,
    chip_authentication::{ChipAuthenticationProtocol, chip, terminal},
    secure_messaging::{Chip, Terminal},
};
use secure_channel::{
    auxiliary_data::AuxiliaryData,
    terminal_authentication::{chip::AuthenticatedTerminal, terminal::CommittedKey},
};
use support::{ScriptedRng, Vector, authenticate};

const AES_128: ChipAuthenticationProtocol = ChipAuthenticationProtocol {
    cipher: SymmetricCipher::Aes128,
};

fn keys(example: &Vector, cipher: SymmetricCipher) -> SessionKeys {
    SessionKeys::from_bytes(
        cipher,
        &example.bytes("key_encryption"),
        &example.bytes("key_authentication"),
    )
    .unwrap()
}

/// Some channel over which the key agreement runs.
fn channel<R>() -> SecureMessaging<R> {
    SecureMessaging::new(
        SessionKeys::from_bytes(SymmetricCipher::Aes128, &[1; 16], &[2; 16]).unwrap(),
    )
}

fn ephemeral(curve: Curve, example: &Vector) -> terminal::EphemeralKey {
    let mut rng = ScriptedRng::new([example.bytes("terminal_private_key")]);
    terminal::EphemeralKey::generate(curve, &mut rng).unwrap()
}

fn committed(curve: Curve, example: &Vector) -> CommittedKey {
    authenticate(ephemeral(curve, example), AuxiliaryData::none()).0
}

fn authenticated(ephemeral: terminal::EphemeralKey) -> AuthenticatedTerminal {
    authenticate(ephemeral, AuxiliaryData::none()).1
}

fn version_2() -> (Vector, CommandApdu, ResponseApdu) {
    let example = Vector::open("bsi-eac/ecdh.json").inner("chip_authentication");
    let [(command, response)] = <[_; 1]>::try_from(example.trace("trace")).unwrap();
    (example, command, response)
}

#[test]
fn the_terminal_reproduces_version_2_of_extended_access_control() {
    let (example, published, response) = version_2();
    let curve = Curve::BrainpoolP256r1;
    let static_key =
        EcPublicKey::from_uncompressed(curve, &example.bytes("static_public_key")).unwrap();
    let ephemeral = ephemeral(curve, &example);
    assert_eq!(
        ephemeral.compress().as_bytes(),
        &example.bytes("terminal_public_key")[1..33]
    );

    let (state, command) =
        terminal::start_version_2(AES_128, static_key.clone(), committed(curve, &example)).unwrap();
    assert_eq!(command, published);
    let (session_keys, proven) = state.finish(&response).unwrap();
    assert_eq!(session_keys, keys(&example, SymmetricCipher::Aes128));
    assert_eq!(*proven.static_key(), static_key);
}

#[test]
fn the_chip_reproduces_version_2_of_extended_access_control() {
    let (example, command, published) = version_2();
    let curve = Curve::BrainpoolP256r1;
    let static_key = EcPrivateKey::from_bytes(curve, &example.bytes("static_private_key")).unwrap();
    let terminal = authenticated(ephemeral(curve, &example));
    let mut rng = ScriptedRng::new([example.bytes("nonce")]);
    let agreed =
        chip::version_2(AES_128, &static_key, &terminal, command.data(), &mut rng).unwrap();
    assert_eq!(agreed.response, published.data);
    assert_eq!(agreed.session_keys, keys(&example, SymmetricCipher::Aes128));
}

#[test]
fn the_chip_refuses_a_key_to_which_the_terminal_did_not_commit() {
    let (example, command, _) = version_2();
    let curve = Curve::BrainpoolP256r1;
    let static_key = EcPrivateKey::from_bytes(curve, &example.bytes("static_private_key")).unwrap();
    let other = terminal::EphemeralKey::generate(curve, &mut support::numbers(1)).unwrap();
    let terminal = authenticated(other);
    let mut rng = ScriptedRng::new([]);
    let refused = chip::version_2(AES_128, &static_key, &terminal, command.data(), &mut rng);
    let error = refused.unwrap_err();
    assert!(matches!(error, Error::NotAuthentic(_)));
    assert_eq!(error.status_word(), StatusWord::AUTHENTICATION_FAILED);
}

#[test]
fn the_chip_gives_the_answers_that_other_programs_expect_of_version_2() {
    let curve = Curve::BrainpoolP256r1;
    let simulated = Vector::open("ausweisapp/simulated-card.json").inner("chip_authentication");
    let [(command, response)] = <[_; 1]>::try_from(simulated.trace("trace")).unwrap();
    let server = Vector::open("eid-testbeds/eac.json");
    let point = server
        .inner("terminal_authentication")
        .bytes("ephemeral_public_key");
    let server = server.inner("chip_authentication");
    let command_data = [&[0x7C, 0x43, 0x80, 0x41], &point[..]].concat();
    let answer = [
        &[0x7C, 0x14, 0x81, 0x08],
        &server.bytes("nonce")[..],
        &[0x82, 0x08],
        &server.bytes("token"),
    ]
    .concat();
    for (example, command_data, answer) in [
        (&simulated, command.data(), &response.data),
        (&server, &command_data, &answer),
    ] {
        let static_key =
            EcPrivateKey::from_bytes(curve, &example.bytes("static_private_key")).unwrap();
        let terminal = support::authenticated_with(&command_data[5..37]);
        let mut rng = ScriptedRng::new([example.bytes("nonce")]);
        let agreed =
            chip::version_2(AES_128, &static_key, &terminal, command_data, &mut rng).unwrap();
        assert_eq!(agreed.response, *answer);
    }
}

#[test]
fn the_terminal_refuses_a_token_of_version_2_with_one_bit_wrong() {
    let (example, _, published) = version_2();
    let curve = Curve::BrainpoolP256r1;
    for bit in 0..published.data.len() * 8 {
        let static_key =
            EcPublicKey::from_uncompressed(curve, &example.bytes("static_public_key")).unwrap();
        let (state, _) =
            terminal::start_version_2(AES_128, static_key, committed(curve, &example)).unwrap();
        let mut response = published.clone();
        response.data[bit / 8] ^= 1 << (bit % 8);
        assert!(state.finish(&response).is_err(), "bit {bit}");
    }
}

#[test]
fn the_nonce_of_version_2_has_eight_bytes() {
    let (example, _, published) = version_2();
    for length in [0, 7, 9, 16] {
        let static_key = EcPublicKey::from_uncompressed(
            Curve::BrainpoolP256r1,
            &example.bytes("static_public_key"),
        )
        .unwrap();
        let (state, _) = terminal::start_version_2(
            AES_128,
            static_key,
            committed(Curve::BrainpoolP256r1, &example),
        )
        .unwrap();
        let nonce = tlv::encode(tlv::Tag(0x81), &vec![1; length]);
        let content = [&nonce[..], &published.data[12..]].concat();
        let response = ResponseApdu::new(tlv::encode(tlv::Tag(0x7C), &content), StatusWord::OK);
        assert!(matches!(state.finish(&response), Err(Error::Malformed(_))));
    }
}

fn version_1() -> Vec<(Curve, SymmetricCipher, Vector)> {
    let cases = Vector::open("openssl/chip-authentication-1.json").list("cases");
    let suite = |case: &Vector| match (case.text("curve"), case.number("key_size")) {
        ("P-256", 128) => (Curve::P256, SymmetricCipher::Aes128),
        ("brainpoolP256r1", 192) => (Curve::BrainpoolP256r1, SymmetricCipher::Aes192),
        ("P-384", 256) => (Curve::P384, SymmetricCipher::Aes256),
        other => panic!("{other:?}"),
    };
    assert_eq!(cases.len(), 3);
    cases
        .into_iter()
        .map(|case| {
            let (curve, cipher) = suite(&case);
            (curve, cipher, case)
        })
        .collect()
}

#[test]
fn the_terminal_of_version_1_trusts_the_chip_only_after_its_first_answer() {
    for (curve, cipher, case) in version_1() {
        let protocol = ChipAuthenticationProtocol { cipher };
        let static_key =
            EcPublicKey::from_uncompressed(curve, &case.bytes("static_public_key")).unwrap();
        let (state, command) =
            terminal::start_version_1(protocol, static_key.clone(), ephemeral(curve, &case))
                .unwrap();
        let point = case.bytes("terminal_public_key");
        assert!(command.data().ends_with(&point));
        let accepted = ResponseApdu::new([0x7C, 0x00], StatusWord::OK);
        let mut unconfirmed = state.finish(&accepted, channel::<Terminal>()).unwrap();

        let plain = CommandApdu::parse(&case.bytes("plain_command")).unwrap();
        let protected = unconfirmed.wrap(&plain).unwrap();
        assert_eq!(protected.to_bytes(), case.bytes("first_command"));
        let response = ResponseApdu::parse(&case.bytes("first_response")).unwrap();
        let (channel, response, proven) = unconfirmed.confirm(&response).unwrap();
        assert_eq!(response.status, StatusWord::FILE_NOT_FOUND);
        assert_eq!(*proven.static_key(), static_key);
        assert_eq!(channel.send_sequence_counter().value(), 2);
    }
}

#[test]
fn a_chip_without_the_static_key_never_becomes_trusted_in_version_1() {
    for (curve, cipher, case) in version_1() {
        let protocol = ChipAuthenticationProtocol { cipher };
        let static_key =
            EcPublicKey::from_uncompressed(curve, &case.bytes("static_public_key")).unwrap();
        let (state, command) =
            terminal::start_version_1(protocol, static_key, ephemeral(curve, &case)).unwrap();
        // A cloned chip has some other private key.
        let other = EcPrivateKey::from_bytes(curve, &case.bytes("terminal_private_key")).unwrap();
        let agreed = chip::version_1(protocol, &other, command.data()).unwrap();
        let mut clone = SecureMessaging::<Chip>::new(agreed.session_keys);
        let accepted = ResponseApdu::new(agreed.response, StatusWord::OK);
        let mut unconfirmed = state.finish(&accepted, channel::<Terminal>()).unwrap();
        let protected = unconfirmed
            .wrap(&CommandApdu::new(0, 0xB0, 0, 0).with_ne(4))
            .unwrap();
        assert_eq!(clone.unwrap(&protected), Err(Error::ObjectsIncorrect));
        let made_up = ResponseApdu::new(
            [0x99, 0x02, 0x90, 0x00, 0x8E, 0x08, 0, 0, 0, 0, 0, 0, 0, 0],
            StatusWord::OK,
        );
        assert!(matches!(
            unconfirmed.confirm(&made_up),
            Err(Error::ObjectsIncorrect)
        ));
    }
}

#[test]
fn the_chip_of_version_1_goes_on_under_the_new_keys() {
    for (curve, cipher, case) in version_1() {
        let protocol = ChipAuthenticationProtocol { cipher };
        let static_key =
            EcPrivateKey::from_bytes(curve, &case.bytes("static_private_key")).unwrap();
        assert_eq!(
            static_key.public_key().unwrap().as_uncompressed(),
            case.bytes("static_public_key")
        );
        let (_, command) = terminal::start_version_1(
            protocol,
            static_key.public_key().unwrap(),
            ephemeral(curve, &case),
        )
        .unwrap();
        let agreed = chip::version_1(protocol, &static_key, command.data()).unwrap();
        assert_eq!(agreed.response, [0x7C, 0x00]);
        assert_eq!(agreed.session_keys, keys(&case, cipher));

        let mut channel = channel::<Chip>().rekey(agreed.session_keys).unwrap();
        let protected = CommandApdu::parse(&case.bytes("first_command")).unwrap();
        let plain = channel.unwrap(&protected).unwrap();
        assert_eq!(plain.to_bytes(), case.bytes("plain_command"));
        let answer = ResponseApdu::new([], StatusWord::FILE_NOT_FOUND);
        assert_eq!(
            channel.wrap(&answer).unwrap().to_bytes(),
            case.bytes("first_response")
        );
    }
}

#[test]
fn a_command_without_data_and_response_is_protected_by_its_header_alone() {
    for (_, cipher, case) in version_1() {
        let plain = CommandApdu::parse(&case.bytes("plain_command_without_data")).unwrap();
        let mut terminal = SecureMessaging::<Terminal>::new(keys(&case, cipher));
        let protected = terminal.wrap(&plain).unwrap();
        assert_eq!(
            protected.to_bytes(),
            case.bytes("first_command_without_data")
        );
        let mut chip = SecureMessaging::<Chip>::new(keys(&case, cipher));
        assert_eq!(chip.unwrap(&protected).unwrap(), plain);
    }
}

#[test]
fn a_refusal_leaves_the_old_channel_open() {
    for (curve, cipher, case) in version_1() {
        let protocol = ChipAuthenticationProtocol { cipher };
        let static_key =
            EcPublicKey::from_uncompressed(curve, &case.bytes("static_public_key")).unwrap();
        let (state, _) =
            terminal::start_version_1(protocol, static_key, ephemeral(curve, &case)).unwrap();
        let refused = ResponseApdu::new([], StatusWord::INCORRECT_DATA);
        let (error, old) = state.finish(&refused, channel::<Terminal>()).unwrap_err();
        assert_eq!(error, Error::Refused(StatusWord::INCORRECT_DATA));
        assert!(old.is_open());
    }
}
