//! `neweid ask` and `neweid update`: what a service learns from a card without reading it, and an office that replaces its groups.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

#[path = "shared/desk.rs"]
mod desk;

use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use desk::{CAN, Desk, PIN, code, document, stderr, stdout};

const CODES: [(&str, &str); 2] = [("NEWEID_PIN", PIN), ("NEWEID_CAN", CAN)];

impl Desk {
    /// With an agency of this mnemonic in the folder of this name, granted this.
    fn with_agency(self, name: &str, granted: &str) -> Self {
        let request =
            format!("agency request --name {name} --agency 測試機關 --purpose 測試 --out {name}");
        let grant = format!("agency grant {name}/TW{name}00001.cvreq {granted}");
        for arguments in [request, grant] {
            let output = self.run(&arguments.split(' ').collect::<Vec<_>>(), &[]);
            assert_eq!(code(&output), 0, "{}", stderr(&output));
        }
        self
    }

    /// A command of an agency before this desk's card.
    fn visit(&self, command: &str, agency: &str, more: &str) -> Output {
        let line = format!(
            "{command} --card specimen.card --trust specimen-pki --allow-test-anchors --agency {agency} {more}"
        );
        self.run(&line.split_whitespace().collect::<Vec<_>>(), &CODES)
    }

    fn ask(&self, agency: &str, more: &str) -> Value {
        document(&self.visit("ask", agency, &format!("{more} --json")))
    }

    /// The answers of a run that succeeds.
    fn answers(&self, agency: &str, more: &str) -> Vec<Value> {
        let document = self.ask(agency, more);
        assert_eq!(document["exit_code"], 0, "{document:#}");
        let answers = document["result"]["answers"].as_array().unwrap().iter();
        answers.map(|answer| answer["answer"].clone()).collect()
    }

    fn pseudonym(&self, agency: &str) -> String {
        let document = self.ask(agency, "--pseudonym");
        let pseudonym = document["result"]["pseudonym"].as_str();
        pseudonym
            .unwrap_or_else(|| panic!("{document:#}"))
            .to_owned()
    }

    fn report_lost(&self) {
        let number = [("NEWEID_CARD_NUMBER", "TST123456")];
        let output = self.run(&["card", "report-lost"], &number);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
}

fn outcome<'a>(document: &'a Value, check: &str) -> &'a Value {
    let checks = document["result"]["checks"].as_array().unwrap().iter();
    let found: Vec<_> = checks.filter(|found| found["name"] == check).collect();
    assert_eq!(found.len(), 1, "{document:#}");
    &found[0]["outcome"]
}

fn error(document: &Value) -> (u64, &str) {
    let code = document["error"]["code"].as_str();
    let code = code.unwrap_or_else(|| panic!("{document:#}"));
    (document["exit_code"].as_u64().unwrap(), code)
}

/// 王小明 was born on 1990-05-12, lives in 臺北市中正區樣本里, and has to renew his card on 2036-01-01.
#[test]
fn a_service_learns_yes_or_no_and_reads_nothing() {
    let desk = Desk::new().with_agency("SHOP", "--rights age,community");
    for (asked, expected) in [
        ("--age 18", true),
        ("--age 150", false),
        ("--born-by 1990-05-12", true),
        ("--born-by 1990-05-11", false),
        ("--valid-on 2036-01-01", true),
        ("--valid-on 2036-01-02", false),
        ("--lives-in 臺北市中正區", true),
        ("--lives-in 新北市", false),
    ] {
        assert_eq!(desk.answers("SHOP", asked), [json!(expected)], "{asked}");
    }
    let document = desk.ask("SHOP", "--age 18 --valid-on --lives-in 臺北市");
    let result = &document["result"];
    let answers = result["answers"].as_array().unwrap().iter();
    let names: Vec<_> = answers.map(|answer| &answer["name"]).collect();
    assert_eq!(names, ["born_by", "valid_on", "lives_in"]);
    assert_eq!(result["pseudonym"], Value::Null);
    assert_eq!(outcome(&document, "chip:chip-authentication"), "passed");
    let shown = result.to_string();
    assert!(!shown.contains("1990-05-12") && !shown.contains("王小明"));
    for (language, words) in [
        (
            "en",
            [
                "yes  born on 2000-01-01 or before",
                "no   lives in 新北市",
                "No data of the holder was read",
            ],
        ),
        (
            "zh-TW",
            [
                "是  出生於 2000-01-01（含）以前",
                "否  設籍於新北市",
                "未讀取持卡人的任何資料",
            ],
        ),
    ] {
        let more = format!("--born-by 2000-01-01 --lives-in 新北市 --lang {language}");
        let output = desk.visit("ask", "SHOP", &more);
        assert_eq!(code(&output), 0, "a no is an answer: {}", stderr(&output));
        for word in words {
            assert!(
                stdout(&output).contains(word),
                "{word}\n{}",
                stdout(&output)
            );
        }
    }
}

