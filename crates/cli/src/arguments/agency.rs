//! The command line of `neweid agency`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Agency {
    #[command(subcommand)]
    pub(crate) action: AgencyAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AgencyAction {
    /// As an agency: make a terminal's key, and the request for its certificate
    Request(AgencyRequest),
    /// As the ministry: turn a request into a certificate with exactly these rights
    Grant(AgencyGrant),
    /// As the ministry: turn a request signed by the present key into the next certificate, with the same rights or fewer
    Renew(AgencyRenew),
    /// As the ministry: certify a document verifier, or its next key
    Dv(AgencyDv),
    /// Say in words what certificates, requests, chains and descriptions are about
    Show(AgencyShow),
}

#[derive(Debug, Args)]
pub(crate) struct AgencyRequest {
    /// The terminal's name in certificates: up to nine of A to Z and 0 to 9
    #[arg(
        id = "mnemonic",
        long = "name",
        value_name = "NAME",
        required_unless_present = "present"
    )]
    pub(crate) mnemonic: Option<String>,
    /// Sequence number of the certificate under this name [default: 1]
    #[arg(long, value_name = "NUMBER", conflicts_with = "present", value_parser = clap::value_parser!(u32).range(1..=99_999))]
    pub(crate) sequence: Option<u32>,
    /// The agency's name, as the holder of a card reads it
    #[arg(
        id = "agency_name",
        long = "agency",
        value_name = "TEXT",
        required_unless_present = "present"
    )]
    pub(crate) agency_name: Option<String>,
    /// The agency's address on the web
    #[arg(
        id = "agency_url",
        long = "url",
        value_name = "URL",
        conflicts_with = "present"
    )]
    pub(crate) agency_url: Option<String>,
    /// What the data are for, as the holder of a card reads it
    #[arg(long, value_name = "TEXT", required_unless_present = "present")]
    pub(crate) purpose: Option<String>,
    /// Who is to issue the certificate, as the holder of a card reads it [default: 內政部]
    #[arg(
        id = "issuer_name",
        long = "issuer",
        value_name = "TEXT",
        conflicts_with = "present"
    )]
    pub(crate) issuer_name: Option<String>,
    /// Ask for the certificate after this one, with a new key; its private key and description lie beside it
    #[arg(id = "present", long = "renew", value_name = "FILE", conflicts_with_all = ["mnemonic", "agency_name", "purpose"])]
    pub(crate) present: Option<PathBuf>,
    /// Where to write key, request and description [default: here, or beside the certificate to renew]
    #[arg(id = "agency_folder", long = "out", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

/// Whose keys sign, when, and where the result goes.
#[derive(Debug, Args)]
pub(crate) struct Ministry {
    /// The ministry's folder, as `neweid issue` makes it
    #[arg(
        id = "ministry",
        long = "pki",
        value_name = "DIR",
        default_value = "specimen-pki"
    )]
    pub(crate) folder: PathBuf,
    /// The day of issue [default: today]
    #[arg(id = "issued_on", long = "on", value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<String>,
    /// Days for which the certificate is valid, that of issue included [default: 31 for a terminal, 90 for a document verifier]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) days: Option<u32>,
    /// The last day on which the certificate is valid
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with = "days")]
    pub(crate) until: Option<String>,
}

/// What a certificate allows.
#[derive(Debug, Args)]
pub(crate) struct Rights {
    /// Single data groups of the eID application, by number
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    pub(crate) groups: Option<Vec<u8>>,
    /// Other rights
    #[arg(long, value_name = "RIGHT", value_enum, value_delimiter = ',')]
    pub(crate) rights: Option<Vec<RightName>>,
    /// Groups that may be replaced on a card in use
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    pub(crate) update: Option<Vec<u8>>,
}

#[derive(Debug, Args)]
pub(crate) struct AgencyGrant {
    /// The request
    #[arg(id = "request_file", value_name = "FILE")]
    pub(crate) request: PathBuf,
    #[command(flatten)]
    pub(crate) rights: Rights,
    /// The document verifier that signs
    #[arg(long, value_name = "NAME", default_value = "MOIDV")]
    pub(crate) dv: String,
    #[command(flatten)]
    pub(crate) ministry: Ministry,
    #[command(flatten)]
    pub(crate) delivery: Delivery,
}

#[derive(Debug, Args)]
pub(crate) struct AgencyRenew {
    /// The request
    #[arg(id = "request_file", value_name = "FILE")]
    pub(crate) request: PathBuf,
    #[command(flatten)]
    pub(crate) rights: Rights,
    #[command(flatten)]
    pub(crate) ministry: Ministry,
    #[command(flatten)]
    pub(crate) delivery: Delivery,
}

/// Where a terminal's certificate goes.
#[derive(Debug, Args)]
pub(crate) struct Delivery {
    /// The certificate's description [default: beside the request]
    #[arg(long, value_name = "FILE")]
    pub(crate) description: Option<PathBuf>,
    /// Where to write the certificate and its chain [default: beside the request]
    #[arg(id = "certificate_folder", long = "out", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AgencyDv {
    /// The document verifier's name in certificates: up to nine of A to Z and 0 to 9
    #[arg(
        id = "dv_name",
        long = "name",
        value_name = "NAME",
        default_value = "MOIDV"
    )]
    pub(crate) name: String,
    /// Certify its next key, with the same rights
    #[arg(id = "next_key", long = "renew", conflicts_with_all = ["groups", "rights", "update", "days", "until"])]
    pub(crate) renew: bool,
    #[command(flatten)]
    pub(crate) rights: Rights,
    #[command(flatten)]
    pub(crate) ministry: Ministry,
}

#[derive(Debug, Args)]
pub(crate) struct AgencyShow {
    /// Certificates (.cvcert), chains (.chain), requests (.cvreq) or descriptions
    #[arg(id = "cv_files", value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// A right that is not about a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RightName {
    // Compare an age.
    Age,
    // Ask whether the document is valid: every terminal may, and no bit says so (TR-03110-4).
    Validity,
    // Compare a municipality.
    Community,
    // Get the pseudonym of its sector: Restricted Identification.
    Pseudonym,
    CanAllowed,
    PinManagement,
    // Read EF.GDO and EF.ChipSecurity.
    Privileged,
    InstallCertificate,
    InstallQualifiedCertificate,
}
