//! Units `EAC2_DATA_A`, `EAC2_DATA_B` and `EAC2_DATA_C`: the SecurityInfos in EF.CardAccess, EF.CardSecurity and
//! EF.ChipSecurity (TR-03105-3.3, 4.1, 4.2 and 4.4). A case for one entry is the same case on each of the files.

mod entries;
mod parameters;
mod privileged;

use cvc::TerminalType::{AuthenticationTerminal, InspectionSystem};
use iso7816::tlv::TlvReader;
use lds::{SecurityInfos, oid};
use pki::SignedData;
use secure_channel::PasswordId;

use crate::bench::{chat, unrestricted};
use crate::{Bench, Case, Profile, Stop};

/// A file of the master file with SecurityInfos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum File {
    CardAccess,
    CardSecurity,
    ChipSecurity,
}

use File::{CardAccess, CardSecurity, ChipSecurity};

impl core::fmt::Display for File {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            CardAccess => "EF.CardAccess",
            CardSecurity => "EF.CardSecurity",
            ChipSecurity => "EF.ChipSecurity",
        })
    }
}

impl File {
    const fn short_identifier(self) -> u8 {
        match self {
            CardAccess => 0x1C,
            CardSecurity => 0x1D,
            ChipSecurity => 0x1B,
        }
    }
}

/// The document's CHAT that restricts nothing (3.7), and the bit that it has not, "privileged terminal".
const PRIVILEGED_TOO: &[u8] = &[0x3E, 0x1F, 0xFF, 0xFF, 0xFF];

