//! Terminal Authentication and Chip Authentication version 2 between both roles: what goes through,
//! and everything that must not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail so"
)]

mod support;

use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};
use proptest::prelude::*;
use secure_channel::{
    CompressedPublicKey, Curve, EcPrivateKey, Error, SecureMessaging, SessionKeys, SymmetricCipher,
    auxiliary_data::{AuxiliaryData, Date, Kind},
    chip_authentication::{self, ChipAuthenticationProtocol, terminal::EphemeralKey},
    secure_messaging::{Chip, Terminal},
    terminal_authentication::{
        Challenge, SignedData, TerminalAuthenticationProtocol,
        chip::{AuthenticatedTerminal, TerminalAuthentication, TerminalKey},
        terminal::{self, AwaitingAcceptance, AwaitingSignature, CommittedKey},
    },
};
use support::{HOLDER, authenticate, numbers, ok, terminal_key};

const SHA_256: TerminalAuthenticationProtocol = TerminalAuthenticationProtocol::EcdsaSha256;
const AES_128: ChipAuthenticationProtocol = ChipAuthenticationProtocol {
    cipher: SymmetricCipher::Aes128,
};

fn id_picc() -> CompressedPublicKey {
    CompressedPublicKey::from_bytes(&[0x1D; 32])
}

fn key(seed: u64) -> EcPrivateKey {
    EcPrivateKey::generate(Curve::P256, &mut numbers(seed)).unwrap()
}

fn ephemeral(seed: u64) -> EphemeralKey {
    EphemeralKey::generate(Curve::P256, &mut numbers(seed)).unwrap()
}

fn adult() -> AuxiliaryData {
    AuxiliaryData::builder()
        .date_of_birth(Date::parse("20081231").unwrap())
        .build()
        .unwrap()
}

/// A chip that has selected the terminal's key and given its challenge, and the terminal before it
/// signs.
fn challenged(terminal: TerminalKey) -> (TerminalAuthentication, AwaitingSignature) {
    let mut chip = TerminalAuthentication::default();
    let (state, command) =
        terminal::start(terminal.protocol, HOLDER, &id_picc(), ephemeral(2), adult()).unwrap();
    chip.select(terminal, command.data()).unwrap();
    let (state, _) = state.request_challenge(&ok([])).unwrap();
    let challenge = chip.challenge(&mut numbers(3));
    (chip, state.receive(&ok(*challenge.as_bytes())).unwrap())
}

fn sign(state: &AwaitingSignature, key: &EcPrivateKey) -> Vec<u8> {
    state
        .signed_data()
        .sign(state.protocol(), key, &mut numbers(4))
        .unwrap()
}

fn status(result: Result<AuthenticatedTerminal, Error>) -> StatusWord {
    result.map_or_else(|error| error.status_word(), |_| StatusWord::OK)
}

/// Both ends of some channel, as PACE would have left them.
fn channel() -> (SecureMessaging<Terminal>, SecureMessaging<Chip>) {
    let keys = || SessionKeys::from_bytes(SymmetricCipher::Aes128, &[1; 16], &[2; 16]).unwrap();
    (SecureMessaging::new(keys()), SecureMessaging::new(keys()))
}

/// Sends a command through the channel to `answer`.
fn exchange(
    (terminal, chip): &mut (SecureMessaging<Terminal>, SecureMessaging<Chip>),
    command: &CommandApdu,
    answer: impl FnOnce(&[u8]) -> Vec<u8>,
) -> ResponseApdu {
    let command = chip.unwrap(&terminal.wrap(command).unwrap()).unwrap();
    let response = chip.wrap(&ok(answer(command.data()))).unwrap();
    terminal.unwrap(&response).unwrap()
}

