//! What a chip (or a host) starts from: keys of CVCAs, and the date.

use alloc::vec::Vec;

use iso7816::tlv::{Tag, TlvReader, encode, push};

use crate::certificate::read_extensions;
use crate::object::{
    AUTHORIZATION_TEMPLATE, EFFECTIVE_DATE, EXPIRATION_DATE, HOLDER_REFERENCE, PUBLIC_KEY, finish,
    next, only,
};
use crate::{
    Authorization, CertificateHolderReference, CertificationAuthorityReference, Chat,
    CvCertificate, Date, Error, Extension, Extensions, Field, PublicKey, Role, TerminalType,
    VerifyingKey,
};

/// A set of trust-points as it is stored, and one of them: nobody else's format, so private tags.
const STORED_SET: Tag = Tag(0xE0);
const STORED_POINT: Tag = Tag(0xE1);

/// The current date (TR-03110-3 §2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrentDate {
    /// A chip has no clock: the most recent effective date of an authentic certificate that may set it. It only rises.
    Approximated(Date),
    /// The caller has a clock. Certificates do not move it, and one that begins later is refused.
    Clock(Date),
}

impl CurrentDate {
    /// The day.
    #[must_use]
    pub const fn date(self) -> Date {
        match self {
            Self::Approximated(date) | Self::Clock(date) => date,
        }
    }

    pub(crate) fn advanced(self, effective: Date) -> Self {
        match self {
            Self::Approximated(date) => Self::Approximated(date.max(effective)),
            Self::Clock(_) => self,
        }
    }
}

/// A CVCA's public key and what has to be kept with it (TR-03110-3 A.7.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPoint {
    pub(crate) reference: CertificateHolderReference,
    pub(crate) key: VerifyingKey,
    pub(crate) authorization: Authorization,
    pub(crate) effective: Date,
    pub(crate) expiration: Date,
}

impl TrustPoint {
    /// The trust-point that a self-signed CVCA certificate describes. The signature says that the certificate is whole;
    /// why to trust it is the caller's to know.
    ///
    /// # Errors
    /// [`Error::NotSelfSigned`], [`Error::Signature`], or what [`PublicKey::verifying_key`] refuses.
    pub fn from_self_signed(certificate: &CvCertificate) -> Result<Self, Error> {
        if certificate.authority() != certificate.holder() || certificate.role() != Role::Cvca {
            return Err(Error::NotSelfSigned);
        }
        let key = certificate.body().public_key.verifying_key(None)?;
        certificate.verify_signature(&key)?;
        Ok(Self::certified(certificate, key))
    }

    pub(crate) fn certified(certificate: &CvCertificate, key: VerifyingKey) -> Self {
        let body = certificate.body();
        Self {
            reference: body.holder,
            key,
            authorization: body.authorization(),
            effective: body.effective,
            expiration: body.expiration,
        }
    }

