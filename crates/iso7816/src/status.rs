//! Status words.

use core::fmt;

/// The status bytes SW1-SW2 that end every response (ISO/IEC 7816-4:2020,
/// 5.6), as one big-endian number.
///
/// ```
/// use iso7816::StatusWord;
///
/// let status = StatusWord(0x63C2);
/// assert_eq!(status.tries_left(), Some(2));
/// assert!(status.is_warning());
/// assert_eq!(status.to_string(), "63C2 wrong secret, 2 tries left");
/// assert_eq!(StatusWord::FILE_NOT_FOUND.to_string(), "6A82 file or application not found");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusWord(pub u16);

macro_rules! status_words {
    ($($name:ident = $value:literal, $meaning:literal;)*) => {
        impl StatusWord {
            $(
                #[doc = concat!("`", stringify!($value), "`: ", $meaning, ".")]
                pub const $name: Self = Self($value);
            )*

            const fn exact_meaning(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($meaning),)*
                    _ => None,
                }
            }
        }
    };
}

status_words! {
    OK = 0x9000, "success";
    WARNING_UNCHANGED = 0x6200, "warning, memory unchanged";
    PART_OF_DATA_CORRUPTED = 0x6281, "part of the returned data may be corrupted";
    END_OF_FILE_REACHED = 0x6282, "end of file reached before Ne bytes were read";
    DEACTIVATED = 0x6283, "selected file or reference data deactivated";
    TERMINATED = 0x6285, "selected file in termination state";
    AUTHENTICATION_FAILED = 0x6300, "authentication failed";
    COMPARISON_FAILED = 0x6340, "unsuccessful comparison";
    EXECUTION_ERROR = 0x6400, "execution error, memory unchanged";
    MEMORY_CHANGED = 0x6500, "execution error, memory changed";
    MEMORY_FAILURE = 0x6581, "memory failure";
    WRONG_LENGTH = 0x6700, "wrong length";
    CLASS_FUNCTION_NOT_SUPPORTED = 0x6800, "function in class byte not supported";
    LOGICAL_CHANNEL_NOT_SUPPORTED = 0x6881, "logical channel not supported";
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882, "secure messaging not supported";
    LAST_COMMAND_OF_CHAIN_EXPECTED = 0x6883, "last command of the chain expected";
    COMMAND_CHAINING_NOT_SUPPORTED = 0x6884, "command chaining not supported";
    COMMAND_INCOMPATIBLE_WITH_FILE_STRUCTURE = 0x6981, "command incompatible with file structure";
    SECURITY_STATUS_NOT_SATISFIED = 0x6982, "security status not satisfied";
    AUTHENTICATION_METHOD_BLOCKED = 0x6983, "authentication method blocked";
    REFERENCE_DATA_NOT_USABLE = 0x6984, "reference data not usable";
    CONDITIONS_NOT_SATISFIED = 0x6985, "conditions of use not satisfied";
    COMMAND_NOT_ALLOWED = 0x6986, "command not allowed, no current file";
    SM_OBJECTS_MISSING = 0x6987, "expected secure messaging objects missing";
    SM_OBJECTS_INCORRECT = 0x6988, "incorrect secure messaging objects";
    INCORRECT_DATA = 0x6A80, "incorrect parameters in the command data";
    FUNCTION_NOT_SUPPORTED = 0x6A81, "function not supported";
    FILE_NOT_FOUND = 0x6A82, "file or application not found";
    RECORD_NOT_FOUND = 0x6A83, "record not found";
    NOT_ENOUGH_MEMORY = 0x6A84, "not enough memory in the file";
    INCORRECT_P1_P2 = 0x6A86, "incorrect parameters P1-P2";
    NC_INCONSISTENT_WITH_P1_P2 = 0x6A87, "data length inconsistent with P1-P2";
    REFERENCE_NOT_FOUND = 0x6A88, "referenced data not found";
    FILE_ALREADY_EXISTS = 0x6A89, "file already exists";
    WRONG_P1_P2 = 0x6B00, "wrong parameters P1-P2, or offset outside the file";
    INS_NOT_SUPPORTED = 0x6D00, "instruction not supported or invalid";
    CLA_NOT_SUPPORTED = 0x6E00, "class not supported";
    UNKNOWN = 0x6F00, "no precise diagnosis";
}