#[test]
fn a_right_that_is_missing_is_named_before_the_card_is_opened() {
    let desk = Desk::new().with_agency("SHOP", "--rights age");
    for more in [
        "--lives-in 臺北市",
        "--age 18 --pseudonym",
        "--age 18 --with-can",
    ] {
        let document = desk.ask("SHOP", &format!("{more} --trace trace.txt"));
        assert_eq!(error(&document), (7, "E-ACCESS-NOT-GRANTED"), "{more}");
        for language in ["en", "zh-TW"] {
            let what = document["error"]["what"][language].as_str().unwrap();
            assert!(what.contains("TWSHOP00001"), "{what}");
        }
        assert!(!desk.path().join("trace.txt").exists(), "{more}");
    }
    // The card's own validity needs no right.
    assert_eq!(desk.answers("SHOP", "--age 18 --valid-on"), [true, true]);
}

#[test]
fn what_is_asked_has_to_be_said_and_to_make_sense() {
    let desk = Desk::new().with_agency("SHOP", "--rights age,community");
    let long = format!("--lives-in {}", "長".repeat(201));
    for more in [
        "",
        "--with-can",
        "--age 0",
        "--age 151",
        "--age 18 --born-by 2008-01-01",
        "--born-by 2008-02-30",
        "--valid-on tomorrow",
        "--lives-in=",
        &long,
    ] {
        let document = desk.ask("SHOP", more);
        assert_eq!(error(&document), (2, "E-CLI-USAGE"), "{more}");
    }
    let nobody = desk.run(
        &["ask", "--card", "specimen.card", "--age", "18", "--json"],
        &[],
    );
    assert_eq!(error(&document(&nobody)), (2, "E-CLI-USAGE"));
    assert_eq!(desk.tries_left(), 3);
}

#[test]
fn a_chip_whose_signer_nobody_trusts_gives_no_answer() {
    let desk = Desk::new().with_agency("SHOP", "--rights age");
    let line = "ask --card specimen.card --agency SHOP --age 18 --json";
    let output = desk.run(&line.split(' ').collect::<Vec<_>>(), &CODES);
    let document = document(&output);
    assert_eq!(error(&document), (8, "E-SIGNER-UNTRUSTED"));
}

#[test]
fn the_access_code_opens_the_card_for_a_service_that_may_and_the_holder_has_a_log() {
    let desk = Desk::new().with_agency("POLICE", "--rights age,can-allowed");
    let line = "ask --card specimen.card --trust specimen-pki --allow-test-anchors --agency POLICE \
                --born-by 2000-01-01 --valid-on 2030-01-01 --with-can --can-stdin --consent-log given.log --json";
    let arguments: Vec<_> = line.split_whitespace().collect();
    let document = document(&desk.feed(&arguments, &format!("{CAN}\n")));
    assert_eq!(document["result"]["password"], "can", "{document:#}");
    desk.ask("POLICE", "--age 18 --consent-log given.log");
    let log = fs::read_to_string(desk.path().join("given.log")).unwrap();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["given"], json!(["age", "can-allowed"]));
    assert_eq!(
        lines[0]["questions"],
        json!(["born_by:2000-01-01", "valid_on:2030-01-01"])
    );
    assert!(!log.contains(CAN));
}

