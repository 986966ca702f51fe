//! MANAGE SECURITY ENVIRONMENT, Set AT: selects PACE, Terminal or Chip Authentication, or Restricted
//! Identification (TR-03110-3 B.14.1).

use alloc::{boxed::Box, vec::Vec};

use cvc::{Authorization, Chat, Extensions};
use iso7816::{
    CommandApdu, StatusWord,
    tlv::{Tag, TlvReader},
};
use secure_channel::{
    PasswordId, SymmetricCipher,
    chip_authentication::ChipAuthenticationProtocol,
    pace::{self, Mapping, PaceProtocol, PaceSuite},
};

use super::{
    Answer, restricted_identification,
    security_environment::{self, SetEnvironment},
};
use crate::{
    access::{self, Use, Verify},
    chat,
    chip::Chip,
    error::Error,
    memory::NonVolatileMemory,
    objects::{Directory, KeyRef, Slot},
    persistent::PasswordState,
    security_status::SessionKind,
    volatile::{PaceRun, Protocol},
};

const MECHANISM: Tag = Tag(0x80);
const PASSWORD_OR_PUBLIC_KEY: Tag = Tag(0x83);
const PRIVATE_KEY_OR_PARAMETERS: Tag = Tag(0x84);
const CERTIFICATE_EXTENSIONS: Tag = Tag(0x65);
const AUTHORIZATION_TEMPLATE: Tag = Tag(0x7F4C);

/// A well-formed MSE:Set AT.
pub(crate) enum SetAuthenticationTemplate {
    Pace(SelectPace),
    /// P1-P2 81A4, the data objects.
    TerminalAuthentication(Vec<u8>),
    ChipAuthentication(SelectChipAuthentication),
    /// P1-P2 41A4 too; the key of the two.
    RestrictedIdentification(KeyRef),
    /// P1-P2 41A4 too, with a mechanism of one byte: a key of the holder.
    Holder(SetEnvironment),
}

/// P1-P2 C1A4.
pub(crate) struct SelectPace {
    protocol: PaceProtocol,
    password: PasswordId,
    /// Parameter id of DO 84.
    parameters: Option<u8>,
    /// CHAT and authorization extensions.
    confirmed: Option<Authorization>,
}

/// P1-P2 41A4.
pub(crate) struct SelectChipAuthentication {
    protocol: ChipAuthenticationProtocol,
    key_id: Option<u8>,
}

impl TryFrom<&CommandApdu> for SetAuthenticationTemplate {
    type Error = Error;

    fn try_from(apdu: &CommandApdu) -> Result<Self, Error> {
        match apdu.p1_p2() {
            0xC1A4 => Objects::parse(apdu.data())?.pace().map(Self::Pace),
            0x81A4 => Ok(Self::TerminalAuthentication(apdu.data().to_vec())),
            0x41A4 => {
                let objects = Objects::parse(apdu.data())?;
                match objects.mechanism {
                    Some([_]) => security_environment::parse(Slot::Authentication, apdu.data())
                        .map(Self::Holder),
                    _ => objects.internal_authentication(),
                }
            }
            _ => Err(Error::IncorrectParameters),
        }
    }
}

/// The data objects of the command, in whatever order, each at most once.
#[derive(Default)]
struct Objects<'a> {
    mechanism: Option<&'a [u8]>,
    password: Option<&'a [u8]>,
    private_key: Option<&'a [u8]>,
    authorization: Option<&'a [u8]>,
    extensions: Option<&'a [u8]>,
}

impl<'a> Objects<'a> {
    fn parse(data: &'a [u8]) -> Result<Self, Error> {
        let mut objects = Self::default();
        for object in TlvReader::new(data).strict() {
            let object = object.map_err(|_| Error::IncorrectData)?;
            let place = match object.tag {
                MECHANISM => &mut objects.mechanism,
                PASSWORD_OR_PUBLIC_KEY => &mut objects.password,
                PRIVATE_KEY_OR_PARAMETERS => &mut objects.private_key,
                AUTHORIZATION_TEMPLATE => &mut objects.authorization,
                CERTIFICATE_EXTENSIONS => &mut objects.extensions,
                _ => return Err(Error::IncorrectData),
            };
            if place.replace(object.value).is_some() {
                return Err(Error::IncorrectData);
            }
        }
        Ok(objects)
    }

