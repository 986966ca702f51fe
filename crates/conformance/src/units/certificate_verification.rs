//! Unit `EAC2_ISO7816_J`: certificate verification (TR-03105-3.3, 3.5).
//!
//! Nothing here moves the card's date or trust-points: where a certificate could, it must be refused.

mod date;
mod refused;
mod succession;

use cvc::TerminalType::InspectionSystem;
use secure_channel::PasswordId;

use crate::bench::chat;
use crate::{Bench, CHECKING_ERROR, Case, Expected, OK, Stop, status};

pub(super) fn cases() -> Vec<Case> {
    let single = vec![
        Case::new(
            "EAC2_ISO7816_J_1",
            "a regular chain down to the terminal is accepted",
            |bench| {
                prepare(bench)?;
                accept(bench, 1, &["DV_CERT_1", "IS_CERT_1"]).map(drop)
            },
        ),
        Case::new(
            "EAC2_ISO7816_J_11",
            "the terminal of a foreign document verifier does not move the date",
            j_11,
        ),
        Case::new(
            "EAC2_ISO7816_J_12",
            "a certificate command in plain ends the channel",
            j_12,
        ),
        Case::new(
            "EAC2_ISO7816_J_13",
            "MSE:Set DST of class 8C is refused",
            j_13,
        ),
        Case::new(
            "EAC2_ISO7816_J_14",
            "PSO:VERIFY CERTIFICATE of class 8C is refused",
            j_14,
        ),
        Case::new(
            "EAC2_ISO7816_J_20",
            "an imported key is forgotten when the power goes",
            j_20,
        ),
    ];
    [single, refused::cases(), date::cases(), succession::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// PACE for an inspection system with all that the chains of this unit grant, the precondition of the unit.
pub(super) fn prepare(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.preparing("precondition");
    bench.pace(PasswordId::Can, &chat(InspectionSystem, &[0x03]))
}

/// The precondition again, after a reset in the middle of a case.
fn prepare_again(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.activate()?;
    prepare(bench)
}

/// The name of the trust-point, as PACE gave it.
pub(super) fn trust_point(bench: &Bench<'_>) -> Result<Vec<u8>, Stop> {
    let newest = bench.trust_points().first();
    let newest = newest.ok_or_else(|| bench.unexpected("a trust-point in DO 87", "none"))?;
    Ok(newest.clone())
}

/// These certificates are selected for and accepted, two steps each, the first under the trust-point and each other one under the
/// one before it. The name of the last holder comes back.
pub(super) fn accept(
    bench: &mut Bench<'_>,
    first_step: u8,
    names: &[&str],
) -> Result<Vec<u8>, Stop> {
    let mut authority = trust_point(bench)?;
    for (step, name) in (first_step..).step_by(2).zip(names) {
        let certificate = bench.certificate(name)?;
        bench.step(step);
        bench.set_dst(&authority)?.expect(OK)?;
        bench.step(step + 1);
        bench.verify_certificate(&certificate)?.expect(OK)?;
        authority = certificate.holder;
    }
    Ok(authority)
}

/// What a certificate, or a signature, is refused with.
pub(super) fn refusal() -> Expected {
    CHECKING_ERROR.or(0x6300)
}

/// What the selection of a key that is not there is answered with: cards may find out only when it is used.
pub(super) fn selected_or_not() -> Expected {
    status(OK).or(CHECKING_ERROR)
}

/// The name with another last character.
pub(super) fn misspelt(name: &[u8]) -> Vec<u8> {
    let mut name = name.to_vec();
    if let Some(last) = name.last_mut() {
        *last = if *last == b'X' { b'Y' } else { b'X' };
    }
    name
}

/// A command of class 8C is refused, inside the channel or with its end; the next step is taken only in the first case.
pub(super) fn refuse_class(
    bench: &mut Bench<'_>,
    step: u8,
    send: impl FnOnce(&mut Bench<'_>) -> Result<crate::Answer, Stop>,
) -> Result<(), Stop> {
    bench.step(step);
    let answer = send(bench)?;
    let stands = answer.is_protected();
    answer.expect_either_way(CHECKING_ERROR)?;
    bench.step(step + 1);
    if stands {
        bench.channel_stands()?;
    }
    Ok(())
}

fn j_11(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    accept(bench, 1, &["DV_CERT_2", "IS_CERT_2a"])?;
    prepare_again(bench)?;
    accept(bench, 5, &["DV_CERT_2", "IS_CERT_2b"]).map(drop)
}

fn j_12(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let certificate = bench.certificate("DV_CERT_1")?;
    bench.step(1);
    let selection = Bench::dst(&trust_point(bench)?);
    bench.send_plain(&selection)?.expect(selected_or_not())?;
    bench.step(2);
    let answer = bench.verify_certificate(&certificate)?;
    answer.expect_plain(CHECKING_ERROR)?;
    prepare_again(bench)?;
    bench.step(3);
    let authority = trust_point(bench)?;
    bench.set_dst(&authority)?.expect(OK)?;
    bench.step(4);
    let verification = Bench::verification(&certificate.to_value());
    bench.send_plain(&verification)?.expect(selected_or_not())?;
    bench.step(5);
    let answer = bench.set_dst(&certificate.holder)?;
    answer.expect_plain(CHECKING_ERROR).map(drop)
}

fn j_13(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let selection = Bench::wrong_class(&Bench::dst(&trust_point(bench)?));
    refuse_class(bench, 1, |bench| bench.send(&selection))
}

fn j_14(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let certificate = bench.certificate("DV_CERT_1")?;
    bench.step(1);
    let authority = trust_point(bench)?;
    bench.set_dst(&authority)?.expect(OK)?;
    let verification = Bench::wrong_class(&Bench::verification(&certificate.to_value()));
    refuse_class(bench, 2, |bench| bench.send(&verification))
}

fn j_20(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let verifier = accept(bench, 1, &["DV_CERT_1"])?;
    prepare_again(bench)?;
    refused::cannot_certify(bench, &verifier, "IS_CERT_1")
}
