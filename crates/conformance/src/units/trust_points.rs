//! Unit `EAC2_ISO7816_M`: how a card's date and trust-points move on (TR-03105-3.3, 3.8).
//!
//! The cases build on each other, and a card goes through them once. One that does not have behind it what a case supposes is
//! brought there first: on a new card by everything that comes before.

use cvc::TerminalType::{
    self, AuthenticationTerminal as Authentication, InspectionSystem as Inspection,
};
use secure_channel::PasswordId;

use crate::bench::unrestricted;
use crate::{Bench, CHECKING_ERROR, Case, Cost, OK, Stop};

pub(super) fn cases() -> Vec<Case> {
    let cases = [
        Case::new(
            "EAC2_ISO7816_M_1",
            "a domestic terminal's certificate moves the date on, and what ended before is refused",
            |bench| {
                require(bench, Inspection, ORIGINAL)?;
                m_1(bench)
            },
        ),
        Case::new(
            "EAC2_ISO7816_M_2",
            "a document verifier's certificate moves the date on, and what ended before is refused",
            |bench| {
                require(bench, Inspection, ORIGINAL)?;
                m_2(bench)
            },
        ),
        Case::new(
            "EAC2_ISO7816_M_3",
            "a link certificate becomes a trust-point beside the old one, until that one ends",
            |bench| {
                require(bench, Inspection, ORIGINAL)?;
                m_3(bench)
            },
        ),
        Case::new(
            "EAC2_ISO7816_M_4",
            "two link certificates become the trust-points",
            |bench| {
                require(bench, Inspection, AFTER_M_3)?;
                m_4(bench)
            },
        ),
        Case::new(
            "EAC2_ISO7816_M_5",
            "a link certificate issues no terminal's certificate",
            |bench| {
                require(bench, Inspection, AFTER_M_4)?;
                m_5(bench)
            },
        ),
        Case::new(
            "EAC2_ISO7816_M_6",
            "the date that inspection systems have moved on counts for authentication terminals, too",
            m_6,
        ),
        Case::new(
            "EAC2_ISO7816_M_7",
            "two link certificates become the trust-points for authentication terminals",
            |bench| {
                require_at_least(bench, Inspection, AFTER_M_5)?;
                require(bench, Authentication, ORIGINAL)?;
                m_7(bench)
            },
        ),
        Case::new(
            "EAC2_ISO7816_M_8",
            "the trust-points for inspection systems are not touched by those for authentication terminals",
            |bench| {
                require_at_least(bench, Inspection, AFTER_M_5)?;
                require_at_least(bench, Authentication, AFTER_M_7)?;
                require(bench, Inspection, AFTER_M_5)?;
                m_8(bench)
            },
        ),
    ];
    cases.map(|case| case.costs(Cost::TrustPoints)).into()
}

type Steps = fn(&mut Bench<'_>) -> Result<(), Stop>;

/// A state of the card: the newest trust-point of a kind of terminals is the one of this link certificate, or that which the
/// first one names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct State(Option<&'static str>);

const ORIGINAL: State = State(None);
const AFTER_M_3: State = State(Some("LINK_CERT_7"));
const AFTER_M_4: State = State(Some("LINK_CERT_9"));
pub(super) const AFTER_M_5: State = State(Some("LINK_CERT_11b"));
pub(super) const AFTER_M_7: State = State(Some("LINK_CERT_23b"));
const AFTER_N_1: State = State(Some("LINK_CERT_13"));
const AFTER_N_2: State = State(Some("LINK_CERT_13_AT"));

/// How a card comes from one state to the next.
struct Path {
    states: &'static [State],
    /// From each state to the next. To the last one leads the next unit.
    ways: &'static [(&'static str, Steps)],
    /// A certificate of the original authority.
    first: &'static str,
}

