//! The natural-person certificate (自然人憑證) of a card that is being issued.

use applet_sim::{HolderKey, HolderPublicKey, HolderSlot, KeyKind};
use pki::{Curve, ProvenKey, PublicKey};

use crate::citizen_pki::{CitizenCertificate, CitizenPki, Desk, KeySlot, Subject};
use crate::error::Error;
use crate::issuer::IssuedCard;

impl IssuedCard {
    /// Has the card make its three keys and the authority certify them for this person, and puts the certificates beside the keys. Nothing but
    /// the public keys leaves the image. Without natural-person certificate nothing is done and nothing certified.
    ///
    /// # Errors
    /// Those of [`CitizenPki::issue`]. What was certified before that is on nobody's card then, and has to be revoked.
    ///
    /// ```
    /// # use issuer::{CitizenPki, Desk, Issuer, OperatorLog, Profile, Publication, Subject, SubjectSerialNumber, TestPki};
    /// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    /// # let (folder, mut rng) = (tempfile::tempdir()?, ChaCha20Rng::from_seed([7; 32]));
    /// # let now = pki::Time::utc(2026, 12, 1, 8, 0, 0)?;
    /// # let mut log = OperatorLog::open(&folder.path().join("log"), &mut rng)?;
    /// # let test_pki = TestPki::create(&mut rng)?;
    /// let profile = Profile::default_specimen();
    /// let mut card = Issuer::new(&test_pki).issue_single(&profile, &mut rng)?;
    ///
    /// let mut desk = Desk { log: &mut log, now, rng: &mut rng };
    /// let publication = Publication::at("http://citizen-pki.test/")?;
    /// let mut citizens = CitizenPki::open_or_create(&folder.path().join("ca"), &publication, &mut desk)?;
    /// let subject = Subject::of(profile.holder(), SubjectSerialNumber::random(desk.rng))?;
    /// let certificates = card.certify(&mut citizens, &subject, &mut desk)?;
    /// assert_eq!(certificates.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn certify(
        &mut self,
        pki: &mut CitizenPki,
        subject: &Subject,
        desk: &mut Desk<'_>,
    ) -> Result<Vec<CitizenCertificate>, Error> {
        let kind = self.certificate_keys;
        let Some(application) = &mut self.image.cia else {
            return Ok(Vec::new());
        };
        let mut issued = Vec::new();
        for (slot, kind, place) in [
            (KeySlot::Signature, kind, &mut application.signature),
            (
                KeySlot::Authentication,
                kind,
                &mut application.authentication,
            ),
            (
                KeySlot::KeyDecipherment,
                KeyKind::Rsa2048,
                &mut application.decipherment,
            ),
        ] {
            let key = HolderKey::generate(kind, desk.rng)?;
            let public_key = match key.public_key()? {
                HolderPublicKey::Rsa { modulus, exponent } => {
                    PublicKey::from_rsa_numbers(&modulus, &exponent)?
                }
                HolderPublicKey::P256(point) => {
                    PublicKey::from_point(Curve::P256, point.as_uncompressed())?
                }
            };
            let proven = ProvenKey::by_its_maker(public_key);
            let certificate = pki.issue(subject, slot, &proven, None, desk)?;
            *place = HolderSlot {
                key: Some(key),
                certificate: Some(certificate.certificate().as_der().to_vec()),
            };
            issued.push(certificate);
        }
        Ok(issued)
    }
}