impl StatusWord {
    /// `63Cx`: the secret was wrong and `tries` attempts are left (15 stands
    /// for 15 or more, as one nibble is all there is).
    #[must_use]
    pub const fn wrong_secret(tries: u8) -> Self {
        let tries = if tries > 15 { 15 } else { tries };
        Self(0x63C0 | tries as u16)
    }

    /// `61xx`: `available` more response bytes can be fetched with GET
    /// RESPONSE; 256 or more are announced as `6100`.
    #[must_use]
    pub const fn more_data(available: usize) -> Self {
        if available > 0xFF {
            Self(0x6100)
        } else {
            Self(0x6100 | available as u16)
        }
    }

    /// `6Cxx`: the Le field was wrong, `exact` is right; 256 is coded as 00.
    #[must_use]
    pub const fn wrong_le(exact: u8) -> Self {
        Self(0x6C00 | exact as u16)
    }

    /// SW1.
    #[must_use]
    pub const fn sw1(self) -> u8 {
        self.to_bytes()[0]
    }

    /// SW2.
    #[must_use]
    pub const fn sw2(self) -> u8 {
        self.to_bytes()[1]
    }

    /// SW1, SW2.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// Whether this is 9000 exactly. `61xx`, which is a success too, has data
    /// waiting and is asked for with [`bytes_available`](Self::bytes_available).
    #[must_use]
    pub const fn is_ok(self) -> bool {
        self.0 == 0x9000
    }

    /// Whether the command was processed with a warning: `62xx` or `63xx`.
    #[must_use]
    pub const fn is_warning(self) -> bool {
        matches!(self.sw1(), 0x62 | 0x63)
    }

    /// Whether the command was not carried out: everything that is neither
    /// 9000, `61xx` nor a warning.
    #[must_use]
    pub const fn is_error(self) -> bool {
        !self.is_ok() && !self.is_warning() && self.sw1() != 0x61
    }

    /// The attempts left after a wrong secret, 0 to 15, if this is `63Cx`.
    #[must_use]
    pub const fn tries_left(self) -> Option<u8> {
        if self.0 & 0xFFF0 == 0x63C0 {
            Some(self.sw2() & 0x0F)
        } else {
            None
        }
    }

    /// How many bytes GET RESPONSE will give, 1 to 256, if this is `61xx`
    /// (`6100` means 256, or more).
    #[must_use]
    pub const fn bytes_available(self) -> Option<u32> {
        match self.to_bytes() {
            [0x61, 0x00] => Some(256),
            [0x61, count] => Some(count as u32),
            _ => None,
        }
    }

    /// The Ne to repeat the command with, 1 to 256, if this is `6Cxx`.
    #[must_use]
    pub const fn exact_ne(self) -> Option<u32> {
        match self.to_bytes() {
            [0x6C, 0x00] => Some(256),
            [0x6C, count] => Some(count as u32),
            _ => None,
        }
    }

    /// What the standard says this means; the meaning of SW1 where the exact
    /// value has none of its own.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        if let Some(meaning) = self.exact_meaning() {
            return meaning;
        }
        if self.tries_left().is_some() {
            return "wrong secret";
        }
        match self.sw1() {
            0x61 => "success, more data available",
            0x62 => "warning, memory unchanged",
            0x63 => "warning, memory may have changed",
            0x64 => "execution error, memory unchanged",
            0x65 => "execution error, memory may have changed",
            0x66 => "security-related execution error",
            0x67 => "wrong length",
            0x68 => "function in class byte not supported",
            0x69 => "command not allowed",
            0x6A => "wrong parameters P1-P2 or data",
            0x6B => "wrong parameters P1-P2",
            0x6C => "wrong Le field",
            0x6D => "instruction not supported or invalid",
            0x6E => "class not supported",
            0x6F => "no precise diagnosis",
            _ => "not a status word of ISO/IEC 7816-4",
        }
    }
}

impl From<u16> for StatusWord {
    fn from(value: u16) -> Self {
        Self(value)
    }
}

