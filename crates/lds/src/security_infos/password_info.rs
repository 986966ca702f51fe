//! PasswordInfo. TR-03110-3 v2.21 annex A.1.1.1.

use const_oid::ObjectIdentifier;
use der::{
    DecodeValue, EncodeValue, Enumerated, FixedTag, Header, Length, Reader, Sequence, Tag, Writer,
    asn1::{BitString, OctetString, SetOfVec},
};

/// How the chip treats one of its passwords.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct PasswordInfo {
    /// [`crate::oid::ID_MRZ`], [`ID_CAN`](crate::oid::ID_CAN), [`ID_PIN`](crate::oid::ID_PIN) or
    /// [`ID_PUK`](crate::oid::ID_PUK).
    pub protocol: ObjectIdentifier,
    /// Which password.
    pub required_pwd_data: RequiredPwdData,
    /// How it behaves. The ASN.1 has it always; the text allows its absence.
    pub optional_pwd_data: Option<OptionalPwdData>,
}

/// `RequiredPwdData`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Sequence)]
pub struct RequiredPwdData {
    /// The identifier under which MSE:Set AT selects the password (DO 83).
    pub pwd_id: u8,
}

/// `OptionalPwdData`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Sequence)]
pub struct OptionalPwdData {
    /// What holds for the password.
    pub pwd_flags: PwdFlags,
    /// Passwords that resume it.
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub resuming_pwds: Option<SetOfVec<u8>>,
    /// Passwords with which an unauthenticated terminal resets it.
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub resetting_pwds: Option<SetOfVec<u8>>,
    /// Passwords with which an unauthenticated terminal changes it.
    #[asn1(
        context_specific = "2",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub changing_pwds_ut: Option<SetOfVec<u8>>,
    /// The character set.
    #[asn1(context_specific = "3", tag_mode = "IMPLICIT", optional = "true")]
    pub pwd_type: Option<PasswordType>,
    /// Fewest characters of a new password.
    #[asn1(context_specific = "4", tag_mode = "IMPLICIT", optional = "true")]
    pub min_length: Option<u8>,
    /// Stored length in bytes.
    #[asn1(context_specific = "5", tag_mode = "IMPLICIT", optional = "true")]
    pub stored_length: Option<u8>,
    /// Most characters of a new password.
    #[asn1(context_specific = "6", tag_mode = "IMPLICIT", optional = "true")]
    pub max_length: Option<u8>,
    /// The padding character, where the password needs padding.
    #[asn1(context_specific = "7", tag_mode = "IMPLICIT", optional = "true")]
    pub pad_char: Option<OctetString>,
}

/// `PasswordType`, as in ISO/IEC 7816-15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumerated)]
#[repr(u8)]
pub enum PasswordType {
    /// Binary-coded decimal.
    Bcd = 0,
    /// Digits in ASCII.
    AsciiNumeric = 1,
    /// UTF-8.
    Utf8 = 2,
    /// Half-nibble binary-coded decimal.
    HalfNibbleBcd = 3,
    /// ISO 9564-1 PIN block.
    Iso9564_1 = 4,
}

/// `PwdFlags`, a named-bit list; bit 0 of the standard is the most significant bit here.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct PwdFlags(u16);

impl PwdFlags {
    /// Local to an application.
    pub const LOCAL: Self = Self(1 << 15);
    /// Can unblock other passwords.
    pub const UNBLOCKS_OTHERS: Self = Self(1 << 14);
    /// Has a retry counter and blocks at zero.
    pub const IS_BLOCKING: Self = Self(1 << 13);
    /// Must be resumed when one try is left.
    pub const IS_SUSPENDING: Self = Self(1 << 12);
    /// Has a reset counter for unauthenticated terminals.
    pub const LIMITED_RESET_UT: Self = Self(1 << 11);
    /// An unauthenticated terminal may unblock it.
    pub const UNBLOCK_ALLOWED_UT: Self = Self(1 << 10);
    /// An authenticated terminal with the PIN Management right may unblock it.
    pub const UNBLOCK_ALLOWED_AT: Self = Self(1 << 9);
    /// An unauthenticated terminal may change it.
    pub const CHANGE_ALLOWED_UT: Self = Self(1 << 8);
    /// An authenticated terminal with the PIN Management right may change it.
    pub const CHANGE_ALLOWED_AT: Self = Self(1 << 7);
    /// An authenticated terminal with the PIN Management right may activate it.
    pub const ACTIVATION_ALLOWED_AT: Self = Self(1 << 6);
    /// An authenticated terminal with the PIN Management right may deactivate it.
    pub const DEACTIVATION_ALLOWED_AT: Self = Self(1 << 5);
    /// May need padding.
    pub const NEEDS_PADDING: Self = Self(1 << 4);

