//! The secret numbers that belong to a card.

use core::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::profile::{CardNumber, CodeChoices, Document, Pin1Choice};

/// The codes of an issued card: what the issuer prints on the card and into the PIN letter.
///
/// Wiped when dropped; `Debug` prints nothing.
#[derive(Clone)]
pub struct Codes {
    can: Zeroizing<String>,
    pin1: Zeroizing<String>,
    puk: Zeroizing<String>,
    pin2: Option<Zeroizing<String>>,
}

impl Codes {
    /// The access code 存取碼 (CAN): six digits, the last ones of the card number.
    pub fn can(&self) -> &str {
        &self.can
    }

    /// PIN1 加密區密碼: six digits, or five for a transport PIN1.
    pub fn pin1(&self) -> &str {
        &self.pin1
    }

    /// Whether PIN1 is a transport PIN1, which only serves to set a PIN1.
    pub fn pin1_is_transport(&self) -> bool {
        self.pin1.len() == 5
    }

    /// The PUK 解鎖碼: eight digits.
    pub fn puk(&self) -> &str {
        &self.puk
    }

    /// PIN2 憑證密碼: eight to twelve digits; `None` on a card without certificate.
    pub fn pin2(&self) -> Option<&str> {
        self.pin2.as_deref().map(String::as_str)
    }

    /// Takes the codes that the profile fixes and draws the others.
    pub(crate) fn draw(
        choices: &CodeChoices,
        card_number: &CardNumber,
        certificate: bool,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let pin1 = match &choices.pin1 {
            Pin1Choice::Random => digits(6, rng),
            Pin1Choice::Fixed(pin1) | Pin1Choice::Transport(pin1) => pin1.clone(),
        };
        let puk = choices.puk.clone().unwrap_or_else(|| digits(8, rng));
        let pin2 = certificate.then(|| choices.pin2.clone().unwrap_or_else(|| digits(8, rng)));
        Self {
            can: Zeroizing::new(card_number.can().to_owned()),
            pin1,
            puk,
            pin2,
        }
    }
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codes(..)")
    }
}

/// The card number of the profile, or one drawn at random that ends with the profile's access
/// code, if that is fixed.
pub(crate) fn card_number(
    document: &Document,
    choices: &CodeChoices,
    rng: &mut dyn CryptoRng,
) -> Option<CardNumber> {
    if let Some(number) = &document.card_number {
        return Some(number.clone());
    }
    let can = choices.can.clone().unwrap_or_else(|| digits(6, rng));
    let number = Zeroizing::new(["T", &*digits(2, rng), &*can].concat());
    CardNumber::parse(&number)
}

/// Decimal digits, each equally likely.
pub(crate) fn digits(count: usize, rng: &mut dyn CryptoRng) -> Zeroizing<String> {
    let mut digits = Zeroizing::new(String::with_capacity(count));
    while digits.len() < count {
        let mut byte = [0];
        rng.fill_bytes(&mut byte);
        // 250 is a multiple of ten; the six values above would make some digits likelier.
        if let [byte @ 0..250] = byte {
            digits.push(char::from(b'0' + byte % 10));
        }
    }
    digits
}
