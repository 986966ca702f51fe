//! The service that looks after the readers: which there are, and waiting for
//! a card.

use std::ffi::{CStr, CString};
use std::fmt;
use std::string::{String, ToString};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::vec::Vec;

use pcsc::{Context, Error, ReaderState, State};

use super::error::{self, as_it_is, told_apart};
use super::{PcscCard, PcscOptions};
use crate::{Cancel, TransportError};

/// How long one question to the service may take while waiting. Between two
/// of them a [`Cancel`] is looked at, and readers that came or went are seen.
const SLICE: Duration = Duration::from_millis(200);

/// A connection to the service.
///
/// It is made anew when the service has been restarted meanwhile, so it can be
/// kept for as long as a program runs.
pub struct PcscService {
    context: Mutex<Option<Context>>,
}

/// A reader, as it was when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reader {
    /// The name that the service gave it. Two readers of one kind differ in
    /// their numbers.
    pub name: String,
    /// What is in it.
    pub presence: Presence,
    /// How often the service has seen a card come or go: two cards that follow each other between two looks differ in it.
    pub events: u32,
}

/// What is in a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// No card.
    Empty,
    /// A card, with its answer to reset.
    Card {
        /// The answer to reset.
        atr: Vec<u8>,
        /// Whether another program is connected to it.
        in_use: bool,
    },
    /// A card that does not answer: upside down, or no smart card.
    Mute,
    /// The service does not say.
    Unknown,
}

impl Reader {
    /// Whether there is a card that answers.
    #[must_use]
    pub fn has_card(&self) -> bool {
        matches!(self.presence, Presence::Card { .. })
    }
}

impl Default for PcscService {
    fn default() -> Self {
        Self::new()
    }
}

impl PcscService {
    /// A service that is connected to when it is first asked something: it may
    /// start later.
    #[must_use]
    pub fn new() -> Self {
        Self {
            context: Mutex::new(None),
        }
    }

    /// Connects to the service, which has to be there.
    ///
    /// # Errors
    ///
    /// [`TransportError::ServiceUnavailable`],
    /// [`TransportError::NotPermitted`].
    pub fn connect() -> Result<Self, TransportError> {
        let service = Self::new();
        service.establish()?;
        Ok(service)
    }

