//! Connecting to the driver, and being its card.

use std::format;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::string::ToString;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::message::{self, Incoming, Message};
use crate::{Cancel, CardDevice, Interface};

/// Where vpcd waits for a card in its first slot; the second slot's port is
/// the next one.
pub const FIRST_SLOT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0x8C7B);

/// How often the serving thread looks whether it should stop.
const SLICE: Duration = Duration::from_millis(50);

/// The waits of a virtual reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// After a first failed connection; doubled after every further one.
    pub first_retry: Duration,
    /// The longest wait between two attempts to connect, and for one attempt
    /// to succeed.
    pub last_retry: Duration,
    /// How long a card that lost its power stays away before it is put back.
    /// pcscd looks every 400 ms whether a card is there; one that comes back
    /// faster has not been away, to programs that hold on to its old session.
    pub absence: Duration,
}

impl Default for Pace {
    /// A tenth of a second, doubled up to five seconds; a second of absence.
    fn default() -> Self {
        Self {
            first_retry: Duration::from_millis(100),
            last_retry: Duration::from_secs(5),
            absence: Duration::from_secs(1),
        }
    }
}

/// What happens to a card in a virtual reader, for a log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// No driver waits there; another attempt follows.
    NoDriver {
        /// Why, in the operating system's words.
        reason: std::string::String,
        /// When.
        retry_in: Duration,
    },
    /// The card is in the reader.
    Connected,
    /// The reader switched it on.
    PoweredOn,
    /// The reader switched it off.
    PoweredOff,
    /// The reader reset it.
    Reset,
    /// A command was carried out.
    Exchange,
    /// The card lost its power over a command, and was taken out.
    Mute,
    /// The driver is gone; the card waits for it.
    Disconnected,
}

/// One slot of a virtual reader.
#[derive(Debug, Clone)]
pub struct VirtualReader {
    address: SocketAddr,
    interface: Interface,
    pace: Pace,
}

impl VirtualReader {
    /// The slot whose driver waits at this address, with a contact or a
    /// contactless card to be put into it.
    #[must_use]
    pub fn at(address: SocketAddr, interface: Interface) -> Self {
        Self {
            address,
            interface,
            pace: Pace::default(),
        }
    }

