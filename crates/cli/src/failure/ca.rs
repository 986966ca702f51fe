//! What goes wrong about the certificates of natural persons.

use std::path::PathBuf;

use issuer::CertificationError;

use crate::exit::Exit;
use crate::language::{Bilingual, Language};

/// Why nothing is certified, revoked or published.
#[derive(Debug)]
pub(crate) enum CaFault {
    /// The authority refuses.
    Refused(CertificationError),
    /// The ministry's folder has no natural-person PKI.
    NoPki { path: PathBuf },
    /// A certification request that is none, or that the key did not sign.
    Request { path: PathBuf, error: pki::Error },
    /// A certificate of another key than the one on the card.
    ForeignCertificate { path: PathBuf },
    /// Not a serial number in hexadecimal.
    Serial,
    /// Not the sixteen characters of a person.
    Number,
}

impl CaFault {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Refused(
                CertificationError::Damaged { .. } | CertificationError::Exists { .. },
            ) => "E-CLI-CA-DAMAGED",
            Self::Refused(CertificationError::UnknownCertificate(_)) => "E-CLI-CA-UNKNOWN",
            Self::Refused(_) => "E-CLI-CA-REFUSED",
            Self::NoPki { .. } => "E-CLI-CA-NO-PKI",
            Self::Request { .. } => "E-CLI-CA-REQUEST",
            Self::ForeignCertificate { .. } => "E-CLI-CA-FOREIGN-CERTIFICATE",
            Self::Serial => "E-CLI-CA-SERIAL",
            Self::Number => "E-CLI-CA-NUMBER",
        }
    }

    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::Refused(
                CertificationError::Damaged { .. } | CertificationError::Exists { .. },
            )
            | Self::NoPki { .. } => Exit::File,
            Self::Refused(CertificationError::Publication) | Self::Serial | Self::Number => {
                Exit::Usage
            }
            Self::Refused(_) | Self::ForeignCertificate { .. } => Exit::Refused,
            Self::Request { .. } => Exit::NotVerified,
        }
    }

    pub(super) fn what(&self, language: Language) -> String {
        let say = |zh: String, en: String| match language {
            Language::ZhTw => zh,
            Language::En => en,
        };
        match self {
            Self::Refused(error) => say(
                format!("憑證管理中心拒絕：{error}。"),
                format!("The certification authority refuses: {error}."),
            ),
            Self::NoPki { path } => say(
                format!(
                    "{} 不存在：尚未建立自然人憑證的憑證管理中心。",
                    path.display()
                ),
                format!(
                    "{}: there is none, so the natural-person PKI has not begun.",
                    path.display()
                ),
            ),
            Self::Request { path, error } => say(
                format!("{}：憑證申請無效：{error}。", path.display()),
                format!(
                    "{}: not a valid certification request: {error}.",
                    path.display()
                ),
            ),
            Self::ForeignCertificate { path } => say(
                format!("{}：不是卡片上這把金鑰的憑證。", path.display()),
                format!(
                    "{}: not a certificate of this key on the card.",
                    path.display()
                ),
            ),
            Self::Serial => say(
                "憑證序號格式錯誤：應為十六進位數字。".to_owned(),
                "Not a serial number in hexadecimal.".to_owned(),
            ),
            Self::Number => say(
                "持有人識別碼格式錯誤：十六個數字或大寫字母。".to_owned(),
                "Not the characters of a person: sixteen digits or capital letters.".to_owned(),
            ),
        }
    }

    pub(super) const fn remedy(&self) -> Bilingual {
        match self {
            Self::Refused(
                CertificationError::Damaged { .. } | CertificationError::Exists { .. },
            ) => Bilingual::new(
                "請與備份比對，並查明原因；未作任何變更。",
                "Compare the folder with a backup, and find out why; nothing was changed.",
            ),
            Self::Refused(_) => Bilingual::new(
                "請確認申請內容；未作任何變更。",
                "Check what was asked for; nothing was changed.",
            ),
            Self::NoPki { .. } => Bilingual::new(
                "請執行 neweid ca begin，或以 --pki 指定目錄。",
                "Run neweid ca begin, or name the folder with --pki.",
            ),
            Self::ForeignCertificate { .. } => Bilingual::new(
                "請確認憑證與卡片，或以 neweid cert request 重新申請；卡片未變更。",
                "Check certificate and card, or ask for another with neweid cert request; the card is unchanged.",
            ),
            Self::Request { .. } => Bilingual::new(
                "請以卡片重新產生申請。",
                "Have the card make the request again.",
            ),
            Self::Serial | Self::Number => Bilingual::new("請重新輸入。", "Enter it again."),
        }
    }
}
