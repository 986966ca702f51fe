//! Certificate holder authorization template, as a terminal announces itself in PACE (TR-03110-3
//! C.1.5, TR-03110-4 §2).

use iso7816::tlv::{Tag, TlvReader};
use secure_channel::PasswordId;

use crate::error::Error;

const OBJECT_IDENTIFIER: Tag = Tag(0x06);
const DISCRETIONARY_DATA: Tag = Tag(0x53);

/// id-roles, 0.4.0.127.0.7.3.1.2; the role follows.
const ROLES: [u8; 8] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02];

/// "CAN allowed", bit 4 of an authentication terminal's authorization.
const CAN_ALLOWED: u8 = 0x10;

/// What a terminal says it is, and what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chat {
    InspectionSystem,
    AuthenticationTerminal { can_allowed: bool },
    SignatureTerminal,
}

impl Chat {
    /// Parses the value of DO 7F4C.
    pub(crate) fn parse(value: &[u8]) -> Result<Self, Error> {
        let mut objects = TlvReader::new(value).strict();
        let mut next = |tag| {
            let object = objects
                .next()
                .and_then(Result::ok)
                .filter(|object| object.tag == tag);
            object
                .map(|object| object.value)
                .ok_or(Error::IncorrectData)
        };
        let role = next(OBJECT_IDENTIFIER)?.strip_prefix(&ROLES);
        let rights = next(DISCRETIONARY_DATA)?;
        if objects.next().is_some() {
            return Err(Error::IncorrectData);
        }
        match (role, rights) {
            (Some([1]), [_]) => Ok(Self::InspectionSystem),
            (Some([2]), [_, _, _, _, last]) => Ok(Self::AuthenticationTerminal {
                can_allowed: last & CAN_ALLOWED != 0,
            }),
            (Some([3]), [_]) => Ok(Self::SignatureTerminal),
            _ => Err(Error::IncorrectData),
        }
    }

    /// Whether this kind of terminal may run PACE with this password (TR-03110-4 §2.1.2, §2.2.2;
    /// TR-03105-3.3, unit EAC2_ISO7816_H).
    pub(crate) fn may_use(self, password: PasswordId) -> bool {
        match (self, password) {
            (Self::InspectionSystem, PasswordId::Mrz | PasswordId::Can) => true,
            (Self::AuthenticationTerminal { can_allowed }, PasswordId::Can) => can_allowed,
            (Self::AuthenticationTerminal { .. }, PasswordId::Pin) => true,
            (Self::SignatureTerminal, PasswordId::Can | PasswordId::Pin | PasswordId::Puk) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PasswordId::{Can, Mrz, Pin, Puk};
    use alloc::{vec, vec::Vec};

    fn chat(role: u8, rights: &[u8]) -> Vec<u8> {
        let mut value = vec![0x06, 9];
        value.extend_from_slice(&ROLES);
        value.push(role);
        value.extend_from_slice(&[0x53, u8::try_from(rights.len()).unwrap()]);
        value.extend_from_slice(rights);
        value
    }

    #[test]
    fn each_kind_of_terminal_uses_its_passwords_and_no_others() {
        for (role, rights, allowed) in [
            (1, &[0x03][..], &[Mrz, Can][..]),
            (2, &[0x3F, 0x7F, 0xFF, 0xFF, 0xFF], &[Can, Pin]),
            (2, &[0x3F, 0x7F, 0xFF, 0xFF, 0xEF], &[Pin]),
            (3, &[0x03], &[Can, Pin, Puk]),
        ] {
            let chat = Chat::parse(&chat(role, rights)).unwrap();
            for password in [Mrz, Can, Pin, Puk] {
                assert_eq!(
                    chat.may_use(password),
                    allowed.contains(&password),
                    "{chat:?} {password:?}"
                );
            }
        }
    }

    #[test]
    fn a_malformed_template_is_refused() {
        let good = chat(2, &[0; 5]);
        assert!(Chat::parse(&good).is_ok());
        let mut trailing = good.clone();
        trailing.extend_from_slice(&[0x53, 0]);
        for bad in [
            &[][..],
            &good[..11],
            &good[..17],
            &trailing,
            &chat(4, &[0]),
            &chat(2, &[0]),
            &chat(1, &[0; 5]),
        ] {
            assert_eq!(Chat::parse(bad), Err(Error::IncorrectData), "{bad:02x?}");
        }
    }
}
