//! Objects, their attributes, mechanisms.

use applet_sim::{CertRead, KeyKind};
use cryptoki_sys as ck;
use neweid_pkcs11::{Attribute, Refusal};
use neweid_tests::cards::natural_person::{PIN2, card, certified};

use crate::reading::{find, logged_in, number, private_key, with};

fn attribute(
    module: &neweid_pkcs11::Module,
    session: ck::CK_SESSION_HANDLE,
    object: ck::CK_OBJECT_HANDLE,
    kind: ck::CK_ATTRIBUTE_TYPE,
) -> Option<Vec<u8>> {
    let value = |object: &neweid_pkcs11::Object| match object.attribute(kind) {
        Attribute::Value(value) => Some(value.to_vec()),
        _ => None,
    };
    module.with_object(session, object, value).unwrap()
}

#[test]
fn certificates_are_seen_before_pin2_where_the_card_gives_them_and_after_it_everywhere() {
    for (cert_read, before) in [(CertRead::AfterPin2, 0), (CertRead::AfterPace, 3)] {
        let module = with(&card(KeyKind::Rsa2048, cert_read));
        let session = module.open_session(0, false).unwrap();
        let of = |class| find(&module, session, &[(ck::CKA_CLASS, number(class))]).unwrap();
        assert_eq!(of(ck::CKO_CERTIFICATE).len(), before, "{cert_read:?}");
        assert_eq!(of(ck::CKO_PUBLIC_KEY).len(), 3);
        assert_eq!(of(ck::CKO_PRIVATE_KEY).len(), 0);
        module
            .login(session, ck::CKU_USER, PIN2.as_bytes())
            .unwrap();
        let certificates = of(ck::CKO_CERTIFICATE);
        assert_eq!(certificates.len(), 3);
        assert_eq!(of(ck::CKO_PRIVATE_KEY).len(), 3);
        for (object, issued) in certificates
            .iter()
            .zip(&certified(KeyKind::Rsa2048).certificates)
        {
            let value = attribute(&module, session, *object, ck::CKA_VALUE);
            assert_eq!(value.as_deref(), Some(issued.as_der()));
            let private = attribute(&module, session, *object, ck::CKA_PRIVATE).unwrap();
            assert_eq!(private == [1], cert_read == CertRead::AfterPin2);
        }
        module.logout(session).unwrap();
        assert_eq!(of(ck::CKO_CERTIFICATE).len(), before);
        assert_eq!(of(ck::CKO_PRIVATE_KEY).len(), 0);
    }
}

#[test]
fn the_three_objects_of_a_key_have_their_identifier_in_common_and_their_attributes_true() {
    let (module, session) = logged_in(&card(KeyKind::P256, CertRead::AfterPace));
    let issued = &certified(KeyKind::P256).certificates;
    for (at, (reference, label)) in [
        (0x81, "signature"),
        (0x82, "authentication"),
        (0x83, "key decipherment"),
    ]
    .into_iter()
    .enumerate()
    {
        let found = find(&module, session, &[(ck::CKA_ID, vec![reference])]).unwrap();
        assert_eq!(found.len(), 3);
        for object in &found {
            let read = |kind| attribute(&module, session, *object, kind);
            assert_eq!(read(ck::CKA_LABEL), Some(label.into()));
            let subject = read(ck::CKA_SUBJECT).unwrap();
            let der = issued[at].as_der();
            assert!(der.windows(subject.len()).any(|part| part == subject));
        }
        let key = private_key(&module, session, reference);
        let read = |kind| attribute(&module, session, key, kind);
        assert_eq!(
            read(ck::CKA_ALWAYS_AUTHENTICATE),
            Some(vec![(at == 0).into()])
        );
        assert_eq!(read(ck::CKA_SIGN), Some(vec![(at < 2).into()]));
        assert_eq!(read(ck::CKA_DECRYPT), Some(vec![(at == 2).into()]));
        assert_eq!(read(ck::CKA_EXTRACTABLE), Some(vec![0]));
        let kind = if at < 2 { ck::CKK_EC } else { ck::CKK_RSA };
        assert_eq!(read(ck::CKA_KEY_TYPE), Some(number(kind)));
        let public = issued[at].public_key().unwrap();
        assert_eq!(
            read(ck::CKA_MODULUS).as_deref(),
            public.rsa_modulus().as_deref()
        );
        assert_eq!(
            read(ck::CKA_PUBLIC_KEY_INFO),
            Some(public.to_der().unwrap())
        );
        let secret = module.with_object(session, key, |object| {
            object.attribute(ck::CKA_PRIVATE_EXPONENT) == Attribute::Sensitive
                && object.attribute(ck::CKA_VALUE) == Attribute::Sensitive
                && object.attribute(ck::CKA_VALUE_LEN) == Attribute::None
        });
        assert_eq!(secret, Ok(true));
    }
    let public = [
        (ck::CKA_CLASS, number(ck::CKO_PUBLIC_KEY)),
        (ck::CKA_ID, vec![0x82]),
    ];
    let public = find(&module, session, &public).unwrap()[0];
    let point = attribute(&module, session, public, ck::CKA_EC_POINT).unwrap();
    assert_eq!(point[..3], [0x04, 0x41, 0x04]);
    let certified = issued[1].public_key().unwrap();
    assert_eq!(&point[2..], &*certified.point().unwrap());
    let none = module.with_object(session, 0x999, |_| ());
    assert_eq!(none, Err(Refusal::OBJECT_HANDLE_INVALID));
}

#[test]
fn mechanisms_are_those_of_the_keys_that_are_there() {
    let module = with(&card(KeyKind::P256, CertRead::AfterPin2));
    let mut found = module.mechanisms(0).unwrap();
    found.sort_unstable();
    let mut expected = vec![
        ck::CKM_RSA_PKCS,
        ck::CKM_RSA_PKCS_OAEP,
        ck::CKM_ECDSA,
        ck::CKM_ECDSA_SHA256,
        ck::CKM_ECDSA_SHA384,
        ck::CKM_ECDSA_SHA512,
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
    // The key for decipherment is the only one of RSA, and it does not sign.
    let (bits, flags) = module.mechanism_info(0, ck::CKM_RSA_PKCS).unwrap();
    assert_eq!((bits, flags), (2048, ck::CKF_HW | ck::CKF_DECRYPT));
    let (bits, flags) = module.mechanism_info(0, ck::CKM_ECDSA).unwrap();
    assert_eq!((bits, flags & ck::CKF_SIGN), (256, ck::CKF_SIGN));
    let other = module.mechanism_info(0, ck::CKM_SHA256_RSA_PKCS);
    assert_eq!(other, Err(Refusal::MECHANISM_INVALID));

    let module = with(&card(KeyKind::Rsa2048, CertRead::AfterPin2));
    let found = module.mechanisms(0).unwrap();
    assert_eq!(found.len(), 9);
    assert!(!found.contains(&ck::CKM_ECDSA));
    let (_, flags) = module.mechanism_info(0, ck::CKM_RSA_PKCS).unwrap();
    assert_eq!(flags, ck::CKF_HW | ck::CKF_SIGN | ck::CKF_DECRYPT);
}
