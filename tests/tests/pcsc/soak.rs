//! Soak: clients at two readers, two at each, read cards, change PIN1, give wrong ones and update addresses,
//! while cards are pulled and the daemon is killed. No counter is lost, no reader stays stuck, and no process
//! grows without end.
//!
//! Part of every run for a short while; `make soak MINUTES=60 SEED=2` for longer. The seed decides what each
//! client does and what goes wrong; how they meet is decided by the machine.

mod cards;
mod client;
mod footprint;
mod model;
mod planted;
mod role;
mod summary;
mod trouble;
mod visit;

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use neweid_tests::cards::{rng, specimen_toml, trust};
use rand_chacha::ChaCha20Rng;
use transport::pcsc::PcscService;

use crate::daemon;
use crate::trials;
use cards::Cards;
use client::Client;
use footprint::Trail;
use model::Model;
pub(crate) use role::play;
use summary::Counts;
use trouble::{BOUND, Saboteur, Troubles, wait_until_seen};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = planted::trials();
    trials.extend(trials!(soak: cards_pulled_daemons_killed_and_clients_at_odds_lose_nothing));
    trials
}

/// How long, and what is chosen.
#[derive(Debug, Clone, Copy)]
struct Plan {
    seed: u64,
    total: Duration,
    /// Between two looks at the processes, when nobody does anything.
    round: Duration,
}

impl Plan {
    fn from_environment() -> Self {
        let number = |name: &str| -> Option<f64> {
            let text = std::env::var(name).ok()?;
            let number = text.parse().ok();
            Some(number.unwrap_or_else(|| panic!("{name}={text} is no number")))
        };
        let seed = number("NEWEID_SOAK_SEED").unwrap_or(1.0) as u64;
        match number("NEWEID_SOAK_MINUTES") {
            None => Self {
                seed,
                total: Duration::from_secs(20),
                round: Duration::from_secs(1),
            },
            Some(minutes) => {
                let total = Duration::from_secs_f64(60.0 * minutes);
                let (least, most) = (Duration::from_secs(1), Duration::from_secs(15));
                Self {
                    seed,
                    total,
                    round: (total / 60).clamp(least, most),
                }
            }
        }
    }

    /// A generator of its own for each part.
    fn rng(&self, part: u64) -> ChaCha20Rng {
        let mut rng = rng(self.seed);
        rng.set_stream(part);
        rng
    }
}

/// What everybody shares.
struct World {
    cards: Cards,
    models: [Mutex<Model>; 2],
    troubles: Troubles,
}

/// 王小明 without portraits and ICAO application.
fn small_card() -> String {
    specimen_toml("wang-xiaoming")
        .replace("= \"specimen\"", "= \"none\"")
        .replace("icao = true", "icao = false")
}

/// A whole card in the contactless slot; in the contact one a small card, of another number.
fn models() -> [Model; 2] {
    let small = small_card()
        .replace("TST123456", "TST654321")
        .replace("can = \"123456\"", "can = \"654321\"");
    [
        Model::new(specimen_toml("wang-xiaoming")),
        Model::new(&small),
    ]
}

fn cards_pulled_daemons_killed_and_clients_at_odds_lose_nothing() {
    let plan = Plan::from_environment();
    let mut soak = Soak::begin(plan);
    let outcome = soak.run();
    println!("{}", soak.summary());
    let mut wrong: Vec<String> = outcome.err().into_iter().collect();
    wrong.extend(soak.leaks());
    assert!(
        wrong.is_empty(),
        "SEED={} failed:\n  {}\npcscd said:\n{}",
        plan.seed,
        wrong.join("\n  "),
        last_words()
    );
}

/// The end of what the daemon has said, but for a question about each reader's size that this driver does not
/// know.
fn last_words() -> String {
    let log = daemon::log();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| !line.contains("IFDControl"))
        .collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

struct Soak {
    plan: Plan,
    begin: Instant,
    rounds: u32,
    world: Arc<World>,
    clients: Vec<Client>,
    saboteur: Option<Saboteur>,
    counts: Counts,
    own: Trail,
    cards: Trail,
    daemon: Trail,
    _folder: tempfile::TempDir,
}

