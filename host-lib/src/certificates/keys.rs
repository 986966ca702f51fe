//! What PIN2 opens: certificates, and three kinds of keys.

use core::fmt;

use iso7816::{CommandApdu, StatusWord, ins};
use lds::cryptographic_information::{CertificateObject, KeyAlgorithm, PrivateKeyObject};
use pki::{
    Certificate, CertificationRequest, CertificationRequestInfo, DigestAlgorithm,
    SignatureAlgorithm, ecdsa_sig_value,
};
use signing::{DecryptionKey, Failure, KeyTransportAlgorithm, SigningKey};
use transport::CardTransport;
use zeroize::Zeroizing;

use super::public_key::public_key;
use super::slot::{self, KeySlot, signature_reference, template, transport_reference};
use super::{FunctionState, PIN2, switch};
use crate::access::Pin2;
use crate::error::{Error, Misbehaviour, Misuse, Result, Step, Unsupported};
use crate::session::{Session, fault};

/// Bytes of r and s on P-256, one behind the other.
const P256_SIGNATURE: usize = 64;

/// The natural-person certificate after PIN2.
///
/// Logging in and decrypting go on for the session. The signature key takes this value away: PIN2 is good for one signature by which
/// the holder commits himself, and [`verify_pin2`](super::CertificateApplication::verify_pin2) gives the next.
pub struct Unlocked<'s, 'c, T: CardTransport> {
    session: &'s mut Session<'c, T>,
    state: FunctionState,
    keys: &'s [PrivateKeyObject],
    certificates: &'s [CertificateObject],
}

impl<'s, 'c, T: CardTransport> Unlocked<'s, 'c, T> {
    pub(super) fn new(
        session: &'s mut Session<'c, T>,
        state: FunctionState,
        keys: &'s [PrivateKeyObject],
        certificates: &'s [CertificateObject],
    ) -> Self {
        Self {
            session,
            state,
            keys,
            certificates,
        }
    }

    /// The certificate of a key. Nothing has verified it yet.
    ///
    /// # Errors
    /// [`Error::Unsupported`] without key or certificate; [`Error::CertificatesUnusable`]; [`Misbehaviour::Malformed`].
    pub fn certificate(&mut self, slot: KeySlot) -> Result<Certificate> {
        self.require_activated()?;
        slot::certificate(self.session, self.keys, self.certificates, slot)
    }

