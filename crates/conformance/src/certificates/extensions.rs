//! The extensions of certificates, and the sectors in which terminals ask for pseudonyms.

use iso7816::tlv::{self, Tag};
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, Sector, SectorPublicKey,
};
use secure_channel::{Curve, EcPrivateKey, EcPublicKey, Hash};

use crate::{Authorities, Stop};

/// What a sector's key is for: it depends on the card's key for Restricted Identification.
pub(crate) const SECTORS: (RestrictedIdentificationProtocol, Curve) =
    (RestrictedIdentificationProtocol::EcdhSha256, Curve::P256);

/// `id-PS-Sector` (TR-03110-3 C.3.2.2).
const ID_PS_SECTOR: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x03, 0x03];

impl Authorities {
    /// The same, with sector keys for this protocol and curve. At first they are for ECDH with SHA-256 on P-256.
    #[must_use]
    pub const fn with_sectors(
        mut self,
        protocol: RestrictedIdentificationProtocol,
        curve: Curve,
    ) -> Self {
        self.sectors = (protocol, curve);
        self
    }

    /// The sector public key whose hash stands in the certificate of this name: the one of AT_CERT_17c and AT_CERT_18c is the
    /// first, AT_CERT_24 has a second one.
    ///
    /// # Errors
    /// [`Stop::Bench`]; none in practice.
    pub fn sector(&self, certificate: &str, sector: Sector) -> Result<SectorPublicKey, Stop> {
        let which = match sector {
            Sector::First => "sector 1",
            Sector::Second => "sector 2",
        };
        let public = self.sector_point(certificate, which)?;
        SectorPublicKey::new(self.sectors.0, public).map_err(|error| failed(certificate, error))
    }

    fn sector_point(&self, certificate: &str, which: &str) -> Result<EcPublicKey, Stop> {
        let mut rng = self.rng(&format!("{certificate}, {which}"));
        let key = EcPrivateKey::generate(self.sectors.1, &mut rng);
        key.and_then(|key| key.public_key())
            .map_err(|error| failed(certificate, error))
    }

    /// The value of DO 65 with these sectors (C.3.2.1), in a certificate that is signed with this hash function.
    pub(super) fn sector_extension(
        &self,
        certificate: &str,
        hash: Hash,
        sectors: &[Sector],
    ) -> Result<Vec<u8>, Stop> {
        let mut objects = Vec::new();
        for sector in sectors {
            let tag = match sector {
                Sector::First => Tag(0x80),
                Sector::Second => Tag(0x81),
            };
            let digest = self.sector(certificate, *sector)?.digest(hash);
            tlv::push(&mut objects, tag, &digest);
        }
        Ok(extension(cvc::oid::ID_SECTOR.as_bytes(), &objects))
    }

    /// The value of DO 65 with a sector for pseudonymous signatures (C.3.2.2).
    pub(super) fn ps_sector_extension(
        &self,
        certificate: &str,
        hash: Hash,
    ) -> Result<Vec<u8>, Stop> {
        let point = self.sector_point(certificate, "PS sector")?;
        let mut template = tlv::encode(Tag(0x80), &[self.sectors.1.parameter_id()]);
        let digest = hash.digest(&[point.as_uncompressed()]);
        tlv::push(&mut template, Tag(0x81), &digest);
        let objects = tlv::encode(Tag(0xA0), &template);
        Ok(extension(ID_PS_SECTOR, &objects))
    }
}

/// The value of DO 65 with the extension id-eIDAccess (TR-03110-4 table 5): comparison of the groups 1 to 22 in its lowest bits.
///
/// The document prints the bits in a data object 80, as in other extensions. TR-03110-3 C.3.1 speaks of a discretionary data
/// object, which would be 53.
pub(crate) fn eid_access(bits: [u8; 6]) -> Vec<u8> {
    let bits = tlv::encode(Tag(0x80), &bits);
    extension(cvc::oid::ID_EID_ACCESS.as_bytes(), &bits)
}

/// DO 73: an object identifier and what belongs to it.
fn extension(oid: &[u8], objects: &[u8]) -> Vec<u8> {
    let oid = tlv::encode(Tag(0x06), oid);
    tlv::encode(Tag(0x73), &[&oid, objects].concat())
}

fn failed(certificate: &str, error: secure_channel::Error) -> Stop {
    Stop::Bench {
        at: certificate.into(),
        reason: error.to_string(),
    }
}
