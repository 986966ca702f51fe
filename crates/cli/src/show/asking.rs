//! What a card answered to a service, and how it was updated, as text for people.

use std::io::{self, Write};

use super::{
    PLAIN, agency, both, heading, labelled, password_heading, print_checks, print_reader,
    print_reading, print_traffic,
};
use crate::document::asking::{Asked, Updated};
use crate::language::{Bilingual, Language};
use crate::terminal::{BAD, DOUBT, GOOD, QUIET, Table, harmless, styled};

pub(super) fn print_asked(
    asked: &Asked,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    print_reader(&asked.place, language, out)?;
    heading(out, language, password_heading(asked.password))?;
    agency::print_access(&asked.agency, language, out)?;
    let title = Bilingual::new("卡片的回答", "The card's answers");
    writeln!(out, "  {}", both(title, language))?;
    let mut table = Table::new();
    for answer in &asked.answers {
        let (mark, style, word) = match answer.answer {
            Some(true) => ("✓", GOOD, Bilingual::new("是", "yes")),
            Some(false) => ("✗", BAD, Bilingual::new("否", "no")),
            None => ("·", DOUBT, Bilingual::new("不提供", "withheld")),
        };
        table.row([
            (mark.to_owned(), style),
            (word.say(language).to_owned(), style),
            (harmless(answer.label.say(language)), PLAIN),
            (harmless(answer.label.aside(language)), QUIET),
        ]);
    }
    table.print(out)?;
    if let Some(pseudonym) = &asked.pseudonym {
        let mut table = Table::new();
        let label = Bilingual::new("假名代碼", "Pseudonym").into();
        labelled(&mut table, &label, pseudonym.clone(), language);
        table.print(out)?;
    }
    writeln!(out)?;
    print_checks(&asked.checks, language, out)?;
    let nothing = Bilingual::new("未讀取持卡人的任何資料", "No data of the holder was read");
    write!(out, "\n{}", styled(GOOD, nothing.say(language)))?;
    print_traffic(asked.traffic, language, out)
}

pub(super) fn print_updated(
    updated: &Updated,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    let groups: Vec<String> = updated.updated.iter().map(|n| format!("DG{n}")).collect();
    let title = Bilingual::new("卡片已更新", "Card updated").say(language);
    let separator = Bilingual::new("、", ", ").say(language);
    writeln!(out, "{}  {}\n", styled(GOOD, title), groups.join(separator))?;
    print_reading(&updated.reading, language, out)
}
