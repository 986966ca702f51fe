//! `neweid readers`: which there are, and what is in them.

use crate::document::{Outcome, ReaderEntry, ReaderState};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reader::{Holds, Seen, Service};
use crate::terminal::hex;

pub(crate) fn run() -> Result<(Outcome, Exit), Failure> {
    let readers = Service::connect()?.readers()?;
    let readers = readers.into_iter().map(ReaderEntry::from).collect();
    Ok((Outcome::Readers { readers }, Exit::Success))
}

impl From<Seen> for ReaderEntry {
    fn from(Seen { name, holds }: Seen) -> Self {
        let (state, atr, in_use) = match holds {
            Holds::Nothing => (ReaderState::Empty, None, None),
            Holds::Card { atr, in_use } => (ReaderState::Card, Some(hex(&atr)), Some(in_use)),
            Holds::Mute => (ReaderState::Mute, None, None),
            Holds::Unknown => (ReaderState::Unknown, None, None),
        };
        Self {
            name,
            state,
            atr,
            in_use,
        }
    }
}
