//! The transactional store: small records in a non-volatile memory, changed all together or not at
//! all.
//!
//! # Specification
//! The store maps a [`RecordId`] to a string of bytes. [`Store::commit`] applies a [`Transaction`]
//! of insertions and removals.
//!
//! 1. *Atomic.* If power goes during a commit, the next [`Store::recover`] finds either every
//!    change of the transaction or none.
//! 2. *Durable.* Once a commit has returned `Ok`, its changes survive any later loss of power.
//! 3. *Honest.* A single damaged byte is either of no consequence or reported as
//!    [`StoreError::Corrupt`]; it never brings an older state back. (Copying a whole older medium
//!    back does. Nothing inside the medium can prevent that.)
//! 4. *Careful.* A medium that is not a card, or of a newer format, is refused and left as it was.
//! 5. After a failure of the medium nothing more is committed before [`Store::recover`]: it is not
//!    known which state the medium is in.
//! 6. *Forgetful*, when asked. Values that were replaced or removed stay in the medium until their bank is
//!    used again; after [`Store::commit_and_erase`] nothing is left of them.
//!
//! # Layout
//! Integers are big-endian; a digest is the first eight bytes of a SHA-256.
//!
//! | part | contents |
//! |---|---|
//! | superblock, 40 bytes | magic (24), format version (2), reserved (2), capacity (4), digest of these (8) |
//! | bank A, then bank B | equal halves of the rest |
//! | bank header, 20 bytes | `BANK`, generation (8), digest of these (8); all zero when retired |
//! | entry | mark (8), length of the changes (4), changes, digest (8); then eight zero bytes where the next mark will go |
//! | change | record id (4), 1 and length (4) and value, or 0 for a removal |
//!
//! An entry's digest covers the generation and the entry's offset too, so that bytes from an
//! earlier life of the bank are never taken for an entry.
//!
//! A commit appends one entry to the current bank: everything but the mark, flush, mark, flush. The
//! mark is the commit point. It counts from its sixth byte on, and a mark that stopped earlier must
//! be followed by zeros: so a torn mark and a damaged one can be told apart. When an entry does not
//! fit, everything that is still valid is written, together with the new changes, as one entry into
//! the other bank; the header of that bank, with the next generation, is the commit point; then the
//! old bank is retired. The superblock is written last when a medium is formatted.

mod banks;
mod error;
mod layout;
mod recovery;
#[cfg(test)]
mod tests;
mod transaction;

use alloc::{collections::BTreeMap, vec, vec::Vec};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::memory::{MemoryError, NonVolatileMemory};
use layout::{Bank, Mark, Superblock};

pub use error::StoreError;
pub use layout::FORMAT_VERSION;
pub(crate) use transaction::Transaction;

/// Names a record of the [`Store`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordId(pub(crate) u32);

/// Where a record's value lies in the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    offset: usize,
    length: usize,
}

/// The store over a medium. See the [module documentation](self) for what it promises.
pub(crate) struct Store<M> {
    memory: M,
    bank: Bank,
    generation: u64,
    /// Where the next entry goes.
    tail: usize,
    index: BTreeMap<RecordId, Slot>,
    faulty: bool,
}

impl<M: NonVolatileMemory> Store<M> {
    /// Formats a blank medium so that it holds the changes of `contents`.
    ///
    /// # Errors
    /// [`StoreError::NotBlank`] if the medium already holds a card, [`StoreError::Full`] if the
    /// contents do not fit.
    pub(crate) fn format(memory: M, contents: &Transaction) -> Result<Self, StoreError> {
        let mut store = Self::over(memory);
        store.initialise(contents)?;
        Ok(store)
    }

    /// Opens a medium that [`format`](Self::format) prepared.
    ///
    /// # Errors
    /// Any [`StoreError`] but [`StoreError::Full`]; the medium is then left as it was.
    pub(crate) fn open(memory: M) -> Result<Self, StoreError> {
        let mut store = Self::over(memory);
        store.recover()?;
        Ok(store)
    }

    /// A store that does not know yet what the medium holds.
    fn over(memory: M) -> Self {
        let bank = Bank::second(memory.capacity());
        Self {
            memory,
            bank,
            generation: 0,
            tail: 0,
            index: BTreeMap::new(),
            faulty: true,
        }
    }

