//! A medium in working memory, whose power can be cut at any operation.

use alloc::{vec, vec::Vec};
use core::fmt;
use zeroize::Zeroizing;

use super::{DEFAULT_CAPACITY, MemoryError, NonVolatileMemory, Tear, unflushed::Unflushed};

/// A simulated medium in working memory. Wiped when dropped.
///
/// Tests can count its operations ([`operations`](Self::operations)) and cut its power in the
/// middle of any of them ([`cut_power_after`](Self::cut_power_after)); from then on every access
/// fails until [`restore_power`](Self::restore_power).
///
/// ```
/// use applet_sim::{MemoryError, MemoryStore, NonVolatileMemory, Tear};
///
/// let mut memory = MemoryStore::new(16);
/// memory.write(0, b"old")?;
/// memory.flush()?;
/// memory.cut_power_after(1, Tear::Nothing); // the next write is carried out, the flush after it is not
/// memory.write(0, b"new")?;
/// assert_eq!(memory.flush(), Err(MemoryError::PowerLost));
/// memory.restore_power();
/// let mut bytes = [0; 3];
/// memory.read(0, &mut bytes)?;
/// assert_eq!(&bytes, b"old");
/// # Ok::<(), MemoryError>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    /// What is there after a loss of power.
    durable: Zeroizing<Vec<u8>>,
    /// Writes since the last flush, oldest first.
    unflushed: Unflushed,
    operations: u64,
    cut: Option<(u64, Tear)>,
    powered: bool,
}

impl MemoryStore {
    /// A blank medium of `capacity` bytes.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self::from_bytes(vec![0; capacity])
    }

    /// A medium that holds `bytes`, for example a saved state image.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self {
            durable: Zeroizing::new(bytes),
            unflushed: Unflushed::default(),
            operations: 0,
            cut: None,
            powered: true,
        }
    }

    /// The bytes that would survive a loss of power now.
    #[must_use]
    pub fn durable_bytes(&self) -> &[u8] {
        &self.durable
    }

    /// How many writes and flushes were asked for since the medium was made. Reads do not count:
    /// nothing is lost by interrupting them.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Lets `operations` more writes and flushes happen, then cuts the power in the middle of the
    /// one after them.
    pub fn cut_power_after(&mut self, operations: u64, tear: Tear) {
        self.cut = Some((self.operations + operations, tear));
    }

    /// Cuts the power now. What was written and not flushed is lost.
    pub fn cut_power(&mut self) {
        self.lose_power(Tear::Nothing);
    }

    /// Switches the power on again and forgets any planned cut.
    pub fn restore_power(&mut self) {
        if self.powered {
            self.lose_power(Tear::Nothing);
        }
        self.powered = true;
        self.cut = None;
    }

    /// True until a planned cut has happened.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        self.powered
    }

    fn lose_power(&mut self, tear: Tear) {
        for (offset, bytes) in self.unflushed.tear(tear) {
            apply(&mut self.durable, offset, &bytes);
        }
        self.powered = false;
    }

    /// Counts an operation. True if the power goes in the middle of it.
    fn is_interrupted(&mut self) -> bool {
        let due = self.cut.is_some_and(|(after, _)| self.operations >= after);
        self.operations += 1;
        due
    }

    fn check(&self, offset: usize, length: usize) -> Result<(), MemoryError> {
        if !self.powered {
            return Err(MemoryError::PowerLost);
        }
        match offset.checked_add(length) {
            Some(end) if end <= self.durable.len() => Ok(()),
            _ => Err(MemoryError::OutOfRange { offset, length }),
        }
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryStore({} bytes, ..)", self.durable.len())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(DEFAULT_CAPACITY)
    }
}

impl NonVolatileMemory for MemoryStore {
    fn capacity(&self) -> usize {
        self.durable.len()
    }

    fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<(), MemoryError> {
        self.check(offset, buffer.len())?;
        if let Some(source) = self.durable.get(offset..offset + buffer.len()) {
            buffer.copy_from_slice(source);
        }
        self.unflushed.overlay(offset, buffer);
        Ok(())
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), MemoryError> {
        self.check(offset, bytes.len())?;
        let interrupted = self.is_interrupted();
        self.unflushed.push(offset, bytes);
        if let (true, Some((_, tear))) = (interrupted, self.cut) {
            self.lose_power(tear);
            return Err(MemoryError::PowerLost);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), MemoryError> {
        self.check(0, 0)?;
        let interrupted = self.is_interrupted();
        if let (true, Some((_, tear))) = (interrupted, self.cut) {
            self.lose_power(tear);
            return Err(MemoryError::PowerLost);
        }
        for (offset, bytes) in self.unflushed.take() {
            apply(&mut self.durable, offset, &bytes);
        }
        Ok(())
    }
}

/// Copies `bytes` into `target` at `offset`. The range was checked when the write was accepted.
fn apply(target: &mut [u8], offset: usize, bytes: &[u8]) {
    if let Some(range) = target.get_mut(offset..offset + bytes.len()) {
        range.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(memory: &MemoryStore) -> Vec<u8> {
        let mut bytes = vec![0; memory.capacity()];
        memory.read(0, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_write_is_visible_at_once_but_durable_only_after_the_flush() {
        let mut memory = MemoryStore::new(4);
        memory.write(1, &[7, 8]).unwrap();
        assert_eq!(contents(&memory), [0, 7, 8, 0]);
        assert_eq!(memory.durable_bytes(), [0, 0, 0, 0]);
        memory.flush().unwrap();
        assert_eq!(memory.durable_bytes(), [0, 7, 8, 0]);
    }

    #[test]
    fn each_kind_of_tear_leaves_what_it_says() {
        for (tear, expected) in [
            (Tear::Nothing, [0, 0, 0, 0, 0]),
            (Tear::Everything, [1, 1, 2, 2, 2]),
            (Tear::After(1), [1, 1, 2, 2 ^ 0xFF, 0]),
            (Tear::LastOnly, [0, 0, 2, 2, 2]),
        ] {
            let mut memory = MemoryStore::new(5);
            memory.cut_power_after(1, tear);
            memory.write(0, &[1, 1]).unwrap();
            assert_eq!(memory.write(2, &[2, 2, 2]), Err(MemoryError::PowerLost));
            assert_eq!(
                memory.flush(),
                Err(MemoryError::PowerLost),
                "nothing works without power"
            );
            assert_eq!(memory.read(0, &mut [0]), Err(MemoryError::PowerLost));
            memory.restore_power();
            assert_eq!(contents(&memory), expected, "{tear:?}");
        }
    }

    #[test]
    fn an_access_past_the_end_is_refused() {
        let mut memory = MemoryStore::new(4);
        assert_eq!(
            memory.write(3, &[0, 0]),
            Err(MemoryError::OutOfRange {
                offset: 3,
                length: 2
            })
        );
        assert_eq!(
            memory.read(usize::MAX, &mut [0]),
            Err(MemoryError::OutOfRange {
                offset: usize::MAX,
                length: 1
            })
        );
        assert_eq!(memory.operations(), 0);
    }
}
