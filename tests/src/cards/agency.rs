//! A ministry's CVCA, its document verifier and the terminal of an agency, each with a key from a seed.

use std::path::PathBuf;

use cvc::{
    CertificateBody, CertificateHolderReference, Chat, CurrentDate, CvCertificate, Date, Extension,
    ExtensionHash, Extensions, Field, PublicKey, Right, Role, SignatureAlgorithm, SigningKey,
    TerminalType, TrustPoint, TrustPoints,
};
use host_lib::{AccessRequest, Consent, SoftwareKey, TerminalCertificates};
use issuer::{AgencyPki, Grant, Validity, specimen};
use secure_channel::restricted_identification::SectorPublicKey;
use secure_channel::{Curve, EcPrivateKey, Hash};

use super::rng;

const CVCA: &str = "TWMOICVCA00001";
const DV: &str = "TWTESTDV00001";

/// What an agency's terminal has.
#[derive(Debug)]
pub struct Agency {
    /// What a card of this ministry is personalised with.
    pub trust_points: TrustPoints,
    /// The document verifier's certificate, with every right.
    pub document_verifier: CvCertificate,
    /// The terminal's certificate.
    pub terminal: CvCertificate,
    /// The terminal's key.
    pub key: SigningKey,
}

impl Agency {
    /// An agency whose terminal has these rights. The card's date is the first of February 2026 once it has verified the
    /// document verifier's certificate.
    pub fn with_rights(rights: &[Right]) -> Self {
        Self::new(rights, day(2026, 3, 1), day(2026, 4, 1), described())
    }

    /// The same, in a sector: the hash of its public key is in the certificate.
    pub fn in_sector(rights: &[Right], sector: &SectorPublicKey) -> Self {
        let hash = ExtensionHash::new(Field::TerminalSector, &sector.digest(Hash::Sha256));
        let sectors = Extension::TerminalSector {
            first: Some(hash.expect("a hash")),
            second: None,
        };
        let extensions = Extensions::new([sectors]).expect("extensions");
        Self::new(rights, day(2026, 3, 1), day(2026, 4, 1), extensions)
    }

    /// The same, with a terminal's certificate that was over a day before that.
    pub fn expired(rights: &[Right]) -> Self {
        Self::new(rights, day(2026, 1, 1), day(2026, 1, 31), described())
    }

    fn new(rights: &[Right], from: Date, until: Date, extensions: Extensions) -> Self {
        let (cvca, dv, terminal) = (key(100), key(101), key(102));
        let all = |role| Chat::all(TerminalType::AuthenticationTerminal, role);
        let none = Chat::new(TerminalType::AuthenticationTerminal, Role::Terminal);
        let chat = rights.iter().copied().fold(none, Chat::with);
        let root = CertificateBody {
            authority: name(CVCA).into(),
            public_key: PublicKey::explicit(cvca.verifying_key()),
            holder: name(CVCA),
            chat: all(Role::Cvca),
            effective: day(2026, 1, 1),
            expiration: day(2029, 1, 1),
            extensions: Extensions::default(),
        };
        let verifier = CertificateBody {
            public_key: PublicKey::inheriting(dv.verifying_key()),
            holder: name(DV),
            chat: all(Role::DvDomestic),
            effective: day(2026, 2, 1),
            expiration: day(2026, 12, 1),
            ..root.clone()
        };
        let end = CertificateBody {
            authority: name(DV).into(),
            public_key: PublicKey::inheriting(terminal.verifying_key()),
            holder: name("TWAGENCY00001"),
            chat,
            effective: from,
            expiration: until,
            extensions,
        };
        let signed = |body: CertificateBody, by: &SigningKey| {
            body.signed(by, &mut rng(103)).expect("a certificate")
        };
        let root = signed(root, &cvca);
        let point = TrustPoint::from_self_signed(&root).expect("a trust-point");
        let date = CurrentDate::Approximated(root.body().effective);
        Self {
            trust_points: TrustPoints::new(date, [point]).expect("trust-points"),
            document_verifier: signed(verifier, &cvca),
            terminal: signed(end, &dv),
            key: terminal,
        }
    }

    /// The same terminal with a key that nobody has certified.
    #[must_use]
    pub fn with_another_key(self) -> Self {
        Self {
            key: key(104),
            ..self
        }
    }
}

/// Who asks and why, as a hash: with it a certificate no longer fits a short command.
fn described() -> Extensions {
    let hash = ExtensionHash::new(Field::DescriptionHash, &[0xA5; 32]).expect("a hash");
    Extensions::new([Extension::Description(hash)]).expect("extensions")
}

fn key(seed: u64) -> SigningKey {
    let key = EcPrivateKey::generate(Curve::P256, &mut rng(seed)).expect("a key");
    SigningKey::new(SignatureAlgorithm::EcdsaSha256, key).expect("a key")
}

fn name(text: &str) -> CertificateHolderReference {
    text.parse().expect("a name")
}

fn day(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).expect("a date")
}

/// Where the agency PKI is whose terminals a card accepts.
#[derive(Clone, Debug, Default)]
pub enum Ministry {
    /// [`specimen::agencies`].
    #[default]
    Specimens,
    /// A folder that `neweid issue` made.
    Folder(PathBuf),
}

impl Ministry {
    fn open(&self) -> AgencyPki {
        match self {
            Self::Specimens => specimen::agencies(),
            Self::Folder(path) => {
                AgencyPki::load(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            }
        }
    }

    /// An agency that may do everything, and whose holder agrees to it; with its key.
    pub fn agency(&self) -> (Consent, SoftwareKey) {
        let mut pki = self.open();
        let dv = AgencyPki::DOMESTIC;
        let verifier = pki.find_document_verifier(dv).expect("a document verifier");
        let since = verifier.certificate().body().effective;
        let validity = Validity::terminal(since).expect("days");
        let key = key(103);
        let (grant, public) = (Grant::everything(), key.verifying_key());
        let terminal = pki.terminal(dv, "ALL", &grant, public, validity, &mut rng(104));
        let terminal = terminal.expect("a certificate");
        let chain = pki.chain_for(&terminal).expect("a chain");
        let certificates = TerminalCertificates::new(chain).expect("certificates");
        let consent = AccessRequest::new(certificates).agree_to_everything();
        (consent, SoftwareKey::new(key))
    }
}