/// A case for the entries of one kind.
type EntryCase = fn(&mut Bench<'_>, File) -> Result<(), Stop>;

/// The cases for one kind of entry: what must hold, under which identifier on which file, and the case.
type Row = (&'static str, &'static [(&'static str, File)], EntryCase);

const ROWS: [Row; 11] = [
    (
        "each PACEInfo names domain parameters that there are",
        &[
            ("EAC2_DATA_A_2", CardAccess),
            ("EAC2_DATA_B_2", CardSecurity),
            ("EAC2_DATA_C_2", ChipSecurity),
        ],
        entries::pace_infos,
    ),
    (
        "each PACEDomainParameterInfo holds explicit parameters for a PACEInfo",
        &[
            ("EAC2_DATA_A_3", CardAccess),
            ("EAC2_DATA_B_3", CardSecurity),
            ("EAC2_DATA_C_3", ChipSecurity),
        ],
        entries::pace_domain_parameter_infos,
    ),
    (
        "each ChipAuthenticationInfo names its key where there are several",
        &[
            ("EAC2_DATA_A_4", CardAccess),
            ("EAC2_DATA_B_4", CardSecurity),
            ("EAC2_DATA_C_4", ChipSecurity),
        ],
        entries::chip_authentication_infos,
    ),
    (
        "each ChipAuthenticationDomainParameterInfo holds parameters for a ChipAuthenticationInfo",
        &[
            ("EAC2_DATA_A_5", CardAccess),
            ("EAC2_DATA_B_5", CardSecurity),
            ("EAC2_DATA_C_5", ChipSecurity),
        ],
        entries::chip_authentication_domain_parameter_infos,
    ),
    (
        "each TerminalAuthenticationInfo is one of version 2",
        &[
            ("EAC2_DATA_A_6", CardAccess),
            ("EAC2_DATA_B_6", CardSecurity),
            ("EAC2_DATA_C_6", ChipSecurity),
        ],
        entries::terminal_authentication_infos,
    ),
    (
        "the CardInfo is one",
        &[
            ("EAC2_DATA_A_7", CardAccess),
            ("EAC2_DATA_B_7", CardSecurity),
            ("EAC2_DATA_C_7", ChipSecurity),
        ],
        entries::card_info,
    ),
    (
        "each ChipAuthenticationPublicKeyInfo holds a key on parameters that are announced",
        &[
            ("EAC2_DATA_B_8", CardSecurity),
            ("EAC2_DATA_C_8", ChipSecurity),
        ],
        entries::chip_authentication_public_key_infos,
    ),
    (
        "each RestrictedIdentificationInfo names a key and says who may use it",
        &[
            ("EAC2_DATA_B_9", CardSecurity),
            ("EAC2_DATA_C_9", ChipSecurity),
        ],
        entries::restricted_identification_infos,
    ),
    (
        "the RestrictedIdentificationDomainParameterInfo holds valid parameters",
        &[
            ("EAC2_DATA_B_10", CardSecurity),
            ("EAC2_DATA_C_10", ChipSecurity),
        ],
        entries::restricted_identification_domain_parameter_info,
    ),
    (
        "the PSAInfo is one",
        &[("EAC2_DATA_A_8", CardAccess)],
        privileged::psa_infos,
    ),
    (
        "the PrivilegedTerminalInfo tells the parameters of each key for privileged terminals",
        &[("EAC2_DATA_A_9", CardAccess)],
        privileged::announced,
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            "EAC2_DATA_A_1a",
            "EF.CardAccess announces PACE, Terminal Authentication and the CardInfo",
            a_1a,
        ),
        Case::new(
            "EAC2_DATA_A_1b",
            "EF.CardAccess announces Chip Authentication where EF.CardSecurity is not for everybody",
            a_1b,
        ),
        Case::new(
            "EAC2_DATA_B_1",
            "EF.CardSecurity is signed and announces every protocol",
            |bench| is_signed(bench, CardSecurity).map(drop),
        ),
        Case::new(
            "EAC2_DATA_B_11",
            "all that EF.CardAccess says stands signed in EF.CardSecurity",
            b_11,
        ),
        Case::new(
            "EAC2_DATA_C_1",
            "EF.ChipSecurity is signed and announces every protocol, and keys for privileged terminals",
            c_1,
        ),
        Case::new(
            "EAC2_DATA_C_11",
            "the PrivilegedTerminalInfo holds each key that it names",
            privileged::with_keys,
        ),
        Case::new(
            "EAC2_DATA_C_12",
            "the EIDSecurityInfo holds hashes of data groups",
            privileged::eid_security_info,
        ),
    ];
    for (title, ids, case) in ROWS {
        cases.extend(ids.iter().map(|(id, file)| {
            Case::new(id, format!("{file}: {title}"), move |bench| {
                case(bench, *file)
            })
        }));
    }
    cases
}

/// The precondition that a file was read, in the session that may.
fn bytes(bench: &mut Bench<'_>, file: File) -> Result<Vec<u8>, Stop> {
    bench.preparing("precondition");
    bench.activate()?;
    match file {
        CardAccess => {}
        CardSecurity if bench.statement().has(Profile::CardSecurityNeedsTerminal) => {
            bench.pace(PasswordId::Can, &unrestricted(InspectionSystem))?;
            bench.terminal_authentication(&["DV_CERT_1", "IS_CERT_1"])?;
        }
        CardSecurity => bench.pace(PasswordId::Can, &[])?,
        // Whom `L_37` lets read it, and on the safe side with Chip Authentication.
        ChipSecurity => {
            bench.pace(
                PasswordId::Can,
                &chat(AuthenticationTerminal, PRIVILEGED_TOO),
            )?;
            bench.terminal_authentication(&["DV_CERT_17", "AT_CERT_17h"])?;
            bench.authenticate_chip()?;
        }
    }
    bench.read_file(file.short_identifier())
}

/// The precondition that the entries of a file were read, whether or not they are what they should be.
fn entries(bench: &mut Bench<'_>, file: File) -> Result<SecurityInfos, Stop> {
    let bytes = bytes(bench, file)?;
    if file == CardAccess {
        return parsed(bench, &bytes);
    }
    let signed = SignedData::parse(&bytes);
    let signed = signed.map_err(|error| bench.unexpected("SignedData", error))?;
    let content = signed.verify(oid::ID_SECURITY_OBJECT);
    let content = content.map_err(|error| bench.unexpected("a signature that verifies", error))?;
    parsed(bench, content.content)
}

fn parsed(bench: &Bench<'_>, bytes: &[u8]) -> Result<SecurityInfos, Stop> {
    SecurityInfos::parse(bytes).map_err(|error| bench.unexpected("SecurityInfos", error))
}

/// The step that all units begin with: SecurityInfos, in DER (TR-03110-3, table 2).
fn syntax(bench: &Bench<'_>, bytes: &[u8]) -> Result<SecurityInfos, Stop> {
    let infos = parsed(bench, bytes)?;
    let der = infos.to_der();
    let der = der.map_err(|error| bench.unexpected("SecurityInfos", error))?;
    bench.demand(
        der == bytes && is_der(bytes, 0),
        "SecurityInfos in the one encoding that DER has",
    )?;
    Ok(infos)
}

/// Whether all lengths, at any depth, are definite and the shortest.
fn is_der(bytes: &[u8], depth: u8) -> bool {
    depth < 32
        && TlvReader::new(bytes).strict().all(|object| {
            object
                .is_ok_and(|object| !object.tag.is_constructed() || is_der(object.value, depth + 1))
        })
}

/// A step that demands at least one entry of a kind.
fn some<T>(
    bench: &mut Bench<'_>,
    step: u8,
    mut found: impl Iterator<Item = T>,
    name: &str,
) -> Result<(), Stop> {
    bench.step(step);
    bench.demand(found.next().is_some(), format!("at least one {name}"))
}

/// A step that demands exactly one entry of a kind.
fn one<T>(
    bench: &mut Bench<'_>,
    step: u8,
    found: impl Iterator<Item = T>,
    name: &str,
) -> Result<(), Stop> {
    bench.step(step);
    let count = found.count();
    if count == 1 {
        Ok(())
    } else {
        Err(bench.unexpected(format!("exactly one {name}"), count))
    }
}

fn a_1a(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let bytes = bytes(bench, CardAccess)?;
    bench.step(1);
    let infos = syntax(bench, &bytes)?;
    some(bench, 2, infos.pace_infos(), "PACEInfo")?;
    bench.step(3);
    entries::every_proprietary_set_is_told(bench, &infos)?;
    let terminals = infos.terminal_authentication_infos();
    some(bench, 4, terminals, "TerminalAuthenticationInfo")?;
    one(bench, 5, entries::card_infos(&infos), "CardInfo")
}

fn a_1b(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let bytes = bytes(bench, CardAccess)?;
    bench.step(1);
    let infos = syntax(bench, &bytes)?;
    let chips = infos.chip_authentication_infos();
    some(bench, 2, chips, "ChipAuthenticationInfo")?;
    let parameters = infos.chip_authentication_domain_parameter_infos();
    some(
        bench,
        3,
        parameters,
        "ChipAuthenticationDomainParameterInfo",
    )
}

/// `B_1`, and `C_1` but for its last step. The signature is verified with the certificate that the file brings along; whether
/// that one is genuine is not asked.
fn is_signed(bench: &mut Bench<'_>, file: File) -> Result<SecurityInfos, Stop> {
    let bytes = bytes(bench, file)?;
    bench.step(2);
    let signed = SignedData::parse(&bytes);
    let signed = signed.map_err(|error| bench.unexpected("SignedData", error))?;
    bench.demand(is_der(&bytes, 0), "SignedData in DER")?;
    bench.demand(
        has_no_unsigned_attributes(&bytes),
        "a SignerInfo without unsigned attributes",
    )?;
    bench.step(3);
    let content = signed.verify(oid::ID_SECURITY_OBJECT);
    let content = content.map_err(|error| bench.unexpected("a signature that verifies", error))?;
    bench.step(1);
    let infos = syntax(bench, content.content)?;
    some(bench, 4, infos.pace_infos(), "PACEInfo")?;
    bench.step(5);
    entries::every_proprietary_set_is_told(bench, &infos)?;
    let chips = infos.chip_authentication_infos();
    some(bench, 6, chips, "ChipAuthenticationInfo")?;
    let parameters = infos.chip_authentication_domain_parameter_infos();
    some(
        bench,
        7,
        parameters,
        "ChipAuthenticationDomainParameterInfo",
    )?;
    let keys = infos.chip_authentication_public_key_infos();
    some(bench, 8, keys, "ChipAuthenticationPublicKeyInfo")?;
    let terminals = infos.terminal_authentication_infos();
    some(bench, 9, terminals, "TerminalAuthenticationInfo")?;
    one(bench, 10, entries::card_infos(&infos), "CardInfo")?;
    Ok(infos)
}

/// TR-03110-3, A.1.2.5: no SignerInfo has unsigned attributes, `[1]` at its end.
fn has_no_unsigned_attributes(file: &[u8]) -> bool {
    let last = |bytes| TlvReader::new(bytes).last()?.ok();
    let signer_infos = last(file)
        .and_then(|content_info| last(content_info.value))
        .and_then(|content| last(content.value))
        .and_then(|signed_data| last(signed_data.value));
    signer_infos.is_some_and(|signer_infos| {
        TlvReader::new(signer_infos.value).all(|signer_info| {
            let last = signer_info.ok().and_then(|info| last(info.value));
            last.is_some_and(|last| !last.tag.is_constructed())
        })
    })
}

fn b_11(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let access = entries(bench, CardAccess)?;
    let security = entries(bench, CardSecurity)?;
    bench.step(1);
    match access.iter().find(|info| !security.contains(info)) {
        None => Ok(()),
        Some(missing) => Err(bench.unexpected(
            "every entry of EF.CardAccess in EF.CardSecurity",
            format!("none like that of {}", missing.protocol()),
        )),
    }
}

fn c_1(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let infos = is_signed(bench, ChipSecurity)?;
    let privileged = privileged::infos(&infos);
    one(bench, 11, privileged, "PrivilegedTerminalInfo")
}
