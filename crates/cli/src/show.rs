//! The same values as the JSON documents, as text for people: every label in both languages, the chosen one first.

mod agency;
mod asking;
mod ca;
mod certificates;
mod conformance;
mod inventory;
mod machine;
mod register;

use std::io::{self, Write};

use anstyle::Style;

use crate::arguments::ZoneName;
use crate::document::{
    CardPlace, Changed, Check, CheckOutcome, Done, Field, FieldValue, Group, Issued, IssuedCode,
    Opened, Outcome, PasswordName, PasswordState, Reading, Specimen, Text, Traffic, Tries,
};
use crate::language::{Bilingual, Language};
use crate::terminal::{BAD, DOUBT, GOOD, HEADING, QUIET, Table, harmless, styled};

const PLAIN: Style = Style::new();
const UNVERIFIED: Bilingual = Bilingual::new("未經驗證", "unverified");

/// Prints what a subcommand has to say.
pub(crate) fn print(outcome: &Outcome, language: Language, out: &mut impl Write) -> io::Result<()> {
    match outcome {
        Outcome::Issued(issued) => print_issued(issued, language, out),
        Outcome::Specimens { specimens } => print_specimens(specimens, language, out),
        Outcome::Reading(reading) => print_reading(reading, language, out),
        Outcome::Asked(asked) => asking::print_asked(asked, language, out),
        Outcome::Updated(updated) => asking::print_updated(updated, language, out),
        Outcome::Tries(tries) => print_tries(tries, language, out),
        Outcome::Changed(changed) => print_changed(changed, language, out),
        Outcome::AgencyPapers(papers) => agency::print_papers(papers, language, out),
        Outcome::Inventory(listed) => inventory::print(listed, language, out),
        Outcome::Conformance(report) => conformance::print(report, language, out),
        Outcome::ConformanceList(list) => conformance::print_list(list, language, out),
        Outcome::WrittenAuthorities(written) => {
            conformance::print_authorities(written, language, out)
        }
        Outcome::LostCards(list) => register::print_lost_cards(list, language, out),
        Outcome::CitizenCa(outcome) => ca::print(outcome, language, out),
        Outcome::Certificates(shown) => certificates::print(shown, language, out),
        Outcome::Requested(requested) => certificates::print_requested(requested, language, out),
        Outcome::Installed(installed) => certificates::print_installed(installed, language, out),
        Outcome::Signed(signed) => certificates::print_signed(signed, language, out),
        Outcome::CheckedSignature(checked) => certificates::print_checked(checked, language, out),
        Outcome::Decrypted(decrypted) => certificates::print_decrypted(decrypted, language, out),
        Outcome::LoggedIn(login) => certificates::print_login(login, language, out),
        Outcome::ServedLogins(served) => certificates::print_served(served, language, out),
        Outcome::LogChecked(log) => register::print_log(log, language, out),
        Outcome::Readers { readers } => machine::print_readers(readers, language, out),
        Outcome::Examined(examined) => machine::print_examined(examined, language, out),
        Outcome::Served { served } => machine::print_served(served, language, out),
        Outcome::Script(script) => out.write_all(script.script.as_bytes()),
        Outcome::Pages { pages } => machine::print_pages(pages, out),
    }
}

fn print_issued(issued: &Issued, language: Language, out: &mut impl Write) -> io::Result<()> {
    heading(
        out,
        language,
        Bilingual::new("已製作模擬卡", "Simulated card issued"),
    )?;
    let mut table = Table::new();
    let files = [
        (Bilingual::new("卡片檔", "Card file"), &issued.card),
        (
            Bilingual::new("測試信任錨與廢止清冊", "Test anchors and revocation lists"),
            &issued.pki,
        ),
    ];
    for (label, path) in files {
        labelled(&mut table, &label.into(), harmless(path), language);
    }
    table.print(out)?;
    print_codes(&issued.codes, language, out)?;
    let warning = Bilingual::new(
        "卡片檔含有模擬卡的所有秘密；把舊檔複製回來，剩餘次數也會恢復。請勿用於真實個人資料。",
        "A card file holds all secrets of the simulated card, and copying an old one back restores its tries.\n  \
         Keep real personal data out of it.",
    );
    writeln!(out, "\n  {}", styled(QUIET, warning.say(language)))
}

