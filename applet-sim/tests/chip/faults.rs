//! A chip that fails by a script.

use std::time::Duration;

use applet_sim::{Chip, FileStore, MemoryStore, NonVolatileMemory, Tear};
use iso7816::{CommandApdu, ResponseApdu, StatusWord};
use transport::faults::{Fault, Script, Unplayable};
use transport::{CardDevice, Interface};

use crate::{
    card::{self, wrong},
    passwords::{attempt, state, tries},
    pin_management::reset_retry_counter,
    reader::{CAM, EID, GM, Reader},
};

const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
const NO_DIAGNOSIS: StatusWord = StatusWord(0x6F00);
/// READ BINARY of EF.CardAccess, which anybody may read.
const READ_CARD_ACCESS: [u8; 5] = [0x00, 0xB0, 0x9C, 0x00, 0x00];

fn following<M: NonVolatileMemory>(mut reader: Reader<M>, script: &str) -> Reader<M> {
    reader.chip.follow(&script.parse().unwrap()).unwrap();
    reader
}

/// A fresh card that follows this script.
fn fresh(script: &str) -> Reader {
    following(Reader::new(&card::image()), script)
}

/// A session in which the script begins, with the eID application selected.
fn in_session(password: &secure_channel::Password, script: &str) -> Reader {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, password);
    assert_eq!(reader.select_application(EID), StatusWord::OK);
    following(reader, script)
}

/// What a protected command is answered in plain, the channel's counter in step with a chip that
/// keeps its own.
fn answered_in_plain<M: NonVolatileMemory>(
    reader: &mut Reader<M>,
    command: &CommandApdu,
) -> StatusWord {
    let wrapped = reader.protected(command);
    let response = reader.transmit(&wrapped);
    let channel = reader.channel.as_mut().unwrap();
    match channel.unwrap(&response) {
        Err(secure_channel::Error::UnprotectedStatus(status)) => status,
        other => panic!("{other:?}"),
    }
}

fn read_group(short_id: u8) -> CommandApdu {
    CommandApdu::new(0x00, 0xB0, 0x80 | short_id, 0x00).with_ne(256)
}

#[test]
fn without_power_the_chip_is_mute_until_it_is_switched_on() {
    for fault in ["remove-before", "remove-after", "mute"] {
        let mut reader = fresh(&format!("at 2 {fault}"));
        assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
        for _ in 0..3 {
            assert!(reader.chip.process(&READ_CARD_ACCESS).is_empty(), "{fault}");
        }
        reader.chip.power_on(Interface::Contactless);
        assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok(), "{fault}");
    }
}

#[test]
fn a_card_that_is_taken_away_has_carried_out_the_command_or_not() {
    for (fault, left) in [
        ("remove-before", StatusWord::OK),
        ("remove-after", tries(2)),
        ("reset-before", StatusWord::OK),
        ("reset-after", tries(2)),
        ("mute", StatusWord::OK),
    ] {
        let mut reader = Reader::new(&card::image());
        let token = reader.pace_up_to_the_token(GM, &wrong(&card::pin1()));
        let mut reader = following(reader, &format!("at 1 {fault}"));
        assert!(reader.chip.process(&token.to_bytes()).is_empty(), "{fault}");
        reader.chip.power_on(Interface::Contactless);
        assert_eq!(state(&mut reader, &card::pin1()), left, "{fault}");
    }
}

#[test]
fn a_chip_that_resets_itself_has_power_and_has_forgotten_the_session() {
    for fault in ["reset-before", "reset-after"] {
        let mut reader = in_session(&card::can(), &format!("at 1 {fault}"));
        let command = reader.protected(&read_group(0x0B)).to_bytes();
        assert!(reader.chip.process(&command).is_empty());
        let status = reader.raw(&command).status;
        assert_eq!(status, StatusWord::SM_OBJECTS_INCORRECT, "no channel");
        assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
    }
}

#[test]
fn a_mute_chip_comes_back_at_its_interface_by_a_reset_alone() {
    let mut reader = fresh("at 1 mute");
    let contactless = reader.chip.power_on(Interface::Contactless);
    assert!(reader.chip.process(&READ_CARD_ACCESS).is_empty());
    assert_eq!(reader.chip.reset(), contactless);
    assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
}

#[test]
fn delays_are_made_as_the_chip_makes_its_own() {
    let mut reader = fresh("from 2 delay 250ms\nat 3 delay 1000ms");
    for _ in 0..3 {
        assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
    }
    let ms = Duration::from_millis;
    assert_eq!(*reader.delays.lock().unwrap(), [ms(250), ms(1250)]);
}