    fn establish(&self) -> Result<Context, TransportError> {
        let context = error::establish().map_err(as_it_is)?;
        *self.context.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.clone());
        Ok(context)
    }

    /// Asks the service something; once more where it turns out to be another
    /// one than before.
    fn ask<R>(&self, question: impl Fn(&Context) -> Result<R, Error>) -> Result<R, TransportError> {
        let known = self
            .context
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(context) = known {
            match question(&context) {
                Err(error) if as_it_is(error) != TransportError::ReaderUnavailable => {}
                answer => return answer.map_err(as_it_is),
            }
        }
        let context = self.establish()?;
        question(&context).map_err(|error| as_it_is(told_apart(&context, error)))
    }

    /// Every reader that is there, and what is in it.
    ///
    /// # Errors
    ///
    /// [`TransportError::ServiceUnavailable`],
    /// [`TransportError::NotPermitted`].
    pub fn readers(&self) -> Result<Vec<Reader>, TransportError> {
        let states = self.states(&[], Duration::ZERO)?;
        Ok(states.iter().map(reader).collect())
    }

    /// The states of all readers, after at most `timeout` or when one differs
    /// from what is known.
    fn states(
        &self,
        known: &[(CString, State)],
        timeout: Duration,
    ) -> Result<Vec<ReaderState>, TransportError> {
        self.ask(|context| {
            let names = match context.list_readers_owned() {
                Ok(names) => names,
                Err(Error::NoReadersAvailable) => Vec::new(),
                Err(error) => return Err(error),
            };
            let state_of = |name: &CStr| {
                let found = known.iter().find(|(known, _)| known.as_c_str() == name);
                found.map_or(State::UNAWARE, |(_, state)| *state)
            };
            let mut states: Vec<ReaderState> = names
                .into_iter()
                .map(|name| {
                    let state = state_of(&name);
                    ReaderState::new(name, state)
                })
                .collect();
            if states.is_empty() {
                // Nothing to ask about: a reader that comes is seen next time.
                std::thread::sleep(timeout);
                return Ok(states);
            }
            match context.get_status_change(timeout, &mut states) {
                Ok(()) | Err(Error::Timeout) => Ok(states),
                // One of them was unplugged in between.
                Err(Error::UnknownReader) => Ok(Vec::new()),
                Err(error) => Err(error),
            }
        })
    }

    /// Waits until there is a card in a reader that `wanted` accepts, be the
    /// reader itself there already or plugged in later. `None` if none came
    /// within `timeout`.
    ///
    /// A service that is not running yet, or restarts meanwhile, is waited for
    /// like a reader.
    ///
    /// # Errors
    ///
    /// [`TransportError::Cancelled`] within a fifth of a second after
    /// `cancel`; [`TransportError::ServiceUnavailable`] if there is no service
    /// when the time is over; [`TransportError::NotPermitted`].
    pub fn wait_for_card(
        &self,
        mut wanted: impl FnMut(&Reader) -> bool,
        timeout: Duration,
        cancel: &Cancel,
    ) -> Result<Option<Reader>, TransportError> {
        self.watch(timeout, cancel, |readers| {
            readers
                .iter()
                .find(|reader| reader.has_card() && wanted(reader))
                .cloned()
        })
    }

    /// Waits until the readers, or what is in them, differ from `known` (an
    /// earlier answer of this function or of [`readers`](Self::readers)), and
    /// returns what is there now. `None` if nothing changed within `timeout`.
    ///
    /// # Errors
    ///
    /// As [`wait_for_card`](Self::wait_for_card).
    pub fn wait_for_change(
        &self,
        known: &[Reader],
        timeout: Duration,
        cancel: &Cancel,
    ) -> Result<Option<Vec<Reader>>, TransportError> {
        self.watch(timeout, cancel, |readers| {
            (readers != known).then(|| readers.to_vec())
        })
    }

    fn watch<R>(
        &self,
        timeout: Duration,
        cancel: &Cancel,
        mut found: impl FnMut(&[Reader]) -> Option<R>,
    ) -> Result<Option<R>, TransportError> {
        let begin = Instant::now();
        let mut known = Vec::new();
        let mut slice = Duration::ZERO;
        loop {
            cancel.check()?;
            let outcome = self.states(&known, slice);
            let left = timeout.saturating_sub(begin.elapsed());
            match outcome {
                Ok(states) => {
                    let readers: Vec<Reader> = states.iter().map(reader).collect();
                    if let Some(found) = found(&readers) {
                        return Ok(Some(found));
                    }
                    known = states
                        .iter()
                        .map(|state| (CString::from(state.name()), state.event_state()))
                        .collect();
                }
                Err(TransportError::ServiceUnavailable) if !left.is_zero() => {
                    known.clear();
                    std::thread::sleep(SLICE.min(left));
                }
                Err(error) => return Err(error),
            }
            if left.is_zero() {
                return Ok(None);
            }
            slice = SLICE.min(left);
        }
    }

    /// Opens the card in the reader of this name.
    ///
    /// # Errors
    ///
    /// As [`PcscCard::open`].
    pub fn open(&self, reader: &str, options: PcscOptions) -> Result<PcscCard, TransportError> {
        PcscCard::open(reader, options)
    }
}

impl fmt::Debug for PcscService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PcscService").finish_non_exhaustive()
    }
}

fn reader(state: &ReaderState) -> Reader {
    let found = state.event_state();
    let presence = if found.contains(State::MUTE) {
        Presence::Mute
    } else if found.contains(State::PRESENT) {
        Presence::Card {
            atr: state.atr().to_vec(),
            in_use: found.intersects(State::INUSE | State::EXCLUSIVE),
        }
    } else if found.contains(State::EMPTY) {
        Presence::Empty
    } else {
        Presence::Unknown
    };
    Reader {
        name: state.name().to_string_lossy().to_string(),
        presence,
        events: state.event_count(),
    }
}
