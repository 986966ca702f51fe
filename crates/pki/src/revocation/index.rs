//! A list that is too long to be held in memory: read once, then looked into through a sorted file beside it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::sort::{RECORD, Record, Sorter};
use super::{MAX_LENGTH, Revocation, RevocationList, WHAT, stream};
use crate::{Certificate, Error, SerialNumber, Time, TrustStore};

const MAGIC: &[u8; 20] = b"neweid CRL index 1\r\n";
const HEADER: usize = 20 + 32 + 8 + 32;
/// How much of an index is read at once when it is checked, in bytes.
const PIECE: usize = 32 * 1024;

/// A revocation list in a file, with an index beside it: looked up without holding either in memory.
///
/// Each time it is opened, the list is read from front to back and its signature verified; the index only saves finding and
/// sorting the entries again. It names the list by its SHA-256 and holds a SHA-256 of its own records: one that belongs to
/// another list, is damaged or cut off is not used but made anew. That is against accidents. Whoever may write into the
/// folder can write an index that says anything, just as they can replace the anchors there.
///
/// Memory is bounded by about three megabytes, whatever the length of the list; a lookup reads 32 bytes some twenty times.
#[derive(Debug)]
pub struct RevocationIndex {
    /// Without its entries.
    list: RevocationList,
    records: Mutex<File>,
    count: u64,
    built: bool,
}

/// Why a list cannot be looked into.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationIndexError {
    /// The list is malformed, stale, or not signed by whoever is trusted for it.
    #[error(transparent)]
    List(#[from] Error),
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The list was replaced while it was being read, or the index while it was in use.
    #[error("the revocation list or its index changed while it was being read")]
    Changed,
}

impl RevocationIndex {
    /// Opens a DER-encoded list that is current at `now` and signed by an authority of `trust` that may sign lists. `index`
    /// is used if it is that of this list, and else made anew.
    ///
    /// # Errors
    /// [`RevocationIndexError::List`] with everything that [`RevocationList::from_der`],
    /// [`RevocationList::check_validity`] and [`TrustStore::authenticate_list`] refuse, a critical extension of an entry
    /// among it; [`RevocationIndexError::Io`]; [`RevocationIndexError::Changed`].
    pub fn open(
        list: &Path,
        index: &Path,
        trust: &TrustStore,
        now: Time,
    ) -> Result<Self, RevocationIndexError> {
        Self::open_if(list, index, |list| {
            list.check_validity(now)?;
            trust.authenticate_list(list, now)
        })
    }

    /// Opens a DER-encoded list that was signed with the key of `issuer`, of whatever date: a path validation
    /// judges whether the issuer may sign it and whether it is current.
    ///
    /// # Errors
    /// [`RevocationIndexError::List`] with everything that [`RevocationList::from_der`] refuses,
    /// [`Error::RevocationListSignature`], or [`Error::RevocationListCriticalExtension`], that of an indirect list among it;
    /// [`RevocationIndexError::Io`]; [`RevocationIndexError::Changed`].
    pub fn open_signed_by(
        list: &Path,
        index: &Path,
        issuer: &Certificate,
    ) -> Result<Self, RevocationIndexError> {
        Self::open_if(list, index, |list| {
            list.verify_signature(&issuer.public_key()?)
                .map_err(|error| match error {
                    Error::Signature => Error::RevocationListSignature,
                    other => other,
                })?;
            list.check_unknown_extensions()
        })
    }

    fn open_if(
        list: &Path,
        index: &Path,
        check: impl FnOnce(&RevocationList) -> Result<(), Error>,
    ) -> Result<Self, RevocationIndexError> {
        let mut file = File::open(list)?;
        let length = file.metadata()?.len();
        if length > MAX_LENGTH as u64 {
            return Err(Error::TooLong {
                what: WHAT,
                length: usize::try_from(length).unwrap_or(usize::MAX),
                limit: MAX_LENGTH,
            }
            .into());
        }
        // Nothing is sorted that nobody trusted has signed.
        let read = stream::read(&mut BufReader::new(&mut file), length, None)?;
        check(&read.list)?;
        let mut found = existing(index, &read.fingerprint)?;
        let built = found.is_none();
        if built {
            file.seek(SeekFrom::Start(0))?;
            build(&mut file, length, index, &read.fingerprint)?;
            found = existing(index, &read.fingerprint)?;
        }
        let (records, count) = found.ok_or(RevocationIndexError::Changed)?;
        Ok(Self {
            list: read.list,
            records: Mutex::new(records),
            count,
            built,
        })
    }

    /// The list without its entries: who issued it, when, its number. [`RevocationList::is_revoked`] of it knows nobody.
    #[must_use]
    pub const fn list(&self) -> &RevocationList {
        &self.list
    }

