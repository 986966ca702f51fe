//! Chips and lines that mean harm. They can make the host fail; they can not make it panic, hang,
//! allocate without bound, or pass unverified data off as verified.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use host_lib::{
    AccessCode, Cancel, Card, CardTransport, Error, ErrorCode, File, Group, Groups, Limits,
    Misbehaviour, Options, TravelGroups,
};
use lds::security_infos::SecurityInfo;
use lds::{SecurityInfos, oid};
use proptest::prelude::*;
use support::odd_chip::{OddChip, Oddities};
use support::{Answers, Tampered, World, is_protected, world};
use transport::{InProcess, Interface, TransportError};

/// Opens, reads and verifies everything, as far as the card lets it come.
fn everything(world: &World, transport: impl CardTransport) -> Result<(), Error> {
    let mut card = Card::open(transport)?;
    let _ = card.pin_status();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap())?;
    let unverified = session.read(Groups::public())?;
    unverified.verify(&world.verifier()).accept()?;
    drop(session);
    let mut session = card.pace(world.mrz())?;
    let unverified = session.read_travel_document(TravelGroups::mrz_and_face())?;
    unverified.verify(&world.verifier()).accept()?;
    Ok(())
}

#[test]
fn without_interference_everything_passes() {
    let world = world();
    everything(world, world.insert()).unwrap();
}

/// A transport that counts, for the tests that say how much is too much.
fn counted(
    count: &AtomicUsize,
    mut answer: impl FnMut(&[u8]) -> Vec<u8> + Send,
) -> Answers<impl FnMut(&[u8]) -> Result<Vec<u8>, TransportError> + Send> {
    Answers(move |command: &[u8]| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(answer(command))
    })
}

#[test]
fn endless_promises_of_more_data_come_to_an_end() {
    for answer in [
        &[0x61, 0x00][..],
        &[0x61, 0xFF],
        &[0x6C, 0x00],
        &[0x6C, 0x01],
        &[0xAA, 0x61, 0x01],
        &[0x90, 0x00],
        &[0x62, 0x82],
        &[0x30, 0x90, 0x00],
        &[0x31, 0x82, 0x10, 0x00, 0x90, 0x00],
    ] {
        let count = AtomicUsize::new(0);
        let error = Card::open(counted(&count, |_| answer.to_vec())).unwrap_err();
        assert!(count.load(Ordering::Relaxed) <= 8200, "{error}");
    }
}

#[test]
fn an_answer_of_one_byte_at_a_time_is_cut_off_early() {
    // A file that claims 12 kB and comes in single bytes.
    let count = AtomicUsize::new(0);
    let mut sent = 0;
    let error = Card::open(counted(&count, |command| match command[1] {
        0xB0 => {
            let file = [0x31, 0x82, 0x2F, 0x00];
            let byte = file.get(sent).copied().unwrap_or(0);
            sent += 1;
            vec![byte, 0x90, 0x00]
        }
        _ => vec![0x90, 0x00],
    }))
    .unwrap_err();
    assert_eq!(error.code(), ErrorCode::ChipTooManyExchanges);
    assert!(count.load(Ordering::Relaxed) < 1000);
}

#[test]
fn gigantic_lengths_are_refused_before_anything_is_allocated() {
    for header in [
        &[0x31, 0x84, 0xFF, 0xFF, 0xFF, 0xFF][..],
        &[0x31, 0x84, 0x7F, 0xFF, 0xFF, 0xFF],
        &[0x31, 0x83, 0x10, 0x00, 0x00],
        &[0x31, 0x82, 0xFF, 0xFF],
    ] {
        let count = AtomicUsize::new(0);
        let error = Card::open(counted(&count, |_| [header, &[0x90, 0x00]].concat())).unwrap_err();
        assert!(
            matches!(error, Error::ChipMisbehaved(Misbehaviour::TooLarge { .. })),
            "{error}"
        );
        assert!(count.load(Ordering::Relaxed) < 10);
    }
    for header in [
        &[0x31, 0x80][..],
        &[0x31, 0x85, 1, 1, 1, 1, 1],
        &[0x31, 0xFF],
        &[0xFF; 9],
    ] {
        let error = Card::open(Answers(|_: &[u8]| Ok([header, &[0x90, 0x00]].concat())));
        assert_eq!(error.unwrap_err().code(), ErrorCode::ChipMalformed);
    }
}

