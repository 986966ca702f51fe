//! Reading the eID application.

use std::collections::BTreeMap;

use iso7816::{FileId, ShortFileId};
use transport::CardTransport;

use crate::error::{File, Misuse, Result};
use crate::evidence::{ActiveAuthenticationEvidence, Evidence, Unverified};
use crate::files::Location;
use crate::groups::{Groups, eid_location};
use crate::identity::Identity;
use crate::report::Skipped;
use crate::session::{Application, Session};

/// EF.SOD, in the eID application and in the ICAO application alike.
pub(crate) const SECURITY_OBJECT: Location = Location {
    file: File::Sod,
    id: FileId(0x011D),
    short: ShortFileId::new(0x1D),
};

impl<T: CardTransport> Session<'_, T> {
    /// Reads the groups that are asked for, and no others, from the eID application.
    ///
    /// In the holder's own session these are groups of the public and the household zone; the protected zone opens to an
    /// agency ([`Card::pace_as_terminal`](crate::Card::pace_as_terminal)).
    ///
    /// Before it, EF.CardAccess is compared with EF.CardSecurity: if the two differ, nothing
    /// personal is read.
    ///
    /// ```
    /// use host_lib::{AccessCode, Card, Group, Groups, Verifier};
    ///
    /// let specimen = issuer::specimen::valid();
    /// let verifier = Verifier::new(&specimen.trust.anchors, specimen.trust.time)
    ///     .revocation_lists(&specimen.trust.revocation_lists);
    /// let mut card = Card::open(specimen.card)?;
    /// let mut session = card.pace(AccessCode::can("123456")?)?;
    ///
    /// let read = session.read(Groups::public().without(Group::Dg2))?;
    /// let identity = read.verify(&verifier).accept()?;
    /// assert!(identity.household_address().is_some());
    /// assert!(identity.portrait().is_none(), "nobody asked");
    /// # Ok::<(), host_lib::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::AccessDenied`](crate::Error::AccessDenied) for a group that this session may not
    /// read; [`Misbehaviour::CardAccessDowngrade`](crate::Misbehaviour::CardAccessDowngrade);
    /// [`Unsupported`](crate::Unsupported) if application or group is not there;
    /// [`Error::ChipMisbehaved`](crate::Error::ChipMisbehaved) beyond the
    /// [`Limits`](crate::Limits); [`Misuse::NothingAskedFor`].
    pub fn read(&mut self, groups: impl Into<Groups>) -> Result<Unverified<Identity>> {
        let groups = groups.into();
        if groups.is_empty() {
            return Err(Misuse::NothingAskedFor.into());
        }
        self.card.link.begin();
        let card_security = self.card_security()?;
        self.select(Application::Eid)?;
        let security_object = self.require(SECURITY_OBJECT)?;
        let mut contents = BTreeMap::new();
        for group in groups.iter() {
            contents.insert(group.number(), self.require(eid_location(group))?);
        }
        Ok(Unverified::new(Evidence {
            groups: contents,
            security_object,
            card_security,
            card_access: self.card.card_access.clone(),
            cam: self.cam.clone(),
            chip_authentication: self.chip_authentication_evidence(),
            // It belongs to the ICAO application.
            active_authentication: ActiveAuthenticationEvidence::NotPerformed(Skipped::NotOnCard),
            opened: Some(self.opened.clone()),
        }))
    }
}
