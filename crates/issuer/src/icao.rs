//! The files of the ICAO application (Doc 9303-10, 8th edition).

use applet_sim::IcaoApplication;
use lds::mrz::{MrzFields, MrzName};
use lds::{Dg1, Dg2, Dg14, Dg15, EfCom, FaceImage, Mrz};
use rand_core::CryptoRng;
use secure_channel::EcPublicKey;

use crate::batch::Batch;
use crate::error::Error;
use crate::profile::{CardNumber, Nationality, Portraits, Profile};
use crate::security_infos;
use crate::sod;
use crate::test_pki::Authority;

/// The machine-readable zone of the card's back.
pub(crate) fn mrz(profile: &Profile, card_number: &CardNumber) -> Result<Mrz, Error> {
    let (holder, document) = (profile.holder(), profile.document());
    let name = holder
        .latin_name()
        .ok_or(Error::Internal("a name for the MRZ"))?;
    Ok(Mrz::build(&MrzFields {
        document_code: "I",
        issuing_state: Nationality::TWN.as_str(),
        document_number: card_number.as_str(),
        // As in passports of Taiwan, the 統一編號 stands in the optional data.
        optional_data_1: holder.national_id.as_str(),
        birth_date: holder.birth_date,
        sex: holder.sex,
        expiry_date: document.renewal_date,
        nationality: holder.nationality.as_str(),
        optional_data_2: "",
        name: &MrzName::from_romanized(name.as_str())?,
    })?)
}

/// The public keys that the application shows.
pub(crate) struct IcaoKeys<'a> {
    pub(crate) individual: &'a EcPublicKey,
    pub(crate) active_authentication: Option<&'a EcPublicKey>,
}

/// All files of the application.
pub(crate) fn application(
    profile: &Profile,
    mrz: &Mrz,
    batch: &Batch,
    keys: &IcaoKeys<'_>,
    signer: &Authority,
    rng: &mut dyn CryptoRng,
) -> Result<IcaoApplication, Error> {
    let Portraits::Pictures { dpi_300, .. } = profile.portraits() else {
        return Err(Error::Internal("a portrait for the ICAO application"));
    };
    let dg1 = Dg1::new(mrz.clone()).to_bytes();
    let dg2 = Dg2::new(FaceImage::new(dpi_300.clone(), profile.holder().sex)).to_bytes();
    let active = keys.active_authentication;
    let infos = security_infos::dg14(batch.card_access(), keys.individual, active.is_some())?;
    let dg14 = Dg14::new(infos).to_bytes()?;
    let dg15 = match active {
        None => None,
        Some(key) => Some(Dg15::new(security_infos::active_authentication_key(key)?).to_bytes()?),
    };
    let mut groups = vec![(1, dg1.as_slice()), (2, &dg2), (14, &dg14)];
    groups.extend(dg15.iter().map(|dg15| (15, dg15.as_slice())));
    let com = EfCom::new(groups.iter().map(|(number, _)| *number))?.to_bytes();
    let sod = sod::sign(&groups, signer, rng)?;
    Ok(IcaoApplication {
        com,
        sod,
        dg1,
        dg2,
        dg14,
        dg15,
    })
}
