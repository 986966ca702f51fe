//! What a caller can ask of a path, and what the report says; the rest of RFC 5280 is asked by [`crate::pkits`].

use std::cell::RefCell;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{
    ID_CE_CERTIFICATE_POLICIES, ID_CE_EXT_KEY_USAGE, ID_CE_POLICY_CONSTRAINTS, ID_KP_CLIENT_AUTH,
    ID_KP_EMAIL_PROTECTION,
};
use der::Encode;
use pki::builder::{CertificateBuilder, RevocationListBuilder};
use pki::{
    AvailableList, Certificate, Error, KeyUsages, Outcome, PathField, PathReport, PathValidation,
    Reason, RevocationIndex, RevocationIndexError, RevocationList, RevocationReason, Role,
    StaleLists, Time, TrustAnchor,
};
use tempfile::TempDir;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::{CertificatePolicies, ExtendedKeyUsage, PolicyConstraints};

use crate::country::{Identity, csca_builder, day, list_builder, now, p256, signer_builder};

/// A root, somebody below it, and a current list.
pub(crate) struct Pki {
    pub(crate) root: Identity,
    pub(crate) end: Certificate,
    pub(crate) lists: Vec<RevocationList>,
}

impl Pki {
    pub(crate) fn new() -> Self {
        Self::with(&csca_builder(), &signer_builder())
    }

    pub(crate) fn with(root: &CertificateBuilder, end: &CertificateBuilder) -> Self {
        let root = Identity::self_signed(root, p256(1));
        let end = root.issue(end, p256(2)).certificate;
        let lists = vec![root.list(&list_builder())];
        Self { root, end, lists }
    }

    pub(crate) fn with_lists(mut self, builders: &[RevocationListBuilder]) -> Self {
        self.lists = builders.iter().map(|it| self.root.list(it)).collect();
        self
    }

    pub(crate) fn anchor(&self) -> TrustAnchor {
        TrustAnchor::from_certificate(self.root.certificate.clone()).unwrap()
    }

