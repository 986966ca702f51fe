//! The natural-person certificate as text for people.

use std::io::{self, Write};

use super::{Rows, both, heading, print_checks, print_reader, state_label};
use crate::document::PasswordState;
use crate::document::certificates::{
    Certificates, CertificatesState, CheckedSignature, Decrypted, Installed, LoggedIn, Requested,
    ServedLogins, ShownCertificate, Signed,
};
use crate::language::{Bilingual, Language};
use crate::terminal::{BAD, DOUBT, GOOD, QUIET, harmless, styled};

impl Rows {
    fn certificate(&mut self, certificate: &ShownCertificate) {
        self.row("憑證主體", "Subject", &certificate.subject);
        if let Some(number) = &certificate.subject_number {
            self.row("持有人識別碼", "The person's characters", number);
        }
        self.row("簽發者", "Issuer", &certificate.issuer);
        self.row("憑證序號", "Serial number", &certificate.serial);
        self.row("有效期自", "Valid from", &certificate.valid_from);
        self.row("有效期至", "Valid until", &certificate.valid_until);
    }
}

pub(super) fn print(
    shown: &Certificates,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    print_reader(&shown.place, language, out)?;
    heading(
        out,
        language,
        Bilingual::new("自然人憑證", "Natural-person certificate"),
    )?;
    let (style, state) = match shown.state {
        CertificatesState::Activated => (GOOD, Bilingual::new("已啟用", "activated")),
        CertificatesState::Deactivated => (
            DOUBT,
            Bilingual::new(
                "已停用（可用 neweid cert enable 重新啟用）",
                "switched off (neweid cert enable switches it on)",
            ),
        ),
        CertificatesState::Terminated => (BAD, Bilingual::new("已永久終止", "ended for ever")),
    };
    writeln!(out, "  {}", styled(style, state.say(language)))?;
    let tries = shown
        .pin2
        .tries_left
        .map_or_else(|| "-".to_owned(), |left| left.to_string());
    let style = match shown.pin2.state {
        PasswordState::Usable => GOOD,
        _ => BAD,
    };
    let mut rows = Rows::new(language);
    let pin2 = format!("{tries}, {}", state_label(shown.pin2.state).say(language));
    rows.table.row([
        ("PIN2".to_owned(), anstyle::Style::new()),
        (
            Bilingual::new("憑證密碼剩餘次數", "tries left")
                .say(language)
                .to_owned(),
            QUIET,
        ),
        (pin2, style),
    ]);
    rows.table.print(out)?;
    if shown.keys.is_empty() && shown.state == CertificatesState::Activated {
        let none = Bilingual::new("卡片尚無金鑰", "The card has no keys yet");
        writeln!(out, "\n  {}", styled(DOUBT, none.say(language)))?;
    }
    for key in &shown.keys {
        let name = match key.use_of_key {
            "authentication" => Bilingual::new("身分鑑別金鑰", "Key for authentication"),
            "key-decipherment" => Bilingual::new("加解密金鑰", "Key for decipherment"),
            _ => Bilingual::new("簽章金鑰", "Key for signatures"),
        };
        writeln!(out, "\n  {}  {}", both(name, language), key.algorithm)?;
        match &key.certificate {
            Some(certificate) => {
                let mut rows = Rows::new(language);
                rows.certificate(certificate);
                if let Some(file) = &key.file {
                    rows.row("已寫入", "Written to", file);
                }
                rows.table.print(out)?;
            }
            None => {
                let why = match key.has_certificate {
                    true => Bilingual::new(
                        "憑證於輸入憑證密碼後才可讀取 (--with-pin2)",
                        "the card shows its certificate after PIN2 (--with-pin2)",
                    ),
                    false => Bilingual::new("尚無憑證", "no certificate yet"),
                };
                writeln!(out, "  {}", styled(QUIET, why.say(language)))?;
            }
        }
    }
    Ok(())
}

pub(super) fn print_requested(
    requested: &Requested,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    heading(
        out,
        language,
        Bilingual::new("卡片已簽署憑證申請", "The card has signed the request"),
    )?;
    let mut rows = Rows::new(language);
    rows.row("金鑰用途", "Use of the key", requested.use_of_key);
    rows.row("憑證申請", "Request", &requested.file);
    rows.table.print(out)
}

pub(super) fn print_installed(
    installed: &Installed,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    print_reader(&installed.place, language, out)?;
    let done = match (installed.new_key, &installed.certificate) {
        (true, Some(_)) => Bilingual::new(
            "卡片已有新金鑰及其憑證",
            "The card has a new key and its certificate",
        ),
        (false, Some(_)) => Bilingual::new("憑證已寫入卡片", "The card has the certificate"),
        (_, None) => Bilingual::new(
            "卡片已產生新金鑰，尚無憑證",
            "The card has made a key, which has no certificate yet",
        ),
    };
    heading(out, language, done)?;
    let mut rows = Rows::new(language);
    rows.row("金鑰用途", "Use of the key", installed.use_of_key);
    if let Some(certificate) = &installed.certificate {
        rows.certificate(certificate);
    }
    rows.table.print(out)
}

