//! Non-volatile memory: what the chip needs from its storage, and nothing more.

use alloc::string::String;

#[cfg(feature = "std")]
mod file;
mod ram;
mod supply;
mod unflushed;

#[cfg(feature = "std")]
pub use file::{FileStore, FileStoreError};
pub use ram::MemoryStore;
pub(crate) use supply::Supply;
pub use transport::faults::Tear;

/// Default size of a simulated card's memory in bytes: room for the largest portraits, twice (the
/// store keeps two banks).
pub const DEFAULT_CAPACITY: usize = 1024 * 1024;

/// A byte-addressed medium that keeps its contents without power: flash of a real chip, a file
/// ([`FileStore`](crate::FileStore)), or the working memory of a test ([`MemoryStore`]).
///
/// It promises little, so that little can be broken:
///
/// 1. [`write`](Self::write) is visible to the next [`read`](Self::read) at once, but survives a
///    loss of power only after [`flush`](Self::flush) has returned.
/// 2. If power goes before that, each write since the last flush may have happened, not happened,
///    or stopped after any of its bytes, with the byte it stopped at holding any value. Nothing is
///    promised about their order.
/// 3. Bytes that no unflushed write touches keep their value.
///
/// A fresh medium reads as zero bytes throughout.
pub trait NonVolatileMemory: Send {
    /// Size in bytes. Never changes during the life of a medium.
    fn capacity(&self) -> usize;

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// [`MemoryError::OutOfRange`] if that reaches past the end; other variants if the medium
    /// fails.
    fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<(), MemoryError>;

    /// Replaces the bytes from `offset` on by `bytes`.
    ///
    /// # Errors
    /// As for [`read`](Self::read). After an error the touched bytes may hold anything.
    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), MemoryError>;

    /// Returns once every earlier write will survive a loss of power.
    ///
    /// # Errors
    /// Any failure of the medium. Earlier writes are then in doubt.
    fn flush(&mut self) -> Result<(), MemoryError>;
}

/// The medium did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The access reaches past the end of the medium.
    #[error("access to {length} bytes at offset {offset} reaches past the end of the memory")]
    OutOfRange {
        /// First byte of the access.
        offset: usize,
        /// Number of bytes asked for.
        length: usize,
    },
    /// The supply is gone; nothing works until it is back.
    #[error("the memory has lost its power")]
    PowerLost,
    /// The operating system or the hardware reported a failure.
    #[error("the memory failed: {0}")]
    Device(String),
}
