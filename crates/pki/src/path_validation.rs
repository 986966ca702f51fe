//! General path validation: RFC 5280 §6.1 for the certificates, §6.3 for their lists.
//!
//! This is what natural-person certificates (自然人憑證, MOICA) are verified by, and whatever else has policies, names and
//! several CAs. Passports have a path of their own, shorter and with rules of its own
//! ([`PassiveAuthentication`](crate::PassiveAuthentication)).

mod anchor;
mod certificates;
mod distribution_points;
mod lists;
mod name_constraints;
mod policy_graph;
mod report;
mod revocation;
mod search;

use core::ops::ControlFlow;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::ANY_POLICY;
use der::flagset::FlagSet;
use x509_cert::ext::pkix::KeyUsages;

pub use anchor::TrustAnchor;
pub use lists::AvailableList;
pub use report::{PathCheck, PathField, PathReport, ValidPath};

use crate::certificate::Certificate;
use crate::report::{Outcome, Reason, Report};
use crate::{Error, Role, Time};
use lists::Lists;
use policy_graph::PolicySet;
use search::{Budget, Search};

/// More ways to an anchor than are worth trying: cross-certificates give a handful.
const MAX_WAYS: usize = 64;

/// Validates certificates for one moment, against trust anchors, with whatever certificates and lists are at hand.
///
/// ```
/// use pki::{Error, KeyUsages, PathField, PathValidation, Role, Time, TrustAnchor};
/// # use pki::builder::{CertificateBuilder, CertificateProfile, DistinguishedName, KeyType, PrivateKey};
/// # use pki::builder::RevocationListBuilder;
/// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// # let mut rng = ChaCha20Rng::from_seed([7; 32]);
/// # let (from, to) = (Time::utc(2026, 1, 1, 0, 0, 0)?, Time::utc(2041, 1, 1, 0, 0, 0)?);
/// # let ca_key = PrivateKey::generate(KeyType::P256, &mut rng);
/// # let ca = CertificateBuilder::new(CertificateProfile::CountrySigningCa, DistinguishedName::new("TW", "CA")?)
/// #     .validity(from, to)
/// #     .self_sign(&ca_key, &mut rng)?;
/// # let key = PrivateKey::generate(KeyType::P256, &mut rng);
/// # let certificate = CertificateBuilder::new(CertificateProfile::DocumentSigner, DistinguishedName::new("TW", "Amy")?)
/// #     .validity(from, to)
/// #     .issue(&key.public_key()?, &ca, &ca_key, &mut rng)?;
/// # let intermediates = [];
/// # let list = RevocationListBuilder::new(1, from, from.plus_days(2)?).sign(&ca, &ca_key, &mut rng)?;
///
/// let anchors = [TrustAnchor::from_certificate(ca)?];
/// let today = Time::utc(2026, 1, 2, 12, 0, 0)?;
/// let validation = PathValidation::new(&anchors, today)
///     .intermediates(&intermediates)
///     .revocation_lists([&list])
///     .require_key_usage(KeyUsages::DigitalSignature);
///
/// let report = validation.validate(&certificate);
/// print!("{report}");
/// let path = report.into_result().expect("every check passed");
/// assert_eq!(path.end_entity(), Some(&certificate));
///
/// // A week later the list is stale, and nobody knows whether the certificate was revoked.
/// let later = PathValidation::new(&anchors, today.plus_days(7)?).revocation_lists([&list]);
/// let report = later.validate(&certificate);
/// let errors: Vec<_> = report.errors().map(ToString::to_string).collect();
/// assert_eq!(errors, ["end entity, revocation status: the revocation list is stale: its successor was due on 2026-01-03T00:00:00Z"]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PathValidation<'a> {
    anchors: &'a [TrustAnchor],
    intermediates: &'a [Certificate],
    lists: Lists<'a>,
    revocation_wanted: bool,
    stale_lists: StaleLists,
    time: Time,
    inputs: Inputs,
}

/// What becomes of a list whose successor is overdue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StaleLists {
    /// It clears nobody. Whom it names stays revoked.
    #[default]
    Refuse,
    /// It is taken, and the report warns of it.
    Report,
}

/// What the caller asks of a path (RFC 5280 §6.1.1 (c), (e) to (g)) and of the key at its end.
#[derive(Clone, Debug)]
struct Inputs {
    acceptable_policies: PolicySet,
    explicit_policy: bool,
    policy_mapping_inhibit: bool,
    any_policy_inhibit: bool,
    key_usage: FlagSet<KeyUsages>,
    extended_key_usage: Option<ObjectIdentifier>,
}

impl Default for Inputs {
    fn default() -> Self {
        Self {
            acceptable_policies: PolicySet::from([ANY_POLICY]),
            explicit_policy: false,
            policy_mapping_inhibit: false,
            any_policy_inhibit: false,
            key_usage: FlagSet::default(),
            extended_key_usage: None,
        }
    }
}

