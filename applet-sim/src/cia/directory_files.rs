//! The directory files of the application (ISO/IEC 7816-15 §8), composed from what is there, so that they
//! are always true.

pub(crate) mod der;

use alloc::vec::Vec;

use secure_channel::Hash;

use super::{Algorithm, HolderPublicKey, KeyKind, PIN2_DIGITS, PIN2_REFERENCE};
use crate::objects::{FileRef, Slot};
use der::{integer, integer_tagged, named_bits, octet_string, oid, sequence, tagged, utf8_string};

/// Identifier by which keys and certificates name PIN2.
const PIN2_ID: &[u8] = &[0x01];

/// What is in the application.
pub(crate) struct Contents {
    /// The slots with a key.
    pub(crate) keys: Vec<(Slot, HolderPublicKey)>,
    /// The slots with a certificate.
    pub(crate) certificates: Vec<Slot>,
    /// There is a PIN2.
    pub(crate) pin2: bool,
    /// Certificates are read without it.
    pub(crate) certificates_after_pace: bool,
}

/// Whether this file is composed.
pub(crate) fn is_composed(file: FileRef) -> bool {
    matches!(
        file,
        FileRef::CIA_OD
            | FileRef::CIA_INFO
            | FileRef::CIA_AOD
            | FileRef::CIA_PRKD
            | FileRef::CIA_PUKD
            | FileRef::CIA_CD
    )
}

impl Contents {
    /// The bytes of a directory file; `None` for another file.
    pub(crate) fn compose(&self, file: FileRef) -> Option<Vec<u8>> {
        Some(match file {
            FileRef::CIA_OD => object_directory(),
            FileRef::CIA_INFO => information(),
            FileRef::CIA_AOD if self.pin2 => authentication_object(),
            FileRef::CIA_AOD => Vec::new(),
            FileRef::CIA_PRKD => concat(self.keys.iter().map(private_key)),
            FileRef::CIA_PUKD => concat(self.keys.iter().map(public_key)),
            FileRef::CIA_CD => concat(self.certificates.iter().map(|it| self.certificate(*it))),
            _ => return None,
        })
    }

    /// CertificateChoice, an X.509 certificate.
    fn certificate(&self, slot: Slot) -> Vec<u8> {
        let common = if self.certificates_after_pace {
            sequence(&[&utf8_string(label(slot)), &named_bits(&[MODIFIABLE])])
        } else {
            let flags = named_bits(&[PRIVATE, MODIFIABLE]);
            sequence(&[&utf8_string(label(slot)), &flags, &octet_string(PIN2_ID)])
        };
        let class = sequence(&[&identifier(slot)]);
        let attributes = sequence(&[&path(FileRef::certificate(slot))]);
        sequence(&[&common, &class, &tagged(0xA1, &[&attributes])])
    }
}

fn concat(objects: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    objects.flatten().collect()
}

/// EF.OD (§8.3): where the other directory files are.
fn object_directory() -> Vec<u8> {
    let entry = |tag, file| tagged(tag, &[&path(file)]);
    [
        entry(0xA0, FileRef::CIA_PRKD),
        entry(0xA1, FileRef::CIA_PUKD),
        entry(0xA4, FileRef::CIA_CD),
        entry(0xA8, FileRef::CIA_AOD),
    ]
    .concat()
}

/// Path: an identifier in the current directory.
fn path(file: FileRef) -> Vec<u8> {
    sequence(&[&octet_string(&file.id.to_bytes())])
}

/// EF.CIAInfo (§8.10): version 2, and the algorithms with their references.
fn information() -> Vec<u8> {
    const AUTHENTICATION_REQUIRED: u8 = 1;
    let algorithms = Algorithm::ALL.map(|(reference, it)| algorithm(reference, it));
    sequence(&[
        &integer(&[1]),
        &tagged(0x80, &[b"NeweID natural-person certificate"]),
        &named_bits(&[AUTHENTICATION_REQUIRED]),
        &tagged(0xA2, &[&algorithms.concat()]),
    ])
}

