//! What can go wrong when a card is issued.

use std::path::PathBuf;

use lds::eid::GroupNumber;

use crate::agency_pki::AgencyError;
use crate::citizen_pki::CertificationError;
use crate::lost_cards::LostCardError;
use crate::operator_log::LogFault;
use crate::profile::ProfileError;

/// What can go wrong when a card is issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The profile breaks rules; all of them are listed, with their lines.
    #[error("the profile is not valid:\n{0}")]
    Profile(#[from] ProfileError),
    /// A value does not fit into the card's files.
    #[error("a file of the card: {0}")]
    Lds(#[from] lds::Error),
    /// A key or password of the card.
    #[error("a key of the card: {0}")]
    SecureChannel(#[from] secure_channel::Error),
    /// A certificate, list or signed object of the test PKI.
    #[error("the test PKI: {0}")]
    Pki(#[from] pki::Error),
    /// The agency PKI does not issue this.
    #[error("the agency PKI: {0}")]
    Agency(#[from] AgencyError),
    /// The natural-person PKI does not certify, revoke or publish this.
    #[error("the natural-person PKI: {0}")]
    Certification(#[from] CertificationError),
    /// Not a private key as the agency PKI has them.
    #[error("not a private key on P-256 in PKCS#8 (\"PRIVATE KEY\")")]
    AgencyKey,
    /// The register of lost cards refuses this.
    #[error("the register of lost cards: {0}")]
    LostCard(#[from] LostCardError),
    /// The operator log is not whole.
    #[error("the operator log: {0}")]
    OperatorLog(#[from] LogFault),
    /// A card-verifiable certificate.
    #[error("a card-verifiable certificate: {0}")]
    Cvc(#[from] cvc::Error),
    /// The image does not make a card.
    #[error("the card image: {0}")]
    Personalise(#[from] applet_sim::PersonaliseError),
    /// The card's memory cannot be opened.
    #[error("the card's memory: {0}")]
    Store(#[from] applet_sim::StoreError),
    /// The profile's options are not those of the batch.
    #[error("the profile's options (ICAO application, PACE suites) are not those of the batch")]
    OtherBatch,
    /// This group is fixed for the life of a card.
    #[error("{0} does not change on a card in use: that takes a new card")]
    NeverChanges(GroupNumber),
    /// The card has no such group to be replaced.
    #[error("the card has no {0}")]
    NotOnTheCard(GroupNumber),
    /// The files of a batch are damaged, or do not belong together.
    #[error("the files of the batch are damaged, or do not belong together")]
    DamagedBatch,
    /// Something that the profile's rules should have excluded.
    #[error("internal error: {0}")]
    Internal(&'static str),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl From<lds::ValueError> for Error {
    fn from(error: lds::ValueError) -> Self {
        Self::Lds(error.into())
    }
}
