//! Sets 1 to 14: inspection systems, and the rules of certificates in general.

use cvc::TerminalType::AuthenticationTerminal;
use iso7816::tlv::Tag;

use super::day::{effective, expiration};
use super::draft::{AUTHORIZATION, EFFECTIVE, EXPIRATION};
use super::row::{Change, Holder, KeyDefect, Row, Sealing, holder, root};

const CVCA: Holder = root("CVCA_KEY_00");

const DV_1: Holder = holder("DETESTDVDE001", "DV_KEY_01");
const IS_1: Holder = holder("DETESTISDE001", "IS_KEY_01");
const DV_2: Holder = holder("DETESTDVDE002", "DV_KEY_02");
const IS_2: Holder = holder("DETESTISDE002", "IS_KEY_02");
const DV_3: Holder = holder("DETESTDVDE003", "DV_KEY_03");
const IS_3: Holder = holder("DETESTISDE003", "IS_KEY_03");
const DV_4: Holder = holder("DETESTDVDE004", "DV_KEY_04");
const IS_4: Holder = holder("DETESTISDE004", "IS_KEY_04");
const DV_5: Holder = holder("DETESTDVDE005", "DV_KEY_05");
const IS_5: Holder = holder("DETESTISDE005", "IS_KEY_05");
const DV_6: Holder = holder("DETESTDVDE006", "DV_KEY_06");
const IS_6: Holder = holder("DETESTISDE006", "IS_KEY_06");
const LINK_7: Holder = holder("DETESTLINKDE007", "CVCA_KEY_07");
const DV_7: Holder = holder("DETESTDVDE007", "DV_KEY_07");
const LINK_8: Holder = holder("DETESTLINKDE008", "CVCA_KEY_08");
const LINK_9: Holder = holder("DETEST_LINKDE009", "CVCA_KEY_09");
const DV_9: Holder = holder("DETESTDVDE009", "DV_KEY_09");
const DV_10: Holder = holder("DETESTDVDE010", "DV_KEY_10");
const DV_110: Holder = holder("DETESTDVDE110", "DV_KEY_10");
const IS_10: Holder = holder("DETESTISDE010", "IS_KEY_10");
const LINK_11: Holder = holder("DETEST_LINKDE011", "CVCA_KEY_11");
const DV_11: Holder = holder("DETESTDVDE011", "DV_KEY_11");
const IS_11: Holder = holder("DETESTISDE011", "IS_KEY_11");
const IS_111: Holder = holder("DETESTISDE111", "IS_KEY_11");
const DV_12: Holder = holder("DETESTDVDE012", "DV_KEY_12");
// DV_CERT_13 names it DETEST_LINKDE013 in the document, and could then be verified by nobody.
const LINK_13: Holder = holder("DETESTLINKDE013", "CVCA_KEY_13");
const DV_13: Holder = holder("DETESTDVDE013", "DV_KEY_13");
const IS_13: Holder = holder("DETESTISDE013", "IS_KEY_13");
const DV_14A: Holder = holder("DETESTDVDE014", "DV_KEY_14a");
const DV_14B: Holder = holder("DETESTDVDE014", "DV_KEY_14b");
const IS_14A: Holder = holder("DETESTISDE014", "IS_KEY_14a");
const IS_14B: Holder = holder("DETESTISDE014", "IS_KEY_14b");

/// Not BCD.
const NO_DIGITS: &[u8] = &[0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F];

/// `id-CA`, which is not id-TA.
const ID_CA: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03];

/// The certificates of set 12 begin when the regular ones have ended: none of them may move the date.
const SET_12: Row = Row::is("", CVCA, DV_12, &[0x83]).valid(effective(1, 20), effective(1, 25));

