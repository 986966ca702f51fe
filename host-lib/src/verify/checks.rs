//! Each check of a verification, and what it rests on.

use core::ops::Deref;

use lds::{Dg14, Dg15, LdsSecurityObject, SecurityInfos};
use pki::Authentic;
use secure_channel::{ChipAuthenticated, EcPublicKey};

use super::{Verdict, Verified, Verifier};
use crate::binding::{Comparison, compare_card_access, public_key};
use crate::chip;
use crate::error::{Error, ErrorCode, File, Result};
use crate::evidence::{
    ActiveAuthenticationEvidence, ChipAuthenticationEvidence, Content, Evidence, Facts,
};
use crate::report::{Agreement, CheckName, ChipProof, Outcome, Report, SignedObject, Skipped};
use crate::session::{Application, CamEvidence, CardSecurity, Opened};
use crate::travel::{DG14, DG15};

/// One verification.
pub(super) struct Verification<'e> {
    evidence: &'e Evidence,
    verifier: &'e Verifier<'e>,
    application: Application,
}

/// What passive authentication vouches for.
struct Vouched {
    security_infos: Option<Authentic<SecurityInfos>>,
    security_object: Option<Authentic<LdsSecurityObject>>,
}

impl<'e> Verification<'e> {
    pub(super) fn new(
        evidence: &'e Evidence,
        verifier: &'e Verifier<'e>,
        application: Application,
    ) -> Self {
        Self {
            evidence,
            verifier,
            application,
        }
    }

    pub(super) fn run<T: Content>(&self) -> Verdict<T> {
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
            reader_trusted: self.verifier.reader_trusted,
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
        if self.application == Application::Eid
            && let Some(outcome) = chip_authentication_2(&self.evidence.chip_authentication, infos)
        {
            report.push(CheckName::Chip(ChipProof::ChipAuthentication), outcome);
        }
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
            ChipAuthenticationEvidence::SeenByReader => {
                Outcome::NotPerformed(Skipped::SeenByReader)
            }
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
            (Some(number), Some(list)) => match list.contains(number) {
                Ok(listed) => passed_unless(listed, ErrorCode::CardReportedLost),
                // Its index cannot be read: nobody knows whether the document is on it.
                Err(_) => Outcome::Failed(ErrorCode::RevocationListInvalid),
            },
            (_, None) => Outcome::NotPerformed(Skipped::NoListGiven),
            (None, Some(_)) => Outcome::NotPerformed(Skipped::NotRead),
        };
        report.push(CheckName::LostList, lost);

        let can = match &self.evidence.opened {
            Some(Opened::Can(can)) => Some(can),
            _ => None,
        };
        if let (Some(can), Some(stored)) = (can, &facts.access_code) {
            let outcome = passed_unless(can.digits() != stored, ErrorCode::FieldsDisagree);
            report.push(CheckName::Agreement(Agreement::AccessCode), outcome);
        }
        if let (Some(Opened::Mrz(key)), Some(stored)) = (&self.evidence.opened, &facts.mrz) {
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

/// What Chip Authentication version 2 showed, with a verified EF.CardSecurity; `None` in the holder's own session, which
/// has none.
fn chip_authentication_2(
    evidence: &ChipAuthenticationEvidence,
    signed: Option<&Authentic<SecurityInfos>>,
) -> Option<Outcome> {
    Some(match evidence {
        ChipAuthenticationEvidence::NotPerformed(_) => return None,
        ChipAuthenticationEvidence::Fails => Outcome::Failed(ErrorCode::ChipNotGenuine),
        ChipAuthenticationEvidence::SeenByReader => Outcome::NotPerformed(Skipped::SeenByReader),
        ChipAuthenticationEvidence::Holds(proof) => held_against(proof, signed.map(Deref::deref)),
    })
}

/// What PACE-CAM showed, with a verified EF.CardSecurity.
fn pace_cam(cam: &CamEvidence, signed: Option<&Authentic<SecurityInfos>>) -> Outcome {
    match cam {
        CamEvidence::NotUsed => Outcome::NotPerformed(Skipped::NotUsed),
        CamEvidence::Unchecked | CamEvidence::Fails => Outcome::Failed(ErrorCode::ChipNotGenuine),
        CamEvidence::Holds(proof) => held_against(proof, signed.map(Deref::deref)),
    }
}

/// The proof of the chip alone, for what needs no data: EF.CardAccess, EF.CardSecurity, PACE-CAM, Chip Authentication 2.
pub(crate) fn prove_card_security(
    verifier: &Verifier<'_>,
    card_access: &SecurityInfos,
    file: &CardSecurity,
    cam: &CamEvidence,
    chip_authentication: &ChipAuthenticationEvidence,
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
    if let Some(outcome) = chip_authentication_2(chip_authentication, signed.as_ref()) {
        report.push(CheckName::Chip(ChipProof::ChipAuthentication), outcome);
    }
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
