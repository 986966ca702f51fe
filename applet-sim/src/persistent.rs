//! The card's contents: what survives without power. Files and keys come out against an
//! [`AccessGrant`] only.

mod cia;

use core::time::Duration;

use alloc::vec::Vec;
use cvc::TrustPoints;
use secure_channel::{EcPrivateKey, Password, PasswordId};
use zeroize::Zeroizing;

use crate::{
    access::{
        AccessGrant, ChangePin1, Compare, Read, SelectKey, SwitchPin1, UnblockPin1, Update, Use,
        Verify,
    },
    attempts::{Attempt, AttemptError, FailureCounter, RetryCounter},
    image::{
        CertRead, ChipAuthenticationKey, LifeCycle, Lockout, Options, PIN1_TRIES, PUK_TRIES,
        TRANSPORT_PIN_DIGITS,
        records::{self, LIFE_CYCLE, OPTIONS, PIN1_ACTIVE, TRUST_POINTS},
    },
    memory::{MemoryError, NonVolatileMemory, Supply},
    objects::{FileRef, KeyRef},
    security_status::CardStatus,
    store::{Store, StoreError, Transaction},
    update,
};

/// The state of a password, as MSE:Set AT reports it (TR-03110-3 B.14.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordState {
    /// Usable, with all its tries or of the kind that never blocks.
    Usable,
    /// Usable, with fewer tries than at first, but more than one.
    TriesUsed(u8),
    /// One try left: it must be resumed with the CAN.
    Suspended,
    /// No try left.
    Blocked,
    /// Switched off.
    Deactivated,
}

/// How attempts at a password are counted.
enum Counter {
    Blocking(RetryCounter),
    Delaying(FailureCounter),
}

/// The contents of a card over its memory.
pub(crate) struct Persistent<M> {
    store: Store<Supply<M>>,
    options: Options,
}

impl<M: NonVolatileMemory> Persistent<M> {
    /// Opens a personalised memory.
    ///
    /// # Errors
    /// Any [`StoreError`]; the memory is then left as it was.
    pub(crate) fn open(memory: M) -> Result<Self, StoreError> {
        let store = Store::open(Supply::new(memory))?;
        let options = options(&store)?;
        Ok(Self { store, options })
    }

    /// Reads everything anew after power-up.
    ///
    /// # Errors
    /// As for [`open`](Self::open); every use fails until a later call succeeds.
    pub(crate) fn recover(&mut self) -> Result<(), StoreError> {
        self.store.recover()?;
        self.options = options(&self.store)?;
        self.finish_termination()
    }

    pub(crate) fn memory(&self) -> &M {
        self.supply().memory()
    }

    pub(crate) fn memory_mut(&mut self) -> &mut M {
        self.supply_mut().memory_mut()
    }

    pub(crate) fn into_memory(self) -> M {
        self.store.into_memory().into_memory()
    }

    pub(crate) fn supply(&self) -> &Supply<M> {
        self.store.memory()
    }

    pub(crate) fn supply_mut(&mut self) -> &mut Supply<M> {
        self.store.memory_mut()
    }

