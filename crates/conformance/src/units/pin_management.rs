//! Unit `EAC2_ISO7816_P`: PIN management (TR-03105-3.3, 3.11).

use secure_channel::PasswordId::{self, Can, Pin, Puk};

use super::pace::opens_a_channel;
use super::passwords::{self, Switch, given_back, manage, switch_pin, unblock_command};
use crate::{Bench, CHECKING_ERROR, Case, Cost, OK, PaceRun, Stop, status, tries_left};

pub(super) fn cases() -> Vec<Case> {
    let rows: [(&str, &str, Body); 21] = [
        (
            "EAC2_ISO7816_P_1",
            "a wrong PIN costs a try, and the loss outlives the power",
            p_1,
        ),
        ("EAC2_ISO7816_P_2", "the right PIN restores all tries", p_2),
        (
            "EAC2_ISO7816_P_3",
            "wrong PINs leave the PIN with one try, suspended",
            p_3,
        ),
        (
            "EAC2_ISO7816_P_4",
            "a suspended PIN is announced with 63C1",
            p_4,
        ),
        (
            "EAC2_ISO7816_P_5",
            "the access code and then the right PIN resume a suspended PIN",
            p_5,
        ),
        (
            "EAC2_ISO7816_P_6",
            "the access code alone resumes a PIN for its session and no longer",
            p_6,
        ),
        (
            "EAC2_ISO7816_P_7",
            "whoever knows the PIN changes it",
            p_7_and_14,
        ),
        (
            "EAC2_ISO7816_P_8",
            "a wrong PIN in the last try blocks the PIN",
            p_8,
        ),
        (
            "EAC2_ISO7816_P_8a",
            "a blocked PIN is announced with 63C0",
            p_8a,
        ),
        (
            "EAC2_ISO7816_P_9",
            "the PUK unblocks the PIN, which keeps its value",
            p_9,
        ),
        (
            "EAC2_ISO7816_P_10",
            "the PUK unblocks the PIN with a new value",
            p_10,
        ),
        ("EAC2_ISO7816_P_11", "the PUK changes the PIN", p_11),
        ("EAC2_ISO7816_P_12", "the PUK does not change the PIN", p_12),
        (
            "EAC2_ISO7816_P_13",
            "the PUK gives a blocked PIN no new value, and it stays blocked",
            p_13,
        ),
        (
            "EAC2_ISO7816_P_14",
            "whoever knows the PIN changes it (the document has the case twice)",
            p_7_and_14,
        ),
        (
            "EAC2_ISO7816_P_15",
            "an authentication terminal that may manage the PIN changes it",
            p_15,
        ),
        (
            "EAC2_ISO7816_P_16",
            "an authentication terminal that may manage the PIN does not change it",
            |bench| is_refused_to_terminals(bench, Pin),
        ),
        (
            "EAC2_ISO7816_P_17",
            "an authentication terminal that may manage the PIN changes the access code",
            p_17,
        ),
        (
            "EAC2_ISO7816_P_18",
            "an authentication terminal that may manage the PIN does not change the access code",
            |bench| is_refused_to_terminals(bench, Can),
        ),
        (
            "EAC2_ISO7816_P_19",
            "a deactivated PIN is announced with 6283",
            p_19,
        ),
        (
            "EAC2_ISO7816_P_20",
            "a new PIN that is too short is refused, and the old one stays",
            p_20,
        ),
    ];
    rows.into_iter()
        .map(|(id, title, body)| {
            Case::new(id, title, move |bench| given_back(bench, Pin, body)).costs(Cost::Tries)
        })
        .collect()
}

