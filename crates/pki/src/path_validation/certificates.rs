//! Certificate by certificate from the trust anchor down: RFC 5280 §6.1.2 to §6.1.5, under the names that the RFC gives its
//! variables.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{ANY_EXTENDED_KEY_USAGE, ANY_POLICY};

use super::anchor::TrustAnchor;
use super::name_constraints::Constraints;
use super::policy_graph::{PolicyGraph, PolicySet, user_constrained};
use super::report::{PathCheck, PathField};
use super::search::role;
use super::{Inputs, Way};
use crate::certificate::{Certificate, PathExtensions};
use crate::report::{Outcome, Reason, Report};
use crate::trust::check_validity;
use crate::{Error, Role, Time};

/// The state variables of §6.1.2. Signatures and the chaining of names are verified by the search already.
struct State {
    valid_policy_graph: PolicyGraph,
    constraints: Constraints,
    explicit_policy: u32,
    inhibit_any_policy: u32,
    policy_mapping: u32,
    max_path_length: u32,
}

/// Checks every certificate of a way, records each check, and returns the user-constrained policy set.
pub(super) fn check(
    way: &Way<'_>,
    inputs: &Inputs,
    time: Time,
    report: &mut Report<PathCheck>,
) -> PolicySet {
    let anchor = way.anchor;
    let validity = match anchor.check_validity(time) {
        Some(Ok(())) => Outcome::Passed,
        Some(Err(error)) => Outcome::Failed(error),
        None => Outcome::NotPerformed(Reason::NotSaid),
    };
    let (role_of_anchor, field) = (Role::TrustAnchor, PathField::Validity);
    report.record(
        PathCheck {
            role: role_of_anchor,
            field,
        },
        validity,
    );
    let mut state = State::new(anchor, inputs, way.certificates.len());
    for (position, certificate) in way.certificates.iter().enumerate().rev() {
        let role = role(position);
        let mut record = |field, result: Result<(), Error>| {
            report.result(PathCheck { role, field }, result);
        };
        record(PathField::Validity, check_validity(certificate, role, time));
        let extensions = certificate.path_extensions(anchor.is_of_test_pki());
        let extensions = extensions.map_err(|error| error.at(role, "extensions"));
        record(
            PathField::CriticalExtensions,
            extensions.clone().and_then(|it| check_known(&it, role)),
        );
        // What cannot be read has failed already, and the path with it.
        let extensions = extensions.unwrap_or_default();
        let last = position == 0;
        record(
            PathField::Names,
            state.check_names(certificate, &extensions, role, last),
        );
        if !last {
            record(PathField::BasicConstraints, check_ca(certificate, role));
            record(PathField::PathLength, state.count(certificate, role));
            record(PathField::KeyUsage, check_signs(certificate, role));
        }
        let policies = state.check_policies(certificate, &extensions, role, last);
        record(PathField::Policies, policies);
        if !last {
            state.prepare(certificate, &extensions);
        }
    }
    let end = way.certificates.first();
    state.wrap_up(end.copied(), inputs, report)
}

impl State {
    /// §6.1.2.
    fn new(anchor: &TrustAnchor, inputs: &Inputs, n: usize) -> Self {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        let unless = |inhibited: bool| if inhibited { 0 } else { n.saturating_add(1) };
        let mut constraints = Constraints::default();
        if let Some(of_anchor) = &anchor.name_constraints {
            constraints.add(of_anchor);
        }
        Self {
            valid_policy_graph: PolicyGraph::new(),
            constraints,
            explicit_policy: unless(inputs.explicit_policy),
            inhibit_any_policy: unless(inputs.any_policy_inhibit),
            policy_mapping: unless(inputs.policy_mapping_inhibit),
            max_path_length: anchor.path_len.map_or(n, |length| n.min(length.into())),
        }
    }

    /// §6.1.3 (b), (c): self-issued certificates are exempt, for a CA changes its key where its own name is not permitted below
    /// it; the last one is not.
    fn check_names(
        &self,
        certificate: &Certificate,
        extensions: &PathExtensions,
        role: Role,
        last: bool,
    ) -> Result<(), Error> {
        if certificate.is_self_issued() && !last {
            return Ok(());
        }
        self.constraints.check(certificate, extensions, role)
    }

    /// §6.1.3 (d) to (f), and §6.1.4 (a), (b).
    fn check_policies(
        &mut self,
        certificate: &Certificate,
        extensions: &PathExtensions,
        role: Role,
        last: bool,
    ) -> Result<(), Error> {
        let any_policy = self.inhibit_any_policy > 0 || (!last && certificate.is_self_issued());
        self.valid_policy_graph
            .add(extensions.policies.as_deref(), any_policy);
        if self.explicit_policy == 0 && self.valid_policy_graph.is_null() {
            return Err(Error::NoValidPolicy { role });
        }
        let of_any = |(issuer, subject): &(ObjectIdentifier, ObjectIdentifier)| {
            *issuer == ANY_POLICY || *subject == ANY_POLICY
        };
        if !last && extensions.mappings.iter().any(of_any) {
            return Err(Error::PolicyMapping { role });
        }
        if !last {
            self.valid_policy_graph
                .map(&extensions.mappings, self.policy_mapping > 0);
        }
        Ok(())
    }

