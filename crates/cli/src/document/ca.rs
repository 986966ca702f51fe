//! `ca`: certificates of natural persons, and the lists of those that are revoked.

use serde::Serialize;

/// What every subcommand of `ca` answers with.
#[derive(Debug, Serialize)]
pub(crate) struct CitizenCa {
    pub(crate) done: CitizenCaDone,
    /// The generation that was begun, or that issued the certificate; null where the root or several are meant.
    pub(crate) generation: Option<u32>,
    /// Serial number of the certificate in question, in hexadecimal.
    pub(crate) serial: Option<String>,
    /// The certificate that was issued.
    pub(crate) certificate: Option<IssuedCertificate>,
    /// The lists that were published.
    pub(crate) lists: Vec<PublishedList>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CitizenCaDone {
    GenerationBegun,
    Certified,
    Renewed,
    Revoked,
    Released,
    ListsPublished,
}

/// A certificate of a person, without whose it is.
#[derive(Debug, Serialize)]
pub(crate) struct IssuedCertificate {
    pub(crate) file: String,
    /// The sixteen characters that stay with the person.
    pub(crate) subject_number: String,
    pub(crate) use_of_key: &'static str,
    pub(crate) valid_from: String,
    pub(crate) valid_until: String,
}

/// A revocation list of the root or of a generation.
#[derive(Debug, Serialize)]
pub(crate) struct PublishedList {
    pub(crate) file: String,
    pub(crate) list_number: u64,
    pub(crate) this_update: String,
    pub(crate) next_update: String,
    pub(crate) entries: usize,
}