#[test]
fn a_group_of_four_gigabytes_is_refused_inside_the_channel_too() {
    let mut world = World::new();
    let claimed = [&[0x6B, 0x84, 0xFF, 0xFF, 0xFF, 0xF0][..], &[0; 300]].concat();
    world.card.image_mut().eid.groups.insert(11, claimed);
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let error = session.read(Group::Dg11).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ChipTooLarge);
    assert!(session.read(Group::Dg12).is_ok(), "the session goes on");
}

#[test]
fn answers_that_are_longer_than_any_answer_or_no_answer_at_all_are_refused() {
    for answer in [vec![0; 70_000], vec![0x90], vec![]] {
        assert!(Card::open(Answers(|_: &[u8]| Ok(answer.clone()))).is_err());
    }
    // More than was asked for.
    let error = Card::open(Answers(|command: &[u8]| {
        Ok(match command[1] {
            0xB0 => [&[0x31, 0x82, 0x03, 0x00][..], &[0; 2000], &[0x90, 0x00]].concat(),
            _ => vec![0x90, 0x00],
        })
    }))
    .unwrap_err();
    assert_eq!(error.code(), ErrorCode::ChipTooLarge);
}

/// Reads group 11 while answers are changed; gives the error, and whether the session went on.
fn interfered(tamper: impl FnMut(usize, &[u8], Vec<u8>) -> Vec<u8> + Send) -> (Error, Error) {
    let world = world();
    let transport = Tampered::new(world.insert(), tamper);
    let mut card = Card::open(transport).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let first = session.read(Group::Dg11).unwrap_err();
    let second = session.read(Group::Dg11).unwrap_err();
    (first, second)
}

#[test]
fn one_changed_bit_in_a_protected_answer_ends_the_session() {
    // Each byte of the first protected answer.
    for at in 0..60 {
        let mut done = false;
        let (first, second) = interfered(move |_, command, mut answer| {
            if is_protected(command) && !done && at < answer.len() - 2 {
                done = true;
                let at = answer.len() - 3 - at;
                answer[at] ^= 0x01;
            }
            answer
        });
        assert_eq!(
            first.code(),
            ErrorCode::ChannelForged,
            "byte {at} from the end"
        );
        assert_eq!(second.code(), ErrorCode::ApiMisuse);
    }
}

#[test]
fn a_plain_answer_is_never_taken_for_data() {
    let plain = [&[0x6B, 0x03, 0x30, 0x01, 0x00][..], &[0x90, 0x00]].concat();
    for answer in [
        plain,
        vec![0x90, 0x00],
        vec![0x62, 0x82],
        vec![0x63, 0xC1],
        vec![0x61, 0x00],
    ] {
        let (first, second) = interfered(move |_, command, honest| {
            if is_protected(command) || command[1] == 0xC0 {
                answer.clone()
            } else {
                honest
            }
        });
        assert!(
            matches!(
                first.code(),
                ErrorCode::ChannelPlain | ErrorCode::ChannelForged | ErrorCode::ChipMalformed
            ),
            "{first}"
        );
        assert_eq!(second.code(), ErrorCode::ApiMisuse, "{first}");
    }
}

#[test]
fn a_replayed_answer_ends_the_session() {
    let mut old = Vec::new();
    let mut count = 0;
    let (first, second) = interfered(move |_, command, answer| {
        if !is_protected(command) {
            return answer;
        }
        count += 1;
        match count {
            1 => {
                old = answer.clone();
                answer
            }
            _ => old.clone(),
        }
    });
    assert_eq!(first.code(), ErrorCode::ChannelForged);
    assert_eq!(second.code(), ErrorCode::ApiMisuse);
}

#[test]
fn a_changed_status_word_in_plain_sight_ends_the_session() {
    let (first, _) = interfered(|_, command, mut answer| {
        if is_protected(command) {
            let at = answer.len() - 2;
            answer[at..].copy_from_slice(&[0x6A, 0x82]);
        }
        answer
    });
    assert_eq!(first.code(), ErrorCode::ChannelForged);
}

