//! `neweid card` and `neweid log`: the ministry's list of lost cards, as agencies read it, and the log of it.

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

use iso7816::{ResponseApdu, StatusWord};
use issuer::{CardNumber, CardRegister, TestPki};
use pki::builder::RevocationListBuilder;
use pki::{RevocationList, RevocationReason, SerialNumber, Time};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, Sector, SectorPublicKey, TerminalSector, chip, terminal,
};
use secure_channel::{Curve, EcPrivateKey, Hash};
use serde_json::Value;

use desk::{CAN, Desk, code, document, stderr, stdout};

/// The card of `neweid issue`.
const NUMBER: (&str, &str) = ("NEWEID_CARD_NUMBER", "TST123456");
const VERIFY: [&str; 7] = [
    "verify",
    "--card",
    "specimen.card",
    "--trust",
    "specimen-pki",
    "--allow-test-anchors",
    "--json",
];
const LOG: &str = "specimen-pki/issuer/operator.log";

impl Desk {
    fn card(&self, arguments: &[&str]) -> Value {
        let arguments = [&["card"], arguments, &["--json"]].concat();
        document(&self.run(&arguments, &[NUMBER]))
    }

    fn refusal(&self, action: &str) -> (u64, String) {
        let document = self.card(&[action]);
        let code = document["error"]["code"].as_str().expect("an error");
        (document["exit_code"].as_u64().unwrap(), code.to_owned())
    }

    /// The exit code of a verification, and what it says about the list.
    fn verdict(&self, more: &[&str]) -> (i32, String) {
        let output = self.run(&[&VERIFY[..], more].concat(), &[("NEWEID_CAN", CAN)]);
        let document = document(&output);
        let checks = document["result"]["sessions"][0]["checks"].as_array();
        let check =
            checks.and_then(|checks| checks.iter().find(|check| check["name"] == "lost-list"));
        let said = check.map_or(&document["error"]["code"], |check| match &check["code"] {
            Value::Null => &check["outcome"],
            code => code,
        });
        (code(&output), said.as_str().unwrap_or_default().to_owned())
    }

    fn log(&self) -> Value {
        document(&self.run(&["log", "verify", "--json"], &[]))
    }
}

fn said(code: i32, text: &str) -> (i32, String) {
    (code, text.to_owned())
}

