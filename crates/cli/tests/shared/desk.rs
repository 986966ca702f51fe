//! What the test programs share: a folder with a specimen card, and runs of the real binary in it.
#![allow(dead_code, reason = "no test program uses all of it")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The codes of the specimen that `neweid issue` makes without arguments; they stand in the README.
pub(crate) const CAN: &str = "123456";
pub(crate) const PIN: &str = "135790";
pub(crate) const PUK: &str = "24681357";
pub(crate) const MRZ: &str = "TST123456,900512,360101";

/// A folder of its own, with a fresh specimen card and its test PKI.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
}

/// A run of the program in a clean environment, without a terminal.
pub(crate) fn neweid(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_neweid"));
    command
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("NEWEID_")
            || name.starts_with("LC_")
            || name == "LANG"
            || name == "NO_COLOR"
        {
            command.env_remove(name);
        }
    }
    command
}

pub(crate) fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("the program ends by itself")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The JSON document of a run, held against the schema.
pub(crate) fn document(output: &Output) -> Value {
    let document: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let schema = fs::read(root().join("docs/neweid.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_slice(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a JSON Schema");
    let faults: Vec<String> = validator
        .iter_errors(&document)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}\n{document:#}");
    assert_eq!(document["exit_code"], code(output), "{document:#}");
    document
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(&["issue"])
    }

    /// Nothing in it.
    pub(crate) fn bare() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    pub(crate) fn with(arguments: &[&str]) -> Self {
        let desk = Self::bare();
        let output = desk.run(arguments, &[]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        desk
    }

    /// The same, with an agency in the folder `office` that may read everything.
    pub(crate) fn with_office() -> Self {
        let desk = Self::new();
        desk.add_office();
        desk
    }

    /// An agency in the folder `office` that may read everything, accepted by this desk's cards.
    pub(crate) fn add_office(&self) {
        let request = "agency request --name OFFICE --agency 測試機關 --purpose 測試 --out office";
        let grant = "agency grant office/TWOFFICE00001.cvreq --groups 2,3,4,5,6,7,8,9,11,12,13 --rights can-allowed";
        for arguments in [request, grant] {
            let arguments: Vec<&str> = arguments.split(' ').collect();
            let output = self.run(&arguments, &[]);
            assert_eq!(code(&output), 0, "{}", stderr(&output));
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs with these environment variables.
    pub(crate) fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        run(neweid(self.path(), arguments).envs(variables.iter().copied()))
    }

    /// OpenSSL's program in the folder: whether it succeeded, and all that it said.
    pub(crate) fn openssl(&self, arguments: &str) -> (bool, String) {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .output()
            .expect("the openssl program is installed (make test sets it up)");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        (output.status.success(), text)
    }

    /// Runs with this text on standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = neweid(self.path(), arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(input.as_bytes())
            .expect("the program reads");
        child.wait_with_output().expect("the program ends")
    }

    /// `read` with the specimen's trust anchors.
    pub(crate) fn read(&self, more: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut arguments = vec![
            "read",
            "--card",
            "specimen.card",
            "--trust",
            "specimen-pki",
            "--allow-test-anchors",
        ];
        arguments.extend(more);
        self.run(&arguments, variables)
    }

    pub(crate) fn tries_left(&self) -> u64 {
        let status =
            document(&self.run(&["pin", "status", "--card", "specimen.card", "--json"], &[]));
        let pin = status["result"]["passwords"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == "pin")
            .unwrap()
            .clone();
        pin["tries_left"].as_u64().expect("a number of tries")
    }
}
