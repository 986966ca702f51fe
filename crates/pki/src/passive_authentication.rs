//! Passive Authentication: is what the chip holds what the country issued? (ICAO Doc 9303-11, 8th edition, §5.1.)
//!
//! EF.SOD signs the hashes of the data groups, EF.CardSecurity and EF.ChipSecurity sign the chip's public keys. All three
//! are SignedData of a document signer, whose certificate a country signing CA issued.

mod check_name;

use core::ops::Deref;
use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use der::asn1::AnyRef;
use der::{Decode, Tag, TagNumber, Tagged};
use lds::{LdsSecurityObject, SecurityInfos};

pub use check_name::CheckName;

use crate::certificate::Certificate;
use crate::name::same_name;
use crate::report::{Outcome, Reason, Report};
use crate::trust::{Path, check_validity};
use crate::{
    DigestAlgorithm, Error, RevocationList, Role, SignedContent, SignedData, Time, TrustStore, ber,
    oid,
};

/// Verifies security objects for one moment, with one trust store.
///
/// See the [crate's example](crate#example).
#[derive(Clone, Copy, Debug)]
pub struct PassiveAuthentication<'a> {
    trust: &'a TrustStore,
    lists: &'a [RevocationList],
    revocation_wanted: bool,
    document_type: Option<&'a str>,
    time: Time,
}

/// A verified value and the certificate of the document signer that vouches for it.
///
/// [`PassiveAuthentication`] alone makes them: whoever holds one has performed all the checks of its report.
#[derive(Clone, Debug)]
pub struct Authentic<T> {
    value: T,
    signer: Certificate,
    signing_time: Option<Time>,
}

/// The verified hashes of a document's data groups.
pub type AuthenticSecurityObject = Authentic<LdsSecurityObject>;

/// A data group whose contents match a verified hash.
///
/// [`AuthenticSecurityObject::authenticate_group`] alone makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticGroup<'a> {
    number: u8,
    contents: &'a [u8],
}

/// How a verification went: the report in any case, the value only if every check passed.
#[derive(Clone, Debug)]
#[must_use = "a verification that nobody looks at protects nobody"]
pub struct Verdict<T> {
    report: Report,
    value: Option<Authentic<T>>,
}

impl<'a> PassiveAuthentication<'a> {
    /// Verification at `time`, against the anchors in `trust`.
    ///
    /// Without [`Self::with_revocation_lists`] every verification fails with [`Error::NoRevocationList`], unless
    /// [`Self::without_revocation_lists`] says that this is intended.
    #[must_use]
    pub fn new(trust: &'a TrustStore, time: Time) -> Self {
        Self {
            trust,
            lists: &[],
            revocation_wanted: true,
            document_type: None,
            time,
        }
    }

    /// Looks the signer up in these lists. One current list of the signer's country must be among them.
    #[must_use]
    pub fn with_revocation_lists(mut self, lists: &'a [RevocationList]) -> Self {
        self.lists = lists;
        self
    }

    /// Does without revocation lists: a document of a revoked signer passes. The report says so.
    #[must_use]
    pub fn without_revocation_lists(mut self) -> Self {
        self.revocation_wanted = false;
        self
    }

    /// Demands that the signer signs documents of this type, the first one or two letters of the MRZ ("I", "ID", "P"),
    /// if its certificate says which ones it signs (Doc 9303-12 §7.1.1.6).
    #[must_use]
    pub fn for_document_type(mut self, document_type: &'a str) -> Self {
        self.document_type = Some(document_type);
        self
    }

    /// Verifies EF.SOD, with or without its tag 77, and the contents of the `groups` that were read, given as number and
    /// bytes, tag and length included.
    pub fn security_object(
        &self,
        ef_sod: &[u8],
        groups: &[(u8, &[u8])],
    ) -> Verdict<LdsSecurityObject> {
        let mut report = Report::default();
        let parsed = strip_ef_sod(ef_sod).and_then(|signed_data| SignedData::parse(&signed_data));
        let object = |content: &[u8]| {
            LdsSecurityObject::parse(content).map_err(|_| Error::SignedContent {
                what: "LDS security object",
            })
        };
        let value = self.verify(&mut report, parsed, oid::LDS_SECURITY_OBJECT, object);
        Self::check_groups(&mut report, value.as_ref(), groups);
        Verdict::new(report, value)
    }

    /// Verifies EF.CardSecurity or EF.ChipSecurity (BSI TR-03110-3 annex A.1.2.5).
    pub fn security_infos(&self, ef_card_security: &[u8]) -> Verdict<SecurityInfos> {
        let mut report = Report::default();
        let parsed = SignedData::parse(ef_card_security);
        let infos = |content: &[u8]| {
            SecurityInfos::parse(content).map_err(|_| Error::SignedContent {
                what: "SecurityInfos",
            })
        };
        let value = self.verify(&mut report, parsed, oid::SECURITY_OBJECT, infos);
        Verdict::new(report, value)
    }

