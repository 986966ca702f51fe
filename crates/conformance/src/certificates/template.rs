//! Terminals' certificates that differ in the data group alone: one for each letter, tables 1 to 6.

use super::draft::Draft;
use super::row::Row;
use crate::{Authorities, Stop};

/// What the letters grant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Right {
    /// Reading: a to v for the groups 1 to 22.
    Read,
    /// Writing: a to f for the groups 17 to 22.
    Write,
    /// Comparing: a to v for the groups 1 to 22, w for none. The extension id-eIDAccess has a bit for each.
    Compare,
}

/// The certificates whose names begin so and end with a letter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template {
    pub(super) name: &'static str,
    /// What is the same in all of them.
    pub(super) row: Row,
    pub(super) right: Right,
}

/// A bit for each of the groups 1 to 22.
const ALL_GROUPS: u64 = 0x003F_FFFF;

impl Template {
    /// The certificate of this name, if it is one of these.
    pub(super) fn draft(
        &self,
        authorities: &Authorities,
        name: &str,
    ) -> Option<Result<Draft, Stop>> {
        let letter = match name.strip_prefix(self.name)?.as_bytes() {
            [letter @ b'a'..=b'w'] => letter - b'a',
            _ => return None,
        };
        let bit = match (self.right, letter) {
            (Right::Read, 0..22) => 8 + letter,
            (Right::Write, 0..6) => 37 - letter,
            (Right::Compare, _) => letter,
            _ => return None,
        };
        let right = 1u64 << bit;
        let draft = Draft::new(authorities, &self.row).map(|draft| draft.named(name));
        if matches!(self.right, Right::Compare) {
            let [_, _, bits @ ..] = (right & ALL_GROUPS).to_be_bytes();
            return Some(draft.map(|draft| draft.with_eid_access(bits)));
        }
        let [_, _, _, bits @ ..] = right.to_be_bytes();
        let both = self.row.bits.iter().zip(bits).map(|(a, b)| a | b);
        let bits: Vec<u8> = both.collect();
        Some(draft.map(|draft| draft.with_bits(&self.row, &bits)))
    }
}
