//! Revocation lists in the profile of ICAO Doc 9303-12, 8th edition, §7.2.

use const_oid::AssociatedOid;
use der::asn1::{OctetString, Uint};
use der::{Encode, Sequence};
use rand_core::CryptoRng;
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Rfc5280;
use x509_cert::crl::RevokedCert;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlNumber, CrlReason};
use x509_cert::name::Name;
use x509_cert::time::Time as X509Time;

use super::certificate::{extension_with, signed};
use super::{PrivateKey, x509_time};
use crate::{Certificate, Error, RevocationList, RevocationReason, SerialNumber, Time};

/// Builds one revocation list.
///
/// ```
/// # use pki::builder::*;
/// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// use pki::builder::RevocationListBuilder;
/// use pki::{RevocationReason, SerialNumber, Time};
/// # let mut rng = ChaCha20Rng::from_seed([7; 32]);
/// # let csca_key = PrivateKey::generate(KeyType::P256, &mut rng);
/// # let csca = CertificateBuilder::new(CertificateProfile::CountrySigningCa, DistinguishedName::new("TW", "Test CSCA")?)
/// #     .validity(Time::utc(2026, 1, 1, 0, 0, 0)?, Time::utc(2041, 1, 1, 0, 0, 0)?)
/// #     .self_sign(&csca_key, &mut rng)?;
///
/// let today = Time::utc(2026, 11, 24, 0, 0, 0)?;
/// let serial = SerialNumber::from_be_bytes(&[0x4a, 0x01]);
/// let list = RevocationListBuilder::new(1, today, today.plus_days(90)?)
///     .revoke(serial.clone(), today, RevocationReason::KeyCompromise)
///     .sign(&csca, &csca_key, &mut rng)?;
///
/// list.verify_signature(&csca.public_key()?)?;
/// assert!(list.is_revoked(&serial).is_some());
/// # Ok::<(), pki::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RevocationListBuilder {
    number: u64,
    this_update: Time,
    next_update: Time,
    revoked: Vec<(SerialNumber, Time, RevocationReason)>,
    further: Vec<Extension>,
}

/// TBSCertList (RFC 5280 §5.1), version 2.
#[derive(Sequence)]
struct TbsCertList {
    version: u8,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    this_update: X509Time,
    next_update: X509Time,
    #[asn1(optional = "true")]
    revoked_certificates: Option<Vec<RevokedCert<Rfc5280>>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

impl RevocationListBuilder {
    /// A list with this number, issued at `this_update` and to be followed by another no later than `next_update`.
    #[must_use]
    pub fn new(number: u64, this_update: Time, next_update: Time) -> Self {
        Self {
            number,
            this_update,
            next_update,
            revoked: Vec::new(),
            further: Vec::new(),
        }
    }

    /// Names a certificate.
    #[must_use]
    pub fn revoke(mut self, serial: SerialNumber, date: Time, reason: RevocationReason) -> Self {
        self.revoked.push((serial, date, reason));
        self
    }

    /// Adds an extension with this DER-encoded value.
    #[must_use]
    pub fn extension(
        mut self,
        extn_id: const_oid::ObjectIdentifier,
        critical: bool,
        der: &[u8],
    ) -> Self {
        if let Ok(extn_value) = OctetString::new(der) {
            self.further.push(Extension {
                extn_id,
                critical,
                extn_value,
            });
        }
        self
    }

    /// Signs the list with the key of a country signing CA.
    ///
    /// # Errors
    /// [`Error::OutsideProfile`], or that the key cannot be used.
    pub fn sign(
        &self,
        issuer: &Certificate,
        key: &PrivateKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<RevocationList, Error> {
        let malformed = Error::malformed("revocation list");
        let identifier = issuer
            .subject_key_identifier()
            .ok_or(Error::OutsideProfile("issuer without key identifier"))?;
        let authority = AuthorityKeyIdentifier {
            key_identifier: Some(OctetString::new(identifier).map_err(&malformed)?),
            ..Default::default()
        };
        let number = CrlNumber::try_from(self.number).map_err(&malformed)?;
        let mut extensions = vec![
            extension_with(AuthorityKeyIdentifier::OID, false, &authority)?,
            extension_with(CrlNumber::OID, false, &number)?,
        ];
        extensions.extend(self.further.iter().cloned());
        let mut revoked = Vec::new();
        for (serial, date, reason) in &self.revoked {
            revoked.push(revoked_certificate(serial, *date, *reason)?);
        }
        let algorithm = key.algorithm().to_identifier()?;
        let list = TbsCertList {
            version: 1,
            signature: algorithm.clone(),
            issuer: issuer.subject().clone(),
            this_update: x509_time(self.this_update)?,
            next_update: x509_time(self.next_update)?,
            // RFC 5280 §5.1.2.6: absent, not empty.
            revoked_certificates: (!revoked.is_empty()).then_some(revoked),
            extensions,
        };
        let list = list.to_der().map_err(&malformed)?;
        RevocationList::from_der(&signed(list, algorithm, key, rng)?)
    }
}

fn revoked_certificate(
    serial: &SerialNumber,
    date: Time,
    reason: RevocationReason,
) -> Result<RevokedCert<Rfc5280>, Error> {
    // A leading zero that keeps the number positive is put back by the encoder.
    let number = Uint::new(serial.as_bytes()).map_err(Error::malformed("serial number"))?;
    let serial_number = x509_cert::serial_number::SerialNumber::new(number.as_bytes())
        .map_err(|_| Error::OutsideProfile("serial number"))?;
    // RFC 5280 §5.3.1: the reason "unspecified" is left out.
    let extensions = match reason {
        RevocationReason::Unspecified => None,
        known => Some(vec![extension_with(
            CrlReason::OID,
            false,
            &known.to_code(),
        )?]),
    };
    Ok(RevokedCert {
        serial_number,
        revocation_date: x509_time(date)?,
        crl_entry_extensions: extensions,
    })
}
