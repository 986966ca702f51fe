//! The certificates in the profile of RFC 5280, extension by extension: the order is that of its §4.2.1 and §4.2.2.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{ID_AD_CA_ISSUERS, ID_KP_CLIENT_AUTH};
use const_oid::db::rfc5280::{
    ID_CE_BASIC_CONSTRAINTS, ID_CE_CERTIFICATE_POLICIES, ID_CE_CRL_DISTRIBUTION_POINTS,
    ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE, ID_CE_SUBJECT_DIRECTORY_ATTRIBUTES,
    ID_PE_AUTHORITY_INFO_ACCESS,
};
use der::asn1::{Ia5String, PrintableStringRef, SetOfVec};
use der::{Any, Decode, Encode, Sequence, Tag, Tagged};
use pki::builder::{CertificateBuilder, CertificateProfile, DistinguishedName};
use pki::{Certificate, oid};
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, ExtendedKeyUsage, KeyUsage, KeyUsages,
};

use super::publication::Publication;
use super::subject::COUNTRY;
use super::{KeySlot, ListIssuer, Subject, SubjectSerialNumber};
use crate::error::Error;

/// 主體類別, an attribute of the government's PKI: what kind of subject a certificate has.
const SUBJECT_CLASS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.886.1.100.2.1");
/// Its value for natural persons.
const NATURAL_PERSON: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.886.1.100.3.1.1");
/// The last four characters of the 統一編號, an attribute of the government's PKI.
const TAIL_OF_NATIONAL_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.886.1.100.2.51");

/// The mark's text, as a UTF8String.
const TEST_NOTE: &[u8] = b"\x0c\x23New eID test PKI, not for real use.";

/// 行政院, over every name of an authority.
const ORGANIZATION: &str = "行政院";
/// 內政部憑證管理中心: the same in every generation, as the real one's is.
const AUTHORITY: &str = "內政部憑證管理中心";
const ROOT: &str = "政府憑證總管理中心（測試）";

/// `Attribute` (RFC 5280, appendix A.1).
#[derive(Sequence)]
struct Attribute {
    attribute_type: ObjectIdentifier,
    values: SetOfVec<Any>,
}

/// The root: self-signed, and marked as a test.
pub(super) fn root() -> Result<CertificateBuilder, Error> {
    let builder = CertificateBuilder::new(CertificateProfile::Rfc5280, authority_name(ROOT)?);
    let builder = authority(builder, None, None)?;
    Ok(marked(builder))
}

/// A generation of the certification authority, which certifies persons and no further authority.
pub(super) fn generation(publication: &Publication) -> Result<CertificateBuilder, Error> {
    let name = authority_name(AUTHORITY)?;
    let builder = CertificateBuilder::new(CertificateProfile::Rfc5280, name);
    let builder = authority(builder, Some(publication), Some(0))?;
    let builder = published(builder, publication, ListIssuer::Root)?;
    Ok(marked(builder))
}

/// The mark that our own verifiers heed in whatever is to be an anchor, root or generation. Not critical: other people's programs have to
/// verify the chains, and a root is an anchor for those alone who install it, under a name that says what it is.
fn marked(builder: CertificateBuilder) -> CertificateBuilder {
    builder.extension(oid::TEST_ANCHOR, false, TEST_NOTE)
}

/// A certificate of a person for one of the keys of the card.
pub(super) fn end_entity(
    subject: &Subject,
    slot: KeySlot,
    publication: &Publication,
    generation: u32,
) -> Result<CertificateBuilder, Error> {
    let name = subject.distinguished_name()?;
    let builder = CertificateBuilder::new(CertificateProfile::Rfc5280, name);
    let builder = add(builder, ID_CE_KEY_USAGE, true, &slot.key_usage())?;
    let builder = policies(builder, publication)?;
    let attributes = [
        attribute(SUBJECT_CLASS, Any::encode_from(&NATURAL_PERSON))?,
        attribute(
            TAIL_OF_NATIONAL_ID,
            Any::new(
                Tag::PrintableString,
                subject.tail_of_national_id().as_bytes(),
            ),
        )?,
    ];
    let attributes = Vec::from(attributes);
    let builder = add(
        builder,
        ID_CE_SUBJECT_DIRECTORY_ATTRIBUTES,
        false,
        &attributes,
    )?;
    let builder = match slot {
        KeySlot::Authentication => {
            let purposes = ExtendedKeyUsage(vec![ID_KP_CLIENT_AUTH]);
            add(builder, ID_CE_EXT_KEY_USAGE, false, &purposes)?
        }
        KeySlot::Signature | KeySlot::KeyDecipherment => builder,
    };
    published(builder, publication, ListIssuer::Generation(generation))
}

