//! Card files that earlier programs wrote, in today's chip: what each holds and what was done to it, `vectors/card-files/README.md`
//! says. And files that must not open.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use applet_sim::{Chip, FORMAT_VERSION, FileStore, MemoryStore, StoreError};
use cvc::{Extension, ExtensionHash, Field, SignatureAlgorithm, SigningKey};
use host_lib::{
    AccessRequest, Card, CardTransport, Error, ErrorCode, FunctionState, KeySlot, LostList,
    PasswordStatus, Pin2, Question, Result, RevocationList, SectorIdentifier, SectorPublicKey,
    SoftwareKey, TerminalCertificates, Time, TrustStore, Unsupported,
};
use issuer::{AgencyPki, Grant, Validity};
use neweid_tests::cards::{Holder, Ministry, TestCard, Trust, environment, rng, specimen_toml};
use neweid_tests::flows::walk::Walk;
use neweid_tests::flows::writing::Writing;
use pki::{Certificate, TrustAnchor};
use secure_channel::restricted_identification::RestrictedIdentificationProtocol;
use secure_channel::{Curve, EcPrivateKey, Hash};
use sha2::{Digest, Sha256};
use signing::{Oid, SignedData, SignedDataBuilder, TrustedAuthorities};
use tempfile::TempDir;
use transport::{InProcess, Interface};

/// A card file as it was left, and what is true about its card.
struct Kept {
    file: &'static str,
    /// The folder of the PKI that signed it.
    pki: &'static str,
    /// What the old program changed of the specimen's profile.
    changes: &'static [(&'static str, &'static str)],
    pin1: PasswordStatus,
    /// Whether it was given trust-points, so that terminals can authenticate themselves.
    accepts_agencies: bool,
    /// Whether it was given reference data, and keys for Restricted Identification.
    answers_questions: bool,
}

const NEW_PIN1: (&str, &str) = ("135790", "864209");

/// From the oldest to the newest.
const KEPT: [Kept; 4] = [
    Kept {
        file: "format-1-without-trust-points.card",
        pki: "pki",
        changes: &[NEW_PIN1],
        pin1: PasswordStatus::TriesLeft(2),
        accepts_agencies: false,
        answers_questions: false,
    },
    Kept {
        file: "format-1-without-reference-data.card",
        pki: "pki",
        changes: &[],
        pin1: PasswordStatus::Suspended,
        accepts_agencies: true,
        answers_questions: false,
    },
    Kept {
        file: "format-1.card",
        pki: "pki",
        changes: &[NEW_PIN1, ("樣本里", "試驗里"), ("測試巷7號", "試驗巷8號")],
        pin1: PasswordStatus::TriesLeft(2),
        accepts_agencies: true,
        answers_questions: true,
    },
    Kept {
        file: WITH_CERTIFICATE,
        pki: "pki-with-certificate",
        changes: &[],
        pin1: PasswordStatus::TriesLeft(2),
        accepts_agencies: true,
        answers_questions: true,
    },
];

const WITH_CERTIFICATE: &str = "format-1-with-certificate.card";

/// The specimen that all of them were issued to.
const SPECIMEN: &str = "no-portrait";

type Inserted = InProcess<Chip<FileStore>>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/card-files")
}

/// The PKI of this folder.
fn trust(pki: &str) -> Trust {
    let pki = folder().join(pki);
    let read = |name: &str| fs::read(pki.join(name)).expect(name);
    let certificate = |name: &str| {
        let pem = String::from_utf8(read(name)).expect("PEM");
        Certificate::from_pem(&pem).expect(name)
    };
    let list = |name: &str| RevocationList::from_der(&read(name)).expect(name);
    let now = Time::utc(2026, 12, 1, 4, 0, 0).expect("a time");
    let mut anchors = TrustStore::with_test_anchors();
    anchors
        .add_anchor(certificate("csca.pem"))
        .expect("an anchor");
    let mut register = TrustStore::with_test_anchors();
    register
        .add_anchor(certificate("lost-cards/register.pem"))
        .expect("an anchor");
    Trust {
        anchors,
        lists: vec![list("csca.crl")],
        lost: LostList::new(list("lost-cards/lost-cards.crl"), &register, now).expect("a list"),
        now,
        ministry: Ministry::Folder(pki.join("issuer/agencies")),
    }
}

