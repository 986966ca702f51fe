//! The command lines around the natural-person certificate: `neweid cert`, `sign`, `verify-signature`, `decrypt`, `login-demo`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::asking::Terminal;
use super::ca::{CaFolder, SlotName};
use super::{CardSource, Trust};

#[derive(Debug, Args)]
pub(crate) struct Cert {
    #[command(subcommand)]
    pub(crate) action: CertAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertAction {
    /// Show the keys, the certificates and the tries left of PIN2
    Show(CertShow),
    /// Switch the natural-person certificate off; what else is on the card stays as it is
    Disable(CertSwitch),
    /// Switch it on again
    Enable(CertSwitch),
    /// Have a key sign a request for a certificate (PKCS#10)
    Request(CertRequest),
    /// As an office that may: have the card make a new key; the one before and its certificate are gone
    NewKey(CertNewKey),
    /// As an office that may: put the certificate of a key onto the card
    Install(CertInstall),
    /// As an office that may, with the certification authority: a new key, and a certificate for the person of the present one
    Renew(CertRenew),
    /// Change PIN2
    ChangePin2(ChangePin2),
    /// Give PIN2 its tries back with the PUK, and a new value if it was forgotten
    UnblockPin2(UnblockPin2),
}

/// The card, and the codes of whoever uses its natural-person certificate.
#[derive(Debug, Args)]
pub(crate) struct Holder {
    #[command(flatten)]
    pub(crate) card: CardSource,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// Open the card with PIN1 instead of the access code; without contacts the last try of PIN2 needs that
    #[arg(long)]
    pub(crate) with_pin: bool,
    #[command(flatten)]
    pub(crate) codes: HolderCodes,
}

/// Codes that may come as lines of standard input, for commands that use the natural-person certificate.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct HolderCodes {
    /// Read the access code as one line from standard input
    #[arg(long)]
    pub(crate) can_stdin: bool,
    /// Read PIN1 as one line from standard input
    #[arg(long)]
    pub(crate) pin_stdin: bool,
    /// Read PIN2 as one line from standard input
    #[arg(long)]
    pub(crate) pin2_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CertShow {
    #[command(flatten)]
    pub(crate) holder: Holder,
    /// Enter PIN2, to see the certificates of a card that shows them after PIN2 alone
    #[arg(long)]
    pub(crate) with_pin2: bool,
    /// Write each certificate into this folder (signature.pem, authentication.pem, key-decipherment.pem)
    #[arg(id = "certificates_folder", long = "out", value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CertSwitch {
    #[command(flatten)]
    pub(crate) card: CardSource,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// Do it with access code and PIN2 instead of PIN1
    #[arg(id = "switch_with_pin2", long = "with-pin2")]
    pub(crate) with_pin2: bool,
    #[command(flatten)]
    pub(crate) codes: HolderCodes,
}

#[derive(Debug, Args)]
pub(crate) struct CertRequest {
    /// Which key: signature or authentication
    #[arg(id = "requesting_slot", value_name = "USE")]
    pub(crate) slot: SlotName,
    /// Where to write the request
    #[arg(id = "request_out", long = "out", value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) holder: Holder,
}

#[derive(Debug, Args)]
pub(crate) struct ChangePin2 {
    #[command(flatten)]
    pub(crate) holder: Holder,
    /// Read the new PIN2 as one line from standard input
    #[arg(long)]
    pub(crate) new_pin2_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UnblockPin2 {
    #[command(flatten)]
    pub(crate) card: CardSource,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// PIN2 was forgotten: give it a new value as well
    #[arg(long)]
    pub(crate) forgotten: bool,
    /// Read the access code as one line from standard input; asked for only where the PUK is suspended
    #[arg(long)]
    pub(crate) can_stdin: bool,
    /// Read the PUK as one line from standard input
    #[arg(long)]
    pub(crate) puk_stdin: bool,
    /// Read the new PIN2 as one line from standard input
    #[arg(long, requires = "forgotten")]
    pub(crate) new_pin2_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// What to sign
    #[arg(id = "document", value_name = "FILE")]
    pub(crate) document: PathBuf,
    /// Where to write the signature [default: FILE.p7s, or FILE.p7m with --attached]
    #[arg(id = "signature_out", long = "out", value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite what exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Put the document into the message, instead of a signature beside it
    #[arg(long)]
    pub(crate) attached: bool,
    /// The hash: sha-256, sha-384 or sha-512
    #[arg(long, value_name = "NAME", default_value = "sha-256")]
    pub(crate) hash: HashName,
    /// RSASSA-PSS instead of RSASSA-PKCS1-v1_5, for an RSA key
    #[arg(long)]
    pub(crate) pss: bool,
    #[command(flatten)]
    pub(crate) holder: Holder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HashName {
    #[value(name = "sha-256")]
    Sha256,
    #[value(name = "sha-384")]
    Sha384,
    #[value(name = "sha-512")]
    Sha512,
}

/// Whose certificates count.
#[derive(Debug, Args)]
pub(crate) struct SignerTrust {
    /// Folder of the natural-person PKI's certificates (.cer, .crt, .der, .pem) and revocation lists (.crl), or one that has it as its
    /// subfolder `citizens`; may be repeated. Self-signed certificates are anchors
    #[arg(id = "signer_trust", long = "trust", value_name = "DIR")]
    pub(crate) trust: Vec<PathBuf>,
    /// Accept certificates that are marked as test certificates
    #[arg(long)]
    pub(crate) allow_test_anchors: bool,
    /// Do without revocation lists: a certificate that was revoked passes
    #[arg(long)]
    pub(crate) without_revocation_lists: bool,
    /// The day of the check [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifySignature {
    /// The signature (CMS SignedData), DER, PEM or S/MIME
    #[arg(id = "signature", value_name = "SIGNATURE")]
    pub(crate) signature: PathBuf,
    /// What was signed, unless it is in the message
    #[arg(id = "signed_document", value_name = "FILE")]
    pub(crate) document: Option<PathBuf>,
    /// Write what was signed into this file, if it is in the message and everything is right
    #[arg(id = "content_out", long = "content-out", value_name = "FILE")]
    pub(crate) content_out: Option<PathBuf>,
    /// Overwrite what exists
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) trust: SignerTrust,
}

#[derive(Debug, Args)]
pub(crate) struct Decrypt {
    /// The message (CMS EnvelopedData or AuthEnvelopedData), DER, PEM or S/MIME
    #[arg(id = "message", value_name = "MESSAGE")]
    pub(crate) message: PathBuf,
    /// Where to write what is in it [default: MESSAGE without its .p7m]
    #[arg(id = "plain_out", long = "out", value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite what exists
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) holder: Holder,
}

#[derive(Debug, Args)]
pub(crate) struct LoginDemo {
    #[command(subcommand)]
    pub(crate) action: LoginDemoAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LoginDemoAction {
    /// Start the demonstration server, log in, and send the same answer once more
    Run(Holder),
    /// Start the demonstration server alone, until interrupted
    Serve(LoginServe),
    /// Log in to the server that `serve` started
    Login(LoginTo),
}

#[derive(Debug, Args)]
pub(crate) struct LoginServe {
    /// Where the server waits, on this machine alone [default: 127.0.0.1:0, a port that the system chooses]
    #[arg(
        id = "listen",
        long,
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:0"
    )]
    pub(crate) listen: String,
    /// End after so many logins [default: when interrupted]
    #[arg(id = "logins", long, value_name = "COUNT")]
    pub(crate) logins: Option<u64>,
    #[command(flatten)]
    pub(crate) trust: SignerTrust,
}

