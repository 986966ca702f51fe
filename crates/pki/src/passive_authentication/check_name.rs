//! The checks of passive authentication by name.

use core::fmt;

/// One of the checks that Passive Authentication consists of (ICAO Doc 9303-11, 8th edition, §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CheckName {
    /// The content of the security object was signed with the key of the certificate in it.
    Signature,
    /// That certificate is one of a document signer, and was issued by the CA that it names.
    DocumentSigner,
    /// That CA is trusted, or linked to one that is.
    CountrySigningCa,
    /// All certificates on the way are valid at the time of verification.
    Validity,
    /// None of them is revoked, by a current list.
    Revocation,
    /// The signer signs this type of document.
    DocumentType,
    /// The signed content is what the type promises: an LDS security object, or SecurityInfos.
    Content,
    /// A data group matches the hash in the security object.
    GroupHash(u8),
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature => f.write_str("signature of the security object"),
            Self::DocumentSigner => f.write_str("document signer"),
            Self::CountrySigningCa => f.write_str("country signing CA"),
            Self::Validity => f.write_str("validity of the certificates"),
            Self::Revocation => f.write_str("revocation"),
            Self::DocumentType => f.write_str("document type"),
            Self::Content => f.write_str("content of the security object"),
            Self::GroupHash(number) => write!(f, "hash of data group {number}"),
        }
    }
}
