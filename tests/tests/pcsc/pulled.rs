//! The card is pulled out of the virtual reader at every APDU of the walk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use host_lib::ErrorCode;
use libtest_mimic::Trial;
use neweid_tests::cards::{TestCard, trust};
use neweid_tests::flows::walk::Walk;
use transport::pcsc::PcscOptions;
use transport::{Cancel, CardDevice, CardTransport, Interface};

use crate::slot::{NOTICE, Slot, chip};
use crate::{daemon, trials};

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        pulled:
        a_card_pulled_before_any_apdu_of_the_walk_is_named_and_walks_again,
        a_card_pulled_after_any_apdu_of_the_walk_is_named_and_walks_again,
    )
}

/// A card that is pulled over its n-th command: before it has carried it out, or before its answer is
/// out. The reader then has no card, until the card is put back.
pub(crate) struct Pulled<D> {
    pub(crate) card: D,
    /// Commands left; nobody pulls at `usize::MAX`.
    pub(crate) left: Arc<AtomicUsize>,
    pub(crate) before: Arc<AtomicBool>,
}

impl<D: CardDevice> CardDevice for Pulled<D> {
    fn power_on(&mut self, interface: Interface) -> Vec<u8> {
        self.card.power_on(interface)
    }
    fn power_off(&mut self) {
        self.card.power_off();
    }
    fn reset(&mut self) -> Vec<u8> {
        self.card.reset()
    }
    fn process(&mut self, command: &[u8]) -> Vec<u8> {
        let left = self.left.load(Ordering::SeqCst);
        if left == usize::MAX {
            return self.card.process(command);
        }
        if left > 0 {
            self.left.store(left - 1, Ordering::SeqCst);
            return self.card.process(command);
        }
        self.left.store(usize::MAX, Ordering::SeqCst);
        if !self.before.load(Ordering::SeqCst) {
            self.card.process(command);
        }
        Vec::new()
    }
}

fn a_card_pulled_before_any_apdu_of_the_walk_is_named_and_walks_again() {
    pulled(true);
}

fn a_card_pulled_after_any_apdu_of_the_walk_is_named_and_walks_again() {
    pulled(false);
}

fn pulled(before: bool) {
    let walk = Walk::Agency;
    let subject = TestCard::default_specimen();
    let left = Arc::new(AtomicUsize::new(usize::MAX));
    let device = Pulled {
        card: chip(subject.image()),
        left: Arc::clone(&left),
        before: Arc::new(AtomicBool::new(before)),
    };
    let inserted = Slot::FIRST.insert(device, Interface::Contactless);
    let mut card = Slot::FIRST.open(PcscOptions::new());
    let exchanges = {
        const MANY: usize = 100_000;
        left.store(MANY, Ordering::SeqCst);
        walk.run(&mut card, &subject.holder, trust())
            .expect("a walk");
        MANY - left.swap(usize::MAX, Ordering::SeqCst)
    };
    let begin = Instant::now();
    for exchange in 0..exchanges {
        left.store(exchange, Ordering::SeqCst);
        let error = walk
            .run(&mut card, &subject.holder, trust())
            .expect_err("a card that was pulled");
        assert_eq!(error.code(), ErrorCode::CardRemoved, "{exchange}: {error}");
        back(&mut card);
        walk.run(&mut card, &subject.holder, trust())
            .unwrap_or_else(|error| panic!("after {exchange}: {error}"));
    }
    println!(
        "pulled {} each of {exchanges} APDUs of {walk:?}, {exchanges} times E-CARD-REMOVED, {exchanges} walks after it, {:?}",
        if before { "before" } else { "after" },
        begin.elapsed()
    );
    drop((card, inserted));
}

/// Waits until the card is in the reader again.
pub(crate) fn back(card: &mut dyn CardTransport) {
    let service = daemon::service();
    let begin = Instant::now();
    loop {
        let wanted = |reader: &transport::pcsc::Reader| reader.name == Slot::FIRST.reader();
        let seen = service.wait_for_card(wanted, NOTICE, &Cancel::new());
        seen.expect("the service").expect("the card is put back");
        if card.reset().is_ok() {
            return;
        }
        assert!(begin.elapsed() < NOTICE, "the card does not come back");
        std::thread::sleep(Duration::from_millis(50));
    }
}
