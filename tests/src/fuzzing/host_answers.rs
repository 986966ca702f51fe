//! The host library before a hostile card.

use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use applet_sim::{
    Chip, ChipAuthenticationKey, EidApplication, Environment, IcaoApplication, Keys, MasterFile,
    MemoryStore, NoDelay,
};
use cvc::{SignatureAlgorithm, SigningKey};
use host_lib::{
    AccessCode, AccessRequest, Card, Consent, Error, Group, Groups, Identity, Lang, Limits, MrzKey,
    Options, Pin, SoftwareKey, TerminalCertificates, TerminalKey, Time, TravelDocument,
    TravelGroups, TravelMrz, TrustStore, Unverified, Verifier,
};
use issuer::specimen::{self, SpecimenAgency};
use issuer::{Grant, IssuedCard, Issuer, Profile, TestPki};
use lds::{Mrz, eid};
use pki::RevocationList;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use secure_channel::{Curve, EcPrivateKey, Password, PasswordId};
use transport::{Capabilities, CardTransport, InProcess, Interface, TransportError};

use super::Input;
use super::mutation::mutate;
use super::relay::{Passwords, Relay};

/// How far an input got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostRun {
    /// Commands that the host sent.
    pub exchanges: u32,
    /// Sessions that PACE opened.
    pub sessions: u32,
    /// Readings that came to an end without an error.
    pub read: u32,
    /// Readings that passed every check of passive authentication.
    pub authentic: u32,
    /// Readings that were accepted, the chip's proof included.
    pub accepted: u32,
}

impl HostRun {
    /// Adds another run's numbers to these.
    pub fn add(&mut self, other: Self) {
        self.exchanges += other.exchanges;
        self.sessions += other.sessions;
        self.read += other.read;
        self.authentic += other.authentic;
        self.accepted += other.accepted;
    }
}

/// Most exchanges in one call of the host library.
const MOST_EXCHANGES: u32 = 200;

/// Lets the host library open and read a card that answers as the input says:
/// an imagined card whose every answer is made up, or a real one whose answers
/// are damaged on the way, whose signed files were changed behind its secure
/// channel, or whose key is not the one its issuer signed for; or a fake one
/// that knows the codes and passes a real one's answers on, changed at will.
///
/// Every call must end with an error, or with data. What passes for authentic
/// must be what the issuer signed; what is accepted must come from the chip
/// with the right key; and no call may go on beyond its limit of exchanges.
///
/// # Panics
///
/// If that does not hold, or the host library panics.
pub fn fuzz_host_answers(data: &[u8]) -> HostRun {
    let mut input = Input(data);
    let world = World::shared();
    let count = Arc::new(AtomicU32::new(0));
    let mode = input.byte();
    let plan = Plan::read(&mut input);
    if mode % 8 == 0 {
        let card = Imagined {
            answers: input.0.to_vec(),
            position: 0,
            count: Arc::clone(&count),
        };
        return plan.carry_out(card, world, false, &count);
    }
    let impostor = mode % 8 == 1;
    let changes = if mode & 0x10 == 0 { 0 } else { 1 + mode / 128 };
    let chip = world.chip(impostor, changes, &mut input);
    let mut damages = Vec::new();
    if mode & 0x40 != 0 {
        for _ in 0..=input.byte() % 3 {
            let exchange = u32::from(input.byte() % 64);
            damages.push((exchange, input.take(24).to_vec()));
        }
    }
    let card = InProcess::new(chip, Interface::Contactless);
    if mode % 8 == 2 {
        let relay = Relay::new(
            card,
            world.passwords(),
            other_key(4),
            damages,
            Arc::clone(&count),
        );
        return plan.carry_out(relay, world, true, &count);
    }
    let card = Damaging {
        card,
        damages,
        count: Arc::clone(&count),
    };
    plan.carry_out(card, world, impostor, &count)
}

