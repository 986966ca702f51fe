//! Unit `EAC2_ISO7816_I`: Chip Authentication version 2 (TR-03105-3.3, 3.4).
//!
//! The document repeats each case with each key of EF.CardSecurity.

mod refused;

use cvc::TerminalType::InspectionSystem;
use secure_channel::PasswordId;
use secure_channel::auxiliary_data::AuxiliaryData;

use crate::bench::unrestricted;
use crate::{Bench, CHECKING_ERROR, Case, ChipAuthenticationRun, OK, Stop};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(
            "EAC2_ISO7816_I_1",
            "Chip Authentication gives new session keys",
            succeeds,
        ),
        case(
            "EAC2_ISO7816_I_2",
            "after it the old session keys are worth nothing",
            i_2,
        ),
        Case::new(
            "EAC2_ISO7816_I_17",
            "Chip Authentication with a key that EF.ChipSecurity has for privileged terminals",
            i_17,
        ),
    ];
    let ids = [
        "EAC2_ISO7816_I_10",
        "EAC2_ISO7816_I_11",
        "EAC2_ISO7816_I_12",
        "EAC2_ISO7816_I_13",
    ];
    for (id, (title, fits)) in ids.into_iter().zip(RARE_KEYS) {
        cases.push(case(id, title, move |bench| {
            authenticate_terminal(bench, fits)?;
            agrees(bench)
        }));
    }
    cases.extend(refused::cases());
    cases
}

/// A title, and a condition on the coordinates of a point.
type Rare = (&'static str, fn(&[u8], &[u8]) -> bool);

/// Ephemeral public keys that are right and rare. A short coordinate is sent with zeros before it, as every other.
pub(super) const RARE_KEYS: [Rare; 4] = [
    (
        "an ephemeral key with a short x-coordinate is as good as another",
        |x, _| is_short(x),
    ),
    (
        "an ephemeral key with the highest bit of its x-coordinate set is as good as another",
        |x, _| is_large(x),
    ),
    (
        "an ephemeral key with a short y-coordinate is as good as another",
        |_, y| is_short(y),
    ),
    (
        "an ephemeral key with the highest bit of its y-coordinate set is as good as another",
        |_, y| is_large(y),
    ),
];

fn is_short(coordinate: &[u8]) -> bool {
    coordinate.first() == Some(&0)
}

fn is_large(coordinate: &[u8]) -> bool {
    coordinate.first().is_some_and(|first| *first >= 0x80)
}

/// A case that is carried out with each key of EF.CardSecurity.
fn case(
    id: &'static str,
    title: &'static str,
    body: impl Fn(&mut Bench<'_>) -> Result<(), Stop> + Send + Sync + 'static,
) -> Case {
    Case::new(id, title, move |bench| {
        prepare(bench)?;
        for key in bench.chip_keys()? {
            bench.activate()?;
            bench.choose_chip_key(key);
            body(bench)?;
        }
        Ok(())
    })
}

/// PACE and Terminal Authentication of an inspection system, the precondition of the unit.
fn prepare(bench: &mut Bench<'_>) -> Result<(), Stop> {
    authenticate_terminal(bench, |_, _| true)
}

/// The same with an ephemeral key whose coordinates are as the case wants them.
fn authenticate_terminal(
    bench: &mut Bench<'_>,
    fits: impl Fn(&[u8], &[u8]) -> bool,
) -> Result<(), Stop> {
    bench.preparing("precondition");
    bench.pace(PasswordId::Can, &unrestricted(InspectionSystem))?;
    bench.verify_chain(&["DV_CERT_1", "IS_CERT_1"])?;
    let key = bench.ephemeral_key(|point| {
        let coordinates = point.get(1..).unwrap_or_default();
        let (x, y) = coordinates.split_at(coordinates.len() / 2);
        fits(x, y)
    })?;
    let mut run = bench.terminal_run_with("IS_CERT_1", AuxiliaryData::none(), key)?;
    run.set_template(bench)?.expect(OK)?;
    run.challenge(bench)?.expect(OK)?;
    run.authenticate(bench)?.expect(OK)?;
    run.finish(bench)
}

/// Step 1: the precondition, and MSE:Set AT that is right.
fn begin(bench: &mut Bench<'_>) -> Result<ChipAuthenticationRun, Stop> {
    prepare(bench)?;
    let mut run = bench.chip_run()?;
    bench.step(1);
    run.set_template(bench)?.expect(OK)?;
    Ok(run)
}

fn succeeds(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    agrees(bench)
}

/// Steps 1 to 4 after Terminal Authentication: all is well, and the channel goes on under the new keys.
fn agrees(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let mut run = bench.chip_run()?;
    bench.step(1);
    run.set_template(bench)?.expect(OK)?;
    bench.step(2);
    run.agree(bench)?.expect(OK)?;
    bench.step(3);
    run.finish(bench)?;
    bench.step(4);
    bench.channel_stands()
}

fn i_2(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let mut run = begin(bench)?;
    bench.step(2);
    run.agree(bench)?.expect(OK)?;
    bench.step(3);
    let mut old = run.finish(bench)?;
    bench.step(4);
    let answer = bench.send_over(&mut old, &Bench::arbitrary())?;
    answer.expect_plain(CHECKING_ERROR).map(drop)
}

fn i_17(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    for key in bench.privileged_chip_keys()? {
        bench.activate()?;
        bench.choose_chip_key(key);
        succeeds(bench)?;
    }
    Ok(())
}
