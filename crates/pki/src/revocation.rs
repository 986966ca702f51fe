//! Certificate revocation lists (RFC 5280 §5, in the profile of ICAO Doc 9303-12, 8th edition, §7.2).

mod index;
mod sort;
mod stream;

use core::fmt;
use core::ops::Range;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CRL_NUMBER, ID_CE_CRL_REASONS};
use der::asn1::{AnyRef, BitString, Uint};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Raw;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlReason};
use x509_cert::name::Name;

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::{SerialNumber, first_element};
use crate::public_key::PublicKey;
use crate::verified_with::VerifiedWith;
use crate::{Error, Time, pem};

pub use index::{RevocationIndex, RevocationIndexError};

const WHAT: &str = "revocation list";

/// The longest list read, in bytes: several times the longest that a national CA is known to publish (20 MB).
const MAX_LENGTH: usize = 64 * 1024 * 1024;

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
    unknown_critical: Option<ObjectIdentifier>,
    /// Sorted by serial number.
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

/// One line of a list; the serial number stays in the bytes of the list.
#[derive(Clone)]
struct Entry {
    serial: Range<usize>,
    date: Time,
    reason: RevocationReason,
}

/// Why and since when a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Since when.
    pub date: Time,
    /// Why.
    pub reason: RevocationReason,
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
            // It has a meaning in delta lists alone, which Doc 9303 does not have.
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
            unknown_critical: extensions.unknown_critical,
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

    /// How many certificates it names.
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
        let position = self
            .entries
            .binary_search_by(|entry| self.serial(entry).cmp(serial.as_bytes()))
            .ok()?;
        self.entries.get(position).map(|entry| Revocation {
            date: entry.date,
            reason: entry.reason,
        })
    }

    /// Every certificate that it names, in the order of their serial numbers.
    pub fn iter(&self) -> impl Iterator<Item = (SerialNumber, Revocation)> {
        self.entries.iter().map(|entry| {
            let serial = SerialNumber::from_integer(self.serial(entry));
            let (date, reason) = (entry.date, entry.reason);
            (serial, Revocation { date, reason })
        })
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
        match self.unknown_critical {
            Some(extension) => Err(Error::RevocationListCriticalExtension(extension)),
            None => Ok(()),
        }
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
        let mut entries = Vec::new();
        while !reader.is_finished() {
            let (entry, critical) = Entry::read(&mut reader, range.start).map_err(&malformed)?;
            entries.push(entry);
            self.unknown_critical = self.unknown_critical.or(critical);
        }
        let serial = |entry: &Entry| der.get(entry.serial.clone()).unwrap_or_default();
        entries.sort_unstable_by(|one, other| serial(one).cmp(serial(other)));
        let mut pairs = entries.iter().zip(entries.iter().skip(1));
        if let Some((twice, _)) = pairs.find(|(one, other)| serial(one) == serial(other)) {
            let serial = SerialNumber::from_integer(serial(twice));
            return Err(Error::RevocationListDuplicate(serial));
        }
        self.der = der;
        self.entries = entries;
        Ok(())
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

/// The fields of TBSCertList; the revoked certificates are left where they are.
struct Fields {
    algorithm: AlgorithmIdentifierOwned,
    issuer: Name,
    this_update: Time,
    next_update: Option<Time>,
    /// Where in the list the revoked certificates lie.
    revoked: Range<usize>,
    extensions: Vec<Extension>,
}

impl Fields {
    fn read_signed(der: &[u8]) -> der::Result<(Self, AlgorithmIdentifierOwned, BitString)> {
        let mut reader = SliceReader::new(der)?;
        let signed = reader.sequence(|reader| -> der::Result<_> {
            let fields = reader.sequence(Self::read)?;
            let algorithm = AlgorithmIdentifierOwned::decode(reader)?;
            Ok((fields, algorithm, BitString::decode(reader)?))
        })?;
        reader.finish()?;
        Ok(signed)
    }

    fn read(reader: &mut SliceReader<'_>) -> der::Result<Self> {
        // Extensions are mandatory here, so the version is 2 (RFC 5280 §5.1.2.1), encoded as 1.
        let version = u8::decode(reader)?;
        if version != 1 {
            return Err(reader.error(Tag::Integer.value_error()));
        }
        let algorithm = AlgorithmIdentifierOwned::decode(reader)?;
        let issuer = Name::decode(reader)?;
        let this_update = x509_cert::time::Time::decode(reader)?.into();
        let has_next = matches!(Tag::peek(reader)?, Tag::UtcTime | Tag::GeneralizedTime);
        let next_update = match has_next {
            true => Some(x509_cert::time::Time::decode(reader)?.into()),
            false => None,
        };
        let mut revoked = 0..0;
        if Tag::peek(reader)? == Tag::Sequence {
            let list = AnyRef::decode(reader)?;
            let end = usize::try_from(reader.position())?;
            revoked = end - list.value().len()..end;
        }
        let tag = Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(0),
        };
        let extensions = AnyRef::decode(reader)?;
        extensions.tag().assert_eq(tag)?;
        Ok(Self {
            algorithm,
            issuer,
            this_update,
            next_update,
            revoked,
            extensions: Vec::<Extension>::from_der(extensions.value())?,
        })
    }
}

