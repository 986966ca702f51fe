//! The program as a person or a script meets it: the real binary, its exit codes, both languages, its JSON against the schema.

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

use applet_sim::FORMAT_VERSION;
use serde_json::Value;
use sha2::{Digest, Sha256};

use desk::{CAN, Desk, MRZ, PIN, PUK, code, document, neweid, root, run, stderr, stdout};

fn field<'a>(document: &'a Value, name: &str) -> &'a Value {
    let sessions = document["result"]["sessions"].as_array().expect("sessions");
    sessions
        .iter()
        .flat_map(|session| session["groups"].as_array().expect("groups"))
        .flat_map(|group| group["fields"].as_array().expect("fields"))
        .find(|field| field["name"] == name)
        .unwrap_or_else(|| panic!("no field {name} in {document:#}"))
}

#[test]
fn a_specimen_is_issued_opened_read_and_verified() {
    let desk = Desk::new();
    let output = desk.read(&["--json"], &[("NEWEID_CAN", CAN)]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let document = document(&output);
    assert_eq!(document["result"]["verified"], true);
    assert_eq!(field(&document, "name")["value"], "王小明");
    assert_eq!(field(&document, "rocID")["value"], "A123456789");
    assert_eq!(field(&document, "birthday")["value"], "1990-05-12");
    assert_eq!(field(&document, "birthday")["roc"], "民國79年5月12日");
    let groups = document["result"]["sessions"][0]["groups"]
        .as_array()
        .unwrap();
    assert!(groups.iter().all(|group| group["verified"] == true));
    assert!(groups.iter().all(|group| group["zone"] != "protected"));
}

#[test]
fn the_protected_zone_opens_with_pin1_to_an_agency_and_the_icao_zone_with_the_mrz() {
    let desk = Desk::with_office();
    let output = desk.read(
        &["--json", "--agency", "office", "--zone", "public,protected"],
        &[("NEWEID_PIN", PIN)],
    );
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let read = document(&output);
    assert_eq!(field(&read, "spouseName")["value"], "林美麗");
    let session = &read["result"]["sessions"][0];
    assert_eq!(session["password"], "pin");
    assert_eq!(session["agency"]["terminal"], "TWOFFICE00001");
    assert_eq!(session["agency"]["name"], "測試機關");

    let output = desk.read(
        &["--json", "--zone", "public,icao"],
        &[("NEWEID_CAN", CAN), ("NEWEID_MRZ", MRZ)],
    );
    let read = document(&output);
    assert_eq!(field(&read, "mrz")["type"], "text");
    let sessions = read["result"]["sessions"].as_array().unwrap();
    assert_eq!(
        sessions
            .iter()
            .map(|s| s["password"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["can", "mrz"]
    );
}

#[test]
fn pin1_alone_does_not_open_the_protected_zone_and_the_program_says_who_could() {
    let desk = Desk::new();
    let output = desk.read(&["--groups", "3", "--json"], &[("NEWEID_PIN", PIN)]);
    assert_eq!(code(&output), 7, "{}", stdout(&output));
    let document = document(&output);
    assert_eq!(document["error"]["code"], "E-ACCESS-NEEDS-AGENCY");
    for language in ["en", "zh-TW"] {
        let remedy = document["error"]["remedy"][language].as_str().unwrap();
        assert!(remedy.contains("--agency"), "{remedy}");
    }
}

#[test]
fn the_inventory_lists_every_file_and_who_may_read_it_without_reading_it() {
    let desk = Desk::new();
    let list = |codes: &[(&str, &str)]| {
        let output = desk.run(&["inventory", "--card", "specimen.card", "--json"], codes);
        assert_eq!(code(&output), 0, "{}", stdout(&output));
        document(&output)["result"]["files"].clone()
    };
    let access = |files: &Value, directory: &str, name: &str| -> String {
        let files = files.as_array().unwrap();
        let found = files
            .iter()
            .find(|file| file["directory"] == directory && file["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {directory} {name}"));
        found["access"].as_str().unwrap().to_owned()
    };
    let files = list(&[("NEWEID_PIN", PIN)]);
    assert_eq!(access(&files, "eid", "DG11"), "readable");
    assert_eq!(access(&files, "eid", "DG3"), "agency");
    assert_eq!(
        access(&files, "master_file", "EF.ChipSecurity"),
        "privileged_agency"
    );
    assert_eq!(access(&files, "icao", "DG1"), "mrz");
    let files = list(&[("NEWEID_PIN", PIN), ("NEWEID_MRZ", MRZ)]);
    assert_eq!(access(&files, "icao", "DG1"), "readable");
    assert_eq!(access(&files, "eid", "DG3"), "agency");
    let spoken = desk.run(
        &["inventory", "--card", "specimen.card", "--lang", "zh-TW"],
        &[("NEWEID_PIN", PIN)],
    );
    let text = stdout(&spoken);
    for word in ["eID 應用程式", "配偶", "須由內政部授權之機關", "已簽署"] {
        assert!(text.contains(word), "{text}");
    }
    assert!(!text.contains("王小明"), "sizes, no contents");
}

#[test]
fn only_the_groups_that_were_asked_for_are_read() {
    let desk = Desk::new();
    let document = document(&desk.read(&["--json", "--groups", "13"], &[("NEWEID_CAN", CAN)]));
    let groups = document["result"]["sessions"][0]["groups"]
        .as_array()
        .unwrap();
    assert_eq!(
        groups
            .iter()
            .map(|group| group["number"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [13]
    );
}

#[test]
fn the_access_code_does_not_open_the_protected_zone() {
    let desk = Desk::new();
    let output = desk.read(&["--groups", "3"], &[("NEWEID_CAN", CAN)]);
    // Group 3 needs PIN1, which nobody gave.
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(
        stderr(&output).starts_with("E-CLI-NOBODY-TO-ASK"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn every_label_stands_in_both_languages_whichever_is_chosen() {
    let desk = Desk::new();
    for language in ["zh-TW", "en"] {
        let output = desk.read(&["--lang", language], &[("NEWEID_CAN", CAN)]);
        let text = stdout(&output);
        for label in [
            "統一編號",
            "National identification number",
            "戶籍地址",
            "Household address",
            "公開區",
            "Public zone",
        ] {
            assert!(text.contains(label), "{language}: {label}\n{text}");
        }
        let (own, other) = if language == "en" {
            ("VERIFIED", "查驗通過")
        } else {
            ("查驗通過", "VERIFIED")
        };
        assert!(text.contains(own) && !text.contains(other), "{text}");
    }
}

#[test]
fn the_locale_chooses_the_language_and_lang_outranks_it() {
    let folder = tempfile::tempdir().unwrap();
    let help = |arguments: &[&str], locale: &str| {
        stdout(&run(neweid(folder.path(), arguments).env("LC_ALL", locale)))
    };
    assert!(help(&["--help"], "zh_TW.UTF-8").contains("用法"));
    assert!(help(&["--help"], "en_US.UTF-8").contains("Usage"));
    assert!(help(&["--lang", "en", "--help"], "zh_TW.UTF-8").contains("Usage"));
    assert!(help(&["--lang", "zh-TW", "read", "--help"], "C").contains("用法"));
    assert!(help(&["read", "--help", "--lang", "zh-TW"], "C").contains("用法"));
    assert!(help(&["read", "-h", "--lang", "en"], "zh_TW.UTF-8").contains("Usage"));
}

#[test]
fn verify_prints_the_checks_and_no_personal_data() {
    let desk = Desk::new();
    let arguments = [
        "verify",
        "--card",
        "specimen.card",
        "--trust",
        "specimen-pki",
        "--allow-test-anchors",
    ];
    let output = desk.run(&arguments, &[("NEWEID_CAN", CAN)]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("DG11"), "{text}");
    for personal in ["王小明", "A123456789", "測試路", "1990"] {
        assert!(!text.contains(personal), "{text}");
    }
}

#[test]
fn without_trust_anchors_nothing_is_verified() {
    let desk = Desk::new();
    let output = desk.run(
        &["verify", "--card", "specimen.card", "--json"],
        &[("NEWEID_CAN", CAN)],
    );
    assert_eq!(code(&output), 8, "{}", stdout(&output));
    assert_eq!(document(&output)["result"]["verified"], false);
}

#[test]
fn test_anchors_are_refused_unless_allowed_by_name() {
    let desk = Desk::new();
    let arguments = [
        "verify",
        "--card",
        "specimen.card",
        "--trust",
        "specimen-pki",
    ];
    let output = desk.run(&arguments, &[("NEWEID_CAN", CAN)]);
    assert_eq!(code(&output), 8, "{}{}", stdout(&output), stderr(&output));
    let said = stdout(&output) + &stderr(&output);
    assert!(said.contains("E-TEST-ANCHOR-REFUSED"), "{said}");
}

#[test]
fn a_wrong_access_code_has_its_exit_code_and_says_what_to_do_in_both_languages() {
    let desk = Desk::new();
    let output = desk.read(&["--lang", "en"], &[("NEWEID_CAN", "654321")]);
    assert_eq!(code(&output), 5);
    assert!(
        stderr(&output).starts_with("E-PACE-WRONG-CAN"),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).is_empty());
    let output = desk.read(&["--lang", "zh-TW"], &[("NEWEID_CAN", "654321")]);
    assert!(
        stderr(&output).contains("存取碼錯誤"),
        "{}",
        stderr(&output)
    );
    let output = desk.read(&["--json"], &[("NEWEID_CAN", "654321")]);
    assert_eq!(document(&output)["error"]["code"], "E-PACE-WRONG-CAN");
    assert!(!stdout(&output).contains("654321"));
}

#[test]
fn a_malformed_code_is_not_sent_to_the_card() {
    let desk = Desk::new();
    let output = desk.read(&["--zone", "protected"], &[("NEWEID_PIN", "12345x")]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(!stderr(&output).contains("12345x"));
    assert_eq!(desk.tries_left(), 3);
}

#[test]
fn wrong_pins_are_counted_suspended_and_blocked_and_the_puk_unblocks() {
    let desk = Desk::with_office();
    let wrong = |desk: &Desk| {
        desk.read(
            &["--agency", "office", "--zone", "protected", "--json"],
            &[("NEWEID_PIN", "000000")],
        )
    };
    let first = wrong(&desk);
    assert_eq!(code(&first), 5);
    assert_eq!(document(&first)["error"]["tries_left"], 2);
    assert_eq!(desk.tries_left(), 2);
    assert_eq!(document(&wrong(&desk))["error"]["tries_left"], 1);

    let suspended = wrong(&desk);
    assert_eq!(
        (
            code(&suspended),
            document(&suspended)["error"]["code"].as_str()
        ),
        (6, Some("E-PIN1-SUSPENDED"))
    );
    assert_eq!(desk.tries_left(), 1, "a suspended PIN1 costs no try");

    let last = desk.read(
        &["--agency", "office", "--zone", "protected", "--json"],
        &[("NEWEID_PIN", "000000"), ("NEWEID_CAN", CAN)],
    );
    assert_eq!(document(&last)["error"]["tries_left"], 0);
    assert_eq!(desk.tries_left(), 0);
    let blocked = desk.read(
        &["--agency", "office", "--zone", "protected"],
        &[("NEWEID_PIN", PIN), ("NEWEID_CAN", CAN)],
    );
    assert_eq!(code(&blocked), 6, "the right PIN1 opens no blocked card");

    let unblocked = desk.run(
        &["pin", "unblock", "--card", "specimen.card", "--json"],
        &[("NEWEID_PUK", PUK)],
    );
    assert_eq!(document(&unblocked)["result"]["done"], "pin_unblocked");
    assert_eq!(desk.tries_left(), 3);
    assert_eq!(
        code(&desk.read(
            &["--agency", "office", "--zone", "protected"],
            &[("NEWEID_PIN", PIN)]
        )),
        0
    );
}

#[test]
fn a_suspended_pin1_opens_after_the_access_code() {
    let desk = Desk::with_office();
    for _ in 0..2 {
        desk.read(
            &["--agency", "office", "--zone", "protected"],
            &[("NEWEID_PIN", "000000")],
        );
    }
    let output = desk.read(
        &["--agency", "office", "--zone", "protected"],
        &[("NEWEID_PIN", PIN), ("NEWEID_CAN", CAN)],
    );
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(desk.tries_left(), 3);
}

#[test]
fn pin1_is_changed_and_the_old_one_is_wrong_afterwards() {
    let desk = Desk::with_office();
    let arguments = [
        "pin",
        "change",
        "--card",
        "specimen.card",
        "--trust",
        "specimen-pki",
        "--allow-test-anchors",
        "--json",
    ];
    let output = desk.run(
        &arguments,
        &[("NEWEID_PIN", PIN), ("NEWEID_NEW_PIN", "246800")],
    );
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert_eq!(document(&output)["result"]["done"], "pin_changed");
    assert_eq!(
        code(&desk.read(
            &["--agency", "office", "--zone", "protected"],
            &[("NEWEID_PIN", PIN)]
        )),
        5
    );
    assert_eq!(
        code(&desk.read(
            &["--agency", "office", "--zone", "protected"],
            &[("NEWEID_PIN", "246800")]
        )),
        0
    );
}

#[test]
fn codes_come_from_standard_input_line_by_line() {
    let desk = Desk::with_office();
    let read = [
        "read",
        "--card",
        "specimen.card",
        "--trust",
        "specimen-pki",
        "--allow-test-anchors",
        "--can-stdin",
    ];
    assert_eq!(code(&desk.feed(&read, &format!("{CAN}\n"))), 0);
    assert_eq!(code(&desk.feed(&read, "")), 2);
    let both = [
        &read[..],
        &["--pin-stdin", "--mrz-stdin", "--zone", "public,icao"],
    ]
    .concat();
    let output = desk.feed(&both, &format!("{CAN}\n{PIN}\n{MRZ}\n"));
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn no_code_is_taken_from_the_command_line() {
    let desk = Desk::new();
    for argument in [
        "--can",
        "--pin",
        "--puk",
        "--mrz",
        "--new-pin",
        "--password",
    ] {
        for command in ["read", "verify"] {
            let output = desk.run(&[command, "--card", "specimen.card", argument, CAN], &[]);
            assert_eq!(code(&output), 2, "{command} {argument}");
        }
    }
}

#[test]
fn without_a_terminal_a_missing_code_is_named_and_not_waited_for() {
    let desk = Desk::new();
    let output = desk.read(&["--json"], &[]);
    assert_eq!(code(&output), 2);
    let error = &document(&output)["error"];
    assert_eq!(error["code"], "E-CLI-NOBODY-TO-ASK");
    assert!(
        error["remedy"]["en"]
            .as_str()
            .unwrap()
            .contains("NEWEID_CAN")
    );
}

#[test]
fn a_missing_card_file_and_a_foreign_file_are_told_apart() {
    let desk = Desk::new();
    let error_of = |file: &str| {
        let output = desk.run(&["pin", "status", "--card", file, "--json"], &[]);
        assert_eq!(code(&output), 3, "{}", stdout(&output));
        document(&output)["error"]["code"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(error_of("nowhere.card"), "E-CLI-FILE-MISSING");
    fs::write(desk.path().join("foreign.card"), "this is no card").unwrap();
    assert_eq!(error_of("foreign.card"), "E-CLI-NO-CARD-FILE");
    let foreign = fs::read(desk.path().join("foreign.card")).unwrap();
    assert_eq!(
        foreign, b"this is no card",
        "a foreign file is left as it was"
    );
}

/// The superblock of a card file as another format version would have it, checksum included (`applet_sim`'s store says how it is
/// laid out).
fn stamp(card: &mut [u8], version: u16) {
    card[24..26].copy_from_slice(&version.to_be_bytes());
    let digest = Sha256::digest(&card[..32]);
    card[32..40].copy_from_slice(&digest[..8]);
}

#[test]
fn a_card_file_of_a_newer_format_is_refused_with_both_versions_and_left_as_it_is() {
    let desk = Desk::new();
    let intact = fs::read(desk.path().join("specimen.card")).unwrap();
    let mut newer = intact.clone();
    stamp(&mut newer, FORMAT_VERSION);
    assert_eq!(newer, intact, "the checksum is the right one");
    stamp(&mut newer, FORMAT_VERSION + 6);
    fs::write(desk.path().join("specimen.card"), &newer).unwrap();

    for command in [
        &["pin", "status", "--card", "specimen.card"][..],
        &["read", "--card", "specimen.card"],
        &["pin", "change", "--card", "specimen.card"],
        &["sim", "--card", "specimen.card"],
    ] {
        let output = desk.run(
            &[command, &["--json"]].concat(),
            &[
                ("NEWEID_CAN", CAN),
                ("NEWEID_PIN", PIN),
                ("NEWEID_NEW_PIN", "975310"),
            ],
        );
        assert_eq!(code(&output), 3, "{command:?}: {}", stdout(&output));
        let error = &document(&output)["error"];
        assert_eq!(error["code"], "E-CLI-CARD-NEWER");
        let [found, known] = [FORMAT_VERSION + 6, FORMAT_VERSION].map(|v| v.to_string());
        for language in ["zh-TW", "en"] {
            let text = error["what"][language].as_str().unwrap();
            assert!(text.contains(&found) && text.contains(&known), "{text}");
            let remedy = error["remedy"][language].as_str().unwrap();
            assert!(remedy.contains("neweid"), "{remedy}");
        }
        assert_eq!(fs::read(desk.path().join("specimen.card")).unwrap(), newer);
    }
}

#[test]
fn a_card_file_of_the_first_version_is_read_verified_and_written_to() {
    let kept = root().join("vectors/card-files");
    let (desk, old) = (Desk::new(), "format-1-without-trust-points.card");
    fs::copy(kept.join(old), desk.path().join("specimen.card")).unwrap();
    assert_eq!(desk.tries_left(), 2, "as the old program left it");
    let trust = kept.join("pki").display().to_string();
    let arguments = [
        "read",
        "--card",
        "specimen.card",
        "--allow-test-anchors",
        "--on",
        "2026-12-01",
        "--json",
        "--trust",
        &trust,
    ];
    let output = desk.run(&arguments, &[("NEWEID_CAN", "200007")]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let document = document(&output);
    assert_eq!(document["result"]["verified"], true);
    assert_eq!(field(&document, "name")["value"], "趙無影");
    let wrong = ["pin", "change", "--card", "specimen.card"];
    let codes = [("NEWEID_PIN", "135790"), ("NEWEID_NEW_PIN", "975310")];
    assert_eq!(
        code(&desk.run(&wrong, &codes)),
        5,
        "PIN1 was changed by the old program"
    );
    assert_eq!(desk.tries_left(), 1);
}

#[test]
fn a_damaged_card_file_is_refused_and_left_as_it_is() {
    let desk = Desk::new();
    let intact = fs::read(desk.path().join("specimen.card")).unwrap();
    let mut flipped = intact.clone();
    flipped[1000] ^= 1;
    let cut = intact[..intact.len() - 1].to_vec();
    let stub = intact[..20].to_vec();
    for (damaged, expected) in [
        (flipped, "E-CLI-CARD-DAMAGED"),
        (cut, "E-CLI-CARD-DAMAGED"),
        (stub, "E-CLI-NO-CARD-FILE"),
    ] {
        fs::write(desk.path().join("specimen.card"), &damaged).unwrap();
        let output = desk.run(&["pin", "status", "--card", "specimen.card", "--json"], &[]);
        assert_eq!(code(&output), 3, "{}", stdout(&output));
        assert_eq!(document(&output)["error"]["code"], expected);
        assert_eq!(
            fs::read(desk.path().join("specimen.card")).unwrap(),
            damaged
        );
    }
}

#[test]
fn nothing_is_overwritten_without_force() {
    let desk = Desk::new();
    let before = fs::read(desk.path().join("specimen.card")).unwrap();
    let output = desk.run(&["issue", "--json"], &[]);
    assert_eq!(code(&output), 3);
    assert_eq!(document(&output)["error"]["code"], "E-CLI-FILE-EXISTS");
    assert_eq!(fs::read(desk.path().join("specimen.card")).unwrap(), before);
    assert_eq!(code(&desk.run(&["issue", "--force"], &[])), 0);
    assert_ne!(fs::read(desk.path().join("specimen.card")).unwrap(), before);
    assert_eq!(
        code(&desk.read(&[], &[("NEWEID_CAN", CAN)])),
        0,
        "the new card goes with the new anchors"
    );
}

#[test]
fn a_second_card_joins_the_pki_and_a_foreign_one_does_not_replace_it() {
    let desk = Desk::new();
    let second = desk.run(
        &["issue", "--card", "second.card", "--specimen", "unmarried"],
        &[],
    );
    assert_eq!(code(&second), 0, "{}", stderr(&second));
    assert_eq!(
        code(&desk.read(&[], &[("NEWEID_CAN", CAN)])),
        0,
        "the first card is still good"
    );

    let foreign = desk.run(
        &[
            "issue",
            "--card",
            "third.card",
            "--specimen",
            "revoked",
            "--json",
        ],
        &[],
    );
    assert_eq!(code(&foreign), 3);
    assert_eq!(document(&foreign)["error"]["code"], "E-CLI-OTHER-PKI");
    assert!(!desk.path().join("third.card").exists());
    assert_eq!(
        code(&desk.read(&[], &[("NEWEID_CAN", CAN)])),
        0,
        "the first card is still good"
    );
}

#[test]
fn the_private_keys_of_the_test_pki_are_no_anchors() {
    let desk = Desk::new();
    let arguments = [
        "verify",
        "--card",
        "specimen.card",
        "--allow-test-anchors",
        "--json",
        "--trust",
    ];
    let with = |folder| {
        desk.run(
            &[&arguments[..], &[folder]].concat(),
            &[("NEWEID_CAN", CAN)],
        )
    };
    assert_eq!(code(&with("specimen-pki")), 0);
    // The folder of the issuer holds keys, signers and a foreign CA besides: a verifier must not take it for anchors.
    assert_ne!(code(&with("specimen-pki/issuer")), 0);
}

#[cfg(unix)]
#[test]
fn a_card_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let mode = fs::metadata(desk.path().join("specimen.card"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_portrait_goes_into_a_file_and_not_over_another() {
    let desk = Desk::new();
    let arguments = ["--portrait-out", "portrait.jpg", "--groups", "2"];
    let output = desk.read(&arguments, &[("NEWEID_CAN", CAN)]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let portrait = fs::read(desk.path().join("portrait.jpg")).unwrap();
    assert_eq!(portrait[..3], [0xFF, 0xD8, 0xFF], "a JPEG file");
    assert_eq!(code(&desk.read(&arguments, &[("NEWEID_CAN", CAN)])), 3);
}

#[test]
fn a_trace_holds_instructions_and_no_data() {
    let desk = Desk::new();
    let output = desk.read(&["--trace", "trace.txt"], &[("NEWEID_CAN", CAN)]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let trace = fs::read_to_string(desk.path().join("trace.txt")).unwrap();
    assert!(
        trace.lines().count() > 5 && trace.contains("9000"),
        "{trace}"
    );
    for secret in [CAN, "王小明", "A123456789", "4131323334353637"] {
        assert!(!trace.contains(secret), "{trace}");
    }
}

#[test]
fn a_profile_with_a_wrong_checksum_is_refused_with_field_and_line() {
    let desk = Desk::new();
    let profile = root().join("crates/issuer/profiles/wang-xiaoming.toml");
    let profile = fs::read_to_string(profile)
        .unwrap()
        .replace("A123456789", "A123456780");
    let line = 1 + profile
        .lines()
        .position(|line| line.contains("A123456780"))
        .unwrap();
    fs::write(desk.path().join("holder.toml"), profile).unwrap();
    let output = desk.run(
        &[
            "issue",
            "--profile",
            "holder.toml",
            "--card",
            "x.card",
            "--json",
        ],
        &[],
    );
    assert_eq!(code(&output), 4, "{}", stdout(&output));
    let what = document(&output)["error"]["what"]["en"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        what.contains("national_id") && what.contains(&format!("line {line}")),
        "{what}"
    );
    assert!(!desk.path().join("x.card").exists());
    let spoken = desk.run(
        &["issue", "--profile", "holder.toml", "--card", "x.card"],
        &[],
    );
    assert!(
        stderr(&spoken).contains(&format!("\nline {line}, ")),
        "{}",
        stderr(&spoken)
    );
}

#[test]
fn specimens_are_listed_and_an_unknown_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let list = document(&run(&mut neweid(
        folder.path(),
        &["issue", "--list-specimens", "--json"],
    )));
    let specimens = list["result"]["specimens"].as_array().unwrap();
    for name in [
        "rare-ideographs",
        "no-portrait",
        "valid",
        "overdue",
        "revoked",
        "pin-blocked",
        "cloned",
    ] {
        assert!(
            specimens.iter().any(|specimen| specimen["name"] == name),
            "{name}"
        );
    }
    let output = run(&mut neweid(
        folder.path(),
        &["issue", "--specimen", "no-such"],
    ));
    assert_eq!(code(&output), 2);
    assert!(!folder.path().join("specimen.card").exists());
}

/// One of the codes that `issue` printed.
fn issued_code(issued: &Value, name: &str) -> Option<String> {
    let codes = issued["result"]["codes"].as_array().expect("codes");
    let code = codes.iter().find(|code| code["name"] == name)?;
    Some(code["value"].as_str().expect("a code").to_owned())
}

#[test]
fn every_specimen_is_read_as_its_list_says() {
    let folder = tempfile::tempdir().unwrap();
    let list = document(&run(&mut neweid(
        folder.path(),
        &["issue", "--list-specimens", "--json"],
    )));
    for specimen in list["result"]["specimens"].as_array().unwrap() {
        let name = specimen["name"].as_str().unwrap();
        let desk = Desk {
            folder: tempfile::tempdir().unwrap(),
        };
        let issued = document(&desk.run(&["issue", "--specimen", name, "--json"], &[]));
        let can = issued_code(&issued, "can").unwrap();
        desk.add_office();
        // PIN1 and an agency open all zones; a holder who has not chosen one yet has no protected zone to read, nor is there an
        // agency for a card that trusts the test's authorities alone.
        let pin = issued_code(&issued, "pin").filter(|_| name != "conformance");
        let output = match pin {
            Some(pin) => desk.read(
                &[
                    "--json",
                    "--agency",
                    "office",
                    "--zone",
                    "public,household,protected",
                ],
                &[("NEWEID_PIN", &pin)],
            ),
            None => desk.read(&["--json"], &[("NEWEID_CAN", &can)]),
        };
        let said = document(&output).to_string();
        match specimen["yields"].as_str() {
            None => assert_eq!(code(&output), 0, "{name}: {said}"),
            Some(expected) => {
                assert!(matches!(code(&output), 6..=8), "{name}: {said}");
                assert!(
                    said.contains(expected),
                    "{name} should yield {expected}: {said}"
                );
            }
        }
    }
}

#[test]
fn the_pin_of_the_pin_letter_opens_nothing_and_serves_to_choose_pin1() {
    let desk = Desk {
        folder: tempfile::tempdir().unwrap(),
    };
    let issued = document(&desk.run(
        &["issue", "--specimen", "unknown-birth-date", "--json"],
        &[],
    ));
    let transport = issued_code(&issued, "transport_pin").expect("a transport PIN");
    desk.add_office();
    let refused = desk.read(
        &["--agency", "office", "--zone", "protected"],
        &[("NEWEID_PIN", &transport)],
    );
    assert_eq!(code(&refused), 2, "{}", stderr(&refused));
    let arguments = [
        "pin",
        "change",
        "--card",
        "specimen.card",
        "--trust",
        "specimen-pki",
        "--allow-test-anchors",
    ];
    let changed = desk.run(
        &arguments,
        &[("NEWEID_PIN", &transport), ("NEWEID_NEW_PIN", "112233")],
    );
    assert_eq!(code(&changed), 0, "{}", stderr(&changed));
    assert_eq!(
        code(&desk.read(
            &["--agency", "office", "--zone", "protected"],
            &[("NEWEID_PIN", "112233")]
        )),
        0
    );
}

#[test]
fn the_demonstration_walks_through_every_zone() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&mut neweid(folder.path(), &["demo"]));
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    for word in [
        "公開區",
        "Public zone",
        "戶籍地區",
        "加密區",
        "ICAO",
        "王小明",
        "APDU",
        "VERIFIED",
    ] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "the demonstration leaves nothing behind"
    );
    let output = run(&mut neweid(folder.path(), &["demo", "--json"]));
    let document = document(&output);
    assert_eq!(document["result"]["verified"], true);
    // The story: parents are given, the spouse is withheld; another agency may not read the spouse, and is told why.
    let agencies: Vec<&Value> = document["result"]["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|session| !session["agency"].is_null())
        .collect();
    let [pensions, library] = agencies[..] else {
        panic!("two agencies: {document:#}");
    };
    let names = |items: &Value| -> Vec<String> {
        let items = items.as_array().unwrap().iter();
        items
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let numbers = |session: &Value| -> Vec<u64> {
        let groups = session["groups"].as_array().unwrap().iter();
        groups
            .map(|group| group["number"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(names(&pensions["agency"]["given"]), ["read:6", "read:7"]);
    assert_eq!(names(&pensions["agency"]["withheld"]), ["read:3"]);
    assert_eq!(numbers(pensions), [6, 7], "exactly what was agreed");
    assert_eq!(numbers(library), [11]);
    let denied = &library["agency"]["denied"][0];
    assert_eq!(denied["name"], "read:3");
    assert_eq!(denied["code"], "E-ACCESS-NOT-GRANTED");
    let reason = denied["reason"]["en"].as_str().unwrap();
    assert!(reason.contains("TWLIBRARY00001"), "{reason}");
}

#[test]
fn usage_errors_have_their_exit_code_and_are_documents_too() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["read"][..],
        &["frob"],
        &["read", "--zone", "moon"],
        &["pin"],
        &["--lang", "tlh", "demo"],
    ] {
        assert_eq!(
            code(&run(&mut neweid(folder.path(), arguments))),
            2,
            "{arguments:?}"
        );
    }
    let output = run(&mut neweid(folder.path(), &["read", "--json"]));
    assert_eq!(document(&output)["error"]["code"], "E-CLI-USAGE");
}

#[test]
fn colours_are_left_out_where_nobody_sees_them() {
    let desk = Desk::new();
    let output = desk.read(&[], &[("NEWEID_CAN", CAN), ("TERM", "xterm-256color")]);
    assert!(!stdout(&output).contains('\u{1b}'));
    assert!(!stderr(&desk.read(&[], &[])).contains('\u{1b}'));
}
