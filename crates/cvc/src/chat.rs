//! The Certificate Holder Authorization Template: what a terminal is and what it may do.

use alloc::vec::Vec;
use core::fmt;

use iso7816::tlv::{Tlv, TlvReader, encode, push};

use crate::object::{
    AUTHORIZATION_TEMPLATE, DISCRETIONARY_DATA, OBJECT_IDENTIFIER, finish, next, only,
};
use crate::oid::{ID_AT, ID_IS, ID_ST, Oid};
use crate::{Error, Field};

/// What kind of terminal a certificate or a CHAT is about, and how the bits are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TerminalType {
    /// Border control and police (TR-03110-4 §2.1.3.2).
    InspectionSystem,
    /// Agencies and services (TR-03110-4 §2.2.3.2).
    AuthenticationTerminal,
    /// Signature terminals (TR-03110-3 §2.7, BSI TR-03117).
    SignatureTerminal,
}

impl TerminalType {
    /// Every type.
    pub const ALL: [Self; 3] = [
        Self::InspectionSystem,
        Self::AuthenticationTerminal,
        Self::SignatureTerminal,
    ];

    /// The object identifier in a CHAT.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::InspectionSystem => ID_IS,
            Self::AuthenticationTerminal => ID_AT,
            Self::SignatureTerminal => ID_ST,
        }
    }

    /// How many bytes the bits take.
    const fn size(self) -> usize {
        match self {
            Self::AuthenticationTerminal => 5,
            Self::InspectionSystem | Self::SignatureTerminal => 1,
        }
    }

    /// The two bits of the role are the upmost.
    const fn role_shift(self) -> u32 {
        8 * self.size() as u32 - 2
    }
}

impl fmt::Display for TerminalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InspectionSystem => "inspection systems",
            Self::AuthenticationTerminal => "authentication terminals",
            Self::SignatureTerminal => "signature terminals",
        })
    }
}

/// The two upmost bits of a relative authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Country Verifying CA, 11.
    Cvca,
    /// Official domestic document verifier, 10: its terminals' certificates set the date.
    DvDomestic,
    /// Foreign or non-official document verifier, 01.
    DvForeign,
    /// Terminal, 00.
    Terminal,
}

impl Role {
    const fn bits(self) -> u64 {
        match self {
            Self::Cvca => 3,
            Self::DvDomestic => 2,
            Self::DvForeign => 1,
            Self::Terminal => 0,
        }
    }

    const fn from_bits(bits: u64) -> Self {
        match bits & 3 {
            3 => Self::Cvca,
            2 => Self::DvDomestic,
            1 => Self::DvForeign,
            _ => Self::Terminal,
        }
    }

    /// Whether this is a document verifier, of either kind.
    #[must_use]
    pub const fn is_document_verifier(self) -> bool {
        matches!(self, Self::DvDomestic | Self::DvForeign)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cvca => "CVCA",
            Self::DvDomestic => "domestic DV",
            Self::DvForeign => "foreign DV",
            Self::Terminal => "terminal",
        })
    }
}

/// One bit of a relative authorization, by its name. Bits without one are carried and intersected like all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Read group 1 to 22 of the eID application: bit 7 + n.
    ReadGroup(u8),
    /// Write group 17 to 22 of the eID application: bit 54 − n. Our card gives nothing for it, see
    /// [`oid::ID_GROUP_UPDATE`](crate::oid::ID_GROUP_UPDATE).
    WriteGroup(u8),
    /// Pseudonyms by Chip Authentication version 3: bit 30.
    PseudonymousSignature,
    /// Install a qualified certificate: bit 7.
    InstallQualifiedCertificate,
    /// Install a certificate: bit 6.
    InstallCertificate,
    /// Manage the holder's PIN: bit 5.
    PinManagement,
    /// The CAN instead of the PIN: bit 4.
    CanAllowed,
    /// Privileged terminal: bit 3.
    PrivilegedTerminal,
    /// Restricted Identification: bit 2.
    RestrictedIdentification,
    /// Community (municipality) verification: bit 1.
    CommunityVerification,
    /// Age verification: bit 0.
    AgeVerification,
    /// Inspection systems: read DG4 of the passport application, iris: bit 1.
    ReadIris,
    /// Inspection systems: read DG3 of the passport application, fingerprints: bit 0.
    ReadFingerprint,
    /// Signature terminals: generate qualified signatures: bit 1.
    GenerateQualifiedSignature,
    /// Signature terminals: generate signatures: bit 0.
    GenerateSignature,
}

