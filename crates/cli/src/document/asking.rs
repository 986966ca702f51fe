//! `ask` and `update`.

use serde::Serialize;

use super::{CardPlace, Check, PasswordName, Reading, Text, Traffic, agency};

/// What a card answered to a service that read nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Asked {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    pub(crate) password: PasswordName,
    pub(crate) agency: agency::Access,
    pub(crate) answers: Vec<Answer>,
    /// In hexadecimal; null where it was not asked for, or withheld.
    pub(crate) pseudonym: Option<String>,
    /// How the chip was proven, and whether the pseudonym is revoked.
    pub(crate) checks: Vec<Check>,
    pub(crate) traffic: Traffic,
}

/// One question with its answer.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    /// Which kind of question.
    pub(crate) name: &'static str,
    /// The day or the place that was asked about.
    pub(crate) value: String,
    pub(crate) label: Text,
    /// Yes or no; null where the holder withheld it.
    pub(crate) answer: Option<bool>,
}

/// A card in use that was updated, and what the office then read from it.
#[derive(Debug, Serialize)]
pub(crate) struct Updated {
    /// The numbers of the groups that were replaced.
    pub(crate) updated: Vec<u8>,
    #[serde(flatten)]
    pub(crate) reading: Reading,
}
