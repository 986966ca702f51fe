//! Where cards come from: the readers of the machine, or whatever else a test puts in their place.

use std::time::Duration;

use transport::pcsc::{PcscOptions, PcscService, Presence, Reader};
use transport::{Cancel, CardTransport, TransportError};

/// How long another application may have the card before ours gives up waiting for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A reader, as it was when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Whether a card is in it.
    pub has_card: bool,
    /// How often a card has come or gone.
    pub events: u32,
}

/// The readers of a machine.
pub trait Readers: Send + Sync {
    /// What there is now.
    ///
    /// # Errors
    /// [`TransportError::NotPermitted`], and others. Without a service there is no reader.
    fn look(&self) -> Result<Vec<Place>, TransportError>;

    /// Waits until something differs from `known`, or until nobody waits any more.
    ///
    /// # Errors
    /// [`TransportError::Cancelled`], and as [`look`](Self::look).
    fn wait(&self, known: &[Place], cancel: &Cancel) -> Result<(), TransportError>;

    /// Opens the card in the reader of this name; nobody else gets at it until it is dropped.
    ///
    /// # Errors
    /// Why there is none.
    fn open(&self, name: &str, cancel: &Cancel) -> Result<Box<dyn CardTransport>, TransportError>;
}

impl Readers for PcscService {
    fn look(&self) -> Result<Vec<Place>, TransportError> {
        match self.readers() {
            Ok(readers) => Ok(readers.iter().map(Place::from).collect()),
            Err(TransportError::ServiceUnavailable) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn wait(&self, known: &[Place], cancel: &Cancel) -> Result<(), TransportError> {
        loop {
            // A fifth of a second: what changed while nobody waited is seen as soon.
            let passed = cancel.check().map(|()| Duration::from_millis(200))?;
            if self.look()? != known {
                return Ok(());
            }
            std::thread::sleep(passed);
        }
    }

    fn open(&self, name: &str, cancel: &Cancel) -> Result<Box<dyn CardTransport>, TransportError> {
        let options = PcscOptions::new()
            .patience(PATIENCE)
            .cancelled_by(cancel.clone());
        Ok(Box::new(PcscService::open(self, name, options)?))
    }
}

impl From<&Reader> for Place {
    fn from(reader: &Reader) -> Self {
        Self {
            name: reader.name.clone(),
            has_card: matches!(reader.presence, Presence::Card { .. }),
            events: reader.events,
        }
    }
}
