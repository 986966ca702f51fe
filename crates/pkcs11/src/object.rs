//! The objects of a card: for every key the private one, the public one, and the certificate.

use cryptoki_sys as ck;
use der::{Decode, Encode};
use host_lib::{Certificate, KeyAlgorithm, KeySlot};
use x509_cert::Certificate as X509;

use crate::card::{Certificates, Contents, Entry};

/// An object: its handle and its attributes.
#[derive(Debug)]
pub struct Object {
    /// What sessions call it. The same on every card for the same place.
    pub handle: ck::CK_OBJECT_HANDLE,
    /// Whether only the holder sees it.
    pub private: bool,
    /// The place of its key.
    pub slot: KeySlot,
    /// Whether it is the private key.
    pub is_private_key: bool,
    attributes: Vec<(ck::CK_ATTRIBUTE_TYPE, Vec<u8>)>,
}

/// What an attribute is to a caller.
#[derive(Debug, PartialEq, Eq)]
pub enum Attribute<'o> {
    /// It has this value.
    Value(&'o [u8]),
    /// The card does not give it out.
    Sensitive,
    /// The object has no such attribute.
    None,
}

impl Object {
    /// An attribute.
    #[must_use]
    pub fn attribute(&self, kind: ck::CK_ATTRIBUTE_TYPE) -> Attribute<'_> {
        const SENSITIVE: [ck::CK_ATTRIBUTE_TYPE; 7] = [
            ck::CKA_VALUE,
            ck::CKA_PRIVATE_EXPONENT,
            ck::CKA_PRIME_1,
            ck::CKA_PRIME_2,
            ck::CKA_EXPONENT_1,
            ck::CKA_EXPONENT_2,
            ck::CKA_COEFFICIENT,
        ];
        let mut attributes = self.attributes.iter();
        match attributes.find(|(it, _)| *it == kind) {
            Some((_, value)) => Attribute::Value(value),
            None if self.is_private_key && SENSITIVE.contains(&kind) => Attribute::Sensitive,
            None => Attribute::None,
        }
    }

    /// Whether every attribute of the template has this value.
    #[must_use]
    pub fn matches(&self, template: &[(ck::CK_ATTRIBUTE_TYPE, Vec<u8>)]) -> bool {
        template
            .iter()
            .all(|(kind, value)| self.attribute(*kind) == Attribute::Value(value))
    }
}

/// The objects of a card, with the certificates that were read after PIN2.
pub(crate) fn of(contents: &Contents, after_pin2: &Certificates) -> Vec<Object> {
    let mut objects = Vec::new();
    for entry in &contents.entries {
        let early = entry.certificate.as_ref();
        let late = || {
            let mut read = after_pin2.iter();
            read.find(|(slot, _)| *slot == entry.slot)
                .map(|(_, der)| der)
        };
        let certificate = early.or_else(late).and_then(|der| Found::parse(der));
        let subject = certificate.as_ref().map(|found| found.subject.clone());
        objects.push(private_key(entry, subject.as_deref()));
        objects.push(public_key(entry, subject.as_deref()));
        if let Some(found) = certificate {
            objects.push(self::certificate(entry, found, early.is_none()));
        }
    }
    objects
}

fn handle(entry: &Entry, class: ck::CK_OBJECT_CLASS) -> ck::CK_OBJECT_HANDLE {
    let place: ck::CK_ULONG = match entry.slot {
        KeySlot::Signature => 1,
        KeySlot::Authentication => 2,
        _ => 3,
    };
    place << 4 | (class + 1)
}

/// Attributes as C has them.
#[derive(Default)]
struct Attributes(Vec<(ck::CK_ATTRIBUTE_TYPE, Vec<u8>)>);

impl Attributes {
    fn bytes(&mut self, kind: ck::CK_ATTRIBUTE_TYPE, value: impl Into<Vec<u8>>) {
        self.0.push((kind, value.into()));
    }