#[test]
fn forged_plain_refusals_never_become_a_verdict() {
    // Somebody on the line says "file not found" and "denied" to every read in the channel.
    for status in [[0x6A, 0x82], [0x69, 0x82], [0x6F, 0x00]] {
        let (first, _) = interfered(move |_, command, answer| {
            if is_protected(command) {
                status.to_vec()
            } else {
                answer
            }
        });
        let Error::Card(fault) = first else {
            panic!("{first}");
        };
        assert!(!fault.authenticated);
    }
}

#[test]
fn a_session_that_is_over_sends_nothing_more() {
    let world = world();
    let mut transport = Tampered::new(world.insert(), |_, command: &[u8], mut answer: Vec<u8>| {
        if is_protected(command) {
            answer[3] ^= 1;
        }
        answer
    });
    {
        let mut card = Card::open(&mut transport).unwrap();
        let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
        session.read(Group::Dg11).unwrap_err();
        let before = session.traffic().exchanges;
        session.read(Group::Dg11).unwrap_err();
        session
            .read_travel_document(TravelGroups::mrz())
            .unwrap_err();
        assert_eq!(session.traffic().exchanges, before);
    }
}

#[test]
fn a_weakened_card_access_is_found_before_anything_personal_is_read() {
    let world = world();
    let honest = SecurityInfos::parse(&world.image().master_file.card_access).unwrap();
    let without_cam: SecurityInfos = honest
        .iter()
        .filter(|info| match info {
            SecurityInfo::Pace(pace) => pace.protocol != oid::ID_PACE_ECDH_CAM_AES_CBC_CMAC_128,
            _ => true,
        })
        .cloned()
        .collect();
    assert_ne!(honest, without_cam);
    let odd = Oddities {
        card_access: Some(without_cam.to_der().unwrap()),
        ..Oddities::default()
    };
    let chip = OddChip::new(world.image(), world.can(), odd);
    let mut card = Card::open(InProcess::new(chip, Interface::Contactless)).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let error = session.read(Group::Dg11).unwrap_err();
    assert_eq!(error.code(), ErrorCode::CardAccessDowngrade);
    drop(session);
    let log = card.into_transport().remove().log;
    let selected_eid = log.iter().any(|command| command[..3] == [0x00, 0xA4, 0x04]);
    assert!(!selected_eid, "the application was opened");
}

#[test]
fn every_wrong_answer_in_the_key_agreement_is_the_chips_fault_and_not_the_holders() {
    let world = world();
    // The nonce may be anything; points and the token may not.
    for step in 2..=4 {
        let mut count = 0;
        let transport = Tampered::new(
            world.insert(),
            move |_, command: &[u8], mut answer: Vec<u8>| {
                if command[1] == 0x86 {
                    count += 1;
                    if count == step {
                        answer[8] ^= 0x01;
                    }
                }
                answer
            },
        );
        let mut card = Card::open(transport).unwrap();
        let error = card
            .pace(AccessCode::can(world.can()).unwrap())
            .unwrap_err();
        assert_eq!(
            error.code(),
            ErrorCode::ChipBrokePace,
            "step {step}: {error}"
        );
    }
}

#[test]
fn a_wrong_code_is_told_in_the_last_step_alone() {
    // Before it nothing was compared: whoever says so earlier wants the holder to try another code.
    let world = world();
    for (step, expected) in [
        (1, ErrorCode::CardStatus),
        (2, ErrorCode::CardStatus),
        (3, ErrorCode::CardStatus),
        (4, ErrorCode::WrongPin1),
    ] {
        let mut count = 0;
        let transport = Tampered::new(world.insert(), move |_, command: &[u8], answer: Vec<u8>| {
            count += usize::from(command[1] == 0x86);
            match (command[1], count) {
                (0x86, at) if at == step => vec![0x63, 0xC2],
                _ => answer,
            }
        });
        let mut card = Card::open(transport).unwrap();
        let code = AccessCode::pin(world.pin1()).unwrap();
        let error = card.pace(code).unwrap_err();
        assert_eq!(error.code(), expected, "step {step}: {error}");
    }
}

