//! Sectors of Restricted Identification, and the lists of pseudonyms that are revoked in each.
//!
//! The ministry plays both authorities of TR-03110-3 §2.8: it holds the key for revocation, and each sector's private key.
//! Whoever has both computes from a lost card's public key what the card would answer in a sector, without the card.

use std::fs;
use std::path::{Path, PathBuf};

use cvc::{Extension, ExtensionHash, Field};
use pki::builder::RevocationListBuilder;
use pki::builder::{
    CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey,
};
use pki::{Certificate, RevocationList, RevocationReason, SerialNumber, Time};
use rand_core::CryptoRng;
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, SectorIdentifier, SectorPublicKey, authority,
};
use secure_channel::{Curve, EcPrivateKey, EcPublicKey, Hash};

use crate::agency_pki::{expose_signing_key_pem, signing_key_from_pem};
use crate::error::Error;
use crate::test_pki::directory::{
    make_directory, read_secret, read_text, write_public, write_secret,
};

const PROTOCOL: RestrictedIdentificationProtocol = RestrictedIdentificationProtocol::EcdhSha256;
const REVOCATION_KEY: &str = "revocation.key.pem";
const SECTOR_KEY: &str = ".sector.key.pem";
const LIST_KEY: &str = ".list.key.pem";
const LIST_CERTIFICATE: &str = ".list.pem";
/// How much of an identifier stands in a list, in bytes: what fits into a serial number of RFC 5280 as a positive number.
const LISTED: usize = 19;

/// The sectors that are kept in a directory.
///
/// Each has a key of its own that signs its list: an agency trusts that key alone for its sector, so that the list of another
/// sector, in which none of its pseudonyms stands, cannot be put in the place of its own.
#[derive(Debug)]
pub struct Sectors {
    directory: PathBuf,
    revocation: EcPrivateKey,
}

impl Sectors {
    /// The sectors of `directory`, with a key for revocation that is made if there is none.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::AgencyKey`].
    pub fn open(directory: &Path, rng: &mut dyn CryptoRng) -> Result<Self, Error> {
        make_directory(directory)?;
        Ok(Self {
            revocation: load_or_create(&directory.join(REVOCATION_KEY), rng)?,
            directory: directory.to_owned(),
        })
    }

    /// The names of all sectors, in order.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let io = |source| Error::Io {
            path: self.directory.clone(),
            source,
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            let name = name
                .to_str()
                .and_then(|name| name.strip_suffix(LIST_CERTIFICATE));
            names.extend(name.map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// The public key of a sector, which is made if there is none of this name: what its terminals send to a card. The name
    /// is a mnemonic of the agency PKI.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::AgencyKey`].
    pub fn enter(&self, name: &str, rng: &mut dyn CryptoRng) -> Result<SectorPublicKey, Error> {
        let key = load_or_create(&self.path(name, SECTOR_KEY), rng)?;
        let certificate = self.path(name, LIST_CERTIFICATE);
        if !certificate.exists() {
            let key = PrivateKey::generate(KeyType::P256, rng);
            let subject = DistinguishedName::new("TW", &format!("New eID Test Sector {name}"))?;
            let own = CertificateBuilder::new(CertificateProfile::CountrySigningCa, subject)
                .validity(
                    Time::utc(2015, 1, 1, 0, 0, 0)?,
                    Time::utc(2049, 12, 31, 23, 59, 59)?,
                )
                .test_anchor()
                .self_sign(&key, rng)?;
            write_secret(
                &self.path(name, LIST_KEY),
                key.expose_pkcs8_pem()?.as_bytes(),
            )?;
            write_public(&certificate, own.to_pem()?.as_bytes())?;
        }
        Ok(authority::sector_public_key(
            PROTOCOL,
            &key,
            &self.revocation.public_key()?,
        )?)
    }

    /// The extension by which a terminal's certificate allows this sector (TR-03110-3 C.3.2.1).
    ///
    /// # Errors
    /// None in practice.
    pub fn extension(key: &SectorPublicKey) -> Result<Extension, Error> {
        let hash = ExtensionHash::new(Field::TerminalSector, &key.digest(Hash::Sha256))?;
        Ok(Extension::TerminalSector {
            first: Some(hash),
            second: None,
        })
    }

    /// What a card with this public key for revocation answers in a sector.
    ///
    /// # Errors
    /// [`Error::Io`] for a sector that is not there, [`Error::SecureChannel`].
    pub fn identifier(&self, name: &str, card: &EcPublicKey) -> Result<SectorIdentifier, Error> {
        let sector = load(&self.path(name, SECTOR_KEY))?;
        let transformed = authority::revoke(&self.revocation, card)?;
        Ok(authority::sector_identifier(
            PROTOCOL,
            &sector,
            &transformed,
        )?)
    }

    /// The list of a sector: what these cards answer in it, in the form of a revocation list that the sector's own key
    /// signs. An entry is the positive integer of the first nineteen bytes of an identifier.
    ///
    /// # Errors
    /// As [`Sectors::identifier`].
    pub fn list<'a>(
        &self,
        name: &str,
        cards: impl IntoIterator<Item = &'a EcPublicKey>,
        number: u64,
        (this_update, next_update): (Time, Time),
        rng: &mut dyn CryptoRng,
    ) -> Result<RevocationList, Error> {
        let mut list = RevocationListBuilder::new(number, this_update, next_update);
        for card in cards {
            let identifier = self.identifier(name, card)?;
            // Why a card is listed is no agency's business in which somebody has a pseudonym.
            let reason = RevocationReason::Unspecified;
            list = list.revoke(entry(&identifier), this_update, reason);
        }
        let key = PrivateKey::from_pkcs8_pem(&read_secret(&self.path(name, LIST_KEY))?)?;
        Ok(list.sign(&self.certificate(name)?, &key, rng)?)
    }

    /// The anchor for a sector's list.
    ///
    /// # Errors
    /// [`Error::Io`] for a sector that is not there.
    pub fn certificate(&self, name: &str) -> Result<Certificate, Error> {
        let text = read_text(&self.path(name, LIST_CERTIFICATE))?;
        Ok(Certificate::from_pem(&text)?)
    }

    fn path(&self, name: &str, ending: &str) -> PathBuf {
        self.directory.join(format!("{name}{ending}"))
    }
}

/// How a pseudonym stands in its sector's list.
fn entry(identifier: &SectorIdentifier) -> SerialNumber {
    let bytes = identifier.as_bytes();
    SerialNumber::from_be_bytes(bytes.get(..LISTED).unwrap_or(bytes))
}

fn load(path: &Path) -> Result<EcPrivateKey, Error> {
    let key = signing_key_from_pem(&read_secret(path)?)?;
    Ok(EcPrivateKey::from_bytes(
        Curve::P256,
        key.private_key().expose_secret(),
    )?)
}

fn load_or_create(path: &Path, rng: &mut dyn CryptoRng) -> Result<EcPrivateKey, Error> {
    if !path.exists() {
        let key = EcPrivateKey::generate(Curve::P256, rng)?;
        let key = cvc::SigningKey::new(cvc::SignatureAlgorithm::EcdsaSha256, key)?;
        write_secret(path, expose_signing_key_pem(&key)?.as_bytes())?;
    }
    load(path)
}
