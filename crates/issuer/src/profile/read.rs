//! From the TOML tree to a [`Profile`]: one function per table, then the rules between fields.

use std::io::Read;
use std::path::Path;

use applet_sim::{CertRead, KeyKind, Lockout};
use lds::eid::MarriageStatus;
use lds::{Date, Image, Name, NationalId, PartialDate, RomanizedName, Sex, Text, ValueError};
use secure_channel::pace::{Mapping, PaceProtocol, PaceSuite};
use secure_channel::{Curve, SymmetricCipher};
use zeroize::Zeroizing;

use super::problem::{Alphabet, Problem, ProfileError, Reason};
use super::rules::Facts;
use super::source::{Problems, Section};
use super::{
    BirthPlace, CardNumber, ChipOptions, CodeChoices, Document, Holder, HouseholdAddress,
    Nationality, Parent, PersonName, Pin1Choice, Portraits, Profile,
};
use crate::specimen::{
    PORTRAIT_300_DPI, PORTRAIT_300_DPI_JPEG_2000, PORTRAIT_600_DPI, PORTRAIT_600_DPI_JPEG_2000,
};

/// Most characters of a name (the registry's limit, also for romanized names). The card prints
/// fewer; the chip never truncates.
const NAME_LIMIT: usize = 50;
/// Most characters of each of the five parts of an address (together at most 200, as `lds` has
/// it), of a place, of the 役別 and of the 驗證資訊.
const TEXT_LIMIT: usize = 40;
/// Most characters of a parent's label.
const LABEL_LIMIT: usize = 10;
/// Most characters of the code of a place.
const PLACE_CODE_LIMIT: usize = 10;

/// The fewest pixels of each portrait and the most bytes that its file may have.
const DPI_300: PictureRule = PictureRule {
    specimen: PORTRAIT_300_DPI,
    specimen_jpeg_2000: PORTRAIT_300_DPI_JPEG_2000,
    min_width: 350,
    min_height: 450,
    max_bytes: 30_000,
};
const DPI_600: PictureRule = PictureRule {
    specimen: PORTRAIT_600_DPI,
    specimen_jpeg_2000: PORTRAIT_600_DPI_JPEG_2000,
    min_width: 700,
    min_height: 900,
    max_bytes: 100_000,
};

struct PictureRule {
    specimen: &'static [u8],
    specimen_jpeg_2000: &'static [u8],
    min_width: u16,
    min_height: u16,
    max_bytes: usize,
}

/// Reads a whole profile, or reports everything that is wrong with it.
pub(super) fn profile(text: &str, folder: &Path) -> Result<Profile, ProfileError> {
    let problems = Problems::new(text);
    let tree = problems.parse();
    let profile = tree
        .as_ref()
        .and_then(|tree| root(Section::root(tree, &problems), &problems, folder));
    drop(tree);
    match (profile, problems.into_error()) {
        (Some(profile), None) => Ok(profile),
        (_, Some(error)) => Err(error),
        // Never reached: every `None` above comes with a report.
        (None, None) => Err(ProfileError::new(vec![Problem {
            field: String::new(),
            line: 1,
            column: 1,
            reason: Reason::Missing,
        }])),
    }
}

fn root(mut root: Section<'_>, problems: &Problems<'_>, folder: &Path) -> Option<Profile> {
    let mut facts = Facts::default();
    let holder = holder(root.section("holder"), &mut facts);
    let document = document(root.section("document"), &mut facts);
    let portraits = portraits(root.section("portrait"), folder, &mut facts);
    let chip = chip(root.section("chip"), &mut facts);
    let codes = codes(root.section("codes"), &mut facts);
    root.finish();
    facts.check(problems);
    Some(Profile {
        holder: holder?,
        document: document?,
        portraits: portraits?,
        chip: chip?,
        codes: codes?,
    })
}

