//! A test PKI in a directory: certificates as PEM, lists as DER, keys as PEM that only their owner
//! may read.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use pki::builder::PrivateKey;
use pki::{Certificate, RevocationList};
use rand_core::CryptoRng;

use super::{Authority, TestPki};
use crate::error::Error;

/// Written last: where it is, the PKI is complete.
const COUNTRY_SIGNING_CA: &str = "csca";
const SUCCESSOR: &str = "csca-2";
const LINK: &str = "csca-link.pem";
const FOREIGN: &str = "foreign-csca";
const CURRENT: &str = "document-signer";
const AFTER_ROLLOVER: &str = "document-signer-after-rollover";
const EXPIRED: &str = "document-signer-expired";
const REVOKED: &str = "document-signer-revoked";
const FOREIGN_SIGNER: &str = "document-signer-foreign";
const LIST: &str = "csca.crl";
const LIST_2: &str = "csca-2.crl";
const REGISTER: &str = "lost-card-register";

impl TestPki {
    /// Loads the PKI of `directory`, or makes a new one there.
    ///
    /// A PKI that is there but damaged is an error; nothing is overwritten.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Pki`] if a file is damaged or a key does not belong to its
    /// certificate.
    ///
    /// ```
    /// use issuer::TestPki;
    /// use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let mut rng = ChaCha20Rng::from_seed([7; 32]);
    /// let made = TestPki::load_or_create(folder.path(), &mut rng)?;
    /// let loaded = TestPki::load_or_create(folder.path(), &mut rng)?;
    /// assert_eq!(
    ///     made.country_signing_ca().certificate(),
    ///     loaded.country_signing_ca().certificate(),
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load_or_create(directory: &Path, rng: &mut dyn CryptoRng) -> Result<Self, Error> {
        if certificate_path(directory, COUNTRY_SIGNING_CA).exists() {
            return Self::load(directory);
        }
        let pki = Self::create(rng)?;
        pki.save(directory)?;
        Ok(pki)
    }

    /// Loads the PKI of `directory`.
    ///
    /// # Errors
    /// As [`load_or_create`](Self::load_or_create).
    pub fn load(directory: &Path) -> Result<Self, Error> {
        let authority = |name| load_authority(directory, name);
        let list = |name| Ok::<_, Error>(RevocationList::from_der(&read(&directory.join(name))?)?);
        let link = read_text(&directory.join(LINK))?;
        Ok(Self {
            country_signing_ca: authority(COUNTRY_SIGNING_CA)?,
            successor: authority(SUCCESSOR)?,
            link: Certificate::from_pem(&link)?,
            foreign: authority(FOREIGN)?,
            current: authority(CURRENT)?,
            after_rollover: authority(AFTER_ROLLOVER)?,
            expired: authority(EXPIRED)?,
            revoked: authority(REVOKED)?,
            foreign_signer: authority(FOREIGN_SIGNER)?,
            lists: [list(LIST)?, list(LIST_2)?],
            lost_card_register: authority(REGISTER)?,
        })
    }

    /// Writes the PKI into `directory`, which is made if it is not there. Files of the same names
    /// are replaced.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self, directory: &Path) -> Result<(), Error> {
        make_directory(directory)?;
        let [list, list_2] = &self.lists;
        write_public(&directory.join(LIST), list.as_der())?;
        write_public(&directory.join(LIST_2), list_2.as_der())?;
        write_public(&directory.join(LINK), self.link.to_pem()?.as_bytes())?;
        for (name, authority) in [
            (SUCCESSOR, &self.successor),
            (FOREIGN, &self.foreign),
            (CURRENT, &self.current),
            (AFTER_ROLLOVER, &self.after_rollover),
            (EXPIRED, &self.expired),
            (REVOKED, &self.revoked),
            (FOREIGN_SIGNER, &self.foreign_signer),
            (REGISTER, &self.lost_card_register),
            (COUNTRY_SIGNING_CA, &self.country_signing_ca),
        ] {
            let key = authority.key.expose_pkcs8_pem()?;
            write_secret(&key_path(directory, name), key.as_bytes())?;
            let certificate = authority.certificate.to_pem()?;
            write_public(&certificate_path(directory, name), certificate.as_bytes())?;
        }
        Ok(())
    }
}

fn certificate_path(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.pem"))
}

fn key_path(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.key.pem"))
}

fn load_authority(directory: &Path, name: &str) -> Result<Authority, Error> {
    let certificate = Certificate::from_pem(&read_text(&certificate_path(directory, name))?)?;
    let key = PrivateKey::from_pkcs8_pem(&read_secret(&key_path(directory, name))?)?;
    if key.public_key()? != certificate.public_key()? {
        return Err(pki::Error::KeyMismatch.into());
    }
    Ok(Authority { certificate, key })
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    |source| Error::Io {
        path: path.to_owned(),
        source,
    }
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(io(path))
}

pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(io(path))
}

/// The text of a secret file, wiped when dropped.
pub(crate) fn read_secret(path: &Path) -> Result<zeroize::Zeroizing<String>, Error> {
    read_text(path).map(zeroize::Zeroizing::new)
}

/// Makes a directory that only its owner may enter, and those above it.
pub(crate) fn make_directory(directory: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(io(directory))
}

pub(crate) fn write_public(path: &Path, contents: &[u8]) -> Result<(), Error> {
    write(path, contents, 0o644)
}

pub(crate) fn write_secret(path: &Path, contents: &[u8]) -> Result<(), Error> {
    write(path, contents, 0o600)
}

/// Writes beside the target and renames, so that nobody ever sees half a file, or a secret one that
/// others may read.
fn write(path: &Path, contents: &[u8], mode: u32) -> Result<(), Error> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let written = options
        .open(&beside)
        .and_then(|mut file| file.write_all(contents).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| {
        // Half a file, if any; that it stays behind harms nobody.
        let _ = fs::remove_file(&beside);
        Error::Io {
            path: path.to_owned(),
            source,
        }
    })
}