#[test]
fn a_lost_card_is_refused_until_it_is_found() {
    let desk = Desk::new();
    assert_eq!(desk.verdict(&[]), said(0, "passed"));
    let list = desk.card(&["report-lost"])["result"].clone();
    assert_eq!(
        (&list["done"], &list["list_number"], &list["entries"]),
        (&"reported_lost".into(), &2.into(), &1.into())
    );
    assert_eq!(desk.verdict(&[]), said(8, "E-DOCUMENT-LOST"));
    assert_eq!(
        desk.refusal("report-lost"),
        (11, "E-CLI-CARD-ALREADY-LOST".into())
    );
    // Another card of the same folder does not bring the old list back.
    let output = desk.run(&["issue", "--card", "second.card"], &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(desk.verdict(&[]), said(8, "E-DOCUMENT-LOST"));
    let list = desk.card(&["reinstate"])["result"].clone();
    assert_eq!(
        (&list["list_number"], &list["entries"]),
        (&3.into(), &0.into())
    );
    assert_eq!(desk.verdict(&[]), said(0, "passed"));
    assert_eq!(
        desk.refusal("reinstate"),
        (11, "E-CLI-CARD-NOT-LOST".into())
    );
}

#[test]
fn a_cancelled_card_stays_so() {
    let desk = Desk::new();
    desk.card(&["report-lost"]);
    assert_eq!(desk.card(&["void"])["result"]["entries"], 1);
    for action in ["reinstate", "report-lost", "void"] {
        assert_eq!(
            desk.refusal(action),
            (11, "E-CLI-CARD-VOIDED".into()),
            "{action}"
        );
    }
    assert_eq!(desk.verdict(&[]), said(8, "E-DOCUMENT-LOST"));
    // What it stood there for before is not what it stands there for now.
    assert_eq!(desk.card(&["publish"])["result"]["list_number"], 4);
    assert_eq!(desk.refusal("reinstate"), (11, "E-CLI-CARD-VOIDED".into()));
}

#[test]
fn a_number_that_was_never_issued_or_is_none_changes_nothing() {
    let desk = Desk::new();
    let list = desk.path().join("specimen-pki/lost-cards/lost-cards.crl");
    let before = fs::read(&list).unwrap();
    for (number, exit, error) in [
        ("TST999999", 11, "E-CLI-CARD-UNKNOWN"),
        ("../../csca", 2, "E-CLI-CARD-NUMBER"),
        ("tst123456", 2, "E-CLI-CARD-NUMBER"),
    ] {
        let output = desk.run(
            &["card", "report-lost", "--json"],
            &[("NEWEID_CARD_NUMBER", number)],
        );
        assert_eq!(code(&output), exit);
        assert_eq!(document(&output)["error"]["code"], error);
        assert!(
            !stdout(&output).contains(number),
            "a number may be somebody's"
        );
    }
    let output = desk.feed(
        &["card", "report-lost", "--number-stdin", "--json"],
        "TST123456\n",
    );
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert_ne!(fs::read(&list).unwrap(), before);
    let output = desk.run(&["card", "publish", "--pki", "elsewhere", "--json"], &[]);
    assert_eq!(document(&output)["error"]["code"], "E-CLI-NO-REGISTER");
}

#[test]
fn a_stale_list_is_named_and_a_fresh_one_helps() {
    let desk = Desk::new();
    desk.card(&["publish", "--days", "1"]);
    assert_eq!(desk.verdict(&[]), said(0, "passed"));
    assert_eq!(
        desk.verdict(&["--on", "2046-01-01"]),
        said(8, "E-CRL-STALE")
    );
    let list = desk.card(&["publish", "--days", "3660"])["result"].clone();
    let year: u32 = list["next_update"].as_str().unwrap()[..4].parse().unwrap();
    assert_eq!(
        desk.verdict(&["--on", &format!("{year}-01-01")]),
        said(0, "passed")
    );
}

#[test]
fn a_list_that_another_register_signed_is_refused() {
    let desk = Desk::new();
    let other = Desk::new();
    let path = "specimen-pki/issuer/lost-cards.crl";
    fs::copy(other.path().join(path), desk.path().join(path)).unwrap();
    assert_eq!(
        desk.refusal("report-lost"),
        (3, "E-CLI-LIST-OTHER-REGISTER".into())
    );
    let path = "specimen-pki/lost-cards/lost-cards.crl";
    fs::copy(other.path().join(path), desk.path().join(path)).unwrap();
    assert_eq!(desk.verdict(&[]).0, 8);
}

#[test]
fn a_list_of_megabytes_is_indexed_beside_and_answers_alike() {
    let desk = Desk::new();
    let pki = TestPki::load(&desk.path().join("specimen-pki/issuer")).unwrap();
    let day = Time::utc(2026, 1, 1, 0, 0, 0).unwrap();
    let many = RevocationListBuilder::new(9, day, day.plus_days(9000).unwrap());
    let entry = |text: &str| SerialNumber::from_be_bytes(text.as_bytes());
    let reason = RevocationReason::CertificateHold;
    let many = (0..40_000).fold(many, |list, n| {
        list.revoke(entry(&format!("ABC{n:06}")), day, reason)
    });
    let register = pki.lost_card_register();
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let mut publish = |list: &RevocationListBuilder| {
        let list = list
            .sign(register.certificate(), register.key(), &mut rng)
            .unwrap();
        assert!(list.as_der().len() > 1024 * 1024);
        fs::write(
            desk.path().join("specimen-pki/lost-cards/lost-cards.crl"),
            list.as_der(),
        )
        .unwrap();
    };
    publish(&many);
    let index = desk
        .path()
        .join("specimen-pki/lost-cards/lost-cards.crl.index");
    assert_eq!(desk.verdict(&[]), said(0, "passed"));
    assert!(index.exists());
    publish(&many.clone().revoke(entry(NUMBER.1), day, reason));
    assert_eq!(desk.verdict(&[]), said(8, "E-DOCUMENT-LOST"));
    assert_eq!(desk.verdict(&["--on", "2060-01-01"]).1, "E-CRL-STALE");
    // Where there is no room for an index the list is read as a whole.
    fs::remove_file(&index).unwrap();
    fs::create_dir(&index).unwrap();
    assert_eq!(desk.verdict(&[]), said(8, "E-DOCUMENT-LOST"));
}

#[test]
fn every_action_is_in_the_log_and_nobody_is() {
    let desk = Desk::new();
    desk.card(&["report-lost"]);
    desk.run(
        &[
            "agency",
            "request",
            "--name",
            "BANK",
            "--agency",
            "測試銀行",
            "--purpose",
            "開戶",
        ],
        &[],
    );
    desk.run(
        &["agency", "grant", "TWBANK00001.cvreq", "--groups", "3"],
        &[],
    );
    // Refused before it began.
    desk.card(&["report-lost"]);
    let log = desk.log()["result"].clone();
    assert_eq!(
        (&log["lines"], &log["sealed"], &log["unsealed"]),
        (&30.into(), &true.into(), &0.into())
    );
    assert_eq!(log["unfinished"].as_array().unwrap().len(), 0);
    let text = fs::read_to_string(desk.path().join(LOG)).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let actions: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["action"].as_str().unwrap(),
                line["phase"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        actions,
        [
            ("issue", "begin"),
            ("begin-generation", "begin"),
            ("begin-generation", "done"),
            ("begin-generation", "begin"),
            ("begin-generation", "done"),
            ("certify", "begin"),
            ("certify", "done"),
            ("certify", "begin"),
            ("certify", "done"),
            ("certify", "begin"),
            ("certify", "done"),
            ("publish-revocation-list", "begin"),
            ("publish-revocation-list", "done"),
            ("publish-revocation-list", "begin"),
            ("publish-revocation-list", "done"),
            ("issue", "done"),
            ("report-lost", "begin"),
            ("revoke", "begin"),
            ("revoke", "done"),
            ("revoke", "begin"),
            ("revoke", "done"),
            ("revoke", "begin"),
            ("revoke", "done"),
            ("publish-revocation-list", "begin"),
            ("publish-revocation-list", "done"),
            ("publish-revocation-list", "begin"),
            ("publish-revocation-list", "done"),
            ("report-lost", "done"),
            ("grant", "begin"),
            ("grant", "done")
        ]
    );
    // The same card is the same object, and that is all that can be seen of it.
    assert_eq!(lines[0]["object"], lines[16]["object"]);
    assert_eq!(lines[28]["object"], "TWBANK00001");
    for personal in ["TST123456", "123456", "王小明", "A123456789", "測試銀行"] {
        assert!(!text.contains(personal), "{personal}");
    }
}

#[test]
fn a_log_that_was_tampered_with_is_named_by_its_line_and_stops_the_ministry() {
    let desk = Desk::new();
    desk.card(&["report-lost"]);
    let path = desk.path().join(LOG);
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replacen("report-lost", "reinstate", 2)).unwrap();
    let refused = desk.log();
    assert_eq!(refused["exit_code"], 8);
    assert_eq!(refused["error"]["code"], "E-CLI-LOG");
    assert!(
        refused["error"]["what"]["en"]
            .as_str()
            .unwrap()
            .contains("line 17"),
        "{refused}"
    );
    assert!(
        refused["error"]["what"]["zh-TW"]
            .as_str()
            .unwrap()
            .contains("第 17 行"),
        "{refused}"
    );
    assert_eq!(desk.refusal("reinstate"), (8, "E-CLI-LOG".into()));
    fs::write(&path, &good).unwrap();
    let head = desk.log()["result"]["head"].as_str().unwrap().to_owned();
    assert!(desk.card(&["reinstate"])["result"].is_object());
    let with_head =
        |head: &str| document(&desk.run(&["log", "verify", "--head", head, "--json"], &[]));
    assert_eq!(with_head(&head)["exit_code"], 0);
    assert_eq!(with_head(&"0".repeat(64))["exit_code"], 8);
}

