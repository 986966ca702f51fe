//! PACE, terminal and chip against each other: what agrees, and what neither accepts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail so"
)]

mod support;

use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{
    ChipAuthenticated, Curve, EcPrivateKey, EcPublicKey, Error, Password, PasswordId,
    SymmetricCipher,
    pace::{
        Mapping, PaceProtocol, PaceSuite, Step,
        chip::{self, Answer, Pace},
        terminal,
    },
};
use support::ScriptedRng;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn suites() -> Vec<PaceSuite> {
    let mut suites = Vec::new();
    for curve in Curve::ALL {
        for cipher in SymmetricCipher::ALL {
            for mapping in [Mapping::Generic, Mapping::ChipAuthentication] {
                suites.push(PaceSuite {
                    protocol: PaceProtocol { mapping, cipher },
                    curve,
                });
            }
        }
    }
    suites
}

fn suite(mapping: Mapping) -> PaceSuite {
    PaceSuite {
        protocol: PaceProtocol {
            mapping,
            cipher: SymmetricCipher::Aes128,
        },
        curve: Curve::P256,
    }
}

fn can(digits: &str) -> Password {
    Password::can(digits).unwrap()
}

/// Where on the line something is changed: the bytes of the n-th message, commands and responses
/// counted together from 0 to 7.
type Line<'a> = &'a mut dyn FnMut(usize, &mut Vec<u8>);

/// What both sides have when the protocol succeeds.
struct Outcome {
    terminal: terminal::Established,
    chip: chip::Established,
    static_key: EcPublicKey,
}

/// A chip with a static key, amid PACE.
struct Card {
    pace: Pace,
    rng: ChaCha20Rng,
    established: Option<chip::Established>,
}

impl Card {
    /// What a chip makes of one GENERAL AUTHENTICATE.
    fn process(&mut self, command: &CommandApdu) -> ResponseApdu {
        let step = self.pace.next_step();
        if step.is_some_and(|step| step.is_last() == command.class().is_chained()) {
            return ResponseApdu::new([], StatusWord::LAST_COMMAND_OF_CHAIN_EXPECTED);
        }
        let answer = self
            .pace
            .general_authenticate(command.data(), &mut self.rng);
        let result = match answer {
            Ok(Answer::Continue(data)) => Ok(data),
            Ok(Answer::Token(token)) => token.verify(&[]).map(|(data, established)| {
                self.established = Some(established);
                data
            }),
            Err(error) => Err(error),
        };
        match result {
            Ok(data) => ResponseApdu::new(data, StatusWord::OK),
            Err(error) => ResponseApdu::new([], error.status_word()),
        }
    }
}

fn run(
    suite: PaceSuite,
    at_terminal: &Password,
    on_chip: Password,
    seed: u64,
    line: Line<'_>,
) -> Result<Outcome, Error> {
    let static_key = EcPrivateKey::generate(suite.curve, &mut rng(seed)).unwrap();
    let public = static_key.public_key().unwrap();
    let mut card = Card {
        pace: Pace::select(suite, on_chip, Some(static_key)).unwrap(),
        rng: rng(seed + 1),
        established: None,
    };
    let mut terminal_rng = rng(seed + 2);
    let mut number = 0;
    let mut exchange = |command: CommandApdu| {
        let mut bytes = command.to_bytes();
        line(number, &mut bytes);
        let response = match CommandApdu::parse(&bytes) {
            Ok(command) => card.process(&command),
            Err(_) => ResponseApdu::new([], StatusWord::WRONG_LENGTH),
        };
        let mut bytes = response.to_bytes();
        line(number + 1, &mut bytes);
        number += 2;
        ResponseApdu::parse(&bytes).unwrap()
    };

    let (state, command) = terminal::start(suite, at_terminal);
    let (state, command) = state.map_nonce(&exchange(command), &mut terminal_rng)?;
    let (state, command) = state.agree(&exchange(command), &mut terminal_rng)?;
    let (state, command) = state.authenticate(&exchange(command))?;
    let terminal = state.finish(&exchange(command))?;
    Ok(Outcome {
        terminal,
        chip: card.established.unwrap(),
        static_key: public,
    })
}

