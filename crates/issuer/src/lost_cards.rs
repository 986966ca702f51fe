//! The list of lost cards (掛失) over time: a card is reported lost, found again, or cancelled for good.

use std::fs;
use std::path::{Path, PathBuf};

use pki::builder::RevocationListBuilder;
use pki::{RevocationList, RevocationReason, SerialNumber, Time};
use rand_core::CryptoRng;
use secure_channel::EcPublicKey;
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, SectorPublicKey,
};

use crate::citizen_pki::SubjectSerialNumber;
use crate::error::Error;
use crate::profile::CardNumber;
use crate::test_pki::TestPki;
use crate::test_pki::directory::{make_directory, read, read_secret, write_secret};

/// What happens to a card on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostCardChange {
    /// 掛失: it goes on the list until somebody finds it (`certificateHold`).
    ReportLost,
    /// 撤銷掛失: it is found, and not on the next list.
    Reinstate,
    /// 註銷: it goes on the list for good (`cessationOfOperation`), whether it was lost before or not.
    Void,
}

/// What the register of lost cards refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LostCardError {
    /// No card of this number was issued here.
    #[error("no card of this number was issued here")]
    UnknownCard,
    /// What is noted about the card is not what was written.
    #[error("what is noted about the card is damaged")]
    DamagedEntry,
    /// The card is reported lost already.
    #[error("the card is reported lost already")]
    AlreadyLost,
    /// The card is not reported lost.
    #[error("the card is not reported lost")]
    NotLost,
    /// The card was cancelled, and that is for good.
    #[error("the card was cancelled, and that is for good")]
    Voided,
    /// The list is signed by another register.
    #[error("the list was not signed by this register")]
    OtherRegister,
    /// The list was issued later than now.
    #[error("the list in force is of {this_update}, which is later than now")]
    Clock {
        /// When it was issued.
        this_update: Time,
    },
    /// The number of the list cannot be counted up.
    #[error("the number of the list is too large")]
    Number,
}

impl TestPki {
    /// The list that follows `list`, with one card changed: its number is the next one, and it is current from `now` to
    /// `next_update`.
    ///
    /// # Errors
    /// [`Error::LostCard`].
    ///
    /// ```
    /// # use issuer::{CardNumber, LostCardChange, TestPki};
    /// # use pki::Time;
    /// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    /// # let mut rng = ChaCha20Rng::from_seed([7; 32]);
    /// # let pki = TestPki::create(&mut rng)?;
    /// let number = CardNumber::parse("TST123456").ok_or("a card number")?;
    /// let (today, next) = (Time::utc(2026, 11, 25, 8, 0, 0)?, Time::utc(2026, 12, 2, 8, 0, 0)?);
    /// let list = pki.lost_card_list([], &mut rng)?;
    /// let list = pki.change_lost_cards(&list, &number, LostCardChange::ReportLost, (today, next), &mut rng)?;
    /// assert_eq!((list.number(), list.len()), (&[2][..], 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn change_lost_cards(
        &self,
        list: &RevocationList,
        number: &CardNumber,
        change: LostCardChange,
        period: (Time, Time),
        rng: &mut dyn CryptoRng,
    ) -> Result<RevocationList, Error> {
        use RevocationReason::{CertificateHold, CessationOfOperation};
        let serial = SerialNumber::from_be_bytes(number.as_str().as_bytes());
        let present = list.is_revoked(&serial).map(|entry| entry.reason);
        let reason = match (change, present) {
            (_, Some(reason)) if reason != CertificateHold => {
                return Err(LostCardError::Voided.into());
            }
            (LostCardChange::ReportLost, Some(_)) => return Err(LostCardError::AlreadyLost.into()),
            (LostCardChange::Reinstate, None) => return Err(LostCardError::NotLost.into()),
            (LostCardChange::ReportLost, None) => Some(CertificateHold),
            (LostCardChange::Reinstate, Some(_)) => None,
            (LostCardChange::Void, _) => Some(CessationOfOperation),
        };
        self.next_list(list, Some((serial, reason)), period, rng)
    }

    /// The list that follows `list` and says the same: what is published before `list` runs out.
    ///
    /// # Errors
    /// [`Error::LostCard`].
    pub fn renew_lost_cards(
        &self,
        list: &RevocationList,
        period: (Time, Time),
        rng: &mut dyn CryptoRng,
    ) -> Result<RevocationList, Error> {
        self.next_list(list, None, period, rng)
    }

    fn next_list(
        &self,
        list: &RevocationList,
        change: Option<(SerialNumber, Option<RevocationReason>)>,
        (now, next_update): (Time, Time),
        rng: &mut dyn CryptoRng,
    ) -> Result<RevocationList, Error> {
        let register = self.lost_card_register();
        let key = register.certificate().public_key()?;
        list.verify_signature(&key)
            .map_err(|_| LostCardError::OtherRegister)?;
        let this_update = list.this_update();
        if now < this_update {
            return Err(LostCardError::Clock { this_update }.into());
        }
        let number = list.number().iter().try_fold(0u64, |number, byte| {
            number.checked_mul(256)?.checked_add(u64::from(*byte))
        });
        let number = number.and_then(|number| number.checked_add(1));
        let number = number.ok_or(LostCardError::Number)?;
        let mut next = RevocationListBuilder::new(number, now, next_update);
        let changed = change.as_ref().map(|(serial, _)| serial);
        for (serial, entry) in list.iter().filter(|(serial, _)| Some(serial) != changed) {
            next = next.revoke(serial, entry.date, entry.reason);
        }
        if let Some((serial, Some(reason))) = change {
            next = next.revoke(serial, now, reason);
        }
        Ok(next.sign(register.certificate(), register.key(), rng)?)
    }
}

