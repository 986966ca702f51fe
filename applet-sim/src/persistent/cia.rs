//! The cryptographic information application: its state, PIN2, its keys and what is composed from them.

use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::Persistent;
use crate::{
    access::{
        AccessGrant, ChangePin2, GenerateKey, ReadPublicKey, SelectKey, SwitchApplication,
        UnblockPin2, Update, Use, VerifyPin2,
    },
    attempts::{Attempt, AttemptError, RetryCounter},
    cia::{
        HolderKey, HolderPublicKey, KeyKind, PIN2_DIGITS,
        directory_files::{self, Contents},
    },
    image::{
        ApplicationState, CertRead, PIN2_TRIES,
        records::{self, CIA_STATE, PIN2_SECRET, PIN2_TRIES_LEFT},
    },
    memory::NonVolatileMemory,
    objects::{FileRef, KeyRef, Slot},
    store::{StoreError, Transaction},
};

const PIN2: RetryCounter = RetryCounter {
    record: PIN2_TRIES_LEFT,
    initial: PIN2_TRIES,
};

impl<M: NonVolatileMemory> Persistent<M> {
    /// The state of the application as it shows itself: one that is activated is locked, and so deactivated, as long
    /// as PIN1 is deactivated. The lock follows from that, so that no loss of power comes between. `None` on a card
    /// without the application.
    pub(crate) fn application_state(&self) -> Result<Option<ApplicationState>, StoreError> {
        Ok(match self.stored_state()? {
            Some(ApplicationState::Activated) if !self.pin1_is_active()? => {
                Some(ApplicationState::Deactivated)
            }
            state => state,
        })
    }

    /// What the holder and the issuer have made of it.
    fn stored_state(&self) -> Result<Option<ApplicationState>, StoreError> {
        let Some(record) = self.store.get(CIA_STATE)? else {
            return Ok(None);
        };
        let byte = record.first().copied();
        byte.and_then(ApplicationState::from_status_byte)
            .map(Some)
            .ok_or(StoreError::Corrupt { offset: 0 })
    }

    /// Whether PIN1 is deactivated, which locks the application.
    pub(crate) fn is_application_locked(&self) -> Result<bool, StoreError> {
        Ok(!self.pin1_is_active()?)
    }

    /// Changes the state of the application. What is terminated loses its keys, its certificates and PIN2 in the same
    /// step.
    pub(crate) fn switch_application(
        &mut self,
        grant: AccessGrant<SwitchApplication>,
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::new();
        let state = match grant.action() {
            SwitchApplication::On => ApplicationState::Activated,
            SwitchApplication::Off => ApplicationState::Deactivated,
            SwitchApplication::OffForEver => ApplicationState::Terminated,
        };
        transaction.put(CIA_STATE, [state.status_byte()]);
        if state == ApplicationState::Terminated {
            transaction.remove(PIN2_SECRET);
            transaction.remove(PIN2_TRIES_LEFT);
            for slot in Slot::ALL {
                transaction.remove(records::key(KeyRef::Holder(slot)));
                transaction.remove(records::file(FileRef::certificate(slot)));
            }
            return self.store.commit_and_erase(&transaction);
        }
        self.store.commit(&transaction)
    }

    /// Leaves nothing of a terminated application in the memory, if power went while that was being done.
    pub(super) fn finish_termination(&mut self) -> Result<(), StoreError> {
        match self.stored_state()? {
            Some(ApplicationState::Terminated) => self.store.erase_retired(),
            _ => Ok(()),
        }
    }

    /// Tries left for PIN2; `None` where there is no PIN2.
    pub(crate) fn pin2_tries_left(&self) -> Result<Option<u8>, StoreError> {
        match self.store.length(PIN2_SECRET) {
            Some(_) => PIN2.tries_left(&self.store).map(Some),
            None => Ok(None),
        }
    }

    /// Pays for an attempt at PIN2, before it is compared.
    ///
    /// # Errors
    /// [`AttemptError::Blocked`] if there is no try left.
    pub(crate) fn begin_pin2_attempt(
        &mut self,
        _grant: &AccessGrant<VerifyPin2>,
    ) -> Result<Attempt, AttemptError> {
        PIN2.begin(&mut self.store)
    }

    /// Compares with PIN2 in a time that tells nothing about it, not even its length. It takes an attempt that is paid
    /// for.
    pub(crate) fn is_pin2(&self, _paid: &Attempt, digits: &[u8]) -> Result<bool, StoreError> {
        let stored = self.store.get(PIN2_SECRET)?.unwrap_or_default();
        Ok(padded(&stored).ct_eq(&*padded(digits)).into())
    }

