//! Everything that takes bytes of the other side apart.

use std::fmt::Debug;

use cvc::{
    AuthenticatedRequest, CertificateDescription, CertificateRequest, Chat, CvCertificate,
    Extensions, TrustPoints,
};
use host_lib::{
    AccessCode, AccessRequest, Card, Identity, SignatureRequest, SignatureResponse, SoftwareKey,
    TerminalCertificates, TerminalKey, Unverified,
};
use iso7816::historical::HistoricalBytes;
use iso7816::tlv::{Tlv, TlvReader};
use iso7816::{Atr, CommandApdu, ResponseApdu};
use issuer::{Grant, specimen};
use lds::eid::{Group, GroupNumber};
use lds::{
    Dg1, Dg2, Dg14, Dg15, EfAtrInfo, EfCardAccess, EfCom, EfDir, EfSod, LdsSecurityObject,
    SecurityInfos, SubjectPublicKeyInfo,
};
use pki::builder::{KeyType, PrivateKey};
use pki::{
    Certificate, CertificationRequest, CertificationRequestInfo, MasterList, RevocationList,
    SignedData,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use secure_channel::auxiliary_data::{AuxiliaryData, Date};
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, SectorPublicKey,
};
use secure_channel::{Curve, EcPrivateKey};
use transport::Replay;
use transport::faults::Script;

use super::Input;
use super::host_answers::World;
use super::mutation::mutate;

/// How far an input got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// The decoder refused it.
    Refused,
    /// The decoder accepted it, and encoding and decoding it again gave the
    /// same.
    Accepted,
}

/// Gives the input to the decoder that its first byte names. Whatever a decoder
/// accepts must survive being encoded and decoded again; whatever it refuses
/// must be refused with an error, not with a panic, an endless loop or memory
/// that a length field asked for.
///
/// # Panics
///
/// If that does not hold.
pub fn fuzz_decoders(data: &[u8]) -> Decoded {
    let mut input = Input(data);
    let number = usize::from(input.byte()) % DECODERS.len();
    let (_, decoder) = DECODERS[number];
    if decoder(input.0) {
        Decoded::Accepted
    } else {
        Decoded::Refused
    }
}

type Decoder = fn(&[u8]) -> bool;