impl Kept {
    fn bytes(&self) -> Vec<u8> {
        fs::read(folder().join(self.file)).expect(self.file)
    }

    fn holder(&self) -> Holder {
        let mut profile = specimen_toml(SPECIMEN).to_owned();
        for (old, new) in self.changes {
            assert!(profile.contains(old), "{old}");
            profile = profile.replace(old, new);
        }
        Holder::new(&profile)
    }

    /// The file in a directory of its own, to be written to.
    fn copy(&self) -> (TempDir, PathBuf) {
        written(&self.bytes())
    }

    /// The right PIN1, after which all its tries are there again.
    fn right_pin1(&self) -> Writing {
        match self.pin1 {
            PasswordStatus::Suspended => Writing::ResumeRightPin1,
            _ => Writing::RightPin1,
        }
    }
}

fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("old.card");
    fs::write(&path, bytes).expect("a file");
    (directory, path)
}

fn open(path: &Path) -> core::result::Result<Chip<FileStore>, StoreError> {
    Chip::open(FileStore::open(path).expect("a file"), environment(90))
}

fn insert(path: &Path) -> Inserted {
    let chip = open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    InProcess::new(chip, Interface::Contactless)
}

fn pin1(card: &mut dyn CardTransport) -> PasswordStatus {
    Card::open(card)
        .and_then(|mut card| card.pin_status())
        .expect("a status")
}

#[test]
fn every_card_file_ever_written_opens_and_shows_what_its_access_code_opens() {
    for kept in &KEPT {
        let trust = trust(kept.pki);
        let (_directory, path) = kept.copy();
        let mut card = insert(&path);
        assert_eq!(pin1(&mut card), kept.pin1, "{}", kept.file);
        let report = Walk::AccessCode.run(&mut card, &kept.holder(), &trust);
        let report = report.unwrap_or_else(|error| panic!("{}: {error}", kept.file));
        assert!(report.chip_is_genuine(), "{}", kept.file);
        assert_eq!(pin1(&mut card), kept.pin1, "{}", kept.file);
    }
}

#[test]
fn what_is_done_to_an_old_card_is_in_its_file_when_it_is_opened_again() {
    for kept in &KEPT {
        let trust = trust(kept.pki);
        let (_directory, path) = kept.copy();
        let holder = kept.holder();
        let run = |writing: Writing| {
            let outcome = writing.run(&mut insert(&path), &holder, &trust);
            assert!(
                writing.ends_as_expected(&outcome),
                "{}: {writing:?}: {outcome:?}",
                kept.file
            );
            pin1(&mut insert(&path))
        };
        if kept.pin1 != PasswordStatus::Suspended {
            assert_eq!(run(Writing::WrongPin1), PasswordStatus::Suspended);
        }
        assert_eq!(run(Writing::ResumeWrongPin1), PasswordStatus::Blocked);
        assert_eq!(run(Writing::UnblockPin1), PasswordStatus::Untouched);
        // The PIN1 that the old program left, until the last.
        assert_eq!(run(Writing::RightPin1), PasswordStatus::Untouched);
        assert_eq!(run(Writing::ChangePin1), PasswordStatus::Untouched);
        let outcome = Writing::RightPin1.run(&mut insert(&path), &holder, &trust);
        assert!(
            matches!(outcome, Err(Error::WrongPassword { .. })),
            "{outcome:?}"
        );
    }
}

#[test]
fn an_old_card_opens_to_agencies_if_it_was_told_of_their_ministry() {
    for kept in &KEPT {
        let trust = trust(kept.pki);
        let (_directory, path) = kept.copy();
        let (mut card, holder) = (insert(&path), kept.holder());
        let outcome = kept.right_pin1().run(&mut card, &holder, &trust);
        outcome.expect("PIN1 as the old program left it");
        match Walk::Agency.run(&mut card, &holder, &trust) {
            Ok(report) => assert!(report.chip_is_genuine() && kept.accepts_agencies),
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::TerminalUnknown, "{}", kept.file);
                assert!(!kept.accepts_agencies, "{}: {error}", kept.file);
            }
        }
    }
}

