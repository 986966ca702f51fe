//! The PKI in a directory.
//!
//! ```text
//! publication                             where lists and certificates are published, and the policy
//! root.key.pem root.crt                   the root
//! generation-1.key.pem generation-1.crt   a generation
//! certificates/‹serial number›.crt        a person's certificate
//! revocations/‹serial number›.1           what first happened to a certificate: a revocation or a hold, signed by its issuer
//! lists/generation-1.00000001.crl         a generation's first list
//! ```
//!
//! No file is ever written again; every change is one new file, whole or not there. A key comes before its certificate, so
//! that a certificate never lacks its key; a key without one was about to be certified, and will be.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use pki::builder::PrivateKey;
use pki::{Certificate, RevocationList, SerialNumber};

use super::{CertificationError, ListIssuer, Publication};
use crate::error::Error;
use crate::test_pki::directory::{make_directory, read, read_secret, write_public, write_secret};

pub(super) const PUBLICATION: &str = "publication";
pub(super) const CERTIFICATES: &str = "certificates";
pub(super) const REVOCATIONS: &str = "revocations";
pub(super) const LISTS: &str = "lists";
const LOCK: &str = "lock";
pub(super) const CERTIFICATE_ENDING: &str = ".crt";
pub(super) const LIST_ENDING: &str = ".crl";

/// The directory, locked for this process.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    /// Held, not read: two processes that issued at once could certify one key twice.
    _lock: File,
    /// How many files can still be written before the power is cut.
    #[cfg(test)]
    pub(super) power: std::cell::Cell<Option<usize>>,
}

impl Directory {
    /// Makes the directory if it is not there. Waits while another process has it.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        for folder in ["", CERTIFICATES, REVOCATIONS, LISTS] {
            make_directory(&path.join(folder))?;
        }
        let file = path.join(LOCK);
        let io = |source| Error::Io {
            path: file.clone(),
            source,
        };
        let lock = File::create(&file).map_err(io)?;
        lock.lock().map_err(io)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
            #[cfg(test)]
            power: std::cell::Cell::new(None),
        })
    }

    pub(super) fn put_publication(&self, publication: &Publication) -> Result<(), Error> {
        self.put(PUBLICATION, publication.to_text().as_bytes())
    }

    pub(super) fn put_certificate(
        &self,
        issuer: ListIssuer,
        certificate: &Certificate,
    ) -> Result<(), Error> {
        self.put(&certificate_name(issuer), certificate.as_der())
    }

    /// A key of an authority, in a file that its owner alone may read.
    pub(super) fn put_key(&self, issuer: ListIssuer, key: &PrivateKey) -> Result<(), Error> {
        let (path, key) = (self.key_path(issuer), key.expose_pkcs8_pem()?);
        if !path.exists() {
            self.powered(&path)?;
            write_secret(&path, key.as_bytes())?;
            return self.settle(&path);
        }
        if *read_secret(&path)? != *key {
            return Err(CertificationError::Exists { path }.into());
        }
        Ok(())
    }

    pub(super) fn put_issued(&self, certificate: &Certificate) -> Result<(), Error> {
        let name = format!(
            "{CERTIFICATES}/{}{CERTIFICATE_ENDING}",
            certificate.serial_number()
        );
        self.put(&name, certificate.as_der())
    }

    pub(super) fn put_event(
        &self,
        serial: &SerialNumber,
        number: usize,
        event: &str,
    ) -> Result<(), Error> {
        let name = format!("{REVOCATIONS}/{serial}.{number}");
        self.put(&name, event.as_bytes())
    }

    pub(super) fn put_list(
        &self,
        issuer: ListIssuer,
        number: u64,
        list: &RevocationList,
    ) -> Result<(), Error> {
        self.put(&list_name(issuer, number), list.as_der())
    }

    pub(super) fn has_certificate(&self, issuer: ListIssuer) -> bool {
        self.path.join(certificate_name(issuer)).exists()
    }

    /// The key of an authority, if it lies there: RSA with so many bits.
    pub(super) fn key(&self, issuer: ListIssuer, bits: usize) -> Result<Option<PrivateKey>, Error> {
        let path = self.key_path(issuer);
        if !path.exists() {
            return Ok(None);
        }
        let key = read_key(&path)?;
        let public_key = key.public_key()?;
        if public_key.rsa_modulus().is_none() || public_key.bits() != bits {
            return Err(damaged(&path, format!("not an RSA key of {bits} bits")));
        }
        Ok(Some(key))
    }

    pub(super) fn key_path(&self, issuer: ListIssuer) -> PathBuf {
        self.path.join(format!("{issuer}.key.pem"))
    }

    /// A file that is not there yet, or has these contents already.
    fn put(&self, name: &str, contents: &[u8]) -> Result<(), Error> {
        let path = self.path.join(name);
        if path.exists() {
            if read(&path)? != contents {
                return Err(CertificationError::Exists { path }.into());
            }
            return Ok(());
        }
        self.powered(&path)?;
        write_public(&path, contents)?;
        self.settle(&path)
    }

    /// A file that is there after a power cut is named in a directory that is: the directory is written, too.
    fn settle(&self, path: &Path) -> Result<(), Error> {
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(|source| Error::Io {
                path: folder.to_owned(),
                source,
            })?;
        }
        #[cfg(not(unix))]
        let _ = path;
        Ok(())
    }

    #[cfg(not(test))]
    #[allow(clippy::unused_self, reason = "in tests it is used")]
    fn powered(&self, _: &Path) -> Result<(), Error> {
        Ok(())
    }

    /// The names of the files in a folder that end so, without the ending, in their order.
    pub(super) fn names(&self, folder: &str, ending: &str) -> Result<Vec<String>, Error> {
        let path = self.path.join(folder);
        let io = |source| Error::Io {
            path: path.clone(),
            source,
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(ending));
            names.extend(name.map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }
}

pub(super) fn certificate_name(issuer: ListIssuer) -> String {
    format!("{issuer}{CERTIFICATE_ENDING}")
}

pub(super) fn list_name(issuer: ListIssuer, number: u64) -> String {
    format!("{LISTS}/{issuer}.{number:08}{LIST_ENDING}")
}

pub(super) fn read_key(path: &Path) -> Result<PrivateKey, Error> {
    PrivateKey::from_pkcs8_pem(&read_secret(path)?).map_err(|error| damaged(path, error))
}

pub(super) fn damaged(path: &Path, reason: impl ToString) -> Error {
    let (path, reason) = (path.to_owned(), reason.to_string());
    CertificationError::Damaged { path, reason }.into()
}