/// What is decoded, and how. The first byte of an input counts in this table.
const DECODERS: &[(&str, Decoder)] = &[
    ("command APDU", command),
    ("response APDU", |bytes| {
        round_trip(bytes, ResponseApdu::parse, ResponseApdu::to_bytes)
    }),
    ("ATR", |bytes| {
        round_trip(bytes, Atr::parse, |atr| atr.as_bytes().to_vec())
    }),
    ("historical bytes", |bytes| {
        HistoricalBytes::parse(bytes).is_ok()
    }),
    ("data objects", objects),
    ("EF.CardAccess", |bytes| {
        canonical(bytes, EfCardAccess::parse, EfCardAccess::to_bytes)
    }),
    ("SecurityInfos", |bytes| {
        canonical(bytes, SecurityInfos::parse, SecurityInfos::to_der)
    }),
    ("LDS security object", |bytes| {
        round_trip_or_error(bytes, LdsSecurityObject::parse, LdsSecurityObject::to_der)
    }),
    ("EF.SOD", |bytes| EfSod::parse(bytes).is_ok()),
    ("SubjectPublicKeyInfo", |bytes| {
        round_trip_or_error(
            bytes,
            SubjectPublicKeyInfo::from_der,
            SubjectPublicKeyInfo::to_der,
        )
    }),
    ("EF.DIR", |bytes| {
        round_trip(bytes, EfDir::parse, EfDir::to_bytes)
    }),
    ("EF.ATR/INFO", |bytes| {
        round_trip(bytes, EfAtrInfo::parse, EfAtrInfo::to_bytes)
    }),
    ("EF.COM", |bytes| {
        round_trip(bytes, EfCom::parse, EfCom::to_bytes)
    }),
    ("DG1", |bytes| round_trip(bytes, Dg1::parse, Dg1::to_bytes)),
    ("DG2", |bytes| round_trip(bytes, Dg2::parse, Dg2::to_bytes)),
    ("DG14", |bytes| {
        canonical(bytes, Dg14::parse, Dg14::to_bytes)
    }),
    ("DG15", |bytes| {
        round_trip_or_error(bytes, Dg15::parse, Dg15::to_bytes)
    }),
    ("eID group", group),
    ("certificate", |bytes| {
        // Reads whatever path validation reads in extensions.
        let _ = Certificate::from_der(bytes).and_then(|it| it.crl_distribution_points());
        round_trip(bytes, Certificate::from_der, |it| it.as_der().to_vec())
    }),
    ("certification request", |bytes| {
        as_it_came(bytes, CertificationRequest::from_der, |it| {
            it.as_der().to_vec()
        })
    }),
    ("revocation list", |bytes| {
        let list = RevocationList::from_der(bytes);
        list.is_ok_and(|list| {
            assert_eq!(list.as_der(), bytes);
            true
        })
    }),
    ("SignedData", |bytes| SignedData::parse(bytes).is_ok()),
    ("master list", |bytes| MasterList::parse(bytes).is_ok()),
    ("CV certificate", |bytes| {
        as_it_came(bytes, CvCertificate::parse, CvCertificate::to_bytes)
            | as_it_came(bytes, CvCertificate::parse_value, CvCertificate::to_value)
    }),
    ("CV certificate request", |bytes| {
        as_it_came(
            bytes,
            CertificateRequest::parse,
            CertificateRequest::to_bytes,
        )
    }),
    ("authenticated request", |bytes| {
        as_it_came(
            bytes,
            AuthenticatedRequest::parse,
            AuthenticatedRequest::to_bytes,
        )
    }),
    ("certificate description", |bytes| {
        as_it_came(
            bytes,
            CertificateDescription::parse,
            CertificateDescription::to_bytes,
        )
    }),
    ("authorization", |bytes| {
        as_it_came(bytes, Chat::parse_value, |chat| chat.to_value())
            | as_it_came(bytes, Extensions::parse_value, Extensions::to_value)
    }),
    ("trust-points", |bytes| {
        round_trip(bytes, TrustPoints::parse, TrustPoints::to_bytes)
    }),
    ("auxiliary data", |bytes| {
        as_it_came(bytes, AuxiliaryData::parse, |it| it.as_bytes().to_vec())
    }),
    ("sector key", |bytes| {
        as_it_came(
            bytes,
            SectorPublicKey::parse,
            SectorPublicKey::to_data_object,
        )
    }),
    ("terminal certificates", terminal_certificates),
    ("signature request", |bytes| {
        as_it_came(
            bytes,
            SignatureRequest::from_bytes,
            SignatureRequest::to_bytes,
        )
    }),
    ("signature response", |bytes| {
        as_it_came(
            bytes,
            SignatureResponse::from_bytes,
            SignatureResponse::to_bytes,
        )
    }),
    ("reading", |bytes| {
        canonical(
            bytes,
            |bytes| Unverified::<Identity>::from_bytes(bytes).map_err(drop),
            |reading| reading.to_bytes().map_err(drop),
        )
    }),
    ("trace", |bytes| {
        str::from_utf8(bytes).is_ok_and(|text| Replay::parse(text).is_ok())
    }),
    ("fault script", |bytes| {
        str::from_utf8(bytes).is_ok_and(|text| {
            round_trip(
                text.as_bytes(),
                |bytes| String::from_utf8_lossy(bytes).parse::<Script>(),
                |script| script.to_string().into_bytes(),
            )
        })
    }),
];

