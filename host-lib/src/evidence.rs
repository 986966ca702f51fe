//! What a session brings home: files as they were read, and what the chip proved. Nothing of it is
//! verified yet.

mod transfer;

use core::fmt;
use core::marker::PhantomData;
use std::collections::BTreeMap;

use lds::{Date, SecurityInfos};
use secure_channel::ChipAuthenticated;

use crate::access::MrzKey;
use crate::error::Result;
use crate::identity::Identity;
use crate::report::Skipped;
use crate::session::{Application, CamEvidence, CardSecurity, Opened};

/// What Chip Authentication showed.
#[derive(Clone)]
pub(crate) enum ChipAuthenticationEvidence {
    NotPerformed(Skipped),
    /// The chip holds the private key to this public key of DG14.
    Holds(ChipAuthenticated),
    /// The chip announces the protocol and then refuses it.
    Fails,
    /// The reader that sent this says that the chip holds its key; nobody else can check that again.
    SeenByReader,
}

/// What Active Authentication gave.
#[derive(Clone)]
pub(crate) enum ActiveAuthenticationEvidence {
    NotPerformed(Skipped),
    /// The chip's answer to a random challenge, to be verified with the key of DG15.
    Signed {
        challenge: [u8; 8],
        signature: Vec<u8>,
    },
    /// The chip gave no answer although it has a DG15.
    Refused,
}

/// Everything that verification looks at.
pub(crate) struct Evidence {
    /// Files of the groups, byte for byte.
    pub(crate) groups: BTreeMap<u8, Vec<u8>>,
    pub(crate) security_object: Vec<u8>,
    pub(crate) card_security: CardSecurity,
    pub(crate) card_access: SecurityInfos,
    pub(crate) cam: CamEvidence,
    pub(crate) chip_authentication: ChipAuthenticationEvidence,
    pub(crate) active_authentication: ActiveAuthenticationEvidence,
    /// What opened the session; `None` where it was another process's.
    pub(crate) opened: Option<Opened>,
}

/// What can stand behind a verification: an application's contents, made of its files.
///
/// Sealed: [`Identity`] and [`TravelDocument`](crate::TravelDocument).
pub trait Content: sealed::Content {}

/// What the checks of the document itself look at.
pub struct Facts {
    /// The last day on which the document is good.
    pub valid_until: Option<Date>,
    /// Why there is no such day, where there is none.
    pub(crate) without_date: Skipped,
    pub(crate) document_number: Option<String>,
    /// The access code as the card has it stored.
    pub(crate) access_code: Option<String>,
    pub(crate) mrz: Option<MrzKey>,
}

pub(crate) mod sealed {
    use super::{Application, BTreeMap, Facts, Result};

    pub trait Content: Sized {
        /// Where the contents come from.
        const APPLICATION: Application;

        /// Parses the groups' files.
        fn parse(groups: &BTreeMap<u8, Vec<u8>>) -> Result<Self>;

        /// What the document says about itself.
        fn facts(&self) -> Facts;

        /// The document's type in the MRZ, not verified.
        fn document_type(groups: &BTreeMap<u8, Vec<u8>>) -> Option<String>;
    }
}

impl Content for Identity {}

impl sealed::Content for Identity {
    const APPLICATION: Application = Application::Eid;

    fn parse(groups: &BTreeMap<u8, Vec<u8>>) -> Result<Self> {
        Self::parse(groups)
    }

    fn facts(&self) -> Facts {
        Facts {
            valid_until: self.renewal_date(),
            without_date: match self.holder() {
                Some(_) => Skipped::NotOnCard,
                None => Skipped::NotRead,
            },
            document_number: self
                .document_number()
                .map(|number| number.as_str().to_owned()),
            access_code: self
                .card_number_digits()
                .map(|digits| digits.as_str().to_owned()),
            mrz: None,
        }
    }

    fn document_type(_: &BTreeMap<u8, Vec<u8>>) -> Option<String> {
        None
    }
}

/// What was read from a card and **not verified**: anybody could have made it up.
///
/// [`verify`](Self::verify) is the way on. The contents can be looked at before, through a method
/// whose name says what it is.
pub struct Unverified<T> {
    pub(crate) evidence: Evidence,
    content: PhantomData<fn() -> T>,
}

impl<T: Content> Unverified<T> {
    pub(crate) fn new(evidence: Evidence) -> Self {
        Self {
            evidence,
            content: PhantomData,
        }
    }

    /// The contents, not verified: for a preview, never for a decision.
    ///
    /// # Errors
    /// [`Misbehaviour::Malformed`](crate::Misbehaviour::Malformed) if a group does not parse.
    pub fn unverified_contents(&self) -> Result<T> {
        T::parse(&self.evidence.groups)
    }

    /// The file of a group as it was read, not verified.
    pub fn raw_group(&self, number: u8) -> Option<&[u8]> {
        self.evidence.groups.get(&number).map(Vec::as_slice)
    }

    /// The numbers of the groups that were read, those of the checks (DG14, DG15) among them.
    pub fn group_numbers(&self) -> impl Iterator<Item = u8> {
        self.evidence.groups.keys().copied()
    }

    /// EF.SOD as it was read, not verified. With [`raw_group`](Self::raw_group) it is what a server
    /// needs to verify the document again.
    pub fn security_object(&self) -> &[u8] {
        &self.evidence.security_object
    }
}

impl<T> fmt::Debug for Unverified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified")
            .field("groups", &self.evidence.groups.keys())
            .finish_non_exhaustive()
    }
}