/// A service of the ministry's folder that may ask everything and has a sector.
fn service(pki: &str, question: &Question) -> (AccessRequest, SoftwareKey, SectorPublicKey) {
    let secret = |seed| EcPrivateKey::generate(Curve::P256, &mut rng(seed)).expect("a key");
    let key = SigningKey::new(SignatureAlgorithm::EcdsaSha256, secret(91)).expect("P-256");
    let point = secret(92).public_key().expect("a point");
    let sector = SectorPublicKey::new(RestrictedIdentificationProtocol::EcdhSha256, point);
    let sector = sector.expect("a sector");
    let hash = ExtensionHash::new(Field::TerminalSector, &sector.digest(Hash::Sha256));
    let sectors = Extension::TerminalSector {
        first: Some(hash.expect("a hash")),
        second: None,
    };
    let mut pki =
        AgencyPki::load(&folder().join(pki).join("issuer/agencies")).expect("the ministry");
    let verifier = pki.find_document_verifier(AgencyPki::DOMESTIC);
    let since = verifier
        .expect("its document verifier")
        .certificate()
        .body()
        .effective;
    let terminal = pki.terminal(
        AgencyPki::DOMESTIC,
        "SHOP",
        &Grant::everything().with_extension(sectors),
        key.verifying_key(),
        Validity::terminal(since).expect("days"),
        &mut rng(93),
    );
    let chain = pki.chain_for(&terminal.expect("a certificate"));
    let certificates = TerminalCertificates::new(chain.expect("a chain")).expect("certificates");
    let request = AccessRequest::new(certificates).ask(question.clone());
    (request, SoftwareKey::new(key), sector)
}

#[test]
fn an_old_card_answers_what_it_was_given_the_answer_to_and_says_that_it_does_not_know_the_rest() {
    // To where the old program let its holder move.
    let question = Question::LivesIn("高雄市鹽埕區試驗里".to_owned());
    for kept in KEPT.iter().filter(|kept| kept.accepts_agencies) {
        let trust = trust(kept.pki);
        let moved = kept.changes.iter().any(|(_, new)| *new == "試驗里");
        let (_directory, path) = kept.copy();
        let (mut card, holder) = (insert(&path), kept.holder());
        let outcome = kept.right_pin1().run(&mut card, &holder, &trust);
        outcome.expect("PIN1 as the old program left it");
        let (request, mut key, sector) = service(kept.pki, &question);
        let mut visit = || -> (Result<bool>, Result<SectorIdentifier>) {
            let mut card = Card::open(&mut card).expect("a card");
            let consent = request.clone().agree_to_everything();
            let session = card.pace_as_terminal(Walk::Agency.code(&holder), consent);
            let session = session.expect("PIN1").authenticate(&mut key);
            let mut session = session.expect("an agency of its ministry");
            let proven = session.prove_chip(&trust.verifier());
            let mut proven = proven.expect("a genuine chip");
            (proven.answer(&question), proven.pseudonym(&sector))
        };
        match visit() {
            (Ok(lives_there), Ok(pseudonym)) => {
                assert!(kept.answers_questions, "{}", kept.file);
                assert_eq!(lives_there, moved, "{}", kept.file);
                let again = visit().1.expect("a pseudonym");
                assert_eq!(again.as_bytes(), pseudonym.as_bytes());
            }
            (Err(answer), Err(pseudonym)) => {
                assert!(!kept.answers_questions, "{}: {answer}", kept.file);
                assert!(matches!(answer, Error::Unsupported(Unsupported::Question)));
                assert!(matches!(
                    pseudonym,
                    Error::Unsupported(Unsupported::RestrictedIdentification)
                ));
            }
            other => panic!("{}: {other:?}", kept.file),
        }
    }
}

