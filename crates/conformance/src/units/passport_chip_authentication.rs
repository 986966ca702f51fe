//! Unit `ISO7816_II`: Chip Authentication version 1 with MSE:Set AT and GENERAL AUTHENTICATE (TR-03105-3.2 version 1.4.1, 3.5).
//!
//! The document repeats each case with each ChipAuthenticationInfo of data group 14; and with Basic Access Control where there is
//! PACE besides, which this program does not speak: a card that has it has not passed.

mod refused;

use super::chip_authentication::RARE_KEYS;
use crate::bench::ACCEPTED;
use crate::{Bench, CHECKING_ERROR, Case, ChipKey, OK, PassportChipRun, Profile, Stop};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(
            "ISO7816_II_1",
            "Chip Authentication gives new session keys",
            |bench, key| succeeds(bench, key, |_, _| true),
        ),
        case(
            "ISO7816_II_2",
            "after it the old session keys are worth nothing",
            old_keys_are_gone,
        ),
    ];
    let ids = [
        "ISO7816_II_9",
        "ISO7816_II_10",
        "ISO7816_II_11",
        "ISO7816_II_12",
    ];
    for (id, (title, fits)) in ids.into_iter().zip(RARE_KEYS) {
        cases.push(case(id, title, move |bench, key| {
            succeeds(bench, key, fits)
        }));
    }
    cases.extend(refused::cases());
    cases
}

/// A case that is carried out with each key, in an application that was opened anew.
fn case(
    id: &'static str,
    title: &'static str,
    body: impl Fn(&mut Bench<'_>, &ChipKey) -> Result<(), Stop> + Send + Sync + 'static,
) -> Case {
    Case::new(id, title, move |bench| {
        bench.preparing("precondition");
        if bench.statement().has(Profile::Bac) {
            return Err(bench.cannot("the case is repeated with Basic Access Control"));
        }
        bench.open_passport()?;
        for key in bench.passport_chip_keys()? {
            bench.preparing("precondition");
            bench.activate()?;
            bench.open_passport()?;
            body(bench, &key)?;
        }
        Ok(())
    })
}

/// A run with an ephemeral key that is as good as any.
fn run(bench: &mut Bench<'_>, key: &ChipKey) -> Result<PassportChipRun, Stop> {
    bench.passport_chip_run(key, |_| true)
}

/// Step 1: MSE:Set AT that is right.
fn begin(bench: &mut Bench<'_>, run: &PassportChipRun) -> Result<(), Stop> {
    bench.step(1);
    bench.send(run.template())?.expect(OK).map(drop)
}

/// Steps 1 and 2: both commands are answered well, and in the old channel.
fn agrees(bench: &mut Bench<'_>, run: &PassportChipRun) -> Result<(), Stop> {
    begin(bench, run)?;
    bench.step(2);
    let data = bench.send(run.agreement())?.expect(OK)?;
    bench.demand(data == ACCEPTED, "7C 00")
}

fn succeeds(
    bench: &mut Bench<'_>,
    key: &ChipKey,
    fits: impl Fn(&[u8], &[u8]) -> bool,
) -> Result<(), Stop> {
    let run = bench.passport_chip_run(key, |point| {
        let coordinates = point.get(1..).unwrap_or_default();
        let (x, y) = coordinates.split_at(coordinates.len() / 2);
        fits(x, y)
    })?;
    agrees(bench, &run)?;
    bench.step(3);
    let answer = run.send_under_new_keys(bench, &Bench::passport_command())?;
    bench.is_group_1(answer)
}

/// In plain: a protected answer would need the keys that the chip must have forgotten.
fn old_keys_are_gone(bench: &mut Bench<'_>, key: &ChipKey) -> Result<(), Stop> {
    let run = run(bench, key)?;
    agrees(bench, &run)?;
    bench.step(3);
    let answer = bench.send(&Bench::passport_command())?;
    answer.expect_plain(CHECKING_ERROR).map(drop)
}
