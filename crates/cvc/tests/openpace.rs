//! OpenPACE's programs as strangers: `cvc-create` makes what we read and verify, `cvc-print` reads and verifies what we
//! make.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: a panic is a failure"
)]

mod support;

use std::{fs, path::Path, process::Command};

use cvc::{
    CertificateDescription, CertificateRequest, Chain, CurrentDate, CvCertificate, Extensions,
    PublicKey, RequestBody, Right, Role, SignatureAlgorithm, SigningKey, TerminalType,
    TermsOfUsage, TrustPoint, TrustPoints, group_update,
};
use hex_literal::hex;
use iso7816::tlv::{Tag, encode};
use secure_channel::{Curve, Hash};
use support::{Party, date, key_on, party, rng};
use tempfile::TempDir;

/// Runs one of the programs in this folder and answers with what it printed.
fn run(program: &str, folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; apt-get install openpace"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{program} {arguments:?}\n{out}\n{err}"
    );
    out
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).unwrap();
}

fn read(folder: &Path, name: &str) -> CvCertificate {
    CvCertificate::parse(&fs::read(folder.join(name)).unwrap()).unwrap()
}

/// A key as cvc-create takes it: ECPrivateKey of RFC 5915.
fn ec_private_key(key: &SigningKey) -> Vec<u8> {
    let curve = match key.verifying_key().curve() {
        Curve::P256 => &hex!("06082A8648CE3D030107")[..],
        Curve::P384 => &hex!("06052B81040022"),
        Curve::BrainpoolP256r1 => &hex!("06092B2403030208010107"),
    };
    let point = key.verifying_key().key().as_uncompressed();
    let point = encode(Tag(0x03), &[&[0], point].concat());
    let parts = [
        encode(Tag(0x02), &[1]),
        encode(Tag(0x04), key.private_key().expose_secret()),
        encode(Tag(0xA0), curve),
        encode(Tag(0xA1), &point),
    ];
    encode(Tag(0x30), &parts.concat())
}

#[test]
fn a_chain_made_by_cvc_create_is_verified() {
    for (curve, algorithm, scheme) in [
        (
            Curve::P256,
            SignatureAlgorithm::EcdsaSha256,
            "ECDSA_SHA_256",
        ),
        (
            Curve::P384,
            SignatureAlgorithm::EcdsaSha384,
            "ECDSA_SHA_384",
        ),
        (
            Curve::BrainpoolP256r1,
            SignatureAlgorithm::EcdsaSha512,
            "ECDSA_SHA_512",
        ),
    ] {
        let folder = TempDir::new().unwrap();
        let folder = folder.path();
        write(
            folder,
            "cvca.key",
            &ec_private_key(&key_on(1, curve, algorithm)),
        );
        let create = |arguments: &str| {
            let common = format!("--issued=260101 --expires=281231 --scheme={scheme} {arguments}");
            run("cvc-create", folder, &common.split(' ').collect::<Vec<_>>());
        };
        create(
            "--role=cvca --type=at --chr=ZZATCVCA00001 --sign-with=cvca.key --out-cert=cvca \
                --read-dg3 --read-dg4 --read-dg6 --can-allowed --rid --verify-age --write-dg17",
        );
        create(
            "--role=dv_domestic --sign-as=cvca --chr=ZZATDV00001 --sign-with=cvca.key --out-cert=dv \
                --out-key=dv.key --read-dg3 --read-dg6 --can-allowed --rid --pin-management",
        );
        create(
            "--role=terminal --sign-as=dv --chr=ZZAT00001 --sign-with=dv.key --out-cert=at \
                --out-key=at.key --read-dg3 --read-dg4 --can-allowed",
        );
        let [cvca, dv, at] = ["cvca", "dv", "at"].map(|name| read(folder, name));
        let today = CurrentDate::Approximated(date(2026, 2, 1));
        let trust = TrustPoints::new(today, [TrustPoint::from_self_signed(&cvca).unwrap()]);
        let chain = Chain::new(trust.unwrap()).import_all([&dv, &at]).unwrap();
        let terminal = chain.terminal().unwrap();
        let rights: Vec<_> = terminal.authorization().chat().rights().collect();
        assert_eq!(rights, [Right::CanAllowed, Right::ReadGroup(3)]);
        assert_eq!(terminal.key().curve(), curve);
    }
}

