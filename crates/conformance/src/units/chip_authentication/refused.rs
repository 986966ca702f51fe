//! Chip Authentication that must fail, and what remains of the channel.

use iso7816::{CommandApdu, tlv};
use secure_channel::chip_authentication::terminal::EphemeralKey;
use secure_channel::{Curve, EcPublicKey};

use super::{begin, case, prepare};
use crate::{Bench, CHECKING_ERROR, Case, OK, Stop};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "EAC2_ISO7816_I_3",
            "an ephemeral key of another size is refused, and the old keys stay",
            i_3,
        ),
        case(
            "EAC2_ISO7816_I_4",
            "Chip Authentication in plain is refused and ends the channel",
            i_4,
        ),
        case("EAC2_ISO7816_I_5", "class byte 8C is refused", i_5),
        case(
            "EAC2_ISO7816_I_6",
            "the ephemeral key under another tag is refused, and the old keys stay",
            i_6,
        ),
        case(
            "EAC2_ISO7816_I_7",
            "MSE:Set AT with an Le is refused, and the old keys stay",
            i_7,
        ),
        case(
            "EAC2_ISO7816_I_8",
            "GENERAL AUTHENTICATE without Le is refused, and gives no new keys",
            i_8,
        ),
        case(
            "EAC2_ISO7816_I_9",
            "an ephemeral key of zeros is refused, and the old keys stay",
            i_9,
        ),
        case(
            "EAC2_ISO7816_I_14",
            "a private key reference that the card does not know is refused, and the old keys stay",
            i_14,
        ),
        case(
            "EAC2_ISO7816_I_16",
            "an ephemeral key that is not on the curve is refused, and the old keys stay",
            i_16,
        ),
    ]
}

/// Steps 2 and 3: an ephemeral key that no chip agrees with, and the channel as it was.
fn disagrees(bench: &mut Bench<'_>, point: &[u8]) -> Result<(), Stop> {
    bench.step(2);
    let answer = bench.send(&Bench::chip_agreement(point))?;
    answer.expect(CHECKING_ERROR.or(0x6300))?;
    bench.step(3);
    bench.channel_stands()
}

fn i_3(bench: &mut Bench<'_>) -> Result<(), Stop> {
    begin(bench)?;
    let curve = bench.chip_key()?.curve();
    let other = Curve::ALL
        .into_iter()
        .find(|other| other.field_size() != curve.field_size())
        .unwrap_or(curve);
    let key = bench.draw(|rng| EphemeralKey::generate(other, rng))?;
    disagrees(bench, key.public_key().as_uncompressed())
}

fn i_4(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let run = bench.chip_run()?;
    bench.step(1);
    let answer = bench.send_plain(run.template())?;
    answer.expect(CHECKING_ERROR.or(OK))?;
    bench.step(2);
    let answer = bench.send_plain(run.agreement())?;
    answer.expect(CHECKING_ERROR)?;
    bench.step(3);
    let answer = bench.send(&Bench::arbitrary())?;
    answer.expect_plain(CHECKING_ERROR).map(drop)
}

fn i_5(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let run = bench.chip_run()?;
    for (step, command) in [(1, run.template()), (2, run.agreement())] {
        bench.step(step);
        let answer = bench.send(&Bench::wrong_class(command))?;
        answer.expect_either_way(CHECKING_ERROR)?;
    }
    Ok(())
}

fn i_6(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let run = begin(bench)?;
    bench.step(2);
    let command = Bench::chip_agreement_under(tlv::Tag(0x81), run.point());
    bench.send(&command)?.expect(CHECKING_ERROR)?;
    bench.step(3);
    bench.channel_stands()
}

fn i_7(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let run = bench.chip_run()?;
    bench.step(1);
    let answer = bench.send(&run.template().clone().with_ne(256))?;
    answer.expect(CHECKING_ERROR)?;
    bench.step(2);
    bench.channel_stands()
}

fn i_8(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let run = begin(bench)?;
    bench.step(2);
    let answer = bench.send_tampered(&without_le(run.agreement()), |bytes| {
        // The document sends none outside either.
        if let Ok(protected) = CommandApdu::parse(bytes) {
            *bytes = without_le(&protected).to_bytes();
        }
    })?;
    let keeps_the_channel = answer.is_protected();
    answer.expect_either_way(CHECKING_ERROR)?;
    bench.step(3);
    if keeps_the_channel {
        bench.channel_stands()
    } else {
        let answer = bench.send(&Bench::arbitrary())?;
        answer.expect_plain(CHECKING_ERROR).map(drop)
    }
}

fn without_le(command: &CommandApdu) -> CommandApdu {
    let [cla, ins, p1, p2] = command.header();
    CommandApdu::new(cla, ins, p1, p2).with_data(command.data())
}

fn i_9(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let run = begin(bench)?;
    let mut point = vec![0; run.point().len()];
    if let Some(form) = point.first_mut() {
        *form = 0x04;
    }
    disagrees(bench, &point)
}

fn i_14(bench: &mut Bench<'_>) -> Result<(), Stop> {
    prepare(bench)?;
    let reference = [bench.statement().invalid_key_reference];
    let keys = bench.chip_keys()?;
    bench.demand(
        keys.iter().all(|key| key.reference() != Some(&reference)),
        "in the statement, a private key reference that EF.CardSecurity does not have",
    )?;
    bench.step(1);
    let command = bench.chip_template_naming(&reference)?;
    let answer = bench.send(&command)?;
    answer.expect(CHECKING_ERROR.or(0x6300))?;
    bench.step(2);
    bench.channel_stands()
}

/// The x-coordinate is that of the right key: what Terminal Authentication committed to is the same, and only the curve tells.
fn i_16(bench: &mut Bench<'_>) -> Result<(), Stop> {
    let run = begin(bench)?;
    let mut point = run.point().to_vec();
    if let Some(last) = point.last_mut() {
        *last ^= 1;
    }
    let curve = bench.chip_key()?.curve();
    let on_the_curve = EcPublicKey::from_uncompressed(curve, &point).is_ok();
    bench.demand(!on_the_curve, "a point that is not on the curve")?;
    disagrees(bench, &point)
}
