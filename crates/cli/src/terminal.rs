//! What a person sees: colours only where a terminal shows them (and `NO_COLOR` does not forbid them), columns that stay
//! aligned with wide characters.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

/// A heading.
pub(crate) const HEADING: Style = AnsiColor::Cyan.on_default().bold();
/// A label or a remark beside what matters.
pub(crate) const QUIET: Style = Style::new().dimmed();
/// Good news.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Bad news.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Neither: not performed, not proven.
pub(crate) const DOUBT: Style = AnsiColor::Yellow.on_default();

/// Standard output without escape sequences where nobody sees colours.
pub(crate) fn out() -> anstream::AutoStream<io::Stdout> {
    anstream::AutoStream::auto(io::stdout())
}

/// The text in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Text that came from a card or a file, fit for a terminal: control characters and marks that change the direction of
/// writing are shown as escapes, so that no card can move the cursor or dress up one value as another.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, character| {
        let steers = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if character.is_control() || steers {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
        shown
    })
}

/// Bytes as people write an answer to reset.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Rows of a table whose columns all but the last are aligned.
pub(crate) struct Table {
    rows: Vec<Vec<(String, Style)>>,
}

impl Table {
    pub(crate) const fn new() -> Self {
        Self { rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = (String, Style)>) {
        let mut row: Vec<_> = cells.into_iter().collect();
        while row.last().is_some_and(|(text, _)| text.is_empty()) {
            row.pop();
        }
        self.rows.push(row);
    }

    /// Prints the rows, each indented by four columns.
    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            for (at, (text, _)) in row.iter().enumerate() {
                let width = text.width();
                match widths.get_mut(at) {
                    Some(widest) => *widest = width.max(*widest),
                    None => widths.push(width),
                }
            }
        }
        for row in &self.rows {
            let mut line = String::from("   ");
            for (at, (text, style)) in row.iter().enumerate() {
                let last = at + 1 == row.len();
                let columns = if last {
                    0
                } else {
                    widths.get(at).copied().unwrap_or_default() + 1
                };
                line.push(' ');
                line.push_str(&styled(*style, text));
                line.push_str(&" ".repeat(columns.saturating_sub(text.width())));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_aligned_with_wide_characters() {
        let mut table = Table::new();
        let plain = Style::new();
        table.row([("姓名".to_owned(), plain), ("陳".to_owned(), plain)]);
        table.row([("Name".to_owned(), plain), ("x".to_owned(), plain)]);
        table.row([("統一編號".to_owned(), plain), ("A".to_owned(), plain)]);
        let mut printed = Vec::new();
        table.print(&mut printed).unwrap();
        let printed =
            anstream::adapter::strip_str(std::str::from_utf8(&printed).unwrap()).to_string();
        let value_columns: Vec<usize> = printed
            .lines()
            .zip(["陳", "x", "A"])
            .map(|(line, value)| line.split(value).next().unwrap().width())
            .collect();
        assert_eq!(value_columns, [14, 14, 14], "{printed}");
    }

    #[test]
    fn a_card_cannot_steer_the_terminal() {
        assert_eq!(harmless("陳\u{1b}[2J筱玲"), "陳\\u{1b}[2J筱玲");
        assert_eq!(harmless("\u{202e}abc"), "\\u{202e}abc");
        assert_eq!(harmless("Yukan\u{2019} Watan"), "Yukan\u{2019} Watan");
    }
}
