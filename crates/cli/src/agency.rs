//! The certificates of agencies' terminals as files, and in words.

pub(crate) mod object;
pub(crate) mod sector;
pub(crate) mod visit;
pub(crate) mod words;

use std::path::{Path, PathBuf};

use cvc::{CertificateHolderReference, Date};
use host_lib::{TrustStore, Verifier};
use issuer::{AgencyPki, Error, Grant, Validity};

use crate::arguments::agency::{Ministry, RightName, Rights};
use crate::commands::issue::system_randomness;
use crate::document::agency::Object;
use crate::failure::{AgencyFault, Failure};
use crate::register::Operator;
use crate::{pki_folder, trust};

/// What the names of files end in.
pub(crate) const CERTIFICATE: &str = ".cvcert";
pub(crate) const CHAIN: &str = ".chain";
pub(crate) const REQUEST: &str = ".cvreq";
pub(crate) const DESCRIPTION: &str = ".description";
pub(crate) const KEY: &str = ".key.pem";

/// A file of this holder.
pub(crate) fn file(folder: &Path, holder: CertificateHolderReference, ending: &str) -> PathBuf {
    folder.join(format!("{holder}{ending}"))
}

/// The folder that holds this file.
pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or_else(|| Path::new(""))
}

/// Today in Taiwan.
pub(crate) fn today() -> Result<Date, Failure> {
    let nobody = TrustStore::new();
    let today = Verifier::new(&nobody, trust::now()?).today();
    let today = today.ok_or(Failure::Date)?;
    Date::try_from(today).map_err(|_| Failure::Date)
}

/// A day as ISO 8601 writes it.
pub(crate) fn day(text: &str) -> Result<Date, Failure> {
    let (year, month, day) = trust::calendar_day(text)?;
    Date::new(year, month, day).map_err(|_| Failure::Date)
}

/// The ministry's agency PKI, which is there already.
pub(crate) struct Office {
    pub(crate) pki: AgencyPki,
    /// Locked, so that two operators issue one after the other.
    pub(crate) operator: Operator,
    pub(crate) folder: PathBuf,
    pub(crate) today: Date,
}

impl Office {
    pub(crate) fn open(ministry: &Ministry) -> Result<Self, Failure> {
        let folder = pki_folder::agencies(&ministry.folder);
        if !folder.is_dir() {
            return Err(AgencyFault::NoPki { path: folder }.into());
        }
        let operator = Operator::open(&ministry.folder, &mut system_randomness())?;
        let pki = AgencyPki::load(&folder).map_err(refused)?;
        let today = ministry.on.as_deref().map_or_else(today, day)?;
        Ok(Self {
            pki,
            operator,
            folder,
            today,
        })
    }

    /// Keeps what was issued. Nothing is overwritten.
    pub(crate) fn save(&self) -> Result<(), Failure> {
        self.pki.save(&self.folder).map_err(refused)
    }
}

impl Ministry {
    /// The validity that was asked for, or the usual one.
    pub(crate) fn validity(&self, first: Date, usual: u32) -> Result<Validity, Failure> {
        let validity = match &self.until {
            Some(last) => Validity::new(first, day(last)?),
            None => Validity::days(first, self.days.unwrap_or(usual)),
        };
        validity.map_err(refused)
    }
}

impl Rights {
    /// Exactly these.
    pub(crate) fn grant(&self) -> Grant {
        self.over(Grant::default())
    }

    /// These in the place of those of the same kind; a kind that was not named stays as it is.
    pub(crate) fn over(&self, mut grant: Grant) -> Grant {
        if let Some(groups) = &self.groups {
            grant.groups = groups.iter().copied().collect();
        }
        if let Some(rights) = &self.rights {
            grant.rights = rights.iter().filter_map(|name| name.right()).collect();
        }
        if let Some(updates) = &self.update {
            grant.updates = updates.iter().copied().collect();
        }
        grant
    }
}

impl RightName {
    /// The bit that says so.
    const fn right(self) -> Option<cvc::Right> {
        use cvc::Right;
        Some(match self {
            Self::Validity => return None,
            Self::Age => Right::AgeVerification,
            Self::Community => Right::CommunityVerification,
            Self::Pseudonym => Right::RestrictedIdentification,
            Self::CanAllowed => Right::CanAllowed,
            Self::PinManagement => Right::PinManagement,
            Self::Privileged => Right::PrivilegedTerminal,
            Self::InstallCertificate => Right::InstallCertificate,
            Self::InstallQualifiedCertificate => Right::InstallQualifiedCertificate,
        })
    }
}

/// What the issuer says about a grant.
pub(crate) fn refused(error: Error) -> Failure {
    match error {
        Error::Agency(error) => AgencyFault::Refused(error).into(),
        Error::Io { path, source } => Failure::file(&path, source),
        Error::Cvc(cvc::Error::Malformed {
            field: cvc::Field::CertificateExpirationDate,
            ..
        }) => AgencyFault::NoTime.into(),
        error => Failure::Issuing(error),
    }
}

/// The objects of files that were just written, as `agency show` shows them.
pub(crate) fn objects(path: &Path, contents: &[u8]) -> Result<Vec<Object>, Failure> {
    let objects = object::read_all(path, contents)?;
    Ok(objects.iter().map(|object| object.describe(path)).collect())
}
