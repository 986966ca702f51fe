//! The power is cut at every storage operation of everything that makes a card write: a card in a file,
//! driven through the host library, and the file opened again afterwards.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use applet_sim::{
    Chip, Delay, Environment, FileStore, MemoryError, MemoryStore, NonVolatileMemory, Tear,
};
use host_lib::{AccessCode, Card, Group, PasswordStatus, Pin};
use neweid_tests::cards::{Holder, TestCard, rng, trust};
use neweid_tests::flows::walk::Walk;
use neweid_tests::flows::writing::{NEW_PIN1, Writing};
use transport::{InProcess, Interface};

/// A card file whose power can be cut: what was not flushed is then lost, or torn.
struct Cut {
    file: FileStore,
    unflushed: Vec<(usize, Vec<u8>)>,
    power: Arc<Mutex<Power>>,
}

/// Counts storage operations, and knows at which of them the power goes.
#[derive(Default)]
struct Power {
    operations: u64,
    cut: Option<(u64, Tear)>,
    is_gone: bool,
}

impl Cut {
    /// Counts an operation. `Some` if the power goes in the middle of it.
    fn operation(&self) -> Result<Option<Tear>, MemoryError> {
        let mut power = self.power.lock().expect("no panic");
        if power.is_gone {
            return Err(MemoryError::PowerLost);
        }
        let number = power.operations;
        power.operations += 1;
        let cut = power.cut.filter(|(at, _)| *at == number);
        power.is_gone = cut.is_some();
        Ok(cut.map(|(_, tear)| tear))
    }

    /// What reaches the disk when the power goes.
    fn tear(&mut self, tear: Tear) -> Result<(), MemoryError> {
        let mut writes = std::mem::take(&mut self.unflushed);
        match tear {
            Tear::Nothing => writes.clear(),
            Tear::Everything => {}
            Tear::After(bytes) => {
                if let Some((_, last)) = writes.last_mut() {
                    last.truncate(bytes);
                }
            }
            Tear::LastOnly => drop(writes.drain(..writes.len().saturating_sub(1))),
        }
        for (offset, bytes) in writes {
            self.file.write(offset, &bytes)?;
        }
        Err(MemoryError::PowerLost)
    }
}

impl NonVolatileMemory for Cut {
    fn capacity(&self) -> usize {
        self.file.capacity()
    }

    fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<(), MemoryError> {
        if self.power.lock().expect("no panic").is_gone {
            return Err(MemoryError::PowerLost);
        }
        self.file.read(offset, buffer)?;
        for (at, bytes) in &self.unflushed {
            for (index, byte) in bytes.iter().enumerate() {
                let place = (at + index).checked_sub(offset);
                if let Some(target) = place.and_then(|place| buffer.get_mut(place)) {
                    *target = *byte;
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), MemoryError> {
        let cut = self.operation()?;
        self.unflushed.push((offset, bytes.to_vec()));
        cut.map_or(Ok(()), |tear| self.tear(tear))
    }

    fn flush(&mut self) -> Result<(), MemoryError> {
        if let Some(tear) = self.operation()? {
            return self.tear(tear);
        }
        for (offset, bytes) in std::mem::take(&mut self.unflushed) {
            self.file.write(offset, &bytes)?;
        }
        self.file.flush()
    }
}

/// Adds up how long it was asked to wait.
#[derive(Clone, Default)]
struct Waited(Arc<Mutex<Duration>>);

impl Delay for Waited {
    fn wait(&mut self, duration: Duration) {
        *self.0.lock().expect("no panic") += duration;
    }
}

fn environment(waited: &Waited) -> Environment {
    Environment {
        rng: Box::new(rng(80)),
        delay: Box::new(waited.clone()),
    }
}

/// What can be learnt about a card's state from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Observed {
    pin1: PasswordStatus,
    puk: PasswordStatus,
    access_code_waits: Duration,
    mrz_waits: Duration,
    /// Which of the PINs of this test PIN1 is.
    value: &'static str,
    /// Whether the access code opens the public zone.
    public_zone: bool,
}

/// Looks at copies, since looking changes a card.
fn observe(path: &Path, holder: &Holder) -> Observed {
    let bytes = std::fs::read(path).expect("a card file");
    let waited = Waited::default();
    let insert = || {
        let memory = MemoryStore::from_bytes(bytes.clone());
        let chip = Chip::open(memory, environment(&waited)).expect("a card that opens");
        InProcess::new(chip, Interface::Contactless)
    };
    let waits = |walk: Walk| {
        *waited.0.lock().expect("no panic") = Duration::ZERO;
        let mut card = insert();
        let mut host = Card::open(&mut card).expect("a card");
        drop(
            host.pace(walk.code(holder))
                .expect("a code that never blocks"),
        );
        *waited.0.lock().expect("no panic")
    };
    let mut card = insert();
    let mut host = Card::open(&mut card).expect("a card");
    let pin1 = host.pin_status().expect("a status");
    let puk = host.puk_status().expect("a status");
    let mut session = host
        .pace(Walk::AccessCode.code(holder))
        .expect("the access code");
    let public_zone = session.read(Group::Dg11).is_ok();
    let is_pin1 = |pin: &str| {
        let mut card = insert();
        let mut host = Card::open(&mut card).expect("a card");
        if pin.len() == 5 {
            let pin = host_lib::TransportPin::parse(pin).expect("five digits");
            return host.pace(pin).is_ok();
        }
        let pin = Pin::parse(pin).expect("six digits");
        if pin1 == PasswordStatus::Suspended {
            let mut session = host
                .pace(Walk::AccessCode.code(holder))
                .expect("the access code");
            return session.resume_pin(pin).is_ok();
        }
        if !pin1.is_usable() && puk.is_usable() {
            let code = AccessCode::puk(&holder.puk()).expect("eight digits");
            let mut session = host.pace(code).expect("the PUK");
            let _ = (session.unblock_pin(), session.unlock_card());
        }
        host.pace(pin).is_ok()
    };
    let value = match (is_pin1(&holder.pin1()), is_pin1(NEW_PIN1)) {
        (true, false) => "the old one",
        (false, true) => "the new one",
        other => panic!("PIN1 is {other:?}"),
    };
    Observed {
        pin1,
        puk,
        access_code_waits: waits(Walk::AccessCode),
        mrz_waits: match holder.has_icao_application() {
            true => waits(Walk::Mrz),
            false => Duration::ZERO,
        },
        value,
        public_zone,
    }
}

/// A card in a file of a directory of its own.
struct CardFile {
    _directory: tempfile::TempDir,
    path: PathBuf,
    holder: Holder,
}

impl CardFile {
    /// Personalises a card and brings it to where the test begins.
    fn new(subject: &TestCard, before: &[Writing]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("card");
        let store = FileStore::create_with_capacity(&path, 64 * 1024).expect("a file");
        drop(subject.image().personalise(store).expect("a card"));
        let card = Self {
            _directory: directory,
            path,
            holder: subject.holder.clone(),
        };
        for writing in before {
            let (_, ended) = card.run(&card.path, *writing, None);
            assert!(ended, "{writing:?} as preparation");
        }
        card
    }

    fn copy(&self) -> PathBuf {
        let copy = self.path.with_extension("copy");
        std::fs::copy(&self.path, &copy).expect("a copy");
        copy
    }

    /// Runs something on a card file, the power cut or not, and closes the file. Returns how many storage
    /// operations there were, and whether it ended as it ends with power.
    fn run(&self, path: &Path, writing: Writing, cut: Option<(u64, Tear)>) -> (u64, bool) {
        let power = Arc::new(Mutex::new(Power {
            cut,
            ..Power::default()
        }));
        let memory = Cut {
            file: FileStore::open(path).expect("a card file"),
            unflushed: Vec::new(),
            power: Arc::clone(&power),
        };
        let ended = match Chip::open(memory, environment(&Waited::default())) {
            Ok(chip) => {
                let mut card = InProcess::new(chip, Interface::Contactless);
                writing.ends_as_expected(&writing.run(&mut card, &self.holder, trust()))
            }
            Err(_) => {
                let power = power.lock().expect("no panic");
                assert!(power.is_gone, "a card with power opens");
                false
            }
        };
        let operations = power.lock().expect("no panic").operations;
        (operations, ended)
    }
}

/// Cuts at every storage operation. What is found afterwards is the state before, the state after, or,
/// where a secret is compared, that of an attempt that failed.
fn cut_everywhere(subject: &TestCard, before: &[Writing], writing: Writing) {
    let card = CardFile::new(subject, before);
    let old = observe(&card.path, &card.holder);
    let complete = card.copy();
    let (operations, ended) = card.run(&complete, writing, None);
    assert!(ended, "{writing:?}");
    let mut allowed = vec![old.clone(), observe(&complete, &card.holder)];
    assert!(operations > 0, "{writing:?} writes nothing");
    // Steps on the way: what opened the session, done alone, and an attempt that failed.
    let mut steps = vec![];
    steps.extend(writing.with_a_wrong_secret());
    match writing {
        UnblockPin1 | UnlockCard => steps.push(RightPuk),
        ChangePin1 | LockCard => steps.push(RightPin1),
        ChoosePin1 => steps.push(RightTransportPin),
        ResumeRightPin1 | ResumeWrongPin1 => {
            steps.extend([RightAccessCode, WrongAccessCode]);
        }
        _ => {}
    }
    for step in steps {
        let path = card.copy();
        let (_, ended) = card.run(&path, step, None);
        assert!(ended, "{step:?}");
        allowed.push(observe(&path, &card.holder));
    }
    let tears = [
        Tear::Nothing,
        Tear::Everything,
        Tear::After(3),
        Tear::LastOnly,
    ];
    for cut in 0..operations {
        for tear in tears {
            let path = card.copy();
            let (_, ended) = card.run(&path, writing, Some((cut, tear)));
            let is_last = cut + 1 == operations;
            assert!(
                !ended || is_last,
                "{writing:?}: a success without the power for it"
            );
            let found = observe(&path, &card.holder);
            assert!(
                allowed.contains(&found),
                "{writing:?}, cut at {cut} of {operations}, {tear:?}: {found:?} is none of {allowed:#?}"
            );
            // The file is a card as before: the same can be done again from wherever it is.
            FileStore::open(&path).expect("not locked by anybody");
        }
    }
    // Past the test harness, which keeps to itself what a passing test prints.
    let _ = writeln!(
        io::stderr(),
        "{writing:?} after {before:?}: {operations} storage operations, cut at each in {} ways",
        tears.len()
    );
}

/// Small files, so that they are copied quickly.
fn small() -> TestCard {
    TestCard::of_case("no-portrait")
}

use Writing::{
    ChangePin1, ChoosePin1, LockCard, ResumeRightPin1, ResumeWrongPin1, RightAccessCode, RightMrz,
    RightPin1, RightPuk, RightTransportPin, UnblockPin1, UnlockCard, WrongAccessCode, WrongMrz,
    WrongPin1, WrongPuk,
};

#[test]
fn a_power_cut_never_gives_a_try_of_pin1_back() {
    cut_everywhere(&small(), &[], WrongPin1);
    cut_everywhere(&small(), &[WrongPin1], RightPin1);
    cut_everywhere(&small(), &[WrongPin1, WrongPin1], ResumeWrongPin1);
    cut_everywhere(&small(), &[WrongPin1, WrongPin1], ResumeRightPin1);
}

#[test]
fn a_power_cut_never_gives_a_try_of_the_puk_back() {
    cut_everywhere(&small(), &[], WrongPuk);
    cut_everywhere(&small(), &[WrongPuk, WrongPuk], RightPuk);
    let blocked = [WrongPin1, WrongPin1, ResumeWrongPin1];
    cut_everywhere(&small(), &blocked, UnblockPin1);
}

#[test]
fn a_power_cut_never_makes_wrong_access_codes_faster() {
    cut_everywhere(&small(), &[WrongAccessCode; 3], WrongAccessCode);
    cut_everywhere(&small(), &[WrongAccessCode; 4], RightAccessCode);
}

#[test]
fn a_power_cut_never_makes_wrong_mrzs_faster() {
    let card = || {
        // The smallest pictures, for this application has one.
        let toml = neweid_tests::cards::specimen_toml("rare-ideographs");
        TestCard::from_toml(toml)
            .changed(|image| image.eid.groups.retain(|n, _| *n != 5 && *n != 2))
    };
    cut_everywhere(&card(), &[WrongMrz; 3], WrongMrz);
    cut_everywhere(&card(), &[WrongMrz; 4], RightMrz);
}

#[test]
fn after_a_power_cut_pin1_is_the_old_one_or_the_new_one() {
    cut_everywhere(&small(), &[], ChangePin1);
    let toml = neweid_tests::cards::specimen_toml("no-portrait");
    let transport = toml.replace("pin1 = \"135790\"", "transport_pin1 = \"13579\"");
    cut_everywhere(&TestCard::from_toml(&transport), &[], ChoosePin1);
}

#[test]
fn after_a_power_cut_the_card_is_locked_or_not() {
    cut_everywhere(&small(), &[], LockCard);
    cut_everywhere(&small(), &[LockCard], UnlockCard);
    let toml = neweid_tests::cards::specimen_toml("no-portrait");
    let self_locking = toml.replace("icao = false", "icao = false\nlockout = \"card\"");
    let self_locking = TestCard::from_toml(&self_locking);
    cut_everywhere(&self_locking, &[WrongPin1, WrongPin1], ResumeWrongPin1);
    cut_everywhere(
        &self_locking,
        &[WrongPin1, WrongPin1, ResumeWrongPin1],
        UnblockPin1,
    );
}
