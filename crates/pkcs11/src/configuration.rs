//! The configuration file: the access code of the card, whom to trust for its chip, where to log.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use host_lib::{AccessCode, Can, Certificate, RevocationList, Time, TrustStore, Verifier};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// Names another configuration file.
pub const PATH_VARIABLE: &str = "NEWEID_PKCS11_CONFIG";

/// The largest file that is read from a trust folder.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What the configuration file says.
#[derive(Default)]
pub struct Configuration {
    access_code: Option<Can>,
    readers: Vec<(String, Can)>,
    store: TrustStore,
    revocation_lists: Vec<RevocationList>,
    /// The day for which certificates are checked, if it is not today.
    time: Option<Time>,
    /// Where to log.
    pub log: Option<PathBuf>,
}

/// Why a configuration file cannot be used. The text never shows an access code.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ConfigurationError {
    path: PathBuf,
    problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    access_code: Option<Secret>,
    #[serde(default)]
    reader: Vec<WrittenReader>,
    #[serde(default)]
    trust: Vec<PathBuf>,
    #[serde(default)]
    allow_test_anchors: bool,
    on: Option<String>,
    log: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReader {
    name: String,
    access_code: Secret,
}

/// Text that is wiped, and that no error shows: the usual one for a value of another type would.
struct Secret(Zeroizing<String>);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => Ok(Self(Zeroizing::new(text))),
            _ => Err(D::Error::custom("an access code is written in quotes")),
        }
    }
}

impl Configuration {
    /// Reads the file that [`PATH_VARIABLE`] names, or the one of this user. Without a file nothing is known and nobody trusted.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn find() -> Result<Self, ConfigurationError> {
        // In a program with more rights than its user, the user's environment decides nothing.
        let trusted = rustix::process::geteuid() == rustix::process::getuid()
            && rustix::process::getegid() == rustix::process::getgid();
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(path) = variable(PATH_VARIABLE).filter(|_| trusted) {
            return Self::read(Path::new(&path));
        }
        let folder = variable("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(Path::new(&variable("HOME")?).join(".config")));
        match folder.map(|folder| folder.join("neweid/pkcs11.toml")) {
            Some(path) if path.exists() => Self::read(&path),
            _ => Ok(Self::default()),
        }
    }

    /// Reads this file, which nobody but its owner may read or write.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let problem = |problem: String| ConfigurationError {
            path: path.to_owned(),
            problem,
        };
        let mut file = File::open(path).map_err(|error| problem(error.to_string()))?;
        let about = file
            .metadata()
            .map_err(|error| problem(error.to_string()))?;
        let me = rustix::process::geteuid().as_raw();
        if about.uid() != me {
            return Err(problem("it belongs to another user".into()));
        }
        if about.mode() & 0o077 != 0 {
            let mode = about.mode() & 0o777;
            return Err(problem(format!(
                "others can read or write it (mode {mode:03o}); chmod 600"
            )));
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text)
            .map_err(|error| problem(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, folder).map_err(problem)
    }

    /// Reads this text; folders are relative to `folder`.
    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        // The message alone: the whole error would show the line.
        let written: Written = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let access_code = written.access_code.as_ref().map(can).transpose()?;
        let readers = written.reader.iter().map(|reader| {
            let code = can(&reader.access_code)?;
            Ok((reader.name.clone(), code))
        });
        let mut configuration = Self {
            access_code,
            readers: readers.collect::<Result<_, String>>()?,
            store: match written.allow_test_anchors {
                true => TrustStore::with_test_anchors(),
                false => TrustStore::new(),
            },
            revocation_lists: Vec::new(),
            time: None,
            log: written.log.map(|log| folder.join(log)),
        };
        if let Some(day) = &written.on {
            if !written.allow_test_anchors {
                return Err("`on` is for test cards: it needs `allow_test_anchors`".into());
            }
            configuration.time = Some(noon(day).ok_or("`on` is no day like 2026-11-24")?);
        }
        for trust in &written.trust {
            configuration.trust(&folder.join(trust))?;
        }
        Ok(configuration)
    }

    /// The configuration of a card whose code and issuer are known.
    #[must_use]
    pub fn of(
        access_code: Can,
        store: TrustStore,
        revocation_lists: Vec<RevocationList>,
        time: Time,
    ) -> Self {
        Self {
            access_code: Some(access_code),
            store,
            revocation_lists,
            time: Some(time),
            ..Self::default()
        }
    }

    /// The access code for the card in this reader.
    pub(crate) fn access_code(&self, reader: &str) -> Option<AccessCode> {
        let mut named = self.readers.iter();
        let code = named
            .find(|(name, _)| reader.contains(name))
            .map(|(_, code)| code)
            .or(self.access_code.as_ref())?;
        Some(AccessCode::from(code.clone()))
    }

    /// What proves a chip; `None` on a machine whose clock says no day at all.
    pub(crate) fn verifier(&self) -> Option<Verifier<'_>> {
        let time = self.time.or_else(now)?;
        Some(Verifier::new(&self.store, time).revocation_lists(&self.revocation_lists))
    }

    fn trust(&mut self, folder: &Path) -> Result<(), String> {
        let fail = |path: &Path, why: &dyn core::fmt::Display| format!("{}: {why}", path.display());
        let entries = fs::read_dir(folder).map_err(|error| fail(folder, &error))?;
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.map_err(|error| fail(folder, &error))?.path());
        }
        paths.sort();
        // Links between an old and a new key of a country lead from an anchor, so anchors come first.
        let mut links = Vec::new();
        for path in paths {
            let extension = path.extension().and_then(|it| it.to_str());
            let extension = extension.unwrap_or_default().to_ascii_lowercase();
            match extension.as_str() {
                "cer" | "crt" | "der" | "pem" => {
                    let read = parse_file(&path, Certificate::from_der, Certificate::from_pem);
                    let certificate = read.map_err(|error| fail(&path, &error))?;
                    match self.store.add_anchor(certificate.clone()) {
                        Ok(()) => {}
                        Err(pki::Error::NotSelfSigned) => links.push((path, certificate)),
                        Err(error) => return Err(fail(&path, &error)),
                    }
                }
                "crl" => {
                    let read =
                        parse_file(&path, RevocationList::from_der, RevocationList::from_pem);
                    let list = read.map_err(|error| fail(&path, &error))?;
                    self.revocation_lists.push(list);
                }
                _ => {}
            }
        }
        for (path, link) in links {
            let added = self.store.add_link(link);
            added.map_err(|error| fail(&path, &error))?;
        }
        Ok(())
    }
}

fn can(secret: &Secret) -> Result<Can, String> {
    Can::parse(&secret.0).map_err(|error| format!("access_code: {error}"))
}

fn parse_file<T>(
    path: &Path,
    from_der: fn(&[u8]) -> Result<T, pki::Error>,
    from_pem: fn(&str) -> Result<T, pki::Error>,
) -> Result<T, String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > LARGEST {
        return Err("too large for a certificate or a revocation list".into());
    }
    let contents = fs::read(path).map_err(|error| error.to_string())?;
    let parsed = match core::str::from_utf8(&contents) {
        Ok(text) if text.trim_start().starts_with("-----BEGIN") => from_pem(text),
        _ => from_der(&contents),
    };
    parsed.map_err(|error| error.to_string())
}

fn now() -> Option<Time> {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Time::from_unix_seconds(passed.as_secs()).ok()
}

fn noon(day: &str) -> Option<Time> {
    let mut parts = day.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    match parts.next() {
        None => Time::utc(year, month, day, 12, 0, 0).ok(),
        Some(_) => None,
    }
}
