//! Writes that no flush has made durable yet, and what a loss of power leaves of them.

use alloc::vec::Vec;
use zeroize::Zeroizing;

use super::Tear;

/// A write: where, and what.
pub(super) type Write = (usize, Zeroizing<Vec<u8>>);

/// Writes since the last flush, oldest first.
#[derive(Clone, Default)]
pub(super) struct Unflushed(Vec<Write>);

impl Unflushed {
    pub(super) fn push(&mut self, offset: usize, bytes: &[u8]) {
        self.0.push((offset, Zeroizing::new(bytes.to_vec())));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Brings what was read from `offset` on up to date.
    pub(super) fn overlay(&self, offset: usize, buffer: &mut [u8]) {
        for (start, bytes) in &self.0 {
            for (index, byte) in bytes.iter().enumerate() {
                if let Some(target) = (start + index)
                    .checked_sub(offset)
                    .and_then(|at| buffer.get_mut(at))
                {
                    *target = *byte;
                }
            }
        }
    }

    /// All of them, for the medium.
    pub(super) fn take(&mut self) -> Vec<Write> {
        core::mem::take(&mut self.0)
    }

    /// Those that reach the medium when the power goes.
    pub(super) fn tear(&mut self, tear: Tear) -> Vec<Write> {
        let mut writes = self.take();
        match tear {
            Tear::Nothing => writes.clear(),
            Tear::Everything => {}
            Tear::After(kept) => {
                if let Some((_, last)) = writes.last_mut() {
                    if let Some(stopped_at) = last.get_mut(kept) {
                        *stopped_at ^= 0xFF;
                    }
                    last.truncate(kept.saturating_add(1));
                }
            }
            Tear::LastOnly => drop(writes.drain(..writes.len().saturating_sub(1))),
        }
        writes
    }
}