fn undisturbed(_: usize, _: &mut Vec<u8>) {}

#[test]
fn every_suite_agrees_with_every_password() {
    for (seed, suite) in (0..).zip(suites()) {
        for password in [
            || Password::can("123456").unwrap(),
            || Password::pin("135790").unwrap(),
            || Password::puk("12345678").unwrap(),
            || Password::mrz("T22000129", "640812", "101031").unwrap(),
        ] {
            let outcome = run(suite, &password(), password(), seed, &mut undisturbed).unwrap();
            let Outcome {
                terminal,
                chip,
                static_key,
            } = outcome;
            assert_eq!(terminal.session_keys, chip.session_keys);
            assert_eq!(terminal.session_keys.cipher(), suite.protocol.cipher);
            assert_eq!(terminal.id_picc, chip.id_picc);
            assert_eq!(terminal.id_picc.as_bytes().len(), suite.curve.field_size());
            assert_eq!(chip.password, password().id());
            assert_eq!(chip.suite, suite);
            let proof = terminal.chip_authentication;
            assert_eq!(
                proof.is_some(),
                suite.protocol.mapping == Mapping::ChipAuthentication
            );
            if let Some(proof) = proof {
                assert_eq!(*proof.verify(&static_key).unwrap().static_key(), static_key);
            }
        }
    }
}

#[test]
fn two_runs_share_nothing() {
    let outcome = |seed| {
        run(
            suite(Mapping::Generic),
            &can("123456"),
            can("123456"),
            seed,
            &mut undisturbed,
        )
        .unwrap()
    };
    let (first, second) = (outcome(1), outcome(2));
    assert_ne!(first.terminal.session_keys, second.terminal.session_keys);
    assert_ne!(first.terminal.id_picc, second.terminal.id_picc);
}

#[test]
fn a_wrong_password_is_a_wrong_password_at_both_ends() {
    for suite in suites() {
        let refused = run(suite, &can("123456"), can("123457"), 3, &mut undisturbed);
        assert!(matches!(
            refused,
            Err(Error::WrongPassword { tries_left: None })
        ));
    }
}

#[test]
fn the_terminal_reports_the_tries_left_that_the_chip_tells() {
    let mut warn = |number: usize, bytes: &mut Vec<u8>| {
        if number == 7 {
            *bytes = vec![0x63, 0xC2];
        }
    };
    let refused = run(suite(Mapping::Generic), &can("1"), can("2"), 4, &mut warn);
    assert!(matches!(
        refused,
        Err(Error::WrongPassword {
            tries_left: Some(2)
        })
    ));
}

#[test]
fn other_refusals_are_not_taken_for_a_wrong_password() {
    for (number, status) in [
        (1, 0x6985),
        (3, 0x6A80),
        (5, 0x6300),
        (7, 0x6983),
        (7, 0x6A80),
    ] {
        let mut refuse = |at: usize, bytes: &mut Vec<u8>| {
            if at == number {
                *bytes = u16::to_be_bytes(status).to_vec();
            }
        };
        let refused = run(suite(Mapping::Generic), &can("1"), can("1"), 4, &mut refuse);
        assert!(matches!(refused, Err(Error::Refused(StatusWord(s))) if s == status));
    }
}

/// Runs the protocol with one bit of one message flipped and says how it failed, the verification of
/// the chip's static key included.
fn flipped(suite: PaceSuite, seed: u64, message: usize, bit: usize) -> Option<Error> {
    let mut reached = false;
    let outcome = run(
        suite,
        &can("123456"),
        can("123456"),
        seed,
        &mut |number, bytes| {
            if number == message && bit < bytes.len() * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8);
                reached = true;
            }
        },
    );
    if !reached {
        return Some(Error::OutOfStep);
    }
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return Some(error),
    };
    let proof = outcome.terminal.chip_authentication?;
    proof.verify(&outcome.static_key).err()
}

/// The data field and status word of each message; headers are the applet's to check.
fn lengths(suite: PaceSuite) -> Vec<(usize, usize)> {
    let mut lengths = Vec::new();
    let mut measure = |number: usize, bytes: &mut Vec<u8>| {
        let data = if number.is_multiple_of(2) {
            5 * 8..(bytes.len() - 1) * 8
        } else {
            0..bytes.len() * 8
        };
        lengths.extend(data.map(|bit| (number, bit)));
    };
    run(suite, &can("123456"), can("123456"), 5, &mut measure).unwrap();
    lengths
}

