//! What the tests share: an issued card, a verifier for it, transports that misbehave, and a chip of
//! their own that is odd where the simulated one is not.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

pub(crate) mod odd_chip;

use std::sync::OnceLock;

use applet_sim::{CardImage, Chip, Environment, MemoryStore};
use host_lib::{
    AccessCode, AccessRequest, Card, CardTransport, Consent, Groups, Identity, SoftwareKey,
    TerminalCertificates, Time, TrustStore, Unverified, Verifier,
};
use issuer::{Grant, IssuedCard, Issuer, Profile, TestPki, specimen};
use pki::RevocationList;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use transport::{Capabilities, InProcess, Interface, TransportError};

/// The day of the tests, noon in Taipei.
pub fn now() -> Time {
    Time::utc(2026, 11, 24, 4, 0, 0).unwrap()
}

/// A test PKI, a card of the default specimen, and what verifies it.
pub struct World {
    pub pki: TestPki,
    pub card: IssuedCard,
    pub trust: TrustStore,
    pub lists: Vec<RevocationList>,
}

/// A world for tests that only look at it: issuing takes its time.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(World::new)
}

impl World {
    pub fn new() -> Self {
        Self::with(&Profile::default_specimen())
    }

    pub fn with(profile: &Profile) -> Self {
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        let pki = TestPki::create(&mut rng).unwrap();
        let agencies = specimen::agencies().trust_points().unwrap();
        let issuer = Issuer::new(&pki).accepting(&agencies);
        let card = issuer.issue_single(profile, &mut rng).unwrap();
        let trust = pki.trust_store().unwrap();
        let lists = pki.revocation_lists().to_vec();
        Self {
            pki,
            card,
            trust,
            lists,
        }
    }

    pub fn verifier(&self) -> Verifier<'_> {
        Verifier::new(&self.trust, now()).revocation_lists(&self.lists)
    }

    pub fn image(&self) -> &CardImage {
        self.card.image()
    }

    /// A chip with this card's image, powered.
    pub fn insert(&self) -> InProcess<Chip<MemoryStore>> {
        insert(self.image())
    }

    pub fn can(&self) -> &str {
        self.card.codes().can()
    }

    pub fn pin1(&self) -> &str {
        self.card.codes().pin1()
    }

    pub fn puk(&self) -> &str {
        self.card.codes().puk()
    }

    pub fn mrz(&self) -> host_lib::MrzKey {
        host_lib::MrzKey::from_zone(self.card.mrz().unwrap().as_str()).unwrap()
    }
}

/// An agency that may do everything, whose holder agrees, and its key, which makes the same signatures for the same seed.
pub fn agency(seed: u8) -> (Consent, SoftwareKey) {
    let agency = specimen::agency("ALL", &Grant::everything());
    let certificates = TerminalCertificates::parse(&agency.certificates).unwrap();
    let rng = Box::new(ChaCha20Rng::from_seed([seed; 32]));
    let key = SoftwareKey::new(agency.key).randomness_for_replay(rng);
    (AccessRequest::new(certificates).agree_to_everything(), key)
}

/// Every group, read as that agency.
pub fn read_everything<T: CardTransport>(
    card: &mut Card<T>,
    code: AccessCode,
) -> host_lib::Result<Unverified<Identity>> {
    let (consent, mut key) = agency(1);
    let mut session = card
        .pace_as_terminal(code, consent)?
        .authenticate(&mut key)?;
    session.read(Groups::all())
}

/// The default specimen, with a key for Active Authentication.
pub fn profile_with_active_authentication() -> Profile {
    let text = include_str!("../../../crates/issuer/profiles/wang-xiaoming.toml");
    let with = text.replace(
        "active_authentication = false",
        "active_authentication = true",
    );
    assert_ne!(text, with);
    Profile::from_toml(&with).unwrap()
}

/// A chip with an image, powered, that never makes the tests wait.
pub fn insert(image: &CardImage) -> InProcess<Chip<MemoryStore>> {
    InProcess::new(chip(image), Interface::Contactless)
}

pub fn chip(image: &CardImage) -> Chip<MemoryStore> {
    let memory = image.personalise(MemoryStore::default()).unwrap();
    let environment = Environment {
        rng: Box::new(ChaCha20Rng::from_seed([1; 32])),
        delay: Box::new(applet_sim::NoDelay),
    };
    Chip::open(memory, environment).unwrap()
}

/// Lets a function change every answer on its way: `(number of the exchange, command, answer)`.
pub struct Tampered<T, F> {
    pub inner: T,
    pub tamper: F,
    pub exchanges: usize,
}

impl<T, F> Tampered<T, F> {
    pub fn new(inner: T, tamper: F) -> Self {
        Self {
            inner,
            tamper,
            exchanges: 0,
        }
    }
}

impl<T, F> CardTransport for Tampered<T, F>
where
    T: CardTransport,
    F: FnMut(usize, &[u8], Vec<u8>) -> Vec<u8> + Send,
{
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let answer = self.inner.transmit(command)?;
        self.exchanges += 1;
        Ok((self.tamper)(self.exchanges, command, answer))
    }

    fn atr(&self) -> Option<&[u8]> {
        self.inner.atr()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.inner.reset()
    }
}

/// Whether a command is protected.
pub fn is_protected(command: &[u8]) -> bool {
    command[0] & 0x0C == 0x0C
}

/// A transport that is nothing but a function from commands to answers.
pub struct Answers<F>(pub F);

impl<F: FnMut(&[u8]) -> Result<Vec<u8>, TransportError> + Send> CardTransport for Answers<F> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        (self.0)(command)
    }

    fn atr(&self) -> Option<&[u8]> {
        None
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::extended(Interface::Contactless)
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        Ok(())
    }
}
