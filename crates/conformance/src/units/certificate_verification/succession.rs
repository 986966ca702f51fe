//! Who may certify whom.

use super::{accept, prepare, refusal, selected_or_not};
use crate::{Bench, Case, Expected, OK, Stop, status};

/// A chain whose last certificate must be refused.
struct Row {
    id: &'static str,
    title: &'static str,
    /// The certificates that are accepted.
    accepted: &'static [&'static str],
    /// The one that is not, issued by the last of them.
    refused: &'static str,
    /// What the selection of its issuer's key is answered with.
    selection: fn() -> Expected,
}

/// A row for an issuer that may certify somebody, only not this one: its key can be selected.
const fn by_verifier(
    id: &'static str,
    title: &'static str,
    accepted: &'static [&'static str],
    refused: &'static str,
) -> Row {
    Row {
        id,
        title,
        accepted,
        refused,
        selection: || status(OK),
    }
}

/// A row for a terminal, which certifies nobody.
const fn by_terminal(id: &'static str, title: &'static str, refused: &'static str) -> Row {
    Row {
        id,
        title,
        accepted: &["DV_CERT_11a", "IS_CERT_11a"],
        refused,
        selection: selected_or_not,
    }
}

const ROWS: [Row; 12] = [
    by_verifier(
        "EAC2_ISO7816_J_40",
        "an authority certifies no terminal",
        &[],
        "IS_CERT_10",
    ),
    by_verifier(
        "EAC2_ISO7816_J_41",
        "a domestic document verifier certifies no authority",
        &["DV_CERT_10a"],
        "LINK_CERT_10",
    ),
    by_verifier(
        "EAC2_ISO7816_J_42",
        "a foreign document verifier certifies no authority",
        &["DV_CERT_10b"],
        "LINK_CERT_10",
    ),
    by_verifier(
        "EAC2_ISO7816_J_43",
        "a domestic document verifier certifies no domestic one",
        &["DV_CERT_10a"],
        "DV_CERT_10c",
    ),
    by_verifier(
        "EAC2_ISO7816_J_44",
        "a domestic document verifier certifies no foreign one",
        &["DV_CERT_10a"],
        "DV_CERT_10d",
    ),
    by_verifier(
        "EAC2_ISO7816_J_45",
        "a foreign document verifier certifies no domestic one",
        &["DV_CERT_10b"],
        "DV_CERT_10c",
    ),
    by_verifier(
        "EAC2_ISO7816_J_46",
        "a foreign document verifier certifies no foreign one",
        &["DV_CERT_10b"],
        "DV_CERT_10d",
    ),
    by_terminal(
        "EAC2_ISO7816_J_47",
        "a terminal certifies no foreign document verifier",
        "DV_CERT_11b",
    ),
    by_terminal(
        "EAC2_ISO7816_J_48",
        "a terminal certifies no domestic document verifier",
        "DV_CERT_11c",
    ),
    by_terminal(
        "EAC2_ISO7816_J_49",
        "a terminal certifies no terminal",
        "IS_CERT_11b",
    ),
    by_terminal(
        "EAC2_ISO7816_J_50",
        "a terminal certifies no authority",
        "LINK_CERT_11a",
    ),
    by_verifier(
        "EAC2_ISO7816_J_52",
        "a terminal's key that is shorter than its document verifier's is refused",
        &["DV_CERT_14a"],
        "IS_CERT_14b",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let rows = ROWS.iter();
    rows.map(|row| Case::new(row.id, row.title, |bench| refuse(bench, row)))
        .collect()
}

fn refuse(bench: &mut Bench<'_>, row: &Row) -> Result<(), Stop> {
    prepare(bench)?;
    let refused = bench.certificate(row.refused)?;
    let issuer = accept(bench, 1, row.accepted)?;
    let next = row.accepted.iter().fold(1, |step, _| step + 2);
    bench.step(next);
    bench.set_dst(&issuer)?.expect((row.selection)())?;
    bench.step(next + 1);
    let answer = bench.verify_certificate(&refused)?;
    answer.expect(refusal()).map(drop)
}
