//! The textual encoding of RFC 7468, around bytes that must stay as they are.

use der::pem::{Error as PemError, LineEnding};

use crate::Error;

/// The bytes in a text with this label ("CERTIFICATE", "X509 CRL").
pub(crate) fn decode(label: &'static str, text: &str) -> Result<Vec<u8>, Error> {
    let malformed = |error: PemError| Error::Malformed {
        what: label,
        source: error.into(),
    };
    let (found, der) = der::pem::decode_vec(text.as_bytes()).map_err(malformed)?;
    if found != label {
        return Err(malformed(PemError::Label));
    }
    Ok(der)
}

pub(crate) fn encode(label: &'static str, der: &[u8]) -> Result<String, Error> {
    der::pem::encode_string(label, LineEnding::LF, der).map_err(|error| Error::Malformed {
        what: label,
        source: error.into(),
    })
}
