//! Whether a log is whole.

use core::fmt;
use std::path::Path;

use cvc::PublicKey;

use super::line::Line;
use super::{Head, NOTHING, hash, head_beside};
use crate::error::Error;
use crate::test_pki::directory::read;

/// What a log says that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReport {
    /// How many lines it has.
    pub lines: u64,
    /// SHA-256 of the last line, in hexadecimal: what to note elsewhere.
    pub head: String,
    /// Whether a signed head says that nothing is missing at the end; not so where there is none.
    pub sealed: bool,
    /// Lines after the one that the head names: the machine stopped before it could write the head.
    pub unsealed: u64,
    /// Actions that began and were not done.
    pub unfinished: Vec<Unfinished>,
}

/// An action that began and was not done, because the machine stopped or the action was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The line in which it began.
    pub line: u64,
    /// What it was.
    pub action: &'static str,
    /// What it was about.
    pub object: String,
}

/// The first line at which a log is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct LogFault {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: LogReason,
}

/// What is wrong with a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogReason {
    /// It is no line of such a log.
    NotALine,
    /// It was taken out.
    Removed,
    /// It was changed, or the one after it.
    Changed,
    /// It says that an action is done that had not begun.
    NotBegun,
    /// It and what follows are missing at the end.
    CutOff,
    /// Nobody signed for it.
    NotSealed,
    /// The head's signature is wrong, or there is no key to verify it.
    HeadSignature,
    /// The head that was noted is that of no line.
    OtherLog,
}

impl fmt::Display for LogReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotALine => "not a line of an operator log",
            Self::Removed => "was taken out",
            Self::Changed => "was changed, or the line after it",
            Self::NotBegun => "says that an action is done that had not begun",
            Self::CutOff => "is missing at the end",
            Self::NotSealed => "was added without the log's key",
            Self::HeadSignature => "the signature of the head is wrong",
            Self::OtherLog => "the head that was noted is that of no line",
        })
    }
}

/// Verifies a log with the head and the public key beside it. `noted` is a [`LogReport::head`] that somebody has kept
/// elsewhere: the log must still hold that line.
///
/// # Errors
/// [`Error::OperatorLog`] with the first line that is not as it was written; [`Error::Io`].
pub fn verify(log: &Path, noted: Option<&str>) -> Result<LogReport, Error> {
    let text = read(log)?;
    let text = String::from_utf8_lossy(&text);
    Ok(verify_text(&text, &head_beside(log)?, noted)?)
}

pub(super) fn verify_text(
    text: &str,
    head: &Head,
    noted: Option<&str>,
) -> Result<LogReport, LogFault> {
    let sealed = head
        .text
        .as_deref()
        .map(|text| sealed_line(text, head))
        .transpose()?;
    let mut before = NOTHING.to_owned();
    let (mut lines, mut seen) = (0, noted.is_none());
    let mut open: Vec<Unfinished> = Vec::new();
    for text in text.split_terminator('\n') {
        lines += 1;
        let fault = |line, reason| Err(LogFault { line, reason });
        let Some(line) = Line::parse(text) else {
            return fault(lines, LogReason::NotALine);
        };
        if line.number != lines {
            return fault(lines, LogReason::Removed);
        }
        if line.before != before {
            return fault((lines - 1).max(1), LogReason::Changed);
        }
        match line.phase {
            "begin" if line.begun == lines => open.push(Unfinished {
                line: lines,
                action: line.action.name(),
                object: line.object,
            }),
            "done" => match open.iter().position(|begun| {
                (begun.line, begun.action, &begun.object)
                    == (line.begun, line.action.name(), &line.object)
            }) {
                Some(position) => drop(open.remove(position)),
                None => return fault(lines, LogReason::NotBegun),
            },
            _ => return fault(lines, LogReason::NotBegun),
        }
        before = hash(text);
        seen |= noted == Some(before.as_str());
        if let Some((number, expected)) = &sealed
            && *number == lines
            && *expected != before
        {
            return fault(lines, LogReason::Changed);
        }
    }
    let sealed_lines = sealed.as_ref().map_or(0, |(number, _)| *number);
    if sealed_lines > lines {
        let (line, reason) = (lines + 1, LogReason::CutOff);
        return Err(LogFault { line, reason });
    }
    if !seen {
        let (line, reason) = (lines, LogReason::OtherLog);
        return Err(LogFault { line, reason });
    }
    Ok(LogReport {
        lines,
        head: before,
        sealed: sealed.is_some(),
        unsealed: lines - sealed_lines,
        unfinished: open,
    })
}

/// Number and hash of the line that a signed head names.
fn sealed_line(text: &str, head: &Head) -> Result<(u64, String), LogFault> {
    let read = || {
        let (signed, signature) = text.trim_end().rsplit_once(' ')?;
        let (number, hash) = signed.split_once(' ')?;
        let key = PublicKey::parse(head.key.as_deref()?).ok()?;
        let key = key.verifying_key(None).ok()?;
        key.verify(signed.as_bytes(), &bytes(signature)?).ok()?;
        Some((number.parse().ok()?, hash.to_owned()))
    };
    let (line, reason) = (0, LogReason::HeadSignature);
    read().ok_or(LogFault { line, reason })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
    digits.map(byte).collect()
}
