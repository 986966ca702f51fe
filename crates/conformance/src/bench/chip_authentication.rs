//! Chip Authentication version 2, step by step.

use iso7816::{CommandApdu, ResponseApdu, tlv};
use lds::security_infos::{ChipAuthenticationInfo, ChipAuthenticationPublicKeyInfo};
use lds::{DomainParameters, SecurityInfos};
use secure_channel::chip_authentication::ChipAuthenticationProtocol;
use secure_channel::chip_authentication::terminal::{
    AwaitingToken, set_authentication_template, start_version_2,
};
use secure_channel::secure_messaging::Terminal;
use secure_channel::{Curve, EcPublicKey, SecureMessaging};

use super::Bench;
use crate::{Answer, OK, Profile, Stop};

/// DO 80 of GENERAL AUTHENTICATE.
const EPHEMERAL_PUBLIC_KEY: tlv::Tag = tlv::Tag(0x80);

/// A run of Chip Authentication with the key to which Terminal Authentication committed.
pub struct ChipAuthenticationRun {
    template: CommandApdu,
    agreement: CommandApdu,
    point: Vec<u8>,
    waiting: AwaitingToken,
    answer: Option<ResponseApdu>,
}

impl core::fmt::Debug for ChipAuthenticationRun {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ChipAuthenticationRun")
            .finish_non_exhaustive()
    }
}

impl ChipAuthenticationRun {
    /// What [`set_template`](Self::set_template) sends.
    #[must_use]
    pub const fn template(&self) -> &CommandApdu {
        &self.template
    }

    /// What [`agree`](Self::agree) sends.
    #[must_use]
    pub const fn agreement(&self) -> &CommandApdu {
        &self.agreement
    }

    /// The ephemeral public key to which the terminal committed, uncompressed.
    #[must_use]
    pub fn point(&self) -> &[u8] {
        &self.point
    }

    /// MSE:Set AT.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn set_template(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        bench.send(&self.template)
    }

    /// GENERAL AUTHENTICATE.
    ///
    /// # Errors
    /// As for [`Bench::send`].
    pub fn agree(&mut self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        let answer = bench.send(&self.agreement)?;
        self.answer = Some(answer.response.clone());
        Ok(answer)
    }

    /// Verifies the chip's token and goes over to the new keys; the old channel comes back.
    ///
    /// # Errors
    /// [`Stop::Unexpected`] if the token is wrong.
    pub fn finish(self, bench: &mut Bench<'_>) -> Result<SecureMessaging<Terminal>, Stop> {
        let Some(answer) = self.answer else {
            return Err(bench.cannot("there is no token yet"));
        };
        let (keys, _) = self
            .waiting
            .finish(&answer)
            .map_err(|error| bench.unexpected("the chip's authentication token", error))?;
        let new = SecureMessaging::new(keys);
        let old = bench.channel.replace(new);
        old.ok_or_else(|| bench.cannot("there is no channel"))
    }
}

