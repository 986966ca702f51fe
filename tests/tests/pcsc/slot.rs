//! The two slots of the virtual reader, and cards in them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use applet_sim::{CardImage, Chip, MemoryStore};
use neweid_tests::cards;
use transport::pcsc::{PcscCard, PcscOptions, PcscService, Presence, Reader};
use transport::vpcd::{self, Inserted, VirtualReader};
use transport::{Cancel, CardDevice, Interface};

use crate::daemon;

/// How long pcscd may take to see a card come.
pub(crate) const NOTICE: Duration = Duration::from_secs(10);

/// One slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    number: u16,
}

impl Slot {
    /// The first one.
    pub(crate) const FIRST: Self = Self { number: 0 };
    /// The second one.
    pub(crate) const SECOND: Self = Self { number: 1 };
    /// All that there are.
    pub(crate) const BOTH: [Self; 2] = [Self::FIRST, Self::SECOND];

    /// The name that the service gives it.
    pub(crate) fn reader(self) -> String {
        format!("Virtual PCD 00 {:02}", self.number)
    }

    /// Where its driver waits for a card.
    pub(crate) fn address(self) -> SocketAddr {
        let mut address = vpcd::FIRST_SLOT;
        address.set_port(address.port() + self.number);
        address
    }

    /// Puts a card in, and waits until the service has seen it.
    pub(crate) fn insert<D: CardDevice + 'static>(
        self,
        card: D,
        interface: Interface,
    ) -> Inserted<D> {
        let service = daemon::service();
        self.wait_until_empty(&service);
        let inserted = VirtualReader::at(self.address(), interface)
            .insert(card)
            .expect("a thread");
        inserted.wait_until_connected(NOTICE).expect("vpcd");
        let name = self.reader();
        let wanted = |reader: &Reader| reader.name == name;
        let seen = service.wait_for_card(wanted, NOTICE, &Cancel::new());
        seen.expect("the service").expect("a card that was seen");
        inserted
    }

    /// Waits until the service knows that no card is there. It looks every 400 ms, and a card that comes
    /// before it has looked is taken for the one that has gone.
    pub(crate) fn wait_until_empty(self, service: &PcscService) {
        const LOOK: Duration = Duration::from_millis(450);
        let begin = Instant::now();
        std::thread::sleep(LOOK);
        loop {
            let readers = service.readers().expect("the readers");
            let mine = readers.iter().find(|reader| reader.name == self.reader());
            if mine.is_some_and(|reader| reader.presence == Presence::Empty) {
                return;
            }
            assert!(begin.elapsed() < NOTICE, "{}: {mine:?}", self.reader());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A simulated card that does not delay.
    pub(crate) fn insert_image(
        self,
        image: &CardImage,
        interface: Interface,
    ) -> Inserted<Chip<MemoryStore>> {
        self.insert(chip(image), interface)
    }

    /// Opens the card that is in it.
    pub(crate) fn open(self, options: PcscOptions) -> PcscCard {
        PcscCard::open(&self.reader(), options)
            .unwrap_or_else(|error| panic!("{}: {error}", self.reader()))
    }
}

/// A simulated card that does not delay.
pub(crate) fn chip(image: &CardImage) -> Chip<MemoryStore> {
    let memory = image.personalise(MemoryStore::default()).expect("a card");
    Chip::open(memory, cards::environment(4)).expect("a chip")
}
