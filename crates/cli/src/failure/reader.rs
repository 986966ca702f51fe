//! Why a reader, real or virtual, gives no card.

use crate::exit::Exit;
use crate::language::{Bilingual, Language};
use crate::terminal::harmless;

/// What is wrong with the reader that was named. What the service itself says is an error of the host library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReaderFault {
    /// No reader is plugged in.
    NoReader,
    /// None of this name; these are there.
    Unknown { wanted: String, there: Vec<String> },
    /// Several readers have this part in their names.
    Ambiguous {
        wanted: String,
        matching: Vec<String>,
    },
    /// Any reader would do, and several hold a card.
    SeveralCards { holding: Vec<String> },
    /// No card in the one that was named, or in any of them.
    NoCard { readers: Vec<String> },
    /// What is in it does not answer.
    Mute { reader: String },
    /// The program was built without PC/SC.
    #[cfg_attr(
        feature = "pcsc",
        allow(dead_code, reason = "this program was built with it")
    )]
    WithoutPcsc,
    /// No virtual reader waits there.
    NoVpcd { address: String, reason: String },
    /// The driver took the card, and no PC/SC reader shows it.
    NotShown { address: String },
}

impl ReaderFault {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NoReader => "E-CLI-NO-READER",
            Self::Unknown { .. } => "E-CLI-READER-UNKNOWN",
            Self::Ambiguous { .. } => "E-CLI-READER-AMBIGUOUS",
            Self::SeveralCards { .. } => "E-CLI-SEVERAL-CARDS",
            Self::NoCard { .. } => "E-CLI-NO-CARD",
            Self::Mute { .. } => "E-CLI-CARD-MUTE",
            Self::WithoutPcsc => "E-CLI-NO-PCSC",
            Self::NoVpcd { .. } => "E-CLI-NO-VPCD",
            Self::NotShown { .. } => "E-CLI-CARD-NOT-SHOWN",
        }
    }

    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::Ambiguous { .. } | Self::SeveralCards { .. } => Exit::Usage,
            Self::Mute { .. } => Exit::Card,
            _ => Exit::Reader,
        }
    }

    pub(super) fn what(&self, language: Language) -> String {
        let (zh, en) = match self {
            Self::NoReader => (
                "沒有讀卡機。".to_owned(),
                "There is no card reader.".to_owned(),
            ),
            Self::Unknown { wanted, there } => (
                format!("沒有名為「{wanted}」的讀卡機。現有：{}", list(there)),
                format!(
                    "No reader has \"{wanted}\" in its name. There are:{}",
                    list(there)
                ),
            ),
            Self::Ambiguous { wanted, matching } => (
                format!("名稱含「{wanted}」的讀卡機不只一台：{}", list(matching)),
                format!(
                    "Several readers have \"{wanted}\" in their names:{}",
                    list(matching)
                ),
            ),
            Self::SeveralCards { holding } => (
                format!("不只一台讀卡機有卡片：{}", list(holding)),
                format!("Several readers hold a card:{}", list(holding)),
            ),
            Self::NoCard { readers } => (
                format!("讀卡機中沒有卡片：{}", list(readers)),
                format!("There is no card in:{}", list(readers)),
            ),
            Self::Mute { reader } => (
                format!("讀卡機「{reader}」中的卡片沒有回應。"),
                format!("What is in the reader \"{reader}\" does not answer."),
            ),
            Self::WithoutPcsc => (
                "此程式編譯時未包含讀卡機 (PC/SC) 的支援。".to_owned(),
                "This program was built without support for card readers (PC/SC).".to_owned(),
            ),
            Self::NoVpcd { address, reason } => (
                format!("{address} 沒有虛擬讀卡機 (vpcd) 等候卡片：{reason}"),
                format!("No virtual reader (vpcd) waits at {address}: {reason}"),
            ),
            Self::NotShown { address } => (
                format!(
                    "卡片已放入 {address} 的虛擬讀卡機，但 PC/SC 未顯示；該處可能已有另一張卡。"
                ),
                format!(
                    "The card was given to the virtual reader at {address}, and PC/SC shows it nowhere; another card may be in its place."
                ),
            ),
        };
        match language {
            Language::ZhTw => zh,
            Language::En => en,
        }
    }

    pub(super) const fn remedy(&self) -> Bilingual {
        match self {
            Self::NoReader => Bilingual::new(
                "請接上讀卡機；neweid doctor 會說明缺少什麼。",
                "Plug one in; neweid doctor says what is missing.",
            ),
            Self::Unknown { .. } => Bilingual::new(
                "請以 --reader 指定上列名稱，或其中一部分。",
                "Name one of them with --reader, or a part of its name.",
            ),
            Self::Ambiguous { .. } => Bilingual::new(
                "請指定完整名稱，或僅一台才有的部分。",
                "Give the whole name, or a part that only one of them has.",
            ),
            Self::SeveralCards { .. } => Bilingual::new(
                "請以 --reader 指定其中一台。",
                "Name one of them with --reader.",
            ),
            Self::NoCard { .. } => Bilingual::new(
                "請放上卡片，或以 --wait 指定等待的秒數。",
                "Put the card in, or wait for it with --wait SECONDS.",
            ),
            Self::Mute { .. } => Bilingual::new(
                "請確認卡片的方向，取出後再放入。",
                "Check which way round the card is, take it out and put it back.",
            ),
            Self::WithoutPcsc => Bilingual::new(
                "請以預設功能重新編譯：cargo install --path crates/cli（需要 libpcsclite-dev）。",
                "Build it with its default features: cargo install --path crates/cli (needs libpcsclite-dev).",
            ),
            Self::NoVpcd { .. } | Self::NotShown { .. } => Bilingual::new(
                "請以 neweid doctor 查看缺少什麼。",
                "See neweid doctor for what is missing.",
            ),
        }
    }
}

/// Names one a line: a name may have commas in it, and comes from a device.
fn list(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("\n  {}", harmless(name)))
        .collect()
}
