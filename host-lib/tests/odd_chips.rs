//! Chips that are odd, as chips in the field are, and yet honest: they are read all the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod support;

use host_lib::{
    AccessCode, Card, ChipProofPreference, Error, ErrorCode, File, Group, Groups, Misbehaviour,
    Options, PasswordStatus, Unsupported, Verified,
};
use iso7816::StatusWord;
use lds::security_infos::{PaceInfo, SecurityInfo};
use lds::{SecurityInfos, oid};
use support::odd_chip::{OddChip, Oddities};
use support::{World, world};
use transport::{Capabilities, InProcess, Interface};

/// Reads the public zone of an odd chip with an ordinary reader.
fn read(odd: Oddities) -> (Verified<host_lib::Identity>, Vec<Vec<u8>>) {
    read_with(odd, Capabilities::extended(Interface::Contactless))
}

fn read_with(odd: Oddities, reader: Capabilities) -> (Verified<host_lib::Identity>, Vec<Vec<u8>>) {
    let world = world();
    let chip = OddChip::new(world.image(), world.can(), odd);
    let mut card = Card::open(InProcess::with_capabilities(chip, reader)).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let unverified = session.read(Groups::public()).unwrap();
    let identity = unverified.verify(&world.verifier()).accept().unwrap();
    drop(session);
    (identity, card.into_transport().remove().log)
}

fn longest_ne(log: &[Vec<u8>]) -> u32 {
    log.iter()
        .filter_map(|command| iso7816::CommandApdu::parse(command).unwrap().ne())
        .max()
        .unwrap()
}

#[test]
fn an_ordinary_chip_is_read_in_the_largest_blocks() {
    let (identity, log) = read(Oddities::default());
    assert!(identity.name().is_some() && identity.portrait().is_some());
    assert!(longest_ne(&log) > 256);
    let reads = log.iter().filter(|command| command[1] == 0xB0).count();
    assert!(reads < 20, "{reads} READ BINARY");
}

#[test]
fn a_reader_without_extended_length_gets_short_apdus_only() {
    let reader = Capabilities::short(Interface::Contact);
    let (identity, log) = read_with(Oddities::default(), reader);
    assert!(identity.portrait().is_some());
    assert!(longest_ne(&log) <= 256);
}

#[test]
fn a_chip_without_extended_length_gets_short_apdus_only() {
    for atr_info in [
        Some(Vec::new()),
        Some(vec![0x43, 0x01, 0xB8]),
        Some(vec![0xFF; 5]),
    ] {
        let (identity, log) = read(Oddities {
            atr_info,
            ..Oddities::default()
        });
        assert!(identity.portrait().is_some());
        assert!(longest_ne(&log) <= 256);
    }
}

#[test]
fn a_chip_whose_buffer_is_small_is_asked_for_no_more_than_fits() {
    // DO 7F66: 512 bytes each way; and the reader's own buffer smaller than the card's.
    let info = vec![
        0x7F, 0x66, 0x08, 0x02, 0x02, 0x02, 0x00, 0x02, 0x02, 0x02, 0x00,
    ];
    let (_, log) = read(Oddities {
        atr_info: Some(info),
        ..Oddities::default()
    });
    let longest = longest_ne(&log);
    assert!((257..=512).contains(&longest), "{longest}");
    let reader = Capabilities {
        max_response: 1000,
        ..Capabilities::extended(Interface::Contact)
    };
    let (_, log) = read_with(Oddities::default(), reader);
    let longest = longest_ne(&log);
    assert!((257..=1000).contains(&longest), "{longest}");
}

#[test]
fn a_chip_that_promises_more_than_it_takes_gets_smaller_blocks() {
    let (identity, log) = read(Oddities {
        longest_le: Some(256),
        ..Oddities::default()
    });
    assert!(identity.portrait().is_some());
    let refused = log.iter().filter(|command| {
        let command = iso7816::CommandApdu::parse(command).unwrap();
        command.ins() == 0xB0 && command.ne().unwrap_or(0) > 256
    });
    assert_eq!(refused.count(), 1, "it is asked for too much only once");
}

#[test]
fn a_chip_that_gives_less_than_was_asked_for_is_read_to_the_end() {
    for short_answers in [48, 100, 223] {
        let odd = Oddities {
            short_answers: Some(short_answers),
            ..Oddities::default()
        };
        assert!(read(odd).0.portrait().is_some());
    }
}

#[test]
fn a_chip_that_knows_no_short_identifiers_is_read_by_select() {
    let (identity, log) = read(Oddities {
        no_short_identifiers: true,
        ..Oddities::default()
    });
    assert!(identity.portrait().is_some());
    assert!(
        log.iter()
            .any(|command| command[..4] == [0x00, 0xA4, 0x02, 0x0C])
    );
}

