//! A card on a reader, before anybody has given a code.

use core::fmt;

use iso7816::historical::{CardCapabilities, HistoricalBytes};
use iso7816::{Atr, FileId, ShortFileId};
use lds::{EfAtrInfo, SecurityInfos};
use secure_channel::PasswordId;
use transport::{CardTransport, TransportError};

use crate::access::AccessCode;
use crate::channel::Channel;
use crate::error::{Error, File, Misbehaviour, Result, Unsupported};
use crate::files::{Blocks, Location, ReadOutcome};
use crate::link::{Link, Traffic};
use crate::options::{ChipProofPreference, Options};
use crate::pace::{self, PasswordStatus, Purpose};
use crate::random::Randomness;
use crate::session::Session;
use crate::suite::{self, Offer};

/// A card that is present and has not been opened.
///
/// Opening it reads EF.ATR/INFO and EF.CardAccess: what every card of a batch shows to everybody.
/// Nothing personal is read, and no try of any password is spent, before [`pace`](Self::pace).
///
/// A session borrows the card, so there is never more than one; a failure, a wrong code among
/// them, leaves the card for another attempt.
///
/// ```
/// use host_lib::{AccessCode, Card, ErrorCode, PasswordStatus};
///
/// let mut card = Card::open(issuer::specimen::valid().card)?; // any `CardTransport`
/// assert_eq!(card.pin_status()?, PasswordStatus::Untouched); // spends no try
///
/// let error = card.pace(AccessCode::can("000000")?).unwrap_err();
/// assert_eq!(error.code(), ErrorCode::WrongCan);
///
/// let session = card.pace(AccessCode::can("123456")?)?; // the card is still there
/// # drop(session);
/// # Ok::<(), host_lib::Error>(())
/// ```
///
/// # Threads and time
///
/// `Card` and [`Session`] are `Send` whenever the transport is; they are not meant to be shared
/// (every call needs `&mut`). A call lasts as long as its exchanges: how long one exchange may take
/// is the transport's affair, how many there may be is [`Limits::exchanges`](crate::Limits). After
/// repeated wrong access codes the card itself delays its answer by up to ten seconds.
pub struct Card<T: CardTransport> {
    pub(crate) link: Link<T>,
    pub(crate) card_access: SecurityInfos,
    pub(crate) offer: Option<Offer>,
    pub(crate) randomness: Randomness,
}

const CARD_ACCESS: Location = Location {
    file: File::CardAccess,
    id: FileId(0x011C),
    short: ShortFileId::new(0x1C),
};

impl<T: CardTransport> Card<T> {
    /// Opens a card with default [`Options`].
    ///
    /// # Errors
    /// [`Unsupported::Pace`] without EF.CardAccess (Basic Access Control is out of this library's
    /// scope), [`Error::ChipMisbehaved`] if it does not parse, [`Error::Transport`].
    pub fn open(transport: T) -> Result<Self> {
        Self::open_with(transport, Options::new())
    }

