//! The conformance tests of BSI TR-03105 for chips with Extended Access Control, version 1 (part 3.2) and version 2 (part 3.3), as
//! code that runs against any card behind a [`CardTransport`](transport::CardTransport).
//!
//! Every case stands under its official identifier, in the words of this project; what a case demands is the document's.
//! Whether a case applies to a card is said by its profile line and by the card's [`Statement`], the implementation conformance
//! statement of annex A, and by nothing else. A case that neither passes nor is inapplicable has failed, unless the statement
//! names it as a deviation and says why.
//!
//! It is not the card, and shares no state with one: all that it knows comes through the transport, from the statement, and
//! from the [`Samples`] that a test needs: the codes, and the keys of the three certification authorities whom the card trusts.
//!
//! | name | what it is |
//! |---|---|
//! | [`catalogue()`] | every identifier of the documents, with its [`Part`] and its profile line |
//! | [`Case`], [`cases()`] | what is executable of them |
//! | [`Statement`] | what the card says of itself |
//! | [`Samples`], [`Sample`], [`Specimens`] | the cards to be tested |
//! | [`Authorities`] | three certification authorities and every certificate that the cases need |
//! | [`Bench`] | a terminal that does what no well-behaved one does, and looks at every answer |
//! | [`run()`], [`Report`] | the cases that apply, one after another |

mod answer;
mod authorities;
mod bench;
mod case;
mod catalogue;
mod certificates;
mod failure;
mod part;
mod profile;
mod run;
mod sample;
mod specimens;
mod statement;
mod units;

pub use answer::{Answer, CHECKING_ERROR, Expected, OK, status, tries_left};
pub use authorities::{Authorities, Authority};
pub use bench::{Bench, ChipAuthenticationRun, ChipKey, PaceRun, PassportChipRun, TerminalRun};
pub use case::{Case, Cost};
pub use catalogue::{Entry, catalogue};
pub use certificates::Certificate;
pub use failure::Stop;
pub use part::Part;
pub use profile::Profile;
pub use run::{Outcome, Report, Result as CaseResult, Selection, run};
pub use sample::{Codes, Sample, Samples};
pub use specimens::Specimens;
pub use statement::{Deviation, Statement, StatementError};
pub use units::cases;
