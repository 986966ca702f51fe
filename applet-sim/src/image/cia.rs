//! The cryptographic information application as an issuer puts it into a card.

use alloc::vec::Vec;

use super::PersonaliseError;
use crate::cia::{HolderKey, KeyKind, MAX_CERTIFICATE};

/// The holder's keys and certificates, and the state of the application. Whether it is there is the same for a
/// whole batch.
#[derive(Debug, Default)]
pub struct CryptographicInformationApplication {
    /// For signatures that bind the holder: key reference 81, certificate EF 4331.
    pub signature: HolderSlot,
    /// For authentication: key reference 82, certificate EF 4332.
    pub authentication: HolderSlot,
    /// For key decipherment, RSA alone: key reference 83, certificate EF 4333.
    pub decipherment: HolderSlot,
    /// The state that it starts in.
    pub state: ApplicationState,
}

/// A place for a key and its certificate. A terminal with the right fills one that starts empty.
#[derive(Debug, Default)]
pub struct HolderSlot {
    /// The private key.
    pub key: Option<HolderKey>,
    /// The certificate, X.509 in DER, at most 4096 bytes.
    pub certificate: Option<Vec<u8>>,
}

/// Where the application is in its life (ISO/IEC 7816-4 §7.4.10). Beside it the application is locked as long as
/// PIN1 is deactivated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ApplicationState {
    /// In use.
    #[default]
    Activated,
    /// Switched off by the holder.
    Deactivated,
    /// Without keys, certificates and PIN2 for ever.
    Terminated,
}

impl ApplicationState {
    /// As in the FCP.
    pub(crate) const fn status_byte(self) -> u8 {
        match self {
            Self::Activated => 0x05,
            Self::Deactivated => 0x04,
            Self::Terminated => 0x0C,
        }
    }

    pub(crate) fn from_status_byte(byte: u8) -> Option<Self> {
        [Self::Activated, Self::Deactivated, Self::Terminated]
            .into_iter()
            .find(|state| state.status_byte() == byte)
    }
}

impl CryptographicInformationApplication {
    pub(super) fn check(&self) -> Result<(), PersonaliseError> {
        for (name, slot) in [
            ("slot for signatures", &self.signature),
            ("slot for authentication", &self.authentication),
            ("slot for decipherment", &self.decipherment),
        ] {
            let certificate = slot.certificate.as_ref();
            let alone = certificate.is_some() && slot.key.is_none();
            if alone || certificate.is_some_and(|it| it.len() > MAX_CERTIFICATE) {
                return Err(PersonaliseError::Slot(name));
            }
        }
        match &self.decipherment.key {
            Some(key) if key.kind() != KeyKind::Rsa2048 => {
                Err(PersonaliseError::Slot("key for decipherment"))
            }
            _ => Ok(()),
        }
    }
}
