//! The operator log: what it shows of changes, of loss, and of a machine that stopped.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

use std::fs;
use std::path::PathBuf;

use issuer::operator_log::{Action, LogFault, LogReason, LogReport, verify};
use issuer::{CardNumber, Error, OperatorLog};
use pki::Time;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tempfile::TempDir;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([1; 32])
}

fn now() -> Time {
    Time::utc(2026, 11, 25, 8, 0, 0).unwrap()
}

struct Office(TempDir);

impl Office {
    /// Three actions, all done: six lines.
    fn new() -> Self {
        let office = Self(TempDir::new().unwrap());
        let mut log = office.open().unwrap();
        for object in ["TWA00001", "TWB00001", "TWC00001"] {
            let begun = log.begin(Action::Grant, object, now(), &mut rng()).unwrap();
            log.done(begun, now(), &mut rng()).unwrap();
        }
        office
    }

    fn open(&self) -> Result<OperatorLog, Error> {
        OperatorLog::open(self.0.path(), &mut rng())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file("operator.log")).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn write(&self, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.file("operator.log"), text).unwrap();
    }

    fn verify(&self) -> Result<LogReport, LogFault> {
        verify(&self.file("operator.log"), None).map_err(fault)
    }

    /// That both the verification and the next action refuse the log at this line.
    fn assert_refused(&self, line: u64, reason: LogReason) {
        let expected = LogFault { line, reason };
        assert_eq!(self.verify().unwrap_err(), expected);
        let before = self.lines();
        assert_eq!(fault(self.open().unwrap_err()), expected);
        assert_eq!(self.lines(), before);
    }
}

fn fault(error: Error) -> LogFault {
    match error {
        Error::OperatorLog(fault) => fault,
        error => panic!("{error}"),
    }
}

#[test]
fn a_log_that_nobody_touched_is_whole_and_goes_on() {
    let office = Office::new();
    let report = office.verify().unwrap();
    assert_eq!((report.lines, report.sealed, report.unsealed), (6, true, 0));
    assert!(report.unfinished.is_empty());
    let mut log = office.open().unwrap();
    let begun = log
        .begin(Action::Void, "card-1", now(), &mut rng())
        .unwrap();
    log.done(begun, now(), &mut rng()).unwrap();
    let later = office.verify().unwrap();
    assert_eq!(later.lines, 8);
    let noted = verify(&office.file("operator.log"), Some(&report.head)).unwrap();
    assert_eq!(noted, later);
}

#[test]
fn a_line_that_was_changed_is_named() {
    for line in 1..=6 {
        let office = Office::new();
        let mut lines = office.lines();
        lines[line - 1] = lines[line - 1].replace("08:00", "09:00");
        office.write(&lines);
        office.assert_refused(line as u64, LogReason::Changed);
    }
}

#[test]
fn a_line_that_was_taken_out_or_put_elsewhere_is_named() {
    for line in 1..=5 {
        let office = Office::new();
        let mut lines = office.lines();
        lines.remove(line - 1);
        office.write(&lines);
        office.assert_refused(line as u64, LogReason::Removed);
    }
    let office = Office::new();
    let mut lines = office.lines();
    lines.swap(2, 4);
    office.write(&lines);
    office.assert_refused(3, LogReason::Removed);
}

#[test]
fn lines_that_are_missing_at_the_end_are_counted_by_the_head() {
    for kept in 0..6 {
        let office = Office::new();
        office.write(&office.lines()[..kept]);
        office.assert_refused(kept as u64 + 1, LogReason::CutOff);
    }
}

#[test]
fn without_a_head_nobody_knows_the_end_and_nothing_is_added() {
    let office = Office::new();
    office.write(&office.lines()[..4]);
    fs::remove_file(office.file("operator.log.head")).unwrap();
    let report = office.verify().unwrap();
    assert!(!report.sealed);
    assert_eq!(
        fault(office.open().unwrap_err()).reason,
        LogReason::NotSealed
    );
}

