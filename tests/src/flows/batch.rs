//! Two cards of a batch: whoever has no code cannot tell one from the other.

use iso7816::CommandApdu;
use rand_core::Rng;
use transport::CardTransport;

use crate::cards::rng;
use crate::terminal::{AUTHENTICATION_TERMINAL, CAM, EID, GM, ICAO, INSPECTION_SYSTEM};

/// Every command in a long list, and random ones in random order, answered by both cards: byte for byte
/// alike, error answers and the answer to reset included. Only the encrypted nonce of PACE differs,
/// and it is random.
///
/// Both chips must have been given the same randomness, since this is not about that. Returns how many
/// commands were answered.
pub fn two_cards_answer_alike_before_pace(
    one: &mut dyn CardTransport,
    other: &mut dyn CardTransport,
    seeds: core::ops::Range<u64>,
) -> usize {
    let mut answered = 0;
    let mut listed = Both::new(one, other);
    for command in commands() {
        listed.exchange(&command);
    }
    answered += listed.answered;
    for seed in seeds {
        let mut both = Both::new(one, other);
        let mut random = Random(rng(seed));
        for _ in 0..random.below(60) {
            let command = random.command();
            both.exchange(&command);
        }
        answered += both.answered;
    }
    answered
}

struct Both<'t> {
    one: &'t mut dyn CardTransport,
    other: &'t mut dyn CardTransport,
    answered: usize,
}

impl<'t> Both<'t> {
    fn new(one: &'t mut dyn CardTransport, other: &'t mut dyn CardTransport) -> Self {
        one.reset().expect("the card comes back");
        other.reset().expect("the card comes back");
        assert_eq!(one.atr(), other.atr());
        Self {
            one,
            other,
            answered: 0,
        }
    }

    fn exchange(&mut self, command: &[u8]) {
        let mut answers = [
            self.one.transmit(command).expect("an answer"),
            self.other.transmit(command).expect("an answer"),
        ];
        for answer in &mut answers {
            // Dynamic authentication data with an encrypted nonce of one AES block: 7C 12 80 10.
            if answer.starts_with(&[0x7C, 0x12, 0x80, 0x10]) {
                answer[4..20].fill(0);
            }
        }
        let [one, other] = answers;
        assert!(
            one == other,
            "{:02X?} tells the cards apart: {} and {} bytes, {:02X?} and {:02X?}",
            &command[..command.len().min(16)],
            one.len(),
            other.len(),
            &one[..one.len().min(16)],
            &other[..other.len().min(16)]
        );
        self.answered += 1;
    }
}

/// Files, directories, templates, and every instruction.
fn commands() -> Vec<Vec<u8>> {
    let mut commands = Vec::new();
    let mut push = |command: CommandApdu| commands.push(command.to_bytes());
    for application in [
        None,
        Some(EID),
        Some(ICAO),
        Some(&[0xA0, 0x00, 0x00, 0x00, 0x63][..]),
    ] {
        let enter = match application {
            None => CommandApdu::new(0x00, 0xA4, 0x00, 0x00),
            Some(name) => CommandApdu::new(0x00, 0xA4, 0x04, 0x00).with_data(name),
        };
        push(enter.clone().with_ne(256));
        for short in 0x00..=0x1F {
            for offset in [0x00, 0x01, 0xFF] {
                push(CommandApdu::new(0x00, 0xB0, 0x80 | short, offset).with_ne(256));
            }
            for [p1, p2] in [[0x00, short], [0x01, short]] {
                let odd = CommandApdu::new(0x00, 0xB1, p1, p2).with_data([0x54, 0x01, 0x00]);
                push(odd.clone().with_ne(256));
                push(odd.with_ne(65_536));
            }
        }
        push(enter);
        for id in (0x0100..=0x0120_u16).chain([0x2F00, 0x2F01, 0x2F02, 0x3F00, 0x5031, 0x5032]) {
            for p1 in [0x00, 0x01, 0x02, 0x08, 0x09] {
                for p2 in [0x00, 0x04, 0x0C] {
                    let select = CommandApdu::new(0x00, 0xA4, p1, p2);
                    push(select.with_data(id.to_be_bytes()).with_ne(256));
                }
                push(CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_ne(65_536));
            }
        }
    }
    for suite in [GM, CAM] {
        for reference in 0..=5 {
            for chat in [&[][..], AUTHENTICATION_TERMINAL, INSPECTION_SYSTEM] {
                for parameters in [None, Some(12), Some(13), Some(15)] {
                    let mut template = vec![0x80, 0x0A];
                    template.extend(suite.protocol.oid());
                    template.extend([0x83, 0x01, reference]);
                    template.extend(parameters.iter().flat_map(|id| [0x84, 0x01, *id]));
                    template.extend(chat);
                    let set = CommandApdu::new(0x00, 0x22, 0xC1, 0xA4).with_data(template);
                    push(set);
                    push(
                        CommandApdu::new(0x10, 0x86, 0x00, 0x00)
                            .with_data([0x7C, 0x00])
                            .with_ne(256),
                    );
                    push(
                        CommandApdu::new(0x00, 0x86, 0x00, 0x00)
                            .with_data([0x7C, 0x00])
                            .with_ne(256),
                    );
                }
            }
        }
    }
    for cla in [0x00, 0x01, 0x04, 0x0C, 0x10, 0x1C, 0x40, 0x80, 0xFF] {
        for ins in 0x00..=0xFF {
            for [p1, p2] in [
                [0x00, 0x00],
                [0x02, 0x03],
                [0x03, 0x03],
                [0x10, 0x03],
                [0x41, 0xA4],
            ] {
                commands.push(vec![cla, ins, p1, p2]);
                commands.push(vec![cla, ins, p1, p2, 0x02, 0x7C, 0x00]);
            }
        }
    }
    commands.extend([
        vec![],
        vec![0x00],
        vec![0x00; 3],
        vec![0x00; 300],
        vec![0xFF; 40_000],
    ]);
    commands
}

