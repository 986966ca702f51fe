//! `neweid card`: the list of lost cards, as the ministry keeps it.

use issuer::operator_log::Action;
use issuer::{CardNumber, LostCardChange, LostCardError};

use rand_core::CryptoRng;

use crate::Manner;
use crate::arguments::card::{CardAction, OneCard, Register};
use crate::citizens::Office;
use crate::codes::{CodeName, CodeReader};
use crate::commands::issue::system_randomness;
use crate::document::{LostCards, LostCardsDone, Outcome};
use crate::exit::Exit;
use crate::failure::{CardFault, Failure};
use crate::register::{self, Operator, refused};

impl CardAction {
    /// The name of the subcommand, as the JSON documents have it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::ReportLost(_) => "card report-lost",
            Self::Reinstate(_) => "card reinstate",
            Self::Void(_) => "card void",
            Self::Publish(_) => "card publish",
        }
    }
}

pub(crate) fn run(action: &CardAction, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    use LostCardChange::{Reinstate, ReportLost, Void};
    match action {
        CardAction::ReportLost(card) => change(
            card,
            ReportLost,
            Action::ReportLost,
            LostCardsDone::ReportedLost,
            manner,
        ),
        CardAction::Reinstate(card) => change(
            card,
            Reinstate,
            Action::Reinstate,
            LostCardsDone::Reinstated,
            manner,
        ),
        CardAction::Void(card) => change(card, Void, Action::Void, LostCardsDone::Voided, manner),
        CardAction::Publish(register) => sign(
            register,
            None,
            Action::PublishList,
            LostCardsDone::Published,
        ),
    }
}

fn change(
    card: &OneCard,
    change: LostCardChange,
    action: Action,
    done: LostCardsDone,
    manner: Manner,
) -> Result<(Outcome, Exit), Failure> {
    let flags = [(CodeName::CardNumber, card.number_stdin)];
    let number = CodeReader::new(manner.language, &flags).obtain(CodeName::CardNumber)?;
    let number = CardNumber::parse(&number).ok_or(CardFault::NoNumber)?;
    sign(&card.register, Some((&number, change)), action, done)
}

/// Signs the next list, with one card changed or none.
fn sign(
    register: &Register,
    change: Option<(&CardNumber, LostCardChange)>,
    action: Action,
    done: LostCardsDone,
) -> Result<(Outcome, Exit), Failure> {
    let folder = &register.folder;
    let pki = register::keys(folder)?;
    let rng = &mut system_randomness();
    // The log is locked until the end, so that two operators count one list after the other.
    let mut operator = Operator::open(folder, rng)?;
    let list = register::lost_cards(folder, &pki, rng)?;
    let period = register::period(register.days)?;
    let (next, object) = match change {
        Some((number, change)) => {
            if !register::cards(folder).knows(number) {
                return Err(CardFault::Refused(LostCardError::UnknownCard).into());
            }
            let next = pki.change_lost_cards(&list, number, change, period, rng);
            (next, operator.reference(number))
        }
        None => (pki.renew_lost_cards(&list, period, rng), "list".to_owned()),
    };
    let next = next.map_err(refused)?;
    let begun = operator.begin(action, &object, rng)?;
    let mut certificates = Vec::new();
    if let Some((number, change)) = change {
        // Before the list of lost cards: where the machine stops in between, the same command goes on.
        (operator, certificates) = follow(register, number, change, operator, rng)?;
    }
    let file = register::publish(folder, &next)?;
    let sectors = register::publish_sectors(folder, &next, rng)?;
    operator.done(begun, rng)?;
    let outcome = LostCards {
        done,
        file: file.display().to_string(),
        list_number: register::number_of(&next),
        sectors: sectors
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
        this_update: next.this_update().to_string(),
        next_update: next.next_update().to_string(),
        entries: next.len(),
        certificates,
    };
    Ok((Outcome::LostCards(outcome), Exit::Success))
}

/// The certificates of the card's holder share its lot. Gives the log back, and their serial numbers.
fn follow(
    register: &Register,
    number: &CardNumber,
    change: LostCardChange,
    operator: Operator,
    rng: &mut dyn CryptoRng,
) -> Result<(Operator, Vec<String>), Failure> {
    let folder = &register.folder;
    let holder = register::cards(folder).subjects(number).map_err(refused)?;
    if holder.is_empty() {
        return Ok((operator, Vec::new()));
    }
    let mut office = Office::open(folder, operator)?;
    let changed = office.follow(change, &holder, rng)?;
    office.publish(register.days, rng)?;
    let changed = changed.iter().map(ToString::to_string).collect();
    Ok((office.operator, changed))
}
