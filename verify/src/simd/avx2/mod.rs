//! The kernels of a processor with AVX2, BMI1 and BMI2.
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

/// Says that the processor has AVX2, BMI1 and BMI2: there is no other way to get one than
/// [`detect`](Self::detect).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        let all = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2");
        all.then_some(Self(()))
    }
}

impl Kernels for Avx2 {
    fn permute(self, state: &mut State) {
        // SAFETY: `self` says that the processor has the features.
        unsafe { keccak::one::permute(state) }
    }

    fn permute_two(self, first: &mut State, second: &mut State) {
        self.permute(first);
        self.permute(second);
    }

    fn permute_lanes(self, lanes: &mut Lanes, used: usize) {
        for half in 0..used.div_ceil(4) {
            // One state takes less time by itself than with three that nobody wants.
            if used - 4 * half == 1 {
                let mut state = lanes.state(4 * half);
                self.permute(&mut state);
                lanes.put(4 * half, &state);
                continue;
            }
            // SAFETY: `self` says that the processor has the features.
            unsafe { keccak::permute_half(lanes, half) }
        }
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
