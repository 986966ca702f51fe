//! Readers, the doctor's findings, served cards and man pages, as text for people.

use std::io::{self, Write};

use anstyle::Style;

use super::{PLAIN, heading};
use crate::document::{Examined, MachineCheck, Page, ReaderEntry, ReaderState, Served, Verdict};
use crate::language::{Bilingual, Language};
use crate::terminal::{BAD, DOUBT, GOOD, QUIET, Table, harmless, styled};

pub(super) fn print_readers(
    readers: &[ReaderEntry],
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    heading(out, language, Bilingual::new("讀卡機", "Card readers"))?;
    if readers.is_empty() {
        let none = Bilingual::new(
            "無。請接上讀卡機；neweid doctor 會說明缺少什麼。",
            "none. Plug one in; neweid doctor says what is missing.",
        );
        return writeln!(out, "    {}", none.say(language));
    }
    let mut table = Table::new();
    for reader in readers {
        let (state, style) = match reader.state {
            ReaderState::Empty => (Bilingual::new("無卡片", "no card"), QUIET),
            ReaderState::Card => (Bilingual::new("有卡片", "a card"), GOOD),
            ReaderState::Mute => (
                Bilingual::new("卡片沒有回應", "a card that does not answer"),
                BAD,
            ),
            ReaderState::Unknown => (Bilingual::new("狀態不明", "not known"), DOUBT),
        };
        let in_use = match reader.in_use {
            Some(true) => Bilingual::new("使用中", "in use").say(language),
            _ => "",
        };
        table.row([
            (harmless(&reader.name), Style::new().bold()),
            (state.say(language).to_owned(), style),
            (reader.atr.clone().unwrap_or_default(), PLAIN),
            (in_use.to_owned(), DOUBT),
        ]);
    }
    table.print(out)
}

pub(super) fn print_examined(
    examined: &Examined,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    for check in &examined.checks {
        print_check(check, language, out)?;
    }
    let (style, verdict) = match worst(&examined.checks) {
        Verdict::Problem => (
            BAD,
            Bilingual::new(
                "有問題，請依上列指令修正。",
                "There is a problem; the commands above fix it.",
            ),
        ),
        Verdict::Warning => (
            DOUBT,
            Bilingual::new("可以使用，請注意上列警告。", "Ready, with warnings."),
        ),
        Verdict::Ok | Verdict::NotChecked => (GOOD, Bilingual::new("一切正常。", "All is well.")),
    };
    writeln!(out, "\n{}", styled(style, verdict.say(language)))
}

fn worst(checks: &[MachineCheck]) -> Verdict {
    let has = |verdict| checks.iter().any(|check| check.verdict == verdict);
    [Verdict::Problem, Verdict::Warning]
        .into_iter()
        .find(|verdict| has(*verdict))
        .unwrap_or(Verdict::Ok)
}

fn print_check(check: &MachineCheck, language: Language, out: &mut impl Write) -> io::Result<()> {
    let (mark, style, word) = match check.verdict {
        Verdict::Ok => ("✓", GOOD, Bilingual::new("正常", "ok")),
        Verdict::Warning => ("!", DOUBT, Bilingual::new("警告", "warning")),
        Verdict::Problem => ("✗", BAD, Bilingual::new("問題", "problem")),
        Verdict::NotChecked => ("·", QUIET, Bilingual::new("未檢查", "not checked")),
    };
    let mark = styled(style, &format!("{mark} {}", word.say(language)));
    let colon = Bilingual::new("：", ": ").say(language);
    writeln!(
        out,
        "{mark}  {}{colon}{}",
        check.label.say(language),
        check.found.say(language)
    )?;
    let Some(advice) = &check.advice else {
        return Ok(());
    };
    writeln!(out, "    {}", advice.text.say(language))?;
    match &advice.command {
        Some(command) => writeln!(out, "      {}", styled(Style::new().bold(), command)),
        None => Ok(()),
    }
}

pub(super) fn print_served(
    served: &[Served],
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    for card in served {
        let Served {
            connections,
            exchanges,
            ..
        } = card;
        let name = harmless(&card.card);
        match language {
            Language::ZhTw => writeln!(
                out,
                "{name}：已取出並關閉，放入 {connections} 次，{exchanges} 個指令"
            )?,
            Language::En => writeln!(
                out,
                "{name}: taken out and closed; times in the reader: {connections}, commands: {exchanges}"
            )?,
        }
    }
    Ok(())
}

pub(super) fn print_pages(pages: &[Page], out: &mut impl Write) -> io::Result<()> {
    for page in pages {
        match (&page.file, &page.roff) {
            (Some(file), _) => writeln!(out, "{}", harmless(file))?,
            (None, Some(roff)) => out.write_all(roff.as_bytes())?,
            (None, None) => {}
        }
    }
    Ok(())
}
