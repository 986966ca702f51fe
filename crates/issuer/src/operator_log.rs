//! What the ministry's operators did, in a file whose lines hang together.
//!
//! Each line names the hash of the line before, so that none can be changed or taken out without the next one showing it; a
//! signed head beside the file names the last line, so that none is missing at the end. An action is written down before it
//! begins and again when it is done: where the machine stops in between, the first line stands alone.
//!
//! What it cannot do: whoever has the log's private key, which lies beside it, can write another log. Against them helps
//! only that somebody else has noted a head; [`verify`] takes one.
//!
//! No line holds a name, a number of a person or of a card. A card is named by a hash with a key that stays in the folder:
//! two lines about one card can be put together, and nobody can try all card numbers without the key.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use cvc::{PublicKey, SignatureAlgorithm, SigningKey};
use pki::{SerialNumber, Time};
use rand_core::CryptoRng;
use secure_channel::{Curve, EcPrivateKey, Hash};
use zeroize::Zeroizing;

use crate::agency_pki::{expose_signing_key_pem, signing_key_from_pem};
use crate::error::Error;
use crate::profile::CardNumber;
use crate::test_pki::directory::{make_directory, read, read_secret, write_public, write_secret};

mod line;
mod verify;

use line::Line;
pub use verify::{LogFault, LogReason, LogReport, Unfinished, verify};

const FILE: &str = "operator.log";
const HEAD: &str = "operator.log.head";
const PUBLIC_KEY: &str = "operator.log.pub";
const PRIVATE_KEY: &str = "operator-log.key.pem";
const REFERENCE_KEY: &str = "operator-log.reference.key";
/// What stands in the first line for the hash of the line before.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What an operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the commands")]
pub enum Action {
    Issue,
    Grant,
    Renew,
    DocumentVerifier,
    ReportLost,
    Reinstate,
    Void,
    PublishList,
    Update,
    BeginGeneration,
    Certify,
    RenewCertificate,
    Revoke,
    ReleaseHold,
    PublishRevocationList,
}

impl Action {
    const ALL: [Self; 15] = [
        Self::Issue,
        Self::Grant,
        Self::Renew,
        Self::DocumentVerifier,
        Self::ReportLost,
        Self::Reinstate,
        Self::Void,
        Self::PublishList,
        Self::Update,
        Self::BeginGeneration,
        Self::Certify,
        Self::RenewCertificate,
        Self::Revoke,
        Self::ReleaseHold,
        Self::PublishRevocationList,
    ];

    /// Its name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Grant => "grant",
            Self::Renew => "renew",
            Self::DocumentVerifier => "document-verifier",
            Self::ReportLost => "report-lost",
            Self::Reinstate => "reinstate",
            Self::Void => "void",
            Self::PublishList => "publish-list",
            Self::Update => "update",
            Self::BeginGeneration => "begin-generation",
            Self::Certify => "certify",
            Self::RenewCertificate => "renew-certificate",
            Self::Revoke => "revoke",
            Self::ReleaseHold => "release-hold",
            Self::PublishRevocationList => "publish-revocation-list",
        }
    }
}

/// The log of a directory, locked for this process.
#[derive(Debug)]
pub struct OperatorLog {
    directory: PathBuf,
    file: File,
    key: SigningKey,
    reference_key: Zeroizing<Vec<u8>>,
    /// Number and hash of the last line.
    last: (u64, String),
}

