//! Chip Authentication that must fail, and what remains of the channel.

use iso7816::tlv;
use secure_channel::chip_authentication::terminal::EphemeralKey;
use secure_channel::{Curve, EcPublicKey};

use super::{begin, case, run};
use crate::bench::{ACCEPTED, EPASSPORT};
use crate::{Answer, Bench, CHECKING_ERROR, Case, ChipKey, OK, Stop};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "ISO7816_II_3",
            "an ephemeral key of another size is refused, and the old keys stay",
            of_another_size,
        ),
        case(
            "ISO7816_II_4",
            "Chip Authentication before PACE is refused and gives no keys",
            before_pace,
        ),
        case(
            "ISO7816_II_5",
            "Chip Authentication in plain is refused and ends the channel",
            in_plain,
        ),
        case("ISO7816_II_6", "class byte 8C is refused", wrong_class),
        case(
            "ISO7816_II_7",
            "the ephemeral key under another tag is refused, and the old keys stay",
            under_another_tag,
        ),
        case(
            "ISO7816_II_8",
            "an ephemeral key of zeros is refused, and the old keys stay",
            zeros,
        ),
        case(
            "ISO7816_II_13",
            "a private key reference that the card does not know is refused, and the old keys stay",
            unknown_reference,
        ),
        case(
            "ISO7816_II_15",
            "an ephemeral key that is not on the curve is refused, and the old keys stay",
            not_on_the_curve,
        ),
    ]
}

/// A checking error without data, or 6300, to which a chip may add empty dynamic authentication data.
fn is_refused(bench: &Bench<'_>, answer: Answer) -> Result<(), Stop> {
    let warns = answer.status().0 == 0x6300;
    let data = answer.expect(CHECKING_ERROR.or(0x6300))?;
    let fits = data.is_empty() || warns && data == ACCEPTED;
    bench.demand(fits, "no data")
}

/// Steps 2 and 3: an ephemeral key that no chip agrees with, and the channel as it was.
fn disagrees(bench: &mut Bench<'_>, point: &[u8]) -> Result<(), Stop> {
    bench.step(2);
    let answer = bench.send(&Bench::chip_agreement(point))?;
    is_refused(bench, answer)?;
    bench.step(3);
    bench.passport_stands()
}

fn of_another_size(bench: &mut Bench<'_>, key: &ChipKey) -> Result<(), Stop> {
    let run = run(bench, key)?;
    begin(bench, &run)?;
    let curve = key.public_key().curve();
    let other = Curve::ALL
        .into_iter()
        .find(|other| other.field_size() != curve.field_size())
        .unwrap_or(curve);
    let other = bench.draw(|rng| EphemeralKey::generate(other, rng))?;
    disagrees(bench, other.public_key().as_uncompressed())
}

/// A card that does not show the application before PACE has said all there is to say.
fn before_pace(bench: &mut Bench<'_>, key: &ChipKey) -> Result<(), Stop> {
    let run = run(bench, key)?;
    bench.activate()?;
    bench.step(1);
    let answer = bench.select_application(EPASSPORT)?;
    let selected = answer.status().0 == OK;
    answer.expect_plain(CHECKING_ERROR.or(OK))?;
    if !selected {
        return Ok(());
    }
    for (step, command) in [(2, run.template()), (3, run.agreement())] {
        bench.step(step);
        let answer = bench.send(command)?;
        answer.expect_plain(CHECKING_ERROR.or(OK))?;
    }
    bench.step(4);
    let answer = run.send_under_new_keys(bench, &Bench::passport_command())?;
    answer.expect_plain(CHECKING_ERROR).map(drop)
}

fn in_plain(bench: &mut Bench<'_>, key: &ChipKey) -> Result<(), Stop> {
    let run = run(bench, key)?;
    bench.step(1);
    let answer = bench.send_plain(run.template())?;
    answer.expect(CHECKING_ERROR.or(OK))?;
    bench.step(2);
    let answer = bench.send_plain(run.agreement())?;
    answer.expect(CHECKING_ERROR)?;
    bench.step(3);
    let answer = bench.send(&Bench::passport_command())?;
    answer.expect_plain(CHECKING_ERROR).map(drop)
}

fn wrong_class(bench: &mut Bench<'_>, key: &ChipKey) -> Result<(), Stop> {
    let run = run(bench, key)?;
    bench.step(1);
    let answer = bench.send(&Bench::wrong_class(run.template()))?;
    answer.expect_either_way(CHECKING_ERROR)?;
    bench.step(2);
    let answer = bench.send(&Bench::wrong_class(run.agreement()))?;
    let data = answer.expect_either_way(CHECKING_ERROR)?;
    bench.demand(data.is_empty(), "no data")
}

fn under_another_tag(bench: &mut Bench<'_>, key: &ChipKey) -> Result<(), Stop> {
    let run = run(bench, key)?;
    begin(bench, &run)?;
    bench.step(2);
    let command = Bench::chip_agreement_under(tlv::Tag(0x81), run.point());
    let data = bench.send(&command)?.expect(CHECKING_ERROR)?;
    bench.demand(data.is_empty(), "no data")?;
    bench.step(3);
    bench.passport_stands()
}

fn zeros(bench: &mut Bench<'_>, key: &ChipKey) -> Result<(), Stop> {
    let run = run(bench, key)?;
    begin(bench, &run)?;
    let mut point = vec![0; run.point().len()];
    if let Some(form) = point.first_mut() {
        *form = 0x04;
    }
    disagrees(bench, &point)
}

fn unknown_reference(bench: &mut Bench<'_>, key: &ChipKey) -> Result<(), Stop> {
    let reference = [bench.statement().invalid_key_reference];
    let keys = bench.passport_chip_keys()?;
    bench.demand(
        keys.iter().all(|key| key.reference() != Some(&reference)),
        "in the statement, a private key reference that data group 14 does not have",
    )?;
    bench.step(1);
    let answer = bench.send(&key.template_naming(&reference))?;
    answer.expect(CHECKING_ERROR.or(0x6300))?;
    bench.step(2);
    bench.passport_stands()
}

fn not_on_the_curve(bench: &mut Bench<'_>, key: &ChipKey) -> Result<(), Stop> {
    let run = run(bench, key)?;
    begin(bench, &run)?;
    let mut point = run.point().to_vec();
    if let Some(last) = point.last_mut() {
        *last ^= 1;
    }
    let on_the_curve = EcPublicKey::from_uncompressed(key.public_key().curve(), &point).is_ok();
    bench.demand(!on_the_curve, "a point that is not on the curve")?;
    disagrees(bench, &point)
}
