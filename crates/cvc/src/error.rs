//! What can be wrong, and in which field or rule.

use core::fmt;

use iso7816::tlv::TlvError;

use crate::{CertificationAuthorityReference, Date, Role, SignatureAlgorithm, TerminalType};

/// A data object of TR-03110-3 annex D.2 or a part of one, under the standard's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// 7F21.
    CvCertificate,
    /// 7F4E.
    CertificateBody,
    /// 5F29.
    CertificateProfileIdentifier,
    /// 42.
    CertificationAuthorityReference,
    /// 7F49.
    PublicKey,
    /// 7F49/06.
    PublicKeyAlgorithm,
    /// 7F49/81 to 85, 87 of an elliptic-curve key.
    DomainParameters,
    /// 7F49/86.
    PublicPoint,
    /// 7F49/81 of an RSA key.
    Modulus,
    /// 7F49/82 of an RSA key.
    PublicExponent,
    /// 5F20.
    CertificateHolderReference,
    /// 7F4C.
    CertificateHolderAuthorizationTemplate,
    /// 7F4C/06.
    TerminalType,
    /// 7F4C/53.
    RelativeAuthorization,
    /// 5F25.
    CertificateEffectiveDate,
    /// 5F24.
    CertificateExpirationDate,
    /// 65.
    CertificateExtensions,
    /// 65/73.
    Extension,
    /// 65/73/06.
    ExtensionIdentifier,
    /// 65/73/53.
    AuthorizationBits,
    /// The hash in the extension id-description.
    DescriptionHash,
    /// The hashes in the extension id-sector.
    TerminalSector,
    /// 5F37.
    Signature,
    /// 67.
    Authentication,
    /// 5F37 inside 67.
    OuterSignature,
    /// The CertificateDescription of TR-03110-4 §2.2.6.
    CertificateDescription,
    /// Its descriptionType.
    DescriptionType,
    /// Its issuerName.
    IssuerName,
    /// Its issuerURL.
    IssuerUrl,
    /// Its subjectName.
    SubjectName,
    /// Its subjectURL.
    SubjectUrl,
    /// Its termsOfUsage.
    TermsOfUsage,
    /// Its redirectURL.
    RedirectUrl,
    /// Its commCertificates.
    CommCertificates,
    /// A stored set of trust-points.
    TrustPoints,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CvCertificate => "CV Certificate (7F21)",
            Self::CertificateBody => "Certificate Body (7F4E)",
            Self::CertificateProfileIdentifier => "Certificate Profile Identifier (5F29)",
            Self::CertificationAuthorityReference => "Certification Authority Reference (42)",
            Self::PublicKey => "Public Key (7F49)",
            Self::PublicKeyAlgorithm => "Public Key, algorithm (06)",
            Self::DomainParameters => "Public Key, domain parameters (81 to 85, 87)",
            Self::PublicPoint => "Public Key, public point (86)",
            Self::Modulus => "Public Key, modulus (81)",
            Self::PublicExponent => "Public Key, exponent (82)",
            Self::CertificateHolderReference => "Certificate Holder Reference (5F20)",
            Self::CertificateHolderAuthorizationTemplate => {
                "Certificate Holder Authorization Template (7F4C)"
            }
            Self::TerminalType => "Certificate Holder Authorization Template, terminal type (06)",
            Self::RelativeAuthorization => {
                "Certificate Holder Authorization Template, relative authorization (53)"
            }
            Self::CertificateEffectiveDate => "Certificate Effective Date (5F25)",
            Self::CertificateExpirationDate => "Certificate Expiration Date (5F24)",
            Self::CertificateExtensions => "Certificate Extensions (65)",
            Self::Extension => "Certificate Extension (73)",
            Self::ExtensionIdentifier => "Certificate Extension, object identifier (06)",
            Self::AuthorizationBits => "Authorization Extension, bits (53)",
            Self::DescriptionHash => "hash of the Certificate Description (80)",
            Self::TerminalSector => "Terminal Sector (80, 81)",
            Self::Signature => "Signature (5F37)",
            Self::Authentication => "Authentication (67)",
            Self::OuterSignature => "outer Signature (5F37)",
            Self::CertificateDescription => "CertificateDescription",
            Self::DescriptionType => "CertificateDescription, descriptionType",
            Self::IssuerName => "CertificateDescription, issuerName",
            Self::IssuerUrl => "CertificateDescription, issuerURL",
            Self::SubjectName => "CertificateDescription, subjectName",
            Self::SubjectUrl => "CertificateDescription, subjectURL",
            Self::TermsOfUsage => "CertificateDescription, termsOfUsage",
            Self::RedirectUrl => "CertificateDescription, redirectURL",
            Self::CommCertificates => "CertificateDescription, commCertificates",
            Self::TrustPoints => "trust-points",
        })
    }
}