    pub(crate) fn validate(
        &self,
        ask: impl FnOnce(PathValidation<'_>) -> PathValidation<'_>,
    ) -> PathReport {
        self.validate_below(self.anchor(), now(), ask)
    }

    pub(crate) fn validate_below(
        &self,
        anchor: TrustAnchor,
        time: Time,
        ask: impl FnOnce(PathValidation<'_>) -> PathValidation<'_>,
    ) -> PathReport {
        let anchors = [anchor];
        let validation = PathValidation::new(&anchors, time).revocation_lists(&self.lists);
        ask(validation).validate(&self.end)
    }
}

pub(crate) fn errors(report: &PathReport) -> Vec<Error> {
    assert_eq!(report.is_ok(), report.errors().next().is_none());
    report.errors().cloned().collect()
}

fn end(report: &PathReport, field: PathField) -> &Outcome {
    report.outcome(Role::EndEntity, field).unwrap()
}

const NOT_ASKED: Outcome = Outcome::NotPerformed(Reason::NotAsked);
pub(crate) const NOT_SAID: Outcome = Outcome::NotPerformed(Reason::NotSaid);

#[test]
fn what_was_not_asked_for_is_not_called_passed() {
    let report = Pki::new().validate(|it| it);
    assert_eq!(errors(&report), []);
    assert_eq!(end(&report, PathField::KeyUsage), &NOT_ASKED);
    assert_eq!(end(&report, PathField::ExtendedKeyUsage), &NOT_ASKED);
    assert_eq!(end(&report, PathField::AcceptablePolicies), &NOT_ASKED);
    assert_eq!(end(&report, PathField::Revocation), &Outcome::Passed);
    assert_eq!(end(&report, PathField::ListsAreCurrent), &Outcome::Passed);

    let report = Pki::new().validate(|it| it.without_revocation_lists());
    assert_eq!(errors(&report), []);
    assert_eq!(end(&report, PathField::Revocation), &NOT_ASKED);
    assert_eq!(end(&report, PathField::ListsAreCurrent), &NOT_ASKED);
    assert!(
        report
            .to_string()
            .contains("end entity, revocation: not performed")
    );
}

#[test]
fn a_path_without_lists_is_refused_unless_that_is_intended() {
    let pki = Pki::new().with_lists(&[]);
    let source = Box::new(Error::NoRevocationList);
    let (role, field) = (Role::EndEntity, "revocation status");
    assert_eq!(
        errors(&pki.validate(|it| it)),
        [Error::At {
            role,
            field,
            source
        }]
    );
}

#[test]
fn a_key_is_used_for_what_its_certificate_says() {
    let pki = Pki::new();
    let signs = pki.validate(|it| it.require_key_usage(KeyUsages::DigitalSignature));
    assert_eq!(errors(&signs), []);
    assert_eq!(end(&signs, PathField::KeyUsage), &Outcome::Passed);
    let role = Role::EndEntity;
    for wanted in [
        KeyUsages::NonRepudiation.into(),
        KeyUsages::DigitalSignature | KeyUsages::NonRepudiation,
    ] {
        let commits = pki.validate(|it| it.require_key_usage(wanted));
        assert_eq!(errors(&commits), [Error::KeyUsage { role }]);
    }
}

#[test]
fn a_key_has_the_purposes_that_its_certificate_lists() {
    let purposes = |purposes: &[ObjectIdentifier]| {
        let der = ExtendedKeyUsage(purposes.to_vec()).to_der().unwrap();
        let end = signer_builder().extension(ID_CE_EXT_KEY_USAGE, false, &der);
        Pki::with(&csca_builder(), &end)
    };
    let purpose = ID_KP_CLIENT_AUTH;
    let ask = |pki: &Pki| pki.validate(|it| it.require_extended_key_usage(purpose));
    let any = ObjectIdentifier::new_unwrap("2.5.29.37.0");
    for allowed in [&[purpose][..], &[ID_KP_EMAIL_PROTECTION, purpose], &[any]] {
        assert_eq!(errors(&ask(&purposes(allowed))), []);
    }
    let role = Role::EndEntity;
    assert_eq!(
        errors(&ask(&purposes(&[ID_KP_EMAIL_PROTECTION]))),
        [Error::ExtendedKeyUsage { role, purpose }]
    );
    let silent = ask(&Pki::new());
    assert_eq!(errors(&silent), []);
    assert_eq!(end(&silent, PathField::ExtendedKeyUsage), &NOT_SAID);
}

#[test]
fn a_stale_list_is_refused_or_reported_as_the_caller_says() {
    let old = RevocationListBuilder::new(1, day(2026, 9, 1), day(2026, 10, 1));
    let pki = Pki::new().with_lists(std::slice::from_ref(&old));
    let next_update = day(2026, 10, 1);
    let stale = |field| Error::At {
        role: Role::EndEntity,
        field,
        source: Box::new(Error::RevocationListStale { next_update }),
    };
    assert_eq!(errors(&pki.validate(|it| it)), [stale("revocation status")]);
    let reported = pki.validate(|it| it.stale_lists(StaleLists::Report));
    assert_eq!(errors(&reported), []);
    assert_eq!(reported.warnings(), [stale("nextUpdate of the list")]);
    assert_eq!(
        end(&reported, PathField::ListsAreCurrent),
        &Outcome::NotPerformed(Reason::Waived)
    );
    assert!(reported.to_string().contains("warning: "));

    // Whom it names stays revoked, and one from the future is no list yet.
    let (serial, date) = (pki.end.serial_number(), day(2026, 8, 1));
    let reason = RevocationReason::CertificateHold;
    let pki = pki.with_lists(&[old.revoke(serial.clone(), date, reason)]);
    let report = pki.validate(|it| it.stale_lists(StaleLists::Report));
    let role = Role::EndEntity;
    let revoked = Error::Revoked {
        role,
        serial,
        date,
        reason,
    };
    assert_eq!(errors(&report), [revoked]);
    let this_update = day(2026, 12, 1);
    let pki = pki.with_lists(&[RevocationListBuilder::new(9, this_update, day(2027, 1, 1))]);
    let report = pki.validate(|it| it.stale_lists(StaleLists::Report));
    assert!(matches!(
        &errors(&report)[..],
        [Error::At { source, .. }] if **source == Error::RevocationListNotYetValid { this_update }
    ));
}

#[test]
fn lists_can_be_asked_for_when_they_are_needed() {
    let pki = Pki::new();
    let anchors = [pki.anchor()];
    let asked = RefCell::new(Vec::new());
    let lookup = |certificate: &Certificate| -> Vec<AvailableList<'_>> {
        let places = certificate.crl_distribution_points().unwrap();
        asked.borrow_mut().extend(places);
        pki.lists.iter().map(Into::into).collect()
    };
    let report = PathValidation::new(&anchors, now())
        .revocation_lists_from(&lookup)
        .validate(&pki.end);
    assert_eq!(errors(&report), []);
    assert_eq!(*asked.borrow(), ["https://pki.example/csca.crl"]);
}

#[test]
fn a_long_list_is_looked_into_where_it_lies() {
    let pki = Pki::new();
    let folder = TempDir::new().unwrap();
    let (list, index) = (folder.path().join("ca.crl"), folder.path().join("ca.index"));
    let (serial, date) = (pki.end.serial_number(), day(2026, 11, 2));
    let reason = RevocationReason::Superseded;
    let open = |builder: &RevocationListBuilder| {
        std::fs::write(&list, pki.root.list(builder).as_der()).unwrap();
        RevocationIndex::open_signed_by(&list, &index, &pki.root.certificate).unwrap()
    };
    let anchors = [pki.anchor()];
    let validate = |index: &RevocationIndex| {
        let validation = PathValidation::new(&anchors, now()).revocation_lists([index]);
        errors(&validation.validate(&pki.end))
    };
    assert_eq!(validate(&open(&list_builder())), []);
    let revoked = open(&list_builder().revoke(serial.clone(), date, reason));
    let role = Role::EndEntity;
    assert_eq!(
        validate(&revoked),
        [Error::Revoked {
            role,
            serial,
            date,
            reason
        }]
    );
    // A stale list is for the validation to judge; one of another key is not opened.
    let stale = open(&RevocationListBuilder::new(
        1,
        day(2026, 9, 1),
        day(2026, 10, 1),
    ));
    assert!(validate(&stale)[0].to_string().contains("stale"));
    let stranger = Identity::self_signed(&csca_builder(), p256(5));
    assert!(matches!(
        RevocationIndex::open_signed_by(&list, &index, &stranger.certificate),
        Err(RevocationIndexError::List(Error::RevocationListSignature))
    ));
}

#[test]
fn an_error_says_whose_certificate_and_which_field() {
    let unreadable = signer_builder().extension(
        ID_CE_CERTIFICATE_POLICIES,
        false,
        &[0x30, 0x03, 0x02, 0x01, 0x05],
    );
    let report = Pki::with(&csca_builder(), &unreadable).validate(|it| it);
    let texts: Vec<_> = errors(&report).iter().map(ToString::to_string).collect();
    let [text] = &texts[..] else {
        panic!("{texts:?}");
    };
    assert!(
        text.starts_with("end entity, extensions: certificate policies: not well-formed"),
        "{text}"
    );
    let ours = end(&report, PathField::CriticalExtensions);
    assert!(matches!(ours, Outcome::Failed(_)));
    let skipped = Outcome::NotPerformed(Reason::EarlierFailure);
    assert_eq!(end(&report, PathField::Revocation), &skipped);
}

#[test]
fn a_signature_with_a_broken_hash_proves_nothing_here_either() {
    // sha256WithRSAEncryption becomes sha1WithRSAEncryption, inside and outside of the signed part.
    let name = "certs/ValidCertificatePathTest1EE.crt";
    let (new, old) = (5, 11);
    let mut der = crate::pkits::file(name);
    let pattern = |last| [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, last];
    let places: Vec<_> = (0..der.len() - 9)
        .filter(|at| der[*at..*at + 9] == pattern(old))
        .collect();
    assert_eq!(places.len(), 2);
    for at in places {
        der[at + 8] = new;
    }
    let anchors = [crate::pkits::anchor()];
    let pool = [crate::pkits::certificate("GoodCACert").unwrap()];
    let report = PathValidation::new(&anchors, now())
        .intermediates(&pool)
        .validate(&Certificate::from_der(&der).unwrap());
    assert!(matches!(
        &errors(&report)[..],
        [Error::At { role: Role::EndEntity, field: "signatureAlgorithm", source }]
            if matches!(**source, Error::BrokenDigest(_))
    ));
}

#[test]
fn the_report_says_where_the_last_policy_was_lost() {
    let case = crate::pkits::cases()
        .into_iter()
        .find(|it| it.id == "4.8.2/2");
    let report = crate::pkits::run(&case.unwrap(), now());
    let lost = |role| Error::NoValidPolicy { role };
    assert_eq!(
        errors(&report),
        [
            lost(Role::Ca(1)),
            lost(Role::EndEntity),
            Error::PolicyNotAcceptable
        ]
    );
}

#[test]
fn an_end_entity_can_demand_a_policy_itself() {
    let demand = |skip: u32| {
        let constraints = PolicyConstraints {
            require_explicit_policy: Some(skip),
            inhibit_policy_mapping: None,
        };
        let der = constraints.to_der().unwrap();
        let end = signer_builder().extension(ID_CE_POLICY_CONSTRAINTS, true, &der);
        errors(&Pki::with(&csca_builder(), &end).validate(|it| it))
    };
    assert_eq!(demand(0), [Error::PolicyNotAcceptable]);
    assert_eq!(demand(1), []);
}

#[test]
fn a_policy_stands_in_a_certificate_once() {
    let with = |policies: &[u32]| {
        let arc = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473");
        let information = |n: &u32| PolicyInformation {
            policy_identifier: arc.push_arc(*n).unwrap(),
            policy_qualifiers: None,
        };
        let policies = CertificatePolicies(policies.iter().map(information).collect());
        let der = policies.to_der().unwrap();
        let end = signer_builder().extension(ID_CE_CERTIFICATE_POLICIES, false, &der);
        errors(&Pki::with(&csca_builder(), &end).validate(|it| it))
    };
    assert_eq!(with(&[1, 2]), []);
    let twice = with(&[1, 2, 1]);
    assert!(twice[0].to_string().contains("appears twice"), "{twice:?}");
}
