//! `neweid agency` as ministry and agency meet it: the real binary, in an empty folder.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test file: a panic is a failure"
)]

#[path = "shared/desk.rs"]
mod desk;

use std::fs;
use std::process::Output;

use cvc::{Chain, CvCertificate, Right};
use issuer::AgencyPki;
use serde_json::Value;

use desk::{Desk, code, document, stderr, stdout};

const REQUEST: [&str; 10] = [
    "agency",
    "request",
    "--name",
    "BANK",
    "--agency",
    "測試銀行",
    "--purpose",
    "開戶",
    "--out",
    "bank",
];

impl Desk {
    fn agency(&self, arguments: &str) -> Output {
        let arguments: Vec<&str> = ["agency"].into_iter().chain(arguments.split(' ')).collect();
        self.run(&arguments, &[])
    }

    fn with_request() -> Self {
        let desk = Self::new();
        let output = desk.run(&REQUEST, &[]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        desk
    }

    fn succeeds(&self, arguments: &str) -> Value {
        let output = self.agency(&format!("{arguments} --json"));
        assert_eq!(code(&output), 0, "{}", stdout(&output));
        document(&output)
    }

    /// Error code and text.
    fn refuses(&self, arguments: &str, exit: i32) -> (String, String) {
        let output = self.agency(&format!("{arguments} --json"));
        assert_eq!(code(&output), exit, "{arguments}: {}", stdout(&output));
        let error = document(&output)["error"].clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&error["code"]), text(&error["what"]["en"]))
    }

    /// What a chip with the trust-points of this desk's cards makes of a chain in a file.
    fn chip_reads(&self, chain: &str) -> Chain {
        let pki = AgencyPki::load(&self.path().join("specimen-pki/issuer/agencies")).unwrap();
        let bytes = fs::read(self.path().join(chain)).unwrap();
        let objects = iso7816::tlv::TlvReader::new(&bytes);
        let chain: Vec<_> = objects
            .map(|object| CvCertificate::parse(object.unwrap().raw).unwrap())
            .collect();
        let chip = Chain::new(pki.trust_points().unwrap());
        chip.import_all(&chain).unwrap()
    }
}

fn allowed(object: &Value) -> Vec<String> {
    let allows = object["allows"].as_array().unwrap().iter();
    let word = |allowance: &Value| match allowance["group"].as_u64() {
        Some(group) => format!("{} {group}", allowance["name"].as_str().unwrap()),
        None => allowance["name"].as_str().unwrap().to_owned(),
    };
    allows.map(word).collect()
}

#[test]
fn a_request_becomes_a_certificate_with_exactly_the_rights_that_were_granted() {
    let desk = Desk::with_request();
    let granted = desk.succeeds(
        "grant bank/TWBANK00001.cvreq --groups 3,6,7 --rights age,validity --update 3,12",
    );
    let shown = &granted["result"]["objects"][0];
    assert_eq!(shown["holder"], "TWBANK00001");
    assert_eq!(
        allowed(shown),
        [
            "validity",
            "read 3",
            "read 6",
            "read 7",
            "update 3",
            "update 12",
            "age"
        ]
    );
    let chip = desk.chip_reads("bank/TWBANK00001.chain");
    let terminal = chip.terminal().expect("a terminal").authorization();
    for right in Right::all(terminal.chat().terminal_type()) {
        let granted = matches!(right, Right::ReadGroup(3 | 6 | 7) | Right::AgeVerification);
        assert_eq!(terminal.allows(right), granted, "{right:?}");
    }
    assert!((1..=22).all(|n| terminal.allows_update(n) == matches!(n, 3 | 12)));
}