pub(super) const ROWS: &[Row] = &[
    Row::is("DV_CERT_1", CVCA, DV_1, &[0x83]),
    Row::is("DV_CERT_1a", CVCA, DV_1, &[0x83]).with(Change::Without(AUTHORIZATION)),
    Row::is("DV_CERT_1b", CVCA, DV_1, &[0x83]).with(Change::Without(EFFECTIVE)),
    Row::is("DV_CERT_1c", CVCA, DV_1, &[0x83]).with(Change::Without(EXPIRATION)),
    Row::is("DV_CERT_1d", CVCA, DV_1, &[0x83]).with(Change::Value(EFFECTIVE, NO_DIGITS)),
    Row::is("DV_CERT_1e", CVCA, DV_1, &[0x83]).with(Change::Value(EXPIRATION, NO_DIGITS)),
    Row::is("DV_CERT_1f", CVCA, DV_1, &[0x83])
        .until(expiration(0, 0))
        .with(Change::NoSuchDay(EFFECTIVE)),
    Row::is("DV_CERT_1g", CVCA, DV_1, &[0x83]).with(Change::NoSuchDay(EXPIRATION)),
    Row::is("DV_CERT_1h", CVCA, DV_1, &[0x83]).valid(effective(0, 1), effective(0, 0)),
    Row::is("DV_CERT_1i", CVCA, DV_1, &[0x83])
        .with(Change::AuthorizationOf(AuthenticationTerminal)),
    Row::is("DV_CERT_1j", CVCA, DV_1, &[0x83]).key(KeyDefect::OtherOid(&[
        0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02, 0x05, 0x01,
    ])),
    Row::is("IS_CERT_1", DV_1, IS_1, &[0x03]).until(effective(0, 14)),
    Row::is("DV_CERT_2", CVCA, DV_2, &[0x43]),
    Row::is("IS_CERT_2a", DV_2, IS_2, &[0x03]).valid(effective(0, 14), effective(1, 0)),
    Row::is("IS_CERT_2b", DV_2, IS_2, &[0x03]).until(effective(0, 13)),
    Row::is("DV_CERT_3", CVCA, DV_3, &[0x83]),
    // 3a and 3c with every bit that is reserved for future use.
    Row::is("DV_CERT_3a", CVCA, DV_3, &[0xBF]),
    Row::is("IS_CERT_3a", DV_3, IS_3, &[0x01]),
    Row::is("IS_CERT_3b", DV_3, IS_3, &[0x02]),
    Row::is("IS_CERT_3c", DV_3, IS_3, &[0x3D]),
    Row::is("DV_CERT_4", CVCA, DV_4, &[0x81]),
    Row::is("IS_CERT_4", DV_4, IS_4, &[0x03]),
    Row::is("DV_CERT_5", CVCA, DV_5, &[0x82]),
    Row::is("IS_CERT_5", DV_5, IS_5, &[0x03]),
    Row::is("DV_CERT_6", CVCA, DV_6, &[0x83]),
    Row::is("DV_CERT_6a", CVCA, DV_6, &[0x83]).valid(effective(1, 1), effective(2, 0)),
    Row::is("IS_CERT_6a", DV_6, IS_6, &[0x03]).valid(effective(0, 14), effective(1, 0)),
    Row::is("IS_CERT_6b", DV_6, IS_6, &[0x03]).until(effective(0, 13)),
    Row::is("LINK_CERT_7", CVCA, LINK_7, &[0xC3])
        .valid(expiration(0, -1), expiration(2, 0))
        .link(),
    Row::is("DV_CERT_7a", CVCA, DV_7, &[0x83]).until(expiration(0, 0)),
    Row::is("DV_CERT_7b", LINK_7, DV_7, &[0x83]).valid(expiration(0, 1), expiration(1, 0)),
    Row::is("LINK_CERT_8", LINK_7, LINK_8, &[0xC3])
        .valid(expiration(1, 0), expiration(4, 0))
        .link(),
    Row::is("LINK_CERT_9", LINK_8, LINK_9, &[0xC3])
        .valid(expiration(3, 0), expiration(6, 0))
        .link(),
    Row::is("DV_CERT_9", LINK_9, DV_9, &[0x83]).valid(expiration(3, 0), expiration(4, 0)),
    Row::is("LINK_CERT_10", DV_10, CVCA, &[0xC3])
        .until(expiration(0, 0))
        .link(),
    Row::is("DV_CERT_10a", CVCA, DV_10, &[0x83]),
    Row::is("DV_CERT_10b", CVCA, DV_10, &[0x43]),
    Row::is("DV_CERT_10c", DV_10, DV_110, &[0x83]),
    Row::is("DV_CERT_10d", DV_10, DV_110, &[0x43]),
    Row::is("IS_CERT_10", CVCA, IS_10, &[0x03]).until(effective(0, 13)),
    Row::is("LINK_CERT_11a", IS_11, CVCA, &[0xC3])
        .until(expiration(0, 0))
        .link(),
    Row::is("LINK_CERT_11b", LINK_9, LINK_11, &[0xC3])
        .valid(expiration(5, 0), expiration(8, 0))
        .link(),
    Row::is("DV_CERT_11a", CVCA, DV_11, &[0x83]),
    Row::is("DV_CERT_11b", IS_11, DV_11, &[0x43]),
    Row::is("DV_CERT_11c", IS_11, DV_11, &[0x83]),
    Row::is("DV_CERT_11d", LINK_11, DV_11, &[0x83]).valid(expiration(5, 0), expiration(6, 0)),
    Row::is("IS_CERT_11a", DV_11, IS_11, &[0x03]).until(effective(0, 13)),
    Row::is("IS_CERT_11b", IS_11, IS_111, &[0x03]).until(effective(0, 13)),
    Row::is("IS_CERT_11c", LINK_11, IS_11, &[0x03]).valid(expiration(5, 0), expiration(6, 0)),
    SET_12.named("DV_CERT_12a"),
    SET_12
        .named("DV_CERT_12b")
        .sealing(Sealing::BodyTag(Tag(0x7F4F))),
    SET_12
        .named("DV_CERT_12c")
        .sealing(Sealing::SignatureTag(Tag(0x5F38))),
    SET_12.named("DV_CERT_12d").sealing(Sealing::BodyLength),
    SET_12
        .named("DV_CERT_12e")
        .sealing(Sealing::SignatureLength),
    SET_12.named("DV_CERT_12f").sealing(Sealing::LastByte),
    SET_12.named("DV_CERT_12g").sealing(Sealing::ByteShort),
    SET_12.named("DV_CERT_12h").key(KeyDefect::WithoutOid),
    SET_12
        .named("DV_CERT_12i")
        .key(KeyDefect::OtherProtocol(ID_CA)),
    SET_12.named("DV_CERT_12j").key(KeyDefect::WithoutPoint),
    // 12k, 12l and 12o are for RSA. 12n is 12m.
    SET_12.named("DV_CERT_12m").key(KeyDefect::UnknownObject),
    SET_12.named("DV_CERT_12p").sealing(Sealing::ZeroR),
    SET_12.named("DV_CERT_12q").sealing(Sealing::ZeroS),
    Row::is("LINK_CERT_13", LINK_11, LINK_13, &[0xC3])
        .valid(expiration(7, 0), expiration(10, 0))
        .link(),
    Row::is("DV_CERT_13", LINK_13, DV_13, &[0x83]).valid(expiration(7, 0), expiration(8, 0)),
    Row::is("IS_CERT_13", DV_13, IS_13, &[0x03]).valid(expiration(7, 0), expiration(8, 0)),
    Row::is("DV_CERT_14a", CVCA, DV_14A, &[0x83]),
    Row::is("DV_CERT_14b", CVCA, DV_14B, &[0x83]),
    Row::is("IS_CERT_14a", DV_14B, IS_14A, &[0x03]).until(effective(0, 14)),
    Row::is("IS_CERT_14b", DV_14A, IS_14B, &[0x03]).until(effective(0, 14)),
];
