//! What the subcommands say that are about the machine, not about a card.

use serde::Serialize;

/// `readers`.
#[derive(Debug, Serialize)]
pub(crate) struct ReaderEntry {
    pub(crate) name: String,
    pub(crate) state: ReaderState,
    /// The answer to reset of the card, in hexadecimal.
    pub(crate) atr: Option<String>,
    /// Whether another program has the card.
    pub(crate) in_use: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReaderState {
    Empty,
    Card,
    Mute,
    Unknown,
}

/// One card of `sim`.
#[derive(Debug, Serialize)]
pub(crate) struct Served {
    pub(crate) card: String,
    pub(crate) vpcd: String,
    /// How often a driver took it.
    pub(crate) connections: u64,
    /// How many commands it carried out.
    pub(crate) exchanges: u64,
}
