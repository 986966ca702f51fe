//! A slot: a reader, the card in it as far as it is known, and whether somebody is logged in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki_sys as ck;

use crate::card::{CardThread, Certificates, Contents, Entry, Surroundings};
use crate::error::{Refusal, Result};
use crate::object::{self, Object};
use crate::readers::Place;

/// A reader.
pub(crate) struct Slot {
    pub(crate) id: ck::CK_SLOT_ID,
    pub(crate) name: String,
    pub(crate) card: CardThread,
    /// One login or logout at a time.
    pub(crate) login: Mutex<()>,
    state: Mutex<State>,
}

struct State {
    has_card: bool,
    events: u32,
    /// Something has come or gone that nobody has been told yet.
    news: bool,
    /// Which card this is, counted from the first one.
    card: u64,
    logged_in: bool,
    contents: Option<Arc<Contents>>,
    objects: Option<Arc<Vec<Object>>>,
}

impl State {
    /// What is known of the card is known no more.
    fn another_card(&mut self) {
        self.card += 1;
        self.logged_in = false;
        self.contents = None;
        self.objects = None;
    }

    fn logged_out(&mut self) {
        self.logged_in = false;
        self.objects = None;
    }
}

impl Slot {
    pub(crate) fn new(
        id: ck::CK_SLOT_ID,
        place: &Place,
        news: bool,
        surroundings: &Arc<Surroundings>,
    ) -> Result<Self> {
        Ok(Self {
            id,
            name: place.name.clone(),
            card: CardThread::start(place.name.clone(), surroundings.clone())?,
            login: Mutex::new(()),
            state: Mutex::new(State {
                has_card: place.has_card,
                events: place.events,
                news,
                card: 0,
                logged_in: false,
                contents: None,
                objects: None,
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the service says now; `None` for a reader that is gone.
    pub(crate) fn seen(&self, place: Option<&Place>) {
        let mut state = self.state();
        let (has_card, events) = match place {
            Some(place) => (place.has_card, place.events),
            None => (false, state.events),
        };
        if (has_card, events) != (state.has_card, state.events) {
            state.has_card = has_card;
            state.events = events;
            state.news = true;
            self.another_card(&mut state);
        }
    }

    /// Under the lock: whoever knows the new number asks after the thread knows it.
    fn another_card(&self, state: &mut State) {
        state.another_card();
        self.card.forget(state.card);
    }

    /// Takes the news away.
    pub(crate) fn take_news(&self) -> bool {
        core::mem::take(&mut self.state().news)
    }

    pub(crate) fn has_card(&self) -> bool {
        self.state().has_card
    }

    /// Which card is in it.
    pub(crate) fn card_number(&self) -> u64 {
        self.state().card
    }

    pub(crate) fn is_logged_in(&self) -> bool {
        self.state().logged_in
    }

    /// Looks at an answer for this card: some say that it, or the login, is gone. What becomes of an earlier card is no news.
    pub(crate) fn learn<R>(&self, card: u64, answer: Result<R>) -> Result<R> {
        let mut state = self.state();
        match &answer {
            _ if state.card != card => {}
            Err(Refusal::DEVICE_REMOVED) => {
                self.another_card(&mut state);
            }
            Err(Refusal::USER_NOT_LOGGED_IN) => state.logged_out(),
            _ => {}
        }
        answer
    }

    /// What is on the card.
    pub(crate) fn contents(&self) -> Result<Arc<Contents>> {
        let number = {
            let state = self.state();
            if !state.has_card {
                return Err(Refusal::TOKEN_NOT_PRESENT);
            }
            if let Some(contents) = &state.contents {
                return Ok(contents.clone());
            }
            state.card
        };
        // Not under the lock: opening a card takes its time.
        let contents = self.learn(number, self.card.contents(number))?;
        let mut state = self.state();
        if state.card != number {
            return Err(Refusal::DEVICE_REMOVED);
        }
        state.contents = Some(contents.clone());
        Ok(contents)
    }

    /// The objects that can be seen now.
    pub(crate) fn objects(&self) -> Result<Arc<Vec<Object>>> {
        let contents = self.contents()?;
        let mut state = self.state();
        let objects = state
            .objects
            .get_or_insert_with(|| Arc::new(object::of(&contents, &Vec::new())));
        Ok(objects.clone())
    }

    /// PIN2 was entered for this card.
    pub(crate) fn logged_in(
        &self,
        card: u64,
        contents: &Contents,
        certificates: &Certificates,
    ) -> Result<()> {
        let mut state = self.state();
        if state.card != card {
            return Err(Refusal::DEVICE_REMOVED);
        }
        state.logged_in = true;
        state.objects = Some(Arc::new(object::of(contents, certificates)));
        Ok(())
    }

    pub(crate) fn logged_out(&self) {
        self.state().logged_out();
    }

    /// Does something with the key that an object belongs to.
    pub(crate) fn with_entry<R>(
        &self,
        handle: ck::CK_OBJECT_HANDLE,
        work: impl FnOnce(&Object, &Entry) -> Result<R>,
    ) -> Result<R> {
        let contents = self.contents()?;
        let objects = self.objects()?;
        let object = objects.iter().find(|object| object.handle == handle);
        let object = object.ok_or(Refusal::KEY_HANDLE_INVALID)?;
        let mut entries = contents.entries.iter();
        let entry = entries.find(|entry| entry.slot == object.slot);
        work(object, entry.ok_or(Refusal::KEY_HANDLE_INVALID)?)
    }
}
