//! A chip whose files can be told apart by seven bytes of any of them: what the
//! chip lets out is compared with what the session may see.

use std::sync::OnceLock;

use crate::cards::authorities::{Party, Rights};
use applet_sim::{
    CardImage, Chip, ChipAuthenticationKey, CryptographicInformationApplication, EidApplication,
    Environment, HolderKey, HolderSlot, IcaoApplication, KeyKind, Keys, MasterFile, MemoryStore,
    NoDelay, Options, Passwords, ReferenceData,
};
use cvc::Right;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use secure_channel::auxiliary_data::{AuxiliaryData, Date};
use secure_channel::{Curve, EcPrivateKey, EcPublicKey, Password, PasswordId, SymmetricCipher};

/// Tries of PIN1 and PUK at first: below the initial ones, so that a counter
/// that rises is seen.
pub const PIN_TRIES: u8 = 2;
/// PIN1 at first.
pub const PIN1: &str = "246802";
/// See [`PIN_TRIES`].
pub const PUK_TRIES: u8 = 9;

/// Which password opened a session, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The password.
    pub by: PasswordId,
    /// What the terminal has shown of itself.
    pub terminal: Terminal,
}

/// The state of a terminal that has the rights of [`agency`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// None: the session is local.
    Nobody,
    /// A CHAT in PACE, and perhaps certificates and a signature.
    Announced,
    /// The chip has proven itself to it, too.
    Authenticated,
}

/// What an agency's certificate grants to its terminal, and what the holder confirms of it: groups 4 and 13 are in both.
pub fn agency() -> [Rights; 2] {
    [[4, 11, 13], [3, 4, 13]].map(|groups| Rights {
        may: groups
            .map(Right::ReadGroup)
            .into_iter()
            .chain([Right::CanAllowed])
            .collect(),
        ..Rights::default()
    })
}

/// The files behind PACE, and what is in no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// EF.CardSecurity.
    CardSecurity,
    /// EF.ChipSecurity.
    ChipSecurity,
    /// EF.GDO.
    Gdo,
    /// EF.SOD of the eID application.
    EidSod,
    /// A group of the eID application.
    EidGroup(u8),
    /// A file of the ICAO application, by the second byte of its identifier.
    Icao(u8),
    /// What auxiliary data are compared with.
    ReferenceData,
    /// A certificate of the holder, by the reference of its key.
    Certificate(u8),
}

/// The groups of the eID application.
pub const GROUPS: [u8; 11] = [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13];
/// The slots of the natural-person certificate application that have a key.
const CERTIFICATES: [u8; 2] = [0x81, 0x82];
const ICAO_FILES: [u8; 6] = [0x1E, 0x1D, 0x01, 0x02, 0x0E, 0x0F];

impl Secret {
    fn all() -> impl Iterator<Item = Self> {
        [
            Self::CardSecurity,
            Self::ChipSecurity,
            Self::Gdo,
            Self::EidSod,
            Self::ReferenceData,
        ]
        .into_iter()
        .chain(GROUPS.map(Self::EidGroup))
        .chain(ICAO_FILES.map(Self::Icao))
        .chain(CERTIFICATES.map(Self::Certificate))
    }

    /// Whether docs/chip-profile.md lets this session see this file. The table is written down a second time here, on
    /// purpose.
    pub fn may_be_seen_by(self, opened: Opened) -> bool {
        let Opened { by, terminal } = opened;
        let local = terminal == Terminal::Nobody;
        let holder = local && matches!(by, PasswordId::Can | PasswordId::Pin);
        let agency = terminal == Terminal::Authenticated;
        match self {
            Self::CardSecurity => true,
            Self::ChipSecurity | Self::ReferenceData => false,
            Self::Gdo => local && by == PasswordId::Pin,
            Self::EidSod => holder || agency,
            Self::EidGroup(13) => holder || agency,
            // The holder alone never opens the protected zone.
            Self::EidGroup(4) => agency,
            Self::EidGroup(2 | 11..) => holder,
            Self::EidGroup(_) => false,
            Self::Icao(_) => local && by == PasswordId::Mrz,
            // PIN2 comes first, and nobody here knows it.
            Self::Certificate(_) => false,
        }
    }

    fn marker(self) -> [u8; 8] {
        let (kind, number) = match self {
            Self::CardSecurity => (0x1D, 0x01),
            Self::ChipSecurity => (0x1B, 0x01),
            Self::Gdo => (0x02, 0x2F),
            Self::EidSod => (0xE1, 0x1D),
            Self::EidGroup(number) => (0xED, number),
            Self::Icao(number) => (0x1C, number),
            Self::ReferenceData => (0xAD, 0x05),
            Self::Certificate(number) => (0xCE, number),
        };
        [0xA5, kind, !number, 0x5A, 0xC3, number, !kind, 0x3C]
    }

    /// The file: its marker over and over.
    fn contents(self) -> Vec<u8> {
        let length = if self == Self::EidGroup(5) {
            4_000
        } else {
            300
        };
        self.marker().into_iter().cycle().take(length).collect()
    }

