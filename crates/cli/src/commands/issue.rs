//! `neweid issue`: a profile or a specimen becomes a card file, with the trust anchors that go with it.

use std::path::Path;

use applet_sim::{CardImage, MemoryStore};
use conformance::Authorities;
use issuer::operator_log::{Action, Begun};
use issuer::specimen::{self, IssuedSpecimen};
use issuer::{
    AgencyPki, BatchOptions, Codes, IssuedCard, Issuer, Profile, Subject, SubjectSerialNumber,
    TestPki, Validity,
};
use lds::Mrz;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::agency;
use crate::arguments::Issue;
use crate::citizens::{self, Office, PUBLISH_AT};
use crate::document::{Issued, IssuedCode, Outcome, Specimen};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::language::Bilingual;
use crate::pki_folder::{self, Published};
use crate::register::{self, Operator};
use crate::specimens::{self, Kind};

pub(crate) fn run(arguments: &Issue) -> Result<(Outcome, Exit), Failure> {
    if arguments.list_specimens {
        let specimens = specimens::all().map(Specimen::from).collect();
        return Ok((Outcome::Specimens { specimens }, Exit::Success));
    }
    let existing = Existing::by_force(arguments.force);
    files::must_be_free(&arguments.card, existing)?;
    let specimen = arguments
        .specimen
        .as_deref()
        .map(specimens::find)
        .transpose()?;
    let made = match (&arguments.profile, specimen.map(|specimen| specimen.kind)) {
        (Some(path), _) => {
            let profile =
                Profile::from_file(path).map_err(|error| Failure::issuing(Some(path), error))?;
            from_profile(&profile, &arguments.pki, existing)?
        }
        (None, None) => from_profile(&Profile::default_specimen(), &arguments.pki, existing)?,
        (None, Some(Kind::Holder(holder))) => {
            from_profile(&holder.profile(), &arguments.pki, existing)?
        }
        (None, Some(Kind::Card(make, _))) => from_specimen(make(), &arguments.pki, existing)?,
        (None, Some(Kind::Conformance)) => {
            let failed = |error: cvc::Error| Failure::issuing(None, error.into());
            let authorities = Authorities::specimen().map_err(failed)?;
            let trust_points = authorities.trust_points().map_err(failed)?;
            from_specimen(specimen::accepting(&trust_points), &arguments.pki, existing)?
        }
    };
    match existing {
        Existing::Keep => files::write(&arguments.card, &made.memory, existing)?,
        Existing::Replace => files::replace(&arguments.card, &made.memory)?,
    }
    if let Some((mut operator, begun)) = made.logged {
        operator.done(begun, &mut system_randomness())?;
    }
    let outcome = Issued {
        card: arguments.card.display().to_string(),
        pki: arguments.pki.display().to_string(),
        specimen: specimen.map(|specimen| specimen.name),
        codes: made.codes,
    };
    Ok((Outcome::Issued(outcome), Exit::Success))
}

/// A card that is finished and not written yet.
struct Made {
    memory: Zeroizing<Vec<u8>>,
    codes: Vec<IssuedCode>,
    /// What the operator log has to say once the card is written; nothing for a specimen, which no operator issues.
    logged: Option<(Operator, Begun)>,
}

/// Issues a card of the test PKI that is kept in this folder, or of a new one.
fn from_profile(profile: &Profile, folder: &Path, existing: Existing) -> Result<Made, Failure> {
    let failed = |error| Failure::issuing(None, error);
    let mut rng = system_randomness();
    let authority = pki_folder::authority(folder);
    let pki = TestPki::load_or_create(&authority, &mut rng).map_err(failed)?;
    let agencies = pki_folder::agencies(folder);
    let agencies = AgencyPki::load_or_create(&agencies, &mut rng, agency::today()?)
        .map_err(agency::refused)?;
    let trust_points = agencies.trust_points().map_err(failed)?;
    let issuer = Issuer::new(&pki).accepting(&trust_points);
    let batch = issuer
        .load_or_create_batch(&authority, BatchOptions::of(profile), &mut rng)
        .map_err(failed)?;
    let mut issued = issuer.issue(profile, &batch, &mut rng).map_err(failed)?;
    let lost_cards = register::lost_cards(folder, &pki, &mut rng)?;
    let number = issued.card_number().clone();
    let mut operator = Operator::open(folder, &mut rng)?;
    let begun = operator.begin(Action::Issue, &operator.reference(&number), &mut rng)?;
    let key = issued.image().keys.revocation.as_ref();
    let key = key.map(|key| key.public_key()).transpose();
    let key = key.map_err(|error| failed(error.into()))?;
    register::cards(folder)
        .enter(&number, key.as_ref())
        .map_err(register::refused)?;
    if profile.chip().certificate {
        operator = certify(&mut issued, profile, folder, operator, &mut rng)?;
    }
    let published = Published {
        anchors: &pki.trust_store().map_err(failed)?,
        revocation_lists: pki.revocation_lists(),
        lost_card_anchors: &pki.lost_card_trust_store().map_err(failed)?,
        lost_cards: &lost_cards,
    };
    pki_folder::publish(&published, folder, existing)?;
    let memory = personalise(issued.image())?;
    Ok(Made {
        memory: Zeroizing::new(memory.durable_bytes().to_vec()),
        codes: codes(issued.codes(), issued.mrz()),
        logged: Some((operator, begun)),
    })
}

