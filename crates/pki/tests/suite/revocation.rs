//! Revocation lists: each way in which one can fail has its own error.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{
    ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CERTIFICATE_ISSUER, ID_CE_CRL_NUMBER,
    ID_CE_DELTA_CRL_INDICATOR,
};
use const_oid::db::rfc5912::ECDSA_WITH_SHA_384;
use der::asn1::{BitString, OctetString};
use der::{Decode, Encode};
use pki::builder::RevocationListBuilder;
use pki::{
    Error, PassiveAuthentication, Revocation, RevocationList, RevocationReason, Role, SerialNumber,
    Time,
};

use x509_cert::crl::CertificateList;
use x509_cert::ext::Extension;

use crate::country::{
    Country, Identity, csca_builder, day, errors, list_builder, now, p256, rng, signer_builder,
};

fn verify(country: &Country, lists: &[RevocationList], time: Time) -> Vec<Error> {
    let trust = country.trust.clone();
    let passive = PassiveAuthentication::new(&trust, time).with_revocation_lists(lists);
    errors(&passive.security_object(&country.signer.sod(), &[]))
}

fn revoked(country: &Country) -> Error {
    Error::Revoked {
        role: Role::DocumentSigner,
        serial: country.signer.certificate.serial_number(),
        date: day(2026, 10, 1),
        reason: RevocationReason::KeyCompromise,
    }
}

fn revoking(country: &Country, builder: RevocationListBuilder) -> RevocationList {
    let serial = country.signer.certificate.serial_number();
    let reason = RevocationReason::KeyCompromise;
    country
        .csca
        .list(&builder.revoke(serial, day(2026, 10, 1), reason))
}

#[test]
fn a_revoked_signer_is_refused_with_date_and_reason() {
    let country = Country::new();
    let list = revoking(&country, list_builder());
    assert_eq!(verify(&country, &[list], now()), [revoked(&country)]);
}

#[test]
fn another_certificates_revocation_does_no_harm() {
    let country = Country::new();
    let other = SerialNumber::from_be_bytes(&[1, 2, 3]);
    let list = country.csca.list(&list_builder().revoke(
        other.clone(),
        day(2026, 10, 1),
        RevocationReason::Superseded,
    ));
    assert_eq!(
        list.is_revoked(&other),
        Some(Revocation {
            date: day(2026, 10, 1),
            reason: RevocationReason::Superseded
        })
    );
    assert_eq!(verify(&country, &[list], now()), []);
}

#[test]
fn a_stale_list_is_refused_and_still_revokes() {
    let country = Country::new();
    let stale = RevocationListBuilder::new(1, day(2026, 3, 1), day(2026, 6, 1));
    let next_update = day(2026, 6, 1);
    assert_eq!(
        verify(&country, &[country.csca.list(&stale)], now()),
        [Error::RevocationListStale { next_update }]
    );
    let list = revoking(&country, stale);
    assert_eq!(verify(&country, &[list], now()), [revoked(&country)]);
}

#[test]
fn a_list_is_current_up_to_the_second_of_its_next_update() {
    let country = Country::new();
    let lists = [country.list.clone()];
    let (this_update, next_update) = (day(2026, 11, 1), day(2027, 1, 30));
    assert_eq!(verify(&country, &lists, this_update), []);
    assert_eq!(verify(&country, &lists, next_update), []);
    let second = |time: u64| Time::from_unix_seconds(time).unwrap();
    assert_eq!(
        verify(&country, &lists, second(this_update.unix_seconds() - 1)),
        [Error::RevocationListNotYetValid { this_update }]
    );
    assert_eq!(
        verify(&country, &lists, second(next_update.unix_seconds() + 1)),
        [Error::RevocationListStale { next_update }]
    );
}

#[test]
fn one_current_list_among_others_is_enough_to_pass_and_to_refuse() {
    let country = Country::new();
    let stale = RevocationListBuilder::new(1, day(2026, 3, 1), day(2026, 6, 1));
    let stale = country.csca.list(&stale);
    let lists = [stale.clone(), country.list.clone()];
    assert_eq!(verify(&country, &lists, now()), []);
    let lists = [
        stale,
        country.list.clone(),
        revoking(&country, list_builder()),
    ];
    assert_eq!(verify(&country, &lists, now()), [revoked(&country)]);
}

