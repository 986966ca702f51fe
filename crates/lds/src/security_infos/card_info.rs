//! CardInfo. TR-03110-3 v2.21 annex A.1.1.7; in v2.1x it was called CardInfoLocator and had the first choice alone.

use alloc::string::String;

use const_oid::ObjectIdentifier;
use der::{
    Choice, Sequence, ValueOrd,
    asn1::{Ia5String, OctetString, SetOfVec},
};

/// Where a description of the card is, and what else it can do.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct CardInfo {
    /// [`crate::oid::ID_CI`].
    pub protocol: ObjectIdentifier,
    /// Location of the newest CardInfo file. Early cards carry a plain name here.
    pub url_card_info: Ia5String,
    /// More.
    pub optional_card_info_data: Option<OptionalCardInfoData>,
}

/// `OptionalCardInfoData ::= CHOICE { efCardInfo EfCardInfo, extCardInfoData [0] IMPLICIT ExtCardInfoData }`.
#[derive(Clone, Debug, PartialEq, Eq, Choice)]
pub enum OptionalCardInfoData {
    /// Where EF.CardInfo is.
    EfCardInfo(FileIdentifier),
    /// The extended form.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    ExtCardInfoData(ExtCardInfoData),
}

/// `FileID ::= SEQUENCE { fid OCTET STRING (SIZE(2)), sfid OCTET STRING (SIZE(1)) OPTIONAL }`.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct FileIdentifier {
    /// File identifier, two bytes.
    pub fid: OctetString,
    /// Short file identifier, one byte.
    pub sfid: Option<OctetString>,
}

/// `ExtCardInfoData`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Sequence)]
pub struct ExtCardInfoData {
    /// Where EF.CardInfo is.
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub ef_card_info: Option<FileIdentifier>,
    /// `Version 2.21` says that the card follows that version of TR-03110.
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub supported_tr_version: Option<String>,
    /// Terminal types with the authorization extensions that the card knows for them.
    #[asn1(
        context_specific = "2",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub supp_terminal_types: Option<SetOfVec<SupportedTerminalTypes>>,
    /// How many session contexts can be stored; at most 127.
    #[asn1(context_specific = "3", tag_mode = "IMPLICIT", optional = "true")]
    pub max_sc_no: Option<u8>,
    /// Whether ENVELOPE and GET RESPONSE are supported.
    #[asn1(context_specific = "4", tag_mode = "IMPLICIT", optional = "true")]
    pub env_info: Option<bool>,
}

/// `SupportedTerminalTypes`.
#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub struct SupportedTerminalTypes {
    /// The terminal type, for example id-AT.
    pub supported_terminal_type: ObjectIdentifier,
    /// The authorization extensions supported for it.
    pub supported_authorizations: Option<SetOfVec<ObjectIdentifier>>,
}
