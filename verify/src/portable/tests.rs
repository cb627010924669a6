//! The commitment w1 of a signature against the definitions of FIPS 204, with polynomials multiplied
//! as at school, at the ends of every range.

use super::*;
use crate::parameter_set::{Gamma2, ParameterSet, Q};

/// The largest centred representative.
pub(super) const HALF: i32 = (Q - 1) / 2;

/// SplitMix64: tests want the same numbers in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// Below `bound`, which is positive.
    pub(crate) fn below(&mut self, bound: i32) -> i32 {
        let bound = u64::try_from(bound).unwrap();
        i32::try_from(self.next() % bound).unwrap()
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// a·b modulo X²⁵⁶ + 1 and q, in 0..q.
pub(super) fn multiply(a: &Poly, b: &Poly) -> Poly {
    let mut product = [0_i64; N];
    for (i, &a) in a.iter().enumerate() {
        for (j, &b) in b.iter().enumerate() {
            let term = i64::from(a) * i64::from(b) % i64::from(Q);
            if i + j < N {
                product[i + j] += term;
            } else {
                product[i + j - N] -= term;
            }
        }
    }
    product.map(|c| i32::try_from(c.rem_euclid(i64::from(Q))).unwrap())
}

/// w1Encode(UseHint(h, Az - ct1·2ᵈ)) by definition. The matrix is given outside the NTT domain.
fn by_the_letter(
    p: &Parameters,
    a: &[Poly],
    t1: &[Poly],
    z: &[Poly],
    c: &Poly,
    hints: &[Vec<u8>],
) -> Vec<u8> {
    let (gamma2, width) = match p.gamma2 {
        Gamma2::Div88 => ((Q - 1) / 88, 6),
        Gamma2::Div32 => ((Q - 1) / 32, 4),
    };
    let m = (Q - 1) / (2 * gamma2);
    let mut bits = Vec::new();
    for ((row, t1), hints) in a.chunks_exact(p.l).zip(t1).zip(hints) {
        let mut w = [0_i64; N];
        for (a, z) in row.iter().zip(z) {
            for (w, term) in w.iter_mut().zip(multiply(a, z)) {
                *w += i64::from(term);
            }
        }
        for (w, term) in w.iter_mut().zip(multiply(c, &t1.map(|t| t << 13))) {
            *w -= i64::from(term);
        }
        for (i, w) in (0..=255).zip(w) {
            let r = i32::try_from(w.rem_euclid(i64::from(Q))).unwrap();
            let mut r0 = r % (2 * gamma2);
            if r0 > gamma2 {
                r0 -= 2 * gamma2;
            }
            let mut r1 = (r - r0) / (2 * gamma2);
            if r - r0 == Q - 1 {
                r1 = 0;
                r0 -= 1;
            }
            if hints.contains(&i) {
                r1 = (r1 + if r0 > 0 { 1 } else { m - 1 }) % m;
            }
            bits.extend((0..width).map(|j| r1 >> j & 1 == 1));
        }
    }
    bytes(&bits)
}

/// 256⁻¹·w, which is what NTT⁻¹ leaves to the caller.
fn inverse(values: &Poly) -> Poly {
    let scale = field::Factor::new(field::power(256, i64::from(Q) - 2));
    let mut w = values.map(|value| scale.times(value));
    ntt::inverse_ntt(&mut w);
    w
}

/// SimpleBitPack (FIPS 204, algorithm 16), bit by bit.
fn pack(integers: impl Iterator<Item = i32>, width: usize) -> Vec<u8> {
    let bits: Vec<bool> = integers
        .flat_map(|integer| (0..width).map(move |j| integer >> j & 1 == 1))
        .collect();
    bytes(&bits)
}

fn bytes(bits: &[bool]) -> Vec<u8> {
    let (bytes, _) = bits.as_chunks::<8>();
    let byte = |bits: &[bool; 8]| {
        bits.iter()
            .rev()
            .fold(0, |byte, bit| byte << 1 | u8::from(*bit))
    };
    bytes.iter().map(byte).collect()
}

/// How a range is filled: its ends, and anything between.
#[derive(Clone, Copy)]
enum Fill {
    Lowest,
    Highest,
    Ends,
    Any,
}

impl Fill {
    fn poly(self, random: &mut Random, lowest: i32, highest: i32) -> Poly {
        std::array::from_fn(|_| match self {
            Self::Lowest => lowest,
            Self::Highest => highest,
            Self::Ends => [lowest, highest][usize::try_from(random.below(2)).unwrap()],
            Self::Any => lowest + random.below(highest - lowest + 1),
        })
    }
}

/// Nobody can sign such keys and vectors, so what is compared is the commitment, before its hash.
#[test]
fn commitments_at_the_ends_of_every_range() {
    let mut random = Random::new(6);
    for set in ParameterSet::ALL {
        let p = set.parameters();
        let bound = p.gamma1.value() - p.beta - 1;
        for t1_fill in [Fill::Lowest, Fill::Highest, Fill::Ends, Fill::Any] {
            for z_fill in [Fill::Lowest, Fill::Highest, Fill::Ends, Fill::Any] {
                let t1: Vec<Poly> = (0..p.k)
                    .map(|_| t1_fill.poly(&mut random, 0, 1023))
                    .collect();
                let z: Vec<Poly> = (0..p.l)
                    .map(|_| z_fill.poly(&mut random, -bound, bound))
                    .collect();
                let hint_positions = |count: usize, row: usize| -> Vec<u8> {
                    // As many as fit, from both ends of the polynomial.
                    let all = [0, 1, 2, 63, 64, 100, 127, 128, 200, 253, 254, 255];
                    all[row % 3..].iter().copied().take(count).collect()
                };
                let hints: Vec<Vec<u8>> = (0..p.k)
                    .map(|row| hint_positions(p.omega / p.k, row))
                    .collect();

                let public_key = encoded_key(&random.bytes(RHO), &t1);
                let signature = encoded_signature(p, &random.bytes(p.challenge), &z, &hints);

                let rho: &[u8; RHO] = public_key.first_chunk().unwrap();
                let mut a = Vec::new();
                for r in 0..u8::try_from(p.k).unwrap() {
                    for s in 0..u8::try_from(p.l).unwrap() {
                        a.push(inverse(&sample::entry(rho, r, s)));
                    }
                }
                let c = sample::challenge(&signature[..p.challenge], p.tau);
                let expected = by_the_letter(p, &a, &t1, &z, &c, &hints);

                let signature = Signature::decode(set, &signature).unwrap();
                let encode = |w: &mut dyn Iterator<Item = Poly>| encoded_w1(p, &signature, w);
                let key = ExpandedKey::new(p, &public_key);
                let vector = Vector::new(p, &signature).unwrap();
                let rows = key.matrix.chunks_exact(vector.columns);
                let prepared = encode(&mut rows.map(|row| product(row, vector.as_slice())));
                assert_eq!(prepared, expected, "{set}");

                let mut folded = Vector::new(p, &signature).unwrap();
                fold(&mut folded.polys[..folded.columns]);
                let mut polys = [[0; N]; MAX_COLUMNS];
                let once = encode(&mut super::rows(&public_key).map(|row| {
                    row.expand(&mut polys[..folded.columns]);
                    product(&polys[..folded.columns], folded.as_slice())
                }));
                assert_eq!(once, expected, "{set}");
                #[cfg(target_arch = "x86_64")]
                crate::simd::tests::commitments_of(
                    set,
                    &public_key,
                    &signature,
                    &expected,
                    &|_, _| None,
                );
            }
        }
    }
}

fn encoded_key(rho: &[u8], t1: &[Poly]) -> Vec<u8> {
    let mut public_key = rho.to_vec();
    for t1 in t1 {
        public_key.extend(pack(t1.iter().copied(), 10));
    }
    public_key
}

fn encoded_signature(p: &Parameters, challenge: &[u8], z: &[Poly], hints: &[Vec<u8>]) -> Vec<u8> {
    let width = match p.gamma1.value() {
        0x2_0000 => 18,
        _ => 20,
    };
    let mut signature = challenge.to_vec();
    for z in z {
        signature.extend(pack(z.iter().map(|z| p.gamma1.value() - z), width));
    }
    let mut positions: Vec<u8> = hints.concat();
    positions.resize(p.omega, 0);
    signature.extend(positions);
    let mut end = 0;
    for hints in hints {
        end += u8::try_from(hints.len()).unwrap();
        signature.push(end);
    }
    signature
}

fn encoded_w1(
    p: &Parameters,
    signature: &Signature<'_>,
    w: &mut dyn Iterator<Item = Poly>,
) -> Vec<u8> {
    let mut encoded = Vec::new();
    for (w, hints) in w.zip(signature.hints.polynomials()) {
        rounding::encode_w1(p.gamma2, &w, hints, |bytes| {
            encoded.extend_from_slice(bytes)
        });
    }
    encoded
}

/// No seed gives a matrix of which every value is q - 1, or a whole column or row; sums of products are the
/// largest there. A constant of the NTT domain is a constant polynomial.
#[test]
fn commitments_of_matrices_at_their_ends() {
    type At = fn(usize, usize) -> bool;
    let mut random = Random::new(7);
    for set in ParameterSet::ALL {
        let p = set.parameters();
        let bound = p.gamma1.value() - p.beta - 1;
        let everywhere: At = |_, _| true;
        for largest in [everywhere, |_, s| s % 2 == 0, |r, _| r % 2 == 1] {
            for t1_fill in [Fill::Lowest, Fill::Highest, Fill::Ends] {
                for z_fill in [Fill::Lowest, Fill::Highest, Fill::Ends] {
                    let t1: Vec<Poly> = (0..p.k)
                        .map(|_| t1_fill.poly(&mut random, 0, 1023))
                        .collect();
                    let z: Vec<Poly> = (0..p.l)
                        .map(|_| z_fill.poly(&mut random, -bound, bound))
                        .collect();
                    let hints = vec![vec![0, 255]; p.k];
                    let public_key = encoded_key(&random.bytes(RHO), &t1);
                    let signature = encoded_signature(p, &random.bytes(p.challenge), &z, &hints);

                    let value = |r: usize, s: usize| if largest(r, s) { Q - 1 } else { 0 };
                    let mut a = Vec::new();
                    for r in 0..p.k {
                        for s in 0..p.l {
                            let mut constant = [0; N];
                            constant[0] = value(r, s);
                            a.push(constant);
                        }
                    }
                    let c = sample::challenge(&signature[..p.challenge], p.tau);
                    let expected = by_the_letter(p, &a, &t1, &z, &c, &hints);

                    let signature = Signature::decode(set, &signature).unwrap();
                    let vector = Vector::new(p, &signature).unwrap();
                    let mut w = rows(&public_key).map(|row| {
                        let mut polys = [[0; N]; MAX_COLUMNS];
                        let polys = &mut polys[..vector.columns];
                        row.expand(polys);
                        for (s, entry) in polys[..p.l].iter_mut().enumerate() {
                            *entry = [value(usize::from(row.index), s); N];
                        }
                        fold(polys);
                        product(polys, vector.as_slice())
                    });
                    assert_eq!(encoded_w1(p, &signature, &mut w), expected, "{set}");
                    #[cfg(target_arch = "x86_64")]
                    crate::simd::tests::commitments_of(
                        set,
                        &public_key,
                        &signature,
                        &expected,
                        &|r, s| Some(value(r, s)),
                    );
                }
            }
        }
    }
}
