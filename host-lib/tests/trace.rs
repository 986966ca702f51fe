//! What a bug report may carry: a redacted trace says nothing of the holder, a complete one replays.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use host_lib::{
    AccessCode, Card, CardTransport, Error, ErrorCode, Groups, Identity, Options, Replay, Trace,
    Verified,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use support::{agency, world};

fn sink() -> (Arc<Mutex<String>>, impl FnMut(&str) + Send + 'static) {
    let log = Arc::new(Mutex::new(String::new()));
    let lines = Arc::clone(&log);
    let write = move |line: &str| {
        let mut log = lines.lock().unwrap();
        log.push_str(line);
        log.push('\n');
    };
    (log, write)
}

/// One walk as an agency, with randomness that can be repeated.
fn walk(transport: impl CardTransport, seed: u8) -> Result<Verified<Identity>, Error> {
    let rng = Box::new(ChaCha20Rng::from_seed([seed; 32]));
    let options = Options::new().randomness_for_replay(rng);
    let mut card = Card::open_with(transport, options)?;
    let (consent, mut key) = agency(seed);
    let session = card.pace_as_terminal(AccessCode::pin(world().pin1())?, consent)?;
    session
        .authenticate(&mut key)?
        .read(Groups::all())?
        .verify(&world().verifier())
        .accept()
}

#[test]
fn a_redacted_trace_of_a_whole_walk_shows_nothing_of_the_holder() {
    let (log, write) = sink();
    let identity = walk(
        Trace::redacted(world().insert(), || Duration::ZERO, write),
        1,
    )
    .unwrap();
    let log = log.lock().unwrap();
    assert!(log.lines().count() > 10 && log.contains("READ BINARY"));
    let holder = identity.holder().unwrap();
    for secret in [
        world().pin1(),
        world().can(),
        holder.name.as_str(),
        holder.national_id.as_str(),
        holder.document_number.as_str(),
    ] {
        let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!log.contains(secret), "{secret}");
        assert!(!log.to_lowercase().contains(&hexadecimal), "{secret}");
    }
}

#[test]
fn a_complete_trace_replays_to_the_same_result() {
    let (log, write) = sink();
    let first = walk(Trace::full(world().insert(), || Duration::ZERO, write), 1).unwrap();
    let log = log.lock().unwrap().clone();
    let second = walk(Replay::parse(&log).unwrap(), 1).unwrap();
    assert_eq!(first.report(), second.report());
    assert_eq!(first.into_contents(), second.into_contents());
}

#[test]
fn a_replay_with_other_randomness_is_no_session() {
    let (log, write) = sink();
    walk(Trace::full(world().insert(), || Duration::ZERO, write), 1).unwrap();
    let log = log.lock().unwrap().clone();
    let error = walk(Replay::parse(&log).unwrap(), 2).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ReaderFailed, "{error}");
}
