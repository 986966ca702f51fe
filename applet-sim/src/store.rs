//! The transactional store: small records in a non-volatile memory, changed all together or not at all.
//!
//! # Specification
//! The store maps a [`RecordId`] to a string of bytes. [`Store::commit`] applies a [`Transaction`] of insertions and removals.
//!
//! 1. *Atomic.* If power goes during a commit, the next [`Store::recover`] finds either every change of the transaction or none.
//! 2. *Durable.* Once a commit has returned `Ok`, its changes survive any later loss of power.
//! 3. *Honest.* A single damaged byte is either of no consequence or reported as [`StoreError::Corrupt`]; it never brings an older state
//!    back. (Copying a whole older medium back does. Nothing inside the medium can prevent that.)
//! 4. *Careful.* A medium that is not a card, or of a newer format, is refused and left as it was.
//! 5. After a failure of the medium nothing more is committed before [`Store::recover`]: it is not known which state the medium is in.
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
//! An entry's digest covers the generation and the entry's offset too, so that bytes from an earlier life of the bank are never taken for an entry.
//!
//! A commit appends one entry to the current bank: everything but the mark, flush, mark, flush. The mark is the commit point. It counts from
//! its sixth byte on, and a mark that stopped earlier must be followed by zeros: so a torn mark and a damaged one can be told apart.
//! When an entry does not fit, everything that is still valid is written, together with the new changes, as one entry into the other bank; the
//! header of that bank, with the next generation, is the commit point; then the old bank is retired.
//! The superblock is written last when a medium is formatted.

mod layout;

use alloc::{collections::BTreeMap, vec, vec::Vec};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::memory::{MemoryError, NonVolatileMemory};
use layout::{Bank, BankHeader, EntryDigest, Mark, Superblock};

pub use layout::FORMAT_VERSION;

/// Names a record of the [`Store`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordId(pub(crate) u32);

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

/// Changes that happen together. Wiped when dropped.
#[derive(Default)]
pub(crate) struct Transaction {
    changes: BTreeMap<RecordId, Option<Zeroizing<Vec<u8>>>>,
}

impl Transaction {
    /// An empty transaction.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Inserts or replaces a record.
    pub(crate) fn put(&mut self, id: RecordId, value: impl Into<Vec<u8>>) {
        self.changes.insert(id, Some(Zeroizing::new(value.into())));
    }

    /// Removes a record.
    #[cfg(test)]
    pub(crate) fn remove(&mut self, id: RecordId) {
        self.changes.insert(id, None);
    }

    /// True if there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

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
    /// [`StoreError::NotBlank`] if the medium already holds a card, [`StoreError::Full`] if the contents do not fit.
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

