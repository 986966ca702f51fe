//! A chain without a signature, or with a wrong one, opens nothing.

use iso7816::CommandApdu;
use secure_channel::PasswordId::Mrz;
use secure_channel::auxiliary_data::AuxiliaryData;

use super::frame::{Group, Terminal};
use crate::{Bench, CHECKING_ERROR, Case, OK, Stop};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "EAC2_ISO7816_L_9",
            "a chain without a signature does not open group 3",
            |bench| without_signature(bench, Group::EPassport(3)),
        ),
        Case::new(
            "EAC2_ISO7816_L_10",
            "a chain without a signature does not open group 4",
            |bench| without_signature(bench, Group::EPassport(4)),
        ),
        Case::new(
            "EAC2_ISO7816_L_11",
            "a chain with a wrong signature does not open group 3",
            |bench| with_wrong_signature(bench, Group::EPassport(3)),
        ),
        Case::new(
            "EAC2_ISO7816_L_12",
            "a chain with a wrong signature does not open group 4",
            |bench| with_wrong_signature(bench, Group::EPassport(4)),
        ),
    ]
}

fn terminal() -> Terminal {
    Terminal::inspecting(Mrz, ["DV_CERT_1", "IS_CERT_1"])
}

fn without_signature(bench: &mut Bench<'_>, group: Group) -> Result<(), Stop> {
    let run = terminal().request_challenge(bench, AuxiliaryData::none())?;
    bench.step(7);
    chip_authentication_fails(bench, run.ephemeral_key().as_uncompressed())?;
    bench.step(8);
    is_not_read(bench, group, 9)
}

fn with_wrong_signature(bench: &mut Bench<'_>, group: Group) -> Result<(), Stop> {
    let mut run = terminal().request_challenge(bench, AuxiliaryData::none())?;
    bench.step(7);
    let answer = run.authenticate_with(bench, |command| {
        let mut signature = command.data().to_vec();
        if let Some(last) = signature.last_mut() {
            *last ^= 1;
        }
        let [cla, ins, p1, p2] = command.header();
        CommandApdu::new(cla, ins, p1, p2).with_data(signature)
    })?;
    answer.expect(CHECKING_ERROR.or(0x6300))?;
    bench.step(8);
    chip_authentication_fails(bench, run.ephemeral_key().as_uncompressed())?;
    bench.step(9);
    is_not_read(bench, group, 10)
}

/// The document asks only that it fails, in whichever of its two commands.
fn chip_authentication_fails(bench: &mut Bench<'_>, point: &[u8]) -> Result<(), Stop> {
    let template = bench.chip_template()?;
    let answer = bench.send(&template)?;
    let selected = answer.status().0 == OK;
    answer.expect(CHECKING_ERROR.or(OK))?;
    if selected {
        let answer = bench.send(&Bench::chip_agreement(point))?;
        answer.expect(CHECKING_ERROR.or(0x6300))?;
    }
    Ok(())
}

/// The application may be selected or not; if it was, `step` is to read the group, and fails.
fn is_not_read(bench: &mut Bench<'_>, group: Group, step: u8) -> Result<(), Stop> {
    let answer = group.select_application(bench)?;
    let selected = answer.status().0 == OK;
    answer.expect(CHECKING_ERROR.or(OK))?;
    if selected {
        bench.step(step);
        group.read_is_refused(bench)?;
    }
    Ok(())
}
