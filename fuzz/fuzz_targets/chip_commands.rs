//! A chip under any sequence of commands, plain, protected and damaged.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    neweid_tests::fuzzing::fuzz_chip_commands(data);
});
