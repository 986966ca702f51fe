//! The client's side of the connection.

use core::time::Duration;
use std::net::SocketAddr;

use ureq::http::Response;
use ureq::{Agent, Body};

use crate::document::Text;
use crate::failure::{Failure, LoginFault};

pub(super) const CHALLENGE: &str = "/login/challenge";
pub(super) const ANSWER: &str = "/login/answer";
pub(super) const COOKIE: &str = "neweid-demo-session";

/// The longest body that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// One session with a server.
pub(super) struct Client {
    agent: Agent,
    server: SocketAddr,
    cookie: std::cell::RefCell<String>,
}

impl Client {
    pub(super) fn new(server: SocketAddr) -> Result<Self, Failure> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .proxy(None)
            .build();
        Ok(Self {
            agent: config.into(),
            server,
            cookie: String::new().into(),
        })
    }

    /// A new challenge, in DER.
    pub(super) fn challenge(&self) -> Result<Vec<u8>, Failure> {
        let request = self.agent.post(self.url(CHALLENGE));
        let response = request.send_empty().map_err(|error| self.fault(&error))?;
        let cookie = response.headers().get("Set-Cookie");
        let cookie = cookie.and_then(|cookie| cookie.to_str().ok());
        let pair = cookie.and_then(|cookie| cookie.split(';').next());
        *self.cookie.borrow_mut() = pair.unwrap_or_default().to_owned();
        let accepted = response.status().is_success();
        let body = self.body(response)?;
        match accepted {
            true => Ok(body),
            false => Err(LoginFault::Refused(reason(&body)).into()),
        }
    }

    /// What the server says to an answer: who has logged in, or why nobody has.
    pub(super) fn answer(&self, answer: &[u8]) -> Result<Result<String, Text>, Failure> {
        let request = self.agent.post(self.url(ANSWER));
        let request = request.header("Cookie", self.cookie.borrow().as_str());
        let response = request.send(answer).map_err(|error| self.fault(&error))?;
        let accepted = response.status().is_success();
        let body = self.body(response)?;
        Ok(match accepted {
            true => Ok(String::from_utf8_lossy(&body).into_owned()),
            false => Err(reason(&body)),
        })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server)
    }

    fn body(&self, mut response: Response<Body>) -> Result<Vec<u8>, Failure> {
        let body = response.body_mut().with_config().limit(LARGEST);
        body.read_to_vec().map_err(|error| self.fault(&error))
    }

    fn fault(&self, error: &ureq::Error) -> Failure {
        let (place, why) = (self.server.to_string(), error.to_string());
        LoginFault::NoServer { place, why }.into()
    }
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
