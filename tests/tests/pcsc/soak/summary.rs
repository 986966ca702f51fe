//! What was done, counted.

use std::fmt;
use std::ops::AddAssign;

/// What clients and saboteur did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Sessions that were opened and ended well.
    pub(crate) sessions: u64,
    pub(crate) pin_changes: u64,
    pub(crate) updates: u64,
    pub(crate) wrong_pins: u64,
    /// PIN1 unblocked with the PUK.
    pub(crate) unblocked: u64,
    pub(crate) resets: u64,
    /// Cards that lost their power over a command or a write.
    pub(crate) pulled: u64,
    /// Cards taken out by hand and put back.
    pub(crate) taken_out: u64,
    /// Daemons killed, and others started.
    pub(crate) restarts: u64,
    /// Visits that a trouble interrupted.
    pub(crate) interrupted: u64,
    /// Clients that gave up waiting for another one.
    pub(crate) gave_way: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Self {
            sessions,
            pin_changes,
            updates,
            wrong_pins,
            unblocked,
            resets,
            pulled,
            taken_out,
            restarts,
            interrupted,
            gave_way,
        } = self;
        *sessions += other.sessions;
        *pin_changes += other.pin_changes;
        *updates += other.updates;
        *wrong_pins += other.wrong_pins;
        *unblocked += other.unblocked;
        *resets += other.resets;
        *pulled += other.pulled;
        *taken_out += other.taken_out;
        *restarts += other.restarts;
        *interrupted += other.interrupted;
        *gave_way += other.gave_way;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sessions, {} PIN changes, {} updates, {} wrong PINs, {} unblocked with the PUK, {} resets; {} cards \
             pulled over a command or a write, {} taken out and put back, {} daemons killed and restarted, {} visits \
             interrupted; {} times a client gave way to another",
            self.sessions,
            self.pin_changes,
            self.updates,
            self.wrong_pins,
            self.unblocked,
            self.resets,
            self.pulled,
            self.taken_out,
            self.restarts,
            self.interrupted,
            self.gave_way
        )
    }
}