    /// Other waits.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Puts a card into the slot and serves it on a thread of its own, until
    /// it is [removed](Inserted::remove). Returns at once, be there a driver
    /// or not: the card waits for it, and for one that comes back.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn insert<D: CardDevice + 'static>(&self, card: D) -> io::Result<Inserted<D>> {
        let (reader, cancel) = (self.clone(), Cancel::new());
        let stop = cancel.clone();
        let (connected, first_connection) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("virtual reader".into())
            .spawn(move || {
                let mut card = card;
                let notice = |event| notify(&connected, &event);
                reader.serve(&mut card, &stop, notice);
                card
            })?;
        Ok(Inserted {
            thread: Some(thread),
            cancel,
            first_connection,
        })
    }

    /// Serves a card on the caller's thread until `cancel` is turned, which is
    /// seen within a tenth of a second, or after the command that the card is
    /// carrying out. The card is then switched off and taken out.
    pub fn serve(&self, card: &mut dyn CardDevice, cancel: &Cancel, mut notice: impl FnMut(Event)) {
        let mut wait = self.pace.first_retry;
        while !cancel.is_cancelled() {
            match self.connect() {
                Ok(stream) => {
                    wait = self.pace.first_retry;
                    notice(Event::Connected);
                    match self.session(&stream, card, cancel, &mut notice) {
                        Ok(End::Cancelled) => {}
                        Ok(End::Mute) => {
                            drop(stream);
                            notice(Event::Mute);
                            sleep(self.pace.absence, cancel);
                        }
                        // A driver that takes the connection and drops it has
                        // another card in the slot.
                        Err(_) => {
                            notice(Event::Disconnected);
                            sleep(self.pace.first_retry, cancel);
                        }
                    }
                    card.power_off();
                }
                Err(error) => {
                    notice(Event::NoDriver {
                        reason: error.to_string(),
                        retry_in: wait,
                    });
                    sleep(wait, cancel);
                    wait = wait.saturating_mul(2).min(self.pace.last_retry);
                }
            }
        }
    }

    /// A connection to the driver, and to nobody else.
    fn connect(&self) -> io::Result<TcpStream> {
        somebody_else(TcpStream::connect_timeout(
            &self.address,
            self.pace.last_retry,
        )?)
    }

    /// One connection, to its end.
    fn session(
        &self,
        mut stream: &TcpStream,
        card: &mut dyn CardDevice,
        cancel: &Cancel,
        notice: &mut impl FnMut(Event),
    ) -> io::Result<End> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SLICE))?;
        // The driver asks for the answer to reset, to see whether the card is
        // there, before it switches it on.
        let mut atr = card.power_on(self.interface);
        let mut incoming = Incoming::default();
        loop {
            if cancel.is_cancelled() {
                return Ok(End::Cancelled);
            }
            acknowledge_at_once(stream)?;
            match incoming.read_from(&mut stream)? {
                None | Some(Message::OtherControl) => {}
                Some(Message::PowerOn) => {
                    atr = card.power_on(self.interface);
                    notice(Event::PoweredOn);
                }
                Some(Message::PowerOff) => {
                    card.power_off();
                    notice(Event::PoweredOff);
                }
                Some(Message::Reset) => {
                    atr = card.reset();
                    notice(Event::Reset);
                }
                // A message without bytes would not be an answer: the driver
                // waits on, and its reader with it.
                Some(Message::AnswerToReset) if atr.is_empty() => return Ok(End::Mute),
                Some(Message::AnswerToReset) => message::write_to(&mut stream, &atr)?,
                Some(Message::Command(command)) => {
                    let answer = card.process(&command);
                    if answer.is_empty() {
                        return Ok(End::Mute);
                    }
                    message::write_to(&mut stream, &answer)?;
                    notice(Event::Exchange);
                }
            }
        }
    }
}

/// The ports of the slots are among those that the system gives to whoever connects. Where no driver listens, a connection can get the
/// very port to which it goes: it then reaches itself, and no driver could listen there as long as it stands.
fn somebody_else(stream: TcpStream) -> io::Result<TcpStream> {
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

/// The driver sends a control that is not answered and then asks for the
/// answer to reset, and the second message waits for the first one's
/// acknowledgement, which TCP likes to delay in the hope of an answer: a reset
/// would take a tenth of a second. The system forgets this wish at every
/// reception.
fn acknowledge_at_once(stream: &TcpStream) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    std::os::linux::net::TcpStreamExt::set_quickack(stream, true)?;
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
    Ok(())
}

/// How a connection ended that did not fail.
enum End {
    Cancelled,
    Mute,
}

/// Sleeps, unless and until it should stop.
fn sleep(duration: Duration, cancel: &Cancel) {
    let begin = Instant::now();
    loop {
        let left = duration.saturating_sub(begin.elapsed());
        if left.is_zero() || cancel.is_cancelled() {
            return;
        }
        thread::sleep(SLICE.min(left));
    }
}

fn notify(connected: &SyncSender<()>, event: &Event) {
    if *event == Event::Connected {
        // The first one fills the channel; nobody waits for more.
        let _ = connected.try_send(());
    }
}

/// A card in a virtual reader. Dropping it takes the card out.
#[derive(Debug)]
pub struct Inserted<D> {
    thread: Option<JoinHandle<D>>,
    cancel: Cancel,
    first_connection: std::sync::mpsc::Receiver<()>,
}

impl<D> Inserted<D> {
    /// Waits until the driver has taken the card. Afterwards pcscd needs up to
    /// half a second to see it.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] if there was no driver in all that time.
    pub fn wait_until_connected(&self, timeout: Duration) -> io::Result<()> {
        match self.first_connection.recv_timeout(timeout) {
            // Disconnected: it has been taken out meanwhile.
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Ok(()),
            Err(RecvTimeoutError::Timeout) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no vpcd took the card within {timeout:?}"),
            )),
        }
    }

    /// Takes the card out, once it has carried out its present command, and
    /// gives it back switched off. `None` if the card panicked.
    pub fn remove(mut self) -> Option<D> {
        self.stop()
    }

    fn stop(&mut self) -> Option<D> {
        self.cancel.cancel();
        self.thread.take()?.join().ok()
    }
}

