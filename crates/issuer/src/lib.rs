//! Personalises simulated New eID cards, and keeps the test PKIs: the one that signs cards, the one that lets agencies
//! open them, and the one that certifies the keys with which their holders sign.
//!
//! - [`Profile`]: who holds the card and which options it has, from a readable TOML file. A bad one
//!   is refused with every problem at once: field, reason, line, in English and 正體中文.
//! - [`TestPki`]: a country signing CA, document signers (also an expired, a revoked and a foreign
//!   one), revocation lists. Its anchors are marked, so that no verifier takes them by accident.
//! - [`AgencyPki`]: the ministry's CVCA, document verifiers, and the certificates of agencies' terminals with exactly the
//!   groups that each is granted.
//! - [`CitizenPki`]: the natural-person PKI (自然人憑證): a root, the authority in its generations, the certificates of a
//!   card's keys, and the lists of those that are revoked.
//! - [`Issuer`]: a profile becomes an [`IssuedCard`], the image of a chip with files, signatures and
//!   keys, and the codes of the PIN letter. A [`Batch`] is what its cards have in common.
//!   [`Issuer::update`] makes new contents for a card in use, an [`Update`].
//! - [`LostCardChange`], [`CardRegister`]: which cards were issued, and the list of those that are lost or cancelled.
//! - [`Sectors`]: pseudonyms, and the lists of those that are revoked.
//! - [`OperatorLog`]: what operators did, in lines that hang together and name nobody.
//! - [`specimen`]: fictional holders who stress the data, and a card for each thing that can be
//!   wrong.
//!
//! What it is not: a personalisation system. The keys lie in files, the holders are fictional, and
//! the signatures say nothing about anybody. It has no clock, and its randomness is handed in, so
//! that a seeded generator makes the same cards again.
//!
//! ```
//! use issuer::{Issuer, Profile, TestPki};
//! use applet_sim::{Chip, Environment, MemoryStore};
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! use transport::{CardTransport, InProcess, Interface};
//!
//! let mut rng = ChaCha20Rng::from_seed([7; 32]);
//! let pki = TestPki::create(&mut rng)?;
//! let profile = Profile::from_toml(include_str!("../profiles/long-romanized-name.toml"))?;
//! let card = Issuer::new(&pki).issue_single(&profile, &mut rng)?;
//!
//! let memory = card.image().personalise(MemoryStore::default())?;
//! let chip = Chip::open(memory, Environment::system())?;
//! let mut reader = InProcess::new(chip, Interface::Contactless);
//! let card_access = reader.transmit(&[0x00, 0xB0, 0x9C, 0x00, 0x00, 0x00, 0x00])?;
//! assert!(card_access.ends_with(&[0x90, 0x00]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod specimen;

mod agency_pki;
mod batch;
mod citizen_pki;
mod codes;
mod eid_groups;
mod error;
mod icao;
mod issuer;
mod lost_cards;
mod natural_person;
pub mod operator_log;
mod profile;
mod sectors;
mod security_infos;
mod sod;
mod test_pki;
mod update;

pub use agency_pki::{
    AgencyError, AgencyPki, CvAuthority, DocumentVerifierKind, Grant, Permission, Validity,
    expose_signing_key_pem, signing_key_from_pem,
};
pub use applet_sim::Lockout;
pub use batch::{Batch, BatchOptions};
pub use citizen_pki::{
    CertificationError, CitizenCertificate, CitizenPki, Desk, KeySlot, ListIssuer, Publication,
    Subject, SubjectSerialNumber,
};
pub use codes::Codes;
pub use error::Error;
pub use issuer::{IssuedCard, Issuer};
pub use lost_cards::{CardRegister, LostCardChange, LostCardError};
pub use operator_log::OperatorLog;
pub use profile::{
    Alphabet, BirthPlace, CardNumber, ChipOptions, CodeChoices, Document, Holder, HouseholdAddress,
    Nationality, Parent, PersonName, Pin1Choice, Portraits, Problem, Profile, ProfileError, Reason,
    ValueType,
};
pub use sectors::Sectors;
pub use security_infos::{
    GENERATION_KEY_ID, INDIVIDUAL_KEY_ID, PSEUDONYM_KEY_ID, REVOCATION_KEY_ID,
};
pub use test_pki::{Authority, Signer, TestPki};
pub use update::Update;
