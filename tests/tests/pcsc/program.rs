//! The program `neweid` with cards in readers: `sim` serves them, the others read them.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use tempfile::TempDir;
use transport::Cancel;

use crate::daemon::{self, Readers};
use crate::slot::{NOTICE, Slot};
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        program:
        the_demo_walks_through_the_service,
        cards_from_files_are_served_listed_read_and_verified,
        a_wrong_code_a_wrong_reader_and_no_card_have_their_exit_codes,
        a_card_that_comes_while_the_program_waits_is_read,
        pin1_is_changed_in_a_reader,
        the_conformance_tests_cost_the_card_in_a_reader_what_was_allowed_and_no_more,
        the_doctor_finds_nothing_missing,
    )
}

/// The service that ends is the service's own test; here it is only missing.
pub(crate) fn trials_without_a_service() -> Vec<Trial> {
    trials!(
        program:
        a_service_that_starts_while_the_program_waits_is_used,
        without_a_service_the_doctor_names_the_command_that_starts_it,
    )
}

/// The program, built as it is now. (Nothing is fetched: what it is made of is there already.)
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--offline", "-p", "neweid"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo");
        assert!(built.success(), "cargo build -p neweid");
        let this = std::env::current_exe().expect("this program's own path");
        let folder = this.parent().and_then(Path::parent);
        folder.expect("target/debug").join("neweid")
    })
}

fn neweid(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .args(["--lang", "en"])
        .current_dir(folder)
        .env("NEWEID_CAN", "123456")
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    neweid(folder, arguments).output().expect("neweid")
}

/// What a run printed, after its exit code was the right one.
fn says(folder: &Path, arguments: &[&str], exit: i32) -> String {
    let output = run(folder, arguments);
    let text = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {text}");
    text
}

/// A folder with a specimen card.
fn desk() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    says(folder.path(), &["issue"], 0);
    folder
}

/// `neweid sim`, which ends as by SIGTERM.
struct Served(Child);

impl Served {
    /// Serves card files and waits until the service sees the last of them.
    fn start(folder: &Path, cards: &[&str]) -> Self {
        let service = daemon::service();
        for slot in Slot::BOTH {
            slot.wait_until_empty(&service);
        }
        let mut arguments = vec!["sim"];
        for card in cards {
            arguments.extend(["--card", card]);
        }
        let child = neweid(folder, &arguments)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("neweid sim");
        let served = Self(child);
        for slot in &Slot::BOTH[..cards.len()] {
            let name = slot.reader();
            let seen = service.wait_for_card(|reader| reader.name == name, NOTICE, &Cancel::new());
            seen.expect("the service").expect("the card of neweid sim");
        }
        served
    }

    /// Ends it, and returns what it said.
    fn stop(mut self) -> String {
        let ended = Command::new("kill")
            .args(["-TERM", &self.0.id().to_string()])
            .status();
        assert!(ended.expect("kill").success());
        let mut said = String::new();
        let mut pipe = self.0.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut said).expect("UTF-8");
        assert_eq!(self.0.wait().expect("an end").code(), Some(0), "{said}");
        said
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const TRUST: [&str; 3] = ["--trust", "specimen-pki", "--allow-test-anchors"];

fn with_trust<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &TRUST].concat()
}

fn the_demo_walks_through_the_service() {
    Slot::FIRST.wait_until_empty(&daemon::service());
    let folder = tempfile::tempdir().expect("a folder");
    let text = says(folder.path(), &["demo", "--pcsc"], 0);
    assert!(text.contains(&Slot::FIRST.reader()), "{text}");
    assert!(text.contains("VERIFIED"), "{text}");
}

