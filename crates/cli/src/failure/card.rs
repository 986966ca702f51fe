//! What goes wrong about the list of lost cards and the operator log.

use std::path::PathBuf;

use issuer::LostCardError;
use issuer::operator_log::{LogFault, LogReason};

use crate::exit::Exit;
use crate::language::{Bilingual, Language};

/// Why the list stays as it is.
#[derive(Debug)]
pub(crate) enum CardFault {
    /// The register refuses.
    Refused(LostCardError),
    /// The folder is not the ministry's.
    NoRegister { path: PathBuf },
    /// Not a card number.
    NoNumber,
    /// The operator log is not whole.
    Log(LogFault),
}

impl CardFault {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Refused(LostCardError::UnknownCard) => "E-CLI-CARD-UNKNOWN",
            Self::Refused(LostCardError::AlreadyLost) => "E-CLI-CARD-ALREADY-LOST",
            Self::Refused(LostCardError::NotLost) => "E-CLI-CARD-NOT-LOST",
            Self::Refused(LostCardError::Voided) => "E-CLI-CARD-VOIDED",
            Self::Refused(LostCardError::OtherRegister) => "E-CLI-LIST-OTHER-REGISTER",
            Self::Refused(_) => "E-CLI-LIST-REFUSED",
            Self::NoRegister { .. } => "E-CLI-NO-REGISTER",
            Self::NoNumber => "E-CLI-CARD-NUMBER",
            Self::Log(_) => "E-CLI-LOG",
        }
    }

    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::Refused(LostCardError::OtherRegister) | Self::NoRegister { .. } => Exit::File,
            Self::Refused(_) => Exit::Refused,
            Self::NoNumber => Exit::Usage,
            Self::Log(_) => Exit::NotVerified,
        }
    }

    pub(super) fn what(&self, language: Language) -> String {
        let say = |zh: &str, en: &str| match language {
            Language::ZhTw => zh.to_owned(),
            Language::En => en.to_owned(),
        };
        match self {
            Self::Refused(error) => match error {
                LostCardError::UnknownCard => say(
                    "此處未曾製作此證件號碼的卡片。",
                    "No card of this number was issued here.",
                ),
                LostCardError::AlreadyLost => {
                    say("此卡已掛失。", "The card is reported lost already.")
                }
                LostCardError::NotLost => say("此卡未掛失。", "The card is not reported lost."),
                LostCardError::Voided => say(
                    "此卡已註銷，無法恢復。",
                    "The card was cancelled, and that is for good.",
                ),
                LostCardError::OtherRegister => say(
                    "名單不是由此處的掛失登記機關簽署。",
                    "The list was not signed by the register of this folder.",
                ),
                error => say(
                    &format!("無法簽發下一份名單：{error}。"),
                    &format!("The next list cannot be signed: {error}."),
                ),
            },
            Self::NoRegister { path } => say(
                &format!("{} 不存在：此目錄不是主管機關的目錄。", path.display()),
                &format!(
                    "{}: there is none, so this is not the ministry's folder.",
                    path.display()
                ),
            ),
            Self::NoNumber => say(
                "證件號碼格式錯誤：三個大寫字母或數字，再六個數字。",
                "Not a card number: three capital letters or digits, then six digits.",
            ),
            Self::Log(fault) => {
                let line = fault.line;
                let zh = reason_in_chinese(fault.reason);
                say(
                    &format!("操作紀錄第 {line} 行：{zh}。"),
                    &format!("The operator log, line {line}: {}.", fault.reason),
                )
            }
        }
    }

    pub(super) const fn remedy(&self) -> Bilingual {
        match self {
            Self::Refused(LostCardError::OtherRegister | LostCardError::Clock { .. }) => {
                Bilingual::new(
                    "請確認目錄、檔案與電腦時間；未作任何變更。",
                    "Check folder, file and clock; nothing was changed.",
                )
            }
            Self::Refused(_) => Bilingual::new(
                "請確認證件號碼；未作任何變更。",
                "Check the number; nothing was changed.",
            ),
            Self::NoRegister { .. } => Bilingual::new(
                "請以 --pki 指定 neweid issue 所建的目錄。",
                "Name the folder that neweid issue made with --pki.",
            ),
            Self::NoNumber => Bilingual::new("請重新輸入。", "Enter it again."),
            Self::Log(_) => Bilingual::new(
                "請勿修改紀錄；與備份比對，並查明原因。在此之前不會執行任何簽發動作。",
                "Leave the log as it is, compare it with a backup, and find out why. Nothing is issued until then.",
            ),
        }
    }
}

const fn reason_in_chinese(reason: LogReason) -> &'static str {
    match reason {
        LogReason::NotALine => "不是操作紀錄的一行",
        LogReason::Removed => "已遭移除",
        LogReason::Changed => "該行或其後一行已遭變更",
        LogReason::NotBegun => "記載完成，但未曾開始",
        LogReason::CutOff => "末尾自此行起遺失",
        LogReason::NotSealed => "未以紀錄的金鑰簽署即加入",
        LogReason::HeadSignature => "檔頭的簽章錯誤",
        LogReason::OtherLog => "所留存的雜湊值不屬於任何一行",
        _ => "不完整",
    }
}
