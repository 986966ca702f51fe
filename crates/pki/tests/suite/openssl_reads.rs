//! What we build, OpenSSL accepts; what it refuses, we refuse.

use std::path::PathBuf;
use std::process::Command;

use pki::builder::{KeyType, PrivateKey, SignedDataBuilder};
use pki::{
    DigestAlgorithm, PassiveAuthentication, RevocationReason, SignatureAlgorithm, Time, oid,
};
use tempfile::TempDir;

use crate::algorithms::rsa;
use crate::country::{
    Country, csca_builder, day, errors, list_builder, now, p256, rng, security_object,
    signer_builder,
};

/// A folder and the `openssl` program in it.
pub(crate) struct OpenSsl(TempDir);

impl OpenSsl {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), contents).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Whether it succeeded, and all that it said.
    pub(crate) fn run(&self, arguments: &str) -> (bool, String) {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .expect("the openssl program is installed (make test sets it up)");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        (output.status.success(), text)
    }

    pub(crate) fn succeed(&self, arguments: &str) -> String {
        let (success, text) = self.run(arguments);
        assert!(success, "openssl {arguments}: {text}");
        text
    }

    pub(crate) fn fail(&self, arguments: &str, reason: &str) {
        let (success, text) = self.run(arguments);
        assert!(!success, "openssl {arguments} was expected to fail");
        assert!(text.contains(reason), "openssl {arguments}: {text}");
    }
}

/// The files of a country, for OpenSSL.
fn exported(country: &Country) -> OpenSsl {
    let openssl = OpenSsl::new();
    openssl.write("csca.pem", country.csca.certificate.to_pem().unwrap());
    openssl.write("signer.pem", country.signer.certificate.to_pem().unwrap());
    openssl.write("list.pem", country.list.to_pem().unwrap());
    let object = country
        .signer
        .sign(oid::LDS_SECURITY_OBJECT, &security_object());
    openssl.write("sod.der", object);
    openssl
}

fn at(time: Time) -> String {
    format!("-attime {}", time.unix_seconds())
}

/// Both accept the certificates, the list and the document.
fn accepted(country: &Country, options: &str) {
    let openssl = exported(country);
    let at = at(now());
    openssl.succeed(&format!(
        "verify {options} -x509_strict -check_ss_sig {at} -CAfile csca.pem signer.pem"
    ));
    openssl.succeed(&format!(
        "verify {options} {at} -crl_check -CRLfile list.pem -CAfile csca.pem signer.pem"
    ));
    let verified = openssl.succeed("crl -verify -CAfile csca.pem -in list.pem -noout");
    assert!(verified.contains("verify OK"));
    openssl.succeed(&format!(
        "cms -verify {options} {at} -inform DER -in sod.der -CAfile csca.pem -binary -out content"
    ));
    assert_eq!(openssl.read("content"), security_object());
}

#[test]
fn openssl_accepts_every_kind_of_key() {
    for key_type in [KeyType::P256, KeyType::P384, KeyType::BrainpoolP256r1] {
        let key = |seed| PrivateKey::generate(key_type, &mut rng(seed));
        accepted(&Country::with_keys(key(1), key(2)), "");
    }
    let digest = DigestAlgorithm::Sha384;
    for algorithm in [
        SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
        SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512),
        SignatureAlgorithm::RsaPss {
            digest,
            salt_len: 48,
        },
    ] {
        let key = |number| rsa(number).with_algorithm(algorithm).unwrap();
        accepted(&Country::with_keys(key(1), key(2)), "");
    }
}

#[test]
fn openssl_refuses_a_test_anchor_unless_told_to_ignore_what_it_does_not_know() {
    let csca = csca_builder().test_anchor();
    let country = Country::with(&csca, p256(1), &signer_builder(), p256(2));
    let openssl = exported(&country);
    let at = at(now());
    openssl.fail(
        &format!("verify {at} -CAfile csca.pem signer.pem"),
        "unhandled critical extension",
    );
    accepted(&country, "-ignore_critical");
}