#[test]
fn no_third_bit_of_any_message_can_change() {
    for (message, bit) in lengths(suite(Mapping::ChipAuthentication))
        .into_iter()
        .step_by(3)
    {
        let error = flipped(suite(Mapping::ChipAuthentication), 5, message, bit);
        assert!(error.is_some(), "message {message}, bit {bit}");
        assert_ne!(
            error,
            Some(Error::OutOfStep),
            "message {message}, bit {bit}"
        );
    }
}

#[test]
fn malformed_data_is_told_from_a_wrong_token_so_that_it_costs_no_try() {
    let select = || Pace::select(suite(Mapping::Generic), can("123456"), None).unwrap();
    let point = |tag| {
        let key = EcPrivateKey::generate(Curve::P256, &mut rng(9))
            .unwrap()
            .public_key()
            .unwrap();
        tlv::encode(
            tlv::Tag(0x7C),
            &tlv::encode(tlv::Tag(tag), key.as_uncompressed()),
        )
    };
    let good = [vec![0x7C, 0x00], point(0x81), point(0x83)];
    let token = tlv::encode(tlv::Tag(0x7C), &tlv::encode(tlv::Tag(0x85), &[0; 8]));
    let last = [
        vec![],
        vec![0x7C, 0x00],
        vec![0x7C],
        [&token[..], &[0x00]].concat(),
        tlv::encode(tlv::Tag(0x7C), &tlv::encode(tlv::Tag(0x85), &[0; 7])),
        tlv::encode(tlv::Tag(0x7C), &tlv::encode(tlv::Tag(0x85), &[0; 9])),
        tlv::encode(tlv::Tag(0x7C), &tlv::encode(tlv::Tag(0x86), &[0; 8])),
        tlv::encode(tlv::Tag(0x7D), &tlv::encode(tlv::Tag(0x85), &[0; 8])),
        tlv::encode(
            tlv::Tag(0x7C),
            &tlv::encode(tlv::Tag(0x85), &[0; 8]).repeat(2),
        ),
        point(0x85),
    ];
    for bad in last {
        let mut pace = select();
        for data in &good {
            assert!(pace.general_authenticate(data, &mut rng(1)).is_ok());
        }
        assert_eq!(pace.next_step(), Some(Step::MutualAuthentication));
        let error = pace.general_authenticate(&bad, &mut rng(1)).unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{bad:02X?}");
        assert_eq!(error.status_word(), StatusWord::INCORRECT_DATA);
        assert_eq!(pace.next_step(), None);
    }
    // The twin: a well-formed wrong token is handed over for comparison, and then it is wrong.
    let mut pace = select();
    for data in &good {
        assert!(pace.general_authenticate(data, &mut rng(1)).is_ok());
    }
    let Answer::Token(received) = pace.general_authenticate(&token, &mut rng(1)).unwrap() else {
        panic!("a token was sent");
    };
    assert_eq!(received.password(), PasswordId::Can);
    assert_eq!(pace.next_step(), None);
    let error = received.verify(&[]).unwrap_err();
    assert_eq!(error, Error::WrongToken);
    assert_eq!(error.status_word(), StatusWord::AUTHENTICATION_FAILED);
}

#[test]
fn anything_unexpected_ends_the_run() {
    let mut idle = Pace::default();
    assert_eq!(idle.next_step(), None);
    let error = idle
        .general_authenticate(&[0x7C, 0x00], &mut rng(1))
        .unwrap_err();
    assert_eq!(error, Error::OutOfStep);
    assert_eq!(error.status_word(), StatusWord::CONDITIONS_NOT_SATISFIED);

    let mut pace = Pace::select(suite(Mapping::Generic), can("1"), None).unwrap();
    assert_eq!(pace.next_step(), Some(Step::EncryptedNonce));
    assert!(
        pace.general_authenticate(&[0x7C, 0x00], &mut rng(1))
            .is_ok()
    );
    assert_eq!(pace.next_step(), Some(Step::MapNonce));
    // Step 1 for the second time.
    assert!(
        pace.general_authenticate(&[0x7C, 0x00], &mut rng(1))
            .is_err()
    );
    assert_eq!(pace.next_step(), None);
    assert_eq!(
        pace.general_authenticate(&[0x7C, 0x00], &mut rng(1))
            .unwrap_err(),
        Error::OutOfStep
    );
}

