//! The agency PKI: what a chip makes of its certificates, and what it refuses to issue.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop the test as the tests themselves do"
)]

use cvc::{
    CertificationAuthorityReference, Chain, CurrentDate, CvCertificate, Date, Field, Right, Role,
    SignatureAlgorithm, SigningKey, TerminalType, TrustPoint, TrustPoints,
};
use issuer::{AgencyError, AgencyPki, DocumentVerifierKind, Error, Grant, Permission, Validity};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use secure_channel::{Curve, EcPrivateKey};

#[path = "agency/cvc_print.rs"]
mod cvc_print;
#[path = "agency/directory.rs"]
mod directory;

fn date(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).unwrap()
}

fn today() -> Date {
    date(2026, 11, 25)
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn pki() -> AgencyPki {
    AgencyPki::create(&mut rng(1), today()).unwrap()
}

fn key(seed: u8) -> SigningKey {
    let key = EcPrivateKey::generate(Curve::P256, &mut rng(seed)).unwrap();
    SigningKey::new(SignatureAlgorithm::EcdsaSha256, key).unwrap()
}

/// A terminal of the domestic document verifier, for a month.
fn bank(pki: &mut AgencyPki, grant: &Grant) -> Result<CvCertificate, Error> {
    terminal_of(pki, AgencyPki::DOMESTIC, grant)
}

fn terminal_of(pki: &mut AgencyPki, dv: &str, grant: &Grant) -> Result<CvCertificate, Error> {
    let month = Validity::terminal(today())?;
    let key = key(9);
    pki.terminal(dv, "BANK", grant, key.verifying_key(), month, &mut rng(2))
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> AgencyError {
    match result {
        Err(Error::Agency(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn names_of<'a>(certificates: impl IntoIterator<Item = &'a CvCertificate>) -> Vec<String> {
    let names = certificates.into_iter().map(|c| c.holder().to_string());
    names.collect()
}

#[test]
fn the_same_seed_makes_the_same_pki_and_names_count_up() {
    let (mut one, mut other) = (pki(), pki());
    assert_eq!(one.cvca().certificate(), other.cvca().certificate());
    let grant = Grant::read([3]);
    let first = bank(&mut one, &grant).unwrap();
    assert_eq!(first, bank(&mut other, &grant).unwrap());
    let second = bank(&mut one, &grant).unwrap();
    assert_eq!(names_of([&first, &second]), ["TWBANK00001", "TWBANK00002"]);
    assert_eq!(one.cvca().reference().to_string(), "TWMOICVCA00001");
    let dv = one.find_document_verifier(AgencyPki::DOMESTIC).unwrap();
    assert_eq!(dv.reference().to_string(), "TWMOIDV00001");
}

#[test]
fn the_periods_are_short_and_end_one_after_the_other() {
    let mut pki = pki();
    let terminal = bank(&mut pki, &Grant::default()).unwrap();
    let [dv, _] = pki.chain_for(&terminal).unwrap();
    let period = |c: &CvCertificate| (c.body().effective, c.body().expiration);
    assert_eq!(period(&terminal), (today(), date(2026, 12, 25)));
    assert_eq!(period(&dv), (today(), date(2027, 2, 22)));
    let cvca = pki.cvca().certificate();
    assert_eq!(period(cvca), (today(), date(2029, 11, 23)));
}

#[test]
fn a_card_starts_from_the_cvca_and_its_effective_date() {
    let points = pki().trust_points().unwrap();
    assert_eq!(points.current(), CurrentDate::Approximated(today()));
    let terminals = TerminalType::AuthenticationTerminal;
    let names = points.references(terminals);
    assert_eq!(names.len(), 1);
    let point = points.find(&names[0]).unwrap();
    assert!(Right::all(terminals).all(|right| point.authorization().allows(right)));
    for group in 1..=32 {
        let changes = [3, 6, 7, 11, 12, 13].contains(&group);
        assert_eq!(point.authorization().allows_update(group), changes);
    }
}

#[test]
fn a_chip_allows_a_terminal_exactly_what_it_was_granted() {
    let grants = [
        Grant::default(),
        Grant::read([3, 6, 7]),
        Grant::read(1..=22),
        Grant::read([13]).with(Right::AgeVerification),
        Grant::read([3]).with(Right::CanAllowed).and_update([3, 13]),
        Grant::default().with(Right::PinManagement),
        Grant::everything(),
        Grant::everything().without(Right::ReadGroup(8)),
    ];
    let mut pki = pki();
    for grant in &grants {
        let terminal = bank(&mut pki, grant).unwrap();
        let chip = Chain::new(pki.trust_points().unwrap());
        let chip = chip.import_all(&pki.chain_for(&terminal).unwrap()).unwrap();
        let allowed = chip.terminal().unwrap().authorization();
        for right in Right::all(TerminalType::AuthenticationTerminal) {
            let granted = match right {
                Right::ReadGroup(n) => grant.groups.contains(&n),
                right => grant.rights.contains(&right),
            };
            assert_eq!(allowed.allows(right), granted, "{right:?} of {grant:?}");
        }
        for n in 0..=u8::MAX {
            assert_eq!(allowed.allows_update(n), grant.updates.contains(&n));
        }
    }
}

#[test]
fn a_document_verifier_hands_on_what_it_has_and_nothing_else() {
    let mut pki = pki();
    let kind = DocumentVerifierKind::ForeignOrNonOfficial;
    let has = Grant::read([3, 6])
        .with(Right::AgeVerification)
        .and_update([3]);
    let quarter = Validity::document_verifier(today()).unwrap();
    let dv = pki
        .document_verifier("BANKDV", kind, &has, quarter, &mut rng(3))
        .unwrap();

    let terminal = terminal_of(&mut pki, "BANKDV", &has).unwrap();
    assert!(terminal.authority() == dv);
    let chip = Chain::new(pki.trust_points().unwrap());
    let chip = chip.import_all(&pki.chain_for(&terminal).unwrap()).unwrap();
    let holder = chip.terminal().unwrap();
    assert_eq!(holder.levels()[1].role(), Role::DvForeign);
    assert!(holder.authorization().allows_update(3));

    let issued = pki.terminals().count();
    for (too_much, what, field) in [
        (
            Grant::read([3, 7]),
            Permission::Right(Right::ReadGroup(7)),
            Field::RelativeAuthorization,
        ),
        (
            Grant::default().with(Right::CanAllowed),
            Permission::Right(Right::CanAllowed),
            Field::RelativeAuthorization,
        ),
        (
            Grant::read([3]).and_update([3, 13]),
            Permission::Update(13),
            Field::AuthorizationBits,
        ),
    ] {
        let error = refusal(terminal_of(&mut pki, "BANKDV", &too_much));
        let text = error.to_string();
        let AgencyError::NotAllowed {
            authority,
            permission,
        } = error
        else {
            panic!("{error:?}");
        };
        assert_eq!(
            (authority, permission, permission.field()),
            (dv, what, field)
        );
        assert!(
            text.contains("TWBANKDV00001") && text.contains(&field.to_string()),
            "{text}"
        );
    }
    assert_eq!(pki.terminals().count(), issued, "nothing was issued");
}

#[test]
fn a_right_without_a_bit_is_not_left_out_silently() {
    let mut pki = pki();
    for (grant, what) in [
        (Grant::read([0]), Permission::Right(Right::ReadGroup(0))),
        (Grant::read([23]), Permission::Right(Right::ReadGroup(23))),
        (
            Grant::default().with(Right::WriteGroup(3)),
            Permission::Right(Right::WriteGroup(3)),
        ),
        (
            Grant::default().with(Right::ReadFingerprint),
            Permission::Right(Right::ReadFingerprint),
        ),
        (Grant::default().and_update([2]), Permission::Update(2)),
        (Grant::default().and_update([0]), Permission::Update(0)),
    ] {
        let error = refusal(bank(&mut pki, &grant));
        assert!(matches!(error, AgencyError::NoSuchRight { permission } if permission == what));
    }
    let smuggled = Grant::default().with_extension(cvc::group_update([3]));
    let error = refusal(bank(&mut pki, &smuggled));
    assert!(matches!(error, AgencyError::AuthorizationAsExtension));
}

#[test]
fn names_belong_to_one_office() {
    let mut pki = pki();
    let month = Validity::terminal(today()).unwrap();
    let key = key(9);
    let mut named = |dv: &str, name: &str| {
        let grant = Grant::default();
        let issued = pki.terminal(dv, name, &grant, key.verifying_key(), month, &mut rng(2));
        issued.map(|certificate| certificate.holder().to_string())
    };
    assert_eq!(named("MOIDV", "ABCDEFGH9").unwrap(), "TWABCDEFGH900001");
    for bad in ["", "ABCDEFGHIJ", "bank", "A B", "部", "MOIDV", "MOICVCA"] {
        let error = refusal(named("MOIDV", bad));
        assert!(
            matches!(error, AgencyError::Mnemonic { .. }),
            "{bad}: {error}"
        );
    }
    let error = refusal(named("NOBODY", "BANK"));
    assert!(matches!(error, AgencyError::UnknownDocumentVerifier(name) if name == "NOBODY"));

    let everything = Grant::everything();
    let kind = DocumentVerifierKind::OfficialDomestic;
    pki.document_verifier("OTHERDV", kind, &everything, month, &mut rng(2))
        .unwrap();
    let taken = pki.terminal(
        "OTHERDV",
        "ABCDEFGH9",
        &Grant::default(),
        key.verifying_key(),
        month,
        &mut rng(2),
    );
    assert!(matches!(refusal(taken), AgencyError::Mnemonic { .. }));
    for bad in ["MOIDV", "MOICVCA", "ABCDEFGH9", "lower"] {
        let issued = pki.document_verifier(bad, kind, &everything, month, &mut rng(2));
        assert!(
            matches!(refusal(issued), AgencyError::Mnemonic { .. }),
            "{bad}"
        );
    }
}

#[test]
fn a_key_that_a_chip_would_read_otherwise_is_refused() {
    let mut pki = pki();
    let month = Validity::terminal(today()).unwrap();
    for (curve, algorithm, expected) in [
        (
            Curve::P384,
            SignatureAlgorithm::EcdsaSha256,
            Field::DomainParameters,
        ),
        (
            Curve::P256,
            SignatureAlgorithm::EcdsaSha384,
            Field::PublicKeyAlgorithm,
        ),
    ] {
        let key = EcPrivateKey::generate(curve, &mut rng(4)).unwrap();
        let key = SigningKey::new(algorithm, key).unwrap();
        let (grant, key) = (Grant::default(), key.verifying_key());
        let issued = pki.terminal(AgencyPki::DOMESTIC, "BANK", &grant, key, month, &mut rng(2));
        assert!(
            matches!(refusal(issued), AgencyError::OtherKeyType { field } if field == expected)
        );
    }
}

#[test]
fn a_certificate_does_not_outlive_its_authority() {
    let mut pki = pki();
    let key = key(9);
    let mut during = |first, last| {
        let validity = Validity::new(first, last).unwrap();
        let (grant, key) = (Grant::default(), key.verifying_key());
        pki.terminal(
            AgencyPki::DOMESTIC,
            "BANK",
            &grant,
            key,
            validity,
            &mut rng(2),
        )
    };
    let last = date(2027, 2, 22);
    assert!(during(today(), last).is_ok());
    for (first, until, wrong) in [
        (today(), date(2027, 2, 23), Field::CertificateExpirationDate),
        (date(2026, 11, 24), last, Field::CertificateEffectiveDate),
    ] {
        let error = refusal(during(first, until));
        assert!(matches!(error, AgencyError::OutsideValidity { field, .. } if field == wrong));
    }
}

#[test]
fn a_terminal_is_refused_before_its_first_and_after_its_last_day() {
    let mut pki = pki();
    let later = Validity::terminal(date(2026, 12, 1)).unwrap();
    let (grant, key) = (Grant::read([3]), key(9));
    let terminal = pki
        .terminal(
            AgencyPki::DOMESTIC,
            "BANK",
            &grant,
            key.verifying_key(),
            later,
            &mut rng(2),
        )
        .unwrap();
    let chain = pki.chain_for(&terminal).unwrap();
    let on = |clock| {
        let point = TrustPoint::from_self_signed(pki.cvca().certificate()).unwrap();
        let points = TrustPoints::new(CurrentDate::Clock(clock), [point]).unwrap();
        Chain::new(points).import_all(&chain).map(drop)
    };
    let not_yet = on(date(2026, 11, 30));
    assert!(matches!(
        not_yet,
        Err(cvc::Error::NotYetValid {
            role: Role::Terminal,
            ..
        })
    ));
    assert_eq!(on(date(2026, 12, 1)), Ok(()));
    assert_eq!(on(date(2026, 12, 31)), Ok(()));
    let expired = on(date(2027, 1, 1));
    assert!(matches!(
        expired,
        Err(cvc::Error::Expired {
            role: Role::Terminal,
            ..
        })
    ));
    let expired = on(date(2027, 2, 23));
    assert!(matches!(
        expired,
        Err(cvc::Error::Expired {
            role: Role::DvDomestic,
            ..
        })
    ));
}

#[test]
fn a_chip_that_has_seen_the_renewal_refuses_the_expired_one() {
    let mut pki = pki();
    let old = bank(&mut pki, &Grant::read([3])).unwrap();
    let day = date(2026, 12, 20);
    let new = pki
        .renew(&old, key(10).verifying_key(), day, &mut rng(5))
        .unwrap();
    assert_eq!(new.holder().to_string(), "TWBANK00002");
    assert_eq!(new.body().authorization(), old.body().authorization());
    assert_eq!(new.body().expiration, date(2027, 1, 19));
    assert_ne!(new.body().public_key, old.body().public_key);

    let again = pki
        .renew(
            &new,
            key(11).verifying_key(),
            date(2027, 1, 10),
            &mut rng(6),
        )
        .unwrap();
    let chip = Chain::new(pki.trust_points().unwrap());
    let chip = chip.import_all(&pki.chain_for(&old).unwrap()).unwrap();
    let chip = chip.import_all(&pki.chain_for(&again).unwrap()).unwrap();
    let expired = chip.import_all(&pki.chain_for(&old).unwrap());
    assert!(matches!(
        expired,
        Err(cvc::Error::Expired {
            role: Role::Terminal,
            ..
        })
    ));
}

#[test]
fn a_renewal_needs_the_newest_certificate_that_is_valid_and_a_new_key() {
    let mut pki = pki();
    let wide = bank(&mut pki, &Grant::read([3, 6])).unwrap();
    let narrow = bank(&mut pki, &Grant::read([3])).unwrap();
    let new_key = key(10);
    let new_key = new_key.verifying_key();

    let replaced = refusal(pki.renew(&wide, new_key, today(), &mut rng(5)));
    let by = narrow.holder();
    assert!(matches!(replaced, AgencyError::Replaced { by: newer, .. } if newer == by));
    let late = refusal(pki.renew(&narrow, new_key, date(2026, 12, 26), &mut rng(5)));
    assert!(matches!(late, AgencyError::Expired { .. }));
    let same = refusal(pki.renew(&narrow, key(9).verifying_key(), today(), &mut rng(5)));
    assert!(matches!(same, AgencyError::SameKey));
    assert!(
        pki.renew(&narrow, new_key, date(2026, 12, 25), &mut rng(5))
            .is_ok()
    );

    let mut other = AgencyPki::create(&mut rng(20), today()).unwrap();
    let foreign = bank(&mut other, &Grant::read([3])).unwrap();
    for refused in [
        pki.renew(&foreign, new_key, today(), &mut rng(5)).map(drop),
        pki.chain_for(&foreign).map(drop),
    ] {
        assert!(matches!(refusal(refused), AgencyError::NotIssuedHere(_)));
    }
}

#[test]
fn a_document_verifier_is_renewed_before_its_terminals_would_outlive_it() {
    let mut pki = pki();
    let (day, key) = (date(2027, 2, 1), key(9));
    let month = Validity::terminal(day).unwrap();
    let issue = |pki: &mut AgencyPki| {
        let (grant, key) = (Grant::read([3]), key.verifying_key());
        pki.terminal(AgencyPki::DOMESTIC, "BANK", &grant, key, month, &mut rng(2))
    };
    assert!(matches!(
        refusal(issue(&mut pki)),
        AgencyError::OutsideValidity { .. }
    ));
    let dv = pki
        .renew_document_verifier(AgencyPki::DOMESTIC, day, &mut rng(7))
        .unwrap();
    assert_eq!(dv.to_string(), "TWMOIDV00002");
    let terminal = issue(&mut pki).unwrap();
    assert_eq!(
        names_of(&pki.chain_for(&terminal).unwrap()),
        ["TWMOIDV00002", "TWBANK00001"]
    );
}

#[test]
fn link_certificates_take_old_cards_over() {
    let mut pki = pki();
    let before = bank(&mut pki, &Grant::read([3])).unwrap();
    let old_card = Chain::new(pki.trust_points().unwrap());
    let early = refusal(pki.link(today(), &mut rng(8)));
    assert!(matches!(early, AgencyError::LinkTooEarly { .. }));

    let day = date(2026, 12, 1);
    let link = pki.link(day, &mut rng(8)).unwrap();
    assert_eq!(link.authority().to_string(), "TWMOICVCA00001");
    assert_eq!(link.holder(), pki.cvca().reference());
    pki.renew_document_verifier(AgencyPki::DOMESTIC, day, &mut rng(8))
        .unwrap();
    let after = pki
        .renew(&before, key(10).verifying_key(), day, &mut rng(8))
        .unwrap();
    let link_2 = pki.link(date(2026, 12, 2), &mut rng(8)).unwrap();
    assert_eq!(link_2.holder().to_string(), "TWMOICVCA00003");

    // An old card needs the link first, and knows the way afterwards.
    let short = pki.chain_for(&after).unwrap();
    let lost = old_card.import_all(&short);
    assert!(matches!(lost, Err(cvc::Error::UnknownAuthority(_))));
    let whole = pki.chain_from_old_cvca(&after).unwrap();
    assert_eq!(
        names_of(&whole),
        ["TWMOICVCA00002", "TWMOIDV00002", "TWBANK00002"]
    );
    let moved = old_card.import_all(&whole).unwrap();
    assert!(
        moved
            .terminal()
            .unwrap()
            .authorization()
            .allows(Right::ReadGroup(3))
    );
    assert!(moved.import_all(&short).is_ok());

    // What was certified by the old key needs no link, and from the new key there is no way back to it.
    assert_eq!(
        pki.chain_from_old_cvca(&before).unwrap(),
        pki.chain_for(&before).unwrap()
    );
    let back = pki.chain_from(link.holder().into(), &before);
    assert!(matches!(refusal(back), AgencyError::NoChain { .. }));

    let third_day = date(2026, 12, 2);
    pki.renew_document_verifier(AgencyPki::DOMESTIC, third_day, &mut rng(8))
        .unwrap();
    let new_key = key(11);
    let latest = pki
        .renew(&after, new_key.verifying_key(), third_day, &mut rng(8))
        .unwrap();
    for (from, expected) in [
        (1, &["TWMOICVCA00002", "TWMOICVCA00003"][..]),
        (2, &["TWMOICVCA00003"]),
        (3, &[]),
    ] {
        let from = format!("TWMOICVCA0000{from}").parse().unwrap();
        let chain = pki.chain_from(from, &latest).unwrap();
        let links = chain.iter().filter(|c| c.role() == Role::Cvca);
        assert_eq!(names_of(links), expected);
    }
    let nobody = "TWNOBODY00001".parse().unwrap();
    let nowhere = pki.chain_from(nobody, &latest);
    assert!(matches!(refusal(nowhere), AgencyError::NoChain { .. }));

    // A card made now trusts the two newest keys.
    let points = pki.trust_points().unwrap();
    let newest_first: [CertificationAuthorityReference; 2] =
        [link_2.holder().into(), link.holder().into()];
    let names = points.references(TerminalType::AuthenticationTerminal);
    assert_eq!(names, newest_first);
    assert!(Chain::new(points).import_all(&short).is_ok());
}

#[test]
fn a_card_does_not_start_from_a_cvca_that_has_expired() {
    let mut pki = pki();
    let last = pki.cvca().certificate().body().expiration;
    let day = Validity::days(last, 2).unwrap().last();
    pki.link(day, &mut rng(8)).unwrap();
    let points = pki.trust_points().unwrap();
    assert_eq!(points.current(), CurrentDate::Approximated(day));
    let references: Vec<_> = points.iter().map(|point| point.reference()).collect();
    assert_eq!(references, [pki.cvca().reference()]);
}
