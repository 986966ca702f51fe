//! Unit `EAC2_ISO7816_H`: PACE (TR-03105-3.3, 3.3). Every case is repeated with each suite of the card.
//!
//! `H_35` is about Diffie-Hellman over a prime field, which this project does not compute.

use cvc::TerminalType::{
    self, AuthenticationTerminal as At, InspectionSystem as Is, SignatureTerminal as St,
};
use iso7816::CommandApdu;
use iso7816::tlv::{self, Tag, TlvReader};
use secure_channel::PasswordId::{self, Can, Mrz, Pin, Puk};
use secure_channel::{Curve, EcPrivateKey};

use super::passwords;
use crate::bench::chat;
use crate::{Bench, CHECKING_ERROR, Case, Cost, OK, PaceRun, Stop, tries_left};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            "EAC2_ISO7816_H_1",
            "PACE with the access code, without a type of terminal",
            |bench| opens_a_channel(bench, Can),
        ),
        Case::new(
            "EAC2_ISO7816_H_2",
            "PACE with the PIN, without a type of terminal",
            |bench| opens_a_channel(bench, Pin),
        ),
        Case::new(
            "EAC2_ISO7816_H_3",
            "PACE with the PUK, without a type of terminal",
            |bench| opens_a_channel(bench, Puk),
        ),
    ];
    cases.extend(PERMITTED.map(|(row, terminal)| {
        let title = format!("{terminal} begins with PACE and is told the trust-points");
        Case::new(row.of_4(), title, move |bench| opens_for(bench, terminal))
    }));
    cases.extend(FORBIDDEN.map(|(id, terminal)| {
        let title = format!("{terminal} is refused: this password is not for it");
        Case::new(id, title, move |bench| is_refused(bench, terminal))
    }));
    cases.extend(PERMITTED.map(|(row, terminal)| {
        let title = format!("{terminal} is refused with a wrong password");
        Case::new(row.of_6(), title, move |bench| fails(bench, terminal)).costs(Cost::Tries)
    }));
    cases.extend([
        Case::new(
            "EAC2_ISO7816_H_23",
            "a password reference that the card does not know is refused",
            h_23,
        ),
        Case::new(
            "EAC2_ISO7816_H_33",
            "an ephemeral key of another size is refused",
            h_33,
        ),
        Case::new(
            "EAC2_ISO7816_H_34",
            "the ephemeral key (0, 0) is refused",
            |bench| bad_key(bench, ZERO),
        ),
        Case::new(
            "EAC2_ISO7816_H_36",
            "an ephemeral key that is not on the curve is refused",
            |bench| bad_key(bench, OFF_THE_CURVE),
        ),
    ]);
    cases
}

/// A type of terminal that names its password.
#[derive(Clone, Copy)]
struct Terminal {
    terminal_type: TerminalType,
    password: PasswordId,
}

impl Terminal {
    /// DO 7F4C with the rights of the document's tables.
    fn chat(self) -> Vec<u8> {
        match self.terminal_type {
            At => chat(At, &[0x3F, 0x7F, 0xFF, 0xFF, 0xFF]),
            Is | St => chat(self.terminal_type, &[0x03]),
        }
    }
}

impl core::fmt::Display for Terminal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let terminal = match self.terminal_type {
            Is => "an inspection system",
            At => "an authentication terminal",
            St => "a signature terminal",
        };
        let password = match self.password {
            Mrz => "machine-readable zone",
            Can => "access code",
            Pin => "PIN",
            Puk => "PUK",
        };
        write!(f, "{terminal} with the {password}")
    }
}

const fn terminal(terminal_type: TerminalType, password: PasswordId) -> Terminal {
    Terminal {
        terminal_type,
        password,
    }
}

/// Identifiers of the rows that tables 7 and 9 have in common.
#[derive(Clone, Copy)]
struct Row([&'static str; 2]);

impl Row {
    const fn of_4(self) -> &'static str {
        let Self([id, _]) = self;
        id
    }

    const fn of_6(self) -> &'static str {
        let Self([_, id]) = self;
        id
    }
}

