//! The mechanisms: which the card has, with which keys, and what each does with the data before the card sees a hash of them.

use cryptoki_sys as ck;
use host_lib::{KeyAlgorithm, KeySlot};
use pki::{DigestAlgorithm, Hasher, SignatureAlgorithm};
use signing::{KeyTransportAlgorithm, OaepDigest};

use crate::card::Entry;
use crate::error::{Refusal, Result};

use DigestAlgorithm::{Sha256, Sha384, Sha512};

/// Bytes of a signature or cryptogram of RSA-2048, the only size of modulus that the card has.
const MODULUS: usize = 256;
/// Bytes of r and s on P-256.
const P256_SIGNATURE: usize = 64;

/// What a mechanism comes with, read from C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// Nothing.
    None,
    /// `CK_RSA_PKCS_PSS_PARAMS`.
    Pss {
        /// `hashAlg`
        hash: ck::CK_MECHANISM_TYPE,
        /// `mgf`
        mgf: ck::CK_RSA_PKCS_MGF_TYPE,
        /// `sLen`, in bytes.
        salt_len: ck::CK_ULONG,
    },
    /// `CK_RSA_PKCS_OAEP_PARAMS`.
    Oaep {
        /// `hashAlg`
        hash: ck::CK_MECHANISM_TYPE,
        /// `mgf`
        mgf: ck::CK_RSA_PKCS_MGF_TYPE,
        /// `source`
        source: ck::CK_RSA_PKCS_OAEP_SOURCE_TYPE,
        /// `ulSourceDataLen`, in bytes.
        source_len: ck::CK_ULONG,
    },
    /// Something of a size that no mechanism of ours takes.
    Unknown,
}

/// A way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signing {
    /// A DigestInfo is handed in.
    DigestInfo,
    Pkcs1(DigestAlgorithm),
    /// A hash is handed in; the parameters say of which algorithm.
    PssHash,
    Pss(DigestAlgorithm),
    /// A hash is handed in; its length says of which algorithm.
    EcdsaHash,
    Ecdsa(DigestAlgorithm),
}

/// Those that hash come first: some programs take the first one, and have data rather than a hash.
const SIGNING: [(ck::CK_MECHANISM_TYPE, Signing); 12] = [
    (ck::CKM_SHA256_RSA_PKCS, Signing::Pkcs1(Sha256)),
    (ck::CKM_SHA384_RSA_PKCS, Signing::Pkcs1(Sha384)),
    (ck::CKM_SHA512_RSA_PKCS, Signing::Pkcs1(Sha512)),
    (ck::CKM_SHA256_RSA_PKCS_PSS, Signing::Pss(Sha256)),
    (ck::CKM_SHA384_RSA_PKCS_PSS, Signing::Pss(Sha384)),
    (ck::CKM_SHA512_RSA_PKCS_PSS, Signing::Pss(Sha512)),
    (ck::CKM_ECDSA_SHA256, Signing::Ecdsa(Sha256)),
    (ck::CKM_ECDSA_SHA384, Signing::Ecdsa(Sha384)),
    (ck::CKM_ECDSA_SHA512, Signing::Ecdsa(Sha512)),
    (ck::CKM_RSA_PKCS, Signing::DigestInfo),
    (ck::CKM_RSA_PKCS_PSS, Signing::PssHash),
    (ck::CKM_ECDSA, Signing::EcdsaHash),
];

const DECIPHERING: [ck::CK_MECHANISM_TYPE; 2] = [ck::CKM_RSA_PKCS, ck::CKM_RSA_PKCS_OAEP];

impl Signing {
    const fn is_elliptic(self) -> bool {
        matches!(self, Self::EcdsaHash | Self::Ecdsa(_))
    }
}

fn signs_with(entry: &Entry, signing: Signing) -> bool {
    let elliptic = entry.key.algorithm == KeyAlgorithm::EllipticCurve;
    entry.slot != KeySlot::KeyDecipherment && elliptic == signing.is_elliptic()
}

