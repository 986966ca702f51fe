//! The typed files of an electronic identity card: read, built and written, without any cryptography.
//!
//! | standard | here |
//! |---|---|
//! | BSI TR-03110-3 annex A, ICAO Doc 9303-11 section 9.2 | [`SecurityInfos`], [`EfCardAccess`], [`security_infos`] |
//! | ICAO Doc 9303-10 | [`EfCom`], [`EfSod`], [`LdsSecurityObject`], [`Dg1`], [`Dg2`], [`Dg14`], [`Dg15`] |
//! | ICAO Doc 9303-3 and -5 | [`Mrz`] |
//! | ISO/IEC 7816-4 | [`EfDir`], [`EfAtrInfo`] |
//! | ISO/IEC 7816-15 | [`cryptographic_information`] |
//! | the eID groups of the New eID, `docs/chip-profile.md` | [`eid`] |
//! | identity data of Taiwan | [`NationalId`], [`Date`], [`PartialDate`], [`Name`], [`Address`] |
//!
//! What it is not: it verifies no signature and computes no hash (that is `pki`), runs no protocol (`secure-channel`)
//! and knows no card command (`iso7816`). A parsed file is well-formed; whether it is genuine is another question.
//!
//! Parsing is bounded: every decoder has a limit, and a length field alone never allocates. Errors and `Debug` output
//! name structures, fields and positions, never the holder's data.
//!
//! ```
//! use lds::eid::{DataGroup, Dg12, Salt};
//! use lds::{Address, Text};
//!
//! let group = Dg12 {
//!     salt: Salt([7; 16]),                       // drawn at random by the issuer
//!     military_service: None,                    // an empty field is present and empty
//!     household_address: Some(Address::new("臺北市中正區黎明里1鄰徐州路5號")?),
//! };
//! let file = group.encode();
//! assert_eq!(file[..2], [0x6C, 0x48]);
//! assert_eq!(Dg12::decode(&file)?, group);
//! # Ok::<(), lds::Error>(())
//! ```
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod cryptographic_information;
mod date;
mod dg1;
mod dg14;
mod dg2;
mod domain_parameters;
mod ef_atr_info;
mod ef_card_access;
mod ef_com;
mod ef_dir;
mod ef_sod;
pub mod eid;
mod error;
mod image;
mod lds_security_object;
pub mod mrz;
mod national_id;
pub mod oid;
pub mod security_infos;
mod sex;
mod text;

pub use date::{Date, PartialDate, RocDate};
pub use dg1::Dg1;
pub use dg2::{Dg2, FaceImage, FaceImageType};
pub use dg14::{Dg14, Dg15};
pub use domain_parameters::{
    AlgorithmIdentifier, DomainParameters, EcParameters, StandardizedDomainParameters,
    SubjectPublicKeyInfo,
};
pub use ef_atr_info::{EfAtrInfo, ExtendedLengthInformation};
pub use ef_card_access::EfCardAccess;
pub use ef_com::{EfCom, data_group_number, data_group_tag};
pub use ef_dir::EfDir;
pub use ef_sod::EfSod;
pub use error::{Error, ValueError};
pub use image::{Image, ImageFormat, MAX_IMAGE_LEN};
pub use lds_security_object::{DataGroupHash, DigestAlgorithm, LdsSecurityObject, LdsVersionInfo};
pub use mrz::{Mrz, MrzFields, MrzName};
pub use national_id::{NationalId, NationalIdKind, OLD_FORM_INVALID_FROM};
pub use security_infos::{SecurityInfo, SecurityInfos};
pub use sex::Sex;
pub use text::{
    Address, CardNumberDigits, DocumentNumber, MAX_NAME_LEN, MAX_TEXT_LEN, Name, RomanizedName,
    Text,
};
