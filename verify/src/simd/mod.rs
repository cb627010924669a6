//! Verification with vector instructions, several states or coefficients at once.
//!
//! What a processor does with its vectors stands behind [`Kernels`]; what is made of it is the same for
//! all of them and stands here and in the modules beside, in safe code.

pub(crate) mod avx2;
pub(crate) mod avx512;
mod batch;
mod hash;
mod key;
mod lanes;
mod matrix;
mod prefetch;
mod round;
mod tables;
#[cfg(test)]
pub(crate) mod tests;
mod unpack;

use crate::keccak::State;
use crate::parameter_set::{Gamma1, Gamma2, N};
pub(crate) use batch::{Work, verify_all};
pub(crate) use key::{ExpandedKey, verify_once};
use lanes::Lanes;
use matrix::Line;

/// The coefficients of a polynomial, or the values of its NTT in an order that all kernels of one
/// kind share.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct Poly([i32; N]);

impl Poly {
    const ZERO: Self = Self([0; N]);
}

/// What vectors are used for. A value stands for a processor that has them.
pub(crate) trait Kernels: Copy + Send + Sync {
    /// Keccak-p[1600, 24].
    fn permute(self, state: &mut State);

    /// [`permute`](Self::permute) on two states.
    fn permute_two(self, first: &mut State, second: &mut State);

    /// [`permute`](Self::permute) on the first `used` states at least.
    fn permute_lanes(self, lanes: &mut Lanes, used: usize);

    /// The NTT of a polynomial of z, and its norm. 28 bytes follow those of the polynomial.
    fn ntt_of_z(self, gamma1: Gamma1, encoded: &[u8], into: &mut Poly) -> i32;

    /// The NTT of -t1·2ᵈ. 44 bytes follow those of the polynomial.
    fn ntt_of_t1(self, encoded: &[u8], into: &mut Poly);

    /// The NTT in place, of coefficients below q in absolute value.
    fn ntt(self, poly: &mut Poly);

    /// Multiplies by what either the matrix or the vector carries.
    fn fold(self, polys: &mut [Poly]);

    /// Those of the candidates in a string of SHAKE128 that are below q, until there are [`N`]; how
    /// many came.
    fn sample(self, bytes: &[u8], into: &mut Poly) -> usize;

    /// Puts an entry of Â, which is sampled in the order of the standard, into that of the kernels.
    fn arrange(self, poly: &mut Poly);

    /// One polynomial of w = NTT⁻¹(row · vector) in 0..q, and the encoding of its high bits without hints
    /// at the start of `encoded`. The row is one of a [`Matrix`](matrix::Matrix).
    fn high_bits(
        self,
        gamma2: Gamma2,
        row: &[Line],
        vector: &[Poly],
        w: &mut Poly,
        encoded: &mut [u8],
    );
}
