//! The readers of the machine, through PC/SC.

use std::thread;
use std::time::{Duration, Instant};

use host_lib::pcsc::{PcscOptions, PcscService, Presence, Reader};
use host_lib::{Cancel, TransportError};

use super::{Holds, Route, Seen, choose, may_pass};
use crate::card_file::Transport;
use crate::failure::{Failure, ReaderFault};

/// How soon to look again for a card that the service may still show, or not show yet.
const AGAIN: Duration = Duration::from_millis(200);

/// How long the service may show a card that has gone.
const LEAVING: Duration = Duration::from_millis(1500);

/// How long to wait for another program to let go of a card, at least.
const PATIENCE: Duration = Duration::from_secs(5);

impl From<&Reader> for Seen {
    fn from(reader: &Reader) -> Self {
        let holds = match &reader.presence {
            Presence::Empty => Holds::Nothing,
            Presence::Card { atr, in_use } => Holds::Card {
                atr: atr.clone(),
                in_use: *in_use,
            },
            Presence::Mute => Holds::Mute,
            _ => Holds::Unknown,
        };
        Self {
            name: reader.name.clone(),
            holds,
        }
    }
}

/// The service that looks after the readers.
pub(crate) struct Service(PcscService);

impl Service {
    pub(crate) fn connect() -> Result<Self, Failure> {
        Ok(Self(PcscService::connect()?))
    }

    /// Every reader and what is in it.
    pub(crate) fn readers(&self) -> Result<Vec<Seen>, Failure> {
        Ok(seen(&self.0.readers()?))
    }

    /// Looks again whenever something changed, until `found` has something, or says that waiting is of no use.
    fn watch<R>(
        &self,
        wait: Duration,
        cancel: &Cancel,
        found: impl Fn(&[Seen]) -> Result<R, ReaderFault>,
    ) -> Result<R, Failure> {
        let begin = Instant::now();
        let mut known = match self.0.readers() {
            // It may start only now.
            Err(TransportError::ServiceUnavailable) if !wait.is_zero() => {
                let came = self.0.wait_for_change(&[], wait, cancel)?;
                came.unwrap_or_default()
            }
            outcome => outcome?,
        };
        loop {
            let fault = match found(&seen(&known)) {
                Err(fault) if may_pass(&fault) => fault,
                outcome => return Ok(outcome?),
            };
            let left = wait.saturating_sub(begin.elapsed());
            if left.is_zero() {
                return Err(fault.into());
            }
            match self.0.wait_for_change(&known, left, cancel)? {
                Some(readers) => known = readers,
                None => return Err(fault.into()),
            }
        }
    }
}

fn seen(readers: &[Reader]) -> Vec<Seen> {
    readers.iter().map(Seen::from).collect()
}

/// Opens the card in the reader that is meant; with the reader's name.
pub(crate) fn open(route: &Route<'_>, cancel: &Cancel) -> Result<(Transport, String), Failure> {
    let begin = Instant::now();
    let left = || route.wait.saturating_sub(begin.elapsed());
    let service = Service(PcscService::new());
    loop {
        let name = service.watch(left(), cancel, |readers| {
            choose(readers, route.wanted).map(|reader| reader.name.clone())
        })?;
        // Whoever is willing to wait for the card is willing to wait for another program to finish with it.
        let options = PcscOptions::new()
            .cancelled_by(cancel.clone())
            .patience(PATIENCE.max(left()));
        let options = if route.short_apdus {
            options.short_apdus()
        } else {
            options
        };
        match service.0.open(&name, options) {
            Ok(card) => return Ok((Box::new(card), name)),
            // The service sees for a moment longer what has just been taken out.
            Err(TransportError::Removed) if !left().is_zero() => thread::sleep(AGAIN),
            Err(TransportError::Removed) => {
                let readers = vec![name];
                return Err(ReaderFault::NoCard { readers }.into());
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The readers before a card was put into a virtual one, to find the one that shows it.
pub(crate) struct Showing {
    service: Service,
    before: Vec<Seen>,
}

impl Showing {
    /// The service sees a card for a moment longer than it is there: one like that which is to come is waited out, as far
    /// as it goes.
    pub(crate) fn begin(atr: &[u8], cancel: &Cancel) -> Result<Self, Failure> {
        let service = Service::connect()?;
        let begin = Instant::now();
        let before = loop {
            let before = service.readers()?;
            if !before.iter().any(|reader| reader.shows(atr)) || begin.elapsed() > LEAVING {
                break before;
            }
            cancel.check()?;
            thread::sleep(AGAIN);
        };
        Ok(Self { service, before })
    }

    /// Opens the card with this answer to reset, in a reader that had none before.
    pub(crate) fn open(
        &self,
        atr: &[u8],
        wait: Duration,
        cancel: &Cancel,
    ) -> Result<Option<(Transport, String)>, Failure> {
        let appeared = |reader: &Reader| {
            let now = Seen::from(reader);
            let was_there = self
                .before
                .iter()
                .any(|before| before.name == now.name && before.has_card());
            now.shows(atr) && !was_there
        };
        let Some(reader) = self.service.0.wait_for_card(appeared, wait, cancel)? else {
            return Ok(None);
        };
        let options = PcscOptions::new().cancelled_by(cancel.clone());
        let card = self.service.0.open(&reader.name, options)?;
        Ok(Some((Box::new(card), reader.name)))
    }
}
