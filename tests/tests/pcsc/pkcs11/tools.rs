//! OpenSC's `pkcs11-tool` and GnuTLS' `p11tool`.

use applet_sim::{CertRead, KeyKind};
use libtest_mimic::Trial;
use neweid_tests::cards::natural_person::PIN2;
use transport::Interface;

use super::desk::{DATA, Desk, module};
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        tools:
        pkcs11_tool_finds_no_fault_with_what_the_card_has,
        pkcs11_tool_lists_what_is_on_the_card,
        pkcs11_tool_signs_with_every_mechanism_and_openssl_verifies,
        pkcs11_tool_decrypts_what_openssl_has_encrypted,
        pkcs11_tool_sees_pin2_run_out_and_changes_it,
        p11tool_lists_and_exports,
    )
}

fn tool(desk: &Desk, arguments: &[&str]) -> (bool, String) {
    let module = module();
    let module = ["--module", module.to_str().expect("a path")];
    desk.outcome("pkcs11-tool", &[&module[..], arguments].concat())
}

fn tool_says(desk: &Desk, arguments: &[&str]) -> String {
    let (success, said) = tool(desk, arguments);
    assert!(success, "{arguments:?}: {said}\nmodule: {}", desk.log());
    said
}

/// Its own tests. With RSA they come to CKM_RSA_PKCS, hand it a DigestInfo of SHA-1, and end: this the card does not sign. (Every
/// mechanism that it has is in the tests below.)
fn pkcs11_tool_finds_no_fault_with_what_the_card_has() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        let desk = Desk::with(kind, CertRead::AfterPace);
        let (success, said) = tool(&desk, &["--test", "--login", "--pin", PIN2]);
        match kind {
            KeyKind::Rsa2048 => {
                assert!(said.contains("all 4 signature functions seem to work"));
                assert!(!success && said.contains("CKR_DATA_INVALID"), "{said}");
            }
            KeyKind::P256 => {
                assert!(success && said.contains("No errors"), "{said}");
                assert!(!said.contains("ERR"), "{said}");
            }
        }
        let forked = tool_says(&desk, &["--test-fork"]);
        assert!(!forked.contains("error"), "{forked}");
        let log = desk.log();
        assert!(log.contains("C_Login: CKR_OK"), "{log}");
        assert!(!log.contains(PIN2) && !log.contains("123456"), "{log}");
    }
}

fn pkcs11_tool_lists_what_is_on_the_card() {
    for (cert_read, before) in [(CertRead::AfterPin2, 0), (CertRead::AfterPace, 3)] {
        let desk = Desk::with(KeyKind::P256, cert_read);
        let slots = tool_says(&desk, &["--list-slots"]);
        assert!(slots.contains("Virtual PCD 00 00"), "{slots}");
        assert!(slots.contains("PIN initialized"), "{slots}");
        assert!(!slots.contains("PIN pad present"), "{slots}");
        let count = |said: &str| said.matches("Certificate Object").count();
        assert_eq!(count(&tool_says(&desk, &["--list-objects"])), before);
        let all = tool_says(&desk, &["--list-objects", "--login", "--pin", PIN2]);
        assert_eq!(count(&all), 3, "{all}");
        assert_eq!(all.matches("Private Key Object").count(), 3);
        assert_eq!(all.matches("Public Key Object").count(), 3);
        assert!(all.contains("serialNumber=0000000123456789"), "{all}");
        assert_eq!(all.matches("always authenticate").count(), 1, "{all}");
        let mechanisms = tool_says(&desk, &["--list-mechanisms"]);
        assert!(mechanisms.contains("ECDSA-SHA512"), "{mechanisms}");
        assert!(!mechanisms.contains("SHA256-RSA-PKCS"), "{mechanisms}");
    }
}

/// Mechanism, options of pkcs11-tool, and how OpenSSL verifies it.
const RSA: [(&str, &[&str], &[&str]); 6] = [
    ("SHA256-RSA-PKCS", &[], &["-sha256"]),
    ("SHA384-RSA-PKCS", &[], &["-sha384"]),
    ("SHA512-RSA-PKCS", &[], &["-sha512"]),
    (
        "SHA256-RSA-PKCS-PSS",
        &[],
        &[
            "-sha256",
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:32",
        ],
    ),
    (
        "SHA384-RSA-PKCS-PSS",
        &[],
        &[
            "-sha384",
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:48",
        ],
    ),
    (
        "SHA512-RSA-PKCS-PSS",
        &[],
        &[
            "-sha512",
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:64",
        ],
    ),
];

const P256: [(&str, &[&str], &[&str]); 3] = [
    (
        "ECDSA-SHA256",
        &["--signature-format", "openssl"],
        &["-sha256"],
    ),
    (
        "ECDSA-SHA384",
        &["--signature-format", "openssl"],
        &["-sha384"],
    ),
    (
        "ECDSA-SHA512",
        &["--signature-format", "openssl"],
        &["-sha512"],
    ),
];

