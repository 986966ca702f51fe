//! What OpenSSL makes of certificates and lists: every path is found among three authorities of one name.

use std::path::PathBuf;
use std::process::Command;

use issuer::{KeySlot, ListIssuer};
use pki::{Certificate, RevocationReason};
use tempfile::TempDir;

use crate::world::{World, busy, person, today};

/// What a verifier has, and the `openssl` program beside it.
struct OpenSsl(TempDir);

impl OpenSsl {
    fn new(world: &mut World) -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("root.pem", &[world.pki.root()]);
        let generations: Vec<_> = world.pki.generations().collect();
        for (number, generation) in (1..).zip(&generations) {
            folder.write(&format!("generation-{number}.pem"), &[*generation]);
            let others = generations.iter().filter(|it| *it != generation);
            let others: Vec<_> = others.copied().collect();
            folder.write(&format!("without-{number}.pem"), &others);
        }
        folder.write("generations.pem", &generations);
        folder.publish(world);
        folder
    }

    /// The lists of everybody, and of everybody but each generation.
    fn publish(&self, world: &mut World) {
        let generations = (1..=3).map(ListIssuer::Generation);
        let mut lists = Vec::new();
        for issuer in generations.chain([ListIssuer::Root]) {
            let next = world.now.plus_days(7).unwrap();
            let list = world
                .act(|pki, desk| pki.publish_list(issuer, next, desk))
                .unwrap();
            lists.push((issuer, list.to_pem().unwrap()));
        }
        let all: String = lists.iter().map(|(_, pem)| pem.as_str()).collect();
        std::fs::write(self.path("lists.pem"), all).unwrap();
        for number in 1..=3 {
            let own = ListIssuer::Generation(number);
            let others = lists.iter().filter(|(issuer, _)| *issuer != own);
            let others: String = others.map(|(_, pem)| pem.as_str()).collect();
            std::fs::write(self.path(&format!("lists-without-{number}.pem")), others).unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, certificates: &[&Certificate]) {
        let pem: Result<String, _> = certificates.iter().map(|it| it.to_pem()).collect();
        std::fs::write(self.path(name), pem.unwrap()).unwrap();
    }

    fn run(&self, arguments: &str) -> (bool, String) {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .expect("the openssl program is installed (make test sets it up)");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    fn succeed(&self, arguments: &str) -> String {
        let (success, text) = self.run(arguments);
        assert!(success, "openssl {arguments}: {text}");
        text
    }

    fn fail(&self, arguments: &str, reason: &str) {
        let (success, text) = self.run(arguments);
        assert!(!success, "openssl {arguments} was expected to fail");
        assert!(text.contains(reason), "openssl {arguments}: {text}");
    }
}

/// As strict as it gets.
fn verify() -> String {
    format!(
        "verify -attime {} -x509_strict -check_ss_sig -policy_check -CAfile root.pem -crl_check_all",
        today().unix_seconds()
    )
}

fn purpose(slot: KeySlot) -> &'static str {
    match slot {
        KeySlot::Signature => "smimesign",
        KeySlot::Authentication => "sslclient",
        KeySlot::KeyDecipherment => "smimeencrypt",
    }
}

#[test]
fn every_certificate_of_every_generation_is_accepted_for_its_purpose_and_no_other() {
    let mut world = busy();
    let openssl = OpenSsl::new(&mut world);
    let verify = verify();
    let all = format!("{verify} -untrusted generations.pem -CRLfile lists.pem");
    for it in world.pki.certificates() {
        openssl.write("it.pem", &[it.certificate()]);
        for slot in KeySlot::ALL {
            let arguments = format!("{all} -purpose {} it.pem", purpose(slot));
            // S/MIME has no bit for signatures that bind to nothing: it takes digitalSignature and nonRepudiation alike.
            let alike = slot == KeySlot::Signature && it.slot() == KeySlot::Authentication;
            if slot == it.slot() {
                openssl.succeed(&arguments);
            } else if !alike {
                openssl.fail(&arguments, "unsuitable certificate purpose");
            }
        }
        // Without its own generation, or that one's list, there is no other way, although the names are all the same.
        let generation = it.generation();
        openssl.fail(
            &format!("{verify} -untrusted without-{generation}.pem -CRLfile lists.pem it.pem"),
            "unable to get local issuer certificate",
        );
        openssl.fail(
            &format!(
                "{verify} -untrusted generations.pem -CRLfile lists-without-{generation}.pem it.pem"
            ),
            "unable to get certificate CRL",
        );
        let alone = format!("-untrusted generation-{generation}.pem -CRLfile lists.pem it.pem");
        openssl.succeed(&format!("{verify} {alone}"));
    }
}

