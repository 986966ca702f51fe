//! Faults by a script, at every command of the walk: what the host makes of them, and what they leave of the card.

use std::collections::BTreeMap;

use host_lib::ErrorCode::{
    self, CardRemoved, CardReset, CardStatus, CardWithoutPace, ChannelForged, ChannelPlain,
    ChipBrokePace, ChipMalformed, ChipNotGenuine, Timeout, WrongCan, WrongMrz,
};
use iso7816::StatusWord;
use transport::CardTransport;
use transport::faults::{Fault, Faulty, Script};

use super::interruption::{
    LAST_STEP, last_step_of_pace, lengths, restore_tries, spend_a_try_of_each, survives, tries,
};
use super::walk::Walk;
use crate::cards::{Holder, Inserted, Trust};
use crate::carriers::Between;

const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
const NO_DIAGNOSIS: StatusWord = StatusWord(0x6F00);

/// A script for the n-th command, and in which errors a walk may end that it disturbs; in the truth too, where there are
/// several. What is answered wrongly before PACE shows in PACE or does no harm; what the channel does not vouch for ends it.
type Disturbance = (fn(u64) -> Script, &'static [ErrorCode]);

const AT_THE_READER: &[Disturbance] = &[
    (|n| Script::new().at(n, Fault::RemoveBefore), &[CardRemoved]),
    (|n| Script::new().at(n, Fault::RemoveAfter), &[CardRemoved]),
    (|n| Script::new().at(n, Fault::ResetBefore), &[CardReset]),
    (|n| Script::new().at(n, Fault::ResetAfter), &[CardReset]),
    (|n| Script::new().at(n, Fault::Mute), &[Timeout]),
    (|n| Script::new().at(n, Fault::Cut(1)), &[ChipMalformed]),
    (|n| Script::new().at(n, Fault::Unprotected(DENIED)), REFUSED),
    (
        |n| Script::new().at(n, Fault::Unprotected(StatusWord::OK)),
        &[ChannelPlain, ChipBrokePace, ChipNotGenuine],
    ),
    (
        |n| Script::new().at(n, Fault::Status(NO_DIAGNOSIS)),
        &[ChannelForged, CardStatus, ChipNotGenuine],
    ),
    (
        |n| Script::new().at(n, Fault::Short(1)),
        &[ChannelForged, ChipBrokePace, ChipNotGenuine],
    ),
];

const AT_THE_CHIP: &[Disturbance] = &[
    // Whoever does not answer is gone, whatever the reason.
    (|n| Script::new().at(n, Fault::RemoveBefore), &[CardRemoved]),
    (|n| Script::new().at(n, Fault::RemoveAfter), &[CardRemoved]),
    (|n| Script::new().at(n, Fault::ResetBefore), &[CardRemoved]),
    (|n| Script::new().at(n, Fault::ResetAfter), &[CardRemoved]),
    (|n| Script::new().at(n, Fault::Mute), &[CardRemoved]),
    (|n| Script::new().at(n, Fault::Unprotected(DENIED)), REFUSED),
    (
        |n| Script::new().at(n, Fault::Protected(NO_DIAGNOSIS)),
        &[CardStatus, ChipNotGenuine],
    ),
    (
        |n| Script::new().at(n, Fault::Short(1)),
        &[ChipBrokePace, ChipMalformed, ChipNotGenuine],
    ),
    (
        |n| Script::new().from(n, Fault::Short(100)),
        &[ChipBrokePace, ChipMalformed, ChipNotGenuine],
    ),
];

/// 6982 without protection. EF.CardAccess and the last step of PACE have errors of their own for it.
const REFUSED: &[ErrorCode] = &[
    CardStatus,
    CardWithoutPace,
    WrongCan,
    WrongMrz,
    ChipNotGenuine,
];

/// The reader makes each of its faults at each command of the walk. The walk ends in the error that it should or in the truth,
/// no password gets a try back that it did not earn, and the next walk succeeds.
pub fn a_fault_of_the_reader_at_any_command_ends_in_its_error_or_in_the_truth(
    walk: Walk,
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let course = Course::of(walk, card, holder, trust);
    spend_a_try_of_each(card, holder);
    for (script, ends) in AT_THE_READER {
        let mut counts = Counts::default();
        for number in 1..=course.commands {
            let script = script(number);
            card.reset().expect("the card comes back");
            let mut accepted = false;
            let mut watched = watch(card, &mut accepted);
            let mut faulty =
                Faulty::new(&mut watched, &script).expect("faults that a reader can make");
            let outcome = survives(walk, &mut faulty, holder, trust, &script);
            drop(faulty);
            drop(watched);
            counts.add(ends, outcome, &script);
            card.reset().expect("the card is put back");
            course.holds_afterwards(card, accepted, holder, trust, &script);
        }
        counts.print("reader", walk, &script(1));
    }
    restore_tries(card, holder);
    walk.run(card, holder, trust).expect("the next walk");
}

/// The same with the faults of a chip.
pub fn a_fault_of_the_chip_at_any_command_ends_in_its_error_or_in_the_truth(
    walk: Walk,
    card: &mut Inserted,
    holder: &Holder,
    trust: &Trust,
) {
    let course = Course::of(walk, card, holder, trust);
    spend_a_try_of_each(card, holder);
    for (script, ends) in AT_THE_CHIP {
        let mut counts = Counts::default();
        for number in 1..=course.commands {
            let script = script(number);
            card.reset().expect("the card comes back");
            let chip = card.device_mut();
            chip.follow(&script).expect("faults that a chip can make");
            let mut accepted = false;
            let mut watched = watch(card, &mut accepted);
            let outcome = survives(walk, &mut watched, holder, trust, &script);
            drop(watched);
            counts.add(ends, outcome, &script);
            // Carried out, and nobody was told.
            let unseen = [Fault::RemoveAfter, Fault::ResetAfter]
                .map(|fault| Script::new().at(course.token, fault));
            accepted |= unseen.contains(&script);
            let chip = card.device_mut();
            chip.follow(&Script::new()).expect("no faults");
            card.reset().expect("the card is put back");
            course.holds_afterwards(card, accepted, holder, trust, &script);
        }
        counts.print("chip", walk, &script(1));
    }
    restore_tries(card, holder);
    walk.run(card, holder, trust).expect("the next walk");
}

/// Looks whether the chip accepts the right password.
fn watch<'t, 'm>(card: &'t mut dyn CardTransport, accepted: &'m mut bool) -> Between<'t, 'm> {
    Between::new(card, |_, command, card| {
        let answer = card.transmit(command)?;
        // 61xx: accepted, and the rest of the answer is waiting.
        let good = matches!(answer.last_chunk(), Some([0x90 | 0x61, _]));
        *accepted |= good && command.starts_with(LAST_STEP);
        Ok(answer)
    })
}

/// What a walk does when nobody disturbs it.
struct Course {
    walk: Walk,
    commands: u64,
    /// The number of the command in which PACE compares the password.
    token: u64,
}

impl Course {
    fn of(walk: Walk, card: &mut dyn CardTransport, holder: &Holder, trust: &Trust) -> Self {
        let number = |count: usize| u64::try_from(count).expect("a small number");
        Self {
            walk,
            commands: number(lengths(walk, card, holder, trust).len()),
            token: 1 + number(last_step_of_pace(walk, card, holder, trust)),
        }
    }

    /// PIN1 had two tries left and the PUK nine. Only the right PIN1 earns its try back, and whoever opens the card next
    /// reads it.
    fn holds_afterwards(
        &self,
        card: &mut dyn CardTransport,
        accepted: bool,
        holder: &Holder,
        trust: &Trust,
        script: &Script,
    ) {
        let earned = accepted && self.walk == Walk::Agency;
        let left = tries(card, holder);
        let expected = if earned { [3, 9] } else { [2, 9] };
        assert_eq!(left, expected, "{:?}, {script}", self.walk);
        card.reset().expect("the card comes back");
        let next = Walk::AccessCode.run(card, holder, trust);
        next.unwrap_or_else(|error| panic!("{:?}, after {script}: {error}", self.walk));
        if earned {
            restore_tries(card, holder);
            spend_a_try_of_each(card, holder);
        }
    }
}

/// How walks ended.
#[derive(Default)]
struct Counts {
    errors: BTreeMap<&'static str, u32>,
    true_data: u32,
}

impl Counts {
    fn add(&mut self, ends: &[ErrorCode], outcome: Option<ErrorCode>, script: &Script) {
        match outcome {
            Some(code) => *self.errors.entry(code.as_str()).or_default() += 1,
            None => self.true_data += 1,
        }
        let is_right = match (ends, outcome) {
            ([only], outcome) => outcome == Some(*only),
            (_, None) => true,
            (several, Some(code)) => several.contains(&code),
        };
        assert!(is_right, "{script}: {outcome:?}");
    }

    fn print(&self, end: &str, walk: Walk, script: &Script) {
        let Self { errors, true_data } = self;
        let script = script.to_string();
        println!(
            "{walk:?}, {end}, {}: {true_data} true, {errors:?}",
            script.trim_end()
        );
    }
}
