//! Somebody in the middle of the walk: who changes bits, replays, or takes the card away.

use host_lib::{Cancel, ErrorCode, Options};
use iso7816::StatusWord;
use rand_core::Rng;
use secure_channel::Password;
use transport::CardTransport;

use super::passwords::other_digits;
use super::walk::Walk;
use crate::cards::{Holder, Trust, rng};
use crate::carriers::{Between, Side};
use crate::terminal::{CAM, Terminal};

/// How long each command and answer of an undisturbed walk is.
pub(super) fn lengths(
    walk: Walk,
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) -> Vec<[usize; 2]> {
    card.reset().expect("the card comes back");
    let mut lengths = Vec::new();
    let mut watched = Between::new(card, |_, command, card| {
        let answer = card.transmit(command)?;
        lengths.push([command.len(), answer.len()]);
        Ok(answer)
    });
    let report = walk.run(&mut watched, holder, trust);
    drop(watched);
    report.unwrap_or_else(|error| panic!("{walk:?}: {error}"));
    lengths
}

/// What a password's state is, as a number of tries; `most` where the card names none.
fn tries_left(card: &mut dyn CardTransport, password: &Password, most: u8) -> u8 {
    let mut card = Terminal::new(card);
    match card.set_template(CAM, password, &[]) {
        StatusWord::OK => most,
        status => status.tries_left().unwrap_or_else(|| panic!("{status}")),
    }
}

/// The tries of PIN1 and PUK.
pub(super) fn tries(card: &mut dyn CardTransport, holder: &Holder) -> [u8; 2] {
    let pin1 = Password::pin(&holder.pin1()).expect("digits");
    let puk = Password::puk(&holder.puk()).expect("digits");
    [tries_left(card, &pin1, 3), tries_left(card, &puk, 10)]
}

/// Brings PIN1 and PUK to one try less than all.
pub(super) fn spend_a_try_of_each(card: &mut dyn CardTransport, holder: &Holder) {
    let mut card = Terminal::new(card);
    let pin1 = Password::pin(&other_digits(&holder.pin1())).expect("digits");
    let puk = Password::puk(&other_digits(&holder.puk())).expect("digits");
    for (password, left) in [(pin1, 2), (puk, 9)] {
        assert_eq!(card.try_password(&password), StatusWord::wrong_secret(left));
        card.reset();
    }
}

/// Gives PIN1 and PUK all their tries back.
pub(super) fn restore_tries(card: &mut dyn CardTransport, holder: &Holder) {
    let mut card = Terminal::new(card);
    let can = Password::can(&holder.access_code()).expect("digits");
    let pin1 = Password::pin(&holder.pin1()).expect("digits");
    let puk = Password::puk(&holder.puk()).expect("digits");
    for password in [pin1, puk] {
        if card.try_password(&password) != StatusWord::OK {
            card.reset();
            assert_eq!(card.try_password(&can), StatusWord::OK);
            assert_eq!(card.try_password(&password), StatusWord::OK);
        }
        card.reset();
    }
}

/// A walk that somebody disturbed ends in an error, or in data that are true (which the walk itself
/// compares). No error is one that would mean a fault of the library.
pub(super) fn survives(
    walk: Walk,
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
    disturbance: &dyn core::fmt::Debug,
) -> Option<ErrorCode> {
    match walk.run(card, holder, trust) {
        Ok(_) => None,
        Err(error) => {
            let code = error.code();
            let faults = [
                ErrorCode::Internal,
                ErrorCode::ApiMisuse,
                ErrorCode::NoRandomness,
            ];
            assert!(
                !faults.contains(&code),
                "{walk:?}, {disturbance:?}: {error}"
            );
            Some(code)
        }
    }
}