#[test]
fn cvc_print_reads_and_verifies_what_we_make() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let [cvca, dv, at] = ["ZZMOICVCA00001", "ZZMOLDV00001", "ZZBLIAT00001"]
        .iter()
        .zip(1..)
        .map(|(name, seed)| party(name, seed))
        .collect::<Vec<_>>()
        .try_into()
        .unwrap_or_else(|_| panic!("three parties"));
    // The program asks the machine's clock.
    let sign = |by: &Party, holder: &Party, role, extensions| {
        let mut body = by.body(holder, role);
        body.effective = date(2020, 1, 1);
        body.expiration = date(2099, 12, 31);
        body.extensions = extensions;
        by.sign(body)
    };
    let description = CertificateDescription::new(
        "Ministry",
        "Bureau of Labour Insurance",
        TermsOfUsage::Plain("Survivor's pension".into()),
    );
    let extensions = [
        description.extension(Hash::Sha256).unwrap(),
        group_update([12]),
    ];
    let extensions = Extensions::new(extensions).unwrap();
    let none = Extensions::default;
    for certificate in [
        sign(&cvca, &cvca, Role::Cvca, none()),
        sign(&cvca, &dv, Role::DvDomestic, none()),
        sign(&dv, &at, Role::Terminal, extensions),
    ] {
        let name = certificate.holder().to_string();
        write(folder, &name, &certificate.to_bytes());
        let printed = run("cvc-print", folder, &["--cvc", &name, "--cvc-dir", "."]);
        println!("{printed}");
        for line in [
            format!("CAR: {}", certificate.authority()),
            format!("CHR: {name}"),
            "Authentication terminal".into(),
            "Effective Date: 2020-01-01".into(),
            "Expiration Date: 2099-12-31".into(),
        ] {
            assert!(printed.contains(&line), "{line}\n{printed}");
        }
    }
    let stored = run(
        "cvc-print",
        folder,
        &["--cvc", "ZZMOLDV00001", "--cvc-dir", "."],
    );
    assert!(stored.contains("certificate verified"), "{stored}");
}

#[test]
fn cvc_create_signs_our_request() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let (cvca, dv) = (party("ZZMOICVCA00001", 1), party("ZZMOLDV00001", 2));
    let request = RequestBody {
        authority: Some(cvca.name.into()),
        public_key: PublicKey::explicit(dv.key.verifying_key()),
        holder: dv.name,
        extensions: Extensions::default(),
    };
    let request = request.signed(&dv.key, &mut rng(1)).unwrap();
    assert_eq!(request.verify().as_ref(), Ok(dv.key.verifying_key()));
    assert_eq!(
        CertificateRequest::parse(&request.to_bytes()).as_ref(),
        Ok(&request)
    );
    write(folder, "request", &request.to_bytes());
    let printed = run("cvc-print", folder, &["--csr", "request"]);
    assert!(printed.contains("CHR: ZZMOLDV00001"), "{printed}");

    write(folder, "cvca", &cvca.certify(&cvca, Role::Cvca).to_bytes());
    write(folder, "cvca.key", &ec_private_key(&cvca.key));
    let arguments = "--role=dv_domestic --type=at --csr=request --sign-with=cvca.key \
                     --scheme=ECDSA_SHA_256 --issued=260301 --expires=260601 --out-cert=dv --read-dg6";
    run(
        "cvc-create",
        folder,
        &arguments.split(' ').collect::<Vec<_>>(),
    );
    let chain = cvca.chip().import(&read(folder, "dv")).unwrap();
    let holder = chain.imported().unwrap();
    assert_eq!(holder.key(), dv.key.verifying_key());
    assert_eq!(
        holder.authorization().chat().terminal_type(),
        TerminalType::AuthenticationTerminal
    );
    assert!(holder.authorization().allows(Right::ReadGroup(6)));
}