impl OperatorLog {
    /// Opens the log of `directory`, or starts one. Waits while another process has it.
    ///
    /// A line that was cut off in the middle of being written is taken away: what it would have said had not begun, or stands
    /// unfinished in the line before.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::OperatorLog`] if the log does not end as its head says. Nothing is written then.
    pub fn open(directory: &Path, rng: &mut dyn CryptoRng) -> Result<Self, Error> {
        make_directory(directory)?;
        let path = directory.join(FILE);
        let io = |source| Error::Io {
            path: path.clone(),
            source,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(io)?;
        file.lock().map_err(io)?;
        let (key, reference_key) = keys(directory, rng)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(io)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let lines = text.get(..whole).unwrap_or_default();
        let report = verify::verify_text(lines, &head(directory)?, None)?;
        // One line more than the head says is one whose head the machine did not come to write.
        if report.unsealed > 1 {
            let line = report.lines - report.unsealed + 2;
            let reason = LogReason::NotSealed;
            return Err(LogFault { line, reason }.into());
        }
        if whole != text.len() {
            file.set_len(whole as u64).map_err(io)?;
        }
        file.seek(SeekFrom::End(0)).map_err(io)?;
        let log = Self {
            directory: directory.to_owned(),
            file,
            key,
            reference_key,
            last: (report.lines, report.head),
        };
        Ok(log)
    }

    /// How the log calls a card.
    pub fn reference(&self, number: &CardNumber) -> String {
        self.keyed("card", number.as_str().as_bytes())
    }

    /// How the log calls a certificate of a person: its serial number is published in lists, and would lead to the name.
    pub fn certificate_reference(&self, serial: &SerialNumber) -> String {
        self.keyed("certificate", serial.as_bytes())
    }

    /// A card number has nine bytes and a serial number up to twenty-one; that one of each has the same hash would need a
    /// serial number that reads as a card number, and even then the words before them differ.
    fn keyed(&self, kind: &str, value: &[u8]) -> String {
        let inner = Hash::Sha256.digest(&[&self.reference_key, value]);
        let outer = Hash::Sha256.digest(&[&self.reference_key, &inner]);
        let short = outer.get(..16).unwrap_or_default();
        format!("{kind}-{}", hex(short))
    }

    /// Writes down that an action begins. `object` is a name of letters, digits and `-`: that of a certificate's holder, or
    /// a [`OperatorLog::reference`].
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Internal`] for an object of other characters.
    pub fn begin(
        &mut self,
        action: Action,
        object: &str,
        now: Time,
        rng: &mut dyn CryptoRng,
    ) -> Result<Begun, Error> {
        let number = self.last.0 + 1;
        self.write(action, object, "begin", number, now, rng)?;
        let object = object.to_owned();
        Ok(Begun {
            number,
            action,
            object,
        })
    }

    /// Writes down that it is done.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn done(&mut self, begun: Begun, now: Time, rng: &mut dyn CryptoRng) -> Result<(), Error> {
        let Begun {
            number,
            action,
            object,
        } = begun;
        self.write(action, &object, "done", number, now, rng)
    }

    fn write(
        &mut self,
        action: Action,
        object: &str,
        phase: &'static str,
        begun: u64,
        now: Time,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Error> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if object.is_empty() || !object.bytes().all(known) {
            return Err(Error::Internal("an object of the operator log"));
        }
        let line = Line {
            number: self.last.0 + 1,
            time: now.to_string(),
            action,
            phase,
            begun,
            object: object.to_owned(),
            before: self.last.1.clone(),
        };
        let text = line.to_string();
        let io = |source| Error::Io {
            path: self.directory.join(FILE),
            source,
        };
        self.file
            .write_all(format!("{text}\n").as_bytes())
            .and_then(|()| self.file.sync_all())
            .map_err(io)?;
        self.last = (line.number, hash(&text));
        let head = format!("{} {}", self.last.0, self.last.1);
        let signature = self.key.sign(head.as_bytes(), rng)?;
        let head = format!("{head} {}\n", hex(&signature));
        write_public(&self.directory.join(HEAD), head.as_bytes())
    }
}

/// An action that was written down and is not done yet.
#[derive(Debug)]
#[must_use = "an action that is done has to be written down as done"]
pub struct Begun {
    number: u64,
    action: Action,
    object: String,
}

/// What stands beside a log: the head, and the public key that verifies it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) text: Option<String>,
    pub(crate) key: Option<Vec<u8>>,
}

fn head(directory: &Path) -> Result<Head, Error> {
    head_beside(&directory.join(FILE))
}

/// The head and the key beside a log file.
pub(crate) fn head_beside(log: &Path) -> Result<Head, Error> {
    let beside = |ending: &str| {
        let mut path = log.as_os_str().to_owned();
        path.push(ending);
        let path = PathBuf::from(path);
        path.exists().then(|| read(&path)).transpose()
    };
    let text = beside(".head")?;
    Ok(Head {
        text: text.map(|text| String::from_utf8_lossy(&text).into_owned()),
        key: beside(".pub")?,
    })
}

fn keys(
    directory: &Path,
    rng: &mut dyn CryptoRng,
) -> Result<(SigningKey, Zeroizing<Vec<u8>>), Error> {
    let (private, reference) = (directory.join(PRIVATE_KEY), directory.join(REFERENCE_KEY));
    if !private.exists() {
        let mut bytes = Zeroizing::new(vec![0; 32]);
        rng.fill_bytes(&mut bytes);
        write_secret(&reference, &bytes)?;
        let key = EcPrivateKey::generate(Curve::P256, rng)?;
        let key = SigningKey::new(SignatureAlgorithm::EcdsaSha256, key)?;
        let public = PublicKey::explicit(key.verifying_key());
        write_public(&directory.join(PUBLIC_KEY), &public.to_bytes())?;
        write_secret(&private, expose_signing_key_pem(&key)?.as_bytes())?;
    }
    let key = signing_key_from_pem(&read_secret(&private)?)?;
    Ok((key, Zeroizing::new(read(&reference)?)))
}

fn hash(line: &str) -> String {
    hex(&Hash::Sha256.digest(&[line.as_bytes()]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
