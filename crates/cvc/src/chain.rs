//! The rules of a chain: who may certify whom, until when, and what comes of it (TR-03110-3 §2.5, §2.7, A.7.2).

use alloc::vec::Vec;

use crate::{
    Authorization, CertificateHolderReference, CertificationAuthorityReference, CvCertificate,
    Date, Error, Extensions, Role, TrustPoint, TrustPoints, VerifyingKey,
};

/// Trust-points, and the key imported last: the state of certificate verification, as a value.
///
/// [`Chain::import`] looks at one certificate and answers with the state after it, or with the rule that it breaks, and
/// then there is no other state. A chip keeps [`Chain::trust_points`] in its memory, all at once and before it answers,
/// and forgets the rest when power goes (A.7.2.2); a host or an issuer starts from the CVCAs that it trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    trust_points: TrustPoints,
    imported: Option<Holder>,
}

/// The holder of an imported DV or terminal certificate: its key and what A.7.2.3 keeps with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    key: VerifyingKey,
    effective: Date,
    expiration: Date,
    extensions: Extensions,
    authorization: Authorization,
    levels: Vec<Level>,
}

/// One certificate of a chain and what it grants, relative to the one above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Whose certificate.
    pub reference: CertificateHolderReference,
    /// CHAT and authorization extensions.
    pub authorization: Authorization,
}

impl Level {
    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.authorization.chat().role()
    }
}

impl Holder {
    /// The name of the key.
    #[must_use]
    pub fn reference(&self) -> Option<CertificateHolderReference> {
        self.levels.last().map(|level| level.reference)
    }

    /// The role: a DV or a terminal.
    #[must_use]
    pub fn role(&self) -> Role {
        self.levels.last().map_or(Role::Terminal, Level::role)
    }

    /// The key: for the next certificate of the chain, or for Terminal Authentication.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The first day of the certificate.
    #[must_use]
    pub const fn effective_date(&self) -> Date {
        self.effective
    }

    /// The last day of the certificate.
    #[must_use]
    pub const fn expiration_date(&self) -> Date {
        self.expiration
    }

    /// The extensions of this certificate, description and terminal sectors among them.
    #[must_use]
    pub const fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// What the chain allows: the CVCA's, the DV's and the terminal's authorization, bit by bit (§2.7).
    #[must_use]
    pub const fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// The effective authorization: what the chain allows and the holder of the card has confirmed in PACE (§2.7.1).
    ///
    /// # Errors
    /// [`Error::TerminalType`] if another type of terminal was confirmed.
    pub fn effective_authorization(
        &self,
        confirmed: &Authorization,
    ) -> Result<Authorization, Error> {
        confirmed.intersection(&self.authorization)
    }

    /// The certificates from the CVCA down.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The uppermost certificate that does not grant something; `None` if all do.
    pub fn lost_at(&self, granted: impl Fn(&Authorization) -> bool) -> Option<&Level> {
        self.levels
            .iter()
            .find(|level| !granted(&level.authorization))
    }
}

/// The key that a certificate names as its authority.
enum Issuer<'a> {
    TrustPoint(&'a TrustPoint),
    Imported(&'a Holder),
}

impl Issuer<'_> {
    const fn key(&self) -> &VerifyingKey {
        match self {
            Self::TrustPoint(point) => &point.key,
            Self::Imported(holder) => &holder.key,
        }
    }

    const fn authorization(&self) -> &Authorization {
        match self {
            Self::TrustPoint(point) => &point.authorization,
            Self::Imported(holder) => &holder.authorization,
        }
    }

    fn role(&self) -> Role {
        match self {
            Self::TrustPoint(_) => Role::Cvca,
            Self::Imported(holder) => holder.role(),
        }
    }

    fn levels(&self) -> Vec<Level> {
        match self {
            Self::TrustPoint(point) => [Level {
                reference: point.reference,
                authorization: point.authorization.clone(),
            }]
            .to_vec(),
            Self::Imported(holder) => holder.levels.clone(),
        }
    }
}

impl Chain {
    /// The beginning: nothing imported yet.
    #[must_use]
    pub const fn new(trust_points: TrustPoints) -> Self {
        Self {
            trust_points,
            imported: None,
        }
    }

    /// The trust-points and the date. What a chip has to store when they differ from those before.
    #[must_use]
    pub const fn trust_points(&self) -> &TrustPoints {
        &self.trust_points
    }

    /// The DV or terminal imported last.
    #[must_use]
    pub const fn imported(&self) -> Option<&Holder> {
        self.imported.as_ref()
    }

    /// The terminal at the end of the chain, once it is imported.
    #[must_use]
    pub fn terminal(&self) -> Option<&Holder> {
        self.imported
            .as_ref()
            .filter(|holder| holder.role() == Role::Terminal)
    }

    /// Whether there is a key with this name: MSE:Set DST answers 6A88 if not (B.14.4).
    #[must_use]
    pub fn knows(&self, reference: &CertificationAuthorityReference) -> bool {
        self.issuer(reference).is_some()
    }

