//! The card that a command works on: from a card file, or in a reader.

use std::time::Duration;

use host_lib::{Cancel, Card, Options};

use crate::Manner;
use crate::arguments::CardSource;
use crate::card_file::{self, Transport};
use crate::document::CardPlace;
use crate::failure::Failure;
use crate::faults::Faults;
use crate::interrupt;
use crate::progress;
use crate::reader::{self, Route};

impl CardSource {
    /// Whether the card is in a reader: then whoever holds it is asked for codes before it is opened.
    pub(crate) fn is_reader(&self) -> bool {
        self.place.reader.is_some()
    }

    /// Opens the card for the work itself. From now on an interruption stops between two exchanges, if it is a card in a
    /// reader; one in a file is made for having its power cut.
    pub(crate) fn open(&self, manner: Manner) -> Result<(Card<Transport>, CardPlace), Failure> {
        let cancel = if self.is_reader() {
            interrupt::armed()
        } else {
            Cancel::new()
        };
        let faults = Faults::read(self.faults.as_deref())?;
        let (transport, place) = self.reach(&cancel, faults.as_ref())?;
        let transport = card_file::with_trace(transport, self.trace.as_deref())?;
        let options = Options::new().cancelled_by(cancel);
        let card = Card::open_with(transport, progress::shown(options, manner))?;
        Ok((card, place))
    }

    /// Opens the card for a glance, before somebody is asked for a code. No trace and no faults, for those are of the work
    /// itself.
    pub(crate) fn glance(&self) -> Result<Card<Transport>, Failure> {
        let (transport, _) = self.reach(&Cancel::new(), None)?;
        Ok(Card::open(transport)?)
    }

    fn reach(
        &self,
        cancel: &Cancel,
        faults: Option<&Faults>,
    ) -> Result<(Transport, CardPlace), Failure> {
        if let Some(wanted) = &self.place.reader {
            let route = Route {
                wanted,
                wait: Duration::from_secs(self.wait.unwrap_or_default().into()),
                short_apdus: self.short_apdus,
            };
            let (mut transport, name) = reader::open(&route, cancel)?;
            if let Some(faults) = faults {
                transport = faults.by_the_reader(transport)?;
            }
            return Ok((transport, CardPlace::reader(name)));
        }
        let path = self.place.card.as_deref().unwrap_or_else(|| "".as_ref());
        let transport = match faults {
            Some(faults) => faults.by_either(card_file::load(path)?)?,
            None => card_file::insert(path)?,
        };
        Ok((transport, CardPlace::file(path)))
    }
}
