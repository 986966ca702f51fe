//! Certificates that a card must refuse, each with one thing wrong. A refused certificate changes nothing, on the card or in
//! the session: the right chain passes afterwards.

use cvc::{
    CertificateHolderReference, Chat, CurrentDate, CvCertificate, PublicKey, Right, Role,
    SignatureAlgorithm, SigningKey, TerminalType, TrustPoint, TrustPoints,
};
use iso7816::{
    CommandApdu, StatusWord,
    tlv::{self, Tag, TlvReader},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{Curve, EcPrivateKey};

use crate::{
    agency::{Authority, Says, day, everything, key, only},
    card,
    reader::Reader,
    terminal_authentication::{Office, office, pace, readable, set_dst, verify_certificate},
};

const OK: StatusWord = StatusWord::OK;
const FAILED: StatusWord = StatusWord::AUTHENTICATION_FAILED;
const MALFORMED: StatusWord = StatusWord::INCORRECT_DATA;
const UNKNOWN: StatusWord = StatusWord::REFERENCE_NOT_FOUND;

const AUTHORITY: Tag = Tag(0x42);
const PUBLIC_KEY: Tag = Tag(0x7F49);
const HOLDER: Tag = Tag(0x5F20);
const CHAT: Tag = Tag(0x7F4C);
const EXTENSIONS: Tag = Tag(0x65);
const BODY: Tag = Tag(0x7F4E);
const SIGNATURE: Tag = Tag(0x5F37);

const UNKNOWN_EXTENSION: &[u8] = &[
    0x73, 0x0A, 0x06, 0x03, 0x2A, 0x03, 0x04, 0xA0, 0x03, 0x80, 0x01, 0xFF,
];

/// One that is well-formed and has this many bytes inside.
fn unknown_extension(length: usize) -> Vec<u8> {
    let mut objects = tlv::encode(Tag(0x06), &[0x2A, 0x03, 0x04]);
    tlv::push(
        &mut objects,
        Tag(0xA0),
        &tlv::encode(Tag(0x80), &vec![0xFF; length]),
    );
    tlv::encode(Tag(0x73), &objects)
}

/// What is presented, after certificates that are accepted.
struct Presented<'a> {
    wrong: &'static str,
    after: &'a [&'a CvCertificate],
    /// The name in MSE:Set DST.
    by: &'a [u8],
    /// The data of PSO:VERIFY CERTIFICATE.
    certificate: Vec<u8>,
    expected: StatusWord,
}