    /// §6.1.4 (l) and (m).
    fn count(&mut self, certificate: &Certificate, role: Role) -> Result<(), Error> {
        let mut result = Ok(());
        if !certificate.is_self_issued() {
            match self.max_path_length.checked_sub(1) {
                Some(left) => self.max_path_length = left,
                None => result = Err(Error::PathLength { role }),
            }
        }
        let allowed = certificate.extensions().ca.and_then(|ca| ca.path_len);
        if let Some(allowed) = allowed {
            self.max_path_length = self.max_path_length.min(allowed.into());
        }
        result
    }

    /// §6.1.4 (g) to (j): what holds for the certificates below.
    fn prepare(&mut self, certificate: &Certificate, extensions: &PathExtensions) {
        if let Some(constraints) = &extensions.name_constraints {
            self.constraints.add(constraints);
        }
        let counted = u32::from(!certificate.is_self_issued());
        for (variable, limit) in [
            (
                &mut self.explicit_policy,
                extensions.require_explicit_policy,
            ),
            (&mut self.policy_mapping, extensions.inhibit_policy_mapping),
            (&mut self.inhibit_any_policy, extensions.inhibit_any_policy),
        ] {
            *variable = variable.saturating_sub(counted);
            if let Some(limit) = limit {
                *variable = limit.min(*variable);
            }
        }
    }

    /// §6.1.5, and what the caller asked of the key.
    fn wrap_up(
        mut self,
        end: Option<&Certificate>,
        inputs: &Inputs,
        report: &mut Report<PathCheck>,
    ) -> PolicySet {
        let role = Role::EndEntity;
        let extensions = end.map(|end| end.path_extensions(true).unwrap_or_default());
        let extensions = extensions.unwrap_or_default();
        // (a), (b)
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        if extensions.require_explicit_policy == Some(0) {
            self.explicit_policy = 0;
        }
        // (g)
        let authority = self.valid_policy_graph.authority_constrained();
        let policies = user_constrained(&authority, &inputs.acceptable_policies);
        let acceptable = match (self.explicit_policy, policies.is_empty()) {
            (0, true) => Outcome::Failed(Error::PolicyNotAcceptable),
            (_, false) => Outcome::Passed,
            (_, true) => Outcome::NotPerformed(Reason::NotAsked),
        };
        let mut record = |field, outcome| report.record(PathCheck { role, field }, outcome);
        record(PathField::AcceptablePolicies, acceptable);
        let usage = end.and_then(|end| end.extensions().key_usage);
        let usage = match usage {
            _ if inputs.key_usage.is_empty() => Outcome::NotPerformed(Reason::NotAsked),
            Some(usage) if usage.0.contains(inputs.key_usage) => Outcome::Passed,
            // Who asks for a usage wants it said.
            _ => Outcome::Failed(Error::KeyUsage { role }),
        };
        record(PathField::KeyUsage, usage);
        let purposes = end.and_then(|end| end.extensions().extended_key_usage.as_ref());
        let purpose = match (inputs.extended_key_usage, purposes) {
            (None, _) => Outcome::NotPerformed(Reason::NotAsked),
            (Some(_), None) => Outcome::NotPerformed(Reason::NotSaid),
            (Some(wanted), Some(purposes))
                if purposes.contains(&wanted) || purposes.contains(&ANY_EXTENDED_KEY_USAGE) =>
            {
                Outcome::Passed
            }
            (Some(purpose), Some(_)) => Outcome::Failed(Error::ExtendedKeyUsage { role, purpose }),
        };
        record(PathField::ExtendedKeyUsage, purpose);
        policies
    }
}

/// §6.1.4 (o), §6.1.5 (f).
fn check_known(extensions: &PathExtensions, role: Role) -> Result<(), Error> {
    match extensions.unknown_critical {
        Some(extension) => Err(Error::UnknownCriticalExtension { role, extension }),
        None => Ok(()),
    }
}

/// §6.1.4 (k). A certificate of version 1 does not say whether it is a CA, and nobody tells us otherwise.
fn check_ca(certificate: &Certificate, role: Role) -> Result<(), Error> {
    if !certificate.is_version_3() {
        return Err(Error::CertificateVersion { role });
    }
    match certificate.extensions().ca {
        Some(_) => Ok(()),
        None => Err(Error::BasicConstraints { role }),
    }
}

/// §6.1.4 (n).
fn check_signs(certificate: &Certificate, role: Role) -> Result<(), Error> {
    let usage = certificate.extensions().key_usage;
    match usage.is_none_or(|usage| usage.key_cert_sign()) {
        true => Ok(()),
        false => Err(Error::KeyUsage { role }),
    }
}