#[test]
fn whoever_trusts_a_generation_alone_needs_no_root() {
    let mut world = busy();
    let openssl = OpenSsl::new(&mut world);
    for it in world.pki.certificates() {
        openssl.write("it.pem", &[it.certificate()]);
        let lists = "-CRLfile lists.pem it.pem";
        let purpose = purpose(it.slot());
        let attime = today().unix_seconds();
        let strict = "-x509_strict -policy_check -crl_check -partial_chain";
        openssl.succeed(&format!(
            "verify -attime {attime} {strict} -trusted generations.pem -purpose {purpose} {lists}"
        ));
    }
}

#[test]
fn what_is_revoked_is_refused_and_nothing_else() {
    let mut world = busy();
    let all: Vec<_> = world.pki.certificates().cloned().collect();
    for it in &all {
        if it.slot() == KeySlot::Authentication {
            let serial = it.certificate().serial_number();
            let reason = RevocationReason::KeyCompromise;
            world
                .act(|pki, desk| pki.revoke(&serial, reason, today(), desk))
                .unwrap();
        }
    }
    let openssl = OpenSsl::new(&mut world);
    let verify = format!("{} -untrusted generations.pem", verify());
    for it in &all {
        openssl.write("it.pem", &[it.certificate()]);
        let arguments = format!("{verify} -CRLfile lists.pem it.pem");
        if it.slot() == KeySlot::Authentication {
            openssl.fail(&arguments, "certificate revoked");
        } else {
            openssl.succeed(&arguments);
        }
    }
    // A whole generation.
    let second = world.pki.generations().nth(1).unwrap().serial_number();
    let reason = RevocationReason::CaCompromise;
    world
        .act(|pki, desk| pki.revoke(&second, reason, today(), desk))
        .unwrap();
    openssl.publish(&mut world);
    for it in all.iter().filter(|it| it.slot() == KeySlot::Signature) {
        openssl.write("it.pem", &[it.certificate()]);
        let arguments = format!("{verify} -CRLfile lists.pem it.pem");
        if it.generation() == 2 {
            openssl.fail(&arguments, "certificate revoked");
        } else {
            openssl.succeed(&arguments);
        }
    }
}

#[test]
fn openssl_prints_what_was_meant() {
    let mut world = busy();
    let serial = world.pki.certificates().find(|it| it.generation() == 3);
    let serial = serial.unwrap().certificate().serial_number();
    world
        .act(|pki, desk| pki.revoke(&serial, RevocationReason::Superseded, today(), desk))
        .unwrap();
    let openssl = OpenSsl::new(&mut world);
    for it in world.pki.certificates() {
        openssl.write("it.pem", &[it.certificate()]);
        let text = openssl.succeed("x509 -in it.pem -noout -text -nameopt utf8,sep_comma_plus");
        let usage = match it.slot() {
            KeySlot::Signature => "X509v3 Key Usage: critical\n                Non Repudiation\n",
            KeySlot::Authentication => {
                "X509v3 Key Usage: critical\n                Digital Signature\n"
            }
            KeySlot::KeyDecipherment => {
                "X509v3 Key Usage: critical\n                Key Encipherment\n"
            }
        };
        let name = person(it.generation()).name().to_owned();
        let subject = format!(
            "Subject: C=TW,CN={name},serialNumber={:016}",
            it.generation()
        );
        for line in [
            "Issuer: C=TW,O=行政院,OU=內政部憑證管理中心",
            "Signature Algorithm: sha256WithRSAEncryption",
            "X509v3 Subject Directory Attributes",
            "Policy: 1.3.6.1.4.1.32473.886.1",
            &subject,
            usage,
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
    let list = world.pki.list(ListIssuer::Generation(3)).unwrap();
    std::fs::write(openssl.path("list.crl"), list.as_der()).unwrap();
    let text = openssl.succeed(
        "crl -in list.crl -inform DER -noout -text -nameopt utf8 -CAfile generation-3.pem",
    );
    for line in [
        "verify OK",
        "Version 2 (0x1)",
        "X509v3 CRL Number: \n                1\n",
        "X509v3 CRL Reason Code: \n                Superseded\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}
