//! `agency`: certificates of terminals, and what leads to them.

use std::path::Path;

use serde::Serialize;

use super::Text;

/// How an agency read a card.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Access {
    /// The name of the terminal's key.
    pub(crate) terminal: String,
    /// Who asks, by the description that its certificate is bound to; null where none was given.
    pub(crate) name: Option<String>,
    /// What for.
    pub(crate) purpose: Option<String>,
    /// What the holder agreed to.
    pub(crate) given: Vec<Item>,
    /// What was asked for and not agreed to.
    pub(crate) withheld: Vec<Item>,
    /// What the card refused, and why.
    pub(crate) denied: Vec<Denied>,
}

/// One thing that an agency may be allowed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Item {
    /// Its stable name, such as `read:3`.
    pub(crate) name: String,
    pub(crate) label: Text,
}

/// What a card refused to an agency.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Denied {
    #[serde(flatten)]
    pub(crate) item: Item,
    pub(crate) code: &'static str,
    pub(crate) reason: Text,
}

/// What every subcommand of `agency` answers with.
#[derive(Debug, Serialize)]
pub(crate) struct AgencyPapers {
    /// The files that were written; `show` writes none.
    pub(crate) written: Vec<String>,
    pub(crate) objects: Vec<Object>,
}

/// One certificate, request or description.
#[derive(Debug, Serialize)]
pub(crate) struct Object {
    pub(crate) file: String,
    pub(crate) kind: Kind,
    /// SHA-256 of the object, in hexadecimal.
    pub(crate) fingerprint: String,
    /// Verified as far as the object alone allows it.
    pub(crate) signature: SignatureState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) holder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authority: Option<String>,
    /// Whose key signed a request around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<RoleName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) terminal_type: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allows: Option<Vec<Allowance>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Description>,
}

impl Object {
    pub(crate) fn new(file: &Path, kind: Kind, fingerprint: &str) -> Self {
        Self {
            file: file.display().to_string(),
            kind,
            fingerprint: fingerprint.to_owned(),
            signature: SignatureState::NotPerformed,
            holder: None,
            authority: None,
            signer: None,
            role: None,
            terminal_type: None,
            allows: None,
            valid_from: None,
            valid_until: None,
            description_hash: None,
            description: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Certificate,
    LinkCertificate,
    Request,
    RenewalRequest,
    Description,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignatureState {
    Passed,
    Failed,
    /// The key is not in the object.
    NotPerformed,
}

/// What a certificate's holder is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RoleName {
    pub(crate) name: &'static str,
    pub(crate) label: Text,
}

/// One thing that a certificate allows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Allowance {
    pub(crate) name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<u8>,
    /// Whether a card of this profile has what this is about.
    pub(crate) on_card: bool,
    pub(crate) label: Text,
}

/// Who asks and why, in words for the holder of a card.
#[derive(Debug, Serialize)]
pub(crate) struct Description {
    pub(crate) issuer_name: String,
    pub(crate) issuer_url: Option<String>,
    pub(crate) agency_name: String,
    pub(crate) agency_url: Option<String>,
    pub(crate) purpose: String,
}
