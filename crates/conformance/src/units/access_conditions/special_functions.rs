//! Special functions of the eID application: verification of auxiliary data, and management of the PIN.

use iso7816::CommandApdu;
use lds::Date;
use secure_channel::PasswordId::{Can, Pin};
use secure_channel::auxiliary_data::{AuxiliaryData, Kind};

use super::frame::{Group, Terminal, rights};
use crate::bench::EID;
use crate::{Bench, Case, Cost, OK, Stop};

/// The right to age verification.
pub(in crate::units) const FOR_AGE: [&str; 2] = ["DV_CERT_17", "AT_CERT_17f"];
/// The right to verification of the municipality.
pub(in crate::units) const FOR_MUNICIPALITY: [&str; 2] = ["DV_CERT_17", "AT_CERT_17g"];
/// The rights to PIN management and to do so after the access code.
pub(in crate::units) const FOR_PIN: [&str; 2] = ["DV_CERT_17", "AT_CERT_17b"];
/// The right to install a qualified certificate, which serves for none of the others.
const FOR_CERTIFICATE: [&str; 2] = ["DV_CERT_17", "AT_CERT_17d"];

pub(in crate::units) const DENIED: u16 = 0x6982;

pub(super) fn cases() -> Vec<Case> {
    let unrestricted = |chain| Terminal::authenticating(Pin, rights::UNRESTRICTED, chain);
    vec![
        Case::new(
            "EAC2_ISO7816_L_17",
            "a terminal for age verification has an age confirmed",
            move |bench| verifies(bench, &unrestricted(FOR_AGE), Kind::DateOfBirth, OK),
        ),
        Case::new(
            "EAC2_ISO7816_L_18",
            "a terminal for something else has no age confirmed",
            move |bench| {
                let terminal = unrestricted(FOR_CERTIFICATE);
                verifies(bench, &terminal, Kind::DateOfBirth, DENIED)
            },
        ),
        Case::new(
            "EAC2_ISO7816_L_19",
            "a terminal for verification of the municipality has it confirmed",
            move |bench| {
                let terminal = unrestricted(FOR_MUNICIPALITY);
                verifies(bench, &terminal, Kind::MunicipalityId, OK)
            },
        ),
        Case::new(
            "EAC2_ISO7816_L_20",
            "a terminal for something else does not have the municipality confirmed",
            move |bench| {
                let terminal = unrestricted(FOR_CERTIFICATE);
                verifies(bench, &terminal, Kind::MunicipalityId, DENIED)
            },
        ),
        Case::new(
            "EAC2_ISO7816_L_23",
            "a terminal that may do with the access code reads after it",
            l_23,
        ),
        Case::new(
            "EAC2_ISO7816_L_25",
            "a terminal for PIN management deactivates the PIN",
            deactivates_and_activates,
        )
        .costs(Cost::Tries),
        Case::new(
            "EAC2_ISO7816_L_26",
            "a terminal for PIN management activates the PIN after the access code",
            deactivates_and_activates,
        )
        .costs(Cost::Tries),
        Case::new(
            "EAC2_ISO7816_L_27",
            "a terminal for something else does not deactivate the PIN",
            move |bench| deactivates(bench, &unrestricted(FOR_CERTIFICATE), DENIED),
        ),
        // The document has it twice.
        Case::new(
            "EAC2_ISO7816_L_28",
            "a terminal for something else does not deactivate the PIN, once more",
            move |bench| deactivates(bench, &unrestricted(FOR_CERTIFICATE), DENIED),
        ),
    ]
}

/// The terminal names a value with which the card agrees; what VERIFY is answered in step 10.
pub(in crate::units) fn verifies(
    bench: &mut Bench<'_>,
    terminal: &Terminal,
    kind: Kind,
    expected: u16,
) -> Result<(), Stop> {
    let named = agreeing(bench, kind)?;
    terminal.authenticate_asking(bench, named)?;
    bench.step(9);
    bench.select_application(EID)?.expect(OK)?;
    bench.step(10);
    bench.send(&kind.verify())?.expect(expected).map(drop)
}

/// A value of this kind with which the card agrees, from the statement.
fn agreeing(bench: &Bench<'_>, kind: Kind) -> Result<AuxiliaryData, Stop> {
    let statement = bench.statement();
    let value = match kind {
        Kind::MunicipalityId => statement.valid_municipality_id.clone(),
        _ => Some(birthday(
            bench.authorities().effective(),
            statement.valid_age,
        )),
    };
    let Some(value) = value else {
        return Err(bench.cannot("the statement says no valid_municipality_id"));
    };
    let named = AuxiliaryData::builder().value(&kind.oid(), &value).build();
    named.map_err(|error| bench.cannot(error))
}

/// The last day on which somebody can be born who is so old today.
fn birthday(today: Date, age: u16) -> Vec<u8> {
    let year = today.year().saturating_sub(age);
    let born = Date::new(year, today.month(), today.day());
    // 29 February, in a year without.
    let born = born.or_else(|_| Date::new(year, today.month(), 28));
    born.unwrap_or(today).to_yyyymmdd().into_bytes()
}

/// DEACTIVATE of the PIN in step 9.
pub(in crate::units) fn deactivates(
    bench: &mut Bench<'_>,
    terminal: &Terminal,
    expected: u16,
) -> Result<(), Stop> {
    terminal.authenticate(bench)?;
    bench.step(9);
    let deactivate = CommandApdu::new(0x00, 0x04, 0x10, 0x03);
    bench.send(&deactivate)?.expect(expected).map(drop)
}

/// ACTIVATE of the PIN after the access code, in step 9.
fn activates(bench: &mut Bench<'_>) -> Result<(), Stop> {
    Terminal::authenticating(Can, rights::UNRESTRICTED, FOR_PIN).authenticate(bench)?;
    bench.step(9);
    let activate = CommandApdu::new(0x00, 0x44, 0x10, 0x03);
    bench.send(&activate)?.expect(OK).map(drop)
}

fn l_23(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let chain = ["DV_CERT_17", "AT_CERT_17a"];
    Terminal::authenticating(Can, rights::UNRESTRICTED, chain).authenticate(bench)?;
    let group = Group::Eid(1);
    group.select_application(bench)?.expect(OK)?;
    bench.step(10);
    bench.read_first_byte(group.number())?.expect(OK).map(drop)
}

/// What `L_25` does leaves the PIN as `L_26` needs it, and that gives it back.
fn deactivates_and_activates(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let terminal = Terminal::authenticating(Pin, rights::UNRESTRICTED, FOR_PIN);
    deactivates(bench, &terminal, OK)?;
    bench.activate()?;
    activates(bench)
}
