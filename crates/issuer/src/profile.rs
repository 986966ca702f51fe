//! The holder and the options of one card, read from a TOML file and checked as a whole.

use core::fmt;
use std::path::Path;

use applet_sim::{CertRead, KeyKind, Lockout};
use lds::eid::MarriageStatus;
use lds::{Date, Image, Name, NationalId, PartialDate, RomanizedName, Sex, Text};

use secure_channel::pace::PaceSuite;
use zeroize::Zeroizing;

use crate::error::Error;

mod alphabet;
mod problem;
mod read;
mod rules;
mod source;

pub use problem::{Alphabet, Problem, ProfileError, Reason, ValueType};

/// Everything the issuer needs to know about one card: who holds it and which options it has.
///
/// The file is explained where it is: in [`Profile::EXAMPLE`], which is the default specimen's.
///
/// A `Profile` exists only if all its rules hold, so that issuing needs no further checks of the
/// data. Its `Debug` prints no personal data.
///
/// ```
/// use issuer::Profile;
///
/// let profile = Profile::default_specimen();
/// assert_eq!(profile.holder().name.as_str(), "王小明");
///
/// let wrong = Profile::EXAMPLE.replace("A123456789", "A123456780");
/// let error = Profile::from_toml(&wrong).unwrap_err();
/// let problem = &error.problems()[0];
/// assert_eq!((problem.field.as_str(), problem.code()), ("holder.national_id", "national-id-checksum"));
/// assert!(error.chinese().contains("統一編號檢查碼不符"));
/// ```
#[derive(Clone)]
pub struct Profile {
    holder: Holder,
    document: Document,
    portraits: Portraits,
    chip: ChipOptions,
    codes: CodeChoices,
}

impl Profile {
    /// The default specimen's profile, with a comment in 正體中文 and English on every field:
    ///
    /// ```toml
    #[doc = include_str!("../profiles/wang-xiaoming.toml")]
    /// ```
    pub const EXAMPLE: &str = include_str!("../profiles/wang-xiaoming.toml");

    /// Reads a profile; paths of portraits are relative to the current directory.
    ///
    /// # Errors
    /// Every problem of the file at once, each with field, reason, line and column.
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        Self::from_toml_in(text, Path::new(""))
    }

    /// Reads a profile; paths of portraits are relative to `folder`.
    ///
    /// # Errors
    /// As [`from_toml`](Self::from_toml).
    pub fn from_toml_in(text: &str, folder: &Path) -> Result<Self, ProfileError> {
        read::profile(text, folder)
    }

    /// Reads a profile from a file; paths of portraits are relative to the file's folder.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read, [`Error::Profile`] if it is not a valid profile.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Self::from_toml_in(&text, folder)?)
    }

    /// The specimen that `neweid issue` makes when it is told nothing else: 王小明, a fictional
    /// person, with the codes that stand in the README.
    pub fn default_specimen() -> Self {
        crate::specimen::default_holder()
    }

    /// Who holds the card.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Numbers and dates of the card itself.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// For specimens whose dates and numbers are to be wrong.
    pub(crate) fn document_mut(&mut self) -> &mut Document {
        &mut self.document
    }

    /// The portraits; without pictures for a holder who need not have one printed (免列印相片).
    pub fn portraits(&self) -> &Portraits {
        &self.portraits
    }

    /// The options of the chip.
    pub fn chip(&self) -> &ChipOptions {
        &self.chip
    }

    /// The codes that the profile fixes; the others are drawn when the card is issued.
    pub fn codes(&self) -> &CodeChoices {
        &self.codes
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("chip", &self.chip)
            .finish_non_exhaustive()
    }
}

/// The holder's data, as the household registry has them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Holder {
    /// 中文姓名.
    pub name: Name,
    /// 外文姓名.
    pub foreign_name: Option<RomanizedName>,
    /// 姓名羅馬拼音, the family name before a comma.
    pub romanized_name: Option<RomanizedName>,
    /// 統一編號.
    pub national_id: NationalId,
    /// Nationality for the machine-readable zone: three capital letters, `TWN` by default.
    pub nationality: Nationality,
    /// 性別.
    pub sex: Sex,
    /// 出生日期; month and day may be unknown.
    pub birth_date: PartialDate,
    /// 結婚狀態.
    pub marriage_status: MarriageStatus,
    /// 役別.
    pub military_service: Option<Text>,
    /// 出生地.
    pub birth_place: BirthPlace,
    /// 配偶; empty if there is none or the name is not known.
    pub spouse: PersonName,
    /// 父, with the label that stands before the name on the card.
    pub father: Parent,
    /// 母, with the label that stands before the name on the card.
    pub mother: Parent,
    /// 戶籍地址.
    pub address: HouseholdAddress,
}

/// A nationality in the three letters of ICAO Doc 9303-3 §5.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nationality([u8; 3]);

impl Nationality {
    /// Taiwan, and the issuing State of every card.
    pub const TWN: Self = Self(*b"TWN");

    /// Parses three capital letters.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 3] = text.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(letters))
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Nationality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nationality(..)")
    }
}

/// A name and its romanization; both may be empty.
#[derive(Clone, Debug, Default)]
pub struct PersonName {
    /// The name.
    pub name: Option<Name>,
    /// Its romanization.
    pub romanized_name: Option<RomanizedName>,
}

