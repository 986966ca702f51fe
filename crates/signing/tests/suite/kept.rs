//! Messages that earlier versions made: what was signed stays signed.
//!
//! `SIGNING_WRITE_VECTORS=1` makes them anew, which is right only for a new structure under a new version.

use crate::documents::{self, builder};
use crate::key::SoftwareKey;
use crate::{consent, login, openssl};

fn path(name: &str) -> String {
    format!(
        "{}/../../vectors/signing/{name}.der",
        env!("CARGO_MANIFEST_DIR")
    )
}

#[test]
fn messages_of_earlier_versions_verify() {
    if std::env::var_os("SIGNING_WRITE_VECTORS").is_some() {
        write();
    }
    let read = |name: &str| std::fs::read(path(name)).unwrap();
    assert_eq!(documents::verify(&read("document")).unwrap(), b"a letter");
    let mut open = login::open(&[&login::challenge(1)]);
    let login = login::verify(&read("login"), &mut open).unwrap();
    assert_eq!(login.challenge, login::challenge(1));
    let consent = consent::verify(&read("consent")).unwrap();
    assert_eq!(consent.statement, consent::statement());
}

fn write() {
    let key = &mut SoftwareKey::signature();
    let login_key = &mut SoftwareKey::authentication();
    let challenge = login::challenge(1).to_der().unwrap();
    let consent = consent::statement();
    for (name, message) in [
        ("document", builder().attached(b"a letter", key)),
        (
            "login",
            signing::login::answer(&challenge, &login::origin(), login_key),
        ),
        ("consent", consent.sign(openssl::now(), key)),
    ] {
        std::fs::write(path(name), message.unwrap()).unwrap();
    }
}