    /// The algorithm that fits a key's kind: RSASSA-PKCS1-v1_5 or ECDSA with SHA-256.
    ///
    /// # Errors
    /// [`Unsupported::Key`] if there is no such key, or it signs nothing.
    pub fn algorithm(&self, slot: KeySlot) -> Result<SignatureAlgorithm> {
        match self.kind(slot)? {
            _ if slot == KeySlot::KeyDecipherment => {
                Err(Error::Unsupported(Unsupported::Key(slot)))
            }
            KeyAlgorithm::Rsa { .. } => Ok(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256)),
            KeyAlgorithm::EllipticCurve => Ok(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256)),
        }
    }

    /// The key for one signature by which the holder commits himself.
    ///
    /// # Errors
    /// As [`certificate`](Self::certificate); [`Unsupported::Key`] for an algorithm that the key or the card does not have.
    pub fn signature_key(
        mut self,
        algorithm: SignatureAlgorithm,
    ) -> Result<SignatureKey<'s, 'c, T>> {
        let reference = self.signing(KeySlot::Signature, algorithm)?;
        let certificate = self.certificate(KeySlot::Signature)?;
        Ok(SignatureKey {
            session: self.session,
            certificate,
            algorithm,
            reference,
            used: false,
        })
    }

    /// The key for logging in.
    ///
    /// # Errors
    /// As [`signature_key`](Self::signature_key).
    pub fn authentication_key(
        &mut self,
        algorithm: SignatureAlgorithm,
    ) -> Result<AuthenticationKey<'_, 'c, T>> {
        let reference = self.signing(KeySlot::Authentication, algorithm)?;
        let certificate = self.certificate(KeySlot::Authentication)?;
        Ok(AuthenticationKey {
            session: &mut *self.session,
            certificate,
            algorithm,
            reference,
        })
    }

    /// The key for what was encrypted for the holder.
    ///
    /// # Errors
    /// As [`certificate`](Self::certificate).
    pub fn decipher_key(&mut self) -> Result<DecipherKey<'_, 'c, T>> {
        self.kind(KeySlot::KeyDecipherment)?;
        let certificate = self.certificate(KeySlot::KeyDecipherment)?;
        Ok(DecipherKey {
            session: &mut *self.session,
            certificate,
        })
    }

    /// Signs a hash with the key for logging in, certificate or not. The signature is as the card gives it: RSA as long as the modulus,
    /// ECDSA as r and s, one behind the other.
    ///
    /// # Errors
    /// [`Unsupported::Key`]; [`Misuse::HashLength`]; [`Error::Card`].
    pub fn authenticate(&mut self, algorithm: SignatureAlgorithm, hash: &[u8]) -> Result<Vec<u8>> {
        self.plain(KeySlot::Authentication, algorithm, hash)
    }

    /// Signs a hash with the key by which the holder commits himself, certificate or not, and uses PIN2 up. The signature is as in
    /// [`authenticate`](Self::authenticate).
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    pub fn sign(mut self, algorithm: SignatureAlgorithm, hash: &[u8]) -> Result<Vec<u8>> {
        self.plain(KeySlot::Signature, algorithm, hash)
    }

    fn plain(
        &mut self,
        slot: KeySlot,
        algorithm: SignatureAlgorithm,
        hash: &[u8],
    ) -> Result<Vec<u8>> {
        let reference = self.signing(slot, algorithm)?;
        check_length(algorithm, hash)?;
        sign(self.session, slot, reference, hash)
    }

    /// A request for a certificate of a key that signs, signed with it (PKCS #10, RFC 2986). Who asks is not in it: the certification
    /// authority knows. With the signature key it uses PIN2 up.
    ///
    /// # Errors
    /// As [`signature_key`](Self::signature_key), without a certificate to be missing.
    pub fn request(
        self,
        slot: KeySlot,
        algorithm: SignatureAlgorithm,
    ) -> Result<CertificationRequest> {
        let reference = self.signing(slot, algorithm)?;
        let key = public_key(self.session, slot)?;
        let info = CertificationRequestInfo::new(&key)?;
        let hash = algorithm.digest().digest(info.to_be_signed());
        let signature = sign(self.session, slot, reference, &hash)?;
        Ok(info.signed_by_card(algorithm, &signature)?)
    }

    /// Deciphers with the key for that, certificate or not: what a certification authority asks to see before there is one
    /// ([`pki::DeciphermentChallenge`]). `None` for what does not decrypt, where the card tells.
    ///
    /// # Errors
    /// [`Unsupported::Key`]; [`Error::Card`].
    pub fn decipher(
        &mut self,
        algorithm: KeyTransportAlgorithm,
        cryptogram: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>> {
        self.kind(KeySlot::KeyDecipherment)?;
        decipher(self.session, algorithm, cryptogram)
    }

    /// Gives PIN2 a new value (CHANGE REFERENCE DATA, ISO/IEC 7816-4).
    ///
    /// # Errors
    /// [`Error::Card`]; [`Error::Transport`], and then nobody knows which of the two is in force: try the new one first.
    pub fn change_pin2(self, new: &Pin2) -> Result<()> {
        let change = CommandApdu::new(0x00, ins::CHANGE_REFERENCE_DATA, 0x01, PIN2);
        let link = &mut self.session.card.link;
        link.begin();
        match link
            .send(&change.with_data(new.digits()), Step::ManagePin2)?
            .status
        {
            StatusWord::OK => Ok(()),
            status => Err(fault(Step::ManagePin2, status)),
        }
    }

    /// Switches the natural-person certificate off. What else is on the card stays as it is.
    ///
    /// # Errors
    /// [`Error::Card`].
    pub fn disable(self) -> Result<()> {
        switch(self.session, false)
    }

    /// Switches it on again.
    ///
    /// # Errors
    /// [`Error::Card`].
    pub fn enable(self) -> Result<()> {
        switch(self.session, true)
    }

    fn require_activated(&self) -> Result<()> {
        match self.state {
            FunctionState::Activated => Ok(()),
            state => Err(Error::CertificatesUnusable(state)),
        }
    }

    fn kind(&self, slot: KeySlot) -> Result<KeyAlgorithm> {
        self.require_activated()?;
        let mut keys = self.keys.iter();
        keys.find(|key| key.reference == Some(slot.reference()))
            .map(|key| key.algorithm)
            .ok_or(Error::Unsupported(Unsupported::Key(slot)))
    }

    /// How the card calls this algorithm, if the key can do it. One that deciphers signs nothing.
    fn signing(&self, slot: KeySlot, algorithm: SignatureAlgorithm) -> Result<u8> {
        let elliptic = self.kind(slot)? == KeyAlgorithm::EllipticCurve;
        let fits = slot != KeySlot::KeyDecipherment
            && elliptic == matches!(algorithm, SignatureAlgorithm::Ecdsa(_));
        signature_reference(algorithm)
            .filter(|_| fits)
            .ok_or(Error::Unsupported(Unsupported::Key(slot)))
    }
}

/// The key for one signature by which the holder commits himself (non-repudiation).
pub struct SignatureKey<'s, 'c, T: CardTransport> {
    session: &'s mut Session<'c, T>,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
    reference: u8,
    used: bool,
}

/// One signature, and no second: the card would refuse it, and this value does before.
impl<T: CardTransport> SigningKey for SignatureKey<'_, '_, T> {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&mut self, hash: &[u8]) -> Result<Vec<u8>, Failure> {
        if self.used {
            return Err(Error::from(Misuse::Pin2UsedUp).into());
        }
        check_length(self.algorithm, hash)?;
        self.used = true;
        let signature = sign(self.session, KeySlot::Signature, self.reference, hash)?;
        in_message(self.algorithm, signature, KeySlot::Signature)
    }
}

