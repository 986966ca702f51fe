//! Whoever pulls cards and kills the daemon, and who knows of it.
//!
//! A trouble lasts until the service has seen the card again. An error is explained by a trouble in the
//! card's reader while the operation went on, and by nothing else.

use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use transport::Cancel;
use transport::pcsc::{PcscService, Presence};

use super::World;
use super::summary::Counts;
use crate::daemon::{self, Readers};
use crate::slot::Slot;

/// How long a card may take to be seen again, and a client to be done with one thing: nobody here waits
/// longer than that for anything.
pub(crate) const BOUND: Duration = Duration::from_secs(60);

/// pcscd looks every 400 ms whether a card is there, and a card that lost its power stays away for a second:
/// so long may what a trouble did go on after its end is known.
const AFTERMATH: Duration = Duration::from_millis(1500);

/// The troubles of each slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Troubles {
    slots: Arc<[Mutex<State>; 2]>,
}

/// How many go on in a slot, and when the last one ended.
#[derive(Debug, Default)]
struct State {
    going_on: u32,
    ended: Option<Instant>,
}

impl Troubles {
    /// Trouble in these slots, until it is dropped.
    pub(crate) fn begin(&self, slots: &[usize]) -> Trouble {
        for slot in slots {
            self.slot(*slot, |state| state.going_on += 1);
        }
        Trouble {
            troubles: self.clone(),
            slots: slots.to_vec(),
        }
    }

    /// Whether there was any in this slot since then.
    pub(crate) fn explain(&self, slot: usize, since: Instant) -> bool {
        self.slot(slot, |state| {
            let lately = |ended: Instant| ended + AFTERMATH > since;
            state.going_on > 0 || state.ended.is_some_and(lately)
        })
    }

    fn slot<R>(&self, slot: usize, with: impl FnOnce(&mut State) -> R) -> R {
        let state = self.slots[slot].lock();
        with(&mut state.unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) struct Trouble {
    troubles: Troubles,
    slots: Vec<usize>,
}

impl Drop for Trouble {
    fn drop(&mut self) {
        for slot in &self.slots {
            self.troubles.slot(*slot, |state| {
                state.going_on -= 1;
                state.ended = Some(Instant::now());
            });
        }
    }
}

/// Waits until the service sees a card in the slot.
pub(crate) fn wait_until_seen(service: &PcscService, slot: usize) -> Result<(), String> {
    let name = Slot::BOTH[slot].reader();
    let found = service.wait_for_card(|reader| reader.name == name, BOUND, &Cancel::new());
    match found {
        Ok(Some(_)) => Ok(()),
        other => Err(format!(
            "a stuck reader: {name} shows no card after {BOUND:?}: {other:?}; its driver: {:?}",
            TcpStream::connect(Slot::BOTH[slot].address()).map(|_| "listens")
        )),
    }
}

/// Waits until the service sees none: one that comes back before is taken for the one that has gone.
fn wait_until_missed(service: &PcscService, slot: usize) -> Result<(), String> {
    let name = Slot::BOTH[slot].reader();
    let begin = Instant::now();
    while begin.elapsed() < BOUND {
        let readers = service.readers().unwrap_or_default();
        let mut readers = readers.iter().filter(|reader| reader.name == name);
        if readers.any(|reader| reader.presence == Presence::Empty) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(format!(
        "a stuck reader: {name} misses no card after {BOUND:?}"
    ))
}

/// Makes trouble.
pub(crate) struct Saboteur {
    pub(crate) rng: ChaCha20Rng,
    /// One connection for the whole run, which outlives every daemon.
    pub(crate) service: PcscService,
    /// The longest pause between two troubles.
    pub(crate) pause: Duration,
    pub(crate) counts: Counts,
}

impl Saboteur {
    /// Until the round is over.
    pub(crate) fn round(&mut self, world: &World, until: Instant) -> Result<(), String> {
        loop {
            let pause = self.up_to(self.pause);
            if Instant::now() + pause > until {
                return Ok(());
            }
            thread::sleep(pause);
            match self.rng.next_u32() % 5 {
                slot @ 0..=1 => self.pull(world, slot as usize)?,
                slot @ 2..=3 => self.pull(world, slot as usize - 2)?,
                _ => self.restart_the_daemon(world)?,
            }
        }
    }

    /// Takes a card out and puts it back.
    fn pull(&mut self, world: &World, slot: usize) -> Result<(), String> {
        let trouble = world.troubles.begin(&[slot]);
        world.cards.remove(slot);
        wait_until_missed(&self.service, slot)?;
        thread::sleep(self.up_to(Duration::from_secs(1)));
        world.cards.insert(slot);
        self.counts.taken_out += 1;
        wait_until_seen(&self.service, slot)?;
        drop(trouble);
        Ok(())
    }

    fn restart_the_daemon(&mut self, world: &World) -> Result<(), String> {
        let trouble = world.troubles.begin(&[0, 1]);
        daemon::kill();
        thread::sleep(self.up_to(Duration::from_secs(1)));
        daemon::restart(Readers::Virtual);
        self.counts.restarts += 1;
        for slot in 0..2 {
            wait_until_seen(&self.service, slot)?;
        }
        drop(trouble);
        Ok(())
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        most.mul_f64(f64::from(self.rng.next_u32()) / f64::from(u32::MAX))
    }
}