fn holder(mut section: Section<'_>, facts: &mut Facts) -> Option<Holder> {
    let name = section.text("name").parse(name).required();
    let foreign_name = section
        .text("foreign_name")
        .parse(optional(romanized_name))
        .or(None);
    let romanized_name = section
        .text("romanized_name")
        .parse(optional(romanized_name))
        .or(None);
    let national_id = section.text("national_id").parse(national_id).required();
    let nationality = section
        .text("nationality")
        .parse(|text| Nationality::parse(text).ok_or(Reason::Nationality))
        .or(Nationality::TWN);
    let sex = section.text("sex").parse(sex).required();
    let birth_date = section
        .date("birth_date")
        .parse(|date| partial_date(&date))
        .required();
    let marriage_status = section
        .text("marriage_status")
        .parse(marriage_status)
        .required();
    let military_service = section
        .text("military_service")
        .parse(optional(text))
        .or(None);
    let birth_place = birth_place(section.section("birth_place"));
    let spouse_section = section.section("spouse");
    facts.spouse_given = spouse_section.is_present();
    let spouse = spouse(spouse_section);
    let father = parent(section.section("father"), "父");
    let mother = parent(section.section("mother"), "母");
    let address = address(section.section("address"));
    section.finish();

    facts.national_id = national_id;
    facts.sex = sex;
    facts.birth_date = birth_date;
    facts.marriage_status = marriage_status;
    facts.serves = military_service.as_ref().map(Option::is_some);
    facts.latin_name = match (&foreign_name, &romanized_name) {
        (Some(foreign), Some(romanized)) => Some(romanized.clone().or_else(|| foreign.clone())),
        _ => None,
    };
    Some(Holder {
        name: name?,
        foreign_name: foreign_name?,
        romanized_name: romanized_name?,
        national_id: national_id?,
        nationality: nationality?,
        sex: sex?,
        birth_date: birth_date?,
        marriage_status: marriage_status?,
        military_service: military_service?,
        birth_place: birth_place?,
        spouse: spouse?,
        father: father?,
        mother: mother?,
        address: address?,
    })
}

fn birth_place(mut section: Section<'_>) -> Option<BirthPlace> {
    let code = section.text("code").parse(optional(place_code)).or(None);
    let name = section.text("name").parse(text).required();
    section.finish();
    Some(BirthPlace {
        code: code?,
        name: name?,
    })
}

fn person(section: &mut Section<'_>) -> Option<PersonName> {
    let name = section.text("name").parse(optional(name)).or(None);
    let romanized_name = section
        .text("romanized_name")
        .parse(optional(romanized_name))
        .or(None);
    Some(PersonName {
        name: name?,
        romanized_name: romanized_name?,
    })
}

fn spouse(mut section: Section<'_>) -> Option<PersonName> {
    let person = person(&mut section);
    section.finish();
    person
}

fn parent(mut section: Section<'_>, default_label: &str) -> Option<Parent> {
    let label = section
        .text("label")
        .parse(label)
        .or_else(|| label(default_label));
    let person = person(&mut section);
    section.finish();
    Some(Parent {
        label: label?,
        person: person?,
    })
}

fn address(mut section: Section<'_>) -> Option<HouseholdAddress> {
    let county = section.text("county").parse(text).required();
    let township = section.text("township").parse(text).required();
    let village = section.text("village").parse(text).required();
    let neighbourhood = section.text("neighbourhood").parse(optional(text)).or(None);
    let street = section.text("street").parse(text).required();
    section.finish();
    Some(HouseholdAddress {
        county: county?,
        township: township?,
        village: village?,
        neighbourhood: neighbourhood?,
        street: street?,
    })
}

fn document(mut section: Section<'_>, facts: &mut Facts) -> Option<Document> {
    let card_number = section
        .text("card_number")
        .parse(|text| CardNumber::parse(text).ok_or(Reason::CardNumberFormat))
        .optional();
    let issue_date = section
        .date("issue_date")
        .parse(|date| whole_date(&date))
        .required();
    let renewal_date = section
        .date("renewal_date")
        .parse(|date| whole_date(&date))
        .required();
    let certification_info = section
        .text("certification_info")
        .parse(optional(text))
        .or(None);
    section.finish();
    facts.card_number = card_number.clone().flatten();
    facts.issue_date = issue_date;
    facts.renewal_date = renewal_date;
    Some(Document {
        card_number: card_number?,
        issue_date: issue_date?,
        renewal_date: renewal_date?,
        certification_info: certification_info?,
    })
}

