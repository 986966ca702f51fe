//! Unit `EAC2_EIDDATA_B`: the data groups of the eID application (TR-03105-3.3, 4.3).

mod syntax;

use cvc::TerminalType::AuthenticationTerminal;
use secure_channel::PasswordId;

use crate::bench::{EID, unrestricted};
use crate::{Bench, Case, OK, Stop};

/// A case, its data group, the certificate that grants reading it and no other group, and the type of its contents.
type Row = (&'static str, u8, &'static str, &'static str);

const ROWS: [Row; 21] = [
    ("EAC2_EIDDATA_B_1", 1, "AT_CERT_19a", "DocumentType"),
    ("EAC2_EIDDATA_B_2", 2, "AT_CERT_19b", "IssuingState"),
    ("EAC2_EIDDATA_B_3", 3, "AT_CERT_19c", "DateOfExpiry"),
    ("EAC2_EIDDATA_B_4", 4, "AT_CERT_19d", "GivenNames"),
    ("EAC2_EIDDATA_B_5", 5, "AT_CERT_19e", "FamilyNames"),
    ("EAC2_EIDDATA_B_6", 6, "AT_CERT_19f", "ArtisticName"),
    ("EAC2_EIDDATA_B_7", 7, "AT_CERT_19g", "AcademicTitle"),
    ("EAC2_EIDDATA_B_8", 8, "AT_CERT_19h", "DateOfBirth"),
    ("EAC2_EIDDATA_B_9", 9, "AT_CERT_19i", "PlaceOfBirth"),
    ("EAC2_EIDDATA_B_10", 10, "AT_CERT_19j", "Nationality"),
    ("EAC2_EIDDATA_B_11", 11, "AT_CERT_19k", "Sex"),
    ("EAC2_EIDDATA_B_12", 12, "AT_CERT_19l", "OptionalDataR"),
    ("EAC2_EIDDATA_B_13", 17, "AT_CERT_19q", "PlaceOfResidence"),
    ("EAC2_EIDDATA_B_14", 18, "AT_CERT_19r", "MunicipalityID"),
    ("EAC2_EIDDATA_B_15", 19, "AT_CERT_19s", "ResidencePermitI"),
    ("EAC2_EIDDATA_B_16", 20, "AT_CERT_19t", "ResidencePermitII"),
    ("EAC2_EIDDATA_B_17", 21, "AT_CERT_19u", "PhoneNumber"),
    ("EAC2_EIDDATA_B_18", 22, "AT_CERT_19v", "EMailAddress"),
    ("EAC2_EIDDATA_B_19", 13, "AT_CERT_19m", "BirthName"),
    ("EAC2_EIDDATA_B_20", 14, "AT_CERT_19n", "WrittenSignature"),
    ("EAC2_EIDDATA_B_21", 15, "AT_CERT_19o", "Date"),
];

pub(super) fn cases() -> Vec<Case> {
    let case = |(id, group, certificate, contents): Row| {
        let title = format!("data group {group} has the syntax of {contents} (TR-03110-4)");
        Case::new(id, title, move |bench| {
            follows(bench, group, certificate, contents)
        })
    };
    ROWS.map(case).into()
}

/// The group is read as the document's authentication terminals read it (`L_13`), and its contents follow the type.
fn follows(
    bench: &mut Bench<'_>,
    group: u8,
    certificate: &str,
    contents: &str,
) -> Result<(), Stop> {
    bench.preparing("precondition");
    bench.pace(PasswordId::Can, &unrestricted(AuthenticationTerminal))?;
    bench.terminal_authentication(&["DV_CERT_19", certificate])?;
    bench.authenticate_chip()?;
    bench.select_application(EID)?.expect(OK)?;
    let file = bench.read_file(group)?;
    bench.step(1);
    syntax::check(group, &file).map_err(|flaw| bench.unexpected(contents, flaw))
}
