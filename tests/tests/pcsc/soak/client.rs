//! A client: it opens the card in its reader, which another client wants too, does something, and whatever
//! happens goes on as `transport::pcsc` documents it.

use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

use host_lib::Error;
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use transport::pcsc::{PcscCard, PcscOptions, PcscService, Protocol};
use transport::{CardTransport, TransportError};

use super::World;
use super::model::Stop;
use super::planted::Plant;
use super::summary::Counts;
use super::trouble::{BOUND, wait_until_seen};
use super::visit::{Action, Office, Visit};
use crate::slot::Slot;

pub(crate) struct Client {
    slot: usize,
    rng: ChaCha20Rng,
    office: Office,
    service: PcscService,
    plant: Plant,
    pub(crate) counts: Counts,
}

impl Client {
    pub(crate) fn new(slot: usize, rng: ChaCha20Rng) -> Self {
        Self {
            slot,
            rng,
            office: Office::open(),
            service: PcscService::new(),
            plant: Plant::from_environment(),
            counts: Counts::default(),
        }
    }

    /// Until the round is over, and what was begun is done.
    pub(crate) fn round(&mut self, world: &World, until: Instant) -> Result<(), String> {
        while Instant::now() < until {
            self.plant.leak();
            self.step(world)?;
        }
        Ok(())
    }

    /// One action, as often as it takes.
    fn step(&mut self, world: &World) -> Result<(), String> {
        let action = Action::choose(&mut self.rng);
        let options = self.options();
        let mut pull = self.rng.next_u32().is_multiple_of(5).then(|| self.script());
        let (begin, mut held) = (Instant::now(), None);
        loop {
            let since = Instant::now();
            let outcome = self.attempt(world, &mut held, &options, action, pull.take());
            let error = match outcome {
                Ok(()) => return Ok(()),
                Err(Stop::Wrong(text)) => return Err(self.report(world, action, &text)),
                Err(Stop::Host(error)) => error,
            };
            let slowness = since.elapsed();
            if slowness > BOUND || begin.elapsed() > 3 * BOUND {
                let text = format!("a stuck reader: after {slowness:?}, {error}");
                return Err(self.report(world, action, &text));
            }
            self.judge(world, &error, since)
                .map_err(|text| self.report(world, action, &text))?;
            if self.rng.next_u32().is_multiple_of(2) {
                held = None;
            }
        }
    }

    fn report(&self, world: &World, action: Action, text: &str) -> String {
        let reader = Slot::BOTH[self.slot].reader();
        let model = world.models[self.slot].lock();
        let history = model.unwrap_or_else(PoisonError::into_inner).history();
        format!("{action:?} in {reader}: {text}\n    before that:\n      {history}")
    }

    /// Who waits briefly and who waits long; one slot speaks T=0.
    fn options(&mut self) -> PcscOptions {
        let options = PcscOptions::new().exchange_timeout(Duration::from_secs(20));
        let options = match self.slot {
            0 => options,
            _ => options.protocol(Protocol::T0),
        };
        match self.rng.next_u32() % 2 {
            0 => options.patience(Duration::from_millis(200)),
            _ => options.patience(Duration::from_secs(10)),
        }
    }

    /// Where in the visit the card loses its power.
    fn script(&mut self) -> String {
        let (kind, number) = (self.rng.next_u32() % 4, self.rng.next_u32());
        match kind {
            0 => format!("at {} remove-before", 1 + number % 40),
            1 => format!("at {} remove-after", 1 + number % 40),
            _ => {
                let tear = ["nothing", "everything", "after 3", "last-only"];
                let tear = tear[number as usize % tear.len()];
                format!("at storage {} tear {tear}", 1 + number / 4 % 16)
            }
        }
    }

    /// One attempt, on the card that is held or on one that is opened.
    fn attempt(
        &mut self,
        world: &World,
        held: &mut Option<PcscCard>,
        options: &PcscOptions,
        action: Action,
        pull: Option<String>,
    ) -> Result<(), Stop> {
        let card = match held {
            Some(card) => {
                card.reset().map_err(Error::from)?;
                card
            }
            None => {
                let name = Slot::BOTH[self.slot].reader();
                let card = PcscCard::open(&name, options.clone()).map_err(Error::from)?;
                held.insert(card)
            }
        };
        // Whoever holds the card has the model, too; the other client waits for both.
        let model = world.models[self.slot].lock();
        let mut model = model.unwrap_or_else(PoisonError::into_inner);
        let trouble = pull.as_ref().map(|script| {
            let trouble = world.troubles.begin(&[self.slot]);
            (trouble, world.cards.follow(self.slot, script))
        });
        let outcome = Visit {
            card,
            model: &mut model,
            rng: &mut self.rng,
            office: &mut self.office,
            counts: &mut self.counts,
        }
        .run(action);
        model.note(&match &outcome {
            Ok(()) => format!("{action:?} {}", pull.unwrap_or_default()),
            Err(stop) => format!("{action:?} {}: {stop}", pull.unwrap_or_default()),
        });
        drop(model);
        if let Some((trouble, before)) = trouble {
            let after = world.cards.follow(self.slot, "");
            if after > before {
                self.counts.pulled += 1;
                wait_until_seen(&self.service, self.slot).map_err(Stop::Wrong)?;
            }
            drop(trouble);
        }
        outcome
    }

    /// Whether this error is documented, and had a cause; then waits as is documented.
    fn judge(&mut self, world: &World, error: &Error, since: Instant) -> Result<(), String> {
        match error {
            // The other client has it.
            Error::Transport(TransportError::InUse) => {
                self.counts.gave_way += 1;
                return Ok(());
            }
            Error::Transport(
                TransportError::Removed
                | TransportError::Reset
                | TransportError::ReaderUnavailable
                | TransportError::ServiceUnavailable
                | TransportError::Unresponsive,
            ) => self.counts.interrupted += 1,
            _ => return Err(error.to_string()),
        }
        if !world.troubles.explain(self.slot, since) {
            return Err(format!("an error without a cause: {error}"));
        }
        thread::sleep(Duration::from_millis(50));
        wait_until_seen(&self.service, self.slot)
    }
}