/// AlgorithmInfo: reference, mechanism of PKCS #11, parameters, operation, object identifier, and the
/// reference for the card, which is the same.
fn algorithm(reference: u8, algorithm: Algorithm) -> Vec<u8> {
    const SIGN: u8 = 1;
    const DECIPHER: u8 = 5;
    let (operation, mechanism, identifier, parameters): (_, u16, _, _) = match algorithm {
        Algorithm::Pkcs1Signature(hash) => {
            let (mechanism, identifier) = match hash {
                Hash::Sha384 => (0x41, oid::SHA384_WITH_RSA),
                Hash::Sha512 => (0x42, oid::SHA512_WITH_RSA),
                _ => (0x40, oid::SHA256_WITH_RSA),
            };
            (SIGN, mechanism, identifier, der::NULL.to_vec())
        }
        Algorithm::Pss(hash) => {
            let mechanism = match hash {
                Hash::Sha384 => 0x44,
                Hash::Sha512 => 0x45,
                _ => 0x43,
            };
            let salt = u8::try_from(hash.size()).unwrap_or(u8::MAX);
            let salt = tagged(0xA2, &[&integer(&[salt])]);
            let parameters = sequence(&[&hash_and_mask(hash), &salt]);
            (SIGN, mechanism, oid::RSASSA_PSS, parameters)
        }
        Algorithm::Ecdsa(hash) => {
            let (mechanism, identifier) = match hash {
                Hash::Sha384 => (0x1045, oid::ECDSA_WITH_SHA384),
                Hash::Sha512 => (0x1046, oid::ECDSA_WITH_SHA512),
                _ => (0x1044, oid::ECDSA_WITH_SHA256),
            };
            (SIGN, mechanism, identifier, der::NULL.to_vec())
        }
        Algorithm::Pkcs1Encryption => (DECIPHER, 0x01, oid::RSA_ENCRYPTION, der::NULL.to_vec()),
        // SHA-1 with MGF1 and SHA-1 is the default, which DER leaves out.
        Algorithm::Oaep(Hash::Sha1) => (DECIPHER, 0x09, oid::RSAES_OAEP, sequence(&[])),
        Algorithm::Oaep(hash) => {
            let parameters = sequence(&[&hash_and_mask(hash)]);
            (DECIPHER, 0x09, oid::RSAES_OAEP, parameters)
        }
    };
    sequence(&[
        &integer(&[reference]),
        &integer(&mechanism.to_be_bytes()),
        &parameters,
        &named_bits(&[operation]),
        &oid(identifier),
        &integer(&[reference]),
    ])
}

/// The first two parameters of PSS and OAEP (RFC 4055 §3.1, §4.1).
fn hash_and_mask(hash: Hash) -> Vec<u8> {
    let identifier = match hash {
        Hash::Sha1 => oid::SHA1,
        Hash::Sha224 => oid::SHA224,
        Hash::Sha256 => oid::SHA256,
        Hash::Sha384 => oid::SHA384,
        Hash::Sha512 => oid::SHA512,
    };
    let hash = sequence(&[&oid(identifier), der::NULL]);
    let mask = sequence(&[&oid(oid::MGF1), &hash]);
    [tagged(0xA0, &[&hash]), tagged(0xA1, &[&mask])].concat()
}

/// AuthenticationObjectChoice, a password: PIN2.
fn authentication_object() -> Vec<u8> {
    const LOCAL: u8 = 1;
    const INITIALIZED: u8 = 4;
    const INTEGRITY_PROTECTED: u8 = 9;
    const CONFIDENTIALITY_PROTECTED: u8 = 10;
    const ASCII_NUMERIC: &[u8] = &[0x0A, 0x01, 0x01];
    let length = |digits: &usize| integer(&digits.to_be_bytes());
    let common = sequence(&[&utf8_string("PIN2"), &named_bits(&[PRIVATE, MODIFIABLE])]);
    let class = sequence(&[&octet_string(PIN2_ID)]);
    let flags = [
        LOCAL,
        INITIALIZED,
        INTEGRITY_PROTECTED,
        CONFIDENTIALITY_PROTECTED,
    ];
    let attributes = sequence(&[
        &named_bits(&flags),
        ASCII_NUMERIC,
        &length(PIN2_DIGITS.start()),
        &length(PIN2_DIGITS.end()),
        &length(PIN2_DIGITS.end()),
        &integer_tagged(0x80, &[PIN2_REFERENCE]),
    ]);
    sequence(&[&common, &class, &tagged(0xA1, &[&attributes])])
}

