//! The server: gives out challenges, and verifies what comes back.

use core::time::Duration;
use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;

use host_lib::Cancel;
use pki::Time;
use rand_core::Rng;
use signing::Failure as StoreFailure;
use signing::login::{ChallengeStore, LoginChallenge, LoginVerifier, Nonce, Origin};
use tiny_http::{Header, Method, Request, Response};

use super::{client, origin_of};
use crate::authorities::Authorities;
use crate::commands::issue::system_randomness;
use crate::failure::{Failure, LoginFault, SigningFault};
use crate::language::Language;
use crate::trust;

/// How long a challenge waits for its answer.
const LIFETIME: Duration = Duration::from_secs(120);
/// The longest answer that is read, in bytes: a signature and a few certificates.
const LARGEST_ANSWER: u64 = 64 * 1024;
/// Challenges that wait at the same time, so that whoever asks for more and more does not fill the memory.
const MOST_OPEN: usize = 256;
/// What the holder is shown.
const PURPOSE: &str = "示範登入 / Demonstration login";

pub(super) struct Server {
    http: tiny_http::Server,
    address: SocketAddr,
    origin: Origin,
}

/// What a server did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub(super) logins: u64,
    pub(super) refused: u64,
}

/// The challenges that wait for an answer, by their nonces.
#[derive(Default)]
struct Open(BTreeMap<Vec<u8>, Waiting>);

struct Waiting {
    /// Of the browser that asked: an answer logs in that session and no other.
    session: String,
    challenge: Vec<u8>,
    expires_at: Time,
}

/// The challenges of one session.
struct OfSession<'o> {
    open: &'o mut Open,
    session: &'o str,
}

impl ChallengeStore for OfSession<'_> {
    fn take(&mut self, nonce: &Nonce) -> Result<Option<Vec<u8>>, StoreFailure> {
        let Open(open) = &mut *self.open;
        let waiting = open.get(nonce.as_bytes());
        if waiting.is_none_or(|waiting| waiting.session != self.session) {
            return Ok(None);
        }
        Ok(open.remove(nonce.as_bytes()).map(|it| it.challenge))
    }
}

impl Server {
    pub(super) fn bind(address: SocketAddr) -> Result<Self, Failure> {
        let fault = |why: String| LoginFault::NoServer {
            place: address.to_string(),
            why,
        };
        let http = tiny_http::Server::http(address).map_err(|error| fault(error.to_string()))?;
        let bound = http.server_addr().to_ip();
        let address = bound.ok_or_else(|| fault("no address".to_owned()))?;
        let origin = origin_of(address)?;
        Ok(Self {
            http,
            address,
            origin,
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Answers until it is cancelled, or until so many have logged in.
    pub(super) fn serve(
        &self,
        authorities: &Authorities,
        cancel: &Cancel,
        logins: Option<u64>,
    ) -> Counted {
        let (mut open, mut counted) = (Open::default(), Counted::default());
        while !cancel.is_cancelled() && logins.is_none_or(|wanted| counted.logins < wanted) {
            // A connection that breaks is the client's affair.
            if let Ok(Some(request)) = self.http.recv_timeout(Duration::from_millis(50)) {
                self.handle(request, authorities, &mut open, &mut counted);
            }
        }
        counted
    }

    fn handle(
        &self,
        mut request: Request,
        authorities: &Authorities,
        open: &mut Open,
        counted: &mut Counted,
    ) {
        let response = match (request.method(), request.url()) {
            (Method::Post, client::CHALLENGE) => self.challenge(open),
            (Method::Post, client::ANSWER) => {
                let answered = self.answer(&mut request, authorities, open);
                match answered {
                    Ok(number) => {
                        counted.logins += 1;
                        Ok(Response::from_string(number))
                    }
                    Err(failure) => {
                        counted.refused += 1;
                        Err(failure)
                    }
                }
            }
            _ => {
                let _ = request.respond(Response::from_string("").with_status_code(404));
                return;
            }
        };
        let response = response.unwrap_or_else(|failure| {
            let code = failure.code();
            let (zh, en) = (failure.what(Language::ZhTw), failure.what(Language::En));
            let text = serde_json::json!({ "code": code, "zh-TW": zh, "en": en });
            Response::from_string(text.to_string()).with_status_code(403)
        });
        let _ = request.respond(response);
    }

    fn challenge(&self, open: &mut Open) -> Result<Response<std::io::Cursor<Vec<u8>>>, Failure> {
        let now = trust::now()?;
        open.0.retain(|_, waiting| now <= waiting.expires_at);
        if open.0.len() >= MOST_OPEN {
            return Err(LoginFault::Busy.into());
        }
        let mut random = [0; 48];
        system_randomness().fill_bytes(&mut random);
        let (nonce, session) = random.split_at(32);
        let session = crate::terminal::hex(session);
        let nonce = Nonce::new(nonce)?;
        let origin = self.origin.clone();
        let challenge = LoginChallenge::new(origin, nonce.clone(), now, LIFETIME, PURPOSE)?;
        let encoded = challenge.to_der()?;
        let cookie = format!("{}={session}; HttpOnly; SameSite=Strict", client::COOKIE);
        let waiting = Waiting {
            session,
            challenge: encoded.clone(),
            expires_at: challenge.expires_at(),
        };
        open.0.insert(nonce.as_bytes().to_vec(), waiting);
        let response = Response::from_data(encoded);
        Ok(match Header::from_bytes("Set-Cookie", cookie) {
            Ok(header) => response.with_header(header),
            Err(()) => response,
        })
    }

    /// The number of whoever has logged in.
    fn answer(
        &self,
        request: &mut Request,
        authorities: &Authorities,
        open: &mut Open,
    ) -> Result<String, Failure> {
        let session = session(request).ok_or(signing::Error::NotOpen)?;
        let mut answer = Vec::new();
        let read = request
            .as_reader()
            .take(LARGEST_ANSWER)
            .read_to_end(&mut answer);
        read.map_err(|error| LoginFault::NoServer {
            place: self.address.to_string(),
            why: error.to_string(),
        })?;
        let validator = authorities.validator();
        let verifier = LoginVerifier::new(&self.origin, &validator);
        let mut store = OfSession {
            open,
            session: &session,
        };
        let login = verifier.verify(&answer, authorities.time()?, &mut store);
        let login = login.map_err(|error| Failure::Signing(SigningFault(error)))?;
        let number = signing::subject_serial_number(&login.certificate);
        Ok(number.ok_or(LoginFault::Nameless)?)
    }
}

fn session(request: &Request) -> Option<String> {
    let mut headers = request.headers().iter();
    let cookie = headers.find(|header| header.field.equiv("Cookie"))?;
    let mut pairs = cookie.value.as_str().split(';');
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == client::COOKIE).then(|| value.to_owned())
    })
}
