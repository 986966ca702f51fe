//! The commands that the chip knows. What is malformed is refused here, before any logic runs.

mod application_life_cycle;
mod auxiliary_data;
mod binary;
mod control_reference;
mod general_authenticate;
mod generate_key_pair;
mod internal_authenticate;
mod manage_pin;
mod pin2;
mod read_binary;
mod restricted_identification;
mod security_environment;
mod security_operation;
mod select;
mod set_authentication_template;
mod terminal_authentication;
mod update_binary;

use alloc::vec::Vec;
use cvc::CertificationAuthorityReference;
use iso7816::{CommandApdu, StatusWord, ins};

use crate::{
    access::{SwitchApplication, SwitchPin1},
    chip::Chip,
    cia::PIN2_REFERENCE,
    error::Error,
    memory::NonVolatileMemory,
    objects::Slot,
};
use auxiliary_data::CompareAuxiliaryData;
use generate_key_pair::GenerateKeyPair;
use manage_pin::ResetRetryCounter;
use pin2::Pin2Command;
use read_binary::ReadBinary;
use security_environment::SetEnvironment;
use select::Select;
use set_authentication_template::SetAuthenticationTemplate;
use update_binary::UpdateBinary;

/// Instructions of the commands below.
const KNOWN: [u8; 19] = [
    ins::DEACTIVATE,
    ins::VERIFY,
    ins::MANAGE_SECURITY_ENVIRONMENT,
    ins::CHANGE_REFERENCE_DATA,
    ins::PERFORM_SECURITY_OPERATION,
    ins::RESET_RETRY_COUNTER,
    ins::COMPARE,
    ins::ACTIVATE,
    ins::GENERATE_ASYMMETRIC_KEY_PAIR_ODD,
    ins::EXTERNAL_AUTHENTICATE,
    ins::GET_CHALLENGE,
    ins::GENERAL_AUTHENTICATE,
    ins::INTERNAL_AUTHENTICATE,
    ins::SELECT,
    ins::READ_BINARY,
    ins::READ_BINARY_ODD,
    ins::UPDATE_BINARY,
    ins::UPDATE_BINARY_ODD,
    ins::TERMINATE_DF,
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
    InternalAuthenticate(Vec<u8>),
    CompareAuxiliaryData(CompareAuxiliaryData),
    ResetRetryCounter(ResetRetryCounter),
    SwitchPin1(SwitchPin1),
    Pin2(Pin2Command),
    SetEnvironment(SetEnvironment),
    ComputeDigitalSignature(Vec<u8>),
    Decipher(Vec<u8>),
    GenerateKeyPair(GenerateKeyPair),
    SwitchApplication(SwitchApplication),
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
            Self::InternalAuthenticate(data) => chip.internal_authenticate(&data),
            Self::CompareAuxiliaryData(compare) => chip.compare_auxiliary_data(&compare),
            Self::ResetRetryCounter(reset) => chip.reset_retry_counter(reset),
            Self::SwitchPin1(switch) => chip.switch_pin1(switch),
            Self::Pin2(command) => chip.pin2(command),
            Self::SetEnvironment(set) => chip.set_environment(&set),
            Self::ComputeDigitalSignature(value) => chip.compute_digital_signature(&value),
            Self::Decipher(data) => chip.decipher(&data),
            Self::GenerateKeyPair(command) => chip.generate_key_pair(&command),
            Self::SwitchApplication(switch) => chip.switch_application(switch),
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
            ins::MANAGE_SECURITY_ENVIRONMENT if apdu.p1_p2() == 0x41B6 => {
                Self::SetEnvironment(security_environment::parse(Slot::Signature, apdu.data())?)
            }
            ins::MANAGE_SECURITY_ENVIRONMENT if apdu.p1_p2() == 0x41B8 => Self::SetEnvironment(
                security_environment::parse(Slot::Decipherment, apdu.data())?,
            ),
            ins::MANAGE_SECURITY_ENVIRONMENT => Self::SetAuthenticationTemplate(apdu.try_into()?),
            // VERIFY CERTIFICATE, COMPUTE DIGITAL SIGNATURE, DECIPHER.
            ins::PERFORM_SECURITY_OPERATION => match apdu.p1_p2() {
                0x00BE => Self::VerifyCertificate(apdu.data().to_vec()),
                0x9E9A => Self::ComputeDigitalSignature(apdu.data().to_vec()),
                0x8086 => Self::Decipher(apdu.data().to_vec()),
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
            ins::INTERNAL_AUTHENTICATE => match apdu.p1_p2() {
                0x0000 => Self::InternalAuthenticate(apdu.data().to_vec()),
                _ => return Err(Error::IncorrectParameters),
            },
            ins::VERIFY if Self::is_proprietary(apdu) => {
                Self::CompareAuxiliaryData(auxiliary_data::verify(apdu)?)
            }
            ins::VERIFY => Self::Pin2(pin2::verify(apdu)?),
            ins::CHANGE_REFERENCE_DATA => Self::Pin2(pin2::change(apdu)?),
            ins::COMPARE => Self::CompareAuxiliaryData(auxiliary_data::compare(apdu)?),
            ins::RESET_RETRY_COUNTER if apdu.p2() == PIN2_REFERENCE => {
                Self::Pin2(pin2::reset_retry_counter(apdu)?)
            }
            ins::RESET_RETRY_COUNTER => Self::ResetRetryCounter(apdu.try_into()?),
            ins::GENERATE_ASYMMETRIC_KEY_PAIR_ODD => Self::GenerateKeyPair(apdu.try_into()?),
            ins::ACTIVATE if apdu.p1_p2() == 0x0000 => Self::SwitchApplication(
                application_life_cycle::switch(apdu, SwitchApplication::On)?,
            ),
            ins::DEACTIVATE if apdu.p1_p2() == 0x0000 => Self::SwitchApplication(
                application_life_cycle::switch(apdu, SwitchApplication::Off)?,
            ),
            ins::TERMINATE_DF => Self::SwitchApplication(application_life_cycle::switch(
                apdu,
                SwitchApplication::OffForEver,
            )?),
            ins::ACTIVATE => Self::SwitchPin1(manage_pin::switch(apdu, SwitchPin1::On)?),
            ins::DEACTIVATE => Self::SwitchPin1(manage_pin::switch(apdu, SwitchPin1::Off)?),
            _ => return Err(Error::InstructionNotSupported),
        })
    }
}