/// Tables 7 and 9.
const PERMITTED: [(Row, Terminal); 7] = [
    (
        Row(["EAC2_ISO7816_H_4a", "EAC2_ISO7816_H_6a"]),
        terminal(Is, Mrz),
    ),
    (
        Row(["EAC2_ISO7816_H_4b", "EAC2_ISO7816_H_6b"]),
        terminal(Is, Can),
    ),
    (
        Row(["EAC2_ISO7816_H_4c", "EAC2_ISO7816_H_6c"]),
        terminal(At, Can),
    ),
    (
        Row(["EAC2_ISO7816_H_4d", "EAC2_ISO7816_H_6d"]),
        terminal(At, Pin),
    ),
    (
        Row(["EAC2_ISO7816_H_4e", "EAC2_ISO7816_H_6e"]),
        terminal(St, Can),
    ),
    (
        Row(["EAC2_ISO7816_H_4f", "EAC2_ISO7816_H_6f"]),
        terminal(St, Pin),
    ),
    (
        Row(["EAC2_ISO7816_H_4g", "EAC2_ISO7816_H_6g"]),
        terminal(St, Puk),
    ),
];

/// Table 8.
const FORBIDDEN: [(&str, Terminal); 5] = [
    ("EAC2_ISO7816_H_5a", terminal(Is, Pin)),
    ("EAC2_ISO7816_H_5b", terminal(Is, Puk)),
    ("EAC2_ISO7816_H_5c", terminal(At, Mrz)),
    ("EAC2_ISO7816_H_5d", terminal(At, Puk)),
    ("EAC2_ISO7816_H_5e", terminal(St, Mrz)),
];

