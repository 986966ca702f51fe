//! A program without PC/SC: it says so.

use std::time::Duration;

use host_lib::Cancel;

use super::{Route, Seen};
use crate::card_file::Transport;
use crate::failure::{Failure, ReaderFault};

/// There is none.
pub(crate) enum Service {}

impl Service {
    pub(crate) fn connect() -> Result<Self, Failure> {
        Err(ReaderFault::WithoutPcsc.into())
    }

    pub(crate) fn readers(&self) -> Result<Vec<Seen>, Failure> {
        match *self {}
    }
}

pub(crate) fn open(_: &Route<'_>, _: &Cancel) -> Result<(Transport, String), Failure> {
    Err(ReaderFault::WithoutPcsc.into())
}

/// There is none.
pub(crate) enum Showing {}

impl Showing {
    pub(crate) fn begin(_: &[u8], _: &Cancel) -> Result<Self, Failure> {
        Err(ReaderFault::WithoutPcsc.into())
    }

    pub(crate) fn open(
        &self,
        _: &[u8],
        _: Duration,
        _: &Cancel,
    ) -> Result<Option<(Transport, String)>, Failure> {
        match *self {}
    }
}