/// What happens between taking and giving back.
type Body = fn(&mut Bench<'_>) -> Result<(), Stop>;

/// 63Cx.
fn left(tries: u8) -> u16 {
    0x63C0 | u16::from(tries & 0x0F)
}

/// 63Cx after one wrong PIN.
fn one_less(bench: &Bench<'_>) -> u16 {
    left(bench.statement().pin_tries.saturating_sub(1))
}

fn wrong_pin(bench: &mut Bench<'_>) -> Result<PaceRun, Stop> {
    bench.pace_run(Pin)?.with_wrong_password(bench)
}

/// The first step of most cases: MSE:Set AT, and what it says about the password.
fn announces(bench: &mut Bench<'_>, password: PasswordId, word: u16) -> Result<PaceRun, Stop> {
    let mut run = bench.pace_run(password)?;
    run.set_template(bench)?.expect(word)?;
    Ok(run)
}

/// Steps 1 to 5: PACE with the right password, of which all tries are there.
fn opens(bench: &mut Bench<'_>, password: PasswordId) -> Result<(), Stop> {
    bench.step(1);
    let mut run = announces(bench, password, OK)?;
    run.through(bench, 2)?.expect(OK)?;
    run.finish(bench)
}

/// The precondition that the PIN is suspended: wrong ones, until MSE:Set AT says so.
fn suspend(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.preparing("precondition: the PIN is suspended");
    for _ in 1..bench.statement().pin_tries {
        bench.activate()?;
        let mut run = wrong_pin(bench)?;
        run.set_template(bench)?
            .expect(status(OK).or(tries_left()))?;
        run.attempt(bench)?
            .expect(status(0x6300).or(tries_left()))?;
    }
    bench.activate()?;
    announces(bench, Pin, 0x63C1)?;
    bench.activate()
}

/// The precondition that the PIN is blocked: suspended, resumed with the access code, and one wrong one more.
fn block(bench: &mut Bench<'_>) -> Result<(), Stop> {
    suspend(bench)?;
    bench.preparing("precondition: the PIN is blocked");
    bench.pace(Can, &[])?;
    let mut run = wrong_pin(bench)?;
    run.set_template(bench)?.expect(0x63C1)?;
    run.attempt(bench)?.expect(status(0x6300).or(0x63C0))?;
    bench.activate()?;
    announces(bench, Pin, 0x63C0)?;
    bench.activate()
}

/// Another PIN or access code of the same length.
fn another(code: &str) -> String {
    let turned = |digit: char| char::from_digit(9 - digit.to_digit(10)?, 10);
    code.chars()
        .map(|digit| turned(digit).unwrap_or('0'))
        .collect()
}

fn p_1(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let word = one_less(bench);
    bench.step(1);
    let mut run = wrong_pin(bench)?;
    run.set_template(bench)?.expect(OK)?;
    let answer = run.through(bench, 2)?;
    answer.expect(status(0x6300).or(word))?;
    bench.step(6);
    bench.activate()?;
    bench.step(7);
    announces(bench, Pin, word).map(drop)
}

fn p_2(bench: &mut Bench<'_>) -> Result<(), Stop> {
    p_1(bench)?;
    bench.activate()?;
    bench.step(1);
    let mut run = announces(bench, Pin, one_less(bench))?;
    run.through(bench, 2)?.expect(OK)?;
    run.finish(bench)?;
    bench.step(6);
    bench.activate()?;
    bench.step(7);
    announces(bench, Pin, OK).map(drop)
}

fn p_3(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let mut expected = OK;
    for tries in (1..bench.statement().pin_tries).rev() {
        bench.step(1);
        let mut run = wrong_pin(bench)?;
        run.set_template(bench)?.expect(expected)?;
        let answer = run.through(bench, 2)?;
        answer.expect(status(0x6300).or(left(tries)))?;
        bench.step(6);
        bench.activate()?;
        expected = left(tries);
    }
    bench.step(7);
    announces(bench, Pin, 0x63C1).map(drop)
}

fn p_4(bench: &mut Bench<'_>) -> Result<(), Stop> {
    suspend(bench)?;
    bench.step(1);
    announces(bench, Pin, 0x63C1).map(drop)
}

fn p_5(bench: &mut Bench<'_>) -> Result<(), Stop> {
    suspend(bench)?;
    opens(bench, Can)?;
    bench.step(6);
    let mut run = announces(bench, Pin, 0x63C1)?;
    run.through(bench, 7)?.expect(OK)?;
    run.finish(bench)?;
    bench.step(11);
    bench.activate()?;
    bench.step(12);
    announces(bench, Pin, OK).map(drop)
}

fn p_6(bench: &mut Bench<'_>) -> Result<(), Stop> {
    suspend(bench)?;
    opens(bench, Can)?;
    bench.step(6);
    bench.activate()?;
    bench.step(7);
    announces(bench, Pin, 0x63C1).map(drop)
}

/// Steps 1 to 8 of the cases that change the PIN in a session of this password.
fn changes_the_pin(bench: &mut Bench<'_>, password: PasswordId) -> Result<(), Stop> {
    opens(bench, password)?;
    bench.step(6);
    let pin = another(&bench.codes().pin);
    passwords::change(bench, Pin, &pin)?.expect(OK)?;
    bench.step(7);
    bench.activate()?;
    opens_a_channel(bench, Pin)
}

fn p_7_and_14(bench: &mut Bench<'_>) -> Result<(), Stop> {
    changes_the_pin(bench, Pin)
}

fn p_8(bench: &mut Bench<'_>) -> Result<(), Stop> {
    suspend(bench)?;
    opens(bench, Can)?;
    bench.step(6);
    let mut run = wrong_pin(bench)?;
    run.set_template(bench)?.expect(0x63C1)?;
    let answer = run.through(bench, 7)?;
    answer.expect(status(0x6300).or(0x63C0)).map(drop)
}

fn p_8a(bench: &mut Bench<'_>) -> Result<(), Stop> {
    block(bench)?;
    bench.step(1);
    announces(bench, Pin, 0x63C0).map(drop)
}

fn p_9(bench: &mut Bench<'_>) -> Result<(), Stop> {
    block(bench)?;
    opens(bench, Puk)?;
    bench.step(6);
    bench.send(&unblock_command())?.expect(OK)?;
    bench.step(7);
    bench.activate()?;
    bench.step(8);
    announces(bench, Pin, OK).map(drop)
}

fn p_10(bench: &mut Bench<'_>) -> Result<(), Stop> {
    block(bench)?;
    changes_the_pin(bench, Puk)
}

fn p_11(bench: &mut Bench<'_>) -> Result<(), Stop> {
    changes_the_pin(bench, Puk)
}

fn p_12(bench: &mut Bench<'_>) -> Result<(), Stop> {
    opens(bench, Puk)?;
    bench.step(6);
    let pin = another(&bench.codes().pin);
    let answer = passwords::change(bench, Pin, &pin)?;
    answer.expect(0x6982).map(drop)
}

fn p_13(bench: &mut Bench<'_>) -> Result<(), Stop> {
    block(bench)?;
    p_12(bench)?;
    bench.step(7);
    bench.activate()?;
    bench.step(8);
    announces(bench, Pin, 0x63C0).map(drop)
}

fn p_15(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.preparing("precondition");
    manage(bench, Pin)?;
    bench.step(1);
    let pin = another(&bench.codes().pin);
    passwords::change(bench, Pin, &pin)?.expect(OK)?;
    bench.step(2);
    bench.activate()?;
    opens_a_channel(bench, Pin)
}

fn p_17(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.preparing("precondition");
    manage(bench, Pin)?;
    bench.step(1);
    let can = another(&bench.codes().can);
    passwords::change(bench, Can, &can)?.expect(OK)?;
    bench.step(2);
    bench.activate()?;
    opens_a_channel(bench, Can)
}

/// `P_16` and `P_18`: a new value is refused for want of a right, whatever the terminal's certificate says.
fn is_refused_to_terminals(bench: &mut Bench<'_>, password: PasswordId) -> Result<(), Stop> {
    bench.preparing("precondition");
    manage(bench, Pin)?;
    bench.step(1);
    let code = match password {
        Can => another(&bench.codes().can),
        _ => another(&bench.codes().pin),
    };
    let answer = passwords::change(bench, password, &code)?;
    answer.expect(0x6982).map(drop)
}

fn p_19(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.preparing("precondition: the PIN is deactivated");
    switch_pin(bench, Switch::Off)?;
    bench.activate()?;
    bench.step(1);
    announces(bench, Pin, 0x6283).map(drop)
}

fn p_20(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let digits = usize::from(bench.statement().pin_length).saturating_sub(1);
    opens(bench, Pin)?;
    bench.step(6);
    let pin = another(&bench.codes().pin);
    let short: String = pin.chars().cycle().take(digits).collect();
    let answer = passwords::change(bench, Pin, &short)?;
    answer.expect(CHECKING_ERROR)?;
    bench.step(7);
    bench.activate()?;
    opens_a_channel(bench, Pin)
}
