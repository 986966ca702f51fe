//! OpenSSL through its PKCS#11 engine (libp11), and curl through OpenSSL.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Stdio};

use applet_sim::{CertRead, KeyKind};
use libtest_mimic::Trial;
use neweid_tests::cards::natural_person::PIN2;

use super::desk::Desk;
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        openssl:
        openssl_signs_with_the_keys_of_the_card,
        openssl_shows_a_server_the_certificate_of_the_card,
        curl_shows_a_server_the_certificate_of_the_card,
    )
}

fn key(label: &str) -> String {
    format!("pkcs11:token=New%20eID;object={label};type=private;pin-value={PIN2}")
}

fn openssl_signs_with_the_keys_of_the_card() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        let desk = Desk::with(kind, CertRead::AfterPin2);
        for label in ["authentication", "signature"] {
            let url = key(label);
            let sign = [
                "dgst", "-engine", "pkcs11", "-keyform", "engine", "-sha256", "-sign",
            ];
            let sign = [&sign[..], &[&url, "-out", "signed", "data"]].concat();
            // Another PIN2 for the key for signatures, which OpenSSL asks its terminal for.
            let _said = match label {
                "authentication" => desk.says("openssl", &sign),
                _ => at_a_terminal(&desk, &sign),
            };
            let pem = format!("{label}.pem");
            let public = desk.says("openssl", &["x509", "-in", &pem, "-pubkey", "-noout"]);
            desk.write("key.pem", public.as_bytes());
            let check = [
                "dgst",
                "-sha256",
                "-verify",
                "key.pem",
                "-signature",
                "signed",
            ];
            let verify = |data| desk.outcome("openssl", &[&check[..], &[data]].concat()).0;
            assert!(verify("data"), "{label}");
            assert!(!verify("key.pem"), "{label}: other data");
        }
    }
}

/// OpenSSL at a terminal at which somebody types PIN2.
fn at_a_terminal(desk: &Desk, arguments: &[&str]) -> String {
    let quoted = arguments.iter().map(|it| format!("'{it}'"));
    let line = format!("openssl {}", quoted.collect::<Vec<_>>().join(" "));
    let mut script = desk.command("script", &["-qefc", &line, "/dev/null"]);
    let mut script = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script: apt-get install bsdutils");
    let mut said = Vec::new();
    let mut pipe = script.stdout.take().expect("a pipe");
    // Typed when it asks: what comes earlier would be thrown away.
    while !said.ends_with(b"signature:") {
        let mut byte = [0];
        let read = pipe.read(&mut byte).expect("the terminal");
        assert!(read == 1, "{}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
    let mut keyboard = script.stdin.take().expect("a pipe");
    std::thread::sleep(std::time::Duration::from_millis(100));
    writeln!(keyboard, "{PIN2}").expect("a keyboard");
    pipe.read_to_end(&mut said).expect("the terminal");
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(script.wait().expect("an end").success(), "{said}");
    said
}

/// A server that wants a certificate which the root has issued, and answers what it saw.
struct Server {
    process: Child,
    port: String,
}

impl Server {
    fn start(desk: &Desk, version: &str) -> Self {
        desk.says(
            "openssl",
            &[
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                "server.key",
                "-out",
                "server.pem",
            ],
        );
        let both = [desk.read("root.pem"), desk.read("authority.pem")].concat();
        desk.write("chain.pem", &both);
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let port = port.expect("a port").port().to_string();
        let address = format!("127.0.0.1:{port}");
        let mut process = desk
            .command(
                "openssl",
                &[
                    "s_server",
                    "-accept",
                    &address,
                    "-cert",
                    "server.pem",
                    "-key",
                    "server.key",
                    version,
                    "-Verify",
                    "3",
                    "-verify_return_error",
                    "-CAfile",
                    "chain.pem",
                    "-www",
                ],
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("openssl");
        let pipe = process.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(pipe).lines();
        let ready = lines.any(|line| line.is_ok_and(|line| line.starts_with("ACCEPT")));
        assert!(ready, "s_server");
        Self { process, port }
    }

    /// Ends it, and says what it said.
    fn end(mut self) -> String {
        let _ = self.process.kill();
        let mut said = String::new();
        if let Some(mut pipe) = self.process.stderr.take() {
            let _ = pipe.read_to_string(&mut said);
        }
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];

fn openssl_shows_a_server_the_certificate_of_the_card() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        let desk = Desk::with(kind, CertRead::AfterPin2);
        for version in VERSIONS {
            let server = Server::start(&desk, version);
            let url = key("authentication");
            let address = format!("localhost:{}", server.port);
            let connect = [
                "s_client",
                "-connect",
                &address,
                "-CAfile",
                "server.pem",
                "-verify_return_error",
                "-servername",
                "localhost",
                "-brief",
                "-cert_chain",
                "authority.pem",
            ];
            let mut with_card = connect.to_vec();
            with_card.extend(["-engine", "pkcs11", "-keyform", "engine", "-key", &url]);
            with_card.extend(["-cert", "authentication.pem"]);
            let ask = |arguments: &[&str]| {
                let mut client = desk
                    .command("openssl", arguments)
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .expect("openssl");
                let request = b"GET / HTTP/1.0\r\n\r\n";
                let mut pipe = client.stdin.take().expect("a pipe");
                let _ = pipe.write_all(request);
                // The pipe stays open until the answer is there.
                let output = client.wait_with_output().expect("an end");
                drop(pipe);
                super::desk::text(&output)
            };
            let answer = ask(&with_card);
            assert!(
                answer.contains("HTTP/1.0 200 ok") && answer.contains("Client certificate"),
                "{kind:?} {version}: {answer}\n{}",
                desk.log()
            );
            let without = ask(&connect[..9]);
            assert!(!without.contains("200 ok"), "{version}: {without}");
            let said = server.end();
            assert!(said.contains("peer did not return a certificate"), "{said}");
        }
    }
}

fn curl_shows_a_server_the_certificate_of_the_card() {
    let desk = Desk::with(KeyKind::P256, CertRead::AfterPin2);
    let server = Server::start(&desk, "-tls1_3");
    let url = format!("https://localhost:{}/", server.port);
    let base = ["--silent", "--show-error", "--cacert", "server.pem", &url];
    let key = key("authentication");
    let with_card = [
        "--engine",
        "pkcs11",
        "--key-type",
        "ENG",
        "--key",
        &key,
        "--cert",
        "authentication.pem",
    ];
    let page = desk.says("curl", &[&with_card[..], &base].concat());
    assert!(page.contains("Client certificate"), "{page}");
    assert!(!desk.outcome("curl", &base).0, "without a certificate");
}
