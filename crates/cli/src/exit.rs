//! The exit codes, one per class of outcome. They are part of the program's interface and never change their meaning.

use std::process::ExitCode;

use crate::language::Bilingual;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, and every check passed.
    Success = 0,
    /// A fault of the program or of the machine.
    Internal = 1,
    /// The command line, or a code's form, was wrong; the card was not asked.
    Usage = 2,
    /// A file is missing, unreadable, in the way, or of a newer format.
    File = 3,
    /// The profile of a holder was refused.
    Profile = 4,
    /// A code was wrong.
    WrongCode = 5,
    /// A code is suspended, blocked or deactivated.
    Locked = 6,
    /// The card does not have it, or does not give it to this code.
    Denied = 7,
    /// A check failed: do not accept the card.
    NotVerified = 8,
    /// Card or reader did not answer as they should.
    Card = 9,
    /// There is no reader, no card in it, or no smart-card service.
    Reader = 10,
    /// The issuer's rules forbid it: a grant beyond its authority, a card that is on the list already.
    Refused = 11,
    /// Interrupted, as shells count it: 128 and the number of SIGINT.
    Cancelled = 130,
}

impl Exit {
    pub(crate) const ALL: [Self; 13] = [
        Self::Success,
        Self::Internal,
        Self::Usage,
        Self::File,
        Self::Profile,
        Self::WrongCode,
        Self::Locked,
        Self::Denied,
        Self::NotVerified,
        Self::Card,
        Self::Reader,
        Self::Refused,
        Self::Cancelled,
    ];

    pub(crate) const fn code(self) -> u8 {
        self as u8
    }

    pub(crate) const fn meaning(self) -> Bilingual {
        match self {
            Self::Success => Bilingual::new("完成，所有檢查通過", "done, and every check passed"),
            Self::Internal => {
                Bilingual::new("程式或系統錯誤", "a fault of the program or of the machine")
            }
            Self::Usage => Bilingual::new(
                "指令或密碼格式錯誤，尚未詢問卡片",
                "the command line or a code's form was wrong; the card was not asked",
            ),
            Self::File => Bilingual::new(
                "檔案不存在、無法讀取、已存在或版本較新",
                "a file is missing, unreadable, in the way, or of a newer format",
            ),
            Self::Profile => Bilingual::new(
                "持卡人資料檔未通過檢核",
                "the profile of a holder was refused",
            ),
            Self::WrongCode => Bilingual::new("密碼錯誤", "a code was wrong"),
            Self::Locked => Bilingual::new(
                "密碼暫停使用、已鎖住或已停用",
                "a code is suspended, blocked or deactivated",
            ),
            Self::Denied => Bilingual::new(
                "卡片沒有此資料，或此密碼不得讀取",
                "the card does not have it, or does not give it to this code",
            ),
            Self::NotVerified => Bilingual::new(
                "查驗未通過，請勿受理",
                "a check failed: do not accept the card",
            ),
            Self::Card => Bilingual::new(
                "卡片或讀卡機回應異常",
                "card or reader did not answer as they should",
            ),
            Self::Reader => Bilingual::new(
                "沒有讀卡機、卡片或智慧卡服務",
                "no reader, no card, or no smart-card service",
            ),
            Self::Refused => Bilingual::new(
                "簽發機關的規則不允許，未作任何變更",
                "the issuer's rules forbid it; nothing was changed",
            ),
            Self::Cancelled => Bilingual::new("已中斷", "interrupted"),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_exit_codes_are_these() {
        let document = include_str!("../../../docs/json-schema.md");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.code(), exit.meaning().en);
            assert!(document.contains(&row), "{row}");
        }
    }
}
