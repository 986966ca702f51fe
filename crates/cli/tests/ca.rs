//! `neweid ca`: the certification authority of natural persons, with requests and verdicts of OpenSSL.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

#[path = "shared/desk.rs"]
mod desk;

use std::fs;

use serde_json::Value;

use desk::{Desk, code, document, stdout};

impl Desk {
    fn ca(&self, arguments: &[&str]) -> Value {
        let arguments = [&["ca"], arguments, &["--json"]].concat();
        document(&self.run(&arguments, &[]))
    }

    /// What was refused, with its exit code.
    fn refusal(&self, arguments: &[&str]) -> (u64, String) {
        let document = self.ca(arguments);
        let code = document["error"]["code"].as_str();
        let code = code.unwrap_or_else(|| panic!("{document}"));
        (document["exit_code"].as_u64().unwrap(), code.to_owned())
    }

    /// A request for a fresh key.
    fn request(&self, name: &str, key: &str) {
        for arguments in [
            format!("genpkey {key} -out {name}.key"),
            format!("req -new -key {name}.key -subj /CN=Nobody -out {name}.csr"),
        ] {
            let (success, text) = self.openssl(&arguments);
            assert!(success, "{text}");
        }
    }

    fn issue(&self, name: &str, slot: &str, more: &[&str]) -> Value {
        let (request, out) = (format!("{name}.csr"), format!("{name}.pem"));
        let arguments = ["issue", &request, "--for", slot, "--out", &out];
        self.ca(&[&arguments[..], &["--profile", "holder.toml"], more].concat())
    }

    /// What OpenSSL says about a certificate with all that is published.
    fn verdict(&self, name: &str, purpose: &str) -> (bool, String) {
        for (kind, program) in [("crt", "x509"), ("crl", "crl")] {
            let mut all = String::new();
            for entry in fs::read_dir(self.folder.path().join("specimen-pki/citizens")).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|it| it == kind) {
                    let path = path.display();
                    let (_, pem) = self.openssl(&format!("{program} -inform DER -in {path}"));
                    all += &pem;
                }
            }
            fs::write(self.folder.path().join(format!("all.{kind}.pem")), all).unwrap();
        }
        let (_, root) = self.openssl("x509 -inform DER -in specimen-pki/citizens/root.crt");
        fs::write(self.folder.path().join("root.pem"), root).unwrap();
        self.openssl(&format!(
            "verify -x509_strict -crl_check_all -CAfile root.pem -untrusted all.crt.pem \
             -CRLfile all.crl.pem -purpose {purpose} {name}.pem"
        ))
    }
}

const RSA: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";

fn with_profile() -> Desk {
    // A ministry that certifies nobody yet.
    let desk = Desk::with(&["issue", "--specimen", "no-certificate"]);
    let profile = desk::root().join("crates/issuer/profiles/wang-xiaoming.toml");
    fs::copy(profile, desk.folder.path().join("holder.toml")).unwrap();
    desk
}

#[test]
fn a_persons_keys_are_certified_revoked_and_released_over_two_generations() {
    let desk = with_profile();
    desk.request("sign", RSA);
    let missing = desk.refusal(&["publish"]);
    assert_eq!(missing, (3, "E-CLI-CA-NO-PKI".into()));
    assert_eq!(desk.ca(&["begin"])["result"]["generation"], 1);

    let sign = desk.issue("sign", "signature", &[]);
    let certificate = &sign["result"]["certificate"];
    assert_eq!(certificate["use_of_key"], "signature");
    let serial = sign["result"]["serial"].as_str().unwrap().to_owned();
    let number = certificate["subject_number"].as_str().unwrap();
    // The name is the profile's; the person's characters serve for the next certificate.
    let (_, text) = desk.openssl("x509 -in sign.pem -noout -subject -nameopt utf8,sep_comma_plus");
    assert_eq!(
        text,
        format!("subject=C=TW,CN=王小明,serialNumber={number}\n")
    );
    assert_eq!(desk.ca(&["begin"])["result"]["generation"], 2);
    desk.request("login", P256);
    let login = desk.issue("login", "authentication", &["--number", number]);
    assert_eq!(login["result"]["generation"], 2);

    let lists = desk.ca(&["publish"]);
    assert_eq!(lists["result"]["lists"].as_array().unwrap().len(), 3);
    for (name, purpose) in [("sign", "smimesign"), ("login", "sslclient")] {
        let (accepted, text) = desk.verdict(name, purpose);
        assert!(accepted, "{name}: {text}");
    }
    let hold = ["revoke", &serial, "--reason", "hold"];
    assert_eq!(desk.ca(&hold)["result"]["done"], "revoked");
    desk.ca(&["publish"]);
    let (accepted, text) = desk.verdict("sign", "smimesign");
    assert!(!accepted && text.contains("certificate revoked"), "{text}");
    assert!(desk.verdict("login", "sslclient").0);
    assert_eq!(
        desk.ca(&["release", &serial])["result"]["serial"],
        serial.as_str()
    );
    desk.ca(&["publish"]);
    assert!(desk.verdict("sign", "smimesign").0);

    desk.request("next", RSA);
    let renewed = desk.ca(&["renew", &serial, "next.csr"]);
    assert_eq!(renewed["result"]["certificate"]["subject_number"], number);
    let file = renewed["result"]["certificate"]["file"].as_str().unwrap();
    assert!(desk.folder.path().join(file).is_file());
    let log = document(&desk.run(&["log", "verify", "--json"], &[]));
    assert_eq!(log["result"]["unfinished"], Value::Array(Vec::new()));
}

