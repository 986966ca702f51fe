//! Consents, and everything that is none.

use pki::Time;
use signing::consent::{Agency, Consent, ConsentStatement, ConsentVerifier, DataItem, Words};
use signing::{Error, Failure, KeyPurpose, Oid, SignedDataBuilder};

use crate::craft::{Craft, attribute, oid, tlv};
use crate::key::SoftwareKey;
use crate::openssl::{OpenSsl, now, path};

pub(crate) const AGENCY: &str = "A12000000G";

pub(crate) fn statement() -> ConsentStatement {
    let item = |code: &str, zh_tw, en| DataItem {
        code: code.into(),
        words: Words::new(zh_tw, en),
    };
    ConsentStatement {
        request_id: "2026-000123".into(),
        agency: Agency {
            identifier: AGENCY.into(),
            name: Words::new("勞動部", "Ministry of Labor"),
        },
        data: vec![
            item("HH01", "現戶戶籍資料", "Present household registration"),
            item("TX07", "個人所得資料", "Personal income"),
        ],
        purpose: Words::new("申請育嬰津貼", "Application for a childcare allowance"),
        holder: "A123456789".into(),
        from: now(),
        until: now().plus_days(30).unwrap(),
    }
}

pub(crate) fn verify(message: &[u8]) -> Result<Consent, Error> {
    ConsentVerifier::new(AGENCY, &path, now()).verify(message)
}

fn signed() -> Vec<u8> {
    statement()
        .sign(now(), &mut SoftwareKey::signature())
        .unwrap()
}

fn consent_oid() -> Vec<u8> {
    let mut oid = crate::login::login_oid();
    *oid.last_mut().unwrap() = 2;
    oid
}

fn craft() -> Craft {
    let mut craft = Craft::new(
        SoftwareKey::signature(),
        consent_oid(),
        &statement().to_der().unwrap(),
    );
    craft.attributes.push(signing_time("261130090000Z"));
    craft
}

fn signing_time(text: &str) -> Vec<u8> {
    let value = tlv(0x17, &[text.as_bytes()]);
    attribute(&oid("1.2.840.113549.1.9.5"), &[&value])
}

#[test]
fn a_consent_says_what_to_whom_and_when() {
    let consent = verify(&signed()).unwrap();
    assert_eq!(consent.statement, statement());
    assert_eq!(consent.signing_time, now());
    let after = |days| now().plus_days(days).unwrap();
    assert!(consent.is_in_force(now()));
    assert!(consent.is_in_force(after(30)));
    assert!(!consent.is_in_force(after(31)));
    assert!(!consent.is_in_force(now().minus_days(1).unwrap()));
    assert!(consent.permits("HH01", after(1)) && consent.permits("TX07", after(1)));
    assert!(!consent.permits("HH02", after(1)));
    assert!(!consent.permits("HH01", after(31)));
    assert_eq!(verify(&craft().sign()).unwrap(), consent);
}

#[test]
fn a_consent_does_not_reach_back_behind_its_signature() {
    let mut early = statement();
    early.from = now().minus_days(10).unwrap();
    let message = early.sign(now(), &mut SoftwareKey::signature()).unwrap();
    let consent = verify(&message).unwrap();
    assert!(!consent.is_in_force(now().minus_days(1).unwrap()));
    assert!(consent.is_in_force(now()));
}

#[test]
fn a_consent_is_in_force_when_it_begins_and_not_when_it_is_signed() {
    let mut later = statement();
    later.from = now().plus_days(10).unwrap();
    let message = later.sign(now(), &mut SoftwareKey::signature()).unwrap();
    let consent = verify(&message).unwrap();
    assert!(!consent.is_in_force(now().plus_days(9).unwrap()));
    assert!(consent.is_in_force(now().plus_days(10).unwrap()));
}

#[test]
fn foreign_consents_are_refused() {
    let message = signed();
    let verifier = ConsentVerifier::new(AGENCY, &path, now());
    let expected = verifier.holder("A123456789").request_id("2026-000123");
    assert!(expected.verify(&message).is_ok());
    let other = ConsentVerifier::new("A13000000H", &path, now());
    assert_eq!(other.verify(&message), Err(Error::Agency));
    let other = verifier.holder("B223456789");
    assert_eq!(other.verify(&message), Err(Error::Holder));
    let other = verifier.request_id("2026-000124");
    assert_eq!(other.verify(&message), Err(Error::Request));
}

#[test]
fn the_key_for_logins_does_not_consent() {
    let refused = Error::KeyUsage(KeyPurpose::ContentCommitment);
    let mut key = SoftwareKey::authentication();
    assert_eq!(statement().sign(now(), &mut key), Err(refused.clone()));
    let content = statement().to_der().unwrap();
    let mut craft = Craft::new(key, consent_oid(), &content);
    craft.attributes.push(signing_time("261130090000Z"));
    assert_eq!(verify(&craft.sign()), Err(refused));
}

