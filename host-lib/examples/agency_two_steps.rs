//! An agency in two processes: the reader at the counter, and the server that holds the terminal's key and decides.
//!
//! ```text
//!   reader (no key)                                server (no card)
//!   PACE with PIN1 and what the holder gives
//!   the agency's certificates to the card
//!   step 1: handle and challenge  ───────────────▶  looks at what it signs, and signs
//!   step 2: signature to the card ◀───────────────
//!   reads what was agreed
//!   raw groups and EF.SOD         ───────────────▶  verifies everything again, decides
//!   the decision                  ◀───────────────
//! ```
//!
//! `cargo run -p host-lib --example agency_two_steps` runs both, and the second is this program started again. Here a pipe
//! carries the messages; between two machines it is a connection that both ends authenticate and encrypt.

use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};

use host_lib::{
    AccessCode, AccessRequest, Card, CardTransport, Group, Identity, Lang, Permission,
    SignatureRequest, SignatureResponse, SoftwareKey, TerminalCertificates, TerminalKey,
    Unverified, Verifier,
};
use issuer::Grant;
use issuer::specimen::{self, SpecimenAgency};

type Result<T> = core::result::Result<T, Box<dyn core::error::Error>>;

/// What the ministry lets this agency read: spouse, parents, and who the holder is.
fn agency() -> SpecimenAgency {
    specimen::agency("PENSIONS", &Grant::read([3, 6, 7, 11]))
}

/// The counter: it has a card, a PIN pad and the agency's certificates. Its key is elsewhere.
fn reader(card: &mut dyn CardTransport, pin1: &str, server: &mut Server) -> Result<String> {
    let agency = agency();
    let certificates =
        TerminalCertificates::parse(&agency.certificates)?.with_description(&agency.description)?;
    let request = AccessRequest::new(certificates);
    println!("{}", request.describe(Lang::ZhTw));
    // The holder keeps the spouse to himself.
    let given: Vec<_> = request
        .permissions()
        .filter(|item| *item != Permission::Read(Group::Dg3))
        .collect();
    let consent = request.agree(given);

    let mut card = Card::open(card)?;
    let session = card.pace_as_terminal(AccessCode::pin(pin1)?, consent)?;
    let pending = session.request_signature()?;
    println!(
        "reader: session {} waits for a signature",
        pending.request().handle()
    );
    let answer = server.ask(Message::Sign, &pending.request().to_bytes())?;
    let mut session = pending.answer(&SignatureResponse::from_bytes(&answer)?)?;

    let read = session.read_everything_given()?;
    println!("reader: read {}", session.consent().groups());
    let decision = server.ask(Message::Decide, &read.to_bytes()?)?;
    Ok(String::from_utf8(decision)?)
}

/// The server: it has the key and the trust anchors, and no card.
fn server(input: &mut impl Read, output: &mut impl Write) -> Result<()> {
    let agency = agency();
    let mine = TerminalCertificates::parse(&agency.certificates)?.holder();
    // In production this is a security module behind the same trait.
    let mut key = SoftwareKey::new(agency.key);
    let trust = specimen::trust();
    // The readers are this agency's own, and the connection has authenticated them.
    let verifier = Verifier::new(&trust.anchors, trust.time)
        .revocation_lists(&trust.revocation_lists)
        .trust_reader();
    while let Some((message, contents)) = receive(input)? {
        let answer = match message {
            Message::Sign => {
                let request = SignatureRequest::from_bytes(&contents)?;
                if request.holder() != mine {
                    return Err(format!("a request for the key of {}", request.holder()).into());
                }
                let given: Vec<_> = request.given().map(|item| item.to_string()).collect();
                eprintln!(
                    "server: signs for session {}: {}",
                    request.handle(),
                    given.join(", ")
                );
                let signature = key.sign(&request)?;
                request.answer(signature).to_bytes()
            }
            Message::Decide => {
                let received = Unverified::<Identity>::from_bytes(&contents)?;
                let decision = match received.verify(&verifier).accept() {
                    Ok(identity) => decide(&identity),
                    Err(error) => format!("refused: {error}"),
                };
                decision.into_bytes()
            }
        };
        send(output, message, &answer)?;
    }
    Ok(())
}

/// The agency's business, with verified data.
fn decide(identity: &Identity) -> String {
    let name = |name: Option<&lds::Name>| name.map_or("—", |name| name.as_str()).to_owned();
    let father = identity.father().and_then(|father| father.name.as_ref());
    let mother = identity.mother().and_then(|mother| mother.name.as_ref());
    format!(
        "accepted: {}, father {}, mother {}, spouse {}",
        name(identity.name()),
        name(father),
        name(mother),
        if identity.spouse().is_some() {
            "read"
        } else {
            "not read"
        },
    )
}

/// What a message is about.
#[derive(Clone, Copy)]
enum Message {
    Sign = 1,
    Decide = 2,
}

/// A kind, a length of four bytes, the contents.
fn send(output: &mut impl Write, message: Message, contents: &[u8]) -> Result<()> {
    output.write_all(&[message as u8])?;
    output.write_all(&u32::try_from(contents.len())?.to_be_bytes())?;
    output.write_all(contents)?;
    Ok(output.flush()?)
}

fn receive(input: &mut impl Read) -> Result<Option<(Message, Vec<u8>)>> {
    const LONGEST: u32 = 4 * 1024 * 1024;
    let mut kind = [0];
    if input.read(&mut kind)? == 0 {
        return Ok(None);
    }
    let message = match kind {
        [1] => Message::Sign,
        [2] => Message::Decide,
        [other] => return Err(format!("message {other} is unknown").into()),
    };
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > LONGEST {
        return Err("the message is too long".into());
    }
    let mut contents = Vec::new();
    input.take(length.into()).read_to_end(&mut contents)?;
    Ok(Some((message, contents)))
}

/// The other process, seen from the reader.
struct Server(Child);

impl Server {
    fn start() -> Result<Self> {
        let child = Command::new(std::env::current_exe()?)
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self(child))
    }

    fn ask(&mut self, message: Message, contents: &[u8]) -> Result<Vec<u8>> {
        let input = self.0.stdin.as_mut().ok_or("the server is gone")?;
        send(input, message, contents)?;
        let output = self.0.stdout.as_mut().ok_or("the server is gone")?;
        let (_, answer) = receive(output)?.ok_or("the server gave no answer")?;
        Ok(answer)
    }

    fn stop(mut self) -> Result<()> {
        drop(self.0.stdin.take());
        let status = self.0.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {status}").into())
        }
    }
}

fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some("server") {
        return server(&mut io::stdin().lock(), &mut io::stdout().lock());
    }
    // A simulated card; a PC/SC reader works the same.
    let mut specimen = specimen::valid();
    let mut server = Server::start()?;
    let decision = reader(&mut specimen.card, specimen.codes.pin1(), &mut server)?;
    server.stop()?;
    println!("decision: {decision}");
    // `cargo test` runs this program: what it says is part of it.
    assert_eq!(
        decision,
        "accepted: 王小明, father 王大同, mother 陳淑芬, spouse not read"
    );
    Ok(())
}
