//! A list read from front to back in bounded memory.

use std::io::{self, Read};

use der::{Any, Decode, Encode, SliceReader, Tag};
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;

use super::fields::Entry;
use super::index::RevocationIndexError;
use super::{RevocationList, RevocationReason, Signed, WHAT};
use crate::algorithm::{Hasher, SignatureAlgorithm};
use crate::{Error, Time};

/// The longest part of a list, apart from its entries, that is held in memory, in bytes.
const MAX_PART: u64 = 64 * 1024;
/// The longest entry, in bytes: a serial number, a date and extensions.
const MAX_ENTRY: u64 = 4096;
/// How much is read at once where nothing is looked at, in bytes.
const PIECE: usize = 32 * 1024;

/// What remains of a list that was read.
pub(super) struct Remains {
    /// The list without its entries, with the hash that its issuer signed.
    pub(super) list: RevocationList,
    /// SHA-256 of all of it.
    pub(super) fingerprint: [u8; 32],
}

/// Sees every entry: the contents of the serial number's INTEGER, since when, why.
pub(super) type Visit<'a> =
    dyn FnMut(&[u8], Time, RevocationReason) -> Result<(), RevocationIndexError> + 'a;

/// Reads a list of `length` bytes. Without a visitor the entries are hashed, not looked at.
pub(super) fn read(
    input: &mut dyn Read,
    length: u64,
    visit: Option<&mut Visit<'_>>,
) -> Result<Remains, RevocationIndexError> {
    let mut source = Source {
        input,
        position: 0,
        fingerprint: Sha256::new(),
        signed: SignedPart::Outside,
    };
    let outer = source.header()?;
    let end = source.end_of(&outer, Tag::Sequence)?;
    if end != length {
        return Err(source.malformed());
    }
    source.signed = SignedPart::Head(Vec::new());
    let inner = source.header()?;
    let end_of_signed = source.end_of(&inner, Tag::Sequence)?;

    // Version, algorithm, issuer, dates; then the entries, if any, and the extensions.
    let mut kept = source.whole(Tag::Integer)?;
    let algorithm = source.whole(Tag::Sequence)?;
    source.start_hashing(&algorithm)?;
    kept.extend(algorithm);
    kept.extend(source.whole(Tag::Sequence)?);
    let mut header = source.header()?;
    while matches!(header.tag, Tag::UtcTime | Tag::GeneralizedTime) {
        kept.extend(source.rest_of(&header, MAX_PART)?);
        header = source.header()?;
    }
    let mut critical = None;
    if header.tag == Tag::Sequence {
        let end = source.position + header.length;
        match visit {
            Some(visit) => critical = source.entries(end, visit)?,
            None => source.skip(header.length)?,
        }
        header = source.header()?;
    }
    kept.extend(source.rest_of(&header, MAX_PART)?);
    if source.position != end_of_signed {
        return Err(source.malformed());
    }
    let hash = source.finish_hashing();
    let algorithm = source.whole(Tag::Sequence)?;
    let signature = source.whole(Tag::BitString)?;
    if source.position != end {
        return Err(source.malformed());
    }

    let list = [sequence(kept)?, algorithm, signature].concat();
    let mut list = RevocationList::from_der(&sequence(list)?)?;
    list.signed = Signed::Hash(hash);
    list.unknown_critical = list.unknown_critical.or(critical);
    Ok(Remains {
        list,
        fingerprint: source.fingerprint.finalize().into(),
    })
}

fn sequence(contents: Vec<u8>) -> Result<Vec<u8>, Error> {
    let any = Any::new(Tag::Sequence, contents).and_then(|any| any.to_der());
    any.map_err(Error::malformed(WHAT))
}

struct Header {
    tag: Tag,
    raw: Vec<u8>,
    length: u64,
}

/// The hash over the signed part, whose algorithm stands in that part.
enum SignedPart {
    Outside,
    Head(Vec<u8>),
    Hashing(Hasher),
}

struct Source<'a> {
    input: &'a mut dyn Read,
    position: u64,
    fingerprint: Sha256,
    signed: SignedPart,
}