fn cards_from_files_are_served_listed_read_and_verified() {
    let desk = desk();
    let folder = desk.path();
    says(
        folder,
        &[
            "issue",
            "--specimen",
            "overdue",
            "--card",
            "overdue.card",
            "--pki",
            "other-pki",
        ],
        0,
    );
    let served = Served::start(folder, &["specimen.card", "overdue.card"]);
    let readers = says(folder, &["readers"], 0);
    for slot in Slot::BOTH {
        assert!(readers.contains(&slot.reader()), "{readers}");
    }
    let read = with_trust(&["read", "--reader", "pcd 00 00", "--json"]);
    let read = says(folder, &read, 0);
    assert!(
        read.contains("王小明") && read.contains("Virtual PCD 00 00"),
        "{read}"
    );
    let verify = with_trust(&["verify", "--reader", "Virtual PCD 00 00"]);
    assert!(says(folder, &verify, 0).contains("VERIFIED"));
    let overdue = [
        "verify",
        "--reader",
        "00 01",
        "--trust",
        "other-pki",
        "--allow-test-anchors",
    ];
    assert!(says(folder, &overdue, 8).contains("E-DOCUMENT-OVERDUE"));
    let several = with_trust(&["verify", "--reader", "auto"]);
    assert!(says(folder, &several, 2).contains("Virtual PCD 00 01"));
    let said = served.stop();
    assert!(
        said.contains("specimen.card") && said.contains("powered on"),
        "{said}"
    );
}

fn a_wrong_code_a_wrong_reader_and_no_card_have_their_exit_codes() {
    let desk = desk();
    let folder = desk.path();
    Slot::FIRST.wait_until_empty(&daemon::service());
    let read = with_trust(&["read", "--reader", "00 00"]);
    assert!(says(folder, &read, 10).contains("E-CLI-NO-CARD"));
    assert!(says(folder, &["readers"], 0).contains("Virtual PCD 00 00"));
    let unknown = says(folder, &["pin", "status", "--reader", "no such thing"], 10);
    assert!(unknown.contains("Virtual PCD 00 01"), "{unknown}");
    let served = Served::start(folder, &["specimen.card"]);
    let mut wrong = neweid(folder, &read);
    let wrong = wrong.env("NEWEID_CAN", "999999").output().expect("neweid");
    assert_eq!(wrong.status.code(), Some(5));
    assert!(says(folder, &["pin", "status", "--reader", "auto"], 0).contains('3'));
    served.stop();
}

fn a_card_that_comes_while_the_program_waits_is_read() {
    let desk = desk();
    let folder = desk.path();
    let service = daemon::service();
    Slot::FIRST.wait_until_empty(&service);
    let path = folder.to_owned();
    let waiting = thread::spawn(move || {
        let read = with_trust(&["verify", "--reader", "auto", "--wait", "20"]);
        says(&path, &read, 0)
    });
    thread::sleep(Duration::from_millis(500));
    let served = Served::start(folder, &["specimen.card"]);
    assert!(waiting.join().expect("no panic").contains("VERIFIED"));
    served.stop();

    // Nobody comes, and somebody interrupts the wait.
    Slot::FIRST.wait_until_empty(&service);
    let begin = Instant::now();
    let mut waiting = neweid(
        folder,
        &["pin", "status", "--reader", "auto", "--wait", "600"],
    )
    .stderr(Stdio::piped())
    .spawn()
    .expect("neweid");
    thread::sleep(Duration::from_millis(700));
    let interrupted = Command::new("kill")
        .args(["-INT", &waiting.id().to_string()])
        .status();
    assert!(interrupted.expect("kill").success());
    assert_eq!(waiting.wait().expect("an end").code(), Some(130));
    assert!(begin.elapsed() < NOTICE);
    let pipe = waiting.stderr.take().expect("a pipe");
    let said: Vec<String> = BufReader::new(pipe).lines().map_while(Result::ok).collect();
    assert!(said.concat().contains("E-CANCELLED"), "{said:?}");
}

