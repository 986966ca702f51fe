//! The PKI in its directory: what is there stays, and what does not belong there is named.

use std::fs;
use std::path::{Path, PathBuf};

use issuer::{CertificationError, CitizenPki, Desk, KeySlot, ListIssuer, Publication};
use pki::RevocationReason;
use pki::builder::{CertificateBuilder, CertificateProfile, DistinguishedName, PrivateKey};
use tempfile::TempDir;

use crate::world::{World, copy, day, p256, person, publication, refusal, rng, today};

/// Every file below a folder, with its contents, in the order of their names.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if !path.ends_with("lock") {
            files.push((path.clone(), fs::read(path).unwrap()));
        }
    }
    files.sort();
    files
}

/// One of everything.
fn rich() -> World {
    let mut world = World::new();
    for (number, reason) in [
        (1, RevocationReason::CertificateHold),
        (2, RevocationReason::Superseded),
    ] {
        let key = p256(40 + number as u8);
        let issued = world.issue(&person(number), KeySlot::Signature, &key);
        let serial = issued.unwrap().certificate().serial_number();
        world
            .act(|pki, desk| pki.revoke(&serial, reason, today(), desk))
            .unwrap();
        if number == 1 {
            world.act(|pki, desk| pki.release(&serial, desk)).unwrap();
        }
    }
    for issuer in [ListIssuer::Root, ListIssuer::Generation(3)] {
        for _ in 0..2 {
            world
                .act(|pki, desk| pki.publish_list(issuer, day(2026, 12, 2), desk))
                .unwrap();
        }
    }
    world
}

/// A copy of the directory of a world that nobody has locked.
fn copied(world: &World) -> TempDir {
    let folder = TempDir::new().unwrap();
    copy(&world.folder.path().join("ca"), folder.path());
    folder
}

fn damage(folder: &Path) -> (String, String) {
    match refusal(CitizenPki::open(folder)) {
        CertificationError::Damaged { path, reason } => {
            let path = path.strip_prefix(folder).unwrap();
            (path.to_string_lossy().into_owned(), reason)
        }
        error => panic!("{error:?}"),
    }
}

#[test]
fn what_was_done_is_there_after_opening_again_and_nothing_is_written_twice() {
    let world = rich();
    let path = world.folder.path().join("ca");
    let before = files(&path);
    let revoked: Vec<_> = world
        .pki
        .certificates()
        .map(|it| world.pki.revocation(&it.certificate().serial_number()))
        .collect();
    let mut world = world.reopen();
    let again: Vec<_> = world
        .pki
        .certificates()
        .map(|it| world.pki.revocation(&it.certificate().serial_number()))
        .collect();
    assert_eq!(again, revoked);
    assert_eq!(again.iter().flatten().count(), 1);
    assert_eq!(files(&path), before);

    world
        .issue(&person(3), KeySlot::Signature, &p256(50))
        .unwrap();
    let list =
        world.act(|pki, desk| pki.publish_list(ListIssuer::Generation(3), day(2026, 12, 2), desk));
    assert_eq!(list.unwrap().number(), [3]);
    world.act(|pki, desk| pki.begin_generation(desk)).unwrap();
    let after = files(&path);
    assert!(before.iter().all(|file| after.contains(file)));
    assert_eq!(after.len(), before.len() + 4);
}

#[test]
fn another_place_of_publication_is_another_pki() {
    let world = World::new();
    let path = world.folder.path().join("ca");
    let World {
        pki,
        mut log,
        mut rng,
        folder: _folder,
        now,
    } = world;
    drop(pki);
    let mut desk = Desk {
        log: &mut log,
        now,
        rng: &mut rng,
    };
    let before = files(&path);
    let elsewhere = Publication::at("http://elsewhere.test/").unwrap();
    let error = refusal(CitizenPki::open_or_create(&path, &elsewhere, &mut desk));
    assert!(matches!(error, CertificationError::Exists { .. }));
    let pki = CitizenPki::open_or_create(&path, &publication(), &mut desk).unwrap();
    assert_eq!(pki.generations().len(), 3);
    assert_eq!(files(&path), before);
}

