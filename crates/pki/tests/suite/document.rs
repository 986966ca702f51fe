//! Passive authentication of a document, check by check.

use lds::LdsSecurityObject;
use pki::builder::CertificateProfile;
use pki::{
    CheckName, Error, Outcome, PassiveAuthentication, Reason, RevocationList, Role, TrustStore, oid,
};

use crate::country::{
    Country, DG1, DG2, Identity, csca_builder, day, errors, name, now, p256, security_object,
    signer_builder,
};

const NO_LISTS: &[RevocationList] = &[];

#[test]
fn a_genuine_document_passes_every_check_by_name() {
    let country = Country::new();
    let lists = [country.list.clone()];
    let trust = country.trust.clone();
    let passive = PassiveAuthentication::new(&trust, now())
        .with_revocation_lists(&lists)
        .for_document_type("ID");
    let verdict = passive.security_object(&country.signer.sod(), &[(1, DG1), (2, DG2)]);

    let passed: Vec<CheckName> = verdict
        .report()
        .checks()
        .iter()
        .filter(|check| check.outcome == Outcome::Passed)
        .map(|check| check.name)
        .collect();
    assert_eq!(
        passed,
        [
            CheckName::Signature,
            CheckName::CountrySigningCa,
            CheckName::DocumentSigner,
            CheckName::Validity,
            CheckName::Revocation,
            CheckName::DocumentType,
            CheckName::Content,
            CheckName::GroupHash(1),
            CheckName::GroupHash(2),
        ]
    );
    let authentic = verdict.into_result().unwrap();
    assert_eq!(authentic.signer(), &country.signer.certificate);
    assert_eq!(authentic.signing_time(), Some(day(2026, 3, 1)));
}

#[test]
fn the_tag_of_ef_sod_may_be_missing_but_nothing_may_follow_it() {
    let country = Country::new();
    let naked = country
        .signer
        .sign(oid::LDS_SECURITY_OBJECT, &security_object());
    assert!(country.verify(&naked).is_authentic());

    let trailing = [country.signer.sod(), vec![0]].concat();
    assert!(!country.verify(&trailing).is_authentic());
    let trailing = [naked, vec![0]].concat();
    assert!(!country.verify(&trailing).is_authentic());
}

#[test]
fn a_group_that_was_not_read_is_reported_and_does_no_harm() {
    let country = Country::new();
    let trust = country.trust.clone();
    let passive = PassiveAuthentication::new(&trust, now()).without_revocation_lists();
    let verdict = passive.security_object(&country.signer.sod(), &[(1, DG1)]);
    assert_eq!(
        verdict.report().outcome(CheckName::GroupHash(2)),
        Some(&Outcome::NotPerformed(Reason::NotRead))
    );
    assert!(verdict.is_authentic());
}

#[test]
fn a_group_can_be_authenticated_later() {
    let country = Country::new();
    let authentic = country.verify(&country.signer.sod()).into_result().unwrap();
    let group = authentic.authenticate_group(2, DG2).unwrap();
    assert_eq!((group.number(), group.contents()), (2, DG2));
    assert_eq!(
        authentic.authenticate_group(2, DG1),
        Err(Error::GroupHash(2))
    );
    assert_eq!(
        authentic.authenticate_group(3, DG2),
        Err(Error::GroupNotSigned(3))
    );
}

#[test]
fn a_group_under_another_number_and_one_that_nobody_signed_are_refused() {
    let country = Country::new();
    let trust = country.trust.clone();
    let passive = PassiveAuthentication::new(&trust, now()).without_revocation_lists();
    let verdict = passive.security_object(&country.signer.sod(), &[(1, DG2)]);
    assert_eq!(errors(&verdict), [Error::GroupHash(1)]);
    let verdict = passive.security_object(&country.signer.sod(), &[(1, DG1), (3, DG2)]);
    assert_eq!(errors(&verdict), [Error::GroupNotSigned(3)]);
}

#[test]
fn a_foreign_signer_is_refused_as_foreign() {
    let (ours, theirs) = (Country::new(), Country::with_keys(p256(3), p256(4)));
    // The same names throughout: only the keys differ.
    let verdict = ours.verify(&theirs.signer.sod());
    let role = Role::DocumentSigner;
    assert_eq!(errors(&verdict), [Error::UntrustedIssuer { role }]);
    let report = verdict.report();
    assert_eq!(report.outcome(CheckName::Signature), Some(&Outcome::Passed));
    assert_eq!(
        report.outcome(CheckName::Revocation),
        Some(&Outcome::NotPerformed(Reason::EarlierFailure))
    );
}

