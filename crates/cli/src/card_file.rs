//! Card files: one simulated card, one file, one program at a time.

use std::path::Path;

use applet_sim::{Chip, Environment, FileStore, FileStoreError, StoreError};
use transport::trace::{Trace, lines_to, stopwatch};
use transport::{CardDevice, CardTransport, InProcess, Interface};

use crate::failure::{CardFileFault, Failure};
use crate::files;

/// Any card, as the host library takes it.
pub(crate) type Transport = Box<dyn CardTransport>;

/// The card of this file, without a reader.
pub(crate) fn load(path: &Path) -> Result<Chip<FileStore>, Failure> {
    let memory = FileStore::open(path).map_err(|error| medium(path, error))?;
    Chip::open(memory, Environment::system()).map_err(|error| contents(path, &error))
}

/// Puts the card of this file on a reader of its own.
pub(crate) fn insert(path: &Path) -> Result<Transport, Failure> {
    Ok(on_a_reader(load(path)?))
}

/// Puts a card on a reader of its own, in this process.
pub(crate) fn on_a_reader(card: impl CardDevice + 'static) -> Transport {
    Box::new(InProcess::new(card, Interface::Contactless))
}

/// Puts a trace between card and host if one is wanted. It has instructions, lengths and status words, no data.
pub(crate) fn with_trace(card: Transport, trace: Option<&Path>) -> Result<Transport, Failure> {
    let Some(path) = trace else {
        return Ok(card);
    };
    let file = files::create(path, files::Existing::Replace)?;
    Ok(Box::new(Trace::redacted(card, stopwatch(), lines_to(file))))
}

/// What the operating system made of a card file, as a failure of this program.
pub(crate) fn medium(path: &Path, error: FileStoreError) -> Failure {
    let path = path.to_owned();
    match error {
        FileStoreError::InUse { .. } => Failure::CardFile {
            path,
            fault: CardFileFault::InUse,
        },
        FileStoreError::Exists { .. } => Failure::Exists { path },
        FileStoreError::NotFound { .. } => Failure::File {
            path,
            error: std::io::ErrorKind::NotFound.into(),
        },
        FileStoreError::Io { source, .. } => Failure::File {
            path,
            error: source,
        },
        _ => Failure::CardFile {
            path,
            fault: CardFileFault::Unreadable,
        },
    }
}

/// What the chip made of its contents.
fn contents(path: &Path, error: &StoreError) -> Failure {
    let fault = match *error {
        StoreError::Blank | StoreError::NotACard => CardFileFault::NoCard,
        StoreError::NewerFormat { found, supported } => CardFileFault::Newer { found, supported },
        StoreError::Corrupt { .. } => CardFileFault::Damaged,
        _ => CardFileFault::Unreadable,
    };
    Failure::CardFile {
        path: path.to_owned(),
        fault,
    }
}
