//! Makes a natural-person PKI with everything that it issues, in a folder: `cargo run -p issuer --example citizen-pki -- FOLDER`.
//!
//! Three generations of one name, a certificate of each slot and kind of key from each, some of them revoked or renewed,
//! and the lists. `scripts/lint-certificates` holds all of it against RFC 5280.

use std::path::Path;

use issuer::{
    CitizenPki, Desk, KeySlot, ListIssuer, OperatorLog, Publication, Subject, SubjectSerialNumber,
};
use pki::builder::{KeyType, PrivateKey};
use pki::{CertificationRequestInfo, ProvenKey, RevocationReason, Time};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::CryptoRng;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The card's part: a key pair, and a request that it signs.
fn card_key(curve: bool, rng: &mut dyn CryptoRng) -> Outcome<ProvenKey> {
    let key = if curve {
        PrivateKey::generate(KeyType::P256, rng)
    } else {
        PrivateKey::generate_rsa(2048, rng)?
    };
    let info = CertificationRequestInfo::new(&key.public_key()?)?;
    let signature = key.sign(info.to_be_signed(), rng)?;
    Ok(ProvenKey::from(&info.signed(key.algorithm(), &signature)?))
}

fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let folder = Path::new(&folder);
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let mut log = OperatorLog::open(&folder.join("log"), &mut rng)?;
    let mut desk = Desk {
        log: &mut log,
        now: Time::utc(2008, 1, 1, 0, 0, 0)?,
        rng: &mut rng,
    };
    let publication = Publication::at("http://citizen-pki.test/")?;
    let mut pki = CitizenPki::open_or_create(&folder.join("ca"), &publication, &mut desk)?;
    let mut number = 0;
    for (year, name) in [(2008, "王小明"), (2016, "𠮷小明"), (2024, "瓦歷斯·貝林")] {
        desk.now = Time::utc(year, 1, 1, 0, 0, 0)?;
        if year > 2008 {
            pki.begin_generation(&mut desk)?;
        }
        for curve in [false, true] {
            number += 1;
            let serial = SubjectSerialNumber::parse(&format!("{number:016}"));
            let subject = Subject::new(name, serial.ok_or("sixteen digits")?, "6789")?;
            for slot in KeySlot::ALL {
                let curve = curve && slot != KeySlot::KeyDecipherment;
                let key = card_key(curve, desk.rng)?;
                pki.issue(&subject, slot, &key, None, &mut desk)?;
            }
        }
        let persons: Vec<_> = pki
            .certificates()
            .filter(|it| it.certificate().not_before() == desk.now)
            .map(|it| it.certificate().serial_number())
            .collect();
        let (now, reasons) = (desk.now, RevocationReason::ALL);
        for (serial, reason) in persons.iter().zip(reasons.into_iter().rev()) {
            // Some reasons are not for persons.
            let _ = pki.revoke(serial, reason, now, &mut desk);
        }
        if let Some(serial) = persons.last().filter(|it| pki.revocation(it).is_none()) {
            let key = card_key(false, desk.rng)?;
            pki.renew(serial, &key, None, &mut desk)?;
        }
        let last = pki.generations().len() as u32;
        let generations = (1..=last).map(ListIssuer::Generation);
        for issuer in generations.chain([ListIssuer::Root]) {
            pki.publish_list(issuer, now.plus_days(1)?, &mut desk)?;
        }
    }
    Ok(())
}
