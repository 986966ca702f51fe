//! Unit `EAC2_ISO7816_O`: the CHAT of PACE restricts what certificates open (TR-03105-3.3, 3.10).

use secure_channel::PasswordId::{Can, Pin};
use secure_channel::auxiliary_data::Kind;

use super::access_conditions::frame::{
    Group, Terminal, rights, rows_of_groups, rows_of_writable_groups,
};
use super::access_conditions::special_functions::{
    DENIED, FOR_AGE, FOR_MUNICIPALITY, FOR_PIN, deactivates, verifies,
};
use super::access_conditions::updating::NEW;
use crate::{Bench, CHECKING_ERROR, Case, OK, Stop};

/// Identifier, title, document verifier and terminal, and the group that is not read, though both certificates open it.
type Passport = (&'static str, &'static str, [&'static str; 2], u8);

#[rustfmt::skip]
const PASSPORTS: [Passport; 4] = [
    ("EAC2_ISO7816_O_1", "a terminal for group 3 does not read it, where the CHAT has not that group",
        ["DV_CERT_3", "IS_CERT_3a"], 3),
    ("EAC2_ISO7816_O_2", "a terminal for group 4 does not read it, where the CHAT has not that group",
        ["DV_CERT_3", "IS_CERT_3b"], 4),
    ("EAC2_ISO7816_O_3", "a verifier for group 3 does not help a terminal to read it, where the CHAT has not that group",
        ["DV_CERT_4", "IS_CERT_4"], 3),
    ("EAC2_ISO7816_O_4", "a verifier for group 4 does not help a terminal to read it, where the CHAT has not that group",
        ["DV_CERT_5", "IS_CERT_5"], 4),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = PASSPORTS
        .into_iter()
        .map(|(id, title, chain, group)| {
            Case::new(id, title, move |bench| {
                // Group 4 alone, or group 3 alone.
                let bits = if group == 3 { 0x02 } else { 0x01 };
                Terminal::inspecting_with(Can, bits, chain).authenticate(bench)?;
                Group::EPassport(group).is_not_read(bench)
            })
        })
        .collect();
    // Table 14 prints no CHATs: they are those of table 15. For group 22 it names AT_CERT_19w, which opens group 1 alone; what
    // it says of it holds of AT_CERT_19v.
    for (group, (id, letter)) in rows_of_groups!("EAC2_ISO7816_O_5") {
        let title =
            format!("an official terminal for group {group} does not read it against the CHAT");
        let terminal = format!("AT_CERT_19{letter}");
        cases.push(Case::new(id, title, move |bench| {
            does_not_read(bench, ["DV_CERT_19", &terminal], group)
        }));
    }
    for (group, (id, letter)) in rows_of_groups!("EAC2_ISO7816_O_6") {
        let title =
            format!("a non-official terminal for group {group} does not read it against the CHAT");
        let terminal = format!("AT_CERT_20{letter}");
        cases.push(Case::new(id, title, move |bench| {
            does_not_read(bench, ["DV_CERT_20", &terminal], group)
        }));
    }
    for (group, (id, letter)) in rows_of_writable_groups!("EAC2_ISO7816_O_7") {
        let title = format!(
            "an official terminal for writing group {group} does not write it against the CHAT"
        );
        let terminal = format!("AT_CERT_21{letter}");
        cases.push(Case::new(id, title, move |bench| {
            does_not_write(bench, ["DV_CERT_21", &terminal], group)
        }));
    }
    for (group, (id, letter)) in rows_of_writable_groups!("EAC2_ISO7816_O_8") {
        let title = format!(
            "a non-official terminal for writing group {group} does not write it against the CHAT"
        );
        let terminal = format!("AT_CERT_22{letter}");
        cases.push(Case::new(id, title, move |bench| {
            does_not_write(bench, ["DV_CERT_22", &terminal], group)
        }));
    }
    cases.extend([
        Case::new(
            "EAC2_ISO7816_O_9",
            "a terminal for age verification has no age confirmed against the CHAT",
            |bench| {
                let terminal = without(rights::AGE_VERIFICATION, FOR_AGE);
                verifies(bench, &terminal, Kind::DateOfBirth, DENIED)
            },
        ),
        Case::new(
            "EAC2_ISO7816_O_10",
            "a terminal for verification of the municipality does not have it confirmed against the CHAT",
            |bench| {
                let terminal = without(rights::MUNICIPALITY_VERIFICATION, FOR_MUNICIPALITY);
                verifies(bench, &terminal, Kind::MunicipalityId, DENIED)
            },
        ),
        Case::new(
            "EAC2_ISO7816_O_12",
            "a terminal for PIN management does not deactivate the PIN against the CHAT",
            |bench| {
                let terminal = without(rights::PIN_MANAGEMENT, FOR_PIN);
                deactivates(bench, &terminal, DENIED)
            },
        ),
    ]);
    cases
}

/// A terminal whose CHAT has everything but this.
fn without(right: u64, chain: [&str; 2]) -> Terminal {
    Terminal::authenticating(Pin, rights::UNRESTRICTED & !right, chain)
}

fn does_not_read(bench: &mut Bench<'_>, chain: [&str; 2], group: u8) -> Result<(), Stop> {
    without(rights::read(group), chain).authenticate(bench)?;
    Group::Eid(group).is_not_read(bench)
}

/// The CHATs of tables 16 and 17 have group 22 as well; that of its own row has it, too, and not group 21, and would allow what
/// the case says is forbidden, so it is corrected here.
fn does_not_write(bench: &mut Bench<'_>, chain: [&str; 2], group: u8) -> Result<(), Stop> {
    let bits = (rights::UNRESTRICTED | rights::write(22)) & !rights::write(group);
    Terminal::authenticating(Pin, bits, chain).authenticate(bench)?;
    let group = Group::Eid(group);
    group.select_application(bench)?.expect(OK)?;
    bench.step(10);
    let answer = group.update(bench, &NEW)?;
    answer.expect(CHECKING_ERROR).map(drop)
}
