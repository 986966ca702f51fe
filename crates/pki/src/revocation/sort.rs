//! Records in the order of their serial numbers, however many: sorted runs in a scratch file, then merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::RevocationReason;
use super::index::RevocationIndexError;
use crate::{Error, SerialNumber, Time};

/// Bytes of a record.
pub(super) const RECORD: usize = 32;
/// The longest serial number that fits in one: Doc 9303-12 has twenty bytes at most.
const SERIAL: usize = 22;
/// Records that are sorted in memory at once: half a megabyte.
const RUN: usize = 16 * 1024;
/// Records of a run that are read at once when runs are merged: eight kilobytes.
const READ_AHEAD: usize = 256;

/// A line of a list in fixed width, so ordered that it compares as its serial number does: the serial number, padded with
/// zeros, its length, the reason, the moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record(pub(super) [u8; RECORD]);

impl Record {
    pub(super) fn new(serial: &[u8], date: Time, reason: RevocationReason) -> Result<Self, Error> {
        let mut record = [0; RECORD];
        if serial.len() > SERIAL {
            return Err(Error::TooLong {
                what: "serial number in a revocation list",
                length: serial.len(),
                limit: SERIAL,
            });
        }
        let fields = serial
            .iter()
            .copied()
            .chain(std::iter::repeat_n(0, SERIAL - serial.len()))
            .chain([serial.len() as u8, reason.to_code() as u8])
            .chain(date.unix_seconds().to_be_bytes());
        for (to, from) in record.iter_mut().zip(fields) {
            *to = from;
        }
        Ok(Self(record))
    }

    /// What it is ordered by.
    pub(super) fn key(&self) -> &[u8] {
        self.0.get(..=SERIAL).unwrap_or_default()
    }

    pub(super) fn serial(&self) -> SerialNumber {
        let length = self.0.get(SERIAL).copied().unwrap_or_default();
        SerialNumber::from_integer(self.0.get(..usize::from(length)).unwrap_or_default())
    }

    pub(super) fn reason(&self) -> Option<RevocationReason> {
        let code = *self.0.get(SERIAL + 1)?;
        let reasons = RevocationReason::ALL.into_iter();
        reasons
            .into_iter()
            .find(|reason| reason.to_code() as u8 == code)
    }

    pub(super) fn date(&self) -> Option<Time> {
        let (_, date) = self.0.split_last_chunk()?;
        Time::from_unix_seconds(u64::from_be_bytes(*date)).ok()
    }
}

/// Takes records in any order, and gives them back in theirs.
pub(super) struct Sorter {
    scratch: File,
    run: Vec<Record>,
    /// Records in each run of the scratch file.
    runs: Vec<usize>,
}

impl Sorter {
    /// With an empty file to write into.
    pub(super) fn new(scratch: File) -> Self {
        Self {
            scratch,
            run: Vec::with_capacity(RUN),
            runs: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, record: Record) -> io::Result<()> {
        self.run.push(record);
        match self.run.len() < RUN {
            true => Ok(()),
            false => self.write_run(),
        }
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.run.sort_unstable();
        for records in self.run.chunks(READ_AHEAD) {
            let bytes: Vec<u8> = records.iter().flat_map(|record| record.0).collect();
            self.scratch.write_all(&bytes)?;
        }
        self.runs.push(self.run.len());
        self.run.clear();
        Ok(())
    }

    /// Hands out every record in order, and answers how many there are.
    pub(super) fn finish(
        mut self,
        mut out: impl FnMut(&Record) -> Result<(), RevocationIndexError>,
    ) -> Result<u64, RevocationIndexError> {
        self.write_run()?;
        let mut start = 0;
        let mut runs = Vec::new();
        let mut heads = BinaryHeap::new();
        for (number, length) in self.runs.iter().enumerate() {
            let mut run = Run {
                next: start,
                end: start + length,
                ahead: Vec::new(),
            };
            start += length;
            heads.extend(
                run.take(&mut self.scratch)?
                    .map(|record| Reverse((record, number))),
            );
            runs.push(run);
        }
        let (mut before, mut count) = (None::<Record>, 0);
        while let Some(Reverse((record, number))) = heads.pop() {
            if before.is_some_and(|before| before.key() == record.key()) {
                return Err(Error::RevocationListDuplicate(record.serial()).into());
            }
            out(&record)?;
            count += 1;
            before = Some(record);
            if let Some(run) = runs.get_mut(number) {
                let next = run.take(&mut self.scratch)?;
                heads.extend(next.map(|record| Reverse((record, number))));
            }
        }
        Ok(count)
    }
}

/// A sorted part of the scratch file.
struct Run {
    /// The record to be read next, and the one after the last.
    next: usize,
    end: usize,
    /// Records that were read ahead, the next one last.
    ahead: Vec<Record>,
}

impl Run {
    fn take(&mut self, scratch: &mut File) -> io::Result<Option<Record>> {
        if self.ahead.is_empty() && self.next < self.end {
            let count = READ_AHEAD.min(self.end - self.next);
            let mut bytes = vec![0; count * RECORD];
            scratch.seek(SeekFrom::Start((self.next * RECORD) as u64))?;
            scratch.read_exact(&mut bytes)?;
            self.next += count;
            let (records, _) = bytes.as_chunks();
            self.ahead
                .extend(records.iter().rev().map(|bytes| Record(*bytes)));
        }
        Ok(self.ahead.pop())
    }
}
