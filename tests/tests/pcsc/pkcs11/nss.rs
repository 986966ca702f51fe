//! NSS: `modutil`, `certutil` and `cmsutil`.

use applet_sim::{CertRead, KeyKind};
use libtest_mimic::Trial;
use neweid_tests::cards::natural_person::PIN2;

use super::desk::{DATA, Desk, module};
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(nss: nss_lists_certificates_and_signs_a_message)
}

fn nss_lists_certificates_and_signs_a_message() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        let desk = Desk::with(kind, CertRead::AfterPin2);
        std::fs::create_dir(desk.path("db")).expect("a folder");
        desk.write("pin", format!("{PIN2}\n").as_bytes());
        desk.says("certutil", &["-N", "-d", "sql:db", "--empty-password"]);
        let module = module();
        let module = module.to_str().expect("a path");
        let add = [
            "-dbdir", "sql:db", "-force", "-add", "New eID", "-libfile", module,
        ];
        desk.says("modutil", &add);
        let listed = desk.says("modutil", &["-dbdir", "sql:db", "-list"]);
        assert!(listed.contains("Virtual PCD 00 00"), "{listed}");
        let list = ["-L", "-d", "sql:db", "-h", "New eID", "-f", "pin"];
        let certificates = desk.says("certutil", &list);
        for label in ["signature", "authentication", "key decipherment"] {
            let nickname = format!("New eID:{label}");
            assert!(certificates.contains(&nickname), "{certificates}");
        }
        let keys = desk.says(
            "certutil",
            &["-K", "-d", "sql:db", "-h", "New eID", "-f", "pin"],
        );
        assert!(keys.contains("authentication"), "{keys}");

        // cmsutil signs with certificates that it can trust.
        for (name, trust) in [("root", "CT,C,C"), ("authority", ",,")] {
            let file = format!("{name}.pem");
            let add = [
                "-A", "-d", "sql:db", "-n", name, "-t", trust, "-a", "-i", &file,
            ];
            desk.says("certutil", &add);
        }
        let sign = [
            "-S",
            "-d",
            "sql:db",
            "-N",
            "New eID:authentication",
            "-f",
            "pin",
            "-i",
            "data",
            "-o",
            "message",
            "-G",
        ];
        let (signed, said) = desk.outcome("cmsutil", &sign);
        assert!(signed, "{kind:?}: {said}\n{}", desk.log());
        let verify = [
            "cms",
            "-verify",
            "-inform",
            "DER",
            "-in",
            "message",
            "-CAfile",
            "root.pem",
            "-certfile",
            "authority.pem",
            "-purpose",
            "any",
            "-out",
            "opened",
        ];
        desk.says("openssl", &verify);
        assert_eq!(desk.read("opened"), DATA);
    }
}
