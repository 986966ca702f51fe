//! The extensions that ICAO Doc 9303-12, 8th edition, §7.1 speaks of.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{
    ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_BASIC_CONSTRAINTS, ID_CE_CERTIFICATE_POLICIES,
    ID_CE_CRL_DISTRIBUTION_POINTS, ID_CE_EXT_KEY_USAGE, ID_CE_ISSUER_ALT_NAME, ID_CE_KEY_USAGE,
    ID_CE_PRIVATE_KEY_USAGE_PERIOD, ID_CE_SUBJECT_ALT_NAME, ID_CE_SUBJECT_KEY_IDENTIFIER,
};
use der::asn1::{PrintableString, SetOfVec};
use der::{Decode, Sequence};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};

use crate::{Error, oid};

/// What basicConstraints say about a CA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CaConstraint {
    /// How many intermediate certificates may follow, link certificates not counted.
    pub(crate) path_len: Option<u8>,
}

/// The extensions of one certificate, read once.
#[derive(Clone, Debug)]
pub(crate) struct Extensions {
    pub(crate) authority_key_identifier: Option<Vec<u8>>,
    pub(crate) subject_key_identifier: Option<Vec<u8>>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<Vec<ObjectIdentifier>>,
    /// `Some` for a CA.
    pub(crate) ca: Option<CaConstraint>,
    /// Empty if the certificate does not say.
    pub(crate) document_types: Result<Vec<String>, Error>,
    pub(crate) test_anchor: bool,
    /// The first critical one that is not processed here.
    pub(crate) unknown_critical: Option<ObjectIdentifier>,
}

/// `DocumentTypeListSyntax` (ICAO Doc 9303-12, 8th edition, §7.1.1.6).
#[derive(Clone, Debug, Sequence)]
pub(crate) struct DocumentTypeList {
    pub(crate) version: u8,
    pub(crate) types: SetOfVec<PrintableString>,
}

impl Extensions {
    fn none() -> Self {
        Self {
            authority_key_identifier: None,
            subject_key_identifier: None,
            key_usage: None,
            extended_key_usage: None,
            ca: None,
            document_types: Ok(Vec::new()),
            test_anchor: false,
            unknown_critical: None,
        }
    }

    pub(crate) fn read(extensions: &[Extension]) -> Result<Self, Error> {
        let mut read = Self::none();
        for (position, extension) in extensions.iter().enumerate() {
            let mut before = extensions.iter().take(position);
            if before.any(|other| other.extn_id == extension.extn_id) {
                return Err(Error::DuplicateExtension(extension.extn_id));
            }
            read.read_one(extension)?;
        }
        Ok(read)
    }

    fn read_one(&mut self, extension: &Extension) -> Result<(), Error> {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            ID_CE_AUTHORITY_KEY_IDENTIFIER => {
                let identifier = AuthorityKeyIdentifier::from_der(value)
                    .map_err(Error::malformed("authority key identifier"))?;
                self.authority_key_identifier = identifier
                    .key_identifier
                    .map(|identifier| identifier.as_bytes().to_vec());
            }
            ID_CE_SUBJECT_KEY_IDENTIFIER => {
                let identifier = SubjectKeyIdentifier::from_der(value)
                    .map_err(Error::malformed("subject key identifier"))?;
                self.subject_key_identifier = Some(identifier.0.as_bytes().to_vec());
            }
            ID_CE_KEY_USAGE => {
                let usage = KeyUsage::from_der(value).map_err(Error::malformed("key usage"))?;
                self.key_usage = Some(usage);
            }
            ID_CE_EXT_KEY_USAGE => {
                let usage = ExtendedKeyUsage::from_der(value)
                    .map_err(Error::malformed("extended key usage"))?;
                self.extended_key_usage = Some(usage.0);
            }
            ID_CE_BASIC_CONSTRAINTS => {
                let constraints = BasicConstraints::from_der(value)
                    .map_err(Error::malformed("basic constraints"))?;
                self.ca = constraints.ca.then_some(CaConstraint {
                    path_len: constraints.path_len_constraint,
                });
            }
            oid::DOCUMENT_TYPE_LIST => {
                // Some issuers get it wrong. That matters only to whoever asks for the type of a document.
                self.document_types = DocumentTypeList::from_der(value)
                    .map(|list| list.types.iter().map(ToString::to_string).collect())
                    .map_err(Error::malformed("document type list"));
            }
            oid::TEST_ANCHOR => self.test_anchor = true,
            // Nothing in a path of Doc 9303 depends on them: no policy is required, no alternative name is compared, lists
            // are handed in and not fetched, and the usage period concerns the private key alone.
            ID_CE_CERTIFICATE_POLICIES
            | ID_CE_SUBJECT_ALT_NAME
            | ID_CE_ISSUER_ALT_NAME
            | ID_CE_CRL_DISTRIBUTION_POINTS
            | ID_CE_PRIVATE_KEY_USAGE_PERIOD
            | oid::NAME_CHANGE => {}
            unknown => {
                if extension.critical && self.unknown_critical.is_none() {
                    self.unknown_critical = Some(unknown);
                }
            }
        }
        Ok(())
    }
}
