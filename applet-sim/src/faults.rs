//! A chip that fails by a script: what only the chip can do, among it wrong answers under the
//! channel's own keys and a loss of power in the middle of a write.

use alloc::vec::Vec;

use iso7816::{ResponseApdu, StatusWord};
use transport::Interface;
use transport::faults::{ChipFaults, Fault, Schedule, Script, Unplayable};

use crate::{chip::Chip, memory::NonVolatileMemory};

/// The script that a chip follows.
#[derive(Default)]
pub(crate) struct Faults {
    commands: Schedule<Fault>,
    /// What happens to the command that is being processed.
    now: Option<Fault>,
}

impl Faults {
    /// The status word with which the present command is refused, whatever it is.
    pub(crate) fn refusal(&self) -> Option<StatusWord> {
        match self.now {
            Some(Fault::Protected(status) | Fault::Unprotected(status)) => Some(status),
            _ => None,
        }
    }

    /// The same, if the channel is not to protect it.
    pub(crate) fn unprotected(&self) -> Option<StatusWord> {
        match self.now {
            Some(Fault::Unprotected(status)) => Some(status),
            _ => None,
        }
    }

    /// How many bytes of a file are read where there is room for so many.
    pub(crate) fn bytes_read(&self, room: usize) -> usize {
        match self.now {
            Some(Fault::Short(most)) => room.min(most),
            _ => room,
        }
    }

    /// Fewer bytes than there are, as if they were all.
    pub(crate) fn shorten(&self, mut response: ResponseApdu) -> ResponseApdu {
        if let Some(Fault::Short(most)) = self.now
            && response.data.len() > most
        {
            response.data.truncate(most);
            response.status = StatusWord::OK;
        }
        response
    }
}

impl<M: NonVolatileMemory> Chip<M> {
    /// Fails by this script from now on, whether the chip is switched on or off meanwhile. The counting
    /// begins anew with every script; an empty one ends the last.
    ///
    /// After a loss of power the chip is mute until the reader switches it on again, and so is its
    /// memory.
    ///
    /// ```
    /// # use applet_sim::{CardImage, Chip, EidApplication, Environment, Keys, MasterFile, MemoryStore, Options, Passwords};
    /// # use secure_channel::{Curve, EcPrivateKey, Password};
    /// # use transport::{CardTransport, InProcess, Interface, TransportError};
    /// # let mut environment = Environment::system();
    /// # let image = CardImage {
    /// #     master_file: MasterFile { card_access: b"twenty-five bytes of file".to_vec(), ..MasterFile::default() },
    /// #     eid: EidApplication::default(),
    /// #     icao: None,
    /// #     cia: None,
    /// #     passwords: Passwords::new(Password::can("123456")?, Password::pin("246802")?, Password::puk("98765432")?),
    /// #     keys: Keys {
    /// #         generation: EcPrivateKey::generate(Curve::P256, &mut *environment.rng)?,
    /// #         chip_individual: None,
    /// #         active_authentication: None,
    /// #         revocation: None,
    /// #         pseudonym: None,
    /// #     },
    /// #     options: Options::default(),
    /// # };
    /// # let memory = image.personalise(MemoryStore::default())?;
    /// let mut chip = Chip::open(memory, environment)?;
    /// chip.follow(&"
    ///     at 1 short 11
    ///     at 2 remove-before
    /// ".parse()?)?;
    /// let mut card = InProcess::new(chip, Interface::Contactless);
    /// let read_card_access = [0x00, 0xB0, 0x9C, 0x00, 0x00];
    /// assert_eq!(card.transmit(&read_card_access)?, b"twenty-five\x90\x00");
    /// assert_eq!(card.transmit(&read_card_access), Err(TransportError::Removed));
    /// card.reset()?;
    /// assert_eq!(card.transmit(&read_card_access)?, b"twenty-five bytes of file\x90\x00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Unplayable`] if the script has a fault that a chip cannot make. The chip then goes on as
    /// before.
    pub fn follow(&mut self, script: &Script) -> Result<(), Unplayable> {
        let ChipFaults { commands, storage } = script.for_chip()?;
        self.faults = Faults {
            commands,
            now: None,
        };
        self.persistent.supply_mut().follow(storage);
        Ok(())
    }

    /// How many storage operations there were since the script began; without one, since the chip was
    /// opened. What a test has to know to cut the power at each of them.
    #[must_use]
    pub fn storage_operations(&self) -> u64 {
        self.persistent.supply().operations()
    }

    /// Answers a command, or does what the script has for it.
    pub(crate) fn exchange_by_script(&mut self, command: &[u8], interface: Interface) -> Vec<u8> {
        let (delay, fault) = self.faults.commands.next_command();
        if !delay.is_zero() {
            self.environment.delay.wait(delay);
        }
        self.faults.now = fault;
        match fault {
            Some(Fault::RemoveBefore) => self.lose_power(),
            Some(Fault::RemoveAfter) => {
                let _lost = self.exchange(command);
                self.lose_power();
            }
            Some(Fault::ResetBefore) => {
                self.activate(interface);
            }
            Some(Fault::ResetAfter) => {
                let _lost = self.exchange(command);
                // Unless the power went meanwhile.
                if self.is_powered() {
                    self.activate(interface);
                }
            }
            Some(Fault::Mute) => self.fall_silent(interface),
            _ => return self.exchange(command),
        }
        Vec::new()
    }
}
