//! Changes that happen together.

use alloc::{collections::BTreeMap, vec::Vec};
use zeroize::Zeroizing;

use super::{RecordId, layout};

/// Changes that happen together. Wiped when dropped.
#[derive(Default)]
pub(crate) struct Transaction {
    pub(super) changes: BTreeMap<RecordId, Option<Zeroizing<Vec<u8>>>>,
}

impl Transaction {
    /// An empty transaction.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Inserts or replaces a record.
    pub(crate) fn put(&mut self, id: RecordId, value: impl Into<Vec<u8>>) {
        self.changes.insert(id, Some(Zeroizing::new(value.into())));
    }

    /// Removes a record.
    pub(crate) fn remove(&mut self, id: RecordId) {
        self.changes.insert(id, None);
    }

    /// True if there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Bytes that the changes take up in an entry.
    pub(super) fn encoded_length(&self) -> usize {
        let lengths = self
            .changes
            .values()
            .map(|value| value.as_ref().map(|value| value.len()));
        lengths.map(layout::change_length).sum()
    }
}