impl Bench<'_> {
    /// A run of Chip Authentication; it uses up the key to which the last Terminal Authentication committed.
    ///
    /// # Errors
    /// [`Stop::Bench`] without Terminal Authentication before; [`Stop`] if the chip's key cannot be read.
    pub fn chip_run(&mut self) -> Result<ChipAuthenticationRun, Stop> {
        let Some(committed) = self.committed.take() else {
            return Err(self.cannot("there was no Terminal Authentication"));
        };
        let key = self.static_key()?;
        let template = key.template();
        let point = committed.public_key().as_uncompressed().to_vec();
        let started = start_version_2(key.protocol, key.key, committed);
        let (waiting, agreement) = started.map_err(|error| self.cannot(error))?;
        Ok(ChipAuthenticationRun {
            template,
            agreement,
            point,
            waiting,
            answer: None,
        })
    }

    /// The precondition that Chip Authentication was performed.
    ///
    /// # Errors
    /// [`Stop`] if it does not succeed.
    pub fn authenticate_chip(&mut self) -> Result<(), Stop> {
        let mut run = self.chip_run()?;
        run.set_template(self)?.expect(OK)?;
        run.agree(self)?.expect(OK)?;
        run.finish(self).map(drop)
    }

    /// MSE:Set AT for Chip Authentication with the card's first key, whatever was done before.
    ///
    /// # Errors
    /// [`Stop`] if EF.CardSecurity cannot be read.
    pub fn chip_template(&mut self) -> Result<CommandApdu, Stop> {
        self.static_key().map(|key| key.template())
    }

    /// The same with this reference, whatever the key's own is.
    ///
    /// # Errors
    /// As for [`chip_template`](Self::chip_template).
    pub fn chip_template_naming(&mut self, reference: &[u8]) -> Result<CommandApdu, Stop> {
        Ok(self.static_key()?.template_naming(reference))
    }

    /// GENERAL AUTHENTICATE for Chip Authentication with these bytes for the ephemeral public key.
    #[must_use]
    pub fn chip_agreement(point: &[u8]) -> CommandApdu {
        Self::chip_agreement_under(EPHEMERAL_PUBLIC_KEY, point)
    }

    /// The same under another tag than 80.
    #[must_use]
    pub fn chip_agreement_under(tag: tlv::Tag, point: &[u8]) -> CommandApdu {
        let object = tlv::encode(tag, point);
        let template = tlv::encode(tlv::Tag(0x7C), &object);
        CommandApdu::new(0x00, 0x86, 0x00, 0x00)
            .with_data(template)
            .with_ne(256)
    }

    /// The chip's static public key: the first in EF.CardSecurity, or the one that was chosen.
    ///
    /// # Errors
    /// [`Stop`] if EF.CardSecurity cannot be read or has none on a curve that is known.
    pub fn chip_key(&mut self) -> Result<EcPublicKey, Stop> {
        self.static_key().map(|chosen| chosen.key)
    }

    /// The curve of that key. Where EF.CardSecurity is for authenticated terminals alone, EF.CardAccess says it (TR-03110-3,
    /// A.1.2.1).
    ///
    /// # Errors
    /// [`Stop`] if it cannot be read there or is not known here.
    pub fn chip_curve(&mut self) -> Result<Curve, Stop> {
        if !self.statement.has(Profile::CardSecurityNeedsTerminal) {
            return self.chip_key().map(|key| key.curve());
        }
        let infos = self.card_access()?;
        let curve = infos
            .chip_authentication_domain_parameter_infos()
            .find_map(|info| {
                let parameters = DomainParameters::from_algorithm(&info.domain_parameter).ok()?;
                Curve::from_parameter_id(parameters.standardized()?.id())
            });
        curve.ok_or_else(|| {
            self.unexpected(
                "ChipAuthenticationDomainParameterInfo in EF.CardAccess",
                "none",
            )
        })
    }

    /// Every key that EF.CardSecurity has, for cases that the document repeats with each.
    ///
    /// # Errors
    /// [`Stop`] if EF.CardSecurity cannot be read or has none; [`Stop::Bench`] if one is not known here: the case would then
    /// say less than it seems to.
    pub fn chip_keys(&mut self) -> Result<Vec<ChipKey>, Stop> {
        let infos = self.card_security()?;
        self.every_key(&infos, "EF.CardSecurity")
    }

    /// The keys of EF.ChipSecurity, which privileged terminals may use. It is read in the session that there is.
    ///
    /// # Errors
    /// As for [`chip_keys`](Self::chip_keys).
    pub fn privileged_chip_keys(&mut self) -> Result<Vec<ChipKey>, Stop> {
        let infos = self.chip_security()?;
        let Some(privileged) = infos.privileged_terminal_infos() else {
            return Err(self.unexpected("PrivilegedTerminalInfo in EF.ChipSecurity", "none"));
        };
        self.every_key(privileged, "PrivilegedTerminalInfo")
    }

    /// From now on, Terminal and Chip Authentication are for this key of the chip.
    pub fn choose_chip_key(&mut self, key: ChipKey) {
        self.chosen_key = Some(key);
    }

    fn every_key(&self, infos: &SecurityInfos, place: &str) -> Result<Vec<ChipKey>, Stop> {
        let keys = ChipKey::among(infos);
        match infos.chip_authentication_public_key_infos().count() {
            0 => Err(self.unexpected(
                format!("ChipAuthenticationPublicKeyInfo in {place}"),
                "none",
            )),
            count if count > keys.len() => {
                Err(self.cannot(format!("{place} has a key that is not known here")))
            }
            _ => Ok(keys),
        }
    }

    fn static_key(&mut self) -> Result<ChipKey, Stop> {
        if let Some(chosen) = &self.chosen_key {
            return Ok(chosen.clone());
        }
        let infos = self.card_security()?;
        let first = ChipKey::among(&infos).into_iter().next();
        first.ok_or_else(|| {
            self.unexpected(
                "ChipAuthenticationPublicKeyInfo and ChipAuthenticationInfo 2 in EF.CardSecurity",
                "none that is known",
            )
        })
    }
}

