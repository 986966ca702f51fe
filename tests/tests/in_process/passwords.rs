//! Passwords to exhaustion.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use applet_sim::{CardImage, Chip, Delay, Environment, MemoryStore};
use neweid_tests::cards::{Inserted, TestCard, rng, trust};
use neweid_tests::flows::passwords;
use transport::{InProcess, Interface};

/// Writes down how long it was asked to wait.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<Duration>>>);

impl Delay for Recorded {
    fn wait(&mut self, duration: Duration) {
        self.0.lock().expect("no panic").push(duration);
    }
}

impl Recorded {
    fn take(&self) -> Vec<Duration> {
        core::mem::take(&mut self.0.lock().expect("no panic"))
    }
}

fn insert_recording(memory: MemoryStore) -> (Inserted, Recorded) {
    let recorded = Recorded::default();
    let environment = Environment {
        rng: Box::new(rng(20)),
        delay: Box::new(recorded.clone()),
    };
    let chip = Chip::open(memory, environment).expect("a chip");
    (InProcess::new(chip, Interface::Contactless), recorded)
}

fn memory(image: &CardImage) -> MemoryStore {
    image.personalise(MemoryStore::default()).expect("a card")
}

#[test]
fn pin1_is_counted_suspended_resumed_blocked_and_unblocked() {
    let subject = TestCard::default_specimen();
    let mut card = subject.insert();
    let holder = &subject.holder;
    passwords::pin1_is_counted_suspended_resumed_blocked_and_unblocked(&mut card, holder);
}

#[test]
fn the_puk_is_counted_suspended_resumed_and_blocked_for_ever() {
    let subject = TestCard::default_specimen();
    let mut card = subject.insert();
    let holder = &subject.holder;
    passwords::the_puk_is_counted_suspended_resumed_and_blocked_for_ever(&mut card, holder);
}

#[test]
fn access_code_and_mrz_never_block_but_are_slowed_down() {
    let subject = TestCard::default_specimen();
    let (mut card, recorded) = insert_recording(memory(subject.image()));
    passwords::access_code_and_mrz_never_block_but_are_slowed_down(
        &mut card,
        &subject.holder,
        &mut || recorded.take(),
    );
}

#[test]
fn the_delay_comes_before_the_nonce() {
    let subject = TestCard::default_specimen();
    let (mut card, recorded) = insert_recording(memory(subject.image()));
    passwords::the_delay_comes_before_the_nonce(&mut card, &subject.holder, &mut || {
        recorded.take()
    });
}

#[test]
fn the_delay_survives_a_loss_of_power() {
    use neweid_tests::flows::writing::Writing;
    let subject = TestCard::default_specimen();
    let (mut card, recorded) = insert_recording(memory(subject.image()));
    for _ in 0..5 {
        let outcome = Writing::WrongAccessCode.run(&mut card, &subject.holder, trust());
        assert!(Writing::WrongAccessCode.ends_as_expected(&outcome));
    }
    let seconds = |all: Vec<Duration>| all.iter().map(Duration::as_secs).collect::<Vec<_>>();
    assert_eq!(seconds(recorded.take()), [1, 2]);

    // Another program, days later.
    let bytes = card.remove().into_memory().durable_bytes().to_vec();
    let (mut card, recorded) = insert_recording(MemoryStore::from_bytes(bytes));
    let outcome = Writing::WrongAccessCode.run(&mut card, &subject.holder, trust());
    assert!(Writing::WrongAccessCode.ends_as_expected(&outcome));
    let outcome = Writing::RightAccessCode.run(&mut card, &subject.holder, trust());
    outcome.expect("the right one, after a last delay");
    assert_eq!(seconds(recorded.take()), [4, 8]);

    let bytes = card.remove().into_memory().durable_bytes().to_vec();
    let (mut card, recorded) = insert_recording(MemoryStore::from_bytes(bytes));
    let outcome = Writing::RightAccessCode.run(&mut card, &subject.holder, trust());
    outcome.expect("the right one");
    assert!(
        recorded.take().is_empty(),
        "a success is remembered as well"
    );
}

#[test]
fn the_host_names_each_state_of_pin1() {
    let subject = TestCard::default_specimen();
    passwords::the_host_names_each_state_of_pin1(&mut subject.insert(), &subject.holder);
}

#[test]
fn the_host_names_each_state_of_the_puk() {
    let subject = TestCard::default_specimen();
    passwords::the_host_names_each_state_of_the_puk(&mut subject.insert(), &subject.holder);
}

#[test]
fn the_host_names_a_wrong_access_code_and_a_wrong_mrz() {
    let subject = TestCard::default_specimen();
    let mut card = subject.insert();
    passwords::the_host_names_a_wrong_access_code_and_a_wrong_mrz(&mut card, &subject.holder);
}

#[test]
fn a_changed_pin1_replaces_the_old_one() {
    let subject = TestCard::default_specimen();
    let mut card = subject.insert();
    passwords::a_changed_pin1_replaces_the_old_one(&mut card, &subject.holder, trust());
}

#[test]
fn only_a_session_of_pin1_changes_it_and_only_to_six_digits() {
    let subject = TestCard::default_specimen();
    let mut card = subject.insert();
    let holder = &subject.holder;
    passwords::only_a_session_of_pin1_changes_it_and_only_to_six_digits(&mut card, holder);
}

#[test]
fn a_transport_pin_opens_no_data_and_is_replaced_once() {
    let subject = TestCard::of_case("unknown-birth-date");
    let mut card = subject.insert();
    let holder = &subject.holder;
    passwords::a_transport_pin_opens_no_data_and_is_replaced_once(&mut card, holder, trust());
}

#[test]
fn a_locked_card_refuses_pin1_until_the_puk_unlocks_it() {
    let subject = TestCard::default_specimen();
    let mut card = subject.insert();
    let holder = &subject.holder;
    passwords::a_locked_card_refuses_pin1_until_the_puk_unlocks_it(&mut card, holder, trust());
}

#[test]
fn an_exhausted_pin1_locks_the_whole_card_where_the_issuer_says_so() {
    for (lockout, locks_card) in [("password", false), ("card", true)] {
        let subject = TestCard::with_lines(&[(
            "lockout = \"password\"",
            &format!("lockout = \"{lockout}\""),
        )]);
        let mut card = subject.insert();
        let holder = &subject.holder;
        passwords::an_exhausted_pin1_locks_the_whole_card(&mut card, holder, locks_card);
    }
}
