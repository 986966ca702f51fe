//! The commands of Terminal Authentication 2 before Chip Authentication: MSE:Set DST, PSO:VERIFY
//! CERTIFICATE, MSE:Set AT, GET CHALLENGE, EXTERNAL AUTHENTICATE (TR-03110-3 B.3 and B.14).
//!
//! They run in a session that began with a CHAT, and nowhere else. Whatever fails leaves the session as
//! it was, so that a terminal may try again; nothing is opened before Chip Authentication.

use alloc::vec::Vec;

use cvc::{CertificationAuthorityReference, Chain, CvCertificate, Holder};
use iso7816::{
    CommandApdu,
    tlv::{Tag, TlvReader},
};
use secure_channel::{
    restricted_identification::TerminalSector,
    terminal_authentication::{Challenge, chip::TerminalKey},
};

use super::Answer;
use crate::{
    access::Denied,
    chip::Chip,
    error::Error,
    memory::NonVolatileMemory,
    volatile::{Authenticated, TerminalSession, Volatile},
};

const PUBLIC_KEY_REFERENCE: Tag = Tag(0x83);

/// MSE:Set DST, P1-P2 81B6: DO 83 alone, the name of the key that verifies the next certificate.
pub(super) fn verification_key(
    apdu: &CommandApdu,
) -> Result<CertificationAuthorityReference, Error> {
    let mut objects = TlvReader::new(apdu.data()).strict();
    let object = objects
        .next()
        .and_then(Result::ok)
        .filter(|object| object.tag == PUBLIC_KEY_REFERENCE)
        .ok_or(Error::IncorrectData)?;
    if objects.next().is_some() {
        return Err(Error::IncorrectData);
    }
    // A name that no authority can have is one that is not found.
    CertificationAuthorityReference::parse(object.value).map_err(|_| Error::ReferenceNotFound)
}

/// GET CHALLENGE: eight bytes, no data.
pub(super) fn check_get_challenge(apdu: &CommandApdu) -> Result<(), Error> {
    const SIZE: u32 = Challenge::SIZE as u32;
    if apdu.p1_p2() != 0x0000 {
        return Err(Error::IncorrectParameters);
    }
    match (apdu.data(), apdu.ne()) {
        ([], Some(SIZE | 0x100)) => Ok(()),
        _ => Err(Error::WrongLength),
    }
}

/// EXTERNAL AUTHENTICATE: the signature.
pub(super) fn signature(apdu: &CommandApdu) -> Result<Vec<u8>, Error> {
    match (apdu.p1_p2(), apdu.data()) {
        (0x0000, []) => Err(Error::WrongLength),
        (0x0000, signature) => Ok(signature.to_vec()),
        _ => Err(Error::IncorrectParameters),
    }
}

/// The terminal of this session, as long as it has no rights yet. Certificates may still come when it has
/// signed: what it signed for is kept apart from them.
fn certifying(volatile: &mut Volatile) -> Result<&mut TerminalSession, Error> {
    let session = volatile.session.as_mut().ok_or(Denied)?;
    if session.status.rights.is_some() {
        return Err(Error::ConditionsNotSatisfied);
    }
    Ok(session.terminal.as_deref_mut().ok_or(Denied)?)
}

/// The terminal of this session, as long as it has not authenticated itself.
fn authenticating(volatile: &mut Volatile) -> Result<&mut TerminalSession, Error> {
    let terminal = certifying(volatile)?;
    if terminal.authenticated.is_some() {
        return Err(Error::ConditionsNotSatisfied);
    }
    Ok(terminal)
}

impl<M: NonVolatileMemory> Chip<M> {
    /// Selects the key that verifies the next certificate: a trust-point, or the one imported last.
    pub(super) fn select_verification_key(
        &mut self,
        reference: CertificationAuthorityReference,
    ) -> Result<Answer, Error> {
        let terminal = certifying(&mut self.volatile)?;
        terminal.verification_key = None;
        if !terminal.chain.knows(&reference) {
            return Err(Error::ReferenceNotFound);
        }
        terminal.verification_key = Some(reference);
        Ok(Answer::done())
    }

    /// PSO:VERIFY CERTIFICATE. Date and trust-points are stored before the answer.
    pub(super) fn verify_certificate(&mut self, value: &[u8]) -> Result<Answer, Error> {
        let terminal = certifying(&mut self.volatile)?;
        let key = terminal
            .verification_key
            .take()
            .ok_or(Error::ConditionsNotSatisfied)?;
        let certificate = CvCertificate::parse_value(value).map_err(Error::Certificate)?;
        if certificate.authority() != key {
            return Err(Error::Certificate(cvc::Error::UnknownAuthority(
                certificate.authority(),
            )));
        }
        let next = terminal
            .chain
            .import(&certificate)
            .map_err(Error::Certificate)?;
        if next.trust_points() != terminal.chain.trust_points() {
            self.persistent.set_trust_points(next.trust_points())?;
        }
        terminal.chain = next;
        Ok(Answer::done())
    }

    /// MSE:Set AT, P1-P2 81A4: the certified key, the ephemeral key, the auxiliary data.
    pub(super) fn select_terminal(&mut self, data: &[u8]) -> Result<Answer, Error> {
        let terminal = authenticating(&mut self.volatile)?;
        let key = terminal_key(&terminal.chain).ok_or(Error::ReferenceNotFound)?;
        terminal.authentication.select(key, data)?;
        Ok(Answer::done())
    }

    /// GET CHALLENGE.
    pub(super) fn get_challenge(&mut self) -> Result<Answer, Error> {
        let terminal = authenticating(&mut self.volatile)?;
        let rng = &mut *self.environment.rng;
        let challenge = terminal.authentication.challenge(rng);
        Ok(Answer::data(challenge.as_bytes().to_vec()))
    }

    /// EXTERNAL AUTHENTICATE. It opens nothing: rights begin with Chip Authentication.
    pub(super) fn external_authenticate(&mut self, signature: &[u8]) -> Result<Answer, Error> {
        let terminal = authenticating(&mut self.volatile)?;
        let proof = terminal
            .authentication
            .external_authenticate(&terminal.id_picc, signature)?;
        let holder = terminal.chain.terminal().ok_or(Error::ReferenceNotFound)?;
        let authorization = holder
            .effective_authorization(&terminal.confirmed)
            .map_err(Error::Certificate)?;
        let sector = terminal_sector(holder)?;
        terminal.authenticated = Some(Authenticated {
            proof,
            authorization,
            sector,
        });
        Ok(Answer::done())
    }
}

/// The sectors of the terminal's certificate, for Restricted Identification. Certificates of one chain are
/// all signed with the same algorithm, so that its hash is that of the terminal's own key.
fn terminal_sector(holder: &Holder) -> Result<TerminalSector, Error> {
    let hash = holder.key().algorithm().hash();
    let hashes = holder.extensions().terminal_sector();
    let [first, second] = hashes.map(|hash| hash.map(|hash| hash.as_bytes().to_vec()));
    Ok(TerminalSector {
        hash: hash.map_err(Error::Certificate)?,
        first,
        second,
    })
}

/// The key of the terminal at the end of the chain.
fn terminal_key(chain: &Chain) -> Option<TerminalKey> {
    let holder = chain.terminal()?;
    Some(TerminalKey {
        holder_reference: holder.reference()?.as_bytes().to_vec(),
        protocol: holder.key().algorithm().protocol().ok()?,
        public_key: holder.key().key().clone(),
    })
}
