//! `SecurityInfos`: which protocols a chip speaks, with which keys and parameters.
//!
//! BSI TR-03110-3 v2.21 annex A.1 and ICAO Doc 9303-11 8th edition section 9.2. The same SET stands plain in
//! EF.CardAccess, signed in EF.CardSecurity and EF.ChipSecurity, and inside DG14.
//!
//! Reading is tolerant where chips in the field differ (unsorted SETs, entries nobody knows, a PACEInfo without
//! parameter identifier) and strict everywhere else; writing is canonical DER.

mod card_info;
mod chip_authentication;
mod eid_security;
mod icao;
mod pace;
mod password_info;
mod restricted_identification;
mod terminal_authentication;

use alloc::{boxed::Box, vec::Vec};

use const_oid::ObjectIdentifier;
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag, Tagged, asn1::AnyRef};

pub use card_info::{
    CardInfo, ExtCardInfoData, FileIdentifier, OptionalCardInfoData, SupportedTerminalTypes,
};
pub use chip_authentication::{
    ChipAuthenticationDomainParameterInfo, ChipAuthenticationInfo, ChipAuthenticationPublicKeyInfo,
};
pub use eid_security::{EidSecurityInfo, EidSecurityObject, EidVersionInfo};
pub use icao::{ActiveAuthenticationInfo, EfDirInfo};
pub use pace::{PaceDomainParameterInfo, PaceInfo};
pub use password_info::{OptionalPwdData, PasswordInfo, PasswordType, PwdFlags, RequiredPwdData};
pub use restricted_identification::{
    ProtocolParams, RestrictedIdentificationDomainParameterInfo, RestrictedIdentificationInfo,
};
pub use terminal_authentication::TerminalAuthenticationInfo;

use crate::{Error, oid};

/// Most entries that are read from one SET. Real chips carry five to twenty.
pub const MAX_SECURITY_INFOS: usize = 64;

/// Most bytes that are read as one SET. Real files are below 3 kB.
pub const MAX_SECURITY_INFOS_LEN: usize = 16 * 1024;

const STRUCTURE: &str = "SecurityInfos";

/// `SecurityInfos ::= SET OF SecurityInfo`.
///
/// ```
/// use lds::{SecurityInfos, security_infos::{PaceInfo, SecurityInfo}, oid};
///
/// let infos = SecurityInfos::new([SecurityInfo::Pace(PaceInfo {
///     protocol: oid::ID_PACE_ECDH_GM_AES_CBC_CMAC_128,
///     version: 2,
///     parameter_id: Some(12),
/// })]);
/// let der = infos.to_der()?;
/// assert_eq!(SecurityInfos::parse(&der)?.pace_infos().count(), 1);
/// # Ok::<(), lds::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityInfos {
    infos: Vec<SecurityInfo>,
}

impl SecurityInfos {
    /// A set of these entries, in any order.
    pub fn new(infos: impl IntoIterator<Item = SecurityInfo>) -> Self {
        Self {
            infos: infos.into_iter().collect(),
        }
    }

    /// Reads exactly one SET; nothing may follow it.
    ///
    /// # Errors
    /// Broken DER, more than [`MAX_SECURITY_INFOS`] entries, or an entry whose protocol is known and whose contents
    /// are not what the protocol asks for.
    pub fn parse(der: &[u8]) -> Result<Self, Error> {
        let (infos, rest) = Self::parse_prefix(der)?;
        if !rest.is_empty() {
            return Err(Error::malformed(STRUCTURE, "bytes follow the SET"));
        }
        Ok(infos)
    }