/// What the host does.
struct Plan {
    opens: Vec<(Code, bool)>,
    seed: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Code {
    Can,
    /// PIN1, for an agency that may read everything.
    Agency,
    Pin,
    Puk,
    Mrz,
}

impl Plan {
    fn read(input: &mut Input<'_>) -> Self {
        let opens = (0..=input.byte() % 2)
            .map(|_| {
                let code = input.choose([Code::Can, Code::Agency, Code::Mrz, Code::Pin, Code::Puk]);
                (code, input.byte().is_multiple_of(4))
            })
            .collect();
        Self {
            opens,
            seed: u64::from(input.byte()),
        }
    }

    fn carry_out(
        &self,
        transport: impl CardTransport,
        world: &World,
        impostor: bool,
        count: &AtomicU32,
    ) -> HostRun {
        let mut run = Run {
            world,
            impostor,
            count,
            before: 0,
            run: HostRun::default(),
        };
        let mut limits = Limits::default();
        limits.exchanges = MOST_EXCHANGES;
        let options = Options::new()
            .limits(limits)
            .randomness_for_replay(Box::new(ChaCha20Rng::seed_from_u64(self.seed)));
        let card = run.call(Card::open_with(transport, options));
        if let Some(mut card) = card {
            for &(code, manage) in &self.opens {
                run.open(&mut card, code, manage);
            }
        }
        run.run.exchanges = count.load(Ordering::Relaxed);
        run.run
    }
}

struct Run<'a> {
    world: &'a World,
    impostor: bool,
    count: &'a AtomicU32,
    before: u32,
    run: HostRun,
}

impl Run<'_> {
    /// Looks at the outcome of one call.
    fn call<T>(&mut self, outcome: Result<T, Error>) -> Option<T> {
        let now = self.count.load(Ordering::Relaxed);
        assert!(now - self.before <= MOST_EXCHANGES, "a call without end");
        self.before = now;
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                assert!(!matches!(error, Error::Internal(_)), "{error}");
                for lang in [Lang::En, Lang::ZhTw] {
                    assert!(!error.message(lang).is_empty() && !error.advice(lang).is_empty());
                }
                None
            }
        }
    }

    fn open<T: CardTransport>(&mut self, card: &mut Card<T>, code: Code, manage: bool) {
        let status = card.pin_status();
        self.call(status);
        let access = match code {
            Code::Can => AccessCode::can(&self.world.can),
            Code::Pin | Code::Agency => AccessCode::pin(&self.world.pin),
            Code::Puk => AccessCode::puk(&self.world.puk),
            Code::Mrz => Ok(AccessCode::from(self.world.mrz.clone())),
        };
        let access = access.expect("a code of the right form");
        let verifier = Verifier::new(&self.world.trust, self.world.now);
        let verifier = verifier.revocation_lists(&self.world.lists);
        if code == Code::Agency {
            return self.read_as_agency(card, access, &verifier);
        }
        let session = card.pace(access);
        let Some(mut session) = self.call(session) else {
            return;
        };
        self.run.sessions += 1;
        match code {
            Code::Can | Code::Pin => {
                let asked = household();
                let read = session.read(asked);
                if let Some(unverified) = self.call(read) {
                    self.identity(&unverified, &verifier, asked);
                }
            }
            Code::Mrz => {
                let read = session.read_travel_document(TravelGroups::mrz());
                if let Some(unverified) = self.call(read) {
                    self.travel_document(&unverified, &verifier);
                }
            }
            Code::Puk | Code::Agency => {}
        }
        if manage {
            match code {
                Code::Pin => {
                    let new = Pin::parse("975310").expect("a PIN of the right form");
                    let proven = session.prove_chip(&verifier);
                    if let Some(mut proven) = self.call(proven) {
                        assert!(!self.impostor, "an impostor is given a new PIN");
                        let changed = proven.change_pin(&new);
                        self.call(changed);
                    }
                }
                Code::Puk => {
                    let unblocked = session.unblock_pin();
                    self.call(unblocked);
                }
                Code::Can | Code::Mrz | Code::Agency => {}
            }
        }
    }

    fn read_as_agency<T: CardTransport>(
        &mut self,
        card: &mut Card<T>,
        access: AccessCode,
        verifier: &Verifier<'_>,
    ) {
        let (consent, mut key) = self.world.agency();
        let session = card.pace_as_terminal(access, consent);
        let Some(session) = self.call(session) else {
            return;
        };
        self.run.sessions += 1;
        // Two calls, as in two steps: each has exchanges of its own.
        let pending = session.request_signature();
        let Some(pending) = self.call(pending) else {
            return;
        };
        let signature = key.sign(pending.request()).expect("the key is at hand");
        let response = pending.request().answer(signature);
        let session = pending.answer(&response);
        let Some(mut session) = self.call(session) else {
            return;
        };
        let asked = household().and(Groups::protected()).without(Group::Dg5);
        let read = session.read(asked);
        if let Some(unverified) = self.call(read) {
            self.identity(&unverified, verifier, asked);
        }
    }

    fn identity(
        &mut self,
        unverified: &Unverified<Identity>,
        verifier: &Verifier<'_>,
        asked: Groups,
    ) {
        self.run.read += 1;
        // Whatever it is, it can be looked at.
        let preview = unverified.unverified_contents();
        self.call(preview);
        let verdict = unverified.verify(verifier);
        if let Some(authentic) = verdict.authentic_contents() {
            self.run.authentic += 1;
            self.world.hold_identity(authentic, asked);
        }
        let accepted = verdict.accept();
        if let Some(accepted) = self.call(accepted) {
            self.run.accepted += 1;
            self.world.hold_identity(&accepted, asked);
            assert!(!self.impostor, "an impostor was accepted");
        }
    }

    fn travel_document(
        &mut self,
        unverified: &Unverified<TravelDocument>,
        verifier: &Verifier<'_>,
    ) {
        self.run.read += 1;
        let preview = unverified.unverified_contents();
        self.call(preview);
        let verdict = unverified.verify(verifier);
        if let Some(authentic) = verdict.authentic_contents() {
            self.run.authentic += 1;
            self.world.hold_travel_document(authentic);
        }
        let accepted = verdict.accept();
        if let Some(accepted) = self.call(accepted) {
            self.run.accepted += 1;
            self.world.hold_travel_document(&accepted);
            assert!(!self.impostor, "an impostor was accepted");
        }
    }
}