impl Source<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), RevocationIndexError> {
        self.input
            .read_exact(buffer)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => self.malformed(),
                _ => error.into(),
            })?;
        self.fingerprint.update(&*buffer);
        match &mut self.signed {
            SignedPart::Outside => {}
            SignedPart::Head(head) => head.extend_from_slice(buffer),
            SignedPart::Hashing(hasher) => hasher.update(buffer),
        }
        self.position += buffer.len() as u64;
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, RevocationIndexError> {
        let mut byte = [0];
        self.fill(&mut byte)?;
        Ok(byte[0])
    }

    /// Tag and length of the next element, in DER.
    fn header(&mut self) -> Result<Header, RevocationIndexError> {
        let mut raw = vec![self.byte()?, self.byte()?];
        let more = match raw.last() {
            Some(long @ 0x81..=0x84) => long & 0x0F,
            _ => 0,
        };
        for _ in 0..more {
            raw.push(self.byte()?);
        }
        let mut reader = SliceReader::new(&raw).map_err(Error::malformed(WHAT))?;
        let header = der::Header::decode(&mut reader).map_err(Error::malformed(WHAT))?;
        Ok(Header {
            tag: header.tag(),
            length: u32::from(header.length()).into(),
            raw,
        })
    }

    fn end_of(&self, header: &Header, tag: Tag) -> Result<u64, RevocationIndexError> {
        match header.tag == tag {
            true => Ok(self.position + header.length),
            false => Err(self.malformed()),
        }
    }

    /// A short element, header and all.
    fn whole(&mut self, tag: Tag) -> Result<Vec<u8>, RevocationIndexError> {
        let header = self.header()?;
        self.end_of(&header, tag)?;
        self.rest_of(&header, MAX_PART)
    }

    fn rest_of(&mut self, header: &Header, limit: u64) -> Result<Vec<u8>, RevocationIndexError> {
        let mut element = header.raw.clone();
        self.append(header, limit, &mut element)?;
        Ok(element)
    }

    fn append(
        &mut self,
        header: &Header,
        limit: u64,
        to: &mut Vec<u8>,
    ) -> Result<(), RevocationIndexError> {
        if header.length > limit {
            return Err(Error::TooLong {
                what: "part of a revocation list",
                length: usize::try_from(header.length).unwrap_or(usize::MAX),
                limit: usize::try_from(limit).unwrap_or(usize::MAX),
            }
            .into());
        }
        let start = to.len();
        to.resize(
            start + usize::try_from(header.length).unwrap_or_default(),
            0,
        );
        let place = to.get_mut(start..).unwrap_or_default();
        self.fill(place)
    }

    fn skip(&mut self, length: u64) -> Result<(), RevocationIndexError> {
        let mut buffer = vec![0; PIECE];
        let mut left = length;
        while left > 0 {
            let size = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            let piece = buffer.get_mut(..size).unwrap_or_default();
            self.fill(piece)?;
            left -= size as u64;
        }
        Ok(())
    }

    /// Every entry up to `end`; the first critical extension in one that is not processed here.
    fn entries(
        &mut self,
        end: u64,
        visit: &mut Visit<'_>,
    ) -> Result<Option<const_oid::ObjectIdentifier>, RevocationIndexError> {
        let malformed = Error::malformed("entry of a revocation list");
        let (mut critical, mut element) = (None, Vec::new());
        while self.position < end {
            let header = self.header()?;
            element.clear();
            element.extend_from_slice(&header.raw);
            self.append(&header, MAX_ENTRY, &mut element)?;
            let mut reader = SliceReader::new(&element).map_err(&malformed)?;
            let (entry, marks) = Entry::read(&mut reader, 0).map_err(&malformed)?;
            if entry.removed {
                // A delta list is short: nobody needs to look it up in a file.
                return Err(malformed(reader.error(Tag::Enumerated.value_error())).into());
            }
            // The index has no room for another issuer than that of the list.
            critical = critical.or(marks.unknown_critical).or(marks.restriction);
            let serial = element.get(entry.serial.clone()).unwrap_or_default();
            visit(serial, entry.date, entry.reason)?;
        }
        match self.position == end {
            true => Ok(critical),
            false => Err(self.malformed()),
        }
    }

    fn start_hashing(&mut self, algorithm: &[u8]) -> Result<(), RevocationIndexError> {
        let identifier = AlgorithmIdentifierOwned::from_der(algorithm);
        let identifier = identifier.map_err(Error::malformed(WHAT))?;
        let algorithm = SignatureAlgorithm::from_identifier(&identifier)?;
        let mut hasher = Hasher::new(algorithm.digest());
        if let SignedPart::Head(head) = &self.signed {
            hasher.update(head);
        }
        self.signed = SignedPart::Hashing(hasher);
        Ok(())
    }

    fn finish_hashing(&mut self) -> Vec<u8> {
        match core::mem::replace(&mut self.signed, SignedPart::Outside) {
            SignedPart::Hashing(hasher) => hasher.finish(),
            _ => Vec::new(),
        }
    }

    fn malformed(&self) -> RevocationIndexError {
        let position = u32::try_from(self.position).unwrap_or(u32::MAX);
        let kind = der::ErrorKind::Failed;
        let source = match der::Length::try_from(position as usize) {
            Ok(position) => kind.at(position),
            Err(error) => error,
        };
        Error::Malformed { what: WHAT, source }.into()
    }
}
