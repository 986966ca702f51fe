//! The power cut at every storage operation of every writing command.
//!
//! Each command is run once to count its operations, then once for each of them and each kind of
//! tear. Whatever is found afterwards must be the state before the command, the state after it, or,
//! where a secret is compared, that of an attempt that was paid for and failed.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use applet_sim::{CardImage, Lockout, MemoryError, MemoryStore, NonVolatileMemory, Tear};
use iso7816::{CommandApdu, StatusWord};
use secure_channel::Password;
use transport::CardDevice;

use crate::{
    card::{self, wrong},
    reader::{EID, GM, Reader, memory},
};

/// What can be learnt about a card's state from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Observed {
    pin1: StatusWord,
    puk: StatusWord,
    can_delay: Duration,
    mrz_delay: Duration,
    /// Which of the PINs of these tests PIN1 is, where that matters.
    value: Option<&'static str>,
}

const NEW_PIN1: &str = "112233";

/// States and delays.
fn observe_tries(memory: &MemoryStore) -> Observed {
    let reader = || Reader::with_memory(memory.clone()).unwrap();
    let delay = |password: &Password| {
        let mut reader = reader();
        reader.set_at(GM, password, &[]);
        reader.raw(&[0x10, 0x86, 0x00, 0x00, 0x02, 0x7C, 0x00, 0x00]);
        reader.delays.lock().unwrap().iter().sum()
    };
    Observed {
        pin1: reader().set_at(GM, &card::pin1(), &[]),
        puk: reader().set_at(GM, &card::puk(), &[]),
        can_delay: delay(&card::can()),
        mrz_delay: delay(&card::mrz()),
        value: None,
    }
}

/// States, delays and the value of PIN1.
fn observe_value(memory: &MemoryStore) -> Observed {
    let is_pin1 = |pin: &&&str| {
        let mut reader = Reader::with_memory(memory.clone()).unwrap();
        // Whatever state PIN1 and PUK are in: make them usable first.
        reader.pace(GM, &card::can());
        if reader.try_pace(GM, &card::puk(), &[]).is_err() {
            reader.reset();
            reader.pace(GM, &card::puk());
        }
        for command in [
            CommandApdu::new(0x00, 0x2C, 0x03, 0x03),
            CommandApdu::new(0x00, 0x44, 0x10, 0x03),
        ] {
            assert_eq!(reader.send(&command).status, StatusWord::OK);
        }
        reader.reset();
        reader
            .try_pace(GM, &Password::pin(pin).unwrap(), &[])
            .is_ok()
    };
    let value = [card::PIN1, NEW_PIN1, card::TRANSPORT_PIN]
        .iter()
        .find(is_pin1)
        .copied();
    assert!(value.is_some(), "one of them");
    Observed {
        value,
        ..observe_tries(memory)
    }
}

/// What is left of a card after this command was sent to it, and whether it was answered.
fn run(
    start: &MemoryStore,
    prepare: Prepare<'_>,
    cut: Option<(u64, Tear)>,
) -> (MemoryStore, u64, bool) {
    let mut reader = Reader::with_memory(start.clone()).unwrap();
    let command = prepare(&mut reader);
    let before = reader.chip.memory().operations();
    if let Some((after, tear)) = cut {
        reader.chip.memory_mut().cut_power_after(after, tear);
    }
    let answered = !reader.chip.process(&command.to_bytes()).is_empty();
    let mut memory = reader.chip.into_memory();
    let operations = memory.operations() - before;
    memory.restore_power();
    (memory, operations, answered)
}

/// Brings a card to where the command under test can be sent, and returns it.
type Prepare<'a> = &'a dyn Fn(&mut Reader) -> CommandApdu;

/// Cuts at every operation. `failed` is the same command with a wrong secret.
fn cut_everywhere(
    name: &str,
    start: &MemoryStore,
    prepare: Prepare<'_>,
    failed: Option<Prepare<'_>>,
    tears: &[Tear],
) {
    let (complete, operations, _) = run(start, prepare, None);
    let observe = if name.starts_with("Change") {
        observe_value
    } else {
        observe_tries
    };
    let (old, new) = (observe(start), observe(&complete));
    let mut allowed = vec![old.clone(), new.clone()];
    if let Some(failed) = failed {
        allowed.push(observe(&run(start, failed, None).0));
    }
    assert!(operations > 0, "{name} writes nothing");
    for cut in 0..operations {
        for tear in tears {
            let (memory, _, answered) = run(start, prepare, Some((cut, *tear)));
            assert!(
                !answered,
                "{name}, cut {cut} {tear:?}: a chip without power answers nothing"
            );
            let found = observe(&memory);
            assert!(
                allowed.contains(&found),
                "{name}, cut {cut} {tear:?}: {found:?} is none of {allowed:?}"
            );
            still_works(&memory);
        }
    }
    // Past the test harness, which keeps to itself what a passing test prints.
    let _ = writeln!(
        io::stderr(),
        "{name}: {operations} storage operations, cut at each in {} ways",
        tears.len()
    );
}

