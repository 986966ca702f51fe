//! Certification requests: OpenSSL's are read, ours are read by OpenSSL, and none is believed without the private key.

use pki::builder::{KeyType, PrivateKey};
use pki::{
    CertificationRequest, CertificationRequestInfo, DigestAlgorithm, Error, SignatureAlgorithm,
};

use crate::algorithms::rsa;
use crate::country::rng;
use crate::openssl_reads::OpenSsl;

fn request(key: &PrivateKey) -> CertificationRequest {
    let info = CertificationRequestInfo::new(&key.public_key().unwrap()).unwrap();
    let signature = key.sign(info.to_be_signed(), &mut rng(3)).unwrap();
    info.signed(key.algorithm(), &signature).unwrap()
}

#[test]
fn requests_of_openssl_are_read_whatever_they_ask_for() {
    let openssl = OpenSsl::new();
    openssl.succeed("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key");
    openssl.succeed("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key");
    for (key, options) in [
        ("rsa", "-sha256"),
        ("rsa", "-sha512 -addext keyUsage=keyCertSign"),
        (
            "rsa",
            "-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48",
        ),
        ("ec", "-sha256"),
        ("ec", "-sha384"),
    ] {
        openssl.succeed(&format!(
            "req -new -key {key}.key -subj /C=TW/CN=Somebody-else {options} -out request.pem"
        ));
        let pem = String::from_utf8(openssl.read("request.pem")).unwrap();
        let request = CertificationRequest::from_pem(&pem).unwrap();
        assert_eq!(
            request.public_key().curve().is_some(),
            key == "ec",
            "{options}"
        );
        assert_eq!(request.to_pem().unwrap(), pem);
    }
}

#[test]
fn openssl_reads_and_verifies_ours() {
    let openssl = OpenSsl::new();
    let pss = SignatureAlgorithm::RsaPss {
        digest: DigestAlgorithm::Sha256,
        salt_len: 32,
    };
    let keys = [
        rsa(1),
        rsa(1).with_algorithm(pss).unwrap(),
        PrivateKey::generate(KeyType::P256, &mut rng(4)),
    ];
    for key in keys {
        openssl.write("request.pem", request(&key).to_pem().unwrap());
        let text = openssl.succeed("req -in request.pem -verify -noout -text");
        assert!(text.contains("self-signature verify OK"), "{text}");
    }
}

#[test]
fn a_request_that_the_key_did_not_sign_is_refused() {
    for key in [rsa(1), PrivateKey::generate(KeyType::P256, &mut rng(4))] {
        let der = request(&key).as_der().to_vec();
        assert!(CertificationRequest::from_der(&der).is_ok());
        // Whatever byte is changed: what was signed, the key, the algorithm, the signature.
        for position in 0..der.len() {
            let mut changed = der.clone();
            changed[position] ^= 1;
            assert!(
                CertificationRequest::from_der(&changed).is_err(),
                "{position}"
            );
        }
    }
    let (one, other) = (rsa(1), rsa(2));
    let info = CertificationRequestInfo::new(&one.public_key().unwrap()).unwrap();
    let signature = other.sign(info.to_be_signed(), &mut rng(3)).unwrap();
    let algorithm = one.algorithm();
    assert_eq!(
        info.signed(algorithm, &signature).err(),
        Some(Error::Signature)
    );
    let ecdsa = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    assert_eq!(
        info.signed(ecdsa, &signature).err(),
        Some(Error::KeyMismatch)
    );
}

#[test]
fn the_answer_of_a_card_becomes_a_request() {
    use p256::ecdsa::signature::hazmat::PrehashSigner;
    use p256::pkcs8::EncodePrivateKey;

    let card = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    let pem = p256::SecretKey::from_slice(&[7; 32])
        .unwrap()
        .to_pkcs8_pem(pkcs8::LineEnding::LF)
        .unwrap();
    let key = PrivateKey::from_pkcs8_pem(&pem).unwrap();
    let info = CertificationRequestInfo::new(&key.public_key().unwrap()).unwrap();
    let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384);
    let hash = algorithm.digest().digest(info.to_be_signed());
    let answer: p256::ecdsa::Signature = card.sign_prehash(&hash).unwrap();
    let answer = answer.to_bytes();
    let request = info.signed_by_card(algorithm, &answer).unwrap();
    assert_eq!(request.signature_algorithm(), algorithm);
    for wrong in [
        &answer[..63],
        &answer[..62],
        &[],
        &[&answer[32..], &answer[..32]].concat(),
    ] {
        assert_eq!(
            info.signed_by_card(algorithm, wrong).err(),
            Some(Error::Signature)
        );
    }
    // RSA answers in the form that requests have.
    let key = rsa(1);
    let info = CertificationRequestInfo::new(&key.public_key().unwrap()).unwrap();
    let answer = key.sign(info.to_be_signed(), &mut rng(3)).unwrap();
    assert!(info.signed_by_card(key.algorithm(), &answer).is_ok());
}

#[test]
fn short_keys_broken_hashes_and_long_requests_are_refused() {
    let openssl = OpenSsl::new();
    openssl.succeed("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out short.key");
    openssl.succeed("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key");
    let read = |key: &str, hash: &str| {
        openssl.succeed(&format!(
            "req -new -key {key}.key -subj /CN=x -{hash} -out r.pem"
        ));
        CertificationRequest::from_pem(&String::from_utf8(openssl.read("r.pem")).unwrap())
    };
    assert_eq!(
        read("short", "sha256").err(),
        Some(Error::RsaKeySize { bits: 1024 })
    );
    assert!(matches!(
        read("rsa", "sha1").err(),
        Some(Error::BrokenDigest(_))
    ));
    let mut der = read("rsa", "sha256").unwrap().as_der().to_vec();
    der.push(0);
    assert!(matches!(
        CertificationRequest::from_der(&der).err(),
        Some(Error::Malformed { .. })
    ));
    assert!(matches!(
        CertificationRequest::from_der(&vec![0x30; 16 * 1024 + 1]).err(),
        Some(Error::TooLong { .. })
    ));
}
