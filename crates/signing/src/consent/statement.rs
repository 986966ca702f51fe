//! What a person consents to.

use core::fmt;

use pki::Time;

use crate::asn1::{self, Elements};
use crate::signed_data::field;
use crate::{Error, text, time};

const WHAT: &str = "ConsentStatement";
const VERSION: u8 = 1;

const MAX_ITEMS: usize = 64;
const MAX_WORDS: usize = 200;
const MAX_CODE: usize = 64;

/// The same words in the languages of the cards.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Words {
    /// 正體中文.
    pub zh_tw: String,
    /// English.
    pub en: String,
}

impl Words {
    /// In both languages.
    #[must_use]
    pub fn new(zh_tw: &str, en: &str) -> Self {
        Self {
            zh_tw: zh_tw.to_owned(),
            en: en.to_owned(),
        }
    }

    fn check(&self, name: &'static str) -> Result<(), Error> {
        text::check(WHAT, name, &self.zh_tw, MAX_WORDS)?;
        text::check(WHAT, name, &self.en, MAX_WORDS)
    }

    fn to_der(&self) -> Vec<u8> {
        asn1::sequence(&[
            &asn1::utf8_string(&self.zh_tw),
            &asn1::utf8_string(&self.en),
        ])
    }

    fn read(fields: &mut Elements<'_>) -> Result<Self, Error> {
        let mut words = fields.sequence()?;
        let (zh_tw, en) = (words.text()?, words.text()?);
        words.finish()?;
        Ok(Self::new(zh_tw, en))
    }
}

/// Who may have the data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Agency {
    /// Its identifier in the government's directory.
    pub identifier: String,
    /// Its name.
    pub name: Words,
}

/// One kind of data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataItem {
    /// Its code in the catalogue of data.
    pub code: String,
    /// What the holder was shown for it.
    pub words: Words,
}

/// What a person consents to: `ConsentStatement` of `docs/login.md`.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentStatement {
    /// The request that is answered.
    pub request_id: String,
    /// Who may have the data.
    pub agency: Agency,
    /// Which data, each code once.
    pub data: Vec<DataItem>,
    /// What for.
    pub purpose: Words,
    /// The holder's identifier, as the request gave it.
    pub holder: String,
    /// The first moment at which the data may be had.
    pub from: Time,
    /// The last one.
    pub until: Time,
}

impl ConsentStatement {
    /// The statement in DER: what is signed.
    ///
    /// # Errors
    /// [`Error::Field`] for a field that is empty, too long, or cannot be shown; for no data, more than 64 kinds, or one twice; for an end
    /// before the beginning.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        let mut data = Vec::new();
        for item in &self.data {
            data.extend(asn1::sequence(&[
                &asn1::utf8_string(&item.code),
                &item.words.to_der(),
            ]));
        }
        Ok(asn1::sequence(&[
            &asn1::small_integer(VERSION),
            &asn1::utf8_string(&self.request_id),
            &asn1::sequence(&[
                &asn1::utf8_string(&self.agency.identifier),
                &self.agency.name.to_der(),
            ]),
            &asn1::sequence(&[&data]),
            &self.purpose.to_der(),
            &asn1::utf8_string(&self.holder),
            &time::generalized_time(self.from)?,
            &time::generalized_time(self.until)?,
        ]))
    }

    /// Reads a statement, in DER.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Version`], or as [`Self::to_der`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut fields = Elements::of_sequence(WHAT, der)?;
        let found = fields.decode::<u8>()?;
        if found != VERSION {
            return Err(Error::Version {
                what: WHAT,
                known: VERSION,
                found,
            });
        }
        let text = |fields: &mut Elements<'_>| fields.text().map(str::to_owned);
        let request_id = text(&mut fields)?;
        let mut agency = fields.sequence()?;
        let identifier = text(&mut agency)?;
        let name = Words::read(&mut agency)?;
        agency.finish()?;
        let mut items = fields.sequence()?;
        let mut data = Vec::new();
        while !items.is_empty() && data.len() <= MAX_ITEMS {
            let mut item = items.sequence()?;
            let code = text(&mut item)?;
            let words = Words::read(&mut item)?;
            item.finish()?;
            data.push(DataItem { code, words });
        }
        let statement = Self {
            request_id,
            agency: Agency { identifier, name },
            data,
            purpose: Words::read(&mut fields)?,
            holder: text(&mut fields)?,
            from: time::read_generalized_time(&mut fields)?,
            until: time::read_generalized_time(&mut fields)?,
        };
        fields.finish()?;
        statement.check()?;
        Ok(statement)
    }

    fn check(&self) -> Result<(), Error> {
        text::check_code(WHAT, "requestId", &self.request_id, MAX_CODE)?;
        text::check_code(WHAT, "agency", &self.agency.identifier, MAX_CODE)?;
        self.agency.name.check("agency")?;
        if !(1..=MAX_ITEMS).contains(&self.data.len()) {
            return Err(field(WHAT, "data"));
        }
        for (position, item) in self.data.iter().enumerate() {
            text::check_code(WHAT, "code", &item.code, MAX_CODE)?;
            item.words.check("data")?;
            let mut before = self.data.iter().take(position);
            if before.any(|other| other.code == item.code) {
                return Err(field(WHAT, "code"));
            }
        }
        self.purpose.check("purpose")?;
        text::check_code(WHAT, "holder", &self.holder, MAX_CODE)?;
        if self.until < self.from {
            return Err(field(WHAT, "until"));
        }
        Ok(())
    }
}

/// Without the holder.
impl fmt::Debug for ConsentStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentStatement")
            .field("request_id", &self.request_id)
            .field("agency", &self.agency.identifier)
            .field("from", &self.from)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}