fn print_codes(codes: &[IssuedCode], language: Language, out: &mut impl Write) -> io::Result<()> {
    let mut table = Table::new();
    for code in codes {
        labelled(&mut table, &code.label, code.value.clone(), language);
    }
    table.print(out)
}

fn print_specimens(
    specimens: &[Specimen],
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut table = Table::new();
    for specimen in specimens {
        table.row([
            (specimen.name.to_owned(), HEADING),
            (specimen.yields.unwrap_or("-").to_owned(), QUIET),
            (specimen.purpose.say(language).to_owned(), PLAIN),
        ]);
    }
    table.print(out)
}

fn print_tries(tries: &Tries, language: Language, out: &mut impl Write) -> io::Result<()> {
    print_reader(&tries.place, language, out)?;
    heading(out, language, Bilingual::new("剩餘次數", "Tries left"))?;
    let mut table = Table::new();
    for password in &tries.passwords {
        let style = if password.state == PasswordState::Usable {
            GOOD
        } else {
            BAD
        };
        let label = password_label(password.name);
        let left = password
            .tries_left
            .map_or_else(|| "-".to_owned(), |left| left.to_string());
        table.row([
            (label.say(language).to_owned(), PLAIN),
            (label.aside(language).to_owned(), QUIET),
            (left, PLAIN),
            (state_label(password.state).say(language).to_owned(), style),
        ]);
    }
    table.print(out)
}

fn print_changed(changed: &Changed, language: Language, out: &mut impl Write) -> io::Result<()> {
    let text = match changed.done {
        Done::PinChanged => Bilingual::new("加密區密碼已變更。", "PIN1 is changed."),
        Done::PinUnblocked => Bilingual::new(
            "加密區密碼已解除鎖定，密碼不變。",
            "PIN1 is unblocked and has not changed.",
        ),
        Done::CertificatesDisabled => Bilingual::new(
            "自然人憑證已停用；身分資料不受影響。",
            "The natural-person certificate is switched off; the identity is read as before.",
        ),
        Done::CertificatesEnabled => Bilingual::new(
            "自然人憑證已啟用。",
            "The natural-person certificate is switched on.",
        ),
        Done::Pin2Changed => Bilingual::new("憑證密碼已變更。", "PIN2 is changed."),
        Done::Pin2Unblocked => Bilingual::new(
            "憑證密碼已解除鎖定，密碼不變。",
            "PIN2 is unblocked and has not changed.",
        ),
        Done::Pin2Replaced => Bilingual::new(
            "憑證密碼已解除鎖定，並設為新密碼。",
            "PIN2 is unblocked and has a new value.",
        ),
    };
    writeln!(out, "{}", styled(GOOD, text.say(language)))
}

fn print_reading(reading: &Reading, language: Language, out: &mut impl Write) -> io::Result<()> {
    if let Some(codes) = &reading.codes {
        heading(
            out,
            language,
            Bilingual::new(
                "在記憶體中製作的樣本卡",
                "A specimen card, issued in memory",
            ),
        )?;
        print_codes(codes, language, out)?;
        writeln!(out)?;
    }
    print_reader(&reading.place, language, out)?;
    for opened in &reading.sessions {
        print_opened(opened, language, out)?;
    }
    if let Some(path) = &reading.portrait_file {
        let label = Bilingual::new("相片已寫入", "Portrait written to").say(language);
        writeln!(out, "{label} {}\n", harmless(path))?;
    }
    let (style, verdict) = if reading.verified {
        (GOOD, Bilingual::new("查驗通過", "VERIFIED"))
    } else {
        (
            BAD,
            Bilingual::new(
                "查驗未通過，請勿受理",
                "NOT VERIFIED: do not accept this card",
            ),
        )
    };
    write!(out, "{}", styled(style, verdict.say(language)))?;
    print_traffic(reading.traffic, language, out)
}

