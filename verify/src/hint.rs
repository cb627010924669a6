//! The hints of a signature: where w1 is corrected.

use crate::error::Rejected;

/// Hints whose encoding has been checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hints<'a> {
    /// The positions of all polynomials, one behind the other, and then padding.
    positions: &'a [u8],
    /// For each polynomial, where its positions end.
    ends: &'a [u8],
}

impl<'a> Hints<'a> {
    /// Checks an encoding of `omega` positions and one count a polynomial.
    ///
    /// FIPS 204, algorithm 21 (HintBitUnpack), except that nothing is unpacked: what it accepts is
    /// already the list of the positions that hold a one.
    ///
    /// # Errors
    /// [`Rejected::HintCount`], [`Rejected::HintOrder`], [`Rejected::HintPadding`].
    pub(crate) fn check(encoded: &'a [u8], omega: usize) -> Result<Self, Rejected> {
        let (positions, ends) = encoded.split_at(omega);
        let mut start = 0;
        for &end in ends {
            let end = usize::from(end);
            // Line 4. The slice is empty exactly if the count decreases or exceeds ω.
            let Some(of_polynomial) = positions.get(start..end) else {
                return Err(Rejected::HintCount);
            };
            // Line 9. Strictly: a position that is named twice would be a second encoding.
            if !of_polynomial.is_sorted_by(|a, b| a < b) {
                return Err(Rejected::HintOrder);
            }
            start = end;
        }
        // Line 17.
        if positions[start..].iter().any(|&byte| byte != 0) {
            return Err(Rejected::HintPadding);
        }
        Ok(Self { positions, ends })
    }

    /// The positions of each polynomial in turn, each list strictly ascending.
    pub(crate) fn polynomials(self) -> impl Iterator<Item = &'a [u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let end = usize::from(end);
            let of_polynomial = &self.positions[start..end];
            start = end;
            of_polynomial
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OMEGA: usize = 8;

    /// HintBitUnpack to the letter of the standard.
    fn by_the_letter(y: &[u8], omega: usize, k: usize) -> Option<Vec<[u8; 256]>> {
        let mut h = vec![[0; 256]; k];
        let mut index = 0;
        for i in 0..k {
            let end = usize::from(y[omega + i]);
            if end < index || end > omega {
                return None;
            }
            let first = index;
            while index < end {
                if index > first && y[index - 1] >= y[index] {
                    return None;
                }
                h[i][usize::from(y[index])] = 1;
                index += 1;
            }
        }
        y[index..omega].iter().all(|byte| *byte == 0).then_some(h)
    }

    fn checked(y: &[u8], k: usize) -> Result<Vec<[u8; 256]>, Rejected> {
        let result = Hints::check(y, OMEGA).map(|hints| {
            let mut h = vec![[0; 256]; k];
            for (row, positions) in h.iter_mut().zip(hints.polynomials()) {
                for &position in positions {
                    row[usize::from(position)] = 1;
                }
            }
            h
        });
        assert_eq!(
            result.as_ref().ok(),
            by_the_letter(y, OMEGA, k).as_ref(),
            "{y:?}"
        );
        result
    }

    #[test]
    fn each_limit() {
        for (y, expected) in [
            // No hint at all, and as many as there may be: in the first, in the last, in both.
            ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], None),
            ([0, 1, 2, 3, 4, 5, 6, 255, 8, 8], None),
            ([248, 249, 250, 251, 252, 253, 254, 255, 0, 8], None),
            ([0, 1, 2, 255, 0, 1, 2, 255, 4, 8], None),
            // Position zero is a hint; the same position may occur in two polynomials.
            ([0, 0, 0, 0, 0, 0, 0, 0, 1, 2], None),
            ([255, 255, 0, 0, 0, 0, 0, 0, 1, 2], None),
            // Descending from one polynomial to the next is no disorder.
            ([9, 3, 0, 0, 0, 0, 0, 0, 1, 2], None),
            // Counts: decreasing, above ω in the first and in the last, as large as a byte goes.
            ([1, 2, 0, 0, 0, 0, 0, 0, 2, 1], Some(Rejected::HintCount)),
            ([1, 2, 0, 0, 0, 0, 0, 0, 2, 0], Some(Rejected::HintCount)),
            ([0, 1, 2, 3, 4, 5, 6, 7, 9, 9], Some(Rejected::HintCount)),
            ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], Some(Rejected::HintCount)),
            ([0, 1, 2, 3, 4, 5, 6, 7, 9, 8], Some(Rejected::HintCount)),
            (
                [0, 1, 2, 3, 4, 5, 6, 7, 255, 255],
                Some(Rejected::HintCount),
            ),
            // Order: equal and descending, at the start and at the end of either polynomial.
            ([1, 1, 0, 0, 0, 0, 0, 0, 2, 2], Some(Rejected::HintOrder)),
            ([0, 0, 0, 0, 0, 0, 0, 0, 2, 2], Some(Rejected::HintOrder)),
            ([2, 1, 0, 0, 0, 0, 0, 0, 2, 2], Some(Rejected::HintOrder)),
            ([0, 1, 2, 2, 0, 0, 0, 0, 4, 4], Some(Rejected::HintOrder)),
            ([0, 1, 2, 3, 9, 8, 0, 0, 4, 6], Some(Rejected::HintOrder)),
            (
                [0, 1, 2, 3, 4, 5, 255, 255, 4, 8],
                Some(Rejected::HintOrder),
            ),
            // Padding: its first and its last byte, and where it is everything.
            ([1, 2, 1, 0, 0, 0, 0, 0, 1, 2], Some(Rejected::HintPadding)),
            (
                [1, 2, 0, 0, 0, 0, 0, 255, 1, 2],
                Some(Rejected::HintPadding),
            ),
            ([1, 2, 3, 4, 5, 6, 7, 8, 0, 7], Some(Rejected::HintPadding)),
            ([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], Some(Rejected::HintPadding)),
        ] {
            assert_eq!(checked(&y, 2).err(), expected, "{y:?}");
        }
    }

    /// Every encoding of two positions and two counts over a few telling values, and every count.
    #[test]
    fn small_encodings_as_the_standard_reads_them() {
        let mut accepted = 0;
        for first in [0, 1, 254, 255] {
            for second in [0, 1, 254, 255] {
                for one in 0..=255 {
                    for two in [0, 1, 2, 3, 8, 9, 255] {
                        let y = [first, second, 0, 0, 0, 0, 0, 0, one, two];
                        accepted += u32::from(checked(&y, 2).is_ok());
                    }
                }
            }
        }
        assert!(accepted > 0);
    }
}
