//! The fuzz targets on a fixed sequence of random inputs: a few seconds of
//! `make test`. `make fuzz` looks longer, with coverage to guide it.
//!
//! `NEWEID_FUZZ_ITERATIONS` sets the number of inputs per target.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test file: a panic is a failure"
)]

use std::env;

use neweid_tests::fuzzing::{
    Believed, ChainRun, ChipRun, Decoded, HostRun, Judged, change, fuzz_chains, fuzz_chip_commands,
    fuzz_decoders, fuzz_host_answers, fuzz_security_objects, fuzz_signed_messages, genuine_files,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// The number of inputs: from the environment, else this default.
fn iterations(default: u32) -> u32 {
    match env::var("NEWEID_FUZZ_ITERATIONS") {
        Ok(text) => text.parse().expect("NEWEID_FUZZ_ITERATIONS is a number"),
        Err(_) => default,
    }
}

/// Random bytes, short ones more often than long ones.
fn random_input(rng: &mut ChaCha8Rng, most: u32) -> Vec<u8> {
    let bound = 1 + rng.next_u32() % most;
    let mut input = vec![0; (rng.next_u32() % bound) as usize];
    rng.fill_bytes(&mut input);
    input
}

#[test]
fn decoders_accept_only_what_they_can_encode_again() {
    let mut rng = ChaCha8Rng::seed_from_u64(0x7816);
    let inputs = iterations(20_000);
    let accepted = (0..inputs)
        .filter(|_| fuzz_decoders(&random_input(&mut rng, 200)) == Decoded::Accepted)
        .count();
    println!("decoders: {inputs} random inputs, {accepted} of them accepted");
    assert!(
        accepted > 0,
        "a run in which nothing is accepted shows nothing"
    );

    let files = genuine_files();
    for file in &files {
        let decoded = fuzz_decoders(file);
        assert_eq!(decoded, Decoded::Accepted, "decoder {}", file[0]);
    }
    let rounds = inputs / 100;
    let mut accepted = 0;
    for file in &files {
        for _ in 0..rounds {
            let changed = change(file, &random_input(&mut rng, 40));
            accepted += u32::from(fuzz_decoders(&changed) == Decoded::Accepted);
        }
    }
    let changed = files.len() as u32 * rounds;
    println!("decoders: {changed} changed files, {accepted} of them accepted");
}

#[test]
fn only_documents_as_they_were_signed_are_authentic() {
    let mut rng = ChaCha8Rng::seed_from_u64(0x9303);
    let inputs = iterations(1_000);
    let authentic = (0..inputs)
        .filter(|_| fuzz_security_objects(&random_input(&mut rng, 60)) == Judged::Authentic)
        .count();
    println!("security objects: {inputs} inputs, {authentic} of them authentic");
    assert!(
        authentic > 0,
        "a run in which nothing is authentic shows nothing"
    );
}

#[test]
fn only_messages_as_they_were_signed_are_believed() {
    let mut rng = ChaCha8Rng::seed_from_u64(0x5652);
    let inputs = iterations(2_000);
    let (mut signed, mut read) = (0, 0);
    for _ in 0..inputs {
        match fuzz_signed_messages(&random_input(&mut rng, 60)) {
            Believed::Signed => signed += 1,
            Believed::Read => read += 1,
            Believed::Refused => {}
        }
    }
    println!("signed messages: {inputs} inputs, {signed} of them believed, {read} read");
    assert!(
        signed > 0 && read > 0,
        "a run in which nothing is believed shows nothing"
    );
}

#[test]
fn a_chip_gives_away_nothing_under_random_commands() {
    let mut rng = ChaCha8Rng::seed_from_u64(0x14443);
    let inputs = iterations(150);
    let mut total = ChipRun::default();
    let mut past_pace = 0;
    for _ in 0..inputs {
        let mut input = vec![0; 400];
        rng.fill_bytes(&mut input);
        let run = fuzz_chip_commands(&input);
        past_pace += u32::from(run.protected > 0);
        total.commands += run.commands;
        total.channels += run.channels;
        total.protected += run.protected;
        total.read += run.read;
        total.terminals += run.terminals;
    }
    println!("chip commands: {inputs} inputs, {past_pace} of them past PACE; {total:?}");
    assert!(
        past_pace > inputs / 4,
        "most inputs should get behind the channel"
    );
    assert!(
        total.read > 0 && total.terminals > 0,
        "a run in which nothing is read shows nothing"
    );
}

#[test]
fn a_chain_takes_nothing_that_was_not_signed_and_rights_never_grow() {
    let mut rng = ChaCha8Rng::seed_from_u64(0x7F21);
    let inputs = iterations(150);
    let mut total = ChainRun::default();
    for _ in 0..inputs {
        let run = fuzz_chains(&random_input(&mut rng, 200));
        total.read += run.read;
        total.imported += run.imported;
        total.terminals += run.terminals;
    }
    println!("chains: {inputs} inputs, {total:?}");
    assert!(
        total.terminals > inputs / 20,
        "a run in which no chain is whole shows nothing"
    );
}

#[test]
fn the_host_library_accepts_nothing_but_the_truth() {
    let mut rng = ChaCha8Rng::seed_from_u64(0x03110);
    let inputs = iterations(250);
    let mut total = HostRun::default();
    let mut past_pace = 0;
    for _ in 0..inputs {
        let run = fuzz_host_answers(&random_input(&mut rng, 600));
        past_pace += u32::from(run.sessions > 0);
        total.add(run);
    }
    println!("host answers: {inputs} inputs, {past_pace} of them past PACE; {total:?}");
    assert!(
        past_pace > inputs / 4,
        "most inputs should get behind the channel"
    );
    assert!(
        total.accepted > 0,
        "a run in which nothing is accepted shows nothing"
    );
}

/// Inputs in which nothing is damaged, so that each kind of card shows what it
/// is: mode, one opening, code (CAN, an agency's PIN1, MRZ), no management, seed.
#[test]
fn the_same_data_is_accepted_from_the_genuine_chip_alone() {
    for code in 0..3 {
        let genuine = fuzz_host_answers(&[3, 0, code, 1, 0]);
        assert_eq!(
            (genuine.authentic, genuine.accepted),
            (1, 1),
            "genuine {code}"
        );
        let copy = fuzz_host_answers(&[1, 0, code, 1, 0]);
        assert_eq!((copy.sessions, copy.accepted), (1, 0), "copy {code}");
        let relay = fuzz_host_answers(&[2, 0, code, 1, 0]);
        assert_eq!((relay.sessions, relay.accepted), (1, 0), "relay {code}");
        // What they say is authentic all the same. To an agency and from the ICAO application there
        // is nothing: Chip Authentication leaves them without the new keys.
        let authentic = u32::from(code == 0);
        assert_eq!((copy.authentic, relay.authentic), (authentic, authentic));
    }
    assert_eq!(fuzz_host_answers(&[0]).sessions, 0, "an imagined card");
}