    fn pace(&self) -> Result<SelectPace, Error> {
        let mechanism = self.mechanism.ok_or(Error::IncorrectData)?;
        let protocol = PaceProtocol::from_oid(mechanism).ok_or(Error::IncorrectData)?;
        let &[password] = self.password.ok_or(Error::IncorrectData)? else {
            return Err(Error::IncorrectData);
        };
        let password = PasswordId::from_reference(password).ok_or(Error::ReferenceNotFound)?;
        let chat = self.authorization.map(Chat::parse_value).transpose();
        let extensions = self.extensions.map(Extensions::parse_value).transpose();
        let confirmed = match (
            chat.map_err(|_| Error::IncorrectData)?,
            extensions.map_err(|_| Error::IncorrectData)?,
        ) {
            (Some(chat), extensions) => {
                Some(Authorization::new(chat, &extensions.unwrap_or_default()))
            }
            (None, None) => None,
            // Extensions only extend the authorisation of a CHAT.
            (None, Some(_)) => return Err(Error::IncorrectData),
        };
        Ok(SelectPace {
            protocol,
            password,
            parameters: self.reference()?,
            confirmed,
        })
    }

    /// Chip Authentication or Restricted Identification, as the mechanism says.
    fn internal_authentication(&self) -> Result<SetAuthenticationTemplate, Error> {
        let mechanism = self.mechanism.ok_or(Error::IncorrectData)?;
        if self.password.is_some() || self.authorization.is_some() || self.extensions.is_some() {
            return Err(Error::IncorrectData);
        }
        if mechanism == restricted_identification::PROTOCOL.oid() {
            let key = restricted_identification::key(self.reference()?)?;
            return Ok(SetAuthenticationTemplate::RestrictedIdentification(key));
        }
        let protocol =
            ChipAuthenticationProtocol::from_oid(mechanism).ok_or(Error::IncorrectData)?;
        Ok(SetAuthenticationTemplate::ChipAuthentication(
            SelectChipAuthentication {
                protocol,
                key_id: self.reference()?,
            },
        ))
    }

    /// DO 84: one byte, for all parameters and keys that this card can have.
    fn reference(&self) -> Result<Option<u8>, Error> {
        match self.private_key {
            None => Ok(None),
            Some([reference]) => Ok(Some(*reference)),
            Some([]) => Err(Error::IncorrectData),
            Some(_) => Err(Error::ReferenceNotFound),
        }
    }
}

impl<M: NonVolatileMemory> Chip<M> {
    /// Selects a protocol. Whatever was selected before is forgotten, even if this fails.
    pub(super) fn set_authentication_template(
        &mut self,
        template: SetAuthenticationTemplate,
    ) -> Result<Answer, Error> {
        match template {
            SetAuthenticationTemplate::Pace(select) => self.select_pace(&select),
            SetAuthenticationTemplate::TerminalAuthentication(data) => self.select_terminal(&data),
            SetAuthenticationTemplate::ChipAuthentication(select) => {
                let status = self.volatile.session.as_ref().map(|session| session.status);
                match status.map(|status| status.kind) {
                    Some(SessionKind::Terminal) => self.select_chip_authentication_2(&select),
                    _ => self.select_chip_authentication(&select),
                }
            }
            SetAuthenticationTemplate::RestrictedIdentification(key) => {
                self.select_restricted_identification(key)
            }
            SetAuthenticationTemplate::Holder(set) => self.set_authentication_environment(&set),
        }
    }

