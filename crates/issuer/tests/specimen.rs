//! What the specimen cards answer on the wire, and what a verifier finds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop the test as the tests themselves do"
)]

mod support;

use iso7816::{Aid, ShortFileId, StatusWord};
use issuer::INDIVIDUAL_KEY_ID;
use issuer::specimen::{self, IssuedSpecimen};
use lds::eid::{DataGroup, Dg11, GroupNumber};
use lds::{Date, Dg1, Dg14, SecurityInfos};
use pki::{PassiveAuthentication, SerialNumber, SignedData};
use secure_channel::pace::Mapping;
use secure_channel::{Curve, EcPublicKey, Password};
use support::{Pace, Terminal, open, suite};

const EID: Aid = lds::eid::APPLICATION_ID;
const ICAO: Aid = Aid::from_array([0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01]);
const EF_SOD: ShortFileId = ShortFileId::new(0x1D);
const EF_CARD_SECURITY: ShortFileId = ShortFileId::new(0x1D);

fn can(specimen: &IssuedSpecimen) -> Password {
    Password::can(specimen.codes.can()).unwrap()
}

fn pin1(specimen: &IssuedSpecimen) -> Password {
    Password::pin(specimen.codes.pin1()).unwrap()
}

/// What a reader of the public zone finds: the errors of passive authentication, and DG11.
fn public_zone(specimen: &mut IssuedSpecimen) -> (Vec<pki::Error>, Dg11) {
    let password = can(specimen);
    let (mut terminal, _) = open(&mut specimen.card, Mapping::Generic, &password);
    assert_eq!(terminal.select(EID), StatusWord::OK);
    let sod = terminal.read(EF_SOD).expect("EF.SOD");
    let groups: Vec<(u8, Vec<u8>)> = [
        GroupNumber::Dg2,
        GroupNumber::Dg11,
        GroupNumber::Dg12,
        GroupNumber::Dg13,
    ]
    .map(|group| {
        (
            group.number(),
            terminal
                .read(group.short_file_id())
                .expect("a public group"),
        )
    })
    .into();
    let contents: Vec<(u8, &[u8])> = groups
        .iter()
        .map(|(number, contents)| (*number, contents.as_slice()))
        .collect();
    let trust = &specimen.trust;
    let passive = PassiveAuthentication::new(&trust.anchors, trust.time)
        .with_revocation_lists(&trust.revocation_lists);
    let verdict = passive.security_object(&sod, &contents);
    let errors = verdict.report().errors().cloned().collect();
    (errors, Dg11::decode(&groups[1].1).unwrap())
}

fn is_lost(specimen: &IssuedSpecimen, number: &str) -> bool {
    let entry = SerialNumber::from_be_bytes(number.as_bytes());
    specimen.trust.lost_cards.is_revoked(&entry).is_some()
}

/// Whether the chip proves, in PACE with chip authentication mapping, the key of EF.CardSecurity.
fn proves_generation_key(specimen: &mut IssuedSpecimen) -> bool {
    let password = can(specimen);
    let (mut terminal, proof) = open(&mut specimen.card, Mapping::ChipAuthentication, &password);
    let card_security = terminal.read(EF_CARD_SECURITY).expect("EF.CardSecurity");
    let signed = SignedData::parse(&card_security).unwrap();
    let content = signed.verify(pki::oid::SECURITY_OBJECT).unwrap().content;
    let key = public_key(&SecurityInfos::parse(content).unwrap());
    proof.expect("a proof").verify(&key).is_ok()
}

/// Whether the chip proves, in Chip Authentication, the key of DG14.
fn proves_individual_key(specimen: &mut IssuedSpecimen) -> bool {
    let mrz = specimen.mrz.as_ref().unwrap().mrz_information();
    let password = Password::mrz_information(&mrz);
    let (mut terminal, _) = open(&mut specimen.card, Mapping::Generic, &password);
    assert_eq!(terminal.select(ICAO), StatusWord::OK);
    let dg14 = Dg14::parse(&terminal.read(Dg14::SHORT_FILE_ID).expect("DG14")).unwrap();
    let key = public_key(dg14.security_infos());
    terminal
        .chip_authentication(INDIVIDUAL_KEY_ID, &key)
        .is_ok()
}

