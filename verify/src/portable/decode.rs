//! Polynomials from bytes.

use super::Poly;
use crate::parameter_set::{D, Gamma1, N};

/// t1·2ᵈ from one polynomial of a public key: at most 1023·2¹³ = q - 1.
///
/// FIPS 204, algorithm 18 (SimpleBitUnpack) for b = 2¹⁰ - 1.
pub(crate) fn t1_shifted(encoded: &[u8]) -> Poly {
    let mut t1 = [0; N];
    let (groups, _) = encoded.as_chunks::<5>();
    let (quads, _) = t1.as_chunks_mut::<4>();
    for (quad, &[a, b, c, d, e]) in quads.iter_mut().zip(groups) {
        let bits = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
        *quad = [
            ((bits & 0x3ff) as i32) << D,
            ((bits >> 10 & 0x3ff) as i32) << D,
            ((bits >> 20 & 0x3ff) as i32) << D,
            ((bits >> 30 & 0x3ff) as i32) << D,
        ];
    }
    t1
}

/// One polynomial of z, between 1 - γ1 and γ1, and its norm, the largest absolute value.
///
/// FIPS 204, algorithm 19 (BitUnpack) for a = γ1 - 1, b = γ1.
pub(crate) fn z(gamma1: Gamma1, encoded: &[u8]) -> (Poly, i32) {
    let mut z = [0; N];
    match gamma1 {
        Gamma1::Bits18 => {
            let (groups, _) = encoded.as_chunks::<9>();
            let (quads, _) = z.as_chunks_mut::<4>();
            for (quad, &[a, b, c, d, e, f, g, h, i]) in quads.iter_mut().zip(groups) {
                let bits = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
                let last = bits >> 54 | u64::from(i) << 10;
                *quad = [
                    (bits & 0x3_ffff) as i32,
                    (bits >> 18 & 0x3_ffff) as i32,
                    (bits >> 36 & 0x3_ffff) as i32,
                    (last & 0x3_ffff) as i32,
                ];
            }
        }
        Gamma1::Bits20 => {
            let (groups, _) = encoded.as_chunks::<5>();
            let (pairs, _) = z.as_chunks_mut::<2>();
            for (pair, &[a, b, c, d, e]) in pairs.iter_mut().zip(groups) {
                let bits = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
                *pair = [(bits & 0xf_ffff) as i32, (bits >> 20 & 0xf_ffff) as i32];
            }
        }
    }
    let mut norm = 0;
    for coefficient in &mut z {
        *coefficient = gamma1.value() - *coefficient;
        norm = norm.max(coefficient.abs());
    }
    (z, norm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter_set::T1_BYTES;
    use crate::portable::tests::Random;

    /// The integers of `width` bits each, bit by bit.
    fn integers(encoded: &[u8], width: usize) -> Vec<i32> {
        let bit = |i: usize| i32::from(encoded[i / 8] >> (i % 8) & 1);
        (0..encoded.len() * 8 / width)
            .map(|i| (0..width).map(|j| bit(i * width + j) << j).sum())
            .collect()
    }

    fn strings(length: usize) -> Vec<Vec<u8>> {
        let mut random = Random::new(3);
        let mut strings = vec![vec![0; length], vec![0xff; length]];
        strings.extend((0..50).map(|_| random.bytes(length)));
        strings
    }

    #[test]
    fn t1_is_unpacked_bit_by_bit() {
        for encoded in strings(T1_BYTES) {
            let expected: Vec<i32> = integers(&encoded, 10).iter().map(|c| c * 8192).collect();
            assert_eq!(t1_shifted(&encoded)[..], expected);
        }
    }

    #[test]
    fn z_is_unpacked_bit_by_bit() {
        for (gamma1, width) in [(Gamma1::Bits18, 18), (Gamma1::Bits20, 20)] {
            for encoded in strings(gamma1.poly_bytes()) {
                let half = 1 << (width - 1);
                let expected: Vec<i32> =
                    integers(&encoded, width).iter().map(|c| half - c).collect();
                let (poly, norm) = z(gamma1, &encoded);
                assert_eq!(poly[..], expected);
                assert_eq!(norm, expected.iter().map(|c| c.abs()).max().unwrap());
            }
        }
    }
}