#[test]
fn answers_in_pieces_are_put_together() {
    for pieces in [16, 100, 255, 256] {
        assert!(
            read(Oddities {
                pieces: Some(pieces),
                ..Oddities::default()
            })
            .0
            .portrait()
            .is_some()
        );
    }
}

#[test]
fn a_chip_that_insists_on_the_exact_length_gets_it() {
    assert!(
        read(Oddities {
            insists_on_le: true,
            ..Oddities::default()
        })
        .0
        .name()
        .is_some()
    );
}

fn pace_infos(ids: &[Option<u64>]) -> Vec<u8> {
    SecurityInfos::new(ids.iter().map(|parameter_id| {
        SecurityInfo::Pace(PaceInfo {
            protocol: oid::ID_PACE_ECDH_GM_AES_CBC_CMAC_128,
            version: 2,
            parameter_id: *parameter_id,
        })
    }))
    .to_der()
    .unwrap()
}

#[test]
fn a_pace_info_without_parameter_identifier_opens_the_card_all_the_same() {
    let world = world();
    for (ids, refuses_parameter_id) in [
        (vec![None], false),
        (vec![None], true),
        // One set of parameters, whose number the chip does not want to hear.
        (vec![Some(12)], true),
        (vec![Some(12)], false),
        (vec![Some(10), Some(12), Some(99)], false),
    ] {
        let odd = Oddities {
            card_access: Some(pace_infos(&ids)),
            refuses_parameter_id,
            ..Oddities::default()
        };
        let chip = OddChip::new(world.image(), world.can(), odd);
        let mut card = Card::open(InProcess::new(chip, Interface::Contactless)).unwrap();
        let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
        // Open it is; but what it offered is not what its issuer signed.
        let error = session.read(Group::Dg11).unwrap_err();
        assert_eq!(error.code(), ErrorCode::CardAccessDowngrade, "{ids:?}");
    }
}

#[test]
fn a_chip_without_a_suite_that_is_known_says_so_before_anything_is_sent() {
    let world = world();
    let odd = Oddities {
        card_access: Some(pace_infos(&[Some(3)])),
        ..Oddities::default()
    };
    let chip = OddChip::new(world.image(), world.can(), odd);
    let mut card = Card::open(InProcess::new(chip, Interface::Contactless)).unwrap();
    let error = card
        .pace(AccessCode::can(world.can()).unwrap())
        .unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::PaceSuite)));
}

#[test]
fn the_status_words_of_set_at_are_understood() {
    let world = world();
    for (status, expected, code) in [
        (0x63C2, PasswordStatus::TriesLeft(2), None),
        (
            0x63C1,
            PasswordStatus::Suspended,
            Some(ErrorCode::PinSuspended),
        ),
        (0x63C0, PasswordStatus::Blocked, Some(ErrorCode::PinBlocked)),
        (
            0x6283,
            PasswordStatus::Deactivated,
            Some(ErrorCode::PinDeactivated),
        ),
        (0x6983, PasswordStatus::Blocked, Some(ErrorCode::PinBlocked)),
        (
            0x6984,
            PasswordStatus::Deactivated,
            Some(ErrorCode::PinDeactivated),
        ),
        (
            0x6985,
            PasswordStatus::Suspended,
            Some(ErrorCode::PinSuspended),
        ),
        (
            0x6A88,
            PasswordStatus::Absent,
            Some(ErrorCode::PasswordAbsent),
        ),
    ] {
        let odd = Oddities {
            set_template_status: Some(StatusWord(status)),
            ..Oddities::default()
        };
        let chip = OddChip::new(world.image(), world.can(), odd);
        let mut card = Card::open(InProcess::new(chip, Interface::Contactless)).unwrap();
        assert_eq!(card.pin_status().unwrap(), expected, "{status:04X}");
        if let Some(code) = code {
            let error = card.pace(AccessCode::pin("123456").unwrap()).unwrap_err();
            assert_eq!(error.code(), code, "{status:04X}");
            let log = card.into_transport().remove().log;
            assert!(
                log.iter().all(|command| command[1] != 0x86),
                "a try was begun"
            );
        }
    }
}

