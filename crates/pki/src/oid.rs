//! The object identifiers that this crate speaks about, in the words of the standards that define them.

use const_oid::ObjectIdentifier;

/// `id-icao-mrtd-security-ldsSecurityObject`: content type of EF.SOD (ICAO Doc 9303-10, 8th edition, §4.6.2.2).
pub const LDS_SECURITY_OBJECT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.1");

/// `id-icao-cscaMasterList`: content type of a CSCA master list (ICAO Doc 9303-12, 8th edition, §9).
pub const CSCA_MASTER_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.2");

/// `id-icao-cscaMasterListSigningKey`: extended key usage of a master list signer (ICAO Doc 9303-12, §7.1).
pub const MASTER_LIST_SIGNING_KEY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("2.23.136.1.1.3");

/// `id-icao-mrtd-security-extensions-nameChange`: marks a link certificate that changes the name (ICAO Doc 9303-12, §7.1).
pub const NAME_CHANGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.6.1");

/// `id-icao-mrtd-security-extensions-documentTypeList`: the documents that a signer signs (ICAO Doc 9303-12, §7.1).
pub const DOCUMENT_TYPE_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.6.2");

/// `id-SecurityObject`: content type of EF.CardSecurity and EF.ChipSecurity (BSI TR-03110-3, annex A.1.2.5).
pub const SECURITY_OBJECT: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.127.0.7.3.2.1");

/// The extension that marks the anchors (and link certificates) of a test PKI.
///
/// Our verifiers take no marked certificate for an anchor unless they are asked to, critical or not
/// ([`TrustStore::with_test_anchors`](crate::TrustStore::with_test_anchors),
/// [`TrustAnchor::from_test_certificate`](crate::TrustAnchor::from_test_certificate)). Where it is critical, as in a
/// country's, a verifier that does not know it refuses the certificate too, as RFC 5280 §4.2 demands of every unknown
/// critical extension. It lies under 1.3.6.1.4.1.32473, the enterprise number that RFC 5612 sets aside for examples: it
/// can never be issued to anybody, as no real authority can ever carry it. An arc made of a UUID (2.25) would be ours
/// alone, but its 128-bit number is refused by the ASN.1 readers of Go and of RustCrypto, and foreign programs must be
/// able to read these certificates.
pub const TEST_ANCHOR: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.9303.12.1");
