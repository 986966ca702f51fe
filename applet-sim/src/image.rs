//! What an issuer puts into a card, and how it gets there.

mod cia;
pub(crate) mod records;

use alloc::{collections::BTreeMap, vec::Vec};
use core::fmt;

use cvc::TrustPoints;
use secure_channel::{
    Curve, EcPrivateKey, Password, PasswordId, SymmetricCipher,
    auxiliary_data::Date,
    pace::{Mapping, PaceProtocol, PaceSuite},
};
use zeroize::Zeroizing;

pub use cia::{ApplicationState, CryptographicInformationApplication, HolderSlot};

use crate::{
    cia::is_pin2,
    memory::NonVolatileMemory,
    store::{Store, StoreError},
};

/// Everything that is personalised into one card: files, passwords, keys, options and the states
/// they start in.
///
/// The chip does not look into the files; that they agree with the keys and options is the issuer's
/// business. The fields are public so that an issuer of test cards can make them disagree.
pub struct CardImage {
    /// Files of the master file, the same for a whole batch but for the last two.
    pub master_file: MasterFile,
    /// The eID application E80704007F00070302.
    pub eid: EidApplication,
    /// The ICAO application A0000002471001; `None` where the issuer leaves it out.
    pub icao: Option<IcaoApplication>,
    /// The cryptographic information application A000000063504B43532D3135, with the natural-person certificate
    /// 自然人憑證; `None` where the issuer leaves it out.
    pub cia: Option<CryptographicInformationApplication>,
    /// The passwords and their states.
    pub passwords: Passwords,
    /// The chip's private keys.
    pub keys: Keys,
    /// What the issuer chose.
    pub options: Options,
}

/// Elementary files directly under the master file, as the bytes that READ BINARY returns.
#[derive(Clone, Default)]
pub struct MasterFile {
    /// EF.ATR/INFO, 2F01.
    pub atr_info: Vec<u8>,
    /// EF.DIR, 2F00.
    pub dir: Vec<u8>,
    /// EF.CardAccess, 011C.
    pub card_access: Vec<u8>,
    /// EF.CardSecurity, 011D.
    pub card_security: Vec<u8>,
    /// EF.ChipSecurity, 011B, of this card alone.
    pub chip_security: Option<Vec<u8>>,
    /// EF.GDO, 2F02: the card's serial number.
    pub gdo: Vec<u8>,
}

/// Files of the eID application.
#[derive(Clone, Default)]
pub struct EidApplication {
    /// The data groups by number. Numbers outside docs/chip-profile.md are refused.
    pub groups: BTreeMap<u8, Vec<u8>>,
    /// EF.SOD, 011D.
    pub sod: Vec<u8>,
    /// The certification authorities whose terminals the card accepts, and the date that it starts
    /// from; without them Terminal Authentication finds no key.
    pub trust_points: Option<TrustPoints>,
    /// What the card compares with a terminal's auxiliary data. No command gives it out.
    pub reference_data: ReferenceData,
}

/// What the chip holds against the auxiliary data of a terminal (TR-03110-3 A.7.5). What is `None` the
/// card does not know, and says so to whoever may ask.
#[derive(Clone, Default)]
pub struct ReferenceData {
    /// The last day on which the holder can have been born: of a date of birth that is partly
    /// unknown the latest possible one, so that nobody passes for older than he is (TR-03127 §3.2.2).
    pub date_of_birth: Option<Date>,
    /// The last day on which the card is valid.
    pub date_of_expiry: Option<Date>,
    /// Where the holder lives, from the large to the small: terminals ask whether it begins with
    /// something.
    pub municipality_id: Option<Vec<u8>>,
}

/// Files of the ICAO application.
#[derive(Clone, Default)]
pub struct IcaoApplication {
    /// EF.COM, 011E.
    pub com: Vec<u8>,
    /// EF.SOD, 011D.
    pub sod: Vec<u8>,
    /// EF.DG1, 0101: the machine-readable zone.
    pub dg1: Vec<u8>,
    /// EF.DG2, 0102: the portrait.
    pub dg2: Vec<u8>,
    /// EF.DG14, 010E: the security infos, with the chip-individual key.
    pub dg14: Vec<u8>,
    /// EF.DG15, 010F: the Active Authentication key.
    pub dg15: Option<Vec<u8>>,
}