    /// All checks but those of the groups.
    fn verify<T>(
        &self,
        report: &mut Report,
        signed_data: Result<SignedData, Error>,
        content_type: ObjectIdentifier,
        parse: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Option<Authentic<T>> {
        let skip = Outcome::NotPerformed(Reason::EarlierFailure);
        let signed_data = match signed_data {
            Ok(signed_data) => signed_data,
            Err(error) => {
                report.record(CheckName::Signature, Outcome::Failed(error));
                for name in [
                    CheckName::CountrySigningCa,
                    CheckName::DocumentSigner,
                    CheckName::Validity,
                    CheckName::Revocation,
                    CheckName::DocumentType,
                    CheckName::Content,
                ] {
                    report.record(name, skip.clone());
                }
                return None;
            }
        };
        let content = report.result(CheckName::Signature, signed_data.verify(content_type));
        // Why a document is refused is worth knowing even if its signature is bad: a foreign signer stays a foreign one.
        match signed_data.signer_certificate() {
            Ok(signer) => self.check_signer(report, signer),
            Err(_) => {
                for name in [
                    CheckName::CountrySigningCa,
                    CheckName::DocumentSigner,
                    CheckName::Validity,
                    CheckName::Revocation,
                    CheckName::DocumentType,
                ] {
                    report.record(name, skip.clone());
                }
            }
        }
        let SignedContent {
            content,
            signer,
            signing_time,
        } = match content {
            Some(content) => content,
            None => {
                report.record(CheckName::Content, skip);
                return None;
            }
        };
        let value = report.result(CheckName::Content, parse(content))?;
        Some(Authentic {
            value,
            signer: signer.clone(),
            signing_time,
        })
    }

    fn check_signer(&self, report: &mut Report, signer: &Certificate) {
        let role = Role::DocumentSigner;
        let path = self.trust.path(signer, role, Some(self.time));
        let (ca, own) = match &path {
            Ok(_) => (Outcome::Passed, Outcome::Passed),
            // The CA is known; what does not fit is the signer's certificate.
            Err(
                error @ (Error::CertificateSignature { role: whose }
                | Error::NameChaining { role: whose }
                | Error::Country { role: whose }),
            ) if *whose == role => (Outcome::Passed, Outcome::Failed(error.clone())),
            Err(error) => (
                Outcome::Failed(error.clone()),
                Outcome::NotPerformed(Reason::EarlierFailure),
            ),
        };
        report.record(CheckName::CountrySigningCa, ca);
        let own = match self.trust.check_signer(signer, role) {
            Ok(()) => own,
            Err(error) => Outcome::Failed(error),
        };
        report.record(CheckName::DocumentSigner, own);

        let validity = check_validity(signer, role, self.time);
        let validity = validity.and_then(|()| match &path {
            Ok(path) => path.check_validity(self.time),
            Err(_) => Ok(()),
        });
        report.result(CheckName::Validity, validity);

        let revocation = match (&path, self.revocation_wanted) {
            (_, false) => Outcome::NotPerformed(Reason::NotAsked),
            (Err(_), true) => Outcome::NotPerformed(Reason::EarlierFailure),
            (Ok(path), true) => match self.check_path_revocation(signer, path) {
                Ok(()) => Outcome::Passed,
                Err(error) => Outcome::Failed(error),
            },
        };
        report.record(CheckName::Revocation, revocation);

        let document_type = match self.document_type {
            None => Outcome::NotPerformed(Reason::NotAsked),
            Some(wanted) => match signer.document_types() {
                Err(error) => Outcome::Failed(error),
                Ok([]) => Outcome::NotPerformed(Reason::NotSaid),
                Ok(types) if types.iter().any(|it| it == wanted) => Outcome::Passed,
                Ok(_) => Outcome::Failed(Error::DocumentType(wanted.to_owned())),
            },
        };
        report.record(CheckName::DocumentType, document_type);
    }

    fn check_path_revocation(&self, signer: &Certificate, path: &Path<'_>) -> Result<(), Error> {
        self.check_revocation(signer, Role::DocumentSigner)?;
        for link in path.links() {
            self.check_revocation(link, Role::Link)?;
        }
        Ok(())
    }

    /// Whether a list says that `certificate` is revoked, and whether a current list says that it is not.
    ///
    /// Doc 9303-12 has a country sign its list with its newest key, whichever key issued the certificates in it. So lists
    /// are found by the country's name, and verified with the trusted key of that name which the list identifies.
    fn check_revocation(&self, certificate: &Certificate, role: Role) -> Result<(), Error> {
        let mut current = false;
        let mut first_error = None;
        let of_issuer = |list: &&RevocationList| same_name(list.issuer(), certificate.issuer());
        for list in self.lists.iter().filter(of_issuer) {
            match self.check_list(list, certificate, role) {
                Ok(()) => current = true,
                Err(revoked @ Error::Revoked { .. }) => return Err(revoked),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        match (current, first_error) {
            (true, _) => Ok(()),
            (false, Some(error)) => Err(error),
            (false, None) => Err(Error::NoRevocationList),
        }
    }

    fn check_list(
        &self,
        list: &RevocationList,
        certificate: &Certificate,
        role: Role,
    ) -> Result<(), Error> {
        self.trust.authenticate_list(list, self.time)?;
        let serial = certificate.serial_number();
        // A stale list no longer says who is not revoked, but whom it names stays revoked.
        if let Some(revocation) = list.is_revoked(&serial) {
            return Err(Error::Revoked {
                role,
                serial,
                date: revocation.date,
                reason: revocation.reason,
            });
        }
        list.check_validity(self.time)
    }

    fn check_groups(
        report: &mut Report,
        object: Option<&AuthenticSecurityObject>,
        groups: &[(u8, &[u8])],
    ) {
        for (number, contents) in groups {
            let outcome = match object.map(|object| object.authenticate_group(*number, contents)) {
                Some(Ok(_)) => Outcome::Passed,
                Some(Err(error)) => Outcome::Failed(error),
                None => Outcome::NotPerformed(Reason::EarlierFailure),
            };
            report.record(CheckName::GroupHash(*number), outcome);
        }
        let signed = object.into_iter().flat_map(|object| object.hashes());
        for (number, _) in signed {
            if !groups.iter().any(|(read, _)| *read == number) {
                let outcome = Outcome::NotPerformed(Reason::NotRead);
                report.record(CheckName::GroupHash(number), outcome);
            }
        }
    }
}

impl<T> Authentic<T> {
    /// The certificate of the document signer.
    #[must_use]
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// When the document signer says that it signed.
    #[must_use]
    pub fn signing_time(&self) -> Option<Time> {
        self.signing_time
    }

    /// The value alone.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Authentic<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl AuthenticSecurityObject {
    /// Compares a data group, tag and length included, with its verified hash: for groups that are read later than EF.SOD.
    ///
    /// # Errors
    /// [`Error::GroupHash`], [`Error::GroupNotSigned`], or [`Error::GroupDigest`] if the hash algorithm proves nothing.
    pub fn authenticate_group<'g>(
        &self,
        number: u8,
        contents: &'g [u8],
    ) -> Result<AuthenticGroup<'g>, Error> {
        let signed = self.hash(number).ok_or(Error::GroupNotSigned(number))?;
        let oid = self.digest_algorithm().oid();
        let digest = DigestAlgorithm::from_oid(oid).map_err(|_| Error::GroupDigest(oid))?;
        if digest.digest(contents) == signed {
            Ok(AuthenticGroup { number, contents })
        } else {
            Err(Error::GroupHash(number))
        }
    }
}

impl<'a> AuthenticGroup<'a> {
    /// Its number.
    #[must_use]
    pub fn number(&self) -> u8 {
        self.number
    }