/// The mechanisms of a card with these keys, each once.
pub(crate) fn of(entries: &[Entry]) -> Vec<ck::CK_MECHANISM_TYPE> {
    let mut types: Vec<_> = SIGNING.map(|(mechanism, _)| mechanism).to_vec();
    // What both sign and decipher with is named once.
    types.extend(DECIPHERING.iter().filter(|it| find(**it).is_none()));
    types.retain(|mechanism| flags(*mechanism, entries) != 0);
    types
}

/// `CK_MECHANISM_INFO`, as far as it is not the same for all: smallest and largest key in bits, and the flags.
pub(crate) fn info(
    mechanism: ck::CK_MECHANISM_TYPE,
    entries: &[Entry],
) -> Result<(ck::CK_ULONG, ck::CK_FLAGS)> {
    let flags = flags(mechanism, entries);
    if flags == 0 {
        return Err(Refusal::MECHANISM_INVALID);
    }
    let elliptic = find(mechanism).is_some_and(Signing::is_elliptic);
    Ok(match elliptic {
        true => {
            let curves = ck::CKF_EC_F_P | ck::CKF_EC_NAMEDCURVE | ck::CKF_EC_UNCOMPRESS;
            (256, flags | curves | ck::CKF_HW)
        }
        false => (2048, flags | ck::CKF_HW),
    })
}

fn find(mechanism: ck::CK_MECHANISM_TYPE) -> Option<Signing> {
    let mut all = SIGNING.into_iter();
    all.find(|(it, _)| *it == mechanism)
        .map(|(_, signing)| signing)
}

/// What keys of the card do with it.
fn flags(mechanism: ck::CK_MECHANISM_TYPE, entries: &[Entry]) -> ck::CK_FLAGS {
    let signs = find(mechanism)
        .is_some_and(|signing| entries.iter().any(|entry| signs_with(entry, signing)));
    let deciphers = DECIPHERING.contains(&mechanism)
        && entries
            .iter()
            .any(|entry| entry.slot == KeySlot::KeyDecipherment);
    let flag = |is: bool, flag| if is { flag } else { 0 };
    flag(signs, ck::CKF_SIGN) | flag(deciphers, ck::CKF_DECRYPT)
}

/// A signature that is being made.
pub(crate) struct SignOperation {
    signing: Signing,
    /// What the card is told, where the data do not say it.
    algorithm: Option<SignatureAlgorithm>,
    input: Input,
    signature_len: usize,
}

enum Input {
    /// The data go through a hash.
    Hashed(Hasher),
    /// The data are a hash already, or a DigestInfo: no more than this many bytes.
    Whole(Vec<u8>, usize),
}

impl SignOperation {
    /// Begins one.
    pub(crate) fn new(
        mechanism: ck::CK_MECHANISM_TYPE,
        parameters: Parameters,
        entry: &Entry,
    ) -> Result<Self> {
        let signing = find(mechanism).ok_or(Refusal::MECHANISM_INVALID)?;
        if entry.slot == KeySlot::KeyDecipherment {
            return Err(Refusal::KEY_FUNCTION_NOT_PERMITTED);
        }
        if !signs_with(entry, signing) {
            return Err(Refusal::KEY_TYPE_INCONSISTENT);
        }
        let algorithm = match signing {
            Signing::DigestInfo | Signing::EcdsaHash => None,
            Signing::Pkcs1(digest) => Some(SignatureAlgorithm::RsaPkcs1(digest)),
            Signing::Ecdsa(digest) => Some(SignatureAlgorithm::Ecdsa(digest)),
            Signing::PssHash => Some(pss(parameters, None)?),
            Signing::Pss(digest) => Some(pss(parameters, Some(digest))?),
        };
        let takes_none = !matches!(signing, Signing::PssHash | Signing::Pss(_));
        if takes_none && parameters != Parameters::None {
            return Err(Refusal::MECHANISM_PARAM_INVALID);
        }
        let input = match (signing, algorithm) {
            (Signing::Pkcs1(digest) | Signing::Pss(digest) | Signing::Ecdsa(digest), _) => {
                Input::Hashed(Hasher::new(digest))
            }
            (_, Some(algorithm)) => Input::Whole(Vec::new(), algorithm.digest().output_len()),
            // The longest hash, behind the longest beginning of a DigestInfo.
            (_, None) => Input::Whole(Vec::new(), 64 + DIGEST_INFO_HEADER),
        };
        Ok(Self {
            signing,
            algorithm,
            input,
            signature_len: if signing.is_elliptic() {
                P256_SIGNATURE
            } else {
                MODULUS
            },
        })
    }

