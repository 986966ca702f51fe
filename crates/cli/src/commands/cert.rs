//! `neweid cert`: the natural-person certificate of a card, as its holder looks after it.

use std::path::Path;

use host_lib::{Certificate, FunctionState, KeySlot, Pin2};
use lds::cryptographic_information::KeyAlgorithm;

use crate::Manner;
use crate::arguments::certificates::{
    CertAction, CertRequest, CertShow, CertSwitch, ChangePin2, UnblockPin2,
};
use crate::certificates::{Application, Desk, unlock};
use crate::codes::{CodeName, CodeReader};
use crate::commands::cert_desk;
use crate::document::certificates::{Certificates, Key, Requested, use_of_key};
use crate::document::{Changed, Done, Outcome, PasswordName, PasswordTries};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::reading::password_state;
use crate::session::{self, Opener};
use crate::trust::Grounds;

impl CertAction {
    /// The name of the subcommand, as the JSON documents have it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Show(_) => "cert show",
            Self::Disable(_) => "cert disable",
            Self::Enable(_) => "cert enable",
            Self::Request(_) => "cert request",
            Self::NewKey(_) => "cert new-key",
            Self::Install(_) => "cert install",
            Self::Renew(_) => "cert renew",
            Self::ChangePin2(_) => "cert change-pin2",
            Self::UnblockPin2(_) => "cert unblock-pin2",
        }
    }
}

pub(crate) fn run(action: &CertAction, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let outcome = match action {
        CertAction::Show(arguments) => show(arguments, manner)?,
        CertAction::Disable(arguments) => switch(arguments, false, manner)?,
        CertAction::Enable(arguments) => switch(arguments, true, manner)?,
        CertAction::Request(arguments) => request(arguments, manner)?,
        CertAction::NewKey(arguments) => cert_desk::new_key(arguments, manner)?,
        CertAction::Install(arguments) => cert_desk::install(arguments, manner)?,
        CertAction::Renew(arguments) => cert_desk::renew(arguments, manner)?,
        CertAction::ChangePin2(arguments) => change_pin2(arguments, manner)?,
        CertAction::UnblockPin2(arguments) => unblock_pin2(arguments, manner)?,
    };
    Ok((outcome, Exit::Success))
}

fn show(arguments: &CertShow, manner: Manner) -> Result<Outcome, Failure> {
    let mut desk = arguments.holder.desk(manner, false)?;
    let folder = arguments.out.as_deref();
    if let Some(folder) = folder {
        for slot in KeySlot::ALL {
            files::must_be_free(&file_of(folder, slot), Existing::Keep)?;
        }
    }
    let look = |application: &mut Application<'_, '_>, codes: &mut CodeReader| {
        let status = application.pin2_status()?;
        let (state, tries_left) = password_state(status, applet_sim::PIN2_TRIES)
            .ok_or(host_lib::Error::CertificatesUnusable(application.state()))?;
        let pin2 = PasswordTries {
            name: PasswordName::Pin2,
            state,
            tries_left,
        };
        let keys = match application.state() {
            FunctionState::Activated => keys(application, arguments.with_pin2, codes)?,
            _ => Vec::new(),
        };
        Ok((application.state().into(), pin2, keys))
    };
    let ((state, pin2, read), place) = match arguments.with_pin2 {
        true => desk.open_with_pin2(look)?,
        false => desk.open(look)?,
    };
    let mut keys = Vec::new();
    for (slot, mut key, certificate) in read {
        if let (Some(folder), Some(certificate)) = (folder, certificate) {
            files::make_folder_if_named(folder)?;
            let path = file_of(folder, slot);
            let pem = certificate.to_pem().map_err(host_lib::Error::from)?;
            files::write_public(&path, pem.as_bytes())?;
            key.file = Some(path.display().to_string());
        }
        keys.push(key);
    }
    Ok(Outcome::Certificates(Certificates {
        place,
        state,
        pin2,
        keys,
    }))
}

type ReadKey = (KeySlot, Key, Option<Certificate>);