    fn number(&mut self, kind: ck::CK_ATTRIBUTE_TYPE, value: ck::CK_ULONG) {
        self.bytes(kind, value.to_ne_bytes());
    }

    fn is(&mut self, kind: ck::CK_ATTRIBUTE_TYPE, value: bool) {
        self.bytes(kind, [if value { ck::CK_TRUE } else { ck::CK_FALSE }]);
    }

    /// What every object of the card has.
    fn common(class: ck::CK_OBJECT_CLASS, private: bool, entry: &Entry, label: &str) -> Self {
        let mut attributes = Self::default();
        attributes.number(ck::CKA_CLASS, class);
        attributes.is(ck::CKA_TOKEN, true);
        attributes.is(ck::CKA_PRIVATE, private);
        attributes.is(ck::CKA_MODIFIABLE, false);
        attributes.is(ck::CKA_COPYABLE, false);
        attributes.is(ck::CKA_DESTROYABLE, false);
        attributes.bytes(ck::CKA_LABEL, label);
        attributes.bytes(ck::CKA_ID, entry.key.id.clone());
        attributes
    }

    /// What both halves of a key have.
    fn key(&mut self, entry: &Entry, subject: Option<&[u8]>) {
        let key = &entry.public_key;
        self.bytes(ck::CKA_SUBJECT, subject.unwrap_or_default());
        self.is(ck::CKA_DERIVE, false);
        // Where the key was made is not said by the card.
        self.is(ck::CKA_LOCAL, false);
        self.number(ck::CKA_KEY_GEN_MECHANISM, ck::CK_UNAVAILABLE_INFORMATION);
        self.bytes(ck::CKA_START_DATE, []);
        self.bytes(ck::CKA_END_DATE, []);
        if let (Some(modulus), Some(exponent)) = (key.rsa_modulus(), key.rsa_public_exponent()) {
            self.number(ck::CKA_KEY_TYPE, ck::CKK_RSA);
            self.bytes(ck::CKA_MODULUS, modulus);
            self.bytes(ck::CKA_PUBLIC_EXPONENT, exponent);
        }
        if key.point().is_some() {
            self.number(ck::CKA_KEY_TYPE, ck::CKK_EC);
            // The curve by its name: prime256v1 (RFC 5480 §2.1.1.1).
            self.bytes(
                ck::CKA_EC_PARAMS,
                [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07],
            );
        }
        if let Ok(der) = key.to_der() {
            self.bytes(ck::CKA_PUBLIC_KEY_INFO, der);
        }
    }
}

fn label(entry: &Entry) -> &str {
    entry.key.label.as_deref().unwrap_or_default()
}

fn private_key(entry: &Entry, subject: Option<&[u8]>) -> Object {
    let class = ck::CKO_PRIVATE_KEY;
    let deciphers = entry.slot == KeySlot::KeyDecipherment;
    let mut it = Attributes::common(class, true, entry, label(entry));
    it.key(entry, subject);
    it.is(ck::CKA_SENSITIVE, true);
    it.is(ck::CKA_EXTRACTABLE, false);
    // The card does not say what was before.
    it.is(ck::CKA_ALWAYS_SENSITIVE, false);
    it.is(ck::CKA_NEVER_EXTRACTABLE, false);
    it.is(ck::CKA_SIGN, !deciphers);
    it.is(ck::CKA_SIGN_RECOVER, false);
    it.is(ck::CKA_DECRYPT, deciphers);
    it.is(ck::CKA_UNWRAP, false);
    it.is(ck::CKA_WRAP_WITH_TRUSTED, false);
    it.is(ck::CKA_ALWAYS_AUTHENTICATE, always_authenticate(entry));
    Object {
        handle: handle(entry, class),
        private: true,
        slot: entry.slot,
        is_private_key: true,
        attributes: it.0,
    }
}

