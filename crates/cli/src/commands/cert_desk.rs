//! `neweid cert new-key`, `install` and `renew`: an office puts a key and a certificate onto a card, with the holder before it. The card
//! never uses a key for an office: what the key has to sign or to decipher, it does in a session of the holder's own in between.

use host_lib::{
    Certificate, CertificateDesk, Consent, Error, KeyKind, KeySlot, Misuse, Pin2, SlotContents,
};
use issuer::CitizenPki;
use pki::{DeciphermentChallenge, ProvenKey, PublicKey};
use signing::{KeyTransportAlgorithm, OaepDigest};

use crate::Manner;
use crate::agency::visit::Visitor;
use crate::arguments::certificates::{
    CertInstall, CertNewKey, CertRenew, InstallingOffice, KeyKindName,
};
use crate::card_file::Transport;
use crate::certificates::{Application, Desk, tries_left_of, unlock};
use crate::citizens::{self, Office};
use crate::codes::{CodeName, CodeReader};
use crate::commands::ca::serial_number;
use crate::commands::issue::system_randomness;
use crate::document::certificates::{Installed, use_of_key};
use crate::document::{CardPlace, Outcome};
use crate::failure::{CaFault, Failure};
use crate::register::Operator;
use crate::session::{self, Opener};
use crate::trust;

pub(crate) fn new_key(arguments: &CertNewKey, manner: Manner) -> Result<Outcome, Failure> {
    let slot = arguments.key.slot.key();
    let mut visit = Visit::new(&arguments.office, slot, manner)?;
    let kind = arguments.key.kind.kind();
    let ((), place) = visit.at_the_desk(|desk, pin2| {
        desk.verify_pin2(pin2)?.generate_key(kind)?;
        Ok(())
    })?;
    Ok(installed(place, slot, true, None))
}

pub(crate) fn install(arguments: &CertInstall, manner: Manner) -> Result<Outcome, Failure> {
    let slot = arguments.slot.key();
    let certificate = trust::read_certificate(&arguments.certificate)?;
    let mut visit = Visit::new(&arguments.office, slot, manner)?;
    let outcome = visit.install(&certificate);
    let ((), place) = outcome.map_err(|failure| match failure {
        Failure::Host(Error::ApiMisuse(Misuse::CertificateOfAnotherKey(_))) => {
            let path = arguments.certificate.clone();
            CaFault::ForeignCertificate { path }.into()
        }
        failure => failure,
    })?;
    Ok(installed(place, slot, false, Some(&certificate)))
}

/// A new key, its certificate, and both on the card. What can be refused is refused before the present key is gone.
pub(crate) fn renew(arguments: &CertRenew, manner: Manner) -> Result<Outcome, Failure> {
    let slot = arguments.key.slot.key();
    let rng = &mut system_randomness();
    let mut visit = Visit::new(&arguments.office, slot, manner)?;
    let folder = &arguments.ministry.folder;
    let mut office = Office::open(folder, Operator::open(folder, rng)?)?;
    let named = arguments.serial.as_deref().map(serial_number).transpose()?;
    let (there, _) = visit.at_the_desk(|desk, _| Ok(desk.contents()))?;
    // A key that nobody has certified, or whose certificate the card never got.
    let unfinished = there.is_some_and(|it: SlotContents| !it.has_certificate);
    let mut key = None;
    if unfinished && named.is_some() {
        let there = visit.proven_key()?;
        if let Some(certificate) = certified(&office.pki, there.public_key()) {
            return finish(&mut visit, &certificate);
        }
        key = Some(there);
    }
    let serial = match named {
        Some(serial) => serial,
        None => visit.present_certificate()?.serial_number(),
    };
    let renewable = office.pki.renewable(&serial, trust::now()?);
    renewable.map_err(citizens::refused)?;
    let key = match key {
        Some(key) => key,
        None => {
            let kind = arguments.key.kind.kind();
            visit.at_the_desk(|desk, pin2| {
                desk.verify_pin2(pin2)?.generate_key(kind)?;
                Ok(())
            })?;
            visit.proven_key()?
        }
    };
    let renewed = office.act(rng, |pki, desk| pki.renew(&serial, &key, None, desk))?;
    finish(&mut visit, renewed.certificate())
}

fn finish(visit: &mut Visit<'_>, certificate: &Certificate) -> Result<Outcome, Failure> {
    let ((), place) = visit.install(certificate)?;
    Ok(installed(place, visit.slot, true, Some(certificate)))
}

fn certified(pki: &CitizenPki, key: &PublicKey) -> Option<Certificate> {
    let mut all = pki.certificates().map(|it| it.certificate());
    let own = all.find(|it| it.public_key().as_ref() == Ok(key));
    own.cloned()
}

fn installed(
    place: CardPlace,
    slot: KeySlot,
    new_key: bool,
    certificate: Option<&Certificate>,
) -> Outcome {
    Outcome::Installed(Installed {
        place,
        use_of_key: use_of_key(slot),
        new_key,
        certificate: certificate.map(Into::into),
    })
}