    /// Opens a card.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(transport: T, mut options: Options) -> Result<Self> {
        let mut link = Link::new(transport, &mut options);
        let randomness = match options.rng.take() {
            Some(rng) => Randomness::Replay(rng),
            None => Randomness::System,
        };
        link.begin();
        link.select_master_file()?;
        link.blocks = blocks(&mut link)?;
        let card_access = match link.read_file(CARD_ACCESS) {
            // The first long APDU shows whether the reader can carry what it claims. Nothing is open
            // yet, so the command can be given once more, in short.
            Err(Error::Transport(
                TransportError::CommandTooLong { .. } | TransportError::ResponseTooLong { .. },
            )) if link.blocks != Blocks::default() => {
                link.blocks = Blocks::default();
                link.read_file(CARD_ACCESS)
            }
            outcome => outcome,
        };
        let contents = match card_access? {
            ReadOutcome::Contents(contents) => contents,
            ReadOutcome::Missing | ReadOutcome::Denied(_) => {
                return Err(Error::Unsupported(Unsupported::Pace));
            }
        };
        let card_access = SecurityInfos::parse(&contents)
            .map_err(|_| Misbehaviour::Malformed(File::CardAccess))?;
        let offer = suite::choose(&card_access, options.preference);
        Ok(Self {
            link,
            card_access,
            offer,
            randomness,
        })
    }

    /// What the card offers in EF.CardAccess. Anybody could have changed it on the way: it is
    /// compared with its signed copy after PACE, before anything personal is read.
    pub fn card_access(&self) -> &SecurityInfos {
        &self.card_access
    }

    /// The PACE suite that will be used, if there is one.
    pub fn suite(&self) -> Option<secure_channel::pace::PaceSuite> {
        self.offer.map(|offer| offer.suite)
    }

    /// Chooses another proof of the chip for the next session.
    pub fn prefer(&mut self, preference: ChipProofPreference) {
        self.offer = suite::choose(&self.card_access, preference);
    }

    /// The state of PIN1. Spends no try: show it before asking the holder.
    ///
    /// # Errors
    /// [`Error::Transport`], or [`Error::Card`] for a status word that says nothing about a
    /// password.
    pub fn pin_status(&mut self) -> Result<PasswordStatus> {
        self.password_status(PasswordId::Pin)
    }

    /// The state of the PUK. Spends no try.
    ///
    /// # Errors
    /// As [`pin_status`](Self::pin_status).
    pub fn puk_status(&mut self) -> Result<PasswordStatus> {
        self.password_status(PasswordId::Puk)
    }

    fn password_status(&mut self, password: PasswordId) -> Result<PasswordStatus> {
        let offer = self.prepare()?;
        pace::set_template(&mut self.link, offer, password, Purpose::Local)
    }

    /// Opens the card with a code, by PACE with the strongest suite that it offers.
    ///
    /// The code is used once and dropped. There is never an automatic retry: after an error the
    /// card is still here, and it is the caller who decides, having seen the tries left, whether to
    /// ask for a code again.
    ///
    /// # Errors
    /// [`Error::WrongPassword`]; [`Error::PasswordUnusable`], without spending a try;
    /// [`Unsupported::PaceSuite`]; [`Error::ChipMisbehaved`] if the chip breaks the protocol, which
    /// says nothing about the code.
    pub fn pace(&mut self, code: impl Into<AccessCode>) -> Result<Session<'_, T>> {
        let code = code.into();
        let offer = self.prepare()?;
        let established = self.agree(offer, &code, Purpose::Local)?;
        Session::start(self, code, offer, established)
    }

    /// Ends whatever went before: plain commands, master file.
    pub(crate) fn prepare(&mut self) -> Result<Offer> {
        let offer = self
            .offer
            .ok_or(Error::Unsupported(Unsupported::PaceSuite))?;
        self.link.begin();
        self.link.channel = Channel::Plain;
        self.link.select_master_file()?;
        Ok(offer)
    }

    pub(crate) fn agree(
        &mut self,
        offer: Offer,
        code: &AccessCode,
        purpose: Purpose<'_>,
    ) -> Result<secure_channel::pace::terminal::Established> {
        let password = code.password()?;
        let Self {
            link, randomness, ..
        } = self;
        randomness
            .with(|rng| pace::run(link, offer, code.kind(), &password, purpose, rng))
            .and_then(|outcome| outcome)
    }

    /// What went over the wire so far.
    pub fn traffic(&self) -> Traffic {
        self.link.traffic
    }

    /// Gives the transport back. The chip keeps an open channel until its next plain command.
    pub fn into_transport(self) -> T {
        self.link.into_transport()
    }
}

/// What to ask for where a card takes extended length but does not state its buffer.
const UNSTATED_BUFFER: usize = 4096;

/// The largest blocks that reader and card accept. The card states its buffers in EF.ATR/INFO
/// (DO 7F66, ISO/IEC 7816-4:2020, 12.7.1), or at least there or in its historical bytes that it
/// takes extended length. Whatever goes wrong here only makes the blocks short.
fn blocks<T: CardTransport>(link: &mut Link<T>) -> Result<Blocks> {
    let reader = link.capabilities();
    if !reader.extended_length {
        return Ok(Blocks::default());
    }
    let info = link.read_atr_info()?;
    let info = info
        .and_then(|contents| EfAtrInfo::parse(&contents).ok())
        .unwrap_or_default();
    let card = match info.extended_length {
        Some(lengths) => usize::try_from(lengths.max_response).unwrap_or(usize::MAX),
        None if takes_extended_length(&info, link.atr()) => UNSTATED_BUFFER,
        None => return Ok(Blocks::default()),
    };
    Ok(Blocks::for_answers_of(card.min(reader.max_response)))
}

/// Said in EF.ATR/INFO or in the historical bytes.
fn takes_extended_length(info: &EfAtrInfo, atr: Option<&[u8]>) -> bool {
    info.card_capabilities
        .is_some_and(CardCapabilities::extended_length)
        || atr
            .and_then(|bytes| Atr::parse(bytes).ok())
            .and_then(|atr| {
                HistoricalBytes::parse(atr.historical_bytes())
                    .ok()?
                    .card_capabilities()
            })
            .is_some_and(CardCapabilities::extended_length)
}

impl<T: CardTransport> fmt::Debug for Card<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("suite", &self.suite())
            .finish_non_exhaustive()
    }
}