/// A script with most kinds of fault.
const SCRIPT: &str = "\
    at 1 remove-before\nfrom 2 delay 20ms # slow\nat 3 protected 6F00\nat 4 short 16\n\
    at storage 5 tear after 3\nno-extended-length\n";

/// What others issued: certificates, requests and a description.
const PUBLISHED: &[(&str, &str)] = &[
    (
        "CV certificate",
        include_str!("../../../vectors/cvc/german-cvca-eid.hex"),
    ),
    (
        "CV certificate",
        include_str!("../../../vectors/cvc/german-at-kba.hex"),
    ),
    (
        "CV certificate request",
        include_str!("../../../vectors/cvc/request-rsa.hex"),
    ),
    (
        "authenticated request",
        include_str!("../../../vectors/cvc/request-authenticated-p192.hex"),
    ),
    (
        "certificate description",
        include_str!("../../../vectors/cvc/german-at-kba-description.hex"),
    ),
];

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let pairs = digits.chunks_exact(2);
    pairs.map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

/// Inputs that are accepted: the files of a specimen card, what others published, and a script.
pub fn genuine_files() -> Vec<Vec<u8>> {
    let number = |name| DECODERS.iter().position(|(known, _)| *known == name);
    World::shared()
        .files()
        .into_iter()
        .chain(between_reader_and_server())
        .chain(PUBLISHED.iter().map(|(name, text)| (*name, from_hex(text))))
        .chain([
            ("fault script", SCRIPT.as_bytes().to_vec()),
            ("certification request", certification_request()),
        ])
        .map(|(name, contents)| {
            let number = number(name).and_then(|number| u8::try_from(number).ok());
            [&[number.expect("a decoder's name")], &contents[..]].concat()
        })
        .collect()
}

/// What an agency's reader and its server tell each other about a specimen card, and what they have before.
fn between_reader_and_server() -> Vec<(&'static str, Vec<u8>)> {
    let agency = specimen::agency("PENSIONS", &Grant::read([3, 6, 7, 11]));
    let certificates = TerminalCertificates::parse(&agency.certificates).expect("certificates");
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).expect("a card");
    let code = AccessCode::pin(specimen.codes.pin1()).expect("PIN1");
    let consent = AccessRequest::new(certificates).agree_to_everything();
    let session = card.pace_as_terminal(code, consent).expect("PACE");
    let pending = session.request_signature().expect("a challenge");
    let request = pending.request().clone();
    let signature = SoftwareKey::new(agency.key).sign(&request);
    let response = request.answer(signature.expect("a signature"));
    let mut session = pending.answer(&response).expect("accepted");
    let reading = session.read_everything_given().expect("a reading");
    let key = EcPrivateKey::from_bytes(Curve::P256, &[7; 32]).and_then(|key| key.public_key());
    let protocol = RestrictedIdentificationProtocol::EcdhSha256;
    let sector = SectorPublicKey::new(protocol, key.expect("a key")).expect("a sector key");
    let born = Date::parse("20081231").expect("a date");
    let asked = AuxiliaryData::builder().date_of_birth(born).build();
    vec![
        ("auxiliary data", asked.expect("data").as_bytes().to_vec()),
        ("sector key", sector.to_data_object()),
        ("terminal certificates", agency.certificates),
        ("signature request", request.to_bytes()),
        ("signature response", response.to_bytes()),
        ("reading", reading.to_bytes().expect("a message")),
    ]
}

/// What a card signs to have its key certified.
fn certification_request() -> Vec<u8> {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let key = PrivateKey::generate(KeyType::P256, &mut rng);
    let info = CertificationRequestInfo::new(&key.public_key().expect("a key")).expect("a request");
    let signature = key.sign(info.to_be_signed(), &mut rng);
    let request = info.signed(key.algorithm(), &signature.expect("a signature"));
    request.expect("a request").as_der().to_vec()
}

