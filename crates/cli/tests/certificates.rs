//! `neweid cert`, `sign`, `verify-signature`, `decrypt` and `login-demo`, beside OpenSSL.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

#[path = "shared/desk.rs"]
mod desk;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use desk::{CAN, Desk, PIN, PUK, code, document, neweid, stderr, stdout};

const PIN2: &str = "86427531";
/// The card of `neweid issue`.
const NUMBER: [(&str, &str); 1] = [("NEWEID_CARD_NUMBER", "TST123456")];
const CARD: [&str; 5] = [
    "--card",
    "specimen.card",
    "--trust",
    "specimen-pki",
    "--allow-test-anchors",
];
const CODES: [(&str, &str); 4] = [
    ("NEWEID_CAN", CAN),
    ("NEWEID_PIN", PIN),
    ("NEWEID_PUK", PUK),
    ("NEWEID_PIN2", PIN2),
];

impl Desk {
    /// With the card, the codes and JSON.
    fn holder(&self, arguments: &[&str]) -> Value {
        self.holder_with(arguments, &[])
    }

    fn holder_with(&self, arguments: &[&str], more: &[(&str, &str)]) -> Value {
        let arguments = [arguments, &CARD, &["--json"]].concat();
        document(&self.run(&arguments, &[&CODES, more].concat()))
    }

    /// Without a card.
    fn verify(&self, arguments: &[&str]) -> Value {
        let trust = ["--trust", "specimen-pki", "--allow-test-anchors", "--json"];
        let arguments = [&["verify-signature"], arguments, &trust].concat();
        document(&self.run(&arguments, &[]))
    }

    fn office(&self, arguments: &[&str], more: &[(&str, &str)]) -> Value {
        document(&self.run(&[arguments, &["--json"]].concat(), more))
    }

    fn must(&self, arguments: &str) -> String {
        let (success, text) = self.openssl(arguments);
        assert!(success, "openssl {arguments}: {text}");
        text
    }

    /// The root and every list in one file, as OpenSSL takes them; the certificates of generations come with the messages.
    fn publish_for_openssl(&self) {
        let mut all = self.must("x509 -inform DER -in specimen-pki/citizens/root.crt");
        for name in ["root", "generation-1"] {
            let list = format!("crl -inform DER -in specimen-pki/citizens/{name}.crl");
            all += &self.must(&list);
        }
        fs::write(self.path().join("trust.pem"), all).unwrap();
    }

    /// OpenSSL's verdict on a signature, with revocation.
    fn openssl_verifies(&self, more: &str) -> (bool, String) {
        self.publish_for_openssl();
        let verify =
            "cms -verify -cades -binary -inform DER -CAfile trust.pem -crl_check_all -out content";
        self.openssl(&format!("{verify} {more}"))
    }

