//! What an agency is granted.

use std::collections::BTreeSet;

use cvc::{
    Authorization, Chat, CvCertificate, Extension, Extensions, Right, Role, TerminalType, oid,
};
use lds::eid::GroupNumber;

use super::error::{AgencyError, Permission};
use crate::error::Error;

/// What a document verifier or a terminal may do: exactly this, and nothing that follows from it.
///
/// ```
/// use cvc::Right;
/// use issuer::Grant;
///
/// let household_office = Grant::read([3, 6, 7, 12, 13])
///     .with(Right::CanAllowed)
///     .and_update([3, 12, 13]);
/// assert!(household_office.groups.contains(&6));
/// assert_eq!(household_office.updates.len(), 3);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// The groups of the eID application that may be read, 1 to 22.
    pub groups: BTreeSet<u8>,
    /// Other rights of authentication terminals.
    pub rights: BTreeSet<Right>,
    /// The groups that may be replaced on a card in use, of those that ever change.
    pub updates: BTreeSet<u8>,
    /// Further extensions of the certificate: the hash of its description, sectors for Restricted Identification. None that
    /// authorizes.
    pub extensions: Vec<Extension>,
}

impl Grant {
    /// Reading these groups.
    pub fn read(groups: impl IntoIterator<Item = u8>) -> Self {
        Self {
            groups: groups.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Everything that an authentication terminal can be allowed, to replace every group that ever changes among it.
    pub fn everything() -> Self {
        let rights = Right::all(TerminalType::AuthenticationTerminal);
        rights
            .fold(Self::default(), Self::with)
            .and_update(updatable())
    }

    /// What a certificate of this PKI says.
    ///
    /// ```
    /// # use cvc::{Date, Right, SignatureAlgorithm, SigningKey};
    /// # use issuer::{AgencyPki, Grant, Validity};
    /// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    /// # let (mut rng, today) = (ChaCha20Rng::from_seed([7; 32]), Date::new(2026, 11, 25)?);
    /// let pki = AgencyPki::create(&mut rng, today)?;
    /// let dv = pki.find_document_verifier(AgencyPki::DOMESTIC)?;
    /// assert_eq!(Grant::of(dv.certificate()), Grant::everything());
    /// # Ok::<(), issuer::Error>(())
    /// ```
    pub fn of(certificate: &CvCertificate) -> Self {
        let body = certificate.body();
        let authorization = body.authorization();
        let updates = authorization.extension(&oid::ID_GROUP_UPDATE);
        let updates = updates.into_iter().flat_map(|bits| bits.iter());
        let others = body.extensions.iter();
        let others = others.filter(|extension| !matches!(extension, Extension::Authorization(..)));
        let grant = Self {
            updates: updates
                .filter_map(|bit| u8::try_from(bit + 1).ok())
                .collect(),
            extensions: others.cloned().collect(),
            ..Self::default()
        };
        body.chat.rights().fold(grant, Self::with)
    }

    /// The same and this right.
    #[must_use]
    pub fn with(mut self, right: Right) -> Self {
        match right {
            Right::ReadGroup(n) => self.groups.insert(n),
            right => self.rights.insert(right),
        };
        self
    }

    /// The same without this right.
    #[must_use]
    pub fn without(mut self, right: Right) -> Self {
        self.rights.remove(&right);
        if let Right::ReadGroup(n) = right {
            self.groups.remove(&n);
        }
        self
    }

    /// The same and to replace these groups.
    #[must_use]
    pub fn and_update(mut self, groups: impl IntoIterator<Item = u8>) -> Self {
        self.updates.extend(groups);
        self
    }

    /// The same and this extension.
    #[must_use]
    pub fn with_extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// CHAT and extensions of a certificate that says this.
    ///
    /// # Errors
    /// [`AgencyError::NoSuchRight`] where a bit would be missing for something, [`AgencyError::AuthorizationAsExtension`],
    /// and [`Error::Cvc`] for an extension that is there twice.
    pub(super) fn encode(&self, role: Role) -> Result<(Chat, Extensions), Error> {
        let terminals = TerminalType::AuthenticationTerminal;
        let mut chat = Chat::new(terminals, role);
        let groups = self.groups.iter().map(|n| Right::ReadGroup(*n));
        for right in self.rights.iter().copied().chain(groups) {
            if right.terminal_type() != terminals || right.bit().is_none() {
                return Err(no_such(Permission::Right(right)));
            }
            chat = chat.with(right);
        }
        for n in &self.updates {
            if !updatable().any(|known| known == *n) {
                return Err(no_such(Permission::Update(*n)));
            }
        }
        let others = self.extensions.iter();
        if others
            .clone()
            .any(|extension| matches!(extension, Extension::Authorization(..)))
        {
            return Err(AgencyError::AuthorizationAsExtension.into());
        }
        let updates =
            (!self.updates.is_empty()).then(|| cvc::group_update(self.updates.iter().copied()));
        let extensions = Extensions::new(updates.into_iter().chain(others.cloned()))?;
        Ok((chat, extensions))
    }
}

fn no_such(permission: Permission) -> Error {
    AgencyError::NoSuchRight { permission }.into()
}

/// The groups that change in the life of a card.
fn updatable() -> impl Iterator<Item = u8> {
    GroupNumber::ALL
        .into_iter()
        .filter(|group| group.is_updatable())
        .map(GroupNumber::number)
}

/// The first thing that `wanted` allows and `held` does not.
pub(super) fn first_excess(wanted: &Authorization, held: &Authorization) -> Option<Permission> {
    let right = wanted.chat().rights().find(|right| !held.allows(*right));
    let update = || (1..=u8::MAX).find(|n| wanted.allows_update(*n) && !held.allows_update(*n));
    right
        .map(Permission::Right)
        .or_else(|| update().map(Permission::Update))
}
