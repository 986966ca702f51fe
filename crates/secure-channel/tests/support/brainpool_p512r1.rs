//! ECDSA verification over brainpoolP512r1 (RFC 5639 §3.7) as the textbook has it, for one published
//! signature on a curve that this crate does not have. Neither fast nor in constant time.

use elliptic_curve::bigint::{NonZero, U512};

type Point = Option<(U512, U512)>;

fn number(hex: &str) -> U512 {
    U512::from_be_hex(hex)
}

fn prime() -> NonZero<U512> {
    NonZero::new(number(
        "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA703308717D4D9B009BC66842AECDA12AE6A380E62881FF2F2D82C68528AA6056583A48F3",
    ))
    .unwrap()
}

fn order() -> NonZero<U512> {
    NonZero::new(number(
        "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330870553E5C414CA92619418661197FAC10471DB1D381085DDADDB58796829CA90069",
    ))
    .unwrap()
}

fn coefficient_a() -> U512 {
    number(
        "7830A3318B603B89E2327145AC234CC594CBDD8D3DF91610A83441CAEA9863BC2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CA",
    )
}

fn base_point() -> Point {
    Some((
        number(
            "81AEE4BDD82ED9645A21322E9C4C6A9385ED9F70B5D916C1B43B62EEF4D0098EFF3B1F78E2D0D48D50D1687B93B97D5F7C6D5047406A5E688B352209BCB9F822",
        ),
        number(
            "7DDE385D566332ECC0EABFA9CF7822FDF209F70024A57B1AA000C55B881F8111B2DCDE494A5F485E5BCA4BD88A2763AED1CA2B2FA8F0540678CD1E0F3AD80892",
        ),
    ))
}

fn add(left: Point, right: Point) -> Point {
    let (Some((x1, y1)), Some((x2, y2))) = (left, right) else {
        return left.or(right);
    };
    let p = prime();
    let (rise, run) = if x1 != x2 {
        (y2.sub_mod(&y1, &p), x2.sub_mod(&x1, &p))
    } else if y1 == y2 {
        let square = x1.mul_mod(&x1, &p);
        let rise = square
            .add_mod(&square, &p)
            .add_mod(&square, &p)
            .add_mod(&coefficient_a(), &p);
        (rise, y1.add_mod(&y1, &p))
    } else {
        return None;
    };
    let slope = rise.mul_mod(&run.invert_mod(&p).unwrap(), &p);
    let x = slope.mul_mod(&slope, &p).sub_mod(&x1, &p).sub_mod(&x2, &p);
    let y = slope.mul_mod(&x1.sub_mod(&x, &p), &p).sub_mod(&y1, &p);
    Some((x, y))
}

fn multiply(scalar: U512, point: Point) -> Point {
    (0..512).rev().fold(None, |sum, bit| {
        let sum = add(sum, sum);
        if scalar.bit_vartime(bit) {
            add(sum, point)
        } else {
            sum
        }
    })
}

/// Verifies `r ‖ s` over a digest of 64 bytes; `key` is `04 ‖ x ‖ y`.
pub(crate) fn verifies(key: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let n = order();
    let [r, s] = [0, 1].map(|i| U512::from_be_slice(&signature[64 * i..64 * (i + 1)]));
    let [x, y] = [0, 1].map(|i| U512::from_be_slice(&key[1 + 64 * i..65 + 64 * i]));
    let digest = U512::from_be_slice(digest).rem(&n);
    let inverse = s.invert_mod(&n).unwrap();
    let sum = add(
        multiply(digest.mul_mod(&inverse, &n), base_point()),
        multiply(r.mul_mod(&inverse, &n), Some((x, y))),
    );
    sum.is_some_and(|(x, _)| x.rem(&n) == r)
}
