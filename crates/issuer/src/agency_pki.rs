//! The agency PKI: who allows agencies to open private groups, group by group.
//!
//! A chip trusts the ministry's CVCA (Country Verifying CA). The CVCA certifies document verifiers, a document verifier
//! certifies the terminals of agencies, and what a terminal may do is what all three certificates allow (BSI TR-03110-3
//! §2). This is the test PKI's counterpart for terminals: keys in software, nobody's real right.

use cvc::{
    CertificateBody, CertificateHolderReference, CertificationAuthorityReference, CurrentDate,
    CvCertificate, Date, PublicKey, Role, SignatureAlgorithm, SigningKey, TrustPoint, TrustPoints,
    VerifyingKey,
};
use rand_core::CryptoRng;
use secure_channel::{Curve, EcPrivateKey};

mod directory;
mod error;
mod grant;
mod issue;
mod key_file;
mod validity;

pub use error::{AgencyError, Permission};
pub use grant::Grant;
pub use issue::DocumentVerifierKind;
pub use key_file::{expose_signing_key_pem, signing_key_from_pem};
pub use validity::Validity;

use crate::error::Error;

/// The country of every name.
const COUNTRY: &str = "TW";

/// A card-verifiable certificate and its private key: a CVCA or a document verifier.
#[derive(Debug)]
pub struct CvAuthority {
    certificate: CvCertificate,
    key: SigningKey,
}

impl CvAuthority {
    /// The certificate.
    pub const fn certificate(&self) -> &CvCertificate {
        &self.certificate
    }

    /// The private key.
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The name of the key.
    pub const fn reference(&self) -> CertificateHolderReference {
        self.certificate.holder()
    }

    fn validity(&self) -> (Date, Date) {
        let body = self.certificate.body();
        (body.effective, body.expiration)
    }
}

/// A CVCA's next key: its own certificate, and the one that the key before it signed.
#[derive(Debug)]
struct Successor {
    link: CvCertificate,
    authority: CvAuthority,
}

/// The keys and certificates that decide which agency may open what.
///
/// Made from a random generator and a date, and nothing else: a seeded one makes the same PKI again. Keys are on P-256 and
/// sign with ECDSA and SHA-256, as the chip profile says. Names are of Taiwan, a mnemonic, and a sequence number from 00001
/// that counts up with every certificate under that mnemonic; none is used twice. There is no clock: who issues says from
/// when to when.
///
/// ```
/// use cvc::{Chain, Date, Right, SignatureAlgorithm, SigningKey};
/// use issuer::{AgencyPki, Grant, Validity};
/// use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// use secure_channel::{Curve, EcPrivateKey};
///
/// let mut rng = ChaCha20Rng::from_seed([7; 32]);
/// let today = Date::new(2026, 11, 25)?;
/// let mut pki = AgencyPki::create(&mut rng, today)?;
///
/// // A bank may read spouse and parents, and compare an age.
/// let key = EcPrivateKey::generate(Curve::P256, &mut rng)?;
/// let key = SigningKey::new(SignatureAlgorithm::EcdsaSha256, key)?;
/// let terminal = pki.terminal(
///     AgencyPki::DOMESTIC,
///     "BANK",
///     &Grant::read([3, 6, 7]).with(Right::AgeVerification),
///     key.verifying_key(),
///     Validity::terminal(today)?,
///     &mut rng,
/// )?;
/// assert_eq!(terminal.holder().to_string(), "TWBANK00001");
///
/// // What a chip makes of it.
/// let chip = Chain::new(pki.trust_points()?);
/// let chip = chip.import_all(&pki.chain_for(&terminal)?)?;
/// let allowed = chip.terminal().ok_or("no terminal")?.authorization();
/// assert!(allowed.allows(Right::ReadGroup(6)) && !allowed.allows(Right::ReadGroup(8)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AgencyPki {
    first: CvAuthority,
    /// In the order in which they came.
    successors: Vec<Successor>,
    /// Every key of every document verifier, those of one mnemonic in the order in which they came.
    document_verifiers: Vec<CvAuthority>,
    /// Every terminal's certificate, those of one mnemonic in the order in which they came.
    terminals: Vec<CvCertificate>,
}

