//! The conformance tests as text for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use conformance::Entry;

use super::{PLAIN, print_reader};
use crate::document::conformance::{
    Case, CaseList, CaseOutcome, Conformance, Summary, WrittenAuthorities,
};
use crate::language::{Bilingual, Language};
use crate::terminal::{BAD, DOUBT, GOOD, HEADING, QUIET, Table, harmless, styled};

const PASSED: Bilingual = Bilingual::new("通過", "passed");
const FAILED: Bilingual = Bilingual::new("未通過", "failed");
const DEVIATION: Bilingual = Bilingual::new("已聲明之差異", "stated deviation");
const NOT_APPLICABLE: Bilingual = Bilingual::new("不適用", "not applicable");
const NOT_RUN: Bilingual = Bilingual::new("未執行", "not carried out");

pub(super) fn print(
    report: &Conformance,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    print_reader(&report.place, language, out)?;
    // No two parts have a unit of the same name.
    let mut units: BTreeMap<usize, (&str, Vec<&Case>)> = BTreeMap::new();
    for (place, case) in report.results.iter().enumerate() {
        let unit = Entry::unit(case.id);
        let known = units
            .iter()
            .find(|(_, (name, _))| *name == unit)
            .map(|(place, _)| *place);
        let (_, cases) = units
            .entry(known.unwrap_or(place))
            .or_insert((unit, Vec::new()));
        cases.push(case);
    }
    let mut table = Table::new();
    for (unit, cases) in units.values() {
        let count = |outcome| cases.iter().filter(|case| case.outcome == outcome).count();
        let part = cases.first().map_or("", |case| case.part);
        table.row([
            (part.to_owned(), QUIET),
            ((*unit).to_owned(), PLAIN),
            (labelled(count(CaseOutcome::Passed), PASSED, language), GOOD),
            (labelled(count(CaseOutcome::Failed), FAILED, language), BAD),
            (
                labelled(count(CaseOutcome::Deviation), DEVIATION, language),
                DOUBT,
            ),
            (
                labelled(count(CaseOutcome::NotApplicable), NOT_APPLICABLE, language),
                QUIET,
            ),
            (
                labelled(count(CaseOutcome::NotRun), NOT_RUN, language),
                DOUBT,
            ),
        ]);
    }
    table.print(out)?;
    for (outcome, heading, style) in [
        (CaseOutcome::Deviation, DEVIATION, DOUBT),
        (CaseOutcome::NotRun, NOT_RUN, DOUBT),
        (CaseOutcome::Failed, FAILED, BAD),
    ] {
        let mut cases = report
            .results
            .iter()
            .filter(|case| case.outcome == outcome)
            .peekable();
        if cases.peek().is_none() {
            continue;
        }
        writeln!(out, "\n{}", styled(style, heading.say(language)))?;
        for case in cases {
            let title = case.title.as_deref().unwrap_or_default();
            writeln!(out, "  {}  {}", styled(HEADING, case.id), harmless(title))?;
            let notes = [&case.reason, &case.detail];
            for note in notes.into_iter().flatten() {
                writeln!(out, "    {}", styled(QUIET, &harmless(note)))?;
            }
        }
    }
    let Summary {
        passed,
        failed,
        deviation,
        not_applicable,
        not_run,
    } = report.summary;
    let all = [
        (passed, PASSED),
        (failed, FAILED),
        (deviation, DEVIATION),
        (not_applicable, NOT_APPLICABLE),
        (not_run, NOT_RUN),
    ];
    let parts: Vec<_> = all
        .iter()
        .map(|(count, label)| format!("{} {count}", label.say(language)))
        .collect();
    let sum = all.iter().map(|(count, _)| count).sum::<usize>();
    let style = if failed == 0 { GOOD } else { BAD };
    let line = match language {
        Language::ZhTw => format!("{} ＝ {sum} 個案例", parts.join("、")),
        Language::En => format!("{} = {sum} cases", parts.join(", ")),
    };
    writeln!(out, "\n{}", styled(style, &line))
}

pub(super) fn print_list(
    list: &CaseList,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut table = Table::new();
    for case in &list.cases {
        let (mark, style) = if case.applies {
            ("✓", GOOD)
        } else {
            ("–", QUIET)
        };
        let cost = match case.cost {
            None => "",
            Some("tries") => Bilingual::new("使用密碼次數", "uses up tries").say(language),
            Some(_) => Bilingual::new("推進信任錨", "moves trust-points on").say(language),
        };
        table.row([
            (mark.to_owned(), style),
            (case.part.to_owned(), QUIET),
            (case.id.to_owned(), PLAIN),
            (case.profile.clone(), QUIET),
            (cost.to_owned(), DOUBT),
            (case.title.clone().unwrap_or_default(), PLAIN),
        ]);
    }
    table.print(out)?;
    let legend = Bilingual::new(
        "✓ 適用於符合性聲明所述的卡片",
        "✓ applies to the card of the conformance statement",
    );
    writeln!(out, "\n{}: {}", legend.say(language), list.statement)
}

pub(super) fn print_authorities(
    written: &WrittenAuthorities,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    for file in &written.files {
        writeln!(out, "  {}", harmless(file))?;
    }
    let note = Bilingual::new(
        "人人皆知這些金鑰：信任它們的卡片只可用於測試。",
        "Everybody knows these keys: a card that trusts them is good for tests alone.",
    );
    writeln!(out, "{}", styled(DOUBT, note.say(language)))
}

fn labelled(count: usize, label: Bilingual, language: Language) -> String {
    match count {
        0 => String::new(),
        count => format!("{} {count}", label.say(language)),
    }
}
