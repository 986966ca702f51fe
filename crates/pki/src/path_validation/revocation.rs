//! Whether a certificate of a path is revoked: RFC 5280 §6.3, with delta lists, indirect lists and parts of lists.
//!
//! Stricter than the RFC in one thing. To the RFC a CA is its name, and a list that any key of this name signed speaks about
//! all its certificates. MOICA has three generations of keys under one name, each with a list of its own: that of another
//! generation does not name a revoked certificate, and so would clear it. A list of another key is taken only if that key
//! signs nothing but lists, or if a self-issued certificate links the two keys.

use core::cmp::Ordering;

use super::anchor::TrustAnchor;
use super::distribution_points::{Point, Reasons};
use super::lists::AvailableList;
use super::search::role;
use super::{Attempt, Inputs, StaleLists, Way};
use crate::Error;
use crate::certificate::Certificate;
use crate::name::same_name;
use crate::public_key::PublicKey;
use crate::revocation::{RevocationList, Status};

/// A list of a list's issuer's issuer, and so on: deeper than any PKI.
const MAX_DEPTH: usize = 4;

/// Who signed a list.
enum ListIssuer<'a> {
    Anchor(&'a TrustAnchor),
    /// Of the path itself, or of the pool.
    Certificate(&'a Certificate),
}

/// A certificate of a way, whose status is in question.
struct Question<'q, 'a> {
    certificate: &'a Certificate,
    /// The certificates between it and the anchor.
    above: &'q [&'a Certificate],
    anchor: &'a TrustAnchor,
    role: crate::Role,
    lists: Vec<AvailableList<'a>>,
}

