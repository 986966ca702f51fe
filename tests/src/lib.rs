//! What the tests of the workspace share.
//!
//! - [`cards`]: cards for them to run on, and what is true about each.
//! - [`carriers`]: transports with somebody in the middle.
//! - [`terminal`]: a reader of its own, for what the host library never does.
//! - [`fuzzing`]: what a fuzz target does with one input.

pub mod cards;
pub mod carriers;
pub mod fuzzing;
pub mod terminal;