/// What the holder's own session reads: everything that is small.
fn household() -> Groups {
    Groups::public()
        .and(Groups::household())
        .without(Group::Dg2)
}

/// A card, what it says, and what verifies it.
pub(super) struct World {
    issued: Mutex<IssuedCard>,
    master_file: MasterFile,
    eid: EidApplication,
    icao: IcaoApplication,
    can: String,
    pin: String,
    puk: String,
    mrz: MrzKey,
    zone: String,
    trust: TrustStore,
    lists: Vec<RevocationList>,
    now: Time,
    agency: SpecimenAgency,
}

impl World {
    pub(super) fn shared() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(Self::new)
    }

    fn new() -> Self {
        let profile = include_str!("../../../crates/issuer/profiles/wang-xiaoming.toml").replace(
            "active_authentication = false",
            "active_authentication = true",
        );
        let profile = Profile::from_toml(&profile).expect("a specimen's profile");
        let mut rng = ChaCha20Rng::seed_from_u64(2026);
        let pki = TestPki::create(&mut rng).expect("a test PKI");
        let agencies = specimen::agencies().trust_points().expect("a CVCA");
        let issuer = Issuer::new(&pki).accepting(&agencies);
        let mut issued = issuer.issue_single(&profile, &mut rng).expect("a card");
        // Portraits are never asked for here; without them a card is made in no time.
        let image = issued.image_mut();
        image
            .eid
            .groups
            .retain(|number, _| ![2, 5].contains(number));
        let icao = image.icao.as_mut().expect("an ICAO application");
        icao.dg2.truncate(100);
        let (eid, icao) = (image.eid.clone(), icao.clone());
        let master_file = image.master_file.clone();
        let zone = issued.mrz().expect("an MRZ").as_str().to_owned();
        let codes = issued.codes().clone();
        Self {
            issued: Mutex::new(issued),
            master_file,
            eid,
            icao,
            can: codes.can().to_owned(),
            pin: codes.pin1().to_owned(),
            puk: codes.puk().to_owned(),
            mrz: MrzKey::from_zone(&zone).expect("an MRZ that was built"),
            zone,
            trust: pki.trust_store().expect("a trust store"),
            lists: pki.revocation_lists().to_vec(),
            now: Time::utc(2026, 11, 24, 4, 0, 0).expect("a date"),
            agency: specimen::agency("ALL", &Grant::everything()),
        }
    }

    /// The agency's certificates with its holder's consent, and its key.
    fn agency(&self) -> (Consent, SoftwareKey) {
        let certificates = TerminalCertificates::parse(&self.agency.certificates);
        let request = AccessRequest::new(certificates.expect("certificates"));
        let scalar = self.agency.key.private_key().expose_secret();
        let key = EcPrivateKey::from_bytes(Curve::P256, scalar).expect("a key");
        let key = SigningKey::new(SignatureAlgorithm::EcdsaSha256, key).expect("P-256");
        let rng = Box::new(ChaCha20Rng::seed_from_u64(31));
        let key = SoftwareKey::new(key).randomness_for_replay(rng);
        (request.agree_to_everything(), key)
    }

    /// The card's files, by the names of their decoders.
    pub(super) fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        let Self {
            master_file,
            eid,
            icao,
            ..
        } = self;
        let mut files = vec![
            ("EF.CardAccess", master_file.card_access.clone()),
            ("SecurityInfos", master_file.card_access.clone()),
            ("SignedData", master_file.card_security.clone()),
            ("EF.DIR", master_file.dir.clone()),
            ("EF.ATR/INFO", master_file.atr_info.clone()),
            ("data objects", eid.sod.clone()),
            ("EF.COM", icao.com.clone()),
            ("DG1", icao.dg1.clone()),
            ("DG14", icao.dg14.clone()),
            ("DG15", icao.dg15.clone().unwrap_or_default()),
        ];
        for (number, contents) in &eid.groups {
            let position = Group::ALL.iter().position(|it| it.number() == *number);
            let position = position.and_then(|it| u8::try_from(it).ok());
            let first = [position.expect("a group of the profile")];
            files.push(("eID group", [&first, &contents[..]].concat()));
        }
        for list in &self.lists {
            files.push(("revocation list", list.as_der().to_vec()));
        }
        for anchor in self.trust.anchors() {
            files.push(("certificate", anchor.as_der().to_vec()));
        }
        files
    }

    /// What a thief of the PIN letter knows.
    fn passwords(&self) -> Passwords {
        let (can, pin, puk) = (self.can.clone(), self.pin.clone(), self.puk.clone());
        let zone = self.zone.clone();
        Arc::new(move |id| {
            let password = match id {
                PasswordId::Mrz => {
                    let mrz = Mrz::parse(&zone).expect("an MRZ that was built");
                    Ok(Password::mrz_information(&mrz.mrz_information()))
                }
                PasswordId::Can => Password::can(&can),
                PasswordId::Pin => Password::pin(&pin),
                PasswordId::Puk => Password::puk(&puk),
            };
            password.expect("a password of the right form")
        })
    }

    /// Holds contents against what was personalised.
    fn hold_identity(&self, identity: &Identity, asked: Groups) {
        assert_eq!(identity.groups(), asked, "other groups than were asked for");
        for number in asked.iter() {
            let group = identity.group(number).map(eid::Group::encode);
            let original = self.eid.groups.get(&number.number());
            assert!(group.as_ref() == original, "{number} was forged");
        }
    }

    fn hold_travel_document(&self, document: &TravelDocument) {
        let zone = document.mrz().map(TravelMrz::as_str);
        assert!(zone == Some(&self.zone), "the MRZ was forged");
        assert!(document.face().is_none(), "a group that was not asked for");
    }

    /// The card, its files changed as the input says, with its keys or an
    /// impostor's. Two files are changed at most, each by few bytes.
    fn chip(&self, impostor: bool, changes: u8, input: &mut Input<'_>) -> Chip<MemoryStore> {
        let issued = self.issued.lock();
        let mut issued = issued.unwrap_or_else(PoisonError::into_inner);
        let image = issued.image_mut();
        for _ in 0..changes {
            let file = match input.byte() % 12 {
                0 => &mut image.master_file.card_access,
                1 => &mut image.master_file.atr_info,
                2 | 3 => &mut image.master_file.card_security,
                4 | 5 => &mut image.eid.sod,
                6 | 7 => {
                    let number = input.choose([3, 4, 6, 7, 8, 9, 11, 12, 13]);
                    image.eid.groups.entry(number).or_default()
                }
                _ => {
                    let icao = image.icao.as_mut().expect("an ICAO application");
                    match input.byte() % 6 {
                        0 => &mut icao.com,
                        1 | 2 => &mut icao.sod,
                        3 => &mut icao.dg1,
                        4 => &mut icao.dg14,
                        _ => icao.dg15.get_or_insert_default(),
                    }
                }
            };
            *file = mutate(file, input);
        }
        let mut keys =
            impostor.then(|| Keys {
                generation: other_key(1),
                chip_individual: image.keys.chip_individual.as_ref().map(|key| {
                    ChipAuthenticationKey {
                        key_id: key.key_id,
                        cipher: key.cipher,
                        key: other_key(2),
                    }
                }),
                active_authentication: Some(other_key(3)),
                revocation: None,
                pseudonym: None,
            });
        if let Some(keys) = &mut keys {
            mem::swap(keys, &mut image.keys);
        }
        let memory = image.personalise(MemoryStore::new(128 * 1024));
        if let Some(mut keys) = keys {
            mem::swap(&mut keys, &mut image.keys);
        }
        image.master_file.clone_from(&self.master_file);
        image.eid.clone_from(&self.eid);
        image.icao = Some(self.icao.clone());
        let environment = Environment {
            rng: Box::new(ChaCha20Rng::seed_from_u64(14443)),
            delay: Box::new(NoDelay),
        };
        Chip::open(memory.expect("an image that fits"), environment).expect("a card just made")
    }
}