/// Names the reader, if the card is in one.
fn print_reader(place: &CardPlace, language: Language, out: &mut impl Write) -> io::Result<()> {
    let Some(name) = place.reader_name() else {
        return Ok(());
    };
    let label = Bilingual::new("讀卡機", "Reader");
    writeln!(out, "{}  {}\n", both(label, language), harmless(name))
}

fn print_traffic(traffic: Traffic, language: Language, out: &mut impl Write) -> io::Result<()> {
    let Traffic {
        commands,
        bytes_sent,
        bytes_received,
        milliseconds,
    } = traffic;
    let text = match language {
        Language::ZhTw => format!(
            "  {commands} 個 APDU，送出 {bytes_sent} 位元組，收到 {bytes_received} 位元組，{milliseconds} 毫秒"
        ),
        Language::En => {
            format!(
                "  {commands} APDUs, {bytes_sent} bytes sent, {bytes_received} received, {milliseconds} ms"
            )
        }
    };
    writeln!(out, "{}", styled(QUIET, &text))
}

/// Prints what one code opened: its groups, then its checks.
pub(crate) fn print_opened(
    opened: &Opened,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    heading(out, language, password_heading(opened.password))?;
    writeln!(out, "  {}\n", styled(QUIET, &opened.suite))?;
    if let Some(access) = &opened.agency {
        agency::print_access(access, language, out)?;
    }
    let groups = opened.groups.as_deref().unwrap_or_default();
    for zone in groups.chunk_by(|one, next| one.zone == next.zone) {
        print_zone(zone, language, out)?;
    }
    if opened.checks.is_empty() {
        return Ok(());
    }
    print_checks(&opened.checks, language, out)?;
    if let Some(refusal) = &opened.refusal {
        let text = format!("{} {}", refusal.code, refusal.reason.say(language));
        writeln!(out, "  {}", styled(BAD, &text))?;
    }
    writeln!(out)
}

fn print_checks(checks: &[Check], language: Language, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "  {}",
        both(Bilingual::new("檢查項目", "Checks"), language)
    )?;
    let mut table = Table::new();
    for check in checks {
        check_row(&mut table, check, language);
    }
    table.print(out)
}

fn print_zone(groups: &[Group], language: Language, out: &mut impl Write) -> io::Result<()> {
    let Some(first) = groups.first() else {
        return Ok(());
    };
    writeln!(out, "  {}", both(zone_label(first.zone), language))?;
    let mut table = Table::new();
    for group in groups {
        let remark = if group.verified {
            ""
        } else {
            UNVERIFIED.say(language)
        };
        for Field { label, value, .. } in &group.fields {
            table.row([
                (label.say(language).to_owned(), PLAIN),
                (label.aside(language).to_owned(), QUIET),
                (show_value(value, language), Style::new().bold()),
                (remark.to_owned(), BAD),
            ]);
        }
    }
    table.print(out)?;
    writeln!(out)
}

fn show_value(value: &FieldValue, language: Language) -> String {
    match value {
        FieldValue::Text { value } if value.is_empty() => "-".to_owned(),
        FieldValue::Text { value } => harmless(value),
        FieldValue::Date { value, .. } if value.is_empty() => "-".to_owned(),
        FieldValue::Date { value, roc } => format!("{} ({})", harmless(value), harmless(roc)),
        FieldValue::Code { value, .. } if value.is_empty() => "-".to_owned(),
        FieldValue::Code { value, meaning } => {
            meaning.say(language).to_owned() + &aside(value, meaning.say(language))
        }
        FieldValue::Image { format: None, .. } => Bilingual::new("（無相片）", "(no portrait)")
            .say(language)
            .to_owned(),
        FieldValue::Image {
            format: Some(format),
            bytes,
        } => match language {
            Language::ZhTw => format!("{format}，{bytes} 位元組"),
            Language::En => format!("{format}, {bytes} bytes"),
        },
    }
}

/// The value itself in brackets, unless its meaning says the same.
fn aside(value: &str, meaning: &str) -> String {
    if value == meaning {
        String::new()
    } else {
        format!(" ({})", harmless(value))
    }
}

