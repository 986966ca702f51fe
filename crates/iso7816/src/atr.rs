//! The answer to reset.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// The most bytes after TS (ISO/IEC 7816-3:2006, 8.2.1).
const MAX_AFTER_TS: usize = 32;
/// The most historical bytes: K is four bits.
const MAX_HISTORICAL: usize = 15;

/// Why bytes are no answer to reset, or why none can be built. Offsets are in
/// bytes from TS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AtrError {
    /// TS is neither 3B nor 3F.
    #[error("initial character {found:02X} is neither 3B nor 3F")]
    InitialCharacter {
        /// The byte that is there.
        found: u8,
    },
    /// The input ends where another byte was announced.
    #[error("answer to reset ends at offset {offset}, before its {what}")]
    Truncated {
        /// Where the input ends.
        offset: usize,
        /// What is missing.
        what: &'static str,
    },
    /// There are more bytes than were announced.
    #[error("{extra} bytes too many at offset {offset}")]
    Trailing {
        /// Where the surplus begins.
        offset: usize,
        /// How many bytes there are.
        extra: usize,
    },
    /// More than 32 bytes follow TS.
    #[error("an answer to reset has at most 33 bytes, not {length}")]
    TooLong {
        /// The bytes that are there.
        length: usize,
    },
    /// The check byte is wrong.
    #[error("check byte TCK is {found:02X}, not {expected:02X}")]
    CheckByte {
        /// The exclusive or of all bytes between TS and TCK.
        expected: u8,
        /// The byte that is there.
        found: u8,
    },
    /// There can be 15 historical bytes at most.
    #[error("{length} historical bytes, of which there can be 15 at most")]
    HistoricalBytes {
        /// The bytes that were given.
        length: usize,
    },
    /// The builder was given no protocol.
    #[error("an answer to reset offers at least one protocol")]
    NoProtocol,
}

/// How bits are sent, told by the initial character TS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Convention {
    /// TS is 3B: high is one, least significant bit first.
    Direct,
    /// TS is 3F: high is zero, most significant bit first.
    Inverse,
}

/// The interface bytes TAi, TBi, TCi and TDi of one i.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct InterfaceBytes {
    /// TAi.
    pub ta: Option<u8>,
    /// TBi.
    pub tb: Option<u8>,
    /// TCi.
    pub tc: Option<u8>,
    /// TDi: protocol T in the low four bits, and which bytes of i + 1 follow.
    pub td: Option<u8>,
}

impl InterfaceBytes {
    /// The protocol that TDi names, 0 to 15.
    #[must_use]
    pub fn protocol(&self) -> Option<u8> {
        self.td.map(|td| td & 0x0F)
    }
}

/// An answer to reset (ISO/IEC 7816-3:2006, 8.2).
///
/// ```
/// use iso7816::{Atr, historical::HistoricalBytes};
///
/// let atr = Atr::builder()
///     .clock_and_bit_rate(0x96)
///     .t0()
///     .t1(0xFE, 0x45)
///     .historical_bytes([0x80, 0x31, 0xB8, 0x73, 0xB4, 0x21, 0xE0])
///     .build()?;
/// assert_eq!(
///     atr.as_bytes(),
///     [0x3B, 0x97, 0x96, 0x80, 0x31, 0xFE, 0x45, 0x80, 0x31, 0xB8, 0x73, 0xB4, 0x21, 0xE0, 0x04]
/// );
///
/// let parsed = Atr::parse(atr.as_bytes())?;
/// assert!(parsed.protocols().eq([0, 1]));
/// let capabilities = HistoricalBytes::parse(parsed.historical_bytes())?.card_capabilities();
/// assert!(capabilities.expect("announced above").extended_length());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Atr {
    bytes: Vec<u8>,
    interface: Vec<InterfaceBytes>,
    historical: Range<usize>,
}

impl Atr {
    /// A builder for a card's own answer to reset.
    #[must_use]
    pub fn builder() -> AtrBuilder {
        AtrBuilder::default()
    }

    /// The answer to reset that a reader makes up for a contactless card of
    /// ISO/IEC 14443-4 type A from the historical bytes of its answer to
    /// select: `3B 8n 80 01`, the bytes, TCK (PC/SC part 3, 3.1.3.2.3.1).
    ///
    /// # Errors
    ///
    /// [`AtrError::HistoricalBytes`] if there are more than 15.
    pub fn contactless(historical: &[u8]) -> Result<Self, AtrError> {
        assemble(0x80, &[0x80, 0x01], historical)
    }

