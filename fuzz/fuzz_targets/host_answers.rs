//! The host library before a hostile card.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    neweid_tests::fuzzing::fuzz_host_answers(data);
});
