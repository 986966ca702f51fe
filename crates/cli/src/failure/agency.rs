//! What goes wrong about the certificates of agencies.

use std::path::PathBuf;

use cvc::CertificateHolderReference;
use issuer::{AgencyError, Permission};

use crate::agency::words;
use crate::exit::Exit;
use crate::language::{Bilingual, Language};

/// Why there is no certificate.
#[derive(Debug)]
pub(crate) enum AgencyFault {
    /// The PKI refuses to issue this.
    Refused(AgencyError),
    /// The ministry's folder has no agency PKI.
    NoPki { path: PathBuf },
    /// Neither a certificate nor a request nor a description, or not the one that is needed here.
    OtherFile { path: PathBuf },
    /// Looks like one, and is damaged.
    Damaged { path: PathBuf, error: cvc::Error },
    /// A request whose signature is wrong.
    Signature { path: PathBuf, error: cvc::Error },
    /// A request that is not signed by the present key.
    NotAuthenticated { path: PathBuf },
    /// A request for another name than the next one.
    OtherName {
        asked: CertificateHolderReference,
        next: CertificateHolderReference,
    },
    /// The description is missing, or not the one that the request or the certificate has the hash of.
    Description { path: PathBuf },
    /// The private key file is none.
    Key { path: PathBuf },
    /// No day at all, or beyond 2099.
    NoTime,
    /// A folder without a chain.
    NoChain { path: PathBuf },
    /// A folder with the chains of several terminals.
    SeveralChains { path: PathBuf },
    /// The certificates allow no group to be read.
    NothingToGive,
    /// The holder agreed to nothing.
    NothingGiven,
    /// What the holder gives was not said, and there is nobody to ask.
    NobodyConsents,
}

