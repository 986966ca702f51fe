//! Unit `EAC2_ISO7816_Q`: verification of auxiliary data (TR-03105-3.3, 3.12).

use cvc::TerminalType::AuthenticationTerminal;
use iso7816::CommandApdu;
use iso7816::tlv::{self, Tag};
use lds::Date;
use secure_channel::PasswordId;
use secure_channel::auxiliary_data::{AuxiliaryData, Kind};

use crate::bench::{EID, unrestricted};
use crate::certificates::{after, before};
use crate::{Bench, CHECKING_ERROR, Case, Expected, OK, Stop};
use Kind::{DateOfBirth as Birth, DateOfExpiry as Expiry, MunicipalityId as Place};
use Value::{Agreeing, Beginning, Disagreeing, Today};

pub(super) fn cases() -> Vec<Case> {
    let tables = ROWS.iter().map(Row::case);
    let malformed = [
        Case::new(
            "EAC2_ISO7816_Q_21",
            "a value under another tag than that of a template is none",
            |bench| does_not_know(bench, Tag(0x72), Tag(0x06)),
        ),
        Case::new(
            "EAC2_ISO7816_Q_22",
            "a value whose kind stands under another tag than that of an object identifier is none",
            |bench| does_not_know(bench, Tag(0x73), Tag(0x07)),
        ),
    ];
    tables.chain(malformed).collect()
}

const OFFICIAL_AGE: &[&str] = &["DV_CERT_17", "AT_CERT_17f"];
const OFFICIAL_PLACE: &[&str] = &["DV_CERT_17", "AT_CERT_17g"];
/// Neither the age nor the place.
const NEITHER: &[&str] = &["DV_CERT_17", "AT_CERT_17a"];
const NON_OFFICIAL_AGE: &[&str] = &["DV_CERT_18", "AT_CERT_18f"];
const NON_OFFICIAL_PLACE: &[&str] = &["DV_CERT_18", "AT_CERT_18g"];
const NO: Answered = Answered::With(0x6300);
const DENIED: Answered = Answered::With(0x6982);
const UNKNOWN: Answered = Answered::With(0x6A88);

