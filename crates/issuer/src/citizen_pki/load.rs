//! Reading the directory: every signature is verified, and every file has its place.

use std::path::Path;

use pki::{Certificate, RevocationList, SerialNumber};

use super::directory::{
    CERTIFICATE_ENDING, CERTIFICATES, Directory, LIST_ENDING, LISTS, PUBLICATION, REVOCATIONS,
    certificate_name, damaged, list_name, read_key,
};
use super::revoke::Event;
use super::{
    Authority, CitizenCertificate, CitizenPki, ListIssuer, Publication, certificate_profile,
};
use crate::error::Error;
use crate::test_pki::directory::{read, read_text};

impl CitizenPki {
    /// Loads the PKI of `directory`. Every signature is verified, and every key held against its certificate.
    ///
    /// # Errors
    /// [`Error::Io`]; [`super::CertificationError::Damaged`] with the file that cannot be read or does not belong to the others.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        if !directory.join(certificate_name(ListIssuer::Root)).exists() {
            return Err(damaged(directory, "there is no root"));
        }
        let pki = Self::load(Directory::open(directory)?)?;
        if pki.generations.is_empty() {
            return Err(damaged(directory, "there is no generation"));
        }
        Ok(pki)
    }

    pub(super) fn load(directory: Directory) -> Result<Self, Error> {
        let path = directory.path.join(PUBLICATION);
        let publication = Publication::parse(&read_text(&path)?);
        let publication = publication.ok_or_else(|| damaged(&path, "no place of publication"))?;
        let root = load_authority(&directory, ListIssuer::Root)?;
        let path = directory.path.join(certificate_name(ListIssuer::Root));
        let signature = root
            .certificate
            .verify_signature(&root.certificate.public_key()?);
        signature.map_err(|error| damaged(&path, error))?;
        if !root.certificate.is_test_anchor() {
            return Err(damaged(&path, "it is not marked as a test"));
        }
        let mut pki = Self {
            directory,
            publication,
            root,
            generations: Vec::new(),
            certificates: Default::default(),
            events: Default::default(),
            lists: Default::default(),
        };
        pki.load_generations()?;
        pki.load_certificates()?;
        pki.load_events()?;
        pki.load_lists()?;
        Ok(pki)
    }

    fn load_generations(&mut self) -> Result<(), Error> {
        let names = self.directory.names("", CERTIFICATE_ENDING)?;
        let name = certificate_profile::generation_name()?.to_name()?;
        for number in 1..names.len() {
            let issuer = ListIssuer::Generation(number as u32);
            let path = self.directory.path.join(certificate_name(issuer));
            if !path.exists() {
                return Err(damaged(&path, "it is missing, and others are not"));
            }
            let generation = load_authority(&self.directory, issuer)?;
            let root = self.root.certificate.public_key()?;
            let signature = generation.certificate.verify_signature(&root);
            signature.map_err(|error| damaged(&path, error))?;
            if *generation.certificate.subject() != name {
                return Err(damaged(&path, "the name is not that of the authority"));
            }
            let identifier = generation.certificate.subject_key_identifier();
            let same = |it: &Certificate| it.subject_key_identifier() == identifier;
            if self.generations().any(same) {
                return Err(damaged(&path, "the key is that of an older generation"));
            }
            self.generations.push(generation);
        }
        Ok(())
    }

    fn load_certificates(&mut self) -> Result<(), Error> {
        for name in self.directory.names(CERTIFICATES, CERTIFICATE_ENDING)? {
            let file = format!("{CERTIFICATES}/{name}{CERTIFICATE_ENDING}");
            let path = self.directory.path.join(file);
            let certificate = read_certificate(&path)?;
            let serial = certificate.serial_number();
            if serial.to_string() != name {
                return Err(damaged(&path, "it is not named after its serial number"));
            }
            let issuer = certificate.authority_key_identifier();
            let mut generations = self.generations.iter();
            let index = generations
                .position(|it| {
                    issuer.is_some() && it.certificate.subject_key_identifier() == issuer
                })
                .ok_or_else(|| damaged(&path, "no generation has the key that issued it"))?;
            let generation = index as u32 + 1;
            let issuer = self.authority(ListIssuer::Generation(generation))?;
            let signature = certificate.verify_signature(&issuer.certificate.public_key()?);
            signature.map_err(|error| damaged(&path, error))?;
            let (subject, slot) = certificate_profile::read_end_entity(&certificate)
                .ok_or_else(|| damaged(&path, "not a certificate of a natural person"))?;
            let read = CitizenCertificate {
                certificate,
                subject,
                slot,
                generation,
            };
            self.certificates.insert(serial, read);
        }
        Ok(())
    }

    fn load_events(&mut self) -> Result<(), Error> {
        let generations = self.generations.iter().map(|it| &it.certificate);
        let persons = self.certificates.values().map(|it| &it.certificate);
        let all: Vec<_> = generations
            .chain(persons)
            .map(Certificate::serial_number)
            .collect();
        let names = self.directory.names(REVOCATIONS, "")?;
        let mut count = 0;
        for serial in all {
            let (_, issuer) = self.find(&serial)?;
            let issuer = &self.authority(issuer)?.certificate;
            let mut events = Vec::new();
            loop {
                let number = events.len() + 1;
                let name = format!("{REVOCATIONS}/{serial}.{number}");
                let path = self.directory.path.join(name);
                if !path.exists() {
                    break;
                }
                let event = Event::read(&read_text(&path)?, &serial, number, issuer);
                let reason = "not what the issuer of the certificate has signed";
                events.push(event.ok_or_else(|| damaged(&path, reason))?);
            }
            count += events.len();
            if !events.is_empty() {
                self.events.insert(serial, events);
            }
        }
        // What a machine that stopped left half written ends otherwise.
        let whole = names.iter().filter(|name| !name.ends_with(".new"));
        if whole.count() != count {
            let path = self.directory.path.join(REVOCATIONS);
            return Err(damaged(
                &path,
                "a revocation belongs to no certificate, or one is missing",
            ));
        }
        Ok(())
    }

    fn load_lists(&mut self) -> Result<(), Error> {
        let last = self.generations.len() as u32;
        let generations = (1..=last).map(ListIssuer::Generation);
        let mut count = 0;
        for issuer in core::iter::once(ListIssuer::Root).chain(generations) {
            let key = self.authority(issuer)?.certificate.public_key()?;
            for number in 1u64.. {
                let path = self.directory.path.join(list_name(issuer, number));
                if !path.exists() {
                    break;
                }
                let list = RevocationList::from_der(&read(&path)?);
                let list = list.map_err(|error| damaged(&path, error))?;
                let signature = list.verify_signature(&key);
                signature.map_err(|error| damaged(&path, error))?;
                if SerialNumber::from_be_bytes(list.number())
                    != SerialNumber::from_be_bytes(&number.to_be_bytes())
                {
                    return Err(damaged(&path, "it has another number"));
                }
                count += 1;
                self.lists.insert(issuer, (number, list));
            }
        }
        if self.directory.names(LISTS, LIST_ENDING)?.len() != count {
            let path = self.directory.path.join(LISTS);
            return Err(damaged(
                &path,
                "a list belongs to no authority, or one is missing",
            ));
        }
        Ok(())
    }
}

fn load_authority(directory: &Directory, issuer: ListIssuer) -> Result<Authority, Error> {
    let certificate = read_certificate(&directory.path.join(certificate_name(issuer)))?;
    let path = directory.key_path(issuer);
    let key = read_key(&path)?;
    if key.public_key()? != certificate.public_key()? {
        return Err(damaged(&path, "the key does not belong to the certificate"));
    }
    Ok(Authority { certificate, key })
}

fn read_certificate(path: &Path) -> Result<Certificate, Error> {
    Certificate::from_der(&read(path)?).map_err(|error| damaged(path, error))
}