/// Bits of CommonObjectFlags.
const PRIVATE: u8 = 0;
const MODIFIABLE: u8 = 1;

/// PrivateKeyChoice: an RSA key, or an elliptic curve key under [0].
fn private_key((slot, key): &(Slot, HolderPublicKey)) -> Vec<u8> {
    const DECIPHER: u8 = 1;
    const SIGN: u8 = 2;
    const NON_REPUDIATION: u8 = 9;
    const SENSITIVE: u8 = 0;
    let usage: &[u8] = match slot {
        Slot::Signature => &[NON_REPUDIATION],
        Slot::Authentication => &[SIGN],
        Slot::Decipherment => &[DECIPHER],
    };
    // PIN2 for every signature: one use of the key for each consent of the holder.
    let consent = match slot {
        Slot::Signature => integer(&[1]),
        Slot::Authentication | Slot::Decipherment => Vec::new(),
    };
    let common = sequence(&[
        &utf8_string(label(*slot)),
        &named_bits(&[PRIVATE]),
        &octet_string(PIN2_ID),
        &consent,
    ]);
    let algorithms = Algorithm::ALL.iter();
    let algorithms = algorithms.filter(|(_, algorithm)| algorithm.suits(*slot, key.kind()));
    let algorithms = concat(algorithms.map(|(reference, _)| integer(&[*reference])));
    let class = sequence(&[
        &identifier(*slot),
        &named_bits(usage),
        &named_bits(&[SENSITIVE]),
        &integer(&[slot.reference()]),
        &tagged(0xA1, &[&algorithms]),
    ]);
    // The key is in no file: an empty path.
    let nowhere = sequence(&[&octet_string(&[])]);
    typed(&common, &class, &nowhere, key.kind())
}

/// PublicKeyChoice, the key itself inside.
fn public_key((slot, key): &(Slot, HolderPublicKey)) -> Vec<u8> {
    const ENCIPHER: u8 = 0;
    const VERIFY: u8 = 6;
    const NON_REPUDIATION: u8 = 9;
    let usage: &[u8] = match slot {
        Slot::Signature => &[VERIFY, NON_REPUDIATION],
        Slot::Authentication => &[VERIFY],
        Slot::Decipherment => &[ENCIPHER],
    };
    let common = sequence(&[&utf8_string(label(*slot))]);
    let class = sequence(&[
        &identifier(*slot),
        &named_bits(usage),
        &integer(&[slot.reference()]),
    ]);
    let direct = tagged(0xA0, &[&key.raw()]);
    typed(&common, &class, &direct, key.kind())
}

/// A key object: what all kinds have, then what this kind has.
fn typed(common: &[u8], class: &[u8], value: &[u8], kind: KeyKind) -> Vec<u8> {
    let (tag, rest) = match kind {
        KeyKind::Rsa2048 => (0x30, integer(&KeyKind::MODULUS_BITS.to_be_bytes())),
        // KeyInfo, paramsAndOps: the curve.
        KeyKind::P256 => (0xA0, sequence(&[&oid(oid::PRIME256V1)])),
    };
    let attributes = sequence(&[value, &rest]);
    tagged(tag, &[common, class, &tagged(0xA1, &[&attributes])])
}

/// What connects private key, public key and certificate of a slot.
fn identifier(slot: Slot) -> Vec<u8> {
    octet_string(&[slot.reference()])
}

fn label(slot: Slot) -> &'static str {
    match slot {
        Slot::Signature => "signature",
        Slot::Authentication => "authentication",
        Slot::Decipherment => "key decipherment",
    }
}
