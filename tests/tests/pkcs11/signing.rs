//! Every mechanism, verified with the certificates; the convention of two calls; what is refused.

use applet_sim::{CertRead, KeyKind};
use cryptoki_sys as ck;
use neweid_pkcs11::{Given, Module, Parameters, Refusal};
use neweid_tests::cards::natural_person::{PIN2, card, certified};
use pki::DigestAlgorithm::{Sha256, Sha384, Sha512};
use pki::{DigestAlgorithm, SignatureAlgorithm, ecdsa_sig_value};

use crate::reading::{logged_in, private_key};

const DATA: &[u8] = b"To whom it may concern";
const NONE: Parameters = Parameters::None;

const DIGESTS: [DigestAlgorithm; 3] = [Sha256, Sha384, Sha512];

fn bytes(given: Result<Given, Refusal>) -> Vec<u8> {
    match given {
        Ok(Given::Bytes(bytes)) => bytes.to_vec(),
        other => panic!("{other:?}"),
    }
}

fn pss(digest: DigestAlgorithm) -> Parameters {
    let (hash, mgf) = match digest {
        Sha256 => (ck::CKM_SHA256, ck::CKG_MGF1_SHA256),
        Sha384 => (ck::CKM_SHA384, ck::CKG_MGF1_SHA384),
        Sha512 => (ck::CKM_SHA512, ck::CKG_MGF1_SHA512),
    };
    Parameters::Pss {
        hash,
        mgf,
        salt_len: digest.output_len() as ck::CK_ULONG,
    }
}

fn digest_info(digest: DigestAlgorithm) -> Vec<u8> {
    let hash = digest.digest(DATA);
    let number = match digest {
        Sha256 => 1,
        Sha384 => 2,
        Sha512 => 3,
    };
    let length = hash.len() as u8;
    let header = [
        0x30,
        0x11 + length,
        0x30,
        0x0D,
        0x06,
        0x09,
        0x60,
        0x86,
        0x48,
        0x01,
        0x65,
        0x03,
        0x04,
        0x02,
        number,
        0x05,
        0x00,
        0x04,
        length,
    ];
    [&header[..], &hash].concat()
}

/// Signs with the key for authentication, and then with the one for signatures.
fn sign(
    module: &Module,
    session: ck::CK_SESSION_HANDLE,
    (mechanism, parameters): (ck::CK_MECHANISM_TYPE, Parameters),
    data: &[u8],
) -> [Vec<u8>; 2] {
    [0x82, 0x81].map(|reference| {
        let key = private_key(module, session, reference);
        module
            .sign_init(session, mechanism, parameters, key)
            .unwrap();
        if reference == 0x81 {
            module
                .login(session, ck::CKU_CONTEXT_SPECIFIC, PIN2.as_bytes())
                .unwrap();
        }
        bytes(module.sign(session, data, Some(256)))
    })
}

fn verify(kind: KeyKind, signatures: [Vec<u8>; 2], algorithm: SignatureAlgorithm) {
    let certificates = &certified(kind).certificates;
    for (signature, certificate) in signatures.iter().zip([&certificates[1], &certificates[0]]) {
        let signature = match algorithm {
            SignatureAlgorithm::Ecdsa(_) => ecdsa_sig_value(signature).unwrap(),
            _ => signature.clone(),
        };
        let key = certificate.public_key().unwrap();
        key.verify(algorithm, DATA, &signature).unwrap();
        assert!(key.verify(algorithm, b"other", &signature).is_err());
    }
}

