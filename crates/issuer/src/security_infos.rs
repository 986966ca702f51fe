//! What the card says about its protocols: EF.CardAccess, EF.CardSecurity, EF.ChipSecurity and DG14
//! are four selections of the entries made here (BSI TR-03110-3 annex A.1.2, ICAO Doc 9303-11 §9.2).

use const_oid::ObjectIdentifier;
use der::asn1::{Ia5String, SetOfVec};
use lds::security_infos::{
    ActiveAuthenticationInfo, CardInfo, ChipAuthenticationDomainParameterInfo,
    ChipAuthenticationInfo, ChipAuthenticationPublicKeyInfo, ExtCardInfoData, OptionalCardInfoData,
    OptionalPwdData, PaceInfo, PasswordInfo, PasswordType, PrivilegedTerminalInfo, ProtocolParams,
    PwdFlags, RequiredPwdData, RestrictedIdentificationDomainParameterInfo,
    RestrictedIdentificationInfo, TerminalAuthenticationInfo,
};
use lds::{
    DomainParameters, EcParameters, SecurityInfo, SecurityInfos, StandardizedDomainParameters,
    SubjectPublicKeyInfo, oid,
};
use secure_channel::pace::{Mapping, PaceProtocol, PaceSuite};
use secure_channel::{Curve, EcPublicKey, PasswordId, SymmetricCipher};

use crate::error::Error;

/// Key identifier of the generation key, which all chips of a batch share. It is also the number of
/// its domain parameters, so that a terminal that names neither means both.
pub const GENERATION_KEY_ID: u8 = 12;

/// Key identifier of the chip-individual key in DG14 and EF.ChipSecurity. Outside the range of
/// standardized domain parameters (0 to 31), so that it cannot be taken for one.
pub const INDIVIDUAL_KEY_ID: u8 = 45;

/// Key identifier of Restricted Identification for revocation.
pub const REVOCATION_KEY_ID: u8 = 1;
/// Key identifier of Restricted Identification for pseudonyms.
pub const PSEUDONYM_KEY_ID: u8 = 2;

/// Where a description of the card's applications would be. A name of RFC 2606 that leads nowhere.
const CARD_INFO_URL: &str = "https://new-eid.example/card-info.xml";

/// What a card says before anybody has opened it.
pub(crate) fn card_access(suites: &[PaceSuite]) -> Result<SecurityInfos, Error> {
    let mut infos = SecurityInfos::default();
    for suite in suites {
        infos.push(SecurityInfo::Pace(PaceInfo {
            protocol: pace_protocol(suite)?,
            version: 2,
            parameter_id: Some(suite.curve.parameter_id().into()),
        }));
    }
    infos.push(SecurityInfo::TerminalAuthentication(
        TerminalAuthenticationInfo {
            protocol: oid::ID_TA,
            version: 2,
            ef_cvca: None,
        },
    ));
    for info in chip_authentication_2(GENERATION_KEY_ID)? {
        infos.push(info);
    }
    infos.push(SecurityInfo::Card(card_info()?));
    infos.push(SecurityInfo::Password(pin()?));
    infos.push(SecurityInfo::Password(puk()?));
    Ok(infos)
}

/// Everything that all cards of a batch have, with the generation key.
pub(crate) fn card_security(
    card_access: &SecurityInfos,
    generation_key: &EcPublicKey,
) -> Result<SecurityInfos, Error> {
    let mut infos = card_access.clone();
    push_batch_infos(&mut infos, generation_key)?;
    // The individual key itself is for privileged terminals alone (EF.ChipSecurity); that there is
    // one is the same on every card.
    let individual = chip_authentication_2(INDIVIDUAL_KEY_ID)?;
    infos.push(SecurityInfo::PrivilegedTerminal(
        PrivilegedTerminalInfo::new(SecurityInfos::new(individual)),
    ));
    Ok(infos)
}

/// Everything that one chip has.
pub(crate) fn chip_security(
    card_access: &SecurityInfos,
    generation_key: &EcPublicKey,
    individual_key: &EcPublicKey,
) -> Result<SecurityInfos, Error> {
    let mut infos = card_access.clone();
    push_batch_infos(&mut infos, generation_key)?;
    let mut individual = SecurityInfos::new(chip_authentication_2(INDIVIDUAL_KEY_ID)?);
    individual.push(SecurityInfo::ChipAuthenticationPublicKey(
        individual_key_info(individual_key)?,
    ));
    infos.push(SecurityInfo::PrivilegedTerminal(
        PrivilegedTerminalInfo::new(individual),
    ));
    Ok(infos)
}

