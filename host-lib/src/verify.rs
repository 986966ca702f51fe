//! Verification: from what was read to what can be relied on.

use core::fmt;
use core::ops::Deref;

use lds::{Date, Dg14, Dg15, LdsSecurityObject, SecurityInfos};
use pki::{Authentic, PassiveAuthentication, RevocationList, Time, TrustStore};
use secure_channel::{ChipAuthenticated, EcPublicKey};

use crate::binding::{Comparison, compare_card_access, public_key};
use crate::chip;
use crate::error::{Error, ErrorCode, File, Result};
use crate::evidence::{
    ActiveAuthenticationEvidence, ChipAuthenticationEvidence, Content, Evidence, Facts, Unverified,
};
use crate::lost::LostList;
use crate::report::{Agreement, CheckName, ChipProof, Outcome, Report, SignedObject, Skipped};
use crate::session::{Application, CamEvidence, CardSecurity, Opened};
use crate::travel::{DG14, DG15};

/// With what, and for which moment, documents are verified. Nothing is fetched from anywhere: what is
/// not handed in is not used.
///
/// By default a document is accepted only if
///
/// * its security objects were signed by a document signer that leads to an anchor of the trust store,
///   with a current revocation list at hand,
/// * every group that was read has its signed hash,
/// * the chip proved that it holds the private key that its issuer signed for, and
/// * no other check failed.
///
/// The two that some installations cannot meet can be given up, each by its name.
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'a> {
    trust: &'a TrustStore,
    now: Time,
    revocation_lists: &'a [RevocationList],
    lost: Option<&'a LostList>,
    missing_list_accepted: bool,
    unproven_chip_accepted: bool,
}

impl<'a> Verifier<'a> {
    /// Verifies against the anchors of `trust`, at the moment `now`.
    ///
    /// ```
    /// use host_lib::{Time, TrustStore, Verifier};
    ///
    /// let trust = TrustStore::new(); // empty: nothing passes until an anchor is added
    /// let now = Time::try_from(std::time::SystemTime::now())?;
    /// let verifier = Verifier::new(&trust, now);
    /// # let _ = verifier;
    /// # Ok::<(), pki::Error>(())
    /// ```
    pub fn new(trust: &'a TrustStore, now: Time) -> Self {
        Self {
            trust,
            now,
            revocation_lists: &[],
            lost: None,
            missing_list_accepted: false,
            unproven_chip_accepted: false,
        }
    }

    /// The revocation lists of the country signing CAs.
    #[must_use]
    pub fn revocation_lists(mut self, lists: &'a [RevocationList]) -> Self {
        self.revocation_lists = lists;
        self
    }

    /// The list of lost documents.
    #[must_use]
    pub fn lost_documents(mut self, list: &'a LostList) -> Self {
        self.lost = Some(list);
        self
    }

    /// Does without revocation lists: a document of a revoked signer is then accepted. The report says
    /// that the check was not performed.
    #[must_use]
    pub fn accept_missing_revocation_list(mut self) -> Self {
        self.missing_list_accepted = true;
        self
    }

    /// Accepts documents whose chip proved nothing: they may be copies. A proof that was attempted and
    /// failed is still an error.
    #[must_use]
    pub fn accept_unproven_chip(mut self) -> Self {
        self.unproven_chip_accepted = true;
        self
    }

    /// The date in Taiwan (UTC+8) at the moment of the verification.
    pub fn today(&self) -> Option<Date> {
        date_in_taiwan(self.now)
    }

    pub(crate) fn passive(&self) -> PassiveAuthentication<'a> {
        let passive = PassiveAuthentication::new(self.trust, self.now);
        if self.missing_list_accepted && self.revocation_lists.is_empty() {
            passive.without_revocation_lists()
        } else {
            passive.with_revocation_lists(self.revocation_lists)
        }
    }
}

/// Contents that passive authentication has verified, with the report of all checks.
///
/// Only verification makes one: signature, signer, revocation and hashes have passed. That the
/// *document* is acceptable (chip genuine, not overdue, not lost) is what
/// [`Verdict::accept`] adds.
pub struct Verified<T> {
    contents: T,
    report: Report,
}