/// The holder's visit to the office.
struct Visit<'a> {
    visitor: Visitor,
    consent: Consent,
    slot: KeySlot,
    /// Opened with the same code for the office and by the holder alone.
    desk: Desk<'a>,
}

impl<'a> Visit<'a> {
    fn new(office: &'a InstallingOffice, slot: KeySlot, manner: Manner) -> Result<Self, Failure> {
        let visitor = Visitor::open(&office.terminal.path)?;
        let permission = [slot.permission_to_install()];
        let request = visitor.request_exactly(permission, office.terminal.with_can)?;
        let flags = [
            (CodeName::Can, office.terminal.can_stdin),
            (CodeName::Pin, office.terminal.pin_stdin),
            (CodeName::Pin2, office.pin2_stdin),
        ];
        let consent = request.agree_to_everything();
        let opener = Opener::of_agency(&consent);
        Ok(Self {
            desk: Desk::new(&office.card, &office.trust, opener, &flags, manner)?,
            consent,
            visitor,
            slot,
        })
    }

    /// Opens the card for the office, after the holder was asked for PIN2.
    fn at_the_desk<R>(
        &mut self,
        work: impl FnOnce(&mut CertificateDesk<'_, '_, Transport>, &Pin2) -> Result<R, Failure>,
    ) -> Result<(R, CardPlace), Failure> {
        let desk = &mut self.desk;
        session::ask_ahead(desk.source, &[desk.opener.code()], &mut desk.codes)?;
        if desk.codes.would_ask(CodeName::Pin2) {
            let (tries, _) = self.for_the_office(|desk, _| tries_left_of(desk.pin2_status()?))?;
            let codes = &mut self.desk.codes;
            let pin2 = codes.obtain_counted(CodeName::Pin2, tries)?;
            codes.keep(CodeName::Pin2, pin2);
        }
        self.for_the_office(|desk, codes| {
            // One that is blocked or suspended is said to be so before it is sent.
            tries_left_of(desk.pin2_status()?)?;
            let pin2 = Pin2::parse(&codes.obtain(CodeName::Pin2)?)?;
            work(desk, &pin2)
        })
    }

    fn for_the_office<R>(
        &mut self,
        work: impl FnOnce(
            &mut CertificateDesk<'_, '_, Transport>,
            &mut CodeReader,
        ) -> Result<R, Failure>,
    ) -> Result<(R, CardPlace), Failure> {
        let desk = &mut self.desk;
        let (mut card, place) = desk.source.open(desk.manner)?;
        let session = session::as_terminal(&mut card, &mut desk.codes, self.consent.clone())?;
        let mut session = session.authenticate(&mut self.visitor.key)?;
        let mut proven = session.prove_chip(&desk.grounds.verifier())?;
        let result = work(&mut proven.certificate_desk(self.slot)?, &mut desk.codes)?;
        Ok((result, place))
    }

    fn install(&mut self, certificate: &Certificate) -> Result<((), CardPlace), Failure> {
        self.at_the_desk(|desk, pin2| Ok(desk.verify_pin2(pin2)?.install(certificate)?))
    }

    /// What the holder does with the code that opened the card for the office, and PIN2.
    fn by_the_holder<R>(
        &mut self,
        work: impl FnOnce(&mut Application<'_, '_>, &mut CodeReader) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        Ok(self.desk.open_with_pin2(work)?.0)
    }

    fn present_certificate(&mut self) -> Result<Certificate, Failure> {
        let slot = self.slot;
        self.by_the_holder(|application, codes| Ok(unlock(application, codes)?.certificate(slot)?))
    }

    /// The key in the slot, and that the card has it.
    fn proven_key(&mut self) -> Result<ProvenKey, Failure> {
        let slot = self.slot;
        if slot != KeySlot::KeyDecipherment {
            return self.by_the_holder(|application, codes| {
                let unlocked = unlock(application, codes)?;
                let algorithm = unlocked.algorithm(slot)?;
                Ok(ProvenKey::from(&unlocked.request(slot, algorithm)?))
            });
        }
        self.by_the_holder(|application, codes| {
            let key = application.public_key(slot)?;
            let rng = &mut system_randomness();
            let challenge = DeciphermentChallenge::new(&key, rng).map_err(Error::from)?;
            let mut unlocked = unlock(application, codes)?;
            let algorithm = KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha256);
            let answer = unlocked.decipher(algorithm, challenge.cryptogram())?;
            let answered = challenge.answered(&answer.unwrap_or_default());
            Ok(answered.map_err(Error::from)?)
        })
    }
}

impl KeyKindName {
    const fn kind(self) -> KeyKind {
        match self {
            Self::Rsa2048 => KeyKind::Rsa2048,
            Self::P256 => KeyKind::P256,
        }
    }
}
