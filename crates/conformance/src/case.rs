//! One case: an identifier, a line of words, and what is done.

use core::fmt;

use crate::{Bench, Stop};

/// What a case costs a card that cannot be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    /// Nothing that another case would notice.
    Nothing,
    /// Tries of a password. The case gives them back where the card allows it; one that does not could end blocked.
    Tries,
    /// The card's date or trust-points move on, and certificates are used up.
    TrustPoints,
}

type Body = dyn Fn(&mut Bench<'_>) -> Result<(), Stop> + Send + Sync;

/// An executable case.
pub struct Case {
    id: &'static str,
    title: String,
    cost: Cost,
    body: Box<Body>,
}

impl Case {
    /// A case that costs nothing. `id` is the document's, `title` says in a line what must hold.
    pub fn new(
        id: &'static str,
        title: impl Into<String>,
        body: impl Fn(&mut Bench<'_>) -> Result<(), Stop> + Send + Sync + 'static,
    ) -> Self {
        Self {
            id,
            title: title.into(),
            cost: Cost::Nothing,
            body: Box::new(body),
        }
    }

    /// The same case, which costs something.
    #[must_use]
    pub fn costs(self, cost: Cost) -> Self {
        Self { cost, ..self }
    }

    /// The document's identifier.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// What must hold, in a line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it costs a card that cannot be replaced.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    pub(crate) fn carry_out(&self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        (self.body)(bench)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("id", &self.id)
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}
