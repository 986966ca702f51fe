//! The PKI in a directory.

use std::fs;
use std::path::Path;

use super::*;
use tempfile::TempDir;

/// A PKI with one of everything, two of most.
fn rich() -> AgencyPki {
    let mut pki = pki();
    let terminal = bank(&mut pki, &Grant::read([3]).and_update([3])).unwrap();
    let day = date(2026, 12, 1);
    pki.link(day, &mut rng(8)).unwrap();
    let dv = AgencyPki::DOMESTIC;
    pki.renew_document_verifier(dv, day, &mut rng(8)).unwrap();
    let new_key = key(10);
    pki.renew(&terminal, new_key.verifying_key(), day, &mut rng(8))
        .unwrap();
    pki
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files: Vec<_> = entries
        .map(|path| (name(&path), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

fn damaged_file(folder: &Path) -> String {
    match refusal(AgencyPki::load(folder)) {
        AgencyError::Damaged { path, .. } => path.file_name().unwrap().to_str().unwrap().into(),
        error => panic!("{error:?}"),
    }
}

#[test]
fn what_is_saved_is_loaded_and_goes_on_counting() {
    let folder = TempDir::new().unwrap();
    let pki = rich();
    pki.save(folder.path()).unwrap();
    let mut loaded = AgencyPki::load(folder.path()).unwrap();
    let all = |pki: &AgencyPki| -> Vec<CvCertificate> {
        let authorities = pki.cvcas().chain(pki.document_verifiers());
        let authorities = authorities.map(|authority| authority.certificate().clone());
        authorities
            .chain(pki.link_certificates().cloned())
            .chain(pki.terminals().cloned())
            .collect()
    };
    assert_eq!(all(&pki), all(&loaded));
    let month = Validity::terminal(date(2026, 12, 1)).unwrap();
    let (grant, key) = (Grant::read([6]), key(11));
    let terminal = loaded
        .terminal(
            "MOIDV",
            "BANK",
            &grant,
            key.verifying_key(),
            month,
            &mut rng(12),
        )
        .unwrap();
    assert_eq!(terminal.holder().to_string(), "TWBANK00003");
    let chip = Chain::new(pki.trust_points().unwrap());
    assert!(
        chip.import_all(&loaded.chain_for(&terminal).unwrap())
            .is_ok()
    );

    let before = files(folder.path());
    loaded.save(folder.path()).unwrap();
    let mut after = files(folder.path());
    after.retain(|file| !before.contains(file));
    assert_eq!(
        after,
        [("TWBANK00003.cvcert".to_owned(), terminal.to_bytes())]
    );
}

#[test]
fn nothing_is_overwritten() {
    let folder = TempDir::new().unwrap();
    pki().save(folder.path()).unwrap();
    let before = files(folder.path());
    let other = AgencyPki::create(&mut rng(20), today()).unwrap();
    let error = refusal(other.save(folder.path()));
    let text = error.to_string();
    assert!(matches!(error, AgencyError::Exists { .. }));
    assert!(text.contains("TWMOICVCA00001.key.pem"), "{text}");

    // Two that were one once, and issued different certificates under one name.
    let (mut one, mut other) = (pki(), pki());
    bank(&mut one, &Grant::read([3])).unwrap();
    one.save(folder.path()).unwrap();
    bank(&mut other, &Grant::read([6])).unwrap();
    other.link(date(2026, 12, 1), &mut rng(8)).unwrap();
    let error = refusal(other.save(folder.path()));
    assert!(error.to_string().contains("TWBANK00001.cvcert"), "{error}");
    assert_eq!(files(folder.path()).len(), before.len() + 1);
}

#[cfg(unix)]
#[test]
fn keys_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let folder = folder.path().join("agency");
    rich().save(&folder).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files = files(&folder);
    let keys: Vec<_> = files
        .iter()
        .filter(|(name, _)| name.ends_with(".pem"))
        .collect();
    assert_eq!(keys.len(), 4, "no terminal's key among them");
    for (name, _) in keys {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_damaged_missing_or_foreign_file_is_named() {
    let original = TempDir::new().unwrap();
    rich().save(original.path()).unwrap();
    let foreign = TempDir::new().unwrap();
    let mut other = AgencyPki::create(&mut rng(20), today()).unwrap();
    bank(&mut other, &Grant::everything()).unwrap();
    other.save(foreign.path()).unwrap();

    let copy = || {
        let copy = TempDir::new().unwrap();
        for (name, contents) in files(original.path()) {
            fs::write(copy.path().join(name), contents).unwrap();
        }
        copy
    };
    let certificates = files(original.path());
    let certificates = certificates
        .iter()
        .filter(|(name, _)| name.ends_with(".cvcert"));
    for (name, contents) in certificates.clone() {
        for position in [0, contents.len() / 2, contents.len() - 1] {
            let folder = copy();
            let mut contents = contents.clone();
            contents[position] ^= 1;
            fs::write(folder.path().join(name), contents).unwrap();
            let named = damaged_file(folder.path());
            // A changed public key shows at the private one beside it.
            let stem = name.split('.').next().unwrap();
            assert!(named.starts_with(stem), "{name}: {named}");
        }
    }
    for name in [
        "TWMOIDV00001.cvcert",
        "TWBANK00001.cvcert",
        "TWMOICVCA00001.cvcert",
    ] {
        let folder = copy();
        fs::copy(foreign.path().join(name), folder.path().join(name)).unwrap();
        let stem = name.split('.').next().unwrap();
        let named = damaged_file(folder.path());
        assert!(named.starts_with(stem), "{name}: {named}");
    }
    for (missing, named) in [
        ("TWMOICVCA00001.cvcert", "TWMOICVCA00002.cvcert"),
        ("TWMOICVCA00002.cvcert", "TWMOICVCA00002.link.cvcert"),
        ("TWMOICVCA00002.link.cvcert", "TWMOICVCA00002.cvcert"),
        ("TWMOIDV00001.cvcert", "TWBANK00001.cvcert"),
    ] {
        let folder = copy();
        fs::remove_file(folder.path().join(missing)).unwrap();
        assert_eq!(damaged_file(folder.path()), named);
    }
    let folder = copy();
    fs::remove_file(folder.path().join("TWMOIDV00002.key.pem")).unwrap();
    let error = AgencyPki::load(folder.path()).unwrap_err();
    assert!(
        error.to_string().contains("TWMOIDV00002.key.pem"),
        "{error}"
    );

    let folder = copy();
    let [from, to] =
        ["TWBANK00001.cvcert", "TWPOST00001.cvcert"].map(|name| folder.path().join(name));
    fs::rename(from, to).unwrap();
    assert_eq!(damaged_file(folder.path()), "TWPOST00001.cvcert");

    let empty = TempDir::new().unwrap();
    assert!(matches!(
        refusal(AgencyPki::load(empty.path())),
        AgencyError::Damaged { .. }
    ));
}
