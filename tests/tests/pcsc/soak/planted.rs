//! The judges, judged: a process that leaks on purpose is found out, and one that does not is left alone; a
//! card that is not what its model says is found out, and so is an error without a cause.

use std::fs::File;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use neweid_tests::cards::rng;
use neweid_tests::flows::passwords::other_digits;
use neweid_tests::flows::writing::Writing;
use transport::{InProcess, Interface};

use super::footprint::{self, Footprint, Trail};
use super::model::{Model, Stop};
use super::role::{self, Role};
use super::small_card;
use super::summary::Counts;
use super::trouble::Troubles;
use super::visit::{Action, Office, Visit};
use crate::slot::chip;
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        soak:
        what_does_not_grow_without_end_is_no_leak,
        what_grows_without_end_is_a_leak,
        planted_leaks_are_found_and_an_intact_process_is_not_accused,
        every_action_leaves_the_card_that_the_model_says,
        a_try_that_is_lost_or_given_back_is_found,
        an_address_or_pin1_that_is_neither_old_nor_new_is_found,
        an_error_without_a_cause_is_found,
    )
}

/// A leak on purpose, for the judges: `NEWEID_SOAK_PLANT=memory` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    Nothing,
    Memory,
    Descriptors,
    Threads,
}

const PLANT: &str = "NEWEID_SOAK_PLANT";

const PLANTS: [(Plant, &str, &str); 4] = [
    (Plant::Nothing, "nothing", ""),
    (Plant::Memory, "memory", "KiB of memory"),
    (Plant::Descriptors, "descriptors", "descriptors"),
    (Plant::Threads, "threads", "threads"),
];

impl Plant {
    pub(crate) fn from_environment() -> Self {
        let name = std::env::var(PLANT).unwrap_or_else(|_| "nothing".into());
        let found = PLANTS.iter().find(|(_, known, _)| *known == name);
        found.unwrap_or_else(|| panic!("{PLANT}={name}")).0
    }

    /// Leaks a little.
    pub(crate) fn leak(self) {
        match self {
            Self::Nothing => {}
            Self::Memory => std::mem::forget(vec![0xA5_u8; 200 * 1024]),
            Self::Descriptors => std::mem::forget(File::open("/dev/null")),
            Self::Threads => drop(std::thread::spawn(|| {
                std::thread::sleep(Duration::from_secs(3600));
            })),
        }
    }
}

/// Opens a card in this process again and again, and says whether that has leaked.
pub(super) fn be_measured() {
    let (plant, me) = (Plant::from_environment(), std::process::id());
    let mut desk = Desk::new();
    let mut trail = Trail::default();
    for _ in 0..24 {
        for _ in 0..3 {
            plant.leak();
            desk.visit(Action::ReadPublic).expect("a visit");
        }
        trail.look(me);
    }
    println!("{trail}");
    for leak in trail.leaks() {
        println!("LEAK {leak}");
    }
}

fn planted_leaks_are_found_and_an_intact_process_is_not_accused() {
    let runs = PLANTS.map(|(_, name, what)| {
        let process = role::command(Role::Measured)
            .env(PLANT, name)
            .stdout(std::process::Stdio::piped())
            .spawn();
        (name, what, process.expect("this program"))
    });
    for (name, what, process) in runs {
        let output = process.wait_with_output().expect("an end");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        println!("planted {name}: {}", said.trim().replace('\n', "; "));
        assert!(output.status.success(), "{name}: {said}");
        let leaks: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("LEAK"))
            .collect();
        match what {
            "" => assert!(leaks.is_empty(), "{said}"),
            what => assert!(
                leaks.iter().any(|leak| leak.contains(what)),
                "{name} was not found: {said}"
            ),
        }
    }
}

fn what_does_not_grow_without_end_is_no_leak() {
    let level = |_: usize| 0.0;
    let warming_up = |at: usize| 500.0 * at.min(10) as f64;
    let one_jump = |at: usize| if at < 20 { 0.0 } else { 50.0 };
    let noise = |at: usize| (at * 7919 % 13) as f64;
    let falling = |at: usize| -(at as f64);
    for course in [level, warming_up, one_jump, noise, falling] {
        let looks: Vec<f64> = (0..30).map(course).collect();
        assert_eq!(footprint::growth(&looks, 4.0), None, "{looks:?}");
    }
    let too_few: Vec<f64> = (0..11).map(|at| 100.0 * at as f64).collect();
    assert_eq!(footprint::growth(&too_few, 4.0), None);
}

