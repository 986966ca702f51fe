//! The simulated card against its own statement.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: a panic is a failure"
)]

use conformance::{Authorities, CaseResult, Outcome, Report, Selection, Specimens, Statement};

fn report() -> Report {
    let statement = Statement::simulated();
    let authorities = Authorities::specimen().expect("authorities");
    let mut specimens = Specimens::new(&authorities).expect("cards");
    let selection = Selection {
        only: std::env::var("ONLY").map_or_else(
            |_| Vec::new(),
            |only| only.split(',').map(Into::into).collect(),
        ),
        ..Selection::default()
    };
    conformance::run(
        &mut specimens,
        &statement,
        &authorities,
        &selection,
        &mut |_, _| {},
    )
}

#[test]
fn every_case_that_applies_to_the_simulated_card_passes() {
    let report = report();
    let mut failed = Vec::new();
    for CaseResult {
        id, title, outcome, ..
    } in &report.results
    {
        match outcome {
            Outcome::Failed(seen) => failed.push(format!("{id}: {title}: {seen}")),
            Outcome::NotRun(why) => failed.push(format!("{id}: not run: it costs {why:?}")),
            Outcome::Passed | Outcome::Deviation { .. } | Outcome::NotApplicable(_) => {}
        }
    }
    assert!(
        failed.is_empty(),
        "{} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}
