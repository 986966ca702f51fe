//! Somebody in the middle.

use neweid_tests::cards::{TestCard, trust};
use neweid_tests::flows::interruption;
use neweid_tests::flows::walk::Walk;

/// With Active Authentication, so that every kind of exchange there is comes up. No large portrait, for
/// the walks are many.
fn subject() -> TestCard {
    TestCard::with_lines(&[(
        "active_authentication = false",
        "active_authentication = true",
    )])
}

fn flipped(walk: Walk) {
    let subject = subject();
    interruption::a_flipped_bit_in_any_exchange_ends_in_an_error_or_in_the_truth(
        walk,
        &mut subject.insert(),
        &subject.holder,
        trust(),
    );
}

#[test]
fn a_bit_flipped_in_any_exchange_of_the_walk_with_the_access_code_does_no_harm() {
    flipped(Walk::AccessCode);
}

#[test]
fn a_bit_flipped_in_any_exchange_of_the_walk_with_pin1_does_no_harm() {
    flipped(Walk::Agency);
}

#[test]
fn a_bit_flipped_in_any_exchange_of_the_walk_with_the_mrz_does_no_harm() {
    flipped(Walk::Mrz);
}

#[test]
fn a_bit_flipped_in_any_exchange_of_the_walk_with_chip_authentication_does_no_harm() {
    flipped(Walk::MrzWithChipAuthentication);
}

#[test]
fn a_forged_answer_in_any_exchange_does_no_harm() {
    let subject = subject();
    for walk in [Walk::AccessCode, Walk::MrzWithChipAuthentication] {
        interruption::a_forged_answer_in_any_exchange_ends_in_an_error_or_in_the_truth(
            walk,
            &mut subject.insert(),
            &subject.holder,
            trust(),
        );
    }
}

#[test]
fn a_card_that_is_taken_away_is_named_and_walks_again() {
    let subject = subject();
    for walk in [Walk::Agency, Walk::MrzWithChipAuthentication] {
        interruption::a_card_that_is_taken_away_is_named_and_walks_again(
            walk,
            &mut subject.insert(),
            &subject.holder,
            trust(),
        );
    }
}

#[test]
fn a_cancelled_walk_stops_at_once_and_the_next_one_succeeds() {
    let subject = subject();
    for walk in [Walk::Agency, Walk::MrzWithChipAuthentication] {
        interruption::a_cancelled_walk_stops_at_once_and_the_next_one_succeeds(
            walk,
            &mut subject.insert(),
            &subject.holder,
            trust(),
        );
    }
}