impl AgencyFault {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Refused(AgencyError::Damaged { .. } | AgencyError::Exists { .. }) => {
                "E-CLI-AGENCY-PKI-DAMAGED"
            }
            Self::Refused(_) | Self::OtherName { .. } | Self::NoTime => "E-CLI-AGENCY-REFUSED",
            Self::NoPki { .. } => "E-CLI-AGENCY-NO-PKI",
            Self::OtherFile { .. } | Self::Key { .. } => "E-CLI-AGENCY-OTHER-FILE",
            Self::Damaged { .. } => "E-CLI-AGENCY-FILE-DAMAGED",
            Self::Signature { .. } => "E-CLI-AGENCY-SIGNATURE",
            Self::NotAuthenticated { .. } => "E-CLI-AGENCY-NOT-AUTHENTICATED",
            Self::Description { .. } => "E-CLI-AGENCY-DESCRIPTION",
            Self::NoChain { .. } | Self::SeveralChains { .. } => "E-CLI-AGENCY-NO-CHAIN",
            Self::NothingToGive | Self::NothingGiven => "E-CLI-AGENCY-NOTHING-GIVEN",
            Self::NobodyConsents => "E-CLI-AGENCY-NO-CONSENT",
        }
    }

    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::Refused(AgencyError::Damaged { .. } | AgencyError::Exists { .. })
            | Self::NoPki { .. }
            | Self::OtherFile { .. }
            | Self::Damaged { .. }
            | Self::NoChain { .. }
            | Self::SeveralChains { .. }
            | Self::Key { .. } => Exit::File,
            Self::NobodyConsents => Exit::Usage,
            Self::Refused(_)
            | Self::OtherName { .. }
            | Self::NotAuthenticated { .. }
            | Self::Description { .. }
            | Self::NothingToGive
            | Self::NothingGiven
            | Self::NoTime => Exit::Refused,
            Self::Signature { .. } => Exit::NotVerified,
        }
    }

    pub(super) fn what(&self, language: Language) -> String {
        let say = |zh: String, en: String| match language {
            Language::ZhTw => zh,
            Language::En => en,
        };
        match self {
            Self::Refused(error) => say(in_chinese(error), format!("{error}.")),
            Self::NoPki { path } => say(
                format!("{} 沒有機關憑證的 PKI。", path.display()),
                format!("{}: there is no agency PKI.", path.display()),
            ),
            Self::OtherFile { path } => say(
                format!("{}：不是此處所需的憑證、申請或說明檔。", path.display()),
                format!(
                    "{}: not the certificate, request or description that is needed here.",
                    path.display()
                ),
            ),
            Self::Damaged { path, error } => say(
                format!("{}：內容損毀：{error}。", path.display()),
                format!("{}: damaged: {error}.", path.display()),
            ),
            Self::Signature { path, error } => say(
                format!("{}：申請的簽章錯誤：{error}。", path.display()),
                format!("{}: the request's signature is wrong: {error}.", path.display()),
            ),
            Self::NotAuthenticated { path } => say(
                format!("{}：未由現行金鑰簽署，不能換發。", path.display()),
                format!(
                    "{}: not signed by the present key, so it is no renewal.",
                    path.display()
                ),
            ),
            Self::OtherName { asked, next } => say(
                format!("申請的名稱為 {asked}，下一張憑證應為 {next}。"),
                format!("The request is for {asked}, and the next certificate is {next}."),
            ),
            Self::Description { path } => say(
                format!("{}：不是申請或憑證所指的說明。", path.display()),
                format!(
                    "{}: not the description that the request or the certificate is about.",
                    path.display()
                ),
            ),
            Self::Key { path } => say(
                format!("{}：不是 P-256 私鑰（PKCS#8）。", path.display()),
                format!("{}: no private key on P-256 (PKCS#8).", path.display()),
            ),
            Self::NoChain { path } => say(
                format!("{} 沒有憑證鏈 (.chain)。", path.display()),
                format!("{}: there is no certificate chain (.chain).", path.display()),
            ),
            Self::SeveralChains { path } => say(
                format!("{} 有數個終端機的憑證鏈。", path.display()),
                format!("{}: there are chains of several terminals.", path.display()),
            ),
            Self::NothingToGive => say(
                "此機關的憑證不允許讀取任何群組。".to_owned(),
                "The agency's certificates allow no group to be read.".to_owned(),
            ),
            Self::NothingGiven => say(
                "持卡人未同意提供任何項目，未讀取卡片。".to_owned(),
                "The holder agreed to nothing; the card was not read.".to_owned(),
            ),
            Self::NobodyConsents => say(
                "未說明持卡人同意提供的項目，也無人可詢問。".to_owned(),
                "What the holder agrees to give was not said, and there is nobody to ask.".to_owned(),
            ),
            Self::NoTime => say(
                "憑證的有效期間不正確：至少一天，且不晚於 2099 年。".to_owned(),
                "That is no validity: a certificate lasts a day at least, and ends in 2099 at the latest."
                    .to_owned(),
            ),
        }
    }

    pub(super) const fn remedy(&self) -> Bilingual {
        match self {
            Self::Refused(error) => remedy_of(error),
            Self::NoPki { .. } => Bilingual::new(
                "請先以 neweid issue 建立，或以 --pki 指定主管機關的目錄。",
                "Make one with neweid issue, or name the ministry's folder with --pki.",
            ),
            Self::OtherFile { .. } | Self::Damaged { .. } => Bilingual::new(
                "請改用 neweid agency 寫出的檔案。",
                "Use a file that neweid agency has written.",
            ),
            Self::Signature { .. } => Bilingual::new(
                "請勿簽發；請機關重新提出申請。",
                "Grant nothing; ask the agency for a new request.",
            ),
            Self::NotAuthenticated { .. } => Bilingual::new(
                "請以 neweid agency request --renew 提出，或以 neweid agency grant 重新核定。",
                "Make the request with neweid agency request --renew, or decide anew with neweid agency grant.",
            ),
            Self::OtherName { .. } => Bilingual::new(
                "請機關以 --sequence 指定下一個序號重新申請。",
                "Let the agency ask again with --sequence for the next number.",
            ),
            Self::Description { .. } => Bilingual::new(
                "請以 --description 指定隨申請送來的說明檔；用途變更須重新核定 (neweid agency grant)。",
                "Name the description that came with the request (--description); another purpose needs a new grant.",
            ),
            Self::Key { .. } => Bilingual::new(
                "請將 neweid agency request 寫出的私鑰放在憑證旁。",
                "Put the key that neweid agency request wrote beside the certificate.",
            ),
            Self::NoChain { .. } => Bilingual::new(
                "請指定 neweid agency grant 寫出的目錄，或其中的 .chain 檔。",
                "Name the folder that neweid agency grant wrote into, or a .chain file in it.",
            ),
            Self::SeveralChains { .. } => Bilingual::new(
                "請指定其中一個 .chain 檔。",
                "Name one of the .chain files.",
            ),
            Self::NothingToGive => Bilingual::new(
                "neweid agency show 可顯示憑證的權限；如有需要，請向主管機關申請。",
                "neweid agency show says what the certificates allow; ask the ministry for what is needed.",
            ),
            Self::NothingGiven => Bilingual::new(
                "如持卡人改變主意，請重新操作。",
                "Start again if the holder changes his mind.",
            ),
            Self::NobodyConsents => Bilingual::new(
                "請以 --groups 或 --zone 指定持卡人同意提供的項目，或於終端機執行以便勾選。",
                "Say it with --groups or --zone, or run this on a terminal, where it can be ticked.",
            ),
            Self::NoTime => {
                Bilingual::new("請以 --days 或 --until 指定。", "Give --days or --until.")
            }
        }
    }
}

