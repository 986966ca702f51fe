//! Who reads which group: every group, every password, every state of the terminal's rights and of the
//! chip's proof, every state of the card. One table, and the exact status word of each cell.

use applet_sim::{LifeCycle, Lockout};
use cvc::{Chat, Right, Role, SignatureAlgorithm, SigningKey, TerminalType};
use iso7816::StatusWord;
use issuer::{AgencyPki, Grant, Validity, specimen};
use neweid_tests::cards::{TestCard, rng};
use neweid_tests::terminal::{CAM, EID, Terminal};
use secure_channel::{Curve, EcPrivateKey, Password};

const PROTECTED: [u8; 7] = [3, 4, 5, 6, 7, 8, 9];
const GROUPS: [u8; 11] = [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13];

/// With which password the card was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    Can,
    Pin1,
    Puk,
}

/// What is true of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agency {
    /// A local session: the holder's own reader.
    Nobody,
    /// A CHAT in PACE, and no certificate after it.
    OnlyAnnounced,
    /// Its certificates do not have the right.
    WithoutTheRight,
    /// They do, and the holder did not confirm it.
    NotConfirmed,
    /// They do, and the holder did.
    WithTheRight,
}

/// What became of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    InUse,
    /// PIN1 is exhausted, and that locks the whole card (自動鎖卡).
    Locked,
    Terminated,
}

/// Whether this cell lets the group be read. The protected zone needs two keys: the holder's code, and an agency that the
/// ministry allows this group and whose holder confirmed it. No local session opens it, with PIN1 or without, though the chip
/// has proven itself in PACE there too.
fn may_read(card: Card, opened: Opened, agency: Agency, chip_proven: bool, group: u8) -> bool {
    let code = match opened {
        Opened::Pin1 => true,
        // The terminals of this table may all use the CAN.
        Opened::Can => true,
        Opened::Puk => false,
    };
    let right = match agency {
        Agency::Nobody => !PROTECTED.contains(&group),
        Agency::WithTheRight => chip_proven,
        _ => false,
    };
    card == Card::InUse && code && right
}

/// The office of one group: a terminal that may read it and nothing else, and one that may read all the
/// others.
struct Office {
    agencies: AgencyPki,
    key: SigningKey,
}

impl Office {
    fn open() -> Self {
        let key = EcPrivateKey::generate(Curve::P256, &mut rng(40)).expect("a key");
        Self {
            agencies: specimen::agencies(),
            key: SigningKey::new(SignatureAlgorithm::EcdsaSha256, key).expect("P-256"),
        }
    }

    /// A chain whose terminal may read these groups.
    fn chain(&mut self, groups: &[u8]) -> Vec<cvc::CvCertificate> {
        let grant = Grant::read(groups.iter().copied()).with(Right::CanAllowed);
        let validity = Validity::terminal(specimen::agencies_since()).expect("days");
        let terminal = self.agencies.terminal(
            AgencyPki::DOMESTIC,
            "OFFICE",
            &grant,
            self.key.verifying_key(),
            validity,
            &mut rng(41),
        );
        let terminal = terminal.expect("a certificate");
        self.agencies
            .chain_for(&terminal)
            .expect("a chain")
            .to_vec()
    }
}

fn chat(groups: &[u8]) -> Chat {
    let none = Chat::new(TerminalType::AuthenticationTerminal, Role::Terminal);
    let with_can = none.with(Right::CanAllowed);
    groups
        .iter()
        .fold(with_can, |chat, group| chat.with(Right::ReadGroup(*group)))
}

fn subject(card: Card) -> TestCard {
    TestCard::default_specimen().changed(|image| {
        let points = specimen::agencies().trust_points().expect("trust-points");
        image.eid.trust_points = Some(points);
        match card {
            Card::InUse => {}
            Card::Locked => {
                image.options.lockout = Lockout::Card;
                image.passwords.pin1_tries = 0;
            }
            Card::Terminated => image.options.life_cycle = LifeCycle::Terminated,
        }
    })
}

#[test]
fn every_group_opens_to_whom_the_table_says_and_to_nobody_else() {
    let mut office = Office::open();
    let (mut cells, mut open) = (0, 0);
    for card in [Card::InUse, Card::Locked, Card::Terminated] {
        let subject = subject(card);
        let mut inserted = subject.insert();
        let chip = subject.image().keys.generation.public_key().expect("a key");
        let holder = &subject.holder;
        for opened in [Opened::Can, Opened::Pin1, Opened::Puk] {
            let password = match opened {
                Opened::Can => Password::can(&holder.access_code()),
                Opened::Pin1 => Password::pin(&holder.pin1()),
                Opened::Puk => Password::puk(&holder.puk()),
            };
            let password = password.expect("digits");
            for agency in [
                Agency::Nobody,
                Agency::OnlyAnnounced,
                Agency::WithoutTheRight,
                Agency::NotConfirmed,
                Agency::WithTheRight,
            ] {
                for chip_proven in [false, true] {
                    for group in GROUPS {
                        let others: Vec<u8> =
                            GROUPS.into_iter().filter(|other| *other != group).collect();
                        let cell =
                            format!("{card:?} {opened:?} {agency:?} {chip_proven} DG{group}");
                        let mut terminal = Terminal::new(&mut inserted);
                        let confirmed = match agency {
                            Agency::Nobody => Vec::new(),
                            Agency::NotConfirmed => chat(&others).to_bytes(),
                            _ => chat(&GROUPS).to_bytes(),
                        };
                        let session = terminal.pace(CAM, &password, &confirmed);
                        if session.is_ok()
                            && !matches!(agency, Agency::Nobody | Agency::OnlyAnnounced)
                        {
                            let certified: &[u8] = match agency {
                                Agency::WithoutTheRight => &others,
                                _ => &GROUPS,
                            };
                            let chain = office.chain(certified);
                            let committed = terminal.authenticate(&chain, &office.key);
                            let committed =
                                committed.unwrap_or_else(|status| panic!("{cell}: {status}"));
                            if chip_proven {
                                terminal
                                    .let_the_chip_prove_itself(committed, chip.clone())
                                    .unwrap_or_else(|status| panic!("{cell}: {status}"));
                            }
                        }
                        let selected = terminal.select_application(EID);
                        let answer = terminal.read_short(group);
                        cells += 1;
                        if may_read(card, opened, agency, chip_proven, group) {
                            open += 1;
                            assert!(!answer.status.is_error(), "{cell}: {}", answer.status);
                            let contents = &subject.image().eid.groups[&group];
                            assert!(contents.starts_with(&answer.data), "{cell}");
                            assert!(!answer.data.is_empty(), "{cell}");
                        } else {
                            assert!(answer.data.is_empty(), "{cell}: bytes of the group");
                            // A terminated card has no application to select, and so no file there.
                            let expected = match card {
                                Card::Terminated => StatusWord::FILE_NOT_FOUND,
                                _ => StatusWord::SECURITY_STATUS_NOT_SATISFIED,
                            };
                            assert_eq!(answer.status, expected, "{cell} ({selected})");
                        }
                    }
                }
            }
        }
    }
    println!("{cells} cells, {open} of them open");
}
