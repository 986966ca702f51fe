//! The smart-card service, and whether it lets this user in.

use super::facts::{Facts, ServiceState};
use super::judge::{advice, check, not_checked, restart};
use crate::document::{MachineCheck, Text, Verdict};
use crate::language::Bilingual;

pub(super) fn running(facts: &Facts) -> MachineCheck {
    let label = Bilingual::new("智慧卡服務 (PC/SC)", "Smart-card service (PC/SC)");
    let problem = |found, what| {
        let mut check = check("pcsc_service", label, Verdict::Problem, found);
        check.advice = what;
        check
    };
    match &facts.service {
        ServiceState::Answers(_) | ServiceState::Refuses => check(
            "pcsc_service",
            label,
            Verdict::Ok,
            Bilingual::new("執行中", "running"),
        ),
        ServiceState::NotBuilt => problem(
            Bilingual::new(
                "此程式編譯時未包含 PC/SC",
                "this program was built without PC/SC",
            )
            .into(),
            advice(
                Bilingual::new(
                    "請以預設功能重新編譯（於原始碼目錄）：",
                    "Build it with its default features, in its source folder:",
                ),
                facts
                    .is_linux
                    .then(|| {
                        "sudo apt-get install libpcsclite-dev pkg-config && cargo install --path crates/cli"
                            .to_owned()
                    }),
            ),
        ),
        ServiceState::Fails(why) => problem(
            Text {
                zh: format!("回應異常：{why}"),
                en: format!("does not answer as it should: {why}"),
            },
            advice(
                Bilingual::new("請重新啟動：", "Start it again:"),
                facts.is_linux.then(|| restart(facts)),
            ),
        ),
        ServiceState::Silent if !facts.is_linux => problem(
            Bilingual::new("未執行", "not running").into(),
            advice(
                Bilingual::new(
                    "請啟動作業系統的智慧卡服務。",
                    "Start the smart-card service of the operating system.",
                ),
                None,
            ),
        ),
        ServiceState::Silent if !facts.has_daemon => problem(
            Bilingual::new("未安裝 pcscd", "pcscd is not installed").into(),
            advice(
                Bilingual::new("請安裝：", "Install it:"),
                Some("sudo apt-get install pcscd".to_owned()),
            ),
        ),
        ServiceState::Silent => {
            let found = if facts.has_socket {
                Bilingual::new(
                    "pcscd 沒有回應，只留下通訊端 /run/pcscd/pcscd.comm",
                    "pcscd does not answer; its socket /run/pcscd/pcscd.comm is left over",
                )
            } else {
                Bilingual::new("pcscd 已安裝，未執行", "pcscd is installed and not running")
            };
            let command = match (facts.has_systemd, facts.has_socket) {
                (true, false) => "sudo systemctl enable --now pcscd.socket".to_owned(),
                (false, false) => "sudo service pcscd start".to_owned(),
                (_, true) => restart(facts),
            };
            problem(
                found.into(),
                advice(Bilingual::new("請啟動：", "Start it:"), Some(command)),
            )
        }
    }
}

/// A rule for polkit that lets this user in, wherever the user is logged in.
const POLKIT: &str = r#"echo 'polkit.addRule(function(action, subject) { if (action.id.indexOf("org.debian.pcsc-lite.") == 0 && subject.user == "'"$USER"'") return polkit.Result.YES; });' | sudo tee /etc/polkit-1/rules.d/60-pcsc.rules"#;

pub(super) fn permission(facts: &Facts) -> MachineCheck {
    let name = "pcsc_permission";
    let label = Bilingual::new("使用者權限", "Permission of this user");
    match &facts.service {
        ServiceState::Answers(_) => {
            check(name, label, Verdict::Ok, Bilingual::new("允許", "granted"))
        }
        ServiceState::Refuses => {
            let found = Bilingual::new(
                "服務拒絕此使用者（polkit）",
                "the service refuses this user (polkit)",
            );
            let mut check = check(name, label, Verdict::Problem, found);
            check.advice = advice(
                Bilingual::new(
                    "請以 polkit 規則允許（勿以 root 執行本程式）；遠端登入者通常需要：",
                    "Let this user in by a rule of polkit (and do not run this program as root). Users who are logged in from afar usually need one:",
                ),
                facts.is_linux.then(|| POLKIT.to_owned()),
            );
            check
        }
        _ => not_checked(name, label),
    }
}

#[cfg(test)]
mod tests {
    use super::super::judge::all;
    use super::*;
    use crate::doctor::exit;
    use crate::exit::Exit;

    fn found(facts: &Facts, name: &str) -> MachineCheck {
        let all = all(facts);
        all.into_iter().find(|check| check.name == name).unwrap()
    }

    fn command(facts: &Facts, name: &str) -> String {
        found(facts, name).advice.unwrap().command.unwrap()
    }

    #[test]
    fn a_service_that_is_missing_is_told_from_one_that_sleeps_and_one_that_died() {
        let mut facts = Facts {
            service: ServiceState::Silent,
            has_daemon: false,
            has_socket: false,
            ..Facts::healthy()
        };
        assert_eq!(
            command(&facts, "pcsc_service"),
            "sudo apt-get install pcscd"
        );
        facts.has_daemon = true;
        assert_eq!(
            command(&facts, "pcsc_service"),
            "sudo systemctl enable --now pcscd.socket"
        );
        facts.has_socket = true;
        assert_eq!(
            command(&facts, "pcsc_service"),
            "sudo systemctl restart pcscd"
        );
        facts.has_systemd = false;
        assert_eq!(
            command(&facts, "pcsc_service"),
            "sudo service pcscd restart"
        );
        assert_eq!(found(&facts, "readers").verdict, Verdict::NotChecked);
        assert_eq!(exit(&all(&facts)), Exit::Reader);
    }

    #[test]
    fn a_user_who_is_refused_gets_a_rule_and_not_the_advice_to_be_root() {
        let facts = Facts {
            service: ServiceState::Refuses,
            ..Facts::healthy()
        };
        assert_eq!(found(&facts, "pcsc_service").verdict, Verdict::Ok);
        assert!(command(&facts, "pcsc_permission").contains("polkit"));
        for check in all(&facts) {
            let command = check.advice.and_then(|advice| advice.command);
            assert!(!command.is_some_and(|command| command.contains("sudo neweid")));
        }
    }
}