impl<'v, 'a: 'v> Attempt<'v, 'a> {
    /// Whether the certificate at `position` of a way is not revoked; what is not as it should be and was waived.
    ///
    /// # Errors
    /// [`Error::Revoked`], or why nobody knows.
    pub(super) fn check_revocation(
        &self,
        way: &Way<'v>,
        position: usize,
    ) -> Result<Vec<Error>, Error> {
        let role = role(position);
        let nobody_knows = |error: Error| error.at(role, "revocation status");
        let Some((certificate, above)) = way
            .certificates
            .get(position..)
            .and_then(<[&Certificate]>::split_first)
        else {
            return Ok(Vec::new());
        };
        let question = Question {
            certificate,
            above,
            anchor: way.anchor,
            role,
            lists: self.settings.lists.about(certificate),
        };
        let extensions = certificate.path_extensions(true)?;
        let (mut covered, mut warnings) = (Reasons::NONE, Vec::new());
        let (mut first_error, mut of_issuer) = (None, false);
        for point in Point::all_of(certificate, &extensions.distribution_points) {
            for available in &question.lists {
                let list = available.list();
                if list.base_number().is_some() || !point.is_of_issuer(list, certificate) {
                    continue;
                }
                of_issuer = true;
                let reasons = point.reasons_of(list, certificate);
                if !reasons.adds_to(covered) {
                    continue;
                }
                match self.consult(&question, &point, *available) {
                    Ok(waived) => {
                        covered = covered.or(reasons);
                        warnings.extend(waived);
                    }
                    Err(revoked @ Error::Revoked { .. }) => return Err(revoked),
                    Err(error) => first_error = first_error.or(Some(error)),
                }
            }
            if !Reasons::ALL.adds_to(covered) {
                return Ok(warnings);
            }
        }
        let deltas = question.lists.iter().map(|it| it.list());
        let mut deltas = deltas.filter(|it| it.base_number().is_some());
        let delta_alone = deltas.any(|it| same_name(it.issuer(), certificate.issuer()));
        Err(nobody_knows(match first_error {
            Some(error) => error,
            None if covered != Reasons::NONE => Error::RevocationReasons,
            None if of_issuer => Error::RevocationListScope,
            None if delta_alone => Error::RevocationListDelta,
            None => Error::NoRevocationList,
        }))
    }

    /// §6.3.3 (f) to (l) for one complete list that speaks about the certificate; the errors of stale ones, if that is waived.
    fn consult(
        &self,
        question: &Question<'_, 'v>,
        point: &Point,
        available: AvailableList<'v>,
    ) -> Result<Vec<Error>, Error> {
        let list = available.list();
        let time = self.settings.time;
        list.check_unknown_extensions()?;
        let (key, mut waived) = self.authenticate(question, point, list)?;
        let delta = self.delta(&question.lists, list, &key);
        let (issuer, serial) = (
            question.certificate.issuer(),
            question.certificate.serial_number(),
        );
        let in_delta = match delta {
            Some(delta) => delta.status(issuer, &serial)?,
            None => None,
        };
        let status = match in_delta {
            Some(status) => Some(status),
            None => available.status(issuer, &serial)?,
        };
        // A stale list no longer says who is not revoked, but whom it names stays revoked.
        if let Some(Status::Revoked(revocation)) = status {
            return Err(Error::Revoked {
                role: question.role,
                serial,
                date: revocation.date,
                reason: revocation.reason,
            });
        }
        match list.check_validity(time) {
            Ok(()) => Ok(waived),
            Err(Error::RevocationListStale { .. }) if delta.is_some() => Ok(waived),
            Err(stale @ Error::RevocationListStale { .. })
                if self.settings.stale_lists == StaleLists::Report =>
            {
                waived.push(stale.at(question.role, "nextUpdate of the list"));
                Ok(waived)
            }
            Err(error) => Err(error),
        }
    }

    /// §6.3.3 (f), (g): the key that signed the list, if it may, and what was waived to find that. Where several could have,
    /// one of them has to.
    fn authenticate(
        &self,
        question: &Question<'_, 'v>,
        point: &Point,
        list: &RevocationList,
    ) -> Result<(PublicKey, Vec<Error>), Error> {
        let identifier = list.authority_key_identifier();
        let anchor = question.anchor;
        let is_anchor = anchor.may_be(identifier, list.issuer())
            && same_name(anchor.name(), list.issuer())
            && anchor.may_sign_lists();
        let fits = |it: &&Certificate| {
            let usage = it.extensions().key_usage;
            it.subject_key_identifier() == Some(identifier)
                && same_name(it.subject(), list.issuer())
                && usage.is_none_or(|usage| usage.crl_sign())
        };
        let above = question.above.iter().copied();
        let candidates = is_anchor.then_some(ListIssuer::Anchor(anchor)).into_iter();
        let candidates = candidates.chain(
            above
                .chain(self.settings.intermediates)
                .filter(fits)
                .map(ListIssuer::Certificate),
        );
        let mut first_error = None;
        for candidate in candidates {
            match self.check_issuer(question, point, list, &candidate) {
                Ok(found) => return Ok(found),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or(Error::RevocationListIssuer))
    }

    fn check_issuer(
        &self,
        question: &Question<'_, 'v>,
        point: &Point,
        list: &RevocationList,
        candidate: &ListIssuer<'v>,
    ) -> Result<(PublicKey, Vec<Error>), Error> {
        let key = match candidate {
            ListIssuer::Anchor(anchor) => anchor.public_key().clone(),
            ListIssuer::Certificate(certificate) => certificate.public_key()?,
        };
        self.budget.spend()?;
        list.verify_signature(&key).map_err(|error| match error {
            Error::Signature => Error::RevocationListSignature,
            other => other,
        })?;
        let own_key = question.certificate.authority_key_identifier()
            == Some(list.authority_key_identifier());
        if !own_key && !point.delegates_to(list.issuer()) {
            self.check_generation(question, candidate, &key)?;
        }
        if let ListIssuer::Certificate(certificate) = candidate
            && !question.above.contains(certificate)
        {
            return Ok((
                key,
                self.check_path_of_issuer(question, point, certificate)?,
            ));
        }
        Ok((key, Vec::new()))
    }

    /// Whether a key that did not issue the certificate, but has its issuer's name, speaks for the issuer's key.
    fn check_generation(
        &self,
        question: &Question<'_, 'v>,
        candidate: &ListIssuer<'v>,
        key: &PublicKey,
    ) -> Result<(), Error> {
        let usage = match candidate {
            ListIssuer::Certificate(certificate) => certificate.extensions().key_usage,
            ListIssuer::Anchor(_) => None,
        };
        if usage.is_some_and(|usage| !usage.key_cert_sign()) {
            return Ok(());
        }
        let issuing = match question.above.first() {
            Some(issuer) => issuer.public_key()?,
            None => question.anchor.public_key().clone(),
        };
        let name = question.certificate.issuer();
        let above = question.above.iter().copied();
        let own = |it: &&Certificate| it.is_self_issued() && same_name(it.subject(), name);
        for link in above.chain(self.settings.intermediates).filter(own) {
            let Ok(certified) = link.public_key() else {
                continue;
            };
            let by = match () {
                () if certified == *key => &issuing,
                () if certified == issuing => key,
                () => continue,
            };
            self.budget.spend()?;
            if link.verify_signature(by).is_ok() {
                return Ok(());
            }
        }
        Err(Error::RevocationListOtherKey)
    }

    /// §6.3.3 (f): the path of a list issuer that is not on the way, to the same anchor, its own revocation included.
    fn check_path_of_issuer(
        &self,
        question: &Question<'_, 'v>,
        point: &Point,
        issuer: &'v Certificate,
    ) -> Result<Vec<Error>, Error> {
        // A list does not vouch for the key that signed it, unless the CA that certified the key says so: then its path was
        // checked before its lists were looked at.
        let is_own = question.certificate == issuer && self.list_issuers.last() == Some(&issuer);
        if is_own && point.delegates_to(issuer.subject()) {
            return Ok(Vec::new());
        }
        if self.list_issuers.contains(&issuer) || self.list_issuers.len() == MAX_DEPTH {
            return Err(Error::RevocationListIssuer);
        }
        let mut list_issuers = self.list_issuers.clone();
        list_issuers.push(issuer);
        let attempt = Attempt {
            list_issuers,
            anchors: core::slice::from_ref(question.anchor),
            ..*self
        };
        let report = attempt.validate(issuer, &Inputs::default());
        if report.is_ok() {
            return Ok(report.warnings);
        }
        let error = report.errors().next().cloned();
        let error = error.unwrap_or(Error::RevocationListIssuer);
        Err(Error::RevocationListIssuerPath(Box::new(error)))
    }

    /// §6.3.3 (c), (h): the newest current delta list for a complete list, by the same key.
    fn delta(
        &self,
        lists: &[AvailableList<'v>],
        complete: &RevocationList,
        key: &PublicKey,
    ) -> Option<AvailableList<'v>> {
        let fits = |it: &&AvailableList<'v>| {
            let list = it.list();
            let base = list.base_number();
            base.is_some_and(|base| compare(base, complete.number()).is_le())
                && compare(list.number(), complete.number()).is_ge()
                && same_name(list.issuer(), complete.issuer())
                && list.authority_key_identifier() == complete.authority_key_identifier()
                && list.scope() == complete.scope()
                && list.check_unknown_extensions().is_ok()
                && list.check_validity(self.settings.time).is_ok()
                && self.budget.spend().is_ok()
                && list.verify_signature(key).is_ok()
        };
        let newest = |one: &&AvailableList<'v>, other: &&AvailableList<'v>| {
            compare(one.list().number(), other.list().number())
        };
        lists.iter().filter(fits).max_by(newest).copied()
    }
}

/// Two numbers, most significant byte first, without leading zeros.
fn compare(one: &[u8], other: &[u8]) -> Ordering {
    one.len().cmp(&other.len()).then(one.cmp(other))
}
