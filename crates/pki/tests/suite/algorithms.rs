//! Every signature algorithm, through a whole document.

use const_oid::db::rfc5912::ID_RSASSA_PSS;
use der::Decode;
use pki::builder::{KeyType, PrivateKey};
use pki::{Curve, DigestAlgorithm, Error, PublicKey, SignatureAlgorithm};

use crate::country::{Country, csca_builder, errors, p256, rng, signer_builder};

/// A test key that everybody knows (vectors/keys).
pub(crate) fn rsa(number: u8) -> PrivateKey {
    let path = format!(
        "{}/../../vectors/keys/rsa-2048-{number}.pem",
        env!("CARGO_MANIFEST_DIR")
    );
    PrivateKey::from_pkcs8_pem(&std::fs::read_to_string(path).unwrap()).unwrap()
}

const DIGESTS: [DigestAlgorithm; 3] = [
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
];

fn accepted(csca: PrivateKey, signer: PrivateKey) {
    let country = Country::with_keys(csca, signer);
    assert_eq!(errors(&country.verify(&country.signer.sod())), []);
}

#[test]
fn every_curve_signs_with_every_hash() {
    for key_type in [KeyType::P256, KeyType::P384, KeyType::BrainpoolP256r1] {
        let key = |seed| PrivateKey::generate(key_type, &mut rng(seed));
        for digest in DIGESTS {
            let algorithm = SignatureAlgorithm::Ecdsa(digest);
            accepted(
                key(1).with_algorithm(algorithm).unwrap(),
                key(2).with_algorithm(algorithm).unwrap(),
            );
        }
    }
}

#[test]
fn rsa_signs_with_both_paddings_and_every_hash() {
    for digest in DIGESTS {
        let salt_len = u8::try_from(digest.output_len()).unwrap();
        for algorithm in [
            SignatureAlgorithm::RsaPkcs1(digest),
            SignatureAlgorithm::RsaPss { digest, salt_len },
            SignatureAlgorithm::RsaPss {
                digest,
                salt_len: 20,
            },
        ] {
            accepted(
                rsa(1).with_algorithm(algorithm).unwrap(),
                rsa(2).with_algorithm(algorithm).unwrap(),
            );
        }
    }
}

#[test]
fn curve_parameters_may_be_written_out() {
    for (key_type, curve) in [
        (KeyType::P256, Curve::P256),
        (KeyType::P384, Curve::P384),
        (KeyType::BrainpoolP256r1, Curve::BrainpoolP256r1),
    ] {
        let key = |seed| PrivateKey::generate(key_type, &mut rng(seed));
        let country = Country::with(
            &csca_builder().explicit_curve(),
            key(1),
            &signer_builder().explicit_curve(),
            key(2),
        );
        let named = Country::with_keys(key(1), key(2));
        let length = |country: &Country| country.signer.certificate.as_der().len();
        assert!(length(&country) > length(&named) + 100);
        let public_key = country.signer.certificate.public_key().unwrap();
        assert_eq!(public_key.curve(), Some(curve));
        assert_eq!(public_key, named.signer.certificate.public_key().unwrap());
        assert_eq!(errors(&country.verify(&country.signer.sod())), []);
    }
}

#[test]
fn an_algorithm_that_does_not_go_with_the_key_is_refused() {
    let ecdsa = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let pkcs1 = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    assert_eq!(
        rsa(1).with_algorithm(ecdsa).unwrap_err(),
        Error::KeyMismatch
    );
    assert_eq!(
        p256(1).with_algorithm(pkcs1).unwrap_err(),
        Error::KeyMismatch
    );
    let signature = rsa(1).sign(b"message", &mut rng(1)).unwrap();
    let public_key = p256(1).public_key().unwrap();
    assert_eq!(
        public_key.verify(pkcs1, b"message", &signature),
        Err(Error::KeyMismatch)
    );
    assert_eq!(
        public_key.verify(ecdsa, b"message", &signature),
        Err(Error::Signature)
    );
}

