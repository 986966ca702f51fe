//! Terminal Authentication version 2 against published figures, each role by itself.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail so"
)]

#[path = "support/brainpool_p512r1.rs"]
mod brainpool_p512r1;
mod support;

use iso7816::{CommandApdu, StatusWord};
use secure_channel::{
    CompressedPublicKey, Curve, EcPublicKey, Error,
    auxiliary_data::{AuxiliaryData, Date, Kind},
    chip_authentication::terminal::EphemeralKey,
    terminal_authentication::{
        Challenge, SignedData, TerminalAuthenticationProtocol,
        chip::{TerminalAuthentication, TerminalKey},
        terminal,
    },
};
use support::{ScriptedRng, Vector, ok};

fn challenge(example: &Vector) -> Challenge {
    Challenge::from_bytes(example.bytes("challenge").try_into().unwrap())
}

fn compressed(point: &[u8]) -> CompressedPublicKey {
    EcPublicKey::from_uncompressed(Curve::BrainpoolP256r1, point)
        .unwrap()
        .compress()
}

/// The terminal of the test bed, as its certificate names it.
fn server(example: &Vector) -> TerminalKey {
    TerminalKey {
        holder_reference: example.bytes("holder_reference"),
        protocol: TerminalAuthenticationProtocol::from_oid(&example.bytes("protocol")).unwrap(),
        public_key: EcPublicKey::from_uncompressed(
            Curve::BrainpoolP256r1,
            &example.bytes("terminal_public_key"),
        )
        .unwrap(),
    }
}

#[test]
fn the_terminal_goes_through_the_example_of_extended_access_control() {
    let example = Vector::open("bsi-eac/ecdh.json");
    let id_picc = compressed(&example.bytes("chip_public_key"));
    let private_key = example
        .inner("chip_authentication")
        .bytes("terminal_private_key");
    let public_key = example
        .inner("chip_authentication")
        .bytes("terminal_public_key");
    let example = example.inner("terminal_authentication");
    let protocol = TerminalAuthenticationProtocol::from_oid(&example.bytes("protocol")).unwrap();
    assert_eq!(protocol, TerminalAuthenticationProtocol::EcdsaSha512);
    let ephemeral =
        EphemeralKey::generate(Curve::BrainpoolP256r1, &mut ScriptedRng::new([private_key]))
            .unwrap();

    let name = example.bytes("holder_reference");
    let (state, command) =
        terminal::start(protocol, &name, &id_picc, ephemeral, AuxiliaryData::none()).unwrap();
    assert_eq!(
        command.to_bytes(),
        [
            &[0x00, 0x22, 0x81, 0xA4, 61, 0x80, 10][..],
            &example.bytes("protocol"),
            &[0x83, 13],
            &name,
            &[0x91, 32],
            &public_key[1..33],
        ]
        .concat()
    );
    let (state, command) = state.request_challenge(&ok([])).unwrap();
    assert_eq!(command.to_bytes(), [0x00, 0x84, 0x00, 0x00, 0x08]);
    let state = state.receive(&ok(example.bytes("challenge"))).unwrap();
    assert_eq!(
        state.signed_data().as_bytes(),
        [
            id_picc.as_bytes(),
            &example.bytes("challenge"),
            &public_key[1..33]
        ]
        .concat()
    );
    let digest = state.signed_data().digest(protocol);
    let key = example.bytes("terminal_public_key");
    let mut signature = example.bytes("signature");
    assert!(brainpool_p512r1::verifies(&key, &digest, &signature));
    signature[127] ^= 1;
    assert!(!brainpool_p512r1::verifies(&key, &digest, &signature));
    let (state, command) = state.authenticate(&example.bytes("signature")).unwrap();
    assert_eq!(
        command.to_bytes(),
        [
            &[0x00, 0x82, 0x00, 0x00, 128],
            &example.bytes("signature")[..]
        ]
        .concat()
    );
    let committed = state.finish(&ok([])).unwrap();
    assert_eq!(committed.curve(), Curve::BrainpoolP256r1);
}

