//! Sets 17 to 31: authentication terminals.

use secure_channel::restricted_identification::Sector;

use super::day::expiration;
use super::row::{Change, Holder, Row, holder, root};
use super::template::{Right, Template};

const CVCA: Holder = root("CVCA_KEY_17");

const DV_17: Holder = holder("DETESTDVDE017", "DV_KEY_17");
const AT_17: Holder = holder("DETESTATDE017", "AT_KEY_17");
const DV_18: Holder = holder("DETESTDVDE018", "DV_KEY_18");
const AT_18: Holder = holder("DETESTATDE018", "AT_KEY_18");
const DV_19: Holder = holder("DETESTDVDE019", "DV_KEY_19");
const AT_19: Holder = holder("DETESTATDE019", "AT_KEY_19");
const DV_20: Holder = holder("DETESTDVDE020", "DV_KEY_20");
const AT_20: Holder = holder("DETESTATDE020", "AT_KEY_20");
const DV_21: Holder = holder("DETESTDVDE021", "DV_KEY_21");
const AT_21: Holder = holder("DETESTATDE021", "AT_KEY_21");
const DV_22: Holder = holder("DETESTDVDE022", "DV_KEY_22");
const AT_22: Holder = holder("DETESTATDE022", "AT_KEY_22");
const LINK_23A: Holder = holder("DETESTLINKDE23A", "AT_CVCA_KEY_23a");
const LINK_23B: Holder = holder("DETESTLINKDE23B", "AT_CVCA_KEY_23b");
const DV_23: Holder = holder("DETESTDVDE023", "DV_KEY_23");
const LINK_13: Holder = holder("DETESTLINKDE13A", "AT_CVCA_KEY_13");
const DV_13: Holder = holder("DETESTDVDE13A", "AT_DV_KEY_13");
const AT_13: Holder = holder("DETESTATDE013", "AT_KEY_13");
const DV_24: Holder = holder("DETESTDVDE024", "DV_KEY_24");
const AT_24: Holder = holder("DETESTATDE024", "AT_KEY_24");
const DV_30: Holder = holder("DETESTDVDE030", "DV_KEY_30");
const AT_30: Holder = holder("DETESTATDE030", "AT_KEY_30");
// The names are those of set 30. The terminals' certificates are in the document for AT_KEY_30 and signed by DV_KEY_30 as well,
// which DV_CERT_31 does not certify: nobody could verify them.
const DV_31: Holder = holder("DETESTDVDE030", "DV_KEY_31");
const AT_31: Holder = holder("DETESTATDE030", "AT_KEY_31");

/// Comparison of the groups 1 to 22.
const COMPARE_ALL: [u8; 6] = [0x00, 0x00, 0x00, 0x3F, 0xFF, 0xFF];