    /// No flag.
    pub const fn empty() -> Self {
        Self(0)
    }

    /// Whether all of these flags are set.
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// These flags and those.
    #[must_use]
    pub const fn union(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }
}

impl core::ops::BitOr for PwdFlags {
    type Output = Self;

    fn bitor(self, flags: Self) -> Self {
        self.union(flags)
    }
}

impl core::fmt::Debug for PwdFlags {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PwdFlags({:012b})", self.0 >> 4)
    }
}

impl PwdFlags {
    /// As a named-bit list: trailing zero bits are cut off, X.690 section 11.2.2.
    fn to_bit_string(self) -> der::Result<BitString> {
        let bits = 16 - self.0.trailing_zeros().min(16) as usize;
        let bytes = self.0.to_be_bytes();
        let len = bits.div_ceil(8);
        BitString::new((len * 8 - bits) as u8, bytes.get(..len).unwrap_or_default())
    }
}

impl FixedTag for PwdFlags {
    const TAG: Tag = Tag::BitString;
}

impl<'a> DecodeValue<'a> for PwdFlags {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let bits = BitString::decode_value(reader, header)?;
        match *bits.raw_bytes() {
            [] => Ok(Self(0)),
            [first] => Ok(Self(u16::from_be_bytes([first, 0]))),
            [first, second] => Ok(Self(u16::from_be_bytes([first, second]))),
            _ => Err(reader.error(der::ErrorKind::Length {
                tag: Tag::BitString,
            })),
        }
    }
}

impl EncodeValue for PwdFlags {
    fn value_len(&self) -> der::Result<Length> {
        self.to_bit_string()?.value_len()
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.to_bit_string()?.encode_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use der::{Decode, Encode};
    use hex_literal::hex;

    use super::*;
    use crate::oid;

    #[test]
    fn a_password_info_has_the_tags_of_the_standard() {
        let info = PasswordInfo {
            protocol: oid::ID_PIN,
            required_pwd_data: RequiredPwdData { pwd_id: 3 },
            optional_pwd_data: Some(OptionalPwdData {
                pwd_flags: PwdFlags::IS_BLOCKING
                    | PwdFlags::IS_SUSPENDING
                    | PwdFlags::CHANGE_ALLOWED_UT,
                resuming_pwds: Some([2].to_vec().try_into().unwrap()),
                resetting_pwds: Some([4].to_vec().try_into().unwrap()),
                changing_pwds_ut: None,
                pwd_type: Some(PasswordType::AsciiNumeric),
                min_length: Some(6),
                stored_length: None,
                max_length: Some(6),
                pad_char: None,
            }),
        };
        let expected = hex!(
            "3029 060904007F000702020C03 3003 020103"
            "3017 03020031 A003 020102 A103 020104 830101 840106 860106"
        );
        assert_eq!(info.to_der().unwrap(), expected);
        assert_eq!(PasswordInfo::from_der(&expected).unwrap(), info);
    }

    #[test]
    fn trailing_zero_flags_are_cut_off() {
        for (flags, der) in [
            (PwdFlags::empty(), &hex!("030100")[..]),
            (PwdFlags::LOCAL, &hex!("03020780")),
            (PwdFlags::CHANGE_ALLOWED_UT, &hex!("03020001")),
            (PwdFlags::CHANGE_ALLOWED_AT, &hex!("0303070080")),
            (
                PwdFlags::NEEDS_PADDING | PwdFlags::IS_BLOCKING,
                &hex!("0303042010"),
            ),
        ] {
            assert_eq!(flags.to_der().unwrap(), der);
            assert_eq!(PwdFlags::from_der(der).unwrap(), flags);
        }
        assert!(PwdFlags::from_der(&hex!("030400000001")).is_err());
        assert!(
            PwdFlags::LOCAL
                .union(PwdFlags::IS_BLOCKING)
                .contains(PwdFlags::IS_BLOCKING)
        );
        assert!(!PwdFlags::LOCAL.contains(PwdFlags::IS_BLOCKING));
    }
}
