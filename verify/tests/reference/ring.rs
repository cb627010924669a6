//! Polynomials modulo X²⁵⁶ + 1 and q, hashes, and integers as bits.

use std::sync::LazyLock;

use shake::{ExtendableOutput, Shake128, Shake256, Update, XofReader};

use super::layout::Layout;

pub(super) const Q: i64 = 8_380_417;

pub(super) type Poly = [i64; 256];

/// Â, k rows of ℓ: FIPS 204, algorithm 32.
pub(super) fn matrix(layout: &Layout, rho: &[u8; 32]) -> Vec<Poly> {
    let mut matrix = Vec::new();
    for r in 0..u8::try_from(layout.k).unwrap() {
        for s in 0..u8::try_from(layout.l).unwrap() {
            matrix.push(rej_ntt_poly(rho, r, s));
        }
    }
    matrix
}

/// FIPS 204, algorithm 16: integers of `width` bits, from the lowest bit of a byte on.
pub(super) fn pack(integers: impl Iterator<Item = i64>, width: usize, into: &mut [u8]) {
    let mut into = into.iter_mut();
    let (mut waiting, mut bits) = (0, 0);
    for integer in integers {
        waiting |= integer << bits;
        bits += width;
        while bits >= 8 {
            [*into.next().unwrap(), ..] = waiting.to_le_bytes();
            waiting >>= 8;
            bits -= 8;
        }
    }
}

/// H(parts, LENGTH).
pub(super) fn hash<const LENGTH: usize>(parts: &[&[u8]]) -> [u8; LENGTH] {
    let mut hash = Shake256::default();
    parts.iter().for_each(|part| hash.update(part));
    let mut output = [0; LENGTH];
    hash.finalize_xof().read(&mut output);
    output
}

/// FIPS 204, algorithms 14 and 30, for the entry in row `r` and column `s`.
fn rej_ntt_poly(rho: &[u8; 32], r: u8, s: u8) -> Poly {
    let mut hash = Shake128::default();
    hash.update(rho);
    hash.update(&[s, r]);
    let mut output = hash.finalize_xof();
    std::array::from_fn(|_| {
        loop {
            let mut bytes = [0; 3];
            output.read(&mut bytes);
            let [low, middle, high] = bytes.map(i64::from);
            let candidate = low + (middle << 8) + ((high & 0x7f) << 16);
            if candidate < Q {
                break candidate;
            }
        }
    })
}

/// ζ^BitRev8(m) modulo q.
static ZETAS: LazyLock<Poly> = LazyLock::new(|| {
    std::array::from_fn(|m| {
        let exponent = u8::try_from(m).unwrap().reverse_bits();
        (0..exponent).fold(1, |power, _| power * 1753 % Q)
    })
});

/// FIPS 204, algorithm 41.
pub(super) fn ntt(mut w: Poly) -> Poly {
    let zetas = &*ZETAS;
    let (mut m, mut length) = (0, 128);
    while length >= 1 {
        for start in (0..256).step_by(2 * length) {
            m += 1;
            for j in start..start + length {
                let t = zetas[m] * w[j + length] % Q;
                w[j + length] = w[j] - t;
                w[j] += t;
            }
        }
        length /= 2;
    }
    w
}

/// FIPS 204, algorithm 42; the result is in 0..q.
pub(super) fn inverse_ntt(mut w: Poly) -> Poly {
    let zetas = &*ZETAS;
    let (mut m, mut length) = (256, 1);
    while length < 256 {
        for start in (0..256).step_by(2 * length) {
            m -= 1;
            for j in start..start + length {
                let t = w[j] % Q;
                w[j] = t + w[j + length];
                w[j + length] = -zetas[m] * (t - w[j + length] % Q) % Q;
            }
        }
        length *= 2;
    }
    // 256⁻¹ modulo q.
    w.map(|w| (w % Q * 8_347_681).rem_euclid(Q))
}
