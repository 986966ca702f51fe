//! `--faults`: a script of faults between a card file and its reader.

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

use desk::{CAN, Desk, PIN, code, document, neweid, run, stderr};

const TRUST: [&str; 5] = [
    "--card",
    "specimen.card",
    "--trust",
    "specimen-pki",
    "--allow-test-anchors",
];

/// Verifies the specimen while the faults of this script happen.
fn verified_with(desk: &Desk, script: &str) -> Output {
    fs::write(desk.folder.path().join("script"), script).unwrap();
    let mut command = neweid(
        desk.folder.path(),
        &["verify", "--json", "--faults", "script"],
    );
    run(command.args(TRUST).env("NEWEID_CAN", CAN))
}

#[test]
fn a_fault_happens_and_the_next_run_does_not_know_of_it() {
    let desk = Desk::new();
    // The chip's own, and the reader's own.
    for (script, error) in [
        ("at 12 remove-after", "E-CARD-REMOVED"),
        ("at 12 status 6300", "E-SM-FORGED"),
        ("at 10 unprotected 6987", "E-SM-ENDED"),
    ] {
        let failed = verified_with(&desk, script);
        let said = document(&failed);
        assert_eq!(said["error"]["code"], error, "{script} {said:#}");
        assert_eq!(code(&failed), 9, "{script}");
        assert_eq!(code(&verified_with(&desk, "# nothing")), 0, "{script}");
    }
    // What the host copes with.
    assert_eq!(code(&verified_with(&desk, "no-extended-length")), 0);
    assert_eq!(code(&verified_with(&desk, "from 1 delay 1ms")), 0);
}

#[test]
fn a_card_torn_while_pin1_is_changed_has_the_old_one_or_the_new_one() {
    let desk = Desk::new();
    fs::write(
        desk.folder.path().join("script"),
        "at storage 9 tear everything",
    )
    .unwrap();
    let change = |pin: &str, new: &str, faults: &[&str]| {
        let mut command = neweid(desk.folder.path(), &["pin", "change", "--json"]);
        command.args(TRUST).args(faults);
        run(command.env("NEWEID_PIN", pin).env("NEWEID_NEW_PIN", new))
    };
    let torn = change(PIN, "975310", &["--faults", "script"]);
    assert_eq!(document(&torn)["error"]["code"], "E-CARD-REMOVED");
    let (old, new) = (change(PIN, "864209", &[]), change("975310", "864209", &[]));
    let succeeded = [old, new].map(|output| code(&output) == 0);
    assert_eq!(
        succeeded.iter().filter(|ok| **ok).count(),
        1,
        "{succeeded:?}"
    );
}

#[test]
fn a_script_with_an_error_is_named_by_its_line_and_nothing_happens() {
    let desk = Desk::new();
    let before = fs::read(desk.folder.path().join("specimen.card")).unwrap();
    for (script, part) in [
        ("at 3 mute\nat 4 explode", "line 2: \"explode\""),
        ("at 0 mute", "from 1"),
        ("at 3 status 6300\nat 5 protected 6F00", "no chip can do"),
    ] {
        let refused = verified_with(&desk, script);
        assert_eq!(code(&refused), 3, "{script}");
        let said = document(&refused);
        assert_eq!(said["error"]["code"], "E-CLI-FAULTS");
        assert!(
            said.to_string().contains(&part.replace('"', "\\\"")),
            "{said:#}"
        );
    }
    let missing = neweid(desk.folder.path(), &["sim", "--card", "specimen.card"])
        .args(["--faults", "no-such-script"])
        .output()
        .unwrap();
    assert_eq!(code(&missing), 3, "{}", stderr(&missing));
    let after = fs::read(desk.folder.path().join("specimen.card")).unwrap();
    assert!(before == after, "the card is unchanged");
}

#[test]
fn a_virtual_card_plays_what_a_chip_can_do_and_nothing_else() {
    let desk = Desk::new();
    fs::write(desk.folder.path().join("script"), "at 3 status 6300").unwrap();
    let refused = run(&mut neweid(
        desk.folder.path(),
        &["sim", "--card", "specimen.card", "--faults", "script"],
    ));
    assert_eq!(code(&refused), 3);
    assert!(stderr(&refused).contains("no chip can do"));
}
