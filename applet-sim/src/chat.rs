//! Which kind of terminal may open the card with which password (TR-03110-4 §2.1.2, §2.2.2;
//! TR-03105-3.3, unit EAC2_ISO7816_H).

use cvc::{Chat, Right, TerminalType};
use secure_channel::PasswordId;

/// Whether a terminal that announces itself so in PACE may run it with this password.
pub(crate) fn may_use(chat: Chat, password: PasswordId) -> bool {
    match (chat.terminal_type(), password) {
        (TerminalType::InspectionSystem, PasswordId::Mrz | PasswordId::Can) => true,
        (TerminalType::AuthenticationTerminal, PasswordId::Can) => chat.allows(Right::CanAllowed),
        (TerminalType::AuthenticationTerminal, PasswordId::Pin) => true,
        (TerminalType::SignatureTerminal, PasswordId::Can | PasswordId::Pin | PasswordId::Puk) => {
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PasswordId::{Can, Mrz, Pin, Puk};
    use cvc::Role;

    #[test]
    fn each_kind_of_terminal_uses_its_passwords_and_no_others() {
        let terminal = |kind| Chat::all(kind, Role::Terminal);
        let without_can = terminal(TerminalType::AuthenticationTerminal).without(Right::CanAllowed);
        for (chat, allowed) in [
            (terminal(TerminalType::InspectionSystem), &[Mrz, Can][..]),
            (terminal(TerminalType::AuthenticationTerminal), &[Can, Pin]),
            (without_can, &[Pin]),
            (terminal(TerminalType::SignatureTerminal), &[Can, Pin, Puk]),
        ] {
            for password in [Mrz, Can, Pin, Puk] {
                assert_eq!(
                    may_use(chat, password),
                    allowed.contains(&password),
                    "{chat:?} {password:?}"
                );
            }
        }
    }
}
