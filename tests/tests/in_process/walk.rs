//! The walk, for every specimen holder.

use issuer::specimen;
use neweid_tests::cards::{self, TestCard, trust};
use neweid_tests::flows::walk;

#[test]
fn every_specimen_holder_is_read_and_verified_byte_for_byte() {
    for holder in specimen::holders() {
        println!("{}", holder.case);
        let subject = TestCard::of(holder);
        let mut card = subject.insert();
        walk::every_check_passes_and_every_field_is_true(&mut card, &subject.holder, trust());
    }
}

/// What the specimen holders are for: the truth that the walks are held against has these cases in it.
#[test]
fn the_specimen_holders_stress_the_data() {
    let fields: Vec<_> = specimen::holders()
        .iter()
        .flat_map(|holder| TestCard::of(holder).holder.fields())
        .collect();
    let texts = |name: &str| -> Vec<String> {
        let of_name = fields.iter().filter(|(_, field, _)| *field == name);
        of_name
            .map(|(_, _, truth)| match truth {
                cards::holder::Truth::Text(text) | cards::holder::Truth::Date(text) => text.clone(),
                cards::holder::Truth::Image(bytes) => bytes.len().to_string(),
            })
            .collect()
    };
    let in_plane = |plane: u32| {
        let names = texts("name");
        names
            .iter()
            .any(|name| name.chars().any(|c| u32::from(c) >> 16 == plane))
    };
    assert!(
        texts("nameRoman")
            .iter()
            .any(|name| name.chars().count() == 50)
    );
    assert!(in_plane(2) && in_plane(3) && in_plane(15));
    assert!(texts("birthday").contains(&"1931    ".to_owned()));
    assert!(texts("pic300dpi").contains(&"0".to_owned()), "no portrait");
    assert!(texts("dadNameField").contains(&"養母".to_owned()));
    assert!(texts("rocID").contains(&"F900000128".to_owned()));
    assert!(
        texts("spouseName").contains(&String::new()) && texts("dadName").contains(&String::new())
    );
    assert!(texts("nameForeign").contains(&"SPECIMEN, ANNA MARÍA".to_owned()));
}

#[test]
fn names_of_fifty_characters_come_back_whole() {
    // Fifty of what a person counts as one: an ideograph of the basic plane, of plane 2, and of
    // plane 3 with a variation selector.
    for character in ["王", "𠮷", "\u{30EDD}\u{E0100}"] {
        let name = character.repeat(50);
        let roman = format!("{} {}", "A".repeat(24), "’".repeat(25));
        let subject = TestCard::with_lines(&[
            ("name = \"王小明\"", &format!("name = \"{name}\"")),
            ("\"WANG, HSIAO-MING\"", &format!("\"{roman}\"")),
            ("\"林美麗\"", &format!("\"{name}\"")),
        ]);
        let mut card = subject.insert();
        walk::every_check_passes_and_every_field_is_true(&mut card, &subject.holder, trust());
    }
}

#[test]
fn one_group_alone_is_read_and_verified() {
    let subject = TestCard::default_specimen();
    let mut card = subject.insert();
    walk::one_group_alone_is_read_and_verified(&mut card, &subject.holder, trust());
}

#[test]
fn what_a_code_does_not_open_is_refused_and_the_session_goes_on() {
    // The second card's issuer lets the access code into the ICAO application.
    for case in ["wang-xiaoming", "parents-labels", "no-portrait"] {
        let subject = TestCard::of_case(case);
        let mut card = subject.insert();
        walk::what_a_code_does_not_open_is_refused_and_the_session_goes_on(
            &mut card,
            &subject.holder,
            trust(),
        );
    }
}

#[test]
fn pin1_alone_opens_nothing_protected_and_an_unproven_chip_is_not_accepted() {
    let subject = TestCard::default_specimen();
    let mut card = subject.insert();
    walk::pin1_alone_opens_nothing_protected_and_an_unproven_chip_is_not_accepted(
        &mut card,
        &subject.holder,
        trust(),
    );
}
