//! The middleware that agencies link: opens an eID card, reads it over an encrypted channel and
//! proves it genuine.

mod access;
mod binding;
mod card;
mod channel;
mod chip;
mod error;
mod evidence;
mod files;
mod groups;
mod identity;
mod link;
mod lost;
mod options;
mod pace;
mod pin;
mod random;
mod read;
mod report;
mod session;
mod suite;
mod travel;
mod verify;

pub use access::{AccessCode, Can, MrzKey, Pin, Puk, TransportPin};
pub use card::Card;
pub use error::{
    CardFault, DenialReason, Error, ErrorCode, File, InputError, InputKind, InputProblem, Lang,
    Misbehaviour, Misuse, PasswordKind, PasswordState, Result, Step, Turn, Unsupported,
    error_table,
};
pub use evidence::{Content, Unverified};
pub use groups::{Group, Groups, TravelGroups, Zone};
pub use identity::Identity;
pub use link::Traffic;
pub use lost::LostList;
pub use options::{ChipProofPreference, Limits, Options, Progress};
pub use pace::PasswordStatus;
pub use pin::ProvenSession;
pub use report::{Agreement, Check, CheckName, ChipProof, Outcome, Report, SignedObject, Skipped};
pub use session::Session;
pub use travel::{TravelDocument, TravelMrz};
pub use verify::{Verdict, Verified, Verifier};

pub use pki::{Certificate, RevocationList, Time, TrustStore};

pub use transport::{Cancel, CardTransport};
