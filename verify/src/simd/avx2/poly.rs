//! Polynomials with AVX2: a transform takes two passes of eight registers at a time.

use std::arch::x86_64::*;

use super::transpose::transpose;
use crate::parameter_set::{Gamma1, Gamma2, N, Q};
use crate::simd::Poly;
use crate::simd::matrix::Line;
use crate::simd::tables::{FOLDED, Factor, Factors, MINUS_2_D, Q_INVERSE, ZETAS};
use crate::simd::unpack::Unpack;

/// What the last three layers of each square of 64 coefficients want, after the transposition.
static FORWARD: [[Factors<8>; 7]; 4] = [
    Factors::of_square(0, false),
    Factors::of_square(1, false),
    Factors::of_square(2, false),
    Factors::of_square(3, false),
];
static INVERSE: [[Factors<8>; 7]; 4] = [
    Factors::of_square(0, true),
    Factors::of_square(1, true),
    Factors::of_square(2, true),
    Factors::of_square(3, true),
];

#[inline]
#[target_feature(enable = "avx2")]
fn load(from: &[i32; 8]) -> __m256i {
    // SAFETY: 32 bytes can be read from the reference; the load needs no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(to: &mut [i32; 8], value: __m256i) {
    // SAFETY: 32 bytes can be written to the reference; the store needs no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), value) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_bytes(from: &[u8; 16]) -> __m128i {
    // SAFETY: 16 bytes can be read from the reference; the load needs no alignment.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_16(to: &mut [u8; 16], value: __m128i) {
    // SAFETY: 16 bytes can be written to the reference; the store needs no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), value) }
}

/// The first 24 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn store_24(to: &mut [u8; 24], value: __m256i) {
    let mask = _mm256_setr_epi32(-1, -1, -1, -1, -1, -1, 0, 0);
    // SAFETY: the mask selects six lanes of four bytes, and 24 bytes can be written to the reference;
    // the store needs no alignment.
    unsafe { _mm256_maskstore_epi32(to.as_mut_ptr().cast(), mask, value) }
}

