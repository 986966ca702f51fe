//! `conformance`.

use serde::Serialize;

use super::CardPlace;

/// What came of the tests.
#[derive(Debug, Serialize)]
pub(crate) struct Conformance {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    /// Which card the statement is about.
    pub(crate) statement: String,
    pub(crate) summary: Summary,
    pub(crate) results: Vec<Case>,
}

/// How many of each; together they are all that was selected.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Summary {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) deviation: usize,
    pub(crate) not_applicable: usize,
    pub(crate) not_run: usize,
}

/// One case.
#[derive(Debug, Serialize)]
pub(crate) struct Case {
    pub(crate) id: &'static str,
    /// Of which part of TR-03105 it is: `3.2` or `3.3`.
    pub(crate) part: &'static str,
    /// What must hold; null where there is nothing to carry out.
    pub(crate) title: Option<String>,
    pub(crate) outcome: CaseOutcome,
    /// What was seen, or why it was not carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// Why the card deviates, by its statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    pub(crate) milliseconds: u64,
}

/// What came of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CaseOutcome {
    Passed,
    Failed,
    Deviation,
    NotApplicable,
    /// It would have cost the card more than was allowed.
    NotRun,
}

impl Summary {
    pub(crate) fn of(results: &[Case]) -> Self {
        let mut summary = Self::default();
        for case in results {
            *match case.outcome {
                CaseOutcome::Passed => &mut summary.passed,
                CaseOutcome::Failed => &mut summary.failed,
                CaseOutcome::Deviation => &mut summary.deviation,
                CaseOutcome::NotApplicable => &mut summary.not_applicable,
                CaseOutcome::NotRun => &mut summary.not_run,
            } += 1;
        }
        summary
    }
}

/// `conformance --list`.
#[derive(Debug, Serialize)]
pub(crate) struct CaseList {
    /// Which card the statement is about.
    pub(crate) statement: String,
    pub(crate) cases: Vec<ListedCase>,
}

/// One case, not carried out.
#[derive(Debug, Serialize)]
pub(crate) struct ListedCase {
    pub(crate) id: &'static str,
    /// Of which part of TR-03105 it is: `3.2` or `3.3`.
    pub(crate) part: &'static str,
    pub(crate) title: Option<String>,
    /// What the case supposes of a card, in the document's words.
    pub(crate) profile: String,
    pub(crate) applies: bool,
    /// What it costs a card that is not replaced; null where nothing.
    pub(crate) cost: Option<&'static str>,
}

/// `conformance --write-authorities`.
#[derive(Debug, Serialize)]
pub(crate) struct WrittenAuthorities {
    pub(crate) authorities: String,
    pub(crate) files: Vec<String>,
}
