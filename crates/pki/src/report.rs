//! What was checked, and how it went: "not performed" is never mistaken for "passed".

use core::fmt;

use crate::{CheckName, Error};

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
    /// The certificate does not say what would be checked: the types of documents that a signer signs, the purposes of a key.
    NotSaid,
    /// It was as it should not be, and the caller wants it reported, not refused.
    Waived,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EarlierFailure => "an earlier check failed",
            Self::NotAsked => "not asked for",
            Self::NotRead => "not read",
            Self::NotSaid => "the certificate does not say",
            Self::Waived => "the caller does without it",
        })
    }
}

/// One check and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check<N = CheckName> {
    /// Which one.
    pub name: N,
    /// How it went.
    pub outcome: Outcome,
}

impl<N: fmt::Display> fmt::Display for Check<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Passed => write!(f, "{}: passed", self.name),
            Outcome::Failed(error) => write!(f, "{}: FAILED, {error}", self.name),
            Outcome::NotPerformed(reason) => write!(f, "{}: not performed, {reason}", self.name),
        }
    }
}

/// Every check by name, in the order in which they build on each other.
///
/// `N` names the checks: [`CheckName`] those of passive authentication, [`PathCheck`](crate::PathCheck) those of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report<N = CheckName> {
    checks: Vec<Check<N>>,
}

/// A report of nothing, which is no good one.
impl<N> Default for Report<N> {
    fn default() -> Self {
        Self { checks: Vec::new() }
    }
}

impl<N: Clone + PartialEq> Report<N> {
    pub(crate) fn record(&mut self, name: N, outcome: Outcome) {
        self.checks.push(Check { name, outcome });
    }

    /// Records how a check went and hands on what it yields.
    pub(crate) fn result<T>(&mut self, name: N, result: Result<T, Error>) -> Option<T> {
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
    pub fn checks(&self) -> &[Check<N>] {
        &self.checks
    }

    /// How one check went, if it is in the report.
    #[must_use]
    pub fn outcome(&self, name: N) -> Option<&Outcome> {
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
                            Reason::NotAsked | Reason::NotRead | Reason::NotSaid | Reason::Waived
                        )
                )
            })
    }
}

impl<N: fmt::Display> fmt::Display for Report<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checks
            .iter()
            .try_for_each(|check| writeln!(f, "{check}"))
    }
}

/// The error of a verification that failed.
impl<N: fmt::Debug + fmt::Display> std::error::Error for Report<N> {}