#[test]
fn every_mechanism_of_rsa_signs() {
    let (module, session) = logged_in(&card(KeyKind::Rsa2048, CertRead::AfterPin2));
    let hashed = [
        (ck::CKM_SHA256_RSA_PKCS, ck::CKM_SHA256_RSA_PKCS_PSS),
        (ck::CKM_SHA384_RSA_PKCS, ck::CKM_SHA384_RSA_PKCS_PSS),
        (ck::CKM_SHA512_RSA_PKCS, ck::CKM_SHA512_RSA_PKCS_PSS),
    ];
    for (digest, (with_pkcs1, with_pss)) in DIGESTS.into_iter().zip(hashed) {
        let salt_len = u8::try_from(digest.output_len()).unwrap();
        let pkcs1 = SignatureAlgorithm::RsaPkcs1(digest);
        let as_pss = SignatureAlgorithm::RsaPss { digest, salt_len };
        let hash = digest.digest(DATA);
        let sign = |mechanism, data: &[u8]| sign(&module, session, mechanism, data);
        verify(KeyKind::Rsa2048, sign((with_pkcs1, NONE), DATA), pkcs1);
        verify(
            KeyKind::Rsa2048,
            sign((ck::CKM_RSA_PKCS, NONE), &digest_info(digest)),
            pkcs1,
        );
        verify(
            KeyKind::Rsa2048,
            sign((with_pss, pss(digest)), DATA),
            as_pss,
        );
        verify(
            KeyKind::Rsa2048,
            sign((ck::CKM_RSA_PKCS_PSS, pss(digest)), &hash),
            as_pss,
        );
    }
}

#[test]
fn every_mechanism_of_p256_signs() {
    let (module, session) = logged_in(&card(KeyKind::P256, CertRead::AfterPin2));
    let hashed = [
        ck::CKM_ECDSA_SHA256,
        ck::CKM_ECDSA_SHA384,
        ck::CKM_ECDSA_SHA512,
    ];
    for (digest, mechanism) in DIGESTS.into_iter().zip(hashed) {
        let sign = |mechanism, data: &[u8]| sign(&module, session, (mechanism, NONE), data);
        let algorithm = SignatureAlgorithm::Ecdsa(digest);
        verify(KeyKind::P256, sign(mechanism, DATA), algorithm);
        let hash = digest.digest(DATA);
        verify(KeyKind::P256, sign(ck::CKM_ECDSA, &hash), algorithm);
    }
}

#[test]
fn what_a_mechanism_does_not_take_is_refused() {
    let (module, session) = logged_in(&card(KeyKind::Rsa2048, CertRead::AfterPin2));
    let key = private_key(&module, session, 0x82);
    let init = |mechanism, parameters, key| module.sign_init(session, mechanism, parameters, key);
    for (mechanism, data, refusal) in [
        // A hash without its name, a name that the card has not, too much.
        (ck::CKM_RSA_PKCS, vec![7; 32], Refusal::DATA_INVALID),
        (ck::CKM_RSA_PKCS, vec![7; 36], Refusal::DATA_INVALID),
        (ck::CKM_RSA_PKCS, vec![7; 200], Refusal::DATA_LEN_RANGE),
    ] {
        init(mechanism, NONE, key).unwrap();
        assert_eq!(module.sign(session, &data, Some(256)), Err(refusal));
    }
    init(ck::CKM_RSA_PKCS_PSS, pss(Sha256), key).unwrap();
    assert_eq!(
        module.sign(session, &[7; 48], Some(256)),
        Err(Refusal::DATA_LEN_RANGE)
    );
    assert_eq!(
        init(ck::CKM_RSA_PKCS_PSS, NONE, key),
        Err(Refusal::MECHANISM_PARAM_INVALID)
    );
    assert_eq!(
        init(ck::CKM_SHA256_RSA_PKCS_PSS, pss(Sha512), key),
        Err(Refusal::MECHANISM_PARAM_INVALID)
    );
    assert_eq!(
        init(ck::CKM_SHA256_RSA_PKCS, pss(Sha256), key),
        Err(Refusal::MECHANISM_PARAM_INVALID)
    );
    assert_eq!(
        init(ck::CKM_SHA_1, NONE, key),
        Err(Refusal::MECHANISM_INVALID)
    );
    assert_eq!(
        init(ck::CKM_ECDSA, NONE, key),
        Err(Refusal::KEY_TYPE_INCONSISTENT)
    );
    let deciphering = private_key(&module, session, 0x83);
    assert_eq!(
        init(ck::CKM_SHA256_RSA_PKCS, NONE, deciphering),
        Err(Refusal::KEY_FUNCTION_NOT_PERMITTED)
    );
    assert_eq!(
        init(ck::CKM_SHA256_RSA_PKCS, NONE, 0x999),
        Err(Refusal::KEY_HANDLE_INVALID)
    );
    // The public half signs nothing.
    assert_eq!(
        init(ck::CKM_SHA256_RSA_PKCS, NONE, key - 1),
        Err(Refusal::KEY_FUNCTION_NOT_PERMITTED)
    );
    init(ck::CKM_SHA256_RSA_PKCS, NONE, key).unwrap();
    assert_eq!(
        init(ck::CKM_SHA256_RSA_PKCS, NONE, key),
        Err(Refusal::OPERATION_ACTIVE)
    );
    module.logout(session).unwrap();
    assert_eq!(
        module.sign(session, DATA, Some(256)),
        Err(Refusal::OPERATION_NOT_INITIALIZED)
    );
    assert_eq!(
        init(ck::CKM_SHA256_RSA_PKCS, NONE, key),
        Err(Refusal::USER_NOT_LOGGED_IN)
    );
}