#[test]
fn what_the_authority_refuses_has_its_code_and_changes_nothing() {
    let desk = with_profile();
    desk.ca(&["begin"]);
    desk.request("sign", RSA);
    desk.request("curve", P256);
    let first = desk.issue("sign", "signature", &[]);
    let serial = first["result"]["serial"].as_str().unwrap();
    let number = first["result"]["certificate"]["subject_number"].as_str();
    let person = ["--profile", "holder.toml", "--out", "x.pem"];
    let ask = |arguments: &[&str]| desk.refusal(&[arguments, &person].concat());

    let refused = (11, "E-CLI-CA-REFUSED".to_owned());
    let again = ["issue", "sign.csr", "--for", "authentication"];
    assert_eq!(ask(&again), refused, "the key is certified");
    let curve = ["issue", "curve.csr", "--for", "key-decipherment"];
    assert_eq!(ask(&curve), refused, "the slot deciphers");
    let same = [
        "issue",
        "curve.csr",
        "--for",
        "signature",
        "--number",
        number.unwrap(),
    ];
    assert_eq!(ask(&same), refused, "there is one already");
    let wrong = ["issue", "curve.csr", "--for", "signature", "--number", "1"];
    assert_eq!(ask(&wrong), (2, "E-CLI-CA-NUMBER".into()));

    let mut request = fs::read(desk.folder.path().join("curve.csr")).unwrap();
    request[100] ^= 1;
    fs::write(desk.folder.path().join("curve.csr"), request).unwrap();
    let damaged = ["issue", "curve.csr", "--for", "signature"];
    assert_eq!(ask(&damaged), (8, "E-CLI-CA-REQUEST".into()));

    let revoke = |serial: &str| desk.refusal(&["revoke", serial, "--reason", "superseded"]);
    assert_eq!(revoke("4a01"), (11, "E-CLI-CA-UNKNOWN".into()));
    assert_eq!(revoke("x"), (2, "E-CLI-CA-SERIAL".into()));
    assert_eq!(desk.refusal(&["release", serial]), refused);
    let reason = ["revoke", serial, "--reason", "ca-compromise"];
    assert_eq!(desk.refusal(&reason), refused);
    assert!(!desk.folder.path().join("x.pem").exists());

    let certificate = format!("specimen-pki/issuer/citizens/certificates/{serial}.crt");
    fs::write(desk.folder.path().join(certificate), "no certificate").unwrap();
    assert_eq!(desk.refusal(&["publish"]), (3, "E-CLI-CA-DAMAGED".into()));
}

#[test]
fn what_was_done_is_said_in_both_languages() {
    let desk = with_profile();
    desk.request("sign", RSA);
    let text = |arguments: &[&str]| {
        let output = desk.run(arguments, &[]);
        assert_eq!(code(&output), 0);
        stdout(&output)
    };
    assert!(text(&["ca", "begin", "--lang", "en"]).contains("A generation has begun"));
    let issue = [
        "ca",
        "issue",
        "sign.csr",
        "--for",
        "signature",
        "--lang",
        "zh-TW",
    ];
    assert!(text(&[&issue[..], &["--profile", "holder.toml"]].concat()).contains("已簽發憑證"));
    let published = text(&["ca", "publish", "--lang", "en"]);
    assert!(published.contains("generation-1.crl"), "{published}");
}
