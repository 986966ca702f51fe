//! Readers, real and virtual, as far as no smart-card service is needed: arguments, errors, a driver of our own, the texts.

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
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use desk::{Desk, code, document, neweid, run, stderr, stdout};

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
        &["demo", "--vpcd", "localhost:1"],
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
        &["demo", "--pcsc", "--json"],
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
fn the_doctor_finds_the_missing_service_and_names_a_command() {
    let output = without_a_service(&["doctor", "--json"]);
    assert_eq!(code(&output), 10, "{}", stdout(&output));
    let document = document(&output);
    let checks = document["result"]["checks"].as_array().unwrap();
    assert_eq!(checks[0]["name"], "pcsc_service");
    assert_eq!(checks[0]["verdict"], "problem");
    let command = checks[0]["advice"]["command"].as_str().unwrap();
    assert!(command.starts_with("sudo "), "{command}");
    assert!(!command.contains("neweid"), "{command}");
    let spoken = stdout(&without_a_service(&["doctor", "--lang", "zh-TW"]));
    assert!(spoken.contains("智慧卡服務"), "{spoken}");
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

/// The other end of `neweid sim`: what vpcd does when it has a card.
struct Driver(TcpStream);

impl Driver {
    fn accept(listener: &TcpListener) -> Self {
        Self(listener.accept().unwrap().0)
    }

    fn say(&mut self, message: &[u8]) {
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        self.0.write_all(&[&length, message].concat()).unwrap();
    }

    fn hear(&mut self) -> Vec<u8> {
        let mut length = [0; 2];
        self.0.read_exact(&mut length).unwrap();
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut message).unwrap();
        message
    }
}

#[cfg(unix)]
#[test]
fn a_card_file_is_served_until_a_signal_and_closed() {
    for name in ["TERM", "INT"] {
        let desk = Desk::new();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let arguments = ["sim", "--card", "specimen.card", "--vpcd", &place, "--json"];
        let child = neweid(desk.path(), &arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut driver = Driver::accept(&listener);
        driver.say(&[1]);
        driver.say(&[4]);
        assert_eq!(driver.hear()[0], 0x3B, "an answer to reset");
        driver.say(&[0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]);
        assert_eq!(driver.hear(), [0x90, 0x00]);
        let meanwhile = desk.run(&["pin", "status", "--card", "specimen.card"], &[]);
        assert_eq!(code(&meanwhile), 3, "the file is in use");

        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_eq!(driver.0.read(&mut [0]).unwrap(), 0, "the card is taken out");
        let served = &document(&output)["result"]["served"][0];
        assert_eq!(served["connections"], 1);
        assert_eq!(served["exchanges"], 1);
        let log = stderr(&output);
        assert!(log.contains("in the reader"), "{log}");
        assert!(
            !log.to_uppercase().contains("A4"),
            "no command is shown: {log}"
        );
        let afterwards = desk.run(&["pin", "status", "--card", "specimen.card"], &[]);
        assert_eq!(code(&afterwards), 0, "the file is closed");
    }
}

#[cfg(unix)]
#[test]
fn several_cards_take_consecutive_ports_and_wait_for_their_drivers() {
    let desk = Desk::new();
    let second = desk.run(&["issue", "--card", "second.card"], &[]);
    assert_eq!(code(&second), 0, "{}", stderr(&second));
    // Two ports in a row that are free now.
    let port = (0..100)
        .find_map(|_| {
            let first = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let port = first.local_addr().unwrap().port();
            let next = TcpListener::bind(("127.0.0.1", port.checked_add(1)?)).ok()?;
            drop((first, next));
            Some(port)
        })
        .expect("two free ports in a row");
    let place = format!("localhost:{port}");
    let arguments = [
        "sim",
        "--lang",
        "zh-TW",
        "--card",
        "specimen.card",
        "--card",
        "second.card",
        "--vpcd",
        &place,
        "--contact",
    ];
    let child = neweid(desk.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    for port in [port, port + 1] {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let mut driver = Driver::accept(&listener);
        driver.say(&[4]);
        assert_eq!(driver.hear()[0], 0x3B);
    }
    signal(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let log = stderr(&output);
    for line in [
        format!("specimen.card → localhost:{port}: 等候虛擬讀卡機"),
        format!("second.card → localhost:{}: 已放入讀卡機", port + 1),
    ] {
        assert!(log.contains(&line), "{line}\n{log}");
    }
    assert!(
        stdout(&output).contains("已取出並關閉"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_wrong_address_is_quoted_before_any_card_is_touched() {
    let desk = Desk::new();
    for (address, words) in [
        ("35963", "\"35963\" is no HOST:PORT"),
        ("localhost:0", "localhost:0"),
        ("no-such-host.invalid:1", "no-such-host.invalid"),
    ] {
        let arguments = ["sim", "--card", "specimen.card", "--vpcd", address];
        let output = desk.run(&arguments, &[]);
        assert_eq!(code(&output), 2, "{address}");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    let missing = desk.run(&["sim", "--card", "nowhere.card"], &[]);
    assert_eq!(code(&missing), 3, "{}", stderr(&missing));
}

#[test]
fn every_shell_gets_completions_for_every_subcommand() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&mut neweid(folder.path(), &["completions", shell]));
        assert_eq!(code(&output), 0);
        let script = stdout(&output);
        for word in ["doctor", "readers", "--short-apdus", "unblock"] {
            let word = word.trim_start_matches("--");
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let output = run(&mut neweid(
        folder.path(),
        &["completions", "bash", "--json"],
    ));
    assert_eq!(document(&output)["result"]["shell"], "bash");
    assert_eq!(
        code(&run(&mut neweid(folder.path(), &["completions", "tcsh"]))),
        2
    );
}

#[test]
fn there_is_a_man_page_for_every_subcommand_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&mut neweid(
        folder.path(),
        &["man", "--out", "man/man1", "--json"],
    ));
    let document = document(&output);
    let pages = document["result"]["pages"].as_array().unwrap();
    assert_eq!(pages[0]["name"], "neweid");
    for name in [
        "neweid-read",
        "neweid-pin-unblock",
        "neweid-sim",
        "neweid-doctor",
    ] {
        assert!(pages.iter().any(|page| page["name"] == name), "{name}");
        let path = folder.path().join(format!("man/man1/{name}.1"));
        assert!(
            fs::read_to_string(path).unwrap().contains(".TH neweid"),
            "{name}"
        );
    }
    let sim = fs::read_to_string(folder.path().join("man/man1/neweid-sim.1")).unwrap();
    assert!(sim.contains("ALL interfaces"), "{sim}");
    let chinese = run(&mut neweid(folder.path(), &["man", "--lang", "zh-TW"]));
    assert!(stdout(&chinese).contains("讀卡機"));
}

#[test]
fn it_is_said_in_the_help_of_sim_who_can_reach_the_virtual_reader() {
    let folder = tempfile::tempdir().unwrap();
    let help = |language| {
        let output = run(&mut neweid(
            folder.path(),
            &["--lang", language, "sim", "--help"],
        ));
        stdout(&output)
    };
    assert!(help("en").contains("ALL interfaces"));
    assert!(help("zh-TW").contains("所有網路介面"));
}
