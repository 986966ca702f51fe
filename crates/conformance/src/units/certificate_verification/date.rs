//! A certificate from a later day that must be refused, and must not move the card's date: one that has expired by then is
//! accepted afterwards.

use super::{accept, misspelt, prepare, prepare_again, refusal, selected_or_not, trust_point};
use crate::{Bench, Case, OK, Stop};

/// A certificate that begins after `DV_CERT_1` has expired.
struct Row {
    id: &'static str,
    title: &'static str,
    certificate: &'static str,
}

const fn row(id: &'static str, title: &'static str, certificate: &'static str) -> Row {
    Row {
        id,
        title,
        certificate,
    }
}

const ROWS: [Row; 12] = [
    row(
        "EAC2_ISO7816_J_24",
        "a body under the tag 7F4F is refused and moves no date",
        "DV_CERT_12b",
    ),
    row(
        "EAC2_ISO7816_J_25",
        "a signature under the tag 5F38 is refused and moves no date",
        "DV_CERT_12c",
    ),
    row(
        "EAC2_ISO7816_J_26",
        "a body that claims to be one byte shorter is refused and moves no date",
        "DV_CERT_12d",
    ),
    row(
        "EAC2_ISO7816_J_27",
        "a signature that claims to be one byte shorter is refused and moves no date",
        "DV_CERT_12e",
    ),
    row(
        "EAC2_ISO7816_J_28",
        "a signature increased by one is refused and moves no date",
        "DV_CERT_12f",
    ),
    row(
        "EAC2_ISO7816_J_29",
        "a signature without its last byte is refused and moves no date",
        "DV_CERT_12g",
    ),
    row(
        "EAC2_ISO7816_J_31",
        "a signature with r = 0 is refused and moves no date",
        "DV_CERT_12p",
    ),
    row(
        "EAC2_ISO7816_J_32",
        "a signature with s = 0 is refused and moves no date",
        "DV_CERT_12q",
    ),
    row(
        "EAC2_ISO7816_J_34",
        "a public key for something else than Terminal Authentication is refused and moves no date",
        "DV_CERT_12i",
    ),
    row(
        "EAC2_ISO7816_J_35",
        "a public key that does not say for what is refused and moves no date",
        "DV_CERT_12h",
    ),
    row(
        "EAC2_ISO7816_J_36",
        "a public key without point is refused and moves no date",
        "DV_CERT_12j",
    ),
    row(
        "EAC2_ISO7816_J_39",
        "a public key with an unknown data object is refused and moves no date",
        "DV_CERT_12m",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let rows = ROWS.iter().map(|row| {
        Case::new(row.id, row.title, |bench| {
            prepare(bench)?;
            bench.step(1);
            let authority = trust_point(bench)?;
            bench.set_dst(&authority)?.expect(OK)?;
            refuse(bench, 2, row.certificate)
        })
    });
    rows.chain([
        Case::new(
            "EAC2_ISO7816_J_23",
            "a certificate under a wrong name is refused and moves no date",
            j_23,
        ),
        Case::new(
            "EAC2_ISO7816_J_33",
            "a certificate with no key selected is refused and moves no date",
            |bench| {
                prepare(bench)?;
                refuse(bench, 1, "DV_CERT_12a")
            },
        ),
    ])
    .collect()
}

fn j_23(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    bench.step(1);
    let authority = misspelt(&trust_point(bench)?);
    bench.set_dst(&authority)?.expect(selected_or_not())?;
    refuse(bench, 2, "DV_CERT_12a")
}

/// This step and, after a reset, the two behind it: the certificate is refused, and the date is what it was.
fn refuse(bench: &mut Bench<'_>, step: u8, certificate: &str) -> Result<(), Stop> {
    let certificate = bench.certificate(certificate)?;
    bench.step(step);
    bench.verify_certificate(&certificate)?.expect(refusal())?;
    prepare_again(bench)?;
    accept(bench, step + 1, &["DV_CERT_1"]).map(drop)
}
