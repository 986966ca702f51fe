//! Unit `EAC2_ISO7816_V`: Chip Authentication version 3 (TR-03105-3.3, 3.16), as far as it goes without pseudonymous signatures:
//! what a card must refuse in its first half, the key agreement. Whether a card refuses something in the second half for the
//! right reason, only somebody can say who has seen it accept the right thing.

use cvc::TerminalType::AuthenticationTerminal;
use iso7816::{CommandApdu, tlv};
use secure_channel::{EcPrivateKey, PasswordId};

use crate::bench::unrestricted;
use crate::{Bench, CHECKING_ERROR, Case, Expected, OK, Stop, status};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "EAC2_ISO7816_V_8",
            "an ephemeral key to which the terminal did not commit is refused",
            |bench| refuses(bench, |_| {}),
        ),
        Case::new(
            "EAC2_ISO7816_V_9",
            "an ephemeral key that is not on the curve is refused",
            |bench| {
                refuses(bench, |point| {
                    if let Some(last) = point.last_mut() {
                        *last ^= 1;
                    }
                })
            },
        ),
    ]
}

/// A checking or an execution error, or a warning.
fn refusal() -> Expected {
    let warnings = (0x6200..0x6400).map(status);
    warnings.fold(CHECKING_ERROR.into(), Expected::or)
}

/// Both commands, with an ephemeral key of nobody's that was spoilt so.
fn refuses(bench: &mut Bench<'_>, spoil: fn(&mut Vec<u8>)) -> Result<(), Stop> {
    bench.preparing("precondition");
    bench.pace(PasswordId::Pin, &unrestricted(AuthenticationTerminal))?;
    bench.terminal_authentication(&["DV_CERT_17", "AT_CERT_17i"])?;
    let template = template(bench)?;
    let curve = bench.chip_key()?.curve();
    let mut rng = bench.authorities().rng("V, another ephemeral key");
    let other = EcPrivateKey::generate(curve, &mut rng).and_then(|key| key.public_key());
    let other = other.map_err(|error| bench.cannot(error))?;
    let mut point = other.as_uncompressed().to_vec();
    spoil(&mut point);
    bench.step(1);
    bench.send(&template)?.expect(OK)?;
    bench.step(2);
    let answer = bench.send(&Bench::chip_agreement(&point))?;
    answer.expect(refusal()).map(drop)
}

/// MSE:Set AT for the key agreement: protocol and key of the first ChipAuthenticationInfo of version 3.
fn template(bench: &mut Bench<'_>) -> Result<CommandApdu, Stop> {
    let infos = bench.card_security()?;
    let info = infos
        .chip_authentication_infos()
        .find(|info| info.version == 3);
    let Some(info) = info else {
        return Err(bench.unexpected("ChipAuthenticationInfo 3 in EF.CardSecurity", "none"));
    };
    let mut data = tlv::encode(tlv::Tag(0x80), info.protocol.as_bytes());
    if let Some(id) = info.key_id {
        let id = id.to_be_bytes();
        let zeros = id.iter().take(7).take_while(|byte| **byte == 0).count();
        let id: Vec<u8> = id.into_iter().skip(zeros).collect();
        tlv::push(&mut data, tlv::Tag(0x84), &id);
    }
    Ok(CommandApdu::new(0x00, 0x22, 0x41, 0xA4).with_data(data))
}