impl<'a> PathValidation<'a> {
    /// Validation at `time`, against these anchors.
    ///
    /// Without lists every validation fails with [`Error::NoRevocationList`], unless [`Self::without_revocation_lists`] says
    /// that this is intended.
    #[must_use]
    pub fn new(anchors: &'a [TrustAnchor], time: Time) -> Self {
        Self {
            anchors,
            intermediates: &[],
            lists: Lists::default(),
            revocation_wanted: true,
            stale_lists: StaleLists::default(),
            time,
            inputs: Inputs::default(),
        }
    }

    /// Certificates from which paths are built, in any order, from anywhere: those of CAs, and of whoever signs lists.
    #[must_use]
    pub fn intermediates(mut self, intermediates: &'a [Certificate]) -> Self {
        self.intermediates = intermediates;
        self
    }

    /// Looks every certificate up in these lists, complete ones and delta lists, of whatever issuer.
    #[must_use]
    pub fn revocation_lists(
        mut self,
        lists: impl IntoIterator<Item = impl Into<AvailableList<'a>>>,
    ) -> Self {
        self.lists.given.extend(lists.into_iter().map(Into::into));
        self
    }

    /// Asks for lists when a certificate is looked up, in addition to those that were given. Which lists it needs,
    /// [`Certificate::issuer`] and [`Certificate::crl_distribution_points`] say.
    #[must_use]
    pub fn revocation_lists_from(
        mut self,
        lookup: &'a (dyn Fn(&Certificate) -> Vec<AvailableList<'a>> + 'a),
    ) -> Self {
        self.lists.lookup = Some(lookup);
        self
    }

    /// Does without revocation lists: what was revoked passes. The report says so.
    #[must_use]
    pub fn without_revocation_lists(mut self) -> Self {
        self.revocation_wanted = false;
        self
    }

    /// What becomes of a list whose successor is overdue. Otherwise it is refused.
    #[must_use]
    pub fn stale_lists(mut self, policy: StaleLists) -> Self {
        self.stale_lists = policy;
        self
    }

    /// The certificate policies that are acceptable (user-initial-policy-set), in the words of the anchor. Otherwise any.
    /// Whether there has to be one at all, [`Self::require_explicit_policy`] or a CA says.
    #[must_use]
    pub fn acceptable_policies(
        mut self,
        policies: impl IntoIterator<Item = ObjectIdentifier>,
    ) -> Self {
        self.inputs.acceptable_policies = policies.into_iter().collect();
        self
    }

    /// Demands that an acceptable policy holds along the whole path (initial-explicit-policy).
    #[must_use]
    pub fn require_explicit_policy(mut self) -> Self {
        self.inputs.explicit_policy = true;
        self
    }

    /// Lets no CA map one policy to another (initial-policy-mapping-inhibit).
    #[must_use]
    pub fn inhibit_policy_mapping(mut self) -> Self {
        self.inputs.policy_mapping_inhibit = true;
        self
    }

    /// Lets anyPolicy in a certificate stand for nothing (initial-any-policy-inhibit).
    #[must_use]
    pub fn inhibit_any_policy(mut self) -> Self {
        self.inputs.any_policy_inhibit = true;
        self
    }

    /// Demands that the certificate allows its key all these usages, and says so.
    #[must_use]
    pub fn require_key_usage(mut self, usage: impl Into<FlagSet<KeyUsages>>) -> Self {
        self.inputs.key_usage = usage.into();
        self
    }

    /// Demands that the key is for this purpose, if the certificate says which purposes it is for.
    #[must_use]
    pub fn require_extended_key_usage(mut self, purpose: ObjectIdentifier) -> Self {
        self.inputs.extended_key_usage = Some(purpose);
        self
    }

    /// Finds a path from `certificate` to an anchor on which every check passes.
    pub fn validate(&self, certificate: &Certificate) -> PathReport {
        let budget = Budget::new();
        let attempt = Attempt {
            settings: self,
            anchors: self.anchors,
            budget: &budget,
            list_issuers: Vec::new(),
        };
        attempt.validate(certificate, &self.inputs)
    }
}

/// One validation: that of the end entity, or, inside of it, that of whoever signed a list.
struct Attempt<'v, 'a> {
    settings: &'v PathValidation<'a>,
    anchors: &'v [TrustAnchor],
    budget: &'v Budget,
    /// The issuers of lists whose own paths are being validated, the outermost first.
    list_issuers: Vec<&'v Certificate>,
}

/// Certificates from the end entity up, and the anchor that issued the last.
struct Way<'a> {
    certificates: Vec<&'a Certificate>,
    anchor: &'a TrustAnchor,
}

