//! The agency PKI in a directory: certificates as DER, keys as PEM that only their owner may read.
//!
//! Each file is named after the certificate's holder, and none is ever written again: what was issued stays, and what is
//! issued next has another name. So a directory can be saved to after every certificate, and two PKIs cannot be mixed up.

use std::fs;
use std::path::{Path, PathBuf};

use cvc::{CertificateHolderReference, CvCertificate, Date, PublicKey, Role, TrustPoint};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::error::AgencyError;
use super::key_file::{expose_signing_key_pem, signing_key_from_pem};
use super::{AgencyPki, CvAuthority, Successor};
use crate::error::Error;
use crate::test_pki::directory::{make_directory, read, read_secret, write_public, write_secret};

/// What the names of certificates end in, as other software for such certificates has it.
const CERTIFICATE: &str = ".cvcert";
const LINK: &str = ".link.cvcert";
const KEY: &str = ".key.pem";

impl AgencyPki {
    /// Loads the PKI of `directory`, or makes a new one there if it holds no certificate.
    ///
    /// # Errors
    /// As [`AgencyPki::load`], [`AgencyPki::create`] and [`AgencyPki::save`].
    ///
    /// ```
    /// use cvc::Date;
    /// use issuer::AgencyPki;
    /// use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (mut rng, today) = (ChaCha20Rng::from_seed([7; 32]), Date::new(2026, 11, 25)?);
    /// let made = AgencyPki::load_or_create(folder.path(), &mut rng, today)?;
    /// let loaded = AgencyPki::load_or_create(folder.path(), &mut rng, today)?;
    /// assert_eq!(made.cvca().certificate(), loaded.cvca().certificate());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load_or_create(
        directory: &Path,
        rng: &mut dyn CryptoRng,
        today: Date,
    ) -> Result<Self, Error> {
        if directory.exists() && !certificate_files(directory)?.is_empty() {
            return Self::load(directory);
        }
        let pki = Self::create(rng, today)?;
        pki.save(directory)?;
        Ok(pki)
    }

    /// Loads the PKI of `directory`. Every signature is verified, and every key held against its certificate.
    ///
    /// # Errors
    /// [`Error::Io`]; [`AgencyError::Damaged`] with the file that cannot be read or does not belong to the others.
    pub fn load(directory: &Path) -> Result<Self, Error> {
        let mut files = Files::read(directory)?;
        let mut cvcas = core::mem::take(&mut files.cvcas).into_iter();
        let Some(first) = cvcas.next() else {
            return Err(damaged(directory, "there is no CVCA"));
        };
        let mut pki = Self {
            first: first.authority(directory)?,
            successors: Vec::new(),
            document_verifiers: Vec::new(),
            terminals: Vec::new(),
        };
        pki.check_cvca(&first)?;
        for file in cvcas {
            let link = file.path_of(directory, LINK);
            let link = files.links.iter().find(|known| known.path == link);
            let link =
                link.ok_or_else(|| damaged(&file.path, "its link certificate is missing"))?;
            link.check_signature([pki.cvca()])?;
            if link.certificate.body().public_key != file.certificate.body().public_key {
                return Err(damaged(&link.path, "it is not about the CVCA's next key"));
            }
            pki.successors.push(Successor {
                link: link.certificate.clone(),
                authority: file.authority(directory)?,
            });
            pki.check_cvca(&file)?;
        }
        let known = |link: &File| {
            let mut links = pki.link_certificates();
            links.any(|known| *known == link.certificate)
        };
        if let Some(stray) = files.links.iter().find(|link| !known(link)) {
            return Err(damaged(&stray.path, "the CVCA that it leads to is missing"));
        }
        for file in files.document_verifiers {
            file.check_signature(pki.cvcas())?;
            pki.document_verifiers.push(file.authority(directory)?);
        }
        for file in files.terminals {
            file.check_signature(pki.document_verifiers())?;
            pki.terminals.push(file.certificate);
        }
        Ok(pki)
    }

    /// The CVCA loaded last, and its number among them, from which the next one's follows.
    fn check_cvca(&self, file: &File) -> Result<(), Error> {
        TrustPoint::from_self_signed(self.cvca().certificate())
            .map_err(|error| damaged(&file.path, error))?;
        let expected = super::reference(Self::CVCA, self.cvcas().count() as u32)?;
        if self.cvca().reference() != expected {
            let reason = format!("there should be {expected}");
            return Err(damaged(&file.path, reason));
        }
        Ok(())
    }

    /// Writes into `directory` what is not there yet, and makes it if it does not exist. What is there is left as it is;
    /// if something there is another's, nothing is written.
    ///
    /// # Errors
    /// [`AgencyError::Exists`] with the first file whose contents are others, [`Error::Io`].
    pub fn save(&self, directory: &Path) -> Result<(), Error> {
        make_directory(directory)?;
        let path = |holder, ending| directory.join(format!("{holder}{ending}"));
        let mut files = Vec::new();
        let links = self.link_certificates().map(Some);
        for (cvca, link) in self.cvcas().zip(core::iter::once(None).chain(links)) {
            let holder = cvca.reference();
            files.push((
                path(holder, KEY),
                Contents::Key(expose_signing_key_pem(&cvca.key)?),
            ));
            files.extend(link.map(|link| (path(holder, LINK), Contents::of(link))));
            files.push((path(holder, CERTIFICATE), Contents::of(&cvca.certificate)));
        }
        for dv in &self.document_verifiers {
            let holder = dv.reference();
            files.push((
                path(holder, KEY),
                Contents::Key(expose_signing_key_pem(&dv.key)?),
            ));
            files.push((path(holder, CERTIFICATE), Contents::of(&dv.certificate)));
        }
        for terminal in &self.terminals {
            let path = path(terminal.holder(), CERTIFICATE);
            files.push((path, Contents::of(terminal)));
        }
        let mut missing = Vec::new();
        for (path, contents) in files {
            if !path.exists() {
                missing.push((path, contents));
            } else if !contents.is_in(&path)? {
                return Err(AgencyError::Exists { path }.into());
            }
        }
        let mut missing = missing.iter();
        missing.try_for_each(|(path, contents)| contents.write(path))
    }
}

