//! The states of passwords, for cases that need one and must give it back.

use cvc::TerminalType::AuthenticationTerminal;
use iso7816::{CommandApdu, StatusWord};
use secure_channel::PasswordId;

use crate::bench::unrestricted;
use crate::{Answer, Bench, Codes, OK, Profile, Stop, status, tries_left};

/// P1 of RESET RETRY COUNTER: a new value.
const NEW_VALUE: u8 = 0x02;

/// What a password can be switched to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    On,
    Off,
}

/// Carries a case out with this password operational and all its tries there, the card activated anew; afterwards it is so
/// again, with the value from before, whatever came of the case.
pub(super) fn given_back(
    bench: &mut Bench<'_>,
    password: PasswordId,
    body: impl FnOnce(&mut Bench<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let before = bench.codes().clone();
    bench.preparing("precondition");
    restore(bench, password)?;
    bench.activate()?;
    let outcome = body(bench);
    bench.preparing("giving back what the case took");
    let given_back = restore(bench, password).and_then(|()| change_back(bench, &before));
    outcome.and(given_back)
}

/// Makes a password operational and gives it all its tries: unblocks, activates and resumes the PIN as far as it must, and
/// proves with PACE that the password is good.
fn restore(bench: &mut Bench<'_>, password: PasswordId) -> Result<(), Stop> {
    // Activated, the PIN can turn out to be blocked; unblocked, it can be suspended.
    for _ in 0..3 {
        bench.activate()?;
        let mut run = bench.pace_run(password)?;
        let answer = run.set_template(bench)?;
        match (answer.status(), password) {
            (StatusWord(0x6283), PasswordId::Pin) => switch_pin(bench, Switch::On)?,
            (StatusWord(0x63C0), PasswordId::Pin) => unblock(bench)?,
            (StatusWord(0x63C1), _) => return resume(bench, password),
            _ => {
                answer.expect(status(OK).or(tries_left()))?;
                return run.complete(bench);
            }
        }
    }
    Err(bench.unexpected("a password that can be used", "otherwise"))
}

/// PACE with the access code, and inside it PACE with the suspended password.
fn resume(bench: &mut Bench<'_>, password: PasswordId) -> Result<(), Stop> {
    bench.activate()?;
    bench.pace(PasswordId::Can, &[])?;
    let mut run = bench.pace_run(password)?;
    run.set_template(bench)?.expect(0x63C1)?;
    run.complete(bench)
}

fn unblock(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.activate()?;
    bench.pace(PasswordId::Puk, &[])?;
    bench.send(&unblock_command())?.expect(OK).map(drop)
}

/// RESET RETRY COUNTER for the PIN without a new value, as the document has it: with a byte expected.
pub(super) fn unblock_command() -> CommandApdu {
    CommandApdu::new(0x00, 0x2C, 0x03, PasswordId::Pin.reference()).with_ne(1)
}

/// RESET RETRY COUNTER with a new value. If the card takes it, it is the password from then on.
pub(super) fn change(
    bench: &mut Bench<'_>,
    password: PasswordId,
    value: &str,
) -> Result<Answer, Stop> {
    let command = CommandApdu::new(0x00, 0x2C, NEW_VALUE, password.reference());
    let answer = bench.send(&command.with_data(value.as_bytes()))?;
    if answer.status() == StatusWord(OK) {
        let codes = bench.codes_mut();
        let code = match password {
            PasswordId::Can => &mut codes.can,
            PasswordId::Puk => &mut codes.puk,
            PasswordId::Pin | PasswordId::Mrz => &mut codes.pin,
        };
        *code = value.to_owned().into();
    }
    Ok(answer)
}

fn change_back(bench: &mut Bench<'_>, before: &Codes) -> Result<(), Stop> {
    if bench.codes().pin != before.pin {
        bench.activate()?;
        bench.pace(PasswordId::Pin, &[])?;
        change(bench, PasswordId::Pin, &before.pin)?.expect(OK)?;
    }
    if bench.codes().can != before.can {
        bench.activate()?;
        manage(bench, PasswordId::Can)?;
        change(bench, PasswordId::Can, &before.can)?.expect(OK)?;
    }
    Ok(())
}

/// A session of an authentication terminal that may manage the PIN, begun with this password.
pub(super) fn manage(bench: &mut Bench<'_>, password: PasswordId) -> Result<(), Stop> {
    bench.pace(password, &unrestricted(AuthenticationTerminal))?;
    bench.terminal_authentication(&["DV_CERT_17", "AT_CERT_17b"])?;
    bench.authenticate_chip()
}

/// Activates or deactivates the PIN: as an authentication terminal, which may do so by TR-03110-2 2.4.2; on a card without
/// Terminal Authentication in a session of the PUK or of the PIN itself.
pub(super) fn switch_pin(bench: &mut Bench<'_>, to: Switch) -> Result<(), Stop> {
    let (instruction, password) = match to {
        Switch::On => (0x44, PasswordId::Puk),
        Switch::Off => (0x04, PasswordId::Pin),
    };
    bench.activate()?;
    if bench.statement().has(Profile::Ta2) && bench.statement().has(Profile::Ca2) {
        manage(bench, PasswordId::Can)?;
    } else {
        bench.pace(password, &[])?;
    }
    let command = CommandApdu::new(0x00, instruction, 0x10, PasswordId::Pin.reference());
    bench.send(&command)?.expect(OK).map(drop)
}
