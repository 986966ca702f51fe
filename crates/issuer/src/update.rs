//! New contents for a card in use: the holder married, moved, was discharged (晶片內個人基本資料更新，免換證).

use lds::LdsSecurityObject;
use lds::eid::GroupNumber;
use pki::AuthenticSecurityObject;
use rand_core::CryptoRng;

use crate::error::Error;
use crate::issuer::Issuer;
use crate::profile::{CardNumber, Profile};
use crate::{eid_groups, sod};

/// What a terminal writes to a card: first the groups, then EF.SOD, and then the card is the new one.
///
/// `Debug` shows which groups, and no contents.
#[derive(Clone)]
pub struct Update {
    groups: Vec<(GroupNumber, Vec<u8>)>,
    sod: Vec<u8>,
}

impl Update {
    /// The new contents of the groups that change, in ascending order.
    pub fn groups(&self) -> impl Iterator<Item = (GroupNumber, &[u8])> {
        let groups = self.groups.iter();
        groups.map(|(number, contents)| (*number, contents.as_slice()))
    }

    /// The new EF.SOD, to be written last.
    pub fn sod(&self) -> &[u8] {
        &self.sod
    }
}

impl core::fmt::Debug for Update {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let groups = self.groups.iter().map(|(number, _)| number);
        f.debug_tuple("Update")
            .field(&groups.collect::<Vec<_>>())
            .finish()
    }
}

impl Issuer<'_> {
    /// Makes the update that a change in the holder's life asks for: these groups anew, from `profile` and under fresh
    /// salts, and EF.SOD for the card as it will then be. The hashes of all other groups are those of `present`, the
    /// card's EF.SOD of today: an office need not be able to read what it does not change. It is taken verified, and in
    /// no other form, because the document signer is about to vouch for those hashes a second time.
    ///
    /// `card_number` is the card's own, as DG11 has it; one in the profile is not looked at. Without any `groups` it is
    /// EF.SOD alone that is signed anew.
    ///
    /// ```
    /// use issuer::{Issuer, Profile, TestPki};
    /// use lds::eid::GroupNumber::{Dg12, Dg13};
    /// use pki::{PassiveAuthentication, Time};
    /// use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    ///
    /// let mut rng = ChaCha20Rng::from_seed([7; 32]);
    /// let pki = TestPki::create(&mut rng)?;
    /// let issuer = Issuer::new(&pki);
    /// let card = issuer.issue_single(&Profile::default_specimen(), &mut rng)?;
    ///
    /// // What the office has read from the card, and what it has verified.
    /// let (trust, now) = (pki.trust_store()?, Time::utc(2026, 6, 1, 4, 0, 0)?);
    /// let passive = PassiveAuthentication::new(&trust, now).with_revocation_lists(pki.revocation_lists());
    /// let present = passive.security_object(&card.image().eid.sod, &[]).into_result();
    /// let present = present.map_err(|report| format!("{report:?}"))?;
    ///
    /// // 王小明 has moved.
    /// let moved = Profile::default_specimen(); // with another address
    /// let update = issuer.update(&moved, card.card_number(), &[Dg12, Dg13], &present, &mut rng)?;
    /// assert_eq!(update.groups().map(|(group, _)| group).collect::<Vec<_>>(), [Dg12, Dg13]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NeverChanges`] for a group that is fixed for the life of a card, [`Error::NotOnTheCard`] for one that
    /// `present` does not have; [`Error::Pki`] if its hashes are by a function that proves nothing.
    pub fn update(
        &self,
        profile: &Profile,
        card_number: &CardNumber,
        groups: &[GroupNumber],
        present: &AuthenticSecurityObject,
        rng: &mut dyn CryptoRng,
    ) -> Result<Update, Error> {
        for group in groups {
            if !group.is_updatable() {
                return Err(Error::NeverChanges(*group));
            }
            if present.hash(group.number()).is_none() {
                return Err(Error::NotOnTheCard(*group));
            }
        }
        let new: Vec<(GroupNumber, Vec<u8>)> = eid_groups::groups(profile, card_number, rng)?
            .iter()
            .filter(|group| groups.contains(&group.number()))
            .map(|group| (group.number(), group.encode()))
            .collect();
        let algorithm = present.digest_algorithm();
        let function = pki::DigestAlgorithm::from_oid(algorithm.oid())?;
        let hashes = present.hashes().map(|(number, old)| {
            let mut replaced = new.iter();
            let replaced = replaced.find(|(group, _)| group.number() == number);
            let hash = match replaced {
                Some((_, contents)) => function.digest(contents),
                None => old.to_vec(),
            };
            (number, hash)
        });
        let mut object = LdsSecurityObject::new(algorithm, hashes)?;
        if let Some(info) = present.version_info() {
            object = object.with_version_info(info.clone())?;
        }
        Ok(Update {
            sod: sod::sign_object(&object, self.signer, rng)?,
            groups: new,
        })
    }
}
