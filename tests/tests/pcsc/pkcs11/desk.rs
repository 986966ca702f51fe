//! A card in a reader, a configuration for the module, and a folder to work in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use applet_sim::{CertRead, Chip, KeyKind, MemoryStore};
use neweid_tests::cards::natural_person::{self, Certified};
use neweid_tests::cards::trust;
use pki::Certificate;
use tempfile::TempDir;
use transport::Interface;
use transport::vpcd::Inserted;

use crate::slot::Slot;

/// What was signed.
pub(crate) const DATA: &[u8] = b"To whom it may concern";

/// The module, built with this test.
pub(crate) fn module() -> PathBuf {
    let this = std::env::current_exe().expect("this program's own path");
    let path = this.parent().expect("deps").join("libneweid_pkcs11.so");
    assert!(path.exists(), "{}", path.display());
    path
}

/// A place to work at.
pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) certified: &'static Certified,
    pub(crate) card: Option<Inserted<Chip<MemoryStore>>>,
}

impl Desk {
    /// A card with keys of this kind in the first reader. In its folder: the data, the certificates (`signature.pem`,
    /// `authentication.pem`, `decipherment.pem`), and who issued them (`root.pem`, `authority.pem`).
    pub(crate) fn new(kind: KeyKind, cert_read: CertRead, interface: Interface) -> Self {
        let card = natural_person::card(kind, cert_read);
        let certified = natural_person::certified(kind);
        let folder = tempfile::tempdir().expect("a folder");
        let desk = Self {
            folder,
            certified,
            card: Some(Slot::FIRST.insert_image(card.image(), interface)),
        };
        desk.write("data", DATA);
        let names = ["signature.pem", "authentication.pem", "decipherment.pem"];
        let mine = names.iter().zip(&certified.certificates);
        let chain = ["authority.pem", "root.pem"].iter().zip(&certified.chain);
        for (name, certificate) in mine.chain(chain) {
            desk.write(name, certificate.to_pem().expect("PEM").as_bytes());
        }
        desk.configure(card.issued.codes().can());
        desk
    }

    /// A card over the contactless interface, as most.
    pub(crate) fn with(kind: KeyKind, cert_read: CertRead) -> Self {
        Self::new(kind, cert_read, Interface::Contactless)
    }

    /// Writes the configuration with this access code, and whom to trust.
    pub(crate) fn configure(&self, can: &str) {
        let trusted = self.path("trust");
        fs::create_dir_all(&trusted).expect("a folder");
        let anchors = trust().anchors.anchors().chain(trust().anchors.links());
        for (number, certificate) in anchors.enumerate() {
            let der: &Certificate = certificate;
            fs::write(trusted.join(format!("{number}.cer")), der.as_der()).expect("a file");
        }
        for (number, list) in trust().lists.iter().enumerate() {
            fs::write(trusted.join(format!("{number}.crl")), list.as_der()).expect("a file");
        }
        let text = format!(
            "access_code = \"{can}\"\ntrust = [\"trust\"]\nallow_test_anchors = true\non = \"2026-06-01\"\nlog = \"log\"\n"
        );
        self.write("pkcs11.toml", text.as_bytes());
        let owner_only = fs::Permissions::from_mode(0o600);
        fs::set_permissions(self.path("pkcs11.toml"), owner_only).expect("permissions");
    }

    /// Has the module in this process find this desk's configuration. (To change the environment would be unsafe in a program with
    /// threads, so it is where the environment says already.)
    pub(crate) fn use_configuration(&self) {
        let home = std::env::var_os("XDG_CONFIG_HOME").expect("set by the sandbox");
        let folder = Path::new(&home).join("neweid");
        fs::create_dir_all(&folder).expect("a folder");
        let text = String::from_utf8(self.read("pkcs11.toml")).expect("text");
        let here = |name: &str| self.path(name).display().to_string();
        let text = text
            .replace("[\"trust\"]", &format!("[{:?}]", here("trust")))
            .replace("\"log\"", &format!("{:?}", here("log")));
        let path = folder.join("pkcs11.toml");
        fs::write(&path, text).expect("a file");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("permissions");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, contents: &[u8]) {
        fs::write(self.path(name), contents).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A program at this desk.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("NEWEID_PKCS11_CONFIG", self.path("pkcs11.toml"))
            .env("PKCS11_MODULE_PATH", module())
            .env_remove("LANG");
        command
    }

    /// What it comes to.
    pub(crate) fn outcome(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        let output = self.command(program, arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}; make setup"));
        (output.status.success(), text(&output))
    }

    /// What it says, if all is well.
    pub(crate) fn says(&self, program: &str, arguments: &[&str]) -> String {
        let (success, said) = self.outcome(program, arguments);
        assert!(
            success,
            "{program} {arguments:?}: {said}\nmodule: {}",
            self.log()
        );
        said
    }

    /// What the module has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

/// Everything that a program has said.
pub(crate) fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}
