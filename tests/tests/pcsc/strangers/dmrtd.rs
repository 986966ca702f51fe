//! The crate `dmrtd`: PACE, secure messaging, the files of the ICAO application and passive
//! authentication, by somebody else.

use dmrtd::auth::passive::{self, DataGroup, PassiveAuthError, TrustAnchor};
use dmrtd::com::{TransceiveError, Transceiver};
use dmrtd::lds::ef::ElementaryFile;
use dmrtd::passport::Passport;
use dmrtd::proto::can_key::CanKey;
use dmrtd::proto::dba_key::DBAKey;
use libtest_mimic::Trial;
use neweid_tests::cards::{TestCard, pki};
use transport::pcsc::{PcscCard, PcscOptions};
use transport::{CardTransport, Interface};

use crate::slot::Slot;
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        dmrtd:
        it_reads_the_whole_icao_application_and_authenticates_it,
        it_finds_a_changed_group,
        it_is_refused_with_a_wrong_mrz_and_with_the_access_code,
    )
}

/// The card as `dmrtd` reaches it.
struct Reader(PcscCard);

impl Transceiver for Reader {
    fn transceive(&mut self, apdu: &[u8]) -> Result<Vec<u8>, TransceiveError> {
        self.0
            .transmit(apdu)
            .map_err(|error| TransceiveError::new(error.to_string()))
    }
}

fn passport() -> Passport<Reader> {
    Passport::new(Reader(Slot::FIRST.open(PcscOptions::new())))
}

/// With Active Authentication, so that every file of the application is there.
fn subject() -> TestCard {
    TestCard::with_lines(&[(
        "active_authentication = false",
        "active_authentication = true",
    )])
}

fn key([number, birth, expiry]: [String; 3]) -> DBAKey {
    let date = |text: &str| chrono::NaiveDate::parse_from_str(text, "%y%m%d").expect("a date");
    DBAKey::new(number, date(&birth), date(&expiry), true).expect("an MRZ")
}

fn anchor() -> TrustAnchor {
    let certificate = pki().country_signing_ca().certificate().as_der();
    TrustAnchor::from_certificate(certificate).expect("a certificate")
}

fn it_reads_the_whole_icao_application_and_authenticates_it() {
    let subject = subject();
    let icao = subject.image().icao.as_ref().expect("an ICAO application");
    for interface in [Interface::Contactless, Interface::Contact] {
        let inserted = Slot::FIRST.insert_image(subject.image(), interface);
        let mut passport = passport();
        let access = passport.read_ef_card_access().expect("EF.CardAccess");
        passport
            .start_session_pace(key(subject.holder.mrz_key()), &access)
            .expect("PACE");
        let com = passport.read_ef_com().expect("EF.COM");
        assert_eq!(com.to_bytes(), icao.com);
        assert_eq!(com.version(), "0107");
        let dg1 = passport.read_ef_dg1().expect("DG1");
        assert_eq!(dg1.mrz().document_number(), subject.holder.mrz_key()[0]);
        assert_eq!(dg1.mrz().optional_data(), subject.holder.national_id());
        let dg2 = passport.read_ef_dg2().expect("DG2");
        let dg14 = passport.read_ef_dg14().expect("DG14");
        let dg15 = passport.read_ef_dg15().expect("DG15");
        let sod = passport.read_ef_sod().expect("EF.SOD");
        assert_eq!(dg2.to_bytes(), icao.dg2);

        let groups = [
            (1, dg1.to_bytes()),
            (2, dg2.to_bytes()),
            (14, dg14.to_bytes()),
            (15, dg15.to_bytes()),
        ]
        .map(|(number, bytes)| DataGroup { number, bytes });
        let verdict = passive::verify(sod.to_bytes(), &groups, &[anchor()]).expect("genuine");
        assert!(verdict.is_authentic() && verdict.covers_all_groups());
        let alone = passive::verify(sod.to_bytes(), &groups, &[]).expect("consistent");
        assert!(!alone.is_authentic(), "without the anchor");

        passport
            .verify_active_authentication(&[0x5A; 8])
            .expect("the chip holds the key of DG15");
        drop(passport);
        drop(inserted);
    }
}

fn it_finds_a_changed_group() {
    let subject = subject().changed(|image| {
        let icao = image.icao.as_mut().expect("an ICAO application");
        *icao.dg2.last_mut().expect("a portrait") ^= 1;
    });
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let mut passport = passport();
    let access = passport.read_ef_card_access().expect("EF.CardAccess");
    passport
        .start_session_pace(key(subject.holder.mrz_key()), &access)
        .expect("PACE");
    let dg2 = passport.read_ef_dg2().expect("DG2");
    let sod = passport.read_ef_sod().expect("EF.SOD");
    let group = DataGroup {
        number: 2,
        bytes: dg2.to_bytes(),
    };
    let verdict = passive::verify(sod.to_bytes(), &[group], &[anchor()]);
    assert_eq!(verdict, Err(PassiveAuthError::DataGroupHashMismatch(2)));
    drop(passport);
    drop(inserted);
}

fn it_is_refused_with_a_wrong_mrz_and_with_the_access_code() {
    let subject = subject();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let mut passport = passport();
    let access = passport.read_ef_card_access().expect("EF.CardAccess");
    let [number, birth, _] = subject.holder.mrz_key();
    let wrong = key([number, birth, "350101".into()]);
    let refused = passport.start_session_pace(wrong, &access);
    assert!(refused.is_err(), "another date of expiry");
    // The access code opens the channel, but not this application.
    let can = CanKey::new(&subject.holder.access_code()).expect("six digits");
    passport.start_session_pace(can, &access).expect("PACE");
    let refused = passport.read_ef_dg1().expect_err("the MRZ is needed");
    let status = refused.code.expect("a status word");
    assert_eq!((status.sw1, status.sw2), (0x69, 0x82));
    drop(passport);
    drop(inserted);
}
