//! Messages that OpenSSL encrypted, and what is made of those that were changed.

use signing::{
    DecryptionKey, EnvelopedData, Error, Failure, KeyTransportAlgorithm, OaepDigest, Oid, Opened,
    RejectionSecret,
};
use zeroize::Zeroizing;

use crate::craft::{oid, tlv};
use crate::key::{SoftwareKey, certificate};
use crate::openssl::OpenSsl;

const SECRET: &[u8] = b"for your eyes only \x00\xff";

fn encrypt(options: &str, recipients: &str) -> Vec<u8> {
    let openssl = OpenSsl::new();
    openssl.write("secret", SECRET);
    openssl.succeed(&format!(
        "cms -encrypt -binary -in secret -outform DER -out m.der {options} {recipients}"
    ));
    openssl.read("m.der")
}

fn decrypt_with(message: &[u8], key: &mut dyn DecryptionKey) -> Result<Opened, Error> {
    EnvelopedData::parse(message)?.decrypt(key, &RejectionSecret::new([7; 32]))
}

fn decrypt(message: &[u8]) -> Result<Vec<u8>, Error> {
    let opened = decrypt_with(message, &mut SoftwareKey::decipherment())?;
    assert_eq!(opened.content_type, Oid::DATA);
    Ok(opened.content.to_vec())
}

const OWN: &str = "decipherment-rsa.pem";

#[test]
fn every_cipher_and_padding_is_decrypted() {
    for cipher in [
        "-aes128",
        "-aes192",
        "-aes256",
        "-aes-128-gcm",
        "-aes-192-gcm",
        "-aes-256-gcm",
    ] {
        for recipient in [
            OWN.to_owned(),
            format!("-recip {OWN} -keyopt rsa_padding_mode:oaep"),
            format!("-recip {OWN} -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256"),
            format!("-recip {OWN} -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha384"),
            format!("-recip {OWN} -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha512"),
        ] {
            let message = encrypt(cipher, &recipient);
            let opened = decrypt_with(&message, &mut SoftwareKey::decipherment()).unwrap();
            assert_eq!(*opened.content, SECRET, "{cipher} {recipient}");
            assert_eq!(opened.authenticated, cipher.ends_with("gcm"));
        }
    }
}

#[test]
fn indefinite_lengths_and_contents_in_pieces_are_read() {
    let openssl = OpenSsl::new();
    let long = vec![0x5a; 100_000];
    openssl.write("secret", &long);
    openssl.succeed(&format!(
        "cms -encrypt -stream -binary -in secret -outform DER -out m.der -aes256 {OWN}"
    ));
    let message = openssl.read("m.der");
    assert_eq!(message[1], 0x80);
    assert_eq!(decrypt(&message).unwrap(), long);
}

#[test]
fn the_right_one_of_several_recipients_is_found_by_either_name() {
    for options in ["-aes128", "-aes128 -keyid"] {
        let message = encrypt(options, &format!("authentication-rsa.pem {OWN}"));
        assert_eq!(decrypt(&message).unwrap(), SECRET, "{options}");
    }
    // One that agrees on a key, and one with a padding that no card has, are somebody else's.
    let message = encrypt(
        "-aes128",
        &format!(
            "-recip signature-p256.pem -recip {OWN} -recip authentication-rsa.pem -keyopt rsa_padding_mode:oaep \
             -keyopt rsa_oaep_md:sha256 -keyopt rsa_mgf1_md:sha1"
        ),
    );
    assert_eq!(decrypt(&message).unwrap(), SECRET);
    let message = encrypt("-aes128", "authentication-rsa.pem");
    assert_eq!(decrypt(&message), Err(Error::NoRecipient));
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    assert_eq!(
        decrypt(&encrypt("-des3", OWN)).unwrap_err().to_string(),
        "content encryption 1.2.840.113549.3.7 is not supported"
    );
    let mixed = format!(
        "-recip {OWN} -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256 -keyopt rsa_mgf1_md:sha1"
    );
    assert!(matches!(
        decrypt(&encrypt("-aes128", &mixed)),
        Err(Error::KeyTransport(_))
    ));
    let signed = crate::craft::Craft::document().sign();
    assert!(matches!(
        EnvelopedData::parse(&signed),
        Err(Error::MessageType { .. })
    ));
}

