//! Why a card file gives no card.

use crate::language::{Bilingual, Language};

/// What is wrong with a card file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardFileFault {
    /// Another program runs the card.
    InUse,
    /// There is something else in the file.
    NoCard,
    /// A newer version of this software wrote it.
    Newer {
        /// Its format version.
        found: u16,
        /// The newest one that is known here.
        supported: u16,
    },
    /// Its checksums are wrong.
    Damaged,
    /// The medium fails.
    Unreadable,
}

impl CardFileFault {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::InUse => "E-CLI-CARD-IN-USE",
            Self::NoCard => "E-CLI-NO-CARD-FILE",
            Self::Newer { .. } => "E-CLI-CARD-NEWER",
            Self::Damaged => "E-CLI-CARD-DAMAGED",
            Self::Unreadable => "E-CLI-CARD-UNREADABLE",
        }
    }

    pub(super) fn what(self, language: Language) -> String {
        let text = match self {
            Self::Newer { found, supported } => {
                return match language {
                    Language::ZhTw => format!(
                        "卡片檔為第 {found} 版格式，本程式最多支援至第 {supported} 版；未作任何變更。"
                    ),
                    Language::En => format!(
                        "written in format {found}, and this version reads formats up to {supported}; nothing was changed."
                    ),
                };
            }
            Self::InUse => Bilingual::new(
                "卡片正由另一個程式使用。",
                "another program is using this card.",
            ),
            Self::NoCard => Bilingual::new(
                "不是模擬卡的卡片檔。",
                "not the card file of a simulated card.",
            ),
            Self::Damaged => Bilingual::new(
                "卡片檔已損毀；未作任何變更。",
                "damaged; nothing was changed.",
            ),
            Self::Unreadable => Bilingual::new("無法讀取卡片檔。", "the card file cannot be read."),
        };
        text.say(language).to_owned()
    }

    pub(super) const fn remedy(self) -> Bilingual {
        match self {
            Self::InUse => {
                Bilingual::new("請等待該程式結束。", "Wait until that program has ended.")
            }
            Self::NoCard => Bilingual::new(
                "請指定 neweid issue 製作的檔案。",
                "Name a file that neweid issue has written.",
            ),
            Self::Newer { .. } => Bilingual::new("請更新 neweid。", "Use a newer neweid."),
            Self::Damaged | Self::Unreadable => Bilingual::new(
                "請以 neweid issue 重新製作。",
                "Issue the card again with neweid issue.",
            ),
        }
    }
}
