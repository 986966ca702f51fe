//! The virtual reader: whether its driver is there, and who can reach it.

use super::facts::{Facts, ServiceState};
use super::judge::{advice, check, has_real_reader, not_checked, restart};
use crate::document::{MachineCheck, Text, Verdict};
use crate::language::Bilingual;

/// Slots of one driver; each has a port.
const SLOTS: u16 = 2;

/// Whether there is a virtual reader to put a simulated card into. Nobody who has a real one needs it.
pub(super) fn driver(facts: &Facts) -> MachineCheck {
    let name = "virtual_reader";
    let label = Bilingual::new("虛擬讀卡機 (vpcd)", "Virtual reader (vpcd)");
    let warning = |found: Bilingual, what: Bilingual, command: String| {
        let mut check = check(name, label, Verdict::Warning, found);
        check.advice = advice(what, Some(command));
        check
    };
    if !facts.has_vpcd {
        if has_real_reader(facts) {
            let found = Bilingual::new(
                "未安裝；已有讀卡機，不需要",
                "not installed, and not needed beside a real reader",
            );
            return check(name, label, Verdict::Ok, found);
        }
        return warning(
            Bilingual::new("未安裝", "not installed"),
            Bilingual::new(
                "若要將模擬卡放入讀卡機，請安裝：",
                "To put simulated cards into a reader, install it:",
            ),
            format!("sudo apt-get install vsmartcard-vpcd && {}", restart(facts)),
        );
    }
    let Some(port) = facts.vpcd_port else {
        return warning(
            Bilingual::new(
                "已安裝，但缺少 /etc/reader.conf.d/vpcd",
                "installed, without /etc/reader.conf.d/vpcd",
            ),
            Bilingual::new("請還原設定檔：", "Put the configuration back:"),
            format!(
                "sudo apt-get install --reinstall -o Dpkg::Options::=--force-confmiss vsmartcard-vpcd && {}",
                restart(facts)
            ),
        );
    };
    let Some(listeners) = facts.listeners.as_ref().filter(|_| {
        matches!(
            facts.service,
            ServiceState::Answers(_) | ServiceState::Refuses
        )
    }) else {
        return check(
            name,
            label,
            Verdict::NotChecked,
            Bilingual::new(
                "已安裝；尚無法檢查是否等候卡片",
                "installed; whether it waits for a card cannot be looked at yet",
            ),
        );
    };
    if listeners.iter().any(|listener| listener.port == port) {
        return check(
            name,
            label,
            Verdict::Ok,
            Text {
                zh: format!("在埠 {port} 等候卡片"),
                en: format!("waits for cards at port {port}"),
            },
        );
    }
    warning(
        Bilingual::new(
            "已安裝，但智慧卡服務未載入",
            "installed, and the smart-card service has not loaded it",
        ),
        Bilingual::new("請重新啟動服務：", "Start the service again:"),
        restart(facts),
    )
}

/// Whether others than this machine can put a card into it.
pub(super) fn exposure(facts: &Facts) -> MachineCheck {
    let name = "virtual_reader_exposure";
    let label = Bilingual::new("虛擬讀卡機的網路暴露", "Who reaches the virtual reader");
    let Some(listeners) = &facts.listeners else {
        return not_checked(name, label);
    };
    let Some(first) = facts.vpcd_port.filter(|_| facts.has_vpcd) else {
        let nobody = Bilingual::new("沒有虛擬讀卡機", "there is none");
        return check(name, label, Verdict::Ok, nobody);
    };
    let last = first.saturating_add(SLOTS - 1);
    let mut open = listeners
        .iter()
        .filter(|listener| (first..=last).contains(&listener.port))
        .peekable();
    if open.peek().is_none() {
        let nobody = Bilingual::new("目前沒有程式在等候", "nothing listens there now");
        return check(name, label, Verdict::Ok, nobody);
    }
    if open.all(|listener| listener.is_local) {
        let local = Bilingual::new("僅限本機", "this machine alone");
        return check(name, label, Verdict::Ok, local);
    }
    let mut check = check(
        name,
        label,
        Verdict::Warning,
        Text {
            zh: format!(
                "埠 {first} 至 {last} 在所有網路介面上等候：能連到的人都可放入卡片，除非有防火牆（未檢查）"
            ),
            en: format!(
                "ports {first} to {last} are open on all interfaces: whoever reaches them can put a card in, unless a firewall keeps them out (not looked at)"
            ),
        },
    );
    check.advice = advice(
        Bilingual::new(
            "限制在本機（至下次開機為止；永久設定請寫入 /etc/nftables.conf）：",
            "Keep it to this machine (until the next start; in /etc/nftables.conf for good):",
        ),
        Some(format!(
            "echo 'table inet vpcd {{ chain input {{ type filter hook input priority 0; iifname != \"lo\" tcp dport {first}-{last} drop; }} }}' | sudo nft -f -"
        )),
    );
    check
}

#[cfg(test)]
mod tests {
    use super::super::sockets::Listener;
    use super::*;
    use crate::reader::{Holds, Seen};

    fn facts(reader: &str, listeners: &[(u16, bool)]) -> Facts {
        let reader = Seen {
            name: reader.to_owned(),
            holds: Holds::Nothing,
        };
        let listeners = listeners
            .iter()
            .map(|(port, is_local)| Listener {
                port: *port,
                is_local: *is_local,
            })
            .collect();
        Facts {
            service: ServiceState::Answers(vec![reader]),
            listeners: Some(listeners),
            ..Facts::healthy()
        }
    }

    #[test]
    fn a_driver_on_all_interfaces_is_a_warning_with_a_firewall_line() {
        let open = exposure(&facts("Virtual PCD 00 00", &[(22, true), (35964, false)]));
        assert_eq!(open.verdict, Verdict::Warning);
        let command = open.advice.unwrap().command.unwrap();
        assert!(command.contains("dport 35963-35964 drop"), "{command}");
        for local in [&[(35963, true), (35964, true), (80, false)][..], &[]] {
            assert_eq!(
                exposure(&facts("Virtual PCD 00 00", local)).verdict,
                Verdict::Ok
            );
        }
    }

    #[test]
    fn a_missing_driver_is_a_warning_only_without_a_real_reader() {
        let missing = |reader| {
            driver(&Facts {
                has_vpcd: false,
                vpcd_port: None,
                ..facts(reader, &[])
            })
        };
        assert_eq!(missing("ACS ACR1252 00 00").verdict, Verdict::Ok);
        assert_eq!(missing("Virtual PCD 00 00").verdict, Verdict::Warning);
    }

    #[test]
    fn a_driver_that_the_service_has_not_loaded_wants_a_restart() {
        let check = driver(&facts("ACS", &[(22, false)]));
        let command = check.advice.unwrap().command.unwrap();
        assert_eq!(command, "sudo systemctl restart pcscd");
        assert_eq!(
            driver(&facts("ACS", &[(35963, false)])).verdict,
            Verdict::Ok
        );
        let dead = Facts {
            service: ServiceState::Silent,
            ..facts("ACS", &[])
        };
        assert_eq!(driver(&dead).verdict, Verdict::NotChecked);
    }
}