    /// How many certificates the list names.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.count
    }

    /// Whether it names no certificate at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether the index had to be made when the list was opened.
    #[must_use]
    pub const fn was_built(&self) -> bool {
        self.built
    }

    /// Whether the list names a certificate of its issuer, and why.
    ///
    /// # Errors
    /// [`RevocationIndexError::Io`] or [`RevocationIndexError::Changed`] if the index cannot be read any more. Then nobody
    /// knows.
    pub fn is_revoked(
        &self,
        serial: &SerialNumber,
    ) -> Result<Option<Revocation>, RevocationIndexError> {
        let nothing = (
            Time::from_unix_seconds(0)?,
            super::RevocationReason::Unspecified,
        );
        let Ok(wanted) = Record::new(serial.as_bytes(), nothing.0, nothing.1) else {
            // Longer than any that the index holds.
            return Ok(None);
        };
        let mut records = self
            .records
            .lock()
            .map_err(|_| RevocationIndexError::Changed)?;
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            records.seek(SeekFrom::Start(HEADER as u64 + middle * RECORD as u64))?;
            let mut bytes = [0; RECORD];
            records.read_exact(&mut bytes)?;
            let record = Record(bytes);
            match record.key().cmp(wanted.key()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let entry = record.date().zip(record.reason());
                    let (date, reason) = entry.ok_or(RevocationIndexError::Changed)?;
                    return Ok(Some(Revocation { date, reason }));
                }
            }
        }
        Ok(None)
    }
}

/// The index and its number of records, if it is whole and that of this list.
fn existing(
    path: &Path,
    fingerprint: &[u8; 32],
) -> Result<Option<(File, u64)>, RevocationIndexError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let length = file.metadata()?.len();
    let mut header = [0; HEADER];
    if length < HEADER as u64 {
        return Ok(None);
    }
    file.read_exact(&mut header)?;
    let records = length - HEADER as u64;
    let count = records / RECORD as u64;
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            size => hash.update(piece.get(..size).unwrap_or_default()),
        }
    }
    let expected = header_of(fingerprint, count, &hash.finalize().into());
    let whole = records.is_multiple_of(RECORD as u64) && header == expected;
    Ok(whole.then_some((file, count)))
}

fn header_of(fingerprint: &[u8; 32], count: u64, records: &[u8; 32]) -> [u8; HEADER] {
    let count = count.to_be_bytes();
    let fields = MAGIC.iter().chain(fingerprint).chain(&count).chain(records);
    let mut header = [0; HEADER];
    for (to, from) in header.iter_mut().zip(fields) {
        *to = *from;
    }
    header
}

/// Writes the index beside its place and moves it there when it is complete.
fn build(
    list: &mut File,
    length: u64,
    index: &Path,
    fingerprint: &[u8; 32],
) -> Result<(), RevocationIndexError> {
    let (scratch, new) = (
        Temporary::new(index, "sort")?,
        Temporary::new(index, "new")?,
    );
    let mut sorter = Sorter::new(scratch.file.try_clone()?);
    let mut push = |serial: &[u8], date, reason| {
        sorter.push(Record::new(serial, date, reason)?)?;
        Ok(())
    };
    let read = stream::read(&mut BufReader::new(list), length, Some(&mut push))?;
    if read.fingerprint != *fingerprint {
        return Err(RevocationIndexError::Changed);
    }
    // What a critical extension of an entry means for the entry is unknown (RFC 5280 §5.3).
    read.list.check_unknown_extensions()?;
    let mut out = BufWriter::new(&new.file);
    out.write_all(&[0; HEADER])?;
    let mut hash = Sha256::new();
    let count = sorter.finish(|record| {
        hash.update(record.0);
        out.write_all(&record.0)?;
        Ok(())
    })?;
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&header_of(fingerprint, count, &hash.finalize().into()))?;
    out.flush()?;
    drop(out);
    new.file.sync_all()?;
    fs::rename(&new.path, index)?;
    Ok(())
}

/// Two threads that index one list do not share a file.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A file beside another that goes away with this value, unless it was renamed.
struct Temporary {
    file: File,
    path: PathBuf,
}

impl Temporary {
    fn new(beside: &Path, ending: &str) -> io::Result<Self> {
        let mut path = beside.as_os_str().to_owned();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        path.push(format!(".{}-{number}.{ending}", std::process::id()));
        let path = PathBuf::from(path);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let file = options.open(&path)?;
        Ok(Self { file, path })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Renamed already, or of no use to anybody.
        let _ = fs::remove_file(&self.path);
    }
}