#[test]
fn a_list_of_another_country_is_no_list() {
    let country = Country::new();
    let name = pki::builder::DistinguishedName::new("DE", "Test CSCA").unwrap();
    let other = pki::builder::CertificateBuilder::new(
        pki::builder::CertificateProfile::CountrySigningCa,
        name,
    );
    let other = Identity::self_signed(&other.validity(day(2026, 1, 1), day(2041, 1, 1)), p256(3));
    let list = other.list(&list_builder());
    assert_eq!(verify(&country, &[list], now()), [Error::NoRevocationList]);
}

#[test]
fn a_list_that_a_stranger_signed_in_the_countrys_name_is_refused() {
    let country = Country::new();
    let stranger = Identity::self_signed(&csca_builder(), p256(3));
    let list = stranger.list(&list_builder());
    assert_eq!(
        verify(&country, &[list], now()),
        [Error::RevocationListIssuer]
    );
    // He may also claim the real key.
    let list = list_builder()
        .sign(&country.csca.certificate, &p256(3), &mut rng(1))
        .unwrap();
    assert_eq!(
        verify(&country, &[list], now()),
        [Error::RevocationListSignature]
    );
}

#[test]
fn a_document_signer_signs_no_lists() {
    let country = Country::new();
    let list = country.signer.list(&list_builder());
    assert_eq!(verify(&country, &[list], now()), [Error::NoRevocationList]);
}

#[test]
fn the_newest_key_of_a_country_signs_the_list_for_all_its_keys() {
    let country = Country::new();
    let new = Identity::self_signed(&csca_builder(), p256(3));
    let serial = country.signer.certificate.serial_number();
    let reason = RevocationReason::KeyCompromise;
    let good = [new.list(&list_builder())];
    let bad = [new.list(&list_builder().revoke(serial, day(2026, 10, 1), reason))];
    assert_eq!(
        verify(&country, &good, now()),
        [Error::RevocationListIssuer]
    );

    let mut trust = country.trust.clone();
    trust.add_anchor(new.certificate).unwrap();
    let passive = PassiveAuthentication::new(&trust, now());
    let sod = country.signer.sod();
    let verdict = passive
        .with_revocation_lists(&good)
        .security_object(&sod, &[]);
    assert_eq!(errors(&verdict), []);
    let verdict = passive
        .with_revocation_lists(&bad)
        .security_object(&sod, &[]);
    assert_eq!(errors(&verdict), [revoked(&country)]);
}

#[test]
fn a_list_that_an_expired_ca_signed_is_refused() {
    let old = csca_builder().validity(day(2020, 1, 1), day(2026, 9, 1));
    let old = Identity::self_signed(&old, p256(1));
    let country = Country::new();
    let other = Identity::self_signed(&csca_builder(), p256(4));
    let signer = other.issue(&signer_builder(), p256(5));
    let mut trust = country.trust.clone();
    trust.add_anchor(other.certificate).unwrap();
    trust.add_anchor(old.certificate.clone()).unwrap();
    // The key is the one that country's valid certificate has too: through that the list is good.
    let lists = [old.list(&list_builder())];
    let passive = PassiveAuthentication::new(&trust, now()).with_revocation_lists(&lists);
    assert_eq!(errors(&passive.security_object(&signer.sod(), &[])), []);

    let mut trust = pki::TrustStore::new();
    trust.add_anchor(old.certificate).unwrap();
    trust
        .add_anchor(Identity::self_signed(&csca_builder(), p256(4)).certificate)
        .unwrap();
    let passive = PassiveAuthentication::new(&trust, now()).with_revocation_lists(&lists);
    assert_eq!(
        errors(&passive.security_object(&signer.sod(), &[])),
        [Error::RevocationListIssuer]
    );
}

