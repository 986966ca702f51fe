//! `neweid login-demo`: a server on this machine, and a client that logs in to it with the card (docs/login.md).
//!
//! The connection is plain HTTP that never leaves the machine. Where a service uses the same structures, TLS ends in front of it, and the
//! origin is the one that the TLS certificate names.

mod client;
mod server;

use std::net::SocketAddr;
use std::thread;

use host_lib::{Cancel, KeySlot};
use signing::login::{self, LoginChallenge, Origin};

use crate::Manner;
use crate::arguments::certificates::{Holder, LoginDemoAction, LoginServe, LoginTo, SignerTrust};
use crate::authorities::Authorities;
use crate::certificates::unlock;
use crate::document::certificates::{LoggedIn, ServedLogins};
use crate::document::{CardPlace, Outcome};
use crate::exit::Exit;
use crate::failure::{Failure, LoginFault};
use crate::interrupt;
use crate::language::Language;
use crate::terminal;
use server::Server;

impl LoginDemoAction {
    /// The name of the subcommand, as the JSON documents have it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "login-demo run",
            Self::Serve(_) => "login-demo serve",
            Self::Login(_) => "login-demo login",
        }
    }
}

pub(crate) fn run(action: &LoginDemoAction, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let outcome = match action {
        LoginDemoAction::Run(holder) => Outcome::LoggedIn(both(holder, manner)?),
        LoginDemoAction::Serve(arguments) => Outcome::ServedLogins(serve(arguments, manner)?),
        LoginDemoAction::Login(arguments) => Outcome::LoggedIn(log_in(arguments, manner)?),
    };
    Ok((outcome, Exit::Success))
}

/// Server and client, and what becomes of an answer that somebody has recorded.
fn both(holder: &Holder, manner: Manner) -> Result<LoggedIn, Failure> {
    let trust = SignerTrust {
        trust: holder.trust.trust.clone(),
        allow_test_anchors: holder.trust.allow_test_anchors,
        without_revocation_lists: false,
        on: holder.trust.on.clone(),
    };
    let authorities = Authorities::read(&trust)?;
    let server = Server::bind(loopback("127.0.0.1:0")?)?;
    let address = server.address();
    let cancel = Cancel::new();
    thread::scope(|scope| {
        scope.spawn(|| server.serve(&authorities, &cancel, None));
        let outcome = visit(address, holder, manner).and_then(|visit| {
            let repeated = client::answer(address, &visit.session, &visit.answer)?;
            Ok(LoggedIn {
                repeated_answer_refused: Some(repeated.is_err()),
                ..visit.logged_in
            })
        });
        cancel.cancel();
        outcome
    })
}

fn serve(arguments: &LoginServe, manner: Manner) -> Result<ServedLogins, Failure> {
    let authorities = Authorities::read(&arguments.trust)?;
    let server = Server::bind(loopback(&arguments.listen)?)?;
    let address = server.address();
    let text = match manner.language {
        Language::ZhTw => format!("示範伺服器：{address}（以 Ctrl-C 結束）"),
        Language::En => format!("The demonstration server waits at {address} (Ctrl-C ends it)"),
    };
    eprintln!("{text}");
    let counted = server.serve(&authorities, &interrupt::armed(), arguments.logins);
    Ok(ServedLogins {
        server: address.to_string(),
        origin: server.origin().as_str().to_owned(),
        logins: counted.logins,
        refused: counted.refused,
    })
}

fn log_in(arguments: &LoginTo, manner: Manner) -> Result<LoggedIn, Failure> {
    let address = loopback(&arguments.server)?;
    Ok(visit(address, &arguments.holder, manner)?.logged_in)
}

/// A login, and what is needed to try it again.
struct Visit {
    session: String,
    answer: Vec<u8>,
    logged_in: LoggedIn,
}

fn visit(server: SocketAddr, holder: &Holder, manner: Manner) -> Result<Visit, Failure> {
    let client::Challenge { encoded, session } = client::challenge(server)?;
    let challenge = LoginChallenge::from_der(&encoded)?;
    // Whoever enters PIN2 has to see what for.
    let (origin, purpose) = (challenge.origin().as_str(), challenge.purpose());
    eprintln!(
        "{}  {}",
        terminal::harmless(origin),
        terminal::harmless(purpose)
    );
    let connected_to = origin_of(server)?;
    let mut desk = holder.desk(manner, false)?;
    let (answer, place) = desk.open_with_pin2(|application, codes| {
        let mut unlocked = unlock(application, codes)?;
        let algorithm = unlocked.algorithm(KeySlot::Authentication)?;
        let mut key = unlocked.authentication_key(algorithm)?;
        Ok(login::answer(&encoded, &connected_to, &mut key)?)
    })?;
    let number = client::answer(server, &session, &answer)?;
    let number = number.map_err(LoginFault::Refused)?;
    let logged_in = outcome(place, &challenge, number);
    Ok(Visit {
        session,
        answer,
        logged_in,
    })
}

fn outcome(place: CardPlace, challenge: &LoginChallenge, subject_number: String) -> LoggedIn {
    LoggedIn {
        place,
        origin: challenge.origin().as_str().to_owned(),
        purpose: challenge.purpose().to_owned(),
        subject_number,
        repeated_answer_refused: None,
    }
}

/// The origin that stands for the server at this address.
fn origin_of(server: SocketAddr) -> Result<Origin, Failure> {
    Ok(Origin::parse(&format!(
        "https://localhost:{}",
        server.port()
    ))?)
}

/// An address of this machine. Nobody else may see a connection that is not encrypted.
fn loopback(place: &str) -> Result<SocketAddr, Failure> {
    use std::net::ToSocketAddrs;
    let fault = || LoginFault::NotLocal {
        place: place.to_owned(),
    };
    let addresses = place.to_socket_addrs().map_err(|_| fault())?;
    let local = addresses.into_iter().find(|it| it.ip().is_loopback());
    Ok(local.ok_or_else(fault)?)
}
