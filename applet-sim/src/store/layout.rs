//! How the store's parts look in the medium. The table is in the [specification](super).

use alloc::vec::Vec;
use core::ops::Range;
use sha2::{Digest, Sha256};

use super::{RecordId, StoreError, short_digest, truncate};

/// Version of the layout and of the records in it. A medium with a higher number is refused, so it
/// goes up where an older chip would misread what is written now; every lower one is read for ever
/// (`vectors/card-files`). A new kind of record needs no new number: a card without it does not have
/// what it was not given.
pub const FORMAT_VERSION: u16 = 1;

/// First bytes of a card's memory; readable, so that whoever opens the file in a viewer learns what
/// it is.
const MAGIC: [u8; 24] = *b"Simulated New eID card\n\0";

/// The fixed block at offset 0.
pub(super) struct Superblock {
    capacity: u32,
}

impl Superblock {
    pub(super) const LENGTH: usize = 40;

    /// # Errors
    /// [`StoreError::Full`] if the medium is too small to hold anything or too large for its own
    /// length field.
    pub(super) fn new(capacity: usize) -> Result<Self, StoreError> {
        let least = Self::LENGTH + 2 * (BankHeader::LENGTH + entry_length(0) + Mark::LENGTH);
        match u32::try_from(capacity) {
            Ok(bytes) if capacity >= least => Ok(Self { capacity: bytes }),
            _ => Err(StoreError::Full {
                needed: least,
                available: capacity,
            }),
        }
    }

    pub(super) fn encode(&self) -> [u8; Self::LENGTH] {
        let mut block = Vec::with_capacity(Self::LENGTH);
        block.extend_from_slice(&MAGIC);
        block.extend_from_slice(&FORMAT_VERSION.to_be_bytes());
        block.extend_from_slice(&[0; 2]);
        block.extend_from_slice(&self.capacity.to_be_bytes());
        let digest = short_digest(&[&block]);
        block.extend_from_slice(&digest);
        let mut bytes = [0; Self::LENGTH];
        bytes.copy_from_slice(&block);
        bytes
    }

    /// The version is looked at before the checksum: a newer layout may have another one.
    pub(super) fn check(bytes: &[u8; Self::LENGTH], capacity: usize) -> Result<(), StoreError> {
        if bytes == &[0; Self::LENGTH] {
            return Err(StoreError::Blank);
        }
        if !bytes.starts_with(&MAGIC) {
            return Err(StoreError::NotACard);
        }
        let (body, digest) = bytes.split_at(Self::LENGTH - 8);
        let intact = short_digest(&[body]) == digest;
        let number = |range: Range<usize>| {
            body.get(range)
                .unwrap_or_default()
                .iter()
                .fold(0u32, |n, byte| n << 8 | u32::from(*byte))
        };
        let found = u16::try_from(number(24..26)).unwrap_or(u16::MAX);
        if found > FORMAT_VERSION {
            return Err(StoreError::NewerFormat {
                found,
                supported: FORMAT_VERSION,
            });
        }
        if !intact || found == 0 || number(28..32) as usize != capacity {
            return Err(StoreError::Corrupt { offset: 0 });
        }
        Ok(())
    }
}

/// One of the two halves of the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bank {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Bank {
    pub(super) fn first(capacity: usize) -> Self {
        let half = capacity.saturating_sub(Superblock::LENGTH) / 2;
        Self {
            start: Superblock::LENGTH,
            end: Superblock::LENGTH + half,
        }
    }

    pub(super) fn second(capacity: usize) -> Self {
        let first = Self::first(capacity);
        Self {
            start: first.end,
            end: first.end + (first.end - first.start),
        }
    }

    pub(super) fn other(self, capacity: usize) -> Self {
        let first = Self::first(capacity);
        if self == first {
            Self::second(capacity)
        } else {
            first
        }
    }

    /// Offset of the first entry.
    pub(super) fn entries(self) -> usize {
        self.start + BankHeader::LENGTH
    }
}

/// State of a bank.
pub(super) enum BankHeader {
    /// In use since this generation.
    Valid(u64),
    /// Retired, never used, or torn while being written: the other bank decides.
    Invalid,
}

impl BankHeader {
    pub(super) const LENGTH: usize = 20;
    const MAGIC: [u8; 4] = *b"BANK";