#[rustfmt::skip]
static ROWS: &[Row] = &[
    row("EAC2_ISO7816_Q_1", "an age that the holder has reached is confirmed",
        OFFICIAL_AGE, &[(Birth, Agreeing)], &[Birth], YES),
    row("EAC2_ISO7816_Q_2", "an age that the holder has not reached is not confirmed",
        OFFICIAL_AGE, &[(Birth, Disagreeing)], &[Birth], NO),
    row("EAC2_ISO7816_Q_3", "a terminal that may not ask the age is not answered",
        NEITHER, &[(Birth, Agreeing)], &[Birth], DENIED),
    row("EAC2_ISO7816_Q_4", "without a date of birth from the terminal there is no age to verify",
        OFFICIAL_AGE, &[], &[Birth], UNKNOWN),
    row("EAC2_ISO7816_Q_5", "a non-official terminal has an age confirmed as well",
        NON_OFFICIAL_AGE, &[(Birth, Agreeing)], &[Birth], YES),
    row("EAC2_ISO7816_Q_6", "the document is valid the day before its last",
        OFFICIAL_PLACE, &[(Expiry, Agreeing)], &[Expiry], YES),
    row("EAC2_ISO7816_Q_7", "the document is not valid the day after its last",
        OFFICIAL_PLACE, &[(Expiry, Disagreeing)], &[Expiry], NO),
    row("EAC2_ISO7816_Q_8", "without a day from the terminal there is no validity to verify",
        OFFICIAL_PLACE, &[], &[Expiry], UNKNOWN),
    row("EAC2_ISO7816_Q_9", "a non-official terminal has today's validity confirmed as well",
        NON_OFFICIAL_PLACE, &[(Expiry, Today)], &[Expiry], YES),
    row("EAC2_ISO7816_Q_10", "the holder's municipality is confirmed",
        OFFICIAL_PLACE, &[(Place, Agreeing)], &[Place], YES),
    row("EAC2_ISO7816_Q_11", "another municipality is not confirmed",
        OFFICIAL_PLACE, &[(Place, Disagreeing)], &[Place], NO),
    row("EAC2_ISO7816_Q_12", "a terminal that may not ask the municipality is not answered",
        NEITHER, &[(Place, Agreeing)], &[Place], DENIED),
    row("EAC2_ISO7816_Q_13", "without a municipality from the terminal there is none to verify",
        OFFICIAL_PLACE, &[], &[Place], UNKNOWN),
    row("EAC2_ISO7816_Q_14", "a non-official terminal has the municipality confirmed as well",
        NON_OFFICIAL_PLACE, &[(Place, Agreeing)], &[Place], YES),
    row("EAC2_ISO7816_Q_15", "the beginning of the holder's municipality is confirmed",
        OFFICIAL_PLACE, &[(Place, Beginning)], &[Place], YES),
    row("EAC2_ISO7816_Q_16", "a non-official terminal has the beginning of the municipality confirmed as well",
        NON_OFFICIAL_PLACE, &[(Place, Beginning)], &[Place], YES),
    row("EAC2_ISO7816_Q_17", "age and validity are confirmed in one session",
        OFFICIAL_AGE, &[(Birth, Agreeing), (Expiry, Agreeing)], &[Birth, Expiry], YES),
    row("EAC2_ISO7816_Q_18", "age, validity and municipality are confirmed in one session",
        &["DV_CERT_17", "AT_CERT_17j"],
        &[(Birth, Agreeing), (Expiry, Agreeing), (Place, Agreeing)], &[Birth, Expiry, Place], YES),
    row("EAC2_ISO7816_Q_19", "of two dates of birth the last counts, where it agrees",
        OFFICIAL_AGE, &[(Birth, Disagreeing), (Birth, Agreeing)], &[Birth], YES),
    row("EAC2_ISO7816_Q_20", "of two dates of birth the last counts, where it does not agree",
        OFFICIAL_AGE, &[(Birth, Agreeing), (Birth, Disagreeing)], &[Birth], Answered::WithAnError),
];

/// What is named in Terminal Authentication, what is asked, and what is answered to each question.
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) chain: &'static [&'static str],
    pub(super) named: &'static [(Kind, Value)],
    pub(super) asked: &'static [Kind],
    /// VERIFY or COMPARE.
    pub(super) question: fn(Kind) -> CommandApdu,
    pub(super) answered: Answered,
}

const fn row(
    id: &'static str,
    title: &'static str,
    chain: &'static [&'static str],
    named: &'static [(Kind, Value)],
    asked: &'static [Kind],
    answered: Answered,
) -> Row {
    Row {
        id,
        title,
        chain,
        named,
        asked,
        question: Kind::verify,
        answered,
    }
}

/// Which status words a row allows.
#[derive(Clone, Copy)]
pub(super) enum Answered {
    With(u16),
    WithAnError,
    WithOrAnError(u16),
}

pub(super) const YES: Answered = Answered::With(OK);

impl From<Answered> for Expected {
    fn from(answered: Answered) -> Self {
        match answered {
            Answered::With(word) => word.into(),
            Answered::WithAnError => CHECKING_ERROR.into(),
            Answered::WithOrAnError(word) => CHECKING_ERROR.or(word),
        }
    }
}

/// A value by what the card must think of it.
#[derive(Clone, Copy)]
pub(super) enum Value {
    Agreeing,
    Disagreeing,
    /// The left part of the agreeing one.
    Beginning,
    /// The day on which the authorities begin.
    Today,
}

impl Row {
    pub(super) fn case(&'static self) -> Case {
        Case::new(self.id, self.title, |bench| self.carry_out(bench))
    }