/// A certificate by somebody, its body's objects changed before it is signed.
fn signed(
    by: &Authority,
    body: &CvCertificate,
    change: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> Vec<u8> {
    let encoded = body.body().to_bytes();
    let objects = tlv::find(&encoded, BODY).unwrap().unwrap();
    let mut value = tlv::encode(BODY, &change(objects.to_vec()));
    let signature = by.key.sign(&value, &mut ChaCha20Rng::seed_from_u64(5));
    tlv::push(&mut value, SIGNATURE, &signature.unwrap());
    value
}

/// The objects, one of them replaced by this value.
fn with(tag: Tag, new: &[u8]) -> impl FnOnce(Vec<u8>) -> Vec<u8> {
    move |objects| {
        let mut changed = Vec::new();
        for object in TlvReader::new(&objects) {
            let object = object.unwrap();
            let value = if object.tag == tag { new } else { object.value };
            tlv::push(&mut changed, object.tag, value);
        }
        changed
    }
}

/// The objects, with extensions after them.
fn and_extensions(value: &[u8]) -> impl FnOnce(Vec<u8>) -> Vec<u8> {
    move |mut objects| {
        tlv::push(&mut objects, EXTENSIONS, value);
        objects
    }
}

/// The value of DO 7F49 with another algorithm or another key.
fn public_key(algorithm: SignatureAlgorithm, objects: &[(u32, &[u8])]) -> Vec<u8> {
    let mut value = tlv::encode(Tag(0x06), algorithm.oid().as_bytes());
    for (tag, object) in objects {
        tlv::push(&mut value, Tag(*tag), object);
    }
    value
}

fn p384() -> SigningKey {
    let key = EcPrivateKey::from_bytes(Curve::P384, &[9; 48]).unwrap();
    SigningKey::new(SignatureAlgorithm::EcdsaSha384, key).unwrap()
}

/// MSE:Set DST and PSO:VERIFY CERTIFICATE; the status word of the first that is refused.
fn present(reader: &mut Reader, by: &[u8], certificate: &[u8]) -> StatusWord {
    let name = tlv::encode(Tag(0x83), by);
    let select = CommandApdu::new(0x00, 0x22, 0x81, 0xB6).with_data(name);
    let status = reader.send(&select).status;
    if !status.is_ok() {
        return status;
    }
    let verify = CommandApdu::new(0x00, 0x2A, 0x00, 0xBE).with_data(certificate);
    reader.send(&verify).status
}

#[test]
fn wrong_certificates_are_refused_change_nothing_and_the_right_chain_still_passes() {
    let office = office(everything(Role::Terminal));
    let Office {
        ministry,
        verifier,
        terminal,
        ..
    } = &office;
    let (cvca, dv) = (&b"TWMOICVCA00001"[..], &b"TWTESTDV00001"[..]);
    let own = Says {
        name: b"TWAGENCY00001",
        chat: everything(Role::Terminal),
        from: day(2026, 3, 1),
        until: day(2026, 4, 1),
    };
    let own_verifier = Says {
        name: b"TWTESTDV00001",
        chat: everything(Role::DvDomestic),
        from: day(2026, 2, 1),
        until: day(2026, 12, 1),
    };
    let by =
        |authority: &Authority, says: &Says| authority.certify(says, 901).certificate.to_value();
    let impostor = Authority {
        key: key(900),
        certificate: ministry.certificate.clone(),
    };
    let good = terminal.certificate.to_value();
    let good_dv = verifier.certificate.to_value();
    let other_curve = p384();
    let point = other_curve.verifying_key().key().as_uncompressed();
    let own_point = terminal.key.verifying_key().key().as_uncompressed();
    let explicit = PublicKey::explicit(terminal.key.verifying_key()).to_bytes();
    let explicit = tlv::find(&explicit, PUBLIC_KEY).unwrap().unwrap();
    let end = &terminal.certificate;
    let inspection = Chat::all(TerminalType::InspectionSystem, Role::Terminal).to_value();
    let nothing = &[][..];
    let after_dv = &[&verifier.certificate][..];
    let after_all = &[&verifier.certificate, end][..];
    let row = |wrong, after, by, certificate, expected| Presented {
        wrong,
        after,
        by,
        certificate,
        expected,
    };
    let changed = |certificate: &[u8], at: usize| {
        let mut certificate = certificate.to_vec();
        certificate[at] ^= 1;
        certificate
    };
    let named = good_dv.windows(dv.len()).position(|name| name == dv);
    let renamed = changed(&good_dv, named.unwrap() + dv.len() - 1);
    let old = |says: Says, from, until| Says {
        from,
        until,
        ..says
    };
    let p256 = SignatureAlgorithm::EcdsaSha256;
    let authorization = [
        &[0x73, 0x0D, 0x06, 0x08][..],
        &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02],
        &[0x53, 0x01, 0x01],
    ]
    .concat();
    #[rustfmt::skip]
    let rows = [
        // Who signed.
        row("signature changed", nothing, cvca, changed(&good_dv, good_dv.len() - 1), FAILED),
        row("holder's name changed", nothing, cvca, renamed, FAILED),
        row("signed by another CVCA of the same name", nothing, cvca, by(&impostor, &own_verifier), FAILED),
        row("names the DV, which is not known, and the CVCA is selected", nothing, cvca, good.clone(), FAILED),
        row("names the DV, and the CVCA is selected", after_dv, cvca, good.clone(), FAILED),
        row("names the CVCA, and the DV is selected", after_dv, dv, good_dv.clone(), FAILED),
        row("names the DV, and the CVCA signed", after_dv, dv, signed(ministry, end, |it| it), FAILED),
        row("names the CVCA, and the DV signed", after_dv, cvca, signed(verifier, end, with(AUTHORITY, cvca)), FAILED),
        row("its issuer was not presented", nothing, dv, good.clone(), UNKNOWN),
        row("name of the key in lower case", nothing, b"twmoicvca00001", good_dv.clone(), UNKNOWN),
        row("name of the key too short", nothing, b"TWMOICVCA0000", good_dv.clone(), UNKNOWN),
        row("name of the key too long", nothing, b"TWMOICVCA00001000", good_dv.clone(), UNKNOWN),
        row("name of the key with a space", nothing, b"TWMOICVCA00001 ", good_dv.clone(), UNKNOWN),
        // Who may sign for whom.
        row("terminal by the CVCA", nothing, cvca, by(ministry, &own), FAILED),
        row("DV by a DV", after_dv, dv, by(verifier, &Says { name: b"TWOTHERDV00001", ..own_verifier }), FAILED),
        row("terminal by a terminal", after_all, own.name, by(terminal, &Says { name: b"TWOTHER00001", ..own }), FAILED),
        row("DV by a terminal", after_all, own.name, by(terminal, &Says { name: b"TWOTHERDV00001", ..own_verifier }), FAILED),
        row("CVCA by a DV", after_dv, dv, by(verifier, &Says { name: b"TWMOICVCA00002", chat: everything(Role::Cvca), ..own_verifier }), FAILED),
        row("CVCA under the name of the CVCA", nothing, cvca, by(ministry, &Says { name: b"TWMOICVCA00001", chat: everything(Role::Cvca), ..own_verifier }), FAILED),
        row("DV under the name of the CVCA", nothing, cvca, by(ministry, &Says { name: b"TWMOICVCA00001", ..own_verifier }), FAILED),
        row("an inspection system under the chain", after_dv, dv, signed(verifier, end, with(CHAT, &inspection)), FAILED),
        // When.
        row("terminal expired", after_dv, dv, by(verifier, &old(own, day(2026, 1, 1), day(2026, 1, 31))), FAILED),
        row("DV expired", nothing, cvca, by(ministry, &old(own_verifier, day(2025, 1, 1), day(2025, 12, 31))), FAILED),
        row("ends before it begins", after_dv, dv, signed(verifier, end, with(Tag(0x5F24), &[2, 6, 0, 1, 0, 1])), MALFORMED),
        row("thirtieth of February", after_dv, dv, signed(verifier, end, with(Tag(0x5F25), &[2, 6, 0, 2, 3, 0])), MALFORMED),
        // Which key.
        row("P-384 under P-256", after_dv, dv, signed(verifier, end, with(PUBLIC_KEY, &public_key(p256, &[(0x86, point)]))), FAILED),
        row("P-384 with its own hash", after_dv, dv, signed(verifier, end, with(PUBLIC_KEY, &public_key(SignatureAlgorithm::EcdsaSha384, &[(0x86, point)]))), FAILED),
        row("domain parameters of its own", after_dv, dv, signed(verifier, end, with(PUBLIC_KEY, explicit)), FAILED),
        row("a point that is not on the curve", after_dv, dv, signed(verifier, end, with(PUBLIC_KEY, &public_key(p256, &[(0x86, &[&[4][..], &[5; 64]].concat())]))), FAILED),
        row("RSA", after_dv, dv, signed(verifier, end, with(PUBLIC_KEY, &public_key(SignatureAlgorithm::RsaPssSha256, &[(0x81, &[0xC1; 256]), (0x82, &[1, 0, 1])]))), FAILED),
        row("ECDSA with SHA-1", after_dv, dv, signed(verifier, end, with(PUBLIC_KEY, &public_key(SignatureAlgorithm::EcdsaSha1, &[(0x86, own_point)]))), FAILED),
        row("ECDSA with another hash than its issuer's", after_dv, dv, signed(verifier, end, with(PUBLIC_KEY, &public_key(SignatureAlgorithm::EcdsaSha512, &[(0x86, own_point)]))), FAILED),
        row("no algorithm of Terminal Authentication", after_dv, dv, signed(verifier, end, with(PUBLIC_KEY, &tlv::encode(Tag(0x06), &[0x2A, 0x03]))), MALFORMED),
        // Which form.
        row("nothing at all", after_dv, dv, vec![], MALFORMED),
        row("a byte short", after_dv, dv, good[..good.len() - 1].to_vec(), MALFORMED),
        row("no signature", after_dv, dv, tlv::encode(BODY, tlv::find(&good, BODY).unwrap().unwrap()), MALFORMED),
        row("a byte behind it", after_dv, dv, [&good[..], &[0]].concat(), MALFORMED),
        row("a second certificate behind it", after_dv, dv, [&good[..], &good].concat(), MALFORMED),
        row("its tag around it", after_dv, dv, end.to_bytes(), MALFORMED),
        row("more extensions than are kept", after_dv, dv, signed(verifier, end, and_extensions(&unknown_extension(1030))), MALFORMED),
        row("longer than any certificate", after_dv, dv, signed(verifier, end, and_extensions(&unknown_extension(2048))), MALFORMED),
        row("holder's name too long", after_dv, dv, signed(verifier, end, with(HOLDER, b"TWAGENCY000010000")), MALFORMED),
        row("an object twice", after_dv, dv, signed(verifier, end, |it| [&it[..], &tlv::encode(HOLDER, own.name)].concat()), MALFORMED),
        row("extensions without one", after_dv, dv, signed(verifier, end, and_extensions(&[])), MALFORMED),
        row("an extension without identifier", after_dv, dv, signed(verifier, end, and_extensions(&[0x73, 0x03, 0x53, 0x01, 0x01])), MALFORMED),
        row("an unknown extension twice", after_dv, dv, signed(verifier, end, and_extensions(&UNKNOWN_EXTENSION.repeat(2))), MALFORMED),
        row("an authorisation twice", after_dv, dv, signed(verifier, end, and_extensions(&authorization.repeat(2))), MALFORMED),
    ];
    // What the rows are made from is right.
    for right in [
        signed(verifier, end, |it| it),
        signed(
            verifier,
            end,
            with(PUBLIC_KEY, &public_key(p256, &[(0x86, own_point)])),
        ),
        signed(verifier, end, and_extensions(&unknown_extension(900))),
    ] {
        let mut reader = Reader::new(&office.image);
        pace(&mut reader, &card::pin1(), everything(Role::Terminal));
        assert_eq!(present(&mut reader, cvca, &good_dv), OK);
        assert_eq!(present(&mut reader, dv, &right), OK);
    }
    for Presented {
        wrong,
        after,
        by,
        certificate,
        expected,
    } in rows
    {
        let mut reader = Reader::new(&office.image);
        let confirmed = everything(Role::Terminal);
        let (id_picc, _) = pace(&mut reader, &card::pin1(), confirmed);
        for accepted in after {
            let by = CertificateHolderReference::parse(accepted.authority().as_bytes());
            assert_eq!(reader.send(&set_dst(by.unwrap())).status, OK);
            assert_eq!(reader.send(&verify_certificate(accepted)).status, OK);
        }
        let before = reader.chip.memory().durable_bytes().to_vec();
        assert_eq!(present(&mut reader, by, &certificate), expected, "{wrong}");
        assert_eq!(reader.chip.memory().durable_bytes(), before, "{wrong}");
        assert!(readable(&mut reader, &office).0.is_empty(), "{wrong}");
        // In the same session.
        assert_eq!(office.chain(&mut reader), OK, "{wrong}");
        let committed = office.authenticate(&mut reader, &id_picc, |it| it).unwrap();
        office.prove_chip(&mut reader, committed).unwrap();
        assert_eq!(readable(&mut reader, &office).0.len(), 11, "{wrong}");
    }
}

