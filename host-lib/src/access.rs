//! What opens a card: access code, MRZ, PIN1, PUK.
//!
//! Each has its own type, parsed once and wiped when dropped. Parsing touches no card and
//! spends no try; an error says what is wrong without showing the text.

mod mrz;

pub use mrz::MrzKey;

use core::fmt;
use core::str::FromStr;

use secure_channel::Password;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{InputError, InputKind, InputProblem, PasswordKind};

/// Digits that are wiped when dropped and never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Digits<const N: usize>([u8; N]);

impl<const N: usize> Digits<N> {
    fn parse(text: &str, kind: InputKind) -> Result<Self, InputError> {
        let fail = |problem| Err(InputError { kind, problem });
        let found = text.chars().count();
        if found != N {
            return fail(InputProblem::Length { expected: N, found });
        }
        if let Some(at) = text.chars().position(|c| !c.is_ascii_digit()) {
            return fail(InputProblem::NotADigit { position: at + 1 });
        }
        match text.as_bytes().try_into() {
            Ok(digits) => Ok(Self(digits)),
            // N characters, all of them ASCII, are N bytes.
            Err(_) => fail(InputProblem::Length { expected: N, found }),
        }
    }

    fn text(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

macro_rules! digits_type {
    ($(#[$doc:meta])* $name:ident, $digits:literal, $kind:expr) => {
        $(#[$doc])*
        #[derive(ZeroizeOnDrop)]
        pub struct $name(Digits<$digits>);

        impl $name {
            /// Parses the digits. The caller's text stays the caller's to wipe; `try_from` of a
            /// `String` wipes it.
            ///
            /// # Errors
            /// [`InputError`] with the position of the first wrong character, never the text.
            pub fn parse(text: &str) -> Result<Self, InputError> {
                Digits::parse(text, $kind).map(Self)
            }
        }

        impl FromStr for $name {
            type Err = InputError;
            fn from_str(text: &str) -> Result<Self, InputError> {
                Self::parse(text)
            }
        }

        /// Parses the digits and wipes the text, whether it parses or not.
        impl TryFrom<String> for $name {
            type Error = InputError;
            fn try_from(mut text: String) -> Result<Self, InputError> {
                let parsed = Self::parse(&text);
                text.zeroize();
                parsed
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

digits_type! {
    /// The card access number, 存取碼: six digits, the last six of the card number.
    ///
    /// It is printed on the card, never locks, and opens the public and the household zone.
    Can, 6, InputKind::Can
}
digits_type! {
    /// PIN1, 加密區密碼: six digits that the holder chose. Three tries.
    Pin, 6, InputKind::Pin1
}
digits_type! {
    /// The PIN of the PIN letter: five digits that open nothing and serve only to choose PIN1.
    TransportPin, 5, InputKind::TransportPin
}
digits_type! {
    /// The unblocking key, 解鎖碼: eight digits. Ten tries; it opens no data.
    Puk, 8, InputKind::Puk
}

/// PIN2, 憑證密碼: eight to twelve digits that the holder chose. Three tries; it stands before the keys of the natural-person
/// certificate.
#[derive(ZeroizeOnDrop)]
pub struct Pin2(Vec<u8>);

impl Pin2 {
    /// Fewest and most digits.
    const DIGITS: (usize, usize) = (8, 12);

    /// Parses the digits. The caller's text stays the caller's to wipe; `try_from` of a `String` wipes it.
    ///
    /// # Errors
    /// [`InputError`] with the position of the first wrong character, never the text.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        let fail = |problem| {
            Err(InputError {
                kind: InputKind::Pin2,
                problem,
            })
        };
        let (least, most) = Self::DIGITS;
        let found = text.chars().count();
        if !(least..=most).contains(&found) {
            return fail(InputProblem::LengthBetween { least, most, found });
        }
        match text.chars().position(|c| !c.is_ascii_digit()) {
            Some(at) => fail(InputProblem::NotADigit { position: at + 1 }),
            None => Ok(Self(text.as_bytes().to_vec())),
        }
    }

    /// The digits as VERIFY carries them.
    pub(crate) fn digits(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Pin2 {
    type Err = InputError;
    fn from_str(text: &str) -> Result<Self, InputError> {
        Self::parse(text)
    }
}

/// Parses the digits and wipes the text, whether it parses or not.
impl TryFrom<String> for Pin2 {
    type Error = InputError;
    fn try_from(mut text: String) -> Result<Self, InputError> {
        let parsed = Self::parse(&text);
        text.zeroize();
        parsed
    }
}

impl fmt::Debug for Pin2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin2(..)")
    }
}

/// An access code is printed on the card; the secrets of the holder are not to be copied about.
impl Clone for Can {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Can {
    pub(crate) fn digits(&self) -> &str {
        self.0.text()
    }
}

impl Pin {
    /// The digits as RESET RETRY COUNTER carries them (TR-03110-3 B.14.11).
    pub(crate) fn digits(&self) -> &[u8] {
        &self.0.0
    }
}

/// What opens a card by PACE. It is used once: [`Card::pace`](crate::Card::pace) takes it by value, and
/// it cannot be cloned.
///
/// ```
/// use host_lib::AccessCode;
///
/// let code = AccessCode::can("314159")?;
/// assert_eq!(format!("{code:?}"), "Can(Can(..))"); // never prints the digits
///
/// let error = AccessCode::can("31415").unwrap_err();
/// assert_eq!(error.to_string(), "E-INPUT-CAN: 5 characters, not 6");
/// # Ok::<(), host_lib::InputError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum AccessCode {
    /// The access code: public and household zone.
    Can(Can),
    /// Fields of the machine-readable zone: the ICAO application.
    Mrz(MrzKey),
    /// PIN1: the protected zone, and all that the access code opens.
    Pin(Pin),
    /// The transport PIN: nothing but choosing PIN1.
    TransportPin(TransportPin),
    /// The PUK: nothing but unblocking.
    Puk(Puk),
}

impl AccessCode {
    /// An access code from its six digits.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn can(digits: &str) -> Result<Self, InputError> {
        Can::parse(digits).map(Self::Can)
    }

    /// A PIN1 from its six digits.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn pin(digits: &str) -> Result<Self, InputError> {
        Pin::parse(digits).map(Self::Pin)
    }

    /// A transport PIN from its five digits.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn transport_pin(digits: &str) -> Result<Self, InputError> {
        TransportPin::parse(digits).map(Self::TransportPin)
    }

    /// A PUK from its eight digits.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn puk(digits: &str) -> Result<Self, InputError> {
        Puk::parse(digits).map(Self::Puk)
    }

    /// The machine-readable zone's document number, date of birth and date of expiry (both YYMMDD).
    ///
    /// # Errors
    /// [`InputError`].
    pub fn mrz(document_number: &str, birth: &str, expiry: &str) -> Result<Self, InputError> {
        MrzKey::new(document_number, birth, expiry).map(Self::Mrz)
    }

    /// Which password this is.
    pub fn kind(&self) -> PasswordKind {
        match self {
            Self::Can(_) => PasswordKind::Can,
            Self::Mrz(_) => PasswordKind::Mrz,
            Self::Pin(_) | Self::TransportPin(_) => PasswordKind::Pin1,
            Self::Puk(_) => PasswordKind::Puk,
        }
    }

    /// The password as PACE takes it.
    pub(crate) fn password(&self) -> crate::Result<Password> {
        let refused = |_| crate::Error::Internal("a parsed access code was refused");
        match self {
            Self::Can(can) => Password::can(can.digits()).map_err(refused),
            Self::Mrz(key) => {
                Password::mrz(key.document_number(), key.birth(), key.expiry()).map_err(refused)
            }
            Self::Pin(pin) => Password::pin(pin.0.text()).map_err(refused),
            Self::TransportPin(pin) => Password::pin(pin.0.text()).map_err(refused),
            Self::Puk(puk) => Password::puk(puk.0.text()).map_err(refused),
        }
    }
}

impl From<Can> for AccessCode {
    fn from(can: Can) -> Self {
        Self::Can(can)
    }
}

impl From<MrzKey> for AccessCode {
    fn from(key: MrzKey) -> Self {
        Self::Mrz(key)
    }
}

impl From<Pin> for AccessCode {
    fn from(pin: Pin) -> Self {
        Self::Pin(pin)
    }
}

impl From<TransportPin> for AccessCode {
    fn from(pin: TransportPin) -> Self {
        Self::TransportPin(pin)
    }
}

impl From<Puk> for AccessCode {
    fn from(puk: Puk) -> Self {
        Self::Puk(puk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_the_right_number_parse_and_others_do_not() {
        assert!(Can::parse("000000").is_ok());
        assert!(Pin::parse("123456").is_ok());
        assert!(TransportPin::parse("12345").is_ok());
        assert!(Puk::parse("12345678").is_ok());
        for (text, problem) in [
            (
                "12345",
                InputProblem::Length {
                    expected: 6,
                    found: 5,
                },
            ),
            (
                "1234567",
                InputProblem::Length {
                    expected: 6,
                    found: 7,
                },
            ),
            (
                "",
                InputProblem::Length {
                    expected: 6,
                    found: 0,
                },
            ),
            ("12345a", InputProblem::NotADigit { position: 6 }),
            ("１23456", InputProblem::NotADigit { position: 1 }),
            (" 12345", InputProblem::NotADigit { position: 1 }),
        ] {
            assert_eq!(Pin::parse(text).unwrap_err().problem, problem);
        }
    }

    #[test]
    fn neither_debug_nor_errors_show_the_secret() {
        let pin = Pin::parse("271828").unwrap();
        let shown = format!("{pin:?}");
        let code = AccessCode::from(pin);
        for text in [shown, format!("{code:?}"), format!("{code:#?}")] {
            assert!(!text.contains("271828") && !text.contains("2718"), "{text}");
        }
        let error = Pin::parse("27182x").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("2718"));
    }

    #[test]
    fn a_text_that_is_handed_over_is_parsed() {
        assert!(Pin::try_from(String::from("123456")).is_ok());
        assert!(Pin::try_from(String::from("12345")).is_err());
    }
}