/// One bit is flipped in every exchange of a walk, in the command or in the answer. The walk ends in an
/// error or in the truth, no password gets a try back that it did not earn, and the next walk succeeds.
pub fn a_flipped_bit_in_any_exchange_ends_in_an_error_or_in_the_truth(
    walk: Walk,
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let lengths = lengths(walk, card, holder, trust);
    let token = last_step_of_pace(walk, card, holder, trust);
    spend_a_try_of_each(card, holder);
    let mut random = rng(7);
    let (mut refused, mut harmless) = (0, 0);
    for (exchange, sizes) in lengths.iter().enumerate() {
        for (side, size) in Side::BOTH.into_iter().zip(sizes) {
            let bits = 8 * size;
            // The ends, where headers and status words are, and two anywhere.
            let mut flips = vec![
                random.next_u32() as usize % 32,
                bits - 1 - random.next_u32() as usize % 16,
            ];
            flips.extend([(); 2].map(|()| random.next_u32() as usize % bits));
            for bit in flips {
                let disturbance = (exchange, side, bit);
                let before = tries(card, holder);
                card.reset().expect("the card comes back");
                let mut accepted = false;
                let mut watched = Between::new(card, |_, command, card| {
                    let answer = card.transmit(command)?;
                    // 61xx: accepted, and the rest of the answer is waiting.
                    let good = matches!(answer[answer.len() - 2], 0x90 | 0x61);
                    accepted |= good && command.starts_with(LAST_STEP);
                    Ok(answer)
                });
                let mut middle = Between::flipping(&mut watched, exchange, side, bit);
                let outcome = survives(walk, &mut middle, holder, trust, &disturbance);
                drop(middle);
                drop(watched);
                match outcome {
                    Some(_) => refused += 1,
                    None => harmless += 1,
                }
                // Outside the channel's protection are the outer Le and the outer status word alone.
                let is_protected = exchange > token && bit < bits - 16;
                assert!(
                    !is_protected || outcome.is_some(),
                    "{disturbance:?}: not noticed"
                );

                // Only the right PIN1, whole, earns its tries back.
                let was_token = (exchange, side) == (token, Side::Command);
                assert!(
                    !accepted || !was_token || bit >= bits - 16,
                    "{disturbance:?}: a wrong token"
                );
                let after = tries(card, holder);
                match walk {
                    Walk::Agency if accepted => assert_eq!(after, [3, 9], "{disturbance:?}"),
                    Walk::Agency => assert!(after[0] <= 2 && after[1] == 9, "{disturbance:?}"),
                    _ => assert_eq!(after, before, "{walk:?}, {disturbance:?}"),
                }
                if after != [2, 9] {
                    restore_tries(card, holder);
                    spend_a_try_of_each(card, holder);
                }
            }
        }
    }
    restore_tries(card, holder);
    walk.run(card, holder, trust).expect("the next walk");
    println!(
        "{walk:?}: a bit flipped in each of {} exchanges, {refused} walks refused, {harmless} harmless",
        lengths.len()
    );
    assert!(refused > harmless);
}

/// How the command of the last step of PACE begins: GENERAL AUTHENTICATE, not chained.
pub(super) const LAST_STEP: &[u8] = &[0x00, 0x86];

/// The number of the exchange in which PACE compares the password.
pub(super) fn last_step_of_pace(
    walk: Walk,
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) -> usize {
    card.reset().expect("the card comes back");
    let mut token = None;
    let mut watched = Between::new(card, |number, command, card| {
        if command.starts_with(LAST_STEP) {
            token.get_or_insert(number);
        }
        card.transmit(command)
    });
    walk.run(&mut watched, holder, trust).expect("a walk");
    drop(watched);
    token.expect("a walk with PACE")
}

/// What else somebody in the middle can do with an exchange.
#[derive(Clone, Copy, Debug)]
enum Trick {
    /// Answer with the answer to the command before.
    Replay,
    /// Answer without data.
    Cut,
    /// Answer with half of the bytes.
    Halve,
    /// Say 9000 without asking the card.
    Pretend,
    /// Send the command twice and give the second answer.
    Repeat,
    /// Refuse in plain: file not found.
    Refuse,
    /// Answer with nothing at all.
    Silence,
    /// Answer with more than anybody asked for.
    Flood,
}

