//! Certificate policies along a path: the valid policy tree of RFC 5280 §6.1, as the graph of RFC 9618.
//!
//! The tree has a node for each way on which a policy is reached, and mappings let the ways multiply: a path of a few
//! kilobytes can fill any memory. RFC 9618 keeps one node for each policy and depth with all its parents, and comes to the
//! same answer.

use std::collections::{BTreeMap, BTreeSet};

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::ANY_POLICY;

/// A set of policies; anyPolicy in it stands for all.
pub(super) type PolicySet = BTreeSet<ObjectIdentifier>;

#[derive(Clone, Debug)]
struct Node {
    expected: PolicySet,
    /// The policies of the nodes above, one depth less.
    parents: PolicySet,
}

type Level = BTreeMap<ObjectIdentifier, Node>;

/// The valid_policy_graph, from depth 0 down to the certificate that was processed last.
#[derive(Clone, Debug)]
pub(super) struct PolicyGraph {
    levels: Vec<Level>,
}

impl PolicyGraph {
    /// RFC 5280 §6.1.2 (a): one node, anyPolicy.
    pub(super) fn new() -> Self {
        let root = Node {
            expected: PolicySet::from([ANY_POLICY]),
            parents: PolicySet::new(),
        };
        Self {
            levels: vec![Level::from([(ANY_POLICY, root)])],
        }
    }

    /// Whether no policy is left.
    pub(super) fn is_null(&self) -> bool {
        self.levels.last().is_none_or(Level::is_empty)
    }

    /// RFC 5280 §6.1.3 (d) and (e): the policies of the next certificate, `None` if it has none. `any_policy` says whether
    /// anyPolicy counts there.
    pub(super) fn add(&mut self, policies: Option<&[ObjectIdentifier]>, any_policy: bool) {
        let mut level = Level::new();
        let above = self.levels.last();
        let (Some(policies), Some(above)) = (policies, above) else {
            self.levels.push(level);
            return self.prune();
        };
        let mut expected_by = BTreeMap::<ObjectIdentifier, PolicySet>::new();
        for (parent, node) in above {
            for policy in &node.expected {
                expected_by.entry(*policy).or_default().insert(*parent);
            }
        }
        let child = |policy: ObjectIdentifier, parents: &PolicySet| Node {
            expected: PolicySet::from([policy]),
            parents: parents.clone(),
        };
        // (d) (1)
        for policy in policies.iter().filter(|policy| **policy != ANY_POLICY) {
            if let Some(parents) = expected_by.get(policy) {
                level.insert(*policy, child(*policy, parents));
            } else if above.contains_key(&ANY_POLICY) {
                level.insert(*policy, child(*policy, &PolicySet::from([ANY_POLICY])));
            }
        }
        // (d) (2)
        if any_policy && policies.contains(&ANY_POLICY) {
            for (policy, parents) in &expected_by {
                let node = level.entry(*policy);
                node.or_insert_with(|| child(*policy, parents));
            }
        }
        self.levels.push(level);
        self.prune();
    }

    /// RFC 5280 §6.1.4 (b): the mappings of the certificate that was added last, none of them of anyPolicy. `allowed` says
    /// whether mapping is (still) allowed.
    pub(super) fn map(&mut self, mappings: &[(ObjectIdentifier, ObjectIdentifier)], allowed: bool) {
        let mut mapped = BTreeMap::<ObjectIdentifier, PolicySet>::new();
        for (issuer, subject) in mappings {
            mapped.entry(*issuer).or_default().insert(*subject);
        }
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        if !allowed {
            level.retain(|policy, _| !mapped.contains_key(policy));
            return self.prune();
        }
        let any = level.get(&ANY_POLICY).map(|node| node.parents.clone());
        for (policy, expected) in mapped {
            if let Some(node) = level.get_mut(&policy) {
                node.expected = expected;
            } else if let Some(parents) = any.clone() {
                level.insert(policy, Node { expected, parents });
            }
        }
    }

