//! What can go wrong when a card is issued.

use std::path::PathBuf;

use crate::profile::ProfileError;

/// What can go wrong when a card is issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The profile breaks rules; all of them are listed, with their lines.
    #[error("the profile is not valid:\n{0}")]
    Profile(#[from] ProfileError),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}