#[test]
fn the_chip_accepts_the_signature_of_the_test_bed_of_servers() {
    let example = Vector::open("eid-testbeds/eac.json").inner("terminal_authentication");
    let terminal = server(&example);
    let ephemeral = compressed(&example.bytes("ephemeral_public_key"));
    let data = [
        &[0x80, 10][..],
        &terminal.protocol.oid(),
        &[0x83, 14],
        &terminal.holder_reference,
        &example.bytes("auxiliary_data"),
        &[0x91, 32],
        ephemeral.as_bytes(),
    ]
    .concat();
    let mut chip = TerminalAuthentication::default();
    chip.select(terminal, &data).unwrap();
    let drawn = chip.challenge(&mut ScriptedRng::new([example.bytes("challenge")]));
    assert_eq!(drawn, challenge(&example));
    let id_picc = CompressedPublicKey::from_bytes(&example.bytes("id_picc"));
    let authenticated = chip
        .external_authenticate(&id_picc, &example.bytes("signature"))
        .unwrap();
    assert_eq!(*authenticated.ephemeral_key(), ephemeral);
    assert_eq!(authenticated.holder_reference(), b"DETESTCST00002");
    let asked = authenticated.auxiliary_data();
    assert_eq!(asked.as_bytes(), example.bytes("auxiliary_data"));
    let today = Date::parse("20150531").unwrap();
    let yesterday = Date::parse("20150530").unwrap();
    assert_eq!(asked.is_valid_with(today), Ok(true));
    assert_eq!(asked.is_valid_with(yesterday), Ok(false));
}

#[test]
fn every_part_of_the_published_message_is_signed() {
    let example = Vector::open("eid-testbeds/eac.json").inner("terminal_authentication");
    let terminal = server(&example);
    let id_picc = CompressedPublicKey::from_bytes(&example.bytes("id_picc"));
    let ephemeral = compressed(&example.bytes("ephemeral_public_key"));
    let auxiliary_data = AuxiliaryData::parse(&example.bytes("auxiliary_data")).unwrap();
    let signature = example.bytes("signature");
    let verify = |data: &SignedData, protocol| {
        data.verify(protocol, &terminal.public_key, &signature)
            .map_err(|error| error.status_word())
    };
    let right = SignedData::new(&id_picc, &challenge(&example), &ephemeral, &auxiliary_data);
    assert_eq!(verify(&right, terminal.protocol), Ok(()));
    let other_challenge = Challenge::from_bytes([0; 8]);
    let none = AuxiliaryData::none();
    for wrong in [
        SignedData::new(
            &ephemeral,
            &challenge(&example),
            &ephemeral,
            &auxiliary_data,
        ),
        SignedData::new(&id_picc, &other_challenge, &ephemeral, &auxiliary_data),
        SignedData::new(&id_picc, &challenge(&example), &id_picc, &auxiliary_data),
        SignedData::new(&id_picc, &challenge(&example), &ephemeral, &none),
    ] {
        assert_eq!(
            verify(&wrong, terminal.protocol),
            Err(StatusWord::AUTHENTICATION_FAILED)
        );
    }
    for protocol in TerminalAuthenticationProtocol::ALL {
        assert_eq!(
            verify(&right, protocol).is_ok(),
            protocol == terminal.protocol
        );
    }
}

#[test]
fn the_chip_reads_the_template_that_a_server_sends_through_ausweisapp() {
    let example = Vector::open("ausweisapp/simulated-card.json");
    let command = CommandApdu::parse(
        &example
            .inner("terminal_authentication")
            .bytes("set_authentication_template"),
    )
    .unwrap();
    let key =
        secure_channel::EcPrivateKey::generate(Curve::P256, &mut support::numbers(1)).unwrap();
    let mut terminal = support::terminal_key(&key);
    let mut chip = TerminalAuthentication::default();
    let error = chip.select(terminal.clone(), command.data()).unwrap_err();
    assert!(matches!(error, Error::ReferenceNotFound(_)));
    assert_eq!(error.status_word(), StatusWord::REFERENCE_NOT_FOUND);
    terminal.holder_reference = b"DETESTeID00005".to_vec();
    chip.select(terminal, command.data()).unwrap();
}

#[test]
fn auxiliary_data_is_built_and_read_as_ausweisapp_does() {
    let example = Vector::open("ausweisapp/simulated-card.json");
    let bytes = example
        .inner("terminal_authentication")
        .bytes("auxiliary_data");
    let municipality = [0x02, 0x76, 0x05, 0x03, 0x15, 0x00, 0x00];
    let built = AuxiliaryData::builder()
        .date_of_birth(Date::parse("20060616").unwrap())
        .date_of_expiry(Date::parse("20240616").unwrap())
        .municipality_id(&municipality)
        .build()
        .unwrap();
    assert_eq!(built.as_bytes(), bytes);
    assert_eq!(AuxiliaryData::parse(&bytes).unwrap(), built);
    assert_eq!(built.is_in_municipality(&municipality), Ok(true));

    let verify = Kind::MunicipalityId.verify();
    assert_eq!(verify.to_bytes(), example.bytes("verify"));
    assert_eq!(
        Kind::from_command_data(verify.data()),
        Ok(Kind::MunicipalityId)
    );
}
