//! Where a card is: in a file, in a reader, or on its way into a virtual one.

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
    /// Make the faults of this script happen (docs/faults.md), to see what becomes of it
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
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
    /// Walk through PC/SC: put the specimen into a virtual reader (vpcd) and read it from there
    #[arg(long)]
    pub(crate) pcsc: bool,
    /// Where the virtual reader waits for its card [default: 127.0.0.1:35963]
    #[arg(long, value_name = "HOST:PORT", requires = "pcsc")]
    pub(crate) vpcd: Option<String>,
    /// Write a trace of instructions, lengths and status words, without data
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Sim {
    /// Card file to serve; may be repeated, each card in a virtual reader of its own
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) card: Vec<PathBuf>,
    /// Where the virtual reader waits for its card [default: 127.0.0.1:35963]; cards without one take the ports that follow
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) vpcd: Vec<String>,
    /// Put the card in as a contact card; contactless otherwise
    #[arg(long)]
    pub(crate) contact: bool,
    /// Let each card make the faults of this script (docs/faults.md)
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
}
