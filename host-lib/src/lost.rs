//! The list of lost and cancelled documents.

use core::fmt;
use std::path::Path;
use std::sync::Arc;

use pki::{RevocationIndex, RevocationIndexError, RevocationList, SerialNumber, Time, TrustStore};

use crate::error::Result;

/// A signed list of documents that are reported lost or cancelled.
///
/// It has the form of a certificate revocation list (RFC 5280, 5), so that it is signed, dated and
/// distributed by the means that exist already; what it lists are document numbers (證件號碼), each as
/// the positive integer whose bytes are the number's ASCII characters. It is looked up offline: nobody
/// learns which document is being checked.
///
/// It is another list than those of revoked document signers
/// ([`Verifier::revocation_lists`](crate::Verifier::revocation_lists)) and must not be mistaken for
/// one.
#[derive(Clone)]
pub struct LostList(Inner);

#[derive(Clone)]
enum Inner {
    Whole(Arc<RevocationList>),
    Indexed(Arc<RevocationIndex>),
}

impl LostList {
    /// Takes a list that is current at `now` and that an authority of `trust` signed which may sign lists. A list that
    /// must not be read as a whole one, such as a delta list, says so in a critical extension and is refused.
    ///
    /// Give it a trust store of its own, with the register that keeps the list and nobody else: then
    /// no list of revoked certificates can be mistaken for it.
    ///
    /// # Errors
    /// [`Error::Trust`](crate::Error::Trust) with the reason.
    pub fn new(list: RevocationList, trust: &TrustStore, now: Time) -> Result<Self> {
        list.check_validity(now)?;
        trust.authenticate_list(&list, now)?;
        Ok(Self(Inner::Whole(Arc::new(list))))
    }

    /// The same for a list in a file, which is not held in memory: `index` is a file that is made beside it once and used
    /// from then on. Worth it for lists of megabytes.
    ///
    /// # Errors
    /// [`RevocationIndexError::List`] with the same reasons; [`RevocationIndexError::Io`] if the list cannot be read or the
    /// index not be written.
    pub fn open(
        list: &Path,
        index: &Path,
        trust: &TrustStore,
        now: Time,
    ) -> Result<Self, RevocationIndexError> {
        let index = RevocationIndex::open(list, index, trust, now)?;
        Ok(Self(Inner::Indexed(Arc::new(index))))
    }

    /// The entry of a document number, for whoever makes such a list.
    ///
    /// ```
    /// let entry = host_lib::LostList::entry("AB12345678");
    /// assert_eq!(entry.as_bytes(), b"AB12345678");
    /// ```
    pub fn entry(document_number: &str) -> SerialNumber {
        SerialNumber::from_be_bytes(document_number.as_bytes())
    }

    /// The entry of a pseudonym in the list of its sector: the positive integer of the first nineteen bytes of the sector
    /// identifier (BSI TR-03110-2 3.6).
    pub fn pseudonym_entry(identifier: &[u8]) -> SerialNumber {
        SerialNumber::from_be_bytes(identifier.get(..19).unwrap_or(identifier))
    }

    /// Whether a pseudonym is on the list of its sector. That list has a trust store of its own too, with the sector's
    /// register alone: in another sector's list nobody's pseudonym stands.
    ///
    /// # Errors
    /// As [`LostList::contains`].
    pub fn contains_pseudonym(&self, identifier: &[u8]) -> Result<bool, RevocationIndexError> {
        self.has(&Self::pseudonym_entry(identifier))
    }

    /// Whether a document is on the list.
    ///
    /// # Errors
    /// [`RevocationIndexError::Io`] or [`RevocationIndexError::Changed`] for an index that cannot be read any more: then
    /// nobody knows.
    pub fn contains(&self, document_number: &str) -> Result<bool, RevocationIndexError> {
        self.has(&Self::entry(document_number))
    }

    fn has(&self, entry: &SerialNumber) -> Result<bool, RevocationIndexError> {
        Ok(match &self.0 {
            Inner::Whole(list) => list.is_revoked(entry),
            Inner::Indexed(index) => index.is_revoked(entry)?,
        }
        .is_some())
    }

    /// How many documents are on it.
    pub fn len(&self) -> usize {
        match &self.0 {
            Inner::Whole(list) => list.len(),
            Inner::Indexed(index) => usize::try_from(index.len()).unwrap_or(usize::MAX),
        }
    }

    /// Whether there is none on it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for LostList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LostList({} documents)", self.len())
    }
}