/// A ministry whose key is over still says which is the next (TR-03110-3 §2.5), and nothing else.
#[test]
fn a_trust_point_that_is_over_certifies_nobody_but_its_successor() {
    let mut office = office(everything(Role::Terminal));
    let point = TrustPoint::from_self_signed(&office.ministry.certificate).unwrap();
    for (date, expected) in [(day(2029, 1, 1), OK), (day(2029, 1, 2), FAILED)] {
        let points = TrustPoints::new(CurrentDate::Approximated(date), [point.clone()]);
        office.image.eid.trust_points = Some(points.unwrap());
        let says = |name, role, until| Says {
            name,
            chat: everything(role),
            from: day(2028, 12, 1),
            until,
        };
        let verifier = says(b"TWTESTDV00001", Role::DvDomestic, day(2029, 3, 1));
        let verifier = office.ministry.certify(&verifier, 102).certificate;
        let next = says(b"TWMOICVCA00002", Role::Cvca, day(2032, 1, 1));
        let next = office.ministry.certify(&next, 400).certificate;
        let mut reader = Reader::new(&office.image);
        pace(&mut reader, &card::pin1(), everything(Role::Terminal));
        let name = office.ministry.certificate.holder();
        let before = reader.chip.memory().durable_bytes().to_vec();
        let status = present(&mut reader, name.as_bytes(), &verifier.to_value());
        assert_eq!(status, expected, "{date}");
        assert_eq!(reader.chip.memory().durable_bytes(), before, "{date}");
        assert_eq!(present(&mut reader, name.as_bytes(), &next.to_value()), OK);
    }
}