#[cfg(unix)]
#[test]
fn keys_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ca");
    let mut rng = rng(7);
    let mut log = issuer::OperatorLog::open(&folder.path().join("log"), &mut rng).unwrap();
    let mut desk = Desk {
        log: &mut log,
        now: today(),
        rng: &mut rng,
    };
    CitizenPki::open_or_create(&path, &publication(), &mut desk).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    let files = files(&path);
    let keys = files
        .iter()
        .filter(|(path, _)| path.to_string_lossy().ends_with(".key.pem"));
    let modes: Vec<_> = keys.map(|(path, _)| mode(path)).collect();
    assert_eq!(modes, [0o600, 0o600]);
}

#[test]
fn the_log_is_asked_before_the_file_is_written() {
    let mut world = World::new();
    let before = files(&world.folder.path().join("ca"));
    // A log whose head cannot be written.
    let head = world.folder.path().join("log/operator.log.head");
    fs::remove_file(&head).unwrap();
    fs::create_dir(&head).unwrap();
    let error = world.issue(&person(1), KeySlot::Signature, &p256(40));
    assert!(matches!(error, Err(issuer::Error::Io { .. })));
    assert_eq!(files(&world.folder.path().join("ca")), before);
    assert_eq!(world.pki.certificates().count(), 0);
}

#[test]
fn a_changed_byte_is_found_and_the_file_named() {
    let world = rich();
    let original = copied(&world);
    assert!(CitizenPki::open(original.path()).is_ok());
    for (path, contents) in files(original.path()) {
        let name = path.strip_prefix(original.path()).unwrap();
        let text = name.to_string_lossy().into_owned();
        if text == "publication" || text.ends_with(".key.pem") {
            continue;
        }
        for position in [0, contents.len() / 3, contents.len() - 1] {
            let mut changed = contents.clone();
            changed[position] ^= 1;
            fs::write(&path, changed).unwrap();
            let (named, _) = damage(original.path());
            // A changed public key shows at the private one beside it.
            let stem = text.split('.').next().unwrap();
            assert!(named.starts_with(stem), "{text} at {position}: {named}");
        }
        fs::write(&path, &contents).unwrap();
    }
    assert!(CitizenPki::open(original.path()).is_ok());
}

#[test]
fn what_is_missing_or_misplaced_is_found() {
    let world = rich();
    let serial = |number: u32| {
        let mut all = world.pki.certificates();
        let found = all.find(|it| *it.subject() == person(number)).unwrap();
        found.certificate().serial_number().to_string()
    };
    let (released, revoked) = (serial(1), serial(2));
    let missing = [
        "root.crt".to_owned(),
        "generation-2.crt".to_owned(),
        "generation-3.crt".to_owned(),
        format!("certificates/{revoked}.crt"),
        format!("revocations/{released}.1"),
        "lists/generation-3.00000001.crl".to_owned(),
    ];
    for name in missing {
        let folder = copied(&world);
        fs::remove_file(folder.path().join(&name)).unwrap();
        let (_, reason) = damage(folder.path());
        assert!(!reason.is_empty(), "{name}");
    }
    let folder = copied(&world);
    fs::remove_file(folder.path().join("generation-2.key.pem")).unwrap();
    let error = CitizenPki::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("generation-2.key.pem"), "{error}");

    for (from, to) in [
        (
            "generation-1.key.pem".to_owned(),
            "generation-2.key.pem".to_owned(),
        ),
        ("root.crt".to_owned(), "other.crt".to_owned()),
        ("generation-1.crt".to_owned(), "root.crt".to_owned()),
        (
            "lists/generation-3.00000001.crl".to_owned(),
            "lists/generation-2.00000001.crl".to_owned(),
        ),
        (
            "lists/generation-3.00000001.crl".to_owned(),
            "lists/generation-3.00000003.crl".to_owned(),
        ),
        (
            format!("certificates/{revoked}.crt"),
            "certificates/01.crt".to_owned(),
        ),
        (
            "generation-1.crt".to_owned(),
            format!("certificates/{revoked}.crt"),
        ),
        (
            format!("revocations/{revoked}.1"),
            format!("revocations/{revoked}.3"),
        ),
        (
            format!("revocations/{revoked}.1"),
            "revocations/4a01.1".to_owned(),
        ),
    ] {
        let folder = copied(&world);
        fs::copy(folder.path().join(&from), folder.path().join(&to)).unwrap();
        let (_, reason) = damage(folder.path());
        assert!(!reason.is_empty(), "{from} {to}");
    }
    // A generation once more.
    let folder = copied(&world);
    for ending in ["crt", "key.pem"] {
        let [from, to] = [1, 4].map(|number| format!("generation-{number}.{ending}"));
        fs::copy(folder.path().join(from), folder.path().join(to)).unwrap();
    }
    let expected = ("generation-4.crt", "the key is that of an older generation");
    let (named, reason) = damage(folder.path());
    assert_eq!((named.as_str(), reason.as_str()), expected);

    let empty = TempDir::new().unwrap();
    assert_eq!(damage(empty.path()).1, "there is no root");
}