#[test]
fn a_protected_command_is_never_sent_a_second_time() {
    // In plain 6Cxx is corrected; under secure messaging the same number would be used twice.
    let world = world();
    let protected = Arc::new(Mutex::new(Vec::new()));
    let sent = Arc::clone(&protected);
    let transport = Tampered::new(world.insert(), move |_, command: &[u8], answer: Vec<u8>| {
        if !is_protected(command) {
            return answer;
        }
        // The objects with their checksum; Le may be another one.
        let apdu = iso7816::CommandApdu::parse(command).unwrap();
        sent.lock().unwrap().push(apdu.data().to_vec());
        vec![0x6C, 0x10]
    });
    let mut card = Card::open(transport).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    assert!(session.read(Group::Dg11).is_err());
    let sent = protected.lock().unwrap();
    assert!(!sent.is_empty());
    for (index, command) in sent.iter().enumerate() {
        assert!(!sent[..index].contains(command), "{command:02x?}");
    }
}

#[test]
fn pieces_that_make_no_answer_together_are_refused() {
    // The 257th piece of 256 bytes makes the answer longer than any can be.
    let count = AtomicUsize::new(0);
    let error = Card::open(counted(&count, |command| match command[1] {
        0xA4 => vec![0x90, 0x00],
        _ => [&[0x31; 256][..], &[0x61, 0x00]].concat(),
    }))
    .unwrap_err();
    assert!(
        matches!(error, Error::ChipMisbehaved(Misbehaviour::AnswerTooLong)),
        "{error}"
    );
    assert!(count.load(Ordering::Relaxed) < 300);
}

#[test]
fn our_own_keys_reflected_are_refused() {
    let world = world();
    let transport = Tampered::new(world.insert(), |_, command: &[u8], mut answer: Vec<u8>| {
        // Steps 2 and 3: the terminal's point comes back as the chip's.
        if command[1] == 0x86 && matches!(command.get(7), Some(0x81 | 0x83)) {
            answer = command[5..command.len() - 1].to_vec();
            answer[2] += 1;
            answer.extend([0x90, 0x00]);
        }
        answer
    });
    let mut card = Card::open(transport).unwrap();
    let error = card
        .pace(AccessCode::can(world.can()).unwrap())
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::ChipBrokePace);
}

#[test]
fn the_budget_of_exchanges_is_kept() {
    let world = world();
    let mut limits = Limits::default();
    limits.exchanges = 12;
    let mut card = Card::open_with(world.insert(), Options::new().limits(limits)).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let before = session.traffic().exchanges;
    let error = session.read(Groups::public()).err();
    assert!(session.traffic().exchanges - before <= 12);
    // Whether twelve are enough is for the blocks to say; the limit itself is what counts.
    if let Some(error) = error {
        assert_eq!(error.code(), ErrorCode::ChipTooManyExchanges);
    }
}

#[test]
fn cancelling_stops_before_the_next_exchange() {
    let world = world();
    let cancel = Cancel::new();
    let button = cancel.clone();
    let options = Options::new()
        .cancelled_by(cancel)
        .on_progress(move |progress| {
            if matches!(progress.file, File::Eid(Group::Dg2)) {
                button.cancel();
            }
        });
    let mut card = Card::open_with(world.insert(), options).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let error = session.read(Groups::public()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled);
    let before = session.traffic().exchanges;
    assert_eq!(
        session.read(Group::Dg11).unwrap_err().code(),
        ErrorCode::Cancelled
    );
    assert_eq!(session.traffic().exchanges, before);
}

#[test]
fn a_card_that_leaves_or_falls_silent_is_named() {
    let world = world();
    for (error, code) in [
        (TransportError::Removed, ErrorCode::CardRemoved),
        (TransportError::Reset, ErrorCode::CardReset),
        (TransportError::Unresponsive, ErrorCode::Timeout),
        (TransportError::Cancelled, ErrorCode::Cancelled),
        (
            TransportError::ReaderUnavailable,
            ErrorCode::ReaderUnavailable,
        ),
        (
            TransportError::ServiceUnavailable,
            ErrorCode::ServiceUnavailable,
        ),
        (TransportError::NotPermitted, ErrorCode::NotPermitted),
        (TransportError::InUse, ErrorCode::CardInUse),
        (
            TransportError::Other("a cable".into()),
            ErrorCode::ReaderFailed,
        ),
    ] {
        // At every exchange of the walk.
        for at in [1, 3, 5, 8, 10, 12] {
            let mut inner = world.insert();
            let mut count = 0;
            let transport = Answers(|command: &[u8]| {
                count += 1;
                if count >= at {
                    Err(error.clone())
                } else {
                    inner.transmit(command)
                }
            });
            let found = everything(world, transport).unwrap_err();
            assert_eq!(found.code(), code, "at exchange {at}");
        }
    }
}

