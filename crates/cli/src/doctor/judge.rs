//! What the facts mean, and what to do. Nothing here looks at the machine.

use super::facts::{CardState, Facts, ServiceState};
use super::{service, virtual_reader};
use crate::document::{Advice, MachineCheck, Text, Verdict};
use crate::language::Bilingual;
use crate::terminal::harmless;
use crate::walk::suite_name;

/// How the names of virtual readers begin, as Debian configures them.
const VIRTUAL: &str = "Virtual PCD";

/// Every check, one thing resting on the one before.
pub(super) fn all(facts: &Facts) -> Vec<MachineCheck> {
    let mut checks = vec![
        service::running(facts),
        service::permission(facts),
        readers(facts),
    ];
    if facts.is_linux {
        checks.push(virtual_reader::driver(facts));
        checks.push(virtual_reader::exposure(facts));
    }
    checks.extend(cards(facts));
    checks
}

/// A check with nothing to do about it.
pub(super) fn check(
    name: &'static str,
    label: Bilingual,
    verdict: Verdict,
    found: impl Into<Text>,
) -> MachineCheck {
    MachineCheck {
        name,
        label: label.into(),
        verdict,
        found: found.into(),
        advice: None,
    }
}

/// What to do, and what to type.
pub(super) fn advice(text: Bilingual, command: Option<String>) -> Option<Advice> {
    Some(Advice {
        text: text.into(),
        command,
    })
}

/// How the daemon is started here, or started again.
pub(super) fn restart(facts: &Facts) -> String {
    if facts.has_systemd {
        "sudo systemctl restart pcscd".to_owned()
    } else {
        "sudo service pcscd restart".to_owned()
    }
}

pub(super) fn not_checked(name: &'static str, label: Bilingual) -> MachineCheck {
    check(
        name,
        label,
        Verdict::NotChecked,
        Bilingual::new("尚無法檢查", "cannot be looked at yet"),
    )
}

fn readers(facts: &Facts) -> MachineCheck {
    let name = "readers";
    let label = Bilingual::new("讀卡機", "Card readers");
    let ServiceState::Answers(readers) = &facts.service else {
        return not_checked(name, label);
    };
    if !readers.is_empty() {
        let names: Vec<String> = readers
            .iter()
            .map(|reader| harmless(&reader.name))
            .collect();
        let names = names.join(", ");
        return check(
            name,
            label,
            Verdict::Ok,
            Text {
                zh: names.clone(),
                en: names,
            },
        );
    }
    let mut check = check(name, label, Verdict::Problem, Bilingual::new("無", "none"));
    check.advice = if facts.is_linux && !facts.has_ccid {
        advice(
            Bilingual::new(
                "請接上讀卡機；多數 USB 讀卡機需要此驅動程式：",
                "Plug one in. Most USB readers need this driver:",
            ),
            Some("sudo apt-get install libccid".to_owned()),
        )
    } else {
        advice(
            Bilingual::new(
                "請接上讀卡機；若無，可安裝下列虛擬讀卡機。",
                "Plug one in; without any, the virtual reader below will do.",
            ),
            None,
        )
    };
    check
}

/// Whether there is a reader that is no virtual one.
pub(super) fn has_real_reader(facts: &Facts) -> bool {
    matches!(&facts.service, ServiceState::Answers(readers)
        if readers.iter().any(|reader| !reader.name.starts_with(VIRTUAL)))
}

fn cards(facts: &Facts) -> Vec<MachineCheck> {
    const NAME: &str = "card";
    const LABEL: Bilingual = Bilingual::new("卡片", "Card");
    if !matches!(facts.service, ServiceState::Answers(_)) {
        return vec![not_checked(NAME, LABEL)];
    }
    if facts.cards.is_empty() {
        let none = Bilingual::new("讀卡機中沒有卡片", "no card in any reader");
        return vec![check(NAME, LABEL, Verdict::NotChecked, none)];
    }
    let one = |(reader, state): &(String, CardState)| {
        let (verdict, zh, en) = card(state);
        let reader = harmless(reader);
        check(
            NAME,
            LABEL,
            verdict,
            Text {
                zh: format!("{reader}：{zh}"),
                en: format!("{reader}: {en}"),
            },
        )
    };
    facts.cards.iter().map(one).collect()
}

fn card(state: &CardState) -> (Verdict, String, String) {
    let fixed = |verdict, zh: &str, en: &str| (verdict, zh.to_owned(), en.to_owned());
    match state {
        CardState::Pace(Some(suite)) => {
            let suite = suite_name(*suite);
            (
                Verdict::Ok,
                format!("有回應，提供 {suite}"),
                format!("answers and offers {suite}"),
            )
        }
        CardState::Pace(None) => fixed(
            Verdict::Warning,
            "有回應，但其 PACE 演算法均不為本程式所接受",
            "answers, and offers no PACE suite that this program accepts",
        ),
        CardState::NoPace => fixed(
            Verdict::Warning,
            "有回應，但不支援 PACE：不是這種卡片",
            "answers, and offers no PACE: another kind of card",
        ),
        CardState::InUse => fixed(
            Verdict::Warning,
            "另一個程式正在使用，未予打擾",
            "another program is using it, and was not disturbed",
        ),
        CardState::Mute => fixed(
            Verdict::Warning,
            "沒有回應：請確認卡片的方向",
            "does not answer: is it the right way round?",
        ),
        CardState::Fails(code) => (
            Verdict::Problem,
            format!("{code} {}", code.message(host_lib::Lang::ZhTw)),
            format!("{code} {}", code.message(host_lib::Lang::En)),
        ),
    }
}

#[cfg(test)]
mod tests {
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
    fn a_healthy_machine_has_nothing_to_do() {
        let checks = all(&Facts::healthy());
        assert!(
            checks.iter().all(|check| check.advice.is_none()),
            "{checks:?}"
        );
        assert_eq!(exit(&checks), Exit::Success);
    }

    #[test]
    fn no_reader_at_all_is_a_problem_with_the_driver_of_usb_readers_as_a_first_guess() {
        let facts = Facts {
            service: ServiceState::Answers(Vec::new()),
            has_ccid: false,
            ..Facts::healthy()
        };
        assert_eq!(command(&facts, "readers"), "sudo apt-get install libccid");
        assert_eq!(exit(&all(&facts)), Exit::Reader);
    }

    #[test]
    fn a_card_of_another_kind_or_in_other_hands_is_no_problem_of_the_machine() {
        for state in [CardState::NoPace, CardState::InUse, CardState::Mute] {
            let facts = Facts {
                cards: vec![("ACS".to_owned(), state)],
                ..Facts::healthy()
            };
            assert_eq!(found(&facts, "card").verdict, Verdict::Warning);
            assert_eq!(exit(&all(&facts)), Exit::Success);
        }
    }

    #[test]
    fn where_this_is_no_linux_no_command_of_debian_is_given() {
        for service in [ServiceState::Silent, ServiceState::Refuses] {
            let facts = Facts {
                service,
                is_linux: false,
                ..Facts::healthy()
            };
            for check in all(&facts) {
                let command = check.advice.and_then(|advice| advice.command);
                assert_eq!(command, None, "{}", check.name);
            }
        }
    }
}
