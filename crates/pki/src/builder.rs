//! Keys, certificates, revocation lists and signed objects of a test PKI, in the profiles of ICAO Doc 9303-12.
//!
//! It issues what a country would, so that issuing and verifying can be tried without one. It is no CA: it keeps no
//! register, protects no key, and asks nobody. Randomness and time come in as arguments, so everything can be made again,
//! byte for byte (ECDSA signatures are those of RFC 6979).
//!
//! ```
//! use pki::builder::{CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey};
//! use pki::Time;
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//!
//! let mut rng = ChaCha20Rng::from_seed([7; 32]); // a program takes the operating system's
//! let (from, to) = (Time::utc(2026, 1, 1, 0, 0, 0)?, Time::utc(2041, 1, 1, 0, 0, 0)?);
//!
//! let csca_key = PrivateKey::generate(KeyType::P256, &mut rng);
//! let csca = CertificateBuilder::new(
//!     CertificateProfile::CountrySigningCa,
//!     DistinguishedName::new("TW", "Test CSCA")?,
//! )
//! .validity(from, to)
//! .test_anchor()
//! .self_sign(&csca_key, &mut rng)?;
//!
//! let key = PrivateKey::generate(KeyType::P256, &mut rng);
//! let signer = CertificateBuilder::new(
//!     CertificateProfile::DocumentSigner,
//!     DistinguishedName::new("TW", "Test document signer 1")?,
//! )
//! .validity(from, to)
//! .document_types(["ID"])
//! .issue(&key.public_key()?, &csca, &csca_key, &mut rng)?;
//!
//! signer.verify_signature(&csca.public_key()?)?;
//! # Ok::<(), pki::Error>(())
//! ```

mod certificate;
mod distinguished_name;
mod private_key;
mod revocation_list;
mod signed_data;

pub use certificate::{CertificateBuilder, CertificateProfile};
pub use distinguished_name::DistinguishedName;
pub use private_key::{KeyType, PrivateKey};
pub use revocation_list::RevocationListBuilder;
pub use signed_data::{SignedDataBuilder, csca_master_list, ef_sod};

use der::asn1::{GeneralizedTime, UtcTime};
use x509_cert::time::Time as X509Time;

use crate::{Error, Time};

/// RFC 5280 §4.1.2.5: UTCTime through the year 2049, GeneralizedTime from 2050.
fn x509_time(time: Time) -> Result<X509Time, Error> {
    let moment = time.to_der()?;
    Ok(if moment.year() < 2050 {
        let time = UtcTime::from_date_time(moment);
        X509Time::UtcTime(time.map_err(|_| Error::Time)?)
    } else {
        X509Time::GeneralTime(GeneralizedTime::from_date_time(moment))
    })
}
