//! A stranger, OpenPACE's `cvc-print`, reads every certificate that is issued here, and verifies those of a chain.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use super::*;

/// Runs the program on a certificate, with those that lie in this folder under their holders' names.
fn print(folder: &Path, certificate: &CvCertificate) -> String {
    let file = folder.join("certificate");
    fs::write(&file, certificate.to_bytes()).unwrap();
    let output = Command::new("cvc-print")
        .args(["--cvc", "certificate", "--cvc-dir", "."])
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("cvc-print: {error}; apt-get install openpace"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{certificate:?}\n{text}\n{errors}");
    text
}

/// The program asks the machine's clock.
fn yesterday() -> Date {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let days = since_1970.as_secs() / 86_400;
    let days_to_2020 = 18_262;
    let since_2020 = u32::try_from(days - days_to_2020).unwrap();
    Validity::days(date(2020, 1, 1), since_2020).unwrap().last()
}

#[test]
fn cvc_print_reads_every_certificate() {
    let mut pki = pki();
    let grants = [
        Grant::read([3, 6]).with(Right::AgeVerification),
        Grant::everything(),
        Grant::default(),
    ];
    for grant in &grants {
        bank(&mut pki, grant).unwrap();
    }
    let quarter = Validity::document_verifier(today()).unwrap();
    let kind = DocumentVerifierKind::ForeignOrNonOfficial;
    let grant = Grant::read([3]).and_update([3]);
    pki.document_verifier("BANKDV", kind, &grant, quarter, &mut rng(3))
        .unwrap();
    pki.link(date(2026, 12, 1), &mut rng(4)).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let authorities = pki.cvcas().chain(pki.document_verifiers());
    let all: Vec<_> = authorities
        .map(|authority| authority.certificate())
        .chain(pki.link_certificates())
        .chain(pki.terminals())
        .collect();
    assert_eq!(all.len(), 8);
    for certificate in all {
        let printed = print(folder.path(), certificate);
        let body = certificate.body();
        for line in [
            format!("CAR: {}", certificate.authority()),
            format!("CHR: {}", certificate.holder()),
            "Authentication terminal".to_owned(),
            format!("Effective Date: {}", body.effective),
            format!("Expiration Date: {}", body.expiration),
        ] {
            assert!(printed.contains(&line), "{line}\n{printed}");
        }
        let lines: Vec<_> = printed.lines().map(str::trim).collect();
        // It has no name for group 22.
        for n in 1..=21 {
            let group = format!("Read DG {n}");
            let names = |line: &&str| **line == *group || line.starts_with(&format!("{group} "));
            let named = lines.iter().any(names);
            assert_eq!(
                named,
                body.chat.allows(Right::ReadGroup(n)),
                "{group}\n{printed}"
            );
        }
    }
}

#[test]
fn cvc_print_verifies_a_chain() {
    let first = yesterday();
    let mut pki = AgencyPki::create(&mut rng(1), first).unwrap();
    let month = Validity::terminal(first).unwrap();
    let (grant, key) = (Grant::read([3, 6]).and_update([3]), key(9));
    let terminal = pki
        .terminal(
            AgencyPki::DOMESTIC,
            "BANK",
            &grant,
            key.verifying_key(),
            month,
            &mut rng(2),
        )
        .unwrap();
    let [dv, terminal] = pki.chain_for(&terminal).unwrap();
    let verified = |stored: &[&CvCertificate], certificate: &CvCertificate| {
        let folder = tempfile::tempdir().unwrap();
        for certificate in stored {
            let name = certificate.holder().to_string();
            fs::write(folder.path().join(name), certificate.to_bytes()).unwrap();
        }
        let printed = print(folder.path(), certificate);
        println!("{printed}");
        printed.lines().any(|line| line == "certificate verified")
    };
    let cvca = pki.cvca().certificate();
    assert!(verified(&[cvca], cvca));
    assert!(verified(&[cvca], &dv));
    assert!(verified(&[cvca, &dv], &terminal));
    let other = AgencyPki::create(&mut rng(20), first).unwrap();
    assert!(!verified(&[other.cvca().certificate()], &dv));
}