#[test]
fn two_agencies_know_a_card_by_two_pseudonyms_and_each_knows_it_again() {
    let desk = Desk::new()
        .with_agency("CLINIC", "--rights pseudonym")
        .with_agency("LIBRARY", "--rights pseudonym");
    let clinic = desk.pseudonym("CLINIC");
    assert_eq!(desk.pseudonym("CLINIC/TWCLINIC00001.chain"), clinic);
    assert_ne!(desk.pseudonym("LIBRARY"), clinic);
    // Another agency's sector is not one's own.
    let own = desk.path().join("CLINIC/CLINIC.sector");
    fs::copy(desk.path().join("LIBRARY/LIBRARY.sector"), &own).unwrap();
    let document = desk.ask("CLINIC", "--pseudonym");
    assert_eq!(error(&document), (3, "E-CLI-FILE-NOT-USABLE"));
    fs::remove_file(own).unwrap();
    let document = desk.ask("CLINIC", "--pseudonym");
    assert_eq!(error(&document), (3, "E-CLI-FILE-MISSING"));
}

#[test]
fn a_lost_card_is_refused_by_its_pseudonym_and_a_stale_list_is_named() {
    let desk = Desk::new().with_agency("CLINIC", "--rights pseudonym");
    // The grant has published the sector's list. Without it nobody claims to have looked.
    let granted = desk.ask("CLINIC", "--pseudonym");
    assert_eq!(outcome(&granted, "pseudonym-list"), "passed");
    fs::remove_dir_all(desk.path().join("specimen-pki/sectors")).unwrap();
    let before = desk.ask("CLINIC", "--pseudonym");
    assert_eq!(outcome(&before, "pseudonym-list"), "not_performed");
    let publish = ["card", "publish", "--days", "3"];
    assert_eq!(code(&desk.run(&publish, &[])), 0);
    let listed = desk.ask("CLINIC", "--pseudonym");
    assert_eq!(outcome(&listed, "pseudonym-list"), "passed");
    assert_eq!(listed["result"]["pseudonym"], before["result"]["pseudonym"]);
    desk.report_lost();
    let refused = desk.ask("CLINIC", "--pseudonym --valid-on");
    assert_eq!(error(&refused), (8, "E-DOCUMENT-LOST"));
    // The list of lost cards is left to those who read its number, so that the sector's own list is what is stale.
    fs::remove_dir_all(desk.path().join("specimen-pki/lost-cards")).unwrap();
    let stale = desk.ask("CLINIC", "--pseudonym --on 2046-01-01");
    assert_eq!(error(&stale), (8, "E-CRL-STALE"));
}

/// A pseudo-terminal of util-linux's `script`, and somebody who takes the tick off the age and agrees.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_the_holder_keeps_an_answer_to_himself() {
    use std::io::Write;
    use std::process::Stdio;
    let desk = Desk::new().with_agency("SHOP", "--rights age,community");
    let program = env!("CARGO_BIN_EXE_neweid");
    let run = |questions: &str, keys: &[u8]| {
        let command = format!(
            "{program} --lang en ask --card specimen.card --trust specimen-pki --allow-test-anchors --agency SHOP {questions}"
        );
        let mut child = std::process::Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .current_dir(desk.path())
            .env("NEWEID_PIN", PIN)
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("util-linux has script");
        child.stdin.take().unwrap().write_all(keys).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = run("--born-by 2000-01-01 --lives-in 臺北市", b" \r");
    let shown = stdout(&output);
    assert_eq!(code(&output), 0, "{shown}");
    for line in [
        "asks to:",
        "? whether you were born on 2000-01-01 or before",
        "withheld",
        "lives in 臺北市",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let nothing = run("--born-by 2000-01-01", b" \r");
    assert_eq!(code(&nothing), 11, "{}", stdout(&nothing));
    let card_alone = run("--valid-on 2030-01-01", b"");
    let shown = stdout(&card_alone);
    assert_eq!(code(&card_alone), 0, "{shown}");
    assert!(
        shown.contains("whether the card is valid on 2030-01-01"),
        "{shown}"
    );
}

const PROFILE: &str = include_str!("../../issuer/profiles/wang-xiaoming.toml");
const MOVED: &str = "--profile moved.toml --groups 12,13";

impl Desk {
    /// A household office, and the profile of 王小明 after he has moved.
    fn with_household_office(granted: &str) -> Self {
        let desk = Self::new().with_agency("HOUSEHOLD", granted);
        let moved = PROFILE
            .replace("樣本里", "新里")
            .replace("測試路一段1號", "新路2號");
        assert_ne!(moved, PROFILE);
        fs::write(desk.path().join("moved.toml"), moved).unwrap();
        desk
    }

    fn update(&self, more: &str) -> Value {
        document(&self.visit("update", "HOUSEHOLD", &format!("{more} --json")))
    }

    fn address(&self) -> String {
        let read = document(&self.read(&["--groups", "12", "--json"], &CODES));
        assert_eq!(read["result"]["verified"], true, "{read:#}");
        let fields = &read["result"]["sessions"][0]["groups"][0]["fields"];
        fields.to_string()
    }

    /// Action and phase of each line of the operator log, from the update on.
    fn log(&self) -> Vec<(String, String)> {
        let path = self.path().join("specimen-pki/issuer/operator.log");
        let log = fs::read_to_string(path).unwrap();
        let lines = log.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            (text("action"), text("phase"))
        });
        lines.filter(|(action, _)| action == "update").collect()
    }

    /// That an update is refused so, before it began, and that the card is the old one.
    fn refuses_update(&self, more: &str, expected: (u64, &str)) -> Value {
        let document = self.update(more);
        assert_eq!(error(&document), expected, "{more}: {document:#}");
        assert_eq!(self.log(), [], "{more}");
        assert!(self.address().contains("測試路"), "{more}");
        document
    }
}