    fn issuer(&self, reference: &CertificationAuthorityReference) -> Option<Issuer<'_>> {
        if let Some(point) = self.trust_points.find(reference) {
            return Some(Issuer::TrustPoint(point));
        }
        self.imported
            .as_ref()
            .filter(|holder| holder.reference().is_some_and(|name| *reference == name))
            .map(Issuer::Imported)
    }

    /// The state after this certificate (§2.5.1): its signature is verified by the key it names, its date compared, its
    /// key imported, date and trust-points brought up to date.
    ///
    /// Stricter than the standard, where that costs nobody anything: a role is what a certificate claims, where the
    /// intersection would let a foreign DV's "domestic DV" pass for a terminal.
    ///
    /// # Errors
    /// The rule that the certificate breaks; see [`Error`]. The old state stays as it was.
    pub fn import(&self, certificate: &CvCertificate) -> Result<Self, Error> {
        let body = certificate.body();
        let issuer = self
            .issuer(&body.authority)
            .ok_or(Error::UnknownAuthority(body.authority))?;
        certificate.verify_signature(issuer.key())?;

        let authorization = issuer.authorization().intersection(&body.authorization())?;
        let (issued_by, role) = (issuer.role(), certificate.role());
        let link = match (issued_by, role) {
            (Role::Cvca, Role::Cvca) => true,
            (Role::Cvca, Role::DvDomestic | Role::DvForeign)
            | (Role::DvDomestic | Role::DvForeign, Role::Terminal) => false,
            _ => {
                return Err(Error::MayNotIssue {
                    issuer: issued_by,
                    holder: role,
                });
            }
        };
        self.check_dates(certificate, &issuer, link)?;
        let name = CertificationAuthorityReference::from(body.holder);
        if self.knows(&name) && (link || self.is_issuer_or_trust_point(&name, &issuer)) {
            return Err(Error::ReferenceKnown);
        }
        let key = inherited_key(certificate, issuer.key(), link)?;

        if link {
            let point = TrustPoint::certified(certificate, key);
            return Ok(Self::new(self.trust_points.with(point)));
        }
        let sets_the_date = role.is_document_verifier() || issued_by == Role::DvDomestic;
        let trust_points = if sets_the_date {
            self.trust_points.advanced(body.effective)
        } else {
            self.trust_points.clone()
        };
        let mut levels = issuer.levels();
        levels.push(Level {
            reference: body.holder,
            authorization: body.authorization(),
        });
        Ok(Self {
            trust_points,
            imported: Some(Holder {
                key,
                effective: body.effective,
                expiration: body.expiration,
                extensions: body.extensions.clone(),
                authorization,
                levels,
            }),
        })
    }

    /// The state after all of these, in this order.
    ///
    /// # Errors
    /// That of the first certificate that breaks a rule.
    pub fn import_all<'a>(
        &self,
        certificates: impl IntoIterator<Item = &'a CvCertificate>,
    ) -> Result<Self, Error> {
        let mut certificates = certificates.into_iter();
        certificates.try_fold(self.clone(), |chain, certificate| chain.import(certificate))
    }

    fn check_dates(
        &self,
        certificate: &CvCertificate,
        issuer: &Issuer<'_>,
        link: bool,
    ) -> Result<(), Error> {
        use crate::CurrentDate;

        let (body, role) = (certificate.body(), certificate.role());
        let current = self.trust_points.current();
        let today = current.date();
        if matches!(current, CurrentDate::Clock(_)) && body.effective > today {
            return Err(Error::NotYetValid {
                role,
                effective: body.effective,
                current: today,
            });
        }
        if link {
            return Ok(());
        }
        match issuer {
            Issuer::TrustPoint(point) if point.expiration < today => {
                Err(Error::TrustPointExpired {
                    expiration: point.expiration,
                    current: today,
                })
            }
            // A DV needs no second look: whatever moves the date takes its place, and its own first day is not after its
            // last.
            _ if body.expiration < today => Err(Error::Expired {
                role,
                expiration: body.expiration,
                current: today,
            }),
            _ => Ok(()),
        }
    }

    /// A key imported for this session may be replaced by the next (A.7.2.2), but not by one that takes the name of a
    /// trust-point or of its own issuer.
    fn is_issuer_or_trust_point(
        &self,
        name: &CertificationAuthorityReference,
        issuer: &Issuer<'_>,
    ) -> bool {
        self.trust_points.find(name).is_some()
            || matches!(issuer, Issuer::Imported(holder)
                if holder.reference().is_some_and(|reference| *name == reference))
    }
}

/// The certificate's key. Link certificates may bring another algorithm and curve; all others have their issuer's (§2.3,
/// D.3.3).
fn inherited_key(
    certificate: &CvCertificate,
    issuer: &VerifyingKey,
    link: bool,
) -> Result<VerifyingKey, Error> {
    let object = &certificate.body().public_key;
    if !link {
        if object.has_domain_parameters() {
            return Err(Error::DomainParametersForbidden {
                role: certificate.role(),
            });
        }
        if object.algorithm() != issuer.algorithm() {
            return Err(Error::AlgorithmChanged {
                expected: issuer.algorithm(),
                found: object.algorithm(),
            });
        }
    }
    object.verifying_key(Some(issuer.curve()))
}