pub(super) fn print_signed(
    signed: &Signed,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    print_reader(&signed.place, language, out)?;
    heading(out, language, Bilingual::new("已簽章", "Signed"))?;
    let mut rows = Rows::new(language);
    rows.row("文件", "Document", &signed.document);
    match signed.attached {
        true => rows.row("含文件的簽章", "Signed message", &signed.signature),
        false => rows.row("簽章檔", "Signature", &signed.signature),
    }
    rows.row("簽章時間", "Signing time", &signed.signing_time);
    rows.certificate(&signed.signer);
    rows.table.print(out)
}

pub(super) fn print_checked(
    checked: &CheckedSignature,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    heading(out, language, Bilingual::new("簽章查驗", "Signature"))?;
    let mut rows = Rows::new(language);
    rows.row("簽章檔", "Signature", &checked.signature);
    if let Some(document) = &checked.document {
        rows.row("文件", "Document", document);
    }
    if let Some(file) = &checked.content_file {
        rows.row("文件已寫入", "Content written to", file);
    }
    if let Some(time) = &checked.signing_time {
        rows.row(
            "簽署者所稱的簽章時間",
            "Signing time, by the signer's word",
            time,
        );
    }
    if let Some(signer) = &checked.signer {
        rows.certificate(signer);
    }
    rows.table.print(out)?;
    if !checked.checks.is_empty() {
        writeln!(out)?;
        print_checks(&checked.checks, language, out)?;
    }
    if let Some(refusal) = &checked.refusal {
        let text = format!("{} {}", refusal.code, refusal.reason.say(language));
        writeln!(out, "\n  {}", styled(BAD, &harmless(&text)))?;
    }
    let (style, verdict) = match (checked.verified, checked.cades_baseline) {
        (true, true) => (
            GOOD,
            Bilingual::new("簽章有效 (CAdES B-B)", "VALID SIGNATURE (CAdES B-B)"),
        ),
        (true, false) => (GOOD, Bilingual::new("簽章有效", "VALID SIGNATURE")),
        (false, _) => (
            BAD,
            Bilingual::new(
                "簽章無效，請勿採信",
                "NOT VALID: do not rely on this signature",
            ),
        ),
    };
    writeln!(out, "\n{}", styled(style, verdict.say(language)))
}

pub(super) fn print_decrypted(
    decrypted: &Decrypted,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    print_reader(&decrypted.place, language, out)?;
    heading(out, language, Bilingual::new("已解密", "Decrypted"))?;
    let mut rows = Rows::new(language);
    rows.row("訊息", "Message", &decrypted.message);
    rows.row("已寫入", "Written to", &decrypted.file);
    rows.row("位元組", "Bytes", &decrypted.bytes.to_string());
    rows.table.print(out)?;
    if !decrypted.authenticated {
        let note = Bilingual::new(
            "加密方式 (CBC) 無法得知訊息於途中是否遭變更；請寄件人改用 AES-GCM。",
            "The cipher (CBC) cannot tell whether the message was changed on its way; ask the sender for AES-GCM.",
        );
        writeln!(out, "\n  {}", styled(DOUBT, note.say(language)))?;
    }
    Ok(())
}

pub(super) fn print_login(
    login: &LoggedIn,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    print_reader(&login.place, language, out)?;
    heading(out, language, Bilingual::new("已登入", "Logged in"))?;
    let mut rows = Rows::new(language);
    rows.row("伺服器", "Origin", &login.origin);
    rows.row("目的", "Purpose", &login.purpose);
    rows.row(
        "持有人識別碼",
        "The person's characters",
        &login.subject_number,
    );
    rows.table.print(out)?;
    let (style, text) = match login.repeated_answer_refused {
        None => return Ok(()),
        Some(true) => (
            GOOD,
            Bilingual::new(
                "再次送出同一份回應：伺服器拒絕，如其應然。",
                "The same answer, sent once more: the server refuses it, as it should.",
            ),
        ),
        Some(false) => (
            BAD,
            Bilingual::new(
                "再次送出同一份回應：伺服器竟接受！",
                "The same answer, sent once more: the server ACCEPTS it, which it must not.",
            ),
        ),
    };
    writeln!(out, "\n  {}", styled(style, text.say(language)))
}

pub(super) fn print_served(
    served: &ServedLogins,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    heading(
        out,
        language,
        Bilingual::new("示範伺服器", "Demonstration server"),
    )?;
    let mut rows = Rows::new(language);
    rows.row("位址", "Address", &served.server);
    rows.row("伺服器", "Origin", &served.origin);
    rows.row("登入成功", "Logins", &served.logins.to_string());
    rows.row("拒絕", "Refused", &served.refused.to_string());
    rows.table.print(out)
}
