//! Which data groups to read: only those that were asked for leave the card.

use core::fmt;

use iso7816::{FileId, ShortFileId};

pub use lds::eid::{GroupNumber as Group, Zone};

use crate::error::File;
use crate::files::Location;

/// A set of data groups of the eID application.
///
/// ```
/// use host_lib::{Group, Groups};
///
/// // Public zone, and the spouse's name; nothing else leaves the card.
/// let groups = Groups::public().and(Group::Dg3);
/// assert!(groups.contains(Group::Dg11) && !groups.contains(Group::Dg4));
/// assert_eq!(groups.to_string(), "DG2, DG3, DG11, DG12");
/// // Without the portrait it is a question of milliseconds.
/// assert_eq!(Groups::public().without(Group::Dg2).len(), 2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Groups(u16);

impl Groups {
    /// No group yet.
    pub const fn none() -> Self {
        Self(0)
    }

    /// One group alone.
    pub const fn only(group: Group) -> Self {
        Self(1 << group.number())
    }

    /// The public zone, 公開區: portrait, holder and document, military service and address.
    pub fn public() -> Self {
        Self::zone(Zone::Public)
    }

    /// The household zone, 戶籍地區: the area down to the village.
    pub fn household() -> Self {
        Self::zone(Zone::Household)
    }

    /// The protected zone, 加密區: needs PIN1.
    pub fn protected() -> Self {
        Self::zone(Zone::Protected)
    }

    /// Every group.
    pub fn all() -> Self {
        Group::ALL.into_iter().collect()
    }

    /// All groups of a zone.
    pub fn zone(zone: Zone) -> Self {
        Group::ALL
            .into_iter()
            .filter(|group| group.zone() == zone)
            .collect()
    }

    /// These and another one, or other ones.
    #[must_use]
    pub fn and(self, more: impl Into<Self>) -> Self {
        Self(self.0 | more.into().0)
    }

    /// These without another one, or other ones.
    #[must_use]
    pub fn without(self, fewer: impl Into<Self>) -> Self {
        Self(self.0 & !fewer.into().0)
    }

    /// Whether a group is among them.
    pub const fn contains(self, group: Group) -> bool {
        self.0 & Self::only(group).0 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The groups in ascending order.
    pub fn iter(self) -> impl Iterator<Item = Group> {
        Group::ALL
            .into_iter()
            .filter(move |group| self.contains(*group))
    }
}

impl From<Group> for Groups {
    fn from(group: Group) -> Self {
        Self::only(group)
    }
}

impl FromIterator<Group> for Groups {
    fn from_iter<I: IntoIterator<Item = Group>>(groups: I) -> Self {
        groups.into_iter().fold(Self::none(), Self::and)
    }
}

impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, group) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{group}")?;
        }
        Ok(())
    }
}

/// Which data groups of the ICAO application to read. What the checks need besides (EF.SOD, DG14,
/// DG15: no personal data) is read without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TravelGroups {
    pub(crate) mrz: bool,
    pub(crate) face: bool,
}

impl TravelGroups {
    /// DG1, the machine-readable zone.
    pub const fn mrz() -> Self {
        Self {
            mrz: true,
            face: false,
        }
    }

    /// DG1 and DG2, the face image.
    pub const fn mrz_and_face() -> Self {
        Self {
            mrz: true,
            face: true,
        }
    }
}

/// Where a group of the eID application lies.
pub(crate) fn eid_location(group: Group) -> Location {
    Location {
        file: File::Eid(group),
        id: group.file_id(),
        short: group.short_file_id(),
    }
}

/// Where a group of the ICAO application lies (ICAO Doc 9303-10, 3.6): file 01nn, short n.
pub(crate) fn icao_location(number: u8) -> Option<Location> {
    Some(Location {
        file: File::Icao(number),
        id: FileId(0x0100 | u16::from(number)),
        short: ShortFileId::try_from(number).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zones_hold_what_the_profile_says_and_together_everything() {
        assert_eq!(Groups::public().to_string(), "DG2, DG11, DG12");
        assert_eq!(Groups::household().to_string(), "DG13");
        assert_eq!(
            Groups::protected().to_string(),
            "DG3, DG4, DG5, DG6, DG7, DG8, DG9"
        );
        let all = Groups::public()
            .and(Groups::household())
            .and(Groups::protected());
        assert_eq!(all, Groups::all());
    }

    #[test]
    fn groups_are_a_set() {
        let groups = Groups::only(Group::Dg3).and(Group::Dg3);
        assert_eq!(groups.len(), 1);
        assert!(groups.without(Group::Dg3).is_empty());
    }
}
