//! The certificates that an agency's terminal presents.

use core::fmt;

use cvc::{
    Authorization, CertificateDescription, CertificateHolderReference,
    CertificationAuthorityReference, Chat, CvCertificate, Date, Extensions, Role, TerminalType,
    TrustPoint,
};
use iso7816::tlv::TlvReader;
use secure_channel::Hash;

use super::denial::GrantLevel;
use super::permission::Permission;

/// What an agency's terminal presents to a card: its own certificate, that of its document verifier, and the link
/// certificates that lead older cards to the ministry's present key.
///
/// They say what the agency may do; the card believes none of it before it has verified every signature up to a key that
/// it was issued with. This type only puts them in order, and says what is wrong with them before a card is there.
///
/// ```
/// use host_lib::{Group, Permission, TerminalCertificates};
///
/// let agency = issuer::specimen::agency("BANK", &issuer::Grant::read([3, 6, 7]));
/// let certificates = TerminalCertificates::parse(&agency.certificates)?;
/// assert_eq!(certificates.holder().to_string(), "TWBANK00001");
/// assert!(certificates.allows(Permission::Read(Group::Dg6)));
/// assert!(!certificates.allows(Permission::Read(Group::Dg8)));
/// # Ok::<(), host_lib::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TerminalCertificates {
    /// From one key of the CVCA to its next.
    links: Vec<CvCertificate>,
    /// The CVCA's own words about its rights, where they were given.
    cvca: Option<TrustPoint>,
    document_verifier: CvCertificate,
    terminal: CvCertificate,
    description: Option<CertificateDescription>,
}

/// Why certificates, or the description that belongs to them, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificatesProblem {
    /// One that does not parse. Counted from 1.
    #[error("certificate {number}: {error}")]
    Malformed {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        error: cvc::Error,
    },
    /// More certificates than any chain has.
    #[error("more than {} certificates", TerminalCertificates::MAX)]
    TooMany,
    /// No certificate of a terminal, or several.
    #[error("{0} certificates are of a terminal, and there must be one")]
    Terminals(usize),
    /// The authority of a certificate is not there.
    #[error("the certificate of {authority}, which issued {holder}, is missing")]
    Missing {
        /// Who issued.
        authority: CertificationAuthorityReference,
        /// Whose certificate.
        holder: CertificateHolderReference,
    },
    /// A certificate of another type of terminal.
    #[error("{0} is not the certificate of an authentication terminal")]
    TerminalType(CertificateHolderReference),
    /// A certificate that belongs to none of the others.
    #[error("{0} does not belong to the terminal's chain")]
    Stray(CertificateHolderReference),
    /// A signature that the authority's key did not make.
    #[error("{holder}: {error}")]
    Signature {
        /// Whose certificate.
        holder: CertificateHolderReference,
        /// What is wrong.
        error: cvc::Error,
    },
    /// A certificate that is not valid yet, or no more.
    #[error("{holder} is valid from {first} until {last}")]
    OutsideValidity {
        /// Whose certificate.
        holder: CertificateHolderReference,
        /// Its first day.
        first: Date,
        /// Its last day.
        last: Date,
    },
    /// The description does not parse.
    #[error("description: {0}")]
    DescriptionMalformed(cvc::Error),
    /// The description is not the one that the certificate was issued with.
    #[error("the description is not the one whose hash is in the certificate of {0}")]
    DescriptionOfAnother(CertificateHolderReference),
}

impl TerminalCertificates {
    /// The most certificates that are read.
    pub const MAX: usize = 32;

