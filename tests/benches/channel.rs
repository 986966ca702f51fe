//! PACE and secure messaging beside the RustCrypto calls that they consist of.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run has nothing to report"
)]

mod primitives;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use iso7816::{CommandApdu, ResponseApdu, StatusWord};
use primitives::{Counts, Primitives};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use secure_channel::{
    Curve, Password, SecureMessaging, SessionKeys, SymmetricCipher,
    pace::{Mapping, PaceProtocol, PaceSuite, chip, terminal},
    secure_messaging::{Chip, Terminal},
};

const SUITE: PaceSuite = PaceSuite {
    protocol: PaceProtocol {
        mapping: Mapping::Generic,
        cipher: SymmetricCipher::Aes128,
    },
    curve: Curve::P256,
};

/// PACE-ECDH-GM on both sides (Doc 9303-11 §4.4).
const PACE_GM: Counts = Counts {
    generator_multiplications: 4,
    point_multiplications: 6,
    scalar_inversions: 0,
    ecdsa_verifications: 0,
};

/// Both roles against each other, every message passed on.
fn handshake(rng: &mut ChaCha20Rng) -> (SessionKeys, SessionKeys) {
    let password = || Password::can("123456").expect("six digits");
    let mut card = chip::Pace::select(SUITE, password(), None).expect("a suite without static key");
    let mut answer = |command: &CommandApdu, rng: &mut ChaCha20Rng| {
        let answer = card
            .general_authenticate(command.data(), rng)
            .expect("a step of PACE");
        match answer {
            chip::Answer::Continue(data) => (data, None),
            chip::Answer::Token(token) => {
                let (data, established) = token.verify(&[]).expect("the right password");
                (data, Some(established.session_keys))
            }
        }
    };
    let response = |data| ResponseApdu::new(data, StatusWord::OK);
    let (reader, command) = terminal::start(SUITE, &password());
    let (data, _) = answer(&command, rng);
    let (reader, command) = reader.map_nonce(&response(data), rng).expect("a nonce");
    let (data, _) = answer(&command, rng);
    let (reader, command) = reader.agree(&response(data), rng).expect("a mapping");
    let (data, _) = answer(&command, rng);
    let (reader, command) = reader.authenticate(&response(data)).expect("a public key");
    let (data, chip_keys) = answer(&command, rng);
    let established = reader.finish(&response(data)).expect("a token");
    (
        established.session_keys,
        chip_keys.expect("the chip is done"),
    )
}

fn pace(criterion: &mut Criterion) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let primitives = Primitives::new(&mut rng);
    let mut group = criterion.benchmark_group("PACE-ECDH-GM, P-256, AES-128, both roles");
    group.bench_function("handshake", |bencher| {
        bencher.iter(|| black_box(handshake(&mut rng)));
    });
    group.bench_function("its point multiplications alone", |bencher| {
        bencher.iter(|| primitives.public_key_operations(&PACE_GM));
    });
    group.finish();
}

fn secure_messaging(criterion: &mut Criterion) {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let primitives = Primitives::new(&mut rng);
    let command = CommandApdu::new(0x00, 0xB0, 0x82, 0x00).with_ne(65_536);
    let mut group = criterion.benchmark_group("secure messaging, AES-128, READ BINARY, both roles");
    for length in [16, 1_000, 20_000] {
        group.throughput(Throughput::Bytes(length as u64));
        let response = ResponseApdu::new(vec![0xA5; length], StatusWord::OK);
        group.bench_with_input(
            BenchmarkId::new("exchange", length),
            &response,
            |bencher, response| {
                let (terminal, chip) = handshake(&mut rng);
                let mut terminal = SecureMessaging::<Terminal>::new(terminal);
                let mut chip = SecureMessaging::<Chip>::new(chip);
                bencher.iter(|| {
                    let protected = terminal.wrap(&command).expect("an open channel");
                    chip.unwrap(&protected).expect("an authentic command");
                    let protected = chip.wrap(response).expect("an open channel");
                    terminal.unwrap(&protected).expect("an authentic response")
                });
            },
        );
        group.bench_with_input(
            BenchmarkId::new("raw AES-CBC and CMAC", length),
            &length,
            |bencher, length| bencher.iter(|| primitives.protected_read(*length)),
        );
    }
    group.finish();
}

criterion_group!(benches, pace, secure_messaging);
criterion_main!(benches);