#[test]
fn a_new_card_trusts_the_agencies_of_its_folder_and_the_next_card_the_same() {
    let desk = Desk::new();
    let name = b"TWMOICVCA00001";
    let trusts = |file: &str| {
        let card = fs::read(desk.path().join(file)).unwrap();
        card.windows(name.len()).any(|window| window == name)
    };
    assert!(trusts("specimen.card"));
    let cvca = desk
        .path()
        .join("specimen-pki/issuer/agencies/TWMOICVCA00001.cvcert");
    let before = fs::read(&cvca).unwrap();
    let output = desk.run(&["issue", "--card", "second.card"], &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(trusts("second.card"));
    assert_eq!(fs::read(cvca).unwrap(), before);
}

#[test]
fn a_private_key_is_for_its_owner_alone_and_nothing_is_written_over_another_file() {
    let desk = Desk::with_request();
    let key = desk.path().join("bank/TWBANK00001.key.pem");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = fs::read(&key).unwrap();
    let again = desk.run(&REQUEST, &[]);
    assert_eq!(code(&again), 3, "{}", stderr(&again));
    assert!(stderr(&again).starts_with("E-CLI-FILE-EXISTS"));
    assert_eq!(fs::read(&key).unwrap(), before);

    fs::write(desk.path().join("bank/TWBANK00001.chain"), "mine").unwrap();
    let (error, _) = desk.refuses("grant bank/TWBANK00001.cvreq --groups 3", 3);
    assert_eq!(error, "E-CLI-FILE-EXISTS");
    let issued = desk
        .path()
        .join("specimen-pki/issuer/agencies/TWBANK00001.cvcert");
    assert!(!issued.exists(), "nothing was issued");
    fs::remove_file(desk.path().join("bank/TWBANK00001.chain")).unwrap();
    desk.succeeds("grant bank/TWBANK00001.cvreq --groups 3");
}

#[test]
fn a_renewal_has_the_same_rights_or_fewer_and_never_more() {
    let desk = Desk::with_request();
    desk.succeeds("grant bank/TWBANK00001.cvreq --groups 3,6 --rights age --update 3");
    desk.succeeds("request --renew bank/TWBANK00001.cvcert");
    let (error, what) = desk.refuses("renew bank/TWBANK00002.cvreq --groups 3,6,8", 11);
    assert_eq!(error, "E-CLI-AGENCY-REFUSED");
    assert!(
        what.contains("TWBANK00001") && what.contains("reading group 8"),
        "{what}"
    );
    let renewed = desk.succeeds("renew bank/TWBANK00002.cvreq");
    assert_eq!(
        allowed(&renewed["result"]["objects"][0]),
        ["validity", "read 3", "read 6", "update 3", "age"]
    );
    desk.succeeds("request --renew bank/TWBANK00002.cvcert");
    let narrowed = desk.succeeds("renew bank/TWBANK00003.cvreq --groups 3");
    let narrowed = &narrowed["result"]["objects"][0];
    assert_eq!(allowed(narrowed), ["validity", "read 3", "update 3", "age"]);
    assert_eq!(narrowed["holder"], "TWBANK00003");
    desk.chip_reads("bank/TWBANK00003.chain");
}

#[test]
fn a_renewal_is_signed_by_the_newest_key_and_a_first_request_is_none() {
    let desk = Desk::with_request();
    let (error, _) = desk.refuses("renew bank/TWBANK00001.cvreq", 11);
    assert_eq!(error, "E-CLI-AGENCY-NOT-AUTHENTICATED");
    desk.succeeds("grant bank/TWBANK00001.cvreq --groups 3");
    desk.succeeds("request --renew bank/TWBANK00001.cvcert");
    // The signer's name is in the request, and so is the signature: one bit of it.
    let path = desk.path().join("bank/TWBANK00002.cvreq");
    let good = fs::read(&path).unwrap();
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    fs::write(&path, bad).unwrap();
    let (error, what) = desk.refuses("renew bank/TWBANK00002.cvreq", 8);
    assert_eq!(error, "E-CLI-AGENCY-SIGNATURE");
    assert!(what.contains("outer"), "{what}");
    fs::write(&path, good).unwrap();
    desk.succeeds("renew bank/TWBANK00002.cvreq");
    let (error, what) = desk.refuses("renew bank/TWBANK00002.cvreq", 11);
    assert_eq!(error, "E-CLI-AGENCY-REFUSED");
    assert!(what.contains("TWBANK00003"), "{what}");
}

#[test]
fn a_request_with_a_wrong_signature_gets_nothing() {
    let desk = Desk::with_request();
    let path = desk.path().join("bank/TWBANK00001.cvreq");
    let mut request = fs::read(&path).unwrap();
    *request.last_mut().unwrap() ^= 1;
    fs::write(&path, request).unwrap();
    let (error, _) = desk.refuses("grant bank/TWBANK00001.cvreq --groups 3", 8);
    assert_eq!(error, "E-CLI-AGENCY-SIGNATURE");
    let shown = desk.agency("show bank/TWBANK00001.cvreq --json");
    assert_eq!(code(&shown), 8);
    assert_eq!(
        document(&shown)["result"]["objects"][0]["signature"],
        "failed"
    );
}

#[test]
fn a_document_verifier_grants_what_it_has_for_as_long_as_it_lasts() {
    let desk = Desk::with_request();
    desk.succeeds("dv --name HHDV --groups 3");
    let (_, what) = desk.refuses("grant bank/TWBANK00001.cvreq --dv HHDV --groups 3,6", 11);
    assert!(
        what.contains("TWHHDV00001") && what.contains("reading group 6"),
        "{what}"
    );
    let (_, what) = desk.refuses("grant bank/TWBANK00001.cvreq --dv NODV --groups 3", 11);
    assert!(what.contains("NODV"), "{what}");
    // Beyond the document verifier's own last day, and long after it.
    let (_, what) = desk.refuses(
        "grant bank/TWBANK00001.cvreq --groups 3 --until 2099-01-01",
        11,
    );
    assert!(
        what.contains("outside the validity of TWMOIDV00001"),
        "{what}"
    );
    let late = "--on 2029-01-02";
    let (_, what) = desk.refuses(
        &format!("grant bank/TWBANK00001.cvreq --groups 3 {late}"),
        11,
    );
    assert!(what.contains("TWMOIDV00001"), "{what}");
    let (error, _) = desk.refuses("grant bank/TWBANK00001.cvreq --groups 3 --days 0", 11);
    assert_eq!(error, "E-CLI-AGENCY-REFUSED");
    desk.succeeds("grant bank/TWBANK00001.cvreq --dv HHDV --groups 3 --days 7");
}

#[test]
fn an_expired_document_verifier_is_renewed_and_grants_again() {
    let desk = Desk::with_request();
    let today = AgencyPki::load(&desk.path().join("specimen-pki/issuer/agencies")).unwrap();
    let today = lds::Date::from(today.cvca().certificate().body().effective);
    let later = format!("--on {}-01-15", today.year() + 1);
    let much_later = format!("--on {}-07-15", today.year() + 1);
    let grant = format!("grant bank/TWBANK00001.cvreq --groups 3 {much_later}");
    let (_, what) = desk.refuses(&grant, 11);
    assert!(what.contains("TWMOIDV00001"), "{what}");
    let renewed = desk.succeeds(&format!("dv --renew {much_later}"));
    assert_eq!(renewed["result"]["objects"][0]["holder"], "TWMOIDV00002");
    let granted = desk.succeeds(&grant);
    assert_eq!(granted["result"]["objects"][0]["authority"], "TWMOIDV00002");
    // The new key is not valid before its first day.
    desk.succeeds("request --renew bank/TWBANK00001.cvcert");
    desk.refuses(&format!("renew bank/TWBANK00002.cvreq {later}"), 11);
}

#[test]
fn the_description_that_the_request_names_has_to_be_at_hand() {
    let desk = Desk::with_request();
    let path = desk.path().join("bank/TWBANK00001.description");
    let other = Desk::new();
    let mut another = REQUEST;
    another[7] = "其他用途";
    other.run(&another, &[]);
    let good = fs::read(&path).unwrap();
    fs::copy(other.path().join("bank/TWBANK00001.description"), &path).unwrap();
    let (error, _) = desk.refuses("grant bank/TWBANK00001.cvreq --groups 3", 11);
    assert_eq!(error, "E-CLI-AGENCY-DESCRIPTION");
    fs::remove_file(&path).unwrap();
    let (error, _) = desk.refuses("grant bank/TWBANK00001.cvreq --groups 3", 3);
    assert_eq!(error, "E-CLI-FILE-MISSING");
    fs::write(desk.path().join("d"), good).unwrap();
    let granted = desk.succeeds("grant bank/TWBANK00001.cvreq --groups 3 --description d");
    let description = desk.succeeds("show d");
    assert_eq!(
        granted["result"]["objects"][0]["description_hash"],
        description["result"]["objects"][0]["fingerprint"]
    );
    assert_eq!(
        description["result"]["objects"][0]["description"]["purpose"],
        "開戶"
    );
}

#[test]
fn a_chain_is_shown_in_words_of_both_languages() {
    let desk = Desk::with_request();
    desk.succeeds("grant bank/TWBANK00001.cvreq --groups 6 --rights can-allowed");
    let shown = desk.succeeds("show bank/TWBANK00001.chain");
    let objects = shown["result"]["objects"].as_array().unwrap();
    let holders: Vec<_> = objects
        .iter()
        .map(|object| object["holder"].as_str().unwrap())
        .collect();
    assert_eq!(holders, ["TWMOIDV00001", "TWBANK00001"]);
    let roles: Vec<_> = objects
        .iter()
        .map(|object| object["role"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["dv_domestic", "terminal"]);
    for (language, words) in [
        (
            "en",
            [
                "It may\n",
                "read group 6: father",
                "access code instead of PIN1",
                "terminal",
            ],
        ),
        (
            "zh-TW",
            [
                "得為\n",
                "讀取群組 6：父",
                "以存取碼代替加密區密碼",
                "終端機",
            ],
        ),
    ] {
        let text = stdout(&desk.agency(&format!("show bank/TWBANK00001.cvcert --lang {language}")));
        for word in words {
            assert!(text.contains(word), "{language} {word}\n{text}");
        }
    }
    let cvca = desk.succeeds("show specimen-pki/issuer/agencies/TWMOICVCA00001.cvcert");
    assert_eq!(cvca["result"]["objects"][0]["signature"], "passed");
}

#[test]
fn other_files_and_other_folders_are_told_apart() {
    let desk = Desk::with_request();
    let (error, _) = desk.refuses("show bank/TWBANK00001.key.pem", 3);
    assert_eq!(error, "E-CLI-AGENCY-OTHER-FILE");
    let (error, _) = desk.refuses("grant bank/TWBANK00001.description --groups 3", 3);
    assert_eq!(error, "E-CLI-AGENCY-OTHER-FILE");
    let (error, _) = desk.refuses("grant bank/TWBANK00001.cvreq --groups 3 --pki bank", 3);
    assert_eq!(error, "E-CLI-AGENCY-NO-PKI");
    let (error, what) = desk.refuses("grant bank/TWBANK00001.cvreq --groups 30", 11);
    assert_eq!(error, "E-CLI-AGENCY-REFUSED");
    assert!(what.contains("no such right as reading group 30"), "{what}");
    let (error, _) = desk.refuses("grant bank/TWBANK00001.cvreq --rights everything", 2);
    assert_eq!(error, "E-CLI-USAGE");
    let mut truncated = fs::read(desk.path().join("bank/TWBANK00001.cvreq")).unwrap();
    truncated.pop();
    fs::write(desk.path().join("torn"), truncated).unwrap();
    let (error, _) = desk.refuses("show torn", 3);
    assert_eq!(error, "E-CLI-AGENCY-OTHER-FILE");
    // Another agency's mnemonic, which the ministry itself has.
    let mut own = REQUEST;
    own[3] = "MOIDV";
    own[9] = "fake";
    assert_eq!(code(&desk.run(&own, &[])), 0);
    let (_, what) = desk.refuses("grant fake/TWMOIDV00001.cvreq --groups 3", 11);
    assert!(what.contains("TWMOIDV00002"), "{what}");
}

/// A bank that may read spouse and parents, in the folder `bank`.
fn with_bank() -> Desk {
    let desk = Desk::with_request();
    desk.succeeds("grant bank/TWBANK00001.cvreq --groups 3,6,7");
    desk
}

fn reads(desk: &Desk, arguments: &[&str]) -> Output {
    let agency = [&["--json", "--agency", "bank"], arguments].concat();
    desk.read(&agency, &[("NEWEID_PIN", desk::PIN)])
}

fn numbers(document: &Value) -> Vec<u64> {
    let groups = document["result"]["sessions"][0]["groups"].as_array();
    let groups = groups.unwrap().iter();
    groups
        .map(|group| group["number"].as_u64().unwrap())
        .collect()
}

#[test]
fn an_agency_reads_what_the_holder_gives_and_nothing_else() {
    let desk = with_bank();
    let output = reads(&desk, &["--groups", "6,7", "--consent-log", "given.log"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let read = document(&output);
    assert_eq!(numbers(&read), [6, 7]);
    let agency = &read["result"]["sessions"][0]["agency"];
    assert_eq!(agency["name"], "測試銀行");
    assert_eq!(agency["purpose"], "開戶");
    // The holder's own log: who and what, and nothing of the card.
    let log = fs::read_to_string(desk.path().join("given.log")).unwrap();
    let line: Value = serde_json::from_str(log.trim_end()).unwrap();
    assert_eq!(line["terminal"], "TWBANK00001");
    assert_eq!(line["given"], serde_json::json!(["read:6", "read:7"]));
    assert!(!log.contains("王大同") && !log.contains(desk::PIN));
    reads(&desk, &["--groups", "3", "--consent-log", "given.log"]);
    let log = fs::read_to_string(desk.path().join("given.log")).unwrap();
    assert_eq!(log.lines().count(), 2, "appended");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(desk.path().join("given.log")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn what_the_agency_may_not_read_is_named_with_who_did_not_grant_it() {
    let desk = with_bank();
    let output = reads(&desk, &["--groups", "6,8"]);
    assert_eq!(code(&output), 7);
    let error = &document(&output)["error"];
    assert_eq!(error["code"], "E-ACCESS-NOT-GRANTED");
    for language in ["en", "zh-TW"] {
        let what = error["what"][language].as_str().unwrap();
        assert!(
            what.contains("DG8") && what.contains("TWBANK00001"),
            "{what}"
        );
        assert!(!what.contains("6982"), "{what}");
    }
    assert_eq!(desk.tries_left(), 3);
}

#[test]
fn without_a_choice_and_without_a_terminal_nothing_is_given() {
    let desk = with_bank();
    let output = reads(&desk, &[]);
    assert_eq!(code(&output), 2);
    assert_eq!(
        document(&output)["error"]["code"],
        "E-CLI-AGENCY-NO-CONSENT"
    );
}

#[test]
fn the_access_code_opens_the_card_only_for_an_agency_that_may() {
    let desk = with_bank();
    let with_can = |desk: &Desk| {
        let arguments = ["--json", "--agency", "bank", "--with-can", "--groups", "3"];
        desk.read(&arguments, &[("NEWEID_CAN", desk::CAN)])
    };
    let refused = with_can(&desk);
    assert_eq!(code(&refused), 7);
    assert_eq!(document(&refused)["error"]["code"], "E-ACCESS-NOT-GRANTED");
    // The next certificate is granted more; the folder's newest chain is the one that counts.
    desk.succeeds("request --renew bank/TWBANK00001.cvcert");
    desk.succeeds("grant bank/TWBANK00002.cvreq --groups 3 --rights can-allowed");
    let read = with_can(&desk);
    assert_eq!(code(&read), 0, "{}", stdout(&read));
    let document = document(&read);
    assert_eq!(numbers(&document), [3]);
    assert_eq!(document["result"]["sessions"][0]["password"], "can");
    let agency = &document["result"]["sessions"][0]["agency"];
    assert_eq!(agency["terminal"], "TWBANK00002");
}

#[test]
fn a_folder_with_two_terminals_or_none_is_not_guessed_about() {
    let desk = with_bank();
    desk.succeeds("request --name TAX --agency 國稅局 --purpose 報稅 --out bank");
    desk.succeeds("grant bank/TWTAX00001.cvreq --groups 4");
    for folder in ["bank", "specimen-pki"] {
        let arguments = ["--json", "--agency", folder, "--groups", "4"];
        let output = desk.read(&arguments, &[("NEWEID_PIN", desk::PIN)]);
        assert_eq!(code(&output), 3, "{}", stdout(&output));
        assert_eq!(document(&output)["error"]["code"], "E-CLI-AGENCY-NO-CHAIN");
    }
    let arguments = [
        "--json",
        "--agency",
        "bank/TWTAX00001.chain",
        "--groups",
        "4",
    ];
    let output = desk.read(&arguments, &[("NEWEID_PIN", desk::PIN)]);
    assert_eq!(numbers(&document(&output)), [4]);
}

/// On a terminal the holder ticks: here a pseudo-terminal of util-linux's `script`, and somebody who takes the tick off the first
/// line and agrees.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_the_holder_takes_a_tick_off() {
    use std::io::Write;
    use std::process::Stdio;
    let desk = with_bank();
    let program = env!("CARGO_BIN_EXE_neweid");
    let command = format!(
        "{program} --lang en read --card specimen.card --trust specimen-pki --allow-test-anchors --agency bank \
         --consent-log given.log"
    );
    let mut child = std::process::Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(desk.path())
        .env("NEWEID_PIN", desk::PIN)
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("util-linux has script");
    child.stdin.take().unwrap().write_all(b" \r").unwrap();
    let output = child.wait_with_output().unwrap();
    let shown = stdout(&output);
    assert_eq!(code(&output), 0, "{shown}");
    for line in [
        "測試銀行 (TWBANK00001) asks to:",
        "read DG3: spouse",
        "王大同",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    assert!(
        !shown.contains("林美麗"),
        "the spouse was withheld: {shown}"
    );
    let log = fs::read_to_string(desk.path().join("given.log")).unwrap();
    assert!(log.contains(r#""withheld":["read:3"]"#), "{log}");
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_not_presented_to_the_card() {
    let desk = Desk::with_request();
    let granted = desk.succeeds("grant bank/TWBANK00001.cvreq --groups 3");
    let from = granted["result"]["objects"][0]["valid_from"].as_str();
    let digits = from.unwrap().replace('-', "");
    let field = cvc::Field::CertificateEffectiveDate;
    let digits: Vec<u8> = digits[2..].bytes().map(|digit| digit - b'0').collect();
    let today = cvc::Date::parse(field, &digits).unwrap();
    let later = issuer::Validity::days(today, 11).unwrap().last();
    desk.succeeds("request --name TAX --agency 國稅局 --purpose 報稅 --out tax");
    desk.succeeds(&format!(
        "grant tax/TWTAX00001.cvreq --groups 4 --on {later} --days 5"
    ));
    let arguments = ["--json", "--agency", "tax", "--groups", "4"];
    let output = desk.read(&arguments, &[("NEWEID_PIN", desk::PIN)]);
    assert_eq!(code(&output), 7, "{}", stdout(&output));
    let error = &document(&output)["error"];
    assert_eq!(error["code"], "E-AGENCY-CERTIFICATES");
    let what = error["what"]["en"].as_str().unwrap();
    assert!(
        what.contains("TWTAX00001") && what.contains(&later.to_string()),
        "{what}"
    );
    // The card has not learned a date that lies ahead: the other agency still reads it.
    assert_eq!(code(&reads(&desk, &["--groups", "3"])), 0);
}