/// Whoever replays, cuts, forges, repeats or floods in any exchange gets an error or nothing that
/// matters out of it.
pub fn a_forged_answer_in_any_exchange_ends_in_an_error_or_in_the_truth(
    walk: Walk,
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let exchanges = lengths(walk, card, holder, trust).len();
    let tricks = [
        Trick::Replay,
        Trick::Cut,
        Trick::Halve,
        Trick::Pretend,
        Trick::Repeat,
        Trick::Refuse,
        Trick::Silence,
        Trick::Flood,
    ];
    let mut refused = 0;
    for exchange in 0..exchanges {
        for trick in tricks {
            card.reset().expect("the card comes back");
            let mut before = Vec::new();
            let mut middle = Between::new(card, |number, command, card| {
                if number != exchange {
                    let answer = card.transmit(command)?;
                    before.clone_from(&answer);
                    return Ok(answer);
                }
                Ok(match trick {
                    Trick::Replay => before.clone(),
                    Trick::Cut => {
                        let answer = card.transmit(command)?;
                        answer[answer.len() - 2..].to_vec()
                    }
                    Trick::Halve => {
                        let answer = card.transmit(command)?;
                        answer[..answer.len() / 2].to_vec()
                    }
                    Trick::Pretend => vec![0x90, 0x00],
                    Trick::Repeat => {
                        card.transmit(command)?;
                        card.transmit(command)?
                    }
                    Trick::Refuse => vec![0x6A, 0x82],
                    Trick::Silence => Vec::new(),
                    Trick::Flood => vec![0x90; 70_000],
                })
            });
            let outcome = survives(walk, &mut middle, holder, trust, &(exchange, trick));
            refused += usize::from(outcome.is_some());
        }
    }
    restore_tries(card, holder);
    walk.run(card, holder, trust).expect("the next walk");
    println!(
        "{walk:?}: {} forgeries, {refused} refused",
        exchanges * tricks.len()
    );
    assert!(refused > exchanges * tricks.len() / 2);
}

/// The card is taken away in any exchange: the host says so, and the next walk succeeds.
pub fn a_card_that_is_taken_away_is_named_and_walks_again(
    walk: Walk,
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let exchanges = lengths(walk, card, holder, trust).len();
    for exchange in 0..exchanges {
        for side in Side::BOTH {
            card.reset().expect("the card comes back");
            let mut middle = Between::removing(card, exchange, side);
            let error = walk.run(&mut middle, holder, trust).expect_err("no card");
            assert_eq!(
                error.code(),
                ErrorCode::CardRemoved,
                "{exchange} {side:?}: {error}"
            );
            assert_eq!(
                middle.exchanges(),
                exchange + 1,
                "nothing is sent to no card"
            );
        }
        card.reset().expect("the card is put back");
        walk.run(card, holder, trust)
            .unwrap_or_else(|error| panic!("after {exchange}: {error}"));
    }
    println!("{walk:?}: the card taken away in each of {exchanges} exchanges");
}

/// The walk is cancelled in any exchange: the exchange is finished, nothing more is sent, the host says
/// so, and the next walk succeeds.
pub fn a_cancelled_walk_stops_at_once_and_the_next_one_succeeds(
    walk: Walk,
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let exchanges = lengths(walk, card, holder, trust).len();
    for exchange in 0..exchanges {
        let cancel = Cancel::new();
        let button = cancel.clone();
        let mut middle = Between::new(card, |number, command, card| {
            if number == exchange {
                button.cancel();
            }
            card.transmit(command)
        });
        let options = Options::new().cancelled_by(cancel);
        let outcome = walk.run_with(options, &mut middle, holder, trust);
        assert_eq!(middle.exchanges(), exchange + 1, "{walk:?}");
        drop(middle);
        match outcome {
            Ok(_) => assert_eq!(exchange, exchanges - 1, "cancelled too late to matter"),
            Err(error) => assert_eq!(error.code(), ErrorCode::Cancelled, "{exchange}: {error}"),
        }
        // No reset: the host itself must begin anew with a card in the middle of something.
        walk.run(card, holder, trust)
            .unwrap_or_else(|error| panic!("after {exchange}: {error}"));
    }
    println!("{walk:?}: cancelled in each of {exchanges} exchanges");
}