    /// The policies of the anchor's domain that hold down to the last certificate: the authority-constrained policy set.
    pub(super) fn authority_constrained(&self) -> PolicySet {
        if self.is_null() {
            return PolicySet::new();
        }
        let below_any = |(policy, node): (&ObjectIdentifier, &Node)| {
            let own = *policy != ANY_POLICY && node.parents.contains(&ANY_POLICY);
            own.then_some(*policy)
        };
        let mut set: PolicySet = self.levels.iter().flatten().filter_map(below_any).collect();
        let last = self.levels.last();
        if last.is_some_and(|level| level.contains_key(&ANY_POLICY)) {
            set.insert(ANY_POLICY);
        }
        set
    }

    /// RFC 5280 §6.1.3 (d) (3): what has no child holds no more.
    fn prune(&mut self) {
        let mut used: Option<PolicySet> = None;
        for level in self.levels.iter_mut().rev() {
            if let Some(used) = &used {
                level.retain(|policy, _| used.contains(policy));
            }
            used = Some(
                level
                    .values()
                    .flat_map(|node| &node.parents)
                    .copied()
                    .collect(),
            );
        }
    }
}

/// RFC 5280 §6.1.5 (g): what remains of the valid policies for a user who accepts `acceptable`.
pub(super) fn user_constrained(authority: &PolicySet, acceptable: &PolicySet) -> PolicySet {
    if acceptable.contains(&ANY_POLICY) {
        return authority.clone();
    }
    match authority.contains(&ANY_POLICY) {
        true => acceptable.clone(),
        false => authority.intersection(acceptable).copied().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(n: u32) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1")
            .push_arc(n)
            .unwrap()
    }

    #[test]
    fn a_policy_holds_as_long_as_every_certificate_has_it() {
        let mut graph = PolicyGraph::new();
        graph.add(Some(&[policy(1), policy(2)]), true);
        graph.add(Some(&[policy(2), policy(3)]), true);
        assert_eq!(graph.authority_constrained(), PolicySet::from([policy(2)]));
        graph.add(None, true);
        assert!(graph.is_null());
        graph.add(Some(&[policy(2)]), true);
        assert!(graph.is_null(), "what is lost stays lost");
    }

    #[test]
    fn a_mapped_policy_keeps_its_name_at_the_anchor() {
        let mut graph = PolicyGraph::new();
        graph.add(Some(&[policy(1)]), true);
        graph.map(&[(policy(1), policy(7))], true);
        graph.add(Some(&[policy(7)]), true);
        assert_eq!(graph.authority_constrained(), PolicySet::from([policy(1)]));
        let refused = user_constrained(
            &graph.authority_constrained(),
            &PolicySet::from([policy(7)]),
        );
        assert!(refused.is_empty());
    }

    #[test]
    fn any_policy_can_be_mapped_one_policy_at_a_time() {
        let mut graph = PolicyGraph::new();
        graph.add(Some(&[ANY_POLICY]), true);
        graph.map(&[(policy(1), policy(7))], true);
        graph.add(Some(&[policy(7)]), true);
        assert_eq!(graph.authority_constrained(), PolicySet::from([policy(1)]));
        // Without anyPolicy there is nothing that the mapped policy could be.
        let mut graph = PolicyGraph::new();
        graph.add(Some(&[policy(2)]), true);
        graph.map(&[(policy(1), policy(7))], true);
        graph.add(Some(&[policy(7)]), true);
        assert!(graph.is_null());
    }

    #[test]
    fn mapping_that_is_inhibited_deletes_the_policy() {
        let mut graph = PolicyGraph::new();
        graph.add(Some(&[policy(1), policy(2)]), true);
        graph.map(&[(policy(1), policy(7))], false);
        assert_eq!(graph.authority_constrained(), PolicySet::from([policy(2)]));
    }

    /// The tree of RFC 5280 would have 40 to the power of 12 leaves here.
    #[test]
    fn mappings_of_all_to_all_stay_small() {
        let all: Vec<_> = (0..40).map(policy).collect();
        let pairs: Vec<_> = all
            .iter()
            .flat_map(|one| all.iter().map(move |other| (*one, *other)))
            .collect();
        let mut graph = PolicyGraph::new();
        for _ in 0..12 {
            graph.add(Some(&all), true);
            graph.map(&pairs, true);
        }
        graph.add(Some(&all), true);
        assert_eq!(graph.authority_constrained().len(), 40);
    }
}
