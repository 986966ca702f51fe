//! Issuing: document verifiers, terminals, renewals and the CVCA's next key.

use cvc::{
    Authorization, CertificateBody, CertificateHolderReference, CvCertificate, Date, Extensions,
    Field, PublicKey, Role, VerifyingKey,
};
use rand_core::CryptoRng;

use super::error::AgencyError;
use super::grant::{Grant, first_excess};
use super::validity::Validity;
use super::{AgencyPki, CvAuthority, Successor, cvca_body, new_key, reference, self_signed};
use crate::error::Error;

/// The two kinds of document verifiers (TR-03110-3 §2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentVerifierKind {
    /// Official and domestic: its terminals' certificates set the date of a chip.
    OfficialDomestic,
    /// Any other, whose terminals' certificates do not.
    ForeignOrNonOfficial,
}

impl DocumentVerifierKind {
    /// The role in the certificate.
    pub const fn role(self) -> Role {
        match self {
            Self::OfficialDomestic => Role::DvDomestic,
            Self::ForeignOrNonOfficial => Role::DvForeign,
        }
    }
}

/// What an authority signs for somebody else.
struct Certified {
    chat: cvc::Chat,
    extensions: Extensions,
    validity: Validity,
}

impl AgencyPki {
    /// A new document verifier, certified by the CVCA's key in use. Its terminals can be granted what it is granted here.
    /// Of its name `mnemonic` is the part in the middle.
    ///
    /// # Errors
    /// [`AgencyError::Mnemonic`], [`AgencyError::NoSuchRight`], [`AgencyError::AuthorizationAsExtension`],
    /// [`AgencyError::OutsideValidity`].
    pub fn document_verifier(
        &mut self,
        mnemonic: &str,
        kind: DocumentVerifierKind,
        grant: &Grant,
        validity: Validity,
        rng: &mut dyn CryptoRng,
    ) -> Result<CertificateHolderReference, Error> {
        check_mnemonic(mnemonic)?;
        if self.references().any(|name| name.mnemonic() == mnemonic) {
            return Err(taken(mnemonic));
        }
        let (chat, extensions) = grant.encode(kind.role())?;
        self.certify_document_verifier(
            mnemonic,
            Certified {
                chat,
                extensions,
                validity,
            },
            rng,
        )
    }

    /// A new key of a document verifier, with the same rights, certified by the CVCA's key in use for as long as
    /// [`Validity::document_verifier`]. Terminals certified by the old key stay as they are.
    ///
    /// # Errors
    /// [`AgencyError::UnknownDocumentVerifier`], [`AgencyError::OutsideValidity`].
    pub fn renew_document_verifier(
        &mut self,
        mnemonic: &str,
        today: Date,
        rng: &mut dyn CryptoRng,
    ) -> Result<CertificateHolderReference, Error> {
        let body = self.find_document_verifier(mnemonic)?.certificate.body();
        let certified = Certified {
            chat: body.chat,
            extensions: body.extensions.clone(),
            validity: Validity::document_verifier(today)?,
        };
        self.certify_document_verifier(mnemonic, certified, rng)
    }

    fn certify_document_verifier(
        &mut self,
        mnemonic: &str,
        certified: Certified,
        rng: &mut dyn CryptoRng,
    ) -> Result<CertificateHolderReference, Error> {
        let holder = self.next_reference(mnemonic)?;
        let key = new_key(rng)?;
        let certificate = self
            .cvca()
            .certify(holder, key.verifying_key(), certified, rng)?;
        self.document_verifiers
            .push(CvAuthority { certificate, key });
        Ok(holder)
    }

    /// A terminal's certificate, signed by this document verifier: exactly what is granted. `public_key` is the agency's,
    /// whose private half never comes here.
    ///
    /// # Errors
    /// [`AgencyError::UnknownDocumentVerifier`], [`AgencyError::Mnemonic`], [`AgencyError::NoSuchRight`],
    /// [`AgencyError::AuthorizationAsExtension`], [`AgencyError::NotAllowed`] for the first thing that the document
    /// verifier does not have itself, [`AgencyError::OtherKeyType`], [`AgencyError::OutsideValidity`].
    pub fn terminal(
        &mut self,
        document_verifier: &str,
        mnemonic: &str,
        grant: &Grant,
        public_key: &VerifyingKey,
        validity: Validity,
        rng: &mut dyn CryptoRng,
    ) -> Result<CvCertificate, Error> {
        check_mnemonic(mnemonic)?;
        let of_another = |terminal: &CvCertificate| {
            terminal.holder().mnemonic() == mnemonic
                && terminal.authority().mnemonic() != document_verifier
        };
        if self.authorities().any(|name| name.mnemonic() == mnemonic)
            || self.terminals.iter().any(of_another)
        {
            return Err(taken(mnemonic));
        }
        let (chat, extensions) = grant.encode(Role::Terminal)?;
        let certified = Certified {
            chat,
            extensions,
            validity,
        };
        self.certify_terminal(document_verifier, mnemonic, public_key, certified, rng)
    }