#[test]
fn the_status_words_of_a_wrong_password_are_understood() {
    let world = world();
    let wrong = if world.can() == "000000" {
        "111111"
    } else {
        "000000"
    };
    for (status, can, pin) in [
        (0x6300, ErrorCode::WrongCan, ErrorCode::WrongPin1),
        (0x63C2, ErrorCode::WrongCan, ErrorCode::WrongPin1),
        (0x6982, ErrorCode::WrongCan, ErrorCode::CardStatus),
        (0x6988, ErrorCode::WrongCan, ErrorCode::CardStatus),
        (0x6A80, ErrorCode::WrongCan, ErrorCode::CardStatus),
        (0x6983, ErrorCode::PasswordAbsent, ErrorCode::PinBlocked),
        (0x6984, ErrorCode::PasswordAbsent, ErrorCode::PinDeactivated),
        (0x6985, ErrorCode::CardStatus, ErrorCode::PinSuspended),
        (0x6F00, ErrorCode::CardStatus, ErrorCode::CardStatus),
    ] {
        let odd = Oddities {
            wrong_token_status: Some(StatusWord(status)),
            ..Oddities::default()
        };
        let chip = OddChip::new(world.image(), world.can(), odd);
        let mut card = Card::open(InProcess::new(chip, Interface::Contactless)).unwrap();
        let error = card.pace(AccessCode::can(wrong).unwrap()).unwrap_err();
        assert_eq!(error.code(), can, "{status:04X}");
        let error = card.pace(AccessCode::pin(wrong).unwrap()).unwrap_err();
        assert_eq!(error.code(), pin, "{status:04X}");
    }
}

#[test]
fn a_plain_error_answer_does_not_cost_the_channel_its_step() {
    let world = world();
    for status in [0x6A82, 0x6982, 0x6D00, 0x6F00, 0x6581] {
        let odd = Oddities {
            plain_error: Some((3, StatusWord(status))),
            ..Oddities::default()
        };
        let chip = OddChip::new(world.image(), world.can(), odd);
        let mut card = Card::open(InProcess::new(chip, Interface::Contactless)).unwrap();
        let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
        for _ in 0..3 {
            let error = session.read(Group::Dg3).unwrap_err();
            let Error::Card(fault) = error else {
                panic!("{error}");
            };
            assert_eq!(
                (fault.status, fault.authenticated),
                (StatusWord(status), false)
            );
            assert!(session.read(Group::Dg11).is_ok(), "{status:04X}");
        }
    }
}

#[test]
fn a_chip_that_says_in_plain_that_the_channel_is_over_is_believed() {
    let world = world();
    for status in [0x6987, 0x6988] {
        let odd = Oddities {
            plain_error: Some((3, StatusWord(status))),
            ..Oddities::default()
        };
        let chip = OddChip::new(world.image(), world.can(), odd);
        let mut card = Card::open(InProcess::new(chip, Interface::Contactless)).unwrap();
        let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
        assert_eq!(
            session.read(Group::Dg3).unwrap_err().code(),
            ErrorCode::ChannelEnded
        );
        assert_eq!(
            session.read(Group::Dg11).unwrap_err().code(),
            ErrorCode::ApiMisuse
        );
        drop(session);
        let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
        assert!(session.read(Group::Dg11).is_ok());
    }
}

#[test]
fn generic_mapping_is_used_where_it_is_preferred() {
    let world = world();
    let chip = OddChip::new(world.image(), world.can(), Oddities::default());
    let options = Options::new().prefer(ChipProofPreference::ChipAuthentication);
    let mut card = Card::open_with(InProcess::new(chip, Interface::Contactless), options).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let unverified = session.read(Group::Dg11).unwrap();
    let error = unverified.verify(&world.verifier()).accept().unwrap_err();
    assert_eq!(error.code(), ErrorCode::ChipNotProven);
    let verifier = world.verifier().accept_unproven_chip();
    assert!(unverified.verify(&verifier).accept().is_ok());
}

#[test]
fn what_fills_up_a_file_behind_its_object_is_no_part_of_it() {
    let mut world = World::new();
    let image = world.card.image_mut();
    let genuine = image.eid.groups[&11].clone();
    for file in [
        image.eid.groups.get_mut(&11).unwrap(),
        &mut image.eid.sod,
        &mut image.master_file.card_security,
    ] {
        file.extend([0; 20]);
    }
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let read = session.read(Group::Dg11).unwrap();
    assert_eq!(read.raw_group(11), Some(genuine.as_slice()));
    read.verify(&world.verifier()).accept().unwrap();
}

#[test]
fn a_file_that_ends_before_its_object_does_is_named() {
    let mut world = World::new();
    world.card.image_mut().eid.sod.pop();
    let mut card = Card::open(world.insert()).unwrap();
    let mut session = card.pace(AccessCode::can(world.can()).unwrap()).unwrap();
    let error = session.read(Group::Dg11).unwrap_err();
    assert!(
        matches!(
            error,
            Error::ChipMisbehaved(Misbehaviour::Truncated(File::Sod))
        ),
        "{error}"
    );
}
