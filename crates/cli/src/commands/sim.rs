//! `neweid sim`: cards from files in virtual readers, until somebody interrupts it.

use std::io::Write;
use std::path::Path;
use std::thread;

use host_lib::Cancel;
use transport::vpcd::{Event, VirtualReader};
use transport::{CardDevice, Interface};

use crate::Manner;
use crate::arguments::Sim;
use crate::document::{Outcome, Served};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::faults::Faults;
use crate::language::Language;
use crate::slot::Slot;
use crate::{card_file, interrupt, terminal};

pub(crate) fn run(arguments: &Sim, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let named = arguments.vpcd.iter().map(String::as_str);
    let slots = Slot::all(named, arguments.card.len())?;
    let interface = if arguments.contact {
        Interface::Contact
    } else {
        Interface::Contactless
    };
    // All of them are opened before the first one is served: one file that is wrong, and nothing has happened.
    let faults = Faults::read(arguments.faults.as_deref())?;
    let mut cards = Vec::new();
    for (path, slot) in arguments.card.iter().zip(&slots) {
        let mut chip = card_file::load(path)?;
        if let Some(faults) = &faults {
            faults.by_the_chip(&mut chip)?;
        }
        cards.push((path, slot, chip));
    }
    let cancel = interrupt::armed();
    let served = thread::scope(|scope| {
        let threads: Vec<_> = cards
            .into_iter()
            .map(|(path, slot, chip)| {
                let cancel = &cancel;
                scope.spawn(move || serve(path, slot, interface, chip, cancel, manner.language))
            })
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect()
    });
    Ok((Outcome::Served { served }, Exit::Success))
}

/// Serves one card until it is cancelled. The file is closed when this returns.
fn serve(
    path: &Path,
    slot: &Slot,
    interface: Interface,
    mut chip: impl CardDevice,
    cancel: &Cancel,
    language: Language,
) -> Served {
    let mut log = Log::new(path, slot, language);
    VirtualReader::at(slot.address, interface).serve(&mut chip, cancel, |event| log.notice(&event));
    log.served
}

/// Says what happens to the card, one line each, on standard error. Commands are counted and not listed.
struct Log {
    served: Served,
    language: Language,
    /// Whether it was said that no driver is there: once is enough.
    said_waiting: bool,
    /// Commands at the last line.
    counted: u64,
}

impl Log {
    fn new(path: &Path, slot: &Slot, language: Language) -> Self {
        let served = Served {
            card: path.display().to_string(),
            vpcd: slot.shown.clone(),
            connections: 0,
            exchanges: 0,
        };
        Self {
            served,
            language,
            said_waiting: false,
            counted: 0,
        }
    }

    fn notice(&mut self, event: &Event) {
        if let Some(text) = self.text(event) {
            let Served { card, vpcd, .. } = &self.served;
            let card = terminal::harmless(card);
            // Nobody reads it any more: the card is served all the same.
            let _ = writeln!(std::io::stderr(), "{card} → {vpcd}: {text}");
        }
    }

    /// The line for an event, if it deserves one.
    fn text(&mut self, event: &Event) -> Option<String> {
        let (zh, en) = match event {
            Event::NoDriver { .. } if self.said_waiting => return None,
            Event::NoDriver { reason, .. } => {
                self.said_waiting = true;
                (
                    format!("等候虛擬讀卡機（{reason}）；neweid doctor 會說明缺少什麼"),
                    format!(
                        "waiting for the virtual reader ({reason}); neweid doctor says what is missing"
                    ),
                )
            }
            Event::Connected => {
                self.said_waiting = false;
                self.served.connections += 1;
                ("已放入讀卡機".to_owned(), "in the reader".to_owned())
            }
            Event::PoweredOn => ("通電".to_owned(), "powered on".to_owned()),
            Event::PoweredOff => self.with_count("斷電", "powered off"),
            Event::Reset => self.with_count("重置", "reset"),
            Event::Exchange => {
                self.served.exchanges += 1;
                return None;
            }
            Event::Mute => self.with_count("執行指令時斷電，取出", "lost its power, taken out"),
            Event::Disconnected => self.with_count(
                "讀卡機已離線，等候重新連線",
                "the reader is gone, waiting for it",
            ),
            _ => return None,
        };
        Some(match self.language {
            Language::ZhTw => zh,
            Language::En => en,
        })
    }

    /// The text, with the number of commands since the last one.
    fn with_count(&mut self, zh: &str, en: &str) -> (String, String) {
        let count = self.served.exchanges - self.counted;
        self.counted = self.served.exchanges;
        match count {
            0 => (zh.to_owned(), en.to_owned()),
            1 => (format!("{zh}（1 個指令）"), format!("{en} after 1 command")),
            _ => (
                format!("{zh}（{count} 個指令）"),
                format!("{en} after {count} commands"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn log(language: Language) -> Log {
        let slot = Slot::all(None, 1).unwrap().remove(0);
        Log::new(Path::new("x.card"), &slot, language)
    }

    #[test]
    fn commands_are_counted_and_not_listed() {
        let mut log = log(Language::En);
        assert_eq!(log.text(&Event::Exchange), None);
        assert_eq!(log.text(&Event::Exchange), None);
        assert_eq!(
            log.text(&Event::Reset).as_deref(),
            Some("reset after 2 commands")
        );
        assert_eq!(log.text(&Event::PoweredOff).as_deref(), Some("powered off"));
        assert_eq!(log.served.exchanges, 2);
    }

    #[test]
    fn a_driver_that_is_not_there_is_mentioned_once_until_it_comes() {
        let mut log = log(Language::ZhTw);
        let absent = Event::NoDriver {
            reason: "refused".to_owned(),
            retry_in: Duration::ZERO,
        };
        assert!(
            log.text(&absent)
                .is_some_and(|text| text.contains("refused"))
        );
        assert_eq!(log.text(&absent), None);
        assert_eq!(log.text(&Event::Connected).as_deref(), Some("已放入讀卡機"));
        assert!(log.text(&absent).is_some());
    }
}