fn pkcs11_tool_signs_with_every_mechanism_and_openssl_verifies() {
    for (kind, mechanisms) in [(KeyKind::Rsa2048, &RSA[..]), (KeyKind::P256, &P256[..])] {
        let desk = Desk::with(kind, CertRead::AfterPin2);
        let certificates = [("82", "authentication.pem"), ("81", "signature.pem")];
        for (id, certificate) in certificates {
            let key = desk.says(
                "openssl",
                &["x509", "-in", certificate, "-pubkey", "-noout"],
            );
            desk.write("key.pem", key.as_bytes());
            for (mechanism, options, verify) in mechanisms {
                let sign = [
                    &[
                        "--sign", "--login", "--pin", PIN2, "--id", id, "-m", mechanism,
                    ][..],
                    &["-i", "data", "-o", "signature"],
                    options,
                ];
                tool_says(&desk, &sign.concat());
                let check = |data| {
                    let base = ["dgst", "-verify", "key.pem", "-signature", "signature"];
                    desk.outcome("openssl", &[&base[..], verify, &[data]].concat())
                };
                let (verified, said) = check("data");
                assert!(verified, "{mechanism} {id}: {said}");
                assert!(!check("key.pem").0, "{mechanism}: other data");
            }
        }
    }
}

fn pkcs11_tool_decrypts_what_openssl_has_encrypted() {
    let desk = Desk::with(KeyKind::P256, CertRead::AfterPin2);
    let plain = [
        "pkeyutl",
        "-encrypt",
        "-certin",
        "-inkey",
        "decipherment.pem",
    ];
    let files = ["-in", "data", "-out", "secret"];
    for (mechanism, hash) in [
        ("RSA-PKCS", None),
        ("RSA-PKCS-OAEP", Some(("SHA-1", "MGF1-SHA1", "sha1"))),
        ("RSA-PKCS-OAEP", Some(("SHA256", "MGF1-SHA256", "sha256"))),
        ("RSA-PKCS-OAEP", Some(("SHA512", "MGF1-SHA512", "sha512"))),
    ] {
        let mut encrypt = [&plain[..], &files].concat();
        let mut decrypt = vec![
            "--decrypt",
            "--login",
            "--pin",
            PIN2,
            "--id",
            "83",
            "-m",
            mechanism,
            "-i",
            "secret",
            "-o",
            "opened",
        ];
        let options = hash.map(|(_, _, openssl)| {
            [
                format!("rsa_oaep_md:{openssl}"),
                format!("rsa_mgf1_md:{openssl}"),
            ]
        });
        if let (Some((name, mgf, _)), Some([md, mgf1_md])) = (hash, &options) {
            encrypt.extend(["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", md]);
            encrypt.extend(["-pkeyopt", mgf1_md]);
            decrypt.extend(["--hash-algorithm", name, "--mgf", mgf]);
        }
        desk.says("openssl", &encrypt);
        tool_says(&desk, &decrypt);
        assert_eq!(desk.read("opened"), DATA, "{mechanism} {hash:?}");
    }
}

fn pkcs11_tool_sees_pin2_run_out_and_changes_it() {
    // With contacts, so that the last try is to be had.
    let desk = Desk::new(KeyKind::P256, CertRead::AfterPin2, Interface::Contact);
    let login = |pin| tool(&desk, &["--list-objects", "--login", "--pin", pin]);
    let flags = || tool_says(&desk, &["--list-token-slots"]);
    assert!(!flags().contains("user PIN"), "{}", flags());
    let change = [
        "--change-pin",
        "--login",
        "--pin",
        PIN2,
        "--new-pin",
        "123456789012",
    ];
    tool_says(&desk, &change);
    assert!(login("123456789012").0);
    for (flag, absent) in [
        ("user PIN count low", "final user PIN try"),
        ("final user PIN try", "user PIN locked"),
        ("user PIN locked", "never"),
    ] {
        let (success, said) = login(PIN2);
        assert!(!success && said.contains("CKR_PIN_INCORRECT"), "{said}");
        let said = flags();
        assert!(
            said.contains(flag) && !said.contains(absent),
            "{flag}: {said}"
        );
    }
    let (success, said) = login("123456789012");
    assert!(!success && said.contains("CKR_PIN_LOCKED"), "{said}");
}

fn p11tool_lists_and_exports() {
    let desk = Desk::with(KeyKind::Rsa2048, CertRead::AfterPace);
    let module = module();
    let provider = ["--provider", module.to_str().expect("a path")];
    let p11tool = |arguments: &[&str]| {
        let mut command = desk.command("p11tool", &[&provider[..], arguments].concat());
        let output = command.env("GNUTLS_PIN", PIN2).output().expect("p11tool");
        let said = super::desk::text(&output);
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    };
    let tokens = p11tool(&["--list-tokens"]);
    assert!(tokens.contains("token=New%20eID"), "{tokens}");
    let all = p11tool(&["--login", "--list-all", "pkcs11:token=New%20eID"]);
    assert_eq!(all.matches("Type: X.509 Certificate").count(), 3, "{all}");
    assert_eq!(all.matches("Type: Private key").count(), 3, "{all}");
    let url = "pkcs11:token=New%20eID;object=authentication;type=cert";
    let exported = p11tool(&["--export", url]);
    let expected = String::from_utf8(desk.read("authentication.pem")).expect("PEM");
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    assert!(
        squeezed(&exported).contains(&squeezed(&expected)),
        "{exported}"
    );
    let key = "pkcs11:token=New%20eID;object=authentication;type=private";
    let tested = p11tool(&["--login", "--test-sign", key]);
    assert!(tested.contains("ok"), "{tested}");
}