fn still_works(memory: &MemoryStore) {
    let mut reader = Reader::with_memory(memory.clone()).unwrap();
    reader.pace(GM, &card::can());
    assert_eq!(reader.select_application(EID), StatusWord::OK);
    let public = reader.read_short(2).status;
    let locked = reader.set_at(GM, &card::pin1(), &[]) == StatusWord::wrong_secret(0);
    assert!(public.is_ok() || locked);
}

fn card_with(change: impl FnOnce(&mut CardImage)) -> MemoryStore {
    let mut image = card::image();
    // Files that play no part here would only make every opening slower.
    image.eid.groups.retain(|number, _| *number == 2);
    image.icao = None;
    change(&mut image);
    memory(&image)
}

fn token(password: Password) -> impl Fn(&mut Reader) -> CommandApdu {
    move |reader| reader.pace_up_to_the_token(GM, &password)
}

fn token_after_the_can(password: Password) -> impl Fn(&mut Reader) -> CommandApdu {
    move |reader| {
        reader.pace(GM, &card::can());
        reader.pace_up_to_the_token(GM, &password)
    }
}

fn in_session(password: Password, command: CommandApdu) -> impl Fn(&mut Reader) -> CommandApdu {
    move |reader| {
        reader.pace(GM, &password);
        reader.protected(&command)
    }
}

/// A card on which this password was wrong three times in a row.
fn slowed_down(password: &Password) -> MemoryStore {
    let mut memory = card_with(|_| {});
    for _ in 0..3 {
        memory = run(&memory, &token(wrong(password)), None).0;
    }
    memory
}

#[test]
fn a_wrong_pin1_costs_one_try_even_if_power_is_lost() {
    let start = card_with(|_| {});
    cut_everywhere(
        "PACE with a wrong PIN1",
        &start,
        &token(wrong(&card::pin1())),
        None,
        &Tear::ALL,
    );
}

#[test]
fn a_right_pin1_after_a_wrong_one_restores_all_tries_or_none() {
    let start = card_with(|image| image.passwords.pin1_tries = 2);
    let (right, failed) = (token(card::pin1()), token(wrong(&card::pin1())));
    cut_everywhere(
        "PACE with PIN1 after a wrong one",
        &start,
        &right,
        Some(&failed),
        &Tear::ALL,
    );
}

#[test]
fn the_last_try_of_pin1_blocks_or_stays_the_last_and_locks_the_card() {
    for lockout in [Lockout::Password, Lockout::Card] {
        let start = card_with(|image| {
            image.passwords.pin1_tries = 1;
            image.options.lockout = lockout;
        });
        let (right, failed) = (
            token_after_the_can(card::pin1()),
            token_after_the_can(wrong(&card::pin1())),
        );
        cut_everywhere(
            &format!("PACE with a wrong PIN1, last try, {lockout:?}"),
            &start,
            &failed,
            None,
            &Tear::ALL,
        );
        cut_everywhere(
            &format!("PACE with PIN1, last try, {lockout:?}"),
            &start,
            &right,
            Some(&failed),
            &Tear::ALL,
        );
    }
}

#[test]
fn the_delays_of_can_and_mrz_survive_cuts() {
    for password in [card::can(), card::mrz()] {
        let start = slowed_down(&password);
        let (right, failed) = (token(same(&password)), token(wrong(&password)));
        cut_everywhere(
            &format!("PACE with a wrong {:?}", password.id()),
            &start,
            &failed,
            None,
            &Tear::ALL,
        );
        cut_everywhere(
            &format!("PACE with the {:?} after wrong ones", password.id()),
            &start,
            &right,
            Some(&failed),
            &Tear::ALL,
        );
    }
}

fn same(password: &Password) -> Password {
    Password::from_encoded(password.id(), password.expose_secret()).unwrap()
}

#[test]
fn the_tries_of_the_puk_survive_cuts() {
    let start = card_with(|image| image.passwords.puk_tries = 9);
    let (right, failed) = (token(card::puk()), token(wrong(&card::puk())));
    cut_everywhere("PACE with a wrong PUK", &start, &failed, None, &Tear::ALL);
    cut_everywhere(
        "PACE with the PUK after a wrong one",
        &start,
        &right,
        Some(&failed),
        &Tear::ALL,
    );
}

#[test]
fn pin1_is_changed_or_not() {
    let change = CommandApdu::new(0x00, 0x2C, 0x02, 0x03).with_data(NEW_PIN1.as_bytes());
    let start = card_with(|_| {});
    cut_everywhere(
        "Change PIN1",
        &start,
        &in_session(card::pin1(), change.clone()),
        None,
        &Tear::ALL,
    );
    let start = card_with(|image| image.passwords.pin1 = card::transport_pin());
    cut_everywhere(
        "Change the transport PIN",
        &start,
        &in_session(card::transport_pin(), change),
        None,
        &Tear::ALL,
    );
}

#[test]
fn pin1_is_unblocked_or_not() {
    let start = card_with(|image| image.passwords.pin1_tries = 0);
    let unblock = in_session(card::puk(), CommandApdu::new(0x00, 0x2C, 0x03, 0x03));
    cut_everywhere("Unblock PIN1", &start, &unblock, None, &Tear::ALL);
}

