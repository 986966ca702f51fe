//! The module without its border: what each function does, in Rust's types.

mod operations;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki_sys as ck;
use host_lib::{FunctionState, PasswordStatus, Pin2};
use transport::Cancel;
use zeroize::Zeroizing;

use crate::card::{Contents, Surroundings};
use crate::configuration::Configuration;
use crate::error::{Refusal, Result, new_pin};
use crate::log::Log;
use crate::mechanism;
use crate::object::Object;
use crate::readers::{Place, Readers};
use crate::session::{Consent, Operations, Session};
use crate::slot::Slot;

pub use operations::Given;

/// Fewest and most digits of PIN2.
pub(crate) const PIN2_DIGITS: (ck::CK_ULONG, ck::CK_ULONG) = (8, 12);

/// What a template says.
pub type Template = [(ck::CK_ATTRIBUTE_TYPE, Vec<u8>)];

/// A module between `C_Initialize` and `C_Finalize`.
pub struct Module {
    surroundings: Arc<Surroundings>,
    /// By slot identifier. A reader that goes leaves its slot behind, empty.
    slots: Mutex<Vec<Arc<Slot>>>,
    sessions: Mutex<Sessions>,
}

#[derive(Default)]
struct Sessions {
    open: HashMap<ck::CK_SESSION_HANDLE, Arc<Session>>,
    last: ck::CK_SESSION_HANDLE,
}