impl Right {
    /// The terminals that have this bit.
    #[must_use]
    pub const fn terminal_type(self) -> TerminalType {
        match self {
            Self::ReadIris | Self::ReadFingerprint => TerminalType::InspectionSystem,
            Self::GenerateQualifiedSignature | Self::GenerateSignature => {
                TerminalType::SignatureTerminal
            }
            _ => TerminalType::AuthenticationTerminal,
        }
    }

    /// The bit; `None` for a group that has none.
    #[must_use]
    pub const fn bit(self) -> Option<u32> {
        Some(match self {
            Self::ReadGroup(n @ 1..=22) => 7 + n as u32,
            Self::WriteGroup(n @ 17..=22) => 54 - n as u32,
            Self::ReadGroup(_) | Self::WriteGroup(_) => return None,
            Self::PseudonymousSignature => 30,
            Self::InstallQualifiedCertificate => 7,
            Self::InstallCertificate => 6,
            Self::PinManagement => 5,
            Self::CanAllowed => 4,
            Self::PrivilegedTerminal => 3,
            Self::RestrictedIdentification => 2,
            Self::CommunityVerification | Self::ReadIris | Self::GenerateQualifiedSignature => 1,
            Self::AgeVerification | Self::ReadFingerprint | Self::GenerateSignature => 0,
        })
    }

    /// Every right that this type of terminal can have, the lowest bit first.
    pub fn all(terminal_type: TerminalType) -> impl Iterator<Item = Self> {
        let special = [
            Self::AgeVerification,
            Self::CommunityVerification,
            Self::RestrictedIdentification,
            Self::PrivilegedTerminal,
            Self::CanAllowed,
            Self::PinManagement,
            Self::InstallCertificate,
            Self::InstallQualifiedCertificate,
        ];
        special
            .into_iter()
            .chain((1..=22).map(Self::ReadGroup))
            .chain([Self::PseudonymousSignature])
            .chain((17..=22).rev().map(Self::WriteGroup))
            .chain([Self::ReadFingerprint, Self::ReadIris])
            .chain([Self::GenerateSignature, Self::GenerateQualifiedSignature])
            .filter(move |right| right.terminal_type() == terminal_type)
    }
}

/// A Certificate Holder Authorization Template (TR-03110-3 C.1.5): terminal type, role and rights. In a certificate the
/// authorization is relative to the issuer's, in PACE it is what the holder has confirmed.
///
/// ```
/// use cvc::{Chat, Right, Role, TerminalType};
///
/// let granted = Chat::new(TerminalType::AuthenticationTerminal, Role::Terminal)
///     .with(Right::ReadGroup(3))
///     .with(Right::ReadGroup(6));
/// let confirmed = granted.without(Right::ReadGroup(3)).with(Right::ReadGroup(8));
/// let effective = granted.intersection(confirmed)?;
/// assert!(effective.allows(Right::ReadGroup(6)));
/// assert!(!effective.allows(Right::ReadGroup(3)) && !effective.allows(Right::ReadGroup(8)));
/// # Ok::<(), cvc::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chat {
    terminal_type: TerminalType,
    bits: u64,
}

impl Chat {
    /// Longest encoding that is read, in bytes.
    const MAX: usize = 64;

    /// No rights.
    #[must_use]
    pub const fn new(terminal_type: TerminalType, role: Role) -> Self {
        Self {
            terminal_type,
            bits: role.bits() << terminal_type.role_shift(),
        }
    }

    /// Every right that has a name.
    #[must_use]
    pub fn all(terminal_type: TerminalType, role: Role) -> Self {
        Right::all(terminal_type).fold(Self::new(terminal_type, role), Self::with)
    }

    /// The same with this right. One of another terminal type, or of a group without a bit, changes nothing.
    #[must_use]
    pub fn with(self, right: Right) -> Self {
        Self {
            bits: self.bits | self.mask(right),
            ..self
        }
    }

    /// The same without this right.
    #[must_use]
    pub fn without(self, right: Right) -> Self {
        Self {
            bits: self.bits & !self.mask(right),
            ..self
        }
    }

    /// The same rights in another role.
    #[must_use]
    pub const fn with_role(self, role: Role) -> Self {
        let shift = self.terminal_type.role_shift();
        Self {
            bits: self.bits & !(3 << shift) | role.bits() << shift,
            ..self
        }
    }

    /// Whether the bit of this right is set.
    #[must_use]
    pub fn allows(self, right: Right) -> bool {
        self.bits & self.mask(right) != 0
    }