impl From<StatusWord> for u16 {
    fn from(status: StatusWord) -> Self {
        status.0
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusWord({:04X})", self.0)
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X} {}", self.0, self.meaning())?;
        if let Some(tries) = self.tries_left() {
            let noun = if tries == 1 { "try" } else { "tries" };
            write!(f, ", {tries} {noun} left")?;
        } else if let Some(count) = self.bytes_available() {
            write!(f, " ({count} bytes)")?;
        } else if let Some(count) = self.exact_ne() {
            write!(f, " ({count} bytes would be right)")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn only_9000_is_ok_and_every_status_word_is_one_thing() {
        for value in 0..=u16::MAX {
            let status = StatusWord(value);
            assert_eq!(status.is_ok(), value == 0x9000);
            let kinds = [
                status.is_ok(),
                status.is_warning(),
                status.is_error(),
                status.bytes_available().is_some(),
            ];
            assert_eq!(kinds.iter().filter(|&&kind| kind).count(), 1, "{value:04X}");
            assert!(!status.meaning().is_empty());
        }
    }

    /// ISO/IEC 7816-4:2020, tables 5 and 6, once more and by hand: chip and
    /// terminal share the constants, so a wrong one would not be noticed between
    /// them.
    #[test]
    fn every_constant_has_the_bytes_that_the_standard_gives_it() {
        for (status, bytes) in [
            (StatusWord::OK, [0x90, 0x00]),
            (StatusWord::WARNING_UNCHANGED, [0x62, 0x00]),
            (StatusWord::PART_OF_DATA_CORRUPTED, [0x62, 0x81]),
            (StatusWord::END_OF_FILE_REACHED, [0x62, 0x82]),
            (StatusWord::DEACTIVATED, [0x62, 0x83]),
            (StatusWord::TERMINATED, [0x62, 0x85]),
            (StatusWord::AUTHENTICATION_FAILED, [0x63, 0x00]),
            (StatusWord::COMPARISON_FAILED, [0x63, 0x40]),
            (StatusWord::EXECUTION_ERROR, [0x64, 0x00]),
            (StatusWord::MEMORY_CHANGED, [0x65, 0x00]),
            (StatusWord::MEMORY_FAILURE, [0x65, 0x81]),
            (StatusWord::WRONG_LENGTH, [0x67, 0x00]),
            (StatusWord::CLASS_FUNCTION_NOT_SUPPORTED, [0x68, 0x00]),
            (StatusWord::LOGICAL_CHANNEL_NOT_SUPPORTED, [0x68, 0x81]),
            (StatusWord::SECURE_MESSAGING_NOT_SUPPORTED, [0x68, 0x82]),
            (StatusWord::LAST_COMMAND_OF_CHAIN_EXPECTED, [0x68, 0x83]),
            (StatusWord::COMMAND_CHAINING_NOT_SUPPORTED, [0x68, 0x84]),
            (
                StatusWord::COMMAND_INCOMPATIBLE_WITH_FILE_STRUCTURE,
                [0x69, 0x81],
            ),
            (StatusWord::SECURITY_STATUS_NOT_SATISFIED, [0x69, 0x82]),
            (StatusWord::AUTHENTICATION_METHOD_BLOCKED, [0x69, 0x83]),
            (StatusWord::REFERENCE_DATA_NOT_USABLE, [0x69, 0x84]),
            (StatusWord::CONDITIONS_NOT_SATISFIED, [0x69, 0x85]),
            (StatusWord::COMMAND_NOT_ALLOWED, [0x69, 0x86]),
            (StatusWord::SM_OBJECTS_MISSING, [0x69, 0x87]),
            (StatusWord::SM_OBJECTS_INCORRECT, [0x69, 0x88]),
            (StatusWord::INCORRECT_DATA, [0x6A, 0x80]),
            (StatusWord::FUNCTION_NOT_SUPPORTED, [0x6A, 0x81]),
            (StatusWord::FILE_NOT_FOUND, [0x6A, 0x82]),
            (StatusWord::RECORD_NOT_FOUND, [0x6A, 0x83]),
            (StatusWord::NOT_ENOUGH_MEMORY, [0x6A, 0x84]),
            (StatusWord::INCORRECT_P1_P2, [0x6A, 0x86]),
            (StatusWord::NC_INCONSISTENT_WITH_P1_P2, [0x6A, 0x87]),
            (StatusWord::REFERENCE_NOT_FOUND, [0x6A, 0x88]),
            (StatusWord::FILE_ALREADY_EXISTS, [0x6A, 0x89]),
            (StatusWord::WRONG_P1_P2, [0x6B, 0x00]),
            (StatusWord::INS_NOT_SUPPORTED, [0x6D, 0x00]),
            (StatusWord::CLA_NOT_SUPPORTED, [0x6E, 0x00]),
            (StatusWord::UNKNOWN, [0x6F, 0x00]),
        ] {
            assert_eq!(status.to_bytes(), bytes);
            assert_eq!(u16::from(status), u16::from_be_bytes(bytes));
            assert_eq!([status.sw1(), status.sw2()], bytes);
        }
    }

    #[test]
    fn an_unlisted_status_word_has_the_meaning_of_its_first_byte() {
        for (sw1, meaning) in [
            (0x61, "success, more data available"),
            (0x62, "warning, memory unchanged"),
            (0x63, "warning, memory may have changed"),
            (0x64, "execution error, memory unchanged"),
            (0x65, "execution error, memory may have changed"),
            (0x66, "security-related execution error"),
            (0x67, "wrong length"),
            (0x68, "function in class byte not supported"),
            (0x69, "command not allowed"),
            (0x6A, "wrong parameters P1-P2 or data"),
            (0x6B, "wrong parameters P1-P2"),
            (0x6C, "wrong Le field"),
            (0x6D, "instruction not supported or invalid"),
            (0x6E, "class not supported"),
            (0x6F, "no precise diagnosis"),
            (0x90, "not a status word of ISO/IEC 7816-4"),
        ] {
            assert_eq!(StatusWord::from(sw1 << 8 | 0x77).meaning(), meaning);
        }
        assert!(StatusWord(0x6277).is_warning() && StatusWord(0x6377).is_warning());
        assert!(StatusWord(0x6477).is_error() && StatusWord(0x6077).is_error());
    }

    #[test]
    fn tries_left_is_told_by_63cx_alone() {
        for tries in 0..=15 {
            assert_eq!(StatusWord::wrong_secret(tries).tries_left(), Some(tries));
        }
        assert_eq!(StatusWord::wrong_secret(200), StatusWord(0x63CF));
        for other in [0x6300, 0x63BF, 0x63D0, 0x62C3, 0x9000, 0x6983] {
            assert_eq!(StatusWord(other).tries_left(), None);
        }
    }

    #[test]
    fn counts_in_sw2_treat_zero_as_256() {
        assert_eq!(StatusWord::more_data(255), StatusWord(0x61FF));
        assert_eq!(StatusWord::more_data(256), StatusWord(0x6100));
        assert_eq!(StatusWord::more_data(70_000), StatusWord(0x6100));
        assert_eq!(StatusWord::more_data(5).bytes_available(), Some(5));
        assert_eq!(StatusWord(0x6100).bytes_available(), Some(256));
        assert_eq!(StatusWord::more_data(0x12), StatusWord(0x6112));
        assert_eq!(StatusWord::wrong_le(0).exact_ne(), Some(256));
        assert_eq!(StatusWord(0x6C10).exact_ne(), Some(16));
        assert_eq!(StatusWord(0x9000).exact_ne(), None);
    }

    #[test]
    fn display_gives_the_digits_and_the_meaning() {
        for (value, text) in [
            (0x9000, "9000 success"),
            (0x63C1, "63C1 wrong secret, 1 try left"),
            (0x63C0, "63C0 wrong secret, 0 tries left"),
            (0x6110, "6110 success, more data available (16 bytes)"),
            (0x6C00, "6C00 wrong Le field (256 bytes would be right)"),
            (0x6AFF, "6AFF wrong parameters P1-P2 or data"),
            (0x0000, "0000 not a status word of ISO/IEC 7816-4"),
        ] {
            assert_eq!(StatusWord(value).to_string(), text);
        }
    }
}
