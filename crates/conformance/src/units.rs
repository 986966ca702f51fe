//! The cases, grouped as the documents group them.

use crate::Case;

mod access_conditions;
mod auxiliary_data;
mod certificate_verification;
mod chat_restrictions;
mod chip_authentication;
mod chip_authentication_3;
mod compare;
mod ef_atr_info;
mod eid_groups;
mod envelope;
mod migration;
mod pace;
mod passport_chip_authentication;
mod passwords;
mod pin_management;
mod restricted_identification;
mod security_infos;
mod terminal_authentication;
mod trust_points;

/// Every case that can be carried out. What of the [`catalogue`](crate::catalogue()) is missing here and applies to a card is
/// reported as failed.
#[must_use]
pub fn cases() -> Vec<Case> {
    let units = [
        passport_chip_authentication::cases(),
        ef_atr_info::cases(),
        pace::cases(),
        chip_authentication::cases(),
        certificate_verification::cases(),
        terminal_authentication::cases(),
        access_conditions::cases(),
        chat_restrictions::cases(),
        pin_management::cases(),
        trust_points::cases(),
        migration::cases(),
        auxiliary_data::cases(),
        restricted_identification::cases(),
        envelope::cases(),
        compare::cases(),
        chip_authentication_3::cases(),
        security_infos::cases(),
        eid_groups::cases(),
    ];
    units.into_iter().flatten().collect()
}