/// What this crate refuses: a field that is wrong, or a rule of TR-03110-3 §2 that a chain breaks.
///
/// The texts name fields, references and dates; certificates hold nothing about a card's holder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // --- the encoding ---
    /// Not the data objects that annex C prescribes: broken DER, another order, one too few or too many.
    #[error("{field}: {reason}")]
    Tlv {
        /// Where.
        field: Field,
        /// What the reader found, with its offset.
        reason: TlvError,
    },
    /// A field with a value that its standard does not allow.
    #[error("{field}: {reason}")]
    Malformed {
        /// Where.
        field: Field,
        /// Which rule is broken.
        reason: &'static str,
    },
    /// More bytes or elements than any honest one has.
    #[error("{field}: more than {limit}")]
    TooLong {
        /// Where.
        field: Field,
        /// What is read at most: bytes, or elements of a list.
        limit: usize,
    },

    // --- keys and signatures ---
    /// An algorithm of annex A.7 that is known by name alone: RSA, and hashes that are too weak.
    #[error("{field}: signatures with {algorithm} are not supported")]
    UnsupportedAlgorithm {
        /// Where the algorithm was asked for.
        field: Field,
        /// Its name.
        algorithm: SignatureAlgorithm,
    },
    /// Domain parameters that are not, number for number, P-256, P-384 or brainpoolP256r1.
    #[error("{field}: the curve is not supported", field = Field::DomainParameters)]
    UnsupportedCurve,
    /// There are no domain parameters, neither in the key nor inherited (annex D.3.3).
    #[error("{field}: they are missing", field = Field::DomainParameters)]
    DomainParametersMissing,
    /// A DV or terminal certificate brings its own domain parameters (annex D.3.3).
    #[error("{field}: a certificate of a {role} must inherit them", field = Field::DomainParameters)]
    DomainParametersForbidden {
        /// The role of the certificate's holder.
        role: Role,
    },
    /// The public point does not lie on the curve, or the private key is no scalar of it.
    #[error("{field}: {reason}", field = Field::PublicPoint)]
    InvalidKey {
        /// What the arithmetic says.
        reason: secure_channel::Error,
    },
    /// The signature does not verify.
    #[error("{field}: it does not verify")]
    Signature {
        /// Which one: [`Field::Signature`] or [`Field::OuterSignature`].
        field: Field,
    },
    /// The key did not sign.
    #[error("{field}: the key did not sign: {reason}")]
    NotSigned {
        /// Which signature.
        field: Field,
        /// Why.
        reason: secure_channel::Error,
    },

    // --- the rules of a chain (TR-03110-3 §2) ---
    /// No key under this reference: no trust-point, nor the key imported last (§2.5, A.7.2.2).
    #[error("no key is known under the Certification Authority Reference {0}")]
    UnknownAuthority(CertificationAuthorityReference),
    /// Only DV and terminal certificates expire (§2.5).
    #[error("the {role} certificate expired on {expiration}, and the date is {current}")]
    Expired {
        /// The role of the certificate's holder.
        role: Role,
        /// Its last day.
        expiration: Date,
        /// The current date.
        current: Date,
    },
    /// The certificate begins later than the clock says. Without a clock there is no such thing (§2.5).
    #[error("the {role} certificate begins on {effective}, and the date is {current}")]
    NotYetValid {
        /// The role of the certificate's holder.
        role: Role,
        /// Its first day.
        effective: Date,
        /// The current date.
        current: Date,
    },
    /// An expired trust-point verifies link certificates and nothing else (§2.5.1).
    #[error("the trust-point expired on {expiration}, and the date is {current}")]
    TrustPointExpired {
        /// Its last day.
        expiration: Date,
        /// The current date.
        current: Date,
    },
    /// CVCAs certify CVCAs and DVs, DVs certify terminals, terminals nobody (§2.1, §2.2).
    #[error("a {issuer} may not certify a {holder}")]
    MayNotIssue {
        /// The role of the issuer.
        issuer: Role,
        /// The role of the certificate's holder.
        holder: Role,
    },
    /// The terminal type differs from the issuer's, or from the one confirmed in PACE (§2.7.1).
    #[error("an authorization for {found} under one for {expected}")]
    TerminalType {
        /// What the issuer is, or what was confirmed.
        expected: TerminalType,
        /// What the certificate says.
        found: TerminalType,
    },
    /// One chain has one signature algorithm; link certificates alone may change it (§2.3).
    #[error("a key for {found} in a chain of {expected}")]
    AlgorithmChanged {
        /// The algorithm of the issuer's key.
        expected: SignatureAlgorithm,
        /// The algorithm of the certificate's key.
        found: SignatureAlgorithm,
    },
    /// The Certificate Holder Reference is that of another key (A.7.2).
    #[error("the Certificate Holder Reference is known already")]
    ReferenceKnown,
    /// A certificate that is not signed with its own key where a CVCA's own one is needed.
    #[error("not a self-signed CVCA certificate")]
    NotSelfSigned,
    /// More than two trust-points for one terminal type (§2.5), or two under one reference.
    #[error("{field}: {reason}", field = Field::TrustPoints)]
    TrustPoints {
        /// Which rule is broken.
        reason: &'static str,
    },
}

impl Error {
    pub(crate) fn tlv(field: Field) -> impl Fn(TlvError) -> Self {
        move |reason| Self::Tlv { field, reason }
    }

    pub(crate) const fn malformed(field: Field, reason: &'static str) -> Self {
        Self::Malformed { field, reason }
    }
}
