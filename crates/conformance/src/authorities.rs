//! The three certification authorities whom the card trusts (TR-03105-3.3, 2.3 and 2.4): one for each type of terminal.

use core::fmt;

use cvc::{
    CertificateBody, Chat, CurrentDate, CvCertificate, Extensions, PublicKey, Role,
    SignatureAlgorithm, SigningKey, TerminalType, TrustPoint, TrustPoints,
};
use lds::Date;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use secure_channel::restricted_identification::RestrictedIdentificationProtocol;
use secure_channel::{Curve, EcPrivateKey};

use crate::certificates::{SECTORS, eid_access};

/// The key and the self-signed certificate of one authority.
pub struct Authority {
    /// The key.
    pub key: SigningKey,
    /// The certificate, as it was brought into the card.
    pub certificate: CvCertificate,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

/// The authorities, and with them every certificate that the cases need.
#[derive(Debug)]
pub struct Authorities {
    roots: [Authority; 3],
    effective: Date,
    seed: [u8; 32],
    pub(crate) sectors: (RestrictedIdentificationProtocol, Curve),
}

impl Authorities {
    /// Authorities of a card's own issuer: for inspection systems, authentication terminals and signature terminals, in this
    /// order. They begin on the same day, `CVCAeff` of the document, which is the card's date.
    ///
    /// # Errors
    /// [`cvc::Error`] if a certificate is not signed with the key beside it, is no CVCA's, or is another type's.
    pub fn new(roots: [Authority; 3]) -> Result<Self, cvc::Error> {
        for (root, terminal_type) in roots.iter().zip(TerminalType::ALL) {
            root.certificate
                .verify_signature(root.key.verifying_key())?;
            let point = TrustPoint::from_self_signed(&root.certificate)?;
            if point.terminal_type() != terminal_type {
                return Err(cvc::Error::TrustPoints {
                    reason: "one is for another type of terminal",
                });
            }
        }
        let [first, ..] = &roots;
        Ok(Self {
            effective: first.certificate.body().effective.into(),
            seed: [0x33; 32],
            sectors: SECTORS,
            roots,
        })
    }

    /// Authorities that everybody knows, ECDSA on P-256 with SHA-256: for cards that are made to be tested. They begin on
    /// 2026-06-01 and end three years later.
    ///
    /// # Errors
    /// [`cvc::Error`]; none in practice.
    pub fn specimen() -> Result<Self, cvc::Error> {
        let mut rng = ChaCha20Rng::from_seed([0x33; 32]);
        let mut make = |terminal_type, name: &str| {
            let key = EcPrivateKey::generate(Curve::P256, &mut rng)
                .map_err(|reason| cvc::Error::InvalidKey { reason })?;
            let key = SigningKey::new(SignatureAlgorithm::EcdsaSha256, key)?;
            let holder = name.parse::<cvc::CertificateHolderReference>()?;
            // 2.4: an authority restricts nothing, so that it grants what extensions grant as well.
            let extensions = match terminal_type {
                TerminalType::AuthenticationTerminal => {
                    let updates = Extensions::new([cvc::group_update(1..=22)])?.to_value();
                    let access = eid_access([0x0F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
                    Extensions::parse_value(&[updates, access].concat())?
                }
                _ => Extensions::default(),
            };
            let body = CertificateBody {
                authority: holder.into(),
                public_key: PublicKey::explicit(key.verifying_key()),
                holder,
                chat: Chat::all(terminal_type, Role::Cvca),
                effective: cvc::Date::new(2026, 6, 1)?,
                expiration: cvc::Date::new(2029, 6, 1)?,
                extensions,
            };
            let certificate = body.signed(&key, &mut rng)?;
            Ok::<_, cvc::Error>(Authority { key, certificate })
        };
        Self::new([
            make(TerminalType::InspectionSystem, "DETESTCVCA00001")?,
            make(TerminalType::AuthenticationTerminal, "DETESTCVCA00017")?,
            make(TerminalType::SignatureTerminal, "DETESTCVCA000ST")?,
        ])
    }

    /// What a card must know to be tested: the three certificates, and the day on which they begin.
    ///
    /// # Errors
    /// [`cvc::Error`]; none in practice.
    pub fn trust_points(&self) -> Result<TrustPoints, cvc::Error> {
        let points = self.roots.iter();
        let points = points.map(|root| TrustPoint::from_self_signed(&root.certificate));
        let points = points.collect::<Result<Vec<_>, _>>()?;
        let [first, ..] = &self.roots;
        let today = CurrentDate::Approximated(first.certificate.body().effective);
        TrustPoints::new(today, points)
    }

    /// `CVCAeff`.
    #[must_use]
    pub const fn effective(&self) -> Date {
        self.effective
    }

    /// `CVCAexp`. The document wants the same for all three.
    #[must_use]
    pub fn expiration(&self) -> Date {
        let [first, ..] = &self.roots;
        first.certificate.body().expiration.into()
    }

    /// The authority for this type of terminal: `CVCA_KEY_00` for inspection systems, `CVCA_KEY_17` for authentication
    /// terminals. The document has no certificate of a signature terminal and so no name for the third key.
    #[must_use]
    pub const fn root(&self, terminal_type: TerminalType) -> &Authority {
        let [inspection, authentication, signature] = &self.roots;
        match terminal_type {
            TerminalType::InspectionSystem => inspection,
            TerminalType::AuthenticationTerminal => authentication,
            TerminalType::SignatureTerminal => signature,
        }
    }

    /// Randomness that belongs to this name alone, the same every time: the key pairs of 2.3 come from here. At most the first
    /// 32 characters of a name count.
    pub(crate) fn rng(&self, name: &str) -> ChaCha20Rng {
        let mut seed = self.seed;
        for (place, byte) in seed.iter_mut().zip(name.bytes()) {
            *place ^= byte;
        }
        ChaCha20Rng::from_seed(seed)
    }
}