    fn carry_out(&self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        let mut named = AuxiliaryData::builder();
        for (kind, value) in self.named {
            named = named.value(&kind.oid(), &value_of(bench, *kind, *value)?);
        }
        let named = named.build().map_err(|error| bench.cannot(error))?;
        prepare(bench, self.chain, named)?;
        for (number, kind) in (1..).zip(self.asked) {
            bench.step(number);
            bench.send(&(self.question)(*kind))?.expect(self.answered)?;
        }
        Ok(())
    }
}

/// PACE with the PIN, Terminal Authentication with this in DO 67, Chip Authentication, and the eID application.
pub(super) fn prepare(
    bench: &mut Bench<'_>,
    chain: &[&str],
    named: AuxiliaryData,
) -> Result<(), Stop> {
    prepare_confirming(bench, &unrestricted(AuthenticationTerminal), chain, named)
}

/// The same, with this behind the parameters of PACE.
pub(super) fn prepare_confirming(
    bench: &mut Bench<'_>,
    confirmed: &[u8],
    chain: &[&str],
    named: AuxiliaryData,
) -> Result<(), Stop> {
    bench.preparing("precondition");
    bench.pace(PasswordId::Pin, confirmed)?;
    bench.terminal_authentication_asking(chain, named)?;
    bench.authenticate_chip()?;
    bench.select_application(EID)?.expect(OK).map(drop)
}

/// A date of birth that agrees, in DO 67 under other tags than the standard's.
pub(super) fn malformed(
    bench: &Bench<'_>,
    template: Tag,
    object_identifier: Tag,
) -> Result<AuxiliaryData, Stop> {
    let oid = tlv::encode(object_identifier, &Birth.oid());
    let value = tlv::encode(Tag(0x53), &value_of(bench, Birth, Agreeing)?);
    let template = tlv::encode(template, &[oid, value].concat());
    let read = AuxiliaryData::received(&tlv::encode(Tag(0x67), &template));
    read.map_err(|error| bench.cannot(error))
}

fn does_not_know(bench: &mut Bench<'_>, template: Tag, oid: Tag) -> Result<(), Stop> {
    let named = malformed(bench, template, oid)?;
    prepare(bench, OFFICIAL_AGE, named)?;
    bench.step(1);
    bench.send(&Birth.verify())?.expect(0x6A88).map(drop)
}

fn value_of(bench: &Bench<'_>, kind: Kind, value: Value) -> Result<Vec<u8>, Stop> {
    let statement = bench.statement();
    let missing = |field| bench.cannot(format!("the statement says no {field}"));
    let today = bench.authorities().effective();
    Ok(match (kind, value) {
        (_, Today) => digits(today),
        // Nobody is that old.
        (Birth, Disagreeing) => b"18500101".to_vec(),
        (Birth, _) => {
            let year = today.year().saturating_sub(statement.valid_age);
            let born = Date::new(year, today.month(), today.day());
            // 29 February, in a year without.
            let born = born.or_else(|_| Date::new(year, today.month(), 28));
            digits(born.map_err(|error| bench.cannot(error))?)
        }
        (Expiry, value) => {
            let last = statement
                .date_of_expiry
                .ok_or_else(|| missing("date_of_expiry"))?;
            let day = match value {
                Disagreeing => after(last),
                _ => before(last),
            };
            digits(day)
        }
        (Place, value) => {
            let place = statement.valid_municipality_id.clone();
            let mut place = place.ok_or_else(|| missing("valid_municipality_id"))?;
            match (value, place.len()) {
                (Beginning, ..2) => return Err(missing("valid_municipality_id to be cut")),
                (Beginning, _) => drop(place.pop()),
                // As near as can be.
                (Disagreeing, _) => {
                    if let Some(last) = place.last_mut() {
                        *last ^= 1;
                    }
                }
                _ => {}
            }
            place
        }
    })
}

fn digits(day: Date) -> Vec<u8> {
    day.to_yyyymmdd().into_bytes()
}
