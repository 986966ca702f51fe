//! Opening a card with the code that a zone needs. The tries left are shown before a code is asked for, and no code is ever
//! tried twice.

use applet_sim::{PIN1_TRIES, PUK_TRIES};
use host_lib::{
    AccessCode, Can, Card, CardTransport, Consent, Error, MrzKey, PasswordKind, PasswordState,
    PasswordStatus, Permission, Pin, Puk, Session, TerminalSession, TransportPin,
};
use zeroize::Zeroizing;

use crate::arguments::CardSource;
use crate::codes::{CodeName, CodeReader};
use crate::failure::Failure;

/// Asks whoever holds the card for codes before a card in a reader is opened, and keeps them: Windows resets a card that is
/// held for five seconds without a command, and nobody else can use it meanwhile. Where tries are counted, a glance at the
/// card says how many are left, and lets go of it again.
///
/// A card in a file waits as long as anybody likes: there the codes are asked for in their turn.
pub(crate) fn ask_ahead(
    source: &CardSource,
    needed: &[CodeName],
    codes: &mut CodeReader,
) -> Result<(), Failure> {
    if !source.is_reader() {
        return Ok(());
    }
    for name in needed {
        let code = match name {
            CodeName::Pin | CodeName::Puk => {
                // A suspended one needs the access code too.
                if codes.would_ask(*name) || codes.would_ask(CodeName::Can) {
                    ask_counted_ahead(source, *name, codes)?;
                }
                continue;
            }
            name if !codes.would_ask(*name) => continue,
            CodeName::NewPin | CodeName::NewPin2 => codes.obtain_new(*name)?,
            name => codes.obtain(*name)?,
        };
        codes.keep(*name, code);
    }
    Ok(())
}

fn ask_counted_ahead(
    source: &CardSource,
    name: CodeName,
    codes: &mut CodeReader,
) -> Result<(), Failure> {
    let mut card = source.glance()?;
    let (status, password, all) = match name {
        CodeName::Puk => (card.puk_status()?, PasswordKind::Puk, PUK_TRIES),
        _ => (card.pin_status()?, PasswordKind::Pin1, PIN1_TRIES),
    };
    // The card is free while somebody types.
    drop(card);
    let readiness = ready(status, password)?;
    if let Readiness::AfterCan = readiness
        && codes.would_ask(CodeName::Can)
    {
        let can = resuming(codes, password)?;
        codes.keep(CodeName::Can, can);
    }
    if codes.would_ask(name) {
        let code = codes.obtain_counted(name, readiness.tries(all))?;
        codes.keep(name, code);
    }
    Ok(())
}

/// What opens a card for its holder.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Opener {
    Can,
    Pin,
}

impl Opener {
    /// What opens the card for an agency.
    pub(crate) fn of_agency(consent: &Consent) -> Self {
        match consent.gives(Permission::CanAllowed) {
            true => Self::Can,
            false => Self::Pin,
        }
    }

    pub(crate) const fn code(self) -> CodeName {
        match self {
            Self::Can => CodeName::Can,
            Self::Pin => CodeName::Pin,
        }
    }

    pub(crate) fn open<'c, T: CardTransport>(
        self,
        card: &'c mut Card<T>,
        codes: &mut CodeReader,
    ) -> Result<Session<'c, T>, Failure> {
        match self {
            Self::Can => with_can(card, codes),
            Self::Pin => with_pin(card, codes),
        }
    }
}

/// Opens the public and the household zone.
pub(crate) fn with_can<'c, T: CardTransport>(
    card: &'c mut Card<T>,
    codes: &mut CodeReader,
) -> Result<Session<'c, T>, Failure> {
    let can = Can::parse(&codes.obtain(CodeName::Can)?)?;
    Ok(card.pace(can)?)
}

/// Opens the ICAO zone.
pub(crate) fn with_mrz<'c, T: CardTransport>(
    card: &'c mut Card<T>,
    codes: &mut CodeReader,
) -> Result<Session<'c, T>, Failure> {
    let key = mrz_key(&codes.obtain(CodeName::Mrz)?)?;
    Ok(card.pace(key)?)
}

/// Opens everything that the eID application has. A suspended PIN1 gets its last try only after the access code.
pub(crate) fn with_pin<'c, T: CardTransport>(
    card: &'c mut Card<T>,
    codes: &mut CodeReader,
) -> Result<Session<'c, T>, Failure> {
    let readiness = ready(card.pin_status()?, PasswordKind::Pin1)?;
    if let Readiness::AfterCan = readiness {
        return resume_pin(card, codes);
    }
    let pin = Pin::parse(&codes.obtain_counted(CodeName::Pin, readiness.tries(PIN1_TRIES))?)?;
    Ok(card.pace(pin)?)
}

