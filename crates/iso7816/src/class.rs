//! The class byte.

use core::fmt;

/// The class byte CLA (ISO/IEC 7816-4:2020, 5.4.1).
///
/// ```
/// use iso7816::{Class, ClassKind};
///
/// let class = Class(0x1C);
/// assert_eq!(class.kind(), ClassKind::FirstInterindustry);
/// assert!(class.is_chained() && class.secure_messaging());
/// assert_eq!(class.logical_channel(), Some(0));
/// assert_eq!(class.without_chaining(), Class(0x0C));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Class(pub u8);

/// Which table of ISO/IEC 7816-4 a class byte is coded by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClassKind {
    /// `000x xxxx`: logical channels 0 to 3, four secure-messaging indications.
    FirstInterindustry,
    /// `01xx xxxx`: logical channels 4 to 19, two secure-messaging indications.
    FurtherInterindustry,
    /// `001x xxxx`: reserved for future use by ISO/IEC.
    Reserved,
    /// `1xxx xxxx` except `FF`: the card's own coding.
    Proprietary,
    /// `FF`: never a class byte, because ISO/IEC 7816-3 begins PPS with it.
    Invalid,
}

/// What the class byte says about secure messaging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecureMessagingIndication {
    /// No secure messaging, or no indication.
    None,
    /// A proprietary secure-messaging format.
    Proprietary,
    /// Secure messaging by ISO/IEC 7816-4 clause 10, header not authenticated.
    HeaderNotAuthenticated,
    /// Secure messaging by ISO/IEC 7816-4 clause 10, header authenticated. The
    /// only one that ICAO Doc 9303 and BSI TR-03110 use.
    HeaderAuthenticated,
}

const CHAINING: u8 = 0x10;

impl Class {
    /// Class `00`: interindustry, basic channel, plain, last or only command.
    pub const INTERINDUSTRY: Self = Self(0x00);

    /// The table this byte is coded by.
    #[must_use]
    pub const fn kind(self) -> ClassKind {
        match self.0 {
            0x00..=0x1F => ClassKind::FirstInterindustry,
            0x20..=0x3F => ClassKind::Reserved,
            0x40..=0x7F => ClassKind::FurtherInterindustry,
            0x80..=0xFE => ClassKind::Proprietary,
            0xFF => ClassKind::Invalid,
        }
    }

    /// Whether this is one of the two interindustry codings, in which the
    /// other questions have an answer.
    #[must_use]
    pub const fn is_interindustry(self) -> bool {
        matches!(
            self.kind(),
            ClassKind::FirstInterindustry | ClassKind::FurtherInterindustry
        )
    }

    /// Whether more commands of the same chain follow (5.3.3). Only
    /// interindustry classes can say so.
    #[must_use]
    pub const fn is_chained(self) -> bool {
        self.is_interindustry() && self.0 & CHAINING != 0
    }

    /// Whether the command is protected by secure messaging with an
    /// authenticated header: bits `0C` of the first interindustry class, the
    /// form of Doc 9303-11, 9.8 and TR-03110-3, annex F. For the other forms see
    /// [`Class::secure_messaging_indication`].
    #[must_use]
    pub const fn secure_messaging(self) -> bool {
        matches!(
            self.secure_messaging_indication(),
            SecureMessagingIndication::HeaderAuthenticated
        )
    }

    /// The secure-messaging indication in full.
    #[must_use]
    pub const fn secure_messaging_indication(self) -> SecureMessagingIndication {
        match self.kind() {
            ClassKind::FirstInterindustry => match self.0 & 0x0C {
                0x00 => SecureMessagingIndication::None,
                0x04 => SecureMessagingIndication::Proprietary,
                0x08 => SecureMessagingIndication::HeaderNotAuthenticated,
                _ => SecureMessagingIndication::HeaderAuthenticated,
            },
            ClassKind::FurtherInterindustry if self.0 & 0x20 != 0 => {
                SecureMessagingIndication::HeaderNotAuthenticated
            }
            _ => SecureMessagingIndication::None,
        }
    }

    /// The logical channel, 0 to 19, or `None` where the class does not tell.
    #[must_use]
    pub const fn logical_channel(self) -> Option<u8> {
        match self.kind() {
            ClassKind::FirstInterindustry => Some(self.0 & 0x03),
            ClassKind::FurtherInterindustry => Some((self.0 & 0x0F) + 4),
            _ => None,
        }
    }

    /// The same class with the chaining bit set. Classes that are not
    /// interindustry have no such bit and stay as they are.
    #[must_use]
    pub const fn with_chaining(self) -> Self {
        if self.is_interindustry() {
            Self(self.0 | CHAINING)
        } else {
            self
        }
    }