#[test]
fn the_length_is_asked_for_and_too_little_room_loses_nothing() {
    let (module, session) = logged_in(&card(KeyKind::Rsa2048, CertRead::AfterPin2));
    let key = private_key(&module, session, 0x82);
    let init = || {
        module
            .sign_init(session, ck::CKM_SHA256_RSA_PKCS, NONE, key)
            .unwrap();
    };
    init();
    assert_eq!(module.sign(session, DATA, None), Ok(Given::Length(256)));
    assert_eq!(
        module.sign(session, DATA, Some(255)),
        Ok(Given::TooSmall(256))
    );
    let whole = bytes(module.sign(session, DATA, Some(256)));
    init();
    for piece in DATA.chunks(5) {
        module.sign_update(session, piece).unwrap();
    }
    assert_eq!(module.sign_final(session, None), Ok(Given::Length(256)));
    assert_eq!(bytes(module.sign_final(session, Some(300))), whole);
    assert_eq!(
        module.sign_final(session, Some(300)),
        Err(Refusal::OPERATION_NOT_INITIALIZED)
    );
    init();
    module.sign_update(session, DATA).unwrap();
    assert_eq!(
        module.sign(session, DATA, Some(256)),
        Err(Refusal::OPERATION_ACTIVE)
    );
}