/// Opens the card for an agency, with PIN1, or with the access code where the holder agreed to that. A suspended PIN1 gets its last
/// try in a session of the holder's own first; once it was right it opens the agency's.
pub(crate) fn as_terminal<'c, T: CardTransport>(
    card: &'c mut Card<T>,
    codes: &mut CodeReader,
    consent: Consent,
) -> Result<TerminalSession<'c, T>, Failure> {
    if consent.gives(Permission::CanAllowed) {
        let can = Can::parse(&codes.obtain(CodeName::Can)?)?;
        return Ok(card.pace_as_terminal(can, consent)?);
    }
    let readiness = ready(card.pin_status()?, PasswordKind::Pin1)?;
    let pin = codes.obtain_counted(CodeName::Pin, readiness.tries(PIN1_TRIES))?;
    if let Readiness::AfterCan = readiness {
        let can = can_to_resume(codes, PasswordKind::Pin1)?;
        card.pace(can)?.resume_pin(Pin::parse(&pin)?)?;
    }
    Ok(card.pace_as_terminal(Pin::parse(&pin)?, consent)?)
}

/// PIN1's last try, after the access code in the same session (TR-03110-2 §2.4.1).
fn resume_pin<'c, T: CardTransport>(
    card: &'c mut Card<T>,
    codes: &mut CodeReader,
) -> Result<Session<'c, T>, Failure> {
    let can = can_to_resume(codes, PasswordKind::Pin1)?;
    let pin = Pin::parse(&codes.obtain_counted(CodeName::Pin, 1)?)?;
    let mut session = card.pace(can)?;
    session.resume_pin(pin)?;
    Ok(session)
}

/// Opens a session that can change PIN1: with PIN1, or with the five digits of the PIN letter.
pub(crate) fn to_change_pin<'c, T: CardTransport>(
    card: &'c mut Card<T>,
    codes: &mut CodeReader,
) -> Result<Session<'c, T>, Failure> {
    let readiness = ready(card.pin_status()?, PasswordKind::Pin1)?;
    if let Readiness::AfterCan = readiness {
        return resume_pin(card, codes);
    }
    let pin = codes.obtain_counted(CodeName::Pin, readiness.tries(PIN1_TRIES))?;
    let code: AccessCode = match TransportPin::parse(&pin) {
        Ok(transport) => transport.into(),
        Err(_) => Pin::parse(&pin)?.into(),
    };
    Ok(card.pace(code)?)
}

/// Opens a session that can unblock PIN1.
pub(crate) fn with_puk<'c, T: CardTransport>(
    card: &'c mut Card<T>,
    codes: &mut CodeReader,
) -> Result<Session<'c, T>, Failure> {
    let readiness = ready(card.puk_status()?, PasswordKind::Puk)?;
    if let Readiness::AfterCan = readiness {
        let can = can_to_resume(codes, PasswordKind::Puk)?;
        let puk = Puk::parse(&codes.obtain_counted(CodeName::Puk, 1)?)?;
        let mut session = card.pace(can)?;
        session.resume_puk(puk)?;
        return Ok(session);
    }
    let puk = Puk::parse(&codes.obtain_counted(CodeName::Puk, readiness.tries(PUK_TRIES))?)?;
    Ok(card.pace(puk)?)
}

/// The fields of the MRZ, from the zone itself or as `number,birth,expiry`.
pub(crate) fn mrz_key(text: &str) -> Result<MrzKey, Failure> {
    let mut parts = text.split(',');
    Ok(
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(number), Some(birth), Some(expiry), None) => {
                MrzKey::new(number, birth.trim(), expiry.trim())?
            }
            _ => MrzKey::from_zone(text)?,
        },
    )
}

pub(crate) enum Readiness {
    /// The code can be entered; so many tries are left, if any was used up.
    Ready(Option<u8>),
    /// One try is left, after the access code.
    AfterCan,
}

impl Readiness {
    /// Tries left, of so many.
    pub(crate) fn tries(&self, all: u8) -> u8 {
        match self {
            Self::Ready(tries) => tries.unwrap_or(all),
            Self::AfterCan => 1,
        }
    }
}

/// Whether a code can be entered.
pub(crate) fn ready(status: PasswordStatus, password: PasswordKind) -> Result<Readiness, Failure> {
    let state = match status {
        PasswordStatus::Untouched => return Ok(Readiness::Ready(None)),
        PasswordStatus::TriesLeft(tries) => return Ok(Readiness::Ready(Some(tries))),
        PasswordStatus::Suspended => return Ok(Readiness::AfterCan),
        PasswordStatus::Blocked => PasswordState::Blocked,
        PasswordStatus::Deactivated => PasswordState::Deactivated,
        _ => PasswordState::Absent,
    };
    Err(Error::PasswordUnusable { password, state }.into())
}

/// The access code for the last try. Where there is nobody to ask for it, what stands in the way is the suspension.
fn can_to_resume(codes: &mut CodeReader, password: PasswordKind) -> Result<AccessCode, Failure> {
    Ok(Can::parse(&resuming(codes, password)?)?.into())
}

fn resuming(codes: &mut CodeReader, password: PasswordKind) -> Result<Zeroizing<String>, Failure> {
    match codes.obtain(CodeName::Can) {
        Err(Failure::NobodyToAsk { .. }) => Err(Error::PasswordUnusable {
            password,
            state: PasswordState::Suspended,
        }
        .into()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mrz_is_taken_as_three_fields_or_as_the_whole_zone() {
        let zone = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
        assert!(mrz_key(zone).unwrap() == mrz_key("D23145890,740812,120415").unwrap());
        assert!(mrz_key("D23145890,740812").is_err());
        assert!(mrz_key("").is_err());
    }
}
