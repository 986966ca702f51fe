//! Programs that we did not write, unmodified, reading a card of ours through pcscd.

use libtest_mimic::Trial;

mod dmrtd;
mod libeac;
mod opensc;

pub(crate) fn trials() -> Vec<Trial> {
    [opensc::trials(), dmrtd::trials(), libeac::trials()]
        .into_iter()
        .flatten()
        .collect()
}
