//! The public key of a private one in its expanded form, for vectors that give no other.

use super::layout::Layout;
use super::ring::{Poly, Q, inverse_ntt, matrix, ntt, pack};

/// pk of sk: FIPS 204, algorithm 25 (skDecode), and algorithm 6, lines 3 to 8.
pub fn public_key_of(layout: &Layout, private_key: &[u8]) -> Vec<u8> {
    let rho = private_key[..32].try_into().unwrap();
    // ρ, K and tr come before s1 and s2.
    let width = if layout.eta == 2 { 3 } else { 4 };
    let secrets: Vec<Poly> = private_key[128..]
        .chunks_exact(32 * width)
        .take(layout.l + layout.k)
        .map(|encoded| secret(i64::from(layout.eta), width, encoded))
        .collect();
    let (s1, s2) = secrets.split_at(layout.l);
    let s1: Vec<Poly> = s1.iter().map(|s1| ntt(*s1)).collect();

    let mut public_key = private_key[..32].to_vec();
    for (row, s2) in matrix(layout, rho).chunks_exact(layout.l).zip(s2) {
        let product = inverse_ntt(std::array::from_fn(|i| {
            row.iter().zip(&s1).map(|(a, s1)| a[i] * s1[i] % Q).sum()
        }));
        // Power2Round (algorithm 35): what is left of t is above -2¹² and at most 2¹².
        let t = product.iter().zip(s2).map(|(t, s2)| (t + s2).rem_euclid(Q));
        let mut encoded = [0; 320];
        pack(t.map(|t| (t + 4095) >> 13), 10, &mut encoded);
        public_key.extend(encoded);
    }
    public_key
}

/// FIPS 204, algorithm 19 (BitUnpack) for a = b = η.
fn secret(eta: i64, width: usize, encoded: &[u8]) -> Poly {
    let bit = |i: usize| i64::from(encoded[i / 8] >> (i % 8) & 1);
    std::array::from_fn(|i| eta - (0..width).map(|j| bit(i * width + j) << j).sum::<i64>())
}
