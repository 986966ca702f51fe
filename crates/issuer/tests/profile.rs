//! Profiles: what is accepted, and that what is refused is refused with field, reason and line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop the test as the tests themselves do"
)]

use issuer::specimen::holders;
use issuer::{Pin1Choice, Portraits, Profile, ProfileError};
use lds::eid::MarriageStatus;
use proptest::prelude::*;

const DEFAULT: &str = include_str!("../profiles/wang-xiaoming.toml");

/// Replaces one place of the default profile; gives the text and the line of the change.
fn edit(from: &str, to: &str) -> (String, usize) {
    edit_text(DEFAULT, from, to)
}

fn edit_text(text: &str, from: &str, to: &str) -> (String, usize) {
    assert_eq!(
        text.matches(from).count(),
        1,
        "{from:?} must stand exactly once"
    );
    let line = text.split(from).next().unwrap().split('\n').count();
    (text.replace(from, to), line)
}

fn refused(text: &str) -> ProfileError {
    Profile::from_toml(text).expect_err("the profile must be refused")
}

/// One edit, the field that is to blame, and the code of the reason.
const BAD_FIELDS: &[(&str, &str, &str, &str)] = &[
    // Names.
    (r#"name = "王小明""#, r#"name = """#, "holder.name", "empty"),
    (
        r#"name = "王小明""#,
        r#"name = "王 小明""#,
        "holder.name",
        "character",
    ),
    (
        r#"name = "王小明""#,
        r#"name = "王\u202E小明""#,
        "holder.name",
        "character",
    ),
    (
        r#"name = "王小明""#,
        r#"name = "王小明1""#,
        "holder.name",
        "character",
    ),
    (
        r#"name = "王小明""#,
        "name = 1",
        "holder.name",
        "wrong-type",
    ),
    (
        r#""WANG, HSIAO-MING""#,
        r#""王小明""#,
        "holder.romanized_name",
        "character",
    ),
    (
        r#""WANG, HSIAO-MING""#,
        r#""WANG,  HSIAO-MING""#,
        "holder.romanized_name",
        "spaces",
    ),
    (
        r#""WANG, HSIAO-MING""#,
        r#"" WANG, HSIAO-MING""#,
        "holder.romanized_name",
        "spaces",
    ),
    (
        r#"foreign_name = """#,
        r#"foreign_name = "ＡＢＣ""#,
        "holder.foreign_name",
        "character",
    ),
    (
        r#"name = "林美麗""#,
        r#"name = "林/美麗""#,
        "holder.spouse.name",
        "character",
    ),
    (
        r#""LIN, MEI-LI""#,
        r#""LIN_MEI""#,
        "holder.spouse.romanized_name",
        "character",
    ),
    (
        r#"label = "父""#,
        r#"label = """#,
        "holder.father.label",
        "empty",
    ),
    (
        r#"label = "父""#,
        r#"label = "十一個字的標籤實在太長""#,
        "holder.father.label",
        "too-long",
    ),
    (
        r#"label = "母""#,
        "label = true",
        "holder.mother.label",
        "wrong-type",
    ),
    // The national identification number.
    (
        "A123456789",
        "A123456788",
        "holder.national_id",
        "national-id-checksum",
    ),
    (
        "A123456789",
        "A12345678",
        "holder.national_id",
        "national-id-format",
    ),
    (
        "A123456789",
        "a123456789",
        "holder.national_id",
        "national-id-format",
    ),
    (
        "A123456789",
        "A323456789",
        "holder.national_id",
        "national-id-format",
    ),
    (
        "A123456789",
        "A1234567８9",
        "holder.national_id",
        "national-id-format",
    ),
    ("A123456789", "", "holder.national_id", "national-id-format"),
    (
        r#"sex = "male""#,
        r#"sex = "female""#,
        "holder.sex",
        "sex-disagrees-with-national-id",
    ),
    (
        r#"sex = "male""#,
        r#"sex = "M""#,
        "holder.sex",
        "not-one-of",
    ),
    (
        r#"nationality = "TWN""#,
        r#"nationality = "TW""#,
        "holder.nationality",
        "nationality",
    ),
    (
        r#"nationality = "TWN""#,
        r#"nationality = "twn""#,
        "holder.nationality",
        "nationality",
    ),
    // Dates.
    ("1990-05-12", "1990-02-30", "holder.birth_date", "syntax"),
    (
        "1990-05-12",
        r#""1990-02-30""#,
        "holder.birth_date",
        "no-such-date",
    ),
    (
        "1990-05-12",
        r#""1990-13""#,
        "holder.birth_date",
        "no-such-date",
    ),
    (
        "1990-05-12",
        r#""0000""#,
        "holder.birth_date",
        "no-such-date",
    ),
    (
        "1990-05-12",
        r#""90-05-12""#,
        "holder.birth_date",
        "date-format",
    ),
    (
        "1990-05-12",
        r#""1990/05/12""#,
        "holder.birth_date",
        "date-format",
    ),
    (
        "1990-05-12",
        r#""1990-05-12-01""#,
        "holder.birth_date",
        "date-format",
    ),
    ("1990-05-12", "1990", "holder.birth_date", "wrong-type"),
    (
        "1990-05-12",
        "1990-05-12T08:00:00Z",
        "holder.birth_date",
        "wrong-type",
    ),
    (
        "1990-05-12",
        "2026-01-03",
        "holder.birth_date",
        "born-after-issue",
    ),
    (
        "1990-05-12",
        r#""2027""#,
        "holder.birth_date",
        "born-after-issue",
    ),
    (
        "issue_date = 2026-01-02",
        r#"issue_date = "2026-01""#,
        "document.issue_date",
        "date-format",
    ),
    (
        "renewal_date = 2036-01-01",
        "renewal_date = 2026-01-02",
        "document.renewal_date",
        "renewal-not-after-issue",
    ),
    (
        "renewal_date = 2036-01-01",
        "renewal_date = 2025-12-31",
        "document.renewal_date",
        "renewal-not-after-issue",
    ),
    // Family.
    (
        r#"marriage_status = "married""#,
        r#"marriage_status = "widowed""#,
        "holder.marriage_status",
        "not-one-of",
    ),
    // Places.
    (
        r#"code = "63000""#,
        r#"code = "臺北""#,
        "holder.birth_place.code",
        "character",
    ),
    (
        r#"code = "63000""#,
        r#"code = "12345678901""#,
        "holder.birth_place.code",
        "too-long",
    ),
    (
        r#"county = "臺北市""#,
        r#"county = """#,
        "holder.address.county",
        "empty",
    ),
    (
        r#"village = "樣本里""#,
        r#"village = "樣本里\u0007""#,
        "holder.address.village",
        "character",
    ),
    (
        r#"street = "測試路一段1號""#,
        "street = []",
        "holder.address.street",
        "wrong-type",
    ),
    // The document.
    (
        r#"card_number = "TST123456""#,
        r#"card_number = "TST12345""#,
        "document.card_number",
        "card-number-format",
    ),
    (
        r#"card_number = "TST123456""#,
        r#"card_number = "tst123456""#,
        "document.card_number",
        "card-number-format",
    ),
    (
        r#"card_number = "TST123456""#,
        r#"card_number = "TSTA23456""#,
        "document.card_number",
        "card-number-format",
    ),
    (
        r#"card_number = "TST123456""#,
        r#"card_number = "證件123456""#,
        "document.card_number",
        "card-number-format",
    ),
    // Portraits.
    (
        r#"dpi_300 = "specimen""#,
        r#"dpi_300 = "no/such/file.jpg""#,
        "portrait.dpi_300",
        "image-unreadable",
    ),
    (
        r#"dpi_300 = "specimen""#,
        r#"dpi_300 = "Cargo.toml""#,
        "portrait.dpi_300",
        "image-format",
    ),
    (
        r#"dpi_300 = "specimen""#,
        r#"dpi_300 = "assets/specimen-600dpi.jpg""#,
        "portrait.dpi_300",
        "image-too-large",
    ),
    (
        r#"dpi_600 = "specimen""#,
        r#"dpi_600 = "assets/specimen-300dpi.jpg""#,
        "portrait.dpi_600",
        "image-dimensions",
    ),
    (
        r#"dpi_600 = "specimen""#,
        r#"dpi_600 = "none""#,
        "portrait.dpi_600",
        "one-portrait-missing",
    ),
    (
        r#"dpi_300 = "specimen""#,
        r#"dpi_300 = "none""#,
        "portrait.dpi_300",
        "one-portrait-missing",
    ),
    (
        r#"dpi_300 = "specimen""#,
        r#"dpi_300 = """#,
        "portrait.dpi_300",
        "empty",
    ),
    // Options.
    (
        r#"lockout = "password""#,
        r#"lockout = "never""#,
        "chip.lockout",
        "not-one-of",
    ),
    ("icao = true", r#"icao = "yes""#, "chip.icao", "wrong-type"),
    (
        r#"certificate_keys = "RSA-2048""#,
        r#"certificate_keys = "RSA-1024""#,
        "chip.certificate_keys",
        "not-one-of",
    ),
    (
        r#"cert_read = "after_pin2""#,
        r#"cert_read = "always""#,
        "chip.cert_read",
        "not-one-of",
    ),
    (
        r#"cert_read = "after_pin2""#,
        "cert_read = true",
        "chip.cert_read",
        "wrong-type",
    ),
    ("pace = []", "pace = true", "chip.pace", "wrong-type"),
    ("pace = []", "pace = [1]", "chip.pace[0]", "wrong-type"),
    (
        "pace = []",
        r#"pace = [{ cipher = "DES", curve = "P-384" }]"#,
        "chip.pace[0].cipher",
        "not-one-of",
    ),
    (
        "pace = []",
        r#"pace = [{ cipher = "AES-256", curve = "P-521" }]"#,
        "chip.pace[0].curve",
        "not-one-of",
    ),
    (
        "pace = []",
        r#"pace = [{ cipher = "AES-256", curve = "P-256" }]"#,
        "chip.pace[0].curve",
        "curve-twice",
    ),
    (
        "pace = []",
        r#"pace = [{ curve = "P-384" }]"#,
        "chip.pace[0].cipher",
        "missing",
    ),
    // Codes.
    (
        r#"can = "123456""#,
        r#"can = "123457""#,
        "codes.can",
        "can-is-not-end-of-card-number",
    ),
    (
        r#"can = "123456""#,
        r#"can = "12345""#,
        "codes.can",
        "code-format",
    ),
    (
        r#"pin1 = "135790""#,
        r#"pin1 = "13579""#,
        "codes.pin1",
        "code-format",
    ),
    (
        r#"pin1 = "135790""#,
        "pin1 = 135790",
        "codes.pin1",
        "wrong-type",
    ),
    (
        r#"pin1 = "135790""#,
        r#"pin1 = "13579O""#,
        "codes.pin1",
        "code-format",
    ),
    (
        r#"pin1 = "135790""#,
        r#"transport_pin1 = "135790""#,
        "codes.transport_pin1",
        "code-format",
    ),
    (
        r#"puk = "24681357""#,
        r#"puk = "2468135""#,
        "codes.puk",
        "code-format",
    ),
    (
        r#"pin2 = "86427531""#,
        r#"pin2 = "8642753""#,
        "codes.pin2",
        "code-format",
    ),
    (
        r#"pin2 = "86427531""#,
        r#"pin2 = "8642753186427""#,
        "codes.pin2",
        "code-format",
    ),
    // Keys that no profile has.
    (
        r#"pin2 = "86427531""#,
        r#"pin3 = "86427531""#,
        "codes.pin3",
        "unknown-key",
    ),
    (
        r#"foreign_name = """#,
        r#"foriegn_name = """#,
        "holder.foriegn_name",
        "unknown-key",
    ),
    ("[chip]", "[chips]", "chips", "unknown-key"),
];

#[test]
fn every_bad_field_is_refused_with_field_reason_and_line() {
    for (from, to, field, code) in BAD_FIELDS {
        let (text, line) = edit(from, to);
        let error = refused(&text);
        let field = if *code == "syntax" { "" } else { field };
        let found = error
            .problems()
            .iter()
            .find(|problem| problem.field == field);
        let problem = found.unwrap_or_else(|| panic!("{to}: nothing about {field} in:\n{error}"));
        assert_eq!(problem.code(), *code, "{to}");
        assert_eq!(problem.line, line, "{to}");
        assert_eq!(
            error.problems().len(),
            1,
            "{to}: follow-up errors in:\n{error}"
        );
    }
}

#[test]
fn the_column_points_at_the_value() {
    let (text, _) = edit("A123456789", "A123456788");
    let error = refused(&text);
    let problem = &error.problems()[0];
    let line: Vec<char> = text
        .lines()
        .nth(problem.line - 1)
        .unwrap()
        .chars()
        .collect();
    let rest: String = line[problem.column - 1..].iter().collect();
    assert!(rest.starts_with("\"A123456788\""), "{rest}");
}

#[test]
fn every_required_field_is_missed_by_name_at_its_table() {
    let required = [
        ("holder", "name = \"王小明\"", "holder.name"),
        ("holder", "national_id =", "holder.national_id"),
        ("holder", "sex =", "holder.sex"),
        ("holder", "birth_date =", "holder.birth_date"),
        ("holder", "marriage_status =", "holder.marriage_status"),
        ("holder.address", "county =", "holder.address.county"),
        ("holder.address", "township =", "holder.address.township"),
        ("holder.address", "village =", "holder.address.village"),
        ("holder.address", "street =", "holder.address.street"),
        ("document", "issue_date =", "document.issue_date"),
        ("document", "renewal_date =", "document.renewal_date"),
    ];
    for (table, start, field) in required {
        let text: String = DEFAULT
            .lines()
            .filter(|line| !line.starts_with(start))
            .map(|line| format!("{line}\n"))
            .collect();
        let error = refused(&text);
        let header = text
            .lines()
            .position(|line| line.starts_with(&format!("[{table}]")))
            .unwrap()
            + 1;
        let [problem] = error.problems() else {
            panic!("{field}: {error}")
        };
        assert_eq!(
            (problem.field.as_str(), problem.code(), problem.line),
            (field, "missing", header)
        );
    }
}

#[test]
fn an_empty_profile_misses_every_required_field_at_once() {
    let error = refused("");
    let missing: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| problem.field.as_str())
        .collect();
    for field in [
        "holder.name",
        "holder.national_id",
        "holder.address.street",
        "holder.birth_place.name",
        "document.issue_date",
    ] {
        assert!(missing.contains(&field), "{field}");
    }
    for problem in error.problems() {
        // Without any name there is none in the Latin alphabet either.
        assert!(
            ["missing", "no-name-for-mrz"].contains(&problem.code()),
            "{problem}"
        );
        assert_eq!(problem.line, 1);
    }
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_lines() {
    let text = DEFAULT
        .replace("A123456789", "A123456788")
        .replace("2036-01-01", "2020-01-01")
        .replace("\"135790\"", "\"1357\"")
        .replace("lockout", "lokout");
    let codes: Vec<_> = refused(&text)
        .problems()
        .iter()
        .map(|problem| problem.code())
        .collect();
    let expected = [
        "national-id-checksum",
        "renewal-not-after-issue",
        "unknown-key",
        "code-format",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn all_syntax_errors_are_reported_at_once() {
    let text = DEFAULT
        .replace("sex = \"male\"", "sex = male")
        .replace("icao = true", "icao = wahr");
    let error = refused(&text);
    let lines: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| (problem.code(), problem.line))
        .collect();
    let line_of = |start: &str| {
        text.lines()
            .position(|line| line.starts_with(start))
            .unwrap()
            + 1
    };
    assert_eq!(
        lines,
        [("syntax", line_of("sex =")), ("syntax", line_of("icao ="))]
    );
}

#[test]
fn a_key_given_twice_is_refused() {
    let text = DEFAULT.replace(
        "[holder.birth_place]",
        "name = \"李小明\"\n[holder.birth_place]",
    );
    let error = refused(&text);
    assert_eq!(error.problems()[0].code(), "syntax");
    let line = text
        .lines()
        .position(|line| line.starts_with("name = \"李小明\""))
        .unwrap()
        + 1;
    assert_eq!(error.problems()[0].line, line);
}

#[test]
fn a_misspelt_key_is_told_its_neighbour_in_both_languages() {
    let (text, _) = edit("lockout =", "lokout =");
    let error = refused(&text);
    assert!(
        error.english().contains("did you mean `lockout`?"),
        "{error}"
    );
    assert!(
        error.chinese().contains("是否為「lockout」"),
        "{}",
        error.chinese()
    );
}

#[test]
fn no_error_text_repeats_a_value_of_the_profile() {
    let secrets = ["A123456788", "1357xy", "王 小明", "十二之一"];
    let text = DEFAULT
        .replace("A123456789", secrets[0])
        .replace("\"135790\"", "\"1357xy\"")
        .replace("王小明\"                ", "王 小明\"")
        .replace("sex = \"male\"", "sex = \"十二之一\"");
    let error = refused(&text);
    assert_eq!(error.problems().len(), 4, "{error}");
    for secret in secrets {
        for shown in [error.english(), error.chinese(), format!("{error:?}")] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
    let profile = Profile::default_specimen();
    let shown = format!(
        "{profile:?} {:?} {:?}",
        profile.codes(),
        profile.document().card_number
    );
    for secret in [
        "王小明",
        "A123456789",
        "123456",
        "135790",
        "24681357",
        "86427531",
        "1990",
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn married_and_unmarried_holders_need_and_lack_a_spouse() {
    let spouse = "[holder.spouse]                                 # 配偶；未婚者刪除此段 / leave this table out for an unmarried holder\nname = \"林美麗\"                                 # 不詳時留空白 / empty if not known\nromanized_name = \"LIN, MEI-LI\"\n";
    let (without, _) = edit(spouse, "");
    let error = refused(&without);
    assert_eq!(error.problems()[0].code(), "married-without-spouse");
    assert_eq!(error.problems()[0].field, "holder.marriage_status");

    let (unmarried, _) = edit("\"married\"  ", "\"unmarried\"");
    let error = refused(&unmarried);
    assert_eq!(error.problems()[0].code(), "unmarried-with-spouse");
    let line = DEFAULT
        .lines()
        .position(|line| line.starts_with("[holder.spouse]"))
        .unwrap()
        + 1;
    assert_eq!(
        (error.problems()[0].field.as_str(), error.problems()[0].line),
        ("holder.spouse", line)
    );

    let single = without.replace(
        "marriage_status = \"married\"",
        "marriage_status = \"unmarried\"",
    );
    Profile::from_toml(&single).expect("an unmarried holder without spouse");
    let unknown = DEFAULT.replace("林美麗", "").replace("LIN, MEI-LI", "");
    Profile::from_toml(&unknown).expect("a spouse whose name is not known");
}

#[test]
fn a_child_has_no_certificate_no_service_and_no_spouse() {
    let child = DEFAULT.replace("1990-05-12", "2012-01-03");
    let error = refused(&child);
    let fields: Vec<_> = error
        .problems()
        .iter()
        .map(|p| (p.field.as_str(), p.code()))
        .collect();
    let forbidden = [
        "holder.marriage_status",
        "holder.military_service",
        "chip.certificate",
    ];
    assert_eq!(fields, forbidden.map(|field| (field, "under-fourteen")));

    // Fourteen on the day of issue, and a day short of it.
    Profile::from_toml(&DEFAULT.replace("1990-05-12", "2012-01-02")).expect("fourteen today");
    // Partly unknown: the latest possible day counts, even if it lies after the issue.
    assert_eq!(
        refused(&DEFAULT.replace("1990-05-12", "\"2026\""))
            .problems()
            .len(),
        3
    );
    assert_eq!(
        refused(&DEFAULT.replace("1990-05-12", "\"2012-01\""))
            .problems()
            .len(),
        3
    );
    Profile::from_toml(&DEFAULT.replace("1990-05-12", "\"2011\"")).expect("fourteen at any rate");
}

#[test]
fn a_child_may_hold_a_card_from_the_day_of_birth() {
    let child = holders()
        .iter()
        .find(|holder| holder.case == "under-fourteen")
        .unwrap()
        .toml;
    Profile::from_toml(&child.replace("2017-09-01", "2026-01-02"))
        .expect("born on the day of issue");
    let error = refused(&child.replace("2017-09-01", "2026-01-03"));
    assert_eq!(error.problems()[0].code(), "born-after-issue");
}

#[test]
fn a_resident_number_of_the_older_form_is_good_until_it_ends() {
    let resident = DEFAULT
        .replace("A123456789", "AC00000003")
        .replace("renewal_date = 2036-01-01", "renewal_date = 2040-01-01");
    let issued_on =
        |day: &str| resident.replace("issue_date = 2026-01-02", &format!("issue_date = {day}"));
    Profile::from_toml(&issued_on("2030-12-31")).expect("its last day");
    let error = refused(&issued_on("2031-01-01"));
    let problem = &error.problems()[0];
    assert_eq!(
        (problem.field.as_str(), problem.code()),
        ("holder.national_id", "old-form-no-longer-valid")
    );
}

#[test]
fn the_icao_application_needs_a_latin_name_and_a_portrait() {
    let (nameless, _) = edit("\"WANG, HSIAO-MING\"", "\"\"");
    let error = refused(&nameless);
    assert_eq!(error.problems()[0].field, "holder.romanized_name");
    assert_eq!(error.problems()[0].code(), "no-name-for-mrz");
    let faceless = DEFAULT
        .replace("\"specimen\"  ", "\"none\"")
        .replace("dpi_600 = \"specimen\"", "dpi_600 = \"none\"");
    let error = refused(&faceless);
    assert_eq!(error.problems()[0].code(), "no-portrait-for-icao");
    for text in [&nameless, &faceless] {
        Profile::from_toml(&text.replace("icao = true", "icao = false"))
            .expect("no ICAO application");
    }
}

#[test]
fn options_of_the_icao_application_need_it() {
    for option in ["icao_can", "active_authentication"] {
        let text = DEFAULT
            .replace("icao = true", "icao = false")
            .replace(&format!("{option} = false"), &format!("{option} = true"));
        let error = refused(&text);
        assert_eq!(error.problems()[0].field, format!("chip.{option}"));
        assert_eq!(error.problems()[0].code(), "option-needs-icao");
        Profile::from_toml(&text.replace("icao = false", "icao = true"))
            .expect("with the application");
    }
}

#[test]
fn a_card_has_one_pin1_and_a_pin2_only_with_a_certificate() {
    let (both, line) = edit(
        "pin1 = \"135790\"",
        "pin1 = \"135790\"\ntransport_pin1 = \"13579\"",
    );
    let error = refused(&both);
    assert_eq!(
        (error.problems()[0].code(), error.problems()[0].line),
        ("two-kinds-of-pin1", line + 1)
    );
    let (transport, _) = edit("pin1 = \"135790\"", "transport_pin1 = \"13579\"");
    let profile = Profile::from_toml(&transport).expect("a transport PIN1");
    assert!(matches!(profile.codes().pin1, Pin1Choice::Transport(_)));
    let error = refused(&DEFAULT.replace("certificate = true", "certificate = false"));
    assert_eq!(error.problems()[0].code(), "pin2-without-certificate");
}

#[test]
fn two_suites_over_one_curve_are_refused() {
    let suite = |cipher, curve| format!("{{ cipher = \"{cipher}\", curve = \"{curve}\" }}");
    let two = |first, second| DEFAULT.replace("pace = []", &format!("pace = [{first}, {second}]"));
    let error = refused(&two(suite("AES-256", "P-384"), suite("AES-128", "P-384")));
    assert_eq!(
        (
            error.problems()[0].field.as_str(),
            error.problems()[0].code()
        ),
        ("chip.pace[1].curve", "curve-twice")
    );
    let profile = Profile::from_toml(&two(
        suite("AES-256", "P-384"),
        suite("AES-128", "brainpoolP256r1"),
    ));
    assert_eq!(profile.expect("two curves").chip().pace.len(), 2);
}

#[test]
fn a_name_of_fifty_characters_fits_and_one_more_does_not() {
    for character in ["王", "𠮷", "\u{30EDD}", "\u{F0001}", "葛\u{E0100}"] {
        let name =
            |count| DEFAULT.replace("\"王小明\"", &format!("\"{}\"", character.repeat(count)));
        let profile = Profile::from_toml(&name(50)).expect("fifty characters");
        assert_eq!(profile.holder().name.as_str(), character.repeat(50));
        let error = refused(&name(51));
        assert_eq!(
            (
                error.problems()[0].field.as_str(),
                error.problems()[0].code()
            ),
            ("holder.name", "too-long")
        );
    }
}

#[test]
fn a_character_of_a_thousand_accents_is_too_long() {
    let error =
        refused(&DEFAULT.replace("WANG, HSIAO-MING", &format!("A{}", "\u{301}".repeat(1000))));
    assert_eq!(error.problems()[0].code(), "too-long");
}

#[test]
fn pictures_of_both_formats_are_read_relative_to_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    for (file, bytes) in [
        ("small.jp2", issuer::specimen::PORTRAIT_300_DPI_JPEG_2000),
        ("large.jpg", issuer::specimen::PORTRAIT_600_DPI),
    ] {
        std::fs::write(folder.path().join(file), bytes).unwrap();
    }
    let text = DEFAULT
        .replace("dpi_300 = \"specimen\"", "dpi_300 = \"small.jp2\"")
        .replace("dpi_600 = \"specimen\"", "dpi_600 = \"large.jpg\"");
    let path = folder.path().join("card.toml");
    std::fs::write(&path, text).unwrap();
    let profile = Profile::from_file(&path).expect("both pictures are there");
    let Portraits::Pictures { dpi_300, dpi_600 } = profile.portraits() else {
        panic!("no pictures")
    };
    assert_eq!(
        dpi_300.as_bytes(),
        issuer::specimen::PORTRAIT_300_DPI_JPEG_2000
    );
    assert_eq!(dpi_600.as_bytes(), issuer::specimen::PORTRAIT_600_DPI);

    std::fs::write(
        folder.path().join("small.jp2"),
        &issuer::specimen::PORTRAIT_300_DPI_JPEG_2000[..9000],
    )
    .unwrap();
    let error = Profile::from_file(&path).expect_err("a broken-off picture");
    assert!(error.to_string().contains("portrait.dpi_300"), "{error}");
}

#[test]
fn a_portrait_stands_upright_and_has_enough_pixels() {
    // The shortest codestream that tells a size, and the marker that ends it.
    let picture = |width: u32, height: u32| {
        let mut bytes = vec![0xFF, 0x4F, 0xFF, 0x51, 0x00, 0x29, 0x00, 0x00];
        for number in [width, height, 0, 0, width, height, 0, 0] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend([0, 1, 7, 1, 1, 0xFF, 0xD9]);
        bytes
    };
    let folder = tempfile::tempdir().unwrap();
    let text = DEFAULT.replace("dpi_300 = \"specimen\"", "dpi_300 = \"picture.j2k\"");
    let code = |width, height| {
        std::fs::write(folder.path().join("picture.j2k"), picture(width, height)).unwrap();
        let error = Profile::from_toml_in(&text, folder.path()).err()?;
        Some(error.problems()[0].code())
    };
    assert_eq!(code(350, 450), None);
    for (width, height) in [(349, 450), (350, 449), (450, 450), (600, 500)] {
        assert_eq!(code(width, height), Some("image-dimensions"));
    }
}

#[test]
fn every_specimen_holder_is_valid_and_no_two_share_a_number() {
    let profiles: Vec<_> = holders().iter().map(|holder| holder.profile()).collect();
    assert_eq!(profiles.len(), 10);
    let mut numbers: Vec<_> = profiles
        .iter()
        .map(|p| p.document().card_number.clone().unwrap())
        .collect();
    numbers.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    numbers.dedup();
    assert_eq!(numbers.len(), 10);
}

#[test]
fn the_specimen_holders_are_what_their_names_say() {
    let profile = |case| {
        holders()
            .iter()
            .find(|holder| holder.case == case)
            .unwrap()
            .profile()
    };
    let long = profile("long-romanized-name");
    let romanized = long.holder().romanized_name.clone().unwrap();
    assert_eq!(romanized.as_str().chars().count(), 50);
    assert!(
        ["\u{2019}", "\u{B7}"]
            .iter()
            .all(|mark| romanized.as_str().contains(mark))
    );
    let rare = profile("rare-ideographs");
    let planes: Vec<u32> = rare
        .holder()
        .name
        .as_str()
        .chars()
        .map(|c| u32::from(c) >> 16)
        .collect();
    assert_eq!(planes, [2, 3, 15]);
    assert_eq!(
        profile("unmarried").holder().marriage_status,
        MarriageStatus::Unmarried
    );
    assert_eq!(
        profile("parents-labels").holder().father.label.as_str(),
        "養母"
    );
    assert!(matches!(
        profile("no-portrait").portraits(),
        Portraits::None
    ));
    assert!(!profile("no-certificate").chip().certificate);
    assert!(!profile("under-fourteen").chip().certificate);
}

#[test]
fn nesting_without_end_is_an_error_and_no_crash() {
    for text in [
        "a = ".to_owned() + &"[".repeat(100_000),
        "a = ".to_owned() + &"{ b = ".repeat(100_000),
    ] {
        assert!(Profile::from_toml(&text).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_in_a_profile_it_is_read_or_refused_at_a_line_that_exists(
        at in 0..DEFAULT.len(),
        length in 0..40usize,
        text in "\\PC{0,12}|[\\[\\]{}=\"'#\n.0-9a-z-]{0,12}",
    ) {
        let start = (0..=at).rev().find(|at| DEFAULT.is_char_boundary(*at)).unwrap();
        let end = (start + length..).find(|at| *at >= DEFAULT.len() || DEFAULT.is_char_boundary(*at));
        let end = end.unwrap().min(DEFAULT.len());
        let changed = [&DEFAULT[..start], &text, &DEFAULT[end..]].concat();
        if let Err(error) = Profile::from_toml(&changed) {
            let lines = changed.split('\n').count();
            prop_assert!(!error.problems().is_empty());
            for problem in error.problems() {
                prop_assert!((1..=lines).contains(&problem.line) && problem.column >= 1, "{problem}");
            }
        }
    }
}

#[test]
fn every_reason_speaks_both_languages() {
    let mut texts = Vec::new();
    for (from, to, ..) in BAD_FIELDS {
        texts.push(refused(&edit(from, to).0));
    }
    for error in texts {
        for problem in error.problems() {
            let (english, chinese) = (problem.reason.english(), problem.reason.chinese());
            assert!(english.chars().any(|c| c.is_ascii_lowercase()), "{english}");
            assert!(chinese.chars().any(|c| c > '\u{3000}'), "{chinese}");
        }
    }
}
