//! Keccak-p[1600, 24] with AVX-512: of eight states at once, and of two.

/// Eight states, one in each 64-bit lane of 512 bits.
pub(super) mod eight {
    use std::arch::x86_64::*;

    use crate::keccak::ROUND_CONSTANTS;
    use crate::simd::lanes::Lanes;
    use crate::simd::round::round;

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn xor(a: __m512i, b: __m512i) -> __m512i {
        _mm512_xor_si512(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn xor3(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
        _mm512_ternarylogic_epi64::<0x96>(a, b, c)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn chi(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
        _mm512_ternarylogic_epi64::<0xd2>(a, b, c)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn rotate<const LEFT: i32>(a: __m512i) -> __m512i {
        _mm512_rol_epi64::<LEFT>(a)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(from: &[u64; 8]) -> __m512i {
        // SAFETY: 64 bytes can be read from the reference; the load needs no alignment.
        unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store(to: &mut [u64; 8], value: __m512i) {
        // SAFETY: 64 bytes can be written to the reference; the store needs no alignment.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), value) }
    }

    /// Never inlined, so that a build for the native processor compiles it as every other does.
    #[inline(never)]
    #[target_feature(enable = "avx512f")]
    pub(in crate::simd) fn permute(lanes: &mut Lanes) {
        let mut a = lanes.words.each_ref().map(|word| load(word));
        for constant in ROUND_CONSTANTS {
            a = round!(a, _mm512_set1_epi64(constant.cast_signed()));
        }
        for (word, a) in lanes.words.iter_mut().zip(a) {
            store(word, a);
        }
    }
}

/// Two states, one in each 64-bit lane of 128 bits.
pub(super) mod two {
    use std::arch::x86_64::*;

    use crate::keccak::{ROUND_CONSTANTS, State};
    use crate::simd::round::round;

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn xor(a: __m128i, b: __m128i) -> __m128i {
        _mm_xor_si128(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn xor3(a: __m128i, b: __m128i, c: __m128i) -> __m128i {
        _mm_ternarylogic_epi64::<0x96>(a, b, c)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn chi(a: __m128i, b: __m128i, c: __m128i) -> __m128i {
        _mm_ternarylogic_epi64::<0xd2>(a, b, c)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn rotate<const LEFT: i32>(a: __m128i) -> __m128i {
        _mm_rol_epi64::<LEFT>(a)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn rounds(mut a: [__m128i; 25]) -> [__m128i; 25] {
        for constant in ROUND_CONSTANTS {
            a = round!(a, _mm_set1_epi64x(constant.cast_signed()));
        }
        a
    }

    #[target_feature(enable = "avx512f,avx512vl")]
    pub(in crate::simd) fn permute(state: &mut State) {
        let a = rounds(state.map(|word| _mm_cvtsi64_si128(word.cast_signed())));
        for (word, a) in state.iter_mut().zip(a) {
            *word = _mm_cvtsi128_si64(a).cast_unsigned();
        }
    }

    #[target_feature(enable = "avx512f,avx512vl")]
    pub(in crate::simd) fn permute_two(first: &mut State, second: &mut State) {
        let mut a = [_mm_setzero_si128(); 25];
        for ((a, first), second) in a.iter_mut().zip(&*first).zip(&*second) {
            *a = _mm_set_epi64x(second.cast_signed(), first.cast_signed());
        }
        let a = rounds(a);
        for ((first, second), a) in first.iter_mut().zip(second).zip(a) {
            *first = _mm_cvtsi128_si64(a).cast_unsigned();
            *second = _mm_cvtsi128_si64(_mm_unpackhi_epi64(a, a)).cast_unsigned();
        }
    }
}