/// The factor in every lane.
#[inline]
#[target_feature(enable = "avx2")]
fn same(factor: Factor) -> (__m256i, __m256i) {
    (
        _mm256_set1_epi32(factor.value),
        _mm256_set1_epi32(factor.quotient),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn each(factors: &Factors<8>) -> (__m256i, __m256i) {
    (load(&factors.values), load(&factors.quotients))
}

/// The odd lanes, where the even ones were.
#[inline]
#[target_feature(enable = "avx2")]
fn odd(a: __m256i) -> __m256i {
    _mm256_shuffle_epi32::<0xf5>(a)
}

/// The high halves of products of even lanes and of odd lanes, each in its lane.
#[inline]
#[target_feature(enable = "avx2")]
fn high_halves(of_even: __m256i, of_odd: __m256i) -> __m256i {
    _mm256_blend_epi32::<0xaa>(_mm256_srli_epi64::<32>(of_even), of_odd)
}

/// b times the factor; `tables` has the bounds.
#[inline]
#[target_feature(enable = "avx2")]
fn times(b: __m256i, (value, quotient): (__m256i, __m256i)) -> __m256i {
    let high = high_halves(
        _mm256_mul_epi32(b, quotient),
        _mm256_mul_epi32(odd(b), odd(quotient)),
    );
    _mm256_sub_epi32(
        _mm256_mullo_epi32(b, value),
        _mm256_mullo_epi32(high, _mm256_set1_epi32(Q)),
    )
}

/// Butterflies of the NTT on pairs of registers, with one factor.
macro_rules! forward {
    ($r:ident, $factor:expr, $($a:literal $b:literal),+) => {{
        let factor = $factor;
        $(
            let t = times($r[$b], factor);
            $r[$b] = _mm256_sub_epi32($r[$a], t);
            $r[$a] = _mm256_add_epi32($r[$a], t);
        )+
    }};
}

/// Butterflies of the inverse. Factors are negated, which is why the difference is the other way
/// round than in the standard.
macro_rules! inverse {
    ($r:ident, $factor:expr, $($a:literal $b:literal),+) => {{
        let factor = $factor;
        $(
            let difference = _mm256_sub_epi32($r[$b], $r[$a]);
            $r[$a] = _mm256_add_epi32($r[$a], $r[$b]);
            $r[$b] = times(difference, factor);
        )+
    }};
}

/// An array of eight, from an expression in the index.
macro_rules! eight {
    ($i:ident => $value:expr) => {
        eight!(@ $i, $value, 0 1 2 3 4 5 6 7)
    };
    (@ $i:ident, $value:expr, $($n:literal)+) => {
        [$({ const $i: usize = $n; $value }),+]
    };
}

type Chunks = [[i32; 8]; N / 8];

fn chunks(poly: &mut Poly) -> &mut Chunks {
    let (chunks, _) = poly.0.as_chunks_mut::<8>();
    chunks.try_into().expect("256 is 32 times 8")
}

/// For coefficients below q in absolute value; results are below 10q.
///
/// Each of the eight layers adds less than q·(1 + 10/2¹⁰).
#[inline]
#[target_feature(enable = "avx2")]
fn ntt(poly: &mut Poly) {
    let chunks = chunks(poly);
    for i in 0..8 {
        let mut r = [
            load(&chunks[i]),
            load(&chunks[i + 8]),
            load(&chunks[i + 16]),
            load(&chunks[i + 24]),
        ];
        forward!(r, same(ZETAS[1]), 0 2, 1 3);
        forward!(r, same(ZETAS[2]), 0 1);
        forward!(r, same(ZETAS[3]), 2 3);
        store(&mut chunks[i], r[0]);
        store(&mut chunks[i + 8], r[1]);
        store(&mut chunks[i + 16], r[2]);
        store(&mut chunks[i + 24], r[3]);
    }
    let (squares, _) = chunks.as_chunks_mut::<8>();
    for (i, (square, f)) in squares.iter_mut().zip(&FORWARD).enumerate() {
        let mut r = eight!(I => load(&square[I]));
        forward!(r, same(ZETAS[4 + i]), 0 4, 1 5, 2 6, 3 7);
        forward!(r, same(ZETAS[8 + 2 * i]), 0 2, 1 3);
        forward!(r, same(ZETAS[9 + 2 * i]), 4 6, 5 7);
        forward!(r, same(ZETAS[16 + 4 * i]), 0 1);
        forward!(r, same(ZETAS[17 + 4 * i]), 2 3);
        forward!(r, same(ZETAS[18 + 4 * i]), 4 5);
        forward!(r, same(ZETAS[19 + 4 * i]), 6 7);
        let mut r = transpose(r);
        forward!(r, each(&f[0]), 0 4, 1 5, 2 6, 3 7);
        forward!(r, each(&f[1]), 0 2, 1 3);
        forward!(r, each(&f[2]), 4 6, 5 7);
        forward!(r, each(&f[3]), 0 1);
        forward!(r, each(&f[4]), 2 3);
        forward!(r, each(&f[5]), 4 5);
        forward!(r, each(&f[6]), 6 7);
        let _ = eight!(I => store(&mut square[I], r[I]));
    }
}

/// Without its factor 256⁻¹, for values below 0.7q in absolute value. The result is in 0..q.
///
/// Each layer doubles the bound, to 180q < 2³¹ at the end; products are below 1.2q.
#[inline]
#[target_feature(enable = "avx2")]
fn inverse_ntt(poly: &mut Poly) {
    let chunks = chunks(poly);
    let (squares, _) = chunks.as_chunks_mut::<8>();
    for (i, (square, f)) in squares.iter_mut().zip(&INVERSE).enumerate() {
        let mut r = eight!(I => load(&square[I]));
        inverse!(r, each(&f[3]), 0 1);
        inverse!(r, each(&f[4]), 2 3);
        inverse!(r, each(&f[5]), 4 5);
        inverse!(r, each(&f[6]), 6 7);
        inverse!(r, each(&f[1]), 0 2, 1 3);
        inverse!(r, each(&f[2]), 4 6, 5 7);
        inverse!(r, each(&f[0]), 0 4, 1 5, 2 6, 3 7);
        let mut r = transpose(r);
        inverse!(r, same(ZETAS[31 - 4 * i]), 0 1);
        inverse!(r, same(ZETAS[30 - 4 * i]), 2 3);
        inverse!(r, same(ZETAS[29 - 4 * i]), 4 5);
        inverse!(r, same(ZETAS[28 - 4 * i]), 6 7);
        inverse!(r, same(ZETAS[15 - 2 * i]), 0 2, 1 3);
        inverse!(r, same(ZETAS[14 - 2 * i]), 4 6, 5 7);
        inverse!(r, same(ZETAS[7 - i]), 0 4, 1 5, 2 6, 3 7);
        let _ = eight!(I => store(&mut square[I], r[I]));
    }
    for i in 0..8 {
        let mut r = [
            load(&chunks[i]),
            load(&chunks[i + 8]),
            load(&chunks[i + 16]),
            load(&chunks[i + 24]),
        ];
        inverse!(r, same(ZETAS[3]), 0 1);
        inverse!(r, same(ZETAS[2]), 2 3);
        inverse!(r, same(ZETAS[1]), 0 2, 1 3);
        store(&mut chunks[i], canonical(r[0]));
        store(&mut chunks[i + 8], canonical(r[1]));
        store(&mut chunks[i + 16], canonical(r[2]));
        store(&mut chunks[i + 24], canonical(r[3]));
    }
}

/// The representative in 0..q.
///
/// With k = ⌊a/2²³⌋, |k| ≤ 2⁸, a - kq = (a mod 2²³) + k·(2¹³ - 1) lies between -q/3 and 4q/3.
#[inline]
#[target_feature(enable = "avx2")]
fn canonical(a: __m256i) -> __m256i {
    let q = _mm256_set1_epi32(Q);
    let a = _mm256_sub_epi32(a, _mm256_mullo_epi32(_mm256_srai_epi32::<23>(a), q));
    // As an unsigned number, a negative one is the larger.
    let a = _mm256_min_epu32(a, _mm256_add_epi32(a, q));
    _mm256_min_epu32(a, _mm256_sub_epi32(a, q))
}

/// Eight integers of `WIDTH` bits, from `WIDTH` bytes and what follows them.
#[inline]
#[target_feature(enable = "avx2")]
fn unpack<const WIDTH: usize>(bytes: &[u8], i: usize) -> __m256i {
    let half = |start: usize| {
        bytes[start..]
            .first_chunk()
            .expect("16 bytes follow the start of every part")
    };
    let low = load_bytes(half(i * WIDTH));
    let high = load_bytes(half(i * WIDTH + WIDTH / 2));
    // SAFETY: 32 bytes can be read from the table; the load needs no alignment.
    let four_bytes = unsafe { _mm256_loadu_si256(Unpack::<WIDTH>::BYTES.as_ptr().cast()) };
    // SAFETY: 32 bytes can be read from the table; the load needs no alignment.
    let shifts = unsafe { _mm256_loadu_si256(Unpack::<WIDTH>::BYTE_SHIFTS.as_ptr().cast()) };
    let lanes = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), four_bytes);
    _mm256_and_si256(
        _mm256_srlv_epi32(lanes, shifts),
        _mm256_set1_epi32(Unpack::<WIDTH>::MASK),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn z_ntt<const WIDTH: usize>(gamma1: i32, encoded: &[u8], into: &mut Poly) -> i32 {
    let gamma1 = _mm256_set1_epi32(gamma1);
    let mut norms = _mm256_setzero_si256();
    for (i, chunk) in chunks(into).iter_mut().enumerate() {
        let z = _mm256_sub_epi32(gamma1, unpack::<WIDTH>(encoded, i));
        norms = _mm256_max_epi32(norms, _mm256_abs_epi32(z));
        store(chunk, z);
    }
    ntt(into);
    let mut all = [0; 8];
    store(&mut all, norms);
    all.into_iter().fold(0, i32::max)
}

/// The NTT of a polynomial of z, and its norm.
#[target_feature(enable = "avx2")]
pub(super) fn ntt_of_z(gamma1: Gamma1, encoded: &[u8], into: &mut Poly) -> i32 {
    match gamma1 {
        Gamma1::Bits18 => z_ntt::<18>(gamma1.value(), encoded, into),
        Gamma1::Bits20 => z_ntt::<20>(gamma1.value(), encoded, into),
    }
}

/// The NTT of -t1·2ᵈ.
#[target_feature(enable = "avx2")]
pub(super) fn ntt_of_t1(encoded: &[u8], into: &mut Poly) {
    let factor = _mm256_set1_epi32(MINUS_2_D);
    for (i, chunk) in chunks(into).iter_mut().enumerate() {
        store(chunk, _mm256_mullo_epi32(factor, unpack::<10>(encoded, i)));
    }
    ntt(into);
}

/// The NTT in place.
#[target_feature(enable = "avx2")]
pub(super) fn ntt_of(poly: &mut Poly) {
    ntt(poly);
}

/// Multiplies by [`FOLDED`].
#[target_feature(enable = "avx2")]
pub(super) fn fold(polys: &mut [Poly]) {
    let factor = same(FOLDED);
    for poly in polys {
        for chunk in chunks(poly) {
            let folded = times(load(chunk), factor);
            store(chunk, folded);
        }
    }
}

/// Candidates for coefficients of Â below q, in order, as long as there are `N`; how many came.
#[target_feature(enable = "avx2")]
pub(super) fn sample(bytes: &[u8], into: &mut Poly) -> usize {
    let q = _mm256_set1_epi32(Q);
    let parts = (bytes.len() - 4) / 24;
    let mut filled = 0;
    for i in 0..parts {
        let candidates = unpack::<24>(bytes, i);
        let candidates = _mm256_and_si256(candidates, _mm256_set1_epi32(0x7f_ffff));
        let refused = _mm256_cmpgt_epi32(candidates, _mm256_sub_epi32(q, _mm256_set1_epi32(1)));
        match into.0[filled..].first_chunk_mut() {
            Some(chunk) if _mm256_testz_si256(refused, refused) == 1 => {
                store(chunk, candidates);
                filled += 8;
            }
            _ => {
                let mut all = [0; 8];
                store(&mut all, candidates);
                for candidate in all {
                    if candidate < Q && filled < N {
                        into.0[filled] = candidate;
                        filled += 1;
                    }
                }
            }
        }
        if filled == N {
            break;
        }
    }
    filled
}

/// From the order of the standard to that of [`ntt`].
#[target_feature(enable = "avx2")]
pub(super) fn arrange(poly: &mut Poly) {
    let (squares, _) = chunks(poly).as_chunks_mut::<8>();
    for square in squares {
        let r = transpose(eight!(I => load(&square[I])));
        let _ = eight!(I => store(&mut square[I], r[I]));
    }
}

/// The sums of `COLUMNS` products, reduced.
#[inline]
#[target_feature(enable = "avx2")]
fn sums<const COLUMNS: usize>(row: &[Line], vector: &[Poly], into: &mut Poly) {
    let vector: &[Poly; COLUMNS] = vector.try_into().expect("the caller counted the columns");
    let (groups, _) = row.as_chunks::<COLUMNS>();
    let (into, _) = chunks(into).as_chunks_mut::<2>();
    for ((i, into), group) in into.iter_mut().enumerate().zip(groups) {
        for (half, into) in into.iter_mut().enumerate() {
            let mut of_even = _mm256_setzero_si256();
            let mut of_odd = _mm256_setzero_si256();
            for (a, x) in group.iter().zip(vector) {
                let a = load(&a.0.as_chunks::<8>().0[half]);
                let x = load(&x.0.as_chunks::<8>().0[2 * i + half]);
                of_even = _mm256_add_epi64(of_even, _mm256_mul_epi32(a, x));
                of_odd = _mm256_add_epi64(of_odd, _mm256_mul_epi32(odd(a), odd(x)));
            }
            store(into, high_halves(reduce(of_even), reduce(of_odd)));
        }
    }
}

/// The high half of each 64-bit lane becomes 2⁻³² times the lane, modulo q, after Montgomery: below
/// q/2 + |sum|/2³² in absolute value.
#[inline]
#[target_feature(enable = "avx2")]
fn reduce(sum: __m256i) -> __m256i {
    let factor = _mm256_mullo_epi32(sum, _mm256_set1_epi32(Q_INVERSE));
    _mm256_sub_epi64(sum, _mm256_mul_epi32(factor, _mm256_set1_epi32(Q)))
}

/// One polynomial of w = NTT⁻¹(row · vector) in 0..q, and the encoding of its high bits without hints.
#[target_feature(enable = "avx2")]
pub(super) fn high_bits(
    gamma2: Gamma2,
    row: &[Line],
    vector: &[Poly],
    w: &mut Poly,
    encoded: &mut [u8],
) {
    match vector.len() {
        5 => sums::<5>(row, vector, w),
        6 => sums::<6>(row, vector, w),
        _ => sums::<8>(row, vector, w),
    }
    inverse_ntt(w);
    encode(gamma2, w, encoded);
}

/// The encoding of the high bits of numbers in 0..q.
#[inline]
#[target_feature(enable = "avx2")]
fn encode(gamma2: Gamma2, w: &Poly, encoded: &mut [u8]) {
    let (chunks, _) = w.0.as_chunks::<8>();
    let (quads, _) = chunks.as_chunks::<4>();
    match gamma2 {
        Gamma2::Div88 => {
            let (parts, _) = encoded[..gamma2.poly_bytes()].as_chunks_mut::<24>();
            for (part, [a, b, c, d]) in parts.iter_mut().zip(quads) {
                let r = [
                    div88(load(a)),
                    div88(load(b)),
                    div88(load(c)),
                    div88(load(d)),
                ];
                store_24(part, six_bits(bytes(r)));
            }
        }
        Gamma2::Div32 => {
            let (parts, _) = encoded[..gamma2.poly_bytes()].as_chunks_mut::<16>();
            for (part, [a, b, c, d]) in parts.iter_mut().zip(quads) {
                let r = [
                    div32(load(a)),
                    div32(load(b)),
                    div32(load(c)),
                    div32(load(d)),
                ];
                store_16(part, four_bits(bytes(r)));
            }
        }
    }
}

/// Thirty-two numbers below 256, one behind the other.
#[inline]
#[target_feature(enable = "avx2")]
fn bytes([a, b, c, d]: [__m256i; 4]) -> __m256i {
    let bytes = _mm256_packus_epi16(_mm256_packus_epi32(a, b), _mm256_packus_epi32(c, d));
    // Packing works within halves of 128 bits: four bytes of each register in turn.
    _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))
}