#[test]
fn a_delta_list_is_refused_because_it_is_not_processed() {
    let country = Country::new();
    let list =
        country
            .csca
            .list(&list_builder().extension(ID_CE_DELTA_CRL_INDICATOR, true, &[2, 1, 1]));
    assert_eq!(
        verify(&country, &[list], now()),
        [Error::RevocationListCriticalExtension(
            ID_CE_DELTA_CRL_INDICATOR
        )]
    );
    let uncritical = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.9303.99");
    let list = country
        .csca
        .list(&list_builder().extension(uncritical, false, &[5, 0]));
    assert_eq!(verify(&country, &[list], now()), []);
}

#[test]
fn an_extension_that_stands_twice_in_a_list_is_refused() {
    let country = Country::new();
    let list = list_builder()
        .extension(ID_CE_CRL_NUMBER, false, &[2, 1, 1])
        .sign(&country.csca.certificate, &country.csca.key, &mut rng(1));
    assert_eq!(
        list.unwrap_err(),
        Error::DuplicateExtension(ID_CE_CRL_NUMBER)
    );
}

#[test]
fn a_serial_number_that_stands_twice_in_a_list_is_refused() {
    let country = Country::new();
    let serial = SerialNumber::from_be_bytes(&[9]);
    let reason = RevocationReason::Unspecified;
    let list = list_builder()
        .revoke(serial.clone(), day(2026, 1, 1), reason)
        .revoke(SerialNumber::from_be_bytes(&[8]), day(2026, 1, 1), reason)
        .revoke(serial.clone(), day(2026, 1, 2), reason)
        .sign(&country.csca.certificate, &country.csca.key, &mut rng(1));
    assert_eq!(list.unwrap_err(), Error::RevocationListDuplicate(serial));
}

/// A list whose fields are `change`d before the country signs it again.
fn resigned(
    country: &Country,
    list: &RevocationList,
    change: impl FnOnce(&mut CertificateList),
) -> Result<RevocationList, Error> {
    let mut fields = CertificateList::from_der(list.as_der()).unwrap();
    change(&mut fields);
    let signed = fields.tbs_cert_list.to_der().unwrap();
    let signature = country.csca.key.sign(&signed, &mut rng(1)).unwrap();
    fields.signature = BitString::from_bytes(&signature).unwrap();
    RevocationList::from_der(&fields.to_der().unwrap())
}

#[test]
fn what_doc_9303_12_makes_mandatory_in_a_list_must_be_there() {
    let country = Country::new();
    assert!(resigned(&country, &country.list, |_| ()).is_ok());
    let without = |extension| {
        let list = resigned(&country, &country.list, |fields| {
            let extensions = fields.tbs_cert_list.crl_extensions.as_mut().unwrap();
            extensions.retain(|it| it.extn_id != extension);
        });
        list.unwrap_err()
    };
    assert_eq!(
        without(ID_CE_CRL_NUMBER),
        Error::RevocationListIncomplete("cRLNumber")
    );
    assert_eq!(
        without(ID_CE_AUTHORITY_KEY_IDENTIFIER),
        Error::RevocationListIncomplete("authorityKeyIdentifier")
    );
    let list = resigned(&country, &country.list, |fields| {
        fields.tbs_cert_list.next_update = None;
    });
    assert_eq!(
        list.unwrap_err(),
        Error::RevocationListIncomplete("nextUpdate")
    );
    let list = resigned(&country, &country.list, |fields| {
        fields.tbs_cert_list.crl_extensions = None;
    });
    assert!(matches!(list, Err(Error::Malformed { .. })));
}

#[test]
fn the_algorithm_outside_a_list_must_be_the_one_inside() {
    let country = Country::new();
    let list = resigned(&country, &country.list, |fields| {
        fields.signature_algorithm.oid = ECDSA_WITH_SHA_384;
    });
    assert_eq!(list.unwrap_err(), Error::AlgorithmSubstituted);
}

#[test]
fn a_critical_extension_of_one_entry_spoils_the_list() {
    let country = Country::new();
    let somebody = SerialNumber::from_be_bytes(&[9]);
    let list = country.csca.list(&list_builder().revoke(
        somebody,
        day(2026, 10, 1),
        RevocationReason::Superseded,
    ));
    let with = |critical| {
        let list = resigned(&country, &list, |fields| {
            let entries = fields.tbs_cert_list.revoked_certificates.as_mut().unwrap();
            let extensions = entries[0].crl_entry_extensions.as_mut().unwrap();
            extensions.push(Extension {
                extn_id: ID_CE_CERTIFICATE_ISSUER,
                critical,
                extn_value: OctetString::new([0x30, 0]).unwrap(),
            });
        });
        verify(&country, &[list.unwrap()], now())
    };
    assert_eq!(with(false), []);
    assert_eq!(
        with(true),
        [Error::RevocationListCriticalExtension(
            ID_CE_CERTIFICATE_ISSUER
        )]
    );
}