/// A parent. The label is data: an adopting parent's field is not called 父 or 母.
#[derive(Clone, Debug)]
pub struct Parent {
    /// What stands before the name: 父, 母, 養父, 養母 …
    pub label: Text,
    /// The parent's name; empty if it is not known.
    pub person: PersonName,
}

/// 出生地.
#[derive(Clone, Debug)]
pub struct BirthPlace {
    /// The registry's code of the place.
    pub code: Option<Text>,
    /// The name of the place.
    pub name: Text,
}

/// 戶籍地址 in its parts.
#[derive(Clone, Debug)]
pub struct HouseholdAddress {
    /// 縣市.
    pub county: Text,
    /// 鄉鎮市區.
    pub township: Text,
    /// 村里.
    pub village: Text,
    /// 鄰, with the word itself.
    pub neighbourhood: Option<Text>,
    /// 街路門牌.
    pub street: Text,
}

impl Holder {
    /// The name for the machine-readable zone: the romanized name, else the foreign one.
    pub(crate) fn latin_name(&self) -> Option<&RomanizedName> {
        self.romanized_name.as_ref().or(self.foreign_name.as_ref())
    }
}

impl HouseholdAddress {
    /// 戶籍地區: the area down to the village (村里).
    pub fn area(&self) -> String {
        [&self.county, &self.township, &self.village]
            .map(Text::as_str)
            .concat()
    }

    /// The whole address.
    pub fn full(&self) -> String {
        let neighbourhood = self.neighbourhood.as_ref().map_or("", Text::as_str);
        self.area() + neighbourhood + self.street.as_str()
    }
}

/// Numbers and dates of the card itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Document {
    /// 證件號碼: three capital letters or digits and six digits, of which the latter are the
    /// access code. `None`: drawn when the card is issued.
    pub card_number: Option<CardNumber>,
    /// 製證日期.
    pub issue_date: Date,
    /// 應換領日期.
    pub renewal_date: Date,
    /// 驗證資訊.
    pub certification_info: Option<Text>,
}

/// 證件號碼, the card's number: nine characters, which are also the document number of the
/// machine-readable zone. Its last six digits are the access code (CAN).
#[derive(Clone, PartialEq, Eq)]
pub struct CardNumber(Zeroizing<String>);

impl CardNumber {
    /// Parses `AAA999999`: three capital letters or digits, then six digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, can) = text.split_at_checked(3)?;
        let capital = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let valid = prefix.bytes().all(capital)
            && can.len() == 6
            && can.bytes().all(|b| b.is_ascii_digit());
        valid.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// All nine characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last six digits: the access code.
    pub fn can(&self) -> &str {
        self.0.get(3..).unwrap_or_default()
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardNumber(..)")
    }
}

/// The two portraits, both there or both absent.
#[derive(Clone, Debug)]
pub enum Portraits {
    /// 免列印相片: the groups exist and are empty.
    None,
    /// The picture files, JPEG or JPEG 2000, stored as they are.
    Pictures {
        /// 300 dpi, in the public zone and the ICAO application.
        dpi_300: Image,
        /// 600 dpi, in the protected zone.
        dpi_600: Image,
    },
}

/// The options of the chip. The fields that are the same on all cards of a batch are `icao` and
/// `pace`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ChipOptions {
    /// What happens when PIN1's tries are used up.
    pub lockout: Lockout,
    /// Whether the card has the ICAO application.
    pub icao: bool,
    /// Whether the access code opens the ICAO application, as the MRZ does.
    pub icao_can: bool,
    /// Whether the ICAO application has a key for Active Authentication (DG15).
    pub active_authentication: bool,
    /// Whether the card has the natural-person certificate (自然人憑證), and with it a PIN2.
    pub certificate: bool,
    /// The kind of its keys for signatures and authentication. The one for decipherment is RSA on every card.
    pub certificate_keys: KeyKind,
    /// When the card shows the certificates.
    pub cert_read: CertRead,
    /// PACE suites besides AES-128 over P-256, which every card has. Generic mapping only: the chip
    /// has no key over another curve that chip authentication mapping could prove.
    pub pace: Vec<PaceSuite>,
}

/// The codes that a profile fixes. What is `None` is drawn at random when the card is issued.
///
/// The access code is the end of the card number and stands in [`Document`] if both are fixed.
#[derive(Clone)]
#[non_exhaustive]
pub struct CodeChoices {
    /// The access code (CAN): six digits.
    pub can: Option<Zeroizing<String>>,
    /// PIN1.
    pub pin1: Pin1Choice,
    /// The PUK: eight digits.
    pub puk: Option<Zeroizing<String>>,
    /// PIN2: eight to twelve digits; `None` also on a card without certificate.
    pub pin2: Option<Zeroizing<String>>,
}

impl fmt::Debug for CodeChoices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeChoices(..)")
    }
}

/// How PIN1 is set when the card leaves the issuer.
#[derive(Clone)]
pub enum Pin1Choice {
    /// Six digits, drawn at random.
    Random,
    /// These six digits.
    Fixed(Zeroizing<String>),
    /// Five digits that the holder must change before the first use.
    Transport(Zeroizing<String>),
}