    /// The name of the key.
    #[must_use]
    pub const fn reference(&self) -> CertificateHolderReference {
        self.reference
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The CVCA's relative authorization.
    #[must_use]
    pub const fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// The terminals that it is about.
    #[must_use]
    pub const fn terminal_type(&self) -> TerminalType {
        self.authorization.chat().terminal_type()
    }

    /// The first day.
    #[must_use]
    pub const fn effective(&self) -> Date {
        self.effective
    }

    /// The last day on which it verifies DV certificates. Link certificates it verifies for ever.
    #[must_use]
    pub const fn expiration(&self) -> Date {
        self.expiration
    }

    fn is_enabled(&self, date: Date) -> bool {
        self.expiration >= date
    }

    fn read(mut reader: TlvReader<'_>) -> Result<Self, Error> {
        let (field, reader) = (Field::TrustPoints, &mut reader);
        let reference = next(reader, HOLDER_REFERENCE, field)?;
        let key = next(reader, PUBLIC_KEY, field)?.children();
        let chat = next(reader, AUTHORIZATION_TEMPLATE, field)?;
        let effective = next(reader, EFFECTIVE_DATE, field)?;
        let expiration = next(reader, EXPIRATION_DATE, field)?;
        let extensions = read_extensions(reader)?;
        finish(reader.clone(), field)?;
        Ok(Self {
            reference: CertificateHolderReference::parse(reference.value)?,
            key: PublicKey::read(key)?.verifying_key(None)?,
            authorization: Authorization::new(Chat::parse(chat.raw)?, &extensions),
            effective: Date::parse(field, effective.value)?,
            expiration: Date::parse(field, expiration.value)?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut value = encode(HOLDER_REFERENCE, self.reference.as_bytes());
        value.extend(PublicKey::explicit(&self.key).to_bytes());
        value.extend(self.authorization.chat().to_bytes());
        push(&mut value, EFFECTIVE_DATE, &self.effective.to_bytes());
        push(&mut value, EXPIRATION_DATE, &self.expiration.to_bytes());
        let extensions = self.authorization.extensions();
        let extensions = extensions.map(|(oid, bits)| Extension::Authorization(oid, bits.clone()));
        if let Ok(extensions) = Extensions::new(extensions) {
            extensions.write(&mut value);
        }
        push(out, STORED_POINT, &value);
    }
}

/// The trust-points of a chip and its date, which change together or not at all (§2.5.1): a value, and a new one after
/// each certificate that counts. Storing it in one go is the chip's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPoints {
    current: CurrentDate,
    points: Vec<TrustPoint>,
}

impl TrustPoints {
    /// Enabled trust-points for one type of terminal, that is for one application (§2.5).
    pub const MAX_ENABLED: usize = 2;
    /// Longest stored set that is read, in bytes.
    pub const MAX: usize = 16 * 1024;

    /// These trust-points on this date: as a rule one for each type of terminal, and the one before it (§2.6).
    ///
    /// # Errors
    /// [`Error::TrustPoints`] for more than two of one type, two under one name, or one that is no CVCA.
    pub fn new(
        current: CurrentDate,
        points: impl IntoIterator<Item = TrustPoint>,
    ) -> Result<Self, Error> {
        Self::checked(current, points.into_iter().map(Ok), Self::MAX_ENABLED)
    }

    fn checked(
        current: CurrentDate,
        points: impl Iterator<Item = Result<TrustPoint, Error>>,
        most: usize,
    ) -> Result<Self, Error> {
        let refused = |reason| Err(Error::TrustPoints { reason });
        let mut set = Self {
            current,
            points: Vec::new(),
        };
        for point in points {
            let point = point?;
            if point.authorization.chat().role() != Role::Cvca {
                return refused("one is not a CVCA");
            }
            if set.find(&point.reference.into()).is_some() {
                return refused("two have the same name");
            }
            if set.of_type(point.terminal_type()).count() == most {
                return refused("more than two for one type of terminal");
            }
            set.points.push(point);
        }
        Ok(set)
    }

    /// The current date.
    #[must_use]
    pub const fn current(&self) -> CurrentDate {
        self.current
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &TrustPoint> {
        self.points.iter()
    }

    /// The trust-point with this name.
    #[must_use]
    pub fn find(&self, reference: &CertificationAuthorityReference) -> Option<&TrustPoint> {
        self.points
            .iter()
            .find(|point| *reference == point.reference)
    }

    /// The names that suit a type of terminal, at most two, the most recent first: DO 87 and 88 of PACE (B.1.4), or the
    /// contents of EF.CVCA.
    #[must_use]
    pub fn references(&self, terminal_type: TerminalType) -> Vec<CertificationAuthorityReference> {
        let mut points: Vec<_> = self.of_type(terminal_type).collect();
        points.sort_by_key(|point| core::cmp::Reverse(point.effective));
        let points = points.into_iter().take(2);
        points.map(|point| point.reference.into()).collect()
    }

    fn of_type(&self, terminal_type: TerminalType) -> impl Iterator<Item = &TrustPoint> {
        self.points
            .iter()
            .filter(move |point| point.terminal_type() == terminal_type)
    }

    /// The date after a certificate that may set it.
    pub(crate) fn advanced(&self, effective: Date) -> Self {
        Self {
            current: self.current.advanced(effective),
            points: self.points.clone(),
        }
    }

    /// The set with the key of a link certificate: added, and what is too many taken away (§2.5.1, step 3).
    ///
    /// Of the enabled trust-points the two most recent stay. An expired one stays while no enabled one is more recent,
    /// because then the link that leads on is signed with it. Else its successor is here already, and it stays as the one
    /// before where there is no enabled one in its place: PACE names two (B.1).
    pub(crate) fn with(&self, new: TrustPoint) -> Self {
        let current = self.current.advanced(new.effective);
        let today = current.date();
        let terminal_type = new.terminal_type();
        let (same, mut kept): (Vec<_>, Vec<_>) = self
            .points
            .iter()
            .cloned()
            .partition(|point| point.terminal_type() == terminal_type);
        // Of two that began on the same day the one that came later is the more recent: the order below is stable.
        let mut same = [[new].to_vec(), same].concat();
        same.sort_by_key(|point| core::cmp::Reverse(point.effective));
        let (enabled, expired): (Vec<_>, Vec<_>) =
            same.into_iter().partition(|point| point.is_enabled(today));
        let latest = enabled.first().map(|point| point.effective);
        let leads = expired
            .first()
            .is_some_and(|point| latest.is_none_or(|latest| point.effective >= latest));
        let room = Self::MAX_ENABLED.saturating_sub(enabled.len());
        kept.extend(expired.into_iter().take(room.max(leads.into())));
        kept.extend(enabled.into_iter().take(Self::MAX_ENABLED));
        Self {
            current,
            points: kept,
        }
    }

    /// One string of bytes, for storing the set in one go.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut value = encode(EFFECTIVE_DATE, &self.current.date().to_bytes());
        self.points.iter().for_each(|point| point.write(&mut value));
        encode(STORED_SET, &value)
    }

    /// Reads what [`TrustPoints::to_bytes`] wrote, on a chip without a clock.
    ///
    /// # Errors
    /// Anything that would not be written so.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let field = Field::TrustPoints;
        let mut reader = only(bytes, STORED_SET, field, Self::MAX)?;
        let date = next(&mut reader, EFFECTIVE_DATE, field)?;
        let date = Date::parse(field, date.value)?;
        let points = reader.map(|object| {
            let object = object.map_err(Error::tlv(field))?;
            if object.tag != STORED_POINT {
                return Err(Error::malformed(field, "not a trust-point"));
            }
            TrustPoint::read(object.children())
        });
        Self::checked(
            CurrentDate::Approximated(date),
            points,
            Self::MAX_ENABLED + 1,
        )
    }
}
