//! A service that may read nothing: it asks an age, the validity, a place, and gets a pseudonym.

use cvc::{Chat, Extension, ExtensionHash, Field, Right, Role, SigningKey, TerminalType};
use iso7816::StatusWord;
use issuer::{AgencyPki, Grant, PSEUDONYM_KEY_ID, REVOCATION_KEY_ID, Validity, specimen};
use lds::{Date, SecurityInfos};
use neweid_tests::cards::{TestCard, rng};
use neweid_tests::terminal::{EID, GM, Terminal};
use pki::SignedData;
use secure_channel::auxiliary_data::{self, AuxiliaryData, Kind};
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, Sector, SectorIdentifier, SectorPublicKey, terminal,
};
use secure_channel::{Curve, EcPrivateKey, EcPublicKey, Hash, Password};
use transport::CardTransport;

const OK: StatusWord = StatusWord::OK;
const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
const NO: StatusWord = StatusWord::AUTHENTICATION_FAILED;
const SHA_256: RestrictedIdentificationProtocol = RestrictedIdentificationProtocol::EcdhSha256;

/// What such a service is granted: no group.
const RIGHTS: [Right; 4] = [
    Right::AgeVerification,
    Right::CommunityVerification,
    Right::RestrictedIdentification,
    Right::CanAllowed,
];

/// A terminal of one sector.
struct Service {
    chain: Vec<cvc::CvCertificate>,
    key: SigningKey,
    sector: SectorPublicKey,
}

impl Service {
    fn in_sector(seed: u64) -> Self {
        let key = |seed| EcPrivateKey::generate(Curve::P256, &mut rng(seed)).expect("a key");
        let algorithm = cvc::SignatureAlgorithm::EcdsaSha256;
        let terminal_key = SigningKey::new(algorithm, key(60)).expect("P-256");
        let point = key(seed).public_key().expect("a point");
        let sector = SectorPublicKey::new(SHA_256, point).expect("a sector");
        let hash = sector.digest(Hash::Sha256);
        let sectors = Extension::TerminalSector {
            first: Some(ExtensionHash::new(Field::TerminalSector, &hash).expect("a hash")),
            second: None,
        };
        let grant = RIGHTS.into_iter().fold(Grant::default(), Grant::with);
        let mut agencies = specimen::agencies();
        let terminal = agencies.terminal(
            AgencyPki::DOMESTIC,
            "SHOP",
            &grant.with_extension(sectors),
            terminal_key.verifying_key(),
            Validity::terminal(specimen::agencies_since()).expect("days"),
            &mut rng(61),
        );
        let chain = agencies.chain_for(&terminal.expect("a certificate"));
        Self {
            chain: chain.expect("a chain").to_vec(),
            key: terminal_key,
            sector,
        }
    }

    /// The card, opened with its access code, up to the service's rights.
    fn open<'t>(
        &self,
        card: &'t mut dyn CardTransport,
        access_code: &str,
        asked: AuxiliaryData,
    ) -> Terminal<'t> {
        let none = Chat::new(TerminalType::AuthenticationTerminal, Role::Terminal);
        let chat = RIGHTS.into_iter().fold(none, Chat::with);
        let password = Password::can(access_code).expect("six digits");
        let mut reader = Terminal::new(card);
        reader
            .pace(GM, &password, &chat.to_bytes())
            .expect("the access code");
        let chip = generation_key(&mut reader);
        let committed = reader.authenticate_asking(&self.chain, &self.key, asked);
        reader
            .let_the_chip_prove_itself(committed.expect("its terminal"), chip)
            .expect("the chip's key");
        reader
    }

    fn identifier(&self, reader: &mut Terminal<'_>, key_id: u8) -> SectorIdentifier {
        let select = terminal::set_authentication_template(SHA_256, Some(&[key_id]));
        assert_eq!(reader.status(&select), OK);
        let (state, command) = terminal::start(SHA_256, Sector::First, &self.sector);
        state.finish(&reader.send(&command)).expect("an identifier")
    }
}

/// The chip's key for Chip Authentication 2, out of EF.CardSecurity.
fn generation_key(reader: &mut Terminal<'_>) -> EcPublicKey {
    assert!(!reader.read_short(0x1D).status.is_error());
    let file = reader.read_whole().expect("EF.CardSecurity");
    let signed = SignedData::parse(&file).expect("a signed file");
    let content = signed.verify(pki::oid::SECURITY_OBJECT).expect("signed");
    let infos = SecurityInfos::parse(content.content).expect("security infos");
    let key = infos
        .chip_authentication_public_key_infos()
        .next()
        .expect("a key");
    let point = key.chip_authentication_public_key.public_key();
    EcPublicKey::from_uncompressed(Curve::P256, point.expect("a point")).expect("on P-256")
}

fn digits(date: Date) -> auxiliary_data::Date {
    auxiliary_data::Date::parse(&date.to_yyyymmdd()).expect("a date")
}

