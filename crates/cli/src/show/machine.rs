//! Readers and served cards, as text for people.

use std::io::{self, Write};

use anstyle::Style;

use super::{PLAIN, heading};
use crate::document::{ReaderEntry, ReaderState, Served};
use crate::language::{Bilingual, Language};
use crate::terminal::{BAD, DOUBT, GOOD, QUIET, Table, harmless};

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
