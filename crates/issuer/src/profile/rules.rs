//! The rules between fields. Each holds where the fields it speaks of are well-formed, whatever
//! else is wrong with the profile.

use lds::eid::MarriageStatus;
use lds::mrz::MrzName;
use lds::{Date, NationalId, PartialDate, RomanizedName, Sex};
use secure_channel::Curve;
use zeroize::Zeroizing;

use super::CardNumber;
use super::problem::Reason;
use super::source::Problems;

/// Age from which every national holds a card (戶籍法 Art. 57); what the holder of a card may have
/// only from then on is this project's own rule.
const AGE_OF_OBLIGATION: u16 = 14;

/// The values that rules speak of; `None` where a field was refused.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) national_id: Option<NationalId>,
    pub(super) sex: Option<Sex>,
    pub(super) birth_date: Option<PartialDate>,
    pub(super) marriage_status: Option<MarriageStatus>,
    pub(super) spouse_given: bool,
    pub(super) serves: Option<bool>,
    /// The romanized or foreign name, where both fields are well-formed.
    pub(super) latin_name: Option<Option<RomanizedName>>,
    pub(super) card_number: Option<CardNumber>,
    pub(super) issue_date: Option<Date>,
    pub(super) renewal_date: Option<Date>,
    /// Whether each of the two sizes has a picture.
    pub(super) portraits: Option<[bool; 2]>,
    pub(super) icao: Option<bool>,
    pub(super) icao_can: bool,
    pub(super) active_authentication: bool,
    pub(super) certificate: Option<bool>,
    pub(super) curves: Vec<Option<Curve>>,
    pub(super) can: Option<Zeroizing<String>>,
    pub(super) both_pin1: bool,
    pub(super) pin2_given: bool,
}

impl Facts {
    /// Reports every rule that is broken.
    pub(super) fn check(&self, problems: &Problems<'_>) {
        self.check_sex(problems);
        self.check_marriage(problems);
        self.check_dates(problems);
        self.check_age(problems);
        self.check_portraits(problems);
        self.check_icao(problems);
        self.check_suites(problems);
        self.check_codes(problems);
    }

    fn check_sex(&self, problems: &Problems<'_>) {
        if let (Some(sex), Some(id)) = (self.sex, &self.national_id)
            && id.sex() != sex
        {
            problems.report("holder.sex", Reason::SexDisagreesWithNationalId);
        }
    }

    fn check_marriage(&self, problems: &Problems<'_>) {
        match self.marriage_status {
            Some(MarriageStatus::Married) if !self.spouse_given => {
                problems.report("holder.marriage_status", Reason::MarriedWithoutSpouse);
            }
            Some(MarriageStatus::Unmarried) if self.spouse_given => {
                problems.report("holder.spouse", Reason::UnmarriedWithSpouse);
            }
            _ => {}
        }
    }

    fn check_dates(&self, problems: &Problems<'_>) {
        let Some(issue) = self.issue_date else { return };
        if self.renewal_date.is_some_and(|renewal| renewal <= issue) {
            problems.report("document.renewal_date", Reason::RenewalNotAfterIssue);
        }
        if self.national_id.is_some_and(|id| !id.is_valid_on(issue)) {
            problems.report("holder.national_id", Reason::OldFormNoLongerValid);
        }
        if self.is_born_after_issue() {
            problems.report("holder.birth_date", Reason::BornAfterIssue);
        }
    }

    fn is_born_after_issue(&self) -> bool {
        let birth = self.birth_date.and_then(earliest_possible);
        matches!((birth, self.issue_date), (Some(birth), Some(issue)) if birth > issue)
    }

    /// Where the date of birth is partly unknown the latest possible day counts, as in the card's
    /// own age check. Somebody who is not born yet has been reported as that.
    fn check_age(&self, problems: &Problems<'_>) {
        let latest = self.birth_date.and_then(PartialDate::latest_possible);
        let (Some(birth), Some(issue)) = (latest, self.issue_date) else {
            return;
        };
        if self.is_born_after_issue() || age_on(birth, issue) >= AGE_OF_OBLIGATION {
            return;
        }
        let married = self
            .marriage_status
            .map(|status| status == MarriageStatus::Married);
        let forbidden = [
            (married, "holder.marriage_status"),
            (self.serves, "holder.military_service"),
            (self.certificate, "chip.certificate"),
        ];
        for (_, field) in forbidden
            .iter()
            .filter(|(present, _)| *present == Some(true))
        {
            problems.report(field, Reason::UnderFourteen);
        }
    }

    fn check_portraits(&self, problems: &Problems<'_>) {
        match self.portraits {
            Some([true, false]) => problems.report("portrait.dpi_600", Reason::OnePortraitMissing),
            Some([false, true]) => problems.report("portrait.dpi_300", Reason::OnePortraitMissing),
            Some([false, false]) if self.icao == Some(true) => {
                problems.report("portrait.dpi_300", Reason::NoPortraitForIcao);
            }
            _ => {}
        }
    }

    fn check_icao(&self, problems: &Problems<'_>) {
        let mrz_name = |name: &Option<RomanizedName>| {
            let name = MrzName::from_romanized(name.as_ref()?.as_str()).ok()?;
            name.to_line().ok()
        };
        let has_none = self
            .latin_name
            .as_ref()
            .is_some_and(|name| mrz_name(name).is_none());
        if self.icao == Some(true) && has_none {
            problems.report("holder.romanized_name", Reason::NoNameForMrz);
        }
        if self.icao == Some(false) {
            let options = [
                (self.icao_can, "chip.icao_can"),
                (self.active_authentication, "chip.active_authentication"),
            ];
            for (_, field) in options.iter().filter(|(set, _)| *set) {
                problems.report(field, Reason::OptionNeedsIcao);
            }
        }
    }

    fn check_suites(&self, problems: &Problems<'_>) {
        for (index, curve) in self.curves.iter().enumerate() {
            if curve.is_some()
                && self
                    .curves
                    .iter()
                    .take(index)
                    .any(|earlier| earlier == curve)
            {
                problems.report(&format!("chip.pace[{index}].curve"), Reason::CurveTwice);
            }
        }
    }

    fn check_codes(&self, problems: &Problems<'_>) {
        if let (Some(number), Some(can)) = (&self.card_number, &self.can)
            && number.can() != can.as_str()
        {
            problems.report("codes.can", Reason::CanIsNotEndOfCardNumber);
        }
        if self.both_pin1 {
            problems.report("codes.transport_pin1", Reason::TwoKindsOfPin1);
        }
        if self.pin2_given && self.certificate == Some(false) {
            problems.report("codes.pin2", Reason::Pin2WithoutCertificate);
        }
    }
}

/// Completed years of age.
fn age_on(birth: Date, day: Date) -> u16 {
    let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
    day.year()
        .saturating_sub(birth.year())
        .saturating_sub(u16::from(!had_birthday))
}

/// The first day that the date can be.
fn earliest_possible(date: PartialDate) -> Option<Date> {
    Date::new(
        date.year()?,
        date.month().unwrap_or(1),
        date.day().unwrap_or(1),
    )
    .ok()
}
