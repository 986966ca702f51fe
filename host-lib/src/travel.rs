//! The ICAO application: our cards' and foreign travel documents'.

use core::fmt;
use std::collections::BTreeMap;

use iso7816::tlv;
use lds::{Date, Dg1, Dg2, Dg14, Image, Mrz};
use transport::CardTransport;

use crate::access::MrzKey;
use crate::binding::{Comparison, compare_card_access};
use crate::chip;
use crate::error::{Error, File, InputError, Misbehaviour, Result, Unsupported};
use crate::evidence::{
    ActiveAuthenticationEvidence, ChipAuthenticationEvidence, Content, Evidence, Facts, Unverified,
    sealed,
};
use crate::files::ReadOutcome;
use crate::groups::{TravelGroups, icao_location};
use crate::read::SECURITY_OBJECT;
use crate::report::Skipped;
use crate::session::{Application, CamEvidence, CardSecurity, Session};

const DG1: u8 = 1;
const DG2: u8 = 2;
pub(crate) const DG14: u8 = 14;
pub(crate) const DG15: u8 = 15;

/// The machine-readable zone of DG1, in any of the three layouts of ICAO Doc 9303.
#[derive(Clone, PartialEq, Eq)]
pub struct TravelMrz {
    text: String,
    td1: Option<Mrz>,
}

impl TravelMrz {
    fn parse(dg1: &[u8]) -> Option<Self> {
        // Cards (TD1) have a type of their own, with every check digit checked.
        if let Ok(dg1) = Dg1::parse(dg1) {
            return Some(Self {
                text: dg1.mrz().as_str().to_owned(),
                td1: Some(dg1.mrz().clone()),
            });
        }
        let group = tlv::find(dg1, Dg1::TAG).ok()??;
        let zone = tlv::find(group, tlv::Tag(0x5F1F)).ok()??;
        let text = core::str::from_utf8(zone).ok()?.to_owned();
        MrzKey::from_zone(&text).ok()?;
        Some(Self { text, td1: None })
    }

    /// The zone without line ends: 90 characters (TD1), 72 (TD2) or 88 (TD3).
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The zone in lines.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let width = match self.text.len() {
            90 => 30,
            length => length / 2,
        };
        (0..self.text.len())
            .step_by(width.max(1))
            .filter_map(move |start| self.text.get(start..start + width))
    }

    /// The fields of a card (TD1); `None` for passports and other layouts.
    pub fn td1(&self) -> Option<&Mrz> {
        self.td1.as_ref()
    }

    /// The three fields that open the document.
    ///
    /// # Errors
    /// None in practice: the zone was checked when it was parsed.
    pub fn key(&self) -> core::result::Result<MrzKey, InputError> {
        MrzKey::from_zone(&self.text)
    }

    /// Date of expiry. The zone has two digits of the year; chips are younger than 2000.
    pub fn expiry_date(&self) -> Option<Date> {
        let start = match self.text.len() {
            90 => 38,
            72 => 57,
            _ => 65,
        };
        let number = |at: usize| self.text.get(at..at + 2)?.parse::<u8>().ok();
        let year = u16::from(number(start)?);
        Date::new(2000 + year, number(start + 2)?, number(start + 4)?).ok()
    }
}

/// What a travel document says, as far as it was asked for.
///
/// As with [`Identity`](crate::Identity), whether any of it is true is told by the type around it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TravelDocument {
    mrz: Option<TravelMrz>,
    face: Option<Dg2>,
}

impl TravelDocument {
    /// DG1: the machine-readable zone.
    pub fn mrz(&self) -> Option<&TravelMrz> {
        self.mrz.as_ref()
    }

    /// DG2: the face image or images.
    pub fn face(&self) -> Option<&Dg2> {
        self.face.as_ref()
    }

    /// The portrait of DG2.
    pub fn portrait(&self) -> Option<&Image> {
        self.face.as_ref().map(Dg2::portrait)
    }
}

impl fmt::Debug for TravelDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TravelDocument")
            .field("mrz", &self.mrz.is_some())
            .field("face", &self.face.is_some())
            .finish()
    }
}

impl Content for TravelDocument {}

impl sealed::Content for TravelDocument {
    const APPLICATION: Application = Application::Icao;

    fn parse(groups: &BTreeMap<u8, Vec<u8>>) -> Result<Self> {
        let malformed = |number| Misbehaviour::Malformed(File::Icao(number));
        let mrz = groups
            .get(&DG1)
            .map(|contents| TravelMrz::parse(contents).ok_or(malformed(DG1)))
            .transpose()?;
        let face = groups
            .get(&DG2)
            .map(|contents| Dg2::parse(contents).map_err(|_| malformed(DG2)))
            .transpose()?;
        Ok(Self { mrz, face })
    }