    /// Reads one SET and returns what follows it: some chips deliver the file with its unused tail.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn parse_prefix(der: &[u8]) -> Result<(Self, &[u8]), Error> {
        let mut reader = SliceReader::new(der).map_err(Error::der(STRUCTURE))?;
        let set = AnyRef::decode(&mut reader).map_err(Error::der(STRUCTURE))?;
        set.tag()
            .assert_eq(Tag::Set)
            .map_err(Error::der(STRUCTURE))?;
        if set.value().len() > MAX_SECURITY_INFOS_LEN {
            return Err(Error::TooLarge {
                structure: STRUCTURE,
                what: "bytes",
                limit: MAX_SECURITY_INFOS_LEN,
            });
        }
        let rest = usize::try_from(reader.remaining_len()).map_err(Error::der(STRUCTURE))?;
        let infos = Self::from_elements(set.value(), Nesting::Outer)?;
        Ok((infos, der.get(der.len() - rest..).unwrap_or_default()))
    }

    /// Reads the elements of a SET, given what stands inside it.
    fn from_elements(elements: &[u8], nesting: Nesting) -> Result<Self, Error> {
        let mut reader = SliceReader::new(elements).map_err(Error::der(STRUCTURE))?;
        let mut infos = Vec::new();
        while !reader.is_finished() {
            if infos.len() == MAX_SECURITY_INFOS {
                return Err(Error::TooLarge {
                    structure: STRUCTURE,
                    what: "entries",
                    limit: MAX_SECURITY_INFOS,
                });
            }
            let element = reader.tlv_bytes().map_err(Error::der(STRUCTURE))?;
            infos.push(SecurityInfo::parse(element, nesting)?);
        }
        Ok(Self { infos })
    }

    /// The canonical DER encoding: elements sorted as X.690 section 11.6 demands.
    ///
    /// # Errors
    /// Only if an entry was built with a value that DER cannot carry (more than 256 MB).
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        let mut elements = Vec::with_capacity(self.infos.len());
        for info in &self.infos {
            elements.push(info.to_der()?);
        }
        // X.690 compares the shorter encoding padded with zeros; no element is a prefix of another one, so plain
        // lexicographic order is the same order.
        elements.sort();
        let body = elements.concat();
        AnyRef::new(Tag::Set, &body)
            .and_then(|set| set.to_der())
            .map_err(Error::der(STRUCTURE))
    }

    /// All entries, in the order in which they were read or given.
    pub fn iter(&self) -> core::slice::Iter<'_, SecurityInfo> {
        self.infos.iter()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.infos.len()
    }

    /// Whether there is no entry at all.
    pub fn is_empty(&self) -> bool {
        self.infos.is_empty()
    }

    /// Adds an entry.
    pub fn push(&mut self, info: SecurityInfo) {
        self.infos.push(info);
    }

    /// Whether exactly this entry is in the set.
    pub fn contains(&self, info: &SecurityInfo) -> bool {
        self.infos.contains(info)
    }

    /// Every PACEInfo.
    pub fn pace_infos(&self) -> impl Iterator<Item = &PaceInfo> {
        self.infos.iter().filter_map(|info| match info {
            SecurityInfo::Pace(info) => Some(info),
            _ => None,
        })
    }

    /// Every PACEDomainParameterInfo.
    pub fn pace_domain_parameter_infos(&self) -> impl Iterator<Item = &PaceDomainParameterInfo> {
        self.infos.iter().filter_map(|info| match info {
            SecurityInfo::PaceDomainParameter(info) => Some(info),
            _ => None,
        })
    }

    /// Every PasswordInfo.
    pub fn password_infos(&self) -> impl Iterator<Item = &PasswordInfo> {
        self.infos.iter().filter_map(|info| match info {
            SecurityInfo::Password(info) => Some(info),
            _ => None,
        })
    }

    /// Every ChipAuthenticationInfo.
    pub fn chip_authentication_infos(&self) -> impl Iterator<Item = &ChipAuthenticationInfo> {
        self.infos.iter().filter_map(|info| match info {
            SecurityInfo::ChipAuthentication(info) => Some(info),
            _ => None,
        })
    }

    /// Every ChipAuthenticationDomainParameterInfo.
    pub fn chip_authentication_domain_parameter_infos(
        &self,
    ) -> impl Iterator<Item = &ChipAuthenticationDomainParameterInfo> {
        self.infos.iter().filter_map(|info| match info {
            SecurityInfo::ChipAuthenticationDomainParameter(info) => Some(info),
            _ => None,
        })
    }

    /// Every ChipAuthenticationPublicKeyInfo.
    pub fn chip_authentication_public_key_infos(
        &self,
    ) -> impl Iterator<Item = &ChipAuthenticationPublicKeyInfo> {
        self.infos.iter().filter_map(|info| match info {
            SecurityInfo::ChipAuthenticationPublicKey(info) => Some(info),
            _ => None,
        })
    }

    /// Every TerminalAuthenticationInfo.
    pub fn terminal_authentication_infos(
        &self,
    ) -> impl Iterator<Item = &TerminalAuthenticationInfo> {
        self.infos.iter().filter_map(|info| match info {
            SecurityInfo::TerminalAuthentication(info) => Some(info),
            _ => None,
        })
    }

    /// Every RestrictedIdentificationInfo.
    pub fn restricted_identification_infos(
        &self,
    ) -> impl Iterator<Item = &RestrictedIdentificationInfo> {
        self.infos.iter().filter_map(|info| match info {
            SecurityInfo::RestrictedIdentification(info) => Some(info),
            _ => None,
        })
    }

    /// The ActiveAuthenticationInfo, if there is one.
    pub fn active_authentication_info(&self) -> Option<&ActiveAuthenticationInfo> {
        self.infos.iter().find_map(|info| match info {
            SecurityInfo::ActiveAuthentication(info) => Some(info),
            _ => None,
        })
    }

    /// The CardInfo, if there is one.
    pub fn card_info(&self) -> Option<&CardInfo> {
        self.infos.iter().find_map(|info| match info {
            SecurityInfo::Card(info) => Some(info),
            _ => None,
        })
    }

    /// The entries for privileged terminals alone, if there are any.
    pub fn privileged_terminal_infos(&self) -> Option<&SecurityInfos> {
        self.infos.iter().find_map(|info| match info {
            SecurityInfo::PrivilegedTerminal(info) => Some(&*info.privileged_terminal_infos),
            _ => None,
        })
    }
}

