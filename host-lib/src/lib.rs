//! The middleware that agencies link: it opens an eID card through any reader, reads it over an
//! encrypted channel, and says what of it can be relied on.
//!
//! ```
//! use host_lib::{AccessCode, Card, Groups, Verifier};
//!
//! // A simulated card; a PC/SC reader, or any other `CardTransport`, works the same.
//! let specimen = issuer::specimen::valid();
//! let trust = &specimen.trust;
//!
//! let mut card = Card::open(specimen.card)?; // reads nothing personal
//! let mut session = card.pace(AccessCode::can("123456")?)?; // encrypted from here on
//! let read = session.read(Groups::public())?; // these groups and no others, unverified
//!
//! let verifier = Verifier::new(&trust.anchors, trust.time)
//!     .revocation_lists(&trust.revocation_lists);
//! let verdict = read.verify(&verifier);
//! println!("{}", verdict.report()); // each check by name
//! let identity = verdict.accept()?; // Verified<Identity>, or the error that says why not
//! assert_eq!(identity.name().map(|name| name.as_str()), Some("王小明"));
//! assert_eq!(identity.birth_date().unwrap().roc().to_string(), "民國79年5月12日");
//! # Ok::<(), host_lib::Error>(())
//! ```
//!
//! | to | look at |
//! |---|---|
//! | open a card | [`Card`], [`AccessCode`], [`Options`] |
//! | read the eID application | [`Session::read`], [`Groups`], [`Identity`] |
//! | read the ICAO application, foreign passports too | [`Session::read_travel_document`], [`TravelDocument`] |
//! | verify | [`Unverified::verify`], [`Verifier`], [`Verdict`], [`Verified`], [`Report`] |
//! | read as an agency | [`TerminalCertificates`], [`AccessRequest`], [`Consent`], [`Card::pace_as_terminal`], [`TerminalKey`] |
//! | ask a card yes or no, get a pseudonym, update it | [`Question`], [`AgencySession::prove_chip`], [`ProvenAgencySession`] |
//! | let a server sign and decide | [`SignatureRequest`], [`SignatureResponse`], [`Unverified::to_bytes`] |
//! | list what is on a card | [`Session::inventory`] |
//! | see the tries left, change, unblock, lock | [`Card::pin_status`], [`Session::prove_chip`], [`ProvenSession::change_pin`], [`Session::unblock_pin`], [`Session::lock_card`] |
//! | sign, log in and decrypt with the natural-person certificate | [`ProvenSession::certificates`], [`CertificateApplication`], [`Unlocked`] |
//! | tell a person what went wrong | [`Error::code`], [`Error::message`], [`Error::advice`], `docs/errors.md` |
//! | log for a bug report | [`Trace`] around any transport; this crate itself logs nothing |
//!
//! # What the types hold
//!
//! * A [`Session`] borrows its [`Card`]: there is never more than one, and a failure leaves the card for
//!   another attempt. A code is used once and dropped; nothing is ever retried with it.
//! * What was read is [`Unverified`] until passive authentication has passed, and only that makes it
//!   [`Verified`]. Only [`Verdict::accept`] speaks about the *document*: chip genuine, not overdue, not
//!   lost, nothing failed.
//! * The chip counts as genuine only when a key that its issuer *signed* is the one that it proved to hold:
//!   EF.CardSecurity for PACE-CAM, DG14 for Chip Authentication, DG15 for Active Authentication.
//! * A new PIN goes to a [`ProvenSession`] alone, and so does PIN2.
//! * A signature by which the holder commits himself needs PIN2, and each needs it anew: making the key ready takes [`Unlocked`] away.
//! * Test certificates are refused unless the trust store was made for them by name
//!   ([`TrustStore::with_test_anchors`]).
//!
//! # What it does not do
//!
//! No network: certificates, revocation lists and the time are handed in. No Basic Access Control, no
//! 3DES; of Terminal Authentication version 2 alone, so no fingerprints of passports. Integrated Mapping and finite-field
//! Diffie-Hellman are passed over. It is no certified product.
//!
//! # Threads and time
//!
//! Everything is [`Send`], and what is not bound to a card is [`Sync`] too. Calls block; how long one
//! exchange may take is the transport's affair, how many exchanges a call may take is in [`Limits`]. A
//! [`Cancel`] token, turned from any thread, stops a call before its next exchange.

