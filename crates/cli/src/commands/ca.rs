//! `neweid ca`: the natural-person PKI, as the certification authority keeps it.

use std::fs;
use std::path::PathBuf;

use issuer::{CitizenCertificate, KeySlot, Profile, Subject, SubjectSerialNumber};
use pki::{CertificationRequest, ProvenKey, RevocationReason, SerialNumber};
use rand_core::CryptoRng;

use crate::arguments::ca::{
    CaAction, CaBegin, CaFolder, CaIssue, CaRelease, CaRenew, CaRequest, CaRevoke, ReasonName,
    SlotName,
};
use crate::arguments::card::Register;
use crate::citizens::{self, Office, Published, refused};
use crate::commands::issue::system_randomness;
use crate::document::Outcome;
use crate::document::ca::{CitizenCa, CitizenCaDone, IssuedCertificate, PublishedList};
use crate::exit::Exit;
use crate::failure::{CaFault, Failure};
use crate::files;
use crate::register::{self, Operator};

impl CaAction {
    /// The name of the subcommand, as the JSON documents have it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Begin(_) => "ca begin",
            Self::Issue(_) => "ca issue",
            Self::Renew(_) => "ca renew",
            Self::Revoke(_) => "ca revoke",
            Self::Release(_) => "ca release",
            Self::Publish(_) => "ca publish",
        }
    }
}

pub(crate) fn run(action: &CaAction) -> Result<(Outcome, Exit), Failure> {
    let outcome = match action {
        CaAction::Begin(arguments) => begin(arguments),
        CaAction::Issue(arguments) => issue(arguments),
        CaAction::Renew(arguments) => renew(arguments),
        CaAction::Revoke(arguments) => revoke(arguments),
        CaAction::Release(arguments) => release(arguments),
        CaAction::Publish(arguments) => publish(arguments),
    };
    Ok((Outcome::CitizenCa(outcome?), Exit::Success))
}

fn open(ministry: &CaFolder, rng: &mut dyn CryptoRng) -> Result<Office, Failure> {
    Office::open(&ministry.folder, Operator::open(&ministry.folder, rng)?)
}

fn begin(arguments: &CaBegin) -> Result<CitizenCa, Failure> {
    let (folder, rng) = (&arguments.ministry.folder, &mut system_randomness());
    let begun = citizens::exists(folder);
    let operator = Operator::open(folder, rng)?;
    let mut office = Office::open_or_begin(folder, &arguments.publish_at, operator, rng)?;
    let generation = match begun {
        true => office.act(rng, |pki, desk| pki.begin_generation(desk))?,
        false => office.pki.generations().len() as u32,
    };
    Ok(CitizenCa {
        generation: Some(generation),
        ..outcome(CitizenCaDone::GenerationBegun)
    })
}

fn issue(arguments: &CaIssue) -> Result<CitizenCa, Failure> {
    let rng = &mut system_randomness();
    let key = proven_key(&arguments.request)?;
    let profile = Profile::from_file(&arguments.profile);
    let profile = profile.map_err(|error| Failure::issuing(Some(&arguments.profile), error))?;
    let number = match &arguments.number {
        Some(number) => SubjectSerialNumber::parse(number).ok_or(CaFault::Number)?,
        None => SubjectSerialNumber::random(rng),
    };
    let subject = Subject::of(profile.holder(), number).map_err(refused)?;
    let mut office = open(&arguments.ministry, rng)?;
    let slot = arguments.slot.slot();
    let issued = office.act(rng, |pki, desk| pki.issue(&subject, slot, &key, None, desk))?;
    deliver(&issued, &arguments.request, CitizenCaDone::Certified)
}

fn renew(arguments: &CaRenew) -> Result<CitizenCa, Failure> {
    let rng = &mut system_randomness();
    let serial = serial_number(&arguments.serial)?;
    let key = proven_key(&arguments.request)?;
    let mut office = open(&arguments.ministry, rng)?;
    let issued = office.act(rng, |pki, desk| pki.renew(&serial, &key, None, desk))?;
    deliver(&issued, &arguments.request, CitizenCaDone::Renewed)
}

fn revoke(arguments: &CaRevoke) -> Result<CitizenCa, Failure> {
    let rng = &mut system_randomness();
    let serial = serial_number(&arguments.serial)?;
    let mut office = open(&arguments.ministry, rng)?;
    let reason = arguments.reason.reason();
    office.act(rng, |pki, desk| pki.revoke(&serial, reason, desk.now, desk))?;
    Ok(CitizenCa {
        serial: Some(serial.to_string()),
        ..outcome(CitizenCaDone::Revoked)
    })
}

