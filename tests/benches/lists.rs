//! A list of the size that a national CA publishes: opened through its index, looked into, and beside it the whole list.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has nothing to report"
)]

use std::fs;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use issuer::TestPki;
use pki::builder::RevocationListBuilder;
use pki::{RevocationIndex, RevocationList, RevocationReason, SerialNumber, Time};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const ENTRIES: u64 = 412_000;

fn serial(n: u64) -> SerialNumber {
    let scattered = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    SerialNumber::from_be_bytes(&[[0x41; 8], scattered.to_be_bytes()].concat())
}

fn lists(criterion: &mut Criterion) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let pki = TestPki::create(&mut rng).expect("a PKI");
    let trust = pki.lost_card_trust_store().expect("a store");
    let now = Time::utc(2026, 11, 25, 0, 0, 0).expect("a day");
    let next = now.plus_days(7).expect("a day");
    let list = (0..ENTRIES).fold(RevocationListBuilder::new(1, now, next), |list, n| {
        list.revoke(serial(n), now, RevocationReason::CertificateHold)
    });
    let register = pki.lost_card_register();
    let list = list.sign(register.certificate(), register.key(), &mut rng);
    let list = list.expect("a list");
    let folder = tempfile::tempdir().expect("a folder");
    let (path, index) = (folder.path().join("a.crl"), folder.path().join("a.index"));
    fs::write(&path, list.as_der()).expect("a file");
    let open = || RevocationIndex::open(&path, &index, &trust, now).expect("an index");

    let mut group = criterion.benchmark_group("revocation list, 412000 entries, 20 MB");
    group.sample_size(10);
    group.bench_function("read whole", |bencher| {
        bencher.iter(|| {
            let whole = RevocationList::from_der(list.as_der()).expect("a list");
            trust.authenticate_list(&whole, now).expect("authentic");
            whole
        });
    });
    group.bench_function("index", |bencher| {
        bencher.iter(|| {
            let _ = fs::remove_file(&index);
            open()
        });
    });
    group.bench_function("open with index", |bencher| bencher.iter(&open));
    let opened = open();
    let mut n = 0;
    group.bench_function("look up with index", |bencher| {
        bencher.iter(|| {
            n += 1;
            black_box(opened.is_revoked(&serial(n)).expect("an answer"))
        });
    });
    group.finish();
}

criterion_group!(benches, lists);
criterion_main!(benches);