impl AgencyPki {
    /// The mnemonic of the CVCA: 內政部, the Ministry of the Interior.
    pub const CVCA: &str = "MOICVCA";
    /// The mnemonic of the document verifier that is there from the beginning: official, domestic, with every right.
    pub const DOMESTIC: &str = "MOIDV";

    /// A new PKI: a self-signed CVCA with every right, and [`AgencyPki::DOMESTIC`]. Both are valid from `today`.
    ///
    /// # Errors
    /// [`Error::Cvc`] if `today` lies so late that a certificate would end after 2099.
    pub fn create(rng: &mut dyn CryptoRng, today: Date) -> Result<Self, Error> {
        let mut pki = Self {
            first: self_signed(1, Validity::cvca(today)?, new_key(rng)?, rng)?,
            successors: Vec::new(),
            document_verifiers: Vec::new(),
            terminals: Vec::new(),
        };
        pki.document_verifier(
            Self::DOMESTIC,
            DocumentVerifierKind::OfficialDomestic,
            &Grant::everything(),
            Validity::document_verifier(today)?,
            rng,
        )?;
        Ok(pki)
    }

    /// The CVCA's key in use.
    pub fn cvca(&self) -> &CvAuthority {
        let last = self.successors.last();
        last.map_or(&self.first, |successor| &successor.authority)
    }

    /// Every key of the CVCA, the oldest first.
    pub fn cvcas(&self) -> impl Iterator<Item = &CvAuthority> {
        let successors = self.successors.iter();
        core::iter::once(&self.first).chain(successors.map(|successor| &successor.authority))
    }

    /// The link certificates, each of which leads from one key of the CVCA to the next; the oldest first.
    pub fn link_certificates(&self) -> impl Iterator<Item = &CvCertificate> {
        self.successors.iter().map(|successor| &successor.link)
    }

    /// Every key of every document verifier, those of one mnemonic in the order in which they came.
    pub fn document_verifiers(&self) -> impl Iterator<Item = &CvAuthority> {
        self.document_verifiers.iter()
    }

    /// The key in use of the document verifier with this mnemonic.
    ///
    /// # Errors
    /// [`AgencyError::UnknownDocumentVerifier`].
    pub fn find_document_verifier(&self, mnemonic: &str) -> Result<&CvAuthority, Error> {
        let mut newest_first = self.document_verifiers.iter().rev();
        newest_first
            .find(|dv| dv.reference().mnemonic() == mnemonic)
            .ok_or_else(|| AgencyError::UnknownDocumentVerifier(mnemonic.to_owned()).into())
    }

    /// Every terminal's certificate, those of one mnemonic in the order in which they came.
    pub fn terminals(&self) -> impl Iterator<Item = &CvCertificate> {
        self.terminals.iter()
    }

    /// What a card personalised now starts from: the CVCA's key in use, the one before it if there is one that is still
    /// valid (TR-03110-3 §2.6), and the effective date of the former.
    ///
    /// # Errors
    /// None in practice.
    pub fn trust_points(&self) -> Result<TrustPoints, Error> {
        let (effective, _) = self.cvca().validity();
        let enabled = self.cvcas().filter(|cvca| cvca.validity().1 >= effective);
        let mut points: Vec<_> = enabled
            .map(|cvca| TrustPoint::from_self_signed(cvca.certificate()))
            .collect::<Result<_, _>>()?;
        let older = points.len().saturating_sub(TrustPoints::MAX_ENABLED);
        points.drain(..older);
        let date = CurrentDate::Approximated(effective);
        Ok(TrustPoints::new(date, points)?)
    }

    /// What a terminal sends to a chip that trusts the CVCA of its document verifier: the document verifier's certificate,
    /// then its own.
    ///
    /// # Errors
    /// [`AgencyError::NotIssuedHere`].
    pub fn chain_for(&self, terminal: &CvCertificate) -> Result<[CvCertificate; 2], Error> {
        let dv = self.issuer_of(terminal)?;
        Ok([dv.certificate.clone(), terminal.clone()])
    }

