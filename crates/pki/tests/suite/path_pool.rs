//! Ways to an anchor through a pool of certificates that comes from anywhere: by key, never by name alone, and not for ever.

use pki::builder::{CertificateBuilder, CertificateProfile, PrivateKey, RevocationListBuilder};
use pki::{
    Certificate, Error, Outcome, PathField, PathReport, PathValidation, Reason, RevocationList,
    RevocationReason, Role, StaleLists, TrustAnchor,
};

use crate::country::{Identity, csca_builder, day, list_builder, name, now, p256, signer_builder};

/// A CA that another one certifies.
fn ca(common_name: &str) -> CertificateBuilder {
    CertificateBuilder::new(CertificateProfile::Link, name(common_name))
        .validity(day(2026, 1, 1), day(2041, 1, 1))
}

/// Name and key of a root, without what its certificate says.
fn anchor(root: &Identity) -> TrustAnchor {
    let identifier = root.certificate.subject_key_identifier().unwrap();
    let key = root.certificate.public_key().unwrap();
    TrustAnchor::new(root.certificate.subject().clone(), key).key_identifier(identifier)
}

/// As in Taiwan: a root, and three generations of one CA under one name.
struct Moica {
    root: Identity,
    generations: Vec<Identity>,
    /// Of the second generation.
    citizen: Identity,
}

impl Moica {
    fn new() -> Self {
        let root = Identity::self_signed(&csca_builder(), p256(1));
        let generation = |seed| root.issue(&ca("MOICA"), p256(seed));
        let generations: Vec<_> = (2..5).map(generation).collect();
        let citizen = generations[1].issue(&signer_builder(), p256(9));
        Self {
            root,
            generations,
            citizen,
        }
    }

    fn pool(&self) -> Vec<Certificate> {
        let generations = self.generations.iter();
        generations.map(|it| it.certificate.clone()).collect()
    }

    /// Of the root and of these generations, naming nobody.
    fn lists(&self, generations: &[usize]) -> Vec<RevocationList> {
        let mut lists = vec![self.root.list(&list_builder())];
        lists.extend(
            generations
                .iter()
                .map(|n| self.generations[*n].list(&list_builder())),
        );
        lists
    }

    fn validate(&self, pool: &[Certificate], lists: &[RevocationList]) -> PathReport {
        PathValidation::new(&[anchor(&self.root)], now())
            .intermediates(pool)
            .revocation_lists(lists)
            .validate(&self.citizen.certificate)
    }
}

fn error(report: &PathReport) -> Error {
    assert!(!report.is_ok());
    report.errors().next().unwrap().clone()
}

fn status_of_end(source: Error) -> Error {
    Error::At {
        role: Role::EndEntity,
        field: "revocation status",
        source: Box::new(source),
    }
}

#[test]
fn of_three_generations_of_one_name_the_one_with_the_key_is_taken() {
    let moica = Moica::new();
    let mut pool = moica.pool();
    for _ in 0..3 {
        pool.rotate_left(1);
        let path = moica.validate(&pool, &moica.lists(&[0, 1, 2]));
        let path = path.into_result().unwrap();
        let expected = [&moica.citizen, &moica.generations[1]].map(|it| it.certificate.clone());
        assert_eq!(path.certificates(), expected);
    }
    pool.retain(|it| *it != moica.generations[1].certificate);
    let role = Role::EndEntity;
    assert_eq!(
        error(&moica.validate(&pool, &moica.lists(&[0, 1, 2]))),
        Error::UntrustedIssuer { role }
    );
}

#[test]
fn the_list_of_another_generation_clears_nobody() {
    let moica = Moica::new();
    let pool = moica.pool();
    assert!(moica.validate(&pool, &moica.lists(&[1])).is_ok());
    for other in [&[0][..], &[2], &[0, 2]] {
        assert_eq!(
            error(&moica.validate(&pool, &moica.lists(other))),
            status_of_end(Error::RevocationListOtherKey)
        );
    }
    // That of a CA of another name is not even asked.
    assert_eq!(
        error(&moica.validate(&pool, &moica.lists(&[]))),
        status_of_end(Error::NoRevocationList)
    );
    // Nor does it take away what the right one says.
    let serial = moica.citizen.certificate.serial_number();
    let (date, reason) = (day(2026, 10, 1), RevocationReason::KeyCompromise);
    let revoking = list_builder().revoke(serial.clone(), date, reason);
    let mut lists = moica.lists(&[0, 2]);
    lists.push(moica.generations[1].list(&revoking));
    let role = Role::EndEntity;
    assert_eq!(
        error(&moica.validate(&pool, &lists)),
        Error::Revoked {
            role,
            serial,
            date,
            reason
        }
    );
}

