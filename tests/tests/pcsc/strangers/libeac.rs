//! OpenPACE (libeac), the independent implementation of PACE, Terminal and Chip Authentication in C, under a small
//! program of ours (`tests/strangers/eac_walk.c`) that does nothing but the walk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cvc::{CurrentDate, CvCertificate, Right, SigningKey, TrustPoint, TrustPoints};
use iso7816::tlv::{Tag, encode};
use libtest_mimic::Trial;
use neweid_tests::cards::{Agency, TestCard, rng};
use neweid_tests::flows::passwords::other_digits;
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, SectorPublicKey,
};
use secure_channel::{Curve, EcPrivateKey};
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
        as_a_terminal_it_reads_the_groups_of_its_certificate_and_no_other,
        as_a_terminal_with_the_access_code_it_reads_where_it_may_use_that,
        as_a_terminal_made_by_openpace_it_reads_too,
        as_a_terminal_with_an_expired_certificate_it_is_refused,
        as_a_terminal_with_a_key_that_nobody_certified_it_is_refused,
        as_a_terminal_it_finds_out_a_chip_without_the_key_that_was_signed,
        as_a_terminal_that_reads_nothing_it_asks_an_age_and_gets_a_pseudonym,
    )
}

/// The program, compiled once.
fn eac_walk() -> &'static Path {
    static PROGRAM: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("eac_walk");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("strangers");
        let sources = [
            "eac_walk.c",
            "card.c",
            "pace.c",
            "terminal.c",
            "questions.c",
        ]
        .map(|file| sources.join(file));
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

/// What the program is given of a terminal, in a folder, and a card that trusts its ministry.
struct Terminal {
    folder: TempDir,
    card: TestCard,
}

impl Terminal {
    fn of(agency: &Agency) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, contents) in [
            ("dv.cvcert", agency.document_verifier.to_bytes()),
            ("at.cvcert", agency.terminal.to_bytes()),
            ("at.key", ec_private_key(&agency.key)),
        ] {
            fs::write(folder.path().join(name), contents).expect("a file");
        }
        Self::in_folder(folder, agency.trust_points.clone())
    }

    /// With keys and certificates of `cvc-create`, OpenPACE's own; it may read group 6.
    fn made_by_openpace() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let key = Agency::with_rights(&[]).key;
        fs::write(path.join("cvca.key"), ec_private_key(&key)).expect("a file");
        for arguments in [
            "--role=cvca --type=at --chr=TWMOICVCA00001 --sign-with=cvca.key --out-cert=cvca.cvcert \
             --read-dg6 --read-dg7",
            "--role=dv_domestic --sign-as=cvca.cvcert --chr=TWTESTDV00001 --sign-with=cvca.key \
             --out-cert=dv.cvcert --out-key=dv.key --read-dg6",
            "--role=terminal --sign-as=dv.cvcert --chr=TWAGENCY00001 --sign-with=dv.key \
             --out-cert=at.cvcert --out-key=at.key --read-dg6 --read-dg7",
        ] {
            let output = Command::new("cvc-create")
                .args([
                    "--issued=260101",
                    "--expires=281231",
                    "--scheme=ECDSA_SHA_256",
                ])
                .args(arguments.split_whitespace())
                .current_dir(path)
                .output()
                .expect("cvc-create: apt-get install openpace");
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "cvc-create {arguments}\n{error}");
        }
        let root = fs::read(path.join("cvca.cvcert")).expect("a file");
        let root = CvCertificate::parse(&root).expect("a certificate");
        let point = TrustPoint::from_self_signed(&root).expect("a trust-point");
        let today = CurrentDate::Approximated(root.body().effective);
        let trust_points = TrustPoints::new(today, [point]).expect("trust-points");
        Self::in_folder(folder, trust_points)
    }

    fn in_folder(folder: TempDir, trust_points: TrustPoints) -> Self {
        let card = TestCard::default_specimen()
            .changed(|image| image.eid.trust_points = Some(trust_points));
        Self { folder, card }
    }

    fn path(&self) -> String {
        self.folder.path().display().to_string()
    }

    /// Reads this group, and compares it with what was issued.
    fn reads(&self, password: &str, group: u8) {
        let file = self.folder.path().join("group");
        let (folder, number) = (self.path(), group.to_string());
        let file_name = file.display().to_string();
        let said =
            Codes::of(&self.card).succeeds(&["terminal", password, &folder, &number, &file_name]);
        for step in [
            "the card trusts TWMOICVCA00001",
            "token verified, new channel",
        ] {
            assert!(said.contains(step), "{said}");
        }
        let read = fs::read(&file).expect("the group");
        assert!(
            read == self.card.image().eid.groups[&group],
            "DG{group} as issued"
        );
    }

    fn fails(&self, password: &str, group: u8, step: &str, status: &str) {
        let (folder, number) = (self.path(), group.to_string());
        Codes::of(&self.card).fails(&["terminal", password, &folder, &number], step, status);
    }
}

/// A key on P-256 as OpenSSL takes it: `ECPrivateKey` of RFC 5915.
fn ec_private_key(key: &SigningKey) -> Vec<u8> {
    private_key(key.private_key())
}