    /// What a terminal sends to a chip that has this trust-point, which it names in PACE (DO 87 and 88): the link
    /// certificates from there to the CVCA of the document verifier, if any, then as [`AgencyPki::chain_for`].
    ///
    /// # Errors
    /// [`AgencyError::NotIssuedHere`], [`AgencyError::NoChain`].
    pub fn chain_from(
        &self,
        trust_point: CertificationAuthorityReference,
        terminal: &CvCertificate,
    ) -> Result<Vec<CvCertificate>, Error> {
        let [dv, terminal] = self.chain_for(terminal)?;
        let number_of = |name: CertificationAuthorityReference| {
            self.cvcas().position(|cvca| name == cvca.reference())
        };
        let (Some(from), Some(to)) = (number_of(trust_point), number_of(dv.authority())) else {
            return Err(no_chain(trust_point, &terminal));
        };
        let Some(links) = to.checked_sub(from) else {
            return Err(no_chain(trust_point, &terminal));
        };
        let links = self.link_certificates().skip(from).take(links).cloned();
        Ok(links.chain([dv, terminal]).collect())
    }

    /// [`AgencyPki::chain_from`] the CVCA's first key: what reaches the oldest cards.
    ///
    /// # Errors
    /// [`AgencyError::NotIssuedHere`].
    pub fn chain_from_old_cvca(
        &self,
        terminal: &CvCertificate,
    ) -> Result<Vec<CvCertificate>, Error> {
        self.chain_from(self.first.reference().into(), terminal)
    }

    /// The document verifier's key that signed a terminal's certificate of this PKI.
    fn issuer_of(&self, terminal: &CvCertificate) -> Result<&CvAuthority, Error> {
        let issued = self.terminals.contains(terminal);
        let dv = self
            .document_verifiers
            .iter()
            .find(|dv| issued && terminal.authority() == dv.reference());
        dv.ok_or_else(|| AgencyError::NotIssuedHere(terminal.holder()).into())
    }
}

fn no_chain(from: CertificationAuthorityReference, terminal: &CvCertificate) -> Error {
    let to = terminal.holder();
    AgencyError::NoChain { from, to }.into()
}

/// A key of the one kind that this PKI has.
fn new_key(rng: &mut dyn CryptoRng) -> Result<SigningKey, Error> {
    signing_key(EcPrivateKey::generate(Curve::P256, rng)?)
}

fn signing_key(key: EcPrivateKey) -> Result<SigningKey, Error> {
    Ok(SigningKey::new(SignatureAlgorithm::EcdsaSha256, key)?)
}

/// The CVCA's certificate about itself.
fn self_signed(
    number: u32,
    validity: Validity,
    key: SigningKey,
    rng: &mut dyn CryptoRng,
) -> Result<CvAuthority, Error> {
    let holder = reference(AgencyPki::CVCA, number)?;
    let body = cvca_body(holder.into(), holder, validity, key.verifying_key())?;
    Ok(CvAuthority {
        certificate: body.signed(&key, rng)?,
        key,
    })
}

fn cvca_body(
    authority: CertificationAuthorityReference,
    holder: CertificateHolderReference,
    validity: Validity,
    key: &VerifyingKey,
) -> Result<CertificateBody, Error> {
    let (chat, extensions) = Grant::everything().encode(Role::Cvca)?;
    Ok(CertificateBody {
        authority,
        public_key: PublicKey::explicit(key),
        holder,
        chat,
        effective: validity.first(),
        expiration: validity.last(),
        extensions,
    })
}

/// The name of a mnemonic's n-th key.
fn reference(mnemonic: &str, number: u32) -> Result<CertificateHolderReference, Error> {
    if number > 99_999 {
        let mnemonic = mnemonic.to_owned();
        return Err(AgencyError::SequenceNumbersUsed { mnemonic }.into());
    }
    Ok(format!("{COUNTRY}{mnemonic}{number:05}").parse()?)
}