fn other_key(number: u8) -> EcPrivateKey {
    EcPrivateKey::from_bytes(Curve::P256, &[0x40 + number; 32]).expect("a scalar in range")
}

/// A real card some of whose answers are damaged on the way.
struct Damaging<T> {
    card: T,
    /// Number of the exchange, and the input of [`mutate`].
    damages: Vec<(u32, Vec<u8>)>,
    count: Arc<AtomicU32>,
}

impl<T: CardTransport> CardTransport for Damaging<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let mut answer = self.card.transmit(command)?;
        for (exchange, damage) in &self.damages {
            if *exchange == number {
                answer = mutate(&answer, &mut Input(damage));
            }
        }
        Ok(answer)
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

/// A card whose every answer is made up. After the last one it begins anew.
struct Imagined {
    answers: Vec<u8>,
    position: usize,
    count: Arc<AtomicU32>,
}

impl CardTransport for Imagined {
    fn transmit(&mut self, _command: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.count.fetch_add(1, Ordering::Relaxed);
        if self.position >= self.answers.len() {
            self.position = 0;
        }
        let mut input = Input(&self.answers[self.position..]);
        let status = input.choose([
            [0x90, 0x00],
            [0x90, 0x00],
            [0x62, 0x82],
            [0x61, 0x00],
            [0x6C, 0x10],
            [0x63, 0xC1],
            [0x69, 0x82],
            [0x6A, 0x82],
        ]);
        let length = match input.byte() % 4 {
            0 => 0,
            1 => usize::from(input.number() % 4096),
            _ => usize::from(input.byte()),
        };
        let data = input.take(length).to_vec();
        self.position = self.answers.len() - input.0.len();
        match length {
            0x7F => Err(TransportError::Unresponsive),
            0x7E => Ok(data),
            _ => Ok([&data[..], &status].concat()),
        }
    }

    fn atr(&self) -> Option<&[u8]> {
        Some(&self.answers[..self.answers.len().min(20)])
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::extended(Interface::Contactless)
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        Ok(())
    }
}
