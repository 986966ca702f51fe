//! What the test itself knows to be true, and what follows from it. Nothing here is taken from the chip: a certificate that
//! it accepts counts because the test knows who signed it, and if it accepts one that it must not, that is the failure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cvc::{Right, Role};
use iso7816::{CommandApdu, ResponseApdu, StatusWord, ins, tlv};
use neweid_tests::cards::authorities::{Certified, Party, Rights, sector};
use neweid_tests::fuzzing::marked_card::{PIN_TRIES, PIN1, PUK_TRIES, Secret, questions};
use secure_channel::auxiliary_data::Kind;
use secure_channel::restricted_identification::RestrictedIdentificationProtocol;
use secure_channel::{Curve, EcPublicKey, PasswordId};

/// A signature that the test made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) message: Vec<u8>,
    pub(super) by: Party,
}

/// What a signature has bound.
#[derive(Clone)]
pub(super) struct Signed {
    /// The compressed ephemeral key.
    key: Vec<u8>,
    /// DO 67.
    asked: Vec<u8>,
    /// What chain and holder both allow.
    rights: Rights,
}

/// What is true of a terminal that was announced in PACE.
#[derive(Clone)]
pub(super) struct Agency {
    /// What the holder confirmed.
    pub(super) confirmed: Rights,
    /// The chip's compressed ephemeral key.
    pub(super) id_picc: Vec<u8>,
    /// The holder of the last certificate, and what the chain down to it grants.
    pub(super) imported: Option<(Party, Rights)>,
    /// The last MSE:Set AT: the compressed ephemeral key, and DO 67.
    pub(super) selected: Option<(Vec<u8>, Vec<u8>)>,
    /// The challenge, until a signature was tried on it.
    pub(super) challenge: Option<Vec<u8>>,
    /// The right signature came.
    pub(super) signed: Option<Signed>,
    /// And the chip proved itself with that very key.
    pub(super) proven: bool,
}

impl fmt::Debug for Agency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the holder confirmed {:?}", self.confirmed)?;
        if let Some((holder, rights)) = &self.imported {
            write!(f, ", the chain to {holder:?} grants {rights:?}")?;
        }
        f.write_str(match (&self.signed, self.proven) {
            (None, _) => ", nothing signed",
            (Some(_), false) => ", signed",
            (Some(_), true) => ", signed, and the chip has proven itself",
        })
    }
}

/// A session that PACE with a right password began.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// `None` once PIN1 was deactivated in it.
    pub(super) by: Option<PasswordId>,
    /// `None` in a local session.
    pub(super) agency: Option<Agency>,
}

impl Session {
    fn is_local(&self, by: PasswordId) -> bool {
        self.agency.is_none() && self.by == Some(by)
    }

    /// What the agency has signed, once the chip has proven itself to it.
    fn authenticated(&self) -> Option<&Signed> {
        let agency = self.agency.as_ref()?;
        agency.signed.as_ref().filter(|_| agency.proven)
    }

    /// The same, if it may turn to the holder's data: the holder has given PIN1, or the agency may use the CAN.
    fn with_holder(&self) -> Option<&Signed> {
        let signed = self.authenticated()?;
        match self.by {
            Some(PasswordId::Pin) => Some(signed),
            Some(PasswordId::Can) if signed.rights.may.contains(&Right::CanAllowed) => Some(signed),
            _ => None,
        }
    }

    /// What the agency may do with the holder's data.
    fn over_data(&self) -> Rights {
        let signed = self.with_holder();
        signed
            .map(|signed| signed.rights.clone())
            .unwrap_or_default()
    }

    fn manages_pin1(&self) -> bool {
        let signed = self.authenticated();
        signed.is_some_and(|signed| signed.rights.may.contains(&Right::PinManagement))
    }

    fn may_see(&self, secret: Secret) -> bool {
        let over_data = self.over_data();
        let may = |right| over_data.may.contains(&right);
        let holder = self.is_local(PasswordId::Can) || self.is_local(PasswordId::Pin);
        match secret {
            Secret::CardSecurity => true,
            Secret::ChipSecurity => may(Right::PrivilegedTerminal),
            Secret::Gdo => self.is_local(PasswordId::Pin) || may(Right::PrivilegedTerminal),
            Secret::EidSod => {
                let mut rights = over_data.may.iter();
                holder || rights.any(|right| matches!(right, Right::ReadGroup(_)))
            }
            Secret::EidGroup(group @ (2 | 11..)) => holder || may(Right::ReadGroup(group)),
            Secret::EidGroup(group) => may(Right::ReadGroup(group)),
            Secret::Icao(_) => self.is_local(PasswordId::Mrz),
            // Nobody gives PIN2 here.
            Secret::Certificate(_) => false,
            Secret::ReferenceData => false,
        }
    }
}