    /// Finds the state again as the medium has it: to be called after power-up and after any failure.
    ///
    /// # Errors
    /// As for [`open`](Self::open). The store then stays unusable until a later call succeeds.
    pub(crate) fn recover(&mut self) -> Result<(), StoreError> {
        self.faulty = true;
        self.index.clear();
        let mut first = [0; Superblock::LENGTH];
        let capacity = self.memory.capacity();
        if capacity < Superblock::LENGTH {
            return Err(StoreError::NotACard);
        }
        self.memory.read(0, &mut first)?;
        Superblock::check(&first, capacity)?;

        // What is read now must not vanish later: an unflushed write may be visible without being durable.
        self.memory.flush()?;

        let (a, b) = (Bank::first(capacity), Bank::second(capacity));
        let (current, retired) = match (self.header(a)?, self.header(b)?) {
            (BankHeader::Valid(x), BankHeader::Valid(y)) if x > y => ((a, x), Some(b)),
            (BankHeader::Valid(_), BankHeader::Valid(y)) => ((b, y), Some(a)),
            (BankHeader::Valid(x), _) => ((a, x), None),
            (_, BankHeader::Valid(y)) => ((b, y), None),
            _ => return Err(StoreError::Corrupt { offset: a.start }),
        };
        (self.bank, self.generation) = current;
        self.tail = self.bank.entries();
        while self.replay_entry()? {}
        if let Some(old) = retired {
            // Power went between the two last steps of a switch: finish it.
            self.retire(old)?;
        }
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
    /// [`MemoryError::OutOfRange`] if the record is absent or shorter; [`StoreError::Faulty`] or a failure of the medium.
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
    /// [`StoreError::Full`] changes nothing. After any other error it is not known whether the changes happened, and nothing works until
    /// [`recover`](Self::recover) has looked.
    pub(crate) fn commit(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        if self.faulty {
            return Err(StoreError::Faulty);
        }
        if transaction.is_empty() {
            return Ok(());
        }
        let entry_length = layout::entry_length(changes_length(transaction));
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

    fn header(&self, bank: Bank) -> Result<BankHeader, StoreError> {
        let mut bytes = [0; BankHeader::LENGTH];
        self.memory.read(bank.start, &mut bytes)?;
        Ok(BankHeader::parse(&bytes))
    }

    fn retire(&mut self, bank: Bank) -> Result<(), StoreError> {
        self.memory.write(bank.start, &[0; BankHeader::LENGTH])?;
        Ok(self.memory.flush()?)
    }

    /// Reads the entry at the tail into the index and moves the tail behind it. False if there is none.
    fn replay_entry(&mut self) -> Result<bool, StoreError> {
        let start = self.tail;
        let corrupt = StoreError::Corrupt { offset: start };
        let mut mark = [0; Mark::LENGTH];
        if start + Mark::LENGTH > self.bank.end {
            return Err(corrupt);
        }
        self.memory.read(start, &mut mark)?;
        match Mark::parse(mark) {
            Mark::Absent => return Ok(false),
            Mark::Present => {}
            Mark::Damaged => return Err(corrupt),
        }
        let mut length = [0; 4];
        let changes_start = start + Mark::LENGTH + length.len();
        if changes_start > self.bank.end {
            return Err(corrupt);
        }
        self.memory.read(start + Mark::LENGTH, &mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        let room = self.bank.end - changes_start;
        if length
            .checked_add(EntryDigest::LENGTH + Mark::LENGTH)
            .is_none_or(|needed| needed > room)
        {
            return Err(corrupt);
        }
        let mut changes = Zeroizing::new(vec![0; length]);
        self.memory.read(changes_start, &mut changes)?;
        let mut digest = [0; EntryDigest::LENGTH];
        self.memory.read(changes_start + length, &mut digest)?;
        let mut expected = EntryDigest::new(self.generation, start, length);
        expected.update(&changes);
        if expected.finish() != digest {
            return Err(corrupt);
        }
        for change in layout::Changes::new(&changes) {
            let change = change.ok_or(StoreError::Corrupt { offset: start })?;
            match change.value {
                Some(value) => {
                    let slot = Slot {
                        offset: changes_start + value.start,
                        length: value.len(),
                    };
                    self.index.insert(change.id, slot);
                }
                None => {
                    self.index.remove(&change.id);
                }
            }
        }
        self.tail = changes_start + length + EntryDigest::LENGTH;
        Ok(true)
    }

    /// Appends one entry to the current bank.
    fn append(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        let start = self.tail;
        let mut changes = Zeroizing::new(Vec::with_capacity(changes_length(transaction)));
        let mut slots = Vec::new();
        for (id, value) in &transaction.changes {
            layout::push_change_header(&mut changes, *id, value.as_ref().map(|value| value.len()));
            if let Some(value) = value {
                slots.push((
                    *id,
                    Slot {
                        offset: changes.len(),
                        length: value.len(),
                    },
                ));
                changes.extend_from_slice(value);
            }
        }
        let mut digest = EntryDigest::new(self.generation, start, changes.len());
        digest.update(&changes);

        let changes_start = start + Mark::LENGTH + 4;
        let mut body = Zeroizing::new(Vec::with_capacity(layout::entry_length(changes.len())));
        body.extend_from_slice(
            &u32::try_from(changes.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        body.extend_from_slice(&changes);
        body.extend_from_slice(&digest.finish());
        body.extend_from_slice(&[0; Mark::LENGTH]);
        self.memory.write(start + Mark::LENGTH, &body)?;
        self.memory.flush()?;
        self.memory.write(start, &Mark::BYTES)?;
        self.memory.flush()?;

        for (id, value) in &transaction.changes {
            if value.is_none() {
                self.index.remove(id);
            }
        }
        for (id, slot) in slots {
            self.index.insert(
                id,
                Slot {
                    offset: changes_start + slot.offset,
                    ..slot
                },
            );
        }
        self.tail = start + layout::entry_length(changes.len());
        Ok(())
    }

    /// Refuses a transaction whose result would not fit into one bank.
    fn check_fits(&self, transaction: &Transaction) -> Result<(), StoreError> {
        let kept: usize = self
            .index
            .iter()
            .filter(|(id, _)| !transaction.changes.contains_key(id))
            .map(|(_, slot)| layout::change_length(Some(slot.length)))
            .sum();
        let needed = BankHeader::LENGTH
            + layout::entry_length(kept + changes_length(transaction))
            + Mark::LENGTH;
        let available = self.bank.end - self.bank.start;
        if needed > available {
            Err(StoreError::Full { needed, available })
        } else {
            Ok(())
        }
    }

    /// Writes everything that is still valid, and the changes, into the other bank and makes that the current one.
    fn switch_bank(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        self.check_fits(transaction)?;
        let old = self.bank;
        let new = old.other(self.memory.capacity());
        let generation = self.generation + 1;
        let start = new.entries();

        let mut plan: BTreeMap<RecordId, Source<'_>> = self
            .index
            .iter()
            .map(|(id, slot)| (*id, Source::Slot(*slot)))
            .collect();
        for (id, value) in &transaction.changes {
            match value {
                Some(value) => plan.insert(*id, Source::New(value)),
                None => plan.remove(id),
            };
        }
        let length: usize = plan
            .values()
            .map(|s| layout::change_length(Some(s.length())))
            .sum();
        let mut digest = EntryDigest::new(generation, start, length);
        let mut index = BTreeMap::new();
        let mut position = start;
        let mut head = Vec::from(Mark::BYTES);
        head.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        self.memory.write(position, &head)?;
        position += head.len();
        for (id, source) in plan {
            let mut change = Zeroizing::new(Vec::with_capacity(layout::change_length(Some(
                source.length(),
            ))));
            layout::push_change_header(&mut change, id, Some(source.length()));
            let header_length = change.len();
            match source {
                Source::New(value) => change.extend_from_slice(value),
                Source::Slot(slot) => {
                    change.resize(header_length + slot.length, 0);
                    if let Some(value) = change.get_mut(header_length..) {
                        self.memory.read(slot.offset, value)?;
                    }
                }
            }
            digest.update(&change);
            self.memory.write(position, &change)?;
            let length = change.len() - header_length;
            index.insert(
                id,
                Slot {
                    offset: position + header_length,
                    length,
                },
            );
            position += change.len();
        }
        let mut end = Vec::from(digest.finish());
        end.extend_from_slice(&[0; Mark::LENGTH]);
        self.memory.write(position, &end)?;
        self.memory.flush()?;
        self.memory
            .write(new.start, &BankHeader::encode(generation))?;
        self.memory.flush()?;
        self.bank = new;
        self.generation = generation;
        self.tail = position + EntryDigest::LENGTH;
        self.index = index;
        self.retire(old)
    }
}

/// Where the value of a record comes from when a bank is written anew.
enum Source<'a> {
    Slot(Slot),
    New(&'a [u8]),
}

impl Source<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Slot(slot) => slot.length,
            Self::New(value) => value.len(),
        }
    }
}

fn changes_length(transaction: &Transaction) -> usize {
    transaction
        .changes
        .values()
        .map(|value| layout::change_length(value.as_ref().map(|value| value.len())))
        .sum()
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

#[cfg(test)]
mod tests;
