//! The rules of a chain (TR-03110-3 §2), each with the certificate that breaks it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test file: a panic is a failure"
)]

mod support;

use cvc::oid::ID_GROUP_UPDATE;
use cvc::{
    Authorization, Chain, Chat, CurrentDate, Error, Extension, Extensions, Field, PublicKey, Right,
    Role, SignatureAlgorithm, TerminalType, TrustPoint, TrustPoints, group_update,
};
use secure_channel::Curve;
use support::{Party, at, date, key_on, party, rng};

struct World {
    cvca: Party,
    dv: Party,
    terminal: Party,
    chip: Chain,
}

fn world() -> World {
    let cvca = party("TWMOICVCA00001", 1);
    let chip = cvca.chip();
    World {
        cvca,
        dv: party("TWMOLDV00001", 2),
        terminal: party("TWBLIAT00001", 3),
        chip,
    }
}

impl World {
    fn with_dv(&self, role: Role) -> Chain {
        self.chip
            .import(&self.cvca.certify(&self.dv, role))
            .unwrap()
    }
}

#[test]
fn rights_are_what_every_certificate_and_the_holder_grant() {
    let w = world();
    let extension =
        |groups: &[u8]| Extensions::new([group_update(groups.iter().copied())]).unwrap();
    let mut root = w.cvca.body(&w.cvca, Role::Cvca);
    root.chat = root.chat.without(Right::ReadGroup(5));
    root.extensions = extension(&[3, 11, 12]);
    let root = TrustPoint::from_self_signed(&w.cvca.sign(root)).unwrap();
    let today = CurrentDate::Approximated(date(2026, 1, 1));
    let chip = Chain::new(TrustPoints::new(today, [root]).unwrap());
    let mut dv = w.cvca.body(&w.dv, Role::DvDomestic);
    dv.chat = dv.chat.without(Right::ReadGroup(6));
    dv.extensions = extension(&[3, 12, 13]);
    let mut terminal = w.dv.body(&w.terminal, Role::Terminal);
    terminal.chat = terminal.chat.without(Right::ReadGroup(7));
    terminal.extensions = extension(&[3, 11, 12, 13]);
    let certificates = [w.cvca.sign(dv), w.dv.sign(terminal.clone())];
    let chain = chip.import_all(&certificates).unwrap();
    let holder = chain.terminal().unwrap();
    assert_eq!(holder.reference(), Some(w.terminal.name));

    // What the terminal's certificate claims beyond its DV's and CVCA's is cut.
    for (n, lost) in [
        (5, Some(w.cvca.name)),
        (6, Some(w.dv.name)),
        (7, Some(w.terminal.name)),
        (8, None),
    ] {
        let right = Right::ReadGroup(n);
        assert_eq!(holder.authorization().allows(right), lost.is_none());
        let level = holder.lost_at(|authorization| authorization.allows(right));
        assert_eq!(level.map(|level| level.reference), lost);
    }
    let updates: Vec<u8> = (0..=30)
        .filter(|n| holder.authorization().allows_update(*n))
        .collect();
    assert_eq!(updates, [3, 12]);

    let confirmed = Authorization::new(
        at(Role::Terminal).without(Right::ReadGroup(8)),
        &extension(&[12]),
    );
    let effective = holder.effective_authorization(&confirmed).unwrap();
    assert!(effective.allows(Right::ReadGroup(9)) && !effective.allows(Right::ReadGroup(8)));
    assert!(effective.allows_update(12) && !effective.allows_update(3));
    assert!(effective.is_within(holder.authorization()) && effective.is_within(&confirmed));

    // An extension that is missing anywhere grants nothing (§2.7 step 1).
    terminal.extensions = Extensions::default();
    let chain = chip
        .import_all([&certificates[0], &w.dv.sign(terminal)])
        .unwrap();
    let holder = chain.terminal().unwrap();
    assert_eq!(holder.authorization().extension(&ID_GROUP_UPDATE), None);
    assert!(!holder.authorization().allows_update(3));

    let other = Chat::all(TerminalType::SignatureTerminal, Role::Terminal);
    let other = Authorization::new(other, &Extensions::default());
    assert!(matches!(
        holder.effective_authorization(&other),
        Err(Error::TerminalType { .. })
    ));
}