fn public_key(infos: &SecurityInfos) -> EcPublicKey {
    let info = infos
        .chip_authentication_public_key_infos()
        .next()
        .expect("a key");
    let point = info.chip_authentication_public_key.public_key().unwrap();
    EcPublicKey::from_uncompressed(Curve::P256, point).unwrap()
}

#[test]
fn the_valid_card_is_in_order_in_every_respect() {
    let mut specimen = specimen::valid();
    let (errors, dg11) = public_zone(&mut specimen);
    assert_eq!(errors, []);
    assert_eq!(dg11.name.as_str(), "王小明");
    assert!(dg11.renewal_date > Some(Date::new(2026, 6, 1).unwrap()));
    assert!(!is_lost(&specimen, dg11.document_number.as_str()));
    assert!(proves_generation_key(&mut specimen));
    assert!(proves_individual_key(&mut specimen));
    let password = pin1(&specimen);
    open(&mut specimen.card, Mapping::Generic, &password);
    let password = Password::puk(specimen.codes.puk()).unwrap();
    open(&mut specimen.card, Mapping::Generic, &password);
}

#[test]
fn the_overdue_card_is_genuine_and_past_its_renewal_date() {
    let mut specimen = specimen::overdue();
    let (errors, dg11) = public_zone(&mut specimen);
    assert_eq!(errors, []);
    assert_eq!(dg11.renewal_date, Some(Date::new(2025, 5, 31).unwrap()));
    assert!(proves_generation_key(&mut specimen) && proves_individual_key(&mut specimen));
}

#[test]
fn the_revoked_and_the_foreign_signer_are_refused_and_nothing_else() {
    let mut specimen = specimen::revoked();
    let (errors, _) = public_zone(&mut specimen);
    assert!(
        matches!(errors[..], [pki::Error::Revoked { .. }]),
        "{errors:?}"
    );
    assert!(proves_generation_key(&mut specimen) && proves_individual_key(&mut specimen));

    let mut specimen = specimen::wrong_signer();
    let (errors, _) = public_zone(&mut specimen);
    assert!(
        matches!(errors[..], [pki::Error::UntrustedIssuer { .. }]),
        "{errors:?}"
    );
    assert!(proves_generation_key(&mut specimen) && proves_individual_key(&mut specimen));
}

/// How PACE with PIN1 ends on a fresh card.
fn pin1_alone(specimen: &mut IssuedSpecimen) -> (StatusWord, StatusWord) {
    let password = pin1(specimen);
    match Terminal::new(&mut specimen.card).pace(suite(Mapping::Generic), &password) {
        Pace::Open(_) => panic!("PIN1 must not open this card"),
        Pace::Refused(state, status) => (state, status),
    }
}

#[test]
fn the_suspended_pin_needs_the_access_code_first() {
    let mut specimen = specimen::pin_suspended();
    let refused = (StatusWord(0x63C1), StatusWord::CONDITIONS_NOT_SATISFIED);
    assert_eq!(pin1_alone(&mut specimen), refused);
    let (first, second) = (can(&specimen), pin1(&specimen));
    let (mut terminal, _) = open(&mut specimen.card, Mapping::Generic, &first);
    assert!(matches!(
        terminal.pace(suite(Mapping::Generic), &second),
        Pace::Open(_)
    ));
    // The right PIN1 brings all tries back.
    open(&mut specimen.card, Mapping::Generic, &second);
}

#[test]
fn the_blocked_pin_is_blocked_and_the_public_zone_stays_open() {
    let mut specimen = specimen::pin_blocked();
    let refused = (
        StatusWord(0x63C0),
        StatusWord::AUTHENTICATION_METHOD_BLOCKED,
    );
    assert_eq!(pin1_alone(&mut specimen), refused);
    let (errors, _) = public_zone(&mut specimen);
    assert_eq!(errors, []);
}

