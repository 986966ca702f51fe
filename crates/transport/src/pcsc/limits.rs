//! What a reader can carry, from what it says of itself.

use std::vec;

use iso7816::Atr;

use super::Protocol;
use crate::{Capabilities, Interface};

/// PC/SC part 10, 2.3: the request for the list of features.
const GET_FEATURE_REQUEST: u32 = 3400;
/// PC/SC part 10, 2.6.14: the feature under which a reader lists its
/// properties.
const GET_TLV_PROPERTIES: u8 = 0x12;
/// PC/SC part 10, 2.6.14: the property that is the most data bytes of one
/// APDU; 0 is a reader of short APDUs.
const MAX_APDU_DATA_SIZE: u8 = 0x0A;

/// What gets through to this card.
///
/// `reader_size` is the most data bytes of one APDU as the reader has it, if
/// it says so.
pub(super) fn capabilities(
    protocol: Protocol,
    atr: &[u8],
    reader_size: Option<u32>,
) -> Capabilities {
    let interface = interface(atr);
    match (protocol, reader_size) {
        (Protocol::T0, _) | (Protocol::T1, Some(..=256)) => Capabilities::short(interface),
        (Protocol::T1, None) => Capabilities::extended(interface),
        (Protocol::T1, Some(size)) => {
            let most = Capabilities::extended(interface);
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            Capabilities {
                max_command: size.saturating_add(4 + 3 + 2).min(most.max_command),
                max_response: size.saturating_add(2).min(most.max_response),
                ..most
            }
        }
    }
}

/// A reader makes up the answer to reset of a contactless card in a form of
/// its own (PC/SC part 3, 3.1.3.2.3): T=0 and T=1 without further bytes.
fn interface(atr: &[u8]) -> Interface {
    let is_made_up = Atr::parse(atr)
        .ok()
        .and_then(|atr| Atr::contactless(atr.historical_bytes()).ok())
        .is_some_and(|made_up| made_up.as_bytes() == atr);
    if is_made_up {
        Interface::Contactless
    } else {
        Interface::Contact
    }
}

/// Asks the reader for the most data bytes of one APDU. Most say nothing.
pub(super) fn reader_size(card: &pcsc::Card) -> Option<u32> {
    let mut buffer = vec![0; 256];
    let code = pcsc::ctl_code(GET_FEATURE_REQUEST.into());
    let features = card.control(code, &[], &mut buffer).ok()?;
    // The control code of a feature is big-endian, what a property says is
    // little-endian (PC/SC part 10, 2.3 and 2.6.14).
    let code = u32::from_be_bytes(property(features, GET_TLV_PROPERTIES)?);
    let mut buffer = vec![0; 256];
    let properties = card.control(code.into(), &[], &mut buffer).ok()?;
    Some(u32::from_le_bytes(property(
        properties,
        MAX_APDU_DATA_SIZE,
    )?))
}

/// The four bytes under this tag, in a row of tag, length and value of one,
/// one and length bytes.
fn property(mut row: &[u8], wanted: u8) -> Option<[u8; 4]> {
    loop {
        let (tag, rest) = row.split_first()?;
        let (length, rest) = rest.split_first()?;
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        if *tag == wanted {
            return value.try_into().ok();
        }
        row = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTACT: &[u8] = &[0x3B, 0x00];
    const CONTACTLESS: &[u8] = &[0x3B, 0x80, 0x80, 0x01, 0x01];

    #[test]
    fn extended_length_needs_t_1_and_a_reader_that_does_not_deny_it() {
        for (protocol, size, extended) in [
            (Protocol::T0, None, false),
            (Protocol::T0, Some(0x1_0000), false),
            (Protocol::T1, None, true),
            (Protocol::T1, Some(0), false),
            (Protocol::T1, Some(256), false),
            (Protocol::T1, Some(2048), true),
            (Protocol::T1, Some(u32::MAX), true),
        ] {
            let found = capabilities(protocol, CONTACT, size);
            assert_eq!(found.extended_length, extended, "{protocol:?} {size:?}");
        }
        let small = capabilities(Protocol::T1, CONTACT, Some(2048));
        assert_eq!((small.max_command, small.max_response), (2057, 2050));
        let most = capabilities(Protocol::T1, CONTACT, Some(u32::MAX));
        assert_eq!(most, Capabilities::extended(Interface::Contact));
    }

    #[test]
    fn a_contactless_card_is_told_by_its_made_up_answer_to_reset() {
        let of = |atr| capabilities(Protocol::T1, atr, None).interface;
        assert_eq!(of(CONTACT), Interface::Contact);
        assert_eq!(of(CONTACTLESS), Interface::Contactless);
        // T=1 with parameters of its own, as a contact card has them.
        let contact = [0x3B, 0x80, 0x81, 0x31, 0xFE, 0x45, 0x8B];
        assert_eq!(of(&contact), Interface::Contact);
        assert_eq!(of(&[]), Interface::Contact);
    }

    #[test]
    fn a_property_is_found_behind_others_and_nothing_in_what_is_cut_off() {
        let row = [0x01, 0x01, 0xFF, 0x0A, 0x04, 0x00, 0x00, 0x01, 0x00];
        assert_eq!(property(&row, 0x0A), Some([0, 0, 1, 0]));
        assert_eq!(property(&row, 0x01), None, "another length");
        assert_eq!(property(&row, 0x02), None);
        for cut in 0..row.len() {
            assert_eq!(property(&row[..cut], 0x0A), None);
        }
    }
}
