//! Revocation, hold and release, and the lists of each generation.

use issuer::operator_log::verify;
use issuer::{CertificationError, KeySlot, ListIssuer};
use pki::{RevocationReason, SerialNumber, Time};

use crate::world::{World, busy, day, p256, person, refusal, today};

fn one() -> (World, SerialNumber) {
    let mut world = World::new();
    let issued = world
        .issue(&person(1), KeySlot::Signature, &p256(40))
        .unwrap();
    let serial = issued.certificate().serial_number();
    (world, serial)
}

fn revoke(
    world: &mut World,
    serial: &SerialNumber,
    reason: RevocationReason,
    date: Time,
) -> Result<(), issuer::Error> {
    world.act(|pki, desk| pki.revoke(serial, reason, date, desk))
}

fn list(world: &mut World, issuer: ListIssuer) -> pki::RevocationList {
    let next = world.now.plus_days(1).unwrap();
    world
        .act(|pki, desk| pki.publish_list(issuer, next, desk))
        .unwrap()
}

const THIRD: ListIssuer = ListIssuer::Generation(3);

#[test]
fn every_reason_of_persons_stands_on_the_list_and_the_others_are_refused() {
    for reason in RevocationReason::ALL {
        let (mut world, serial) = one();
        let foreign = matches!(
            reason,
            RevocationReason::CaCompromise | RevocationReason::AaCompromise
        );
        if foreign {
            let error = refusal(revoke(&mut world, &serial, reason, today()));
            assert_eq!(error, CertificationError::Reason { reason });
            continue;
        }
        revoke(&mut world, &serial, reason, today()).unwrap();
        let mut world = world.reopen();
        let entry = list(&mut world, THIRD).is_revoked(&serial).unwrap();
        assert_eq!((entry.reason, entry.date), (reason, today()));
    }
}

#[test]
fn a_generation_is_revoked_by_the_root_and_certifies_no_more() {
    use RevocationReason::{AaCompromise, CaCompromise, CertificateHold, KeyCompromise};
    let mut world = World::new();
    let newest = world.pki.generations().last().unwrap().serial_number();
    for reason in [KeyCompromise, CertificateHold, AaCompromise] {
        let error = refusal(revoke(&mut world, &newest, reason, today()));
        assert_eq!(error, CertificationError::Reason { reason });
    }
    assert!(
        list(&mut world, ListIssuer::Root)
            .is_revoked(&newest)
            .is_none()
    );
    revoke(&mut world, &newest, CaCompromise, today()).unwrap();
    assert_eq!(
        refusal(world.issue(&person(1), KeySlot::Signature, &p256(40))),
        CertificationError::Revoked(newest.clone())
    );
    assert!(
        list(&mut world, ListIssuer::Root)
            .is_revoked(&newest)
            .is_some()
    );
    for number in 1..=3 {
        let list = list(&mut world, ListIssuer::Generation(number));
        assert!(list.is_empty(), "it is on the root's list alone");
    }
    // The next generation takes over.
    world.act(|pki, desk| pki.begin_generation(desk)).unwrap();
    world
        .issue(&person(1), KeySlot::Signature, &p256(40))
        .unwrap();
}

#[test]
fn a_hold_ends_or_becomes_final_and_keeps_its_beginning() {
    use RevocationReason::{CertificateHold, KeyCompromise};
    let (mut world, serial) = one();
    let on_hold = CertificationError::OnHold(serial.clone());
    let not_on_hold = CertificationError::NotOnHold(serial.clone());
    let revoked = CertificationError::Revoked(serial.clone());
    let release = |world: &mut World| world.act(|pki, desk| pki.release(&serial, desk));

    assert_eq!(refusal(release(&mut world)), not_on_hold);
    revoke(&mut world, &serial, CertificateHold, today()).unwrap();
    let again = revoke(&mut world, &serial, CertificateHold, today());
    assert_eq!(refusal(again), on_hold);
    assert!(list(&mut world, THIRD).is_revoked(&serial).is_some());
    world.now = day(2026, 12, 2);
    release(&mut world).unwrap();
    let mut world = world.reopen();
    assert!(list(&mut world, THIRD).is_revoked(&serial).is_none());
    assert_eq!(refusal(release(&mut world)), not_on_hold);

    world.now = day(2026, 12, 5);
    revoke(&mut world, &serial, CertificateHold, day(2026, 12, 4)).unwrap();
    world.now = day(2026, 12, 8);
    revoke(&mut world, &serial, KeyCompromise, day(2026, 12, 7)).unwrap();
    let mut world = world.reopen();
    let entry = list(&mut world, THIRD).is_revoked(&serial).unwrap();
    assert_eq!(
        (entry.reason, entry.date),
        (KeyCompromise, day(2026, 12, 4))
    );
    for reason in [CertificateHold, KeyCompromise] {
        let error = refusal(revoke(&mut world, &serial, reason, today()));
        assert_eq!(error, revoked);
    }
    assert_eq!(refusal(release(&mut world)), revoked);
    // Final, and on every list to come, even when the certificate has ended.
    world.now = day(2035, 1, 1);
    assert!(list(&mut world, THIRD).is_revoked(&serial).is_some());
}