/// What `C_GetTokenInfo` tells, as far as it is not the same for every card.
#[derive(Debug)]
pub struct TokenInfo {
    /// Sixteen characters.
    pub serial_number: String,
    /// `CKF_…`
    pub flags: ck::CK_FLAGS,
    /// Sessions that are open.
    pub sessions: ck::CK_ULONG,
    /// Those of them that may write.
    pub read_write_sessions: ck::CK_ULONG,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Module {
    /// Begins, and looks at the readers.
    ///
    /// # Errors
    /// [`Refusal::GENERAL_ERROR`] if the readers cannot be asked.
    pub fn new(configuration: Configuration, readers: Arc<dyn Readers>, log: Log) -> Result<Self> {
        let module = Self {
            surroundings: Arc::new(Surroundings {
                readers,
                configuration: Arc::new(configuration),
                log: Arc::new(log),
                cancel: Cancel::new(),
            }),
            slots: Mutex::default(),
            sessions: Mutex::default(),
        };
        // Cards that are there from the beginning are no news.
        module.look(false)?;
        Ok(module)
    }

    /// Where to log.
    pub fn log(&self) -> &Log {
        &self.surroundings.log
    }

    /// Stops whoever waits: this is the end.
    pub fn stop(&self) {
        self.surroundings.cancel.cancel();
        lock(&self.sessions).open.clear();
    }

    /// Looks at the readers.
    fn look(&self, news: bool) -> Result<Vec<Place>> {
        // Under the lock, so that an older look does not come after a newer one.
        let mut slots = lock(&self.slots);
        let places = self.surroundings.readers.look().map_err(|error| {
            self.log().line(format_args!("readers: {error}"));
            Refusal::GENERAL_ERROR
        })?;
        for slot in slots.iter() {
            slot.seen(places.iter().find(|place| place.name == slot.name));
        }
        for place in &places {
            if slots.iter().all(|slot| slot.name != place.name) {
                let id = ck::CK_SLOT_ID::try_from(slots.len()).unwrap_or(ck::CK_SLOT_ID::MAX);
                slots.push(Arc::new(Slot::new(id, place, news, &self.surroundings)?));
            }
        }
        Ok(places)
    }

    fn slot(&self, id: ck::CK_SLOT_ID) -> Result<Arc<Slot>> {
        self.look(true)?;
        let slots = lock(&self.slots);
        let slot = usize::try_from(id).ok().and_then(|id| slots.get(id));
        slot.cloned().ok_or(Refusal::SLOT_ID_INVALID)
    }

    /// The slots, or those that have a card.
    ///
    /// # Errors
    /// [`Refusal::GENERAL_ERROR`].
    pub fn slots(&self, with_card: bool) -> Result<Vec<ck::CK_SLOT_ID>> {
        self.look(true)?;
        let slots = lock(&self.slots);
        let wanted = slots.iter().filter(|slot| !with_card || slot.has_card());
        Ok(wanted.map(|slot| slot.id).collect())
    }

    /// A slot's reader, and whether there is a card in it.
    ///
    /// # Errors
    /// [`Refusal::SLOT_ID_INVALID`].
    pub fn slot_info(&self, id: ck::CK_SLOT_ID) -> Result<(String, bool)> {
        let slot = self.slot(id)?;
        Ok((slot.name.clone(), slot.has_card()))
    }

    /// Waits for a card that comes or goes, and says in which slot.
    ///
    /// # Errors
    /// [`Refusal::NO_EVENT`] if it is not to wait; [`Refusal::CRYPTOKI_NOT_INITIALIZED`] if the module ends meanwhile.
    pub fn wait_for_slot_event(&self, wait: bool) -> Result<ck::CK_SLOT_ID> {
        loop {
            let places = self.look(true)?;
            let news = lock(&self.slots)
                .iter()
                .find(|slot| slot.take_news())
                .map(|slot| slot.id);
            if let Some(id) = news {
                return Ok(id);
            }
            if !wait {
                return Err(Refusal::NO_EVENT);
            }
            let Surroundings {
                readers, cancel, ..
            } = &*self.surroundings;
            if readers.wait(&places, cancel).is_err() && cancel.check().is_err() {
                return Err(Refusal::CRYPTOKI_NOT_INITIALIZED);
            }
        }
    }

    /// A card's particulars. The tries left for PIN2 are asked for each time.
    ///
    /// # Errors
    /// [`Refusal::TOKEN_NOT_PRESENT`]; [`Refusal::TOKEN_NOT_RECOGNIZED`] for a card that cannot be opened.
    pub fn token_info(&self, id: ck::CK_SLOT_ID) -> Result<TokenInfo> {
        let slot = self.slot(id)?;
        let contents = slot.contents()?;
        let number = slot.card_number();
        let mut flags = ck::CKF_RNG | ck::CKF_LOGIN_REQUIRED | ck::CKF_TOKEN_INITIALIZED;
        if contents.state == FunctionState::Activated {
            flags |= ck::CKF_USER_PIN_INITIALIZED;
            flags |= match slot.learn(number, slot.card.pin2_status(number))? {
                PasswordStatus::TriesLeft(0) | PasswordStatus::Blocked => ck::CKF_USER_PIN_LOCKED,
                PasswordStatus::TriesLeft(1) | PasswordStatus::Suspended => {
                    ck::CKF_USER_PIN_COUNT_LOW | ck::CKF_USER_PIN_FINAL_TRY
                }
                PasswordStatus::TriesLeft(_) => ck::CKF_USER_PIN_COUNT_LOW,
                _ => 0,
            };
        }
        let sessions = lock(&self.sessions);
        let mine = || {
            let open = sessions.open.values();
            open.filter(|it| it.slot.id == id && it.card == number)
        };
        let count = |count: usize| ck::CK_ULONG::try_from(count).unwrap_or(ck::CK_ULONG::MAX);
        Ok(TokenInfo {
            serial_number: contents.serial_number(),
            flags,
            sessions: count(mine().count()),
            read_write_sessions: count(mine().filter(|it| it.read_write).count()),
        })
    }

    /// The mechanisms of a card.
    ///
    /// # Errors
    /// As [`token_info`](Self::token_info).
    pub fn mechanisms(&self, id: ck::CK_SLOT_ID) -> Result<Vec<ck::CK_MECHANISM_TYPE>> {
        Ok(mechanism::of(&self.slot(id)?.contents()?.entries))
    }

    /// One of them: bits of its keys, and flags.
    ///
    /// # Errors
    /// [`Refusal::MECHANISM_INVALID`], and as [`token_info`](Self::token_info).
    pub fn mechanism_info(
        &self,
        id: ck::CK_SLOT_ID,
        mechanism: ck::CK_MECHANISM_TYPE,
    ) -> Result<(ck::CK_ULONG, ck::CK_FLAGS)> {
        mechanism::info(mechanism, &self.slot(id)?.contents()?.entries)
    }

    /// Opens a session.
    ///
    /// # Errors
    /// [`Refusal::TOKEN_NOT_PRESENT`], [`Refusal::TOKEN_NOT_RECOGNIZED`].
    pub fn open_session(
        &self,
        id: ck::CK_SLOT_ID,
        read_write: bool,
    ) -> Result<ck::CK_SESSION_HANDLE> {
        let slot = self.slot(id)?;
        slot.contents()?;
        let session = Arc::new(Session {
            card: slot.card_number(),
            slot,
            read_write,
            operations: Mutex::default(),
        });
        let mut sessions = lock(&self.sessions);
        sessions.last += 1;
        let handle = sessions.last;
        sessions.open.insert(handle, session);
        Ok(handle)
    }

    /// Closes a session. With the last one of a card the login ends.
    ///
    /// # Errors
    /// [`Refusal::SESSION_HANDLE_INVALID`].
    pub fn close_session(&self, handle: ck::CK_SESSION_HANDLE) -> Result<()> {
        let mut sessions = lock(&self.sessions);
        let session = sessions.open.remove(&handle);
        let session = session.ok_or(Refusal::SESSION_HANDLE_INVALID)?;
        let slot = &session.slot;
        let others = sessions.open.values().any(|it| it.slot.id == slot.id);
        drop(sessions);
        if !others && slot.is_logged_in() {
            self.end_login(slot)?;
        }
        Ok(())
    }

    /// Closes all sessions of a slot, and ends its login.
    ///
    /// # Errors
    /// [`Refusal::SLOT_ID_INVALID`].
    pub fn close_all_sessions(&self, id: ck::CK_SLOT_ID) -> Result<()> {
        let slot = self.slot(id)?;
        let mut sessions = lock(&self.sessions);
        sessions.open.retain(|_, session| session.slot.id != id);
        drop(sessions);
        if slot.is_logged_in() {
            self.end_login(&slot)?;
        }
        Ok(())
    }

    fn end_login(&self, slot: &Slot) -> Result<()> {
        let _one = lock(&slot.login);
        slot.logged_out();
        slot.card.logout(slot.card_number())
    }

    /// The session, if its card is still there.
    fn session(&self, handle: ck::CK_SESSION_HANDLE) -> Result<Arc<Session>> {
        let known = lock(&self.sessions).open.get(&handle).cloned();
        let session = known.ok_or(Refusal::SESSION_HANDLE_INVALID)?;
        self.look(true)?;
        if session.card == session.slot.card_number() && session.slot.has_card() {
            return Ok(session);
        }
        lock(&self.sessions).open.remove(&handle);
        Err(Refusal::SESSION_HANDLE_INVALID)
    }

    /// A session's slot, its state (`CKS_…`) and whether it may write.
    ///
    /// # Errors
    /// [`Refusal::SESSION_HANDLE_INVALID`], also when the card has gone.
    pub fn session_info(
        &self,
        handle: ck::CK_SESSION_HANDLE,
    ) -> Result<(ck::CK_SLOT_ID, ck::CK_STATE, bool)> {
        let session = self.session(handle)?;
        let state = match (session.read_write, session.slot.is_logged_in()) {
            (false, false) => ck::CKS_RO_PUBLIC_SESSION,
            (false, true) => ck::CKS_RO_USER_FUNCTIONS,
            (true, false) => ck::CKS_RW_PUBLIC_SESSION,
            (true, true) => ck::CKS_RW_USER_FUNCTIONS,
        };
        Ok((session.slot.id, state, session.read_write))
    }

    /// Enters PIN2: for the session, or for one use of a key that wants its own.
    ///
    /// # Errors
    /// [`Refusal::PIN_INCORRECT`], [`Refusal::PIN_LOCKED`], [`Refusal::USER_ALREADY_LOGGED_IN`],
    /// [`Refusal::USER_PIN_NOT_INITIALIZED`] for a function that is switched off, [`Refusal::OPERATION_NOT_INITIALIZED`] for one use
    /// where none is waiting.
    pub fn login(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        user: ck::CK_USER_TYPE,
        pin: &[u8],
    ) -> Result<()> {
        let session = self.session(handle)?;
        let slot = &session.slot;
        match user {
            ck::CKU_USER => {
                let _one = lock(&slot.login);
                if slot.is_logged_in() {
                    return Err(Refusal::USER_ALREADY_LOGGED_IN);
                }
                let contents = slot.contents()?;
                require_activated(&contents)?;
                let certificates = slot.learn(
                    session.card,
                    slot.card.login(session.card, existing_pin2(pin)?),
                )?;
                slot.logged_in(session.card, &contents, &certificates)
            }
            ck::CKU_CONTEXT_SPECIFIC => {
                let mut operations = lock(&session.operations);
                let signing = operations.sign.as_mut();
                let signing = signing.ok_or(Refusal::OPERATION_NOT_INITIALIZED)?;
                if let Consent::NotNeeded = signing.consent {
                    return Err(Refusal::OPERATION_NOT_INITIALIZED);
                }
                signing.consent = Consent::Needed;
                let pin2 = slot.learn(
                    session.card,
                    slot.card.check(session.card, existing_pin2(pin)?),
                )?;
                signing.consent = Consent::Given(pin2);
                Ok(())
            }
            // The PUK is not for a module: whoever has it uses `neweid pin`.
            _ => Err(Refusal::USER_TYPE_INVALID),
        }
    }

    /// Ends the login.
    ///
    /// # Errors
    /// [`Refusal::USER_NOT_LOGGED_IN`].
    pub fn logout(&self, handle: ck::CK_SESSION_HANDLE) -> Result<()> {
        let session = self.session(handle)?;
        if !session.slot.is_logged_in() {
            return Err(Refusal::USER_NOT_LOGGED_IN);
        }
        let sessions = lock(&self.sessions);
        let mine = sessions.open.values();
        let mine: Vec<_> = mine
            .filter(|it| it.slot.id == session.slot.id)
            .cloned()
            .collect();
        drop(sessions);
        for session in mine {
            // Private keys are gone, and what was begun with them.
            *lock(&session.operations) = Operations::default();
        }
        self.end_login(&session.slot)
    }

    /// Gives PIN2 a new value. The old one is asked for in any case.
    ///
    /// # Errors
    /// [`Refusal::SESSION_READ_ONLY`]; [`Refusal::PIN_LEN_RANGE`] and [`Refusal::PIN_INVALID`] for the new one, before the old one is
    /// sent; [`Refusal::PIN_INCORRECT`], [`Refusal::PIN_LOCKED`].
    pub fn set_pin(&self, handle: ck::CK_SESSION_HANDLE, old: &[u8], new: &[u8]) -> Result<()> {
        let session = self.session(handle)?;
        if !session.read_write {
            return Err(Refusal::SESSION_READ_ONLY);
        }
        let contents = session.slot.contents()?;
        require_activated(&contents)?;
        let text = core::str::from_utf8(new).map_err(|_| Refusal::PIN_INVALID)?;
        let new = Pin2::parse(text).map_err(new_pin)?;
        let slot = &session.slot;
        let changed = slot
            .card
            .change_pin2(session.card, existing_pin2(old)?, new);
        slot.learn(session.card, changed)
    }

    /// The objects that a session sees.
    fn visible(&self, session: &Session) -> Result<Arc<Vec<Object>>> {
        session.slot.learn(session.card, session.slot.objects())
    }

    /// Begins to look for objects.
    ///
    /// # Errors
    /// [`Refusal::OPERATION_ACTIVE`].
    pub fn find_objects_init(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        template: &Template,
    ) -> Result<()> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        if operations.found.is_some() {
            return Err(Refusal::OPERATION_ACTIVE);
        }
        let logged_in = session.slot.is_logged_in();
        let objects = self.visible(&session)?;
        let seen = objects.iter().filter(|it| logged_in || !it.private);
        let found = seen.filter(|it| it.matches(template));
        operations.found = Some(found.map(|it| it.handle).collect());
        Ok(())
    }