fn pin1_is_changed_in_a_reader() {
    let desk = desk();
    let folder = desk.path();
    let served = Served::start(folder, &["specimen.card"]);
    let change = with_trust(&["pin", "change", "--reader", "auto"]);
    let output = neweid(folder, &change)
        .env("NEWEID_PIN", "135790")
        .env("NEWEID_NEW_PIN", "864209")
        .output()
        .expect("neweid");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    // What PIN1 alone opens: the list of the files.
    let read = ["inventory", "--reader", "auto"];
    for (pin, exit) in [("135790", 5), ("864209", 0)] {
        let output = neweid(folder, &read).env("NEWEID_PIN", pin).output();
        assert_eq!(output.expect("neweid").status.code(), Some(exit), "{pin}");
    }
    served.stop();
}

fn the_conformance_tests_cost_the_card_in_a_reader_what_was_allowed_and_no_more() {
    let desk = tempfile::tempdir().expect("a folder");
    let folder = desk.path();
    says(folder, &["issue", "--specimen", "conformance"], 0);
    let served = Served::start(folder, &["specimen.card"]);
    let tested = |arguments: &[&str], exit: i32| {
        let mut command = neweid(folder, &["conformance", "--reader", "auto", "--json"]);
        let command = command.args(arguments);
        let command = command.env("NEWEID_PIN", "135790");
        let output = command.env("NEWEID_PUK", "24681357").output();
        let output = output.expect("neweid");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {text}");
        text
    };
    let summary = |passed, failed, not_run| {
        format!(
            r#""summary":{{"passed":{passed},"failed":{failed},"deviation":0,"not_applicable":0,"not_run":{not_run}}}"#
        )
    };
    let squeezed = |text: String| text.split_whitespace().collect::<String>();

    // An access code, Terminal and Chip Authentication; wrong values of PIN1; a link certificate.
    let only = ["--only", "H_1,I_1,P_1,P_3,M_3"];
    let free = squeezed(tested(&only, 0));
    assert!(free.contains(&summary(2, 0, 3)), "{free}");
    let agreed = [&only[..], &["--spend", "tries"]].concat();
    assert!(tested(&agreed, 2).contains("--yes"));
    let tries = squeezed(tested(&[&agreed[..], &["--yes"]].concat(), 0));
    assert!(tries.contains(&summary(4, 0, 1)), "{tries}");
    // What the cases took, they gave back.
    assert!(says(folder, &["pin", "status", "--reader", "auto"], 0).contains('3'));

    let everything = ["--only", "M_3", "--spend", "trust-points", "--yes"];
    let moved = squeezed(tested(&everything, 0));
    assert!(moved.contains(&summary(1, 0, 0)), "{moved}");
    // Its trust-points have moved on, and this case cannot be had twice.
    let again = squeezed(tested(&everything, 8));
    assert!(again.contains(&summary(0, 1, 0)), "{again}");
    served.stop();
}

fn the_doctor_finds_nothing_missing() {
    let desk = desk();
    let served = Served::start(desk.path(), &["specimen.card"]);
    let text = says(desk.path(), &["doctor"], 0);
    assert!(text.contains("all interfaces"), "{text}");
    served.stop();
}

fn a_service_that_starts_while_the_program_waits_is_used() {
    daemon::kill();
    let desk = desk();
    let path = desk.path().to_owned();
    let waiting = thread::spawn(move || {
        let read = with_trust(&["verify", "--reader", "auto", "--wait", "30"]);
        says(&path, &read, 0)
    });
    thread::sleep(Duration::from_millis(500));
    daemon::restart(Readers::Virtual);
    let served = Served::start(desk.path(), &["specimen.card"]);
    assert!(waiting.join().expect("no panic").contains("VERIFIED"));
    served.stop();
}

fn without_a_service_the_doctor_names_the_command_that_starts_it() {
    daemon::kill();
    let folder = tempfile::tempdir().expect("a folder");
    let text = says(folder.path(), &["doctor"], 10);
    assert!(text.contains("pcscd"), "{text}");
    assert!(says(folder.path(), &["readers"], 10).contains("E-PCSC-SERVICE"));
}