#[test]
fn a_cryptogram_is_deciphered_once_however_much_room_there_is() {
    let (module, session) = logged_in(&card(KeyKind::Rsa2048, CertRead::AfterPin2));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let spki = certified(KeyKind::Rsa2048).certificates[2]
        .public_key()
        .unwrap()
        .to_der()
        .unwrap();
    std::fs::write(path("key"), spki).unwrap();
    std::fs::write(path("plain"), DATA).unwrap();
    let key = private_key(&module, session, 0x83);
    let oaep = |hash, mgf| Parameters::Oaep {
        hash,
        mgf,
        source: ck::CKZ_DATA_SPECIFIED,
        source_len: 0,
    };
    let cases = [
        (ck::CKM_RSA_PKCS, NONE, None),
        (
            ck::CKM_RSA_PKCS_OAEP,
            oaep(ck::CKM_SHA_1, ck::CKG_MGF1_SHA1),
            Some("sha1"),
        ),
        (
            ck::CKM_RSA_PKCS_OAEP,
            oaep(ck::CKM_SHA256, ck::CKG_MGF1_SHA256),
            Some("sha256"),
        ),
        (
            ck::CKM_RSA_PKCS_OAEP,
            oaep(ck::CKM_SHA512, ck::CKG_MGF1_SHA512),
            Some("sha512"),
        ),
    ];
    for (mechanism, parameters, hash) in cases {
        let mut openssl = std::process::Command::new("openssl");
        openssl.current_dir(folder.path()).args([
            "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", "key", "-in", "plain",
            "-out", "secret",
        ]);
        if let Some(hash) = hash {
            openssl.args(["-pkeyopt", "rsa_padding_mode:oaep"]);
            openssl.args(["-pkeyopt", &format!("rsa_oaep_md:{hash}")]);
            openssl.args(["-pkeyopt", &format!("rsa_mgf1_md:{hash}")]);
        }
        assert!(openssl.status().unwrap().success());
        let secret = std::fs::read(path("secret")).unwrap();
        let init = || {
            module
                .decrypt_init(session, mechanism, parameters, key)
                .unwrap();
        };
        init();
        assert_eq!(
            module.decrypt(session, &secret, None),
            Ok(Given::Length(256))
        );
        let small = module.decrypt(session, &secret, Some(DATA.len() - 1));
        assert_eq!(small, Ok(Given::TooSmall(DATA.len())));
        assert_eq!(
            bytes(module.decrypt(session, &secret, Some(DATA.len()))),
            DATA
        );
        init();
        module.decrypt_update(session, &secret[..100]).unwrap();
        module.decrypt_update(session, &secret[100..]).unwrap();
        assert_eq!(bytes(module.decrypt_final(session, Some(256))), DATA);
        init();
        let mut wrong = secret.clone();
        wrong[100] ^= 1;
        match module.decrypt(session, &wrong, Some(256)) {
            // Implicit rejection: something else comes out.
            Ok(Given::Bytes(other)) => {
                assert!(hash.is_none());
                assert_ne!(*other, DATA);
            }
            other => {
                assert!(hash.is_some());
                assert_eq!(other, Err(Refusal::ENCRYPTED_DATA_INVALID));
            }
        }
        init();
        assert_eq!(
            module.decrypt(session, &secret[1..], Some(256)),
            Err(Refusal::ENCRYPTED_DATA_LEN_RANGE)
        );
    }
    let signing = private_key(&module, session, 0x82);
    assert_eq!(
        module.decrypt_init(session, ck::CKM_RSA_PKCS, NONE, signing),
        Err(Refusal::KEY_FUNCTION_NOT_PERMITTED)
    );
    assert_eq!(
        module.decrypt_init(
            session,
            ck::CKM_RSA_PKCS_OAEP,
            oaep(ck::CKM_SHA256, ck::CKG_MGF1_SHA1),
            key
        ),
        Err(Refusal::MECHANISM_PARAM_INVALID)
    );
}

#[test]
fn threads_with_sessions_of_their_own_sign_at_the_same_time() {
    let (module, session) = logged_in(&card(KeyKind::P256, CertRead::AfterPin2));
    let key = private_key(&module, session, 0x82);
    let public = certified(KeyKind::P256).certificates[1]
        .public_key()
        .unwrap();
    std::thread::scope(|scope| {
        for number in 0..6u8 {
            let (module, public) = (&module, &public);
            scope.spawn(move || {
                let session = module.open_session(0, false).unwrap();
                for turn in 0..4u8 {
                    let data = [number, turn];
                    module
                        .sign_init(session, ck::CKM_ECDSA_SHA256, NONE, key)
                        .unwrap();
                    let plain = bytes(module.sign(session, &data, Some(64)));
                    let signature = ecdsa_sig_value(&plain).unwrap();
                    public
                        .verify(SignatureAlgorithm::Ecdsa(Sha256), &data, &signature)
                        .unwrap();
                }
                module.close_session(session).unwrap();
            });
        }
    });
}
