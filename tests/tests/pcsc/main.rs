//! The card in a real PC/SC service: pcscd with vsmartcard's virtual reader, our host library, and
//! programs that we did not write.
//!
//! The tests run one after the other in a machine of their own ([`sandbox`]), with a daemon of their own
//! ([`daemon`]); where there is none they fail, and say so. `cargo test -p neweid-tests --test pcsc --
//! --list` names them.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test file: a panic is a failure"
)]

mod certificates;
mod daemon;
mod flows;
mod hardware;
mod pkcs11;
mod program;
mod pulled;
mod readers;
mod sandbox;
mod service;
mod sharing;
mod slot;
mod soak;
mod strangers;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// A test that is a function.
fn trial(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, || {
        test();
        Ok(())
    })
}

/// Tests that are functions of this module, under its name.
macro_rules! trials {
    ($module:ident: $($test:ident),+ $(,)?) => {
        vec![$($crate::trial(
            concat!(stringify!($module), "::", stringify!($test)),
            $test,
        )),+]
    };
}
pub(crate) use trials;

fn main() -> ExitCode {
    if soak::play() {
        return ExitCode::SUCCESS;
    }
    let mut arguments = Arguments::from_args();
    // One service, two slots: whoever shares them waits.
    arguments.test_threads = Some(1);
    if !arguments.list && !hardware::is_chosen() {
        sandbox::enter();
    }
    let trials = [
        flows::trials(),
        readers::trials(),
        sharing::trials(),
        pulled::trials(),
        certificates::trials(),
        strangers::trials(),
        pkcs11::trials(),
        hardware::trials(),
        program::trials(),
        // These stop the service.
        soak::trials(),
        service::trials(),
        program::trials_without_a_service(),
    ];
    let conclusion = libtest_mimic::run(&arguments, trials.into_iter().flatten().collect());
    daemon::stop();
    conclusion.exit_code()
}