/// A key of the chip for Chip Authentication.
#[derive(Clone, Debug)]
pub struct ChipKey {
    protocol: ChipAuthenticationProtocol,
    /// DO 84 of MSE:Set AT, where the key has one.
    reference: Option<Vec<u8>>,
    key: EcPublicKey,
}

impl ChipKey {
    /// Those for version 2 on curves that are known, each with the first protocol that is announced for it.
    fn among(infos: &SecurityInfos) -> Vec<Self> {
        let keys = infos.chip_authentication_public_key_infos();
        let known = keys.filter_map(|info| {
            let mut announced = infos.chip_authentication_infos();
            announced.find_map(|announced| {
                let applies = announced.version == 2 && announced.key_id == info.key_id;
                Self::new(announced, info).filter(|_| applies)
            })
        });
        known.collect()
    }

    /// Those for version 1 on curves that are known, one for each protocol that is announced.
    pub(super) fn of_version_1(infos: &SecurityInfos) -> Vec<Self> {
        let announced = infos.chip_authentication_infos();
        let known = announced.filter_map(|announced| {
            let mut keys = infos.chip_authentication_public_key_infos();
            let key = keys.find(|key| key.key_id == announced.key_id)?;
            Self::new(announced, key).filter(|_| announced.version == 1)
        });
        known.collect()
    }

    /// `None` for a protocol or a curve that is not known here.
    fn new(
        announced: &ChipAuthenticationInfo,
        info: &ChipAuthenticationPublicKeyInfo,
    ) -> Option<Self> {
        let key = &info.chip_authentication_public_key;
        let parameters = key.domain_parameters().ok()?.standardized()?;
        let curve = Curve::from_parameter_id(parameters.id())?;
        Some(Self {
            protocol: ChipAuthenticationProtocol::from_oid(announced.protocol.as_bytes())?,
            reference: info.key_id.map(reference),
            key: EcPublicKey::from_uncompressed(curve, key.public_key().ok()?).ok()?,
        })
    }

    /// The protocol that is announced for it.
    pub(super) const fn protocol(&self) -> ChipAuthenticationProtocol {
        self.protocol
    }

    /// The public key.
    #[must_use]
    pub const fn public_key(&self) -> &EcPublicKey {
        &self.key
    }

    /// The reference, where it has one.
    #[must_use]
    pub fn reference(&self) -> Option<&[u8]> {
        self.reference.as_deref()
    }

    /// MSE:Set AT that names another key than this one.
    pub(crate) fn template_naming(&self, reference: &[u8]) -> CommandApdu {
        set_authentication_template(self.protocol, Some(reference))
    }

    pub(super) fn template(&self) -> CommandApdu {
        set_authentication_template(self.protocol, self.reference.as_deref())
    }
}

/// A number as DO 84 has it: big-endian, without leading zeros.
fn reference(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(7);
    bytes.get(first..).unwrap_or_default().to_vec()
}
