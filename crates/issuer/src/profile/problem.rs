//! What is wrong with a profile: field, place and reason, in English and 正體中文.

use core::fmt;

/// Everything that is wrong with a profile, in the order of the lines.
///
/// Never empty. `Display` prints one line per problem in English; [`chinese`](Self::chinese)
/// gives the same in 正體中文.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", self.english())]
pub struct ProfileError {
    problems: Vec<Problem>,
}

impl ProfileError {
    pub(crate) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.line, problem.column));
        Self { problems }
    }

    /// The problems, sorted by line and column.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// All problems in English, one per line.
    pub fn english(&self) -> String {
        self.lines(Problem::english)
    }

    /// All problems in 正體中文, one per line.
    pub fn chinese(&self) -> String {
        self.lines(Problem::chinese)
    }

    fn lines(&self, text: impl Fn(&Problem) -> String) -> String {
        let lines: Vec<String> = self.problems.iter().map(text).collect();
        lines.join("\n")
    }
}

/// One thing that is wrong with a profile, and where.
///
/// The text names the field and the rule. It does not repeat the value: a profile holds personal
/// data and codes, and error texts end up in logs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Dotted path of the field, for example `holder.father.label`; empty for a syntax error.
    pub field: String,
    /// Line in the profile, from 1.
    pub line: usize,
    /// Column in the line, counted in characters, from 1.
    pub column: usize,
    /// Which rule is broken.
    pub reason: Reason,
}

impl Problem {
    /// A stable name of the reason, for programs: the same in every language and release.
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// The problem in English, with line, column and field.
    pub fn english(&self) -> String {
        let (line, column, reason) = (self.line, self.column, self.reason.english());
        match self.field.as_str() {
            "" => format!("line {line}, column {column}: {reason}"),
            field => format!("line {line}, column {column}: {field}: {reason}"),
        }
    }

    /// The problem in 正體中文, with line, column and field.
    pub fn chinese(&self) -> String {
        let (line, column, reason) = (self.line, self.column, self.reason.chinese());
        match self.field.as_str() {
            "" => format!("第 {line} 行第 {column} 字：{reason}"),
            field => format!("第 {line} 行第 {column} 字：{field}：{reason}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

/// The rule that a field breaks.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// The file is not TOML; the text is the parser's own.
    Syntax(String),
    /// A key that no profile has, with the nearest one that exists.
    UnknownKey {
        /// A key of this table that is spelt almost like it.
        nearest: Option<&'static str>,
    },
    /// A required field is not there.
    Missing,
    /// The value has another TOML type.
    WrongType {
        /// The type that belongs here.
        expected: ValueType,
    },
    /// Not one of the words that the field knows.
    NotOneOf(&'static [&'static str]),
    /// The field must not be empty.
    Empty,
    /// Longer than the chip's field, counted as a person counts: in grapheme clusters.
    TooLong {
        /// The most that fits.
        limit: usize,
        /// What was given.
        actual: usize,
    },
    /// A character that the field may not hold; the position is counted from 1.
    Character {
        /// Which alphabet the field has.
        alphabet: Alphabet,
        /// Where the first wrong character stands.
        position: usize,
    },
    /// A space at the beginning or the end, or two in a row.
    Spaces,
    /// Not the shape of a 統一編號.
    NationalIdFormat,
    /// The check digit of the 統一編號 does not match.
    NationalIdChecksum,
    /// Not three capital letters.
    Nationality,
    /// Not the form `YYYY-MM-DD` (or, where part may be unknown, `YYYY-MM` or `YYYY`).
    DateFormat,
    /// A day that the calendar does not have.
    NoSuchDate,
    /// Not the shape of a card number.
    CardNumberFormat,
    /// A code with the wrong number of digits or with other characters.
    CodeFormat {
        /// Fewest digits.
        min: usize,
        /// Most digits.
        max: usize,
    },
    /// The access code is not the last six digits of the card number.
    CanIsNotEndOfCardNumber,
    /// Both an initial PIN1 and a transport PIN1 are given.
    TwoKindsOfPin1,
    /// The sex disagrees with the first digit of the 統一編號.
    SexDisagreesWithNationalId,
    /// A resident number of the older form, which is no longer valid on the day of issue.
    OldFormNoLongerValid,
    /// Born after the card was made.
    BornAfterIssue,
    /// 應換領日期 is not after 製證日期.
    RenewalNotAfterIssue,
    /// Unmarried, but with a spouse.
    UnmarriedWithSpouse,
    /// Married, but without a spouse (an unknown one is given as an empty name).
    MarriedWithoutSpouse,
    /// Under fourteen on the day of issue, with something a child cannot have.
    UnderFourteen,
    /// The ICAO application needs a name that its machine-readable zone can carry.
    NoNameForMrz,
    /// The ICAO application needs a portrait (Doc 9303-10: DG2 is mandatory).
    NoPortraitForIcao,
    /// An option of the ICAO application on a card without it.
    OptionNeedsIcao,
    /// A PIN2 on a card without natural-person certificate.
    Pin2WithoutCertificate,
    /// A second PACE suite over the same domain parameters.
    CurveTwice,
    /// The picture's file cannot be read.
    ImageUnreadable,
    /// The picture is neither JPEG nor JPEG 2000, or broken off.
    ImageFormat,
    /// The picture's file is larger than the chip's file.
    ImageTooLarge {
        /// The most bytes that fit.
        limit: usize,
    },
    /// The picture is not an upright portrait of the needed resolution.
    ImageDimensions {
        /// The fewest columns.
        min_width: u16,
        /// The fewest rows.
        min_height: u16,
    },
    /// One size of the portrait is given, the other is not.
    OnePortraitMissing,
}

/// The type that a value should have had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ValueType {
    /// A text in quotes.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A date, with or without quotes.
    Date,
    /// A list in square brackets.
    List,
    /// A table.
    Table,
}

/// The characters that a field may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Alphabet {
    /// A registered name: ideographs and letters of every plane, the separator U+00B7; no space.
    Name,
    /// A romanized name: Latin letters, space, and the marks `, . - ' ’ ·`.
    Romanized,
    /// Any text without control or direction-changing characters.
    Text,
    /// Digits and capital letters A–Z.
    Capitals,
}