#[test]
fn a_terminal_authenticates_and_both_sides_go_on_under_the_new_keys() {
    for curve in Curve::ALL {
        for protocol in TerminalAuthenticationProtocol::ALL {
            let mut rng = numbers(1);
            let agency = EcPrivateKey::generate(curve, &mut rng).unwrap();
            let static_key = EcPrivateKey::generate(curve, &mut rng).unwrap();
            let mut channel = channel();
            let mut chip = TerminalAuthentication::default();
            let certified = TerminalKey {
                protocol,
                ..terminal_key(&agency)
            };

            let ephemeral = EphemeralKey::generate(curve, &mut rng).unwrap();
            let (state, command) =
                terminal::start(protocol, HOLDER, &id_picc(), ephemeral, adult()).unwrap();
            let answer = exchange(&mut channel, &command, |data| {
                chip.select(certified, data).unwrap();
                Vec::new()
            });
            let (state, command) = state.request_challenge(&answer).unwrap();
            let answer = exchange(&mut channel, &command, |_| {
                chip.challenge(&mut numbers(5)).as_bytes().to_vec()
            });
            let state = state.receive(&answer).unwrap();
            let signature = sign(&state, &agency);
            state
                .signed_data()
                .verify(protocol, &agency.public_key().unwrap(), &signature)
                .unwrap();
            let (state, command) = state.authenticate(&signature).unwrap();
            let mut authenticated = None;
            let answer = exchange(&mut channel, &command, |data| {
                authenticated = Some(chip.external_authenticate(&id_picc(), data).unwrap());
                Vec::new()
            });
            let committed = state.finish(&answer).unwrap();
            let authenticated = authenticated.unwrap();
            assert_eq!(authenticated.holder_reference(), HOLDER);
            assert_eq!(*authenticated.auxiliary_data(), adult());

            let public = static_key.public_key().unwrap();
            let (state, command) =
                chip_authentication::terminal::start_version_2(AES_128, public.clone(), committed)
                    .unwrap();
            let mut chip_keys = None;
            let answer = exchange(&mut channel, &command, |data| {
                let agreed = chip_authentication::chip::version_2(
                    AES_128,
                    &static_key,
                    &authenticated,
                    data,
                    &mut numbers(6),
                )
                .unwrap();
                chip_keys = Some(agreed.session_keys);
                agreed.response
            });
            let (terminal_keys, proven) = state.finish(&answer).unwrap();
            assert_eq!(*proven.static_key(), public);
            let mut channel = (
                channel.0.rekey(terminal_keys).unwrap(),
                channel.1.rekey(chip_keys.unwrap()).unwrap(),
            );
            let read = CommandApdu::new(0x00, 0xB0, 0x83, 0x00).with_ne(256);
            let answer = exchange(&mut channel, &read, |_| b"spouse".to_vec());
            assert_eq!(answer.data, b"spouse");
        }
    }
}

#[test]
fn the_challenge_may_come_before_the_key_is_selected() {
    let agency = key(1);
    let mut chip = TerminalAuthentication::default();
    let challenge = chip.challenge(&mut numbers(3));
    let received = terminal::challenge(&ok(*challenge.as_bytes())).unwrap();
    let (state, command) =
        terminal::start(SHA_256, HOLDER, &id_picc(), ephemeral(2), adult()).unwrap();
    // A failed selection does not cost the challenge.
    assert!(chip.select(terminal_key(&agency), &[]).is_err());
    chip.select(terminal_key(&agency), command.data()).unwrap();
    let state = state.with_challenge(&ok([]), &received).unwrap();
    let signature = sign(&state, &agency);
    assert_eq!(
        status(chip.external_authenticate(&id_picc(), &signature)),
        StatusWord::OK
    );
}