    /// Bytes of the signature.
    pub(crate) const fn signature_len(&self) -> usize {
        self.signature_len
    }

    /// More data.
    pub(crate) fn update(&mut self, data: &[u8]) -> Result<()> {
        match &mut self.input {
            Input::Hashed(hasher) => hasher.update(data),
            Input::Whole(whole, most) => {
                if whole.len() + data.len() > *most {
                    return Err(Refusal::DATA_LEN_RANGE);
                }
                whole.extend_from_slice(data);
            }
        }
        Ok(())
    }

    /// What the card signs: an algorithm and a hash.
    pub(crate) fn finish(self) -> Result<(SignatureAlgorithm, Vec<u8>)> {
        let hash = match self.input {
            Input::Hashed(hasher) => hasher.finish(),
            Input::Whole(whole, _) => whole,
        };
        match (self.algorithm, self.signing) {
            (Some(algorithm), _) if algorithm.digest().output_len() == hash.len() => {
                Ok((algorithm, hash))
            }
            (Some(_), _) => Err(Refusal::DATA_LEN_RANGE),
            (None, Signing::EcdsaHash) => {
                let fits = |digest: &DigestAlgorithm| digest.output_len() == hash.len();
                let digest = [Sha256, Sha384, Sha512].into_iter().find(fits);
                let digest = digest.ok_or(Refusal::DATA_LEN_RANGE)?;
                Ok((SignatureAlgorithm::Ecdsa(digest), hash))
            }
            (None, _) => {
                let (digest, hash) = digest_info(&hash).ok_or(Refusal::DATA_INVALID)?;
                Ok((SignatureAlgorithm::RsaPkcs1(digest), hash.to_vec()))
            }
        }
    }
}

/// Bytes of a DigestInfo before the hash, for every algorithm of SHA-2.
const DIGEST_INFO_HEADER: usize = 19;

