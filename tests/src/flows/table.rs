//! The flows that run over any carrier, with the card that each needs: in one process, through a virtual
//! reader, and on hardware.

use transport::CardTransport;

use super::walk::{self, Walk};
use super::{access, interruption, passwords};
use crate::cards::{TestCard, Trust};

/// A flow, and the card that it is for.
pub struct Flow {
    /// What it shows.
    pub name: &'static str,
    /// Lines of the default specimen's profile that it needs otherwise.
    pub lines: &'static [(&'static str, &'static str)],
    /// Whether it leaves the card other than it found it.
    pub uses_up_the_card: bool,
    /// Whether it compares files with the very bytes of the card's image, which nobody has of a card
    /// that was made elsewhere.
    pub needs_the_image: bool,
    /// The flow.
    pub run: fn(&mut dyn CardTransport, &TestCard, &Trust),
}

const ACTIVE_AUTHENTICATION: &[(&str, &str)] = &[(
    "active_authentication = false",
    "active_authentication = true",
)];

/// All of them.
pub const FLOWS: &[Flow] = &[
    Flow {
        name: "every_check_passes_and_every_field_is_true",
        lines: ACTIVE_AUTHENTICATION,
        uses_up_the_card: false,
        needs_the_image: false,
        run: |card, subject, trust| {
            walk::every_check_passes_and_every_field_is_true(card, &subject.holder, trust);
        },
    },
    Flow {
        name: "one_group_alone_is_read_and_verified",
        lines: &[],
        uses_up_the_card: false,
        needs_the_image: false,
        run: |card, subject, trust| {
            walk::one_group_alone_is_read_and_verified(card, &subject.holder, trust);
        },
    },
    Flow {
        name: "what_a_code_does_not_open_is_refused_and_the_session_goes_on",
        lines: &[],
        uses_up_the_card: false,
        needs_the_image: false,
        run: |card, subject, trust| {
            walk::what_a_code_does_not_open_is_refused_and_the_session_goes_on(
                card,
                &subject.holder,
                trust,
            );
        },
    },
    Flow {
        name: "pin1_alone_opens_nothing_protected_and_an_unproven_chip_is_not_accepted",
        lines: &[],
        uses_up_the_card: false,
        needs_the_image: false,
        run: |card, subject, trust| {
            walk::pin1_alone_opens_nothing_protected_and_an_unproven_chip_is_not_accepted(
                card,
                &subject.holder,
                trust,
            );
        },
    },
    Flow {
        name: "every_file_opens_to_whom_the_table_says",
        lines: &[],
        uses_up_the_card: false,
        needs_the_image: true,
        run: |card, subject, _| access::every_file_opens_to_whom_the_table_says(card, subject),
    },
    Flow {
        name: "a_cancelled_walk_stops_at_once_and_the_next_one_succeeds",
        lines: &[],
        uses_up_the_card: false,
        needs_the_image: false,
        run: |card, subject, trust| {
            interruption::a_cancelled_walk_stops_at_once_and_the_next_one_succeeds(
                Walk::AccessCode,
                card,
                &subject.holder,
                trust,
            );
        },
    },
    Flow {
        name: "pin1_is_counted_suspended_resumed_blocked_and_unblocked",
        lines: &[],
        uses_up_the_card: false,
        needs_the_image: false,
        run: |card, subject, _| {
            passwords::pin1_is_counted_suspended_resumed_blocked_and_unblocked(
                card,
                &subject.holder,
            );
        },
    },
    Flow {
        name: "the_host_names_each_state_of_pin1",
        lines: &[],
        uses_up_the_card: false,
        needs_the_image: false,
        run: |card, subject, _| passwords::the_host_names_each_state_of_pin1(card, &subject.holder),
    },
    Flow {
        name: "a_changed_pin1_replaces_the_old_one",
        lines: &[],
        uses_up_the_card: false,
        needs_the_image: false,
        run: |card, subject, trust| {
            passwords::a_changed_pin1_replaces_the_old_one(card, &subject.holder, trust);
        },
    },
    Flow {
        name: "a_locked_card_refuses_pin1_until_the_puk_unlocks_it",
        lines: &[],
        uses_up_the_card: false,
        needs_the_image: false,
        run: |card, subject, trust| {
            passwords::a_locked_card_refuses_pin1_until_the_puk_unlocks_it(
                card,
                &subject.holder,
                trust,
            );
        },
    },
    Flow {
        name: "the_puk_is_counted_suspended_resumed_and_blocked_for_ever",
        lines: &[],
        uses_up_the_card: true,
        needs_the_image: false,
        run: |card, subject, _| {
            passwords::the_puk_is_counted_suspended_resumed_and_blocked_for_ever(
                card,
                &subject.holder,
            );
        },
    },
];
