//! Asking for memory ahead of its use.
#![allow(unsafe_code, reason = "the instruction takes a pointer")]

use std::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};

use super::matrix::Line;

/// Bytes of the smallest page of memory.
const PAGE: usize = 4096;

/// Lines of the longest signature. What is too long is refused, but later.
const LINES: usize = 4627_usize.div_ceil(64);

/// Asks for the bytes of a signature, which are wanted first, and for one line of each page of a
/// matrix, so that addresses are translated meanwhile.
pub(super) fn prefetch_start(bytes: &[u8], matrix: &[Line]) {
    for line in bytes.chunks(64).take(LINES) {
        // SAFETY: every x86-64 processor has the instruction, and it does not fault on any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) }
    }
    for page in matrix.chunks(PAGE / size_of::<Line>()) {
        // SAFETY: every x86-64 processor has the instruction, and it does not fault on any address.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(page.as_ptr().cast()) }
    }
}

/// Asks for lines to be at hand soon: a few at a time, because a processor has room for few such requests
/// and waits where it has none. What follows them in memory it fetches by itself.
pub(super) fn prefetch(lines: &[Line]) {
    for line in lines {
        // SAFETY: every x86-64 processor has the instruction, and it does not fault on any address.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(line).cast()) }
    }
}
