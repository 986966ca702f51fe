//! A session takes one Terminal Authentication and no second one.

use cvc::TerminalType::{self, AuthenticationTerminal, InspectionSystem};
use iso7816::StatusWord;
use secure_channel::PasswordId;
use secure_channel::auxiliary_data::{AuxiliaryData, Date};

use super::demand_challenge;
use crate::bench::chat;
use crate::units::certificate_verification::accept;
use crate::{Bench, CHECKING_ERROR, Case, OK, Stop};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "EAC2_ISO7816_K_13",
            "a terminal authenticates itself once in a session",
            |bench| {
                prepare(bench, PasswordId::Can, InspectionSystem, &[0x03])?;
                bench.terminal_authentication(&["DV_CERT_1", "IS_CERT_1"])?;
                refuse(bench, &["DV_CERT_1", "IS_CERT_1"], AuxiliaryData::none())
            },
        ),
        Case::new(
            "EAC2_ISO7816_K_14",
            "another terminal does not follow the first in a session",
            |bench| {
                prepare(bench, PasswordId::Can, InspectionSystem, &[0x03])?;
                bench.terminal_authentication(&["DV_CERT_3", "IS_CERT_3a"])?;
                refuse(bench, &["DV_CERT_1", "IS_CERT_1"], AuxiliaryData::none())
            },
        ),
        Case::new(
            "EAC2_ISO7816_K_15",
            "a terminal does not change its question within a session",
            k_15,
        ),
    ]
}

fn prepare(
    bench: &mut Bench<'_>,
    password: PasswordId,
    terminal_type: TerminalType,
    bits: &[u8],
) -> Result<(), Stop> {
    bench.preparing("precondition");
    bench.pace(password, &chat(terminal_type, bits))
}

fn k_15(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let age = [0x00, 0x00, 0x00, 0x00, 0x01];
    prepare(bench, PasswordId::Pin, AuthenticationTerminal, &age)?;
    let chain = ["DV_CERT_17", "AT_CERT_17f"];
    // Nobody who holds a card was born by the first day, everybody by the second.
    bench.terminal_authentication_asking(&chain, born_by(bench, "18000101")?)?;
    let second = born_by(bench, "20991231")?;
    refuse(bench, &chain, second)
}

/// Auxiliary data: was the holder born on this day or before?
fn born_by(bench: &Bench<'_>, day: &str) -> Result<AuxiliaryData, Stop> {
    let day = Date::parse(day).map(|day| AuxiliaryData::builder().date_of_birth(day).build());
    day.and_then(|asked| asked)
        .map_err(|error| bench.unexpected("auxiliary data", error))
}

/// Steps 1 to 7: the certificates are accepted once more, and the second authentication fails.
fn refuse(bench: &mut Bench<'_>, chain: &[&str; 2], asked: AuxiliaryData) -> Result<(), Stop> {
    let [_, terminal] = chain;
    let mut run = bench.terminal_run(terminal, asked)?;
    accept(bench, 1, chain)?;
    bench.step(5);
    let selection = run.set_template(bench)?;
    if selection.status() != StatusWord::OK {
        return selection.expect(CHECKING_ERROR).map(drop);
    }
    selection.expect(OK)?;
    bench.step(6);
    let challenge = run.challenge(bench)?;
    demand_challenge(bench, challenge)?;
    bench.step(7);
    run.authenticate(bench)?.expect(CHECKING_ERROR).map(drop)
}