#[test]
fn a_household_office_moves_the_holder_and_the_card_answers_from_there() {
    let desk = Desk::with_household_office("--groups 11,12 --update 12,13 --rights community");
    let asks = |area: &str| desk.answers("HOUSEHOLD", &format!("--lives-in {area}"));
    assert_eq!(asks("臺北市中正區新里"), [false]);
    let updated = desk.update(MOVED);
    assert_eq!(updated["exit_code"], 0, "{updated:#}");
    let result = &updated["result"];
    assert_eq!(result["updated"], json!([12, 13]));
    assert_eq!(result["verified"], true);
    let session = &result["sessions"][0];
    let groups = session["groups"].as_array().unwrap().iter();
    let numbers: Vec<_> = groups.map(|group| &group["number"]).collect();
    assert_eq!(numbers, [11, 12], "it may not read 13");
    assert!(session["groups"].to_string().contains("新路2號"));
    assert!(desk.address().contains("新路2號"));
    assert_eq!(asks("臺北市中正區新里"), [true]);
    assert_eq!(asks("臺北市中正區樣本里"), [false]);
    let phases: Vec<_> = desk.log().into_iter().map(|(_, phase)| phase).collect();
    assert_eq!(phases, ["begin", "done"]);
    let log = fs::read_to_string(desk.path().join("specimen-pki/issuer/operator.log")).unwrap();
    assert!(!log.contains("A123456789") && !log.contains("TST123456"));
    for (language, word) in [("en", "Card updated"), ("zh-TW", "卡片已更新")] {
        let output = desk.visit("update", "HOUSEHOLD", &format!("{MOVED} --lang {language}"));
        let shown = stdout(&output);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(shown.contains(word) && shown.contains("新路2號"), "{shown}");
    }
}

#[test]
fn the_profile_of_another_person_is_refused_and_nothing_is_written() {
    let desk = Desk::with_household_office("--groups 11,12 --update 12,13");
    let other = PROFILE.replace("A123456789", "B123456780");
    fs::write(desk.path().join("other.toml"), other).unwrap();
    let expected = (11, "E-CLI-UPDATE-ANOTHER-PERSON");
    let document = desk.refuses_update("--profile other.toml --groups 12", expected);
    let shown = document.to_string();
    assert!(!shown.contains("A123456789") && !shown.contains("B123456780"));
}