/// Its certificate is imported and has a key, but it is not a terminal's.
#[test]
fn a_document_verifier_is_no_terminal() {
    let office = office(everything(Role::Terminal));
    let verifier = office.ministry.document_verifier();
    let posing = Office {
        terminal: Authority {
            key: verifier.key,
            certificate: verifier.certificate,
        },
        ..office
    };
    let mut reader = Reader::new(&posing.image);
    let (id_picc, _) = pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    let name = posing.ministry.certificate.holder();
    let certificate = posing.verifier.certificate.to_value();
    assert_eq!(present(&mut reader, name.as_bytes(), &certificate), OK);
    let refused = posing.authenticate(&mut reader, &id_picc, |it| it);
    assert_eq!(refused.err(), Some(UNKNOWN));
    assert!(readable(&mut reader, &posing).0.is_empty());
}

/// CV certificates know nothing critical: what is unknown is carried, and its bits are nobody's.
#[test]
fn an_extension_that_the_card_does_not_know_grants_nothing() {
    let office = office(only(&[Right::ReadGroup(3)]));
    let end = office.terminal.certificate.clone();
    let carried = signed(&office.verifier, &end, and_extensions(UNKNOWN_EXTENSION));
    let office = Office {
        terminal: Authority {
            key: key(103),
            certificate: CvCertificate::parse_value(&carried).unwrap(),
        },
        ..office
    };
    assert!(!office.terminal.certificate.body().extensions.is_empty());
    let mut reader = Reader::new(&office.image);
    let (id_picc, _) = pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(office.chain(&mut reader), OK);
    let committed = office.authenticate(&mut reader, &id_picc, |it| it).unwrap();
    office.prove_chip(&mut reader, committed).unwrap();
    assert_eq!(readable(&mut reader, &office).0, [3]);
}