#[test]
fn points_that_are_none_are_refused() {
    for curve in Curve::ALL {
        let key = EcPrivateKey::generate(curve, &mut rng(2))
            .unwrap()
            .public_key()
            .unwrap();
        let good = key.as_uncompressed();
        let size = curve.field_size();
        let mut compressed = good[..=size].to_vec();
        compressed[0] = 0x02 | good[2 * size] & 1;
        let mut hybrid = good.to_vec();
        hybrid[0] = 0x06 | good[2 * size] & 1;
        let mut beside = good.to_vec();
        beside[2 * size] ^= 1;
        let longer = [good, &[0]].concat();
        for bad in [
            vec![],
            vec![0x00],
            vec![0x04],
            vec![0x04; 1 + 2 * size],
            [&[0x04][..], &vec![0; 2 * size]].concat(),
            [&[0x04][..], &vec![0xFF; 2 * size]].concat(),
            good[..2 * size].to_vec(),
            longer,
            compressed,
            hybrid,
            beside,
        ] {
            assert_eq!(
                EcPublicKey::from_uncompressed(curve, &bad),
                Err(Error::InvalidPoint)
            );

            let suite = PaceSuite {
                curve,
                ..suite(Mapping::Generic)
            };
            let mut pace = Pace::select(suite, can("1"), None).unwrap();
            pace.general_authenticate(&[0x7C, 0x00], &mut rng(1))
                .unwrap();
            let data = tlv::encode(tlv::Tag(0x7C), &tlv::encode(tlv::Tag(0x81), &bad));
            let error = pace.general_authenticate(&data, &mut rng(1)).unwrap_err();
            assert_eq!(error, Error::InvalidPoint);
            assert_eq!(error.status_word(), StatusWord::INCORRECT_DATA);
        }
        assert_eq!(EcPublicKey::from_uncompressed(curve, good).unwrap(), key);
        // A point of one curve on another one.
        for other in Curve::ALL.into_iter().filter(|other| *other != curve) {
            assert!(EcPublicKey::from_uncompressed(other, good).is_err());
        }
    }
}

#[test]
fn scalars_out_of_range_are_refused() {
    for curve in Curve::ALL {
        let size = curve.field_size();
        for bad in [
            vec![],
            vec![0; size],
            vec![0xFF; size],
            vec![1; size - 1],
            vec![1; size + 1],
        ] {
            assert_eq!(
                EcPrivateKey::from_bytes(curve, &bad),
                Err(Error::InvalidScalar)
            );
        }
        let mut one = vec![0; size];
        one[size - 1] = 1;
        assert!(EcPrivateKey::from_bytes(curve, &one).is_ok());
    }
}

/// Sends the terminal's or the chip's own key back to it.
fn echo(from: usize, to: usize) -> impl FnMut(usize, &mut Vec<u8>) {
    let mut heard = Vec::new();
    move |number, bytes| {
        if number == from {
            heard = bytes.clone();
        }
        if number == to {
            // 5 header bytes, 7C L, tag L, 65 bytes of point, Le.
            bytes[4..69].copy_from_slice(&heard[9..74]);
        }
    }
}