impl<D> Drop for Inserted<D> {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::vec;
    use std::vec::Vec;

    /// Echoes a command behind which 9000 stands; a command of FF bytes takes
    /// its power away.
    #[derive(Debug, Default)]
    struct Echo {
        events: Vec<&'static str>,
    }

    impl CardDevice for Echo {
        fn power_on(&mut self, _: Interface) -> Vec<u8> {
            self.events.push("on");
            vec![0x3B, 0x00]
        }
        fn power_off(&mut self) {
            self.events.push("off");
        }
        fn reset(&mut self) -> Vec<u8> {
            self.events.push("reset");
            vec![0x3B, 0x01, 0x41]
        }
        fn process(&mut self, command: &[u8]) -> Vec<u8> {
            self.events.push("command");
            match command {
                [0xFF, ..] => Vec::new(),
                _ => [command, &[0x90, 0x00]].concat(),
            }
        }
    }

    fn hurried(listener: &TcpListener) -> VirtualReader {
        let brief = Duration::from_millis(5);
        VirtualReader::at(listener.local_addr().unwrap(), Interface::Contact).pace(Pace {
            first_retry: brief,
            last_retry: brief,
            absence: brief,
        })
    }

    fn say(driver: &mut TcpStream, payload: &[u8]) {
        message::write_to(driver, payload).unwrap();
    }

    fn hear(driver: &mut TcpStream) -> Vec<u8> {
        let mut length = [0; 2];
        driver.read_exact(&mut length).unwrap();
        let mut payload = vec![0; usize::from(u16::from_be_bytes(length))];
        driver.read_exact(&mut payload).unwrap();
        payload
    }

