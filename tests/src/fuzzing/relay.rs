//! A fake card that knows the codes and has a genuine card behind it, but not
//! that card's key: it can say anything inside the host's secure channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use applet_sim::{Chip, MemoryStore};
use iso7816::tlv::{self, Tag};
use iso7816::{CommandApdu, ResponseApdu, StatusWord, ins};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use secure_channel::pace::chip::{Answer, Pace};
use secure_channel::pace::terminal::{set_authentication_template, start};
use secure_channel::pace::{Mapping, PaceProtocol, PaceSuite};
use secure_channel::secure_messaging::{Chip as ChipRole, Terminal};
use secure_channel::{
    Curve, EcPrivateKey, Error, Password, PasswordId, SecureMessaging, SymmetricCipher,
};
use transport::{Capabilities, CardTransport, InProcess, TransportError};

use super::{Input, mutation::mutate};

/// Passwords by the number that DO 83 of MSE:Set AT has.
pub(super) type Passwords = Arc<dyn Fn(PasswordId) -> Password + Send + Sync>;

pub(super) struct Relay {
    pub(super) card: InProcess<Chip<MemoryStore>>,
    pub(super) passwords: Passwords,
    /// Not the key that the issuer signed for.
    pub(super) key: EcPrivateKey,
    /// Number of the protected exchange, and the input of [`mutate`].
    pub(super) lies: Vec<(u32, Vec<u8>)>,
    pub(super) count: Arc<AtomicU32>,
    state: State,
}

struct State {
    pace: Pace,
    password: Option<PasswordId>,
    host: Option<SecureMessaging<ChipRole>>,
    chip: Option<SecureMessaging<Terminal>>,
    protected: u32,
    rng: ChaCha20Rng,
}

impl Relay {
    pub(super) fn new(
        card: InProcess<Chip<MemoryStore>>,
        passwords: Passwords,
        key: EcPrivateKey,
        lies: Vec<(u32, Vec<u8>)>,
        count: Arc<AtomicU32>,
    ) -> Self {
        Self {
            card,
            passwords,
            key,
            lies,
            count,
            state: State {
                pace: Pace::default(),
                password: None,
                host: None,
                chip: None,
                protected: 0,
                rng: ChaCha20Rng::seed_from_u64(9303),
            },
        }
    }

    fn answer(&mut self, bytes: &[u8]) -> Result<Vec<u8>, TransportError> {
        let Ok(command) = CommandApdu::parse(bytes) else {
            return self.card.transmit(bytes);
        };
        if command.class().secure_messaging() {
            let answer = self.protected(&command);
            return Ok(answer
                .unwrap_or_else(|error| error.status_word().into())
                .to_bytes());
        }
        let answer = match (command.ins(), command.p1_p2()) {
            (ins::MANAGE_SECURITY_ENVIRONMENT, 0xC1A4) => self.select(&command),
            (ins::GENERAL_AUTHENTICATE, _) => self.authenticate(&command),
            _ => return self.card.transmit(bytes),
        };
        let refusal = ResponseApdu::from(StatusWord::CONDITIONS_NOT_SATISFIED);
        Ok(answer.unwrap_or(refusal).to_bytes())
    }

    /// MSE:Set AT: the relay is a chip of its own towards the host.
    fn select(&mut self, command: &CommandApdu) -> Option<ResponseApdu> {
        let protocol = tlv::find(command.data(), Tag(0x80)).ok()??;
        let suite = PaceSuite {
            protocol: PaceProtocol::from_oid(protocol)?,
            curve: Curve::P256,
        };
        let password = match tlv::find(command.data(), Tag(0x83)).ok()?? {
            [1] => PasswordId::Mrz,
            [2] => PasswordId::Can,
            [3] => PasswordId::Pin,
            [4] => PasswordId::Puk,
            _ => return None,
        };
        let key = EcPrivateKey::from_bytes(Curve::P256, self.key.expose_secret()).ok()?;
        self.state.host = None;
        self.state.password = Some(password);
        self.state.pace = Pace::select(suite, (self.passwords)(password), Some(key)).ok()?;
        Some(ResponseApdu::ok([]))
    }

    fn authenticate(&mut self, command: &CommandApdu) -> Option<ResponseApdu> {
        let State { pace, rng, .. } = &mut self.state;
        let token = match pace.general_authenticate(command.data(), rng).ok()? {
            Answer::Continue(data) => return Some(ResponseApdu::ok(data)),
            Answer::Token(token) => token,
        };
        let (data, established) = token.verify(&[]).ok()?;
        self.state.host = Some(SecureMessaging::new(established.session_keys));
        self.state.chip = self.open();
        Some(ResponseApdu::ok(data))
    }

    /// Opens the genuine card with the same password, so that it gives all it has.
    fn open(&mut self) -> Option<SecureMessaging<Terminal>> {
        let password = (self.passwords)(self.state.password?);
        let protocol = PaceProtocol {
            mapping: Mapping::ChipAuthentication,
            cipher: SymmetricCipher::Aes128,
        };
        let suite = PaceSuite {
            protocol,
            curve: Curve::P256,
        };
        let mut send = |command: CommandApdu| {
            let answer = self.card.transmit(&command.to_bytes()).ok()?;
            ResponseApdu::parse(&answer).ok()
        };
        let rng = &mut self.state.rng;
        send(set_authentication_template(
            protocol,
            password.id(),
            None,
            &[],
        ))?;
        let (waiting, command) = start(suite, &password);
        let (waiting, command) = waiting.map_nonce(&send(command)?, rng).ok()?;
        let (waiting, command) = waiting.agree(&send(command)?, rng).ok()?;
        let (waiting, command) = waiting.authenticate(&send(command)?).ok()?;
        let established = waiting.finish(&send(command)?).ok()?;
        Some(SecureMessaging::new(established.session_keys))
    }

    /// From one channel into the other, and back with a lie now and then.
    fn protected(&mut self, command: &CommandApdu) -> Result<ResponseApdu, Error> {
        let host = self.state.host.as_mut().ok_or(Error::ChannelClosed)?;
        let plain = host.unwrap(command)?;
        let mut answer = self.genuine(&plain).unwrap_or(StatusWord::UNKNOWN.into());
        for (number, lie) in &self.lies {
            if *number == self.state.protected {
                let mut input = Input(lie);
                let bytes = mutate(&answer.to_bytes(), &mut input);
                answer = ResponseApdu::parse(&bytes).unwrap_or(StatusWord::OK.into());
            }
        }
        self.state.protected += 1;
        let host = self.state.host.as_mut().ok_or(Error::ChannelClosed)?;
        host.wrap(&answer)
    }

    fn genuine(&mut self, command: &CommandApdu) -> Option<ResponseApdu> {
        let chip = self.state.chip.as_mut()?;
        let wrapped = chip.wrap(command).ok()?;
        let answer = self.card.transmit(&wrapped.to_bytes()).ok()?;
        chip.unwrap(&ResponseApdu::parse(&answer).ok()?).ok()
    }
}

impl CardTransport for Relay {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.answer(command)
    }

    fn atr(&self) -> Option<&[u8]> {
        self.card.atr()
    }

    fn capabilities(&self) -> Capabilities {
        self.card.capabilities()
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.card.reset()
    }
}
