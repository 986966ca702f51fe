//! What the tests of the workspace share.
//!
//! - [`flows`]: what a card and a reader do together, one function each, over any transport. The
//!   same flows run in one process (`tests/in_process`) and through a real reader.
//! - [`cards`]: cards for them to run on, and what is true about each.
//! - [`carriers`]: transports with somebody in the middle.
//! - [`terminal`]: a reader of its own, for what the host library never does.
//! - [`fuzzing`]: what a fuzz target does with one input.

pub mod cards;
pub mod carriers;
pub mod flows;
pub mod fuzzing;
pub mod terminal;