#[test]
fn the_deactivated_pin_is_deactivated_and_the_public_zone_stays_open() {
    let mut specimen = specimen::deactivated();
    let refused = (
        StatusWord::DEACTIVATED,
        StatusWord::REFERENCE_DATA_NOT_USABLE,
    );
    assert_eq!(pin1_alone(&mut specimen), refused);
    let (errors, _) = public_zone(&mut specimen);
    assert_eq!(errors, []);
}

#[test]
fn the_lost_card_is_on_the_signed_list_and_in_order_otherwise() {
    let mut specimen = specimen::lost();
    let (errors, dg11) = public_zone(&mut specimen);
    assert_eq!(errors, []);
    assert_eq!(dg11.document_number.as_str(), specimen.card_number.as_str());
    assert!(is_lost(&specimen, dg11.document_number.as_str()));
    let trust = &specimen.trust;
    let register = trust.lost_card_anchors.anchors().next().unwrap();
    trust
        .lost_cards
        .verify_signature(&register.public_key().unwrap())
        .unwrap();
    trust.lost_cards.check_validity(trust.time).unwrap();
    assert_eq!(
        trust.lost_cards.authority_key_identifier(),
        register.subject_key_identifier().unwrap()
    );
    // The register signs no documents, and the country signing CA no list of lost cards.
    let country = trust.anchors.anchors().next().unwrap();
    assert!(
        trust
            .lost_cards
            .verify_signature(&country.public_key().unwrap())
            .is_err()
    );
    assert!(proves_generation_key(&mut specimen));
}

#[test]
fn the_clone_has_every_signature_and_neither_key() {
    let mut specimen = specimen::cloned();
    let (errors, _) = public_zone(&mut specimen);
    assert_eq!(errors, []);
    assert!(!proves_generation_key(&mut specimen));
    assert!(!proves_individual_key(&mut specimen));
}

#[test]
fn the_tampered_card_fails_in_the_hash_of_dg11_alone() {
    let mut specimen = specimen::tampered();
    let (errors, dg11) = public_zone(&mut specimen);
    assert_eq!(errors, [pki::Error::GroupHash(11)]);
    assert_eq!(dg11.name.as_str(), "王大明");
    assert!(proves_generation_key(&mut specimen) && proves_individual_key(&mut specimen));
}

#[test]
fn a_verifier_that_knows_no_test_anchors_takes_none_of_the_cards() {
    let specimen = specimen::valid();
    let anchor = specimen.trust.anchors.anchors().next().unwrap().clone();
    let refused = pki::TrustStore::new().add_anchor(anchor);
    assert_eq!(refused, Err(pki::Error::TestAnchor));
}

#[test]
fn every_run_is_the_same_run() {
    let run = |specimen: &mut IssuedSpecimen| {
        let password = can(specimen);
        let (mut terminal, _) = open(&mut specimen.card, Mapping::Generic, &password);
        terminal.select(EID);
        terminal.read(EF_SOD).unwrap()
    };
    assert_eq!(run(&mut specimen::valid()), run(&mut specimen::valid()));
    assert_eq!(
        specimen::valid().card.device().uid(),
        specimen::valid().card.device().uid()
    );
}

#[test]
fn every_holders_card_opens_with_its_codes_and_reads_back() {
    for holder in specimen::holders() {
        let profile = holder.profile();
        let mut specimen = specimen::issue(&profile).expect(holder.case);
        let (errors, dg11) = public_zone(&mut specimen);
        assert_eq!(errors, [], "{}", holder.case);
        assert_eq!(dg11.name, profile.holder().name, "{}", holder.case);
        if !specimen.codes.pin1_is_transport() {
            let password = pin1(&specimen);
            open(&mut specimen.card, Mapping::Generic, &password);
        }
        if let Some(mrz) = specimen.mrz.clone() {
            let password = Password::mrz_information(&mrz.mrz_information());
            let (mut terminal, _) = open(&mut specimen.card, Mapping::Generic, &password);
            assert_eq!(terminal.select(ICAO), StatusWord::OK, "{}", holder.case);
            let dg1 = Dg1::parse(&terminal.read(Dg1::SHORT_FILE_ID).unwrap()).unwrap();
            assert_eq!(*dg1.mrz(), mrz, "{}", holder.case);
        }
        for further in &profile.chip().pace {
            let password = can(&specimen);
            let opened = Terminal::new(&mut specimen.card).pace(*further, &password);
            assert!(
                matches!(opened, Pace::Open(_)),
                "{}: {further:?}",
                holder.case
            );
        }
    }
}