/// The entries of DG14: those of EF.CardAccess, and Chip Authentication version 1 with the
/// individual key.
pub(crate) fn dg14(
    card_access: &SecurityInfos,
    individual_key: &EcPublicKey,
    active_authentication: bool,
) -> Result<SecurityInfos, Error> {
    let mut infos = card_access.clone();
    infos.push(SecurityInfo::ChipAuthentication(ChipAuthenticationInfo {
        protocol: oid::ID_CA_ECDH_AES_CBC_CMAC_128,
        version: 1,
        key_id: Some(INDIVIDUAL_KEY_ID.into()),
    }));
    infos.push(SecurityInfo::ChipAuthenticationPublicKey(
        individual_key_info(individual_key)?,
    ));
    if active_authentication {
        infos.push(SecurityInfo::ActiveAuthentication(
            ActiveAuthenticationInfo {
                protocol: oid::ID_AA,
                version: 1,
                signature_algorithm: oid::ECDSA_PLAIN_SHA_256,
            },
        ));
    }
    Ok(infos)
}

/// The key of DG15, as certificates write keys.
pub(crate) fn active_authentication_key(key: &EcPublicKey) -> Result<SubjectPublicKeyInfo, Error> {
    let parameters = DomainParameters::NamedCurve(oid::SECP256R1);
    Ok(SubjectPublicKeyInfo::ec(
        &parameters,
        key.as_uncompressed(),
    )?)
}

fn push_batch_infos(infos: &mut SecurityInfos, generation_key: &EcPublicKey) -> Result<(), Error> {
    let parameters = DomainParameters::Standardized(StandardizedDomainParameters::SECP256R1);
    let key = SubjectPublicKeyInfo::ec(&parameters, generation_key.as_uncompressed())?;
    infos.push(SecurityInfo::ChipAuthenticationPublicKey(
        ChipAuthenticationPublicKeyInfo {
            protocol: oid::ID_PK_ECDH,
            chip_authentication_public_key: key,
            key_id: Some(GENERATION_KEY_ID.into()),
        },
    ));
    for (key_id, authorized_only) in [(REVOCATION_KEY_ID, false), (PSEUDONYM_KEY_ID, true)] {
        infos.push(SecurityInfo::RestrictedIdentification(
            RestrictedIdentificationInfo {
                protocol: oid::ID_RI_ECDH_SHA_256,
                params: ProtocolParams {
                    version: 1,
                    key_id: key_id.into(),
                    authorized_only,
                },
                max_key_len: None,
            },
        ));
    }
    infos.push(SecurityInfo::RestrictedIdentificationDomainParameter(
        RestrictedIdentificationDomainParameterInfo {
            protocol: oid::ID_RI_ECDH,
            domain_parameter: parameters.to_algorithm()?,
        },
    ));
    Ok(())
}

/// Chip Authentication version 2 with a key over P-256.
fn chip_authentication_2(key_id: u8) -> Result<[SecurityInfo; 2], Error> {
    let parameters = DomainParameters::Standardized(StandardizedDomainParameters::SECP256R1);
    Ok([
        SecurityInfo::ChipAuthentication(ChipAuthenticationInfo {
            protocol: oid::ID_CA_ECDH_AES_CBC_CMAC_128,
            version: 2,
            key_id: Some(key_id.into()),
        }),
        SecurityInfo::ChipAuthenticationDomainParameter(ChipAuthenticationDomainParameterInfo {
            protocol: oid::ID_CA_ECDH,
            domain_parameter: parameters.to_algorithm()?,
            key_id: Some(key_id.into()),
        }),
    ])
}

