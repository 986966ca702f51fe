//! Where a path may end: a name and a key that the caller trusts (RFC 5280 §6.1.1 (d)).

use der::Decode;
use x509_cert::ext::pkix::NameConstraints;
use x509_cert::name::Name;

use crate::certificate::Certificate;
use crate::name::same_name;
use crate::public_key::PublicKey;
use crate::trust::check_validity;
use crate::{Error, Role, Time};

/// A name and a key that the caller trusts, and how far.
///
/// RFC 5280 takes nothing else from an anchor. Where it is given as a certificate, what that says about itself is held to as
/// well, as RFC 5937 proposes: its validity, its path length, its name constraints. Whoever wants none of it gives name and
/// key.
#[derive(Clone, Debug)]
pub struct TrustAnchor {
    name: Name,
    key: PublicKey,
    key_identifier: Option<Vec<u8>>,
    pub(super) path_len: Option<u8>,
    pub(super) name_constraints: Option<NameConstraints>,
    certificate: Option<Certificate>,
}

impl TrustAnchor {
    /// A name and a key. Without [`Self::key_identifier`] every certificate that names this issuer is tried with the key.
    #[must_use]
    pub fn new(name: Name, key: PublicKey) -> Self {
        Self {
            name,
            key,
            key_identifier: None,
            path_len: None,
            name_constraints: None,
            certificate: None,
        }
    }

    /// What a CA certificate says. Whether it is genuine is for the caller to know; that it is self-signed proves nothing and
    /// is not asked for.
    ///
    /// # Errors
    /// [`Error::TestAnchor`] for that of a test PKI; [`Error::BasicConstraints`], [`Error::KeyUsage`],
    /// [`Error::CertificateVersion`], [`Error::UnknownCriticalExtension`] if it is no CA certificate that can be understood;
    /// that its key or an extension cannot be read.
    pub fn from_certificate(certificate: Certificate) -> Result<Self, Error> {
        match certificate.is_test_anchor() {
            true => Err(Error::TestAnchor),
            false => Self::from_test_certificate(certificate),
        }
    }

    /// The same, and it may be the anchor of a test PKI, which carries [`oid::TEST_ANCHOR`](crate::oid::TEST_ANCHOR), as may
    /// the CAs below it. For tests and demonstrations: anybody can make such an anchor.
    ///
    /// # Errors
    /// As [`Self::from_certificate`], but for [`Error::TestAnchor`].
    pub fn from_test_certificate(certificate: Certificate) -> Result<Self, Error> {
        let role = Role::TrustAnchor;
        if !certificate.is_version_3() {
            return Err(Error::CertificateVersion { role });
        }
        let extensions = certificate.extensions();
        let ca = extensions.ca.ok_or(Error::BasicConstraints { role })?;
        if extensions
            .key_usage
            .is_some_and(|usage| !usage.key_cert_sign())
        {
            return Err(Error::KeyUsage { role });
        }
        let further = certificate.path_extensions(true)?;
        if let Some(extension) = further.unknown_critical {
            return Err(Error::UnknownCriticalExtension { role, extension });
        }
        Ok(Self {
            name: certificate.subject().clone(),
            key: certificate.public_key()?,
            key_identifier: certificate.subject_key_identifier().map(<[u8]>::to_vec),
            path_len: ca.path_len,
            name_constraints: further.name_constraints,
            certificate: Some(certificate),
        })
    }

    /// By what certificates below it call its key.
    #[must_use]
    pub fn key_identifier(mut self, identifier: &[u8]) -> Self {
        self.key_identifier = Some(identifier.to_vec());
        self
    }

    /// How many CAs may follow, self-issued certificates not counted.
    #[must_use]
    pub fn max_path_length(mut self, length: u8) -> Self {
        self.path_len = Some(length);
        self
    }

    /// Which names may follow: a DER-encoded NameConstraints (RFC 5280 §4.2.1.10).
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn name_constraints(mut self, der: &[u8]) -> Result<Self, Error> {
        let constraints = NameConstraints::from_der(der);
        self.name_constraints = Some(constraints.map_err(Error::malformed("name constraints"))?);
        Ok(self)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The certificate, if it was given as one.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// Whether its key may be the one that a certificate or a list names: by its identifier, and only if it has none by the name
    /// of the issuer. The signature decides.
    pub(super) fn may_be(&self, identifier: &[u8], issuer: &Name) -> bool {
        match &self.key_identifier {
            Some(own) => own == identifier,
            None => same_name(&self.name, issuer),
        }
    }

    pub(super) fn is_of_test_pki(&self) -> bool {
        let certificate = self.certificate.as_ref();
        certificate.is_some_and(Certificate::is_test_anchor)
    }

    pub(super) fn may_sign_lists(&self) -> bool {
        let certificate = self.certificate.as_ref();
        let usage = certificate.and_then(|it| it.extensions().key_usage);
        usage.is_none_or(|usage| usage.crl_sign())
    }

    /// Whether it is valid at `time`; `None` if it does not say.
    pub(super) fn check_validity(&self, time: Time) -> Option<Result<(), Error>> {
        let certificate = self.certificate.as_ref()?;
        Some(check_validity(certificate, Role::TrustAnchor, time))
    }
}