#[test]
fn equal_public_keys_are_refused() {
    for (from, to) in [(2, 3), (4, 5)] {
        let refused = run(
            suite(Mapping::Generic),
            &can("1"),
            can("1"),
            6,
            &mut echo(from, to),
        );
        assert!(
            matches!(refused, Err(Error::EqualPublicKeys)),
            "message {to}"
        );
    }
    // On the chip: two chips that draw the same numbers. What the first one sends as its own key, the
    // second one gets as the terminal's.
    let chip = || Pace::select(suite(Mapping::Generic), can("1"), None).unwrap();
    let key = EcPrivateKey::generate(Curve::P256, &mut rng(9))
        .unwrap()
        .public_key()
        .unwrap();
    let template =
        |tag, point: &[u8]| tlv::encode(tlv::Tag(0x7C), &tlv::encode(tlv::Tag(tag), point));
    let ask = |chip: &mut Pace, numbers: &mut ChaCha20Rng, data: &[u8]| match chip
        .general_authenticate(data, numbers)
    {
        Ok(Answer::Continue(data)) => Ok(data[4..].to_vec()),
        Ok(Answer::Token(_)) => panic!("too early"),
        Err(error) => Err(error),
    };
    for tag in [0x81, 0x83] {
        let (mut first, mut second) = ((chip(), rng(8)), (chip(), rng(8)));
        for (chip, numbers) in [&mut first, &mut second] {
            ask(chip, numbers, &[0x7C, 0x00]).unwrap();
            if tag == 0x83 {
                ask(chip, numbers, &template(0x81, key.as_uncompressed())).unwrap();
            }
        }
        let data = template(tag, key.as_uncompressed());
        let own = ask(&mut first.0, &mut first.1, &data).unwrap();
        let error = ask(&mut second.0, &mut second.1, &template(tag, &own)).unwrap_err();
        assert_eq!(error, Error::EqualPublicKeys);
        assert_eq!(error.status_word(), StatusWord::INCORRECT_DATA);
    }
}

#[test]
fn a_nonce_or_generator_that_vanishes_is_refused() {
    let number = |last: u8| [vec![0; 31], vec![last]].concat();
    let public = |scalar: &[u8]| {
        EcPrivateKey::from_bytes(Curve::P256, scalar)
            .unwrap()
            .public_key()
            .unwrap()
    };
    let template =
        |tag, value: &[u8]| tlv::encode(tlv::Tag(0x7C), &tlv::encode(tlv::Tag(tag), value));
    // n − 1, whose public key is −G.
    let minus_one =
        hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550").unwrap();
    let other = [vec![0; 31], vec![2]].concat();
    for (nonce, peer, error) in [
        // The nonce 0.
        (vec![0; 16], public(&other), Error::InvalidScalar),
        // The nonce 1, and mapping keys 1 and −1: 1·G + (−1)·G is the point at infinity.
        (
            [vec![0; 15], vec![1]].concat(),
            public(&minus_one),
            Error::InvalidPoint,
        ),
    ] {
        let mut chip = Pace::select(suite(Mapping::Generic), can("1"), None).unwrap();
        let mut numbers = ScriptedRng::new([nonce, number(1)]);
        let answer = chip
            .general_authenticate(&[0x7C, 0x00], &mut numbers)
            .unwrap();
        let Answer::Continue(encrypted) = answer else {
            panic!("too early")
        };
        let data = template(0x81, peer.as_uncompressed());
        assert_eq!(
            chip.general_authenticate(&data, &mut numbers).unwrap_err(),
            error
        );

        let (state, _) = terminal::start(suite(Mapping::Generic), &can("1"));
        let mut numbers = ScriptedRng::new([number(1)]);
        let response = ResponseApdu::new(encrypted, StatusWord::OK);
        let (state, _) = state.map_nonce(&response, &mut numbers).unwrap();
        let response = ResponseApdu::new(template(0x82, peer.as_uncompressed()), StatusWord::OK);
        assert_eq!(state.agree(&response, &mut numbers).unwrap_err(), error);
    }
}

#[test]
fn an_encrypted_nonce_has_whole_blocks_and_is_no_longer_than_the_curve() {
    for (length, accepted) in [
        (0, false),
        (8, false),
        (16, true),
        (24, false),
        (32, true),
        (48, false),
    ] {
        let (state, _) = terminal::start(suite(Mapping::Generic), &can("1"));
        let data = tlv::encode(
            tlv::Tag(0x7C),
            &tlv::encode(tlv::Tag(0x80), &vec![7; length]),
        );
        let mapped = state.map_nonce(&ResponseApdu::new(data, StatusWord::OK), &mut rng(1));
        match mapped {
            Ok(_) => assert!(accepted, "{length}"),
            Err(error) => assert!(
                !accepted && matches!(error, Error::Malformed(_)),
                "{length}"
            ),
        }
    }
}

