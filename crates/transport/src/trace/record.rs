//! The lines of a trace.

use std::borrow::Cow;
use std::format;
use std::string::{String, ToString};

use iso7816::CommandApdu;
use serde::{Deserialize, Serialize};

use crate::{Capabilities, Interface, TransportError};

/// The version of the format. It grows when a field changes its meaning.
pub(super) const VERSION: u32 = 1;

#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, and nearly all of them the large one"
)]
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(super) enum Record {
    Start(Start),
    Exchange(Exchange),
    Reset(Reset),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Start {
    pub(super) version: u32,
    pub(super) complete: bool,
    interface: InterfaceName,
    max_command: usize,
    max_response: usize,
    extended_length: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) atr: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum InterfaceName {
    Contact,
    Contactless,
}

impl Start {
    pub(super) fn new(complete: bool, capabilities: Capabilities, atr: Option<&[u8]>) -> Self {
        Self {
            version: VERSION,
            complete,
            interface: match capabilities.interface {
                Interface::Contact => InterfaceName::Contact,
                Interface::Contactless => InterfaceName::Contactless,
            },
            max_command: capabilities.max_command,
            max_response: capabilities.max_response,
            extended_length: capabilities.extended_length,
            atr: atr.map(hex::encode_upper),
        }
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_command: self.max_command,
            max_response: self.max_response,
            extended_length: self.extended_length,
            interface: match self.interface {
                InterfaceName::Contact => Interface::Contact,
                InterfaceName::Contactless => Interface::Contactless,
            },
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Exchange {
    pub(super) exchange: u64,
    #[serde(flatten)]
    pub(super) header: Option<Header>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) malformed: Option<String>,
    pub(super) command_length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meaning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Failure>,
    pub(super) elapsed_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    cla: String,
    ins: String,
    p1: String,
    p2: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<Cow<'static, str>>,
    lc: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    ne: Option<u32>,
}

impl Header {
    pub(super) fn new(command: &CommandApdu, instruction: Option<&'static str>) -> Self {
        let byte = |byte: u8| format!("{byte:02X}");
        Self {
            cla: byte(command.cla()),
            ins: byte(command.ins()),
            p1: byte(command.p1()),
            p2: byte(command.p2()),
            instruction: instruction.map(Cow::Borrowed),
            lc: command.data().len(),
            ne: command.ne(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reset {
    pub(super) exchange: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) atr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Failure>,
    pub(super) elapsed_us: u64,
}

/// A [`TransportError`] in a trace. The text of [`TransportError::Other`] is
/// the carrier's, who may have put anything into it, so it stands in complete
/// traces alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Failure {
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Removed,
    Reset,
    ReaderUnavailable,
    ServiceUnavailable,
    NotPermitted,
    InUse,
    Unresponsive,
    Cancelled,
    CommandTooLong,
    ResponseTooLong,
    Other,
}

impl Failure {
    pub(super) fn of<R>(result: &Result<R, TransportError>, complete: bool) -> Option<Self> {
        let error = result.as_ref().err()?;
        let (kind, lengths) = match *error {
            TransportError::Removed => (Kind::Removed, None),
            TransportError::Reset => (Kind::Reset, None),
            TransportError::ReaderUnavailable => (Kind::ReaderUnavailable, None),
            TransportError::ServiceUnavailable => (Kind::ServiceUnavailable, None),
            TransportError::NotPermitted => (Kind::NotPermitted, None),
            TransportError::InUse => (Kind::InUse, None),
            TransportError::Unresponsive => (Kind::Unresponsive, None),
            TransportError::Cancelled => (Kind::Cancelled, None),
            TransportError::CommandTooLong { length, maximum } => {
                (Kind::CommandTooLong, Some((length, maximum)))
            }
            TransportError::ResponseTooLong { length, maximum } => {
                (Kind::ResponseTooLong, Some((length, maximum)))
            }
            TransportError::ReplayDiverged { .. } | TransportError::Other(_) => (Kind::Other, None),
        };
        Some(Self {
            kind,
            length: lengths.map(|(length, _)| length),
            maximum: lengths.map(|(_, maximum)| maximum),
            text: (complete && matches!(kind, Kind::Other)).then(|| error.to_string()),
        })
    }

    pub(super) fn into_error(self) -> TransportError {
        let length = self.length.unwrap_or_default();
        let maximum = self.maximum.unwrap_or_default();
        match self.kind {
            Kind::Removed => TransportError::Removed,
            Kind::Reset => TransportError::Reset,
            Kind::ReaderUnavailable => TransportError::ReaderUnavailable,
            Kind::ServiceUnavailable => TransportError::ServiceUnavailable,
            Kind::NotPermitted => TransportError::NotPermitted,
            Kind::InUse => TransportError::InUse,
            Kind::Unresponsive => TransportError::Unresponsive,
            Kind::Cancelled => TransportError::Cancelled,
            Kind::CommandTooLong => TransportError::CommandTooLong { length, maximum },
            Kind::ResponseTooLong => TransportError::ResponseTooLong { length, maximum },
            Kind::Other => TransportError::Other(self.text.unwrap_or_default()),
        }
    }
}