#[test]
fn only_cvcas_and_dvs_certify_and_only_what_is_theirs() {
    let w = world();
    let stranger = party("TWXAT00001", 9);
    let refused = |issuer, holder| Err(Error::MayNotIssue { issuer, holder });
    // The CVCA certifies no terminal.
    let certificate = w.cvca.certify(&w.terminal, Role::Terminal);
    assert_eq!(
        w.chip.import(&certificate),
        refused(Role::Cvca, Role::Terminal)
    );
    for kind in [Role::DvDomestic, Role::DvForeign] {
        let chain = w.with_dv(kind);
        // A DV certifies terminals alone, whatever the intersection of the roles would make of it.
        for role in [Role::Cvca, Role::DvDomestic, Role::DvForeign] {
            let certificate = w.dv.certify(&stranger, role);
            assert_eq!(chain.import(&certificate), refused(kind, role));
        }
        let chain = chain
            .import(&w.dv.certify(&w.terminal, Role::Terminal))
            .unwrap();
        // A terminal certifies nobody.
        for role in [
            Role::Cvca,
            Role::DvDomestic,
            Role::DvForeign,
            Role::Terminal,
        ] {
            let certificate = w.terminal.certify(&stranger, role);
            assert_eq!(chain.import(&certificate), refused(Role::Terminal, role));
        }
        // The DV's key went when the terminal's came (A.7.2.2).
        let second = w.dv.certify(&stranger, Role::Terminal);
        assert_eq!(
            chain.import(&second),
            Err(Error::UnknownAuthority(w.dv.name.into()))
        );
    }
}

#[test]
fn a_certificate_is_verified_by_the_key_that_it_names() {
    let w = world();
    let certificate = w.dv.certify(&w.terminal, Role::Terminal);
    let unknown = Err(Error::UnknownAuthority(w.dv.name.into()));
    assert_eq!(w.chip.import(&certificate), unknown);
    assert!(!w.chip.knows(&w.dv.name.into()));
    let chain = w.with_dv(Role::DvDomestic);
    assert!(chain.knows(&w.dv.name.into()) && chain.knows(&w.cvca.name.into()));
    assert!(chain.import(&certificate).is_ok());
    // Signed by somebody else under that name.
    let forged = w.dv.body(&w.terminal, Role::Terminal);
    let forged = forged.signed(&w.terminal.key, &mut rng(1)).unwrap();
    let field = Field::Signature;
    assert_eq!(chain.import(&forged), Err(Error::Signature { field }));
}

#[test]
fn dv_and_terminal_certificates_expire_and_dates_move_by_those_who_may_move_them() {
    let w = world();
    for (kind, moved) in [
        (Role::DvDomestic, date(2026, 6, 1)),
        (Role::DvForeign, date(2026, 5, 1)),
    ] {
        let mut dv = w.cvca.body(&w.dv, kind);
        dv.effective = date(2026, 5, 1);
        dv.expiration = date(2026, 7, 1);
        let chain = w.chip.import(&w.cvca.sign(dv)).unwrap();
        assert_eq!(
            chain.trust_points().current(),
            CurrentDate::Approximated(date(2026, 5, 1))
        );
        let mut terminal = w.dv.body(&w.terminal, Role::Terminal);
        terminal.effective = date(2026, 6, 1);
        let after = chain.import(&w.dv.sign(terminal.clone())).unwrap();
        assert_eq!(after.trust_points().current().date(), moved);

        // The last day is a day; the day after is not. The date never goes back.
        terminal.effective = date(2026, 1, 1);
        terminal.expiration = date(2026, 5, 1);
        let after = chain.import(&w.dv.sign(terminal.clone())).unwrap();
        assert_eq!(after.trust_points().current().date(), date(2026, 5, 1));
        terminal.expiration = date(2026, 4, 30);
        let (role, expiration, current) = (Role::Terminal, date(2026, 4, 30), date(2026, 5, 1));
        let expired = Err(Error::Expired {
            role,
            expiration,
            current,
        });
        assert_eq!(chain.import(&w.dv.sign(terminal)), expired);
        let mut old = w.cvca.body(&w.dv, kind);
        old.expiration = date(2026, 4, 30);
        let expired = Err(Error::Expired {
            role: kind,
            expiration,
            current,
        });
        assert_eq!(chain.import(&w.cvca.sign(old)), expired);
    }
}

#[test]
fn whoever_has_a_clock_refuses_what_is_not_yet_valid() {
    let w = world();
    let trust = |current| Chain::new(TrustPoints::new(current, [w.cvca.trust_point()]).unwrap());
    let mut dv = w.cvca.body(&w.dv, Role::DvDomestic);
    dv.effective = date(2026, 5, 1);
    let dv = w.cvca.sign(dv);
    let refused = Err(Error::NotYetValid {
        role: Role::DvDomestic,
        effective: date(2026, 5, 1),
        current: date(2026, 4, 30),
    });
    assert_eq!(
        trust(CurrentDate::Clock(date(2026, 4, 30))).import(&dv),
        refused
    );
    let clock = CurrentDate::Clock(date(2026, 5, 2));
    assert_eq!(
        trust(clock).import(&dv).unwrap().trust_points().current(),
        clock
    );
    // A chip has no clock: this is how it learns the date (§2.5).
    assert!(
        trust(CurrentDate::Approximated(date(2026, 4, 30)))
            .import(&dv)
            .is_ok()
    );
}

