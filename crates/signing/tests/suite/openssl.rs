//! A folder and the `openssl` program in it, and whom both of us trust.

use std::path::PathBuf;
use std::process::Command;

use pki::{Certificate, Time};
use signing::Failure;
use tempfile::TempDir;

use crate::key::{certificate, vector};

/// The moment of all tests.
pub(crate) fn now() -> Time {
    Time::utc(2026, 11, 30, 9, 0, 0).unwrap()
}

/// Trusts what the test CA signed.
pub(crate) fn path(signer: &Certificate, _: &[Certificate], _: Time) -> Result<(), Failure> {
    Ok(signer.verify_signature(&certificate("ca").public_key()?)?)
}

pub(crate) struct OpenSsl(TempDir);

impl OpenSsl {
    /// With the certificates and keys of the test person.
    pub(crate) fn new() -> Self {
        let openssl = Self(TempDir::new().unwrap());
        for name in [
            "root",
            "ca",
            "signature-p256",
            "signature-p256-key",
            "signature-rsa",
            "authentication-rsa",
            "decipherment-rsa",
        ] {
            openssl.write(&format!("{name}.pem"), vector(&format!("signing/{name}")));
        }
        // OpenSSL looks for other certificates than the signer's among the trusted ones and in the message.
        let chain = vector("signing/root") + &vector("signing/ca");
        openssl.write("chain.pem", chain);
        for number in 1..=3 {
            let name = format!("rsa-2048-{number}");
            openssl.write(&format!("{name}.pem"), vector(&format!("keys/{name}")));
        }
        openssl
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

    pub(crate) fn succeed(&self, arguments: &str) {
        let (success, text) = self.run(arguments);
        assert!(success, "openssl {arguments}: {text}");
    }

    /// Has OpenSSL verify `message`, with CAdES, at a moment.
    pub(crate) fn verify(&self, message: &[u8], options: &str, at: Time) -> (bool, String) {
        self.write("message.der", message);
        self.run(&format!(
            "cms -verify -cades -binary -inform DER -in message.der -CAfile chain.pem -attime {} \
             -out verified {options}",
            at.unix_seconds()
        ))
    }
}
