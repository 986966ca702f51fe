//! The extensions that path validation has beyond Doc 9303 (RFC 5280 §4.2).

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{
    ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_BASIC_CONSTRAINTS, ID_CE_CERTIFICATE_POLICIES,
    ID_CE_CRL_DISTRIBUTION_POINTS, ID_CE_EXT_KEY_USAGE, ID_CE_FRESHEST_CRL,
    ID_CE_INHIBIT_ANY_POLICY, ID_CE_ISSUER_ALT_NAME, ID_CE_KEY_USAGE, ID_CE_NAME_CONSTRAINTS,
    ID_CE_POLICY_CONSTRAINTS, ID_CE_POLICY_MAPPINGS, ID_CE_SUBJECT_ALT_NAME,
    ID_CE_SUBJECT_KEY_IDENTIFIER,
};
use der::Decode;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::GeneralNames;
use x509_cert::ext::pkix::{
    CertificatePolicies, CrlDistributionPoints, NameConstraints, PolicyConstraints, PolicyMappings,
    SubjectAltName,
};

use crate::{Error, oid};

/// What one certificate says about policies, names and lists. Identifiers, usages and basicConstraints are among the
/// [`Extensions`](super::Extensions) of every certificate.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathExtensions {
    pub(crate) policies: Option<Vec<ObjectIdentifier>>,
    /// The issuer's policy and the subject's that it is worth.
    pub(crate) mappings: Vec<(ObjectIdentifier, ObjectIdentifier)>,
    pub(crate) require_explicit_policy: Option<u32>,
    pub(crate) inhibit_policy_mapping: Option<u32>,
    pub(crate) inhibit_any_policy: Option<u32>,
    pub(crate) name_constraints: Option<NameConstraints>,
    /// A form of name that cannot be read matters only to whoever compares names, unless the extension is critical.
    pub(crate) alternative_names: Option<Result<GeneralNames, Error>>,
    pub(crate) distribution_points: Vec<DistributionPoint>,
    /// The first critical one that is not processed here.
    pub(crate) unknown_critical: Option<ObjectIdentifier>,
}

impl PathExtensions {
    /// Reads them; `test_marks` says whether the mark of a test PKI is known.
    pub(crate) fn read(extensions: &[Extension], test_marks: bool) -> Result<Self, Error> {
        let mut read = Self::default();
        for extension in extensions {
            read.read_one(extension, test_marks)?;
        }
        Ok(read)
    }

    fn read_one(&mut self, extension: &Extension, test_marks: bool) -> Result<(), Error> {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            ID_CE_CERTIFICATE_POLICIES => {
                let policies = decode::<CertificatePolicies>("certificate policies", value)?;
                let policies = policies.0.into_iter().map(|it| it.policy_identifier);
                let policies: Vec<_> = policies.collect();
                check_distinct(&policies)?;
                self.policies = Some(policies);
            }
            ID_CE_POLICY_MAPPINGS => {
                let mappings = decode::<PolicyMappings>("policy mappings", value)?.0;
                let pair = |it: &x509_cert::ext::pkix::PolicyMapping| {
                    (it.issuer_domain_policy, it.subject_domain_policy)
                };
                self.mappings = mappings.iter().map(pair).collect();
            }
            ID_CE_POLICY_CONSTRAINTS => {
                let constraints = decode::<PolicyConstraints>("policy constraints", value)?;
                self.require_explicit_policy = constraints.require_explicit_policy;
                self.inhibit_policy_mapping = constraints.inhibit_policy_mapping;
            }
            ID_CE_INHIBIT_ANY_POLICY => {
                self.inhibit_any_policy = Some(decode::<u32>("inhibitAnyPolicy", value)?);
            }
            ID_CE_NAME_CONSTRAINTS => {
                self.name_constraints = Some(decode("name constraints", value)?);
            }
            ID_CE_SUBJECT_ALT_NAME => {
                let names = decode::<SubjectAltName>("subject alternative name", value);
                let names = names.map(|names| names.0);
                if extension.critical {
                    names.clone()?;
                }
                self.alternative_names = Some(names);
            }
            ID_CE_CRL_DISTRIBUTION_POINTS => {
                let points = decode::<CrlDistributionPoints>("CRL distribution points", value)?;
                self.distribution_points = points.0;
            }
            oid::TEST_ANCHOR if test_marks => {}
            // Read with every certificate; or, as the names of the issuer and the place of delta lists, of no
            // consequence where lists are handed in.
            ID_CE_AUTHORITY_KEY_IDENTIFIER
            | ID_CE_SUBJECT_KEY_IDENTIFIER
            | ID_CE_KEY_USAGE
            | ID_CE_EXT_KEY_USAGE
            | ID_CE_BASIC_CONSTRAINTS
            | ID_CE_ISSUER_ALT_NAME
            | ID_CE_FRESHEST_CRL => {}
            unknown if extension.critical && self.unknown_critical.is_none() => {
                self.unknown_critical = Some(unknown);
            }
            _ => {}
        }
        Ok(())
    }
}

fn decode<'a, T: Decode<'a, Error = der::Error>>(
    what: &'static str,
    value: &'a [u8],
) -> Result<T, Error> {
    T::from_der(value).map_err(Error::malformed(what))
}

/// RFC 5280 §4.2.1.4: a policy stands there once.
fn check_distinct(policies: &[ObjectIdentifier]) -> Result<(), Error> {
    let mut sorted = policies.to_vec();
    sorted.sort_unstable();
    let mut pairs = sorted.iter().zip(sorted.iter().skip(1));
    match pairs.find(|(one, other)| one == other) {
        Some((twice, _)) => Err(Error::DuplicatePolicy(*twice)),
        None => Ok(()),
    }
}