    fn facts(&self) -> Facts {
        let key = self.mrz().and_then(|mrz| mrz.key().ok());
        Facts {
            valid_until: self.mrz().and_then(TravelMrz::expiry_date),
            without_date: Skipped::NotRead,
            document_number: key.as_ref().map(|key| key.document_number().to_owned()),
            access_code: None,
            mrz: key,
        }
    }

    fn document_type(groups: &BTreeMap<u8, Vec<u8>>) -> Option<String> {
        let mrz = TravelMrz::parse(groups.get(&DG1)?)?;
        let code = mrz.as_str().get(..2)?.trim_end_matches('<');
        Some(code.to_owned())
    }
}

impl<T: CardTransport> Session<'_, T> {
    /// Reads the ICAO application: the groups that are asked for, and what the checks need (EF.SOD,
    /// DG14, DG15).
    ///
    /// Works with foreign travel documents that do PACE, opened with their MRZ or CAN. Basic Access
    /// Control and Terminal Authentication (fingerprints) are not supported.
    ///
    /// Chip Authentication is performed unless PACE-CAM has already proven the chip, Active
    /// Authentication whenever there is a DG15.
    ///
    /// # Errors
    /// As [`read`](Self::read); [`Misbehaviour::NotGenuine`] if the chip cannot go on under the keys of
    /// Chip Authentication.
    pub fn read_travel_document(
        &mut self,
        groups: TravelGroups,
    ) -> Result<Unverified<TravelDocument>> {
        self.card.link.begin();
        // Where PACE-CAM was used its key is in EF.CardSecurity. Elsewhere DG14 is the signed copy.
        let card_security = match self.cam {
            CamEvidence::NotUsed => CardSecurity::NotRead,
            _ => self.card_security()?,
        };
        self.select(Application::Icao)?;
        let security_object = self.require(SECURITY_OBJECT)?;
        let mut contents = BTreeMap::new();

        let dg14 = self.optional(DG14)?;
        let mut chip_authentication = ChipAuthenticationEvidence::NotPerformed(Skipped::NotOnCard);
        if let Some(bytes) = dg14 {
            // A DG14 that does not parse proves nothing; its hash decides what to think of it.
            if let Ok(dg14) = Dg14::parse(&bytes) {
                let infos = dg14.security_infos();
                let _: Comparison =
                    compare_card_access(&self.card.card_access, infos, File::Icao(DG14))?;
                chip_authentication = match self.cam {
                    CamEvidence::Holds(_) => {
                        ChipAuthenticationEvidence::NotPerformed(Skipped::NotNeeded)
                    }
                    _ => {
                        let card = &mut *self.card;
                        chip::authenticate(&mut card.link, infos, &mut card.randomness)?
                    }
                };
            }
            contents.insert(DG14, bytes);
        }

        let mut active_authentication =
            ActiveAuthenticationEvidence::NotPerformed(Skipped::NotOnCard);
        if let Some(bytes) = self.optional(DG15)? {
            let card = &mut *self.card;
            active_authentication = chip::challenge(&mut card.link, &mut card.randomness)?;
            contents.insert(DG15, bytes);
        }

        for (number, wanted) in [(DG1, groups.mrz), (DG2, groups.face)] {
            if !wanted {
                continue;
            }
            let bytes =
                self.optional(number)?
                    .ok_or(Error::Unsupported(Unsupported::FileMissing(File::Icao(
                        number,
                    ))))?;
            contents.insert(number, bytes);
        }
        Ok(Unverified::new(Evidence {
            groups: contents,
            security_object,
            card_security,
            card_access: self.card.card_access.clone(),
            cam: self.cam.clone(),
            chip_authentication,
            active_authentication,
            opened: Some(self.opened.clone()),
        }))
    }

    /// A group that need not be there. Whether it should have been, EF.SOD tells.
    fn optional(&mut self, number: u8) -> Result<Option<Vec<u8>>> {
        let location = icao_location(number).ok_or(Error::Internal("no such data group"))?;
        match self.card.link.read_file(location)? {
            ReadOutcome::Contents(contents) => Ok(Some(contents)),
            ReadOutcome::Missing => Ok(None),
            ReadOutcome::Denied(status) => Err(self.denied(location.file, status)),
        }
    }
}