/// What a file holds.
enum Contents {
    Certificate(Vec<u8>),
    Key(Zeroizing<String>),
}

impl Contents {
    fn of(certificate: &CvCertificate) -> Self {
        Self::Certificate(certificate.to_bytes())
    }

    fn is_in(&self, path: &Path) -> Result<bool, Error> {
        Ok(match self {
            Self::Certificate(certificate) => read(path)? == *certificate,
            Self::Key(key) => read_secret(path)? == *key,
        })
    }

    fn write(&self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Certificate(certificate) => write_public(path, certificate),
            Self::Key(key) => write_secret(path, key.as_bytes()),
        }
    }
}

/// A certificate in a file.
struct File {
    path: PathBuf,
    certificate: CvCertificate,
}

impl File {
    fn holder(&self) -> CertificateHolderReference {
        self.certificate.holder()
    }

    fn path_of(&self, directory: &Path, ending: &str) -> PathBuf {
        directory.join(format!("{}{ending}", self.holder()))
    }

    /// With its key, which lies beside it.
    fn authority(&self, directory: &Path) -> Result<CvAuthority, Error> {
        let path = self.path_of(directory, KEY);
        let key = signing_key_from_pem(&read_secret(&path)?);
        let key = key.map_err(|reason| damaged(&path, reason))?;
        let public = key.verifying_key();
        let expected = &self.certificate.body().public_key;
        if *expected != PublicKey::explicit(public) && *expected != PublicKey::inheriting(public) {
            return Err(damaged(&path, "the key does not belong to the certificate"));
        }
        Ok(CvAuthority {
            certificate: self.certificate.clone(),
            key,
        })
    }

    /// That one of these has signed it.
    fn check_signature<'a>(
        &self,
        authorities: impl IntoIterator<Item = &'a CvAuthority>,
    ) -> Result<(), Error> {
        let name = self.certificate.authority();
        let mut authorities = authorities.into_iter();
        let authority = authorities
            .find(|authority| name == authority.reference())
            .ok_or_else(|| damaged(&self.path, format!("its authority {name} is missing")))?;
        self.certificate
            .verify_signature(authority.key.verifying_key())
            .map_err(|error| damaged(&self.path, error))
    }
}

/// The certificates of a directory by what they are, and then by name, so that what has one mnemonic is in the order in
/// which it was issued.
#[derive(Default)]
struct Files {
    cvcas: Vec<File>,
    links: Vec<File>,
    document_verifiers: Vec<File>,
    terminals: Vec<File>,
}

impl Files {
    fn read(directory: &Path) -> Result<Self, Error> {
        let mut files = Self::default();
        for path in certificate_files(directory)? {
            let certificate = CvCertificate::parse(&read(&path)?);
            let certificate = certificate.map_err(|error| damaged(&path, error))?;
            let role = certificate.role();
            let is_link = role == Role::Cvca && certificate.authority() != certificate.holder();
            let file = File { path, certificate };
            if file.path != file.path_of(directory, if is_link { LINK } else { CERTIFICATE }) {
                return Err(damaged(&file.path, "it is not named after its holder"));
            }
            match role {
                Role::Cvca if is_link => files.links.push(file),
                Role::Cvca => files.cvcas.push(file),
                Role::DvDomestic | Role::DvForeign => files.document_verifiers.push(file),
                Role::Terminal => files.terminals.push(file),
            }
        }
        Ok(files)
    }
}

/// The certificates' files, in the order of their names.
fn certificate_files(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let io = |source| Error::Io {
        path: directory.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        if name
            .to_str()
            .is_some_and(|name| name.ends_with(CERTIFICATE))
        {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn damaged(path: &Path, reason: impl ToString) -> Error {
    let (path, reason) = (path.to_owned(), reason.to_string());
    AgencyError::Damaged { path, reason }.into()
}