impl<T> Verified<T> {
    /// Each check by name.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The contents alone.
    pub fn into_contents(self) -> T {
        self.contents
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.contents
    }
}

impl<T: fmt::Debug> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verified").field(&self.contents).finish()
    }
}

/// How a verification went.
#[derive(Debug)]
#[must_use = "a verdict that nobody looks at protects nobody"]
pub struct Verdict<T> {
    report: Report,
    contents: Result<Verified<T>>,
    unproven_chip_accepted: bool,
}

impl<T> Verdict<T> {
    /// Each check by name, with its result.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The contents of a document that can be accepted.
    ///
    /// # Errors
    /// [`Error::Refused`] with the most fundamental check that failed, or
    /// [`ErrorCode::ChipNotProven`]; [`Error::ChipMisbehaved`] if verified contents do not parse.
    pub fn accept(self) -> Result<Verified<T>> {
        self.report.require_no_failure()?;
        let contents = self.contents?;
        if !self.unproven_chip_accepted && !self.report.chip_is_genuine() {
            return Err(Error::Refused {
                check: CheckName::Chip(ChipProof::PaceCam),
                code: ErrorCode::ChipNotProven,
            });
        }
        Ok(contents)
    }

    /// The contents if they are the issuer's, even where the *document* must not be accepted: to say
    /// whose card is overdue, for instance. A copied chip has authentic contents too.
    pub fn authentic_contents(&self) -> Option<&Verified<T>> {
        self.contents.as_ref().ok()
    }
}

impl<T: Content> Unverified<T> {
    /// Verifies everything that was read, for one moment and one trust store.
    pub fn verify(&self, verifier: &Verifier<'_>) -> Verdict<T> {
        Verification {
            evidence: &self.evidence,
            verifier,
            application: T::APPLICATION,
        }
        .run()
    }
}

/// One verification.
struct Verification<'e> {
    evidence: &'e Evidence,
    verifier: &'e Verifier<'e>,
    application: Application,
}

/// What passive authentication vouches for.
struct Vouched {
    security_infos: Option<Authentic<SecurityInfos>>,
    security_object: Option<Authentic<LdsSecurityObject>>,
}

