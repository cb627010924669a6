//! Asking for memory ahead of its use: the matrices of a thousand keys lie in no near cache.
#![allow(unsafe_code, reason = "the instruction takes a pointer")]

use std::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};

use super::Poly;

/// Lines of the longest signature. What is too long is refused, but later.
const LINES: usize = 4627_usize.div_ceil(64);

/// Asks for the bytes of a signature, which are wanted first, and for one line of each page of a
/// matrix, so that addresses are translated meanwhile.
pub(super) fn prefetch_start(bytes: &[u8], polys: &[Poly]) {
    for line in bytes.chunks(64).take(LINES) {
        // SAFETY: every x86-64 processor has the instruction, and it does not fault on any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) }
    }
    for page in polys.chunks(4) {
        // SAFETY: every x86-64 processor has the instruction, and it does not fault on any address.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(page.as_ptr().cast()) }
    }
}

/// Asks for polynomials to be at hand soon.
pub(super) fn prefetch(polys: &[Poly]) {
    for poly in polys {
        let (lines, _) = poly.0.as_chunks::<16>();
        for line in lines {
            // SAFETY: every x86-64 processor has the instruction, and it does not fault on any address.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) }
        }
    }
}