/// What [`end_entity`] wrote into a certificate; `None` for one that it did not.
pub(super) fn read_end_entity(certificate: &Certificate) -> Option<(Subject, KeySlot)> {
    let usage = KeyUsage::from_der(certificate.extension(ID_CE_KEY_USAGE)?).ok()?;
    let mut slots = KeySlot::ALL.into_iter();
    let slot = slots.find(|slot| slot.key_usage() == usage)?;
    let mut texts = certificate.subject().iter();
    let (country, name, number) = (texts.next()?, texts.next()?, texts.next()?);
    let text = |value: &Any, tag| {
        (value.tag() == tag).then(|| String::from_utf8_lossy(value.value()).into_owned())
    };
    (text(&country.value, Tag::PrintableString)? == COUNTRY).then_some(())?;
    let name = text(&name.value, Tag::Utf8String)?;
    let number = text(&number.value, Tag::PrintableString)?;
    let attributes = certificate.extension(ID_CE_SUBJECT_DIRECTORY_ATTRIBUTES)?;
    let attributes = Vec::<Attribute>::from_der(attributes).ok()?;
    let mut tails = attributes.iter();
    let tail = tails.find(|it| it.attribute_type == TAIL_OF_NATIONAL_ID)?;
    let tail = tail
        .values
        .iter()
        .next()?
        .decode_as::<PrintableStringRef<'_>>();
    let number = SubjectSerialNumber::parse(&number)?;
    let subject = Subject::new(&name, number, tail.ok()?.as_str()).ok()?;
    // Nothing else, and in this form: the name that follows from the subject is the name that stands there.
    let expected = subject.distinguished_name().ok()?.to_name().ok()?;
    (expected == *certificate.subject()).then_some((subject, slot))
}

/// The name that every generation has.
pub(super) fn generation_name() -> Result<DistinguishedName, Error> {
    authority_name(AUTHORITY)
}

fn authority_name(unit: &str) -> Result<DistinguishedName, Error> {
    let name = DistinguishedName::of_country(COUNTRY)?.organization(ORGANIZATION)?;
    Ok(name.organizational_unit(unit)?)
}

/// keyUsage, policies and basicConstraints of an authority; a root has no policies, being the end of the path.
fn authority(
    builder: CertificateBuilder,
    publication: Option<&Publication>,
    path_len_constraint: Option<u8>,
) -> Result<CertificateBuilder, Error> {
    let usage = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    let mut builder = add(builder, ID_CE_KEY_USAGE, true, &usage)?;
    if let Some(publication) = publication {
        builder = policies(builder, publication)?;
    }
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint,
    };
    add(builder, ID_CE_BASIC_CONSTRAINTS, true, &constraints)
}

fn policies(
    builder: CertificateBuilder,
    publication: &Publication,
) -> Result<CertificateBuilder, Error> {
    let policies = CertificatePolicies(vec![PolicyInformation {
        policy_identifier: publication.policy(),
        policy_qualifiers: None,
    }]);
    add(builder, ID_CE_CERTIFICATE_POLICIES, false, &policies)
}

/// Where the list and the certificate of the issuer lie. No OCSP: its server would learn who shows a certificate to whom.
fn published(
    builder: CertificateBuilder,
    publication: &Publication,
    issuer: ListIssuer,
) -> Result<CertificateBuilder, Error> {
    let uri = |uri: String| {
        let uri = Ia5String::new(&uri).map_err(malformed)?;
        Ok::<_, Error>(GeneralName::UniformResourceIdentifier(uri))
    };
    let point = DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![uri(
            publication.list(issuer)
        )?])),
        reasons: None,
        crl_issuer: None,
    };
    let points = CrlDistributionPoints(vec![point]);
    let builder = add(builder, ID_CE_CRL_DISTRIBUTION_POINTS, false, &points)?;
    let access = AuthorityInfoAccessSyntax(vec![AccessDescription {
        access_method: ID_AD_CA_ISSUERS,
        access_location: uri(publication.certificate(issuer))?,
    }]);
    add(builder, ID_PE_AUTHORITY_INFO_ACCESS, false, &access)
}

fn attribute(
    attribute_type: ObjectIdentifier,
    value: der::Result<Any>,
) -> Result<Attribute, Error> {
    let mut values = SetOfVec::new();
    let inserted = value.and_then(|value| values.insert(value));
    inserted.map_err(malformed)?;
    Ok(Attribute {
        attribute_type,
        values,
    })
}

fn add<T: Encode>(
    builder: CertificateBuilder,
    extn_id: ObjectIdentifier,
    critical: bool,
    value: &T,
) -> Result<CertificateBuilder, Error> {
    let der = value.to_der().map_err(malformed)?;
    Ok(builder.extension(extn_id, critical, &der))
}

fn malformed(source: der::Error) -> Error {
    let what = "extension";
    pki::Error::Malformed { what, source }.into()
}
