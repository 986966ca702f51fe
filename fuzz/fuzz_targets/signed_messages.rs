//! Signed and encrypted messages, on their way to who believes them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    neweid_tests::fuzzing::fuzz_signed_messages(data);
});
