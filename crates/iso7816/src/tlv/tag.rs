//! Tags.

use core::fmt;

/// A BER-TLV tag of one to three bytes, written as the standards write it: the
/// tag bytes as one big-endian number, for example `Tag(0x87)` or
/// `Tag(0x7F49)`.
///
/// Tags that a [`TlvReader`](super::TlvReader) yields are well-formed; whether
/// one put together by hand is can be [asked](Self::is_well_formed).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u32);

/// The class of a tag (ITU-T X.690, 8.1.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagClass {
    /// A type of ASN.1 itself.
    Universal,
    /// Given by the application's standard, such as ISO/IEC 7816-4.
    Application,
    /// Meaningful inside its template only.
    ContextSpecific,
    /// Nobody's but the issuer's.
    Private,
}

/// The low five bits of a first byte that announce more tag bytes.
const MORE: u8 = 0x1F;

impl Tag {
    /// The context-specific primitive tag of this number, which must be below
    /// 31: `Tag::context(2)` is `82`.
    ///
    /// # Panics
    ///
    /// From 31 on; in a constant that is a compile error.
    #[must_use]
    pub const fn context(number: u8) -> Self {
        assert!(number < MORE, "one tag byte holds numbers below 31");
        Self(0x80 | number as u32)
    }

    /// The context-specific constructed tag of this number, which must be
    /// below 31: `Tag::context_constructed(1)` is `A1`.
    ///
    /// # Panics
    ///
    /// From 31 on; in a constant that is a compile error.
    #[must_use]
    pub const fn context_constructed(number: u8) -> Self {
        Self(Self::context(number).0 | 0x20)
    }

    /// The class.
    #[must_use]
    pub const fn class(self) -> TagClass {
        match self.first_byte() >> 6 {
            0 => TagClass::Universal,
            1 => TagClass::Application,
            2 => TagClass::ContextSpecific,
            _ => TagClass::Private,
        }
    }

    /// Whether the value is itself a string of data objects.
    #[must_use]
    pub const fn is_constructed(self) -> bool {
        self.first_byte() & 0x20 != 0
    }

    /// Whether this is a tag of one to three bytes as ISO/IEC 7816-4:2020, 6.3
    /// and ITU-T X.690, 8.1.2 code them: no first byte of 00, more bytes exactly
    /// when the first one announces them, no leading zero in the number.
    ///
    /// Two-byte tags with a number below 31 are well-formed here although one
    /// byte would do: ISO/IEC 7816-6 and ICAO Doc 9303-10 have given them out,
    /// from the version under 5F01 to the names under 5F0E and 5F0F.
    #[must_use]
    pub const fn is_well_formed(self) -> bool {
        match self.0.to_be_bytes() {
            [0, 0, 0, first] => first != 0 && first & MORE != MORE,
            [0, 0, first, second] => first & MORE == MORE && second > 0x00 && second < 0x80,
            [0, first, second, third] => first & MORE == MORE && second > 0x80 && third < 0x80,
            _ => false,
        }
    }

    /// How many bytes the tag has.
    #[must_use]
    pub const fn encoded_len(self) -> usize {
        match self.0 {
            0..=0xFF => 1,
            0x100..=0xFFFF => 2,
            0x1_0000..=0xFF_FFFF => 3,
            _ => 4,
        }
    }

    const fn first_byte(self) -> u8 {
        (self.0 >> (8 * (self.encoded_len() - 1))) as u8
    }
}

impl From<u32> for Tag {
    fn from(value: u32) -> Self {
        Self(value)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$X}", self.0, width = 2 * self.encoded_len())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn class_and_form_come_from_the_first_byte() {
        assert_eq!(Tag(0x30).class(), TagClass::Universal);
        assert_eq!(Tag(0x7F49).class(), TagClass::Application);
        assert_eq!(Tag(0x5F2D).class(), TagClass::Application);
        assert_eq!(Tag(0x87).class(), TagClass::ContextSpecific);
        assert_eq!(Tag(0xDF8101).class(), TagClass::Private);
        assert!(Tag(0x7F49).is_constructed());
        assert!(!Tag(0x5F2D).is_constructed());
        assert_eq!(Tag::context(2), Tag(0x82));
        assert_eq!(Tag::context_constructed(1), Tag(0xA1));
        assert_eq!(Tag::context(30), Tag(0x9E));
        assert_eq!(Tag::context_constructed(2), Tag(0xA2));
        assert!(std::panic::catch_unwind(|| Tag::context(31)).is_err());
    }

    #[test]
    fn only_tags_that_ber_can_code_are_well_formed() {
        for good in [
            0x02, 0x87, 0xBE, 0x7F49, 0x5F01, 0x5F0E, 0x5F1F, 0x5F7F, 0xDF8101, 0x1FFF7F,
        ] {
            assert!(Tag(good).is_well_formed(), "{good:X}");
        }
        for bad in [
            0x00, 0x1F, 0x7F, 0xFF, 0x8001, 0x5F00, 0x5F80, 0x7F8001, 0x7F8181, 0x7F8180,
            0x5F818101,
        ] {
            assert!(!Tag(bad).is_well_formed(), "{bad:X}");
        }
    }

    #[test]
    fn the_length_of_a_tag_is_that_of_its_number() {
        for (tag, length) in [
            (0x01, 1),
            (0xFF, 1),
            (0x100, 2),
            (0xFFFF, 2),
            (0x1_0000, 3),
            (0xFF_FFFF, 3),
            (0x100_0000, 4),
        ] {
            assert_eq!(Tag(tag).encoded_len(), length, "{tag:X}");
        }
    }

    #[test]
    fn tags_print_as_the_standards_write_them() {
        assert_eq!(format!("{} {:?}", Tag(0x06), Tag(0x7F49)), "06 Tag(7F49)");
    }
}