#[test]
fn a_document_or_a_login_is_no_consent() {
    let content = statement().to_der().unwrap();
    let document = SignedDataBuilder::new(Oid::DATA)
        .signing_time(now())
        .attached(&content, &mut SoftwareKey::signature())
        .unwrap();
    let expected = |found| Error::ContentType {
        expected: Oid::CONSENT,
        found,
    };
    assert_eq!(verify(&document), Err(expected(Oid::DATA)));
    let login = Craft::new(
        SoftwareKey::signature(),
        crate::login::login_oid(),
        &content,
    );
    assert_eq!(verify(&login.sign()), Err(expected(Oid::LOGIN_CHALLENGE)));
}

#[test]
fn it_is_signed_while_the_certificate_is_valid_and_says_when() {
    let mut never = craft();
    never.attributes.pop();
    assert_eq!(verify(&never.sign()), Err(Error::SigningTime));
    let mut before = craft();
    *before.attributes.last_mut().unwrap() = signing_time("251231235959Z");
    assert_eq!(verify(&before.sign()), Err(Error::SigningTime));

    let late = Time::utc(2041, 1, 1, 0, 0, 1).unwrap();
    let late = ConsentVerifier::new(AGENCY, &path, late).verify(&signed());
    assert!(matches!(late, Err(Error::Expired { .. })));
    let nobody = |_: &pki::Certificate, _: &[pki::Certificate], _: Time| {
        Err(Failure::from(std::io::Error::other("revoked")))
    };
    let consent = ConsentVerifier::new(AGENCY, &nobody, now()).verify(&signed());
    assert!(matches!(consent, Err(Error::Path(_))));
}

#[test]
fn nothing_that_is_not_signed_rides_along() {
    let mut with_list = craft();
    with_list.lists = tlv(0xa1, &[]);
    assert_eq!(verify(&with_list.sign()), Err(Error::Unsigned));
    let mut unprotected = craft();
    unprotected.attributes.remove(3);
    assert!(matches!(
        verify(&unprotected.sign()),
        Err(Error::AttributeCount { .. })
    ));
}

#[test]
fn a_statement_that_says_nothing_or_too_much_is_not_signed() {
    let refused = |change: &dyn Fn(&mut ConsentStatement)| {
        let mut statement = statement();
        change(&mut statement);
        matches!(statement.to_der(), Err(Error::Field { .. }))
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|it| it.request_id.clear()));
    assert!(refused(&|it| it.agency.identifier = "A 1".into()));
    assert!(refused(&|it| it.agency.name.en.clear()));
    assert!(refused(&|it| it.agency.name.zh_tw = "a\u{202e}b".into()));
    assert!(refused(&|it| it.data.clear()));
    assert!(refused(&|it| it.data[1].code = it.data[0].code.clone()));
    assert!(refused(&|it| it.data[0].code.clear()));
    assert!(refused(&|it| it.data[0].words.en = "\n".into()));
    assert!(refused(&|it| {
        it.data = (0..65)
            .map(|number| DataItem {
                code: number.to_string(),
                words: Words::new("資料", "data"),
            })
            .collect();
    }));
    assert!(refused(&|it| it.purpose.zh_tw.clear()));
    assert!(refused(&|it| it.holder.clear()));
    assert!(refused(&|it| it.until = it.from.minus_days(1).unwrap()));
}

#[test]
fn a_statement_is_read_as_it_was_written_and_in_no_other_form() {
    let der = statement().to_der().unwrap();
    assert_eq!(ConsentStatement::from_der(&der).unwrap(), statement());
    // What could not have been written is not read: an end before the beginning.
    let at = der
        .windows(15)
        .rposition(|it| it.starts_with(b"2026"))
        .unwrap();
    let mut early = der.clone();
    early[at + 3] = b'5';
    assert!(matches!(
        ConsentStatement::from_der(&early),
        Err(Error::Field { .. })
    ));
    let mut version = der.clone();
    let at = version.windows(3).position(|it| it == [2, 1, 1]).unwrap();
    version[at + 2] = 2;
    assert!(matches!(
        ConsentStatement::from_der(&version),
        Err(Error::Version { found: 2, .. })
    ));
}

#[test]
fn nothing_personal_is_printed() {
    let printed = format!("{:?}", statement());
    assert!(!printed.contains("A123456789"), "{printed}");
}

#[test]
fn openssl_verifies_a_consent_too() {
    let openssl = OpenSsl::new();
    let (right, text) = openssl.verify(&signed(), "", now());
    assert!(right, "{text}");
    assert_eq!(openssl.read("verified"), statement().to_der().unwrap());
}