#[test]
fn an_empty_store_trusts_nobody() {
    let country = Country::new();
    let trust = TrustStore::new();
    let passive = PassiveAuthentication::new(&trust, now()).without_revocation_lists();
    let verdict = passive.security_object(&country.signer.sod(), &[]);
    let role = Role::DocumentSigner;
    assert_eq!(errors(&verdict), [Error::UntrustedIssuer { role }]);
}

#[test]
fn validity_includes_both_ends_and_nothing_beyond() {
    let country = Country::new();
    let trust = country.trust.clone();
    let at = |time| {
        let passive = PassiveAuthentication::new(&trust, time).without_revocation_lists();
        errors(&passive.security_object(&country.signer.sod(), &[(1, DG1)]))
    };
    let role = Role::DocumentSigner;
    let (first, last) = (day(2026, 2, 1), day(2036, 5, 1));
    let second = |seconds| pki::Time::from_unix_seconds(seconds).unwrap();
    assert_eq!(at(first), []);
    assert_eq!(at(last), []);
    assert_eq!(
        at(second(first.unix_seconds() - 1)),
        [Error::NotYetValid {
            role,
            not_before: first
        }]
    );
    assert_eq!(
        at(second(last.unix_seconds() + 1)),
        [Error::Expired {
            role,
            not_after: last
        }]
    );
}

#[test]
fn an_expired_country_signing_ca_has_its_own_error() {
    let csca = csca_builder().validity(day(2020, 1, 1), day(2026, 6, 30));
    let country = Country::with(&csca, p256(1), &signer_builder(), p256(2));
    let trust = country.trust.clone();
    let passive = PassiveAuthentication::new(&trust, now()).without_revocation_lists();
    let verdict = passive.security_object(&country.signer.sod(), &[]);
    assert_eq!(
        errors(&verdict),
        [Error::Expired {
            role: Role::CountrySigningCa,
            not_after: day(2026, 6, 30)
        }]
    );
}

#[test]
fn without_a_list_a_document_is_refused_unless_the_caller_says_so() {
    let country = Country::new();
    let trust = country.trust.clone();
    let passive = PassiveAuthentication::new(&trust, now());
    let sod = country.signer.sod();
    assert_eq!(
        errors(&passive.security_object(&sod, &[])),
        [Error::NoRevocationList]
    );
    assert_eq!(
        errors(
            &passive
                .with_revocation_lists(NO_LISTS)
                .security_object(&sod, &[])
        ),
        [Error::NoRevocationList]
    );
    let verdict = passive
        .without_revocation_lists()
        .security_object(&sod, &[]);
    assert_eq!(
        verdict.report().outcome(CheckName::Revocation),
        Some(&Outcome::NotPerformed(Reason::NotAsked))
    );
    assert!(verdict.is_authentic());
}

#[test]
fn a_signer_signs_only_the_types_of_documents_that_it_names() {
    let country = Country::new();
    let trust = country.trust.clone();
    let passive = PassiveAuthentication::new(&trust, now()).without_revocation_lists();
    let sod = country.signer.sod();
    let ask = |document_type| {
        passive
            .for_document_type(document_type)
            .security_object(&sod, &[])
    };
    assert!(ask("ID").is_authentic());
    assert_eq!(errors(&ask("P")), [Error::DocumentType("P".into())]);

    let silent = country.csca.issue(
        &signer_builder().document_types(Vec::<String>::new()),
        p256(5),
    );
    let verdict = passive
        .for_document_type("P")
        .security_object(&silent.sod(), &[]);
    assert_eq!(
        verdict.report().outcome(CheckName::DocumentType),
        Some(&Outcome::NotPerformed(Reason::NotSaid))
    );
    assert!(verdict.is_authentic());
}

#[test]
fn signed_security_infos_are_authentic_and_are_no_security_object() {
    let country = Country::new();
    let infos = lds::SecurityInfos::new([]).to_der().unwrap();
    let file = country.signer.sign(oid::SECURITY_OBJECT, &infos);
    let trust = country.trust.clone();
    let passive = PassiveAuthentication::new(&trust, now()).without_revocation_lists();
    let authentic = passive.security_infos(&file).into_result().unwrap();
    assert!(authentic.is_empty());

    let verdict = passive.security_object(&file, &[]);
    assert_eq!(
        errors(&verdict),
        [Error::ContentType {
            expected: oid::LDS_SECURITY_OBJECT,
            found: oid::SECURITY_OBJECT
        }]
    );
    let verdict = passive.security_infos(
        &country
            .signer
            .sign(oid::LDS_SECURITY_OBJECT, &security_object()),
    );
    assert_eq!(
        errors(&verdict),
        [Error::ContentType {
            expected: oid::SECURITY_OBJECT,
            found: oid::LDS_SECURITY_OBJECT
        }]
    );
}