/// PIN1 or PUK.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries {
    pub(super) left: u8,
    pub(super) all: u8,
}

/// All that is known.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) session: Option<Session>,
    /// The CVCAs that link certificates have made known.
    trusted: BTreeSet<Party>,
    pub(super) pin: Tries,
    pub(super) puk: Tries,
    /// The value of PIN1.
    pub(super) pin1: Vec<u8>,
    pub(super) deactivated: bool,
    /// Every certificate that was made, as it is sent.
    pub(super) certificates: BTreeMap<Vec<u8>, Certified>,
    /// Every signature that was made.
    pub(super) signatures: BTreeMap<Vec<u8>, Signature>,
    /// The last MSE:Set AT was for Restricted Identification: whether with the key for pseudonyms.
    identifies: Option<bool>,
    /// The parts so far of a chained command.
    chain: Option<([u8; 3], Vec<u8>)>,
}

/// What the chip must not have done.
pub(super) type Wrong = String;

fn must(condition: bool, what: &str) -> Result<(), Wrong> {
    if condition { Ok(()) } else { Err(what.into()) }
}

impl Facts {
    pub(super) fn new() -> Self {
        Self {
            session: None,
            trusted: [Party::Ministry].into(),
            pin: Tries {
                left: PIN_TRIES,
                all: 3,
            },
            puk: Tries {
                left: PUK_TRIES,
                all: 10,
            },
            pin1: PIN1.as_bytes().to_vec(),
            deactivated: false,
            certificates: BTreeMap::new(),
            signatures: BTreeMap::new(),
            identifies: None,
            chain: None,
        }
    }

    /// The session has ended: by a reset, a plain command, a command that could not be unwrapped.
    pub(super) fn end_session(&mut self) {
        self.session = None;
        self.chain = None;
    }

    /// PACE with the right password.
    pub(super) fn begin_session(&mut self, session: Session) {
        self.session = Some(session);
        self.chain = None;
    }

    pub(super) fn may_see(&self, secret: Secret) -> bool {
        let session = self.session.as_ref();
        session.is_some_and(|session| session.may_see(secret))
    }

    fn agency(&self) -> Option<&Agency> {
        self.session.as_ref()?.agency.as_ref()
    }

    fn agency_mut(&mut self) -> Option<&mut Agency> {
        self.session.as_mut()?.agency.as_mut()
    }

    /// What a signature must be over by now, if the terminal may sign at all.
    pub(super) fn due(&self) -> Option<Vec<u8>> {
        let agency = self.agency()?;
        let (challenge, (key, asked)) = (agency.challenge.as_ref()?, agency.selected.as_ref()?);
        Some([&agency.id_picc[..], challenge, key, asked].concat())
    }

    /// Holds an answer against what is known, and learns from it. The command is as it was before secure messaging; those
    /// of a whole PACE do not come here.
    pub(super) fn judge(
        &mut self,
        command: &CommandApdu,
        response: &ResponseApdu,
    ) -> Result<(), Wrong> {
        let [_, header @ ..] = command.header();
        let so_far = match self.chain.take() {
            Some((of, parts)) if of == header => parts,
            _ => Vec::new(),
        };
        let data = [&so_far, command.data()].concat();
        let is_chained = command.class().is_chained();
        if is_chained && command.ins() != ins::GENERAL_AUTHENTICATE {
            if response.status.is_ok() {
                self.chain = Some((header, data));
            }
            return Ok(());
        }
        let status = response.status;
        if command.ins() != ins::GENERAL_AUTHENTICATE {
            self.identifies = None;
        }
        if command.ins() == ins::EXTERNAL_AUTHENTICATE
            && status == StatusWord::AUTHENTICATION_FAILED
            && let Some(agency) = self.agency_mut()
        {
            agency.challenge = None;
        }
        match (command.ins(), command.p1()) {
            (ins::READ_BINARY, p1) if p1 & 0x80 != 0 => self.reads(p1 & 0x1F, response)?,
            (ins::READ_BINARY_ODD, 0) => self.reads(command.p2(), response)?,
            (ins::SELECT, _) if status.is_ok() => {
                if let [.., 0x01, id @ (3..=9 | 11..=13)] = data[..] {
                    let allowed = self.may_see(Secret::EidGroup(id));
                    must(allowed, "a group is selected that may not be read")?;
                }
            }
            (ins::VERIFY | ins::COMPARE, _) => self.answered(&data, status)?,
            _ if !status.is_ok() => {}
            (ins::MANAGE_SECURITY_ENVIRONMENT, 0x41) => self.key_selected(&data)?,
            (ins::PERFORM_SECURITY_OPERATION, _) => self.imported(&data)?,
            (ins::MANAGE_SECURITY_ENVIRONMENT, 0x81) => match command.p2() {
                0xA4 => self.terminal_selected(&data)?,
                _ => must(self.agency().is_some(), "a key is selected for nobody")?,
            },
            (ins::GET_CHALLENGE, _) => {
                let agency = self.agency_mut().ok_or("a challenge for nobody")?;
                agency.challenge = Some(response.data.clone());
            }
            (ins::EXTERNAL_AUTHENTICATE, _) => self.signed(&data)?,
            (ins::GENERAL_AUTHENTICATE, _) => self.authenticated(&data)?,
            (ins::INTERNAL_AUTHENTICATE, _) => {
                must(self.may_see(Secret::Icao(0x0F)), "Active Authentication")?;
            }
            (ins::RESET_RETRY_COUNTER | ins::ACTIVATE | ins::DEACTIVATE, p1) => {
                self.managed(command.ins(), p1, &data)?;
            }
            (ins::UPDATE_BINARY, p1) => self.updated(p1 & 0x1F)?,
            (ins::UPDATE_BINARY_ODD, _) => self.updated(command.p2())?,
            _ => {}
        }
        Ok(())
    }

