//! What was checked, and how it went.

use core::fmt;

use crate::Error;

/// One of the checks that Passive Authentication consists of (ICAO Doc 9303-11, 8th edition, §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CheckName {
    /// The content of the security object was signed with the key of the certificate in it.
    Signature,
    /// That certificate is one of a document signer, and was issued by the CA that it names.
    DocumentSigner,
    /// That CA is trusted, or linked to one that is.
    CountrySigningCa,
    /// All certificates on the way are valid at the time of verification.
    Validity,
    /// None of them is revoked, by a current list.
    Revocation,
    /// The signer signs this type of document.
    DocumentType,
    /// The signed content is what the type promises: an LDS security object, or SecurityInfos.
    Content,
    /// A data group matches the hash in the security object.
    GroupHash(u8),
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature => f.write_str("signature of the security object"),
            Self::DocumentSigner => f.write_str("document signer"),
            Self::CountrySigningCa => f.write_str("country signing CA"),
            Self::Validity => f.write_str("validity of the certificates"),
            Self::Revocation => f.write_str("revocation"),
            Self::DocumentType => f.write_str("document type"),
            Self::Content => f.write_str("content of the security object"),
            Self::GroupHash(number) => write!(f, "hash of data group {number}"),
        }
    }
}

/// How a check went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was performed, and it is as it should be.
    Passed,
    /// It was performed, and it is not.
    Failed(Error),
    /// It was not performed, so nothing is known.
    NotPerformed(Reason),
}

/// Why a check was not performed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A check that it builds on failed.
    EarlierFailure,
    /// The caller did not ask for it.
    NotAsked,
    /// The group was not read.
    NotRead,
    /// The document signer does not say which types of documents it signs.
    NotSaid,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EarlierFailure => "an earlier check failed",
            Self::NotAsked => "not asked for",
            Self::NotRead => "not read",
            Self::NotSaid => "the signer does not say",
        })
    }
}

/// One check and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which one.
    pub name: CheckName,
    /// How it went.
    pub outcome: Outcome,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Passed => write!(f, "{}: passed", self.name),
            Outcome::Failed(error) => write!(f, "{}: FAILED, {error}", self.name),
            Outcome::NotPerformed(reason) => write!(f, "{}: not performed, {reason}", self.name),
        }
    }
}

/// Every check by name, in the order in which they build on each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    checks: Vec<Check>,
}

impl Report {
    pub(crate) fn record(&mut self, name: CheckName, outcome: Outcome) {
        self.checks.push(Check { name, outcome });
    }

    /// Records how a check went and hands on what it yields.
    pub(crate) fn result<T>(&mut self, name: CheckName, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => {
                self.record(name, Outcome::Passed);
                Some(value)
            }
            Err(error) => {
                self.record(name, Outcome::Failed(error));
                None
            }
        }
    }

    /// The checks.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// How one check went, if it is in the report.
    #[must_use]
    pub fn outcome(&self, name: CheckName) -> Option<&Outcome> {
        let mut matching = self.checks.iter().filter(|check| check.name == name);
        matching.next().map(|check| &check.outcome)
    }

    /// What failed, in the order of the checks.
    pub fn errors(&self) -> impl Iterator<Item = &Error> {
        self.checks.iter().filter_map(|check| match &check.outcome {
            Outcome::Failed(error) => Some(error),
            _ => None,
        })
    }

    /// Whether nothing failed and nothing was left out, except what the caller did not ask for or did not read.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.checks.is_empty()
            && self.checks.iter().all(|check| {
                matches!(
                    check.outcome,
                    Outcome::Passed
                        | Outcome::NotPerformed(
                            Reason::NotAsked | Reason::NotRead | Reason::NotSaid
                        )
                )
            })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checks
            .iter()
            .try_for_each(|check| writeln!(f, "{check}"))
    }
}

/// The error of an authentication that failed.
impl std::error::Error for Report {}
