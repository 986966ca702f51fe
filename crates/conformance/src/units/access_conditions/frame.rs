//! What every case about access has in common: PACE with a CHAT, a chain of certificates, Terminal and Chip Authentication; and
//! then something that is allowed or is not.

use cvc::TerminalType;
use iso7816::CommandApdu;
use secure_channel::PasswordId;
use secure_channel::auxiliary_data::AuxiliaryData;

use crate::bench::{EID, EPASSPORT, chat, unrestricted};
use crate::{Answer, Bench, CHECKING_ERROR, OK, Stop, TerminalRun};

/// A terminal: how its session begins, and the chain that ends with its certificate.
#[derive(Clone, Debug)]
pub(in crate::units) struct Terminal {
    password: PasswordId,
    /// DO 7F4C of PACE.
    chat: Vec<u8>,
    chain: [String; 2],
}

impl Terminal {
    /// An inspection system with the document's CHAT that restricts nothing.
    pub(in crate::units) fn inspecting(password: PasswordId, chain: [&str; 2]) -> Self {
        Self::new(
            password,
            unrestricted(TerminalType::InspectionSystem),
            chain,
        )
    }

    /// An inspection system with this CHAT.
    pub(in crate::units) fn inspecting_with(
        password: PasswordId,
        bits: u8,
        chain: [&str; 2],
    ) -> Self {
        let chat = chat(TerminalType::InspectionSystem, &[bits]);
        Self::new(password, chat, chain)
    }

    /// An authentication terminal with these bits of [`rights`] in its CHAT.
    pub(in crate::units) fn authenticating(
        password: PasswordId,
        bits: u64,
        chain: [&str; 2],
    ) -> Self {
        let [_, _, _, bits @ ..] = bits.to_be_bytes();
        let chat = chat(TerminalType::AuthenticationTerminal, &bits);
        Self::new(password, chat, chain)
    }

    fn new(password: PasswordId, chat: Vec<u8>, chain: [&str; 2]) -> Self {
        Self {
            password,
            chat,
            chain: chain.map(ToOwned::to_owned),
        }
    }

    /// PACE, which is the precondition, and steps 1 to 8: Terminal and Chip Authentication succeed.
    pub(in crate::units) fn authenticate(&self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        self.authenticate_asking(bench, AuxiliaryData::none())
    }

    /// The same with auxiliary data.
    pub(in crate::units) fn authenticate_asking(
        &self,
        bench: &mut Bench<'_>,
        asked: AuxiliaryData,
    ) -> Result<(), Stop> {
        self.authenticate_terminal(bench, asked)?;
        bench.step(8);
        bench.authenticate_chip()
    }

    /// The precondition and steps 1 to 7: Terminal Authentication succeeds.
    pub(in crate::units) fn authenticate_terminal(
        &self,
        bench: &mut Bench<'_>,
        asked: AuxiliaryData,
    ) -> Result<(), Stop> {
        let mut run = self.request_challenge(bench, asked)?;
        bench.step(7);
        run.authenticate(bench)?.expect(OK)?;
        run.finish(bench)
    }

    /// The precondition and steps 1 to 6: the chain is verified, and the card has given its challenge.
    pub(in crate::units) fn request_challenge(
        &self,
        bench: &mut Bench<'_>,
        asked: AuxiliaryData,
    ) -> Result<TerminalRun, Stop> {
        bench.preparing("precondition");
        bench.pace(self.password, &self.chat)?;
        let [verifier, terminal] = &self.chain;
        for (step, name) in [(1, verifier), (3, terminal)] {
            let certificate = bench.certificate(name)?;
            bench.step(step);
            // The trust-point is the one that PACE has named.
            let named = bench.trust_points().contains(&certificate.authority);
            bench.demand(step > 1 || named, "the trust-point in the answer of PACE")?;
            bench.set_dst(&certificate.authority)?.expect(OK)?;
            bench.step(step + 1);
            bench.verify_certificate(&certificate)?.expect(OK)?;
        }
        bench.step(5);
        let mut run = bench.terminal_run(terminal, asked)?;
        run.set_template(bench)?.expect(OK)?;
        bench.step(6);
        let challenge = run.challenge(bench)?.expect(OK)?;
        bench.demand(challenge.len() == 8, "a challenge of eight bytes")?;
        Ok(run)
    }
}

