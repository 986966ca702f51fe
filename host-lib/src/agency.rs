//! Reading as an agency: what the ministry allows it, what the holder agrees to, and who signs.
//!
//! ```text
//! TerminalCertificates ── AccessRequest ── Consent ── Card::pace_as_terminal ── TerminalSession
//!   what it may read       what it wants    what the      password and CHAT          │ TerminalKey
//!                                           holder gives                        AgencySession
//! ```
//!
//! Between the two sessions lies Terminal Authentication. The key that signs may be here
//! ([`TerminalSession::authenticate`]), or at a server that is asked and answers
//! ([`TerminalSession::request_signature`]): the two steps that agencies know from 2020.

mod certificates;
mod consent;
mod denial;
mod key;
mod permission;
mod proven;
mod question;
mod session;
mod signature;

pub use certificates::{CertificatesProblem, TerminalCertificates};
pub use consent::{AccessRequest, Consent};
pub use denial::GrantLevel;
pub use key::{SoftwareKey, TerminalKey, TerminalKeyError};
pub use permission::Permission;
pub use proven::{CardUpdate, ProvenAgencySession};
pub use question::Question;
pub use session::{AgencySession, PendingSession, TerminalSession};
pub use signature::{Handle, MessageError, SignatureRequest, SignatureResponse};