#[test]
fn a_chip_that_accepts_without_knowing_the_password_has_misbehaved() {
    // It answers 9000 with some token of its own.
    let mut lie = |number: usize, bytes: &mut Vec<u8>| {
        if number == 7 {
            *bytes = [&[0x7C, 0x0A, 0x86, 0x08][..], &[0xAA; 8], &[0x90, 0x00]].concat();
        }
    };
    let refused = run(suite(Mapping::Generic), &can("1"), can("2"), 6, &mut lie);
    assert!(matches!(refused, Err(Error::ChipMisbehaved(_))));
}

#[test]
fn the_chips_proof_must_be_there_exactly_with_chip_authentication_mapping() {
    let strip = |number: usize, bytes: &mut Vec<u8>| {
        if number == 7 {
            *bytes = [&[0x7C, 0x0A][..], &bytes[2..12], &[0x90, 0x00]].concat();
        }
    };
    let refused = run(
        suite(Mapping::ChipAuthentication),
        &can("1"),
        can("1"),
        6,
        &mut strip.clone(),
    );
    assert!(matches!(refused, Err(Error::ChipMisbehaved(_))));
    let add = |number: usize, bytes: &mut Vec<u8>| {
        if number == 7 {
            let proof = tlv::encode(tlv::Tag(0x8A), &[0; 48]);
            let content = [&bytes[2..12], &proof].concat();
            *bytes = [&tlv::encode(tlv::Tag(0x7C), &content)[..], &[0x90, 0x00]].concat();
        }
    };
    let refused = run(
        suite(Mapping::Generic),
        &can("1"),
        can("1"),
        6,
        &mut add.clone(),
    );
    assert!(matches!(refused, Err(Error::ChipMisbehaved(_))));
}

#[test]
fn a_clone_with_another_static_key_fails_chip_authentication() {
    for curve in Curve::ALL {
        let suite = PaceSuite {
            curve,
            ..suite(Mapping::ChipAuthentication)
        };
        let outcome = || run(suite, &can("1"), can("1"), 7, &mut undisturbed).unwrap();
        let genuine = EcPrivateKey::generate(curve, &mut rng(99))
            .unwrap()
            .public_key()
            .unwrap();
        let refused: Result<ChipAuthenticated, Error> = outcome()
            .terminal
            .chip_authentication
            .unwrap()
            .verify(&genuine);
        assert!(matches!(refused, Err(Error::NotAuthentic(_))));
        for other in Curve::ALL.into_iter().filter(|other| *other != curve) {
            let key = EcPrivateKey::generate(other, &mut rng(99))
                .unwrap()
                .public_key()
                .unwrap();
            let proof = outcome().terminal.chip_authentication.unwrap();
            assert!(matches!(proof.verify(&key), Err(Error::NotAuthentic(_))));
        }
    }
}

#[test]
fn chip_authentication_mapping_needs_a_static_key_on_the_same_curve() {
    let suite = suite(Mapping::ChipAuthentication);
    assert!(matches!(
        Pace::select(suite, can("1"), None),
        Err(Error::InvalidInput(_))
    ));
    let other = EcPrivateKey::generate(Curve::P384, &mut rng(1)).unwrap();
    assert!(matches!(
        Pace::select(suite, can("1"), Some(other)),
        Err(Error::InvalidInput(_))
    ));
}

#[test]
fn references_of_certification_authorities_reach_the_terminal_in_order() {
    let suite = suite(Mapping::Generic);
    let names: [&[u8]; 3] = [b"TWCVCA00002", b"TWCVCA00001", b"TWCVCA00000"];
    for count in 0..=3 {
        let mut pace = Pace::select(suite, can("1"), None).unwrap();
        let (mut a, mut b) = (rng(1), rng(2));
        let mut ask = |command: &CommandApdu| {
            let answer = pace.general_authenticate(command.data(), &mut a).unwrap();
            match answer {
                Answer::Continue(data) => ResponseApdu::new(data, StatusWord::OK),
                Answer::Token(token) => {
                    ResponseApdu::new(token.verify(&names[..count]).unwrap().0, StatusWord::OK)
                }
            }
        };
        let (state, command) = terminal::start(suite, &can("1"));
        let (state, command) = state.map_nonce(&ask(&command), &mut b).unwrap();
        let (state, command) = state.agree(&ask(&command), &mut b).unwrap();
        let (state, command) = state.authenticate(&ask(&command)).unwrap();
        let established = state.finish(&ask(&command)).unwrap();
        // There are two data objects for them and no third.
        assert_eq!(
            established.certification_authority_references,
            names[..count.min(2)]
        );
    }
}