fn portraits(mut section: Section<'_>, folder: &Path, facts: &mut Facts) -> Option<Portraits> {
    let mut read = |key, rule: &PictureRule| {
        let field = section
            .text(key)
            .parse(|source| picture(source, folder, rule));
        field.or_else(|| picture("specimen", folder, rule))
    };
    let dpi_300 = read("dpi_300", &DPI_300);
    let dpi_600 = read("dpi_600", &DPI_600);
    section.finish();
    let (dpi_300, dpi_600) = (dpi_300?, dpi_600?);
    facts.portraits = Some([dpi_300.is_some(), dpi_600.is_some()]);
    Some(match (dpi_300, dpi_600) {
        (Some(dpi_300), Some(dpi_600)) => Portraits::Pictures { dpi_300, dpi_600 },
        _ => Portraits::None,
    })
}

fn chip(mut section: Section<'_>, facts: &mut Facts) -> Option<ChipOptions> {
    let lockout = section.text("lockout").parse(lockout).or(Lockout::Password);
    let icao = section.flag("icao").or(true);
    let icao_can = section.flag("icao_can").or(false);
    let active_authentication = section.flag("active_authentication").or(false);
    let certificate = section.flag("certificate").or(true);
    let keys = section.text("certificate_keys").parse(certificate_keys);
    let certificate_keys = keys.or(KeyKind::Rsa2048);
    let read = section.text("cert_read").parse(cert_read);
    let cert_read = read.or(CertRead::AfterPin2);
    let mut suites = Vec::new();
    for suite in section.sections("pace") {
        suites.push(pace_suite(suite));
    }
    section.finish();
    facts.icao = icao;
    facts.icao_can = icao_can == Some(true);
    facts.active_authentication = active_authentication == Some(true);
    facts.certificate = certificate;
    facts.curves = suites
        .iter()
        .map(|suite| suite.map(|suite| suite.curve))
        .collect();
    Some(ChipOptions {
        lockout: lockout?,
        icao: icao?,
        icao_can: icao_can?,
        active_authentication: active_authentication?,
        certificate: certificate?,
        certificate_keys: certificate_keys?,
        cert_read: cert_read?,
        pace: suites.into_iter().collect::<Option<_>>()?,
    })
}

fn pace_suite(mut section: Section<'_>) -> Option<PaceSuite> {
    let cipher = section.text("cipher").parse(cipher).required();
    let curve = section.text("curve").parse(curve).required();
    section.finish();
    let protocol = PaceProtocol {
        mapping: Mapping::Generic,
        cipher: cipher?,
    };
    Some(PaceSuite {
        protocol,
        curve: curve?,
    })
}

fn codes(mut section: Section<'_>, facts: &mut Facts) -> Option<CodeChoices> {
    let can = section
        .text("can")
        .parse(|text| digits(text, 6, 6))
        .optional();
    let pin1 = section
        .text("pin1")
        .parse(|text| digits(text, 6, 6))
        .optional();
    let transport_pin1 = section
        .text("transport_pin1")
        .parse(|text| digits(text, 5, 5))
        .optional();
    let puk = section
        .text("puk")
        .parse(|text| digits(text, 8, 8))
        .optional();
    let pin2 = section
        .text("pin2")
        .parse(|text| digits(text, 8, 12))
        .optional();
    section.finish();
    facts.can = can.clone().flatten();
    facts.both_pin1 = matches!((&pin1, &transport_pin1), (Some(Some(_)), Some(Some(_))));
    facts.pin2_given = matches!(pin2, Some(Some(_)));
    let pin1 = match (pin1?, transport_pin1?) {
        (None, None) => Pin1Choice::Random,
        (_, Some(transport)) => Pin1Choice::Transport(transport),
        (Some(pin1), None) => Pin1Choice::Fixed(pin1),
    };
    Some(CodeChoices {
        can: can?,
        pin1,
        puk: puk?,
        pin2: pin2?,
    })
}

