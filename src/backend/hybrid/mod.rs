//! Hybrids: two algorithms under one identifier, of which one resists a quantum computer and the
//! other is well tried. Both have to be broken to break the whole.
//!
//! | rows | document | file |
//! |---|---|---|
//! | 18 composite ML-DSA | draft-ietf-lamps-pq-composite-sigs-19 | `signature.rs` |
//! | 12 composite ML-KEM | draft-ietf-lamps-pq-composite-kem-17 | `kem.rs` |
//! | X-Wing | draft-connolly-cfrg-xwing-kem-10 | `kem.rs` |
//! | how JOSE serializes composites | draft-ietf-jose-pq-composite-sigs-03 | `jose.rs` |
//!
//! The parts are the implementations of this folder's parent, behind the same traits; a hybrid
//! implements those traits again, so that everything above sees one more row of the table. The keys
//! of the parts are made here, never taken from elsewhere, and never handed out: what leaves is the
//! composite key as a whole.

mod jose;
mod kem;
mod signature;
mod traditional;

use super::{KemScheme, SignatureScheme};
use crate::algorithm::Algorithm;
use crate::error::{Code, Error, Result};

#[cfg(feature = "testing")]
pub(crate) use kem::traditional_kem_part;
#[cfg(feature = "testing")]
pub(super) use kem::x_wing_encapsulate_with;
#[cfg(feature = "testing")]
pub(crate) use signature::TraditionalPart;

pub(crate) use jose::{
    private_from_jose, public_from_jose, signature_from_jose, signature_size_in_jose,
    signature_to_jose,
};

/// The implementation of a composite signature algorithm.
pub(super) fn signature(algorithm: Algorithm) -> Option<&'static dyn SignatureScheme> {
    signature::suite(algorithm).map(|suite| suite as &dyn SignatureScheme)
}

/// The ML-DSA row inside a composite signature algorithm.
pub(crate) fn ml_dsa_part(algorithm: Algorithm) -> Option<Algorithm> {
    signature::suite(algorithm).map(signature::Suite::ml_dsa_row)
}

/// The ML-KEM row inside a hybrid KEM.
pub(super) fn ml_kem_part(algorithm: Algorithm) -> Option<Algorithm> {
    kem::suite(algorithm).map(kem::Suite::ml_kem_row)
}

/// The implementation of a composite KEM or X-Wing.
pub(super) fn kem(algorithm: Algorithm) -> Option<&'static dyn KemScheme> {
    kem::suite(algorithm).map(|suite| suite as &dyn KemScheme)
}

/// Splits at the fixed length of the post-quantum part; something must be left for the other one.
fn split<'a>(
    algorithm: Algorithm,
    what: &str,
    bytes: &'a [u8],
    at: usize,
) -> Result<(&'a [u8], &'a [u8])> {
    bytes
        .split_at_checked(at)
        .filter(|(_, rest)| !rest.is_empty())
        .ok_or_else(|| {
            Error::new(Code::Length, format!("{algorithm} {what}"))
                .expected(format!("more than the {at} bytes of its post-quantum part"))
                .got(format!("{} bytes", bytes.len()))
        })
}
