//! Constants of the vector paths.
//!
//! A product with a constant z is taken modulo q in 32-bit lanes after Barrett and Shoup: with
//! z' = ⌊2³²z/q⌉, the number z·b - ⌊z'b / 2³²⌋·q has no more than 32 bits, so that two products of low
//! halves and one of high halves give it. It equals q·(f - eb/2³²) for some 0 ≤ f < 1 and |e| ≤ ½, hence
//!
//! -q·|b|/2³³ < result < q + q·|b|/2³³.

use crate::parameter_set::{D, N, Q};
use crate::portable::field::power;

const Q64: i64 = Q as i64;

/// A constant, and its quotient by q times 2³².
#[derive(Clone, Copy, Debug)]
pub(super) struct Factor {
    pub(super) value: i32,
    pub(super) quotient: i32,
}

impl Factor {
    /// The factor `value`, any number.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "|value| ≤ (q-1)/2, so that |quotient| < 2³¹"
    )]
    pub(super) const fn new(value: i64) -> Self {
        let mut value = value.rem_euclid(Q64);
        if value > Q64 / 2 {
            value -= Q64;
        }
        Self {
            value: value as i32,
            quotient: ((value << 33) + Q64).div_euclid(2 * Q64) as i32,
        }
    }
}

/// q⁻¹ modulo 2³², for the reduction of sums after Montgomery.
pub(super) const Q_INVERSE: i32 = 58_728_449;

/// What the matrix or the vector carries: 2³² for the reduction of sums, 256⁻¹ for the inverse NTT.
pub(super) const FOLDED: Factor = Factor::new((1 << 32) % Q64 * power(256, Q64 - 2));

/// -2ᵈ, by which t1 is multiplied.
pub(super) const MINUS_2_D: i32 = -(1 << D);

/// ζ^BitRev8(i), appendix B of the standard.
pub(super) const ZETAS: [Factor; N] = {
    let mut zetas = [Factor::new(0); N];
    let mut i: u8 = 0;
    loop {
        zetas[i as usize] = Factor::new(power(1753, i.reverse_bits() as i64));
        if i == u8::MAX {
            break zetas;
        }
        i += 1;
    }
};

/// The factors of one butterfly of vectors.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Factors<const LANES: usize> {
    pub(super) values: [i32; LANES],
    pub(super) quotients: [i32; LANES],
}

impl<const LANES: usize> Factors<LANES> {
    const NONE: Self = Self {
        values: [0; LANES],
        quotients: [0; LANES],
    };

    /// The zetas `first`, `first + step` and so on, or, for the inverse, those from the end of the layer.
    const fn zetas(first: usize, step: usize, inverse: bool) -> Self {
        let mut factors = Self::NONE;
        // A layer has the zetas from a power of two to the next.
        let sum = 3 * (1 << first.ilog2()) - 1;
        let mut lane = 0;
        while lane < LANES {
            let i = first + lane * step;
            let zeta = ZETAS[if inverse { sum - i } else { i }];
            factors.values[lane] = zeta.value;
            factors.quotients[lane] = zeta.quotient;
            lane += 1;
        }
        factors
    }

    /// What the layers within a transposed square of LANES² coefficients want, `square` being its
    /// number: one, two, four and so on, one for each pair of halves of a block.
    pub(super) const fn of_square<const COUNT: usize>(
        square: usize,
        inverse: bool,
    ) -> [Self; COUNT] {
        let mut all = [Self::NONE; COUNT];
        let squares = N / (LANES * LANES);
        let mut blocks = 1;
        let mut filled = 0;
        while filled < COUNT {
            let mut block = 0;
            while block < blocks {
                // Lane i is the i-th row of LANES coefficients, of which each has `blocks` blocks.
                let layer = squares * LANES * blocks;
                let first = layer + square * LANES * blocks + block;
                all[filled] = Self::zetas(first, blocks, inverse);
                filled += 1;
                block += 1;
            }
            blocks *= 2;
        }
        all
    }
}
