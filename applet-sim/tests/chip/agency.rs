//! A ministry, a document verifier and an agency, and what each of them signs.

use cvc::{
    CertificateBody, CertificateHolderReference, Chat, CurrentDate, CvCertificate, Date, Extension,
    ExtensionHash, Extensions, Field, PublicKey, Right, Role, SignatureAlgorithm, SigningKey,
    TerminalType, TrustPoint, TrustPoints, group_update,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{Curve, EcPrivateKey};

/// Somebody with a key and a certificate.
pub(crate) struct Authority {
    pub(crate) key: SigningKey,
    pub(crate) certificate: CvCertificate,
}

/// What a certificate says beside its key.
#[derive(Clone, Copy)]
pub(crate) struct Says {
    pub(crate) name: &'static [u8],
    pub(crate) chat: Chat,
    pub(crate) from: Date,
    pub(crate) until: Date,
}

pub(crate) fn day(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).unwrap()
}

/// Every right of an authentication terminal, in this role.
pub(crate) fn everything(role: Role) -> Chat {
    Chat::all(TerminalType::AuthenticationTerminal, role)
}

/// A terminal's CHAT with these rights.
pub(crate) fn only(rights: &[Right]) -> Chat {
    let none = Chat::new(TerminalType::AuthenticationTerminal, Role::Terminal);
    rights.iter().fold(none, |chat, right| chat.with(*right))
}

pub(crate) fn key(seed: u64) -> SigningKey {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let private = EcPrivateKey::generate(Curve::P256, &mut rng).unwrap();
    SigningKey::new(SignatureAlgorithm::EcdsaSha256, private).unwrap()
}

/// The ministry's CVCA.
pub(crate) fn ministry() -> Authority {
    ministry_for(TerminalType::AuthenticationTerminal)
}

/// The ministry's CVCA for this type of terminal.
pub(crate) fn ministry_for(terminals: TerminalType) -> Authority {
    let key = key(100);
    let says = Says {
        name: b"TWMOICVCA00001",
        chat: Chat::all(terminals, Role::Cvca),
        from: day(2026, 1, 1),
        until: day(2029, 1, 1),
    };
    let public = PublicKey::explicit(key.verifying_key());
    let certificate = signed(&says, public, says.name, &key, updating(EVERY_UPDATE));
    Authority { key, certificate }
}

/// What those above the terminals may let them replace.
const EVERY_UPDATE: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

/// The extension with the right to replace these groups.
fn updating(groups: &[u8]) -> Extensions {
    let extension = (!groups.is_empty()).then(|| group_update(groups.iter().copied()));
    Extensions::new(extension).unwrap()
}

/// The extension with the hashes of a terminal's sectors.
pub(crate) fn sectors(hashes: [Option<&[u8]>; 2]) -> Extensions {
    let hash = |hash: &[u8]| ExtensionHash::new(Field::TerminalSector, hash).unwrap();
    let [first, second] = hashes.map(|it| it.map(hash));
    Extensions::new([Extension::TerminalSector { first, second }]).unwrap()
}

fn signed(
    says: &Says,
    public_key: PublicKey,
    by: &[u8],
    key: &SigningKey,
    extensions: Extensions,
) -> CvCertificate {
    let body = CertificateBody {
        authority: CertificateHolderReference::parse(by).unwrap().into(),
        public_key,
        holder: CertificateHolderReference::parse(says.name).unwrap(),
        chat: says.chat,
        effective: says.from,
        expiration: says.until,
        extensions,
    };
    body.signed(key, &mut ChaCha20Rng::seed_from_u64(101))
        .unwrap()
}

impl Authority {
    /// Certifies somebody's key. Who is no terminal may let terminals replace every group.
    pub(crate) fn certify(&self, says: &Says, seed: u64) -> Self {
        let updates = match says.chat.role() {
            Role::Terminal => &[],
            _ => EVERY_UPDATE,
        };
        self.certify_to_update(says, seed, updates)
    }

    /// Certifies somebody's key, with the right to replace these groups.
    pub(crate) fn certify_to_update(&self, says: &Says, seed: u64, updates: &[u8]) -> Self {
        self.certify_with(says, seed, updating(updates))
    }

    fn certify_with(&self, says: &Says, seed: u64, extensions: Extensions) -> Self {
        let key = key(seed);
        let public = if says.chat.role() == Role::Cvca {
            PublicKey::explicit(key.verifying_key())
        } else {
            PublicKey::inheriting(key.verifying_key())
        };
        let by = self.certificate.holder();
        let certificate = signed(says, public, by.as_bytes(), &self.key, extensions);
        Self { key, certificate }
    }

    /// A document verifier that may grant everything.
    pub(crate) fn document_verifier(&self) -> Self {
        let terminals = self.certificate.body().chat.terminal_type();
        let says = Says {
            name: b"TWTESTDV00001",
            chat: Chat::all(terminals, Role::DvDomestic),
            from: day(2026, 2, 1),
            until: day(2026, 12, 1),
        };
        self.certify(&says, 102)
    }

    /// An agency's terminal with these rights.
    pub(crate) fn terminal(&self, rights: Chat) -> Self {
        self.terminal_with(rights, Extensions::default())
    }

    /// An agency's terminal with these rights, and that to replace these groups.
    pub(crate) fn terminal_to_update(&self, rights: Chat, updates: &[u8]) -> Self {
        self.terminal_with(rights, updating(updates))
    }

    /// An agency's terminal with these rights and extensions.
    pub(crate) fn terminal_with(&self, rights: Chat, extensions: Extensions) -> Self {
        let says = Says {
            name: b"TWAGENCY00001",
            chat: rights,
            from: day(2026, 3, 1),
            until: day(2026, 4, 1),
        };
        self.certify_with(&says, 103, extensions)
    }

    /// The trust-points of a card that this CVCA's ministry issued.
    pub(crate) fn trust_points(&self) -> TrustPoints {
        let point = TrustPoint::from_self_signed(&self.certificate).unwrap();
        let date = CurrentDate::Approximated(self.certificate.body().effective);
        TrustPoints::new(date, [point]).unwrap()
    }
}
