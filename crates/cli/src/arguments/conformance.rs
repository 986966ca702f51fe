//! The conformance tests.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};

/// Which card, which cases, and where the results go.
#[derive(Debug, Args)]
pub(crate) struct Conformance {
    /// Card file to test; every case gets a copy of the card, and the file stays as it is [default: a specimen, new for every case]
    #[arg(long, value_name = "FILE", conflicts_with = "reader")]
    pub(crate) card: Option<PathBuf>,
    /// Card reader that holds the card to test, by its name or a part that no other reader has; auto: the only one with a card
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reader: Option<String>,
    /// Send no long APDUs, for a reader that claims more than it can
    #[arg(long, requires = "reader")]
    pub(crate) short_apdus: bool,
    /// Only these parts, units or cases: 3.2 or 3.3; of part 3.3 as H, H_1 or EAC2_ISO7816_H_1; of part 3.2 by the whole name, as LDS_L or ISO7816_II_1; may be repeated
    #[arg(long, value_name = "UNIT", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// The card's implementation conformance statement as TOML (docs/conformance.md) [default: that of the simulated card]
    #[arg(long, value_name = "FILE")]
    pub(crate) ics: Option<PathBuf>,
    /// Folder with keys and certificates of the three authorities that the card trusts [default: those that everybody knows]
    #[arg(long, value_name = "DIR")]
    pub(crate) authorities: Option<PathBuf>,
    /// Write the authorities that everybody knows into this folder, to personalise a card for the test, and test nothing
    #[arg(long, value_name = "DIR", conflicts_with_all = ["card", "reader", "only", "ics", "authorities", "junit", "list"])]
    pub(crate) write_authorities: Option<PathBuf>,
    /// Let the cases cost the card in the reader so much: tries of its passwords, or also its date and trust-points
    #[arg(long, value_name = "WHAT", requires = "reader")]
    pub(crate) spend: Option<Spend>,
    /// Do not ask before cases that cost the card something
    #[arg(long, requires = "spend")]
    pub(crate) yes: bool,
    /// Write the results as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// List the cases and what they suppose of the card; test nothing
    #[arg(long, conflicts_with_all = ["junit", "spend"])]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) codes: ConformanceCodes,
}

/// What the cases may cost a card that is not replaced.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Spend {
    /// Tries of passwords
    Tries,
    /// Tries, and the card's date and trust-points, which never come back
    TrustPoints,
}

/// The codes of the card under test.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ConformanceCodes {
    /// Read the access code as one line from standard input
    #[arg(long)]
    pub(crate) can_stdin: bool,
    /// Read PIN1 as one line from standard input
    #[arg(long)]
    pub(crate) pin_stdin: bool,
    /// Read the PUK as one line from standard input
    #[arg(long)]
    pub(crate) puk_stdin: bool,
    /// Read the machine-readable zone as one line from standard input
    #[arg(long)]
    pub(crate) mrz_stdin: bool,
}