fn private_key(key: &EcPrivateKey) -> Vec<u8> {
    const PRIME_256: &[u8] = &[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
    let parts = [
        encode(Tag(0x02), &[1]),
        encode(Tag(0x04), key.expose_secret()),
        encode(Tag(0xA0), PRIME_256),
    ];
    encode(Tag(0x30), &parts.concat())
}

fn as_a_terminal_it_reads_the_groups_of_its_certificate_and_no_other() {
    let terminal = Terminal::of(&Agency::with_rights(&[
        Right::ReadGroup(6),
        Right::ReadGroup(12),
    ]));
    for interface in [Interface::Contactless, Interface::Contact] {
        let inserted = Slot::FIRST.insert_image(terminal.card.image(), interface);
        terminal.reads("pin", 6);
        terminal.reads("pin", 12);
        terminal.fails("pin", 7, "DG7", "6982");
        drop(inserted);
    }
}

fn as_a_terminal_with_the_access_code_it_reads_where_it_may_use_that() {
    let terminal = Terminal::of(&Agency::with_rights(&[
        Right::ReadGroup(6),
        Right::CanAllowed,
    ]));
    let inserted = Slot::FIRST.insert_image(terminal.card.image(), Interface::Contactless);
    terminal.reads("can", 6);
    terminal.fails("can", 7, "DG7", "6982");
    drop(inserted);

    let terminal = Terminal::of(&Agency::with_rights(&[Right::ReadGroup(6)]));
    let inserted = Slot::FIRST.insert_image(terminal.card.image(), Interface::Contactless);
    terminal.fails("can", 6, "PACE MSE:Set AT", "6A80");
    terminal.reads("pin", 6);
    drop(inserted);
}

fn as_a_terminal_made_by_openpace_it_reads_too() {
    let terminal = Terminal::made_by_openpace();
    let inserted = Slot::FIRST.insert_image(terminal.card.image(), Interface::Contactless);
    terminal.reads("pin", 6);
    // In the certificates of ministry and agency, and not in the document verifier's.
    terminal.fails("pin", 7, "DG7", "6982");
    drop(inserted);
}

fn as_a_terminal_with_an_expired_certificate_it_is_refused() {
    let terminal = Terminal::of(&Agency::expired(&[Right::ReadGroup(6)]));
    let inserted = Slot::FIRST.insert_image(terminal.card.image(), Interface::Contactless);
    terminal.fails("pin", 6, "PSO:VERIFY CERTIFICATE at.cvcert", "6300");
    drop(inserted);
}

fn as_a_terminal_with_a_key_that_nobody_certified_it_is_refused() {
    let agency = Agency::with_rights(&[Right::ReadGroup(6)]).with_another_key();
    let terminal = Terminal::of(&agency);
    let inserted = Slot::FIRST.insert_image(terminal.card.image(), Interface::Contactless);
    terminal.fails("pin", 6, "EXTERNAL AUTHENTICATE", "6300");
    drop(inserted);
}

/// Everything that can be read was copied onto another chip.
fn as_a_terminal_it_finds_out_a_chip_without_the_key_that_was_signed() {
    let mut terminal = Terminal::of(&Agency::with_rights(&[Right::ReadGroup(6)]));
    let other = EcPrivateKey::generate(Curve::P256, &mut rng(5)).expect("a key");
    terminal.card = terminal.card.changed(|image| image.keys.generation = other);
    let inserted = Slot::FIRST.insert_image(terminal.card.image(), Interface::Contactless);
    terminal.fails("pin", 6, "Chip Authentication token", "wrong");
    drop(inserted);
}

/// Its own cryptography on both sides of the key agreement: the card's answer must be what libeac computes with
/// the sector's private and the card's public key. 王小明 was born on 12 May 1990.
fn as_a_terminal_that_reads_nothing_it_asks_an_age_and_gets_a_pseudonym() {
    let rights = [Right::AgeVerification, Right::RestrictedIdentification];
    let asks = |seed, rights: &[Right], date: &str| {
        let sector_key = EcPrivateKey::generate(Curve::P256, &mut rng(seed)).expect("a key");
        let sector = SectorPublicKey::new(
            RestrictedIdentificationProtocol::EcdhSha256,
            sector_key.public_key().expect("a point"),
        );
        let sector = sector.expect("a sector");
        let terminal = Terminal::of(&Agency::in_sector(rights, &sector));
        let card_key = terminal.card.image().keys.pseudonym.as_ref();
        let card_key = card_key.expect("a key").public_key().expect("a point");
        for (name, contents) in [
            ("sector", sector.to_data_object()),
            ("sector.key", private_key(&sector_key)),
            ("card.point", card_key.as_uncompressed().to_vec()),
        ] {
            fs::write(terminal.folder.path().join(name), contents).expect("a file");
        }
        let inserted = Slot::FIRST.insert_image(terminal.card.image(), Interface::Contactless);
        let file = terminal.folder.path().join("pseudonym");
        let (folder, file_name) = (terminal.path(), file.display().to_string());
        let said = Codes::of(&terminal.card).run(&["ask", "pin", &folder, date, &file_name]);
        drop(inserted);
        said.map(|said| (said, fs::read(file).expect("a pseudonym")))
    };
    let answer =
        |seed, date: &str| asks(seed, &rights, date).unwrap_or_else(|error| panic!("{error}"));
    let (said, pseudonym) = answer(80, "19900512");
    assert!(said.contains("old enough: yes"), "{said}");
    assert!(said.contains("as libeac computes it"), "{said}");
    assert_eq!(pseudonym.len(), 32);
    let (said, again) = answer(80, "19900511");
    assert!(said.contains("old enough: no"), "{said}");
    assert_eq!(again, pseudonym, "the same sector");
    assert_ne!(answer(81, "19900512").1, pseudonym, "another sector");

    for (rights, step) in [
        (&rights[..1], "FAILED pseudonym"),
        (&rights[1..], "FAILED VERIFY of the age"),
    ] {
        let refused = asks(80, rights, "19900512").expect_err("a right is missing");
        assert!(
            refused.starts_with(step) && refused.contains("6982"),
            "{refused}"
        );
    }
}
