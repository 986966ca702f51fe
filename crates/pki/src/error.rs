//! What can be wrong, and where.

use core::fmt;

use const_oid::ObjectIdentifier;

use crate::{RevocationReason, SerialNumber, Time};

/// What an object was, or had to be, when something was wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The certificate whose key signed EF.SOD, EF.CardSecurity or EF.ChipSecurity.
    DocumentSigner,
    /// The self-signed certificate at the top, one key of a country.
    CountrySigningCa,
    /// A certificate that signs a country's new key with its old one.
    Link,
    /// The certificate whose key signed a CSCA master list.
    MasterListSigner,
    /// The certificate that a path is validated for (RFC 5280 §6.1).
    EndEntity,
    /// A CA between it and the trust anchor, counted from the end entity: 1 issued its certificate.
    Ca(u8),
    /// The trust anchor of a path, if it is a certificate.
    TrustAnchor,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ca(position) => return write!(f, "CA {position}"),
            Self::EndEntity => "end entity",
            Self::TrustAnchor => "trust anchor",
            Self::DocumentSigner => "document signer",
            Self::CountrySigningCa => "country signing CA",
            Self::Link => "link certificate",
            Self::MasterListSigner => "master list signer",
        })
    }
}

/// What this crate refuses, and why.
///
/// The texts name structures, algorithms and dates; they never contain personal data or key material.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // --- the encoding ---
    /// Not the ASN.1 that the standard prescribes.
    #[error("{what}: not well-formed ({source})")]
    Malformed {
        /// The structure that was being read.
        what: &'static str,
        /// What the decoder says, with the position inside the structure.
        source: der::Error,
    },
    /// Longer than any honest object of its kind.
    #[error("{what}: {length} bytes are more than the {limit} that are read")]
    TooLong {
        /// The structure.
        what: &'static str,
        /// Its length in bytes.
        length: usize,
        /// What is read at most, in bytes.
        limit: usize,
    },
    /// Indefinite lengths nested deeper than any honest object.
    #[error("nested more than {limit} levels deep")]
    TooDeep {
        /// The levels that are read at most.
        limit: usize,
    },
    /// Not a moment between 1970 and 9999.
    #[error("no such moment between 1970 and 9999")]
    Time,

    // --- algorithms and keys ---
    /// SHA-1 (and MD5) no longer bind a signature to one content.
    #[error("a signature with a broken hash ({0}) proves nothing")]
    BrokenDigest(ObjectIdentifier),
    /// A hash that Doc 9303-12 does not list, or SHA-224, which this crate leaves out.
    #[error("hash algorithm {0} is not supported")]
    UnsupportedDigest(ObjectIdentifier),
    /// Neither ECDSA nor RSA as Doc 9303-12 §4 lists them.
    #[error("signature algorithm {0} is not supported")]
    UnsupportedSignatureAlgorithm(ObjectIdentifier),
    /// The parameters of an algorithm are missing, superfluous or not supported.
    #[error("the parameters of algorithm {0} are not supported")]
    AlgorithmParameters(ObjectIdentifier),
    /// Neither an elliptic-curve nor an RSA key.
    #[error("key type {0} is not supported")]
    UnsupportedKey(ObjectIdentifier),
    /// A named curve outside P-256, P-384, P-521, brainpoolP256r1 and brainpoolP384r1.
    #[error("curve {0} is not supported")]
    UnsupportedCurve(ObjectIdentifier),
    /// Explicit domain parameters that are none of the supported curves in every value.
    #[error("explicit curve parameters match no supported curve")]
    ExplicitCurve,
    /// The public key is no point of its curve, or no RSA key.
    #[error("not a valid public key")]
    PublicKey,
    /// An RSA modulus that is too short to trust or too long to be honest.
    #[error("an RSA key of {bits} bits (2048 to 8192 are accepted)")]
    RsaKeySize {
        /// The length of the modulus in bits.
        bits: usize,
    },
    /// The algorithm does not go with the key.
    #[error("the signature algorithm does not go with the key")]
    KeyMismatch,
    /// A signature that does not verify; the errors below say whose it was.
    #[error("the signature does not verify")]
    Signature,

    /// What was to be deciphered came back as something else.
    #[error("the answer does not show that the private key is there")]
    ProofOfPossession,

    // --- SignedData ---
    /// A content type other than `id-signedData`.
    #[error("{0} is not SignedData")]
    NotSignedData(ObjectIdentifier),
    /// The version does not follow from the contents as RFC 5652 §5.1 and §5.3 prescribe.
    #[error("version {found} where RFC 5652 prescribes {expected}")]
    CmsVersion {
        /// The version that follows from the contents.
        expected: u8,
        /// The version that stands there.
        found: u8,
    },
    /// Signed, but something else.
    #[error("content type {found} where {expected} was expected")]
    ContentType {
        /// What the caller expected.
        expected: ObjectIdentifier,
        /// What is in the object.
        found: ObjectIdentifier,
    },
    /// A detached signature: there is no content to verify.
    #[error("there is no signed content")]
    NoContent,
    /// Doc 9303-10 recommends one signer, and one is what this crate reads.
    #[error("{0} signers where one was expected")]
    SignerCount(usize),
    /// The certificate that the signer names is not in the object.
    #[error("the signer's certificate is not in the object")]
    SignerCertificateMissing,
    /// Something other than an X.509 certificate among the certificates.
    #[error("the object carries a certificate that is not X.509")]
    ForeignCertificateFormat,
    /// The signer's hash algorithm is not in the list at the front of the object.
    #[error("the signer's hash algorithm is not announced in the object")]
    DigestNotAnnounced,
    /// The signature algorithm brings its own hash, and it is another one.
    #[error("hash and signature algorithm contradict each other")]
    DigestContradiction,
    /// The content is not plain data, so RFC 5652 §5.3 demands signed attributes.
    #[error("there are no signed attributes")]
    NoSignedAttributes,
    /// An attribute must be there exactly once, with exactly one value.
    #[error("signed attribute {attribute} has {count} values where one was expected")]
    AttributeCount {
        /// The attribute.
        attribute: ObjectIdentifier,
        /// How many values it has in all.
        count: usize,
    },
    /// The content type in the signed attributes is another one than that of the content.
    #[error("the signed content type is not that of the content")]
    SignedContentType,
    /// The content is not what was signed.
    #[error("the content does not match its signed hash")]
    ContentDigest,
    /// The signature over the signed attributes does not verify with the signer's key.
    #[error("the signature over the content does not verify")]
    ContentSignature,

    // --- certificates and paths ---
    /// Not an X.509 version 3 certificate.
    #[error("{role}: not a version 3 certificate")]
    CertificateVersion {
        /// Whose certificate.
        role: Role,
    },
    /// The algorithm outside the signed part is not the one inside.
    #[error("the signature algorithm differs inside and outside of the signed part")]
    AlgorithmSubstituted,
    /// An extension stands there twice.
    #[error("extension {0} appears twice")]
    DuplicateExtension(ObjectIdentifier),
    /// A critical extension that this crate does not process (RFC 5280 §4.2).
    #[error("{role}: unknown critical extension {extension}")]
    UnknownCriticalExtension {
        /// Whose certificate.
        role: Role,
        /// The extension.
        extension: ObjectIdentifier,
    },
    /// An extension that Doc 9303-12 makes mandatory is not there.
    #[error("{role}: extension {extension} is missing")]
    MissingExtension {
        /// Whose certificate.
        role: Role,
        /// The extension.
        extension: ObjectIdentifier,
    },
    /// The key may not be used for what it was used for.
    #[error("{role}: the key may not be used for this")]
    KeyUsage {
        /// Whose certificate.
        role: Role,
    },
    /// basicConstraints say CA where there must be none, or none where there must be a CA.
    #[error("{role}: wrong basicConstraints")]
    BasicConstraints {
        /// Whose certificate.
        role: Role,
    },
    /// More CAs below a CA than it allows.
    #[error("{role}: path length constraint exceeded")]
    PathLength {
        /// Whose certificate.
        role: Role,
    },
    /// No anchor has the key that the authority key identifier names: a foreign signer, or an unknown key.
    #[error("{role}: issued by a key that is not trusted here")]
    UntrustedIssuer {
        /// Whose certificate.
        role: Role,
    },
    /// The issuing key does not verify the signature of the certificate.
    #[error("{role}: the signature of the certificate does not verify")]
    CertificateSignature {
        /// Whose certificate.
        role: Role,
    },
    /// The issuer's name in the certificate is not the subject's name of the issuer.
    #[error("{role}: the issuer is called otherwise")]
    NameChaining {
        /// Whose certificate.
        role: Role,
    },
    /// The country codes of a signer and of its CA differ (Doc 9303-12 §7.1).
    #[error("{role}: another country than its CA")]
    Country {
        /// Whose certificate.
        role: Role,
    },
    /// The certificate is not self-signed, so it cannot be an anchor.
    #[error("not a self-signed country signing CA")]
    NotSelfSigned,
    /// The certificate carries the mark of a test PKI, and test anchors were not allowed.
    #[error("a test anchor, and test anchors were not allowed")]
    TestAnchor,
    /// The certificate had ended.
    #[error("{role}: expired on {not_after}")]
    Expired {
        /// Whose certificate.
        role: Role,
        /// The last moment of its validity.
        not_after: Time,
    },
    /// The certificate had not begun.
    #[error("{role}: not valid before {not_before}")]
    NotYetValid {
        /// Whose certificate.
        role: Role,
        /// The first moment of its validity.
        not_before: Time,
    },
    /// The signer does not sign documents of this type.
    #[error("the document signer does not sign documents of type {0}")]
    DocumentType(String),

    // --- path validation (RFC 5280 §6) ---
    /// An error in one field of one certificate of a path.
    #[error("{role}, {field}: {source}")]
    At {
        /// Whose certificate.
        role: Role,
        /// The field, in the words of RFC 5280.
        field: &'static str,
        /// What is wrong there.
        source: Box<Error>,
    },
    /// More certificates in a row, or more ways to try, than any honest path needs.
    #[error("the search for a path was given up after {limit} {what}")]
    SearchLimit {
        /// What was counted.
        what: &'static str,
        /// How many are tried at most.
        limit: usize,
    },
    /// A name is outside of what a CA above may certify (RFC 5280 §4.2.1.10).
    #[error("{role}: {form} is not among the permitted names")]
    NameNotPermitted {
        /// Whose certificate.
        role: Role,
        /// The form of the name.
        form: &'static str,
    },
    /// A name is among those that a CA above must not certify.
    #[error("{role}: {form} is among the excluded names")]
    NameExcluded {
        /// Whose certificate.
        role: Role,
        /// The form of the name.
        form: &'static str,
    },
    /// A constraint that RFC 5280 does not define: of another form of names, or with a depth.
    #[error("{role}: a name constraint of {form} is not processed")]
    NameConstraint {
        /// Whose certificate.
        role: Role,
        /// The form of the names.
        form: &'static str,
    },
    /// anyPolicy must not be mapped, nor mapped to.
    #[error("{role}: anyPolicy in policyMappings")]
    PolicyMapping {
        /// Whose certificate.
        role: Role,
    },
    /// A policy stands in certificatePolicies twice.
    #[error("policy {0} appears twice")]
    DuplicatePolicy(ObjectIdentifier),
    /// A policy is demanded, and none is left that holds along the path.
    #[error("{role}: no certificate policy is valid from the trust anchor to here")]
    NoValidPolicy {
        /// Where the last one was lost.
        role: Role,
    },
    /// A policy is demanded, and none of those that hold is acceptable.
    #[error("none of the valid certificate policies is among the acceptable ones")]
    PolicyNotAcceptable,
    /// The key is not for the purpose that was asked for.
    #[error("{role}: the key is not for purpose {purpose}")]
    ExtendedKeyUsage {
        /// Whose certificate.
        role: Role,
        /// The purpose that was asked for.
        purpose: ObjectIdentifier,
    },
    /// There are lists of the issuer, and none of them speaks about this certificate.
    #[error("no list of the issuer speaks about this certificate")]
    RevocationListScope,
    /// The lists at hand leave out some reasons for which a certificate can be revoked.
    #[error("the lists do not cover every reason for revocation")]
    RevocationReasons,
    /// A delta list does not follow any complete list at hand.
    #[error("a delta list without the complete list that it changes")]
    RevocationListDelta,
    /// A list of another CA key under the same name, which no certificate links to the issuer's key.
    #[error("the revocation list is that of another CA key of the same name")]
    RevocationListOtherKey,
    /// The certificate of whoever signed the list is not valid itself.
    #[error("on the path of the revocation list's issuer: {0}")]
    RevocationListIssuerPath(Box<Error>),
    /// The file of a list cannot be read any more, so nobody knows.
    #[error("the revocation list cannot be looked into any more")]
    RevocationListUnreadable,

    // --- revocation ---
    /// The certificate was revoked.
    #[error("{role}: certificate {serial} was revoked on {date} ({reason})")]
    Revoked {
        /// Whose certificate.
        role: Role,
        /// Its serial number.
        serial: SerialNumber,
        /// Since when.
        date: Time,
        /// Why, as far as the list says so.
        reason: RevocationReason,
    },
    /// There is no list of the country that issued the certificate.
    #[error("there is no revocation list of the issuer")]
    NoRevocationList,
    /// The list was signed by a key that is not trusted for it.
    #[error("the revocation list was signed by a key that is not trusted here")]
    RevocationListIssuer,
    /// The signature of the list does not verify.
    #[error("the signature of the revocation list does not verify")]
    RevocationListSignature,
    /// The list is from the future.
    #[error("the revocation list is not valid before {this_update}")]
    RevocationListNotYetValid {
        /// When it was issued.
        this_update: Time,
    },
    /// There must be a newer list by now.
    #[error("the revocation list is stale: its successor was due on {next_update}")]
    RevocationListStale {
        /// When its successor was due.
        next_update: Time,
    },
    /// A critical extension that restricts what the list means, and which this crate does not process.
    #[error("the revocation list has an unknown critical extension {0}")]
    RevocationListCriticalExtension(ObjectIdentifier),
    /// A field that Doc 9303-12 makes mandatory is not in the list.
    #[error("the revocation list has no {0}")]
    RevocationListIncomplete(&'static str),
    /// The same serial number twice in one list.
    #[error("the revocation list names certificate {0} twice")]
    RevocationListDuplicate(SerialNumber),

    // --- the document ---
    /// The content of the security object is signed, but not what it should be.
    #[error("the signed {what} is not well-formed")]
    SignedContent {
        /// The structure.
        what: &'static str,
    },
    /// A group is not what the issuer signed.
    #[error("data group {0} does not match its signed hash")]
    GroupHash(u8),
    /// A group that the issuer did not sign.
    #[error("data group {0} is not in the security object")]
    GroupNotSigned(u8),
    /// The security object uses a hash that is not supported.
    #[error("the security object uses hash algorithm {0}")]
    GroupDigest(ObjectIdentifier),

    // --- building ---
    /// The key cannot be read, or is of a kind that is not built here.
    #[error("not a private key that can be used here")]
    PrivateKey,
    /// A value that the profile of Doc 9303-12 does not allow.
    #[error("{0} is outside the profile")]
    OutsideProfile(&'static str),
}

impl Error {
    /// The same, and where it is.
    pub(crate) fn at(self, role: Role, field: &'static str) -> Self {
        let source = Box::new(self);
        Self::At {
            role,
            field,
            source,
        }
    }

    /// For `map_err`: which structure the decoder was reading.
    pub(crate) fn malformed(what: &'static str) -> impl Fn(der::Error) -> Self {
        move |source| Self::Malformed { what, source }
    }
}
