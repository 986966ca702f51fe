//! What can be wrong with a card's memory.

use crate::memory::MemoryError;

/// Why the card's memory cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Nothing was ever written, or personalisation did not finish.
    #[error("the memory holds no card: it is blank, or personalisation was interrupted")]
    Blank,
    /// The memory already holds a card; it is not overwritten.
    #[error("the memory already holds a card")]
    NotBlank,
    /// Something else is in the memory.
    #[error("the memory does not hold a card of this simulator")]
    NotACard,
    /// Written by a newer version of this software.
    #[error(
        "the card was written in format {found}, and this version reads formats up to {supported}; use a newer version"
    )]
    NewerFormat {
        /// Format version of the medium.
        found: u16,
        /// Newest format version known here.
        supported: u16,
    },
    /// The contents fail their checksums.
    #[error("the card's memory is damaged near byte {offset}; nothing was changed")]
    Corrupt {
        /// Where the damage was noticed.
        offset: usize,
    },
    /// The records do not fit.
    #[error("the card's memory is full: {needed} bytes are needed, {available} are there")]
    Full {
        /// Bytes that one bank would have to hold.
        needed: usize,
        /// Bytes that one bank holds.
        available: usize,
    },
    /// An earlier operation failed; the state must be recovered first.
    #[error("an earlier storage operation failed; reset the card")]
    Faulty,
    /// The medium failed.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}
