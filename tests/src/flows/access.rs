//! Who may read what: every file against every way to open a card.

use std::collections::HashSet;

use host_lib::TerminalCertificates;
use iso7816::{CommandApdu, FileId, StatusWord};
use issuer::{Grant, specimen};
use secure_channel::Password;
use secure_channel::pace::Mapping;
use transport::CardTransport;

use crate::cards::holder::Truth;
use crate::cards::{Holder, TestCard};
use crate::terminal::{
    AUTHENTICATION_TERMINAL, CAM, EID, ICAO, INSPECTION_SYSTEM, Terminal, suite,
};

const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;

/// A way to open a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// No PACE at all.
    Nothing,
    /// The access code, in a local session.
    AccessCode,
    /// The machine-readable zone, in a local session.
    Mrz,
    /// PIN1, in a local session.
    Pin1,
    /// The PUK, in a local session.
    Puk,
    /// The access code, by an authentication terminal that has not authenticated yet.
    TerminalAccessCode,
    /// PIN1, by an authentication terminal that has not authenticated yet.
    TerminalPin1,
    /// The machine-readable zone, by an inspection system that has not authenticated yet.
    TerminalMrz,
}

use Opening::{AccessCode, Mrz, Nothing, Pin1, Puk, TerminalAccessCode, TerminalMrz, TerminalPin1};

impl Opening {
    const ALL: [Self; 8] = [
        Nothing,
        AccessCode,
        Mrz,
        Pin1,
        Puk,
        TerminalAccessCode,
        TerminalPin1,
        TerminalMrz,
    ];

    fn password(self, holder: &Holder) -> Option<Password> {
        let password = match self {
            Nothing => return None,
            AccessCode | TerminalAccessCode => Password::can(&holder.access_code()),
            Pin1 | TerminalPin1 => Password::pin(&holder.pin1()),
            Puk => Password::puk(&holder.puk()),
            Mrz | TerminalMrz => {
                let [number, birth, expiry] = holder.mrz_key();
                Password::mrz(&number, &birth, &expiry)
            }
        };
        Some(password.expect("a password"))
    }

    fn chat(self) -> &'static [u8] {
        match self {
            TerminalAccessCode | TerminalPin1 => AUTHENTICATION_TERMINAL,
            TerminalMrz => INSPECTION_SYSTEM,
            _ => &[],
        }
    }

    /// Whether PACE was run at all.
    fn is_secured(self) -> bool {
        self != Nothing
    }
}

/// Where a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    MasterFile,
    Eid,
    Icao,
}

impl Place {
    fn select(self, terminal: &mut Terminal<'_>) -> StatusWord {
        match self {
            Self::MasterFile => terminal.select_master_file(),
            Self::Eid => terminal.select_application(EID),
            Self::Icao => terminal.select_application(ICAO),
        }
    }
}

/// Who may read a file.
#[derive(Clone, Copy, Debug)]
enum Readers {
    Everybody,
    /// After PACE, of whatever kind.
    Secured,
    /// Local sessions of these.
    Local(&'static [Opening]),
    /// No session before its terminal has authenticated itself, whatever the password.
    Agencies,
}

impl Readers {
    fn include(self, opening: Opening) -> bool {
        match self {
            Self::Everybody => true,
            Self::Secured => opening.is_secured(),
            Self::Local(openings) => openings.contains(&opening),
            Self::Agencies => false,
        }
    }
}

/// A file of the card.
struct File<'c> {
    name: String,
    place: Place,
    id: u16,
    /// EF.GDO has none.
    short: Option<u8>,
    readers: Readers,
    contents: &'c [u8],
}