    /// Gives PIN2 a new value.
    pub(crate) fn change_pin2(
        &mut self,
        _grant: AccessGrant<ChangePin2>,
        digits: &[u8],
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::new();
        transaction.put(PIN2_SECRET, digits);
        self.store.commit(&transaction)
    }

    /// Gives PIN2 all its tries, and a new value if there is one, in one step.
    pub(crate) fn unblock_pin2(
        &mut self,
        _grant: AccessGrant<UnblockPin2>,
        digits: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::new();
        if let Some(digits) = digits {
            transaction.put(PIN2_SECRET, digits);
        }
        PIN2.reset(&mut transaction);
        self.store.commit(&transaction)
    }

    /// What kind of key a slot has.
    pub(crate) fn holder_key_kind(
        &self,
        grant: &AccessGrant<SelectKey>,
    ) -> Result<Option<KeyKind>, StoreError> {
        let SelectKey(KeyRef::Holder(slot)) = grant.action() else {
            return Ok(None);
        };
        Ok(self.stored_key(slot)?.map(|key| key.kind()))
    }

    /// A key of the holder.
    pub(crate) fn holder_key(
        &self,
        grant: &AccessGrant<Use>,
    ) -> Result<Option<HolderKey>, StoreError> {
        match grant.action() {
            Use(KeyRef::Holder(slot)) => self.stored_key(slot),
            Use(_) => Ok(None),
        }
    }

    /// The public half of a key of the holder.
    pub(crate) fn holder_public_key(
        &self,
        grant: &AccessGrant<ReadPublicKey>,
    ) -> Result<Option<HolderPublicKey>, StoreError> {
        let ReadPublicKey(slot) = grant.action();
        self.public_key(slot)
    }

    /// The public half of the key that a certificate must certify to be written.
    pub(crate) fn key_to_certify(
        &self,
        grant: &AccessGrant<Update>,
    ) -> Result<Option<HolderPublicKey>, StoreError> {
        let Update(file) = grant.action();
        match file.slot() {
            Some(slot) => self.public_key(slot),
            None => Ok(None),
        }
    }

    /// Puts a certificate in its place.
    pub(crate) fn set_certificate(
        &mut self,
        grant: &AccessGrant<Update>,
        certificate: &[u8],
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::new();
        transaction.put(records::file(grant.action().0), certificate);
        self.store.commit(&transaction)
    }

    /// Replaces the key of a slot. Its certificate was the old key's and goes with it, in the same step.
    pub(crate) fn replace_holder_key(
        &mut self,
        grant: AccessGrant<GenerateKey>,
        key: &HolderKey,
    ) -> Result<(), StoreError> {
        let GenerateKey(slot) = grant.action();
        let mut transaction = Transaction::new();
        let record = records::key(KeyRef::Holder(slot));
        transaction.put(record, key.to_record().as_slice());
        transaction.remove(records::file(FileRef::certificate(slot)));
        self.store.commit(&transaction)
    }

    /// The bytes of a directory file, made now; `None` for a file that is stored.
    pub(super) fn composed(&self, file: FileRef) -> Result<Option<Vec<u8>>, StoreError> {
        if !directory_files::is_composed(file) {
            return Ok(None);
        }
        let mut keys = Vec::new();
        for slot in Slot::ALL {
            if let Some(key) = self.public_key(slot)? {
                keys.push((slot, key));
            }
        }
        let has_certificate = |slot: &Slot| {
            let record = records::file(FileRef::certificate(*slot));
            self.store.length(record).is_some()
        };
        let contents = Contents {
            keys,
            certificates: Slot::ALL.into_iter().filter(has_certificate).collect(),
            pin2: self.store.length(PIN2_SECRET).is_some(),
            certificates_after_pace: self.options.cert_read == CertRead::AfterPace,
        };
        Ok(contents.compose(file))
    }

    fn public_key(&self, slot: Slot) -> Result<Option<HolderPublicKey>, StoreError> {
        let Some(key) = self.stored_key(slot)? else {
            return Ok(None);
        };
        let public = key.public_key();
        public
            .map(Some)
            .map_err(|_| StoreError::Corrupt { offset: 0 })
    }

    fn stored_key(&self, slot: Slot) -> Result<Option<HolderKey>, StoreError> {
        let Some(record) = self.store.get(records::key(KeyRef::Holder(slot)))? else {
            return Ok(None);
        };
        HolderKey::from_record(&record)
            .map(Some)
            .ok_or(StoreError::Corrupt { offset: 0 })
    }
}

/// As long for every PIN2: no digit is FF.
fn padded(digits: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut padded = Zeroizing::new(Vec::with_capacity(*PIN2_DIGITS.end()));
    padded.extend(digits.iter().copied().take(*PIN2_DIGITS.end()));
    padded.resize(*PIN2_DIGITS.end(), 0xFF);
    padded
}
