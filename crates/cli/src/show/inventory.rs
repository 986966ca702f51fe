//! The files of a card as text for people.

use std::io::{self, Write};

use super::{PLAIN, both, print_reader};
use crate::document::inventory::{Access, Listed};
use crate::language::{Bilingual, Language};
use crate::terminal::{BAD, DOUBT, GOOD, HEADING, QUIET, Table, styled};

pub(super) fn print(listed: &Listed, language: Language, out: &mut impl Write) -> io::Result<()> {
    print_reader(&listed.place, language, out)?;
    for files in listed
        .files
        .chunk_by(|one, next| one.directory == next.directory)
    {
        let Some(first) = files.first() else {
            continue;
        };
        let label = &first.directory_label;
        writeln!(
            out,
            "{}  {}",
            styled(HEADING, label.say(language)),
            styled(QUIET, label.aside(language))
        )?;
        let mut table = Table::new();
        for file in files {
            let (mark, style) = match file.access {
                Access::Readable => ("✓", GOOD),
                Access::Agency | Access::PrivilegedAgency | Access::Mrz => ("·", DOUBT),
                Access::Refused => ("✗", BAD),
            };
            let size = match (file.bytes, language) {
                (Some(bytes), Language::En) => format!("{bytes} bytes"),
                (Some(bytes), Language::ZhTw) => format!("{bytes} 位元組"),
                (None, _) => file
                    .reason
                    .as_ref()
                    .map(|reason| reason.say(language).to_owned())
                    .unwrap_or_default(),
            };
            let signed = match file.signed {
                Some(true) => Bilingual::new("已簽署", "signed").say(language),
                Some(false) => Bilingual::new("未經簽署！", "NOT SIGNED").say(language),
                None => "",
            };
            table.row([
                (mark.to_owned(), style),
                (file.id.clone(), QUIET),
                (file.name.clone(), PLAIN),
                (file.label.say(language).to_owned(), PLAIN),
                (file.label.aside(language).to_owned(), QUIET),
                (size, style),
                (signed.to_owned(), QUIET),
            ]);
        }
        table.print(out)?;
        writeln!(out)?;
    }
    let legend = Bilingual::new(
        "✓ 您可讀取　· 僅供所載對象讀取",
        "✓ you may read it   · for those who are named",
    );
    writeln!(out, "{}", both(legend, language))
}
