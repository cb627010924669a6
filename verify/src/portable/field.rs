//! Arithmetic modulo q in the manner of Plantard: a product with a constant costs two
//! multiplications, takes any `i32`, and gives the representative nearest to zero.
//!
//! With p = q⁻¹ mod 2⁶⁴ and x·p = u (mod 2⁶⁴), -2⁶³ ≤ u < 2⁶³, the number k = (u·q - x) / 2⁶⁴ is an
//! integer, and k = x·(-2⁻⁶⁴) (mod q). Write u = u1·2³² + u0 with 0 ≤ u0 < 2³²; then
//!
//! ⌊(u1 + 2⁷)·q / 2³²⌋ = ⌊k + (x + q·(2³⁹ - u0)) / 2⁶⁴⌋ = k
//!
//! as long as 0 ≤ x + q·(2³⁹ - u0) < 2⁶⁴, for which |x| < 2⁶¹ suffices: q·(2³⁹ - u0) lies between
//! q·(2³⁹ - 2³²) > 2⁶¹ and q·2³⁹ < 2⁶². From |u·q| ≤ 2⁶³·q follows |k| ≤ q/2 + |x|/2⁶⁴, and
//! q/2 ends in .5, so that |k| ≤ (q-1)/2: k is the centred representative.

use crate::parameter_set::Q;

const Q64: i64 = Q as i64;

/// q⁻¹ modulo 2⁶⁴, by Newton's iteration: each step doubles the number of right bits.
const Q_INVERSE: i64 = {
    // An odd number is its own inverse modulo 8: three bits.
    let mut inverse = Q64;
    let mut bits = 3;
    while bits < 64 {
        inverse = inverse.wrapping_mul(2_i64.wrapping_sub(Q64.wrapping_mul(inverse)));
        bits *= 2;
    }
    inverse
};

/// -2⁶⁴ modulo q.
const MINUS_2_64: i64 = Q64 - power(2, 64);

/// What the entries of an expanded key carry: -2⁶⁴ for [`reduce`], 256⁻¹ for the inverse NTT.
pub(super) const FOLDED: Factor = Factor::new(MINUS_2_64 * power(256, Q64 - 2) % Q64);

/// base^exponent mod q, for a base below q.
pub(crate) const fn power(base: i64, exponent: i64) -> i64 {
    let mut result = 1;
    let mut square = base;
    let mut rest = exponent;
    while rest > 0 {
        if rest & 1 == 1 {
            result = result * square % Q64;
        }
        square = square * square % Q64;
        rest >>= 1;
    }
    result
}

/// A constant to multiply by.
#[derive(Clone, Copy)]
pub(super) struct Factor(i64);

impl Factor {
    /// The factor `value`, 0 ≤ value < q.
    pub(super) const fn new(value: i64) -> Self {
        let mut scaled = value * MINUS_2_64 % Q64;
        if scaled > Q64 / 2 {
            scaled -= Q64;
        }
        Self(scaled.wrapping_mul(Q_INVERSE))
    }

    /// a times the factor, centred. |x| ≤ 2³¹·q/2 < 2⁵³.
    #[inline(always)]
    pub(super) const fn times(self, a: i32) -> i32 {
        quotient((a as i64).wrapping_mul(self.0))
    }
}

/// x·(-2⁻⁶⁴) mod q, centred, for |x| < 2⁶¹.
#[inline(always)]
pub(super) const fn reduce(x: i64) -> i32 {
    quotient(x.wrapping_mul(Q_INVERSE))
}

/// k of u. |u1 + 2⁷| ≤ 2³¹ + 2⁷ and q < 2²³, so that what the last shift leaves is below 2²³.
#[inline(always)]
const fn quotient(u: i64) -> i32 {
    ((((u >> 32) + 128) * Q64) >> 32) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portable::tests::HALF;

    fn centred(x: i128) -> i32 {
        let q = i128::from(Q);
        let r = x.rem_euclid(q);
        i32::try_from(if r > q / 2 { r - q } else { r }).unwrap()
    }

    #[test]
    fn the_inverse_is_one() {
        assert_eq!(Q64.wrapping_mul(Q_INVERSE), 1);
        assert_eq!(
            MINUS_2_64,
            (-(1_i64 << 32) % Q64 * ((1_i64 << 32) % Q64)).rem_euclid(Q64)
        );
    }

    #[test]
    fn products_are_exact_and_centred_at_every_edge() {
        let edges = [
            0,
            1,
            2,
            127,
            128,
            i64::from(HALF),
            i64::from(HALF) + 1,
            Q64 - 2,
            Q64 - 1,
            1753,
        ];
        for factor in edges {
            let prepared = Factor::new(factor);
            for near in [0, 1 << 16, 1 << 22, HALF, Q, 2 * Q, 128 * (Q - 1), i32::MAX] {
                for offset in -300..=300 {
                    let Some(a) = near.checked_add(offset) else {
                        continue;
                    };
                    for a in [a, -a, (-1_i32).wrapping_sub(a)] {
                        assert_eq!(
                            prepared.times(a),
                            centred(i128::from(a) * i128::from(factor))
                        );
                    }
                }
            }
            assert_eq!(
                prepared.times(i32::MIN),
                centred(i128::from(i32::MIN) * i128::from(factor))
            );
        }
    }

    /// Every residue that a factor can have, against the ends of the input.
    #[test]
    fn products_are_exact_for_every_factor() {
        for factor in (0..Q64).step_by(7) {
            let prepared = Factor::new(factor);
            for a in [i32::MIN, -1, 1, HALF, i32::MAX] {
                let expected = centred(i128::from(a) * i128::from(factor));
                assert_eq!(prepared.times(a), expected, "{a} {factor}");
            }
        }
    }

    #[test]
    fn sums_are_reduced_exactly_up_to_their_bound() {
        let unscale = |x: i64| centred(i128::from(x) * i128::from(power(MINUS_2_64, Q64 - 2)));
        let mut x: i64 = 1;
        while x < 1 << 61 {
            for offset in [-Q64, -1, 0, 1, 2, i64::from(HALF), Q64] {
                for x in [x + offset, -x - offset] {
                    if x.abs() < 1 << 61 {
                        assert_eq!(reduce(x), unscale(x), "{x}");
                    }
                }
            }
            x = x * 3 / 2 + 1;
        }
        for x in [(1 << 61) - 1, 1 - (1 << 61)] {
            assert_eq!(reduce(x), unscale(x), "{x}");
        }
    }
}