/// Changes one bit of a file of the card, reads, verifies, and changes it back.
fn with_one_bit_changed(world: &mut World, file: File, at: usize) -> Result<(), Error> {
    flip(world, file, at);
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let result = session
        .read(Group::Dg11)
        .and_then(|unverified| unverified.verify(&world.verifier()).accept());
    flip(world, file, at);
    result.map(drop)
}

fn file_of(world: &mut World, file: File) -> &mut Vec<u8> {
    let image = world.card.image_mut();
    match file {
        File::Sod => &mut image.eid.sod,
        File::CardSecurity => &mut image.master_file.card_security,
        _ => image.eid.groups.get_mut(&11).unwrap(),
    }
}

fn flip(world: &mut World, file: File, at: usize) {
    file_of(world, file)[at] ^= 0x04;
}

#[test]
fn one_changed_bit_anywhere_in_a_signed_file_is_refused() {
    let mut world = World::new();
    for file in [File::Sod, File::CardSecurity, File::Eid(Group::Dg11)] {
        let length = file_of(&mut world, file).len();
        for at in (0..length).step_by(length / 60 + 1) {
            let code = with_one_bit_changed(&mut world, file, at)
                .expect_err(&format!("{file}, byte {at}"))
                .code();
            // Inside the group's own header the length itself is wrong; everywhere else its hash.
            if file == File::Eid(Group::Dg11) && at >= 4 {
                assert_eq!(code, ErrorCode::DataAltered, "byte {at}");
            }
        }
    }
    assert!(with_one_bit_changed(&mut world, File::Sod, 0).is_err());
    flip(&mut world, File::Sod, 0);
    assert!(
        with_one_bit_changed(&mut world, File::Sod, 0).is_ok(),
        "two changes are none"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_answers_never_do_more_than_fail(
        answers in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..300),
                (proptest::collection::vec(any::<u8>(), 0..80), prop_oneof![
                    Just([0x90, 0x00]), Just([0x61, 0x10]), Just([0x6C, 0x10]), Just([0x62, 0x82]),
                    Just([0x63, 0xC1]), Just([0x67, 0x00]), Just([0x6A, 0x82]), Just([0x69, 0x88]),
                ]).prop_map(|(mut data, status)| { data.extend(status); data }),
            ],
            0..60,
        ),
    ) {
        let mut answers = answers.into_iter();
        let transport = Answers(|_: &[u8]| answers.next().ok_or(TransportError::Removed));
        if let Ok(mut card) = Card::open(transport) {
            let _ = card.pin_status();
            prop_assert!(card.pace(AccessCode::can("123456").unwrap()).is_err());
        }
    }

    #[test]
    fn random_changes_of_an_honest_walk_never_pass_altered_data_off_as_verified(
        at in 1usize..60,
        byte in any::<prop::sample::Index>(),
        bit in 0u8..8,
        cut in any::<bool>(),
    ) {
        let world = world();
        let transport = Tampered::new(world.insert(), move |number, _: &[u8], mut answer: Vec<u8>| {
            if number == at {
                let at = byte.index(answer.len());
                if cut {
                    answer.truncate(at);
                } else {
                    answer[at] ^= 1 << bit;
                }
            }
            answer
        });
        let mut card = match Card::open(transport) {
            Ok(card) => card,
            Err(_) => return Ok(()),
        };
        let Ok(mut session) = card.pace(AccessCode::can(world.can()).unwrap()) else {
            return Ok(());
        };
        if let Ok(unverified) = session.read(Groups::public())
            && let Ok(verified) = unverified.verify(&world.verifier()).accept()
        {
            // Whatever was changed did not matter (a SELECT's status, EF.ATR/INFO); the data are right.
            let profile = issuer::Profile::default_specimen();
            prop_assert_eq!(verified.national_id(), Some(&profile.holder().national_id));
        }
    }
}