impl<'a> IntoIterator for &'a SecurityInfos {
    type Item = &'a SecurityInfo;
    type IntoIter = core::slice::Iter<'a, SecurityInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<SecurityInfo> for SecurityInfos {
    fn from_iter<I: IntoIterator<Item = SecurityInfo>>(iter: I) -> Self {
        Self::new(iter)
    }
}

/// One entry: `SecurityInfo ::= SEQUENCE { protocol, requiredData, optionalData OPTIONAL }`, TR-03110-3 annex A.1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityInfo {
    /// PACEInfo.
    Pace(PaceInfo),
    /// PACEDomainParameterInfo.
    PaceDomainParameter(PaceDomainParameterInfo),
    /// PasswordInfo.
    Password(PasswordInfo),
    /// ChipAuthenticationInfo.
    ChipAuthentication(ChipAuthenticationInfo),
    /// ChipAuthenticationDomainParameterInfo.
    ChipAuthenticationDomainParameter(ChipAuthenticationDomainParameterInfo),
    /// ChipAuthenticationPublicKeyInfo.
    ChipAuthenticationPublicKey(ChipAuthenticationPublicKeyInfo),
    /// TerminalAuthenticationInfo.
    TerminalAuthentication(TerminalAuthenticationInfo),
    /// RestrictedIdentificationInfo.
    RestrictedIdentification(RestrictedIdentificationInfo),
    /// RestrictedIdentificationDomainParameterInfo.
    RestrictedIdentificationDomainParameter(RestrictedIdentificationDomainParameterInfo),
    /// ActiveAuthenticationInfo.
    ActiveAuthentication(ActiveAuthenticationInfo),
    /// CardInfo.
    Card(CardInfo),
    /// EIDSecurityInfo.
    EidSecurity(EidSecurityInfo),
    /// PrivilegedTerminalInfo.
    PrivilegedTerminal(PrivilegedTerminalInfo),
    /// EFDIRInfo.
    EfDir(EfDirInfo),
    /// An entry of a protocol that this crate does not know, or a CardInfo or PasswordInfo of a form it does not know.
    Unrecognised(UnrecognisedInfo),
}