/// Does this with every suite of the card, the card activated anew each time.
fn in_every_suite(
    bench: &mut Bench<'_>,
    password: PasswordId,
    body: impl Fn(&mut Bench<'_>, PaceRun) -> Result<(), Stop>,
) -> Result<(), Stop> {
    for suite in bench.every_suite()? {
        bench.activate()?;
        let run = bench.pace_run(password)?.with_suite(suite);
        body(bench, run)?;
    }
    Ok(())
}

/// PACE with this password succeeds, and the channel works.
pub(super) fn opens_a_channel(bench: &mut Bench<'_>, password: PasswordId) -> Result<(), Stop> {
    in_every_suite(bench, password, through_to_a_channel)
}

/// The steps of the positive cases.
fn through_to_a_channel(bench: &mut Bench<'_>, mut run: PaceRun) -> Result<(), Stop> {
    bench.step(1);
    run.set_template(bench)?.expect(OK)?;
    run.through(bench, 2)?.expect(OK)?;
    run.finish(bench)?;
    bench.step(6);
    bench.channel_stands()
}

/// `H_4`: the same with a CHAT, and DO 87 names a trust-point.
fn opens_for(bench: &mut Bench<'_>, terminal: Terminal) -> Result<(), Stop> {
    in_every_suite(bench, terminal.password, |bench, run| {
        through_to_a_channel(bench, run.with_authorization(terminal.chat()))?;
        bench.step(5);
        let named = bench.trust_points().first();
        bench.demand(
            named.is_some_and(|name| !name.is_empty()),
            "DO 87, a certification authority reference",
        )
    })
}

/// `H_5`: MSE:Set AT is refused.
fn is_refused(bench: &mut Bench<'_>, terminal: Terminal) -> Result<(), Stop> {
    in_every_suite(bench, terminal.password, |bench, run| {
        bench.step(1);
        let mut run = run.with_authorization(terminal.chat());
        run.set_template(bench)?.expect(0x6A80).map(drop)
    })
}

/// `H_6`: the last step is refused with a token that came from a wrong password.
fn fails(bench: &mut Bench<'_>, terminal: Terminal) -> Result<(), Stop> {
    in_every_suite(bench, terminal.password, |bench, run| {
        passwords::given_back(bench, terminal.password, |bench| {
            bench.step(1);
            let run = run.with_authorization(terminal.chat());
            let mut run = run.with_wrong_password(bench)?;
            run.set_template(bench)?.expect(OK)?;
            let answer = run.through(bench, 2)?;
            answer.expect(CHECKING_ERROR.or(0x6300).or(tries_left()))?;
            Ok(())
        })
    })
}

fn h_23(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let reference = bench.statement().invalid_password_reference;
    in_every_suite(bench, Can, |bench, run| {
        bench.step(1);
        let template = with_reference(bench, &run.template(), reference)?;
        bench.send(&template)?.expect(0x6A88).map(drop)
    })
}

/// MSE:Set AT with another password reference.
fn with_reference(
    bench: &Bench<'_>,
    template: &CommandApdu,
    reference: u8,
) -> Result<CommandApdu, Stop> {
    let mut data = Vec::new();
    let mut reader = TlvReader::new(template.data());
    while let Some(object) = reader
        .read()
        .map_err(|error| bench.unexpected("data objects", error))?
    {
        let value = match object.tag {
            Tag(0x83) => &[reference][..],
            _ => object.value,
        };
        tlv::push(&mut data, object.tag, value);
    }
    let [cla, ins, p1, p2] = template.header();
    Ok(CommandApdu::new(cla, ins, p1, p2).with_data(data))
}

/// A point instead of the terminal's ephemeral public key, given the curve and the right point.
type Forgery = fn(Curve, &[u8]) -> Vec<u8>;

/// The key agreement is refused with another point.
fn bad_key(bench: &mut Bench<'_>, forged: impl Fn(Curve, &[u8]) -> Vec<u8>) -> Result<(), Stop> {
    in_every_suite(bench, Can, |bench, mut run| {
        bench.step(1);
        run.set_template(bench)?.expect(OK)?;
        bench.step(2);
        run.nonce(bench)?.expect(OK)?;
        bench.step(3);
        run.map(bench)?.expect(OK)?;
        bench.step(4);
        let curve = run.suite().curve;
        let answer = run.agree_with(bench, |command| {
            let right = ephemeral_key(&command).unwrap_or_default();
            let forged = tlv::encode(Tag(0x83), &forged(curve, right));
            let [cla, ins, p1, p2] = command.header();
            CommandApdu::new(cla, ins, p1, p2)
                .with_data(tlv::encode(Tag(0x7C), &forged))
                .with_ne(256)
        })?;
        answer.expect(CHECKING_ERROR.or(0x6300)).map(drop)
    })
}

fn ephemeral_key(command: &CommandApdu) -> Option<&[u8]> {
    let inside = tlv::find(command.data(), Tag(0x7C)).ok()??;
    tlv::find(inside, Tag(0x83)).ok()?
}

fn h_33(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let key = |curve| {
        let key = EcPrivateKey::generate(curve, &mut bench.authorities().rng("EAC2_ISO7816_H_33"));
        let key = key.and_then(|key| key.public_key());
        key.map_err(|error| bench.cannot(error))
    };
    let (short, long) = (key(Curve::P256)?, key(Curve::P384)?);
    bad_key(bench, |curve, _| {
        let other = if curve.field_size() == Curve::P256.field_size() {
            &long
        } else {
            &short
        };
        other.as_uncompressed().to_vec()
    })
}

const ZERO: Forgery = |curve, _| {
    let mut point = vec![0; curve.point_size()];
    if let Some(form) = point.first_mut() {
        *form = 0x04;
    }
    point
};

/// The right point with its last bit turned over: for this x there are two points, and this is neither.
const OFF_THE_CURVE: Forgery = |_, right| {
    let mut point = right.to_vec();
    if let Some(last) = point.last_mut() {
        *last ^= 0x01;
    }
    point
};