impl Entry {
    /// Reads one line, and the first critical extension in it that is not processed here; `offset` is where the reader's
    /// input begins in the list.
    fn read(
        reader: &mut SliceReader<'_>,
        offset: usize,
    ) -> der::Result<(Self, Option<ObjectIdentifier>)> {
        reader.sequence(|reader| {
            let serial = x509_cert::serial_number::SerialNumber::<Raw>::decode(reader)?;
            let end = offset + usize::try_from(reader.position())?;
            let mut entry = Self {
                serial: end - serial.as_bytes().len()..end,
                date: x509_cert::time::Time::decode(reader)?.into(),
                reason: RevocationReason::Unspecified,
            };
            let mut unknown_critical = None;
            if !reader.is_finished() {
                for extension in Vec::<Extension>::decode(reader)? {
                    if extension.extn_id == ID_CE_CRL_REASONS {
                        let code = CrlReason::from_der(extension.extn_value.as_bytes())?;
                        entry.reason = RevocationReason::from_code(code)
                            .ok_or_else(|| reader.error(Tag::Enumerated.value_error()))?;
                    } else if extension.critical {
                        // An indirect list names another issuer here (RFC 5280 §5.3.3): whoever skips that takes one
                        // issuer's certificates for another's.
                        unknown_critical = Some(extension.extn_id);
                    }
                }
            }
            Ok((entry, unknown_critical))
        })
    }
}

/// The extensions of a list.
#[derive(Default)]
struct Extensions {
    number: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    unknown_critical: Option<ObjectIdentifier>,
}

impl Extensions {
    fn read(extensions: &[Extension]) -> Result<Self, Error> {
        let malformed = Error::malformed("extension of a revocation list");
        let mut read = Self::default();
        for (position, extension) in extensions.iter().enumerate() {
            let mut before = extensions.iter().take(position);
            if before.any(|other| other.extn_id == extension.extn_id) {
                return Err(Error::DuplicateExtension(extension.extn_id));
            }
            let value = extension.extn_value.as_bytes();
            match extension.extn_id {
                ID_CE_CRL_NUMBER => {
                    let number = Uint::from_der(value).map_err(&malformed)?;
                    read.number = Some(number.as_bytes().to_vec());
                }
                ID_CE_AUTHORITY_KEY_IDENTIFIER => {
                    let identifier = AuthorityKeyIdentifier::from_der(value).map_err(&malformed)?;
                    read.authority_key_identifier =
                        identifier.key_identifier.map(|it| it.as_bytes().to_vec());
                }
                unknown if extension.critical && read.unknown_critical.is_none() => {
                    read.unknown_critical = Some(unknown);
                }
                _ => {}
            }
        }
        Ok(read)
    }
}
