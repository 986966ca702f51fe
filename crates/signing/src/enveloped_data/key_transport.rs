//! How the key of the content is encrypted for a recipient: RFC 3370 §4.2.1, RFC 4055 §4.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{
    ID_MGF_1, ID_SHA_1, ID_SHA_256, ID_SHA_384, ID_SHA_512, RSA_ENCRYPTION,
};
use der::Encode;
use spki::AlgorithmIdentifierOwned;

use crate::asn1::{self, Elements, constructed};
use crate::key::{KeyTransportAlgorithm, OaepDigest};
use crate::signed_data::field;
use crate::{Error, Oid};

const ID_RSAES_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
const ID_P_SPECIFIED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.9");
const WHAT: &str = "RSAES-OAEP-params";

pub(super) fn read(identifier: &AlgorithmIdentifierOwned) -> Result<KeyTransportAlgorithm, Error> {
    match identifier.oid {
        RSA_ENCRYPTION => Ok(KeyTransportAlgorithm::RsaesPkcs1),
        ID_RSAES_OAEP => oaep(identifier).map(KeyTransportAlgorithm::RsaesOaep),
        oid => Err(Error::KeyTransport(oid.into())),
    }
}

/// Everything in the parameters has a default: SHA-1 twice, and an empty label.
fn oaep(identifier: &AlgorithmIdentifierOwned) -> Result<OaepDigest, Error> {
    let Some(parameters) = &identifier.parameters else {
        return Ok(OaepDigest::Sha1);
    };
    let der = parameters.to_der().map_err(Error::malformed(WHAT))?;
    let mut fields = Elements::of_sequence(WHAT, &der)?;
    let hash = match fields.optional(constructed(0))? {
        Some(hash) => digest(&asn1::only(WHAT, hash)?)?,
        None => OaepDigest::Sha1,
    };
    let mask = match fields.optional(constructed(1))? {
        Some(mask) => {
            let mask: AlgorithmIdentifierOwned = asn1::only(WHAT, mask)?;
            if mask.oid != ID_MGF_1 {
                return Err(Error::KeyTransport(mask.oid.into()));
            }
            let inner = mask
                .parameters
                .ok_or_else(|| field(WHAT, "maskGenAlgorithm"))?;
            let inner = inner.to_der().map_err(Error::malformed(WHAT))?;
            digest(&asn1::only(WHAT, &inner)?)?
        }
        None => OaepDigest::Sha1,
    };
    // A card has one hash for both.
    if mask != hash {
        return Err(Error::KeyTransport(Oid::from(ID_RSAES_OAEP)));
    }
    if let Some(source) = fields.optional(constructed(2))? {
        let source: AlgorithmIdentifierOwned = asn1::only(WHAT, source)?;
        let label = source.parameters.filter(|label| !label.value().is_empty());
        if source.oid != ID_P_SPECIFIED || label.is_some() {
            return Err(field(WHAT, "pSourceAlgorithm"));
        }
    }
    fields.finish()?;
    Ok(hash)
}

fn digest(identifier: &AlgorithmIdentifierOwned) -> Result<OaepDigest, Error> {
    match identifier.oid {
        ID_SHA_1 => Ok(OaepDigest::Sha1),
        ID_SHA_256 => Ok(OaepDigest::Sha256),
        ID_SHA_384 => Ok(OaepDigest::Sha384),
        ID_SHA_512 => Ok(OaepDigest::Sha512),
        oid => Err(Error::KeyTransport(oid.into())),
    }
}

#[cfg(test)]
mod tests {
    use der::{Any, Decode};

    use super::*;

    fn with(parameters: &[u8]) -> Result<KeyTransportAlgorithm, Error> {
        read(&AlgorithmIdentifierOwned {
            oid: ID_RSAES_OAEP,
            parameters: Some(Any::from_der(parameters).unwrap()),
        })
    }

    fn algorithm(oid: ObjectIdentifier, parameters: &[u8]) -> Vec<u8> {
        asn1::sequence(&[&Oid::from(oid).to_der(), parameters])
    }

    #[test]
    fn what_is_not_said_is_sha_1() {
        let sha_1 = KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha1);
        assert_eq!(with(&asn1::sequence(&[])), Ok(sha_1));
        let hash = asn1::element(0xa0, &[&algorithm(ID_SHA_256, &[])]);
        // The mask stays SHA-1, which no card mixes with another hash.
        assert_eq!(
            with(&asn1::sequence(&[&hash])),
            Err(Error::KeyTransport(Oid::from(ID_RSAES_OAEP)))
        );
    }

    #[test]
    fn a_label_and_another_mask_are_refused() {
        let label = |text: &[u8]| {
            let source = algorithm(ID_P_SPECIFIED, &asn1::octet_string(text));
            asn1::sequence(&[&asn1::element(0xa2, &[&source])])
        };
        assert!(with(&label(b"")).is_ok());
        assert_eq!(with(&label(b"x")), Err(field(WHAT, "pSourceAlgorithm")));
        let source = asn1::element(0xa2, &[&algorithm(ID_MGF_1, &[])]);
        assert!(with(&asn1::sequence(&[&source])).is_err());
        let mask = asn1::element(0xa1, &[&algorithm(ID_SHA_1, &[])]);
        assert_eq!(
            with(&asn1::sequence(&[&mask])),
            Err(Error::KeyTransport(ID_SHA_1.into()))
        );
    }
}