/// The table: each file of the card, and who may read it.
fn table(card: &TestCard) -> Vec<File<'_>> {
    let image = card.image();
    let mut files = Vec::new();
    let mut file = |name: &str, place, id: u16, readers, contents| {
        files.push(File {
            name: name.to_owned(),
            place,
            id,
            short: match id {
                0x2F00 => Some(0x1E),
                0x2F01 => Some(0x01),
                0x2F02 => None,
                _ => Some((id & 0x1F) as u8),
            },
            readers,
            contents,
        });
    };
    let public = Readers::Local(&[AccessCode, Pin1]);
    let icao_zone = if card.holder.access_code_opens_icao() {
        Readers::Local(&[Mrz, AccessCode])
    } else {
        Readers::Local(&[Mrz])
    };

    let master = &image.master_file;
    let mf = Place::MasterFile;
    file(
        "EF.ATR/INFO",
        mf,
        0x2F01,
        Readers::Everybody,
        &master.atr_info[..],
    );
    file("EF.DIR", mf, 0x2F00, Readers::Everybody, &master.dir);
    file(
        "EF.CardAccess",
        mf,
        0x011C,
        Readers::Everybody,
        &master.card_access,
    );
    file(
        "EF.CardSecurity",
        mf,
        0x011D,
        Readers::Secured,
        &master.card_security,
    );
    if let Some(chip_security) = &master.chip_security {
        file(
            "EF.ChipSecurity",
            mf,
            0x011B,
            Readers::Agencies,
            chip_security,
        );
    }
    file("EF.GDO", mf, 0x2F02, Readers::Local(&[Pin1]), &master.gdo);

    file("eID EF.SOD", Place::Eid, 0x011D, public, &image.eid.sod);
    for (number, contents) in &image.eid.groups {
        let readers = match number {
            2 | 11 | 12 | 13 => public,
            3..=9 => Readers::Agencies,
            other => panic!("group {other} is not in the profile"),
        };
        let id = 0x0100 | u16::from(*number);
        file(
            &format!("eID DG{number}"),
            Place::Eid,
            id,
            readers,
            contents,
        );
    }
    if let Some(icao) = &image.icao {
        let place = Place::Icao;
        file("EF.COM", place, 0x011E, icao_zone, &icao.com);
        file("ICAO EF.SOD", place, 0x011D, icao_zone, &icao.sod);
        file("ICAO DG1", place, 0x0101, icao_zone, &icao.dg1);
        file("ICAO DG2", place, 0x0102, icao_zone, &icao.dg2);
        file("ICAO DG14", place, 0x010E, icao_zone, &icao.dg14);
        if let Some(dg15) = &icao.dg15 {
            file("ICAO DG15", place, 0x010F, icao_zone, dg15);
        }
    }
    files
}

/// Every file, opened in every way, with both mappings and by every command that reads: all of its
/// bytes where the table says so, and otherwise the status word 6982 and not one byte.
pub fn every_file_opens_to_whom_the_table_says(card: &mut dyn CardTransport, subject: &TestCard) {
    let files = table(subject);
    let mut cells = 0;
    for opening in Opening::ALL {
        for mapping in [Mapping::Generic, Mapping::ChipAuthentication] {
            let Some(mut terminal) = open(card, &subject.holder, opening, mapping) else {
                continue;
            };
            for file in &files {
                let cell = format!("{} for {opening:?}, {mapping:?}", file.name);
                if file.readers.include(opening) {
                    is_readable(&mut terminal, file, &cell);
                } else {
                    is_refused(&mut terminal, file, &files, &cell);
                }
                cells += 1;
            }
        }
    }
    println!(
        "{cells} cells: {} files, each opened in every way",
        files.len()
    );
}

/// `None` where a card has no such password.
fn open<'t>(
    card: &'t mut dyn CardTransport,
    holder: &Holder,
    opening: Opening,
    mapping: Mapping,
) -> Option<Terminal<'t>> {
    if matches!(opening, Mrz | TerminalMrz) && !holder.has_icao_application() {
        return None;
    }
    let mut terminal = Terminal::new(card);
    if let Some(password) = opening.password(holder) {
        let opened = terminal.pace(suite(mapping), &password, opening.chat());
        opened.unwrap_or_else(|status| panic!("{opening:?}, {mapping:?}: {status}"));
    }
    Some(terminal)
}