    /// What the issuer chose.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn life_cycle(&self) -> Result<LifeCycle, StoreError> {
        life_cycle(&self.store)
    }

    /// The facts about the card that access rules ask for.
    pub(crate) fn status(&self) -> Result<CardStatus, StoreError> {
        Ok(CardStatus {
            operational: self.life_cycle()? == LifeCycle::Operational,
            locked: self.options.lockout == Lockout::Card && PIN1.tries_left(&self.store)? == 0,
            icao_can: self.options.icao_can,
            certificates_after_pace: self.options.cert_read == CertRead::AfterPace,
        })
    }

    /// Whether the card has an ICAO application; the same for a whole batch.
    pub(crate) fn has_icao_application(&self) -> bool {
        self.store
            .length(records::file(FileRef::ICAO_COM))
            .is_some()
    }

    /// Length of a file in bytes; `None` if the card does not have it.
    ///
    /// # Errors
    /// If a file that is composed cannot be.
    pub(crate) fn file_length(
        &self,
        grant: &AccessGrant<Read>,
    ) -> Result<Option<usize>, StoreError> {
        let Read(file) = grant.action();
        match self.composed(file)? {
            Some(contents) => Ok(Some(contents.len())),
            None => Ok(self.store.length(records::file(file))),
        }
    }

    /// Fills `buffer` with the bytes of a file from `offset` on.
    ///
    /// # Errors
    /// If that reaches past the end, or the memory fails.
    pub(crate) fn read_file(
        &self,
        grant: &AccessGrant<Read>,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<(), StoreError> {
        let Read(file) = grant.action();
        let Some(contents) = self.composed(file)? else {
            return self.store.read(records::file(file), offset, buffer);
        };
        let end = offset.saturating_add(buffer.len());
        let part = contents.get(offset..end).ok_or(MemoryError::OutOfRange {
            offset,
            length: buffer.len(),
        })?;
        buffer.copy_from_slice(part);
        Ok(())
    }

    /// Whether the card has a file that may be updated, or for a certificate the key that it is for.
    pub(crate) fn has_file(&self, grant: &AccessGrant<Update>) -> bool {
        let Update(file) = grant.action();
        let record = match file.slot() {
            Some(slot) => records::key(KeyRef::Holder(slot)),
            None => records::file(file),
        };
        self.store.length(record).is_some()
    }

    /// The hash of a file, whoever may read it: for whoever may replace EF.SOD, which has the hashes of
    /// all groups. `None` if the card does not have the file.
    pub(crate) fn hash_file(
        &self,
        _sod: &AccessGrant<Update>,
        file: FileRef,
        hash: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let contents = self.store.get(records::file(file))?;
        Ok(contents.map(|contents| hash(&contents)))
    }

    /// Gives files new contents, all of them in one step, and with them the answers that follow from them.
    pub(crate) fn replace_files(
        &mut self,
        files: Vec<(AccessGrant<Update>, &[u8])>,
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::new();
        for (grant, contents) in &files {
            let file = grant.action().0;
            transaction.put(records::file(file), *contents);
            for (kind, answer) in update::reference_data(file, contents) {
                match answer {
                    Some(answer) => transaction.put(records::reference_data(kind), answer),
                    None => transaction.remove(records::reference_data(kind)),
                }
            }
        }
        self.store.commit(&transaction)
    }

    /// The value of a password, for PACE; `None` if the card has none of this kind.
    pub(crate) fn password(
        &self,
        grant: &AccessGrant<Verify>,
    ) -> Result<Option<Password>, StoreError> {
        let Verify(id) = grant.action();
        let secret = self.store.get(records::secret(id))?;
        Ok(secret.and_then(|secret| Password::from_encoded(id, &secret).ok()))
    }

    /// The state of a password. The standard has the chip tell it to anyone.
    pub(crate) fn password_state(&self, id: PasswordId) -> Result<PasswordState, StoreError> {
        let Counter::Blocking(counter) = counter(id) else {
            return Ok(PasswordState::Usable);
        };
        if id == PasswordId::Pin && !self.pin1_is_active()? {
            return Ok(PasswordState::Deactivated);
        }
        Ok(match counter.tries_left(&self.store)? {
            0 => PasswordState::Blocked,
            1 => PasswordState::Suspended,
            tries if tries < counter.initial => PasswordState::TriesUsed(tries),
            _ => PasswordState::Usable,
        })
    }

    /// True while PIN1 is the transport PIN.
    pub(crate) fn has_transport_pin(&self) -> bool {
        self.store.length(records::secret(PasswordId::Pin)) == Some(TRANSPORT_PIN_DIGITS)
    }

    /// How long the chip has to wait before it begins a run of PACE with this password.
    pub(crate) fn delay(&self, id: PasswordId) -> Result<Duration, StoreError> {
        match counter(id) {
            Counter::Delaying(counter) => counter.delay(&self.store),
            Counter::Blocking(_) => Ok(Duration::ZERO),
        }
    }

    /// Pays for an attempt at a password, before it is compared.
    ///
    /// # Errors
    /// [`AttemptError::Blocked`] if there is no try left.
    pub(crate) fn begin_attempt(&mut self, id: PasswordId) -> Result<Attempt, AttemptError> {
        match counter(id) {
            Counter::Blocking(counter) => counter.begin(&mut self.store),
            Counter::Delaying(counter) => counter.begin(&mut self.store),
        }
    }

    /// Restores the counter of a password that was right.
    pub(crate) fn succeed(&mut self, attempt: Attempt) -> Result<(), StoreError> {
        attempt.succeed(&mut self.store)
    }

    /// Whether the card has this key.
    pub(crate) fn has_key(&self, grant: &AccessGrant<SelectKey>) -> Result<bool, StoreError> {
        let record = self.store.get(records::key(grant.action().0))?;
        Ok(record.is_some())
    }

    /// A key with nothing but itself in its record.
    pub(crate) fn key(&self, grant: &AccessGrant<Use>) -> Result<Option<EcPrivateKey>, StoreError> {
        let record = self.store.get(records::key(grant.action().0))?;
        Ok(record.and_then(|record| records::key_from_record(&record)))
    }

    /// The key for Chip Authentication, with what belongs to it; `None` for a grant for another
    /// key.
    pub(crate) fn chip_authentication_key(
        &self,
        grant: &AccessGrant<Use>,
    ) -> Result<Option<ChipAuthenticationKey>, StoreError> {
        let Use(key @ KeyRef::ChipIndividual) = grant.action() else {
            return Ok(None);
        };
        let record = self.store.get(records::key(key))?;
        Ok(record.and_then(|record| ChipAuthenticationKey::from_record(&record)))
    }

    /// What the terminal's auxiliary data are compared with; `None` if the card does not know it.
    pub(crate) fn reference_data(
        &self,
        grant: &AccessGrant<Compare>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.store.get(records::reference_data(grant.action().0))
    }

    /// Gives PIN1 a new value and all its tries, in one step.
    pub(crate) fn change_pin1(
        &mut self,
        _grant: AccessGrant<ChangePin1>,
        pin: &Zeroizing<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::new();
        transaction.put(records::secret(PasswordId::Pin), pin.as_slice());
        PIN1.reset(&mut transaction);
        self.store.commit(&transaction)
    }

    /// Gives PIN1 all its tries.
    pub(crate) fn unblock_pin1(
        &mut self,
        _grant: AccessGrant<UnblockPin1>,
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::new();
        PIN1.reset(&mut transaction);
        self.store.commit(&transaction)
    }

    /// Activates or deactivates PIN1.
    pub(crate) fn switch_pin1(&mut self, grant: AccessGrant<SwitchPin1>) -> Result<(), StoreError> {
        let mut transaction = Transaction::new();
        transaction.put(
            PIN1_ACTIVE,
            [u8::from(matches!(grant.action(), SwitchPin1::On))],
        );
        self.store.commit(&transaction)
    }

    /// The certification authorities whose terminals the card accepts, and its date; `None` where the
    /// issuer gave it none.
    pub(crate) fn trust_points(&self) -> Result<Option<TrustPoints>, StoreError> {
        self.store
            .get(TRUST_POINTS)?
            .map(|record| {
                TrustPoints::parse(&record).map_err(|_| StoreError::Corrupt { offset: 0 })
            })
            .transpose()
    }

    /// Stores what a certificate changed in them, in one step.
    pub(crate) fn set_trust_points(&mut self, points: &TrustPoints) -> Result<(), StoreError> {
        let mut transaction = Transaction::new();
        transaction.put(TRUST_POINTS, points.to_bytes());
        self.store.commit(&transaction)
    }

    fn pin1_is_active(&self) -> Result<bool, StoreError> {
        Ok(self
            .store
            .get(PIN1_ACTIVE)?
            .is_some_and(|value| value.as_slice() == [1]))
    }
}

const PIN1: RetryCounter = RetryCounter {
    record: records::counter(PasswordId::Pin),
    initial: PIN1_TRIES,
};

fn counter(id: PasswordId) -> Counter {
    let record = records::counter(id);
    match id {
        PasswordId::Pin => Counter::Blocking(PIN1),
        PasswordId::Puk => Counter::Blocking(RetryCounter {
            record,
            initial: PUK_TRIES,
        }),
        PasswordId::Can | PasswordId::Mrz => Counter::Delaying(FailureCounter { record }),
    }
}

fn options<M: NonVolatileMemory>(store: &Store<M>) -> Result<Options, StoreError> {
    let record = store
        .get(OPTIONS)?
        .ok_or(StoreError::Corrupt { offset: 0 })?;
    Options::from_record(&record, life_cycle(store)?).ok_or(StoreError::Corrupt { offset: 0 })
}

fn life_cycle<M: NonVolatileMemory>(store: &Store<M>) -> Result<LifeCycle, StoreError> {
    let byte = store
        .get(LIFE_CYCLE)?
        .and_then(|value| value.first().copied());
    byte.and_then(LifeCycle::from_status_byte)
        .ok_or(StoreError::Corrupt { offset: 0 })
}
