//! Restricted Identification: the chip gives every sector another identifier, always the same one, and
//! nobody can tell that two of them belong to one chip (TR-03110-2 §3.6, TR-03110-3 A.5 and B.4).
//!
//! A sector is a public key. The chip's identifier in it is the hash of the secret that the chip's
//! private key and the sector's public key agree on. Which sectors a terminal may name stands in its
//! certificate as a hash, [`TerminalSector`]; the key itself comes with the command, with its domain
//! parameters.
//!
//! An identifier is a pseudonym: it says who somebody is to one agency. It prints nothing.
//!
//! An [`authority`] that holds the private keys of revocation and sector computes the identifier of a
//! lost card without the card.
//!
//! ```
//! use iso7816::{ResponseApdu, StatusWord};
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! use secure_channel::{
//!     Curve, EcPrivateKey, Error, Hash,
//!     restricted_identification::{
//!         RestrictedIdentificationProtocol, Sector, TerminalSector, authority, chip, terminal,
//!     },
//! };
//!
//! let mut numbers = ChaCha20Rng::seed_from_u64(1);
//! let protocol = RestrictedIdentificationProtocol::EcdhSha256;
//! let mut key = || EcPrivateKey::generate(Curve::P256, &mut numbers);
//! let (chip_key, revocation_key, sector_key) = (key()?, key()?, key()?);
//! let sector = authority::sector_public_key(protocol, &sector_key, &revocation_key.public_key()?)?;
//! // The certification authority puts the hash into the terminal's certificate.
//! let permitted = TerminalSector { hash: Hash::Sha256, first: Some(sector.digest(Hash::Sha256)), second: None };
//!
//! let (state, command) = terminal::start(protocol, Sector::First, &sector);
//! let answer = chip::identify(protocol, &chip_key, &permitted, command.data())?;
//! let identifier = state.finish(&ResponseApdu::new(answer, StatusWord::OK))?;
//!
//! // The card is lost. The authorities know its public key.
//! let transformed = authority::revoke(&revocation_key, &chip_key.public_key()?)?;
//! let revoked = authority::sector_identifier(protocol, &sector_key, &transformed)?;
//! assert_eq!(revoked, identifier);
//! # Ok::<(), Error>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use iso7816::tlv::{self, Tag, TlvReader};
use subtle::ConstantTimeEq;

use crate::{Curve, EcPrivateKey, EcPublicKey, Error, Hash};

pub mod authority;
pub mod chip;
pub mod terminal;

const PUBLIC_KEY: Tag = Tag(0x7F49);
const OBJECT_IDENTIFIER: Tag = Tag(0x06);
const PUBLIC_POINT: Tag = Tag(0x86);
const COFACTOR: Tag = Tag(0x87);

/// A Restricted Identification protocol over elliptic curves, `id-RI-ECDH-SHA-…` (TR-03110-3
/// table 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RestrictedIdentificationProtocol {
    /// `id-RI-ECDH-SHA-256`.
    EcdhSha256,
    /// `id-RI-ECDH-SHA-384`.
    EcdhSha384,
    /// `id-RI-ECDH-SHA-512`.
    EcdhSha512,
}

impl RestrictedIdentificationProtocol {
    /// Every protocol this crate knows.
    pub const ALL: [Self; 3] = [Self::EcdhSha256, Self::EcdhSha384, Self::EcdhSha512];

    /// The value of the protocol's object identifier, 0.4.0.127.0.7.2.2.5.2 and the hash's arc.
    #[must_use]
    pub const fn oid(self) -> [u8; 10] {
        let hash = match self {
            Self::EcdhSha256 => 3,
            Self::EcdhSha384 => 4,
            Self::EcdhSha512 => 5,
        };
        [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x05, 0x02, hash]
    }

    /// The protocol with this object identifier value, if it is one we support.
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.oid() == oid)
    }

    /// The hash function of the identifier.
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self {
            Self::EcdhSha256 => Hash::Sha256,
            Self::EcdhSha384 => Hash::Sha384,
            Self::EcdhSha512 => Hash::Sha512,
        }
    }

    /// H(KA(private, public)): the hash of the x-coordinate (TR-03110-3 A.5.4).
    fn identifier(
        self,
        private: &EcPrivateKey,
        public: &EcPublicKey,
    ) -> Result<SectorIdentifier, Error> {
        let secret = private.agree(public)?;
        Ok(SectorIdentifier(self.hash().digest(&[&secret])))
    }
}

/// Which of the two sectors that a terminal can have.
///
/// The second one serves a terminal that moves from one sector to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sector {
    /// Sector public key A0, identifier 81.
    First,
    /// Sector public key A2, identifier 83.
    Second,
}

impl Sector {
    const fn public_key_tag(self) -> Tag {
        match self {
            Self::First => Tag(0xA0),
            Self::Second => Tag(0xA2),
        }
    }

    const fn identifier_tag(self) -> Tag {
        match self {
            Self::First => Tag(0x81),
            Self::Second => Tag(0x83),
        }
    }
}