/// PIN2 as the old program left it, with two tries; the function switched off.
#[test]
fn an_old_card_signs_after_its_certificate_is_switched_on_again() {
    let kept = KEPT.iter().find(|kept| kept.file == WITH_CERTIFICATE);
    let kept = kept.expect("a card file with certificate");
    let trust = trust(kept.pki);
    let (_directory, path) = kept.copy();
    let mut card = Card::open(insert(&path)).expect("a card");
    let mut session = card
        .pace(Walk::AccessCode.code(&kept.holder()))
        .expect("the access code");
    let mut proven = session.prove_chip(&trust.verifier()).expect("genuine");
    let pin2 = Pin2::parse("271828182845").expect("twelve digits");
    {
        let mut application = proven.certificates().expect("certificates");
        assert_eq!(application.state(), FunctionState::Deactivated);
        let tries = application.pin2_status().expect("a status");
        assert_eq!(tries, PasswordStatus::TriesLeft(2));
        let unlocked = application.verify_pin2(&pin2).expect("PIN2");
        unlocked.enable().expect("the right PIN2");
    }
    let mut application = proven.certificates().expect("certificates");
    let unlocked = application.verify_pin2(&pin2).expect("PIN2");
    let algorithm = unlocked.algorithm(KeySlot::Signature).expect("a key");
    let mut key = unlocked.signature_key(algorithm).expect("a key");
    let message = SignedDataBuilder::new(Oid::DATA).signing_time(trust.now);
    let message = message.attached(b"a letter", &mut key).expect("signed");

    let read = |name: &str| {
        let path = folder().join(kept.pki).join("citizens").join(name);
        fs::read(path).expect(name)
    };
    let certificate = |name| Certificate::from_der(&read(name)).expect("a certificate");
    let list = |name| RevocationList::from_der(&read(name)).expect("a list");
    let root = TrustAnchor::from_test_certificate(certificate("root.crt"));
    let anchors = [root.expect("a root")];
    let (generation, lists) = (
        [certificate("generation-1.crt")],
        [list("root.crl"), list("generation-1.crl")],
    );
    let authorities = TrustedAuthorities::new(&anchors)
        .intermediates(&generation)
        .revocation_lists(&lists);
    let signed = SignedData::parse(&message).expect("a message");
    let letter = signing::Verifier::new(&authorities, trust.now).attached(&signed);
    assert_eq!(letter.expect("a valid signature").content, b"a letter");
}

/// The superblock's version, where the store's specification has it.
fn version(card: &[u8]) -> u16 {
    u16::from_be_bytes([card[24], card[25]])
}

/// The superblock as another version would have it, checksum included.
fn stamp(card: &mut [u8], version: u16) {
    card[24..26].copy_from_slice(&version.to_be_bytes());
    let digest = Sha256::digest(&card[..32]);
    card[32..40].copy_from_slice(&digest[..8]);
}

#[test]
fn a_newer_card_file_is_refused_because_of_its_version_and_left_as_it_is() {
    for kept in &KEPT {
        let intact = kept.bytes();
        let mut bytes = intact.clone();
        stamp(&mut bytes, version(&intact));
        assert_eq!(bytes, intact, "the checksum is the right one");
        for found in [FORMAT_VERSION + 1, 0x0100, u16::MAX] {
            stamp(&mut bytes, found);
            let (_directory, path) = written(&bytes);
            let error = open(&path).map(drop).expect_err("a newer file");
            let supported = FORMAT_VERSION;
            assert_eq!(error, StoreError::NewerFormat { found, supported });
            let text = error.to_string();
            for part in [
                found.to_string(),
                supported.to_string(),
                "newer version".into(),
            ] {
                assert!(text.contains(&part), "{text}");
            }
            assert_eq!(fs::read(&path).expect("a file"), bytes);
        }
        // There never was a format 0.
        stamp(&mut bytes, 0);
        let (_directory, path) = written(&bytes);
        assert_eq!(open(&path).err(), Some(StoreError::Corrupt { offset: 0 }));
    }
}

