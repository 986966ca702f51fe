//! A small PKI to test with.

#![allow(dead_code, reason = "each test file uses some of it")]

use cvc::{
    CertificateBody, CertificateHolderReference, Chat, CurrentDate, CvCertificate, Date,
    Extensions, PublicKey, Role, SignatureAlgorithm, SigningKey, TerminalType, TrustPoint,
    TrustPoints,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{Curve, EcPrivateKey};

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn key(seed: u64) -> SigningKey {
    key_on(seed, Curve::P256, SignatureAlgorithm::EcdsaSha256)
}

pub(crate) fn key_on(seed: u64, curve: Curve, algorithm: SignatureAlgorithm) -> SigningKey {
    let key = EcPrivateKey::generate(curve, &mut rng(seed)).unwrap();
    SigningKey::new(algorithm, key).unwrap()
}

pub(crate) fn date(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).unwrap()
}

pub(crate) fn name(text: &str) -> CertificateHolderReference {
    text.parse().unwrap()
}

pub(crate) fn at(role: Role) -> Chat {
    Chat::all(TerminalType::AuthenticationTerminal, role)
}

/// A holder with a name and a key.
pub(crate) struct Party {
    pub(crate) name: CertificateHolderReference,
    pub(crate) key: SigningKey,
}

pub(crate) fn party(text: &str, seed: u64) -> Party {
    Party {
        name: name(text),
        key: key(seed),
    }
}

impl Party {
    /// What a certificate for `holder` says, for 2026 and with all rights.
    pub(crate) fn body(&self, holder: &Party, role: Role) -> CertificateBody {
        let public = holder.key.verifying_key();
        let public_key = match role {
            Role::Cvca => PublicKey::explicit(public),
            _ => PublicKey::inheriting(public),
        };
        CertificateBody {
            authority: self.name.into(),
            public_key,
            holder: holder.name,
            chat: at(role),
            effective: date(2026, 1, 1),
            expiration: date(2026, 12, 31),
            extensions: Extensions::default(),
        }
    }

    pub(crate) fn sign(&self, body: CertificateBody) -> CvCertificate {
        body.signed(&self.key, &mut rng(1)).unwrap()
    }

    pub(crate) fn certify(&self, holder: &Party, role: Role) -> CvCertificate {
        self.sign(self.body(holder, role))
    }

    pub(crate) fn trust_point(&self) -> TrustPoint {
        TrustPoint::from_self_signed(&self.certify(self, Role::Cvca)).unwrap()
    }

    /// A chip of 2 January 2026 that trusts this CVCA.
    pub(crate) fn chip(&self) -> cvc::Chain {
        let today = CurrentDate::Approximated(date(2026, 1, 2));
        cvc::Chain::new(TrustPoints::new(today, [self.trust_point()]).unwrap())
    }
}
