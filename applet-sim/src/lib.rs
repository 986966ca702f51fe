//! A simulated chip for the New eID card: files, access rules, passwords, secure channel and
//! non-volatile memory, driven by command APDUs.
//!
//! What it answers is specified in docs/chip-profile.md; where that is silent, by ISO/IEC 7816-4,
//! ICAO Doc 9303 and BSI TR-03110. It knows nothing of issuing: it takes a [`CardImage`] and does
//! not look into the files, but for the hashes in a new EF.SOD. It is no certified product, and a program is no tamper-resistant
//! hardware: whoever reads its memory has its secrets.
//!
//! ```
//! use applet_sim::{CardImage, Chip, EidApplication, Environment, Keys, MasterFile, MemoryStore, Options, Passwords};
//! use secure_channel::{Curve, EcPrivateKey, Password};
//! use transport::{CardTransport, InProcess, Interface};
//!
//! let mut environment = Environment::system();
//! let image = CardImage {
//!     master_file: MasterFile { card_access: b"what the issuer put there".to_vec(), ..MasterFile::default() },
//!     eid: EidApplication::default(),
//!     icao: None,
//!     cia: None,
//!     passwords: Passwords::new(Password::can("123456")?, Password::pin("246802")?, Password::puk("98765432")?),
//!     keys: Keys {
//!         generation: EcPrivateKey::generate(Curve::P256, &mut *environment.rng)?,
//!         chip_individual: None,
//!         active_authentication: None,
//!         revocation: None,
//!         pseudonym: None,
//!     },
//!     options: Options::default(),
//! };
//! let memory = image.personalise(MemoryStore::default())?;
//! let mut card = InProcess::new(Chip::open(memory, environment)?, Interface::Contactless);
//!
//! // READ BINARY by short file identifier 1C: EF.CardAccess.
//! assert_eq!(card.transmit(&[0x00, 0xB0, 0x9C, 0x00, 0x00])?, b"what the issuer put there\x90\x00");
//! // The certificate of the chip's key is behind PACE.
//! assert_eq!(card.transmit(&[0x00, 0xB0, 0x9D, 0x00, 0x00])?, [0x69, 0x82]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | for | look at |
//! |---|---|
//! | making a card | [`CardImage`], [`Options`] |
//! | running it | [`Chip`], [`Environment`] |
//! | where it is kept | [`NonVolatileMemory`], [`MemoryStore`], [`FileStore`] |
//! | making it fail on purpose | [`Chip::follow`] |
//! | what may be done when | `access.rs`, one table |
//! | each command | `command.rs` and its parts, one file each |
//!
//! The core is `no_std` with `alloc` and has no clock and no randomness of its own. The default
//! feature `std` adds the card in a file, the operating system's randomness and delays that take
//! their time.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod access;
mod activation;
mod attempts;
mod chat;
mod chip;
mod cia;
mod command;
mod environment;
mod error;
mod exchange;
mod faults;
mod image;
mod memory;
mod objects;
mod persistent;
mod security_status;
mod store;
mod update;
mod volatile;

pub use chip::Chip;
pub use cia::{HolderKey, HolderPublicKey, KeyKind};
#[cfg(feature = "std")]
pub use environment::ThreadDelay;
pub use environment::{Delay, Environment, NoDelay};
pub use image::{
    ApplicationState, CardImage, CertRead, ChipAuthenticationKey,
    CryptographicInformationApplication, EidApplication, HolderSlot, IcaoApplication, Keys,
    LifeCycle, Lockout, MasterFile, Options, PIN1_TRIES, PIN2_TRIES, PUK_TRIES, Passwords,
    PersonaliseError, ReferenceData,
};
pub use memory::{DEFAULT_CAPACITY, MemoryError, MemoryStore, NonVolatileMemory, Tear};
#[cfg(feature = "std")]
pub use memory::{FileStore, FileStoreError};
pub use secure_channel::pace::PaceSuite;
pub use store::{FORMAT_VERSION, StoreError};
