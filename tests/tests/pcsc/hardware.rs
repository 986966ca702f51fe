//! The same flows on a card in a real reader, when somebody chooses so.
//!
//! `NEWEID_TEST_READER` names the reader, `NEWEID_TEST_PROFILE` the profile that the card was issued
//! from, `NEWEID_TEST_PKI` the folder of its test PKI. Flows that use the card up run only where
//! `NEWEID_TEST_USE_UP=1` says so as well.

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    Vec::new()
}
