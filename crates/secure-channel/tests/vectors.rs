//! The lists in `vectors/` name every file with its SHA-256, and the files are those.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may fail so"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// Each file below `folder` with its digest; lists are left out.
fn files(folder: &Path, found: &mut BTreeMap<PathBuf, String>, lists: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found, lists);
        } else if path.file_name().is_some_and(|name| name == "README.md") {
            lists.push(path);
        } else {
            let digest = hex::encode(Sha256::digest(fs::read(&path).unwrap()));
            found.insert(path, digest);
        }
    }
}

#[test]
fn every_vector_is_listed_with_its_digest() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    let (mut found, mut lists) = (BTreeMap::new(), Vec::new());
    files(&root, &mut found, &mut lists);
    assert!(!lists.is_empty() && !found.is_empty());

    let mut listed = BTreeMap::new();
    for list in &lists {
        let folder = list.parent().unwrap();
        for row in fs::read_to_string(list).unwrap().lines() {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            let [_, file, .., digest, _] = &cells[..] else {
                continue;
            };
            let Some(digest) = digest.strip_prefix('`').and_then(|d| d.strip_suffix('`')) else {
                continue;
            };
            let again = listed.insert(folder.join(file), digest.to_owned());
            assert_eq!(again, None, "{file} is listed twice");
        }
    }
    assert_eq!(found, listed);
}
