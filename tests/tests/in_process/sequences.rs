//! The protected zone opens to two keys together, the holder's PIN1 and an agency's authorisation, and no sequence of
//! commands, however it is mutated or reordered, gets a byte of a group without its conditions; nor does a retry counter
//! ever rise without success.
//!
//! `PROPTEST_CASES` sets the number of sequences, `PROPTEST_RNG_SEED` other ones.

mod facts;
mod plan;
mod play;
mod step;

use std::cell::RefCell;

use cvc::Right;
use neweid_tests::cards::authorities::{Certified, Party, Rights};
use neweid_tests::fuzzing::marked_card::GROUPS;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use secure_channel::PasswordId;

use plan::sequence;
use play::{Run, play};
use step::{Announced, Directory, Move, Sequence, Signing, Step};

#[test]
fn no_sequence_of_commands_yields_a_byte_without_its_conditions() {
    let mut config = Config {
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 1_200;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(7816);
    }
    let cases = config.cases;
    let total = RefCell::new(Run::default());
    let outcome = TestRunner::new(config).run(&sequence(), |sequence| {
        let run = play(&sequence).map_err(TestCaseError::fail)?;
        total.borrow_mut().add(run);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, sequence)) => panic!("{reason}\n{sequence:?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
    let total = total.into_inner();
    println!("{cases} sequences: {total:?}");
    assert!(
        total.open > cases / 2 && total.protected_zone > cases / 5,
        "a run in which little is read shows little"
    );
    for (what, count) in [
        ("agencies that got to their rights", total.proven),
        ("signatures refused", total.signatures_refused),
        ("wrong passwords", total.wrong_passwords),
        ("reads refused", total.closed),
    ] {
        assert!(count > cases / 10, "only {count} {what}");
    }
    assert!(
        total.written > 0 && total.managed > 0,
        "nothing was changed"
    );
}

/// The sequence from which most others are made, as it is: all of it works, so that what is refused in the others is refused
/// for a reason.
#[test]
fn the_whole_way_opens_every_group_that_chain_and_holder_allow() {
    let rights = Rights {
        may: GROUPS.map(Right::ReadGroup).into(),
        ..Rights::default()
    };
    let certificate = |issuer, holder| {
        Step::Show(Certified {
            issuer,
            holder,
            rights: rights.clone(),
            expired: false,
        })
    };
    let mut steps = vec![
        Step::Pace {
            by: PasswordId::Pin,
            right: true,
            cam: true,
            inside: false,
            terminal: Some(Announced::Authentication(rights.clone())),
        },
        certificate(Party::Ministry, Party::Verifier),
        certificate(Party::Verifier, Party::Terminal),
        Step::SelectTerminal {
            named: true,
            asks: None,
        },
        Step::Challenge,
        Step::Sign(Signing::Right),
        Step::ProveChip { committed: true },
        Step::Select(Directory::Eid),
    ];
    steps.extend(GROUPS.map(|short_id| Step::Read {
        short_id,
        offset: 0,
        ne: 256,
    }));
    let inside = |step| Move { step, plain: false };
    let run = play(&Sequence(steps.into_iter().map(inside).collect()));
    let run = run.unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!((run.open, run.protected_zone, run.proven), (11, 7, 1));
}
