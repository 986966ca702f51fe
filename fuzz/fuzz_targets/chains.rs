//! Chains of certificates, as a chip without a clock verifies them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    neweid_tests::fuzzing::fuzz_chains(data);
});