    /// The rights whose bits are set, as far as they have names, the lowest bit first.
    pub fn rights(self) -> impl Iterator<Item = Right> {
        Right::all(self.terminal_type).filter(move |right| self.allows(*right))
    }

    /// The terminal type.
    #[must_use]
    pub const fn terminal_type(self) -> TerminalType {
        self.terminal_type
    }

    /// The role.
    #[must_use]
    pub const fn role(self) -> Role {
        Role::from_bits(self.bits >> self.terminal_type.role_shift())
    }

    /// The bitwise and (TR-03110-3 §2.7), the bits of the role included.
    ///
    /// # Errors
    /// [`Error::TerminalType`] unless both are about the same type.
    pub fn intersection(self, other: Self) -> Result<Self, Error> {
        if self.terminal_type != other.terminal_type {
            return Err(Error::TerminalType {
                expected: self.terminal_type,
                found: other.terminal_type,
            });
        }
        Ok(Self {
            bits: self.bits & other.bits,
            ..self
        })
    }

    /// Whether `other` has every right of this one, roles aside.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        let rights = self.with_role(Role::Terminal).bits;
        self.terminal_type == other.terminal_type && rights & !other.bits == 0
    }

    /// Reads a DO 7F4C.
    ///
    /// # Errors
    /// [`Error::Tlv`] or [`Error::Malformed`], also for a type of terminal that is unknown.
    pub fn parse(object: &[u8]) -> Result<Self, Error> {
        let field = Field::CertificateHolderAuthorizationTemplate;
        Self::read(only(object, AUTHORIZATION_TEMPLATE, field, Self::MAX)?)
    }

    /// Reads the value of a DO 7F4C.
    ///
    /// # Errors
    /// As [`Chat::parse`].
    pub fn parse_value(value: &[u8]) -> Result<Self, Error> {
        Self::read(TlvReader::new(value).strict())
    }

    fn read(mut reader: TlvReader<'_>) -> Result<Self, Error> {
        let oid = next(&mut reader, OBJECT_IDENTIFIER, Field::TerminalType)?;
        let oid = Oid::parse(Field::TerminalType, oid.value)?;
        let terminal_type = TerminalType::ALL
            .into_iter()
            .find(|terminal_type| terminal_type.oid() == oid)
            .ok_or(Error::malformed(
                Field::TerminalType,
                "not a type of terminal that is known here",
            ))?;
        let Tlv { value, .. } = next(
            &mut reader,
            DISCRETIONARY_DATA,
            Field::RelativeAuthorization,
        )?;
        finish(reader, Field::CertificateHolderAuthorizationTemplate)?;
        if value.len() != terminal_type.size() {
            return Err(Error::malformed(
                Field::RelativeAuthorization,
                "it has not the length of its terminal type",
            ));
        }
        let bits = value
            .iter()
            .fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        Ok(Self {
            terminal_type,
            bits,
        })
    }

    /// The value of the DO 53, one or five bytes.
    #[must_use]
    pub fn relative_authorization(self) -> Vec<u8> {
        let bytes = self.bits.to_be_bytes();
        let skip = bytes.len() - self.terminal_type.size();
        bytes.into_iter().skip(skip).collect()
    }

    /// The value of the DO 7F4C.
    #[must_use]
    pub fn to_value(self) -> Vec<u8> {
        let mut value = encode(OBJECT_IDENTIFIER, self.terminal_type.oid().as_bytes());
        push(
            &mut value,
            DISCRETIONARY_DATA,
            &self.relative_authorization(),
        );
        value
    }

    /// The DO 7F4C.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        encode(AUTHORIZATION_TEMPLATE, &self.to_value())
    }

    fn mask(self, right: Right) -> u64 {
        match right.bit() {
            Some(bit) if right.terminal_type() == self.terminal_type => 1 << bit,
            _ => 0,
        }
    }
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = 2 * self.terminal_type.size();
        write!(f, "Chat({:?}, {:0width$X})", self.terminal_type, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_bits_are_those_of_tr_03110_4() {
        let at = |role, rights: &[Right]| {
            let chat = Chat::new(TerminalType::AuthenticationTerminal, role);
            let chat = rights.iter().fold(chat, |chat, right| chat.with(*right));
            chat.relative_authorization()
        };
        use Right::*;
        for (role, rights, bits) in [
            (Role::Cvca, &[][..], hex!("C000000000")),
            (Role::DvDomestic, &[ReadGroup(1)], hex!("8000000100")),
            (Role::DvForeign, &[ReadGroup(22)], hex!("4020000000")),
            (Role::Terminal, &[WriteGroup(17)], hex!("2000000000")),
            (Role::Terminal, &[WriteGroup(22)], hex!("0100000000")),
            (
                Role::Terminal,
                &[ReadGroup(3), ReadGroup(6)],
                hex!("0000002400"),
            ),
            (Role::Terminal, &[PseudonymousSignature], hex!("0040000000")),
            (
                Role::Terminal,
                &[InstallQualifiedCertificate],
                hex!("0000000080"),
            ),
            (Role::Terminal, &[InstallCertificate], hex!("0000000040")),
            (Role::Terminal, &[PinManagement], hex!("0000000020")),
            (Role::Terminal, &[CanAllowed], hex!("0000000010")),
            (Role::Terminal, &[PrivilegedTerminal], hex!("0000000008")),
            (
                Role::Terminal,
                &[RestrictedIdentification],
                hex!("0000000004"),
            ),
            (Role::Terminal, &[CommunityVerification], hex!("0000000002")),
            (Role::Terminal, &[AgeVerification], hex!("0000000001")),
            // None of these has a bit here.
            (
                Role::Terminal,
                &[ReadGroup(0), ReadGroup(23), WriteGroup(16), ReadIris],
                [0; 5],
            ),
        ] {
            assert_eq!(at(role, rights), bits, "{role} {rights:?}");
        }
        for (terminal_type, all) in [
            (
                TerminalType::AuthenticationTerminal,
                &hex!("FF7FFFFFFF")[..],
            ),
            (TerminalType::InspectionSystem, &hex!("C3")),
            (TerminalType::SignatureTerminal, &hex!("C3")),
        ] {
            let chat = Chat::all(terminal_type, Role::Cvca);
            assert_eq!(chat.relative_authorization(), all);
            let bits: BTreeSet<_> = Right::all(terminal_type).map(Right::bit).collect();
            assert_eq!(bits.len(), Right::all(terminal_type).count());
            assert_eq!(chat.rights().count(), bits.len());
        }
    }

    #[test]
    fn a_malformed_template_is_refused_by_its_field() {
        let good = Chat::all(TerminalType::AuthenticationTerminal, Role::Terminal).to_bytes();
        assert_eq!(good, hex!("7F4C12 0609 04007F000703010202 5305 3F7FFFFFFF"));
        assert!(Chat::parse(&good).is_ok());
        let field = |bytes: &[u8]| match Chat::parse(bytes) {
            Err(Error::Tlv { field, .. } | Error::Malformed { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        let whole = Field::CertificateHolderAuthorizationTemplate;
        assert_eq!(
            field(&hex!("7F4C12 0609 04007F000703010204 5305 3F7FFFFFFF")),
            Field::TerminalType
        );
        assert_eq!(
            field(&hex!("7F4C11 0609 04007F000703010202 5304 7FFFFFFF")),
            Field::RelativeAuthorization
        );
        assert_eq!(
            field(&hex!("7F4C0E 0609 04007F000703010202 5401 FF")),
            Field::RelativeAuthorization
        );
        assert_eq!(
            field(&hex!("7F4C11 0609 04007F000703010201 5301 C3 530100")),
            whole
        );
        assert_eq!(
            field(&hex!("7F4C0E 0609 04007F000703010201 5301 C3 00")),
            whole
        );
        assert_eq!(field(&hex!("7F4E00")), whole);
    }

    fn chat() -> impl Strategy<Value = Chat> {
        (0..3usize, any::<u64>()).prop_map(|(n, bits)| {
            let terminal_type = TerminalType::ALL[n];
            let bits = bits & ((1 << (8 * terminal_type.size())) - 1);
            Chat {
                terminal_type,
                bits,
            }
        })
    }

    proptest! {
        #[test]
        fn a_template_survives_its_encoding(chat in chat()) {
            prop_assert_eq!(Chat::parse(&chat.to_bytes()), Ok(chat));
            prop_assert_eq!(Chat::parse_value(&chat.to_value()), Ok(chat));
        }

        #[test]
        fn an_intersection_never_adds_a_right(a in chat(), b in chat()) {
            match a.intersection(b) {
                Ok(both) => {
                    prop_assert!(both.is_within(a) && both.is_within(b));
                    prop_assert_eq!(b.intersection(a), Ok(both));
                    for right in Right::all(a.terminal_type) {
                        prop_assert_eq!(both.allows(right), a.allows(right) && b.allows(right));
                    }
                }
                Err(_) => prop_assert_ne!(a.terminal_type, b.terminal_type),
            }
        }
    }
}
