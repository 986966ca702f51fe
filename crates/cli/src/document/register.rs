//! `card` and `log`.

use serde::Serialize;

/// The list of lost cards that was signed.
#[derive(Debug, Serialize)]
pub(crate) struct LostCards {
    pub(crate) done: LostCardsDone,
    /// The published list.
    pub(crate) file: String,
    pub(crate) list_number: u64,
    pub(crate) this_update: String,
    pub(crate) next_update: String,
    pub(crate) entries: usize,
    /// The certificates of the card's holder that were suspended, released or revoked with it, by serial number.
    pub(crate) certificates: Vec<String>,
    /// The published lists of revoked pseudonyms.
    pub(crate) sectors: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LostCardsDone {
    ReportedLost,
    Reinstated,
    Voided,
    Published,
}

/// A log that is whole.
#[derive(Debug, Serialize)]
pub(crate) struct LogChecked {
    pub(crate) file: String,
    pub(crate) lines: u64,
    /// SHA-256 of the last line.
    pub(crate) head: String,
    /// Whether a signed head says that nothing is missing at the end.
    pub(crate) sealed: bool,
    /// Lines after the one that the head names.
    pub(crate) unsealed: u64,
    pub(crate) unfinished: Vec<UnfinishedAction>,
}

/// An action that began and was not done.
#[derive(Debug, Serialize)]
pub(crate) struct UnfinishedAction {
    pub(crate) line: u64,
    pub(crate) action: &'static str,
    pub(crate) object: String,
}
