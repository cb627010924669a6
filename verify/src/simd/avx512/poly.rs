//! Polynomials with AVX-512: sixteen registers hold all coefficients.

use std::arch::x86_64::*;
use std::hint::black_box;

use super::transpose::transpose;
use crate::parameter_set::{Gamma1, Gamma2, N, Q};
use crate::simd::Poly;
use crate::simd::matrix::Line;
use crate::simd::tables::{FOLDED, Factor, Factors, MINUS_2_D, Q_INVERSE, ZETAS};
use crate::simd::unpack::Unpack;

/// What the last four layers want, after the transposition.
static FORWARD: [Factors<16>; 15] = Factors::of_square(0, false);
static INVERSE: [Factors<16>; 15] = Factors::of_square(0, true);

#[inline]
#[target_feature(enable = "avx512f")]
fn load(from: &[i32; 16]) -> __m512i {
    // SAFETY: 64 bytes can be read from the reference; the load needs no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(to: &mut [i32; 16], value: __m512i) {
    // SAFETY: 64 bytes can be written to the reference; the store needs no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), value) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_bytes(from: &[u8; 64]) -> __m512i {
    // SAFETY: 64 bytes can be read from the reference; the load needs no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_32(to: &mut [u8; 32], value: __m256i) {
    // SAFETY: 32 bytes can be written to the reference; the store needs no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), value) }
}

/// The first 48 bytes.
#[inline]
#[target_feature(enable = "avx512f")]
fn store_48(to: &mut [u8; 48], value: __m512i) {
    // SAFETY: the mask selects twelve lanes of four bytes, and 48 bytes can be written to the reference;
    // the store needs no alignment.
    unsafe { _mm512_mask_storeu_epi32(to.as_mut_ptr().cast(), 0x0fff, value) }
}

/// The factor in every lane.
#[inline]
#[target_feature(enable = "avx512f")]
fn same(factor: Factor) -> (__m512i, __m512i) {
    (
        _mm512_set1_epi32(factor.value),
        _mm512_set1_epi32(factor.quotient),
    )
}

#[inline]
#[target_feature(enable = "avx512f")]
fn each(factors: &Factors<16>) -> (__m512i, __m512i) {
    (load(&factors.values), load(&factors.quotients))
}

/// The odd lanes, where the even ones were.
#[inline]
#[target_feature(enable = "avx512f")]
fn odd(a: __m512i) -> __m512i {
    _mm512_shuffle_epi32::<0xf5>(a)
}

/// The mask of the even lanes. If LLVM knew it, it would make the shuffle in [`high_halves`] a permutation
/// of two registers, which takes twice as long.
#[inline]
fn even_lanes() -> __mmask16 {
    black_box(0x5555)
}

/// The high halves of products of even lanes and of odd lanes, each in its lane.
#[inline]
#[target_feature(enable = "avx512f")]
fn high_halves(of_even: __m512i, of_odd: __m512i, even: __mmask16) -> __m512i {
    _mm512_mask_shuffle_epi32::<0xf5>(of_odd, even, of_even)
}

/// b times the factor; `tables` has the bounds.
#[inline]
#[target_feature(enable = "avx512f")]
fn times(b: __m512i, (value, quotient): (__m512i, __m512i), even: __mmask16) -> __m512i {
    let high = high_halves(
        _mm512_mul_epi32(b, quotient),
        _mm512_mul_epi32(odd(b), odd(quotient)),
        even,
    );
    _mm512_sub_epi32(
        _mm512_mullo_epi32(b, value),
        _mm512_mullo_epi32(high, _mm512_set1_epi32(Q)),
    )
}

/// Butterflies of the NTT on pairs of registers, with one factor.
macro_rules! forward {
    ($r:ident, $even:ident, $factor:expr, $($a:literal $b:literal),+) => {{
        let factor = $factor;
        $(
            let t = times($r[$b], factor, $even);
            $r[$b] = _mm512_sub_epi32($r[$a], t);
            $r[$a] = _mm512_add_epi32($r[$a], t);
        )+
    }};
}

/// Butterflies of the inverse. Factors are negated, which is why the difference is the other way
/// round than in the standard.
macro_rules! inverse {
    ($r:ident, $even:ident, $factor:expr, $($a:literal $b:literal),+) => {{
        let factor = $factor;
        $(
            let difference = _mm512_sub_epi32($r[$b], $r[$a]);
            $r[$a] = _mm512_add_epi32($r[$a], $r[$b]);
            $r[$b] = times(difference, factor, $even);
        )+
    }};
}

