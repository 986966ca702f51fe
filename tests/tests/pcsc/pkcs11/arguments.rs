//! Arguments of every kind for every function, under valgrind.

use std::path::PathBuf;
use std::process::Command;

use applet_sim::{CertRead, KeyKind};
use libtest_mimic::Trial;
use neweid_tests::cards::natural_person::PIN2;

use super::desk::{Desk, module};
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(arguments: valgrind_finds_nothing_whatever_the_arguments)
}

/// The program that calls, built as it is now.
fn program() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--offline", "-p", "pkcs11"])
        .args(["--example", "arguments"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo");
    assert!(built.success(), "cargo build -p pkcs11 --example arguments");
    module().with_file_name("../examples/arguments")
}

fn valgrind_finds_nothing_whatever_the_arguments() {
    let program = program();
    let module = module();
    let (program, module) = (program.to_str(), module.to_str());
    for (seed, kind) in [("1", KeyKind::P256), ("2", KeyKind::Rsa2048)] {
        let desk = Desk::with(kind, CertRead::AfterPace);
        let said = desk.says(
            "valgrind",
            &[
                "--quiet",
                "--error-exitcode=99",
                "--leak-check=full",
                "--show-leak-kinds=definite",
                "--errors-for-leak-kinds=definite",
                program.expect("a path"),
                module.expect("a path"),
                seed,
                "300",
                PIN2,
            ],
        );
        // It came as far as the card.
        for (function, answer) in [
            ("C_Sign, short", 0x0),
            ("C_Sign, short", 0x150),
            ("C_Decrypt, short", 0x0),
            ("C_GetAttributeValue, short", 0x150),
            ("C_GetMechanismList, short", 0x150),
            ("C_GetSessionInfo", 0xB3),
        ] {
            let line = format!("{function}: {answer:#x} ");
            assert!(said.contains(&line), "{line}: {said}");
        }
    }
}
