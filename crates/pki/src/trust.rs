//! What the caller trusts, and how a certificate leads there.
//!
//! The path of a passport is short: document signer, issued by a country signing CA. When a country changes its CA key it
//! issues a link certificate, the new key signed with the old one, so that whoever knows the old key learns the new one.

mod path;

use crate::certificate::Certificate;
use crate::name::same_name;
use crate::{Error, RevocationList, Role, Time};

pub(crate) use path::{Path, check_validity};

/// The country signing CAs that the caller trusts, and link certificates that lead to them.
///
/// It starts empty: nothing is trusted that nobody added.
///
/// ```
/// use pki::{Error, TrustStore};
/// # use pki::builder::{CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey};
/// # use pki::Time;
/// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// # let mut rng = ChaCha20Rng::from_seed([7; 32]);
/// # let key = PrivateKey::generate(KeyType::P256, &mut rng);
/// # let name = DistinguishedName::new("TW", "Test CSCA")?;
/// # let test_anchor = CertificateBuilder::new(CertificateProfile::CountrySigningCa, name)
/// #     .validity(Time::utc(2026, 1, 1, 0, 0, 0)?, Time::utc(2041, 1, 1, 0, 0, 0)?)
/// #     .test_anchor()
/// #     .self_sign(&key, &mut rng)?;
///
/// // A test PKI marks its anchors, and a verifier does not take them by accident:
/// let mut trust = TrustStore::new();
/// assert_eq!(trust.add_anchor(test_anchor.clone()), Err(Error::TestAnchor));
///
/// // only by name.
/// let mut trust = TrustStore::with_test_anchors();
/// trust.add_anchor(test_anchor)?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    anchors: Vec<Certificate>,
    links: Vec<Certificate>,
    test_anchors_allowed: bool,
}

impl TrustStore {
    /// A store that trusts nobody, and never will trust a test PKI.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A store that trusts nobody yet, but takes the anchors of a test PKI, those that carry
    /// [`oid::TEST_ANCHOR`](crate::oid::TEST_ANCHOR). For tests and demonstrations: anybody can make such an anchor.
    #[must_use]
    pub fn with_test_anchors() -> Self {
        Self {
            test_anchors_allowed: true,
            ..Self::default()
        }
    }

    /// Trusts a country signing CA from now on. Whether it is genuine is for the caller to know.
    ///
    /// # Errors
    /// [`Error::TestAnchor`]; [`Error::NotSelfSigned`]; [`Error::CertificateSignature`] if a bit of it was changed; and the
    /// errors of a certificate outside the profile of Doc 9303-12 §7.1.
    pub fn add_anchor(&mut self, certificate: Certificate) -> Result<(), Error> {
        let role = Role::CountrySigningCa;
        self.check_ca(&certificate, role)?;
        let own_key = certificate.subject_key_identifier();
        let foreign_key = certificate
            .authority_key_identifier()
            .is_some_and(|identifier| Some(identifier) != own_key);
        if foreign_key || !same_name(certificate.subject(), certificate.issuer()) {
            return Err(Error::NotSelfSigned);
        }
        let key = certificate.public_key()?;
        verify_signature(&certificate, &key, role)?;
        if !self.anchors.contains(&certificate) {
            self.anchors.push(certificate);
        }
        Ok(())
    }

    /// Learns a country's new key from a certificate that the old key signed. The old key must be known already.
    ///
    /// # Errors
    /// [`Error::UntrustedIssuer`] if it is not; [`Error::CertificateSignature`]; and the errors of a certificate outside the
    /// profile of Doc 9303-12 §7.1.
    pub fn add_link(&mut self, certificate: Certificate) -> Result<(), Error> {
        self.check_ca(&certificate, Role::Link)?;
        self.path(&certificate, Role::Link, None)?;
        if !self.links.contains(&certificate) {
            self.links.push(certificate);
        }
        Ok(())
    }

    /// Whether a key of this store that may sign lists, and is valid at `time`, signed `list`, and whether the list says
    /// nothing that this crate does not understand. Whether it is current, [`RevocationList::check_validity`] says.
    ///
    /// # Errors
    /// [`Error::RevocationListIssuer`], [`Error::RevocationListSignature`] or [`Error::RevocationListCriticalExtension`].
    pub fn authenticate_list(&self, list: &RevocationList, time: Time) -> Result<(), Error> {
        let issuer = self
            .issuer_of_lists(list.authority_key_identifier(), list.issuer(), time)
            .ok_or(Error::RevocationListIssuer)?;
        list.verify_signature(&issuer.public_key()?)
            .map_err(|error| match error {
                Error::Signature => Error::RevocationListSignature,
                other => other,
            })?;
        list.check_critical_extensions()
    }

    /// The country signing CAs in the store.
    pub fn anchors(&self) -> impl Iterator<Item = &Certificate> {
        self.anchors.iter()
    }

    /// The link certificates in the store.
    pub fn links(&self) -> impl Iterator<Item = &Certificate> {
        self.links.iter()
    }

    /// Whether the store trusts nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// The profile of a CA certificate: ICAO Doc 9303-12, 8th edition, §7.1.
    fn check_ca(&self, certificate: &Certificate, role: Role) -> Result<(), Error> {
        self.check_common(certificate, role)?;
        let extensions = certificate.extensions();
        if extensions.ca.is_none() {
            return Err(Error::BasicConstraints { role });
        }
        let may_sign = extensions
            .key_usage
            .is_some_and(|usage| usage.key_cert_sign());
        if !may_sign || extensions.extended_key_usage.is_some() {
            return Err(Error::KeyUsage { role });
        }
        if extensions.subject_key_identifier.is_none() {
            return Err(Error::MissingExtension {
                role,
                extension: const_oid::db::rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
            });
        }
        Ok(())
    }

    /// What holds for every certificate of a path.
    fn check_common(&self, certificate: &Certificate, role: Role) -> Result<(), Error> {
        if !certificate.is_version_3() {
            return Err(Error::CertificateVersion { role });
        }
        if certificate.is_test_anchor() && !self.test_anchors_allowed {
            return Err(Error::TestAnchor);
        }
        match certificate.extensions().unknown_critical {
            Some(extension) => Err(Error::UnknownCriticalExtension { role, extension }),
            None => Ok(()),
        }
    }

    /// The profile of a certificate that signs documents or master lists.
    pub(crate) fn check_signer(&self, certificate: &Certificate, role: Role) -> Result<(), Error> {
        self.check_common(certificate, role)?;
        let extensions = certificate.extensions();
        if extensions.ca.is_some() {
            return Err(Error::BasicConstraints { role });
        }
        let may_sign = extensions
            .key_usage
            .is_some_and(|usage| usage.digital_signature());
        // A key for one purpose is a key for no other: a master list signer signs no documents (RFC 5280 §4.2.1.12).
        let purpose = match (&extensions.extended_key_usage, role) {
            (None, Role::MasterListSigner) => false,
            (None, _) => true,
            (Some(purposes), Role::MasterListSigner) => {
                purposes.contains(&crate::oid::MASTER_LIST_SIGNING_KEY)
            }
            (Some(_), _) => false,
        };
        if may_sign && purpose {
            Ok(())
        } else {
            Err(Error::KeyUsage { role })
        }
    }
}

/// Verifies a certificate with its issuer's key and says whose signature it was that failed.
fn verify_signature(
    certificate: &Certificate,
    key: &crate::PublicKey,
    role: Role,
) -> Result<(), Error> {
    certificate
        .verify_signature(key)
        .map_err(|error| match error {
            Error::Signature => Error::CertificateSignature { role },
            other => other,
        })
}
