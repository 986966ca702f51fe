//! PACE from the host's side: MSE:Set AT, four GENERAL AUTHENTICATE, and what each status word means.

use iso7816::{CommandApdu, ResponseApdu, StatusWord, ins, tlv};
use rand_core::CryptoRng;
use secure_channel::pace::terminal::{self, Established};
use secure_channel::{Password, PasswordId};
use transport::CardTransport;

use crate::error::{
    CardFault, Error, Misbehaviour, Misuse, PasswordKind, PasswordState, Result, Step,
};
use crate::link::Link;
use crate::suite::Offer;

/// What MSE:Set AT tells about a password, without spending a try (TR-03110-3 B.14.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordStatus {
    /// No wrong try is counted: all tries are left (three for PIN1, ten for the PUK of this card).
    Untouched,
    /// So many tries are left, two or more.
    TriesLeft(u8),
    /// One try is left and the card wants the access code first; see
    /// [`Session::resume_pin`](crate::Session::resume_pin).
    Suspended,
    /// No try is left.
    Blocked,
    /// Switched off, or not yet switched on.
    Deactivated,
    /// The card does not have this password.
    Absent,
}

impl PasswordStatus {
    /// Tries left, where the card says so. `None` with [`Untouched`](Self::Untouched): the card
    /// names no number as long as nobody was wrong.
    pub fn tries_left(self) -> Option<u8> {
        match self {
            Self::TriesLeft(tries) => Some(tries),
            Self::Suspended => Some(1),
            Self::Blocked => Some(0),
            Self::Untouched | Self::Deactivated | Self::Absent => None,
        }
    }

    /// Whether the password can be entered now.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Untouched | Self::TriesLeft(_))
    }

    fn unusable(self) -> Option<PasswordState> {
        match self {
            Self::Untouched | Self::TriesLeft(_) => None,
            Self::Suspended => Some(PasswordState::Suspended),
            Self::Blocked => Some(PasswordState::Blocked),
            Self::Deactivated => Some(PasswordState::Deactivated),
            Self::Absent => Some(PasswordState::Absent),
        }
    }
}

/// What PACE is run for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose<'a> {
    /// A local session.
    Local,
    /// A suspended password, in the channel that the CAN has just opened.
    Resume,
    /// A terminal session with this authorisation: DO 7F4C, and 65 where there is one.
    Terminal(&'a [u8]),
}

impl Purpose<'_> {
    const fn authorization(&self) -> &[u8] {
        match self {
            Self::Terminal(objects) => objects,
            Self::Local | Self::Resume => &[],
        }
    }
}

/// Selects protocol and password and reads the password's state off the answer.
pub(crate) fn set_template<T: CardTransport>(
    link: &mut Link<T>,
    offer: Offer,
    password: PasswordId,
    purpose: Purpose<'_>,
) -> Result<PasswordStatus> {
    let authorization = purpose.authorization();
    let mut status = link
        .send(
            &template(offer, password, true, authorization),
            Step::PaceSetup,
        )?
        .status;
    // Some chips with one set of parameters refuse to hear its number.
    if offer.only_parameters
        && offer.parameter_id.is_some()
        && matches!(
            status,
            StatusWord::INCORRECT_DATA | StatusWord::REFERENCE_NOT_FOUND | StatusWord::WRONG_LENGTH
        )
    {
        status = link
            .send(
                &template(offer, password, false, authorization),
                Step::PaceSetup,
            )?
            .status;
    }
    match (status, status.tries_left()) {
        (StatusWord::OK, _) => Ok(PasswordStatus::Untouched),
        (_, Some(0)) => Ok(PasswordStatus::Blocked),
        // TR-03110-2 2.4.1: passwords that block are suspended with one try left.
        (_, Some(1)) => Ok(PasswordStatus::Suspended),
        (_, Some(tries)) => Ok(PasswordStatus::TriesLeft(tries)),
        (StatusWord::DEACTIVATED | StatusWord::REFERENCE_DATA_NOT_USABLE, _) => {
            Ok(PasswordStatus::Deactivated)
        }
        (StatusWord::AUTHENTICATION_METHOD_BLOCKED, _) => Ok(PasswordStatus::Blocked),
        (StatusWord::CONDITIONS_NOT_SATISFIED, _) => Ok(PasswordStatus::Suspended),
        (StatusWord::REFERENCE_NOT_FOUND, _) => Ok(PasswordStatus::Absent),
        (status, _) => Err(fault(Step::PaceSetup, status)),
    }
}