    /// The same certificate for a new key and the time from `today`, as long as [`Validity::terminal`]: what an agency gets
    /// without deciding anew what it may do.
    ///
    /// # Errors
    /// [`AgencyError::NotIssuedHere`], [`AgencyError::Replaced`], [`AgencyError::Expired`], [`AgencyError::SameKey`]; and
    /// as [`AgencyPki::terminal`], if the document verifier has fewer rights by now or has itself to be renewed first.
    pub fn renew(
        &mut self,
        certificate: &CvCertificate,
        new_key: &VerifyingKey,
        today: Date,
        rng: &mut dyn CryptoRng,
    ) -> Result<CvCertificate, Error> {
        let grant = Grant::of(certificate);
        self.renew_narrowed(
            certificate,
            &grant,
            new_key,
            Validity::terminal(today)?,
            rng,
        )
    }

    /// The same, with these rights at most as many as the certificate has, and for this time.
    ///
    /// # Errors
    /// As [`AgencyPki::renew`]; [`AgencyError::NotAllowed`] with the certificate's own name for the first right that it does
    /// not have: that is for a new grant to give.
    pub fn renew_narrowed(
        &mut self,
        certificate: &CvCertificate,
        grant: &Grant,
        new_key: &VerifyingKey,
        validity: Validity,
        rng: &mut dyn CryptoRng,
    ) -> Result<CvCertificate, Error> {
        let document_verifier = self.issuer_of(certificate)?;
        let document_verifier = document_verifier.reference().mnemonic();
        let (holder, body) = (certificate.holder(), certificate.body());
        let mnemonic = holder.mnemonic();
        let newest = self.newest_terminal(&mnemonic).map(CvCertificate::holder);
        if let Some(by) = newest.filter(|name| *name != holder) {
            return Err(AgencyError::Replaced { holder, by }.into());
        }
        if body.expiration < validity.first() {
            let expiration = body.expiration;
            return Err(AgencyError::Expired { holder, expiration }.into());
        }
        if body.public_key == PublicKey::inheriting(new_key) {
            return Err(AgencyError::SameKey.into());
        }
        let (chat, extensions) = grant.encode(Role::Terminal)?;
        let wanted = Authorization::new(chat, &extensions);
        if let Some(permission) = first_excess(&wanted, &body.authorization()) {
            let authority = holder;
            return Err(AgencyError::NotAllowed {
                authority,
                permission,
            }
            .into());
        }
        let certified = Certified {
            chat,
            extensions,
            validity,
        };
        self.certify_terminal(&document_verifier, &mnemonic, new_key, certified, rng)
    }

    /// The terminal's certificate that was issued last under this mnemonic.
    pub fn newest_terminal(&self, mnemonic: &str) -> Option<&CvCertificate> {
        let mut newest_first = self.terminals.iter().rev();
        newest_first.find(|terminal| terminal.holder().mnemonic() == mnemonic)
    }

    fn certify_terminal(
        &mut self,
        document_verifier: &str,
        mnemonic: &str,
        public_key: &VerifyingKey,
        certified: Certified,
        rng: &mut dyn CryptoRng,
    ) -> Result<CvCertificate, Error> {
        let holder = self.next_reference(mnemonic)?;
        let document_verifier = self.find_document_verifier(document_verifier)?;
        let certificate = document_verifier.certify(holder, public_key, certified, rng)?;
        self.terminals.push(certificate.clone());
        Ok(certificate)
    }

