//! Verification on every path: published test vectors, every clause at its limits, and batches.
//!
//! libcrux signs what is verified here; that it verifies alike, as others do, is for `tests/differential.rs`.

#![allow(
    clippy::unwrap_used,
    reason = "what cannot be read or signed should stop the test"
)]

mod acvp;
mod batch;
#[path = "../../../tests/vectors/hash.rs"]
mod hash;
mod paths;
#[path = "../reference/mod.rs"]
mod reference;
mod rejections;
mod support;
mod tally;
mod wycheproof;
