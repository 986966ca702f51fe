//! The fields of a list, as RFC 5280 §5 has them.

use core::ops::Range;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{
    ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CERTIFICATE_ISSUER, ID_CE_CRL_NUMBER, ID_CE_CRL_REASONS,
    ID_CE_DELTA_CRL_INDICATOR, ID_CE_ISSUING_DISTRIBUTION_POINT,
};
use der::asn1::{AnyRef, BitString, Uint};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Raw;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlReason};
use x509_cert::name::Name;

use super::{Revocation, RevocationReason};
use crate::{Error, Time};

/// The fields of TBSCertList; the revoked certificates are left where they are.
pub(super) struct Fields {
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) issuer: Name,
    pub(super) this_update: Time,
    pub(super) next_update: Option<Time>,
    /// Where in the list the revoked certificates lie.
    pub(super) revoked: Range<usize>,
    pub(super) extensions: Vec<Extension>,
}

impl Fields {
    pub(super) fn read_signed(
        der: &[u8],
    ) -> der::Result<(Self, AlgorithmIdentifierOwned, BitString)> {
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

/// One line of a list; the serial number stays in the bytes of the list.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) serial: Range<usize>,
    pub(super) date: Time,
    pub(super) reason: RevocationReason,
    /// Not revoked any more: a line of a delta list.
    pub(super) removed: bool,
    /// 0 for the issuer of the list, else one more than the place of the name among the other issuers.
    pub(super) issuer: u16,
}

/// What else stands in the line.
#[derive(Default)]
pub(super) struct Marks {
    /// Whose certificate it is, from this line on (RFC 5280 §5.3.3): whoever skips that takes one issuer's certificates for another's.
    pub(super) issuer: Option<Name>,
    /// The extension that says so.
    pub(super) restriction: Option<ObjectIdentifier>,
    /// The first critical extension that is not processed here.
    pub(super) unknown_critical: Option<ObjectIdentifier>,
}

impl Entry {
    pub(super) fn revocation(&self) -> Revocation {
        Revocation {
            date: self.date,
            reason: self.reason,
        }
    }

    /// Reads one line; `offset` is where the reader's input begins in the list.
    pub(super) fn read(reader: &mut SliceReader<'_>, offset: usize) -> der::Result<(Self, Marks)> {
        reader.sequence(|reader| {
            let serial = x509_cert::serial_number::SerialNumber::<Raw>::decode(reader)?;
            let end = offset + usize::try_from(reader.position())?;
            let mut entry = Self {
                serial: end - serial.as_bytes().len()..end,
                date: x509_cert::time::Time::decode(reader)?.into(),
                reason: RevocationReason::Unspecified,
                removed: false,
                issuer: 0,
            };
            let mut marks = Marks::default();
            if !reader.is_finished() {
                for extension in Vec::<Extension>::decode(reader)? {
                    entry.read_extension(&extension, &mut marks)?;
                }
            }
            Ok((entry, marks))
        })
    }

    fn read_extension(&mut self, extension: &Extension, marks: &mut Marks) -> der::Result<()> {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            ID_CE_CRL_REASONS => {
                let code = CrlReason::from_der(value)?;
                match RevocationReason::from_code(code) {
                    Some(reason) => self.reason = reason,
                    None => self.removed = true,
                }
            }
            ID_CE_CERTIFICATE_ISSUER => {
                // Of a name that is no directory name nobody knows whose certificates are meant.
                marks.issuer = GeneralNames::from_der(value).ok().and_then(directory_name);
                match marks.issuer {
                    Some(_) => marks.restriction = Some(extension.extn_id),
                    None if extension.critical => {
                        marks.unknown_critical = Some(extension.extn_id);
                    }
                    None => {}
                }
            }
            unknown if extension.critical => marks.unknown_critical = Some(unknown),
            _ => {}
        }
        Ok(())
    }
}

fn directory_name(names: GeneralNames) -> Option<Name> {
    names.into_iter().find_map(|name| match name {
        GeneralName::DirectoryName(name) => Some(name),
        _ => None,
    })
}

/// The extensions of a list.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) number: Option<Vec<u8>>,
    pub(super) authority_key_identifier: Option<Vec<u8>>,
    pub(super) scope: Option<IssuingDistributionPoint>,
    pub(super) base: Option<Vec<u8>>,
    /// The first critical one that narrows what the list says.
    pub(super) restriction: Option<ObjectIdentifier>,
    pub(super) unknown_critical: Option<ObjectIdentifier>,
}

impl Extensions {
    pub(super) fn read(extensions: &[Extension]) -> Result<Self, Error> {
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
                ID_CE_ISSUING_DISTRIBUTION_POINT => {
                    let scope = IssuingDistributionPoint::from_der(value).map_err(&malformed)?;
                    read.scope = Some(scope);
                }
                ID_CE_DELTA_CRL_INDICATOR => {
                    let number = Uint::from_der(value).map_err(&malformed)?;
                    read.base = Some(number.as_bytes().to_vec());
                }
                unknown if extension.critical && read.unknown_critical.is_none() => {
                    read.unknown_critical = Some(unknown);
                }
                _ => {}
            }
            let narrows = matches!(
                extension.extn_id,
                ID_CE_ISSUING_DISTRIBUTION_POINT | ID_CE_DELTA_CRL_INDICATOR
            );
            if narrows && extension.critical && read.restriction.is_none() {
                read.restriction = Some(extension.extn_id);
            }
        }
        Ok(read)
    }
}
