//! pcscd, with two slots of vsmartcard's virtual reader.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use transport::TransportError;
use transport::pcsc::PcscService;

use crate::sandbox;
use crate::slot::Slot;

/// What Debian's package installs.
const DRIVER_CONFIGURATION: &str = "/etc/reader.conf.d/vpcd";

/// How long pcscd may take to be there with its readers.
const STARTING: Duration = Duration::from_secs(30);

static RUNNING: Mutex<Option<Daemon>> = Mutex::new(None);

struct Daemon {
    process: Child,
    folder: TempDir,
}

fn running() -> MutexGuard<'static, Option<Daemon>> {
    // A test that failed leaves the daemon as usable as before.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The service, started if it is not running yet.
pub(crate) fn service() -> PcscService {
    let mut running = running();
    if !sandbox::is_private() {
        return machines_own();
    }
    let alive = running
        .as_mut()
        .is_some_and(|daemon| matches!(daemon.process.try_wait(), Ok(None)));
    if !alive {
        *running = Some(Daemon::start(Readers::Virtual));
    }
    drop(running);
    PcscService::connect().expect("the service that was just started")
}

/// Which readers a daemon is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Both slots of the virtual reader.
    Virtual,
    /// None at all.
    None,
}

/// Ends the daemon without warning, as a crash would.
pub(crate) fn kill() {
    assert!(
        sandbox::is_private(),
        "the daemon of the machine is not ours to stop: run this as root, or permit user namespaces"
    );
    *running() = None;
}

/// Ends the daemon, and starts another one.
pub(crate) fn restart(readers: Readers) {
    kill();
    *running() = Some(Daemon::start(readers));
}

/// Ends the daemon, if there is one.
pub(crate) fn stop() {
    *running() = None;
}

/// The daemon's process, if there is one.
pub(crate) fn pid() -> Option<u32> {
    running().as_ref().map(|daemon| daemon.process.id())
}

/// What the daemon has said.
pub(crate) fn log() -> String {
    running().as_ref().map(Daemon::log).unwrap_or_default()
}

fn machines_own() -> PcscService {
    let service = PcscService::connect().expect("a running pcscd: systemctl start pcscd");
    let readers = service.readers().expect("its readers");
    assert!(
        readers
            .iter()
            .any(|reader| reader.name == Slot::FIRST.reader()),
        "the machine's pcscd has no virtual reader: apt-get install vsmartcard-vpcd"
    );
    service
}

impl Daemon {
    fn start(readers: Readers) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if readers == Readers::Virtual {
            std::fs::copy(DRIVER_CONFIGURATION, folder.path().join("vpcd")).unwrap_or_else(
                |error| panic!("{DRIVER_CONFIGURATION}: {error}; apt-get install vsmartcard-vpcd"),
            );
        }
        // What a daemon that was killed leaves behind.
        for leftover in ["pcscd.comm", "pcscd.pid"] {
            let _ = std::fs::remove_file(Path::new("/run/pcscd").join(leftover));
        }
        let log = File::create(folder.path().join("log")).expect("a log");
        let process = Command::new("pcscd")
            .args(["--foreground", "--config"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("pcscd: {error}; apt-get install pcscd"));
        let mut daemon = Self { process, folder };
        daemon.wait_for(readers);
        daemon
    }

    fn wait_for(&mut self, readers: Readers) {
        let begin = Instant::now();
        while begin.elapsed() < STARTING {
            if let Ok(Some(status)) = self.process.try_wait() {
                panic!("pcscd ended at once, {status}:\n{}", self.log());
            }
            let found = PcscService::connect().and_then(|service| service.readers());
            let is_there = match found {
                Ok(found) => Slot::BOTH.iter().all(|slot| {
                    let there = found.iter().any(|reader| reader.name == slot.reader());
                    there == (readers == Readers::Virtual)
                }),
                Err(TransportError::ServiceUnavailable) => false,
                Err(error) => panic!("pcscd: {error}:\n{}", self.log()),
            };
            if is_there {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("pcscd is not there after {STARTING:?}:\n{}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
