//! The parts of a signature.

use crate::error::Rejected;
use crate::hint::Hints;
use crate::parameter_set::{ParameterSet, Parameters};

/// A signature of the right length whose hints are well encoded. The norm of z is not checked here:
/// every path does that while it decodes z.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature<'a> {
    /// c̃.
    pub(crate) challenge: &'a [u8],
    /// The ℓ polynomials of z, encoded, and the hints behind them: vectors are loaded past the end of z.
    pub(crate) z: &'a [u8],
    pub(crate) hints: Hints<'a>,
}

impl<'a> Signature<'a> {
    /// FIPS 204, algorithm 27 (sigDecode).
    ///
    /// # Errors
    /// [`Rejected::SignatureLength`], or those of [`Hints::check`].
    pub(crate) fn decode(set: ParameterSet, signature: &'a [u8]) -> Result<Self, Rejected> {
        Self::decode_as(set.parameters(), signature)
    }

    /// The same for given numbers.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub(crate) fn decode_as(p: &Parameters, signature: &'a [u8]) -> Result<Self, Rejected> {
        let expected = p.signature_length();
        if signature.len() != expected {
            return Err(Rejected::SignatureLength {
                expected,
                got: signature.len(),
            });
        }
        let (challenge, z) = signature.split_at(p.challenge);
        let hints = &z[p.l * p.gamma1.poly_bytes()..];
        Ok(Self {
            challenge,
            z,
            hints: Hints::check(hints, p.omega)?,
        })
    }
}
