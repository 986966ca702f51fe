//! The client's side of the connection: three headers and a body each way. No HTTP client is among the dependencies (deny.toml), so that
//! nothing here can speak to a network.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::document::Text;
use crate::failure::{Failure, LoginFault};

pub(super) const CHALLENGE: &str = "/login/challenge";
pub(super) const ANSWER: &str = "/login/answer";
pub(super) const COOKIE: &str = "neweid-demo-session";

/// The longest response that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server said.
struct Response {
    accepted: bool,
    cookie: Option<String>,
    body: Vec<u8>,
}

/// A challenge, and the session that it belongs to.
pub(super) struct Challenge {
    pub(super) encoded: Vec<u8>,
    pub(super) session: String,
}

/// Asks for a challenge, in DER.
pub(super) fn challenge(server: SocketAddr) -> Result<Challenge, Failure> {
    let response = post(server, CHALLENGE, None, &[])?;
    match response.accepted {
        true => Ok(Challenge {
            encoded: response.body,
            session: response.cookie.unwrap_or_default(),
        }),
        false => Err(LoginFault::Refused(reason(&response.body)).into()),
    }
}

/// What the server says to an answer: who has logged in, or why nobody has.
pub(super) fn answer(
    server: SocketAddr,
    session: &str,
    answer: &[u8],
) -> Result<Result<String, Text>, Failure> {
    let response = post(server, ANSWER, Some(session), answer)?;
    Ok(match response.accepted {
        true => Ok(String::from_utf8_lossy(&response.body).into_owned()),
        false => Err(reason(&response.body)),
    })
}

fn post(
    server: SocketAddr,
    path: &str,
    session: Option<&str>,
    body: &[u8],
) -> Result<Response, Failure> {
    let fault = |why: String| LoginFault::NoServer {
        place: server.to_string(),
        why,
    };
    let received = exchange(server, path, session, body).map_err(|it| fault(it.to_string()))?;
    let response = parse(&received).ok_or_else(|| fault("no HTTP".to_owned()))?;
    Ok(response)
}

/// HTTP/1.0 (RFC 1945): the end of the connection is the end of the response.
fn exchange(
    server: SocketAddr,
    path: &str,
    session: Option<&str>,
    body: &[u8],
) -> io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect_timeout(&server, PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let cookie = session.map(|session| format!("Cookie: {COOKIE}={session}\r\n"));
    let header = format!(
        "POST {path} HTTP/1.0\r\nHost: {server}\r\n{}Content-Length: {}\r\n\r\n",
        cookie.unwrap_or_default(),
        body.len()
    );
    connection.write_all(&[header.as_bytes(), body].concat())?;
    let mut received = Vec::new();
    connection.take(LARGEST).read_to_end(&mut received)?;
    Ok(received)
}

fn parse(received: &[u8]) -> Option<Response> {
    let end = received.windows(4).position(|it| it == b"\r\n\r\n")?;
    let header = core::str::from_utf8(received.get(..end)?).ok()?;
    let mut lines = header.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?;
    let cookie = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let (own, value) = value.trim().split(';').next()?.split_once('=')?;
        (name.eq_ignore_ascii_case("Set-Cookie") && own == COOKIE).then(|| value.to_owned())
    });
    Some(Response {
        accepted: status == "200",
        cookie,
        body: received.get(end + 4..)?.to_vec(),
    })
}

/// Why the server refuses, in its own words; somebody else's server has none that are known here.
fn reason(body: &[u8]) -> Text {
    let document: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let say = |language: &str| {
        let text = document.get(language).and_then(|text| text.as_str());
        text.unwrap_or("?").to_owned()
    };
    Text {
        zh: say("zh-TW"),
        en: say("en"),
    }
}