/// Lets a field be empty, which is something else than wrong.
fn optional<T>(
    parse: impl FnOnce(&str) -> Result<T, Reason>,
) -> impl FnOnce(&str) -> Result<Option<T>, Reason> {
    |text| {
        if text.is_empty() {
            Ok(None)
        } else {
            parse(text).map(Some)
        }
    }
}

fn name(text: &str) -> Result<Name, Reason> {
    Alphabet::Name.check(text, NAME_LIMIT)?;
    Name::new(text).map_err(|error| refusal(error, Alphabet::Name))
}

fn romanized_name(text: &str) -> Result<RomanizedName, Reason> {
    Alphabet::Romanized.check(text, NAME_LIMIT)?;
    RomanizedName::new(text).map_err(|error| refusal(error, Alphabet::Romanized))
}

fn text(text: &str) -> Result<Text, Reason> {
    text_of(text, Alphabet::Text, TEXT_LIMIT)
}

fn label(text: &str) -> Result<Text, Reason> {
    text_of(text, Alphabet::Text, LABEL_LIMIT)
}

fn place_code(text: &str) -> Result<Text, Reason> {
    text_of(text, Alphabet::Capitals, PLACE_CODE_LIMIT)
}

fn text_of(text: &str, alphabet: Alphabet, limit: usize) -> Result<Text, Reason> {
    alphabet.check(text, limit)?;
    Text::new(text).map_err(|error| refusal(error, alphabet))
}

/// What `lds` says about a text, in the words of a profile.
fn refusal(error: ValueError, alphabet: Alphabet) -> Reason {
    match error {
        ValueError::Empty => Reason::Empty,
        ValueError::TooLong { found, limit } => Reason::TooLong {
            limit,
            actual: found,
        },
        ValueError::Character {
            character: 0x20 | 0x3000,
            ..
        } => Reason::Spaces,
        ValueError::Character { position, .. } => Reason::Character { alphabet, position },
        // The others speak of dates, numbers and pictures.
        _ => Reason::Character {
            alphabet,
            position: 1,
        },
    }
}

fn national_id(text: &str) -> Result<NationalId, Reason> {
    NationalId::new(text).map_err(|error| match error {
        ValueError::CheckDigit => Reason::NationalIdChecksum,
        _ => Reason::NationalIdFormat,
    })
}

fn sex(word: &str) -> Result<Sex, Reason> {
    match word {
        "male" | "男" => Ok(Sex::Male),
        "female" | "女" => Ok(Sex::Female),
        _ => Err(Reason::NotOneOf(&["male", "female", "男", "女"])),
    }
}

fn marriage_status(word: &str) -> Result<MarriageStatus, Reason> {
    match word {
        "married" | "有" => Ok(MarriageStatus::Married),
        "unmarried" | "無" => Ok(MarriageStatus::Unmarried),
        _ => Err(Reason::NotOneOf(&["married", "unmarried", "有", "無"])),
    }
}

fn lockout(word: &str) -> Result<Lockout, Reason> {
    match word {
        "password" => Ok(Lockout::Password),
        "card" => Ok(Lockout::Card),
        _ => Err(Reason::NotOneOf(&["password", "card"])),
    }
}

fn certificate_keys(word: &str) -> Result<KeyKind, Reason> {
    match word {
        "RSA-2048" => Ok(KeyKind::Rsa2048),
        "P-256" => Ok(KeyKind::P256),
        _ => Err(Reason::NotOneOf(&["RSA-2048", "P-256"])),
    }
}

fn cert_read(word: &str) -> Result<CertRead, Reason> {
    match word {
        "after_pin2" => Ok(CertRead::AfterPin2),
        "after_pace" => Ok(CertRead::AfterPace),
        _ => Err(Reason::NotOneOf(&["after_pin2", "after_pace"])),
    }
}

