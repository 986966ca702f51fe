//! Finding the state again after power-up: which bank counts, and which entries in it.

use alloc::vec;
use zeroize::Zeroizing;

use super::{
    Slot, Store, StoreError,
    layout::{self, Bank, BankHeader, EntryDigest, Mark, Superblock},
};
use crate::memory::NonVolatileMemory;

impl<M: NonVolatileMemory> Store<M> {
    /// Finds the state again as the medium has it: to be called after power-up and after any
    /// failure.
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

        // What is read now must not vanish later: an unflushed write may be visible without being
        // durable.
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

    fn header(&self, bank: Bank) -> Result<BankHeader, StoreError> {
        let mut bytes = [0; BankHeader::LENGTH];
        self.memory.read(bank.start, &mut bytes)?;
        Ok(BankHeader::parse(&bytes))
    }

    pub(super) fn retire(&mut self, bank: Bank) -> Result<(), StoreError> {
        self.memory.write(bank.start, &[0; BankHeader::LENGTH])?;
        Ok(self.memory.flush()?)
    }

    /// Reads the entry at the tail into the index and moves the tail behind it. False if there is
    /// none.
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
}