fn release(arguments: &CaRelease) -> Result<CitizenCa, Failure> {
    let rng = &mut system_randomness();
    let serial = serial_number(&arguments.serial)?;
    let mut office = open(&arguments.ministry, rng)?;
    office.act(rng, |pki, desk| pki.release(&serial, desk))?;
    Ok(CitizenCa {
        serial: Some(serial.to_string()),
        ..outcome(CitizenCaDone::Released)
    })
}

fn publish(arguments: &Register) -> Result<CitizenCa, Failure> {
    let (folder, rng) = (&arguments.folder, &mut system_randomness());
    let mut office = Office::open(folder, Operator::open(folder, rng)?)?;
    let published = office.publish(arguments.days, rng)?;
    let lists = published
        .iter()
        .map(|Published { file, list }| PublishedList {
            file: file.display().to_string(),
            list_number: register::number_of(list),
            this_update: list.this_update().to_string(),
            next_update: list.next_update().to_string(),
            entries: list.len(),
        });
    Ok(CitizenCa {
        lists: lists.collect(),
        ..outcome(CitizenCaDone::ListsPublished)
    })
}

fn outcome(done: CitizenCaDone) -> CitizenCa {
    CitizenCa {
        done,
        generation: None,
        serial: None,
        certificate: None,
        lists: Vec::new(),
    }
}

/// Reads a request, which proves that the card has the key.
fn proven_key(request: &CaRequest) -> Result<ProvenKey, Failure> {
    let path = &request.request;
    let contents = fs::read(path).map_err(|error| Failure::file(path, error))?;
    let request = match std::str::from_utf8(&contents) {
        Ok(text) if text.contains("-----BEGIN") => CertificationRequest::from_pem(text),
        _ => CertificationRequest::from_der(&contents),
    };
    let request = request.map_err(|error| CaFault::Request {
        path: path.clone(),
        error,
    })?;
    Ok(ProvenKey::from(&request))
}

/// Writes the certificate for whoever puts it on the card.
fn deliver(
    issued: &CitizenCertificate,
    request: &CaRequest,
    done: CitizenCaDone,
) -> Result<CitizenCa, Failure> {
    let certificate = issued.certificate();
    let serial = certificate.serial_number();
    let file: PathBuf = match &request.out {
        Some(file) => file.clone(),
        None => request.request.with_file_name(format!("{serial}.pem")),
    };
    let pem = certificate.to_pem();
    let pem = pem.map_err(|error| Failure::issuing(None, error.into()))?;
    files::write_public(&file, pem.as_bytes())?;
    Ok(CitizenCa {
        generation: Some(issued.generation()),
        serial: Some(serial.to_string()),
        certificate: Some(IssuedCertificate {
            file: file.display().to_string(),
            subject_number: issued.subject().serial_number().as_str().to_owned(),
            use_of_key: SlotName::of(issued.slot()),
            valid_from: certificate.not_before().to_string(),
            valid_until: certificate.not_after().to_string(),
        }),
        ..outcome(done)
    })
}

/// A serial number as `openssl x509 -serial` and this program print it.
pub(super) fn serial_number(text: &str) -> Result<SerialNumber, Failure> {
    let digits = text.as_bytes();
    let hexadecimal = digits.iter().all(u8::is_ascii_hexdigit);
    if digits.is_empty() || digits.len() > 42 || digits.len() % 2 == 1 || !hexadecimal {
        return Err(CaFault::Serial.into());
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    let bytes = bytes.ok_or(CaFault::Serial)?;
    Ok(SerialNumber::from_be_bytes(&bytes))
}

impl SlotName {
    const fn slot(self) -> KeySlot {
        match self {
            Self::Signature => KeySlot::Signature,
            Self::Authentication => KeySlot::Authentication,
            Self::KeyDecipherment => KeySlot::KeyDecipherment,
        }
    }

    /// The name of a use, as it is given on the command line.
    const fn of(slot: KeySlot) -> &'static str {
        match slot {
            KeySlot::Signature => "signature",
            KeySlot::Authentication => "authentication",
            KeySlot::KeyDecipherment => "key-decipherment",
        }
    }
}

impl ReasonName {
    const fn reason(self) -> RevocationReason {
        match self {
            Self::Unspecified => RevocationReason::Unspecified,
            Self::KeyCompromise => RevocationReason::KeyCompromise,
            Self::CaCompromise => RevocationReason::CaCompromise,
            Self::AffiliationChanged => RevocationReason::AffiliationChanged,
            Self::Superseded => RevocationReason::Superseded,
            Self::CessationOfOperation => RevocationReason::CessationOfOperation,
            Self::PrivilegeWithdrawn => RevocationReason::PrivilegeWithdrawn,
            Self::Hold => RevocationReason::CertificateHold,
        }
    }
}
