//! The command line of `neweid ca`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::card::Register;

#[derive(Debug, Args)]
pub(crate) struct Ca {
    #[command(subcommand)]
    pub(crate) action: CaAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaAction {
    /// Begin the natural-person PKI, or the next generation of its authority: a new key under the same name
    Begin(CaBegin),
    /// Certify the key of a certification request for the person of a profile
    Issue(CaIssue),
    /// Certify a new key for the person and use of a certificate
    Renew(CaRenew),
    /// Revoke a certificate of a person or of a generation, or suspend one
    Revoke(CaRevoke),
    /// End the suspension of a certificate
    Release(CaRelease),
    /// Sign the revocation lists of the root and of every generation, and publish them with the certificates
    Publish(Register),
}

/// Whose PKI.
#[derive(Debug, Args)]
pub(crate) struct CaFolder {
    /// The ministry's folder, as `neweid issue` makes it
    #[arg(
        id = "ministry",
        long = "pki",
        value_name = "DIR",
        default_value = "specimen-pki"
    )]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CaBegin {
    #[command(flatten)]
    pub(crate) ministry: CaFolder,
    /// The http URI of the folder in which lists and certificates will be found, for a new PKI
    #[arg(
        long,
        value_name = "URI",
        default_value = crate::citizens::PUBLISH_AT
    )]
    pub(crate) publish_at: String,
}

/// What is certified, and where the certificate goes.
#[derive(Debug, Args)]
pub(crate) struct CaRequest {
    /// The certification request (PKCS#10), PEM or DER, signed by the key
    #[arg(id = "request", value_name = "REQUEST")]
    pub(crate) request: PathBuf,
    /// Where to write the certificate [default: SERIAL.pem beside the request]
    #[arg(id = "certificate_file", long = "out", value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CaIssue {
    #[command(flatten)]
    pub(crate) request: CaRequest,
    #[command(flatten)]
    pub(crate) ministry: CaFolder,
    /// What the key is for: signature, authentication or key-decipherment
    #[arg(id = "key_slot", long = "for", value_name = "USE")]
    pub(crate) slot: SlotName,
    /// The person's profile (docs/profile.md): the name is taken from there and never from the request
    #[arg(id = "person", long = "profile", value_name = "FILE")]
    pub(crate) profile: PathBuf,
    /// The person's sixteen characters from an earlier certificate [default: new ones]
    #[arg(id = "subject_number", long = "number", value_name = "NUMBER")]
    pub(crate) number: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CaRenew {
    /// Serial number of the certificate, in hexadecimal
    #[arg(id = "serial", value_name = "SERIAL")]
    pub(crate) serial: String,
    #[command(flatten)]
    pub(crate) request: CaRequest,
    #[command(flatten)]
    pub(crate) ministry: CaFolder,
}

#[derive(Debug, Args)]
pub(crate) struct CaRevoke {
    /// Serial number of the certificate, in hexadecimal
    #[arg(id = "serial", value_name = "SERIAL")]
    pub(crate) serial: String,
    #[command(flatten)]
    pub(crate) ministry: CaFolder,
    /// Why: unspecified, key-compromise, ca-compromise, affiliation-changed, superseded, cessation-of-operation, privilege-withdrawn, or hold until
    /// it is released
    #[arg(id = "reason", long, value_name = "REASON")]
    pub(crate) reason: ReasonName,
}

#[derive(Debug, Args)]
pub(crate) struct CaRelease {
    /// Serial number of the certificate, in hexadecimal
    #[arg(id = "serial", value_name = "SERIAL")]
    pub(crate) serial: String,
    #[command(flatten)]
    pub(crate) ministry: CaFolder,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SlotName {
    Signature,
    Authentication,
    KeyDecipherment,
}

impl SlotName {
    /// The place on the card.
    pub(crate) const fn key(self) -> host_lib::KeySlot {
        match self {
            Self::Signature => host_lib::KeySlot::Signature,
            Self::Authentication => host_lib::KeySlot::Authentication,
            Self::KeyDecipherment => host_lib::KeySlot::KeyDecipherment,
        }
    }
}

/// A reason of RFC 5280 §5.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReasonName {
    Unspecified,
    KeyCompromise,
    CaCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    PrivilegeWithdrawn,
    Hold,
}