/// An entry that is kept as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnrecognisedInfo {
    protocol: ObjectIdentifier,
    der: Vec<u8>,
}

impl UnrecognisedInfo {
    /// Takes the DER encoding of a whole SecurityInfo.
    ///
    /// # Errors
    /// If this is not a SEQUENCE of an object identifier and one or two further elements.
    pub fn new(der: &[u8]) -> Result<Self, Error> {
        let protocol = protocol(der).map_err(Error::der("SecurityInfo"))?;
        Ok(Self {
            protocol,
            der: der.to_vec(),
        })
    }

    /// The protocol it speaks of.
    pub fn protocol(&self) -> ObjectIdentifier {
        self.protocol
    }

    /// The whole SecurityInfo, byte for byte.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }
}

/// PrivilegedTerminalInfo: entries for keys that only privileged terminals may use. TR-03110-3 annex A.1.1.9.
///
/// It never contains itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivilegedTerminalInfo {
    /// The entries.
    pub privileged_terminal_infos: Box<SecurityInfos>,
}

impl PrivilegedTerminalInfo {
    /// Wraps these entries.
    pub fn new(infos: SecurityInfos) -> Self {
        Self {
            privileged_terminal_infos: Box::new(infos),
        }
    }

    fn parse(element: &[u8]) -> Result<Self, Error> {
        const STRUCTURE: &str = "PrivilegedTerminalInfo";
        let wire = PrivilegedTerminalWire::from_der(element).map_err(Error::der(STRUCTURE))?;
        wire.infos
            .tag()
            .assert_eq(Tag::Set)
            .map_err(Error::der(STRUCTURE))?;
        SecurityInfos::from_elements(wire.infos.value(), Nesting::Privileged).map(Self::new)
    }

    fn to_der(&self) -> Result<Vec<u8>, Error> {
        const STRUCTURE: &str = "PrivilegedTerminalInfo";
        let infos = self.privileged_terminal_infos.to_der()?;
        let wire = PrivilegedTerminalWire {
            protocol: oid::ID_PT,
            infos: AnyRef::from_der(&infos).map_err(Error::der(STRUCTURE))?,
        };
        wire.to_der().map_err(Error::der(STRUCTURE))
    }
}

/// Whether a SET stands on its own or inside a PrivilegedTerminalInfo. Nesting ends there: nothing needs more, and a
/// hostile file must not choose the depth of our recursion.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    Outer,
    Privileged,
}

#[derive(Sequence)]
struct PrivilegedTerminalWire<'a> {
    protocol: ObjectIdentifier,
    infos: AnyRef<'a>,
}

/// Checks the frame of one SecurityInfo and returns its protocol.
fn protocol(element: &[u8]) -> der::Result<ObjectIdentifier> {
    let mut reader = SliceReader::new(element)?;
    let protocol = reader.sequence(|reader| {
        let protocol = ObjectIdentifier::decode(reader)?;
        reader.tlv_bytes()?;
        if !reader.is_finished() {
            reader.tlv_bytes()?;
        }
        Ok::<_, der::Error>(protocol)
    })?;
    reader.finish()?;
    Ok(protocol)
}