#[test]
fn a_head_that_the_key_did_not_sign_is_none() {
    let office = Office::new();
    let path = office.file("operator.log.head");
    let head = fs::read_to_string(&path).unwrap();
    office.write(&office.lines()[..4]);
    let (_, signature) = head.trim_end().rsplit_once(' ').unwrap();
    fs::write(&path, format!("4 {} {signature}\n", "0".repeat(64))).unwrap();
    office.assert_refused(0, LogReason::HeadSignature);
    // The head and the log of another day are still signed: only a noted head tells.
    let other = Office::new();
    let noted = other.verify().unwrap().head;
    let older = Office(TempDir::new().unwrap());
    older.open().unwrap();
    assert_eq!(
        fault(verify(&older.file("operator.log"), Some(&noted)).unwrap_err()).reason,
        LogReason::OtherLog
    );
}

#[test]
fn what_a_machine_that_stopped_had_begun_stays_visible() {
    let office = Office::new();
    let mut log = office.open().unwrap();
    let begun = log
        .begin(Action::Issue, "card-7", now(), &mut rng())
        .unwrap();
    drop((begun, log));
    let report = office.verify().unwrap();
    assert_eq!(report.unfinished.len(), 1);
    assert_eq!(
        (report.unfinished[0].line, report.unfinished[0].action),
        (7, "issue")
    );
    // It goes on, and stays visible.
    let mut log = office.open().unwrap();
    let next = log
        .begin(Action::Grant, "TWD00001", now(), &mut rng())
        .unwrap();
    log.done(next, now(), &mut rng()).unwrap();
    drop(log);
    assert_eq!(office.verify().unwrap().unfinished.len(), 1);
}

#[test]
fn a_machine_that_stopped_between_line_and_head_or_within_a_line_goes_on() {
    let office = Office::new();
    let head = fs::read(office.file("operator.log.head")).unwrap();
    let mut log = office.open().unwrap();
    let _begun = log
        .begin(Action::Issue, "card-7", now(), &mut rng())
        .unwrap();
    drop(log);
    fs::write(office.file("operator.log.head"), head).unwrap();
    assert_eq!(office.verify().unwrap().unsealed, 1);
    let mut text = fs::read_to_string(office.file("operator.log")).unwrap();
    text.push_str(r#"{"n":8,"time":"2026"#);
    fs::write(office.file("operator.log"), text).unwrap();
    let mut log = office.open().unwrap();
    let begun = log
        .begin(Action::Issue, "card-8", now(), &mut rng())
        .unwrap();
    log.done(begun, now(), &mut rng()).unwrap();
    drop(log);
    let report = office.verify().unwrap();
    assert_eq!(
        (report.lines, report.unsealed, report.unfinished.len()),
        (9, 0, 1)
    );
}

#[test]
fn lines_that_were_added_without_the_key_are_named() {
    let office = Office::new();
    let head = fs::read(office.file("operator.log.head")).unwrap();
    let mut log = office.open().unwrap();
    let begun = log
        .begin(Action::Issue, "card-7", now(), &mut rng())
        .unwrap();
    log.done(begun, now(), &mut rng()).unwrap();
    drop(log);
    fs::write(office.file("operator.log.head"), head).unwrap();
    assert_eq!(office.verify().unwrap().unsealed, 2);
    assert_eq!(
        fault(office.open().unwrap_err()),
        LogFault {
            line: 8,
            reason: LogReason::NotSealed
        }
    );
}

#[test]
fn a_card_has_one_name_in_one_log_and_another_in_another() {
    let number = CardNumber::parse("TST123456").unwrap();
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let name = |folder: &TempDir, seed| {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        OperatorLog::open(folder.path(), &mut rng)
            .unwrap()
            .reference(&number)
    };
    assert_eq!(name(&one, 1), name(&one, 9));
    assert_ne!(name(&one, 1), name(&other, 2));
    assert!(!name(&one, 1).contains("123456"));
}

#[test]
fn an_object_that_would_break_a_line_is_refused() {
    let office = Office::new();
    let mut log = office.open().unwrap();
    for bad in ["", "王小明", "a\"b", "a\nb", "A 1"] {
        assert!(
            log.begin(Action::Issue, bad, now(), &mut rng()).is_err(),
            "{bad:?}"
        );
    }
    drop(log);
    assert_eq!(office.verify().unwrap().lines, 6);
}
