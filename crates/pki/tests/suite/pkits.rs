//! NIST's Public Key Interoperability Test Suite: every test of sections 4.1 to 4.16, and the score.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use const_oid::ObjectIdentifier;
use pki::{Certificate, Error, PathReport, PathValidation, RevocationList, Time, TrustAnchor};

use crate::country::now;

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) end_entity: String,
    pub(crate) certificates: Vec<String>,
    pub(crate) lists: Vec<String>,
    pub(crate) inputs: Vec<String>,
    pub(crate) valid: bool,
}

pub(crate) fn cases() -> Vec<Case> {
    let table = include_str!("../pkits/expectations.txt");
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let words = |cell: &str| -> Vec<String> {
        let words = cell.split_whitespace().filter(|word| *word != "-");
        words.map(str::to_owned).collect()
    };
    let case = |line: &str| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [id, end_entity, certificates, lists, inputs, expected] = cells[..] else {
            panic!("{line}");
        };
        Case {
            id: id.to_owned(),
            end_entity: end_entity.to_owned(),
            certificates: words(certificates),
            lists: words(lists),
            inputs: words(inputs),
            valid: match expected {
                "valid" => true,
                "invalid" => false,
                other => panic!("{other}"),
            },
        }
    };
    lines.map(case).collect()
}

/// NIST-test-policy-n.
pub(crate) fn policy(n: &str) -> ObjectIdentifier {
    ObjectIdentifier::new(&format!("2.16.840.1.101.3.2.1.48.{n}")).unwrap()
}

pub(crate) fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/pkits");
    fs::read(folder.join(name)).unwrap()
}

pub(crate) fn certificate(name: &str) -> Result<Certificate, Error> {
    Certificate::from_der(&file(&format!("certs/{name}.crt")))
}

/// A list, if it can be read: of one (4.4.4) the byte is spoilt that says how long the signature is.
pub(crate) fn list(name: &str) -> Option<RevocationList> {
    match RevocationList::from_der(&file(&format!("crls/{name}.crl"))) {
        Ok(list) => Some(list),
        Err(error) => {
            assert_eq!((name, error), ("BadCRLSignatureCACRL", Error::Signature));
            None
        }
    }
}

pub(crate) fn anchor() -> TrustAnchor {
    TrustAnchor::from_certificate(certificate("TrustAnchorRootCertificate").unwrap()).unwrap()
}

/// What one test comes to.
pub(crate) fn run(case: &Case, time: Time) -> PathReport {
    let end_entity = certificate(&case.end_entity).unwrap();
    let certificates = case.certificates.iter();
    let certificates: Vec<_> = certificates.map(|it| certificate(it).unwrap()).collect();
    let lists: Vec<_> = case.lists.iter().filter_map(|it| list(it)).collect();
    let anchors = [anchor()];
    let mut validation = PathValidation::new(&anchors, time)
        .intermediates(&certificates)
        .revocation_lists(&lists);
    for input in &case.inputs {
        validation = match input.as_str() {
            "explicit" => validation.require_explicit_policy(),
            "inhibit-mapping" => validation.inhibit_policy_mapping(),
            "inhibit-any" => validation.inhibit_any_policy(),
            policies => {
                let policies = policies.strip_prefix("policies=").unwrap().split(',');
                validation.acceptable_policies(policies.map(policy))
            }
        };
    }
    validation.validate(&end_entity)
}

/// Tests that need what this crate leaves out, each refused for that reason: DSA, which FIPS 186-5 withdrew.
const UNSUPPORTED: [&str; 3] = ["4.1.4", "4.1.5", "4.1.6"];

#[test]
fn every_path_of_pkits_is_judged_as_nist_does() {
    let (mut passed, mut wrong, mut unsupported) = (0, Vec::new(), Vec::new());
    for case in cases() {
        let report = run(&case, now());
        if UNSUPPORTED.contains(&case.id.as_str()) {
            assert!(!report.is_ok(), "{}", case.id);
            let error = report.errors().next().unwrap().to_string();
            assert!(error.contains("is not supported"), "{}: {error}", case.id);
            unsupported.push(case.id);
        } else if report.is_ok() == case.valid {
            passed += 1;
        } else {
            wrong.push(format!("{} ({}):\n{report}", case.id, case.end_entity));
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "\n{}", wrong.join("\n"));
    assert_eq!((passed, unsupported.len()), (244, 3));
}

#[test]
fn the_suite_is_complete() {
    let mut sections = BTreeMap::<String, Vec<usize>>::new();
    for case in cases() {
        let test = case.id.split('/').next().unwrap();
        let (section, number) = test.rsplit_once('.').unwrap();
        let numbers = sections.entry(section.to_owned()).or_default();
        numbers.push(number.parse().unwrap());
        numbers.dedup();
    }
    let counts: Vec<_> = (1..=16)
        .map(|section| {
            let numbers = &sections[&format!("4.{section}")];
            assert!(numbers.iter().copied().eq(1..=numbers.len()), "4.{section}");
            numbers.len()
        })
        .collect();
    assert_eq!(
        counts,
        [6, 8, 11, 21, 8, 17, 5, 20, 8, 14, 11, 10, 38, 35, 10, 2]
    );
}
