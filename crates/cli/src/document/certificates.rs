//! `cert`, `sign`, `verify-signature`, `decrypt` and `login-demo`.

use host_lib::{Certificate, FunctionState, KeySlot};
use serde::Serialize;

use super::{CardPlace, Check, PasswordTries, Refusal};

/// `cert show`.
#[derive(Debug, Serialize)]
pub(crate) struct Certificates {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    pub(crate) state: CertificatesState,
    pub(crate) pin2: PasswordTries,
    /// What is on the card; nothing is shown of a function that is not activated.
    pub(crate) keys: Vec<Key>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CertificatesState {
    Activated,
    Deactivated,
    Terminated,
}

impl From<FunctionState> for CertificatesState {
    fn from(state: FunctionState) -> Self {
        match state {
            FunctionState::Activated => Self::Activated,
            FunctionState::Terminated => Self::Terminated,
            _ => Self::Deactivated,
        }
    }
}

/// A key of the card.
#[derive(Debug, Serialize)]
pub(crate) struct Key {
    pub(crate) use_of_key: &'static str,
    pub(crate) algorithm: String,
    pub(crate) has_certificate: bool,
    /// Its certificate, if it was read.
    pub(crate) certificate: Option<ShownCertificate>,
    /// Where it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
}

/// What a certificate says.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ShownCertificate {
    pub(crate) subject: String,
    /// The characters that stay with the person, if the subject has them.
    pub(crate) subject_number: Option<String>,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    pub(crate) valid_from: String,
    pub(crate) valid_until: String,
}

impl From<&Certificate> for ShownCertificate {
    fn from(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject().to_string(),
            subject_number: signing::subject_serial_number(certificate),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial_number().to_string(),
            valid_from: certificate.not_before().to_string(),
            valid_until: certificate.not_after().to_string(),
        }
    }
}

/// The name of a use, as it is given on the command line.
pub(crate) const fn use_of_key(slot: KeySlot) -> &'static str {
    match slot {
        KeySlot::Authentication => "authentication",
        KeySlot::KeyDecipherment => "key-decipherment",
        _ => "signature",
    }
}

/// `cert request`.
#[derive(Debug, Serialize)]
pub(crate) struct Requested {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    pub(crate) use_of_key: &'static str,
    pub(crate) file: String,
}

/// `cert new-key`, `cert install` and `cert renew`.
#[derive(Debug, Serialize)]
pub(crate) struct Installed {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    pub(crate) use_of_key: &'static str,
    /// Whether the card has made a key.
    pub(crate) new_key: bool,
    /// What was put onto the card.
    pub(crate) certificate: Option<ShownCertificate>,
}

/// `sign`.
#[derive(Debug, Serialize)]
pub(crate) struct Signed {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    pub(crate) document: String,
    pub(crate) signature: String,
    pub(crate) attached: bool,
    pub(crate) signer: ShownCertificate,
    pub(crate) signing_time: String,
}

/// `verify-signature`.
#[derive(Debug, Serialize)]
pub(crate) struct CheckedSignature {
    pub(crate) signature: String,
    /// The document beside the signature; null where it is in the message.
    pub(crate) document: Option<String>,
    /// Where the content of the message was written.
    pub(crate) content_file: Option<String>,
    /// The certificate that the signer names.
    pub(crate) signer: Option<ShownCertificate>,
    /// When the signer says that it signed.
    pub(crate) signing_time: Option<String>,
    /// Whether it is a signature of CAdES level B-B.
    pub(crate) cades_baseline: bool,
    /// The way from the certificate to one that is trusted, check by check.
    pub(crate) checks: Vec<Check>,
    /// Why it must not be relied on; null where it may.
    pub(crate) refusal: Option<Refusal>,
    pub(crate) verified: bool,
}

/// `decrypt`.
#[derive(Debug, Serialize)]
pub(crate) struct Decrypted {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) bytes: usize,
    /// Whether it is known that nobody changed it on the way (AES-GCM).
    pub(crate) authenticated: bool,
}

/// `login-demo run` and `login-demo login`.
#[derive(Debug, Serialize)]
pub(crate) struct LoggedIn {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    pub(crate) origin: String,
    pub(crate) purpose: String,
    /// The characters that stay with the person, as the server has understood them.
    pub(crate) subject_number: String,
    /// Whether the server refused the same answer when it came again; null where it was not sent again.
    pub(crate) repeated_answer_refused: Option<bool>,
}

/// `login-demo serve`.
#[derive(Debug, Serialize)]
pub(crate) struct ServedLogins {
    pub(crate) server: String,
    pub(crate) origin: String,
    pub(crate) logins: u64,
    pub(crate) refused: u64,
}