fn cipher(word: &str) -> Result<SymmetricCipher, Reason> {
    match word {
        "AES-128" => Ok(SymmetricCipher::Aes128),
        "AES-256" => Ok(SymmetricCipher::Aes256),
        _ => Err(Reason::NotOneOf(&["AES-128", "AES-256"])),
    }
}

fn curve(word: &str) -> Result<Curve, Reason> {
    match word {
        "brainpoolP256r1" => Ok(Curve::BrainpoolP256r1),
        "P-384" => Ok(Curve::P384),
        // Parameter id 12 belongs to the suite that every card has.
        "P-256" => Err(Reason::CurveTwice),
        _ => Err(Reason::NotOneOf(&["brainpoolP256r1", "P-384"])),
    }
}

fn digits(text: &str, min: usize, max: usize) -> Result<Zeroizing<String>, Reason> {
    let valid = (min..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    valid
        .then(|| Zeroizing::new(text.to_owned()))
        .ok_or(Reason::CodeFormat { min, max })
}

/// `specimen`, `none`, or the path of a picture.
fn picture(source: &str, folder: &Path, rule: &PictureRule) -> Result<Option<Image>, Reason> {
    let bytes = match source {
        "" => return Err(Reason::Empty),
        "none" => return Ok(None),
        "specimen" => rule.specimen.to_vec(),
        "specimen-jpeg2000" => rule.specimen_jpeg_2000.to_vec(),
        path => {
            let file =
                std::fs::File::open(folder.join(path)).map_err(|_| Reason::ImageUnreadable)?;
            let mut bytes = Vec::new();
            // One byte more than fits is enough to know that it does not fit.
            let mut bounded = file.take(rule.max_bytes as u64 + 1);
            bounded
                .read_to_end(&mut bytes)
                .map_err(|_| Reason::ImageUnreadable)?;
            bytes
        }
    };
    if bytes.len() > rule.max_bytes {
        return Err(Reason::ImageTooLarge {
            limit: rule.max_bytes,
        });
    }
    // The end-of-image marker of JPEG and the end-of-codestream marker of JPEG 2000 have the same
    // two bytes. A file without them was broken off.
    if !bytes.ends_with(&[0xFF, 0xD9]) {
        return Err(Reason::ImageFormat);
    }
    let image = Image::new(bytes).map_err(|_| Reason::ImageFormat)?;
    let PictureRule {
        min_width,
        min_height,
        ..
    } = *rule;
    let upright = image.height() > image.width();
    if !upright || image.width() < min_width || image.height() < min_height {
        return Err(Reason::ImageDimensions {
            min_width,
            min_height,
        });
    }
    Ok(Some(image))
}

/// Splits `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
fn date_parts(text: &str) -> Result<(u16, Option<u8>, Option<u8>), Reason> {
    let number = |part: &str, digits: usize| {
        let valid = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        valid
            .then(|| part.parse::<u16>().ok())
            .flatten()
            .ok_or(Reason::DateFormat)
    };
    let two =
        |part: &str| number(part, 2).and_then(|n| u8::try_from(n).map_err(|_| Reason::DateFormat));
    let mut parts = text.split('-');
    let year = number(parts.next().unwrap_or_default(), 4)?;
    let month = parts.next().map(two).transpose()?;
    let day = parts.next().map(two).transpose()?;
    match parts.next() {
        None => Ok((year, month, day)),
        Some(_) => Err(Reason::DateFormat),
    }
}

fn whole_date(text: &str) -> Result<Date, Reason> {
    match date_parts(text)? {
        (year, Some(month), Some(day)) => {
            Date::new(year, month, day).map_err(|_| Reason::NoSuchDate)
        }
        _ => Err(Reason::DateFormat),
    }
}

/// A date of which the day, or the day and the month, may be left out.
fn partial_date(text: &str) -> Result<PartialDate, Reason> {
    let (year, month, day) = date_parts(text)?;
    let two = |part: Option<u8>| part.map_or("  ".to_owned(), |part| format!("{part:02}"));
    let stored = format!("{year:04}{}{}", two(month), two(day));
    stored.parse().map_err(|_| Reason::NoSuchDate)
}