impl Verification<'_> {
    fn run<T: Content>(&self) -> Verdict<T> {
        let mut objects = Report::default();
        let vouched = Vouched {
            security_infos: card_security(
                self.verifier,
                &self.evidence.card_security,
                &mut objects,
            ),
            security_object: self.security_object::<T>(&mut objects),
        };
        let mut report = Report::default();
        report.push(CheckName::CardAccess, self.card_access(&vouched));
        report.append(objects);
        self.chip(&mut report, &vouched);
        let contents = match &vouched.security_object {
            Some(_) => T::parse(&self.evidence.groups),
            None => Err(match report.require_no_failure() {
                Err(error) => error,
                Ok(()) => Error::Internal("an unauthentic object without a failed check"),
            }),
        };
        match &contents {
            Ok(contents) => self.document(&mut report, &contents.facts()),
            Err(_) => self.no_document(&mut report),
        }
        Verdict {
            contents: contents.map(|contents| Verified {
                contents,
                report: report.clone(),
            }),
            report,
            unproven_chip_accepted: self.verifier.unproven_chip_accepted,
        }
    }

    /// EF.SOD and the hashes of all groups that were read.
    fn security_object<T: Content>(
        &self,
        report: &mut Report,
    ) -> Option<Authentic<LdsSecurityObject>> {
        let groups: Vec<(u8, &[u8])> = self
            .evidence
            .groups
            .iter()
            .map(|(number, contents)| (*number, contents.as_slice()))
            .collect();
        // The document's own claim about its type; if it lies, its hash says so.
        let document_type = T::document_type(&self.evidence.groups);
        let mut passive = self.verifier.passive();
        if let Some(document_type) = &document_type {
            passive = passive.for_document_type(document_type);
        }
        let verdict = passive.security_object(&self.evidence.security_object, &groups);
        translate(report, verdict.report(), SignedObject::Sod);
        verdict.into_result().ok()
    }

    /// EF.CardAccess against its signed copy: EF.CardSecurity where it was read, else DG14.
    fn card_access(&self, vouched: &Vouched) -> Outcome {
        let card_access = &self.evidence.card_access;
        match (&self.evidence.card_security, self.application) {
            (CardSecurity::Read(_), _) => {
                compare_with_card_security(card_access, vouched.security_infos.as_ref())
            }
            (_, Application::Icao) => match self.authentic_dg14(vouched) {
                Some(dg14) => {
                    let signed = dg14.security_infos();
                    outcome_of(compare_card_access(card_access, signed, File::Icao(DG14)))
                }
                None if self.evidence.groups.contains_key(&DG14) => {
                    Outcome::NotPerformed(Skipped::EarlierCheckFailed)
                }
                None => Outcome::NotPerformed(Skipped::NotOnCard),
            },
            _ => Outcome::NotPerformed(Skipped::NotOnCard),
        }
    }

    /// DG14, if passive authentication vouches for it.
    fn authentic_dg14(&self, vouched: &Vouched) -> Option<Dg14> {
        vouched.security_object.as_ref()?;
        Dg14::parse(self.evidence.groups.get(&DG14)?).ok()
    }

    /// The proofs of the chip. Each counts only with a key that passive authentication vouches for.
    fn chip(&self, report: &mut Report, vouched: &Vouched) {
        let infos = vouched.security_infos.as_ref();
        let outcome = pace_cam(&self.evidence.cam, infos);
        report.push(CheckName::Chip(ChipProof::PaceCam), outcome);
        if self.application == Application::Icao {
            let outcome = self.chip_authentication(vouched);
            report.push(CheckName::Chip(ChipProof::ChipAuthentication), outcome);
            let outcome = self.active_authentication(vouched);
            report.push(CheckName::Chip(ChipProof::ActiveAuthentication), outcome);
        }
    }

    fn chip_authentication(&self, vouched: &Vouched) -> Outcome {
        match &self.evidence.chip_authentication {
            ChipAuthenticationEvidence::NotPerformed(_) if self.hidden(vouched, DG14) => {
                Outcome::Failed(ErrorCode::ChipNotGenuine)
            }
            ChipAuthenticationEvidence::NotPerformed(skipped) => Outcome::NotPerformed(*skipped),
            ChipAuthenticationEvidence::Fails => Outcome::Failed(ErrorCode::ChipNotGenuine),
            ChipAuthenticationEvidence::Holds(proof) => {
                let dg14 = self.authentic_dg14(vouched);
                held_against(proof, dg14.as_ref().map(Dg14::security_infos))
            }
        }
    }

    fn active_authentication(&self, vouched: &Vouched) -> Outcome {
        let (challenge, signature) = match &self.evidence.active_authentication {
            ActiveAuthenticationEvidence::NotPerformed(_) if self.hidden(vouched, DG15) => {
                return Outcome::Failed(ErrorCode::ChipNotGenuine);
            }
            ActiveAuthenticationEvidence::NotPerformed(skipped) => {
                return Outcome::NotPerformed(*skipped);
            }
            ActiveAuthenticationEvidence::Refused => {
                return Outcome::Failed(ErrorCode::ChipNotGenuine);
            }
            ActiveAuthenticationEvidence::Signed {
                challenge,
                signature,
            } => (challenge, signature),
        };
        if vouched.security_object.is_none() {
            return Outcome::NotPerformed(Skipped::EarlierCheckFailed);
        }
        let dg15 = self.evidence.groups.get(&DG15);
        let dg15 = dg15.and_then(|contents| Dg15::parse(contents).ok());
        let dg14 = self.authentic_dg14(vouched);
        let right = dg15.is_some_and(|dg15| {
            chip::signature_is_right(&dg15, dg14.as_ref(), challenge, signature)
        });
        if right {
            Outcome::Passed
        } else {
            Outcome::Failed(ErrorCode::ChipNotGenuine)
        }
    }

    /// Whether the issuer signed a group that the chip says it does not have.
    fn hidden(&self, vouched: &Vouched, number: u8) -> bool {
        let signed = vouched
            .security_object
            .as_ref()
            .is_some_and(|object| object.hash(number).is_some());
        signed && !self.evidence.groups.contains_key(&number)
    }

    /// What the verified contents say about the document.
    fn document(&self, report: &mut Report, facts: &Facts) {
        let renewal = match (facts.valid_until, self.verifier.today()) {
            (Some(last), Some(today)) => passed_unless(today > last, ErrorCode::DocumentOverdue),
            _ => Outcome::NotPerformed(facts.without_date),
        };
        report.push(CheckName::RenewalDate, renewal);

        let lost = match (&facts.document_number, self.verifier.lost) {
            (Some(number), Some(list)) => {
                passed_unless(list.contains(number), ErrorCode::CardReportedLost)
            }
            (_, None) => Outcome::NotPerformed(Skipped::NoListGiven),
            (None, Some(_)) => Outcome::NotPerformed(Skipped::NotRead),
        };
        report.push(CheckName::LostList, lost);

        let can = match &self.evidence.opened {
            Opened::Can(can) | Opened::Pin(Some(can)) => Some(can),
            _ => None,
        };
        if let (Some(can), Some(stored)) = (can, &facts.access_code) {
            let outcome = passed_unless(can.digits() != stored, ErrorCode::FieldsDisagree);
            report.push(CheckName::Agreement(Agreement::AccessCode), outcome);
        }
        if let (Opened::Mrz(key), Some(stored)) = (&self.evidence.opened, &facts.mrz) {
            let outcome = passed_unless(key != stored, ErrorCode::FieldsDisagree);
            report.push(CheckName::Agreement(Agreement::Mrz), outcome);
        }
    }

    fn no_document(&self, report: &mut Report) {
        for name in [CheckName::RenewalDate, CheckName::LostList] {
            report.push(name, Outcome::NotPerformed(Skipped::EarlierCheckFailed));
        }
    }
}

