//! The PKCS#11 module, loaded by programs that we did not write, with cards in readers.

mod arguments;
mod clients;
mod desk;
mod installed;
mod nss;
mod openssh;
mod openssl;
mod processes;
mod tools;

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [
        tools::trials(),
        openssl::trials(),
        openssh::trials(),
        nss::trials(),
        clients::trials(),
        processes::trials(),
        arguments::trials(),
        installed::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