/// A key that answers what it is told to, and remembers what it was asked.
struct Scripted {
    certificate: pki::Certificate,
    answer: Option<Vec<u8>>,
    asked: Vec<KeyTransportAlgorithm>,
}

impl DecryptionKey for Scripted {
    fn certificate(&self) -> &pki::Certificate {
        &self.certificate
    }

    fn decrypt(
        &mut self,
        algorithm: KeyTransportAlgorithm,
        _: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        self.asked.push(algorithm);
        Ok(self.answer.clone().map(Zeroizing::new))
    }
}

fn scripted(answer: Option<Vec<u8>>) -> Scripted {
    Scripted {
        certificate: certificate("decipherment-rsa"),
        answer,
        asked: Vec::new(),
    }
}

/// RFC 3218: no difference between a key that does not decrypt, one of a wrong length, and a wrong one.
#[test]
fn a_wrong_key_and_a_wrong_content_give_the_same_error() {
    // With AES-CBC one wrong key in 256 lets something through, so that message is always the same one.
    let cbc = include_bytes!("../../../../vectors/signing/enveloped.der").to_vec();
    for message in [cbc, encrypt("-aes-128-gcm", OWN)] {
        for answer in [
            None,
            Some(Vec::new()),
            Some(vec![1; 15]),
            Some(vec![1; 245]),
            Some(vec![1; 16]),
        ] {
            let error = decrypt_with(&message, &mut scripted(answer.clone())).unwrap_err();
            assert_eq!(error, Error::Decryption, "{answer:?}");
        }
        let mut changed = message.clone();
        let last = changed.len() - 1;
        changed[last] ^= 1; // the padding, or the tag
        assert_eq!(decrypt(&changed), Err(Error::Decryption));
    }
}

/// If the stand-in were another one each time, sending a message again and again would tell that there is one.
#[test]
fn a_message_that_does_not_decrypt_does_so_in_the_same_way_again() {
    let message = encrypt("-aes128", OWN);
    let outcome = |message: &[u8], secret: u8| {
        EnvelopedData::parse(message)
            .unwrap()
            .decrypt(&mut scripted(None), &RejectionSecret::new([secret; 32]))
            .map(|opened| opened.content.to_vec())
    };
    // The block before the last one runs through all last bytes of the last one: one padding in 256 is right by chance, and then something
    // comes out, as with every wrong key.
    let position = message.len() - 17;
    let mut came_out = 0;
    for byte in 0..=255 {
        let mut changed = message.clone();
        changed[position] ^= byte;
        let first = outcome(&changed, 7);
        assert_eq!(first, outcome(&changed, 7));
        came_out += usize::from(first.is_ok());
    }
    assert!((1..5).contains(&came_out), "{came_out}");
}

#[test]
fn the_key_is_asked_for_the_algorithm_that_was_used() {
    for (options, algorithm) in [
        (OWN.to_owned(), KeyTransportAlgorithm::RsaesPkcs1),
        (
            format!("-recip {OWN} -keyopt rsa_padding_mode:oaep"),
            KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha1),
        ),
        (
            format!("-recip {OWN} -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256"),
            KeyTransportAlgorithm::RsaesOaep(OaepDigest::Sha256),
        ),
    ] {
        let mut key = scripted(None);
        let _ = decrypt_with(&encrypt("-aes128", &options), &mut key);
        assert_eq!(key.asked, [algorithm]);
    }
}

