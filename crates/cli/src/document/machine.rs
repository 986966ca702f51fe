//! What the subcommands say that are about the machine, not about a card.

use serde::Serialize;

use super::Text;

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

/// `doctor`.
#[derive(Debug, Serialize)]
pub(crate) struct Examined {
    pub(crate) checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// Stable.
    pub(crate) name: &'static str,
    pub(crate) label: Text,
    pub(crate) verdict: Verdict,
    /// What was found.
    pub(crate) found: Text,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<Advice>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Advice {
    pub(crate) text: Text,
    /// What to type, on Debian and Ubuntu.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// As it should be.
    Ok,
    /// Works, and something should be known.
    Warning,
    /// A card cannot be read.
    Problem,
    /// Could not be looked at, because of another problem.
    NotChecked,
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

/// `completions`.
#[derive(Debug, Serialize)]
pub(crate) struct Script {
    pub(crate) shell: String,
    pub(crate) script: String,
}

/// One page of `man`.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    pub(crate) name: String,
    /// Where it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    /// The page itself, where it was not written into a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) roff: Option<String>,
}
