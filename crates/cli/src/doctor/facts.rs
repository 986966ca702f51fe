//! The machine as it is. Nothing here judges.

use std::fs;
use std::path::Path;

use host_lib::{Cancel, Card, ErrorCode, TransportError};
use secure_channel::pace::PaceSuite;

use super::sockets::{self, Listener};
use crate::failure::Failure;
use crate::reader::{self, Holds, Route, Seen, Service};

/// The daemon of Debian's package pcscd.
const DAEMON: &str = "/usr/sbin/pcscd";
/// Where it is to be reached.
const SOCKET: &str = "/run/pcscd/pcscd.comm";
/// What systemd leaves there where it runs.
const SYSTEMD: &str = "/run/systemd/system";
/// The driver of USB readers, of Debian's package libccid.
const CCID: &str = "/usr/lib/pcsc/drivers/ifd-ccid.bundle";
/// The driver of the virtual reader, of Debian's package vsmartcard-vpcd, and what tells the daemon about it.
const VPCD: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const VPCD_CONFIGURATION: &str = "/etc/reader.conf.d/vpcd";

/// What was found.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) service: ServiceState,
    /// Whether this is a Linux, of which the rest is known.
    pub(super) is_linux: bool,
    pub(super) has_daemon: bool,
    pub(super) has_socket: bool,
    pub(super) has_systemd: bool,
    pub(super) has_ccid: bool,
    pub(super) has_vpcd: bool,
    /// The first port of the virtual reader, as the daemon is configured; none where it is not.
    pub(super) vpcd_port: Option<u16>,
    pub(super) listeners: Option<Vec<Listener>>,
    /// Each card, by its reader, and what it answers.
    pub(super) cards: Vec<(String, CardState)>,
}

/// What the service says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ServiceState {
    Answers(Vec<Seen>),
    /// It is not there.
    Silent,
    /// Not to this user.
    Refuses,
    /// The program was built without.
    NotBuilt,
    /// Something else, in its own words.
    Fails(String),
}

/// What a card answers to a host without any code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CardState {
    /// PACE, with this suite; none where it offers none that is accepted.
    Pace(Option<PaceSuite>),
    /// It is a card without PACE.
    NoPace,
    /// Another program has it, and was not disturbed.
    InUse,
    /// Nothing comes from it.
    Mute,
    /// What the host library makes of it.
    Fails(ErrorCode),
}

pub(super) fn collect() -> Facts {
    let service = match Service::connect().and_then(|service| service.readers()) {
        Ok(readers) => ServiceState::Answers(readers),
        Err(failure) => ServiceState::of(&failure),
    };
    let cards = match &service {
        ServiceState::Answers(readers) => readers.iter().filter_map(card).collect(),
        _ => Vec::new(),
    };
    let is_there = |path: &str| Path::new(path).exists();
    Facts {
        service,
        is_linux: cfg!(target_os = "linux"),
        has_daemon: is_there(DAEMON),
        has_socket: is_there(SOCKET),
        has_systemd: is_there(SYSTEMD),
        has_ccid: is_there(CCID),
        has_vpcd: is_there(VPCD),
        vpcd_port: fs::read_to_string(VPCD_CONFIGURATION)
            .ok()
            .and_then(|text| configured_port(&text)),
        // The daemon has just been spoken to, so that one which starts on demand has opened its ports.
        listeners: sockets::listeners(),
        cards,
    }
}

impl Facts {
    /// A machine on which everything is as it should be.
    #[cfg(test)]
    pub(super) fn healthy() -> Self {
        let reader = Seen {
            name: "ACS ACR1252 00 00".to_owned(),
            holds: Holds::Nothing,
        };
        Self {
            service: ServiceState::Answers(vec![reader]),
            is_linux: true,
            has_daemon: true,
            has_socket: true,
            has_systemd: true,
            has_ccid: true,
            has_vpcd: true,
            vpcd_port: Some(35963),
            listeners: Some(vec![Listener {
                port: 35963,
                is_local: true,
            }]),
            cards: Vec::new(),
        }
    }
}

impl ServiceState {
    fn of(failure: &Failure) -> Self {
        match failure {
            Failure::Reader(_) => Self::NotBuilt,
            Failure::Host(host_lib::Error::Transport(TransportError::ServiceUnavailable)) => {
                Self::Silent
            }
            Failure::Host(host_lib::Error::Transport(TransportError::NotPermitted)) => {
                Self::Refuses
            }
            other => Self::Fails(other.what(crate::language::Language::En)),
        }
    }
}

/// Asks a card for what it shows to everybody. One that another program has is left alone: it would be reset.
fn card(reader: &Seen) -> Option<(String, CardState)> {
    let state = match reader.holds {
        Holds::Nothing | Holds::Unknown => return None,
        Holds::Mute => CardState::Mute,
        Holds::Card { in_use: true, .. } => CardState::InUse,
        Holds::Card { .. } => ask(&reader.name),
    };
    Some((reader.name.clone(), state))
}

fn ask(reader: &str) -> CardState {
    let route = Route::to(reader);
    let opened =
        reader::open(&route, &Cancel::new()).and_then(|(transport, _)| Ok(Card::open(transport)?));
    match opened {
        Ok(card) => CardState::Pace(card.suite()),
        Err(Failure::Host(error)) => match error.code() {
            ErrorCode::CardWithoutPace => CardState::NoPace,
            ErrorCode::CardInUse => CardState::InUse,
            code => CardState::Fails(code),
        },
        // Taken out in this moment.
        Err(_) => CardState::Fails(ErrorCode::CardRemoved),
    }
}

/// The port in `DEVICENAME /dev/null:0x8C7B`, as vpcd's configuration has it.
fn configured_port(configuration: &str) -> Option<u16> {
    configuration.lines().find_map(|line| {
        let (key, value) = line.trim().split_once(char::is_whitespace)?;
        let (_, port) = value.trim().rsplit_once(':')?;
        let digits = port.strip_prefix("0x").or(port.strip_prefix("0X"));
        (key == "DEVICENAME").then_some(())?;
        match digits {
            Some(digits) => u16::from_str_radix(digits, 16).ok(),
            None => port.parse().ok(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_stands_in_the_configuration_of_the_driver() {
        let debian = "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME   /dev/null:0x8C7B\n\
                      LIBPATH      /usr/lib/pcsc/drivers/serial/libifdvpcd.so\nCHANNELID    0x8C7B\n";
        assert_eq!(configured_port(debian), Some(35963));
        assert_eq!(configured_port("DEVICENAME /dev/null:5000"), Some(5000));
        for other in [
            "",
            "# DEVICENAME /dev/null:0x8C7B",
            "DEVICENAME /dev/null",
            "DEVICENAME /dev/null:0x8C7B0",
        ] {
            assert_eq!(configured_port(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_service_is_told_apart() {
        let of = |error: TransportError| ServiceState::of(&error.into());
        assert_eq!(of(TransportError::ServiceUnavailable), ServiceState::Silent);
        assert_eq!(of(TransportError::NotPermitted), ServiceState::Refuses);
        assert!(matches!(
            of(TransportError::Other("x".into())),
            ServiceState::Fails(_)
        ));
    }
}
