//! Carrying out what applies.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::{Authorities, Bench, Case, Cost, Samples, Statement, Stop, cases, catalogue};

/// What came of one identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was as the document demands.
    Passed,
    /// It was not, or the case could not be carried out: where, and what.
    Failed(String),
    /// It was not, and came as the statement has it: the reason, and what was seen.
    Deviation {
        /// The statement's reason.
        reason: String,
        /// What was seen.
        seen: String,
    },
    /// The card does not have what the case supposes, or the document has withdrawn the case.
    NotApplicable(String),
    /// It applies, and it would have cost the card more than was allowed.
    NotRun(Cost),
}

/// One identifier and what came of it.
#[derive(Clone, Debug)]
pub struct Result {
    /// The document's identifier.
    pub id: &'static str,
    /// What must hold, in a line; empty where there is nothing to carry out.
    pub title: String,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took.
    pub time: Duration,
}

/// All of them, in the document's order.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which card, as the statement calls it.
    pub card: String,
    /// One for every identifier that was selected.
    pub results: Vec<Result>,
}

/// Which cases are carried out.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Only identifiers that are one of these or begin with one of these; all, if there are none.
    pub only: Vec<String>,
    /// The dearest that a case may be.
    pub most: Cost,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            most: Cost::TrustPoints,
        }
    }
}

impl Selection {
    /// Whether an identifier belongs to it.
    #[must_use]
    pub fn includes(&self, id: &str) -> bool {
        let bare = id.strip_prefix("EAC2_").unwrap_or(id);
        let short = bare.strip_prefix("ISO7816_").unwrap_or(bare);
        self.only.is_empty()
            || self.only.iter().any(|wanted| {
                let rests = [id, bare, short].into_iter();
                rests
                    .filter_map(|id| id.strip_prefix(wanted.as_str()))
                    .any(|rest| {
                        let row = wanted.ends_with(|last: char| last.is_ascii_digit())
                            && rest.starts_with(|next: char| next.is_ascii_lowercase());
                        rest.is_empty() || rest.starts_with('_') || row
                    })
            })
    }
}

/// Carries out what applies, dearer cases after cheaper ones, and tells of each before it begins and after it has ended.
pub fn run(
    samples: &mut dyn Samples,
    statement: &Statement,
    authorities: &Authorities,
    selection: &Selection,
    progress: &mut dyn FnMut(&'static str, Option<&Outcome>),
) -> Report {
    let cases = cases();
    let mut cases: BTreeMap<_, _> = cases.iter().map(|case| (case.id(), case)).collect();
    let mut planned: Vec<_> = catalogue()
        .iter()
        .enumerate()
        .filter(|(_, entry)| selection.includes(entry.id))
        .map(|(index, entry)| (index, entry, cases.remove(entry.id)))
        .collect();
    planned.sort_by_key(|(index, _, case)| (case.map(Case::cost), *index));
    let mut results = Vec::new();
    for (index, entry, case) in planned {
        progress(entry.id, None);
        let begun = Instant::now();
        let outcome = match (statement.why_not(entry), case) {
            (Some(reason), _) => Outcome::NotApplicable(reason),
            (None, None) => Outcome::Failed("this case is not implemented".into()),
            (None, Some(case)) if case.cost() > selection.most => Outcome::NotRun(case.cost()),
            (None, Some(case)) => {
                let came = carry_out(case, samples, statement, authorities);
                judge(case, came, statement)
            }
        };
        progress(entry.id, Some(&outcome));
        let title = case.map(|case| case.title().to_owned()).unwrap_or_default();
        let time = begun.elapsed();
        let id = entry.id;
        results.push((
            index,
            Result {
                id,
                title,
                outcome,
                time,
            },
        ));
    }
    results.sort_by_key(|(index, _)| *index);
    Report {
        card: statement.card.clone(),
        results: results.into_iter().map(|(_, result)| result).collect(),
    }
}

fn carry_out(
    case: &Case,
    samples: &mut dyn Samples,
    statement: &Statement,
    authorities: &Authorities,
) -> core::result::Result<(), Stop> {
    let sample = samples.next().map_err(|source| Stop::Transport {
        at: "the card".into(),
        source,
    })?;
    let mut bench = Bench::new(sample, statement, authorities, case.id());
    bench.activate()?;
    case.carry_out(&mut bench)
}

fn judge(case: &Case, result: core::result::Result<(), Stop>, statement: &Statement) -> Outcome {
    let stop = match result {
        Ok(()) => return Outcome::Passed,
        Err(Stop::LeftOut(why)) => return Outcome::NotApplicable(why),
        Err(stop) => stop,
    };
    match (statement.deviations.get(case.id()), &stop) {
        (Some(stated), Stop::Unexpected { at, got, .. })
            if stated.at == *at && stated.got == *got =>
        {
            Outcome::Deviation {
                reason: stated.reason.clone(),
                seen: stop.to_string(),
            }
        }
        _ => Outcome::Failed(stop.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deviation_is_what_the_statement_says_and_nothing_else() {
        let statement = Statement::from_toml(
            "card = 'x'\nprofiles = []\npin_tries = 3\n[deviations.EAC2_ISO7816_H_23]\n\
             at = 'step 1'\ngot = '6A80'\nreason = 'on purpose'",
        )
        .unwrap();
        let stopped = |id, at: &str, got: &str| {
            let case = Case::new(id, "", |_| Ok(()));
            let stop = Stop::Unexpected {
                at: at.into(),
                expected: "9000".into(),
                got: got.into(),
            };
            judge(&case, Err(stop), &statement)
        };
        let stated = stopped("EAC2_ISO7816_H_23", "step 1", "6A80");
        assert!(matches!(stated, Outcome::Deviation { reason, .. } if reason == "on purpose"));
        for (id, at, got) in [
            ("EAC2_ISO7816_H_23", "step 1", "6A88"),
            ("EAC2_ISO7816_H_23", "precondition", "6A80"),
            ("EAC2_ISO7816_H_22", "step 1", "6A80"),
        ] {
            let outcome = stopped(id, at, got);
            assert!(matches!(outcome, Outcome::Failed(_)), "{id} {at} {got}");
        }
    }

    #[test]
    fn a_selection_names_units_cases_and_rows() {
        let selects = |wanted: &str, id| {
            let only = vec![wanted.to_owned()];
            Selection {
                only,
                ..Selection::default()
            }
            .includes(id)
        };
        for wanted in [
            "H",
            "H_4",
            "H_4a",
            "ISO7816_H",
            "EAC2_ISO7816",
            "EAC2_ISO7816_H_4a",
        ] {
            assert!(selects(wanted, "EAC2_ISO7816_H_4a"), "{wanted}");
        }
        for wanted in ["I", "H_", "H_4b", "H_41", "IS", "4a", ""] {
            assert!(!selects(wanted, "EAC2_ISO7816_H_4a"), "{wanted}");
        }
        assert!(!selects("H_4", "EAC2_ISO7816_H_41"));
        assert!(selects("DATA_A", "EAC2_DATA_A_1a"));
        assert!(!selects("DATA_A", "EAC2_EIDDATA_A_1"));
    }
}
