//! Unit `EAC2_ISO7816_K`: the terminal proves its key (TR-03105-3.3, 3.6).

mod out_of_order;
mod twice;

use iso7816::tlv::{self, Tag, TlvReader};
use iso7816::{CommandApdu, StatusWord};
use secure_channel::auxiliary_data::AuxiliaryData;

use super::certificate_verification::{
    accept, misspelt, prepare, refusal, refuse_class, selected_or_not, trust_point,
};
use crate::{Answer, Bench, CHECKING_ERROR, Case, OK, Stop, TerminalRun};

pub(super) fn cases() -> Vec<Case> {
    let single = vec![
        Case::new("EAC2_ISO7816_K_1", "a terminal proves its key", |bench| {
            let mut run = certify(bench)?;
            select_and_challenge(bench, &mut run)?;
            bench.step(7);
            run.authenticate(bench)?.expect(OK).map(drop)
        }),
        Case::new(
            "EAC2_ISO7816_K_2",
            "a terminal under a name that no certificate has proves nothing",
            k_2,
        ),
        Case::new(
            "EAC2_ISO7816_K_3",
            "a signature in plain is refused and ends the channel",
            |bench| {
                let mut run = certify(bench)?;
                select_and_challenge(bench, &mut run)?;
                bench.step(7);
                bench.forget_channel();
                run.authenticate(bench)?.expect(CHECKING_ERROR).map(drop)
            },
        ),
        Case::new(
            "EAC2_ISO7816_K_4",
            "a document verifier is no terminal",
            k_4,
        ),
        Case::new("EAC2_ISO7816_K_5", "an authority is no terminal", k_5),
        Case::new(
            "EAC2_ISO7816_K_6",
            "EXTERNAL AUTHENTICATE of class 8C is refused",
            |bench| {
                let mut run = certify(bench)?;
                select_and_challenge(bench, &mut run)?;
                refuse_class(bench, 7, |bench| {
                    run.authenticate_with(bench, |command| Bench::wrong_class(&command))
                })
            },
        ),
        Case::new(
            "EAC2_ISO7816_K_8",
            "a signature over a challenge of seven bytes is refused",
            k_8,
        ),
        Case::new(
            "EAC2_ISO7816_K_11",
            "MSE:Set AT with the name under the tag 84 is refused",
            k_11,
        ),
    ];
    [single, out_of_order::cases(), twice::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// Steps 1 to 4 of most cases: PACE, and a regular chain. What follows is the terminal's.
fn certify(bench: &mut Bench<'_>) -> Result<TerminalRun, Stop> {
    let run = terminal(bench)?;
    accept(bench, 1, &["DV_CERT_1", "IS_CERT_1"])?;
    Ok(run)
}

/// The precondition, and a terminal that will be certified. It is made before the first step, because it looks into
/// EF.CardSecurity for the curve of its ephemeral key.
fn terminal(bench: &mut Bench<'_>) -> Result<TerminalRun, Stop> {
    prepare(bench)?;
    bench.terminal_run("IS_CERT_1", AuxiliaryData::none())
}

/// Steps 5 and 6: the key is selected and the challenge given.
fn select_and_challenge(bench: &mut Bench<'_>, run: &mut TerminalRun) -> Result<(), Stop> {
    bench.step(5);
    run.set_template(bench)?.expect(OK)?;
    bench.step(6);
    let challenge = run.challenge(bench)?;
    demand_challenge(bench, challenge)
}

/// Eight bytes.
fn demand_challenge(bench: &Bench<'_>, answer: Answer) -> Result<(), Stop> {
    let challenge = answer.expect(OK)?;
    bench.demand(challenge.len() == 8, "eight bytes")
}

/// Eight bytes, or an error. Whether there was none.
fn challenge_or_error(bench: &Bench<'_>, answer: Answer) -> Result<bool, Stop> {
    if answer.status() == StatusWord::OK {
        return demand_challenge(bench, answer).map(|()| true);
    }
    answer.expect(CHECKING_ERROR).map(|_| false)
}

/// Chip Authentication with the terminal's ephemeral key fails, in one of its two commands.
fn chip_refuses(bench: &mut Bench<'_>, run: TerminalRun) -> Result<(), Stop> {
    run.finish_anyway(bench)?;
    let mut run = bench.chip_run()?;
    let selection = run.set_template(bench)?;
    if selection.status() != StatusWord::OK {
        return selection.expect(CHECKING_ERROR).map(drop);
    }
    selection.expect(OK)?;
    run.agree(bench)?.expect(CHECKING_ERROR).map(drop)
}

fn k_2(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let certificate = bench.certificate("IS_CERT_1")?;
    let key = bench.authorities().key(certificate.key)?;
    let name = misspelt(&certificate.holder);
    let mut run = bench.terminal_run_as(&name, key, AuxiliaryData::none())?;
    accept(bench, 1, &["DV_CERT_1", "IS_CERT_1"])?;
    bench.step(5);
    let selection = run.set_template(bench)?;
    let selected = selection.status() == StatusWord::OK;
    selection.expect(selected_or_not())?;
    bench.step(6);
    let challenge = run.challenge(bench)?;
    let challenged = challenge_or_error(bench, challenge)?;
    bench.step(7);
    if selected && challenged {
        run.authenticate(bench)?.expect(refusal())?;
    }
    Ok(())
}

fn k_4(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let run = bench.terminal_run("DV_CERT_1", AuxiliaryData::none())?;
    accept(bench, 1, &["DV_CERT_1"])?;
    no_terminal(bench, 3, run)
}

fn k_5(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let name = trust_point(bench)?;
    let key = bench.authorities().key("CVCA_KEY_00")?;
    let run = bench.terminal_run_as(&name, key, AuxiliaryData::none())?;
    no_terminal(bench, 1, run)
}

/// This step and the two behind it: a key that is right, and no terminal's, proves nothing.
fn no_terminal(bench: &mut Bench<'_>, step: u8, mut run: TerminalRun) -> Result<(), Stop> {
    bench.step(step);
    run.set_template(bench)?.expect(selected_or_not())?;
    bench.step(step + 1);
    let challenge = run.challenge(bench)?;
    challenge_or_error(bench, challenge)?;
    bench.step(step + 2);
    run.authenticate(bench)?.expect(refusal()).map(drop)
}

fn k_8(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let mut run = certify(bench)?;
    bench.step(5);
    run.set_template(bench)?.expect(OK)?;
    bench.step(6);
    let answer = bench.send(&CommandApdu::new(0x00, 0x84, 0x00, 0x00).with_ne(7))?;
    if answer.status() != StatusWord::OK {
        return answer.expect(CHECKING_ERROR).map(drop);
    }
    let challenge = answer.expect(OK)?;
    bench.demand(challenge.len() == 7, "seven bytes")?;
    bench.step(7);
    let answer = run.authenticate_over(bench, &challenge)?;
    answer.expect(refusal()).map(drop)
}

fn k_11(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let mut run = certify(bench)?;
    bench.step(5);
    let selection = name_under_84(run.template());
    bench.send(&selection)?.expect(CHECKING_ERROR)?;
    bench.step(6);
    let challenge = run.challenge(bench)?;
    challenge_or_error(bench, challenge)?;
    bench.step(7);
    run.authenticate(bench)?.expect(refusal())?;
    bench.step(8);
    chip_refuses(bench, run)
}

/// MSE:Set AT with DO 84 in place of DO 83.
fn name_under_84(selection: &CommandApdu) -> CommandApdu {
    let mut data = Vec::new();
    for object in TlvReader::new(selection.data()).flatten() {
        let tag = if object.tag == Tag(0x83) {
            Tag(0x84)
        } else {
            object.tag
        };
        tlv::push(&mut data, tag, object.value);
    }
    let [cla, ins, p1, p2] = selection.header();
    CommandApdu::new(cla, ins, p1, p2).with_data(data)
}
