//! The power supply between the chip and its medium, which a script can cut.

use transport::faults::Schedule;

use super::{MemoryError, NonVolatileMemory, Tear, unflushed::Unflushed};

/// Any medium, and its supply. As long as no script cuts the supply, everything is passed on.
pub(crate) struct Supply<M> {
    memory: M,
    unflushed: Unflushed,
    tears: Schedule<Tear>,
    is_gone: bool,
}

impl<M: NonVolatileMemory> Supply<M> {
    pub(crate) fn new(memory: M) -> Self {
        Self {
            memory,
            unflushed: Unflushed::default(),
            tears: Schedule::default(),
            is_gone: false,
        }
    }

    /// Cuts the supply by this schedule from now on.
    pub(crate) fn follow(&mut self, tears: Schedule<Tear>) {
        self.tears = tears;
    }

    /// Switches the supply on again.
    pub(crate) fn restore(&mut self) {
        self.is_gone = false;
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// Storage operations since the script began.
    pub(crate) fn operations(&self) -> u64 {
        self.tears.count()
    }

    pub(crate) fn memory(&self) -> &M {
        &self.memory
    }

    pub(crate) fn memory_mut(&mut self) -> &mut M {
        &mut self.memory
    }

    pub(crate) fn into_memory(self) -> M {
        self.memory
    }

    fn check(&self) -> Result<(), MemoryError> {
        match self.is_gone {
            true => Err(MemoryError::PowerLost),
            false => Ok(()),
        }
    }

    /// The power goes; the medium keeps what the tear leaves.
    fn lose(&mut self, tear: Tear) -> MemoryError {
        for (offset, bytes) in self.unflushed.tear(tear) {
            // A medium that fails now is torn otherwise: there is nobody left to tell.
            let _ = self.memory.write(offset, &bytes);
        }
        let _ = self.memory.flush();
        self.is_gone = true;
        MemoryError::PowerLost
    }
}

impl<M: NonVolatileMemory> NonVolatileMemory for Supply<M> {
    fn capacity(&self) -> usize {
        self.memory.capacity()
    }

    fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<(), MemoryError> {
        self.check()?;
        self.memory.read(offset, buffer)?;
        self.unflushed.overlay(offset, buffer);
        Ok(())
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), MemoryError> {
        self.check()?;
        let length = bytes.len();
        if offset
            .checked_add(length)
            .is_none_or(|end| end > self.capacity())
        {
            return Err(MemoryError::OutOfRange { offset, length });
        }
        let tear = self.tears.next_operation();
        // What is not flushed may have to be torn. Later writes stay behind earlier ones.
        if self.tears.is_empty() && self.unflushed.is_empty() {
            return self.memory.write(offset, bytes);
        }
        self.unflushed.push(offset, bytes);
        tear.map_or(Ok(()), |tear| Err(self.lose(tear)))
    }

    fn flush(&mut self) -> Result<(), MemoryError> {
        self.check()?;
        if let Some(tear) = self.tears.next_operation() {
            return Err(self.lose(tear));
        }
        for (offset, bytes) in self.unflushed.take() {
            self.memory.write(offset, &bytes)?;
        }
        self.memory.flush()
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};
    use transport::faults::Script;

    use super::*;
    use crate::memory::MemoryStore;

    fn supply(script: &Script) -> Supply<MemoryStore> {
        let mut supply = Supply::new(MemoryStore::new(5));
        supply.follow(script.for_chip().unwrap().storage);
        supply
    }

    fn contents<M: NonVolatileMemory>(memory: &M) -> Vec<u8> {
        let mut bytes = vec![0; memory.capacity()];
        memory.read(0, &mut bytes).unwrap();
        bytes
    }

    /// The same bytes in the medium as `MemoryStore` itself leaves after the same tear.
    #[test]
    fn a_tear_leaves_what_it_says_in_the_medium() {
        for (tear, expected) in [
            (Tear::Nothing, [0, 0, 0, 0, 0]),
            (Tear::Everything, [1, 1, 2, 2, 2]),
            (Tear::After(1), [1, 1, 2, 2 ^ 0xFF, 0]),
            (Tear::LastOnly, [0, 0, 2, 2, 2]),
        ] {
            let mut supply = supply(&Script::new().tear_at(2, tear));
            supply.write(0, &[1, 1]).unwrap();
            assert_eq!(contents(&supply), [1, 1, 0, 0, 0], "visible at once");
            assert_eq!(supply.write(2, &[2, 2, 2]), Err(MemoryError::PowerLost));
            assert_eq!(supply.read(0, &mut [0]), Err(MemoryError::PowerLost));
            assert_eq!(supply.write(0, &[3]), Err(MemoryError::PowerLost));
            assert_eq!(supply.flush(), Err(MemoryError::PowerLost));
            assert!(supply.is_gone());
            assert_eq!(supply.memory().durable_bytes(), expected, "{tear:?}");
            supply.restore();
            assert_eq!(contents(&supply), expected, "{tear:?}");
        }
    }

    #[test]
    fn a_flush_is_an_operation_and_saves_what_was_written_before_the_next_tear() {
        let mut supply = supply(&Script::new().tear_at(4, Tear::Nothing));
        supply.write(0, &[1]).unwrap();
        supply.flush().unwrap();
        supply.write(0, &[2]).unwrap();
        assert_eq!(supply.flush(), Err(MemoryError::PowerLost));
        assert_eq!(supply.operations(), 4);
        assert_eq!(supply.into_memory().durable_bytes(), [1, 0, 0, 0, 0]);
    }

    #[test]
    fn without_a_script_everything_is_passed_on_and_an_access_past_the_end_is_refused() {
        let mut supply = supply(&Script::new());
        supply.write(3, &[7]).unwrap();
        assert_eq!(contents(supply.memory()), [0, 0, 0, 7, 0]);
        assert_eq!(supply.memory().operations(), 1);
        for offset in [5, usize::MAX] {
            let past_the_end = MemoryError::OutOfRange { offset, length: 1 };
            assert_eq!(supply.write(offset, &[0]), Err(past_the_end));
        }
    }
}