/// MSE:Set AT (TR-03110-3 B.14.1). Of the standard's data objects a local session needs three; a terminal's authorisation
/// follows them.
fn template(
    offer: Offer,
    password: PasswordId,
    with_parameters: bool,
    authorization: &[u8],
) -> CommandApdu {
    let mut objects = Vec::new();
    tlv::push(&mut objects, tlv::Tag(0x80), &offer.suite.protocol.oid());
    tlv::push(&mut objects, tlv::Tag(0x83), &[password.reference()]);
    if let Some(id) = offer.parameter_id.filter(|_| with_parameters) {
        tlv::push(&mut objects, tlv::Tag(0x84), &[id]);
    }
    objects.extend_from_slice(authorization);
    CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, 0xC1, 0xA4).with_data(objects)
}

/// Runs PACE in whatever channel is open and returns the keys of the new one.
///
/// Sends the password's token at most once. A password that is suspended, blocked or deactivated
/// is not tried at all.
pub(crate) fn run<T: CardTransport>(
    link: &mut Link<T>,
    offer: Offer,
    kind: PasswordKind,
    password: &Password,
    purpose: Purpose<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Established> {
    let status = set_template(link, offer, password.id(), purpose)?;
    match status.unusable() {
        // A chip takes a second password in one session only to resume it (TR-03110-2 3.2.2).
        None if purpose == Purpose::Resume => return Err(Misuse::NotSuspended.into()),
        None => {}
        Some(PasswordState::Suspended) if purpose == Purpose::Resume => {}
        Some(state) => {
            return Err(Error::PasswordUnusable {
                password: kind,
                state,
            });
        }
    }
    let (waiting, command) = terminal::start(offer.suite, password);
    let answer = step(link, &command, 1, kind)?;
    let (waiting, command) = waiting
        .map_nonce(&answer, rng)
        .map_err(|e| failure(e, 1, kind))?;
    let answer = step(link, &command, 2, kind)?;
    let (waiting, command) = waiting
        .agree(&answer, rng)
        .map_err(|e| failure(e, 2, kind))?;
    let answer = step(link, &command, 3, kind)?;
    let (waiting, command) = waiting
        .authenticate(&answer)
        .map_err(|e| failure(e, 3, kind))?;
    let answer = step(link, &command, 4, kind)?;
    waiting.finish(&answer).map_err(|e| failure(e, 4, kind))
}

/// One GENERAL AUTHENTICATE; a refusal is explained here.
fn step<T: CardTransport>(
    link: &mut Link<T>,
    command: &CommandApdu,
    number: u8,
    kind: PasswordKind,
) -> Result<ResponseApdu> {
    let answer = link.send(command, Step::Pace(number))?;
    if answer.status.is_ok() {
        Ok(answer)
    } else {
        Err(refusal(answer.status, number, kind))
    }
}

/// What a status word of GENERAL AUTHENTICATE means (TR-03110-3 B.14.2).
fn refusal(status: StatusWord, number: u8, password: PasswordKind) -> Error {
    let unusable = |state| Error::PasswordUnusable { password, state };
    match status {
        // The token was compared only in the last step; before it, 63xx is no verdict on the
        // password.
        _ if number == 4 && status.sw1() == 0x63 => Error::WrongPassword {
            password,
            tries_left: status.tries_left(),
        },
        StatusWord::AUTHENTICATION_METHOD_BLOCKED => unusable(PasswordState::Blocked),
        StatusWord::REFERENCE_DATA_NOT_USABLE => unusable(PasswordState::Deactivated),
        StatusWord::CONDITIONS_NOT_SATISFIED if counts_tries(password) => {
            unusable(PasswordState::Suspended)
        }
        // Passports in the field answer a wrong MRZ or CAN so.
        StatusWord::SECURITY_STATUS_NOT_SATISFIED
        | StatusWord::SM_OBJECTS_INCORRECT
        | StatusWord::INCORRECT_DATA
            if number == 4 && !counts_tries(password) =>
        {
            Error::WrongPassword {
                password,
                tries_left: None,
            }
        }
        status => fault(Step::Pace(number), status),
    }
}

fn counts_tries(password: PasswordKind) -> bool {
    matches!(password, PasswordKind::Pin1 | PasswordKind::Puk)
}

fn failure(error: secure_channel::Error, number: u8, password: PasswordKind) -> Error {
    match error {
        secure_channel::Error::WrongPassword { tries_left } => Error::WrongPassword {
            password,
            tries_left,
        },
        secure_channel::Error::Refused(status) => refusal(status, number, password),
        secure_channel::Error::InvalidInput(_) | secure_channel::Error::OutOfStep => {
            Error::Internal("PACE was called out of step")
        }
        _ => Misbehaviour::Pace(number).into(),
    }
}

fn fault(step: Step, status: StatusWord) -> Error {
    Error::Card(CardFault {
        step,
        status,
        authenticated: false,
    })
}
