//! One simulated card for all cases, as a card in a reader is: one that costs tries gives back what it took, and date and
//! trust-points move on once.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: a panic is a failure"
)]

use conformance::{Authorities, Cost, Outcome, Sample, Samples, Selection, Specimens, Statement};
use transport::TransportError;

/// The first card of another source, again and again.
struct OneCard<'a>(Sample<'a>);

impl Samples for OneCard<'_> {
    fn next(&mut self) -> Result<Sample<'_>, TransportError> {
        let Self(Sample { card, codes }) = self;
        Ok(Sample {
            card: Box::new(card),
            codes: codes.clone(),
        })
    }

    fn are_fresh(&self) -> bool {
        false
    }
}

fn statement() -> Statement {
    let statement = include_str!("../data/neweid.toml");
    Statement::from_toml(statement).expect("a statement")
}

#[test]
fn one_card_serves_all_cases_of_passwords_and_data() {
    let statement = statement();
    let authorities = Authorities::specimen().expect("authorities");
    let mut specimens = Specimens::new(&authorities).expect("cards");
    let mut one = OneCard(specimens.next().expect("a card"));
    let units = [
        "H_",
        "P_",
        "EAC2_DATA_",
        "EAC2_EIDDATA_",
        "ISO7816_II_",
        "LDS_L_",
    ];
    let selection = Selection {
        only: conformance::cases()
            .iter()
            .map(|case| case.id().to_owned())
            .filter(|id| {
                let id = id.strip_prefix("EAC2_ISO7816_").unwrap_or(id);
                units.iter().any(|unit| id.starts_with(unit))
            })
            .collect(),
        most: Cost::Tries,
    };
    // Twice: a case that leaves something behind spoils itself or another.
    for round in 1..=2 {
        let report = conformance::run(
            &mut one,
            &statement,
            &authorities,
            &selection,
            &mut |_, _| {},
        );
        assert!(report.results.len() > 80, "{}", report.results.len());
        for result in report.results {
            let fine = matches!(
                result.outcome,
                Outcome::Passed | Outcome::NotApplicable(_) | Outcome::Deviation { .. }
            );
            assert!(fine, "round {round}: {}: {:?}", result.id, result.outcome);
            // A deviation is seen in a step, not before.
            if let Outcome::Deviation { seen, .. } = result.outcome {
                assert!(seen.starts_with("step "), "{}: {seen}", result.id);
            }
        }
    }
}

#[test]
fn trust_points_move_on_once_and_cheaper_cases_come_before() {
    let statement = statement();
    let authorities = Authorities::specimen().expect("authorities");
    let mut specimens = Specimens::new(&authorities).expect("cards");
    let mut one = OneCard(specimens.next().expect("a card"));
    let mut units = |units: &[&str]| {
        let selection = Selection {
            only: units.iter().map(|unit| (*unit).to_owned()).collect(),
            ..Selection::default()
        };
        let report = conformance::run(
            &mut one,
            &statement,
            &authorities,
            &selection,
            &mut |_, _| {},
        );
        report.results
    };
    for result in units(&["M", "N", "Q", "R", "T"]) {
        let failed = matches!(result.outcome, Outcome::Failed(_) | Outcome::NotRun(_));
        assert!(!failed, "{}: {:?}", result.id, result.outcome);
    }
    // The certificates are used up. That is no fault of the card.
    for result in units(&["M", "N"]) {
        let Outcome::Failed(words) = &result.outcome else {
            panic!("{}: {:?}", result.id, result.outcome);
        };
        assert!(words.contains("cannot be carried out"), "{words}");
    }
}
