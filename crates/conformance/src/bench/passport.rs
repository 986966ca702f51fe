//! The ePassport application: opening it, and Chip Authentication version 1 with the keys of its data group 14.

use iso7816::{CommandApdu, ResponseApdu};
use lds::{Dg14, SecurityInfos};
use secure_channel::chip_authentication::terminal::{AwaitingAcknowledgement, start_version_1};
use secure_channel::secure_messaging::Terminal;
use secure_channel::{Error, PasswordId, SecureMessaging, SessionKeys};

use super::{Bench, ChipKey, EPASSPORT};
use crate::answer::{Answer, Protection};
use crate::{OK, Stop};

/// Tag of data group 1.
const DATA_GROUP_1: u8 = 0x61;
/// Short file identifier of data group 14.
const DATA_GROUP_14: u8 = 0x0E;

impl Bench<'_> {
    /// The precondition "Open ePassport Application" of TR-03105-3.2: PACE, with the machine-readable zone (2.1), and SELECT.
    ///
    /// # Errors
    /// [`Stop`] if it does not succeed.
    pub fn open_passport(&mut self) -> Result<(), Stop> {
        self.pace(PasswordId::Mrz, &[])?;
        self.select_application(EPASSPORT)?.expect(OK).map(drop)
    }

    /// The command that TR-03105-3.2 sends to see whether a channel stands, where the statement names no other (annex A, table
    /// 2): READ BINARY of data group 1.
    #[must_use]
    pub fn passport_command() -> CommandApdu {
        CommandApdu::new(0x00, 0xB0, 0x81, 0x00).with_ne(256)
    }

    /// Verifies with that command that the channel and the application still stand.
    ///
    /// # Errors
    /// [`Stop`] unless it is answered with data group 1 in secure messaging.
    pub fn passport_stands(&mut self) -> Result<(), Stop> {
        self.demand(self.has_channel(), "a channel")?;
        let answer = self.send(&Self::passport_command())?;
        self.is_group_1(answer)
    }

    /// Demands that the command was answered, and in the ePassport application: the master file has another file of the same short
    /// identifier.
    ///
    /// # Errors
    /// [`Stop::Unexpected`].
    pub fn is_group_1(&self, answer: Answer) -> Result<(), Stop> {
        let group = answer.expect(OK)?;
        self.demand(group.first() == Some(&DATA_GROUP_1), "data group 1")
    }

    /// The SecurityInfos of data group 14, read in the application that is open.
    ///
    /// # Errors
    /// [`Stop`] if it cannot be read.
    pub fn data_group_14(&mut self) -> Result<SecurityInfos, Stop> {
        let file = self.read_file(DATA_GROUP_14)?;
        let group = Dg14::parse(&file);
        let group =
            group.map_err(|error| self.unexpected("SecurityInfos in data group 14", error))?;
        Ok(group.security_infos().clone())
    }

    /// The keys of data group 14, one for each ChipAuthenticationInfo of version 1, for cases that the document repeats with each.
    ///
    /// # Errors
    /// [`Stop`] if there is none; [`Stop::Bench`] if one is not known here: the case would then say less than it seems to.
    pub fn passport_chip_keys(&mut self) -> Result<Vec<ChipKey>, Stop> {
        let infos = self.data_group_14()?;
        let announced = infos.chip_authentication_infos();
        let announced = announced.filter(|info| info.version == 1).count();
        let keys = ChipKey::of_version_1(&infos);
        match announced {
            0 => Err(self.unexpected("ChipAuthenticationInfo 1 in data group 14", "none")),
            _ if announced > keys.len() => {
                Err(self.cannot("data group 14 has a key that is not known here"))
            }
            _ => Ok(keys),
        }
    }

    /// Chip Authentication version 1 with this key of the chip, and an ephemeral key whose public key, uncompressed, is as the
    /// case wants it.
    ///
    /// # Errors
    /// [`Stop::Bench`] if there is no such ephemeral key among some thousands.
    pub fn passport_chip_run(
        &mut self,
        key: &ChipKey,
        fits: impl Fn(&[u8]) -> bool,
    ) -> Result<PassportChipRun, Stop> {
        let ephemeral = self.ephemeral_key_on(key.public_key().curve(), fits)?;
        let point = ephemeral.public_key().as_uncompressed().to_vec();
        let started = start_version_1(key.protocol(), key.public_key().clone(), ephemeral);
        let (waiting, agreement) = started.map_err(|error| self.cannot(error))?;
        Ok(PassportChipRun {
            template: key.template(),
            agreement,
            point,
            key: key.clone(),
            waiting,
        })
    }
}

/// A run of Chip Authentication version 1. Its commands are for the case to send.
pub struct PassportChipRun {
    template: CommandApdu,
    agreement: CommandApdu,
    point: Vec<u8>,
    key: ChipKey,
    waiting: AwaitingAcknowledgement,
}

impl core::fmt::Debug for PassportChipRun {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PassportChipRun").finish_non_exhaustive()
    }
}

impl PassportChipRun {
    /// MSE:Set AT.
    #[must_use]
    pub const fn template(&self) -> &CommandApdu {
        &self.template
    }

    /// GENERAL AUTHENTICATE.
    #[must_use]
    pub const fn agreement(&self) -> &CommandApdu {
        &self.agreement
    }

    /// The ephemeral public key, uncompressed.
    #[must_use]
    pub fn point(&self) -> &[u8] {
        &self.point
    }

    /// Sends a command under the new keys, whatever the card made of the ephemeral key: its answer is the chip's proof. If it has
    /// the right checksum, the new channel is the bench's from now on.
    ///
    /// # Errors
    /// [`Stop::Transport`], or [`Stop::Bench`] for a command that cannot be protected.
    pub fn send_under_new_keys(
        self,
        bench: &mut Bench<'_>,
        command: &CommandApdu,
    ) -> Result<Answer, Stop> {
        // The library restarts a channel that it is given; the old one stays with the bench, to see whether the card has left it.
        let stand_in = stand_in(&self.key);
        let stand_in = stand_in.map_err(|error| bench.cannot(error))?;
        let restarted = self.waiting.finish(&ResponseApdu::ok([]), stand_in);
        let mut channel = restarted.map_err(|(error, _)| bench.cannot(error))?;
        let protected = channel.wrap(command).map_err(|error| bench.cannot(error))?;
        let response = bench.raw(&protected.to_bytes())?;
        if !Bench::has_checksum(&response) {
            return Ok(bench.answered(response, Protection::Plain, Protection::Protected));
        }
        Ok(match channel.confirm(&response) {
            Ok((channel, inner, _)) => {
                bench.channel = Some(channel);
                bench.answered(inner, Protection::Protected, Protection::Protected)
            }
            Err(_) => bench.answered(response, Protection::Broken, Protection::Protected),
        })
    }
}

/// A channel under keys of zeros.
fn stand_in(key: &ChipKey) -> Result<SecureMessaging<Terminal>, Error> {
    let cipher = key.protocol().cipher;
    let zeros = vec![0; cipher.key_size()];
    SessionKeys::from_bytes(cipher, &zeros, &zeros).map(SecureMessaging::new)
}

/// GENERAL AUTHENTICATE for Chip Authentication version 1 was accepted: dynamic authentication data without contents.
pub(crate) const ACCEPTED: &[u8] = &[0x7C, 0x00];
