//! Writing what certificates open, and restoring it.

use iso7816::CommandApdu;
use secure_channel::PasswordId::{self, Can, Pin};

use super::frame::{Group, Terminal, rights, rows_of_writable_groups};
use crate::{Bench, Case, OK, Stop, status};

/// What the document writes.
pub(in crate::units) const NEW: [u8; 4] = [0x01, 0x02, 0x03, 0x04];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (group, (id, letter)) in rows_of_writable_groups!("EAC2_ISO7816_L_15") {
        let title = format!(
            "an official terminal for writing group {group} writes it after the access code"
        );
        let terminal = format!("AT_CERT_21{letter}");
        cases.push(Case::new(id, title, move |bench| {
            writes(bench, Can, ["DV_CERT_21", &terminal], group)
        }));
    }
    for (group, (id, letter)) in rows_of_writable_groups!("EAC2_ISO7816_L_16") {
        let title =
            format!("a non-official terminal for writing group {group} writes it after the PIN");
        let terminal = format!("AT_CERT_22{letter}");
        cases.push(Case::new(id, title, move |bench| {
            writes(bench, Pin, ["DV_CERT_22", &terminal], group)
        }));
    }
    cases
}

fn writes(
    bench: &mut Bench<'_>,
    password: PasswordId,
    chain: [&str; 2],
    group: u8,
) -> Result<(), Stop> {
    let old = contents(bench, group)?;
    bench.activate()?;
    let bits = rights::UNRESTRICTED | rights::write(group);
    Terminal::authenticating(password, bits, chain).authenticate(bench)?;
    let group = Group::Eid(group);
    group.select_application(bench)?.expect(OK)?;
    bench.step(10);
    group.update(bench, &NEW)?.expect(OK)?;
    bench.preparing("restoring what was there");
    if !old.is_empty() {
        group.update(bench, &old)?.expect(OK)?;
    }
    Ok(())
}

/// As much of the group as will be overwritten, read by a terminal that may read it and nothing else.
fn contents(bench: &mut Bench<'_>, group: u8) -> Result<Vec<u8>, Stop> {
    let letter = char::from(b'a' + (group - 1));
    let reader = format!("AT_CERT_19{letter}");
    let bits = rights::UNRESTRICTED | rights::read(group);
    Terminal::authenticating(Can, bits, ["DV_CERT_19", &reader]).authenticate(bench)?;
    let group = Group::Eid(group);
    group.select_application(bench)?.expect(OK)?;
    bench.preparing("reading what will be overwritten");
    let count = u32::try_from(NEW.len()).unwrap_or(u32::MAX);
    let read = CommandApdu::new(0x00, 0xB0, 0x80 | group.number(), 0x00).with_ne(count);
    bench.send(&read)?.expect(status(OK).or(0x6282))
}