    #[test]
    fn the_driver_finds_a_card_that_is_switched_on_reset_asked_and_switched_off() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let inserted = hurried(&listener).insert(Echo::default()).unwrap();
        let (mut driver, _) = listener.accept().unwrap();
        inserted
            .wait_until_connected(Duration::from_secs(5))
            .unwrap();
        say(&mut driver, &[4]);
        assert_eq!(hear(&mut driver), [0x3B, 0x00], "before it is switched on");
        say(&mut driver, &[1]);
        say(&mut driver, &[2]);
        say(&mut driver, &[4]);
        assert_eq!(hear(&mut driver), [0x3B, 0x01, 0x41]);
        say(&mut driver, &[0x00, 0xA4]);
        assert_eq!(hear(&mut driver), [0x00, 0xA4, 0x90, 0x00]);
        say(&mut driver, &[0]);
        say(&mut driver, &[4]);
        hear(&mut driver);
        let card = inserted.remove().unwrap();
        assert_eq!(
            card.events,
            ["on", "on", "reset", "command", "off", "off"],
            "the last one when it was taken out"
        );
        assert_eq!(
            driver.read(&mut [0]).unwrap(),
            0,
            "the connection is closed"
        );
    }

    #[test]
    fn a_connection_that_reaches_itself_is_no_driver() {
        use socket2::{Domain, SockAddr, Socket, Type};

        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        socket.bind(&SockAddr::from(any)).unwrap();
        let own = socket.local_addr().unwrap();
        socket.connect(&own).unwrap();
        let itself = somebody_else(socket.into());
        assert_eq!(itself.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);

        let listener = TcpListener::bind(any).unwrap();
        let driver = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(somebody_else(driver).is_ok());
    }

    #[test]
    fn a_card_that_loses_its_power_is_taken_out_and_put_back() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let inserted = hurried(&listener).insert(Echo::default()).unwrap();
        let (mut driver, _) = listener.accept().unwrap();
        say(&mut driver, &[0xFF, 0xFF]);
        assert_eq!(driver.read(&mut [0]).unwrap(), 0);
        let (mut driver, _) = listener.accept().unwrap();
        say(&mut driver, &[0x00, 0xA4]);
        assert_eq!(hear(&mut driver), [0x00, 0xA4, 0x90, 0x00]);
        let card = inserted.remove().unwrap();
        assert_eq!(
            card.events,
            ["on", "command", "off", "on", "command", "off"]
        );
    }

    /// Comes to life at the third attempt.
    #[derive(Default)]
    struct Weak {
        attempts: u8,
    }

    impl Weak {
        fn answer_to_reset(&mut self) -> Vec<u8> {
            self.attempts += 1;
            match self.attempts {
                ..3 => Vec::new(),
                _ => vec![0x3B, 0x00],
            }
        }
    }

    impl CardDevice for Weak {
        fn power_on(&mut self, _: Interface) -> Vec<u8> {
            self.answer_to_reset()
        }
        fn power_off(&mut self) {}
        fn reset(&mut self) -> Vec<u8> {
            self.answer_to_reset()
        }
        fn process(&mut self, _: &[u8]) -> Vec<u8> {
            vec![0x90, 0x00]
        }
    }

    #[test]
    fn a_card_without_an_answer_to_reset_is_taken_out_and_put_back() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let inserted = hurried(&listener).insert(Weak::default()).unwrap();
        let (mut driver, _) = listener.accept().unwrap();
        say(&mut driver, &[4]);
        assert_eq!(driver.read(&mut [0]).unwrap(), 0, "switched on in vain");
        let (mut driver, _) = listener.accept().unwrap();
        say(&mut driver, &[4]);
        assert_eq!(driver.read(&mut [0]).unwrap(), 0, "and once more");
        let (mut driver, _) = listener.accept().unwrap();
        say(&mut driver, &[4]);
        assert_eq!(hear(&mut driver), [0x3B, 0x00]);
        drop(inserted);
    }

    #[test]
    fn a_driver_that_comes_late_or_again_finds_the_card_waiting() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let reader = hurried(&listener);
        drop(listener);
        let cancel = Cancel::new();
        let stop = cancel.clone();
        let (events, heard) = std::sync::mpsc::channel();
        let serving = thread::spawn(move || {
            let mut card = Echo::default();
            reader.serve(&mut card, &stop, |event| events.send(event).unwrap());
        });
        assert!(matches!(heard.recv().unwrap(), Event::NoDriver { .. }));
        for _ in 0..2 {
            let listener = TcpListener::bind(address).unwrap();
            let (driver, _) = listener.accept().unwrap();
            drop((driver, listener));
        }
        cancel.cancel();
        serving.join().unwrap();
        let count = |wanted: Event| heard.try_iter().filter(|event| *event == wanted).count();
        assert!(count(Event::Connected) >= 2);
    }

    #[test]
    fn the_wait_for_a_driver_doubles_up_to_its_limit() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let reader = hurried(&listener).pace(Pace {
            first_retry: Duration::from_millis(1),
            last_retry: Duration::from_millis(4),
            absence: Duration::ZERO,
        });
        drop(listener);
        let cancel = Cancel::new();
        let mut waits = Vec::new();
        reader.serve(&mut Echo::default(), &cancel, |event| {
            if let Event::NoDriver { retry_in, .. } = event {
                waits.push(retry_in.as_millis());
            }
            if waits.len() == 5 {
                cancel.cancel();
            }
        });
        assert_eq!(waits, [1, 2, 4, 4, 4]);
    }

    #[test]
    fn whoever_waits_for_a_driver_in_vain_is_told() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let reader = hurried(&listener);
        drop(listener);
        let inserted = reader.insert(Echo::default()).unwrap();
        let error = inserted
            .wait_until_connected(Duration::from_millis(20))
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn an_answer_too_long_for_the_driver_takes_the_card_out() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let inserted = hurried(&listener).insert(Echo::default()).unwrap();
        let (mut driver, _) = listener.accept().unwrap();
        let mut longest = vec![0xFF, 0xFE];
        longest.extend([0; 0xFFFE]);
        driver.write_all(&longest).unwrap();
        assert_eq!(driver.read(&mut [0]).unwrap(), 0);
        drop(inserted);
    }
}