pub(super) const ROWS: &[Row] = &[
    // Every special function, pseudonymous signatures among them, and group 1.
    Row::at("DV_CERT_17", CVCA, DV_17, &[0x80, 0x40, 0x00, 0x01, 0xFF]),
    Row::at("AT_CERT_17a", DV_17, AT_17, &[0x00, 0x00, 0x00, 0x01, 0x10]),
    Row::at("AT_CERT_17b", DV_17, AT_17, &[0x00, 0x00, 0x00, 0x00, 0x30]),
    Row::at("AT_CERT_17c", DV_17, AT_17, &[0x00, 0x00, 0x00, 0x00, 0x04])
        .with(Change::Sectors(&[Sector::First])),
    Row::at("AT_CERT_17d", DV_17, AT_17, &[0x00, 0x00, 0x00, 0x00, 0x80]),
    Row::at("AT_CERT_17e", DV_17, AT_17, &[0x00, 0x00, 0x00, 0x00, 0x40]),
    Row::at("AT_CERT_17f", DV_17, AT_17, &[0x00, 0x00, 0x00, 0x00, 0x01]),
    Row::at("AT_CERT_17g", DV_17, AT_17, &[0x00, 0x00, 0x00, 0x00, 0x02]),
    Row::at("AT_CERT_17h", DV_17, AT_17, &[0x00, 0x00, 0x00, 0x00, 0x18]),
    Row::at("AT_CERT_17i", DV_17, AT_17, &[0x00, 0x40, 0x00, 0x00, 0x08]).with(Change::PsSector),
    Row::at("AT_CERT_17j", DV_17, AT_17, &[0x00, 0x00, 0x00, 0x00, 0x03]),
    Row::at("DV_CERT_18", CVCA, DV_18, &[0x40, 0x40, 0x00, 0x00, 0xFF]),
    Row::at("AT_CERT_18c", DV_18, AT_18, &[0x00, 0x00, 0x00, 0x00, 0x04])
        .with(Change::Sectors(&[Sector::First])),
    Row::at("AT_CERT_18f", DV_18, AT_18, &[0x00, 0x00, 0x00, 0x00, 0x01]),
    Row::at("AT_CERT_18g", DV_18, AT_18, &[0x00, 0x00, 0x00, 0x00, 0x02]),
    Row::at("DV_CERT_19", CVCA, DV_19, &[0x80, 0x3F, 0xFF, 0xFF, 0x10]),
    // Bit 31 is reserved for future use.
    Row::at("DV_CERT_19a", CVCA, DV_19, &[0x80, 0xBF, 0xFF, 0xFF, 0x10]),
    Row::at("AT_CERT_19w", DV_19, AT_19, &[0x00, 0x80, 0x00, 0x01, 0x10]),
    Row::at("DV_CERT_20", CVCA, DV_20, &[0x40, 0x3F, 0xFF, 0xFF, 0x00]),
    Row::at("DV_CERT_21", CVCA, DV_21, &[0xBF, 0x00, 0x00, 0x00, 0x10]),
    Row::at("DV_CERT_22", CVCA, DV_22, &[0x7F, 0x00, 0x00, 0x00, 0x00]),
    Row::at(
        "LINK_CERT_23a",
        CVCA,
        LINK_23A,
        &[0xFF, 0x7F, 0xFF, 0xFF, 0xFF],
    )
    .valid(expiration(0, -1), expiration(3, 0))
    .link(),
    Row::at(
        "LINK_CERT_23b",
        LINK_23A,
        LINK_23B,
        &[0xFF, 0x7F, 0xFF, 0xFF, 0xFF],
    )
    .valid(expiration(2, 0), expiration(5, 0))
    .link(),
    Row::at(
        "DV_CERT_23",
        LINK_23B,
        DV_23,
        &[0x80, 0x3F, 0xFF, 0xFF, 0x00],
    )
    .valid(expiration(4, 0), expiration(5, 0)),
    // Set 13 for authentication terminals: the document wants it in test case N_2 and has no certificates for it.
    Row::at(
        "LINK_CERT_13_AT",
        LINK_23B,
        LINK_13,
        &[0xFF, 0x7F, 0xFF, 0xFF, 0xFF],
    )
    .valid(expiration(7, 0), expiration(10, 0))
    .link(),
    Row::at(
        "DV_CERT_13_AT",
        LINK_13,
        DV_13,
        &[0x80, 0x3F, 0xFF, 0xFF, 0x00],
    )
    .valid(expiration(7, 0), expiration(8, 0)),
    Row::at("AT_CERT_13", DV_13, AT_13, &[0x00, 0x3F, 0xFF, 0xFF, 0x00])
        .valid(expiration(7, 0), expiration(8, 0)),
    Row::at("DV_CERT_24", CVCA, DV_24, &[0x80, 0x00, 0x00, 0x00, 0x04]),
    Row::at("AT_CERT_24", DV_24, AT_24, &[0x00, 0x00, 0x00, 0x00, 0x04])
        .with(Change::Sectors(&[Sector::First, Sector::Second])),
    Row::at("DV_CERT_30", CVCA, DV_30, &[0x80, 0x7F, 0xFF, 0xFF, 0xFF])
        .with(Change::EidAccess(COMPARE_ALL)),
    // Groups 3, 8 and 18: the date of expiry, the date of birth, the municipality.
    Row::at("AT_CERT_30x", DV_30, AT_30, &[0x00, 0x7F, 0xFF, 0xFF, 0xFF])
        .with(Change::EidAccess([0x00, 0x00, 0x00, 0x02, 0x00, 0x84])),
    Row::at("DV_CERT_31", CVCA, DV_31, &[0x40, 0x7F, 0xFF, 0xFF, 0xFF])
        .with(Change::EidAccess(COMPARE_ALL)),
];

pub(super) const TEMPLATES: &[Template] = &[
    Template {
        name: "AT_CERT_19",
        row: Row::at("", DV_19, AT_19, &[0x00, 0x00, 0x00, 0x00, 0x10]),
        right: Right::Read,
    },
    Template {
        name: "AT_CERT_20",
        row: Row::at("", DV_20, AT_20, &[0x00, 0x00, 0x00, 0x00, 0x00]),
        right: Right::Read,
    },
    // "R/W" in the tables' purpose, and the bit for writing alone in their bytes.
    Template {
        name: "AT_CERT_21",
        row: Row::at("", DV_21, AT_21, &[0x00, 0x00, 0x00, 0x00, 0x10]),
        right: Right::Write,
    },
    Template {
        name: "AT_CERT_22",
        row: Row::at("", DV_22, AT_22, &[0x00, 0x00, 0x00, 0x00, 0x00]),
        right: Right::Write,
    },
    Template {
        name: "AT_CERT_30",
        row: Row::at("", DV_30, AT_30, &[0x00, 0x7F, 0xFF, 0xFF, 0xFF]),
        right: Right::Compare,
    },
    Template {
        name: "AT_CERT_31",
        row: Row::at("", DV_31, AT_31, &[0x00, 0x7F, 0xFF, 0xFF, 0xFF]),
        right: Right::Compare,
    },
];