/// The passwords, and the states they start in.
pub struct Passwords {
    /// Card access number 存取碼, 6 digits.
    pub can: Password,
    /// From the machine-readable zone. Without it the card knows no such password.
    pub mrz: Option<Password>,
    /// PIN1 加密區密碼: 6 digits, or 5 digits for a transport PIN.
    pub pin1: Password,
    /// Tries left for PIN1, 0 to 3.
    pub pin1_tries: u8,
    /// False if PIN1 starts deactivated.
    pub pin1_active: bool,
    /// PUK, 8 digits.
    pub puk: Password,
    /// Tries left for the PUK, 0 to 10.
    pub puk_tries: u8,
    /// PIN2 憑證密碼, 8 to 12 digits; `None` on a card without the natural-person certificate.
    pub pin2: Option<Zeroizing<Vec<u8>>>,
    /// Tries left for PIN2, 0 to 3.
    pub pin2_tries: u8,
}

/// The chip's private keys.
#[derive(Debug)]
pub struct Keys {
    /// Shared by the batch; its public half stands in EF.CardSecurity. Proves the chip in PACE-CAM.
    /// On the curve of every CAM suite.
    pub generation: EcPrivateKey,
    /// This chip's own; its public half stands in DG14. `None` where there is no ICAO application.
    pub chip_individual: Option<ChipAuthenticationKey>,
    /// For Active Authentication; its public half stands in DG15.
    pub active_authentication: Option<EcPrivateKey>,
    /// For Restricted Identification with key id 1, open to every authenticated terminal: the
    /// identifier that a revocation list of the terminal's sector names. Of this chip alone; whoever
    /// issues real cards keeps its public half with the holder's data, to revoke the card (TR-03110-3
    /// §2.8.2).
    pub revocation: Option<EcPrivateKey>,
    /// For Restricted Identification with key id 2, only for terminals with the right: a pseudonym.
    pub pseudonym: Option<EcPrivateKey>,
}

/// A key for Chip Authentication version 1, as DG14 announces it.
#[derive(Debug)]
pub struct ChipAuthenticationKey {
    /// The key id of its ChipAuthenticationPublicKeyInfo, if that has one.
    pub key_id: Option<u8>,
    /// Cipher of the secure messaging that follows.
    pub cipher: SymmetricCipher,
    /// The key itself.
    pub key: EcPrivateKey,
}

/// What the issuer chose for a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The CAN opens the ICAO application as well as the MRZ.
    pub icao_can: bool,
    /// When the holder's certificates can be read.
    pub cert_read: CertRead,
    /// What happens when PIN1 is exhausted.
    pub lockout: Lockout,
    /// The PACE protocols that EF.CardAccess announces; at most one per curve and mapping.
    pub suites: Vec<PaceSuite>,
    /// Commands and responses of extended length are understood.
    pub extended_length: bool,
    /// The state the card starts its life in.
    pub life_cycle: LifeCycle,
}

/// What has to come before a certificate of the holder is read. It has his name and serial number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CertRead {
    /// PIN2 has to be verified in the session.
    #[default]
    AfterPin2,
    /// PACE with the CAN or PIN1 is enough.
    AfterPace,
}

/// What exhausting PIN1 does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lockout {
    /// PIN1 is blocked; what the CAN opens stays open.
    #[default]
    Password,
    /// The card gives nothing personal until the PUK has unblocked PIN1 (自動鎖卡).
    Card,
}

/// Where the card is in its life (ISO/IEC 7816-4, life cycle status). Cards are made in the state
/// *operational*: what comes before happens inside [`CardImage::personalise`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LifeCycle {
    /// In use.
    #[default]
    Operational,
    /// Gives nothing personal ever again.
    Terminated,
}

/// Tries of PIN1 when none was used up.
pub const PIN1_TRIES: u8 = 3;
/// Tries of the PUK when none was used up.
pub const PUK_TRIES: u8 = 10;
/// Tries of PIN2 when none was used up.
pub const PIN2_TRIES: u8 = 3;

