//! The power is cut before each file that a change writes: the directory opens again, says the old or the new, and the change can
//! be made once more.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop the test as the tests themselves do"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pki::builder::{KeyType, PrivateKey};
use pki::{CertificationRequestInfo, ProvenKey, RevocationReason, SerialNumber, Time};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use tempfile::TempDir;

use super::directory::Directory;
use super::{CitizenPki, Desk, KeySlot, ListIssuer, Publication, Subject, SubjectSerialNumber};
use crate::error::Error;
use crate::operator_log::OperatorLog;

impl Directory {
    /// Leaves half a file beside the one that was to be written, as a machine does that stops.
    pub(super) fn powered(&self, path: &Path) -> Result<(), Error> {
        match self.power.get() {
            None => Ok(()),
            Some(0) => {
                let beside = format!("{}.4711.new", path.display());
                let io = |source| Error::Io {
                    path: path.to_owned(),
                    source,
                };
                fs::write(beside, b"ha").map_err(io)?;
                Err(io(std::io::Error::other("the power is cut")))
            }
            Some(left) => {
                self.power.set(Some(left - 1));
                Ok(())
            }
        }
    }
}

/// A desk whose log lies beside the directory.
struct Office {
    folder: TempDir,
    log: OperatorLog,
    rng: ChaCha20Rng,
    now: Time,
}

impl Office {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        Self {
            log: OperatorLog::open(&folder.path().join("log"), &mut rng).unwrap(),
            now: Time::utc(2026, 12, 1, 8, 0, 0).unwrap(),
            folder,
            rng,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ca")
    }

    fn desk(&mut self) -> Desk<'_> {
        Desk {
            log: &mut self.log,
            now: self.now,
            rng: &mut self.rng,
        }
    }

    /// Makes the PKI, with so many files before the power is cut.
    fn create(&mut self, files: Option<usize>) -> Result<CitizenPki, Error> {
        let directory = Directory::open(&self.path()).unwrap();
        directory.power.set(files);
        let publication = Publication::at("http://citizen-pki.test/").unwrap();
        CitizenPki::create_in(directory, &publication, &mut self.desk())
    }
}

fn key(seed: u8) -> ProvenKey {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let key = PrivateKey::generate(KeyType::P256, &mut rng);
    let info = CertificationRequestInfo::new(&key.public_key().unwrap()).unwrap();
    let signature = key.sign(info.to_be_signed(), &mut rng).unwrap();
    ProvenKey::from(&info.signed(key.algorithm(), &signature).unwrap())
}

fn subject() -> Subject {
    let number = SubjectSerialNumber::parse("0000000000000001").unwrap();
    Subject::new("王小明", number, "6789").unwrap()
}

fn is_cut<T: std::fmt::Debug>(result: Result<T, Error>) -> bool {
    matches!(&result, Err(Error::Io { source, .. }) if source.to_string() == "the power is cut")
}

#[test]
fn a_new_pki_is_made_to_its_end_whenever_the_power_was_cut() {
    let mut made = 0;
    for files in 0.. {
        let mut office = Office::new();
        let first = office.create(Some(files));
        if first.is_ok() {
            made = files;
            break;
        }
        assert!(is_cut(first), "{files}");
        assert!(CitizenPki::open(&office.path()).is_err(), "{files}");
        let root = fs::read(office.path().join("root.key.pem")).ok();
        let generation = fs::read(office.path().join("generation-1.key.pem")).ok();
        let pki = office.create(None).unwrap();
        assert_eq!(pki.generations().len(), 1);
        for (name, before) in [("root", root), ("generation-1", generation)] {
            let now = fs::read(office.path().join(format!("{name}.key.pem"))).unwrap();
            // A key that was there is the one that was certified.
            assert!(before.is_none_or(|before| before == now), "{files} {name}");
        }
        drop(pki);
        CitizenPki::open(&office.path()).unwrap();
    }
    assert_eq!(made, 5, "publication, and two keys and certificates");
}

