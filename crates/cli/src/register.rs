//! The ministry's folder as whoever keeps its lists sees it: which cards there are, and which are lost.

use std::path::{Path, PathBuf};

use issuer::operator_log::{Action, Begun};
use issuer::{CardNumber, CardRegister, Desk, Error, OperatorLog, Sectors, TestPki};
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
    pub(crate) fn reference(&self, number: &CardNumber) -> String {
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

    /// The desk of a library that writes into the log itself.
    pub(crate) fn desk<'a>(&'a mut self, rng: &'a mut dyn CryptoRng) -> Result<Desk<'a>, Failure> {
        let now = trust::now()?;
        Ok(Desk {
            log: &mut self.0,
            now,
            rng,
        })
    }

    pub(crate) fn done(&mut self, begun: Begun, rng: &mut dyn CryptoRng) -> Result<(), Failure> {
        let done = self.0.done(begun, trust::now()?, rng);
        done.map_err(refused)
    }
}

/// The ministry's keys in a folder that `neweid issue` made.
pub(crate) fn keys(folder: &Path) -> Result<TestPki, Failure> {
    let authority = pki_folder::authority(folder);
    let path = authority.join("lost-card-register.pem");
    if !path.is_file() {
        return Err(CardFault::NoRegister { path }.into());
    }
    TestPki::load(&authority).map_err(refused)
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

/// The sectors in which cards have pseudonyms.
pub(crate) fn sectors(folder: &Path, rng: &mut dyn CryptoRng) -> Result<Sectors, Failure> {
    let directory = pki_folder::authority(folder).join("sectors");
    Sectors::open(&directory, rng).map_err(refused)
}

/// Publishes for every sector which pseudonyms are revoked: those of the cards on this list that have a key for it.
pub(crate) fn publish_sectors(
    folder: &Path,
    list: &RevocationList,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<PathBuf>, Failure> {
    let (sectors, register) = (sectors(folder, rng)?, cards(folder));
    let names = sectors.names().map_err(refused)?;
    let mut keys = Vec::new();
    for (serial, _) in list.iter() {
        let number = std::str::from_utf8(serial.as_bytes()).ok();
        let known = number.and_then(CardNumber::parse);
        if let Some(number) = known.filter(|number| register.knows(number)) {
            keys.extend(register.revocation_key(&number).map_err(refused)?);
        }
    }
    let period = (list.this_update(), list.next_update());
    let mut published = Vec::new();
    for name in names {
        let own = folder.join(pki_folder::SECTORS).join(&name);
        files::make_folder(&own)?;
        let number = number_of(list);
        let list = sectors
            .list(&name, &keys, number, period, rng)
            .map_err(refused)?;
        let anchor = sectors.certificate(&name).map_err(refused)?.to_pem();
        let anchor = anchor.map_err(|error| Failure::issuing(None, error.into()))?;
        files::replace(&own.join("register.pem"), anchor.as_bytes())?;
        let path = own.join("revoked.crl");
        files::replace(&path, list.as_der())?;
        published.push(path);
    }
    Ok(published)
}

/// The number of a list.
pub(crate) fn number_of(list: &RevocationList) -> u64 {
    let bytes = list.number().iter();
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
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
