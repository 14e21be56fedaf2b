//! Floating-point numbers as text: the shortest that reads back as the same number.

use crate::field::Out;

/// Numbers of this size and more are left to the long way, so that what the short one puts has at most 15 digits.
const END: f64 = 1e12;

/// Puts a number that is finite.
///
/// One with at most three decimals is put without searching for the shortest text: doubles tell all decimal
/// numbers of up to 15 digits apart, so one that reads back as the number is the shortest there is.
#[inline]
pub fn finite(number: f64, out: &mut impl Out) {
    let size = number.abs();
    let thousandths = (size * 1000.0 + 0.5) as u64;
    // A division is rounded correctly: it gives what the text of the quotient reads back as.
    if size < END && thousandths > 0 && thousandths as f64 / 1000.0 == size {
        decimal(number < 0.0, thousandths, out);
    } else {
        out.put(ryu::Buffer::new().format_finite(number).as_bytes());
    }
}

fn decimal(is_negative: bool, thousandths: u64, out: &mut impl Out) {
    if is_negative {
        out.put(b"-");
    }
    out.put(itoa::Buffer::new().format(thousandths / 1000).as_bytes());
    let below = thousandths % 1000;
    let digits = [below / 100, below / 10 % 10, below % 10].map(|digit| b'0' + digit as u8);
    let text = [b'.', digits[0], digits[1], digits[2]];
    let len = match digits {
        [_, b'0', b'0'] => 2,
        [_, _, b'0'] => 3,
        _ => 4,
    };
    out.put(&text[..len]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: f64) {
        let mut out = Vec::new();
        finite(number, &mut out);
        let expected = ryu::Buffer::new().format_finite(number).to_owned();
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{number:e}");
    }

    #[test]
    fn the_short_way_gives_what_the_long_one_gives() {
        let mut seed = 1u64;
        for digits in 0..=16 {
            for decimals in 0..=5 {
                for _ in 0..500 {
                    seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    let whole = (seed >> 11) % 10u64.pow(digits);
                    let number = whole as f64 / 10f64.powi(decimals);
                    let neighbours = [number.to_bits().wrapping_sub(1), number.to_bits() + 1];
                    let all = neighbours.map(f64::from_bits).into_iter().chain([number]);
                    all.filter(|it| it.is_finite()).for_each(|it| {
                        check(it);
                        check(-it);
                    });
                }
            }
        }
    }

    #[test]
    fn numbers_at_the_borders_of_the_short_way_are_right() {
        let borders = [0.0, -0.0, 0.001, 0.0005, 0.0004, 1e-5, END, END - 0.001, END - 1.0, 1e15];
        let extremes = [1e16, f64::MAX, f64::MIN_POSITIVE, 5e-324, f64::EPSILON, 0.1 + 0.2];
        borders.into_iter().chain(extremes).for_each(check);
    }
}
