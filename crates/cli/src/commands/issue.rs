//! `neweid issue`: a profile or a specimen becomes a card file, with the trust anchors that go with it.

use std::path::Path;

use applet_sim::{CardImage, FileStore};
use issuer::{BatchOptions, IssuedCard, Issuer, Profile, TestPki};
use rand_core::CryptoRng;

use crate::arguments::Issue;
use crate::card_file;
use crate::document::{Issued, IssuedCode, Outcome, Specimen};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::language::Bilingual;
use crate::pki_folder;
use crate::specimens;

pub(crate) fn run(arguments: &Issue) -> Result<(Outcome, Exit), Failure> {
    if arguments.list_specimens {
        let specimens = specimens::all().map(Specimen::from).collect();
        return Ok((Outcome::Specimens { specimens }, Exit::Success));
    }
    let existing = Existing::by_force(arguments.force);
    files::must_be_free(&arguments.card, existing)?;
    let mut rng = system_randomness();
    let specimen = arguments
        .specimen
        .as_deref()
        .map(specimens::find)
        .transpose()?;
    let profile = match (&arguments.profile, specimen) {
        (Some(path), _) => {
            Profile::from_file(path).map_err(|error| Failure::issuing(Some(path), error))?
        }
        (None, Some(specimen)) => specimen.holder.profile(),
        (None, None) => Profile::default_specimen(),
    };
    let issued = issue(&profile, &arguments.pki, &mut rng)?;
    write(&arguments.card, issued.image(), existing)?;
    let outcome = Issued {
        card: arguments.card.display().to_string(),
        pki: arguments.pki.display().to_string(),
        specimen: specimen.map(|specimen| specimen.name),
        codes: codes(&issued),
    };
    Ok((Outcome::Issued(outcome), Exit::Success))
}

/// Issues a card of the test PKI that is kept in this folder, or of a new one.
fn issue(profile: &Profile, folder: &Path, rng: &mut dyn CryptoRng) -> Result<IssuedCard, Failure> {
    let failed = |error| Failure::issuing(None, error);
    let authority = pki_folder::authority(folder);
    let pki = TestPki::load_or_create(&authority, rng).map_err(failed)?;
    let issuer = Issuer::new(&pki);
    let batch = issuer
        .load_or_create_batch(&authority, BatchOptions::of(profile), rng)
        .map_err(failed)?;
    let issued = issuer.issue(profile, &batch, rng).map_err(failed)?;
    pki_folder::publish(&pki, &[], folder, rng)?;
    Ok(issued)
}

/// Writes the card, whole or not at all.
fn write(path: &Path, image: &CardImage, existing: Existing) -> Result<(), Failure> {
    let beside = match existing {
        Existing::Keep => path.to_owned(),
        Existing::Replace => files::beside(path),
    };
    let memory = FileStore::create(&beside).map_err(|error| card_file::medium(path, error))?;
    match image.personalise(memory) {
        Ok(_) if existing == Existing::Keep => Ok(()),
        Ok(_) => std::fs::rename(&beside, path).map_err(|error| Failure::file(path, error)),
        Err(error) => {
            // Half a card, if any; it is in nobody's way, and the error that matters is the other one.
            let _ = std::fs::remove_file(&beside);
            Err(Failure::Personalising(error))
        }
    }
}

/// The codes of the new card, for whoever issued it.
pub(crate) fn codes(issued: &IssuedCard) -> Vec<IssuedCode> {
    let codes = issued.codes();
    let mut shown = Vec::new();
    let mut show = |name, zh, en, value: String| {
        shown.push(IssuedCode {
            name,
            label: Bilingual::new(zh, en).into(),
            value,
        });
    };
    show("can", "存取碼", "Access code (CAN)", codes.can().to_owned());
    if codes.pin1_is_transport() {
        show(
            "transport_pin",
            "開卡密碼（僅供設定加密區密碼）",
            "Transport PIN (only to set PIN1)",
            codes.pin1().to_owned(),
        );
    } else {
        show("pin", "加密區密碼", "PIN1", codes.pin1().to_owned());
    }
    show("puk", "解鎖碼", "PUK", codes.puk().to_owned());
    if let Some(mrz) = issued.mrz() {
        let fields = [mrz.document_number(), mrz.birth_date(), mrz.expiry_date()];
        show("mrz", "機器可讀區", "MRZ", fields.join(","));
    }
    if let Some(pin2) = codes.pin2() {
        show("pin2", "憑證密碼", "PIN2", pin2.to_owned());
    }
    shown
}

/// The operating system's randomness. A system without any cannot issue cards, and ends the program.
pub(crate) fn system_randomness() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}
