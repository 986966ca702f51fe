//! A machine of their own for these tests: namespaces in which a private pcscd cannot meet the one of
//! the machine, and in which the port that its virtual reader opens on all interfaces is reached by
//! nobody else.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Set in the process that runs inside.
const INSIDE: &str = "NEWEID_PCSC_SANDBOX";

const NAMESPACES: [&str; 6] = [
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// Whether this process has a machine of its own.
pub(crate) fn is_private() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Starts this program again inside, and becomes it. Where that is not to be had, the daemon of the
/// machine is used, and this is said.
pub(crate) fn enter() {
    if is_private() {
        furnish();
        return;
    }
    let path = path();
    // Root needs no user namespace; anybody else is root in one of his own.
    for user in [&[][..], &["--user", "--map-root-user"][..]] {
        let possible = Command::new("unshare")
            .args(user)
            .args(NAMESPACES)
            .arg("true")
            .env("PATH", &path)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if possible {
            let program = std::env::current_exe().expect("the program's own path");
            let error = Command::new("unshare")
                .args(user)
                .args(NAMESPACES)
                .arg("--")
                .arg(program)
                .args(std::env::args_os().skip(1))
                .env(INSIDE, "1")
                // Nobody's configuration but what the tests put there: a /run of their own.
                .env("XDG_CONFIG_HOME", "/run/config")
                .env("PATH", &path)
                .exec();
            panic!("unshare: {error}");
        }
    }
    eprintln!(
        "NO PRIVATE MACHINE: unshare is missing or not permitted here, so these tests use the machine's own pcscd and \
         its virtual reader, and those that stop the daemon fail."
    );
}

/// Where programs are looked for: with the places for the administrator's, which are not in the path of
/// everybody.
fn path() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin:/sbin");
    path
}

/// A /run for the daemon's socket, and a loopback interface.
fn furnish() {
    run("mount", &["-t", "tmpfs", "tmpfs", "/run"]);
    run("ip", &["link", "set", "lo", "up"]);
    std::fs::create_dir("/run/pcscd").expect("/run/pcscd");
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status();
    let status =
        status.unwrap_or_else(|error| panic!("{program}: {error}; `make setup` installs it"));
    assert!(status.success(), "{program} {arguments:?}: {status}");
}
