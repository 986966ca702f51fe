//! What a reader learns when it activates the chip: answer to reset and UID. Alike on all cards of
//! a batch, apart from randomness.

use alloc::vec::Vec;
use iso7816::{
    Atr,
    historical::{self, CardCapabilities, CardServiceData},
};
use rand_core::CryptoRng;
use transport::Interface;

use crate::image::Options;

/// Card issuer's data, DO 5y of the historical bytes: our own, so that nobody takes this card for
/// another.
const ISSUER_DATA: [u8; 7] = [0x56, b'N', b'e', b'w', b'e', b'I', b'D'];

/// The answer to reset, or for a contactless chip what the reader makes of its answer to select.
pub(crate) fn answer_to_reset(interface: Interface, options: &Options) -> Vec<u8> {
    let historical = historical_bytes(options);
    let atr = match interface {
        Interface::Contact => Atr::builder()
            .clock_and_bit_rate(0x96)
            .t0()
            .t1(0xFE, 0x45)
            .historical_bytes(historical)
            .build(),
        Interface::Contactless => Atr::contactless(&historical),
    };
    // Fourteen historical bytes always fit.
    atr.map(|atr| atr.as_bytes().to_vec()).unwrap_or_default()
}

/// Historical bytes: card service data, card capabilities, card issuer's data (ISO/IEC 7816-4
/// §12.1.1).
fn historical_bytes(options: &Options) -> Vec<u8> {
    let services = CardServiceData::SELECT_BY_FULL_DF_NAME
        | CardServiceData::OBJECTS_IN_EF_DIR
        | CardServiceData::OBJECTS_IN_EF_ATR_INFO
        | CardServiceData::READ_BINARY;
    let extended = if options.extended_length {
        CardCapabilities::EXTENDED_LENGTH | CardCapabilities::EXTENDED_LENGTH_INFORMATION
    } else {
        0
    };
    let capabilities = CardCapabilities {
        selection: CardCapabilities::BY_FULL_DF_NAME | CardCapabilities::SHORT_FILE_ID,
        data_coding: CardCapabilities::DATA_UNIT_BYTE,
        commands: CardCapabilities::COMMAND_CHAINING | extended,
    };
    let mut bytes = historical::encode(CardServiceData(services), capabilities);
    bytes.extend_from_slice(&ISSUER_DATA);
    bytes
}

/// A random UID: its first byte 08 says that it is one (ISO/IEC 14443-3 §6.5.4).
pub(crate) fn random_uid(rng: &mut dyn CryptoRng) -> [u8; 4] {
    let mut uid = [0; 4];
    rng.fill_bytes(&mut uid);
    let [first, ..] = &mut uid;
    *first = 0x08;
    uid
}