/// Which cards were issued, each with the public key by which its pseudonyms can be revoked, if it has one.
///
/// One file a card in a directory that only its owner may enter. The key is the data object of TR-03110-3 A.2.1.4; a card
/// without one has an empty file.
#[derive(Clone, Debug)]
pub struct CardRegister {
    directory: PathBuf,
}

impl CardRegister {
    /// The register in this directory, which is made with the first card.
    pub fn at(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }

    /// Enters a card. One of the same number takes the place of the one before.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn enter(&self, number: &CardNumber, key: Option<&EcPublicKey>) -> Result<(), Error> {
        make_directory(&self.directory)?;
        let protocol = RestrictedIdentificationProtocol::EcdhSha256;
        let key = key.map(|key| SectorPublicKey::new(protocol, key.clone()));
        let object = key.transpose()?.map(|key| key.to_data_object());
        write_secret(&self.path(number), &object.unwrap_or_default())
    }

    /// Whether the card was issued here.
    pub fn knows(&self, number: &CardNumber) -> bool {
        self.path(number).is_file()
    }

    /// The public key by which the card's pseudonyms can be revoked; `None` for a card that has none.
    ///
    /// # Errors
    /// [`LostCardError::UnknownCard`], [`Error::Io`], [`Error::SecureChannel`] for a damaged entry.
    pub fn revocation_key(&self, number: &CardNumber) -> Result<Option<EcPublicKey>, Error> {
        if !self.knows(number) {
            return Err(LostCardError::UnknownCard.into());
        }
        let object = read(&self.path(number))?;
        if object.is_empty() {
            return Ok(None);
        }
        Ok(Some(SectorPublicKey::parse(&object)?.key().clone()))
    }

    /// Notes by which number certificates call the holder of a card. Those noted before stay: a card of this number may have been certified
    /// and never written, or be somewhere still.
    ///
    /// # Errors
    /// [`Error::Io`]; [`LostCardError::DamagedEntry`].
    pub fn enter_subject(
        &self,
        number: &CardNumber,
        subject: &SubjectSerialNumber,
    ) -> Result<(), Error> {
        let mut subjects = self.subjects(number)?;
        subjects.push(subject.clone());
        let lines: Vec<_> = subjects.iter().map(SubjectSerialNumber::as_str).collect();
        make_directory(&self.directory)?;
        write_secret(&self.subject_path(number), lines.join("\n").as_bytes())
    }

    /// By which numbers certificates call the holder of a card, one for each time that a card of this number was certified, the oldest first;
    /// none for a card without natural-person certificate.
    ///
    /// # Errors
    /// [`Error::Io`]; [`LostCardError::DamagedEntry`].
    pub fn subjects(&self, number: &CardNumber) -> Result<Vec<SubjectSerialNumber>, Error> {
        let path = self.subject_path(number);
        if !path.is_file() {
            return Ok(Vec::new());
        }
        let text = read_secret(&path)?;
        let subjects = text.split('\n').map(SubjectSerialNumber::parse);
        let subjects: Option<_> = subjects.collect();
        Ok(subjects.ok_or(LostCardError::DamagedEntry)?)
    }

    /// Every card, in the order of their numbers. Files of other names are not looked at.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn cards(&self) -> Result<Vec<CardNumber>, Error> {
        let io = |source| Error::Io {
            path: self.directory.clone(),
            source,
        };
        let mut numbers = Vec::new();
        if !self.directory.exists() {
            return Ok(numbers);
        }
        for entry in fs::read_dir(&self.directory).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            numbers.extend(name.to_str().and_then(CardNumber::parse));
        }
        numbers.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        Ok(numbers)
    }

    fn subject_path(&self, number: &CardNumber) -> PathBuf {
        self.directory.join(format!("{}.subject", number.as_str()))
    }

    fn path(&self, number: &CardNumber) -> PathBuf {
        self.directory.join(number.as_str())
    }
}