#[test]
fn a_revocation_lies_in_the_life_of_the_certificate_and_not_in_the_future() {
    let (mut world, serial) = one();
    world.now = day(2026, 12, 10);
    let lost = RevocationReason::KeyCompromise;
    let second = |time: Time, change: i64| {
        Time::from_unix_seconds(time.unix_seconds().checked_add_signed(change).unwrap()).unwrap()
    };
    let error = CertificationError::RevocationDate {
        from: today(),
        to: world.now,
    };
    for date in [second(today(), -1), second(world.now, 1)] {
        assert_eq!(refusal(revoke(&mut world, &serial, lost, date)), error);
    }
    let nobodys = SerialNumber::from_be_bytes(&[1]);
    assert_eq!(
        refusal(revoke(&mut world, &nobodys, lost, today())),
        CertificationError::UnknownCertificate(nobodys)
    );
    revoke(&mut world, &serial, lost, today()).unwrap();
}

#[test]
fn each_generation_signs_its_own_list_with_numbers_of_its_own() {
    let mut world = busy();
    let mut serials = Vec::new();
    for it in world.pki.certificates() {
        if it.slot() == KeySlot::Signature {
            serials.push((it.generation(), it.certificate().serial_number()));
        }
    }
    for (_, serial) in &serials {
        revoke(&mut world, serial, RevocationReason::Superseded, today()).unwrap();
    }
    let mut world = world.reopen();
    for generation in 1..=3u32 {
        for number in 1..=generation {
            let list = list(&mut world, ListIssuer::Generation(generation));
            assert_eq!(list.number(), [number as u8]);
            assert_eq!(list.len(), 1);
            for (issuer, serial) in &serials {
                let named = list.is_revoked(serial).is_some();
                assert_eq!(named, *issuer == generation);
            }
            let issuer = world.pki.generations().nth(generation as usize - 1);
            let key = issuer.unwrap().public_key().unwrap();
            list.verify_signature(&key).unwrap();
        }
    }
    let list = world.pki.list(ListIssuer::Generation(2)).unwrap();
    assert_eq!(list.number(), [2]);
    assert!(world.pki.list(ListIssuer::Root).is_none());
}

#[test]
fn lists_go_forward_in_time_while_their_authority_lives() {
    let mut world = World::new();
    let first = ListIssuer::Generation(1);
    let publish =
        |world: &mut World, next| world.act(|pki, desk| pki.publish_list(first, next, desk));
    let this_update = world.now;
    assert_eq!(
        refusal(publish(&mut world, this_update)),
        CertificationError::NextUpdate { this_update }
    );
    publish(&mut world, day(2026, 12, 2)).unwrap();
    world.now = day(2026, 11, 30);
    assert!(matches!(
        refusal(publish(&mut world, day(2026, 12, 2))),
        CertificationError::Clock { .. }
    ));
    // The second generation began long ago: the first signs its lists until its own end.
    let end = world.pki.generations().next().unwrap().not_after();
    world.now = end;
    publish(&mut world, end.plus_days(1).unwrap()).unwrap();
    world.now = end.plus_days(1).unwrap();
    assert_eq!(
        refusal(publish(&mut world, end.plus_days(2).unwrap())),
        CertificationError::AuthorityExpired { not_after: end }
    );
}

#[test]
fn the_operator_log_tells_what_was_done_and_about_nobody() {
    use RevocationReason::CertificateHold;
    let (mut world, serial) = one();
    revoke(&mut world, &serial, CertificateHold, today()).unwrap();
    world.act(|pki, desk| pki.release(&serial, desk)).unwrap();
    let key = crate::world::proven(&p256(41));
    world
        .act(|pki, desk| pki.renew(&serial, &key, None, desk))
        .unwrap();
    list(&mut world, THIRD);
    // A refusal leaves no trace: nothing had begun.
    let used = world.act(|pki, desk| pki.renew(&serial, &key, None, desk));
    assert!(used.is_err());
    let path = world.folder.path().join("log/operator.log");
    let report = verify(&path, None).unwrap();
    assert_eq!(report.unfinished, []);
    let text = std::fs::read_to_string(path).unwrap();
    let actions: Vec<_> = text
        .lines()
        .filter(|line| line.contains(r#""phase":"done""#))
        .map(|line| line.split('"').nth(9).unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "begin-generation",
            "begin-generation",
            "begin-generation",
            "begin-generation",
            "certify",
            "revoke",
            "release-hold",
            "renew-certificate",
            "publish-revocation-list",
        ]
    );
    let number = person(1).serial_number().as_str().to_owned();
    for word in ["王", number.as_str(), "6001", serial.to_string().as_str()] {
        assert!(!text.contains(word), "{word}");
    }
}