#[test]
fn a_card_file_that_was_cut_or_grew_is_refused_and_left_as_it_is() {
    for kept in &KEPT {
        let intact = kept.bytes();
        let longer = [intact.clone(), vec![0]].concat();
        for length in [0, 20, 39, 40, 60, 6000, intact.len() - 1, longer.len()] {
            let bytes = &longer[..length];
            let (_directory, path) = written(bytes);
            let expected = match length {
                0..40 => StoreError::NotACard,
                _ => StoreError::Corrupt { offset: 0 },
            };
            assert_eq!(open(&path).err(), Some(expected), "{length} bytes");
            assert_eq!(fs::read(&path).expect("a file"), bytes);
        }
    }
}

#[test]
fn a_flipped_bit_in_a_card_file_is_reported_and_left_as_it_is_or_of_no_consequence() {
    for kept in &KEPT {
        let mut bytes = kept.bytes();
        let (_directory, path) = written(&bytes);
        let write = |position: usize, byte: u8| {
            let mut file = OpenOptions::new().write(true).open(&path)?;
            file.seek(SeekFrom::Start(position as u64))?;
            file.write_all(&[byte])
        };
        let end = bytes.iter().rposition(|byte| *byte != 0).expect("a card") + 16;
        let (mut refused, mut harmless) = (0, 0);
        // The whole superblock, the header of the bank and the first mark; a sample of what follows, with every bit among it.
        for position in (0..72).chain((72..end).step_by(23)) {
            let intact = bytes[position];
            bytes[position] ^= 1 << (position % 8);
            write(position, bytes[position]).expect("a file");
            match open(&path) {
                Ok(chip) => {
                    let mut card = InProcess::new(chip, Interface::Contactless);
                    assert_eq!(pin1(&mut card), kept.pin1, "{}, {position}", kept.file);
                    harmless += 1;
                }
                Err(
                    StoreError::NotACard
                    | StoreError::Corrupt { .. }
                    | StoreError::NewerFormat { .. },
                ) => refused += 1,
                Err(error) => panic!("{}, {position}: {error}", kept.file),
            }
            assert!(fs::read(&path).expect("a file") == bytes, "{position}");
            bytes[position] = intact;
            write(position, intact).expect("a file");
        }
        // A mark's last byte does not count, and neither does what is behind the last entry.
        assert!(
            refused > 300 && (1..5).contains(&harmless),
            "{}: {refused} refused, {harmless} harmless",
            kept.file
        );
    }
}

#[test]
fn every_format_up_to_todays_has_a_card_file() {
    let listed: BTreeSet<_> = KEPT.iter().map(|kept| kept.file.to_owned()).collect();
    let entries = fs::read_dir(folder()).expect("the folder");
    let found: BTreeSet<_> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.ends_with(".card"))
        .collect();
    assert_eq!(found, listed, "a card file that no test opens, or none");

    let kept: BTreeSet<_> = KEPT.iter().map(|kept| version(&kept.bytes())).collect();
    assert_eq!(
        kept,
        (1..=FORMAT_VERSION).collect(),
        "before a format changes, a card file of it is kept, and one of the new format beside it"
    );
}

/// Which records were personalised into a card, from the first entry of its first bank.
fn records(card: &[u8]) -> BTreeSet<u32> {
    assert_eq!(version(card), 1, "formats differ in where this is");
    let number = |at: usize| {
        let bytes = card[at..at + 4].try_into().expect("four bytes");
        u32::from_be_bytes(bytes)
    };
    assert!(card[40..].starts_with(b"BANK"));
    let (mut at, mut records) = (72, BTreeSet::new());
    let end = at + number(68) as usize;
    while at < end {
        records.insert(number(at));
        assert_eq!(card[at + 4], 1, "an insertion");
        at += 9 + number(at + 5) as usize;
    }
    records
}

#[test]
fn the_newest_card_file_has_every_record_of_a_card_that_is_issued_today() {
    let mut today = TestCard::of_case(SPECIMEN);
    today.certify();
    let memory = today.image().personalise(MemoryStore::default());
    let today = records(memory.expect("a card").durable_bytes());
    let [.., before, newest] = KEPT.each_ref().map(|kept| records(&kept.bytes()));
    assert_eq!(
        newest, today,
        "cards are issued with other records than before: a card file of now is kept, too"
    );
    assert!(before.is_subset(&today) && before != today);
}