    /// Its contents, tag and length included.
    #[must_use]
    pub fn contents(&self) -> &'a [u8] {
        self.contents
    }
}

impl<T> Verdict<T> {
    /// The value survives only if the whole report is good.
    fn new(report: Report, value: Option<Authentic<T>>) -> Self {
        let value = value.filter(|_| report.is_ok());
        Self { report, value }
    }

    /// Every check by name.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Whether every check passed.
    #[must_use]
    pub fn is_authentic(&self) -> bool {
        self.value.is_some()
    }

    /// The verified value.
    ///
    /// # Errors
    /// The report, if any check failed.
    pub fn into_result(self) -> Result<Authentic<T>, Report> {
        self.value.ok_or(self.report)
    }
}

/// The SignedData in EF.SOD: tag 77 (Doc 9303-10 §4.6.2) is often lost on the way to a verifier.
fn strip_ef_sod(ef_sod: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    const TAG: Tag = Tag::Application {
        constructed: true,
        number: TagNumber(23),
    };
    if ef_sod.first() != Some(&0x77) {
        return Ok(Cow::Borrowed(ef_sod));
    }
    let malformed = Error::malformed("EF.SOD");
    let definite = ber::to_definite(ef_sod)?;
    let file = AnyRef::from_der(&definite).map_err(&malformed)?;
    file.tag().assert_eq(TAG).map_err(&malformed)?;
    Ok(Cow::Owned(file.value().to_vec()))
}