/// The key for logging in.
pub struct AuthenticationKey<'s, 'c, T: CardTransport> {
    session: &'s mut Session<'c, T>,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
    reference: u8,
}

impl<T: CardTransport> SigningKey for AuthenticationKey<'_, '_, T> {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&mut self, hash: &[u8]) -> Result<Vec<u8>, Failure> {
        check_length(self.algorithm, hash)?;
        let signature = sign(self.session, KeySlot::Authentication, self.reference, hash)?;
        in_message(self.algorithm, signature, KeySlot::Authentication)
    }
}

/// The key for what was encrypted for the holder.
pub struct DecipherKey<'s, 'c, T: CardTransport> {
    session: &'s mut Session<'c, T>,
    certificate: Certificate,
}

impl<T: CardTransport> DecryptionKey for DecipherKey<'_, '_, T> {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn decrypt(
        &mut self,
        algorithm: KeyTransportAlgorithm,
        cryptogram: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        Ok(decipher(self.session, algorithm, cryptogram)?)
    }
}

/// PSO:DECIPHER (ISO/IEC 7816-8). `None` for what does not decrypt, where the card tells.
fn decipher<T: CardTransport>(
    session: &mut Session<'_, T>,
    algorithm: KeyTransportAlgorithm,
    cryptogram: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    const SLOT: KeySlot = KeySlot::KeyDecipherment;
    let set = CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, 0x41, 0xB8);
    let set = set.with_data(template(transport_reference(algorithm), SLOT));
    // The padding indicator says: no further indication.
    let data = [&[0x00], cryptogram].concat();
    let decipher = CommandApdu::new(0x00, ins::PERFORM_SECURITY_OPERATION, 0x80, 0x86);
    match use_key(session, SLOT, &set, &decipher.with_data(data).with_ne(256)) {
        Ok(plain) => Ok(Some(Zeroizing::new(plain))),
        Err(Error::Card(refusal)) if refusal.status == StatusWord::INCORRECT_DATA => Ok(None),
        Err(error) => Err(error),
    }
}

/// A signature as the card gives it: PSO:COMPUTE DIGITAL SIGNATURE (ISO/IEC 7816-8), or INTERNAL AUTHENTICATE with the key for that.
fn sign<T: CardTransport>(
    session: &mut Session<'_, T>,
    slot: KeySlot,
    algorithm: u8,
    hash: &[u8],
) -> Result<Vec<u8>> {
    let set = |template| CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, 0x41, template);
    let (set, command) = match slot {
        KeySlot::Authentication => (
            set(0xA4),
            CommandApdu::new(0x00, ins::INTERNAL_AUTHENTICATE, 0x00, 0x00),
        ),
        _ => (
            set(0xB6),
            CommandApdu::new(0x00, ins::PERFORM_SECURITY_OPERATION, 0x9E, 0x9A),
        ),
    };
    let set = set.with_data(template(algorithm, slot));
    use_key(session, slot, &set, &command.with_data(hash).with_ne(256))
}

/// Chooses a key and uses it.
fn use_key<T: CardTransport>(
    session: &mut Session<'_, T>,
    slot: KeySlot,
    set: &CommandApdu,
    command: &CommandApdu,
) -> Result<Vec<u8>> {
    let link = &mut session.card.link;
    link.begin();
    let mut send = |command| {
        let answer = link.send(command, Step::UseKey(slot))?;
        match answer.status {
            StatusWord::OK => Ok(answer.data),
            StatusWord::REFERENCE_NOT_FOUND => Err(Error::Unsupported(Unsupported::Key(slot))),
            status => Err(fault(Step::UseKey(slot), status)),
        }
    };
    send(set)?;
    send(command)
}

fn check_length(algorithm: SignatureAlgorithm, hash: &[u8]) -> Result<()> {
    if hash.len() == algorithm.digest().output_len() {
        Ok(())
    } else {
        Err(Misuse::HashLength.into())
    }
}

/// A signature of the card as messages carry it: the card gives r and s of ECDSA one behind the other.
fn in_message(
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
    slot: KeySlot,
) -> Result<Vec<u8>, Failure> {
    match algorithm {
        SignatureAlgorithm::Ecdsa(_) => Some(&signature)
            .filter(|signature| signature.len() == P256_SIGNATURE)
            .and_then(|signature| ecdsa_sig_value(signature))
            .ok_or_else(|| Error::from(Misbehaviour::MalformedAnswer(Step::UseKey(slot))).into()),
        _ => Ok(signature),
    }
}

impl<T: CardTransport> fmt::Debug for Unlocked<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unlocked").finish_non_exhaustive()
    }
}

impl<T: CardTransport> fmt::Debug for SignatureKey<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureKey")
            .field("algorithm", &self.algorithm)
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}

impl<T: CardTransport> fmt::Debug for AuthenticationKey<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationKey")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl<T: CardTransport> fmt::Debug for DecipherKey<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecipherKey").finish_non_exhaustive()
    }
}