fn day_before(date: Date) -> Date {
    let (year, month, day) = (date.year(), date.month(), date.day());
    let (year, month, day) = match (month, day) {
        (1, 1) => (year - 1, 12, 31),
        (_, 1) => (year, month - 1, 31),
        _ => (year, month, day - 1),
    };
    (1..=day)
        .rev()
        .find_map(|day| Date::new(year, month, day).ok())
        .expect("a month has a first day")
}

#[test]
fn every_holder_is_as_old_as_the_profile_says_and_lives_where_it_says() {
    let service = Service::in_sector(70);
    for holder in specimen::holders() {
        let case = holder.case;
        let profile = holder.profile();
        let (person, document) = (profile.holder(), profile.document());
        let born = person.birth_date.latest_possible().expect(case);
        if case == "unknown-birth-date" {
            assert_eq!(born, Date::new(1931, 12, 31).expect("a date"));
        }
        let expires = document.renewal_date;
        let area = person.address.area();
        let county = person.address.county.as_str();
        let elsewhere = if county == "臺北市" {
            "臺中市"
        } else {
            "臺北市"
        };
        for (birth, today, place, expected) in [
            (born, expires, area.as_str(), [OK, OK, OK]),
            (day_before(born), day_before(expires), county, [NO, OK, OK]),
            (expires, born, elsewhere, [OK, OK, NO]),
        ] {
            let mut specimen = specimen::issue(&profile).expect(case);
            let asked = AuxiliaryData::builder()
                .date_of_birth(digits(birth))
                .date_of_expiry(digits(today))
                .municipality_id(place.as_bytes());
            let asked = asked.build().expect("small");
            let mut reader = service.open(&mut specimen.card, specimen.codes.can(), asked);
            let answers = Kind::ALL.map(|kind| reader.status(&kind.verify()));
            assert_eq!(answers, expected, "{case}: {birth} {today} {place}");
        }
    }
}

#[test]
fn the_overdue_specimen_says_so_and_the_others_are_valid() {
    let service = Service::in_sector(70);
    let today = digits(Date::new(2026, 6, 1).expect("a date"));
    let asked = AuxiliaryData::builder().date_of_expiry(today);
    let asked = asked.build().expect("small");
    for (name, mut specimen, expected) in [
        ("valid", specimen::valid(), OK),
        ("overdue", specimen::overdue(), NO),
        ("revoked", specimen::revoked(), OK),
        ("wrong_signer", specimen::wrong_signer(), OK),
        ("pin_suspended", specimen::pin_suspended(), OK),
        ("pin_blocked", specimen::pin_blocked(), OK),
        ("deactivated", specimen::deactivated(), OK),
        ("lost", specimen::lost(), OK),
        ("tampered", specimen::tampered(), OK),
    ] {
        let access_code = specimen.codes.can().to_owned();
        let mut reader = service.open(&mut specimen.card, &access_code, asked.clone());
        assert_eq!(
            reader.status(&Kind::DateOfExpiry.verify()),
            expected,
            "{name}"
        );
    }
}

#[test]
fn every_card_has_identifiers_of_its_own_in_every_sector() {
    let services = [Service::in_sector(70), Service::in_sector(71)];
    let mut seen = Vec::new();
    for holder in specimen::holders() {
        let profile = holder.profile();
        let mut specimen = specimen::issue(&profile).expect(holder.case);
        let access_code = specimen.codes.can().to_owned();
        for service in &services {
            let mut again = || {
                let nothing = AuxiliaryData::none();
                let mut reader = service.open(&mut specimen.card, &access_code, nothing);
                [PSEUDONYM_KEY_ID, REVOCATION_KEY_ID].map(|id| service.identifier(&mut reader, id))
            };
            let identifiers = again();
            assert_eq!(again(), identifiers, "{}", holder.case);
            seen.extend(identifiers);
        }
    }
    let all = seen.len();
    assert_eq!(all, specimen::holders().len() * 4);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all, "no two are alike");
}

#[test]
fn a_service_that_may_only_ask_learns_no_group_at_all() {
    let service = Service::in_sector(70);
    let card = TestCard::default_specimen().changed(|image| {
        let points = specimen::agencies().trust_points().expect("trust-points");
        image.eid.trust_points = Some(points);
    });
    let mut inserted = card.insert();
    let access_code = card.holder.access_code();
    let mut reader = service.open(&mut inserted, &access_code, AuxiliaryData::none());
    service.identifier(&mut reader, PSEUDONYM_KEY_ID);
    assert_eq!(reader.select_application(EID), OK);
    // Every group, and EF.SOD.
    for short in (1..=30).filter(|short| *short != 28) {
        let answer = reader.read_short(short);
        assert!(answer.data.is_empty(), "{short}");
        let exists = card.image().eid.groups.contains_key(&short) || short == 0x1D;
        if exists {
            assert_eq!(answer.status, DENIED, "{short}");
        } else {
            assert!(answer.status.is_error(), "{short}: {}", answer.status);
        }
    }
    service.identifier(&mut reader, PSEUDONYM_KEY_ID);
}