impl<'v, 'a: 'v> Attempt<'v, 'a> {
    fn validate(&self, certificate: &'v Certificate, inputs: &Inputs) -> PathReport {
        let search = Search {
            anchors: self.anchors,
            pool: self.settings.intermediates,
            time: self.settings.time,
            budget: self.budget,
        };
        let (mut valid, mut failed, mut ways) = (None, None, 0);
        let (mut limit, mut first_error) = (None, None);
        let _ = search.run(&mut vec![certificate], &mut |found| {
            match found {
                Ok((certificates, anchor)) => {
                    ways += 1;
                    if ways > MAX_WAYS {
                        let what = "ways to a trust anchor";
                        limit = Some(Error::SearchLimit {
                            what,
                            limit: MAX_WAYS,
                        });
                        return ControlFlow::Break(());
                    }
                    let report = self.check(
                        &Way {
                            certificates: certificates.to_vec(),
                            anchor,
                        },
                        inputs,
                    );
                    if report.is_ok() {
                        valid = Some(report);
                        return ControlFlow::Break(());
                    }
                    failed.get_or_insert(report);
                }
                Err(error @ Error::SearchLimit { .. }) => {
                    limit = Some(error);
                    // A way that is too long says nothing about the others.
                    if self.budget.is_spent() {
                        return ControlFlow::Break(());
                    }
                }
                Err(error) => first_error = first_error.take().or(Some(error)),
            }
            ControlFlow::Continue(())
        });
        let role = Role::EndEntity;
        match (valid.or(failed), limit) {
            (Some(report), None) => report,
            (Some(report), Some(_)) if report.is_ok() => report,
            (_, Some(limit)) => no_way(limit),
            (None, None) => no_way(first_error.unwrap_or(Error::UntrustedIssuer { role })),
        }
    }

    /// Every check of one way.
    fn check(&self, way: &Way<'v>, inputs: &Inputs) -> PathReport {
        let mut checks = Report::default();
        let (role, field) = (Role::EndEntity, PathField::Path);
        checks.record(PathCheck { role, field }, Outcome::Passed);
        let policies = certificates::check(way, inputs, self.settings.time, &mut checks);
        let warnings = self.check_lists(way, &mut checks);
        let path = checks.is_ok().then(|| ValidPath {
            certificates: way.certificates.iter().copied().cloned().collect(),
            anchor: way.anchor.clone(),
            policies: policies.into_iter().collect(),
        });
        PathReport {
            checks,
            warnings,
            path,
        }
    }

    /// Revocation from the anchor down, so that whoever signs lists is known to be good before the lists are read. Lists are not
    /// looked at on a way that has failed.
    fn check_lists(&self, way: &Way<'v>, checks: &mut Report<PathCheck>) -> Vec<Error> {
        let mut warnings = Vec::new();
        for position in (0..way.certificates.len()).rev() {
            let role = search::role(position);
            let (revocation, current) = if !self.settings.revocation_wanted {
                let skip = Outcome::NotPerformed(Reason::NotAsked);
                (skip.clone(), skip)
            } else if !checks.is_ok() {
                let skip = Outcome::NotPerformed(Reason::EarlierFailure);
                (skip.clone(), skip)
            } else {
                match self.check_revocation(way, position) {
                    Ok(stale) if stale.is_empty() => (Outcome::Passed, Outcome::Passed),
                    Ok(stale) => {
                        warnings.extend(stale);
                        (Outcome::Passed, Outcome::NotPerformed(Reason::Waived))
                    }
                    Err(error) => {
                        let skip = Outcome::NotPerformed(Reason::EarlierFailure);
                        (Outcome::Failed(error), skip)
                    }
                }
            };
            for (field, outcome) in [
                (PathField::Revocation, revocation),
                (PathField::ListsAreCurrent, current),
            ] {
                checks.record(PathCheck { role, field }, outcome);
            }
        }
        warnings
    }
}

/// The report of a certificate from which no way leads to an anchor.
fn no_way(error: Error) -> PathReport {
    let role = Role::EndEntity;
    let mut checks = Report::default();
    let mut record = |field, outcome| checks.record(PathCheck { role, field }, outcome);
    record(PathField::Path, Outcome::Failed(error));
    for field in [
        PathField::Validity,
        PathField::CriticalExtensions,
        PathField::Names,
        PathField::Policies,
        PathField::AcceptablePolicies,
        PathField::KeyUsage,
        PathField::ExtendedKeyUsage,
        PathField::Revocation,
        PathField::ListsAreCurrent,
    ] {
        record(field, Outcome::NotPerformed(Reason::EarlierFailure));
    }
    PathReport {
        checks,
        warnings: Vec::new(),
        path: None,
    }
}
