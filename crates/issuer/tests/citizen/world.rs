//! A PKI with three generations, made once and copied for each test.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use issuer::{
    CertificationError, CitizenCertificate, CitizenPki, Desk, Error, KeySlot, OperatorLog,
    Publication, Subject, SubjectSerialNumber,
};
use pki::builder::{KeyType, PrivateKey};
use pki::{CertificationRequest, CertificationRequestInfo, ProvenKey, Time};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use tempfile::TempDir;

pub(crate) const BASE: &str = "http://citizen-pki.test/";

pub(crate) fn day(year: u16, month: u8, day: u8) -> Time {
    Time::utc(year, month, day, 0, 0, 0).unwrap()
}

/// When each generation begins.
pub(crate) fn beginnings() -> [Time; 3] {
    [day(2008, 1, 1), day(2016, 1, 1), day(2024, 1, 1)]
}

pub(crate) fn today() -> Time {
    day(2026, 12, 1)
}

pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(crate) fn publication() -> Publication {
    Publication::at(BASE).unwrap()
}

pub(crate) fn p256(seed: u8) -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &mut rng(seed))
}

pub(crate) fn rsa(seed: u8) -> PrivateKey {
    PrivateKey::generate_rsa(2048, &mut rng(seed)).unwrap()
}

pub(crate) fn request(key: &PrivateKey) -> CertificationRequest {
    let info = CertificationRequestInfo::new(&key.public_key().unwrap()).unwrap();
    let signature = key.sign(info.to_be_signed(), &mut rng(3)).unwrap();
    info.signed(key.algorithm(), &signature).unwrap()
}

pub(crate) fn proven(key: &PrivateKey) -> ProvenKey {
    ProvenKey::from(&request(key))
}

/// The n-th person; every third has a name of a rare character, every fourth a long one.
pub(crate) fn person(number: u32) -> Subject {
    let name = match number {
        n if n % 4 == 3 => "臺".repeat(50),
        n if n % 3 == 2 => "𠮷小明".to_owned(),
        _ => "王小明".to_owned(),
    };
    let serial = SubjectSerialNumber::parse(&format!("{number:016}")).unwrap();
    Subject::new(&name, serial, &format!("{:04}", 6000 + number)).unwrap()
}

pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> CertificationError {
    match result {
        Err(Error::Certification(error)) => error,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A PKI, and whoever works at it.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) pki: CitizenPki,
    pub(crate) log: OperatorLog,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) now: Time,
}

impl World {
    /// Three generations and nothing else, today.
    pub(crate) fn new() -> Self {
        static MADE: OnceLock<TempDir> = OnceLock::new();
        let made = MADE.get_or_init(|| {
            let folder = TempDir::new().unwrap();
            let mut rng = rng(1);
            let mut log = OperatorLog::open(&folder.path().join("log"), &mut rng).unwrap();
            let [first, others @ ..] = beginnings();
            let path = folder.path().join("ca");
            let mut desk = Desk {
                log: &mut log,
                now: first,
                rng: &mut rng,
            };
            let mut pki = CitizenPki::open_or_create(&path, &publication(), &mut desk).unwrap();
            for now in others {
                desk.now = now;
                pki.begin_generation(&mut desk).unwrap();
            }
            folder
        });
        Self::copied(made.path())
    }

    /// A copy of what was made once, today.
    fn copied(made: &Path) -> Self {
        let folder = TempDir::new().unwrap();
        copy(made, folder.path());
        let mut rng = rng(2);
        let log = OperatorLog::open(&folder.path().join("log"), &mut rng).unwrap();
        Self {
            pki: CitizenPki::open(&folder.path().join("ca")).unwrap(),
            log,
            rng,
            now: today(),
            folder,
        }
    }

    /// Acts at this world's desk.
    pub(crate) fn act<T>(
        &mut self,
        action: impl FnOnce(&mut CitizenPki, &mut Desk<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut desk = Desk {
            log: &mut self.log,
            now: self.now,
            rng: &mut self.rng,
        };
        action(&mut self.pki, &mut desk)
    }

    pub(crate) fn issue(
        &mut self,
        subject: &Subject,
        slot: KeySlot,
        key: &PrivateKey,
    ) -> Result<CitizenCertificate, Error> {
        let key = proven(key);
        self.act(|pki, desk| pki.issue(subject, slot, &key, None, desk))
    }

    /// Reads the directory anew.
    pub(crate) fn reopen(self) -> Self {
        let path = self.folder.path().join("ca");
        drop(self.pki);
        let pki = CitizenPki::open(&path).unwrap();
        Self { pki, ..self }
    }
}

/// A PKI in which each generation, in its time, has certified each slot of a person of its own, valid today. Persons have
/// the numbers 1 to 3, as the generations; keys are RSA for the first, mixed for the second, P-256 as far as possible for
/// the third.
pub(crate) fn busy() -> World {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    World::copied(MADE.get_or_init(make_busy).path())
}

fn make_busy() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut rng = rng(5);
    let mut log = OperatorLog::open(&folder.path().join("log"), &mut rng).unwrap();
    let path = folder.path().join("ca");
    let template = World::new();
    // The keys of the template, so that they need not be found again.
    fs::create_dir_all(&path).unwrap();
    for issuer in ["root", "generation-1", "generation-2", "generation-3"] {
        let name = format!("{issuer}.key.pem");
        fs::copy(
            template.folder.path().join("ca").join(&name),
            path.join(name),
        )
        .unwrap();
    }
    let mut desk = Desk {
        log: &mut log,
        now: beginnings()[0],
        rng: &mut rng,
    };
    let mut pki = CitizenPki::open_or_create(&path, &publication(), &mut desk).unwrap();
    for (number, now) in (1..=3).zip(beginnings()) {
        desk.now = now;
        if number > 1 {
            pki.begin_generation(&mut desk).unwrap();
        }
        for (index, slot) in KeySlot::ALL.into_iter().enumerate() {
            let seed = 10 * number + index as u8;
            let curve = slot != KeySlot::KeyDecipherment && (number == 3 || seed == 21);
            let key = proven(&if curve { p256(seed) } else { rsa(seed) });
            let validity = Some((now, day(2027, 12, 31)));
            let person = person(u32::from(number));
            pki.issue(&person, slot, &key, validity, &mut desk).unwrap();
        }
    }
    folder
}
