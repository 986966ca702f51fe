//! OpenSSH: the public keys of the card, and a login with the one for authentication.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use applet_sim::{CertRead, KeyKind};
use libtest_mimic::Trial;
use neweid_tests::cards::natural_person::PIN2;

use super::desk::{Desk, module};
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(openssh: ssh_logs_in_with_the_key_of_the_card)
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ssh_logs_in_with_the_key_of_the_card() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        let desk = Desk::with(kind, CertRead::AfterPin2);
        let module = module();
        let module = module.to_str().expect("a path");
        let keys = desk.says("ssh-keygen", &["-D", module]);
        assert_eq!(
            keys.lines()
                .filter(|it| it.contains("ssh-rsa") || it.contains("ecdsa"))
                .count(),
            3,
            "{keys}"
        );
        let mine = keys.lines().find(|line| line.ends_with("authentication"));
        let mine = mine.unwrap_or_else(|| panic!("{keys}"));

        desk.says(
            "ssh-keygen",
            &["-q", "-t", "ed25519", "-N", "", "-f", "host"],
        );
        desk.write("authorized", format!("{mine}\n").as_bytes());
        // What it asks for the PIN with; OpenSSH has no option for it.
        desk.write("askpass", format!("#!/bin/sh\necho {PIN2}\n").as_bytes());
        fs::set_permissions(desk.path("askpass"), Permissions::from_mode(0o700)).expect("chmod");
        fs::create_dir_all("/run/sshd").expect("sshd's folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let port = port.expect("a port").port().to_string();
        let option = |name: &str, value: &str| format!("-o{name}={value}");
        let file = |name: &str| desk.path(name).display().to_string();
        let mut server = desk.command("/usr/sbin/sshd", &["-D", "-e", "-f", "/dev/null"]);
        let server = server
            .args(["-p", &port])
            .arg(option("ListenAddress", "127.0.0.1"))
            .arg(option("HostKey", &file("host")))
            .arg(option("AuthorizedKeysFile", &file("authorized")))
            .arg(option("PermitRootLogin", "yes"))
            .arg(option("PasswordAuthentication", "no"))
            .arg(option("StrictModes", "no"))
            .arg(option("UsePAM", "no"))
            .arg(option("PidFile", "none"))
            .stdin(Stdio::null())
            .stderr(File::create(desk.path("sshd.log")).expect("a log"))
            .spawn()
            .expect("sshd: make setup");
        let _server = Server(server);
        let begin = Instant::now();
        while !String::from_utf8_lossy(&desk.read("sshd.log")).contains("listening") {
            assert!(begin.elapsed() < Duration::from_secs(10), "sshd");
            std::thread::sleep(Duration::from_millis(50));
        }
        let ssh = |extra: &[&str]| {
            let mut ssh = desk.command("ssh", &["-F", "/dev/null", "-p", &port]);
            ssh.args([
                "-oStrictHostKeyChecking=no",
                "-oUserKnownHostsFile=/dev/null",
            ])
            .args(extra)
            .args(["root@127.0.0.1", "echo", "logged", "in"])
            .env("SSH_ASKPASS", desk.path("askpass"))
            .env("SSH_ASKPASS_REQUIRE", "force")
            .stdin(Stdio::null());
            super::desk::text(&ssh.output().expect("ssh"))
        };
        let with = ssh(&[&format!("-oPKCS11Provider={module}"), "-oBatchMode=no"]);
        assert!(
            with.contains("logged in"),
            "{kind:?}: {with}\n{}\n{}",
            String::from_utf8_lossy(&desk.read("sshd.log")),
            desk.log()
        );
        let without = ssh(&["-oBatchMode=yes"]);
        assert!(!without.contains("logged in"), "{without}");
    }
}
