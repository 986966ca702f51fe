//! Where a card is: in a file or in a reader.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

/// Which card, and how to reach it.
#[derive(Debug, Args)]
pub(crate) struct CardSource {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Wait so long for the card, if it is not in the reader yet; Ctrl-C ends the wait
    #[arg(long, value_name = "SECONDS", conflicts_with = "card", value_parser = clap::value_parser!(u32).range(..=86_400))]
    pub(crate) wait: Option<u32>,
    /// Send no long APDUs, for a reader that claims more than it can
    #[arg(long, conflicts_with = "card")]
    pub(crate) short_apdus: bool,
    /// Write a trace of instructions, lengths and status words, without data
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
}

/// One of the two.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Place {
    /// Card file that `neweid issue` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) card: Option<PathBuf>,
    /// Card reader, by its name or a part that no other reader has; auto: the only one that holds a card
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reader: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Write a trace of instructions, lengths and status words, without data
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
}