/// The keys, and their certificates as far as the card gives them.
fn keys(
    application: &mut Application<'_, '_>,
    with_pin2: bool,
    codes: &mut CodeReader,
) -> Result<Vec<ReadKey>, Failure> {
    let slots: Vec<_> = application.slots().collect();
    let mut certificates = Vec::new();
    if with_pin2 {
        let mut unlocked = unlock(application, codes)?;
        for contents in slots.iter().filter(|contents| contents.has_certificate) {
            certificates.push((contents.slot, unlocked.certificate(contents.slot)?));
        }
    } else {
        for contents in slots.iter().filter(|contents| contents.has_certificate) {
            match application.certificate(contents.slot) {
                Ok(certificate) => certificates.push((contents.slot, certificate)),
                Err(host_lib::Error::AccessDenied { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    let key = |contents: host_lib::SlotContents| {
        let mut certificates = certificates.iter();
        let certificate = certificates.find(|(slot, _)| *slot == contents.slot);
        let certificate = certificate.map(|(_, certificate)| certificate.clone());
        let algorithm = match contents.algorithm {
            KeyAlgorithm::Rsa { modulus_length } => format!("RSA-{modulus_length}"),
            // The card has keys on no other curve (docs/chip-profile.md).
            KeyAlgorithm::EllipticCurve => "P-256".to_owned(),
        };
        let key = Key {
            use_of_key: use_of_key(contents.slot),
            algorithm,
            has_certificate: contents.has_certificate,
            certificate: certificate.as_ref().map(Into::into),
            file: None,
        };
        (contents.slot, key, certificate)
    };
    Ok(slots.into_iter().map(key).collect())
}

fn file_of(folder: &Path, slot: KeySlot) -> std::path::PathBuf {
    folder.join(format!("{}.pem", use_of_key(slot)))
}

/// With PIN1, or with the access code and PIN2.
fn switch(arguments: &CertSwitch, on: bool, manner: Manner) -> Result<Outcome, Failure> {
    let opener = match arguments.with_pin2 {
        true => Opener::Can,
        false => Opener::Pin,
    };
    let flags = arguments.codes.flags(false);
    let mut desk = Desk::new(&arguments.card, &arguments.trust, opener, &flags, manner)?;
    let ((), place) = if arguments.with_pin2 {
        desk.open_with_pin2(|application, codes| {
            let unlocked = unlock(application, codes)?;
            let done = match on {
                true => unlocked.enable(),
                false => unlocked.disable(),
            };
            done.map_err(Failure::from)
        })?
    } else {
        desk.open(|application, _| {
            let done = match on {
                true => application.enable(),
                false => application.disable(),
            };
            done.map_err(Failure::from)
        })?
    };
    let done = match on {
        true => Done::CertificatesEnabled,
        false => Done::CertificatesDisabled,
    };
    Ok(Outcome::Changed(Changed { place, done }))
}

fn request(arguments: &CertRequest, manner: Manner) -> Result<Outcome, Failure> {
    files::must_be_free(&arguments.out, Existing::Keep)?;
    let slot = arguments.slot.key();
    let mut desk = arguments.holder.desk(manner, false)?;
    let (request, place) = desk.open_with_pin2(|application, codes| {
        let unlocked = unlock(application, codes)?;
        let algorithm = unlocked.algorithm(slot)?;
        Ok(unlocked.request(slot, algorithm)?)
    })?;
    let pem = request.to_pem().map_err(host_lib::Error::from)?;
    files::write_public(&arguments.out, pem.as_bytes())?;
    Ok(Outcome::Requested(Requested {
        place,
        use_of_key: use_of_key(slot),
        file: arguments.out.display().to_string(),
    }))
}

/// The new PIN2 is asked for and checked before the old one spends a try.
fn change_pin2(arguments: &ChangePin2, manner: Manner) -> Result<Outcome, Failure> {
    let mut desk = arguments.holder.desk(manner, arguments.new_pin2_stdin)?;
    let new = Pin2::parse(&desk.codes.obtain_new(CodeName::NewPin2)?)?;
    let ((), place) = desk
        .open_with_pin2(|application, codes| Ok(unlock(application, codes)?.change_pin2(&new)?))?;
    let done = Done::Pin2Changed;
    Ok(Outcome::Changed(Changed { place, done }))
}

fn unblock_pin2(arguments: &UnblockPin2, manner: Manner) -> Result<Outcome, Failure> {
    let flags = [
        (CodeName::Can, arguments.can_stdin),
        (CodeName::Puk, arguments.puk_stdin),
        (CodeName::NewPin2, arguments.new_pin2_stdin),
    ];
    let mut codes = CodeReader::new(manner.language, &flags);
    let grounds = Grounds::read(&arguments.trust)?;
    let new = match arguments.forgotten {
        true => Some(Pin2::parse(&codes.obtain_new(CodeName::NewPin2)?)?),
        false => None,
    };
    session::ask_ahead(&arguments.card, &[CodeName::Puk], &mut codes)?;
    let (mut card, place) = arguments.card.open(manner)?;
    let mut session = session::with_puk(&mut card, &mut codes)?;
    let done = match new {
        Some(new) => {
            let mut proven = session.prove_chip(&grounds.verifier())?;
            proven.replace_pin2(&new)?;
            Done::Pin2Replaced
        }
        None => {
            session.unblock_pin2()?;
            Done::Pin2Unblocked
        }
    };
    Ok(Outcome::Changed(Changed { place, done }))
}
