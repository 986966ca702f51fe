//! Holds docs/errors.md against the table in the code.

use std::path::Path;

#[test]
fn the_document_lists_exactly_the_codes_that_there_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let table = host_lib::error_table();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let document = std::fs::read_to_string(&path).unwrap();
    assert!(
        document == table,
        "docs/errors.md is out of date: UPDATE_DOCS=1 cargo test -p host-lib --test error_table"
    );
}