    /// The next objects, at most so many.
    ///
    /// # Errors
    /// [`Refusal::OPERATION_NOT_INITIALIZED`].
    pub fn find_objects(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        most: usize,
    ) -> Result<Vec<ck::CK_OBJECT_HANDLE>> {
        let session = self.session(handle)?;
        let mut operations = lock(&session.operations);
        let found = operations.found.as_mut();
        let found = found.ok_or(Refusal::OPERATION_NOT_INITIALIZED)?;
        Ok(found.drain(..most.min(found.len())).collect())
    }

    /// Ends looking.
    ///
    /// # Errors
    /// [`Refusal::OPERATION_NOT_INITIALIZED`].
    pub fn find_objects_final(&self, handle: ck::CK_SESSION_HANDLE) -> Result<()> {
        let session = self.session(handle)?;
        let found = lock(&session.operations).found.take();
        found.map(drop).ok_or(Refusal::OPERATION_NOT_INITIALIZED)
    }

    /// Does something with an object that the session sees.
    ///
    /// # Errors
    /// [`Refusal::OBJECT_HANDLE_INVALID`].
    pub fn with_object<R>(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        object: ck::CK_OBJECT_HANDLE,
        work: impl FnOnce(&Object) -> R,
    ) -> Result<R> {
        let session = self.session(handle)?;
        let logged_in = session.slot.is_logged_in();
        let objects = self.visible(&session)?;
        let mut seen = objects.iter().filter(|it| logged_in || !it.private);
        let found = seen.find(|it| it.handle == object);
        found.map(work).ok_or(Refusal::OBJECT_HANDLE_INVALID)
    }

