//! The data groups of the eID application, filled from a profile.

use lds::eid::{
    Dg2, Dg3, Dg4, Dg5, Dg6, Dg7, Dg8, Dg9, Dg11, Dg12, Dg13, Group, HouseholdArea, SALT_LEN, Salt,
};
use lds::{Address, CardNumberDigits, DocumentNumber, Image};
use rand_core::CryptoRng;

use crate::error::Error;
use crate::profile::{CardNumber, Portraits, Profile};

/// All groups of a card, each with a fresh salt, in ascending order.
pub(crate) fn groups(
    profile: &Profile,
    card_number: &CardNumber,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<Group>, Error> {
    let mut salt = || {
        let mut bytes = [0; SALT_LEN];
        rng.fill_bytes(&mut bytes);
        Salt(bytes)
    };
    let (holder, document) = (profile.holder(), profile.document());
    let (dpi_300, dpi_600) = portraits(profile.portraits());
    let (father, mother) = (holder.father.clone(), holder.mother.clone());
    let address = &holder.address;
    let area = HouseholdArea::new(Address::new(address.area())?, address.neighbourhood.clone())?;
    Ok(vec![
        Dg2 {
            salt: salt(),
            portrait: dpi_300,
        }
        .into(),
        Dg3 {
            salt: salt(),
            spouse_name: holder.spouse.name.clone(),
            spouse_romanized_name: holder.spouse.romanized_name.clone(),
        }
        .into(),
        Dg4 {
            salt: salt(),
            sex: holder.sex,
        }
        .into(),
        Dg5 {
            salt: salt(),
            portrait: dpi_600,
        }
        .into(),
        Dg6 {
            salt: salt(),
            label: father.label,
            name: father.person.name,
            romanized_name: father.person.romanized_name,
        }
        .into(),
        Dg7 {
            salt: salt(),
            label: mother.label,
            name: mother.person.name,
            romanized_name: mother.person.romanized_name,
        }
        .into(),
        Dg8 {
            salt: salt(),
            code: holder.birth_place.code.clone(),
            name: Some(holder.birth_place.name.clone()),
        }
        .into(),
        Dg9 {
            salt: salt(),
            digits: CardNumberDigits::new(card_number.can())?,
        }
        .into(),
        Dg11 {
            salt: salt(),
            name: holder.name.clone(),
            foreign_name: holder.foreign_name.clone(),
            romanized_name: holder.romanized_name.clone(),
            national_id: holder.national_id,
            birth_date: holder.birth_date,
            marriage_status: Some(holder.marriage_status),
            document_number: DocumentNumber::new(card_number.as_str())?,
            renewal_date: Some(document.renewal_date),
            manufacture_date: Some(document.issue_date),
            certification_info: document.certification_info.clone(),
        }
        .into(),
        Dg12 {
            salt: salt(),
            military_service: holder.military_service.clone(),
            household_address: Some(Address::new(address.full())?),
        }
        .into(),
        Dg13 {
            salt: salt(),
            area: Some(area),
        }
        .into(),
    ])
}

fn portraits(portraits: &Portraits) -> (Option<Image>, Option<Image>) {
    match portraits {
        Portraits::None => (None, None),
        Portraits::Pictures { dpi_300, dpi_600 } => (Some(dpi_300.clone()), Some(dpi_600.clone())),
    }
}
