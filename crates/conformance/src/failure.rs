//! Why a case ended early.

use transport::TransportError;

/// Why a case did not go through to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Stop {
    /// The card answered otherwise than the case demands.
    #[error("{at}: expected {expected}, got {got}")]
    Unexpected {
        /// Where in the case: the document's step, or what was prepared.
        at: String,
        /// What the document demands.
        expected: String,
        /// What came.
        got: String,
    },
    /// The document leaves the case out on a card like this one.
    #[error("left out: {0}")]
    LeftOut(String),
    /// The reader or the card is gone.
    #[error("{at}: no answer: {source}")]
    Transport {
        /// Where in the case.
        at: String,
        /// What the carrier says.
        source: TransportError,
    },
    /// The bench itself cannot go on: a certificate that cannot be made, a key of the wrong curve.
    #[error("{at}: the test cannot be carried out: {reason}")]
    Bench {
        /// Where in the case.
        at: String,
        /// Why.
        reason: String,
    },
}

impl Stop {
    /// The same, in what had to be carried out before the case itself.
    pub(crate) fn before(self, what: &str) -> Self {
        let before = |at: String| format!("precondition {what}, {at}");
        match self {
            Self::Unexpected { at, expected, got } => Self::Unexpected {
                at: before(at),
                expected,
                got,
            },
            Self::LeftOut(why) => Self::LeftOut(why),
            Self::Transport { at, source } => Self::Transport {
                at: before(at),
                source,
            },
            Self::Bench { at, reason } => Self::Bench {
                at: before(at),
                reason,
            },
        }
    }
}
