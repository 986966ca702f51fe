//! The command line. No code is ever an argument: arguments stand in the process list, where everybody reads them.

pub(crate) mod agency;
pub(crate) mod asking;
pub(crate) mod ca;
pub(crate) mod card;
pub(crate) mod certificates;
pub(crate) mod conformance;
mod readers;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::language::Language;
pub(crate) use agency::Agency;
pub(crate) use readers::{CardSource, Demo, Sim};

/// Issue, read and verify New eID cards, simulated ones included
#[derive(Debug, Parser)]
#[command(name = "neweid", version, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every subcommand understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Language of labels and messages; the locale decides otherwise
    #[arg(long, global = true, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Language>,
    /// Print one JSON document (docs/json-schema.md) instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Personalise a simulated card into a card file
    Issue(Issue),
    /// Read a card and check what was read
    Read(Read),
    /// Check a card and print the checks, not the data
    Verify(Verify),
    /// As an agency: ask the card yes or no, or know it again by a pseudonym, and read nothing
    Ask(asking::Ask),
    /// As a household office: replace groups on a card in use with those of a profile
    Update(asking::Update),
    /// List every file of your card and what you may see of it
    Inventory(Inventory),
    /// Show the tries left, change PIN1, or unblock it
    Pin(Pin),
    /// Your natural-person certificate: what is there, switching it off and on, PIN2
    Cert(certificates::Cert),
    /// Sign a document with your natural-person certificate
    Sign(certificates::Sign),
    /// Check a signature: whose it is, and whether to rely on it
    VerifySignature(certificates::VerifySignature),
    /// Decrypt a message with your natural-person certificate
    Decrypt(certificates::Decrypt),
    /// Log in to a demonstration server on this machine with your natural-person certificate
    LoginDemo(certificates::LoginDemo),
    /// Keys, requests and certificates of agencies' terminals
    Agency(Agency),
    /// The list of lost cards
    Card(card::Card),
    /// The natural-person PKI: certificates for the keys of cards, and the lists of those that are revoked
    Ca(ca::Ca),
    /// The log of what operators did
    Log(card::Log),
    /// Issue a specimen card in memory, open it, read it, verify it
    Demo(Demo),
    /// Carry out the official conformance tests (BSI TR-03105 parts 3.2 and 3.3) against a card
    Conformance(conformance::Conformance),
    /// Serve card files to the virtual reader of vsmartcard (vpcd) until interrupted
    Sim(Sim),
    /// List the card readers and what is in them
    Readers,
    /// Say what a card reader needs on this machine and what is missing, with the command that fixes it
    Doctor,
    /// Print the completions for a shell
    Completions(Completions),
    /// Print the man pages
    Man(Man),
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write the pages into this folder, one file for each subcommand
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// Holder data and options as TOML (docs/profile.md)
    #[arg(long, value_name = "FILE", conflicts_with = "specimen")]
    pub(crate) profile: Option<PathBuf>,
    /// A prepared specimen card by name
    #[arg(long, value_name = "NAME")]
    pub(crate) specimen: Option<String>,
    /// List the prepared specimens and what each is for
    #[arg(long, conflicts_with_all = ["profile", "specimen", "card", "pki", "force"])]
    pub(crate) list_specimens: bool,
    /// Where to write the card
    #[arg(long, value_name = "FILE", default_value = "specimen.card")]
    pub(crate) card: PathBuf,
    /// Where to write the trust anchors and revocation lists of the test PKI. A first card with natural-person certificate begins the
    /// authority for it there, whose lists are to be found at citizen-pki.invalid unless `neweid ca begin` has said another place
    #[arg(long, value_name = "DIR", default_value = "specimen-pki")]
    pub(crate) pki: PathBuf,
    /// Overwrite files that exist
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Read {
    #[command(flatten)]
    pub(crate) card: CardSource,
    #[command(flatten)]
    pub(crate) what: Selection,
    #[command(flatten)]
    pub(crate) agency: AsAgency,
    /// Write the portrait into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) portrait_out: Option<PathBuf>,
    /// Overwrite the portrait file if it exists
    #[arg(long, requires = "portrait_out")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) trust: Trust,
    #[command(flatten)]
    pub(crate) codes: ReadingCodes,
}

