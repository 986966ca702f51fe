//! The results as JUnit XML, for programs that gather test results.

use conformance::{Entry, Outcome, Report};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::failure::Failure;

/// One suite for each unit of each part, called by both. Deviations count as passed, with the reason beside them; what does not apply, and what
/// was not carried out, as skipped.
pub(super) fn document(report: &Report) -> Result<String, Failure> {
    let mut whole = quick_junit::Report::new("BSI TR-03105");
    let of_one_unit = |one: &conformance::CaseResult, next: &conformance::CaseResult| {
        Entry::unit(one.id) == Entry::unit(next.id)
    };
    for results in report.results.chunk_by(of_one_unit) {
        let Some(first) = results.first() else {
            continue;
        };
        let name = format!("{} {}", first.part, Entry::unit(first.id));
        let mut suite = TestSuite::new(name.as_str());
        for result in results {
            let mut status = match &result.outcome {
                Outcome::Passed | Outcome::Deviation { .. } => TestCaseStatus::success(),
                Outcome::Failed(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
                Outcome::NotApplicable(_) | Outcome::NotRun(_) => TestCaseStatus::skipped(),
            };
            let note = match &result.outcome {
                Outcome::Failed(seen) | Outcome::NotApplicable(seen) => Some(seen.clone()),
                Outcome::NotRun(cost) => Some(format!("not carried out; it costs {cost:?}")),
                Outcome::Passed | Outcome::Deviation { .. } => None,
            };
            if let Some(note) = note {
                status.set_message(note);
            }
            let mut case = TestCase::new(result.id, status);
            case.set_classname(name.as_str());
            case.set_time(result.time);
            if let Outcome::Deviation { reason, seen } = &result.outcome {
                case.set_system_out(format!("deviation: {reason}; {seen}"));
            }
            suite.add_test_case(case);
        }
        whole.add_test_suite(suite);
    }
    whole
        .to_string()
        .map_err(|error| Failure::Output(std::io::Error::other(error)))
}