impl Soak {
    fn begin(plan: Plan) -> Self {
        println!(
            "soak: SEED={} for {:?}, a look at the processes every {:?}",
            plan.seed, plan.total, plan.round
        );
        let service = daemon::service();
        for slot in crate::slot::Slot::BOTH {
            slot.wait_until_empty(&service);
        }
        // Made before anything is measured.
        trust();
        let folder = tempfile::tempdir().expect("a folder");
        let models = models();
        let cards = Cards::start(folder.path(), models.each_ref().map(|m| m.subject.image()));
        for slot in 0..2 {
            cards.insert(slot);
            wait_until_seen(&service, slot).expect("a card that was put in");
        }
        let client = |part: u64| Client::new(part as usize % 2, plan.rng(part));
        Self {
            plan,
            begin: Instant::now(),
            rounds: 0,
            world: Arc::new(World {
                cards,
                models: models.map(Mutex::new),
                troubles: Troubles::default(),
            }),
            clients: (0..4).map(client).collect(),
            saboteur: Some(Saboteur {
                rng: plan.rng(4),
                service: PcscService::new(),
                pause: plan.round.min(Duration::from_secs(5)),
                counts: Counts::default(),
            }),
            counts: Counts::default(),
            own: Trail::default(),
            cards: Trail::default(),
            daemon: Trail::default(),
            _folder: folder,
        }
    }

    fn run(&mut self) -> Result<(), String> {
        const MINUTE: Duration = Duration::from_secs(60);
        // What a leak is judged by.
        const LEAST: u32 = 12;
        let mut told = self.begin;
        while self.begin.elapsed() < self.plan.total || self.rounds < LEAST {
            self.round()?;
            if told.elapsed() > MINUTE {
                told = Instant::now();
                println!(
                    "{:.0} min: {}",
                    self.begin.elapsed().as_secs_f64() / 60.0,
                    self.counts
                );
            }
        }
        Ok(())
    }

    /// Everybody at work for a while; then nobody, and a look at the processes.
    fn round(&mut self) -> Result<(), String> {
        let until = Instant::now() + self.plan.round;
        let mut clients = Vec::new();
        for mut client in self.clients.drain(..) {
            let world = Arc::clone(&self.world);
            clients.push(thread::spawn(move || {
                let done = client.round(&world, until);
                (client, done)
            }));
        }
        let world = Arc::clone(&self.world);
        let mut saboteur = self.saboteur.take().expect("here between two rounds");
        let saboteur = thread::spawn(move || {
            let done = saboteur.round(&world, until);
            (saboteur, done)
        });
        let mut wrong = Vec::new();
        let (saboteur, done) = joined(saboteur, until)?;
        wrong.extend(done.err());
        for client in clients {
            let (client, done) = joined(client, until)?;
            wrong.extend(done.err());
            self.clients.push(client);
        }
        self.counts = saboteur.counts;
        self.saboteur = Some(saboteur);
        for client in &self.clients {
            self.counts += client.counts;
        }
        self.rounds += 1;
        self.own.look(std::process::id());
        self.cards.look(self.world.cards.pid());
        if let Some(pid) = daemon::pid() {
            self.daemon.look(pid);
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(wrong.join("\n  ")),
        }
    }

    fn leaks(&self) -> Vec<String> {
        let judged = [("the clients", &self.own), ("the cards", &self.cards)];
        let leaks = judged.into_iter().flat_map(|(who, trail)| {
            let leaks = trail.leaks().into_iter();
            leaks.map(move |leak| format!("a leak: {who} take up {leak}"))
        });
        leaks.collect()
    }

    fn summary(&self) -> String {
        format!(
            "soak: SEED={}, {:.1} min, {} rounds: {}\n  clients: {}\n  cards:   {}\n  pcscd (one after another): {}",
            self.plan.seed,
            self.begin.elapsed().as_secs_f64() / 60.0,
            self.rounds,
            self.counts,
            self.own,
            self.cards,
            self.daemon
        )
    }
}

/// What a thread brings back; an error if it does not come back.
fn joined<R>(thread: JoinHandle<R>, until: Instant) -> Result<R, String> {
    while !thread.is_finished() {
        if Instant::now() > until + 4 * BOUND {
            return Err(format!(
                "a stuck reader: a client hangs since {:?}",
                until.elapsed()
            ));
        }
        thread::sleep(Duration::from_millis(10));
    }
    thread.join().map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        format!("a client panicked: {}", text.unwrap_or_default())
    })
}
