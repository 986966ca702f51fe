//! Unit `EAC2_ISO7816_T`: ENVELOPE and GET RESPONSE (TR-03105-3.3, 3.14).

use cvc::TerminalType::InspectionSystem;
use iso7816::CommandApdu;
use secure_channel::PasswordId;

use crate::bench::{EPASSPORT, unrestricted};
use crate::{Answer, Bench, CHECKING_ERROR, Case, OK, Stop};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "EAC2_ISO7816_T_1",
            "certificates are verified in the parts of several envelopes",
            t_1,
        ),
        Case::new(
            "EAC2_ISO7816_T_2",
            "what a command in an envelope reads is fetched behind it",
            t_2,
        ),
        Case::new(
            "EAC2_ISO7816_T_3",
            "without an envelope before there is nothing to fetch",
            t_3,
        ),
        Case::new(
            "EAC2_ISO7816_T_4",
            "what came in an envelope is not fetched in secure messaging",
            t_4,
        ),
        Case::new(
            "EAC2_ISO7816_T_5",
            "the envelope has a status word of its own",
            t_5,
        ),
    ]
}

const GET_RESPONSE: &[u8] = &[0x00, 0xC0, 0x00, 0x00, 0x00];

/// How much of a command is put into one envelope.
const PART: usize = 128;

/// Sends a command APDU in envelopes, all but the last marked as parts of a chain. What the last one is answered comes back:
/// how many bytes wait.
fn post(bench: &mut Bench<'_>, command: &[u8]) -> Result<usize, Stop> {
    let mut parts = command.chunks(PART).peekable();
    while let Some(part) = parts.next() {
        let chained = parts.peek().is_some();
        let class = if chained { 0x10 } else { 0x00 };
        let envelope = CommandApdu::new(class, 0xC2, 0x00, 0x00).with_data(part);
        let answer = bench.send_once(&envelope.to_bytes())?;
        if !chained {
            return waiting(bench, &answer);
        }
        answer.expect_plain(OK)?;
    }
    Err(bench.cannot("there is no command"))
}

/// 61xx in plain and nothing else: xx, or 256 for 00.
fn waiting(bench: &Bench<'_>, answer: &Answer) -> Result<usize, Stop> {
    let status = answer.status();
    if status.sw1() != 0x61 || !answer.data().is_empty() {
        return Err(bench.unexpected("61xx in plain without data", status));
    }
    Ok(match status.sw2() {
        0 => 256,
        bytes => usize::from(bytes),
    })
}

/// GET RESPONSE, answered with 9000: the response APDU that was in the envelope.
fn fetch(bench: &mut Bench<'_>) -> Result<Vec<u8>, Stop> {
    bench.send_once(GET_RESPONSE)?.expect_plain(OK)
}

fn t_1(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.preparing("precondition");
    bench.pace(PasswordId::Can, &unrestricted(InspectionSystem))?;
    for (name, first) in [("DV_CERT_1", 1), ("IS_CERT_1", 4)] {
        let certificate = bench.certificate(name)?;
        bench.step(first);
        bench.set_dst(&certificate.authority)?.expect(OK)?;
        bench.step(first + 1);
        let command = Bench::verification(&certificate.to_value());
        let protected = bench.protect(&command)?;
        post(bench, &protected)?;
        bench.step(first + 2);
        let response = fetch(bench)?;
        bench.unprotect(&response)?.expect(OK)?;
    }
    Ok(())
}

fn t_2(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.preparing("precondition");
    bench.pace(PasswordId::Can, &unrestricted(InspectionSystem))?;
    bench.terminal_authentication(&["DV_CERT_1", "IS_CERT_1"])?;
    bench.authenticate_chip()?;
    bench.select_application(EPASSPORT)?.expect(OK)?;
    bench.step(1);
    let command = CommandApdu::new(0x00, 0xB0, 0x82, 0x00).with_ne(6);
    let protected = bench.protect(&command)?;
    let announced = post(bench, &protected)?;
    bench.step(2);
    let response = fetch(bench)?;
    bench.demand(
        response.len() == announced,
        format!("{announced} bytes, as announced"),
    )?;
    let beginning = bench.unprotect(&response)?.expect(OK)?;
    // DG2 is 75 and longer than 127 bytes.
    let template = beginning.starts_with(&[0x75, 0x81]) || beginning.starts_with(&[0x75, 0x82]);
    let template = template || beginning.starts_with(&[0x75, 0x83]);
    bench.demand(
        beginning.len() == 6 && template,
        "the first six bytes of data group 2",
    )
}

fn t_3(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.step(1);
    let data = bench
        .send_once(GET_RESPONSE)?
        .expect_plain(CHECKING_ERROR)?;
    bench.demand(data.is_empty(), "no data")
}

fn t_4(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.preparing("precondition");
    bench.pace(PasswordId::Can, &[])?;
    bench.step(1);
    let protected = bench.protect(&Bench::arbitrary())?;
    post(bench, &protected)?;
    bench.forgo_answer();
    bench.step(2);
    let fetch = CommandApdu::new(0x00, 0xC0, 0x00, 0x00).with_ne(256);
    bench.send(&fetch)?.expect(CHECKING_ERROR).map(drop)
}

fn t_5(bench: &mut Bench<'_>) -> Result<(), Stop> {
    bench.step(1);
    // READ BINARY of EF.CardSecurity.
    let waiting = post(bench, &[0x00, 0xB0, 0x9D, 0x00, 0x00])?;
    bench.demand(waiting == 2, "6102")?;
    bench.step(2);
    let response = fetch(bench)?;
    let [high, low] = response[..] else {
        return Err(bench.unexpected("a status word alone", format!("{response:02X?}")));
    };
    let error = matches!(u16::from_be_bytes([high, low]), 0x6400..0x7000);
    bench.demand(error, "a checking error in the envelope")
}
