//! A log for bug reports: which function was called and what it answered. No PIN, no data and no name of a person comes here.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// A file that lines are written into, or none.
#[derive(Default)]
pub struct Log(Option<Mutex<File>>);

impl Log {
    /// Appends to this file, which only its owner can read. One that cannot be opened is left out: a log must not keep anybody from
    /// signing.
    #[must_use]
    pub fn open(path: Option<&Path>) -> Self {
        let file = path.and_then(|path| {
            let mut options = OpenOptions::new();
            options.create(true).append(true).mode(0o600);
            options.open(path).ok()
        });
        Self(file.map(Mutex::new))
    }

    /// One line.
    pub fn line(&self, what: fmt::Arguments<'_>) {
        let Some(file) = &self.0 else { return };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let (seconds, process) = (now.as_secs(), std::process::id());
        let line = format!("{seconds}.{:03} [{process}] {what}\n", now.subsec_millis());
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(line.as_bytes());
    }
}