/// A sector's public key with its domain parameters (TR-03110-3 A.2.1.4 and B.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectorPublicKey {
    protocol: RestrictedIdentificationProtocol,
    key: EcPublicKey,
    /// The objects as they came, since their hash is in certificates.
    content: Vec<u8>,
}

impl SectorPublicKey {
    /// The data object for a key, with the cofactor.
    ///
    /// # Errors
    /// None in practice.
    pub fn new(
        protocol: RestrictedIdentificationProtocol,
        key: EcPublicKey,
    ) -> Result<Self, Error> {
        let mut content = tlv::encode(OBJECT_IDENTIFIER, &protocol.oid());
        content.extend_from_slice(&key.curve().domain_objects()?);
        tlv::push(&mut content, PUBLIC_POINT, key.as_uncompressed());
        tlv::push(&mut content, COFACTOR, &[1]);
        Ok(Self {
            protocol,
            key,
            content,
        })
    }

    /// Reads a public key data object, DO 7F49.
    ///
    /// # Errors
    /// As for the key in a command: [`Error::Malformed`] for a structure, protocol or domain
    /// parameters other than those of our curves, [`Error::InvalidPoint`].
    pub fn parse(object: &[u8]) -> Result<Self, Error> {
        let mut reader = TlvReader::new(object).strict();
        let content = reader.expect(PUBLIC_KEY).map_err(|_| MALFORMED)?.value;
        reader.finish().map_err(|_| MALFORMED)?;
        Self::from_content(content)
    }

    /// The order of the objects is fixed (TR-03110-3 D.3.3); the cofactor may be left out.
    fn from_content(content: &[u8]) -> Result<Self, Error> {
        let mut reader = TlvReader::new(content).strict();
        let oid = reader.expect(OBJECT_IDENTIFIER).map_err(|_| MALFORMED)?;
        let protocol = RestrictedIdentificationProtocol::from_oid(oid.value).ok_or(MALFORMED)?;
        let after_oid = content.get(oid.end()..).ok_or(MALFORMED)?;
        for curve in Curve::ALL {
            let Some(rest) = after_oid.strip_prefix(curve.domain_objects()?.as_slice()) else {
                continue;
            };
            let mut reader = TlvReader::new(rest).strict();
            let point = reader.expect(PUBLIC_POINT).map_err(|_| MALFORMED)?.value;
            let cofactor = reader.optional(COFACTOR).map_err(|_| MALFORMED)?;
            reader.finish().map_err(|_| MALFORMED)?;
            if cofactor.is_some_and(|cofactor| cofactor.value != [1]) {
                return Err(MALFORMED);
            }
            return Ok(Self {
                protocol,
                key: EcPublicKey::from_uncompressed(curve, point)?,
                content: content.to_vec(),
            });
        }
        Err(Error::Malformed("domain parameters of no known curve"))
    }

    /// The protocol that the data object names.
    #[must_use]
    pub const fn protocol(&self) -> RestrictedIdentificationProtocol {
        self.protocol
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &EcPublicKey {
        &self.key
    }

    /// The public key data object, DO 7F49, as it is hashed.
    #[must_use]
    pub fn to_data_object(&self) -> Vec<u8> {
        tlv::encode(PUBLIC_KEY, &self.content)
    }

    /// The hash that goes into the terminal's certificate (TR-03110-3 C.3.2.1). `hash` is the hash
    /// function with which that certificate is signed.
    #[must_use]
    pub fn digest(&self, hash: Hash) -> Vec<u8> {
        hash.digest(&[&self.to_data_object()])
    }
}

const MALFORMED: Error = Error::Malformed("the sector public key's data object");

/// The extension `id-sector` of a terminal's certificate (TR-03110-3 C.3.2.1): the hashes of the
/// sector public keys that the terminal may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalSector {
    /// The hash function with which the certificate is signed.
    pub hash: Hash,
    /// DO 80, the hash of the first sector public key.
    pub first: Option<Vec<u8>>,
    /// DO 81, the hash of the second.
    pub second: Option<Vec<u8>>,
}

impl TerminalSector {
    /// Whether the certificate grants this sector under this key.
    #[must_use]
    pub fn permits(&self, sector: Sector, key: &SectorPublicKey) -> bool {
        let granted = match sector {
            Sector::First => &self.first,
            Sector::Second => &self.second,
        };
        granted
            .as_deref()
            .is_some_and(|granted| bool::from(granted.ct_eq(&key.digest(self.hash))))
    }
}

/// The chip's identifier in a sector: a pseudonym.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SectorIdentifier(Vec<u8>);

impl SectorIdentifier {
    /// An identifier from a list.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] unless it has the length of the protocol's hash.
    pub fn from_bytes(
        protocol: RestrictedIdentificationProtocol,
        bytes: &[u8],
    ) -> Result<Self, Error> {
        if bytes.len() == protocol.hash().size() {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(Error::InvalidInput("the sector identifier's length"))
        }
    }

    /// The identifier itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SectorIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SectorIdentifier(..)")
    }
}
