//! Readers: which there are, what is in them, and waiting for a card.

use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use neweid_tests::cards::{TestCard, trust};
use neweid_tests::flows::walk::Walk;
use transport::pcsc::{PcscCard, PcscOptions, Presence, Reader};
use transport::vpcd::VirtualReader;
use transport::{Cancel, CardTransport, Interface, TransportError};

use crate::daemon;
use crate::slot::{NOTICE, Slot, chip};
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        readers:
        an_empty_reader_and_one_with_a_card_are_told_apart,
        a_card_that_comes_later_is_waited_for,
        waiting_ends_when_the_time_is_over,
        waiting_is_cancelled_at_once,
        coming_and_going_is_a_change,
        a_card_that_is_not_there_is_not_opened,
        a_reader_that_is_not_there_is_named,
        two_readers_work_at_once,
        contact_and_contactless_are_told_apart,
    )
}

fn presence(slot: Slot) -> Presence {
    let readers = daemon::service().readers().expect("readers");
    let found = readers
        .into_iter()
        .find(|reader| reader.name == slot.reader());
    found.expect("the slot").presence
}

fn in_first(reader: &Reader) -> bool {
    reader.name == Slot::FIRST.reader()
}

fn an_empty_reader_and_one_with_a_card_are_told_apart() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let Presence::Card { atr, in_use } = presence(Slot::FIRST) else {
        panic!("no card");
    };
    assert!(!in_use);
    assert_eq!(presence(Slot::SECOND), Presence::Empty);
    let card = Slot::FIRST.open(PcscOptions::new());
    assert_eq!(card.atr(), Some(&atr[..]));
    let Presence::Card { in_use, .. } = presence(Slot::FIRST) else {
        panic!("no card");
    };
    assert!(in_use);
    drop((card, inserted));
}

fn a_card_that_comes_later_is_waited_for() {
    let service = daemon::service();
    let image = TestCard::default_specimen();
    let later = thread::spawn(move || {
        thread::sleep(Duration::from_millis(700));
        let reader = VirtualReader::at(Slot::FIRST.address(), Interface::Contactless);
        reader.insert(chip(image.image())).expect("a thread")
    });
    let found = service.wait_for_card(in_first, NOTICE, &Cancel::new());
    let reader = found.expect("the service").expect("a card");
    assert!(reader.has_card() && in_first(&reader));
    drop(later.join());
}

fn waiting_ends_when_the_time_is_over() {
    let begin = Instant::now();
    let limit = Duration::from_millis(600);
    let found = daemon::service().wait_for_card(in_first, limit, &Cancel::new());
    assert_eq!(found, Ok(None));
    assert!(begin.elapsed() >= limit);
}

fn waiting_is_cancelled_at_once() {
    let service = daemon::service();
    let cancel = Cancel::new();
    let button = cancel.clone();
    let presser = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        button.cancel();
        Instant::now()
    });
    let found = service.wait_for_card(in_first, Duration::from_secs(600), &cancel);
    assert_eq!(found, Err(TransportError::Cancelled));
    let pressed = presser.join().expect("no panic");
    println!("cancelled after {:?}", pressed.elapsed());
}

fn coming_and_going_is_a_change() {
    let service = daemon::service();
    let known = service.readers().expect("readers");
    let none = service.wait_for_change(&known, Duration::from_millis(300), &Cancel::new());
    assert_eq!(none, Ok(None), "nothing has changed");
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let changed = service.wait_for_change(&known, NOTICE, &Cancel::new());
    let with_card = changed.expect("the service").expect("a change");
    assert!(
        with_card
            .iter()
            .any(|reader| in_first(reader) && reader.has_card())
    );
    drop(inserted);
    let changed = service.wait_for_change(&with_card, NOTICE, &Cancel::new());
    let without = changed.expect("the service").expect("a change");
    assert!(!without.iter().any(Reader::has_card));
}

fn a_card_that_is_not_there_is_not_opened() {
    daemon::service();
    let refused = PcscCard::open(&Slot::FIRST.reader(), PcscOptions::new());
    assert_eq!(refused.expect_err("no card"), TransportError::Removed);
}

fn a_reader_that_is_not_there_is_named() {
    daemon::service();
    for name in ["No Such Reader 00 00", "Virtual PCD", "with\0zero", ""] {
        let refused = PcscCard::open(name, PcscOptions::new());
        assert_eq!(
            refused.expect_err("no reader"),
            TransportError::ReaderUnavailable,
            "{name:?}"
        );
    }
}

fn two_readers_work_at_once() {
    let subjects = ["wang-xiaoming", "parents-labels"].map(TestCard::of_case);
    let walks = Slot::BOTH.into_iter().zip(subjects).map(|(slot, subject)| {
        let inserted = slot.insert_image(subject.image(), Interface::Contactless);
        thread::spawn(move || {
            let mut card = slot.open(PcscOptions::new());
            for _ in 0..5 {
                let report = Walk::AccessCode.run(&mut card, &subject.holder, trust());
                report.unwrap_or_else(|error| panic!("{}: {error}", slot.reader()));
            }
            drop((card, inserted));
        })
    });
    let walks: Vec<_> = walks.collect();
    for walk in walks {
        walk.join().expect("no panic");
    }
}

fn contact_and_contactless_are_told_apart() {
    let subject = TestCard::default_specimen();
    for interface in [Interface::Contact, Interface::Contactless] {
        let inserted = Slot::FIRST.insert_image(subject.image(), interface);
        let card = Slot::FIRST.open(PcscOptions::new());
        assert_eq!(card.capabilities().interface, interface);
        drop((card, inserted));
    }
}