    /// Parses an answer to reset, strictly: every byte must be announced, and
    /// TCK right where it is due.
    ///
    /// # Errors
    ///
    /// [`AtrError`] with what is wrong and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, AtrError> {
        if bytes.len() > 1 + MAX_AFTER_TS {
            return Err(AtrError::TooLong {
                length: bytes.len(),
            });
        }
        let mut input = Input { bytes, position: 0 };
        match input.byte("initial character TS")? {
            0x3B | 0x3F => {}
            found => return Err(AtrError::InitialCharacter { found }),
        }
        let t0 = input.byte("format byte T0")?;
        let mut interface = Vec::new();
        let mut announced = t0;
        let mut check_byte = false;
        loop {
            let group = InterfaceBytes {
                ta: input.byte_if(announced & 0x10 != 0, "interface byte TA")?,
                tb: input.byte_if(announced & 0x20 != 0, "interface byte TB")?,
                tc: input.byte_if(announced & 0x40 != 0, "interface byte TC")?,
                td: input.byte_if(announced & 0x80 != 0, "interface byte TD")?,
            };
            if group != InterfaceBytes::default() {
                interface.push(group);
            }
            let Some(td) = group.td else { break };
            // TCK is absent only where T=0 alone is indicated (8.2.5).
            check_byte |= td & 0x0F != 0;
            announced = td;
        }
        let start = input.position;
        for _ in 0..t0 & 0x0F {
            input.byte("historical bytes")?;
        }
        let historical = start..input.position;
        if check_byte {
            let covered = bytes.get(1..input.position).unwrap_or_default();
            let expected = exclusive_or(covered);
            let found = input.byte("check byte TCK")?;
            if found != expected {
                return Err(AtrError::CheckByte { expected, found });
            }
        }
        if input.position < bytes.len() {
            return Err(AtrError::Trailing {
                offset: input.position,
                extra: bytes.len() - input.position,
            });
        }
        Ok(Self {
            bytes: bytes.to_vec(),
            interface,
            historical,
        })
    }

    /// The bytes as the card sends them, TS first.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The convention that TS tells.
    #[must_use]
    pub fn convention(&self) -> Convention {
        if self.bytes.first() == Some(&0x3F) {
            Convention::Inverse
        } else {
            Convention::Direct
        }
    }

    /// The interface bytes: TA1 to TD1, TA2 to TD2, and so on.
    #[must_use]
    pub fn interface_bytes(&self) -> &[InterfaceBytes] {
        &self.interface
    }

    /// The protocols offered, 0 to 14, in order and each once. The value 15,
    /// which names no protocol, is left out; without TD1 it is 0 alone.
    pub fn protocols(&self) -> impl Iterator<Item = u8> + '_ {
        let named = || self.interface.iter().filter_map(InterfaceBytes::protocol);
        let default = if named().any(|protocol| protocol != 15) {
            None
        } else {
            Some(0)
        };
        (0..15)
            .filter(move |protocol| named().any(|named| named == *protocol))
            .chain(default)
    }

    /// The historical bytes; [`historical`](crate::historical) takes them apart.
    #[must_use]
    pub fn historical_bytes(&self) -> &[u8] {
        self.bytes.get(self.historical.clone()).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Atr {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Display for Atr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for byte in &self.bytes {
            write!(f, "{separator}{byte:02X}")?;
            separator = " ";
        }
        Ok(())
    }
}

impl fmt::Debug for Atr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Atr({self})")
    }
}

struct Input<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Input<'_> {
    fn byte(&mut self, what: &'static str) -> Result<u8, AtrError> {
        let offset = self.position;
        let byte = self
            .bytes
            .get(offset)
            .ok_or(AtrError::Truncated { offset, what })?;
        self.position += 1;
        Ok(*byte)
    }

    fn byte_if(&mut self, announced: bool, what: &'static str) -> Result<Option<u8>, AtrError> {
        announced.then(|| self.byte(what)).transpose()
    }
}

fn exclusive_or(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |check, byte| check ^ byte)
}

/// Puts an answer to reset together. It is parsed again: what a card sends is
/// held to the same rules as what a reader receives.
fn assemble(y1: u8, interface: &[u8], historical: &[u8]) -> Result<Atr, AtrError> {
    let length = historical.len();
    let k = match u8::try_from(length) {
        Ok(k) if length <= MAX_HISTORICAL => k,
        _ => return Err(AtrError::HistoricalBytes { length }),
    };
    let mut bytes = Vec::from([0x3B, y1 | k]);
    bytes.extend_from_slice(interface);
    bytes.extend_from_slice(historical);
    // Both callers name T=1 wherever they write a TD at all.
    if y1 & 0x80 != 0 {
        bytes.push(exclusive_or(bytes.get(1..).unwrap_or_default()));
    }
    Atr::parse(&bytes)
}

