//! EF.SOD: the signed hashes of an application's data groups (Doc 9303-10, 8th edition, §4.6.2).

use lds::{DigestAlgorithm, LdsSecurityObject};
use pki::builder::{SignedDataBuilder, ef_sod};
use rand_core::CryptoRng;

use crate::error::Error;
use crate::test_pki::Authority;

/// Hashes the groups (number and contents) and signs the hashes.
pub(crate) fn sign(
    groups: &[(u8, &[u8])],
    signer: &Authority,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let sha256 = pki::DigestAlgorithm::Sha256;
    let hashes = groups
        .iter()
        .map(|(number, contents)| (*number, sha256.digest(contents)));
    let object = LdsSecurityObject::new(DigestAlgorithm::Sha256, hashes)?;
    sign_object(&object, signer, rng)
}

/// Signs these hashes.
pub(crate) fn sign_object(
    object: &LdsSecurityObject,
    signer: &Authority,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let content = object.to_der()?;
    let object = SignedDataBuilder::new(pki::oid::LDS_SECURITY_OBJECT, &content);
    Ok(ef_sod(&object.sign(
        signer.certificate(),
        signer.key(),
        rng,
    )?)?)
}
