//! Certificates of terminals as text for people.

use std::io::{self, Write};

use super::{PLAIN, heading, labelled};
use crate::document::Text;
use crate::document::agency::{
    Access, AgencyPapers, Allowance, Description, Item, Kind, Object, SignatureState,
};
use crate::language::{Bilingual, Language};
use crate::terminal::{BAD, DOUBT, GOOD, HEADING, QUIET, Table, harmless, styled};

pub(super) fn print_papers(
    papers: &AgencyPapers,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    for object in &papers.objects {
        heading(out, language, kind(object.kind))?;
        print_object(object, language, out)?;
        writeln!(out)?;
    }
    for path in &papers.written {
        let label = Bilingual::new("已寫入", "Written").say(language);
        writeln!(out, "{} {}", styled(GOOD, label), harmless(path))?;
    }
    Ok(())
}

/// For whom a card was opened, what was agreed, and what was refused.
pub(super) fn print_access(
    access: &Access,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    let name = access.name.as_deref().unwrap_or(&access.terminal);
    let label = Bilingual::new("機關", "Agency");
    let mut title = format!("{}  {}", label.say(language), harmless(name));
    if access.name.is_some() {
        title.push_str(&format!(" ({})", harmless(&access.terminal)));
    }
    writeln!(out, "  {}", styled(HEADING, &title))?;
    if let Some(purpose) = &access.purpose {
        writeln!(out, "    {}", harmless(purpose))?;
    }
    let mut table = Table::new();
    let given = Bilingual::new("提供", "given");
    let withheld = Bilingual::new("不提供", "withheld");
    let mut rows = |items: &[Item], mark: &str, style, word: Bilingual| {
        for item in items {
            table.row([
                (mark.to_owned(), style),
                (word.say(language).to_owned(), style),
                (item.label.say(language).to_owned(), PLAIN),
                (item.label.aside(language).to_owned(), QUIET),
            ]);
        }
    };
    rows(&access.given, "✓", GOOD, given);
    rows(&access.withheld, "·", DOUBT, withheld);
    table.print(out)?;
    for denied in &access.denied {
        let text = format!("{} {}", denied.code, denied.reason.say(language));
        let mut table = Table::new();
        table.row([
            ("✗".to_owned(), BAD),
            (denied.item.label.say(language).to_owned(), PLAIN),
            (text, BAD),
        ]);
        table.print(out)?;
    }
    writeln!(out)
}

const fn kind(kind: Kind) -> Bilingual {
    match kind {
        Kind::Certificate => Bilingual::new("憑證", "Certificate"),
        Kind::LinkCertificate => Bilingual::new("CVCA 連結憑證", "Link certificate of the CVCA"),
        Kind::Request => Bilingual::new("憑證申請", "Certificate request"),
        Kind::RenewalRequest => Bilingual::new("憑證換發申請", "Request for renewal"),
        Kind::Description => Bilingual::new("憑證說明", "Description of a certificate"),
    }
}

fn print_object(object: &Object, language: Language, out: &mut impl Write) -> io::Result<()> {
    let mut table = Table::new();
    let mut row = |zh, en, value: Option<&str>| {
        if let Some(value) = value {
            let label = Bilingual::new(zh, en).into();
            labelled(&mut table, &label, harmless(value), language);
        }
    };
    let say = |text: &Option<Text>| text.as_ref().map(|text| text.say(language).to_owned());
    row("檔案", "File", Some(&object.file));
    row("持有者", "Holder", object.holder.as_deref());
    row("簽發者", "Authority", object.authority.as_deref());
    row(
        "由現行金鑰簽署",
        "Signed by the present key",
        object.signer.as_deref(),
    );
    let role = object.role.as_ref();
    let role = role.map(|role| role.label.say(language));
    row("角色", "Role", role);
    row("用於", "For", say(&object.terminal_type).as_deref());
    row("生效日", "Valid from", object.valid_from.as_deref());
    row("有效至", "Valid until", object.valid_until.as_deref());
    if let Some(description) = &object.description {
        describe(description, &mut row);
    }
    row(
        "說明的雜湊值",
        "Hash of its description",
        object.description_hash.as_deref(),
    );
    row(
        "指紋 (SHA-256)",
        "Fingerprint (SHA-256)",
        Some(&object.fingerprint),
    );
    table.print(out)?;
    if let Some(allows) = &object.allows {
        let terminal = object
            .role
            .as_ref()
            .is_some_and(|role| role.name == "terminal");
        print_allowances(allows, terminal, language, out)?;
    }
    let (style, text) = match object.signature {
        SignatureState::Passed => (
            GOOD,
            Bilingual::new("自身簽章正確", "signed with its own key"),
        ),
        SignatureState::Failed => (
            BAD,
            Bilingual::new("自身簽章錯誤", "its own signature is WRONG"),
        ),
        SignatureState::NotPerformed => return Ok(()),
    };
    writeln!(out, "    {}", styled(style, text.say(language)))
}

fn describe(
    description: &Description,
    row: &mut impl FnMut(&'static str, &'static str, Option<&str>),
) {
    row("機關", "Agency", Some(&description.agency_name));
    row("機關網址", "Its address", description.agency_url.as_deref());
    row("用途", "Purpose", Some(&description.purpose));
    row("簽發機關", "Issued by", Some(&description.issuer_name));
    row(
        "簽發機關網址",
        "Its address",
        description.issuer_url.as_deref(),
    );
}

fn print_allowances(
    allows: &[Allowance],
    terminal: bool,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    let title = match (allows.is_empty(), terminal) {
        (true, _) => Bilingual::new("沒有任何權限", "It may do nothing"),
        (false, true) => Bilingual::new("得為", "It may"),
        (false, false) => Bilingual::new("得授權他人", "It may let others"),
    };
    writeln!(out, "    {}", styled(QUIET, title.say(language)))?;
    let mut table = Table::new();
    for allowance in allows.iter().filter(|allowance| allowance.on_card) {
        let label = &allowance.label;
        table.row([
            ("  ".to_owned() + label.say(language), PLAIN),
            (label.aside(language).to_owned(), QUIET),
        ]);
    }
    table.print(out)?;
    let unused = allows.iter().filter(|allowance| !allowance.on_card).count();
    if unused > 0 {
        let text = match language {
            Language::ZhTw => format!("以及 {unused} 項本卡沒有的群組"),
            Language::En => format!("and {unused} rights to groups that the card does not have"),
        };
        writeln!(out, "      {}", styled(QUIET, &text))?;
    }
    Ok(())
}