impl Reason {
    /// A stable name, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "syntax",
            Self::UnknownKey { .. } => "unknown-key",
            Self::Missing => "missing",
            Self::WrongType { .. } => "wrong-type",
            Self::NotOneOf(_) => "not-one-of",
            Self::Empty => "empty",
            Self::TooLong { .. } => "too-long",
            Self::Character { .. } => "character",
            Self::Spaces => "spaces",
            Self::NationalIdFormat => "national-id-format",
            Self::NationalIdChecksum => "national-id-checksum",
            Self::Nationality => "nationality",
            Self::DateFormat => "date-format",
            Self::NoSuchDate => "no-such-date",
            Self::CardNumberFormat => "card-number-format",
            Self::CodeFormat { .. } => "code-format",
            Self::CanIsNotEndOfCardNumber => "can-is-not-end-of-card-number",
            Self::TwoKindsOfPin1 => "two-kinds-of-pin1",
            Self::SexDisagreesWithNationalId => "sex-disagrees-with-national-id",
            Self::OldFormNoLongerValid => "old-form-no-longer-valid",
            Self::BornAfterIssue => "born-after-issue",
            Self::RenewalNotAfterIssue => "renewal-not-after-issue",
            Self::UnmarriedWithSpouse => "unmarried-with-spouse",
            Self::MarriedWithoutSpouse => "married-without-spouse",
            Self::UnderFourteen => "under-fourteen",
            Self::NoNameForMrz => "no-name-for-mrz",
            Self::NoPortraitForIcao => "no-portrait-for-icao",
            Self::OptionNeedsIcao => "option-needs-icao",
            Self::Pin2WithoutCertificate => "pin2-without-certificate",
            Self::CurveTwice => "curve-twice",
            Self::ImageUnreadable => "image-unreadable",
            Self::ImageFormat => "image-format",
            Self::ImageTooLarge { .. } => "image-too-large",
            Self::ImageDimensions { .. } => "image-dimensions",
            Self::OnePortraitMissing => "one-portrait-missing",
        }
    }

    /// The rule in English, to follow the name of the field.
    pub fn english(&self) -> String {
        match self {
            Self::Syntax(parser) => format!("not valid TOML: {parser}"),
            Self::UnknownKey { nearest: None } => "no such field in a profile".into(),
            Self::UnknownKey { nearest: Some(key) } => {
                format!("no such field in a profile; did you mean `{key}`?")
            }
            Self::Missing => "this field is required".into(),
            Self::WrongType { expected } => format!("must be {}", expected.english()),
            Self::NotOneOf(words) => format!("must be one of: {}", words.join(", ")),
            Self::Empty => "must not be empty".into(),
            Self::TooLong { limit, actual } => {
                format!("{actual} characters are too long, at most {limit} fit")
            }
            Self::Character { alphabet, position } => {
                format!("character {position} is not allowed, only {}", alphabet.english())
            }
            Self::Spaces => "a space stands alone, between two words".into(),
            Self::NationalIdFormat => {
                "a national identification number is one capital letter and nine digits, the first \
                 of them 1, 2, 8 or 9 (or, for older resident numbers, two letters and eight digits)"
                    .into()
            }
            Self::NationalIdChecksum => {
                "the check digit of the national identification number does not match".into()
            }
            Self::Nationality => {
                "a nationality is the three capital letters of ICAO Doc 9303-3, for example TWN".into()
            }
            Self::DateFormat => {
                "write the date as YYYY-MM-DD; where part of a birth date is unknown, YYYY-MM or YYYY"
                    .into()
            }
            Self::NoSuchDate => "the calendar has no such day".into(),
            Self::CardNumberFormat => {
                "a card number has nine characters: three capital letters or digits, then six digits"
                    .into()
            }
            Self::CodeFormat { min, max } if min == max => format!("must be exactly {min} digits"),
            Self::CodeFormat { min, max } => format!("must be {min} to {max} digits"),
            Self::CanIsNotEndOfCardNumber => {
                "the access code must be the last six digits of the card number".into()
            }
            Self::TwoKindsOfPin1 => {
                "a card has either a PIN1 or a transport PIN1, not both".into()
            }
            Self::SexDisagreesWithNationalId => {
                "disagrees with the first digit of the national identification number".into()
            }
            Self::OldFormNoLongerValid => {
                "resident numbers of the older form, with two letters, are not valid from 2031-01-01 on"
                    .into()
            }
            Self::BornAfterIssue => "lies after the date of issue".into(),
            Self::RenewalNotAfterIssue => "must lie after the date of issue".into(),
            Self::UnmarriedWithSpouse => "an unmarried holder has no spouse".into(),
            Self::MarriedWithoutSpouse => {
                "a married holder has a [holder.spouse]; leave its name empty if it is not known"
                    .into()
            }
            Self::UnderFourteen => "not for a holder who is under fourteen on the date of issue".into(),
            Self::NoNameForMrz => {
                "the ICAO application needs a romanized or foreign name that its machine-readable zone can carry"
                    .into()
            }
            Self::NoPortraitForIcao => {
                "the ICAO application needs a portrait; set `chip.icao = false` for a card without one"
                    .into()
            }
            Self::OptionNeedsIcao => "this option needs `chip.icao = true`".into(),
            Self::Pin2WithoutCertificate => {
                "a card without natural-person certificate has no PIN2".into()
            }
            Self::CurveTwice => {
                "at most one cipher per curve; P-256 with AES-128 is on every card".into()
            }
            Self::ImageUnreadable => "the picture's file cannot be read".into(),
            Self::ImageFormat => "the picture is not a complete JPEG or JPEG 2000 file".into(),
            Self::ImageTooLarge { limit } => {
                format!("the picture's file is too large, at most {limit} bytes fit")
            }
            Self::ImageDimensions { min_width, min_height } => format!(
                "the picture must be an upright portrait of at least {min_width} × {min_height} pixels"
            ),
            Self::OnePortraitMissing => {
                "either both sizes of the portrait are given, or both are \"none\"".into()
            }
        }
    }

    /// The rule in 正體中文, to follow the name of the field.
    pub fn chinese(&self) -> String {
        match self {
            Self::Syntax(parser) => format!("不是有效的 TOML（{parser}）"),
            Self::UnknownKey { nearest: None } => "設定檔沒有這個欄位".into(),
            Self::UnknownKey { nearest: Some(key) } => {
                format!("設定檔沒有這個欄位，是否為「{key}」？")
            }
            Self::Missing => "必填欄位".into(),
            Self::WrongType { expected } => format!("必須是{}", expected.chinese()),
            Self::NotOneOf(words) => format!("必須是下列之一：{}", words.join("、")),
            Self::Empty => "不得空白".into(),
            Self::TooLong { limit, actual } => format!("共 {actual} 字，最多 {limit} 字"),
            Self::Character { alphabet, position } => {
                format!("第 {position} 個字元不可使用，僅限{}", alphabet.chinese())
            }
            Self::Spaces => "空格只能單獨出現在兩個字之間".into(),
            Self::NationalIdFormat => {
                "統一編號為一個大寫英文字母加九個數字，第一個數字為 1、2、8 或 9（舊式統一證號為兩個字母加八個數字）".into()
            }
            Self::NationalIdChecksum => "統一編號檢查碼不符".into(),
            Self::Nationality => "國籍為 ICAO Doc 9303-3 的三個大寫英文字母，例如 TWN".into(),
            Self::DateFormat => {
                "日期請寫成 YYYY-MM-DD；出生日期部分不詳時寫成 YYYY-MM 或 YYYY".into()
            }
            Self::NoSuchDate => "沒有這一天".into(),
            Self::CardNumberFormat => {
                "證件號碼為九個字元：前三碼為大寫英文字母或數字，後六碼為數字".into()
            }
            Self::CodeFormat { min, max } if min == max => format!("必須是 {min} 位數字"),
            Self::CodeFormat { min, max } => format!("必須是 {min} 至 {max} 位數字"),
            Self::CanIsNotEndOfCardNumber => "存取碼必須是證件號碼的後六碼".into(),
            Self::TwoKindsOfPin1 => "PIN1 與傳輸用 PIN1 只能擇一".into(),
            Self::SexDisagreesWithNationalId => "與統一編號的第一個數字（性別碼）不符".into(),
            Self::OldFormNoLongerValid => {
                "舊式（二位英文字母）統一證號自民國120年1月1日起失效".into()
            }
            Self::BornAfterIssue => "晚於製證日期".into(),
            Self::RenewalNotAfterIssue => "必須晚於製證日期".into(),
            Self::UnmarriedWithSpouse => "結婚狀態為「無」者不得有配偶".into(),
            Self::MarriedWithoutSpouse => {
                "結婚狀態為「有」者須有 [holder.spouse]；姓名不詳時留空白".into()
            }
            Self::UnderFourteen => "製證日未滿十四歲者不適用".into(),
            Self::NoNameForMrz => "ICAO 應用的機讀區需要可轉寫的姓名羅馬拼音或外文姓名".into(),
            Self::NoPortraitForIcao => {
                "ICAO 應用需要相片；免列印相片的卡請設 `chip.icao = false`".into()
            }
            Self::OptionNeedsIcao => "此選項需要 `chip.icao = true`".into(),
            Self::Pin2WithoutCertificate => "沒有自然人憑證的卡沒有 PIN2".into(),
            Self::CurveTwice => "每條曲線最多一種加密法；P-256 搭配 AES-128 每張卡都有".into(),
            Self::ImageUnreadable => "無法讀取相片檔".into(),
            Self::ImageFormat => "相片不是完整的 JPEG 或 JPEG 2000 檔".into(),
            Self::ImageTooLarge { limit } => format!("相片檔過大，上限 {limit} 位元組"),
            Self::ImageDimensions { min_width, min_height } => {
                format!("相片須為直式，至少 {min_width} × {min_height} 像素")
            }
            Self::OnePortraitMissing => "兩種尺寸的相片須同時提供，或同為 \"none\"".into(),
        }
    }
}

impl ValueType {
    fn english(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Boolean => "true or false",
            Self::Date => "a date",
            Self::List => "a list in square brackets",
            Self::Table => "a table",
        }
    }

    fn chinese(self) -> &'static str {
        match self {
            Self::Text => "加引號的文字",
            Self::Boolean => " true 或 false",
            Self::Date => "日期",
            Self::List => "方括號中的清單",
            Self::Table => "表格",
        }
    }
}

impl Alphabet {
    fn english(self) -> &'static str {
        match self {
            Self::Name => {
                "ideographs, letters, hyphens and the separator · (U+00B7), without spaces"
            }
            Self::Romanized => "Latin letters, spaces and the marks , . - ' ’ (U+2019) · (U+00B7)",
            Self::Text => "printable characters",
            Self::Capitals => "digits and the capital letters A to Z",
        }
    }

    fn chinese(self) -> &'static str {
        match self {
            Self::Name => "文字、連字號及間隔號「·」（U+00B7），不得有空格",
            Self::Romanized => "拉丁字母、空格及 , . - ' ’（U+2019）·（U+00B7）",
            Self::Text => "可顯示的字元",
            Self::Capitals => "數字及大寫英文字母",
        }
    }
}
