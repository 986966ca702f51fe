//! The paths of PKITS beside OpenSSL, under the inputs of the suite and under others: what it refuses, we refuse.

use pki::Time;

use crate::country::now;
use crate::openssl_reads::OpenSsl;
use crate::pkits::{Case, cases, certificate, file, list, run};

/// Where OpenSSL refuses and we accept, and NIST does too: the test, the inputs, the reason.
const STRICTER: [(&str, &str, &str); 2] = [
    (
        "4.6.4",
        "",
        "-x509_strict asks for critical basicConstraints; RFC 5280 asks CAs for it, not verifiers",
    ),
    (
        "4.14.30",
        "",
        "a list that the CA itself names as the one about the key that signed it: OpenSSL goes round in a circle",
    ),
];

/// Where OpenSSL accepts and we refuse.
const LAXER: [(&str, &str, &str); 2] = [
    ("4.1.4", "", "DSA, which we leave out"),
    (
        "4.10.11",
        "explicit inhibit-any",
        "OpenSSL maps a policy that the certificate has by anyPolicy alone, though anyPolicy is inhibited; by RFC 5280 \
         §6.1.3 (d) (2) there is no node to map",
    ),
];

struct Desk(OpenSsl);

impl Desk {
    fn new() -> Self {
        let openssl = OpenSsl::new();
        let root = certificate("TrustAnchorRootCertificate").unwrap();
        openssl.write("root.pem", root.to_pem().unwrap());
        Self(openssl)
    }

    /// Whether OpenSSL accepts the path, and what it says.
    fn verify(&self, case: &Case, time: Time) -> (bool, String) {
        let certificates = case.certificates.iter();
        let pem = |name: &String| certificate(name).unwrap().to_pem().unwrap();
        let certificates: String = certificates.map(pem).collect();
        let lists: String = case.lists.iter().map(|name| self.list(name)).collect();
        self.0.write("end.pem", pem(&case.end_entity));
        self.0.write("untrusted.pem", &certificates);
        self.0.write("lists.pem", lists);
        let mut command = format!(
            "verify -x509_strict -attime {} -crl_check_all -extended_crl -use_deltas -policy_check \
             -CAfile root.pem -CRLfile lists.pem",
            time.unix_seconds()
        );
        if !certificates.is_empty() {
            command += " -untrusted untrusted.pem";
        }
        let mut any_policy = true;
        for input in &case.inputs {
            match input.as_str() {
                "explicit" => command += " -explicit_policy",
                "inhibit-mapping" => command += " -inhibit_map",
                "inhibit-any" => command += " -inhibit_any",
                policies => {
                    any_policy = false;
                    for n in policies.strip_prefix("policies=").unwrap().split(',') {
                        command += &format!(" -policy {}", crate::pkits::policy(n));
                    }
                }
            }
        }
        if any_policy {
            command += " -policy anyPolicy";
        }
        self.0.run(&(command + " end.pem"))
    }

    /// A list as OpenSSL reads it, that which we do not read included.
    fn list(&self, name: &str) -> String {
        match list(name) {
            Some(list) => list.to_pem().unwrap(),
            None => {
                self.0.write("list.crl", file(&format!("crls/{name}.crl")));
                self.0.succeed("crl -inform DER -in list.crl -out list.pem");
                String::from_utf8(self.0.read("list.pem")).unwrap()
            }
        }
    }
}

/// Both agree about every case but those that are listed.
fn agree(cases: impl Iterator<Item = Case>, time: Time) -> usize {
    let desk = Desk::new();
    let mut differences = Vec::new();
    let mut count = 0;
    for case in cases {
        count += 1;
        let ours = run(&case, time);
        let (theirs, text) = desk.verify(&case, time);
        let inputs = case.inputs.join(" ");
        let this = |it: &(&str, &str, &str)| (it.0, it.1) == (case.id.as_str(), inputs.as_str());
        let listed = match (ours.is_ok(), theirs) {
            (true, false) => STRICTER.iter().any(this),
            (false, true) => LAXER.iter().any(this),
            _ => true,
        };
        if !listed {
            differences.push(format!("{} ({inputs}):\n{text}{ours}", case.id));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    count
}

#[test]
fn openssl_judges_the_paths_of_pkits_as_we_do() {
    assert_eq!(agree(cases().into_iter(), now()), 247);
}

/// The suite asks for each path under a few inputs; here every path about policies meets all of them.
#[test]
fn openssl_judges_policies_as_we_do_under_other_inputs() {
    let about_policies = |case: &Case| {
        let section = case.id.split('.').nth(1).unwrap().parse::<u8>().unwrap();
        (8..=12).contains(&section) && !case.id.contains('/') || case.id.ends_with("/1")
    };
    let further = [
        "explicit",
        "explicit policies=1",
        "policies=2",
        "explicit inhibit-mapping",
        "explicit inhibit-any",
    ];
    let with = |case: Case| {
        further.map(|inputs| Case {
            inputs: inputs.split(' ').map(str::to_owned).collect(),
            ..case.clone()
        })
    };
    let cases = cases().into_iter().filter(about_policies).flat_map(with);
    assert_eq!(agree(cases, now()), 315);
}

/// Before the first of them began, and after the last had ended.
#[test]
fn openssl_finds_no_path_valid_in_another_time_and_neither_do_we() {
    for time in [(2009, 1, 1), (2031, 6, 1)] {
        let time = crate::country::day(time.0, time.1, time.2);
        let cases = cases().into_iter().step_by(8).inspect(|case| {
            assert!(!run(case, time).is_ok(), "{} at {time}", case.id);
        });
        assert_eq!(agree(cases, time), 31);
    }
}