fn is_readable(terminal: &mut Terminal<'_>, file: &File<'_>, cell: &str) {
    let ok = StatusWord::OK;
    assert_eq!(file.place.select(terminal), ok, "{cell}");
    assert_eq!(terminal.select_file(FileId(file.id)), ok, "{cell}");
    let whole = terminal.read_whole();
    assert!(whole.as_deref() == Ok(file.contents), "{cell}, by SELECT");
    let mut answers = vec![
        ("READ BINARY", terminal.read_current(0)),
        ("odd READ BINARY", terminal.read_odd(0, 0)),
    ];
    // Again without a current file, so that the command names it.
    if let Some(short) = file.short {
        file.place.select(terminal);
        answers.push(("by short identifier", terminal.read_short(short)));
        file.place.select(terminal);
        answers.push((
            "odd, by short identifier",
            terminal.read_odd(short.into(), 0),
        ));
    }
    file.place.select(terminal);
    answers.push(("odd, by identifier", terminal.read_odd(file.id, 0)));
    for (way, answer) in answers {
        assert!(
            !answer.status.is_error(),
            "{cell}, {way}: {}",
            answer.status
        );
        let as_far = file.contents.get(..answer.data.len());
        assert!(
            !answer.data.is_empty() && as_far == Some(&answer.data),
            "{cell}, {way}"
        );
    }
}

