//! The list of lost cards and the operator log as text for people.

use std::io::{self, Write};

use super::{Rows, heading};
use crate::document::{LogChecked, LostCards, LostCardsDone};
use crate::language::{Bilingual, Language};
use crate::terminal::{BAD, DOUBT, GOOD, harmless, styled};

pub(super) fn print_lost_cards(
    list: &LostCards,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    let done = match list.done {
        LostCardsDone::ReportedLost => Bilingual::new("已掛失", "Reported lost"),
        LostCardsDone::Reinstated => Bilingual::new("已撤銷掛失", "Reinstated"),
        LostCardsDone::Voided => Bilingual::new("已註銷", "Cancelled for good"),
        LostCardsDone::Published => Bilingual::new("名單已重新簽發", "List signed anew"),
    };
    heading(out, language, done)?;
    let mut rows = Rows::new(language);
    rows.row("名單", "List", &list.file);
    rows.row("名單編號", "List number", &list.list_number.to_string());
    rows.row("筆數", "Cards on it", &list.entries.to_string());
    for sector in &list.sectors {
        rows.row("領域的假名名單", "List of a sector", sector);
    }
    rows.row("簽發時間", "Issued", &list.this_update);
    rows.row("下次更新期限", "Next list due", &list.next_update);
    rows.table.print(out)
}

pub(super) fn print_log(
    log: &LogChecked,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    heading(out, language, Bilingual::new("操作紀錄", "Operator log"))?;
    let mut rows = Rows::new(language);
    rows.row("檔案", "File", &log.file);
    rows.row("行數", "Lines", &log.lines.to_string());
    rows.row(
        "最後一行的雜湊值（請另行留存）",
        "Head (note it elsewhere)",
        &log.head,
    );
    rows.table.print(out)?;
    for action in &log.unfinished {
        let (line, what, object) = (action.line, action.action, &action.object);
        let text = match language {
            Language::ZhTw => format!("第 {line} 行：{what} {object} 已開始，未完成"),
            Language::En => format!("line {line}: {what} {object} began and was not finished"),
        };
        writeln!(out, "  {}", styled(DOUBT, &harmless(&text)))?;
    }
    let (style, text) = match (log.sealed, log.unsealed) {
        (true, 0) => (
            GOOD,
            Bilingual::new("紀錄完整", "WHOLE: no line is changed or missing"),
        ),
        (true, _) => (
            DOUBT,
            Bilingual::new(
                "行與行相連，但最後幾行未經簽署：可能於寫入時中斷",
                "the lines hang together; the last of them are not signed for, as after a crash",
            ),
        ),
        (false, _) => (
            BAD,
            Bilingual::new(
                "行與行相連，但沒有簽署的檔頭 (.head)：無法得知末尾是否遭刪除",
                "the lines hang together, but there is no signed head (.head): nobody knows what is missing at the end",
            ),
        ),
    };
    writeln!(out, "{}", styled(style, text.say(language)))
}