fn check_row(table: &mut Table, check: &Check, language: Language) {
    let (mark, style, word) = match check.outcome {
        CheckOutcome::Passed => ("✓", GOOD, Bilingual::new("通過", "passed")),
        CheckOutcome::Failed => ("✗", BAD, Bilingual::new("未通過", "FAILED")),
        CheckOutcome::NotPerformed => ("·", DOUBT, Bilingual::new("未執行", "not performed")),
    };
    let reason = check
        .reason
        .as_ref()
        .map(|reason| reason.say(language).to_owned())
        .unwrap_or_default();
    let reason = match check.code {
        Some(code) => format!("{code} {reason}"),
        None => reason,
    };
    table.row([
        (mark.to_owned(), style),
        (word.say(language).to_owned(), style),
        (check.label.say(language).to_owned(), PLAIN),
        (check.label.aside(language).to_owned(), QUIET),
        (reason, style),
    ]);
}

fn password_heading(password: PasswordName) -> Bilingual {
    match password {
        PasswordName::Can => Bilingual::new("以存取碼開啟", "Opened with the access code"),
        PasswordName::Mrz => Bilingual::new(
            "以機器可讀區 (MRZ) 開啟",
            "Opened with the machine-readable zone",
        ),
        PasswordName::Pin => Bilingual::new("以加密區密碼 (PIN1) 開啟", "Opened with PIN1"),
        PasswordName::Puk => Bilingual::new("以解鎖碼 (PUK) 開啟", "Opened with the PUK"),
        PasswordName::Pin2 => Bilingual::new("以憑證密碼 (PIN2) 開啟", "Opened with PIN2"),
    }
}

fn password_label(password: PasswordName) -> Bilingual {
    match password {
        PasswordName::Can => Bilingual::new("存取碼", "Access code"),
        PasswordName::Mrz => Bilingual::new("機器可讀區", "MRZ"),
        PasswordName::Pin => Bilingual::new("加密區密碼", "PIN1"),
        PasswordName::Puk => Bilingual::new("解鎖碼", "PUK"),
        PasswordName::Pin2 => Bilingual::new("憑證密碼", "PIN2"),
    }
}

fn state_label(state: PasswordState) -> Bilingual {
    match state {
        PasswordState::Usable => Bilingual::new("可用", "usable"),
        PasswordState::Suspended => Bilingual::new(
            "暫停使用：須先輸入存取碼",
            "suspended: the access code is needed first",
        ),
        PasswordState::Blocked => Bilingual::new("已鎖住", "blocked"),
        PasswordState::Deactivated => Bilingual::new("已停用", "deactivated"),
    }
}

fn zone_label(zone: ZoneName) -> Bilingual {
    match zone {
        ZoneName::Public => Bilingual::new("公開區", "Public zone"),
        ZoneName::Household => Bilingual::new("戶籍地區", "Household-registration zone"),
        ZoneName::Protected => Bilingual::new("加密區", "Protected zone"),
        ZoneName::Icao => Bilingual::new("ICAO 區", "ICAO zone"),
    }
}

/// Rows with a label in both languages.
struct Rows {
    table: Table,
    language: Language,
}

impl Rows {
    const fn new(language: Language) -> Self {
        Self {
            table: Table::new(),
            language,
        }
    }

    fn row(&mut self, zh: &'static str, en: &'static str, value: &str) {
        let label = Bilingual::new(zh, en).into();
        labelled(&mut self.table, &label, harmless(value), self.language);
    }
}

fn labelled(table: &mut Table, label: &Text, value: String, language: Language) {
    table.row([
        (label.say(language).to_owned(), PLAIN),
        (label.aside(language).to_owned(), QUIET),
        (value, Style::new().bold()),
    ]);
}

fn heading(out: &mut impl Write, language: Language, text: Bilingual) -> io::Result<()> {
    writeln!(out, "{}", both(text, language))
}

fn both(text: Bilingual, language: Language) -> String {
    format!(
        "{}  {}",
        styled(HEADING, text.say(language)),
        styled(QUIET, text.aside(language))
    )
}
