//! Verification on every path: published test vectors, every clause at its limits, and the same
//! answers as other implementations.

#![allow(
    clippy::unwrap_used,
    reason = "what cannot be read or signed should stop the test"
)]

mod acvp;
mod batch;
mod differential;
#[path = "../../../tests/vectors/hash.rs"]
mod hash;
mod rejections;
mod support;
mod tally;
mod wycheproof;
