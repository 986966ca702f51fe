//! The command lines of `neweid card` and `neweid log`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Card {
    #[command(subcommand)]
    pub(crate) action: CardAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CardAction {
    /// Put a card on the list of lost cards until it is found
    ReportLost(OneCard),
    /// Take a card that was found off the list
    Reinstate(OneCard),
    /// Put a card on the list for good
    Void(OneCard),
    /// Sign the list anew, before it runs out
    Publish(Register),
}

#[derive(Debug, Args)]
pub(crate) struct OneCard {
    #[command(flatten)]
    pub(crate) register: Register,
    /// Read the card number as one line from standard input
    #[arg(long)]
    pub(crate) number_stdin: bool,
}

/// Whose list.
#[derive(Debug, Args)]
pub(crate) struct Register {
    /// The ministry's folder, as `neweid issue` makes it
    #[arg(
        id = "ministry",
        long = "pki",
        value_name = "DIR",
        default_value = "specimen-pki"
    )]
    pub(crate) folder: PathBuf,
    /// Days until the next list is due at the latest
    #[arg(id = "next_days", long = "days", value_name = "NUMBER", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub(crate) days: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Log {
    #[command(subcommand)]
    pub(crate) action: LogAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogAction {
    /// Say whether an operator log is whole, and which line is the first that is not
    Verify(LogVerify),
}

#[derive(Debug, Args)]
pub(crate) struct LogVerify {
    /// The log
    #[arg(
        id = "log_file",
        value_name = "FILE",
        default_value = "specimen-pki/issuer/operator.log"
    )]
    pub(crate) log: PathBuf,
    /// A head that was noted elsewhere: the log must still hold that line
    #[arg(long, value_name = "HASH")]
    pub(crate) head: Option<String>,
}