/// A change of an open PKI.
type Change = fn(&mut CitizenPki, &SerialNumber, &mut Desk<'_>) -> Result<(), Error>;

/// What is to be seen of a PKI from outside.
fn state(pki: &CitizenPki) -> (usize, usize, Vec<Option<RevocationReason>>, usize) {
    let serials = pki
        .certificates()
        .map(|it| it.certificate().serial_number());
    let revoked = serials.map(|serial| pki.revocation(&serial).map(|it| it.reason));
    let (certificates, list) = (pki.certificates().count(), ListIssuer::Generation(1));
    let list = pki.list(list).map_or(0, |list| list.number().len());
    (
        pki.generations().len(),
        certificates,
        revoked.collect(),
        list,
    )
}

#[test]
fn a_change_is_made_whole_or_not_and_can_be_made_again() {
    let hold = RevocationReason::CertificateHold;
    let changes: [(&str, usize, Change); 5] = [
        ("issue", 1, |pki, _, desk| {
            let (slot, key) = (KeySlot::Authentication, key(3));
            pki.issue(&subject(), slot, &key, None, desk).map(drop)
        }),
        ("renew", 1, |pki, serial, desk| {
            pki.renew(serial, &key(4), None, desk).map(drop)
        }),
        ("revoke", 1, |pki, serial, desk| {
            pki.revoke(serial, RevocationReason::CertificateHold, desk.now, desk)
        }),
        ("publish", 1, |pki, _, desk| {
            let next = desk.now.plus_days(1)?;
            pki.publish_list(ListIssuer::Generation(1), next, desk)
                .map(drop)
        }),
        ("generation", 2, |pki, _, desk| {
            pki.begin_generation(desk).map(drop)
        }),
    ];
    for (name, writes, change) in changes {
        for files in 0..=writes {
            let mut office = Office::new();
            // The keys need not be found again for each of them.
            fs::create_dir_all(office.path()).unwrap();
            for (issuer, pem) in keys() {
                fs::write(office.path().join(format!("{issuer}.key.pem")), pem).unwrap();
            }
            let mut pki = office.create(None).unwrap();
            let slot = KeySlot::Signature;
            let issued = pki.issue(&subject(), slot, &key(2), None, &mut office.desk());
            let serial = issued.unwrap().certificate().serial_number();
            let before = state(&pki);

            pki.directory.power.set(Some(files));
            let result = change(&mut pki, &serial, &mut office.desk());
            assert_eq!(is_cut(result), files < writes, "{name} {files}");
            // Memory and medium say the same.
            let in_memory = state(&pki);
            drop(pki);
            let mut pki = CitizenPki::open(&office.path()).unwrap();
            assert_eq!(state(&pki), in_memory, "{name} {files}");
            assert_eq!(state(&pki) == before, files < writes, "{name} {files}");
            if files < writes {
                change(&mut pki, &serial, &mut office.desk()).unwrap();
                assert_ne!(state(&pki), before, "{name}");
            }
            drop(pki);
            let pki = CitizenPki::open(&office.path()).unwrap();
            assert_ne!(state(&pki), before, "{name}");
            // The log has kept the attempt.
            let log = office.folder.path().join("log/operator.log");
            let report = crate::operator_log::verify(&log, None).unwrap();
            assert_eq!(
                report.unfinished.len(),
                usize::from(files < writes),
                "{name}"
            );
        }
    }
    // A release needs a hold before it.
    let mut office = Office::new();
    let mut pki = office.create(None).unwrap();
    let issued = pki.issue(
        &subject(),
        KeySlot::Signature,
        &key(2),
        None,
        &mut office.desk(),
    );
    let serial = issued.unwrap().certificate().serial_number();
    let now = office.now;
    pki.revoke(&serial, hold, now, &mut office.desk()).unwrap();
    pki.directory.power.set(Some(0));
    assert!(is_cut(pki.release(&serial, &mut office.desk())));
    drop(pki);
    let mut pki = CitizenPki::open(&office.path()).unwrap();
    assert!(pki.revocation(&serial).is_some());
    pki.release(&serial, &mut office.desk()).unwrap();
    drop(pki);
    let pki = CitizenPki::open(&office.path()).unwrap();
    assert!(pki.revocation(&serial).is_none());
}

/// Keys of authorities, made once.
fn keys() -> &'static [(ListIssuer, String)] {
    static KEYS: OnceLock<Vec<(ListIssuer, String)>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let mut rng = ChaCha20Rng::from_seed([9; 32]);
        let mut pem = |bits| {
            let key = PrivateKey::generate_rsa(bits, &mut rng).unwrap();
            key.expose_pkcs8_pem().unwrap().to_string()
        };
        vec![
            (ListIssuer::Root, pem(4096)),
            (ListIssuer::Generation(1), pem(2048)),
        ]
    })
}

#[test]
fn a_key_that_lies_there_is_certified_if_it_is_one_of_this_size() {
    let [(_, long), (_, short)] = keys() else {
        panic!("two keys")
    };
    let mut office = Office::new();
    fs::create_dir_all(office.path()).unwrap();
    let path = office.path().join("root.key.pem");
    fs::write(&path, short).unwrap();
    let error = office.create(None).unwrap_err().to_string();
    assert!(error.contains("not an RSA key of 4096 bits"), "{error}");
    fs::write(&path, "no key").unwrap();
    assert!(office.create(None).is_err());
    fs::write(&path, long).unwrap();
    office.create(None).unwrap();
}
