//! Which language to speak: `--lang` first, then the locale, then English.

use std::env;
use std::ffi::OsString;

use clap::ValueEnum;

/// A language that the program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    // 正體中文.
    #[value(name = "zh-TW", alias = "zh", alias = "zh_TW")]
    ZhTw,
    // English.
    #[value(name = "en")]
    En,
}

impl Language {
    /// The language of the locale: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set and not empty decides, as
    /// POSIX has it. Every Chinese locale gets 正體中文, which its readers prefer to English; all others get English.
    pub(crate) fn of_the_locale() -> Self {
        Self::of_locale(|name| env::var_os(name))
    }

    fn of_locale(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(variable)
            .find(|value| !value.is_empty())
            .unwrap_or_default();
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        let primary = locale
            .split(['_', '-', '.', '@'])
            .next()
            .unwrap_or_default();
        if primary == "zh" {
            Self::ZhTw
        } else {
            Self::En
        }
    }
}

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bilingual {
    /// 正體中文.
    pub(crate) zh: &'static str,
    /// English.
    pub(crate) en: &'static str,
}

impl Bilingual {
    pub(crate) const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }

    /// The text in one language.
    pub(crate) const fn say(self, language: Language) -> &'static str {
        match language {
            Language::ZhTw => self.zh,
            Language::En => self.en,
        }
    }

    /// The text in the other language, for labels that stand in both.
    pub(crate) const fn aside(self, language: Language) -> &'static str {
        match language {
            Language::ZhTw => self.en,
            Language::En => self.zh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Language {
        Language::of_locale(|name| {
            pairs
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_locale_chooses_the_language() {
        assert_eq!(with(&[("LANG", "zh_TW.UTF-8")]), Language::ZhTw);
        assert_eq!(with(&[("LANG", "zh-Hant")]), Language::ZhTw);
        assert_eq!(with(&[("LANG", "en_GB.UTF-8")]), Language::En);
        assert_eq!(with(&[("LANG", "C.UTF-8")]), Language::En);
        assert_eq!(with(&[]), Language::En);
    }

    #[test]
    fn lc_all_outranks_lc_messages_which_outranks_lang() {
        let all = [
            ("LC_ALL", "en_US.UTF-8"),
            ("LC_MESSAGES", "zh_TW.UTF-8"),
            ("LANG", "zh_TW.UTF-8"),
        ];
        assert_eq!(with(&all), Language::En);
        assert_eq!(
            with(&[("LC_ALL", ""), ("LC_MESSAGES", "zh_TW"), ("LANG", "en_US")]),
            Language::ZhTw
        );
    }
}
