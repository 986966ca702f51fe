//! What is signed beside the content: RFC 5652 §11, RFC 5035 §3, RFC 6211 §2.
//!
//! ETSI EN 319 122-1 §6.3 demands for level B-B: content-type, message-digest, signing-certificate-v2 (the form for every hash but SHA-1) and
//! signing-time.

use der::{Decode, Tag};
use pki::{Certificate, DigestAlgorithm, SerialNumber, SignatureAlgorithm, Time};
use spki::AlgorithmIdentifierOwned;

use crate::asn1::{self, Elements, constructed};
use crate::{Error, MessageDigest, Oid, time};

const WHAT: &str = "signed attributes";
const SIGNING_CERTIFICATE: &str = "SigningCertificateV2";

/// The attributes that this crate knows. Others may stand beside them, each once.
#[derive(Debug)]
pub(crate) struct SignedAttributes<'a> {
    pub(crate) content_type: Oid,
    pub(crate) message_digest: &'a [u8],
    pub(crate) signing_certificate: EssCertId<'a>,
    pub(crate) signing_time: Option<Time>,
    /// The contents of the identifiers of hash and signature algorithm.
    pub(crate) algorithms: Option<(&'a [u8], &'a [u8])>,
}

/// `ESSCertIDv2`: a certificate by its hash.
#[derive(Debug)]
pub(crate) struct EssCertId<'a> {
    digest: DigestAlgorithm,
    hash: &'a [u8],
    /// The contents of issuer and serial number.
    issuer_serial: Option<&'a [u8]>,
}

impl<'a> SignedAttributes<'a> {
    /// Reads the contents of the SET.
    pub(crate) fn read(contents: &'a [u8]) -> Result<Self, Error> {
        let mut elements = Elements::inside(WHAT, contents)?;
        let mut raw = Vec::new();
        while !elements.is_empty() {
            raw.push(elements.raw()?);
        }
        // What is signed is the DER encoding (RFC 5652 §5.4), in which a SET is sorted: this one order and no other.
        if !asn1::is_sorted(&raw) {
            return Err(Error::AttributeOrder);
        }
        let mut attributes: Vec<(Oid, &'a [u8])> = Vec::new();
        for attribute in raw {
            let mut fields = Elements::of_sequence(WHAT, attribute)?;
            let oid = fields.oid()?;
            let values = fields.contents(Tag::Set)?;
            fields.finish()?;
            if attributes.iter().any(|(other, _)| *other == oid) {
                return Err(Error::AttributeCount {
                    attribute: oid,
                    count: 2,
                });
            }
            attributes.push((oid, values));
        }
        let one = |wanted: &Oid| match attributes.iter().find(|(oid, _)| oid == wanted) {
            Some((oid, values)) => single(oid, values),
            None => Err(Error::AttributeCount {
                attribute: wanted.clone(),
                count: 0,
            }),
        };
        let optional = |wanted: &Oid| match attributes.iter().any(|(oid, _)| oid == wanted) {
            true => one(wanted).map(Some),
            false => Ok(None),
        };

        let mut content_type = Elements::inside(WHAT, one(&Oid::CONTENT_TYPE)?)?;
        let mut message_digest = Elements::inside(WHAT, one(&Oid::MESSAGE_DIGEST)?)?;
        let signing_time = optional(&Oid::SIGNING_TIME)?
            .map(|value| {
                let value = x509_cert::time::Time::from_der(value);
                value.map(Time::from).map_err(Error::malformed(WHAT))
            })
            .transpose()?;
        Ok(Self {
            content_type: content_type.oid()?,
            message_digest: message_digest.octets()?,
            signing_certificate: EssCertId::read(one(&Oid::SIGNING_CERTIFICATE_V2)?)?,
            signing_time,
            algorithms: optional(&Oid::ALGORITHM_PROTECTION)?
                .map(algorithm_protection)
                .transpose()?,
        })
    }
}

/// The one element that `values` is.
fn single<'a>(oid: &Oid, values: &'a [u8]) -> Result<&'a [u8], Error> {
    let mut elements = Elements::inside(WHAT, values)?;
    let mut count = 0;
    while !elements.is_empty() {
        elements.raw()?;
        count += 1;
    }
    match count {
        1 => Ok(values),
        count => Err(Error::AttributeCount {
            attribute: oid.clone(),
            count,
        }),
    }
}

/// `CMSAlgorithmProtection` of a signature (RFC 6211 §2): hash algorithm, signature algorithm under [1].
fn algorithm_protection(value: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let mut fields = Elements::of_sequence("CMSAlgorithmProtection", value)?;
    let digest = fields.contents(Tag::Sequence)?;
    let signature = fields.contents(constructed(1))?;
    fields.finish()?;
    Ok((digest, signature))
}