#[test]
fn a_transport_pin1_opens_a_session_that_reads_nothing() {
    let holders = specimen::holders();
    let holder = holders
        .iter()
        .find(|holder| holder.case == "unknown-birth-date")
        .unwrap();
    let mut specimen = specimen::issue(&holder.profile()).unwrap();
    assert!(specimen.codes.pin1_is_transport());
    let password = pin1(&specimen);
    let (mut terminal, _) = open(&mut specimen.card, Mapping::Generic, &password);
    terminal.select(EID);
    for group in [GroupNumber::Dg4, GroupNumber::Dg11] {
        let read = terminal.read(group.short_file_id());
        assert_eq!(
            read,
            Err(StatusWord::SECURITY_STATUS_NOT_SATISFIED),
            "{group}"
        );
    }
}

#[test]
fn the_access_code_opens_the_icao_application_only_where_the_issuer_says_so() {
    for (case, allowed) in [("wang-xiaoming", false), ("parents-labels", true)] {
        let holder = specimen::holders()
            .iter()
            .find(|holder| holder.case == case)
            .unwrap();
        assert_eq!(holder.profile().chip().icao_can, allowed);
        let mut specimen = specimen::issue(&holder.profile()).unwrap();
        let password = can(&specimen);
        let (mut terminal, _) = open(&mut specimen.card, Mapping::Generic, &password);
        // Where the SELECT is refused, the short identifier would mean a file of the MF.
        let read = match terminal.select(ICAO) {
            StatusWord::OK => terminal.read(Dg1::SHORT_FILE_ID).map(|_| ()),
            refused => Err(refused),
        };
        let expected = if allowed {
            Ok(())
        } else {
            Err(StatusWord::SECURITY_STATUS_NOT_SATISFIED)
        };
        assert_eq!(read, expected, "{case}");
    }
}

/// Enters a wrong PIN1 until it is used up; then whether the access code still reads DG11.
fn is_public_zone_open_after_exhausting_pin1(case: &str) -> bool {
    let holder = specimen::holders()
        .iter()
        .find(|holder| holder.case == case)
        .unwrap();
    let mut specimen = specimen::issue(&holder.profile()).unwrap();
    let (right_can, wrong) = (can(&specimen), Password::pin("000000").unwrap());
    for needs_can in [false, false, true] {
        let mut terminal = Terminal::new(&mut specimen.card);
        if needs_can {
            let opened = terminal.pace(suite(Mapping::Generic), &right_can);
            assert!(matches!(opened, Pace::Open(_)));
        }
        let refused = terminal.pace(suite(Mapping::Generic), &wrong);
        assert!(matches!(refused, Pace::Refused(..)));
    }
    let refused = (
        StatusWord(0x63C0),
        StatusWord::AUTHENTICATION_METHOD_BLOCKED,
    );
    assert_eq!(pin1_alone(&mut specimen), refused);
    let (mut terminal, _) = open(&mut specimen.card, Mapping::Generic, &right_can);
    terminal.select(EID);
    terminal.read(GroupNumber::Dg11.short_file_id()).is_ok()
}

#[test]
fn the_option_to_lock_the_whole_card_reaches_the_chip() {
    // `lockout = "password"`, the default.
    assert!(is_public_zone_open_after_exhausting_pin1("wang-xiaoming"));
    // `lockout = "card"`.
    assert!(!is_public_zone_open_after_exhausting_pin1("unmarried"));
}