#[test]
fn a_reason_that_belongs_into_delta_lists_is_refused() {
    let country = Country::new();
    let list = country.csca.list(&list_builder().revoke(
        SerialNumber::from_be_bytes(&[9]),
        day(2026, 10, 1),
        RevocationReason::Superseded,
    ));
    let list = resigned(&country, &list, |fields| {
        let entries = fields.tbs_cert_list.revoked_certificates.as_mut().unwrap();
        let extensions = entries[0].crl_entry_extensions.as_mut().unwrap();
        extensions[0].extn_value = OctetString::new([10, 1, 8]).unwrap(); // removeFromCRL
    });
    assert!(matches!(list, Err(Error::Malformed { .. })));
}

#[test]
fn the_key_of_a_list_must_belong_to_the_name_on_it() {
    // Two trusted CAs: the list is in the name of the one and signed with the key of the other.
    let country = Country::new();
    let same_name = Identity::self_signed(&csca_builder(), p256(3));
    let other = pki::builder::CertificateBuilder::new(
        pki::builder::CertificateProfile::CountrySigningCa,
        crate::country::name("Other CSCA"),
    );
    let other = other.validity(day(2026, 1, 1), day(2041, 1, 1));
    let other = Identity::self_signed(&other, p256(3));
    let mut trust = country.trust.clone();
    trust.add_anchor(other.certificate).unwrap();
    let lists = [same_name.list(&list_builder())];
    let passive = PassiveAuthentication::new(&trust, now()).with_revocation_lists(&lists);
    let verdict = passive.security_object(&country.signer.sod(), &[]);
    assert_eq!(errors(&verdict), [Error::RevocationListIssuer]);
}

#[test]
fn every_entry_of_a_long_list_is_found_and_nothing_else() {
    let country = Country::new();
    let number = |number: u32| SerialNumber::from_be_bytes(&(number * 2 + 1).to_be_bytes());
    let mut builder = list_builder();
    // Out of order, with and without the leading zero that keeps a number positive.
    for count in (0..3000_u32).rev() {
        let reason = match count % 3 {
            0 => RevocationReason::Unspecified,
            1 => RevocationReason::Superseded,
            _ => RevocationReason::PrivilegeWithdrawn,
        };
        builder = builder.revoke(
            number(count),
            day(2026, 1, 1).plus_days(count).unwrap(),
            reason,
        );
    }
    let list = country.csca.list(&builder);
    assert_eq!(list.len(), 3000);
    assert_eq!(list.number(), [7]);
    for count in 0..3000 {
        let found = list.is_revoked(&number(count)).unwrap();
        assert_eq!(found.date, day(2026, 1, 1).plus_days(count).unwrap());
        let even = SerialNumber::from_be_bytes(&(count * 2).to_be_bytes());
        assert_eq!(list.is_revoked(&even), None);
    }
    assert_eq!(
        list.is_revoked(&number(2)).unwrap().reason,
        RevocationReason::PrivilegeWithdrawn
    );
}

#[test]
fn a_list_survives_der_and_its_textual_encoding() {
    let country = Country::new();
    let read = RevocationList::from_der(country.list.as_der()).unwrap();
    assert_eq!(read.this_update(), day(2026, 11, 1));
    assert_eq!(read.next_update(), day(2027, 1, 30));
    assert!(read.is_empty());
    assert_eq!(read.issuer(), country.csca.certificate.subject());
    assert_eq!(
        Some(read.authority_key_identifier()),
        country.csca.certificate.subject_key_identifier()
    );
    let pem = country.list.to_pem().unwrap();
    let read = RevocationList::from_pem(&pem).unwrap();
    assert_eq!(read.as_der(), country.list.as_der());
}
