//! Unit `EAC2_ISO7816_N`: going over to another algorithm and other domain parameters (TR-03105-3.3, 3.9).

use cvc::TerminalType::{self, AuthenticationTerminal, InspectionSystem};

use super::trust_points::{AFTER_M_5, AFTER_M_7, State, newest, require, require_at_least, verify};
use crate::{Bench, Case, Cost, Stop};

pub(super) fn cases() -> Vec<Case> {
    let cases = [
        Case::new(
            "EAC2_ISO7816_N_1",
            "a link certificate changes the algorithm for inspection systems",
            |bench| migrates(bench, InspectionSystem, AFTER_M_5, INSPECTION),
        ),
        Case::new(
            "EAC2_ISO7816_N_2",
            "a link certificate changes the algorithm for authentication terminals",
            |bench| {
                require_at_least(bench, InspectionSystem, AFTER_M_5)?;
                migrates(bench, AuthenticationTerminal, AFTER_M_7, AUTHENTICATION)
            },
        ),
    ];
    cases.map(|case| case.costs(Cost::TrustPoints)).into()
}

/// Link, document verifier, terminal.
type Names = [&'static str; 3];

const INSPECTION: Names = ["LINK_CERT_13", "DV_CERT_13", "IS_CERT_13"];
const AUTHENTICATION: Names = ["LINK_CERT_13_AT", "DV_CERT_13_AT", "AT_CERT_13"];

fn migrates(
    bench: &mut Bench<'_>,
    terminal_type: TerminalType,
    state: State,
    [link, verifier, terminal]: Names,
) -> Result<(), Stop> {
    require(bench, terminal_type, state)?;
    let (linked, verifying) = (
        bench.certificate(link)?.holder,
        bench.certificate(verifier)?.holder,
    );
    let authority = newest(bench)?;
    verify(bench, 1, &authority, link)?;
    verify(bench, 3, &linked, verifier)?;
    verify(bench, 5, &verifying, terminal)
}
