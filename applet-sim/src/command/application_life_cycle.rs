//! DEACTIVATE FILE, ACTIVATE FILE and TERMINATE DF for the cryptographic information application (ISO/IEC 7816-9
//! §7). Identity reading goes on whatever state it is in.

use iso7816::CommandApdu;

use super::Answer;
use crate::{
    access::{self, SwitchApplication},
    chip::Chip,
    error::Error,
    image::ApplicationState,
    memory::NonVolatileMemory,
    objects::Directory,
};

/// P1-P2 0000, no data: the current directory.
pub(super) fn switch(
    apdu: &CommandApdu,
    switch: SwitchApplication,
) -> Result<SwitchApplication, Error> {
    if apdu.p1_p2() != 0x0000 {
        return Err(Error::IncorrectParameters);
    }
    if apdu.data().is_empty() {
        Ok(switch)
    } else {
        Err(Error::WrongLength)
    }
}

impl<M: NonVolatileMemory> Chip<M> {
    /// Switches the application off, on, or off for ever. The holder's own switch waits while PIN1 is deactivated:
    /// who locks himself out of the card is not let in by PIN2.
    pub(super) fn switch_application(
        &mut self,
        switch: SwitchApplication,
    ) -> Result<Answer, Error> {
        if self.volatile.selection.directory == Directory::Cia {
            let state = self.persistent.application_state()?;
            let allowed = match switch {
                SwitchApplication::Off => state == Some(ApplicationState::Activated),
                SwitchApplication::On => {
                    state != Some(ApplicationState::Terminated)
                        && !self.persistent.is_application_locked()?
                }
                SwitchApplication::OffForEver => state != Some(ApplicationState::Terminated),
            };
            if !allowed {
                return Err(Error::ConditionsNotSatisfied);
            }
        }
        let grant = access::grant(switch, &self.security_status()?)?;
        self.check_application()?;
        self.persistent.switch_application(grant)?;
        if switch == SwitchApplication::OffForEver {
            self.volatile.leave_application();
        }
        Ok(Answer::done())
    }

    /// Refuses what needs an activated application, if this is the directory of one that is not. Whoever is in it has
    /// learnt its state from SELECT, so that this comes before the access rule.
    pub(super) fn check_active(&self, directory: Directory) -> Result<(), Error> {
        if directory != Directory::Cia
            || self.persistent.application_state()? == Some(ApplicationState::Activated)
        {
            Ok(())
        } else {
            Err(Error::ConditionsNotSatisfied)
        }
    }
}
