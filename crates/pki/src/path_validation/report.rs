//! What was checked on a path, certificate by certificate.

use core::fmt;

use const_oid::ObjectIdentifier;

use super::anchor::TrustAnchor;
use crate::report::Report;
use crate::{Certificate, Error, Outcome, Role};

/// One check of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PathCheck {
    /// Whose certificate.
    pub role: Role,
    /// Which of its fields.
    pub field: PathField,
}

/// What is checked in a certificate of a path (RFC 5280 §6.1 and §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathField {
    /// From the end entity, a way by key identifiers to a trust anchor was found, each signature on it verified, each issuer
    /// named as its subject is (§6.1.3 (a) (1), (4)).
    Path,
    /// It is valid at the time of verification (§6.1.3 (a) (2)).
    Validity,
    /// Its extensions are well-formed, and every critical one is processed here (§6.1.4 (o), §6.1.5 (f)).
    CriticalExtensions,
    /// Its names are those that the CAs above may certify (§6.1.3 (b), (c)).
    Names,
    /// It is a CA (§6.1.4 (k)).
    BasicConstraints,
    /// No more CAs follow each other than those above allow (§6.1.4 (l), (m)).
    PathLength,
    /// Its key may be used so: to sign certificates, or for what the caller asked (§6.1.4 (n)).
    KeyUsage,
    /// Its key is for the purpose that the caller asked for (§4.2.1.12).
    ExtendedKeyUsage,
    /// Where a policy is demanded, one holds from the anchor down to here (§6.1.3 (d) to (f), §6.1.4 (a), (b)).
    Policies,
    /// One of the policies that hold is acceptable, if one is demanded (§6.1.5 (g)).
    AcceptablePolicies,
    /// It is not revoked, for any reason (§6.3).
    Revocation,
    /// The lists that say so are current.
    ListsAreCurrent,
}

impl fmt::Display for PathField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "path to a trust anchor",
            Self::Validity => "validity",
            Self::CriticalExtensions => "critical extensions",
            Self::Names => "name constraints",
            Self::BasicConstraints => "basicConstraints",
            Self::PathLength => "path length",
            Self::KeyUsage => "keyUsage",
            Self::ExtendedKeyUsage => "extendedKeyUsage",
            Self::Policies => "certificate policies",
            Self::AcceptablePolicies => "acceptable policies",
            Self::Revocation => "revocation",
            Self::ListsAreCurrent => "revocation lists are current",
        })
    }
}

impl fmt::Display for PathCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.role, self.field)
    }
}

/// A path that passed every check.
///
/// [`PathValidation`](super::PathValidation) alone makes them.
#[derive(Clone, Debug)]
pub struct ValidPath {
    pub(super) certificates: Vec<Certificate>,
    pub(super) anchor: TrustAnchor,
    pub(super) policies: Vec<ObjectIdentifier>,
}

impl ValidPath {
    /// The end entity first, then each issuer, without the trust anchor.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The certificate that was validated.
    #[must_use]
    pub fn end_entity(&self) -> Option<&Certificate> {
        self.certificates.first()
    }

    /// Where the path ends.
    #[must_use]
    pub fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// The policies under which the path is valid, of those that the caller accepts, in the anchor's words (RFC 9618:
    /// user-constrained policy set). anyPolicy stands for all; none at all is possible where none is demanded.
    #[must_use]
    pub fn policies(&self) -> &[ObjectIdentifier] {
        &self.policies
    }
}

/// How a validation went: every check in any case, the path only if all of them passed.
#[derive(Clone, Debug)]
#[must_use = "a validation that nobody looks at protects nobody"]
pub struct PathReport {
    pub(super) checks: Report<PathCheck>,
    pub(super) warnings: Vec<Error>,
    pub(super) path: Option<ValidPath>,
}

impl PathReport {
    /// The checks, each with its outcome, from the trust anchor down to the end entity. Of several ways that fail, the one
    /// that was found first is reported.
    #[must_use]
    pub fn checks(&self) -> &Report<PathCheck> {
        &self.checks
    }

    /// How one check went, if it is in the report.
    #[must_use]
    pub fn outcome(&self, role: Role, field: PathField) -> Option<&Outcome> {
        self.checks.outcome(PathCheck { role, field })
    }

    /// What failed, in the order of the checks.
    pub fn errors(&self) -> impl Iterator<Item = &Error> {
        self.checks.errors()
    }

    /// What is not as it should be and was waived by the caller: stale lists.
    #[must_use]
    pub fn warnings(&self) -> &[Error] {
        &self.warnings
    }

    /// Whether the path is valid.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.path.is_some()
    }

    /// The path, if it is valid.
    #[must_use]
    pub fn path(&self) -> Option<&ValidPath> {
        self.path.as_ref()
    }

    /// The valid path, or what was wrong.
    ///
    /// # Errors
    /// The report, if a check failed.
    pub fn into_result(self) -> Result<ValidPath, Report<PathCheck>> {
        self.path.ok_or(self.checks)
    }
}

impl fmt::Display for PathReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checks.fmt(f)?;
        let mut warnings = self.warnings.iter();
        warnings.try_for_each(|warning| writeln!(f, "warning: {warning}"))
    }
}