#[test]
fn a_card_that_is_gone_is_no_message_that_does_not_decrypt() {
    struct Gone(pki::Certificate);
    impl DecryptionKey for Gone {
        fn certificate(&self) -> &pki::Certificate {
            &self.0
        }
        fn decrypt(
            &mut self,
            _: KeyTransportAlgorithm,
            _: &[u8],
        ) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
            Err(std::io::Error::other("no card").into())
        }
    }
    let message = encrypt("-aes128", OWN);
    let mut key = Gone(certificate("decipherment-rsa"));
    let error = decrypt_with(&message, &mut key).unwrap_err();
    assert!(matches!(error, Error::Key(_)));
}

/// Whatever is changed in an authenticated message, nothing else comes out.
#[test]
fn nothing_else_comes_out_of_a_changed_gcm_message() {
    let message = encrypt("-aes-128-gcm", OWN);
    for position in 0..message.len() {
        let mut changed = message.clone();
        changed[position] ^= 1;
        if let Ok(opened) = decrypt_with(&changed, &mut SoftwareKey::decipherment()) {
            // The version of the recipient's structure or an identifier of no consequence.
            assert_eq!(*opened.content, SECRET, "byte {position}");
        }
    }
}

#[test]
fn authenticated_attributes_are_part_of_what_is_authenticated() {
    use aes_gcm::aead::{AeadInOut, KeyInit};
    let key = [3; 16];
    let attribute = tlv(
        0x30,
        &[
            &oid("1.2.840.113549.1.9.3"),
            &tlv(0x31, &[&oid("1.2.840.113549.1.7.1")]),
        ],
    );
    let message_with = |attributes: &[u8], tag_length: usize, said: u8| {
        let mut buffer = SECRET.to_vec();
        let mac = match tag_length {
            12 => aes_gcm::AesGcm::<
                aes::Aes128,
                aes_gcm::aead::consts::U12,
                aes_gcm::aead::consts::U12,
            >::new(&key.into())
            .encrypt_inout_detached(
                &[5; 12].into(),
                &tlv(0x31, &[&attribute]),
                buffer.as_mut_slice().into(),
            )
            .unwrap()
            .to_vec(),
            other => aes_gcm::Aes128Gcm::new(&key.into())
                .encrypt_inout_detached(
                    &[5; 12].into(),
                    &tlv(0x31, &[&attribute]),
                    buffer.as_mut_slice().into(),
                )
                .unwrap()[..other]
                .to_vec(),
        };
        let length = match said {
            12 => Vec::new(),
            other => tlv(2, &[&[other]]),
        };
        let cipher = tlv(
            0x30,
            &[
                &oid("2.16.840.1.101.3.4.1.6"),
                &tlv(0x30, &[&tlv(4, &[&[5; 12]]), &length]),
            ],
        );
        let recipient = tlv(
            0x30,
            &[
                &tlv(2, &[&[0]]),
                &crate::craft::issuer_and_serial(&certificate("decipherment-rsa")),
                &tlv(0x30, &[&oid("1.2.840.113549.1.1.1"), &tlv(5, &[])]),
                &tlv(4, &[b"cryptogram"]),
            ],
        );
        let fields = tlv(
            0x30,
            &[
                &tlv(2, &[&[0]]),
                &tlv(0x31, &[&recipient]),
                &tlv(
                    0x30,
                    &[
                        &oid("1.2.840.113549.1.7.1"),
                        &cipher,
                        &tlv(0x80, &[&buffer]),
                    ],
                ),
                attributes,
                &tlv(4, &[&mac]),
            ],
        );
        tlv(
            0x30,
            &[&oid("1.2.840.113549.1.9.16.1.23"), &tlv(0xa0, &[&fields])],
        )
    };
    let message =
        |attributes: &[u8], length: u8| message_with(attributes, usize::from(length), length);
    let open = |message: &[u8]| decrypt_with(message, &mut scripted(Some(key.to_vec())));
    let version = [2, 1, 0, 0x31];
    let mut version_2 = message(&tlv(0xa1, &[&attribute]), 16);
    let at = version_2.windows(4).position(|it| it == version).unwrap();
    version_2[at + 2] = 2;
    assert!(matches!(
        open(&version_2).unwrap_err(),
        Error::CmsVersion {
            expected: 0,
            found: 2
        }
    ));
    let right = tlv(0xa1, &[&attribute]);
    assert_eq!(*open(&message(&right, 16)).unwrap().content, SECRET);
    assert_eq!(*open(&message(&right, 12)).unwrap().content, SECRET);
    assert_eq!(open(&message(&[], 16)).unwrap_err(), Error::Decryption);
    // A tag is as long as it is said to be, so that nobody shortens it to one that can be guessed.
    for (tag_length, said) in [(13, 13), (16, 12), (12, 16), (4, 16), (4, 4)] {
        let error = open(&message_with(&right, tag_length, said)).unwrap_err();
        assert!(matches!(error, Error::Field { .. }), "{tag_length} {said}");
    }
}