#[test]
fn hashes_that_prove_nothing_are_refused() {
    let country = Country::new();
    for (digest, length) in [
        (lds::DigestAlgorithm::Sha1, 20),
        (lds::DigestAlgorithm::Sha224, 28),
    ] {
        let object = LdsSecurityObject::new(digest, [(1, vec![7; length])]).unwrap();
        let content = object.to_der().unwrap();
        let sod = country.signer.sign(oid::LDS_SECURITY_OBJECT, &content);
        let passive = PassiveAuthentication::new(&country.trust, now()).without_revocation_lists();
        let verdict = passive.security_object(&sod, &[(1, DG1)]);
        assert_eq!(errors(&verdict), [Error::GroupDigest(digest.oid())]);
    }
}

#[test]
fn well_signed_nonsense_is_nonsense() {
    let country = Country::new();
    let sod = country.signer.sign(oid::LDS_SECURITY_OBJECT, b"nonsense");
    assert_eq!(
        errors(&country.verify(&sod)),
        [Error::SignedContent {
            what: "LDS security object"
        }]
    );
}

#[test]
fn a_country_signing_ca_signs_no_documents_itself() {
    let country = Country::new();
    let sod = country.csca.sod();
    let role = Role::DocumentSigner;
    assert_eq!(
        errors(&country.verify(&sod)),
        [Error::BasicConstraints { role }]
    );
}

#[test]
fn a_master_list_signer_signs_no_documents() {
    let country = Country::new();
    let builder = pki::builder::CertificateBuilder::new(
        CertificateProfile::MasterListSigner,
        name("Test master list signer"),
    );
    let signer = country
        .csca
        .issue(&builder.validity(day(2026, 1, 1), day(2030, 1, 1)), p256(6));
    let role = Role::DocumentSigner;
    assert_eq!(
        errors(&country.verify(&signer.sod())),
        [Error::KeyUsage { role }]
    );
}

#[test]
fn a_self_made_signer_beside_the_real_anchor_is_refused() {
    let country = Country::new();
    let forged = Identity::self_signed(&signer_builder(), p256(7));
    let role = Role::DocumentSigner;
    assert_eq!(
        errors(&country.verify(&forged.sod())),
        [Error::UntrustedIssuer { role }]
    );
}

#[test]
fn a_signer_that_names_the_right_key_but_was_signed_by_another_is_refused() {
    let country = Country::new();
    let public_key = p256(8).public_key().unwrap();
    // The forger takes the real CA's certificate, hence its name and key identifier, and signs with a key of his own.
    let certificate = signer_builder()
        .issue(
            &public_key,
            &country.csca.certificate,
            &p256(9),
            &mut crate::country::rng(1),
        )
        .unwrap();
    let forged = Identity {
        certificate,
        key: p256(8),
    };
    let role = Role::DocumentSigner;
    let verdict = country.verify(&forged.sod());
    assert_eq!(errors(&verdict), [Error::CertificateSignature { role }]);
    assert_eq!(
        verdict.report().outcome(CheckName::CountrySigningCa),
        Some(&Outcome::Passed)
    );
}

#[test]
fn test_anchors_are_taken_by_name_alone() {
    let csca = csca_builder().test_anchor();
    let country = Country::with(&csca, p256(1), &signer_builder(), p256(2));
    let anchor = country.csca.certificate.clone();
    assert!(anchor.is_test_anchor());

    let mut trust = TrustStore::new();
    assert_eq!(trust.add_anchor(anchor.clone()), Err(Error::TestAnchor));
    assert_eq!(trust.add_link(anchor.clone()), Err(Error::TestAnchor));
    assert!(trust.is_empty());

    let mut trust = TrustStore::with_test_anchors();
    trust.add_anchor(anchor).unwrap();
    let passive = PassiveAuthentication::new(&trust, now()).without_revocation_lists();
    let verdict = passive.security_object(&country.signer.sod(), &[(1, DG1)]);
    assert!(verdict.is_authentic());
}

#[test]
fn a_signer_that_carries_the_mark_of_a_test_pki_is_refused() {
    let signer = signer_builder().test_anchor();
    let country = Country::with(&csca_builder(), p256(1), &signer, p256(2));
    assert_eq!(
        errors(&country.verify(&country.signer.sod())),
        [Error::TestAnchor]
    );
}