fn is_refused(terminal: &mut Terminal<'_>, file: &File<'_>, files: &[File<'_>], cell: &str) {
    let selected = file.place.select(terminal);
    if file.place == Place::Icao {
        assert_eq!(selected, DENIED, "{cell}: the application");
    } else {
        assert_eq!(selected, StatusWord::OK, "{cell}");
        // The application is open, the file is not.
        let no_file = StatusWord::COMMAND_NOT_ALLOWED;
        assert_eq!(terminal.select_file(FileId(file.id)), DENIED, "{cell}");
        for (way, answer, status) in [
            ("READ BINARY", terminal.read_current(0), no_file),
            ("odd READ BINARY", terminal.read_odd(0, 0), no_file),
            ("odd, by identifier", terminal.read_odd(file.id, 0), DENIED),
        ] {
            assert_eq!(
                (answer.status, answer.data.len()),
                (status, 0),
                "{cell}, {way}"
            );
        }
        if let Some(short) = file.short {
            for (way, answer) in [
                ("by short identifier", terminal.read_short(short)),
                (
                    "odd, by short identifier",
                    terminal.read_odd(short.into(), 0),
                ),
            ] {
                assert_eq!(
                    (answer.status, answer.data.len()),
                    (DENIED, 0),
                    "{cell}, {way}"
                );
            }
        }
    }
    // From any other directory: nothing, or that directory's own file of this identifier.
    for place in [Place::MasterFile, Place::Eid] {
        if place == file.place || place.select(terminal) != StatusWord::OK {
            continue;
        }
        let mut answers = vec![
            terminal.read_odd(file.id, 0),
            select_and_read(terminal, file.id),
        ];
        if let Some(short) = file.short {
            place.select(terminal);
            answers.push(terminal.read_short(short));
        }
        for answer in answers {
            if answer.data.is_empty() {
                let expected = [StatusWord::FILE_NOT_FOUND, DENIED];
                assert!(
                    expected.contains(&answer.status),
                    "{cell}, from {place:?}: {}",
                    answer.status
                );
                continue;
            }
            let own = files.iter().find(|own| {
                let same = own.id == file.id || own.short == file.short;
                own.place == place && same && own.contents.starts_with(&answer.data)
            });
            assert!(
                own.is_some(),
                "{cell}, from {place:?}: bytes of no file there"
            );
        }
    }
}

fn select_and_read(terminal: &mut Terminal<'_>, id: u16) -> iso7816::ResponseApdu {
    let status = terminal.select_file(FileId(id));
    if status.is_error() {
        return status.into();
    }
    terminal.read_current(0)
}

/// Asks a card on its holder's own reader for every file by every name that there is, and looks for what only an agency
/// opens in everything that comes back.
///
/// Two tests share the work: with the access code from the master file, with PIN1 from the eID application.
pub fn no_protected_value_is_reachable_on_the_holders_own_reader(
    card: &mut dyn CardTransport,
    subject: &TestCard,
    from: Searched,
) {
    let secrets = Secrets::of(subject);
    let opening = match from {
        Searched::MasterFile => AccessCode,
        Searched::Eid => Pin1,
    };
    let mut terminal = open(card, &subject.holder, opening, Mapping::ChipAuthentication)
        .expect("this card has both codes");
    let mut bytes = 0;
    let mut found = Vec::new();
    let mut look = |answer: &iso7816::ResponseApdu, asked: &dyn core::fmt::Debug| {
        secrets.must_not_be_in(&answer.data, asked);
        bytes += answer.data.len();
    };

    let enter = |terminal: &mut Terminal<'_>| {
        let status = match from {
            Searched::MasterFile => terminal.select_master_file(),
            Searched::Eid => terminal.select_application(EID),
        };
        assert_eq!(status, StatusWord::OK);
    };
    enter(&mut terminal);

    // Every identifier there is, by SELECT and by READ BINARY with odd instruction.
    for id in 0..=u16::MAX {
        let [p1, p2] = id.to_be_bytes();
        let select = CommandApdu::new(0x00, 0xA4, 0x02, 0x00).with_data(id.to_be_bytes());
        let answer = terminal.send(&select.with_ne(256));
        look(&answer, &("SELECT", id));
        if !answer.status.is_error() {
            found.push(id);
            if let Ok(contents) = terminal.read_whole() {
                look(
                    &iso7816::ResponseApdu::new(contents, StatusWord::OK),
                    &("whole", id),
                );
            }
        }
        let read = CommandApdu::new(0x00, 0xB1, p1, p2).with_data([0x54, 0x01, 0x00]);
        look(
            &terminal.send(&read.with_ne(65_536)),
            &("odd READ BINARY", id),
        );
    }

    // Paths and the other ways of SELECT, for what could be an identifier of a file or directory.
    let likely = (0x0100..=0x011F)
        .chain([
            0x2F00, 0x2F01, 0x2F02, 0x3F00, 0x3FFF, 0x7F00, 0x7F01, 0x5031, 0x5032,
        ])
        .chain((0xE800..=0xE807).chain(0xA000..=0xA002));
    let likely: Vec<u16> = likely.collect();
    let mut paths: Vec<Vec<u8>> = Vec::new();
    for one in &likely {
        paths.push(one.to_be_bytes().to_vec());
        for other in &likely {
            paths.push([one.to_be_bytes(), other.to_be_bytes()].concat());
        }
    }
    for path in &paths {
        for p1 in [0x00, 0x01, 0x02, 0x08, 0x09] {
            if path.len() > 2 && p1 < 0x08 {
                continue;
            }
            enter(&mut terminal);
            for p2 in [0x00, 0x04, 0x0C] {
                let select = CommandApdu::new(0x00, 0xA4, p1, p2).with_data(path.clone());
                let answer = terminal.send(&select.with_ne(256));
                look(&answer, &("SELECT", p1, path));
                if answer.status.is_error() {
                    break;
                }
                look(
                    &terminal.read_current(0),
                    &("READ BINARY after SELECT", p1, path),
                );
            }
        }
    }

    // Short identifiers, at the start and further on, with every way of READ BINARY.
    enter(&mut terminal);
    for p1 in 0x00..=0xFF {
        for p2 in [0x00, 0x01, 0x10, 0x20, 0x80, 0xFF] {
            for ins in [0xB0, 0xB1] {
                let read = CommandApdu::new(0x00, ins, p1, p2).with_ne(65_536);
                let read = match ins {
                    0xB0 => read,
                    _ => read.with_data([0x54, 0x02, 0x00, 0x10]),
                };
                look(&terminal.send(&read), &(ins, p1, p2));
            }
        }
    }

    // Every other instruction, plainly.
    for ins in (0x00..=0xFF).filter(|ins| !matches!(ins, 0x44 | 0x04 | 0x2C)) {
        for (p1, p2) in [(0x00, 0x00), (0x01, 0x09), (0x3F, 0xFF), (0x00, 0x5A)] {
            let command = CommandApdu::new(0x00, ins, p1, p2).with_ne(65_536);
            look(&terminal.send(&command), &(ins, p1, p2));
        }
    }
    assert!(bytes > 20_000, "the public portrait alone is longer");
    println!("{from:?}: files {found:04X?}, {bytes} bytes looked through");
}

