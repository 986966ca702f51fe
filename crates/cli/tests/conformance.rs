//! `neweid conformance` as a person or a script meets it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

#[path = "shared/desk.rs"]
mod desk;

use std::fs;

use desk::{CAN, Desk, PIN, PUK, code, document, stderr, stdout};
use serde_json::Value;

const CODES: [(&str, &str); 3] = [
    ("NEWEID_CAN", CAN),
    ("NEWEID_PIN", PIN),
    ("NEWEID_PUK", PUK),
];

/// The exit code and the code of an error.
fn error(document: &Value) -> (u64, &str) {
    let code = document["error"]["code"].as_str();
    (
        document["exit_code"].as_u64().unwrap(),
        code.expect("an error"),
    )
}

/// How each case ended.
fn outcomes(document: &Value) -> Vec<(&str, &str)> {
    fn text(value: &Value) -> &str {
        value.as_str().expect("a text")
    }
    let results = document["result"]["results"].as_array().expect("results");
    let results = results.iter();
    results
        .map(|case| (text(&case["id"]), text(&case["outcome"])))
        .collect()
}

#[test]
fn a_specimen_is_tested_without_any_card_and_every_selected_case_is_accounted_for() {
    let desk = Desk::bare();
    let output = desk.run(
        &["conformance", "--only", "H_1,H_7,H_35,P_1", "--json"],
        &[],
    );
    let document = document(&output);
    assert_eq!(code(&output), 0);
    assert_eq!(
        outcomes(&document),
        [
            ("EAC2_ISO7816_H_1", "passed"),
            ("EAC2_ISO7816_H_7", "not_applicable"),
            ("EAC2_ISO7816_H_35", "not_applicable"),
            ("EAC2_ISO7816_P_1", "passed"),
        ]
    );
    let results = &document["result"]["results"];
    assert!(
        results[1]["detail"]
            .as_str()
            .unwrap()
            .starts_with("withdrawn")
    );
    assert_eq!(results[2]["detail"], "DH: no");
    let summary = &document["result"]["summary"];
    assert_eq!(
        (&summary["passed"], &summary["not_applicable"]),
        (&2.into(), &2.into())
    );
}

/// The parts have units of the same letters: the letter alone is that of part 3.3.
#[test]
fn a_part_and_a_unit_of_each_part_can_be_selected() {
    let desk = Desk::bare();
    let listed = |only: &str| {
        let told = document(&desk.run(&["conformance", "--list", "--only", only, "--json"], &[]));
        let cases = told["result"]["cases"].as_array().unwrap().clone();
        let of = |part| cases.iter().filter(|case| case["part"] == part).count();
        (of("3.2"), of("3.3"))
    };
    for (only, found) in [
        ("3.2", (181, 0)),
        ("3.3", (0, 608)),
        ("H", (0, 52)),
        ("ISO7816_H", (16, 0)),
        ("EAC2_ISO7816_H", (0, 52)),
        ("3.2,H_1", (181, 1)),
    ] {
        assert_eq!(listed(only), found, "{only}");
    }
    let text = stdout(&desk.run(&["conformance", "--list", "--only", "LDS_F,DATA_A_2"], &[]));
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].contains("3.2") && lines[0].contains("LDS_F_1"),
        "{text}"
    );
    assert!(
        lines[1].contains("3.3") && lines[1].contains("EAC2_DATA_A_2"),
        "{text}"
    );
}

#[test]
fn a_card_file_is_tested_in_copies_and_stays_as_it_is() {
    let desk = Desk::with(&["issue", "--specimen", "conformance"]);
    let before = fs::read(desk.path().join("specimen.card")).unwrap();
    // Cases that use up tries of PIN1.
    let arguments = [
        "conformance",
        "--card",
        "specimen.card",
        "--only",
        "P_1,P_3",
        "--json",
    ];
    let output = desk.run(&arguments, &CODES);
    let document = document(&output);
    assert_eq!(document["result"]["summary"]["passed"], 2, "{document}");
    assert_eq!(fs::read(desk.path().join("specimen.card")).unwrap(), before);
}

#[test]
fn a_card_that_does_not_trust_the_authorities_fails_and_the_exit_code_says_so() {
    let desk = Desk::with(&["issue", "--specimen", "valid"]);
    let arguments = [
        "conformance",
        "--card",
        "specimen.card",
        "--only",
        "H_1,I_1",
    ];
    let output = desk.run(&arguments, &CODES);
    assert_eq!(code(&output), 8);
    let text = stdout(&output);
    assert!(
        text.contains("EAC2_ISO7816_I_1") && text.contains("expected 9000"),
        "{text}"
    );
    assert!(text.contains("passed 1, failed 1"), "{text}");
    // No code of the card is printed, whatever failed.
    for (_, secret) in CODES {
        assert!(!text.contains(secret) && !stderr(&output).contains(secret));
    }
}

