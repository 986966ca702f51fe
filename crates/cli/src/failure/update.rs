//! Why a card in use is not updated. Nothing was written then.

use host_lib::Group;

use crate::exit::Exit;
use crate::language::{Bilingual, Language};

/// Why a card stays as it is.
#[derive(Debug)]
pub(crate) enum UpdateFault {
    /// This group is fixed for the life of a card.
    NeverChanges(Group),
    /// The card has no such group.
    NotOnTheCard(Group),
    /// The profile is of somebody else than the card's holder.
    AnotherPerson,
}

impl UpdateFault {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NeverChanges(_) => "E-CLI-UPDATE-NEVER-CHANGES",
            Self::NotOnTheCard(_) => "E-CLI-UPDATE-NOT-ON-CARD",
            Self::AnotherPerson => "E-CLI-UPDATE-ANOTHER-PERSON",
        }
    }

    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::NeverChanges(_) | Self::AnotherPerson => Exit::Refused,
            Self::NotOnTheCard(_) => Exit::Denied,
        }
    }

    pub(super) fn what(&self, language: Language) -> String {
        match (self, language) {
            (Self::NeverChanges(group), Language::En) => {
                format!("{group} ({}) never changes on a card in use.", group.label_en())
            }
            (Self::NeverChanges(group), Language::ZhTw) => {
                format!("使用中的卡片不得更新{}（{group}）。", group.label_zh())
            }
            (Self::NotOnTheCard(group), Language::En) => {
                format!("The card has no {group} ({}).", group.label_en())
            }
            (Self::NotOnTheCard(group), Language::ZhTw) => {
                format!("卡片沒有{}（{group}）。", group.label_zh())
            }
            // No number: neither the card's nor the profile's belongs on a screen or into a log.
            (Self::AnotherPerson, Language::En) => {
                "The profile is of another person: its national_id is not the card's (DG11). Nothing was written.".to_owned()
            }
            (Self::AnotherPerson, Language::ZhTw) => {
                "資料檔屬於他人：其統一編號與卡片 (DG11) 不符，未寫入任何資料。".to_owned()
            }
        }
    }

    pub(super) const fn remedy(&self) -> Bilingual {
        match self {
            Self::NeverChanges(_) => Bilingual::new(
                "請自 --groups 移除；此項變更須換發新卡。",
                "Leave it out of --groups; such a change takes a new card.",
            ),
            Self::NotOnTheCard(_) => {
                Bilingual::new("請自 --groups 移除。", "Leave it out of --groups.")
            }
            Self::AnotherPerson => Bilingual::new(
                "請確認卡片與資料檔屬於同一人。",
                "Check that card and profile are of one person.",
            ),
        }
    }
}
