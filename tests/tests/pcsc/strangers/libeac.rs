//! OpenPACE (libeac), the independent implementation of PACE in C, under a small program of ours
//! (`tests/strangers/eac_walk.c`) that does nothing but the walk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::Trial;
use neweid_tests::cards::TestCard;
use neweid_tests::flows::passwords::other_digits;
use tempfile::TempDir;
use transport::Interface;

use crate::slot::Slot;
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        libeac:
        it_opens_the_card_with_access_code_pin1_and_puk,
        it_reads_a_group_byte_for_byte,
        it_is_refused_with_wrong_codes,
        it_resumes_a_suspended_pin1,
        it_unblocks_a_blocked_pin1,
    )
}

/// The program, compiled once.
fn eac_walk() -> &'static Path {
    static PROGRAM: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("eac_walk");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("strangers");
        let sources =
            ["eac_walk.c", "card.c", "pace.c", "terminal.c"].map(|file| sources.join(file));
        let output = Command::new("cc")
            .args(["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror"])
            .arg("-I/usr/include/PCSC")
            .arg("-o")
            .arg(&program)
            .args(sources)
            .args(["-leac", "-lcrypto", "-lpcsclite"])
            .output()
            .expect("cc: apt-get install build-essential");
        assert!(
            output.status.success(),
            "apt-get install libeac-dev libssl-dev libpcsclite-dev\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        (folder, program)
    });
    path
}

/// The codes that the program is given.
struct Codes {
    can: String,
    pin: String,
    puk: String,
}

impl Codes {
    fn of(subject: &TestCard) -> Self {
        Self {
            can: subject.holder.access_code(),
            pin: subject.holder.pin1(),
            puk: subject.holder.puk(),
        }
    }

    /// Runs the program on the first slot. What it printed if all went well, else what it says failed.
    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(eac_walk())
            .arg(Slot::FIRST.reader())
            .args(arguments)
            .env("EAC_CAN", &self.can)
            .env("EAC_PIN", &self.pin)
            .env("EAC_PUK", &self.puk)
            .output()
            .expect("the program that was compiled");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.code() {
            Some(0) => Ok(text(&output.stdout)),
            _ => Err(text(&output.stderr)),
        }
    }

    fn succeeds(&self, arguments: &[&str]) -> String {
        self.run(arguments)
            .unwrap_or_else(|error| panic!("eac_walk {arguments:?}: {error}"))
    }

    fn fails(&self, arguments: &[&str], step: &str, status: &str) {
        let error = self.run(arguments).expect_err("a refusal");
        assert!(error.starts_with(&format!("FAILED {step}")), "{error}");
        assert!(error.contains(status), "{error}");
    }
}

fn it_opens_the_card_with_access_code_pin1_and_puk() {
    // With further suites on the card, libeac takes the one of every card.
    let further = (
        "pace = []",
        "pace = [{ cipher = \"AES-256\", curve = \"P-384\" }]",
    );
    for lines in [&[][..], &[further]] {
        let subject = TestCard::with_lines(lines);
        for interface in [Interface::Contactless, Interface::Contact] {
            let inserted = Slot::FIRST.insert_image(subject.image(), interface);
            let codes = Codes::of(&subject);
            for password in ["can", "pin", "puk"] {
                let said = codes.succeeds(&["pace", password]);
                assert!(said.contains("tokens verified"), "{said}");
            }
            drop(inserted);
        }
    }
}

fn it_reads_a_group_byte_for_byte() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dg11");
    Codes::of(&subject).succeeds(&["read", &file.display().to_string()]);
    let read = fs::read(&file).expect("the group");
    assert!(read == subject.image().eid.groups[&11], "DG11 as issued");
    drop(inserted);
}

fn it_is_refused_with_wrong_codes() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let right = Codes::of(&subject);
    let wrong = Codes {
        can: other_digits(&right.can),
        pin: other_digits(&right.pin),
        puk: other_digits(&right.puk),
    };
    wrong.fails(&["pace", "can"], "PACE token", "6300");
    wrong.fails(&["pace", "pin"], "PACE token", "63C2");
    wrong.fails(&["pace", "puk"], "PACE token", "63C9");
    for password in ["can", "pin", "puk"] {
        right.succeeds(&["pace", password]);
    }
    drop(inserted);
}

/// Spends two tries of PIN1.
fn suspend(codes: &Codes) {
    let wrong = Codes {
        can: codes.can.clone(),
        pin: other_digits(&codes.pin),
        puk: codes.puk.clone(),
    };
    wrong.fails(&["pace", "pin"], "PACE token", "63C2");
    wrong.fails(&["pace", "pin"], "PACE token", "63C1");
}

fn it_resumes_a_suspended_pin1() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let codes = Codes::of(&subject);
    codes.fails(&["resume"], "PIN state", "not suspended");
    suspend(&codes);
    codes.fails(&["pace", "pin"], "PACE", "6985");
    let said = codes.succeeds(&["resume"]);
    assert!(said.contains("inside the first channel"), "{said}");
    codes.succeeds(&["pace", "pin"]);
    drop(inserted);
}

fn it_unblocks_a_blocked_pin1() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let codes = Codes::of(&subject);
    suspend(&codes);
    let wrong = Codes {
        pin: other_digits(&codes.pin),
        ..Codes::of(&subject)
    };
    wrong.fails(&["resume"], "PACE token", "63C0");
    codes.fails(&["pace", "pin"], "PACE", "6983");
    let said = codes.succeeds(&["unblock"]);
    assert!(said.contains("PIN state: 63C0"), "{said}");
    codes.succeeds(&["pace", "pin"]);
    drop(inserted);
}
