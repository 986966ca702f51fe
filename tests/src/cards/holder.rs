//! What is true about a holder: read off the profile's text without the issuer, so that issuer, chip
//! and host library together are held against it.

use issuer::specimen;
use toml::Table;

/// A field's true value.
#[derive(Clone, PartialEq, Eq)]
pub enum Truth {
    /// A text, exactly these bytes; empty where the profile has nothing.
    Text(String),
    /// A date as the card stores it: YYYYMMDD, unknown parts as spaces.
    Date(String),
    /// An image file; empty for 免列印相片.
    Image(&'static [u8]),
}

impl core::fmt::Debug for Truth {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({text:?})"),
            Self::Date(date) => write!(f, "Date({date:?})"),
            Self::Image(bytes) => write!(f, "Image({} bytes)", bytes.len()),
        }
    }
}

/// A holder, as the profile's text has it.
#[derive(Clone, Debug)]
pub struct Holder {
    profile: Table,
}

impl Holder {
    /// Reads a profile's text.
    pub fn new(toml: &str) -> Self {
        Self {
            profile: toml.parse().expect("TOML"),
        }
    }

    /// Every field of the eID application with its group and its name in the interface of 2020, in
    /// the order of the card.
    pub fn fields(&self) -> Vec<(u8, &'static str, Truth)> {
        let text = |path: &str| Truth::Text(self.text(path));
        let date = |path: &str| Truth::Date(self.date(path));
        let or = |path: &str, default: &str| match self.text(path) {
            label if label.is_empty() => Truth::Text(default.to_owned()),
            label => Truth::Text(label),
        };
        let joined = |parts: &[&str]| {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| self.text(&format!("holder.address.{part}")))
                .collect();
            Truth::Text(parts.concat())
        };
        let area = ["county", "township", "village"];
        let married = matches!(
            self.text("holder.marriage_status").as_str(),
            "married" | "有"
        );
        vec![
            (2, "pic300dpi", self.portrait("dpi_300")),
            (3, "spouseName", text("holder.spouse.name")),
            (3, "spouseNameRoman", text("holder.spouse.romanized_name")),
            (4, "sex", Truth::Text(self.sex().to_owned())),
            (5, "pic600dpi", self.portrait("dpi_600")),
            (6, "dadNameField", or("holder.father.label", "父")),
            (6, "dadName", text("holder.father.name")),
            (6, "dadNameRoman", text("holder.father.romanized_name")),
            (7, "momNameField", or("holder.mother.label", "母")),
            (7, "momName", text("holder.mother.name")),
            (7, "momNameRoman", text("holder.mother.romanized_name")),
            (8, "birthPlaceCode", text("holder.birth_place.code")),
            (8, "birthPlace", text("holder.birth_place.name")),
            (9, "can", Truth::Text(self.access_code())),
            (11, "name", text("holder.name")),
            (11, "nameForeign", text("holder.foreign_name")),
            (11, "nameRoman", text("holder.romanized_name")),
            (11, "rocID", text("holder.national_id")),
            (11, "birthday", date("holder.birth_date")),
            (
                11,
                "marriageStatus",
                Truth::Text(if married { "有" } else { "無" }.to_owned()),
            ),
            (11, "cardNum", text("document.card_number")),
            (11, "renewalDate", date("document.renewal_date")),
            (11, "manufactureDate", date("document.issue_date")),
            (11, "certificationInfo", text("document.certification_info")),
            (12, "militaryService", text("holder.military_service")),
            (
                12,
                "residenceAddress",
                joined(&["county", "township", "village", "neighbourhood", "street"]),
            ),
            (13, "residenceAddress1", joined(&area)),
            (13, "residenceAddress2", joined(&["neighbourhood"])),
            (
                13,
                "residenceAddress3",
                joined(&["county", "township", "village", "neighbourhood"]),
            ),
        ]
    }

    /// The fields of one group.
    pub fn group(&self, number: u8) -> impl Iterator<Item = (&'static str, Truth)> {
        let fields = self.fields().into_iter();
        fields.filter_map(move |(group, name, truth)| (group == number).then_some((name, truth)))
    }

    /// The access code: the last six digits of the card number.
    pub fn access_code(&self) -> String {
        let number = self.card_number();
        number[number.len() - 6..].to_owned()
    }

    /// 證件號碼.
    pub fn card_number(&self) -> String {
        self.text("document.card_number")
    }

    /// PIN1; five digits on a card that is delivered with a transport PIN.
    pub fn pin1(&self) -> String {
        self.text("codes.pin1") + &self.text("codes.transport_pin1")
    }

    /// PUK.
    pub fn puk(&self) -> String {
        self.text("codes.puk")
    }

    /// Document number, date of birth and date of expiry, as the machine-readable zone has them.
    pub fn mrz_key(&self) -> [String; 3] {
        let short = |date: String| date.replace(' ', "<")[2..].to_owned();
        [
            self.card_number(),
            short(self.date("holder.birth_date")),
            short(self.date("document.renewal_date")),
        ]
    }

    /// M or F.
    pub fn sex(&self) -> &'static str {
        match self.text("holder.sex").as_str() {
            "male" | "男" => "M",
            "female" | "女" => "F",
            other => panic!("sex {other}"),
        }
    }

    /// The portrait of the ICAO application.
    pub fn face(&self) -> &'static [u8] {
        match self.portrait("dpi_300") {
            Truth::Image(bytes) => bytes,
            other => panic!("{other:?}"),
        }
    }

    /// The national identification number, 統一編號.
    pub fn national_id(&self) -> String {
        self.text("holder.national_id")
    }

    /// Whether the card has an ICAO application.
    pub fn has_icao_application(&self) -> bool {
        self.switch("chip.icao", true)
    }

    /// Whether the access code opens the ICAO application.
    pub fn access_code_opens_icao(&self) -> bool {
        self.switch("chip.icao_can", false)
    }

    /// Whether the ICAO application has a key for Active Authentication.
    pub fn has_active_authentication(&self) -> bool {
        self.switch("chip.active_authentication", false)
    }

    fn value(&self, path: &str) -> Option<&toml::Value> {
        let (table, key) = path.rsplit_once('.').expect("a table and a key");
        let mut at = &self.profile;
        for name in table.split('.') {
            at = at.get(name)?.as_table().expect("a table");
        }
        at.get(key)
    }

    fn switch(&self, path: &str, default: bool) -> bool {
        self.value(path)
            .map_or(default, |value| value.as_bool().expect("true or false"))
    }

    fn text(&self, path: &str) -> String {
        self.value(path).map_or_else(String::new, |value| {
            value.as_str().expect("a text").to_owned()
        })
    }

    /// A date, a month or a year.
    fn date(&self, path: &str) -> String {
        let written = match self.value(path).expect("a date") {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        format!("{:8}", written.replace('-', ""))
    }

    fn portrait(&self, key: &str) -> Truth {
        let jpeg = match key {
            "dpi_300" => specimen::PORTRAIT_300_DPI,
            _ => specimen::PORTRAIT_600_DPI,
        };
        let jpeg_2000 = match key {
            "dpi_300" => specimen::PORTRAIT_300_DPI_JPEG_2000,
            _ => specimen::PORTRAIT_600_DPI_JPEG_2000,
        };
        match self.text(&format!("portrait.{key}")).as_str() {
            "" | "specimen" => Truth::Image(jpeg),
            "specimen-jpeg2000" => Truth::Image(jpeg_2000),
            "none" => Truth::Image(&[]),
            other => panic!("a portrait of {other}"),
        }
    }
}