    fn select_pace(&mut self, select: &SelectPace) -> Result<Answer, Error> {
        let status = self.security_status()?;
        let suite = self.suite(select.protocol, select.parameters)?;
        let grant = access::grant(Verify(select.password), &status)?;
        let password = self
            .persistent
            .password(&grant)?
            .ok_or(Error::ReferenceNotFound)?;
        if let Some(confirmed) = &select.confirmed {
            let transport =
                select.password == PasswordId::Pin && self.persistent.has_transport_pin();
            if transport || !chat::may_use(confirmed.chat(), select.password) {
                return Err(Error::IncorrectData);
            }
        }
        let static_key = match suite.protocol.mapping {
            Mapping::Generic => None,
            Mapping::ChipAuthentication => self
                .persistent
                .key(&access::grant(Use(KeyRef::Generation), &status)?)?,
        };
        let pace = pace::chip::Pace::select(suite, password, static_key)?;
        self.volatile.protocol = Protocol::Pace(Box::new(PaceRun {
            password: select.password,
            confirmed: select.confirmed.clone(),
            pace,
        }));
        Ok(Answer::status(
            match self.persistent.password_state(select.password)? {
                PasswordState::Usable => StatusWord::OK,
                PasswordState::TriesUsed(tries) => StatusWord::wrong_secret(tries),
                PasswordState::Suspended => StatusWord::wrong_secret(1),
                PasswordState::Blocked => StatusWord::wrong_secret(0),
                PasswordState::Deactivated => StatusWord::DEACTIVATED,
            },
        ))
    }

    /// The suite that protocol and parameter id name. A missing id means the only one, or 12 where
    /// there are several.
    fn suite(&self, protocol: PaceProtocol, parameters: Option<u8>) -> Result<PaceSuite, Error> {
        let offered = || {
            self.persistent
                .options()
                .suites
                .iter()
                .filter(|suite| suite.protocol == protocol)
        };
        let by_id = |id: u8| offered().find(|suite| suite.curve.parameter_id() == id);
        let first = offered().next().ok_or(Error::IncorrectData)?;
        let chosen = match parameters {
            Some(id) => by_id(id).ok_or(Error::ReferenceNotFound)?,
            None if offered().count() == 1 => first,
            None => by_id(DEFAULT_PARAMETERS).ok_or(Error::ReferenceNotFound)?,
        };
        Ok(*chosen)
    }

    fn select_chip_authentication(
        &mut self,
        select: &SelectChipAuthentication,
    ) -> Result<Answer, Error> {
        let grant = access::grant(Use(KeyRef::ChipIndividual), &self.security_status()?)?;
        // The key belongs to the ICAO application: elsewhere there is none by that name.
        if self.volatile.selection.directory != Directory::Icao {
            return Err(Error::ReferenceNotFound);
        }
        let key = self
            .persistent
            .chip_authentication_key(&grant)?
            .ok_or(Error::ReferenceNotFound)?;
        if select.key_id.is_some() && select.key_id != key.key_id {
            return Err(Error::ReferenceNotFound);
        }
        if select.protocol.cipher != key.cipher {
            return Err(Error::IncorrectData);
        }
        self.volatile.protocol = Protocol::ChipAuthentication {
            protocol: select.protocol,
            key: key.key,
        };
        Ok(Answer::done())
    }

    /// Version 2: after Terminal Authentication, with the key of the batch, whose parameters
    /// EF.CardAccess and EF.CardSecurity announce.
    fn select_chip_authentication_2(
        &mut self,
        select: &SelectChipAuthentication,
    ) -> Result<Answer, Error> {
        let grant = access::grant(Use(KeyRef::Generation), &self.security_status()?)?;
        let session = self.volatile.session.as_ref();
        let authenticated = session
            .and_then(|session| session.terminal.as_ref())
            .is_some_and(|terminal| terminal.authenticated.is_some());
        if !authenticated {
            return Err(Error::ConditionsNotSatisfied);
        }
        if select.key_id.is_some_and(|id| id != GENERATION_KEY) {
            return Err(Error::ReferenceNotFound);
        }
        if select.protocol.cipher != SymmetricCipher::Aes128 {
            return Err(Error::IncorrectData);
        }
        let key = self
            .persistent
            .key(&grant)?
            .ok_or(Error::ReferenceNotFound)?;
        self.volatile.protocol = Protocol::ChipAuthentication2 {
            protocol: select.protocol,
            key,
        };
        Ok(Answer::done())
    }
}

/// The identifier of the batch's key for Chip Authentication version 2 (docs/chip-profile.md, EF.CardAccess).
const GENERATION_KEY: u8 = 12;
/// P-256 (TR-03110-3 A.2.1.1, table of standardized domain parameters).
const DEFAULT_PARAMETERS: u8 = 12;