#[test]
fn a_wrong_status_word_is_protected_and_the_command_not_carried_out() {
    let mut reader = in_session(&card::puk(), "at 1 protected 6F00\nat 3 protected 6300");
    // `send` accepts nothing that the channel does not vouch for.
    let unblock = reset_retry_counter(0x03, &[]);
    let refused = reader.send(&unblock);
    assert_eq!((refused.status, refused.data), (NO_DIAGNOSIS, vec![]));
    assert_eq!(reader.send(&unblock).status, StatusWord::OK);
    assert_eq!(reader.send(&unblock).status, StatusWord(0x6300));
    assert_eq!(reader.send(&unblock).status, StatusWord::OK);

    // The twin: what was not carried out has not happened.
    let mut reader = Reader::new(&card::image());
    attempt(&mut reader, &wrong(&card::pin1()));
    reader.reset();
    reader.pace(GM, &card::puk());
    let mut reader = following(reader, "at 1 protected 6F00");
    assert_eq!(reader.send(&unblock).status, NO_DIAGNOSIS);
    assert_eq!(state(&mut reader, &card::pin1()), tries(2));
    reader.reset();
    reader.pace(GM, &card::puk());
    assert_eq!(reader.send(&unblock).status, StatusWord::OK);
    assert_eq!(state(&mut reader, &card::pin1()), StatusWord::OK);
}

#[test]
fn an_unprotected_status_word_leaves_the_channel_in_step() {
    let mut reader = in_session(&card::can(), "at 1 unprotected 6982\nat 3 unprotected 6A82");
    let read = read_group(0x0B);
    assert_eq!(answered_in_plain(&mut reader, &read), DENIED);
    let contents = reader.send(&read);
    assert_eq!(contents.status, StatusWord::OK);
    assert_eq!(answered_in_plain(&mut reader, &read).0, 0x6A82);
    assert_eq!(reader.send(&read), contents);
}

#[test]
fn without_a_channel_the_status_word_comes_as_it_is() {
    let mut reader = fresh("at 1 protected 6F00\nat 2 unprotected 6982");
    assert_eq!(reader.raw(&READ_CARD_ACCESS), NO_DIAGNOSIS.into());
    assert_eq!(reader.raw(&READ_CARD_ACCESS), DENIED.into());
    assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
}

#[test]
fn a_refused_step_of_a_protocol_ends_it() {
    let mut reader = Reader::new(&card::image());
    let token = reader.pace_up_to_the_token(GM, &card::can());
    let mut reader = following(reader, "at 1 protected 6F00");
    assert_eq!(reader.plain(&token).status, NO_DIAGNOSIS);
    assert_eq!(
        reader.plain(&token).status,
        StatusWord::CONDITIONS_NOT_SATISFIED
    );
}

#[test]
fn fewer_bytes_than_there_are_come_with_9000() {
    let mut reader = fresh("at 2 short 5\nat 3 short 0\nat 4 short 9999");
    let whole = reader.raw(&READ_CARD_ACCESS);
    let first = whole.data[..5].to_vec();
    assert_eq!(reader.raw(&READ_CARD_ACCESS), ResponseApdu::ok(first));
    assert_eq!(reader.raw(&READ_CARD_ACCESS), ResponseApdu::ok([]));
    assert_eq!(reader.raw(&READ_CARD_ACCESS), whole);

    let mut reader = in_session(&card::can(), "at 1 short 5");
    let short = reader.send(&read_group(0x0B));
    let whole = reader.send(&read_group(0x0B));
    assert_eq!(short, ResponseApdu::ok(whole.data[..5].to_vec()));
    // Beyond the reach of an offset in P1-P2 too, where the bytes come in a data object.
    let mut reader = Reader::new(&card::image());
    reader.pace(CAM, &card::pin1());
    reader.select_application(EID);
    let mut reader = following(reader, "from 1 short 1500");
    let long = &card::image().eid.groups[&card::LONG_GROUP];
    assert!(reader.read_file(card::LONG_GROUP).unwrap() == *long);
    // An answer of another command is cut as it is.
    let mut reader = fresh("at 2 short 2");
    reader.set_at(GM, &card::can(), &[]);
    let nonce = reader.raw(&[0x10, 0x86, 0x00, 0x00, 0x02, 0x7C, 0x00, 0x00]);
    assert_eq!(nonce, ResponseApdu::ok([0x7C, 0x12]));
    // A refusal has nothing to leave out.
    let mut reader = fresh("from 1 short 5");
    assert_eq!(reader.plain(&read_group(0x1D)), DENIED.into());
}

