//! The command lines of `neweid ask` and `neweid update`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::{CardSource, Trust};

#[derive(Debug, Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    pub(crate) card: CardSource,
    #[command(flatten)]
    pub(crate) terminal: Terminal,
    #[command(flatten)]
    pub(crate) questions: Questions,
    /// Append who asked and what was given to this file, which only its owner may read; no data of the card
    #[arg(long, value_name = "FILE")]
    pub(crate) consent_log: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: Trust,
}

/// Who stands before the card, and how the card is opened.
#[derive(Debug, Args)]
pub(crate) struct Terminal {
    /// The agency before the card: a folder that `neweid agency` wrote, or a .chain file in it
    #[arg(id = "terminal", long = "agency", value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Open the card with the access code in place of PIN1, as an agency that may
    #[arg(long)]
    pub(crate) with_can: bool,
    /// Read the access code as one line from standard input
    #[arg(long)]
    pub(crate) can_stdin: bool,
    /// Read PIN1 as one line from standard input
    #[arg(long)]
    pub(crate) pin_stdin: bool,
}

/// What to ask: one of them at least. On a terminal the holder ticks; in scripts these are his choice.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Questions {
    /// Has the holder reached this age on the day of the check?
    #[arg(long, value_name = "YEARS", conflicts_with = "born_by", value_parser = clap::value_parser!(u16).range(1..=150))]
    pub(crate) age: Option<u16>,
    /// Was the holder born on this day or before?
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) born_by: Option<String>,
    /// Is the card valid on this day? [default: the day of the check]
    #[arg(long, value_name = "YYYY-MM-DD", num_args = 0..=1)]
    #[allow(
        clippy::option_option,
        reason = "left out, without a day, with a day: as clap tells them apart"
    )]
    pub(crate) valid_on: Option<Option<String>>,
    /// Does the holder's household area begin so? Whole names from the left, such as 新北市板橋區
    #[arg(long, value_name = "AREA", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) lives_in: Option<String>,
    /// Get the holder's pseudonym in the agency's sector, the .sector file beside its certificates, and look whether it is revoked
    #[arg(long)]
    pub(crate) pseudonym: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    pub(crate) card: CardSource,
    #[command(flatten)]
    pub(crate) terminal: Terminal,
    /// The holder's data as they are from now on, as TOML (docs/profile.md)
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: PathBuf,
    /// The groups to replace, by number
    #[arg(long, value_name = "NUMBER", value_delimiter = ',', required = true)]
    pub(crate) groups: Vec<u8>,
    /// The ministry's folder, as `neweid issue` makes it
    #[arg(
        id = "ministry",
        long = "pki",
        value_name = "DIR",
        default_value = "specimen-pki"
    )]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) trust: Trust,
}
