//! A list of the size that a national CA publishes, looked into in a process whose peak of memory the kernel counts.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pki::builder::{
    CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey,
    RevocationListBuilder,
};
use pki::{
    Certificate, RevocationIndex, RevocationList, RevocationReason, SerialNumber, Time, TrustStore,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tempfile::TempDir;

/// As many entries, and about as many bytes, as the longest list that was seen.
const ENTRIES: u64 = 412_000;
const FOLDER: &str = "NEWEID_MEMORY_TEST";
const MEGABYTE: u64 = 1024 * 1024;

fn time() -> Time {
    Time::utc(2026, 11, 24, 0, 0, 0).unwrap()
}

fn serial(n: u64) -> SerialNumber {
    // Sixteen bytes, in no order.
    let scattered = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    SerialNumber::from_be_bytes(&[[0x41; 8], scattered.to_be_bytes()].concat())
}

fn write_list(folder: &Path) {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let key = PrivateKey::generate(KeyType::P256, &mut rng);
    let name = DistinguishedName::new("TW", "Test CSCA").unwrap();
    let csca = CertificateBuilder::new(CertificateProfile::CountrySigningCa, name)
        .validity(time(), time().plus_days(3650).unwrap())
        .self_sign(&key, &mut rng)
        .unwrap();
    let list = RevocationListBuilder::new(1, time(), time().plus_days(7).unwrap());
    let list = (0..ENTRIES).fold(list, |list, n| {
        list.revoke(serial(n), time(), RevocationReason::CertificateHold)
    });
    let list = list.sign(&csca, &key, &mut rng).unwrap();
    fs::write(folder.join("long.crl"), list.as_der()).unwrap();
    fs::write(folder.join("csca.pem"), csca.to_pem().unwrap()).unwrap();
}

/// VmHWM of this process, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().unwrap() * 1024
}

/// Runs one of the tests below in a process of its own and answers by how much its peak rose.
fn rise(folder: &Path, test: &str) -> u64 {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let rise = text.split("rise=").nth(1).expect("the child says it");
    rise.split_whitespace().next().unwrap().parse().unwrap()
}

fn in_child(work: impl FnOnce(&Path, &TrustStore)) {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let mut trust = TrustStore::new();
    let csca = fs::read_to_string(folder.join("csca.pem")).unwrap();
    trust
        .add_anchor(Certificate::from_pem(&csca).unwrap())
        .unwrap();
    let before = peak();
    work(&folder, &trust);
    println!("rise={} ", peak() - before);
}

fn open(folder: &Path, trust: &TrustStore) -> RevocationIndex {
    let list = folder.join("long.crl");
    RevocationIndex::open(&list, &folder.join("long.crl.index"), trust, time()).unwrap()
}

#[test]
fn child_that_builds() {
    in_child(|folder, trust| {
        let index = open(folder, trust);
        assert!(index.was_built());
        assert_eq!(index.len(), ENTRIES);
    });
}

#[test]
fn child_that_looks_up() {
    in_child(|folder, trust| {
        let index = open(folder, trust);
        assert!(!index.was_built());
        for n in (0..ENTRIES).step_by(401) {
            assert!(index.is_revoked(&serial(n)).unwrap().is_some());
            assert!(index.is_revoked(&serial(n + ENTRIES)).unwrap().is_none());
        }
    });
}

#[test]
fn child_that_loads_the_whole() {
    in_child(|folder, trust| {
        let list = fs::read(folder.join("long.crl")).unwrap();
        let list = RevocationList::from_der(&list).unwrap();
        trust.authenticate_list(&list, time()).unwrap();
        assert!(list.is_revoked(&serial(5)).is_some());
    });
}

#[test]
fn twenty_megabytes_are_indexed_and_looked_into_in_four() {
    if std::env::var_os(FOLDER).is_some() {
        return;
    }
    let folder = TempDir::new().unwrap();
    write_list(folder.path());
    let size = fs::metadata(folder.path().join("long.crl")).unwrap().len();
    assert!(size > 18 * MEGABYTE, "{size}");
    let built = rise(folder.path(), "child_that_builds");
    let looked_up = rise(folder.path(), "child_that_looks_up");
    let whole = rise(folder.path(), "child_that_loads_the_whole");
    println!("built {built}, looked up {looked_up}, whole {whole}");
    assert!(built < 4 * MEGABYTE, "building took {built} bytes");
    assert!(looked_up < MEGABYTE, "looking up took {looked_up} bytes");
    // What the measurement can see.
    assert!(whole > 2 * size, "the whole list took only {whole} bytes");
}