fn what_grows_without_end_is_a_leak() {
    let steadily = |at: usize| at as f64;
    let in_steps = |at: usize| (at / 5 * 5) as f64;
    let under_noise = |at: usize| (at + at * 7919 % 13) as f64;
    let after_warming_up = |at: usize| 500.0 * at.min(10) as f64 + at as f64;
    for course in [steadily, in_steps, under_noise, after_warming_up] {
        let looks: Vec<f64> = (0..60).map(course).collect();
        assert!(footprint::growth(&looks, 4.0).is_some(), "{looks:?}");
    }
    let me = Footprint::of(std::process::id()).expect("this process");
    assert!(me.memory > 0 && me.descriptors > 2 && me.threads > 0);
}

/// A card in this process, its model, and a client.
struct Desk {
    card: neweid_tests::cards::Inserted,
    model: Model,
    office: Office,
    counts: Counts,
}

impl Desk {
    fn new() -> Self {
        let model = Model::new(&small_card());
        let card = InProcess::new(chip(model.subject.image()), Interface::Contactless);
        Self {
            card,
            model,
            office: Office::open(),
            counts: Counts::default(),
        }
    }

    fn visit(&mut self, action: Action) -> Result<(), Stop> {
        Visit {
            card: &mut self.card,
            model: &mut self.model,
            rng: &mut rng(11),
            office: &mut self.office,
            counts: &mut self.counts,
        }
        .run(action)
    }

    /// Behind the model's back.
    fn write(&mut self, writing: Writing) {
        let holder = self.model.holder();
        let outcome = writing.run(&mut self.card, &holder, neweid_tests::cards::trust());
        assert!(writing.ends_as_expected(&outcome), "{outcome:?}");
    }

    fn finds(&mut self, action: Action, wrong: &str) {
        match self.visit(action) {
            Err(stop) => assert!(stop.to_string().contains(wrong), "{stop}"),
            Ok(()) => panic!("not found: {wrong}"),
        }
    }
}

fn every_action_leaves_the_card_that_the_model_says() {
    let mut desk = Desk::new();
    for action in [
        Action::Read,
        Action::ChangePin,
        Action::WrongPin,
        Action::Update,
        Action::Read,
        Action::Update,
        Action::ReadPublic,
        Action::Reset,
        Action::Read,
    ] {
        let done = desk.visit(action);
        done.unwrap_or_else(|stop| panic!("{action:?}: {stop}"));
    }
    assert_eq!((desk.counts.updates, desk.counts.pin_changes), (2, 1));
    // What is uncertain is settled, be it the old or the new.
    for (pins, moves) in [
        (["987654", "975310"], [3, 2]),
        (["975310", "987654"], [2, 3]),
    ] {
        desk.write(Writing::ChangePin1);
        desk.model.pins = pins.map(str::to_owned).to_vec();
        desk.model.moves = moves.to_vec();
        desk.visit(Action::Read)
            .unwrap_or_else(|stop| panic!("{stop}"));
        assert_eq!(
            (desk.model.pin(), &desk.model.moves[..]),
            ("975310", &[2][..])
        );
    }
}

fn a_try_that_is_lost_or_given_back_is_found() {
    let mut desk = Desk::new();
    desk.write(Writing::WrongPin1);
    desk.finds(Action::ReadPublic, "a lost counter: PIN1");
    let mut desk = Desk::new();
    desk.write(Writing::WrongPuk);
    desk.finds(Action::ReadPublic, "a lost counter: the PUK");
    let mut desk = Desk::new();
    desk.model.pin1.spent();
    desk.finds(Action::ReadPublic, "a lost counter: PIN1");
    // An interruption may have cost a try, and not two; it has given none back.
    for wrong in 1..=2 {
        let mut desk = Desk::new();
        for _ in 0..wrong {
            desk.write(Writing::WrongPin1);
        }
        desk.model.pin1.may_be_spent();
        match wrong {
            1 => desk
                .visit(Action::Read)
                .unwrap_or_else(|stop| panic!("{stop}")),
            _ => desk.finds(Action::Read, "a lost counter: PIN1"),
        }
    }
}

fn an_address_or_pin1_that_is_neither_old_nor_new_is_found() {
    let mut desk = Desk::new();
    desk.model.moves = vec![2, 1];
    desk.finds(Action::ReadPublic, "neither address");
    let mut desk = Desk::new();
    let right = desk.model.pin().to_owned();
    desk.model.pins = vec![other_digits(&right)];
    desk.finds(Action::Read, "E-PACE-WRONG-PIN1");
}

fn an_error_without_a_cause_is_found() {
    let troubles = Troubles::default();
    let begin = Instant::now();
    assert!(!troubles.explain(0, begin));
    let trouble = troubles.begin(&[0]);
    assert!(troubles.explain(0, begin) && !troubles.explain(1, begin));
    drop(trouble);
    assert!(troubles.explain(0, begin), "it began before");
    let later = Instant::now() + Duration::from_secs(60);
    assert!(!troubles.explain(0, later));
}