    /// The same class with the chaining bit clear, as the last command of the
    /// chain carries it.
    #[must_use]
    pub const fn without_chaining(self) -> Self {
        if self.is_interindustry() {
            Self(self.0 & !CHAINING)
        } else {
            self
        }
    }

    /// The same class announcing secure messaging with an authenticated
    /// header, or `None` if it has no way to say so (only the first
    /// interindustry class has).
    #[must_use]
    pub const fn with_secure_messaging(self) -> Option<Self> {
        match self.kind() {
            ClassKind::FirstInterindustry => Some(Self(self.0 | 0x0C)),
            _ => None,
        }
    }

    /// The same class without its secure-messaging indication.
    #[must_use]
    pub const fn without_secure_messaging(self) -> Self {
        match self.kind() {
            ClassKind::FirstInterindustry => Self(self.0 & !0x0C),
            ClassKind::FurtherInterindustry => Self(self.0 & !0x20),
            _ => self,
        }
    }
}

impl From<u8> for Class {
    fn from(byte: u8) -> Self {
        Self(byte)
    }
}

impl From<Class> for u8 {
    fn from(class: Class) -> Self {
        class.0
    }
}

impl fmt::Debug for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Class({:02X})", self.0)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_interindustry_class_follows_table_2() {
        for channel in 0..4 {
            for (bits, indication) in [
                (0x00, SecureMessagingIndication::None),
                (0x04, SecureMessagingIndication::Proprietary),
                (0x08, SecureMessagingIndication::HeaderNotAuthenticated),
                (0x0C, SecureMessagingIndication::HeaderAuthenticated),
            ] {
                for chaining in [false, true] {
                    let class = Class(channel | bits | if chaining { 0x10 } else { 0 });
                    assert_eq!(class.kind(), ClassKind::FirstInterindustry);
                    assert_eq!(class.logical_channel(), Some(channel));
                    assert_eq!(class.secure_messaging_indication(), indication);
                    assert_eq!(class.secure_messaging(), bits == 0x0C);
                    assert_eq!(class.is_chained(), chaining);
                }
            }
        }
    }

    #[test]
    fn the_further_interindustry_class_follows_table_3() {
        for low in 0..16 {
            assert_eq!(Class(0x40 | low).logical_channel(), Some(low + 4));
            assert_eq!(Class(0x60 | low).logical_channel(), Some(low + 4));
            assert!(Class(0x50 | low).is_chained());
            assert!(!Class(0x40 | low).is_chained());
            assert_eq!(
                Class(0x60 | low).secure_messaging_indication(),
                SecureMessagingIndication::HeaderNotAuthenticated
            );
            assert_eq!(
                Class(0x40 | low).secure_messaging_indication(),
                SecureMessagingIndication::None
            );
        }
    }

    #[test]
    fn reserved_proprietary_and_invalid_classes_answer_nothing() {
        for byte in (0x20..=0x3F).chain(0x80..=0xFF) {
            let class = Class(byte);
            assert!(!class.is_interindustry());
            assert!(!class.is_chained());
            assert!(!class.secure_messaging());
            assert_eq!(class.logical_channel(), None);
            assert_eq!(class.with_chaining(), class);
            assert_eq!(class.with_secure_messaging(), None);
        }
        assert_eq!(Class(0x20).kind(), ClassKind::Reserved);
        assert_eq!(Class(0x80).kind(), ClassKind::Proprietary);
        assert_eq!(Class(0xFE).kind(), ClassKind::Proprietary);
        assert_eq!(Class(0xFF).kind(), ClassKind::Invalid);
    }

    #[test]
    fn bits_that_are_set_can_be_cleared_again() {
        for byte in 0x00..=0x1F {
            let class = Class(byte);
            assert!(class.with_chaining().is_chained());
            assert!(!class.without_chaining().is_chained());
            let protected = class.with_secure_messaging().unwrap();
            assert!(protected.secure_messaging());
            assert_eq!(
                protected
                    .without_secure_messaging()
                    .secure_messaging_indication(),
                SecureMessagingIndication::None
            );
            assert_eq!(protected.logical_channel(), class.logical_channel());
        }
        assert_eq!(Class(0x13).without_chaining(), Class(0x03));
        assert_eq!(Class(0x1F).without_secure_messaging(), Class(0x13));
        assert_eq!(Class(0x7F).without_secure_messaging(), Class(0x5F));
        assert_eq!(Class(0x7F).without_chaining(), Class(0x6F));
        assert_eq!(Class::INTERINDUSTRY, Class(0x00));
    }
}