const fn path(terminal_type: TerminalType) -> Path {
    match terminal_type {
        Authentication => Path {
            states: &[ORIGINAL, AFTER_M_7, AFTER_N_2],
            ways: &[("M_7", m_7)],
            first: "LINK_CERT_23a",
        },
        _ => Path {
            states: &[ORIGINAL, AFTER_M_3, AFTER_M_4, AFTER_M_5, AFTER_N_1],
            ways: &[("M_3", m_3), ("M_4", m_4), ("M_5", m_5)],
            first: "LINK_CERT_7",
        },
    }
}

/// The states that the card has behind it, this one last; by the names that PACE gives.
fn reached(bench: &mut Bench<'_>, terminal_type: TerminalType) -> Result<usize, Stop> {
    bench.preparing("precondition: the trust-points");
    restart(bench, terminal_type)?;
    let newest = newest(bench)?;
    let path = path(terminal_type);
    for (index, State(link)) in path.states.iter().enumerate() {
        let name = match link {
            Some(link) => bench.certificate(link)?.holder,
            None => bench.certificate(path.first)?.authority,
        };
        if name == newest {
            return Ok(index);
        }
    }
    let name = String::from_utf8_lossy(&newest).into_owned();
    Err(bench.cannot(format!("the card's newest trust-point is {name}")))
}

/// Brings the card to this state and begins a session of that kind of terminals.
///
/// # Errors
/// [`Stop::Bench`] if it is further already: there is no way back.
pub(super) fn require(
    bench: &mut Bench<'_>,
    terminal_type: TerminalType,
    state: State,
) -> Result<(), Stop> {
    if require_at_least(bench, terminal_type, state)? {
        return Ok(());
    }
    Err(bench.cannot("the card's trust-points have moved on, and this goes once"))
}

/// The same, where the card may be further: whether it is not.
pub(super) fn require_at_least(
    bench: &mut Bench<'_>,
    terminal_type: TerminalType,
    state: State,
) -> Result<bool, Stop> {
    let path = path(terminal_type);
    let wanted = path.states.iter().position(|known| *known == state);
    let wanted = wanted.unwrap_or(path.states.len());
    let reached = reached(bench, terminal_type)?;
    for (name, steps) in path.ways.iter().take(wanted).skip(reached) {
        steps(bench).map_err(|stop| stop.before(name))?;
        restart(bench, terminal_type)?;
    }
    Ok(reached <= wanted)
}

/// Power off and on, and PACE with the access code.
fn restart(bench: &mut Bench<'_>, terminal_type: TerminalType) -> Result<(), Stop> {
    bench.activate()?;
    bench.pace(PasswordId::Can, &unrestricted(terminal_type))
}

/// The trust-point in DO 87.
pub(super) fn newest(bench: &Bench<'_>) -> Result<Vec<u8>, Stop> {
    let first = bench.trust_points().first().cloned();
    first.ok_or_else(|| bench.unexpected("DO 87 behind the token of PACE", "none"))
}

/// That DO 87 and DO 88 name the authorities whom these link certificates certify.
fn demand_trust_points(bench: &Bench<'_>, expected: [&[u8]; 2]) -> Result<(), Stop> {
    let names = |names: &[&[u8]]| {
        let names: Vec<_> = names.iter().map(|it| String::from_utf8_lossy(it)).collect();
        names.join(" and ")
    };
    let found: Vec<_> = bench.trust_points().iter().map(Vec::as_slice).collect();
    if found == expected {
        return Ok(());
    }
    let expected = format!("the trust-points {}", names(&expected));
    Err(bench.unexpected(expected, names(&found)))
}

/// MSE:Set DST with this name and the certificate, both of them accepted, as steps of which the first has this number.
pub(super) fn verify(
    bench: &mut Bench<'_>,
    first: u8,
    authority: &[u8],
    certificate: &str,
) -> Result<(), Stop> {
    let certificate = bench.certificate(certificate)?;
    bench.step(first);
    bench.set_dst(authority)?.expect(OK)?;
    bench.step(first + 1);
    bench.verify_certificate(&certificate)?.expect(OK).map(drop)
}

