//! OpenSC's `opensc-tool`: what any card shows to anybody.

use std::process::Command;

use libtest_mimic::Trial;
use neweid_tests::cards::TestCard;
use transport::pcsc::PcscOptions;
use transport::{CardTransport, Interface};

use crate::slot::Slot;
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        opensc:
        it_prints_the_answer_to_reset_of_both_interfaces,
        it_selects_what_anybody_may_select,
        it_reads_the_files_that_anybody_may_read,
        it_is_refused_what_is_behind_pace,
        it_takes_the_card_for_no_card_that_it_knows,
    )
}

/// Runs opensc-tool on the first slot and returns what it printed.
fn opensc_tool(arguments: &[&str]) -> String {
    let output = Command::new("opensc-tool")
        .args(["--reader", &Slot::FIRST.reader()])
        .args(arguments)
        .output()
        .expect("opensc-tool: apt-get install opensc");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "opensc-tool {arguments:?}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// Status word and data of each answer that opensc-tool shows.
fn answers(text: &str) -> Vec<(String, Vec<u8>)> {
    let mut answers = Vec::new();
    for line in text.lines() {
        if let Some(status) = line.strip_prefix("Received (SW1=0x") {
            answers.push((format!("{}{}", &status[..2], &status[10..12]), Vec::new()));
        } else if line.starts_with("Sending: ") || line.starts_with("Using ") {
            // What it was told to send.
        } else if let Some((_, data)) = answers.last_mut() {
            // Sixteen bytes in hexadecimal, then the same as characters.
            let columns = line.get(..48.min(line.len())).unwrap_or_default();
            let bytes = columns.split_whitespace().map_while(|pair| {
                let is_pair = pair.len() == 2;
                is_pair.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
            });
            data.extend(bytes);
        }
    }
    answers
}

fn send(apdus: &[&str]) -> Vec<(String, Vec<u8>)> {
    let arguments: Vec<&str> = ["--card-driver", "default"]
        .into_iter()
        .chain(apdus.iter().flat_map(|apdu| ["--send-apdu", *apdu]))
        .collect();
    let answers = answers(&opensc_tool(&arguments));
    assert_eq!(answers.len(), apdus.len());
    answers
}

fn it_prints_the_answer_to_reset_of_both_interfaces() {
    let subject = TestCard::default_specimen();
    for interface in [Interface::Contact, Interface::Contactless] {
        let inserted = Slot::FIRST.insert_image(subject.image(), interface);
        let printed = opensc_tool(&["--atr"]);
        let card = Slot::FIRST.open(PcscOptions::new());
        let atr = card.atr().expect("an answer to reset");
        let expected: Vec<String> = atr.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(printed.contains(&expected.join(":")), "{printed}");
        drop((card, inserted));
    }
}

fn it_selects_what_anybody_may_select() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let answers = send(&[
        "00A4000C",
        "00A4000C023F00",
        "00A4020C022F00",
        "00A4020C02011C",
        "00A4040C09E80704007F00070302",
        // The ICAO application is behind PACE.
        "00A4040C07A0000002471001",
        "00A4040C07A0000002471099",
    ]);
    let statuses: Vec<&str> = answers.iter().map(|(status, _)| status.as_str()).collect();
    assert_eq!(
        statuses,
        ["9000", "9000", "9000", "9000", "9000", "6982", "6A82"]
    );
    drop(inserted);
}

fn it_reads_the_files_that_anybody_may_read() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let answers = send(&["00B09C0000", "00A4020C022F00", "00B0000000"]);
    let (status, card_access) = &answers[0];
    let expected = &subject.image().master_file.card_access;
    let shown = expected.len().min(256);
    assert!(status == "9000" || status == "6282");
    assert_eq!(card_access, &expected[..shown], "EF.CardAccess");
    let (_, directory) = &answers[2];
    // Exactly one application template for each application (chip profile, EF.DIR).
    let eid = [0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02];
    assert!(directory.windows(eid.len()).any(|window| window == eid));
    assert!(directory.starts_with(&[0x61]), "{directory:02X?}");
    drop(inserted);
}

fn it_is_refused_what_is_behind_pace() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let answers = send(&[
        "00B09D0000", // EF.CardSecurity
        "00A4040C09E80704007F00070302",
        "00B08B0000", // DG11
        "00B0840000", // DG4
    ]);
    for answer in [&answers[0], &answers[2], &answers[3]] {
        assert_eq!(answer, &("6982".to_owned(), vec![]));
    }
    drop(inserted);
}

fn it_takes_the_card_for_no_card_that_it_knows() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let name = opensc_tool(&["--name"]);
    assert!(name.contains("Unsupported card"), "{name}");
    drop(inserted);
}