/// The directory from which a search starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searched {
    /// The master file.
    MasterFile,
    /// The eID application. The ICAO application does not even open with the access code.
    Eid,
}

/// What only an agency opens.
struct Secrets {
    /// The values of fields, in UTF-8.
    values: Vec<String>,
    /// Runs of bytes that are in a protected file and in no other.
    runs: HashSet<[u8; RUN]>,
}

const RUN: usize = 8;

impl Secrets {
    fn of(subject: &TestCard) -> Self {
        let files = table(subject);
        let is_protected = |file: &&File<'_>| {
            file.name.starts_with("eID DG") && matches!(file.readers, Readers::Agencies)
        };
        let (protected, open): (Vec<_>, Vec<_>) = files.iter().partition(is_protected);
        assert_eq!(protected.len(), 7, "seven protected groups");
        let runs = |files: &[&File<'_>]| -> HashSet<[u8; RUN]> {
            let files = files.iter();
            files
                .flat_map(|file| file.contents.array_windows().copied())
                .collect()
        };
        let elsewhere = runs(&open);
        let runs = runs(&protected);
        let runs: HashSet<_> = runs.difference(&elsewhere).copied().collect();
        let values = protected
            .iter()
            .flat_map(|file| subject.holder.group((file.id & 0xFF) as u8));
        // The access code is known to whoever opened the card with it, and the letter of the sex is
        // everywhere; both are looked for by the bytes around them.
        let values = values.filter(|(name, _)| !["can", "sex"].contains(name));
        let values = values.filter_map(|(_, truth)| match truth {
            Truth::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        });
        let values: Vec<String> = values.collect();
        for value in &values {
            let holds = |file: &&&File<'_>| contains(file.contents, value.as_bytes());
            let elsewhere = open.iter().find(holds).map(|file| &file.name);
            assert_eq!(elsewhere, None, "{value} is no secret");
        }
        assert!(values.len() >= 8 && runs.len() > 1000);
        Self { values, runs }
    }

    fn must_not_be_in(&self, data: &[u8], asked: &dyn core::fmt::Debug) {
        for value in &self.values {
            assert!(
                !contains(data, value.as_bytes()),
                "{asked:?} gave a protected value"
            );
        }
        let secret = data.array_windows().find(|run| self.runs.contains(*run));
        assert!(
            secret.is_none(),
            "{asked:?} gave bytes of a protected group"
        );
    }
}

fn contains(data: &[u8], value: &[u8]) -> bool {
    data.windows(value.len()).any(|window| window == value)
}

/// What is looked for is really there to be found: an agency finds it.
pub fn the_search_finds_protected_values_as_an_agency(
    card: &mut dyn CardTransport,
    subject: &TestCard,
) {
    let secrets = Secrets::of(subject);
    let mut terminal = Terminal::new(card);
    let password = Pin1.password(&subject.holder).expect("PIN1");
    let agency = specimen::agency("ALL", &Grant::everything());
    let certificates = TerminalCertificates::parse(&agency.certificates).expect("certificates");
    let chain: Vec<_> = certificates.chain().cloned().collect();
    terminal
        .pace(CAM, &password, AUTHENTICATION_TERMINAL)
        .expect("PIN1");
    let committed = terminal
        .authenticate(&chain, &agency.key)
        .expect("a terminal");
    let chip = subject.image().keys.generation.public_key().expect("a key");
    terminal
        .let_the_chip_prove_itself(committed, chip)
        .expect("the chip");
    terminal.select_application(EID);
    let mut found = 0;
    for group in 3..=9 {
        assert_eq!(terminal.select_file(FileId(0x0100 | group)), StatusWord::OK);
        let contents = terminal.read_whole().expect("a protected group");
        let value = secrets
            .values
            .iter()
            .filter(|value| contains(&contents, value.as_bytes()));
        found += value.count();
        assert!(
            contents
                .array_windows()
                .any(|run| secrets.runs.contains(run))
        );
    }
    assert!(found >= secrets.values.len());
}
