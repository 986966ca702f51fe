//! `neweid log`: whether an operator log is whole.

use issuer::operator_log;

use crate::arguments::card::{LogAction, LogVerify};
use crate::document::{LogChecked, Outcome, UnfinishedAction};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::register::refused;

pub(crate) fn run(action: &LogAction) -> Result<(Outcome, Exit), Failure> {
    let LogAction::Verify(LogVerify { log, head }) = action;
    let report = operator_log::verify(log, head.as_deref()).map_err(refused)?;
    let unfinished = report.unfinished.into_iter();
    let checked = LogChecked {
        file: log.display().to_string(),
        lines: report.lines,
        head: report.head,
        sealed: report.sealed,
        unsealed: report.unsealed,
        unfinished: unfinished
            .map(|unfinished| UnfinishedAction {
                line: unfinished.line,
                action: unfinished.action,
                object: unfinished.object,
            })
            .collect(),
    };
    Ok((Outcome::LogChecked(checked), Exit::Success))
}