/// Has the natural-person PKI of the folder certify the keys of the card. Whose they are is noted first, so that no certificate is in force
/// that nobody could revoke with its card.
fn certify(
    card: &mut IssuedCard,
    profile: &Profile,
    folder: &Path,
    operator: Operator,
    rng: &mut dyn CryptoRng,
) -> Result<Operator, Failure> {
    let mut office = Office::open_or_begin(folder, PUBLISH_AT, operator, rng)?;
    let subject = SubjectSerialNumber::random(rng);
    register::cards(folder)
        .enter_subject(card.card_number(), &subject)
        .map_err(register::refused)?;
    let subject = Subject::of(profile.holder(), subject).map_err(citizens::refused)?;
    office.act(rng, |pki, desk| card.certify(pki, &subject, desk))?;
    office.publish_if_due(rng)?;
    Ok(office.operator)
}

/// Takes a specimen out of its reader, and its PKI's public part with it.
fn from_specimen(
    specimen: IssuedSpecimen,
    folder: &Path,
    existing: Existing,
) -> Result<Made, Failure> {
    let published = Published {
        anchors: &specimen.trust.anchors,
        revocation_lists: &specimen.trust.revocation_lists,
        lost_card_anchors: &specimen.trust.lost_card_anchors,
        lost_cards: &specimen.trust.lost_cards,
    };
    pki_folder::publish(&published, folder, existing)?;
    keep_specimen_agencies(&pki_folder::agencies(folder))?;
    let memory = specimen.card.remove().into_memory();
    Ok(Made {
        memory: Zeroizing::new(memory.durable_bytes().to_vec()),
        codes: codes(&specimen.codes, specimen.mrz.as_ref()),
        logged: None,
    })
}

/// The agency PKI whose terminals the prepared specimens accept, unless the folder has it. Its document verifier has a month of
/// certificates to sign whenever that is.
fn keep_specimen_agencies(folder: &Path) -> Result<(), Failure> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut agencies = specimen::agencies();
    let (dv, today) = (AgencyPki::DOMESTIC, agency::today()?);
    let present = agencies.find_document_verifier(dv);
    let present = present.map_err(agency::refused)?.certificate();
    if present.body().expiration < Validity::terminal(today).map_err(agency::refused)?.last() {
        agencies
            .renew_document_verifier(dv, today, &mut system_randomness())
            .map_err(agency::refused)?;
    }
    agencies.save(folder).map_err(agency::refused)
}

/// Writes the image into a memory.
pub(crate) fn personalise(image: &CardImage) -> Result<MemoryStore, Failure> {
    image
        .personalise(MemoryStore::default())
        .map_err(Failure::Personalising)
}

/// The codes of the new card, for whoever issued it.
pub(crate) fn codes(codes: &Codes, mrz: Option<&Mrz>) -> Vec<IssuedCode> {
    let code = |name, label: Bilingual, value: &str| IssuedCode {
        name,
        label: label.into(),
        value: value.to_owned(),
    };
    let transport = Bilingual::new(
        "開卡密碼（僅供設定加密區密碼）",
        "Transport PIN (only to set PIN1)",
    );
    let mut shown = vec![code(
        "can",
        Bilingual::new("存取碼", "Access code (CAN)"),
        codes.can(),
    )];
    shown.push(match codes.pin1_is_transport() {
        true => code("transport_pin", transport, codes.pin1()),
        false => code("pin", Bilingual::new("加密區密碼", "PIN1"), codes.pin1()),
    });
    shown.push(code("puk", Bilingual::new("解鎖碼", "PUK"), codes.puk()));
    if let Some(mrz) = mrz {
        let fields = [mrz.document_number(), mrz.birth_date(), mrz.expiry_date()].join(",");
        shown.push(code("mrz", Bilingual::new("機器可讀區", "MRZ"), &fields));
    }
    if let Some(pin2) = codes.pin2() {
        shown.push(code("pin2", Bilingual::new("憑證密碼", "PIN2"), pin2));
    }
    shown
}

/// The operating system's randomness. A system without any cannot issue cards, and ends the program.
pub(crate) fn system_randomness() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}