impl<'a> EssCertId<'a> {
    /// Reads a `SigningCertificateV2`; the first certificate in it is the signer's (RFC 5035 §3). The others, and the policies, restrict what the
    /// signer meant to be validated with; path validation does not ask for it.
    fn read(value: &'a [u8]) -> Result<Self, Error> {
        let mut fields = Elements::of_sequence(SIGNING_CERTIFICATE, value)?;
        let mut certificates = fields.sequence()?;
        let _policies = fields.optional(Tag::Sequence)?;
        fields.finish()?;
        let first = Self::read_one(&mut certificates)?;
        while !certificates.is_empty() {
            Self::read_one(&mut certificates)?;
        }
        Ok(first)
    }

    fn read_one(certificates: &mut Elements<'a>) -> Result<Self, Error> {
        let mut fields = certificates.sequence()?;
        // hashAlgorithm DEFAULT sha256
        let digest = match fields.optional(Tag::Sequence)? {
            Some(contents) => {
                let der = asn1::element(0x30, &[contents]);
                let identifier: AlgorithmIdentifierOwned = asn1::only(SIGNING_CERTIFICATE, &der)?;
                DigestAlgorithm::from_identifier(&identifier)?
            }
            None => DigestAlgorithm::Sha256,
        };
        let hash = fields.octets()?;
        let issuer_serial = fields.optional(Tag::Sequence)?;
        fields.finish()?;
        Ok(Self {
            digest,
            hash,
            issuer_serial,
        })
    }

    /// Whether it is this certificate.
    pub(crate) fn is(&self, certificate: &Certificate) -> Result<bool, Error> {
        if self.hash != self.digest.digest(certificate.as_der()) {
            return Ok(false);
        }
        let Some(contents) = self.issuer_serial else {
            return Ok(true);
        };
        // IssuerSerial: GeneralNames with one directoryName, and the number.
        let mut fields = Elements::inside(SIGNING_CERTIFICATE, contents)?;
        let mut names = fields.sequence()?;
        let mut name = Elements::inside(SIGNING_CERTIFICATE, names.contents(constructed(4))?)?;
        let issuer = name.decode::<pki::Name>()?;
        name.finish()?;
        names.finish()?;
        let serial = SerialNumber::from_be_bytes(fields.contents(Tag::Integer)?);
        fields.finish()?;
        Ok(issuer == *certificate.issuer() && serial == certificate.serial_number())
    }
}

/// The signed attributes of a new message: the contents of the SET, sorted.
pub(crate) fn build(
    content_type: &Oid,
    digest: &MessageDigest,
    certificate: &Certificate,
    algorithm: SignatureAlgorithm,
    signing_time: Option<Time>,
) -> Result<Vec<u8>, Error> {
    let attribute = |oid: &Oid, value: &[u8]| {
        asn1::sequence(&[&oid.to_der(), &asn1::set_of(vec![value.to_vec()])])
    };
    let (digest_identifier, signature_identifier) = identifiers(algorithm)?;
    // SHA-256 is the default of hashAlgorithm, and what is the default is not written in DER.
    let hash = asn1::octet_string(&DigestAlgorithm::Sha256.digest(certificate.as_der()));
    let signing_certificate = asn1::sequence(&[&asn1::sequence(&[&asn1::sequence(&[&hash])])]);
    let signature_contents = Elements::inside(WHAT, &signature_identifier)?.contents(Tag::Sequence);
    let protection = asn1::sequence(&[
        &digest_identifier,
        &asn1::element(0xa1, &[signature_contents?]),
    ]);
    let mut attributes = vec![
        attribute(&Oid::CONTENT_TYPE, &content_type.to_der()),
        attribute(&Oid::MESSAGE_DIGEST, &asn1::octet_string(digest.as_bytes())),
        attribute(&Oid::SIGNING_CERTIFICATE_V2, &signing_certificate),
        attribute(&Oid::ALGORITHM_PROTECTION, &protection),
    ];
    if let Some(moment) = signing_time {
        attributes.push(attribute(&Oid::SIGNING_TIME, &time::x509_time(moment)?));
    }
    attributes.sort();
    Ok(attributes.concat())
}

/// The identifiers of the algorithm's hash and of the algorithm, in DER.
pub(crate) fn identifiers(algorithm: SignatureAlgorithm) -> Result<(Vec<u8>, Vec<u8>), Error> {
    use der::Encode;
    let digest = algorithm.digest().to_identifier().to_der();
    let signature = algorithm.to_identifier()?.to_der();
    Ok((
        digest.map_err(Error::malformed(WHAT))?,
        signature.map_err(Error::malformed(WHAT))?,
    ))
}
