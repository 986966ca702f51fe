//! Unit `EAC2_ISO7816_U`: COMPARE (TR-03105-3.3, 3.15).

use cvc::TerminalType::AuthenticationTerminal;
use iso7816::CommandApdu;
use iso7816::tlv::{self, Tag};
use secure_channel::auxiliary_data::AuxiliaryData;
use secure_channel::auxiliary_data::Kind::{
    self, DateOfBirth as Birth, DateOfExpiry as Expiry, MunicipalityId as Place,
};

use super::auxiliary_data::Value::{Agreeing, Disagreeing};
use super::auxiliary_data::{Answered, Row, Value, YES, malformed, prepare, prepare_confirming};
use crate::bench::unrestricted;
use crate::{Bench, CHECKING_ERROR, Case, Stop};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for template in TEMPLATES {
        for (letter, id) in ('a'..).zip(template.ids) {
            cases.push(template.case(letter, id));
        }
    }
    cases.extend(ROWS.iter().map(Row::case));
    cases.push(Case::new(
        "EAC2_ISO7816_U_13",
        "a value under another tag than that of a template is compared with nothing",
        |bench| does_not_know(bench, Tag(0x72), Tag(0x06)),
    ));
    cases.push(Case::new(
        "EAC2_ISO7816_U_14",
        "a value whose kind stands under another tag than that of an object identifier is compared with nothing",
        |bench| does_not_know(bench, Tag(0x73), Tag(0x07)),
    ));
    cases
}

/// Every right in the CHAT, and in the extension those to compare the groups 3 and 8.
const CHAIN: &[&str] = &["DV_CERT_30", "AT_CERT_30x"];

#[rustfmt::skip]
static ROWS: &[Row] = &[
    row("EAC2_ISO7816_U_9", "age and validity are compared in one session",
        &[(Birth, Agreeing), (Expiry, Agreeing)], &[Birth, Expiry], YES),
    row("EAC2_ISO7816_U_10", "age, validity and municipality are compared in one session",
        &[(Birth, Agreeing), (Expiry, Agreeing), (Place, Agreeing)], &[Birth, Expiry, Place], YES),
    row("EAC2_ISO7816_U_11", "of two dates of birth the last is compared, where it agrees",
        &[(Birth, Disagreeing), (Birth, Agreeing)], &[Birth], YES),
    row("EAC2_ISO7816_U_12", "of two dates of birth the last is compared, where it does not agree",
        &[(Birth, Agreeing), (Birth, Disagreeing)], &[Birth], Answered::WithOrAnError(0x6340)),
];

const fn row(
    id: &'static str,
    title: &'static str,
    named: &'static [(Kind, Value)],
    asked: &'static [Kind],
    answered: Answered,
) -> Row {
    Row {
        id,
        title,
        chain: CHAIN,
        named,
        asked,
        question: Kind::compare,
        answered,
    }
}

fn does_not_know(bench: &mut Bench<'_>, template: Tag, oid: Tag) -> Result<(), Stop> {
    let named = malformed(bench, template, oid)?;
    prepare(bench, CHAIN, named)?;
    bench.step(1);
    let answer = bench.send(&Birth.compare())?;
    answer.expect(CHECKING_ERROR).map(drop)
}