#[test]
fn certificates_of_another_pki_do_not_belong_here() {
    let world = rich();
    let mut other = World::new();
    let path = other.folder.path().join("other");
    let publication = publication();
    let mut desk = Desk {
        log: &mut other.log,
        now: today(),
        rng: &mut other.rng,
    };
    let mut foreign = CitizenPki::open_or_create(&path, &publication, &mut desk).unwrap();
    let key = crate::world::proven(&p256(60));
    let issued = foreign
        .issue(&person(9), KeySlot::Signature, &key, None, &mut desk)
        .unwrap();
    let name = format!("certificates/{}.crt", issued.certificate().serial_number());
    let folder = copied(&world);
    fs::copy(path.join(&name), folder.path().join(&name)).unwrap();
    let (named, reason) = damage(folder.path());
    assert_eq!(
        (named, reason.as_str()),
        (name, "no generation has the key that issued it")
    );
    assert!(matches!(
        refusal(world.pki.chain_for(issued.certificate())),
        CertificationError::UnknownCertificate(_)
    ));
    // The name is the same, the key is not.
    let folder = copied(&world);
    fs::copy(
        path.join("generation-1.crt"),
        folder.path().join("generation-1.crt"),
    )
    .unwrap();
    fs::copy(
        path.join("generation-1.key.pem"),
        folder.path().join("generation-1.key.pem"),
    )
    .unwrap();
    assert_eq!(damage(folder.path()).0, "generation-1.crt");
}

#[test]
fn a_root_without_its_mark_and_a_generation_of_another_name_are_not_loaded() {
    let world = World::new();
    let key = |folder: &Path, name: &str| {
        let pem = fs::read_to_string(folder.join(format!("{name}.key.pem"))).unwrap();
        PrivateKey::from_pkcs8_pem(&pem).unwrap()
    };
    let builder = |unit: &str| {
        let name = DistinguishedName::of_country("TW").and_then(|name| name.organization("行政院"));
        let name = name
            .and_then(|name| name.organizational_unit(unit))
            .unwrap();
        CertificateBuilder::new(CertificateProfile::Rfc5280, name)
            .validity(day(2008, 1, 1), day(2037, 1, 1))
    };
    let (root, unit) = (world.pki.root(), "政府憑證總管理中心（測試）");
    let folder = copied(&world);
    let own = key(folder.path(), "root");
    let replaced = |name: &str, certificate: pki::Certificate| {
        let folder = copied(&world);
        fs::write(folder.path().join(name), certificate.as_der()).unwrap();
        damage(folder.path())
    };
    let unmarked = builder(unit).self_sign(&own, &mut rng(8)).unwrap();
    let expected = (
        "root.crt".to_owned(),
        "it is not marked as a test".to_owned(),
    );
    assert_eq!(replaced("root.crt", unmarked), expected);

    // The right key, the mark, and somebody else's signature.
    let other = key(folder.path(), "generation-3");
    let forged = builder(unit).test_anchor();
    let forged = forged.issue(&own.public_key().unwrap(), root, &other, &mut rng(8));
    let (named, reason) = replaced("root.crt", forged.unwrap());
    assert_eq!(named, "root.crt");
    assert!(reason.contains("signature"), "{reason}");

    let generation = key(folder.path(), "generation-1").public_key().unwrap();
    let renamed = builder("交通部憑證管理中心").issue(&generation, root, &own, &mut rng(8));
    let expected = "the name is not that of the authority".to_owned();
    let found = replaced("generation-1.crt", renamed.unwrap());
    assert_eq!(found, ("generation-1.crt".to_owned(), expected));
}