#[test]
fn pin1_is_switched_or_not() {
    let start = card_with(|_| {});
    let off = in_session(card::pin1(), CommandApdu::new(0x00, 0x04, 0x10, 0x03));
    cut_everywhere("Deactivate PIN1", &start, &off, None, &Tear::ALL);
    let start = card_with(|image| image.passwords.pin1_active = false);
    let on = in_session(card::puk(), CommandApdu::new(0x00, 0x44, 0x10, 0x03));
    cut_everywhere("Activate PIN1", &start, &on, None, &Tear::ALL);
}

#[test]
fn a_try_is_counted_once_even_when_the_memory_is_full_and_has_to_be_rewritten() {
    let mut image = card::image();
    image.eid.groups.retain(|number, _| *number == 2);
    image.icao = None;
    // The least capacity that holds the card: the first commit has to switch banks.
    let fits = |capacity: usize| image.personalise(MemoryStore::new(capacity)).ok();
    let least = (0..20_000)
        .find(|capacity| fits(*capacity).is_some())
        .unwrap();
    let start = fits(least).unwrap();
    let tears = [Tear::Nothing, Tear::Everything, Tear::After(3)];
    cut_everywhere(
        "PACE with a wrong PIN1, memory full",
        &start,
        &token(wrong(&card::pin1())),
        None,
        &tears,
    );
}

#[test]
fn reading_and_refused_commands_write_nothing() {
    let mut reader = Reader::new(&card::image());
    let before = reader.chip.memory().operations();
    reader.select_application(EID);
    reader.read_short(2);
    for password in [card::can(), card::pin1(), card::puk()] {
        reader.set_at(GM, &password, &[]);
    }
    reader.raw(&[0x10, 0x86, 0x00, 0x00, 0x02, 0x7C, 0x00, 0x00]);
    reader.raw(&[0x00, 0x2C, 0x03, 0x03]);
    assert_eq!(reader.chip.memory().operations(), before);
}

#[test]
fn a_memory_that_fails_stops_the_card_until_it_is_reset() {
    let mut reader = Reader::new(&card::image());
    let command = reader.pace_up_to_the_token(GM, &card::pin1());
    reader.chip.memory_mut().cut_power_after(1, Tear::Nothing);
    assert!(reader.chip.process(&command.to_bytes()).is_empty());
    assert!(
        reader.chip.process(&[0x00, 0xA4, 0x00, 0x0C]).is_empty(),
        "mute"
    );
    reader.reset();
    assert_eq!(
        reader.raw(&[0x00, 0xA4, 0x00, 0x0C]).status,
        StatusWord::MEMORY_FAILURE,
        "the memory is still dead"
    );
    reader.chip.memory_mut().restore_power();
    reader.reset();
    assert_eq!(reader.raw(&[0x00, 0xA4, 0x00, 0x0C]).status, StatusWord::OK);
}

/// A medium whose writes fail while the power stays, like a full disk.
struct Failing {
    memory: MemoryStore,
    broken: bool,
}

impl NonVolatileMemory for Failing {
    fn capacity(&self) -> usize {
        self.memory.capacity()
    }

    fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<(), MemoryError> {
        self.memory.read(offset, buffer)
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), MemoryError> {
        if self.broken {
            Err(MemoryError::Device("full".into()))
        } else {
            self.memory.write(offset, bytes)
        }
    }

    fn flush(&mut self) -> Result<(), MemoryError> {
        self.memory.flush()
    }
}

#[test]
fn a_try_that_cannot_be_counted_is_not_granted_and_the_card_stops_until_reset() {
    let memory = card_with(|_| {});
    let mut reader = Reader::with_memory(Failing {
        memory,
        broken: false,
    })
    .unwrap();
    let command = reader.pace_up_to_the_token(GM, &card::pin1());
    reader.chip.memory_mut().broken = true;
    assert_eq!(
        reader.plain(&command).status,
        StatusWord::MEMORY_FAILURE,
        "although PIN1 was right"
    );
    reader.chip.memory_mut().broken = false;
    assert_eq!(
        reader.raw(&[0x00, 0xA4, 0x00, 0x0C]).status,
        StatusWord::MEMORY_FAILURE
    );
    reader.reset();
    assert_eq!(
        reader.set_at(GM, &card::pin1(), &[]),
        StatusWord::OK,
        "nothing was written"
    );
    reader.pace(GM, &card::pin1());
}

#[test]
fn a_success_that_cannot_be_stored_opens_no_session() {
    let memory = card_with(|_| {});
    let mut reader = Reader::with_memory(memory).unwrap();
    let command = reader.pace_up_to_the_token(GM, &card::pin1());
    // Four operations take the try away; what would give it back is interrupted.
    reader.chip.memory_mut().cut_power_after(4, Tear::Nothing);
    assert!(reader.chip.process(&command.to_bytes()).is_empty());
    reader.chip.memory_mut().restore_power();
    reader.reset();
    assert_eq!(
        reader.set_at(GM, &card::pin1(), &[]),
        StatusWord::wrong_secret(2)
    );
}