impl SecurityInfo {
    fn parse(element: &[u8], nesting: Nesting) -> Result<Self, Error> {
        let protocol = protocol(element).map_err(Error::der("SecurityInfo"))?;
        Ok(match protocol {
            p if pace::is_pace_protocol(&p) => Self::Pace(decode("PACEInfo", element)?),
            oid::ID_PACE_DH_GM
            | oid::ID_PACE_ECDH_GM
            | oid::ID_PACE_DH_IM
            | oid::ID_PACE_ECDH_IM
            | oid::ID_PACE_ECDH_CAM => {
                Self::PaceDomainParameter(decode("PACEDomainParameterInfo", element)?)
            }
            p if chip_authentication::is_chip_authentication_protocol(&p) => {
                Self::ChipAuthentication(decode("ChipAuthenticationInfo", element)?)
            }
            oid::ID_CA_DH | oid::ID_CA_ECDH => Self::ChipAuthenticationDomainParameter(decode(
                "ChipAuthenticationDomainParameterInfo",
                element,
            )?),
            oid::ID_PK_DH | oid::ID_PK_ECDH => Self::ChipAuthenticationPublicKey(decode(
                "ChipAuthenticationPublicKeyInfo",
                element,
            )?),
            oid::ID_TA => {
                Self::TerminalAuthentication(decode("TerminalAuthenticationInfo", element)?)
            }
            p if restricted_identification::is_restricted_identification_protocol(&p) => {
                Self::RestrictedIdentification(decode("RestrictedIdentificationInfo", element)?)
            }
            oid::ID_RI_DH | oid::ID_RI_ECDH => Self::RestrictedIdentificationDomainParameter(
                decode("RestrictedIdentificationDomainParameterInfo", element)?,
            ),
            oid::ID_AA => Self::ActiveAuthentication(decode("ActiveAuthenticationInfo", element)?),
            oid::ID_EID_SECURITY => Self::EidSecurity(decode("EIDSecurityInfo", element)?),
            oid::ID_EFDIR => Self::EfDir(decode("EFDIRInfo", element)?),
            oid::ID_PT if nesting == Nesting::Outer => {
                Self::PrivilegedTerminal(PrivilegedTerminalInfo::parse(element)?)
            }
            oid::ID_PT => {
                return Err(Error::malformed(
                    "PrivilegedTerminalInfo",
                    "contains another one",
                ));
            }
            // No protocol depends on these two, and they exist in more forms than the current edition describes (the
            // PasswordInfo has an extension marker): an odd one must not make a card unreadable.
            oid::ID_CI => CardInfo::from_der(element)
                .map_or_else(|_| Self::raw(protocol, element), Self::Card),
            oid::ID_MRZ | oid::ID_CAN | oid::ID_PIN | oid::ID_PUK => {
                PasswordInfo::from_der(element)
                    .map_or_else(|_| Self::raw(protocol, element), Self::Password)
            }
            _ => Self::raw(protocol, element),
        })
    }

    fn raw(protocol: ObjectIdentifier, element: &[u8]) -> Self {
        Self::Unrecognised(UnrecognisedInfo {
            protocol,
            der: element.to_vec(),
        })
    }

    /// The object identifier `protocol`.
    pub fn protocol(&self) -> ObjectIdentifier {
        match self {
            Self::Pace(info) => info.protocol,
            Self::PaceDomainParameter(info) => info.protocol,
            Self::Password(info) => info.protocol,
            Self::ChipAuthentication(info) => info.protocol,
            Self::ChipAuthenticationDomainParameter(info) => info.protocol,
            Self::ChipAuthenticationPublicKey(info) => info.protocol,
            Self::TerminalAuthentication(info) => info.protocol,
            Self::RestrictedIdentification(info) => info.protocol,
            Self::RestrictedIdentificationDomainParameter(info) => info.protocol,
            Self::ActiveAuthentication(info) => info.protocol,
            Self::Card(info) => info.protocol,
            Self::EidSecurity(info) => info.protocol,
            Self::PrivilegedTerminal(_) => oid::ID_PT,
            Self::EfDir(info) => info.protocol,
            Self::Unrecognised(info) => info.protocol,
        }
    }

