//! Signed files on their way through passive authentication.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    neweid_tests::fuzzing::fuzz_security_objects(data);
});
