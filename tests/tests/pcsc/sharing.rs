//! Other programs that want the same card.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use neweid_tests::cards::{TestCard, trust};
use neweid_tests::flows::walk::Walk;
use transport::pcsc::{PcscCard, PcscOptions};
use transport::{Cancel, CardDevice, CardTransport, Interface, TransportError};

use crate::slot::{Slot, chip};
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        sharing:
        a_held_card_is_in_use_to_everybody_else,
        whoever_waits_gets_the_card_when_it_is_let_go,
        waiting_for_a_held_card_is_cancelled,
        a_reset_by_another_program_is_named_and_the_card_walks_again,
        a_held_card_is_reset_by_nobody_else,
        a_card_that_was_pulled_and_put_back_is_held_as_before,
        a_card_is_reset_when_it_is_let_go,
        whoever_waited_for_a_card_is_not_reset_by_who_lets_it_go,
    )
}

fn briefly() -> PcscOptions {
    PcscOptions::new().patience(Duration::from_millis(400))
}

/// Resets the card with a program that is not ours.
fn reset_by_a_stranger() -> bool {
    let output = Command::new("opensc-tool")
        .args(["--reader", &Slot::FIRST.reader(), "--reset=cold"])
        .output()
        .expect("opensc-tool: apt-get install opensc");
    output.status.success()
}

fn a_held_card_is_in_use_to_everybody_else() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let held = Slot::FIRST.open(PcscOptions::new());
    let begin = Instant::now();
    let refused = PcscCard::open(&Slot::FIRST.reader(), briefly());
    assert_eq!(refused.expect_err("held"), TransportError::InUse);
    assert!(begin.elapsed() < Duration::from_secs(3));
    drop((held, inserted));
}

fn whoever_waits_gets_the_card_when_it_is_let_go() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let held = Slot::FIRST.open(PcscOptions::new());
    let waiting = thread::spawn(move || {
        let mut card = Slot::FIRST.open(PcscOptions::new().patience(Duration::from_secs(20)));
        Walk::AccessCode
            .run(&mut card, &subject.holder, trust())
            .unwrap_or_else(|error| panic!("the card that was waited for: {error}"));
    });
    thread::sleep(Duration::from_millis(500));
    assert!(!waiting.is_finished(), "the card is held");
    drop(held);
    waiting.join().expect("no panic");
    drop(inserted);
}

fn waiting_for_a_held_card_is_cancelled() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let held = Slot::FIRST.open(PcscOptions::new());
    let cancel = Cancel::new();
    let options = PcscOptions::new()
        .patience(Duration::from_secs(600))
        .cancelled_by(cancel.clone());
    let waiting = thread::spawn(move || PcscCard::open(&Slot::FIRST.reader(), options).err());
    thread::sleep(Duration::from_millis(300));
    cancel.cancel();
    let error = waiting.join().expect("no panic");
    assert_eq!(error, Some(TransportError::Cancelled));
    drop((held, inserted));
}

fn a_reset_by_another_program_is_named_and_the_card_walks_again() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let mut card = Slot::FIRST.open(PcscOptions::new().shared());
    Walk::AccessCode
        .run(&mut card, &subject.holder, trust())
        .expect("a walk");
    assert!(reset_by_a_stranger(), "opensc-tool --reset");
    let error = card.transmit(&[0x00, 0xA4, 0x00, 0x0C]);
    assert_eq!(error, Err(TransportError::Reset));
    card.reset().expect("the card is there");
    Walk::AccessCode
        .run(&mut card, &subject.holder, trust())
        .expect("the next walk");
    drop((card, inserted));
}

fn a_held_card_is_reset_by_nobody_else() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let mut card = Slot::FIRST.open(PcscOptions::new());
    let select = [
        0x00, 0xA4, 0x04, 0x0C, 0x09, 0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02,
    ];
    assert_eq!(card.transmit(&select), Ok(vec![0x90, 0x00]));
    // Also after a reset of our own.
    for _ in 0..2 {
        let stranger = thread::spawn(reset_by_a_stranger);
        thread::sleep(Duration::from_millis(700));
        assert_eq!(card.transmit(&select), Ok(vec![0x90, 0x00]));
        card.reset().expect("our own reset");
        assert_eq!(card.transmit(&select), Ok(vec![0x90, 0x00]));
        drop(card);
        stranger.join().expect("no panic");
        card = Slot::FIRST.open(PcscOptions::new());
    }
    drop((card, inserted));
}

fn a_card_that_was_pulled_and_put_back_is_held_as_before() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let mut held = Slot::FIRST.open(PcscOptions::new());
    drop(inserted);
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let error = held.transmit(&[0x00, 0xA4, 0x00, 0x0C]);
    assert_eq!(error, Err(TransportError::Removed));
    // The second reset is one of a card that has stayed.
    for _ in 0..2 {
        held.reset().expect("the card is back");
        let refused = PcscCard::open(&Slot::FIRST.reader(), briefly());
        assert_eq!(refused.expect_err("held"), TransportError::InUse);
    }
    drop(held);
    drop(Slot::FIRST.open(PcscOptions::new()));
    drop(inserted);
}

fn a_card_is_reset_when_it_is_let_go() {
    let subject = TestCard::default_specimen();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let select_eid = [
        0x00, 0xA4, 0x04, 0x0C, 0x09, 0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02,
    ];
    // EF.DIR is in the master file alone.
    let select_dir = [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x2F, 0x00];
    let mut card = Slot::FIRST.open(PcscOptions::new());
    assert_eq!(card.transmit(&select_eid), Ok(vec![0x90, 0x00]));
    assert_eq!(card.transmit(&select_dir), Ok(vec![0x6A, 0x82]));
    drop(card);
    let mut card = Slot::FIRST.open(PcscOptions::new());
    assert_eq!(card.transmit(&select_dir), Ok(vec![0x90, 0x00]));
    drop((card, inserted));
}

/// A card that takes its time to be reset.
struct Slow<D>(D);

impl<D: CardDevice> CardDevice for Slow<D> {
    fn power_on(&mut self, interface: Interface) -> Vec<u8> {
        self.0.power_on(interface)
    }
    fn power_off(&mut self) {
        self.0.power_off();
    }
    fn reset(&mut self) -> Vec<u8> {
        thread::sleep(Duration::from_millis(30));
        self.0.reset()
    }
    fn process(&mut self, command: &[u8]) -> Vec<u8> {
        self.0.process(command)
    }
}

fn whoever_waited_for_a_card_is_not_reset_by_who_lets_it_go() {
    let subject = TestCard::default_specimen();
    let card = Slow(chip(subject.image()));
    let inserted = Slot::FIRST.insert(card, Interface::Contactless);
    let select_eid = [
        0x00, 0xA4, 0x04, 0x0C, 0x09, 0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02,
    ];
    // EF.DIR is in the master file alone, which is selected after a reset.
    let select_dir = [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x2F, 0x00];
    let clients = [(); 8].map(|()| {
        thread::spawn(move || {
            for visit in 0..20 {
                let mut card =
                    Slot::FIRST.open(PcscOptions::new().patience(Duration::from_secs(60)));
                assert_eq!(card.transmit(&select_eid), Ok(vec![0x90, 0x00]), "{visit}");
                for _ in 0..8 {
                    thread::sleep(Duration::from_millis(2));
                    assert_eq!(card.transmit(&select_dir), Ok(vec![0x6A, 0x82]), "{visit}");
                }
            }
        })
    });
    for client in clients {
        client.join().expect("no panic");
    }
    drop(inserted);
}