/// A genuine input with a few changes that the bytes of `how` describe.
pub fn change(genuine: &[u8], how: &[u8]) -> Vec<u8> {
    let (number, contents) = genuine.split_at(1);
    [number, &mutate(contents, &mut Input(how))].concat()
}

fn round_trip<T: PartialEq + Debug, E: Debug>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, E>,
    encode: impl Fn(&T) -> Vec<u8>,
) -> bool {
    let Ok(value) = decode(bytes) else {
        return false;
    };
    let again = decode(&encode(&value));
    assert_eq!(
        again.as_ref().ok(),
        Some(&value),
        "encoded and decoded again"
    );
    true
}

/// DER, which has one encoding for each value: the same bytes come back.
fn as_it_came<T: PartialEq + Debug, E: Debug>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, E>,
    encode: impl Fn(&T) -> Vec<u8>,
) -> bool {
    let Ok(value) = decode(bytes) else {
        return false;
    };
    assert_eq!(encode(&value), bytes, "written again");
    true
}

fn round_trip_or_error<T: PartialEq + Debug, E: Debug>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, E>,
    encode: impl Fn(&T) -> Result<Vec<u8>, E>,
) -> bool {
    round_trip(bytes, decode, |value| {
        let encoded = encode(value);
        assert!(encoded.is_ok(), "what was decoded can be encoded");
        encoded.unwrap_or_default()
    })
}

/// For what holds a SET, whose order means nothing and is lost: encoding a second
/// time gives the same bytes.
fn canonical<T, E>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, E>,
    encode: impl Fn(&T) -> Result<Vec<u8>, E>,
) -> bool {
    let Ok(value) = decode(bytes) else {
        return false;
    };
    let encoded = encode(&value).ok();
    let again = encoded.as_deref().and_then(|encoded| decode(encoded).ok());
    let again = again.and_then(|value| encode(&value).ok());
    assert!(encoded.is_some(), "what was decoded can be encoded");
    assert_eq!(again, encoded, "encoded and decoded again");
    true
}

/// A command APDU has exactly one encoding in the form that it came in.
fn command(bytes: &[u8]) -> bool {
    let Ok(command) = CommandApdu::parse(bytes) else {
        return false;
    };
    let again = match command.is_extended() {
        true => command.to_bytes_extended(),
        false => command.to_bytes(),
    };
    assert_eq!(again, bytes);
    true
}

/// Data objects tile the input, at every level.
fn objects(bytes: &[u8]) -> bool {
    fn walk(reader: TlvReader<'_>, end: usize, depth: u32) -> bool {
        let mut next = reader.offset();
        for item in reader {
            let Ok(tlv) = item else { return false };
            let Tlv { tag, value, .. } = tlv;
            assert!(tag.is_well_formed());
            assert_eq!(tlv.offset, next);
            assert_eq!(tlv.value_offset + value.len(), tlv.end());
            next = tlv.end();
            if tag.is_constructed() && depth > 0 {
                walk(tlv.children(), next, depth - 1);
            }
        }
        assert_eq!(next, end);
        true
    }
    walk(TlvReader::new(bytes), bytes.len(), 16)
}

/// In the order in which a card is shown them, they are the same certificates.
fn terminal_certificates(bytes: &[u8]) -> bool {
    let Ok(certificates) = TerminalCertificates::parse(bytes) else {
        return false;
    };
    let chain = |certificates: &TerminalCertificates| -> Vec<u8> {
        certificates
            .chain()
            .flat_map(CvCertificate::to_bytes)
            .collect()
    };
    let ordered = chain(&certificates);
    let again = TerminalCertificates::parse(&ordered).expect("the same certificates in order");
    assert_eq!(chain(&again), ordered);
    true
}

fn group(bytes: &[u8]) -> bool {
    let mut input = Input(bytes);
    let number = input.choose(GroupNumber::ALL);
    round_trip(input.0, |bytes| Group::decode(number, bytes), Group::encode)
}