    fn write(&self, name: &str, contents: &[u8]) {
        fs::write(self.path().join(name), contents).unwrap();
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    fn with_letter() -> Self {
        let desk = Self::new();
        desk.write("letter.txt", "茲申請戶籍謄本一份。\n".as_bytes());
        desk
    }
}

/// Exit code and error code of what failed.
fn error(document: &Value) -> (u64, &str) {
    let code = document["error"]["code"].as_str();
    let code = code.unwrap_or_else(|| panic!("{document:#}"));
    (document["exit_code"].as_u64().unwrap(), code)
}

/// Why a signature is refused.
fn refusal(document: &Value) -> &str {
    assert_eq!(document["result"]["verified"], false, "{document:#}");
    assert_eq!(document["exit_code"], 8, "{document:#}");
    document["result"]["refusal"]["code"].as_str().unwrap()
}

#[track_caller]
fn accepted(document: &Value) {
    assert_eq!(document["result"]["verified"], true, "{document:#}");
    assert_eq!(document["exit_code"], 0, "{document:#}");
    assert_eq!(document["result"]["cades_baseline"], true, "{document:#}");
}

#[test]
fn what_the_card_signs_is_accepted_by_openssl_and_a_changed_letter_by_nobody() {
    let desk = Desk::with_letter();
    for options in [
        &[][..],
        &["--hash", "sha-512"],
        &["--pss", "--hash", "sha-384"],
    ] {
        let sign = [&["sign", "letter.txt", "--force"], options].concat();
        let signed = desk.holder(&sign);
        assert_eq!(signed["result"]["signature"], "letter.txt.p7s");
        let (success, text) = desk.openssl_verifies("-in letter.txt.p7s -content letter.txt");
        assert!(success, "{options:?}: {text}");
        accepted(&desk.verify(&["letter.txt.p7s", "letter.txt"]));

        desk.write("other.txt", "茲申請戶籍謄本二份。\n".as_bytes());
        let (success, _) = desk.openssl_verifies("-in letter.txt.p7s -content other.txt");
        assert!(!success, "{options:?}");
        let changed = desk.verify(&["letter.txt.p7s", "other.txt"]);
        assert_eq!(refusal(&changed), "E-CLI-SIGNATURE-INVALID");
    }
    // The letter in the message.
    desk.holder(&["sign", "letter.txt", "--attached"]);
    let (success, text) = desk.openssl_verifies("-in letter.txt.p7m");
    assert!(success, "{text}");
    assert_eq!(desk.bytes("content"), desk.bytes("letter.txt"));
    let taken_out = desk.verify(&["letter.txt.p7m", "--content-out", "out.txt"]);
    accepted(&taken_out);
    assert_eq!(desk.bytes("out.txt"), desk.bytes("letter.txt"));
    let mut message = desk.bytes("letter.txt.p7m");
    let at = message.windows(3).position(|it| it == "茲".as_bytes());
    message[at.unwrap()] ^= 1;
    desk.write("changed.p7m", &message);
    assert!(!desk.openssl_verifies("-in changed.p7m").0);
    let changed = desk.verify(&["changed.p7m", "--content-out", "never.txt"]);
    assert_eq!(refusal(&changed), "E-CLI-SIGNATURE-INVALID");
    assert!(!desk.path().join("never.txt").exists());
}

#[test]
fn signature_and_document_have_to_be_named_as_they_belong_together() {
    let desk = Desk::with_letter();
    desk.holder(&["sign", "letter.txt"]);
    desk.holder(&["sign", "letter.txt", "--attached"]);
    let usage = (2, "E-CLI-USAGE");
    assert_eq!(error(&desk.verify(&["letter.txt.p7s"])), usage);
    let both = desk.verify(&["letter.txt.p7m", "letter.txt"]);
    assert_eq!(error(&both), usage);
    let nothing_inside = desk.verify(&["letter.txt.p7s", "letter.txt", "--content-out", "x"]);
    assert_eq!(error(&nothing_inside), usage);
    let missing = desk.verify(&["letter.txt.p7s", "no.txt"]);
    assert_eq!(error(&missing), (3, "E-CLI-FILE-MISSING"));
    let again = desk.holder(&["sign", "letter.txt"]);
    assert_eq!(error(&again), (3, "E-CLI-FILE-EXISTS"));
    let garbage = desk.verify(&["letter.txt", "letter.txt"]);
    assert_eq!(refusal(&garbage), "E-CLI-MESSAGE-FORM");
    let untrusting = ["verify-signature", "letter.txt.p7s", "letter.txt", "--json"];
    let nobody = document(&desk.run(&untrusting, &[]));
    assert_eq!(refusal(&nobody), "E-CLI-SIGNER-NOT-TRUSTED");
    let strict = [&untrusting[..], &["--trust", "specimen-pki"]].concat();
    let test = document(&desk.run(&strict, &[]));
    assert_eq!(error(&test), (8, "E-TEST-ANCHOR-REFUSED"));
}

#[test]
fn a_lost_cards_signature_is_refused_until_it_is_found_and_a_cancelled_ones_for_good() {
    let desk = Desk::with_letter();
    desk.holder(&["sign", "letter.txt"]);
    let both = |expected: bool| {
        let ours = desk.verify(&["letter.txt.p7s", "letter.txt"]);
        let (theirs, text) = desk.openssl_verifies("-in letter.txt.p7s -content letter.txt");
        assert_eq!(theirs, expected, "{text}");
        if expected {
            accepted(&ours);
        } else {
            assert_eq!(refusal(&ours), "E-CLI-SIGNER-NOT-TRUSTED");
            assert!(text.contains("certificate revoked"), "{text}");
        }
    };
    both(true);
    for (action, count, expected) in [
        ("report-lost", 3, false),
        ("reinstate", 3, true),
        ("void", 3, false),
    ] {
        let done = desk.office(&["card", action], &NUMBER);
        let changed = done["result"]["certificates"].as_array().unwrap().len();
        assert_eq!(changed, count, "{action}");
        both(expected);
    }
}

#[test]
fn openssl_verifies_every_certificate_of_an_issued_card_with_what_is_published() {
    let desk = Desk::new();
    desk.holder(&["cert", "show", "--with-pin2", "--out", "certificates"]);
    let published = "specimen-pki/citizens";
    desk.must(&format!(
        "x509 -inform DER -in {published}/root.crt -out root.pem"
    ));
    desk.must(&format!(
        "x509 -inform DER -in {published}/generation-1.crt -out authority.pem"
    ));
    let verify = "verify -x509_strict -check_ss_sig -policy_check -crl_check_all -CAfile root.pem -untrusted authority.pem";
    let verdicts = || {
        let lists = ["root", "generation-1"]
            .map(|name| desk.must(&format!("crl -inform DER -in {published}/{name}.crl")));
        desk.write("lists.pem", lists.concat().as_bytes());
        [
            ("signature", "smimesign"),
            ("authentication", "sslclient"),
            ("key-decipherment", "smimeencrypt"),
        ]
        .map(|(name, purpose)| {
            let certificate = format!("-purpose {purpose} certificates/{name}.pem");
            let (success, text) = desk.openssl(&format!("{verify} {certificate}"));
            assert!(!success, "{name} without lists: {text}");
            assert!(text.contains("unable to get certificate CRL"), "{text}");
            desk.openssl(&format!("{verify} -CRLfile lists.pem {certificate}"))
        })
    };
    for (success, text) in verdicts() {
        assert!(success, "{text}");
    }
    desk.office(&["card", "report-lost"], &NUMBER);
    for (success, text) in verdicts() {
        assert!(!success && text.contains("certificate revoked"), "{text}");
    }
}

#[test]
fn every_card_of_a_number_shares_its_lot_and_so_does_one_that_was_never_written() {
    let desk = Desk::with_letter();
    let nowhere = desk.office(&["issue", "--card", "nowhere/specimen.card"], &[]);
    assert_eq!(error(&nowhere).0, 3);
    let log = desk.office(&["log", "verify"], &[]);
    assert_eq!(log["result"]["unfinished"].as_array().unwrap().len(), 1);
    let again = desk.office(&["issue", "--card", "second.card"], &[]);
    assert_eq!(again["exit_code"], 0);

    desk.holder(&["sign", "letter.txt", "--out", "first.p7s"]);
    fs::rename(
        desk.path().join("second.card"),
        desk.path().join("specimen.card"),
    )
    .unwrap();
    desk.holder(&["sign", "letter.txt", "--out", "second.p7s"]);
    let both = || {
        ["first.p7s", "second.p7s"]
            .map(|name| desk.verify(&[name, "letter.txt"])["result"]["verified"].clone())
    };
    assert_eq!(both(), [true, true]);
    for (action, expected) in [("report-lost", false), ("reinstate", true), ("void", false)] {
        let done = desk.office(&["card", action], &NUMBER);
        let changed = done["result"]["certificates"].as_array().unwrap();
        let distinct: BTreeSet<_> = changed.iter().map(Value::as_str).collect();
        assert_eq!((changed.len(), distinct.len()), (9, 9), "{action}");
        assert_eq!(both(), [expected, expected], "{action}");
    }
}

#[test]
fn a_signature_is_refused_outside_the_validity_and_where_nobody_can_tell() {
    let desk = Desk::with_letter();
    desk.holder(&["sign", "letter.txt"]);
    let both = ["letter.txt.p7s", "letter.txt"];
    for (day, seconds) in [
        ("2020-01-01", 1_577_836_800u64),
        ("2040-01-01", 2_208_988_800),
    ] {
        let ours = desk.verify(&[&both[..], &["--on", day]].concat());
        assert_eq!(refusal(&ours), "E-CLI-SIGNER-NOT-TRUSTED", "{day}");
        let at = format!("-in letter.txt.p7s -content letter.txt -attime {seconds}");
        assert!(!desk.openssl_verifies(&at).0, "{day}");
    }
    // The authority's certificate comes with the message; the verifier has the root and the lists.
    let authority = desk.path().join("specimen-pki/citizens/generation-1.crt");
    let contents = fs::read(&authority).unwrap();
    fs::remove_file(&authority).unwrap();
    accepted(&desk.verify(&both));
    // One of another PKI does not stand in for it, whatever it is called.
    let stranger = Desk::new();
    stranger.write("letter.txt", &desk.bytes("letter.txt"));
    stranger.holder(&["sign", "letter.txt"]);
    desk.write("strange.p7s", &stranger.bytes("letter.txt.p7s"));
    let strange = desk.verify(&["strange.p7s", "letter.txt"]);
    assert_eq!(refusal(&strange), "E-CLI-SIGNER-NOT-TRUSTED");
    fs::write(&authority, contents).unwrap();
    // The list that would know is not there.
    fs::remove_file(desk.path().join("specimen-pki/citizens/generation-1.crl")).unwrap();
    let blind = desk.verify(&both);
    assert_eq!(refusal(&blind), "E-CLI-SIGNER-NOT-TRUSTED");
    let waived = desk.verify(&[&both[..], &["--without-revocation-lists"]].concat());
    accepted(&waived);
    let checks = waived["result"]["checks"].as_array().unwrap();
    assert!(checks.iter().any(|it| it["outcome"] == "not_performed"));
}

/// Keys in software, certified by the same authority: what OpenSSL signs with them.
#[test]
fn a_key_for_something_else_signs_no_letter_for_us_and_none_for_openssl() {
    let desk = Desk::with_letter();
    let profile = desk::root().join("crates/issuer/profiles/unmarried.toml");
    fs::copy(profile, desk.path().join("holder.toml")).unwrap();
    let mut number = String::new();
    for slot in ["signature", "authentication", "key-decipherment"] {
        desk.must(&format!(
            "req -new -newkey rsa:2048 -nodes -keyout {slot}.key -subj /CN=x -out {slot}.csr"
        ));
        let (request, out) = (format!("{slot}.csr"), format!("{slot}.pem"));
        let mut issue = vec!["ca", "issue", &request, "--for", slot, "--out", &out];
        issue.extend(["--profile", "holder.toml"]);
        if !number.is_empty() {
            issue.extend(["--number", &number]);
        }
        let issued = desk.office(&issue, &[]);
        let certificate = &issued["result"]["certificate"];
        number = certificate["subject_number"].as_str().unwrap().to_owned();
    }
    desk.must("x509 -inform DER -in specimen-pki/citizens/generation-1.crt -out ca.pem");
    for slot in ["signature", "authentication", "key-decipherment"] {
        desk.must(&format!(
            "cms -sign -cades -binary -in letter.txt -signer {slot}.pem -inkey {slot}.key -certfile ca.pem -outform DER -out {slot}.p7s"
        ));
        let message = format!("{slot}.p7s");
        let verified = desk.verify(&[&message, "letter.txt"]);
        let (success, text) = desk.openssl_verifies(&format!("-in {message} -content letter.txt"));
        if slot == "signature" {
            assert!(success, "{text}");
            accepted(&verified);
        } else {
            assert!(
                text.contains("unsuitable certificate purpose"),
                "{slot}: {text}"
            );
            assert_eq!(refusal(&verified), "E-CLI-KEY-USAGE", "{slot}");
        }
    }
}

#[test]
fn what_openssl_encrypts_for_the_card_is_decrypted_in_every_form_and_for_nobody_else() {
    let desk = Desk::with_letter();
    let shown = desk.holder(&["cert", "show", "--with-pin2", "--out", "certificates"]);
    assert_eq!(shown["result"]["keys"][2]["use_of_key"], "key-decipherment");
    let recipient = "certificates/key-decipherment.pem";
    let encrypt = "cms -encrypt -binary -in letter.txt";
    for (options, authenticated) in [
        ("-aes-256-gcm -outform DER", true),
        ("-aes-128-cbc -outform PEM", false),
        ("-aes-256-cbc -outform SMIME", false),
        ("-aes-256-cbc -stream -outform DER", false),
    ] {
        desk.must(&format!("{encrypt} {options} -out secret.p7m {recipient}"));
        let opened = desk.holder(&["decrypt", "secret.p7m", "--force"]);
        assert_eq!(opened["result"]["authenticated"], authenticated);
        assert_eq!(desk.bytes("secret"), desk.bytes("letter.txt"), "{options}");
    }
    desk.must(&format!(
        "{encrypt} -aes-256-gcm -outform DER -out oaep.p7m -recip {recipient} -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256"
    ));
    desk.holder(&["decrypt", "oaep.p7m"]);
    assert_eq!(desk.bytes("oaep"), desk.bytes("letter.txt"));

    let mut changed = desk.bytes("oaep.p7m");
    let last = changed.len() - 1;
    changed[last] ^= 1;
    desk.write("changed.p7m", &changed);
    let refused = desk.holder(&["decrypt", "changed.p7m"]);
    assert_eq!(error(&refused), (8, "E-CLI-NOT-DECRYPTED"));
    assert!(!desk.path().join("changed").exists());

    let other = "certificates/authentication.pem";
    desk.must(&format!(
        "{encrypt} -aes-256-gcm -outform DER -out other.p7m {other}"
    ));
    let refused = desk.holder(&["decrypt", "other.p7m"]);
    assert_eq!(error(&refused), (7, "E-CLI-NOT-A-RECIPIENT"));
    let unnamed = desk.holder(&["decrypt", "letter.txt"]);
    assert_eq!(error(&unnamed), (2, "E-CLI-USAGE"));
    let no_message = desk.holder(&["decrypt", "letter.txt", "--out", "x"]);
    assert_eq!(error(&no_message), (8, "E-CLI-MESSAGE-FORM"));
}

#[test]
fn a_login_goes_through_once_and_the_server_knows_who_it_is() {
    let desk = Desk::new();
    let both = desk.holder(&["login-demo", "run"]);
    assert_eq!(both["result"]["repeated_answer_refused"], true);
    let shown = desk.holder(&["cert", "show", "--with-pin2"]);
    let certificate = &shown["result"]["keys"][1]["certificate"];
    assert_eq!(
        both["result"]["subject_number"],
        certificate["subject_number"]
    );

    // Two programs. The server trusts the PKI of another ministry, then ours.
    let stranger = Desk::new();
    for (pki, expected) in [(stranger.path(), 8), (desk.path(), 0)] {
        let folder = pki.join("specimen-pki");
        let serve = [
            "login-demo",
            "serve",
            "--allow-test-anchors",
            "--json",
            "--lang",
            "en",
        ];
        let mut server = neweid(desk.path(), &serve)
            .args(["--logins", "1", "--trust"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first
            .split(' ')
            .find(|word| word.starts_with("127."))
            .unwrap();
        let login = desk.holder(&["login-demo", "login", "--server", address]);
        assert_eq!(login["exit_code"], expected, "{login:#}");
        if expected == 0 {
            let output = server.wait_with_output().unwrap();
            let served: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(served["result"]["logins"], 1);
        } else {
            assert_eq!(error(&login), (8, "E-CLI-LOGIN-REFUSED"));
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }
    let away = desk.holder(&["login-demo", "login", "--server", "192.0.2.1:80"]);
    assert_eq!(error(&away), (2, "E-CLI-LOGIN-NOT-LOCAL"));
    let nobody = desk.holder(&["login-demo", "login", "--server", "127.0.0.1:1"]);
    assert_eq!(error(&nobody), (1, "E-CLI-LOGIN-NO-SERVER"));
}

#[test]
fn pin2_is_counted_suspended_unblocked_and_changed() {
    let desk = Desk::with_letter();
    let wrong = [("NEWEID_PIN2", "11111111")];
    let sign = ["sign", "letter.txt"];
    let with_pin = ["sign", "letter.txt", "--with-pin"];
    for left in [2, 1] {
        let refused = desk.holder_with(&sign, &wrong);
        assert_eq!(error(&refused), (5, "E-PIN2-WRONG"));
        assert_eq!(refused["error"]["tries_left"], left);
    }
    // Card files are contactless: the last try is for a session of PIN1.
    assert_eq!(error(&desk.holder(&sign)), (6, "E-PIN2-SUSPENDED"));
    assert_eq!(
        error(&desk.holder_with(&with_pin, &wrong)),
        (5, "E-PIN2-WRONG")
    );
    assert_eq!(error(&desk.holder(&with_pin)), (6, "E-PIN2-BLOCKED"));
    let shown = desk.holder(&["cert", "show"]);
    assert_eq!(shown["result"]["pin2"]["state"], "blocked");
    assert!(!desk.path().join("letter.txt.p7s").exists());

    let unblocked = desk.holder(&["cert", "unblock-pin2"]);
    assert_eq!(unblocked["result"]["done"], "pin2_unblocked");
    desk.holder(&sign);
    let new = [("NEWEID_NEW_PIN2", "271828182845")];
    let forgotten = desk.holder_with(&["cert", "unblock-pin2", "--forgotten"], &new);
    assert_eq!(forgotten["result"]["done"], "pin2_replaced");
    let (old, present) = ([("NEWEID_PIN2", PIN2)], [("NEWEID_PIN2", "271828182845")]);
    let again = ["sign", "letter.txt", "--force"];
    assert_eq!(error(&desk.holder_with(&again, &old)), (5, "E-PIN2-WRONG"));
    assert_eq!(desk.holder_with(&again, &present)["exit_code"], 0);
    let back = [present[0], ("NEWEID_NEW_PIN2", PIN2)];
    let changed = desk.holder_with(&["cert", "change-pin2"], &back);
    assert_eq!(changed["result"]["done"], "pin2_changed");
    assert_eq!(desk.holder(&again)["exit_code"], 0);
    // One that is none spends no try.
    let short = [("NEWEID_NEW_PIN2", "1234567")];
    let refused = desk.holder_with(&["cert", "change-pin2"], &short);
    assert_eq!(error(&refused), (2, "E-INPUT-PIN2"));
    assert_eq!(
        desk.holder(&["cert", "show"])["result"]["pin2"]["tries_left"],
        3
    );
}

#[test]
fn switched_off_it_signs_nothing_and_the_identity_is_read_as_before() {
    let desk = Desk::with_letter();
    let read = || {
        let read = desk.read(&["--json"], &CODES);
        document(&read)["result"]["sessions"][0]["groups"].clone()
    };
    let before = read();
    let off = desk.holder(&["cert", "disable"]);
    assert_eq!(off["result"]["done"], "certificates_disabled");
    assert_eq!(
        desk.holder(&["cert", "show"])["result"]["state"],
        "deactivated"
    );
    let sign = ["sign", "letter.txt"];
    assert_eq!(error(&desk.holder(&sign)), (6, "E-CERTIFICATES-OFF"));
    assert_eq!(read(), before);
    assert!(before.as_array().is_some_and(|groups| !groups.is_empty()));
    desk.holder(&["cert", "enable", "--with-pin2"]);
    assert_eq!(desk.holder(&sign)["exit_code"], 0);
    desk.holder(&["cert", "disable", "--with-pin2"]);
    desk.holder(&["cert", "enable"]);
    assert_eq!(
        desk.holder(&["cert", "show"])["result"]["state"],
        "activated"
    );
}

#[test]
fn a_request_of_the_card_is_certified_and_keys_are_of_the_kind_of_the_profile() {
    let desk = Desk::bare();
    let profile =
        fs::read_to_string(desk::root().join("crates/issuer/profiles/wang-xiaoming.toml"));
    let profile = profile.unwrap();
    let changed = profile
        .replace(
            "certificate_keys = \"RSA-2048\"",
            "certificate_keys = \"P-256\"",
        )
        .replace("cert_read = \"after_pin2\"", "cert_read = \"after_pace\"");
    assert_ne!(profile, changed);
    desk.write("profile.toml", changed.as_bytes());
    desk.office(&["issue", "--profile", "profile.toml"], &[]);
    let shown = desk.holder(&["cert", "show"]);
    let keys = shown["result"]["keys"].as_array().unwrap();
    let kinds: Vec<_> = keys.iter().map(|key| &key["algorithm"]).collect();
    assert_eq!(kinds, ["P-256", "P-256", "RSA-2048"]);
    // Without PIN2, because this issuer wants it so.
    assert!(keys.iter().all(|key| key["certificate"].is_object()));

    desk.write("letter.txt", b"a letter");
    desk.holder(&["sign", "letter.txt"]);
    assert!(
        desk.openssl_verifies("-in letter.txt.p7s -content letter.txt")
            .0
    );
    let pss = desk.holder(&["sign", "letter.txt", "--pss", "--force"]);
    assert_eq!(error(&pss), (2, "E-CLI-USAGE"));

    for slot in ["signature", "authentication"] {
        let out = format!("{slot}.csr");
        desk.holder(&["cert", "request", slot, "--out", &out]);
        desk.must(&format!("req -in {out} -verify -noout"));
    }
    let decipherment = desk.holder(&["cert", "request", "key-decipherment", "--out", "x"]);
    assert_eq!(error(&decipherment).0, 7);

    for (wrong, field) in [
        ("certificate_keys = \"RSA-1024\"", "certificate_keys"),
        ("cert_read = \"always\"", "cert_read"),
    ] {
        let line = profile
            .lines()
            .find(|line| line.starts_with(field))
            .unwrap();
        desk.write("wrong.toml", profile.replace(line, wrong).as_bytes());
        let output = desk.run(&["issue", "--profile", "wrong.toml", "--card", "x"], &[]);
        assert_eq!(code(&output), 4);
        assert!(stderr(&output).contains(field), "{}", stderr(&output));
    }
}

#[test]
fn a_card_without_certificate_says_so_and_everything_is_said_in_both_languages() {
    let desk = Desk::with(&["issue", "--specimen", "no-certificate"]);
    let shown = desk.run(
        &[&["cert", "show"][..], &CARD].concat(),
        &[("NEWEID_CAN", "246810")],
    );
    assert_ne!(code(&shown), 0);

    let desk = Desk::with_letter();
    for (language, expected) in [
        ("zh-TW", "自然人憑證"),
        ("en", "Natural-person certificate"),
    ] {
        let show = [&["cert", "show", "--lang", language][..], &CARD].concat();
        let text = stdout(&desk.run(&show, &CODES));
        assert!(text.contains(expected), "{text}");
        let sign = ["sign", "letter.txt", "--force", "--lang", language];
        let signed = desk.run(&[&sign[..], &CARD].concat(), &CODES);
        assert_eq!(code(&signed), 0, "{}", stderr(&signed));
        let verify = [
            "verify-signature",
            "letter.txt.p7s",
            "letter.txt",
            "--lang",
            language,
        ];
        let trust = ["--trust", "specimen-pki", "--allow-test-anchors"];
        let text = stdout(&desk.run(&[&verify[..], &trust].concat(), &[]));
        let expected = match language {
            "en" => "VALID SIGNATURE",
            _ => "簽章有效",
        };
        assert!(text.contains(expected), "{text}");
    }
}

impl Desk {
    /// An office with these rights in a folder of this name.
    fn add_installing_office(&self, name: &str, rights: &str) {
        let folder = name.to_ascii_lowercase();
        let request =
            format!("agency request --name {name} --agency 戶政 --purpose 憑證 --out {folder}");
        let grant = format!("agency grant {folder}/TW{name}00001.cvreq --rights {rights}");
        for arguments in [request, grant] {
            let arguments: Vec<&str> = arguments.split(' ').collect();
            let output = self.run(&arguments, &[]);
            assert_eq!(code(&output), 0, "{}", stderr(&output));
        }
    }

    /// What the card says about one key.
    fn key(&self, slot: usize) -> Value {
        self.holder(&["cert", "show", "--with-pin2"])["result"]["keys"][slot].clone()
    }
}

#[test]
fn an_office_renews_every_certificate_and_the_person_stays_the_same() {
    let desk = Desk::with_letter();
    desk.add_installing_office(
        "OFFICE",
        "install-certificate,install-qualified-certificate",
    );
    for (slot, (name, kind)) in [
        ("signature", "p-256"),
        ("authentication", "rsa-2048"),
        ("key-decipherment", "rsa-2048"),
    ]
    .into_iter()
    .enumerate()
    {
        let before = desk.key(slot);
        let renew = ["cert", "renew", name, "--kind", kind, "--agency", "office"];
        let renewed = desk.holder(&renew);
        assert_eq!(renewed["exit_code"], 0, "{renewed:#}");
        let after = desk.key(slot);
        assert_eq!(after["certificate"], renewed["result"]["certificate"]);
        let (before, after) = (&before["certificate"], &after["certificate"]);
        assert_ne!(before["serial"], after["serial"]);
        assert_eq!(before["subject"], after["subject"]);
    }
    assert_eq!(desk.key(0)["algorithm"], "P-256");
    desk.holder(&["sign", "letter.txt"]);
    assert!(
        desk.openssl_verifies("-in letter.txt.p7s -content letter.txt")
            .0
    );
    assert_eq!(desk.holder(&["login-demo", "run"])["exit_code"], 0);
    desk.holder(&["cert", "show", "--with-pin2", "--out", "new"]);
    desk.must("cms -encrypt -binary -in letter.txt -aes-256-gcm -outform DER -out x.p7m new/key-decipherment.pem");
    desk.holder(&["decrypt", "x.p7m"]);
    assert_eq!(desk.bytes("x"), desk.bytes("letter.txt"));
    let log = desk.office(&["log", "verify"], &[]);
    assert_eq!(log["result"]["unfinished"], Value::Array(Vec::new()));
}

#[test]
fn a_new_key_its_request_and_its_certificate_go_their_separate_ways() {
    let desk = Desk::new();
    desk.add_installing_office("OFFICE", "install-certificate");
    let office = ["--agency", "office"];
    let old = desk.key(1)["certificate"]["serial"]
        .as_str()
        .unwrap()
        .to_owned();
    let new_key = [
        &["cert", "new-key", "authentication", "--kind", "p-256"][..],
        &office,
    ]
    .concat();
    assert_eq!(desk.holder(&new_key)["result"]["new_key"], true);
    let key = desk.key(1);
    assert_eq!(key["algorithm"], "P-256");
    assert_eq!(key["has_certificate"], false);
    desk.holder(&["cert", "request", "authentication", "--out", "a.csr"]);
    let renewed = desk.office(&["ca", "renew", &old, "a.csr", "--out", "a.pem"], &[]);
    assert_eq!(renewed["exit_code"], 0, "{renewed:#}");

    let install = |slot, file| {
        let install = [&["cert", "install", slot, file][..], &office].concat();
        desk.holder(&install)
    };
    // Of another key, and of a key that this office may not touch.
    let foreign = install("key-decipherment", "a.pem");
    assert_eq!(error(&foreign), (11, "E-CLI-CA-FOREIGN-CERTIFICATE"));
    let forbidden = install("signature", "a.pem");
    assert_eq!(error(&forbidden), (7, "E-ACCESS-NOT-GRANTED"));
    assert_eq!(desk.key(2)["has_certificate"], true);
    let installed = install("authentication", "a.pem");
    assert_eq!(installed["result"]["new_key"], false);
    assert_eq!(
        desk.key(1)["certificate"]["serial"],
        renewed["result"]["serial"]
    );
}

#[test]
fn an_interrupted_renewal_goes_on_with_the_key_that_is_there() {
    let desk = Desk::new();
    desk.add_installing_office("OFFICE", "install-certificate");
    let office = ["--agency", "office"];
    let old = desk.key(2)["certificate"]["serial"]
        .as_str()
        .unwrap()
        .to_owned();
    let new_key = [&["cert", "new-key", "key-decipherment"][..], &office].concat();
    desk.holder(&new_key);
    // Nobody can tell any more which certificate is to be renewed.
    let renew = [&["cert", "renew", "key-decipherment"][..], &office].concat();
    assert_eq!(error(&desk.holder(&renew)).0, 7);
    let unknown = [&renew[..], &["--serial", "4a01"]].concat();
    assert_eq!(error(&desk.holder(&unknown)), (11, "E-CLI-CA-UNKNOWN"));
    let on = [&renew[..], &["--serial", &old]].concat();
    let renewed = desk.holder(&on);
    assert_eq!(renewed["exit_code"], 0, "{renewed:#}");
    let certificate = desk.key(2)["certificate"]["serial"].clone();
    assert_eq!(desk.holder(&on)["exit_code"], 11, "it is renewed already");
    assert_eq!(desk.key(2)["certificate"]["serial"], certificate);
    // The authority has certified the new key, and the card never got the certificate.
    let login = desk.key(1)["certificate"]["serial"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.holder(&[&["cert", "new-key", "authentication"][..], &office].concat());
    desk.holder(&["cert", "request", "authentication", "--out", "a.csr"]);
    let lost = desk.office(&["ca", "renew", &login, "a.csr", "--out", "lost.pem"], &[]);
    let found = ["cert", "renew", "authentication", "--serial", &login];
    let found = desk.holder(&[&found[..], &office].concat());
    assert_eq!(
        found["result"]["certificate"]["serial"],
        lost["result"]["serial"]
    );
    assert_eq!(desk.key(1)["certificate"], found["result"]["certificate"]);
    // A certificate that is revoked is not renewed, and the key stays.
    let serial = certificate.as_str().unwrap();
    desk.office(&["ca", "revoke", serial, "--reason", "hold"], &[]);
    let held = desk.holder(&renew);
    assert_eq!(error(&held), (11, "E-CLI-CA-REFUSED"));
    assert_eq!(desk.key(2)["certificate"]["serial"], certificate);
}
