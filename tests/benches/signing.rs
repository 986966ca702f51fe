//! Signatures of the card through library and chip, both ends in one process, beside the raw primitive: RSA and ECDSA of the crates below,
//! with the same key, in turn. docs/performance.md explains the lines.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has nothing to report"
)]

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use applet_sim::{HolderKey, HolderSlot, KeyKind};
use host_lib::{AccessCode, Card, CertificateApplication, Pin2};
use neweid_tests::cards::{Inserted, TestCard, rng, trust};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use pki::{DigestAlgorithm, SignatureAlgorithm};
use rand_chacha::ChaCha20Rng;
use rsa::pkcs1::EncodeRsaPrivateKey;
use sha2::{Digest, Sha256};
use signing::{Oid, SignedDataBuilder};

/// Rounds that are measured; the first few before them only warm up.
const ROUNDS: usize = 101;
const WARM_UP: usize = 5;

const PKCS1: SignatureAlgorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
const PSS: SignatureAlgorithm = SignatureAlgorithm::RsaPss {
    digest: DigestAlgorithm::Sha256,
    salt_len: 32,
};
const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);

/// The median time of each line, measured in turn.
fn measure<const N: usize>(rounds: usize, lines: &mut [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut times = [const { Vec::new() }; N];
    for round in 0..rounds + WARM_UP {
        for (line, times) in lines.iter_mut().zip(&mut times) {
            let start = Instant::now();
            line();
            let time = start.elapsed();
            if round >= WARM_UP {
                times.push(time);
            }
        }
    }
    times.map(|mut times: Vec<Duration>| {
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    })
}

fn pin2(card: &TestCard) -> Pin2 {
    let codes = card.issued.codes();
    Pin2::parse(codes.pin2().expect("PIN2")).expect("digits")
}

/// Opens the natural-person certificate of a card for `work`.
fn with_card(card: &TestCard, work: impl FnOnce(&mut CertificateApplication<'_, '_, Inserted>)) {
    let can = AccessCode::can(card.issued.codes().can()).expect("digits");
    let mut opened = Card::open(card.insert()).expect("a card");
    let mut session = opened.pace(can).expect("the access code");
    let mut proven = session.prove_chip(&trust().verifier()).expect("genuine");
    work(&mut proven.certificates().expect("certificates"));
}

fn main() {
    // `cargo test` runs benchmarks with --test: one round then shows that they work.
    let rounds = if std::env::args().any(|argument| argument == "--test") {
        1
    } else {
        ROUNDS
    };
    let mut rng = rng(1);
    let hash: [u8; 32] = Sha256::digest(b"a document").into();

    let key = rsa::PrivateKey::new(&mut rng, 2048).expect("a key");
    let encoded = key.to_pkcs1_der().expect("an encoding");
    let mut card = TestCard::default_specimen();
    card.certify();
    let certified = card.issued.image_mut().cia.as_mut().expect("certificates");
    certified.authentication = HolderSlot {
        key: Some(HolderKey::from_rsa_private_key(encoded.as_bytes()).expect("RSA-2048")),
        certificate: None,
    };
    with_card(&card, |application| {
        rsa_lines(rounds, application, &card, &key, &hash, &mut rng);
    });

    let mut card = TestCard::default_specimen();
    let on_curve = HolderKey::generate(KeyKind::P256, &mut rng).expect("a key");
    let application = card.issued.image_mut().cia.as_mut().expect("certificates");
    application.authentication.key = Some(on_curve);
    with_card(&card, |application| {
        ecdsa_lines(rounds, application, &card, &hash, &mut rng);
    });
}

fn rsa_lines(
    rounds: usize,
    application: &mut CertificateApplication<'_, '_, Inserted>,
    card: &TestCard,
    key: &rsa::PrivateKey,
    hash: &[u8; 32],
    rng: &mut ChaCha20Rng,
) {
    let pin2 = pin2(card);
    let rng = RefCell::new(rng);
    let mut primitive = || {
        let rng = &mut **rng.borrow_mut();
        let signed = key.pkcs1v15_sign_prehash_with_rng::<Sha256, _>(rng, hash);
        black_box(signed.expect("a signature"));
    };
    let unlocked = RefCell::new(application.verify_pin2(&pin2).expect("PIN2"));
    let authenticate = |algorithm| {
        let signed = unlocked.borrow_mut().authenticate(algorithm, hash);
        black_box(signed.expect("a signature"));
    };
    let [raw, raw_pss, pkcs1, pss] = measure(
        rounds,
        &mut [
            &mut primitive,
            &mut || {
                let rng = &mut **rng.borrow_mut();
                let signed = key.pss_sign_prehash_with_rng::<Sha256, _>(rng, hash);
                black_box(signed.expect("a signature"));
            },
            &mut || authenticate(PKCS1),
            &mut || authenticate(PSS),
        ],
    );
    let application = RefCell::new(application);
    let [raw_again, exchange, pin, signature, document] = measure(
        rounds,
        &mut [
            &mut primitive,
            &mut || {
                black_box(application.borrow_mut().pin2_status().expect("a status"));
            },
            &mut || {
                application.borrow_mut().verify_pin2(&pin2).expect("PIN2");
            },
            &mut || {
                let mut application = application.borrow_mut();
                let unlocked = application.verify_pin2(&pin2).expect("PIN2");
                black_box(unlocked.sign(PKCS1, hash).expect("a signature"));
            },
            &mut || {
                let mut application = application.borrow_mut();
                let unlocked = application.verify_pin2(&pin2).expect("PIN2");
                let mut key = unlocked.signature_key(PKCS1).expect("a key");
                let builder = SignedDataBuilder::new(Oid::DATA).signing_time(trust().now);
                black_box(
                    builder
                        .attached(b"a document", &mut key)
                        .expect("a message"),
                );
            },
        ],
    );
    println!("RSA-2048, median of {rounds} rounds, in turn:");
    beside("RSASSA-PKCS1-v1_5, key for logins", pkcs1, raw);
    beside("RSASSA-PSS, key for logins", pss, raw_pss);
    beside("PIN2 and RSASSA-PKCS1-v1_5", signature, raw_again);
    beside("PIN2 and a CAdES message", document, raw_again);
    parts(&[
        (
            "one exchange over secure messaging (a signature takes two)",
            exchange,
        ),
        ("PIN2 checked, its try paid for and given back", pin),
        (
            "around one signature: library, channel, chip",
            pkcs1.saturating_sub(raw),
        ),
        (
            "around one signature, with PIN2",
            signature.saturating_sub(raw_again),
        ),
        (
            "CAdES message: certificate read, attributes, own signature verified",
            document.saturating_sub(signature),
        ),
    ]);
    let whole = document.saturating_sub(raw_again);
    println!(
        "  all of it, the message included, in signatures{:>10.2}   (target: less than 1)",
        whole.as_secs_f64() / raw_again.as_secs_f64()
    );
}

fn ecdsa_lines(
    rounds: usize,
    application: &mut CertificateApplication<'_, '_, Inserted>,
    card: &TestCard,
    hash: &[u8; 32],
    rng: &mut ChaCha20Rng,
) {
    let mut scalar = [7; 32];
    rand_core::Rng::fill_bytes(rng, &mut scalar);
    let key = SigningKey::from_slice(&scalar).expect("a scalar");
    let mut unlocked = application.verify_pin2(&pin2(card)).expect("PIN2");
    let [raw, chip] = measure(
        rounds,
        &mut [
            &mut || {
                let signed: Result<p256::ecdsa::Signature, _> = key.sign_prehash(hash);
                black_box(signed.expect("a signature"));
            },
            &mut || {
                black_box(unlocked.authenticate(ECDSA, hash).expect("a signature"));
            },
        ],
    );
    println!("P-256, median of {rounds} rounds, in turn:");
    beside("ECDSA, key for logins", chip, raw);
    parts(&[(
        "around one signature: library, channel, chip",
        chip.saturating_sub(raw),
    )]);
}

fn beside(what: &str, whole: Duration, raw: Duration) {
    let ratio = whole.as_secs_f64() / raw.as_secs_f64();
    let each_second = 1.0 / whole.as_secs_f64();
    let alone = 1.0 / raw.as_secs_f64();
    println!(
        "  {what:<40}{whole:>10.3?}{each_second:>8.0}/s   the primitive alone {raw:>10.3?}{alone:>8.0}/s   ratio {ratio:.2}"
    );
}

fn parts(parts: &[(&str, Duration)]) {
    for (what, time) in parts {
        let microseconds = time.as_secs_f64() * 1e6;
        println!("  {what:<70}{microseconds:>9.1} µs");
    }
}