#[test]
fn a_sector_list_follows_the_list_of_lost_cards() {
    let desk = Desk::new();
    desk.run(
        &[
            "agency",
            "request",
            "--name",
            "BANK",
            "--agency",
            "測試銀行",
            "--purpose",
            "開戶",
        ],
        &[],
    );
    let grant = [
        "agency",
        "grant",
        "TWBANK00001.cvreq",
        "--rights",
        "pseudonym",
        "--json",
    ];
    let granted = document(&desk.run(&grant, &[]));
    assert_eq!(granted["exit_code"], 0, "{granted}");
    let sector = fs::read(desk.path().join("BANK.sector")).unwrap();
    let sector = SectorPublicKey::parse(&sector).unwrap();
    let certificate = fs::read(desk.path().join("TWBANK00001.cvcert")).unwrap();
    let certificate = cvc::CvCertificate::parse(&certificate).unwrap();
    let [hash, none] = certificate.body().extensions.terminal_sector();
    assert_eq!(hash.unwrap().as_bytes(), sector.digest(Hash::Sha256));
    assert!(none.is_none());
    // A card that has the key: what its chip would answer is on the list once it is lost.
    let key = EcPrivateKey::generate(Curve::P256, &mut ChaCha20Rng::from_seed([5; 32])).unwrap();
    let cards = CardRegister::at(&desk.path().join("specimen-pki/issuer/cards"));
    let number = CardNumber::parse(NUMBER.1).unwrap();
    let issued = cards.revocation_key(&number).unwrap();
    assert!(issued.is_some(), "a new card's key is in the register");
    cards
        .enter(&number, Some(&key.public_key().unwrap()))
        .unwrap();
    let list = desk.card(&["report-lost"])["result"].clone();
    assert_eq!(
        list["sectors"],
        serde_json::json!(["specimen-pki/sectors/BANK/revoked.crl"])
    );
    let read = || {
        let list = fs::read(desk.path().join("specimen-pki/sectors/BANK/revoked.crl")).unwrap();
        RevocationList::from_der(&list).unwrap()
    };
    let protocol = RestrictedIdentificationProtocol::EcdhSha256;
    let permitted = TerminalSector {
        hash: Hash::Sha256,
        first: Some(sector.digest(Hash::Sha256)),
        second: None,
    };
    let (state, command) = terminal::start(protocol, Sector::First, &sector);
    let answer = chip::identify(protocol, &key, &permitted, command.data()).unwrap();
    let answer = state
        .finish(&ResponseApdu::new(answer, StatusWord::OK))
        .unwrap();
    let answer = answer.as_bytes();
    assert!(
        read()
            .is_revoked(&SerialNumber::from_be_bytes(&answer[..19]))
            .is_some()
    );
    assert_eq!(read().number(), [2]);
    desk.card(&["reinstate"]);
    assert!(read().is_empty());
}
