//! The PKCS#11 module beside SoftHSM2, with the same kind of key in the same run: from loading the module to the first signature, and
//! signatures per second. Ours speaks to a simulated card through pcscd and a virtual reader, over PACE and secure messaging; SoftHSM2 has
//! the key in the same process. So the difference is what card, channel and reader cost, without the time of a real chip.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark: a panic is a failure"
)]
#![allow(
    dead_code,
    reason = "what the tests through pcscd share is used in part"
)]

#[path = "../tests/pcsc/daemon.rs"]
mod daemon;
#[path = "../tests/pcsc/pkcs11/desk.rs"]
mod desk;
#[path = "../tests/pcsc/sandbox.rs"]
mod sandbox;
#[path = "../tests/pcsc/slot.rs"]
mod slot;

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use applet_sim::{CertRead, KeyKind};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use neweid_tests::cards::natural_person::PIN2;

use desk::Desk;

const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";
const SOFTHSM_VARIABLE: &str = "SOFTHSM2_CONF";
/// In the /run of the sandbox.
const SOFTHSM_CONFIGURATION: &str = "/run/softhsm2.conf";

/// How often the way to the first signature is gone, and how long signatures are made.
const STARTS: usize = 11;
const SIGNING: Duration = Duration::from_secs(3);

/// Loads the module, logs in and signs; the time that took, and then signatures per second.
fn measure(module: &Path, mechanism: &Mechanism<'_>) -> (Duration, f64) {
    let mut starts = Vec::new();
    let mut rate = 0.0;
    for last in (0..STARTS).map(|start| start + 1 == STARTS) {
        let begin = Instant::now();
        let context = Pkcs11::new(module).expect("a module");
        let flags = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        context.initialize(flags).expect("C_Initialize");
        let slot = context.get_slots_with_token().expect("slots")[0];
        let session = context.open_ro_session(slot).expect("a session");
        let pin = AuthPin::new(PIN2.into());
        session.login(UserType::User, Some(&pin)).expect("a login");
        let template = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Id(vec![0x82]),
        ];
        let key = session.find_objects(&template).expect("objects")[0];
        let sign = || drop(session.sign(mechanism, key, &[7; 32]).expect("a signature"));
        sign();
        starts.push(begin.elapsed());
        if last {
            let begin = Instant::now();
            let mut count = 0u32;
            while begin.elapsed() < SIGNING {
                sign();
                count += 1;
            }
            rate = f64::from(count) / begin.elapsed().as_secs_f64();
        }
        drop(session);
        context.finalize().expect("C_Finalize");
        // The card is let go.
        std::thread::sleep(Duration::from_millis(400));
    }
    starts.sort_unstable();
    (starts[STARTS / 2], rate)
}

/// A token of SoftHSM2 with a key of this kind.
fn soft_token(folder: &Path, kind: KeyKind) {
    let tokens = folder.join(format!("{kind:?}"));
    std::fs::create_dir(&tokens).expect("a folder");
    let text = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(SOFTHSM_CONFIGURATION, text).expect("a file");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}; make setup"));
        assert!(output.status.success(), "{program}: {output:?}");
    };
    let init = [
        "--init-token",
        "--free",
        "--label",
        "bench",
        "--so-pin",
        "12345678",
        "--pin",
        PIN2,
    ];
    run("softhsm2-util", &init);
    let kind = match kind {
        KeyKind::Rsa2048 => "rsa:2048",
        KeyKind::P256 => "EC:prime256v1",
    };
    let generate = [
        "--module",
        SOFTHSM,
        "--login",
        "--pin",
        PIN2,
        "--keypairgen",
        "--id",
        "82",
    ];
    run(
        "pkcs11-tool",
        &[&generate[..], &["--key-type", kind]].concat(),
    );
}

fn main() {
    // `cargo test --benches` asks for a list of tests, or runs them: there is none.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    if std::env::var_os(SOFTHSM_VARIABLE).is_none() {
        let this = std::env::current_exe().expect("this program's own path");
        let arguments = std::env::args_os().skip(1);
        let error = Command::new(this)
            .args(arguments)
            .env(SOFTHSM_VARIABLE, SOFTHSM_CONFIGURATION)
            .exec();
        panic!("{error}");
    }
    sandbox::enter();
    println!("first signature (median of {STARTS}) and signatures per second, one thread");
    for (kind, mechanism) in [
        (KeyKind::Rsa2048, Mechanism::Sha256RsaPkcs),
        // A hash: SoftHSM2 has no mechanism of ECDSA that makes one.
        (KeyKind::P256, Mechanism::Ecdsa),
    ] {
        let desk = Desk::with(kind, CertRead::AfterPin2);
        desk.use_configuration();
        soft_token(&desk.path("."), kind);
        let ours = measure(&desk::module(), &mechanism);
        let theirs = measure(Path::new(SOFTHSM), &mechanism);
        for (name, (start, rate)) in [("this module", ours), ("SoftHSM2", theirs)] {
            println!("{kind:?} {name:>12}: {start:>9.1?} {rate:>9.1}/s");
        }
    }
    daemon::stop();
}
