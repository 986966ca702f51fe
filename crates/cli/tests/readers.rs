//! Readers, as far as no smart-card service is needed: arguments, errors, waiting.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

#[path = "shared/desk.rs"]
mod desk;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use desk::{code, document, neweid, run, stderr, stdout};

#[test]
fn a_card_is_in_a_file_or_in_a_reader_and_not_in_both() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["read"][..],
        &["read", "--card", "x.card", "--reader", "auto"],
        &["read", "--reader", ""],
        &["read", "--card", "x.card", "--wait", "5"],
        &["read", "--card", "x.card", "--short-apdus"],
        &["read", "--reader", "auto", "--wait", "soon"],
        &["pin", "status", "--card", "x.card", "--reader", "auto"],
    ] {
        let output = run(&mut neweid(folder.path(), arguments));
        assert_eq!(code(&output), 2, "{arguments:?} {}", stderr(&output));
    }
}

/// A run in a folder where no service can be: the PC/SC library is told to look there.
#[cfg(target_os = "linux")]
fn without_a_service(arguments: &[&str]) -> std::process::Output {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("nowhere");
    run(neweid(folder.path(), arguments).env("PCSCLITE_CSOCK_NAME", socket))
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_smart_card_service_each_command_says_so_with_its_exit_code() {
    for arguments in [
        &["readers", "--json"][..],
        &["read", "--reader", "auto", "--json", "--can-stdin"],
        &["pin", "status", "--reader", "auto", "--json"],
    ] {
        let output = without_a_service(arguments);
        assert_eq!(code(&output), 10, "{arguments:?} {}", stdout(&output));
        let document = document(&output);
        let expected = if cfg!(feature = "pcsc") {
            "E-PCSC-SERVICE"
        } else {
            "E-CLI-NO-PCSC"
        };
        assert_eq!(document["error"]["code"], expected, "{document:#}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_wait_for_a_service_that_does_not_come_ends_in_time() {
    if !cfg!(feature = "pcsc") {
        return;
    }
    let begin = std::time::Instant::now();
    let output = without_a_service(&["pin", "status", "--reader", "auto", "--wait", "1"]);
    assert_eq!(code(&output), 10, "{}", stderr(&output));
    let took = begin.elapsed();
    assert!(took >= Duration::from_secs(1), "{took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[cfg(all(target_os = "linux", feature = "pcsc"))]
#[test]
fn an_interrupted_wait_ends_at_once_with_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "pin", "status", "--reader", "auto", "--wait", "60", "--json",
    ];
    let child = neweid(folder.path(), &arguments)
        .env("PCSCLITE_CSOCK_NAME", folder.path().join("nowhere"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let begin = std::time::Instant::now();
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert_eq!(code(&output), 130);
    assert_eq!(document(&output)["error"]["code"], "E-CANCELLED");
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}
