//! A ministry's CVCA, document verifiers and a terminal, and others that only claim to be: who may sign for whom is for the
//! card to say, here anybody signs for anybody.

use std::collections::BTreeSet;
use std::fmt;

use cvc::{
    CertificateBody, CertificateHolderReference, Chat, CurrentDate, CvCertificate, Date, Extension,
    ExtensionHash, Extensions, Field, PublicKey, Right, Role, SignatureAlgorithm, SigningKey,
    TerminalType, TrustPoint, TrustPoints, group_update,
};
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, SectorPublicKey,
};
use secure_channel::{Curve, EcPrivateKey, Hash};

use super::rng;

/// Somebody with a name and a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// The CVCA that the card knows.
    Ministry,
    /// Its next key, to which a link certificate leads.
    NextMinistry,
    /// Another CVCA under the ministry's name.
    Impostor,
    /// A document verifier with every right.
    Verifier,
    /// One that may not read groups 3 to 9.
    NarrowVerifier,
    /// Another one under the name of the first.
    ImpostorVerifier,
    /// The agency's terminal.
    Terminal,
}

impl Party {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ministry,
        Self::NextMinistry,
        Self::Impostor,
        Self::Verifier,
        Self::NarrowVerifier,
        Self::ImpostorVerifier,
        Self::Terminal,
    ];

    /// What its certificates say it is.
    pub const fn role(self) -> Role {
        match self {
            Self::Ministry | Self::NextMinistry | Self::Impostor => Role::Cvca,
            Self::Verifier | Self::NarrowVerifier | Self::ImpostorVerifier => Role::DvDomestic,
            Self::Terminal => Role::Terminal,
        }
    }

    /// Its name, which need not be its alone.
    pub fn name(self) -> CertificateHolderReference {
        let name = match self {
            Self::Ministry | Self::Impostor => "TWMOICVCA00001",
            Self::NextMinistry => "TWMOICVCA00002",
            Self::Verifier | Self::ImpostorVerifier => "TWTESTDV00001",
            Self::NarrowVerifier => "TWTESTDV00002",
            Self::Terminal => "TWAGENCY00001",
        };
        name.parse().expect("a name")
    }

    /// Its key, which is its alone.
    pub fn key(self) -> SigningKey {
        let key = EcPrivateKey::from_bytes(Curve::P256, &[0x60 + self as u8; 32]);
        SigningKey::new(SignatureAlgorithm::EcdsaSha256, key.expect("a scalar")).expect("a key")
    }

    /// What its own certificate grants; a terminal's is up to whoever certifies it.
    pub fn rights(self) -> Rights {
        let mut rights = Rights::all();
        if self == Self::NarrowVerifier {
            rights
                .may
                .retain(|right| !matches!(right, Right::ReadGroup(3..=9)));
        }
        rights
    }

    /// A card that knows this CVCA alone, on the first of January 2026.
    pub fn trust_points(self) -> TrustPoints {
        let own = Certified {
            issuer: self,
            holder: self,
            rights: Rights::default(),
            expired: false,
        };
        let root = own.certificate();
        let point = TrustPoint::from_self_signed(&root).expect("a trust-point");
        let date = CurrentDate::Approximated(day(2026, 1, 1));
        TrustPoints::new(date, [point]).expect("trust-points")
    }
}

/// What a certificate grants or a holder confirms.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// Bits of the CHAT.
    pub may: BTreeSet<Right>,
    /// Groups that may be replaced.
    pub updates: BTreeSet<u8>,
}

impl Rights {
    /// Every right of an authentication terminal.
    pub fn all() -> Self {
        Self {
            may: Right::all(TerminalType::AuthenticationTerminal).collect(),
            updates: (1..=22).collect(),
        }
    }

    /// What both grant.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            may: self.may.intersection(&other.may).copied().collect(),
            updates: self.updates.intersection(&other.updates).copied().collect(),
        }
    }

    /// As a CHAT of this role.
    pub fn chat(&self, role: Role) -> Chat {
        let none = Chat::new(TerminalType::AuthenticationTerminal, role);
        self.may.iter().copied().fold(none, Chat::with)
    }

    /// The authorisation extension.
    pub fn extensions(&self) -> Extensions {
        self.extensions_and(None)
    }

    fn extensions_and(&self, more: impl IntoIterator<Item = Extension>) -> Extensions {
        let updates = self.updates.iter().copied();
        let updates = (!self.updates.is_empty()).then(|| group_update(updates));
        Extensions::new(updates.into_iter().chain(more)).expect("extensions")
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::all() {
            return f.write_str("everything");
        }
        f.write_str("[")?;
        for right in &self.may {
            match right {
                Right::ReadGroup(group) => write!(f, "DG{group} ")?,
                right => write!(f, "{right:?} ")?,
            }
        }
        write!(f, "update {:?}]", self.updates)
    }
}

/// A certificate: who signs what for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// Whose key signs.
    pub issuer: Party,
    /// Whose key is certified.
    pub holder: Party,
    /// What a terminal is granted.
    pub rights: Rights,
    /// It was over before the card was made.
    pub expired: bool,
}

impl Certified {
    /// What the certificate grants to its holder.
    pub fn granted(&self) -> Rights {
        match self.holder.role() {
            Role::Terminal => self.rights.clone(),
            _ => self.holder.rights(),
        }
    }

    /// The certificate, always the same for the same statement.
    pub fn certificate(&self) -> CvCertificate {
        let (key, granted) = (self.holder.key(), self.granted());
        let role = self.holder.role();
        let (effective, expiration) = match (self.expired, role) {
            (true, _) => (day(2025, 6, 1), day(2025, 12, 31)),
            (false, Role::Cvca) => (day(2026, 1, 1), day(2029, 1, 1)),
            (false, Role::Terminal) => (day(2026, 3, 1), day(2026, 4, 1)),
            (false, _) => (day(2026, 2, 1), day(2026, 12, 1)),
        };
        let body = CertificateBody {
            authority: self.issuer.name().into(),
            public_key: match role {
                Role::Cvca => PublicKey::explicit(key.verifying_key()),
                _ => PublicKey::inheriting(key.verifying_key()),
            },
            holder: self.holder.name(),
            chat: granted.chat(role),
            effective,
            expiration,
            extensions: match role {
                Role::Terminal => granted.extensions_and(in_sector()),
                _ => granted.extensions(),
            },
        };
        body.signed(&self.issuer.key(), &mut rng(103))
            .expect("a certificate")
    }
}

/// The sector of the terminal.
pub fn sector() -> SectorPublicKey {
    sector_of(0x70)
}

/// One that its certificates do not name.
pub fn other_sector() -> SectorPublicKey {
    sector_of(0x71)
}

fn sector_of(scalar: u8) -> SectorPublicKey {
    let key = EcPrivateKey::from_bytes(Curve::P256, &[scalar; 32]);
    let key = key.and_then(|key| key.public_key()).expect("a key");
    let protocol = RestrictedIdentificationProtocol::EcdhSha256;
    SectorPublicKey::new(protocol, key).expect("a sector")
}

fn in_sector() -> Option<Extension> {
    let hash = ExtensionHash::new(Field::TerminalSector, &sector().digest(Hash::Sha256));
    Some(Extension::TerminalSector {
        first: Some(hash.expect("a hash")),
        second: None,
    })
}

fn day(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).expect("a date")
}