#[test]
fn a_broken_random_number_generator_is_noticed() {
    struct Stuck(u8);
    impl rand_core::TryRng for Stuck {
        type Error = core::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(u32::from_ne_bytes([self.0; 4]))
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(u64::from_ne_bytes([self.0; 8]))
        }
        fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Self::Error> {
            target.fill(self.0);
            Ok(())
        }
    }
    impl rand_core::TryCryptoRng for Stuck {}
    for curve in Curve::ALL {
        for stuck in [0x00, 0xFF] {
            let key = EcPrivateKey::generate(curve, &mut Stuck(stuck));
            assert_eq!(key, Err(Error::RandomnessFailed));
        }
    }
}

#[test]
fn object_identifiers_name_protocols_one_to_one() {
    for suite in suites() {
        let PaceSuite { protocol, curve } = suite;
        assert_eq!(PaceProtocol::from_oid(&protocol.oid()), Some(protocol));
        assert_eq!(Curve::from_parameter_id(curve.parameter_id()), Some(curve));
    }
    // id-PACE-ECDH-IM-AES-CBC-CMAC-128, id-PACE-ECDH-GM-3DES-CBC-CBC, id-PACE-ECDH-GM.
    for other in [
        &[4, 0, 127, 0, 7, 2, 2, 4, 4, 2][..],
        &[4, 0, 127, 0, 7, 2, 2, 4, 2, 1],
    ] {
        assert_eq!(PaceProtocol::from_oid(other), None);
    }
    assert_eq!(PaceProtocol::from_oid(&[4, 0, 127, 0, 7, 2, 2, 4, 2]), None);
    assert_eq!(Curve::from_parameter_id(16), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_bit_of_any_message_can_change_in_any_suite(
        suite in prop::sample::select(suites()),
        seed in any::<u32>(),
        at in any::<prop::sample::Index>(),
    ) {
        let messages = lengths(suite);
        let (message, bit) = messages[at.index(messages.len())];
        let error = flipped(suite, u64::from(seed), message, bit);
        prop_assert!(error.is_some(), "message {}, bit {}", message, bit);
    }

    #[test]
    fn the_chip_takes_any_garbage_without_panic_and_without_success(
        garbage in prop::collection::vec(any::<u8>(), 0..150),
        steps in 0_usize..4,
    ) {
        let key = EcPrivateKey::generate(Curve::P256, &mut rng(9)).unwrap().public_key().unwrap();
        let point = |tag| {
            tlv::encode(tlv::Tag(0x7C), &tlv::encode(tlv::Tag(tag), key.as_uncompressed()))
        };
        let good = [vec![0x7C, 0x00], point(0x81), point(0x83)];
        let mut pace = Pace::select(suite(Mapping::Generic), can("1"), None).unwrap();
        for data in &good[..steps] {
            pace.general_authenticate(data, &mut rng(1)).unwrap();
        }
        prop_assume!(steps != 0 || garbage != [0x7C, 0x00]);
        prop_assert!(pace.general_authenticate(&garbage, &mut rng(1)).is_err());
        prop_assert_eq!(pace.next_step(), None);
    }

    #[test]
    fn the_terminal_takes_any_garbage_without_panic_and_without_success(
        garbage in prop::collection::vec(any::<u8>(), 0..150),
        status in prop_oneof![Just(0x9000_u16), any::<u16>()],
        at in 0_usize..4,
    ) {
        let mut line = |number: usize, bytes: &mut Vec<u8>| {
            if number == 2 * at + 1 {
                *bytes = [&garbage[..], &status.to_be_bytes()].concat();
            }
        };
        let outcome = run(suite(Mapping::Generic), &can("1"), can("1"), 6, &mut line);
        prop_assert!(outcome.is_err());
    }
}