/// Random commands, mostly such as mean something.
struct Random<R>(R);

impl<R: Rng> Random<R> {
    fn below(&mut self, bound: u32) -> u32 {
        self.0.next_u32() % bound
    }

    fn of<T: Copy>(&mut self, alternatives: &[T]) -> T {
        alternatives[self.below(alternatives.len() as u32) as usize]
    }

    fn bytes(&mut self, most: u32) -> Vec<u8> {
        let mut bytes = vec![0; self.below(most + 1) as usize];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    fn command(&mut self) -> Vec<u8> {
        let cla = self.of(&[0x00, 0x00, 0x00, 0x00, 0x10, 0x0C, 0x80, 0x01]);
        let ne = self.of(&[None, Some(256), Some(65_536), Some(8)]);
        let id = self.of(&[
            0x0101, 0x0102, 0x0104, 0x010B, 0x010E, 0x011B, 0x011C, 0x011D, 0x2F00, 0x2F01, 0x2F02,
            0x3F00_u16,
        ]);
        let p2 = self.of(&[0x00, 0x04, 0x0C]);
        let command = match self.below(10) {
            0 => CommandApdu::new(cla, 0xA4, 0x04, p2).with_data(self.of(&[EID, ICAO, &EID[..5]])),
            1 => {
                let p1 = self.of(&[0x00, 0x01, 0x02, 0x03, 0x08, 0x09]);
                CommandApdu::new(cla, 0xA4, p1, p2).with_data(id.to_be_bytes())
            }
            2 => {
                let p1 = self.of(&[0x00, 0x01, 0x81, 0x82, 0x8B, 0x9C, 0x9D, 0x9E]);
                CommandApdu::new(cla, 0xB0, p1, self.below(256) as u8)
            }
            3 => {
                let [p1, p2] = id.to_be_bytes();
                let offset = self.bytes(3);
                CommandApdu::new(cla, 0xB1, p1, p2)
                    .with_data(iso7816::tlv::encode(iso7816::tlv::Tag(0x54), &offset))
            }
            4 => {
                let suite = self.of(&[GM, CAM]);
                let mut template = vec![0x80, 0x0A];
                template.extend(suite.protocol.oid());
                template.extend([0x83, 0x01, self.below(5) as u8]);
                CommandApdu::new(cla, 0x22, 0xC1, 0xA4).with_data(template)
            }
            5 => CommandApdu::new(self.of(&[0x10, 0x00]), 0x86, 0x00, 0x00).with_data([0x7C, 0x00]),
            6 => {
                let tag = self.of(&[0x81, 0x83, 0x85]);
                let object = iso7816::tlv::encode(iso7816::tlv::Tag(tag), &self.bytes(70));
                let data = iso7816::tlv::encode(iso7816::tlv::Tag(0x7C), &object);
                CommandApdu::new(self.of(&[0x10, 0x00]), 0x86, 0x00, 0x00).with_data(data)
            }
            7 => CommandApdu::new(0x00, 0xC0, 0x00, 0x00),
            8 => {
                let inner = self.bytes(20);
                CommandApdu::new(self.of(&[0x00, 0x10]), 0xC2, 0x00, 0x00).with_data(inner)
            }
            _ => {
                let header = [(); 3].map(|()| self.below(256) as u8);
                CommandApdu::new(cla, header[0], header[1], header[2]).with_data(self.bytes(40))
            }
        };
        match ne {
            Some(ne) => command.with_ne(ne).to_bytes(),
            None => command.to_bytes(),
        }
    }
}
