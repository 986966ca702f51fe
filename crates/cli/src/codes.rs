//! Access codes and PINs: from standard input where a flag says so, else from the environment, else from a prompt that shows
//! nothing. Never from the command line, which every user of the machine can read.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, BufRead, Read};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::language::{Bilingual, Language};

/// No code is longer; a line that is longer is not read to its end.
const LONGEST_LINE: u64 = 256;

/// One of the codes that a holder or an agency types, in the order of their lines on standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CodeName {
    Can,
    Pin,
    Puk,
    Mrz,
    NewPin,
    CardNumber,
    Pin2,
    NewPin2,
}

impl CodeName {
    /// The code that the documents call so.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "can" => Self::Can,
            "pin" => Self::Pin,
            "puk" => Self::Puk,
            "mrz" => Self::Mrz,
            _ => return None,
        })
    }

    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::Can => "NEWEID_CAN",
            Self::Pin => "NEWEID_PIN",
            Self::Puk => "NEWEID_PUK",
            Self::Mrz => "NEWEID_MRZ",
            Self::NewPin => "NEWEID_NEW_PIN",
            Self::CardNumber => "NEWEID_CARD_NUMBER",
            Self::Pin2 => "NEWEID_PIN2",
            Self::NewPin2 => "NEWEID_NEW_PIN2",
        }
    }

    pub(crate) const fn flag(self) -> &'static str {
        match self {
            Self::Can => "--can-stdin",
            Self::Pin => "--pin-stdin",
            Self::Puk => "--puk-stdin",
            Self::Mrz => "--mrz-stdin",
            Self::NewPin => "--new-pin-stdin",
            Self::CardNumber => "--number-stdin",
            Self::Pin2 => "--pin2-stdin",
            Self::NewPin2 => "--new-pin2-stdin",
        }
    }

    pub(crate) const fn label(self) -> Bilingual {
        match self {
            Self::Can => Bilingual::new(
                "存取碼（卡片序號末六碼）",
                "Access code (last six digits of the card number)",
            ),
            Self::Pin => Bilingual::new("加密區密碼 (PIN1)", "PIN1"),
            Self::Puk => Bilingual::new("解鎖碼 (PUK)", "PUK"),
            Self::Mrz => Bilingual::new(
                "機器可讀區 (MRZ)：三行連成一行，或「證件號碼,出生日期,應換領日期」（YYMMDD）",
                "MRZ (its three lines joined, or: document number,birth date,expiry date as YYMMDD)",
            ),
            Self::CardNumber => Bilingual::new(
                "證件號碼（末六碼為存取碼）",
                "Card number (its last six digits are the access code)",
            ),
            Self::NewPin => Bilingual::new("新的加密區密碼 (PIN1)", "New PIN1"),
            Self::Pin2 => Bilingual::new("憑證密碼 (PIN2)", "PIN2"),
            Self::NewPin2 => Bilingual::new("新的憑證密碼 (PIN2)", "New PIN2"),
        }
    }
}

/// Where the codes of this run come from.
pub(crate) struct CodeReader {
    language: Language,
    from_stdin: Vec<CodeName>,
    lines: Option<BTreeMap<CodeName, Zeroizing<String>>>,
    /// What somebody typed before the card was opened.
    asked: BTreeMap<CodeName, Zeroizing<String>>,
    spent_asking: Duration,
}

impl CodeReader {
    /// Codes from the given flags, each with whether it was set.
    pub(crate) fn new(language: Language, flags: &[(CodeName, bool)]) -> Self {
        let mut from_stdin: Vec<CodeName> = flags
            .iter()
            .filter(|(_, set)| *set)
            .map(|(name, _)| *name)
            .collect();
        // The order of the lines is the order of the names, whatever the order of the flags.
        from_stdin.sort_unstable();
        Self {
            language,
            from_stdin,
            lines: None,
            asked: BTreeMap::new(),
            spent_asking: Duration::ZERO,
        }
    }

    /// Codes that the program knows, because it has just issued the card.
    pub(crate) fn knowing(
        language: Language,
        codes: impl IntoIterator<Item = (CodeName, String)>,
    ) -> Self {
        let lines: BTreeMap<_, _> = codes
            .into_iter()
            .map(|(name, code)| (name, Zeroizing::new(code)))
            .collect();
        let from_stdin = lines.keys().copied().collect();
        Self {
            language,
            from_stdin,
            lines: Some(lines),
            asked: BTreeMap::new(),
            spent_asking: Duration::ZERO,
        }
    }