#[test]
fn a_list_of_a_later_key_counts_where_a_certificate_links_the_keys() {
    let moica = Moica::new();
    let mut pool = moica.pool();
    let lists = moica.lists(&[2]);
    assert!(!moica.validate(&pool, &lists).is_ok());
    // The third generation certifies the second, or the other way round.
    let key = |n: usize| moica.generations[n].key.clone();
    for (by, whom) in [(2, 1), (1, 2)] {
        let link = moica.generations[by].issue(&ca("MOICA"), key(whom));
        pool.push(link.certificate);
        assert!(
            moica.validate(&pool, &lists).is_ok(),
            "{by} certifies {whom}"
        );
        pool.pop();
    }
    // A link that somebody else signed under this name links nothing.
    let stranger = Identity::self_signed(&ca("MOICA"), p256(77));
    pool.push(stranger.issue(&ca("MOICA"), key(2)).certificate);
    assert!(!moica.validate(&pool, &lists).is_ok());
}

#[test]
fn a_ca_signs_no_list_under_the_name_of_another() {
    let moica = Moica::new();
    let key = || p256(55);
    let other = moica.root.issue(&ca("Other"), key());
    let mut pool = moica.pool();
    pool.push(other.certificate);
    // The list says MOICA and names the other CA's key.
    let pretended = Identity::self_signed(&ca("MOICA"), key());
    let mut lists = moica.lists(&[]);
    lists.push(pretended.list(&list_builder()));
    assert_eq!(
        error(&moica.validate(&pool, &lists)),
        status_of_end(Error::RevocationListIssuer)
    );
}

/// Whoever stole the key would sign a list that does not name it.
#[test]
fn a_list_does_not_vouch_for_the_key_that_signed_it() {
    let moica = Moica::new();
    let successor = moica.generations[1].issue(&ca("MOICA"), p256(60));
    let mut lists = moica.lists(&[]);
    lists.push(successor.list(&list_builder()));
    let pool = [
        moica.generations[1].certificate.clone(),
        successor.certificate.clone(),
    ];
    assert_eq!(
        error(&moica.validate(&pool, &lists)),
        status_of_end(Error::RevocationListIssuerPath(Box::new(status_of_end(
            Error::RevocationListIssuer
        ))))
    );
    // The key that certified the other says that it is good: then the other may speak.
    let both = moica.lists(&[1]);
    lists.push(both[1].clone());
    assert!(moica.validate(&pool, &lists).is_ok());
}

#[test]
fn what_was_waived_for_whoever_signs_lists_is_waived_for_the_path() {
    let moica = Moica::new();
    let mut pool = moica.pool();
    let key = moica.generations[1].key.clone();
    pool.push(moica.generations[2].issue(&ca("MOICA"), key).certificate);
    // The root's list, which speaks about the signer of the other list, is stale; that one is not.
    let stale = RevocationListBuilder::new(1, day(2026, 9, 1), day(2026, 10, 1));
    let lists = [
        moica.root.list(&stale),
        moica.generations[2].list(&list_builder()),
    ];
    let anchors = [anchor(&moica.root)];
    let validation = PathValidation::new(&anchors, now())
        .intermediates(&pool)
        .revocation_lists(&lists)
        .stale_lists(StaleLists::Report);
    let report = validation.validate(&moica.citizen.certificate);
    assert!(report.is_ok(), "{report}");
    let waived = Outcome::NotPerformed(Reason::Waived);
    for role in [Role::Ca(1), Role::EndEntity] {
        let current = report.outcome(role, PathField::ListsAreCurrent);
        assert_eq!(current, Some(&waived), "{role}");
    }
}

#[test]
fn a_name_without_the_key_and_a_key_without_the_name_lead_nowhere() {
    let moica = Moica::new();
    let (lists, role) = (moica.lists(&[0, 1, 2]), Role::EndEntity);
    // The same key under another name.
    let key = moica.generations[1].key.clone();
    let renamed = moica.root.issue(&ca("MOICA 2"), key).certificate;
    let report = moica.validate(core::slice::from_ref(&renamed), &lists);
    assert_eq!(error(&report), Error::NameChaining { role });
    assert_eq!(
        report.outcome(role, PathField::Revocation).unwrap(),
        &Outcome::NotPerformed(Reason::EarlierFailure)
    );
    // A certificate that only claims to have the key does not keep the right one from being found.
    let pool = [renamed, moica.generations[1].certificate.clone()];
    assert!(moica.validate(&pool, &lists).is_ok());
}

