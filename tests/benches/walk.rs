//! The whole walk beside the sum of its own cryptography: read and verify an identity card with a 20 kB portrait, both ends in one process.
//!
//! The two are measured in turn, so that whatever else the machine does falls on both; reported are the medians and their ratio. A second
//! table holds exchanges and bytes against the least that the standards allow. docs/performance.md explains the counts.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run has nothing to report"
)]

mod primitives;

use std::hint::black_box;
use std::time::{Duration, Instant};

use applet_sim::{Chip, Environment, MemoryStore};
use host_lib::{AccessCode, Card, Groups, Time, Traffic, TrustStore, Verifier};
use issuer::{Issuer, Profile, TestPki};
use primitives::{Counts, Primitives};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use transport::{InProcess, Interface};

/// PACE-ECDH-CAM on both sides (Doc 9303-11 §4.4), then passive authentication of EF.CardSecurity and EF.SOD (§5.1) by the host.
const WALK: Counts = Counts {
    // Each side: its mapping key, and s·G of the mapping.
    generator_multiplications: 4,
    // Each side: H, its ephemeral public key on the mapped generator, K; the host: the check of the chip authentication data.
    point_multiplications: 7,
    // The chip: the inverse of its static key.
    scalar_inversions: 1,
    // EF.CardSecurity: signature and signer's certificate. EF.SOD: the same. (The revocation list is verified once for all cards.)
    ecdsa_verifications: 4,
};

type Reader = InProcess<Chip<MemoryStore>>;

/// Rounds that are measured; the first few before them only warm up.
const ROUNDS: usize = 101;
const WARM_UP: usize = 5;

/// Commands that the walk cannot do without: EF.CardAccess; MSE:Set AT and the four steps of PACE; EF.CardSecurity; SELECT of the
/// application. Each further file is one READ BINARY, for an extended APDU holds 65 536 bytes.
const COMMANDS_WITHOUT_FILES: u64 = 1 + 5 + 1 + 1;

struct Walk {
    reader: Reader,
    can: String,
    /// Length of EF.CardSecurity in bytes, which the session reads by itself.
    card_security: usize,
    pki: TestPki,
    trust: TrustStore,
    now: Time,
}

/// What one walk read.
struct Outcome {
    traffic: Traffic,
    /// Lengths of the protected files in bytes, EF.CardSecurity first.
    files: Vec<usize>,
}

impl Walk {
    fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let pki = TestPki::create(&mut rng).expect("a test PKI");
        let card = Issuer::new(&pki)
            .issue_single(&Profile::default_specimen(), &mut rng)
            .expect("the default specimen");
        let can = card.codes().can().to_owned();
        let memory = card
            .image()
            .personalise(MemoryStore::default())
            .expect("a card image fits the memory");
        let chip = Chip::open(memory, Environment::system()).expect("the card opens");
        Self {
            reader: InProcess::new(chip, Interface::Contactless),
            can,
            card_security: card.image().master_file.card_security.len(),
            trust: pki.trust_store().expect("the test anchors"),
            now: Time::try_from(std::time::SystemTime::now()).expect("a time after 1970"),
            pki,
        }
    }

    /// Opens the card with the access code, reads both open zones, verifies everything.
    fn run(&mut self) -> Outcome {
        let mut card = Card::open(&mut self.reader).expect("a card");
        let mut session = card
            .pace(AccessCode::can(&self.can).expect("six digits"))
            .expect("PACE");
        let read = session
            .read(Groups::public().and(Groups::household()))
            .expect("both zones");
        let traffic = session.traffic();
        let verifier =
            Verifier::new(&self.trust, self.now).revocation_lists(self.pki.revocation_lists());
        read.verify(&verifier).accept().expect("a genuine card");
        let mut files = vec![self.card_security, read.security_object().len()];
        files.extend(
            read.group_numbers()
                .filter_map(|number| read.raw_group(number))
                .map(<[u8]>::len),
        );
        Outcome { traffic, files }
    }
}

fn main() {
    // `cargo test` runs benchmarks with --test: one round then shows that they work.
    let rounds = if std::env::args().any(|argument| argument == "--test") {
        1
    } else {
        ROUNDS
    };
    let mut walk = Walk::new();
    let primitives = Primitives::new(&mut ChaCha20Rng::seed_from_u64(2));

    let mut whole = Vec::with_capacity(rounds);
    let mut alone = Vec::with_capacity(rounds);
    let mut outcome = walk.run();
    for round in 0..rounds + WARM_UP {
        let start = Instant::now();
        outcome = walk.run();
        let walked = start.elapsed();

        let start = Instant::now();
        primitives.public_key_operations(&WALK);
        for length in &outcome.files {
            primitives.protected_read(*length);
            black_box(Sha256::digest(vec![0; *length]));
        }
        let computed = start.elapsed();
        if round >= WARM_UP {
            whole.push(walked);
            alone.push(computed);
        }
    }

    let (whole, alone) = (median(whole), median(alone));
    println!(
        "read and verify, PACE-ECDH-CAM on P-256 with AES-128, median of {rounds} rounds, in turn:"
    );
    println!("  whole walk, both ends      {whole:>10.3?}");
    println!("  its cryptography alone     {alone:>10.3?}");
    println!(
        "  ratio                      {:>10.2}",
        whole.as_secs_f64() / alone.as_secs_f64()
    );

    let Outcome { traffic, files } = outcome;
    let least = COMMANDS_WITHOUT_FILES + files.len() as u64 - 1;
    println!("exchanges and bytes:");
    println!(
        "  exchanges                  {:>10}   least {least}",
        traffic.exchanges
    );
    println!(
        "  bytes received             {:>10}   contents of the protected files {}",
        traffic.received,
        files.iter().sum::<usize>()
    );
    println!("  bytes sent                 {:>10}", traffic.sent);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