    /// The files of which at least seven bytes are in `bytes`.
    pub fn found_in(bytes: &[u8]) -> Vec<Self> {
        let all = Self::all();
        all.filter(|secret| {
            let mut marker = secret.marker();
            (0..8).any(|_| {
                marker.rotate_left(1);
                bytes.windows(7).any(|window| window == &marker[..7])
            })
        })
        .collect()
    }
}

/// The right password.
pub fn password(id: PasswordId) -> Password {
    let password = match id {
        PasswordId::Mrz => Password::mrz("D1234567", "900101", "350101"),
        PasswordId::Can => Password::can("123456"),
        PasswordId::Pin => Password::pin(PIN1),
        PasswordId::Puk => Password::puk("98765432"),
    };
    password.expect("a password of the right form")
}

/// A wrong one of the same form.
pub fn wrong_password(id: PasswordId) -> Password {
    let password = match id {
        PasswordId::Mrz => Password::mrz("D1234567", "900101", "350102"),
        PasswordId::Can => Password::can("123457"),
        PasswordId::Pin => Password::pin("246803"),
        PasswordId::Puk => Password::puk("98765433"),
    };
    password.expect("a password of the right form")
}

/// An age, a validity and a place: the card's answer to all of them is yes, or no.
pub fn questions(yes: bool) -> AuxiliaryData {
    let date = |digits| Date::parse(digits).expect("a date");
    let place = Secret::ReferenceData.contents();
    let asked = match yes {
        true => AuxiliaryData::builder()
            .date_of_birth(date("20080101"))
            .date_of_expiry(date("20260301"))
            .municipality_id(&place[..10]),
        false => AuxiliaryData::builder()
            .date_of_birth(date("19891231"))
            .date_of_expiry(date("20350102"))
            .municipality_id(&place[1..10]),
    };
    asked.build().expect("auxiliary data")
}

/// The public half of the key that proves the chip in PACE-CAM.
pub fn generation_key() -> EcPublicKey {
    key(1).public_key().expect("a public key")
}

fn key(number: u8) -> EcPrivateKey {
    EcPrivateKey::from_bytes(Curve::P256, &[number; 32]).expect("a scalar in range")
}

fn holder_slot(number: u8) -> HolderSlot {
    let mut rng = ChaCha20Rng::seed_from_u64(number.into());
    HolderSlot {
        key: HolderKey::generate(KeyKind::P256, &mut rng).ok(),
        certificate: Some(Secret::Certificate(number).contents()),
    }
}

fn image() -> CardImage {
    let public = |label: &str| label.as_bytes().repeat(9);
    let mut passwords = Passwords::new(
        password(PasswordId::Can),
        password(PasswordId::Pin),
        password(PasswordId::Puk),
    );
    passwords.mrz = Some(password(PasswordId::Mrz));
    passwords.pin1_tries = PIN_TRIES;
    passwords.puk_tries = PUK_TRIES;
    passwords.pin2 = Some(b"138613861386".to_vec().into());
    let icao = |number| Secret::Icao(number).contents();
    CardImage {
        master_file: MasterFile {
            atr_info: public("EF.ATR/INFO"),
            dir: public("EF.DIR"),
            card_access: public("EF.CardAccess"),
            card_security: Secret::CardSecurity.contents(),
            chip_security: Some(Secret::ChipSecurity.contents()),
            gdo: Secret::Gdo.contents(),
        },
        eid: EidApplication {
            groups: GROUPS
                .map(|number| (number, Secret::EidGroup(number).contents()))
                .into(),
            sod: Secret::EidSod.contents(),
            trust_points: Some(Party::Ministry.trust_points()),
            reference_data: ReferenceData {
                date_of_birth: Date::parse("19900101").ok(),
                date_of_expiry: Date::parse("20350101").ok(),
                municipality_id: Some(Secret::ReferenceData.contents()),
            },
        },
        icao: Some(IcaoApplication {
            com: icao(0x1E),
            sod: icao(0x1D),
            dg1: icao(0x01),
            dg2: icao(0x02),
            dg14: icao(0x0E),
            dg15: Some(icao(0x0F)),
        }),
        cia: Some(CryptographicInformationApplication {
            signature: holder_slot(0x81),
            authentication: holder_slot(0x82),
            ..CryptographicInformationApplication::default()
        }),
        passwords,
        keys: Keys {
            generation: key(1),
            chip_individual: Some(ChipAuthenticationKey {
                key_id: None,
                cipher: SymmetricCipher::Aes128,
                key: key(2),
            }),
            active_authentication: Some(key(3)),
            revocation: Some(key(4)),
            pseudonym: Some(key(5)),
        },
        options: Options::default(),
    }
}

/// A fresh chip, the same at every call, random numbers included.
pub fn chip() -> Chip<MemoryStore> {
    static MEMORY: OnceLock<MemoryStore> = OnceLock::new();
    let memory = MEMORY.get_or_init(|| {
        let memory = MemoryStore::new(64 * 1024);
        image().personalise(memory).expect("an image that fits")
    });
    let environment = Environment {
        rng: Box::new(ChaCha20Rng::seed_from_u64(14443)),
        delay: Box::new(NoDelay),
    };
    Chip::open(memory.clone(), environment).expect("a card that was just made")
}
