//! Instruction codes by their standard names (ISO/IEC 7816-4:2020, 5.4.2;
//! 7816-8 and 7816-9 for the security and file management ones).
//!
//! In the interindustry classes an odd code means that the data fields are
//! BER-TLV; [`READ_BINARY`] and [`READ_BINARY_ODD`] are the usual example.

macro_rules! instructions {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        $($(#[$doc])* pub const $name: u8 = $code;)*

        /// The standard's name of an interindustry instruction, if it is one
        /// of those listed here.
        ///
        /// ```
        /// assert_eq!(iso7816::ins::name(0xB0), Some("READ BINARY"));
        /// assert_eq!(iso7816::ins::name(0x01), None);
        /// ```
        #[must_use]
        pub const fn name(ins: u8) -> Option<&'static str> {
            match ins {
                $($code => Some($text),)*
                _ => None,
            }
        }
    };
}

instructions! {
    /// DEACTIVATE FILE (7816-9); with TR-03110-3 also a password.
    DEACTIVATE = 0x04, "DEACTIVATE";
    /// VERIFY, the reference data in the data field.
    VERIFY = 0x20, "VERIFY";
    /// MANAGE SECURITY ENVIRONMENT.
    MANAGE_SECURITY_ENVIRONMENT = 0x22, "MANAGE SECURITY ENVIRONMENT";
    /// CHANGE REFERENCE DATA.
    CHANGE_REFERENCE_DATA = 0x24, "CHANGE REFERENCE DATA";
    /// PERFORM SECURITY OPERATION (7816-8).
    PERFORM_SECURITY_OPERATION = 0x2A, "PERFORM SECURITY OPERATION";
    /// RESET RETRY COUNTER.
    RESET_RETRY_COUNTER = 0x2C, "RESET RETRY COUNTER";
    /// COMPARE: whether reference data agree with data that the card has.
    COMPARE = 0x33, "COMPARE";
    /// ACTIVATE FILE (7816-9); with TR-03110-3 also a password.
    ACTIVATE = 0x44, "ACTIVATE";
    /// GENERATE ASYMMETRIC KEY PAIR (7816-8).
    GENERATE_ASYMMETRIC_KEY_PAIR = 0x46, "GENERATE ASYMMETRIC KEY PAIR";
    /// GENERATE ASYMMETRIC KEY PAIR, the key reference in a template.
    GENERATE_ASYMMETRIC_KEY_PAIR_ODD = 0x47, "GENERATE ASYMMETRIC KEY PAIR (odd)";
    /// MANAGE CHANNEL.
    MANAGE_CHANNEL = 0x70, "MANAGE CHANNEL";
    /// EXTERNAL AUTHENTICATE, or MUTUAL AUTHENTICATE.
    EXTERNAL_AUTHENTICATE = 0x82, "EXTERNAL AUTHENTICATE";
    /// GET CHALLENGE.
    GET_CHALLENGE = 0x84, "GET CHALLENGE";
    /// GENERAL AUTHENTICATE.
    GENERAL_AUTHENTICATE = 0x86, "GENERAL AUTHENTICATE";
    /// INTERNAL AUTHENTICATE.
    INTERNAL_AUTHENTICATE = 0x88, "INTERNAL AUTHENTICATE";
    /// SELECT.
    SELECT = 0xA4, "SELECT";
    /// READ BINARY, the offset in P1 and P2.
    READ_BINARY = 0xB0, "READ BINARY";
    /// READ BINARY, the offset in a data object.
    READ_BINARY_ODD = 0xB1, "READ BINARY (odd)";
    /// READ RECORD.
    READ_RECORD = 0xB2, "READ RECORD";
    /// GET RESPONSE.
    GET_RESPONSE = 0xC0, "GET RESPONSE";
    /// ENVELOPE.
    ENVELOPE = 0xC2, "ENVELOPE";
    /// ENVELOPE, the command in a data object.
    ENVELOPE_ODD = 0xC3, "ENVELOPE (odd)";
    /// GET DATA.
    GET_DATA = 0xCA, "GET DATA";
    /// GET DATA, the data objects asked for in the data field.
    GET_DATA_ODD = 0xCB, "GET DATA (odd)";
    /// UPDATE BINARY, the offset in P1 and P2.
    UPDATE_BINARY = 0xD6, "UPDATE BINARY";
    /// UPDATE BINARY, offset and contents in data objects.
    UPDATE_BINARY_ODD = 0xD7, "UPDATE BINARY (odd)";
    /// PUT DATA.
    PUT_DATA = 0xDA, "PUT DATA";
    /// PUT DATA, the data objects in the data field.
    PUT_DATA_ODD = 0xDB, "PUT DATA (odd)";
    /// CREATE FILE (7816-9).
    CREATE_FILE = 0xE0, "CREATE FILE";
    /// DELETE FILE (7816-9).
    DELETE_FILE = 0xE4, "DELETE FILE";
    /// TERMINATE DF (7816-9).
    TERMINATE_DF = 0xE6, "TERMINATE DF";
    /// TERMINATE CARD USAGE (7816-9).
    TERMINATE_CARD_USAGE = 0xFE, "TERMINATE CARD USAGE";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ISO/IEC 7816-4:2020, tables 4 and A.1, once more and by hand: chip and
    /// terminal share the constants, so a wrong one would not be noticed between
    /// them.
    #[test]
    fn every_instruction_has_the_code_that_the_standard_gives_it() {
        for (code, ours, text) in [
            (0x04, DEACTIVATE, "DEACTIVATE"),
            (0x20, VERIFY, "VERIFY"),
            (
                0x22,
                MANAGE_SECURITY_ENVIRONMENT,
                "MANAGE SECURITY ENVIRONMENT",
            ),
            (0x24, CHANGE_REFERENCE_DATA, "CHANGE REFERENCE DATA"),
            (
                0x2A,
                PERFORM_SECURITY_OPERATION,
                "PERFORM SECURITY OPERATION",
            ),
            (0x2C, RESET_RETRY_COUNTER, "RESET RETRY COUNTER"),
            (0x33, COMPARE, "COMPARE"),
            (0x44, ACTIVATE, "ACTIVATE"),
            (
                0x46,
                GENERATE_ASYMMETRIC_KEY_PAIR,
                "GENERATE ASYMMETRIC KEY PAIR",
            ),
            (
                0x47,
                GENERATE_ASYMMETRIC_KEY_PAIR_ODD,
                "GENERATE ASYMMETRIC KEY PAIR (odd)",
            ),
            (0x70, MANAGE_CHANNEL, "MANAGE CHANNEL"),
            (0x82, EXTERNAL_AUTHENTICATE, "EXTERNAL AUTHENTICATE"),
            (0x84, GET_CHALLENGE, "GET CHALLENGE"),
            (0x86, GENERAL_AUTHENTICATE, "GENERAL AUTHENTICATE"),
            (0x88, INTERNAL_AUTHENTICATE, "INTERNAL AUTHENTICATE"),
            (0xA4, SELECT, "SELECT"),
            (0xB0, READ_BINARY, "READ BINARY"),
            (0xB1, READ_BINARY_ODD, "READ BINARY (odd)"),
            (0xB2, READ_RECORD, "READ RECORD"),
            (0xC0, GET_RESPONSE, "GET RESPONSE"),
            (0xC2, ENVELOPE, "ENVELOPE"),
            (0xC3, ENVELOPE_ODD, "ENVELOPE (odd)"),
            (0xCA, GET_DATA, "GET DATA"),
            (0xCB, GET_DATA_ODD, "GET DATA (odd)"),
            (0xD6, UPDATE_BINARY, "UPDATE BINARY"),
            (0xD7, UPDATE_BINARY_ODD, "UPDATE BINARY (odd)"),
            (0xDA, PUT_DATA, "PUT DATA"),
            (0xDB, PUT_DATA_ODD, "PUT DATA (odd)"),
            (0xE0, CREATE_FILE, "CREATE FILE"),
            (0xE4, DELETE_FILE, "DELETE FILE"),
            (0xE6, TERMINATE_DF, "TERMINATE DF"),
            (0xFE, TERMINATE_CARD_USAGE, "TERMINATE CARD USAGE"),
        ] {
            assert_eq!(ours, code);
            assert_eq!(name(code), Some(text));
        }
    }
}