    /// Short identifiers that only groups have: there even a byte is too much.
    fn reads(&self, short_id: u8, response: &ResponseApdu) -> Result<(), Wrong> {
        let closed =
            matches!(short_id, 3..=9 | 11..=13) && !self.may_see(Secret::EidGroup(short_id));
        let answered = !response.data.is_empty() || !response.status.is_error();
        must(!(closed && answered), "a byte of a group that is closed")
    }

    fn imported(&mut self, certificate: &[u8]) -> Result<(), Wrong> {
        let certificate = self.certificates.get(certificate).cloned();
        let it = certificate.ok_or("a certificate that nobody made is accepted")?;
        let agency = self
            .agency()
            .ok_or("a certificate is accepted for nobody")?;
        let above = match (it.issuer.role(), &agency.imported) {
            (Role::Cvca, _) if self.trusted.contains(&it.issuer) => Some(it.issuer.rights()),
            (Role::Cvca, _) => None,
            (_, Some((holder, rights))) if *holder == it.issuer => Some(rights.clone()),
            _ => None,
        };
        let above = above.ok_or("a certificate by somebody unknown is accepted")?;
        let link = it.holder.role() == Role::Cvca;
        let pair = (it.issuer.role(), it.holder.role());
        must(
            matches!(
                pair,
                (Role::Cvca, Role::Cvca | Role::DvDomestic) | (Role::DvDomestic, Role::Terminal)
            ),
            "a certificate of somebody who may not certify is accepted",
        )?;
        must(link || !it.expired, "an expired certificate is accepted")?;
        if link {
            self.trusted.insert(it.holder);
        } else if let Some(agency) = self.agency_mut() {
            agency.imported = Some((it.holder, above.and(&it.granted())));
        }
        Ok(())
    }

    fn terminal_selected(&mut self, data: &[u8]) -> Result<(), Wrong> {
        let agency = self.agency_mut().ok_or("a terminal that is nobody")?;
        let is_terminal =
            matches!(&agency.imported, Some((holder, _)) if *holder == Party::Terminal);
        must(is_terminal, "a terminal without a certificate is selected")?;
        let object = |tag| tlv::find(data, tlv::Tag(tag)).ok().flatten();
        let name = Party::Terminal.name();
        must(
            object(0x83) == Some(name.as_bytes()),
            "a terminal of another name",
        )?;
        let key = object(0x91).ok_or("no ephemeral key")?.to_vec();
        let asked = object(0x67).map(|asked| tlv::encode(tlv::Tag(0x67), asked));
        agency.selected = Some((key, asked.unwrap_or_default()));
        Ok(())
    }

    fn signed(&mut self, signature: &[u8]) -> Result<(), Wrong> {
        let made = self.signatures.get(signature).cloned();
        let made = made.ok_or("a signature that nobody made is accepted")?;
        let due = self
            .due()
            .ok_or("a signature is accepted that is not due")?;
        must(
            made.message == due,
            "a signature over something else is accepted",
        )?;
        must(
            made.by == Party::Terminal,
            "a signature by somebody else is accepted",
        )?;
        let agency = self.agency_mut().ok_or("a signature of nobody")?;
        must(agency.signed.is_none(), "a second signature is accepted")?;
        let (_, rights) = agency.imported.clone().ok_or("no certificate")?;
        let (key, asked) = agency.selected.take().ok_or("no ephemeral key")?;
        agency.challenge = None;
        agency.signed = Some(Signed {
            key,
            asked,
            rights: rights.and(&agency.confirmed),
        });
        Ok(())
    }

