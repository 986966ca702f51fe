//! A document verifier's certificate that must be refused, and a terminal's that must not be accepted on top of it.

use super::{misspelt, prepare, refusal, selected_or_not, trust_point};
use crate::{Bench, Case, Certificate, OK, Stop};

/// A certificate that is refused.
struct Row {
    id: &'static str,
    title: &'static str,
    certificate: &'static str,
    /// What is changed about it, after it was signed.
    change: fn(&mut Certificate),
    /// The terminal's, which would be accepted if it was.
    on_top: &'static str,
}

/// A row for a certificate that is wrong as it was signed.
const fn wrong(id: &'static str, title: &'static str, certificate: &'static str) -> Row {
    Row {
        id,
        title,
        certificate,
        change: |_| {},
        on_top: "IS_CERT_1",
    }
}

/// A row for the regular certificate, changed on its way.
const fn changed(id: &'static str, title: &'static str, change: fn(&mut Certificate)) -> Row {
    Row {
        id,
        title,
        certificate: "DV_CERT_1",
        change,
        on_top: "IS_CERT_1",
    }
}

const ROWS: [Row; 16] = [
    changed(
        "EAC2_ISO7816_J_3",
        "a signature whose last byte is another is refused",
        |certificate| {
            if let Some(last) = certificate.signature.last_mut() {
                *last ^= 0x01;
            }
        },
    ),
    changed(
        "EAC2_ISO7816_J_4",
        "a certificate without signature is refused",
        |certificate| certificate.signature.clear(),
    ),
    changed(
        "EAC2_ISO7816_J_5",
        "a signature without certificate body is refused",
        |certificate| certificate.body.clear(),
    ),
    wrong(
        "EAC2_ISO7816_J_6",
        "a certificate without authorization is refused",
        "DV_CERT_1a",
    ),
    wrong(
        "EAC2_ISO7816_J_7",
        "a certificate without effective date is refused",
        "DV_CERT_1b",
    ),
    wrong(
        "EAC2_ISO7816_J_8",
        "a certificate without expiration date is refused",
        "DV_CERT_1c",
    ),
    wrong(
        "EAC2_ISO7816_J_9",
        "an effective date that is no BCD is refused",
        "DV_CERT_1d",
    ),
    wrong(
        "EAC2_ISO7816_J_10",
        "an expiration date that is no BCD is refused",
        "DV_CERT_1e",
    ),
    changed(
        "EAC2_ISO7816_J_15",
        "a certificate body under the tag 7F4F is refused",
        |certificate| retag(&mut certificate.body, [0x7F, 0x4F]),
    ),
    changed(
        "EAC2_ISO7816_J_16",
        "a signature under the tag 5F38 is refused",
        |certificate| retag(&mut certificate.signature, [0x5F, 0x38]),
    ),
    wrong(
        "EAC2_ISO7816_J_17",
        "an effective date that is in no calendar is refused",
        "DV_CERT_1f",
    ),
    wrong(
        "EAC2_ISO7816_J_18",
        "an expiration date that is in no calendar is refused",
        "DV_CERT_1g",
    ),
    wrong(
        "EAC2_ISO7816_J_19",
        "a certificate that expires before it begins is refused",
        "DV_CERT_1h",
    ),
    wrong(
        "EAC2_ISO7816_J_21",
        "the rights of an inspection system under another type of terminal are refused",
        "DV_CERT_1i",
    ),
    wrong(
        "EAC2_ISO7816_J_22",
        "a public key for another protocol is refused",
        "DV_CERT_1j",
    ),
    Row {
        on_top: "IS_CERT_14a",
        ..wrong(
            "EAC2_ISO7816_J_51",
            "a document verifier's key that is shorter than its authority's is refused",
            "DV_CERT_14b",
        )
    },
];

pub(super) fn cases() -> Vec<Case> {
    let rows = ROWS.iter().map(|row| {
        Case::new(row.id, row.title, |bench| {
            prepare(bench)?;
            let mut certificate = bench.certificate(row.certificate)?;
            (row.change)(&mut certificate);
            bench.step(1);
            let authority = trust_point(bench)?;
            bench.set_dst(&authority)?.expect(OK)?;
            refuse(bench, &certificate, row.on_top)
        })
    });
    rows.chain([Case::new(
        "EAC2_ISO7816_J_2",
        "a certificate under a name that the card does not know is refused",
        j_2,
    )])
    .collect()
}

fn j_2(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let certificate = bench.certificate("DV_CERT_1")?;
    bench.step(1);
    let authority = misspelt(&trust_point(bench)?);
    bench.set_dst(&authority)?.expect(selected_or_not())?;
    refuse(bench, &certificate, "IS_CERT_1")
}

/// Steps 2 to 4: the certificate is refused, and its holder can certify nobody.
fn refuse(bench: &mut Bench<'_>, certificate: &Certificate, on_top: &str) -> Result<(), Stop> {
    bench.step(2);
    bench.verify_certificate(certificate)?.expect(refusal())?;
    cannot_certify(bench, &certificate.holder, on_top)
}

/// Steps 3 and 4: nothing that this holder signed is accepted.
pub(super) fn cannot_certify(
    bench: &mut Bench<'_>,
    holder: &[u8],
    on_top: &str,
) -> Result<(), Stop> {
    let on_top = bench.certificate(on_top)?;
    bench.step(3);
    bench.set_dst(holder)?.expect(selected_or_not())?;
    bench.step(4);
    bench
        .verify_certificate(&on_top)?
        .expect(refusal())
        .map(drop)
}

/// Writes another tag of two bytes over that of an object.
fn retag(object: &mut [u8], tag: [u8; 2]) {
    for (byte, new) in object.iter_mut().zip(tag) {
        *byte = new;
    }
}
