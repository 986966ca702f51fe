//! A line: one JSON object, always written in the same way, and read in no other.

use core::fmt;

use super::Action;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    /// UTC, ISO 8601.
    pub(super) time: String,
    pub(super) action: Action,
    /// `begin` or `done`.
    pub(super) phase: &'static str,
    /// The number of the line in which the action began.
    pub(super) begun: u64,
    pub(super) object: String,
    /// SHA-256 of the line before.
    pub(super) before: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"{{"n":{},"time":"{}","action":"{}","phase":"{}","begun":{},"object":"{}","before":"{}"}}"#,
            self.number,
            self.time,
            self.action.name(),
            self.phase,
            self.begun,
            self.object,
            self.before
        )
    }
}

impl Line {
    /// Reads what `Display` writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (number, rest) = text.strip_prefix(r#"{"n":"#)?.split_once(r#","time":""#)?;
        let (time, rest) = rest.split_once(r#"","action":""#)?;
        let (action, rest) = rest.split_once(r#"","phase":""#)?;
        let (phase, rest) = rest.split_once(r#"","begun":"#)?;
        let (begun, rest) = rest.split_once(r#","object":""#)?;
        let (object, rest) = rest.split_once(r#"","before":""#)?;
        let before = rest.strip_suffix(r#""}"#)?;
        let mut actions = Action::ALL.into_iter();
        let line = Self {
            number: number.parse().ok()?,
            time: time.to_owned(),
            action: actions.find(|known| known.name() == action)?,
            phase: ["begin", "done"]
                .into_iter()
                .find(|known| *known == phase)?,
            begun: begun.parse().ok()?,
            object: object.to_owned(),
            before: before.to_owned(),
        };
        (line.to_string() == text).then_some(line)
    }
}