#[test]
fn link_certificates_lead_on_even_after_they_expired() {
    let w = world();
    let cvca = |n: u16| party(&format!("TWMOICVCA{n:05}"), 10 + u64::from(n));
    let link = |from: &Party, to: &Party, year| {
        let mut body = from.body(to, Role::Cvca);
        body.effective = date(year, 1, 1);
        body.expiration = date(year + 2, 12, 31);
        from.sign(body)
    };
    let names = |chain: &Chain| {
        chain
            .trust_points()
            .references(TerminalType::AuthenticationTerminal)
    };
    let (two, three, four) = (cvca(2), cvca(3), cvca(4));
    let second = w.chip.import(&link(&w.cvca, &two, 2026)).unwrap();
    // The first CVCA began on the same day; both are enabled.
    assert_eq!(names(&second).len(), 2);
    assert_eq!(second.imported(), None);
    let third = second.import(&link(&two, &three, 2028)).unwrap();
    // 2026-12-31 has passed, so the first one is gone.
    assert_eq!(names(&third), [three.name, two.name]);
    assert_eq!(third.trust_points().current().date(), date(2028, 1, 1));
    // At most two enabled ones.
    let fourth = third.import(&link(&three, &four, 2028)).unwrap();
    assert_eq!(names(&fourth).len(), 2);
    assert!(fourth.knows(&four.name.into()));

    // A chip whose date has moved on by another application accepts the links that it missed, and uses none of the expired
    // keys for a DV.
    let late = CurrentDate::Approximated(date(2035, 1, 1));
    let late = Chain::new(TrustPoints::new(late, [w.cvca.trust_point()]).unwrap());
    let dv = w.cvca.certify(&w.dv, Role::DvDomestic);
    let expired = Error::TrustPointExpired {
        expiration: date(2026, 12, 31),
        current: date(2035, 1, 1),
    };
    assert_eq!(late.import(&dv), Err(expired));
    let five = cvca(5);
    let missed = [
        link(&w.cvca, &two, 2026),
        link(&two, &three, 2028),
        link(&three, &four, 2031),
        link(&four, &five, 2034),
    ];
    // The one before is named although it has expired, and there is no third.
    let mut current = late;
    for (missed, expected) in missed.iter().zip([
        [two.name, w.cvca.name],
        [three.name, two.name],
        [four.name, three.name],
        [five.name, four.name],
    ]) {
        current = current.import(missed).unwrap();
        assert_eq!(names(&current), expected);
        assert_eq!(current.trust_points().iter().count(), 2);
    }
    let dv = four.certify(&w.dv, Role::DvDomestic);
    let over = current.import(&dv);
    assert!(
        matches!(over, Err(Error::TrustPointExpired { .. })),
        "{over:?}"
    );
    let mut dv = five.body(&w.dv, Role::DvDomestic);
    dv.effective = date(2034, 6, 1);
    dv.expiration = date(2035, 6, 1);
    assert!(current.import(&five.sign(dv)).is_ok());

    // A link played back is one whose name is known.
    assert_eq!(
        second.import(&link(&w.cvca, &two, 2026)),
        Err(Error::ReferenceKnown)
    );
    // So is the CVCA's own certificate.
    assert_eq!(
        w.chip.import(&w.cvca.certify(&w.cvca, Role::Cvca)),
        Err(Error::ReferenceKnown)
    );
}