    /// GENERAL AUTHENTICATE outside a whole PACE.
    fn authenticated(&mut self, data: &[u8]) -> Result<(), Wrong> {
        let template = tlv::find(data, tlv::Tag(0x7C)).ok().flatten();
        let object = |tag| {
            let template = template?;
            tlv::find(template, tlv::Tag(tag)).ok().flatten()
        };
        must(object(0x85).is_none(), "a token of PACE is accepted twice")?;
        if let Some(key) = object(0xA0) {
            let own = tlv::encode(tlv::Tag(0x7F49), key) == sector().to_data_object();
            must(own, "the card is known in a sector of somebody else")?;
            let pseudonym = self.identifies.ok_or("the card is known without a key")?;
            let signed = self.session.as_ref().and_then(Session::with_holder);
            let signed = signed.ok_or("the card is known to somebody who may not")?;
            let may = signed.rights.may.contains(&Right::RestrictedIdentification);
            return must(may || !pseudonym, "a pseudonym without the right");
        }
        must(
            object(0xA2).is_none(),
            "the card is known in a second sector",
        )?;
        let Some(point) = object(0x80) else {
            return Ok(());
        };
        let Some(agency) = self.agency_mut() else {
            // Version 1, in the ICAO application.
            return must(self.may_see(Secret::Icao(0x0E)), "Chip Authentication");
        };
        let signed = agency.signed.as_ref();
        let signed = signed.ok_or("the chip proves itself to a stranger")?;
        let point = EcPublicKey::from_uncompressed(Curve::P256, point);
        let point = point.map_err(|error| format!("no point is accepted: {error}"))?;
        must(
            point.compress().as_bytes() == signed.key,
            "a key that was not signed is accepted",
        )?;
        must(!agency.proven, "the chip proves itself twice")?;
        agency.proven = true;
        Ok(())
    }

    /// MSE:Set AT for Chip Authentication or Restricted Identification. Only the latter opens something by itself.
    fn key_selected(&mut self, data: &[u8]) -> Result<(), Wrong> {
        let object = |tag| tlv::find(data, tlv::Tag(tag)).ok().flatten();
        let protocol = RestrictedIdentificationProtocol::EcdhSha256;
        if object(0x80) != Some(&protocol.oid()) {
            return Ok(());
        }
        let signed = self.session.as_ref().and_then(Session::with_holder);
        must(signed.is_some(), "a key is named to somebody who may not")?;
        self.identifies = Some(object(0x84) != Some(&[1]));
        Ok(())
    }

    /// Yes or no to a question.
    fn answered(&self, data: &[u8], status: StatusWord) -> Result<(), Wrong> {
        let yes = match status {
            StatusWord::OK => true,
            StatusWord::AUTHENTICATION_FAILED | StatusWord::COMPARISON_FAILED => false,
            _ => return Ok(()),
        };
        let kind = Kind::from_command_data(data).map_err(|error| error.to_string())?;
        let session = self.session.as_ref();
        let signed = session.and_then(Session::with_holder);
        let signed = signed.ok_or("an answer to somebody who may not ask")?;
        let needed = match kind {
            Kind::DateOfBirth => Some(Right::AgeVerification),
            Kind::DateOfExpiry => None,
            Kind::MunicipalityId => Some(Right::CommunityVerification),
        };
        let may = needed.is_none_or(|right| signed.rights.may.contains(&right));
        must(may, "an answer without the right")?;
        must(
            signed.asked == questions(yes).as_bytes(),
            "an answer to what was not signed, or a wrong one",
        )
    }

    fn managed(&mut self, instruction: u8, p1: u8, data: &[u8]) -> Result<(), Wrong> {
        let session = self.session.as_mut().ok_or("PIN1 is managed by nobody")?;
        let holder = match (instruction, p1) {
            (ins::DEACTIVATE, _) | (ins::RESET_RETRY_COUNTER, 0x02) => PasswordId::Pin,
            _ => PasswordId::Puk,
        };
        let allowed = session.is_local(holder) || session.manages_pin1();
        must(allowed, "PIN1 is managed by somebody who may not")?;
        match (instruction, p1) {
            (ins::RESET_RETRY_COUNTER, 0x02) => {
                self.pin1 = data.to_vec();
                self.pin.left = self.pin.all;
            }
            (ins::RESET_RETRY_COUNTER, _) => self.pin.left = self.pin.all,
            (ins::ACTIVATE, _) => self.deactivated = false,
            _ => {
                self.deactivated = true;
                session.by = None;
            }
        }
        Ok(())
    }

    fn updated(&self, short_id: u8) -> Result<(), Wrong> {
        let session = self.session.as_ref().ok_or("nobody may write")?;
        let updates = session.over_data().updates;
        let allowed = match short_id {
            group @ (3 | 6 | 7 | 11 | 12 | 13) => updates.contains(&group),
            // EF.SOD, or whichever is the current file.
            0 | 0x1D => !updates.is_empty(),
            _ => false,
        };
        must(allowed, "a file is written without the right")
    }
}
