//! What goes wrong between an agency's terminal and the card.

use core::fmt;

use cvc::{CertificateHolderReference, CertificationAuthorityReference};
use iso7816::StatusWord;

use super::{ErrorCode, Lang};
use crate::agency::{CertificatesProblem, MessageError, TerminalKeyError};

/// Why an agency could not authenticate itself to a card.
#[derive(Debug)]
#[non_exhaustive]
pub enum AgencyFault {
    /// The certificates, or their description, cannot be used. No card was asked.
    Certificates(CertificatesProblem),
    /// The terminal's certificate is of an algorithm that no card accepts. No card was asked.
    Algorithm(CertificateHolderReference),
    /// A message between reader and server cannot be read. No card was asked.
    Message(MessageError),
    /// Nothing leads from an authority that the card knows to the terminal.
    NoChain {
        /// From where the certificates lead.
        from: CertificationAuthorityReference,
        /// Whom the card knows.
        known: Vec<CertificationAuthorityReference>,
    },
    /// The card refused a certificate: it has expired, the signature is wrong, or the authority is another.
    CertificateRefused {
        /// Whose certificate.
        holder: CertificateHolderReference,
        /// What the card answered.
        status: StatusWord,
    },
    /// The signature is not that of the certified key.
    SignatureRefused {
        /// Whose key should have signed.
        holder: CertificateHolderReference,
        /// What the card answered; `None` if it was not sent because it is no signature at all.
        status: Option<StatusWord>,
    },
    /// The terminal's key gave no signature.
    Key(TerminalKeyError),
}

impl AgencyFault {
    pub(super) fn code(&self) -> ErrorCode {
        match self {
            Self::Certificates(_) | Self::Algorithm(_) => ErrorCode::TerminalCertificates,
            Self::Message(_) => ErrorCode::AgencyMessage,
            Self::NoChain { .. } => ErrorCode::TerminalUnknown,
            Self::CertificateRefused { .. } => ErrorCode::TerminalRefused,
            Self::SignatureRefused { .. } => ErrorCode::TerminalSignature,
            Self::Key(_) => ErrorCode::TerminalKey,
        }
    }

    pub(super) fn detail(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::NoChain { from, known }, lang) => {
                let known = match (known.as_slice(), lang) {
                    ([], Lang::En) => "nobody".to_owned(),
                    ([], Lang::ZhTw) => "（無）".to_owned(),
                    (names, _) => {
                        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
                        names.join(", ")
                    }
                };
                match lang {
                    Lang::En => format!("they lead from {from}, the card knows {known}"),
                    Lang::ZhTw => format!("憑證鏈自 {from} 起，卡片認得 {known}"),
                }
            }
            (Self::CertificateRefused { holder, status }, _) => format!("{holder}: {status}"),
            (Self::SignatureRefused { holder, status }, _) => match status {
                Some(status) => format!("{holder}: {status}"),
                None => holder.to_string(),
            },
            (Self::Algorithm(holder), Lang::En) => {
                format!("{holder}: its algorithm is not accepted by cards")
            }
            (Self::Algorithm(holder), Lang::ZhTw) => format!("{holder}：卡片不接受其演算法"),
            (Self::Certificates(problem), _) => problem.to_string(),
            (Self::Message(error), _) => error.to_string(),
            (Self::Key(error), _) => error.to_string(),
        }
    }
}

impl fmt::Display for AgencyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail(Lang::En))
    }
}

impl core::error::Error for AgencyFault {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Certificates(problem) => Some(problem),
            Self::Message(error) => Some(error),
            Self::Key(error) => Some(error),
            _ => None,
        }
    }
}

impl From<AgencyFault> for super::Error {
    fn from(fault: AgencyFault) -> Self {
        Self::Agency(Box::new(fault))
    }
}

impl From<CertificatesProblem> for super::Error {
    fn from(problem: CertificatesProblem) -> Self {
        AgencyFault::Certificates(problem).into()
    }
}

impl From<MessageError> for super::Error {
    fn from(error: MessageError) -> Self {
        AgencyFault::Message(error).into()
    }
}