/// Why an image cannot become a card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PersonaliseError {
    /// A password has the wrong kind, length or characters.
    #[error("the {0} does not have the form that the card demands")]
    Password(&'static str),
    /// A number of tries above the initial one.
    #[error("the {0} cannot have that many tries")]
    Tries(&'static str),
    /// The eID application has no such group.
    #[error("the eID application has no data group {0}")]
    UnknownGroup(u8),
    /// A key for decipherment that cannot decipher, a certificate that is too long or without its key.
    #[error("the {0} does not fit")]
    Slot(&'static str),
    /// No PACE protocol at all, or two for the same curve and mapping.
    #[error("at least one PACE suite, and at most one per curve and mapping")]
    Suites,
    /// PACE-CAM over a curve on which the card has no key.
    #[error("PACE with chip authentication mapping needs the generation key on the same curve")]
    GenerationKey,
    /// The memory refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl fmt::Debug for CardImage {
    /// Shows what the card has and in which state, but no personal data and no secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardImage")
            .field("groups", &self.eid.groups.keys())
            .field("has_icao_application", &self.icao.is_some())
            .field("has_cryptographic_information", &self.cia.is_some())
            .field("pin1_tries", &self.passwords.pin1_tries)
            .field("pin1_active", &self.passwords.pin1_active)
            .field("puk_tries", &self.passwords.puk_tries)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Default for Options {
    /// PACE-GM and PACE-CAM with AES-128 over P-256; the ICAO application for the MRZ alone; PIN1
    /// blocks by itself.
    fn default() -> Self {
        let suite = |mapping| PaceSuite {
            protocol: PaceProtocol {
                mapping,
                cipher: SymmetricCipher::Aes128,
            },
            curve: Curve::P256,
        };
        Self {
            icao_can: false,
            cert_read: CertRead::AfterPin2,
            lockout: Lockout::Password,
            suites: [Mapping::Generic, Mapping::ChipAuthentication]
                .map(suite)
                .into(),
            extended_length: true,
            life_cycle: LifeCycle::Operational,
        }
    }
}

impl Passwords {
    /// Passwords in the state in which a card is handed out: every try there, PIN1 active, no PIN2.
    #[must_use]
    pub fn new(can: Password, pin1: Password, puk: Password) -> Self {
        Self {
            can,
            mrz: None,
            pin1,
            pin1_tries: PIN1_TRIES,
            pin1_active: true,
            puk,
            puk_tries: PUK_TRIES,
            pin2: None,
            pin2_tries: PIN2_TRIES,
        }
    }

    fn check(&self) -> Result<(), PersonaliseError> {
        let digits = |secret: &[u8], least: usize, most: usize| {
            (least..=most).contains(&secret.len()) && secret.iter().all(u8::is_ascii_digit)
        };
        let is = |password: &Password, id: PasswordId, least: usize, most: usize| {
            password.id() == id && digits(password.expose_secret(), least, most)
        };
        let wrong = |name| Err(PersonaliseError::Password(name));
        if !is(&self.can, PasswordId::Can, 6, 6) {
            return wrong("CAN");
        }
        if !is(
            &self.pin1,
            PasswordId::Pin,
            TRANSPORT_PIN_DIGITS,
            PIN1_DIGITS,
        ) {
            return wrong("PIN1");
        }
        if !is(&self.puk, PasswordId::Puk, 8, 8) {
            return wrong("PUK");
        }
        if self
            .mrz
            .as_ref()
            .is_some_and(|mrz| mrz.id() != PasswordId::Mrz)
        {
            return wrong("MRZ password");
        }
        if self.pin2.as_ref().is_some_and(|pin2| !is_pin2(pin2)) {
            return wrong("PIN2");
        }
        if self.pin1_tries > PIN1_TRIES {
            return Err(PersonaliseError::Tries("PIN1"));
        }
        if self.puk_tries > PUK_TRIES {
            return Err(PersonaliseError::Tries("PUK"));
        }
        if self.pin2_tries > PIN2_TRIES {
            return Err(PersonaliseError::Tries("PIN2"));
        }
        Ok(())
    }
}

/// Digits of a PIN1 that the holder chose.
pub(crate) const PIN1_DIGITS: usize = 6;
/// Digits of a transport PIN.
pub(crate) const TRANSPORT_PIN_DIGITS: usize = 5;

impl CardImage {
    /// Writes the card into a blank memory, all of it or nothing, and gives the memory back.
    ///
    /// # Errors
    /// [`PersonaliseError`] says what is wrong with the image; nothing was written then.
    /// [`StoreError::NotBlank`] if the memory already holds a card.
    pub fn personalise<M: NonVolatileMemory>(&self, memory: M) -> Result<M, PersonaliseError> {
        self.passwords.check()?;
        self.check_suites()?;
        if let Some(cia) = &self.cia {
            cia.check()?;
        }
        let contents = self.to_records()?;
        Ok(Store::format(memory, &contents)?.into_memory())
    }

    fn check_suites(&self) -> Result<(), PersonaliseError> {
        let suites = &self.options.suites;
        let same = |a: &PaceSuite, b: &PaceSuite| {
            a.curve == b.curve && a.protocol.mapping == b.protocol.mapping
        };
        let unique = |(index, suite)| {
            !suites
                .iter()
                .skip(index + 1)
                .any(|other| same(suite, other))
        };
        if suites.is_empty() || !suites.iter().enumerate().all(unique) {
            return Err(PersonaliseError::Suites);
        }
        let key_fits = |suite: &PaceSuite| {
            suite.protocol.mapping != Mapping::ChipAuthentication
                || suite.curve == self.keys.generation.curve()
        };
        if suites.iter().all(key_fits) {
            Ok(())
        } else {
            Err(PersonaliseError::GenerationKey)
        }
    }
}
