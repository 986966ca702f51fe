//! Faults by a script, at both ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use neweid_tests::cards::{TestCard, trust};
use neweid_tests::flows::faults;
use neweid_tests::flows::walk::{self, Walk};
use transport::faults::{Fault, Faulty, Script};

/// Each of these walks has exchanges that the others have not. The one that reads most has no large portrait to read.
fn walks() -> [(Walk, TestCard); 3] {
    [
        (Walk::AccessCode, TestCard::default_specimen()),
        (Walk::Agency, TestCard::of_case("no-portrait")),
        (
            Walk::MrzWithChipAuthentication,
            TestCard::default_specimen(),
        ),
    ]
}

#[test]
fn a_fault_of_the_reader_at_any_command_ends_in_its_error_or_in_the_truth() {
    for (walk, subject) in walks() {
        faults::a_fault_of_the_reader_at_any_command_ends_in_its_error_or_in_the_truth(
            walk,
            &mut subject.insert(),
            &subject.holder,
            trust(),
        );
    }
}

#[test]
fn a_fault_of_the_chip_at_any_command_ends_in_its_error_or_in_the_truth() {
    for (walk, subject) in walks() {
        faults::a_fault_of_the_chip_at_any_command_ends_in_its_error_or_in_the_truth(
            walk,
            &mut subject.insert(),
            &subject.holder,
            trust(),
        );
    }
}

#[test]
fn every_walk_succeeds_at_a_reader_without_extended_length_and_at_a_slow_one() {
    let subject = TestCard::default_specimen();
    let slow = Script::new()
        .without_extended_length()
        .from(1, Fault::Delay { ms: 250 });
    let waited = Arc::new(Mutex::new(Duration::ZERO));
    let clock = Arc::clone(&waited);
    let mut reader = Faulty::waiting(subject.insert(), &slow, move |duration| {
        *clock.lock().expect("no panic") += duration;
    })
    .expect("faults that a reader can make");
    walk::every_check_passes_and_every_field_is_true(&mut reader, &subject.holder, trust());
    let commands = u32::try_from(reader.commands()).expect("a small number");
    assert!(commands > 200, "short blocks: {commands}");
    let waited = *waited.lock().expect("no panic");
    assert_eq!(waited, Duration::from_millis(250) * commands);
}