mod access;
mod agency;
mod binding;
mod card;
mod certificates;
mod channel;
mod chip;
mod error;
mod evidence;
mod files;
mod groups;
mod identity;
mod inventory;
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
mod writing;

pub use access::{AccessCode, Can, MrzKey, Pin, Pin2, Puk, TransportPin};
pub use agency::{
    AccessRequest, AgencySession, CardUpdate, CertificatesProblem, Consent, GrantLevel, Handle,
    MessageError, PendingSession, Permission, ProvenAgencySession, Question, SignatureRequest,
    SignatureResponse, SoftwareKey, TerminalCertificates, TerminalKey, TerminalKeyError,
    TerminalSession,
};
pub use card::Card;
pub use certificates::{
    AuthenticationKey, CertificateApplication, CertificateDesk, DecipherKey, FunctionState,
    KeyKind, KeySlot, SignatureKey, SlotContents, Unlocked, UnlockedDesk,
};
pub use error::{
    AgencyFault, CardFault, DenialReason, Error, ErrorCode, File, InputError, InputKind,
    InputProblem, Lang, Misbehaviour, Misuse, PasswordKind, PasswordState, Result, Step, Turn,
    Unsupported, error_table,
};
pub use evidence::{Content, Unverified};
pub use groups::{Group, Groups, TravelGroups, Zone};
pub use identity::Identity;
pub use inventory::{Directory, FileAccess, InventoryEntry};
pub use link::Traffic;
pub use lost::LostList;
pub use options::{ChipProofPreference, Limits, Options, Progress};
pub use pace::PasswordStatus;
pub use pin::ProvenSession;
pub use report::{Agreement, Check, CheckName, ChipProof, Outcome, Report, SignedObject, Skipped};
pub use session::Session;
pub use travel::{TravelDocument, TravelMrz};
pub use verify::{Verdict, Verified, Verifier};

/// What a card says of its keys and certificates (ISO/IEC 7816-15), from `lds`.
pub use lds::cryptographic_information::{
    CertificateObject, KeyAlgorithm, KeyUsageFlags, PrivateKeyObject,
};
/// What the caller trusts, from `pki`.
pub use pki::{Certificate, MasterList, RevocationList, Time, TrustStore};
/// A sector in which a card has a pseudonym, and the pseudonym, from `secure_channel`.
pub use secure_channel::restricted_identification::{SectorIdentifier, SectorPublicKey};
/// Cards and readers that fail on purpose, for the tests of whoever reads cards, from `transport`.
pub use transport::faults;
/// Cards in real readers, from `transport`.
#[cfg(feature = "pcsc")]
pub use transport::pcsc;
/// How a card is reached, from `transport`.
pub use transport::{Cancel, CardTransport, Replay, Trace, TransportError};

/// What is promised about threads, held by the compiler.
const _: () = {
    const fn send<T: Send>() {}
    const fn send_and_sync<T: Send + Sync>() {}
    send::<Card<Box<dyn CardTransport>>>();
    send::<Session<'_, Box<dyn CardTransport>>>();
    send::<ProvenSession<'_, '_, Box<dyn CardTransport>>>();
    send::<Options>();
    send_and_sync::<AccessCode>();
    send_and_sync::<Unverified<Identity>>();
    send_and_sync::<Verified<Identity>>();
    send_and_sync::<Verdict<TravelDocument>>();
    send_and_sync::<Verifier<'_>>();
    send_and_sync::<LostList>();
    send_and_sync::<Report>();
    send_and_sync::<Error>();
    send_and_sync::<Pin2>();
};
