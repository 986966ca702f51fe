//! Commands of Terminal Authentication that are left out, doubled or in another order.

use super::{
    certify, challenge_or_error, chip_refuses, demand_challenge, select_and_challenge, terminal,
};
use crate::units::certificate_verification::{accept, prepare, refusal};
use crate::{Bench, Case, OK, Stop};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "EAC2_ISO7816_K_7",
            "a challenge is void after the next one",
            k_7,
        ),
        Case::new(
            "EAC2_ISO7816_K_9",
            "a signature without challenge is refused, and Chip Authentication behind it",
            k_9,
        ),
        Case::new(
            "EAC2_ISO7816_K_10",
            "a signature without selected key is refused, and Chip Authentication behind it",
            k_10,
        ),
        Case::new(
            "EAC2_ISO7816_K_12",
            "Terminal Authentication is forgotten when the power goes",
            k_12,
        ),
        Case::new(
            "EAC2_ISO7816_K_16",
            "a challenge that was given before the certificates is kept",
            k_16,
        ),
    ]
}

fn k_7(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let mut run = certify(bench)?;
    select_and_challenge(bench, &mut run)?;
    bench.step(7);
    let second = bench.send(&Bench::challenge_command())?;
    challenge_or_error(bench, second)?;
    bench.step(8);
    run.authenticate(bench)?.expect(refusal()).map(drop)
}

fn k_9(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let mut run = certify(bench)?;
    bench.step(5);
    run.set_template(bench)?.expect(OK)?;
    bench.step(6);
    run.authenticate_over(bench, &[])?.expect(refusal())?;
    bench.step(7);
    chip_refuses(bench, run)
}

fn k_10(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let mut run = certify(bench)?;
    bench.step(5);
    let challenge = run.challenge(bench)?;
    challenge_or_error(bench, challenge)?;
    bench.step(6);
    run.authenticate(bench)?.expect(refusal())?;
    bench.step(7);
    chip_refuses(bench, run)
}

fn k_12(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let mut run = certify(bench)?;
    select_and_challenge(bench, &mut run)?;
    bench.step(7);
    run.authenticate(bench)?.expect(OK)?;
    bench.activate()?;
    prepare(bench)?;
    bench.step(8);
    chip_refuses(bench, run)
}

fn k_16(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let mut run = terminal(bench)?;
    bench.step(1);
    let challenge = run.challenge(bench)?;
    demand_challenge(bench, challenge)?;
    accept(bench, 2, &["DV_CERT_1", "IS_CERT_1"])?;
    bench.step(6);
    run.set_template(bench)?.expect(OK)?;
    bench.step(7);
    run.authenticate(bench)?.expect(OK).map(drop)
}