#[derive(Debug, Args)]
pub(crate) struct LoginTo {
    /// Where the server waits
    #[arg(id = "server", long, value_name = "HOST:PORT")]
    pub(crate) server: String,
    #[command(flatten)]
    pub(crate) holder: Holder,
}

/// An office that may put keys and certificates onto cards, with the holder before it.
#[derive(Debug, Args)]
pub(crate) struct InstallingOffice {
    #[command(flatten)]
    pub(crate) card: CardSource,
    #[command(flatten)]
    pub(crate) trust: Trust,
    #[command(flatten)]
    pub(crate) terminal: Terminal,
    /// Read PIN2 as one line from standard input
    #[arg(long)]
    pub(crate) pin2_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NewKey {
    /// Which key: signature, authentication or key-decipherment
    #[arg(id = "slot", value_name = "USE")]
    pub(crate) slot: SlotName,
    /// The kind of the new key: rsa-2048, or p-256, which does not decipher
    #[arg(
        id = "key_kind",
        long = "kind",
        value_name = "KIND",
        default_value = "rsa-2048"
    )]
    pub(crate) kind: KeyKindName,
}

#[derive(Debug, Args)]
pub(crate) struct CertNewKey {
    #[command(flatten)]
    pub(crate) key: NewKey,
    #[command(flatten)]
    pub(crate) office: InstallingOffice,
}

#[derive(Debug, Args)]
pub(crate) struct CertInstall {
    /// Which key: signature, authentication or key-decipherment
    #[arg(id = "slot", value_name = "USE")]
    pub(crate) slot: SlotName,
    /// The certificate of the key that is on the card, PEM or DER
    #[arg(id = "certificate", value_name = "CERTIFICATE")]
    pub(crate) certificate: PathBuf,
    #[command(flatten)]
    pub(crate) office: InstallingOffice,
}

#[derive(Debug, Args)]
pub(crate) struct CertRenew {
    #[command(flatten)]
    pub(crate) key: NewKey,
    /// Serial number of the certificate to renew, where the card has it no more: after an interruption, to go on with the key that is there
    #[arg(id = "renewed_serial", long = "serial", value_name = "SERIAL")]
    pub(crate) serial: Option<String>,
    #[command(flatten)]
    pub(crate) ministry: CaFolder,
    #[command(flatten)]
    pub(crate) office: InstallingOffice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyKindName {
    #[value(name = "rsa-2048")]
    Rsa2048,
    #[value(name = "p-256")]
    P256,
}
