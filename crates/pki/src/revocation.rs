//! Certificate revocation lists (RFC 5280 §5, in the profile of ICAO Doc 9303-12, 8th edition, §7.2).

mod fields;
mod index;
mod sort;
mod stream;

use core::fmt;
use core::ops::Range;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::ID_CE_CERTIFICATE_ISSUER;
use der::{Reader, SliceReader, Tag};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::name::Name;

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::{SerialNumber, first_element};
use crate::name::same_name;
use crate::public_key::PublicKey;
use crate::verified_with::VerifiedWith;
use crate::{Error, Time, pem};

use fields::{Entry, Extensions, Fields};
pub use index::{RevocationIndex, RevocationIndexError};

const WHAT: &str = "revocation list";

/// The longest list read, in bytes: several times the longest that a national CA is known to publish (20 MB).
const MAX_LENGTH: usize = 64 * 1024 * 1024;

/// More issuers than any indirect list speaks for.
const MAX_ISSUERS: usize = 1024;

/// A revocation list: which certificates of an issuer must no longer be believed.
///
/// Reading one checks its form only. [`PassiveAuthentication`](crate::PassiveAuthentication) verifies who signed it and
/// whether it is current.
#[derive(Clone)]
pub struct RevocationList {
    der: Vec<u8>,
    signed: Signed,
    algorithm: AlgorithmIdentifierOwned,
    signature: Vec<u8>,
    issuer: Name,
    this_update: Time,
    next_update: Time,
    number: Vec<u8>,
    authority_key_identifier: Vec<u8>,
    /// The part of the issuer's certificates that the list speaks about, if it is only a part (RFC 5280 §5.2.5).
    scope: Option<IssuingDistributionPoint>,
    /// The number of the complete list that this one changes (RFC 5280 §5.2.4).
    base: Option<Vec<u8>>,
    /// The first critical extension that RFC 5280 has and Doc 9303 has not: it changes what the list says.
    restriction: Option<ObjectIdentifier>,
    unknown_critical: Option<ObjectIdentifier>,
    /// Whose certificates an indirect list names, apart from those of its own issuer.
    issuers: Vec<Name>,
    /// Sorted by serial number, then by issuer.
    entries: Vec<Entry>,
    verified_with: VerifiedWith,
}

/// What the issuer signed.
#[derive(Clone)]
enum Signed {
    /// This part of the list.
    Part(Range<usize>),
    /// What has this hash, of a list that is not here as a whole.
    Hash(Vec<u8>),
}

/// Why and since when a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Since when.
    pub date: Time,
    /// Why.
    pub reason: RevocationReason,
}

/// What one list says about a certificate that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Revoked(Revocation),
    /// Of a delta list: revoked no more (`removeFromCRL`, RFC 5280 §5.3.1).
    Removed,
}

/// Why a certificate was revoked (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are those of the standard")]
pub enum RevocationReason {
    Unspecified,
    KeyCompromise,
    CaCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    CertificateHold,
    PrivilegeWithdrawn,
    AaCompromise,
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key compromise",
            Self::CaCompromise => "CA compromise",
            Self::AffiliationChanged => "affiliation changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation of operation",
            Self::CertificateHold => "certificate hold",
            Self::PrivilegeWithdrawn => "privilege withdrawn",
            Self::AaCompromise => "AA compromise",
        })
    }
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    fn from_code(code: CrlReason) -> Option<Self> {
        Some(match code {
            CrlReason::Unspecified => Self::Unspecified,
            CrlReason::KeyCompromise => Self::KeyCompromise,
            CrlReason::CaCompromise => Self::CaCompromise,
            CrlReason::AffiliationChanged => Self::AffiliationChanged,
            CrlReason::Superseded => Self::Superseded,
            CrlReason::CessationOfOperation => Self::CessationOfOperation,
            CrlReason::CertificateHold => Self::CertificateHold,
            CrlReason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
            CrlReason::AaCompromise => Self::AaCompromise,
            // It has a meaning in delta lists alone.
            CrlReason::RemoveFromCRL => return None,
        })
    }

    pub(crate) fn to_code(self) -> CrlReason {
        match self {
            Self::Unspecified => CrlReason::Unspecified,
            Self::KeyCompromise => CrlReason::KeyCompromise,
            Self::CaCompromise => CrlReason::CaCompromise,
            Self::AffiliationChanged => CrlReason::AffiliationChanged,
            Self::Superseded => CrlReason::Superseded,
            Self::CessationOfOperation => CrlReason::CessationOfOperation,
            Self::CertificateHold => CrlReason::CertificateHold,
            Self::PrivilegeWithdrawn => CrlReason::PrivilegeWithdrawn,
            Self::AaCompromise => CrlReason::AaCompromise,
        }
    }
}