/// Builds the answer to reset of a card that offers T=0, T=1 or both, in
/// direct convention.
#[derive(Clone, Debug, Default)]
pub struct AtrBuilder {
    ta1: Option<u8>,
    t0: bool,
    t1: Option<(u8, u8)>,
    historical: Vec<u8>,
}

impl AtrBuilder {
    /// TA1: the clock rate conversion and baud rate adjustment integers that
    /// the card can be driven with (7816-3:2006, 8.3). Without it: 11.
    #[must_use]
    pub fn clock_and_bit_rate(mut self, ta1: u8) -> Self {
        self.ta1 = Some(ta1);
        self
    }

    /// Offers T=0.
    #[must_use]
    pub fn t0(mut self) -> Self {
        self.t0 = true;
        self
    }

    /// Offers T=1 with this information field size in bytes (TA3) and these
    /// block and character waiting time integers (TB3); 7816-3:2006, 11.4.
    #[must_use]
    pub fn t1(mut self, information_field_size: u8, waiting_times: u8) -> Self {
        self.t1 = Some((information_field_size, waiting_times));
        self
    }

    /// The historical bytes, at most 15.
    #[must_use]
    pub fn historical_bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.historical = bytes.into();
        self
    }

    /// The answer to reset. Protocols stand in ascending order (7816-3:2006,
    /// 8.2.3), so a reader that does not choose is given T=0 if it is offered.
    ///
    /// # Errors
    ///
    /// [`AtrError::NoProtocol`] and [`AtrError::HistoricalBytes`].
    pub fn build(self) -> Result<Atr, AtrError> {
        let mut y1 = 0;
        let mut interface = Vec::new();
        if let Some(ta1) = self.ta1 {
            y1 |= 0x10;
            interface.push(ta1);
        }
        match (self.t0, self.t1) {
            (false, None) => return Err(AtrError::NoProtocol),
            (true, None) => {}
            (t0, Some((information_field_size, waiting_times))) => {
                // The bytes that belong to T=1 alone begin with i = 3 (8.2.3),
                // so TD2 names T=1 even where TD1 does already.
                y1 |= 0x80;
                let td1 = if t0 { 0x80 } else { 0x81 };
                interface.extend([td1, 0x31, information_field_size, waiting_times]);
            }
        }
        assemble(y1, &interface, &self.historical)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;
    use proptest::prelude::*;
    use std::format;

    #[test]
    fn published_answers_to_reset_are_taken_apart() {
        // ISO/IEC 7816-3's smallest: T=0 by default, no TCK.
        let least = Atr::parse(&hex!("3B00")).unwrap();
        assert!(least.protocols().eq([0]));
        assert_eq!(least.interface_bytes(), []);
        // Inverse convention; T=15 names no protocol, so T=0 is the default.
        let inverse = Atr::parse(&hex!("3F801F0798")).unwrap();
        assert_eq!(inverse.convention(), Convention::Inverse);
        assert!(inverse.protocols().eq([0]));
        // PC/SC part 3, supplemental document: a MIFARE Standard 1K storage card.
        let mifare = Atr::parse(&hex!("3B8F8001804F0CA000000306030001000000006A")).unwrap();
        assert!(mifare.protocols().eq([0, 1]));
        assert_eq!(mifare.historical_bytes().len(), 15);
        // The usual form of a contactless e-passport without historical bytes.
        assert_eq!(
            Atr::contactless(&[]).unwrap().as_bytes(),
            hex!("3B80800101")
        );
    }

    #[test]
    fn interface_bytes_are_numbered_by_group() {
        let atr = Atr::parse(&hex!("3B F2 18 00 02 C1 0A 31 FE 45 41 42 AA"));
        // TA1 TB1 TC1 TD1 | TC2 TD2 | TA3 TB3 | two historical bytes | TCK
        let atr = atr.unwrap();
        assert_eq!(
            atr.interface_bytes(),
            [
                InterfaceBytes {
                    ta: Some(0x18),
                    tb: Some(0x00),
                    tc: Some(0x02),
                    td: Some(0xC1)
                },
                InterfaceBytes {
                    tc: Some(0x0A),
                    td: Some(0x31),
                    ..InterfaceBytes::default()
                },
                InterfaceBytes {
                    ta: Some(0xFE),
                    tb: Some(0x45),
                    ..InterfaceBytes::default()
                }
            ]
        );
        assert!(atr.protocols().eq([1]));
        assert_eq!(atr.historical_bytes(), b"AB");
        assert_eq!(atr.convention(), Convention::Direct);
    }

    #[test]
    fn the_check_byte_is_due_unless_t0_stands_alone() {
        assert!(Atr::parse(&hex!("3B8000")).is_ok(), "TD1 = T=0, no TCK");
        assert_eq!(
            Atr::parse(&hex!("3B800000")),
            Err(AtrError::Trailing {
                offset: 3,
                extra: 1
            })
        );
        assert_eq!(
            Atr::parse(&hex!("3B8001")),
            Err(AtrError::Truncated {
                offset: 3,
                what: "check byte TCK"
            })
        );
        assert_eq!(
            Atr::parse(&hex!("3B800180")),
            Err(AtrError::CheckByte {
                expected: 0x81,
                found: 0x80
            })
        );
        assert!(Atr::parse(&hex!("3B800181")).is_ok());
    }

    #[test]
    fn malformed_answers_to_reset_are_refused_with_the_place() {
        assert_eq!(
            Atr::parse(&[]),
            Err(AtrError::Truncated {
                offset: 0,
                what: "initial character TS"
            })
        );
        assert_eq!(
            Atr::parse(&hex!("3A00")),
            Err(AtrError::InitialCharacter { found: 0x3A })
        );
        assert_eq!(
            Atr::parse(&hex!("3B90")),
            Err(AtrError::Truncated {
                offset: 2,
                what: "interface byte TA"
            })
        );
        assert_eq!(
            Atr::parse(&hex!("3B0241")),
            Err(AtrError::Truncated {
                offset: 3,
                what: "historical bytes"
            })
        );
        assert_eq!(
            Atr::parse(&[0x3B; 34]),
            Err(AtrError::TooLong { length: 34 })
        );
        // A chain of TD bytes without end stops at the end of the input.
        let mut endless = [0x80; 33];
        endless[0] = 0x3B;
        assert!(matches!(
            Atr::parse(&endless),
            Err(AtrError::Truncated { offset: 33, .. })
        ));
    }

    #[test]
    fn the_builder_offers_protocols_in_ascending_order() {
        let both = Atr::builder().t1(0xFE, 0x45).t0().build().unwrap();
        assert_eq!(format!("{both}"), "3B 80 80 31 FE 45 8A");
        assert!(both.protocols().eq([0, 1]));
        let t1 = Atr::builder().t1(0xFE, 0x45).build().unwrap();
        assert_eq!(format!("{t1:?}"), "Atr(3B 80 81 31 FE 45 8B)");
        assert!(t1.protocols().eq([1]));
        let t0 = Atr::builder().t0().historical_bytes(*b"A").build().unwrap();
        assert_eq!(t0.as_bytes(), hex!("3B0141"));
    }

    #[test]
    fn the_builder_refuses_what_no_card_can_send() {
        assert_eq!(Atr::builder().build(), Err(AtrError::NoProtocol));
        assert_eq!(
            Atr::builder().t0().historical_bytes([0; 16]).build(),
            Err(AtrError::HistoricalBytes { length: 16 })
        );
        assert_eq!(
            Atr::contactless(&[0; 300]),
            Err(AtrError::HistoricalBytes { length: 300 })
        );
    }

    proptest! {
        #[test]
        fn what_is_built_parses_to_the_same(
            ta1 in any::<Option<u8>>(),
            t0 in any::<bool>(),
            t1 in any::<Option<(u8, u8)>>(),
            historical in prop::collection::vec(any::<u8>(), 0..=15),
        ) {
            let builder = AtrBuilder { ta1, t0: t0 || t1.is_none(), t1, historical };
            let atr = builder.clone().build().unwrap();
            prop_assert_eq!(atr.historical_bytes(), &builder.historical);
            prop_assert_eq!(atr.protocols().any(|t| t == 1), t1.is_some());
            prop_assert_eq!(atr.protocols().any(|t| t == 0), builder.t0);
            prop_assert_eq!(atr.interface_bytes().first().and_then(|group| group.ta), ta1);
            prop_assert_eq!(Atr::parse(atr.as_bytes()).unwrap(), atr);
        }

        #[test]
        fn any_bytes_are_an_answer_to_reset_or_an_error(
            mut bytes in prop::collection::vec(any::<u8>(), 1..36),
        ) {
            bytes[0] = 0x3B;
            if let Ok(atr) = Atr::parse(&bytes) {
                prop_assert_eq!(atr.as_bytes(), &bytes);
            }
        }
    }
}