    /// The DER encoding of this entry.
    ///
    /// # Errors
    /// Only if a value is too long for DER.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        match self {
            Self::Pace(info) => encode("PACEInfo", info),
            Self::PaceDomainParameter(info) => encode("PACEDomainParameterInfo", info),
            Self::Password(info) => encode("PasswordInfo", info),
            Self::ChipAuthentication(info) => encode("ChipAuthenticationInfo", info),
            Self::ChipAuthenticationDomainParameter(info) => {
                encode("ChipAuthenticationDomainParameterInfo", info)
            }
            Self::ChipAuthenticationPublicKey(info) => {
                encode("ChipAuthenticationPublicKeyInfo", info)
            }
            Self::TerminalAuthentication(info) => encode("TerminalAuthenticationInfo", info),
            Self::RestrictedIdentification(info) => encode("RestrictedIdentificationInfo", info),
            Self::RestrictedIdentificationDomainParameter(info) => {
                encode("RestrictedIdentificationDomainParameterInfo", info)
            }
            Self::ActiveAuthentication(info) => encode("ActiveAuthenticationInfo", info),
            Self::Card(info) => encode("CardInfo", info),
            Self::EidSecurity(info) => encode("EIDSecurityInfo", info),
            Self::PrivilegedTerminal(info) => info.to_der(),
            Self::EfDir(info) => encode("EFDIRInfo", info),
            Self::Unrecognised(info) => Ok(info.der.clone()),
        }
    }
}

fn decode<'a, T: Decode<'a, Error = der::Error>>(
    structure: &'static str,
    element: &'a [u8],
) -> Result<T, Error> {
    T::from_der(element).map_err(Error::der(structure))
}