/// Whether each use of the key wants its own PIN2 (EF.PrKDF: userConsent).
pub(crate) fn always_authenticate(entry: &Entry) -> bool {
    entry.key.user_consent == Some(1)
}

fn public_key(entry: &Entry, subject: Option<&[u8]>) -> Object {
    let class = ck::CKO_PUBLIC_KEY;
    let deciphers = entry.slot == KeySlot::KeyDecipherment;
    let mut it = Attributes::common(class, false, entry, label(entry));
    it.key(entry, subject);
    it.is(ck::CKA_VERIFY, !deciphers);
    it.is(ck::CKA_VERIFY_RECOVER, false);
    it.is(ck::CKA_ENCRYPT, deciphers);
    it.is(ck::CKA_WRAP, false);
    it.is(ck::CKA_TRUSTED, false);
    if let KeyAlgorithm::Rsa { modulus_length } = entry.key.algorithm {
        it.number(ck::CKA_MODULUS_BITS, modulus_length.into());
    }
    if let Some(point) = entry.public_key.point() {
        // In an OCTET STRING, whose length fits into one byte.
        let length = u8::try_from(point.len()).unwrap_or_default();
        it.bytes(ck::CKA_EC_POINT, [&[0x04, length], &point[..]].concat());
    }
    Object {
        handle: handle(entry, class),
        private: false,
        slot: entry.slot,
        is_private_key: false,
        attributes: it.0,
    }
}

/// What of a certificate becomes attributes.
struct Found {
    der: Vec<u8>,
    subject: Vec<u8>,
    issuer: Vec<u8>,
    serial_number: Vec<u8>,
    not_before: [u8; 8],
    not_after: [u8; 8],
}

impl Found {
    /// `None` for what is no certificate: the card has something else in its place.
    fn parse(der: &[u8]) -> Option<Self> {
        let read = Certificate::from_der(der).ok()?;
        let plain = X509::from_der(der).ok()?;
        Some(Self {
            der: der.to_vec(),
            subject: read.subject().to_der().ok()?,
            issuer: read.issuer().to_der().ok()?,
            serial_number: plain.tbs_certificate().serial_number().to_der().ok()?,
            not_before: date(plain.tbs_certificate().validity().not_before),
            not_after: date(plain.tbs_certificate().validity().not_after),
        })
    }
}

/// CK_DATE: year, month and day in digits.
fn date(time: x509_cert::time::Time) -> [u8; 8] {
    let date = time.to_date_time();
    let text = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
    text.as_bytes().try_into().unwrap_or(*b"00000000")
}

fn certificate(entry: &Entry, found: Found, private: bool) -> Object {
    let class = ck::CKO_CERTIFICATE;
    let named = entry.certificate_label.as_deref();
    let label = named.filter(|label| !label.is_empty());
    let label = label.unwrap_or_else(|| self::label(entry));
    let mut it = Attributes::common(class, private, entry, label);
    it.number(ck::CKA_CERTIFICATE_TYPE, ck::CKC_X_509);
    it.number(
        ck::CKA_CERTIFICATE_CATEGORY,
        ck::CK_CERTIFICATE_CATEGORY_TOKEN_USER,
    );
    it.is(ck::CKA_TRUSTED, false);
    it.bytes(ck::CKA_SUBJECT, found.subject);
    it.bytes(ck::CKA_ISSUER, found.issuer);
    it.bytes(ck::CKA_SERIAL_NUMBER, found.serial_number);
    it.bytes(ck::CKA_START_DATE, found.not_before);
    it.bytes(ck::CKA_END_DATE, found.not_after);
    if let Ok(der) = entry.public_key.to_der() {
        it.bytes(ck::CKA_PUBLIC_KEY_INFO, der);
    }
    it.bytes(ck::CKA_VALUE, found.der);
    Object {
        handle: handle(entry, class),
        private,
        slot: entry.slot,
        is_private_key: false,
        attributes: it.0,
    }
}
