//! The number-theoretic transform (FIPS 204 section 7.5). Nothing is reduced on the way but products.

use super::Poly;
use super::field::{Factor, power};
use crate::parameter_set::{N, Q};

/// ζ, a 512th root of unity modulo q.
const ZETA: i64 = 1753;

/// ζ^BitRev8(i), appendix B of the standard.
const ZETAS: [Factor; N] = {
    let mut zetas = [Factor::new(0); N];
    let mut i: u8 = 0;
    loop {
        zetas[i as usize] = Factor::new(power(ZETA, i.reverse_bits() as i64));
        if i == u8::MAX {
            break zetas;
        }
        i += 1;
    }
};

/// 1, by which a sum is multiplied to reduce it.
const ONE: Factor = Factor::new(1);

/// One layer of the NTT: blocks of two halves of `LENGTH` coefficients.
#[inline(always)]
fn layer<const LENGTH: usize>(w: &mut Poly) {
    let zetas = &ZETAS[N / (2 * LENGTH)..];
    for (block, zeta) in w.chunks_exact_mut(2 * LENGTH).zip(zetas) {
        let (low, high) = block.split_at_mut(LENGTH);
        for (a, b) in low.iter_mut().zip(high) {
            let t = zeta.times(*b);
            *b = *a - t;
            *a += t;
        }
    }
}

/// One layer of the inverse: the zetas of a layer in descending order, negated, which is why the
/// difference is taken the other way round than in the standard.
#[inline(always)]
fn inverse_layer<const LENGTH: usize>(w: &mut Poly) {
    let zetas = ZETAS[..N / LENGTH].iter().rev();
    for (block, zeta) in w.chunks_exact_mut(2 * LENGTH).zip(zetas) {
        let (low, high) = block.split_at_mut(LENGTH);
        for (a, b) in low.iter_mut().zip(high) {
            let difference = *b - *a;
            *a += *b;
            *b = zeta.times(difference);
        }
    }
}

/// FIPS 204, algorithm 41 (NTT), for coefficients below q in absolute value.
///
/// Each of the eight layers adds at most (q-1)/2, so that results stay below 5q < 2²⁶.
pub(crate) fn ntt(w: &mut Poly) {
    layer::<128>(w);
    layer::<64>(w);
    layer::<32>(w);
    layer::<16>(w);
    layer::<8>(w);
    layer::<4>(w);
    layer::<2>(w);
    layer::<1>(w);
}

/// FIPS 204, algorithm 42 (NTT⁻¹), without its factor 256⁻¹, for coefficients of at most (q-1)/2 in
/// absolute value. The result is in 0..q.
///
/// Each layer doubles the bound of sums and differences: 2⁸·(q-1)/2 = 128·(q-1) < 2³⁰ at the end.
pub(super) fn inverse_ntt(w: &mut Poly) {
    inverse_layer::<1>(w);
    inverse_layer::<2>(w);
    inverse_layer::<4>(w);
    inverse_layer::<8>(w);
    inverse_layer::<16>(w);
    inverse_layer::<32>(w);
    inverse_layer::<64>(w);
    let zeta = ZETAS[1];
    let (low, high) = w.split_at_mut(N / 2);
    for (a, b) in low.iter_mut().zip(high) {
        let difference = *b - *a;
        *a = positive(ONE.times(*a + *b));
        *b = positive(zeta.times(difference));
    }
}

/// The representative in 0..q of a centred one.
#[inline(always)]
fn positive(a: i32) -> i32 {
    a + ((a >> 31) & Q)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portable::field::{FOLDED, reduce};
    use crate::portable::tests::{HALF, Random, multiply};

    /// The first ones as appendix B prints them; `ntt_evaluates` settles the rest.
    #[test]
    fn the_zetas_are_those_of_the_standard() {
        let zeta = |i: usize| positive(ZETAS[i].times(1));
        assert_eq!(
            [1, 2, 3, 4].map(zeta),
            [4_808_194, 3_765_607, 3_761_513, 5_178_923]
        );
    }

    /// NTT by its definition: values at the odd powers of ζ.
    #[test]
    fn ntt_evaluates() {
        let mut random = Random::new(1);
        let w: Poly = std::array::from_fn(|_| random.below(Q));
        let mut transformed = w;
        ntt(&mut transformed);
        for (i, value) in (0_u8..=255).zip(transformed) {
            let x = power(ZETA, 2 * i64::from(i.reverse_bits()) + 1);
            let q = i64::from(Q);
            let expected = w
                .iter()
                .rev()
                .fold(0, |sum, &c| (sum * x + i64::from(c)) % q);
            assert_eq!(i64::from(value).rem_euclid(q), expected, "{i}");
        }
    }

    /// Overflow would panic here: tests are compiled with overflow checks.
    #[test]
    fn products_are_right_at_the_bounds() {
        let mut random = Random::new(2);
        let constant = |c: i32| -> Poly { [c; N] };
        let signs = |random: &mut Random, c: i32| -> Poly {
            std::array::from_fn(|_| if random.below(2) == 0 { c } else { -c })
        };
        let mut first_unit = constant(0);
        first_unit[0] = 1;
        let mut last_unit = constant(0);
        last_unit[N - 1] = -1;
        let mut polys = vec![first_unit, last_unit];
        for c in [0, 1, -1, HALF, -HALF, Q - 1, 1 - Q, 1 << 19, 1 - (1 << 19)] {
            polys.push(constant(c));
            polys.push(signs(&mut random, c));
        }
        for a in &polys {
            for b in &polys {
                let (mut a_hat, mut b_hat) = (*a, *b);
                ntt(&mut a_hat);
                ntt(&mut b_hat);
                assert!(a_hat.iter().chain(&b_hat).all(|c| c.abs() < 5 * Q));
                let mut product: Poly = std::array::from_fn(|i| {
                    reduce(i64::from(FOLDED.times(a_hat[i])) * i64::from(b_hat[i]))
                });
                inverse_ntt(&mut product);
                assert_eq!(product, multiply(a, b));
            }
        }
    }

    /// The inverse at the ends of its input: equal coefficients make the longest chain of sums,
    /// changing signs that of differences.
    #[test]
    fn the_inverse_holds_its_bound() {
        for period in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
            for c in [HALF, -HALF] {
                let w: Poly = std::array::from_fn(|i| if i / period % 2 == 0 { c } else { -c });
                let mut inverse = w;
                inverse_ntt(&mut inverse);
                assert!(inverse.iter().all(|c| (0..Q).contains(c)));
                // 256 times the inverse: the NTT brings the input back, times 256.
                ntt(&mut inverse);
                for (got, expected) in inverse.iter().zip(w) {
                    assert_eq!(
                        (i64::from(*got) - 256 * i64::from(expected)) % i64::from(Q),
                        0
                    );
                }
            }
        }
    }
}