/// The individual key with every number of its curve spelt out: Chip Authentication version 1 has
/// explicit domain parameters (TR-03110-3 annex A.2.1.3).
fn individual_key_info(key: &EcPublicKey) -> Result<ChipAuthenticationPublicKeyInfo, Error> {
    let standardized = StandardizedDomainParameters::SECP256R1;
    let explicit = EcParameters::of(standardized).ok_or(Error::Internal("the numbers of P-256"))?;
    let parameters = DomainParameters::Explicit(explicit);
    Ok(ChipAuthenticationPublicKeyInfo {
        protocol: oid::ID_PK_ECDH,
        chip_authentication_public_key: SubjectPublicKeyInfo::ec(
            &parameters,
            key.as_uncompressed(),
        )?,
        key_id: Some(INDIVIDUAL_KEY_ID.into()),
    })
}

fn pace_protocol(suite: &PaceSuite) -> Result<ObjectIdentifier, Error> {
    ObjectIdentifier::from_bytes(&suite.protocol.oid())
        .map_err(|_| Error::Internal("the object identifier of a PACE protocol"))
}

fn card_info() -> Result<CardInfo, Error> {
    Ok(CardInfo {
        protocol: oid::ID_CI,
        url_card_info: Ia5String::new(CARD_INFO_URL)
            .map_err(|_| Error::Internal("the card info's address"))?,
        optional_card_info_data: Some(OptionalCardInfoData::ExtCardInfoData(ExtCardInfoData {
            supported_tr_version: Some("Version 2.21".to_owned()),
            env_info: Some(true),
            ..ExtCardInfoData::default()
        })),
    })
}

/// PIN1: three tries, suspended before the last one and resumed by the CAN, unblocked by the PUK
/// without a reset counter, changed in its own session or by an authorised terminal.
fn pin() -> Result<PasswordInfo, Error> {
    let flags = PwdFlags::IS_BLOCKING
        | PwdFlags::IS_SUSPENDING
        | PwdFlags::UNBLOCK_ALLOWED_UT
        | PwdFlags::UNBLOCK_ALLOWED_AT
        | PwdFlags::CHANGE_ALLOWED_UT
        | PwdFlags::CHANGE_ALLOWED_AT
        | PwdFlags::ACTIVATION_ALLOWED_AT
        | PwdFlags::DEACTIVATION_ALLOWED_AT;
    Ok(PasswordInfo {
        protocol: oid::ID_PIN,
        required_pwd_data: RequiredPwdData {
            pwd_id: PasswordId::Pin.reference(),
        },
        optional_pwd_data: Some(OptionalPwdData {
            resuming_pwds: Some(one(PasswordId::Can)?),
            resetting_pwds: Some(one(PasswordId::Puk)?),
            changing_pwds_ut: Some(one(PasswordId::Pin)?),
            ..digits(flags, 6)
        }),
    })
}

/// The PUK: a blocking password here, with ten tries, suspended and resumed like PIN1.
fn puk() -> Result<PasswordInfo, Error> {
    let flags = PwdFlags::UNBLOCKS_OTHERS | PwdFlags::IS_BLOCKING | PwdFlags::IS_SUSPENDING;
    Ok(PasswordInfo {
        protocol: oid::ID_PUK,
        required_pwd_data: RequiredPwdData {
            pwd_id: PasswordId::Puk.reference(),
        },
        optional_pwd_data: Some(OptionalPwdData {
            resuming_pwds: Some(one(PasswordId::Can)?),
            ..digits(flags, 8)
        }),
    })
}

fn digits(pwd_flags: PwdFlags, length: u8) -> OptionalPwdData {
    OptionalPwdData {
        pwd_flags,
        pwd_type: Some(PasswordType::AsciiNumeric),
        min_length: Some(length),
        stored_length: Some(length),
        max_length: Some(length),
        ..OptionalPwdData::default()
    }
}

fn one(password: PasswordId) -> Result<SetOfVec<u8>, Error> {
    SetOfVec::try_from(vec![password.reference()]).map_err(|_| Error::Internal("a set of one"))
}

/// The suites of a card: AES-128 over P-256 with both mappings, then what the issuer adds.
pub(crate) fn suites(further: &[PaceSuite]) -> Vec<PaceSuite> {
    let base = |mapping| PaceSuite {
        protocol: PaceProtocol {
            mapping,
            cipher: SymmetricCipher::Aes128,
        },
        curve: Curve::P256,
    };
    let mut suites = vec![base(Mapping::Generic), base(Mapping::ChipAuthentication)];
    suites.extend(further);
    suites
}