/// The same, and the certificate is refused.
fn refuse(
    bench: &mut Bench<'_>,
    first: u8,
    authority: &[u8],
    certificate: &str,
) -> Result<(), Stop> {
    let certificate = bench.certificate(certificate)?;
    bench.step(first);
    bench.set_dst(authority)?.expect(OK)?;
    bench.step(first + 1);
    let answer = bench.verify_certificate(&certificate)?;
    answer.expect(CHECKING_ERROR.or(0x6300)).map(drop)
}

fn m_1(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let holder = bench.certificate("DV_CERT_6")?.holder;
    let authority = newest(bench)?;
    verify(bench, 1, &authority, "DV_CERT_6")?;
    verify(bench, 3, &holder, "IS_CERT_6a")?;
    restart(bench, Inspection)?;
    let authority = newest(bench)?;
    verify(bench, 5, &authority, "DV_CERT_6")?;
    refuse(bench, 7, &holder, "IS_CERT_6b")
}

fn m_2(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let authority = newest(bench)?;
    verify(bench, 1, &authority, "DV_CERT_6a")?;
    restart(bench, Inspection)?;
    let authority = newest(bench)?;
    refuse(bench, 3, &authority, "DV_CERT_6")
}

fn m_3(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let link = bench.certificate("LINK_CERT_7")?;
    let original = newest(bench)?;
    verify(bench, 1, &original, "LINK_CERT_7")?;
    bench.step(3);
    restart(bench, Inspection)?;
    demand_trust_points(bench, [&link.holder, &original])?;
    verify(bench, 4, &original, "DV_CERT_7a")?;
    restart(bench, Inspection)?;
    let authority = newest(bench)?;
    verify(bench, 6, &authority, "DV_CERT_7b")?;
    restart(bench, Inspection)?;
    bench.step(8);
    let certificate = bench.certificate("DV_CERT_7a")?;
    bench.set_dst(&original)?.expect(CHECKING_ERROR.or(OK))?;
    bench.step(9);
    let answer = bench.verify_certificate(&certificate)?;
    answer.expect(CHECKING_ERROR.or(0x6300)).map(drop)
}

fn m_4(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let (eighth, ninth) = (
        bench.certificate("LINK_CERT_8")?.holder,
        bench.certificate("LINK_CERT_9")?.holder,
    );
    let authority = newest(bench)?;
    verify(bench, 1, &authority, "LINK_CERT_8")?;
    verify(bench, 3, &eighth, "LINK_CERT_9")?;
    verify(bench, 5, &ninth, "DV_CERT_9")?;
    bench.step(7);
    restart(bench, Inspection)?;
    demand_trust_points(bench, [&ninth, &eighth])
}

fn m_5(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let eleventh = bench.certificate("LINK_CERT_11b")?.holder;
    let authority = newest(bench)?;
    verify(bench, 1, &authority, "LINK_CERT_11b")?;
    refuse(bench, 3, &eleventh, "IS_CERT_11c")
}

fn m_6(bench: &mut Bench<'_>) -> Result<(), Stop> {
    require_at_least(bench, Inspection, AFTER_M_3)?;
    require(bench, Authentication, ORIGINAL)?;
    let authority = newest(bench)?;
    refuse(bench, 1, &authority, "DV_CERT_17")
}

fn m_7(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let (first, second) = (
        bench.certificate("LINK_CERT_23a")?.holder,
        bench.certificate("LINK_CERT_23b")?.holder,
    );
    let original = newest(bench)?;
    verify(bench, 1, &original, "LINK_CERT_23a")?;
    bench.step(3);
    restart(bench, Authentication)?;
    demand_trust_points(bench, [&first, &original])?;
    verify(bench, 4, &first, "LINK_CERT_23b")?;
    bench.step(6);
    restart(bench, Authentication)?;
    demand_trust_points(bench, [&second, &first])?;
    verify(bench, 7, &second, "DV_CERT_23")
}

fn m_8(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let authority = newest(bench)?;
    verify(bench, 1, &authority, "DV_CERT_11d")
}