/// EF.CardSecurity, where it was read.
fn card_security(
    verifier: &Verifier<'_>,
    card_security: &CardSecurity,
    report: &mut Report,
) -> Option<Authentic<SecurityInfos>> {
    let CardSecurity::Read(contents) = card_security else {
        return None;
    };
    let verdict = verifier.passive().security_infos(contents);
    translate(report, verdict.report(), SignedObject::CardSecurity);
    verdict.into_result().ok()
}

/// EF.CardAccess against a verified EF.CardSecurity.
fn compare_with_card_security(
    card_access: &SecurityInfos,
    signed: Option<&Authentic<SecurityInfos>>,
) -> Outcome {
    match signed {
        Some(signed) => outcome_of(compare_card_access(card_access, signed, File::CardSecurity)),
        None => Outcome::NotPerformed(Skipped::EarlierCheckFailed),
    }
}

fn outcome_of(comparison: Result<Comparison>) -> Outcome {
    match comparison {
        Ok(Comparison::Same) => Outcome::Passed,
        Ok(Comparison::NothingToCompare) => Outcome::NotPerformed(Skipped::NothingToCompare),
        Err(error) => Outcome::Failed(error.code()),
    }
}

/// What PACE-CAM showed, with a verified EF.CardSecurity.
fn pace_cam(cam: &CamEvidence, signed: Option<&Authentic<SecurityInfos>>) -> Outcome {
    match cam {
        CamEvidence::NotUsed => Outcome::NotPerformed(Skipped::NotUsed),
        CamEvidence::Unchecked | CamEvidence::Fails => Outcome::Failed(ErrorCode::ChipNotGenuine),
        CamEvidence::Holds(proof) => held_against(proof, signed.map(Deref::deref)),
    }
}