    fn initialise(&mut self, contents: &Transaction) -> Result<(), StoreError> {
        let superblock = Superblock::new(self.memory.capacity())?;
        let mut first = [0; Superblock::LENGTH];
        self.memory.read(0, &mut first)?;
        if first != [0; Superblock::LENGTH] {
            return Err(StoreError::NotBlank);
        }
        self.switch_bank(contents)?;
        self.memory.write(0, &superblock.encode())?;
        self.memory.flush()?;
        self.faulty = false;
        Ok(())
    }

    /// The value of a record.
    ///
    /// # Errors
    /// [`StoreError::Faulty`] or a failure of the medium.
    pub(crate) fn get(&self, id: RecordId) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let Some(length) = self.length(id) else {
            return if self.faulty {
                Err(StoreError::Faulty)
            } else {
                Ok(None)
            };
        };
        let mut value = Zeroizing::new(vec![0; length]);
        self.read(id, 0, &mut value)?;
        Ok(Some(value))
    }

    /// Length of a record's value in bytes.
    pub(crate) fn length(&self, id: RecordId) -> Option<usize> {
        self.index.get(&id).map(|slot| slot.length)
    }

    /// Fills `buffer` with the bytes of a record from `offset` on.
    ///
    /// # Errors
    /// [`MemoryError::OutOfRange`] if the record is absent or shorter; [`StoreError::Faulty`] or a
    /// failure of the medium.
    pub(crate) fn read(
        &self,
        id: RecordId,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<(), StoreError> {
        if self.faulty {
            return Err(StoreError::Faulty);
        }
        let out_of_range = MemoryError::OutOfRange {
            offset,
            length: buffer.len(),
        };
        let slot = self.index.get(&id).ok_or(out_of_range.clone())?;
        match offset.checked_add(buffer.len()) {
            Some(end) if end <= slot.length => {
                Ok(self.memory.read(slot.offset + offset, buffer)?)
            }
            _ => Err(out_of_range.into()),
        }
    }

    /// Carries out a transaction.
    ///
    /// # Errors
    /// [`StoreError::Full`] changes nothing. After any other error it is not known whether the
    /// changes happened, and nothing works until [`recover`](Self::recover) has looked.
    pub(crate) fn commit(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        if self.faulty {
            return Err(StoreError::Faulty);
        }
        if transaction.is_empty() {
            return Ok(());
        }
        let entry_length = layout::entry_length(transaction.encoded_length());
        if self.tail + entry_length + Mark::LENGTH <= self.bank.end {
            self.faulty = true;
            self.append(transaction)?;
        } else {
            self.check_fits(transaction)?;
            self.faulty = true;
            self.switch_bank(transaction)?;
        }
        self.faulty = false;
        Ok(())
    }

    /// Carries out a transaction and leaves nothing in the medium but what is valid then. The transaction
    /// is atomic like any other; if power goes before all is erased, [`erase_retired`](Self::erase_retired)
    /// finishes it.
    ///
    /// # Errors
    /// As for [`commit`](Self::commit).
    pub(crate) fn commit_and_erase(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        if self.faulty {
            return Err(StoreError::Faulty);
        }
        self.check_fits(transaction)?;
        self.faulty = true;
        self.switch_bank(transaction)?;
        self.faulty = false;
        self.erase_retired()
    }

    /// Overwrites the bank that is not in use with zeros, where it holds anything.
    ///
    /// # Errors
    /// [`StoreError::Faulty`] or a failure of the medium.
    pub(crate) fn erase_retired(&mut self) -> Result<(), StoreError> {
        if self.faulty {
            return Err(StoreError::Faulty);
        }
        self.faulty = true;
        self.overwrite(self.bank.other(self.memory.capacity()))?;
        self.faulty = false;
        Ok(())
    }

    /// The medium itself.
    pub(crate) fn memory(&self) -> &M {
        &self.memory
    }

    /// The medium itself, for tests that cut its power.
    pub(crate) fn memory_mut(&mut self) -> &mut M {
        &mut self.memory
    }

    /// Gives the medium back.
    pub(crate) fn into_memory(self) -> M {
        self.memory
    }
}

/// The first eight bytes of a SHA-256 over `parts`, one after the other.
fn short_digest(parts: &[&[u8]]) -> [u8; 8] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    truncate(hash)
}

fn truncate(hash: Sha256) -> [u8; 8] {
    let mut short = [0; 8];
    for (target, source) in short.iter_mut().zip(hash.finalize()) {
        *target = source;
    }
    short
}