#[test]
fn a_certificate_comes_in_parts_and_one_that_is_too_long_in_no_way() {
    let office = office(everything(Role::Terminal));
    let name = office.ministry.certificate.holder();
    let certificate = office.verifier.certificate.to_value();
    let long = [&certificate[..], &[0; 2048]].concat();
    let endless = [&certificate[..], &[0; 0x8000]].concat();
    for (value, part, expected) in [
        (&certificate, 100, OK),
        (&long, 200, MALFORMED),
        (&endless, 4000, StatusWord::WRONG_LENGTH),
    ] {
        let mut reader = Reader::new(&office.image);
        pace(&mut reader, &card::pin1(), everything(Role::Terminal));
        assert_eq!(reader.send(&set_dst(name)).status, OK);
        let before = reader.chip.memory().durable_bytes().to_vec();
        let mut parts = value.chunks(part).peekable();
        let mut status = OK;
        while let (Some(part), true) = (parts.next(), status.is_ok()) {
            let cla = if parts.peek().is_some() { 0x10 } else { 0x00 };
            let command = CommandApdu::new(cla, 0x2A, 0x00, 0xBE).with_data(part);
            status = reader.send(&command).status;
        }
        assert_eq!(status, expected, "{} bytes", value.len());
        let unchanged = reader.chip.memory().durable_bytes() == before;
        assert_eq!(unchanged, expected != OK, "{} bytes", value.len());
        if expected != OK {
            assert_eq!(office.chain(&mut reader), OK);
        }
    }
}