#[test]
fn parts_of_a_transmission_are_refused_or_shortened_too() {
    // An envelope, whose answer is fetched with GET RESPONSE.
    let envelope = CommandApdu::new(0x00, 0xC2, 0x00, 0x00).with_data(READ_CARD_ACCESS.as_slice());
    let get_response = CommandApdu::new(0x00, 0xC0, 0x00, 0x00).with_ne(256);
    let fetch = |script: &str| {
        let mut reader = fresh(script);
        let first = reader.plain(&envelope);
        let second = reader.plain(&get_response);
        (first, second, reader.plain(&get_response).status)
    };
    let over = StatusWord::CONDITIONS_NOT_SATISFIED;
    let (first, whole, end) = fetch("");
    assert_eq!((first.status.sw1(), end), (0x61, over));
    let (_, short, end) = fetch("at 2 short 5");
    assert_eq!(short, ResponseApdu::ok(whole.data[..5].to_vec()));
    assert_eq!(end, over);
    let mut reader = fresh("at 2 short 2");
    reader.plain(&envelope);
    let part = reader.plain(&CommandApdu::new(0x00, 0xC0, 0x00, 0x00).with_ne(5));
    assert_eq!(part, ResponseApdu::ok(whole.data[..2].to_vec()), "no 61xx");
    let (_, refused, end) = fetch("at 2 unprotected 6982");
    assert_eq!((refused, end), (DENIED.into(), over), "nothing is left");
    let (refused, second, _) = fetch("at 1 protected 6F00");
    assert_eq!((refused.status, second.status), (NO_DIAGNOSIS, over));
}

/// A card in a file, the power cut at every storage operation of a wrong and of a right PIN1. No
/// counter ever rises by it, and the card is there again once it is switched on.
#[test]
fn a_tear_at_any_storage_operation_never_gives_a_try_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("card");
    let mut cuts = 0;
    for tear in Tear::ALL {
        for operation in 1.. {
            let _ = std::fs::remove_file(&path);
            let medium = FileStore::create_with_capacity(&path, 256 * 1024).unwrap();
            let mut reader =
                Reader::with_memory(card::image().personalise(medium).unwrap()).unwrap();
            attempt(&mut reader, &wrong(&card::pin1()));
            reader.reset();
            let token = reader.pace_up_to_the_token(GM, &wrong(&card::pin1()));
            let script = Script::new().tear_at(operation, tear);
            reader.chip.follow(&script).unwrap();
            let answer = reader.chip.process(&token.to_bytes());
            if reader.chip.storage_operations() < operation {
                assert_eq!(answer, [0x63, 0xC1]);
                assert!(operation > 2, "an attempt is written and flushed");
                break;
            }
            cuts += 1;
            assert!(answer.is_empty(), "{tear:?} at {operation}");
            assert!(reader.chip.process(&READ_CARD_ACCESS).is_empty());
            reader.chip.power_on(Interface::Contactless);
            assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
            let left = state(&mut reader, &card::pin1());
            assert!(left == tries(2) || left == tries(1), "{tear:?}: {left}");

            // The file says the same to whoever opens it next.
            drop(reader);
            let medium = FileStore::open(&path).unwrap();
            let mut reader = Reader::with_memory(medium).unwrap();
            assert_eq!(state(&mut reader, &card::pin1()), left);
        }
    }
    println!("{cuts} cuts");
}

#[test]
fn a_chip_whose_memory_loses_power_at_every_operation_does_not_come_up() {
    let mut reader = fresh("from storage 1 tear nothing");
    assert!(reader.chip.power_on(Interface::Contactless).is_empty());
    assert!(reader.chip.process(&READ_CARD_ACCESS).is_empty());
    reader.chip.follow(&Script::new()).unwrap();
    assert!(!reader.chip.power_on(Interface::Contactless).is_empty());
    assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
}

#[test]
fn every_script_counts_from_its_own_beginning_and_one_that_is_refused_changes_nothing() {
    let mut reader = fresh("at 3 mute");
    assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
    let refused = reader.chip.follow(&Script::new().at(1, Fault::Cut(1)));
    assert!(matches!(refused, Err(Unplayable::NotByAChip { .. })));
    assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
    assert!(reader.chip.process(&READ_CARD_ACCESS).is_empty());

    let mut reader = fresh("at 3 mute");
    reader.raw(&READ_CARD_ACCESS);
    let mut reader = following(reader, "at 3 mute");
    assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
    assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
    assert!(reader.chip.process(&READ_CARD_ACCESS).is_empty());
    // Across a loss of power the same script goes on.
    reader.chip.power_on(Interface::Contactless);
    assert!(reader.raw(&READ_CARD_ACCESS).status.is_ok());
}

/// The layer under the chip that can cut the power changes nothing as long as it does not.
#[test]
fn the_memory_of_a_chip_without_a_script_is_the_mediums_own() {
    let chip = |script: &Script| {
        let mut reader = Reader::new(&card::image());
        reader.chip.follow(script).unwrap();
        attempt(&mut reader, &wrong(&card::pin1()));
        let chip: Chip<MemoryStore> = reader.chip;
        chip.into_memory().durable_bytes().to_vec()
    };
    let never = Script::new().tear_at(u64::MAX, Tear::Nothing);
    assert_eq!(chip(&Script::new()), chip(&never));
}