    pub(super) fn encode(generation: u64) -> [u8; Self::LENGTH] {
        let number = generation.to_be_bytes();
        let digest = short_digest(&[&Self::MAGIC, &number]);
        let mut bytes = [0; Self::LENGTH];
        let parts = Self::MAGIC.iter().chain(&number).chain(&digest);
        for (target, source) in bytes.iter_mut().zip(parts) {
            *target = *source;
        }
        bytes
    }

    pub(super) fn parse(bytes: &[u8; Self::LENGTH]) -> Self {
        let generation = bytes
            .iter()
            .skip(Self::MAGIC.len())
            .take(8)
            .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        if &Self::encode(generation) == bytes {
            Self::Valid(generation)
        } else {
            Self::Invalid
        }
    }
}

/// The commit mark in front of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Absent,
    Present,
    Damaged,
}

impl Mark {
    pub(super) const LENGTH: usize = 8;
    pub(super) const BYTES: [u8; Self::LENGTH] = *b"COMMITED";
    /// From here on the mark counts even if it was torn.
    const ENOUGH: usize = 6;

    pub(super) fn parse(bytes: [u8; Self::LENGTH]) -> Self {
        let correct = bytes
            .iter()
            .zip(&Self::BYTES)
            .take_while(|(found, expected)| found == expected)
            .count();
        let torn = bytes.iter().skip(correct + 1).all(|byte| *byte == 0);
        match (correct, torn) {
            (_, false) => Self::Damaged,
            (Self::ENOUGH.., true) => Self::Present,
            (_, true) => Self::Absent,
        }
    }
}

/// Digest of an entry, in the making.
pub(super) struct EntryDigest(Sha256);

impl EntryDigest {
    pub(super) const LENGTH: usize = 8;

    pub(super) fn new(generation: u64, offset: usize, length: usize) -> Self {
        let mut hash = Sha256::new();
        hash.update(generation.to_be_bytes());
        hash.update((offset as u64).to_be_bytes());
        hash.update((length as u64).to_be_bytes());
        Self(hash)
    }

    pub(super) fn update(&mut self, changes: &[u8]) {
        self.0.update(changes);
    }

    pub(super) fn finish(self) -> [u8; Self::LENGTH] {
        truncate(self.0)
    }
}

/// Bytes of an entry whose changes take `changes` bytes, without the zeros after it.
pub(super) fn entry_length(changes: usize) -> usize {
    Mark::LENGTH + 4 + changes + EntryDigest::LENGTH
}

/// Bytes of a change that inserts a value of this length, or removes one.
pub(super) fn change_length(value: Option<usize>) -> usize {
    4 + 1 + value.map_or(0, |length| 4 + length)
}

/// Appends what stands before the value of a change.
pub(super) fn push_change_header(changes: &mut Vec<u8>, id: RecordId, value: Option<usize>) {
    changes.extend_from_slice(&id.0.to_be_bytes());
    match value {
        Some(length) => {
            changes.push(1);
            changes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
        None => changes.push(0),
    }
}

/// A change, with the place of the new value among the changes.
pub(super) struct Change {
    pub(super) id: RecordId,
    pub(super) value: Option<Range<usize>>,
}

/// Walks over the changes of an entry; yields `None` once where they make no sense.
pub(super) struct Changes<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Changes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    fn number(&mut self) -> Option<u32> {
        let end = self.position.checked_add(4)?;
        let bytes = self.bytes.get(self.position..end)?;
        self.position = end;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    }

    fn change(&mut self) -> Option<Change> {
        let id = RecordId(self.number()?);
        let kind = *self.bytes.get(self.position)?;
        self.position += 1;
        let value = match kind {
            0 => None,
            1 => {
                let length = self.number()? as usize;
                let start = self.position;
                let end = start
                    .checked_add(length)
                    .filter(|end| *end <= self.bytes.len())?;
                self.position = end;
                Some(start..end)
            }
            _ => return None,
        };
        Some(Change { id, value })
    }
}

impl Iterator for Changes<'_> {
    type Item = Option<Change>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.position >= self.bytes.len() {
            return None;
        }
        let change = self.change();
        if change.is_none() {
            self.position = self.bytes.len();
        }
        Some(change)
    }
}
