//! The high bits of w, corrected by hints, and their encoding.

use super::Poly;
use crate::parameter_set::{Gamma2, N, Q};

/// Encodes w1 of one polynomial of w, whose coefficients are in 0..q, and hands over the bytes.
///
/// FIPS 204, algorithm 40 (UseHint) and the loop of algorithm 28 (w1Encode). `hints` names the
/// positions that hold a one: few, so that w1 is taken without them first and corrected there.
pub(crate) fn encode_w1(gamma2: Gamma2, w: &Poly, hints: &[u8], mut take: impl FnMut(&[u8])) {
    let mut high = [0; N];
    let high_bits = match gamma2 {
        Gamma2::Div88 => |high: &mut [u8; N], w: &Poly| {
            for (high, &w) in high.iter_mut().zip(w) {
                *high = div88::high_bits(w);
            }
        },
        Gamma2::Div32 => |high: &mut [u8; N], w: &Poly| {
            for (high, &w) in high.iter_mut().zip(w) {
                *high = div32::high_bits(w);
            }
        },
    };
    high_bits(&mut high, w);
    for &position in hints {
        let i = usize::from(position);
        high[i] ^= change(gamma2, w[i]);
    }
    let mut encoded = [0; N * 6 / 8];
    take(pack(gamma2, &high, &mut encoded));
}

/// The bits by which a hint changes the high bits of a coefficient in 0..q.
pub(crate) fn change(gamma2: Gamma2, r: i32) -> u8 {
    match gamma2 {
        Gamma2::Div88 => div88::high_bits(r) ^ div88::use_hint(r),
        Gamma2::Div32 => div32::high_bits(r) ^ div32::use_hint(r),
    }
}

/// Encodes high bits at the start of `into`, and gives that part.
fn pack<'a>(gamma2: Gamma2, high: &[u8; N], into: &'a mut [u8]) -> &'a [u8] {
    let into = &mut into[..gamma2.poly_bytes()];
    match gamma2 {
        Gamma2::Div88 => {
            let (groups, _) = into.as_chunks_mut::<3>();
            let (quads, _) = high.as_chunks::<4>();
            for (group, &[a, b, c, d]) in groups.iter_mut().zip(quads) {
                *group = [a | b << 6, b >> 2 | c << 4, c >> 4 | d << 2];
            }
        }
        Gamma2::Div32 => {
            let (pairs, _) = high.as_chunks::<2>();
            for (byte, &[a, b]) in into.iter_mut().zip(pairs) {
                *byte = a | b << 4;
            }
        }
    }
    into
}

macro_rules! rounding {
    ($module:ident, $parts:literal, $multiplier:literal, $shift:literal) => {
        mod $module {
            use super::Q;

            const GAMMA2: i32 = (Q - 1) / $parts;

            /// m: w1 is below it.
            const M: i32 = (Q - 1) / (2 * GAMMA2);

            /// r1 of r in 0..q; FIPS 204, algorithm 36 (Decompose).
            ///
            /// 2γ2 is a multiple of 128, so ⌈r/128⌉ loses nothing that matters, and the quotient
            /// (rounded, ties down) comes from a multiplication. A test compares every r.
            #[inline(always)]
            #[expect(clippy::cast_possible_truncation, reason = "0 ≤ r1 < m ≤ 44")]
            pub(super) fn high_bits(r: i32) -> u8 {
                let r1 = (((r + 127) >> 7) * $multiplier + (1 << ($shift - 1))) >> $shift;
                // r1 = m stands for r - 2γ2·m = r - (q-1), whose high bits are zero.
                (if r1 == M { 0 } else { r1 }) as u8
            }

            /// r1 of r in 0..q where a hint is set; FIPS 204, algorithm 40 (UseHint) for h = 1.
            #[inline(always)]
            #[expect(clippy::cast_possible_truncation, reason = "0 ≤ r1 < m ≤ 44")]
            pub(super) fn use_hint(r: i32) -> u8 {
                let r1 = i32::from(high_bits(r));
                let mut r0 = r - r1 * 2 * GAMMA2;
                if r0 > (Q - 1) / 2 {
                    r0 -= Q;
                }
                let corrected = if r0 > 0 { r1 + 1 } else { r1 - 1 };
                corrected.rem_euclid(M) as u8
            }

            #[cfg(test)]
            mod tests {
                use super::*;

                /// Decompose to the letter of the standard.
                fn decompose(r: i32) -> (i32, i32) {
                    let mut r0 = r % (2 * GAMMA2);
                    if r0 > GAMMA2 {
                        r0 -= 2 * GAMMA2;
                    }
                    if r - r0 == Q - 1 {
                        (0, r0 - 1)
                    } else {
                        ((r - r0) / (2 * GAMMA2), r0)
                    }
                }

                #[test]
                fn every_value_as_the_standard_rounds_it() {
                    let mut zero_low_bits = 0;
                    for r in 0..Q {
                        let (r1, r0) = decompose(r);
                        assert_eq!(i32::from(high_bits(r)), r1, "{r}");
                        let hinted = if r0 > 0 {
                            (r1 + 1) % M
                        } else {
                            (r1 + M - 1) % M
                        };
                        assert_eq!(i32::from(use_hint(r)), hinted, "{r}");
                        zero_low_bits += i32::from(r0 == 0);
                    }
                    assert_eq!(zero_low_bits, M);
                }
            }
        }
    };
}

// 11275/2²⁴ is 128/(2·95232) = 1/1488 rounded, 1025/2²² is 128/(2·261888) = 1/4092 rounded.
rounding!(div88, 88, 11_275, 24);
rounding!(div32, 32, 1_025, 22);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portable::tests::Random;

    /// SimpleBitPack, bit by bit.
    fn packed(values: &[u8], width: usize) -> Vec<u8> {
        let mut bytes = vec![0; values.len() * width / 8];
        for (i, value) in values.iter().enumerate() {
            for j in 0..width {
                let bit = i * width + j;
                bytes[bit / 8] |= (value >> j & 1) << (bit % 8);
            }
        }
        bytes
    }

    #[test]
    fn w1_is_packed_bit_by_bit_and_corrected_where_hinted() {
        type Round = fn(i32) -> u8;
        let mut random = Random::new(4);
        for (gamma2, width, high_bits, use_hint) in [
            (
                Gamma2::Div88,
                6,
                div88::high_bits as Round,
                div88::use_hint as Round,
            ),
            (
                Gamma2::Div32,
                4,
                div32::high_bits as Round,
                div32::use_hint as Round,
            ),
        ] {
            for hints in [&[][..], &[0], &[255], &[0, 1, 127, 128, 254, 255]] {
                let w: Poly = std::array::from_fn(|_| random.below(Q));
                let expected: Vec<u8> = (0..=255)
                    .zip(w)
                    .map(|(i, w)| {
                        if hints.contains(&i) {
                            use_hint(w)
                        } else {
                            high_bits(w)
                        }
                    })
                    .collect();
                let mut encoded = Vec::new();
                encode_w1(gamma2, &w, hints, |bytes| encoded.extend_from_slice(bytes));
                assert_eq!(encoded, packed(&expected, width));
            }
        }
    }
}