#[test]
fn a_pss_signature_with_another_salt_length_than_announced_is_refused() {
    let digest = DigestAlgorithm::Sha256;
    let pss = |salt_len| SignatureAlgorithm::RsaPss { digest, salt_len };
    let key = rsa(1).with_algorithm(pss(32)).unwrap();
    let signature = key.sign(b"message", &mut rng(1)).unwrap();
    let public_key = key.public_key().unwrap();
    assert_eq!(public_key.verify(pss(32), b"message", &signature), Ok(()));
    assert_eq!(
        public_key.verify(pss(20), b"message", &signature),
        Err(Error::Signature)
    );
    let pkcs1 = SignatureAlgorithm::RsaPkcs1(digest);
    assert_eq!(
        public_key.verify(pkcs1, b"message", &signature),
        Err(Error::Signature)
    );
}

#[test]
fn a_key_for_pss_alone_verifies_nothing_else() {
    let digest = DigestAlgorithm::Sha256;
    let pkcs1 = SignatureAlgorithm::RsaPkcs1(digest);
    let pss = SignatureAlgorithm::RsaPss {
        digest,
        salt_len: 32,
    };
    let certificate = Country::with_keys(rsa(1), rsa(2)).csca.certificate;
    let certificate = x509_cert::Certificate::from_der(certificate.as_der()).unwrap();
    let mut spki = certificate
        .tbs_certificate()
        .subject_public_key_info()
        .clone();
    let any_rsa = PublicKey::from_spki(&spki).unwrap();
    spki.algorithm.oid = ID_RSASSA_PSS;
    let pss_only = PublicKey::from_spki(&spki).unwrap();
    assert_eq!((any_rsa.bits(), pss_only.bits()), (2048, 2048));

    let sign = |algorithm| {
        let key = rsa(1).with_algorithm(algorithm).unwrap();
        key.sign(b"message", &mut rng(1)).unwrap()
    };
    let verify = |key: &PublicKey, algorithm| key.verify(algorithm, b"message", &sign(algorithm));
    assert_eq!(verify(&any_rsa, pkcs1), Ok(()));
    assert_eq!(verify(&any_rsa, pss), Ok(()));
    assert_eq!(verify(&pss_only, pss), Ok(()));
    assert_eq!(verify(&pss_only, pkcs1), Err(Error::KeyMismatch));
}

#[test]
fn a_point_beside_the_curve_is_no_key() {
    let mut point = [4; 65];
    assert_eq!(
        PublicKey::from_point(Curve::P256, &point),
        Err(Error::PublicKey)
    );
    point[0] = 0;
    assert_eq!(
        PublicKey::from_point(Curve::P256, &point[..1]),
        Err(Error::PublicKey)
    );
}

#[test]
fn private_keys_survive_pkcs8_and_print_nothing() {
    let keys = [
        p256(1),
        PrivateKey::generate(KeyType::P384, &mut rng(1)),
        PrivateKey::generate(KeyType::BrainpoolP256r1, &mut rng(1)),
        rsa(1),
    ];
    for key in keys {
        let pem = key.expose_pkcs8_pem().unwrap();
        let read = PrivateKey::from_pkcs8_pem(&pem).unwrap();
        assert_eq!(read.public_key(), key.public_key());
        assert_eq!(read.algorithm(), key.algorithm());
        let secret: String = pem.lines().nth(1).unwrap().chars().take(20).collect();
        assert!(!format!("{key:?}").contains(&secret));
        assert_eq!(
            format!("{key:?}"),
            format!("PrivateKey {{ algorithm: {:?}, .. }}", key.algorithm())
        );
    }
    assert_eq!(
        PrivateKey::from_pkcs8_pem("no key").unwrap_err(),
        Error::PrivateKey
    );
    assert_eq!(
        PrivateKey::from_pkcs8_der(&[0x30, 0]).unwrap_err(),
        Error::PrivateKey
    );
}

#[test]
fn the_same_randomness_makes_the_same_country() {
    let (one, other) = (Country::new(), Country::new());
    assert_eq!(one.csca.certificate, other.csca.certificate);
    assert_eq!(one.signer.sod(), other.signer.sod());
    assert_eq!(one.list.as_der(), other.list.as_der());
}