#[test]
fn an_expired_way_does_not_hide_a_valid_one() {
    let moica = Moica::new();
    let key = moica.generations[1].key.clone();
    let expired = ca("MOICA").validity(day(2020, 1, 1), day(2025, 1, 1));
    let expired = moica.root.issue(&expired, key).certificate;
    let lists = moica.lists(&[1]);
    let pool = [expired.clone(), moica.generations[1].certificate.clone()];
    assert!(moica.validate(&pool, &lists).is_ok());
    let (role, not_after) = (Role::Ca(1), day(2025, 1, 1));
    assert_eq!(
        error(&moica.validate(&[expired], &lists)),
        Error::Expired { role, not_after }
    );
}

#[test]
fn cas_that_certify_each_other_end_the_search() {
    let one = Identity::self_signed(&ca("One"), p256(1));
    let other = Identity::self_signed(&ca("Other"), p256(2));
    let pool = [
        one.certificate.clone(),
        one.issue(&ca("Other"), p256(2)).certificate,
        other.issue(&ca("One"), p256(1)).certificate,
        other.certificate.clone(),
    ];
    let end = one.issue(&signer_builder(), p256(9)).certificate;
    let stranger = Identity::self_signed(&csca_builder(), p256(3));
    let anchors = [anchor(&stranger)];
    let validation = PathValidation::new(&anchors, now()).intermediates(&pool);
    let role = Role::EndEntity;
    assert_eq!(
        error(&validation.validate(&end)),
        Error::UntrustedIssuer { role }
    );
}

/// Each CA of a layer is certified by every CA of the layer above: 3 to the power of 12 ways, and none leads to the anchor.
#[test]
fn a_pool_that_is_a_maze_is_given_up_by_name() {
    const WIDTH: u8 = 3;
    const DEPTH: u8 = 12;
    let key = |layer: u8, n: u8| -> PrivateKey { p256(10 + layer * WIDTH + n) };
    let title = |layer: u8, n: u8| format!("CA {layer}.{n}");
    let mut pool = Vec::new();
    let layer_of = |layer: u8| -> Vec<Identity> {
        let one = |n| Identity::self_signed(&ca(&title(layer, n)), key(layer, n));
        (0..WIDTH).map(one).collect()
    };
    for layer in 1..DEPTH {
        for above in layer_of(layer) {
            let below =
                (0..WIDTH).map(|n| above.issue(&ca(&title(layer - 1, n)), key(layer - 1, n)));
            pool.extend(below.map(|it| it.certificate));
        }
    }
    let end = layer_of(0)[0].issue(&signer_builder(), p256(9)).certificate;
    let stranger = Identity::self_signed(&csca_builder(), p256(3));
    let anchors = [anchor(&stranger)];
    let report = PathValidation::new(&anchors, now())
        .intermediates(&pool)
        .validate(&end);
    assert_eq!(
        error(&report),
        Error::SearchLimit {
            what: "signatures",
            limit: 1024
        }
    );
}

#[test]
fn ways_that_all_fail_are_not_tried_for_ever() {
    let moica = Moica::new();
    let expired = |days: u16| {
        let begin = day(2020, 1, 1).plus_days(days.into()).unwrap();
        let ca = ca("MOICA").validity(begin, day(2025, 1, 1));
        let key = moica.generations[1].key.clone();
        moica.root.issue(&ca, key).certificate
    };
    let pool: Vec<_> = (0..65).map(expired).collect();
    let (role, not_after) = (Role::Ca(1), day(2025, 1, 1));
    assert_eq!(
        error(&moica.validate(&pool[..64], &[])),
        Error::Expired { role, not_after }
    );
    assert_eq!(
        error(&moica.validate(&pool, &[])),
        Error::SearchLimit {
            what: "ways to a trust anchor",
            limit: 64
        }
    );
}

#[test]
fn a_row_of_more_certificates_than_any_pki_has_is_not_followed() {
    let root = Identity::self_signed(&csca_builder(), p256(1));
    let below = |cas: u8| {
        let (mut pool, mut last) = (Vec::new(), root.clone());
        for n in 0..cas {
            last = last.issue(&ca(&format!("CA {n}")), p256(100 + n));
            pool.push(last.certificate.clone());
        }
        let end = last.issue(&signer_builder(), p256(2)).certificate;
        let anchors = [anchor(&root)];
        let validation = PathValidation::new(&anchors, now()).intermediates(&pool);
        error(&validation.validate(&end))
    };
    // Sixteen are followed: what is wrong is that these CAs allow none below them.
    assert!(matches!(below(15), Error::PathLength { .. }));
    assert_eq!(
        below(16),
        Error::SearchLimit {
            what: "certificates",
            limit: 16
        }
    );
}
