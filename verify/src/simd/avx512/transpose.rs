//! The transposition between the layers across registers and those within.

use std::arch::x86_64::*;

/// Sixteen rows of sixteen become columns.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn transpose(r: [__m512i; 16]) -> [__m512i; 16] {
    let [a0, a1, a2, a3] = columns(r[0], r[1], r[2], r[3]);
    let [b0, b1, b2, b3] = columns(r[4], r[5], r[6], r[7]);
    let [c0, c1, c2, c3] = columns(r[8], r[9], r[10], r[11]);
    let [d0, d1, d2, d3] = columns(r[12], r[13], r[14], r[15]);
    let [r0, r4, r8, r12] = blocks(a0, b0, c0, d0);
    let [r1, r5, r9, r13] = blocks(a1, b1, c1, d1);
    let [r2, r6, r10, r14] = blocks(a2, b2, c2, d2);
    let [r3, r7, r11, r15] = blocks(a3, b3, c3, d3);
    [
        r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15,
    ]
}

/// Transposes within each block of 128 bits.
#[inline]
#[target_feature(enable = "avx512f")]
fn columns(a: __m512i, b: __m512i, c: __m512i, d: __m512i) -> [__m512i; 4] {
    let ab_low = _mm512_unpacklo_epi32(a, b);
    let ab_high = _mm512_unpackhi_epi32(a, b);
    let cd_low = _mm512_unpacklo_epi32(c, d);
    let cd_high = _mm512_unpackhi_epi32(c, d);
    [
        _mm512_unpacklo_epi64(ab_low, cd_low),
        _mm512_unpackhi_epi64(ab_low, cd_low),
        _mm512_unpacklo_epi64(ab_high, cd_high),
        _mm512_unpackhi_epi64(ab_high, cd_high),
    ]
}

/// Transposes four blocks of 128 bits.
#[inline]
#[target_feature(enable = "avx512f")]
fn blocks(a: __m512i, b: __m512i, c: __m512i, d: __m512i) -> [__m512i; 4] {
    let ab_even = _mm512_shuffle_i32x4::<0x88>(a, b);
    let ab_odd = _mm512_shuffle_i32x4::<0xdd>(a, b);
    let cd_even = _mm512_shuffle_i32x4::<0x88>(c, d);
    let cd_odd = _mm512_shuffle_i32x4::<0xdd>(c, d);
    [
        _mm512_shuffle_i32x4::<0x88>(ab_even, cd_even),
        _mm512_shuffle_i32x4::<0x88>(ab_odd, cd_odd),
        _mm512_shuffle_i32x4::<0xdd>(ab_even, cd_even),
        _mm512_shuffle_i32x4::<0xdd>(ab_odd, cd_odd),
    ]
}