#[test]
fn the_results_go_into_junit_xml_too() {
    let desk = Desk::bare();
    let only = "H_1,H_7,ISO7816_H_1";
    let arguments = ["conformance", "--only", only, "--junit", "results.xml"];
    let output = desk.run(&arguments, &[]);
    assert_eq!(code(&output), 0);
    let xml = fs::read_to_string(desk.path().join("results.xml")).unwrap();
    assert!(
        xml.contains(r#"tests="3""#) && xml.contains(r#"failures="0""#),
        "{xml}"
    );
    for name in [
        r#"<testsuite name="TR-03105-3.2 ISO7816_H""#,
        r#"<testcase name="ISO7816_H_1""#,
        r#"<testsuite name="TR-03105-3.3 EAC2_ISO7816_H""#,
        r#"<testcase name="EAC2_ISO7816_H_1""#,
    ] {
        assert!(xml.contains(name), "{name}: {xml}");
    }
    assert!(
        xml.contains("skipped") && xml.contains("withdrawn"),
        "{xml}"
    );
}

#[test]
fn a_statement_is_taken_at_its_word_and_a_broken_one_is_refused_with_its_place() {
    let desk = Desk::bare();
    let statement = |text: &str| {
        fs::write(desk.path().join("ics.toml"), text).unwrap();
        desk.run(
            &[
                "conformance",
                "--ics",
                "ics.toml",
                "--only",
                "H_1,H_2,V_1",
                "--json",
            ],
            &[],
        )
    };
    let output = statement("card = 'other'\nprofiles = ['eID', 'CA3']\npin_tries = 3");
    let told = document(&output);
    assert_eq!(told["result"]["statement"], "other");
    // What the card claims and the program cannot test has not passed.
    assert_eq!(
        outcomes(&told),
        [
            ("EAC2_ISO7816_H_1", "not_applicable"),
            ("EAC2_ISO7816_H_2", "not_applicable"),
            ("EAC2_ISO7816_V_1", "failed"),
        ]
    );
    assert_eq!(code(&output), 8);

    for (text, place) in [
        (
            "card = 'x'\nprofiles = ['PACE', 'PACA']\npin_tries = 3",
            "PACA",
        ),
        (
            "card = 'x'\nprofiles = []\npin_tries = 3\n[deviations.EAC2_ISO7816_H_99]\nat = 'step 1'\ngot = '6A80'\nreason = 'no'",
            "H_99",
        ),
        ("card = 'x'\nprofiles = []\npin_tries = 3\nwhat = 1", "what"),
    ] {
        let output = statement(text);
        let document = document(&output);
        assert_eq!(error(&document), (3, "E-CLI-STATEMENT"));
        assert!(
            document["error"]["what"]["en"]
                .as_str()
                .unwrap()
                .contains(place),
            "{document}"
        );
    }
}

#[test]
fn cases_can_be_listed_and_a_name_that_none_has_is_refused() {
    let desk = Desk::bare();
    let listed = document(&desk.run(&["conformance", "--list", "--json"], &[]));
    let cases = listed["result"]["cases"].as_array().unwrap();
    let of = |part| cases.iter().filter(|case| case["part"] == part).count();
    assert_eq!((of("3.2"), of("3.3"), cases.len()), (181, 608, 789));
    assert!(
        cases
            .iter()
            .any(|case| case["applies"] == true && case["cost"] == "tries")
    );

    let refused = desk.run(&["conformance", "--only", "Z_1", "--json"], &[]);
    assert_eq!(error(&document(&refused)), (2, "E-CLI-USAGE"));
}

#[test]
fn authorities_are_written_for_whoever_personalises_a_card_and_read_again() {
    let desk = Desk::bare();
    let written = desk.run(
        &["conformance", "--write-authorities", "cvca", "--json"],
        &[],
    );
    assert_eq!(
        document(&written)["result"]["files"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    let arguments = [
        "conformance",
        "--authorities",
        "cvca",
        "--only",
        "I_1",
        "--json",
    ];
    let output = desk.run(&arguments, &[]);
    assert_eq!(document(&output)["result"]["summary"]["passed"], 1);

    // A key that belongs to another certificate.
    let folder = desk.path().join("cvca");
    fs::copy(
        folder.join("inspection-system.pem"),
        folder.join("signature-terminal.pem"),
    )
    .unwrap();
    let refused = desk.run(&arguments, &[]);
    assert_eq!(error(&document(&refused)), (3, "E-CLI-FILE-NOT-USABLE"));
}
