//! The commands that the chip knows. What is malformed is refused here, before any logic runs.

mod auxiliary_data;
mod binary;
mod general_authenticate;
mod internal_authenticate;
mod manage_pin;
mod read_binary;
mod restricted_identification;
mod select;
mod set_authentication_template;
mod terminal_authentication;
mod update_binary;

use alloc::vec::Vec;
use cvc::CertificationAuthorityReference;
use iso7816::{CommandApdu, StatusWord, ins};

use crate::{access::SwitchPin1, chip::Chip, error::Error, memory::NonVolatileMemory};
use auxiliary_data::CompareAuxiliaryData;
use internal_authenticate::Challenge;
use manage_pin::ResetRetryCounter;
use read_binary::ReadBinary;
use select::Select;
use set_authentication_template::SetAuthenticationTemplate;
use update_binary::UpdateBinary;

/// Instructions of the commands below.
const KNOWN: [u8; 15] = [
    ins::DEACTIVATE,
    ins::MANAGE_SECURITY_ENVIRONMENT,
    ins::PERFORM_SECURITY_OPERATION,
    ins::RESET_RETRY_COUNTER,
    ins::COMPARE,
    ins::ACTIVATE,
    ins::EXTERNAL_AUTHENTICATE,
    ins::GET_CHALLENGE,
    ins::GENERAL_AUTHENTICATE,
    ins::INTERNAL_AUTHENTICATE,
    ins::SELECT,
    ins::READ_BINARY,
    ins::READ_BINARY_ODD,
    ins::UPDATE_BINARY,
    ins::UPDATE_BINARY_ODD,
];

/// A well-formed command.
pub(crate) enum Command {
    Select(Select),
    ReadBinary(ReadBinary),
    UpdateBinary(UpdateBinary),
    SetAuthenticationTemplate(SetAuthenticationTemplate),
    SetVerificationKey(CertificationAuthorityReference),
    VerifyCertificate(Vec<u8>),
    GetChallenge,
    ExternalAuthenticate(Vec<u8>),
    GeneralAuthenticate { data: Vec<u8>, chained: bool },
    InternalAuthenticate(Challenge),
    CompareAuxiliaryData(CompareAuxiliaryData),
    ResetRetryCounter(ResetRetryCounter),
    SwitchPin1(SwitchPin1),
}

/// The answer to a command that was carried out.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) data: Vec<u8>,
    pub(crate) status: StatusWord,
}

impl Answer {
    /// No data, 9000.
    pub(crate) fn done() -> Self {
        Self::data(Vec::new())
    }

    /// Data, 9000.
    pub(crate) fn data(data: Vec<u8>) -> Self {
        Self {
            data,
            status: StatusWord::OK,
        }
    }

    /// No data, another status word.
    pub(crate) fn status(status: StatusWord) -> Self {
        Self {
            data: Vec::new(),
            status,
        }
    }
}

impl Command {
    /// Whether there is a command with this class and instruction.
    pub(crate) fn is_known(apdu: &CommandApdu) -> bool {
        KNOWN.contains(&apdu.ins()) || Self::is_proprietary(apdu)
    }

    /// Whether this is the one command of the proprietary class, VERIFY of auxiliary data, plain or
    /// protected. It cannot be chained (TR-03110-3 B.14.10).
    pub(crate) fn is_proprietary(apdu: &CommandApdu) -> bool {
        matches!((apdu.cla(), apdu.ins()), (0x80 | 0x8C, ins::VERIFY))
    }

    /// Carries the command out. `room` is the number of data bytes that fit into the response where
    /// the terminal asks for all there are.
    pub(crate) fn execute<M: NonVolatileMemory>(
        self,
        chip: &mut Chip<M>,
        room: usize,
    ) -> Result<Answer, Error> {
        match self {
            Self::Select(select) => chip.select(select),
            Self::ReadBinary(read) => chip.read_binary(read, room),
            Self::UpdateBinary(update) => chip.update_binary(update),
            Self::SetAuthenticationTemplate(template) => chip.set_authentication_template(template),
            Self::SetVerificationKey(reference) => chip.select_verification_key(reference),
            Self::VerifyCertificate(certificate) => chip.verify_certificate(&certificate),
            Self::GetChallenge => chip.get_challenge(),
            Self::ExternalAuthenticate(signature) => chip.external_authenticate(&signature),
            Self::GeneralAuthenticate { data, chained } => {
                chip.general_authenticate(&data, chained)
            }
            Self::InternalAuthenticate(challenge) => chip.internal_authenticate(challenge),
            Self::CompareAuxiliaryData(compare) => chip.compare_auxiliary_data(&compare),
            Self::ResetRetryCounter(reset) => chip.reset_retry_counter(reset),
            Self::SwitchPin1(switch) => chip.switch_pin1(switch),
        }
    }
}

impl TryFrom<&CommandApdu> for Command {
    type Error = Error;

    fn try_from(apdu: &CommandApdu) -> Result<Self, Error> {
        Ok(match apdu.ins() {
            ins::SELECT => Self::Select(apdu.try_into()?),
            ins::READ_BINARY | ins::READ_BINARY_ODD => Self::ReadBinary(apdu.try_into()?),
            ins::UPDATE_BINARY | ins::UPDATE_BINARY_ODD => Self::UpdateBinary(apdu.try_into()?),
            ins::MANAGE_SECURITY_ENVIRONMENT if apdu.p1_p2() == 0x81B6 => {
                Self::SetVerificationKey(terminal_authentication::verification_key(apdu)?)
            }
            ins::MANAGE_SECURITY_ENVIRONMENT => Self::SetAuthenticationTemplate(apdu.try_into()?),
            // VERIFY CERTIFICATE; there is no other security operation yet.
            ins::PERFORM_SECURITY_OPERATION => match apdu.p1_p2() {
                0x00BE => Self::VerifyCertificate(apdu.data().to_vec()),
                _ => return Err(Error::IncorrectParameters),
            },
            ins::GET_CHALLENGE => {
                terminal_authentication::check_get_challenge(apdu)?;
                Self::GetChallenge
            }
            ins::EXTERNAL_AUTHENTICATE => {
                Self::ExternalAuthenticate(terminal_authentication::signature(apdu)?)
            }
            ins::GENERAL_AUTHENTICATE => match apdu.p1_p2() {
                0x0000 => Self::GeneralAuthenticate {
                    data: apdu.data().to_vec(),
                    chained: apdu.class().is_chained(),
                },
                _ => return Err(Error::IncorrectParameters),
            },
            ins::INTERNAL_AUTHENTICATE => Self::InternalAuthenticate(apdu.try_into()?),
            ins::VERIFY if Self::is_proprietary(apdu) => {
                Self::CompareAuxiliaryData(auxiliary_data::verify(apdu)?)
            }
            ins::COMPARE => Self::CompareAuxiliaryData(auxiliary_data::compare(apdu)?),
            ins::RESET_RETRY_COUNTER => Self::ResetRetryCounter(apdu.try_into()?),
            ins::ACTIVATE => Self::SwitchPin1(manage_pin::switch(apdu, SwitchPin1::On)?),
            ins::DEACTIVATE => Self::SwitchPin1(manage_pin::switch(apdu, SwitchPin1::Off)?),
            _ => return Err(Error::InstructionNotSupported),
        })
    }
}
