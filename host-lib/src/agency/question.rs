//! What a card answers with yes or no.

use lds::Date;
use secure_channel::auxiliary_data::{self, AuxiliaryData, Kind};

use super::permission::Permission;
use crate::error::{Error, Lang, Result};

/// A question that the card answers with yes or no, so that nobody learns the date or the place itself (TR-03110-3, A.7.5).
///
/// The terminal commits to its value when it authenticates: one of each kind in a session, so that it cannot ask until it
/// knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Question {
    /// Was the holder born on this day or before? For "is eighteen today" it is today eighteen years ago; who was born on 29
    /// February comes of age on 1 March of a common year (Civil Code, articles 121 and 124).
    BornBy(Date),
    /// Is the card valid on this day, today? (Its 應換領日期.)
    ValidOn(Date),
    /// Does the holder's household area begin so? Whole names from the left, in the registry's characters: 新北市, 新北市板橋區.
    LivesIn(String),
}

impl Question {
    /// What the ministry must allow and the holder agree to for it; `None` for the card's own validity, which every agency may
    /// ask.
    pub fn permission(&self) -> Option<Permission> {
        match self {
            Self::BornBy(_) => Some(Permission::VerifyAge),
            Self::ValidOn(_) => None,
            Self::LivesIn(_) => Some(Permission::VerifyCommunity),
        }
    }

    /// The question for people.
    pub fn label(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::BornBy(day), Lang::En) => format!("whether you were born on {day} or before"),
            (Self::BornBy(day), Lang::ZhTw) => format!("是否出生於 {day}（含）以前"),
            (Self::ValidOn(day), Lang::En) => format!("whether the card is valid on {day}"),
            (Self::ValidOn(day), Lang::ZhTw) => format!("卡片於 {day} 是否有效"),
            (Self::LivesIn(area), Lang::En) => format!("whether you live in {area}"),
            (Self::LivesIn(area), Lang::ZhTw) => format!("是否設籍於{area}"),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::BornBy(_) => Kind::DateOfBirth,
            Self::ValidOn(_) => Kind::DateOfExpiry,
            Self::LivesIn(_) => Kind::MunicipalityId,
        }
    }
}

/// What goes into the signature for these questions.
pub(super) fn encode<'q>(questions: impl Iterator<Item = &'q Question>) -> Result<AuxiliaryData> {
    let digits = |day: &Date| {
        let digits = format!("{:04}{:02}{:02}", day.year(), day.month(), day.day());
        auxiliary_data::Date::parse(&digits)
            .map_err(|_| Error::Internal("a calendar date was refused"))
    };
    let mut builder = AuxiliaryData::builder();
    for question in questions {
        builder = match question {
            Question::BornBy(day) => builder.date_of_birth(digits(day)?),
            Question::ValidOn(day) => builder.date_of_expiry(digits(day)?),
            Question::LivesIn(area) => builder.municipality_id(area.as_bytes()),
        };
    }
    builder
        .build()
        .map_err(|_| crate::error::Misuse::QuestionTooLong.into())
}