/// From bytes of four bits each.
#[inline]
#[target_feature(enable = "avx2")]
fn four_bits(bytes: __m256i) -> __m128i {
    let pairs = _mm256_maddubs_epi16(bytes, _mm256_set1_epi16(1 | 16 << 8));
    let low = _mm256_castsi256_si128(pairs);
    _mm_packus_epi16(low, _mm256_extracti128_si256::<1>(pairs))
}

/// From bytes of six bits each, to 24 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn six_bits(bytes: __m256i) -> __m256i {
    let pairs = _mm256_maddubs_epi16(bytes, _mm256_set1_epi16(1 | 64 << 8));
    let quads = _mm256_madd_epi16(pairs, _mm256_set1_epi32(1 | 4096 << 16));
    // Three bytes of each 32-bit lane, then three 32-bit lanes of each half.
    let three = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    let halves = _mm256_shuffle_epi8(quads, _mm256_broadcastsi128_si256(three));
    _mm256_permutevar8x32_epi32(halves, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7))
}

/// `portable::rounding` has the reason.
#[inline]
#[target_feature(enable = "avx2")]
fn div88(r: __m256i) -> __m256i {
    let x = _mm256_srli_epi32::<7>(_mm256_add_epi32(r, _mm256_set1_epi32(127)));
    let x = _mm256_mullo_epi32(x, _mm256_set1_epi32(11_275));
    let r1 = _mm256_srli_epi32::<24>(_mm256_add_epi32(x, _mm256_set1_epi32(1 << 23)));
    _mm256_andnot_si256(_mm256_cmpgt_epi32(r1, _mm256_set1_epi32(43)), r1)
}

