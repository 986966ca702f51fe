//! Paths of PKITS with one bit changed: none of them is valid, and none brings the validation down.

use pki::{Certificate, PathValidation, RevocationList};

use crate::country::now;
use crate::pkits::{anchor, cases, file};

/// Whether a path of these bytes is valid; what cannot be read is not there.
fn is_valid(end: &[u8], certificates: &[Vec<u8>], lists: &[Vec<u8>]) -> bool {
    let Ok(end) = Certificate::from_der(end) else {
        return false;
    };
    let certificates = certificates.iter().map(|it| Certificate::from_der(it));
    let certificates: Vec<_> = certificates.filter_map(Result::ok).collect();
    let lists = lists.iter().map(|it| RevocationList::from_der(it));
    let lists: Vec<_> = lists.filter_map(Result::ok).collect();
    PathValidation::new(&[anchor()], now())
        .intermediates(&certificates)
        .revocation_lists(&lists)
        .validate(&end)
        .is_ok()
}

/// Cases in which every certificate and every list is needed: a self-issued key for lists, a policy that is mapped, mail
/// addresses, a list of somebody else, and one who is taken off a list again.
const CASES: [&str; 5] = ["4.5.6", "4.10.13", "4.13.27", "4.14.28", "4.15.5"];

#[test]
fn no_bit_of_a_path_and_its_lists_can_be_changed() {
    for case in cases().iter().filter(|it| CASES.contains(&it.id.as_str())) {
        let of = |folder: &str, ending: &str, names: &[String]| -> Vec<Vec<u8>> {
            let path = |name: &String| file(&format!("{folder}/{name}.{ending}"));
            names.iter().map(path).collect()
        };
        let mut parts = of("certs", "crt", std::slice::from_ref(&case.end_entity));
        parts.extend(of("certs", "crt", &case.certificates));
        let certificates = parts.len();
        parts.extend(of("crls", "crl", &case.lists));
        let valid = |parts: &[Vec<u8>]| {
            let (ends, lists) = parts.split_at(certificates);
            is_valid(&ends[0], &ends[1..], lists)
        };
        assert!(valid(&parts), "{}", case.id);
        for part in 0..parts.len() {
            for position in (0..parts[part].len()).step_by(5) {
                let bit = 1 << (position % 8);
                parts[part][position] ^= bit;
                assert!(!valid(&parts), "{}: part {part}, byte {position}", case.id);
                parts[part][position] ^= bit;
            }
        }
    }
}
