//! Counting attempts at a password, so that an interrupted attempt counts like a failed one.

use core::time::Duration;

use crate::{
    memory::NonVolatileMemory,
    store::{RecordId, Store, StoreError, Transaction},
};

/// The tries left for a blocking password (TR-03110-2 §2.2.3).
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryCounter {
    pub(crate) record: RecordId,
    /// Tries after a success.
    pub(crate) initial: u8,
}

/// How often in a row a password that never blocks was wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailureCounter {
    pub(crate) record: RecordId,
}

/// An attempt that has been paid for and not been judged yet. Dropping it is a failure.
#[derive(Debug)]
#[must_use = "an attempt that is dropped has failed"]
pub(crate) struct Attempt {
    record: RecordId,
    /// The counter's value if the attempt succeeds.
    reward: u8,
    tries_left: Option<u8>,
}

/// Why an attempt could not begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AttemptError {
    /// No tries left.
    Blocked,
    Store(StoreError),
}

impl From<StoreError> for AttemptError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl RetryCounter {
    /// The tries left. A record that is missing or out of range counts as none.
    pub(crate) fn tries_left<M: NonVolatileMemory>(
        self,
        store: &Store<M>,
    ) -> Result<u8, StoreError> {
        let tries = read(store, self.record)?.unwrap_or(0);
        Ok(if tries <= self.initial { tries } else { 0 })
    }

    /// Takes one try away and commits that, before anything is compared.
    ///
    /// # Errors
    /// [`AttemptError::Blocked`] if there is none left.
    pub(crate) fn begin<M: NonVolatileMemory>(
        self,
        store: &mut Store<M>,
    ) -> Result<Attempt, AttemptError> {
        let tries_left = self
            .tries_left(store)?
            .checked_sub(1)
            .ok_or(AttemptError::Blocked)?;
        write(store, self.record, tries_left)?;
        Ok(Attempt {
            record: self.record,
            reward: self.initial,
            tries_left: Some(tries_left),
        })
    }

    /// Gives all tries back, as part of a larger change.
    pub(crate) fn reset(self, transaction: &mut Transaction) {
        transaction.put(self.record, [self.initial]);
    }
}

impl FailureCounter {
    /// Failures in a row that are not slowed down.
    const FREE: u8 = 3;
    const LONGEST: Duration = Duration::from_secs(10);

    /// How long the next attempt has to wait: nothing after up to two failures in a row, then 1 s,
    /// doubling up to 10 s.
    pub(crate) fn delay<M: NonVolatileMemory>(
        self,
        store: &Store<M>,
    ) -> Result<Duration, StoreError> {
        let failures = read(store, self.record)?.unwrap_or(u8::MAX);
        Ok(failures
            .checked_sub(Self::FREE)
            .map_or(Duration::ZERO, |beyond| {
                let seconds = 1u64.checked_shl(beyond.into()).unwrap_or(u64::MAX);
                Duration::from_secs(seconds).min(Self::LONGEST)
            }))
    }

    /// Counts a failure in advance and commits that, before anything is compared.
    ///
    /// # Errors
    /// Only [`AttemptError::Store`]: this password never blocks.
    pub(crate) fn begin<M: NonVolatileMemory>(
        self,
        store: &mut Store<M>,
    ) -> Result<Attempt, AttemptError> {
        let failures = read(store, self.record)?
            .unwrap_or(u8::MAX)
            .saturating_add(1);
        write(store, self.record, failures)?;
        Ok(Attempt {
            record: self.record,
            reward: 0,
            tries_left: None,
        })
    }
}

impl Attempt {
    /// Tries that are left if this attempt fails; `None` for a password that never blocks.
    pub(crate) fn tries_left(&self) -> Option<u8> {
        self.tries_left
    }

    /// The secret was right: puts the counter back.
    ///
    /// # Errors
    /// If that cannot be stored, the attempt stays failed.
    pub(crate) fn succeed<M: NonVolatileMemory>(
        self,
        store: &mut Store<M>,
    ) -> Result<(), StoreError> {
        write(store, self.record, self.reward)
    }
}

fn read<M: NonVolatileMemory>(
    store: &Store<M>,
    record: RecordId,
) -> Result<Option<u8>, StoreError> {
    Ok(store.get(record)?.and_then(|value| value.first().copied()))
}

fn write<M: NonVolatileMemory>(
    store: &mut Store<M>,
    record: RecordId,
    value: u8,
) -> Result<(), StoreError> {
    let mut transaction = Transaction::new();
    transaction.put(record, [value]);
    store.commit(&transaction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{MemoryStore, Tear};

    const RECORD: RecordId = RecordId(1);
    const COUNTER: RetryCounter = RetryCounter {
        record: RECORD,
        initial: 3,
    };
    const FAILURES: FailureCounter = FailureCounter { record: RECORD };

    fn store(value: u8) -> Store<MemoryStore> {
        let mut contents = Transaction::new();
        contents.put(RECORD, [value]);
        Store::format(MemoryStore::new(1000), &contents).unwrap()
    }

    #[test]
    fn an_attempt_that_is_dropped_has_cost_its_try() {
        let mut store = store(3);
        let attempt = COUNTER.begin(&mut store).unwrap();
        assert_eq!(attempt.tries_left(), Some(2));
        drop(attempt);
        assert_eq!(COUNTER.tries_left(&store), Ok(2));
    }

    #[test]
    fn success_restores_all_tries() {
        let mut store = store(1);
        COUNTER
            .begin(&mut store)
            .unwrap()
            .succeed(&mut store)
            .unwrap();
        assert_eq!(COUNTER.tries_left(&store), Ok(3));
    }

    #[test]
    fn without_tries_no_attempt_begins_and_nothing_is_written() {
        let mut store = store(0);
        let before = store.memory().operations();
        assert_eq!(COUNTER.begin(&mut store).err(), Some(AttemptError::Blocked));
        assert_eq!(store.memory().operations(), before);
    }

    #[test]
    fn a_counter_out_of_range_counts_as_exhausted() {
        assert_eq!(COUNTER.tries_left(&store(4)), Ok(0));
    }

    #[test]
    fn the_try_is_gone_before_begin_returns_whenever_power_is_cut() {
        for cut in 0.. {
            let mut store = store(3);
            store.memory_mut().cut_power_after(cut, Tear::Nothing);
            let began = COUNTER.begin(&mut store).is_ok();
            let mut memory = store.into_memory();
            memory.restore_power();
            let left = COUNTER.tries_left(&Store::open(memory).unwrap()).unwrap();
            if began {
                assert_eq!(left, 2, "what is compared after begin is paid for");
                break;
            }
            assert!(left == 3 || left == 2);
        }
    }

    #[test]
    fn three_failures_are_free_and_the_delay_then_doubles_up_to_ten_seconds() {
        let mut store = store(0);
        for seconds in [0, 0, 0, 1, 2, 4, 8, 10, 10] {
            assert_eq!(FAILURES.delay(&store), Ok(Duration::from_secs(seconds)));
            assert_eq!(FAILURES.begin(&mut store).unwrap().tries_left(), None);
        }
        FAILURES
            .begin(&mut store)
            .unwrap()
            .succeed(&mut store)
            .unwrap();
        assert_eq!(FAILURES.delay(&store), Ok(Duration::ZERO));
    }

    #[test]
    fn the_failure_counter_does_not_wrap_around() {
        let mut store = store(u8::MAX);
        drop(FAILURES.begin(&mut store).unwrap());
        assert_eq!(FAILURES.delay(&store), Ok(Duration::from_secs(10)));
    }
}