/// Cases that differ in the data group alone, tables 18 to 25: a to v for the groups 1 to 22.
struct Template {
    ids: [&'static str; 22],
    title: &'static str,
    verifier: &'static str,
    /// The terminals' certificates, but for the letter.
    terminal: Terminal,
    confirmed: Confirmed,
    named: Named,
    answered: Answered,
}

#[derive(Clone, Copy)]
enum Terminal {
    /// Ends with the letter of the group: it may compare this one.
    Of(&'static str),
    /// May compare none.
    For(&'static str),
}

/// What DO 65 of MSE:Set AT confirms of the extension id-eIDAccess.
#[derive(Clone, Copy)]
enum Confirmed {
    Every,
    None,
    /// DO 65 has nothing in it.
    Empty,
    /// There is no DO 65.
    Absent,
}

/// What the terminal names of the group.
#[derive(Clone, Copy)]
enum Named {
    Contents,
    Other,
    Nothing,
}

macro_rules! ids {
    ($template:literal) => {
        ids!($template: "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v")
    };
    ($template:literal: $($letter:literal)*) => {
        [$(concat!("EAC2_ISO7816_U_", $template, $letter)),*]
    };
}

const TEMPLATES: [Template; 8] = [
    Template {
        ids: ids!(1),
        title: "the contents of the group are the same",
        verifier: "DV_CERT_30",
        terminal: Terminal::Of("AT_CERT_30"),
        confirmed: Confirmed::Every,
        named: Named::Contents,
        answered: YES,
    },
    Template {
        ids: ids!(2),
        title: "other contents are not the same",
        verifier: "DV_CERT_30",
        terminal: Terminal::Of("AT_CERT_30"),
        confirmed: Confirmed::Every,
        named: Named::Other,
        answered: Answered::With(0x6340),
    },
    Template {
        ids: ids!(3),
        title: "a terminal that may compare no group is not answered",
        verifier: "DV_CERT_30",
        terminal: Terminal::For("AT_CERT_30w"),
        confirmed: Confirmed::Every,
        named: Named::Contents,
        answered: Answered::With(0x6982),
    },
    Template {
        ids: ids!(4),
        title: "empty contents are not the same",
        verifier: "DV_CERT_30",
        terminal: Terminal::Of("AT_CERT_30"),
        confirmed: Confirmed::Every,
        named: Named::Nothing,
        answered: Answered::With(0x6340),
    },
    Template {
        ids: ids!(5),
        title: "a non-official terminal has the contents compared as well",
        verifier: "DV_CERT_31",
        terminal: Terminal::Of("AT_CERT_31"),
        confirmed: Confirmed::Every,
        named: Named::Contents,
        answered: YES,
    },
    Template {
        ids: ids!(6),
        title: "without extensions confirmed in PACE nothing is compared",
        verifier: "DV_CERT_30",
        terminal: Terminal::Of("AT_CERT_30"),
        confirmed: Confirmed::Absent,
        named: Named::Contents,
        answered: Answered::WithAnError,
    },
    Template {
        ids: ids!(7),
        title: "with extensions without rights confirmed in PACE nothing is compared",
        verifier: "DV_CERT_30",
        terminal: Terminal::Of("AT_CERT_30"),
        confirmed: Confirmed::None,
        named: Named::Contents,
        answered: Answered::WithAnError,
    },
    Template {
        ids: ids!(8),
        title: "with no extension at all confirmed in PACE nothing is compared",
        verifier: "DV_CERT_30",
        terminal: Terminal::Of("AT_CERT_30"),
        confirmed: Confirmed::Empty,
        named: Named::Contents,
        answered: Answered::WithAnError,
    },
];

impl Template {
    fn case(&self, letter: char, id: &'static str) -> Case {
        let group = letter as u8 - b'a' + 1;
        let title = format!("{}: data group {group}", self.title);
        let terminal = match self.terminal {
            Terminal::Of(name) => format!("{name}{letter}"),
            Terminal::For(name) => name.to_owned(),
        };
        let (verifier, confirmed, named, answered) =
            (self.verifier, self.confirmed, self.named, self.answered);
        Case::new(id, title, move |bench| {
            let chain = [verifier, terminal.as_str()];
            let named = match named {
                Named::Nothing => Vec::new(),
                Named::Contents => bit_string(&contents(bench, &chain, group)?),
                Named::Other => {
                    let mut contents = contents(bench, &chain, group)?;
                    if let Some(last) = contents.last_mut() {
                        *last ^= 1;
                    }
                    bit_string(&contents)
                }
            };
            let oid = contents_of(group);
            let named = AuxiliaryData::builder().value(&oid, &named).build();
            let named = named.map_err(|error| bench.cannot(error))?;
            bench.activate()?;
            prepare_confirming(bench, &confirmation(confirmed), &chain, named)?;
            bench.step(1);
            let question = tlv::encode(Tag(0x06), &oid);
            let command = CommandApdu::new(0x00, 0x33, 0x00, 0x00).with_data(question);
            bench.send(&command)?.expect(answered).map(drop)
        })
    }
}

/// The group, read in a session of the same terminal: all of them may.
fn contents(bench: &mut Bench<'_>, chain: &[&str], group: u8) -> Result<Vec<u8>, Stop> {
    prepare(bench, chain, AuxiliaryData::none())?;
    bench.read_file(group)
}

/// `id-DGContent-DGn` (TR-03110-3 A.7.5.6).
fn contents_of(group: u8) -> [u8; 10] {
    [0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x04, 0x05, group]
}

/// A BIT STRING as the other values in DO 53 are encoded, without a tag of its own: no bits unused, and the bytes.
fn bit_string(bytes: &[u8]) -> Vec<u8> {
    [&[0x00], bytes].concat()
}

/// DO 7F4C of a terminal that may do everything, and DO 65.
fn confirmation(confirmed: Confirmed) -> Vec<u8> {
    let access = |bits: &[u8]| {
        let oid = tlv::encode(Tag(0x06), cvc::oid::ID_EID_ACCESS.as_bytes());
        // As in the certificates of sets 30 and 31.
        let bits = tlv::encode(Tag(0x80), bits);
        tlv::encode(Tag(0x73), &[oid, bits].concat())
    };
    let extensions = match confirmed {
        Confirmed::Absent => return unrestricted(AuthenticationTerminal),
        Confirmed::Empty => Vec::new(),
        Confirmed::None => access(&[0x00; 6]),
        Confirmed::Every => access(&[0x00, 0x00, 0x00, 0x3F, 0xFF, 0xFF]),
    };
    let extensions = tlv::encode(Tag(0x65), &extensions);
    [unrestricted(AuthenticationTerminal), extensions].concat()
}
