//! `neweid conformance`: the official conformance tests against a card.

mod authorities;
mod cards;
mod junit;

use std::io::IsTerminal;

use conformance::{Cost, Outcome as Came, Selection, Statement, cases, catalogue};
use dialoguer::Confirm;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::Manner;
use crate::arguments::conformance::{Conformance, Spend};
use crate::document::Outcome;
use crate::document::conformance::{
    Case, CaseList, CaseOutcome, Conformance as Report, ListedCase, Summary,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::language::{Bilingual, Language};
use cards::Cards;

pub(crate) fn run(arguments: &Conformance, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    if let Some(folder) = &arguments.write_authorities {
        let written = authorities::write(folder)?;
        return Ok((Outcome::WrittenAuthorities(written), Exit::Success));
    }
    let statement = statement(arguments)?;
    let selection = Selection {
        only: arguments.only.clone(),
        most: match (&arguments.reader, arguments.spend) {
            (None, _) | (Some(_), Some(Spend::TrustPoints)) => Cost::TrustPoints,
            (Some(_), Some(Spend::Tries)) => Cost::Tries,
            (Some(_), None) => Cost::Nothing,
        },
    };
    for wanted in &selection.only {
        let alone = Selection {
            only: vec![wanted.clone()],
            ..selection.clone()
        };
        if !catalogue().iter().any(|entry| alone.includes(entry)) {
            return Err(Failure::Usage {
                zh: format!(
                    "沒有名為「{wanted}」的測試單元或案例；請以 neweid conformance --list 列出。"
                ),
                en: format!(
                    "There is no unit or case {wanted}; neweid conformance --list lists them."
                ),
            });
        }
    }
    if arguments.list {
        let listed = list(&statement, &selection);
        return Ok((Outcome::ConformanceList(listed), Exit::Success));
    }
    if let Some(path) = &arguments.junit {
        files::must_be_free(path, Existing::Replace)?;
    }
    let authorities = authorities::read(arguments.authorities.as_deref())?;
    agree(arguments, &selection, manner)?;
    let (mut cards, place) = Cards::open(arguments, &authorities, manner)?;

    let bar = bar(&statement, &selection, manner);
    let report = conformance::run(
        &mut cards,
        &statement,
        &authorities,
        &selection,
        &mut |id, came| match came {
            None => bar.set_message(id),
            Some(_) => bar.inc(1),
        },
    );
    bar.finish_and_clear();

    if let Some(path) = &arguments.junit {
        files::publish(path, junit::document(&report)?.as_bytes())?;
    }
    let results: Vec<_> = report.results.iter().map(case).collect();
    let summary = Summary::of(&results);
    let exit = match summary.failed {
        0 => Exit::Success,
        _ => Exit::NotVerified,
    };
    let report = Report {
        place,
        statement: report.card,
        summary,
        results,
    };
    Ok((Outcome::Conformance(report), exit))
}

fn statement(arguments: &Conformance) -> Result<Statement, Failure> {
    let Some(path) = &arguments.ics else {
        return Ok(Statement::simulated());
    };
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
    Statement::from_toml(&text).map_err(|error| Failure::Statement {
        path: path.clone(),
        why: error.to_string(),
    })
}

fn list(statement: &Statement, selection: &Selection) -> CaseList {
    let cases = cases();
    let listed = catalogue().iter().filter(|entry| selection.includes(entry));
    let listed = listed.map(|entry| {
        let case = cases.iter().find(|case| case.id() == entry.id);
        ListedCase {
            id: entry.id,
            part: entry.part.number(),
            title: case.map(|case| case.title().to_owned()),
            profile: entry.profile.to_owned(),
            applies: statement.why_not(entry).is_none(),
            cost: case.and_then(|case| match case.cost() {
                Cost::Nothing => None,
                Cost::Tries => Some("tries"),
                Cost::TrustPoints => Some("trust_points"),
            }),
        }
    });
    CaseList {
        statement: statement.card.clone(),
        cases: listed.collect(),
    }
}

/// Says what the cases will cost the card in the reader, and asks whoever stands before it.
fn agree(arguments: &Conformance, selection: &Selection, manner: Manner) -> Result<(), Failure> {
    let warning = match selection.most {
        _ if arguments.reader.is_none() => return Ok(()),
        Cost::Nothing => return Ok(()),
        Cost::Tries => Bilingual::new(
            "這些案例會以錯誤的密碼測試卡片：加密區密碼 (PIN1) 將被停用、鎖住再解除，並使用 PUK 的次數。中途抽出卡片時，密碼可能維持鎖住。",
            "These cases give the card wrong passwords: PIN1 will be suspended, blocked and unblocked, and tries of the PUK are used.\n\
             A card that is pulled out in between may stay blocked.",
        ),
        Cost::TrustPoints => Bilingual::new(
            "這些案例會使用密碼的次數，並將卡片的日期與信任錨向前推進，無法復原：之後請勿再用此卡片。",
            "These cases use up tries of passwords, and move the card's date and trust-points on, for ever: do not use the card for\n\
             anything else afterwards.",
        ),
    };
    if !manner.json {
        eprintln!("{}", warning.say(manner.language));
    }
    if arguments.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage {
            zh: "會消耗卡片的案例須先同意：請在終端機上執行，或加上 --yes。".into(),
            en: "Cases that cost the card something need consent: run this on a terminal, or add --yes.".into(),
        });
    }
    let prompt = Bilingual::new("要執行嗎？", "Carry them out?");
    match Confirm::new()
        .with_prompt(prompt.say(manner.language))
        .default(false)
        .interact()
    {
        Ok(true) => Ok(()),
        Ok(false) => Err(host_lib::Error::Cancelled.into()),
        Err(dialoguer::Error::IO(error)) => Err(Failure::Output(error)),
    }
}

/// A bar on standard error, if that is a terminal and a person reads it.
fn bar(statement: &Statement, selection: &Selection, manner: Manner) -> ProgressBar {
    let selected = catalogue()
        .iter()
        .filter(|entry| selection.includes(entry))
        .count();
    let target = match manner.json {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr_with_hz(15),
    };
    let style = ProgressStyle::with_template("  {msg:24} {bar:30} {pos:>4} / {len}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    if !manner.json {
        let before = match manner.language {
            Language::ZhTw => "符合性聲明",
            Language::En => "Conformance statement",
        };
        eprintln!("{before}: {}", statement.card);
    }
    ProgressBar::with_draw_target(u64::try_from(selected).ok(), target).with_style(style)
}

fn case(result: &conformance::CaseResult) -> Case {
    let (outcome, detail, reason) = match &result.outcome {
        Came::Passed => (CaseOutcome::Passed, None, None),
        Came::Failed(seen) => (CaseOutcome::Failed, Some(seen.clone()), None),
        Came::Deviation { reason, seen } => (
            CaseOutcome::Deviation,
            Some(seen.clone()),
            Some(reason.clone()),
        ),
        Came::NotApplicable(why) => (CaseOutcome::NotApplicable, Some(why.clone()), None),
        Came::NotRun(cost) => {
            let needs = match cost {
                Cost::TrustPoints => "--spend trust-points",
                _ => "--spend tries",
            };
            (CaseOutcome::NotRun, Some(needs.to_owned()), None)
        }
    };
    Case {
        id: result.id,
        part: result.part.number(),
        title: Some(result.title.clone()).filter(|title| !title.is_empty()),
        outcome,
        detail,
        reason,
        milliseconds: u64::try_from(result.time.as_millis()).unwrap_or(u64::MAX),
    }
}