/// An array of sixteen, from an expression in the index.
macro_rules! sixteen {
    ($i:ident => $value:expr) => {
        sixteen!(@ $i, $value, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    (@ $i:ident, $value:expr, $($n:literal)+) => {
        [$({ const $i: usize = $n; $value }),+]
    };
}

/// For coefficients below q in absolute value; results are below 10q.
///
/// Each of the eight layers adds less than q·(1 + 10/2¹⁰).
#[inline]
#[target_feature(enable = "avx512f")]
fn ntt(mut r: [__m512i; 16]) -> [__m512i; 16] {
    let even = even_lanes();
    forward!(r, even, same(ZETAS[1]), 0 8, 1 9, 2 10, 3 11, 4 12, 5 13, 6 14, 7 15);
    forward!(r, even, same(ZETAS[2]), 0 4, 1 5, 2 6, 3 7);
    forward!(r, even, same(ZETAS[3]), 8 12, 9 13, 10 14, 11 15);
    forward!(r, even, same(ZETAS[4]), 0 2, 1 3);
    forward!(r, even, same(ZETAS[5]), 4 6, 5 7);
    forward!(r, even, same(ZETAS[6]), 8 10, 9 11);
    forward!(r, even, same(ZETAS[7]), 12 14, 13 15);
    forward!(r, even, same(ZETAS[8]), 0 1);
    forward!(r, even, same(ZETAS[9]), 2 3);
    forward!(r, even, same(ZETAS[10]), 4 5);
    forward!(r, even, same(ZETAS[11]), 6 7);
    forward!(r, even, same(ZETAS[12]), 8 9);
    forward!(r, even, same(ZETAS[13]), 10 11);
    forward!(r, even, same(ZETAS[14]), 12 13);
    forward!(r, even, same(ZETAS[15]), 14 15);
    let mut r = transpose(r);
    let f = &FORWARD;
    forward!(r, even, each(&f[0]), 0 8, 1 9, 2 10, 3 11, 4 12, 5 13, 6 14, 7 15);
    forward!(r, even, each(&f[1]), 0 4, 1 5, 2 6, 3 7);
    forward!(r, even, each(&f[2]), 8 12, 9 13, 10 14, 11 15);
    forward!(r, even, each(&f[3]), 0 2, 1 3);
    forward!(r, even, each(&f[4]), 4 6, 5 7);
    forward!(r, even, each(&f[5]), 8 10, 9 11);
    forward!(r, even, each(&f[6]), 12 14, 13 15);
    forward!(r, even, each(&f[7]), 0 1);
    forward!(r, even, each(&f[8]), 2 3);
    forward!(r, even, each(&f[9]), 4 5);
    forward!(r, even, each(&f[10]), 6 7);
    forward!(r, even, each(&f[11]), 8 9);
    forward!(r, even, each(&f[12]), 10 11);
    forward!(r, even, each(&f[13]), 12 13);
    forward!(r, even, each(&f[14]), 14 15);
    r
}

/// Without its factor 256⁻¹, for values below 0.7q in absolute value. The result is in 0..q.
///
/// Each layer doubles the bound, to 180q < 2³¹ at the end; products are below 1.2q.
#[inline]
#[target_feature(enable = "avx512f")]
fn inverse_ntt(mut r: [__m512i; 16]) -> [__m512i; 16] {
    let even = even_lanes();
    let f = &INVERSE;
    inverse!(r, even, each(&f[7]), 0 1);
    inverse!(r, even, each(&f[8]), 2 3);
    inverse!(r, even, each(&f[9]), 4 5);
    inverse!(r, even, each(&f[10]), 6 7);
    inverse!(r, even, each(&f[11]), 8 9);
    inverse!(r, even, each(&f[12]), 10 11);
    inverse!(r, even, each(&f[13]), 12 13);
    inverse!(r, even, each(&f[14]), 14 15);
    inverse!(r, even, each(&f[3]), 0 2, 1 3);
    inverse!(r, even, each(&f[4]), 4 6, 5 7);
    inverse!(r, even, each(&f[5]), 8 10, 9 11);
    inverse!(r, even, each(&f[6]), 12 14, 13 15);
    inverse!(r, even, each(&f[1]), 0 4, 1 5, 2 6, 3 7);
    inverse!(r, even, each(&f[2]), 8 12, 9 13, 10 14, 11 15);
    inverse!(r, even, each(&f[0]), 0 8, 1 9, 2 10, 3 11, 4 12, 5 13, 6 14, 7 15);
    let mut r = transpose(r);
    inverse!(r, even, same(ZETAS[15]), 0 1);
    inverse!(r, even, same(ZETAS[14]), 2 3);
    inverse!(r, even, same(ZETAS[13]), 4 5);
    inverse!(r, even, same(ZETAS[12]), 6 7);
    inverse!(r, even, same(ZETAS[11]), 8 9);
    inverse!(r, even, same(ZETAS[10]), 10 11);
    inverse!(r, even, same(ZETAS[9]), 12 13);
    inverse!(r, even, same(ZETAS[8]), 14 15);
    inverse!(r, even, same(ZETAS[7]), 0 2, 1 3);
    inverse!(r, even, same(ZETAS[6]), 4 6, 5 7);
    inverse!(r, even, same(ZETAS[5]), 8 10, 9 11);
    inverse!(r, even, same(ZETAS[4]), 12 14, 13 15);
    inverse!(r, even, same(ZETAS[3]), 0 4, 1 5, 2 6, 3 7);
    inverse!(r, even, same(ZETAS[2]), 8 12, 9 13, 10 14, 11 15);
    inverse!(r, even, same(ZETAS[1]), 0 8, 1 9, 2 10, 3 11, 4 12, 5 13, 6 14, 7 15);
    sixteen!(I => canonical(r[I]))
}

/// The representative in 0..q.
///
/// With k = ⌊a/2²³⌋, |k| ≤ 2⁸, a - kq = (a mod 2²³) + k·(2¹³ - 1) lies between -q/3 and 4q/3.
#[inline]
#[target_feature(enable = "avx512f")]
fn canonical(a: __m512i) -> __m512i {
    let q = _mm512_set1_epi32(Q);
    let a = _mm512_sub_epi32(a, _mm512_mullo_epi32(_mm512_srai_epi32::<23>(a), q));
    // As an unsigned number, a negative one is the larger.
    let a = _mm512_min_epu32(a, _mm512_add_epi32(a, q));
    _mm512_min_epu32(a, _mm512_sub_epi32(a, q))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_poly(poly: &Poly) -> [__m512i; 16] {
    let (chunks, _) = poly.0.as_chunks::<16>();
    sixteen!(I => load(&chunks[I]))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_poly(to: &mut Poly, r: [__m512i; 16]) {
    let (chunks, _) = to.0.as_chunks_mut::<16>();
    let _ = sixteen!(I => store(&mut chunks[I], r[I]));
}

/// Sixteen integers of `WIDTH` bits, from `2·WIDTH` bytes and what follows them.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn unpack<const WIDTH: usize>(bytes: &[u8], i: usize) -> __m512i {
    let window = bytes[i * 2 * WIDTH..]
        .first_chunk()
        .expect("64 bytes follow the start of every part");
    // Two 16-bit words hold what one lane wants.
    // SAFETY: 64 bytes can be read from the table; the load needs no alignment.
    let words = unsafe { _mm512_loadu_si512(Unpack::<WIDTH>::WORDS.as_ptr().cast()) };
    // SAFETY: 64 bytes can be read from the table; the load needs no alignment.
    let shifts = unsafe { _mm512_loadu_si512(Unpack::<WIDTH>::SHIFTS.as_ptr().cast()) };
    let lanes = _mm512_permutexvar_epi16(words, load_bytes(window));
    _mm512_and_si512(
        _mm512_srlv_epi32(lanes, shifts),
        _mm512_set1_epi32(Unpack::<WIDTH>::MASK),
    )
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn z_ntt<const WIDTH: usize>(gamma1: i32, encoded: &[u8], into: &mut Poly) -> i32 {
    let gamma1 = _mm512_set1_epi32(gamma1);
    let r = sixteen!(I => _mm512_sub_epi32(gamma1, unpack::<WIDTH>(encoded, I)));
    let mut norms = _mm512_setzero_si512();
    let _ = sixteen!(I => norms = _mm512_max_epi32(norms, _mm512_abs_epi32(r[I])));
    store_poly(into, ntt(r));
    _mm512_reduce_max_epi32(norms)
}

/// The NTT of a polynomial of z, and its norm.
#[target_feature(enable = "avx512f,avx512bw")]
pub(in crate::simd) fn ntt_of_z(gamma1: Gamma1, encoded: &[u8], into: &mut Poly) -> i32 {
    match gamma1 {
        Gamma1::Bits18 => z_ntt::<18>(gamma1.value(), encoded, into),
        Gamma1::Bits20 => z_ntt::<20>(gamma1.value(), encoded, into),
    }
}

/// The NTT of -t1·2ᵈ.
#[target_feature(enable = "avx512f,avx512bw")]
pub(in crate::simd) fn ntt_of_t1(encoded: &[u8], into: &mut Poly) {
    let factor = _mm512_set1_epi32(MINUS_2_D);
    let r = sixteen!(I => _mm512_mullo_epi32(factor, unpack::<10>(encoded, I)));
    store_poly(into, ntt(r));
}

/// The NTT in place.
#[target_feature(enable = "avx512f")]
pub(in crate::simd) fn ntt_of(poly: &mut Poly) {
    let r = ntt(load_poly(poly));
    store_poly(poly, r);
}

/// Multiplies by [`FOLDED`].
#[target_feature(enable = "avx512f")]
pub(in crate::simd) fn fold(polys: &mut [Poly]) {
    let factor = same(FOLDED);
    let even = even_lanes();
    for poly in polys {
        let (chunks, _) = poly.0.as_chunks_mut::<16>();
        for chunk in chunks {
            let folded = times(load(chunk), factor, even);
            store(chunk, folded);
        }
    }
}

/// Candidates for coefficients of Â below q, in order, as long as there are `N`; how many came.
#[target_feature(enable = "avx512f,avx512bw")]
pub(in crate::simd) fn sample(bytes: &[u8], into: &mut Poly) -> usize {
    let q = _mm512_set1_epi32(Q);
    let parts = (bytes.len() - 16) / 48;
    let mut filled = 0;
    for i in 0..parts {
        let candidates = unpack::<24>(bytes, i);
        let candidates = _mm512_and_si512(candidates, _mm512_set1_epi32(0x7f_ffff));
        let accepted = _mm512_cmplt_epi32_mask(candidates, q);
        match into.0[filled..].first_chunk_mut() {
            Some(chunk) if accepted == 0xffff => {
                store(chunk, candidates);
                filled += 16;
            }
            _ => {
                let mut all = [0; 16];
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
#[target_feature(enable = "avx512f")]
pub(in crate::simd) fn arrange(poly: &mut Poly) {
    let r = transpose(load_poly(poly));
    store_poly(poly, r);
}

/// The sums of `COLUMNS` products, reduced.
#[inline]
#[target_feature(enable = "avx512f")]
fn sums<const COLUMNS: usize>(row: &[Line], vector: &[Poly], into: &mut Poly) {
    let vector: &[Poly; COLUMNS] = vector.try_into().expect("the caller counted the columns");
    let (groups, _) = row.as_chunks::<COLUMNS>();
    let (into, _) = into.0.as_chunks_mut::<16>();
    let even = even_lanes();
    for ((i, into), group) in into.iter_mut().enumerate().zip(groups) {
        let mut of_even = _mm512_setzero_si512();
        let mut of_odd = _mm512_setzero_si512();
        for (a, x) in group.iter().zip(vector) {
            let a = load(&a.0);
            let x = load(&x.0.as_chunks::<16>().0[i]);
            of_even = _mm512_add_epi64(of_even, _mm512_mul_epi32(a, x));
            of_odd = _mm512_add_epi64(of_odd, _mm512_mul_epi32(odd(a), odd(x)));
        }
        store(into, high_halves(reduce(of_even), reduce(of_odd), even));
    }
}

/// The high half of each 64-bit lane becomes 2⁻³² times the lane, modulo q, after Montgomery: below
/// q/2 + |sum|/2³² in absolute value.
#[inline]
#[target_feature(enable = "avx512f")]
fn reduce(sum: __m512i) -> __m512i {
    let factor = _mm512_mullo_epi32(sum, _mm512_set1_epi32(Q_INVERSE));
    _mm512_sub_epi64(sum, _mm512_mul_epi32(factor, _mm512_set1_epi32(Q)))
}

/// One polynomial of w = NTT⁻¹(row · vector) in 0..q, and the encoding of its high bits without hints.
#[target_feature(enable = "avx512f,avx512bw")]
pub(in crate::simd) fn high_bits(
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
    let r = inverse_ntt(load_poly(w));
    store_poly(w, r);
    encode(gamma2, r, encoded);
}

/// The encoding of the high bits of numbers in 0..q.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn encode(gamma2: Gamma2, r: [__m512i; 16], encoded: &mut [u8]) {
    match gamma2 {
        Gamma2::Div88 => {
            let (parts, _) = encoded[..gamma2.poly_bytes()].as_chunks_mut::<48>();
            let r = sixteen!(I => div88(r[I]));
            let (quads, _) = r.as_chunks::<4>();
            for (part, quad) in parts.iter_mut().zip(quads) {
                store_48(part, six_bits(bytes(*quad)));
            }
        }
        Gamma2::Div32 => {
            let (parts, _) = encoded[..gamma2.poly_bytes()].as_chunks_mut::<32>();
            let r = sixteen!(I => div32(r[I]));
            let (quads, _) = r.as_chunks::<4>();
            for (part, quad) in parts.iter_mut().zip(quads) {
                store_32(part, four_bits(bytes(*quad)));
            }
        }
    }
}

/// Sixty-four numbers below 256, one behind the other.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn bytes([a, b, c, d]: [__m512i; 4]) -> __m512i {
    let bytes = _mm512_packus_epi16(_mm512_packus_epi32(a, b), _mm512_packus_epi32(c, d));
    // Packing works within blocks of 128 bits: four bytes of each register in turn.
    let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm512_permutexvar_epi32(order, bytes)
}

/// From bytes of four bits each.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn four_bits(bytes: __m512i) -> __m256i {
    let pairs = _mm512_maddubs_epi16(bytes, _mm512_set1_epi16(1 | 16 << 8));
    _mm512_cvtepi16_epi8(pairs)
}

/// From bytes of six bits each, to 48 bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn six_bits(bytes: __m512i) -> __m512i {
    let pairs = _mm512_maddubs_epi16(bytes, _mm512_set1_epi16(1 | 64 << 8));
    let quads = _mm512_madd_epi16(pairs, _mm512_set1_epi32(1 | 4096 << 16));
    // Three bytes of each 32-bit lane, then three 32-bit lanes of each block.
    let three = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    let blocks = _mm512_shuffle_epi8(quads, _mm512_broadcast_i32x4(three));
    let order = _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
    _mm512_permutexvar_epi32(order, blocks)
}

/// `portable::rounding` has the reason.
#[inline]
#[target_feature(enable = "avx512f")]
fn div88(r: __m512i) -> __m512i {
    let x = _mm512_srli_epi32::<7>(_mm512_add_epi32(r, _mm512_set1_epi32(127)));
    let x = _mm512_mullo_epi32(x, _mm512_set1_epi32(11_275));
    let r1 = _mm512_srli_epi32::<24>(_mm512_add_epi32(x, _mm512_set1_epi32(1 << 23)));
    _mm512_maskz_mov_epi32(_mm512_cmplt_epi32_mask(r1, _mm512_set1_epi32(44)), r1)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn div32(r: __m512i) -> __m512i {
    let x = _mm512_srli_epi32::<7>(_mm512_add_epi32(r, _mm512_set1_epi32(127)));
    let x = _mm512_mullo_epi32(x, _mm512_set1_epi32(1_025));
    let r1 = _mm512_srli_epi32::<22>(_mm512_add_epi32(x, _mm512_set1_epi32(1 << 21)));
    _mm512_and_si512(r1, _mm512_set1_epi32(15))
}

/// What is inlined above, for tests.
#[cfg(test)]
impl crate::simd::tests::Inner for super::Avx512 {
    fn times(self, poly: &mut Poly, factor: Factor) {
        #[target_feature(enable = "avx512f")]
        fn on_poly(poly: &mut Poly, factor: Factor) {
            let r = load_poly(poly);
            store_poly(poly, sixteen!(I => times(r[I], same(factor), even_lanes())));
        }
        // SAFETY: `self` says that the processor has the features.
        unsafe { on_poly(poly, factor) }
    }

    fn inverse_ntt(self, poly: &mut Poly) {
        #[target_feature(enable = "avx512f")]
        fn on_poly(poly: &mut Poly) {
            let r = inverse_ntt(load_poly(poly));
            store_poly(poly, r);
        }
        // SAFETY: `self` says that the processor has the features.
        unsafe { on_poly(poly) }
    }

    fn canonical(self, poly: &mut Poly) {
        #[target_feature(enable = "avx512f")]
        fn on_poly(poly: &mut Poly) {
            let r = load_poly(poly);
            store_poly(poly, sixteen!(I => canonical(r[I])));
        }
        // SAFETY: `self` says that the processor has the features.
        unsafe { on_poly(poly) }
    }

    fn encode(self, gamma2: Gamma2, poly: &Poly, encoded: &mut [u8]) {
        #[target_feature(enable = "avx512f,avx512bw")]
        fn on_poly(gamma2: Gamma2, poly: &Poly, encoded: &mut [u8]) {
            encode(gamma2, load_poly(poly), encoded);
        }
        // SAFETY: `self` says that the processor has the features.
        unsafe { on_poly(gamma2, poly, encoded) }
    }
}
