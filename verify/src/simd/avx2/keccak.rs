//! Keccak-p[1600, 24]: with AVX2 of four states at once, with BMI of one.

use std::arch::x86_64::*;

use crate::keccak::ROUND_CONSTANTS;
use crate::simd::lanes::Lanes;
use crate::simd::round::round;

#[inline]
#[target_feature(enable = "avx2")]
fn xor(a: __m256i, b: __m256i) -> __m256i {
    _mm256_xor_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor3(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    xor(xor(a, b), c)
}

#[inline]
#[target_feature(enable = "avx2")]
fn chi(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    xor(a, _mm256_andnot_si256(b, c))
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate<const LEFT: i32>(a: __m256i) -> __m256i {
    let high = _mm256_sllv_epi64(a, _mm256_set1_epi64x(i64::from(LEFT)));
    let low = _mm256_srlv_epi64(a, _mm256_set1_epi64x(i64::from(64 - LEFT)));
    _mm256_or_si256(high, low)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(from: &[u64; 4]) -> __m256i {
    // SAFETY: 32 bytes can be read from the reference; the load needs no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(to: &mut [u64; 4], value: __m256i) {
    // SAFETY: 32 bytes can be written to the reference; the store needs no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), value) }
}

/// The first four states, or the last.
#[target_feature(enable = "avx2")]
pub(super) fn permute_half(lanes: &mut Lanes, half: usize) {
    let mut a = lanes
        .words
        .each_ref()
        .map(|word| load(&word.as_chunks().0[half]));
    for constant in ROUND_CONSTANTS {
        a = round!(a, _mm256_set1_epi64x(constant.cast_signed()));
    }
    for (word, a) in lanes.words.iter_mut().zip(a) {
        store(&mut word.as_chunks_mut().0[half], a);
    }
}

/// One state.
pub(super) mod one {
    use crate::keccak::{ROUND_CONSTANTS, State};
    use crate::simd::round::round;

    #[inline]
    #[target_feature(enable = "bmi1,bmi2")]
    fn xor(a: u64, b: u64) -> u64 {
        a ^ b
    }

    #[inline]
    #[target_feature(enable = "bmi1,bmi2")]
    fn xor3(a: u64, b: u64, c: u64) -> u64 {
        a ^ b ^ c
    }

    /// BMI has an AND-NOT, so that no lane is kept complemented as on the portable path.
    #[inline]
    #[target_feature(enable = "bmi1,bmi2")]
    fn chi(a: u64, b: u64, c: u64) -> u64 {
        a ^ (!b & c)
    }

    #[inline]
    #[target_feature(enable = "bmi1,bmi2")]
    fn rotate<const LEFT: u32>(a: u64) -> u64 {
        a.rotate_left(LEFT)
    }

    #[target_feature(enable = "bmi1,bmi2")]
    pub(in crate::simd) fn permute(state: &mut State) {
        let mut a = *state;
        for constant in ROUND_CONSTANTS {
            a = round!(a, constant);
        }
        *state = a;
    }
}