#[inline]
#[target_feature(enable = "avx2")]
fn div32(r: __m256i) -> __m256i {
    let x = _mm256_srli_epi32::<7>(_mm256_add_epi32(r, _mm256_set1_epi32(127)));
    let x = _mm256_mullo_epi32(x, _mm256_set1_epi32(1_025));
    let r1 = _mm256_srli_epi32::<22>(_mm256_add_epi32(x, _mm256_set1_epi32(1 << 21)));
    _mm256_and_si256(r1, _mm256_set1_epi32(15))
}

/// What is inlined above, for tests.
#[cfg(test)]
impl crate::simd::tests::Inner for super::Avx2 {
    fn times(self, poly: &mut Poly, factor: Factor) {
        #[target_feature(enable = "avx2")]
        fn on_poly(poly: &mut Poly, factor: Factor) {
            for chunk in chunks(poly) {
                let product = times(load(chunk), same(factor));
                store(chunk, product);
            }
        }
        // SAFETY: `self` says that the processor has the features.
        unsafe { on_poly(poly, factor) }
    }

    fn inverse_ntt(self, poly: &mut Poly) {
        // SAFETY: `self` says that the processor has the features.
        unsafe { inverse_ntt(poly) }
    }

    fn canonical(self, poly: &mut Poly) {
        #[target_feature(enable = "avx2")]
        fn on_poly(poly: &mut Poly) {
            for chunk in chunks(poly) {
                let reduced = canonical(load(chunk));
                store(chunk, reduced);
            }
        }
        // SAFETY: `self` says that the processor has the features.
        unsafe { on_poly(poly) }
    }

    fn encode(self, gamma2: Gamma2, poly: &Poly, encoded: &mut [u8]) {
        // SAFETY: `self` says that the processor has the features.
        unsafe { encode(gamma2, poly, encoded) }
    }
}
