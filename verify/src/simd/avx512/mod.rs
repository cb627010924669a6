//! The kernels of a processor with AVX-512 (F, BW and VL).
//!
//! Nothing here takes the low half of a 64-bit product: where the processor has DQ as well, as in a build for
//! the native one, LLVM would turn that into slow 64-bit multiplications.
#![allow(
    unsafe_code,
    reason = "loads, stores, and calls that need what the token stands for"
)]

mod keccak;
mod poly;
mod transpose;

use super::lanes::Lanes;
use super::matrix::Line;
use super::{Kernels, Poly};
use crate::keccak::State;
use crate::parameter_set::{Gamma1, Gamma2};

/// Says that the processor has AVX-512 F, BW and VL: there is no other way to get one than
/// [`detect`](Self::detect).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(crate) fn detect() -> Option<Self> {
        let all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl");
        all.then_some(Self(()))
    }
}

impl Kernels for Avx512 {
    fn permute(self, state: &mut State) {
        // SAFETY: `self` says that the processor has the features.
        unsafe { keccak::two::permute(state) }
    }

    fn permute_two(self, first: &mut State, second: &mut State) {
        // SAFETY: `self` says that the processor has the features.
        unsafe { keccak::two::permute_two(first, second) }
    }

    fn permute_lanes(self, lanes: &mut Lanes, used: usize) {
        // Two take less time by themselves than eight, on processors that split vectors of 512 bits.
        if used <= 2 {
            let (mut first, mut second) = (lanes.state(0), lanes.state(1));
            self.permute_two(&mut first, &mut second);
            lanes.put(0, &first);
            lanes.put(1, &second);
            return;
        }
        // SAFETY: `self` says that the processor has the features.
        unsafe { keccak::eight::permute(lanes) }
    }

    fn ntt_of_z(self, gamma1: Gamma1, encoded: &[u8], into: &mut Poly) -> i32 {
        // SAFETY: `self` says that the processor has the features.
        unsafe { poly::ntt_of_z(gamma1, encoded, into) }
    }

    fn ntt_of_t1(self, encoded: &[u8], into: &mut Poly) {
        // SAFETY: `self` says that the processor has the features.
        unsafe { poly::ntt_of_t1(encoded, into) }
    }

    fn ntt(self, poly: &mut Poly) {
        // SAFETY: `self` says that the processor has the features.
        unsafe { poly::ntt_of(poly) }
    }

    fn fold(self, polys: &mut [Poly]) {
        // SAFETY: `self` says that the processor has the features.
        unsafe { poly::fold(polys) }
    }

    fn sample(self, bytes: &[u8], into: &mut Poly) -> usize {
        // SAFETY: `self` says that the processor has the features.
        unsafe { poly::sample(bytes, into) }
    }

    fn arrange(self, poly: &mut Poly) {
        // SAFETY: `self` says that the processor has the features.
        unsafe { poly::arrange(poly) }
    }

    fn high_bits(
        self,
        gamma2: Gamma2,
        row: &[Line],
        vector: &[Poly],
        w: &mut Poly,
        encoded: &mut [u8],
    ) {
        // SAFETY: `self` says that the processor has the features.
        unsafe { poly::high_bits(gamma2, row, vector, w, encoded) }
    }
}
