//! What is due when.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use super::{Fault, Line, Tear, Unplayable};

/// When a fault happens, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At this one alone.
    At(u64),
    /// At this one and all after it.
    From(u64),
}

impl When {
    fn is_due(self, number: u64) -> bool {
        match self {
            Self::At(only) => number == only,
            Self::From(first) => number >= first,
        }
    }
}

/// Faults by the number of what they happen to, and how far the counting is.
#[derive(Clone, Debug)]
pub struct Schedule<F> {
    faults: Vec<(When, F)>,
    count: u64,
}

impl<F> Default for Schedule<F> {
    fn default() -> Self {
        Self {
            faults: Vec::new(),
            count: 0,
        }
    }
}

impl<F: Copy> Schedule<F> {
    pub(super) fn add(&mut self, line: &Line, when: When, fault: F) -> Result<(), Unplayable> {
        if let When::At(0) | When::From(0) = when {
            let line = line.to_string();
            return Err(Unplayable::CountsFromOne { line });
        }
        self.faults.push((when, fault));
        Ok(())
    }

    /// Whether nothing is ever due.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// How many there were so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Counts one more, and gives what is due at it in the script's order.
    fn next(&mut self) -> impl Iterator<Item = F> {
        self.count = self.count.saturating_add(1);
        let number = self.count;
        self.faults
            .iter()
            .filter(move |(when, _)| when.is_due(number))
            .map(|(_, fault)| *fault)
    }
}

impl Schedule<Fault> {
    /// Counts a command. Gives the time that it takes longer, and what else
    /// happens to it.
    pub fn next_command(&mut self) -> (Duration, Option<Fault>) {
        let (mut delay, mut first) = (Duration::ZERO, None);
        for fault in self.next() {
            match fault {
                Fault::Delay { ms } => {
                    delay = delay.saturating_add(Duration::from_millis(ms.into()));
                }
                other => first = first.or(Some(other)),
            }
        }
        (delay, first)
    }

    pub(super) fn has_delays(&self) -> bool {
        let mut faults = self.faults.iter();
        faults.any(|(_, fault)| matches!(fault, Fault::Delay { .. }))
    }
}

impl Schedule<Tear> {
    /// Counts a storage operation. Gives what the loss of power in the middle of
    /// it leaves, if there is one.
    pub fn next_operation(&mut self) -> Option<Tear> {
        self.next().next()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Script;
    use super::*;

    #[test]
    fn delays_add_up_and_of_the_others_the_first_in_the_list_happens() {
        let script = Script::new()
            .from(2, Fault::Short(5))
            .at(3, Fault::RemoveBefore)
            .from(2, Fault::Delay { ms: 10 })
            .at(3, Fault::Delay { ms: 7 })
            .at(1, Fault::Mute);
        let mut schedule = script.for_reader().unwrap().commands;
        let ms = Duration::from_millis;
        assert_eq!(schedule.next_command(), (ms(0), Some(Fault::Mute)));
        assert_eq!(schedule.next_command(), (ms(10), Some(Fault::Short(5))));
        assert_eq!(schedule.next_command(), (ms(17), Some(Fault::Short(5))));
        assert_eq!(schedule.next_command(), (ms(10), Some(Fault::Short(5))));
        assert_eq!(schedule.count(), 4);
    }

    #[test]
    fn tears_come_at_their_operation() {
        let script = Script::new()
            .tear_at(2, Tear::Nothing)
            .tear_from(4, Tear::LastOnly);
        let mut schedule = script.for_chip().unwrap().storage;
        let due: [_; 5] = core::array::from_fn(|_| schedule.next_operation());
        let last = Some(Tear::LastOnly);
        assert_eq!(due, [None, Some(Tear::Nothing), None, last, last]);
    }
}