    /// The CVCA's next key, and the link certificate by which cards in use take it over. From then on it certifies;
    /// document verifiers go over to it when they are renewed ([`AgencyPki::renew_document_verifier`]), and terminals with
    /// them.
    ///
    /// # Errors
    /// [`AgencyError::LinkTooEarly`] on the effective date of the key in use, or before.
    pub fn link(&mut self, today: Date, rng: &mut dyn CryptoRng) -> Result<CvCertificate, Error> {
        let validity = Validity::cvca(today)?;
        let old = self.cvca();
        let (effective, _) = old.validity();
        if today <= effective {
            let holder = old.reference();
            return Err(AgencyError::LinkTooEarly { holder, effective }.into());
        }
        let number = self.cvcas().count() as u32 + 1;
        let authority = self_signed(number, validity, new_key(rng)?, rng)?;
        let (holder, key) = (authority.reference(), authority.key.verifying_key());
        let body = cvca_body(old.reference().into(), holder, validity, key)?;
        let link = body.signed(&old.key, rng)?;
        self.successors.push(Successor {
            link: link.clone(),
            authority,
        });
        Ok(link)
    }

    fn authorities(&self) -> impl Iterator<Item = CertificateHolderReference> {
        let authorities = self.cvcas().chain(self.document_verifiers());
        authorities.map(CvAuthority::reference)
    }

    fn references(&self) -> impl Iterator<Item = CertificateHolderReference> {
        let terminals = self.terminals.iter().map(CvCertificate::holder);
        self.authorities().chain(terminals)
    }

    /// The name that the next certificate under this mnemonic gets.
    ///
    /// # Errors
    /// [`AgencyError::Mnemonic`], [`AgencyError::SequenceNumbersUsed`].
    pub fn next_name(&self, mnemonic: &str) -> Result<CertificateHolderReference, Error> {
        check_mnemonic(mnemonic)?;
        self.next_reference(mnemonic)
    }

    fn next_reference(&self, mnemonic: &str) -> Result<CertificateHolderReference, Error> {
        let used = self.references().filter(|name| name.mnemonic() == mnemonic);
        let last = used.filter_map(|name| name.sequence_number().parse::<u32>().ok());
        reference(mnemonic, last.max().unwrap_or_default() + 1)
    }
}

impl CvAuthority {
    fn certify(
        &self,
        holder: CertificateHolderReference,
        public_key: &VerifyingKey,
        certified: Certified,
        rng: &mut dyn CryptoRng,
    ) -> Result<CvCertificate, Error> {
        let Certified {
            chat,
            extensions,
            validity,
        } = certified;
        self.check_key(public_key)?;
        self.check_validity(validity)?;
        let body = CertificateBody {
            authority: self.reference().into(),
            public_key: PublicKey::inheriting(public_key),
            holder,
            chat,
            effective: validity.first(),
            expiration: validity.last(),
            extensions,
        };
        let held = self.certificate.body().authorization();
        if let Some(permission) = first_excess(&body.authorization(), &held) {
            let authority = self.reference();
            return Err(AgencyError::NotAllowed {
                authority,
                permission,
            }
            .into());
        }
        Ok(body.signed(&self.key, rng)?)
    }

    fn check_key(&self, public_key: &VerifyingKey) -> Result<(), Error> {
        let own = self.key.verifying_key();
        let field = if own.algorithm() != public_key.algorithm() {
            Field::PublicKeyAlgorithm
        } else if own.curve() != public_key.curve() {
            Field::DomainParameters
        } else {
            return Ok(());
        };
        Err(AgencyError::OtherKeyType { field }.into())
    }

    fn check_validity(&self, validity: Validity) -> Result<(), Error> {
        let (first, last) = self.validity();
        let outside = |field, date| AgencyError::OutsideValidity {
            field,
            date,
            authority: self.reference(),
            first,
            last,
        };
        if validity.first() < first {
            return Err(outside(Field::CertificateEffectiveDate, validity.first()).into());
        }
        if validity.last() > last {
            return Err(outside(Field::CertificateExpirationDate, validity.last()).into());
        }
        Ok(())
    }
}

/// The middle of a name: characters that every program shows alike.
fn check_mnemonic(mnemonic: &str) -> Result<(), Error> {
    let known = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let reason = match mnemonic.len() {
        0 => "is empty",
        1..=9 if mnemonic.bytes().all(known) => return Ok(()),
        1..=9 => "has other characters than A to Z and 0 to 9",
        _ => "has more than nine characters",
    };
    let mnemonic = mnemonic.to_owned();
    Err(AgencyError::Mnemonic { mnemonic, reason }.into())
}

fn taken(mnemonic: &str) -> Error {
    let mnemonic = mnemonic.to_owned();
    let reason = "is another's";
    AgencyError::Mnemonic { mnemonic, reason }.into()
}
