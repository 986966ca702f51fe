//! Chips with one fault each, against the conformance tests: the cases that are made for the fault fail, and no other does.
//!
//! The faults are planted into the source of the chip, in a copy of this workspace, all of them behind a switch that is not in the
//! source itself: one build, and then a run of all cases for each fault. The table ([`faults`]) says what is planted where, and which
//! cases must find it. Where the source changes under a fault, planting fails and says so.
//!
//! A few faults no case finds, because the document does not look there. They stand in the table as well: the official tests are not the
//! only ones.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

mod faults;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use faults::{FAULTS, Fault};

/// The switch, at the end of the package that all others use.
const SWITCH: &str = "
/// Which fault is switched on.
pub mod planted {
    use core::sync::atomic::{AtomicUsize, Ordering};

    /// Its number in the table.
    pub static FAULT: AtomicUsize = AtomicUsize::new(usize::MAX);

    /// Whether it is this one.
    pub fn is(fault: usize) -> bool {
        FAULT.load(Ordering::Relaxed) == fault
    }
}
";

/// Runs every case with the fault of that number and prints what did not pass.
const RUNNER: &str = r#"
//! Every case against simulated cards with one fault.

fn main() {
    let fault = std::env::args().nth(1).and_then(|number| number.parse().ok());
    iso7816::planted::FAULT.store(fault.expect("a number"), std::sync::atomic::Ordering::Relaxed);
    let authorities = conformance::Authorities::specimen().expect("authorities");
    let mut specimens = conformance::Specimens::new(&authorities).expect("cards");
    let statement = conformance::Statement::simulated();
    let all = conformance::Selection::default();
    let report = conformance::run(&mut specimens, &statement, &authorities, &all, &mut |_, _| {});
    for result in &report.results {
        if let conformance::Outcome::Failed(seen) = &result.outcome {
            println!("{}\t{seen}", result.id);
        }
    }
    println!("end\t{}", report.results.len());
}
"#;

/// A copy of the workspace with every fault planted and none switched on, at the same place every time: what was built of it is built
/// over, and does not pile up.
struct Planted {
    folder: PathBuf,
}

impl Planted {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted-faults");
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("the last copy");
        }
        fs::create_dir_all(&folder).expect("a folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        // Another version: else cargo would take what is built here for what the workspace itself was built to.
        let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the manifest");
        let (own, planted) = (
            concat!("\nversion = \"", env!("CARGO_PKG_VERSION"), "\"\n"),
            "\nversion = \"0.0.0\"\n",
        );
        assert_eq!(manifest.matches(own).count(), 1, "the workspace's version");
        fs::write(folder.join("Cargo.toml"), manifest.replace(own, planted)).expect("the manifest");
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock file");
        for name in ["crates", "applet-sim", "host-lib", "tests"] {
            copy(&root.join(name), &folder.join(name));
        }
        let planted = Self { folder };
        for (number, fault) in FAULTS.iter().enumerate() {
            planted.plant(number, fault);
        }
        let switch = planted.path("crates/iso7816/src/lib.rs");
        let source = fs::read_to_string(&switch).expect("source");
        fs::write(&switch, source + SWITCH).expect("source");
        let runner = planted.path("crates/conformance/examples/planted.rs");
        fs::create_dir_all(runner.parent().expect("a folder")).expect("a folder");
        fs::write(runner, RUNNER).expect("source");
        planted
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.join(inside)
    }

    fn plant(&self, number: usize, fault: &Fault) {
        let path = self.path(fault.file);
        let source = fs::read_to_string(&path).expect("source");
        let places = source.matches(fault.sound).count();
        assert_eq!(
            places, 1,
            "{}: {} stands {places} times in {}",
            fault.name, fault.sound, fault.file
        );
        let switch = format!("iso7816::planted::is({number})");
        let broken = fault.broken.replace("PLANTED", &switch);
        fs::write(&path, source.replace(fault.sound, &broken)).expect("source");
    }

    /// Builds it. The packages from outside are those that this test itself was built with.
    fn build(&self) -> PathBuf {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
        let target = target.expect("the target folder");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--offline", "--package", "conformance"])
            .args(["--example", "planted", "--target-dir"])
            .arg(target)
            .current_dir(&self.folder)
            .env_remove("CARGO_TARGET_DIR")
            .status()
            .expect("cargo");
        assert!(built.success(), "the chip with faults is built");
        target.join("debug/examples/planted")
    }
}

/// Copies source, and nothing that was built from it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (name, kind) = (entry.file_name(), entry.file_type().expect("a type"));
        if kind.is_dir() && name != "target" {
            copy(&entry.path(), &to.join(name));
        } else if kind.is_file() {
            fs::copy(entry.path(), to.join(name)).expect("a file");
        }
    }
}

/// The cases that failed with this fault, and what they saw.
fn failed(program: &Path, fault: usize) -> Vec<(String, String)> {
    let output = Command::new(program)
        .arg(fault.to_string())
        .output()
        .expect("the program");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}");
    let mut lines: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    // A run that ended early has no such line.
    assert_eq!(lines.pop(), Some(("end", "789")), "{text}");
    lines
        .into_iter()
        .map(|(id, seen)| (id.to_owned(), seen.to_owned()))
        .collect()
}

#[test]
fn every_planted_fault_is_found_by_its_cases_and_by_no_other() {
    let planted = Planted::new();
    let program = planted.build();
    assert_eq!(failed(&program, usize::MAX), [], "without a fault");
    let next = AtomicUsize::new(0);
    let complaints = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(fault) = FAULTS.get(number)
                {
                    let failed = failed(&program, number);
                    let ids: BTreeSet<_> = failed.iter().map(|(id, _)| short(id)).collect();
                    let expected: BTreeSet<_> = fault.found_by.split_whitespace().collect();
                    if ids != expected {
                        let complaint =
                            format!("{}: {ids:?}, not {expected:?}: {failed:#?}", fault.name);
                        complaints.lock().expect("no panic").push(complaint);
                    }
                }
            });
        }
    });
    let complaints = complaints.into_inner().expect("no panic");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The identifier as the table has it: in part 3.3 without the beginning that all have.
fn short(id: &str) -> &str {
    let Some(bare) = id.strip_prefix("EAC2_") else {
        return id;
    };
    bare.strip_prefix("ISO7816_").unwrap_or(bare)
}

#[test]
fn at_least_twenty_planted_faults_are_found() {
    let found = FAULTS.iter().filter(|fault| !fault.found_by.is_empty());
    assert!(found.count() >= 20);
    let names: BTreeSet<_> = FAULTS.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), FAULTS.len());
    for fault in FAULTS {
        assert!(fault.broken.contains("PLANTED"), "{}", fault.name);
    }
}