#[test]
fn openssl_names_the_extensions_as_doc_9303_12_has_them() {
    let openssl = exported(&Country::new());
    // White space and the form of names differ between the versions of OpenSSL.
    let text = |command: &str| {
        let text = openssl.succeed(command);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let csca = text("x509 -in csca.pem -noout -text");
    for line in [
        "Version: 3 (0x2)",
        "Basic Constraints: critical CA:TRUE, pathlen:0",
        "Key Usage: critical Certificate Sign, CRL Sign",
        "Private Key Usage Period: Not Before: Jan 1 00:00:00 2026 GMT, Not After: Dec 31",
        "Subject Key Identifier",
        "Authority Key Identifier",
        "Subject Alternative Name",
        "Issuer Alternative Name",
        "URI:https://pki.example/csca.crl",
    ] {
        assert!(csca.contains(line), "{line} is not in {csca}");
    }
    assert_eq!(csca.matches("TWN").count(), 2);

    let signer = text("x509 -in signer.pem -noout -text");
    for line in [
        "Key Usage: critical Digital Signature",
        "Private Key Usage Period: Not Before: Feb 1 00:00:00 2026 GMT, Not After: May 2",
        "2.23.136.1.1.6.2",
        "Not After : May 1 00:00:00 2036 GMT",
    ] {
        assert!(signer.contains(line), "{line} is not in {signer}");
    }
    assert!(!signer.contains("Basic Constraints"));

    let list = text("crl -in list.pem -noout -text");
    for line in ["Version 2 (0x1)", "CRL Number", "No Revoked Certificates"] {
        assert!(list.contains(line), "{line} is not in {list}");
    }
}

#[test]
fn openssl_reads_a_signer_that_is_named_by_its_key() {
    let country = Country::new();
    let openssl = exported(&country);
    let object = SignedDataBuilder::new(oid::SECURITY_OBJECT, b"content")
        .by_key_identifier()
        .certificate(&country.csca.certificate)
        .signing_time(now())
        .sign(
            &country.signer.certificate,
            &country.signer.key,
            &mut rng(1),
        )
        .unwrap();
    openssl.write("object.der", object);
    let at = at(now());
    openssl.succeed(&format!(
        "cms -verify {at} -inform DER -in object.der -CAfile csca.pem -binary -out content"
    ));
    assert_eq!(openssl.read("content"), b"content");
}

#[test]
fn what_openssl_refuses_we_refuse() {
    let country = Country::new();
    let openssl = exported(&country);
    let verify = |options: &str| format!("verify {options} -CAfile csca.pem signer.pem");
    let refused = |time: Time| {
        let passive = PassiveAuthentication::new(&country.trust, time).without_revocation_lists();
        !errors(&passive.security_object(&country.signer.sod(), &[])).is_empty()
    };

    // Too late, too early.
    let late = day(2036, 5, 2);
    openssl.fail(&verify(&at(late)), "certificate has expired");
    assert!(refused(late));
    let early = day(2026, 1, 31);
    openssl.fail(&verify(&at(early)), "certificate is not yet valid");
    assert!(refused(early));

    // Revoked; a stale list; no list.
    let crl_check = format!("{} -crl_check -CRLfile list.pem", at(now()));
    openssl.succeed(&verify(&crl_check));
    let serial = country.signer.certificate.serial_number();
    let mut revoked = country.clone();
    revoked.list = country.csca.list(&list_builder().revoke(
        serial,
        day(2026, 6, 1),
        RevocationReason::KeyCompromise,
    ));
    openssl.write("list.pem", revoked.list.to_pem().unwrap());
    openssl.fail(&verify(&crl_check), "certificate revoked");
    assert!(!revoked.verify(&country.signer.sod()).is_authentic());

    openssl.write("list.pem", country.list.to_pem().unwrap());
    let stale = day(2027, 2, 1);
    openssl.fail(
        &verify(&format!("{} -crl_check -CRLfile list.pem", at(stale))),
        "CRL has expired",
    );
    let lists = [country.list.clone()];
    let passive = PassiveAuthentication::new(&country.trust, stale).with_revocation_lists(&lists);
    assert!(
        !passive
            .security_object(&country.signer.sod(), &[])
            .is_authentic()
    );
    openssl.fail(
        &verify(&format!("{} -crl_check", at(now()))),
        "unable to get certificate CRL",
    );
    let passive = PassiveAuthentication::new(&country.trust, now());
    assert!(
        !passive
            .security_object(&country.signer.sod(), &[])
            .is_authentic()
    );

    // A foreign country with the same names.
    let foreign = Country::with_keys(p256(3), p256(4));
    openssl.write("foreign.pem", foreign.signer.certificate.to_pem().unwrap());
    openssl.fail(
        &format!("verify {} -CAfile csca.pem foreign.pem", at(now())),
        "unable to get local issuer certificate",
    );
    assert!(!country.verify(&foreign.signer.sod()).is_authentic());

    // A changed content.
    let mut object = openssl.read("sod.der");
    let hash = DigestAlgorithm::Sha256.digest(crate::country::DG1);
    let place = (0..object.len())
        .find(|start| object[*start..].starts_with(&hash))
        .unwrap();
    object[place] ^= 1;
    openssl.write("changed.der", &object);
    let cms = format!(
        "cms -verify {} -inform DER -in changed.der -CAfile csca.pem -binary -out content",
        at(now())
    );
    openssl.fail(&cms, "CMS Verification failure");
    assert!(!country.verify(&object).is_authentic());
}
