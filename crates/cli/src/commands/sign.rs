//! `neweid sign`: a document, signed with the key by which the holder commits himself.

use std::fs::{self, File};
use std::path::PathBuf;

use host_lib::KeySlot;
use pki::{DigestAlgorithm, SignatureAlgorithm};
use signing::{MessageDigest, Oid, SignedDataBuilder, SigningKey, check_validity};

use crate::Manner;
use crate::arguments::certificates::{HashName, Sign};
use crate::authorities::{self, Authorities};
use crate::certificates::unlock;
use crate::document::Outcome;
use crate::document::certificates::Signed;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::trust;

/// What is signed, before the card is asked for anything.
enum Document {
    /// It stays beside its signature, of whatever size.
    Hash(MessageDigest),
    /// It goes into the message.
    Contents(Vec<u8>),
}

pub(crate) fn run(arguments: &Sign, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let path = &arguments.document;
    let existing = Existing::by_force(arguments.force);
    let out = arguments.out.clone().unwrap_or_else(|| {
        let mut name = path.as_os_str().to_owned();
        name.push(if arguments.attached { ".p7m" } else { ".p7s" });
        PathBuf::from(name)
    });
    files::must_be_free(&out, existing)?;
    let hash = arguments.hash.algorithm();
    let file = |error| Failure::file(path, error);
    let document = match arguments.attached {
        true => Document::Contents(fs::read(path).map_err(file)?),
        false => {
            let mut opened = File::open(path).map_err(file)?;
            Document::Hash(MessageDigest::read(hash, &mut opened).map_err(file)?)
        }
    };
    let known = Authorities::to_send_along(&arguments.holder.trust.trust)?;
    let now = trust::now()?;
    let mut desk = arguments.holder.desk(manner, false)?;
    let ((message, signer), place) = desk.open_with_pin2(|application, codes| {
        let unlocked = unlock(application, codes)?;
        let algorithm = algorithm(unlocked.algorithm(KeySlot::Signature)?, hash, arguments.pss)?;
        let mut key = unlocked.signature_key(algorithm)?;
        let signer = key.certificate().clone();
        // A signature that nobody would accept is not made.
        check_validity(&signer, now)?;
        let mut builder = SignedDataBuilder::new(Oid::DATA).signing_time(now);
        for certificate in authorities::above(&signer, &known) {
            builder = builder.certificate(certificate);
        }
        let message = match &document {
            Document::Hash(digest) => builder.detached(digest, &mut key)?,
            Document::Contents(contents) => builder.attached(contents, &mut key)?,
        };
        Ok((message, signer))
    })?;
    match existing {
        Existing::Keep => files::write_public(&out, &message)?,
        Existing::Replace => files::publish(&out, &message)?,
    }
    let outcome = Signed {
        place,
        document: path.display().to_string(),
        signature: out.display().to_string(),
        attached: arguments.attached,
        signer: (&signer).into(),
        signing_time: now.to_string(),
    };
    Ok((Outcome::Signed(outcome), Exit::Success))
}

impl HashName {
    const fn algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Sha256 => DigestAlgorithm::Sha256,
            Self::Sha384 => DigestAlgorithm::Sha384,
            Self::Sha512 => DigestAlgorithm::Sha512,
        }
    }
}

/// The algorithm for this kind of key, with the hash that was asked for.
fn algorithm(
    usual: SignatureAlgorithm,
    digest: DigestAlgorithm,
    pss: bool,
) -> Result<SignatureAlgorithm, Failure> {
    Ok(match (usual, pss) {
        (SignatureAlgorithm::Ecdsa(_), false) => SignatureAlgorithm::Ecdsa(digest),
        (SignatureAlgorithm::Ecdsa(_), true) => {
            return Err(Failure::Usage {
                zh: "--pss 僅適用於 RSA 金鑰，卡片的簽章金鑰為橢圓曲線。".to_owned(),
                en: "--pss is for RSA keys, and the card's signature key is on an elliptic curve."
                    .to_owned(),
            });
        }
        (_, false) => SignatureAlgorithm::RsaPkcs1(digest),
        (_, true) => SignatureAlgorithm::RsaPss {
            digest,
            salt_len: digest.output_len() as u8,
        },
    })
}