#[test]
fn a_group_without_the_right_and_a_group_that_never_changes_are_refused() {
    let desk = Desk::with_household_office("--groups 11,12 --update 12");
    let document = desk.refuses_update(MOVED, (7, "E-ACCESS-NOT-GRANTED"));
    let what = document["error"]["what"]["en"].as_str().unwrap();
    assert!(
        what.contains("DG13") && what.contains("TWHOUSEHOLD00001"),
        "{what}"
    );
    let profile = |groups: &str| format!("--profile moved.toml --groups {groups}");
    let never = desk.refuses_update(&profile("12,4"), (11, "E-CLI-UPDATE-NEVER-CHANGES"));
    let what = never["error"]["what"]["zh-TW"].as_str().unwrap();
    assert!(what.contains("DG4"), "{what}");
    desk.refuses_update(&profile("12,30"), (2, "E-CLI-USAGE"));
    desk.refuses_update("--profile moved.toml", (2, "E-CLI-USAGE"));
    desk.refuses_update(&profile("12 --with-can"), (7, "E-ACCESS-NOT-GRANTED"));
    desk.refuses_update(&profile("12 --pki elsewhere"), (3, "E-CLI-NO-REGISTER"));
    fs::write(desk.path().join("broken.toml"), "[holder]\n").unwrap();
    desk.refuses_update("--profile broken.toml --groups 12", (4, "E-CLI-PROFILE"));
    // What it may is done.
    assert_eq!(desk.update(&profile("12"))["exit_code"], 0);
}

#[test]
fn an_office_that_cannot_see_whose_card_it_is_updates_nothing() {
    let desk = Desk::with_household_office("--groups 12 --update 12,13");
    let document = desk.refuses_update(MOVED, (7, "E-ACCESS-NOT-GRANTED"));
    let what = document["error"]["what"]["en"].as_str().unwrap();
    assert!(what.contains("DG11"), "{what}");
}

#[test]
fn a_card_that_is_lost_or_of_another_issuer_is_not_updated() {
    let desk = Desk::with_household_office("--groups 11,12 --update 12,13");
    // Keys of another test PKI: the card would not be this ministry's any more.
    let other = Desk::new();
    let elsewhere = other.path().join("specimen-pki");
    let more = format!("{MOVED} --pki {}", elsewhere.display());
    desk.refuses_update(&more, (8, "E-SIGNER-UNTRUSTED"));
    // Nor one that was never issued there.
    fs::remove_dir_all(elsewhere.join("issuer/cards")).unwrap();
    desk.refuses_update(&more, (11, "E-CLI-CARD-UNKNOWN"));
    desk.report_lost();
    let document = desk.update(MOVED);
    assert_eq!(error(&document), (8, "E-DOCUMENT-LOST"));
    assert_eq!(desk.log(), []);
}

/// The card is taken away before each of the last commands in turn: those that write, and those that read back.
#[test]
fn a_card_that_is_pulled_out_is_the_old_one_or_the_new_one_and_the_log_keeps_the_beginning() {
    let desk = Desk::with_household_office("--groups 11,12 --update 12,13");
    let (card, fresh) = (
        desk.path().join("specimen.card"),
        desk.path().join("fresh.card"),
    );
    fs::copy(&card, &fresh).unwrap();
    let whole = desk.update(MOVED);
    let commands = whole["result"]["traffic"]["commands"].as_u64().unwrap();
    let mut seen = [false; 2];
    for n in (commands - 24..=commands).rev() {
        fs::copy(&fresh, &card).unwrap();
        fs::write(desk.path().join("pull"), format!("at {n} remove-before\n")).unwrap();
        let before = desk.log().len();
        let document = desk.update(&format!("{MOVED} --faults pull"));
        assert_eq!(error(&document).1, "E-CARD-REMOVED", "{n}: {document:#}");
        let address = desk.address();
        let moved = address.contains("新路2號");
        assert!(moved || address.contains("測試路"), "{n}");
        seen[usize::from(moved)] = true;
        let log = desk.log();
        let phases: Vec<_> = log
            .iter()
            .skip(before)
            .map(|(_, phase)| phase.as_str())
            .collect();
        match phases[..] {
            [] => assert!(!moved, "{n}: nothing is written before it is in the log"),
            ["begin"] => {}
            ["begin", "done"] => assert!(moved, "{n}"),
            _ => panic!("{n}: {phases:?}"),
        }
    }
    assert_eq!(seen, [true, true]);
}