impl RevocationList {
    /// Reads one DER-encoded list.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::TooLong`], [`Error::AlgorithmSubstituted`], [`Error::RevocationListIncomplete`],
    /// [`Error::RevocationListDuplicate`] or [`Error::DuplicateExtension`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > MAX_LENGTH {
            return Err(Error::TooLong {
                what: WHAT,
                length: der.len(),
                limit: MAX_LENGTH,
            });
        }
        let malformed = Error::malformed(WHAT);
        let (fields, algorithm, signature) = Fields::read_signed(der).map_err(&malformed)?;
        if fields.algorithm != algorithm {
            return Err(Error::AlgorithmSubstituted);
        }
        let extensions = Extensions::read(&fields.extensions)?;
        let missing = Error::RevocationListIncomplete;
        let mut list = Self {
            signed: Signed::Part(first_element(der).map_err(&malformed)?),
            der: der.to_vec(),
            algorithm,
            signature: signature.as_bytes().ok_or(Error::Signature)?.to_vec(),
            issuer: fields.issuer,
            this_update: fields.this_update,
            next_update: fields.next_update.ok_or(missing("nextUpdate"))?,
            number: extensions.number.ok_or(missing("cRLNumber"))?,
            authority_key_identifier: extensions
                .authority_key_identifier
                .ok_or(missing("authorityKeyIdentifier"))?,
            scope: extensions.scope,
            base: extensions.base,
            restriction: extensions.restriction,
            unknown_critical: extensions.unknown_critical,
            issuers: Vec::new(),
            entries: Vec::new(),
            verified_with: VerifiedWith::default(),
        };
        list.read_entries(fields.revoked)?;
        Ok(list)
    }

    /// Reads one list in the textual encoding of RFC 7468.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        Self::from_der(&pem::decode("X509 CRL", pem)?)
    }

    /// The textual encoding of RFC 7468.
    ///
    /// # Errors
    /// [`Error::Malformed`], if the list cannot be encoded.
    pub fn to_pem(&self) -> Result<String, Error> {
        pem::encode("X509 CRL", &self.der)
    }

    /// The bytes as issued.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Who issued it, in its own words.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The identifier of the key that it was signed with.
    #[must_use]
    pub fn authority_key_identifier(&self) -> &[u8] {
        &self.authority_key_identifier
    }

    /// When it was issued.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.this_update
    }

    /// When its successor is due.
    #[must_use]
    pub fn next_update(&self) -> Time {
        self.next_update
    }

    /// Its number, most significant byte first: each list of an issuer has a higher one than the list before.
    #[must_use]
    pub fn number(&self) -> &[u8] {
        &self.number
    }

    /// How many certificates it names, of whatever issuer.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it names no certificate at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether it names a certificate of its issuer, and why.
    #[must_use]
    pub fn is_revoked(&self, serial: &SerialNumber) -> Option<Revocation> {
        match self.find(0, serial)? {
            Status::Revoked(revocation) => Some(revocation),
            Status::Removed => None,
        }
    }

    /// What it says about a certificate of `issuer`, who is another one than that of the list if the list is indirect.
    pub(crate) fn status(&self, issuer: &Name, serial: &SerialNumber) -> Option<Status> {
        let of_issuer = |it: &Name| same_name(it, issuer);
        let number = match of_issuer(&self.issuer) {
            true => 0,
            false => 1 + self.issuers.iter().position(of_issuer)?,
        };
        self.find(number, serial)
    }

    /// Every certificate of its issuer that it names, in the order of their serial numbers.
    pub fn iter(&self) -> impl Iterator<Item = (SerialNumber, Revocation)> {
        let own = |entry: &&Entry| entry.issuer == 0 && !entry.removed;
        self.entries.iter().filter(own).map(|entry| {
            let serial = SerialNumber::from_integer(self.serial(entry));
            (serial, entry.revocation())
        })
    }

    /// Which of its issuer's certificates it speaks about, and for which reasons, if not about all.
    pub(crate) fn scope(&self) -> Option<&IssuingDistributionPoint> {
        self.scope.as_ref()
    }

    /// The number of the complete list that it changes, if it is a delta list (RFC 5280 §5.2.4).
    #[must_use]
    pub fn base_number(&self) -> Option<&[u8]> {
        self.base.as_deref()
    }

    /// Verifies its signature with the key of whoever is said to have issued it. A success is remembered.
    ///
    /// # Errors
    /// [`Error::Signature`], [`Error::KeyMismatch`], or that the algorithm is not supported.
    pub fn verify_signature(&self, issuer: &PublicKey) -> Result<(), Error> {
        let algorithm = SignatureAlgorithm::from_identifier(&self.algorithm)?;
        self.verified_with.or_verify(issuer, || match &self.signed {
            Signed::Part(part) => {
                let signed = self.der.get(part.clone()).unwrap_or_default();
                issuer.verify(algorithm, signed, &self.signature)
            }
            Signed::Hash(hash) => issuer.verify_hash(algorithm, hash, &self.signature),
        })
    }

    /// Whether it is in force at `time`.
    ///
    /// # Errors
    /// [`Error::RevocationListNotYetValid`] or [`Error::RevocationListStale`].
    pub fn check_validity(&self, time: Time) -> Result<(), Error> {
        let (this_update, next_update) = (self.this_update, self.next_update);
        if time < this_update {
            return Err(Error::RevocationListNotYetValid { this_update });
        }
        if time > next_update {
            return Err(Error::RevocationListStale { next_update });
        }
        Ok(())
    }

    /// An extension that this crate does not process may change what the list says (RFC 5280 §5.2).
    pub(crate) fn check_critical_extensions(&self) -> Result<(), Error> {
        match self.restriction {
            Some(extension) => Err(Error::RevocationListCriticalExtension(extension)),
            None => self.check_unknown_extensions(),
        }
    }

    /// The same for whoever processes what RFC 5280 has beyond Doc 9303: scopes, delta lists, indirect lists.
    pub(crate) fn check_unknown_extensions(&self) -> Result<(), Error> {
        match self.unknown_critical {
            Some(extension) => Err(Error::RevocationListCriticalExtension(extension)),
            None => Ok(()),
        }
    }

    fn find(&self, issuer: usize, serial: &SerialNumber) -> Option<Status> {
        let order = |entry: &Entry| {
            let by_serial = self.serial(entry).cmp(serial.as_bytes());
            by_serial.then(usize::from(entry.issuer).cmp(&issuer))
        };
        let position = self.entries.binary_search_by(order).ok()?;
        self.entries.get(position).map(|entry| match entry.removed {
            true => Status::Removed,
            false => Status::Revoked(entry.revocation()),
        })
    }

    fn serial(&self, entry: &Entry) -> &[u8] {
        self.der.get(entry.serial.clone()).unwrap_or_default()
    }

    /// Reads the lines of the list that lie in `range`.
    fn read_entries(&mut self, range: Range<usize>) -> Result<(), Error> {
        let malformed = Error::malformed("entry of a revocation list");
        let der = core::mem::take(&mut self.der);
        let contents = der.get(range.clone()).unwrap_or_default();
        let mut reader = SliceReader::new(contents).map_err(&malformed)?;
        let (mut entries, mut issuer) = (Vec::new(), 0);
        while !reader.is_finished() {
            let (mut entry, marks) = Entry::read(&mut reader, range.start).map_err(&malformed)?;
            if entry.removed && self.base.is_none() {
                return Err(malformed(reader.error(Tag::Enumerated.value_error())));
            }
            if let Some(named) = marks.issuer {
                issuer = self.number_of(named)?;
            }
            // RFC 5280 §5.3.3: an entry that names no issuer is one of the same issuer as the entry before.
            entry.issuer = issuer;
            entries.push(entry);
            self.unknown_critical = self.unknown_critical.or(marks.unknown_critical);
            self.restriction = self.restriction.or(marks.restriction);
        }
        let indirect = self.scope.as_ref().is_some_and(|scope| scope.indirect_crl);
        if !self.issuers.is_empty() && !indirect {
            self.unknown_critical = self.unknown_critical.or(Some(ID_CE_CERTIFICATE_ISSUER));
        }
        let serial = |entry: &Entry| der.get(entry.serial.clone()).unwrap_or_default();
        entries.sort_unstable_by(|one, other| {
            let by_serial = serial(one).cmp(serial(other));
            by_serial.then(one.issuer.cmp(&other.issuer))
        });
        let mut pairs = entries.iter().zip(entries.iter().skip(1));
        let same = |(one, other): &(&Entry, &Entry)| {
            serial(one) == serial(other) && one.issuer == other.issuer
        };
        if let Some((twice, _)) = pairs.find(same) {
            let serial = SerialNumber::from_integer(serial(twice));
            return Err(Error::RevocationListDuplicate(serial));
        }
        self.der = der;
        self.entries = entries;
        Ok(())
    }

    /// The number by which entries know this issuer.
    fn number_of(&mut self, issuer: Name) -> Result<u16, Error> {
        if same_name(&self.issuer, &issuer) {
            return Ok(0);
        }
        let known = self.issuers.iter().position(|it| same_name(it, &issuer));
        let number = known.unwrap_or(self.issuers.len()) + 1;
        if number > MAX_ISSUERS {
            return Err(Error::TooLong {
                what: "issuers in a revocation list",
                length: number,
                limit: MAX_ISSUERS,
            });
        }
        if known.is_none() {
            self.issuers.push(issuer);
        }
        Ok(number as u16)
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("issuer", &self.issuer.to_string())
            .field("this_update", &self.this_update)
            .field("next_update", &self.next_update)
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}
