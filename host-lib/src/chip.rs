//! Is the chip the one that was issued? Chip Authentication, both versions, and Active Authentication, from
//! the host's side. (PACE-CAM needs no exchange of its own; its claim is checked in the session.)
//!
//! What is gathered here is evidence. It becomes a proof when passive authentication has bound the
//! key to the document: DG14 and DG15 by their hashes in EF.SOD, EF.CardSecurity by its own signature.

use iso7816::{CommandApdu, ins};
use lds::{Dg14, Dg15, SecurityInfos, oid};
use secure_channel::active_authentication::{self as aa, CHALLENGE_SIZE, Challenge, Hash};
use secure_channel::chip_authentication::ChipAuthenticationProtocol;
use secure_channel::chip_authentication::terminal::{
    EphemeralKey, set_authentication_template, start_version_1, start_version_2,
};
use secure_channel::terminal_authentication::terminal::CommittedKey;
use secure_channel::{ChipAuthenticated, Curve, EcPublicKey};
use transport::CardTransport;

use crate::binding::public_key;
use crate::channel::Channel;
use crate::error::{Error, Misbehaviour, Misuse, Result, Step};
use crate::evidence::{ActiveAuthenticationEvidence, ChipAuthenticationEvidence};
use crate::link::Link;
use crate::random::Randomness;
use crate::report::Skipped;

/// Version 1 is that of travel documents; version 2 follows Terminal Authentication.
#[derive(Clone, Copy)]
pub(crate) enum Version {
    One = 1,
    Two = 2,
}

/// The key that Chip Authentication is to use.
#[derive(Debug)]
pub(crate) struct Choice {
    protocol: ChipAuthenticationProtocol,
    key_id: Option<u64>,
    pub(crate) key: EcPublicKey,
}

impl Choice {
    /// MSE:Set AT.
    fn set_up(&self) -> CommandApdu {
        let key_id = self.key_id.map(u64::to_be_bytes);
        let key_id = key_id.as_ref().map(|bytes| {
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
            bytes.get(zeros..).unwrap_or_default()
        });
        set_authentication_template(self.protocol, key_id)
    }
}

/// The strongest pair of ChipAuthenticationInfo and key, in DG14 or EF.CardSecurity (TR-03110-3 A.1.1.2).
pub(crate) fn choose(
    infos: &SecurityInfos,
    version: Version,
) -> core::result::Result<Choice, Skipped> {
    let mut announced = false;
    let choice = infos
        .chip_authentication_infos()
        .filter(|info| info.version == version as u8)
        .filter_map(|info| {
            announced = true;
            let protocol = ChipAuthenticationProtocol::from_oid(info.protocol.as_bytes())?;
            let mut keys = infos.chip_authentication_public_key_infos();
            let key = match infos.chip_authentication_public_key_infos().count() {
                1 => keys.next(),
                _ => keys.find(|key| key.key_id == info.key_id),
            }?;
            Some(Choice {
                protocol,
                key_id: info.key_id,
                key: public_key(&key.chip_authentication_public_key, None)?,
            })
        })
        .max_by_key(|choice| choice.protocol.cipher.key_size());
    choice.ok_or(if announced {
        Skipped::NotSupported
    } else {
        Skipped::NotOnCard
    })
}

/// Chip Authentication version 1 with the key of DG14 (ICAO Doc 9303-11, 6.2). Afterwards the channel
/// runs under new keys.
///
/// The first answer under the new keys is what proves the chip; it is asked for here, so that what
/// comes later travels in a proven channel.
pub(crate) fn authenticate<T: CardTransport>(
    link: &mut Link<T>,
    infos: &SecurityInfos,
    randomness: &mut Randomness,
) -> Result<ChipAuthenticationEvidence> {
    const STEP: Step = Step::ChipAuthentication;
    let choice = match choose(infos, Version::One) {
        Ok(choice) => choice,
        Err(skipped) => return Ok(ChipAuthenticationEvidence::NotPerformed(skipped)),
    };
    if !link.send(&choice.set_up(), STEP)?.status.is_ok() {
        return Ok(ChipAuthenticationEvidence::Fails);
    }
    let Choice { protocol, key, .. } = choice;
    let ephemeral = randomness
        .with(|rng| EphemeralKey::generate(key.curve(), rng))?
        .map_err(|_| Error::NoRandomness)?;
    let (waiting, command) =
        start_version_1(protocol, key, ephemeral).map_err(|_| Misbehaviour::NotGenuine(STEP))?;
    let answer = link.send(&command, STEP)?;
    let Channel::Protected(old) = core::mem::replace(&mut link.channel, Channel::Over) else {
        return Err(Misuse::SessionOver.into());
    };
    let mut unconfirmed = match waiting.finish(&answer, *old) {
        Ok(unconfirmed) => unconfirmed,
        Err((_, old)) => {
            link.channel = Channel::Protected(Box::new(old));
            return Ok(ChipAuthenticationEvidence::Fails);
        }
    };
    // One byte of EF.SOD, which this session may read.
    let probe = CommandApdu::new(0x00, ins::READ_BINARY, 0x9D, 0x00).with_ne(1);
    let probe = unconfirmed
        .wrap(&probe)
        .map_err(|_| Error::Internal("a command could not be protected"))?;
    let answer = link.exchange(&probe)?;
    let (channel, _, proof) = unconfirmed
        .confirm(&answer)
        .map_err(|_| Misbehaviour::NotGenuine(STEP))?;
    link.channel = Channel::Protected(Box::new(channel));
    Ok(ChipAuthenticationEvidence::Holds(proof))
}