    /// Reads certificates (DO 7F21) that stand one behind the other, in any order: the terminal's, its document
    /// verifier's, link certificates, and where they are at hand the CVCA's own.
    ///
    /// # Errors
    /// [`CertificatesProblem`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CertificatesProblem> {
        let mut certificates = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let number = certificates.len() + 1;
            if number > Self::MAX {
                return Err(CertificatesProblem::TooMany);
            }
            let mut reader = TlvReader::new(rest).strict();
            // Where no object ends, the certificate's own parser says what is wrong.
            let end = reader.read().map_or(rest.len(), |_| reader.offset());
            let (object, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            let certificate = CvCertificate::parse(object)
                .map_err(|error| CertificatesProblem::Malformed { number, error })?;
            certificates.push(certificate);
            rest = after;
        }
        Self::new(certificates)
    }

    /// Puts certificates in order.
    ///
    /// Signatures are verified as far as the keys are here; the rest is verified by the card.
    ///
    /// # Errors
    /// [`CertificatesProblem`].
    pub fn new(
        certificates: impl IntoIterator<Item = CvCertificate>,
    ) -> Result<Self, CertificatesProblem> {
        let mut rest: Vec<_> = certificates.into_iter().collect();
        for certificate in &rest {
            let chat = certificate.body().chat;
            if chat.terminal_type() != TerminalType::AuthenticationTerminal {
                return Err(CertificatesProblem::TerminalType(certificate.holder()));
            }
        }
        let is_terminal = |certificate: &CvCertificate| certificate.role() == Role::Terminal;
        let terminals = rest
            .iter()
            .filter(|certificate| is_terminal(certificate))
            .count();
        let at = rest.iter().position(is_terminal).filter(|_| terminals == 1);
        let at = at.ok_or(CertificatesProblem::Terminals(terminals))?;
        let terminal = rest.swap_remove(at);
        let missing = |certificate: &CvCertificate| CertificatesProblem::Missing {
            authority: certificate.authority(),
            holder: certificate.holder(),
        };
        let at = rest.iter().position(|known| {
            known.role().is_document_verifier() && terminal.authority() == known.holder()
        });
        let document_verifier = rest.swap_remove(at.ok_or_else(|| missing(&terminal))?);
        let (cvca, mut links) = (cvca(&mut rest, &document_verifier)?, Vec::new());
        let mut next = document_verifier.authority();
        while let Some(at) = rest.iter().position(|known| {
            known.role() == Role::Cvca
                && next == known.holder()
                && known.authority() != known.holder()
        }) {
            let link = rest.swap_remove(at);
            next = link.authority();
            links.push(link);
        }
        // Older keys' own words add nothing to what the links say.
        rest.retain(|known| !(known.role() == Role::Cvca && known.authority() == known.holder()));
        if let Some(stray) = rest.first() {
            return Err(CertificatesProblem::Stray(stray.holder()));
        }
        links.reverse();
        let new = Self {
            links,
            cvca,
            document_verifier,
            terminal,
            description: None,
        };
        new.check_signatures()?;
        Ok(new)
    }

    /// Adds the description, the agency's name and purpose in words (TR-03110-4, 2.2.6), whose hash is in the terminal's
    /// certificate.
    ///
    /// # Errors
    /// [`CertificatesProblem::DescriptionMalformed`], [`CertificatesProblem::DescriptionOfAnother`].
    pub fn with_description(mut self, description: &[u8]) -> Result<Self, CertificatesProblem> {
        let description = CertificateDescription::parse(description)
            .map_err(CertificatesProblem::DescriptionMalformed)?;
        let extensions = &self.terminal.body().extensions;
        let hashes = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
        if !hashes
            .into_iter()
            .any(|hash| description.is_that_of(extensions, hash))
        {
            return Err(CertificatesProblem::DescriptionOfAnother(self.holder()));
        }
        self.description = Some(description);
        Ok(self)
    }

    /// That the terminal's certificate and the document verifier's are valid on a day.
    ///
    /// A card has no clock: it refuses what expired before the date that it last learned, and learns that date from the
    /// certificates themselves, one that begins tomorrow among them. So whoever has a clock looks first.
    ///
    /// # Errors
    /// [`CertificatesProblem::OutsideValidity`].
    pub fn check_valid_on(&self, day: Date) -> Result<(), CertificatesProblem> {
        for certificate in [&self.document_verifier, &self.terminal] {
            let body = certificate.body();
            let (first, last) = (body.effective, body.expiration);
            if day < first || last < day {
                return Err(CertificatesProblem::OutsideValidity {
                    holder: certificate.holder(),
                    first,
                    last,
                });
            }
        }
        Ok(())
    }

    /// Whose certificates these are: the name of the terminal's key.
    pub fn holder(&self) -> CertificateHolderReference {
        self.terminal.holder()
    }

    /// The first and the last day of the terminal's certificate.
    pub fn validity(&self) -> (Date, Date) {
        let body = self.terminal.body();
        (body.effective, body.expiration)
    }

    /// Who asks and why, in words, where the description was given.
    pub fn description(&self) -> Option<&CertificateDescription> {
        self.description.as_ref()
    }

    /// The terminal's own certificate.
    pub fn terminal(&self) -> &CvCertificate {
        &self.terminal
    }

    /// What the agency may do at most, as far as the certificates here say (TR-03110-3, 2.7).
    pub fn allows(&self, permission: Permission) -> bool {
        self.lost_at(permission).is_none()
    }

    /// Where something that the agency may not do got lost: the uppermost that does not grant it.
    pub fn lost_at(
        &self,
        permission: Permission,
    ) -> Option<(GrantLevel, CertificateHolderReference)> {
        let cvca = self.cvca.iter().map(|point| {
            let authorization = point.authorization().clone();
            (GrantLevel::Ministry, point.reference(), authorization)
        });
        let below = [
            (GrantLevel::DocumentVerifier, &self.document_verifier),
            (GrantLevel::AgencyCertificate, &self.terminal),
        ];
        let below = below.into_iter().map(|(level, certificate)| {
            let authorization = certificate.body().authorization();
            (level, certificate.holder(), authorization)
        });
        let lost = |(_, _, authorization): &(_, _, Authorization)| !permission.is_in(authorization);
        cvca.chain(below)
            .find(lost)
            .map(|(level, holder, _)| (level, holder))
    }

    /// What is presented to a card that knows the oldest authority of these: link certificates, document verifier, terminal.
    pub fn chain(&self) -> impl Iterator<Item = &CvCertificate> {
        let below = [&self.document_verifier, &self.terminal];
        self.links.iter().chain(below)
    }

    /// What leads from a key that the card knows to the terminal's; `None` if nothing does.
    pub(super) fn chain_from(
        &self,
        known: &CertificationAuthorityReference,
    ) -> Option<Vec<&CvCertificate>> {
        let mut above_terminal = self.links.iter().chain([&self.document_verifier]);
        let from = above_terminal.position(|certificate| certificate.authority() == *known)?;
        Some(self.chain().skip(from).collect())
    }

    /// The authority from which the document verifier's certificate comes.
    pub(super) fn authority(&self) -> CertificationAuthorityReference {
        self.document_verifier.authority()
    }

    fn check_signatures(&self) -> Result<(), CertificatesProblem> {
        let wrong = |certificate: &CvCertificate, error| CertificatesProblem::Signature {
            holder: certificate.holder(),
            error,
        };
        let Some(cvca) = &self.cvca else {
            return Ok(());
        };
        let dv = &self.document_verifier;
        dv.verify_signature(cvca.key())
            .map_err(|error| wrong(dv, error))?;
        let key = dv.body().public_key.verifying_key(Some(cvca.key().curve()));
        let key = key.map_err(|error| wrong(dv, error))?;
        let terminal = &self.terminal;
        terminal
            .verify_signature(&key)
            .map_err(|error| wrong(terminal, error))
    }
}

/// The self-signed certificate of the authority above the document verifier, if it is there.
fn cvca(
    rest: &mut Vec<CvCertificate>,
    document_verifier: &CvCertificate,
) -> Result<Option<TrustPoint>, CertificatesProblem> {
    let at = rest.iter().position(|known| {
        document_verifier.authority() == known.holder() && known.authority() == known.holder()
    });
    let Some(at) = at else {
        return Ok(None);
    };
    let certificate = rest.swap_remove(at);
    let point = TrustPoint::from_self_signed(&certificate);
    point
        .map(Some)
        .map_err(|error| CertificatesProblem::Signature {
            holder: certificate.holder(),
            error,
        })
}

impl fmt::Display for TerminalCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.holder())
    }
}

/// No rights, to which those are added that the holder gives.
pub(super) fn nothing() -> (Chat, Extensions) {
    (
        Chat::new(TerminalType::AuthenticationTerminal, Role::Terminal),
        Extensions::default(),
    )
}
