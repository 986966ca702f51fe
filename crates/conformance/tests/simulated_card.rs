//! The simulated card against its own statement.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: a panic is a failure"
)]

use conformance::{Authorities, CaseResult, Outcome, Report, Selection, Specimens, Statement};

fn report(only: &[&str]) -> Report {
    let statement = Statement::simulated();
    let authorities = Authorities::specimen().expect("authorities");
    let mut specimens = Specimens::new(&authorities).expect("cards");
    let selection = Selection {
        only: only.iter().map(|&only| only.to_owned()).collect(),
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
    let only = std::env::var("ONLY").unwrap_or_default();
    let only: Vec<_> = only.split(',').filter(|only| !only.is_empty()).collect();
    let report = report(&only);
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

/// What applies of part 3.2 to a card without Terminal Authentication version 1 and without groups 3 and 4: units `ISO7816_II`
/// but for Diffie-Hellman without curves, and `LDS_L`.
#[test]
fn of_part_3_2_nineteen_cases_apply_and_pass() {
    let report = report(&["3.2"]);
    let ids = |fits: fn(&Outcome) -> bool| -> Vec<&str> {
        let results = report.results.iter();
        let fitting = results.filter(|result| fits(&result.outcome));
        fitting.map(|result| result.id).collect()
    };
    let mut applicable: Vec<_> = (1..=15)
        .filter(|number| *number != 14)
        .map(|number| format!("ISO7816_II_{number}"))
        .collect();
    applicable.extend((1..=5).map(|number| format!("LDS_L_{number}")));
    assert_eq!(ids(|outcome| *outcome == Outcome::Passed), applicable);
    let withdrawn = ids(
        |outcome| matches!(outcome, Outcome::NotApplicable(why) if why.starts_with("withdrawn")),
    );
    let inapplicable = ids(|outcome| matches!(outcome, Outcome::NotApplicable(_)));
    assert_eq!(
        (report.results.len(), inapplicable.len(), withdrawn.len()),
        (181, 162, 15)
    );
}
