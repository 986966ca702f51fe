//! The natural-person PKI of the ministry's folder: certificates for cards, and what is published about them.

use std::path::{Path, PathBuf};

use issuer::{
    CitizenPki, Desk, Error, ListIssuer, LostCardChange, Publication, SubjectSerialNumber,
};
use pki::{RevocationList, RevocationReason, SerialNumber};
use rand_core::CryptoRng;

use crate::failure::{CaFault, Failure};
use crate::files;
use crate::pki_folder;
use crate::register::{self, Operator};
use crate::trust;

/// Where lists and certificates of a new PKI will be found, unless somebody says it. A name that leads nowhere (RFC 6761 §6.4).
pub(crate) const PUBLISH_AT: &str = "http://citizen-pki.invalid/";

/// Days until the lists that `neweid issue` publishes are due.
const DAYS: u32 = 7;

/// The PKI and the operator's log, both locked.
pub(crate) struct Office {
    pub(crate) pki: CitizenPki,
    pub(crate) operator: Operator,
    public: PathBuf,
}

/// A list that was published, and where.
pub(crate) struct Published {
    pub(crate) file: PathBuf,
    pub(crate) list: RevocationList,
}

impl Office {
    /// The PKI of this folder.
    pub(crate) fn open(folder: &Path, operator: Operator) -> Result<Self, Failure> {
        let path = pki_folder::citizens(folder);
        if !path.is_dir() {
            return Err(CaFault::NoPki { path }.into());
        }
        let pki = CitizenPki::open(&path).map_err(refused)?;
        Ok(Self::with(pki, folder, operator))
    }

    /// The PKI of this folder, or a new one in it.
    pub(crate) fn open_or_begin(
        folder: &Path,
        publish_at: &str,
        mut operator: Operator,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Failure> {
        if exists(folder) {
            return Self::open(folder, operator);
        }
        let publication = Publication::at(publish_at).map_err(refused)?;
        let path = pki_folder::citizens(folder);
        let pki = CitizenPki::open_or_create(&path, &publication, &mut operator.desk(rng)?);
        Ok(Self::with(pki.map_err(refused)?, folder, operator))
    }

    fn with(pki: CitizenPki, folder: &Path, operator: Operator) -> Self {
        Self {
            pki,
            operator,
            public: folder.join(pki_folder::CITIZENS),
        }
    }

    /// Does something that the log has to know of.
    pub(crate) fn act<T>(
        &mut self,
        rng: &mut dyn CryptoRng,
        action: impl FnOnce(&mut CitizenPki, &mut Desk<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let mut desk = self.operator.desk(rng)?;
        action(&mut self.pki, &mut desk).map_err(refused)
    }

    /// What happens to a card happens to the certificates of its holder, under each number that they call him by: a lost one's are suspended
    /// until it is found. Answers with their serial numbers.
    pub(crate) fn follow(
        &mut self,
        change: LostCardChange,
        holder: &[SubjectSerialNumber],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<SerialNumber>, Failure> {
        let certificates = self.pki.certificates();
        let of_holder = certificates.filter(|it| holder.contains(it.subject().serial_number()));
        let serials: Vec<_> = of_holder
            .map(|it| it.certificate().serial_number())
            .collect();
        let mut changed = Vec::new();
        for serial in serials {
            let reason = self.pki.revocation(&serial).map(|it| it.reason);
            let on_hold = reason == Some(RevocationReason::CertificateHold);
            let in_force = reason.is_none();
            let new_reason = match change {
                LostCardChange::ReportLost if in_force => Some(RevocationReason::CertificateHold),
                LostCardChange::Reinstate if on_hold => None,
                LostCardChange::Void if in_force || on_hold => {
                    Some(RevocationReason::CessationOfOperation)
                }
                _ => continue,
            };
            self.act(rng, |pki, desk| match new_reason {
                Some(reason) => pki.revoke(&serial, reason, desk.now, desk),
                None => pki.release(&serial, desk),
            })?;
            changed.push(serial);
        }
        Ok(changed)
    }

    /// Signs and publishes the lists if there are none, or if they are overdue.
    pub(crate) fn publish_if_due(&mut self, rng: &mut dyn CryptoRng) -> Result<(), Failure> {
        let now = trust::now()?;
        let current = |issuer| {
            let list = self.pki.list(issuer);
            list.is_some_and(|list| now < list.next_update())
                && self.public.join(format!("{issuer}.crl")).is_file()
        };
        match self.issuers().into_iter().all(current) {
            true => Ok(()),
            false => self.publish(DAYS, rng).map(drop),
        }
    }

    /// Signs the next list of every authority, and publishes it with the authority's certificate, under the names that stand in the
    /// certificates.
    pub(crate) fn publish(
        &mut self,
        days: u32,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Published>, Failure> {
        files::make_folder(&self.public)?;
        let (_, next_update) = register::period(days)?;
        let authorities = [self.pki.root()].into_iter().chain(self.pki.generations());
        let authorities: Vec<_> = authorities.map(|it| it.as_der().to_vec()).collect();
        let mut published = Vec::new();
        for (issuer, certificate) in self.issuers().into_iter().zip(authorities) {
            let list = self.act(rng, |pki, desk| pki.publish_list(issuer, next_update, desk))?;
            files::replace(&self.public.join(format!("{issuer}.crt")), &certificate)?;
            let file = self.public.join(format!("{issuer}.crl"));
            files::replace(&file, list.as_der())?;
            published.push(Published { file, list });
        }
        Ok(published)
    }

    /// The root, then the generations from the oldest.
    fn issuers(&self) -> Vec<ListIssuer> {
        let generations = (1..).take(self.pki.generations().len());
        let generations = generations.map(ListIssuer::Generation);
        [ListIssuer::Root].into_iter().chain(generations).collect()
    }
}

/// Whether the folder has a natural-person PKI.
pub(crate) fn exists(folder: &Path) -> bool {
    pki_folder::citizens(folder).join("root.crt").exists()
}

/// What the issuer says.
pub(crate) fn refused(error: Error) -> Failure {
    match error {
        Error::Certification(error) => CaFault::Refused(error).into(),
        error => register::refused(error),
    }
}