/// Reading for an agency, with its certificates and key.
#[derive(Debug, Args)]
pub(crate) struct AsAgency {
    /// Read as an agency: a folder that `neweid agency` wrote, or a .chain file in it. The holder chooses what to give, on the
    /// terminal or by --groups and --zone
    #[arg(long, value_name = "PATH")]
    pub(crate) agency: Option<PathBuf>,
    /// Open the card with the access code in place of PIN1, as an agency that may
    #[arg(long, requires = "agency")]
    pub(crate) with_can: bool,
    /// Append who asked and what was given to this file, which only its owner may read; no data of the card
    #[arg(long, value_name = "FILE", requires = "agency")]
    pub(crate) consent_log: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) card: CardSource,
    #[command(flatten)]
    pub(crate) what: Selection,
    #[command(flatten)]
    pub(crate) trust: Trust,
    #[command(flatten)]
    pub(crate) codes: ReadingCodes,
}

#[derive(Debug, Args)]
pub(crate) struct Inventory {
    #[command(flatten)]
    pub(crate) card: CardSource,
    #[command(flatten)]
    pub(crate) codes: ReadingCodes,
}

#[derive(Debug, Args)]
pub(crate) struct Pin {
    #[command(subcommand)]
    pub(crate) action: PinAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PinAction {
    /// Show the tries left; costs none and needs no code
    Status(PinStatus),
    /// Change PIN1
    Change(PinChange),
    /// Unblock PIN1 with the PUK
    Unblock(PinUnblock),
}

#[derive(Debug, Args)]
pub(crate) struct PinStatus {
    #[command(flatten)]
    pub(crate) card: CardSource,
}

#[derive(Debug, Args)]
pub(crate) struct PinChange {
    #[command(flatten)]
    pub(crate) card: CardSource,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// Read the access code as one line from standard input; asked for only where PIN1 is suspended
    #[arg(long)]
    pub(crate) can_stdin: bool,
    /// Read PIN1 as one line from standard input
    #[arg(long)]
    pub(crate) pin_stdin: bool,
    /// Read the new PIN1 as one line from standard input
    #[arg(long)]
    pub(crate) new_pin_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PinUnblock {
    #[command(flatten)]
    pub(crate) card: CardSource,
    /// Read the access code as one line from standard input; asked for only where the PUK is suspended
    #[arg(long)]
    pub(crate) can_stdin: bool,
    /// Read the PUK as one line from standard input
    #[arg(long)]
    pub(crate) puk_stdin: bool,
}

/// What to read.
#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// Zones to read [default: public,household]
    #[arg(long, value_name = "ZONE", value_enum, value_delimiter = ',')]
    pub(crate) zone: Vec<ZoneName>,
    /// Single data groups of the eID application, by number
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    pub(crate) groups: Vec<u8>,
}

/// A zone of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ZoneName {
    // 公開區, opened by the access code.
    Public,
    // 戶籍地區, opened by the access code.
    Household,
    // 加密區, opened by PIN1.
    Protected,
    // ICAO 區, opened by the machine-readable zone.
    Icao,
}

/// Whom to trust.
#[derive(Debug, Args)]
pub(crate) struct Trust {
    /// Folder of country signing certificates (.cer, .crt, .der, .pem) and revocation lists (.crl); may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) trust: Vec<PathBuf>,
    /// Accept certificates that are marked as test certificates
    #[arg(long)]
    pub(crate) allow_test_anchors: bool,
    /// The day of the check [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<String>,
}

/// Codes that may come as lines of standard input, for commands that read a card.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ReadingCodes {
    /// Read the access code as one line from standard input
    #[arg(long)]
    pub(crate) can_stdin: bool,
    /// Read PIN1 as one line from standard input
    #[arg(long)]
    pub(crate) pin_stdin: bool,
    /// Read the machine-readable zone as one line from standard input
    #[arg(long)]
    pub(crate) mrz_stdin: bool,
}
