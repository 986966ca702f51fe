//! `inventory`.

use serde::Serialize;

use super::{CardPlace, Text};

/// What is on the card.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    #[serde(flatten)]
    pub(crate) place: CardPlace,
    pub(crate) files: Vec<ListedFile>,
}

/// One file.
#[derive(Debug, Serialize)]
pub(crate) struct ListedFile {
    pub(crate) directory: &'static str,
    #[serde(skip)]
    pub(crate) directory_label: Text,
    /// Four hexadecimal digits.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) label: Text,
    pub(crate) access: Access,
    /// Size, where the card says so.
    pub(crate) bytes: Option<u16>,
    /// Why the holder may not read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<Text>,
    /// Whether EF.SOD lists it; null where that says nothing about it.
    pub(crate) signed: Option<bool>,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Access {
    /// The holder, with this code.
    Readable,
    /// An agency that may, with PIN1.
    Agency,
    /// A privileged agency.
    PrivilegedAgency,
    /// Whoever has the machine-readable zone.
    Mrz,
    /// Nobody with this code.
    Refused,
}
