//! Who may read what.

use neweid_tests::cards::{self, TestCard, batch_for, specimen_toml};
use neweid_tests::flows::access::{self, Searched};
use neweid_tests::flows::batch;

#[test]
fn every_file_opens_to_whom_the_table_says() {
    // With and without ICAO application, access code and Active Authentication in it, and suites.
    for case in ["wang-xiaoming", "parents-labels", "no-portrait"] {
        let subject = TestCard::of_case(case);
        access::every_file_opens_to_whom_the_table_says(&mut subject.insert(), &subject);
    }
}

/// A holder of whom no protected value stands in the public zone as well.
fn holder_with_secrets() -> TestCard {
    TestCard::with_lines(&[
        ("code = \"63000\"", "code = \"10002\""),
        ("name = \"臺北市\"", "name = \"宜蘭縣\""),
        ("label = \"父\"", "label = \"養父\""),
        ("label = \"母\"", "label = \"養母\""),
    ])
}

#[test]
fn no_protected_value_is_reachable_from_the_master_file_with_the_access_code() {
    let subject = holder_with_secrets();
    access::no_protected_value_is_reachable_on_the_holders_own_reader(
        &mut subject.insert(),
        &subject,
        Searched::MasterFile,
    );
}

#[test]
fn no_protected_value_is_reachable_in_the_application_with_pin1_alone() {
    let subject = holder_with_secrets();
    access::no_protected_value_is_reachable_on_the_holders_own_reader(
        &mut subject.insert(),
        &subject,
        Searched::Eid,
    );
}

#[test]
fn the_search_for_protected_values_finds_them_as_an_agency() {
    let subject = holder_with_secrets();
    access::the_search_finds_protected_values_as_an_agency(&mut subject.insert(), &subject);
}

#[test]
fn two_cards_of_a_batch_cannot_be_told_apart_before_pace() {
    let toml = specimen_toml("wang-xiaoming");
    let batch = batch_for(toml);
    let one = TestCard::of_batch(toml, &batch, 10);
    for case in [
        "long-romanized-name",
        "rare-ideographs",
        "unmarried",
        "parents-labels",
    ] {
        let other = TestCard::of_batch(specimen_toml(case), &batch, 11);
        let answered = batch::two_cards_answer_alike_before_pace(
            &mut one.insert(),
            &mut other.insert(),
            0..40,
        );
        println!("{case}: {answered} commands answered alike");
        assert!(answered > 5000);
    }
}

/// The twin: cards of different batches differ, so that the comparison is one.
#[test]
#[should_panic(expected = "tells the cards apart")]
fn cards_of_two_batches_differ() {
    let one = TestCard::default_specimen();
    let other = TestCard::of_case("resident-number");
    batch::two_cards_answer_alike_before_pace(
        &mut cards::insert(one.image()),
        &mut cards::insert(other.image()),
        0..0,
    );
}