/// Chip Authentication version 2 with the key of EF.CardSecurity (TR-03110-2, 3.4), and the channel after it. Whether the
/// key is the issuer's is for passive authentication to say.
pub(crate) fn authenticate_2<T: CardTransport>(
    link: &mut Link<T>,
    choice: Choice,
    committed: CommittedKey,
) -> Result<ChipAuthenticated> {
    const STEP: Step = Step::ChipAuthentication;
    let not_genuine = |_| Error::from(Misbehaviour::NotGenuine(STEP));
    let refused = |status| Err(crate::session::fault(STEP, status));
    let status = link.send(&choice.set_up(), STEP)?.status;
    if !status.is_ok() {
        return refused(status);
    }
    let (waiting, command) =
        start_version_2(choice.protocol, choice.key, committed).map_err(not_genuine)?;
    let answer = link.send(&command, STEP)?;
    if !answer.status.is_ok() {
        return refused(answer.status);
    }
    let (keys, proof) = waiting.finish(&answer).map_err(not_genuine)?;
    let Channel::Protected(old) = core::mem::replace(&mut link.channel, Channel::Over) else {
        return Err(Misuse::SessionOver.into());
    };
    let new = old
        .rekey(keys)
        .map_err(|_| Error::Internal("a channel between two commands took no new keys"))?;
    link.channel = Channel::Protected(Box::new(new));
    Ok(proof)
}

/// Has the chip sign a challenge (ICAO Doc 9303-11, 6.1).
pub(crate) fn challenge<T: CardTransport>(
    link: &mut Link<T>,
    randomness: &mut Randomness,
) -> Result<ActiveAuthenticationEvidence> {
    let mut challenge: Challenge = [0; CHALLENGE_SIZE];
    randomness.with(|rng| rng.fill_bytes(&mut challenge))?;
    let command = aa::internal_authenticate(&challenge, link.blocks.longest_answer());
    let answer = link.send(&command, Step::ActiveAuthentication)?;
    if !answer.status.is_ok() {
        return Ok(ActiveAuthenticationEvidence::Refused);
    }
    Ok(ActiveAuthenticationEvidence::Signed {
        challenge,
        signature: answer.data,
    })
}

/// Verifies the signed challenge with the key of DG15. Both groups come from passive authentication.
pub(crate) fn signature_is_right(
    dg15: &Dg15,
    dg14: Option<&Dg14>,
    challenge: &Challenge,
    signature: &[u8],
) -> bool {
    if let Some(key) = public_key(dg15.public_key(), None) {
        let hash = named_hash(dg14).unwrap_or(match key.curve() {
            Curve::P384 => Hash::Sha384,
            _ => Hash::Sha256,
        });
        return aa::verify(&key, hash, challenge, signature).is_ok();
    }
    dg15.public_key()
        .to_der()
        .is_ok_and(|key| aa::rsa::verify(&key, challenge, signature).is_ok())
}

/// The hash that ActiveAuthenticationInfo names. Documents with ECDSA shall have one; without it, the
/// curve's size decides.
fn named_hash(dg14: Option<&Dg14>) -> Option<Hash> {
    let info = dg14?.security_infos().active_authentication_info()?;
    match info.signature_algorithm {
        oid::ECDSA_PLAIN_SHA_224 => Some(Hash::Sha224),
        oid::ECDSA_PLAIN_SHA_256 => Some(Hash::Sha256),
        oid::ECDSA_PLAIN_SHA_384 => Some(Hash::Sha384),
        oid::ECDSA_PLAIN_SHA_512 => Some(Hash::Sha512),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccessCode, Card, TravelGroups};

    #[test]
    fn no_challenge_is_sent_twice() {
        let profile = include_str!("../../crates/issuer/profiles/wang-xiaoming.toml").replace(
            "active_authentication = false",
            "active_authentication = true",
        );
        let profile = issuer::Profile::from_toml(&profile).unwrap();
        let specimen = issuer::specimen::issue(&profile).unwrap();
        let mrz = crate::MrzKey::from_zone(specimen.mrz.unwrap().as_str()).unwrap();
        let mut card = Card::open(specimen.card).unwrap();
        let mut challenge = || {
            let mut session = card.pace(AccessCode::from(mrz.clone())).unwrap();
            let read = session.read_travel_document(TravelGroups::mrz()).unwrap();
            match read.evidence.active_authentication {
                ActiveAuthenticationEvidence::Signed { challenge, .. } => challenge,
                _ => panic!("the chip signs what it is asked to"),
            }
        };
        assert_ne!(challenge(), challenge());
    }
}