    /// The code, wiped when dropped.
    pub(crate) fn obtain(&mut self, name: CodeName) -> Result<Zeroizing<String>, Failure> {
        self.obtain_or_ask(name, &[])
    }

    /// The code; whoever is asked for it sees first how many tries are left.
    pub(crate) fn obtain_counted(
        &mut self,
        name: CodeName,
        tries_left: u8,
    ) -> Result<Zeroizing<String>, Failure> {
        let note = match self.language {
            Language::ZhTw => format!("剩餘 {tries_left} 次"),
            Language::En => format!("tries left: {tries_left}"),
        };
        self.obtain_or_ask(name, &[&note])
    }

    /// Whether somebody would be asked for it.
    pub(crate) fn would_ask(&self, name: CodeName) -> bool {
        !self.from_stdin.contains(&name)
            && env::var_os(name.variable()).is_none()
            && !self.asked.contains_key(&name)
    }

    /// Keeps a code that was obtained before its turn, for the card that is opened later.
    pub(crate) fn keep(&mut self, name: CodeName, code: Zeroizing<String>) {
        self.asked.insert(name, code);
    }

    /// A new PIN; whoever types it at the prompt types it twice.
    pub(crate) fn obtain_new(&mut self, name: CodeName) -> Result<Zeroizing<String>, Failure> {
        let again = Bilingual::new("再輸入一次", "once more").say(self.language);
        self.obtain_or_ask(name, &["", again])
    }

    /// The code from where it was announced, else from the prompt, asked once for each note.
    fn obtain_or_ask(
        &mut self,
        name: CodeName,
        notes: &[&str],
    ) -> Result<Zeroizing<String>, Failure> {
        if let Some(code) = self.asked.get(&name) {
            return Ok(code.clone());
        }
        if self.from_stdin.contains(&name) {
            return self.line(name);
        }
        if let Some(value) = env::var_os(name.variable()) {
            return match value.into_string() {
                Ok(text) => Ok(Zeroizing::new(text)),
                Err(_) => Err(Failure::CodeUnreadable { name }),
            };
        }
        let (first, more) = notes.split_first().unwrap_or((&"", &[]));
        let code = self.prompt(name, first)?;
        for note in more {
            if *self.prompt(name, note)? != *code {
                return Err(Failure::NewPinsDiffer);
            }
        }
        Ok(code)
    }

    fn line(&mut self, name: CodeName) -> Result<Zeroizing<String>, Failure> {
        if self.lines.is_none() {
            let mut stdin = io::stdin().lock();
            let mut lines = BTreeMap::new();
            for name in &self.from_stdin {
                lines.insert(*name, read_line(&mut stdin, *name)?);
            }
            self.lines = Some(lines);
        }
        let line = self.lines.as_ref().and_then(|lines| lines.get(&name));
        line.cloned().ok_or(Failure::CodeUnreadable { name })
    }

    fn prompt(&mut self, name: CodeName, note: &str) -> Result<Zeroizing<String>, Failure> {
        let label = name.label().say(self.language);
        let prompt = match (self.language, note) {
            (Language::ZhTw, "") => format!("{label}："),
            (Language::ZhTw, note) => format!("{label}（{note}）："),
            (Language::En, "") => format!("{label}: "),
            (Language::En, note) => format!("{label} ({note}): "),
        };
        let begin = Instant::now();
        let answer = rpassword::prompt_password(prompt);
        self.spent_asking += begin.elapsed();
        answer
            .map(Zeroizing::new)
            .map_err(|_| Failure::NobodyToAsk { name })
    }

    /// How long the program has waited for somebody to type.
    pub(crate) fn time_spent_asking(&self) -> Duration {
        self.spent_asking
    }
}

fn read_line(input: &mut impl BufRead, name: CodeName) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    let read = input
        .take(LONGEST_LINE)
        .read_line(&mut line)
        .map_err(|_| Failure::CodeUnreadable { name })?;
    if read == 0 {
        return Err(Failure::CodeUnreadable { name });
    }
    Ok(Zeroizing::new(
        line.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_its_end_and_nothing_else() {
        let mut input: &[u8] = b"123456\r\n 7 \n";
        assert_eq!(*read_line(&mut input, CodeName::Can).unwrap(), "123456");
        assert_eq!(*read_line(&mut input, CodeName::Pin).unwrap(), " 7 ");
        assert!(read_line(&mut input, CodeName::Puk).is_err());
    }

    #[test]
    fn an_endless_line_is_not_read_to_its_end() {
        let endless = [b'1'; 100_000];
        let line = read_line(&mut endless.as_slice(), CodeName::Can).unwrap();
        assert_eq!(line.len(), 256);
    }
}