#[test]
fn a_link_may_change_curve_and_algorithm_and_nothing_else_may() {
    let w = world();
    let to = |curve, algorithm| Party {
        name: support::name("TWMOICVCA00002"),
        key: key_on(7, curve, algorithm),
    };
    for (curve, algorithm) in [
        (Curve::P384, SignatureAlgorithm::EcdsaSha384),
        (Curve::BrainpoolP256r1, SignatureAlgorithm::EcdsaSha512),
        (Curve::P256, SignatureAlgorithm::EcdsaSha256),
    ] {
        let next = to(curve, algorithm);
        let chip = w.chip.import(&w.cvca.certify(&next, Role::Cvca)).unwrap();
        let dv = Party {
            name: w.dv.name,
            key: key_on(8, curve, algorithm),
        };
        let terminal = Party {
            name: w.terminal.name,
            key: key_on(9, curve, algorithm),
        };
        let chain = [
            next.certify(&dv, Role::DvDomestic),
            dv.certify(&terminal, Role::Terminal),
        ];
        let chain = chip.import_all(&chain).unwrap();
        assert_eq!(
            chain.terminal().unwrap().key(),
            terminal.key.verifying_key()
        );
    }
    // Without parameters a link inherits the curve, too.
    let mut body = w.cvca.body(
        &to(Curve::P256, SignatureAlgorithm::EcdsaSha256),
        Role::Cvca,
    );
    body.public_key = PublicKey::inheriting(w.dv.key.verifying_key());
    assert!(w.chip.import(&w.cvca.sign(body)).is_ok());

    let mut body = w.cvca.body(&w.dv, Role::DvDomestic);
    body.public_key = PublicKey::explicit(w.dv.key.verifying_key());
    let role = Role::DvDomestic;
    let refused = Err(Error::DomainParametersForbidden { role });
    assert_eq!(w.chip.import(&w.cvca.sign(body)), refused);

    let other = key_on(8, Curve::P256, SignatureAlgorithm::EcdsaSha384);
    let mut body = w.cvca.body(&w.dv, Role::DvDomestic);
    body.public_key = PublicKey::inheriting(other.verifying_key());
    let refused = Err(Error::AlgorithmChanged {
        expected: SignatureAlgorithm::EcdsaSha256,
        found: SignatureAlgorithm::EcdsaSha384,
    });
    assert_eq!(w.chip.import(&w.cvca.sign(body)), refused);

    // A point of another curve.
    let other = key_on(8, Curve::BrainpoolP256r1, SignatureAlgorithm::EcdsaSha256);
    let mut body = w.cvca.body(&w.dv, Role::DvDomestic);
    body.public_key = PublicKey::inheriting(other.verifying_key());
    let refused = w.chip.import(&w.cvca.sign(body));
    assert!(
        matches!(refused, Err(Error::InvalidKey { .. })),
        "{refused:?}"
    );
}

#[test]
fn the_terminal_type_stays_the_same_and_names_stay_unique() {
    let w = world();
    let mut body = w.cvca.body(&w.dv, Role::DvDomestic);
    body.chat = Chat::all(TerminalType::InspectionSystem, Role::DvDomestic);
    let refused = w.chip.import(&w.cvca.sign(body));
    assert!(
        matches!(refused, Err(Error::TerminalType { .. })),
        "{refused:?}"
    );

    // A DV with the name of the CVCA, a terminal with the name of its DV.
    let usurper = Party {
        name: w.cvca.name,
        key: support::key(5),
    };
    let certificate = w.cvca.certify(&usurper, Role::DvDomestic);
    assert_eq!(w.chip.import(&certificate), Err(Error::ReferenceKnown));
    let usurper = Party {
        name: w.dv.name,
        key: support::key(5),
    };
    let certificate = w.dv.certify(&usurper, Role::Terminal);
    assert_eq!(
        w.with_dv(Role::DvDomestic).import(&certificate),
        Err(Error::ReferenceKnown)
    );
    // The same DV once more is no other key.
    let again = w.cvca.certify(&w.dv, Role::DvDomestic);
    assert!(w.with_dv(Role::DvDomestic).import(&again).is_ok());
}

#[test]
fn unknown_extensions_are_carried_and_never_a_reason_to_refuse() {
    let w = world();
    let unknown = [
        0x65, 0x0C, 0x73, 0x0A, 0x06, 0x03, 0x2A, 0x03, 0x04, 0xA0, 0x03, 0x80, 0x01, 0x05,
    ];
    let mut body = w.cvca.body(&w.dv, Role::DvDomestic);
    body.extensions = Extensions::parse(&unknown).unwrap();
    assert!(matches!(
        body.extensions.iter().next(),
        Some(Extension::Unknown(_))
    ));
    assert_eq!(body.extensions.to_value(), unknown[2..]);
    assert!(w.chip.import(&w.cvca.sign(body)).is_ok());
}

#[test]
fn trust_points_survive_their_storage_and_are_bounded() {
    let w = world();
    let mut root = w.cvca.body(&w.cvca, Role::Cvca);
    root.extensions = Extensions::new([group_update([3, 12])]).unwrap();
    let root = TrustPoint::from_self_signed(&w.cvca.sign(root)).unwrap();
    let today = CurrentDate::Approximated(date(2026, 3, 4));
    let set = TrustPoints::new(today, [root.clone()]).unwrap();
    let stored = set.to_bytes();
    assert_eq!(TrustPoints::parse(&stored), Ok(set));
    for n in 0..stored.len() {
        assert!(TrustPoints::parse(&stored[..n]).is_err());
    }
    let twice = TrustPoints::new(today, [root.clone(), root.clone()]);
    assert!(matches!(twice, Err(Error::TrustPoints { .. })));
    let others = [party("TWMOICVCA00002", 4), party("TWMOICVCA00003", 5)];
    let three = others.iter().map(Party::trust_point).chain([root]);
    assert!(matches!(
        TrustPoints::new(today, three),
        Err(Error::TrustPoints { .. })
    ));
    let dv = w.cvca.certify(&w.dv, Role::DvDomestic);
    assert_eq!(TrustPoint::from_self_signed(&dv), Err(Error::NotSelfSigned));
}