/// Takes a DigestInfo apart (RFC 8017 §9.2, note 1: the encodings as a whole, so that nothing else passes for one).
fn digest_info(encoded: &[u8]) -> Option<(DigestAlgorithm, &[u8])> {
    [(Sha256, 1), (Sha384, 2), (Sha512, 3)]
        .into_iter()
        .find_map(|(digest, number)| {
            let length = u8::try_from(digest.output_len()).ok()?;
            let header: [u8; DIGEST_INFO_HEADER] = [
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
            let hash = encoded.strip_prefix(&header)?;
            (hash.len() == digest.output_len()).then_some((digest, hash))
        })
}

/// The hash and its mask generation function.
const PSS: [(
    ck::CK_MECHANISM_TYPE,
    ck::CK_RSA_PKCS_MGF_TYPE,
    DigestAlgorithm,
); 3] = [
    (ck::CKM_SHA256, ck::CKG_MGF1_SHA256, Sha256),
    (ck::CKM_SHA384, ck::CKG_MGF1_SHA384, Sha384),
    (ck::CKM_SHA512, ck::CKG_MGF1_SHA512, Sha512),
];

/// The card has one mask generation function and one length of salt for each hash.
fn pss(parameters: Parameters, wanted: Option<DigestAlgorithm>) -> Result<SignatureAlgorithm> {
    let invalid = Refusal::MECHANISM_PARAM_INVALID;
    let Parameters::Pss {
        hash,
        mgf,
        salt_len,
    } = parameters
    else {
        return Err(invalid);
    };
    let (_, _, digest) = PSS
        .into_iter()
        .find(|(a_hash, a_mgf, _)| (*a_hash, *a_mgf) == (hash, mgf))
        .ok_or(invalid)?;
    let salt_len = u8::try_from(salt_len).map_err(|_| invalid)?;
    let fits = usize::from(salt_len) == digest.output_len()
        && wanted.is_none_or(|wanted| wanted == digest);
    match fits {
        true => Ok(SignatureAlgorithm::RsaPss { digest, salt_len }),
        false => Err(invalid),
    }
}

/// How a cryptogram is to be opened.
pub(crate) fn deciphering(
    mechanism: ck::CK_MECHANISM_TYPE,
    parameters: Parameters,
    entry: &Entry,
) -> Result<KeyTransportAlgorithm> {
    let algorithm = match (mechanism, parameters) {
        (ck::CKM_RSA_PKCS, Parameters::None) => KeyTransportAlgorithm::RsaesPkcs1,
        (
            ck::CKM_RSA_PKCS_OAEP,
            Parameters::Oaep {
                hash,
                mgf,
                source,
                source_len: 0,
            },
        ) if source == ck::CKZ_DATA_SPECIFIED || source == 0 => {
            KeyTransportAlgorithm::RsaesOaep(match (hash, mgf) {
                (ck::CKM_SHA_1, ck::CKG_MGF1_SHA1) => OaepDigest::Sha1,
                (ck::CKM_SHA256, ck::CKG_MGF1_SHA256) => OaepDigest::Sha256,
                (ck::CKM_SHA384, ck::CKG_MGF1_SHA384) => OaepDigest::Sha384,
                (ck::CKM_SHA512, ck::CKG_MGF1_SHA512) => OaepDigest::Sha512,
                _ => return Err(Refusal::MECHANISM_PARAM_INVALID),
            })
        }
        (ck::CKM_RSA_PKCS | ck::CKM_RSA_PKCS_OAEP, _) => {
            return Err(Refusal::MECHANISM_PARAM_INVALID);
        }
        _ => return Err(Refusal::MECHANISM_INVALID),
    };
    match entry.slot {
        KeySlot::KeyDecipherment => Ok(algorithm),
        _ => Err(Refusal::KEY_FUNCTION_NOT_PERMITTED),
    }
}

/// Bytes of a cryptogram, and at most of what is in it.
pub(crate) const CRYPTOGRAM: usize = MODULUS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_info_is_taken_apart_and_nothing_else_passes_for_one() {
        let hash = [7; 32];
        let header = [
            0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x01, 0x05, 0x00, 0x04, 0x20,
        ];
        let encoded = [&header[..], &hash].concat();
        assert_eq!(digest_info(&encoded), Some((Sha256, &hash[..])));
        assert_eq!(digest_info(&hash), None);
        assert_eq!(digest_info(&encoded[..50]), None);
        assert_eq!(digest_info(&[&encoded[..], &[0]].concat()), None);
        // SHA-1 and SHA-224 are not among what the card has.
        let mut other = encoded.clone();
        other[14] = 4;
        assert_eq!(digest_info(&other), None);
    }

    #[test]
    fn parameters_of_pss_are_those_that_the_card_has() {
        let with = |hash, mgf, salt_len| Parameters::Pss {
            hash,
            mgf,
            salt_len,
        };
        let good = with(ck::CKM_SHA384, ck::CKG_MGF1_SHA384, 48);
        assert_eq!(pss(good, None).unwrap().digest(), Sha384);
        assert!(pss(good, Some(Sha384)).is_ok());
        for (parameters, wanted) in [
            (good, Some(Sha256)),
            (with(ck::CKM_SHA384, ck::CKG_MGF1_SHA384, 32), None),
            (with(ck::CKM_SHA384, ck::CKG_MGF1_SHA256, 48), None),
            (with(ck::CKM_SHA_1, ck::CKG_MGF1_SHA1, 20), None),
            (Parameters::None, None),
        ] {
            assert_eq!(
                pss(parameters, wanted),
                Err(Refusal::MECHANISM_PARAM_INVALID)
            );
        }
    }
}