    /// Fills with random bytes, of the operating system: the card's are not to be had without a command that it does not offer.
    ///
    /// # Errors
    /// [`Refusal::RANDOM_NO_RNG`].
    pub fn generate_random(
        &self,
        handle: ck::CK_SESSION_HANDLE,
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>> {
        self.session(handle)?;
        let mut bytes = Zeroizing::new(Vec::new());
        let room = bytes.try_reserve_exact(length);
        room.map_err(|_| Refusal::HOST_MEMORY)?;
        bytes.resize(length, 0);
        getrandom::fill(&mut bytes).map_err(|_| Refusal::RANDOM_NO_RNG)?;
        Ok(bytes)
    }

    /// Whether there is such a session.
    ///
    /// # Errors
    /// [`Refusal::SESSION_HANDLE_INVALID`].
    pub fn require_session(&self, handle: ck::CK_SESSION_HANDLE) -> Result<()> {
        self.session(handle).map(drop)
    }
}

fn require_activated(contents: &Contents) -> Result<()> {
    match contents.state {
        FunctionState::Activated => Ok(()),
        _ => Err(Refusal::USER_PIN_NOT_INITIALIZED),
    }
}

/// A PIN2 that is said to be the card's. One that no card can have is wrong without costing a try.
fn existing_pin2(pin: &[u8]) -> Result<Pin2> {
    let text = core::str::from_utf8(pin).map_err(|_| Refusal::PIN_INCORRECT)?;
    Pin2::parse(text).map_err(|_| Refusal::PIN_INCORRECT)
}