fn encode(structure: &'static str, info: &impl Encode) -> Result<Vec<u8>, Error> {
    info.to_der().map_err(Error::der(structure))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use hex_literal::hex;

    use super::*;

    const PACE: [u8; 20] = hex!("3012 060A04007F00070202040202 020102 02010D");

    fn set(elements: &[&[u8]]) -> Vec<u8> {
        let body = elements.concat();
        AnyRef::new(Tag::Set, &body).unwrap().to_der().unwrap()
    }

    #[test]
    fn elements_are_written_in_the_order_of_der_however_they_came() {
        let ta = hex!("300D 060804007F00070202 02 020102");
        let expected = set(&[&ta, &PACE]);
        for file in [set(&[&ta, &PACE]), set(&[&PACE, &ta])] {
            assert_eq!(
                SecurityInfos::parse(&file).unwrap().to_der().unwrap(),
                expected
            );
        }
    }

    #[test]
    fn a_known_protocol_with_other_contents_is_refused_by_name() {
        for (element, name) in [
            (
                &hex!("300F 060A04007F00070202040202 0C0132")[..],
                "PACEInfo",
            ),
            (
                &hex!("3015 060A04007F00070202040202 020102 02010D 020101"),
                "SecurityInfo",
            ),
            (&hex!("3010 060A04007F00070202040202 02020100"), "PACEInfo"),
            (
                &hex!("300D 060804007F0007020202 0C0132"),
                "TerminalAuthenticationInfo",
            ),
            (
                &hex!("3012 060A04007F00070202030202 0C0132 020141"),
                "ChipAuthenticationInfo",
            ),
            (
                &hex!("300F 060A04007F00070202050203 020101"),
                "RestrictedIdentificationInfo",
            ),
            (
                &hex!("300E 060904007F000702020102 020101"),
                "ChipAuthenticationPublicKeyInfo",
            ),
        ] {
            match SecurityInfos::parse(&set(&[element])) {
                Err(Error::Der { structure, .. }) => assert_eq!(structure, name),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_no_protocol_depends_on_is_kept_raw_when_it_cannot_be_read() {
        for element in [
            &hex!("300D 060804007F0007020206 020101")[..],
            &hex!("300E 060904007F000702020C03 020103"),
        ] {
            let infos = SecurityInfos::parse(&set(&[&PACE, element])).unwrap();
            assert_eq!(infos.pace_infos().count(), 1);
            let raw = infos.iter().find_map(|info| match info {
                SecurityInfo::Unrecognised(info) => Some(info.as_der()),
                _ => None,
            });
            assert_eq!(raw, Some(element));
        }
    }

    #[test]
    fn lengths_must_be_der_and_end_where_they_say() {
        let good = set(&[&PACE]);
        assert!(SecurityInfos::parse(&good).is_ok());
        for bad in [
            [&[0x31, 0x81, 0x14], &PACE[..]].concat(),
            [&[0x31, 0x80], &PACE[..], &[0, 0]].concat(),
            [&[0x31, 0x15], &PACE[..]].concat(),
            [&[0x31, 0x13], &PACE[..]].concat(),
            [&[0x30, 0x14], &PACE[..]].concat(),
            [&[0x31, 0x14], &PACE[..], &[0]].concat(),
            vec![0x31, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            vec![],
        ] {
            assert!(SecurityInfos::parse(&bad).is_err(), "{bad:02X?}");
        }
        assert!(SecurityInfos::parse(&[0x31, 0x00]).unwrap().is_empty());
    }

    #[test]
    fn privileged_terminal_info_is_never_nested_in_itself() {
        let inner = SecurityInfos::new([SecurityInfo::Pace(PaceInfo::from_der(&PACE).unwrap())]);
        let once = SecurityInfos::new([SecurityInfo::PrivilegedTerminal(
            PrivilegedTerminalInfo::new(inner),
        )]);
        let file = once.to_der().unwrap();
        assert_eq!(
            SecurityInfos::parse(&file)
                .unwrap()
                .privileged_terminal_infos()
                .unwrap()
                .len(),
            1
        );
        let twice = SecurityInfos::new([SecurityInfo::PrivilegedTerminal(
            PrivilegedTerminalInfo::new(once),
        )]);
        assert_eq!(
            SecurityInfos::parse(&twice.to_der().unwrap()),
            Err(Error::malformed(
                "PrivilegedTerminalInfo",
                "contains another one"
            ))
        );
    }

    #[test]
    fn more_entries_or_bytes_than_any_chip_has_are_refused() {
        let many = |count| {
            let info = SecurityInfo::Pace(PaceInfo::from_der(&PACE).unwrap());
            SecurityInfos::new(vec![info; count]).to_der().unwrap()
        };
        assert_eq!(
            SecurityInfos::parse(&many(MAX_SECURITY_INFOS))
                .unwrap()
                .len(),
            MAX_SECURITY_INFOS
        );
        assert!(matches!(
            SecurityInfos::parse(&many(MAX_SECURITY_INFOS + 1)),
            Err(Error::TooLarge {
                what: "entries",
                ..
            })
        ));
        let long = AnyRef::new(Tag::Set, &vec![0; MAX_SECURITY_INFOS_LEN + 1])
            .unwrap()
            .to_der()
            .unwrap();
        assert!(matches!(
            SecurityInfos::parse(&long),
            Err(Error::TooLarge { what: "bytes", .. })
        ));
    }

    #[test]
    fn the_chip_authentication_key_of_a_passport_may_name_itself_with_two_bytes() {
        let file = hex!("31153013060A04007F00070202030202020101020200C3");
        let infos = SecurityInfos::parse(&file).unwrap();
        assert_eq!(
            infos.chip_authentication_infos().next().unwrap().key_id,
            Some(0xC3)
        );
        assert_eq!(infos.to_der().unwrap(), file);
    }

    #[test]
    fn active_authentication_names_its_signature_algorithm() {
        let file = hex!("311930170606678108010105020101060A04007F00070101040105");
        let infos = SecurityInfos::parse(&file).unwrap();
        assert_eq!(
            infos
                .active_authentication_info()
                .unwrap()
                .signature_algorithm,
            oid::ECDSA_PLAIN_SHA_512
        );
        assert_eq!(infos.to_der().unwrap(), file);
    }

    #[test]
    fn an_unknown_entry_must_still_be_a_security_info() {
        assert!(UnrecognisedInfo::new(&hex!("3011 0603678108 060A04007F00070101040105")).is_ok());
        assert!(
            UnrecognisedInfo::new(&hex!("3005 0603678108")).is_err(),
            "requiredData is missing"
        );
        assert!(
            UnrecognisedInfo::new(&hex!("300B 0603678108 0500 0500 0500")).is_err(),
            "four elements"
        );
        assert!(UnrecognisedInfo::new(&hex!("3003 020101")).is_err());
    }
}
