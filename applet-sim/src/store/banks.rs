//! Writing: an entry behind the others, or everything anew into the other bank.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use zeroize::Zeroizing;

use super::{
    RecordId, Slot, Store, StoreError, Transaction,
    layout::{self, Bank, BankHeader, EntryDigest, Mark},
};
use crate::memory::NonVolatileMemory;

impl<M: NonVolatileMemory> Store<M> {
    /// Appends one entry to the current bank.
    pub(super) fn append(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        let start = self.tail;
        let mut changes = Zeroizing::new(Vec::with_capacity(transaction.encoded_length()));
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
    pub(super) fn check_fits(&self, transaction: &Transaction) -> Result<(), StoreError> {
        let kept: usize = self
            .index
            .iter()
            .filter(|(id, _)| !transaction.changes.contains_key(id))
            .map(|(_, slot)| layout::change_length(Some(slot.length)))
            .sum();
        let needed = BankHeader::LENGTH
            + layout::entry_length(kept + transaction.encoded_length())
            + Mark::LENGTH;
        let available = self.bank.end - self.bank.start;
        if needed > available {
            Err(StoreError::Full { needed, available })
        } else {
            Ok(())
        }
    }

    /// Writes everything that is still valid, and the changes, into the other bank and makes that
    /// the current one.
    pub(super) fn switch_bank(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
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

    /// Leaves zeros in a bank.
    pub(super) fn overwrite(&mut self, bank: Bank) -> Result<(), StoreError> {
        const CHUNK: usize = 4096;
        let mut position = bank.start;
        while position < bank.end {
            let mut chunk = Zeroizing::new(vec![0; CHUNK.min(bank.end - position)]);
            self.memory.read(position, &mut chunk)?;
            if chunk.iter().any(|byte| *byte != 0) {
                chunk.fill(0);
                self.memory.write(position, &chunk)?;
                self.memory.flush()?;
            }
            position += chunk.len();
        }
        Ok(())
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
