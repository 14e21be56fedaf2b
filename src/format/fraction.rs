//! Digits below a second: where they stand in a text that is else the same for a whole second.

/// How many places are noted at most; a text with more is made anew for each record.
const MAX_PLACES: usize = 4;

/// The places of such digits in a text, and how many digits there are at each.
#[derive(Clone, Copy, Default)]
pub struct Fractions {
    places: [(usize, usize); MAX_PLACES],
    count: usize,
    /// Some place was not noted.
    are_too_many: bool,
}

impl Fractions {
    /// Notes a place.
    pub fn add(&mut self, at: usize, digits: u8) {
        match self.places.get_mut(self.count) {
            Some(place) => {
                *place = (at, digits.into());
                self.count += 1;
            }
            None => self.are_too_many = true,
        }
    }

    /// How many places were noted.
    pub fn len(&self) -> usize {
        self.count
    }

    /// What stands at the places from the `first` on was moved back by `count` bytes.
    pub fn shift(&mut self, first: usize, count: usize) {
        let moved = self.places.iter_mut().take(self.count).skip(first);
        moved.for_each(|place| place.0 += count);
    }

    /// Whether all places were noted.
    pub fn is_whole(&self) -> bool {
        !self.are_too_many
    }

    /// Sets the digits in `text`, to which the places belong.
    #[inline(always)]
    pub fn set(&self, nanos: u32, text: &mut [u8]) {
        for &(at, count) in self.places.iter().take(self.count) {
            // Six in two moves: nearly every time shows so many.
            if let (6, Some([a, b, c, d, e, f])) = (count, text.get_mut(at..at + count)) {
                [*a, *b, *c] = DIGITS[(nanos / 1_000_000) as usize % 1000];
                [*d, *e, *f] = DIGITS[(nanos / 1000) as usize % 1000];
            } else {
                set_some(nanos, text.get_mut(at..at + count).unwrap_or_default());
            }
        }
    }
}

/// Sets as many digits as there is room for.
fn set_some(nanos: u32, text: &mut [u8]) {
    text.iter_mut().zip(digits(nanos)).for_each(|(to, from)| *to = from);
}

/// All nine digits.
pub fn digits(nanos: u32) -> [u8; 9] {
    let [a, b, c] = [nanos / 1_000_000, nanos / 1000, nanos].map(|it| DIGITS[it as usize % 1000]);
    [a[0], a[1], a[2], b[0], b[1], b[2], c[0], c[1], c[2]]
}

/// The numbers below 1000 in three digits.
static DIGITS: [[u8; 3]; 1000] = {
    let mut digits = [[0; 3]; 1000];
    let mut number = 0;
    while number < 1000 {
        let [a, b, c] = [number / 100, number / 10 % 10, number % 10];
        digits[number] = [b'0' + a as u8, b'0' + b as u8, b'0' + c as u8];
        number += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_gets_its_digits() {
        let mut fractions = Fractions::default();
        for (at, count) in [(1, 3), (6, 6), (13, 9)] {
            fractions.add(at, count);
        }
        fractions.shift(2, 1);
        let mut text = *b"a___bb______cc_________d";
        fractions.set(12_345_678, &mut text);
        assert_eq!(&text, b"a012bb012345cc012345678d");
        assert!(fractions.is_whole());
        (0..2).for_each(|at| fractions.add(at, 1));
        assert!(!fractions.is_whole());
    }
}