#[test]
fn a_signature_is_good_once() {
    let agency = key(1);
    let (mut chip, state) = challenged(terminal_key(&agency));
    let signature = sign(&state, &agency);
    assert!(chip.external_authenticate(&id_picc(), &signature).is_ok());
    // At once again: nothing is selected any more.
    assert_eq!(
        status(chip.external_authenticate(&id_picc(), &signature)),
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
    // The key selected again, to the same challenge: that is used up, too.
    let (_, command) = terminal::start(SHA_256, HOLDER, &id_picc(), ephemeral(2), adult()).unwrap();
    chip.select(terminal_key(&agency), command.data()).unwrap();
    assert_eq!(
        status(chip.external_authenticate(&id_picc(), &signature)),
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
    // Replayed to another challenge.
    chip.select(terminal_key(&agency), command.data()).unwrap();
    chip.challenge(&mut numbers(33));
    assert_eq!(
        status(chip.external_authenticate(&id_picc(), &signature)),
        StatusWord::AUTHENTICATION_FAILED
    );
}

#[test]
fn a_wrong_signature_uses_the_challenge_up() {
    let agency = key(1);
    let (mut chip, state) = challenged(terminal_key(&agency));
    let right = sign(&state, &agency);
    let mut wrong = right.clone();
    wrong[0] ^= 1;
    assert_eq!(
        status(chip.external_authenticate(&id_picc(), &wrong)),
        StatusWord::AUTHENTICATION_FAILED
    );
    assert_eq!(
        status(chip.external_authenticate(&id_picc(), &right)),
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
}

#[test]
fn a_new_challenge_voids_the_old_one() {
    let agency = key(1);
    let (mut chip, state) = challenged(terminal_key(&agency));
    let signature = sign(&state, &agency);
    chip.challenge(&mut numbers(33));
    assert_eq!(
        status(chip.external_authenticate(&id_picc(), &signature)),
        StatusWord::AUTHENTICATION_FAILED
    );
}

#[test]
fn nothing_is_authenticated_without_challenge_or_selection_or_after_clearing() {
    let agency = key(1);
    let (_, state) = challenged(terminal_key(&agency));
    let signature = sign(&state, &agency);
    let (_, command) = terminal::start(SHA_256, HOLDER, &id_picc(), ephemeral(2), adult()).unwrap();
    let selected = |chip: &mut TerminalAuthentication| {
        chip.select(terminal_key(&agency), command.data()).unwrap();
    };
    let challenged = |chip: &mut TerminalAuthentication| {
        chip.challenge(&mut numbers(3));
    };
    let refused_select = |chip: &mut TerminalAuthentication| {
        assert!(chip.select(terminal_key(&agency), &[0x80]).is_err());
    };
    type Step<'a> = &'a dyn Fn(&mut TerminalAuthentication);
    let cases: [(&[Step<'_>], bool); 7] = [
        (&[], false),
        (&[&selected], false),
        (&[&challenged], false),
        (&[&selected, &challenged], true),
        (&[&challenged, &selected], true),
        (&[&selected, &challenged, &refused_select], false),
        (
            &[&selected, &challenged, &TerminalAuthentication::clear],
            false,
        ),
    ];
    for (steps, authenticates) in cases {
        let mut chip = TerminalAuthentication::default();
        steps.iter().for_each(|step| step(&mut chip));
        let expected = if authenticates {
            StatusWord::OK
        } else {
            StatusWord::CONDITIONS_NOT_SATISFIED
        };
        assert_eq!(
            status(chip.external_authenticate(&id_picc(), &signature)),
            expected
        );
    }
}

#[test]
fn the_chip_refuses_a_signature_by_another_key_hash_session_or_over_other_data() {
    let agency = key(1);
    let refused = |terminal: TerminalKey,
                   id: &CompressedPublicKey,
                   signed: &dyn Fn(&AwaitingSignature) -> Vec<u8>| {
        let (mut chip, state) = challenged(terminal);
        let signature = signed(&state);
        assert_eq!(
            status(chip.external_authenticate(id, &signature)),
            StatusWord::AUTHENTICATION_FAILED
        );
    };
    let certified = || terminal_key(&agency);
    let by = |signer: &EcPrivateKey, protocol, data: &SignedData| {
        data.sign(protocol, signer, &mut numbers(4)).unwrap()
    };
    // Another key, or the right number on another curve.
    refused(certified(), &id_picc(), &|state| {
        by(&key(9), SHA_256, state.signed_data())
    });
    let other_curve = EcPrivateKey::from_bytes(Curve::BrainpoolP256r1, agency.expose_secret());
    if let Ok(other_curve) = other_curve {
        refused(certified(), &id_picc(), &|state| {
            by(&other_curve, SHA_256, state.signed_data())
        });
    }
    refused(certified(), &id_picc(), &|state| {
        let key = EcPrivateKey::generate(Curve::P384, &mut numbers(1)).unwrap();
        by(&key, SHA_256, state.signed_data())
    });
    // Another hash.
    for protocol in [
        TerminalAuthenticationProtocol::EcdsaSha384,
        TerminalAuthenticationProtocol::EcdsaSha512,
    ] {
        refused(certified(), &id_picc(), &|state| {
            by(&agency, protocol, state.signed_data())
        });
    }
    // Another session.
    let other = CompressedPublicKey::from_bytes(&[0x1E; 32]);
    refused(certified(), &other, &|state| sign(state, &agency));
    // Another ephemeral key, other auxiliary data, none, nothing left out or added.
    let challenge = TerminalAuthentication::default().challenge(&mut numbers(3));
    let committed = ephemeral(2).compress();
    let younger = AuxiliaryData::builder()
        .date_of_birth(Date::parse("20091231").unwrap())
        .build()
        .unwrap();
    for data in [
        SignedData::new(&id_picc(), &challenge, &ephemeral(5).compress(), &adult()),
        SignedData::new(&id_picc(), &challenge, &committed, &younger),
        SignedData::new(&id_picc(), &challenge, &committed, &AuxiliaryData::none()),
        SignedData::new(
            &id_picc(),
            &Challenge::from_bytes([0; 8]),
            &committed,
            &adult(),
        ),
        SignedData::new(&committed, &challenge, &id_picc(), &adult()),
    ] {
        refused(certified(), &id_picc(), &|_| by(&agency, SHA_256, &data));
    }
    // Not a pair of numbers in range.
    for signature in [
        vec![],
        vec![1; 63],
        vec![1; 65],
        vec![0; 64],
        vec![0xFF; 64],
        vec![1; 96],
    ] {
        refused(certified(), &id_picc(), &|_| signature.clone());
    }
}

/// A template's objects: mechanism, name, auxiliary data, compressed key.
fn objects() -> Vec<Vec<u8>> {
    vec![
        tlv::encode(tlv::Tag(0x80), &SHA_256.oid()),
        tlv::encode(tlv::Tag(0x83), HOLDER),
        adult().as_bytes().to_vec(),
        tlv::encode(tlv::Tag(0x91), ephemeral(2).compress().as_bytes()),
    ]
}

fn select(objects: &[Vec<u8>]) -> StatusWord {
    TerminalAuthentication::default()
        .select(terminal_key(&key(1)), &objects.concat())
        .map_or_else(|error| error.status_word(), |()| StatusWord::OK)
}

#[test]
fn the_chip_takes_a_template_in_any_order_with_and_without_auxiliary_data() {
    let mut given = objects();
    assert_eq!(select(&given), StatusWord::OK);
    given.reverse();
    assert_eq!(select(&given), StatusWord::OK);
    given.remove(1);
    assert_eq!(select(&given), StatusWord::OK);
}

#[test]
fn the_chip_refuses_a_template_of_another_form() {
    let replaced = |index: usize, object: Vec<u8>| {
        let mut objects = objects();
        objects[index] = object;
        select(&objects)
    };
    let refused = StatusWord::INCORRECT_DATA;
    for missing in [0, 1, 3] {
        assert_eq!(
            replaced(missing, vec![]),
            refused,
            "without object {missing}"
        );
    }
    for twice in 0..4 {
        let mut objects = objects();
        objects.push(objects[twice].clone());
        assert_eq!(select(&objects), refused, "object {twice} twice");
    }
    let with = |more: &[u8]| select(&[objects().concat(), more.to_vec()]);
    assert_eq!(with(&[0x84, 0x01, 0x0C]), refused);
    assert_eq!(with(&[0x00]), refused);
    let whole = objects().concat();
    for length in 0..whole.len() {
        assert_ne!(select(&[whole[..length].to_vec()]), StatusWord::OK);
    }
    // The mechanism: SHA-1, another hash than the certificate's, Chip Authentication, nothing.
    let mechanism = |oid: &[u8]| replaced(0, tlv::encode(tlv::Tag(0x80), oid));
    let mut sha_1 = SHA_256.oid();
    sha_1[9] = 1;
    assert_eq!(mechanism(&sha_1), refused);
    assert_eq!(
        mechanism(&TerminalAuthenticationProtocol::EcdsaSha384.oid()),
        refused
    );
    assert_eq!(mechanism(&AES_128.oid()), refused);
    assert_eq!(mechanism(&[]), refused);
    // The compressed key: of no curve's length. The length field: not the shortest.
    for length in [0, 20, 31, 33, 64, 65] {
        let object = tlv::encode(tlv::Tag(0x91), &vec![1; length]);
        assert_eq!(replaced(3, object), refused, "{length} bytes");
    }
    let long_form = [&[0x91, 0x81, 0x20][..], &[1; 32]].concat();
    assert_eq!(replaced(3, long_form), refused);
    // Auxiliary data that cannot be taken apart, or is too long.
    let long = tlv::encode(tlv::Tag(0x73), &[0; 1100]);
    for object in [
        vec![0x67, 0x01, 0x73],
        vec![0x67, 0x03, 0x73, 0x02, 0x06],
        tlv::encode(tlv::Tag(0x67), &long),
    ] {
        assert_eq!(replaced(2, object), refused);
    }
}

#[test]
fn the_chip_refuses_another_name_than_the_certificates() {
    for name in [
        &HOLDER[..12],
        b"TWAGENCY00002",
        b"",
        &[HOLDER, b"1"].concat(),
    ] {
        let mut objects = objects();
        objects[1] = tlv::encode(tlv::Tag(0x83), name);
        assert_eq!(select(&objects), StatusWord::REFERENCE_NOT_FOUND);
    }
}

#[test]
fn the_terminal_refuses_what_cannot_be() {
    let start = |name: &[u8]| terminal::start(SHA_256, name, &id_picc(), ephemeral(2), adult());
    assert!(start(&[b'A'; 16]).is_ok());
    for name in [&[][..], &[b'A'; 17]] {
        assert!(matches!(start(name), Err(Error::InvalidInput(_))));
    }
    let refused = ResponseApdu::new([], StatusWord::REFERENCE_NOT_FOUND);
    let expected = Error::Refused(StatusWord::REFERENCE_NOT_FOUND);
    let (state, _) = start(HOLDER).unwrap();
    assert_eq!(state.request_challenge(&refused).unwrap_err(), expected);
    let (state, _) = start(HOLDER).unwrap();
    let challenge = Challenge::from_bytes([1; 8]);
    let error = state.with_challenge(&refused, &challenge).unwrap_err();
    assert_eq!(error, expected);
    assert_eq!(terminal::challenge(&refused), Err(expected));
    for length in [0, 7, 9, 16] {
        let answer = ok(vec![1; length]);
        assert!(matches!(
            terminal::challenge(&answer),
            Err(Error::Malformed(_))
        ));
    }
    for length in [0, 63, 130] {
        let (_, state) = challenged(terminal_key(&key(1)));
        assert!(matches!(
            state.authenticate(&vec![1; length]),
            Err(Error::InvalidInput(_))
        ));
    }
    let (_, state) = challenged(terminal_key(&key(1)));
    let (state, _): (AwaitingAcceptance, _) = state.authenticate(&[1; 64]).unwrap();
    let refused = ResponseApdu::new([], StatusWord::AUTHENTICATION_FAILED);
    assert!(matches!(state.finish(&refused), Err(Error::Refused(_))));
}

fn chip_authentication(
    static_key: &EcPrivateKey,
    authenticated: &AuthenticatedTerminal,
    point: &[u8],
) -> Result<chip_authentication::chip::Agreed, Error> {
    let object = tlv::encode(tlv::Tag(0x80), point);
    let data = tlv::encode(tlv::Tag(0x7C), &object);
    chip_authentication::chip::version_2(AES_128, static_key, authenticated, &data, &mut numbers(6))
}

/// The point that Chip Authentication sends for this key.
fn sent_point(committed: CommittedKey, static_key: &EcPrivateKey) -> Vec<u8> {
    let public = static_key.public_key().unwrap();
    let (_, command) =
        chip_authentication::terminal::start_version_2(AES_128, public, committed).unwrap();
    command.data()[4..].to_vec()
}

#[test]
fn chip_authentication_takes_the_committed_key_and_no_other() {
    let static_key = key(8);
    let (committed, authenticated) = authenticate(ephemeral(2), AuxiliaryData::none());
    let (other, _) = authenticate(ephemeral(3), AuxiliaryData::none());
    let right = sent_point(committed, &static_key);
    let swapped = sent_point(other, &static_key);
    let status = |point: &[u8]| {
        chip_authentication(&static_key, &authenticated, point)
            .map_or_else(|error| error.status_word(), |_| StatusWord::OK)
    };
    assert_eq!(status(&right), StatusWord::OK);
    assert_eq!(status(&swapped), StatusWord::AUTHENTICATION_FAILED);
    // Not a point: off the curve, infinity, compressed, another curve's, cut, too long.
    let mut off = right.clone();
    off[64] ^= 1;
    let other_curve = EcPrivateKey::generate(Curve::BrainpoolP256r1, &mut numbers(1))
        .unwrap()
        .public_key()
        .unwrap();
    for wrong in [
        &off[..],
        &[0x00],
        &[&[0x02], &right[1..33]].concat(),
        other_curve.as_uncompressed(),
        &right[..64],
        &[&right[..], &[0]].concat(),
        &[&[0x04][..], &[0; 64]].concat(),
        &[],
    ] {
        assert_eq!(status(wrong), StatusWord::INCORRECT_DATA);
    }
}

#[test]
fn a_point_mirrored_on_the_way_ends_in_a_token_that_the_terminal_refuses() {
    // The commitment is to the x-coordinate alone, so the chip takes both points that have it.
    let prime = hex::decode("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF");
    let static_key = key(8);
    let (committed, authenticated) = authenticate(ephemeral(2), AuxiliaryData::none());
    let public = static_key.public_key().unwrap();
    let (state, command) =
        chip_authentication::terminal::start_version_2(AES_128, public, committed).unwrap();
    let mut mirrored = command.data()[4..].to_vec();
    let mut borrow = 0;
    for (byte, prime) in mirrored[33..].iter_mut().zip(prime.unwrap()).rev() {
        let difference = i16::from(prime) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = difference.rem_euclid(256) as u8;
    }
    let agreed = chip_authentication(&static_key, &authenticated, &mirrored).unwrap();
    assert!(matches!(
        state.finish(&ok(agreed.response)),
        Err(Error::NotAuthentic(_))
    ));
}

#[test]
fn a_chip_without_the_static_key_is_found_out() {
    let (committed, authenticated) = authenticate(ephemeral(2), AuxiliaryData::none());
    let public = key(8).public_key().unwrap();
    let (state, command) =
        chip_authentication::terminal::start_version_2(AES_128, public, committed).unwrap();
    let clone = chip_authentication(&key(9), &authenticated, &command.data()[4..]).unwrap();
    assert!(matches!(
        state.finish(&ok(clone.response)),
        Err(Error::NotAuthentic(_))
    ));
}

#[test]
fn a_committed_key_of_another_curve_starts_nothing() {
    let (committed, _) = authenticate(ephemeral(2), AuxiliaryData::none());
    assert_eq!(committed.curve(), Curve::P256);
    let other = EcPrivateKey::generate(Curve::P384, &mut numbers(1))
        .unwrap()
        .public_key()
        .unwrap();
    let started = chip_authentication::terminal::start_version_2(AES_128, other, committed);
    assert_eq!(started.unwrap_err(), Error::InvalidPoint);
}

#[test]
fn no_secret_is_printed() {
    let private = {
        let mut rng = numbers(2);
        EcPrivateKey::generate(Curve::P256, &mut rng).unwrap()
    };
    let secret = hex::encode(private.expose_secret());
    let (chip, state) = challenged(terminal_key(&key(1)));
    let shown = format!("{chip:?} {state:?} {:?}", state.signed_data());
    assert!(!shown.to_lowercase().contains(&secret));
    assert!(!shown.contains("20081231"));
    let (committed, authenticated) = authenticate(ephemeral(2), adult());
    let shown = format!("{committed:?} {authenticated:?}");
    assert!(!shown.to_lowercase().contains(&secret));
    assert!(!shown.contains("20081231"));
}

mod auxiliary_data {
    use super::*;

    fn date(digits: &str) -> Date {
        Date::parse(digits).unwrap()
    }

    #[test]
    fn an_age_is_reached_on_the_birthday() {
        let asked = adult();
        assert_eq!(asked.is_born_by(date("20081230")), Ok(true));
        assert_eq!(asked.is_born_by(date("20081231")), Ok(true));
        assert_eq!(asked.is_born_by(date("20090101")), Ok(false));
    }

    #[test]
    fn a_document_is_valid_on_its_last_day() {
        let asked = AuxiliaryData::builder()
            .date_of_expiry(date("20300615"))
            .build()
            .unwrap();
        assert_eq!(asked.is_valid_with(date("20300614")), Ok(false));
        assert_eq!(asked.is_valid_with(date("20300615")), Ok(true));
        assert_eq!(asked.is_valid_with(date("20300616")), Ok(true));
    }

    #[test]
    fn a_municipality_is_compared_from_its_beginning() {
        let asked = AuxiliaryData::builder()
            .municipality_id(&[0x63, 0x00])
            .build()
            .unwrap();
        assert_eq!(asked.is_in_municipality(&[0x63, 0x00, 0x01]), Ok(true));
        assert_eq!(asked.is_in_municipality(&[0x63, 0x00]), Ok(true));
        assert_eq!(asked.is_in_municipality(&[0x63]), Ok(false));
        assert_eq!(asked.is_in_municipality(&[0x64, 0x00]), Ok(false));
        let everywhere = AuxiliaryData::builder()
            .municipality_id(&[])
            .build()
            .unwrap();
        let error = everywhere.is_in_municipality(&[0x63]).unwrap_err();
        assert_eq!(error.status_word(), StatusWord::INCORRECT_DATA);
    }

    #[test]
    fn what_the_terminal_did_not_commit_to_is_not_compared() {
        for error in [
            AuxiliaryData::none()
                .is_born_by(date("20000101"))
                .unwrap_err(),
            adult().is_valid_with(date("20000101")).unwrap_err(),
            adult().is_in_municipality(&[0x63]).unwrap_err(),
        ] {
            assert_eq!(error.status_word(), StatusWord::REFERENCE_NOT_FOUND);
        }
    }

    #[test]
    fn the_last_of_several_counts_and_unknown_ones_are_ignored() {
        let asked = AuxiliaryData::builder()
            .date_of_birth(date("20200101"))
            .value(&[0x2A, 0x03], b"whatever")
            .date_of_birth(date("19900101"))
            .build()
            .unwrap();
        assert_eq!(asked.is_born_by(date("20000101")), Ok(false));
        assert_eq!(asked.value(&[0x2A, 0x03]), Some(&b"whatever"[..]));
        assert_eq!(asked.value(&[0x2A, 0x04]), None);
    }

    #[test]
    fn the_chip_passes_over_what_is_no_template_and_a_terminal_does_not_write_it() {
        let good = adult().as_bytes()[2..].to_vec();
        let oid = tlv::encode(tlv::Tag(0x06), &Kind::DateOfBirth.oid());
        let later = tlv::encode(tlv::Tag(0x53), b"20200101");
        let wrong_oid = tlv::encode(tlv::Tag(0x07), &Kind::DateOfBirth.oid());
        let template = |objects: &[&[u8]]| tlv::encode(tlv::Tag(0x73), &objects.concat());
        for other in [
            Vec::new(),
            tlv::encode(tlv::Tag(0x72), &[&oid[..], &later].concat()),
            template(&[&wrong_oid, &later]),
            template(&[&oid]),
            template(&[&later]),
            template(&[&oid, &later, &later]),
            template(&[&[0x06]]),
            template(&[]),
        ] {
            let alone = tlv::encode(tlv::Tag(0x67), &other);
            let received = AuxiliaryData::received(&alone).unwrap();
            assert_eq!(received.as_bytes(), alone, "it is signed as it came");
            let error = received.is_born_by(date("19900101")).unwrap_err();
            assert_eq!(error.status_word(), StatusWord::REFERENCE_NOT_FOUND);
            assert!(AuxiliaryData::parse(&alone).is_err());
            // Nor does it stand in the way of the others.
            let beside = tlv::encode(tlv::Tag(0x67), &[&good[..], &other].concat());
            let received = AuxiliaryData::received(&beside).unwrap();
            assert_eq!(received.is_born_by(date("20081231")), Ok(true));
            assert_eq!(received.is_born_by(date("20090101")), Ok(false));
        }
        let many = tlv::encode(tlv::Tag(0x67), &good.repeat(17));
        assert!(AuxiliaryData::received(&many).is_err());
    }

    #[test]
    fn a_value_that_is_no_date_is_refused_when_it_is_used() {
        for value in [
            &b""[..],
            b"2008123",
            b"200812311",
            b"20081331",
            b"20080031",
            b"20081200",
            b"20081232",
            b"2008-1-1",
            &[2, 0, 0, 8, 1, 2, 3, 1],
        ] {
            let asked = AuxiliaryData::builder()
                .value(&Kind::DateOfBirth.oid(), value)
                .build()
                .unwrap();
            let error = asked.is_born_by(date("19900101")).unwrap_err();
            assert_eq!(error.status_word(), StatusWord::INCORRECT_DATA);
        }
        assert!(Date::parse("民國九十年").is_err());
    }

    #[test]
    fn at_most_sixteen_templates_in_1024_bytes_are_taken() {
        let many = |count| {
            (0..count)
                .fold(AuxiliaryData::builder(), |builder, _| {
                    builder.value(&[0x2A], &[])
                })
                .build()
        };
        assert!(many(16).is_ok());
        assert!(matches!(many(17), Err(Error::InvalidInput(_))));
        // 67 82 xx xx, 73 82 xx xx, 06 01 2A, 53 82 xx xx
        let long = |length| {
            AuxiliaryData::builder()
                .value(&[0x2A], &vec![1; length])
                .build()
        };
        assert_eq!(long(1024 - 15).unwrap().as_bytes().len(), 1024);
        assert!(long(1024 - 14).is_err());
        assert_eq!(AuxiliaryData::builder().build(), Ok(AuxiliaryData::none()));
    }

    #[test]
    fn a_command_names_one_known_kind() {
        for kind in Kind::ALL {
            for command in [kind.verify(), kind.compare()] {
                assert_eq!(Kind::from_command_data(command.data()), Ok(kind));
            }
        }
        let mut unknown = Kind::DateOfBirth.compare().data().to_vec();
        unknown[10] = 5;
        let error = Kind::from_command_data(&unknown).unwrap_err();
        assert_eq!(error.status_word(), StatusWord::REFERENCE_NOT_FOUND);
        for data in [
            &unknown[..10],
            &[],
            &[&unknown[..], &[0]].concat(),
            &unknown[2..],
        ] {
            let error = Kind::from_command_data(data).unwrap_err();
            assert_eq!(error.status_word(), StatusWord::INCORRECT_DATA);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_change_of_the_template_survives_the_signature(
        position in any::<prop::sample::Index>(),
        change in 1u8..,
    ) {
        let agency = key(1);
        let mut chip = TerminalAuthentication::default();
        let (state, command) =
            terminal::start(SHA_256, HOLDER, &id_picc(), ephemeral(2), adult()).unwrap();
        let mut data = command.data().to_vec();
        let position = position.index(data.len());
        data[position] ^= change;
        let selected = chip.select(terminal_key(&agency), &data);
        let challenge = chip.challenge(&mut numbers(3));
        let state = state.with_challenge(&ok([]), &challenge).unwrap();
        let authenticated = chip.external_authenticate(&id_picc(), &sign(&state, &agency));
        prop_assert!(selected.is_err() || authenticated.is_err());
        prop_assert!(authenticated.is_err());
    }

    #[test]
    fn no_change_of_the_signature_is_accepted(
        position in 0usize..64,
        change in 1u8..,
    ) {
        let agency = key(1);
        let (mut chip, state) = challenged(terminal_key(&agency));
        let mut signature = sign(&state, &agency);
        signature[position] ^= change;
        prop_assert!(chip.external_authenticate(&id_picc(), &signature).is_err());
    }

    #[test]
    fn any_bytes_are_refused_without_panic(data in prop::collection::vec(any::<u8>(), 0..200)) {
        let agency = key(1);
        let mut chip = TerminalAuthentication::default();
        prop_assert!(chip.select(terminal_key(&agency), &data).is_err());
        let (mut chip, _) = challenged(terminal_key(&agency));
        prop_assert!(chip.external_authenticate(&id_picc(), &data).is_err());
        prop_assert!(AuxiliaryData::parse(&data).is_err());
        prop_assert!(Kind::from_command_data(&data).is_err());
    }

    #[test]
    fn auxiliary_data_is_read_as_built(
        values in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 1..12), prop::collection::vec(any::<u8>(), 0..40)),
            1..=16,
        ),
    ) {
        let built = values
            .iter()
            .fold(AuxiliaryData::builder(), |builder, (oid, value)| builder.value(oid, value))
            .build()
            .unwrap();
        prop_assert_eq!(&AuxiliaryData::parse(built.as_bytes()).unwrap(), &built);
        for (oid, _) in &values {
            let last = values.iter().rev().find(|(other, _)| other == oid).unwrap();
            prop_assert_eq!(built.value(oid), Some(last.1.as_slice()));
        }
        for cut in 0..built.as_bytes().len() {
            prop_assert!(AuxiliaryData::parse(&built.as_bytes()[..cut]).is_err());
        }
    }
}
