//! A card for the tests. Its files hold recognisable bytes, not what an issuer would put there: the
//! chip does not look into them.

use std::collections::BTreeMap;

use applet_sim::{
    CardImage, ChipAuthenticationKey, EidApplication, IcaoApplication, Keys, MasterFile, Options,
    Passwords, ReferenceData,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{Curve, EcPrivateKey, Password, SymmetricCipher, auxiliary_data::Date};

pub(crate) const CAN: &str = "123456";
pub(crate) const PIN1: &str = "246802";
pub(crate) const TRANSPORT_PIN: &str = "13579";
pub(crate) const PUK: &str = "98765432";

/// EF.GDO, which a local session opens to PIN1 alone.
pub(crate) const EF_GDO: u16 = 0x2F02;

/// Longer than a short response and than a 15-bit offset.
pub(crate) const LONG_GROUP: u8 = 12;
pub(crate) const LONG_GROUP_LENGTH: usize = 40_000;

pub(crate) fn can() -> Password {
    Password::can(CAN).unwrap()
}

pub(crate) fn pin1() -> Password {
    Password::pin(PIN1).unwrap()
}

pub(crate) fn transport_pin() -> Password {
    Password::pin(TRANSPORT_PIN).unwrap()
}

pub(crate) fn puk() -> Password {
    Password::puk(PUK).unwrap()
}

pub(crate) fn mrz() -> Password {
    Password::mrz("D1234567", "900101", "350101").unwrap()
}

/// A password of the same kind and form that is not this one.
pub(crate) fn wrong(password: &Password) -> Password {
    let mut encoded = password.expose_secret().to_vec();
    let last = encoded.last_mut().unwrap();
    *last = if *last == b'0' { b'1' } else { b'0' };
    Password::from_encoded(password.id(), &encoded).unwrap()
}

/// A file's contents: its label, then numbers.
pub(crate) fn contents(label: &str, length: usize) -> Vec<u8> {
    let label = format!("{label}:").into_bytes();
    let numbers = (0..).flat_map(|n: u32| n.to_be_bytes());
    label.into_iter().chain(numbers).take(length).collect()
}

/// Born on 12 May 2008, valid until the end of 2035, in 板橋區.
pub(crate) fn reference_data() -> ReferenceData {
    ReferenceData {
        date_of_birth: Date::parse("20080512").ok(),
        date_of_expiry: Date::parse("20351231").ok(),
        municipality_id: Some("新北市板橋區樣本里".into()),
    }
}

/// A card with both applications and every key.
pub(crate) fn image() -> CardImage {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut key = || EcPrivateKey::generate(Curve::P256, &mut rng).unwrap();
    let groups: BTreeMap<u8, Vec<u8>> = [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13]
        .map(|n| {
            (
                n,
                contents(
                    &format!("eID DG{n}"),
                    if n == LONG_GROUP {
                        LONG_GROUP_LENGTH
                    } else {
                        300 + usize::from(n)
                    },
                ),
            )
        })
        .into();
    let mut passwords = Passwords::new(can(), pin1(), puk());
    passwords.mrz = Some(mrz());
    CardImage {
        master_file: MasterFile {
            atr_info: contents("EF.ATR/INFO", 40),
            dir: contents("EF.DIR", 30),
            card_access: contents("EF.CardAccess", 200),
            card_security: contents("EF.CardSecurity", 1500),
            chip_security: Some(contents("EF.ChipSecurity", 1500)),
            gdo: contents("EF.GDO", 20),
        },
        eid: EidApplication {
            groups,
            sod: contents("eID EF.SOD", 1800),
            trust_points: None,
            reference_data: reference_data(),
        },
        icao: Some(IcaoApplication {
            com: contents("EF.COM", 30),
            sod: contents("ICAO EF.SOD", 1700),
            dg1: contents("ICAO DG1", 95),
            dg2: contents("ICAO DG2", 12_000),
            dg14: contents("ICAO DG14", 400),
            dg15: Some(contents("ICAO DG15", 100)),
        }),
        cia: None,
        passwords,
        keys: Keys {
            generation: key(),
            chip_individual: Some(ChipAuthenticationKey {
                key_id: Some(2),
                cipher: SymmetricCipher::Aes128,
                key: key(),
            }),
            active_authentication: Some(key()),
            revocation: Some(key()),
            pseudonym: Some(key()),
        },
        options: Options::default(),
    }
}