/// The proof of the chip alone, for what needs no data: EF.CardAccess, EF.CardSecurity, PACE-CAM.
pub(crate) fn prove_card_security(
    verifier: &Verifier<'_>,
    card_access: &SecurityInfos,
    file: &CardSecurity,
    cam: &CamEvidence,
) -> Report {
    let mut objects = Report::default();
    let signed = card_security(verifier, file, &mut objects);
    let mut report = Report::default();
    let comparison = compare_with_card_security(card_access, signed.as_ref());
    report.push(CheckName::CardAccess, comparison);
    report.append(objects);
    report.push(
        CheckName::Chip(ChipProof::PaceCam),
        pace_cam(cam, signed.as_ref()),
    );
    report
}

fn passed_unless(failed: bool, code: ErrorCode) -> Outcome {
    if failed {
        Outcome::Failed(code)
    } else {
        Outcome::Passed
    }
}

/// A proof of the chip, held against the keys that are signed.
fn held_against(proof: &ChipAuthenticated, signed: Option<&SecurityInfos>) -> Outcome {
    let Some(signed) = signed else {
        return Outcome::NotPerformed(Skipped::EarlierCheckFailed);
    };
    let key: &EcPublicKey = proof.static_key();
    let is_signed = signed
        .chip_authentication_public_key_infos()
        .filter_map(|info| public_key(&info.chip_authentication_public_key, None))
        .any(|signed| signed == *key);
    passed_unless(!is_signed, ErrorCode::ChipNotGenuine)
}

/// Takes the lines of passive authentication over into the report.
fn translate(report: &mut Report, passive: &pki::Report, object: SignedObject) {
    for check in passive.checks() {
        let name = match check.name {
            pki::CheckName::Signature => CheckName::Signature(object),
            pki::CheckName::CountrySigningCa => CheckName::CountrySigningCa(object),
            pki::CheckName::DocumentSigner => CheckName::DocumentSigner(object),
            pki::CheckName::Validity => CheckName::Validity(object),
            pki::CheckName::Revocation => CheckName::Revocation(object),
            pki::CheckName::DocumentType => CheckName::DocumentType(object),
            pki::CheckName::GroupHash(number) => CheckName::GroupHash(number),
            _ => CheckName::Content(object),
        };
        let outcome = match &check.outcome {
            pki::Outcome::Passed => Outcome::Passed,
            pki::Outcome::Failed(error) => Outcome::Failed(ErrorCode::of(error)),
            pki::Outcome::NotPerformed(reason) => match (reason, check.name) {
                // Groups that nobody asked for, and a type that nobody claims, are no news.
                (pki::Reason::NotRead, _) | (_, pki::CheckName::DocumentType) => continue,
                (pki::Reason::NotAsked, _) => Outcome::NotPerformed(Skipped::NoListGiven),
                _ => Outcome::NotPerformed(Skipped::EarlierCheckFailed),
            },
        };
        report.push(name, outcome);
    }
}

/// The calendar date at UTC+8.
fn date_in_taiwan(now: Time) -> Option<Date> {
    let days = (now.unix_seconds() + 8 * 3600) / 86_400;
    // Days since 0000-03-01, so that the leap day ends a year; 400 years have 146097 days.
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    Date::new(
        u16::try_from(year).ok()?,
        u8::try_from(month).ok()?,
        u8::try_from(day).ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_that_of_taipei() {
        let at = |year, month, day, hour| Time::utc(year, month, day, hour, 59, 59).unwrap();
        let date = |year, month, day| Date::new(year, month, day).ok();
        assert_eq!(date_in_taiwan(at(2026, 11, 24, 15)), date(2026, 11, 24));
        assert_eq!(date_in_taiwan(at(2026, 11, 24, 16)), date(2026, 11, 25));
        assert_eq!(date_in_taiwan(at(2027, 12, 31, 20)), date(2028, 1, 1));
        assert_eq!(date_in_taiwan(at(2028, 2, 28, 20)), date(2028, 2, 29));
        assert_eq!(date_in_taiwan(at(2100, 2, 28, 20)), date(2100, 3, 1));
        assert_eq!(date_in_taiwan(at(1970, 1, 1, 0)), date(1970, 1, 1));
    }
}
