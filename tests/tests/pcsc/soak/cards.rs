//! The cards, in a process of their own, so that what they take up can be measured by itself.
//!
//! Each lies in a card file and is opened anew whenever it is put in. The process takes orders by line
//! (`insert 0`, `remove 0`, `script 0 at 12 remove-before`) and answers each with how often the card of this
//! slot has lost its power over a command or a reset.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use applet_sim::{CardImage, Chip, FileStore};
use neweid_tests::cards;
use transport::faults::Script;
use transport::vpcd::{Inserted, VirtualReader};
use transport::{CardDevice, Interface};

use super::role::{self, Role};
use crate::slot::Slot;

/// How the card of each slot is reached.
pub(crate) const INTERFACES: [Interface; 2] = [Interface::Contactless, Interface::Contact];

fn file(folder: &Path, slot: usize) -> PathBuf {
    folder.join(format!("{slot}.card"))
}

/// The process, seen from the one that gives orders.
pub(crate) struct Cards {
    process: Child,
    line: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Cards {
    /// Personalises a card for each slot, and starts the process; no card is in a slot yet.
    pub(crate) fn start(folder: &Path, images: [&CardImage; 2]) -> Self {
        for (slot, image) in images.into_iter().enumerate() {
            let store = FileStore::create(file(folder, slot)).expect("a card file");
            image.personalise(store).expect("a card");
        }
        let mut process = role::command(Role::Cards)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program");
        let orders = process.stdin.take().expect("a pipe");
        let answers = process.stdout.take().expect("a pipe");
        Self {
            process,
            line: Mutex::new((orders, BufReader::new(answers))),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn insert(&self, slot: usize) {
        self.order(&format!("insert {slot}"));
    }

    pub(crate) fn remove(&self, slot: usize) {
        self.order(&format!("remove {slot}"));
    }

    /// Lets the card follow a script of one line, or none, from its next command on; how often it has lost
    /// its power so far.
    pub(crate) fn follow(&self, slot: usize, script: &str) -> u64 {
        self.order(&format!("script {slot} {script}"))
    }

    fn order(&self, order: &str) -> u64 {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let (orders, answers) = &mut *line;
        writeln!(orders, "{order}").expect("the process of the cards");
        let mut answer = String::new();
        answers.read_line(&mut answer).expect("an answer");
        let answer = answer.trim().parse();
        answer.unwrap_or_else(|_| panic!("the process of the cards ended over {order}"))
    }
}

impl Drop for Cards {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What giver of orders and card share.
#[derive(Default)]
struct Place {
    script: Mutex<Option<Script>>,
    pulls: AtomicU64,
}

impl Place {
    fn take_script(&self) -> Option<Script> {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.take()
    }
}

/// A card that can be given a script while it is in the reader.
struct Steered {
    chip: Chip<FileStore>,
    place: Arc<Place>,
}

impl Steered {
    fn take_script(&mut self) {
        if let Some(script) = self.place.take_script() {
            self.chip.follow(&script).expect("faults of a chip");
        }
    }

    /// Says nothing without power.
    fn counted(&self, answer: Vec<u8>) -> Vec<u8> {
        if answer.is_empty() {
            self.place.pulls.fetch_add(1, Ordering::SeqCst);
        }
        answer
    }
}

impl CardDevice for Steered {
    fn power_on(&mut self, interface: Interface) -> Vec<u8> {
        self.take_script();
        let answer = self.chip.power_on(interface);
        self.counted(answer)
    }
    fn power_off(&mut self) {
        self.chip.power_off();
    }
    fn reset(&mut self) -> Vec<u8> {
        self.take_script();
        let answer = self.chip.reset();
        self.counted(answer)
    }
    fn process(&mut self, command: &[u8]) -> Vec<u8> {
        self.take_script();
        let answer = self.chip.process(command);
        self.counted(answer)
    }
}

/// Is the process of the cards, until nobody gives orders any more.
pub(crate) fn serve(folder: &Path) {
    let mut inserted: [Option<Inserted<Steered>>; 2] = [None, None];
    let places: [Arc<Place>; 2] = Default::default();
    let mut insertions = 0;
    for order in std::io::stdin().lines() {
        let order = order.expect("a line");
        let mut words = order.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (verb, slot, rest) = (word(), word(), word());
        let slot: usize = slot.parse().expect("a slot");
        match verb {
            "insert" => {
                insertions += 1;
                let store = FileStore::open(file(folder, slot)).expect("a card file");
                let chip = Chip::open(store, cards::environment(insertions)).expect("a chip");
                let place = Arc::clone(&places[slot]);
                let reader = VirtualReader::at(Slot::BOTH[slot].address(), INTERFACES[slot]);
                let card = reader.insert(Steered { chip, place });
                inserted[slot] = Some(card.expect("a thread"));
            }
            "remove" => inserted[slot] = None,
            "script" => {
                let script = rest.parse().expect("a script");
                let place = places[slot].script.lock();
                *place.unwrap_or_else(PoisonError::into_inner) = Some(script);
            }
            other => panic!("{other}"),
        }
        println!("{}", places[slot].pulls.load(Ordering::SeqCst));
    }
}