fn permission(permission: Permission) -> String {
    match permission {
        Permission::Right(right) => words::right(right).label.zh,
        Permission::Update(n) => format!("更新群組 {n}"),
        _ => String::new(),
    }
}

fn in_chinese(error: &AgencyError) -> String {
    match error {
        AgencyError::NoSuchRight { permission: wanted } => {
            format!("沒有「{}」這項權限。", permission(*wanted))
        }
        AgencyError::NotAllowed {
            authority,
            permission: wanted,
        } => format!("{authority} 本身沒有「{}」的權限。", permission(*wanted)),
        AgencyError::UnknownDocumentVerifier(name) => format!("沒有名為「{name}」的文件查驗機構。"),
        AgencyError::Mnemonic { mnemonic, .. } => {
            format!("名稱「{mnemonic}」不可用：須為一至九個 A 至 Z 或 0 至 9，且未屬他人。")
        }
        AgencyError::SequenceNumbersUsed { mnemonic } => format!("「{mnemonic}」的序號已用完。"),
        AgencyError::OutsideValidity {
            date,
            authority,
            first,
            last,
            ..
        } => format!("{date} 不在 {authority} 的有效期間（{first} 至 {last}）內。"),
        AgencyError::OtherKeyType { .. } => "金鑰的演算法或曲線與簽發者不同。".to_owned(),
        AgencyError::NotIssuedHere(holder) => format!("{holder} 不是此處簽發的。"),
        AgencyError::Expired { holder, expiration } => {
            format!("{holder} 已於 {expiration} 到期，須重新核定。")
        }
        AgencyError::Replaced { holder, by } => format!("{holder} 已由 {by} 取代，請換發後者。"),
        AgencyError::SameKey => "換發須使用新的金鑰。".to_owned(),
        AgencyError::Exists { path } => format!("{} 已存在，且內容不同。", path.display()),
        AgencyError::Damaged { path, reason } => {
            format!("{}：損毀或與其他檔案不符：{reason}。", path.display())
        }
        error => format!("機關憑證的 PKI 拒絕：{error}。"),
    }
}

const fn remedy_of(error: &AgencyError) -> Bilingual {
    match error {
        AgencyError::OutsideValidity { .. } => Bilingual::new(
            "請縮短 --days 或 --until；若文件查驗機構已到期或即將到期，請先執行 neweid agency dv --renew。",
            "Shorten --days or --until; where the document verifier has expired or soon will, run neweid agency dv --renew first.",
        ),
        AgencyError::NotAllowed { .. } => Bilingual::new(
            "請減少權限，或由有此權限者簽發 (--dv)。",
            "Grant less, or let one sign that has the right (--dv).",
        ),
        AgencyError::Expired { .. } | AgencyError::NotIssuedHere(_) => Bilingual::new(
            "請以 neweid agency grant 重新核定。",
            "Decide anew with neweid agency grant.",
        ),
        AgencyError::Damaged { .. } | AgencyError::Exists { .. } => Bilingual::new(
            "請自備份還原該檔案；未作任何變更。",
            "Restore the file from a backup; nothing was changed.",
        ),
        _ => Bilingual::new(
            "請修正後再試；未作任何變更。",
            "Correct it and try again; nothing was changed.",
        ),
    }
}
