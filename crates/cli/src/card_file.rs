//! Card files: one simulated card, one file, one program at a time.

use std::path::Path;

use applet_sim::{Chip, Environment, FileStore, FileStoreError, StoreError};
use transport::trace::{Trace, lines_to, stopwatch};
use transport::{CardDevice, CardTransport, InProcess, Interface};

use crate::failure::{CardFileFault, Failure};
use crate::files;

/// Any card, as the host library takes it.
pub(crate) type Transport = Box<dyn CardTransport>;

/// Puts the card of this file on the reader.
pub(crate) fn insert(path: &Path, trace: Option<&Path>) -> Result<Transport, Failure> {
    let memory = FileStore::open(path).map_err(|error| medium(path, error))?;
    let chip = Chip::open(memory, Environment::system()).map_err(|error| contents(path, &error))?;
    with_trace(chip, trace)
}

/// Puts a card on the reader, and a trace between them if one is wanted. The trace has instructions, lengths and status words,
/// no data.
pub(crate) fn with_trace(
    card: impl CardDevice + 'static,
    trace: Option<&Path>,
) -> Result<Transport, Failure> {
    let card = InProcess::new(card, Interface::Contactless);
    let Some(path) = trace else {
        return Ok(Box::new(card));
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
    let fault = match error {
        StoreError::Blank | StoreError::NotACard => CardFileFault::NoCard,
        StoreError::NewerFormat { .. } => CardFileFault::Newer,
        StoreError::Corrupt { .. } => CardFileFault::Damaged,
        _ => CardFileFault::Unreadable,
    };
    Failure::CardFile {
        path: path.to_owned(),
        fault,
    }
}