/// Bits of the relative authorization of authentication terminals (TR-03110-4, table 4), the last one first.
pub(in crate::units) mod rights {
    /// The document's CHAT (3.7), of which it says that it restricts nothing. It is older than data group 22 and the privileged
    /// terminals: whoever needs their bits adds them.
    pub(in crate::units) const UNRESTRICTED: u64 = 0x3E_1FFF_FFF7;
    pub(in crate::units) const AGE_VERIFICATION: u64 = 1;
    pub(in crate::units) const MUNICIPALITY_VERIFICATION: u64 = 1 << 1;
    pub(in crate::units) const PRIVILEGED_TERMINAL: u64 = 1 << 3;
    pub(in crate::units) const PIN_MANAGEMENT: u64 = 1 << 5;

    /// To read this group.
    pub(in crate::units) const fn read(group: u8) -> u64 {
        1 << (7 + group)
    }

    /// To write this group, which is one of 17 to 22.
    pub(in crate::units) const fn write(group: u8) -> u64 {
        1 << (54 - group)
    }
}

/// A data group of one of the applications.
#[derive(Clone, Copy, Debug)]
pub(in crate::units) enum Group {
    Eid(u8),
    EPassport(u8),
}

impl Group {
    /// Steps 9 and 10: it can be read.
    pub(in crate::units) fn is_read(self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        self.select_application(bench)?.expect(OK)?;
        bench.step(10);
        let byte = bench.read_first_byte(self.number())?.expect(OK)?;
        let begins_so = byte == [self.tag()];
        bench.demand(begins_so, "the first byte of the group, which is its tag")
    }

    /// Steps 9 and 10: it cannot be read.
    pub(in crate::units) fn is_not_read(self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        self.select_application(bench)?.expect(OK)?;
        bench.step(10);
        self.read_is_refused(bench)
    }

    /// Step 9: SELECT of its application.
    pub(in crate::units) fn select_application(
        self,
        bench: &mut Bench<'_>,
    ) -> Result<Answer, Stop> {
        bench.step(9);
        bench.select_application(match self {
            Self::Eid(_) => EID,
            Self::EPassport(_) => EPASSPORT,
        })
    }

    /// READ BINARY is answered with an error.
    pub(in crate::units) fn read_is_refused(self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        let answer = bench.read_first_byte(self.number())?;
        answer.expect(CHECKING_ERROR).map(drop)
    }

    /// UPDATE BINARY of its first bytes.
    pub(in crate::units) fn update(
        self,
        bench: &mut Bench<'_>,
        bytes: &[u8],
    ) -> Result<Answer, Stop> {
        bench.send(&CommandApdu::new(0x00, 0xD6, 0x80 | self.number(), 0x00).with_data(bytes))
    }

    /// Number and short file identifier.
    pub(in crate::units) const fn number(self) -> u8 {
        match self {
            Self::Eid(number) | Self::EPassport(number) => number,
        }
    }

    /// Of the eID application TR-03110-4, 2.1.1; of the other Doc 9303-10, 4.7.
    const fn tag(self) -> u8 {
        match self {
            Self::EPassport(2) => 0x75,
            Self::EPassport(4) => 0x76,
            Self::Eid(number) | Self::EPassport(number) => 0x60 + number,
        }
    }
}

/// The identifiers of a table's rows, each with its letter, which is also that of the certificate.
macro_rules! rows {
    ($template:literal: $($letter:literal)+) => {
        [$((concat!($template, $letter), $letter)),+]
    };
}

/// A row for each group of the eID application.
macro_rules! rows_of_groups {
    ($template:literal) => {
        (1..).zip($crate::units::access_conditions::frame::rows!(
            $template: "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v"
        ))
    };
}

/// A row for each group that terminals may write: 17 to 22.
macro_rules! rows_of_writable_groups {
    ($template:literal) => {
        (17..).zip($crate::units::access_conditions::frame::rows!($template: "a" "b" "c" "d" "e" "f"))
    };
}

pub(in crate::units) use {rows, rows_of_groups, rows_of_writable_groups};

#[cfg(test)]
mod tests {
    use super::rights::{UNRESTRICTED, read, write};

    /// Some CHATs of tables 15 and 16, as the document prints them.
    #[test]
    fn the_bits_of_groups_are_where_the_document_has_them() {
        for (group, printed) in [
            (1, 0x3E_1FFF_FEF7),
            (8, 0x3E_1FFF_7FF7),
            (9, 0x3E_1FFE_FFF7),
            (21, 0x3E_0FFF_FFF7),
            (22, UNRESTRICTED),
        ] {
            assert_eq!(UNRESTRICTED & !read(group), printed, "{group}");
        }
        for (group, printed) in [(17, 0x1F_1FFF_FFF7), (21, 0x3D_1FFF_FFF7)] {
            let writing = UNRESTRICTED | write(22);
            assert_eq!(writing & !write(group), printed, "{group}");
        }
    }
}