/// An EnvelopedData with AES-128-CBC under a key of threes, of which the parts can be wrong.
fn cbc(
    (version, recipient_version, recipients): (u8, u8, usize),
    iv: &[u8],
    encrypted: &[u8],
) -> Vec<u8> {
    let recipient = tlv(
        0x30,
        &[
            &tlv(2, &[&[recipient_version]]),
            &crate::craft::issuer_and_serial(&certificate("decipherment-rsa")),
            &tlv(0x30, &[&oid("1.2.840.113549.1.1.1"), &tlv(5, &[])]),
            &tlv(4, &[b"cryptogram"]),
        ],
    );
    let cipher = tlv(0x30, &[&oid("2.16.840.1.101.3.4.1.2"), &tlv(4, &[iv])]);
    let fields = tlv(
        0x30,
        &[
            &tlv(2, &[&[version]]),
            &tlv(0x31, &[&recipient.repeat(recipients)]),
            &tlv(
                0x30,
                &[
                    &oid("1.2.840.113549.1.7.1"),
                    &cipher,
                    &tlv(0x80, &[encrypted]),
                ],
            ),
        ],
    );
    tlv(
        0x30,
        &[&oid("1.2.840.113549.1.7.3"), &tlv(0xa0, &[&fields])],
    )
}

#[test]
fn versions_lengths_and_numbers_are_held_to_the_standard() {
    use cipher::{BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
    let encryptor = cbc::Encryptor::<aes::Aes128>::new(&[3; 16].into(), &[5; 16].into());
    let encrypted = encryptor.encrypt_padded_vec::<Pkcs7>(SECRET);
    let open = |message: &[u8]| {
        let opened = decrypt_with(message, &mut scripted(Some(vec![3; 16])))?;
        Ok::<_, Error>(opened.content.to_vec())
    };
    let iv = [5; 16];
    assert_eq!(open(&cbc((0, 0, 1), &iv, &encrypted)).unwrap(), SECRET);
    assert!(open(&cbc((4, 0, 256), &iv, &encrypted)).is_ok());
    for version in [1, 5] {
        let error = open(&cbc((version, 0, 1), &iv, &encrypted)).unwrap_err();
        assert!(matches!(error, Error::CmsVersion { found, .. } if found == version));
    }
    let error = open(&cbc((0, 2, 1), &iv, &encrypted)).unwrap_err();
    assert!(matches!(
        error,
        Error::CmsVersion {
            expected: 0,
            found: 2
        }
    ));
    assert_eq!(
        open(&cbc((0, 0, 0), &iv, &encrypted)),
        Err(Error::NoRecipient)
    );
    let error = open(&cbc((0, 0, 257), &iv, &encrypted)).unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }));
    for (iv, encrypted) in [
        (&iv[..15], &encrypted[..]),
        (&iv, &encrypted[1..]),
        (&iv, &[]),
    ] {
        let error = open(&cbc((0, 0, 1), iv, encrypted)).unwrap_err();
        assert!(matches!(error, Error::Field { .. }), "{error}");
    }
    let too_long = vec![0; 64 * 1024 * 1024 + 1];
    assert!(matches!(
        EnvelopedData::parse(&too_long),
        Err(Error::TooLong { .. })
    ));
}
