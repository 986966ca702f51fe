//! Reading what certificates open and what they do not.

use secure_channel::PasswordId::{self, Can, Mrz, Pin};
use secure_channel::auxiliary_data::AuxiliaryData;

use super::frame::{Group, Terminal, rights, rows_of_groups};
use crate::bench::CHIP_SECURITY;
use crate::{Bench, Case, OK, Stop};

/// Identifier, title, document verifier and terminal, the group, and whether it is read.
type Passport = (&'static str, &'static str, [&'static str; 2], u8, bool);

#[rustfmt::skip]
const PASSPORTS: [Passport; 9] = [
    ("EAC2_ISO7816_L_1", "a terminal for group 3 reads it, where its verifier has 3 and 4",
        ["DV_CERT_3", "IS_CERT_3a"], 3, true),
    ("EAC2_ISO7816_L_2", "a terminal for group 3 does not read group 4, where its verifier has 3 and 4",
        ["DV_CERT_3", "IS_CERT_3a"], 4, false),
    ("EAC2_ISO7816_L_3", "a terminal for group 4 reads it, where its verifier has 3 and 4",
        ["DV_CERT_3", "IS_CERT_3b"], 4, true),
    ("EAC2_ISO7816_L_4", "a terminal for group 4 does not read group 3, where its verifier has 3 and 4",
        ["DV_CERT_3", "IS_CERT_3b"], 3, false),
    ("EAC2_ISO7816_L_5", "a terminal for groups 3 and 4 reads group 3, which is all that its verifier has",
        ["DV_CERT_4", "IS_CERT_4"], 3, true),
    ("EAC2_ISO7816_L_6", "a terminal for groups 3 and 4 does not read group 4, which its verifier has not",
        ["DV_CERT_4", "IS_CERT_4"], 4, false),
    ("EAC2_ISO7816_L_7", "a terminal for groups 3 and 4 reads group 4, which is all that its verifier has",
        ["DV_CERT_5", "IS_CERT_5"], 4, true),
    ("EAC2_ISO7816_L_8", "a terminal for groups 3 and 4 does not read group 3, which its verifier has not",
        ["DV_CERT_5", "IS_CERT_5"], 3, false),
    ("EAC2_ISO7816_L_35", "bits that are reserved change nothing in what an inspection system reads",
        ["DV_CERT_3a", "IS_CERT_3c"], 3, true),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = PASSPORTS
        .into_iter()
        .map(|(id, title, chain, group, may_read)| {
            Case::new(id, title, move |bench| {
                Terminal::inspecting(Mrz, chain).authenticate(bench)?;
                let group = Group::EPassport(group);
                if may_read {
                    group.is_read(bench)
                } else {
                    group.is_not_read(bench)
                }
            })
        })
        .collect();
    for (group, (id, letter)) in rows_of_groups!("EAC2_ISO7816_L_13") {
        let title =
            format!("an official terminal for group {group} reads it after the access code");
        let terminal = format!("AT_CERT_19{letter}");
        cases.push(Case::new(id, title, move |bench| {
            reads(bench, Can, ["DV_CERT_19", &terminal], group)
        }));
    }
    for (group, (id, letter)) in rows_of_groups!("EAC2_ISO7816_L_14") {
        let title = format!("a non-official terminal for group {group} reads it after the PIN");
        let terminal = format!("AT_CERT_20{letter}");
        cases.push(Case::new(id, title, move |bench| {
            reads(bench, Pin, ["DV_CERT_20", &terminal], group)
        }));
    }
    cases.extend([
        Case::new(
            "EAC2_ISO7816_L_36",
            "bits that are reserved change nothing in what an authentication terminal reads",
            |bench| reads(bench, Can, ["DV_CERT_19a", "AT_CERT_19w"], 1),
        ),
        Case::new(
            "EAC2_ISO7816_L_37",
            "a privileged terminal reads EF.ChipSecurity once it has authenticated itself",
            l_37,
        ),
    ]);
    cases
}

fn reads(
    bench: &mut Bench<'_>,
    password: PasswordId,
    chain: [&str; 2],
    group: u8,
) -> Result<(), Stop> {
    let bits = rights::UNRESTRICTED | rights::read(group);
    Terminal::authenticating(password, bits, chain).authenticate(bench)?;
    Group::Eid(group).is_read(bench)
}

fn l_37(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let bits = rights::UNRESTRICTED | rights::PRIVILEGED_TERMINAL;
    let terminal = Terminal::authenticating(Can, bits, ["DV_CERT_17", "AT_CERT_17h"]);
    terminal.authenticate_terminal(bench, AuxiliaryData::none())?;
    bench.step(8);
    let byte = bench.read_first_byte(CHIP_SECURITY)?.expect(OK)?;
    bench.demand(byte.len() == 1, "the first byte of EF.ChipSecurity")
}
