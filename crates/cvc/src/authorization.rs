//! What a certificate, a chain or a holder allows: the CHAT and the authorization extensions together.

use alloc::vec::Vec;

use crate::oid::{ID_GROUP_UPDATE, Oid};
use crate::{AuthorizationBits, Chat, Error, Extension, Extensions, Right};

/// A CHAT and the authorization extensions that go with it: relative in a certificate, confined as confirmed in PACE,
/// effective as the intersection of all (TR-03110-3 §2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    chat: Chat,
    extensions: Vec<(Oid, AuthorizationBits)>,
}

impl Authorization {
    /// The CHAT and what of the extensions is about authorization.
    #[must_use]
    pub fn new(chat: Chat, extensions: &Extensions) -> Self {
        let extensions = extensions.authorizations();
        Self {
            chat,
            extensions: extensions.map(|(oid, bits)| (oid, bits.clone())).collect(),
        }
    }

    /// The CHAT.
    #[must_use]
    pub const fn chat(&self) -> Chat {
        self.chat
    }

    /// The bits of an authorization extension. One that is not there allows nothing.
    #[must_use]
    pub fn extension(&self, oid: &Oid) -> Option<&AuthorizationBits> {
        let mut extensions = self.extensions.iter();
        extensions
            .find(|(known, _)| known == oid)
            .map(|(_, bits)| bits)
    }

    /// Each authorization extension.
    pub fn extensions(&self) -> impl Iterator<Item = (Oid, &AuthorizationBits)> {
        self.extensions.iter().map(|(oid, bits)| (*oid, bits))
    }

    /// Whether the CHAT allows this.
    #[must_use]
    pub fn allows(&self, right: Right) -> bool {
        self.chat.allows(right)
    }

    /// Whether group `n` of the eID application may be replaced (our extension, [`ID_GROUP_UPDATE`]).
    #[must_use]
    pub fn allows_update(&self, n: u8) -> bool {
        let bits = self.extension(&ID_GROUP_UPDATE);
        let bit = u32::from(n).checked_sub(1);
        bit.zip(bits).is_some_and(|(bit, bits)| bits.is_set(bit))
    }

    /// Bit by bit what both allow. An extension that is missing in one is zero (§2.7 step 1).
    ///
    /// # Errors
    /// [`Error::TerminalType`] unless both are about the same type of terminal.
    pub fn intersection(&self, other: &Self) -> Result<Self, Error> {
        let chat = self.chat.intersection(other.chat)?;
        let both = self.extensions.iter().filter_map(|(oid, bits)| {
            other
                .extension(oid)
                .map(|others| (*oid, bits.intersection(others)))
        });
        Ok(Self {
            chat,
            extensions: both.collect(),
        })
    }

    /// Whether `other` allows everything that this allows, roles aside.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.chat.is_within(other.chat)
            && self.extensions.iter().all(|(oid, bits)| {
                let none = AuthorizationBits::from_iter([]);
                bits.is_within(other.extension(oid).unwrap_or(&none))
            })
    }
}

/// The extension that allows to replace these groups of the eID application, [`ID_GROUP_UPDATE`].
///
/// ```
/// let extension = cvc::group_update([3, 11, 12]);
/// let extensions = cvc::Extensions::new([extension])?;
/// let chat = cvc::Chat::new(cvc::TerminalType::AuthenticationTerminal, cvc::Role::Terminal);
/// let authorization = cvc::Authorization::new(chat, &extensions);
/// assert!(authorization.allows_update(12) && !authorization.allows_update(13));
/// # Ok::<(), cvc::Error>(())
/// ```
#[must_use]
pub fn group_update(groups: impl IntoIterator<Item = u8>) -> Extension {
    let bits = groups
        .into_iter()
        .filter_map(|n| u32::from(n).checked_sub(1));
    Extension::Authorization(ID_GROUP_UPDATE, bits.collect())
}
