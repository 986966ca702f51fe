//! The lists that a validation can look into: in memory, or in a file.

use core::fmt;

use x509_cert::name::Name;

use crate::revocation::{RevocationIndex, RevocationList, Status};
use crate::{Certificate, Error, SerialNumber};

/// A revocation list that is at hand. The short ones are held in memory; those of a national CA (5 to 20 MB) may stay in a
/// file and be looked into through an index.
#[derive(Clone, Copy, Debug)]
pub enum AvailableList<'a> {
    /// A list in memory.
    InMemory(&'a RevocationList),
    /// A list in a file.
    Indexed(&'a RevocationIndex),
}

impl<'a> From<&'a RevocationList> for AvailableList<'a> {
    fn from(list: &'a RevocationList) -> Self {
        Self::InMemory(list)
    }
}

impl<'a> From<&'a RevocationIndex> for AvailableList<'a> {
    fn from(list: &'a RevocationIndex) -> Self {
        Self::Indexed(list)
    }
}

impl<'a> AvailableList<'a> {
    /// The list, perhaps without its entries.
    pub(super) fn list(self) -> &'a RevocationList {
        match self {
            Self::InMemory(list) => list,
            Self::Indexed(index) => index.list(),
        }
    }

    /// What it says about a certificate of `issuer`.
    pub(super) fn status(
        self,
        issuer: &Name,
        serial: &SerialNumber,
    ) -> Result<Option<Status>, Error> {
        match self {
            Self::InMemory(list) => Ok(list.status(issuer, serial)),
            // An index is not made of a list that names another issuer's certificates.
            Self::Indexed(index) if !crate::name::same_name(index.list().issuer(), issuer) => {
                Ok(None)
            }
            Self::Indexed(index) => {
                let revocation = index.is_revoked(serial);
                let revocation = revocation.map_err(|_| Error::RevocationListUnreadable)?;
                Ok(revocation.map(Status::Revoked))
            }
        }
    }
}

/// Finds the lists that may speak about a certificate.
type Lookup<'a> = dyn Fn(&Certificate) -> Vec<AvailableList<'a>> + 'a;

/// The lists that were handed in, and where to ask for more.
#[derive(Clone, Default)]
pub(super) struct Lists<'a> {
    pub(super) given: Vec<AvailableList<'a>>,
    pub(super) lookup: Option<&'a Lookup<'a>>,
}

impl<'a> Lists<'a> {
    pub(super) fn about(&self, certificate: &Certificate) -> Vec<AvailableList<'a>> {
        let mut lists = self.given.clone();
        lists.extend(self.lookup.iter().flat_map(|lookup| lookup(certificate)));
        lists
    }
}

impl fmt::Debug for Lists<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lists")
            .field("given", &self.given)
            .field("lookup", &self.lookup.is_some())
            .finish()
    }
}
