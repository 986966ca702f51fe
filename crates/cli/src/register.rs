//! The ministry's folder as whoever keeps its lists sees it: which cards there are, and which are lost.

use std::path::{Path, PathBuf};

use issuer::operator_log::{Action, Begun};
use issuer::{CardRegister, Error, OperatorLog, TestPki};
use pki::{RevocationList, Time};
use rand_core::CryptoRng;

use crate::failure::{CardFault, Failure};
use crate::{files, pki_folder, trust};

/// The operator log of a folder, open and locked.
pub(crate) struct Operator(OperatorLog);

impl Operator {
    pub(crate) fn open(folder: &Path, rng: &mut dyn CryptoRng) -> Result<Self, Failure> {
        let log = OperatorLog::open(&pki_folder::authority(folder), rng);
        Ok(Self(log.map_err(refused)?))
    }

    /// How the log calls a card.
    pub(crate) fn reference(&self, number: &issuer::CardNumber) -> String {
        self.0.reference(number)
    }

    /// Writes down what begins before anything of it is done.
    pub(crate) fn begin(
        &mut self,
        action: Action,
        object: &str,
        rng: &mut dyn CryptoRng,
    ) -> Result<Begun, Failure> {
        let begun = self.0.begin(action, object, trust::now()?, rng);
        begun.map_err(refused)
    }

    pub(crate) fn done(&mut self, begun: Begun, rng: &mut dyn CryptoRng) -> Result<(), Failure> {
        let done = self.0.done(begun, trust::now()?, rng);
        done.map_err(refused)
    }
}

/// Which cards were issued from this folder.
pub(crate) fn cards(folder: &Path) -> CardRegister {
    CardRegister::at(&pki_folder::authority(folder).join("cards"))
}

/// The ministry's own copy of the list of lost cards; the published one may have been replaced.
fn own_list(folder: &Path) -> PathBuf {
    pki_folder::authority(folder).join("lost-cards.crl")
}

/// The list of lost cards in force, an empty one where there is none yet.
pub(crate) fn lost_cards(
    folder: &Path,
    pki: &TestPki,
    rng: &mut dyn CryptoRng,
) -> Result<RevocationList, Failure> {
    let path = own_list(folder);
    if path.exists() {
        return trust::read_list(&path);
    }
    let list = pki.lost_card_list([], rng).map_err(refused)?;
    files::replace(&path, list.as_der())?;
    Ok(list)
}

/// Keeps a new list, and publishes it.
pub(crate) fn publish(folder: &Path, list: &RevocationList) -> Result<PathBuf, Failure> {
    files::replace(&own_list(folder), list.as_der())?;
    let lost_cards = folder.join(pki_folder::LOST_CARDS);
    files::make_folder(&lost_cards)?;
    let published = lost_cards.join(pki_folder::LOST_CARD_LIST);
    files::replace(&published, list.as_der())?;
    Ok(published)
}

/// From now to so many days later.
pub(crate) fn period(days: u32) -> Result<(Time, Time), Failure> {
    let now = trust::now()?;
    let next = now.plus_days(days).map_err(|_| Failure::Date)?;
    Ok((now, next))
}

/// What the issuer says about lists and log.
pub(crate) fn refused(error: Error) -> Failure {
    match error {
        Error::LostCard(error) => CardFault::Refused(error).into(),
        Error::OperatorLog(fault) => CardFault::Log(fault).into(),
        error => Failure::issuing(None, error),
    }
}
